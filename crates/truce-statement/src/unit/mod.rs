//! The smallest things a body is made of: times, dates, coordinates, distances, counts, text.
//!
//! One type serves the signed body (CBOR: integers, never floats) and the draft a person writes (JSON: RFC 3339 times,
//! decimal degrees, decimal kilometres). Both forms carry the same value exactly; which one is meant is asked of the
//! serde format (`is_human_readable`).

mod count;
mod decimal;
mod text;
mod time;

pub use count::{
    Entries, FileSize, Known, LIST_MAX, Metres, Minutes, NOT_KNOWN, NonEmpty, Ordinal, Percent, SameShape,
    Score, Shift, Step, Tally, True, Year,
};
pub use decimal::{Calibre, Km, Latitude, Longitude};
pub use text::{LANGUAGE_MAX, Language, NAME_MAX, Name, TEXT_MAX, Text, WORD_MAX, Word};
pub use time::{CLOCK_CHANGES_MAX, Clock, ClockChange, ClockTime, DAY_MS, Date, Offset, Stamp};

use serde::de;
use std::{fmt, marker::PhantomData, str::FromStr};

/// A value does not fit its type: what was found, and what is allowed there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("found {found}; allowed: {allowed}")]
pub struct UnitError {
    /// The value that was found, as it was written.
    pub found: String,
    /// The values that may stand there, in words.
    pub allowed: String,
}

impl UnitError {
    /// `found` as it was written; `allowed` in words.
    pub fn new(found: impl Into<String>, allowed: impl Into<String>) -> Self {
        Self { found: found.into(), allowed: allowed.into() }
    }

    /// Reads back what [`UnitError`] prints: serde hands on the errors of a type as text.
    pub(crate) fn read_back(text: &str) -> Option<Self> {
        let (found, allowed) = text.strip_prefix("found ")?.rsplit_once("; allowed: ")?;
        Some(Self::new(found, allowed))
    }

    /// Quotes a text that was found.
    fn text(found: &str, allowed: impl Into<String>) -> Self {
        Self::new(format!("{found:?}"), allowed)
    }
}

/// Reads a type that is text in this format.
struct FromText<T> {
    expecting: &'static str,
    of: PhantomData<T>,
}

impl<T> FromText<T> {
    const fn new(expecting: &'static str) -> Self {
        Self { expecting, of: PhantomData }
    }
}

impl<T: FromStr<Err = UnitError>> de::Visitor<'_> for FromText<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expecting)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}

/// Reads a type that is an integer in this format.
struct FromInteger<T> {
    expecting: &'static str,
    of: PhantomData<T>,
}

impl<T> FromInteger<T> {
    const fn new(expecting: &'static str) -> Self {
        Self { expecting, of: PhantomData }
    }
}

impl<T: TryFrom<i64, Error = UnitError>> de::Visitor<'_> for FromInteger<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expecting)
    }

    fn visit_i64<E: de::Error>(self, n: i64) -> Result<T, E> {
        T::try_from(n).map_err(E::custom)
    }

    fn visit_u64<E: de::Error>(self, n: u64) -> Result<T, E> {
        match i64::try_from(n) {
            Ok(n) => self.visit_i64(n),
            Err(_) => Err(E::custom(UnitError::new(n.to_string(), self.expecting))),
        }
    }
}

/// A type that is the same text in CBOR and in JSON.
macro_rules! text_both_ways {
    ($name:ident, $expecting:expr) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(super::FromText::new($expecting))
            }
        }
    };
}

/// A type that is text in JSON and an integer in CBOR (`to_integer`, `TryFrom<i64>`).
macro_rules! text_or_integer {
    ($name:ident, $text:expr, $integer:expr) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    serializer.collect_str(self)
                } else {
                    serializer.serialize_i64(self.to_integer())
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if deserializer.is_human_readable() {
                    deserializer.deserialize_str(super::FromText::new($text))
                } else {
                    deserializer.deserialize_i64(super::FromInteger::new($integer))
                }
            }
        }
    };
}

use {text_both_ways, text_or_integer};
