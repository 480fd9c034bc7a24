//! Receipts: the laws, and other people's COSE. `cargo xtask vectors` decides the vectors.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

#[path = "support/world.rs"]
#[allow(missing_docs, unreachable_pub)]
mod world;

use ciborium::Value;
use coset::{CoseSign1, Label, TaggedCborSerializable as _};
use proptest::prelude::*;
use truce_receipt::{
    Finality, LABEL_CHECKPOINT, LABEL_ENTRY, LABEL_RECEIPTS, LABEL_TREE_SIZE, MAX_RECEIPT, MAX_RECEIPTS,
    Receipt, ReceiptCode, embed, extract,
};
use truce_statement::{PublicKey, SecretKey, Statement};
use truce_tlog::{Cosigner, KeySchedule, Policy, SignedCheckpoint, inclusion_proof, leaf_hash};
use world::{ORIGIN, World, load};

#[test]
fn every_code_that_a_file_can_have_stands_in_a_vector() {
    let file = load("receipt.json");
    let groups = [&file, &file["consistency"], &file["embedded"]];
    let refused: Vec<_> = groups.into_iter().flat_map(|group| group["refused"].as_array().unwrap()).collect();
    // Of the last, the schedule of keys decides: the test below.
    let issuing_only = [ReceiptCode::NotInTree, ReceiptCode::Signer, ReceiptCode::OutOfTurn];
    for code in ReceiptCode::ALL.iter().filter(|code| !issuing_only.contains(code)) {
        assert!(refused.iter().any(|vector| vector["code"] == code.as_str()), "{code}");
    }
}

/// The hex of a block of `docs/spec/receipts.md` that begins so, without its comments.
fn example(beginning: &str) -> String {
    let text = std::fs::read_to_string(world::path("../../docs/spec/receipts.md")).unwrap();
    let block = text.split("```\n").find(|block| block.starts_with(beginning)).unwrap();
    block.lines().flat_map(|line| line.split('#').next().unwrap().split_whitespace()).collect()
}

#[test]
fn the_example_of_the_specification_is_that_of_the_vectors() {
    let on_file = load("receipt.json");
    let accepted = on_file["accepted"].as_array().unwrap();
    let vector = accepted.iter().find(|vector| vector["name"] == "without-a-checkpoint").unwrap();
    assert_eq!(example("d2 84 "), vector["receipt"].as_str().unwrap());
    let signed = hex::decode(example("84\n")).unwrap();
    let receipt = hex::decode(vector["receipt"].as_str().unwrap()).unwrap();
    let signature = receipt[receipt.len() - 64..].try_into().unwrap();
    assert!(World::new().key.public().verifies(&signed, signature));
}

/// What `coset` reads and verifies is what we wrote and signed.
#[test]
fn coset_reads_and_verifies_a_receipt() {
    let world = World::new();
    let receipt = world.issue(3, &world.checkpoint).with_checkpoint(&world.checkpoint).unwrap();
    let theirs = CoseSign1::from_tagged_slice(&receipt.to_bytes()).unwrap();
    let protected = &theirs.protected.header;
    assert_eq!(
        protected.alg,
        Some(coset::RegisteredLabelWithPrivate::Assigned(coset::iana::Algorithm::Ed25519))
    );
    assert_eq!(protected.key_id, world.key.public().id().as_bytes());
    let claims = vec![
        (Value::from(1), Value::from(ORIGIN)),
        (Value::from(2), Value::from(world.agreement().to_string())),
    ];
    assert_eq!(
        protected.rest,
        [
            (Label::Int(15), Value::Map(claims)),
            (Label::Int(395), Value::from(1)),
            (Label::Int(LABEL_TREE_SIZE), Value::from(5))
        ]
    );
    let labels: Vec<Label> = theirs.unprotected.rest.iter().map(|(label, _)| label.clone()).collect();
    assert_eq!(labels, [396, LABEL_ENTRY, LABEL_CHECKPOINT].map(Label::Int));
    assert_eq!(theirs.payload, None);
    let key = world.key.public();
    let verdict = |root: &[u8]| {
        theirs.verify_detached_signature(root, b"", |signature, message| {
            if key.verifies(message, signature.try_into().unwrap()) { Ok(()) } else { Err(()) }
        })
    };
    assert_eq!(verdict(world.checkpoint.root().as_bytes()), Ok(()));
    assert_eq!(verdict(leaf_hash(b"other").as_bytes()), Err(()));
}

