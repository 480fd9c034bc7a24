//! Secondary indexes: which entries speak of what. Derived, rebuildable, never the source of an answer that is signed.
//!
//! A term is a letter and what is indexed: `p` party, `k` kind, `z` zone (each closed by a zero byte), `r` statement id
//! (32 bytes), `t` time of the event (8 bytes, sign bit flipped so that bytes sort as times do). One row holds the
//! positions that a batch adds to a term: its key is the term and the first position (8 bytes, big-endian), its value
//! the gaps to the further ones (LEB128), so that a scan by prefix gives positions in order.

use std::collections::BTreeMap;
use truce_statement::{Kind, PartyId, Statement, StatementId};
use truce_store::{Changes, Space};

/// Additions of a batch to the indexes.
#[derive(Debug, Default)]
pub(crate) struct Postings(BTreeMap<Vec<u8>, Row>);

#[derive(Debug)]
struct Row {
    first: u64,
    last: u64,
    gaps: Vec<u8>,
}

impl Postings {
    /// Adds every term of `statement`, which stands at `position`, behind all that were added before.
    pub(crate) fn add(&mut self, statement: &Statement, position: u64) {
        let facets = statement.body().facets();
        self.post(by_party(&statement.header().iss), position);
        self.post(by_kind(statement.kind()), position);
        if let Some(time) = facets.time {
            self.post(at_time(time), position);
        }
        for zone in facets.zones {
            self.post(in_zone(zone), position);
        }
        for reference in statement.refs() {
            self.post(referring_to(&reference.1), position);
        }
    }

    /// Writes one row for each term.
    pub(crate) fn write(&self, changes: &mut Changes) {
        let mut key = Vec::with_capacity(64);
        for (term, row) in &self.0 {
            key.clear();
            key.extend_from_slice(term);
            key.extend_from_slice(&row.first.to_be_bytes());
            changes.put(Space::By, &key, &row.gaps);
        }
    }

    fn post(&mut self, term: Vec<u8>, position: u64) {
        match self.0.get_mut(&term) {
            None => {
                self.0.insert(term, Row { first: position, last: position, gaps: Vec::new() });
            }
            // A statement that names the same zone twice stands once.
            Some(row) if row.last == position => {}
            Some(row) => {
                push_gap(&mut row.gaps, position - row.last);
                row.last = position;
            }
        }
    }
}

/// Writes one gap between positions, LEB128.
pub fn push_gap(gaps: &mut Vec<u8>, mut gap: u64) {
    while gap >= 0x80 {
        gaps.push(0x80 | gap.to_le_bytes()[0] & 0x7f);
        gap >>= 7;
    }
    gaps.push(gap.to_le_bytes()[0]);
}

/// The positions that one row holds, in order.
pub fn positions(key: &[u8], gaps: &[u8]) -> impl Iterator<Item = u64> {
    let mut at = key.last_chunk().map(|be| u64::from_be_bytes(*be));
    let mut gaps = gaps.iter();
    std::iter::from_fn(move || {
        let here = at?;
        let (mut gap, mut shift) = (0_u64, 0);
        at = loop {
            let Some(byte) = gaps.next() else { break None };
            gap |= u64::from(byte & 0x7f).checked_shl(shift)?;
            shift += 7;
            if byte & 0x80 == 0 {
                break here.checked_add(gap);
            }
        };
        Some(here)
    })
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn positions_come_back_as_they_were_posted(gaps in proptest::collection::vec(1_u64..1 << 40, 0..200), first in 0_u64..1 << 40) {
            let all: Vec<u64> = std::iter::once(first).chain(gaps.iter().scan(first, |at, gap| { *at += gap; Some(*at) })).collect();
            let mut postings = Postings::default();
            for position in &all {
                postings.post(b"k".to_vec(), *position);
                postings.post(b"k".to_vec(), *position);
            }
            let row = postings.0.get(b"k".as_slice()).unwrap();
            let key = [b"k".as_slice(), &row.first.to_be_bytes()].concat();
            prop_assert_eq!(positions(&key, &row.gaps).collect::<Vec<_>>(), all);
        }
    }
}
