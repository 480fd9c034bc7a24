//! Errors of a depositary that does not start, or cannot publish.

use truce_log::LogError;

/// A reason why a service cannot be run. Each has a stable code, a sentence, and a remedy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceError {
    /// The ledger failed.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A place to publish to that cannot be used.
    #[error("{place}: {what}")]
    Publication {
        /// Directory or URL.
        place: String,
        /// The fault found.
        what: String,
    },
    /// A place to publish to that has no room.
    #[error("{place}: there is no room to write")]
    NoRoom {
        /// Directory or URL.
        place: String,
    },
    /// A place to publish to whose keeper refuses.
    #[error("{place}: the store refuses: {what}")]
    Denied {
        /// URL.
        place: String,
        /// The store's own words.
        what: String,
    },
    /// A bucket that does not say of a file that it is compressed.
    #[error(
        "{place}: the store does not keep Content-Encoding, so readers would take compressed bundles for damaged"
    )]
    Encoding {
        /// URL.
        place: String,
    },
    /// The world has seen more than the store holds.
    #[error("{place} has a checkpoint signed by this log for {signed} entries, but the store has {size}")]
    Behind {
        /// The holder of the checkpoint.
        place: String,
        /// Entries it was signed for.
        signed: u64,
        /// Entries in the store.
        size: u64,
    },
    /// The world has seen another tree.
    #[error(
        "{place} has a checkpoint signed by this log for {signed} entries, and the store's tree is another one"
    )]
    Differs {
        /// The holder of the checkpoint.
        place: String,
        /// Entries it was signed for.
        signed: u64,
    },
    /// The charter's or the operator's policy cannot be used.
    #[error("the policy of witnesses: {0}")]
    Policy(String),
    /// The operator's policy would call final what the charter's does not.
    #[error("the policy given is weaker than the charter's: {0} would satisfy it, and not the charter")]
    Weaker(String),
}

impl ServiceError {
    /// True where nothing is missing but room on a disk: the same may go well once there is some.
    #[must_use]
    pub fn is_full(&self) -> bool {
        match self {
            Self::Log(error) => error.is_full(),
            Self::NoRoom { .. } => true,
            _ => false,
        }
    }

    /// Stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Log(error) => error.code(),
            Self::Publication { .. } => "publication",
            Self::NoRoom { .. } => "publication-full",
            Self::Denied { .. } => "publication-denied",
            Self::Encoding { .. } => "publication-encoding",
            Self::Behind { .. } => "store-behind-published",
            Self::Differs { .. } => "published-tree-differs",
            Self::Policy(_) => "bad-policy",
            Self::Weaker(_) => "weaker-policy",
        }
    }

    /// The next step for the operator.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Log(error) => error.remedy(),
            Self::Publication { .. } => {
                "check that the place exists, is this log's, and may be read and written"
            }
            Self::NoRoom { .. } => "make room there",
            Self::Denied { .. } => {
                "set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION for keys that may read, write, list and delete there"
            }
            Self::Encoding { .. } => "leave out --publish-gzip, or use another store",
            Self::Behind { .. } => {
                "bring back the newest copy of the store, or take the missing entries from a mirror; sign nothing until then"
            }
            Self::Differs { .. } => {
                "keep the store and that checkpoint: together they show that the log was forked or altered"
            }
            Self::Policy(_) => "correct the policy; see c2sp.org/tlog-policy",
            Self::Weaker(_) => {
                "ask for at least the witnesses that the charter asks for, or leave the policy out"
            }
        }
    }
}
