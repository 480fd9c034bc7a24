//! Failures to read.

use std::io;
use std::path::PathBuf;

/// Something could not be read: nothing is known about the log's honesty.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// A file of a published log.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The system's own error.
        source: io::Error,
    },
    /// A file is larger than its format allows.
    #[error("{place} has more than {limit} bytes, which is the most that its format allows")]
    TooLarge {
        /// The file or URL.
        place: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// A file that is needed, and that the source says it does not have.
    #[error("{path} is missing")]
    Absent {
        /// Its path below the log's place.
        path: String,
    },
    /// A server that does not answer, or not as it should.
    #[error("{url}: {what}")]
    Http {
        /// The URL that was asked for.
        url: String,
        /// The failure, in words.
        what: String,
    },
    /// A server that sends its readers to another origin: another scheme, host or port (RFC 6454).
    #[error("{url} leads elsewhere, to {to}")]
    Elsewhere {
        /// URL that was asked for.
        url: String,
        /// URL to which the server redirects.
        to: String,
    },
    /// The store of a ledger.
    #[error(transparent)]
    Store(#[from] truce_store::StoreError),
}

impl SourceError {
    /// Stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "too-large",
            _ => "source-unreadable",
        }
    }

    /// Advice: the next thing to do.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "tell whoever publishes the log; no reader can take this file",
            Self::Http { .. } => "check the address and the connection; the explorer goes on trying",
            _ => "check that the folder is there and may be read",
        }
    }
}
