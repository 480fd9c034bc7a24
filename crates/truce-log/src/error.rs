//! Errors of a ledger: each has a stable code, a sentence, and what to do next.

use crate::clock::ClockJump;
use std::io::ErrorKind;
use std::path::PathBuf;
use truce_statement::Refusal;
use truce_store::{AppendError, CheckpointError, StoreError};

/// Reason why a ledger cannot be opened, read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A batch could not be written.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The signed checkpoint could not be recorded.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A file of the ledger's folder could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: std::io::Error,
    },
    /// The store holds fewer entries than were signed for.
    #[error(
        "the store has {size} entries, but a checkpoint was signed for {signed}: it is an older copy, or entries were removed"
    )]
    BehindItsSignature {
        /// Entries in the store.
        size: u64,
        /// Entries the signed checkpoint covers.
        signed: u64,
    },
    /// The store's tree is not the one that was signed.
    #[error(
        "the store's tree has root {found} at size {size}, but a checkpoint was signed for root {signed}: the store was altered"
    )]
    NotTheSignedTree {
        /// Size of the tree.
        size: u64,
        /// Root computed from the store.
        found: String,
        /// Root in the signed checkpoint.
        signed: String,
    },
    /// Something in the store contradicts something else.
    #[error("the store was altered: {what}")]
    Altered {
        /// The contradiction.
        what: String,
    },
    /// The register in the store is of another version than this build keeps.
    #[error("the register in the store is of another version than this build keeps")]
    OfAnEarlierBuild,
    /// An entry read back after writing differs from the one written.
    #[error(
        "entry {position} read back from the store is not the entry that was written; nothing was signed"
    )]
    ReadBackDiffers {
        /// The entry.
        position: u64,
    },
    /// The key given is not the log's.
    #[error("this key is not the log's: the charter names {expected}, the key given is {found}")]
    WrongLogKey {
        /// vkey in the charter.
        expected: String,
        /// vkey of the key given.
        found: String,
    },
    /// A key that must sign the next checkpoint was not given.
    #[error("a checkpoint of {size} entries must be signed with the log key {vkey} too, which was not given")]
    LogKeyMissing {
        /// vkey of the key.
        vkey: String,
        /// Size of the checkpoint that is signed next.
        size: u64,
    },
    /// A new ledger needs a charter that is admissible.
    #[error("the charter is refused: {0}")]
    Charter(Refusal),
    /// There is no checkpoint yet.
    #[error("the log has fewer than two entries, and so no checkpoint yet")]
    NoCheckpoint,
    /// No such entry under the checkpoint.
    #[error("there is no entry {position} under the checkpoint of size {size}")]
    NoSuchEntry {
        /// Position asked for.
        position: u64,
        /// Size of the checkpoint.
        size: u64,
    },
    /// The store came back from a backup, and nobody has looked yet whether entries are missing behind it.
    #[error("this store came back from a backup, and may lack entries that receipts were given for ({path})")]
    Restored {
        /// The mark.
        path: PathBuf,
    },
    /// The tree's own arithmetic failed on what the store gave.
    #[error("the tree could not be computed: {0}")]
    Tree(String),
    /// A checkpoint or a receipt could not be signed.
    #[error("it could not be signed: {0}")]
    Signature(String),
    /// An entry would not stand behind the one before, in time or by its hash.
    #[error("the order of entries does not hold: {0}")]
    OutOfOrder(String),
    /// A task panicked, or was cancelled.
    #[error("a task of this program did not end: {0}")]
    Task(String),
}

impl LogError {
    pub(crate) fn altered(what: impl Into<String>) -> Self {
        Self::Altered { what: what.into() }
    }

