//! `truce outbox`, and `truce submit --to URL`: statements kept on disk until their receipts verify.

use crate::args::{DeliveryArgs, OutboxArgs, OutboxCommand, Reach, SubmitArgs};
use crate::carry::gather;
use crate::exit::{Exit, Failure};
use crate::named::Named;
use crate::output::{Output, Table, columns, rfc3339, short, utc};
use crate::progress::Meter;
use crate::refused::{OutboxWay, Refused, Way, option};
use crate::text::one_line;
use crate::{files, vkey};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Instant;
use truce_field::{
    Added, Courier, CourierReport, DepositaryClient, Ended, Event, FieldError, Hold, Item, ItemState, Outbox,
    Pace, Problem, Trust, Until,
};
use truce_statement::{Statement, StatementId};
use truce_tlog::Policy;

pub(crate) fn run(command: &OutboxCommand, output: Output) -> Result<(), Failure> {
    match command {
        OutboxCommand::List { outbox, undelivered } => list(outbox, *undelivered, output),
        OutboxCommand::Send(delivery) => send(delivery, output),
        OutboxCommand::Import { files, outbox } => import(files, outbox, output),
        OutboxCommand::Show { statement, outbox } => show(statement, outbox, output),
        OutboxCommand::Forget { statements, delivered, undelivered, outbox } => {
            forget(statements, *delivered, *undelivered, outbox, output)
        }
    }
}

/// `truce submit --to URL`.
pub(crate) fn submit(args: &SubmitArgs, output: Output) -> Result<(), Failure> {
    let paths = std::iter::once(&args.ledger).chain(&args.files);
    let mut outbox = ready(&args.delivery, output)?;
    // What no log would take is told before anything is put in the outbox.
    let mut statements = Vec::new();
    for path in paths {
        let bytes = files::read(path)?;
        Statement::parse(bytes.as_slice()).map_err(|refusal| Failure::from(refusal).in_file(path))?;
        statements.push((path, bytes));
    }
    let mut ids = Vec::new();
    for (path, bytes) in statements {
        outbox.add(&bytes, absolute(path).as_deref()).map_err(|e| Failure::from(e).in_file(path))?;
        ids.push(StatementId::from_bytes(truce_statement::id::sha256(&bytes)));
    }
    let outcome = deliver(&mut outbox, &args.delivery, output)?;
    report(&outbox, &ids, &outcome, &args.delivery, output)
}

/// `truce outbox send`.
fn send(args: &DeliveryArgs, output: Output) -> Result<(), Failure> {
    let mut outbox = ready(args, output)?;
    let until = until(args);
    let open = outbox.items().filter(|item| !until.is_reached_by(item.state()) || item.alarm().is_some());
    let ids: Vec<StatementId> = open.map(Item::id).collect();
    let outcome = deliver(&mut outbox, args, output)?;
    report(&outbox, &ids, &outcome, args, output)
}

/// Opens the outbox, and tells it whom to believe.
fn ready(args: &DeliveryArgs, output: Output) -> Result<Outbox, Failure> {
    // Whatever was given is read before the outbox is made.
    let trusted = trusted(args)?;
    let mut outbox = Outbox::open(&args.outbox.outbox)?;
    tell_damage(&outbox, output);
    match trusted {
        Some(Believed::Charter(charter, quorum)) => outbox.believe_charter(&charter, quorum)?,
        Some(Believed::Logs(trust)) => outbox.believe(None, &trust)?,
        None => {}
    }
    let trust = outbox.trust().ok_or(FieldError::NoTrust)?;
    if args.until == Reach::Final && !trust.knows_finality() && !trust.may_learn() {
        return Err(no_quorum());
    }
    if args.again {
        outbox.again()?;
    }
    outbox.place_proofs();
    Ok(outbox)
}

fn no_quorum() -> Failure {
    let message = "nobody has said which witnesses make a statement final";
    Failure::usage("no-quorum", message).next("give --policy FILE, or use --until accepted")
}

/// Log keys that the command line says to believe.
enum Believed {
    /// Whoever signs for the log that this charter founds; with a quorum of one's own.
    Charter(Box<Statement>, Option<Policy>),
    /// These keys, whatever comes.
    Logs(Trust),
}

