//! A published log as a directory, in the layout of C2SP tlog-tiles: any static web server can serve it.
//!
//! A file appears in one step. It is written under a name in `.tmp/`, synced, renamed to its place, and
//! then the directories that changed are synced through handles opened before the rename, because a
//! failure to write back is reported only to handles that were open when it happened.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use truce_file::ReadError;

use crate::path::{self, CHECKPOINT, Tree};
use crate::{StoreError, StoredCheckpoint, TileRead, TileStore, rules};

/// Folder in which files are written before they are renamed. Paths of a published log never begin with a dot.
const TEMPORARY: &str = ".tmp";

/// Largest file that is read, in bytes: a full bundle of the longest entries (c2sp.org/tlog-tiles) takes half of it.
const MAX_FILE: u64 = 32 << 20;

/// A directory of tiles open for publication, by one handle at a time.
#[derive(Debug)]
pub struct DirTiles {
    read: DirReader,
    /// The root itself: holds the lock, and is synced after its own entries change.
    root: File,
    writer: Mutex<Writer>,
}

#[derive(Debug, Default)]
struct Writer {
    next_temporary: u64,
    stopped: Option<String>,
}

/// A directory of tiles open for reading, beside whoever publishes into it.
#[derive(Clone, Debug)]
pub struct DirReader {
    root: PathBuf,
}

impl DirTiles {
    /// Opens an empty directory to publish into, creating it and its parents as needed.
    /// [`StoreError::Exists`] if there is anything in it.
    pub fn create(root: impl AsRef<Path>) -> Result<Self, StoreError> {
        let root = root.as_ref();
        truce_file::create_folder(root).map_err(|error| at(root, error))?;
        let mut entries = fs::read_dir(root).map_err(|error| at(root, error))?;
        if entries.next().is_some() {
            return Err(StoreError::Exists { place: root.display().to_string() });
        }
        Self::open(root)
    }

    /// Opens a directory to go on publishing into. [`StoreError::Locked`] if another handle has it open,
    /// [`StoreError::Corrupt`] if its checkpoint is not a valid one.
    pub fn open(root: impl AsRef<Path>) -> Result<Self, StoreError> {
        let read = DirReader::open(&root)?;
        let root = File::open(&read.root).map_err(|error| at(&read.root, error))?;
        root.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => StoreError::Locked { place: read.root.display().to_string() },
            TryLockError::Error(error) => at(&read.root, error),
        })?;
        // Under the lock, so that nobody else's work in progress is swept away.
        let temporary = read.root.join(TEMPORARY);
        match fs::remove_dir_all(&temporary) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(at(&temporary, error)),
            _ => fs::create_dir(&temporary).map_err(|error| at(&temporary, error))?,
        }
        let store = Self { read, root, writer: Mutex::default() };
        store.published()?;
        Ok(store)
    }

    /// Runs one write. Whatever fails on the way to the disk stops the handle: after a failed sync
    /// nobody knows what the disk holds.
    fn write(&self, work: impl FnOnce(&mut Writer) -> Result<(), StoreError>) -> Result<(), StoreError> {
        let mut writer = lock(&self.writer);
        if let Some(why) = &writer.stopped {
            return Err(StoreError::Stopped { why: why.clone() });
        }
        let done = work(&mut writer);
        if let Err(error @ StoreError::Io { .. }) = &done {
            writer.stopped = Some(error.to_string());
        }
        done
    }

    /// Writes `bytes` to a new temporary file and syncs it.
    fn stage(&self, writer: &mut Writer, bytes: &[u8]) -> Result<PathBuf, StoreError> {
        let path = self.read.root.join(TEMPORARY).join(writer.next_temporary.to_string());
        writer.next_temporary += 1;
        truce_file::create(&path, bytes).map_err(|error| at(&path, error))?;
        Ok(path)
    }

    /// Opens the directory that holds `target`, creating it and its parents below the root as needed,
    /// and keeps handles of it and of every directory that gained an entry in `touched`.
    fn touch(&self, target: &Path, touched: &mut BTreeMap<PathBuf, File>) -> Result<(), StoreError> {
        let mut missing = Vec::new();
        let mut parent = target.parent();
        while let Some(directory) = parent.filter(|directory| **directory != self.read.root) {
            if touched.contains_key(directory) || directory.is_dir() {
                break;
            }
            missing.push(directory);
            parent = directory.parent();
        }
        let mut open = |directory: &Path| -> Result<(), StoreError> {
            if !touched.contains_key(directory) {
                let file = File::open(directory).map_err(|error| at(directory, error))?;
                touched.insert(directory.to_owned(), file);
            }
            Ok(())
        };
        for directory in missing.into_iter().rev() {
            directory.parent().map_or(Ok(()), &mut open)?;
            fs::create_dir(directory).map_err(|error| at(directory, error))?;
        }
        target.parent().map_or(Ok(()), open)
    }
}

