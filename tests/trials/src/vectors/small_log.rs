//! Small logs with a tree of each of their sizes, which proofs, receipts and evidence are made from.

use super::checkpoint::{cosigned, log, signed, witness};
use super::logs::Scene;
use truce_statement::entry::entry_hash;
use truce_statement::{AgreementId, Entry, EntryHash, Statement};
use truce_tlog::{
    Hash, HashSource, NoteSigner as _, SignedCheckpoint, inclusion_proof, leaf_hash, node_hash, tree_root,
};

/// Entries with the tree over them.
#[derive(Clone)]
pub(super) struct SmallLog {
    pub(super) entries: Vec<Vec<u8>>,
    pub(super) leaves: Vec<Hash>,
}

impl HashSource for SmallLog {
    type Error = ();

    fn node(&self, level: u8, index: u64) -> Result<Hash, ()> {
        if level == 0 {
            return self.leaves.get(usize::try_from(index).expect("small")).copied().ok_or(());
        }
        Ok(node_hash(&self.node(level - 1, 2 * index)?, &self.node(level - 1, 2 * index + 1)?))
    }
}

impl SmallLog {
    /// The charter, and every party acceded.
    pub(super) fn founded() -> Self {
        Self::of(Scene::founded().log().entries)
    }

    pub(super) fn of(entries: Vec<Vec<u8>>) -> Self {
        let leaves = entries.iter().map(|entry| leaf_hash(entry)).collect();
        Self { entries, leaves }
    }

    /// The first `common` entries, and the others received a millisecond later.
    pub(super) fn fork(&self, common: usize) -> Self {
        let mut forked = Self::of(self.entries[..common].to_vec());
        for entry in &self.entries[common..] {
            let Entry { received, statement, .. } = Entry::parse(entry).expect("an entry");
            forked.push(received + 1, statement);
        }
        forked
    }

    /// The same with one entry more: `statement`, received a minute after the last.
    pub(super) fn with(&self, statement: &[u8]) -> Self {
        let mut more = self.clone();
        more.push(self.received(self.entries.len() - 1) + 60_000, statement);
        more
    }

    pub(super) fn push(&mut self, received: i64, statement: &[u8]) {
        let prev = self.entries.last().map_or(EntryHash::ZERO, |entry| entry_hash(entry));
        self.push_entry(Entry { prev, received, statement }.encode());
    }

    /// Whether it is an entry or not.
    pub(super) fn push_entry(&mut self, entry: Vec<u8>) {
        self.leaves.push(leaf_hash(&entry));
        self.entries.push(entry);
    }

    pub(super) fn received(&self, index: usize) -> i64 {
        Entry::parse(&self.entries[index]).expect("an entry").received
    }

    pub(super) fn size(&self) -> u64 {
        self.entries.len() as u64
    }

    pub(super) fn entry(&self, index: u64) -> Entry<'_> {
        Entry::parse(&self.entries[usize::try_from(index).expect("small")]).expect("an entry")
    }

    /// The statement in an entry.
    pub(super) fn statement(&self, index: u64) -> &[u8] {
        self.entry(index).statement
    }

    pub(super) fn agreement(&self) -> AgreementId {
        Statement::parse(self.statement(0)).expect("a charter").agreement()
    }

    /// Root over the first `size` entries.
    pub(super) fn root(&self, size: u64) -> Hash {
        tree_root(self, size).expect("a tree")
    }

    /// From the leaf `index` to the root over the first `size` entries.
    pub(super) fn path(&self, index: u64, size: u64) -> Vec<Hash> {
        inclusion_proof(self, index, size).expect("in the tree")
    }

    /// The tree of the first `size` entries, signed by the log alone.
    pub(super) fn signed(&self, size: u64) -> SignedCheckpoint {
        signed(size, self.root(size))
    }

    /// The whole tree, cosigned by the witness.
    pub(super) fn cosigned(&self) -> SignedCheckpoint {
        cosigned(self.size(), self.root(self.size()))
    }
}

/// A policy of the log and its witness `W1`, with this quorum.
pub(super) fn quorum(of: &str) -> String {
    format!("log {}\nwitness W1 {}\nquorum {of}\n", log().vkey(), witness().vkey())
}
