//! Tiles out of a store laid out like a ledger.

use std::borrow::Cow;
use std::ops::ControlFlow;
use truce_store::{Space, StoreError, StoreRead};
use truce_tlog::{TileCoord, TileReader, leaf_hash, tile};

/// The tiles of a store laid out like a ledger, whole and partial: full ones as they are kept, level 0 of the edge from
/// the entries themselves, the levels above it as the last batch left them.
#[derive(Clone, Copy)]
pub struct StoredTiles<'a, S: ?Sized>(pub(crate) &'a S);

impl<S: StoreRead + ?Sized> TileReader for StoredTiles<'_, S> {
    type Error = StoreError;

    fn tile(&self, coord: TileCoord) -> Result<Cow<'_, [u8]>, StoreError> {
        if let Some(full) = self.0.tile(&coord.full().to_string())? {
            return Ok(Cow::Owned(full));
        }
        let first = coord.index().saturating_mul(u64::from(tile::TILE_WIDTH));
        if coord.level() == 0 {
            let mut hashes = Vec::with_capacity(coord.byte_len());
            self.0.read(first..first.saturating_add(u64::from(coord.width())), &mut |_, entry| {
                hashes.extend_from_slice(leaf_hash(entry).as_bytes());
                ControlFlow::Continue(())
            })?;
            return Ok(Cow::Owned(hashes));
        }
        let kept = self.0.get(Space::State, format!("edge/{}", coord.level()).as_bytes())?;
        let missing = || StoreError::Hole { position: first, size: 0 };
        kept.filter(|_| !coord.is_full()).map(Cow::Owned).ok_or_else(missing)
    }
}
