//! The fold over random sequences of sound and unsound statements, against a naive model of the same rules.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

#[path = "fold/model.rs"]
mod model;

use model::Model;
use proptest::prelude::*;
use proptest::sample::Index;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use truce_register::{Admission, Misfit, Recall, Register};
use truce_statement::entry::entry_hash;
use truce_statement::{
    AgreementId, Code, Draft, Entry, EntryHash, Kind, Reference, Relation, RootHash, Saying, SecretKey, Seen,
    Signed, Standing, Statement, StatementId, Subject,
};

const PARTIES: [(&str, &str); 4] =
    [("mission", "mission"), ("north", "state"), ("south", "state"), ("civil", "civil")];
/// Working keys, to be granted by whoever comes first; root keys have the numbers before them.
const WORKING: usize = 6;
const KEYS: usize = PARTIES.len() + WORKING;
const EPOCH: u64 = 1_612_742_400;
const NOBODY: usize = PARTIES.len();

/// One attempt to have something admitted.
#[derive(Clone, Debug)]
struct Attempt {
    what: What,
    /// Party that signs; one more than there are for somebody unknown.
    party: Index,
    /// Key that signs, where it is not the one that the party is most likely to sign with.
    key: Option<Index>,
    refs: Vec<(Relation, Index)>,
    /// How far from its place in the feed it says it stands.
    off: i8,
    other_prev: bool,
    seen: Option<(Index, bool)>,
    /// Seconds that the signer's clock is ahead.
    ahead: i32,
    forged: bool,
    other_agreement: bool,
    /// Milliseconds since the attempt before.
    after: u32,
}

#[derive(Clone, Debug)]
enum What {
    Accession(Vec<Index>),
    Grant { key: Index, kinds: Option<Vec<Kind>>, minutes: Option<u8> },
    Revocation(Index),
    Say(Kind, Index),
}

fn what() -> impl Strategy<Value = What> {
    let kind = prop::sample::select(vec![
        Kind::Signal,
        Kind::Document,
        Kind::Inquiry,
        Kind::Reply,
        Kind::Commitment,
        Kind::Delivery,
        Kind::Response,
        Kind::Finding,
    ]);
    let kinds = prop::option::weighted(0.3, prop::collection::vec(kind.clone(), 1..4));
    prop_oneof![
        2 => prop::collection::vec(any::<Index>(), 0..3).prop_map(What::Accession),
        2 => (any::<Index>(), kinds, prop::option::weighted(0.3, 1..40_u8))
            .prop_map(|(key, kinds, minutes)| What::Grant { key, kinds, minutes }),
        1 => any::<Index>().prop_map(What::Revocation),
        10 => (kind, any::<Index>()).prop_map(|(kind, index)| What::Say(kind, index)),
    ]
}

/// Mostly in order; each fault comes up now and then.
fn attempt() -> impl Strategy<Value = Attempt> {
    let rarely = || prop::bool::weighted(0.03);
    let refs = prop::collection::vec((prop::sample::select(Relation::ALL), any::<Index>()), 0..3);
    let off = prop_oneof![20 => Just(0), 1 => -2..3_i8];
    let ahead = prop_oneof![20 => Just(0), 1 => -2000..2000_i32];
    let seen = prop::option::weighted(0.2, (any::<Index>(), prop::bool::weighted(0.2)));
    (
        (what(), any::<Index>(), prop::option::weighted(0.2, any::<Index>()), refs, off, rarely()),
        (seen, ahead, rarely(), rarely(), 0..200_000_u32),
    )
        .prop_map(
            |((what, party, key, refs, off, other_prev), (seen, ahead, forged, other_agreement, after))| {
                Attempt {
                    what,
                    party,
                    key,
                    refs,
                    off,
                    other_prev,
                    seen,
                    ahead,
                    forged,
                    other_agreement,
                    after,
                }
            },
        )
}

