//! Tiles (`c2sp.org/tlog-tiles`): the coordinates and paths under which hashes and entries are published, and
//! hashes read out of tiles.
//!
//! Tiles are 8 binary levels high, so a full tile holds 256 hashes. The tile at level `l` and index `n` holds
//! the roots of the perfect subtrees of 256^l leaves, from subtree `256·n` on.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::encoding::{excerpt, parse_decimal};
use crate::hash::{HASH_LEN, Hash, node_hash};
use crate::proof::HashSource;

/// Binary levels in a tile.
pub const TILE_HEIGHT: u8 = 8;

/// Hashes in a full tile, entries in a full bundle.
pub const TILE_WIDTH: u16 = 256;

/// Bytes of a full tile.
pub const TILE_BYTES: usize = 8_192;

/// The highest tile level that can be named (`tile/<L>`, L from 0 to 63); no tree of 2^64 leaves reaches level 8.
pub const MAX_TILE_LEVEL: u8 = 63;

/// One tile of hashes as it stands in a tree of some size: full or partial.
///
/// Ordered by level, index, width.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct TileCoord {
    level: u8,
    index: u64,
    width: u16,
}

impl TileCoord {
    /// The tile at `level` (0 to 63) and `index` with `width` hashes (1 to 256; 256 is the full tile).
    pub fn new(level: u8, index: u64, width: u16) -> Result<Self, TileError> {
        if level > MAX_TILE_LEVEL {
            return Err(TileError::Level { level });
        }
        check_width(width)?;
        Ok(Self { level, index, width })
    }

    /// The tile at `level` and `index` in a tree of `size` leaves; an error when that tree has no such tile.
    pub fn in_tree(level: u8, index: u64, size: u64) -> Result<Self, TileError> {
        if level > MAX_TILE_LEVEL {
            return Err(TileError::Level { level });
        }
        let width =
            width_at(hashes_at(size, level), index).ok_or(TileError::NotInTree { level, index, size })?;
        Ok(Self { level, index, width })
    }

    /// Tile level: 0 holds leaf hashes.
    #[must_use]
    pub const fn level(&self) -> u8 {
        self.level
    }

    /// Index of the tile within its level.
    #[must_use]
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// Number of hashes, 1 to 256.
    #[must_use]
    pub const fn width(&self) -> u16 {
        self.width
    }

    /// Reports whether this is a full tile, which never changes again.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.width == TILE_WIDTH
    }

    /// The full tile of the same place: what to fetch when the partial one has gone.
    #[must_use]
    pub const fn full(self) -> Self {
        Self { width: TILE_WIDTH, ..self }
    }

    /// Number of bytes of the tile: 32 for each hash.
    #[must_use]
    pub fn byte_len(&self) -> usize {
        usize::from(self.width) * HASH_LEN
    }
}

impl fmt::Display for TileCoord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tile/{}/", self.level)?;
        write_place(f, self.index, self.width)
    }
}

/// One bundle of entries as it stands in a tree of some size: full or partial.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct BundleCoord {
    index: u64,
    width: u16,
}

impl BundleCoord {
    /// The bundle at `index` with `width` entries (1 to 256; 256 is the full bundle).
    pub fn new(index: u64, width: u16) -> Result<Self, TileError> {
        check_width(width)?;
        Ok(Self { index, width })
    }

    /// The bundle at `index` in a tree of `size` leaves; an error when that tree has no such bundle.
    pub fn in_tree(index: u64, size: u64) -> Result<Self, TileError> {
        let width = width_at(size, index).ok_or(TileError::NotInTree { level: 0, index, size })?;
        Ok(Self { index, width })
    }

    /// The bundle that holds entry `entry` in a tree of `size` leaves, and the entry's place in it (0 to 255).
    pub fn of_entry(entry: u64, size: u64) -> Result<(Self, u8), TileError> {
        if entry >= size {
            return Err(TileError::NotInTree { level: 0, index: entry / u64::from(TILE_WIDTH), size });
        }
        let [.., place] = entry.to_be_bytes();
        Ok((Self::in_tree(entry / u64::from(TILE_WIDTH), size)?, place))
    }

    /// Index of the bundle.
    #[must_use]
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// Number of entries, 1 to 256.
    #[must_use]
    pub const fn width(&self) -> u16 {
        self.width
    }

