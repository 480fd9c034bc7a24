//! Refusals of a succession.

/// Refusal of a succession. Each has a stable code, a sentence, and advice.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SuccessionError {
    /// The file is not of the form.
    #[error("this is no succession: {0}")]
    Malformed(String),
    /// The charter given is not the one that it follows.
    #[error("this is no charter of a log: {0}")]
    Charter(String),
    /// A statement that changes nothing: not signed with the root key of a party that may, or not in its place.
    #[error("the statement at entry {position} changes no key and no witnesses of this log: {why}")]
    Idle {
        /// Position that it claims.
        position: u64,
        /// The fault.
        why: String,
    },
    /// A statement that is not shown to stand in the log.
    #[error("the statement at entry {position} is not shown to stand in the log: {why}")]
    Unproven {
        /// Position that it claims.
        position: u64,
        /// The fault.
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

    /// Advice: the next thing to do.
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
