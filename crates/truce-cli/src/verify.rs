//! `truce verify`: a statement with its proof or receipt, offline; or a whole log, replayed.

use crate::args::VerifyArgs;
use crate::exit::{Exit, Failure};
use crate::output::{Output, Table, rfc3339, utc};
use crate::progress::Meter;
use crate::receipt_command::{self, Transparent};
use crate::{files, fraud, keys, source, vkey};
use serde_json::json;
use std::path::{Path, PathBuf};
use truce_audit::{Options, Report, Source, Verdict, audit};
use truce_receipt::{Finality, Receipt};
use truce_statement::{Entry, Statement};
use truce_succession::{Succession, SuccessionError, Terms};
use truce_tlog::policy::PolicyError;
use truce_tlog::{
    CheckpointError, KeySchedule, NoteError, Policy, PolicyBuilder, ProofFile, ProofFileError,
    SignedCheckpoint, VKey, explain, leaf_hash,
};

/// `truce verify`.
pub(crate) fn run(args: &VerifyArgs, output: Output) -> Result<(), Failure> {
    if !args.source.is_file() {
        return log(args, output);
    }
    if let Some(bytes) = fraud_proof(args)? {
        return fraud::decide(&bytes, args, output);
    }
    statement(args, output)
}

/// The bytes of a fraud proof, where the file is one.
fn fraud_proof(args: &VerifyArgs) -> Result<Option<Vec<u8>>, Failure> {
    let bytes = files::read(&args.source)?;
    Ok(fraud::is_fraud_proof(&bytes).then_some(bytes))
}

fn log(args: &VerifyArgs, output: Output) -> Result<(), Failure> {
    if args.proof.is_some()
        || args.log.is_some()
        || args.charter.is_some()
        || args.policy.is_some()
        || args.signer.is_some()
    {
        return Err(Failure::usage(
            "not-for-a-log",
            "a proof, --log, --charter, --policy and --signer are for verifying a statement's file",
        )
        .next("to hold a log to what you know of it, give --agreement or --seen"));
    }
    // A ledger keeps a copy of its last checkpoint outside the store, which tells a restored older store. It is read
    // before the store is opened, because the ledger may be growing.
    let kept =
        Some(args.source.join("checkpoint")).filter(|copy| source::is_ledger(&args.source) && copy.is_file());
    let kept = kept.as_deref().map(files::read).transpose()?;
    let given = args.seen.as_deref().map(files::read).transpose()?;
    if given.is_some() && kept.is_some() {
        // An audit looks back at one checkpoint: opening the ledger looks at its own copy.
        source::open(&args.source)?;
    }
    let source = source::for_audit(&args.source)?;
    let options = Options {
        agreement: args.agreement.as_deref().map(files::agreement_id).transpose()?,
        seen: given.or(kept),
        resume: args.resume.clone(),
        threads: args.threads,
    };
    let report = replay(source.as_ref(), &options)?;
    output.result(|| report.to_string(), || json!(report))?;
    held(&report)
}

/// Audits `source`, showing how it goes.
pub(crate) fn replay(source: &dyn Source, options: &Options) -> Result<Report, Failure> {
    let mut meter = Meter::new("replaying", 0);
    let report = audit(source, options, |progress| meter.at(progress.replayed, progress.size));
    meter.finish();
    Ok(report?)
}

/// A failure when the log does not hold.
pub(crate) fn held(report: &Report) -> Result<(), Failure> {
    if report.verdict == Verdict::Verified {
        return Ok(());
    }
    let first = report.findings.first().map(|finding| finding.code.as_str()).unwrap_or_default();
    let message =
        format!("the log does not hold: {} finding(s), the first is {first}", report.findings.len());
    Err(Failure::new(Exit::Unverified, "verification-failed", message)
        .at(first)
        .next("keep this copy as evidence, and compare it with another copy of the log"))
}

