//! The processes under attack: `truce serve` and `truce witness`, with what they say and the memory they take.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use truce_tests::service::program;

/// A server at work. Killed when this is dropped.
pub(super) struct Process {
    child: Child,
    /// Kept, so that nothing it prints fails.
    _stdout: BufReader<ChildStdout>,
    said: PathBuf,
    pub(super) address: String,
}

impl Process {
    /// Starts `truce` with these arguments; what it says on standard error goes to the file `said`.
    pub(super) fn start(args: &[&str], said: PathBuf) -> Self {
        let stderr = File::create(&said).expect("a file for standard error");
        let mut command = Command::new(program());
        command.args(args).env_remove("TRUCE_LOG").env_remove("RUST_BACKTRACE");
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(stderr).spawn().expect("truce runs");
        let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
        let mut text = String::new();
        // A witness says its vkey first.
        while !text.contains("://") && stdout.read_line(&mut text).expect("its address") > 0 {}
        let address = text
            .split("://")
            .nth(1)
            .map(|rest| rest.split(['/', ' ', '\n', '"']).next().unwrap_or_default().trim().to_owned());
        let address = address
            .unwrap_or_else(|| panic!("truce {args:?}: {}", fs::read_to_string(&said).unwrap_or_default()));
        Self { child, _stdout: stdout, said, address }
    }

    /// Resident memory, KiB.
    pub(super) fn resident(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it is alive");
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("this is Linux");
        line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).expect("a number")
    }

    /// Open files and connections.
    pub(super) fn files(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.child.id())).expect("it is alive").count()
    }

    pub(super) fn is_alive(&mut self) -> bool {
        self.child.try_wait().expect("a child").is_none()
    }

    /// Asks it to stop and waits: whether it ended well, and what it has said.
    pub(super) fn stop(mut self) -> (bool, String) {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(asked.expect("a kill command").success());
        let ended = self.child.wait().expect("it ends").success();
        (ended, fs::read_to_string(&self.said).expect("text"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
