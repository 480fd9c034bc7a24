//! The log of `fixtures/vectors/proof.json`, with its key.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use serde_json::Value;
use std::path::{Path, PathBuf};
use truce_receipt::Receipt;
use truce_statement::{AgreementId, Entry, SecretKey, Statement};
use truce_tlog::{
    Checkpoint, Ed25519NoteSigner, Hash, HashSource, Policy, ProofFile, SignedCheckpoint, inclusion_proof,
    leaf_hash, node_hash, tree_root,
};

/// Origin and seed of the log of the vectors.
pub const ORIGIN: &str = "truce.example/vectors";
pub const LOG_SEED: [u8; 32] = [0xf0; 32];

/// `fixtures/vectors/<name>`.
pub fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/vectors").join(name)
}

pub fn load(name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(path(name)).expect("a file")).expect("JSON")
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} where text should stand"))
}

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(text(value)).expect("hex")
}

/// The log of `proof.json`.
pub struct World {
    pub key: SecretKey,
    pub note: Ed25519NoteSigner,
    pub statements: Vec<Statement>,
    pub entries: Vec<Vec<u8>>,
    pub leaves: Leaves,
    /// Cosigned by W1.
    pub checkpoint: SignedCheckpoint,
    /// A log, a witness, and the quorum W1.
    pub policy: String,
}

/// The leaves of a small tree.
pub struct Leaves(pub Vec<Hash>);

impl HashSource for &Leaves {
    type Error = ();

    fn node(&self, level: u8, index: u64) -> Result<Hash, ()> {
        if level == 0 {
            return self.0.get(usize::try_from(index).unwrap()).copied().ok_or(());
        }
        Ok(node_hash(&self.node(level - 1, 2 * index)?, &self.node(level - 1, 2 * index + 1)?))
    }
}

impl World {
    pub fn new() -> Self {
        let file = load("proof.json");
        let mut statements = Vec::new();
        let mut entries = Vec::new();
        let vectors = file["accepted"].as_array().expect("a list");
        let policy = text(&vectors[0]["policy"]).to_owned();
        for (n, vector) in vectors.iter().filter(|v| text(&v["name"]).starts_with("entry-")).enumerate() {
            assert_eq!(vector["index"], n);
            let statement = Statement::parse(bytes(&vector["statement"])).expect("a statement");
            let proof = ProofFile::parse(text(&vector["proof"]).as_bytes()).expect("a proof");
            let entry =
                Entry::from_extra(proof.extra().expect("extra"), statement.bytes()).expect("an entry");
            entries.push(entry.encode());
            statements.push(statement);
        }
        let leaves = Leaves(entries.iter().map(|entry| leaf_hash(entry)).collect());
        let proof = ProofFile::parse(text(&vectors[0]["proof"]).as_bytes()).expect("a proof");
        let checkpoint = Policy::parse(policy.as_bytes()).expect("a policy").check(proof.checkpoint());
        Self {
            key: SecretKey::from_seed(&LOG_SEED).expect("a key"),
            note: Ed25519NoteSigner::from_seed(ORIGIN, &LOG_SEED).expect("a name"),
            statements,
            entries,
            leaves,
            checkpoint: checkpoint.expect("cosigned"),
            policy,
        }
    }

    pub fn size(&self) -> u64 {
        self.entries.len() as u64
    }

    pub fn entry(&self, index: u64) -> Entry<'_> {
        Entry::parse(&self.entries[usize::try_from(index).unwrap()]).expect("an entry")
    }

    pub fn statement(&self, index: u64) -> &Statement {
        &self.statements[usize::try_from(index).unwrap()]
    }

    pub fn agreement(&self) -> AgreementId {
        self.statements[0].agreement()
    }

    /// The tree of the first `size` entries, signed by the log alone.
    pub fn signed(&self, size: u64) -> SignedCheckpoint {
        let root = tree_root(&&self.leaves, size).expect("a tree");
        SignedCheckpoint::sign(Checkpoint::new(ORIGIN, size, root).expect("a checkpoint"), &self.note)
            .expect("signed")
    }

    pub fn issue(&self, index: u64, checkpoint: &SignedCheckpoint) -> Receipt {
        let path = inclusion_proof(&&self.leaves, index, checkpoint.size()).expect("in the tree");
        Receipt::issue(&self.key, self.agreement(), checkpoint, index, path, &self.entry(index))
            .expect("issued")
    }
}
