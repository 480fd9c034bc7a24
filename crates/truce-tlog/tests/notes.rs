//! Signed notes, checkpoints and cosignatures: known answers, rules, limits, and hostile texts.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use proptest::prelude::*;
use truce_tlog::checkpoint::CheckpointError;
use truce_tlog::cosignature::{COSIGNATURE_BYTES, MAX_TIMESTAMP, verify_cosignature};
use truce_tlog::note::{MAX_NOTE_BYTES, MAX_NOTE_SIGNATURES};
use truce_tlog::{
    Checkpoint, CosignatureError, Cosigner, EMPTY_ROOT, Ed25519NoteSigner, KeyError, KeyType, MAX_TREE_SIZE,
    Note, NoteError, NoteSignature, NoteSigner, PolicyBuilder, PolicyError, SignedCheckpoint, VKey,
    leaf_hash,
};

/// The example of the signed-note specification.
const SPEC_KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const SPEC_NOTE: &str = "This is an example message.\n\n\
    — example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

/// The example in the documentation of Go's golang.org/x/mod/sumdb/note, whose private key is public.
const GO_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const GO_SEED: &str = "810a1402d5146c8d84f2443330f540 80ebf98ee17d9c74f6252fc5d5c7283173";
const GO_TEXT: &str = "If you think cryptography is the answer to your problem,\n\
    then you don't know what your problem is.\n";
const GO_LINE: &str = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=";

/// Made with OpenSSL from the seed of 32 bytes 0x07 over the checkpoint of the tlog-cosignature specification.
const COSIGNED: &str = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\
    — example.com/behind-the-sofa JSt00p6KTYtH8opAMF2NJ7glHT4uHMzg9iBNNDYLQta3PzLlhUjMPmDAXA2L1DXjWfKrvjQJdIEVj9Tiu9f35PqL5g8=\n\
    — witness.example.com/w1 gSKlqwAAAABkGFDLWr4Jea05CAgwNVtwky0Jgz6WfX0QJgM//FkB/W9BoT9TX0DkTxG+2cT4p/ViKNhUM/SnUwFcYQzugGFQ15LwDw==\n";
const COSIGNED_AT: u64 = 1_679_315_147;

fn signer(name: &str, seed: u8) -> Ed25519NoteSigner {
    Ed25519NoteSigner::from_seed(name, &[seed; 32]).unwrap()
}

fn signed(size: u64) -> (SignedCheckpoint, VKey) {
    let log = signer("log.example", 1);
    let checkpoint = Checkpoint::new("log.example", size, leaf_hash(b"x")).unwrap();
    (SignedCheckpoint::sign(checkpoint, &log).unwrap(), log.vkey().clone())
}

#[test]
fn the_example_of_the_specification_opens() {
    let note = Note::parse(SPEC_NOTE.as_bytes()).unwrap();
    let key: VKey = SPEC_KEY.parse().unwrap();
    let verified = note.open([&key]).unwrap();
    assert_eq!(verified.text(), "This is an example message.\n");
    assert_eq!(verified.verified()[0].0, key);
    assert_eq!(verified.note().to_string(), SPEC_NOTE);
}

#[test]
fn the_example_of_go_is_signed_to_the_byte() {
    let seed: [u8; 32] = hex::decode(GO_SEED.replace(' ', "")).unwrap().try_into().unwrap();
    let signer = Ed25519NoteSigner::from_seed("PeterNeumann", &seed).unwrap();
    assert_eq!(signer.vkey().to_string(), GO_KEY);
    assert_eq!(Note::sign(GO_TEXT, &[&signer]).unwrap().to_string(), format!("{GO_TEXT}\n{GO_LINE}\n"));
}

#[test]
fn a_checkpoint_cosigned_elsewhere_is_reproduced() {
    let log = signer("example.com/behind-the-sofa", 7);
    let witness = Cosigner::from_seed("witness.example.com/w1", &[7; 32]).unwrap();
    let opened = SignedCheckpoint::parse(COSIGNED.as_bytes(), log.vkey(), &[witness.vkey().clone()]).unwrap();
    assert_eq!((opened.origin(), opened.size()), ("example.com/behind-the-sofa", 20_852_163));
    assert_eq!(opened.cosignatures()[0].timestamp, COSIGNED_AT);
    assert_eq!(opened.cosignatures()[0].cosigner, *witness.vkey());

    let mut made = SignedCheckpoint::sign(opened.checkpoint().clone(), &log).unwrap();
    let line = witness.cosign(&made, COSIGNED_AT).unwrap();
    made.add_cosignature(line.clone(), witness.vkey()).unwrap();
    assert_eq!(made.to_string(), COSIGNED);
    assert_eq!(made, opened);
    made.add_cosignature(line, witness.vkey()).unwrap();
    assert_eq!(made.to_string(), COSIGNED);
}