/// The logs and the quorum that are named on the command line, if any are.
fn trusted(args: &DeliveryArgs) -> Result<Option<Believed>, Failure> {
    let policy = args.policy.as_deref().map(files::read_policy).transpose()?;
    Ok(match (&args.charter, &args.log, policy) {
        (Some(path), _, policy) => {
            let charter = files::read_statement(path)?;
            vkey::of_charter(&charter).map_err(|e| e.in_file(path))?;
            Trust::of_charter(&charter).map_err(|_| {
                Failure::content(path, "bad-policy", "the policy that this charter names cannot be read")
                    .next("name the log and its witnesses in place of the charter: --log VKEY, --policy FILE")
            })?;
            Some(Believed::Charter(Box::new(charter), policy))
        }
        (None, Some(log), policy) => Some(Believed::Logs(Trust::new(&[vkey::named(log)?], policy)?)),
        (None, None, Some(policy)) => Some(Believed::Logs(Trust::new(&[], Some(policy))?)),
        (None, None, None) => None,
    })
}

fn until(args: &DeliveryArgs) -> Until {
    match args.until {
        Reach::Accepted => Until::Accepted,
        Reach::Final => Until::Final,
    }
}

/// Sends what the outbox has.
fn deliver(outbox: &mut Outbox, args: &DeliveryArgs, output: Output) -> Result<CourierReport, Failure> {
    let url = args.to.clone().or_else(|| outbox.settings().url.clone()).ok_or_else(|| {
        Failure::usage("no-address", "the outbox was never told where to send").next("say --to URL")
    })?;
    let authorities = args.ca.as_deref().map(files::read).transpose()?;
    let pace =
        Pace { request: args.timeout, connect: args.timeout.min(Pace::default().connect), ..Pace::default() };
    let depositary = DepositaryClient::new(&url, authorities.as_deref(), pace)?;
    outbox.address(depositary.url())?;
    // The parties may have agreed on witnesses since the charter.
    if args.until == Reach::Final && !outbox.trust().is_some_and(Trust::knows_finality) {
        depositary.follow(outbox)?;
        if !outbox.trust().is_some_and(Trust::knows_finality) {
            return Err(no_quorum());
        }
    }
    let until = until(args);
    let total = outbox.items().filter(|item| !until.is_reached_by(item.state())).count() as u64;
    let mut meter = Meter::new("delivering", total);
    let (mut last, mut done) = (String::new(), 0);
    let mut watch = |event: Event| match event {
        Event::Pausing(why, pause) if why != last => {
            output.note(&format!("{}; next try in {:.1} s", one_line(&why), pause.as_secs_f64()));
            last = why;
        }
        Event::Reached(_, state) if until.is_reached_by(state) => {
            done += 1;
            meter.at(done, total);
        }
        _ => {}
    };
    let end = Instant::now() + args.wait;
    let outcome = Courier::new(depositary, until).run(outbox, end, &mut watch);
    meter.finish();
    Ok(outcome?)
}

/// Says how `ids` stand after a run, and fails when one of them has not come as far as was asked.
fn report(
    outbox: &Outbox,
    ids: &[StatementId],
    outcome: &CourierReport,
    args: &DeliveryArgs,
    output: Output,
) -> Result<(), Failure> {
    let items: Vec<&Item> = ids.iter().filter_map(|id| outbox.item(id)).collect();
    let text = || if items.is_empty() { "nothing to send\n".to_owned() } else { table(outbox, &items) };
    let value = || {
        json!({
            "statements": items.iter().map(|item| in_json(outbox, item)).collect::<Vec<_>>(),
            "ended": match &outcome.ended {
                Ended::Done => "done",
                Ended::Alarmed => "alarm",
                _ => "out-of-time",
            },
        })
    };
    output.result(text, value)?;
    let alarmed = outcome.alarms.iter().map(|(id, _)| id).filter(|id| !ids.contains(id));
    let judged = ids.iter().chain(alarmed).filter_map(|id| outbox.item(id));
    let mut failures: Vec<Failure> = judged.filter_map(|item| failure(item, outcome, args)).collect();
    // Of several, the gravest decides what the command says: an alarm, then a refusal, then what still waits.
    failures.sort_by_key(|failure| match failure.exit() {
        Exit::Unverified => 0,
        Exit::Refused => 1,
        _ => 2,
    });
    if failures.len() <= 1 {
        return failures.pop().map_or(Ok(()), Err);
    }
    if !output.json {
        // What waits behind the others, or for the link, is one thing however many they are.
        let mut told = None;
        for failure in &failures {
            if failure.exit() != Exit::Io || told.as_deref() != Some(failure.code()) {
                failure.report(false);
            }
            told = Some(failure.code().to_owned());
        }
    }
    let message = format!("{} of {} statements are not delivered as asked", failures.len(), ids.len());
    let (exit, code) = failures.first().map_or((Exit::Io, ""), |first| (first.exit(), first.code()));
    Err(Failure::new(exit, code, message)
        .next("`truce outbox list` shows each of them; `truce outbox send` continues"))
}

