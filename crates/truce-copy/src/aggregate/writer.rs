//! Counters of one batch, over those in the store.

use super::{Contribution, Span, Tally, cell_key, recorded_key};
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use truce_statement::{Kind, Role};
use truce_store::{Changes, Space, StoreError, StoreRead};

/// Changes that a batch makes to the counters.
#[derive(Debug, Default)]
pub(crate) struct AggregateWriter {
    /// By the keys of their cells.
    cells: HashMap<Vec<u8>, Tally>,
    recorded: BTreeMap<(i32, Role, Kind), u64>,
}

impl AggregateWriter {
    /// Counts a statement as recorded on `day`, whatever becomes of it.
    pub(crate) fn record(&mut self, day: i32, class: Role, kind: Kind) {
        *self.recorded.entry((day, class, kind)).or_default() += 1;
    }

    /// Counts what a statement contributes.
    pub(crate) fn add<S: StoreRead + ?Sized>(
        &mut self,
        store: &S,
        class: Role,
        kind: Kind,
        contributions: &[Contribution],
    ) -> Result<(), StoreError> {
        contributions.iter().try_for_each(|one| self.change(store, class, kind, one, 1))
    }

    /// Takes back what a statement contributed that has been corrected or retracted.
    pub(crate) fn take_back<S: StoreRead + ?Sized>(
        &mut self,
        store: &S,
        class: Role,
        kind: Kind,
        contributions: &[Contribution],
    ) -> Result<(), StoreError> {
        contributions.iter().try_for_each(|one| self.change(store, class, kind, one, -1))
    }

    fn change<S: StoreRead + ?Sized>(
        &mut self,
        store: &S,
        class: Role,
        kind: Kind,
        one: &Contribution,
        sign: i64,
    ) -> Result<(), StoreError> {
        let cell = |span: Span, day: i32| cell_key(span, span.start(day), class, kind, &one.region);
        for span in Span::ALL {
            let tally = self.tally(store, cell(span, one.day))?;
            tally.add(&one.tally, sign);
            if sign < 0 {
                tally.superseded += 1;
            }
        }
        // A region's figure covers a day once, however many reports give one.
        for day in &one.covers {
            let tally = self.tally(store, cell(Span::Day, *day))?;
            let before = state(tally);
            tally.covered += sign * one.tally.figures;
            tally.blind += sign * one.tally.not_known;
            let after = state(tally);
            if before != after {
                for span in [Span::Week, Span::Month] {
                    let tally = self.tally(store, cell(span, *day))?;
                    tally.covered += after.0 - before.0;
                    tally.blind += after.1 - before.1;
                }
            }
        }
        Ok(())
    }

    fn tally<S: StoreRead + ?Sized>(&mut self, store: &S, cell: Vec<u8>) -> Result<&mut Tally, StoreError> {
        match self.cells.entry(cell) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(new) => {
                let kept = store.get(Space::Views, new.key())?;
                Ok(new.insert(kept.as_deref().and_then(Tally::decode).unwrap_or_default()))
            }
        }
    }

    /// Adds the counters to `changes`.
    pub(crate) fn write<S: StoreRead + ?Sized>(
        &self,
        store: &S,
        changes: &mut Changes,
    ) -> Result<(), StoreError> {
        for (cell, tally) in &self.cells {
            changes.put(Space::Views, cell, &tally.encode());
        }
        for ((day, class, kind), n) in &self.recorded {
            let key = recorded_key(*day, *class, *kind);
            let before = store.get(Space::Views, &key)?.and_then(|bytes| bytes.try_into().ok());
            let total = before.map_or(0, u64::from_be_bytes) + n;
            changes.put(Space::Views, &key, &total.to_be_bytes());
        }
        Ok(())
    }
}

/// Coverage of a day: 1 where a figure covers it, and 1 where only the word does that it is not known.
fn state(day: &Tally) -> (i64, i64) {
    let covered = day.covered > 0;
    (i64::from(covered), i64::from(!covered && day.blind > 0))
}
