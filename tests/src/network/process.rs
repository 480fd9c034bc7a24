//! Processes of the program `truce`: started, stopped, paused and started again by their ids, and by nothing else.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// The program `truce`, which stands beside this one, or beside its folder.
///
/// # Panics
/// When this program has no path.
#[must_use]
pub fn truce() -> Command {
    let me = std::env::current_exe().expect("this program has a path");
    let beside = me.with_file_name("truce");
    let program = if beside.is_file() {
        beside
    } else {
        me.parent().and_then(Path::parent).expect("a folder").join("truce")
    };
    let mut command = Command::new(program);
    command.env_remove("TRUCE_OUTBOX").env("TRUCE_LOG", "warn").stdin(Stdio::null());
    command
}

/// Lines of standard error that are kept of an end.
const LAST_WORDS: usize = 8;

/// A process that is started again when it ends: what a supervisor such as systemd does with a service.
pub struct Process {
    /// What it is called in tables.
    pub name: String,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    said: PathBuf,
    child: Option<Child>,
    /// Before this, it stays dead.
    not_before: Instant,
    /// Times it was started.
    pub starts: u32,
    /// When it was started last.
    pub started: Instant,
    /// Times it ended without having been killed.
    pub ends: Vec<End>,
}

/// An end that nobody had asked for.
#[derive(Clone, Debug)]
pub struct End {
    /// Exit code; none where a signal ended it.
    pub code: Option<i32>,
    /// The last lines it wrote to standard error.
    pub last_words: String,
}

impl Process {
    /// A process that writes standard output to `said` and standard error to `said.err`, both appended.
    #[must_use]
    pub fn new(name: &str, arguments: Vec<String>, environment: Vec<(String, String)>, said: &Path) -> Self {
        Self {
            name: name.to_owned(),
            arguments,
            environment,
            said: said.to_owned(),
            child: None,
            not_before: Instant::now(),
            starts: 0,
            started: Instant::now(),
            ends: Vec::new(),
        }
    }

    /// Starts it where it is not running and may.
    ///
    /// # Panics
    /// When the program cannot be started.
    pub fn tend(&mut self) {
        if let Some(child) = &mut self.child {
            let Some(status) = child.try_wait().expect("a child of ours") else { return };
            let complained = self.complained();
            let lines: Vec<&str> = complained.lines().collect();
            let last_words =
                lines.get(lines.len().saturating_sub(LAST_WORDS)..).unwrap_or_default().join("\n");
            self.ends.push(End { code: status.code(), last_words });
            self.child = None;
            self.not_before = self.not_before.max(Instant::now() + Duration::from_millis(500));
        }
        if Instant::now() >= self.not_before {
            let mut command = truce();
            command.args(&self.arguments).envs(self.environment.iter().map(|(k, v)| (k, v)));
            command.stdout(append(&self.said)).stderr(append(&self.said.with_extension("err")));
            self.child = Some(command.spawn().unwrap_or_else(|e| panic!("{}: {e}", self.name)));
            self.starts += 1;
            self.started = Instant::now();
        }
    }

    /// SIGKILL; it stays dead for `rest`.
    pub fn kill(&mut self, rest: Duration) -> bool {
        self.not_before = Instant::now() + rest;
        let Some(mut child) = self.child.take() else { return false };
        let _ = child.kill();
        let _ = child.wait();
        true
    }

    /// Sends a signal by its name to this process alone.
    ///
    /// # Panics
    /// When there is no `kill` command.
    pub fn signal(&self, name: &str) {
        if let Some(child) = &self.child {
            signal(child, name);
        }
    }

    /// Whether it runs, as far as is known.
    pub fn is_alive(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    /// Its exit status, where it has ended by itself.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.as_mut().and_then(|child| child.try_wait().ok().flatten())
    }

    /// Asks it to stop, and waits for as long as `patience`; kills it then.
    pub fn stop(&mut self, patience: Duration) -> Option<ExitStatus> {
        let mut child = self.child.take()?;
        signal(&child, "CONT");
        signal(&child, "TERM");
        wait(&mut child, patience)
    }

    /// Everything that it wrote to standard output.
    #[must_use]
    pub fn said(&self) -> String {
        std::fs::read_to_string(&self.said).unwrap_or_default()
    }

    /// Everything that it wrote to standard error.
    #[must_use]
    pub fn complained(&self) -> String {
        std::fs::read_to_string(self.said.with_extension("err")).unwrap_or_default()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill(Duration::ZERO);
    }
}

/// Waits for a child for as long as `patience`; kills it then, and gives nothing.
///
/// # Panics
/// When the system does not tell.
pub fn wait(child: &mut Child, patience: Duration) -> Option<ExitStatus> {
    let end = Instant::now() + patience;
    loop {
        if let Some(status) = child.try_wait().expect("a child of ours") {
            return Some(status);
        }
        if Instant::now() >= end {
            let _ = child.kill();
            let _ = child.wait();
            return None;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Sends a signal by its name to a child.
///
/// # Panics
/// When there is no `kill` command.
pub fn signal(child: &Child, name: &str) {
    let sent =
        Command::new("kill").args(["-s", name, &child.id().to_string()]).stderr(Stdio::null()).status();
    // It may have ended: its id is ours until it is waited for.
    let _ = sent.expect("a kill command");
}

fn append(path: &Path) -> File {
    File::options().create(true).append(true).open(path).expect("a file for what a process says")
}
