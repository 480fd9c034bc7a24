//! JSON, read with an error of our own.
//!
//! `serde_json` can only fail with its own error, which is a sentence; a draft's error is data: the place, what was
//! found there, what is allowed. So `serde_json` is asked for one level at a time, as text, and types are read from that
//! by a deserializer of ours. It is not generic, which keeps what is compiled for each type small.
//!
//! ```text
//! text -> serde_json (is it JSON?) -> Item -> Level: a value, or the items of a list or an object -> a type's visitor
//! ```

use super::{DraftError, Envelope};
use crate::body::Fault;
use crate::trail::Trail;
use crate::unit::UnitError;
use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, Unexpected,
    VariantAccess, Visitor,
};
use serde::{Deserialize, forward_to_deserialize_any};
use serde_json::value::RawValue;
use serde_json::{Number, Value};
use std::fmt;
use std::vec::IntoIter;

/// Reads the whole of `json` with `seed`.
pub(super) fn read<'de, S: DeserializeSeed<'de>>(json: &'de str, seed: S) -> Result<S::Value, DraftError> {
    let whole: &RawValue = serde_json::from_str(json).map_err(|error| syntax(&error))?;
    let item = Item(whole.get());
    seed.deserialize(item).map_err(|unfit| unfit.behind(item).into_error(json))
}

/// Reads the whole of `json` as it stands. Text that is not JSON, or nested too deeply, is refused here.
pub(super) fn parse(json: &str) -> Result<Value, DraftError> {
    serde_json::from_str(json).map_err(|error| syntax(&error))
}

fn syntax(error: &serde_json::Error) -> DraftError {
    let (line, column, message) = (error.line(), error.column(), error.to_string());
    let what = message.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&message);
    DraftError::Syntax { line, column, what: what.to_owned() }
}

/// A value that does not fit: found, allowed, the path to it, and where in the text it ends.
#[derive(Debug)]
struct Unfit(Box<Misfit>);

#[derive(Debug)]
struct Misfit {
    found: String,
    allowed: String,
    trail: Trail,
    /// Address of the byte behind it.
    end: Option<usize>,
}

impl Unfit {
    #[cold]
    fn at(trail: Trail, found: impl Into<String>, allowed: impl Into<String>) -> Self {
        Self(Box::new(Misfit { found: found.into(), allowed: allowed.into(), trail, end: None }))
    }

    #[cold]
    fn new(found: impl Into<String>, allowed: impl Into<String>) -> Self {
        Self::at(Trail::default(), found, allowed)
    }

    /// Sets its place in the text, unless a value inside `item` has set it.
    #[cold]
    fn behind(mut self, item: Item<'_>) -> Self {
        self.0.end.get_or_insert(item.0.as_ptr().addr() + item.0.len());
        self
    }

    /// Adds the field that `item` is the value of.
    #[cold]
    fn under(self, name: &str, item: Item<'_>) -> Self {
        let mut unfit = self.behind(item);
        unfit.0.trail.under(name);
        unfit
    }

    #[cold]
    fn into_error(self, json: &str) -> DraftError {
        let Misfit { found, allowed, trail, end } = *self.0;
        let end = end.map_or(0, |end| end.saturating_sub(json.as_ptr().addr()));
        let before = json.get(..end).unwrap_or(json);
        let line = before.matches('\n').count() + 1;
        let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1);
        let path = if trail.is_empty() { "draft".to_owned() } else { trail.to_string() };
        DraftError::Shape { fault: Fault::new(path, found, allowed), line, column }
    }
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Misfit { found, allowed, trail, .. } = &*self.0;
        write!(f, "{trail}: found {found}; allowed: {allowed}")
    }
}

impl std::error::Error for Unfit {}

impl de::Error for Unfit {
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

/// One value of the text, as it stands there.
#[derive(Clone, Copy)]
struct Item<'de>(&'de str);

/// A value of which one level is read.
enum Level<'de> {
    Null,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Text(String),
    List(Vec<Item<'de>>),
    Object(Vec<Field<'de>>),
}

/// A field of an object: its name, and both as they stand in the text.
struct Field<'de> {
    name: String,
    key: Item<'de>,
    value: Item<'de>,
}

impl<'de> Item<'de> {
    fn level(self) -> Result<Level<'de>, Unfit> {
        Ok(match self.0.as_bytes().first() {
            Some(b'n') => Level::Null,
            Some(b't') => Level::Bool(true),
            Some(b'f') => Level::Bool(false),
            Some(b'"') => Level::Text(self.parsed()?),
            Some(b'[') => Level::List(self.parsed::<Vec<&RawValue>>()?.into_iter().map(Item::of).collect()),
            Some(b'{') => Level::Object(self.parsed::<Fields<'de>>()?.0),
            _ => {
                let number: Number = self.parsed()?;
                match (number.as_u64(), number.as_i64()) {
                    (Some(n), _) => Level::Unsigned(n),
                    (None, Some(n)) => Level::Signed(n),
                    (None, None) => Level::Float(number.as_f64().unwrap_or(f64::NAN)),
                }
            }
        })
    }

    fn of(raw: &'de RawValue) -> Self {
        Self(raw.get())
    }

    /// What `serde_json` makes of it. The text is JSON: [`parse`] has read it.
    fn parsed<T: Deserialize<'de>>(self) -> Result<T, Unfit> {
        serde_json::from_str(self.0).map_err(|error| Unfit::new(error.to_string(), "JSON"))
    }
}

