//! A depositary's own ledger as a source.

use std::path::Path;
use truce_source::{Bundled, Source, SourceError, bundle_of};
use truce_tlog::{BundleCoord, TileCoord};

/// A depositary's own ledger, read without its help: entries, checkpoint and tiles, none of its indexes.
pub struct LedgerSource<S>(S);

impl LedgerSource<truce_store::RocksReader> {
    /// The ledger in `folder`.
    pub fn open(folder: &Path) -> Result<Self, SourceError> {
        Ok(Self(truce_store::RocksReader::open(folder.join("db"))?))
    }
}

impl<S: truce_store::StoreRead> LedgerSource<S> {
    /// The ledger kept in any store.
    pub fn over(store: S) -> Self {
        Self(store)
    }
}

impl<S: truce_store::StoreRead> Source for LedgerSource<S> {
    fn checkpoint(&self) -> Result<Option<Vec<u8>>, SourceError> {
        Ok(self.0.checkpoint()?.map(|stored| stored.note))
    }

    fn bundle(&self, coord: BundleCoord, bytes: &mut Vec<u8>) -> Result<bool, SourceError> {
        Ok(bundle_of(&self.0, coord, bytes)? != Bundled::Missing)
    }

    fn tile(&self, coord: TileCoord) -> Result<Option<Vec<u8>>, SourceError> {
        // A ledger stores full tiles; its right edge is published, not stored.
        Ok(self.0.tile(&coord.full().to_string())?)
    }

    fn has_tiles(&self) -> bool {
        false
    }
}
