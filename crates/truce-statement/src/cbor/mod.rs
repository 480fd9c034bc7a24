//! Canonical CBOR: the only way bytes that are hashed or signed are written and read.
//!
//! The law, for every type that passes through here: `encode(decode(b)) == b`. RFC 8949 section 4.2.1 (core
//! deterministic encoding: shortest integers, definite lengths, map keys in bytewise order of their encodings, no
//! duplicates), and further no floats, no tags, no `null`, no `undefined`, text without control characters other
//! than newline and tab, nesting at most [`MAX_DEPTH`] deep (`docs/spec/formats.md`, section 1).
//!
//! `serde_cbor` turns values into bytes; it does not sort the fields of a struct. [`check`] is what refuses sloppy input:
//! one pass over the bytes, no allocation, no recursion, before any value is built. Of what it lets through, `value` reads
//! values: `serde_cbor` could as well (a test holds the two against each other), but it reads all of CBOR, and with
//! everything it has to be ready for, compiled for every type, it took three quarters of this crate's build.

mod value;

use serde::{Serialize, de::DeserializeOwned};
use std::fmt;

/// Arrays and maps may stand inside one another this deep.
pub const MAX_DEPTH: usize = 16;

/// Writes a value in canonical form.
///
/// Types declare their fields in canonical order, shorter names first and then bytewise, because `serde_cbor` writes
/// them as they are declared; a type that does not is refused here, by the test of its kind.
///
/// # Errors
/// When the value holds what canonical CBOR has no form for (a float, a `None`, a control character), or its fields
/// are declared in another order.
pub fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, EncodeError> {
    let bytes = serde_cbor::to_vec(value).map_err(|e| EncodeError(e.to_string()))?;
    check(&bytes).map_err(|flaw| EncodeError(flaw.to_string()))?;
    Ok(bytes)
}

/// Reads one value, and accepts only the bytes that [`encode`] would write for it.
///
/// # Errors
/// [`DecodeError`] says whether the bytes are not canonical, name an unknown field, or do not fit the type.
pub fn decode<T: DeserializeOwned + Serialize>(bytes: &[u8]) -> Result<T, DecodeError> {
    check(bytes).map_err(DecodeError::NotCanonical)?;
    let value = value::read(bytes).map_err(|error| {
        let (path, what) = (error.path(), error.what().to_owned());
        if error.is_unknown_field() {
            DecodeError::UnknownField { path, what }
        } else {
            DecodeError::Mismatch { path, what }
        }
    })?;
    if serde_cbor::to_vec(&value).is_ok_and(|again| again == bytes) {
        Ok(value)
    } else {
        Err(DecodeError::NotCanonical(Flaw { at: 0, kind: FlawKind::NotTheOnlyForm }))
    }
}

/// Checks that `bytes` are exactly one item in canonical form.
///
/// # Errors
/// The first [`Flaw`], with the offset it was found at.
pub fn check(bytes: &[u8]) -> Result<(), Flaw> {
    let mut reader = Reader::new(bytes);
    reader.skip()?;
    reader.end()
}

/// Reason for which bytes are not canonical CBOR, with its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// Offset in bytes.
    pub at: usize,
    /// The flaw that was found there.
    pub kind: FlawKind,
}

/// The ways in which bytes can fail to be canonical.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FlawKind {
    /// The bytes end inside an item.
    Truncated,
    /// Bytes follow the item.
    TrailingBytes,
    /// An integer or a length is not in its shortest form.
    NotShortest,
    /// A length is indefinite, or a break stands alone.
    Indefinite,
    /// Additional information 28 to 30, which RFC 8949 reserves.
    Reserved,
    /// Map keys are not in bytewise order.
    KeyOrder,
    /// A map key appears twice.
    DuplicateKey,
    /// A map key is an array or a map.
    ContainerKey,
    /// A floating-point number.
    Float,
    /// A tag.
    Tag,
    /// `null`, `undefined` or another simple value.
    Simple,
    /// Text is not UTF-8.
    NotUtf8,
    /// Text holds a control character other than newline and tab.
    ControlCharacter,
    /// Nesting is deeper than [`MAX_DEPTH`].
    TooDeep,
    /// An item of another type was required here.
    OtherType,
    /// The same value has another, canonical, form.
    NotTheOnlyForm,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            FlawKind::Truncated => "the bytes end inside an item",
            FlawKind::TrailingBytes => "bytes follow the end of the item",
            FlawKind::NotShortest => "an integer or length is not in its shortest form",
            FlawKind::Indefinite => "a length is indefinite",
            FlawKind::Reserved => "a reserved initial byte",
            FlawKind::KeyOrder => "map keys are not in bytewise order",
            FlawKind::DuplicateKey => "a map key appears twice",
            FlawKind::ContainerKey => "a map key is an array or a map",
            FlawKind::Float => "a floating-point number",
            FlawKind::Tag => "a tag",
            FlawKind::Simple => "null, undefined or another simple value",
            FlawKind::NotUtf8 => "text that is not UTF-8",
            FlawKind::ControlCharacter => "text with a control character",
            FlawKind::TooDeep => "nesting deeper than 16",
            FlawKind::OtherType => "an item of another type than the format has here",
            FlawKind::NotTheOnlyForm => "the same value has another, canonical, form",
        };
        write!(f, "{what} (at byte {})", self.at)
    }
}

