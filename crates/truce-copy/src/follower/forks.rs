//! Forks: what proves to anybody that the log does not contain what it signed before.

use super::Follower;
use crate::error::CopyError;
use crate::finding::Finding;
use crate::history;
use crate::signed_tree::SignedTree;
use crate::tiles::StoredTiles;
use truce_replay::Flaw;
use truce_tlog::{Hash, SignedCheckpoint, TileHashes, consistency_proof, tree_root};

impl Follower {
    /// The finding that the log does not contain what it signed before. `tree` is given where `theirs` is larger than
    /// the copy.
    pub(super) fn forked(&mut self, theirs: &SignedCheckpoint, tree: Option<&SignedTree<'_>>) -> Finding {
        let code = Flaw::InconsistentCheckpoints;
        let mine = self.served.as_ref().map(|served| served.checkpoint().clone());
        // What was copied under a checkpoint that never came to be served is known to be signed, but its note is gone.
        let Some(mine) = mine.filter(|mine| tree.is_some() || theirs.size() <= mine.size()) else {
            let sentence = "the checkpoint does not contain entries that verified under an earlier one";
            let here = self.own_root(theirs.size().min(self.register.size()));
            let here = here.map(|root| root.to_string()).unwrap_or_default();
            return Finding::new(code, sentence).against(here, theirs.root());
        };
        let size = theirs.size().min(mine.size());
        // The root of the other tree at that size, and the proof that it is one, where it is not the note's own.
        let other = match tree {
            Some(tree) => tree.root_at(size).ok().flatten().and_then(|root| Some((root, tree.proof(size)?))),
            None => self.own_proof(size, mine.size()).map(|proof| (*theirs.root(), proof)),
        };
        let here = self.own_root(size).unwrap_or(*mine.root());
        let Some((there, proof)) = other.filter(|(there, _)| *there != here) else {
            let sentence =
                "the source's tiles do not lead from the tree verified before to the newest checkpoint";
            return Finding::new(Flaw::TileDiffers, sentence).at(self.register.size());
        };
        let sentence =
            format!("the log signed two histories of its first {size} entries: it was forked, or rewritten");
        let mut finding = Finding::new(code, sentence).against(here, there);
        finding.notes = vec![mine.note().to_string(), theirs.note().to_string()];
        finding.proof = proof.iter().map(|hash| hex::encode(hash.as_bytes())).collect();
        finding.position = self.first_difference(size, tree);
        if let Err(error) = history::keep_disagreement(self.store.as_ref(), &finding) {
            tracing::error!(%error, "a disagreement could not be kept");
        }
        finding
    }

    /// The proof that the first `from` entries of the copy are a prefix of its first `to`.
    fn own_proof(&self, from: u64, to: u64) -> Option<Vec<Hash>> {
        let hashes = TileHashes::new(self.edge.over(StoredTiles(self.store.as_ref())), self.edge.size());
        consistency_proof(&hashes, from, to).ok()
    }

    /// The first entry in which another tree differs from this one, among the first `size`.
    fn first_difference(&self, size: u64, tree: Option<&SignedTree<'_>>) -> Option<u64> {
        let tree = tree?;
        let (mut same, mut other) = (0, size);
        while same + 1 < other {
            let middle = same + (other - same) / 2;
            let there = tree.root_at(middle).ok()??;
            if self.own_root(middle).ok()? == there { same = middle } else { other = middle }
        }
        Some(other - 1)
    }

    pub(super) fn own_root(&self, size: u64) -> Result<Hash, CopyError> {
        let hashes = TileHashes::new(self.edge.over(StoredTiles(self.store.as_ref())), self.edge.size());
        tree_root(&hashes, size).map_err(|e| CopyError::damaged(e.to_string()))
    }
}
