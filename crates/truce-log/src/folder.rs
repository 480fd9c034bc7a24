//! The folder of a ledger: `db/` (the store), `log.pem` (the log's private key, unless it is kept elsewhere) and
//! `checkpoint`, the copy of the last signed checkpoint outside the store.
//!
//! The copy is what tells a restored older store from the newest one. It is replaced after every signature by a
//! rename, which survives the death of the process, and synced when the ledger is closed; after a loss of power it may
//! be a little older than the store's own record, which is harmless, because it only ever says "at least this much".

use crate::error::LogError;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Paths inside a ledger's folder.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// The folder at `path`, which need not exist yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Whether `path` looks like a ledger.
    #[must_use]
    pub fn is_ledger(path: &Path) -> bool {
        path.join("db").is_dir()
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> PathBuf {
        self.0.join("db")
    }

    /// The log's private key.
    #[must_use]
    pub fn key(&self) -> PathBuf {
        self.0.join("log.pem")
    }

    /// The copy of the last signed checkpoint.
    #[must_use]
    pub fn checkpoint(&self) -> PathBuf {
        self.0.join("checkpoint")
    }

    /// Reads the copy of the checkpoint, if there is one.
    pub(crate) fn read_checkpoint(&self) -> Result<Option<Vec<u8>>, LogError> {
        let path = self.checkpoint();
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(LogError::File { path, source }),
        }
    }

    /// Replaces the copy of the checkpoint.
    pub(crate) fn write_checkpoint(&self, note: &str) -> Result<(), LogError> {
        self.replace_checkpoint(note, false)
    }

    /// Replaces the copy of the checkpoint and waits until it is on disk.
    pub(crate) fn sync_checkpoint(&self, note: &str) -> Result<(), LogError> {
        self.replace_checkpoint(note, true)
    }

    fn replace_checkpoint(&self, note: &str, sync: bool) -> Result<(), LogError> {
        let (path, next) = (self.checkpoint(), self.0.join("checkpoint.next"));
        let write = || {
            let mut file = File::create(&next)?;
            file.write_all(note.as_bytes())?;
            if sync {
                file.sync_all()?;
            }
            fs::rename(&next, &path)?;
            if sync { File::open(&self.0)?.sync_all() } else { Ok(()) }
        };
        write().map_err(|source| LogError::File { path: path.clone(), source })
    }
}
