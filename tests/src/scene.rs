//! A finished ledger with its keys, and the means to lay out false ones.

use crate::world::{self, World, observation};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use truce_audit::{DirSource, Options, audit};
use truce_log::{Ledger, export};
use truce_statement::entry::entry_hash;
use truce_statement::{Entry, EntryHash, SecretKey, Signed, Statement};
use truce_tlog::{Checkpoint, Ed25519NoteSigner, EdgeTiles, Hash, SignedCheckpoint, bundle, leaf_hash, tile};

/// A statement with the time it is received, milliseconds UTC.
#[derive(Clone, Debug)]
pub struct Line {
    /// Milliseconds UTC.
    pub received: i64,
    /// As it was signed.
    pub statement: Vec<u8>,
}

/// A finished ledger with the keys of all who wrote in it.
pub struct Scene {
    /// The folder of the ledger and of what it published.
    pub folder: TempDir,
    /// The parties with their keys.
    pub world: World,
    /// Everything in the ledger, in order.
    pub lines: Vec<Line>,
    /// Last checkpoint, as text.
    pub checkpoint: String,
}

/// More than one tile, so that full and partial tiles and bundles are attacked.
const ENTRIES: u32 = 300;
/// Entries of the log of which every byte is flipped.
const SMALL: usize = 9;

impl Scene {
    /// Grows the ledger and publishes it.
    #[must_use]
    pub fn grown() -> Self {
        let folder = tempfile::Builder::new().prefix("truce-tamper-").tempdir().expect("a temporary folder");
        let mut world = World::default();
        let (depositary, _) =
            world.found(&folder.path().join("ledger"), world::ticking()).expect("a new ledger");
        for n in 0..ENTRIES - 6 {
            let writer = [0, 3, 4][n as usize % 3];
            let signed =
                world.members[writer].work.sign(observation(n + 1, "as printed"), Vec::new()).expect("sound");
            depositary.submit_blocking(signed.bytes().to_vec()).expect("admitted");
        }
        depositary.close();
        let ledger = Ledger::open(&folder.path().join("ledger")).expect("the ledger opens");
        export(&ledger, &folder.path().join("published"), |_| {}).expect("an export");
        let lines = (0..ledger.size())
            .map(|i| {
                let bytes = ledger.entry(i).expect("readable").expect("there");
                let entry = Entry::parse(&bytes).expect("an entry");
                Line { received: entry.received, statement: entry.statement.to_vec() }
            })
            .collect();
        let checkpoint = ledger.checkpoint().expect("signed").to_string();
        Self { folder, world, lines, checkpoint }
    }

    /// The ledger's folder.
    #[must_use]
    pub fn ledger(&self) -> PathBuf {
        self.folder.path().join("ledger")
    }

    /// The published log.
    #[must_use]
    pub fn published(&self) -> PathBuf {
        self.folder.path().join("published")
    }

    /// A fresh copy of the published log, to be spoiled.
    #[must_use]
    pub fn copy(&self) -> TempDir {
        let copy = tempfile::tempdir_in(self.folder.path()).expect("a temporary folder");
        copy_all(&self.published(), copy.path());
        copy
    }

    /// The first few entries, laid out and signed as the log did when they were all there was.
    #[must_use]
    pub fn small(&self) -> TempDir {
        lay_out(&self.lines[..SMALL], &self.world.log, world::ORIGIN)
    }
}

