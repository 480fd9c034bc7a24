//! JSON, read with an error of our own.
//!
//! `serde_json` can only fail with its own error, which is a sentence; a draft's error is data: the place, what was
//! found there, what is allowed. So its deserializer is wrapped. Whatever a type has to say goes through the constructors
//! of [`de::Error`] into a [`Misfit`]. Where `serde_json` has to carry an error of its own outward, the misfit waits in
//! [`Kept`]; of that error only the position is used.
//!
//! Every value is read by `deserialize_any`, so that a value of the wrong type is met by the type's visitor, never by
//! `serde_json` itself: what is left for it to refuse is text that is not JSON.

use super::{DraftError, Envelope};
use crate::body::Fault;
use crate::trail::Trail;
use crate::unit::UnitError;
use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, IgnoredAny, IntoDeserializer, MapAccess, SeqAccess,
    Unexpected, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;

/// Reads the whole of `json` with `seed`.
pub(super) fn read<'de, S: DeserializeSeed<'de>>(json: &'de str, seed: S) -> Result<S::Value, DraftError> {
    let mut text = serde_json::Deserializer::from_str(json);
    let kept = Kept::default();
    let value = seed.deserialize(Reader { inner: &mut text, kept: &kept }).map_err(Unfit::into_error)?;
    text.end().map_err(|error| kept.take(error).into_error())?;
    Ok(value)
}

/// Reason for which a value cannot be read: it does not fit its type, or `carrier` says that the text is not
/// JSON.
#[derive(Debug)]
struct Unfit<E> {
    misfit: Option<Box<Misfit>>,
    /// The error of `serde_json` that came along; it knows line and column.
    carrier: Option<E>,
}

/// A value that does not fit: found, allowed, and the path to it.
#[derive(Debug)]
struct Misfit {
    found: String,
    allowed: String,
    trail: Trail,
}

impl<E> Unfit<E> {
    #[cold]
    fn at(trail: Trail, found: impl Into<String>, allowed: impl Into<String>) -> Self {
        let misfit = Misfit { found: found.into(), allowed: allowed.into(), trail };
        Self { misfit: Some(Box::new(misfit)), carrier: None }
    }

    #[cold]
    fn new(found: impl Into<String>, allowed: impl Into<String>) -> Self {
        Self::at(Trail::default(), found, allowed)
    }

    /// Adds the field, or the item, that the value stands in.
    #[cold]
    fn inside(mut self, step: impl FnOnce(&mut Trail)) -> Self {
        if let Some(misfit) = &mut self.misfit {
            step(&mut misfit.trail);
        }
        self
    }
}

impl Unfit<serde_json::Error> {
    fn into_error(self) -> DraftError {
        let (line, column) = self.carrier.as_ref().map_or((1, 0), |error| (error.line(), error.column()));
        if let Some(misfit) = self.misfit {
            let Misfit { found, allowed, trail } = *misfit;
            let path = if trail.is_empty() { "draft".to_owned() } else { trail.to_string() };
            return DraftError::Shape { fault: Fault::new(path, found, allowed), line, column };
        }
        let message = self.carrier.map_or_else(String::new, |error| error.to_string());
        let what = message.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&message);
        DraftError::Syntax { line, column, what: what.to_owned() }
    }
}

impl<E: fmt::Display> fmt::Display for Unfit<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.misfit, &self.carrier) {
            (Some(misfit), _) => {
                write!(f, "{}: found {}; allowed: {}", misfit.trail, misfit.found, misfit.allowed)
            }
            (None, Some(error)) => error.fmt(f),
            (None, None) => Ok(()),
        }
    }
}

impl<E: de::Error> std::error::Error for Unfit<E> {}