    /// Tells whether the disk was full, and nothing else was wrong.
    #[must_use]
    pub fn is_full(&self) -> bool {
        match self {
            Self::Store(StoreError::Full { .. })
            | Self::Checkpoint(
                CheckpointError::Failed(StoreError::Full { .. })
                | CheckpointError::Unknown { source: StoreError::Full { .. } },
            ) => true,
            Self::Append(error) => error.is_full(),
            Self::File { source, .. } | Self::Store(StoreError::Io { source, .. }) => {
                matches!(source.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
            }
            _ => false,
        }
    }

    /// Stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store(e) => e.code(),
            Self::Append(e) => e.code(),
            Self::Checkpoint(_) => "checkpoint-not-recorded",
            Self::File { .. } => "file",
            Self::BehindItsSignature { .. } => "store-behind-signature",
            Self::NotTheSignedTree { .. } => "store-not-the-signed-tree",
            Self::Altered { .. } => "store-altered",
            Self::OfAnEarlierBuild => "register-version",
            Self::ReadBackDiffers { .. } => "read-back-differs",
            Self::WrongLogKey { .. } => "wrong-log-key",
            Self::LogKeyMissing { .. } => "log-key-missing",
            Self::Charter(_) => "charter-refused",
            Self::NoCheckpoint => "no-checkpoint",
            Self::NoSuchEntry { .. } => "no-such-entry",
            Self::Restored { .. } => "restored-not-recovered",
            Self::Tree(_) => "tree",
            Self::Signature(_) => "not-signed",
            Self::OutOfOrder(_) => "out-of-order",
            Self::Task(_) => "task-failed",
        }
    }

    /// Next step for a person.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Store(StoreError::IndexBehind { .. }) | Self::OfAnEarlierBuild => {
                "run `truce recover LEDGER --rebuild`: everything but the entries is made anew from them"
            }
            Self::Store(e) => e.remedy(),
            Self::Append(e) => e.remedy(),
            Self::Checkpoint(_) => "stop the other process that writes to this ledger, then open it again",
            Self::File { .. } => "check that the path exists and may be read and written",
            Self::BehindItsSignature { .. } => {
                "do not delete the checkpoint file; bring back the newest copy of the store, or take the missing entries from a mirror with `truce recover`"
            }
            Self::NotTheSignedTree { .. } | Self::Altered { .. } => {
                "keep a copy of this store as evidence; run `truce verify` on it and on a mirror. Where its entries verify, `truce recover LEDGER --rebuild` makes the rest anew; else restore from a copy that verifies"
            }
            Self::ReadBackDiffers { .. } => {
                "check the memory and the disk of this machine before writing again"
            }
            Self::WrongLogKey { .. } => "give the key file that was made with the ledger",
            Self::LogKeyMissing { .. } => {
                "give both keys while they overlap: --log-key for the older, --next-log-key for the newer"
            }
            Self::Charter(refusal) => refusal.remedy(),
            Self::NoCheckpoint => "submit a first accession; the first checkpoint is signed with entry 1",
            Self::NoSuchEntry { .. } => "ask for an entry below the size of the checkpoint",
            Self::Restored { .. } => {
                "run `truce recover` with the newest published log or mirror; sign nothing until then"
            }
            Self::Tree(_) | Self::OutOfOrder(_) => "run `truce verify` on the ledger",
            Self::Signature(_) => "check that the key files are those of the ledger, and open it again",
            Self::Task(_) => "open the ledger again; if it stays, report what this program logged",
        }
    }
}

/// Reason why a submission got no receipt.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SubmitError {
    /// The statement may not be admitted.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The statement would bring a key of the log into force that the depositary does not hold; it is not recorded.
    #[error("this assent brings the log key {vkey} into force, which the depositary was not given")]
    LogKeyMissing {
        /// vkey of the key.
        vkey: String,
    },
    /// The clock of the depositary is further ahead than it is believed; the statement is not recorded.
    #[error("nothing can be dated: {0}")]
    ClockJumped(ClockJump),
    /// The depositary has stopped taking statements; why stands in its log.
    #[error("the depositary has stopped: {0}")]
    Stopped(String),
}

impl SubmitError {
    /// Stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code.as_str(),
            Self::LogKeyMissing { .. } => "log-key-missing",
            Self::ClockJumped(_) => "clock-jumped",
            Self::Stopped(_) => "depositary-stopped",
        }
    }

    /// Next step for a person.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.remedy(),
            Self::LogKeyMissing { .. } => {
                "nothing was recorded; give the depositary the key with --next-log-key, and submit the same statement again"
            }
            Self::ClockJumped(_) => {
                "nothing was recorded; set the clock of this machine, or, if it is right, say so with `truce accept-clock LEDGER`, and submit the same statement again"
            }
            Self::Stopped(_) => {
                "keep the statement and submit it again later; the same bytes get the same receipt"
            }
        }
    }
}
