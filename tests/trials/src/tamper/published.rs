//! A mirror, a cache or a wire that alters what was published. It has no key.

use super::{Outcome, Table};
use std::fs;
use std::path::Path;
use truce_statement::SecretKey;
use truce_tests::scene::{Line, Scene, chain, first_finding, lay_out, naive, publish, remembering, sign};
use truce_tests::world::{self, World};
use truce_tlog::bundle;

const WHO: &str = "mirror";

pub(super) fn try_all(scene: &Scene, table: &mut Table) {
    flip_every_byte(scene, table);
    bundles(scene, table);
    tiles(scene, table);
    checkpoints(scene, table);
}

/// Every byte of every file of a small log, one at a time. One line in the table for each file.
fn flip_every_byte(scene: &Scene, table: &mut Table) {
    let small = scene.small();
    assert!(first_finding(small.path(), &naive()).is_none(), "the log is sound before it is spoiled");
    let mut files = Vec::new();
    list(small.path(), small.path(), &mut files);
    files.sort();
    for file in files {
        let path = small.path().join(&file);
        let sound = fs::read(&path).expect("readable");
        let mut spoiled = sound.clone();
        let (mut missed, mut codes) = (Vec::new(), std::collections::BTreeMap::<String, u32>::new());
        for i in 0..sound.len() {
            spoiled[i] ^= 1 << (i % 8);
            fs::write(&path, &spoiled).expect("written");
            match first_finding(small.path(), &naive()) {
                Some(code) => *codes.entry(code).or_default() += 1,
                None => missed.push(i),
            }
            spoiled[i] = sound[i];
        }
        fs::write(&path, &sound).expect("written");
        let name = format!("each of the {} bytes of {file} flipped in turn", sound.len());
        let codes: Vec<String> = codes.into_iter().map(|(code, n)| format!("{code} {n}")).collect();
        let outcome = if missed.is_empty() {
            Outcome::Caught(codes.join(", "))
        } else {
            Outcome::Missed(format!("bytes {missed:?}"))
        };
        table.0.push(super::Attack { who: WHO, name, outcome });
    }
}

fn list(root: &Path, folder: &Path, files: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            list(root, &path, files);
        } else {
            files.push(path.strip_prefix(root).expect("inside").to_string_lossy().into_owned());
        }
    }
}

fn bundles(scene: &Scene, table: &mut Table) {
    let entries = chain(&scene.lines);
    let mut rewrite = |name: &str, expected: &str, last: Vec<Vec<u8>>| {
        let copy = scene.copy();
        let path = copy.path().join("tile/entries/001.p/44");
        assert!(path.is_file(), "the log has 300 entries");
        fs::write(path, bundle::encode_bundle(&last).expect("small")).expect("written");
        table.note(WHO, name, expected, first_finding(copy.path(), &naive()));
    };
    let last = &entries[256..];
    let without = |i: usize| [&last[..i], &last[i + 1..]].concat();
    rewrite("an entry dropped from a bundle", "malformed-bundle", without(7));
    rewrite(
        "an entry dropped, another put in at the end to keep the number",
        "broken-chain",
        [without(7), vec![last[7].clone()]].concat(),
    );
    rewrite(
        "an entry repeated in the place of the next",
        "broken-chain",
        [&last[..8], &last[7..8], &last[9..]].concat(),
    );
    let mut swapped = last.to_vec();
    swapped.swap(3, 4);
    rewrite("two entries swapped", "broken-chain", swapped);
    rewrite("the last entry cut off", "malformed-bundle", last[..43].to_vec());
    let mut cut = last.to_vec();
    cut[43].truncate(100);
    rewrite("the last entry cut short", "malformed-entry", cut);
    rewrite("entries of the first bundle in the place of the last", "broken-chain", entries[..44].to_vec());

    let copy = scene.copy();
    fs::remove_dir_all(copy.path().join("tile/entries/001.p")).expect("removed");
    table.note(WHO, "the last bundle withheld", "missing-entries", first_finding(copy.path(), &naive()));
    let copy = scene.copy();
    fs::remove_file(copy.path().join("tile/entries/000")).expect("removed");
    table.note(WHO, "the first bundle withheld", "missing-entries", first_finding(copy.path(), &naive()));
    let copy = scene.copy();
    fs::write(copy.path().join("tile/entries/000"), vec![0; bundle::MAX_BUNDLE_BYTES + 1]).expect("written");
    table.note(WHO, "a bundle larger than any can be", "unreadable", first_finding(copy.path(), &naive()));
}