impl<E: de::Error> de::Error for Unfit<E> {
    fn custom<T: fmt::Display>(what: T) -> Self {
        let what = what.to_string();
        match UnitError::read_back(&what) {
            Some(UnitError { found, allowed }) => Self::new(found, allowed),
            None => Self::new(what, "a value of the kind's schema"),
        }
    }

    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::new(told(unexpected), expected.to_string())
    }

    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::new(told(unexpected), expected.to_string())
    }

    fn invalid_length(length: usize, expected: &dyn de::Expected) -> Self {
        Self::new(format!("length {length}"), expected.to_string())
    }

    fn unknown_variant(word: &str, known: &'static [&'static str]) -> Self {
        Self::new(format!("{word:?}"), one_of(known))
    }

    /// The field itself is added to the path by the object it stands in.
    fn unknown_field(_: &str, known: &'static [&'static str]) -> Self {
        let allowed = match known {
            [] => "no fields".to_owned(),
            [_, _, _, ..] => format!("the fields {}", known.join(", ")),
            _ => format!("the fields {}", one_of(known)),
        };
        Self::new("a field that is not known here", allowed)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::at(Trail::of_field(field), "nothing", "a value; this field is required")
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::at(Trail::of_field(field), "the field twice", "each field once")
    }
}

/// Names a value that was found, with its type.
fn told(value: Unexpected<'_>) -> String {
    match value {
        Unexpected::Bool(b) => format!("boolean {b}"),
        Unexpected::Unsigned(n) => format!("integer {n}"),
        Unexpected::Signed(n) => format!("integer {n}"),
        Unexpected::Float(n) => format!("floating point {}", serde_json::Value::from(n)),
        Unexpected::Char(c) => format!("character {c:?}"),
        Unexpected::Str(text) => format!("string {text:?}"),
        Unexpected::Unit | Unexpected::Option => "null".to_owned(),
        Unexpected::Seq => "sequence".to_owned(),
        Unexpected::Map => "map".to_owned(),
        Unexpected::UnitVariant => "this word alone".to_owned(),
        other => other.to_string(),
    }
}

/// Lists words that are allowed, as a person would.
fn one_of(words: &[&str]) -> String {
    match words {
        [] => "nothing".to_owned(),
        [one] => (*one).to_owned(),
        [one, other] => format!("{one} or {other}"),
        more => format!("one of {}", more.join(", ")),
    }
}

/// A misfit while `serde_json` carries its own error outward.
#[derive(Default)]
struct Kept(Cell<Option<Box<Misfit>>>);

impl Kept {
    /// Leaves what does not fit here, and answers with the error that stands for it.
    #[cold]
    fn keep<E: de::Error>(&self, unfit: Unfit<E>) -> E {
        self.0.set(unfit.misfit);
        unfit.carrier.unwrap_or_else(|| E::custom(""))
    }

    /// Takes what `carrier` stands for.
    #[cold]
    fn take<E>(&self, carrier: E) -> Unfit<E> {
        Unfit { misfit: self.0.take(), carrier: Some(carrier) }
    }
}

/// A deserializer of `serde_json`, or a seed for one, with our error.
struct Reader<'k, T> {
    inner: T,
    kept: &'k Kept,
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Reader<'_, D> {
    type Error = Unfit<D::Error>;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        let Self { inner, kept } = self;
        inner.deserialize_any(Watch { visitor, kept, object: None }).map_err(|error| kept.take(error))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        let Self { inner, kept } = self;
        inner.deserialize_option(Watch { visitor, kept, object: None }).map_err(|error| kept.take(error))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        let Self { inner, kept } = self;
        inner.deserialize_any(Watch { visitor, kept, object: Some(name) }).map_err(|error| kept.take(error))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        words: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        let Self { inner, kept } = self;
        inner.deserialize_any(Choice { visitor, kept, words }).map_err(|error| kept.take(error))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier ignored_any
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Reader<'_, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        let Self { inner, kept } = self;
        inner.deserialize(Reader { inner: deserializer, kept }).map_err(|unfit| kept.keep(unfit))
    }
}

/// Passes what stands in the text to a type's visitor, and keeps what that says against it.
struct Watch<'k, V> {
    visitor: V,
    kept: &'k Kept,
    /// The type's name, where it is read from an object.
    object: Option<&'static str>,
}

