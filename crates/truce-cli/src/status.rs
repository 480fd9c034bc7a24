//! `truce status`: how a log stands.

use crate::args::StatusArgs;
use crate::exit::Failure;
use crate::output::{Output, Table, columns, rfc3339, utc};
use crate::source::{self, Filter, Log};
use serde_json::json;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use truce_register::{LogKey, Outline, Register};
use truce_statement::body::agreement::Charter;
use truce_statement::{Body, Kind, PartyId};

/// `truce status`.
pub(crate) fn run(args: &StatusArgs, output: Output) -> Result<(), Failure> {
    let log = source::open(&args.source)?;
    let Body::Charter(charter) = log.charter().body() else {
        return Err(Failure::unverified("unknown-agreement", "entry 0 is not a charter")
            .next("run `truce verify` on this log"));
    };
    let (counts, received) = log.counts()?;
    let parties = Parties::of(log.as_ref(), charter)?;
    let terms = terms(log.as_ref())?;
    let checkpoint = log.checkpoint();
    let in_force = parties.acceded.len() == charter.parties.len();
    let text = || {
        let mut table = Table::default();
        table.row("agreement", log.agreement()).row("title", charter.title.as_str());
        table.row("log", charter.origin());
        for key in terms.log_keys() {
            table.row("vkey", format!("{}{}", key.vkey, turn(key)));
        }
        for proposal in terms.proposals() {
            let by: Vec<_> = terms.assenting(proposal).map(|party| party.id.to_string()).collect();
            let needed = terms.assents_needed();
            table.row(
                "proposed",
                format!(
                    "amendment at entry {}: {} of {needed} ({})",
                    proposal.position,
                    by.len(),
                    by.join(", ")
                ),
            );
        }
        table.row("source", log.sort()).row("entries", log.size());
        let ahead = ahead_of_clock(received).map_or(String::new(), |ahead| {
            format!(
                ": {} after this machine's clock; entries take that time until then",
                truce_clock::Span(ahead)
            )
        });
        table.row("received", format!("{} (the last entry){ahead}", utc(received)));
        match checkpoint {
            Some(c) => table.row("checkpoint", format!("size {}, root {}", c.size(), c.root())),
            None => table.row("checkpoint", "none yet: it comes with entry 1"),
        };
        table.row(
            "in force",
            if in_force {
                "yes: every founding party has acceded"
            } else {
                "no: not every founding party has acceded"
            },
        );
        if charter.drill.is_some() {
            table.row("DRILL", "an exercise of the system itself");
        }
        let kinds: Vec<_> =
            counts.iter().map(|(kind, n)| vec![kind.to_string(), format!("{n:>8}")]).collect();
        format!("{}\n{}\n{}", table.render(), columns(&parties.rows(charter)), columns(&kinds))
    };
    let value = || {
        json!({
            "source": log.sort(),
            "agreement": log.agreement(),
            "title": charter.title.as_str(),
            "origin": charter.origin(),
            "vkey": terms.log_vkey(),
            "log_keys": terms.log_keys().iter().map(|key| json!({
                "vkey": key.vkey, "from_size": key.from, "until_size": key.until, "amendment": key.amendment,
            })).collect::<Vec<_>>(),
            "witnesses": terms.policy_at(log.size()).map(|policy| json!({
                "policy": policy.text, "from_size": policy.from, "amendment": policy.amendment,
            })),
            "proposed": terms.proposals().iter().map(|proposal| json!({
                "amendment": proposal.id, "position": proposal.position, "needed": terms.assents_needed(),
                "assents": terms.assenting(proposal).map(|party| &party.id).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
            "size": log.size(),
            "last_received": rfc3339(received),
            "last_received_ahead_ms": ahead_of_clock(received),
            "checkpoint": checkpoint.map(|c| json!({ "size": c.size(), "root": c.root().to_string() })),
            "in_force": in_force,
            "drill": charter.drill.is_some(),
            "parties": charter.parties.iter().map(|p| json!({
                "id": p.id, "role": p.role, "name": p.name.as_str(),
                "acceded_at": parties.acceded.get(&p.id), "keys": parties.keys.get(&p.id).copied().unwrap_or(0),
            })).collect::<Vec<_>>(),
            "kinds": counts.iter().map(|(kind, n)| (kind.to_string(), *n)).collect::<BTreeMap<_, _>>(),
        })
    };
    output.result(text, value)
}

/// How far `received` is after this machine's clock, milliseconds; `None` where that is less than a minute.
fn ahead_of_clock(received: i64) -> Option<i64> {
    Some(received.saturating_sub(truce_clock::now_ms())).filter(|ahead| *ahead > 60_000)
}

/// The log's keys, its witnesses and what is proposed, from the amendments in it.
fn terms(log: &dyn Log) -> Result<Register, Failure> {
    let unsound = |e: truce_statement::Refusal| {
        Failure::unverified(e.code.as_str(), e.to_string()).next("run `truce verify` on this log")
    };
    let mut outline = Outline::of(log.charter()).map_err(unsound)?;
    let mut found = Vec::new();
    for kind in [Kind::Amendment, Kind::Endorsement] {
        log.visit(&Filter::of_kind(kind), 0, &mut |recorded| {
            found.push(recorded);
            Ok(ControlFlow::Continue(()))
        })?;
    }
    found.sort_by_key(|recorded| recorded.position);
    for recorded in &found {
        outline.take(recorded.position, &recorded.statement);
    }
    Ok(outline.up_to(log.size()))
}

/// Sizes that a key signs, in words; empty for a key that has always been the only one.
fn turn(key: &LogKey) -> String {
    match (key.from, key.until) {
        (0, None) => String::new(),
        (0, Some(until)) => format!(" (up to {until} entries)"),
        (from, None) => format!(" (from {from} entries on)"),
        (from, Some(until)) => format!(" (from {from} to {until} entries)"),
    }
}

/// Accessions and keys of each party, from the statements about them.
#[derive(Default)]
struct Parties {
    /// Position of the accession.
    acceded: BTreeMap<PartyId, u64>,
    /// Working keys granted and not revoked.
    keys: BTreeMap<PartyId, u64>,
}

impl Parties {
    fn of(log: &dyn Log, charter: &Charter) -> Result<Self, Failure> {
        let mut parties = Self::default();
        for kind in [Kind::Accession, Kind::KeyGrant, Kind::KeyRevocation] {
            log.visit(&Filter::of_kind(kind), 0, &mut |recorded| {
                let party = recorded.statement.header().iss.clone();
                let keys = parties.keys.entry(party.clone()).or_insert(0);
                match recorded.statement.body() {
                    Body::Accession(body) => {
                        *keys += body.keys.as_ref().map_or(0, |keys| keys.len() as u64);
                        parties.acceded.insert(party, recorded.position);
                    }
                    Body::KeyGrant(_) => *keys += 1,
                    _ => *keys = keys.saturating_sub(1),
                }
                Ok(ControlFlow::Continue(()))
            })?;
        }
        parties.acceded.retain(|party, _| charter.parties.iter().any(|p| p.id == *party));
        Ok(parties)
    }

    fn rows(&self, charter: &Charter) -> Vec<Vec<String>> {
        let head = ["party", "role", "acceded", "keys", "name"].map(str::to_owned).to_vec();
        let party = |p: &truce_statement::body::agreement::Founder| {
            vec![
                p.id.to_string(),
                p.role.to_string(),
                self.acceded.get(&p.id).map_or("no".to_owned(), |position| format!("entry {position}")),
                self.keys.get(&p.id).copied().unwrap_or(0).to_string(),
                p.name.as_str().to_owned(),
            ]
        };
        std::iter::once(head).chain(charter.parties.iter().map(party)).collect()
    }
}
