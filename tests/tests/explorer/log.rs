//! A log to follow, with something of every kind, and an explorer over it.

use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use truce_copy::source::Location;
use truce_copy::{Explorer, Level, Options, Served, State};
use truce_log::{Clock, Depositary, Ledger, export};
use truce_statement::body::agreement::{KeyRevocation, RevocationReason};
use truce_statement::unit::{Offset, Stamp};
use truce_statement::{Body, Reference, Relation, StatementId};
use truce_tests::world::{EPOCH, World, body, ticking};

/// A ledger with its depositary at work.
pub(crate) struct Log {
    pub(crate) folder: TempDir,
    pub(crate) world: World,
    pub(crate) depositary: Depositary,
    n: u32,
}

/// Members of the world.
pub(crate) const MISSION: usize = 0;
pub(crate) const NORTH: usize = 1;
pub(crate) const SOUTH: usize = 2;
pub(crate) const GUARANTOR: usize = 3;
pub(crate) const CIVIL: usize = 4;

impl Log {
    pub(crate) fn new() -> Self {
        Self::in_folder(tempfile::tempdir().unwrap())
    }

    /// A log whose depositary has this clock.
    pub(crate) fn dated(clock: Arc<dyn Clock>) -> Self {
        Self::by(clock, tempfile::tempdir().unwrap())
    }

    fn in_folder(folder: TempDir) -> Self {
        Self::by(ticking(), folder)
    }

    fn by(clock: Arc<dyn Clock>, folder: TempDir) -> Self {
        let mut world = World::default();
        let (depositary, _) = world.found(&folder.path().join("ledger"), clock).unwrap();
        Self { folder, world, depositary, n: 0 }
    }

    pub(crate) fn ledger(&self) -> PathBuf {
        self.folder.path().join("ledger")
    }

    pub(crate) fn published(&self) -> PathBuf {
        self.folder.path().join("published")
    }

    pub(crate) fn copy(&self) -> PathBuf {
        self.folder.path().join("copy")
    }

    /// Signs and records; gives the id and the position.
    pub(crate) fn say(
        &mut self,
        who: usize,
        refs: Vec<Reference>,
        body: impl Into<Body>,
    ) -> (StatementId, u64) {
        let signed = self.world.members[who].work.sign(body, refs).unwrap();
        let receipt = self.depositary.submit_blocking(signed.bytes().to_vec()).unwrap();
        (receipt.statement, receipt.position)
    }

    pub(crate) fn draft(
        &mut self,
        who: usize,
        refs: Vec<Reference>,
        kind: &str,
        of: &Value,
    ) -> (StatementId, u64) {
        let draft = body(&json!({ "kind": kind, "body": of }).to_string());
        self.say(who, refs, draft)
    }

    /// `count` observations by the mission, each told apart.
    pub(crate) fn observe(&mut self, count: u32) {
        let pending: Vec<_> = (0..count)
            .map(|_| {
                self.n += 1;
                let draft = body(&observation(self.n).to_string());
                // Many are recorded in one moment: the signer's clock must not run ahead of the depositary's.
                self.world.members[MISSION].work.clock = EPOCH;
                let signed = self.world.members[MISSION].work.sign(draft, Vec::new()).unwrap();
                self.depositary.enqueue_blocking(signed.bytes().to_vec()).unwrap()
            })
            .collect();
        for pending in pending {
            pending.receipt_blocking().unwrap();
        }
    }

    pub(crate) fn publish(&self) {
        let ledger = Ledger::open(&self.ledger()).unwrap();
        export(&ledger, &self.published(), |_| {}).unwrap();
    }

