//! The keys of a log as a witness has been told of them, and the file in which it remembers that.
//!
//! # Form of the file
//! ```text
//! truce witness keys 1
//! <vkey> <least size> <greatest size, or - for none>
//! ```
//!
//! # Invariant
//! The end of a key is never forgotten. A witness that is started with older knowledge, such as the charter's key alone,
//! goes on with what it was told before: otherwise the thief of an ended key would only have to wait for a restart.

use crate::error::StateError;
use std::fmt::Write as _;
use std::path::Path;
use truce_tlog::{KeySchedule, KeyTurn};

/// First line of the file.
const HEADER: &str = "truce witness keys 1";

/// The most bytes of the file: some thousand changes of key.
pub(crate) const MAX_KEYS_BYTES: u64 = 1 << 20;

/// Merges what a witness was told before with what it is given now.
///
/// The given keys count, each with the end that is known of it from either side. Where every one of them has ended by
/// what was told before, the keys that followed count as well.
///
/// # Errors
/// [`StateError::KeysDiffer`] where a key was told to end at another size, or to begin at another size and to end.
pub(crate) fn merge(told: &KeySchedule, given: &KeySchedule) -> Result<KeySchedule, StateError> {
    let mut turns = given.turns().to_vec();
    for turn in &mut turns {
        let Some(before) = told.turns().iter().find(|before| before.key == turn.key) else { continue };
        let Some(end) = before.until else { continue };
        if turn.until.is_some_and(|until| until != end) || (turn.until.is_some() && turn.from != before.from)
        {
            return Err(StateError::KeysDiffer {
                key: Box::new(turn.key.clone()),
                told: bounds(before),
                given: bounds(turn),
            });
        }
        turn.from = before.from;
        turn.until = Some(end);
    }
    if turns.iter().all(|turn| turn.until.is_some()) {
        let new = told.turns().iter().filter(|before| !given.keys().any(|key| *key == before.key));
        turns.extend(new.cloned());
    }
    Ok(KeySchedule::of_turns(turns))
}

/// The sizes that a key signs, for people: `5-9`, or `6-` for a turn without an end.
fn bounds(turn: &KeyTurn) -> String {
    format!("{}-{}", turn.from, turn.until.map(|until| until.to_string()).unwrap_or_default())
}

/// The text of the file.
pub(crate) fn write(keys: &KeySchedule) -> String {
    let mut text = format!("{HEADER}\n");
    for KeyTurn { key, from, until } in keys.turns() {
        let until = until.map_or_else(|| "-".to_owned(), |until| until.to_string());
        // Writing to a string does not fail.
        let _ = writeln!(text, "{key} {from} {until}");
    }
    text
}

/// Reads the file.
///
/// # Errors
/// [`StateError::Damaged`] for what [`write`] would not write.
pub(crate) fn read(path: &Path, bytes: &[u8]) -> Result<KeySchedule, StateError> {
    let damaged = || StateError::Damaged {
        path: path.to_owned(),
        what: "it does not say which keys sign for a log".to_owned(),
    };
    let text = std::str::from_utf8(bytes).map_err(|_| damaged())?;
    let lines = text.strip_prefix(HEADER).ok_or_else(damaged)?.lines().skip(1);
    let turns = lines.map(turn).collect::<Option<Vec<KeyTurn>>>().ok_or_else(damaged)?;
    let keys = KeySchedule::of_turns(turns);
    let same_log = keys.keys().all(|key| key.name() == keys.origin());
    if keys.turns().is_empty() || !same_log || write(&keys) != text { Err(damaged()) } else { Ok(keys) }
}

fn turn(line: &str) -> Option<KeyTurn> {
    let mut words = line.split(' ');
    let (key, from, until) = (words.next()?, words.next()?, words.next()?);
    let until = if until == "-" { None } else { Some(until.parse().ok()?) };
    Some(KeyTurn { key: key.parse().ok()?, from: from.parse().ok()?, until })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use truce_tlog::{Ed25519NoteSigner, NoteSigner as _};

    fn key(seed: u8, from: u64, until: Option<u64>) -> KeyTurn {
        let key = Ed25519NoteSigner::from_seed("log.example", &[seed; 32]).unwrap().vkey().clone();
        KeyTurn { key, from, until }
    }

    fn keys(turns: &[KeyTurn]) -> KeySchedule {
        KeySchedule::of_turns(turns.to_vec())
    }

    #[test]
    fn a_key_that_has_ended_stays_ended_whatever_is_given_later() {
        let told = keys(&[key(1, 0, Some(5)), key(2, 6, None)]);
        // The charter's key alone: an older state of knowledge.
        assert_eq!(merge(&told, &keys(&[key(1, 0, None)])).unwrap(), told);
        // The same, and what came after; or the old key dropped.
        let more = keys(&[key(1, 0, Some(5)), key(2, 6, Some(9)), key(3, 8, None)]);
        assert_eq!(merge(&told, &more).unwrap(), more);
        let dropped = keys(&[key(2, 6, None)]);
        assert_eq!(merge(&told, &dropped).unwrap(), dropped);
        // Another end, earlier or later, is a contradiction.
        for until in [4, 6] {
            let error = merge(&told, &keys(&[key(1, 0, Some(until)), key(2, 6, None)])).unwrap_err();
            assert_eq!(error.code(), "witness-keys-differ");
        }
    }

    #[test]
    fn a_key_may_be_replaced_by_one_that_says_no_more() {
        let (old, next) = (keys(&[key(1, 0, None)]), keys(&[key(2, 0, None)]));
        assert_eq!(merge(&old, &next).unwrap(), next);
    }

    #[test]
    fn the_file_has_one_form() {
        let told = keys(&[key(1, 0, Some(5)), key(2, 6, None)]);
        let (text, path) = (write(&told), Path::new("keys"));
        assert_eq!(read(path, text.as_bytes()).unwrap(), told);
        let cut = text.trim_end().to_owned();
        let flaws = [
            String::new(),
            format!("{HEADER}\n"),
            cut,
            text.replace(" 5", " 05"),
            text.replace(" -", " *"),
            text.replace(HEADER, "truce witness keys 2"),
            format!("{text}\n"),
            format!("{text}{}", text.lines().nth(1).unwrap()),
        ];
        for flaw in flaws {
            assert!(read(path, flaw.as_bytes()).is_err(), "{flaw}");
        }
    }
}
