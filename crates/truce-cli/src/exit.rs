//! Failures of a command: an exit code for scripts, a stable code, a sentence and the next step for people.

use crate::text::one_line;
use serde_json::{Value, json};
use std::fmt::{Display, Write as _};
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;
use truce_file::ReadError;
use truce_statement::Refusal;

/// Exit codes of the command; 0 is success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The command cannot be understood, or its arguments do not go together.
    Usage = 1,
    /// A statement, draft or charter is not admissible.
    Refused = 2,
    /// Something does not verify.
    Unverified = 3,
    /// Something could not be read, written, locked or opened.
    Io = 4,
}

/// A failure of a command.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    code: String,
    message: String,
    at: Option<String>,
    remedy: Option<String>,
    /// Whoever read our output has gone: nothing is to be said.
    closed_pipe: bool,
}

impl Failure {
    pub(crate) fn new(exit: Exit, code: &str, message: impl Display) -> Self {
        let message = message.to_string();
        Self { exit, code: code.to_owned(), message, at: None, remedy: None, closed_pipe: false }
    }

    pub(crate) fn usage(code: &str, message: impl Display) -> Self {
        Self::new(Exit::Usage, code, message)
    }

    pub(crate) fn unverified(code: &str, message: impl Display) -> Self {
        Self::new(Exit::Unverified, code, message)
    }

    /// A statement that would be refused, where it should have been proven.
    pub(crate) fn unproven(mut self) -> Self {
        if self.exit == Exit::Refused {
            self.exit = Exit::Unverified;
        }
        self
    }

