//! The log's public key, given as a vkey or through the charter that names it.

use crate::exit::Failure;
use crate::files;
use std::path::Path;
use truce_statement::{Body, Statement};
use truce_tlog::VKey;

/// A vkey in letters, in a file, or named by the charter in a file.
pub(crate) fn named(text: &str) -> Result<VKey, Failure> {
    let path = Path::new(text);
    if path.is_file() {
        let bytes = files::read(path)?;
        if let Ok(statement) = Statement::parse(bytes.as_slice()) {
            return of_charter(&statement).map_err(|e| e.in_file(path));
        }
        return parse(String::from_utf8_lossy(&bytes).trim()).map_err(|e| e.in_file(path));
    }
    parse(text)
}

/// The vkey that a charter names.
pub(crate) fn of_charter(statement: &Statement) -> Result<VKey, Failure> {
    match statement.body() {
        Body::Charter(charter) => parse(charter.log.as_str()),
        _ => Err(Failure::usage("not-a-charter", format!("this is a {}, not a charter", statement.kind()))),
    }
}

fn parse(text: &str) -> Result<VKey, Failure> {
    text.parse().map_err(|e| {
        Failure::usage("bad-vkey", format!("this is no public key of a log: {e}"))
            .next("a vkey is origin+8 hex digits+base64, as `truce init` and `truce status` print it")
    })
}

/// The refusal of a name that no log can have.
pub(crate) fn bad_origin(origin: &str, error: &dyn std::error::Error) -> Failure {
    Failure::usage("origin", format!("`{origin}` cannot be the name of a log: {error}"))
        .next("give a domain and path you own, such as log.example.org/ceasefire")
}
