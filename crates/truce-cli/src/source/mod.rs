//! SOURCE: a log to read from, be it a depositary's ledger or a published directory.
//!
//! Reading answers "what stands there"; `truce verify` answers "does it hold". A published directory is only opened
//! when its checkpoint is signed by the key that its charter names.

#[cfg(feature = "ledger")]
mod ledger;
mod published;

use crate::args::FilterArgs;
use crate::exit::{Exit, Failure};
use crate::named::Named;
use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};
use std::path::Path;
use truce_audit::{DirSource, Source};
use truce_source::Place;
use truce_statement::unit::{Date, Stamp};
use truce_statement::{AgreementId, Body, Entry, KeyId, Kind, PartyId, Statement, StatementId};
use truce_tlog::{SignedCheckpoint, leaf_hash};

/// An open log.
pub(crate) trait Log {
    /// The charter, entry 0.
    fn charter(&self) -> &Statement;

    /// Entries that can be read.
    fn size(&self) -> u64;

    /// The last signed checkpoint. None while a ledger has only its charter.
    fn checkpoint(&self) -> Option<&SignedCheckpoint>;

    /// The bytes of an entry; `None` beyond the end.
    fn entry(&self, position: u64) -> Result<Option<Vec<u8>>, Failure>;

    /// Position of a statement.
    fn find(&self, id: &StatementId) -> Result<Option<u64>, Failure>;

    /// Shows `each` the statements that match, in order, from position `from` on, until it breaks.
    fn visit(&self, filter: &Filter, from: u64, each: &mut Visit<'_>) -> Result<(), Failure>;

    /// The proof on file that an entry is under the checkpoint.
    fn prove(&self, position: u64) -> Result<String, Failure>;

    /// Statements by kind, and when the last entry was received, milliseconds UTC.
    fn counts(&self) -> Result<(BTreeMap<Kind, u64>, i64), Failure>;

    /// Where the feed of a key stands; `None` if the log has never heard of the key.
    fn feed(&self, key: KeyId) -> Result<Option<FeedInLog>, Failure>;

    /// Sort of the source, in words.
    fn sort(&self) -> &'static str;

    /// The agreement that the log holds.
    fn agreement(&self) -> AgreementId {
        self.charter().agreement()
    }
}

/// Where a log has the feed of a key.
#[derive(Clone, Debug)]
pub(crate) struct FeedInLog {
    pub(crate) party: PartyId,
    /// Number that the next statement must carry.
    pub(crate) next_seq: u64,
    /// The last statement, zero where there is none.
    pub(crate) last: StatementId,
}

/// The callback of [`Log::visit`].
pub(crate) type Visit<'a> = dyn FnMut(Recorded) -> Result<ControlFlow<()>, Failure> + 'a;

/// A statement where it stands in a log.
#[derive(Debug)]
pub(crate) struct Recorded {
    pub(crate) position: u64,
    /// Milliseconds UTC.
    pub(crate) received: i64,
    pub(crate) statement: Statement,
    /// Hash of the entry.
    pub(crate) entry: String,
}

impl Recorded {
    /// Reads an entry. What does not parse would not have been admitted.
    pub(crate) fn parse(position: u64, bytes: &[u8]) -> Result<Self, Failure> {
        let broken = |e: &dyn std::fmt::Display| {
            Failure::unverified("malformed-entry", format!("entry {position}: {e}"))
                .next("run `truce verify` on this log")
        };
        let entry = Entry::parse(bytes).map_err(|e| broken(&e))?;
        let statement = Statement::parse(entry.statement).map_err(|e| broken(&e))?;
        Ok(Self { position, received: entry.received, statement, entry: leaf_hash(bytes).to_string() })
    }
}

/// Statements to visit; conditions are joined by "and".
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    pub(crate) party: Option<PartyId>,
    pub(crate) kind: Option<Kind>,
    pub(crate) zone: Option<String>,
    /// Milliseconds UTC, the end not included.
    pub(crate) time: Option<Range<i64>>,
    pub(crate) refers_to: Option<StatementId>,
}

impl Filter {
    pub(crate) fn from_args(args: &FilterArgs, log: &dyn Log) -> Result<Self, Failure> {
        let time = |text: &Option<String>| text.as_deref().map(moment).transpose();
        let (since, until) = (time(&args.since)?, time(&args.until)?);
        Ok(Self {
            party: args.party.clone(),
            kind: args.kind,
            zone: args.zone.clone(),
            time: (since.is_some() || until.is_some())
                .then(|| since.unwrap_or(i64::MIN)..until.unwrap_or(i64::MAX)),
            refers_to: args.refers_to.as_deref().map(|text| statement_id(log, text)).transpose()?,
        })
    }

    /// Everything of one kind.
    pub(crate) fn of_kind(kind: Kind) -> Self {
        Self { kind: Some(kind), ..Self::default() }
    }

    /// Everything that refers to a statement.
    pub(crate) fn referring_to(id: StatementId) -> Self {
        Self { refers_to: Some(id), ..Self::default() }
    }