    pub(crate) fn next(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// Another next step, where the failure has this code: the caller knows which commands there are.
    #[cfg(feature = "ledger")]
    pub(crate) fn instead(self, code: &str, remedy: impl Into<String>) -> Self {
        if self.code == code { self.next(remedy) } else { self }
    }

    pub(crate) fn at(mut self, place: impl Into<String>) -> Self {
        self.at = Some(place.into()).filter(|place| !place.is_empty());
        self
    }

    /// The system failed on `path`.
    pub(crate) fn file(path: &Path, error: &io::Error) -> Self {
        let ours = error.get_ref().and_then(|inner| inner.downcast_ref::<ReadError>());
        let (code, remedy) = match error.kind() {
            _ if matches!(ours, Some(ReadError::NotAFile(_))) => {
                ("not-a-file", "name a regular file; most commands take - for standard input")
            }
            _ if matches!(ours, Some(ReadError::TooLarge { .. })) => {
                ("too-large", "check that this is the file that was meant")
            }
            io::ErrorKind::NotFound => ("not-found", "check the path"),
            io::ErrorKind::AlreadyExists => ("exists", "move the file away, or name another with --out"),
            io::ErrorKind::PermissionDenied => {
                ("permission-denied", "check the permissions of the file and its folder")
            }
            io::ErrorKind::StorageFull => ("disk-full", "free some room, then run the command again"),
            _ => ("io", "check that the path exists and may be read and written"),
        };
        let exit = if code == "too-large" { Exit::Refused } else { Exit::Io };
        Self::new(exit, code, format!("{}: {error}", path.display())).next(remedy)
    }

    /// A failure: the content of `path` is not what it should be.
    pub(crate) fn content(path: &Path, code: &str, error: impl Display) -> Self {
        Self::new(Exit::Refused, code, format!("{}: {error}", path.display()))
    }

    /// Standard output failed.
    pub(crate) fn stdout(error: &io::Error) -> Self {
        let mut failure = Self::new(Exit::Io, "io", format!("standard output: {error}"));
        failure.closed_pipe = error.kind() == io::ErrorKind::BrokenPipe;
        failure
    }

    /// The file that the failure is about, in front of its message.
    pub(crate) fn in_file(mut self, path: &Path) -> Self {
        self.message = format!("{}: {}", path.display(), self.message);
        self
    }

    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    pub(crate) fn code(&self) -> &str {
        &self.code
    }

    #[cfg(feature = "ledger")]
    pub(crate) fn remedy(&self) -> Option<&str> {
        self.remedy.as_deref()
    }

    /// `{code, message, at?, remedy?}`.
    pub(crate) fn to_json(&self) -> Value {
        let mut error = json!({ "code": self.code, "message": self.message });
        if let Value::Object(fields) = &mut error {
            fields.extend(self.at.iter().map(|at| ("at".to_owned(), json!(at))));
            fields.extend(self.remedy.iter().map(|remedy| ("remedy".to_owned(), json!(remedy))));
        }
        error
    }

    /// For people: a sentence, the code, the next step.
    pub(crate) fn to_text(&self) -> String {
        let mut text = format!("error: {}\n  code: {}\n", self.message.trim_end(), self.code);
        if let Some(remedy) = &self.remedy {
            let _ = writeln!(text, "  next: {}", one_line(remedy));
        }
        text
    }

    /// Says why on standard error, and gives the exit code.
    pub(crate) fn report(&self, as_json: bool) -> ExitCode {
        if self.closed_pipe {
            return ExitCode::SUCCESS;
        }
        let text = if as_json { format!("{}\n", json!({ "error": self.to_json() })) } else { self.to_text() };
        // Nobody is left to be told when standard error is gone too.
        let _ = io::stderr().lock().write_all(text.as_bytes());
        ExitCode::from(self.exit as u8)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::new(Exit::Refused, refusal.code.as_str(), sentence(&refusal))
            .at(refusal.at.clone())
            .next(refusal.remedy())
    }
}

/// A refusal without its code, which is printed on a line of its own.
pub(crate) fn sentence(refusal: &Refusal) -> String {
    let mut text = format!("{} ({}", refusal.code.sentence(), refusal.at);
    if !refusal.detail.is_empty() {
        text.push_str(": ");
        text.push_str(&refusal.detail);
    }
    text.push(')');
    text
}

impl From<truce_field::FeedError> for Failure {
    fn from(error: truce_field::FeedError) -> Self {
        use truce_field::{FeedCode, FeedError};
        let (code, what) = match error {
            FeedError::File { path, source } => return Self::file(&path, &source),
            FeedError::Fault { code, what } => (code, what),
        };
        let exit = match code {
            FeedCode::InUse => Exit::Refused,
            FeedCode::OtherAgreement | FeedCode::OtherParty => Exit::Usage,
            FeedCode::OlderThanSeen | FeedCode::Inconsistent => Exit::Unverified,
            _ => Exit::Io,
        };
        Self::new(exit, code.as_str(), what).next(code.remedy())
    }
}

impl From<truce_store::StoreError> for Failure {
    fn from(error: truce_store::StoreError) -> Self {
        let exit = match error.code() {
            // What is stored contradicts itself: that is no accident of the disk until somebody has looked.
            "store-corrupt" | "store-hole" | "store-changed" | "store-backward" => Exit::Unverified,
            _ => Exit::Io,
        };
        Self::new(exit, error.code(), &error).next(error.remedy())
    }
}

impl From<truce_audit::SourceError> for Failure {
    fn from(error: truce_audit::SourceError) -> Self {
        use truce_audit::SourceError;
        match error {
            SourceError::File { path, source } => Self::file(&path, &source),
            SourceError::Store(error) => error.into(),
            error @ SourceError::TooLarge { .. } => Self::unverified("too-large", error)
                .next("fetch the log again, and keep this copy as evidence if the file stays as it is"),
            error @ SourceError::Http { .. } => Self::new(Exit::Io, "source-unreadable", error)
                .next("check the address and the connection, and run the command again"),
            error @ SourceError::Elsewhere { .. } => Self::new(Exit::Io, "other-origin", error)
                .next("check the address; if you trust the other one, give it in place of this one"),
            other => Self::new(Exit::Io, "source", other)
                .next("check the path or the address, and run the command again"),
        }
    }
}

impl From<truce_audit::ReadError> for Failure {
    fn from(error: truce_audit::ReadError) -> Self {
        use truce_audit::ReadError;
        match error {
            ReadError::Source(error) => error.into(),
            ReadError::Finding(finding) => Self::unverified(finding.code.as_str(), finding.sentence)
                .next("run `truce verify` on this log, or fetch it again"),
        }
    }
}

impl From<truce_audit::AuditError> for Failure {
    fn from(error: truce_audit::AuditError) -> Self {
        use truce_audit::AuditError;
        match error {
            AuditError::Source(error) => error.into(),
            error @ AuditError::NotResumable { .. } => Self::new(Exit::Io, "not-resumable", error)
                .next("name another folder with --resume, or leave it out to start again"),
            other => Self::new(Exit::Io, "scratch", other).next("set TMPDIR to a folder with room"),
        }
    }
}

#[cfg(feature = "ledger")]
impl From<truce_log::LogError> for Failure {
    fn from(error: truce_log::LogError) -> Self {
        use truce_log::LogError;
        let error = match error {
            LogError::Store(error) => return error.into(),
            other => other,
        };
        let exit = match &error {
            LogError::Charter(_) | LogError::NoCheckpoint => Exit::Refused,
            LogError::NoSuchEntry { .. } => Exit::Usage,
            LogError::BehindItsSignature { .. }
            | LogError::NotTheSignedTree { .. }
            | LogError::Altered { .. }
            | LogError::ReadBackDiffers { .. }
            | LogError::Restored { .. }
            | LogError::Tree(_)
            | LogError::Signature(_)
            | LogError::OutOfOrder(_)
            | LogError::Task(_) => Exit::Unverified,
            _ => Exit::Io,
        };
        Self::new(exit, error.code(), &error).next(error.remedy())
    }
}

#[cfg(feature = "ledger")]
impl From<truce_log::SubmitError> for Failure {
    fn from(error: truce_log::SubmitError) -> Self {
        match error {
            truce_log::SubmitError::Refused(refusal) => refusal.into(),
            error => Self::new(Exit::Io, error.code(), &error).next(error.remedy()),
        }
    }
}

impl From<truce_statement::key::KeyError> for Failure {
    fn from(error: truce_statement::key::KeyError) -> Self {
        use truce_statement::key::KeyError;
        let (code, remedy) = match &error {
            KeyError::PassphraseNeeded => {
                ("passphrase-needed", "give --passphrase-file, or set TRUCE_PASSPHRASE")
            }
            KeyError::WrongPassphrase => ("wrong-passphrase", "check the passphrase"),
            KeyError::Weak(_) => ("weak-key", "make another key with `truce key new`"),
            KeyError::NoRandomness(_) => ("no-randomness", "run it on a system that gives random bytes"),
            _ => ("bad-key", "check that this is a key file made by `truce key new` or openssl"),
        };
        Self::new(Exit::Io, code, error).next(remedy)
    }
}