#[test]
fn known_keys_decide_and_unknown_keys_are_ignored() {
    let (a, b, c) = (signer("a.example", 1), signer("b.example", 2), signer("c.example", 3));
    let note = Note::sign("text\n", &[&a, &b]).unwrap();
    assert_eq!(note.open([a.vkey()]).unwrap().verified().len(), 1);
    assert_eq!(note.open([b.vkey(), a.vkey(), c.vkey()]).unwrap().verified().len(), 2);
    assert_eq!(note.open([c.vkey()]), Err(NoteError::NoKnownSignature));
    assert_eq!(note.open([]), Err(NoteError::NoKnownSignature));

    // One verified signature does not save a note on which another known key fails.
    let mut forged = note.clone();
    let wrong = NoteSignature::new("c.example", c.vkey().id(), vec![0; 64]).unwrap();
    forged.push_signature(wrong).unwrap();
    assert!(forged.open([a.vkey(), b.vkey()]).is_ok());
    assert_eq!(
        forged.open([a.vkey(), c.vkey()]),
        Err(NoteError::BadSignature { name: "c.example".into(), key_id: c.vkey().id() })
    );
    // Nor does a second line of a key whose first line verifies.
    let mut forged = note.clone();
    forged.push_signature(NoteSignature::new("a.example", a.vkey().id(), vec![0; 64]).unwrap()).unwrap();
    assert!(matches!(forged.open([a.vkey()]), Err(NoteError::BadSignature { .. })));

    // The same name with another id, or the same id with another name, is an unknown key.
    for (name, id) in [("a.example", a.vkey().id() ^ 1), ("other.example", a.vkey().id())] {
        let mut odd = note.clone();
        odd.push_signature(NoteSignature::new(name, id, vec![0; 64]).unwrap()).unwrap();
        assert!(odd.open([a.vkey()]).is_ok());
    }
    // A known key listed twice is one key.
    assert!(note.open([a.vkey(), a.vkey()]).is_ok());
}

#[test]
fn two_known_keys_must_not_share_name_and_id() {
    // Found by trying seeds until two ids met.
    let [first, second] = [58_006u32, 70_652].map(|n| {
        let mut seed = [0; 32];
        seed[..4].copy_from_slice(&n.to_be_bytes());
        Ed25519NoteSigner::from_seed("log.example/1", &seed).unwrap()
    });
    assert_eq!((first.vkey().id(), second.vkey().id()), (0x3826_6412, 0x3826_6412));
    let note = Note::sign("text\n", &[&first]).unwrap();
    assert!(note.open([first.vkey()]).is_ok());
    assert!(matches!(note.open([second.vkey()]), Err(NoteError::BadSignature { .. })));
    let ambiguous = NoteError::AmbiguousKey { name: "log.example/1".into(), key_id: 0x3826_6412 };
    assert_eq!(note.open([first.vkey(), second.vkey()]), Err(ambiguous));

    let mut policy = PolicyBuilder::default();
    policy.log(first.vkey().clone(), None).unwrap();
    assert!(matches!(policy.log(second.vkey().clone(), None), Err(PolicyError::KeyTwice { .. })));
}

#[test]
fn a_signature_of_one_type_is_none_of_another() {
    let (mut checkpoint, log) = signed(2);
    let as_witness = VKey::new("log.example", KeyType::CosignatureV1, log.public_key()).unwrap();
    let blob = checkpoint.note().signatures()[0].signature().to_vec();
    assert_eq!(
        verify_cosignature(&as_witness, checkpoint.note().text(), &blob),
        Err(CosignatureError::Length { found: 64 })
    );
    assert_eq!(verify_cosignature(&log, checkpoint.note().text(), &blob), Err(CosignatureError::KeyType));
    let line =
        NoteSignature::new("log.example", as_witness.id(), [&[0; 8], blob.as_slice()].concat()).unwrap();
    assert!(checkpoint.add_cosignature(line, &as_witness).is_err());
    assert_eq!(checkpoint.note().signatures().len(), 1);
}

