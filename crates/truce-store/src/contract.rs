//! The contracts every engine keeps. They promise only what distributed engines also have: an atomic
//! conditional write, durable reads of what was committed, and ordered scans.
//!
//! Every method may be called from several threads at once.

use std::fmt;
use std::ops::{ControlFlow, Range};
use std::path::Path;

use crate::{AppendError, Changes, CheckpointError, ScanRange, Space, StoreError};

/// The caller's name for a batch: unique in the log, such as the hash of the batch's last entry.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct BatchId(pub [u8; 32]);

impl fmt::Debug for BatchId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BatchId({self})")
    }
}

impl fmt::Display for BatchId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Entries and index writes that are committed together or not at all.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Names the batch to [`LogStore::resolve`].
    pub id: BatchId,
    /// The entries, in order; at least one.
    pub entries: Vec<Vec<u8>>,
    /// Index writes that follow from the entries.
    pub derived: Changes,
}

/// The end of the log.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Head {
    /// The number of entries.
    pub size: u64,
    /// The last batch committed; `None` for an empty log.
    pub batch: Option<BatchId>,
}

/// Place of a committed batch.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Committed {
    /// The position of its first entry.
    pub first: u64,
    /// The size of the log right after it.
    pub size: u64,
}

/// Fate of a batch whose append ended in [`AppendError::Unknown`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Resolution {
    /// It is in the log, durably.
    Committed(Committed),
    /// It is not in the log. Whether it can still arrive depends on the engine's fencing: see
    /// [`LogStore::resolve`].
    NotCommitted,
}

/// A signed checkpoint as kept beside the log, or as published.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoredCheckpoint {
    /// The tree size it signs.
    pub size: u64,
    /// The signed note, byte for byte.
    pub note: Vec<u8>,
}

/// Reading the log. A read sees every append that returned before it began.
pub trait LogRead: Send + Sync {
    /// The end of the log.
    fn head(&self) -> Result<Head, StoreError>;

    /// The entry at `position`; `None` at or beyond the end. A missing entry below the end is
    /// [`StoreError::Hole`].
    fn entry(&self, position: u64) -> Result<Option<Vec<u8>>, StoreError>;

    /// Calls `each` with position and bytes of every entry in `range`, in order, until it breaks.
    /// The whole range must lie within the log: the first position without an entry is
    /// [`StoreError::Hole`].
    ///
    /// The bytes come from the engine, not from what the caller handed to `append`: what is read here
    /// is what is stored.
    fn read(
        &self,
        range: Range<u64>,
        each: &mut dyn FnMut(u64, &[u8]) -> ControlFlow<()>,
    ) -> Result<(), StoreError>;

    /// The last checkpoint signed, if any.
    fn checkpoint(&self) -> Result<Option<StoredCheckpoint>, StoreError>;
}

/// Writing the log: the only source of truth.
pub trait LogStore: LogRead {
    /// Appends `batch` if the log has exactly `expected_size` entries.
    ///
    /// Atomic: entries and derived writes become visible together or not at all. Durable: once it
    /// returns, they survive a crash. Exclusive: of two appends with one expected size at most one
    /// succeeds, from whatever handle or process. The index must stand at `expected_size` and stands
    /// at the new size afterwards.
    ///
    /// After [`AppendError::Unknown`] the handle takes no further write
    /// ([`StoreError::Stopped`]): open the store again and [`resolve`](Self::resolve).
    fn append(&self, expected_size: u64, batch: &Batch) -> Result<Committed, AppendError>;

    /// Tells whether a batch is in the log. The answer is final on a handle opened after the append
    /// in question ended, because opening shuts out every earlier writer; the handle whose own write
    /// failed gives [`StoreError::Stopped`].
    fn resolve(&self, batch: &BatchId) -> Result<Resolution, StoreError>;

    /// Replaces the signed checkpoint if the one before has size `expected` (`None`: if there is
    /// none). The size must grow and must not exceed that of the log; the very same checkpoint again
    /// is accepted.
    ///
    /// It survives the death of the process at once, a loss of power with the next append at the
    /// latest. More is not needed: the entries under it are durable, and signing them again gives the
    /// same checkpoint.
    fn set_checkpoint(&self, expected: Option<u64>, new: &StoredCheckpoint) -> Result<(), CheckpointError>;