fn secret(n: usize) -> SecretKey {
    SecretKey::from_seed(&[u8::try_from(n).unwrap() + 1; 32]).unwrap()
}

fn saying(draft: &str) -> Saying {
    Draft::from_json(draft).unwrap_or_else(|e| panic!("{e}: {draft}")).into_saying()
}

fn charter() -> Saying {
    let party = |(i, (id, role)): (usize, &(&str, &str))| {
        format!(r#"{{ "id": "{id}", "name": "{id}", "role": "{role}", "root": "{}" }}"#, secret(i).public())
    };
    let parties: Vec<String> = PARTIES.iter().enumerate().map(party).collect();
    saying(&format!(
        r#"{{ "kind": "charter", "body": {{ "title": "Test", "log": "example.org/log+00000000+AA==", "parties": [{}] }} }}"#,
        parties.join(", ")
    ))
}

/// What the fold looks up.
#[derive(Clone, Default)]
struct Memory {
    facts: BTreeMap<Vec<u8>, Vec<u8>>,
    hashes: Vec<[u8; 32]>,
    roots: Vec<RootHash>,
}

impl Recall for Memory {
    type Error = Infallible;

    fn fact(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self.facts.get(key).cloned())
    }

    fn root_at(&self, size: u64) -> Result<Option<RootHash>, Infallible> {
        Ok(usize::try_from(size).ok().and_then(|n| self.roots.get(n.checked_sub(1)?)).copied())
    }
}

/// RFC 6962, section 2.1, to the letter.
fn root(hashes: &[[u8; 32]]) -> [u8; 32] {
    if let [hash] = hashes {
        return *hash;
    }
    let (left, right) = hashes.split_at(hashes.len().next_power_of_two() / 2);
    Sha256::new().chain_update([1]).chain_update(root(left)).chain_update(root(right)).finalize().into()
}

impl Memory {
    /// The fold over one entry, as a replay does it; facts are kept where it admits.
    fn fold(&mut self, register: &mut Register, bytes: &[u8]) -> Result<(), Misfit<Infallible>> {
        let entry = Entry::parse(bytes).unwrap();
        register.follows(&entry)?;
        let statement = Statement::parse(entry.statement)?;
        let key = register.key_of(&statement)?.clone();
        let step = register.step(&statement.verify_named(&key)?, entry.received, self)?;
        register.apply(&step, entry_hash(bytes));
        self.keep(&step, bytes);
        Ok(())
    }

    fn keep(&mut self, step: &truce_register::Step, bytes: &[u8]) {
        self.facts.extend(step.facts().iter().map(|fact| (fact.key.clone(), fact.value.clone())));
        self.hashes.push(*entry_hash(bytes).as_bytes());
        self.roots.push(RootHash::from_bytes(root(&self.hashes)));
    }
}

/// A log being written, with the model beside it.
struct Trial {
    register: Register,
    memory: Memory,
    model: Model,
    entries: Vec<Vec<u8>>,
    now: i64,
    refused: BTreeSet<Code>,
}

impl Trial {
    fn new() -> Self {
        let standing = Standing {
            party: "mission".parse().unwrap(),
            subject: Subject::Origin("example.org/log".into()),
            seq: 0,
            prev: StatementId::ZERO,
            seen: None,
            iat: EPOCH,
        };
        let signed = Signed::seal(&secret(0), standing, charter()).unwrap();
        let now = i64::try_from(EPOCH * 1000).unwrap();
        let mut trial = Self {
            register: Register::new(),
            memory: Memory::default(),
            model: Model::default(),
            entries: Vec::new(),
            now,
            refused: BTreeSet::new(),
        };
        let bytes = trial.entry(signed.bytes());
        trial.memory.fold(&mut trial.register, &bytes).unwrap();
        trial.admitted(bytes, signed.into_statement());
        trial
    }