#[test]
fn malformed_notes_are_refused() {
    let line = SPEC_NOTE.split_once("\n\n").unwrap().1;
    let parse = |text: &str| Note::parse(text.as_bytes()).unwrap_err();
    assert_eq!(parse(""), NoteError::NoSignatures);
    assert_eq!(parse("text\n"), NoteError::NoSignatures);
    assert_eq!(parse("text\n\n"), NoteError::NoSignatures);
    assert_eq!(parse(&format!("text\n{line}")), NoteError::NoSignatures);
    assert_eq!(parse(&format!("text\n\n{line}\n")), NoteError::NoSignatures);
    assert_eq!(parse(&format!("text\n\n{}", line.trim_end())), NoteError::NoFinalNewline);
    assert_eq!(parse(&format!("a\tb\n\n{line}")), NoteError::ControlCharacter { offset: 1 });
    assert_eq!(parse(&format!("text\r\n\n{line}")), NoteError::ControlCharacter { offset: 4 });
    assert_eq!(Note::parse(b"te\xfft\n\n"), Err(NoteError::NotUtf8 { offset: 2 }));
    for bad in [
        "- example.com/foo Uw2QOkk=",
        "—example.com/foo Uw2QOkk=",
        "— example.com/foo  Uw2QOkk=",
        "—  Uw2QOkk=",
        "— Uw2QOkk=",
        "— a+b Uw2QOkk=",
        "— a\u{a0}b Uw2QOkk=",
        "— name Uw2QOg==",
        "— name Uw2Q",
        "— name Uw2QOkk",
        "— name Uw2QOkk= ",
        "— name Uw2QOkk=\n— name",
    ] {
        assert!(matches!(parse(&format!("text\n\n{bad}\n")), NoteError::SignatureLine { .. }), "{bad:?}");
    }
    // The text ends at the last empty line, and may itself hold empty lines.
    let note = Note::parse(format!("a\n\n— not a signature\n\n{line}").as_bytes()).unwrap();
    assert_eq!(note.text(), "a\n\n— not a signature\n");
    let note = Note::parse(format!("a\n\n\n{line}").as_bytes()).unwrap();
    assert_eq!(note.text(), "a\n\n");
}

#[test]
fn only_well_formed_texts_are_signed() {
    let a = signer("a.example", 1);
    assert_eq!(Note::sign("text", &[&a]), Err(NoteError::NoFinalNewline));
    assert_eq!(Note::sign("te\txt\n", &[&a]), Err(NoteError::ControlCharacter { offset: 2 }));
    assert_eq!(Note::sign("text\n", &[]), Err(NoteError::NoSignatures));
    assert!(matches!(Ed25519NoteSigner::from_seed("a b", &[1; 32]), Err(KeyError::Name { .. })));
    let text = "x".repeat(MAX_NOTE_BYTES);
    assert!(matches!(Note::sign(&format!("{text}\n"), &[&a]), Err(NoteError::TooLong { .. })));
}

#[test]
fn notes_are_limited_in_bytes_and_signatures() {
    let a = signer("a.example", 1);
    let line = format!("{}\n", a.sign("text\n").unwrap());
    let note = |count: usize| format!("text\n\n{}", line.repeat(count));
    for count in [1, 16, MAX_NOTE_SIGNATURES] {
        assert!(Note::parse(note(count).as_bytes()).unwrap().open([a.vkey()]).is_ok());
    }
    let too_many = NoteError::TooManySignatures { found: MAX_NOTE_SIGNATURES + 1 };
    assert_eq!(Note::parse(note(MAX_NOTE_SIGNATURES + 1).as_bytes()), Err(too_many.clone()));
    let mut full = Note::parse(note(MAX_NOTE_SIGNATURES).as_bytes()).unwrap();
    assert_eq!(full.push_signature(a.sign("text\n").unwrap()), Err(too_many));

    // Sixteen post-quantum signatures of 5 kB are well within the limit.
    let large = NoteSignature::new("pq.example", 1, vec![7; 5_000]).unwrap();
    let mut note = Note::sign("text\n", &[&a]).unwrap();
    for _ in 0..16 {
        note.push_signature(large.clone()).unwrap();
    }
    assert_eq!(Note::parse(note.to_string().as_bytes()).unwrap(), note);

    let padding = |length: usize| {
        let tail = format!("\n\n{line}");
        format!("{}{tail}", "x".repeat(length - tail.len()))
    };
    assert!(Note::parse(padding(MAX_NOTE_BYTES).as_bytes()).is_ok());
    assert_eq!(
        Note::parse(padding(MAX_NOTE_BYTES + 1).as_bytes()),
        Err(NoteError::TooLong { found: MAX_NOTE_BYTES + 1 })
    );
    let mut note = Note::parse(padding(MAX_NOTE_BYTES).as_bytes()).unwrap();
    assert!(matches!(note.push_signature(large), Err(NoteError::TooLong { .. })));
    assert_eq!(note.signatures().len(), 1);
}

