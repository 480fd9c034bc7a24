//! `truce mirror`: a verified copy of a published log, once or for as long as it runs.

use crate::args::MirrorArgs;
use crate::exit::{Exit, Failure};

use crate::output::{Output, line};
use crate::progress::Meter;
use crate::text::one_line;
use crate::{files, verify};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;
use truce_audit::Report;
use truce_mirror::{Mirror, MirrorError, MirrorOptions, Round};
use truce_monitor::{TreeRelation, compare};
use truce_source::{Place, Tiles};
use truce_tlog::{Note, TileHashes};

/// After a failure that may pass, at most this long until the next look, and at most so many times the usual pause: over a
/// bad link most looks fail, and the copy is to keep up all the same.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
const MOST_TIMES: u32 = 16;

/// `truce mirror`.
pub(crate) fn run(args: &MirrorArgs, output: Output) -> Result<(), Failure> {
    let from = Place::of(&args.from);
    let agreement = args.agreement.as_deref().map(files::agreement_id).transpose()?;
    let options = MirrorOptions { agreement, threads: args.threads };
    let mut wait = args.every.0;
    let mut failing = None;
    loop {
        let (mut mirror, error) = match follow(args, &from, &options, output, &mut wait, &mut failing) {
            Ok(done) => return done,
            Err(stopped) => *stopped,
        };
        if let (Some(mirror), MirrorError::DoesNotHold(report)) = (&mirror, &error) {
            let proof = fork(&from, &args.to, mirror);
            if proof.is_some() || !args.follow {
                return refused(output, report, proof.as_deref());
            }
        }
        if !args.follow || !error.may_pass() {
            return Err(failure(error));
        }
        waiting(output, args, &error, &mut failing)?;
        // A handle that failed is not used again.
        drop(mirror.take());
        wait = later(wait, args.every.0);
    }
}

/// A mirror, where it could be opened, and why it went no further.
type Stopped = (Option<Mirror>, MirrorError);

/// Opens the copy and takes what is new, again and again with --follow.
fn follow(
    args: &MirrorArgs,
    from: &Place,
    options: &MirrorOptions,
    output: Output,
    wait: &mut Duration,
    failing: &mut Option<String>,
) -> Result<Result<(), Failure>, Box<Stopped>> {
    let (mut mirror, repaired) =
        Mirror::open(from.clone(), &args.to, options.clone()).map_err(|error| Box::new((None, error)))?;
    for file in &repaired.files {
        output.note(&format!("{file} was damaged, and is right again"));
    }
    loop {
        let mut meter = Meter::new("replaying", 0);
        let round = mirror.round(|progress| meter.at(progress.replayed, progress.size));
        meter.finish();
        let round = match round {
            Ok(round) => round,
            // Nothing happened to the copy, which need not be read again.
            Err(
                error @ (MirrorError::Source(_)
                | MirrorError::NoCheckpoint { .. }
                | MirrorError::Behind { .. }),
            ) if args.follow => {
                if let Err(failure) = waiting(output, args, &error, failing) {
                    return Ok(Err(failure));
                }
                *wait = later(*wait, args.every.0);
                continue;
            }
            Err(error) => return Err(Box::new((Some(mirror), error))),
        };
        if failing.take().is_some() {
            output.note("the log can be read again");
        }
        *wait = args.every.0;
        if !args.follow {
            return Ok(taken(output, args, &round, &repaired.files));
        }
        if round.files + usize::from(round.evidence > 0) > 0
            && let Err(failure) = followed(output, args, &round)
        {
            return Ok(Err(failure));
        }
        std::thread::sleep(*wait);
    }
}

/// Sleeps, and says how long to sleep the next time.
fn later(wait: Duration, every: Duration) -> Duration {
    std::thread::sleep(wait);
    let longest = every.saturating_mul(MOST_TIMES).min(LONGEST_WAIT).max(every);
    wait.saturating_mul(2).min(longest)
}

fn taken(output: Output, args: &MirrorArgs, round: &Round, repaired: &[String]) -> Result<(), Failure> {
    let to = args.to.display();
    let text = || match &round.report {
        Some(report) => {
            format!("{report}\n{to}: {} files copied, {} of evidence", round.files, round.evidence)
        }
        None => format!("{to}: nothing new, {} entries held", round.size),
    };
    output.result(text, || value(args, round, repaired))
}

/// One line for each round that took something.
fn followed(output: Output, args: &MirrorArgs, round: &Round) -> Result<(), Failure> {
    let text =
        format!("{} entries held, {} files copied, {} of evidence", round.size, round.files, round.evidence);
    line(output, &text, &value(args, round, &[]))
}

fn value(args: &MirrorArgs, round: &Round, repaired: &[String]) -> Value {
    json!({
        "audit": round.report,
        "directory": args.to,
        "size": round.size,
        "files": round.files,
        "evidence": round.evidence,
        "repaired": repaired,
    })
}

/// Says why nothing is taken, once.
fn waiting(
    output: Output,
    args: &MirrorArgs,
    error: &MirrorError,
    failing: &mut Option<String>,
) -> Result<(), Failure> {
    if failing.as_deref() == Some(error.code()) {
        return Ok(());
    }
    *failing = Some(error.code().to_owned());
    let sentence = one_line(&error.to_string());
    output.note(&format!("waiting: {sentence}"));
    if output.json {
        let why = json!({ "code": error.code(), "message": sentence });
        line(output, "", &json!({ "waiting": why, "directory": args.to }))?;
    }
    Ok(())
}

fn refused(output: Output, report: &Report, proof: Option<&Path>) -> Result<(), Failure> {
    output.result(|| report.to_string(), || json!({ "audit": report, "fraud_proof": proof }))?;
    let Some(proof) = proof else { return verify::held(report) };
    let message = format!(
        "the log was forked: it signed a tree that does not begin with this copy; the proof is {}",
        proof.display()
    );
    Err(Failure::unverified("fork", message).next(
        "keep the copy and the proof, and give the proof to every party; `truce verify FILE` decides it",
    ))
}

/// The proof that a log which does not hold has been forked since it was copied, if that is so.
fn fork(from: &Place, to: &Path, mirror: &Mirror) -> Option<PathBuf> {
    let held = mirror.checkpoint()?;
    let source = from.open("truce-mirror");
    let note = source.checkpoint().ok()??;
    let served = mirror.keys()?.open(&Note::parse(&note).ok()?, &[]).ok()?;
    let tiles = TileHashes::new(Tiles(source.as_ref()), served.size());
    let TreeRelation::Forked(proof) = compare(held, &served, &tiles).ok()? else { return None };
    proof.decide().ok()?;
    let file = truce_file::beside(to, ".fraud-proof");
    files::replace(&file, proof.to_string().as_bytes()).ok()?;
    Some(file)
}

fn failure(error: MirrorError) -> Failure {
    let (code, remedy) = (error.code(), error.remedy());
    match error {
        MirrorError::Source(error) => error.into(),
        MirrorError::Store(error) => error.into(),
        MirrorError::Audit(error) => error.into(),
        MirrorError::File { path, source } => Failure::file(&path, &source),
        error @ MirrorError::NoCheckpoint { .. } => Failure::new(Exit::Io, code, error).next(remedy),
        error => Failure::unverified(code, error).next(remedy),
    }
}
