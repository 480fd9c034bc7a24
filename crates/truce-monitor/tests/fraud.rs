//! Fraud proofs: each kind, and files with one flaw each that must prove nothing.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod world;

use proptest::prelude::*;
use truce_fraud::{FRAUD_HEADER, FraudProof, KeyEnd, MAX_FRAUD_PROOF_BYTES, ProvenEntry, Undecided};
use truce_monitor::{TreeRelation, compare};
use truce_statement::{Entry, EntryHash};
use truce_tlog::{Checkpoint, Cosigner, Ed25519NoteSigner, NoteSigner as _, SignedCheckpoint};
use world::{Log, signer, working_key};

fn placed(log: &Log, position: u64) -> ProvenEntry {
    let proof = log.prove(position);
    ProvenEntry {
        entry: log.entries[usize::try_from(position).unwrap()].clone(),
        position,
        path: proof.path().to_vec(),
    }
}

/// Two histories with 9 entries in common, of 10 and 12 entries.
fn forked() -> (Log, Log) {
    let common = Log::of(9);
    let (mut one, mut other) = (common.clone(), common);
    one.grow(1, "one");
    other.grow(3, "other");
    (one, other)
}

fn two_entries() -> FraudProof {
    let (one, other) = forked();
    let (first, second) = (one.prove(9), other.prove(9));
    FraudProof::two_entries(signer().vkey(), (one.leaf(9), &first), (other.leaf(9), &second)).unwrap()
}

fn same_size() -> FraudProof {
    let (mut one, other) = forked();
    one.grow(2, "one");
    FraudProof::same_size(&one.checkpoint(), &other.checkpoint())
}

fn fork() -> FraudProof {
    let (one, other) = forked();
    let tree = Leaves(&other);
    let TreeRelation::Forked(proof) = compare(&one.checkpoint(), &other.checkpoint(), &tree).unwrap() else {
        panic!()
    };
    *proof
}

fn back_dated() -> FraudProof {
    let mut log = Log::of(6);
    log.now -= 2500;
    let next = log.next("");
    log.take(&next);
    FraudProof::back_dated(&log.checkpoint(), placed(&log, 4), placed(&log, 6)).unwrap()
}

fn broken_chain() -> FraudProof {
    let mut log = Log::of(6);
    let next = log.next("");
    log.push_entry(Entry { prev: EntryHash::ZERO, received: log.now, statement: next.bytes() }.encode());
    FraudProof::broken_chain(&log.checkpoint(), placed(&log, 5), placed(&log, 6)).unwrap()
}

fn bad_signature() -> FraudProof {
    let mut log = Log::of(6);
    let mut forged = log.next("").bytes().to_vec();
    *forged.last_mut().unwrap() ^= 1;
    log.push(&forged);
    FraudProof::bad_signature(&log.checkpoint(), *working_key().public().as_bytes(), placed(&log, 6)).unwrap()
}

fn all() -> Vec<FraudProof> {
    static ALL: std::sync::LazyLock<Vec<FraudProof>> = std::sync::LazyLock::new(|| {
        vec![fork(), same_size(), two_entries(), back_dated(), broken_chain(), bad_signature()]
    });
    ALL.clone()
}

struct Leaves<'a>(&'a Log);

impl truce_tlog::HashSource for Leaves<'_> {
    type Error = ();

    fn node(&self, level: u8, index: u64) -> Result<truce_tlog::Hash, ()> {
        if level == 0 {
            return Ok(self.0.leaf(usize::try_from(index).unwrap()));
        }
        Ok(truce_tlog::node_hash(&self.node(level - 1, 2 * index)?, &self.node(level - 1, 2 * index + 1)?))
    }
}

