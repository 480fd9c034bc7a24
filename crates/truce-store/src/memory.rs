//! A store in memory, for tests: it keeps every promise but survival, and fails on demand.

use std::collections::BTreeMap;
use std::ops::{Bound, ControlFlow, Range};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::path::{self, CHECKPOINT};
use crate::rules;
use crate::{
    AppendError, Batch, BatchId, Changes, CheckpointError, Committed, Head, IndexRead, IndexStore, LogRead,
    LogStore, Resolution, ScanRange, Space, StoreError, StoredCheckpoint, TileRead, TileStore,
};

/// A failure to happen at the next write of a [`MemoryStore`] handle.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// The write is lost and its outcome reported as unknown.
    UnknownLost,
    /// The write takes place and its outcome is reported as unknown.
    UnknownWritten,
    /// There is no room; nothing is written and the handle stays usable.
    Full,
}

/// A store in memory. Handles made by [`reopen`](Self::reopen) share one state, as processes share a
/// database; opening one shuts out no other, so that races can be tested.
#[derive(Debug, Default)]
pub struct MemoryStore {
    shared: Arc<Mutex<State>>,
    handle: Mutex<Handle>,
}

#[derive(Debug, Default)]
struct Handle {
    fault: Option<Fault>,
    stopped: Option<String>,
}

#[derive(Debug, Default)]
struct State {
    entries: Vec<Vec<u8>>,
    batches: BTreeMap<BatchId, Committed>,
    last: Option<BatchId>,
    signed: Option<StoredCheckpoint>,
    published: Option<StoredCheckpoint>,
    applied: u64,
    spaces: BTreeMap<Space, BTreeMap<Vec<u8>, Vec<u8>>>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Another handle on the same contents, fit to write again.
    #[must_use]
    pub fn reopen(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), handle: Mutex::default() }
    }

    /// Makes the next write of this handle fail.
    pub fn fail_next(&self, fault: Fault) {
        lock(&self.handle).fault = Some(fault);
    }

    /// Runs one write: `Ok(Err(_))` is a failure whose outcome the caller cannot know.
    fn write<T>(
        &self,
        change: impl FnOnce(&mut State) -> Result<T, StoreError>,
    ) -> Result<Result<T, StoreError>, StoreError> {
        let mut handle = lock(&self.handle);
        handle.running()?;
        let fault = handle.fault.take();
        if fault == Some(Fault::Full) {
            return Err(StoreError::Full { what: "a fault asked for by a test".to_owned() });
        }
        let done =
            if fault == Some(Fault::UnknownLost) { None } else { Some(change(&mut lock(&self.shared))?) };
        if let (None, Some(done)) = (fault, done) {
            return Ok(Ok(done));
        }
        let why = "a fault asked for by a test";
        handle.stopped = Some(why.to_owned());
        Ok(Err(StoreError::Io { what: "writing".to_owned(), source: std::io::Error::other(why) }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.shared)
    }
}

impl Handle {
    fn running(&self) -> Result<(), StoreError> {
        self.stopped.as_ref().map_or(Ok(()), |why| Err(StoreError::Stopped { why: why.clone() }))
    }
}

impl State {
    fn size(&self) -> u64 {
        self.entries.len() as u64
    }

    fn at(&self, position: u64) -> Option<&Vec<u8>> {
        usize::try_from(position).ok().and_then(|position| self.entries.get(position))
    }

    /// Checks everything first, so that a refused list leaves no trace.
    fn apply(&mut self, changes: &Changes) -> Result<(), StoreError> {
        rules::check_changes(changes, |path| {
            Ok(self.spaces.get(&Space::Tiles).and_then(|tiles| tiles.get(path)).cloned())
        })?;
        for change in changes.iter() {
            let space = self.spaces.entry(change.space).or_default();
            match change.value {
                Some(value) => space.insert(change.key.to_vec(), value.to_vec()),
                None => space.remove(change.key),
            };
        }
        Ok(())
    }
}

impl LogRead for MemoryStore {
    fn head(&self) -> Result<Head, StoreError> {
        let state = self.state();
        Ok(Head { size: state.size(), batch: state.last })
    }

