//! Text, names and code words.

use super::{FromText, SameShape, UnitError, text_both_ways};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{borrow::Cow, fmt, str::FromStr};

/// Longest ordinary text, in bytes of UTF-8.
pub const TEXT_MAX: usize = 4_000;
/// Longest name, in bytes of UTF-8.
pub const NAME_MAX: usize = 240;
/// Longest code word.
pub const WORD_MAX: usize = 48;
/// Longest language tag.
pub const LANGUAGE_MAX: usize = 35;

/// Text of 1 to `MAX` bytes of UTF-8 that says something: not blank, no control characters but newline and tab, and
/// none of the invisible characters that reorder what a reader sees.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<const MAX: usize = TEXT_MAX>(Box<str>);

/// A name or another short line of text.
pub type Name = Text<NAME_MAX>;

impl<const MAX: usize> Text<MAX> {
    /// Takes `text` if it keeps the rules of this type.
    pub fn new(text: &str) -> Result<Self, UnitError> {
        text.parse()
    }

    /// The text itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> FromStr for Text<MAX> {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        if text.len() > MAX {
            return Err(UnitError::new(
                format!("text of {} bytes", text.len()),
                format!("1 to {MAX} bytes of text"),
            ));
        }
        if text.trim().is_empty() {
            return Err(UnitError::text(
                text,
                "text that is not blank; leave the field out if there is nothing to say",
            ));
        }
        // Text without a control character and within ASCII hides nothing.
        let suspect = !text.is_ascii() || crate::cbor::has_control(text);
        if suspect && let Some(c) = text.chars().find(|&c| is_hidden(c)) {
            return Err(UnitError::new(
                format!("the character U+{:04X}", u32::from(c)),
                "text without control characters (newline and tab are allowed) or direction overrides",
            ));
        }
        Ok(Self(text.into()))
    }
}

/// Control characters, line separators other than newline, byte order marks, and the embeddings, overrides and isolates
/// that make text read otherwise than it is stored.
fn is_hidden(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{FEFF}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

impl<const MAX: usize> fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<const MAX: usize> fmt::Debug for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl<const MAX: usize> AsRef<str> for Text<MAX> {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> Serialize for Text<MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Text<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(FromText::new("text"))
    }
}

impl<const MAX: usize> JsonSchema for Text<MAX> {
    fn schema_name() -> Cow<'static, str> {
        format!("Text{MAX}").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": format!("Text of at most {MAX} bytes (UTF-8), not blank, no control characters but newline and tab."),
            "minLength": 1,
            "maxLength": MAX
        })
    }
}

impl<const MAX: usize> SameShape for Text<MAX> {}

/// A short code of a vocabulary that the parties or the mission may extend: lower-case letters, digits and hyphens.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Word(Box<str>);

impl Word {
    /// Takes `text` if it is a code word.
    pub fn new(text: &str) -> Result<Self, UnitError> {
        text.parse()
    }

    /// The word itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Word {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let shape = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        let ends = text.starts_with(|c: char| c.is_ascii_alphanumeric()) && !text.ends_with('-');
        if shape && ends && text.len() <= WORD_MAX {
            Ok(Self(text.into()))
        } else {
            Err(UnitError::text(
                text,
                format!("a code word: 1 to {WORD_MAX} of a-z, 0-9 and '-', such as live-fire"),
            ))
        }
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

text_both_ways!(Word, "a code word such as live-fire");

impl JsonSchema for Word {
    fn schema_name() -> Cow<'static, str> {
        "Word".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A code word: lower-case letters, digits and hyphens.",
            "pattern": "^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$",
            "maxLength": WORD_MAX
        })
    }
}

impl SameShape for Word {}

/// Language of a text as a BCP 47 tag: `en`, `uk`, `sr-Latn`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Language(Box<str>);

impl Language {
    /// The tag itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Language {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let mut parts = text.split('-');
        let first = parts
            .next()
            .is_some_and(|p| (2..=3).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_lowercase()));
        let rest = parts.all(|p| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric()));
        if first && rest && text.len() <= LANGUAGE_MAX {
            Ok(Self(text.into()))
        } else {
            Err(UnitError::text(text, "a language tag (BCP 47) such as en, uk or sr-Latn"))
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

text_both_ways!(Language, "a language tag such as en");

impl JsonSchema for Language {
    fn schema_name() -> Cow<'static, str> {
        "Language".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "Language tag (BCP 47), such as en, uk or sr-Latn.",
            "pattern": "^[a-z]{2,3}(?:-[A-Za-z0-9]{1,8})*$",
            "maxLength": LANGUAGE_MAX
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

    use super::*;

    #[test]
    fn text_keeps_to_its_limit_in_bytes() {
        assert_eq!(
            Text::<4>::new("абв").unwrap_err().to_string(),
            "found text of 6 bytes; allowed: 1 to 4 bytes of text"
        );
        assert_eq!(Text::<6>::new("абв").unwrap().as_str(), "абв");
        assert!(Text::<6>::new("").is_err());
        assert!(Text::<6>::new(" \n").is_err());
    }

    #[test]
    fn text_refuses_what_a_reader_cannot_see() {
        for hidden in ["a\u{202E}b", "a\rb", "a\0b", "a\u{85}b", "a\u{FEFF}b", "a\u{2066}b"] {
            assert!(Name::new(hidden).is_err(), "{hidden:?}");
        }
        assert!(Name::new("two\nlines\tand a tab").is_ok());
        assert!(Name::new("سلام").is_ok());
    }

    #[test]
    fn words_and_languages() {
        for good in ["a", "live-fire", "2-day"] {
            assert!(Word::new(good).is_ok(), "{good}");
        }
        for bad in ["", "-a", "a-", "Live", "live fire", &"a".repeat(WORD_MAX + 1)] {
            assert!(Word::new(bad).is_err(), "{bad}");
        }
        assert!("sr-Latn".parse::<Language>().is_ok());
        assert!("English".parse::<Language>().is_err());
    }
}
