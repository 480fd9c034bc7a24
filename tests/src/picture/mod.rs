//! The picture of the explorer that the README shows: a record of the demonstration's ledger in a real browser, which has
//! just checked it.
//!
//! # Data flow
//! ```text
//! demonstration's ledger -> explorer -> tests/browser/picture.mjs (Chromium) -> docs/explorer.png
//! words, styles, templates of the page -> one hash ---------------------------> docs/explorer.png.txt
//! ```
//! Two machines draw the same page with other fonts: pixels are never compared. The picture is stale when what it was made
//! from has another hash than the one beside it; a test says so, and this makes it anew.

use crate::demo;
use crate::explorer::Explorer;
use sha2::{Digest as _, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use truce_log::Ledger;

/// The picture, below the workspace.
const PICTURE: &str = "docs/explorer.png";
/// The hash beside it.
const MADE_FROM: &str = "docs/explorer.png.txt";
/// Most bytes of the picture: a README that loads slowly is not read.
const MAX_BYTES: u64 = 200_000;
/// Files that decide what the picture shows, below the workspace.
const SOURCES: [&str; 12] = [
    "crates/truce-explorer/locales/en.ftl",
    "crates/truce-explorer/src/pages/document.rs",
    "crates/truce-explorer/src/pages/layout.rs",
    "crates/truce-explorer/src/pages/record.rs",
    "crates/truce-explorer/src/pages/rows.rs",
    "crates/truce-explorer/src/pages/status.rs",
    "crates/truce-explorer/web/labels.en.json",
    "crates/truce-explorer/web/style/main.css",
    "crates/truce-explorer/web/style/mark.svg",
    "crates/truce-explorer/web/verify/messages.en.json",
    "crates/truce-explorer/web/verify/words.js",
    "tests/browser/picture.mjs",
];

/// Makes the picture and writes down what it was made from.
///
/// # Panics
/// When a ledger or an explorer cannot be made, or a file cannot be written.
#[must_use]
pub fn main() -> ExitCode {
    let folder = tempfile::Builder::new().prefix("truce-picture-").tempdir().expect("a temporary folder");
    if let Err(what) = demo::build(folder.path()) {
        eprintln!("the demonstration failed: {what}");
        return ExitCode::FAILURE;
    }
    let ledger = folder.path().join("ledger");
    let size = Ledger::open(&ledger).expect("the demonstration's ledger").size();
    let explorer = Explorer::ready(&ledger, &folder.path().join("copy"), size);
    let picture = workspace().join(PICTURE);
    let mut node = Command::new("node");
    node.arg(workspace().join("tests/browser/picture.mjs"));
    match node.env("EXPLORER", explorer.url()).env("PICTURE", &picture).status() {
        Ok(status) if status.success() => {}
        Ok(_) => return ExitCode::FAILURE,
        Err(error) => {
            eprintln!("node could not be started: {error}");
            return ExitCode::FAILURE;
        }
    }
    let bytes = fs::metadata(&picture).expect("the picture").len();
    println!("{PICTURE}: {bytes} bytes");
    if bytes > MAX_BYTES {
        eprintln!("the picture has {bytes} bytes; at most {MAX_BYTES}");
        return ExitCode::FAILURE;
    }
    fs::write(workspace().join(MADE_FROM), made_from(workspace())).expect("the hash beside the picture");
    ExitCode::SUCCESS
}

/// Text of the file beside the picture.
fn made_from(workspace: &Path) -> String {
    let mut hasher = Sha256::new();
    for source in SOURCES {
        let bytes = fs::read(workspace.join(source)).unwrap_or_else(|e| panic!("{source}: {e}"));
        hasher.update(source.as_bytes());
        hasher.update((bytes.len() as u64).to_be_bytes());
        hasher.update(bytes);
    }
    format!(
        "{PICTURE} was made by `cargo xtask picture` from sources of this hash:\n{}\n",
        hex::encode(hasher.finalize())
    )
}

fn workspace() -> &'static Path {
    static WORKSPACE: std::sync::LazyLock<PathBuf> =
        std::sync::LazyLock::new(|| Path::new(env!("CARGO_MANIFEST_DIR")).join(".."));
    &WORKSPACE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_in_the_readme_is_of_the_pages_as_they_are() {
        let noted = fs::read_to_string(workspace().join(MADE_FROM)).unwrap_or_default();
        assert_eq!(
            noted,
            made_from(workspace()),
            "words, styles or templates changed since the picture was made: run `cargo xtask picture` and look at {PICTURE}"
        );
        let bytes = fs::read(workspace().join(PICTURE)).unwrap();
        assert!(bytes.starts_with(b"\x89PNG") && bytes.len() as u64 <= MAX_BYTES);
    }
}
