//! The depositary itself, which has the log's key: what it lays out is chained, hashed and signed correctly. What
//! stands against it is what the parties signed, and what others have seen.

use super::Table;
use truce_audit::Options;
use truce_statement::body::agreement::{KeyGrant, KeyRevocation, RevocationReason};
use truce_statement::unit::Stamp;
use truce_statement::{Kind, Reference, Relation, RootHash, Seen, Signed, StatementId, Subject};
use truce_tests::scene::{
    Line, Scene, chain, first_finding, followed_by, followed_by_bytes, lay_out, naive, publish, remembering,
    written_by,
};
use truce_tests::world::{self, EPOCH, Pen, World, body, key, observation};

const WHO: &str = "depositary";

pub(super) fn try_all(scene: &Scene, table: &mut Table) {
    histories(scene, table);
    trees(scene, table);
    keys(scene, table);
    authority(scene, table);
    claims(scene, table);
}

fn audit(scene: &Scene, lines: &[Line], options: &Options) -> Option<String> {
    let directory = lay_out(lines, &scene.world.log, world::ORIGIN);
    first_finding(directory.path(), options)
}

fn histories(scene: &Scene, table: &mut Table) {
    let lines = &scene.lines;
    let mission = written_by(lines, "mission");
    let civil = written_by(lines, "civil");
    let without = |i: usize| [&lines[..i], &lines[i + 1..]].concat();
    let mut try_one = |name: &str, expected: &str, lines: Vec<Line>| {
        table.note(WHO, name, expected, audit(scene, &lines, &remembering(scene)));
    };
    try_one(
        "a report left out, everything behind it chained and signed anew",
        "feed-gap",
        without(mission[5]),
    );
    let (a, b) = (mission[5], mission[6]);
    let mut swapped = lines.clone();
    swapped.swap(a, b);
    (swapped[a].received, swapped[b].received) = (lines[a].received, lines[b].received);
    try_one("two reports of one party in the wrong order", "feed-gap", swapped);
    let (a, b) = (mission[5], *civil.iter().find(|i| **i > mission[5]).expect("one behind"));
    let mut swapped = lines.clone();
    swapped.swap(a, b);
    (swapped[a].received, swapped[b].received) = (lines[a].received, lines[b].received);
    try_one("a report moved before one of another party that came first", "feed-gap", {
        let mut moved = lines.clone();
        let line = moved.remove(mission[8]);
        moved.insert(mission[7], line);
        moved
    });
    try_one("two reports of different parties in the other order", "inconsistent-checkpoints", swapped);
    let last = *civil.last().expect("some");
    try_one("the last report of a party left out", "older-than-seen", without(last));
    let mut replaced = without(last);
    let pen = &scene.world.members[3].work;
    let mut pen = Pen { seq: pen.seq, prev: pen.prev, clock: pen.clock, ..fresh(scene, 3) };
    replaced = followed_by(&replaced, &pen.sign(observation(1, "in its place"), Vec::new()).expect("sound"));
    try_one(
        "the last report of a party left out, another put in its place",
        "inconsistent-checkpoints",
        replaced,
    );
    try_one("a report recorded twice", "feed-fork", followed_by_bytes(lines, &lines[mission[3]].statement));
    let mut dated = lines.clone();
    dated[mission[9]].received -= 86_400_000;
    try_one("a report dated a day back", "received-went-back", dated);
    let mut dated = lines.clone();
    for line in &mut dated[mission[9]..] {
        line.received += 86_400_000;
    }
    try_one("everything from one report on dated a day later", "inconsistent-checkpoints", dated);
    try_one("a second charter", "not-authorised", {
        followed_by(lines, &World::new("elsewhere.example/log").charter)
    });
    try_one("a log without its charter", "unknown-agreement", lines[1..].to_vec());
    let mut altered = lines.clone();
    let place = altered[mission[4]].statement.windows(10).position(|w| w == b"as printed").expect("the note");
    altered[mission[4]].statement[place] = b'A';
    try_one("a word in a report changed", "bad-signature", altered);
}

fn trees(scene: &Scene, table: &mut Table) {
    let entries = chain(&scene.lines);
    let mut unlinked = entries.clone();
    let entry = truce_statement::Entry::parse(&entries[150]).expect("an entry");
    unlinked[150] = truce_statement::Entry { prev: truce_statement::EntryHash::ZERO, ..entry }.encode();
    let directory = publish(&unlinked, &scene.world.log, world::ORIGIN, None);
    table.note(
        WHO,
        "an entry that carries a wrong previous hash, hashed and signed",
        "broken-chain",
        first_finding(directory.path(), &naive()),
    );
    let wrong = truce_tlog::leaf_hash(b"another tree");
    let directory = publish(&entries, &scene.world.log, world::ORIGIN, Some(wrong));
    table.note(
        WHO,
        "a checkpoint signed for a tree that was never published",
        "root-differs",
        first_finding(directory.path(), &naive()),
    );
    let seen = truce_tests::scene::sign(world::ORIGIN, 100, wrong, &scene.world.log);
    let options = Options { seen: Some(seen.into_bytes()), ..naive() };
    table.note(
        WHO,
        "two checkpoints signed that cannot both be true",
        "inconsistent-checkpoints",
        first_finding(&scene.published(), &options),
    );
    let seen = truce_tests::scene::sign(world::ORIGIN, 300, wrong, &scene.world.log);
    let options = Options { seen: Some(seen.into_bytes()), ..naive() };
    table.note(
        WHO,
        "two checkpoints of one size with different roots",
        "inconsistent-checkpoints",
        first_finding(&scene.published(), &options),
    );
}

