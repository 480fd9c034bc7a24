//! Every page of the explorer in a real browser: makes the demonstration's ledger and one of hostile texts, starts an
//! explorer over each, and hands their addresses to `tests/browser/run.mjs`, which opens the pages.

mod hostile;

use crate::demo;
use crate::explorer::Explorer;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;
use truce_log::Ledger;

/// Runs the tests. Arguments are handed on: `--all` opens every record.
///
/// # Panics
/// When a ledger or an explorer cannot be made.
#[must_use]
pub fn main() -> ExitCode {
    let start = Instant::now();
    let folder = tempfile::Builder::new().prefix("truce-browser-").tempdir().expect("a temporary folder");
    let place = |name: &str| folder.path().join(name);
    if let Err(what) = demo::build(folder.path()) {
        eprintln!("the demonstration failed: {what}");
        return ExitCode::FAILURE;
    }
    let size = Ledger::open(&place("ledger")).expect("the demonstration's ledger").size();
    let explorer = Explorer::ready(&place("ledger"), &place("copy"), size);
    let hostile_size = hostile::make(&place("hostile"));
    let hostile = Explorer::ready(&place("hostile"), &place("copy-hostile"), hostile_size);
    println!("\nledgers and explorers made in {:.1} s", start.elapsed().as_secs_f64());

    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser/run.mjs");
    let mut node = Command::new("node");
    node.arg(script).args(std::env::args().skip(1));
    node.env("EXPLORER", explorer.url()).env("HOSTILE", hostile.url());
    node.env("DEMO", folder.path()).env("ARTEFACTS", artefacts());
    let ended = node.status();
    println!("browser tests took {:.0} s", start.elapsed().as_secs_f64());
    match ended {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("node could not be started: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Where screenshots are kept: beside the browser's packages, in the target directory.
fn artefacts() -> PathBuf {
    let home = std::env::var_os("TRUCE_BROWSER").map_or_else(std::env::temp_dir, PathBuf::from);
    home.join("screenshots")
}