    /// Reports whether this is a full bundle, which never changes again.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.width == TILE_WIDTH
    }

    /// The full bundle of the same place: what to fetch when the partial one has gone.
    #[must_use]
    pub const fn full(self) -> Self {
        Self { width: TILE_WIDTH, ..self }
    }

    /// Number of the first entry in the bundle; an error beyond the largest tree.
    pub fn first_entry(&self) -> Result<u64, TileError> {
        self.index.checked_mul(u64::from(TILE_WIDTH)).ok_or(TileError::Index { index: self.index })
    }
}

impl fmt::Display for BundleCoord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("tile/entries/")?;
        write_place(f, self.index, self.width)
    }
}

/// A path below a log's prefix that is a tile or a bundle: `tile/<L>/<N>[.p/<W>]`, `tile/entries/<N>[.p/<W>]`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum TilePath {
    /// A tile of hashes.
    Tile(TileCoord),
    /// A bundle of entries.
    Entries(BundleCoord),
}

impl FromStr for TilePath {
    type Err = TileError;

    /// Reads exactly what `Display` writes: every tile has one path.
    fn from_str(path: &str) -> Result<Self, TileError> {
        let refuse = || TileError::Path { path: excerpt(path) };
        let rest = path.strip_prefix("tile/").ok_or_else(refuse)?;
        let (kind, place) = rest.split_once('/').ok_or_else(refuse)?;
        let (index, width) = parse_place(place).ok_or_else(refuse)?;
        if kind == "entries" {
            return Ok(Self::Entries(BundleCoord { index, width }));
        }
        let level = parse_decimal(kind).and_then(|level| u8::try_from(level).ok()).ok_or_else(refuse)?;
        TileCoord::new(level, index, width).map(Self::Tile)
    }
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tile(coord) => coord.fmt(f),
            Self::Entries(coord) => coord.fmt(f),
        }
    }
}

impl From<TileCoord> for TilePath {
    fn from(coord: TileCoord) -> Self {
        Self::Tile(coord)
    }
}

impl From<BundleCoord> for TilePath {
    fn from(coord: BundleCoord) -> Self {
        Self::Entries(coord)
    }
}

/// Number of hashes at a tile level in a tree of `size` leaves: ⌊size / 256^level⌋.
#[must_use]
pub fn hashes_at(size: u64, level: u8) -> u64 {
    size.checked_shr(u32::from(level) * u32::from(TILE_HEIGHT)).unwrap_or(0)
}

/// Number of full tiles at a tile level in a tree of `size` leaves: ⌊size / 256^(level + 1)⌋.
#[must_use]
pub fn full_tiles(size: u64, level: u8) -> u64 {
    hashes_at(size, level) / u64::from(TILE_WIDTH)
}

/// Width of the partial tile at a tile level in a tree of `size` leaves, 0 to 255: ⌊size / 256^level⌋ mod 256.
///
/// 0 means that there is no partial tile; empty tiles are never served.
#[must_use]
pub fn partial_width(size: u64, level: u8) -> u16 {
    let [.., low] = hashes_at(size, level).to_be_bytes();
    u16::from(low)
}

/// The partial tiles at the right edge of a tree of `size` leaves, lowest level first.
pub fn partial_tiles(size: u64) -> impl Iterator<Item = TileCoord> {
    levels(size).filter_map(move |level| TileCoord::in_tree(level, full_tiles(size, level), size).ok())
}

/// Every tile a tree of `size` leaves has, lowest level first, partial ones last in their level.
pub fn tiles(size: u64) -> impl Iterator<Item = TileCoord> {
    new_tiles(0, size)
}

/// The tiles of a tree of `new_size` leaves that one of `old_size` leaves did not have: what an append must
/// publish. Partial tiles outgrown by full ones are not in it.
pub fn new_tiles(old_size: u64, new_size: u64) -> impl Iterator<Item = TileCoord> {
    levels(new_size).flat_map(move |level| {
        let (old, new) = (hashes_at(old_size, level), hashes_at(new_size, level));
        changed_places(old, new).map(move |(index, width)| TileCoord { level, index, width })
    })
}

/// The bundles of a tree of `new_size` leaves that one of `old_size` leaves did not have.
pub fn new_bundles(old_size: u64, new_size: u64) -> impl Iterator<Item = BundleCoord> {
    changed_places(old_size, new_size).map(|(index, width)| BundleCoord { index, width })
}

/// A source of tiles: a store, a directory, a server.
pub trait TileReader {
    /// Error of reading a tile.
    type Error;

