//! The messages of tlog-witness: the examples of the specifications, rules, limits, and hostile texts.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use proptest::prelude::*;
use truce_tlog::witness::{
    MAX_ANSWER_BYTES, MAX_REQUEST_BYTES, monitoring_path, origin_hash, parse_cosignatures, parse_size,
    write_cosignatures, write_size,
};
use truce_tlog::{
    AddCheckpoint, AnswerError, Checkpoint, CheckpointError, Cosigner, EMPTY_ROOT, Ed25519NoteSigner, Hash,
    NoteError, NoteSignature, NoteSigner as _, RequestError, SignedCheckpoint, leaf_hash,
};

/// The request in c2sp.org/tlog-witness@v1.0.0.
const SPEC_REQUEST: &str = "old 20852014\n\
    PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n\
    jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n\
    5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n\
    /6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n\
    \n\
    example.com/behind-the-sofa\n\
    20852163\n\
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\
    \n\
    — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n\
    — example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=\n";

/// The answer in c2sp.org/tlog-witness@v1.0.0.
const SPEC_ANSWER: &str = "\
    — witness.example/w1 CMp+6LWBU0anHGH5aNDTJkH/gj79sG+T6+iP2ThYN5krrDJbR1HDnucjL39QsZTSvVjyQLrdk3DXDqI5G2HgLatVs0pWh6Up69HVOw==\n\
    — witness.example/w1 I7rEps0pvK2UqkS2gSpVUDhrhVtQV9lgF6pRrWAvjJHjyWpW7VcE3SiOlVlbQNt64vWhO+DlkL0+UfzuOBMh9ChdMkP1vi/lCAsmlw==\n\
    — witness.example/w2 AWui8Sk55XjYLOijihBjhqEH6nS1ndDymE0a+6idX7pLcnoB+dhnz0854aLZgrrKbYKA7nC3HNJhm/kWl7oJlqU3rXXvpysAdyP3wQ==\n";

/// The cosignature line in c2sp.org/tlog-cosignature@v1.0.1.
const SPEC_COSIGNATURE: &str = "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==";

const ORIGIN: &str = "log.example";

fn log() -> Ed25519NoteSigner {
    Ed25519NoteSigner::from_seed(ORIGIN, &[1; 32]).unwrap()
}

fn witness() -> Cosigner {
    Cosigner::from_seed("witness.example/w1", &[2; 32]).unwrap()
}

fn signed(size: u64) -> SignedCheckpoint {
    let root = if size == 0 { EMPTY_ROOT } else { leaf_hash(&size.to_be_bytes()) };
    SignedCheckpoint::sign(Checkpoint::new(ORIGIN, size, root).unwrap(), &log()).unwrap()
}

fn request() -> String {
    AddCheckpoint::new(3, vec![leaf_hash(b"a"), leaf_hash(b"b")], &signed(7)).unwrap().to_string()
}

#[test]
fn the_request_of_the_specification_is_read_and_written_to_the_byte() {
    let request = AddCheckpoint::parse(SPEC_REQUEST.as_bytes()).unwrap();
    assert_eq!((request.old_size(), request.proof().len()), (20_852_014, 4));
    assert_eq!(request.proof()[3].to_base64(), "/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=");
    assert_eq!(request.checkpoint().origin(), "example.com/behind-the-sofa");
    assert_eq!(request.checkpoint().size(), 20_852_163);
    assert_eq!(request.note().signatures().len(), 2);
    assert_eq!(request.to_string(), SPEC_REQUEST);
}

#[test]
fn the_answer_of_the_specification_is_read_and_its_unknown_keys_are_ignored() {
    let answer = parse_cosignatures(SPEC_ANSWER.as_bytes(), &signed(7), &[witness().vkey().clone()]);
    assert_eq!(answer, Err(AnswerError::NoneExpected));
    let lines: Vec<NoteSignature> =
        SPEC_ANSWER.lines().map(|line| NoteSignature::parse(line).unwrap()).collect();
    assert_eq!(write_cosignatures(&lines), SPEC_ANSWER);
    // Among them, ours counts.
    let checkpoint = signed(7);
    let ours = witness().cosign(&checkpoint, 9).unwrap();
    let body = format!("{SPEC_ANSWER}{}", write_cosignatures(std::slice::from_ref(&ours)));
    let cosigned = parse_cosignatures(body.as_bytes(), &checkpoint, &[witness().vkey().clone()]).unwrap();
    assert_eq!((cosigned.len(), cosigned[0].line()), (1, &ours));
    assert_eq!(cosigned[0].cosignature().timestamp, 9);
}

#[test]
fn the_cosignature_of_the_specification_has_its_time() {
    let line = NoteSignature::parse(SPEC_COSIGNATURE).unwrap();
    assert_eq!(line.to_string(), SPEC_COSIGNATURE);
    assert_eq!(line.signature().len(), truce_tlog::cosignature::COSIGNATURE_BYTES);
    let time: [u8; 8] = line.signature()[..8].try_into().unwrap();
    assert_eq!(u64::from_be_bytes(time), 1_679_315_147);
}

