//! The default engine: one RocksDB database serves all three contracts, and one synced write covers an
//! append with everything derived from it.

mod chunk;
mod database;
mod failure;
mod meta;
mod options;

use std::ops::{ControlFlow, Range};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rocksdb::checkpoint::Checkpoint;
use rocksdb::{FlushOptions, WriteBatch, WriteOptions};

use self::database::{Database, Mode};
use self::failure::translate;
use self::options::{ENTRIES, META};
use crate::path::check as check_path;
use crate::{
    AppendError, Batch, BatchId, Change, Changes, CheckpointError, Committed, Head, IndexRead, IndexStore,
    LogRead, LogStore, Resolution, ScanRange, Space, StoreError, StoredCheckpoint, TileRead, TileStore,
    rules,
};

pub use self::database::Usage;
pub use self::options::RocksOptions;

/// The depositary's store: one handle at a time, in one process at a time.
#[derive(Debug)]
pub struct RocksStore {
    base: Database,
    options: RocksOptions,
    /// Held from the first check of a write to its end: this is what makes compare-and-set of it.
    writer: Mutex<Writer>,
}

#[derive(Debug, Default)]
struct Writer {
    /// Reason why no more is written. Set by the first write whose outcome is not known.
    stopped: Option<String>,
}

/// A store read beside the depositary that writes it. It sees what was committed when it was opened or
/// last [refreshed](Self::refresh), and needs nothing but permission to read.
///
/// The depositary merges its tables as it goes; a read that meets a table merged away since is
/// [`StoreError::Corrupt`] until the next refresh.
#[derive(Debug)]
pub struct RocksReader {
    base: Database,
    options: RocksOptions,
}

impl RocksStore {
    /// Creates an empty store in a new or empty directory. [`StoreError::Exists`] if anything is there.
    pub fn create(place: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::create_with(place, RocksOptions::default())
    }

    /// The same with other bounds.
    pub fn create_with(place: impl AsRef<Path>, options: RocksOptions) -> Result<Self, StoreError> {
        let place = place.as_ref();
        if std::fs::read_dir(place).is_ok_and(|mut files| files.next().is_some()) {
            return Err(StoreError::Exists { place: place.display().to_string() });
        }
        let made = Self::make(place, options);
        // A store half made opens for nobody, and stands in the way of the next try. The place was empty, so what is
        // there is ours, unless somebody else is making one there.
        if made.as_ref().is_err_and(|error| !matches!(error, StoreError::Locked { .. })) {
            let _ = std::fs::remove_dir_all(place);
        }
        made
    }

    fn make(place: &Path, options: RocksOptions) -> Result<Self, StoreError> {
        let base = Database::open(place, &options, Mode::Create)?;
        let store = Self { base, options, writer: Mutex::default() };
        let mut format = WriteBatch::default();
        format.put_cf(store.base.family(META)?, meta::FORMAT_KEY, meta::FORMAT);
        store.commit(&mut store.lock(), format)?;
        Ok(store)
    }

    /// Opens a store to write. [`StoreError::Locked`] if it is open for writing elsewhere;
    /// [`StoreError::Corrupt`] if its records do not agree.
    pub fn open(place: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::open_with(place, RocksOptions::default())
    }

    /// The same with other bounds.
    pub fn open_with(place: impl AsRef<Path>, options: RocksOptions) -> Result<Self, StoreError> {
        let base = Database::open(place.as_ref(), &options, Mode::Write)?;
        base.check()?;
        Ok(Self { base, options, writer: Mutex::default() })
    }

    /// Writes what memory holds to tables, so that opening the store again replays nothing.
    pub fn flush(&self) -> Result<(), StoreError> {
        let mut writer = self.lock();
        running(&writer)?;
        let names = [META, ENTRIES].into_iter().chain(self.base.spaces().map(Space::name));
        let families = names.map(|name| self.base.family(name)).collect::<Result<Vec<_>, _>>()?;
        let mut options = FlushOptions::default();
        options.set_wait(true);
        self.base.db.flush_cfs_opt(&families, &options).map_err(|error| {
            let error = translate("flushing", &error);
            writer.stopped = Some(error.to_string());
            error
        })
    }