impl DirReader {
    /// Opens a directory of tiles. [`StoreError::Missing`] if there is no such directory.
    pub fn open(root: impl AsRef<Path>) -> Result<Self, StoreError> {
        let root = root.as_ref();
        match fs::metadata(root) {
            Ok(found) if found.is_dir() => Ok(Self { root: root.to_owned() }),
            Err(error) if error.kind() != ErrorKind::NotFound => Err(at(root, error)),
            _ => Err(StoreError::Missing { place: root.display().to_string() }),
        }
    }

    /// Finds the file of `path`. A symbolic link below the root is refused: it could lead anywhere.
    fn locate(&self, path: &str) -> Result<PathBuf, StoreError> {
        let mut place = self.root.clone();
        for part in path.split('/') {
            place.push(part);
            match fs::symlink_metadata(&place) {
                Ok(found) if found.is_symlink() => return Err(StoreError::BadPath { path: path.to_owned() }),
                Ok(_) => {}
                Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => break,
                Err(error) => return Err(at(&place, error)),
            }
        }
        Ok(self.root.join(path))
    }

    fn load(place: &Path) -> Result<Option<Vec<u8>>, StoreError> {
        match truce_file::read(place, MAX_FILE) {
            // `tile/0` is a path, but nothing is published there.
            Err(ReadError::NotAFile(_)) if place.is_dir() => Ok(None),
            read => read.map_err(|error| at(place, error.into())),
        }
    }
}

impl TileRead for DirReader {
    fn tile(&self, path: &str) -> Result<Option<Vec<u8>>, StoreError> {
        if path != CHECKPOINT {
            path::check(path)?;
        }
        Self::load(&self.locate(path)?)
    }

    fn published(&self) -> Result<Option<StoredCheckpoint>, StoreError> {
        let Some(note) = self.tile(CHECKPOINT)? else { return Ok(None) };
        let tree = Tree::of(&note);
        let size = tree.ok_or_else(|| StoreError::corrupt("the published checkpoint is no checkpoint"))?.size;
        Ok(Some(StoredCheckpoint { size, note }))
    }
}

impl TileRead for DirTiles {
    fn tile(&self, path: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.read.tile(path)
    }

    fn published(&self) -> Result<Option<StoredCheckpoint>, StoreError> {
        self.read.published()
    }
}

impl TileStore for DirTiles {
    fn put_all(&self, files: &[(&str, &[u8])]) -> Result<(), StoreError> {
        for (path, _) in files {
            path::check(path)?;
        }
        self.write(|writer| {
            let mut touched = BTreeMap::new();
            for (path, bytes) in files {
                let target = self.read.locate(path)?;
                let before = DirReader::load(&target)?;
                if before.as_deref().is_some_and(|before| before != *bytes) {
                    return Err(StoreError::Changed { path: (*path).to_owned() });
                }
                self.touch(&target, &mut touched)?;
                // A file that is there was complete when it was renamed, but perhaps its directory has
                // not been synced since: that much is done again.
                if before.is_none() {
                    let staged = self.stage(writer, bytes)?;
                    fs::rename(&staged, &target).map_err(|error| at(&target, error))?;
                }
            }
            touched
                .iter()
                .try_for_each(|(directory, file)| file.sync_all().map_err(|error| sync(directory, error)))
        })
    }

    fn put_checkpoint(&self, size: u64, note: &[u8]) -> Result<(), StoreError> {
        self.write(|writer| {
            let target = self.read.locate(CHECKPOINT)?;
            rules::check_forward(DirReader::load(&target)?.as_deref(), size, note)?;
            let staged = self.stage(writer, note)?;
            fs::rename(&staged, &target).map_err(|error| at(&target, error))?;
            self.root.sync_all().map_err(|error| sync(&self.read.root, error))
        })
    }
}

fn at(place: &Path, error: io::Error) -> StoreError {
    StoreError::io(place.display().to_string(), error)
}

/// Never told apart from other failures, full disk or not: what a failed sync leaves behind is unknown.
fn sync(place: &Path, source: io::Error) -> StoreError {
    StoreError::Io { what: format!("syncing {}", place.display()), source }
}

fn lock(writer: &Mutex<Writer>) -> MutexGuard<'_, Writer> {
    writer.lock().unwrap_or_else(PoisonError::into_inner)
}
