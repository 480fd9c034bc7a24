//! A depositary's own ledger, read beside the depositary and without its help.
//!
//! Opening the store reads its write-ahead log, up to 64 MiB of it, so it is not opened anew for each look. The copy of
//! the checkpoint beside the store changes with every signature, at most a moment late, and costs one small read. It
//! is only a hint: what is followed is what the store says. Growth of the store that the hint does not show, as after
//! a crash of the depositary, is looked at every few seconds.

use crate::tiles::StoredTiles;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use truce_log::Folder;
use truce_source::{Bundled, Source, SourceError, bundle_of};
use truce_store::{LogRead as _, RocksReader, StoreError};
use truce_tlog::{BundleCoord, TileCoord, TileReader as _};

/// Between two looks at a store whose hint has not changed.
const HINTLESS_PAUSE: Duration = Duration::from_secs(5);

/// A folder with `db/`.
pub struct FollowedLedger {
    folder: PathBuf,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    /// Open while entries are being read.
    reader: Option<Arc<RocksReader>>,
    /// The copy of the checkpoint, and the bytes of write-ahead log, at the last look.
    hint: Option<(Vec<u8>, u64)>,
    looked: Option<Instant>,
    /// Duration of the last look: a large log is not read again all the time.
    took: Duration,
    note: Option<Vec<u8>>,
}

impl FollowedLedger {
    /// The ledger in `folder`.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), seen: Mutex::default() }
    }

    fn reader(&self) -> Result<Arc<RocksReader>, SourceError> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reader) = &seen.reader {
            return Ok(Arc::clone(reader));
        }
        let reader = Arc::new(RocksReader::open(Folder::new(&self.folder).store())?);
        seen.reader = Some(Arc::clone(&reader));
        Ok(reader)
    }

    /// Runs `read`, and once more on a fresh handle when the depositary merged a table away under it.
    fn read<T>(&self, read: impl Fn(&RocksReader) -> Result<T, StoreError>) -> Result<T, SourceError> {
        match read(self.reader()?.as_ref()) {
            Err(StoreError::Corrupt { .. } | StoreError::Io { .. }) => {
                self.rest();
                Ok(read(self.reader()?.as_ref())?)
            }
            done => Ok(done?),
        }
    }

    fn hint(&self) -> (Vec<u8>, u64) {
        let folder = Folder::new(&self.folder);
        let copy = truce_file::read(&folder.checkpoint(), truce_source::MAX_CHECKPOINT)
            .ok()
            .flatten()
            .unwrap_or_default();
        let logs = std::fs::read_dir(folder.store()).into_iter().flatten().filter_map(Result::ok);
        let bytes = logs
            .filter(|file| file.path().extension().is_some_and(|extension| extension == "log"))
            .filter_map(|file| file.metadata().ok())
            .map(|file| file.len())
            .sum();
        (copy, bytes)
    }
}

impl Source for FollowedLedger {
    fn checkpoint(&self) -> Result<Option<Vec<u8>>, SourceError> {
        let hint = self.hint();
        {
            let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            if let (Some(before), Some(looked)) = (&seen.hint, seen.looked) {
                let since = looked.elapsed();
                let due = if before.0 == hint.0 { HINTLESS_PAUSE } else { seen.took * 2 };
                if *before == hint || since < due {
                    return Ok(seen.note.clone());
                }
            }
        }
        let start = Instant::now();
        self.rest();
        let note = self.reader()?.checkpoint()?.map(|stored| stored.note);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.hint = Some(hint);
        seen.looked = Some(Instant::now());
        seen.took = start.elapsed();
        seen.note.clone_from(&note);
        Ok(note)
    }

    fn bundle(&self, coord: BundleCoord, bytes: &mut Vec<u8>) -> Result<bool, SourceError> {
        // A first try may end in the middle.
        let read = self.read(|reader| {
            let mut read = Vec::new();
            Ok((bundle_of(reader, coord, &mut read)? != Bundled::Missing).then_some(read))
        })?;
        Ok(read.is_some_and(|read| {
            bytes.extend_from_slice(&read);
            true
        }))
    }

    fn tile(&self, coord: TileCoord) -> Result<Option<Vec<u8>>, SourceError> {
        self.read(|reader| match StoredTiles(reader).tile(coord) {
            Ok(tile) => Ok(Some(tile.into_owned())),
            Err(StoreError::Hole { .. }) => Ok(None),
            Err(error) => Err(error),
        })
    }

    fn has_tiles(&self) -> bool {
        false
    }

    fn rest(&self) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).reader = None;
    }
}
