//! `truce forks`: the statements refused as forks that a ledger keeps as evidence, listed and written out.

use crate::args::ForksArgs;
use crate::exit::{Exit, Failure};
use crate::files;
use crate::output::{Output, columns, short};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use truce_log::{Folder, Fork, Ledger};
use truce_statement::Entry;

/// One fork as it is shown: itself, the recorded statement that it contradicts, and the files written.
struct Shown {
    fork: Fork,
    /// Bytes of the recorded statement.
    recorded: Option<Vec<u8>>,
    files: Vec<PathBuf>,
}

/// `truce forks`.
pub(crate) fn run(args: &ForksArgs, output: Output) -> Result<(), Failure> {
    if !Folder::is_ledger(&args.ledger) {
        let what = format!("{} is not a ledger (a folder with db/)", args.ledger.display());
        return Err(Failure::new(Exit::Io, "no-log", what).next("check the path"));
    }
    let ledger = Ledger::open(&args.ledger)?;
    let mut shown = Vec::new();
    for fork in ledger.forks()? {
        let recorded = match fork.recorded {
            Some(position) => recorded(&ledger, position)?,
            None => None,
        };
        let files = match &args.out {
            Some(folder) => write(&ledger, folder, &fork, recorded.as_deref())?,
            None => Vec::new(),
        };
        shown.push(Shown { fork, recorded, files });
    }
    output.result(
        || {
            if shown.is_empty() {
                return "no fork is kept: no valid key has signed twice at one place of its feed\n"
                    .to_owned();
            }
            let head =
                ["party", "key", "number", "statement", "contradicts", "file"].map(str::to_owned).to_vec();
            columns(&std::iter::once(head).chain(shown.iter().map(line)).collect::<Vec<_>>())
        },
        || json!({ "forks": shown.iter().map(value).collect::<Vec<_>>() }),
    )
}

/// Bytes of the statement at `position`.
fn recorded(ledger: &Ledger, position: u64) -> Result<Option<Vec<u8>>, Failure> {
    let Some(bytes) = ledger.entry(position)? else { return Ok(None) };
    let entry = Entry::parse(&bytes).map_err(|e| {
        Failure::unverified("malformed-entry", format!("entry {position}: {e}"))
            .next("run `truce verify` on this ledger")
    })?;
    Ok(Some(entry.statement.to_vec()))
}

/// Writes the fork, the statement that it contradicts, and the proof that this one is recorded.
fn write(
    ledger: &Ledger,
    folder: &Path,
    fork: &Fork,
    recorded: Option<&[u8]>,
) -> Result<Vec<PathBuf>, Failure> {
    std::fs::create_dir_all(folder).map_err(|e| Failure::file(folder, &e))?;
    let header = fork.statement.header();
    let stem = format!("{}-{}-{:06}", header.iss, short(&header.kid), fork.statement.seq());
    let mut written = Vec::new();
    let mut put = |ending: &str, bytes: &[u8]| {
        let path = folder.join(format!("{stem}.{ending}"));
        files::replace(&path, bytes)?;
        written.push(path);
        Ok::<_, Failure>(())
    };
    put("fork.cose", fork.statement.bytes())?;
    if let (Some(bytes), Some(position)) = (recorded, fork.recorded) {
        put("recorded.cose", bytes)?;
        if ledger.checkpoint().is_some_and(|checkpoint| position < checkpoint.size()) {
            put("recorded.tlog-proof", ledger.prove(position)?.to_file()?.as_bytes())?;
        }
    }
    Ok(written)
}

fn line(shown: &Shown) -> Vec<String> {
    let header = shown.fork.statement.header();
    vec![
        header.iss.to_string(),
        short(&header.kid),
        shown.fork.statement.seq().to_string(),
        short(&shown.fork.statement.id()),
        shown.fork.recorded.map_or("nothing found".to_owned(), |position| format!("entry {position}")),
        shown.files.first().map_or(String::new(), |file| file.display().to_string()),
    ]
}

fn value(shown: &Shown) -> Value {
    let header = shown.fork.statement.header();
    json!({
        "party": header.iss,
        "key": header.kid,
        "seq": shown.fork.statement.seq(),
        "statement": shown.fork.statement.id(),
        "bytes": shown.fork.statement.bytes().len(),
        "contradicts": shown.fork.recorded,
        "recorded": shown.recorded.as_ref().map(|bytes| {
            truce_statement::StatementId::from_bytes(truce_statement::id::sha256(bytes))
        }),
        "files": shown.files,
    })
}
