//! `truce receipt`: COSE receipts inside statements and beside them.

use crate::args::ReceiptCommand;
use crate::exit::Failure;
use crate::files;
use crate::output::{Output, Table, rfc3339, utc};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use truce_receipt::{Receipt, ReceiptCode, ReceiptError, embed, extract};
use truce_statement::Statement;

pub(crate) fn run(command: &ReceiptCommand, output: Output) -> Result<(), Failure> {
    match command {
        ReceiptCommand::Embed { statement, receipts, out } => put_in(statement, receipts, out, output),
        ReceiptCommand::Extract { file, out } => take_out(file, out, output),
        ReceiptCommand::Show { file } => show(file, output),
    }
}

/// A statement as the log recorded it, and the receipts that its file carried.
pub(crate) struct Transparent {
    pub(crate) statement: Statement,
    pub(crate) receipts: Vec<Receipt>,
}

impl Transparent {
    /// Reads a statement with receipts or without.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let bytes = files::read(path)?;
        let parse = |bytes: Vec<u8>| Statement::parse(bytes).map_err(|e| Failure::from(e).in_file(path));
        let error = match extract(&bytes) {
            Ok((statement, receipts)) => return Ok(Self { statement: parse(statement)?, receipts }),
            Err(error) => error,
        };
        // What is wrong is said in the words for statements, unless only the receipts in it are.
        match parse(bytes) {
            Err(refusal)
                if error.code == ReceiptCode::NotAStatement || refusal.code() != "malformed-cose" =>
            {
                Err(refusal)
            }
            _ => Err(unverified(path, &error)),
        }
    }
}

/// True if bytes begin as a tagged `COSE_Sign1` does, which no text does.
pub(crate) fn is_cose(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xd2])
}

/// A receipt that does not hold.
pub(crate) fn unverified(path: &Path, error: &ReceiptError) -> Failure {
    Failure::unverified(error.code.as_str(), format!("{}: {error}", path.display())).next(error.code.remedy())
}

fn put_in(statement: &Path, receipts: &[PathBuf], out: &Path, output: Output) -> Result<(), Failure> {
    let mut whole = Transparent::read(statement)?;
    for path in receipts {
        whole.receipts.push(Receipt::parse(&files::read(path)?).map_err(|e| unverified(path, &e))?);
    }
    let bytes = embed(whole.statement.bytes(), &whole.receipts).map_err(|e| unverified(statement, &e))?;
    files::create(out, &bytes)?;
    let (id, count) = (whole.statement.id(), whole.receipts.len());
    let text = || format!("{}: statement {id} with {count} receipt(s), {} bytes", out.display(), bytes.len());
    output.result(text, || json!({ "statement": id, "receipts": count, "file": out, "bytes": bytes.len() }))
}

fn take_out(file: &Path, out: &Path, output: Output) -> Result<(), Failure> {
    let Transparent { statement, receipts } = Transparent::read(file)?;
    let name = |n: usize| match n {
        0 => files::companion(out, "receipt"),
        n => files::companion(out, &format!("{}.receipt", n + 1)),
    };
    let written: Vec<(PathBuf, Vec<u8>)> = std::iter::once((out.to_owned(), statement.bytes().to_vec()))
        .chain(receipts.iter().enumerate().map(|(n, receipt)| (name(n), receipt.to_bytes())))
        .collect();
    for (path, _) in &written {
        files::must_be_new(path)?;
    }
    files::create_all(written.iter().map(|(path, bytes)| (path.as_path(), bytes.as_slice())))?;
    let names: Vec<&Path> = written.iter().map(|(path, _)| path.as_path()).collect();
    let text = || names.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join("\n");
    output.result(text, || json!({ "statement": statement.id(), "files": names }))
}

fn show(file: &Path, output: Output) -> Result<(), Failure> {
    let bytes = files::read(file)?;
    let receipts = match Receipt::parse(&bytes) {
        Ok(receipt) => vec![receipt],
        // A statement may carry some; what is neither is told what is wrong with it as a receipt.
        Err(e) => match extract(&bytes) {
            Ok((_, receipts)) => receipts,
            Err(_) => return Err(unverified(file, &e)),
        },
    };
    let text = || receipts.iter().map(in_words).collect::<Vec<_>>().join("\n");
    output.result(text, || json!({ "receipts": receipts.iter().map(in_json).collect::<Vec<_>>() }))
}

fn in_words(receipt: &Receipt) -> String {
    let mut table = Table::default();
    table.row("log", receipt.log());
    table.row("agreement", receipt.agreement());
    table.row("key", receipt.key_id());
    table.row("position", format!("{} in the tree of size {}", receipt.position(), receipt.size()));
    table.row("received", utc(receipt.received()));
    for signature in receipt.checkpoint().map(truce_tlog::Note::signatures).unwrap_or_default() {
        table.row("signed by", signature.name());
    }
    format!("{}not verified: this is what it says (see `truce verify`)\n", table.render())
}

fn in_json(receipt: &Receipt) -> Value {
    json!({
        "log": receipt.log(),
        "agreement": receipt.agreement(),
        "key": receipt.key_id(),
        "position": receipt.position(),
        "size": receipt.size(),
        "received": rfc3339(receipt.received()),
        "received_ms": receipt.received(),
        "checkpoint": receipt.checkpoint().map(ToString::to_string),
    })
}
