//! `truce monitor`: watches copies and witnesses of one log, and raises an alarm, with proof where there is one.

use crate::args::MonitorArgs;
use crate::exit::{Exit, Failure};
use crate::files;
use crate::named::Named;
use crate::output::{Output, Table, line, utc};
use crate::receipt_command::Transparent;
use crate::text::one_line;
use serde_json::json;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use truce_monitor::{
    Alarm, AlarmLimits, Hooks, Monitor, MonitorError, MonitorOptions, MonitorStanding, Notice, Promise,
};
use truce_receipt::Receipt;
use truce_source::Place;
use truce_statement::{Entry, Statement};
use truce_tlog::{ProofFile, leaf_hash};

/// Looks of `--once` at a place where something is the matter.
const LOOKS_AT_ONCE: u32 = 3;
/// How long `--once` waits for hooks.
const HOOKS: Duration = Duration::from_secs(45);

/// `truce monitor`.
pub(crate) fn run(args: &MonitorArgs, output: Output) -> Result<(), Failure> {
    let temporary;
    let state = if let Some(state) = &args.state {
        state.clone()
    } else {
        output.note("without --state, what was seen is forgotten when this ends");
        temporary = tempfile::tempdir().map_err(|e| Failure::file(Path::new("a temporary folder"), &e))?;
        temporary.path().to_owned()
    };
    let milliseconds = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    // What `--once` sees three times in a row is not held back: nobody looks a fourth time.
    let grace = if args.once { 0 } else { milliseconds(args.grace.0.min(args.max_age.0)) };
    let options = MonitorOptions {
        logs: args.log.iter().map(|log| Place::of(log)).collect(),
        mirrors: args.mirror.iter().map(|mirror| Place::Directory(mirror.clone())).collect(),
        witnesses: args.witness_monitoring.clone(),
        agreement: args.agreement.as_deref().map(files::agreement_id).transpose()?,
        policy: args.policy.as_deref().map(files::read_policy).transpose()?,
        promises: promises(&args.expect)?,
        state: state.clone(),
        every: args.every.0,
        limits: AlarmLimits { max_age: milliseconds(args.max_age.0), grace, looks: LOOKS_AT_ONCE },
        threads: args.threads,
    };
    let mut monitor = Monitor::open(options).map_err(failure)?;
    let hooks = Hooks::start(args.on_alarm.clone(), args.webhook.clone());
    if args.once {
        return once(args, &mut monitor, hooks, output);
    }
    // Stopped by a signal: everything that is remembered is on disk after every look.
    let never = AtomicBool::new(false);
    monitor.run(&never, |notice| tell(output, &hooks, &notice)).map_err(failure)
}

fn once(args: &MonitorArgs, monitor: &mut Monitor, hooks: Hooks, output: Output) -> Result<(), Failure> {
    let mut alarms = Vec::new();
    for look in 1..=LOOKS_AT_ONCE {
        for notice in monitor.round(truce_clock::now_ms()).map_err(failure)? {
            tell(output, &hooks, &notice);
            if let Notice::Alarm(alarm) = notice {
                alarms.push(alarm);
            }
        }
        // A second round also sees what the first one learned from another place.
        if (monitor.standing().quiet && look > 1) || look == LOOKS_AT_ONCE {
            break;
        }
        std::thread::sleep(args.every.0.min(Duration::from_secs(5)));
    }
    if hooks.finish(HOOKS).is_err() {
        output.note("some alarms did not reach the command or the webhook");
    }
    let standing = monitor.standing();
    stands(output, &standing)?;
    // What was an alarm before this run, and is not over, is one still.
    let old = standing.alarms.iter().filter(|alarm| !alarms.contains(alarm)).count();
    let count = alarms.len() + old;
    let proven = standing.proven;
    if count > 0 || proven > 0 {
        let first = alarms.first().or(standing.alarms.first());
        let message = format!("{count} alarm(s), {proven} fraud(s) proven");
        return Err(Failure::unverified("alarm", message)
            .at(first.map(|alarm| alarm.code.clone()).unwrap_or_default())
            .next(
                first
                    .map_or("see the fraud proofs in the state folder", |alarm| alarm.next.as_str())
                    .to_owned(),
            ));
    }
    if !standing.quiet {
        return Err(Failure::new(Exit::Io, "not-watched", "not every place could be looked at")
            .next("read the warnings above, and run the command again"));
    }
    Ok(())
}

