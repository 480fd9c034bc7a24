//! The tree that a checkpoint was signed for, as the source's tiles show it. Tiles are believed only as far as they
//! lead to the checkpoint's root.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::PoisonError;
use truce_source::{Source, SourceError};
use truce_tlog::{
    EdgeTiles, GenerateError, Hash, SignedCheckpoint, TileCoord, TileHashError, TileHashes, TileReader,
    consistency_proof, tile, tree_root, verify_consistency,
};

/// Tiles kept in memory: 8 KiB each. One level-1 tile serves 65,536 entries.
const MAX_TILES: usize = 256;

/// Tiles of a source under one checkpoint.
pub(crate) struct SignedTree<'a> {
    source: &'a dyn Source,
    checkpoint: &'a SignedCheckpoint,
    tiles: Mutex<HashMap<TileCoord, Vec<u8>>>,
}

/// Reason that the source's tiles do not answer.
pub(crate) enum TreeFault {
    /// They could not be read: nothing is known.
    Source(SourceError),
    /// One of them is missing, or is no tile.
    Tiles(String),
}

/// A tile could not be given.
pub(crate) enum NoTile {
    Source(SourceError),
    Missing(TileCoord),
}

impl<'a> SignedTree<'a> {
    pub(crate) fn new(source: &'a dyn Source, checkpoint: &'a SignedCheckpoint) -> Self {
        Self { source, checkpoint, tiles: Mutex::default() }
    }

    /// Checks that the tree of `size` entries with `root` is the beginning of the signed one, proven to its root.
    pub(crate) fn begins_with(&self, size: u64, root: &Hash) -> Result<bool, TreeFault> {
        let end = self.checkpoint.size();
        let proof = consistency_proof(&self.hashes(), size, end).map_err(fault)?;
        Ok(verify_consistency(size, root, end, self.checkpoint.root(), &proof).is_ok())
    }

    /// Root of the first `size` entries of the signed tree; `None` where the tiles do not lead to the signed root.
    pub(crate) fn root_at(&self, size: u64) -> Result<Option<Hash>, TreeFault> {
        let root = tree_root(&self.hashes(), size).map_err(fault)?;
        Ok(self.begins_with(size, &root)?.then_some(root))
    }

    /// The proof that the first `size` entries are a prefix of the signed tree.
    pub(crate) fn proof(&self, size: u64) -> Option<Vec<Hash>> {
        consistency_proof(&self.hashes(), size, self.checkpoint.size()).ok()
    }

    /// The leaf hashes of `range` as they were signed, behind the entries of `edge`; `None` where the tiles do not lead
    /// to the signed root.
    pub(crate) fn leaves(&self, edge: &EdgeTiles, range: Range<u64>) -> Result<Option<Vec<Hash>>, TreeFault> {
        let width = u64::from(tile::TILE_WIDTH);
        let mut edge = edge.clone();
        let mut leaves = Vec::new();
        for index in range.start / width..range.end.div_ceil(width) {
            let coord = TileCoord::in_tree(0, index, self.checkpoint.size())
                .map_err(|e| TreeFault::Tiles(e.to_string()))?;
            let bytes = self.tile(coord).map_err(|e| match e {
                NoTile::Source(e) => TreeFault::Source(e),
                NoTile::Missing(coord) => TreeFault::Tiles(format!("{coord} is missing")),
            })?;
            let hashes = tile::tile_hashes(&bytes, coord).map_err(|e| TreeFault::Tiles(e.to_string()))?;
            for (position, hash) in (index * width..).zip(hashes) {
                if range.contains(&position) {
                    leaves.push(hash);
                    edge.push(hash);
                }
            }
        }
        Ok(self.begins_with(edge.size(), &edge.root())?.then_some(leaves))
    }

    fn hashes(&self) -> TileHashes<&Self> {
        TileHashes::new(self, self.checkpoint.size())
    }
}

impl TileReader for SignedTree<'_> {
    type Error = NoTile;

    fn tile(&self, coord: TileCoord) -> Result<Cow<'_, [u8]>, NoTile> {
        let mut tiles = self.tiles.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tile) = tiles.get(&coord) {
            return Ok(Cow::Owned(tile.clone()));
        }
        let tile = self.source.tile(coord).map_err(NoTile::Source)?.ok_or(NoTile::Missing(coord))?;
        if tiles.len() >= MAX_TILES {
            tiles.clear();
        }
        tiles.insert(coord, tile.clone());
        Ok(Cow::Owned(tile))
    }
}

fn fault(error: GenerateError<TileHashError<NoTile>>) -> TreeFault {
    match error {
        GenerateError::Source(TileHashError::Read(NoTile::Source(e))) => TreeFault::Source(e),
        GenerateError::Source(TileHashError::Read(NoTile::Missing(coord))) => {
            TreeFault::Tiles(format!("{coord} is missing"))
        }
        GenerateError::Source(TileHashError::Tile(e)) => TreeFault::Tiles(e.to_string()),
        _ => TreeFault::Tiles("the tree could not be computed".to_owned()),
    }
}
