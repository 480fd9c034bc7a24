//! `truce feed`: where the feed of a key stands, and taking it up from a log.

use crate::args::{FeedCommand, TakeUpArgs};
use crate::exit::{Exit, Failure};
use crate::output::{Output, Table};
use crate::passphrase::Passphrases;
use crate::source::{self, FeedInLog, Log};
use crate::{files, refused};
use serde_json::{Value, json};
use std::path::Path;
use truce_field::{
    DepositaryClient, Feed, FeedPlace, FieldError, Item, ItemState, LinkError, MissingInLog, Outbox, Pace,
    feed,
};
use truce_statement::{AgreementId, KeyId, PartyId, StatementId};

pub(crate) fn run(command: &FeedCommand, output: Output) -> Result<(), Failure> {
    match command {
        FeedCommand::Show { key } => show(key, output),
        FeedCommand::TakeUp(args) => take_up(args, output),
    }
}

fn show(key: &Path, output: Output) -> Result<(), Failure> {
    let path = feed::file_of(key);
    let place = feed::load(&path)?.ok_or_else(|| {
        let message = format!("{} has not signed anything on this machine", key.display());
        Failure::new(Exit::Io, "no-feed", message).next(format!(
            "if it has signed elsewhere, take its feed up from the log: `truce feed take-up {} SOURCE`",
            key.display()
        ))
    })?;
    output.result(|| in_words(&place, &[]), || in_json(&place, &[]))
}

/// The place that a feed is taken up from.
enum Origin {
    Log(Box<dyn Log>),
    Depositary(DepositaryClient),
}

impl Origin {
    fn open(args: &TakeUpArgs) -> Result<Self, Failure> {
        let named = args.source.as_deref();
        let url = named
            .and_then(Path::to_str)
            .filter(|text| text.starts_with("http://") || text.starts_with("https://"));
        match (named, url) {
            (Some(path), None) => Ok(Self::Log(source::open(path)?)),
            (_, url) => Self::depositary(args, url),
        }
    }

    fn depositary(args: &TakeUpArgs, url: Option<&str>) -> Result<Self, Failure> {
        let folder = &args.outbox.outbox;
        let known = Outbox::view(folder).ok().and_then(|outbox| outbox.settings().url.clone());
        let url = url.map(str::to_owned).or(known).ok_or_else(|| {
            let message = format!("no log was named, and the outbox {} knows no address", folder.display());
            Failure::usage("no-source", message).next(format!(
                "`truce feed take-up {} SOURCE`: a ledger, a published log or a URL",
                args.key.display()
            ))
        })?;
        let authorities = args.ca.as_deref().map(files::read).transpose()?;
        Ok(Self::Depositary(DepositaryClient::new(&url, authorities.as_deref(), Pace::default())?))
    }

    fn feed(&self, key: KeyId) -> Result<Option<(Option<PartyId>, u64, StatementId)>, Failure> {
        match self {
            Self::Log(log) => {
                let known = log.feed(key)?;
                Ok(known.map(|FeedInLog { party, next_seq, last }| (Some(party), next_seq, last)))
            }
            Self::Depositary(client) => {
                let known = client.feed(&key).map_err(|e| unreached(client, &e))?;
                Ok(known.map(|known| (None, known.next, known.last.unwrap_or(StatementId::ZERO))))
            }
        }
    }

    fn has(&self, id: &StatementId) -> Result<bool, Failure> {
        match self {
            Self::Log(log) => Ok(log.find(id)?.is_some()),
            Self::Depositary(client) => client.has(id).map_err(|e| unreached(client, &e)),
        }
    }

    fn agreement(&self) -> Option<AgreementId> {
        match self {
            Self::Log(log) => Some(log.agreement()),
            Self::Depositary(_) => None,
        }
    }

    fn in_words(&self, args: &TakeUpArgs) -> String {
        match (self, &args.source) {
            (Self::Depositary(client), _) => client.url().to_owned(),
            (_, Some(path)) => path.display().to_string(),
            (_, None) => "the log".to_owned(),
        }
    }
}

fn unreached(client: &DepositaryClient, error: &LinkError) -> Failure {
    let next = "check the address and the connection and run the command again; a published log is read from a copy: `truce \
                mirror URL FOLDER`, then FOLDER in place of the URL";
    Failure::new(Exit::Io, "not-reached", format!("{}: {error}", client.url())).next(next)
}

