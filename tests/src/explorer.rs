//! An explorer as a process of its own: `truce explore`, which stands in the same folder as this program.

use crate::http::{self, Answer};
use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The longest that an explorer may take to be ready for a log of some thousand entries.
const READY: Duration = Duration::from_secs(60);

/// An explorer at work on a free port of the loopback address. It ends when this is dropped.
pub struct Explorer {
    child: Child,
    url: String,
}

impl Explorer {
    /// Follows `from` with its copy in `copy`; returns as soon as it says where it listens.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start(from: &Path, copy: &Path) -> Self {
        let program = std::env::current_exe().expect("this program has a path").with_file_name("truce");
        let mut command = Command::new(&program);
        command.args(["explore", "--listen", "127.0.0.1:0", "--from"]).arg(from).arg("--copy").arg(copy);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::null()).env_remove("TRUCE_LOG").spawn();
        let mut child = child.unwrap_or_else(|e| panic!("{}: {e}", program.display()));
        let mut line = String::new();
        let out = child.stdout.take().expect("piped");
        BufReader::new(out).read_line(&mut line).expect("its address");
        let url = line.trim().trim_end_matches('/').to_owned();
        assert!(url.starts_with("http://"), "truce explore says {line:?} where its address should stand");
        Self { child, url }
    }

    /// As [`Self::start`], returning when it serves `size` entries and has nothing to complain of.
    ///
    /// # Panics
    /// When it does not come to that.
    #[must_use]
    pub fn ready(from: &Path, copy: &Path, size: u64) -> Self {
        let explorer = Self::start(from, copy);
        explorer.wait_for(size, READY);
        explorer
    }

    /// Waits until it serves `size` entries.
    ///
    /// # Panics
    /// When that takes longer than `within`, or something does not verify.
    pub fn wait_for(&self, size: u64, within: Duration) {
        let start = Instant::now();
        loop {
            let status = self.json("/api/v1/status").unwrap_or(Value::Null);
            if status["level"] == "green" && status["size"].as_u64() >= Some(size) {
                return;
            }
            assert!(status["level"] != "red", "the explorer of an honest log says {status}");
            assert!(start.elapsed() < within, "{size} entries are not served in {within:?}: {status}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Its address, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What it answers to `path`.
    ///
    /// # Panics
    /// When it does not answer.
    #[must_use]
    pub fn get(&self, path: &str) -> Answer {
        http::get(&self.url, path).unwrap_or_else(|e| panic!("{}{path}: {e}", self.url))
    }

    /// The JSON that it answers to `path`, if it is JSON.
    #[must_use]
    pub fn json(&self, path: &str) -> Option<Value> {
        serde_json::from_slice(&http::get(&self.url, path).ok()?.body).ok()
    }

    /// Memory that it holds now, and the most that it ever held, MiB.
    ///
    /// # Panics
    /// Where this is not Linux.
    #[must_use]
    pub fn memory_mib(&self) -> (f64, f64) {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(path).expect("this is Linux, and the explorer is alive");
        let of = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("the kernel tells it");
            line.trim().trim_end_matches(" kB").parse::<f64>().expect("a number") / 1024.0
        };
        (of("VmRSS:"), of("VmHWM:"))
    }

    /// Processor time that it has used on all its threads, seconds, at the kernel's resolution of 10 ms.
    ///
    /// # Panics
    /// Where this is not Linux.
    #[must_use]
    pub fn processor_seconds(&self) -> f64 {
        let path = format!("/proc/{}/stat", self.child.id());
        let stat = std::fs::read_to_string(path).expect("this is Linux, and the explorer is alive");
        // Fields 14 and 15, counted behind the command name, which stands in parentheses.
        let fields: Vec<&str> = stat.rsplit(')').next().expect("a command name").split_whitespace().collect();
        let ticks = |i: usize| fields[i].parse::<f64>().expect("a number");
        (ticks(11) + ticks(12)) / 100.0
    }
}

impl Drop for Explorer {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
