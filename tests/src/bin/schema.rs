//! Writes `docs/schemas/KIND.json`, the JSON Schema of each kind's draft; with `--check`, says whether they are current.

use std::{env, fs, path::Path, process::ExitCode};
use truce_statement::{Kind, schema::schema};

fn main() -> ExitCode {
    let check = env::args().any(|arg| arg == "--check");
    match run(check) {
        Ok(stale) if stale.is_empty() => ExitCode::SUCCESS,
        Ok(stale) => {
            eprintln!("out of date: {}; write them with `cargo xtask schema`", stale.join(", "));
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Writes the schemas, or lists those that differ from the files.
fn run(check: bool) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/schemas");
    let mut stale = Vec::new();
    fs::create_dir_all(&folder)?;
    for kind in Kind::ALL {
        let mut text = serde_json::to_string_pretty(&schema(*kind))?;
        text.push('\n');
        let file = folder.join(format!("{kind}.json"));
        if !check {
            fs::write(file, text)?;
        } else if fs::read_to_string(file).ok().as_deref() != Some(text.as_str()) {
            stale.push(kind.to_string());
        }
    }
    Ok(stale)
}