fn stands(output: Output, standing: &MonitorStanding) -> Result<(), Failure> {
    let mut table = Table::default();
    if let Some(log) = &standing.log {
        table.row("log", log);
    }
    for (place, size) in &standing.places {
        table.row("replayed", format!("{size} entries at {place}"));
    }
    table.row("alarms", standing.alarms.len());
    table.row("proven", standing.proven);
    let value = json!({ "standing": {
        "log": standing.log.as_ref().map(ToString::to_string),
        "places": standing.places.iter().map(|(place, size)| json!({ "place": place, "replayed": size })).collect::<Vec<_>>(),
        "alarms": standing.alarms,
        "proven": standing.proven,
        "quiet": standing.quiet,
    } });
    line(output, table.render().trim_end(), &value)
}

/// One line on standard output, and the hooks for what is an alarm.
fn tell(output: Output, hooks: &Hooks, notice: &Notice) {
    let (word, alarm) = match notice {
        Notice::Alarm(alarm) => ("ALARM", alarm),
        Notice::Warning(alarm) => ("warning", alarm),
        Notice::Cleared(alarm) => ("over", alarm),
    };
    // A reader that has gone does not end the watching.
    let _ = line(output, &text(word, alarm), &json!({ "time_ms": truce_clock::now_ms(), "event": notice }));
    if let Notice::Alarm(alarm) = notice {
        let dropped = hooks.raise(alarm);
        if dropped > 0 {
            let text = format!(
                "{} dropped {dropped}: the command or the webhook is too slow for this many alarms",
                utc(truce_clock::now_ms())
            );
            let _ = line(output, &text, &json!({ "time_ms": truce_clock::now_ms(), "dropped": dropped }));
        }
    }
}

fn text(word: &str, alarm: &Alarm) -> String {
    let mut text = format!(
        "{} {word} {} {}: {}",
        utc(truce_clock::now_ms()),
        alarm.code,
        one_line(&alarm.place),
        one_line(&alarm.sentence)
    );
    if word == "ALARM" {
        if let Some(proof) = &alarm.proof {
            let _ = write!(text, "\n  proof: {}", one_line(proof));
        }
        let _ = write!(text, "\n  next: {}", alarm.next);
    }
    text
}

fn promises(texts: &[String]) -> Result<Vec<Promise>, Failure> {
    let each = texts.iter().map(|text| expected(text)).collect::<Result<Vec<_>, _>>()?;
    Ok(each.into_iter().flatten().collect())
}

/// A proof or a COSE receipt on file, or a statement by its id or its file, with the receipts it carries.
fn expected(text: &str) -> Result<Vec<Promise>, Failure> {
    let path = PathBuf::from(text);
    if !path.is_file() {
        return Ok(vec![Promise::Statement(Named::read(text)?.whole()?)]);
    }
    if path.extension().is_none_or(|extension| extension != "tlog-proof") {
        return of_cose(text, &path);
    }
    let bad = |e: &dyn std::fmt::Display| {
        Failure::unverified("bad-proof", format!("{}: {e}", path.display()))
            .next("give the proof that the log returned for the statement")
    };
    let proof = ProofFile::parse(&files::read(&path)?).map_err(|e| bad(&truce_tlog::explain(&e)))?;
    let statement = path.with_extension("cose");
    let leaf = if statement.is_file() {
        let statement = files::read_statement(&statement)?;
        let extra =
            proof.extra().ok_or_else(|| bad(&"the proof does not say when the entry was received"))?;
        let entry = Entry::from_extra(extra, statement.bytes()).map_err(|e| bad(&e))?;
        Some(leaf_hash(&entry.encode()))
    } else {
        None
    };
    Ok(vec![Promise::Receipt { name: text.to_owned(), proof: Box::new(proof), leaf }])
}

/// A statement, with the receipts it carries; or a COSE receipt, whose statement stands beside it.
fn of_cose(text: &str, path: &Path) -> Result<Vec<Promise>, Failure> {
    let promise = |receipt: Receipt, statement: &Statement| Promise::Cose {
        name: text.to_owned(),
        receipt: Box::new(receipt),
        statement: Box::new(statement.clone()),
    };
    if let Ok(receipt) = Receipt::parse(&files::read(path)?) {
        let beside = path.with_extension("cose");
        return Ok(vec![promise(receipt, &files::read_statement(&beside)?)]);
    }
    let Transparent { statement, receipts } = Transparent::read(path)?;
    let mut promises = vec![Promise::Statement(statement.id())];
    promises.extend(receipts.into_iter().map(|receipt| promise(receipt, &statement)));
    Ok(promises)
}

fn failure(error: MonitorError) -> Failure {
    let (code, remedy) = (error.code(), error.remedy());
    let exit = match &error {
        MonitorError::NoLog => Exit::Usage,
        MonitorError::NoPromise { .. } => Exit::Unverified,
        _ => Exit::Io,
    };
    Failure::new(exit, code, error).next(remedy)
}