/// What `coset` writes and our key signs is what we write.
#[test]
fn coset_writes_the_same_receipt() {
    let world = World::new();
    let ours = world.issue(3, &world.checkpoint);
    let path = inclusion_proof(&&world.leaves, 3, world.size()).unwrap();
    let path = path.iter().map(|hash| Value::Bytes(hash.to_bytes().to_vec())).collect();
    let mut proof = Vec::new();
    let items = vec![Value::from(world.size()), Value::from(3), Value::Array(path)];
    ciborium::into_writer(&Value::Array(items), &mut proof).unwrap();
    let claims = vec![
        (Value::from(1), Value::from(ORIGIN)),
        (Value::from(2), Value::from(world.agreement().to_string())),
    ];
    let protected = coset::HeaderBuilder::new()
        .algorithm(coset::iana::Algorithm::Ed25519)
        .key_id(world.key.public().id().as_bytes().to_vec())
        .value(15, Value::Map(claims))
        .value(395, Value::from(1))
        .value(LABEL_TREE_SIZE, Value::from(world.size()))
        .build();
    let proofs = Value::Map(vec![(Value::from(-1), Value::Array(vec![Value::Bytes(proof)]))]);
    let unprotected = coset::HeaderBuilder::new()
        .value(396, proofs)
        .value(LABEL_ENTRY, Value::Bytes(world.entry(3).extra()))
        .build();
    let theirs = coset::CoseSign1Builder::new()
        .protected(protected)
        .unprotected(unprotected)
        .create_detached_signature(world.checkpoint.root().as_bytes(), b"", |m| world.key.sign(m).to_vec())
        .build();
    assert_eq!(hex::encode(theirs.to_tagged_vec().unwrap()), hex::encode(ours.to_bytes()));
}

#[test]
fn coset_finds_the_receipts_in_a_statement() {
    let world = World::new();
    let receipt = world.issue(3, &world.checkpoint);
    let transparent = embed(world.statement(3).bytes(), std::slice::from_ref(&receipt)).unwrap();
    let theirs = CoseSign1::from_tagged_slice(&transparent).unwrap();
    let expected = Value::Array(vec![Value::Bytes(receipt.to_bytes())]);
    assert_eq!(theirs.unprotected.rest, [(Label::Int(LABEL_RECEIPTS), expected)]);
    // With its header emptied it is the statement, by their writer too.
    let emptied = CoseSign1 { unprotected: coset::Header::default(), ..theirs };
    assert_eq!(emptied.to_tagged_vec().unwrap(), world.statement(3).bytes());
    assert!(Statement::parse(transparent.as_slice()).is_err(), "a log takes no statement with receipts");
}

#[test]
fn cosignatures_make_a_receipt_final_without_the_log() {
    let world = World::new();
    let policy = Policy::parse(world.policy.as_bytes()).unwrap();
    let receipt = world.issue(1, &world.checkpoint);
    let finality = |receipt: &Receipt| receipt.verify(world.statement(1), &policy).unwrap().finality();
    assert_eq!(finality(&receipt), Finality::Accepted);
    let signature = receipt.to_bytes()[receipt.to_bytes().len() - 64..].to_vec();
    let later = receipt.with_checkpoint(&world.checkpoint).unwrap();
    assert_eq!(finality(&later), Finality::Final);
    assert!(later.to_bytes().ends_with(&signature), "nothing is signed again");
    assert_eq!(Receipt::parse(&later.to_bytes()), Ok(later));
}

