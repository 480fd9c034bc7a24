//! Refusals of a mirror to take what was served.

use std::io;
use std::path::PathBuf;
use truce_audit::{AuditError, Report, SourceError};
use truce_store::StoreError;

/// Nothing was taken; the copy is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MirrorError {
    /// The log could not be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The copy could not be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The audit could not be done.
    #[error(transparent)]
    Audit(AuditError),
    /// A file of the copy or of its working folder.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The system's own error.
        source: io::Error,
    },
    /// There is no checkpoint where the log should be.
    #[error("{place} has no checkpoint")]
    NoCheckpoint {
        /// The place.
        place: String,
    },
    /// The place serves a smaller tree than the copy holds: it lags, or entries were taken away.
    #[error("{place} serves {served} entries, and the copy holds {held}")]
    Behind {
        /// The place.
        place: String,
        /// Entries served.
        served: u64,
        /// Entries held.
        held: u64,
    },
    /// The log does not hold.
    #[error("the log does not hold: {} finding(s)", .0.findings.len())]
    DoesNotHold(Box<Report>),
    /// Evidence that is not what its name says.
    #[error("evidence {name} is not the file it is named for")]
    EvidenceDiffers {
        /// Its name, made printable.
        name: String,
    },
    /// The policy beside the log is none.
    #[error("the policy served is malformed: {0}")]
    BadPolicy(truce_tlog::PolicyError),
    /// The succession beside the log does not follow from its charter.
    #[error("the succession served is refused: {0}")]
    BadSuccession(truce_succession::SuccessionError),
    /// The copy was damaged, and could not be repaired from this place.
    #[error("the copy is damaged: {what}")]
    Damaged {
        /// The fault, in words.
        what: String,
    },
}

impl MirrorError {
    /// Stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Source(_) => "source-unreadable",
            Self::Store(error) => error.code(),
            Self::Audit(_) => "audit",
            Self::File { .. } => "io",
            Self::NoCheckpoint { .. } => "no-log",
            Self::Behind { .. } => "older-than-seen",
            Self::DoesNotHold(_) => "verification-failed",
            Self::EvidenceDiffers { .. } => "evidence-differs",
            Self::BadPolicy(_) => "bad-policy",
            Self::BadSuccession(error) => error.code(),
            Self::Damaged { .. } => "copy-damaged",
        }
    }

    /// Advice: the next thing to do.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Source(_) => "check the address and the connection",
            Self::Store(error) => error.remedy(),
            Self::Audit(_) => "give the disk of the copy room, and run the command again",
            Self::File { .. } => "check that the folder of the copy may be written, and has room",
            Self::NoCheckpoint { .. } => "check the path or URL; `truce export` publishes a ledger",
            Self::Behind { .. } => "wait, or compare with another copy of the log; the copy stays as it is",
            Self::DoesNotHold(_) => {
                "the copy stays as it was: keep it, and compare it with another copy of the log"
            }
            Self::EvidenceDiffers { .. } => "fetch it from another copy",
            Self::BadPolicy(_) => "ask the operator to publish a policy that can be read, or none",
            Self::BadSuccession(_) => {
                "ask the operator to publish the succession again; the copy itself holds"
            }
            Self::Damaged { .. } => "move the copy away and mirror again, from this place or another",
        }
    }

    /// True where waiting may help, without anybody touching the copy: for whoever follows a log.
    ///
    /// A log that does not hold may do so because of what lies between; whether it was forked is for
    /// the caller to find out.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Damaged { .. } => false,
            Self::Store(error) => {
                matches!(error, StoreError::Full { .. } | StoreError::Io { .. } | StoreError::Stopped { .. })
            }
            _ => true,
        }
    }
}

impl From<AuditError> for MirrorError {
    fn from(error: AuditError) -> Self {
        match error {
            AuditError::Source(error) => Self::Source(error),
            other => Self::Audit(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_waited_for_and_a_damaged_copy_is_not() {
        assert!(MirrorError::Store(StoreError::Full { what: "a tile".to_owned() }).may_pass());
        assert!(!MirrorError::Damaged { what: "a tile".to_owned() }.may_pass());
    }
}
