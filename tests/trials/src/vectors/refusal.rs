//! `refusal.json`: small logs that are admitted whole, and logs whose last entry is refused, one for each rule.

mod admitted;
pub(super) mod amended;
mod possession;

use super::craft::{Craft, Pen, key, signature};
use super::item::Item;
use super::logs::{
    DAYS, Line, MINUTE, Memory, ORIGIN, Scene, charter, report, retraction, small, start, with_refs,
    with_roles,
};
use super::signatures::malleable;
use super::statement::draft;
use super::{Judged, bytes, text};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use truce_register::Register;
use truce_statement::entry::entry_hash;
use truce_statement::id::sha256;
use truce_statement::{Code, Entry, EntryHash, Kind, RootHash, Seen, Signed, StatementId, Subject};

/// Writes the vectors.
pub(crate) fn generate() -> Value {
    let mut logs = Logs { statements: Map::new(), accepted: Vec::new(), refused: Vec::new() };
    logs.accepted();
    logs.envelope();
    logs.agreement();
    logs.amended();
    logs.keys();
    logs.authority();
    logs.feeds();
    logs.references();
    logs.bodies();
    logs.times();
    logs.possession();
    let covered: BTreeSet<&str> = logs.refused.iter().map(|log| text(&log["code"])).collect();
    for code in Code::ALL {
        assert!(covered.contains(code.as_str()), "no vector is refused as {code}");
    }
    json!({
        "what": "Logs: statements by name, with the time at which each is received (milliseconds UTC). Entry i carries the \
                 hash of entry i - 1, or `prev` where that is given. Of the refused logs every entry but the last is \
                 admitted. `registers` holds the SHA-256 of the register after each entry, `register` the last one's bytes.",
        "accepted": logs.accepted,
        "refused": logs.refused,
        "statements": logs.statements,
    })
}

/// Judges the vectors with our code.
pub(crate) fn judge(file: &Value) -> Vec<Judged> {
    let all = ["accepted", "refused"].into_iter().flat_map(|which| file[which].as_array().expect("a list"));
    all.map(|log| {
        let (found, register, hashes) = fold(file, log);
        if let Some(stated) = log.get("register") {
            assert_eq!(*stated, hex::encode(register.encode()), "register of {}", log["name"]);
            assert_eq!(Register::decode(&bytes(stated)).as_ref(), Ok(&register));
            assert_eq!(log["registers"], json!(hashes), "registers of {}", log["name"]);
        }
        Judged::of(log, &found)
    })
    .collect()
}

/// The verdict on the last entry, the register that is left, and the hash of each register before it.
fn fold(file: &Value, log: &Value) -> (Result<(), String>, Register, Vec<String>) {
    let (mut register, mut memory, mut hashes) = (Register::new(), Memory::default(), Vec::new());
    let entries = log["entries"].as_array().expect("a list");
    for (i, line) in entries.iter().enumerate() {
        let statement = bytes(&file["statements"][text(&line["statement"])]);
        let prev = line.get("prev").map_or(register.head(), |prev| text(prev).parse().expect("a hash"));
        let received = line["received"].as_i64().expect("milliseconds");
        let before = register.encode();
        let bytes = Entry { prev, received, statement: &statement }.encode();
        if let Err(code) = memory.fold(&mut register, &bytes) {
            assert_eq!(register.encode(), before, "a refused entry changes nothing");
            assert_eq!(i + 1, entries.len(), "{}: entry {i} is refused as {code}", log["name"]);
            return (Err(code), register, hashes);
        }
        hashes.push(hex::encode(sha256(&register.encode())));
    }
    (Ok(()), register, hashes)
}

/// Adds a statement to refer to.
type Makes = fn(&mut Scene) -> Signed;

struct Logs {
    statements: Map<String, Value>,
    accepted: Vec<Value>,
    refused: Vec<Value>,
}

impl Logs {
    fn entries(&mut self, lines: &[Line]) -> Vec<Value> {
        let entry = |line: &Line, statements: &mut Map<String, Value>| {
            let hex: Value = hex::encode(&line.statement).into();
            let known = statements.entry(line.name.clone()).or_insert_with(|| hex.clone());
            assert_eq!(*known, hex, "two statements are named {}", line.name);
            json!({ "statement": line.name, "received": line.received })
        };
        lines.iter().map(|line| entry(line, &mut self.statements)).collect()
    }

