//! `truce show`: one statement as a person reads it, with everything that was said about it since.

use crate::args::ShowArgs;
use crate::exit::Failure;
use crate::output::{Output, Table, columns, rfc3339, short, utc, write_bytes};
use crate::source::{self, Filter, Log, Recorded};
use crate::text::one_line;
use crate::{diag, files, list, summary};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::ops::ControlFlow;
use truce_statement::body::reports;
use truce_statement::{Body, Kind, Relation, Statement};

/// `truce show`.
pub(crate) fn run(args: &ShowArgs, output: Output) -> Result<(), Failure> {
    let Some(which) = &args.statement else {
        if args.source.is_dir() {
            return Err(Failure::usage("which", "which statement of the log?").next(
                "give a position or an id: `truce show SOURCE POSITION`; `truce list SOURCE` shows them",
            ));
        }
        let statement = files::read_statement(&args.source)?;
        return present(args, &statement, None, output);
    };
    let log = source::open(&args.source)?;
    let recorded = source::at(log.as_ref(), source::position(log.as_ref(), which)?)?;
    let trail = Trail::of(log.as_ref(), &recorded)?;
    present(args, &recorded.statement, Some((&recorded, &trail)), output)
}

fn present(
    args: &ShowArgs,
    statement: &Statement,
    recorded: Option<(&Recorded, &Trail)>,
    output: Output,
) -> Result<(), Failure> {
    if args.raw {
        return write_bytes(statement.bytes());
    }
    if args.diag {
        let notation = diag::notation(statement.bytes());
        let notation = notation.map_err(|e| {
            Failure::unverified("non-canonical", e).next("leave out --diag, or write the bytes with --raw")
        })?;
        return write_bytes(notation.as_bytes());
    }
    output.result(|| in_words(statement, recorded), || in_json(statement, recorded))
}

/// Surroundings of a statement in its log.
struct Trail {
    /// Size of the checkpoint that the entry leads to, if it does.
    under: Option<u64>,
    /// Statements that it refers to: relation, what stands there.
    refers_to: Vec<(Relation, Option<Recorded>, String)>,
    /// Statements that refer to it.
    referred_by: Vec<(Relation, Recorded)>,
    /// Received in a time for which its key was declared suspect; position of the revocation.
    suspect: Option<u64>,
}

