//! Where entries come from: a depositary's ledger, a published directory, a log's URL. Reading only, and nothing that
//! comes is believed: sizes are limited before anything is parsed, everything else is the follower's to judge.

mod http;
mod ledger;
mod published;

pub use http::HttpSource;
pub use ledger::LedgerSource;
pub use published::PublishedSource;

use std::path::{Path, PathBuf};
use std::time::Duration;
use truce_tlog::{BundleCoord, TileCoord};

/// A log to be followed.
pub trait Source: Send + Sync {
    /// The newest signed checkpoint, as bytes; `None` if there is none yet. Cheap enough to be asked every
    /// [`Self::pause`].
    fn checkpoint(&self) -> Result<Option<Vec<u8>>, SourceError>;

    /// The entries of one bundle in bundle form (c2sp.org/tlog-tiles), or a wider bundle of the same place; `None` if
    /// there is none.
    fn bundle(&self, coord: BundleCoord) -> Result<Option<Vec<u8>>, SourceError>;

    /// A tile, or a wider one of the same place; `None` if there is none.
    fn tile(&self, coord: TileCoord) -> Result<Option<Vec<u8>>, SourceError>;

    /// How long to wait between two looks at the checkpoint.
    fn pause(&self) -> Duration;

    /// Nothing more is fetched until the next look: what was held for reading can go.
    fn rest(&self) {}
}

/// Which log to follow.
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
    pub fn find(text: &str) -> Result<Self, SourceError> {
        if text.starts_with("http://") || text.starts_with("https://") {
            return Ok(Self::Url(text.trim_end_matches('/').to_owned()));
        }
        let path = Path::new(text);
        if truce_log::Folder::is_ledger(path) {
            return Ok(Self::Ledger(path.to_owned()));
        }
        if path.join("checkpoint").is_file() || path.join("tile").is_dir() {
            return Ok(Self::Published(path.to_owned()));
        }
        Err(SourceError::NoLog { place: text.to_owned() })
    }

    /// Opens it. A place that cannot be read yet is no error here: it may be read later.
    #[must_use]
    pub fn open(&self) -> Box<dyn Source> {
        match self {
            Self::Ledger(path) => Box::new(LedgerSource::new(path)),
            Self::Published(path) => Box::new(PublishedSource::new(path)),
            Self::Url(url) => Box::new(HttpSource::new(url)),
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

/// Something could not be read. Says nothing about the log's honesty.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// Neither a ledger nor a published log.
    #[error("{place} is neither a ledger (a folder with db/) nor a published log (checkpoint and tile/)")]
    NoLog {
        /// What was named.
        place: String,
    },
    /// A folder or a server that could not be read.
    #[error(transparent)]
    Published(#[from] truce_source::SourceError),
    /// The store of a ledger.
    #[error(transparent)]
    Store(#[from] truce_store::StoreError),
}

impl SourceError {
    /// Stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoLog { .. } => "no-log",
            Self::Published(truce_source::SourceError::TooLarge { .. }) => "too-large",
            Self::Published(_) | Self::Store(_) => "source-unreadable",
        }
    }

    /// What to do next.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::NoLog { .. } => "check the path or the URL",
            Self::Published(truce_source::SourceError::TooLarge { .. }) => {
                "tell whoever publishes the log; no reader can take this file"
            }
            Self::Published(truce_source::SourceError::Http { .. }) => {
                "check the address and the connection; the explorer goes on trying"
            }
            Self::Published(_) | Self::Store(_) => "check that the folder is there and may be read",
        }
    }
}

/// Between two looks at a log on the same machine.
const LOCAL_PAUSE: Duration = Duration::from_millis(500);
