//! Fork evidence: statements refused with `feed-fork`, kept because two statements at one place of a feed prove that
//! somebody signs twice with one key (`docs/spec/formats.md`, section 5).
//!
//! ```text
//! refused with feed-fork --> key valid? place free? key, party within their bounds? --> Space::Forks, with the batch
//! ```
//! Whoever holds a key can sign as many forks as they like, so what is kept is bounded: one statement for each place of
//! a feed, [`OF_KEY`] for each key, [`TOTAL`] bytes in all, of which each party has an equal share. Nothing is kept for
//! a key that is revoked or has expired.
//!
//! A row is the id of the key and the number in its feed (8 bytes, big-endian); its value is the statement. A store of
//! an earlier build has rows under the id of the statement, without a bound: they are swept when it is opened.

use crate::error::LogError;
use crate::ledger::{self, Filter, Ledger};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::ControlFlow;
use truce_register::Register;
use truce_statement::{KeyId, PartyId, Statement};
use truce_store::{Changes, IndexRead, ScanRange, Space, Store, StoreRead};

/// Statements kept for each key.
const OF_KEY: usize = 4;
/// Bytes of statements kept in all.
const TOTAL: u64 = 16 << 20;
/// Smallest share of a party, bytes: one statement of any size finds room.
const LEAST: u64 = 64 << 10;
/// Row that says that every other row is within the bounds.
const BOUNDED: &[u8] = b"bounded";
/// Length of a statement id, which is the whole key of a row of an earlier build.
const ID: usize = 32;
/// Rows looked at before what was found is written.
const PAGE: usize = 128;

/// A statement that contradicts the feed that is recorded under its key.
#[derive(Clone, Debug)]
pub struct Fork {
    /// The statement that was refused.
    pub statement: Statement,
    /// Position of the recorded statement that it contradicts: the one with its number, or, where that number is not
    /// recorded yet, the one before, of which it says that it is another one.
    pub recorded: Option<u64>,
}

/// Count of the evidence kept. The sequencer has it, from the first fork on.
#[derive(Debug, Default)]
pub(crate) struct Evidence {
    places: HashMap<KeyId, BTreeSet<u64>>,
    bytes: HashMap<PartyId, u64>,
}

impl Evidence {
    /// Counts what `store` keeps. Its rows are bounded, so this takes milliseconds.
    pub(crate) fn count<S: IndexRead + ?Sized>(store: &S, register: &Register) -> Result<Self, LogError> {
        let mut evidence = Self::default();
        for_each(store, &mut |statement| {
            evidence.take(statement, register);
        })?;
        Ok(evidence)
    }

    /// Adds `statement`, received at `received` (milliseconds UTC), to `changes`, where it is within the bounds and its
    /// key is valid at that time.
    pub(crate) fn keep(
        &mut self,
        statement: &Statement,
        received: i64,
        register: &Register,
        changes: &mut Changes,
    ) {
        let valid = register.key(&statement.header().kid).is_some_and(|key| {
            key.revoked.is_none() && key.valid_until.is_none_or(|until| received <= until)
        });
        if valid && self.take(statement, register) {
            if changes.is_empty() {
                changes.put(Space::Forks, BOUNDED, &[]);
            }
            changes.put(Space::Forks, &row(statement), statement.bytes());
        }
    }

    /// Counts `statement` where it is within the bounds, and tells whether it is.
    fn take(&mut self, statement: &Statement, register: &Register) -> bool {
        let header = statement.header();
        let length = statement.bytes().len() as u64;
        let share = (TOTAL / register.parties().len().max(1) as u64).max(LEAST);
        let bytes = self.bytes.get(&header.iss).copied().unwrap_or(0);
        let places = self.places.get(&header.kid);
        let is_taken = places.is_some_and(|places| places.contains(&statement.seq()));
        if is_taken || places.map_or(0, BTreeSet::len) >= OF_KEY || bytes + length > share {
            return false;
        }
        self.places.entry(header.kid).or_default().insert(statement.seq());
        self.bytes.insert(header.iss.clone(), bytes + length);
        true
    }

    fn holds(&self, statement: &Statement) -> bool {
        self.places.get(&statement.header().kid).is_some_and(|places| places.contains(&statement.seq()))
    }
}

