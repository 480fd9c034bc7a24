//! Failures of a store, each with the next step.

use std::io;

use thiserror::Error;

use crate::BatchId;

/// A store could not do what was asked. Messages name the place, never the contents.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is no store at the place named.
    #[error("there is no store at {place}")]
    Missing {
        /// Path or address.
        place: String,
    },
    /// A store was to be created where something already is.
    #[error("there is already something at {place}")]
    Exists {
        /// Path or address.
        place: String,
    },
    /// Another process, or another handle in this one, has the store open for writing.
    #[error("the store at {place} is open elsewhere for writing")]
    Locked {
        /// Path or address.
        place: String,
    },
    /// The store was written in a format this version does not read.
    #[error("the store is of format {found}; this version reads format {expected}")]
    Format {
        /// Format that the store states.
        found: String,
        /// Format that this version reads.
        expected: String,
    },
    /// Bytes were read that were not written.
    #[error("the store is damaged: {what}")]
    Corrupt {
        /// Description of the damage, as far as it is known.
        what: String,
    },
    /// An entry below the end of the log is missing, or one was asked for beyond the end.
    #[error("the store has no entry {position}; the log has {size} entries")]
    Hole {
        /// The position without an entry.
        position: u64,
        /// The size of the log.
        size: u64,
    },
    /// There is no room for more. Nothing was written, or [`AppendError::Unknown`] says otherwise.
    #[error("there is no room to write: {what}")]
    Full {
        /// Description of the room that ran out.
        what: String,
    },
    /// The store lies where nothing can be written.
    #[error("the store lies on a disk that is read-only: {what}")]
    ReadOnly {
        /// Description of the write that was refused.
        what: String,
    },
    /// The operating system or the network failed.
    #[error("{what}: {source}")]
    Io {
        /// Description of what was being done.
        what: String,
        /// The failure.
        source: io::Error,
    },
    /// An earlier write failed or its outcome is unknown; the handle takes no more.
    #[error("the store takes no more writes since an earlier one failed: {why}")]
    Stopped {
        /// The failure that stopped it.
        why: String,
    },
    /// Something immutable was to be replaced by something else.
    #[error("{path} is already published with other contents")]
    Changed {
        /// The path.
        path: String,
    },
    /// A checkpoint or an index was to be moved backward.
    #[error("{what} stands at {have} and cannot go back to {offered}")]
    Backward {
        /// Name of the thing to be moved.
        what: &'static str,
        /// Its position now.
        have: u64,
        /// Position that was offered.
        offered: u64,
    },
    /// The path is not one of a published log.
    #[error("not a path of a published log: {path:?}")]
    BadPath {
        /// The path.
        path: String,
    },
    /// The index does not account for the whole log.
    #[error("the index accounts for {applied} of {size} entries")]
    IndexBehind {
        /// Entries the index accounts for.
        applied: u64,
        /// Entries in the log.
        size: u64,
    },
    /// The caller asked for something the contract excludes.
    #[error("the store cannot do that: {what}")]
    Misuse {
        /// Description of the demand that was broken.
        what: String,
    },
}

impl StoreError {
    /// A stable name for the kind of error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "store-missing",
            Self::Exists { .. } => "store-exists",
            Self::Locked { .. } => "store-locked",
            Self::Format { .. } => "store-format",
            Self::Corrupt { .. } => "store-corrupt",
            Self::Hole { .. } => "store-hole",
            Self::Full { .. } => "store-full",
            Self::ReadOnly { .. } => "store-read-only",
            Self::Io { .. } => "store-io",
            Self::Stopped { .. } => "store-stopped",
            Self::Changed { .. } => "store-changed",
            Self::Backward { .. } => "store-backward",
            Self::BadPath { .. } => "store-bad-path",
            Self::IndexBehind { .. } => "store-index-behind",
            Self::Misuse { .. } => "store-misuse",
        }
    }

    /// The next step for the caller, in one sentence.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "Check the path, or create the store first.",
            Self::Exists { .. } => "Open the store that is there, or choose an empty place.",
            Self::Locked { .. } => "Stop the process that has it open, or work through that process.",
            Self::Format { .. } => {
                "Use a version that reads this format, or rebuild the store from a mirror."
            }
            Self::Corrupt { .. } | Self::Hole { .. } => {
                "Stop writing, keep the damaged files, check the disk, and restore the log from a mirror or a copy."
            }
            Self::Full { .. } => "Free some room or extend the disk, then try again.",
            Self::ReadOnly { .. } => {
                "Read it, back it up or export it; to record in it, copy it to a disk that can be written."
            }
            Self::Io { .. } => "Check the disk and the permissions, then open the store again.",
            Self::Stopped { .. } => "Open the store again, which settles what was written.",
            Self::Changed { .. } => {
                "Publish nothing more and find out which of the two contents belongs to the log."
            }
            Self::Backward { .. } => {
                "Find out whether this store or the published log is an older copy; do not sign before."
            }
            Self::BadPath { .. } => "Ask for a path of the published log, such as tile/0/000.",
            Self::IndexBehind { .. } => {
                "Make the index anew from the entries: truce recover LEDGER --rebuild."
            }
            Self::Misuse { .. } => "This is a fault of the calling program: report it.",
        }
    }

    /// An I/O failure, told apart from a full disk.
    pub(crate) fn io(what: impl Into<String>, source: io::Error) -> Self {
        let what = what.into();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::Full { what: format!("{what}: {source}") }
            }
            _ => Self::Io { what, source },
        }
    }

    pub(crate) fn misuse(what: impl Into<String>) -> Self {
        Self::Misuse { what: what.into() }
    }

    pub(crate) fn corrupt(what: impl Into<String>) -> Self {
        Self::Corrupt { what: what.into() }
    }
}

