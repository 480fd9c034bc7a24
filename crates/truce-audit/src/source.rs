//! Where an audit reads from. Nothing that a source says is believed.

use std::path::{Path, PathBuf};
use std::{fs, io};
use truce_tlog::{BundleCoord, TileCoord, bundle, tile};

/// A log to be audited.
pub trait Source: Sync {
    /// The signed checkpoint, if there is one.
    fn checkpoint(&self) -> Result<Option<Vec<u8>>, SourceError>;

    /// The entries of one bundle, appended to `bytes` in bundle form (c2sp.org/tlog-tiles); false if it is missing.
    fn bundle(&self, coord: BundleCoord, bytes: &mut Vec<u8>) -> Result<bool, SourceError>;

    /// A published tile, which may be wider than asked for; `None` if the source has none.
    fn tile(&self, coord: TileCoord) -> Result<Option<Vec<u8>>, SourceError>;

    /// Whether the source publishes tiles at all: a published log must, a ledger's folder is compared where it has them.
    fn has_tiles(&self) -> bool;
}

/// Something could not be read: nothing is known about the log's honesty.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// A file of a published log.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file is larger than its format allows.
    #[error("{path} has {size} bytes; at most {limit} are allowed")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        size: u64,
        /// The limit.
        limit: u64,
    },
    /// The store of a ledger.
    #[cfg(feature = "ledger")]
    #[error(transparent)]
    Store(#[from] truce_store::StoreError),
}

/// Largest checkpoint that is read, in bytes; room for many post-quantum cosignatures.
const MAX_CHECKPOINT: u64 = 1 << 20;

/// A published log in a directory.
#[derive(Clone, Debug)]
pub struct DirSource(PathBuf);

impl DirSource {
    /// The log published in `directory`.
    #[must_use]
    pub fn new(directory: &Path) -> Self {
        Self(directory.to_owned())
    }

    /// Whether `path` looks like a published log.
    #[must_use]
    pub fn is_published(path: &Path) -> bool {
        path.join("checkpoint").is_file() && path.join("tile").is_dir()
    }

    fn read(&self, path: &str, limit: u64) -> Result<Option<Vec<u8>>, SourceError> {
        let path = self.0.join(path);
        let size = match fs::metadata(&path) {
            Ok(meta) => meta.len(),
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(SourceError::File { path, source }),
        };
        if size > limit {
            return Err(SourceError::TooLarge { path, size, limit });
        }
        fs::read(&path).map(Some).map_err(|source| SourceError::File { path, source })
    }
}

impl Source for DirSource {
    fn checkpoint(&self) -> Result<Option<Vec<u8>>, SourceError> {
        self.read("checkpoint", MAX_CHECKPOINT)
    }

    fn bundle(&self, coord: BundleCoord, bytes: &mut Vec<u8>) -> Result<bool, SourceError> {
        let limit = bundle::MAX_BUNDLE_BYTES as u64;
        let mut found = self.read(&coord.to_string(), limit)?;
        if found.is_none() && !coord.is_full() {
            found = self.read(&coord.full().to_string(), limit)?;
        }
        Ok(found.is_some_and(|found| {
            bytes.extend_from_slice(&found);
            true
        }))
    }

    fn tile(&self, coord: TileCoord) -> Result<Option<Vec<u8>>, SourceError> {
        let found = self.read(&coord.to_string(), tile::TILE_BYTES as u64)?;
        if found.is_none() && !coord.is_full() {
            return self.read(&coord.full().to_string(), tile::TILE_BYTES as u64);
        }
        Ok(found)
    }

    fn has_tiles(&self) -> bool {
        true
    }
}

/// A depositary's own ledger, read without its help: entries, checkpoint and tiles, none of its indexes.
#[cfg(feature = "ledger")]
pub struct LedgerSource<S>(S);

#[cfg(feature = "ledger")]
impl LedgerSource<truce_store::RocksReader> {
    /// The ledger in `folder`.
    pub fn open(folder: &Path) -> Result<Self, SourceError> {
        Ok(Self(truce_store::RocksReader::open(folder.join("db"))?))
    }
}

#[cfg(feature = "ledger")]
impl<S: truce_store::StoreRead> LedgerSource<S> {
    /// The ledger kept in any store.
    pub fn over(store: S) -> Self {
        Self(store)
    }
}

#[cfg(feature = "ledger")]
impl<S: truce_store::StoreRead> Source for LedgerSource<S> {
    fn checkpoint(&self) -> Result<Option<Vec<u8>>, SourceError> {
        Ok(self.0.checkpoint()?.map(|stored| stored.note))
    }

    fn bundle(&self, coord: BundleCoord, bytes: &mut Vec<u8>) -> Result<bool, SourceError> {
        use std::ops::ControlFlow;
        let Ok(first) = coord.first_entry() else { return Ok(false) };
        let end = first + u64::from(coord.width());
        if self.0.head()?.size < end {
            return Ok(false);
        }
        self.0.read(first..end, &mut |_, entry| match bundle::encode_entry(bytes, entry) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        })?;
        Ok(true)
    }

    fn tile(&self, coord: TileCoord) -> Result<Option<Vec<u8>>, SourceError> {
        // A ledger stores full tiles; its right edge is published, not stored.
        Ok(self.0.tile(&coord.full().to_string())?)
    }

    fn has_tiles(&self) -> bool {
        false
    }
}
