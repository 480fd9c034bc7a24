//! One record: what was signed, what the log added, what others said of it since, and everything that proves it.

use super::Views as _;
use super::{RecordRow, row};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use truce_copy::index::{Status, Term, next_after};
use truce_copy::query::{self, Filter, MAX_LIMIT};
use truce_copy::{CopyError, Record, Served};
use truce_statement::body::reports;
use truce_statement::shape::Discrepancy;
use truce_statement::{Entry, Relation, Statement};
use truce_tlog::Hash;

/// Everything on the page of a record.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RecordView {
    /// Position in the log.
    pub position: u64,
    /// The record as lists show it.
    pub row: RecordRow,
    /// The record document: the signed statement, and the log's additions.
    pub document: Value,
    /// The entry's bytes.
    #[serde(skip)]
    pub raw: Vec<u8>,
    /// Everything that is needed to verify it without this explorer.
    pub evidence: Value,
    /// Statements that it refers to, then those that refer to it, each in the order of the log.
    pub trail: Vec<TrailItem>,
    /// More statements refer to it than the trail has.
    pub trail_cut: bool,
    /// Figures of the statement that do not agree with one another.
    pub discrepancies: Vec<Discrepancy>,
    /// Position of the revocation that makes it suspect.
    pub suspect: Option<u64>,
    /// The proof, step by step.
    pub proof: ProofView,
    /// Position of the statement before in the same feed.
    pub previous_in_feed: Option<u64>,
    /// Position of the next statement in the same feed.
    pub next_in_feed: Option<u64>,
    /// Position of the newest record served.
    pub newest: u64,
}

/// Direction of a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// This record refers to the other.
    Out,
    /// The other refers to this record.
    In,
}

/// One statement that stands in relation to the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrailItem {
    /// Relation of the one to the other.
    pub relation: Relation,
    /// Direction of the reference.
    pub direction: Direction,
    /// The other statement's id, hex.
    pub id: String,
    /// The other record.
    pub target: Option<RecordRow>,
}

/// The proof of a record as figures; the bytes are in the evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProofView {
    /// Bytes of the entry.
    pub entry_bytes: usize,
    /// Hash of the entry: the leaf of the tree, hex.
    pub entry_hash: String,
    /// Bytes of the statement.
    pub statement_bytes: usize,
    /// SHA-256 of the statement: its id, hex.
    pub statement_hash: String,
    /// The key that signed it.
    pub key: Option<SigningKey>,
    /// Its place in the feed.
    pub feed: FeedLink,
    /// Its place in the chain.
    pub chain: ChainLink,
    /// Its place in the tree.
    pub inclusion: InclusionView,
    /// Origin in the checkpoint.
    pub origin: String,
    /// The checkpoint, a signed note.
    pub checkpoint: String,
    /// Cosignatures that verified.
    pub cosignatures: Vec<CosignatureRow>,
    /// The policy of witnesses, where the charter names one.
    pub policy: Option<String>,
}

/// A key as it signed a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SigningKey {
    /// Key id, hex.
    pub kid: String,
    /// Public key, hex.
    pub public: String,
    /// It is the party's root key.
    pub root: bool,
    /// Position of the statement that granted it.
    pub granted_at: u64,
    /// Time until which it may be used, milliseconds UTC.
    pub valid_until: Option<i64>,
    /// Position of its revocation.
    pub revoked_at: Option<u64>,
}

/// A place in a feed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FeedLink {
    /// Number in the feed, from 0.
    pub seq: u64,
    /// Id of the statement before, hex; zeros at 0.
    pub prev: String,
    /// Its position.
    pub prev_position: Option<u64>,
}

/// A place in the chain of entries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChainLink {
    /// Hash of the entry before, hex; zeros at 0.
    pub prev: String,
    /// Time of receipt of the entry before, milliseconds UTC.
    pub prev_received: Option<i64>,
}

/// A place in the tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InclusionView {
    /// Position.
    pub index: u64,
    /// Entries in the tree.
    pub size: u64,
    /// Root, hex.
    pub root: String,
    /// From the leaf's sibling to the root, hex.
    pub hashes: Vec<String>,
}

/// A cosignature that verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CosignatureRow {
    /// Name of the witness's key.
    pub name: String,
    /// Time of the cosignature by the witness's clock, seconds UTC.
    pub time: u64,
}

