//! Parts of the tree that proofs need again and again. A full tile and the root of a perfect subtree never change once
//! they verified, so what is kept here serves every later checkpoint too.

use super::read_only::ReadOnly;
use crate::tiles::StoredTiles;
use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use truce_store::StoreError;
use truce_tlog::{EdgeReader, EdgeTiles, Hash, HashSource, TileCoord, TileHashError, TileHashes, TileReader};

/// Tiles kept: 8 KiB each, 8 MiB in all.
const MAX_TILES: usize = 1024;
/// Roots kept, of subtrees of 16 leaves and more: those of two million entries, 25 MiB at most.
const MAX_NODES: usize = 1 << 18;
/// Lowest level of the roots that are kept.
const LOWEST: u8 = 4;

/// Tiles and roots that are kept, whichever checkpoint is served.
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
    memory: &'a TreeMemory,
    hashes: TileHashes<EdgeReader<'a, KeptTiles<'a>>>,
}

impl<'a> Tree<'a> {
    pub(crate) fn new(memory: &'a TreeMemory, edge: &'a EdgeTiles, store: &'a ReadOnly) -> Self {
        let tiles = KeptTiles { memory, store, bottom: OnceCell::new() };
        Self { memory, hashes: TileHashes::new(edge.over(tiles), edge.size()) }
    }
}

impl HashSource for Tree<'_> {
    type Error = TileHashError<StoreError>;

    fn node(&self, level: u8, index: u64) -> Result<Hash, Self::Error> {
        if level < LOWEST {
            return self.hashes.node(level, index);
        }
        if let Some(hash) = lock(&self.memory.nodes).get(&(level, index)) {
            return Ok(*hash);
        }
        let hash = self.hashes.node(level, index)?;
        let mut nodes = lock(&self.memory.nodes);
        if nodes.len() >= MAX_NODES {
            nodes.clear();
        }
        nodes.insert((level, index), hash);
        Ok(hash)
    }
}

/// Full tiles from memory or the store; the edge is not asked for here.
struct KeptTiles<'a> {
    memory: &'a TreeMemory,
    store: &'a ReadOnly,
    /// The first one asked for: a path begins with several hashes of one tile.
    bottom: OnceCell<(TileCoord, Arc<[u8]>)>,
}

impl KeptTiles<'_> {
    fn kept(&self, coord: TileCoord) -> Result<Arc<[u8]>, StoreError> {
        if let Some(tile) = lock(&self.memory.tiles).get(&coord) {
            return Ok(Arc::clone(tile));
        }
        let tile: Arc<[u8]> = StoredTiles(self.store).tile(coord)?.into();
        let mut tiles = lock(&self.memory.tiles);
        if tiles.len() >= MAX_TILES {
            tiles.clear();
        }
        tiles.insert(coord, Arc::clone(&tile));
        Ok(tile)
    }
}

impl TileReader for KeptTiles<'_> {
    type Error = StoreError;

    fn tile(&self, coord: TileCoord) -> Result<Cow<'_, [u8]>, StoreError> {
        if !coord.is_full() {
            return Ok(Cow::Owned(StoredTiles(self.store).tile(coord)?.into_owned()));
        }
        if let Some((of, tile)) = self.bottom.get()
            && *of == coord
        {
            return Ok(Cow::Borrowed(tile));
        }
        let tile = self.kept(coord)?;
        // Only the first one finds room.
        let _ = self.bottom.set((coord, Arc::clone(&tile)));
        match self.bottom.get() {
            Some((of, tile)) if *of == coord => Ok(Cow::Borrowed(tile)),
            _ => Ok(Cow::Owned(tile.to_vec())),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