#[test]
fn a_receipt_is_issued_only_for_the_tree_that_the_log_has_signed() {
    let world = World::new();
    let path = inclusion_proof(&&world.leaves, 3, 5).unwrap();
    let issue = |key: &SecretKey, checkpoint: &SignedCheckpoint, index, path: &[_]| {
        let entry = world.entry(index);
        let receipt = Receipt::issue(key, world.agreement(), checkpoint, index, path.to_vec(), &entry);
        receipt.map(|_| ()).map_err(|e| e.code)
    };
    let other = SecretKey::from_seed(&[9; 32]).unwrap();
    assert_eq!(issue(&world.key, &world.checkpoint, 3, &path), Ok(()));
    assert_eq!(issue(&other, &world.checkpoint, 3, &path), Err(ReceiptCode::UnknownKey));
    assert_eq!(issue(&world.key, &world.checkpoint, 2, &path), Err(ReceiptCode::NotInTree));
    assert_eq!(issue(&world.key, &world.signed(4), 3, &path), Err(ReceiptCode::NotInTree));
    assert_eq!(issue(&world.key, &world.checkpoint, 3, &[]), Err(ReceiptCode::EmptyPath));
}

#[test]
fn a_receipt_is_held_to_the_key_whose_turn_it_is() {
    let world = World::new();
    let size = world.size();
    let policy = Policy::parse(world.policy.as_bytes()).unwrap();
    let next = truce_tlog::Ed25519NoteSigner::from_seed(world.checkpoint.origin(), &[9; 32]).unwrap();
    let (old, next) = (world.checkpoint.log().to_string(), truce_tlog::NoteSigner::vkey(&next).to_string());
    let receipt = world.issue(1, &world.checkpoint);
    let verify = |old_until: Option<u64>, next_from: u64| {
        let keys =
            KeySchedule::new([(old.as_str(), 0, old_until), (next.as_str(), next_from, None)]).unwrap();
        receipt.verify_by(world.statement(1), &policy, &keys).map(|_| ()).map_err(|e| e.code)
    };
    assert_eq!(verify(Some(size), size + 1), Ok(()), "before the next one");
    assert_eq!(verify(Some(size), size), Ok(()), "while both sign");
    assert_eq!(verify(Some(size - 1), size), Err(ReceiptCode::OutOfTurn), "after its end");
    let strange = KeySchedule::new([(next.as_str(), 0, None)]).unwrap();
    let refused = receipt.verify_by(world.statement(1), &policy, &strange).unwrap_err();
    assert_eq!(refused.code, ReceiptCode::UnknownKey);
    // What is carried must be signed by all whose turn it is.
    let carried = world.issue(1, &world.checkpoint).with_checkpoint(&world.checkpoint).unwrap();
    let both = KeySchedule::new([(old.as_str(), 0, Some(size)), (next.as_str(), size, None)]).unwrap();
    let refused = carried.verify_by(world.statement(1), &policy, &both).unwrap_err();
    assert_eq!(refused.code, ReceiptCode::BadCheckpoint);
}

/// A signer that says it holds one key and signs with another.
struct Confused(SecretKey, SecretKey);

impl truce_receipt::ReceiptSigner for Confused {
    fn public(&self) -> &PublicKey {
        self.0.public()
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], truce_receipt::ReceiptError> {
        Ok(self.1.sign(message))
    }
}

#[test]
fn a_signature_is_checked_before_it_is_handed_out() {
    let world = World::new();
    let key = |seed| SecretKey::from_seed(&seed).unwrap();
    let path = inclusion_proof(&&world.leaves, 3, 5).unwrap();
    let signer = Confused(key(world::LOG_SEED), key([9; 32]));
    let refused =
        Receipt::issue(&signer, world.agreement(), &world.checkpoint, 3, path, &world.entry(3)).unwrap_err();
    assert_eq!(refused.code, ReceiptCode::BadSignature);
}

