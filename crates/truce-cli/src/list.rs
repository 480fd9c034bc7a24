//! `truce list`: statements in order, one line each.

use crate::args::ListArgs;
use crate::exit::Failure;
use crate::output::{Output, Stream, rfc3339, short, utc};
use crate::source::{self, Filter, Log, Recorded};
use crate::summary;
use crate::text::{cut, one_line};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::ControlFlow;
use truce_statement::{Body, KeyId, Kind};

/// `truce list`.
pub(crate) fn run(args: &ListArgs, output: Output) -> Result<(), Failure> {
    let log = source::open(&args.source)?;
    let filter = Filter::from_args(&args.filter, log.as_ref())?;
    let from = args.after.map_or(0, |after| after.saturating_add(1));
    let suspects = Suspects::of(log.as_ref())?;
    let mut stream = Stream::open(output, "statements")?;
    stream.heading(&line("position", "received", "party", "kind", "id", "what it says"))?;
    let (mut left, mut last, mut more) = (args.limit.unwrap_or(u64::MAX), None, false);
    let mut listed = |recorded: Recorded| {
        if left == 0 {
            more = true;
            return Ok(ControlFlow::Break(()));
        }
        left -= 1;
        last = Some(recorded.position);
        let suspect = suspects.revocation(&recorded);
        let value = || {
            let mut value = in_json(&recorded, args.bodies);
            if let Value::Object(fields) = &mut value {
                fields.insert("suspect".to_owned(), suspect.is_some().into());
                fields.insert("revoked_at".to_owned(), suspect.into());
            }
            value
        };
        stream.item(|| in_words(&recorded, suspect.is_some()), value)?;
        Ok(ControlFlow::Continue(()))
    };
    log.visit(&filter, from, &mut listed)?;
    let next = last.filter(|_| more);
    let found = stream.close(&[("next_after", json!(next)), ("size", json!(log.size()))])?;
    if found == 0 {
        output.note("no statement matches");
    }
    if let Some(next) = next {
        output.note(&format!("there is more: --after {next}"));
    }
    Ok(())
}

/// Keys whose revocation declared a time suspect: from when on (milliseconds UTC), and where the revocation stands.
struct Suspects(BTreeMap<KeyId, (i64, u64)>);

impl Suspects {
    fn of(log: &dyn Log) -> Result<Self, Failure> {
        let mut suspects = BTreeMap::new();
        log.visit(&Filter::of_kind(Kind::KeyRevocation), 0, &mut |recorded| {
            if let Body::KeyRevocation(body) = recorded.statement.body()
                && let Some(since) = body.suspect_since
            {
                suspects.insert(body.key, (since.ms(), recorded.position));
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(Self(suspects))
    }

    /// Position of the revocation that makes a statement suspect.
    fn revocation(&self, recorded: &Recorded) -> Option<u64> {
        let (since, position) = self.0.get(&recorded.statement.header().kid)?;
        (recorded.received >= *since).then_some(*position)
    }
}

fn in_words(recorded: &Recorded, suspect: bool) -> String {
    let statement = &recorded.statement;
    let drill = if statement.body().facets().drill { "DRILL " } else { "" };
    let suspect = if suspect { "SUSPECT " } else { "" };
    let what = format!("{suspect}{drill}{}{}", relations(statement), summary::of(statement.body()));
    line(
        &recorded.position.to_string(),
        &utc(recorded.received),
        statement.header().iss.as_str(),
        statement.kind().as_str(),
        &short(&statement.id()),
        &cut(&one_line(&what), 96),
    )
}

fn line(position: &str, received: &str, party: &str, kind: &str, id: &str, what: &str) -> String {
    let text = format!("{position:>8}  {received:<20}  {party:<14}  {kind:<14}  {id:<8}  {what}");
    format!("{}\n", text.trim_end())
}

fn relations(statement: &truce_statement::Statement) -> String {
    let mut text = String::new();
    for reference in statement.refs() {
        let _ = write!(text, "[{} {}] ", reference.0, short(&reference.1));
    }
    text
}

/// A statement as `list` and `show` give it to programs; the body in people's units where asked.
pub(crate) fn in_json(recorded: &Recorded, body: bool) -> Value {
    let statement = &recorded.statement;
    let header = statement.header();
    let facets = statement.body().facets();
    let refs: Vec<_> = statement.refs().iter().map(|r| json!({ "relation": r.0, "id": r.1 })).collect();
    let mut value = json!({
        "position": recorded.position,
        "statement": statement.id(),
        "kind": statement.kind(),
        "party": header.iss,
        "key_id": header.kid,
        "seq": statement.seq(),
        "received": rfc3339(recorded.received),
        "received_ms": recorded.received,
        "issued": rfc3339(i64::try_from(header.iat).unwrap_or(i64::MAX).saturating_mul(1000)),
        "time": facets.time.map(rfc3339),
        "zones": facets.zones,
        "drill": facets.drill,
        "refs": refs,
        "summary": one_line(&summary::of(statement.body())),
    });
    if body && let Value::Object(fields) = &mut value {
        fields.insert("body".to_owned(), statement.body().to_json().unwrap_or_default());
    }
    value
}