    /// Flushes and closes. Dropping the handle loses nothing either, but leaves replaying to the next
    /// open.
    pub fn close(self) -> Result<(), StoreError> {
        let flushed = self.flush();
        self.base.db.cancel_all_background_work(true);
        flushed
    }

    /// Bytes the store takes on disk.
    pub fn usage(&self) -> Result<Usage, StoreError> {
        self.base.usage()
    }

    fn lock(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Checks what must hold before anything is written: the handle is fit to write, the engine has not failed
    /// behind our back, and there is room.
    fn ready(&self, writer: &mut Writer, bytes: usize) -> Result<(), StoreError> {
        running(writer)?;
        let failures = self.base.db.property_int_value(rocksdb::properties::BACKGROUND_ERRORS);
        if failures.as_ref().is_ok_and(|failures| failures.unwrap_or(0) > 0) {
            let why = "RocksDB failed to write a table in the background".to_owned();
            writer.stopped = Some(why.clone());
            return Err(StoreError::Stopped { why });
        }
        failures.map_err(|error| translate("asking for background errors", &error))?;
        let disk = rustix::fs::statvfs(&self.base.place)
            .map_err(|error| StoreError::io(self.base.place.display().to_string(), error.into()))?;
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        let needed = self.options.min_free_bytes.saturating_add(bytes as u64);
        if free < needed {
            let what = format!("{free} bytes free at {}, {needed} needed", self.base.place.display());
            return Err(StoreError::Full { what });
        }
        Ok(())
    }

    /// Writes and waits until it is on disk.
    fn commit(&self, writer: &mut Writer, batch: WriteBatch) -> Result<(), StoreError> {
        self.write(writer, batch, true)
    }

    /// The one place where anything is written. After a failure here nobody knows what is on disk.
    fn write(&self, writer: &mut Writer, batch: WriteBatch, sync: bool) -> Result<(), StoreError> {
        let mut options = WriteOptions::default();
        options.set_sync(sync);
        self.base.db.write_opt(batch, &options).map_err(|error| {
            let error = translate("writing", &error);
            writer.stopped = Some(error.to_string());
            error
        })
    }

    fn check_changes(&self, changes: &Changes) -> Result<(), StoreError> {
        rules::check_changes(changes, |path| self.base.get(Space::Tiles, path))
    }

    /// Adds `changes` to `batch`, ordered by space and key, which the engine takes in faster. The sort
    /// is stable, so that of two writes to one key the later still wins.
    fn add(&self, batch: &mut WriteBatch, changes: &Changes) -> Result<(), StoreError> {
        let mut writes: Vec<Change<'_>> = changes.iter().collect();
        writes.sort_by(|one, other| (one.space, one.key).cmp(&(other.space, other.key)));
        for run in writes.chunk_by(|one, other| one.space == other.space) {
            let Some(space) = run.first().map(|write| write.space) else { continue };
            let family = self.base.family(space.name())?;
            for write in run {
                match write.value {
                    Some(value) => batch.put_cf(family, write.key, value),
                    None => batch.delete_cf(family, write.key),
                }
            }
        }
        Ok(())
    }
}

impl RocksReader {
    /// Opens a store to read. [`StoreError::Missing`] if there is none.
    pub fn open(place: impl AsRef<Path>) -> Result<Self, StoreError> {
        let options = RocksOptions::default();
        let base = Self::open_base(place.as_ref(), &options)?;
        Ok(Self { base, options })
    }

    /// Sees what has been committed since.
    pub fn refresh(&mut self) -> Result<(), StoreError> {
        self.base = Self::open_base(&self.base.place, &self.options)?;
        Ok(())
    }

    /// Bytes the store takes on disk.
    pub fn usage(&self) -> Result<Usage, StoreError> {
        self.base.usage()
    }

