//! Replaying: the whole audit of a published log, in a process of its own so that its memory can be told.

use std::path::Path;
use std::process::Command;
use std::time::Instant;
use truce_audit::{DirSource, Options, Verdict, audit};
use truce_log::{Ledger, export};

pub(super) struct Replay {
    pub(super) entries: u32,
    pub(super) seconds: f64,
    /// Processor time for each entry, microseconds.
    pub(super) cpu_us: f64,
    pub(super) rss_mib: f64,
}

/// Publishes the ledger in `ledger` as a directory.
pub(super) fn publish(ledger: &Path, directory: &Path) {
    let ledger = Ledger::open(ledger).expect("the ledger opens");
    export(&ledger, directory, |_| {}).expect("an export");
}

/// Audits `published` in a child process.
pub(super) fn measure(published: &Path) -> Replay {
    let out = Command::new(super::me()).arg("--replay-of").arg(published).output().expect("a child runs");
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    let parts: Vec<&str> = text.split_whitespace().collect();
    assert!(parts.len() == 4, "{}", String::from_utf8_lossy(&out.stderr));
    Replay {
        entries: parts[0].parse().expect("a number"),
        seconds: parts[1].parse().expect("a number"),
        rss_mib: parts[2].parse().expect("a number"),
        cpu_us: parts[3].parse().expect("a number"),
    }
}

/// The child of [`measure`]: prints entries, seconds, and the most memory it ever held, MiB.
pub(super) fn child(published: &Path) {
    let start = Instant::now();
    let report = audit(&DirSource::new(published), &Options::default(), |_| {}).expect("an audit");
    let seconds = start.elapsed().as_secs_f64();
    assert!(report.verdict == Verdict::Verified, "{report}");
    let status = std::fs::read_to_string("/proc/self/status").expect("this is Linux");
    let peak = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).expect("the kernel tells the peak");
    let kib: f64 = peak.trim().trim_end_matches(" kB").parse().expect("a number");
    #[allow(clippy::cast_precision_loss)]
    let cpu_us = super::cpu::seconds() * 1e6 / report.replayed as f64;
    println!("{} {seconds} {} {cpu_us}", report.replayed, kib / 1024.0);
}
