//! A published log in a directory.

use crate::tree::{read_bundle, read_tile};
use crate::{MAX_CHECKPOINT, Source, SourceError};
use std::path::{Path, PathBuf};
use truce_file::ReadError;
use truce_tlog::{BundleCoord, TileCoord};

/// A published log in a directory.
#[derive(Clone, Debug)]
pub struct DirSource(PathBuf);

impl DirSource {
    /// The log published in `directory`.
    #[must_use]
    pub fn new(directory: &Path) -> Self {
        Self(directory.to_owned())
    }

    /// Tells from its files that `path` looks like a published log.
    #[must_use]
    pub fn is_published(path: &Path) -> bool {
        path.join("checkpoint").is_file() && path.join("tile").is_dir()
    }

    /// A file of the log outside its tree: at most `limit` bytes; `None` where there is none.
    pub fn file(&self, path: &str, limit: u64) -> Result<Option<Vec<u8>>, SourceError> {
        let path = self.0.join(path);
        truce_file::read(&path, limit).map_err(|error| match error {
            ReadError::TooLarge { limit } => {
                SourceError::TooLarge { place: path.display().to_string(), limit }
            }
            error => SourceError::File { path, source: error.into() },
        })
    }
}

impl Source for DirSource {
    fn checkpoint(&self) -> Result<Option<Vec<u8>>, SourceError> {
        self.file("checkpoint", MAX_CHECKPOINT)
    }

    fn bundle(&self, coord: BundleCoord, bytes: &mut Vec<u8>) -> Result<bool, SourceError> {
        read_bundle(&|path, limit| self.file(path, limit), coord, bytes)
    }

    fn tile(&self, coord: TileCoord) -> Result<Option<Vec<u8>>, SourceError> {
        read_tile(&|path, limit| self.file(path, limit), coord)
    }

    fn has_tiles(&self) -> bool {
        true
    }
}
