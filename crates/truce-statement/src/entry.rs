//! Entries: a statement as the log took it (`docs/spec/formats.md`, section 4).
//!
//! `[1, prev (32 bytes), received (milliseconds UTC), statement (bytes)]` in canonical CBOR. The entry hash is the
//! RFC 6962 leaf hash; each entry carries the hash of the one before, so that order is self-evident in a printout.

use crate::cbor::{Flaw, Head, Reader, Writer};
use crate::id::EntryHash;
use sha2::{Digest, Sha256};

/// Version of the entry format.
const VERSION: u64 = 1;

/// Largest entry, in bytes: what a bundle's 16-bit length prefix can say (c2sp.org/tlog-tiles).
pub const MAX_ENTRY: usize = 65_535;

/// One entry, borrowed from its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Hash of the entry before; [`EntryHash::ZERO`] for entry 0.
    pub prev: EntryHash,
    /// Time at which the depositary took it, milliseconds UTC; never decreases along the log.
    pub received: i64,
    /// The `COSE_Sign1` bytes, not yet parsed.
    pub statement: &'a [u8],
}

/// Reasons for which bytes are not an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotAnEntry {
    /// Over [`MAX_ENTRY`] bytes.
    #[error("the entry has {0} bytes; at most 65,535 are allowed")]
    TooLarge(usize),
    /// Another version of the format.
    #[error("entry version {0}; this program reads version 1")]
    Version(u64),
    /// The bytes are not the array of the format, or not canonical.
    #[error("{0}")]
    Shape(#[from] Flaw),
}

impl<'a> Entry<'a> {
    /// Reads an entry.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, NotAnEntry> {
        if bytes.len() > MAX_ENTRY {
            return Err(NotAnEntry::TooLarge(bytes.len()));
        }
        let mut r = Reader::new(bytes);
        r.array(4)?;
        let version = r.unsigned()?;
        if version != VERSION {
            return Err(NotAnEntry::Version(version));
        }
        let prev = EntryHash::from_bytes(r.fixed()?);
        let received = r.integer()?;
        let statement = r.byte_string()?;
        r.end()?;
        Ok(Self { prev, received, statement })
    }

    /// `[1, prev, received]` in canonical CBOR: what a proof on file carries beside the statement, so that the two
    /// rebuild the entry.
    #[must_use]
    pub fn extra(&self) -> Vec<u8> {
        let mut w = Writer::with_capacity(48);
        w.head(Head::Array(3)).unsigned(VERSION).bytes(self.prev.as_bytes()).integer(self.received);
        w.into_bytes()
    }

    /// The entry of `statement`, with what [`Self::extra`] wrote.
    pub fn from_extra(extra: &[u8], statement: &'a [u8]) -> Result<Self, NotAnEntry> {
        let mut r = Reader::new(extra);
        r.array(3)?;
        let version = r.unsigned()?;
        if version != VERSION {
            return Err(NotAnEntry::Version(version));
        }
        let prev = EntryHash::from_bytes(r.fixed()?);
        let received = r.integer()?;
        r.end()?;
        Ok(Self { prev, received, statement })
    }

    /// The bytes of the entry.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut w = Writer::with_capacity(self.statement.len() + 52);
        w.head(Head::Array(4)).unsigned(VERSION).bytes(self.prev.as_bytes()).integer(self.received);
        w.bytes(self.statement);
        w.into_bytes()
    }
}

/// RFC 6962, section 2.1: SHA-256 of a zero byte and the entry.
#[must_use]
pub fn entry_hash(entry: &[u8]) -> EntryHash {
    EntryHash::from_bytes(Sha256::new().chain_update([0]).chain_update(entry).finalize().into())
}
