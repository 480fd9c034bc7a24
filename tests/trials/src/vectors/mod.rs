//! Test vectors: `fixtures/vectors/`, written from fixed seeds, byte for byte the same on every machine.
//!
//! Each part has a generator, which says what a vector is and what its verdict must be, and a judge, which knows
//! nothing of the generator: it takes what stands on file and asks the code under test. Every negative vector has one
//! flaw, and is named for it.
// A list of flaws is as long as there are flaws.
#![allow(clippy::too_many_lines)]

pub(crate) mod carriage;
mod cbor;
mod checkpoint;
pub(crate) mod craft;
mod entry;
mod fraud;
pub(crate) mod item;
pub(crate) mod logs;
mod proof;
mod receipt;
mod refusal;
mod signatures;
mod small_log;
mod statement;
mod succession;
mod tree;

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

type Generate = fn() -> Value;
type Judge = fn(&Value) -> Vec<Judged>;

const FILES: [(&str, Generate, Judge); 11] = [
    ("cbor.json", cbor::generate, cbor::judge),
    ("statement.json", statement::generate, statement::judge),
    ("entry.json", entry::generate, entry::judge),
    ("tree.json", tree::generate, tree::judge),
    ("checkpoint.json", checkpoint::generate, checkpoint::judge),
    ("proof.json", proof::generate, proof::judge),
    ("receipt.json", receipt::generate, receipt::judge),
    ("fraud-proof.json", fraud::generate, fraud::judge),
    ("succession.json", succession::generate, succession::judge),
    ("carriage.json", carriage::generate, carriage::judge),
    ("refusal.json", refusal::generate, refusal::judge),
];

const USAGE: &str = "usage: vectors [--check] [--python]
  writes fixtures/vectors/; with --check compares what is there with what this code writes
  and with what it decides; with --python runs tests/verify_vectors.py as well";

/// The verdict on one vector, stated and found.
#[derive(Debug)]
pub struct Judged {
    /// Name of the vector.
    pub name: String,
    /// What the file says.
    pub stated: String,
    /// What our code says.
    pub found: String,
}

impl Judged {
    fn new(vector: &Value, stated: &str, found: String) -> Self {
        Self { name: text(&vector["name"]).to_owned(), stated: stated.to_owned(), found }
    }

    /// Stated is the vector's `code`, or `accepted` where it has none.
    fn of(vector: &Value, found: &Result<(), String>) -> Self {
        let stated = vector["code"].as_str().unwrap_or("accepted");
        Self::new(vector, stated, found.as_ref().map_or_else(Clone::clone, |()| "accepted".to_owned()))
    }

    /// Whether our code agrees with the file.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.stated == self.found
    }
}

/// `fixtures/vectors` of this checkout.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/vectors")
}

/// What stands in the file `name` under `fixtures/vectors`.
///
/// # Panics
/// When the file is missing or no JSON.
#[must_use]
pub fn load(name: &str) -> Value {
    let path = folder().join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The program `vectors`.
#[must_use]
pub fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| args.iter().any(|arg| arg == flag);
    if args.iter().any(|arg| !matches!(arg.as_str(), "--check" | "--python")) {
        eprintln!("{USAGE}");
        return if has("--help") { ExitCode::SUCCESS } else { ExitCode::from(1) };
    }
    let mut faults = 0;
    for (name, generate, judge) in FILES {
        let text = serde_json::to_string_pretty(&generate()).expect("JSON") + "\n";
        let path = folder().join(name);
        if has("--check") {
            if std::fs::read_to_string(&path).ok().as_deref() != Some(&text) {
                println!("{name}: differs from what this code writes");
                faults += 1;
            }
        } else {
            std::fs::create_dir_all(folder())
                .and_then(|()| std::fs::write(&path, &text))
                .expect("fixtures are writable");
        }
        let judged = judge(&load(name));
        let wrong: Vec<&Judged> = judged.iter().filter(|j| !j.agrees()).collect();
        for Judged { name: vector, stated, found } in &wrong {
            println!("{name}: {vector}: the file says {stated}, this code says {found}");
        }
        println!(
            "{name:<17} {:>4} vectors, {:>4} refused, {} disagreements",
            judged.len(),
            refused(&judged),
            wrong.len()
        );
        faults += wrong.len();
    }
    if has("--python") && !run_python() {
        faults += 1;
    }
    if faults == 0 { ExitCode::SUCCESS } else { ExitCode::from(3) }
}

/// `tests/verify_vectors.py` on the same files: no package but the standard library.
fn run_python() -> bool {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../verify_vectors.py");
    match Command::new("python3").arg(script).arg(folder()).status() {
        Ok(status) => status.success(),
        Err(error) => {
            println!("python3 could not be started: {error}");
            false
        }
    }
}

fn refused(judged: &[Judged]) -> usize {
    judged.iter().filter(|j| !j.stated.starts_with("accepted") && j.stated.len() < 64).count()
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} where text should stand"))
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} where a number should stand"))
}

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(text(value)).expect("hex")
}

/// `NotShortest` as `not-shortest`: the name of an enum's variant as it stands in the files.
fn kebab(value: &impl std::fmt::Debug) -> String {
    let name = format!("{value:?}");
    let name = name.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    let mut word = String::new();
    for (i, c) in name.chars().enumerate() {
        if c.is_ascii_uppercase() && i > 0 {
            word.push('-');
        }
        word.push(c.to_ascii_lowercase());
    }
    word
}

/// The innermost reason of an error, in kebab case.
fn error_word(error: &(impl std::error::Error + 'static)) -> String {
    let mut error: &dyn std::error::Error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    kebab(&error)
}
