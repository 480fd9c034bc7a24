//! Policies, and proofs on file verified against them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use proptest::prelude::*;
use support::{Leaves, leaves, reference};
use truce_tlog::checkpoint::CheckpointError;
use truce_tlog::note::MAX_NOTE_BYTES;
use truce_tlog::policy::{MAX_POLICY_BYTES, MAX_POLICY_GROUPS, MAX_POLICY_LOGS, MAX_POLICY_WITNESSES};
use truce_tlog::proof::MAX_PROOF_HASHES;
use truce_tlog::proof_file::{MAX_EXTRA_BYTES, MAX_PROOF_FILE_BYTES};
use truce_tlog::{
    Checkpoint, Cosigner, Ed25519NoteSigner, KeyType, Note, NoteError, NoteSigner, Policy, PolicyBuilder,
    PolicyError, PolicyName, ProofError, ProofFile, ProofFileError, SignedCheckpoint, Threshold, VKey,
    inclusion_proof, leaf_hash,
};

const ORIGIN: &str = "log.example/1";

fn log(seed: u8) -> Ed25519NoteSigner {
    Ed25519NoteSigner::from_seed(ORIGIN, &[seed; 32]).unwrap()
}

fn cosigner(n: u8) -> Cosigner {
    Cosigner::from_seed(&format!("w{n}.example"), &[100 + n; 32]).unwrap()
}

/// Keys for `{log}`, `{w1}` to `{w6}` in the text of a policy.
fn fill(text: &str) -> Vec<u8> {
    let mut text = text.replace("{log}", &log(1).vkey().to_string());
    for n in 1..=6 {
        text = text.replace(&format!("{{w{n}}}"), &cosigner(n).vkey().to_string());
    }
    text.into_bytes()
}

fn parse(text: &str) -> Result<Policy, PolicyError> {
    Policy::parse(&fill(text))
}

/// The error on a line, without the number of the line.
fn refusal(text: &str) -> PolicyError {
    match parse(text).unwrap_err() {
        PolicyError::Line { error, .. } => *error,
        error => error,
    }
}

fn name(text: &str) -> PolicyName {
    PolicyName::new(text.as_bytes()).unwrap()
}

/// The policy of the specification's example: two of three of one house and any of another.
const TWO_HOUSES: &str = "# two houses\n\
    log {log} https://log.example/1/\n\
    \n\
    witness X1 {w1} https://w1.example/\n\
    \t witness \t X2  {w2}\t\n\
    witness X3 {w3}\n\
    group X-witnesses 2 X1 X2 X3\n\
    \t # the other house\n\
    witness Y1 {w4}\n\
    witness Y2 {w5}\n\
    witness Y3 {w6}\n\
    group Y-witnesses any Y1 Y2 Y3\n\
    group X-and-Y all X-witnesses Y-witnesses\n\
    quorum X-and-Y\n";

#[test]
fn a_quorum_is_reached_through_nested_groups() {
    let policy = parse(TWO_HOUSES).unwrap();
    assert_eq!(policy.logs()[0].url(), Some(b"https://log.example/1/".as_slice()));
    assert_eq!(policy.witnesses()[0].url(), Some(b"https://w1.example/".as_slice()));
    assert_eq!(policy.witnesses()[1].url(), None);
    assert_eq!(policy.quorum(), Some(&name("X-and-Y")));
    assert_eq!(policy.groups()[0].threshold(), Threshold::AtLeast(2));
    for set in 0u8..64 {
        let cosigned = |n: u8| set >> (n - 1) & 1 == 1;
        let expected = (1..=3).filter(|n| cosigned(*n)).count() >= 2 && (4..=6).any(cosigned);
        let keys: Vec<VKey> = (1..=6).filter(|n| cosigned(*n)).map(|n| cosigner(n).vkey().clone()).collect();
        assert_eq!(policy.is_satisfied_by_keys(&keys.iter().collect::<Vec<_>>()), expected, "{set:06b}");
    }
}

