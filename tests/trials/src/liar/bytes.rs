//! The evidence is altered, and the page with it where it would show. The liar has nobody's key.

use super::Expected::Red;
use super::page::{showing, with_data};
use super::scene::{History, MISSION, NORTH, base64, fresh, report, unbase64};
use super::{Attacks, record};
use serde_json::{Value, json};
use truce_statement::{Entry, Statement};
use truce_tests::scene::{Line, sign};
use truce_tests::world;
use truce_tlog::leaf_hash;

const WHO: &str = "bytes";

pub(super) fn all(attacks: &mut Attacks<'_>) {
    statements(attacks);
    proofs(attacks);
    checkpoints(attacks);
    links(attacks);
    keys(attacks);
}

/// Evidence altered in a way that the page does not show.
fn evidence(
    attacks: &mut Attacks<'_>,
    name: &'static str,
    step: &'static str,
    position: usize,
    alter: impl Fn(&mut Value) + Send + Sync + 'static,
) {
    attacks.page(WHO, name, Red(step), record(position), move |html| with_data(html, "evidence", &alter));
}

/// The report's entry replaced, with a page that shows what it says. Proofs stay those of the true log.
fn replaced(
    attacks: &mut Attacks<'_>,
    name: &'static str,
    step: &'static str,
    make: impl Fn(&Line) -> (Line, bool),
) {
    let scene = attacks.scene;
    let (position, truth) = (scene.report, scene.truth());
    let (line, keep_prev) = make(&scene.lines[position]);
    let true_entry = Entry::parse(&truth.entries[position]).expect("an entry");
    let prev = if keep_prev { true_entry.prev } else { truce_statement::EntryHash::ZERO };
    let entry = Entry { prev, received: line.received, statement: &line.statement }.encode();
    let mut entries = truth.entries.clone();
    entries[position].clone_from(&entry);
    let (old, new) = (truth.document(position), History::new(entries, &scene.world.log).document(position));
    let mut evidence = truth.evidence(position);
    evidence["entry"] = base64(&entry).into();
    attacks.page(WHO, name, Red(step), record(position), move |html| showing(html, &old, &new, &evidence));
}

/// Turns one bit of the statement: of the signature, which stands at its end, or of what `word` names.
fn turned(line: &Line, at: usize) -> Line {
    let mut statement = line.statement.clone();
    statement[at] ^= 1;
    Line { received: line.received, statement }
}

fn place_of(line: &Line, word: &[u8]) -> usize {
    line.statement.windows(word.len()).position(|w| w == word).expect("the statement has that word")
}

fn statements(attacks: &mut Attacks<'_>) {
    let pen = attacks.scene.pen_behind(attacks.scene.report - 1);
    let liar = fresh(attacks.scene, MISSION, world::key(4242));
    replaced(attacks, "one bit of the signature turned", "signature", |line| {
        (turned(line, line.statement.len() - 20), true)
    });
    replaced(attacks, "one letter in the signed text, page and evidence", "signature", |line| {
        (turned(line, place_of(line, b"Donetsk region") + 2), true)
    });
    replaced(attacks, "a figure in the signed text, page and evidence", "signature", |line| {
        // The figure follows its name: one byte, 12.
        (turned(line, place_of(line, b"violations") + b"violations".len()), true)
    });
    replaced(attacks, "signed anew with a key of the liar's", "key", |line| {
        let mut pen = liar_pen(&liar, &pen);
        let signed = pen.sign(report(2, 7), Vec::new()).expect("sound");
        (Line { received: line.received, statement: signed.bytes().to_vec() }, true)
    });
    replaced(attacks, "another statement truly signed for this place", "inclusion", |line| {
        // The party's own signature, over something it never handed in: only the tree tells.
        let mut pen = pen_copy(&pen);
        let signed = pen.sign(report(2, 7), Vec::new()).expect("sound");
        (Line { received: line.received, statement: signed.bytes().to_vec() }, true)
    });
    replaced(attacks, "received a day later, page and evidence", "inclusion", |line| {
        (Line { received: line.received + 86_400_000, statement: line.statement.clone() }, true)
    });
    replaced(attacks, "no hash of the entry before, page and evidence", "chain", |line| {
        (line.clone(), false)
    });
    let report = attacks.scene.report;
    evidence(attacks, "the entry cut short", "entry", report, |data| {
        let bytes = unbase64(data["entry"].as_str().expect("base64"));
        data["entry"] = base64(&bytes[..bytes.len() - 1]).into();
    });
}