impl Level<'_> {
    /// The value, named for an error.
    #[cold]
    fn told(&self) -> String {
        told(match self {
            Self::Null => Unexpected::Unit,
            Self::Bool(b) => Unexpected::Bool(*b),
            Self::Unsigned(n) => Unexpected::Unsigned(*n),
            Self::Signed(n) => Unexpected::Signed(*n),
            Self::Float(n) => Unexpected::Float(*n),
            Self::Text(text) => Unexpected::Str(text),
            Self::List(_) => Unexpected::Seq,
            Self::Object(_) => Unexpected::Map,
        })
    }
}

/// Fields in their order, those that are there twice among them.
struct Fields<'de>(Vec<Field<'de>>);

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Each;
        impl<'de> Visitor<'de> for Each {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
                let mut fields = Vec::new();
                while let Some((key, value)) = map.next_entry::<&'de RawValue, &'de RawValue>()? {
                    let name = serde_json::from_str(key.get()).map_err(de::Error::custom)?;
                    fields.push(Field { name, key: Item::of(key), value: Item::of(value) });
                }
                Ok(Fields(fields))
            }
        }
        from.deserialize_map(Each)
    }
}

impl<'de> Deserializer<'de> for Item<'de> {
    type Error = Unfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        match self.level()? {
            Level::Null => visitor.visit_unit(),
            Level::Bool(b) => visitor.visit_bool(b),
            Level::Unsigned(n) => visitor.visit_u64(n),
            Level::Signed(n) => visitor.visit_i64(n),
            Level::Float(n) => visitor.visit_f64(n),
            Level::Text(text) => visitor.visit_str(&text),
            Level::List(items) => visitor.visit_seq(List { items: items.into_iter(), at: 0 }),
            Level::Object(fields) => visitor.visit_map(Object { fields: fields.into_iter(), open: None }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        if self.0 == "null" { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        match self.level()? {
            Level::Object(fields) => visitor.visit_map(Object { fields: fields.into_iter(), open: None }),
            other => Err(no_object(&other, name)),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        words: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        visitor.visit_enum(self.level().and_then(|level| Variant::of(level, words))?)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier
    }
}

/// The error for a value that stands where an object of the type `name` belongs.
#[cold]
fn no_object(level: &Level<'_>, name: &str) -> Unfit {
    match (level, name) {
        (Level::List(_), Envelope::NAME) => Unfit::new("a list", Envelope::EXPECTED),
        (_, Envelope::NAME) => Unfit::new(level.told(), Envelope::EXPECTED),
        // serde would read an object from a list of its values, and swap fields unseen.
        (Level::List(_), _) => Unfit::new("a list", "an object with named fields"),
        _ => Unfit::new(level.told(), format!("an object ({})", name.to_lowercase())),
    }
}

struct List<'de> {
    items: IntoIter<Item<'de>>,
    at: u64,
}

impl<'de> SeqAccess<'de> for List<'de> {
    type Error = Unfit;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Unfit> {
        let Some(item) = self.items.next() else { return Ok(None) };
        let at = self.at;
        self.at += 1;
        seed.deserialize(item).map(Some).map_err(|unfit| {
            let mut unfit = unfit.behind(item);
            unfit.0.trail.at(at);
            unfit
        })
    }
}

struct Object<'de> {
    fields: IntoIter<Field<'de>>,
    /// The field whose name was read.
    open: Option<Field<'de>>,
}

impl<'de> MapAccess<'de> for Object<'de> {
    type Error = Unfit;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Unfit> {
        self.open = self.fields.next();
        let Some(Field { name, key, .. }) = &self.open else { return Ok(None) };
        seed.deserialize(name.as_str().into_deserializer())
            .map(Some)
            .map_err(|unfit: Unfit| unfit.under(name, *key))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Unfit> {
        let Some(Field { name, value, .. }) = self.open.take() else {
            return Err(de::Error::custom("a value without a name"));
        };
        seed.deserialize(value).map_err(|unfit| unfit.under(&name, value))
    }
}

/// One of several: a word, or a word with its content, as an object with the word as its only field.
struct Variant<'de> {
    word: String,
    content: Option<Item<'de>>,
}

impl<'de> Variant<'de> {
    fn of(level: Level<'de>, words: &[&str]) -> Result<Self, Unfit> {
        match level {
            Level::Text(word) => Ok(Self { word, content: None }),
            Level::Object(fields) if fields.len() > 1 => {
                Err(Unfit::new("an object with more than one field", "an object with one field"))
            }
            Level::Object(fields) => match fields.into_iter().next() {
                Some(Field { name, value, .. }) => Ok(Self { word: name, content: Some(value) }),
                None => Err(Unfit::new(told(Unexpected::Map), one_of(words))),
            },
            other => Err(Unfit::new(other.told(), one_of(words))),
        }
    }

    /// Reads the content.
    fn with<T>(self, read: impl FnOnce(Item<'de>) -> Result<T, Unfit>) -> Result<T, Unfit> {
        let Some(content) = self.content else {
            let trail = Trail::of_field(&self.word);
            return Err(Unfit::at(trail, "this word alone", "an object with this word as its only field"));
        };
        read(content).map_err(|unfit| unfit.under(&self.word, content))
    }
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = Unfit;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Unfit> {
        let word = seed.deserialize(self.word.as_str().into_deserializer())?;
        Ok((word, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'de> {
    type Error = Unfit;

    /// A `null` is passed, which the draft then refuses for what it is.
    fn unit_variant(self) -> Result<(), Unfit> {
        if self.content.is_none() {
            return Ok(());
        }
        self.with(|content| match content.level()? {
            Level::Null => Ok(()),
            other => Err(Unfit::new(other.told(), "this word alone, as text")),
        })
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Unfit> {
        self.with(|content| seed.deserialize(content))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Unfit> {
        self.with(|content| content.deserialize_any(visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        self.with(|content| content.deserialize_struct("content", fields, visitor))
    }
}
