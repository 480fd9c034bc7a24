//! Successions: what they bring about, and what nobody without the parties and the next key can make of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use truce_statement::entry::entry_hash;
use truce_statement::{
    Draft, Entry, EntryHash, Reference, Relation, SecretKey, Signed, Standing, Statement, StatementId,
    Subject,
};
use truce_succession::{Quorum, Succession, SuccessionError, Terms};
use truce_tlog::{
    Checkpoint, CompactRange, Ed25519NoteSigner, Hash, HashSource, NoteSigner, ProofFile, SignedCheckpoint,
    inclusion_proof, leaf_hash, node_hash,
};

const ORIGIN: &str = "example.org/log";
const OVERLAP: u64 = 3;

fn secret(seed: u8) -> SecretKey {
    SecretKey::from_seed(&[seed; 32]).unwrap()
}

fn signer(seed: u8) -> Ed25519NoteSigner {
    Ed25519NoteSigner::from_seed(ORIGIN, &[seed; 32]).unwrap()
}

const OLD: u8 = 101;
const NEXT: u8 = 102;
const THIRD: u8 = 103;

/// A tree by its leaves: RFC 6962, section 2.1.
struct Leaves(Vec<Hash>);

impl HashSource for Leaves {
    type Error = ();

    fn node(&self, level: u8, index: u64) -> Result<Hash, ()> {
        if level == 0 {
            return self.0.get(usize::try_from(index).unwrap()).copied().ok_or(());
        }
        Ok(node_hash(&self.node(level - 1, 2 * index)?, &self.node(level - 1, 2 * index + 1)?))
    }
}

/// A log of two parties, whose root keys are of seeds 1 and 2; nothing is admitted, only laid out.
struct Log {
    entries: Vec<Vec<u8>>,
    statements: Vec<Signed>,
    feeds: [(u64, StatementId); 3],
}

