//! Logs that the explorer follows: a depositary's ledger, a published directory, a URL.

mod ledger;

pub use ledger::FollowedLedger;

use crate::error::CopyError;
use std::path::PathBuf;
use truce_source::{Place, Source};

/// Name of the explorer, as servers see it.
const PROGRAM: &str = concat!("truce-explorer/", env!("CARGO_PKG_VERSION"));

/// Location of the log to follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// A depositary's ledger: a folder with `db/`. The depositary may be writing.
    Ledger(PathBuf),
    /// A published directory in the layout of c2sp.org/tlog-tiles.
    Published(PathBuf),
    /// The URL below which such a directory is served, without a slash at the end.
    Url(String),
}

impl Location {
    /// Tells what `text` names: a URL with `http:` or `https:`, else a path.
    ///
    /// # Errors
    /// When there is neither a ledger nor a published log at the path.
    pub fn find(text: &str) -> Result<Self, CopyError> {
        match Place::of(text) {
            Place::Url(url) => Ok(Self::Url(url)),
            Place::Directory(path) if truce_log::Folder::is_ledger(&path) => Ok(Self::Ledger(path)),
            Place::Directory(path) if path.join("checkpoint").is_file() || path.join("tile").is_dir() => {
                Ok(Self::Published(path))
            }
            Place::Directory(_) => Err(CopyError::NoLog { place: text.to_owned() }),
        }
    }

    /// Opens it. A place that cannot be read yet is no error here: it may be read later.
    #[must_use]
    pub fn open(&self) -> Box<dyn Source> {
        match self {
            Self::Ledger(path) => Box::new(FollowedLedger::new(path)),
            Self::Published(path) => Place::Directory(path.clone()).open(PROGRAM),
            Self::Url(url) => Place::Url(url.clone()).open(PROGRAM),
        }
    }
}

impl std::fmt::Display for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Ledger(path) | Self::Published(path) => path.display().fmt(f),
            Self::Url(url) => f.write_str(url),
        }
    }
}