impl Trail {
    fn of(log: &dyn Log, recorded: &Recorded) -> Result<Self, Failure> {
        let statement = &recorded.statement;
        let under = match log.checkpoint().map(truce_tlog::SignedCheckpoint::size) {
            Some(size) if recorded.position < size => {
                log.prove(recorded.position)?;
                Some(size)
            }
            _ => None,
        };
        let mut refers_to = Vec::new();
        for reference in statement.refs() {
            let target = log.find(&reference.1)?.map(|position| source::at(log, position)).transpose()?;
            refers_to.push((reference.0, target, reference.1.to_string()));
        }
        let mut referred_by = Vec::new();
        log.visit(&Filter::referring_to(statement.id()), recorded.position, &mut |other| {
            let relation = other.statement.refs().iter().find(|r| r.1 == statement.id()).map(|r| r.0);
            referred_by.extend(relation.map(|relation| (relation, other)));
            Ok(ControlFlow::Continue(()))
        })?;
        let mut suspect = None;
        log.visit(&Filter::of_kind(Kind::KeyRevocation), recorded.position, &mut |other| {
            if let Body::KeyRevocation(body) = other.statement.body()
                && body.key == statement.header().kid
                && body.suspect_since.is_some_and(|since| recorded.received >= since.ms())
            {
                suspect = Some(other.position);
                return Ok(ControlFlow::Break(()));
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(Self { under, refers_to, referred_by, suspect })
    }

    /// The standing of the statement now: corrected, retracted, or standing.
    fn standing(&self) -> &'static str {
        let by = |relation| self.referred_by.iter().any(|(r, _)| *r == relation);
        match (by(Relation::Retracts), by(Relation::Corrects)) {
            (true, _) => "retracted",
            (_, true) => "corrected",
            _ => "stands",
        }
    }
}

fn in_words(statement: &Statement, recorded: Option<(&Recorded, &Trail)>) -> String {
    let header = statement.header();
    let mut table = Table::default();
    table.row("statement", statement.id());
    table.row("kind", statement.kind());
    table.row("party", &header.iss);
    table.row(if statement.kind() == Kind::Charter { "log" } else { "agreement" }, &header.sub);
    table.row(
        "issued",
        format!(
            "{} by the signer's clock",
            utc(i64::try_from(header.iat).unwrap_or(i64::MAX).saturating_mul(1000))
        ),
    );
    table.row("key", header.kid);
    table.row("number", format!("{} in its feed", statement.seq()));
    if let Some(seen) = statement.seen() {
        table.row("had seen", format!("checkpoint of size {}, root {}", seen.0, seen.1));
    }
    if let Some((recorded, trail)) = recorded {
        table.row("position", recorded.position);
        table.row("received", format!("{} by the depositary", utc(recorded.received)));
        table.row("entry", &recorded.entry);
        table.row(
            "checkpoint",
            trail.under.map_or("none yet".to_owned(), |size| format!("of size {size} covers it")),
        );
        table.row("standing", trail.standing());
        if let Some(position) = trail.suspect {
            table.row(
                "SUSPECT",
                format!("its key was revoked at entry {position}, suspect since before this was received"),
            );
        }
    } else {
        table.row("recorded", "not looked up; the signature has not been checked either");
    }
    if statement.body().facets().drill {
        table.row("DRILL", "an exercise of the system itself");
    }
    let mut text = table.render();
    text.push('\n');
    indented(&statement.body().to_json().unwrap_or_default(), 0, &mut text);
    let discrepancies = reports::discrepancies(statement.body());
    if !discrepancies.is_empty() {
        text.push_str("\nDiscrepancies in the statement itself:\n");
        for d in discrepancies {
            let _ = writeln!(
                text,
                "  {}: {} is printed as {}, derived as {}",
                d.code,
                d.path,
                one_line(&d.printed),
                one_line(&d.derived)
            );
        }
    }
    let trail = recorded.map(|(_, trail)| in_order(trail)).unwrap_or_default();
    if !trail.is_empty() {
        text.push_str("\nTrail:\n");
        for line in columns(&trail).lines() {
            let _ = writeln!(text, "  {line}");
        }
    } else if recorded.is_none() && !statement.refs().is_empty() {
        text.push_str("\nRefers to:\n");
        for reference in statement.refs() {
            let _ = writeln!(text, "  {}  {}", reference.0, reference.1);
        }
    }
    text
}

fn in_order(trail: &Trail) -> Vec<Vec<String>> {
    let cells = |how: String, recorded: &Recorded| {
        vec![
            how,
            format!("entry {}", recorded.position),
            recorded.statement.kind().to_string(),
            format!("`{}`", recorded.statement.header().iss),
            short(&recorded.statement.id()),
            one_line(&summary::of(recorded.statement.body())),
        ]
    };
    let mut rows = Vec::new();
    for (relation, target, id) in &trail.refers_to {
        rows.push(match target {
            Some(target) => cells(relation.to_string(), target),
            None => vec![relation.to_string(), id.clone()],
        });
    }
    rows.extend(
        trail.referred_by.iter().map(|(relation, other)| cells(passive(*relation).to_owned(), other)),
    );
    rows
}

fn passive(relation: Relation) -> &'static str {
    match relation {
        Relation::Corrects => "corrected by",
        Relation::Retracts => "retracted by",
        Relation::Answers => "answered by",
        Relation::Fulfils => "fulfilled by",
        Relation::Disputes => "disputed by",
        Relation::Supports => "supported by",
        Relation::About => "spoken of by",
    }
}

/// A body as an indented table: names as people write them, lists numbered where their items have parts.
fn indented(value: &Value, depth: usize, text: &mut String) {
    let pad = "  ".repeat(depth);
    match value {
        Value::Object(fields) => {
            let width = fields.keys().map(|name| name.chars().count()).max().unwrap_or(0);
            // Signed bytes have shorter names first; people say where from before where to.
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(name, _)| *name == "to");
            for (name, value) in fields {
                named(&name.replace('_', " "), value, width, depth, text);
            }
        }
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                named(&format!("{}.", i + 1), item, 3, depth, text);
            }
        }
        scalar => {
            let _ = writeln!(text, "{pad}{}", plain(scalar).unwrap_or_default());
        }
    }
}