#[test]
fn every_kind_is_decided_from_its_file_alone() {
    let sentences: Vec<String> = all()
        .iter()
        .map(|proof| {
            let text = proof.to_string();
            assert!(text.len() < MAX_FRAUD_PROOF_BYTES && FraudProof::is_one(text.as_bytes()));
            let read = FraudProof::parse(text.as_bytes()).unwrap();
            assert_eq!(&read, proof);
            let decided = read.decide().unwrap();
            assert_eq!(decided.log, signer().vkey().to_string());
            format!("{}: {}", decided.kind, decided.sentence)
        })
        .collect();
    assert_eq!(
        sentences,
        [
            "fork: the log signed a tree of 10 entries, and a tree of 12 entries that does not begin with them",
            "fork: the log signed two trees of 12 entries with different roots",
            "two-entries: the log signed for two different entries at position 9",
            "back-dated: the log recorded entry 6 as received at 1612742401500 ms, and entry 4 before it as received at 1612742403000 ms",
            "broken-chain: the log recorded entry 6 without the hash of entry 5",
            "bad-signature: the log recorded at position 6 a statement that is not signed with the key it names",
        ]
    );
}

#[test]
fn an_honest_log_cannot_be_accused() {
    let mut log = Log::of(9);
    let before = log.checkpoint();
    log.grow(3, "");
    let now = log.checkpoint();
    let tree = Leaves(&log);
    let prefix = *before.root();
    let path = truce_tlog::consistency_proof(&tree, 9, 12).unwrap();
    let key = *working_key().public().as_bytes();
    let (first, second) = (log.prove(5), log.prove(6));
    let claims = [
        FraudProof::fork(&before, &now, prefix, path.clone()),
        // Another prefix does not lead to the signed root.
        FraudProof::fork(&before, &now, log.leaf(0), path.clone()),
        FraudProof::fork(&before, &now, prefix, vec![]),
        FraudProof::fork(&now, &before, *now.root(), path),
        FraudProof::same_size(&now, &now),
        FraudProof::same_size(&before, &now),
        FraudProof::two_entries(signer().vkey(), (log.leaf(5), &first), (log.leaf(5), &first)).unwrap(),
        FraudProof::two_entries(signer().vkey(), (log.leaf(5), &first), (log.leaf(6), &second)).unwrap(),
        FraudProof::two_entries(signer().vkey(), (log.leaf(5), &first), (log.leaf(6), &first)).unwrap(),
        FraudProof::back_dated(&now, placed(&log, 5), placed(&log, 6)).unwrap(),
        FraudProof::back_dated(&now, placed(&log, 6), placed(&log, 5)).unwrap(),
        FraudProof::broken_chain(&now, placed(&log, 5), placed(&log, 6)).unwrap(),
        FraudProof::broken_chain(&now, placed(&log, 4), placed(&log, 6)).unwrap(),
        FraudProof::bad_signature(&now, key, placed(&log, 6)).unwrap(),
        // Another key than the statement names.
        FraudProof::bad_signature(&now, *signer().vkey().public_key(), placed(&log, 6)).unwrap(),
    ];
    for (n, claim) in claims.iter().enumerate() {
        assert!(matches!(claim.decide(), Err(Undecided::Unproven { .. })), "{n}: {:?}", claim.decide());
    }
}

#[test]
fn entries_of_two_trees_are_not_neighbours() {
    let mut log = Log::of(6);
    log.now -= 2500;
    let next = log.next("");
    log.take(&next);
    let text = back_dated().to_string();
    // The second entry, proven in a later tree.
    let before = log.prove(4);
    log.grow(1, "");
    let bare = |proof: &truce_tlog::ProofFile| {
        truce_tlog::ProofFile::new(None, proof.index(), proof.path().to_vec(), proof.checkpoint().clone())
            .unwrap()
    };
    let (old, new) = (bare(&before).to_string(), bare(&log.prove(4)).to_string());
    assert!(text.contains(&old));
    let changed = text.replacen(
        &format!("proof {}\n{old}", old.lines().count()),
        &format!("proof {}\n{new}", new.lines().count()),
        1,
    );
    let read = FraudProof::parse(changed.as_bytes()).unwrap();
    assert!(matches!(read.decide(), Err(Undecided::Unproven { .. })));
}

#[test]
fn another_key_signed_nothing() {
    let other = Ed25519NoteSigner::from_seed(world::ORIGIN, &[8; 32]).unwrap();
    for proof in all() {
        let text = proof.to_string().replace(&signer().vkey().to_string(), &other.vkey().to_string());
        let read = FraudProof::parse(text.as_bytes()).unwrap();
        assert!(matches!(read.decide(), Err(Undecided::Unproven { .. })));
    }
    // Nor does a witness's key sign for a log.
    let witness = truce_tlog::Cosigner::from_seed("witness.example", &[4; 32]).unwrap();
    let text = fork().to_string().replace(&signer().vkey().to_string(), &witness.vkey().to_string());
    assert!(FraudProof::parse(text.as_bytes()).unwrap().decide().is_err());
}