/// A pen of member `i` as its working key stands before the ledger's first report.
fn fresh(scene: &Scene, i: usize) -> Pen {
    let member = &scene.world.members[i];
    let seed = 100 + u16::try_from(i).expect("few members");
    Pen::new(key(seed), member.work.party.clone(), Subject::Agreement(scene.world.agreement()))
}

/// The pen of a root key behind the accession.
fn root(scene: &Scene, i: usize) -> Pen {
    let member = &scene.world.members[i];
    let seed = u16::try_from(i).expect("few members");
    let subject = Subject::Agreement(scene.world.agreement());
    let pen = Pen::new(key(seed), member.root.party.clone(), subject);
    Pen { seq: member.root.seq, prev: member.root.prev, ..pen }
}

fn grant(scene: &Scene, seed: u16, change: impl FnOnce(&mut KeyGrant)) -> (Signed, Pen) {
    let mut grant = KeyGrant {
        key: key(seed).public().clone(),
        drill: None,
        kinds: None,
        label: None,
        proof: None,
        valid_until: None,
    };
    change(&mut grant);
    let signed = root(scene, 0).sign(grant, Vec::new()).expect("sound");
    let member = &scene.world.members[0];
    (signed, Pen::new(key(seed), member.work.party.clone(), Subject::Agreement(scene.world.agreement())))
}

fn keys(scene: &Scene, table: &mut Table) {
    // The charter and every accession.
    let base = &scene.lines[..6];
    let mut try_one = |name: &str, expected: &str, lines: Vec<Line>| {
        table.note(WHO, name, expected, audit(scene, &lines, &naive()));
    };
    let revocation = KeyRevocation {
        key: scene.world.members[0].work.key.public().id(),
        note: None,
        drill: None,
        reason: RevocationReason::Compromised,
        suspect_since: None,
    };
    let revoked = followed_by(base, &root(scene, 0).sign(revocation, Vec::new()).expect("sound"));
    let late = fresh(scene, 0).sign(observation(1, "after"), Vec::new()).expect("sound");
    try_one("a report under a key that was revoked", "key-not-valid", followed_by(&revoked, &late));
    let ungranted =
        Pen { key: key(777), ..fresh(scene, 0) }.sign(observation(1, "x"), Vec::new()).expect("sound");
    try_one("a report under a key that was never granted", "unknown-key", followed_by(base, &ungranted));
    let until = Stamp::new(base[5].received - 1, "Z".parse().expect("an offset")).expect("a time");
    let (granted, mut pen) = grant(scene, 778, |g| g.valid_until = Some(until));
    let expired = pen.sign(observation(1, "x"), Vec::new()).expect("sound");
    try_one(
        "a report under a key that has expired",
        "key-not-valid",
        followed_by(&followed_by(base, &granted), &expired),
    );
    let kinds = truce_statement::unit::NonEmpty::new(vec![Kind::Weapons]).expect("one");
    let (granted, mut pen) = grant(scene, 779, |g| g.kinds = Some(kinds));
    let beyond = pen.sign(observation(1, "x"), Vec::new()).expect("sound");
    try_one(
        "a report under a key granted for other kinds",
        "not-authorised",
        followed_by(&followed_by(base, &granted), &beyond),
    );
    let stolen = Pen { party: scene.world.members[1].work.party.clone(), ..fresh(scene, 0) };
    let stolen = { stolen }.sign(observation(1, "x"), Vec::new()).expect("sound");
    try_one("a report under another party's key", "unknown-key", followed_by(base, &stolen));
    let nobody = Pen { party: "nobody".parse().expect("an id"), ..fresh(scene, 0) };
    let nobody = { nobody }.sign(observation(1, "x"), Vec::new()).expect("sound");
    try_one("a report of a party that is not in the charter", "unknown-party", followed_by(base, &nobody));
    let early = fresh(scene, 0).sign(observation(1, "x"), Vec::new()).expect("sound");
    try_one("a report before its party acceded", "unknown-key", followed_by(&base[..1], &early));
    let again = {
        let mut pen = root(scene, 0);
        let work = KeyGrant {
            key: key(100).public().clone(),
            drill: None,
            kinds: None,
            label: None,
            proof: None,
            valid_until: None,
        };
        pen.sign(work, Vec::new()).expect("sound")
    };
    try_one("a key granted twice", "invalid-body", followed_by(base, &again));
    let mut first = fresh(scene, 0);
    let one = first.sign(observation(1, "one"), Vec::new()).expect("sound");
    let other = fresh(scene, 0).sign(observation(2, "the other"), Vec::new()).expect("sound");
    try_one(
        "two statements of one key with the same number",
        "feed-fork",
        followed_by(&followed_by(base, &one), &other),
    );
    let mut astray = fresh(scene, 0);
    (astray.seq, astray.prev) = (1, StatementId::from_bytes([7; 32]));
    let astray = astray.sign(observation(2, "x"), Vec::new()).expect("sound");
    try_one(
        "a statement that names another one before it",
        "feed-fork",
        followed_by(&followed_by(base, &one), &astray),
    );
    let elsewhere = Pen {
        subject: Subject::Agreement(World::new("elsewhere.example/log").agreement()),
        ..fresh(scene, 0)
    };
    let elsewhere = { elsewhere }.sign(observation(1, "x"), Vec::new()).expect("sound");
    try_one("a statement made for another agreement", "unknown-agreement", followed_by(base, &elsewhere));
}