impl std::error::Error for Flaw {}

/// A value has no canonical form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot be written as canonical CBOR: {0}")]
pub struct EncodeError(String);

/// Reasons for which bytes are not the canonical form of a value of the type asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The bytes are not canonical.
    #[error("not canonical: {0}")]
    NotCanonical(Flaw),
    /// A map has a key that the type does not know.
    #[error("{path}: {what}")]
    UnknownField {
        /// Dotted path to the map.
        path: String,
        /// The key found, and the keys allowed.
        what: String,
    },
    /// The bytes are canonical, but not a value of this type.
    #[error("{path}: {what}")]
    Mismatch {
        /// Dotted path to the place.
        path: String,
        /// The value that was found, and the values that are allowed.
        what: String,
    },
}

/// The major type and argument of one item head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Head {
    /// Major type 0: the integer.
    Unsigned(u64),
    /// Major type 1: the integer is `-1 - n`.
    Negative(u64),
    /// Major type 2: length in bytes.
    Bytes(u64),
    /// Major type 3: length in bytes.
    Text(u64),
    /// Major type 4: number of items.
    Array(u64),
    /// Major type 5: number of pairs.
    Map(u64),
    /// Major type 6: the tag. Refused by [`Reader::skip`]; the envelope reads its own.
    Tag(u64),
    /// `false` or `true`.
    Bool(bool),
}