    fn entry(&self, position: u64) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.state().at(position).cloned())
    }

    fn read(
        &self,
        range: Range<u64>,
        each: &mut dyn FnMut(u64, &[u8]) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        for position in range {
            // Not under the lock: `each` may use the store.
            let (entry, size) = {
                let state = self.state();
                (state.at(position).cloned(), state.size())
            };
            let entry = entry.ok_or(StoreError::Hole { position, size })?;
            if each(position, &entry).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn checkpoint(&self) -> Result<Option<StoredCheckpoint>, StoreError> {
        Ok(self.state().signed.clone())
    }
}

impl LogStore for MemoryStore {
    fn append(&self, expected_size: u64, batch: &Batch) -> Result<Committed, AppendError> {
        let mut conflict = None;
        let outcome = self.write(|state| {
            let (first, applied) = (state.size(), state.applied);
            if first != expected_size {
                conflict = Some(AppendError::Conflict { expected: expected_size, size: first });
                return Ok(Committed { first, size: first });
            }
            rules::check_batch(batch, first, applied, state.batches.contains_key(&batch.id))?;
            state.apply(&batch.derived)?;
            state.entries.extend(batch.entries.iter().cloned());
            let committed = Committed { first, size: state.size() };
            state.applied = committed.size;
            state.batches.insert(batch.id, committed);
            state.last = Some(batch.id);
            Ok(committed)
        });
        match (conflict, outcome) {
            (Some(conflict), _) => Err(conflict),
            (None, Err(error)) => Err(error.into()),
            (None, Ok(outcome)) => outcome.map_err(|source| AppendError::Unknown { batch: batch.id, source }),
        }
    }

    fn resolve(&self, batch: &BatchId) -> Result<Resolution, StoreError> {
        lock(&self.handle).running()?;
        Ok(self
            .state()
            .batches
            .get(batch)
            .map_or(Resolution::NotCommitted, |found| Resolution::Committed(*found)))
    }

    fn set_checkpoint(&self, expected: Option<u64>, new: &StoredCheckpoint) -> Result<(), CheckpointError> {
        let mut refused = None;
        let outcome = self.write(|state| {
            refused = rules::check_signed(expected, new, state.signed.as_ref(), state.size())?;
            if refused.is_none() {
                state.signed = Some(new.clone());
            }
            Ok(())
        });
        match (refused, outcome) {
            (Some(refused), _) => Err(refused),
            (None, Err(error)) => Err(error.into()),
            (None, Ok(outcome)) => outcome.map_err(|source| CheckpointError::Unknown { source }),
        }
    }
}

impl IndexRead for MemoryStore {
    fn applied(&self) -> Result<u64, StoreError> {
        Ok(self.state().applied)
    }

    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.state().spaces.get(&space).and_then(|space| space.get(key).cloned()))
    }

    fn scan(
        &self,
        space: Space,
        range: &ScanRange,
        each: &mut dyn FnMut(&[u8], &[u8]) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        if range.is_empty() {
            return Ok(());
        }
        let upper = range.upper().map_or(Bound::Unbounded, Bound::Excluded);
        let bounds = (Bound::Included(range.lower()), upper);
        let found: Vec<(Vec<u8>, Vec<u8>)> = {
            let state = self.state();
            let Some(space) = state.spaces.get(&space) else { return Ok(()) };
            let rows = space.range::<[u8], _>(bounds).map(|(key, value)| (key.clone(), value.clone()));
            if range.is_backward() {
                rows.rev().take(range.max()).collect()
            } else {
                rows.take(range.max()).collect()
            }
        };
        for (key, value) in &found {
            if each(key, value).is_break() {
                break;
            }
        }
        Ok(())
    }
}

impl IndexStore for MemoryStore {
    fn apply(&self, position: u64, changes: &Changes) -> Result<(), StoreError> {
        self.write(|state| {
            rules::check_applied(position, state.applied, state.size())?;
            state.apply(changes)?;
            state.applied = position;
            Ok(())
        })?
    }

    fn clear(&self) -> Result<(), StoreError> {
        self.write(|state| {
            for space in Space::DERIVED {
                state.spaces.remove(&space);
            }
            state.applied = 0;
            Ok(())
        })?
    }
}

impl TileRead for MemoryStore {
    fn tile(&self, path: &str) -> Result<Option<Vec<u8>>, StoreError> {
        if path == CHECKPOINT {
            return Ok(self.state().published.as_ref().map(|published| published.note.clone()));
        }
        path::check(path)?;
        self.get(Space::Tiles, path.as_bytes())
    }

    fn published(&self) -> Result<Option<StoredCheckpoint>, StoreError> {
        Ok(self.state().published.clone())
    }
}

impl TileStore for MemoryStore {
    fn put_all(&self, files: &[(&str, &[u8])]) -> Result<(), StoreError> {
        let mut changes = Changes::new();
        for (path, bytes) in files {
            changes.put(Space::Tiles, path.as_bytes(), bytes);
        }
        self.write(|state| state.apply(&changes))?
    }

    fn put_checkpoint(&self, size: u64, note: &[u8]) -> Result<(), StoreError> {
        self.write(|state| {
            rules::check_forward(state.published.as_ref().map(|before| before.note.as_slice()), size, note)?;
            state.published = Some(StoredCheckpoint { size, note: note.to_vec() });
            Ok(())
        })?
    }
}

/// A panic elsewhere leaves no half-made state behind: every write checks before it changes.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
