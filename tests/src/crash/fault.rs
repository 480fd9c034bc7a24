//! Faults of the disk, made by a library loaded before libc.

use std::path::{Path, PathBuf};
use std::process::Command;

pub(super) struct Fault<'a> {
    pub(super) library: &'a Path,
    /// `full` or `fsync`.
    pub(super) kind: &'a str,
    /// The call from which on it strikes.
    pub(super) after: u64,
}

/// Compiles `fault.c`; a C compiler is there, because RocksDB needed one.
///
/// # Panics
/// When it does not compile.
#[must_use]
pub fn build(folder: &Path) -> PathBuf {
    let (source, library) = (folder.join("fault.c"), folder.join("fault.so"));
    std::fs::write(&source, include_str!("fault.c")).expect("written");
    let status = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .arg(&library)
        .arg(&source)
        .arg("-ldl")
        .status();
    assert!(status.expect("a C compiler").success(), "fault.c compiles");
    library
}

/// Gives `command` a time of day that is ahead by the seconds that the file `shift` holds.
pub(super) fn shift_clock(command: &mut Command, library: &Path, shift: &Path) {
    command.env("LD_PRELOAD", library).env("TRUCE_CLOCK_SHIFT", shift);
}

impl Fault<'_> {
    pub(super) fn arm(&self, command: &mut Command) {
        let under = std::env::temp_dir().canonicalize().expect("a temporary folder");
        command
            .env("LD_PRELOAD", self.library)
            .env("TRUCE_FAULT", self.kind)
            .env("TRUCE_FAULT_AFTER", self.after.to_string())
            .env("TRUCE_FAULT_UNDER", under);
    }
}
