//! Honest logs to lie about, each served by an explorer of its own, and the false ones that whoever stole the log's key
//! could lay out.

use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tempfile::TempDir;
use truce_copy::Record;
use truce_explorer::model::record_document;
use truce_log::{Clock, Depositary, Ledger};
use truce_statement::body::agreement::Charter;
use truce_statement::unit::Text;
use truce_statement::{Body, Entry, Kind, Reference, Relation, SecretKey, Signed, Statement, Subject};
use truce_tests::explorer::Explorer;
use truce_tests::scene::{Line, chain, copy_all, sign};
use truce_tests::world::{self, Pen, World, body, observation, ticking};
use truce_tlog::proof::{HashSource, inclusion_proof, tree_root};
use truce_tlog::{Hash, Note, ProofFile, leaf_hash};

/// Members of the world.
pub(super) const MISSION: usize = 0;
pub(super) const NORTH: usize = 1;

/// Reports before the log is copied for the explorer that stayed behind.
const EARLIER: u32 = 30;
/// Reports behind that.
const LATER: u32 = 20;

/// The honest logs.
pub(super) struct Scene {
    /// Where the logs lie; removed when this is dropped.
    _folder: TempDir,
    pub(super) world: World,
    /// Everything in the log, in order.
    pub(super) lines: Vec<Line>,
    /// A report with two regions.
    pub(super) report: usize,
    /// A report that was corrected later, the correction, and what the mission signed next.
    pub(super) corrected: usize,
    pub(super) correction: usize,
    pub(super) after_correction: usize,
    /// An observation whose note has invisible characters in it.
    pub(super) marked: usize,
    /// A plain observation behind the copy that stayed behind was made.
    pub(super) late: usize,
    /// Over the whole log.
    pub(super) honest: Explorer,
    /// Over the same log as it was earlier.
    pub(super) earlier: Explorer,
    /// Over a log that has the same beginning, and another end of the same length.
    pub(super) fork: Explorer,
    /// Over that, longer.
    pub(super) longer_fork: Explorer,
    /// Over the log of another agreement that goes by the same name.
    pub(super) other: Explorer,
}

impl Scene {
    pub(super) fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("truce-liar-").tempdir().expect("a temporary folder");
        let place = |name: &str| folder.path().join(name);
        let mut world = World::default();
        let (depositary, _) = world.found(&place("honest"), ticking()).expect("a new ledger");
        observe(&depositary, &mut world, EARLIER / 2, "as printed");
        let report = say(&depositary, &mut world, MISSION, vec![], report(12, 7));
        let corrected = say(&depositary, &mut world, MISSION, vec![], report_of(3, 40, 1));
        let id = Statement::parse(statement(&depositary, corrected)).expect("sound").id();
        let correction = say(
            &depositary,
            &mut world,
            MISSION,
            vec![Reference(Relation::Corrects, id)],
            report_of(3, 44, 1),
        );
        let after_correction =
            say(&depositary, &mut world, MISSION, vec![], observation(900, "the next one"));
        let marked = say(
            &depositary,
            &mut world,
            MISSION,
            vec![],
            observation(901, "read \u{200f}right and \u{200b}left"),
        );
        observe(&depositary, &mut world, EARLIER / 2, "as printed");
        let size = depositary.register().size();
        depositary.close();
        for name in ["earlier", "fork", "longer-fork"] {
            copy_all(&place("honest"), &place(name));
        }

        let (seq, prev, clock) = pen_state(&world);
        let mut grow = |name: &str, count: u32, note: &str| {
            let pen = &mut world.members[MISSION].work;
            (pen.seq, pen.prev, pen.clock) = (seq, prev, clock);
            let depositary = Depositary::open(&place(name), &world.log, later()).expect("the ledger opens");
            observe(&depositary, &mut world, count, note);
            let size = depositary.register().size();
            depositary.close();
            size
        };
        let fork_size = grow("fork", LATER, "as it never was");
        let longer_size = grow("longer-fork", LATER + 10, "as it never was");
        let honest_size = grow("honest", LATER, "as printed");
        assert_eq!(fork_size, honest_size, "the fork is of the same size");