#[test]
fn a_file_has_one_form() {
    let text = fork().to_string();
    let flaws = [
        ("a line more", format!("{text}\n")),
        ("a line less", text.trim_end().to_owned()),
        ("carriage returns", text.replace('\n', "\r\n")),
        ("another version", text.replace("@v1", "@v2")),
        ("another kind", text.replace("kind fork", "kind spoon")),
        ("a kind of other evidence", text.replace("kind fork", "kind back-dated")),
        ("another sentence", text.replace("that does not begin", "that surely does not begin")),
        ("other numbers", text.replace("a tree of 10 entries", "a tree of 11 entries")),
        ("a wrong count", text.replacen("checkpoint 5", "checkpoint 4", 1)),
        ("a count that is padded", text.replacen("checkpoint 5", "checkpoint 05", 1)),
        ("a count beyond the end", text.replacen("checkpoint 5", "checkpoint 99999999", 1)),
        ("no path", text.replacen("prefix ", "hash ", 1)),
        (
            "too many hashes",
            format!("{text}{}", format!("hash {}\n", world::Log::of(2).leaf(0).to_base64()).repeat(64)),
        ),
        ("too long", format!("{text}{}", "x".repeat(MAX_FRAUD_PROOF_BYTES))),
        ("only the first line", format!("{FRAUD_HEADER}\n")),
    ];
    for (flaw, text) in flaws {
        let found = FraudProof::parse(text.as_bytes());
        assert!(matches!(found, Err(Undecided::Malformed { .. })), "{flaw}: {found:?}");
    }
    let with_extra = two_entries().to_string().replacen("proof@v1\nindex", "proof@v1\nextra AAAA\nindex", 1);
    let with_extra = with_extra.replacen("\nproof ", "\nproof 1", 1);
    assert!(matches!(FraudProof::parse(with_extra.as_bytes()), Err(Undecided::Malformed { .. })));
    assert!(!FraudProof::is_one(b"truce/fraud-proof@v10\n"));
}

#[test]
fn a_checkpoint_with_too_many_signatures_is_cut_to_the_logs_own() {
    let (one, other) = forked();
    let mut crowded = other.checkpoint();
    for n in 0..90_u8 {
        let name = format!("witness.example/{}{n}", "w".repeat(200));
        let witness = truce_tlog::Cosigner::from_seed(&name, &[100 + n % 100; 32]).unwrap();
        let line = witness.cosign(&crowded, u64::from(n)).unwrap();
        let many = truce_tlog::NoteSignature::new(&name, 7, vec![1; 900]).unwrap();
        crowded.add_cosignature(line, witness.vkey()).unwrap();
        let mut note = crowded.note().clone();
        if note.push_signature(many).is_ok() {
            crowded = SignedCheckpoint::open(&note, signer().vkey(), &[]).unwrap();
        }
        if crowded.note().signatures().len() > 95 {
            break;
        }
    }
    assert!(crowded.note().to_string().len() > truce_fraud::MAX_CHECKPOINT_BYTES);
    let found = compare(&one.checkpoint(), &crowded, &Leaves(&other)).unwrap();
    let TreeRelation::Forked(proof) = found else { panic!() };
    FraudProof::parse(proof.to_string().as_bytes()).unwrap().decide().unwrap();
}

#[test]
fn a_signed_root_of_nothing_proves_only_what_it_is() {
    // A log may sign any 32 bytes. That is a fork if it signed the size before, and nothing else.
    let body = Checkpoint::new(world::ORIGIN, 12, truce_tlog::leaf_hash(b"noise")).unwrap();
    let noise = SignedCheckpoint::sign(body, &signer()).unwrap();
    let (_, other) = forked();
    assert!(FraudProof::same_size(&other.checkpoint(), &noise).decide().is_ok());
    let claim = FraudProof::back_dated(&noise, placed(&other, 3), placed(&other, 4)).unwrap();
    assert!(claim.decide().is_err());
}