fn liar_pen(liar: &world::Pen, like: &world::Pen) -> world::Pen {
    world::Pen { seq: like.seq, prev: like.prev, clock: like.clock, ..pen_copy(liar) }
}

fn pen_copy(pen: &world::Pen) -> world::Pen {
    world::Pen {
        key: truce_statement::SecretKey::from_seed(&pen.key.seed()).expect("a sound key"),
        party: pen.party.clone(),
        subject: pen.subject.clone(),
        seq: pen.seq,
        prev: pen.prev,
        clock: pen.clock,
        seen: pen.seen,
    }
}

/// The lines of a proof: header, extra, index, hashes, empty line, note.
fn lines(data: &Value, name: &str) -> Vec<String> {
    data[name].as_str().expect("a proof").split('\n').map(ToOwned::to_owned).collect()
}

/// Alters the lines of the record's own proof.
fn proof(
    attacks: &mut Attacks<'_>,
    name: &'static str,
    step: &'static str,
    alter: impl Fn(&mut Vec<String>) + Send + Sync + 'static,
) {
    let position = attacks.scene.report;
    evidence(attacks, name, step, position, move |data| {
        let mut lines = lines(data, "proof");
        alter(&mut lines);
        data["proof"] = lines.join("\n").into();
    });
}

/// The first line of the note inside a proof.
fn note_at(lines: &[String]) -> usize {
    lines.iter().position(String::is_empty).expect("the note follows an empty line") + 1
}

/// Another letter at `at`, where base64 stays what it is.
fn other_letter(line: &str, at: usize) -> String {
    let letter = if &line[at..=at] == "A" { "B" } else { "A" };
    format!("{}{letter}{}", &line[..at], &line[at + 1..])
}

fn proofs(attacks: &mut Attacks<'_>) {
    let report = attacks.scene.report;
    proof(attacks, "a hash of the path altered", "inclusion", |lines| {
        let hash = note_at(lines) - 3;
        lines[hash] = other_letter(&lines[hash], 5);
    });
    proof(attacks, "a hash of the path left out", "inclusion", |lines| {
        lines.remove(note_at(lines) - 3);
    });
    proof(attacks, "two hashes of the path exchanged", "inclusion", |lines| {
        let note = note_at(lines);
        lines.swap(note - 3, note - 4);
    });
    proof(attacks, "a proof of the place beside it", "inclusion", |lines| {
        let index = lines.iter().position(|line| line.starts_with("index ")).expect("an index");
        let number: u64 = lines[index][6..].parse().expect("a number");
        lines[index] = format!("index {}", number + 1);
    });
    evidence(attacks, "the proof of another record", "inclusion", report, |data| {
        data["proof"] = data["before_proof"].clone();
    });
    evidence(attacks, "no proof", "inclusion", report, |data| {
        data.as_object_mut().expect("an object").remove("proof");
    });
}

/// Everything in the evidence that carries a checkpoint gets this one.
fn with_note(data: &mut Value, note: &str) {
    fn visit(value: &mut Value, note: &str) {
        match value {
            Value::String(text) if text.starts_with("c2sp.org/tlog-proof@v1\n") => {
                let end = text.find("\n\n").expect("the note follows an empty line") + 2;
                *text = format!("{}{note}", &text[..end]);
            }
            Value::Array(items) => items.iter_mut().for_each(|item| visit(item, note)),
            Value::Object(fields) => fields.values_mut().for_each(|item| visit(item, note)),
            _ => {}
        }
    }
    visit(data, note);
}

