//! Laws of statements and entries: what is printed is read back, what is altered is refused.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use proptest::prelude::*;
use truce_statement::body::dialogue::Document;
use truce_statement::{
    AgreementId, Body, Draft, Entry, EntryHash, Kind, PartyId, PublicKey, Reference, Relation, RootHash,
    Saying, SecretKey, Seen, Signed, Standing, Statement, StatementId, Subject, schema,
};

fn vectors() -> Vec<(String, PublicKey, Vec<u8>)> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/vectors/statement.json");
    let file: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let vectors = file["accepted"].as_array().unwrap().iter().map(|v| {
        let text = |field: &str| v[field].as_str().unwrap().to_owned();
        (text("name"), text("key").parse().unwrap(), hex::decode(text("statement")).unwrap())
    });
    vectors.collect()
}

fn admissible(bytes: Vec<u8>, key: &PublicKey) -> bool {
    Statement::parse(bytes).and_then(|statement| statement.verify(key)).is_ok()
}

/// Every byte counts: of each kind of statement, each byte altered in turn makes it refused.
#[test]
fn no_byte_can_be_altered() {
    for (name, key, bytes) in vectors().into_iter().filter(|(_, _, bytes)| bytes.len() < 2000) {
        for at in 0..bytes.len() {
            let mut altered = bytes.clone();
            altered[at] ^= 1 << (at % 8);
            assert!(!admissible(altered, &key), "{name}: byte {at}");
        }
    }
}

#[test]
fn no_statement_can_be_cut_or_lengthened() {
    for (name, key, bytes) in vectors().into_iter().filter(|(_, _, bytes)| bytes.len() < 2000) {
        for end in 0..bytes.len() {
            assert!(!admissible(bytes[..end].to_vec(), &key), "{name}: cut after {end}");
        }
        assert!(!admissible([bytes.as_slice(), &[0]].concat(), &key), "{name}: longer by one byte");
    }
}

#[test]
fn fields_of_every_kind_are_declared_in_canonical_order() {
    let secret = SecretKey::from_seed(&[1; 32]).unwrap();
    for kind in Kind::ALL {
        let draft = Draft::from_json(schema::template(*kind)).unwrap();
        let subject = match kind {
            Kind::Charter => Subject::Origin("example.org/log".into()),
            _ => Subject::Agreement(AgreementId::ZERO),
        };
        let standing = standing(subject, 0, StatementId::ZERO, None, 0);
        let signed = Signed::seal(&secret, standing, draft.clone().into_saying())
            .unwrap_or_else(|e| panic!("{kind}: {e}"));
        assert_eq!(*signed.body(), draft.body, "{kind}");
    }
}

/// Whatever stands in a signature, the verdict is that of `verify_strict`.
mod strict {
    use super::{PublicKey, SecretKey};
    use curve25519_dalek::constants::EIGHT_TORSION;
    use curve25519_dalek::{EdwardsPoint, Scalar};
    use ed25519_dalek::{Signature, SigningKey, Verifier as _, VerifyingKey};
    use proptest::prelude::*;
    use sha2::{Digest, Sha512};

    /// Checks often enough for the key's table to be made, and holds the verdicts before and after against each other.
    fn verdicts(key: &PublicKey, message: &[u8], signature: &[u8; 64]) -> (bool, bool) {
        let strict = VerifyingKey::from_bytes(key.as_bytes()).unwrap();
        let sound = strict.verify_strict(message, &Signature::from_bytes(signature)).is_ok();
        let key = PublicKey::from_bytes(key.as_bytes()).unwrap();
        let ours = key.verifies(message, signature);
        for _ in 0..40 {
            assert_eq!(key.verifies(message, signature), ours);
        }
        (ours, sound)
    }

    /// S and S + L are the same scalar: RFC 8032 has only the lesser.
    #[test]
    fn a_scalar_that_is_not_reduced_is_refused() {
        let secret = SecretKey::from_seed(&[7; 32]).unwrap();
        let mut signature = secret.sign(b"text");
        let order = (-Scalar::ONE).to_bytes();
        let mut carry = 1_u16;
        for (byte, l) in signature[32..].iter_mut().zip(order) {
            let sum = u16::from(*byte) + u16::from(l) + carry;
            (*byte, carry) = (sum.to_le_bytes()[0], sum >> 8);
        }
        assert_eq!(verdicts(secret.public(), b"text", &signature), (false, false));
    }

    /// With R the neutral element and S = k a the equation holds: lax verification accepts it, strict does not.
    #[test]
    fn a_signature_whose_r_is_of_small_order_is_refused() {
        let seed = [5; 32];
        let secret = SigningKey::from_bytes(&seed).to_scalar();
        let key = SecretKey::from_seed(&seed).unwrap().public().clone();
        for point in EIGHT_TORSION {
            let r = point.compress().to_bytes();
            let hash = Sha512::new().chain_update(r).chain_update(key.as_bytes()).chain_update(b"text");
            let k = Scalar::from_bytes_mod_order_wide(&hash.finalize().into());
            let signature = [r, (k * secret).to_bytes()].concat().try_into().unwrap();
            let lax = VerifyingKey::from_bytes(key.as_bytes()).unwrap();
            let accepted = lax.verify(b"text", &Signature::from_bytes(&signature)).is_ok();
            assert_eq!(accepted, point == EdwardsPoint::default());
            assert_eq!(verdicts(&key, b"text", &signature), (false, false));
        }
    }

