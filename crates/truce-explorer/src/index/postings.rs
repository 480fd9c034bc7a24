//! Rows of positions: written once for each batch, read from the newest down.

use super::Term;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use truce_log::index::positions;
use truce_store::{Changes, ScanRange, Space, StoreError, StoreRead};

/// Entries that one row can speak of: bounds what one step of a search decodes.
pub const BLOCK: u64 = 1024;

/// A batch of at least this many entries writes rows of its own. A smaller one goes on with the last row, so that a log
/// that grows by single entries does not end with a row for each of them.
const OWN_ROWS: u64 = 512;

/// What a batch adds to the lists of terms.
#[derive(Debug, Default)]
pub(crate) struct Postings {
    /// Positions in order, for terms that are not loose.
    rows: BTreeMap<Vec<u8>, Vec<u64>>,
    /// Positions of loose terms.
    loose: Vec<(Vec<u8>, u64)>,
}

impl Postings {
    /// Adds `position` to the list of `term`; positions of one term come in order, unless it is loose.
    pub(crate) fn add(&mut self, term: &Term, position: u64) {
        if term.is_loose() {
            self.loose.push((term.key(), position));
            return;
        }
        let row = self.rows.entry(term.key()).or_default();
        if row.last() != Some(&position) {
            row.push(position);
        }
    }

    /// The positions that this batch adds to a term.
    pub(crate) fn of(&self, term: &Term) -> &[u64] {
        self.rows.get(&term.key()).map(Vec::as_slice).unwrap_or_default()
    }

    /// Adds the rows to `changes`; `entries` is how many the batch has.
    pub(crate) fn write<S: StoreRead + ?Sized>(
        &self,
        entries: u64,
        store: &S,
        changes: &mut Changes,
    ) -> Result<(), StoreError> {
        for (term, all) in &self.rows {
            for block in all.chunk_by(|one, next| one / BLOCK == next / BLOCK) {
                let Some(first) = block.first() else { continue };
                let mut row = Vec::new();
                if entries < OWN_ROWS {
                    row = last_row(store, term, *first)?.unwrap_or_default();
                    if row.first().is_none_or(|begins| begins / BLOCK != first / BLOCK) {
                        row.clear();
                    }
                }
                row.extend_from_slice(block);
                put(changes, term, &row);
            }
        }
        for (term, position) in &self.loose {
            put(changes, term, &[*position]);
        }
        Ok(())
    }
}

/// Writes `row`, which is in order and not empty, under its first position.
fn put(changes: &mut Changes, term: &[u8], row: &[u64]) {
    let Some(first) = row.first() else { return };
    let mut gaps = Vec::with_capacity(row.len());
    for (before, here) in row.iter().zip(row.iter().skip(1)) {
        let mut gap = here - before;
        while gap >= 0x80 {
            gaps.push(0x80 | gap.to_le_bytes()[0] & 0x7f);
            gap >>= 7;
        }
        gaps.push(gap.to_le_bytes()[0]);
    }
    changes.put(Space::By, &[term, &first.to_be_bytes()].concat(), &gaps);
}

/// The positions of the last row of `term` that begins at or before `position`.
fn last_row<S: StoreRead + ?Sized>(
    store: &S,
    term: &[u8],
    position: u64,
) -> Result<Option<Vec<u64>>, StoreError> {
    let end = [term, &position.saturating_add(1).to_be_bytes()].concat();
    let mut row = None;
    store.scan(Space::By, &ScanRange::between(term, &end).backward().limit(1), &mut |key, gaps| {
        row = Some(positions(key, gaps).take(usize::try_from(BLOCK).unwrap_or(usize::MAX)).collect());
        ControlFlow::Break(())
    })?;
    Ok(row)
}

/// The oldest position of a term above `position`.
pub(crate) fn next_after<S: StoreRead + ?Sized>(
    store: &S,
    term: &Term,
    position: u64,
) -> Result<Option<u64>, StoreError> {
    let term = term.key();
    let row = last_row(store, &term, position)?.unwrap_or_default();
    if let Some(next) = row.into_iter().find(|other| *other > position) {
        return Ok(Some(next));
    }
    let from = [&term[..], &position.saturating_add(1).to_be_bytes()].concat();
    let to = [&term[..], &[0xff; 8]].concat();
    let mut next = None;
    store.scan(Space::By, &ScanRange::between(&from, &to).limit(1), &mut |key, gaps| {
        next = positions(key, gaps).next();
        ControlFlow::Break(())
    })?;
    Ok(next)
}

/// The list of one term, read from the newest position down, one row at a time.
#[derive(Debug)]
pub struct Cursor {
    term: Vec<u8>,
    /// Positions of the row looked at last.
    row: Vec<u64>,
    /// No position at or above this one is left unseen below the row; `None` once the list has ended.
    open: bool,
    /// Rows read so far.
    read: u64,
}

impl Cursor {
    /// The list of `term`.
    #[must_use]
    pub fn new(term: &Term) -> Self {
        Self { term: term.key(), row: Vec::new(), open: true, read: 0 }
    }

    /// The newest position of the list at or below `target`. Targets never go up.
    pub fn seek<S: StoreRead + ?Sized>(&mut self, store: &S, target: u64) -> Result<Option<u64>, StoreError> {
        loop {
            let below = self.row.partition_point(|position| *position <= target);
            self.row.truncate(below);
            if let Some(position) = self.row.last() {
                return Ok(Some(*position));
            }
            if !self.open {
                return Ok(None);
            }
            self.read += 1;
            match last_row(store, &self.term, target)? {
                Some(row) => self.row = row,
                None => self.open = false,
            }
            // A row begins at or before the target, so it always has a position to give.
        }
    }

    /// Rows read so far: what the search has cost.
    #[must_use]
    pub fn read(&self) -> u64 {
        self.read
    }
}
