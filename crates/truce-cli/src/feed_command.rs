//! `truce feed`: where the feed of a key stands, and taking it up from a log.

use crate::args::FeedCommand;
use crate::exit::{Exit, Failure};
use crate::feed::{self, Feed, Place};
use crate::output::{Output, Table};
use crate::passphrase::Passphrases;
use crate::source::{self, Filter, Log};
use serde_json::{Value, json};
use std::ops::ControlFlow;
use std::path::Path;
use truce_statement::{Body, KeyId, PartyId, StatementId};

pub(crate) fn run(command: &FeedCommand, output: Output) -> Result<(), Failure> {
    match command {
        FeedCommand::Show { key } => show(key, output),
        FeedCommand::TakeUp { key, source, withdraw, passphrase } => {
            take_up(key, source, *withdraw, &passphrase.into(), output)
        }
    }
}

fn show(key: &Path, output: Output) -> Result<(), Failure> {
    let path = feed::file_of(key);
    let place = feed::load(&path)?.ok_or_else(|| {
        Failure::new(
            Exit::Io,
            "no-feed",
            format!("{} has not signed anything on this machine", key.display()),
        )
        .next("if it has signed elsewhere, take its feed up from the log: `truce feed take-up`")
    })?;
    output.result(|| in_words(&place), || in_json(&place))
}

/// Where a log has the feed of a key.
pub(crate) struct InLog {
    pub(crate) party: PartyId,
    pub(crate) next_seq: u64,
    pub(crate) last: StatementId,
}

/// The feed of `key` as `log` has it: by its statements, or by the one that granted it.
pub(crate) fn in_log(log: &dyn Log, key: KeyId) -> Result<Option<InLog>, Failure> {
    let mut found: Option<InLog> = None;
    log.visit(&Filter::default(), 0, &mut |recorded| {
        let statement = &recorded.statement;
        let header = &statement.header();
        let granted = |party: &PartyId| InLog { party: party.clone(), next_seq: 0, last: StatementId::ZERO };
        match statement.body() {
            Body::Charter(charter) => {
                found = charter
                    .parties
                    .iter()
                    .find(|p| p.root.id() == key)
                    .map(|p| granted(&p.id))
                    .or(found.take());
            }
            Body::Accession(b) if b.keys.iter().flat_map(|k| k.iter()).any(|grant| grant.key.id() == key) => {
                found = Some(granted(&header.iss));
            }
            Body::KeyGrant(b) if b.key.id() == key => found = Some(granted(&header.iss)),
            _ => {}
        }
        if header.kid == key {
            found = Some(InLog {
                party: header.iss.clone(),
                next_seq: statement.seq() + 1,
                last: statement.id(),
            });
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(found)
}

fn take_up(
    path: &Path,
    source: &Path,
    withdraw: bool,
    passphrases: &Passphrases<'_>,
    output: Output,
) -> Result<(), Failure> {
    let log = source::open(source)?;
    let key = passphrases.open(path)?;
    let there = in_log(log.as_ref(), key.public().id())?.ok_or_else(|| {
        Failure::usage("unknown-key", "no party of this log has been granted this key")
            .next("have the party's root key grant it first")
    })?;
    let mut feed = Feed::open(path, &key, || Ok((log.agreement(), there.party.clone())))?;
    feed.expect(Some(log.agreement()), Some(&there.party))?;
    let here = feed.place();
    if here.next_seq > there.next_seq && !withdraw {
        let message = format!(
            "this key has signed {} statement(s) that the log does not have (numbers {} to {})",
            here.next_seq - there.next_seq,
            there.next_seq,
            here.next_seq - 1
        );
        return Err(Failure::usage("signed-beyond-log", message)
            .next("submit them; only if they were refused, say --withdraw, and never submit them again"));
    }
    feed.recover()?;
    feed.move_to(there.next_seq, there.last)?;
    output.result(|| in_words(feed.place()), || in_json(feed.place()))
}

fn in_words(place: &Place) -> String {
    let mut table = Table::default();
    table.row("key id", place.key).row("party", &place.party).row("agreement", place.agreement);
    table.row("next number", place.next_seq).row("after", place.prev);
    if let Some(seen) = place.seen {
        table.row("has seen", format!("checkpoint of size {}, root {}", seen.size, seen.root));
    }
    if place.unsent() > 0 {
        table.row(
            "unsent",
            format!("{}: the next `truce sign` with this key writes them out", place.unsent()),
        );
    }
    table.render()
}

fn in_json(place: &Place) -> Value {
    json!({
        "key_id": place.key, "party": place.party, "agreement": place.agreement, "next_seq": place.next_seq,
        "prev": place.prev, "seen": place.seen, "unsent": place.unsent(),
    })
}