impl Log {
    fn new() -> Self {
        let mut log =
            Self { entries: Vec::new(), statements: Vec::new(), feeds: [(0, StatementId::ZERO); 3] };
        let charter = format!(
            r#"{{ "kind": "charter", "body": {{ "title": "Test", "log": "{}", "parties": [
                {{ "id": "p1", "name": "One", "role": "state", "root": "{}" }},
                {{ "id": "p2", "name": "Two", "role": "state", "root": "{}" }} ] }} }}"#,
            signer(OLD).vkey(),
            secret(1).public(),
            secret(2).public()
        );
        log.say(1, "p1", &charter, vec![]);
        log
    }

    fn charter(&self) -> Statement {
        Statement::parse(self.statements[0].bytes()).unwrap()
    }

    /// The statement of the key of this seed, in the name of a party.
    fn say(&mut self, seed: u8, party: &str, draft: &str, refs: Vec<Reference>) -> StatementId {
        let subject = match self.statements.first() {
            Some(charter) => Subject::Agreement(charter.id().into()),
            None => Subject::Origin(ORIGIN.into()),
        };
        let (seq, prev) = self.feeds[usize::from(seed) - 1];
        let party = party.parse().unwrap();
        let standing = Standing { party, subject, seq, prev, seen: None, iat: 1_700_000_000 };
        let mut saying = Draft::from_json(draft).unwrap().into_saying();
        saying.refs = refs;
        let signed = Signed::seal(&secret(seed), standing, saying).unwrap();
        self.feeds[usize::from(seed) - 1] = (seq + 1, signed.id());
        let prev = self.entries.last().map_or(EntryHash::from_bytes([0; 32]), |entry| entry_hash(entry));
        self.entries.push(Entry { prev, received: 1_700_000_000_000, statement: signed.bytes() }.encode());
        let id = signed.id();
        self.statements.push(signed);
        id
    }

    fn propose(&mut self, seed: u8, party: &str, next: u8) -> StatementId {
        let body = format!(
            r#"{{ "title": "Change", "log": {{ "next": "{}", "overlap": {OVERLAP} }}, "witnesses": "quorum none\n" }}"#,
            signer(next).vkey()
        );
        self.say(seed, party, &format!(r#"{{ "kind": "amendment", "body": {body} }}"#), vec![])
    }

    fn assent(&mut self, seed: u8, party: &str, amendment: StatementId) {
        let refs = vec![Reference(Relation::Supports, amendment)];
        self.say(seed, party, r#"{ "kind": "endorsement", "body": {} }"#, refs);
    }

    fn fill(&mut self, upto: usize) {
        while self.entries.len() < upto {
            self.say(1, "p1", r#"{ "kind": "accession", "body": {} }"#, vec![]);
        }
    }

    fn checkpoint(&self, size: usize, signers: &[u8]) -> SignedCheckpoint {
        let mut range = CompactRange::new();
        self.entries[..size].iter().for_each(|entry| range.push(leaf_hash(entry)));
        let signers: Vec<Ed25519NoteSigner> = signers.iter().map(|seed| signer(*seed)).collect();
        let signers: Vec<&dyn NoteSigner> = signers.iter().map(|signer| signer as &dyn NoteSigner).collect();
        let body = Checkpoint::new(ORIGIN, range.size(), range.root()).unwrap();
        SignedCheckpoint::sign_with_all(body, &signers).unwrap()
    }

    fn step(&self, position: usize, size: usize, signers: &[u8]) -> (Vec<u8>, ProofFile) {
        let leaves = Leaves(self.entries[..size].iter().map(|entry| leaf_hash(entry)).collect());
        let path = inclusion_proof(&leaves, position as u64, size as u64).unwrap();
        let entry = Entry::parse(&self.entries[position]).unwrap();
        let note = self.checkpoint(size, signers).note().clone();
        let proof = ProofFile::new(Some(entry.extra()), position as u64, path, note).unwrap();
        (entry.statement.to_vec(), proof)
    }
}

/// Position 2 proposes, 3 brings into force: up to 3 entries the old key, 4 to 6 both, then the next.
fn rotated() -> Log {
    let mut log = Log::new();
    log.fill(2);
    let amendment = log.propose(1, "p1", NEXT);
    log.assent(2, "p2", amendment);
    log.fill(12);
    log
}

fn sound(log: &Log) -> Succession {
    Succession::new(vec![log.step(2, 12, &[NEXT]), log.step(3, 12, &[NEXT])])
}

fn refused(log: &Log, steps: Vec<(Vec<u8>, ProofFile)>) -> SuccessionError {
    Succession::new(steps).verify(&log.charter()).unwrap_err()
}

#[test]
fn the_parties_assent_and_the_next_keys_signature_bring_it_in() {
    let log = rotated();
    let written = sound(&log).to_string();
    let read = Succession::parse(written.as_bytes()).unwrap();
    assert_eq!(read, sound(&log));
    let terms = read.verify(&log.charter()).unwrap();
    let of = |size: u64| terms.keys().at(size).iter().map(ToString::to_string).collect::<Vec<_>>();
    let (old, next) = (signer(OLD).vkey().to_string(), signer(NEXT).vkey().to_string());
    assert_eq!(of(3), std::slice::from_ref(&old));
    assert_eq!(of(4), [next.clone(), old.clone()]);
    assert_eq!(of(6), [next.clone(), old]);
    assert_eq!(of(7), [next]);
    assert!(matches!(terms.quorum_at(3), Quorum::Unnamed));
    assert!(matches!(terms.quorum_at(4), Quorum::Policy(_)));
    assert!(terms.keys().follows(Terms::of_charter(&log.charter()).unwrap().keys()));
}

#[test]
fn proofs_under_checkpoints_of_the_overlap_take_both_signatures() {
    let log = rotated();
    let at = |signers: &[u8]| {
        Succession::new(vec![log.step(2, 5, signers), log.step(3, 5, signers)]).verify(&log.charter())
    };
    assert!(at(&[NEXT, OLD]).is_ok());
    assert_eq!(at(&[OLD]).unwrap_err().code(), "log-signature-missing");
    assert_eq!(at(&[NEXT]).unwrap_err().code(), "log-signature-missing");
}

#[test]
fn the_thief_of_the_old_key_can_put_off_nothing() {
    // The same statements laid out anew, much later, in a log that only the old key signs.
    let mut log = Log::new();
    log.fill(40);
    let amendment = log.propose(1, "p1", NEXT);
    log.assent(2, "p2", amendment);
    log.fill(50);
    let error = refused(&log, vec![log.step(40, 50, &[OLD]), log.step(41, 50, &[OLD])]);
    assert_eq!(error.code(), "log-key-ended");
    let error = refused(&log, vec![log.step(40, 43, &[OLD]), log.step(41, 43, &[OLD])]);
    assert_eq!(error.code(), "log-signature-missing");
    // And what was known of the end is not taken back.
    let known = sound(&rotated()).verify(&rotated().charter()).unwrap();
    let later = Succession::new(vec![log.step(40, 50, &[NEXT]), log.step(41, 50, &[NEXT])]);
    assert!(!later.verify(&log.charter()).unwrap().keys().follows(known.keys()));
}

#[test]
fn what_the_parties_have_not_signed_changes_nothing() {
    let log = rotated();
    // One assent is no force: the charter's key signs on.
    let alone = Succession::new(vec![log.step(2, 12, &[OLD])]).verify(&log.charter()).unwrap();
    assert_eq!(alone.keys(), Terms::of_charter(&log.charter()).unwrap().keys());
    assert_eq!(refused(&log, vec![log.step(2, 12, &[NEXT])]).code(), "bad-checkpoint");
    // A stranger's key, another party's name, a statement of another kind, the wrong order, twice.
    let mut forged = Log::new();
    forged.fill(2);
    let amendment = forged.propose(3, "p1", THIRD);
    forged.assent(3, "p2", amendment);
    forged.assent(2, "p2", amendment);
    forged.fill(12);
    for position in [2, 3, 4, 1] {
        let error = refused(&forged, vec![forged.step(position, 12, &[THIRD])]);
        assert_eq!(error.code(), "idle-succession", "{position}");
    }
    let (first, second) = (log.step(2, 12, &[NEXT]), log.step(3, 12, &[NEXT]));
    for steps in [vec![second.clone(), first.clone()], vec![first.clone(), first.clone()], vec![second]] {
        assert_eq!(refused(&log, steps).code(), "idle-succession");
    }
    // Of another agreement, by the same keys.
    let mut other = Log::new();
    other.say(1, "p1", r#"{ "kind": "accession", "body": {} }"#, vec![]);
    let charter = format!(
        r#"{{ "kind": "charter", "body": {{ "title": "Other", "log": "{}", "parties": [
            {{ "id": "p1", "name": "One", "role": "state", "root": "{}" }},
            {{ "id": "p2", "name": "Two", "role": "state", "root": "{}" }} ] }} }}"#,
        signer(OLD).vkey(),
        secret(1).public(),
        secret(2).public()
    );
    let mut founded = Log { entries: Vec::new(), statements: Vec::new(), feeds: [(0, StatementId::ZERO); 3] };
    founded.say(1, "p1", &charter, vec![]);
    let error = sound(&log).verify(&founded.charter()).unwrap_err();
    assert_eq!(error.code(), "idle-succession");
    let error = sound(&log).verify(&Statement::parse(other.statements[1].bytes()).unwrap()).unwrap_err();
    assert_eq!(error.code(), "not-a-charter");
}

#[test]
fn a_path_that_does_not_lead_to_the_tree_proves_no_place() {
    let log = rotated();
    let (bytes, proof) = log.step(3, 12, &[NEXT]);
    let extra = proof.extra().map(<[u8]>::to_vec);
    let moved = ProofFile::new(extra, 5, proof.path().to_vec(), proof.checkpoint().clone()).unwrap();
    let error = refused(&log, vec![log.step(2, 12, &[NEXT]), (bytes, moved)]);
    assert_eq!(error.code(), "bad-proof");
}

#[test]
fn a_file_has_one_form() {
    let log = rotated();
    let text = sound(&log).to_string();
    for flawed in [
        text.trim_end().to_owned(),
        format!("{text}\n"),
        text.replace("truce/succession@v1", "truce/succession@v2"),
        text.replace(' ', "  "),
        text.replace('\n', "\r\n"),
        text.replacen('=', "", 1),
        String::new(),
    ] {
        if flawed != text {
            let error = Succession::parse(flawed.as_bytes()).unwrap_err();
            assert_eq!(error.code(), "malformed-succession");
        }
    }
}
