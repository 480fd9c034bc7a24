//! Whole numbers with limits, and the values that stand for "not known", "true" and "at least one".

use super::{FromInteger, UnitError};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, IntoDeserializer, value::MapAccessDeserializer},
};
use std::{borrow::Cow, fmt, marker::PhantomData, ops::Deref};

/// Whole numbers within limits; an integer in CBOR and in JSON.
macro_rules! bounded {
    ($($(#[$doc:meta])* $name:ident($inner:ty) $min:literal ..= $max:literal, $what:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($inner);

        impl $name {
            /// Smallest value.
            pub const MIN: Self = Self($min);
            /// Largest value.
            pub const MAX: Self = Self($max);

            /// Takes `n` if it is within the limits.
            pub fn new(n: $inner) -> Result<Self, UnitError> {
                Self::try_from(i64::from(n))
            }

            /// The number.
            #[must_use]
            pub const fn get(self) -> $inner {
                self.0
            }
        }

        impl TryFrom<i64> for $name {
            type Error = UnitError;

            fn try_from(n: i64) -> Result<Self, UnitError> {
                match <$inner>::try_from(n) {
                    #[allow(clippy::manual_range_contains, unused_comparisons, reason = "the limits may be the type's own")]
                    Ok(n) if n >= $min && n <= $max => Ok(Self(n)),
                    _ => Err(UnitError::new(n.to_string(), $what)),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_i64(i64::from(self.0))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_i64(FromInteger::new($what))
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "type": "integer",
                    "description": concat!($what, "."),
                    "minimum": Self::MIN.0,
                    "maximum": Self::MAX.0
                })
            }
        }

        impl SameShape for $name {}
    )+};
}

bounded! {
    /// A number of violations, people, vehicles, troops.
    Tally(u32) 0 ..= 100_000_000, "a whole number from 0 to 100000000";
    /// Whole percent, 0 to 100.
    Percent(u8) 0 ..= 100, "whole percent from 0 to 100";
    /// Metres, for the precision of a position.
    Metres(u32) 0 ..= 20_000_000, "whole metres from 0 to 20000000";
    /// Minutes of waiting or of grace; at most a year.
    Minutes(u32) 0 ..= 527_040, "whole minutes from 0 to 527040";
    /// Days before (negative) or after a date.
    Shift(i32) -3_660 ..= 3_660, "whole days from -3660 to 3660";
    /// A calendar year.
    Year(u16) 1900 ..= 2199, "a year from 1900 to 2199";
    /// Every how many days, weeks, months or years.
    Step(u16) 1 ..= 999, "a whole number from 1 to 999";
    /// Number of an occurrence, counted from 1.
    Ordinal(u32) 1 ..= 100_000, "a number counted from 1, at most 100000";
    /// Entries of a log.
    Entries(u32) 0 ..= 1_000_000, "a whole number of entries from 0 to 1000000";
    /// Size of a file in bytes.
    FileSize(i64) 0 ..= 1_000_000_000_000_000, "whole bytes from 0 to 1000000000000000";
    /// A code of somebody else's code book, such as UCDP's precision of place.
    Score(u8) 0 ..= 99, "a code from 0 to 99";
}

/// `true`, and nothing else: a mark that is made or left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct True;

impl Serialize for True {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bool(true)
    }
}

impl<'de> Deserialize<'de> for True {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Mark;

        impl de::Visitor<'_> for Mark {
            type Value = True;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true, or leave the field out")
            }

            fn visit_bool<E: de::Error>(self, value: bool) -> Result<True, E> {
                if value { Ok(True) } else { Err(E::invalid_value(de::Unexpected::Bool(false), &self)) }
            }
        }

        deserializer.deserialize_bool(Mark)
    }
}

impl JsonSchema for True {
    fn schema_name() -> Cow<'static, str> {
        "True".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "const": true })
    }
}

/// Types written alike in CBOR and JSON, all the way down; only these can stand inside [`Known`], which has to look at
/// a value before it knows what it is and cannot tell the value which format it came from.
pub trait SameShape {}

/// A value, or the plain statement that it is not known (`"not-known"`).
///
/// Zero means that none were there; not known means that nobody can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Known<T> {
    /// The value.
    Is(T),
    /// Asked, and not known.
    NotKnown,
}

/// The text that stands for a value that is not known.
pub const NOT_KNOWN: &str = "not-known";

impl<T> Known<T> {
    /// The value, where it is known.
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Is(value) => Some(value),
            Self::NotKnown => None,
        }
    }
}

impl<T> From<T> for Known<T> {
    fn from(value: T) -> Self {
        Self::Is(value)
    }
}

impl<T: fmt::Display> fmt::Display for Known<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Is(value) => value.fmt(f),
            Self::NotKnown => f.pad("not known"),
        }
    }
}

impl<T: Serialize + SameShape> Serialize for Known<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Is(value) => value.serialize(serializer),
            Self::NotKnown => serializer.serialize_str(NOT_KNOWN),
        }
    }
}