#[test]
fn printing_and_parsing_agree() {
    let policy = parse(TWO_HOUSES).unwrap();
    let printed = policy.to_bytes();
    assert_eq!(Policy::parse(&printed), Ok(policy.clone()));
    let text = String::from_utf8(printed).unwrap();
    assert!(text.ends_with("group X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n"));

    let mut builder = PolicyBuilder::default();
    builder.quorum(None).unwrap();
    assert_eq!(builder.build().unwrap().to_bytes(), b"quorum none\n");
    let empty = parse("quorum none\n").unwrap();
    assert_eq!(empty.quorum(), None);
    assert!(empty.is_satisfied_by(|_| false));
}

#[test]
fn a_single_witness_can_be_the_quorum() {
    let policy = parse("witness W {w1}\nwitness V {w2}\nquorum W\n").unwrap();
    assert!(policy.is_satisfied_by_keys(&[cosigner(1).vkey()]));
    assert!(!policy.is_satisfied_by_keys(&[cosigner(2).vkey()]));
    assert!(!policy.is_satisfied_by_keys(&[]));
}

#[test]
fn every_rule_refuses_what_breaks_it() {
    let two = "witness A {w1}\nwitness B {w2}\n";
    let with = |lines: &str| refusal(&format!("{two}{lines}"));

    assert_eq!(refusal(""), PolicyError::NoQuorumLine);
    assert_eq!(with("quorum A\nquorum A\n"), PolicyError::SecondQuorum);
    assert_eq!(with("quorum none\nquorum none\n"), PolicyError::SecondQuorum);
    assert_eq!(with("quorum A"), PolicyError::NoFinalNewline);
    assert_eq!(with("quorum C\n"), PolicyError::UndefinedName { name: name("C") });
    assert_eq!(refusal("quorum A\nwitness A {w1}\n"), PolicyError::UndefinedName { name: name("A") });
    assert_eq!(with("group G any A C\n"), PolicyError::UndefinedName { name: name("C") });
    assert_eq!(with("group G any G\n"), PolicyError::UndefinedName { name: name("G") });
    assert_eq!(with("group G any none\n"), PolicyError::UndefinedName { name: name("none") });
    assert_eq!(with("group none any A\n"), PolicyError::ReservedName);
    assert_eq!(refusal("witness none {w1}\n"), PolicyError::ReservedName);
    assert_eq!(with("witness A {w3}\n"), PolicyError::NameTwice { name: name("A") });
    assert_eq!(with("group A any B\n"), PolicyError::NameTwice { name: name("A") });
    assert_eq!(with("group G any A\nwitness G {w3}\n"), PolicyError::NameTwice { name: name("G") });
    assert_eq!(with("group G any A A\n"), PolicyError::MemberTwice { name: name("A") });
    assert_eq!(with("group G any A\ngroup H any A B\n"), PolicyError::MemberTwice { name: name("A") });
    assert_eq!(
        with("group G any A\ngroup H any G\ngroup I all G B\n"),
        PolicyError::MemberTwice { name: name("G") }
    );
    assert_eq!(with("group G any\n"), PolicyError::EmptyGroup { name: name("G") });
    for bad in ["0", "3", "01", "+1", "-1", "1.0", "most", "ALL", "18446744073709551616"] {
        assert_eq!(
            with(&format!("group G {bad} A B\n")),
            PolicyError::Threshold { found: bad.into(), members: 2 }
        );
    }
    assert!(parse(&format!("{two}group G 1 A B\nquorum G\n")).is_ok());
    assert!(parse(&format!("{two}group G 2 A B\nquorum G\n")).is_ok());

    assert!(matches!(with("Quorum A\n"), PolicyError::Keyword { .. }));
    assert!(matches!(with("quorum\n"), PolicyError::ItemCount { found: 0, .. }));
    assert!(matches!(with("quorum A B\n"), PolicyError::ItemCount { found: 2, .. }));
    assert!(matches!(with("log\n"), PolicyError::ItemCount { found: 0, .. }));
    assert!(matches!(with("log {log} url more\n"), PolicyError::ItemCount { found: 3, .. }));
    assert!(matches!(with("witness C\n"), PolicyError::ItemCount { found: 1, .. }));
    assert!(matches!(with("witness C {w3} url more\n"), PolicyError::ItemCount { found: 4, .. }));
    assert!(matches!(with("group G\n"), PolicyError::ItemCount { found: 1, .. }));

    assert!(matches!(with("witness C key\n"), PolicyError::Key(_)));
    assert!(matches!(with("log {w1}\n"), PolicyError::KeyType { .. }));
    assert!(matches!(with("witness C {log}\n"), PolicyError::KeyType { .. }));
    assert!(matches!(with("witness C {w1}\n"), PolicyError::KeyTwice { .. }));
    assert!(matches!(refusal("log {log}\nlog {log}\n"), PolicyError::KeyTwice { .. }));
    // The same public key under another name is the same key.
    let renamed = VKey::new("other", KeyType::CosignatureV1, cosigner(1).vkey().public_key()).unwrap();
    assert!(matches!(with(&format!("witness C {renamed}\n")), PolicyError::KeyTwice { .. }));

    let numbered = parse(&format!("{two}\n# comment\nquorum C\n")).unwrap_err();
    assert_eq!(numbered.to_string(), "line 5: the name `C` is not defined on an earlier line");
}