impl<'de, V: Visitor<'de>> Watch<'_, V> {
    /// A value that is neither an object nor a list.
    fn single<E: de::Error>(
        self,
        value: Unexpected<'_>,
        visit: impl FnOnce(V) -> Result<V::Value, Unfit<E>>,
    ) -> Result<V::Value, E> {
        let read = match self.object {
            None => visit(self.visitor),
            Some(Envelope::NAME) => Err(Unfit::new(told(value), Envelope::EXPECTED)),
            Some(name) => Err(Unfit::new(told(value), format!("an object ({})", name.to_lowercase()))),
        };
        read.map_err(|unfit| self.kept.keep(unfit))
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Watch<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    fn visit_bool<E: de::Error>(self, b: bool) -> Result<V::Value, E> {
        self.single(Unexpected::Bool(b), |visitor| visitor.visit_bool(b))
    }

    fn visit_i64<E: de::Error>(self, n: i64) -> Result<V::Value, E> {
        self.single(Unexpected::Signed(n), |visitor| visitor.visit_i64(n))
    }

    fn visit_u64<E: de::Error>(self, n: u64) -> Result<V::Value, E> {
        self.single(Unexpected::Unsigned(n), |visitor| visitor.visit_u64(n))
    }

    fn visit_f64<E: de::Error>(self, n: f64) -> Result<V::Value, E> {
        self.single(Unexpected::Float(n), |visitor| visitor.visit_f64(n))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<V::Value, E> {
        self.single(Unexpected::Str(text), |visitor| visitor.visit_str(text))
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<V::Value, E> {
        self.single(Unexpected::Str(text), |visitor| visitor.visit_borrowed_str(text))
    }

    fn visit_unit<E: de::Error>(self) -> Result<V::Value, E> {
        self.single(Unexpected::Unit, Visitor::visit_unit)
    }

    fn visit_none<E: de::Error>(self) -> Result<V::Value, E> {
        self.single(Unexpected::Option, Visitor::visit_none)
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        let Self { visitor, kept, .. } = self;
        visitor.visit_some(Reader { inner, kept }).map_err(|unfit| kept.keep(unfit))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<V::Value, A::Error> {
        let Self { visitor, kept, object } = self;
        let read = match object {
            // serde would read an object from a list of its values, and swap fields unseen.
            Some(name) if name != Envelope::NAME => Err(Unfit::new("a list", "an object with named fields")),
            _ => visitor.visit_seq(List { items, kept, at: 0 }),
        };
        read.map_err(|unfit| kept.keep(unfit))
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<V::Value, A::Error> {
        let Self { visitor, kept, .. } = self;
        visitor.visit_map(Object { fields, kept, name: String::new() }).map_err(|unfit| kept.keep(unfit))
    }
}

struct List<'k, A> {
    items: A,
    kept: &'k Kept,
    at: u64,
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for List<'_, A> {
    type Error = Unfit<A::Error>;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Self::Error> {
        let Self { items, kept, at } = self;
        let read = items.next_element_seed(Reader { inner: seed, kept });
        let item = read.map_err(|error| kept.take(error).inside(|trail| trail.at(*at)))?;
        *at += 1;
        Ok(item)
    }
}

struct Object<'k, A> {
    fields: A,
    kept: &'k Kept,
    name: String,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Object<'_, A> {
    type Error = Unfit<A::Error>;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Self::Error> {
        let Some(name) = self.fields.next_key().map_err(|error| self.kept.take(error))? else {
            return Ok(None);
        };
        self.name = name;
        let read = seed.deserialize(self.name.as_str().into_deserializer());
        read.map(Some).map_err(|unfit: Self::Error| unfit.inside(|trail| trail.under(&self.name)))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Self::Error> {
        let Self { fields, kept, name } = self;
        let read = fields.next_value_seed(Reader { inner: seed, kept });
        read.map_err(|error| kept.take(error).inside(|trail| trail.under(name)))
    }
}

/// One of several: a word, or an object with the word as its only field.
struct Choice<'k, V> {
    visitor: V,
    kept: &'k Kept,
    words: &'static [&'static str],
}

impl<V> Choice<'_, V> {
    #[cold]
    fn refuse<T, E: de::Error>(&self, value: Unexpected<'_>) -> Result<T, E> {
        Err(self.kept.keep(Unfit::new(told(value), one_of(self.words))))
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Choice<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&one_of(self.words))
    }

    fn visit_bool<E: de::Error>(self, b: bool) -> Result<V::Value, E> {
        self.refuse(Unexpected::Bool(b))
    }

    fn visit_i64<E: de::Error>(self, n: i64) -> Result<V::Value, E> {
        self.refuse(Unexpected::Signed(n))
    }

    fn visit_u64<E: de::Error>(self, n: u64) -> Result<V::Value, E> {
        self.refuse(Unexpected::Unsigned(n))
    }

    fn visit_f64<E: de::Error>(self, n: f64) -> Result<V::Value, E> {
        self.refuse(Unexpected::Float(n))
    }

    fn visit_unit<E: de::Error>(self) -> Result<V::Value, E> {
        self.refuse(Unexpected::Unit)
    }

    fn visit_str<E: de::Error>(self, word: &str) -> Result<V::Value, E> {
        let alone = Alone { word, error: PhantomData };
        self.visitor.visit_enum(alone).map_err(|unfit| self.kept.keep(unfit))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<V::Value, A::Error> {
        self.refuse(Unexpected::Seq)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<V::Value, A::Error> {
        let Some(word) = fields.next_key()? else { return self.refuse(Unexpected::Map) };
        let content = Content { fields, kept: self.kept, word };
        self.visitor.visit_enum(content).map_err(|unfit| self.kept.keep(unfit))
    }
}

/// A word that stands alone.
struct Alone<'a, E> {
    word: &'a str,
    error: PhantomData<E>,
}

