//! Drafts: templates to fill in, and reading what was filled in.

use crate::args::DraftArgs;
use crate::exit::{Exit, Failure};
use crate::files;
use crate::output::{Output, columns};
use serde_json::json;
use std::path::Path;
use truce_statement::draft::DraftError;
use truce_statement::{Draft, Kind, schema};

/// `truce draft`.
pub(crate) fn run(args: &DraftArgs, output: Output) -> Result<(), Failure> {
    let Some(kind) = args.kind.filter(|_| !args.list) else {
        return list(output);
    };
    if args.schema {
        let schema = schema::schema(kind);
        return output
            .result(|| serde_json::to_string_pretty(&schema).unwrap_or_default(), || schema.clone());
    }
    output.result(
        || schema::template(kind).to_owned(),
        || json!({ "kind": kind, "template": schema::template(kind) }),
    )
}

fn list(output: Output) -> Result<(), Failure> {
    let signers = |kind: Kind| -> Vec<&str> {
        if kind.is_agreement() {
            vec!["root key"]
        } else {
            kind.default_roles().iter().map(|role| role.as_str()).collect()
        }
    };
    let text = || {
        let head = vec!["kind".to_owned(), "signed by (the charter may differ)".to_owned()];
        let rows = Kind::ALL.iter().map(|kind| vec![kind.to_string(), signers(*kind).join(", ")]);
        columns(&std::iter::once(head).chain(rows).collect::<Vec<_>>())
    };
    let value = || {
        let kinds: Vec<_> =
            Kind::ALL.iter().map(|kind| json!({ "kind": kind, "signed_by": signers(*kind) })).collect();
        json!({ "kinds": kinds })
    };
    output.result(text, value)
}

/// Reads the draft in `path`; `-` is standard input.
pub(crate) fn read(path: &Path) -> Result<Draft, Failure> {
    Draft::from_json(&files::read_text(path)?).map_err(|e| fault(path, &e))
}

/// A draft's error, with the file and the place in it.
pub(crate) fn fault(path: &Path, error: &DraftError) -> Failure {
    let remedy = match error {
        DraftError::TooLarge { .. } => {
            "shorten it, or put what is long in a file and refer to it as evidence"
        }
        DraftError::Syntax { .. } => "correct the JSON there; comments may be // and /* */",
        _ => "correct that place; `truce draft KIND` shows every field",
    };
    Failure::new(Exit::Refused, error.code(), format!("{}: {error}", path.display()))
        .at(error.path().unwrap_or_default())
        .next(remedy)
}
