//! CBOR items as the vectors are made of: written as told, canonical or not.
//!
//! A writer of its own, not the one under test: it keeps the order it is given and writes any flaw it is asked for.

use std::fmt::Write as _;

/// One CBOR item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    /// Major types 0 and 1.
    Int(i128),
    /// Major type 2.
    Bytes(Vec<u8>),
    /// Major type 3.
    Text(String),
    /// Major type 4.
    Array(Vec<Item>),
    /// Major type 5, in the order given.
    Map(Vec<(Item, Item)>),
    /// `false` and `true`.
    Bool(bool),
    /// Bytes put in as they are.
    Raw(Vec<u8>),
}

impl From<i64> for Item {
    fn from(n: i64) -> Self {
        Self::Int(n.into())
    }
}

impl From<&str> for Item {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&[u8]> for Item {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

/// An item head with the argument in the shortest form.
pub(crate) fn head(major: u8, n: u64) -> Vec<u8> {
    let width = match n {
        0..24 => 0,
        24..0x100 => 1,
        0x100..0x1_0000 => 2,
        0x1_0000..0x1_0000_0000 => 4,
        _ => 8,
    };
    wide_head(major, n, width)
}

/// An item head with the argument in `width` bytes: 0 (in the initial byte), 1, 2, 4 or 8.
pub(crate) fn wide_head(major: u8, n: u64, width: u8) -> Vec<u8> {
    let all = n.to_be_bytes();
    let (info, tail) = match width {
        0 => return vec![major << 5 | all[7]],
        1 => (24, &all[7..]),
        2 => (25, &all[6..]),
        4 => (26, &all[4..]),
        _ => (27, &all[..]),
    };
    [&[major << 5 | info], tail].concat()
}

impl Item {
    /// Reads canonical bytes.
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let mut rest = bytes;
        let item = Self::take(&mut rest);
        assert!(rest.is_empty(), "bytes after the item");
        item
    }

    fn take(rest: &mut &[u8]) -> Self {
        let mut next = |n: usize| {
            let (taken, after) = rest.split_at(n);
            *rest = after;
            taken
        };
        let initial = next(1)[0];
        let (major, info) = (initial >> 5, initial & 31);
        if major == 7 {
            return Self::Bool(initial == 0xf5);
        }
        let n = match info {
            0..24 => u64::from(info),
            _ => next(1 << (info - 24)).iter().fold(0, |n, b| n << 8 | u64::from(*b)),
        };
        let count = usize::try_from(n).expect("a length");
        match major {
            0 => Self::Int(n.into()),
            1 => Self::Int(-1 - i128::from(n)),
            2 => Self::Bytes(next(count).to_vec()),
            3 => Self::Text(String::from_utf8(next(count).to_vec()).expect("UTF-8")),
            4 => Self::Array((0..n).map(|_| Self::take(rest)).collect()),
            _ => Self::Map((0..n).map(|_| (Self::take(rest), Self::take(rest))).collect()),
        }
    }

    /// The bytes, shortest and definite, in the order that stands here.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Int(n) if *n < 0 => head(1, u64::try_from(-1 - n).expect("in range")),
            Self::Int(n) => head(0, u64::try_from(*n).expect("in range")),
            Self::Bytes(b) => [head(2, b.len() as u64), b.clone()].concat(),
            Self::Text(t) => [head(3, t.len() as u64), t.as_bytes().to_vec()].concat(),
            Self::Array(items) => {
                items.iter().fold(head(4, items.len() as u64), |all, item| [all, item.bytes()].concat())
            }
            Self::Map(pairs) => pairs.iter().fold(head(5, pairs.len() as u64), |all, (key, value)| {
                [all, key.bytes(), value.bytes()].concat()
            }),
            Self::Bool(b) => vec![if *b { 0xf5 } else { 0xf4 }],
            Self::Raw(bytes) => bytes.clone(),
        }
    }

    /// Diagnostic notation (RFC 8949, section 8), with single spaces.
    pub(crate) fn diag(&self) -> String {
        let list = |items: Vec<String>| items.join(", ");
        match self {
            Self::Int(n) => n.to_string(),
            Self::Bytes(b) => format!("h'{}'", hex::encode(b)),
            Self::Text(t) => {
                t.chars().fold("\"".to_owned(), |mut all, c| {
                    match c {
                        '"' | '\\' => all.extend(['\\', c]),
                        c if c < ' ' => drop(write!(all, "\\u{:04x}", u32::from(c))),
                        c => all.push(c),
                    }
                    all
                }) + "\""
            }
            Self::Array(items) => format!("[{}]", list(items.iter().map(Self::diag).collect())),
            Self::Map(pairs) => {
                format!(
                    "{{{}}}",
                    list(pairs.iter().map(|(k, v)| format!("{}: {}", k.diag(), v.diag())).collect())
                )
            }
            Self::Bool(b) => b.to_string(),
            Self::Raw(bytes) => panic!("raw bytes {} have no notation", hex::encode(bytes)),
        }
    }

    /// The pairs of a map.
    pub(crate) fn pairs(&mut self) -> &mut Vec<(Item, Item)> {
        match self {
            Self::Map(pairs) => pairs,
            other => panic!("{other:?} is no map"),
        }
    }

    /// The value under `key`, which must be there.
    pub(crate) fn at(&mut self, key: impl Into<Item>) -> &mut Item {
        let key = key.into();
        let found = self.pairs().iter_mut().find(|(k, _)| *k == key);
        &mut found.unwrap_or_else(|| panic!("{key:?} is not in the map")).1
    }

    /// Puts `value` under `key`, at its place in bytewise order.
    pub(crate) fn put(&mut self, key: impl Into<Item>, value: impl Into<Item>) {
        let (key, value) = (key.into(), value.into());
        let pairs = self.pairs();
        pairs.retain(|(k, _)| *k != key);
        let place = pairs.iter().position(|(k, _)| k.bytes() > key.bytes()).unwrap_or(pairs.len());
        pairs.insert(place, (key, value));
    }

    /// Takes `key` out.
    pub(crate) fn cut(&mut self, key: impl Into<Item>) {
        let key = key.into();
        self.pairs().retain(|(k, _)| *k != key);
    }
}