impl<'de, T: Deserialize<'de> + SameShape> Deserialize<'de> for Known<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Look<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> de::Visitor<'de> for Look<T> {
            type Value = Known<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value or \"not-known\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Known<T>, E> {
                if text == NOT_KNOWN {
                    Ok(Known::NotKnown)
                } else {
                    T::deserialize(text.into_deserializer()).map(Known::Is)
                }
            }

            fn visit_u64<E: de::Error>(self, n: u64) -> Result<Known<T>, E> {
                T::deserialize(n.into_deserializer()).map(Known::Is)
            }

            fn visit_i64<E: de::Error>(self, n: i64) -> Result<Known<T>, E> {
                T::deserialize(n.into_deserializer()).map(Known::Is)
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Known<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Known::Is)
            }
        }

        deserializer.deserialize_any(Look(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for Known<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("Known{}", T::schema_name()).into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [{ "const": NOT_KNOWN }, generator.subschema_for::<T>()] })
    }
}

/// Most items of a list, where nothing tighter is said.
pub const LIST_MAX: usize = 512;

/// A list of 1 to `MAX` items. An empty list has one form only: the field is left out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NonEmpty<T, const MAX: usize = LIST_MAX>(Vec<T>);

impl<T, const MAX: usize> NonEmpty<T, MAX> {
    /// Takes `items` if there are 1 to `MAX` of them.
    pub fn new(items: Vec<T>) -> Result<Self, UnitError> {
        if items.is_empty() {
            Err(UnitError::new(
                "an empty list",
                format!("1 to {MAX} items; leave the field out if there are none"),
            ))
        } else if items.len() > MAX {
            Err(UnitError::new(format!("{} items", items.len()), format!("1 to {MAX} items")))
        } else {
            Ok(Self(items))
        }
    }

    /// The items, in order.
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        &self.0
    }

    /// The items themselves.
    #[must_use]
    pub fn into_vec(self) -> Vec<T> {
        self.0
    }
}

impl<T, const MAX: usize> Deref for NonEmpty<T, MAX> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<'a, T, const MAX: usize> IntoIterator for &'a NonEmpty<T, MAX> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<T: Serialize, const MAX: usize> Serialize for NonEmpty<T, MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>, const MAX: usize> Deserialize<'de> for NonEmpty<T, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Items<T, const MAX: usize>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>, const MAX: usize> de::Visitor<'de> for Items<T, MAX> {
            type Value = NonEmpty<T, MAX>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a list of 1 to {MAX} items")
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                // The limit holds while reading: a hostile list never grows past it.
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    if items.len() == MAX {
                        let more =
                            UnitError::new(format!("more than {MAX} items"), format!("1 to {MAX} items"));
                        return Err(de::Error::custom(more));
                    }
                    items.push(item);
                }
                NonEmpty::new(items).map_err(de::Error::custom)
            }
        }

        deserializer.deserialize_seq(Items(PhantomData))
    }
}

impl<T: JsonSchema, const MAX: usize> JsonSchema for NonEmpty<T, MAX> {
    fn schema_name() -> Cow<'static, str> {
        format!("ListOf{}Max{MAX}", T::schema_name()).into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "array",
            "items": generator.subschema_for::<T>(),
            "minItems": 1,
            "maxItems": MAX
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

    use super::*;
    use crate::unit::{Name, Word};

    fn error<T: de::DeserializeOwned + fmt::Debug>(json: &str) -> String {
        serde_json::from_str::<T>(json).unwrap_err().to_string()
    }

    #[test]
    fn limits_hold_at_the_limit_and_one_past_it() {
        assert_eq!(serde_json::from_str::<Tally>("100000000").unwrap(), Tally::MAX);
        assert!(
            error::<Tally>("100000001")
                .starts_with("found 100000001; allowed: a whole number from 0 to 100000000")
        );
        assert!(error::<Tally>("-1").starts_with("found -1; allowed: a whole number"));
        assert!(error::<Tally>("18446744073709551615").starts_with("found 18446744073709551615; allowed"));
        assert!(error::<Tally>("1.5").contains("expected a whole number from 0 to 100000000"));
        assert!(serde_json::from_str::<Percent>("101").is_err());
        assert_eq!(serde_json::from_str::<Shift>("-3660").unwrap(), Shift::MIN);
    }

    #[test]
    fn a_mark_is_true_or_absent() {
        assert_eq!(serde_json::from_str::<True>("true").unwrap(), True);
        assert!(error::<True>("false").contains("expected true, or leave the field out"));
    }

    #[test]
    fn not_known_is_a_value_of_its_own() {
        for (json, value) in [("\"not-known\"", Known::NotKnown), ("0", Known::Is(Tally::MIN))] {
            assert_eq!(serde_json::from_str::<Known<Tally>>(json).unwrap(), value);
            assert_eq!(serde_json::to_string(&value).unwrap(), json);
            let bytes = crate::cbor::encode(&value).unwrap();
            assert_eq!(crate::cbor::decode::<Known<Tally>>(&bytes).unwrap(), value);
        }
        assert_eq!(serde_json::from_str::<Known<Name>>("\"not-known\"").unwrap(), Known::NotKnown);
        assert!(serde_json::from_str::<Known<Word>>("\"Not Known\"").is_err());
    }

    #[test]
    fn lists_hold_one_to_max() {
        assert!(serde_json::from_str::<NonEmpty<u8, 2>>("[1,2]").is_ok());
        assert!(error::<NonEmpty<u8, 2>>("[]").contains("found an empty list; allowed: 1 to 2 items"));
        assert!(
            error::<NonEmpty<u8, 2>>("[1,2,3]").contains("found more than 2 items; allowed: 1 to 2 items")
        );
    }
}