fn take_up(args: &TakeUpArgs, output: Output) -> Result<(), Failure> {
    let origin = Origin::open(args)?;
    let key = Passphrases::from(&args.passphrase).open(&args.key)?;
    let id = key.public().id();
    let (party, next_seq, last) = origin.feed(id)?.ok_or_else(|| {
        Failure::usage("unknown-key", "no party of this log has been granted this key")
            .next("have the party's root key grant it first: `truce draft key-grant`")
    })?;
    let agreement = match origin.agreement() {
        Some(agreement) => Some(agreement),
        None => {
            args.agreement.as_deref().map(files::agreement_id).transpose()?.or_else(|| kept_agreement(args))
        }
    };
    let party = party.or_else(|| args.party.clone());
    let mut feed = Feed::open(&args.key, &key, || match (agreement, &party) {
        (Some(agreement), Some(party)) => Ok((agreement, party.clone())),
        _ => Err(Failure::usage(
            "first-use",
            "this key has no feed file here, and a depositary does not say whose it is",
        )
        .next("add --party ID and --agreement ID|FILE")),
    })?;
    feed.expect(agreement, party.as_ref())?;
    contradicted(args, id, next_seq)?;
    let missing = feed.missing(next_seq, |id| origin.has(id))?;
    if let Some(missing) = missing.filter(|_| !args.withdraw) {
        return Err(given_up(args, missing, next_seq, &origin.in_words(args)));
    }
    for file in feed.recover()? {
        output.note(&format!(
            "a statement that was signed and not handed out was written to {}",
            file.display()
        ));
    }
    feed.move_to(next_seq, last)?;
    let withdrawn: Vec<u64> =
        missing.map(|missing| (missing.from..=missing.to).collect()).unwrap_or_default();
    forget(args, id, next_seq, output)?;
    output.result(|| in_words(feed.place(), &withdrawn), || in_json(feed.place(), &withdrawn))
}

/// The refusal to give up statements: their numbers, and the ways on.
fn given_up(args: &TakeUpArgs, missing: MissingInLog, next_seq: u64, place: &str) -> Failure {
    let MissingInLog { from, to, perhaps_more } = missing;
    let numbers = if from == to { format!("number {from}") } else { format!("numbers {from} to {to}") };
    let earlier = if perhaps_more { ", and perhaps earlier ones," } else { "" };
    let (key, source) = (args.key.display(), args.source.as_deref());
    let source = source.map(|source| format!(" {}", source.display())).unwrap_or_default();
    let withdraw =
        format!("`truce feed take-up {key}{source} --withdraw{}`", refused::option(&args.outbox.outbox));
    if from < next_seq {
        // Others stand there: what was signed here can never be recorded.
        let message = format!(
            "number {from} in {place} is not the one signed here: {numbers}{earlier} signed with this key on this machine can \
             no longer be recorded"
        );
        return Failure::usage("signed-beyond-log", message).next(format!(
            "find out who else signs with this key; to give up {numbers} as signed here, and never submit it again: {withdraw}"
        ));
    }
    let message = format!("this key has signed what {place} does not have: {numbers}{earlier}");
    Failure::usage("signed-beyond-log", message).next(format!(
        "submit it; only if it was refused, give it up for good and never submit it again: {withdraw}"
    ))
}

/// A depositary that does not know of statements for which it gave receipts is not believed.
fn contradicted(args: &TakeUpArgs, key: KeyId, next_seq: u64) -> Result<(), Failure> {
    let Ok(outbox) = Outbox::view(&args.outbox.outbox) else { return Ok(()) };
    let denied =
        outbox.items().find(|item| item.key() == key && item.seq() >= next_seq && item.receipt().is_some());
    let Some(item) = denied else { return Ok(()) };
    let message = format!(
        "the outbox has a receipt for number {} of this key, and the log is said to have {next_seq} statement(s) of it",
        item.seq()
    );
    Err(Failure::unverified("denied", message)
        .at(outbox.proof_file(&item.id()).display().to_string())
        .next("keep the receipt: it proves that the log had the statement; ask for the newest log, and give nothing up"))
}

/// Takes out of the outbox what was given up: it would stand in the way of what is signed next.
fn forget(args: &TakeUpArgs, key: KeyId, next_seq: u64, output: Output) -> Result<(), Failure> {
    let folder = &args.outbox.outbox;
    if Outbox::view(folder).is_err() {
        return Ok(());
    }
    let mut outbox = match Outbox::open(folder) {
        Err(FieldError::File { .. }) => return Ok(()),
        opened => opened?,
    };
    let stuck = |item: &&Item| item.key() == key && item.seq() >= next_seq;
    let open = |item: &&Item| matches!(item.state(), ItemState::Queued | ItemState::Refused);
    let ids: Vec<StatementId> = outbox.items().filter(stuck).filter(open).map(Item::id).collect();
    for id in &ids {
        outbox.forget(id, true)?;
        output.note(&format!("statement {id} was taken out of the outbox"));
    }
    Ok(())
}

/// The agreement that the outbox was made for.
fn kept_agreement(args: &TakeUpArgs) -> Option<AgreementId> {
    Outbox::view(&args.outbox.outbox).ok()?.settings().agreement
}

fn in_words(place: &FeedPlace, withdrawn: &[u64]) -> String {
    let mut table = Table::default();
    table.row("key id", place.key).row("party", &place.party).row("agreement", place.agreement);
    table.row("next number", place.next_seq).row("after", place.prev);
    if let (Some(first), Some(last)) = (withdrawn.first(), withdrawn.last()) {
        let numbers = if first == last { first.to_string() } else { format!("{first} to {last}") };
        table.row("given up", format!("{numbers}, as signed here: never to be submitted"));
    }
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

fn in_json(place: &FeedPlace, withdrawn: &[u64]) -> Value {
    json!({
        "key_id": place.key, "party": place.party, "agreement": place.agreement, "next_seq": place.next_seq,
        "prev": place.prev, "seen": place.seen, "unsent": place.unsent(), "withdrawn": withdrawn,
    })
}