proptest! {
    /// A file with a byte changed says the same, or proves nothing; never something else.
    #[test]
    fn a_changed_byte_proves_nothing_else(which in 0..6_usize, at in any::<prop::sample::Index>(), with in any::<u8>()) {
        let proof = all().swap_remove(which);
        let mut bytes = proof.to_string().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= with;
        if let Ok(decided) = FraudProof::parse(&bytes).and_then(|read| read.decide()) {
            prop_assert_eq!(decided, proof.decide().unwrap());
        }
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut file = format!("{FRAUD_HEADER}\n").into_bytes();
        file.extend(bytes);
        prop_assert!(FraudProof::parse(&file).is_err());
    }
}

/// A checkpoint of the log with the cosignature of a witness at `time`, seconds.
fn dated(checkpoint: &SignedCheckpoint, seed: u8, time: u64) -> SignedCheckpoint {
    let witness = witness(seed);
    let mut dated = checkpoint.clone();
    dated.add_cosignature(witness.cosign(checkpoint, time).unwrap(), witness.vkey()).unwrap();
    dated
}

fn witness(seed: u8) -> Cosigner {
    Cosigner::from_seed(&format!("witness{seed}.example"), &[seed; 32]).unwrap()
}

#[test]
fn only_cosignatures_of_the_agreed_witnesses_from_before_the_end_of_a_key_leave_no_doubt() {
    const SECOND: u64 = 1_700_000_000;
    let (mut one, other) = forked();
    one.grow(2, "one");
    let (one, other) = (one.checkpoint(), other.checkpoint());
    let end = KeyEnd {
        until: 9,
        replaced: Some(i64::try_from(SECOND).unwrap() * 1000 + 999),
        witnesses: vec![witness(31).vkey().clone(), witness(32).vkey().clone()],
    };
    let doubt = |one: &SignedCheckpoint, other: &SignedCheckpoint, end: &KeyEnd| {
        let proof = FraudProof::same_size(one, other);
        let read = FraudProof::parse(proof.to_string().as_bytes()).unwrap();
        read.decide().unwrap();
        read.doubt(end).map(|doubt| doubt.to_string())
    };
    let says = Some("this key's turn ended at size 9; who held it after that is not shown".to_owned());
    let before = |checkpoint: &SignedCheckpoint, seed: u8| dated(checkpoint, seed, SECOND - 1);
    assert_eq!(doubt(&before(&one, 31), &before(&other, 31), &end), None);
    assert_eq!(doubt(&before(&one, 31), &before(&other, 32), &end), None, "of two witnesses, one each");
    // None at all; on one side alone; in the very second; by somebody whom nobody agreed on.
    assert_eq!(doubt(&one, &other, &end), says);
    assert_eq!(doubt(&before(&one, 31), &other, &end), says);
    assert_eq!(doubt(&one, &before(&other, 31), &end), says);
    assert_eq!(doubt(&before(&one, 31), &dated(&other, 31, SECOND), &end), says);
    assert_eq!(doubt(&before(&one, 33), &before(&other, 33), &end), says);
    // A later line beside an earlier one takes nothing away.
    let both = before(&dated(&other, 31, SECOND + 9), 32);
    assert_eq!(doubt(&before(&one, 31), &both, &end), None);
    // Nothing shows when the key was replaced.
    let unknown = KeyEnd { replaced: None, ..end.clone() };
    assert_eq!(doubt(&before(&one, 31), &before(&other, 31), &unknown), says);
    // A line in the name of a witness that it did not make counts as none, and the proof still decides.
    let file = FraudProof::same_size(&before(&one, 31), &before(&other, 31)).to_string();
    let line = file.lines().find(|line| line.starts_with("\u{2014} witness31.example ")).unwrap();
    let other_line = file.lines().rfind(|line| line.starts_with("\u{2014} witness31.example ")).unwrap();
    let false_line = FraudProof::parse(file.replace(line, other_line).as_bytes()).unwrap();
    false_line.decide().unwrap();
    assert_eq!(false_line.doubt(&end).map(|doubt| doubt.to_string()), says);
    // Every other kind is held to the same.
    for proof in [two_entries(), back_dated(), broken_chain()] {
        assert_eq!(proof.doubt(&end).map(|doubt| doubt.to_string()), says);
    }
}