fn named(name: &str, value: &Value, width: usize, depth: usize, text: &mut String) {
    let pad = "  ".repeat(depth);
    if let Some(value) = plain(value) {
        let mut lines = value.lines();
        let _ = writeln!(
            text,
            "{pad}{}",
            format!("{name:<width$}  {}", lines.next().unwrap_or_default()).trim_end()
        );
        for line in lines {
            let _ = writeln!(text, "{pad}{:<width$}  {line}", "");
        }
    } else {
        let _ = writeln!(text, "{pad}{name}");
        indented(value, depth + 1, text);
    }
}

/// A value that fits on one line: a scalar, a count, an object of one scalar, a list of scalars.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.lines().map(one_line).collect::<Vec<_>>().join("\n")),
        Value::Bool(true) => Some("yes".to_owned()),
        Value::Bool(false) => Some("no".to_owned()),
        Value::Number(n) => Some(n.to_string()),
        Value::Null => Some(String::new()),
        Value::Object(fields) => match (fields.get("n").filter(|n| n.is_number()), fields.len()) {
            (Some(n), 1) => Some(n.to_string()),
            (Some(n), 2) if fields.contains_key("about") => Some(format!("about {n}")),
            (None, 1) => {
                let (name, value) = fields.iter().next()?;
                let value = plain(value).filter(|value| !value.contains('\n'))?;
                Some(format!("{} {value}", name.replace('_', " ")))
            }
            _ => None,
        },
        Value::Array(items) if items.iter().all(|item| !item.is_object() && !item.is_array()) => {
            items.iter().map(plain).collect::<Option<Vec<_>>>().map(|items| items.join(", "))
        }
        _ => None,
    }
}

fn in_json(statement: &Statement, recorded: Option<(&Recorded, &Trail)>) -> Value {
    let header = statement.header();
    let discrepancies: Vec<_> = reports::discrepancies(statement.body())
        .into_iter()
        .map(|d| json!({ "code": d.code, "path": d.path, "printed": d.printed, "derived": d.derived }))
        .collect();
    let mut value = json!({
        "statement": statement.id(),
        "kind": statement.kind(),
        "party": header.iss,
        "subject": header.sub.to_string(),
        "agreement": statement.agreement(),
        "issued": rfc3339(i64::try_from(header.iat).unwrap_or(i64::MAX).saturating_mul(1000)),
        "key_id": header.kid,
        "seq": statement.seq(),
        "prev": statement.prev(),
        "seen": statement.seen().map(|seen| json!({ "size": seen.0, "root": seen.1 })),
        "refs": statement.refs().iter().map(|r| json!({ "relation": r.0, "id": r.1 })).collect::<Vec<_>>(),
        "drill": statement.body().facets().drill,
        "body": statement.body().to_json().unwrap_or_default(),
        "discrepancies": discrepancies,
        "bytes": statement.bytes().len(),
    });
    if let (Value::Object(fields), Some((recorded, trail))) = (&mut value, recorded) {
        let referred_by: Vec<_> = trail
            .referred_by
            .iter()
            .map(
                |(relation, other)| json!({ "relation": relation, "statement": list::in_json(other, false) }),
            )
            .collect();
        let more = json!({
            "position": recorded.position,
            "received": rfc3339(recorded.received),
            "received_ms": recorded.received,
            "entry": recorded.entry,
            "checkpoint_size": trail.under,
            "standing": trail.standing(),
            "suspect": trail.suspect.is_some(),
            "revoked_at": trail.suspect,
            "referred_by": referred_by,
        });
        if let Value::Object(more) = more {
            fields.extend(more);
        }
    }
    value
}