#[test]
fn checkpoints_have_one_text() {
    let root = leaf_hash(b"x");
    let checkpoint = Checkpoint::new("log.example", 7, root).unwrap();
    let text = format!("log.example\n7\n{}\n", root.to_base64());
    assert_eq!(checkpoint.to_string(), text);
    assert_eq!(Checkpoint::parse(&text), Ok(checkpoint));

    let parse = |text: String| Checkpoint::parse(&text).unwrap_err();
    let root = root.to_base64();
    assert_eq!(parse(String::new()), CheckpointError::NoFinalNewline);
    assert_eq!(parse(format!("log.example\n7\n{root}")), CheckpointError::NoFinalNewline);
    assert_eq!(parse("log.example\n7\n".into()), CheckpointError::TooFewLines);
    assert_eq!(parse(format!("log.example\n7\n{root}\n\n")), CheckpointError::EmptyExtension);
    assert_eq!(parse(format!("log.example\n7\n{root}\nx\n\ny\n")), CheckpointError::EmptyExtension);
    for size in ["", "07", "+7", "-1", "7 ", "0x7", "18446744073709551616"] {
        assert!(matches!(parse(format!("log.example\n{size}\n{root}\n")), CheckpointError::Size { .. }));
    }
    for bad in ["", "AA==", root.trim_end_matches('='), &format!("{root} ")] {
        assert!(matches!(parse(format!("log.example\n7\n{bad}\n")), CheckpointError::Root { .. }));
    }
    for origin in ["", "a b", "a+b"] {
        assert!(matches!(
            parse(format!("{origin}\n7\n{root}\n")),
            CheckpointError::Origin(KeyError::Name { .. })
        ));
    }
}

#[test]
fn checkpoints_are_limited() {
    let root = leaf_hash(b"x");
    let origin = "o".repeat(255);
    assert!(Checkpoint::new(&origin, MAX_TREE_SIZE, root).is_ok());
    let size = MAX_TREE_SIZE + 1;
    assert_eq!(Checkpoint::new(&origin, size, root), Err(CheckpointError::TooLarge { size }));
    assert_eq!(
        Checkpoint::new(&format!("{origin}o"), 1, root),
        Err(CheckpointError::Origin(KeyError::NameTooLong { found: 256 }))
    );
    assert!(Checkpoint::new("o", 0, EMPTY_ROOT).is_ok());
    assert_eq!(Checkpoint::new("o", 0, root), Err(CheckpointError::EmptyTreeRoot { found: root }));
}

#[test]
fn extension_lines_are_kept_but_not_accepted() {
    let log = signer("log.example", 1);
    let text = format!("log.example\n7\n{}\nextension\n", leaf_hash(b"x").to_base64());
    let checkpoint = Checkpoint::parse(&text).unwrap();
    assert_eq!(
        (checkpoint.extensions(), checkpoint.to_string()),
        (["extension".to_owned()].as_slice(), text.clone())
    );
    let refused = CheckpointError::Extension { found: "extension".into() };
    assert_eq!(checkpoint.refuse_extensions(), Err(refused.clone()));
    assert_eq!(SignedCheckpoint::sign(checkpoint, &log), Err(refused.clone()));
    let note = Note::sign(&text, &[&log]).unwrap();
    assert_eq!(SignedCheckpoint::open(&note, log.vkey(), &[]), Err(refused));
}

#[test]
fn the_key_of_the_log_bears_its_origin() {
    let other = signer("other.example", 1);
    let checkpoint = Checkpoint::new("log.example", 7, leaf_hash(b"x")).unwrap();
    let mismatch =
        CheckpointError::OriginMismatch { origin: "log.example".into(), name: "other.example".into() };
    assert_eq!(SignedCheckpoint::sign(checkpoint.clone(), &other), Err(mismatch.clone()));
    let note = Note::sign(&checkpoint.to_string(), &[&other]).unwrap();
    assert_eq!(SignedCheckpoint::open(&note, other.vkey(), &[]), Err(mismatch));

    // A cosigner that bears the origin is still no log.
    let (signed, _) = signed(7);
    let witness = Cosigner::from_seed("log.example", &[2; 32]).unwrap();
    let line = witness.cosign(&signed, 1).unwrap();
    let mut note = Note::sign(signed.note().text(), &[&other]).unwrap();
    note.push_signature(line).unwrap();
    assert_eq!(SignedCheckpoint::open(&note, witness.vkey(), &[]), Err(CheckpointError::LogKeyType));
    assert_eq!(
        SignedCheckpoint::open(&note, signer("log.example", 3).vkey(), &[witness.vkey().clone()]),
        Err(CheckpointError::NoLogSignature)
    );
}

