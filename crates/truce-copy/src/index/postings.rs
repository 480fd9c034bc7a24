//! Rows of positions: written once for each batch, read from the newest down.

use super::term::{self, Term};
use std::collections::HashMap;
use std::ops::ControlFlow;
use truce_log::index::{positions, push_gap};
use truce_store::{Changes, ScanRange, Space, StoreError, StoreRead};

/// Entries that one row can speak of: bounds what one step of a search decodes.
pub const BLOCK: u64 = 1024;

/// A batch of at least this many entries writes rows of its own. A smaller one goes on with the last row, so that a log
/// that grows by single entries does not end with a row for each of them.
const OWN_ROWS: u64 = 512;

/// Positions that a batch adds to the lists of terms, by their keys.
#[derive(Debug, Default)]
pub(crate) struct Postings {
    /// Positions in order, for terms that are not loose.
    rows: HashMap<Vec<u8>, Vec<u64>>,
    /// Positions of loose terms, each once.
    loose: HashMap<Vec<u8>, Vec<u64>>,
}

impl Postings {
    /// Adds `position` to the list of a term that is not loose; positions of one term come in order.
    pub(crate) fn add(&mut self, term: &[u8], position: u64) {
        push(&mut self.rows, term, position);
    }

    /// Adds `position` to the list of `term`, loose or not.
    pub(crate) fn add_term(&mut self, term: &Term, position: u64) {
        let lists = if term.is_loose() { &mut self.loose } else { &mut self.rows };
        push(lists, &term.key(), position);
    }

    /// The positions that this batch adds to a term.
    pub(crate) fn of(&self, term: &Term) -> &[u64] {
        self.rows.get(&term.key()).map(Vec::as_slice).unwrap_or_default()
    }

    /// Number of positions that this batch adds to each term that is counted.
    pub(crate) fn counts(&self) -> impl Iterator<Item = (&[u8], u64)> {
        let all = self.rows.iter().chain(&self.loose);
        all.filter(|(term, _)| term::is_counted(term)).map(|(term, all)| (term.as_slice(), all.len() as u64))
    }

    /// Adds the rows to `changes`; `entries` is how many the batch has.
    pub(crate) fn write<S: StoreRead + ?Sized>(
        &self,
        entries: u64,
        store: &S,
        changes: &mut Changes,
    ) -> Result<(), StoreError> {
        let (mut key, mut gaps) = (Vec::new(), Vec::new());
        let mut put = |term: &[u8], row: &[u64]| {
            let Some(first) = row.first() else { return };
            key.clear();
            key.extend_from_slice(term);
            key.extend_from_slice(&first.to_be_bytes());
            write_gaps(row, &mut gaps);
            changes.put(Space::By, &key, &gaps);
        };
        for (term, all) in &self.rows {
            for block in all.chunk_by(|one, next| one / BLOCK == next / BLOCK) {
                let Some(first) = block.first().filter(|_| entries < OWN_ROWS) else {
                    put(term, block);
                    continue;
                };
                let mut row = last_row(store, term, *first)?.unwrap_or_default();
                if row.first().is_none_or(|begins| begins / BLOCK != first / BLOCK) {
                    row.clear();
                }
                row.extend_from_slice(block);
                put(term, &row);
            }
        }
        for (term, all) in &self.loose {
            for position in all {
                put(term, &[*position]);
            }
        }
        Ok(())
    }
}

fn push(lists: &mut HashMap<Vec<u8>, Vec<u64>>, term: &[u8], position: u64) {
    match lists.get_mut(term) {
        // A statement that names the same zone twice stands once.
        Some(list) if list.last() == Some(&position) => {}
        Some(list) => list.push(position),
        None => drop(lists.insert(term.to_vec(), vec![position])),
    }
}