    /// Files listed a moment ago may be gone, merged by the writer; the next look finds the new ones.
    fn open_base(place: &Path, options: &RocksOptions) -> Result<Database, StoreError> {
        const TRIES: usize = 5;
        let open = || {
            let base = Database::open(place, options, Mode::Read)?;
            base.check().map(|()| base)
        };
        let mut opened = open();
        for _ in 1..TRIES {
            if !matches!(opened, Err(StoreError::Corrupt { .. } | StoreError::Io { .. })) {
                break;
            }
            opened = open();
        }
        opened
    }
}

impl LogStore for RocksStore {
    fn append(&self, expected_size: u64, batch: &Batch) -> Result<Committed, AppendError> {
        let mut writer = self.lock();
        running(&writer)?;
        let size = self.base.head()?.size;
        if size != expected_size {
            return Err(AppendError::Conflict { expected: expected_size, size });
        }
        let batch_key = meta::batch_key(&batch.id);
        let used = self.base.meta(&batch_key)?.is_some();
        rules::check_batch(batch, size, self.base.applied()?, used)?;
        self.check_changes(&batch.derived)?;

        let bytes = batch.entries.iter().map(Vec::len).sum::<usize>() + batch.derived.byte_len();
        self.ready(&mut writer, bytes)?;
        let committed = Committed { first: size, size: size + batch.entries.len() as u64 };
        let mut write = WriteBatch::with_capacity_bytes(bytes + bytes / 8);
        let entries = self.base.family(ENTRIES)?;
        chunk::encode(size, &batch.entries, |last, chunk| write.put_cf(entries, last.to_be_bytes(), chunk))?;
        self.add(&mut write, &batch.derived)?;
        let family = self.base.family(META)?;
        write.put_cf(family, meta::HEAD, meta::head(committed.size, &batch.id));
        write.put_cf(family, meta::APPLIED, committed.size.to_be_bytes());
        write.put_cf(family, batch_key, meta::committed(committed));
        self.commit(&mut writer, write).map_err(|source| AppendError::Unknown { batch: batch.id, source })?;
        Ok(committed)
    }

    fn resolve(&self, batch: &BatchId) -> Result<Resolution, StoreError> {
        // Until the store is opened again, memory and disk may differ.
        running(&self.lock())?;
        self.base.resolve(batch)
    }

    fn set_checkpoint(&self, expected: Option<u64>, new: &StoredCheckpoint) -> Result<(), CheckpointError> {
        let mut writer = self.lock();
        running(&writer)?;
        let before = self.base.checkpoint()?;
        if let Some(refused) = rules::check_signed(expected, new, before.as_ref(), self.base.head()?.size)? {
            return Err(refused);
        }
        self.ready(&mut writer, new.note.len())?;
        let mut write = WriteBatch::default();
        write.put_cf(self.base.family(META)?, meta::SIGNED, meta::checkpoint(new.size, &new.note));
        // In the same log as the appends and behind the entries it covers: the next synced write makes it durable.
        self.write(&mut writer, write, false).map_err(|source| CheckpointError::Unknown { source })
    }

    /// Hard links where `place` is on the same file system, which takes moments and no room, copies elsewhere.
    fn copy_to(&self, place: &Path) -> Result<(), StoreError> {
        let named = place.display().to_string();
        if place.exists() {
            return Err(StoreError::Exists { place: named });
        }
        let failed = |error| translate(&format!("copying the store to {named}"), &error);
        Checkpoint::new(&self.base.db).map_err(failed)?.create_checkpoint(place).map_err(failed)
    }

    fn settle(&self) -> Result<(), StoreError> {
        self.flush()
    }
}

impl IndexStore for RocksStore {
    fn apply(&self, position: u64, changes: &Changes) -> Result<(), StoreError> {
        let mut writer = self.lock();
        running(&writer)?;
        rules::check_applied(position, self.base.applied()?, self.base.head()?.size)?;
        self.check_changes(changes)?;
        self.ready(&mut writer, changes.byte_len())?;
        let mut write = WriteBatch::with_capacity_bytes(changes.byte_len() + changes.byte_len() / 8);
        self.add(&mut write, changes)?;
        write.put_cf(self.base.family(META)?, meta::APPLIED, position.to_be_bytes());
        self.commit(&mut writer, write)
    }

