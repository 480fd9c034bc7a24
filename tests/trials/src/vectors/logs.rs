//! Small logs: the agreement of the vectors, its keys, and the entries that its statements become.

use super::craft::{EPOCH, Pen, key};
use super::statement::draft;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::convert::Infallible;
use truce_register::{Misfit, Recall, Register, Step};
use truce_statement::body::agreement::{Charter, Founder, MaySign};
use truce_statement::entry::entry_hash;
use truce_statement::unit::{NonEmpty, Text};
use truce_statement::{
    AgreementId, Body, Entry, Kind, Role, RootHash, Saying, Signed, Statement, StatementId, Subject,
};
use truce_tlog::{CompactRange, Ed25519NoteSigner, NoteSigner, leaf_hash};

/// Origin of the vectors' log.
pub(crate) const ORIGIN: &str = "truce.example/vectors";
/// Seed of the log's key.
pub(crate) const LOG_SEED: [u8; 32] = [0xf0; 32];
/// Seed of the key that follows it where a log's key is amended.
pub(crate) const NEXT_LOG_SEED: [u8; 32] = [0xf1; 32];
/// Milliseconds between entries.
pub(crate) const MINUTE: i64 = 60_000;

/// The parties with their roles; root keys have the seeds 0x20 and on, working keys 0x30 and on.
const PARTIES: [(&str, Role); 4] =
    [("mission", Role::Mission), ("north", Role::State), ("south", Role::State), ("civil", Role::Civil)];

/// When entry 0 is received, milliseconds UTC.
pub(crate) fn start() -> i64 {
    i64::try_from(EPOCH * 1000).expect("small") + MINUTE
}

/// One entry to be: a statement by name, and when it is received.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) statement: Vec<u8>,
    pub(crate) received: i64,
}

/// An agreement being lived.
pub(crate) struct Scene {
    pub(crate) lines: Vec<Line>,
    /// By party: root pen, working pen.
    pub(crate) pens: BTreeMap<&'static str, (Pen, Pen)>,
    pub(crate) agreement: AgreementId,
}

/// The charter of the vectors.
pub(crate) fn charter() -> Charter {
    let Saying { body: Body::Charter(mut charter), .. } = super::craft::saying(&draft(Kind::Charter)) else {
        panic!("the draft of a charter");
    };
    let vkey = Ed25519NoteSigner::from_seed(ORIGIN, &LOG_SEED).expect("an origin").vkey().to_string();
    let text = |text: &str| Text::new(text).expect("text");
    charter.log = text(&vkey);
    charter.title = text("Agreement of the test vectors");
    let founders = PARTIES.iter().zip(0x20..).map(|((id, role), seed)| Founder {
        id: id.parse().expect("a party id"),
        name: text(id),
        role: *role,
        root: key(seed).public().clone(),
    });
    charter.parties = NonEmpty::new(founders.collect()).expect("parties");
    *charter
}

/// The charter, but notifications come from the mission.
pub(crate) fn with_roles() -> Charter {
    let mut charter = charter();
    let rule = MaySign { kind: Kind::Notification, roles: NonEmpty::new(vec![Role::Mission]).expect("one") };
    charter.roles = NonEmpty::new(vec![rule]).ok();
    charter
}

impl Scene {
    /// The charter alone.
    pub(crate) fn chartered() -> Self {
        Self::with_charter("charter", charter())
    }

    /// Another charter alone.
    pub(crate) fn with_charter(name: &str, charter: Charter) -> Self {
        let mut first = Pen::new(0x20, "mission", Subject::Origin(ORIGIN.to_owned()));
        let signed = first.sign(charter, Vec::new());
        let subject = Subject::Agreement(signed.agreement());
        let pens = PARTIES.iter().zip(0..).map(|((id, _), n)| {
            let mut root = Pen::new(0x20 + n, id, subject.clone());
            if n == 0 {
                (root.seq, root.prev, root.iat) = (first.seq, first.prev, first.iat);
            }
            (*id, (root, Pen::new(0x30 + n, id, subject.clone())))
        });
        let mut scene = Self { lines: Vec::new(), pens: pens.collect(), agreement: signed.agreement() };
        scene.add(name, signed.bytes());
        scene
    }

