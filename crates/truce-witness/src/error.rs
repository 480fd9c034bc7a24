//! Errors of a witness. Each has a stable code, a sentence, and the next step.

use std::io;
use std::path::PathBuf;
use thiserror::Error;
use truce_tlog::{CheckpointError, ProofError, RequestError, VKey};

/// A failure to make, open or write the state of a witness.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StateError {
    /// A file of the folder could not be read or written. Nothing has changed.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// Another process has the folder open.
    #[error("{path} is in use by another witness")]
    Locked {
        /// The folder.
        path: PathBuf,
    },
    /// A new state needs an empty folder.
    #[error("{path} is not empty")]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// There is no state in the folder.
    #[error("{path} holds no state of a witness")]
    Missing {
        /// The folder.
        path: PathBuf,
    },
    /// A file is not as a witness writes it.
    #[error("{path} is damaged: {what}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The flaw that was found.
        what: String,
    },
    /// A file that no witness writes.
    #[error("{path} does not belong into the state of a witness")]
    Stranger {
        /// The file.
        path: PathBuf,
    },
    /// The state is that of another key.
    #[error("this state is of the witness {expected}, but the key given is {found}")]
    WrongKey {
        /// The witness that the state is of.
        expected: Box<VKey>,
        /// The witness whose key was given.
        found: Box<VKey>,
    },
    /// A key given as a log's is not one, or is the witness's own.
    #[error("{key} cannot be the key of a log here: {why}")]
    LogKey {
        /// The key.
        key: Box<VKey>,
        /// The flaw of the key.
        why: &'static str,
    },
    /// A log is named twice, with two lists of keys.
    #[error("the log {origin} is named twice")]
    LogTwice {
        /// Name of the log.
        origin: String,
    },
    /// A witness was told of a log that it does not cosign.
    #[error("the log {origin} is not cosigned here")]
    UnknownLog {
        /// Name of the log.
        origin: String,
    },
    /// The sizes that a key of a log signs are given otherwise than they were told before.
    #[error("this witness was told before that {key} signs sizes {told}, and now that it signs {given}")]
    KeysDiffer {
        /// The key.
        key: Box<VKey>,
        /// Sizes told before, such as `0-5`.
        told: String,
        /// Sizes given now.
        given: String,
    },
    /// A write failed in a way that leaves open what the disk holds.
    #[error("the witness has stopped: {why}")]
    Stopped {
        /// The failure that stopped it.
        why: String,
    },
}

impl StateError {
    /// Stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::File { .. } => "witness-file",
            Self::Locked { .. } => "witness-locked",
            Self::NotEmpty { .. } => "witness-not-empty",
            Self::Missing { .. } => "witness-missing",
            Self::Damaged { .. } => "witness-damaged",
            Self::Stranger { .. } => "witness-stranger",
            Self::WrongKey { .. } => "witness-wrong-key",
            Self::LogKey { .. } => "witness-log-key",
            Self::LogTwice { .. } => "witness-log-twice",
            Self::UnknownLog { .. } => "witness-unknown-log",
            Self::KeysDiffer { .. } => "witness-keys-differ",
            Self::Stopped { .. } => "witness-stopped",
        }
    }

    /// The next step for a person.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::File { .. } => "check room and permissions of the folder",
            Self::Locked { .. } => "stop the other witness: two must never share a state",
            Self::NotEmpty { .. } => "name a new folder",
            Self::Missing { .. } => {
                "check the path; if the state is lost, make a new witness with a new key and have the logs name it"
            }
            Self::Damaged { .. } => {
                "do not go on with this key: make a new witness with a new key and have the logs name it"
            }
            Self::Stranger { .. } => "move the file elsewhere",
            Self::WrongKey { .. } => "give the key that this state was made for",
            Self::LogKey { .. } => "give the log's vkey, as its operator publishes it",
            Self::LogTwice { .. } => "name each log once, with all its keys",
            Self::UnknownLog { .. } => "start the witness again with this log named",
            Self::KeysDiffer { .. } => {
                "give the sizes that `truce status LOG` prints; if those told before were wrong, stop the witness and remove the file of this log that ends in .keys from its state"
            }
            Self::Stopped { .. } => "check the disk, then start the witness again",
        }
    }
}

