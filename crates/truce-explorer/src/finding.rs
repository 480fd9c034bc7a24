//! What does not hold in a log that is followed, with what shows it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

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
    /// What should stand there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What stands there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// When it was found, milliseconds UTC.
    pub at: i64,
    /// Signed notes that prove it to anybody, where there are any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

impl Finding {
    pub(crate) fn new(code: &str, sentence: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            sentence: sentence.into(),
            position: None,
            expected: None,
            found: None,
            at: jiff::Timestamp::now().as_millisecond(),
            notes: Vec::new(),
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

    pub(crate) fn shown_by(mut self, notes: [&truce_tlog::Note; 2]) -> Self {
        self.notes = notes.map(ToString::to_string).to_vec();
        self
    }

    /// Whether two signed notes prove it for good, whatever the source shows later.
    #[must_use]
    pub fn is_proven(&self) -> bool {
        !self.notes.is_empty()
    }

    /// Whether it says the same as `other`, whenever found.
    pub(crate) fn same_as(&self, other: &Self) -> bool {
        Self { at: other.at, ..self.clone() } == *other
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
