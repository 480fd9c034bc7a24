//! Statements in an outbox, and what is said of them.

use crate::problem::Problem;
use crate::record::{ItemState, RaisedAlarm, Record};
use crate::trust::{HeldReceipt, ReceiptAlarm};
use std::path::{Path, PathBuf};
use truce_statement::{KeyId, StatementId};

/// One statement in an outbox.
#[derive(Clone, Debug)]
pub struct Item {
    pub(crate) record: Record,
    /// Bytes of the statement; `None` when the file is not what it was.
    pub(super) bytes: Option<usize>,
    pub(super) receipt: Option<HeldReceipt>,
}

impl Item {
    /// The statement.
    #[must_use]
    pub fn id(&self) -> StatementId {
        self.record.statement
    }

    /// The key that signed it.
    #[must_use]
    pub fn key(&self) -> KeyId {
        self.record.key
    }

    /// Its number in the feed of that key.
    #[must_use]
    pub fn seq(&self) -> u64 {
        self.record.seq
    }

    /// Its state of delivery.
    #[must_use]
    pub fn state(&self) -> ItemState {
        self.record.state
    }

    /// The file that it was added from.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.record.file.as_deref()
    }

    /// The depositary's reason for refusing it.
    #[must_use]
    pub fn problem(&self) -> Option<&Problem> {
        self.record.problem.as_ref()
    }

    /// The alarm raised for it: an act of the depositary that an honest one does not commit.
    #[must_use]
    pub fn alarm(&self) -> Option<&RaisedAlarm> {
        self.record.alarm.as_ref()
    }

    /// The receipt, verified when the outbox was opened or since.
    #[must_use]
    pub fn receipt(&self) -> Option<&HeldReceipt> {
        self.receipt.as_ref()
    }

    /// True if the statement's file is unchanged.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        self.bytes.is_some()
    }

    /// Nothing of its feed behind it may be handed in.
    pub(super) fn blocks(&self) -> bool {
        !self.record.state.is_handed_in()
            && (self.record.state != ItemState::Queued || self.bytes.is_none() || self.record.alarm.is_some())
    }
}

/// A file of the outbox that is not what was written to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The file.
    pub file: PathBuf,
    /// The fault, and what follows from it.
    pub why: String,
}

/// The result of adding a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// It is queued.
    Queued,
    /// It was in the outbox.
    Before,
    /// It was in the outbox, damaged; it is whole again.
    Mended,
}

/// A receipt that verifies, and contradicts one that came before.
#[derive(Debug)]
pub(crate) struct Contradiction {
    pub(crate) alarm: ReceiptAlarm,
    /// The proof that came before.
    pub(crate) before: Vec<u8>,
}

/// The reason why a queued statement cannot be handed in now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// An earlier one of its feed is refused, damaged or under an alarm.
    Behind(StatementId),
    /// An earlier one of its feed is neither in the outbox nor, by what the depositary says, in the log.
    Missing {
        /// Number of the first one that is missing.
        seq: u64,
    },
}
