//! Everything that a batch adds to the index, found while its entries are folded.

use super::postings::Postings;
use super::{Cursor, FLAGS, Flags, Prepared, ROW, SPOT, Status, Term, at, count_key};
use crate::aggregate::{AggregateWriter, contributions, day_of};
use crate::error::CopyError;
use crate::record::Record;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;
use truce_log::group::Group;
use truce_register::{Fact, Recall as _, Recorded};
use truce_statement::body::agreement::KeyRevocation;
use truce_statement::body::dialogue::Position;
use truce_statement::{Body, Relation, Role, Signed};
use truce_store::{Changes, Space, StoreRead};

/// Records that one revocation marks as suspect in the index, the newest; views judge each record by the register.
const MAX_SUSPECT: usize = 65_536;

/// Rows that a batch adds to the index.
#[derive(Debug, Default)]
pub(crate) struct IndexWriter {
    entries: u64,
    postings: Postings,
    flags: BTreeMap<u64, Flags>,
    aggregates: AggregateWriter,
    changes: Changes,
}

impl IndexWriter {
    /// Adds the statement that `group` has just admitted at `position`.
    pub(crate) fn add<S: StoreRead + ?Sized>(
        &mut self,
        group: &Group,
        store: &S,
        signed: &Signed,
        position: u64,
        received: i64,
        prepared: Prepared,
    ) -> Result<(), CopyError> {
        self.entries += 1;
        let header = signed.header();
        let role = group.register().party(&header.iss).map_or(Role::State, |party| party.role);
        let Prepared { terms, row, spot, drill, contributions } = prepared;
        terms.iter().for_each(|term| self.postings.add(term, position));
        self.postings.add_term(&Term::Role(role), position);
        if let Some(spot) = spot {
            self.changes.put(Space::Views, &at(SPOT, position), &spot.encode());
        }
        if drill {
            self.mark(store, position, Status::Drill)?;
        }
        let broken = || CopyError::damaged(format!("the row of record {position} could not be kept"));
        self.changes.put(Space::Views, &at(ROW, position), &row.ok_or_else(broken)?.received(received, role));
        self.aggregates.record(day_of(received), role, signed.kind());
        self.aggregates.add(store, role, signed.kind(), &contributions)?;
        self.refer(group, store, signed, position, received, role)
    }

    /// Records the effect of the statement on those that it refers to, and on those under a key that it revokes.
    fn refer<S: StoreRead + ?Sized>(
        &mut self,
        group: &Group,
        store: &S,
        signed: &Signed,
        position: u64,
        received: i64,
        role: Role,
    ) -> Result<(), CopyError> {
        if let Body::KeyRevocation(revocation) = signed.body() {
            self.suspect(group, store, revocation)?;
        }
        for reference in signed.refs() {
            let fact = group.over(store).fact(&Fact::Statement(reference.1).key())?;
            let Some(target) = fact.as_deref().and_then(Recorded::decode).map(|found| found.position) else {
                continue;
            };
            match reference.0 {
                Relation::Corrects | Relation::Retracts => {
                    let (theirs, ours) = if reference.0 == Relation::Corrects {
                        (Status::Corrected, Status::Correction)
                    } else {
                        (Status::Retracted, Status::Retraction)
                    };
                    self.mark(store, target, theirs)?;
                    self.mark(store, position, ours)?;
                    // Same party, so the same class of source.
                    let old = record_at(group, store, target)?.statement;
                    self.aggregates.take_back(store, role, old.kind(), &contributions(&old))?;
                }
                Relation::Answers => self.mark(store, target, Status::Answered)?,
                Relation::Fulfils => {
                    let old = record_at(group, store, target)?.statement;
                    if let (Body::Delivery(delivery), Body::Commitment(commitment)) =
                        (signed.body(), old.body())
                        && delivery.is_late(received, commitment)
                    {
                        self.mark(store, position, Status::Late)?;
                    }
                }
                Relation::Disputes => self.mark(store, target, Status::Disputed)?,
                Relation::Supports => self.mark(store, target, Status::Supported)?,
                Relation::About => {}
            }
            match signed.body() {
                Body::Response(response) => {
                    self.mark(store, target, Status::Replied)?;
                    if response.position == Position::Disputes {
                        self.mark(store, target, Status::Disputed)?;
                    }
                }
                Body::Finding(_) => self.mark(store, target, Status::Examined)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Marks what was received under a revoked key since it became suspect.
    fn suspect<S: StoreRead + ?Sized>(
        &mut self,
        group: &Group,
        store: &S,
        revocation: &KeyRevocation,
    ) -> Result<(), CopyError> {
        let Some(since) = revocation.suspect_since else { return Ok(()) };
        let term = Term::Key(revocation.key);
        // First those of this batch, then those in the store, newest first in both.
        let here: Vec<u64> = self.postings.of(&term).iter().rev().copied().collect();
        let mut left = MAX_SUSPECT;
        for position in here {
            if left == 0 || record_at(group, store, position)?.received < since.ms() {
                return Ok(());
            }
            self.mark(store, position, Status::Suspect)?;
            left -= 1;
        }
        let mut cursor = Cursor::new(&term);
        let mut target = Some(u64::MAX - 1);
        while let Some(below) = target.filter(|_| left > 0) {
            let Some(position) = cursor.seek(store, below)? else { break };
            if record_at(group, store, position)?.received < since.ms() {
                break;
            }
            self.mark(store, position, Status::Suspect)?;
            left -= 1;
            target = position.checked_sub(1);
        }
        Ok(())
    }

    fn mark<S: StoreRead + ?Sized>(
        &mut self,
        store: &S,
        position: u64,
        status: Status,
    ) -> Result<(), CopyError> {
        let flags = match self.flags.entry(position) {
            Slot::Occupied(known) => known.into_mut(),
            Slot::Vacant(new) => new.insert(super::flags(store, position)?),
        };
        if flags.set(status) {
            self.postings.add_term(&Term::Status(status), position);
        }
        Ok(())
    }

    /// Everything to write with the batch.
    pub(crate) fn finish<S: StoreRead + ?Sized>(self, store: &S) -> Result<Changes, CopyError> {
        let Self { entries, postings, flags, aggregates, mut changes } = self;
        postings.write(entries, store, &mut changes)?;
        for (position, flags) in flags {
            changes.put(Space::Views, &at(FLAGS, position), &flags.encode());
        }
        for (term, n) in postings.counts() {
            let key = count_key(term);
            let before = store.get(Space::Views, &key)?.and_then(|bytes| bytes.try_into().ok());
            changes.put(Space::Views, &key, &(before.map_or(0, u64::from_be_bytes) + n).to_be_bytes());
        }
        aggregates.write(store, &mut changes)?;
        Ok(changes)
    }
}

/// The record at `position`, in the group or in the store.
fn record_at<S: StoreRead + ?Sized>(group: &Group, store: &S, position: u64) -> Result<Record, CopyError> {
    let bytes = match group.entry(position) {
        Some(bytes) => bytes.to_vec(),
        None => store.entry(position)?.unwrap_or_default(),
    };
    Record::parse(position, bytes)
}
