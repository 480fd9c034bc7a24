//! Parts of the tree that proofs need again and again. A full tile and the root of a perfect subtree never change once
//! they verified, so what is kept here serves every later checkpoint too.

use super::read_only::{LogTiles, ReadOnly};
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use truce_log::LogError;
use truce_tlog::{EdgeTiles, Hash, HashSource, TileCoord, TileHashError, TileHashes, TileReader};

/// Tiles kept: 8 KiB each, 8 MiB in all.
const MAX_TILES: usize = 1024;
/// Roots kept, of subtrees of 16 leaves and more: some 6 MiB in all.
const MAX_NODES: usize = 1 << 16;
/// Lowest level of the roots that are kept.
const LOWEST: u8 = 4;

/// What is kept, whichever checkpoint is served.
#[derive(Default)]
pub(crate) struct TreeMemory {
    tiles: Mutex<HashMap<TileCoord, Arc<[u8]>>>,
    nodes: Mutex<HashMap<(u8, u64), Hash>>,
}

impl fmt::Debug for TreeMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TreeMemory")
    }
}

/// The tree under one checkpoint, read through what is kept.
pub(crate) struct Tree<'a> {
    pub(crate) memory: &'a TreeMemory,
    pub(crate) edge: &'a EdgeTiles,
    pub(crate) store: &'a ReadOnly,
}

impl Tree<'_> {
    fn hashes(&self) -> TileHashes<truce_tlog::EdgeReader<'_, KeptTiles<'_>>> {
        TileHashes::new(self.edge.over(KeptTiles(self)), self.edge.size())
    }
}

impl HashSource for Tree<'_> {
    type Error = TileHashError<LogError>;

    fn node(&self, level: u8, index: u64) -> Result<Hash, Self::Error> {
        if level < LOWEST {
            return self.hashes().node(level, index);
        }
        if let Some(hash) = lock(&self.memory.nodes).get(&(level, index)) {
            return Ok(*hash);
        }
        let hash = self.hashes().node(level, index)?;
        let mut nodes = lock(&self.memory.nodes);
        if nodes.len() >= MAX_NODES {
            nodes.clear();
        }
        nodes.insert((level, index), hash);
        Ok(hash)
    }
}

/// Full tiles from memory or the store; the edge is not asked for here.
struct KeptTiles<'a>(&'a Tree<'a>);

impl TileReader for KeptTiles<'_> {
    type Error = LogError;

    fn tile(&self, coord: TileCoord) -> Result<Cow<'_, [u8]>, LogError> {
        if !coord.is_full() {
            return Ok(Cow::Owned(LogTiles(self.0.store).tile(coord)?.into_owned()));
        }
        let kept = lock(&self.0.memory.tiles).get(&coord).cloned();
        if let Some(tile) = kept {
            return Ok(Cow::Owned(tile.to_vec()));
        }
        let tile = LogTiles(self.0.store).tile(coord)?.into_owned();
        let mut tiles = lock(&self.0.memory.tiles);
        if tiles.len() >= MAX_TILES {
            tiles.clear();
        }
        tiles.insert(coord, tile.as_slice().into());
        Ok(Cow::Owned(tile))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