pub(super) fn view(served: &Served, position: u64) -> Result<RecordView, CopyError> {
    let (entry, before) = served.entry_and_before(position)?;
    let record = Record::parse(position, entry)?;
    let charter = served.charter()?;
    let statement = &record.statement;
    let (trail, trail_cut) = trail(served, statement)?;
    let key = served.key(&statement.header().kid);
    let revoked = key.as_ref().and_then(|key| key.revoked);
    let suspect = revoked.filter(|revoked| {
        revoked.suspect_since.is_some_and(|since| record.received >= since) && position < revoked.position
    });
    let around = Around::of(served, &record, before)?;
    let prev_received = around.before.as_deref().map(|bytes| received(position, bytes)).transpose()?;
    let mut row = row::one(served, charter, position)?;
    if suspect.is_some() {
        row.flags.set(Status::Suspect);
    }
    let checkpoint = served.checkpoint();
    Ok(RecordView {
        position,
        document: record_document(&record)?,
        evidence: assembled(served, &record, &around)?,
        trail,
        trail_cut,
        discrepancies: reports::discrepancies(statement.body()),
        suspect: suspect.map(|revoked| revoked.position),
        proof: ProofView {
            entry_bytes: record.bytes.len(),
            entry_hash: record.hash.to_string(),
            statement_bytes: statement.bytes().len(),
            statement_hash: statement.id().to_string(),
            key: key.map(|key| SigningKey {
                kid: statement.header().kid.to_string(),
                public: key.public.to_string(),
                root: key.root,
                granted_at: key.granted,
                valid_until: key.valid_until,
                revoked_at: key.revoked.map(|revoked| revoked.position),
            }),
            feed: FeedLink {
                seq: statement.seq(),
                prev: statement.prev().to_string(),
                prev_position: around.feed,
            },
            chain: ChainLink { prev: record.prev.to_string(), prev_received },
            inclusion: InclusionView {
                index: position,
                size: served.size(),
                root: hex::encode(checkpoint.root().as_bytes()),
                hashes: around.path.iter().map(|hash| hex::encode(hash.as_bytes())).collect(),
            },
            origin: checkpoint.origin().to_owned(),
            checkpoint: checkpoint.note().to_string(),
            cosignatures: checkpoint
                .cosignatures()
                .iter()
                .map(|c| CosignatureRow { name: c.cosigner.name().to_owned(), time: c.timestamp })
                .collect(),
            policy: served.agreed_policy().map(str::to_owned),
        },
        previous_in_feed: around.feed,
        next_in_feed: next_in_feed(served, statement, position)?,
        newest: served.size().saturating_sub(1),
        row,
        raw: record.bytes,
    })
}

/// The record document: the members that do not exist are left out.
pub fn record_document(record: &Record) -> Result<Value, CopyError> {
    let statement = &record.statement;
    let header = statement.header();
    let issued = i64::try_from(header.iat).unwrap_or(i64::MAX).saturating_mul(1000);
    let body = statement.body().to_json();
    let body = body.map_err(|e| CopyError::damaged(format!("entry {}: {e}", record.position)))?;
    let mut document = json!({
        "position": record.position,
        "received": rfc3339_ms(record.received),
        "id": statement.id(),
        "entry": record.hash,
        "prev": record.prev,
        "key": header.kid,
        "header": {
            "iss": header.iss,
            "sub": header.sub.to_string(),
            "kind": statement.kind(),
            "issued": rfc3339_s(issued),
        },
        "seq": statement.seq(),
        "feed_prev": statement.prev(),
    });
    if let Value::Object(members) = &mut document {
        if !statement.refs().is_empty() {
            let refs: Vec<Value> =
                statement.refs().iter().map(|r| json!({ "relation": r.0, "id": r.1 })).collect();
            members.insert("refs".to_owned(), Value::Array(refs));
        }
        if let Some(seen) = statement.seen() {
            members.insert("seen".to_owned(), json!({ "size": seen.0, "root": seen.1 }));
        }
        members.insert("body".to_owned(), body);
    }
    Ok(document)
}

/// Neighbours of a record in chain, feed and tree: its page needs each in several places.
struct Around {
    /// The entry before.
    before: Option<Vec<u8>>,
    /// Position of the statement before in the same feed.
    feed: Option<u64>,
    /// From the leaf's sibling to the root.
    path: Vec<Hash>,
}

impl Around {
    fn of(served: &Served, record: &Record, before: Option<Vec<u8>>) -> Result<Self, CopyError> {
        let statement = &record.statement;
        let feed = match statement.seq() {
            0 => None,
            _ => served.find(&statement.prev())?.map(|found| found.position),
        };
        Ok(Self { before, feed, path: served.inclusion(record.position)? })
    }
}

