//! The decision whether a file proves what it claims, from signatures and hashes alone.

use crate::{Evidence, FraudKind, FraudProof};
use serde::Serialize;
use truce_statement::{Entry, PublicKey, Statement};
use truce_tlog::{
    Hash, KeyType, Note, ProofFile, SignedCheckpoint, VKey, leaf_hash, verify_consistency, verify_inclusion,
};

/// A fraud that is proven: the holder of the key did what the sentence says.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Decided {
    /// The word of the kind of fraud.
    pub kind: &'static str,
    /// The fraud in one sentence.
    pub sentence: String,
    /// The name of the log that the key bears.
    pub origin: String,
    /// The key that signed, as a vkey.
    pub log: String,
    /// Sizes of the two trees that were signed; the same one twice where one checkpoint says it all.
    pub sizes: [u64; 2],
}

/// The reason why a file proves nothing.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Undecided {
    /// The file does not have the form of a fraud proof.
    #[error("this is no fraud proof: {why}")]
    Malformed {
        /// The first flaw found.
        why: String,
    },
    /// The file has the form, and its evidence does not show what it claims.
    #[error("this file proves nothing: {why}")]
    Unproven {
        /// The first flaw found.
        why: String,
    },
}

impl Undecided {
    /// Stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "malformed-fraud-proof",
            Self::Unproven { .. } => "nothing-proven",
        }
    }
}

impl FraudProof {
    /// Decides whether the evidence shows what the file claims (`docs/spec/fraud-proof.md`, section 3).
    ///
    /// # Errors
    /// [`Undecided::Unproven`], with the first thing that does not hold.
    pub fn decide(&self) -> Result<Decided, Undecided> {
        if self.log.key_type() != KeyType::Ed25519 {
            return Err(unproven("the key is not one that signs checkpoints"));
        }
        let sizes = match &self.evidence {
            Evidence::Fork { older, newer, prefix } => self.two_trees(older, newer, prefix.as_ref())?,
            Evidence::TwoEntries([(first, proof), (second, other)]) => {
                let sizes = [self.stands(first, proof)?.size(), self.stands(second, other)?.size()];
                if proof.index() != other.index() {
                    return Err(unproven("the two entries have two positions"));
                }
                if first == second {
                    return Err(unproven("the two entries are one"));
                }
                sizes
            }
            Evidence::BackDated([(before, proof), (after, other)]) => {
                let size = self.in_one_tree(&leaf_hash(before), proof, &leaf_hash(after), other)?;
                let (before, after) = (entry(before)?, entry(after)?);
                if proof.index() >= other.index() {
                    return Err(unproven("the first entry does not stand before the second"));
                }
                if before.received <= after.received {
                    return Err(unproven("the entries were received in their order"));
                }
                [size; 2]
            }
            Evidence::BrokenChain { before: (before, proof), after: (after, other) } => {
                let size = self.in_one_tree(before, proof, &leaf_hash(after), other)?;
                if proof.index().checked_add(1) != Some(other.index()) {
                    return Err(unproven("the entries are not neighbours"));
                }
                if entry(after)?.prev.as_bytes() == before.as_bytes() {
                    return Err(unproven("the entry carries the hash of the one before"));
                }
                [size; 2]
            }
            Evidence::BadSignature { key, entry: (bytes, proof) } => {
                let size = self.stands(&leaf_hash(bytes), proof)?.size();
                let statement = Statement::parse(entry(bytes)?.statement)
                    .map_err(|e| unproven(format!("the entry holds no statement of this version: {e}")))?;
                let key = PublicKey::from_bytes(key)
                    .map_err(|_| unproven("the key is one that no party can have"))?;
                if key.id() != statement.header().kid {
                    return Err(unproven("the statement names another key"));
                }
                if statement.verify_named(&key).is_ok() {
                    return Err(unproven("the statement is signed with that key"));
                }
                [size; 2]
            }
        };
        Ok(Decided {
            kind: self.kind().as_str(),
            sentence: self.sentence(),
            origin: self.log.name().to_owned(),
            log: self.log.to_string(),
            sizes,
        })
    }

    fn two_trees(
        &self,
        older: &Note,
        newer: &Note,
        prefix: Option<&(Hash, Vec<Hash>)>,
    ) -> Result<[u64; 2], Undecided> {
        let (older, newer) = (self.signed(older)?, self.signed(newer)?);
        let sizes = [older.size(), newer.size()];
        match prefix {
            None => {
                if older.size() != newer.size() {
                    return Err(unproven(
                        "the trees have different sizes, and nothing shows that they differ",
                    ));
                }
                if older.root() == newer.root() {
                    return Err(unproven("the two checkpoints are of one tree"));
                }
            }
            Some((root, path)) => {
                if older.size() >= newer.size() || older.size() == 0 {
                    return Err(unproven("the first tree is not the smaller one"));
                }
                verify_consistency(older.size(), root, newer.size(), newer.root(), path)
                    .map_err(|e| unproven(format!("how the larger tree begins is not shown: {e}")))?;
                if root == older.root() {
                    return Err(unproven("the larger tree begins with the smaller one"));
                }
            }
        }
        Ok(sizes)
    }

    /// A checkpoint that the accused key signed.
    fn signed(&self, note: &Note) -> Result<SignedCheckpoint, Undecided> {
        signed(note, &self.log)
    }

    /// The checkpoint in which a leaf is shown to stand.
    fn stands(&self, leaf: &Hash, proof: &ProofFile) -> Result<SignedCheckpoint, Undecided> {
        let checkpoint = self.signed(proof.checkpoint())?;
        verify_inclusion(proof.index(), checkpoint.size(), leaf, proof.path(), checkpoint.root())
            .map_err(|e| unproven(format!("an entry is not shown to stand in the tree: {e}")))?;
        Ok(checkpoint)
    }

    /// The size of the one tree in which two leaves are shown to stand.
    fn in_one_tree(
        &self,
        first: &Hash,
        proof: &ProofFile,
        second: &Hash,
        other: &ProofFile,
    ) -> Result<u64, Undecided> {
        let (first, second) = (self.stands(first, proof)?, self.stands(second, other)?);
        if first.checkpoint() != second.checkpoint() {
            return Err(unproven("the two entries stand in two trees"));
        }
        Ok(first.size())
    }
}

fn signed(note: &Note, log: &VKey) -> Result<SignedCheckpoint, Undecided> {
    SignedCheckpoint::open(note, log, &[])
        .map_err(|e| unproven(format!("a checkpoint is not signed with the key of the log: {e}")))
}

fn entry(bytes: &[u8]) -> Result<Entry<'_>, Undecided> {
    Entry::parse(bytes).map_err(|e| unproven(format!("an entry is malformed: {e}")))
}

fn unproven(why: impl Into<String>) -> Undecided {
    Undecided::Unproven { why: why.into() }
}

impl FraudKind {
    /// The consequence for readers who trust the log, as one clause.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Fork | Self::TwoEntries => {
                "the log shows different histories to different readers, or has rewritten its own"
            }
            Self::BackDated => "the order of receipt that the log states is false",
            Self::BrokenChain | Self::BadSignature => "the log recorded what its own rules refuse",
        }
    }
}
