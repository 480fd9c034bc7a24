//! Our canonical CBOR against two foreign implementations: `ciborium`, which is lenient and must read the same value
//! from whatever we accept, and `cbor-core`, which is strict and must agree on what is accepted at all, but for what
//! our format refuses beyond RFC 8949 (floats, tags, simple values, control characters, containers as keys, depth).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use cbor_core::Value as Strict;
use ciborium::Value as Lenient;
use proptest::prelude::*;
use truce_statement::cbor::{self, Head, MAX_DEPTH, Writer, has_control};

/// A value of the format.
#[derive(Clone, Debug, PartialEq)]
enum Tree {
    Int(i128),
    Bytes(Vec<u8>),
    Text(String),
    Bool(bool),
    Array(Vec<Tree>),
    Map(Vec<(Tree, Tree)>),
}

impl Tree {
    /// As our writer writes it; maps in the order of the encodings of their keys.
    fn ours(&self) -> Vec<u8> {
        let mut w = Writer::default();
        match self {
            Self::Int(n) if *n < 0 => w.head(Head::Negative(u64::try_from(-1 - n).unwrap())),
            Self::Int(n) => w.unsigned(u64::try_from(*n).unwrap()),
            Self::Bytes(b) => w.bytes(b),
            Self::Text(t) => w.text(t),
            Self::Bool(b) => w.head(Head::Bool(*b)),
            Self::Array(items) => {
                w.head(Head::Array(items.len() as u64));
                items.iter().fold(&mut w, |w, item| w.raw(&item.ours()))
            }
            Self::Map(pairs) => {
                let mut pairs: Vec<_> = pairs.iter().map(|(key, value)| (key.ours(), value.ours())).collect();
                pairs.sort();
                pairs.dedup_by(|a, b| a.0 == b.0);
                w.head(Head::Map(pairs.len() as u64));
                pairs.iter().fold(&mut w, |w, (key, value)| w.raw(key).raw(value))
            }
        };
        w.into_bytes()
    }

    /// What `cbor-core` read; `None` for what the format does not have.
    fn of_strict(value: &Strict<'_>, depth: usize) -> Option<Self> {
        let inside = depth + 1;
        Some(match value {
            Strict::Unsigned(n) => Self::Int((*n).into()),
            Strict::Negative(n) => Self::Int(-1 - i128::from(*n)),
            Strict::ByteString(b) => Self::Bytes(b.to_vec()),
            Strict::TextString(t) if !has_control(t) => Self::Text(t.to_string()),
            Strict::SimpleValue(_) => Self::Bool(value.to_bool().ok()?),
            Strict::Array(items) if depth < MAX_DEPTH => {
                Self::Array(items.iter().map(|item| Self::of_strict(item, inside)).collect::<Option<_>>()?)
            }
            Strict::Map(pairs) if depth < MAX_DEPTH => {
                let pair = |(key, value): (&Strict<'_>, &Strict<'_>)| {
                    // MAX_DEPTH leaves no room: containers are no keys.
                    Some((Self::of_strict(key, MAX_DEPTH)?, Self::of_strict(value, inside)?))
                };
                Self::Map(pairs.iter().map(pair).collect::<Option<_>>()?)
            }
            _ => return None,
        })
    }

    /// What `ciborium` read.
    fn of_lenient(value: &Lenient) -> Option<Self> {
        Some(match value {
            Lenient::Integer(n) => Self::Int((*n).into()),
            Lenient::Bytes(b) => Self::Bytes(b.clone()),
            Lenient::Text(t) => Self::Text(t.clone()),
            Lenient::Bool(b) => Self::Bool(*b),
            Lenient::Array(items) => Self::Array(items.iter().map(Self::of_lenient).collect::<Option<_>>()?),
            Lenient::Map(pairs) => {
                let pair = |(key, value): &(Lenient, Lenient)| {
                    Some((Self::of_lenient(key)?, Self::of_lenient(value)?))
                };
                Self::Map(pairs.iter().map(pair).collect::<Option<_>>()?)
            }
            _ => return None,
        })
    }
}