/// The failure of a statement that has not come as far as was asked.
fn failure(item: &Item, outcome: &CourierReport, args: &DeliveryArgs) -> Option<Failure> {
    let (until, folder) = (until(args), args.outbox.outbox.as_path());
    let id = short(&item.id());
    if let Some(alarm) = item.alarm() {
        let evidence = alarm.evidence.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
        let message = format!("statement {id}: {}", one_line(&alarm.sentence));
        let failure = Failure::unverified(&alarm.code, message).at(evidence.clone());
        let kept = if evidence.is_empty() { String::new() } else { format!(" (kept in {evidence})") };
        return Some(failure.next(format!("{}{kept}", alarm.remedy)));
    }
    if until.is_reached_by(item.state()) {
        return None;
    }
    if let (ItemState::Refused, Some(problem)) = (item.state(), item.problem()) {
        let remedy = after_refusal(item, problem, folder);
        let message = format!("statement {id}: {}", one_line(&problem.sentence()));
        return Some(
            Failure::new(Exit::Refused, &problem.code, message).at(problem.place.clone()).next(remedy),
        );
    }
    if let Some((_, hold)) = outcome.held.iter().find(|(held, _)| *held == item.id()) {
        let message = format!("statement {id} waits: {}", hold_in_words(hold));
        return Some(Failure::new(Exit::Io, "held", message).next(after_hold(item, hold, folder)));
    }
    let (code, why) = match (&outcome.ended, item.state()) {
        (Ended::OutOfTime(Some(error)), _) => ("not-reached", one_line(&error.to_string())),
        (_, ItemState::Accepted) => ("not-final", "the quorum has not cosigned yet".to_owned()),
        (_, ItemState::Sent) => {
            ("no-receipt", "the depositary has it, and has not given a receipt yet".to_owned())
        }
        _ => ("not-sent", "it was not sent in this run".to_owned()),
    };
    let message = format!("statement {id} is {}: {why}", item.state().as_str());
    Some(
        Failure::new(Exit::Io, code, message)
            .next(format!("it is safe in the outbox; to continue: `truce outbox send{}`", option(folder))),
    )
}

/// The next commands for a statement that the depositary refused.
fn after_refusal(item: &Item, problem: &Problem, folder: &Path) -> String {
    let remedy =
        if problem.remedy.is_empty() { "correct what was refused and sign again" } else { &problem.remedy };
    let remedy = one_line(remedy);
    let refused =
        Refused { code: &problem.code, remedy: &remedy, key: item.key(), seq: item.seq(), file: item.file() };
    refused.next(Way::Outbox(&OutboxWay { folder, id: &short(&item.id()) }))
}

/// The next commands for a statement that waits for another.
fn after_hold(item: &Item, hold: &Hold, folder: &Path) -> String {
    let option = option(folder);
    match hold {
        Hold::Behind(id) => {
            format!(
                "`truce outbox show {}{option}` says what is wrong with that one, and what to do about it",
                short(id)
            )
        }
        Hold::Missing { seq } => {
            let refused = Refused { code: "", remedy: "", key: item.key(), seq: *seq, file: item.file() };
            let give_up = refused.give_up(Way::Outbox(&OutboxWay { folder, id: &short(&item.id()) }));
            format!(
                "put number {seq} in, which was signed with the same key: `truce outbox import FILE{option}`; if it was given \
                 up for good, what was signed behind it cannot be recorded either: {give_up}, and sign again"
            )
        }
    }
}

fn list(args: &OutboxArgs, undelivered: bool, output: Output) -> Result<(), Failure> {
    let outbox = Outbox::view(&args.outbox)?;
    tell_damage(&outbox, output);
    let items: Vec<&Item> =
        outbox.items().filter(|item| !(undelivered && item.state().is_delivered())).collect();
    let text = || if items.is_empty() { "nothing\n".to_owned() } else { table(&outbox, &items) };
    let value = || {
        json!({
            "outbox": args.outbox,
            "agreement": outbox.settings().agreement,
            "logs": outbox.settings().logs,
            "to": outbox.settings().url,
            "statements": items.iter().map(|item| in_json(&outbox, item)).collect::<Vec<_>>(),
            "damaged": outbox.damage().iter().map(|d| json!({ "file": d.file, "why": d.why })).collect::<Vec<_>>(),
        })
    };
    output.result(text, value)?;
    damaged(&outbox)
}

