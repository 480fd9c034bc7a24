//! Values as we read them out of canonical CBOR against `serde_cbor`, its path told by `serde_path_to_error`: bodies of
//! the vectors, and the same altered in one place. Both read the same value, or both say the same of the same place.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use ciborium::Value;
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;
use truce_statement::body::measures::{Commitment, Notification};
use truce_statement::body::reports::{Observation, Report};
use truce_statement::body::verification::Finding;
use truce_statement::cbor::{self, DecodeError};
use truce_statement::{Kind, Statement};

/// Both read `bytes` alike, which are canonical.
fn agree<T: DeserializeOwned + Serialize + PartialEq + Debug>(bytes: &[u8]) {
    let mut reader =
        serde_cbor::Deserializer::from_slice(bytes).disable_packed_format().disable_legacy_enums();
    let theirs: Result<T, _> = serde_path_to_error::deserialize(&mut reader);
    match (theirs, cbor::decode::<T>(bytes)) {
        (Ok(theirs), Ok(ours)) => assert_eq!(ours, theirs),
        (Ok(theirs), Err(DecodeError::NotCanonical(_))) => {
            assert_ne!(serde_cbor::to_vec(&theirs).unwrap(), bytes);
        }
        (Err(theirs), Err(ours @ (DecodeError::Mismatch { .. } | DecodeError::UnknownField { .. }))) => {
            let unknown = matches!(ours, DecodeError::UnknownField { .. });
            let (DecodeError::Mismatch { path, what } | DecodeError::UnknownField { path, what }) = ours
            else {
                unreachable!("both have a path")
            };
            let said = theirs.inner().to_string();
            assert_eq!(unknown, said.starts_with("unknown field"), "{said}");
            // What serde_cbor itself has to say, of a length or of a form, it says at an offset and without its place; and
            // names that are no text are not told alike.
            if !said.contains(" at offset ") && !what.ends_with(" that is no text") && !path.contains('?') {
                assert_eq!((path, what), (theirs.path().to_string(), said));
            }
        }
        (theirs, ours) => panic!("{}\nserde_cbor: {theirs:?}\nours: {ours:?}", hex::encode(bytes)),
    }
}

fn agree_as(kind: Kind, bytes: &[u8]) {
    match kind {
        Kind::Report => agree::<Report>(bytes),
        Kind::Observation => agree::<Observation>(bytes),
        Kind::Notification => agree::<Notification>(bytes),
        Kind::Commitment => agree::<Commitment>(bytes),
        Kind::Finding => agree::<Finding>(bytes),
        _ => {}
    }
}

/// The bodies of the kinds above among the vectors.
fn bodies() -> Vec<(Kind, Value)> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/vectors/statement.json");
    let file: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut bodies = Vec::new();
    for vector in file["accepted"].as_array().unwrap() {
        let bytes = hex::decode(vector["statement"].as_str().unwrap()).unwrap();
        let statement = Statement::parse(bytes).unwrap();
        let payload: Value = ciborium::from_reader(statement.payload()).unwrap();
        let members = payload.into_map().unwrap();
        let body = members.into_iter().find(|(key, _)| key.as_text() == Some("body")).unwrap().1;
        bodies.push((statement.kind(), body));
    }
    let kinds = [Kind::Report, Kind::Observation, Kind::Notification, Kind::Commitment, Kind::Finding];
    bodies.retain(|(kind, _)| kinds.contains(kind));
    for kind in kinds {
        assert!(bodies.iter().any(|(known, _)| *known == kind), "no body of {kind} among the vectors");
    }
    bodies
}

/// Canonical bytes of what may be out of order.
fn canonical(value: &Value) -> Vec<u8> {
    fn sorted(value: &Value) -> Value {
        match value {
            Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
            Value::Map(pairs) => {
                let mut pairs: Vec<_> =
                    pairs.iter().map(|(key, value)| (written(key), key.clone(), sorted(value))).collect();
                pairs.sort_by(|a, b| a.0.cmp(&b.0));
                pairs.dedup_by(|a, b| a.0 == b.0);
                Value::Map(pairs.into_iter().map(|(_, key, value)| (key, value)).collect())
            }
            other => other.clone(),
        }
    }
    fn written(value: &Value) -> Vec<u8> {
        let mut bytes = Vec::new();
        ciborium::into_writer(value, &mut bytes).unwrap();
        bytes
    }
    written(&sorted(value))
}

