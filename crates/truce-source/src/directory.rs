//! A published log in a directory.

use crate::tree::{read_bundle, read_tile};
use crate::{MAX_CHECKPOINT, Source, SourceError};
use std::path::{Path, PathBuf};
use std::{fs, io};
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
        // The size first: a file of any length may lie there.
        let size = match fs::metadata(&path) {
            Ok(found) => found.len(),
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(SourceError::File { path, source }),
        };
        if size > limit {
            return Err(SourceError::TooLarge { place: path.display().to_string(), limit });
        }
        fs::read(&path).map(Some).map_err(|source| SourceError::File { path, source })
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