fn authority(scene: &Scene, table: &mut Table) {
    let base = &scene.lines[..6];
    let mut try_one = |name: &str, expected: &str, signed: Signed| {
        table.note(WHO, name, expected, audit(scene, &followed_by(base, &signed), &naive()));
    };
    try_one(
        "a report signed by a state",
        "not-authorised",
        fresh(scene, 1).sign(observation(1, "x"), Vec::new()).expect("sound"),
    );
    try_one(
        "a report signed by a root key",
        "not-authorised",
        root(scene, 0).sign(observation(1, "x"), Vec::new()).expect("sound"),
    );
    let grant = KeyGrant {
        key: key(900).public().clone(),
        drill: None,
        kinds: None,
        label: None,
        proof: None,
        valid_until: None,
    };
    try_one(
        "a key granted by a working key",
        "not-authorised",
        fresh(scene, 0).sign(grant, Vec::new()).expect("sound"),
    );
    let finding = body(
        r#"{"kind":"finding","body":{"outcome":"not-corroborated","summary":"x","attribution":"not-made"}}"#,
    );
    let about = vec![Reference(Relation::About, scene.world.charter.id())];
    try_one(
        "a finding by a civil-society body",
        "not-authorised",
        fresh(scene, 4).sign(finding, about).expect("sound"),
    );
}

fn claims(scene: &Scene, table: &mut Table) {
    let base = &scene.lines[..6];
    let mut try_one = |name: &str, expected: &str, lines: Vec<Line>| {
        table.note(WHO, name, expected, audit(scene, &lines, &naive()));
    };
    let about = |relation, id| vec![Reference(relation, id)];
    let one = fresh(scene, 0).sign(observation(1, "one"), Vec::new()).expect("sound");
    let with_one = followed_by(base, &one);
    let unknown = StatementId::from_bytes([3; 32]);
    let dangling = fresh(scene, 0).sign(observation(1, "x"), about(Relation::About, unknown)).expect("sound");
    try_one(
        "a statement about one that is not in the log",
        "unknown-reference",
        followed_by(base, &dangling),
    );
    let foreign =
        fresh(scene, 4).sign(observation(1, "x"), about(Relation::Corrects, one.id())).expect("sound");
    try_one("another party's report corrected", "bad-reference", followed_by(&with_one, &foreign));
    let mut pen = fresh(scene, 0);
    pen.seen = Some(Seen(4, RootHash::from_bytes([1; 32])));
    let blind = pen.sign(observation(1, "x"), Vec::new()).expect("sound");
    try_one(
        "a statement that saw a checkpoint the log never had",
        "unknown-checkpoint",
        followed_by(base, &blind),
    );
    let mut pen = fresh(scene, 0);
    pen.clock = EPOCH + 100 * 86_400;
    let future = pen.sign(observation(1, "x"), Vec::new()).expect("sound");
    try_one("a statement issued after it was received", "implausible-time", followed_by(base, &future));
    let mut pen = fresh(scene, 0);
    pen.clock = EPOCH - 86_400;
    let past = pen.sign(observation(1, "x"), Vec::new()).expect("sound");
    try_one("a statement issued before its agreement", "implausible-time", followed_by(base, &past));
    let report = |number: &str, from: &str, to: &str, violations: u32, previous: u32| {
        body(
            &serde_json::json!({ "kind": "report", "body": {
            "number": number, "issued": &to[..10], "cutoff": to, "period": { "from": from, "to": to },
            "regions": [{ "region": "Donetsk", "violations": violations, "previous": previous,
                "previous_basis": "previous-reporting-period" }] } })
            .to_string(),
        )
    };
    let mut pen = fresh(scene, 0);
    let (a, b, c) = ("2021-02-05T19:30:00+02:00", "2021-02-06T19:30:00+02:00", "2021-02-07T19:30:00+02:00");
    let first = pen.sign(report("1/2021", a, b, 40, 8), Vec::new()).expect("sound");
    let second = pen.sign(report("2/2021", b, c, 25, 4), Vec::new()).expect("sound");
    try_one(
        "a report that misstates the figure of the one before",
        "invalid-body",
        followed_by(&followed_by(base, &first), &second),
    );
}
