//! A log whose depositary we are: chained, hashed and signed as it should be, or not, as it is told.

use std::borrow::Cow;
use std::collections::BTreeMap;
use truce_statement::entry::entry_hash;
use truce_statement::{Entry, EntryHash};
use truce_tlog::{
    Checkpoint, Ed25519NoteSigner, EdgeTiles, Hash, ProofFile, SignedCheckpoint, TileCoord, TileHashes,
    TileReader, bundle, consistency_proof, inclusion_proof, leaf_hash, tile,
};

/// Files by the path that they are asked for with.
pub(super) type Files = BTreeMap<String, Vec<u8>>;

#[derive(Clone)]
pub(super) struct Forged {
    pub(super) entries: Vec<Vec<u8>>,
    edge: EdgeTiles,
    full: BTreeMap<String, Vec<u8>>,
}

impl Forged {
    pub(super) fn of(entries: &[Vec<u8>]) -> Self {
        let mut log = Self { entries: Vec::new(), edge: EdgeTiles::new(), full: BTreeMap::new() };
        for entry in entries {
            log.push(entry.clone());
        }
        log
    }

    /// The log as it was with so many entries.
    pub(super) fn begin(&self, size: u64) -> Self {
        Self::of(&self.entries[..usize::try_from(size).expect("small")])
    }

    /// Takes a statement, as received at `received` (milliseconds UTC).
    pub(super) fn take(&mut self, statement: &[u8], received: i64) {
        let prev = self.entries.last().map_or(EntryHash::ZERO, |entry| entry_hash(entry));
        self.push(Entry { prev, received, statement }.encode());
    }

    pub(super) fn push(&mut self, entry: Vec<u8>) {
        for full in self.edge.push(leaf_hash(&entry)) {
            self.full.insert(full.coord.to_string(), full.bytes);
        }
        self.entries.push(entry);
    }

    pub(super) fn size(&self) -> u64 {
        self.edge.size()
    }

    /// When the last entry was received.
    pub(super) fn received(&self) -> i64 {
        self.entry(self.entries.len() - 1).received
    }

    pub(super) fn entry(&self, position: usize) -> Entry<'_> {
        Entry::parse(&self.entries[position]).expect("an entry")
    }

    pub(super) fn sign(&self, origin: &str, signer: &Ed25519NoteSigner) -> SignedCheckpoint {
        let body = Checkpoint::new(origin, self.size(), self.edge.root()).expect("a checkpoint");
        SignedCheckpoint::sign(body, signer).expect("signed")
    }

    /// The receipt of the last entry under `checkpoint`.
    pub(super) fn prove_last(&self, checkpoint: &SignedCheckpoint) -> ProofFile {
        let position = self.size() - 1;
        let tree = TileHashes::new(self.edge.over(Full(&self.full)), self.size());
        let path = inclusion_proof(&tree, position, self.size()).expect("a path");
        let extra = self.entry(self.entries.len() - 1).extra();
        ProofFile::new(Some(extra), position, path, checkpoint.note().clone()).expect("a proof")
    }

    /// That it begins with its first `old` entries; of another log of that size this proves nothing.
    pub(super) fn consistency(&self, old: u64) -> Vec<Hash> {
        let tree = TileHashes::new(self.edge.over(Full(&self.full)), self.size());
        consistency_proof(&tree, old.min(self.size()), self.size()).expect("a path")
    }

    /// Everything that is published, with `checkpoint` at its end.
    pub(super) fn files(&self, checkpoint: &str) -> Files {
        let mut files: Files = [("/checkpoint".to_owned(), checkpoint.as_bytes().to_vec())].into();
        // Readers ask for the tiles and bundles of sizes that they saw before, too.
        for size in 1..=self.size() {
            for coord in tile::new_bundles(0, size) {
                let first = usize::try_from(coord.first_entry().expect("a position")).expect("small");
                let entries = &self.entries[first..first + usize::from(coord.width())];
                files.insert(format!("/{coord}"), bundle::encode_bundle(entries).expect("a bundle"));
            }
        }
        let mut edge = EdgeTiles::new();
        for entry in &self.entries {
            edge.push(leaf_hash(entry));
            files.extend(edge.partial_tiles().map(|(coord, bytes)| (format!("/{coord}"), bytes.to_vec())));
        }
        files.extend(self.full.iter().map(|(path, bytes)| (format!("/{path}"), bytes.clone())));
        files
    }
}

struct Full<'a>(&'a BTreeMap<String, Vec<u8>>);

impl TileReader for Full<'_> {
    type Error = String;

    fn tile(&self, coord: TileCoord) -> Result<Cow<'_, [u8]>, String> {
        self.0.get(&coord.to_string()).map(|bytes| bytes.as_slice().into()).ok_or_else(|| coord.to_string())
    }
}