/// The reason why a witness did not cosign, with the HTTP status of `c2sp.org/tlog-witness@v1.0.0`.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WitnessRefusal {
    /// 400: the request cannot be read.
    #[error("{}", truce_tlog::explain(.0))]
    Malformed(RequestError),
    /// 404: no log of this origin is known.
    #[error("no log {origin} is known here")]
    UnknownLog {
        /// The origin.
        origin: String,
    },
    /// 403: a key that must sign a checkpoint of this size has not signed, or the line of one fails.
    #[error("{}", coded(.0))]
    Untrusted(CheckpointError),
    /// 400: the old size is above that of the checkpoint.
    #[error("the old size {old} is above the size {size} of the checkpoint")]
    OldSizeAbove {
        /// Old size.
        old: u64,
        /// Size of the checkpoint.
        size: u64,
    },
    /// 409, with the size as the body: the old size is not the one cosigned last.
    #[error("the size cosigned last is {size}")]
    Stale {
        /// Size cosigned last; 0 where none was.
        size: u64,
    },
    /// 409, with the size as the body: a checkpoint of the size cosigned last has another root. The log has forked.
    #[error("a checkpoint of size {size} with another root was cosigned before")]
    AnotherRoot {
        /// Size of both.
        size: u64,
    },
    /// 422: the tree is not proven to grow out of the one cosigned last.
    #[error("the proof of consistency is refused: {0}")]
    Inconsistent(ProofError),
    /// 422: an empty tree with a root that it cannot have.
    #[error("the root of the empty tree is not that of an empty tree")]
    FalseEmptyTree,
    /// 503: the clock is further ahead than it is believed.
    #[error("nothing can be dated: {0}")]
    ClockJumped(truce_clock::Jump),
    /// 503: the state could not be written, and nothing was cosigned.
    #[error("the state could not be written; nothing was cosigned")]
    NotStored(#[source] StateError),
}

impl WitnessRefusal {
    /// HTTP status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Malformed(_) | Self::OldSizeAbove { .. } => 400,
            Self::Untrusted(_) => 403,
            Self::UnknownLog { .. } => 404,
            Self::Stale { .. } | Self::AnotherRoot { .. } => 409,
            Self::Inconsistent(_) | Self::FalseEmptyTree => 422,
            Self::ClockJumped(_) | Self::NotStored(_) => 503,
        }
    }

    /// Stable code, for logs and counters.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed",
            Self::UnknownLog { .. } => "unknown-log",
            Self::Untrusted(error) if is_out_of_turn(error) => error.code(),
            Self::Untrusted(_) => "untrusted",
            Self::OldSizeAbove { .. } => "old-size-above",
            Self::Stale { .. } => "stale",
            Self::AnotherRoot { .. } => "another-root",
            Self::Inconsistent(_) => "inconsistent",
            Self::FalseEmptyTree => "false-empty-tree",
            Self::ClockJumped(_) => "clock-jumped",
            Self::NotStored(error) => error.code(),
        }
    }
}

/// Says that a key of the log has signed, and not the one whose turn it was.
const fn is_out_of_turn(error: &CheckpointError) -> bool {
    matches!(
        error,
        CheckpointError::OneLogSignature { .. }
            | CheckpointError::LogKeyEnded { .. }
            | CheckpointError::LogKeyNotYet { .. }
    )
}

/// The sentence of a refused checkpoint, with its code in front where a key of the log has signed out of turn: whoever
/// asked can look the code up.
fn coded(error: &CheckpointError) -> String {
    let sentence = truce_tlog::explain(error);
    if is_out_of_turn(error) { format!("{}: {sentence}", error.code()) } else { sentence }
}
