//! Secondary indexes: which entries speak of what. Derived, rebuildable, never the source of an answer that is signed.
//!
//! A key is a letter, what is indexed, and the position (8 bytes, big-endian), so that a scan by prefix gives
//! positions in order: `p` party, `k` kind, `z` zone (each closed by a zero byte), `r` statement id (32 bytes).
//! `t` is followed by the time of the event (8 bytes, sign bit flipped so that bytes sort as times do).

use truce_statement::{Kind, PartyId, Statement, StatementId};
use truce_store::Changes;

/// Writes every index key of `statement` at `position`.
pub fn mark(changes: &mut Changes, statement: &Statement, position: u64) {
    let facets = statement.body().facets();
    let mut key = Vec::with_capacity(64);
    let mut put = |prefix: Vec<u8>| {
        key.clear();
        key.extend_from_slice(&prefix);
        key.extend_from_slice(&position.to_be_bytes());
        changes.mark(&key);
    };
    put(by_party(&statement.header().iss));
    put(by_kind(statement.kind()));
    if let Some(time) = facets.time {
        put(at_time(time));
    }
    for zone in facets.zones {
        put(in_zone(zone));
    }
    for reference in statement.refs() {
        put(referring_to(&reference.1));
    }
}

/// Prefix of everything a party signed.
#[must_use]
pub fn by_party(party: &PartyId) -> Vec<u8> {
    [b"p", party.as_str().as_bytes(), &[0]].concat()
}

/// Prefix of everything of one kind.
#[must_use]
pub fn by_kind(kind: Kind) -> Vec<u8> {
    [b"k", kind.as_str().as_bytes(), &[0]].concat()
}

/// Prefix of everything in one zone of the charter.
#[must_use]
pub fn in_zone(zone: &str) -> Vec<u8> {
    [b"z", zone.as_bytes(), &[0]].concat()
}

/// Prefix of everything that refers to a statement.
#[must_use]
pub fn referring_to(id: &StatementId) -> Vec<u8> {
    [b"r", id.as_bytes().as_slice()].concat()
}

/// Prefix of everything whose event happened at `time`, milliseconds UTC; these prefixes sort as the times do.
#[must_use]
pub fn at_time(time: i64) -> Vec<u8> {
    [b"t".as_slice(), &(time.cast_unsigned() ^ (1 << 63)).to_be_bytes()].concat()
}

/// The position at the end of an index key.
#[must_use]
pub fn position(key: &[u8]) -> Option<u64> {
    key.last_chunk().map(|be| u64::from_be_bytes(*be))
}
