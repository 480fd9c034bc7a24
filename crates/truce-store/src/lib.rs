//! The store: contracts for entries, derived facts and tiles, and the engines behind them.
//!
//! Three contracts, because they are trusted differently:
//!
//! * [`LogStore`] is the truth: entries in order, appended atomically and durably under a
//!   compare-and-set on the size, and the last signed checkpoint under a compare-and-set of its own.
//! * [`IndexStore`] is derived from the log and can be rebuilt from it. It is never the source of an
//!   answer that is signed.
//! * [`TileStore`] is what the world reads: immutable files and a checkpoint that only moves forward.
//!
//! Each has a reading half ([`LogRead`], [`IndexRead`], [`TileRead`]) that a read-only handle serves
//! alone. Everything is bytes here: what an entry, a tile or a key means is known above.
//!
//! | engine | serves | for |
//! |---|---|---|
//! | `RocksStore` (feature `rocksdb`) | all three, one synced write per batch | the depositary |
//! | `RocksReader` (feature `rocksdb`) | the reading halves | explorers and audits beside a depositary |
//! | [`MemoryStore`] | all three, with faults on demand | tests |
//! | [`DirTiles`] | [`TileStore`] over a directory | publication and mirrors |
//!
//! # In scope
//! Atomicity, durability, order, exclusive writing, detection of damage.
//!
//! # Out of scope
//! Statements, hashing, signatures, sequencing, and any decision about what is written.

mod changes;
mod contract;
mod dir;
mod error;
mod memory;
mod path;
#[cfg(feature = "rocksdb")]
mod rocks;
mod rules;
mod scan;

pub use changes::{Change, Changes, Space};
pub use contract::{
    Batch, BatchId, Committed, Head, IndexRead, IndexStore, LogRead, LogStore, Resolution, Store, StoreRead,
    StoredCheckpoint, TileRead, TileStore,
};
pub use dir::{DirReader, DirTiles};
pub use error::{AppendError, CheckpointError, StoreError};
pub use memory::{Fault, MemoryStore};
#[cfg(feature = "rocksdb")]
pub use rocks::{RocksOptions, RocksReader, RocksStore, Usage};
pub use scan::ScanRange;
