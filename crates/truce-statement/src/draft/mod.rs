//! Drafts: what a person writes before it is signed. JSON in people's units, with `//` and `/* */` comments.
//!
//! ```json
//! { "kind": "observation", "refs": [{ "relation": "about", "id": "64 hex digits" }], "body": { } }
//! ```
//!
//! A draft says what is stated; who signs, for which agreement and where in the feed is added by the signer. Reading
//! one checks its shape and the rules of its body, and an error names the place, what was found there and what is
//! allowed.

mod json;

use crate::body::{Body, Fault};
use crate::id::StatementId;
use crate::kind::{Kind, Relation};
use crate::statement::{MAX_REFS, Reference, Saying};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::Value;
use std::fmt;
use std::marker::PhantomData;

/// Longest draft, in bytes. A statement is far smaller; a draft has comments.
pub const DRAFT_MAX: usize = 1024 * 1024;

/// Content of a statement before it is signed: relations to earlier statements, and the body.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// Relations to earlier statements.
    pub refs: Vec<DraftReference>,
    /// The body, which knows its kind.
    pub body: Body,
}

/// Relation of a draft to an earlier statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftReference {
    /// Relation of this statement to the other: corrects, retracts, answers, fulfils, disputes, supports,
    /// about.
    pub relation: Relation,
    /// The other statement's id, 64 hex digits.
    pub id: StatementId,
}

/// Reasons for which a draft cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DraftError {
    /// Longer than [`DRAFT_MAX`]; nothing of it was read. Code `too-large`.
    #[error("found a draft of {found} bytes; allowed: at most {DRAFT_MAX} bytes")]
    TooLarge {
        /// Its size in bytes.
        found: usize,
    },
    /// The text is not JSON. Code `malformed-json`.
    #[error("line {line}, column {column}: {what}")]
    Syntax {
        /// Line, from 1.
        line: usize,
        /// Column in bytes, from 1.
        column: usize,
        /// The fault, in words.
        what: String,
    },
    /// JSON, but a value does not fit its place. Code `invalid-draft`.
    #[error("{fault} (line {line}, column {column})")]
    Shape {
        /// The place, the value found there, the values allowed.
        fault: Fault,
        /// Line at which the value ends, from 1.
        line: usize,
        /// Column in bytes at which the value ends, from 1.
        column: usize,
    },
    /// The values fit their places, but not one another. Code `invalid-body`.
    #[error("{0}")]
    Rule(Fault),
}

impl DraftError {
    /// Stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "too-large",
            Self::Syntax { .. } => "malformed-json",
            Self::Shape { .. } => "invalid-draft",
            Self::Rule(_) => "invalid-body",
        }
    }

    /// Dotted path in the draft, where there is one: `body.regions[0].explosions`.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::Shape { fault, .. } | Self::Rule(fault) => Some(&fault.path),
            Self::TooLarge { .. } | Self::Syntax { .. } => None,
        }
    }
}

impl Draft {
    /// Reads a draft: JSON in people's units, with comments.
    ///
    /// # Errors
    /// See [`DraftError`]; each names the place, what was found and what is allowed.
    pub fn from_json(text: &str) -> Result<Self, DraftError> {
        if text.len() > DRAFT_MAX {
            return Err(DraftError::TooLarge { found: text.len() });
        }
        let json = without_comments(text)?;
        let written = json::parse(&json)?;
        // The kind may stand after the body, so it is looked up first.
        let Envelope { kind } = json::read(&json, PhantomData)?;
        let draft: Self = json::read(&json, DraftOf(kind))?;
        for name in ["refs", "body"] {
            written.get(name).map_or(Ok(()), |value| refuse_nulls(value, name)).map_err(DraftError::Rule)?;
        }
        draft.check()?;
        Ok(draft)
    }

    /// Kind of statement that it is a draft of.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.body.kind()
    }

    /// The draft as indented JSON; [`Draft::from_json`] reads it back to the same draft.
    ///
    /// # Errors
    /// None for a draft that was read; the type keeps serde's.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        let mut draft = serde_json::Map::new();
        draft.insert("kind".to_owned(), serde_json::to_value(self.kind())?);
        if !self.refs.is_empty() {
            draft.insert("refs".to_owned(), serde_json::to_value(&self.refs)?);
        }
        draft.insert("body".to_owned(), self.body.to_json()?);
        let mut text = serde_json::to_string_pretty(&draft)?;
        text.push('\n');
        Ok(text)
    }

    /// The content that a signer signs.
    #[must_use]
    pub fn into_saying(self) -> Saying {
        Saying { refs: self.refs.iter().map(|r| Reference(r.relation, r.id)).collect(), body: self.body }
    }

    fn check(&self) -> Result<(), DraftError> {
        if self.refs.len() > MAX_REFS {
            let found = format!("{} references", self.refs.len());
            return Err(DraftError::Rule(Fault::new("refs", found, format!("at most {MAX_REFS}"))));
        }
        self.body
            .check()
            .map_err(|fault| DraftError::Rule(Fault { path: format!("body.{}", fault.path), ..fault }))
    }
}

/// A draft of which only the kind is read.
#[derive(Deserialize)]
#[serde(expecting = "an object with kind, refs and body")]
struct Envelope {
    kind: Kind,
}

impl Envelope {
    /// Its name to serde.
    const NAME: &'static str = "Envelope";
    /// Description of a draft, for errors.
    const EXPECTED: &'static str = "an object with kind, refs and body";
}