    fn clear(&self) -> Result<(), StoreError> {
        let mut writer = self.lock();
        self.ready(&mut writer, 0)?;
        let mut write = WriteBatch::default();
        for space in self.base.spaces().filter(|space| Space::DERIVED.contains(space)) {
            let family = self.base.family(space.name())?;
            let mut last = self.base.db.raw_iterator_cf(family);
            last.seek_to_last();
            if let Some(key) = last.key() {
                // The range excludes its end.
                write.delete_range_cf(family, &[][..], key);
                write.delete_cf(family, key);
            }
            last.status().map_err(|error| translate(&format!("reading {}", space.name()), &error))?;
        }
        write.put_cf(self.base.family(META)?, meta::APPLIED, 0_u64.to_be_bytes());
        self.commit(&mut writer, write)
    }

    fn reclaim(&self, space: Space) -> Result<(), StoreError> {
        running(&self.lock())?;
        self.base.db.compact_range_cf::<&[u8], &[u8]>(self.base.family(space.name())?, None, None);
        Ok(())
    }
}

impl TileStore for RocksStore {
    fn put_all(&self, files: &[(&str, &[u8])]) -> Result<(), StoreError> {
        let mut changes = Changes::new();
        for (path, bytes) in files {
            check_path(path)?;
            changes.put(Space::Tiles, path.as_bytes(), bytes);
        }
        let mut writer = self.lock();
        running(&writer)?;
        self.check_changes(&changes)?;
        self.ready(&mut writer, changes.byte_len())?;
        let mut write = WriteBatch::default();
        self.add(&mut write, &changes)?;
        self.commit(&mut writer, write)
    }

    fn put_checkpoint(&self, size: u64, note: &[u8]) -> Result<(), StoreError> {
        let mut writer = self.lock();
        running(&writer)?;
        rules::check_forward(
            self.base.published()?.as_ref().map(|before| before.note.as_slice()),
            size,
            note,
        )?;
        self.ready(&mut writer, note.len())?;
        let mut write = WriteBatch::default();
        write.put_cf(self.base.family(META)?, meta::PUBLISHED, meta::checkpoint(size, note));
        self.commit(&mut writer, write)
    }
}

/// Refuses everything once a write has failed.
fn running(writer: &Writer) -> Result<(), StoreError> {
    writer.stopped.as_ref().map_or(Ok(()), |why| Err(StoreError::Stopped { why: why.clone() }))
}

/// Both handles read the same way.
macro_rules! read_through_base {
    ($handle:ty) => {
        impl LogRead for $handle {
            fn head(&self) -> Result<Head, StoreError> {
                self.base.head()
            }

            fn entry(&self, position: u64) -> Result<Option<Vec<u8>>, StoreError> {
                self.base.entry(position)
            }

            fn read(
                &self,
                range: Range<u64>,
                each: &mut dyn FnMut(u64, &[u8]) -> ControlFlow<()>,
            ) -> Result<(), StoreError> {
                self.base.read(range, each)
            }

            fn checkpoint(&self) -> Result<Option<StoredCheckpoint>, StoreError> {
                self.base.checkpoint()
            }
        }

        impl IndexRead for $handle {
            fn applied(&self) -> Result<u64, StoreError> {
                self.base.applied()
            }

            fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
                self.base.get(space, key)
            }

            fn get_many(&self, space: Space, keys: &[&[u8]]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
                self.base.get_many(space, keys)
            }

            fn scan(
                &self,
                space: Space,
                range: &ScanRange,
                each: &mut dyn FnMut(&[u8], &[u8]) -> ControlFlow<()>,
            ) -> Result<(), StoreError> {
                self.base.scan(space, range, each)
            }
        }

        impl TileRead for $handle {
            fn tile(&self, path: &str) -> Result<Option<Vec<u8>>, StoreError> {
                self.base.tile(path)
            }

            fn published(&self) -> Result<Option<StoredCheckpoint>, StoreError> {
                self.base.published()
            }
        }
    };
}

read_through_base!(RocksStore);
read_through_base!(RocksReader);