    proptest! {
        #[test]
        fn the_verdict_is_that_of_verify_strict(
            seed: [u8; 32], message in proptest::collection::vec(any::<u8>(), 0..200), at in 0_usize..64, flip: u8,
        ) {
            let secret = SecretKey::from_seed(&seed).unwrap();
            let mut signature = secret.sign(&message);
            prop_assert_eq!(verdicts(secret.public(), &message, &signature), (true, true));
            signature[at] ^= flip;
            let (ours, strict) = verdicts(secret.public(), &message, &signature);
            prop_assert_eq!(ours, strict);
            prop_assert_eq!(ours, flip == 0);
        }
    }
}

fn standing(subject: Subject, seq: u64, prev: StatementId, seen: Option<Seen>, iat: u64) -> Standing {
    Standing { party: "mission".parse().unwrap(), subject, seq, prev, seen, iat }
}

fn document(title: &str, text: &str) -> Body {
    let body = serde_json::json!({ "class": "minutes", "title": title, "language": "en", "text": text });
    serde_json::from_value::<Document>(body).unwrap().into()
}

fn hash() -> impl Strategy<Value = [u8; 32]> {
    any::<[u8; 32]>()
}

/// Text as people write it, with what encoders get wrong: quotes, newlines, astral characters, combining marks.
fn text() -> impl Strategy<Value = String> {
    "[a-zA-ZА-яіїє0-9 \n\t\"\\\\{}<>\u{301}\u{1f54a}]{1,200}"
        .prop_filter("not blank", |t| !t.trim().is_empty())
}

fn refs() -> impl Strategy<Value = Vec<Reference>> {
    let reference = (prop::sample::select(Relation::ALL), hash());
    prop::collection::vec(
        reference.prop_map(|(relation, id)| Reference(relation, StatementId::from_bytes(id))),
        0..=64,
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_signed_is_read_back(
        seed in hash(), title in text(), body in text(), refs in refs(), iat in any::<u64>(),
        seq in prop_oneof![Just(0), 1..u64::MAX], prev in hash(), agreement in hash(), seen in any::<Option<(u64, [u8; 32])>>(),
    ) {
        let secret = SecretKey::from_seed(&seed).unwrap();
        let prev = if seq == 0 { StatementId::ZERO } else { StatementId::from_bytes(prev) };
        let seen = seen.map(|(size, root)| Seen(size, RootHash::from_bytes(root)));
        let agreement = AgreementId::from_bytes(agreement);
        let standing = standing(Subject::Agreement(agreement), seq, prev, seen, iat);
        let title: String = title.chars().take(60).collect();
        prop_assume!(!title.trim().is_empty());
        let saying = Saying { refs: refs.clone(), body: document(&title, &body) };
        let signed = Signed::seal(&secret, standing, saying.clone()).unwrap();
        let read = Statement::parse(signed.bytes().to_vec()).unwrap().verify(secret.public()).unwrap();
        prop_assert_eq!(read.id(), signed.id());
        prop_assert_eq!(read.body(), &saying.body);
        prop_assert_eq!(read.refs(), &refs);
        prop_assert_eq!((read.seq(), read.prev(), read.seen()), (seq, prev, seen));
        prop_assert_eq!((read.agreement(), read.header().iat), (agreement, iat));
    }

    #[test]
    fn an_altered_statement_is_refused(
        which in any::<prop::sample::Index>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 1..4),
    ) {
        let vectors = vectors();
        let (name, key, bytes) = &vectors[which.index(vectors.len())];
        let mut altered = bytes.clone();
        for (at, byte, edit) in edits {
            let at = at.index(altered.len());
            match edit {
                0 => altered[at] = byte,
                1 => altered.insert(at, byte),
                _ => drop(altered.remove(at)),
            }
        }
        prop_assume!(altered != *bytes);
        prop_assert!(!admissible(altered, key), "{}", name);
    }

    #[test]
    fn entries_come_back(prev in hash(), received in any::<i64>(), statement in prop::collection::vec(any::<u8>(), 0..300)) {
        let entry = Entry { prev: EntryHash::from_bytes(prev), received, statement: &statement };
        let bytes = entry.encode();
        prop_assert_eq!(Entry::parse(&bytes).unwrap(), entry);
        prop_assert_eq!(Entry::from_extra(&entry.extra(), &statement).unwrap(), entry);
    }

    #[test]
    fn names_come_back(bytes in hash(), party in "[a-z][a-z0-9-]{1,31}") {
        prop_assert_eq!(StatementId::from_bytes(bytes).to_string().parse(), Ok(StatementId::from_bytes(bytes)));
        prop_assert_eq!(party.parse::<PartyId>().unwrap().to_string(), party);
    }

    #[test]
    fn any_text_for_a_party_is_taken_as_written_or_not_at_all(text in "\\PC{0,40}") {
        if let Ok(party) = text.parse::<PartyId>() {
            prop_assert_eq!(party.as_str(), text);
        }
    }
}