    fn accept(&mut self, name: &str, scene: &Scene) {
        let entries = self.entries(&scene.lines);
        let mut log = json!({ "name": name, "entries": entries });
        let (verdict, register, hashes) = fold(&json!({ "statements": self.statements }), &log);
        assert_eq!(verdict, Ok(()), "{name}");
        log["registers"] = json!(hashes);
        log["register"] = hex::encode(register.encode()).into();
        self.accepted.push(log);
    }

    fn refuse_log(&mut self, name: &str, code: &str, scene: &Scene) {
        assert!(self.refused.iter().all(|log| log["name"] != name), "{name} twice");
        let entries = self.entries(&scene.lines);
        self.refused.push(json!({ "name": name, "code": code, "entries": entries }));
    }

    /// After `scene`, this statement is refused.
    fn refuse(&mut self, name: &str, code: Code, mut scene: Scene, statement: &[u8]) {
        scene.add(name, statement);
        self.refuse_log(name, code.as_str(), &scene);
    }

    /// After `scene`, `draft` signed with the working key of `party` is refused.
    fn refuse_saying(&mut self, name: &str, code: Code, mut scene: Scene, party: &str, draft: &Value) {
        let signed = scene.work(party).say(draft);
        self.refuse(name, code, scene, signed.bytes());
    }

    fn envelope(&mut self) {
        let altered = |alter: &dyn Fn(&mut Craft)| {
            let mut scene = Scene::founded();
            let mut craft = Craft::of(scene.work("mission").say(&small(Kind::Signal)).bytes());
            alter(&mut craft);
            (scene, craft.seal(&key(0x30)))
        };
        let mut add = |name: &str, code: Code, alter: &dyn Fn(&mut Craft)| {
            let (scene, statement) = altered(alter);
            self.refuse(name, code, scene, &statement);
        };
        add("signal-of-49153-bytes", Code::TooLarge, &|c| {
            // No text may be this long; but size is looked at before anything else.
            let short = 49_153 - c.seal(&key(0x30)).len();
            c.body().put("not_known", Item::Text("x".repeat(short - 13)));
            let over = c.seal(&key(0x30)).len() - 49_153;
            c.body().put("not_known", Item::Text("x".repeat(short - 13 - over)));
        });
        add("signal-untagged", Code::MalformedCose, &|c| c.tag.clear());
        add("signal-with-seq-in-two-bytes", Code::NonCanonical, &|c| {
            *c.payload.at("seq") = Item::Raw(vec![0x18, 0]);
        });
        add("signal-with-an-unknown-field", Code::UnknownField, &|c| c.body().put("mood", "tense"));
        add("signal-with-alg-eddsa", Code::BadHeader, &|c| *c.header.at(1) = (-8).into());
        let (scene, statement) = altered(&|_| {});
        let mut craft = Craft::of(&statement);
        *craft.body().at("title") = "Other pumps".into();
        self.refuse(
            "signal-altered-after-signing",
            Code::BadSignature,
            scene,
            &craft.with_signature(&signature(&statement)),
        );
        let (scene, statement) = altered(&|_| {});
        let craft = Craft::of(&statement);
        self.refuse("signal-signed-by-another-key", Code::BadSignature, scene, &craft.seal(&key(0x31)));
        let (scene, statement) = altered(&|_| {});
        let malleable = Craft::of(&statement).with_signature(&malleable(signature(&statement), 1));
        self.refuse("signal-with-s-plus-order", Code::BadSignature, scene, &malleable);
    }