    fn entry(&self, statement: &[u8]) -> Vec<u8> {
        let prev = self.entries.last().map_or(EntryHash::ZERO, |entry| entry_hash(entry));
        Entry { prev, received: self.now, statement }.encode()
    }

    fn admitted(&mut self, entry: Vec<u8>, statement: Statement) {
        self.entries.push(entry);
        self.model.admitted.push((statement, self.now));
        self.model.roots.clone_from(&self.memory.roots);
    }

    fn attempt(&mut self, attempt: &Attempt) {
        self.now += i64::from(attempt.after);
        let Some((bytes, statement)) = self.sign(attempt) else { return };
        let faults = self.model.faults(&statement, self.now, attempt.forged);
        let entry = self.entry(&bytes);
        let before = self.register.encode();
        match self.memory.fold(&mut self.register, &entry) {
            Ok(()) => {
                assert!(faults.is_empty(), "admitted, though {faults:?}: {statement:?}");
                self.admitted(entry, statement);
            }
            Err(Misfit::Refused(refusal)) => {
                assert!(
                    faults.contains(&refusal.code),
                    "refused as {refusal}; the model says {faults:?}: {statement:?}"
                );
                assert_eq!(self.register.encode(), before, "what is refused changes nothing");
                self.refused.insert(refusal.code);
            }
            Err(other) => panic!("{other}"),
        }
        let bytes = self.register.encode();
        assert_eq!(Register::decode(&bytes).unwrap(), self.register);
    }

    /// The statement, and its bytes as submitted; `None` for what no signer can be brought to sign.
    fn sign(&self, attempt: &Attempt) -> Option<(Vec<u8>, Statement)> {
        let party = attempt.party.index(PARTIES.len() * 8);
        let party = if party == 0 { NOBODY } else { party % PARTIES.len() };
        let working = PARTIES.len() + party % WORKING;
        let usual = if matches!(attempt.what, What::Say(..)) { working } else { party };
        let key = attempt.key.map_or(usual, |key| key.index(KEYS)) % KEYS;
        let secret = secret(key);
        let feed: Vec<StatementId> = self.feed(&secret);
        let seq = u64::try_from(i64::try_from(feed.len()).unwrap() + i64::from(attempt.off)).ok()?;
        let before = usize::try_from(seq).unwrap().checked_sub(1);
        let prev = before
            .map_or(StatementId::ZERO, |i| feed.get(i).copied().unwrap_or(StatementId::from_bytes([7; 32])));
        let prev = if attempt.other_prev && seq > 0 { StatementId::from_bytes([9; 32]) } else { prev };
        let seen = attempt.seen.map(|(size, wrong)| {
            let size = size.index(self.entries.len() + 2);
            let known = size.checked_sub(1).and_then(|i| self.memory.roots.get(i)).copied();
            Seen(size as u64, known.filter(|_| !wrong).unwrap_or(RootHash::from_bytes([8; 32])))
        });
        let iat = i64::try_from(EPOCH).unwrap()
            + (self.now / 1000 - i64::try_from(EPOCH).unwrap())
            + i64::from(attempt.ahead);
        let subject = if attempt.other_agreement {
            AgreementId::from_bytes([6; 32])
        } else {
            self.model.admitted[0].0.agreement()
        };
        let standing = Standing {
            party: PARTIES.get(party).map_or("nobody", |p| p.0).parse().unwrap(),
            subject: Subject::Agreement(subject),
            seq,
            prev,
            seen,
            iat: u64::try_from(iat).unwrap(),
        };
        let mut saying = self.say(&attempt.what, party);
        saying.refs = self.refs(attempt);
        let signed = Signed::seal(&secret, standing, saying).ok()?;
        let mut bytes = signed.bytes().to_vec();
        if attempt.forged {
            *bytes.last_mut().unwrap() ^= 1;
        }
        Some((bytes, signed.into_statement()))
    }

