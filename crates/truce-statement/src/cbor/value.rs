//! Values out of canonical CBOR, through serde.
//!
//! The bytes have passed [`super::check`]: nothing is indefinite, tagged, floating or null, keys are in order, nesting is
//! bounded. So one match over seven kinds of item is all there is to read, and every type that is read is compiled for it
//! once. An error carries the path to its place, put together on the way out; reading that succeeds pays nothing for it.
//!
//! Enums are as serde writes them by name: `"word"`, or `{"word": content}`. A type's own code takes a name in bytes for the
//! name, and a number for a word; [`super::decode`] finds that such a value has another form, and refuses it for that.

use super::{Flaw, Head, Reader};
use crate::trail::Trail;
use serde::de::value::{BorrowedBytesDeserializer, BorrowedStrDeserializer};
use serde::de::{self, DeserializeOwned, DeserializeSeed, Unexpected, Visitor};
use serde::forward_to_deserialize_any;
use std::fmt;

/// Reads a value from `bytes`, which are one canonical item.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    let mut items = Items(Reader::new(bytes));
    let value = T::deserialize(&mut items)?;
    items.0.end()?;
    Ok(value)
}

/// Reason for which a value does not fit its type, with its place.
#[derive(Debug)]
pub(super) struct Error(Box<Inside>);

#[derive(Debug)]
struct Inside {
    what: String,
    unknown_field: bool,
    trail: Trail,
}

impl Error {
    #[cold]
    fn new(what: String, unknown_field: bool) -> Self {
        Self(Box::new(Inside { what, unknown_field, trail: Trail::default() }))
    }

    #[cold]
    fn under(mut self, field: &str) -> Self {
        self.0.trail.under(field);
        self
    }

    #[cold]
    fn at(mut self, item: u64) -> Self {
        self.0.trail.at(item);
        self
    }

    /// Reports whether a map has a key that its type does not know.
    pub(super) fn is_unknown_field(&self) -> bool {
        self.0.unknown_field
    }

    /// The value that was found, and the values that are allowed.
    pub(super) fn what(&self) -> &str {
        &self.0.what
    }

    /// Dotted path, as `body.regions[0].explosions`; a point for the whole.
    pub(super) fn path(&self) -> String {
        if self.0.trail.is_empty() { ".".to_owned() } else { self.0.trail.to_string() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path(), self.what())
    }
}

impl std::error::Error for Error {}

impl de::Error for Error {
    fn custom<T: fmt::Display>(what: T) -> Self {
        Self::new(what.to_string(), false)
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        // In serde's own words, which are its error's and cannot be asked for otherwise.
        let known: de::value::Error = de::Error::unknown_field(field, expected);
        Self::new(known.to_string(), true)
    }
}

/// Only where the bytes were not checked.
impl From<Flaw> for Error {
    fn from(flaw: Flaw) -> Self {
        Self::new(flaw.to_string(), false)
    }
}

/// The items from where a reader stands.
struct Items<'de>(Reader<'de>);

/// An item, of which the content is read if it is not a container.
enum Item<'de> {
    Bool(bool),
    Unsigned(u64),
    /// The integer is `-1 - n`.
    Negative(u64),
    Bytes(&'de [u8]),
    Text(&'de str),
    Array(u64),
    Map(u64),
}

impl<'de> Items<'de> {
    fn next(&mut self) -> Result<Item<'de>, Error> {
        Ok(match self.0.head()? {
            Head::Bool(b) => Item::Bool(b),
            Head::Unsigned(n) => Item::Unsigned(n),
            Head::Negative(n) => Item::Negative(n),
            Head::Bytes(n) => Item::Bytes(self.0.take(n)?),
            Head::Text(n) => Item::Text(self.0.take_text(n)?),
            Head::Array(n) => Item::Array(n),
            Head::Map(n) => Item::Map(n),
            Head::Tag(_) => return Err(de::Error::custom("a tag")),
        })
    }
}

/// Stand-in, in a path, for a name that is not text.
const NO_NAME: &str = "?";

/// The error for items of a container that are left when its type has read enough.
#[cold]
fn left_over(left: u64) -> Error {
    de::Error::custom(format_args!("{left} more than belong here"))
}

