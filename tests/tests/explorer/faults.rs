//! Sources that lie. In each case the light turns red at the right place, and what verified before stays.

use crate::log::{Log, MISSION, explore, observation, wait, wait_for};
use std::path::Path;
use truce_copy::source::Location;
use truce_copy::{Explorer, Finding, Level, Why};
use truce_explorer::model::Views as _;
use truce_log::Depositary;
use truce_statement::{Entry, EntryHash};
use truce_tests::world::{EPOCH, World, body, ticking};
use truce_tlog::{
    BundleCoord, Checkpoint, Ed25519NoteSigner, EdgeTiles, EntryBundle, SignedCheckpoint, bundle, leaf_hash,
    tile,
};

/// The entries of a published log of fewer than 256.
fn entries(published: &Path, size: u64) -> Vec<Vec<u8>> {
    let coord = BundleCoord::in_tree(0, size).unwrap();
    let bytes = std::fs::read(published.join(coord.to_string())).unwrap();
    EntryBundle::parse(&bytes, coord).unwrap().entries().iter().map(|entry| entry.to_vec()).collect()
}

fn write(path: &Path, bytes: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

/// Puts other entries in the place of those that are published, and nothing else.
fn replace_entries(published: &Path, entries: &[Vec<u8>]) {
    let coord = BundleCoord::in_tree(0, entries.len() as u64).unwrap();
    write(&published.join(coord.to_string()), &bundle::encode_bundle(entries).unwrap());
}

/// Publishes `entries` as the log's own key would sign them.
fn publish_signed(world: &World, published: &Path, entries: &[Vec<u8>]) {
    replace_entries(published, entries);
    let mut edge = EdgeTiles::new();
    for entry in entries {
        edge.push(leaf_hash(entry));
    }
    for (coord, bytes) in edge.partial_tiles() {
        write(&published.join(coord.to_string()), bytes);
    }
    let key = Ed25519NoteSigner::from_seed(truce_tests::world::ORIGIN, &world.log.seed()).unwrap();
    let checkpoint = Checkpoint::new(truce_tests::world::ORIGIN, edge.size(), edge.root()).unwrap();
    let note = SignedCheckpoint::sign(checkpoint, &key).unwrap().to_string();
    write(&published.join("checkpoint"), note.as_bytes());
}

/// Chains `entries` from `from` on anew.
fn chain(entries: &mut [Vec<u8>], from: usize) {
    for i in from.max(1)..entries.len() {
        let prev = EntryHash::from_bytes(leaf_hash(&entries[i - 1]).to_bytes());
        let entry = Entry::parse(&entries[i]).unwrap();
        entries[i] = Entry { prev, received: entry.received, statement: entry.statement }.encode();
    }
}

/// A published log of which an explorer has the first part, with its second part published since.
struct Scene {
    log: Log,
    explorer: Explorer,
    before: u64,
}

impl Scene {
    fn new(spoil: impl FnOnce(&Log, u64)) -> Self {
        let mut log = Log::new();
        log.observe(60);
        log.publish();
        let explorer = explore(Location::Published(log.published()), &log.copy());
        let before = log.size();
        wait_for(&explorer, before);
        log.observe(40);
        // Spoiled before it is shown: the checkpoint comes last.
        let note = std::fs::read(log.published().join("checkpoint")).unwrap();
        let shown = log.published().join("checkpoint");
        log.publish_elsewhere();
        spoil(&log, before);
        assert_eq!(std::fs::read(&shown).unwrap(), note);
        log.show();
        Self { log, explorer, before }
    }

    /// The finding, once it is there; what verified before is still served, and again after a new start.
    fn finding(self) -> Finding {
        let state = wait(&self.explorer, "red", |state| state.status.level == Level::Red);
        assert_eq!(state.status.why, Some(Why::Finding));
        let served = state.served.clone().unwrap();
        assert_eq!(served.size(), self.before);
        let (record, _) = served.verified_record(self.before - 1).unwrap();
        let proof = served.proof(record.position, &record.bytes).unwrap();
        assert!(proof.starts_with("c2sp.org/tlog-proof@v1"));
        let finding = state.status.findings[0].clone();
        drop((state, served));
        self.explorer.stop();
        let again = explore(Location::Published(self.log.published()), &self.log.copy());
        assert_eq!(again.state().status.size, self.before);
        let state = wait(&again, "red again", |state| state.status.level == Level::Red);
        assert_eq!(state.status.findings[0].code, finding.code);
        assert_eq!(state.status.size, self.before);
        finding
    }
}

impl Log {
    fn next(&self) -> std::path::PathBuf {
        self.folder.path().join("next")
    }

    /// Publishes into another folder, to be spoiled there.
    fn publish_elsewhere(&self) {
        let ledger = truce_log::Ledger::open(&self.ledger()).unwrap();
        truce_log::export(&ledger, &self.next(), |_| {}).unwrap();
    }

    /// Puts the other folder in the place of the published one.
    fn show(&self) {
        std::fs::rename(self.published(), self.folder.path().join("old")).unwrap();
        std::fs::rename(self.next(), self.published()).unwrap();
    }
}

#[test]
fn an_entry_that_the_source_altered_is_named() {
    for at in [70_usize, 66, 105] {
        let scene = Scene::new(|log, before| {
            let mut all = entries(&log.next(), log.size());
            assert!(at as u64 >= before);
            let entry = Entry::parse(&all[at]).unwrap();
            all[at] = Entry { received: entry.received + 1, ..entry }.encode();
            replace_entries(&log.next(), &all);
        });
        let finding = scene.finding();
        assert_eq!((finding.code.as_str(), finding.position), ("root-differs", Some(at as u64)), "{finding}");
        assert!(finding.expected.is_some() && finding.found.is_some());
    }
}

#[test]
fn a_statement_that_the_source_altered_is_named() {
    let scene = Scene::new(|log, _| {
        let mut all = entries(&log.next(), log.size());
        let entry = Entry::parse(&all[80]).unwrap();
        let mut statement = entry.statement.to_vec();
        let last = statement.len() - 1;
        statement[last] ^= 1;
        all[80] = Entry { statement: &statement, ..entry }.encode();
        chain(&mut all, 81);
        replace_entries(&log.next(), &all);
    });
    let finding = scene.finding();
    assert_eq!((finding.code.as_str(), finding.position), ("root-differs", Some(80)), "{finding}");
}

#[test]
fn a_log_that_signed_what_should_have_been_refused_is_told_from_a_source_that_alters() {
    let scene = Scene::new(|log, _| {
        let mut all = entries(&log.next(), log.size());
        all.swap(80, 81);
        chain(&mut all, 80);
        publish_signed(&log.world, &log.next(), &all);
    });
    let finding = scene.finding();
    assert_eq!((finding.code.as_str(), finding.position), ("feed-gap", Some(80)), "{finding}");
}

#[test]
fn a_missing_bundle_and_an_altered_tile_are_found() {
    let scene = Scene::new(|log, _| {
        let coord = BundleCoord::in_tree(0, log.size()).unwrap();
        std::fs::remove_file(log.next().join(coord.to_string())).unwrap();
    });
    assert_eq!(scene.finding().code, "missing-entries");
    let scene = Scene::new(|log, _| {
        let coord = tile::TileCoord::in_tree(0, 0, log.size()).unwrap();
        let path = log.next().join(coord.to_string());
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[32 * 90] ^= 1;
        std::fs::write(path, bytes).unwrap();
    });
    let finding = scene.finding();
    assert_eq!(finding.code, "tile-differs", "{finding}");
}

#[test]
fn a_checkpoint_by_another_key_is_no_checkpoint() {
    let scene = Scene::new(|log, _| {
        let path = log.next().join("checkpoint");
        let note = std::fs::read_to_string(&path).unwrap();
        std::fs::write(path, note.replacen("103\n", "104\n", 1).replacen("106\n", "107\n", 1)).unwrap();
    });
    assert_eq!(scene.finding().code, "bad-checkpoint");
}

#[test]
fn a_fork_is_proven_by_two_notes_and_never_forgotten() {
    let mut log = Log::new();
    // One by one, so that both histories have the same times.
    (0..50).for_each(|_| log.observe(1));
    log.publish();
    let from = Location::Published(log.published());
    let explorer = explore(from.clone(), &log.copy());
    let size = log.size();
    wait_for(&explorer, size);

    // The same log key signs another history: one observation is told otherwise, and more follow.
    let folder = tempfile::tempdir().unwrap();
    let mut world = World::default();
    let (depositary, _) = world.found(&folder.path().join("ledger"), ticking()).unwrap();
    for n in 1..=90 {
        let n = if n == 20 { 999 } else { n };
        world.members[MISSION].work.clock = EPOCH;
        let signed = world.members[MISSION].work.sign(body(&observation(n).to_string()), Vec::new()).unwrap();
        depositary.submit_blocking(signed.bytes().to_vec()).unwrap();
    }
    publish_ledger(depositary, &folder, &log);
    let state = wait(&explorer, "red", |state| state.status.level == Level::Red);
    let finding = &state.status.findings[0];
    assert_eq!(finding.code, "inconsistent-checkpoints", "{finding}");
    assert_eq!(finding.position, Some(25), "{finding}");
    assert_eq!(finding.notes.len(), 2);
    assert_eq!(state.served.as_ref().unwrap().size(), size);
    drop(state);
    explorer.stop();

    // The source goes back to the history that it had: what was proven stays.
    std::fs::remove_dir_all(log.published()).unwrap();
    log.publish();
    let explorer = explore(from, &log.copy());
    let state = wait(&explorer, "a look", |state| state.status.checked_at > 0);
    assert_eq!((state.status.level, state.status.size), (Level::Red, size));
    let view = state.served.as_ref().unwrap().checkpoints(None, 10).unwrap();
    assert_eq!((view.disagreements.len(), view.rows[0].size), (1, size));
}

fn publish_ledger(depositary: Depositary, folder: &tempfile::TempDir, log: &Log) {
    depositary.close();
    let ledger = truce_log::Ledger::open(&folder.path().join("ledger")).unwrap();
    truce_log::export(&ledger, &log.next(), |_| {}).unwrap();
    log.show();
}

#[test]
fn another_root_of_the_same_size_is_a_fork() {
    let mut log = Log::new();
    log.observe(10);
    log.publish();
    let explorer = explore(Location::Published(log.published()), &log.copy());
    wait_for(&explorer, log.size());
    let mut all = entries(&log.published(), log.size());
    let entry = Entry::parse(&all[12]).unwrap();
    all[12] = Entry { received: entry.received + 1, ..entry }.encode();
    chain(&mut all, 13);
    publish_signed(&log.world, &log.published(), &all);
    let state = wait(&explorer, "red", |state| state.status.level == Level::Red);
    assert_eq!(state.status.findings[0].code, "inconsistent-checkpoints");
    assert!(state.status.findings[0].is_proven());
}

#[test]
fn an_older_checkpoint_is_no_finding_but_not_green() {
    let mut log = Log::new();
    log.observe(10);
    log.publish();
    let older = std::fs::read(log.published().join("checkpoint")).unwrap();
    log.observe(10);
    log.publish();
    let explorer = explore(Location::Published(log.published()), &log.copy());
    let size = log.size();
    wait_for(&explorer, size);
    std::fs::write(log.published().join("checkpoint"), older).unwrap();
    let state = wait(&explorer, "amber", |state| state.status.level == Level::Amber);
    assert_eq!((state.status.why, state.status.size), (Some(Why::StaleSource), size));
    log.observe(1);
    log.publish_elsewhere();
    log.show();
    wait_for(&explorer, size + 1);
}

#[test]
fn a_first_copy_of_a_bad_log_serves_nothing() {
    let mut log = Log::new();
    log.observe(10);
    log.publish();
    let mut all = entries(&log.published(), log.size());
    all.swap(10, 11);
    replace_entries(&log.published(), &all);
    let explorer = explore(Location::Published(log.published()), &log.copy());
    let state = wait(&explorer, "red", |state| state.status.level == Level::Red);
    assert!(state.served.is_none());
    assert_eq!(state.status.findings[0].position, Some(10));
    // Repaired, it is followed.
    std::fs::remove_dir_all(log.published()).unwrap();
    log.publish();
    wait_for(&explorer, log.size());
}