    fn agreement(&mut self) {
        let mut scene = Scene::founded();
        let signal = scene.work("mission").say(&small(Kind::Signal));
        scene.lines.clear();
        self.refuse("signal-before-the-charter", Code::UnknownAgreement, scene, signal.bytes());
        let mut scene = Scene::founded();
        scene.work("mission").subject =
            Subject::Agreement(truce_statement::AgreementId::from_bytes([0xa9; 32]));
        self.refuse_saying(
            "signal-for-another-agreement",
            Code::UnknownAgreement,
            scene,
            "mission",
            &small(Kind::Signal),
        );
        let mut scene = Scene::founded();
        scene.work("mission").party = "nobody";
        self.refuse_saying("signal-of-nobody", Code::UnknownParty, scene, "mission", &small(Kind::Signal));
        let mut to_nobody = small(Kind::Inquiry);
        to_nobody["body"]["to"] = json!(["north", "nobody"]);
        self.refuse_saying("inquiry-to-nobody", Code::UnknownParty, Scene::founded(), "south", &to_nobody);

        let mut first = |name: &str, code: Code, pen: &mut Pen| {
            let mut scene = Scene::chartered();
            scene.lines.clear();
            let signed = pen.sign(charter(), Vec::new());
            self.refuse(name, code, scene, signed.bytes());
        };
        let origin = || Subject::Origin(ORIGIN.to_owned());
        first(
            "charter-of-another-origin",
            Code::BadHeader,
            &mut Pen::new(0x20, "mission", Subject::Origin("truce.example/other".to_owned())),
        );
        first("charter-of-no-founder", Code::UnknownParty, &mut Pen::new(0x20, "guarantor", origin()));
        first("charter-signed-by-no-root-key", Code::UnknownKey, &mut Pen::new(0x30, "mission", origin()));
        let mut later = Pen::new(0x20, "mission", origin());
        (later.seq, later.prev) = (1, StatementId::from_bytes([1; 32]));
        first("charter-later-in-a-feed", Code::FeedGap, &mut later);
        let mut seeing = Pen::new(0x20, "mission", origin());
        seeing.seen = Some(Seen(1, RootHash::from_bytes([1; 32])));
        first("charter-that-saw-something", Code::BadReference, &mut seeing);
        let mut scene = Scene::founded();
        let again = scene.lines[0].statement.clone();
        scene.add("charter", &again);
        self.refuse_log("charter-again", Code::NotAuthorised.as_str(), &scene);
    }

    fn keys(&mut self) {
        let with_key = |seed: u8, party: &'static str| {
            let scene = Scene::founded();
            let mut pen = Pen::new(seed, party, Subject::Agreement(scene.agreement));
            let signed = pen.say(&small(Kind::Signal));
            (scene, signed)
        };
        let (scene, signed) = with_key(0x41, "mission");
        self.refuse("signal-with-a-key-not-granted", Code::UnknownKey, scene, signed.bytes());
        let (scene, signed) = with_key(0x33, "mission");
        self.refuse("signal-with-the-key-of-another-party", Code::UnknownKey, scene, signed.bytes());
        let mut scene = Scene::chartered();
        let signed = scene.work("mission").say(&small(Kind::Signal));
        self.refuse(
            "signal-before-the-accession-that-names-the-key",
            Code::UnknownKey,
            scene,
            signed.bytes(),
        );

        let mut scene = Scene::founded();
        let revocation = scene.revoke("mission", 0x30, "lost");
        scene.add("revocation", revocation.bytes());
        self.refuse_saying(
            "signal-with-a-revoked-key",
            Code::KeyNotValid,
            scene,
            "mission",
            &small(Kind::Signal),
        );
        let mut scene = Scene::founded();
        let mut pen =
            scene.grant("grant-until-midnight", 0x42, &json!({ "valid_until": "2021-02-09T00:00:00Z" }));
        let signed = pen.say(&small(Kind::Signal));
        scene.add_at("signal-a-millisecond-late", signed.bytes(), start() - MINUTE + 86_400_001);
        self.refuse_log("signal-with-an-expired-key", Code::KeyNotValid.as_str(), &scene);

