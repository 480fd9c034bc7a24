//! Why a succession is refused.

/// Why a succession was refused. Each has a stable code, a sentence, and what to do next.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SuccessionError {
    /// Not of the form.
    #[error("this is no succession: {0}")]
    Malformed(String),
    /// Not the charter that it is to follow.
    #[error("this is no charter of a log: {0}")]
    Charter(String),
    /// A statement that changes nothing: not signed with the root key of a party that may, or not in its place.
    #[error("the statement at entry {position} changes no key and no witnesses of this log: {why}")]
    Idle {
        /// Where it says that it stands.
        position: u64,
        /// What is wrong.
        why: String,
    },
    /// A statement that is not shown to stand in the log.
    #[error("the statement at entry {position} is not shown to stand in the log: {why}")]
    Unproven {
        /// Where it says that it stands.
        position: u64,
        /// What is wrong.
        why: String,
        /// Stable code of what is wrong with the checkpoint, where that is it.
        code: &'static str,
    },
}

impl SuccessionError {
    /// Stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed-succession",
            Self::Charter(_) => "not-a-charter",
            Self::Idle { .. } => "idle-succession",
            Self::Unproven { code, .. } => code,
        }
    }

    /// What to do next.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Charter(_) => "give the charter of the agreement, as the parties handed it out",
            _ => {
                "take the succession again, from the log or a mirror of it: `succession` beside its checkpoint"
            }
        }
    }
}
