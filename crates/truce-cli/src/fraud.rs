//! Fraud proofs on the command line: `truce verify FILE.fraud-proof` decides them, offline.

use crate::args::VerifyArgs;
use crate::exit::Failure;
use crate::output::{Output, Table};
use crate::{files, vkey};
use serde_json::json;
use truce_fraud::{FraudProof, KeyEnd};
use truce_succession::{Succession, Terms};
use truce_tlog::VKey;

/// Tells by its first line whether a file is a fraud proof.
pub(crate) fn is_fraud_proof(bytes: &[u8]) -> bool {
    FraudProof::is_one(bytes)
}

/// Decides a fraud proof. Success says that the fraud is proven: the holder of the key that the file names did what its
/// sentence says. Where a log was named, that key must be one of its keys.
///
/// # Errors
/// A failure with exit code 3 where the file proves nothing, or nothing of that log, and where the key had ended and
/// nothing shows who held it.
pub(crate) fn decide(bytes: &[u8], args: &VerifyArgs, output: Output) -> Result<(), Failure> {
    let accused = Accused::named(args)?;
    let nothing = |error: truce_fraud::Undecided| {
        Failure::unverified(error.code(), &error)
            .next("nobody is accused by this file; ask whoever gave it to you for the whole proof")
    };
    let proof = FraudProof::parse(bytes).map_err(nothing)?;
    let decided = proof.decide().map_err(nothing)?;
    if let Some(accused) = accused.as_ref().filter(|accused| !accused.keys.contains(proof.log())) {
        let named = accused.keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let message = format!("this file accuses the holder of another key: {}", proof.log());
        return Err(Failure::unverified("other-log", message)
            .next(format!("you named {named}; the file says nothing of it")));
    }
    let end = accused.as_ref().and_then(|accused| accused.end(proof.log()));
    let doubt = end.as_ref().and_then(|end| proof.doubt(end));
    let text = || {
        let mut table = Table::default();
        table.row("fraud", decided.kind);
        table.row("log", &decided.origin);
        let whose = if accused.is_some() {
            "a key that you named"
        } else {
            "not compared (give --charter or --log): compare it with the charter"
        };
        table.row("signed by", format!("{}, {whose}", decided.log));
        if let Some(end) = &end {
            let when = if doubt.is_none() { ", and witnesses had cosigned all of this before" } else { "" };
            table.row("turn", format!("ended at size {}{when}", end.until));
        }
        let [first, second] = decided.sizes;
        table.row(
            "trees",
            if first == second {
                format!("of {first} entries")
            } else {
                format!("of {first} and of {second} entries")
            },
        );
        match &doubt {
            None => {
                table.row("means", proof.kind().meaning());
                format!("{}FRAUD PROVEN: {}\n", table.render(), decided.sentence)
            }
            Some(doubt) => format!("{}IN DOUBT: {}; {doubt}\n", table.render(), decided.sentence),
        }
    };
    output.result(text, || {
        json!({
            "verdict": if doubt.is_none() { "fraud-proven" } else { "in-doubt" },
            "kind": decided.kind,
            "sentence": decided.sentence,
            "log": decided.origin,
            "vkey": decided.log,
            "sizes": decided.sizes,
            "log_key_compared": accused.is_some(),
            "key_ended_at": end.as_ref().map(|end| end.until),
            "doubt": doubt.as_ref().map(ToString::to_string),
        })
    })?;
    match doubt {
        None => Ok(()),
        Some(doubt) => Err(Failure::unverified("ended-key", doubt).next(
            "whoever stole the key can have made this file; ask for the same checkpoints with cosignatures of the charter's \
             witnesses from before the key was replaced",
        )),
    }
}

/// The log that a fraud proof must accuse.
struct Accused {
    keys: Vec<VKey>,
    /// The keys and witnesses over time, and what shows them, where a charter was given with a succession.
    history: Option<(Terms, Succession)>,
}

impl Accused {
    /// The log that the arguments name, if they name one.
    fn named(args: &VerifyArgs) -> Result<Option<Self>, Failure> {
        let others = [
            args.proof.is_some(),
            args.policy.is_some(),
            args.signer.is_some(),
            args.agreement.is_some(),
            args.seen.is_some(),
            args.resume.is_some(),
        ];
        if others.contains(&true) || (args.log.is_some() && args.charter.is_some()) {
            return Err(Failure::usage(
                "not-for-a-fraud-proof",
                "a fraud proof is verified with --charter (and --succession) or --log alone",
            )
            .next("leave the other options out: `truce verify FILE --charter CHARTER`"));
        }
        if let (Some(charter), Some(path)) = (&args.charter, &args.succession) {
            let charter = files::read_statement(charter)?;
            let read = Succession::parse(&files::read(path)?);
            let verified = read.and_then(|read| Ok((read.verify(&charter)?, read)));
            let history =
                verified.map_err(|e| Failure::unverified(e.code(), &e).next(e.remedy()).in_file(path))?;
            return Ok(Some(Self {
                keys: history.0.keys().keys().cloned().collect(),
                history: Some(history),
            }));
        }
        let named = args.log.clone().or(args.charter.as_ref().map(|charter| charter.display().to_string()));
        let key = named.as_deref().map(vkey::named).transpose()?;
        Ok(key.map(|key| Self { keys: vec![key], history: None }))
    }

    /// The end of the turn of a key; `None` for a key that is not known to have ended.
    fn end(&self, key: &VKey) -> Option<KeyEnd> {
        let (terms, succession) = self.history.as_ref()?;
        let turns = terms.keys().turns();
        let at = turns.iter().position(|turn| turn.key == *key)?;
        let (until, next) = (turns.get(at)?.until?, turns.get(at + 1)?);
        // The least size that the next key signs has its entry as the last.
        let position = next.from.checked_sub(1)?;
        let witnesses = terms.witnesses_up_to(position).cloned().collect();
        Some(KeyEnd { until, replaced: succession.received(position), witnesses })
    }
}