    /// Writes the whole store, as it stands at one moment of this call, to `place`, which must not exist. Writing goes
    /// on meanwhile. Engines that cannot do it say so with [`StoreError::Io`].
    fn copy_to(&self, place: &Path) -> Result<(), StoreError> {
        let what = format!("copying the store to {}", place.display());
        Err(StoreError::Io { what, source: std::io::ErrorKind::Unsupported.into() })
    }

    /// Puts everything where the next opening finds it without work. Nothing is lost without it.
    fn settle(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

/// Reading the index.
pub trait IndexRead: Send + Sync {
    /// The number of entries the index accounts for.
    fn applied(&self) -> Result<u64, StoreError>;

    /// The value under `key`; `None` if there is none.
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// The values under `keys`, one for each, in their order: one question, which some engines answer for less than
    /// many.
    fn get_many(&self, space: Space, keys: &[&[u8]]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        keys.iter().map(|key| self.get(space, key)).collect()
    }

    /// Calls `each` with key and value of everything in `range`, in its direction, until it breaks or
    /// the limit is reached. One scan sees one state of the index.
    #[allow(clippy::type_complexity)]
    fn scan(
        &self,
        space: Space,
        range: &ScanRange,
        each: &mut dyn FnMut(&[u8], &[u8]) -> ControlFlow<()>,
    ) -> Result<(), StoreError>;
}

/// Writing the index apart from the log: to rebuild it, or to keep what is no part of the log.
pub trait IndexStore: IndexRead {
    /// Applies `changes` atomically and durably and notes that the index now accounts for the entries
    /// below `position`, which is never less than before nor more than the log has.
    fn apply(&self, position: u64, changes: &Changes) -> Result<(), StoreError>;

    /// Empties [`Space::Facts`], [`Space::By`], [`Space::State`] and [`Space::Views`] and sets `applied` to 0, to
    /// rebuild them from the log. Tiles are published and forks are evidence: both stay.
    fn clear(&self) -> Result<(), StoreError>;

    /// Gives the room of what was deleted in `space` back. Takes time that grows with what was deleted; nothing is lost
    /// without it.
    fn reclaim(&self, space: Space) -> Result<(), StoreError> {
        let _ = space;
        Ok(())
    }
}

/// Reading what is published.
pub trait TileRead: Send + Sync {
    /// The bytes under `path`, a path of C2SP tlog-tiles such as `tile/0/x001/067.p/3`; `None` if
    /// there is nothing. The path `checkpoint` gives the note published last.
    fn tile(&self, path: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// The checkpoint published last, if any.
    fn published(&self) -> Result<Option<StoredCheckpoint>, StoreError>;
}

/// Publishing. What is written here the world may have read: nothing ever changes or goes back.
///
/// A path is one to sixteen components of ASCII letters, digits, `-`, `_` and `.`, joined by `/`, none
/// of which begins with a dot, 255 bytes in all; `checkpoint` is reserved.
pub trait TileStore: TileRead {
    /// Writes files that never change, durably. The same bytes again under a path are accepted,
    /// different ones are [`StoreError::Changed`]. Not atomic as a whole: after a failure some of the
    /// files may be there, each of them complete.
    fn put_all(&self, files: &[(&str, &[u8])]) -> Result<(), StoreError>;

    /// Writes one file that never changes, durably.
    fn put_immutable(&self, path: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.put_all(&[(path, bytes)])
    }

    /// Publishes a checkpoint (C2SP tlog-checkpoint) of tree size `size`, atomically and durably.
    /// Never backward: a smaller size is [`StoreError::Backward`]. The same size is accepted with other
    /// signatures, as cosignatures arrive, but not with another origin or root
    /// ([`StoreError::Changed`]).
    fn put_checkpoint(&self, size: u64, note: &[u8]) -> Result<(), StoreError>;
}

/// The reading half of an engine that serves all three contracts.
pub trait StoreRead: LogRead + IndexRead + TileRead {}

impl<T: LogRead + IndexRead + TileRead + ?Sized> StoreRead for T {}

/// An engine that serves all three contracts.
pub trait Store: StoreRead + LogStore + IndexStore + TileStore {}

impl<T: LogStore + IndexStore + TileStore + ?Sized> Store for T {}
