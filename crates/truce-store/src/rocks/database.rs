//! The database behind both handles, and all reading from it.

use std::fs;
use std::io::ErrorKind;
use std::ops::{ControlFlow, Range};
use std::path::{Path, PathBuf};

use rocksdb::{ColumnFamily, DB, DBPinnableSlice, DBRawIterator, ReadOptions};

use super::chunk::Chunk;
use super::failure::translate;
use super::meta;
use super::options::{self, ENTRIES, META, RocksOptions};
use crate::path::{self, CHECKPOINT};
use crate::{
    BatchId, Head, IndexRead, LogRead, Resolution, ScanRange, Space, StoreError, StoredCheckpoint, TileRead,
};

/// Bytes on disk.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Usage {
    /// Tables: everything flushed.
    pub tables: u64,
    /// The write-ahead log.
    pub wal: u64,
    /// Manifest, options and the engine's own diary.
    pub other: u64,
}

impl Usage {
    /// All of it.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.tables + self.wal + self.other
    }
}

#[derive(Debug)]
pub(super) struct Database {
    pub(super) db: DB,
    pub(super) place: PathBuf,
}

/// Purpose for which a database is opened.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Mode {
    Create,
    Write,
    Read,
}

impl Database {
    pub(super) fn open(place: &Path, options: &RocksOptions, mode: Mode) -> Result<Self, StoreError> {
        let mut database = options::database(options);
        if mode == Mode::Create {
            database.create_if_missing(true);
            database.create_missing_column_families(true);
            database.set_error_if_exists(true);
        } else {
            look(place)?;
        }
        let mut families = options::column_families(options);
        if mode != Mode::Create {
            // A store made before there was this space is opened as it is: an earlier program may open it again.
            let there = DB::list_cf(&database, place).unwrap_or_default();
            let views = Space::Views.name();
            families.retain(|family| family.name() != views || there.iter().any(|name| name == views));
        }
        let db = match mode {
            Mode::Read => DB::open_cf_descriptors_read_only(&database, place, families, false),
            Mode::Create | Mode::Write => DB::open_cf_descriptors(&database, place, families),
        };
        let db = db.map_err(|error| translate(&place.display().to_string(), &error))?;
        Ok(Self { db, place: place.to_owned() })
    }

    /// Checks that the records agree with each other: cheap whatever the size of the log.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        let format = self.meta(meta::FORMAT_KEY)?;
        if format.as_deref() != Some(meta::FORMAT.as_bytes()) {
            let found = format
                .map_or_else(|| "none".to_owned(), |found| String::from_utf8_lossy(&found).into_owned());
            return Err(StoreError::Format { found, expected: meta::FORMAT.to_owned() });
        }
        let size = self.head()?.size;
        let mut last = self.rows(ENTRIES, ReadOptions::default())?;
        last.seek_to_last();
        let end = last
            .item()
            .map_or(Ok(0), |(key, value)| Chunk::parse(key, value).map(|chunk| chunk.range().end))?;
        last.status().map_err(|error| translate("reading the last entry", &error))?;
        if end != size {
            return Err(StoreError::corrupt(format!(
                "the head says {size} entries, the entries end at {end}"
            )));
        }
        let signed = self.checkpoint()?.map_or(0, |signed| signed.size);
        let applied = self.applied()?;
        if signed > size || applied > size {
            let what =
                format!("a log of {size} entries, an index at {applied}, a signed checkpoint of {signed}");
            return Err(StoreError::corrupt(what));
        }
        self.published().map(drop)
    }

    pub(super) fn family(&self, name: &str) -> Result<&ColumnFamily, StoreError> {
        self.db
            .cf_handle(name)
            .ok_or_else(|| StoreError::corrupt(format!("there is no column family `{name}`")))
    }

    /// The spaces that the store has.
    pub(super) fn spaces(&self) -> impl Iterator<Item = Space> {
        Space::ALL.into_iter().filter(|space| self.db.cf_handle(space.name()).is_some())
    }

    pub(super) fn row(&self, family: &str, key: &[u8]) -> Result<Option<DBPinnableSlice<'_>>, StoreError> {
        let found = self.db.get_pinned_cf(self.family(family)?, key);
        found.map_err(|error| translate(&format!("reading {family}"), &error))
    }

    pub(super) fn meta(&self, key: &[u8]) -> Result<Option<DBPinnableSlice<'_>>, StoreError> {
        self.row(META, key)
    }

    fn rows(&self, family: &str, options: ReadOptions) -> Result<DBRawIterator<'_>, StoreError> {
        Ok(self.db.raw_iterator_cf_opt(self.family(family)?, options))
    }

    pub(super) fn resolve(&self, batch: &BatchId) -> Result<Resolution, StoreError> {
        match self.meta(&meta::batch_key(batch))? {
            Some(row) => meta::parse_committed(&row).map(Resolution::Committed),
            None => Ok(Resolution::NotCommitted),
        }
    }

    pub(super) fn usage(&self) -> Result<Usage, StoreError> {
        let failed = |error| StoreError::io(self.place.display().to_string(), error);
        let mut usage = Usage::default();
        for file in fs::read_dir(&self.place).map_err(failed)? {
            let file = file.map_err(failed)?;
            // A file that went away while we looked takes no room.
            let Ok(bytes) = file.metadata().map(|file| file.len()) else { continue };
            match file.path().extension().and_then(|extension| extension.to_str()) {
                Some("sst") => usage.tables += bytes,
                Some("log") => usage.wal += bytes,
                _ => usage.other += bytes,
            }
        }
        Ok(usage)
    }
}

