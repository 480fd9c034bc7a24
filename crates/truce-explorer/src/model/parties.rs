//! Parties and keys: who could sign what, and when.

use super::Views as _;
use super::{KindCount, RecordPage, RecordRow};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use truce_copy::index::{self, Term};
use truce_copy::query::{self, Filter, Total};
use truce_copy::{CopyError, Served};
use truce_register::Key;
use truce_statement::body::agreement::{KeyGrant, RevocationReason};
use truce_statement::{Body, KeyId, Kind, PartyId, Role};

/// Rows of each short list.
const SHORT: usize = 10;

/// One party.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PartyRow {
    /// Short name.
    pub id: String,
    /// Name in the charter.
    pub name: String,
    /// Its role.
    pub role: Role,
    /// Position of its accession, once it has acceded.
    pub accession: Option<u64>,
    /// Keys it ever had, the root key among them.
    pub keys: u64,
    /// Statements it signed.
    pub statements: u64,
    /// Time of receipt of its newest statement, milliseconds UTC.
    pub last: Option<i64>,
}

/// One party with its keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PartyView {
    /// The party.
    pub row: PartyRow,
    /// Its root key first, then working keys as they were granted.
    pub keys: Vec<KeyRow>,
    /// Its statements by kind; kinds without any are left out. `AtLeast` where they were not all counted.
    pub by_kind: Vec<KindCount>,
    /// Its newest 10 statements.
    pub newest: Vec<RecordRow>,
}

/// One key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeyRow {
    /// Key id, hex.
    pub kid: String,
    /// The public key, hex.
    pub public: String,
    /// The party that holds it.
    pub party: String,
    /// It is the party's root key: it signs accession and key statements, and nothing else.
    pub root: bool,
    /// Holder within the party: a function, a hub, a device.
    pub label: Option<String>,
    /// Kinds that it may sign; `None` for all that the party may.
    pub kinds: Option<Vec<Kind>>,
    /// Position of the statement that granted it, and when that was received, milliseconds UTC.
    pub granted_at: u64,
    /// Time of receipt of that statement, milliseconds UTC.
    pub granted: i64,
    /// Last moment at which a statement under it may be received, milliseconds UTC.
    pub valid_until: Option<i64>,
    /// Its revocation, if it was revoked.
    pub revoked: Option<RevocationRow>,
    /// Statements signed with it.
    pub statements: u64,
    /// Position of its last statement.
    pub last: Option<u64>,
}

/// The end of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RevocationRow {
    /// Position of the revocation.
    pub position: u64,
    /// Time of receipt of the revocation, milliseconds UTC.
    pub received: i64,
    /// Reason, as the party states it.
    pub reason: RevocationReason,
    /// Statements received from then on are suspect, milliseconds UTC.
    pub suspect_since: Option<i64>,
}

/// One key and the statements signed with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeyView {
    /// The key.
    pub row: KeyRow,
    /// The party that holds it.
    pub party: PartyRow,
    /// Its feed, newest first.
    pub feed: RecordPage,
}

pub(super) fn rows(served: &Served) -> Result<Vec<PartyRow>, CopyError> {
    served
        .charter()?
        .parties
        .iter()
        .map(|founder| row(served, &founder.id))
        .filter_map(Result::transpose)
        .collect()
}

fn row(served: &Served, id: &PartyId) -> Result<Option<PartyRow>, CopyError> {
    let Some(founder) = served.charter()?.parties.iter().find(|party| party.id == *id) else {
        return Ok(None);
    };
    let register = served.register();
    let keys =
        register.keys().filter(|(_, party, key)| party.id == *id && key.granted < served.size()).count();
    let filter = Filter { parties: vec![id.clone()], ..Filter::default() };
    let newest = query::search(served.store(), served.size(), &filter, None, 1)?;
    let last = match newest.positions.first() {
        Some(position) => served.rows(&[*position])?.first().map(|row| row.received),
        None => None,
    };
    let party = register.party(id);
    Ok(Some(PartyRow {
        id: id.to_string(),
        name: founder.name.to_string(),
        role: founder.role,
        accession: party.and_then(|party| party.acceded).filter(|at| *at < served.size()),
        keys: keys as u64,
        statements: match newest.total {
            Total::Exact(n) | Total::AtLeast(n) => n,
        },
        last,
    }))
}

pub(super) fn party(served: &Served, id: &PartyId) -> Result<Option<PartyView>, CopyError> {
    let Some(row) = row(served, id)? else { return Ok(None) };
    let register = served.register();
    let mut of_party: Vec<KeyId> = register
        .keys()
        .filter(|(_, party, key)| party.id == *id && key.granted < served.size())
        .map(|(id, ..)| *id)
        .collect();
    of_party.sort_by_key(|id| register.key(id).map(|key| (!key.root, key.granted)));
    let mut keys = Vec::with_capacity(of_party.len());
    for id in &of_party {
        keys.extend(key_row(served, id)?);
    }
    let filter = Filter { parties: vec![id.clone()], ..Filter::default() };
    let newest = query::search(served.store(), served.size(), &filter, None, SHORT)?;
    let mut by_kind = Vec::new();
    for kind in Kind::ALL {
        let n = index::count(served.store(), &Term::PartyKind(id.clone(), *kind))?;
        if n > 0 {
            by_kind.push(KindCount { kind: *kind, n });
        }
    }
    Ok(Some(PartyView { row, keys, by_kind, newest: served.rows(&newest.positions)? }))
}

pub(super) fn key(served: &Served, id: &KeyId) -> Result<Option<KeyView>, CopyError> {
    let Some(row) = key_row(served, id)? else { return Ok(None) };
    let filter = Filter { key: Some(*id), ..Filter::default() };
    let Ok(party_id) = row.party.parse() else { return Ok(None) };
    let Some(party) = self::row(served, &party_id)? else { return Ok(None) };
    Ok(Some(KeyView { row, party, feed: served.records(&filter, None, 50)? }))
}

fn key_row(served: &Served, id: &KeyId) -> Result<Option<KeyRow>, CopyError> {
    let Some(key) = served.key(id) else { return Ok(None) };
    let party =
        served.register().keys().find(|(other, ..)| *other == id).map(|(_, party, _)| party.id.to_string());
    let granted = served.record(key.granted)?;
    let label = grant(granted.statement.body(), &key).and_then(|grant| grant.label.as_ref());
    let revoked = match &key.revoked {
        Some(revoked) => Some(RevocationRow {
            position: revoked.position,
            received: served.record(revoked.position)?.received,
            reason: revoked.reason,
            suspect_since: revoked.suspect_since,
        }),
        None => None,
    };
    Ok(Some(KeyRow {
        kid: id.to_string(),
        public: key.public.to_string(),
        party: party.unwrap_or_default(),
        root: key.root,
        label: label.map(ToString::to_string),
        kinds: key.kinds.as_ref().map(|kinds| kinds.iter().copied().collect()),
        granted_at: key.granted,
        granted: granted.received,
        valid_until: key.valid_until,
        revoked,
        statements: key.next_seq,
        last: served.find(&key.last)?.map(|found| found.position),
    }))
}

/// The grant of `key` in the statement that granted it.
fn grant<'a>(body: &'a Body, key: &Key) -> Option<&'a KeyGrant> {
    match body {
        Body::KeyGrant(grant) => Some(grant),
        Body::Accession(accession) => {
            accession.keys.iter().flat_map(|keys| keys.iter()).find(|grant| grant.key == key.public)
        }
        _ => None,
    }
}