fn statement(args: &VerifyArgs, output: Output) -> Result<(), Failure> {
    let only_logs = [
        ("--agreement", args.agreement.is_some()),
        ("--seen", args.seen.is_some()),
        ("--resume", args.resume.is_some()),
    ];
    if let Some((option, _)) = only_logs.iter().find(|(_, given)| *given) {
        return Err(Failure::usage("not-for-a-statement", format!("{option} is for verifying a log"))
            .next("leave it out, or name a log in place of the statement"));
    }
    // What cannot even be parsed is not what the log committed to.
    let Transparent { statement, receipts } = Transparent::read(&args.source).map_err(Failure::unproven)?;
    let evidence = evidence(args, receipts)?;
    let held_to = trusted(args, &statement)?;
    let signed_by = match &args.signer {
        Some(signer) => {
            let key = keys::named(signer)?;
            statement.clone().verify(&key).map_err(|refusal| {
                Failure::unverified(refusal.code.as_str(), crate::exit::sentence(&refusal))
                    .next(refusal.remedy())
            })?;
            Some(key)
        }
        None => None,
    };
    let proven = match evidence {
        Evidence::Proof(path, file) => prove(&statement, &path, &file, &held_to)?,
        Evidence::Receipts(path, receipts) => received(&statement, &path, &receipts, &held_to)?,
    };
    let text = || {
        let mut table = Table::default();
        table.row("statement", statement.id());
        table.row("what", format!("{} of `{}`", statement.kind(), statement.header().iss));
        table.row("log", &proven.origin);
        table.row("position", format!("{} in the tree of size {}", proven.position, proven.size));
        table.row("received", utc(proven.received));
        for (name, time) in &proven.witnesses {
            table.row("witness", format!("{name} at {}", utc(*time)));
        }
        if proven.is_final {
            table.row("finality", "final: the quorum of the policy has cosigned");
        } else if proven.by == "receipt" {
            table.row("finality", "accepted: the word of the log alone");
        }
        table.row(
            "signature",
            match &signed_by {
                Some(key) => format!("by key {}", key.id()),
                None => "not checked again here (give --signer); the log admitted it".to_owned(),
            },
        );
        format!(
            "{}VERIFIED: the log has committed to this statement, at this position and time\n",
            table.render()
        )
    };
    let value = || {
        json!({
            "verdict": "verified",
            "finality": if proven.is_final { "final" } else { "accepted" },
            "by": proven.by,
            "statement": statement.id(),
            "kind": statement.kind(),
            "party": statement.header().iss,
            "agreement": statement.agreement(),
            "log": proven.origin,
            "position": proven.position,
            "size": proven.size,
            "received": rfc3339(proven.received),
            "received_ms": proven.received,
            "signature_checked": signed_by.is_some(),
            "witnesses": proven.witnesses.iter().map(|(name, time)| json!({ "name": name, "time": rfc3339(*time) })).collect::<Vec<_>>(),
        })
    };
    output.result(text, value)
}

/// Evidence that the log recorded the statement, with the file it is in.
enum Evidence {
    Proof(PathBuf, Vec<u8>),
    Receipts(PathBuf, Vec<Receipt>),
}

/// The proof that was given; else the receipts in the statement; else what lies beside it.
fn evidence(args: &VerifyArgs, receipts: Vec<Receipt>) -> Result<Evidence, Failure> {
    let path = match &args.proof {
        Some(path) => path.clone(),
        None if !receipts.is_empty() => return Ok(Evidence::Receipts(args.source.clone(), receipts)),
        None => {
            let beside = |extension| files::companion(&args.source, extension);
            let receipt = Some(beside("receipt")).filter(|receipt| receipt.is_file());
            receipt.filter(|_| !beside("tlog-proof").is_file()).unwrap_or_else(|| beside("tlog-proof"))
        }
    };
    let bytes = files::read(&path)?;
    if !receipt_command::is_cose(&bytes) {
        return Ok(Evidence::Proof(path, bytes));
    }
    let receipt = Receipt::parse(&bytes).map_err(|e| receipt_command::unverified(&path, &e))?;
    Ok(Evidence::Receipts(path, vec![receipt]))
}

/// Facts known once a proof or a receipt has verified.
struct Proven {
    origin: String,
    position: u64,
    size: u64,
    /// Milliseconds UTC.
    received: i64,
    /// Name and time, milliseconds UTC.
    witnesses: Vec<(String, i64)>,
    is_final: bool,
    by: &'static str,
}

/// Witnesses that cosigned a checkpoint, with the time of each.
fn witnesses(checkpoint: &SignedCheckpoint) -> Vec<(String, i64)> {
    let time = |seconds| i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1000);
    checkpoint.cosignatures().iter().map(|c| (c.cosigner.name().to_owned(), time(c.timestamp))).collect()
}

/// Verifies receipts: of logs that are not trusted here they say nothing, of those that are every one has to hold.
fn received(
    statement: &Statement,
    path: &Path,
    receipts: &[Receipt],
    held_to: &HeldTo,
) -> Result<Proven, Failure> {
    let mut best = None;
    let mut strange = None;
    for receipt in receipts {
        let verified = match &held_to.keys {
            Some(keys) => receipt.verify_by(statement, &held_to.policy, keys),
            None => receipt.verify(statement, &held_to.policy),
        };
        match verified {
            Ok(verified) if verified.finality() == Finality::Final => best = Some(verified),
            Ok(verified) => best = best.or(Some(verified)),
            Err(e) if e.code == truce_receipt::ReceiptCode::UnknownLog => strange = Some(e),
            Err(e) => return Err(receipt_command::unverified(path, &e)),
        }
    }
    let Some(best) = best else {
        let code = truce_receipt::ReceiptCode::UnknownLog;
        return Err(strange.map_or_else(
            || Failure::unverified(code.as_str(), code.sentence()).next(code.remedy()),
            |e| receipt_command::unverified(path, &e),
        ));
    };
    let is_final = best.finality() == Finality::Final;
    if let Some(quorum) = held_to.policy.quorum().filter(|_| !is_final) {
        let message =
            format!("{}: the log has signed, but the quorum `{quorum}` has not cosigned", path.display());
        return Err(Failure::unverified("no-quorum", message)
            .next("ask for the receipt again once the witnesses have cosigned"));
    }
    Ok(Proven {
        origin: best.log().name().to_owned(),
        position: best.position(),
        size: best.size(),
        received: best.received(),
        witnesses: best.checkpoint().map(witnesses).unwrap_or_default(),
        is_final,
        by: "receipt",
    })
}

