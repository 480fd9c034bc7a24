//! The interface for programs against its own description: schemathesis makes requests from the document that the
//! explorer serves, sound ones and unsound ones, and holds every answer against it. And every address that pages name is
//! looked up in the document: what is not described does not exist.

use crate::demo;
use crate::explorer::Explorer;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;
use truce_log::Ledger;

/// Where the document is served.
const DOCUMENT: &str = "/api/v1/openapi.json";
/// Requests that are made up for each operation.
const EXAMPLES: &str = "40";
/// How it is set up.
const SETTINGS: &str = "schemathesis.toml";
/// An answer that never ends: its own test reads it.
const STREAM: &str = "/api/v1/events";

/// Runs everything; fails when anything is undocumented, or documented otherwise than it is.
///
/// # Panics
/// When the ledger or the explorer cannot be made.
#[must_use]
pub fn main() -> ExitCode {
    let start = Instant::now();
    let folder = tempfile::Builder::new().prefix("truce-api-").tempdir().expect("a temporary folder");
    if let Err(what) = demo::build(folder.path()) {
        eprintln!("the demonstration failed: {what}");
        return ExitCode::FAILURE;
    }
    let ledger = folder.path().join("ledger");
    let size = Ledger::open(&ledger).expect("the demonstration's ledger").size();
    let explorer = Explorer::ready(&ledger, &folder.path().join("copy"), size);
    let document: Value = explorer.json(DOCUMENT).expect("the document is served");
    let mut faults = described(&explorer, &document);
    if checked_in().as_ref() != Some(&document) {
        println!("docs/openapi.json is not the document that is served; write it with `cargo xtask schema`");
        faults += 1;
    }
    if !schemathesis(explorer.url(), folder.path()) {
        faults += 1;
    }
    println!(
        "interface: {} operations, {faults} faults, {:.0} s",
        paths(&document).len(),
        start.elapsed().as_secs_f64()
    );
    if faults == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn checked_in() -> Option<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

fn paths(document: &Value) -> Vec<String> {
    document["paths"].as_object().map(|paths| paths.keys().cloned().collect()).unwrap_or_default()
}

/// Counts addresses of the interface that pages lead to, and that the server routes, without being described.
fn described(explorer: &Explorer, document: &Value) -> usize {
    let paths = paths(document);
    let mut faults = 0;
    // What the server routes is the table that the document is made of, and what pages say beyond it.
    let pages =
        ["/", "/data", "/records", "/records/20", "/checkpoints", "/about", "/verify", "/map", "/timeline"];
    let mut named: Vec<String> =
        pages.iter().flat_map(|page| addresses(&explorer.get(page).text())).collect();
    named.sort();
    named.dedup();
    for address in &named {
        if !paths.iter().any(|path| fits(path, address)) {
            println!("{address} stands on a page and is not described");
            faults += 1;
        }
    }
    for path in paths.iter().filter(|path| *path != STREAM) {
        let status = explorer.get(&path.replace(['{', '}'], "")).status;
        if !path.contains('{') && status == 404 {
            println!("{path} is described and not there");
            faults += 1;
        }
    }
    println!(
        "{} addresses of the interface on pages, all looked up in {} described",
        named.len(),
        paths.len()
    );
    faults
}

/// Addresses of the interface in links of a page, without their queries.
fn addresses(html: &str) -> Vec<String> {
    let links = html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let own = |link: &&str| {
        ["/api/", "/checkpoint", "/tile/", "/feed"].iter().any(|start| link.starts_with(start))
            && *link != "/checkpoints"
    };
    links.filter(own).map(|link| link.split(['?', '#']).next().unwrap_or(link).to_owned()).collect()
}

/// Whether an address is one of a described path.
fn fits(path: &str, address: &str) -> bool {
    let (mut parts, mut given) = (path.split('/'), address.split('/'));
    loop {
        match (parts.next(), given.next()) {
            (None, None) => return true,
            (Some(part), Some(_)) if part.starts_with('{') => {}
            (Some(part), Some(found)) if part == found => {}
            _ => return false,
        }
    }
}

/// Runs schemathesis against the explorer.
fn schemathesis(url: &str, folder: &Path) -> bool {
    let Some(program) = program() else {
        println!("TRUCE_PYTHON does not say where schemathesis is; run this through `cargo xtask api`");
        return false;
    };
    let mut command = Command::new(&program);
    command.arg("--config-file").arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(SETTINGS));
    command.arg("run").arg(format!("{url}{DOCUMENT}"));
    command.args([
        "--checks",
        "all",
        "--max-examples",
        EXAMPLES,
        "--workers",
        "2",
        "--seed",
        "1",
        "--no-color",
    ]);
    // An answer that never ends would hold a worker until its time is out.
    command.args(["--exclude-path", STREAM, "--request-timeout", "20", "--generation-database", "none"]);
    match command.current_dir(folder).status() {
        Ok(status) => status.success(),
        Err(error) => {
            println!("{}: {error}", program.display());
            false
        }
    }
}

fn program() -> Option<PathBuf> {
    std::env::var_os("TRUCE_PYTHON").map(|venv| PathBuf::from(venv).join("bin/schemathesis"))
}

#[cfg(test)]
mod tests {
    use super::{addresses, fits};

    #[test]
    fn addresses_are_told_by_their_links() {
        let html = "<a href=\"/api/v1/records?x=1\">a</a><a href=\"/checkpoints\">b</a><a href=\"/checkpoint\">c</a>";
        assert_eq!(addresses(html), ["/api/v1/records", "/checkpoint"]);
    }

    #[test]
    fn a_path_fits_part_by_part() {
        assert!(fits("/api/v1/records/{position}/entry", "/api/v1/records/17/entry"));
        assert!(!fits("/api/v1/records/{position}", "/api/v1/records/17/entry"));
        assert!(!fits("/api/v1/records", "/api/v1/record"));
    }
}