    /// True where a statement matches.
    fn takes(&self, statement: &Statement) -> bool {
        let facets = statement.body().facets();
        self.party.as_ref().is_none_or(|party| statement.header().iss == *party)
            && self.kind.is_none_or(|kind| statement.kind() == kind)
            && self.zone.as_deref().is_none_or(|zone| facets.zones.contains(&zone))
            && self.time.as_ref().is_none_or(|range| facets.time.is_some_and(|time| range.contains(&time)))
            && self.refers_to.is_none_or(|id| statement.refs().iter().any(|r| r.1 == id))
    }
}

/// A time in RFC 3339, or a day, which starts at midnight UTC. Milliseconds UTC.
fn moment(text: &str) -> Result<i64, Failure> {
    if let Ok(day) = text.parse::<Date>() {
        return Ok(day.start_ms());
    }
    text.parse::<Stamp>().map(Stamp::ms).map_err(|e| {
        Failure::usage("bad-time", e)
            .next("write a time such as 2021-02-05T19:30:00+02:00, or a day such as 2021-02-05")
    })
}

/// Opens the ledger or published log at `path`.
pub(crate) fn open(path: &Path) -> Result<Box<dyn Log>, Failure> {
    if is_ledger(path) {
        #[cfg(feature = "ledger")]
        return Ok(Box::new(ledger::LedgerLog::open(path)?));
        #[cfg(not(feature = "ledger"))]
        return Err(needs_ledger());
    }
    if DirSource::is_published(path) {
        return Ok(Box::new(published::Published::open(path)?));
    }
    Err(no_source(path))
}

/// Opens the ledger or published log at `path` for an audit, which believes nothing of it.
pub(crate) fn for_audit(path: &Path) -> Result<Box<dyn Source>, Failure> {
    if let Some(url @ Place::Url(_)) = path.to_str().map(Place::of) {
        return Ok(url.open(concat!("truce/", env!("CARGO_PKG_VERSION"))));
    }
    if is_ledger(path) {
        #[cfg(feature = "ledger")]
        return Ok(Box::new(truce_audit::LedgerSource::open(path)?));
        #[cfg(not(feature = "ledger"))]
        return Err(needs_ledger());
    }
    // A log that lost its checkpoint or its tiles is for the audit to speak of.
    if path.join("checkpoint").is_file() || path.join("tile").is_dir() {
        return Ok(Box::new(DirSource::new(path)));
    }
    Err(no_source(path))
}

pub(crate) fn is_ledger(path: &Path) -> bool {
    path.join("db").is_dir()
}

fn no_source(path: &Path) -> Failure {
    let message = format!(
        "{} is neither a ledger (a folder with db/) nor a published log (checkpoint and tile/)",
        path.display()
    );
    Failure::new(Exit::Io, "no-log", message).next("check the path")
}

/// Answer of a command that this build cannot carry out.
#[cfg(not(feature = "ledger"))]
pub(crate) fn needs_ledger() -> Failure {
    Failure::usage("needs-ledger", "this build of truce reads published logs only")
        .next("use a build with ledgers: cargo build -p truce-cli")
}

/// The position that a person names: a number, an id, or a statement's file.
pub(crate) fn position(log: &dyn Log, text: &str) -> Result<u64, Failure> {
    if let Ok(position) = text.parse::<u64>() {
        if position < log.size() {
            return Ok(position);
        }
        // Eight digits may also begin an id.
        if Named::read(text).is_err() {
            let message = format!("there is no entry {position}: the log has {}", log.size());
            return Err(Failure::usage("no-such-entry", message).next("`truce list` shows what there is"));
        }
    }
    let id = statement_id(log, text)?;
    log.find(&id)?.ok_or_else(|| {
        Failure::usage("no-such-statement", format!("statement {id} is not in this log"))
            .next("`truce list` shows what there is")
    })
}

/// The id of a statement that a person names: an id, the beginning of one that is in `log`, or a statement's file.
pub(crate) fn statement_id(log: &dyn Log, text: &str) -> Result<StatementId, Failure> {
    let named = Named::read(text)?;
    let mut ids = Vec::new();
    if let Named::Beginning(digits) = &named {
        log.visit(&Filter::default(), 0, &mut |recorded| {
            let id = recorded.statement.id();
            if id.to_string().starts_with(digits) {
                ids.push(id);
            }
            Ok(ControlFlow::Continue(()))
        })?;
    }
    named.among(ids, "this log", "truce list SOURCE")
}

/// The statement at `position`.
pub(crate) fn at(log: &dyn Log, position: u64) -> Result<Recorded, Failure> {
    let bytes = log.entry(position)?.ok_or_else(|| {
        Failure::unverified("missing-entries", format!("entry {position} is missing"))
            .next("run `truce verify` on this log")
    })?;
    Recorded::parse(position, &bytes)
}

/// The charter in entry 0, and nothing else.
fn charter_of(bytes: &[u8]) -> Result<Statement, Failure> {
    let statement = Recorded::parse(0, bytes)?.statement;
    match statement.body() {
        Body::Charter(_) => Ok(statement),
        _ => Err(Failure::unverified(
            "unknown-agreement",
            format!("entry 0 is a {}, not a charter", statement.kind()),
        )
        .next("`truce verify` on this log says what else is wrong with it")),
    }
}