#[test]
fn the_monitoring_path_is_the_hash_of_the_origin_in_hex() {
    // printf %s example.com/behind-the-sofa | sha256sum
    let hex = "5fd2dc0beb4ce54da5050cf6d5c75248b023abad441c3cecde3976fbe9da4fe4";
    assert_eq!(origin_hash("example.com/behind-the-sofa").to_string(), hex);
    assert_eq!(monitoring_path("example.com/behind-the-sofa"), format!("/{hex}/checkpoint"));
}

#[test]
fn sizes_have_one_spelling() {
    assert_eq!(write_size(0), "0\n");
    for size in [0, 7, u64::MAX] {
        assert_eq!(parse_size(write_size(size).as_bytes()), Ok(size));
    }
    for text in ["", "\n", "7", "07\n", "7\n\n", "7\r\n", " 7\n", "-7\n", "seven\n", "18446744073709551616\n"]
    {
        assert!(matches!(parse_size(text.as_bytes()), Err(AnswerError::Size { .. })), "{text:?}");
    }
    assert!(matches!(parse_size(&vec![0xff; 1 << 20]), Err(AnswerError::Size { .. })));
}

#[test]
fn malformed_requests_are_refused_each_for_its_flaw() {
    let good = request();
    assert!(AddCheckpoint::parse(good.as_bytes()).is_ok());
    let parse = |text: String| AddCheckpoint::parse(text.as_bytes()).unwrap_err();
    for first in [
        "old",
        "old ",
        "old 03",
        "old +3",
        "old  3",
        "Old 3",
        "3",
        "",
        "old 3 ",
        "old\t3",
        "old 18446744073709551616",
    ] {
        assert!(
            matches!(
                parse(good.replacen("old 3", first, 1)),
                RequestError::OldLine { .. } | RequestError::NoCheckpoint
            ),
            "{first:?}"
        );
    }
    let hash = leaf_hash(b"a").to_base64();
    for line in [hash.trim_end_matches('='), "AAAA", "—", &format!("{hash} "), &format!("{hash}\r")] {
        assert!(matches!(parse(good.replacen(&hash, line, 1)), RequestError::Hash { .. }), "{line:?}");
    }
    assert!(matches!(parse(good.replace("\n\n", "\n")), RequestError::NoCheckpoint));
    assert!(matches!(parse("old 3\n\n".to_owned()), RequestError::Note(_)));
    assert!(matches!(parse(good.trim_end().to_owned()), RequestError::Note(NoteError::NoFinalNewline)));
    assert!(matches!(
        parse(good.replace("log.example\n7\n", "log.example\n07\n")),
        RequestError::Checkpoint(CheckpointError::Size { .. })
    ));
    let root = signed(7).root().to_base64();
    assert!(matches!(
        parse(good.replace(&format!("{root}\n"), &format!("{root}\nextension\n"))),
        RequestError::Checkpoint(CheckpointError::Extension { .. })
    ));
    let false_root = parse(good.replace("log.example\n7\n", "log.example\n0\n"));
    assert!(false_root.is_false_empty_tree());
    assert!(!RequestError::NoCheckpoint.is_false_empty_tree());
    let mut bytes = good.into_bytes();
    bytes[4] = 0xff;
    assert!(matches!(AddCheckpoint::parse(&bytes), Err(RequestError::NotUtf8 { offset: 4 })));
}

#[test]
fn limits_hold_at_the_limit_and_beyond() {
    let hashes = |count: usize| vec![leaf_hash(b"h"); count];
    let full = AddCheckpoint::new(3, hashes(63), &signed(7)).unwrap().to_string();
    assert_eq!(AddCheckpoint::parse(full.as_bytes()).unwrap().proof().len(), 63);
    assert_eq!(AddCheckpoint::new(3, hashes(64), &signed(7)), Err(RequestError::TooManyHashes { found: 64 }));
    let over = full.replacen("\n\n", &format!("\n{}\n\n", leaf_hash(b"h").to_base64()), 1);
    assert_eq!(AddCheckpoint::parse(over.as_bytes()), Err(RequestError::TooManyHashes { found: 64 }));
    assert_eq!(
        AddCheckpoint::new(8, vec![], &signed(7)),
        Err(RequestError::OldSizeAbove { old: 8, size: 7 })
    );

    // A line of an unknown key fills the request up to the byte.
    let base = request();
    let line = |n: usize| format!("{base}{}\n", NoteSignature::new("pq.example", 9, vec![7; n]).unwrap());
    let fits =
        (32_000..MAX_REQUEST_BYTES).take_while(|n| line(n * 3).len() <= MAX_REQUEST_BYTES).last().unwrap()
            * 3;
    assert!(AddCheckpoint::parse(line(fits).as_bytes()).is_ok());
    assert!(matches!(AddCheckpoint::parse(line(fits + 3).as_bytes()), Err(RequestError::TooLong { .. })));
    assert!(matches!(
        parse_cosignatures(&vec![b'x'; MAX_ANSWER_BYTES + 1], &signed(7), &[]),
        Err(AnswerError::TooLong { .. })
    ));
}