/// All three have the same view of `bytes`.
fn agree(bytes: &[u8]) {
    let ours = cbor::check(bytes);
    let strict = Strict::decode(bytes).ok().and_then(|value| Tree::of_strict(&value, 0));
    assert_eq!(
        ours.is_ok(),
        strict.is_some(),
        "{} ours: {ours:?}, cbor-core: {strict:?}",
        hex::encode(bytes)
    );
    let Some(strict) = strict else { return };
    assert_eq!(Strict::decode(bytes).unwrap().encode(), bytes, "cbor-core writes what it read");
    assert_eq!(strict.ours(), bytes, "we write what cbor-core read");
    let mut rest = bytes;
    let lenient: Lenient = ciborium::from_reader(&mut rest).expect("ciborium reads what we accept");
    assert!(rest.is_empty());
    assert_eq!(Tree::of_lenient(&lenient).as_ref(), Some(&strict), "ciborium reads the same value");
    let mut again = Vec::new();
    ciborium::into_writer(&lenient, &mut again).unwrap();
    assert_eq!(again, bytes, "ciborium writes what it read");
}

fn scalar() -> impl Strategy<Value = Tree> {
    let edges = prop_oneof![
        Just(0_u64),
        Just(23),
        Just(24),
        Just(255),
        Just(256),
        Just(65_535),
        Just(65_536),
        Just(u64::from(u32::MAX)),
        Just(1 << 32),
        Just(u64::MAX),
        any::<u64>(),
    ];
    prop_oneof![
        edges.clone().prop_map(|n| Tree::Int(n.into())),
        edges.prop_map(|n| Tree::Int(-1 - i128::from(n))),
        prop::collection::vec(any::<u8>(), 0..40).prop_map(Tree::Bytes),
        "[^\\p{Cc}]{0,12}|[a-z\n\t]{22,26}".prop_map(Tree::Text),
        any::<bool>().prop_map(Tree::Bool),
    ]
}

fn tree() -> impl Strategy<Value = Tree> {
    scalar().prop_recursive(6, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Tree::Array),
            prop::collection::vec((scalar(), inner), 0..6).prop_map(Tree::Map),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_we_write_all_read_alike(tree in tree()) {
        let bytes = tree.ours();
        cbor::check(&bytes).unwrap();
        agree(&bytes);
    }

    #[test]
    fn a_changed_byte_is_judged_alike(tree in tree(), at in any::<prop::sample::Index>(), to in any::<u8>()) {
        let mut bytes = tree.ours();
        let at = at.index(bytes.len());
        bytes[at] = to;
        agree(&bytes);
    }

    #[test]
    fn a_byte_put_in_or_left_out_is_judged_alike(tree in tree(), at in any::<prop::sample::Index>(), put in any::<Option<u8>>()) {
        let mut bytes = tree.ours();
        let at = at.index(bytes.len());
        match put {
            Some(byte) => bytes.insert(at, byte),
            None => drop(bytes.remove(at)),
        }
        agree(&bytes);
    }

    #[test]
    fn any_bytes_are_judged_alike(bytes in prop::collection::vec(any::<u8>(), 0..24)) {
        agree(&bytes);
    }
}

#[test]
fn every_string_of_up_to_two_bytes_is_judged_alike() {
    agree(&[]);
    for a in 0..=255 {
        agree(&[a]);
        for b in 0..=255 {
            agree(&[a, b]);
        }
    }
}

#[test]
fn the_vectors_are_judged_alike() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/vectors/cbor.json");
    let file: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    for (list, good) in [("accepted", true), ("refused", false)] {
        for vector in file[list].as_array().unwrap() {
            let bytes = hex::decode(vector["cbor"].as_str().unwrap()).unwrap();
            assert_eq!(cbor::check(&bytes).is_ok(), good, "{}", vector["name"]);
            // Deeper than that, the oracle has limits of its own.
            if bytes.len() < 1000 {
                agree(&bytes);
            }
        }
    }
}

#[test]
fn payloads_of_every_kind_are_read_alike() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/vectors/statement.json");
    let file: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    for vector in file["accepted"].as_array().unwrap() {
        let bytes = hex::decode(vector["statement"].as_str().unwrap()).unwrap();
        agree(truce_statement::Statement::parse(bytes).unwrap().payload());
    }
}
