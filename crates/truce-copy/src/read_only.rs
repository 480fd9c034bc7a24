//! The handle that everything which serves holds.

use std::fmt;
use std::ops::{ControlFlow, Range};
use std::sync::Arc;
use truce_store::{
    Head, IndexRead, LogRead, ScanRange, Space, StoreError, StoreRead, StoredCheckpoint, TileRead,
};

/// A store to read from. It has no method that writes, and gives nothing out that has one.
///
/// ```compile_fail
/// fn write(store: &truce_copy::ReadOnly, batch: &truce_store::Batch) {
///     let _ = truce_store::LogStore::append(store, 0, batch);
/// }
/// ```
///
/// ```compile_fail
/// fn write(store: &truce_copy::ReadOnly) {
///     let _ = truce_store::IndexStore::clear(store);
/// }
/// ```
///
/// ```
/// fn read(store: &truce_copy::ReadOnly) {
///     let _ = truce_store::LogRead::head(store);
/// }
/// ```
#[derive(Clone)]
pub struct ReadOnly(Arc<dyn StoreRead>);

impl ReadOnly {
    /// Reads through `store`.
    pub fn new(store: Arc<dyn StoreRead>) -> Self {
        Self(store)
    }
}

impl fmt::Debug for ReadOnly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReadOnly")
    }
}

impl LogRead for ReadOnly {
    fn head(&self) -> Result<Head, StoreError> {
        self.0.head()
    }

    fn entry(&self, position: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.entry(position)
    }

    fn read(
        &self,
        range: Range<u64>,
        each: &mut dyn FnMut(u64, &[u8]) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.0.read(range, each)
    }

    fn checkpoint(&self) -> Result<Option<StoredCheckpoint>, StoreError> {
        self.0.checkpoint()
    }
}

impl IndexRead for ReadOnly {
    fn applied(&self) -> Result<u64, StoreError> {
        self.0.applied()
    }

    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.get(space, key)
    }

    fn get_many(&self, space: Space, keys: &[&[u8]]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        self.0.get_many(space, keys)
    }

    fn scan(
        &self,
        space: Space,
        range: &ScanRange,
        each: &mut dyn FnMut(&[u8], &[u8]) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.0.scan(space, range, each)
    }
}

impl TileRead for ReadOnly {
    fn tile(&self, path: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.tile(path)
    }

    fn published(&self) -> Result<Option<StoredCheckpoint>, StoreError> {
        self.0.published()
    }
}