/// The evidence document of a record: all bytes and proofs, leading to the one checkpoint that is served.
pub fn evidence(served: &Served, record: &Record) -> Result<Value, CopyError> {
    let before = record.position.checked_sub(1).map(|before| served.entry(before)).transpose()?;
    assembled(served, record, &Around::of(served, record, before)?)
}

fn assembled(served: &Served, record: &Record, around: &Around) -> Result<Value, CopyError> {
    let statement = &record.statement;
    let path = around.path.clone();
    let mut document = json!({
        "format": "truce-evidence/1",
        "position": record.position,
        "entry": BASE64.encode(&record.bytes),
        "proof": served.proof_along(record.position, &record.bytes, path)?,
    });
    let Value::Object(members) = &mut document else { return Ok(document) };
    if let (Some(before), Some(bytes)) = (record.position.checked_sub(1), &around.before) {
        members.insert("before".to_owned(), BASE64.encode(bytes).into());
        members.insert("before_proof".to_owned(), served.proof(before, bytes)?.into());
    }
    if statement.seq() > 0 {
        let found = around.feed.ok_or_else(|| {
            CopyError::damaged(format!("the statement before {} in its feed is missing", record.position))
        })?;
        members.insert("feed".to_owned(), proven(served, found)?);
    }
    // The charter names every root key; a working key was granted by an entry of its own.
    let mut positions = vec![0];
    if let Some(key) = served.key(&statement.header().kid) {
        positions.push(key.granted);
        positions.extend(key.revoked.map(|revoked| revoked.position));
    }
    // Who signs for the log now, and which witnesses it asks for, is what amendments have made of the charter.
    positions.extend(served.succession()?);
    positions.sort_unstable();
    positions.dedup();
    let keys: Result<Vec<Value>, _> =
        positions.into_iter().map(|position| served.once(position, || proven(served, position))).collect();
    members.insert("keys".to_owned(), Value::Array(keys?));
    if let Some(policy) = served.agreed_policy() {
        members.insert("policy".to_owned(), policy.into());
    }
    Ok(document)
}

pub(crate) fn proven(served: &Served, position: u64) -> Result<Value, CopyError> {
    let bytes = served.entry(position)?;
    let proof = served.proof(position, &bytes)?;
    Ok(json!({ "position": position, "entry": BASE64.encode(&bytes), "proof": proof }))
}

/// Time of receipt of the entry before the one at `position`; its statement is not read.
fn received(position: u64, before: &[u8]) -> Result<i64, CopyError> {
    let entry = Entry::parse(before);
    Ok(entry.map_err(|e| CopyError::damaged(format!("the entry before {position}: {e}")))?.received)
}

/// Statements that this one refers to, those that refer to it, and whether the second list was cut.
fn trail(served: &Served, statement: &Statement) -> Result<(Vec<TrailItem>, bool), CopyError> {
    let mut trail = Vec::new();
    for reference in statement.refs() {
        let found = served.find(&reference.1)?;
        trail.push(TrailItem {
            relation: reference.0,
            direction: Direction::Out,
            id: reference.1.to_string(),
            target: match found {
                Some(found) => served.rows(&[found.position])?.pop(),
                None => None,
            },
        });
    }
    let filter = Filter { refers_to: Some(statement.id()), ..Filter::default() };
    let found = query::search(served.store(), served.size(), &filter, None, MAX_LIMIT)?;
    for position in found.positions.into_iter().rev() {
        let other = served.record(position)?.statement;
        let target = served.rows(&[position])?.pop();
        for reference in other.refs().iter().filter(|reference| reference.1 == statement.id()) {
            trail.push(TrailItem {
                relation: reference.0,
                direction: Direction::In,
                id: other.id().to_string(),
                target: target.clone(),
            });
        }
    }
    Ok((trail, found.next.is_some()))
}

/// The next statement under the same key.
fn next_in_feed(served: &Served, statement: &Statement, position: u64) -> Result<Option<u64>, CopyError> {
    let next = next_after(served.store(), &Term::Key(statement.header().kid), position)?;
    Ok(next.filter(|next| *next < served.size()))
}

/// RFC 3339 in UTC, always with three decimals.
fn rfc3339_ms(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map_or_else(|_| format!("{ms} ms"), |moment| format!("{moment:.3}"))
}

/// RFC 3339 in UTC, in whole seconds.
fn rfc3339_s(ms: i64) -> String {
    let seconds = ms.div_euclid(1000);
    jiff::Timestamp::from_second(seconds).map_or_else(|_| format!("{seconds} s"), |moment| moment.to_string())
}