    /// Something of every kind of relation.
    pub(crate) fn live(&mut self) {
        self.observe(40);
        let period = |day: u32| json!({ "from": format!("2021-02-{:02}T19:30:00+02:00", day - 1), "to": format!("2021-02-{day:02}T19:30:00+02:00") });
        let report = |day: u32, north: Value, fire: Option<u32>| {
            let mut region = json!({ "region": "Donetsk region", "violations": north });
            if let Some(fire) = fire {
                region["live_fire"] = json!(fire);
                region["explosions"] = json!(1);
            }
            json!({
                "number": format!("{day}/2021"), "issued": format!("2021-02-{:02}", day + 1),
                "cutoff": format!("2021-02-{day:02}T19:30:00+02:00"), "period": period(day),
                "regions": [region, { "region": "Luhansk region", "violations": "not-known" }],
            })
        };
        let (first, _) = self.draft(MISSION, vec![], "report", &report(2, json!(10), None));
        self.draft(MISSION, vec![], "report", &report(3, json!(0), None));
        self.draft(MISSION, vec![], "report", &report(6, json!(7), Some(4)));
        self.draft(CIVIL, vec![], "report", &report(6, json!(20), None));
        let corrected = report(2, json!(12), None);
        self.draft(MISSION, vec![Reference(Relation::Corrects, first)], "report", &corrected);
        let (false_one, _) = self.draft(MISSION, vec![], "observation", &observation(9_000)["body"]);
        self.draft(
            MISSION,
            vec![Reference(Relation::Retracts, false_one)],
            "document",
            &json!({ "class": "retraction", "title": "Retraction", "language": "en", "reason": "entered twice" }),
        );
        let (asked, _) = self.draft(
            NORTH,
            vec![],
            "inquiry",
            &json!({ "to": ["south"], "title": "Flights over the line", "topic": "unusual-activity",
                "question": "What were the flights of 7 February?" }),
        );
        self.draft(NORTH, vec![], "inquiry", &json!({ "to": ["south"], "title": "Second question", "topic": "clarification", "question": "And those of 8 February?" }));
        self.draft(
            SOUTH,
            vec![Reference(Relation::Answers, asked)],
            "reply",
            &json!({ "answer": { "answered": { "text": "Weather balloons." } } }),
        );
        self.draft(
            SOUTH,
            vec![Reference(Relation::Disputes, first)],
            "response",
            &json!({ "text": "We dispute the figure.", "position": "disputes" }),
        );
        self.draft(
            GUARANTOR,
            vec![Reference(Relation::About, first)],
            "finding",
            &json!({ "outcome": "inconclusive", "summary": "Could not be settled.", "attribution": "not-made" }),
        );
        let (promised, _) = self.draft(
            NORTH,
            vec![],
            "commitment",
            &json!({ "to": ["south"], "title": "Monthly data", "topic": "data-sharing", "valid_from": "2020-06-01T00:00:00Z",
                "valid_until": "2021-06-01T00:00:00Z",
                "schedule": { "once": { "due": "2020-12-01T00:00:00Z", "grace_min": 60 } } }),
        );
        self.draft(
            NORTH,
            vec![Reference(Relation::Fulfils, promised)],
            "delivery",
            &json!({ "item": 1, "summary": "the table" }),
        );
        for (name, from, drill) in
            [("Zapad-2021", "2021-09-10", false), ("Paper exercise", "2021-03-01", true)]
        {
            let mut draft = json!({
                "designation": name, "activity": "field-exercise",
                "period": { "from": format!("{from}T00:00:00Z"), "to": format!("{}16T00:00:00Z", &from[..8]) },
                "areas": [{ "name": "Training ground", "place": { "name": "Field", "zone": "donetsk" } }],
                "strength": { "troops": { "n": 13_000, "about": true } }, "given": "2021-01-02",
            });
            if drill {
                draft["drill"] = json!(true);
            }
            self.draft(SOUTH, vec![], "notification", &draft);
        }
        self.draft(NORTH, vec![], "calendar", &json!({ "year": 2022, "planned": "nil-return" }));
        self.draft(
            MISSION,
            vec![],
            "harm",
            &json!({ "when": { "days": { "from": "2021-02-06", "to": "2021-02-06" } },
                "place": { "name": "Avdiivka", "zone": "luhansk", "point": { "lat": 48.1397, "lon": 37.7497, "precision_m": 500 } },
                "people": [{ "age": "adult", "sex": "not-known", "count": { "n": 2 }, "effect": "injured" }] }),
        );
        self.draft(
            MISSION,
            vec![],
            "restriction",
            &json!({ "place": { "name": "Checkpoint", "admin": ["Donetsk region"] }, "outcome": "denied",
                "arrived": "2021-02-06T10:00:00+02:00" }),
        );
        self.revoke_civil();
    }

    /// The civil-society body revokes its working key and declares it suspect since the beginning.
    fn revoke_civil(&mut self) {
        let revocation = KeyRevocation {
            key: self.world.members[CIVIL].work.key.public().id(),
            note: None,
            drill: None,
            reason: RevocationReason::Compromised,
            suspect_since: Some(Stamp::new(1_609_459_200_000, Offset::UTC).unwrap()),
        };
        let signed = self.world.members[CIVIL].root.sign(revocation, Vec::new()).unwrap();
        self.depositary.submit_blocking(signed.bytes().to_vec()).unwrap();
    }

    pub(crate) fn size(&self) -> u64 {
        self.depositary.register().size()
    }
}

/// An observation told apart by `n`; some have zones, coordinates and words of their own.
pub(crate) fn observation(n: u32) -> Value {
    let mut place = json!({ "name": format!("Place {}", n % 5) });
    if n.is_multiple_of(3) {
        place["zone"] = json!(if n.is_multiple_of(2) { "donetsk" } else { "luhansk" });
    }
    if n.is_multiple_of(4) {
        place["point"] =
            json!({ "lat": 48.0, "lon": 37.0 + f64::from(n % 10) / 10.0, "precision_m": "not-known" });
    }
    let mut body = json!({
        "what": if n.is_multiple_of(2) { "explosion" } else { "burst" },
        "when": { "at": format!("2021-02-{:02}T12:00:00+02:00", 1 + n % 20) },
        "count": if n.is_multiple_of(7) { json!("not-known") } else { json!({ "n": n }) },
        "means": "heard", "place": place,
        "note": format!("word{} number {n} Авдіївка", n % 11),
    });
    if n.is_multiple_of(6) {
        body["assessed_as"] = json!("live-fire-training");
    }
    json!({ "kind": "observation", "body": body })
}

pub(crate) fn options(from: Location, copy: &Path) -> Options {
    Options::new(from, copy)
}

/// An explorer over `from`, its copy in `copy`.
pub(crate) fn explore(from: Location, copy: &Path) -> Explorer {
    Explorer::start(&options(from, copy)).unwrap()
}

/// Waits until `done` holds of the state; fails after 20 seconds.
pub(crate) fn wait(explorer: &Explorer, what: &str, done: impl Fn(&State) -> bool) -> Arc<State> {
    let start = Instant::now();
    loop {
        let state = explorer.state();
        if done(&state) {
            return state;
        }
        assert!(start.elapsed() < Duration::from_secs(20), "{what}: {:#?}", state.status);
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Waits until `size` entries verified and the light is green.
pub(crate) fn wait_for(explorer: &Explorer, size: u64) -> Arc<Served> {
    let state = wait(explorer, &format!("{size} entries"), |state| {
        state.status.size == size && state.status.level == Level::Green
    });
    state.served.clone().unwrap()
}
