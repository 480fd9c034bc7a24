//! `truce submit`: statements in, receipts and proofs out.

use crate::args::{LogKeyArgs, PassphraseArgs, SubmitArgs};
use crate::exit::{Exit, Failure};
use crate::files;
use crate::output::{Output, columns, rfc3339, short, utc};
use crate::passphrase::Passphrases;
use crate::progress::Meter;
use crate::refused::{Refused, Way};
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use truce_log::{Depositary, Folder, Receipt, SystemClock};
use truce_statement::{KeyId, Statement};

/// The outcome of one statement.
struct Outcome<'a> {
    file: &'a Path,
    proof: Option<PathBuf>,
    result: Result<Receipt, Failure>,
}

/// `truce submit`.
pub(crate) fn run(args: &SubmitArgs, output: Output) -> Result<(), Failure> {
    let depositary = open(&args.ledger, &args.log, &args.passphrase).map_err(|failure| {
        failure.instead(
            "store-locked",
            "hand them in through the depositary that has it: `truce submit --to URL FILE...`",
        )
    })?;
    let mut meter = Meter::new("recording", args.files.len() as u64);
    // All are handed in before the first receipt is waited for, so that they are written in groups.
    let given: Vec<Given<'_>> = in_feed_order(args.files.iter().map(|file| Given::read(file)).collect());
    let pending: Vec<_> = given
        .into_iter()
        .map(|given| {
            let pending = given.bytes.and_then(|bytes| Ok(depositary.enqueue_blocking(bytes)?));
            (given.file, given.place, pending)
        })
        .collect();
    let mut outcomes = Vec::with_capacity(pending.len());
    for (file, place, pending) in pending {
        let result = pending.and_then(|pending| Ok(pending.receipt_blocking()?)).map_err(|failure| {
            let failure = match place {
                Some((key, seq)) => way_on(failure, key, seq, file, &args.ledger),
                None => failure,
            };
            failure.in_file(file)
        });
        outcomes.push(Outcome { file, proof: None, result });
        meter.at(outcomes.len() as u64, args.files.len() as u64);
    }
    meter.finish();
    if !args.no_proofs {
        write_proofs(&depositary, &mut outcomes)?;
    }
    let size = depositary.checkpoint().map(|c| c.size());
    depositary.close();
    report(outcomes, size, output)
}

/// A file as it was given, and the place of its statement in the feed of a key.
struct Given<'a> {
    file: &'a Path,
    bytes: Result<Vec<u8>, Failure>,
    /// `None` for what is no statement: that is for the log to say.
    place: Option<(KeyId, u64)>,
}

impl<'a> Given<'a> {
    fn read(file: &'a Path) -> Self {
        let bytes = files::read(file);
        let parsed = bytes.as_ref().ok().and_then(|bytes| Statement::parse(bytes.as_slice()).ok());
        Self { file, bytes, place: parsed.map(|statement| (statement.header().kid, statement.seq())) }
    }
}

