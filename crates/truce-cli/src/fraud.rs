//! Fraud proofs on the command line: `truce verify FILE.fraud-proof` decides them, offline.

use crate::exit::Failure;
use crate::output::{Output, Table};
use serde_json::json;
use truce_fraud::FraudProof;
use truce_tlog::VKey;

/// Whether a file is a fraud proof, by its first line.
pub(crate) fn is_fraud_proof(bytes: &[u8]) -> bool {
    FraudProof::is_one(bytes)
}

/// Decides a fraud proof. Success says that the fraud is proven: the holder of the key that the file names did what its
/// sentence says. With `logs`, that key must be one of these.
///
/// # Errors
/// A failure with exit code 3 where the file proves nothing, or nothing of that log.
pub(crate) fn decide(bytes: &[u8], logs: Option<&[VKey]>, output: Output) -> Result<(), Failure> {
    let nothing = |error: truce_fraud::Undecided| {
        Failure::unverified(error.code(), &error)
            .next("nobody is accused by this file; ask whoever gave it to you for the whole proof")
    };
    let proof = FraudProof::parse(bytes).map_err(nothing)?;
    let decided = proof.decide().map_err(nothing)?;
    if let Some(logs) = logs.filter(|logs| !logs.contains(proof.log())) {
        let named = logs.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let message = format!("this file accuses the holder of another key: {}", proof.log());
        return Err(Failure::unverified("other-log", message)
            .next(format!("you named {named}; the file says nothing of it")));
    }
    let text = || {
        let mut table = Table::default();
        table.row("fraud", decided.kind);
        table.row("log", &decided.origin);
        let whose = if logs.is_some() {
            "a key that you named"
        } else {
            "not compared (give --charter or --log): compare it with the charter"
        };
        table.row("signed by", format!("{}, {whose}", decided.log));
        let [first, second] = decided.sizes;
        table.row(
            "trees",
            if first == second {
                format!("of {first} entries")
            } else {
                format!("of {first} and of {second} entries")
            },
        );
        table.row("means", proof.kind().meaning());
        format!("{}FRAUD PROVEN: {}\n", table.render(), decided.sentence)
    };
    output.result(text, || {
        json!({
            "verdict": "fraud-proven",
            "kind": decided.kind,
            "sentence": decided.sentence,
            "log": decided.origin,
            "vkey": decided.log,
            "sizes": decided.sizes,
            "log_key_compared": logs.is_some(),
        })
    })
}
