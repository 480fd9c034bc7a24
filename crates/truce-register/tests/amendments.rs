//! Amendments in the fold: who may propose and assent, from which position they are in force, and which key of the log
//! signs over which size.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use truce_register::{AmendmentStatus, Misfit, Recall, Register};
use truce_statement::entry::entry_hash;
use truce_statement::{
    AgreementId, Code, Draft, Entry, KeyId, PublicKey, Reference, Relation, RootHash, Saying, SecretKey,
    Signed, Standing, Statement, StatementId, Subject,
};

const PARTIES: [&str; 3] = ["mission", "north", "south"];
const ORIGIN: &str = "example.org/log";
/// vkeys of this origin over the public keys of seeds 100, 101 and 102.
const LATER_KEYS: usize = 3;

#[derive(Default)]
struct Memory(BTreeMap<Vec<u8>, Vec<u8>>);

impl Recall for Memory {
    type Error = Infallible;

    fn fact(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self.0.get(key).cloned())
    }

    fn root_at(&self, _: u64) -> Result<Option<RootHash>, Infallible> {
        Ok(None)
    }
}

struct Log {
    register: Register,
    memory: Memory,
    feeds: BTreeMap<KeyId, (u64, StatementId)>,
}

fn secret(seed: u8) -> SecretKey {
    SecretKey::from_seed(&[seed; 32]).unwrap()
}

fn root(party: usize) -> SecretKey {
    secret(u8::try_from(party).unwrap() + 1)
}

/// Independent of the crate's own reading of vkeys.
fn vkey(origin: &str, key: &PublicKey) -> String {
    use sha2::{Digest, Sha256};
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let typed = [&[1], key.as_bytes().as_slice()].concat();
    let id = Sha256::new().chain_update(origin).chain_update(b"\n").chain_update(&typed).finalize();
    let text: String = typed
        .chunks(3)
        .flat_map(|c| {
            let n = u32::from(c[0]) << 16 | u32::from(c[1]) << 8 | u32::from(c[2]);
            [18, 12, 6, 0].map(|shift| char::from(DIGITS[(n >> shift & 63) as usize]))
        })
        .collect();
    format!("{origin}+{:08x}+{text}", u32::from_be_bytes(id[..4].try_into().unwrap()))
}

fn later(n: usize) -> String {
    vkey(ORIGIN, secret(100 + u8::try_from(n).unwrap()).public())
}

fn saying(json: &str, refs: Vec<Reference>) -> Saying {
    let mut saying = Draft::from_json(json).unwrap_or_else(|e| panic!("{e}: {json}")).into_saying();
    saying.refs = refs;
    saying
}

