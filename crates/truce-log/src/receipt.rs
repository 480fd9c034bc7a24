//! Places and receipts: a statement has a place once it is admitted, and a receipt once that is durable.

use crate::error::LogError;
use std::sync::Arc;
use truce_statement::{Entry, EntryHash, StatementId};
use truce_tlog::{SignedCheckpoint, leaf_hash};

/// Place of a statement in a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Statement id.
    pub statement: StatementId,
    /// Position in the log.
    pub position: u64,
    /// Time of receipt, milliseconds UTC.
    pub received: i64,
    /// Hash of the entry before.
    pub prev: EntryHash,
    /// Hash of the entry.
    pub entry: EntryHash,
    /// The statement had been recorded before, at this place.
    pub duplicate: bool,
}

/// Proof of delivery: the entry is durable, at this place.
#[derive(Clone, Debug)]
pub struct Receipt {
    placed: Placed,
    /// The newest checkpoint over the entry. None while the log has only its charter.
    pub checkpoint: Option<Arc<SignedCheckpoint>>,
}

impl Placed {
    /// The place of a statement that was recorded before, from `bytes`, its entry.
    pub(crate) fn again(statement: StatementId, position: u64, bytes: &[u8]) -> Result<Self, LogError> {
        let entry = Entry::parse(bytes).map_err(|e| LogError::altered(format!("entry {position}: {e}")))?;
        Ok(Self {
            statement,
            position,
            received: entry.received,
            prev: entry.prev,
            entry: EntryHash::from_bytes(leaf_hash(bytes).to_bytes()),
            duplicate: true,
        })
    }

    /// The receipt for it, once it is durable.
    pub(crate) fn receipt(self, checkpoint: Option<Arc<SignedCheckpoint>>) -> Receipt {
        Receipt { placed: self, checkpoint }
    }
}

impl std::ops::Deref for Receipt {
    type Target = Placed;

    fn deref(&self) -> &Placed {
        &self.placed
    }
}