    /// The bytes of a tile.
    ///
    /// For a partial tile a wider one of the same place may be given, because it begins with the same bytes and
    /// a log may have removed the partial one. Only tiles implied by a verified checkpoint are asked for.
    fn tile(&self, coord: TileCoord) -> Result<Cow<'_, [u8]>, Self::Error>;
}

impl<R: TileReader + ?Sized> TileReader for &R {
    type Error = R::Error;

    fn tile(&self, coord: TileCoord) -> Result<Cow<'_, [u8]>, R::Error> {
        (**self).tile(coord)
    }
}

/// Hashes of a tree of a given size, computed from its tiles.
///
/// Tiles are believed, not checked: verify a proof made from them against the root of a checkpoint before use.
#[derive(Clone, Copy, Debug)]
pub struct TileHashes<R> {
    reader: R,
    size: u64,
}

impl<R: TileReader> TileHashes<R> {
    /// Reads the tree of `size` leaves, the size of a checkpoint, through `reader`.
    pub const fn new(reader: R, size: u64) -> Self {
        Self { reader, size }
    }

    /// Number of leaves of the tree.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }
}

impl<R: TileReader> HashSource for TileHashes<R> {
    type Error = TileHashError<R::Error>;

    fn node(&self, level: u8, index: u64) -> Result<Hash, Self::Error> {
        let missing = || TileHashError::NotInTree { level, index, size: self.size };
        // The node spans 2^height hashes of one tile at this tile level.
        let (tile_level, height) = (level / TILE_HEIGHT, level % TILE_HEIGHT);
        let count = 1u64 << height;
        let first = index.checked_mul(count).ok_or_else(missing)?;
        let end = first.checked_add(count).ok_or_else(missing)?;
        if end > hashes_at(self.size, tile_level) {
            return Err(missing());
        }
        let coord = TileCoord::in_tree(tile_level, first / u64::from(TILE_WIDTH), self.size)
            .map_err(|_| missing())?;
        let tile = self.reader.tile(coord).map_err(TileHashError::Read)?;
        let hashes = tile_hashes(&tile, coord).map_err(TileHashError::Tile)?;
        let [.., skip] = first.to_be_bytes();
        // At most 128 hashes of at most 256.
        let leaves: Vec<Hash> = hashes.skip(usize::from(skip)).take(1 << height).collect();
        perfect_root(leaves).ok_or_else(missing)
    }
}

/// The hashes of a tile; refuses bytes of the wrong length. A wider tile of the same place is taken in part.
pub fn tile_hashes(bytes: &[u8], coord: TileCoord) -> Result<impl Iterator<Item = Hash> + '_, TileError> {
    if bytes.len() < coord.byte_len() || bytes.len() > TILE_BYTES || !bytes.len().is_multiple_of(HASH_LEN) {
        return Err(TileError::ByteLength { coord, expected: coord.byte_len(), found: bytes.len() });
    }
    let (hashes, _) = bytes.as_chunks::<HASH_LEN>();
    Ok(hashes.iter().take(usize::from(coord.width)).map(|hash| Hash::from_bytes(*hash)))
}

/// Root of a power of two of hashes; `None` for any other number.
pub(crate) fn perfect_root(mut hashes: Vec<Hash>) -> Option<Hash> {
    if !hashes.len().is_power_of_two() {
        return None;
    }
    while hashes.len() > 1 {
        hashes = hashes.as_chunks::<2>().0.iter().map(|[left, right]| node_hash(left, right)).collect();
    }
    hashes.first().copied()
}

/// Tile levels with any hash in a tree of `size` leaves: at most 8.
fn levels(size: u64) -> impl Iterator<Item = u8> {
    (0..8).take_while(move |level| hashes_at(size, *level) > 0)
}

/// Width of the tile at `index` when its level has `count` hashes; `None` when the tile is empty.
fn width_at(count: u64, index: u64) -> Option<u16> {
    let first = index.checked_mul(u64::from(TILE_WIDTH))?;
    let left = count.checked_sub(first).filter(|left| *left > 0)?;
    Some(u16::try_from(left).unwrap_or(TILE_WIDTH).min(TILE_WIDTH))
}

/// Places (index, width) that differ between a level with `old` and one with `new` hashes.
fn changed_places(old: u64, new: u64) -> impl Iterator<Item = (u64, u16)> {
    let width = u64::from(TILE_WIDTH);
    let places = if new > old { old / width..new.div_ceil(width) } else { 0..0 };
    places.filter_map(move |index| width_at(new, index).map(|width| (index, width)))
}