/// A batch was not appended, or it is not known whether it was.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AppendError {
    /// The log has another size than expected: somebody else appended. Nothing was written.
    #[error("the log has {size} entries, not the {expected} expected")]
    Conflict {
        /// Size that the caller expected.
        expected: u64,
        /// The size of the log.
        size: u64,
    },
    /// The batch may or may not be in the log. The handle takes no more writes.
    #[error("it is not known whether batch {batch} was written: {source}")]
    Unknown {
        /// The batch to resolve after opening the store again.
        batch: BatchId,
        /// The failure.
        source: StoreError,
    },
    /// Nothing was written.
    #[error(transparent)]
    Failed(#[from] StoreError),
}

impl AppendError {
    /// A stable name for the kind of error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Conflict { .. } => "store-conflict",
            Self::Unknown { .. } => "store-unknown",
            Self::Failed(source) => source.code(),
        }
    }

    /// The next step for the caller, in one sentence.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Conflict { .. } => "Read the head of the log and rebuild the batch on it.",
            Self::Unknown { .. } => "Open the store again and resolve the batch before anything else.",
            Self::Failed(source) => source.remedy(),
        }
    }

    /// True where the disk, or whatever the engine writes to, ran out of room.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        matches!(
            self,
            Self::Failed(StoreError::Full { .. }) | Self::Unknown { source: StoreError::Full { .. }, .. }
        )
    }
}

/// A signed checkpoint was not stored, or it is not known whether it was.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The checkpoint before has another size than expected: somebody else signed.
    #[error("the last signed checkpoint has {}, not {}", describe(*found), describe(*expected))]
    Conflict {
        /// Size that the caller expected.
        expected: Option<u64>,
        /// The size of the one stored.
        found: Option<u64>,
    },
    /// The new checkpoint signs more entries than the log has.
    #[error("a checkpoint of size {offered} goes beyond the log of {size} entries")]
    Beyond {
        /// The size of the checkpoint.
        offered: u64,
        /// The size of the log.
        size: u64,
    },
    /// The checkpoint may or may not be stored. The handle takes no more writes; after opening the
    /// store again, [`checkpoint`](crate::LogRead::checkpoint) tells.
    #[error("it is not known whether the checkpoint was written: {source}")]
    Unknown {
        /// The failure.
        source: StoreError,
    },
    /// Nothing was written.
    #[error(transparent)]
    Failed(#[from] StoreError),
}

impl CheckpointError {
    /// A stable name for the kind of error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Conflict { .. } => "store-checkpoint-conflict",
            Self::Beyond { .. } => "store-checkpoint-beyond",
            Self::Unknown { .. } => "store-unknown",
            Self::Failed(source) => source.code(),
        }
    }

    /// The next step for the caller, in one sentence.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Conflict { .. } => {
                "Stop: find out who else signs for this log, or whether this store is an older copy."
            }
            Self::Beyond { .. } => {
                "Stop: this store is behind its own signature, as a restored copy would be."
            }
            Self::Unknown { .. } => "Open the store again and read the checkpoint before signing anything.",
            Self::Failed(source) => source.remedy(),
        }
    }
}

fn describe(size: Option<u64>) -> String {
    size.map_or_else(|| "none".to_owned(), |size| format!("size {size}"))
}
