//! The folder of a ledger: `db/` (the store), `log.pem` (the log's private key, unless it is kept elsewhere) and
//! `checkpoint`, the copy of the last signed checkpoint outside the store.
//!
//! The copy is what tells a restored older store from the newest one. It follows the newest signature a few times a
//! second, by a rename, and is synced when the ledger is closed. It may be a moment older than the store's own record,
//! which is harmless, because it only ever says "at least this much".

use crate::error::LogError;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

/// Paths inside a ledger's folder.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// The folder at `path`, which need not exist yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Tells whether `path` looks like a ledger.
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

    /// The charter as it was signed, for whoever needs it beside the log.
    #[must_use]
    pub fn charter(&self) -> PathBuf {
        self.0.join("charter.cose")
    }

    /// Socket at which the process that has the ledger open is asked for a backup.
    #[must_use]
    pub fn control(&self) -> PathBuf {
        self.0.join("control")
    }

    /// The word of the operator that the clock is right: the time it showed then, milliseconds UTC.
    #[must_use]
    pub fn accepted_clock(&self) -> PathBuf {
        self.0.join("clock")
    }

    /// The mark of a store that came back from a backup. While it lies there, nothing is signed.
    #[must_use]
    pub fn mark(&self) -> PathBuf {
        self.0.join("restored")
    }

    /// Refuses a store that came back from a backup until it is known to lack nothing.
    pub(crate) fn may_sign(&self) -> Result<(), LogError> {
        let path = self.mark();
        match path.try_exists() {
            Ok(false) => Ok(()),
            Ok(true) => Err(LogError::Restored { path }),
            Err(source) => Err(LogError::File { path, source }),
        }
    }

    pub(crate) fn set_mark(&self) -> Result<(), LogError> {
        let path = self.mark();
        let write = || {
            File::create(&path)?.sync_all()?;
            File::open(&self.0)?.sync_all()
        };
        write().map_err(|source| LogError::File { path: path.clone(), source })
    }

    pub(crate) fn remove_mark(&self) -> Result<(), LogError> {
        let path = self.mark();
        let remove = || {
            match fs::remove_file(&path) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
                _ => {}
            }
            File::open(&self.0)?.sync_all()
        };
        remove().map_err(|source| LogError::File { path: path.clone(), source })
    }

    /// Reads the copy of the checkpoint, if there is one.
    pub(crate) fn read_checkpoint(&self) -> Result<Option<Vec<u8>>, LogError> {
        let path = self.checkpoint();
        truce_file::read(&path, truce_source::MAX_CHECKPOINT)
            .map_err(|error| LogError::File { path, source: error.into() })
    }

    pub(crate) fn replace_checkpoint(&self, note: &str, sync: bool) -> Result<(), LogError> {
        let path = self.checkpoint();
        let put = if sync { truce_file::replace } else { truce_file::replace_unsynced };
        put(&path, note.as_bytes()).map_err(|source| LogError::File { path, source })
    }
}

/// Keeps the copy of the checkpoint following, on a thread of its own so that no receipt waits for it.
pub(crate) struct CheckpointCopy {
    newest: Option<mpsc::Sender<String>>,
    thread: Option<JoinHandle<()>>,
}

/// Between two replacements of the copy.
const PAUSE: Duration = Duration::from_millis(100);

impl CheckpointCopy {
    pub(crate) fn start(folder: Folder) -> Result<Self, LogError> {
        let (newest, shown) = mpsc::channel::<String>();
        let path = folder.checkpoint();
        let follow = move || {
            let mut last = None;
            while let Ok(first) = shown.recv() {
                let note = shown.try_iter().last().unwrap_or(first);
                report(folder.replace_checkpoint(&note, false));
                last = Some(note);
                std::thread::sleep(PAUSE);
            }
            if let Some(note) = last {
                report(folder.replace_checkpoint(&note, true));
            }
        };
        let thread = std::thread::Builder::new().name("checkpoint copy".into()).spawn(follow);
        let thread = thread.map_err(|source| LogError::File { path, source })?;
        Ok(Self { newest: Some(newest), thread: Some(thread) })
    }

    /// Shows the newest signed checkpoint.
    pub(crate) fn show(&self, note: String) {
        if let Some(newest) = &self.newest {
            // The thread ends only when this sender is dropped.
            let _ = newest.send(note);
        }
    }
}

impl Drop for CheckpointCopy {
    fn drop(&mut self) {
        drop(self.newest.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn report(written: Result<(), LogError>) {
    if let Err(error) = written {
        tracing::error!(%error, "the copy of the checkpoint could not be written");
    }
}