/// Writes the part of a row behind its first position: the gaps, LEB128.
fn write_gaps(row: &[u64], gaps: &mut Vec<u8>) {
    gaps.clear();
    for (before, here) in row.iter().zip(row.iter().skip(1)) {
        push_gap(gaps, here - before);
    }
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
pub fn next_after<S: StoreRead + ?Sized>(
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
}

impl Cursor {
    /// The list of `term`.
    #[must_use]
    pub fn new(term: &Term) -> Self {
        Self { term: term.key(), row: Vec::new(), open: true }
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
            match last_row(store, &self.term, target)? {
                Some(row) => self.row = row,
                None => self.open = false,
            }
            // A row begins at or before the target, so it always has a position to give.
        }
    }
}

/// Words of 64 bits that a block takes.
const WORDS: usize = 16;
const _: () = assert!(BLOCK == 64 * WORDS as u64, "a block is a whole number of words");

/// Positions of one block, as bits: a block of several lists is met by a few instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bits([u64; WORDS]);

impl Bits {
    /// No position.
    pub const NONE: Self = Self([0; WORDS]);

    /// The positions of the block that `position` lies in, up to and with it.
    #[must_use]
    pub fn up_to(position: u64) -> Self {
        let last = offset(position);
        let mut bits = Self::NONE;
        for (word, first) in bits.0.iter_mut().zip((0_u32..).step_by(64)) {
            *word = match last.checked_sub(first) {
                None => 0,
                Some(over) => u64::MAX >> 63_u32.saturating_sub(over),
            };
        }
        bits
    }

    /// True where `position` is among them; its block is the caller's to know.
    #[must_use]
    pub fn has(&self, position: u64) -> bool {
        let at = offset(position);
        self.0.get(at as usize / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
    }

    /// Leaves those that `other` has too.
    pub fn keep(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0).for_each(|(word, other)| *word &= other);
    }

    /// Adds those of `other`.
    pub fn add(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0).for_each(|(word, other)| *word |= other);
    }

    /// The positions in `block`, the newest first.
    pub fn newest_first(self, block: u64) -> impl Iterator<Item = u64> {
        self.0.into_iter().enumerate().rev().flat_map(move |(i, mut word)| {
            let first = block * BLOCK + 64 * i as u64;
            std::iter::from_fn(move || {
                let bit = word.checked_ilog2()?;
                word ^= 1 << bit;
                Some(first + u64::from(bit))
            })
        })
    }

    /// Adds the positions of a row that begins with `first`.
    fn fill(&mut self, first: u64, gaps: &[u8]) {
        let (mut at, mut gap, mut shift) = (offset(first), 0_u32, 0);
        // The word being filled stays in a register: most gaps are short.
        let (mut word, mut bits) = (at / 64, 1 << (at % 64));
        for byte in gaps {
            gap |= u32::from(byte & 0x7f) << shift;
            if byte & 0x80 != 0 {
                // Within a block no gap takes a third byte; a row that has one was not written by us.
                shift = 7;
                continue;
            }
            at = at.saturating_add(gap);
            (gap, shift) = (0, 0);
            if at / 64 != word {
                self.add_word(word, bits);
                (word, bits) = (at / 64, 0);
            }
            bits |= 1 << (at % 64);
        }
        self.add_word(word, bits);
    }

    fn add_word(&mut self, word: u32, bits: u64) {
        if let Some(word) = self.0.get_mut(word as usize) {
            *word |= bits;
        }
    }
}

/// Offset of a position in its block.
fn offset(position: u64) -> u32 {
    u32::try_from(position % BLOCK).unwrap_or_default()
}

/// The list of one term, read from the newest block down, several blocks at a time where they are wanted one after the
/// other: making a scan ready costs more than many of its steps.
#[derive(Debug)]
pub struct Blocks {
    term: Vec<u8>,
    /// Blocks read and not passed yet, the newest last.
    ahead: Vec<(u64, Bits)>,
    /// True where anything is left below those.
    open: bool,
    /// Number of blocks to read next.
    step: usize,
    /// Rows read so far.
    read: u64,
}