/// Copies a folder with all that is in it.
pub fn copy_all(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("its type").is_dir() {
            copy_all(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

/// Chains `lines` into entries.
#[must_use]
pub fn chain(lines: &[Line]) -> Vec<Vec<u8>> {
    let mut prev = EntryHash::ZERO;
    lines
        .iter()
        .map(|line| {
            let entry = Entry { prev, received: line.received, statement: &line.statement }.encode();
            prev = entry_hash(&entry);
            entry
        })
        .collect()
}

/// Publishes `lines` as the depositary could: chained, hashed and signed correctly, whatever they say.
#[must_use]
pub fn lay_out(lines: &[Line], key: &SecretKey, origin: &str) -> TempDir {
    publish(&chain(lines), key, origin, None)
}

/// Publishes `entries`; the checkpoint is signed for `root` where one is given.
#[must_use]
pub fn publish(entries: &[Vec<u8>], key: &SecretKey, origin: &str, root: Option<Hash>) -> TempDir {
    let folder = tempfile::Builder::new().prefix("truce-tamper-").tempdir().expect("a temporary folder");
    let mut edge = EdgeTiles::new();
    let mut tiles = Vec::new();
    for entry in entries {
        tiles
            .extend(edge.push(leaf_hash(entry)).into_iter().map(|full| (full.coord.to_string(), full.bytes)));
    }
    tiles.extend(edge.partial_tiles().map(|(coord, bytes)| (coord.to_string(), bytes.to_vec())));
    for coord in tile::new_bundles(0, entries.len() as u64) {
        let first = usize::try_from(coord.first_entry().expect("small")).expect("small");
        let bytes =
            bundle::encode_bundle(&entries[first..first + usize::from(coord.width())]).expect("small");
        tiles.push((coord.to_string(), bytes));
    }
    for (path, bytes) in tiles {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, bytes).expect("written");
    }
    let note = sign(origin, entries.len() as u64, root.unwrap_or(edge.root()), key);
    fs::write(folder.path().join("checkpoint"), note).expect("written");
    folder
}

/// A checkpoint signed by `key`.
#[must_use]
pub fn sign(origin: &str, size: u64, root: Hash, key: &SecretKey) -> String {
    let signer = Ed25519NoteSigner::from_seed(origin, &key.seed()).expect("a fixed origin");
    let checkpoint = Checkpoint::new(origin, size, root).expect("a sound checkpoint");
    SignedCheckpoint::sign(checkpoint, &signer).expect("a sound checkpoint").to_string()
}

/// The code of the first finding; an unreadable source counts as the code `unreadable`.
#[must_use]
pub fn first_finding(directory: &Path, options: &Options) -> Option<String> {
    match audit(&DirSource::new(directory), options, |_| {}) {
        Ok(report) => report.findings.first().map(|finding| finding.code.to_string()),
        Err(_) => Some("unreadable".to_owned()),
    }
}

/// What an auditor knows who has followed the log: the agreement and the last checkpoint.
#[must_use]
pub fn remembering(scene: &Scene) -> Options {
    Options {
        agreement: Some(scene.world.agreement()),
        seen: Some(scene.checkpoint.clone().into_bytes()),
        threads: 1,
        ..Options::default()
    }
}

/// What an auditor knows who has come for the first time.
#[must_use]
pub fn naive() -> Options {
    Options { threads: 1, ..Options::default() }
}

/// Adds `signed` behind `lines`, a second later.
#[must_use]
pub fn followed_by(lines: &[Line], signed: &Signed) -> Vec<Line> {
    followed_by_bytes(lines, signed.bytes())
}

/// The lines, and behind them one of these bytes.
#[must_use]
pub fn followed_by_bytes(lines: &[Line], statement: &[u8]) -> Vec<Line> {
    let received = lines.last().map_or(0, |line| line.received + 1000);
    let mut all = lines.to_vec();
    all.push(Line { received, statement: statement.to_vec() });
    all
}

/// Positions of the statements that one party signed with its working key.
#[must_use]
pub fn written_by(lines: &[Line], party: &str) -> Vec<usize> {
    lines
        .iter()
        .enumerate()
        .filter(|(_, line)| {
            let statement = Statement::parse(line.statement.as_slice()).expect("sound");
            statement.header().iss.as_str() == party && !statement.kind().is_agreement()
        })
        .map(|(i, _)| i)
        .collect()
}