/// Reads canonical CBOR from the front of a slice; every step refuses what is not canonical.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// Reads from the start of `bytes`.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Offset of the next byte.
    #[must_use]
    pub fn at(&self) -> usize {
        self.at
    }

    /// Reads an item head.
    pub fn head(&mut self) -> Result<Head, Flaw> {
        let start = self.at;
        let flaw = |kind| Flaw { at: start, kind };
        let initial = self.byte()?;
        let (major, info) = (initial >> 5, initial & 0x1f);
        if major == 7 {
            return match initial {
                0xf4 => Ok(Head::Bool(false)),
                0xf5 => Ok(Head::Bool(true)),
                0xf9..=0xfb => Err(flaw(FlawKind::Float)),
                0xff => Err(flaw(FlawKind::Indefinite)),
                0xfc..=0xfe => Err(flaw(FlawKind::Reserved)),
                _ => Err(flaw(FlawKind::Simple)),
            };
        }
        let argument = match info {
            0..=23 => u64::from(info),
            24 => self.argument::<1>(24, start)?,
            25 => self.argument::<2>(1 << 8, start)?,
            26 => self.argument::<4>(1 << 16, start)?,
            27 => self.argument::<8>(1 << 32, start)?,
            31 => return Err(flaw(FlawKind::Indefinite)),
            _ => return Err(flaw(FlawKind::Reserved)),
        };
        Ok(match major {
            0 => Head::Unsigned(argument),
            1 => Head::Negative(argument),
            2 => Head::Bytes(argument),
            3 => Head::Text(argument),
            4 => Head::Array(argument),
            5 => Head::Map(argument),
            _ => Head::Tag(argument),
        })
    }

    /// Reads an unsigned integer.
    pub fn unsigned(&mut self) -> Result<u64, Flaw> {
        let at = self.at;
        match self.head()? {
            Head::Unsigned(n) => Ok(n),
            _ => Err(Flaw { at, kind: FlawKind::OtherType }),
        }
    }

    /// Reads a signed integer.
    pub fn integer(&mut self) -> Result<i64, Flaw> {
        let at = self.at;
        let other = Flaw { at, kind: FlawKind::OtherType };
        match self.head()? {
            Head::Unsigned(n) => i64::try_from(n).map_err(|_| other),
            Head::Negative(n) => i64::try_from(n).map(|n| -1 - n).map_err(|_| other),
            _ => Err(other),
        }
    }

    /// Reads a byte string.
    pub fn byte_string(&mut self) -> Result<&'a [u8], Flaw> {
        let at = self.at;
        match self.head()? {
            Head::Bytes(n) => self.take(n),
            _ => Err(Flaw { at, kind: FlawKind::OtherType }),
        }
    }

    /// Reads a byte string of exactly `N` bytes.
    pub fn fixed<const N: usize>(&mut self) -> Result<[u8; N], Flaw> {
        let at = self.at;
        self.byte_string()?.try_into().map_err(|_| Flaw { at, kind: FlawKind::OtherType })
    }

    /// Reads a text string.
    pub fn text(&mut self) -> Result<&'a str, Flaw> {
        let at = self.at;
        match self.head()? {
            Head::Text(n) => self.take_text(n),
            _ => Err(Flaw { at, kind: FlawKind::OtherType }),
        }
    }

    /// Requires an array of exactly `n` items to start here.
    pub fn array(&mut self, n: u64) -> Result<(), Flaw> {
        self.expect(Head::Array(n))
    }

    /// Requires a map of exactly `n` pairs to start here.
    pub fn map(&mut self, n: u64) -> Result<(), Flaw> {
        self.expect(Head::Map(n))
    }

    /// Requires exactly this head.
    pub fn expect(&mut self, head: Head) -> Result<(), Flaw> {
        let at = self.at;
        if self.head()? == head { Ok(()) } else { Err(Flaw { at, kind: FlawKind::OtherType }) }
    }

    /// Requires that nothing is left.
    pub fn end(&self) -> Result<(), Flaw> {
        if self.at == self.bytes.len() {
            Ok(())
        } else {
            Err(Flaw { at: self.at, kind: FlawKind::TrailingBytes })
        }
    }

    /// Checks and passes over one item with all that stands in it.
    ///
    /// Iterative: the only state is one frame per open array or map, at most [`MAX_DEPTH`] of them.
    pub fn skip(&mut self) -> Result<(), Flaw> {
        let mut open = [Frame::CLOSED; MAX_DEPTH];
        let mut depth = 0_usize;
        loop {
            let at = self.at;
            let is_key = depth.checked_sub(1).and_then(|i| open.get(i)).is_some_and(Frame::wants_key);
            let opened = match self.head()? {
                Head::Bytes(n) => {
                    self.take(n)?;
                    None
                }
                Head::Text(n) => {
                    self.take_text(n)?;
                    None
                }
                Head::Tag(_) => return Err(Flaw { at, kind: FlawKind::Tag }),
                Head::Array(n) => Some(Frame { left: n, map: false, on_value: false, last_key: (0, 0) }),
                Head::Map(n) => Some(Frame { left: n, map: true, on_value: false, last_key: (0, 0) }),
                Head::Unsigned(_) | Head::Negative(_) | Head::Bool(_) => None,
            };
            if let Some(frame) = opened {
                if is_key {
                    return Err(Flaw { at, kind: FlawKind::ContainerKey });
                }
                let slot = open.get_mut(depth).ok_or(Flaw { at, kind: FlawKind::TooDeep })?;
                *slot = frame;
                depth += 1;
            } else if let Some(frame) = depth.checked_sub(1).and_then(|i| open.get_mut(i)) {
                frame.item_done(self.bytes, (at, self.at))?;
            }
            // Close every container that has just become complete; each counts as one item of the one around it.
            loop {
                let Some(frame) = depth.checked_sub(1).and_then(|i| open.get(i)) else { return Ok(()) };
                if frame.left > 0 {
                    break;
                }
                depth -= 1;
                if let Some(outer) = depth.checked_sub(1).and_then(|i| open.get_mut(i)) {
                    outer.item_done(self.bytes, (at, self.at))?;
                }
            }
        }
    }

    fn byte(&mut self) -> Result<u8, Flaw> {
        let byte = *self.bytes.get(self.at).ok_or(Flaw { at: self.at, kind: FlawKind::Truncated })?;
        self.at += 1;
        Ok(byte)
    }

    fn argument<const N: usize>(&mut self, least: u64, start: usize) -> Result<u64, Flaw> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let raw = rest.first_chunk::<N>().ok_or(Flaw { at: self.at, kind: FlawKind::Truncated })?;
        self.at += N;
        let value = raw.iter().fold(0, |n: u64, b| (n << 8) | u64::from(*b));
        if value < least { Err(Flaw { at: start, kind: FlawKind::NotShortest }) } else { Ok(value) }
    }

    fn take(&mut self, n: u64) -> Result<&'a [u8], Flaw> {
        let truncated = Flaw { at: self.at, kind: FlawKind::Truncated };
        let end = usize::try_from(n).ok().and_then(|n| self.at.checked_add(n)).ok_or(truncated)?;
        let taken = self.bytes.get(self.at..end).ok_or(truncated)?;
        self.at = end;
        Ok(taken)
    }

    fn take_text(&mut self, n: u64) -> Result<&'a str, Flaw> {
        let at = self.at;
        let text = std::str::from_utf8(self.take(n)?).map_err(|_| Flaw { at, kind: FlawKind::NotUtf8 })?;
        if has_control(text) { Err(Flaw { at, kind: FlawKind::ControlCharacter }) } else { Ok(text) }
    }
}

