//! The longest that a stage may take: one that hangs is ended and named, so that the others still run.
//!
//! What a stage starts are processes, and those start others (cargo a test, a test the depositary). All of them descend
//! from this one, and `/proc` says who descends from whom.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Ends what descends from one process once the time is up.
pub(crate) struct Limit {
    stop: Sender<()>,
    thread: JoinHandle<bool>,
}

impl Limit {
    /// Starts to count for what descends from the process `ancestor`, which itself goes on.
    pub(crate) fn start(longest: Duration, ancestor: u32) -> Self {
        let (stop, stopped) = mpsc::channel();
        let thread = thread::spawn(move || {
            let mut over = false;
            let mut wait = longest;
            // Again and again, for a stage may start one program after another.
            while stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                over = true;
                wait = Duration::from_millis(500);
                end(&descendants(ancestor, &parents()));
            }
            over
        });
        Self { stop, thread }
    }

    /// Stops counting; says whether the time was over.
    pub(crate) fn stop(self) -> bool {
        let _ = self.stop.send(());
        self.thread.join().unwrap_or(false)
    }
}

/// The parent of every process; nothing where there is no `/proc`.
fn parents() -> BTreeMap<u32, u32> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .filter_map(|folder| {
            let stat = fs::read_to_string(folder.path().join("stat")).ok()?;
            Some((folder.file_name().to_str()?.parse().ok()?, parent(&stat)?))
        })
        .collect()
}

/// The fourth field of `/proc/PID/stat`; the second is a name in parentheses that may hold blanks and parentheses.
fn parent(stat: &str) -> Option<u32> {
    stat.rsplit_once(')')?.1.split_ascii_whitespace().nth(1)?.parse().ok()
}

/// Every process that descends from `ancestor`.
fn descendants(ancestor: u32, parents: &BTreeMap<u32, u32>) -> Vec<u32> {
    let mut found = vec![ancestor];
    let mut next = 0;
    while let Some(&above) = found.get(next) {
        next += 1;
        found.extend(parents.iter().filter(|(_, parent)| **parent == above).map(|(child, _)| *child));
    }
    found.split_off(1)
}

fn end(processes: &[u32]) {
    if !processes.is_empty() {
        let _ = Command::new("kill").arg("-9").args(processes.iter().map(u32::to_string)).status();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeMap;
    use std::process::Command;
    use std::time::{Duration, Instant};

    use super::{Limit, descendants, parent};

    #[test]
    fn what_hangs_is_ended_with_what_it_started() {
        let began = Instant::now();
        let mut shell = Command::new("sh").args(["-c", "sh -c 'sleep 600 & wait'; exit 7"]).spawn().unwrap();
        let limit = Limit::start(Duration::from_millis(100), shell.id());
        assert_eq!(shell.wait().unwrap().code(), Some(7), "the shell went on when the one below was ended");
        assert!(limit.stop(), "the time was over");
        assert!(began.elapsed() < Duration::from_secs(300), "nobody waited for it to end by itself");
    }

    #[test]
    fn what_ends_in_time_is_left_alone() {
        let mut shell = Command::new("sh").args(["-c", "sh -c 'exit 3'"]).spawn().unwrap();
        let limit = Limit::start(Duration::from_secs(600), shell.id());
        assert_eq!(shell.wait().unwrap().code(), Some(3));
        assert!(!limit.stop());
    }

    #[test]
    fn children_of_children_descend_too() {
        let parents = BTreeMap::from([(2, 1), (3, 2), (4, 3), (5, 1), (6, 5), (9, 8)]);
        assert_eq!(descendants(2, &parents), [3, 4]);
        assert_eq!(descendants(1, &parents), [2, 5, 3, 6, 4]);
    }

    #[test]
    fn a_name_in_stat_may_look_like_anything() {
        assert_eq!(parent("17 (a) 4 (b) S 12 17 17 0 -1"), Some(12));
        assert_eq!(parent("17"), None);
    }
}
