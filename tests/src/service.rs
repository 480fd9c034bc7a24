//! A depositary as a process of its own: `truce serve`, which stands in the same folder as this program, or one above.

use crate::world::World;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use truce_log::SystemClock;

/// A depositary at work on a free port of the loopback address. It is killed when this is dropped.
pub struct Service {
    child: Child,
    url: String,
}

/// What `truce serve` said instead of its address.
#[derive(Debug)]
pub struct Failed {
    /// Its exit code.
    pub code: Option<i32>,
    /// What it wrote to standard error.
    pub said: String,
}

/// Makes a ledger in `folder` with the charter and every accession, its key beside it.
///
/// # Panics
/// When the folder cannot be written.
pub fn found(world: &mut World, folder: &Path) {
    let (depositary, _) = world.found(folder, Arc::new(SystemClock)).expect("a new ledger");
    depositary.close();
    let pem = world.log.to_pem(None).expect("a key in PEM form");
    write_private(&folder.join("log.pem"), pem.as_bytes()).expect("the key");
}

/// Writes a private key as `truce key new` does: for its owner alone.
///
/// # Errors
/// When the file cannot be written.
pub fn write_private(path: &Path, pem: &[u8]) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600).open(path)?.write_all(pem)
}

impl Service {
    /// Serves the ledger in `folder`; returns as soon as it says where it listens.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start(folder: &Path, args: &[&str]) -> Self {
        Self::try_start(folder, args).unwrap_or_else(|failed| panic!("truce serve: {failed:?}"))
    }

    /// As [`Self::start`], for those that may not start.
    ///
    /// # Panics
    /// When there is no such program.
    pub fn try_start(folder: &Path, args: &[&str]) -> Result<Self, Failed> {
        let mut command = Command::new(program());
        command.stderr(Stdio::piped());
        if std::env::var_os("TRUCE_LOG").is_some() {
            command.stderr(Stdio::inherit());
        }
        Self::try_start_as(command, folder, args)
    }

    /// As [`Self::try_start`], with a command of the caller's: its environment, its standard error.
    ///
    /// # Panics
    /// When there is no such program.
    pub fn try_start_as(mut command: Command, folder: &Path, args: &[&str]) -> Result<Self, Failed> {
        command.args(["serve", "--listen", "127.0.0.1:0", "--ledger"]).arg(folder).args(args);
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let program = command.get_program().to_owned();
        let program = Path::new(&program);
        let mut child = command.spawn().unwrap_or_else(|e| panic!("{}: {e}", program.display()));
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("its address");
        let url = line.trim().trim_end_matches('/').to_owned();
        if url.is_empty() {
            let mut said = String::new();
            if let Some(mut err) = child.stderr.take() {
                err.read_to_string(&mut said).expect("text");
            }
            return Err(Failed { code: child.wait().expect("it ends").code(), said });
        }
        // Nobody reads what it logs: let it go, so that it never waits for room.
        if let Some(mut err) = child.stderr.take() {
            std::thread::spawn(move || std::io::copy(&mut err, &mut std::io::sink()));
        }
        Ok(Self { child, url })
    }

    /// Its address, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// `host:port`.
    #[must_use]
    pub fn address(&self) -> &str {
        self.url.split_once("://").map_or("", |(_, address)| address)
    }

    /// Asks it to stop, without waiting.
    ///
    /// # Panics
    /// When there is no `kill` command.
    pub fn ask_to_stop(&self) {
        let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(sent.expect("a kill command").success());
    }

    /// Ends it at once.
    ///
    /// # Panics
    /// When the system does not tell.
    pub fn kill(mut self) {
        drop(self.child.kill());
        self.wait();
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// When the system does not tell.
    pub fn wait(&mut self) -> ExitStatus {
        self.child.wait().expect("it ends")
    }

    /// Asks it to stop, and waits.
    #[must_use]
    pub fn stop(mut self) -> ExitStatus {
        self.ask_to_stop();
        self.wait()
    }

    /// Processor time that it has used on all its threads, seconds, at the kernel's resolution of 10 ms.
    ///
    /// # Panics
    /// Where this is not Linux.
    #[must_use]
    pub fn processor_seconds(&self) -> f64 {
        let path = format!("/proc/{}/stat", self.child.id());
        let stat = std::fs::read_to_string(path).expect("this is Linux, and it is alive");
        let fields: Vec<&str> = stat.rsplit(')').next().expect("a command name").split_whitespace().collect();
        let ticks = |i: usize| fields[i].parse::<f64>().expect("a number");
        (ticks(11) + ticks(12)) / 100.0
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Runs `truce` to its end.
///
/// # Panics
/// When there is no such program.
#[must_use]
pub fn truce(args: &[&str]) -> std::process::Output {
    Command::new(program()).args(args).stdin(Stdio::null()).output().expect("truce runs")
}

/// `truce`, beside this program or, for a test, beside its folder.
///
/// # Panics
/// When this program has no path.
#[must_use]
pub fn program() -> PathBuf {
    let me = std::env::current_exe().expect("this program has a path");
    let beside = me.with_file_name("truce");
    if beside.is_file() {
        return beside;
    }
    me.parent().and_then(Path::parent).expect("a folder").join("truce")
}