/// Blocks read at first: three more than are needed cost a fifth of making another scan ready.
const FIRST_STEP: usize = 4;
/// Most blocks read at a time: 4 KiB of bits.
const MAX_STEP: usize = 32;

impl Blocks {
    /// The list of `term`.
    #[must_use]
    pub fn new(term: &Term) -> Self {
        Self { term: term.key(), ahead: Vec::new(), open: true, step: FIRST_STEP, read: 0 }
    }

    /// The newest block with positions of the list, at or below `block`. Blocks asked for never go up.
    pub fn seek<S: StoreRead + ?Sized>(&mut self, store: &S, block: u64) -> Result<Option<u64>, StoreError> {
        let newer = self.ahead.iter().rev().take_while(|(at, _)| *at > block).count();
        self.ahead.truncate(self.ahead.len() - newer);
        if newer > 1 {
            // What was read ahead was not wanted.
            self.step = 1;
        }
        if self.ahead.is_empty() && self.open {
            self.fetch(store, block)?;
        }
        Ok(self.ahead.last().map(|(at, _)| *at))
    }

    /// The positions in the block that [`Self::seek`] gave last.
    #[must_use]
    pub fn bits(&self) -> &Bits {
        self.ahead.last().map_or(&Bits::NONE, |(_, bits)| bits)
    }

    /// Rows read so far: what the search has cost.
    #[must_use]
    pub fn read(&self) -> u64 {
        self.read
    }

    fn fetch<S: StoreRead + ?Sized>(&mut self, store: &S, block: u64) -> Result<(), StoreError> {
        let end = block.saturating_add(1).saturating_mul(BLOCK);
        let range = ScanRange::between(&self.term, &[&self.term[..], &end.to_be_bytes()].concat()).backward();
        let Self { ahead, step, read, .. } = self;
        let mut more = false;
        store.scan(Space::By, &range, &mut |key, gaps| {
            let first = key.last_chunk().map_or(0, |be| u64::from_be_bytes(*be));
            let at = first / BLOCK;
            *read += 1;
            let enough = ahead.len() == *step;
            match ahead.last_mut() {
                // Small batches leave several rows in a block.
                Some((last, bits)) if *last == at => bits.fill(first, gaps),
                Some(_) if enough => {
                    more = true;
                    return ControlFlow::Break(());
                }
                _ => {
                    let mut bits = Bits::NONE;
                    bits.fill(first, gaps);
                    ahead.push((at, bits));
                }
            }
            ControlFlow::Continue(())
        })?;
        ahead.reverse();
        self.open = more;
        self.step = (self.step * 2).min(MAX_STEP);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_the_positions_they_were_made_of() {
        let row = [3 * BLOCK, 3 * BLOCK + 1, 3 * BLOCK + 63, 3 * BLOCK + 64, 3 * BLOCK + 700, 4 * BLOCK - 1];
        let (mut bits, mut gaps) = (Bits::NONE, Vec::new());
        write_gaps(&row, &mut gaps);
        bits.fill(3 * BLOCK, &gaps);
        let mut found: Vec<u64> = bits.newest_first(3).collect();
        found.reverse();
        assert_eq!(found, row);
        for position in 3 * BLOCK..4 * BLOCK {
            assert_eq!(bits.has(position), row.contains(&position));
            let mut all = Bits::up_to(position);
            assert_eq!(all.newest_first(3).count() as u64, position % BLOCK + 1);
            all.keep(&bits);
            let wanted = row.iter().filter(|other| **other <= position).count();
            assert_eq!(all.newest_first(3).count(), wanted, "{position}");
        }
    }

    #[test]
    fn a_damaged_row_fills_no_other_block() {
        let mut bits = Bits::NONE;
        bits.fill(5, &[0xff, 0xff, 0xff, 0xff, 0x7f, 1, 0x80]);
        assert_eq!(bits.newest_first(0).collect::<Vec<_>>(), [5]);
    }
}