    fn feed(&self, secret: &SecretKey) -> Vec<StatementId> {
        let id = secret.public().id();
        self.model
            .admitted
            .iter()
            .map(|(s, _)| s)
            .filter(|s| s.header().kid == id)
            .map(Statement::id)
            .collect()
    }

    /// The references asked for; those that a kind needs point at something that fits, where there is something.
    fn refs(&self, attempt: &Attempt) -> Vec<Reference> {
        let find = |kind: Kind, nth: &Index| {
            let of: Vec<_> = self.model.admitted.iter().filter(|(s, _)| s.kind() == kind).collect();
            (!of.is_empty()).then(|| of[nth.index(of.len())].0.id())
        };
        let needed = match &attempt.what {
            What::Say(Kind::Reply, nth) => {
                find(Kind::Inquiry, nth).map(|id| Reference(Relation::Answers, id))
            }
            What::Say(Kind::Delivery, nth) => {
                find(Kind::Commitment, nth).map(|id| Reference(Relation::Fulfils, id))
            }
            What::Say(Kind::Document, nth) if addressee(*nth) == "south" => {
                find(Kind::Signal, nth).map(|id| Reference(Relation::Retracts, id))
            }
            What::Say(Kind::Response | Kind::Finding, nth) => {
                find(Kind::Signal, nth).map(|id| Reference(Relation::About, id))
            }
            _ => None,
        };
        let asked = attempt.refs.iter().map(|(relation, target)| {
            let target = target.index(self.model.admitted.len() + 1);
            let id =
                self.model.admitted.get(target).map_or(StatementId::from_bytes([5; 32]), |(s, _)| s.id());
            Reference(*relation, id)
        });
        // Half of the statements keep to what they need.
        let keep = attempt.after.is_multiple_of(2);
        needed.into_iter().chain(asked.filter(|_| !keep)).collect()
    }