/// Statements as they were signed, texts of QR codes and radio lines, in any order and mixture. What is whole is taken
/// even where something else is missing.
fn import(paths: &[PathBuf], args: &OutboxArgs, output: Output) -> Result<(), Failure> {
    let gathered = gather(paths, output)?;
    let mut outbox = Outbox::open(&args.outbox)?;
    tell_damage(&outbox, output);
    let mut added = Vec::new();
    for (statement, path) in &gathered.statements {
        let named = path.as_deref().and_then(absolute);
        let what = outbox.add(statement.bytes(), named.as_deref()).map_err(|error| match path {
            Some(path) => Failure::from(error).in_file(path),
            None => Failure::from(error),
        })?;
        added.push((statement.id(), what, path));
    }
    let word = |what: Added| match what {
        Added::Queued => "queued",
        Added::Mended => "mended",
        Added::Before => "there before",
    };
    let from = |path: &Option<PathBuf>| match path {
        Some(path) => path.display().to_string(),
        None => "put together".to_owned(),
    };
    let text = || {
        let mut rows = vec![["id", "outcome", "file"].map(str::to_owned).to_vec()];
        rows.extend(added.iter().map(|(id, what, path)| vec![short(id), word(*what).to_owned(), from(path)]));
        columns(&rows)
    };
    let value = || {
        let each = added
            .iter()
            .map(|(id, what, path)| json!({ "statement": id, "outcome": word(*what), "file": path }));
        json!({ "imported": each.collect::<Vec<_>>(), "unused": gathered.unused })
    };
    output.result(text, value)?;
    gathered.complete()
}

fn show(named: &str, args: &OutboxArgs, output: Output) -> Result<(), Failure> {
    let outbox = Outbox::view(&args.outbox)?;
    let id = chosen(&outbox, named, args)?;
    let item = outbox.item(&id).ok_or(FieldError::NoSuchStatement(id))?;
    let text = || {
        let mut table = Table::default();
        table.row("statement", id).row("state", item.state().as_str());
        if let Ok(statement) = outbox.statement(&id).map_err(Failure::from).and_then(parsed) {
            table.row("what", format!("{} of `{}`", statement.kind(), statement.header().iss));
        }
        table.row("key", item.key()).row("number", item.seq());
        if let Some(file) = item.file() {
            table.row("from", file.display());
        }
        table.row("kept in", outbox.statement_file(&id).display());
        if let Some(receipt) = item.receipt() {
            table.row("position", format!("{} in the tree of size {}", receipt.position, receipt.size));
            table.row("log", &receipt.origin).row("received", utc(receipt.received));
            for (name, time) in &receipt.witnesses {
                let ms = i64::try_from(*time).unwrap_or(i64::MAX).saturating_mul(1000);
                table.row("witness", format!("{name} at {}", utc(ms)));
            }
            table.row("proof", outbox.proof_file(&id).display());
        }
        if let Some(problem) = item.problem() {
            table.row("refused", format!("{}: {}", problem.code, one_line(&problem.sentence())));
            table.row("next", after_refusal(item, problem, &args.outbox));
        }
        if let Some(alarm) = item.alarm() {
            table.row("alarm", format!("{}: {}", alarm.code, one_line(&alarm.sentence)));
            if let Some(evidence) = &alarm.evidence {
                table.row("evidence", evidence.display());
            }
            table.row("next", &alarm.remedy);
        }
        if let Some(hold) = outbox.hold(&id) {
            table.row("waits", hold_in_words(&hold));
            table.row("next", after_hold(item, &hold, &args.outbox));
        }
        table.render()
    };
    output.result(text, || in_json(&outbox, item))
}

fn forget(
    named: &[String],
    delivered: bool,
    undelivered: bool,
    args: &OutboxArgs,
    output: Output,
) -> Result<(), Failure> {
    let mut outbox = Outbox::open(&args.outbox)?;
    tell_damage(&outbox, output);
    outbox.place_proofs();
    let ids: Vec<StatementId> = if delivered {
        outbox.items().filter(|item| item.state().is_delivered()).map(Item::id).collect()
    } else {
        named.iter().map(|text| chosen(&outbox, text, args)).collect::<Result<_, _>>()?
    };
    for id in &ids {
        outbox.forget(id, undelivered)?;
    }
    output.result(
        || ids.iter().fold(String::new(), |text, id| format!("{text}forgotten  {id}\n")),
        || json!({ "forgotten": ids }),
    )
}