/// Reads a draft whose kind is known.
struct DraftOf(Kind);

#[derive(Deserialize)]
#[serde(rename_all = "lowercase", field_identifier)]
enum Field {
    Kind,
    Refs,
    Body,
}

impl<'de> de::DeserializeSeed<'de> for DraftOf {
    type Value = Draft;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Draft, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> de::Visitor<'de> for DraftOf {
    type Value = Draft;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Envelope::EXPECTED)
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Draft, A::Error> {
        let (mut refs, mut body) = (None, None);
        while let Some(field) = map.next_key()? {
            match field {
                Field::Kind => {
                    map.next_value::<Kind>()?;
                }
                Field::Refs if refs.is_some() => return Err(de::Error::duplicate_field("refs")),
                Field::Refs => refs = Some(map.next_value()?),
                Field::Body if body.is_some() => return Err(de::Error::duplicate_field("body")),
                Field::Body => body = Some(map.next_value_seed(BodyOf(self.0))?),
            }
        }
        let body = body.ok_or_else(|| de::Error::missing_field("body"))?;
        Ok(Draft { refs: refs.unwrap_or_default(), body })
    }
}

struct BodyOf(Kind);

impl<'de> de::DeserializeSeed<'de> for BodyOf {
    type Value = Body;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Body, D::Error> {
        Body::deserialize(self.0, from)
    }
}

/// Refuses a `null`. serde takes it for a field left out, which would hide whether something is not known or was not
/// asked.
fn refuse_nulls(written: &Value, path: &str) -> Result<(), Fault> {
    match written {
        Value::Null => {
            let allowed = "a value, or \"not-known\" where that is offered; leave the field out if there is nothing to say";
            Err(Fault::new(path, "null", allowed))
        }
        Value::Array(items) => {
            items.iter().enumerate().try_for_each(|(i, item)| refuse_nulls(item, &format!("{path}[{i}]")))
        }
        Value::Object(fields) => {
            fields.iter().try_for_each(|(name, value)| refuse_nulls(value, &format!("{path}.{name}")))
        }
        _ => Ok(()),
    }
}

/// The text with every comment turned into spaces, so that lines and columns stay those of the draft.
///
/// # Errors
/// [`DraftError::Syntax`] where a comment is not closed.
pub fn without_comments(text: &str) -> Result<String, DraftError> {
    let mut out = String::with_capacity(text.len());
    // A byte order mark, as some editors write it.
    let mut rest = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let mut in_string = false;
    while let Some(c) = rest.chars().next() {
        let comment = if in_string {
            0
        } else if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            // Past the opening: `/*/` does not close itself.
            let Some(end) = rest.get(2..).and_then(|inside| inside.find("*/")) else {
                let line = out.matches('\n').count() + 1;
                let column = out.len() - out.rfind('\n').map_or(0, |at| at + 1) + 1;
                return Err(DraftError::Syntax {
                    line,
                    column,
                    what: "this comment is not closed with */".to_owned(),
                });
            };
            end + 4
        } else {
            0
        };
        if comment > 0 {
            let (gone, left) = rest.split_at(comment);
            out.extend(gone.bytes().map(|b| if b == b'\n' { '\n' } else { ' ' }));
            rest = left;
            continue;
        }
        let taken = if in_string && c == '\\' {
            // An escaped quote does not end the string.
            rest.chars().take(2).map(char::len_utf8).sum()
        } else {
            in_string ^= c == '"';
            c.len_utf8()
        };
        let (kept, left) = rest.split_at(taken);
        out.push_str(kept);
        rest = left;
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

    use super::*;
    use proptest::prelude::*;

    #[test]
    fn comments_become_spaces() {
        for (text, json) in [
            ("{} // end", "{}       "),
            ("/* é\n */{}", "     \n   {}"),
            (r#"{"a": "// \" /* no */"}"#, r#"{"a": "// \" /* no */"}"#),
            (r#"{"a\\": 1} // x"#, r#"{"a\\": 1}     "#),
            ("/*/ */1", "      1"),
            ("/**/1", "    1"),
            ("1//", "1  "),
        ] {
            assert_eq!(without_comments(text).unwrap(), json, "{text}");
        }
    }

    #[test]
    fn an_open_comment_is_told_with_its_place() {
        let error = Draft::from_json("{\n  /* open").unwrap_err();
        assert_eq!(error.to_string(), "line 2, column 3: this comment is not closed with */");
        assert!(Draft::from_json("{ /*/").is_err());
    }

    #[test]
    fn the_size_limit_comes_first() {
        let long = " ".repeat(DRAFT_MAX + 1);
        assert_eq!(Draft::from_json(&long).unwrap_err(), DraftError::TooLarge { found: DRAFT_MAX + 1 });
        assert_eq!(Draft::from_json(&" ".repeat(DRAFT_MAX)).unwrap_err().code(), "malformed-json");
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[{}\\[\\]\",:/* \\\\a-z0-9é\n]{0,60}") {
            let _ = Draft::from_json(&text);
        }

        #[test]
        fn stripping_keeps_length_and_lines(text in "[\"/*\\\\ aé\n]{0,40}") {
            if let Ok(json) = without_comments(&text) {
                prop_assert_eq!(json.len(), text.len());
                prop_assert_eq!(json.matches('\n').count(), text.matches('\n').count());
            }
        }
    }
}
