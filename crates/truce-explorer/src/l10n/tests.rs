//! The five files say the same things, the templates say nothing that is not in them, and nothing in them goes unsaid.

#![allow(clippy::expect_used)]

use super::*;
use fluent_bundle::FluentResource;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Families of keys that templates put together: everything before the last part.
const FAMILIES: [&str; 8] = ["kind-", "role-", "flag-", "relation-", "value-", "step-", "bucket-", "script-"];

/// Keys of a file with the variables of each.
fn messages(language: Language) -> BTreeMap<String, BTreeSet<String>> {
    let source = language.source();
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut key = String::new();
    for line in source.lines() {
        if let Some((name, _)) = line.split_once(" = ").filter(|(name, _)| !name.starts_with([' ', '#'])) {
            assert!(
                found.insert(name.to_owned(), BTreeSet::new()).is_none(),
                "{}: {name} twice",
                language.tag()
            );
            name.clone_into(&mut key);
        }
        for rest in line.split('$').skip(1).filter(|_| !line.starts_with('#')) {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
            found.entry(key.clone()).or_default().insert(rest.get(..end).unwrap_or_default().to_owned());
        }
    }
    found
}

#[test]
fn every_file_is_sound_and_has_the_same_keys_and_variables() {
    let english = messages(Language::En);
    assert!(english.len() > 400);
    for language in Language::ALL {
        if let Err((_, errors)) = FluentResource::try_new(language.source().to_owned()) {
            panic!("{}: {errors:?}", language.tag());
        }
        let other = messages(language);
        let keys = |all: &BTreeMap<String, BTreeSet<String>>| all.keys().cloned().collect::<BTreeSet<_>>();
        assert_eq!(keys(&english), keys(&other), "{}", language.tag());
        for (key, variables) in &english {
            assert_eq!(Some(variables), other.get(key), "{}: {key}", language.tag());
            assert!(language.words().get(key).is_some(), "{}: {key}", language.tag());
        }
    }
}

#[test]
fn nothing_is_left_in_english() {
    let english = Language::En.words();
    for language in [Language::Ar, Language::Ru] {
        for key in messages(Language::En).keys() {
            let said = language.words().say(key);
            // A sign is the same in every language.
            if said.chars().filter(|c| c.is_alphabetic()).count() < 3 {
                continue;
            }
            assert_ne!(english.say(key), said, "{}: {key}", language.tag());
        }
    }
}

/// String literals of the templates that look like keys.
fn literals() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pages");
    for file in std::fs::read_dir(folder).expect("src/pages") {
        let path = file.expect("a file").path();
        let source = std::fs::read_to_string(path).expect("a source");
        let source = source.split("#[cfg(test)]").next().unwrap_or_default();
        for literal in source.split('"').skip(1).step_by(2) {
            let word = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric());
            if literal.contains('-') && literal.split('-').all(word) {
                found.insert(literal.to_owned());
            }
        }
    }
    found
}

#[test]
fn templates_and_files_name_the_same_keys() {
    let english = messages(Language::En);
    let literals = literals();
    let rooms: BTreeSet<&str> = english.keys().filter_map(|key| key.split('-').next()).collect();
    // Names of attributes, classes and fields that look like keys of a room.
    let other = ["live-fire", "drop-file", "drop-results", "save-evidence", "status-line"];
    for literal in &literals {
        let room = literal.split('-').next().unwrap_or_default();
        if rooms.contains(room) && !other.contains(&literal.as_str()) {
            assert!(english.contains_key(literal), "a template says `{literal}`, which no file has");
        }
    }
    for key in english.keys().filter(|key| !FAMILIES.iter().any(|family| key.starts_with(family))) {
        // Keys of one word do not look like keys.
        assert!(literals.contains(key) || !key.contains('-'), "no template says `{key}`");
    }
}

#[test]
fn every_word_of_the_specification_has_its_own() {
    let english = messages(Language::En);
    for kind in truce_statement::Kind::ALL {
        assert!(english.contains_key(&format!("kind-{kind}")), "{kind}");
    }
    for role in truce_statement::Role::ALL {
        assert!(english.contains_key(&format!("role-{role}")), "{role}");
    }
    for status in truce_copy::index::Status::ALL {
        assert!(english.contains_key(&format!("flag-{status}")), "{status}");
    }
    for relation in ["corrects", "retracts", "answers", "fulfils", "disputes", "supports", "about"] {
        assert!(english.contains_key(&format!("relation-{relation}")), "{relation}");
        assert!(english.contains_key(&format!("relation-{relation}-by")), "{relation}");
    }
}

#[test]
fn numbers_and_plurals_are_those_of_the_language() {
    let said = |language: Language, n: u64| language.words().with("word-days", &[("n", n.into())]);
    assert_eq!(said(Language::En, 1), "1 day");
    assert_eq!(said(Language::En, 1234), "1,234 days");
    assert_eq!(said(Language::Fr, 0), "0 jour");
    assert_eq!(said(Language::Ru, 3), "3 дня");
    assert_eq!(said(Language::Ru, 12), "12 дней");
    assert_eq!(said(Language::Ru, 21), "21 день");
    assert_eq!(said(Language::Ar, 2), "يومان");
    assert!(said(Language::Ar, 1234).contains("١٬٢٣٤"));
    assert_eq!(grouped(Language::Es, 1234), "1234");
    assert_eq!(grouped(Language::Es, 12345), "12\u{a0}345");
    assert_eq!(grouped(Language::Fr, 1_000_000), "1\u{202f}000\u{202f}000");
    assert_eq!(grouped(Language::En, 0), "0");
}

#[test]
fn a_reader_gets_the_language_asked_for() {
    let negotiated = |accept| Language::negotiated(accept);
    assert_eq!(negotiated("fr-CH, fr;q=0.9, en;q=0.8"), Language::Fr);
    assert_eq!(negotiated("de, ru;q=0.5"), Language::Ru);
    assert_eq!(negotiated("ar-EG"), Language::Ar);
    assert_eq!(negotiated("tlh"), Language::En);
    assert_eq!(negotiated(""), Language::En);
    assert_eq!(negotiated(&"a;q=,é".repeat(5000)), Language::En);
}

#[test]
fn labels_are_joined_as_the_browser_joins_them() {
    for language in Language::ALL {
        assert!(labels::known(language), "{}", language.tag());
    }
    assert_eq!(labels::label(Language::En, "section.signed"), "What was signed");
    assert_eq!(labels::label(Language::En, "body.of-no-name"), "of-no-name");
    let label = labels::label(Language::En, "body.period.from");
    assert_eq!(label.matches(" · ").count(), 1, "{label}");
}

#[test]
fn times_are_utc_in_one_form() {
    assert_eq!(utc(1_612_742_460_000), "2021-02-08 00:01:00 UTC");
    assert_eq!(utc_minute(1_612_742_460_000), "2021-02-08 00:01 UTC");
    assert_eq!(rfc3339(1_612_742_460_123), "2021-02-08T00:01:00.123Z");
    assert_eq!(day_of(18659), "2021-02-01");
    assert_eq!(month_of(18659), "2021-02");
    assert_eq!(utc(i64::MAX), "");
}