#[test]
fn a_checkpoint_that_would_make_the_receipt_too_large_is_refused() {
    let world = World::new();
    let mut checkpoint = world.signed(world.size());
    let receipt = world.issue(3, &checkpoint);
    let mut cosigned = 0_u8;
    loop {
        // Names at their longest: fewer than 100 witnesses fill the limit only if the note does.
        let name = format!("w{cosigned}.example/{}", "n".repeat(240));
        let witness = Cosigner::from_seed(&name, &[cosigned.wrapping_add(60); 32]).unwrap();
        if checkpoint.add_cosignature(witness.cosign(&checkpoint, 1).unwrap(), witness.vkey()).is_err() {
            break;
        }
        cosigned += 1;
    }
    assert_eq!(cosigned, 99, "a note has at most 100 lines");
    assert!(receipt.with_checkpoint(&checkpoint).unwrap().to_bytes().len() < MAX_RECEIPT, "all of them fit");
}

#[test]
fn the_limits_of_embedding_hold_at_the_limit() {
    let world = World::new();
    let receipt = world.issue(3, &world.checkpoint);
    let statement = world.statement(3).bytes();
    let full = embed(statement, &vec![receipt.clone(); MAX_RECEIPTS]).unwrap();
    assert_eq!(extract(&full).unwrap().1.len(), MAX_RECEIPTS);
    let over = embed(statement, &vec![receipt.clone(); MAX_RECEIPTS + 1]).unwrap_err();
    assert_eq!(over.code, ReceiptCode::TooManyReceipts);
    assert_eq!(
        embed(&full, &[receipt]).unwrap_err().code,
        ReceiptCode::NotAStatement,
        "it carries receipts already"
    );
    let large = vec![0; truce_receipt::MAX_TRANSPARENT + 1];
    assert_eq!(extract(&large).unwrap_err().code, ReceiptCode::TooLarge);
}

/// Every bit, and every byte as a whole: none may pass.
#[test]
fn no_altered_bit_passes_anywhere() {
    let world = World::new();
    let policy = Policy::parse(world.policy.as_bytes()).unwrap();
    let sound = world.issue(4, &world.checkpoint).to_bytes();
    for at in 0..sound.len() {
        for flip in (0..8).map(|bit| 1 << bit).chain([0xff_u8]) {
            let mut bytes = sound.clone();
            bytes[at] ^= flip;
            if let Ok(altered) = Receipt::parse(&bytes) {
                assert_eq!(altered.to_bytes(), bytes);
                assert!(altered.verify(world.statement(4), &policy).is_err(), "byte {at} ^ {flip}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// In the checkpoint that is carried an altered byte may only cost finality (an unknown key's line), never add any.
    #[test]
    fn no_altered_checkpoint_becomes_final(at in any::<prop::sample::Index>(), flip in 1..=255_u8) {
        let world = World::new();
        let policy = Policy::parse(world.policy.as_bytes()).unwrap();
        let checkpoint = world.signed(world.size());
        let mut bytes = world.issue(3, &checkpoint).with_checkpoint(&checkpoint).unwrap().to_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        let verified = Receipt::parse(&bytes).and_then(|r| r.verify(world.statement(3), &policy));
        prop_assert!(verified.is_err() || verified.unwrap().finality() == Finality::Accepted);
    }

    #[test]
    fn embedding_and_extracting_are_inverse(n in 0..=MAX_RECEIPTS, index in 0..5_u64) {
        let world = World::new();
        let receipts: Vec<_> = (0..n as u64).map(|i| world.issue(i % 5, &world.checkpoint)).collect();
        let statement = world.statement(index).bytes();
        let transparent = embed(statement, &receipts).unwrap();
        prop_assert_eq!(extract(&transparent).unwrap(), (statement.to_vec(), receipts));
    }

    #[test]
    fn whatever_is_extracted_goes_back(at in any::<prop::sample::Index>(), flip in 1..=255_u8) {
        let world = World::new();
        let mut bytes = embed(world.statement(2).bytes(), &[world.issue(2, &world.checkpoint)]).unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        if let Ok((statement, receipts)) = extract(&bytes) {
            prop_assert_eq!(embed(&statement, &receipts).unwrap(), bytes);
        }
    }

    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Receipt::parse(&bytes);
        let _ = truce_receipt::ConsistencyReceipt::parse(&bytes);
        let _ = extract(&bytes);
    }
}
