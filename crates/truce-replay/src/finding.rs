//! Findings: things that do not hold in a log, with their evidence.

use crate::examine::Unfit;
use serde::{Serialize, Serializer};
use std::fmt;
use truce_register::Misfit;
use truce_statement::{Code, Refusal, codes};
use truce_tlog::BundleCoord;

codes! {
    /// Codes of findings that are not refusals (`docs/spec/publication.md`, section 7).
    pub enum Flaw;

    /// Nothing is signed.
    NoCheckpoint = "no-checkpoint", "there is no checkpoint", "ask whoever publishes the log for one";
    /// The checkpoint is malformed, too small, or not signed by the log.
    BadCheckpoint = "bad-checkpoint", "the checkpoint is malformed, or not signed by the log that the charter names",
        "tell whoever publishes the log, and read it from another copy";
    /// A key that had to sign has not.
    LogSignatureMissing = "log-signature-missing", "a key of the log that had to sign the checkpoint has not",
        "tell whoever publishes the log, and read it from another copy";
    /// Signed with a key whose turn is over.
    LogKeyEnded = "log-key-ended", "the key that signed the checkpoint had ended",
        "tell the parties: the key may have been stolen";
    /// Signed with a key whose turn has not come.
    LogKeyNotYet = "log-key-not-yet", "the turn of the key that signed the checkpoint had not come",
        "tell whoever publishes the log, and read it from another copy";
    /// Another agreement than the one that was named.
    WrongAgreement = "wrong-agreement", "the log is of another agreement", "compare the agreement's id with the parties";
    /// Entries that the checkpoint covers are not there.
    MissingEntries = "missing-entries", "the log does not hold what its checkpoint covers",
        "tell whoever publishes the log, and read it from another copy";
    /// A bundle is not of the form.
    MalformedBundle = "malformed-bundle", "a bundle of entries is not of the form",
        "tell whoever publishes the log, and read it from another copy";
    /// An entry is not of the form.
    MalformedEntry = "malformed-entry", "an entry is not of the form",
        "keep what you have, and compare with another copy of the log";
    /// An entry does not carry the hash of the one before.
    BrokenChain = "broken-chain", "an entry does not carry the hash of the entry before",
        "keep what you have, and compare with another copy of the log";
    /// An entry was received before the one before.
    ReceivedWentBack = "received-went-back", "an entry was received before the entry before it",
        "keep what you have, and compare with another copy of the log";
    /// The entries do not lead to the signed root.
    RootDiffers = "root-differs", "the entries are not those that the checkpoint was signed for",
        "keep what you have, and compare with another copy of the log";
    /// A tile is not there.
    MissingTile = "missing-tile", "a tile is missing, so that proofs cannot be made",
        "tell whoever publishes the log, and read it from another copy";
    /// A tile does not hold the hashes of the entries.
    TileDiffers = "tile-differs", "a tile does not hold the hashes of the entries",
        "tell whoever publishes the log, and read it from another copy";
    /// The log has fewer entries than it had signed for.
    OlderThanSeen = "older-than-seen", "the log has fewer entries than a checkpoint that it signed before",
        "keep both checkpoints, and compare with another copy of the log";
    /// Two signed histories.
    InconsistentCheckpoints = "inconsistent-checkpoints", "the log signed two histories",
        "keep both checkpoints: together they prove it to anybody";
}

/// The stable code of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FindingCode {
    /// The log is not as its format and its checkpoint require.
    Flaw(Flaw),
    /// A statement in it should have been refused with this code.
    Refused(Code),
}

impl FindingCode {
    /// The code as it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Flaw(flaw) => flaw.as_str(),
            Self::Refused(code) => code.as_str(),
        }
    }
}

impl From<Flaw> for FindingCode {
    fn from(flaw: Flaw) -> Self {
        Self::Flaw(flaw)
    }
}

impl From<Code> for FindingCode {
    fn from(code: Code) -> Self {
        Self::Refused(code)
    }
}

impl fmt::Display for FindingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for FindingCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Flaw {
    /// The flaw of a checkpoint that a schedule of keys refused with `code` (`truce_tlog::ScheduleError::code`).
    #[must_use]
    pub fn of_checkpoint(code: &str) -> Self {
        [Self::LogSignatureMissing, Self::LogKeyEnded, Self::LogKeyNotYet]
            .into_iter()
            .find(|flaw| flaw.as_str() == code)
            .unwrap_or(Self::BadCheckpoint)
    }
}

/// One thing that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Stable code.
    pub code: FindingCode,
    /// One sentence for a person.
    pub sentence: String,
    /// Positions of the entries that prove it; one at most today.
    pub entries: Vec<u64>,
    /// The value that should stand there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// The value that stands there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
}

impl Finding {
    /// A finding about the whole log.
    pub fn new(code: impl Into<FindingCode>, sentence: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            sentence: sentence.into(),
            entries: Vec::new(),
            expected: None,
            found: None,
        }
    }

    /// The same, about the entry at this position.
    #[must_use]
    pub fn at(mut self, position: u64) -> Self {
        self.entries.push(position);
        self
    }

    /// The same, with what should stand there and what does.
    #[must_use]
    pub fn against(mut self, expected: impl fmt::Display, found: impl fmt::Display) -> Self {
        self.expected = Some(expected.to_string());
        self.found = Some(found.to_string());
        self
    }

    /// A bundle that is not there; `first` is the position of its first entry.
    #[must_use]
    pub fn missing(coord: BundleCoord, first: u64) -> Self {
        let sentence = format!("{coord} is missing: the log does not hold what its checkpoint covers");
        Self::new(Flaw::MissingEntries, sentence).at(first)
    }

    /// A statement that should not stand at this position.
    #[must_use]
    pub fn refused(refusal: &Refusal, position: u64) -> Self {
        Self::new(refusal.code, format!("this entry should have been refused: {refusal}")).at(position)
    }

    /// The finding about the entry at this position that `unfit` makes.
    ///
    /// # Errors
    /// The caller's own error, where a look-up failed: nothing is known about the entry then.
    pub fn of<E>(unfit: impl Into<Unfit<E>>, position: u64) -> Result<Self, E> {
        let misfit = match unfit.into() {
            Unfit::Malformed(what) => {
                let sentence = format!("these bytes are no entry: {what}");
                return Ok(Self::new(Flaw::MalformedEntry, sentence).at(position));
            }
            Unfit::Misfit(misfit) => misfit,
        };
        Ok(match misfit {
            Misfit::Recall(error) => return Err(error),
            Misfit::Refused(refusal) => Self::refused(&refusal, position),
            Misfit::BrokenChain { expected, found } => {
                let sentence = "the entry does not carry the hash of the entry before: something was changed, left out, put in or moved";
                Self::new(Flaw::BrokenChain, sentence).at(position).against(expected, found)
            }
            Misfit::TimeWentBack { before, found } => {
                let sentence = "the entry was received before the entry before it";
                Self::new(Flaw::ReceivedWentBack, sentence)
                    .at(position)
                    .against(format!("{before} ms or later"), format!("{found} ms"))
            }
            other => Self::new(Flaw::MalformedEntry, other.to_string()).at(position),
        })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.sentence)?;
        for entry in &self.entries {
            write!(f, " [entry {entry}]")?;
        }
        if let (Some(expected), Some(found)) = (&self.expected, &self.found) {
            write!(f, "\n    expected {expected}\n    found    {found}")?;
        }
        Ok(())
    }
}