    /// The charter, and every party acceded with its working key.
    pub(crate) fn founded() -> Self {
        let mut scene = Self::chartered();
        scene.accede("");
        scene
    }

    /// Every party accedes; `suffix` tells the accessions apart from those to another charter.
    pub(crate) fn accede(&mut self, suffix: &str) {
        for (party, _) in PARTIES {
            let working = self.work(party).key.public().to_string();
            let accession =
                json!({ "kind": "accession", "body": { "keys": [{ "key": working, "label": "Desk" }] } });
            let signed = self.root(party).say(&accession);
            self.add(&format!("accession-of-{party}{suffix}"), signed.bytes());
        }
    }

    pub(crate) fn root(&mut self, party: &str) -> &mut Pen {
        &mut self.pens.get_mut(party).expect("a party").0
    }

    pub(crate) fn work(&mut self, party: &str) -> &mut Pen {
        &mut self.pens.get_mut(party).expect("a party").1
    }

    /// The statement becomes the next entry, a minute after the one before.
    pub(crate) fn add(&mut self, name: &str, statement: &[u8]) {
        let received = self.lines.last().map_or_else(start, |line| line.received + MINUTE);
        self.add_at(name, statement, received);
    }

    pub(crate) fn add_at(&mut self, name: &str, statement: &[u8], received: i64) {
        self.lines.push(Line { name: name.to_owned(), statement: statement.to_vec(), received });
    }

    /// Signs a draft with a working key, and adds it.
    pub(crate) fn say(&mut self, name: &str, party: &str, draft: &serde_json::Value) -> Signed {
        let signed = self.work(party).say(draft);
        self.add(name, signed.bytes());
        signed
    }

    /// The mission's root key grants the key of `seed`, with these limits.
    pub(crate) fn grant(&mut self, name: &str, seed: u8, limits: &Value) -> Pen {
        let mut body = json!({ "key": key(seed).public().to_string() });
        for (field, value) in limits.as_object().expect("an object") {
            body[field] = value.clone();
        }
        let signed = self.root("mission").say(&json!({ "kind": "key-grant", "body": body }));
        self.add(name, signed.bytes());
        Pen::new(seed, "mission", Subject::Agreement(self.agreement))
    }

    /// The root key of `party` revokes the key of `seed`.
    pub(crate) fn revoke(&mut self, party: &str, seed: u8, reason: &str) -> Signed {
        let key = key(seed).public().id().to_string();
        let body = json!({ "key": key, "reason": reason, "suspect_since": "2021-02-08T00:00:30Z" });
        self.root(party).say(&json!({ "kind": "key-revocation", "body": body }))
    }

    /// The log so far.
    pub(crate) fn log(&self) -> Log {
        let mut log = Log::default();
        for line in &self.lines {
            log.append(&line.statement, line.received);
        }
        log
    }
}

/// Entries as bytes, and their tree.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log {
    pub(crate) entries: Vec<Vec<u8>>,
    pub(crate) roots: Vec<RootHash>,
    range: CompactRange,
}

impl Log {
    /// Puts the statement in an entry that follows the last one.
    pub(crate) fn append(&mut self, statement: &[u8], received: i64) {
        let prev = self.entries.last().map_or(truce_statement::EntryHash::ZERO, |entry| entry_hash(entry));
        self.push(Entry { prev, received, statement }.encode());
    }

    /// Takes an entry as it is.
    pub(crate) fn push(&mut self, entry: Vec<u8>) {
        self.range.push(leaf_hash(&entry));
        self.roots.push(RootHash::from_bytes(self.range.root().to_bytes()));
        self.entries.push(entry);
    }

