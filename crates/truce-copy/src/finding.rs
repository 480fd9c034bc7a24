//! Findings: faults of a followed log, each with its evidence.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use truce_replay::FindingCode;

/// One thing that does not hold. The explorer goes no further than the last checkpoint before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Stable code: one of `docs/spec/publication.md`, section 7, or the code of a refusal.
    pub code: String,
    /// One sentence for a person.
    pub sentence: String,
    /// The entry at fault, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u64>,
    /// Expected value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// Value found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// Time at which it was found, milliseconds UTC.
    pub at: i64,
    /// Two signed notes that prove it to anybody, where there are any: the one verified before, and the one that
    /// contradicts it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// For notes of different sizes: the consistency proof (RFC 9162, section 2.1.4.2; hex) from the smaller
    /// size to the larger note. It starts from `found` where the first note is the smaller one, else from `expected`;
    /// the smaller note has the other root.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proof: Vec<String>,
}

impl Finding {
    pub(crate) fn new(code: impl Into<FindingCode>, sentence: impl Into<String>) -> Self {
        Self {
            code: code.into().to_string(),
            sentence: sentence.into(),
            position: None,
            expected: None,
            found: None,
            at: jiff::Timestamp::now().as_millisecond(),
            notes: Vec::new(),
            proof: Vec::new(),
        }
    }

    pub(crate) fn at(mut self, position: u64) -> Self {
        self.position = Some(position);
        self
    }

    pub(crate) fn against(mut self, expected: impl fmt::Display, found: impl fmt::Display) -> Self {
        self.expected = Some(expected.to_string());
        self.found = Some(found.to_string());
        self
    }

    /// Tells whether two signed notes prove it for good, whatever the source shows later.
    #[must_use]
    pub fn is_proven(&self) -> bool {
        !self.notes.is_empty()
    }

    /// Tells whether it says the same as `other`, whenever found.
    pub(crate) fn same_as(&self, other: &Self) -> bool {
        Self { at: other.at, ..self.clone() } == *other
    }
}

impl From<truce_replay::Finding> for Finding {
    fn from(finding: truce_replay::Finding) -> Self {
        let truce_replay::Finding { code, sentence, entries, expected, found } = finding;
        Self { position: entries.first().copied(), expected, found, ..Self::new(code, sentence) }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.sentence)?;
        if let Some(position) = self.position {
            write!(f, " [entry {position}]")?;
        }
        if let (Some(expected), Some(found)) = (&self.expected, &self.found) {
            write!(f, "; expected {expected}, found {found}")?;
        }
        Ok(())
    }
}
