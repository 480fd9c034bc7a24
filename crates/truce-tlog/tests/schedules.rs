//! Checkpoints while one key of the log takes the place of another.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use truce_tlog::{
    Checkpoint, CheckpointError, Ed25519NoteSigner, Hash, KeySchedule, Note, NoteSigner, SignedCheckpoint,
};

const ORIGIN: &str = "example.org/log";

fn signer(seed: u8) -> Ed25519NoteSigner {
    Ed25519NoteSigner::from_seed(ORIGIN, &[seed; 32]).unwrap()
}

fn signed(size: u64, signers: &[&Ed25519NoteSigner]) -> Note {
    let checkpoint = Checkpoint::new(ORIGIN, size, Hash::from_bytes([7; 32])).unwrap();
    let signers: Vec<&dyn NoteSigner> = signers.iter().map(|signer| *signer as &dyn NoteSigner).collect();
    SignedCheckpoint::sign_with_all(checkpoint, &signers).unwrap().note().clone()
}

/// Up to 10 the old key, 11 to 15 both, then the next one.
fn schedule() -> KeySchedule {
    let (old, next) = (signer(1).vkey().to_string(), signer(2).vkey().to_string());
    KeySchedule::new([(old.as_str(), 0, Some(15)), (next.as_str(), 11, None)]).unwrap()
}

#[test]
fn each_size_is_signed_by_the_keys_whose_turn_it_is() {
    let (old, next) = (signer(1), signer(2));
    for (size, signers) in [
        (10, vec![&old]),
        (11, vec![&old, &next]),
        (15, vec![&next, &old]),
        (16, vec![&next]),
        (16, vec![&old, &next]),
        (20, vec![&next]),
    ] {
        let opened = schedule().open(&signed(size, &signers), &[]).unwrap();
        assert_eq!(opened.size(), size);
    }
}

#[test]
fn a_key_out_of_turn_does_not_stand_for_the_one_whose_turn_it_is() {
    let (old, next, stranger) = (signer(1), signer(2), signer(3));
    for (size, signers) in [
        // The next one before its time.
        (10, vec![&next]),
        // Between, one without the other.
        (11, vec![&old]),
        (11, vec![&next]),
        (15, vec![&old]),
        (15, vec![&next, &stranger]),
        // The old one after its time.
        (16, vec![&old]),
        (16, vec![&stranger]),
    ] {
        assert!(schedule().open(&signed(size, &signers), &[]).is_err(), "{size} {}", signers.len());
    }
    let missing = schedule().open(&signed(11, &[&old]), &[]).unwrap_err();
    assert_eq!(missing, CheckpointError::OneLogSignature { missing: next.vkey().to_string() });
}

#[test]
fn a_signature_out_of_turn_has_a_code_of_its_own() {
    let (old, next, stranger) = (signer(1), signer(2), signer(3));
    for (size, signers, code) in [
        (16, vec![&old], "log-key-ended"),
        (u64::from(u32::MAX), vec![&old, &stranger], "log-key-ended"),
        (10, vec![&next], "log-key-not-yet"),
        (12, vec![&next], "log-signature-missing"),
        (16, vec![&stranger], "bad-checkpoint"),
    ] {
        let error = schedule().open(&signed(size, &signers), &[]).unwrap_err();
        assert_eq!(error.code(), code, "{size} {error}");
    }
    let ended = schedule().open(&signed(16, &[&old]), &[]).unwrap_err();
    assert_eq!(ended, CheckpointError::LogKeyEnded { vkey: old.vkey().to_string(), until: 15, size: 16 });
}

#[test]
fn the_newest_key_that_must_sign_stands_for_the_log_signed_or_read() {
    let (old, next) = (signer(1), signer(2));
    for signers in [[&old, &next], [&next, &old]] {
        assert_eq!(schedule().open(&signed(12, &signers), &[]).unwrap().log(), next.vkey());
    }
    assert_eq!(schedule().at(12), [next.vkey().clone(), old.vkey().clone()]);
    assert_eq!(schedule().open(&signed(10, &[&next, &old]), &[]).unwrap().log(), old.vkey());
}

#[test]
fn a_schedule_follows_what_it_continues_and_nothing_else() {
    let vkeys: Vec<String> = (1..=3).map(|seed| signer(seed).vkey().to_string()).collect();
    let of = |turns: &[(usize, u64, Option<u64>)]| {
        KeySchedule::new(turns.iter().map(|(key, from, until)| (vkeys[*key].as_str(), *from, *until)))
            .unwrap()
    };
    let (one, two) = (of(&[(0, 0, None)]), of(&[(0, 0, Some(15)), (1, 11, None)]));
    let three = of(&[(0, 0, Some(15)), (1, 11, Some(30)), (2, 25, None)]);
    for (newer, older) in [(&one, &one), (&two, &one), (&three, &one), (&three, &two)] {
        assert!(newer.follows(older));
        assert_eq!(older.follows(newer), newer == older);
    }
    assert!(!of(&[(0, 0, Some(99)), (1, 11, None)]).follows(&two), "an end that was known is put off");
    assert!(!of(&[(0, 0, Some(15)), (2, 11, None)]).follows(&two));
}

#[test]
fn one_line_that_fails_refuses_the_whole() {
    let (old, next) = (signer(1), signer(2));
    let text = signed(11, &[&old, &next]).to_string();
    let other = signed(12, &[&next]).to_string();
    let line = |note: &str| note.lines().last().unwrap().to_owned();
    let forged = text.replace(&line(&text), &line(&other));
    assert!(schedule().open(&Note::parse(forged.as_bytes()).unwrap(), &[]).is_err());
}

#[test]
fn nobody_and_a_key_of_another_log_sign_nothing() {
    let checkpoint = Checkpoint::new(ORIGIN, 2, Hash::from_bytes([7; 32])).unwrap();
    assert!(SignedCheckpoint::sign_with_all(checkpoint.clone(), &[]).is_err());
    let foreign = Ed25519NoteSigner::from_seed("example.org/other", &[2; 32]).unwrap();
    assert!(SignedCheckpoint::sign_with_all(checkpoint, &[&signer(1), &foreign]).is_err());
}