    /// Root over the first `size` entries, `size` at least 1.
    pub(crate) fn root(&self, size: usize) -> RootHash {
        self.roots[size - 1]
    }
}

/// What the fold looks things up in.
#[derive(Default)]
pub(crate) struct Memory {
    facts: BTreeMap<Vec<u8>, Vec<u8>>,
    log: Log,
}

impl Recall for Memory {
    type Error = Infallible;

    fn fact(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self.facts.get(key).cloned())
    }

    fn root_at(&self, size: u64) -> Result<Option<RootHash>, Infallible> {
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        Ok(size.checked_sub(1).and_then(|i| self.log.roots.get(i)).copied())
    }
}

impl Memory {
    /// Folds one entry into `register`, and keeps its facts.
    pub(crate) fn fold(&mut self, register: &mut Register, bytes: &[u8]) -> Result<Step, String> {
        let entry = Entry::parse(bytes).expect("an entry");
        let step = self.step(register, &entry).map_err(|misfit| match misfit {
            Misfit::Refused(refusal) => refusal.code.as_str().to_owned(),
            Misfit::BrokenChain { .. } => "broken-chain".to_owned(),
            Misfit::TimeWentBack { .. } => "received-went-back".to_owned(),
            other => panic!("{other}"),
        })?;
        register.apply(&step, entry_hash(bytes));
        for fact in step.facts() {
            self.facts.insert(fact.key.clone(), fact.value.clone());
        }
        self.log.push(bytes.to_vec());
        Ok(step)
    }

    fn step(&self, register: &Register, entry: &Entry<'_>) -> Result<Step, Misfit<Infallible>> {
        register.follows(entry)?;
        let statement = Statement::parse(entry.statement)?;
        let key = register.key_of(&statement)?.clone();
        register.step(&statement.verify_named(&key)?, entry.received, self)
    }
}

/// Drafts with little in them.
pub(crate) fn small(kind: Kind) -> Value {
    match kind {
        Kind::Document => json!({ "kind": "document", "body": {
            "class": "minutes", "title": "Minutes", "language": "en", "text": "Nothing was agreed." } }),
        Kind::Inquiry => json!({ "kind": "inquiry", "body": {
            "to": ["north"], "topic": "unusual-activity", "title": "Movement", "question": "What moves?" } }),
        Kind::Signal => json!({ "kind": "signal", "body": {
            "topic": "environmental", "title": "Pumps", "urgency": "urgent", "known": "Two pumps stand still." } }),
        other => draft(other),
    }
}

pub(crate) fn with_refs(mut draft: Value, refs: &[(&str, StatementId)]) -> Value {
    let list: Vec<Value> =
        refs.iter().map(|(r, id)| json!({ "relation": r, "id": id.to_string() })).collect();
    if list.is_empty() {
        draft.as_object_mut().expect("an object").shift_remove("refs");
    } else {
        draft["refs"] = json!(list);
    }
    draft
}

pub(crate) fn retraction(of: StatementId) -> Value {
    let body =
        json!({ "class": "retraction", "title": "Taken back", "language": "en", "reason": "Counted twice." });
    with_refs(json!({ "kind": "document", "body": body }), &[("retracts", of)])
}

pub(crate) fn report(
    number: &str,
    from: &str,
    to: &str,
    violations: u32,
    previous: Option<(u32, &str)>,
) -> Value {
    let mut region = json!({ "region": "Donetsk", "violations": violations });
    if let Some((previous, basis)) = previous {
        region["previous"] = previous.into();
        region["previous_basis"] = basis.into();
    }
    json!({ "kind": "report", "body": {
        "number": number, "issued": &to[..10], "cutoff": to, "period": { "from": from, "to": to }, "regions": [region] } })
}

pub(crate) const DAYS: [&str; 4] = [
    "2021-02-04T19:30:00+02:00",
    "2021-02-05T19:30:00+02:00",
    "2021-02-06T19:30:00+02:00",
    "2021-02-07T19:30:00+02:00",
];
