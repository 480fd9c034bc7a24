//! The contract of every source, and the places that a command line names.

use crate::{DirSource, HttpSource, SourceError};
use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;
use truce_tlog::{BundleCoord, TileCoord, TileReader};

/// Time between two looks at a log on the same machine.
const LOCAL_PAUSE: Duration = Duration::from_millis(500);

/// A log to be read. A reader that follows it asks for the checkpoint every [`Self::pause`].
pub trait Source: Send + Sync {
    /// The signed checkpoint, if there is one.
    fn checkpoint(&self) -> Result<Option<Vec<u8>>, SourceError>;

    /// The entries of one bundle, appended to `bytes` in bundle form (c2sp.org/tlog-tiles); false if it is missing.
    fn bundle(&self, coord: BundleCoord, bytes: &mut Vec<u8>) -> Result<bool, SourceError>;

    /// A published tile, which may be wider than asked for; `None` if the source has none.
    fn tile(&self, coord: TileCoord) -> Result<Option<Vec<u8>>, SourceError>;

    /// Tells that the source publishes tiles: a published log must; a ledger's folder is compared where it has them.
    fn has_tiles(&self) -> bool;

    /// Time to wait between two looks at the checkpoint.
    fn pause(&self) -> Duration {
        LOCAL_PAUSE
    }

    /// Lets go of what is held for reading: nothing more is fetched until the next look.
    fn rest(&self) {}

    /// A reader is about to save that it has come as far as `size` entries: what this source keeps of the bytes that
    /// it handed out must be on disk when this returns.
    fn settle(&self, size: u64) -> Result<(), SourceError> {
        let _ = size;
        Ok(())
    }
}

/// A published log, by its directory or its URL.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A directory in the layout of c2sp.org/tlog-tiles.
    Directory(PathBuf),
    /// The URL below which such a directory is served, without a slash at the end.
    Url(String),
}

impl Place {
    /// Tells what `text` names: a URL with `http:` or `https:`, else a path.
    #[must_use]
    pub fn of(text: &str) -> Self {
        if text.starts_with("http://") || text.starts_with("https://") {
            Self::Url(text.trim_end_matches('/').to_owned())
        } else {
            Self::Directory(PathBuf::from(text))
        }
    }

    /// Opens it. A place that cannot be read yet is no error here: it may be read later. `program` names the reader
    /// to a server, as `name/version`.
    #[must_use]
    pub fn open(&self, program: &str) -> Box<dyn Source> {
        match self {
            Self::Directory(path) => Box::new(DirSource::new(path)),
            Self::Url(url) => Box::new(HttpSource::new(url, program)),
        }
    }

    /// A file of the log outside its tree, such as `policy`: at most `limit` bytes; `None` where there is none.
    pub fn file(&self, path: &str, limit: u64, program: &str) -> Result<Option<Vec<u8>>, SourceError> {
        match self {
            Self::Directory(directory) => DirSource::new(directory).file(path, limit),
            Self::Url(url) => HttpSource::new(url, program).file(path, limit),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory(path) => path.display().fmt(f),
            Self::Url(url) => f.write_str(url),
        }
    }
}

/// The tiles of a source, for proofs. They are believed by nobody: a proof made from them is checked.
#[derive(Clone, Copy)]
pub struct Tiles<'a>(pub &'a dyn Source);

impl TileReader for Tiles<'_> {
    type Error = SourceError;

    fn tile(&self, coord: TileCoord) -> Result<Cow<'_, [u8]>, SourceError> {
        match self.0.tile(coord)? {
            Some(bytes) => Ok(Cow::Owned(bytes)),
            None => Err(SourceError::Absent { path: coord.to_string() }),
        }
    }
}
