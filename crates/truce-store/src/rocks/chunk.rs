//! Entries are stored in chunks: neighbours of one batch in one row of some kilobytes, under the
//! position of the last of them. A row per entry would cost twice the processor time and more room.
//!
//! A chunk is its number of entries (big-endian u16), their lengths (big-endian u32 each), and their
//! bytes. The key is the position of the last entry (big-endian u64), so that the first key at or
//! after a position finds the chunk that holds it.

use std::ops::Range;

use crate::StoreError;

/// A chunk takes no further entry when it has this many bytes...
const ENOUGH_BYTES: usize = 15 * 1024;
/// ... or this many entries.
const ENOUGH_ENTRIES: usize = 256;

const COUNT: usize = 2;
const LENGTH: usize = 4;

/// Splits the entries of a batch that begins at `first` into chunks and hands each to `put`, as the
/// position of its last entry and its bytes.
pub(super) fn encode(
    first: u64,
    entries: &[Vec<u8>],
    mut put: impl FnMut(u64, &[u8]),
) -> Result<(), StoreError> {
    let mut position = first;
    let mut rest = entries;
    let mut chunk = Vec::with_capacity(2 * ENOUGH_BYTES);
    while !rest.is_empty() {
        let mut bytes = 0;
        let full = |entry: &Vec<u8>| {
            let full = bytes >= ENOUGH_BYTES;
            bytes += entry.len();
            full
        };
        let count = rest.iter().take(ENOUGH_ENTRIES).position(full).unwrap_or(rest.len().min(ENOUGH_ENTRIES));
        let (these, others) = rest.split_at_checked(count).unwrap_or((rest, &[]));
        chunk.clear();
        chunk.extend_from_slice(&u16::try_from(count).unwrap_or_default().to_be_bytes());
        for entry in these {
            let len =
                u32::try_from(entry.len()).map_err(|_| StoreError::misuse("an entry of 4 GiB or more"))?;
            chunk.extend_from_slice(&len.to_be_bytes());
        }
        for entry in these {
            chunk.extend_from_slice(entry);
        }
        position += count as u64;
        put(position - 1, &chunk);
        rest = others;
    }
    Ok(())
}

/// A chunk as stored, its shape verified.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunk<'a> {
    first: u64,
    lengths: &'a [u8],
    bytes: &'a [u8],
}

impl<'a> Chunk<'a> {
    /// Reads a row. [`StoreError::Corrupt`] if key and value do not fit together.
    pub(super) fn parse(key: &[u8], value: &'a [u8]) -> Result<Self, StoreError> {
        Self::read(key, value).ok_or_else(|| StoreError::corrupt(format!("the entries under key {key:02x?}")))
    }

    fn read(key: &[u8], value: &'a [u8]) -> Option<Self> {
        let last = u64::from_be_bytes(key.try_into().ok()?);
        let (count, rest) = value.split_first_chunk::<COUNT>()?;
        let count = u16::from_be_bytes(*count);
        let (lengths, bytes) = rest.split_at_checked(LENGTH * usize::from(count))?;
        let total = lengths
            .as_chunks::<LENGTH>()
            .0
            .iter()
            .map(|len| u64::from(u32::from_be_bytes(*len)))
            .sum::<u64>();
        let first = last.checked_add(1)?.checked_sub(u64::from(count))?;
        (count > 0 && total == bytes.len() as u64).then_some(Self { first, lengths, bytes })
    }

    /// The positions it holds.
    pub(super) fn range(&self) -> Range<u64> {
        self.first..self.first + (self.lengths.len() / LENGTH) as u64
    }

    /// Its entries with their positions.
    pub(super) fn entries(self) -> impl Iterator<Item = (u64, &'a [u8])> {
        let mut rest = self.bytes;
        (self.first..).zip(self.lengths.as_chunks::<LENGTH>().0).map_while(move |(position, len)| {
            let (entry, others) = rest.split_at_checked(u32::from_be_bytes(*len) as usize)?;
            rest = others;
            Some((position, entry))
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use super::*;

    fn rows(first: u64, entries: &[Vec<u8>]) -> Vec<([u8; 8], Vec<u8>)> {
        let mut rows = Vec::new();
        encode(first, entries, |last, chunk| rows.push((last.to_be_bytes(), chunk.to_vec()))).unwrap();
        rows
    }

    #[test]
    fn chunks_hold_every_entry_once() {
        let sizes = [0, 1, 1100, 5000, 16 * 1024, 65_535, 3, 0, 15 * 1024 - 1, 2, 2];
        let mut entries: Vec<Vec<u8>> =
            sizes.iter().map(|len| vec![usize::to_le_bytes(*len)[0]; *len]).collect();
        entries.extend(vec![vec![]; 600]);
        let rows = rows(40, &entries);
        let mut next = 40;
        let mut given = entries.iter();
        for (key, value) in &rows {
            let chunk = Chunk::parse(key, value).unwrap();
            assert_eq!(chunk.range().start, next);
            for (position, entry) in chunk.entries() {
                assert_eq!((position, entry), (next, &given.next().unwrap()[..]));
                next += 1;
            }
            assert_eq!(chunk.range().end, next);
        }
        assert_eq!(next, 40 + entries.len() as u64);
        assert!(rows.len() > 4);
    }

    #[test]
    fn a_chunk_that_does_not_add_up_is_refused() {
        let rows = rows(0, &[b"one".to_vec(), b"two".to_vec()]);
        let (key, value) = &rows[0];
        assert_eq!(*key, 1_u64.to_be_bytes());
        for cut in 0..value.len() {
            assert!(Chunk::parse(key, &value[..cut]).is_err());
        }
        let mut longer = value.clone();
        longer.push(0);
        assert!(Chunk::parse(key, &longer).is_err());
        assert!(Chunk::parse(&0_u64.to_be_bytes(), value).is_err());
        assert!(Chunk::parse(&key[1..], value).is_err());
        assert!(Chunk::parse(&u64::MAX.to_be_bytes(), &[0, 0]).is_err());
    }
}
