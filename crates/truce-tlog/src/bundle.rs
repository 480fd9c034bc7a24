//! Entry bundles: sequences of entries, each after its length in two bytes, big-endian
//! (`c2sp.org/tlog-tiles`, "Log entries").

use thiserror::Error;

use crate::tile::{BundleCoord, TILE_WIDTH};

/// The most bytes an entry may have: what its 16-bit length can say.
pub const MAX_ENTRY_BYTES: usize = 65_535;

/// The most bytes a full bundle can have: 256 entries of the largest size, each with its length.
pub const MAX_BUNDLE_BYTES: usize = TILE_WIDTH as usize * (LENGTH_BYTES + MAX_ENTRY_BYTES);

const LENGTH_BYTES: usize = 2;

/// Appends one entry with its length to the bytes of a bundle.
pub fn encode_entry(bundle: &mut Vec<u8>, entry: &[u8]) -> Result<(), BundleError> {
    let length = u16::try_from(entry.len()).map_err(|_| BundleError::EntryTooLong { found: entry.len() })?;
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(entry);
    Ok(())
}

/// The bytes of a bundle of these entries: 1 to 256 of them.
pub fn encode_bundle<T: AsRef<[u8]>>(entries: &[T]) -> Result<Vec<u8>, BundleError> {
    if entries.is_empty() || entries.len() > usize::from(TILE_WIDTH) {
        return Err(BundleError::EntryCount { found: entries.len() });
    }
    let mut bundle = Vec::new();
    for entry in entries {
        encode_entry(&mut bundle, entry.as_ref())?;
    }
    Ok(bundle)
}

/// A bundle whose lengths were all found to fit; entries are borrowed from the bytes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EntryBundle<'a> {
    entries: Vec<&'a [u8]>,
}

impl<'a> EntryBundle<'a> {
    /// Reads the bundle at `coord`: exactly `coord.width()` entries and nothing after.
    pub fn parse(bytes: &'a [u8], coord: BundleCoord) -> Result<Self, BundleError> {
        let entries: Vec<&[u8]> =
            decode_entries(bytes).take(usize::from(coord.width()) + 1).collect::<Result<_, _>>()?;
        if entries.len() > usize::from(coord.width()) {
            return Err(BundleError::TooManyEntries { coord });
        }
        if entries.len() < usize::from(coord.width()) {
            return Err(BundleError::TooFewEntries { coord, found: entries.len() });
        }
        Ok(Self { entries })
    }

    /// Reads the first `coord.width()` entries of a bundle that may be a wider one of the same place, as a client
    /// gets that asks for the full bundle because the partial one has gone.
    pub fn parse_prefix(bytes: &'a [u8], coord: BundleCoord) -> Result<Self, BundleError> {
        let entries: Vec<&[u8]> =
            decode_entries(bytes).take(usize::from(coord.width())).collect::<Result<_, _>>()?;
        if entries.len() < usize::from(coord.width()) {
            return Err(BundleError::TooFewEntries { coord, found: entries.len() });
        }
        Ok(Self { entries })
    }

    /// The entries in order.
    #[must_use]
    pub fn entries(&self) -> &[&'a [u8]] {
        &self.entries
    }
}