        let (other_world, other_size) = another(&place("other"));
        drop(other_world);
        let start =
            |name: &str, size: u64| Explorer::ready(&place(name), &place(&format!("copy-{name}")), size);
        let lines = lines_of(&place("honest"));
        Self {
            honest: start("honest", honest_size),
            earlier: start("earlier", size),
            fork: start("fork", fork_size),
            longer_fork: start("longer-fork", longer_size),
            other: start("other", other_size),
            late: lines.len() - 5,
            _folder: folder,
            world,
            lines,
            report,
            corrected,
            correction,
            after_correction,
            marked,
        }
    }

    /// A log with these lines instead, hashed and signed with the log's own key.
    pub(super) fn history(&self, lines: &[Line]) -> History {
        History::new(chain(lines), &self.world.log)
    }

    /// The honest log, as a history.
    pub(super) fn truth(&self) -> History {
        self.history(&self.lines)
    }

    /// A pen for the mission's working key as it stood behind the statement at `position`.
    pub(super) fn pen_behind(&self, position: usize) -> Pen {
        let statement = Statement::parse(self.lines[position].statement.as_slice()).expect("sound");
        let mut pen = fresh(self, MISSION, world::key(100));
        pen.seq = statement.seq() + 1;
        pen.prev = statement.id();
        pen.clock = statement.header().iat + 1;
        pen
    }
}

/// A clock that goes on two hours behind the one that the logs began with.
fn later() -> Arc<dyn Clock> {
    let now = AtomicI64::new(i64::try_from(world::EPOCH).expect("small") * 1000 + 7_200_000);
    Arc::new(move || now.fetch_add(1000, Ordering::Relaxed))
}

/// A pen of `member` with another key.
pub(super) fn fresh(scene: &Scene, member: usize, key: SecretKey) -> Pen {
    let party = scene.world.members[member].work.party.clone();
    Pen::new(key, party, Subject::Agreement(scene.world.agreement()))
}

fn pen_state(world: &World) -> (u64, truce_statement::StatementId, u64) {
    let pen = &world.members[MISSION].work;
    (pen.seq, pen.prev, pen.clock)
}

fn observe(depositary: &Depositary, world: &mut World, count: u32, note: &str) {
    for n in 0..count {
        say(depositary, world, MISSION, vec![], observation(n + 1, note));
    }
}

fn say(
    depositary: &Depositary,
    world: &mut World,
    who: usize,
    refs: Vec<Reference>,
    body: impl Into<Body>,
) -> usize {
    let signed: Signed = world.members[who].work.sign(body, refs).expect("sound");
    let receipt = depositary.submit_blocking(signed.bytes().to_vec()).expect("admitted");
    usize::try_from(receipt.position).expect("small")
}

fn statement(depositary: &Depositary, position: usize) -> Vec<u8> {
    let proof = depositary.prove(position as u64).expect("a proof");
    Entry::parse(&proof.entry).expect("an entry").statement.to_vec()
}

/// A daily report with these violations in its two regions.
pub(super) fn report(north: u32, south: u32) -> Body {
    report_of(2, north, south)
}

fn report_of(day: u32, north: u32, south: u32) -> Body {
    let draft = json!({ "kind": "report", "body": {
        "number": format!("{day}/2021"),
        "issued": format!("2021-02-{:02}", day + 1),
        "cutoff": format!("2021-02-{day:02}T19:30:00+02:00"),
        "period": {
            "from": format!("2021-02-{:02}T19:30:00+02:00", day - 1),
            "to": format!("2021-02-{day:02}T19:30:00+02:00"),
        },
        "regions": [
            { "region": "Donetsk region", "violations": north, "explosions": 2 },
            { "region": "Luhansk region", "violations": south, "explosions": 1 },
        ],
    } });
    body(&draft.to_string())
}

/// Some other agreement.
pub(super) fn foreign_agreement() -> truce_statement::AgreementId {
    World::new("elsewhere.example/log").agreement()
}

/// The log of an agreement with another title, kept under the same name by the same key.
fn another(folder: &Path) -> (World, u64) {
    let mut world = World::default();
    let Body::Charter(charter) = world.charter.statement().body().clone() else {
        unreachable!("a charter is one");
    };
    let title = Text::new("Another agreement under the same name").expect("a title");
    let charter = Charter { title, ..*charter };
    let mut founder = Pen::new(
        world::key(0),
        world.members[0].root.party.clone(),
        Subject::Origin(world::ORIGIN.to_owned()),
    );
    world.charter = founder.sign(charter, Vec::new()).expect("a sound charter");
    for member in &mut world.members {
        for pen in [&mut member.root, &mut member.work] {
            pen.subject = Subject::Agreement(world.charter.agreement());
        }
    }
    (world.members[0].root.seq, world.members[0].root.prev) = (founder.seq, founder.prev);
    let (depositary, _) = world.found(folder, ticking()).expect("a new ledger");
    observe(&depositary, &mut world, EARLIER + LATER + 10, "of another agreement");
    let size = depositary.register().size();
    depositary.close();
    (world, size)
}