fn check_width(width: u16) -> Result<(), TileError> {
    if (1..=TILE_WIDTH).contains(&width) { Ok(()) } else { Err(TileError::Width { width }) }
}

fn write_place(f: &mut fmt::Formatter<'_>, index: u64, width: u16) -> fmt::Result {
    let mut groups = [0u64; 7];
    let mut rest = index;
    let mut used = 0;
    for group in &mut groups {
        *group = rest % 1000;
        rest /= 1000;
        used += 1;
        if rest == 0 {
            break;
        }
    }
    for (left, group) in groups.iter().enumerate().take(used).rev() {
        if left > 0 {
            write!(f, "x{group:03}/")?;
        } else {
            write!(f, "{group:03}")?;
        }
    }
    if width < TILE_WIDTH {
        write!(f, ".p/{width}")?;
    }
    Ok(())
}

/// Reads `<N>[.p/<W>]` with `N` in groups of three digits; `None` unless it is the one spelling of its place.
fn parse_place(text: &str) -> Option<(u64, u16)> {
    let (digits, width) = match text.split_once(".p/") {
        Some((digits, width)) => {
            let width = parse_decimal(width).and_then(|width| u16::try_from(width).ok())?;
            (digits, Some(width).filter(|width| (1..TILE_WIDTH).contains(width))?)
        }
        None => (text, TILE_WIDTH),
    };
    let mut groups = digits.split('/').rev();
    let last = parse_group(groups.next()?)?;
    let mut index = last;
    let mut weight = 1u64;
    let mut leading = None;
    for group in groups {
        let group = parse_group(group.strip_prefix('x')?)?;
        weight = weight.checked_mul(1000)?;
        index = index.checked_add(group.checked_mul(weight)?)?;
        leading = Some(group);
    }
    // A leading group of zeros would be a second spelling.
    (leading != Some(0)).then_some((index, width))
}

fn parse_group(text: &str) -> Option<u64> {
    let digits = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

/// Reasons for which a tile, its place or its path is refused.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum TileError {
    /// The level is beyond [`MAX_TILE_LEVEL`].
    #[error("tile level {level} exceeds the limit of {MAX_TILE_LEVEL}")]
    Level {
        /// Level given.
        level: u8,
    },
    /// The index is beyond the largest tree.
    #[error("tile index {index} lies beyond the largest tree")]
    Index {
        /// Index given.
        index: u64,
    },
    /// The width is 0 or beyond [`TILE_WIDTH`].
    #[error("a tile width of {width} is not between 1 and {TILE_WIDTH}")]
    Width {
        /// Width given.
        width: u16,
    },
    /// The tree is too small to have this tile.
    #[error("a tree of size {size} has no tile {index} at level {level}")]
    NotInTree {
        /// Tile level.
        level: u8,
        /// Tile index.
        index: u64,
        /// Size of the tree.
        size: u64,
    },
    /// The text is not the path of a tile.
    #[error("`{path}` is not the path of a tile")]
    Path {
        /// Beginning of the path.
        path: String,
    },
    /// The bytes do not fit the width.
    #[error("{coord} is {found} bytes long, but must be {expected}")]
    ByteLength {
        /// The tile.
        coord: TileCoord,
        /// Bytes its width implies.
        expected: usize,
        /// Bytes found.
        found: usize,
    },
}