impl<'de> de::Deserializer<'de> for &mut Items<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.next()? {
            Item::Bool(b) => visitor.visit_bool(b),
            Item::Unsigned(n) => visitor.visit_u64(n),
            Item::Negative(n) => match i64::try_from(n) {
                Ok(n) => visitor.visit_i64(-1 - n),
                Err(_) => visitor.visit_i128(-1 - i128::from(n)),
            },
            Item::Bytes(bytes) => visitor.visit_borrowed_bytes(bytes),
            Item::Text(text) => visitor.visit_borrowed_str(text),
            Item::Array(n) => {
                let mut array = Array { items: self, left: n, at: 0 };
                let value = visitor.visit_seq(&mut array)?;
                if array.left == 0 { Ok(value) } else { Err(left_over(array.left)) }
            }
            Item::Map(n) => {
                let mut map = Map { items: self, left: n, key: "" };
                let value = visitor.visit_map(&mut map)?;
                if map.left == 0 { Ok(value) } else { Err(left_over(map.left)) }
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        // There is no null: what is not there is left out.
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let mut ahead = self.0.clone();
        let with_content = ahead.head()? == Head::Map(1);
        if with_content {
            self.0 = ahead;
        }
        let word = match Items(self.0.clone()).next()? {
            Item::Text(word) => word,
            Item::Unsigned(_) if with_content => return Err(de::Error::custom("a word that is no text")),
            _ => NO_NAME,
        };
        visitor.visit_enum(Variant { items: self, word, with_content })
    }

    fn is_human_readable(&self) -> bool {
        false
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

struct Array<'a, 'de> {
    items: &'a mut Items<'de>,
    left: u64,
    at: u64,
}

impl<'de> de::SeqAccess<'de> for &mut Array<'_, 'de> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        let at = self.at;
        (self.left, self.at) = (left, at + 1);
        seed.deserialize(&mut *self.items).map(Some).map_err(|error| error.at(at))
    }

    fn size_hint(&self) -> Option<usize> {
        usize::try_from(self.left).ok()
    }
}

struct Map<'a, 'de> {
    items: &'a mut Items<'de>,
    left: u64,
    key: &'de str,
}

impl<'de> de::MapAccess<'de> for &mut Map<'_, 'de> {
    type Error = Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        self.left = left;
        let read = match self.items.next()? {
            Item::Text(key) => {
                self.key = key;
                seed.deserialize(BorrowedStrDeserializer::new(key))
            }
            Item::Bytes(key) => {
                self.key = NO_NAME;
                seed.deserialize(BorrowedBytesDeserializer::new(key))
            }
            _ => return Err(de::Error::custom("a key that is no text")),
        };
        read.map(Some).map_err(|error: Error| error.under(self.key))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Error> {
        seed.deserialize(&mut *self.items).map_err(|error| error.under(self.key))
    }

    fn size_hint(&self) -> Option<usize> {
        usize::try_from(self.left).ok()
    }
}

/// One of several: a word, or a word with its content.
struct Variant<'a, 'de> {
    items: &'a mut Items<'de>,
    word: &'de str,
    with_content: bool,
}

impl<'de> de::EnumAccess<'de> for Variant<'_, 'de> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Error> {
        let read = seed.deserialize(&mut *self.items)?;
        Ok((read, self))
    }
}

impl Variant<'_, '_> {
    /// A word stands alone where it should have content.
    #[cold]
    fn bare(&self, expected: &str) -> Error {
        let error: Error = de::Error::invalid_type(Unexpected::UnitVariant, &expected);
        error.under(self.word)
    }
}

impl<'de> de::VariantAccess<'de> for Variant<'_, 'de> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        if self.with_content {
            return <() as de::Deserialize>::deserialize(self.items).map_err(|error| error.under(self.word));
        }
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Error> {
        if !self.with_content {
            return Err(self.bare("newtype variant"));
        }
        seed.deserialize(self.items).map_err(|error| error.under(self.word))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        if !self.with_content {
            return Err(self.bare("tuple variant"));
        }
        de::Deserializer::deserialize_any(self.items, visitor).map_err(|error| error.under(self.word))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if !self.with_content {
            return Err(self.bare("struct variant"));
        }
        de::Deserializer::deserialize_any(self.items, visitor).map_err(|error| error.under(self.word))
    }
}
