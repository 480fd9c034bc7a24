//! The folder of a copy: `truce-copy` (what it is, and of which format), `db/` (the store), and `doubtful` once damage
//! was seen. Everything in it follows from the log, so whatever is doubtful is thrown away and made anew.

use super::ReadOnly;
use crate::error::CopyError;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use truce_log::Ledger;
use truce_statement::AgreementId;
use truce_store::{IndexRead as _, LogRead as _, RocksOptions, RocksStore, Space};

/// Changes whenever postings, counters or rows of one version could be misread by another.
pub(crate) const FORMAT: &[u8] = b"truce-copy 4\n";
/// State key under which each batch says which format its index rows have.
pub(crate) const FORMAT_KEY: &[u8] = b"explorer/format";

const MARK: &str = "truce-copy";
const DOUBTFUL: &str = "doubtful";
/// Largest of the two that is read, in bytes.
const MAX_MARK: u64 = 64 << 10;

/// Folder of a copy.
#[derive(Clone, Debug)]
pub(crate) struct CopyFolder(PathBuf);

/// A store that is sound as far as it says, and why the one before was thrown away, if it was.
pub(crate) struct Opened {
    pub(crate) store: RocksStore,
    pub(crate) rebuilt: Option<String>,
}

impl CopyFolder {
    pub(crate) fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Opens the copy, or makes an empty one where there is none, or none that could be gone on with.
    pub(crate) fn open(
        &self,
        agreement: Option<AgreementId>,
        cache_bytes: usize,
    ) -> Result<Opened, CopyError> {
        let mut options = RocksOptions::default();
        options.cache_bytes = cache_bytes;
        // A copy is written once and read ever after.
        options.max_runs = 2;
        fs::create_dir_all(&self.0).map_err(|source| fault(&self.0, source))?;
        let mark = self.0.join(MARK);
        let marked = truce_file::read(&mark, MAX_MARK).map_err(|error| fault(&mark, error.into()))?;
        let why = match marked {
            None => {
                let mut files = fs::read_dir(&self.0).map_err(|source| fault(&self.0, source))?;
                if files.next().is_some() {
                    return Err(CopyError::NotACopy { path: self.0.clone() });
                }
                None
            }
            Some(found) if found != FORMAT => Some("it is of another format".to_owned()),
            Some(_) if self.0.join(DOUBTFUL).exists() => {
                let why =
                    truce_file::read(&self.0.join(DOUBTFUL), MAX_MARK).ok().flatten().unwrap_or_default();
                Some(String::from_utf8_lossy(&why).into_owned())
            }
            Some(_) => match self.open_store(agreement, &options) {
                Ok(Some(store)) => return Ok(Opened { store, rebuilt: None }),
                Ok(None) => None,
                Err(error) if error.is_damage() => Some(error.to_string()),
                Err(error) => return Err(error),
            },
        };
        if let Some(why) = &why {
            tracing::warn!(why, folder = %self.0.display(), "the copy is made anew from the log");
        }
        let db = self.0.join("db");
        match fs::remove_dir_all(&db) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(fault(&db, e)),
            _ => {}
        }
        let _ = fs::remove_file(self.0.join(DOUBTFUL));
        fs::write(&mark, FORMAT).map_err(|source| fault(&mark, source))?;
        Ok(Opened { store: RocksStore::create_with(db, options)?, rebuilt: why })
    }

    /// The store that is there, checked against itself; `None` where there is none.
    fn open_store(
        &self,
        agreement: Option<AgreementId>,
        options: &RocksOptions,
    ) -> Result<Option<RocksStore>, CopyError> {
        let db = self.0.join("db");
        if !db.is_dir() {
            return Ok(None);
        }
        let store = Arc::new(RocksStore::open_with(db, options.clone())?);
        if store.head()?.size > 0 {
            // Register, edge and signed checkpoint lead to one another; an index that is behind would miss records.
            let ledger = Ledger::over(ReadOnly::new(Arc::clone(&store) as Arc<_>))?;
            if store.get(Space::State, FORMAT_KEY)?.as_deref() != Some(FORMAT) {
                return Err(CopyError::damaged("its index is of another format"));
            }
            if store.applied()? != ledger.size() {
                return Err(CopyError::damaged("its index is behind its entries"));
            }
            if agreement.is_some() && ledger.register().agreement() != agreement {
                return Err(CopyError::damaged("it is of another agreement"));
            }
            truce_log::renew(store.as_ref(), ledger.register())?;
        }
        Ok(Arc::into_inner(store))
    }

    /// Notes that the copy must not be gone on with.
    pub(crate) fn doubt(&self, why: &CopyError) {
        if let Err(error) = fs::write(self.0.join(DOUBTFUL), why.to_string()) {
            tracing::error!(%error, "the copy is damaged, and could not be marked as such");
        }
    }
}

fn fault(path: &Path, source: std::io::Error) -> CopyError {
    CopyError::File { path: path.to_owned(), source }
}
