//! The memory of a monitor, in one folder. Each file is replaced whole, and synced, after the work that it tells of.
//!
//! | file | what |
//! |---|---|
//! | `log` | the key of the log and the agreement, once known |
//! | `watch` | open cases and what was proven |
//! | `places/<hash>/checkpoint` | the last checkpoint of a place under which everything was replayed |
//! | `places/<hash>/audit/` | that replay, to go on from |
//! | `fraud/*.fraud-proof` | what was proven |

use crate::Watch;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use truce_audit::Named;
use truce_statement::AgreementId;
use truce_statement::id::sha256;

/// Fraud proofs that are kept; the first ones say it all.
const MAX_PROOFS: usize = 64;
/// Largest file of the monitor's own notes that is read, in bytes.
const MAX_STATE: u64 = 64 << 20;

/// The folder of a monitor, locked.
pub(crate) struct State {
    folder: PathBuf,
    _lock: File,
    /// As written last.
    watch: Vec<u8>,
}

/// The file `watch`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Remembered {
    pub(crate) watch: Watch,
    /// Kinds and places of what was proven and said.
    pub(crate) proven: BTreeSet<String>,
    /// Statements that were promised and have been found.
    pub(crate) kept: BTreeSet<String>,
}

#[derive(Serialize, Deserialize)]
struct Log {
    log: String,
    agreement: AgreementId,
}

impl State {
    pub(crate) fn open(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder.join("places"))?;
        fs::create_dir_all(folder.join("fraud"))?;
        let lock = File::create(folder.join("lock"))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => io::Error::other("another monitor is using this folder"),
            TryLockError::Error(error) => error,
        })?;
        Ok(Self { folder: folder.to_owned(), _lock: lock, watch: Vec::new() })
    }

    pub(crate) fn named(&self) -> io::Result<Option<Named>> {
        let Some(log) = load::<Log>(&self.folder.join("log"))? else { return Ok(None) };
        let vkey = log.log.parse().map_err(io::Error::other)?;
        Ok(Some(Named { log: vkey, agreement: log.agreement }))
    }

    pub(crate) fn save_named(&self, named: &Named) -> io::Result<()> {
        let log = Log { log: named.log.to_string(), agreement: named.agreement };
        truce_file::replace(&self.folder.join("log"), &serde_json::to_vec_pretty(&log)?)
    }

    pub(crate) fn remembered(&self) -> io::Result<Remembered> {
        Ok(load(&self.folder.join("watch"))?.unwrap_or_default())
    }

    pub(crate) fn remember(&mut self, remembered: &Remembered) -> io::Result<()> {
        let bytes = serde_json::to_vec_pretty(remembered)?;
        if bytes != self.watch {
            truce_file::replace(&self.folder.join("watch"), &bytes)?;
            self.watch = bytes;
        }
        Ok(())
    }

    /// The folder of a place, made.
    pub(crate) fn place(&self, place: &str) -> io::Result<PathBuf> {
        let name: String = hex::encode(sha256(place.as_bytes())).chars().take(16).collect();
        let folder = self.folder.join("places").join(name);
        fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// Writes a fraud proof; `None` where there are plenty.
    pub(crate) fn keep_proof(&self, kind: &str, text: &str) -> io::Result<Option<PathBuf>> {
        let hash: String = hex::encode(sha256(text.as_bytes())).chars().take(12).collect();
        let folder = self.folder.join("fraud");
        let path = folder.join(format!("{kind}-{hash}.fraud-proof"));
        if !path.exists() {
            if fs::read_dir(&folder)?.count() >= MAX_PROOFS {
                return Ok(None);
            }
            truce_file::replace(&path, text.as_bytes())?;
        }
        Ok(Some(path))
    }
}

fn load<T: serde::de::DeserializeOwned>(path: &Path) -> io::Result<Option<T>> {
    let bytes = truce_file::read(path, MAX_STATE)?;
    Ok(bytes.map(|bytes| serde_json::from_slice(&bytes)).transpose()?)
}