/// Reports whether text holds a control character (Unicode category Cc) other than newline and tab.
#[must_use]
pub fn has_control(text: &str) -> bool {
    let bytes = text.as_bytes();
    // Neither early end nor lazy operators: the compiler can then look at many bytes at once.
    #[allow(clippy::needless_bitwise_bool)]
    let c0 = bytes
        .iter()
        .fold(false, |found, &b| found | ((b < 0x20) & (b != b'\n') & (b != b'\t')) | (b == 0x7f));
    // C1 controls are the two-byte sequences C2 80 to C2 9F.
    c0 || (!text.is_ascii() && bytes.windows(2).any(|w| matches!(w, [0xc2, 0x80..=0x9f])))
}

#[derive(Clone, Copy)]
struct Frame {
    /// Items (of an array) or pairs (of a map) still to come.
    left: u64,
    map: bool,
    /// In a map: the key has been read and its value is next.
    on_value: bool,
    last_key: (usize, usize),
}

impl Frame {
    const CLOSED: Self = Self { left: 0, map: false, on_value: false, last_key: (0, 0) };

    fn wants_key(&self) -> bool {
        self.map && !self.on_value
    }

    fn item_done(&mut self, bytes: &[u8], item: (usize, usize)) -> Result<(), Flaw> {
        if !self.wants_key() {
            self.on_value = false;
            self.left -= 1;
            return Ok(());
        }
        let encoded = |(from, to): (usize, usize)| bytes.get(from..to).unwrap_or_default();
        // The first key is compared with nothing, which sorts before every encoding.
        match encoded(self.last_key).cmp(encoded(item)) {
            std::cmp::Ordering::Less => {}
            std::cmp::Ordering::Equal => return Err(Flaw { at: item.0, kind: FlawKind::DuplicateKey }),
            std::cmp::Ordering::Greater => return Err(Flaw { at: item.0, kind: FlawKind::KeyOrder }),
        }
        self.last_key = item;
        self.on_value = true;
        Ok(())
    }
}

/// Writes canonical CBOR item by item, for the few shapes that are laid out by hand (envelope, entry).
#[derive(Clone, Debug, Default)]
pub struct Writer(Vec<u8>);

impl Writer {
    /// An empty writer with room for `capacity` bytes.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self(Vec::with_capacity(capacity))
    }

    /// Writes an item head in its shortest form.
    pub fn head(&mut self, head: Head) -> &mut Self {
        let (major, n) = match head {
            Head::Unsigned(n) => (0, n),
            Head::Negative(n) => (1, n),
            Head::Bytes(n) => (2, n),
            Head::Text(n) => (3, n),
            Head::Array(n) => (4, n),
            Head::Map(n) => (5, n),
            Head::Tag(n) => (6, n),
            Head::Bool(b) => {
                self.0.push(if b { 0xf5 } else { 0xf4 });
                return self;
            }
        };
        let major = major << 5;
        // Each cast is to the width the match arm has just established.
        #[allow(clippy::cast_possible_truncation)]
        match n {
            0..=23 => self.0.push(major | n as u8),
            24..=0xff => self.0.extend([major | 0x18, n as u8]),
            0x100..=0xffff => {
                self.0.push(major | 0x19);
                self.0.extend((n as u16).to_be_bytes());
            }
            0x1_0000..=0xffff_ffff => {
                self.0.push(major | 0x1a);
                self.0.extend((n as u32).to_be_bytes());
            }
            _ => {
                self.0.push(major | 0x1b);
                self.0.extend(n.to_be_bytes());
            }
        }
        self
    }

    /// Writes an unsigned integer.
    pub fn unsigned(&mut self, n: u64) -> &mut Self {
        self.head(Head::Unsigned(n))
    }

    /// Writes a signed integer.
    pub fn integer(&mut self, n: i64) -> &mut Self {
        if n < 0 { self.head(Head::Negative(!n.cast_unsigned())) } else { self.unsigned(n.cast_unsigned()) }
    }

    /// Writes a byte string.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.head(Head::Bytes(bytes.len() as u64));
        self.0.extend_from_slice(bytes);
        self
    }

    /// Writes a text string.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.head(Head::Text(text.len() as u64));
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    /// Appends an item that is already canonical CBOR.
    pub fn raw(&mut self, item: &[u8]) -> &mut Self {
        self.0.extend_from_slice(item);
        self
    }

    /// The bytes written.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}
