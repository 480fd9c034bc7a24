//! Errors of the explorer itself. A fault of a log is a [`crate::Finding`].

use std::path::PathBuf;
use truce_log::LogError;
use truce_source::SourceError;
use truce_store::{AppendError, CheckpointError, StoreError};

/// Reason why something could not be read, kept or answered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CopyError {
    /// The copy's store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A batch could not be written to the copy.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The verified checkpoint could not be recorded in the copy.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The copy does not read as a log.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The source could not be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Neither a ledger nor a published log.
    #[error("{place} is neither a ledger (a folder with db/) nor a published log (checkpoint and tile/)")]
    NoLog {
        /// The place that was named.
        place: String,
    },
    /// A file of the copy's folder.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Error of the operating system.
        source: std::io::Error,
    },
    /// The folder holds something that the explorer did not make.
    #[error("{path} is not empty and holds no copy made by the explorer")]
    NotACopy {
        /// The folder.
        path: PathBuf,
    },
    /// Something in the copy contradicts something else.
    #[error("the copy is damaged: {what}")]
    Damaged {
        /// Description of what was found.
        what: String,
    },
    /// Nothing has been verified yet.
    #[error("nothing of this log has been verified yet")]
    NothingYet,
    /// No such record under the checkpoint that is served.
    #[error("there is no record {position}: {size} are verified")]
    NoSuchRecord {
        /// Position asked for.
        position: u64,
        /// Entries served.
        size: u64,
    },
    /// A condition that cannot be met by anything.
    #[error("{what}")]
    BadQuery {
        /// Description of the question, and of what may be asked.
        what: String,
    },
}

impl CopyError {
    /// The error that something in the copy contradicts something else.
    pub fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged { what: what.into() }
    }

    /// Stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store(e) => e.code(),
            Self::Append(e) => e.code(),
            Self::Checkpoint(_) => "checkpoint-not-recorded",
            Self::Log(e) => e.code(),
            Self::Source(e) => e.code(),
            Self::NoLog { .. } => "no-log",
            Self::File { .. } => "file",
            Self::NotACopy { .. } => "not-a-copy",
            Self::Damaged { .. } => "copy-damaged",
            Self::NothingYet => "nothing-verified-yet",
            Self::NoSuchRecord { .. } => "no-such-record",
            Self::BadQuery { .. } => "bad-query",
        }
    }

    /// The next step for the reader.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Store(e) => e.remedy(),
            Self::Append(e) => e.remedy(),
            Self::Checkpoint(_) | Self::Log(_) | Self::Damaged { .. } => {
                "start the explorer again; it makes a doubtful copy anew from the log"
            }
            Self::Source(e) => e.remedy(),
            Self::NoLog { .. } => "check the path or the URL",
            Self::File { .. } => "check the permissions and the room on the disk",
            Self::NotACopy { .. } => "name an empty folder, or one that the explorer made",
            Self::NothingYet => "wait for the first copy; the status says how far it is",
            Self::NoSuchRecord { .. } => "look at the list of records for those there are",
            Self::BadQuery { .. } => "correct the condition named",
        }
    }

    /// Tells whether the copy itself must be made anew.
    #[must_use]
    pub(crate) fn is_damage(&self) -> bool {
        match self {
            Self::Damaged { .. } => true,
            Self::Store(e) | Self::Append(AppendError::Failed(e)) | Self::Log(LogError::Store(e)) => {
                is_damage(e)
            }
            Self::Log(e) => matches!(
                e,
                LogError::Altered { .. }
                    | LogError::NotTheSignedTree { .. }
                    | LogError::BehindItsSignature { .. }
                    | LogError::Tree(_)
            ),
            _ => false,
        }
    }
}

fn is_damage(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::Corrupt { .. }
            | StoreError::Hole { .. }
            | StoreError::Format { .. }
            | StoreError::Missing { .. }
    )
}