/// One alteration.
#[derive(Clone, Debug)]
enum Change {
    /// Another value in its place.
    Put(Value),
    /// As the only item of a list, or the only member of a map.
    Wrap(Option<String>),
    /// The first thing in it again at its end, or nothing in it.
    Longer,
    Empty,
    /// The name of its first member.
    Rename(Value),
    Drop,
}

/// Alters the `at`th item, counted from the outside in.
fn change(value: &mut Value, at: &mut usize, how: &Change) {
    if *at == 0 {
        match (how, &mut *value) {
            (Change::Put(other), _) => *value = other.clone(),
            (Change::Wrap(None), inner) => *value = Value::Array(vec![inner.clone()]),
            (Change::Wrap(Some(name)), inner) => {
                *value = Value::Map(vec![(Value::Text(name.clone()), inner.clone())]);
            }
            (Change::Longer, Value::Array(items)) => items.extend(items.first().cloned()),
            (Change::Longer, Value::Map(pairs)) => {
                pairs.push((Value::Text("more".into()), Value::Bool(true)));
            }
            (Change::Empty, Value::Array(items)) => items.clear(),
            (Change::Empty, Value::Map(pairs)) => pairs.clear(),
            (Change::Rename(name), Value::Map(pairs)) if !pairs.is_empty() => pairs[0].0 = name.clone(),
            (Change::Drop, Value::Array(items)) => drop(items.pop()),
            (Change::Drop, Value::Map(pairs)) => drop(pairs.pop()),
            _ => {}
        }
    }
    *at = at.wrapping_sub(1);
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| change(item, at, how)),
        Value::Map(pairs) => pairs.iter_mut().for_each(|(_, value)| change(value, at, how)),
        _ => {}
    }
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Map(pairs) => pairs.iter().map(|(_, value)| count(value)).sum(),
        _ => 0,
    }
}

fn other() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<i64>().prop_map(|n| Value::Integer(n.into())),
        (0..400_i64).prop_map(|n| Value::Integer(n.into())),
        Just(Value::Integer(u64::MAX.into())),
        any::<bool>().prop_map(Value::Bool),
        prop::collection::vec(any::<u8>(), 0..34).prop_map(Value::Bytes),
        prop_oneof![
            Just("not-known".to_owned()),
            Just("at".to_owned()),
            Just("between".to_owned()),
            "[a-z -]{0,12}"
        ]
        .prop_map(Value::Text),
        Just(Value::Array(vec![])),
        Just(Value::Map(vec![])),
    ]
}

fn how() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => other().prop_map(Change::Put),
        1 => prop::option::of("[a-z]{2,8}").prop_map(Change::Wrap),
        1 => Just(Change::Longer),
        1 => Just(Change::Empty),
        1 => other().prop_filter("a key", |key| !key.is_array() && !key.is_map()).prop_map(Change::Rename),
        2 => Just(Change::Drop),
    ]
}

#[test]
fn bodies_of_the_vectors_are_read_alike() {
    for (kind, body) in bodies() {
        agree_as(kind, &canonical(&body));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 50_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_body_altered_in_one_place_is_judged_alike(
        of in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), how in how()
    ) {
        thread_local! { static BODIES: Vec<(Kind, Value)> = bodies(); }
        let (kind, mut body) = BODIES.with(|bodies| bodies[of.index(bodies.len())].clone());
        let mut at = at.index(count(&body));
        change(&mut body, &mut at, &how);
        let bytes = canonical(&body);
        if cbor::check(&bytes).is_ok() {
            agree_as(kind, &bytes);
        }
    }
}