impl<'a> IntoIterator for EntryBundle<'a> {
    type Item = &'a [u8];
    type IntoIter = std::vec::IntoIter<&'a [u8]>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

/// Reads entries one after another without counting them; ends after the first error.
pub fn decode_entries(bytes: &[u8]) -> impl Iterator<Item = Result<&[u8], BundleError>> {
    let mut offset = 0;
    let mut number = 0;
    std::iter::from_fn(move || {
        let rest = bytes.get(offset..).filter(|rest| !rest.is_empty())?;
        let result = split_entry(rest, number, offset);
        match &result {
            Ok(entry) => offset += LENGTH_BYTES + entry.len(),
            Err(_) => offset = bytes.len(),
        }
        number += 1;
        Some(result)
    })
}

fn split_entry(rest: &[u8], number: usize, offset: usize) -> Result<&[u8], BundleError> {
    let (length, rest) =
        rest.split_first_chunk::<LENGTH_BYTES>().ok_or(BundleError::TruncatedLength { number, offset })?;
    let length = usize::from(u16::from_be_bytes(*length));
    rest.get(..length).ok_or(BundleError::TruncatedEntry { number, offset, length, left: rest.len() })
}

/// Reasons for which a bundle is refused or cannot be written.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum BundleError {
    /// An entry beyond [`MAX_ENTRY_BYTES`].
    #[error("an entry of {found} bytes exceeds the limit of {MAX_ENTRY_BYTES}")]
    EntryTooLong {
        /// Bytes of the entry.
        found: usize,
    },
    /// A bundle to be written has no entries or more than [`TILE_WIDTH`].
    #[error("a bundle of {found} entries is not between 1 and {TILE_WIDTH}")]
    EntryCount {
        /// Entries given.
        found: usize,
    },
    /// The bundle ends within the length of an entry.
    #[error("the bundle ends within the length of its entry {number} at byte {offset}")]
    TruncatedLength {
        /// Place of the entry in the bundle, from 0.
        number: usize,
        /// Byte at which the entry begins.
        offset: usize,
    },
    /// The bundle ends within an entry.
    #[error("entry {number} of the bundle at byte {offset} has length {length}, but {left} bytes are left")]
    TruncatedEntry {
        /// Place of the entry in the bundle, from 0.
        number: usize,
        /// Byte at which the entry begins.
        offset: usize,
        /// Length the entry claims.
        length: usize,
        /// Bytes left for it.
        left: usize,
    },
    /// The bundle has fewer entries than its place says.
    #[error("{coord} holds {found} entries, fewer than its width of {}", coord.width())]
    TooFewEntries {
        /// The bundle.
        coord: BundleCoord,
        /// Entries found.
        found: usize,
    },
    /// The bundle goes on after its last entry.
    #[error("{coord} goes on after its {} entries", coord.width())]
    TooManyEntries {
        /// The bundle.
        coord: BundleCoord,
    },
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn coord(width: u16) -> BundleCoord {
        BundleCoord::new(0, width).unwrap()
    }

    #[test]
    fn entries_up_to_the_limit_round_trip() {
        assert_eq!(MAX_BUNDLE_BYTES, 16_777_472);
        let entries = [vec![], vec![7; MAX_ENTRY_BYTES], b"last".to_vec()];
        let bytes = encode_bundle(&entries).unwrap();
        assert_eq!(EntryBundle::parse(&bytes, coord(3)).unwrap().entries(), entries);
        assert_eq!(EntryBundle::parse_prefix(&bytes, coord(2)).unwrap().entries(), entries.get(..2).unwrap());
        assert_eq!(
            encode_entry(&mut Vec::new(), &vec![0; MAX_ENTRY_BYTES + 1]),
            Err(BundleError::EntryTooLong { found: 65_536 })
        );
        assert!(encode_bundle(&[b""; 256]).is_ok());
        assert_eq!(encode_bundle(&[b""; 257]), Err(BundleError::EntryCount { found: 257 }));
        assert_eq!(encode_bundle::<&[u8]>(&[]), Err(BundleError::EntryCount { found: 0 }));
    }

    #[test]
    fn a_broken_bundle_says_where() {
        let bytes = encode_bundle(&[b"ab", b"cd"]).unwrap();
        let parse = |bytes: &[u8], width| EntryBundle::parse(bytes, coord(width)).map(|_| ());
        assert_eq!(
            parse(bytes.get(..5).unwrap(), 2),
            Err(BundleError::TruncatedLength { number: 1, offset: 4 })
        );
        assert_eq!(
            parse(bytes.get(..7).unwrap(), 2),
            Err(BundleError::TruncatedEntry { number: 1, offset: 4, length: 2, left: 1 })
        );
        assert_eq!(parse(&bytes, 3), Err(BundleError::TooFewEntries { coord: coord(3), found: 2 }));
        assert_eq!(parse(&bytes, 1), Err(BundleError::TooManyEntries { coord: coord(1) }));
        assert_eq!(parse(&[], 1), Err(BundleError::TooFewEntries { coord: coord(1), found: 0 }));
        assert_eq!(decode_entries(&[0, 9, 1]).count(), 1);
    }
}
