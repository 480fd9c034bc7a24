//! One entry of the copy.

use crate::error::CopyError;
use truce_statement::{Entry, EntryHash, Statement};
use truce_tlog::leaf_hash;

/// One entry, read back from the copy and parsed.
#[derive(Clone, Debug)]
pub struct Record {
    /// Position in the log.
    pub position: u64,
    /// Time at which the depositary received it, milliseconds UTC.
    pub received: i64,
    /// Hash of the entry before.
    pub prev: EntryHash,
    /// Hash of the entry.
    pub hash: EntryHash,
    /// The entry's bytes.
    pub bytes: Vec<u8>,
    /// The statement. Its signature was verified when it came into the copy.
    pub statement: Statement,
}

impl Record {
    /// Reads an entry of the copy.
    ///
    /// # Errors
    /// When the bytes are no entry: then the copy was damaged after it was verified.
    pub fn parse(position: u64, bytes: Vec<u8>) -> Result<Self, CopyError> {
        let broken = |e: &dyn std::fmt::Display| CopyError::damaged(format!("entry {position}: {e}"));
        let entry = Entry::parse(&bytes).map_err(|e| broken(&e))?;
        let statement = Statement::parse(entry.statement).map_err(|e| broken(&e))?;
        let hash = EntryHash::from_bytes(leaf_hash(&bytes).to_bytes());
        Ok(Self { position, received: entry.received, prev: entry.prev, hash, statement, bytes })
    }
}
