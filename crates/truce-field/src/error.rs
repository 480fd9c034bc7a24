//! Errors of an outbox. The behaviour of a link or a depositary is an outcome, not an error.

use std::io;
use std::path::{Path, PathBuf};
use truce_statement::{AgreementId, Refusal, StatementId};

/// An outbox that cannot do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FieldError {
    /// The system failed on a file.
    #[error("{path}: {source}")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// Another process has the outbox.
    #[error("{path} is in use by another process")]
    Busy {
        /// The folder.
        path: PathBuf,
    },
    /// A file of the outbox does not hold what was written to it.
    #[error("{path} is damaged: {why}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The fault that was found.
        why: String,
    },
    /// There is no outbox.
    #[error("{path} is not an outbox")]
    NotAnOutbox {
        /// The folder.
        path: PathBuf,
    },
    /// The outbox holds [`crate::MAX_STATEMENTS`] statements.
    #[error("the outbox holds {0} statements, and takes no more")]
    Full(usize),
    /// These bytes are no statement that any log would take.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// The statement belongs to another agreement than the outbox.
    #[error("the statement was signed for agreement {found}, the outbox is for {expected}")]
    OtherAgreement {
        /// Agreement of the outbox.
        expected: AgreementId,
        /// Agreement of the statement.
        found: AgreementId,
    },
    /// Two statements of one key contradict each other's place in the feed.
    #[error("statement {found} cannot stand in the same feed as {other}, which is in the outbox: {why}")]
    Fork {
        /// The one to be added.
        found: StatementId,
        /// The one that is there.
        other: StatementId,
        /// The contradiction.
        why: String,
    },
    /// The outbox was set up for another log or policy.
    #[error("the outbox holds receipts to another {what} than the one given")]
    OtherTrust {
        /// `log`, `policy` or `agreement`.
        what: &'static str,
    },
    /// It is not known which log to believe.
    #[error("it is not known which log's receipts to believe")]
    NoTrust,
    /// No statement of that id is in the outbox.
    #[error("statement {0} is not in the outbox")]
    NoSuchStatement(StatementId),
    /// A statement that is not delivered was to be forgotten.
    #[error("statement {0} has not been delivered")]
    NotDelivered(StatementId),
    /// The address of the depositary cannot be used.
    #[error("`{url}` is not the address of a depositary: {why}")]
    Address {
        /// The address.
        url: String,
        /// The fault that was found.
        why: String,
    },
    /// The file of certificate authorities holds none.
    #[error("no certificate authority could be read: {0}")]
    Authorities(String),
}

impl FieldError {
    pub(crate) fn file(path: &Path, source: io::Error) -> Self {
        Self::File { path: path.to_owned(), source }
    }

    /// Stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::File { .. } => "outbox-io",
            Self::Busy { .. } => "outbox-busy",
            Self::Damaged { .. } => "outbox-damaged",
            Self::NotAnOutbox { .. } => "no-outbox",
            Self::Full(_) => "outbox-full",
            Self::Refused(refusal) => refusal.code.as_str(),
            Self::OtherAgreement { .. } => "unknown-agreement",
            Self::Fork { .. } => "feed-fork",
            Self::OtherTrust { .. } => "other-trust",
            Self::NoTrust => "which-log",
            Self::NoSuchStatement(_) => "no-such-statement",
            Self::NotDelivered(_) => "not-delivered",
            Self::Address { .. } => "bad-address",
            Self::Authorities(_) => "bad-authorities",
        }
    }

    /// The next step, for people.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::File { .. } => "check that the folder exists, may be written, and has room",
            Self::Busy { .. } => "wait until the other command has ended, or use another outbox",
            Self::Damaged { .. } => {
                "keep the file; bring back a copy of it, or import the statement again from where it was signed"
            }
            Self::NotAnOutbox { .. } => {
                "name the folder with --outbox, or make one with `truce outbox import`"
            }
            Self::Full(_) => "forget what is delivered: `truce outbox forget --delivered`",
            Self::Refused(refusal) => refusal.remedy(),
            Self::OtherAgreement { .. } => "use an outbox of its own for each agreement",
            Self::Fork { .. } => {
                "a key signs one statement at each place: find out which one is meant, and take the other out: `truce \
                 outbox forget ID --undelivered`"
            }
            Self::OtherTrust { .. } => "use another outbox, or leave the option out to continue as before",
            Self::NoTrust => "give --charter FILE (names the log's key), --log VKEY or --policy FILE",
            Self::NoSuchStatement(_) => "`truce outbox list` shows what there is",
            Self::NotDelivered(_) => {
                "send it: `truce outbox send`; to give it up for good, say --undelivered and never submit it again"
            }
            Self::Address { .. } => "give a URL such as https://log.example.org",
            Self::Authorities(_) => "give a file of certificates in PEM form",
        }
    }
}
