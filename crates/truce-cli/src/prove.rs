//! `truce prove`: the proof that a statement is recorded, to be kept with it.

use crate::args::ProveArgs;
use crate::exit::Failure;
use crate::output::Output;
use crate::{files, source};
use serde_json::json;

/// `truce prove`.
pub(crate) fn run(args: &ProveArgs, output: Output) -> Result<(), Failure> {
    let log = source::open(&args.source)?;
    let position = source::position(log.as_ref(), &args.statement)?;
    let proof = log.prove(position)?;
    let Some(out) = &args.out else {
        return output.result(|| proof.clone(), || json!({ "position": position, "proof": proof }));
    };
    // A proof can be made again at any time: one that is there already may be an older one.
    files::replace(out, proof.as_bytes())?;
    let text = || format!("proof that entry {position} is recorded: {}", out.display());
    output.result(text, || json!({ "position": position, "file": out }))
}