#[test]
fn octets_are_opaque_and_control_characters_are_refused() {
    for octet in (0u8..0x20).chain([0x7f]) {
        let result = Policy::parse(&[b"quorum none\n# ", [octet].as_slice(), b"\n"].concat());
        assert_eq!(result.is_ok(), matches!(octet, b'\t' | b'\n'), "{octet:#04x}");
    }
    for octet in [0x20, 0x7e, 0x80, 0xff] {
        assert!(Policy::parse(&[b"quorum none\n# ", [octet].as_slice(), b"\n"].concat()).is_ok());
    }
    // The letter K and the Kelvin sign are two names, and so are octets that are no UTF-8.
    let policy = parse("witness K {w1}\nwitness \u{212a} {w2}\ngroup g all K \u{212a}\nquorum g\n").unwrap();
    assert_ne!(policy.witnesses()[0].name(), policy.witnesses()[1].name());
    let octets = [b"witness \xff\x80 ".as_slice(), &fill("{w1}"), b" \xfe\nquorum \xff\x80\n"].concat();
    let policy = Policy::parse(&octets).unwrap();
    assert_eq!(policy.witnesses()[0].name().as_bytes(), b"\xff\x80");
    assert_eq!(policy.to_bytes(), octets);
    // Names that look like other words of the format are names.
    assert!(parse("witness all {w1}\nwitness #1 {w2}\ngroup any all all #1\nquorum any\n").is_ok());
    for bad in [&b""[..], b"a b", b"a\tb", b"a\nb", b"a\x7fb", b"\0"] {
        assert!(PolicyName::new(bad).is_err());
    }
}

#[test]
fn limits_hold_at_the_edge() {
    let key = |n: usize, key_type| {
        let mut seed = [9u8; 32];
        seed[..8].copy_from_slice(&(n as u64).to_be_bytes());
        let signer = Ed25519NoteSigner::from_seed("n", &seed).unwrap();
        VKey::new(&format!("n{n}"), key_type, signer.vkey().public_key()).unwrap()
    };
    let mut builder = PolicyBuilder::default();
    for n in 0..MAX_POLICY_LOGS {
        builder.log(key(n, KeyType::Ed25519), None).unwrap();
    }
    for n in 0..MAX_POLICY_WITNESSES {
        builder.witness(name(&format!("w{n}")), key(n, KeyType::CosignatureV1), None).unwrap();
    }
    for n in 0..MAX_POLICY_GROUPS {
        builder.group(name(&format!("g{n}")), Threshold::All, &[name(&format!("w{n}"))]).unwrap();
    }
    let too_many = |what, limit| PolicyError::TooMany { what, limit };
    assert_eq!(
        builder.log(key(1_000, KeyType::Ed25519), None).unwrap_err(),
        too_many("logs", MAX_POLICY_LOGS)
    );
    assert_eq!(
        builder.witness(name("x"), key(1_000, KeyType::CosignatureV1), None).unwrap_err(),
        too_many("witnesses", MAX_POLICY_WITNESSES)
    );
    assert_eq!(
        builder.group(name("x"), Threshold::Any, &[name("w0")]).unwrap_err(),
        too_many("groups", MAX_POLICY_GROUPS)
    );
    builder.quorum(Some(&name("g255"))).unwrap();
    let policy = builder.build().unwrap();
    assert_eq!(Policy::parse(&policy.to_bytes()), Ok(policy));

    let padded =
        |length: usize| [b"quorum none\n#".to_vec(), vec![b'x'; length - 14], b"\n".to_vec()].concat();
    assert!(Policy::parse(&padded(MAX_POLICY_BYTES)).is_ok());
    assert_eq!(
        Policy::parse(&padded(MAX_POLICY_BYTES + 1)),
        Err(PolicyError::TooLong { found: MAX_POLICY_BYTES + 1 })
    );
}