/// Reasons for which tiles do not yield a hash.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum TileHashError<E> {
    /// The reader failed.
    #[error("a tile could not be read")]
    Read(#[source] E),
    /// The bytes that were read are not the tile.
    #[error("a tile is malformed")]
    Tile(#[source] TileError),
    /// The subtree is not complete in a tree of this size.
    #[error("a tree of size {size} has no complete subtree {index} at height {level}")]
    NotInTree {
        /// Binary level asked for.
        level: u8,
        /// Subtree asked for.
        index: u64,
        /// Size of the tree.
        size: u64,
    },
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_tree_of_70000_has_the_widths_of_the_specification() {
        let size = 70_000;
        let shape: Vec<(u64, u16)> =
            (0..4).map(|level| (full_tiles(size, level), partial_width(size, level))).collect();
        assert_eq!(shape, [(273, 112), (1, 17), (0, 1), (0, 0)]);
        assert_eq!(tiles(size).count(), 274 + 2 + 1);
        let edge: Vec<String> = partial_tiles(size).map(|coord| coord.to_string()).collect();
        assert_eq!(edge, ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"]);
        let paths: Vec<String> = tiles(256).map(|coord| coord.to_string()).collect();
        assert_eq!(paths, ["tile/0/000", "tile/1/000.p/1"]);
        assert_eq!(tiles(0).count(), 0);
    }

    #[test]
    fn paths_are_spelled_one_way() {
        for (path, coord) in [
            ("tile/0/x001/x234/067.p/12", TilePath::from(TileCoord::new(0, 1_234_067, 12).unwrap())),
            ("tile/63/000", TileCoord::new(63, 0, 256).unwrap().into()),
            ("tile/entries/999.p/255", BundleCoord::new(999, 255).unwrap().into()),
            ("tile/entries/x001/000", BundleCoord::new(1000, 256).unwrap().into()),
            ("tile/0/x018/x446/x744/x073/x709/x551/615", TileCoord::new(0, u64::MAX, 256).unwrap().into()),
        ] {
            assert_eq!(coord.to_string(), path);
            assert_eq!(path.parse(), Ok(coord));
        }
        for path in [
            "",
            "tile",
            "tile/0",
            "tile/0/",
            "/tile/0/000",
            "tile/00/000",
            "tile/64/000",
            "tile/256/000",
            "tile/-1/000",
            "tile/0/00",
            "tile/0/0000",
            "tile/0/x000/001",
            "tile/0/001/002",
            "tile/0/x001",
            "tile/0/x001/x002",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/000.p/01",
            "tile/0/000.p/1/",
            "tile/0/000.p/",
            "tile/0/000/",
            "tile/0/x018/x446/x744/x073/x709/x551/616",
            "tile/0/x001/x000/x000/x000/x000/x000/x000/000",
            "tile/data/000",
            "tile/0/+01",
        ] {
            assert!(path.parse::<TilePath>().is_err(), "{path}");
        }
    }

    #[test]
    fn limits_hold_at_the_edge() {
        assert!(TileCoord::new(MAX_TILE_LEVEL, 0, 256).is_ok());
        assert_eq!(TileCoord::new(MAX_TILE_LEVEL + 1, 0, 256), Err(TileError::Level { level: 64 }));
        assert!(BundleCoord::new(0, 1).is_ok());
        assert_eq!(BundleCoord::new(0, 0), Err(TileError::Width { width: 0 }));
        assert_eq!(TileCoord::new(0, 0, 257), Err(TileError::Width { width: 257 }));
        assert_eq!(BundleCoord::of_entry(255, 256).unwrap(), (BundleCoord::new(0, 256).unwrap(), 255));
        assert_eq!(BundleCoord::of_entry(256, 257).unwrap(), (BundleCoord::new(1, 1).unwrap(), 0));
        assert!(BundleCoord::of_entry(257, 257).is_err());
        assert!(BundleCoord::new(u64::MAX, 1).unwrap().first_entry().is_err());
        assert!(TileCoord::in_tree(0, u64::MAX, u64::MAX).is_err());
        assert_eq!(tiles(u64::MAX).map(|coord| coord.level()).next(), Some(0));
        assert_eq!(partial_tiles(u64::MAX).count(), 8);
    }

    #[test]
    fn an_append_publishes_only_what_changed() {
        let paths = |old, new| new_tiles(old, new).map(|coord| coord.to_string()).collect::<Vec<_>>();
        assert_eq!(paths(0, 1), ["tile/0/000.p/1"]);
        assert_eq!(paths(255, 256), ["tile/0/000", "tile/1/000.p/1"]);
        assert_eq!(paths(256, 257), ["tile/0/001.p/1"]);
        assert_eq!(paths(5, 5), [""; 0]);
        assert_eq!(paths(6, 5), [""; 0]);
        let bundles: Vec<String> = new_bundles(255, 513).map(|coord| coord.to_string()).collect();
        assert_eq!(bundles, ["tile/entries/000", "tile/entries/001", "tile/entries/002.p/1"]);
    }

    #[test]
    fn tile_bytes_are_measured() {
        let coord = TileCoord::new(0, 0, 2).unwrap();
        assert_eq!(tile_hashes(&[0; 64], coord).unwrap().count(), 2);
        assert_eq!(tile_hashes(&[0; TILE_BYTES], coord).unwrap().count(), 2);
        for length in [0, 32, 63, 65, TILE_BYTES + HASH_LEN] {
            assert!(tile_hashes(&vec![0; length], coord).is_err(), "{length}");
        }
    }
}
