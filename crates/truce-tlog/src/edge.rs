//! The tiles at the right edge of a growing tree, kept in memory while leaves are appended.

use std::borrow::Cow;

use thiserror::Error;

use crate::hash::Hash;
use crate::range::{CompactRange, MAX_TREE_SIZE};
use crate::tile::{
    TILE_BYTES, TILE_HEIGHT, TileCoord, TileError, TileReader, full_tiles, partial_tiles, perfect_root,
    tile_hashes,
};

/// A tile that has just become full.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FullTile {
    /// Coordinates under which it is published.
    pub coord: TileCoord,
    /// Its 8,192 bytes.
    pub bytes: Vec<u8>,
}

/// Builds tiles from leaf hashes: emits each full tile once and holds the partial ones.
///
/// State is at most 8 partial tiles and 63 peaks, so a clone before a batch and a swap after its commit is cheap.
///
/// Invariant: `levels[l]` holds the `partial_width(size, l)` hashes of the partial tile at tile level `l`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct EdgeTiles {
    range: CompactRange,
    levels: Vec<Vec<u8>>,
}

impl EdgeTiles {
    /// The edge of the empty tree.
    #[must_use]
    pub const fn new() -> Self {
        Self { range: CompactRange::new(), levels: Vec::new() }
    }

    /// Takes up a tree of `size` leaves from its partial tiles and checks that they lead to `root`.
    pub fn restore<R: TileReader>(size: u64, root: &Hash, reader: &R) -> Result<Self, EdgeError<R::Error>> {
        if size > MAX_TREE_SIZE {
            return Err(EdgeError::TreeTooLarge { size });
        }
        let mut levels: Vec<Vec<u8>> = Vec::new();
        // Peaks as the size's bits are set: highest level first, and in a tile from the left.
        let mut peaks = Vec::new();
        for coord in partial_tiles(size) {
            let level = usize::from(coord.level());
            levels.resize(level, Vec::new());
            let bytes = reader.tile(coord).map_err(EdgeError::Read)?;
            let mut hashes = tile_hashes(&bytes, coord).map_err(EdgeError::Tile)?;
            let mut here = Vec::new();
            for bit in (0..TILE_HEIGHT).rev().filter(|bit| coord.width() >> bit & 1 == 1) {
                here.extend(perfect_root(hashes.by_ref().take(1 << bit).collect()));
            }
            drop(hashes);
            here.append(&mut peaks);
            peaks = here;
            levels.push(bytes.get(..coord.byte_len()).unwrap_or_default().to_vec());
        }
        let range = CompactRange::from_peaks(size, peaks).map_err(|_| EdgeError::TreeTooLarge { size })?;
        let computed = range.root();
        if computed != *root {
            return Err(EdgeError::RootMismatch { size, expected: *root, computed });
        }
        Ok(Self { range, levels })
    }

    /// Appends a leaf hash; returns the tiles this completed, lowest level first, most often none.
    pub fn push(&mut self, leaf: Hash) -> Vec<FullTile> {
        let old_size = self.range.size();
        let levels = &mut self.levels;
        let mut full = Vec::new();
        self.range.push_with(leaf, |height, root| {
            if height % TILE_HEIGHT != 0 {
                return;
            }
            let level = height / TILE_HEIGHT;
            let slot = usize::from(level);
            if levels.len() <= slot {
                levels.resize(slot + 1, Vec::new());
            }
            let Some(tile) = levels.get_mut(slot) else { return };
            tile.extend_from_slice(root.as_bytes());
            if tile.len() == TILE_BYTES {
                let bytes = std::mem::take(tile);
                // The tile was partial until now, so its index is the number of full ones before this leaf.
                full.extend(
                    TileCoord::new(level, full_tiles(old_size, level), crate::tile::TILE_WIDTH)
                        .map(|coord| FullTile { coord, bytes }),
                );
            }
        });
        full
    }

    /// Number of leaves.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.range.size()
    }

    /// Merkle tree hash of all leaves so far (RFC 6962 section 2.1).
    #[must_use]
    pub fn root(&self) -> Hash {
        self.range.root()
    }

    /// The peaks of the tree, for those who keep no tiles.
    #[must_use]
    pub const fn range(&self) -> &CompactRange {
        &self.range
    }

    /// The partial tiles with their bytes, lowest level first; levels whose last tile is full have none.
    pub fn partial_tiles(&self) -> impl Iterator<Item = (TileCoord, &[u8])> {
        partial_tiles(self.size()).filter_map(|coord| self.get(coord).map(|bytes| (coord, bytes)))
    }

    /// Reads the edge from memory and every other tile through `rest`, so that proofs up to this size can be
    /// made before the partial tiles are published.
    pub const fn over<R: TileReader>(&self, rest: R) -> EdgeReader<'_, R> {
        EdgeReader { edge: self, rest }
    }

    /// The bytes of a tile if it lies at this edge, cut to the width asked for.
    fn get(&self, coord: TileCoord) -> Option<&[u8]> {
        if coord.index() != full_tiles(self.size(), coord.level()) {
            return None;
        }
        self.levels.get(usize::from(coord.level()))?.get(..coord.byte_len())
    }
}

/// A [`TileReader`] that knows the partial tiles of an [`EdgeTiles`].
#[derive(Clone, Copy, Debug)]
pub struct EdgeReader<'a, R> {
    edge: &'a EdgeTiles,
    rest: R,
}

impl<R: TileReader> TileReader for EdgeReader<'_, R> {
    type Error = R::Error;

    fn tile(&self, coord: TileCoord) -> Result<Cow<'_, [u8]>, R::Error> {
        match self.edge.get(coord) {
            Some(bytes) => Ok(Cow::Borrowed(bytes)),
            None => self.rest.tile(coord),
        }
    }
}

/// Reasons for which the edge of a tree cannot be taken up again.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum EdgeError<E> {
    /// The reader failed.
    #[error("a tile at the edge could not be read")]
    Read(#[source] E),
    /// The bytes that were read are not the tile.
    #[error("a tile at the edge is malformed")]
    Tile(#[source] TileError),
    /// The tiles are those of another tree.
    #[error("the tiles at the edge lead to root {computed} at size {size}, but {expected} was expected")]
    RootMismatch {
        /// Size of the tree.
        size: u64,
        /// Root that was given.
        expected: Hash,
        /// Root the tiles lead to.
        computed: Hash,
    },
    /// The size is beyond [`MAX_TREE_SIZE`].
    #[error("a tree size of {size} exceeds the limit of {MAX_TREE_SIZE}")]
    TreeTooLarge {
        /// The size given.
        size: u64,
    },
}