/// A log of 11 leaves whose checkpoint the given witnesses have cosigned.
fn checkpoint(witnesses: &[u8]) -> SignedCheckpoint {
    let all = leaves(11);
    let body = Checkpoint::new(ORIGIN, 11, reference::root(&all)).unwrap();
    let mut signed = SignedCheckpoint::sign(body, &log(1)).unwrap();
    for n in witnesses {
        let line = cosigner(*n).cosign(&signed, 1_000 + u64::from(*n)).unwrap();
        signed.add_cosignature(line, cosigner(*n).vkey()).unwrap();
    }
    signed
}

fn proof(index: u64, witnesses: &[u8]) -> ProofFile {
    let path = inclusion_proof(&Leaves(&leaves(11)), index, 11).unwrap();
    ProofFile::new(Some(b"extra".to_vec()), index, path, checkpoint(witnesses).note().clone()).unwrap()
}

#[test]
fn checkpoints_are_checked_against_the_policy() {
    let policy = parse(TWO_HOUSES).unwrap();
    let checked = policy.check(checkpoint(&[1, 3, 5]).note()).unwrap();
    assert_eq!(checked, checkpoint(&[1, 3, 5]));
    assert_eq!(checked.cosignatures()[1].timestamp, 1_003);
    assert_eq!(
        policy.check(checkpoint(&[1, 5, 6]).note()),
        Err(PolicyError::NoQuorum { quorum: "X-and-Y".into(), found: 3 })
    );
    // Cosigning twice is not cosigning by two.
    let mut twice = checkpoint(&[1, 5]);
    twice.add_cosignature(cosigner(1).cosign(&twice, 2_000).unwrap(), cosigner(1).vkey()).unwrap();
    assert_eq!(policy.check(twice.note()), Err(PolicyError::NoQuorum { quorum: "X-and-Y".into(), found: 2 }));

    let unwitnessed = parse("log {log}\nquorum none\n").unwrap();
    assert!(unwitnessed.check(checkpoint(&[]).note()).is_ok());
    let other = Ed25519NoteSigner::from_seed("other.example", &[1; 32]).unwrap();
    let body = Checkpoint::new("other.example", 11, leaf_hash(b"x")).unwrap();
    let foreign = SignedCheckpoint::sign(body, &other).unwrap();
    assert_eq!(
        unwitnessed.check(foreign.note()),
        Err(PolicyError::UnknownLog { origin: "other.example".into() })
    );
    // Signed by a known log, but not by the one whose origin it bears.
    let both =
        parse(&format!("log {{log}}\nlog {}\nquorum none\n", log_named("second.example", 5).vkey())).unwrap();
    let lifted = Note::sign(checkpoint(&[]).note().text(), &[&log_named("second.example", 5)]).unwrap();
    assert_eq!(both.check(&lifted), Err(PolicyError::Checkpoint(CheckpointError::NoLogSignature)));

    let no_logs = parse("quorum none\n").unwrap();
    let note = checkpoint(&[]).note().clone();
    assert_eq!(no_logs.check(&note), Err(PolicyError::UnknownLog { origin: ORIGIN.into() }));
    assert!(no_logs.check_for(&note, log(1).vkey()).is_ok());
    assert_eq!(
        no_logs.check_for(&note, log(2).vkey()),
        Err(PolicyError::Checkpoint(CheckpointError::Note(NoteError::NoKnownSignature)))
    );
    // A witness that bears the log's origin and signs above it does not stand in for the log.
    let namesake = Cosigner::from_seed(ORIGIN, &[8; 32]).unwrap();
    let mut above = Note::parse(
        format!("{}\n{}\n", note.text(), namesake.cosign(&checkpoint(&[]), 1).unwrap()).as_bytes(),
    )
    .unwrap();
    let witnessed = parse(&format!("log {{log}}\nwitness W {}\nquorum W\n", namesake.vkey())).unwrap();
    assert_eq!(witnessed.check(&above), Err(PolicyError::Checkpoint(CheckpointError::NoLogSignature)));
    above.push_signature(note.signatures()[0].clone()).unwrap();
    assert_eq!(witnessed.check(&above).unwrap().log(), log(1).vkey());
    // One key of two of the same log is enough.
    let rolled = parse(&format!("log {}\nlog {{log}}\nquorum none\n", log(2).vkey())).unwrap();
    assert_eq!(rolled.check(&note).unwrap().log(), log(1).vkey());
}