/// Tells a place without a store from one whose store is damaged, before RocksDB writes to it.
fn look(place: &Path) -> Result<(), StoreError> {
    let place_named = || place.display().to_string();
    // RocksDB opens what lies there under its names, and would wait for ever for the writer of a pipe.
    for file in fs::read_dir(place).into_iter().flatten().flatten() {
        let special = fs::metadata(file.path()).is_ok_and(|found| !found.is_file() && !found.is_dir());
        if special {
            let name = file.file_name();
            return Err(StoreError::corrupt(format!("{} is not a regular file", name.to_string_lossy())));
        }
    }
    if place.join("CURRENT").is_file() {
        return Ok(());
    }
    let remains = |file: fs::DirEntry| {
        let path = file.path();
        path.extension().is_some_and(|extension| extension == "sst" || extension == "log")
            || file.file_name().to_string_lossy().starts_with("MANIFEST")
    };
    match fs::read_dir(place).map(|mut files| files.any(|file| file.is_ok_and(remains))) {
        Ok(true) => Err(StoreError::corrupt("the file CURRENT is gone")),
        Err(error) if error.kind() != ErrorKind::NotFound => Err(StoreError::io(place_named(), error)),
        _ => Err(StoreError::Missing { place: place_named() }),
    }
}

impl LogRead for Database {
    fn head(&self) -> Result<Head, StoreError> {
        self.meta(meta::HEAD)?.map_or(Ok(Head::default()), |row| meta::parse_head(&row))
    }

    fn entry(&self, position: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let mut found = None;
        let read = self.read(position..position.saturating_add(1), &mut |_, entry| {
            found = Some(entry.to_vec());
            ControlFlow::Break(())
        });
        match read {
            // Most are asked for where they are: only who finds nothing is told why.
            Err(StoreError::Hole { size, .. }) if position >= size => Ok(None),
            read => read.map(|()| found),
        }
    }

    fn read(
        &self,
        range: Range<u64>,
        each: &mut dyn FnMut(u64, &[u8]) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        if range.is_empty() {
            return Ok(());
        }
        let mut next = range.start;
        let mut rows = self.rows(ENTRIES, ReadOptions::default())?;
        rows.seek(next.to_be_bytes());
        while let Some((key, value)) = rows.item() {
            let chunk = Chunk::parse(key, value)?;
            if !chunk.range().contains(&next) {
                break;
            }
            for (position, entry) in chunk.entries() {
                if position < next {
                    continue;
                }
                if position >= range.end || each(position, entry).is_break() {
                    return Ok(());
                }
                next = position + 1;
            }
            if next >= range.end {
                return Ok(());
            }
            rows.next();
        }
        rows.status().map_err(|error| translate("reading entries", &error))?;
        Err(StoreError::Hole { position: next, size: self.head()?.size })
    }

    fn checkpoint(&self) -> Result<Option<StoredCheckpoint>, StoreError> {
        self.meta(meta::SIGNED)?.map(|row| meta::parse_checkpoint(meta::SIGNED, &row)).transpose()
    }
}

impl IndexRead for Database {
    fn applied(&self) -> Result<u64, StoreError> {
        self.meta(meta::APPLIED)?.map_or(Ok(0), |row| meta::parse_u64(meta::APPLIED, &row))
    }

    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.row(space.name(), key)?.map(|row| row.to_vec()))
    }

    fn get_many(&self, space: Space, keys: &[&[u8]]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let rows = self.db.batched_multi_get_cf(self.family(space.name())?, keys.iter().copied(), false);
        let failed = |error| translate(&format!("reading {}", space.name()), &error);
        rows.into_iter().map(|row| Ok(row.map_err(failed)?.map(|row| row.to_vec()))).collect()
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
        let mut options = ReadOptions::default();
        options.set_iterate_lower_bound(range.lower());
        if let Some(upper) = range.upper() {
            options.set_iterate_upper_bound(upper);
        }
        let mut rows = self.rows(space.name(), options)?;
        if range.is_backward() {
            rows.seek_to_last();
        } else {
            rows.seek_to_first();
        }
        let mut left = range.max();
        while let Some((key, value)) = rows.item() {
            if left == 0 || each(key, value).is_break() {
                return Ok(());
            }
            left -= 1;
            if range.is_backward() { rows.prev() } else { rows.next() }
        }
        rows.status().map_err(|error| translate(&format!("scanning {}", space.name()), &error))
    }
}

impl TileRead for Database {
    fn tile(&self, path: &str) -> Result<Option<Vec<u8>>, StoreError> {
        if path == CHECKPOINT {
            return Ok(self.published()?.map(|published| published.note));
        }
        path::check(path)?;
        self.get(Space::Tiles, path.as_bytes())
    }

    fn published(&self) -> Result<Option<StoredCheckpoint>, StoreError> {
        self.meta(meta::PUBLISHED)?.map(|row| meta::parse_checkpoint(meta::PUBLISHED, &row)).transpose()
    }
}