/// The statements as they were given, but those of one key in the order of their numbers: each place in the queue goes
/// to the next one of the key that holds the place.
fn in_feed_order(given: Vec<Given<'_>>) -> Vec<Given<'_>> {
    let holders: Vec<Option<KeyId>> = given.iter().map(|given| given.place.map(|(key, _)| key)).collect();
    let mut waiting: BTreeMap<Option<KeyId>, Vec<Given<'_>>> = BTreeMap::new();
    for given in given {
        waiting.entry(given.place.map(|(key, _)| key)).or_default().push(given);
    }
    let mut feeds: BTreeMap<Option<KeyId>, VecDeque<Given<'_>>> = BTreeMap::new();
    for (key, mut feed) in waiting {
        feed.sort_by_key(|given| given.place.map_or(0, |(_, seq)| seq));
        feeds.insert(key, feed.into());
    }
    holders.iter().filter_map(|key| feeds.get_mut(key)?.pop_front()).collect()
}

/// A refusal of the log with the next commands; other failures stay as they are.
fn way_on(failure: Failure, key: KeyId, seq: u64, file: &Path, ledger: &Path) -> Failure {
    if failure.exit() != Exit::Refused {
        return failure;
    }
    let refused = Refused {
        code: failure.code(),
        remedy: failure.remedy().unwrap_or_default(),
        key,
        seq,
        file: Some(file),
    };
    let next = refused.next(Way::Ledger(ledger));
    failure.next(next)
}

/// Opens the ledger to write to it, with its own key.
pub(crate) fn open(
    ledger: &Path,
    log: &LogKeyArgs,
    passphrase: &PassphraseArgs,
) -> Result<Depositary, Failure> {
    if !Folder::is_ledger(ledger) {
        return Err(Failure::new(
            Exit::Io,
            "no-log",
            format!("{} is not a ledger (a folder with db/)", ledger.display()),
        )
        .next("check the path, or make one with `truce init`"));
    }
    let path = log.log_key.clone().unwrap_or_else(|| Folder::new(ledger).key());
    let passphrases = Passphrases::of_log(log, passphrase);
    let mut keys = vec![passphrases.open(&path)?];
    if let Some(next) = &log.next_log_key {
        keys.push(passphrases.open(next)?);
    }
    let keys: Vec<_> = keys.iter().collect();
    Ok(Depositary::open_with(ledger, &keys, Arc::new(SystemClock))?)
}

/// Writes the proof of each recorded statement beside it, up to the newest checkpoint.
fn write_proofs(depositary: &Depositary, outcomes: &mut [Outcome<'_>]) -> Result<(), Failure> {
    if depositary.checkpoint().is_none() {
        return Ok(());
    }
    for outcome in outcomes {
        if let Ok(receipt) = &outcome.result {
            let path = files::companion(outcome.file, "tlog-proof");
            let proof = depositary.prove(receipt.position)?.to_file()?;
            truce_file::replace_unsynced(&path, proof.as_bytes()).map_err(|e| Failure::file(&path, &e))?;
            outcome.proof = Some(path);
        }
    }
    Ok(())
}

fn report(outcomes: Vec<Outcome<'_>>, size: Option<u64>, output: Output) -> Result<(), Failure> {
    let refused: Vec<_> =
        outcomes.iter().filter_map(|o| o.result.as_ref().err().map(|e| (o.file, e))).collect();
    let receipts = || outcomes.iter().filter_map(|o| o.result.as_ref().ok().map(|r| (o, r)));
    let text = || {
        let mut rows = vec![["position", "received", "id", "checkpoint", "file"].map(str::to_owned).to_vec()];
        rows.extend(receipts().map(|(outcome, receipt)| {
            let again = if receipt.duplicate { " (recorded before)" } else { "" };
            vec![
                receipt.position.to_string(),
                utc(receipt.received),
                short(&receipt.statement),
                size.map_or("none yet".to_owned(), |size| size.to_string()),
                format!("{}{again}", outcome.file.display()),
            ]
        }));
        if rows.len() > 1 { columns(&rows) } else { String::new() }
    };
    let value = || {
        json!({
            "receipts": receipts().map(|(o, r)| in_json(r, Some(o.file), o.proof.as_deref(), size)).collect::<Vec<_>>(),
            "refused": refused.iter().map(|(file, e)| json!({ "file": file, "error": e.to_json() })).collect::<Vec<_>>(),
        })
    };
    output.result(text, value)?;
    let of = outcomes.len();
    failed(outcomes.into_iter().filter_map(|o| o.result.err()).collect(), of, output)
}

/// The failure of a command over many statements, some of which were not recorded; each is named.
pub(crate) fn failed(mut failures: Vec<Failure>, of: usize, output: Output) -> Result<(), Failure> {
    if failures.len() <= 1 {
        return failures.pop().map_or(Ok(()), Err);
    }
    if !output.json {
        for failure in &failures {
            failure.report(false);
        }
    }
    let message = format!("{} of {of} statements were not recorded", failures.len());
    let (exit, code) = failures.first().map_or((Exit::Io, ""), |first| (first.exit(), first.code()));
    Err(Failure::new(exit, code, message)
        .next("correct what was refused, and submit again; what was recorded stays recorded"))
}

/// A receipt for programs.
pub(crate) fn in_json(
    receipt: &Receipt,
    file: Option<&Path>,
    proof: Option<&Path>,
    size: Option<u64>,
) -> Value {
    json!({
        "statement": receipt.statement,
        "position": receipt.position,
        "received": rfc3339(receipt.received),
        "received_ms": receipt.received,
        "entry": receipt.entry,
        "duplicate": receipt.duplicate,
        "checkpoint_size": size,
        "file": file,
        "proof": proof,
    })
}