#[test]
fn cosignatures_are_bound_to_time_and_text() {
    let (checkpoint, log) = signed(7);
    let witness = Cosigner::from_seed("w.example", &[2; 32]).unwrap();
    let text = checkpoint.note().text();
    let line = witness.cosign(&checkpoint, 1_000).unwrap();
    assert_eq!(line.signature().len(), COSIGNATURE_BYTES);
    assert_eq!(verify_cosignature(witness.vkey(), text, line.signature()), Ok(1_000));

    let bad = Err(CosignatureError::BadSignature { name: "w.example".into() });
    let mut later = line.signature().to_vec();
    later[7] ^= 1;
    assert_eq!(verify_cosignature(witness.vkey(), text, &later), bad);
    assert_eq!(verify_cosignature(witness.vkey(), signed(8).0.note().text(), line.signature()), bad);
    for length in [0, 7, 8, COSIGNATURE_BYTES - 1, COSIGNATURE_BYTES + 1] {
        assert_eq!(
            verify_cosignature(witness.vkey(), text, &vec![0; length]),
            Err(CosignatureError::Length { found: length })
        );
    }

    assert!(witness.cosign(&checkpoint, MAX_TIMESTAMP).is_ok());
    let found = MAX_TIMESTAMP + 1;
    assert_eq!(witness.cosign(&checkpoint, found), Err(CosignatureError::Timestamp { found }));
    let mut blob = found.to_be_bytes().to_vec();
    blob.extend([0; 64]);
    assert_eq!(verify_cosignature(witness.vkey(), text, &blob), Err(CosignatureError::Timestamp { found }));

    // A known cosigner whose line fails spoils the checkpoint; an unknown one does not.
    let mut note = checkpoint.note().clone();
    note.push_signature(NoteSignature::new("w.example", witness.vkey().id(), later).unwrap()).unwrap();
    assert!(SignedCheckpoint::open(&note, &log, &[]).unwrap().cosignatures().is_empty());
    assert!(matches!(
        SignedCheckpoint::open(&note, &log, &[witness.vkey().clone()]),
        Err(CheckpointError::Note(NoteError::BadSignature { .. }))
    ));
}

#[test]
fn secrets_are_not_printed() {
    let shown = format!("{:?}", signer("a.example", 9));
    assert!(shown.contains("a.example") && !shown.contains("0909") && !shown.contains("9, 9"));
}

proptest! {
    #[test]
    fn texts_round_trip_through_signing(text in "[^\\x00-\\x09\\x0b-\\x1f]{0,200}", seed: [u8; 32]) {
        let signer = Ed25519NoteSigner::from_seed("name.example", &seed).unwrap();
        let note = Note::sign(&format!("{text}\n"), &[&signer]).unwrap();
        let parsed = Note::parse(note.to_string().as_bytes()).unwrap();
        prop_assert_eq!(&parsed, &note);
        let verified = parsed.open([signer.vkey()]).unwrap();
        prop_assert_eq!(verified.text(), format!("{text}\n"));
    }

    #[test]
    fn a_changed_byte_never_verifies_to_another_text(place: prop::sample::Index, byte: u8) {
        let key: VKey = SPEC_KEY.parse().unwrap();
        let mut bytes = SPEC_NOTE.as_bytes().to_vec();
        let place = place.index(bytes.len());
        bytes[place] = byte;
        if let Ok(opened) = Note::parse(&bytes).and_then(|note| note.open([&key])) {
            prop_assert_eq!(opened.text(), "This is an example message.\n");
        }
    }

    #[test]
    fn what_parses_prints_as_it_was(text in "(a|b|\n){0,6}\n\n(— [ab+ ]{1,3} (AAAAAAA=|AAAAAAAA|AA==)\n){0,3}") {
        if let Ok(note) = Note::parse(text.as_bytes()) {
            prop_assert_eq!(note.to_string(), text);
        }
    }

    #[test]
    fn any_bytes_are_parsed_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), text: String) {
        let _ = Note::parse(&bytes);
        let _ = Note::parse(text.as_bytes());
        let _ = NoteSignature::parse(&text);
        let _ = Checkpoint::parse(&text);
        let _ = text.parse::<VKey>();
    }
}