impl Log {
    /// A log of three parties, all of them acceded: four entries. `terms` stands in the charter.
    fn new(terms: &str) -> Self {
        let mut log = Self::founded(terms);
        for party in 0..PARTIES.len() {
            log.say(party, r#"{ "kind": "accession", "body": {} }"#, vec![]).unwrap();
        }
        log
    }

    fn founded(terms: &str) -> Self {
        let parties: Vec<String> = (0..PARTIES.len())
            .map(|i| {
                let (id, key) = (PARTIES[i], root(i));
                format!(r#"{{ "id": "{id}", "name": "{id}", "role": "state", "root": "{}" }}"#, key.public())
            })
            .collect();
        let charter = format!(
            r#"{{ "kind": "charter", "body": {{ {terms} "title": "Test", "log": "{}", "parties": [{}] }} }}"#,
            vkey(ORIGIN, secret(99).public()),
            parties.join(", ")
        );
        let mut log = Self { register: Register::new(), memory: Memory::default(), feeds: BTreeMap::new() };
        log.say(0, &charter, vec![]).unwrap();
        log
    }

    fn say(&mut self, party: usize, json: &str, refs: Vec<Reference>) -> Result<StatementId, Code> {
        let key = root(party);
        let (seq, prev) = self.feeds.get(&key.public().id()).copied().unwrap_or((0, StatementId::ZERO));
        let subject = self.register.agreement().map_or(Subject::Origin(ORIGIN.into()), Subject::Agreement);
        let party = PARTIES[party].parse().unwrap();
        let standing = Standing { party, subject, seq, prev, seen: None, iat: 1_700_000_000 };
        let signed = Signed::seal(&key, standing, saying(json, refs)).unwrap();
        let received = 1_700_000_000_000 + i64::try_from(self.register.size()).unwrap();
        let entry = Entry { prev: self.register.head(), received, statement: signed.bytes() }.encode();
        let before = self.register.encode();
        let parsed = Statement::parse(Entry::parse(&entry).unwrap().statement).unwrap();
        let signed = parsed.verify_named(&self.register.key_of(signed.statement()).unwrap().clone()).unwrap();
        match self.register.step(&signed, received, &self.memory) {
            Ok(step) => {
                self.register.apply(&step, entry_hash(&entry));
                self.memory.0.extend(step.facts().iter().map(|f| (f.key.clone(), f.value.clone())));
                self.feeds.insert(key.public().id(), (seq + 1, signed.id()));
                assert_eq!(self.register.head(), entry_hash(&entry));
                let bytes = self.register.encode();
                assert_eq!(Register::decode(&bytes).unwrap(), self.register);
                Ok(signed.id())
            }
            Err(Misfit::Refused(refusal)) => {
                assert_eq!(self.register.encode(), before, "what is refused changes nothing");
                Err(refusal.code)
            }
            Err(other) => panic!("{other}"),
        }
    }

    /// An entry that has nothing to do with amendments.
    fn fill(&mut self) {
        let n = u8::try_from(self.register.size()).unwrap();
        let grant = format!(
            r#"{{ "kind": "key-grant", "body": {{ "key": "{}" }} }}"#,
            SecretKey::from_seed(&[n; 32].map(|b| b ^ 0xA5)).unwrap().public()
        );
        self.say(0, &grant, vec![]).unwrap();
    }

    fn propose(&mut self, party: usize, body: &str) -> Result<StatementId, Code> {
        self.say(
            party,
            &format!(r#"{{ "kind": "amendment", "body": {{ {body} "title": "Change" }} }}"#),
            vec![],
        )
    }

    fn propose_key(&mut self, party: usize, n: usize, overlap: u64) -> Result<StatementId, Code> {
        self.propose(party, &format!(r#""log": {{ "next": "{}", "overlap": {overlap} }},"#, later(n)))
    }

    fn endorse(&mut self, party: usize, amendment: StatementId) -> Result<StatementId, Code> {
        let refs = vec![Reference(Relation::Supports, amendment)];
        self.say(party, r#"{ "kind": "endorsement", "body": {} }"#, refs)
    }

    fn signers(&self, size: u64) -> Vec<&str> {
        self.register.log_keys_at(size).map(|key| key.vkey.as_str()).collect()
    }

    fn status(&self, id: StatementId) -> AmendmentStatus {
        self.register.amendment_status(&id)
    }
}

#[test]
fn the_last_assent_brings_the_next_key_into_force_and_both_sign_for_the_overlap() {
    let mut log = Log::new("");
    let (old, next) = (vkey(ORIGIN, secret(99).public()), later(0));
    let amendment = log.propose_key(1, 0, 2).unwrap();
    assert_eq!(log.register.assents_needed(), 3);
    log.endorse(2, amendment).unwrap();
    assert_eq!(log.status(amendment), AmendmentStatus::Proposed);
    assert_eq!(log.signers(log.register.size()), [&old]);
    let before = log.register.size();
    log.endorse(0, amendment).unwrap();
    assert_eq!(log.status(amendment), AmendmentStatus::InForce(before));
    for size in 0..=before {
        assert_eq!(log.signers(size), [&old], "{size}");
    }
    assert_eq!(log.signers(before + 1), [&old, &next]);
    assert_eq!(log.signers(before + 2), [&old, &next]);
    assert_eq!(log.signers(before + 3), [&next]);
    assert_eq!(log.signers(u64::MAX), [&next]);
    assert_eq!(log.register.proposals(), []);
}

#[test]
fn without_an_overlap_the_next_key_signs_alone() {
    let mut log = Log::new(r#""amended_by": 1,"#);
    log.propose_key(2, 0, 0).unwrap();
    assert_eq!(log.signers(4), [vkey(ORIGIN, secret(99).public())]);
    assert_eq!(log.signers(5), [later(0)]);
}

#[test]
fn an_amendment_that_one_party_does_not_sign_never_comes_into_force() {
    let mut log = Log::new("");
    let amendment = log.propose_key(0, 0, 1).unwrap();
    log.endorse(1, amendment).unwrap();
    for _ in 0..20 {
        log.fill();
    }
    assert_eq!(log.status(amendment), AmendmentStatus::Proposed);
    assert_eq!(log.register.log_keys().len(), 1);
    // Assent is given once, and by whoever proposes with the proposal.
    assert_eq!(log.endorse(1, amendment), Err(Code::BadReference));
    assert_eq!(log.endorse(0, amendment), Err(Code::BadReference));
}

#[test]
fn all_parties_of_the_charter_count_not_those_that_have_acceded() {
    let mut log = Log::founded("");
    log.say(0, r#"{ "kind": "accession", "body": {} }"#, vec![]).unwrap();
    let amendment = log.propose_key(0, 0, 1).unwrap();
    assert_eq!(log.status(amendment), AmendmentStatus::Proposed);
    assert_eq!(log.endorse(1, amendment), Err(Code::NotAuthorised), "south has not acceded");
    for party in 1..PARTIES.len() {
        log.say(party, r#"{ "kind": "accession", "body": {} }"#, vec![]).unwrap();
        log.endorse(party, amendment).unwrap();
    }
    assert!(matches!(log.status(amendment), AmendmentStatus::InForce(_)));
}

#[test]
fn of_two_amendments_the_first_to_be_complete_is_in_force_and_the_other_lapses() {
    let mut log = Log::new(r#""amended_by": 2,"#);
    let one = log.propose_key(0, 0, 5).unwrap();
    let other = log.propose_key(1, 1, 5).unwrap();
    log.endorse(2, other).unwrap();
    assert!(matches!(log.status(other), AmendmentStatus::InForce(6)));
    assert_eq!(log.status(one), AmendmentStatus::Lapsed);
    assert_eq!(log.endorse(1, one), Err(Code::BadReference));
    assert_eq!(log.endorse(0, other), Err(Code::BadReference), "in force already");
    assert_eq!(log.register.log_vkey(), Some(later(1).as_str()));
    // Sizes 7 to 11 are of both keys; a third key has to wait for entry 11.
    while log.register.size() < 11 {
        assert_eq!(log.propose_key(0, 2, 1), Err(Code::InvalidBody));
        log.fill();
    }
    log.propose_key(0, 2, 1).unwrap();
}

#[test]
fn a_second_amendment_of_a_party_withdraws_its_first() {
    let mut log = Log::new(r#""amended_by": 2,"#);
    let first = log.propose_key(0, 0, 1).unwrap();
    let second = log.propose(0, r#""witnesses": "quorum none\n","#).unwrap();
    assert_eq!(log.status(first), AmendmentStatus::Lapsed);
    assert_eq!(log.endorse(1, first), Err(Code::BadReference));
    log.endorse(1, second).unwrap();
    assert_eq!(log.register.log_keys().len(), 1);
    let from = log.register.size();
    assert_eq!(log.register.policy_at(from).unwrap().text, "quorum none\n");
    assert_eq!(log.register.policy_at(from - 1), None);
}

#[test]
fn witnesses_of_the_charter_hold_until_others_are_in_force() {
    let mut log = Log::new(r#""amended_by": 1, "witnesses": "quorum none\n","#);
    log.propose(1, r#""witnesses": "witness w x\nquorum w\n","#).unwrap();
    assert_eq!(log.register.policy_at(4).unwrap().text, "quorum none\n");
    assert_eq!(log.register.policy_at(5).unwrap().text, "witness w x\nquorum w\n");
    assert_eq!(log.register.policies().len(), 2);
}

#[test]
fn a_next_key_of_another_name_or_used_before_is_refused() {
    let mut log = Log::new(r#""amended_by": 1,"#);
    let propose = |log: &mut Log, next: String| {
        log.propose(0, &format!(r#""log": {{ "next": "{next}", "overlap": 0 }},"#))
    };
    let other = vkey("example.org/other", secret(100).public());
    assert_eq!(propose(&mut log, other), Err(Code::InvalidBody));
    let first = vkey(ORIGIN, secret(99).public());
    assert_eq!(propose(&mut log, first.clone()), Err(Code::InvalidBody));
    propose(&mut log, later(0)).unwrap();
    assert_eq!(propose(&mut log, first), Err(Code::InvalidBody), "a key does not come back");
}

#[test]
fn an_endorsement_names_one_amendment_and_an_amendment_names_nothing() {
    let mut log = Log::new("");
    let accession = log.feeds[&root(1).public().id()].1;
    let amendment = log.propose_key(0, 0, 1).unwrap();
    let endorsement = r#"{ "kind": "endorsement", "body": {} }"#;
    let supports = |id| Reference(Relation::Supports, id);
    for refs in [
        vec![],
        vec![supports(accession)],
        vec![Reference(Relation::About, amendment)],
        vec![supports(amendment), supports(amendment)],
    ] {
        assert_eq!(log.say(1, endorsement, refs.clone()), Err(Code::BadReference), "{refs:?}");
    }
    let unknown = vec![supports(AgreementId::from_bytes([7; 32]).to_string().parse().unwrap())];
    assert_eq!(log.say(1, endorsement, unknown), Err(Code::UnknownReference));
    let amends = r#"{ "kind": "amendment", "body": { "title": "Change", "witnesses": "quorum none\n" } }"#;
    assert_eq!(log.say(1, amends, vec![supports(amendment)]), Err(Code::BadReference));
}

/// One thing that somebody does.
#[derive(Clone, Debug)]
enum Act {
    ProposeKey { party: usize, key: usize, overlap: u64 },
    ProposeWitnesses { party: usize, text: u8 },
    Endorse { party: usize, nth: usize },
    Fill,
}

fn act() -> impl Strategy<Value = Act> {
    let party = 0..PARTIES.len();
    prop_oneof![
        2 => (party.clone(), 0..LATER_KEYS, 0..6_u64)
            .prop_map(|(party, key, overlap)| Act::ProposeKey { party, key, overlap }),
        1 => (party.clone(), any::<u8>()).prop_map(|(party, text)| Act::ProposeWitnesses { party, text }),
        6 => (party, 0..4_usize).prop_map(|(party, nth)| Act::Endorse { party, nth }),
        2 => Just(Act::Fill),
    ]
}

/// What a reader with the whole list before him would say; no state is kept but what was admitted, and when.
#[derive(Default)]
struct Naive {
    /// Position, party and act of each amendment, with those that assented and where it came into force.
    amendments: Vec<Amended>,
}

struct Amended {
    id: StatementId,
    position: u64,
    party: usize,
    key: Option<(String, u64)>,
    assents: BTreeSet<usize>,
    force: Option<u64>,
}

impl Naive {
    fn open(&self, at: usize) -> bool {
        let amended = &self.amendments[at];
        let later = self.amendments[at + 1..].iter().any(|a| a.party == amended.party);
        let overtaken = self.amendments.iter().filter_map(|a| a.force).any(|p| p >= amended.position);
        !later && !overtaken
    }

    fn may_sign_next(&self, vkey: &str, position: u64) -> bool {
        let in_force = || self.amendments.iter().filter_map(|a| Some((a.force?, a.key.as_ref()?)));
        let used = in_force().any(|(_, key)| key.0 == vkey);
        let overlapping = in_force().any(|(force, key)| force + key.1 > position);
        !used && !overlapping
    }

    fn signers(&self, first: &str, size: u64) -> Vec<String> {
        let in_force = self.amendments.iter().filter_map(|a| Some((a.force?, a.key.clone()?)));
        let mut turns: Vec<(u64, (String, u64))> = in_force.collect();
        turns.sort();
        let mut signers = vec![first.to_owned()];
        for (force, (vkey, overlap)) in turns {
            if size > force + overlap {
                signers.clear();
            }
            if size > force {
                signers.push(vkey);
            }
        }
        signers
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_schedule_is_what_a_reader_of_the_whole_list_says(
        acts in prop::collection::vec(act(), 1..40), needed in 1..=PARTIES.len(),
    ) {
        let mut log = Log::new(&format!(r#""amended_by": {needed},"#));
        let mut naive = Naive::default();
        for act in acts {
            let position = log.register.size();
            let enough = |assents: &BTreeSet<usize>| (assents.len() >= needed).then_some(position);
            match act {
                Act::Fill => log.fill(),
                Act::ProposeKey { party, key, overlap } => {
                    let allowed = naive.may_sign_next(&later(key), position);
                    let proposed = log.propose_key(party, key, overlap);
                    prop_assert_eq!(proposed.is_ok(), allowed);
                    if let Ok(id) = proposed {
                        let assents = BTreeSet::from([party]);
                        let force = enough(&assents);
                        let key = Some((later(key), overlap));
                        naive.amendments.push(Amended { id, position, party, key, assents, force });
                    }
                }
                Act::ProposeWitnesses { party, text } => {
                    let id = log.propose(party, &format!(r#""witnesses": "{text}","#)).unwrap();
                    let assents = BTreeSet::from([party]);
                    let force = enough(&assents);
                    naive.amendments.push(Amended { id, position, party, key: None, assents, force });
                }
                Act::Endorse { party, nth } => {
                    let Some(at) = naive.amendments.len().checked_sub(nth + 1) else { continue };
                    let allowed = naive.open(at) && !naive.amendments[at].assents.contains(&party);
                    let endorsed = log.endorse(party, naive.amendments[at].id);
                    prop_assert_eq!(endorsed.is_ok(), allowed);
                    if allowed {
                        let amended = &mut naive.amendments[at];
                        amended.assents.insert(party);
                        amended.force = enough(&amended.assents);
                    }
                }
            }
        }
        let first = vkey(ORIGIN, secret(99).public());
        for size in 0..log.register.size() + 8 {
            let signers = log.signers(size);
            prop_assert!(!signers.is_empty());
            prop_assert_eq!(&signers, &naive.signers(&first, size), "size {}", size);
        }
        for (at, amended) in naive.amendments.iter().enumerate() {
            let expected = match amended.force {
                Some(position) => AmendmentStatus::InForce(position),
                None if naive.open(at) => AmendmentStatus::Proposed,
                None => AmendmentStatus::Lapsed,
            };
            prop_assert_eq!(log.status(amended.id), expected);
        }
    }

    /// Whoever assents in whichever order, the last one decides where it is in force.
    #[test]
    fn the_order_of_assents_does_not_matter(order in Just([0, 1, 2]).prop_shuffle()) {
        let mut log = Log::new("");
        let amendment = log.propose_key(order[0], 0, 3).unwrap();
        log.endorse(order[1], amendment).unwrap();
        log.endorse(order[2], amendment).unwrap();
        prop_assert_eq!(log.status(amendment), AmendmentStatus::InForce(6));
        prop_assert_eq!(log.signers(9).len(), 2);
        prop_assert_eq!(log.signers(10), [later(0)]);
    }
}
