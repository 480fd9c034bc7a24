//! Misfits: entries that do not fit the register that the entries before them made.

use truce_statement::EntryHash;
use truce_statement::refusal::Refusal;

/// Reason why an entry does not fit the register that the entries before it made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Misfit<E> {
    /// The statement may not be admitted here.
    #[error(transparent)]
    Refused(Refusal),
    /// The entry does not carry the hash of the entry before.
    #[error("the entry carries {found} as the hash of the entry before, which is {expected}")]
    BrokenChain {
        /// Hash of the entry before.
        expected: EntryHash,
        /// Hash that the entry carries.
        found: EntryHash,
    },
    /// The entry was received before the entry before it.
    #[error("the entry was received at {found} ms, the entry before it at {before} ms: time went back")]
    TimeWentBack {
        /// Time of the entry before, milliseconds UTC.
        before: i64,
        /// Time of this entry, milliseconds UTC.
        found: i64,
    },
    /// A look-up failed; nothing is known about the entry.
    #[error("a fact could not be looked up")]
    Recall(E),
}

impl<E> From<Refusal> for Misfit<E> {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}