/// Policy and keys that a proof is checked against.
struct HeldTo {
    /// Its logs count where `keys` is absent.
    policy: Policy,
    /// The keys over time of the log that a charter founds.
    keys: Option<KeySchedule>,
}

/// The charter's key, and what the succession says of those that followed it.
fn terms(args: &VerifyArgs, charter: &Statement) -> Result<Terms, Failure> {
    let refused = |e: SuccessionError| Failure::unverified(e.code(), e.to_string()).next(e.remedy());
    match &args.succession {
        None => Terms::of_charter(charter).map_err(refused),
        Some(path) => Succession::parse(&files::read(path)?)
            .and_then(|succession| succession.verify(charter))
            .map_err(|e| refused(e).in_file(path)),
    }
}

/// Reads what the proof is checked against: a policy that asks for one log's key alone, or the one given.
fn trusted(args: &VerifyArgs, statement: &Statement) -> Result<HeldTo, Failure> {
    let held_to = |policy| HeldTo { policy, keys: None };
    match (&args.log, &args.charter, &args.policy) {
        (Some(log), None, None) => only(vkey::named(log)?).map(held_to),
        (None, Some(charter), None) => {
            let charter = files::read_statement(charter)?;
            if charter.agreement() != statement.agreement() {
                let message = format!(
                    "the statement belongs to agreement {}, the charter founds {}",
                    statement.agreement(),
                    charter.agreement()
                );
                return Err(Failure::unverified("unknown-agreement", message)
                    .next("give the charter of the statement's own agreement"));
            }
            let policy = only(vkey::of_charter(&charter)?)?;
            Ok(HeldTo { policy, keys: Some(terms(args, &charter)?.keys().clone()) })
        }
        (None, None, Some(path)) => files::read_policy(path).map(held_to),
        (None, None, None) => Err(Failure::usage("which-log", "which log do you trust to have recorded it?")
            .next("give --charter FILE (names the log's key), --log VKEY or --policy FILE")),
        _ => Err(Failure::usage("which-log", "give one of --log, --charter and --policy")),
    }
}

/// Rebuilds the entry from the statement and the proof, and follows the path to the signed checkpoint.
fn prove(statement: &Statement, path: &Path, proof: &[u8], held_to: &HeldTo) -> Result<Proven, Failure> {
    let bad = |e: &dyn std::fmt::Display| {
        Failure::unverified("bad-proof", format!("{}: {e}", path.display()))
            .next("make the proof again with `truce prove`, from the log or a mirror of it")
    };
    let file = ProofFile::parse(proof).map_err(|e| bad(&e))?;
    let extra = file.extra().ok_or_else(|| bad(&"the proof does not say when the entry was received"))?;
    let entry = Entry::from_extra(extra, statement.bytes()).map_err(|e| bad(&e))?;
    let leaf = leaf_hash(&entry.encode());
    let verified = match &held_to.keys {
        Some(keys) => file.verify_by(&held_to.policy, keys, &leaf),
        None => file.verify(&held_to.policy, &leaf),
    };
    let verified = verified.map_err(|e| match &e {
        ProofFileError::Policy(PolicyError::Checkpoint(cause)) if cause.code() != "bad-checkpoint" => {
            let message = format!("{}: {cause}", path.display());
            Failure::unverified(cause.code(), message)
                .next("keep the proof as evidence, and make it again with `truce prove`, from the log or a mirror")
        }
        ProofFileError::Policy(PolicyError::Checkpoint(
            CheckpointError::NoLogSignature | CheckpointError::Note(NoteError::NoKnownSignature),
        )) if held_to.keys.is_some() =>
        {
            bad(&explain(&e)).next(
                "if the parties have replaced the log's key, give --succession FILE, from beside the log's checkpoint",
            )
        }
        _ => bad(&explain(&e)),
    })?;
    let checkpoint = verified.checkpoint();
    Ok(Proven {
        origin: checkpoint.origin().to_owned(),
        position: verified.index(),
        size: checkpoint.size(),
        received: entry.received,
        witnesses: witnesses(checkpoint),
        // Without its quorum it would not have verified.
        is_final: held_to.policy.quorum().is_some(),
        by: "proof",
    })
}

/// The policy of whoever trusts one log and asks for no witnesses.
fn only(log: VKey) -> Result<Policy, Failure> {
    let mut builder = PolicyBuilder::default();
    let built = builder.log(log, None).and_then(|b| b.quorum(None)).map(|_| ());
    built
        .and_then(|()| builder.build())
        .map_err(|e| Failure::usage("bad-vkey", e).next("`truce key show FILE --origin NAME` prints vkeys"))
}
