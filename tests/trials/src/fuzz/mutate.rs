//! How inputs are altered: as bytes, as text with tokens of the formats, as trees of CBOR.

use crate::vectors::item::Item;

/// `SplitMix64`: small, fast and good enough to choose with.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`, 0 where `n` is.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % (n as u64).max(1)).expect("below a usize")
    }

    pub(crate) fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }

    pub(crate) fn choose<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        of.get(self.below(of.len()))
    }
}

/// What kind of input a target takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// CBOR, or bytes that hold it.
    Cbor,
    /// Text in lines.
    Text,
    /// Neither.
    Bytes,
}

/// Bytes that stand at edges of what decoders tell apart.
const EDGES: &[u8] = &[
    0, 1, 9, 10, 13, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1f, 0x20, 0x7f, 0x80, 0x9f, 0xa0, 0xc2, 0xd2,
    0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfb, 0xfe, 0xff,
];

/// Items and heads that CBOR decoders trip over.
const CBOR_TOKENS: &[&[u8]] = &[
    &[0xd2, 0x84],
    &[0x18, 0x00],
    &[0x19, 0x00, 0xff],
    &[0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    &[0x3b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    &[0x3b, 0x80, 0, 0, 0, 0, 0, 0, 0],
    &[0x5f],
    &[0x7f],
    &[0x9f],
    &[0xbf],
    &[0xff],
    &[0xf6],
    &[0xf7],
    &[0xf9, 0x7e, 0x00],
    &[0xfb, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0],
    &[0xc2, 0x40],
    &[0x9b, 0x80, 0, 0, 0, 0, 0, 0, 0],
    &[0x58, 0x20],
    &[0x5b, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff],
    &[0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81],
    &[0x61, 0xc3],
    &[0x62, 0xc2, 0x85],
    &[0xa0],
    &[0x80],
    &[0x40],
    &[0x60],
    &[0x64, b'k', b'i', b'n', b'd'],
    &[0x64, b'b', b'o', b'd', b'y'],
];

/// Words and characters of the text formats.
const TEXT_TOKENS: &[&str] = &[
    "\n",
    "\n\n",
    "\r\n",
    "\t",
    " ",
    "\0",
    "\u{2014} ",
    "+",
    "=",
    "==",
    "/",
    ".",
    "0",
    "00",
    "-1",
    "9223372036854775808",
    "18446744073709551616",
    "\u{feff}",
    "\u{202e}",
    "\u{a0}",
    "\u{85}",
    "\u{1f54a}",
    "log ",
    "witness ",
    "group ",
    "quorum ",
    "none",
    "any",
    "all",
    "extra ",
    "index ",
    "c2sp.org/tlog-proof@v1\n",
    "tile/",
    "entries/",
    "x001/",
    ".p/",
    "null",
    "true",
    "{",
    "}",
    "[",
    "]",
    "\"",
    "\\u0000",
    "//",
    "/*",
    "*/",
    ",",
    ":",
    "1e999",
    "-0",
    "0.00000001",
    "2021-02-30T25:61:61+99:99",
    "-----BEGIN PRIVATE KEY-----\n",
    "-----END PRIVATE KEY-----\n",
    "AAAA",
];

/// A new input made from one of the corpus, and at times a second.
pub(crate) fn mutate(random: &mut Random, shape: Shape, corpus: &[Vec<u8>], longest: usize) -> Vec<u8> {
    let mut input = random.choose(corpus).cloned().unwrap_or_default();
    let other = random.choose(corpus).cloned().unwrap_or_default();
    if shape == Shape::Cbor && random.below(3) > 0 && truce_statement::cbor::check(&input).is_ok() {
        let mut tree = Item::parse(&input);
        let donor = truce_statement::cbor::check(&other).is_ok().then(|| Item::parse(&other));
        for _ in 0..=random.below(3) {
            graft(random, &mut tree, donor.as_ref());
        }
        input = tree.bytes();
        if random.below(2) == 0 {
            return input;
        }
    }
    for _ in 0..=random.below(4) {
        change(random, shape, &mut input, &other);
    }
    input.truncate(longest);
    input
}

fn change(random: &mut Random, shape: Shape, input: &mut Vec<u8>, other: &[u8]) {
    let at = random.below(input.len());
    let end = (at + 1 + random.below(16)).min(input.len());
    let here = at..end.max(at);
    match random.below(12) {
        0 if !input.is_empty() => input[at] ^= 1 << random.below(8),
        1 if !input.is_empty() => input[at] = random.byte(),
        2 if !input.is_empty() => input[at] = *random.choose(EDGES).expect("edges"),
        3 if !input.is_empty() => input[at] = input[at].wrapping_add([1, 255, 16, 240][random.below(4)]),
        4 => input.insert(at, *random.choose(EDGES).expect("edges")),
        5 => drop(input.drain(here)),
        6 => {
            let copy = input[here].to_vec();
            input.splice(at..at, copy);
        }
        7 => input.truncate(at),
        8 if !other.is_empty() => {
            let from = random.below(other.len());
            input.truncate(at);
            input.extend_from_slice(&other[from..]);
        }
        9 if !other.is_empty() => {
            let from = random.below(other.len());
            let until = (from + 1 + random.below(64)).min(other.len());
            input.splice(here, other[from..until].iter().copied());
        }
        _ => {
            let token = match shape {
                Shape::Cbor => random.choose(CBOR_TOKENS).expect("tokens").to_vec(),
                Shape::Text => random.choose(TEXT_TOKENS).expect("tokens").as_bytes().to_vec(),
                Shape::Bytes => (0..=random.below(8)).map(|_| random.byte()).collect(),
            };
            let until = if random.below(2) == 0 { at } else { (at + token.len()).min(input.len()) };
            input.splice(at..until, token);
        }
    }
}

/// Alters one node of a tree; what comes out is well-formed, and canonical but for the order of keys.
fn graft(random: &mut Random, tree: &mut Item, donor: Option<&Item>) {
    let place = random.below(count(tree));
    let node = nth(tree, place).expect("within the tree");
    let piece = donor.and_then(|donor| {
        let mut donor = donor.clone();
        let place = random.below(count(&donor));
        nth(&mut donor, place).cloned()
    });
    let edges = [
        0,
        1,
        -1,
        23,
        24,
        255,
        256,
        65_536,
        i128::from(i64::MAX),
        i128::from(i64::MIN),
        i128::from(u64::MAX),
        1 << 63,
    ];
    match (random.below(8), &mut *node) {
        (0, node) => *node = piece.unwrap_or(Item::Bool(true)),
        (1, node) => *node = Item::Int(*random.choose(&edges).expect("edges")),
        (2, node) => *node = Item::Text(TEXT_TOKENS[random.below(TEXT_TOKENS.len())].to_owned()),
        (3, Item::Map(pairs)) if !pairs.is_empty() => drop(pairs.remove(random.below(pairs.len()))),
        (3, Item::Array(items)) if !items.is_empty() => drop(items.remove(random.below(items.len()))),
        (4, Item::Array(items)) => items.push(piece.unwrap_or(Item::Int(0))),
        (4 | 5, Item::Map(pairs)) => {
            let key =
                Item::Text(["note", "drill", "zone", "refs", "seen", "x", ""][random.below(7)].to_owned());
            pairs.push((key, piece.unwrap_or(Item::Bool(true))));
            pairs.sort_by_key(|(key, _)| key.bytes());
        }
        (_, Item::Int(n)) => {
            *n = (*n + [1, -1, 1000, -1000][random.below(4)]).clamp(-(1 << 64), (1 << 64) - 1);
        }
        (_, Item::Bytes(bytes)) => {
            let other = bytes.clone();
            change(random, Shape::Bytes, bytes, &other);
        }
        (_, Item::Text(text)) => {
            let mut bytes = text.clone().into_bytes();
            change(random, Shape::Text, &mut bytes, &[]);
            *text = String::from_utf8_lossy(&bytes).into_owned();
        }
        (_, Item::Array(items)) => items.reverse(),
        (_, node) => *node = Item::Array(vec![node.clone()]),
    }
}

fn count(item: &Item) -> usize {
    1 + match item {
        Item::Array(items) => items.iter().map(count).sum(),
        Item::Map(pairs) => pairs.iter().map(|(_, value)| count(value)).sum(),
        _ => 0,
    }
}

fn nth(item: &mut Item, mut n: usize) -> Option<&mut Item> {
    if n == 0 {
        return Some(item);
    }
    n -= 1;
    let inside: Vec<&mut Item> = match item {
        Item::Array(items) => items.iter_mut().collect(),
        Item::Map(pairs) => pairs.iter_mut().map(|(_, value)| value).collect(),
        _ => Vec::new(),
    };
    for child in inside {
        let size = count(child);
        if n < size {
            return nth(child, n);
        }
        n -= size;
    }
    None
}