fn checkpoints(attacks: &mut Attacks<'_>) {
    let position = attacks.scene.report;
    let truth = attacks.scene.truth().note;
    let checkpoint =
        truce_tlog::Checkpoint::parse(&(truth.split("\n\n").next().expect("a text").to_owned() + "\n"))
            .expect("sound");
    let (size, root) = (checkpoint.size(), *checkpoint.root());
    let log = &attacks.scene.world.log;
    let key = world::key(4243);
    let signature = truth.rfind(' ').expect("a signature") + 40;
    let notes = [
        ("one bit of the log's signature", "checkpoint", other_letter(&truth, signature)),
        ("signed by another key under the log's name", "checkpoint", sign(world::ORIGIN, size, root, &key)),
        (
            "signed by the log's key under another name",
            "checkpoint",
            sign("elsewhere.example/log", size, root, log),
        ),
        (
            "another name in the signed text",
            "checkpoint",
            truth.replacen(world::ORIGIN, "truce.example/agreement-2", 1),
        ),
        (
            "without a signature",
            "checkpoint",
            truth.split("\n\n").next().expect("a text").to_owned() + "\n\n",
        ),
        // Everything below stands on size and root: a tree of another size has other paths.
        (
            "another size in the signed text",
            "key",
            truth.replacen(&format!("\n{size}\n"), &format!("\n{}\n", size + 64), 1),
        ),
        (
            "another root in the signed text",
            "key",
            truth.replacen(&root.to_base64(), &leaf_hash(b"other").to_base64(), 1),
        ),
    ];
    for (name, step, note) in notes {
        assert!(note != truth, "{name}: nothing was altered");
        evidence(attacks, name, step, position, move |data| with_note(data, &note));
    }
}

fn links(attacks: &mut Attacks<'_>) {
    let (report, late) = (attacks.scene.report, attacks.scene.late);
    let truth = attacks.scene.truth();
    let other = truth.evidence(late - 3);
    evidence(attacks, "another entry as the one before", "chain", report, {
        let other = other.clone();
        move |data| data["before"] = other["before"].clone()
    });
    evidence(attacks, "no entry before", "chain", report, |data| {
        data.as_object_mut().expect("an object").remove("before");
    });
    evidence(attacks, "the entry before without its proof", "chain", report, |data| {
        data.as_object_mut().expect("an object").remove("before_proof");
    });
    evidence(attacks, "another statement of the feed as the one before", "feed", report, {
        let other = truth.evidence(report - 1);
        move |data| data["feed"] = other["feed"].clone()
    });
    evidence(attacks, "no statement before in the feed", "feed", report, |data| {
        data.as_object_mut().expect("an object").remove("feed");
    });
    evidence(attacks, "the feed's proof from a smaller tree", "feed", report, {
        let earlier = History::new(truth.entries[..report].to_vec(), &attacks.scene.world.log);
        let proof = earlier.proof(report - 1);
        move |data| data["feed"]["proof"] = proof.clone().into()
    });
}

fn keys(attacks: &mut Attacks<'_>) {
    let report = attacks.scene.report;
    let truth = attacks.scene.truth();
    let foreign = attacks.scene.other.json("/api/v1/records/0/evidence").expect("the other log's charter");
    let north = truth.evidence(1 + NORTH);
    evidence(attacks, "no charter", "key", report, |data| {
        data["keys"].as_array_mut().expect("a list").remove(0);
    });
    evidence(attacks, "the charter of another agreement", "key", report, move |data| {
        data["keys"][0]["entry"] = foreign["entry"].clone();
    });
    evidence(attacks, "the statement that granted the key left out", "key", report, |data| {
        data["keys"].as_array_mut().expect("a list").remove(1);
    });
    evidence(attacks, "another party's accession in its place", "key", report, move |data| {
        data["keys"][1] = json!({ "position": 1 + NORTH, "entry": north["entry"], "proof": north["proof"] });
    });
    let scene = attacks.scene;
    let entry = Entry::parse(&truth.entries[0]).expect("an entry");
    let charter = Statement::parse(entry.statement).expect("the charter");
    let root = *world::key(0).public().as_bytes();
    let bytes = truth.entries[0].clone();
    assert_eq!(charter.id(), scene.world.charter.id());
    evidence(attacks, "a root key in the charter exchanged", "key", report, move |data| {
        let mut bytes = bytes.clone();
        let at = bytes.windows(32).position(|w| w == root).expect("the root key stands in the charter");
        bytes[at..at + 32].copy_from_slice(world::key(4244).public().as_bytes());
        data["keys"][0]["entry"] = base64(&bytes).into();
    });
    let work = *world::key(100).public().as_bytes();
    evidence(attacks, "a key in the accession exchanged", "key", report, move |data| {
        let mut bytes = unbase64(data["keys"][1]["entry"].as_str().expect("base64"));
        let at = bytes.windows(32).position(|w| w == work).expect("the key stands in the accession");
        bytes[at..at + 32].copy_from_slice(world::key(4245).public().as_bytes());
        data["keys"][1]["entry"] = base64(&bytes).into();
    });
}