fn log_named(name: &str, seed: u8) -> Ed25519NoteSigner {
    Ed25519NoteSigner::from_seed(name, &[seed; 32]).unwrap()
}

#[test]
fn proofs_on_file_verify_offline() {
    let policy = parse(TWO_HOUSES).unwrap();
    let all = leaves(11);
    for index in 0..11u64 {
        let text = proof(index, &[1, 2, 4]).to_string();
        let file = ProofFile::parse(text.as_bytes()).unwrap();
        assert_eq!(file, proof(index, &[1, 2, 4]));
        assert_eq!(file.to_string(), text);
        let leaf = all[usize::try_from(index).unwrap()];
        let verified = file.verify(&policy, &leaf).unwrap();
        assert_eq!((verified.index(), verified.leaf(), verified.checkpoint().size()), (index, &leaf, 11));
        assert_eq!(
            file.verify_for(&parse("quorum none\n").unwrap(), log(1).vkey(), &leaf)
                .unwrap()
                .checkpoint()
                .origin(),
            ORIGIN
        );
        assert!(matches!(
            file.verify(&policy, &leaf_hash(b"another")),
            Err(ProofFileError::Inclusion(ProofError::RootMismatch { .. }))
        ));
        assert!(matches!(
            proof(index, &[1, 4]).verify(&policy, &leaf),
            Err(ProofFileError::Policy(PolicyError::NoQuorum { .. }))
        ));
    }
}

#[test]
fn a_tree_of_one_leaf_has_an_empty_path() {
    let leaf = leaf_hash(b"only");
    let signed = SignedCheckpoint::sign(Checkpoint::new(ORIGIN, 1, leaf).unwrap(), &log(1)).unwrap();
    let text = format!("c2sp.org/tlog-proof@v1\nindex 0\n\n{signed}");
    let file = ProofFile::parse(text.as_bytes()).unwrap();
    assert_eq!((file.extra(), file.index(), file.path()), (None, 0, [].as_slice()));
    assert_eq!(file.to_string(), text);
    assert!(file.verify(&parse("log {log}\nquorum none\n").unwrap(), &leaf).is_ok());
}