        let mut bad = |name: &str, of: &str, key: String| {
            let mut scene = Scene::founded();
            let body = json!({ "kind": "key-revocation", "body": { "key": key, "reason": "superseded" } });
            let signed = scene.root(of).say(&body);
            self.refuse(name, Code::InvalidBody, scene, signed.bytes());
        };
        bad("revocation-of-an-unknown-key", "mission", "ab".repeat(32));
        bad("revocation-of-a-root-key", "mission", key(0x20).public().id().to_string());
        bad("revocation-of-the-key-of-another-party", "mission", key(0x31).public().id().to_string());
        let mut scene = Scene::founded();
        let revocation = scene.revoke("mission", 0x30, "lost");
        scene.add("revocation", revocation.bytes());
        let again = scene.revoke("mission", 0x30, "lost");
        self.refuse("revocation-of-a-revoked-key", Code::InvalidBody, scene, again.bytes());
        let mut granted = |name: &str, party: &str, seed: u8| {
            let mut scene = Scene::founded();
            let body = json!({ "kind": "key-grant", "body": { "key": key(seed).public().to_string() } });
            let signed = scene.root(party).say(&body);
            self.refuse(name, Code::InvalidBody, scene, signed.bytes());
        };
        granted("grant-of-a-key-granted-before", "mission", 0x30);
        granted("grant-of-the-key-of-another-party", "mission", 0x31);
        granted("grant-of-a-root-key", "mission", 0x20);
        let mut scene = Scene::chartered();
        let root = key(0x21).public().to_string();
        let accession =
            json!({ "kind": "accession", "body": { "keys": [{ "key": root, "label": "Desk" }] } });
        let signed = scene.root("mission").say(&accession);
        self.refuse("accession-with-a-root-key", Code::InvalidBody, scene, signed.bytes());
    }

    fn authority(&mut self) {
        let code = Code::NotAuthorised;
        self.refuse_saying(
            "notification-of-a-mission",
            code,
            Scene::founded(),
            "mission",
            &draft(Kind::Notification),
        );
        self.refuse_saying(
            "observation-of-a-state",
            code,
            Scene::founded(),
            "north",
            &draft(Kind::Observation),
        );
        self.refuse_saying(
            "finding-of-a-civil-body",
            code,
            Scene::founded(),
            "civil",
            &with_refs(draft(Kind::Finding), &[("about", StatementId::ZERO)]),
        );
        let mut scene = Scene::with_charter("charter-with-roles", with_roles());
        scene.accede("-with-roles");
        self.refuse_saying(
            "notification-of-a-state-where-missions-notify",
            code,
            scene,
            "north",
            &draft(Kind::Notification),
        );
        let mut scene = Scene::founded();
        let signed = scene.root("mission").say(&small(Kind::Signal));
        self.refuse("signal-with-a-root-key", code, scene, signed.bytes());
        let grant = json!({ "kind": "key-grant", "body": { "key": key(0x43).public().to_string() } });
        self.refuse_saying("grant-with-a-working-key", code, Scene::founded(), "mission", &grant);
        let mut scene = Scene::founded();
        let mut pen = scene.grant("grant-for-observations", 0x44, &json!({ "kinds": ["observation"] }));
        let signed = pen.say(&small(Kind::Signal));
        self.refuse("signal-with-a-key-for-observations", code, scene, signed.bytes());
        let mut scene = Scene::chartered();
        let signed = scene.root("mission").say(&grant);
        self.refuse("grant-before-the-accession", code, scene, signed.bytes());
        let mut scene = Scene::founded();
        let signed =
            scene.root("north").say(&json!({ "kind": "accession", "body": { "note": "Once more." } }));
        self.refuse("accession-twice", code, scene, signed.bytes());
    }

    fn feeds(&mut self) {
        let mut scene = Scene::founded();
        drop(scene.work("mission").say(&small(Kind::Signal)));
        self.refuse_saying(
            "signal-after-one-that-is-missing",
            Code::FeedGap,
            scene,
            "mission",
            &small(Kind::Signal),
        );
        let mut scene = Scene::founded();
        scene.say("signal-1", "mission", &small(Kind::Signal));
        let again = scene.lines.last().expect("entries").statement.clone();
        scene.add("signal-1", &again);
        self.refuse_log("signal-twice", Code::FeedFork.as_str(), &scene);
        let mut scene = Scene::founded();
        scene.say("signal-1", "mission", &small(Kind::Signal));
        let pen = scene.work("mission");
        (pen.seq, pen.prev) = (0, StatementId::ZERO);
        self.refuse_saying(
            "document-at-the-place-of-a-signal",
            Code::FeedFork,
            scene,
            "mission",
            &small(Kind::Document),
        );
        let mut scene = Scene::founded();
        scene.say("signal-1", "mission", &small(Kind::Signal));
        scene.work("mission").prev = StatementId::from_bytes([1; 32]);
        self.refuse_saying(
            "signal-after-another-one",
            Code::FeedFork,
            scene,
            "mission",
            &small(Kind::Signal),
        );

        let mut seen = |name: &str, size: u64, root: RootHash| {
            let mut scene = Scene::founded();
            scene.work("mission").seen = Some(Seen(size, root));
            self.refuse_saying(name, Code::UnknownCheckpoint, scene, "mission", &small(Kind::Signal));
        };
        let log = Scene::founded().log();
        seen("signal-that-saw-another-root", 3, RootHash::from_bytes([3; 32]));
        seen("signal-that-saw-the-root-of-another-size", 3, log.root(4));
        seen("signal-that-saw-more-than-there-is", 6, log.root(5));
        seen("signal-that-saw-the-empty-log", 0, RootHash::from_bytes(truce_tlog::EMPTY_ROOT.to_bytes()));
    }

    fn references(&mut self) {
        let nowhere = StatementId::from_bytes([0xab; 32]);
        let unknown = with_refs(small(Kind::Document), &[("about", nowhere)]);
        self.refuse_saying(
            "document-about-nothing-known",
            Code::UnknownReference,
            Scene::founded(),
            "mission",
            &unknown,
        );
        let signal: Makes = |s| s.say("signal-1", "mission", &small(Kind::Signal));
        let inquiry: Makes = |s| s.say("inquiry-1", "south", &small(Kind::Inquiry));
        let commitment: Makes = |s| s.say("commitment-1", "north", &draft(Kind::Commitment));
        let accession: Makes = |s| truce_signed(&s.lines[1].statement, 0x20);
        for (name, target, party, kind, relation) in [
            ("correction-of-another-kind", signal, "mission", Kind::Document, Some("corrects")),
            ("correction-by-another-party", signal, "civil", Kind::Signal, Some("corrects")),
            ("retraction-by-another-party", signal, "civil", Kind::Document, Some("retracts")),
            ("retraction-by-another-kind", signal, "mission", Kind::Observation, Some("retracts")),
            ("retraction-by-a-signal", signal, "mission", Kind::Signal, Some("retracts")),
            ("retraction-of-an-accession", accession, "mission", Kind::Document, Some("retracts")),
            ("answer-to-a-signal", signal, "mission", Kind::Reply, Some("answers")),
            ("answer-by-a-document", inquiry, "north", Kind::Document, Some("answers")),
            ("answer-by-a-party-that-was-not-asked", inquiry, "south", Kind::Reply, Some("answers")),
            ("delivery-to-a-signal", signal, "north", Kind::Delivery, Some("fulfils")),
            (
                "delivery-on-the-commitment-of-another-party",
                commitment,
                "south",
                Kind::Delivery,
                Some("fulfils"),
            ),
            ("reply-to-nothing", inquiry, "north", Kind::Reply, None),
            ("delivery-on-nothing", commitment, "north", Kind::Delivery, None),
            ("response-to-nothing", signal, "south", Kind::Response, None),
            ("finding-on-nothing", signal, "mission", Kind::Finding, None),
        ] {
            let mut scene = Scene::founded();
            let target = target(&mut scene);
            let mut saying = small(kind);
            if relation == Some("retracts") && kind == Kind::Document {
                saying = retraction(target.id());
            }
            let refs: Vec<_> = relation.into_iter().map(|relation| (relation, target.id())).collect();
            self.refuse_saying(name, Code::BadReference, scene, party, &with_refs(saying, &refs));
        }
        let mut scene = Scene::founded();
        let first = signal(&mut scene);
        let minutes = with_refs(small(Kind::Document), &[("retracts", first.id())]);
        self.refuse_saying("retraction-by-minutes", Code::BadReference, scene, "mission", &minutes);
        let nothing = with_refs(retraction(nowhere), &[]);
        self.refuse_saying(
            "retraction-of-nothing",
            Code::BadReference,
            Scene::founded(),
            "mission",
            &nothing,
        );
        let mut scene = Scene::founded();
        let first = commitment(&mut scene);
        let cancels = with_refs(draft(Kind::Notification), &[("retracts", first.id())]);
        self.refuse_saying(
            "commitment-cancelled-by-a-notification",
            Code::BadReference,
            scene,
            "north",
            &cancels,
        );
        let mut scene = Scene::founded();
        let first = signal(&mut scene);
        scene.say(
            "signal-1-corrected",
            "mission",
            &with_refs(small(Kind::Signal), &[("corrects", first.id())]),
        );
        let again = with_refs(small(Kind::Signal), &[("corrects", first.id())]);
        self.refuse_saying("correction-of-what-was-corrected", Code::BadReference, scene, "mission", &again);
        let mut scene = Scene::founded();
        let first = signal(&mut scene);
        let second = scene.say("signal-2", "mission", &small(Kind::Signal));
        let both = with_refs(small(Kind::Signal), &[("corrects", first.id()), ("corrects", second.id())]);
        self.refuse_saying("correction-of-two", Code::BadReference, scene, "mission", &both);
        let mut scene = Scene::founded();
        let first = signal(&mut scene);
        let twice = with_refs(small(Kind::Signal), &[("corrects", first.id()), ("corrects", first.id())]);
        self.refuse_saying("correction-of-one-twice", Code::BadReference, scene, "mission", &twice);
        let mut scene = Scene::founded();
        let first = signal(&mut scene);
        let grant = json!({ "kind": "key-grant", "body": { "key": key(0x45).public().to_string() } });
        let signed = scene.root("mission").say(&with_refs(grant, &[("about", first.id())]));
        self.refuse("grant-with-a-reference", Code::BadReference, scene, signed.bytes());
    }

    fn bodies(&mut self) {
        let mut nowhere = draft(Kind::Observation);
        nowhere["body"]["position"]["zone"] = json!("zone-9");
        self.refuse_saying(
            "observation-in-an-unknown-zone",
            Code::InvalidBody,
            Scene::founded(),
            "mission",
            &nowhere,
        );
        let signed = Scene::founded().work("mission").say(&report("1", DAYS[0], DAYS[1], 40, None));
        let mut craft = Craft::of(signed.bytes());
        let Item::Array(regions) = craft.body().at("regions") else { panic!("no list") };
        regions[0].put("explosions", 41);
        self.refuse(
            "report-with-more-explosions-than-violations",
            Code::InvalidBody,
            Scene::founded(),
            &craft.seal(&key(0x30)),
        );
        for (name, basis) in [
            ("report-that-does-not-carry-on", "previous-reporting-period"),
            ("report-that-does-not-carry-on-by-the-day", "previous-24-hours"),
        ] {
            let mut scene = Scene::founded();
            scene.say("report-1", "mission", &report("1", DAYS[0], DAYS[1], 40, None));
            let next = report("2", DAYS[1], DAYS[2], 8, Some((41, basis)));
            self.refuse_saying(name, Code::InvalidBody, scene, "mission", &next);
        }
    }

    fn times(&mut self) {
        let mut at = |name: &str, iat: u64| {
            let mut scene = Scene::founded();
            scene.work("mission").iat = iat;
            self.refuse_saying(name, Code::ImplausibleTime, scene, "mission", &small(Kind::Signal));
        };
        let next = Scene::founded().lines.last().expect("entries").received + MINUTE;
        at("signal-ahead-of-the-clock", u64::try_from(next).expect("positive") / 1000 + 601);
        at("signal-older-than-the-agreement", super::craft::EPOCH - 601);
        at("signal-at-the-end-of-time", u64::MAX);
        let mut scene = Scene::founded();
        let signed = scene.work("mission").say(&small(Kind::Signal));
        let last = scene.lines.last().expect("entries").received;
        scene.add_at("signal-1", signed.bytes(), last - 1);
        self.refuse_log("entry-received-before-the-one-before", "received-went-back", &scene);
        let mut scene = Scene::founded();
        let signed = scene.work("mission").say(&small(Kind::Signal));
        scene.add("signal-1", signed.bytes());
        for (name, prev) in [
            ("entry-with-the-hash-of-an-earlier-one", entry_hash(&scene.log().entries[1])),
            ("entry-without-the-hash-of-the-one-before", EntryHash::ZERO),
        ] {
            self.refuse_log(name, "broken-chain", &scene);
            let log = self.refused.last_mut().expect("just added");
            log["entries"].as_array_mut().expect("a list").last_mut().expect("entries")["prev"] =
                prev.to_string().into();
        }
    }
}

fn truce_signed(statement: &[u8], seed: u8) -> Signed {
    let statement = truce_statement::Statement::parse(statement.to_vec()).expect("sound");
    statement.verify(key(seed).public()).expect("sound")
}