/// The statement of the outbox that a person names.
fn chosen(outbox: &Outbox, named: &str, args: &OutboxArgs) -> Result<StatementId, Failure> {
    let list = format!("truce outbox list{}", option(&args.outbox));
    Named::read(named)?.among(outbox.items().map(Item::id), "this outbox", &list)
}

fn table(outbox: &Outbox, items: &[&Item]) -> String {
    let mut rows =
        vec![["state", "position", "received", "number", "id", "remark"].map(str::to_owned).to_vec()];
    rows.extend(items.iter().map(|item| {
        let receipt = item.receipt();
        vec![
            item.state().as_str().to_owned(),
            receipt.map_or("-".to_owned(), |r| r.position.to_string()),
            receipt.map_or("-".to_owned(), |r| utc(r.received)),
            item.seq().to_string(),
            short(&item.id()),
            remark(outbox, item),
        ]
    }));
    columns(&rows)
}

/// The most important remark about a statement; else the file that it came from.
fn remark(outbox: &Outbox, item: &Item) -> String {
    if let Some(alarm) = item.alarm() {
        return format!("ALARM {}", alarm.code);
    }
    if let Some(problem) = item.problem() {
        return format!("{}: {}", problem.code, one_line(&problem.title));
    }
    if !item.is_intact() {
        return "its file is damaged".to_owned();
    }
    match outbox.hold(&item.id()) {
        Some(hold) => format!("waits: {}", hold_in_words(&hold)),
        None => item.file().map(|file| file.display().to_string()).unwrap_or_default(),
    }
}

fn hold_in_words(hold: &Hold) -> String {
    match hold {
        Hold::Behind(id) => format!("{} comes before it in its feed, and is stuck", short(id)),
        Hold::Missing { seq } => format!("number {seq} of its feed is neither here nor in the log"),
    }
}

fn in_json(outbox: &Outbox, item: &Item) -> Value {
    let receipt = item.receipt();
    json!({
        "statement": item.id(),
        "state": item.state().as_str(),
        "key": item.key(),
        "seq": item.seq(),
        "file": item.file(),
        "position": receipt.map(|r| r.position),
        "received": receipt.map(|r| rfc3339(r.received)),
        "received_ms": receipt.map(|r| r.received),
        "entry": receipt.map(|r| r.entry.to_string()),
        "checkpoint_size": receipt.map(|r| r.size),
        "witnesses": receipt.map(|r| r.witnesses.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>()),
        "proof": receipt.map(|_| outbox.proof_file(&item.id())),
        "problem": item.problem(),
        "alarm": item.alarm(),
        "intact": item.is_intact(),
        "held": outbox.hold(&item.id()).map(|hold| hold_in_words(&hold)),
    })
}

fn parsed(bytes: Vec<u8>) -> Result<Statement, Failure> {
    Ok(Statement::parse(bytes)?)
}

/// The place of a file for later runs, from whatever folder; standard input has none.
fn absolute(path: &Path) -> Option<PathBuf> {
    (path.as_os_str() != "-").then(|| std::path::absolute(path).unwrap_or_else(|_| path.to_owned()))
}

fn tell_damage(outbox: &Outbox, output: Output) {
    for damage in outbox.damage() {
        output.note(&format!("{}: {}", damage.file.display(), one_line(&damage.why)));
    }
}

/// A list of damaged things is no success.
fn damaged(outbox: &Outbox) -> Result<(), Failure> {
    let Some(first) = outbox.damage().first() else { return Ok(()) };
    let message = format!("{} file(s) of the outbox are damaged", outbox.damage().len());
    Err(Failure::new(Exit::Io, "outbox-damaged", message).at(first.file.display().to_string()).next(
        "keep them; import the statements again from where they were signed, then take the damaged files away",
    ))
}

impl From<FieldError> for Failure {
    fn from(error: FieldError) -> Self {
        let exit = match &error {
            FieldError::Refused(_) | FieldError::OtherAgreement { .. } | FieldError::Fork { .. } => {
                Exit::Refused
            }
            FieldError::NoTrust
            | FieldError::OtherTrust { .. }
            | FieldError::NoSuchStatement(_)
            | FieldError::NotDelivered(_)
            | FieldError::Address { .. } => Exit::Usage,
            _ => Exit::Io,
        };
        let (code, remedy) = (error.code(), error.remedy());
        match error {
            FieldError::Refused(refusal) => refusal.into(),
            error => Self::new(exit, code, error).next(remedy),
        }
    }
}