#[test]
fn malformed_proofs_are_refused() {
    let text = proof(3, &[1]).to_string();
    let parse = |text: String| ProofFile::parse(text.as_bytes()).unwrap_err();
    assert!(matches!(parse(text.replace("@v1", "@v2")), ProofFileError::Header { .. }));
    assert!(matches!(parse(format!("\n{text}")), ProofFileError::Header { .. }));
    assert!(matches!(parse(text.replace("@v1\n", "@v1\n\n")), ProofFileError::Index { .. }));
    assert_eq!(parse(text.replace("extra ZXh0cmE=", "extra ZXh0cmE")), ProofFileError::Extra);
    assert_eq!(parse(text.replace("extra ZXh0cmE=", "extra ")), ProofFileError::Extra);
    assert_eq!(parse(text.replace("extra ZXh0cmE=", "extra")), ProofFileError::Extra);
    for index in ["", " ", " 03", " -3", "  3", "\t3", " 18446744073709551616", " 3\r"] {
        assert!(matches!(
            parse(text.replace("index 3", &format!("index{index}"))),
            ProofFileError::Index { .. }
        ));
    }
    assert!(matches!(parse(text.replace("index 3\n", "")), ProofFileError::Index { .. }));
    assert!(matches!(parse(text.replace("index 3\n", "index 3\nindex 3\n")), ProofFileError::Hash { .. }));
    assert!(matches!(parse(text.replace("index 3\n", "index 3\nAA==\n")), ProofFileError::Hash { .. }));
    assert_eq!(parse(text.split_once("\n\n").unwrap().0.into()), ProofFileError::NoCheckpoint);
    assert!(matches!(parse(text.trim_end().into()), ProofFileError::Checkpoint(NoteError::NoFinalNewline)));
    assert_eq!(ProofFile::parse(b"c2sp\xff"), Err(ProofFileError::NotUtf8 { offset: 4 }));
}

#[test]
fn proofs_are_limited() {
    let note = checkpoint(&[]).note().clone();
    let build = |extra: usize, path: usize| {
        ProofFile::new(Some(vec![7; extra]), 0, vec![leaf_hash(b""); path], note.clone())
    };
    let largest = build(MAX_EXTRA_BYTES, MAX_PROOF_HASHES).unwrap();
    assert_eq!(ProofFile::parse(largest.to_string().as_bytes()), Ok(largest.clone()));
    assert_eq!(
        build(MAX_EXTRA_BYTES + 1, 0),
        Err(ProofFileError::ExtraTooLong { found: MAX_EXTRA_BYTES + 1 })
    );
    assert_eq!(build(1, MAX_PROOF_HASHES + 1), Err(ProofFileError::TooManyHashes { found: 64 }));
    assert_eq!(build(0, 0), Err(ProofFileError::Extra));

    let hash = leaf_hash(b"").to_base64();
    let longer = largest.to_string().replace("index 0\n", &format!("index 0\n{hash}\n"));
    assert_eq!(ProofFile::parse(longer.as_bytes()), Err(ProofFileError::TooManyHashes { found: 64 }));
    // Whatever may precede it leaves room for the largest note.
    assert!(largest.to_string().len() - note.to_string().len() <= MAX_PROOF_FILE_BYTES - MAX_NOTE_BYTES);
    assert!(!matches!(
        ProofFile::parse(&vec![b'x'; MAX_PROOF_FILE_BYTES]),
        Err(ProofFileError::TooLong { .. })
    ));
    assert_eq!(
        ProofFile::parse(&vec![b'x'; MAX_PROOF_FILE_BYTES + 1]),
        Err(ProofFileError::TooLong { found: MAX_PROOF_FILE_BYTES + 1 })
    );
}

proptest! {
    #[test]
    fn any_bytes_are_parsed_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), text: String) {
        let _ = Policy::parse(&bytes);
        let _ = Policy::parse(text.as_bytes());
        let _ = ProofFile::parse(&bytes);
        let _ = ProofFile::parse(format!("c2sp.org/tlog-proof@v1\n{text}").as_bytes());
    }

    #[test]
    fn a_changed_byte_of_a_proof_never_proves_another_leaf(place: prop::sample::Index, byte: u8) {
        let policy = parse(TWO_HOUSES).unwrap();
        let mut bytes = proof(3, &[1, 2, 4]).to_string().into_bytes();
        let place = place.index(bytes.len());
        bytes[place] = byte;
        if let Ok(file) = ProofFile::parse(&bytes) {
            prop_assert!(file.verify(&policy, &leaf_hash(b"another")).is_err());
            if let Ok(verified) = file.verify(&policy, &leaves(11)[3]) {
                prop_assert_eq!(verified.index(), 3);
                prop_assert_eq!(verified.checkpoint().size(), 11);
            }
        }
    }
}