fn lines_of(folder: &Path) -> Vec<Line> {
    let ledger = Ledger::open(folder).expect("the ledger opens");
    (0..ledger.size())
        .map(|i| {
            let bytes = ledger.entry(i).expect("readable").expect("there");
            let entry = Entry::parse(&bytes).expect("an entry");
            Line { received: entry.received, statement: entry.statement.to_vec() }
        })
        .collect()
}

/// A log as its depositary could lay it out: chained, hashed and signed, whatever it holds.
pub(super) struct History {
    pub(super) entries: Vec<Vec<u8>>,
    leaves: Vec<Hash>,
    /// The signed checkpoint.
    pub(super) note: String,
}

impl History {
    pub(super) fn new(entries: Vec<Vec<u8>>, key: &SecretKey) -> Self {
        let leaves: Vec<Hash> = entries.iter().map(|entry| leaf_hash(entry)).collect();
        let size = leaves.len() as u64;
        let root = tree_root(&Leaves(&leaves), size).expect("leaves are there");
        let note = sign(world::ORIGIN, size, root, key);
        Self { entries, leaves, note }
    }

    /// The record document of an entry.
    pub(super) fn document(&self, position: usize) -> Value {
        let record = Record::parse(position as u64, self.entries[position].clone()).expect("an entry");
        record_document(&record).expect("a record")
    }

    /// The proof of an entry, as a file.
    pub(super) fn proof(&self, position: usize) -> String {
        let entry = Entry::parse(&self.entries[position]).expect("an entry");
        let (index, size) = (position as u64, self.leaves.len() as u64);
        let path = inclusion_proof(&Leaves(&self.leaves), index, size).expect("inside");
        let note = Note::parse(self.note.as_bytes()).expect("sound");
        ProofFile::new(Some(entry.extra()), index, path, note).expect("short").to_string()
    }

    fn proven(&self, position: usize) -> Value {
        json!({ "position": position, "entry": base64(&self.entries[position]), "proof": self.proof(position) })
    }

    /// The evidence of an entry, as an explorer over this log would give it. Where the statement before in its feed is
    /// not in the log, the nearest under the same key stands for it.
    pub(super) fn evidence(&self, position: usize) -> Value {
        let all: Vec<Statement> = self.entries.iter().map(|entry| of(entry)).collect();
        let own = &all[position];
        let mut evidence = json!({
            "format": "truce-evidence/1",
            "position": position,
            "entry": base64(&self.entries[position]),
            "proof": self.proof(position),
            "before": base64(&self.entries[position - 1]),
            "before_proof": self.proof(position - 1),
        });
        if own.seq() > 0 {
            let named = all.iter().position(|statement| statement.id() == own.prev());
            let nearest = || (0..position).rev().find(|i| all[*i].header().kid == own.header().kid);
            if let Some(before) = named.or_else(nearest) {
                evidence["feed"] = self.proven(before);
            }
        }
        let accession = |statement: &&Statement| {
            statement.kind() == Kind::Accession && statement.header().iss == own.header().iss
        };
        let granted = all.iter().position(|statement| accession(&statement)).expect("every party acceded");
        evidence["keys"] = json!([self.proven(0), self.proven(granted)]);
        evidence
    }
}

fn of(entry: &[u8]) -> Statement {
    Statement::parse(Entry::parse(entry).expect("an entry").statement).expect("a statement")
}

pub(super) fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

pub(super) fn unbase64(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).expect("base64")
}

struct Leaves<'a>(&'a [Hash]);

impl HashSource for Leaves<'_> {
    type Error = std::convert::Infallible;

    fn node(&self, level: u8, index: u64) -> Result<Hash, Self::Error> {
        if level == 0 {
            return Ok(self.0[usize::try_from(index).expect("small")]);
        }
        let half = |i: u64| self.node(level - 1, index * 2 + i);
        Ok(truce_tlog::node_hash(&half(0)?, &half(1)?))
    }
}