    fn say(&self, what: &What, party: usize) -> Saying {
        let grant = |key: &Index| format!(r#"{{ "key": "{}" }}"#, secret(key.index(KEYS)).public());
        let draft = match what {
            What::Accession(keys) => {
                // Most parties begin with a key that nobody else is likely to take.
                let own = format!(r#"{{ "key": "{}" }}"#, secret(PARTIES.len() + party % WORKING).public());
                let keys: BTreeSet<String> = keys.iter().skip(1).map(grant).chain([own]).collect();
                let keys: Vec<String> = keys.into_iter().collect();
                format!(r#"{{ "kind": "accession", "body": {{ "keys": [{}] }} }}"#, keys.join(", "))
            }
            What::Grant { key, kinds, minutes } => {
                let kinds = kinds.as_ref().map_or(String::new(), |kinds| {
                    let names: BTreeSet<String> = kinds.iter().map(|k| format!("{:?}", k.as_str())).collect();
                    format!(r#", "kinds": [{}]"#, names.into_iter().collect::<Vec<_>>().join(", "))
                });
                let until = minutes
                    .map_or(String::new(), |m| format!(r#", "valid_until": "2021-02-08T00:{m:02}:00Z""#));
                let key = secret(key.index(KEYS)).public().to_string();
                format!(r#"{{ "kind": "key-grant", "body": {{ "key": "{key}"{kinds}{until} }} }}"#)
            }
            What::Revocation(key) => {
                let id = secret(key.index(KEYS)).public().id();
                format!(r#"{{ "kind": "key-revocation", "body": {{ "key": "{id}", "reason": "lost" }} }}"#)
            }
            What::Say(kind, index) => {
                let to = addressee(*index);
                body_of(*kind, to)
            }
        };
        saying(&draft.replace("$N", &self.entries.len().to_string()))
    }
}

fn addressee(index: Index) -> &'static str {
    ["mission", "north", "south", "civil", "nobody"][index.index(21) % 5]
}

fn body_of(kind: Kind, to: &str) -> String {
    let id = "00".repeat(32);
    match kind {
        // Addressed to nobody in particular: the word decides between the two classes.
        Kind::Document if to == "south" => {
            r#"{ "kind": "document", "body": { "class": "retraction", "title": "$N", "language": "en", "reason": "Twice." } }"#.into()
        }
        Kind::Document => {
            r#"{ "kind": "document", "body": { "class": "minutes", "title": "$N", "language": "en", "text": "None." } }"#.into()
        }
        Kind::Inquiry => format!(
            r#"{{ "kind": "inquiry", "body": {{ "to": ["{to}"], "topic": "unusual-activity", "title": "$N", "question": "What?" }} }}"#
        ),
        Kind::Reply => format!(
            r#"{{ "kind": "reply", "refs": [{{ "relation": "answers", "id": "{id}" }}],
                "body": {{ "answer": {{ "needs-more-time": {{ "until": "2021-04-13T12:00:00+03:00" }} }} }} }}"#
        ),
        Kind::Commitment => format!(
            r#"{{ "kind": "commitment", "body": {{ "topic": "pause", "title": "$N", "to": ["{to}"], "text": "No works.",
                "schedule": "standing", "valid_from": "2021-02-08T00:00:00Z", "valid_until": "2022-02-08T00:00:00Z" }} }}"#
        ),
        Kind::Delivery => r#"{ "kind": "delivery", "body": { "item": 1, "summary": "List $N." } }"#.into(),
        Kind::Response => r#"{ "kind": "response", "body": { "position": "disputes", "text": "No: $N." } }"#.into(),
        Kind::Finding => {
            r#"{ "kind": "finding", "body": { "outcome": "corroborated", "summary": "$N", "attribution": "not-made" } }"#.into()
        }
        _ => r#"{ "kind": "signal", "body": { "topic": "environmental", "title": "$N", "urgency": "urgent", "known": "Two." } }"#.into(),
    }
}

/// Every party accedes before anything else in half of the trials, so that long ones get far.
fn attempts() -> impl Strategy<Value = Vec<Attempt>> {
    (prop::collection::vec(attempt(), 1..60), any::<bool>()).prop_map(|(attempts, founded)| {
        let mut all = attempts;
        if founded {
            let accede = (0..PARTIES.len()).map(|n| Attempt {
                what: What::Accession(vec![]),
                key: None,
                refs: vec![],
                off: 0,
                other_prev: false,
                seen: None,
                ahead: 0,
                forged: false,
                other_agreement: false,
                after: 1,
                // `Index` scales: this one is party n of the 32 numbers that `sign` draws from.
                party: index_of(8 + n, 8 * PARTIES.len()),
            });
            all.splice(0..0, accede.collect::<Vec<_>>());
        }
        all
    })
}

/// An index that picks `n` of `len`.
fn index_of(n: usize, len: usize) -> Index {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    loop {
        let index = any::<Index>().new_tree(&mut runner).unwrap().current();
        if index.index(len) == n {
            return index;
        }
    }
}

fn run(attempts: &[Attempt]) -> Trial {
    let mut trial = Trial::new();
    for attempt in attempts {
        trial.attempt(attempt);
    }
    trial
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_fold_admits_what_the_model_admits(attempts in attempts()) {
        run(&attempts);
    }

    #[test]
    fn the_same_entries_make_the_same_register(attempts in attempts(), cuts in prop::collection::vec(any::<bool>(), 64)) {
        let trial = run(&attempts);
        // Folded again at once; stopped and taken up from bytes at some entries; admitted and applied in two calls.
        let (mut whole, mut stopped, mut stepped) = (Register::new(), Register::new(), Register::new());
        let mut memories = [Memory::default(), Memory::default(), Memory::default()];
        for (bytes, cut) in trial.entries.iter().zip(cuts.iter().cycle()) {
            memories[0].fold(&mut whole, bytes).unwrap();
            if *cut {
                stopped = Register::decode(&stopped.encode()).unwrap();
            }
            memories[1].fold(&mut stopped, bytes).unwrap();
            let entry = Entry::parse(bytes).unwrap();
            stepped.follows::<Infallible>(&entry).unwrap();
            let statement = Statement::parse(entry.statement.to_vec()).unwrap();
            let signed = { let key = stepped.key_of(&statement).unwrap().clone(); statement.verify(&key).unwrap() };
            let Admission::Next(step) = stepped.admit(&signed, entry.received, &memories[2]).unwrap() else { panic!() };
            stepped.apply(&step, entry_hash(bytes));
            memories[2].keep(&step, bytes);
            // The same statement again is told its position, and no log may hold it twice.
            let again = stepped.admit(&signed, entry.received, &memories[2]).unwrap();
            prop_assert!(matches!(again, Admission::Recorded(position) if position + 1 == stepped.size()));
            prop_assert!(matches!(stepped.step(&signed, entry.received, &memories[2]), Err(Misfit::Refused(_))));
            prop_assert_eq!(whole.encode(), stepped.encode());
        }
        prop_assert_eq!(trial.register.encode(), whole.encode());
        prop_assert_eq!(trial.register.encode(), stopped.encode());
        prop_assert_eq!(&trial.memory.facts, &memories[0].facts);
        prop_assert_eq!(trial.register.size(), trial.entries.len() as u64);
    }

    /// No other order, and no other times, make the same register: its head covers all of it.
    #[test]
    fn another_history_makes_another_register(attempts in attempts(), at in any::<Index>()) {
        let trial = run(&attempts);
        let at = at.index(trial.entries.len());
        let mut entry = Entry::parse(&trial.entries[at]).unwrap();
        entry.received += 1;
        let altered = entry.encode();
        let (mut register, mut memory) = (Register::new(), Memory::default());
        for (i, bytes) in trial.entries.iter().enumerate() {
            let bytes = if i == at { &altered } else { bytes };
            if memory.fold(&mut register, bytes).is_err() {
                return Ok(());
            }
        }
        prop_assert_ne!(register.encode(), trial.register.encode());
    }

    #[test]
    fn bytes_that_are_no_register_are_refused(attempts in attempts(), at in any::<Index>(), to in any::<u8>()) {
        let register = run(&attempts).register;
        let mut bytes = register.encode();
        let at = at.index(bytes.len());
        let from = std::mem::replace(&mut bytes[at], to);
        // Some bytes stand for another register; none for this one, and none that would be written otherwise.
        if let Ok(other) = Register::decode(&bytes) {
            prop_assert_eq!(other.encode(), bytes);
            prop_assert_eq!(from == to, other == register);
        }
    }
}

/// The trials above come across the rules they are meant to try.
#[test]
fn trials_meet_every_rule() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let (mut refused, mut admitted) = (BTreeSet::new(), BTreeMap::new());
    for _ in 0..300 {
        let trial = run(&attempts().new_tree(&mut runner).unwrap().current());
        refused.extend(trial.refused);
        for (statement, _) in &trial.model.admitted {
            *admitted.entry(statement.kind()).or_insert(0) += 1;
        }
    }
    let wanted = [
        Code::UnknownAgreement,
        Code::UnknownParty,
        Code::UnknownKey,
        Code::KeyNotValid,
        Code::NotAuthorised,
        Code::BadSignature,
        Code::FeedGap,
        Code::FeedFork,
        Code::UnknownCheckpoint,
        Code::UnknownReference,
        Code::BadReference,
        Code::InvalidBody,
        Code::ImplausibleTime,
    ];
    for code in wanted {
        assert!(refused.contains(&code), "no trial is refused as {code}");
    }
    for kind in
        [Kind::Reply, Kind::Delivery, Kind::Response, Kind::Finding, Kind::KeyRevocation, Kind::Signal]
    {
        assert!(admitted.get(&kind).is_some_and(|n| *n >= 10), "{kind} is admitted too rarely: {admitted:?}");
    }
}
