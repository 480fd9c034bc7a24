//! A checkpoint with the edge of its tree: everything that proofs up to it need, beside full tiles.

use crate::nodes::{FullTiles, Interior, Nodes};
use bytes::Bytes;
use std::fmt::Write as _;
use std::sync::{Arc, OnceLock};
use truce_log::{Committed, LogError};
use truce_store::Store;
use truce_tlog::proof_file::PROOF_HEADER;
use truce_tlog::tile::{self, full_tiles};
use truce_tlog::{EdgeTiles, Hash, SignedCheckpoint, proof};

/// An immutable state of the log. A proof costs no hashing but what is computed here once.
pub(crate) struct Snapshot {
    checkpoint: Arc<SignedCheckpoint>,
    /// The checkpoint as it is published.
    note: Bytes,
    edge: Arc<EdgeTiles>,
    /// Nodes of the partial tiles, lowest level first; made when the first proof is asked for.
    interiors: Arc<OnceLock<Vec<(u8, Interior)>>>,
}

impl Snapshot {
    pub(crate) fn of(committed: Committed) -> Self {
        let Committed { checkpoint, edge, register: _ } = committed;
        let note = checkpoint.to_string().into();
        Self { checkpoint, note, edge, interiors: Arc::default() }
    }

    /// The same tree, with the cosignatures of `checkpoint`.
    pub(crate) fn cosigned(&self, checkpoint: SignedCheckpoint) -> Self {
        Self {
            note: checkpoint.to_string().into(),
            checkpoint: Arc::new(checkpoint),
            edge: Arc::clone(&self.edge),
            interiors: Arc::clone(&self.interiors),
        }
    }

    pub(crate) fn size(&self) -> u64 {
        self.checkpoint.size()
    }

    pub(crate) fn checkpoint(&self) -> &SignedCheckpoint {
        &self.checkpoint
    }

    pub(crate) fn note(&self) -> &Bytes {
        &self.note
    }

    pub(crate) fn edge(&self) -> &EdgeTiles {
        &self.edge
    }

    /// Hashes from the leaf's sibling to the root.
    pub(crate) fn path(
        &self,
        index: u64,
        full: &FullTiles,
        store: &dyn Store,
    ) -> Result<Vec<Hash>, LogError> {
        let nodes = Nodes { snapshot: self, full, store };
        proof::inclusion_proof(&nodes, index, self.size()).map_err(tree)
    }

    /// Proof that the first `old` leaves are a prefix of this tree.
    pub(crate) fn consistency(
        &self,
        old: u64,
        full: &FullTiles,
        store: &dyn Store,
    ) -> Result<Vec<Hash>, LogError> {
        let nodes = Nodes { snapshot: self, full, store };
        proof::consistency_proof(&nodes, old, self.size()).map_err(tree)
    }

    /// The proof on file (`docs/spec/publication.md`, section 6), as `truce_tlog::ProofFile` writes it.
    pub(crate) fn proof_text(&self, index: u64, extra: &[u8], path: &[Hash]) -> String {
        let mut text = String::with_capacity(160 + 45 * path.len() + self.note.len());
        let extra = base64(extra);
        let _ = write!(text, "{PROOF_HEADER}\nextra {extra}\nindex {index}\n");
        for hash in path {
            text.push_str(&hash.to_base64());
            text.push('\n');
        }
        text.push('\n');
        text.push_str(std::str::from_utf8(&self.note).unwrap_or_default());
        text
    }

    /// Nodes of the partial tile at this level, where `index` is its place.
    pub(crate) fn edge_tile(&self, level: u8, index: u64) -> Option<&Interior> {
        if index != full_tiles(self.size(), level) {
            return None;
        }
        let made = self.interiors.get_or_init(|| {
            let tiles = self.edge.partial_tiles();
            tiles
                .filter_map(|(coord, bytes)| {
                    let hashes = tile::tile_hashes(bytes, coord).ok()?.collect();
                    Some((coord.level(), Interior::of(hashes)))
                })
                .collect()
        });
        made.iter().find(|(at, _)| *at == level).map(|(_, interior)| interior)
    }
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn tree(error: proof::GenerateError<LogError>) -> LogError {
    match error {
        proof::GenerateError::Source(error) => error,
        other => LogError::Tree(other.to_string()),
    }
}
