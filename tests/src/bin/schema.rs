//! Writes `docs/schemas/KIND.json`, the JSON Schema of each kind's draft, and `docs/openapi.json`, the explorer's interface;
//! with `--check`, says whether they are current.

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
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let mut stale = Vec::new();
    fs::create_dir_all(docs.join("schemas"))?;
    let schemas = Kind::ALL.iter().map(|kind| (format!("schemas/{kind}.json"), schema(*kind)));
    let interface = ("openapi.json".to_owned(), truce_explorer::api::document());
    for (name, document) in schemas.chain([interface]) {
        let mut text = serde_json::to_string_pretty(&document)?;
        text.push('\n');
        let file = docs.join(&name);
        if !check {
            fs::write(file, text)?;
        } else if fs::read_to_string(file).ok().as_deref() != Some(text.as_str()) {
            stale.push(name);
        }
    }
    Ok(stale)
}