fn tiles(scene: &Scene, table: &mut Table) {
    let copy = scene.copy();
    fs::remove_file(copy.path().join("tile/0/000")).expect("removed");
    table.note(WHO, "a full tile withheld", "missing-tile", first_finding(copy.path(), &naive()));
    let copy = scene.copy();
    fs::remove_dir_all(copy.path().join("tile/0/001.p")).expect("removed");
    table.note(WHO, "a partial tile withheld", "missing-tile", first_finding(copy.path(), &naive()));
    let copy = scene.copy();
    let mut bytes = fs::read(copy.path().join("tile/0/000")).expect("readable");
    bytes.rotate_left(32);
    fs::write(copy.path().join("tile/0/000"), bytes).expect("written");
    table.note(WHO, "the hashes of a tile moved round", "tile-differs", first_finding(copy.path(), &naive()));
    let copy = scene.copy();
    let path = copy.path().join("tile/0/001.p/44");
    let mut bytes = fs::read(&path).expect("readable");
    bytes.extend([0; 32]);
    fs::write(path, bytes).expect("written");
    table.note(WHO, "a hash added to a partial tile", "tile-differs", first_finding(copy.path(), &naive()));
    let copy = scene.copy();
    fs::write(copy.path().join("tile/0/002"), [0; 64]).expect("written");
    table.harmless(
        WHO,
        "a tile beyond the checkpoint",
        first_finding(copy.path(), &naive()),
        "no proof reads it",
    );
}

fn checkpoints(scene: &Scene, table: &mut Table) {
    let mut with = |name: &str, expected: &str, note: String| {
        let copy = scene.copy();
        fs::write(copy.path().join("checkpoint"), note).expect("written");
        table.note(WHO, name, expected, first_finding(copy.path(), &remembering(scene)));
    };
    let note = &scene.checkpoint;
    with("an empty checkpoint", "bad-checkpoint", String::new());
    with("a checkpoint that says one entry more", "bad-checkpoint", note.replacen("\n300\n", "\n301\n", 1));
    with("a checkpoint that says one entry less", "bad-checkpoint", note.replacen("\n300\n", "\n299\n", 1));
    with("a checkpoint with an extension line", "bad-checkpoint", note.replacen("\n\n", "\nextra\n\n", 1));
    with(
        "a checkpoint without signatures",
        "bad-checkpoint",
        note.split("\n\n").next().expect("a text").to_owned() + "\n\n",
    );
    let root = truce_tlog::Checkpoint::parse(&(note.split("\n\n").next().expect("a text").to_owned() + "\n"))
        .expect("sound");
    let other = SecretKey::from_seed(&[9; 32]).expect("sound");
    with(
        "a checkpoint signed by another key under the log's name",
        "bad-checkpoint",
        sign(world::ORIGIN, 300, *root.root(), &other),
    );
    with(
        "a checkpoint of another log",
        "bad-checkpoint",
        sign("elsewhere.example/log", 300, *root.root(), &scene.world.log),
    );

    let copy = scene.copy();
    fs::remove_file(copy.path().join("checkpoint")).expect("removed");
    table.note(WHO, "the checkpoint withheld", "no-checkpoint", first_finding(copy.path(), &naive()));

    let old = lay_out(&scene.lines[..200], &scene.world.log, world::ORIGIN);
    table.note(
        WHO,
        "an older state of the log served as the newest",
        "older-than-seen",
        first_finding(old.path(), &remembering(scene)),
    );

    let mut other = World::new("elsewhere.example/log");
    let lines: Vec<Line> = std::iter::once(other.charter.bytes().to_vec())
        .chain(other.accessions(&[]).iter().map(|a| a.bytes().to_vec()))
        .map(|statement| Line { received: scene.lines[0].received, statement })
        .collect();
    let elsewhere = publish(&chain(&lines), &other.log, "elsewhere.example/log", None);
    table.note(
        WHO,
        "the log of another agreement served instead",
        "wrong-agreement",
        first_finding(elsewhere.path(), &remembering(scene)),
    );
}