impl<E: de::Error> Alone<'_, E> {
    #[cold]
    fn without_content(&self) -> Unfit<E> {
        let unfit = Unfit::new("this word alone", "an object with this word as its only field");
        unfit.inside(|trail| trail.under(self.word))
    }
}

impl<'de, E: de::Error> EnumAccess<'de> for Alone<'_, E> {
    type Error = Unfit<E>;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Self::Error> {
        let word = seed.deserialize(self.word.into_deserializer())?;
        Ok((word, self))
    }
}

impl<'de, E: de::Error> VariantAccess<'de> for Alone<'_, E> {
    type Error = Unfit<E>;

    fn unit_variant(self) -> Result<(), Self::Error> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, _: S) -> Result<S::Value, Self::Error> {
        Err(self.without_content())
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Self::Error> {
        Err(self.without_content())
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Self::Error> {
        Err(self.without_content())
    }
}

/// A word with its content: an object of one field, whose name is read.
struct Content<'k, A> {
    fields: A,
    kept: &'k Kept,
    word: String,
}

impl<'de, A: MapAccess<'de>> EnumAccess<'de> for Content<'_, A> {
    type Error = Unfit<A::Error>;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Self::Error> {
        let word = seed.deserialize(self.word.as_str().into_deserializer())?;
        Ok((word, self))
    }
}

impl<'de, A: MapAccess<'de>> VariantAccess<'de> for Content<'_, A> {
    type Error = Unfit<A::Error>;

    fn unit_variant(self) -> Result<(), Self::Error> {
        self.newtype_variant_seed(Nothing)
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(mut self, seed: S) -> Result<S::Value, Self::Error> {
        let Self { fields, kept, word } = &mut self;
        let read = fields.next_value_seed(Reader { inner: seed, kept });
        let value = read.map_err(|error| kept.take(error).inside(|trail| trail.under(word)))?;
        match fields.next_key::<IgnoredAny>().map_err(|error| kept.take(error))? {
            None => Ok(value),
            Some(_) => Err(Unfit::new("an object with more than one field", "an object with one field")),
        }
    }

    fn tuple_variant<V: Visitor<'de>>(self, n: usize, visitor: V) -> Result<V::Value, Self::Error> {
        self.newtype_variant_seed(Values(n, visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        self.newtype_variant_seed(Fields(fields, visitor))
    }
}

/// The content of a word that has none: a `null`, which the draft then refuses for what it is.
struct Nothing;

impl<'de> DeserializeSeed<'de> for Nothing {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl Visitor<'_> for Nothing {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this word alone, as text")
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        Ok(())
    }
}

/// The content of a word that has several values in order.
struct Values<V>(usize, V);

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for Values<V> {
    type Value = V::Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<V::Value, D::Error> {
        from.deserialize_tuple(self.0, self.1)
    }
}

/// The content of a word that has named fields.
struct Fields<V>(&'static [&'static str], V);

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for Fields<V> {
    type Value = V::Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<V::Value, D::Error> {
        from.deserialize_struct("content", self.0, self.1)
    }
}
