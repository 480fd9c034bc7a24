//! Nodes of the tree, each computed once: proofs for a whole group share the subtrees of the tiles they go through.

use crate::snapshot::Snapshot;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use truce_log::LogError;
use truce_store::Store;
use truce_tlog::proof::HashSource;
use truce_tlog::tile::{self, TileCoord};
use truce_tlog::{Hash, node_hash};

/// Full tiles whose nodes are kept, 16 KiB each.
const KEPT: usize = 256;

/// Every node inside one tile.
pub(crate) struct Interior(Vec<Vec<Hash>>);

impl Interior {
    /// The nodes above these hashes, as far as they are complete.
    pub(crate) fn of(hashes: Vec<Hash>) -> Self {
        let mut levels = vec![hashes];
        for _ in 0..tile::TILE_HEIGHT {
            let Some(below) = levels.last().filter(|below| below.len() > 1) else { break };
            let above = below.as_chunks::<2>().0.iter().map(|[left, right]| node_hash(left, right)).collect();
            levels.push(above);
        }
        Self(levels)
    }

    fn node(&self, height: u8, place: u64) -> Option<Hash> {
        self.0.get(usize::from(height))?.get(usize::try_from(place).ok()?).copied()
    }
}

/// Nodes of full tiles, which never change.
#[derive(Default)]
pub(crate) struct FullTiles(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    tiles: HashMap<TileCoord, Arc<Interior>>,
    oldest: VecDeque<TileCoord>,
}

impl FullTiles {
    fn of(&self, coord: TileCoord, store: &dyn Store) -> Result<Arc<Interior>, LogError> {
        if let Some(found) = self.lock().tiles.get(&coord) {
            return Ok(Arc::clone(found));
        }
        let altered = |what: String| LogError::Altered { what };
        let bytes = store.tile(&coord.to_string())?.ok_or_else(|| altered(format!("{coord} is missing")))?;
        let hashes = tile::tile_hashes(&bytes, coord).map_err(|e| altered(e.to_string()))?.collect();
        let interior = Arc::new(Interior::of(hashes));
        let mut kept = self.lock();
        if kept.tiles.insert(coord, Arc::clone(&interior)).is_none() {
            kept.oldest.push_back(coord);
        }
        while kept.oldest.len() > KEPT {
            if let Some(oldest) = kept.oldest.pop_front() {
                kept.tiles.remove(&oldest);
            }
        }
        Ok(interior)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The tree of a snapshot.
pub(crate) struct Nodes<'a> {
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) full: &'a FullTiles,
    pub(crate) store: &'a dyn Store,
}

impl HashSource for Nodes<'_> {
    type Error = LogError;

    fn node(&self, level: u8, index: u64) -> Result<Hash, LogError> {
        let none = || LogError::Tree(format!("no complete subtree {index} at height {level}"));
        let (tile_level, height) = (level / tile::TILE_HEIGHT, level % tile::TILE_HEIGHT);
        let in_tile = u32::from(tile::TILE_HEIGHT - height);
        let (place_of_tile, place) = (index >> in_tile, index & ((1u64 << in_tile) - 1));
        if let Some(interior) = self.snapshot.edge_tile(tile_level, place_of_tile) {
            return interior.node(height, place).ok_or_else(none);
        }
        let coord = TileCoord::new(tile_level, place_of_tile, tile::TILE_WIDTH)
            .map_err(|e| LogError::Tree(e.to_string()))?;
        self.full.of(coord, self.store)?.node(height, place).ok_or_else(none)
    }
}