#[test]
fn what_was_verified_bears_the_lines_of_trusted_keys_alone() {
    let log = log();
    let successor = Ed25519NoteSigner::from_seed(ORIGIN, &[9; 32]).unwrap();
    let checkpoint = signed(7);
    let text = checkpoint.note().text().to_owned();
    // Both keys of a log that changes its key, each twice, a stranger, and a false line in the witness's name.
    let forged = witness().cosign(&signed(6), 5).unwrap();
    let lines = [
        NoteSignature::new("stranger.example", 1, vec![1; 64]).unwrap(),
        log.sign(&text).unwrap(),
        successor.sign(&text).unwrap(),
        log.sign(&text).unwrap(),
        forged.clone(),
    ];
    let body = format!("old 0\n\n{text}\n{}", write_cosignatures(&lines));
    let request = AddCheckpoint::parse(body.as_bytes()).unwrap();
    let both = request.verify(&[log.vkey().clone(), successor.vkey().clone()]).unwrap();
    assert_eq!(both.note().signatures(), [lines[1].clone(), lines[2].clone()]);
    let one = request.verify(&[successor.vkey().clone()]).unwrap();
    assert_eq!(one.note().signatures(), [lines[2].clone()]);
    assert_eq!(one.log(), successor.vkey());

    let stranger = Ed25519NoteSigner::from_seed(ORIGIN, &[8; 32]).unwrap();
    assert_eq!(
        request.verify(&[stranger.vkey().clone()]),
        Err(CheckpointError::Note(NoteError::NoKnownSignature))
    );
    // A trusted key whose line fails refuses the whole, whatever else verifies.
    let bad = log.sign("another text\n").unwrap();
    let body = format!("old 0\n\n{text}\n{}", write_cosignatures(&[bad, lines[2].clone()]));
    let request = AddCheckpoint::parse(body.as_bytes()).unwrap();
    assert!(matches!(
        request.verify(&[log.vkey().clone(), successor.vkey().clone()]),
        Err(CheckpointError::Note(NoteError::BadSignature { .. }))
    ));
}

#[test]
fn a_request_carries_no_cosignatures_that_are_known() {
    let mut checkpoint = signed(7);
    let line = witness().cosign(&checkpoint, 5).unwrap();
    checkpoint.add_cosignature(line, witness().vkey()).unwrap();
    let request = AddCheckpoint::new(0, vec![], &checkpoint).unwrap();
    assert_eq!(request.note(), signed(7).note());
}

#[test]
fn an_answer_with_a_bad_line_of_an_expected_key_is_refused() {
    let checkpoint = signed(7);
    let expected = [witness().vkey().clone()];
    let good = witness().cosign(&checkpoint, 5).unwrap();
    let other = witness().cosign(&signed(8), 5).unwrap();
    let parse = |body: &str| parse_cosignatures(body.as_bytes(), &checkpoint, &expected);
    assert_eq!(parse(&write_cosignatures(&[good.clone(), good.clone()])).unwrap().len(), 1);
    assert!(matches!(parse(&write_cosignatures(&[good.clone(), other])), Err(AnswerError::Cosignature(_))));
    for body in [
        String::new(),
        "\n".to_owned(),
        good.to_string(),
        format!("{good}\n\n"),
        format!("\n{good}\n"),
        format!("{good}\n\n{good}\n"),
        format!("{good}\r\n"),
        format!("text\n{good}\n"),
        "not a line\n".to_owned(),
    ] {
        assert!(matches!(parse(&body), Err(AnswerError::Lines(_))), "{body:?}");
    }
}

proptest! {
    #[test]
    fn any_request_that_parses_is_written_back_to_the_byte(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(request) = AddCheckpoint::parse(&bytes) {
            prop_assert_eq!(request.to_string().into_bytes(), bytes);
        }
    }

    #[test]
    fn a_request_with_one_byte_changed_is_refused_or_another(at in 0usize..400, byte in any::<u8>()) {
        let good = request();
        let mut bytes = good.clone().into_bytes();
        let at = at % bytes.len();
        prop_assume!(bytes[at] != byte);
        bytes[at] = byte;
        match AddCheckpoint::parse(&bytes) {
            Ok(changed) => {
                prop_assert_eq!(changed.to_string().into_bytes(), bytes);
                prop_assert_ne!(changed.to_string(), good);
            }
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }

    #[test]
    fn requests_survive_the_wire(old in 0u64..50, more in 0u64..50, hashes in 0usize..64) {
        let proof: Vec<Hash> = (0..hashes).map(|n| leaf_hash(&n.to_be_bytes())).collect();
        let request = AddCheckpoint::new(old, proof, &signed(old + more)).unwrap();
        prop_assert_eq!(AddCheckpoint::parse(request.to_string().as_bytes()), Ok(request));
    }
}
