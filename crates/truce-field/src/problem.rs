//! A depositary's refusal (RFC 9457). It is shown to people and proves nothing.

use serde::{Deserialize, Serialize};

/// Largest problem document that is read.
pub(crate) const MAX_PROBLEM_BYTES: usize = 64 << 10;
/// Most characters kept of each member.
const MAX_MEMBER: usize = 1_000;

/// A refusal, as the depositary worded it; control characters replaced, long members cut.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Problem {
    /// Stable code, such as `feed-gap`.
    pub code: String,
    /// One sentence.
    pub title: String,
    /// The value that was found.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// Place at fault.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub place: String,
    /// The next step, in the depositary's words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub remedy: String,
}

/// The members that are read; others are for other readers.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Members {
    code: Option<String>,
    title: Option<String>,
    detail: Option<String>,
    place: Option<String>,
    remedy: Option<String>,
}

impl Members {
    /// The problem, if it names a code: without one, this was not a depositary that judged the statement.
    pub(crate) fn problem(self) -> Option<Problem> {
        let code = self.code.filter(|code| is_code(code))?;
        let text = |member: Option<String>| plain(&member.unwrap_or_default());
        let title = match text(self.title) {
            empty if empty.is_empty() => code.clone(),
            title => title,
        };
        let (detail, place, remedy) = (text(self.detail), text(self.place), text(self.remedy));
        Some(Problem { code, title, detail, place, remedy })
    }
}

impl Problem {
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice::<Members>(bytes).ok()?.problem()
    }

    /// True if the same bytes may be taken later, once something before them is recorded.
    #[must_use]
    pub fn is_about_order(&self) -> bool {
        self.code == "feed-gap"
    }

    /// The title with what was found.
    #[must_use]
    pub fn sentence(&self) -> String {
        let about: Vec<&str> =
            [&self.place, &self.detail].into_iter().map(String::as_str).filter(|t| !t.is_empty()).collect();
        if about.is_empty() { self.title.clone() } else { format!("{} ({})", self.title, about.join(": ")) }
    }
}

fn is_code(code: &str) -> bool {
    (1..=64).contains(&code.len()) && code.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

/// One line without control characters, of bounded length: it may have come from anybody.
pub(crate) fn plain(text: &str) -> String {
    text.chars().take(MAX_MEMBER).map(|c| if c.is_control() { ' ' } else { c }).collect()
}