/// Brings the forks of a store that an earlier build wrote within the bounds, and gives the room of the others back.
/// Interrupted, it is simply run again.
pub(crate) fn sweep<S: Store + ?Sized>(store: &S, register: &Register) -> Result<(), LogError> {
    if store.get(Space::Forks, BOUNDED)?.is_some() {
        return Ok(());
    }
    let mut evidence = Evidence::default();
    let mut range = ScanRange::all().limit(PAGE);
    let (mut seen, mut removed) = (0_u64, 0_u64);
    loop {
        let (mut changes, mut last) = (Changes::new(), None);
        store.scan(Space::Forks, &range, &mut |key, bytes| {
            last = Some(key.to_vec());
            seen += 1;
            match Statement::parse(bytes) {
                Ok(statement) if key.len() > ID => {
                    if !evidence.holds(&statement) && !evidence.take(&statement, register) {
                        changes.delete(Space::Forks, key);
                        removed += 1;
                    }
                }
                Ok(statement) => {
                    changes.delete(Space::Forks, key);
                    if evidence.take(&statement, register) {
                        changes.put(Space::Forks, &row(&statement), statement.bytes());
                    } else {
                        removed += 1;
                    }
                }
                // The row of the bounds is not there yet, and nothing else has a use.
                Err(_) => changes.delete(Space::Forks, key),
            }
            ControlFlow::Continue(())
        })?;
        let Some(last) = last else { break };
        store.apply(store.applied()?, &changes)?;
        range = range.after(&last);
    }
    if seen > 0 {
        let mut bounded = Changes::new();
        bounded.put(Space::Forks, BOUNDED, &[]);
        store.apply(store.applied()?, &bounded)?;
        store.reclaim(Space::Forks)?;
        tracing::info!(seen, removed, "the forks that an earlier build kept are bounded now");
    }
    Ok(())
}

impl<S: StoreRead> Ledger<S> {
    /// The fork evidence, by key and number, within the bounds, also where an earlier build kept more.
    pub fn forks(&self) -> Result<Vec<Fork>, LogError> {
        let mut evidence = Evidence::default();
        let mut kept = BTreeMap::new();
        for_each(self.store(), &mut |statement| {
            if evidence.take(statement, self.register()) {
                kept.insert((statement.header().kid, statement.seq()), statement.clone());
            }
        })?;
        let mut wanted: BTreeMap<PartyId, BTreeSet<(KeyId, u64)>> = BTreeMap::new();
        for ((key, seq), statement) in &kept {
            let places = wanted.entry(statement.header().iss.clone()).or_default();
            places.extend([(*key, *seq), (*key, seq.saturating_sub(1))]);
        }
        let mut found = BTreeMap::new();
        for (party, places) in wanted {
            self.find_places(party, places, &mut found)?;
        }
        let forks = kept.into_iter().map(|((key, seq), statement)| {
            let before = (key, seq.saturating_sub(1));
            let recorded = found.get(&(key, seq)).or_else(|| found.get(&before)).copied();
            Fork { statement, recorded }
        });
        Ok(forks.collect())
    }

    /// Looks through everything that `party` has recorded for the numbers in `wanted`.
    fn find_places(
        &self,
        party: PartyId,
        mut wanted: BTreeSet<(KeyId, u64)>,
        found: &mut BTreeMap<(KeyId, u64), u64>,
    ) -> Result<(), LogError> {
        for position in self.list(&Filter { party: Some(party), ..Filter::default() })? {
            if wanted.is_empty() {
                break;
            }
            let statement = ledger::statement(self.store(), position)?;
            let place = (statement.header().kid, statement.seq());
            if wanted.remove(&place) {
                found.insert(place, position);
            }
        }
        Ok(())
    }
}

fn row(statement: &Statement) -> Vec<u8> {
    [statement.header().kid.as_bytes().as_slice(), &statement.seq().to_be_bytes()].concat()
}

/// Calls `each` with every statement kept, those in the form of this build first. What is no statement is left out.
fn for_each<S: IndexRead + ?Sized>(store: &S, each: &mut dyn FnMut(&Statement)) -> Result<(), LogError> {
    // Where every row is in the form of this build, one pass finds them all.
    let passes: &[bool] = if store.get(Space::Forks, BOUNDED)?.is_some() { &[false] } else { &[false, true] };
    for earlier in passes {
        store.scan(Space::Forks, &ScanRange::all(), &mut |key, bytes| {
            if key.len() >= ID
                && (key.len() == ID) == *earlier
                && let Ok(statement) = Statement::parse(bytes)
            {
                each(&statement);
            }
            ControlFlow::Continue(())
        })?;
    }
    Ok(())
}
