//! Fraud proofs: two signed things of one log that no honest log signs, in one file that anybody can check offline
//! (`docs/spec/fraud-proof.md`).
//!
//! What is proven is decided from signatures and hashes alone: no clock, no network, no word of whoever wrote the file.
//! Where the evidence does not suffice for that, there is an alarm and no proof.

mod decide;
mod form;

pub use decide::{Decided, Undecided};
pub use form::{FRAUD_HEADER, MAX_CHECKPOINT_BYTES, MAX_FRAUD_PROOF_BYTES};

use std::fmt::{self, Write as _};
use truce_tlog::{Hash, HashSource, Note, ProofFile, SignedCheckpoint, VKey};

/// What the log did.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Kind {
    /// It signed two trees of which neither is the beginning of the other.
    Fork,
    /// It signed for two different entries at one position.
    TwoEntries,
    /// It recorded an entry as received before one that stands before it.
    BackDated,
    /// It recorded an entry that does not carry the hash of the one before.
    BrokenChain,
    /// It recorded a statement that its key did not sign.
    BadSignature,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 5] =
        [Self::Fork, Self::TwoEntries, Self::BackDated, Self::BrokenChain, Self::BadSignature];

    /// The word in the file.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fork => "fork",
            Self::TwoEntries => "two-entries",
            Self::BackDated => "back-dated",
            Self::BrokenChain => "broken-chain",
            Self::BadSignature => "bad-signature",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A well-formed fraud proof, which may prove nothing: see [`FraudProof::decide`].
///
/// `Display` gives the file, exactly.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FraudProof {
    log: VKey,
    evidence: Evidence,
}

/// The conflicting things, as claimed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Evidence {
    Fork {
        older: Note,
        newer: Note,
        /// Root over the first leaves of the newer tree, as many as the older one has, with the consistency path that
        /// shows it; absent when both have the same size.
        prefix: Option<(Hash, Vec<Hash>)>,
    },
    TwoEntries([(Hash, ProofFile); 2]),
    BackDated([(Vec<u8>, ProofFile); 2]),
    BrokenChain {
        before: (Hash, ProofFile),
        after: (Vec<u8>, ProofFile),
    },
    BadSignature {
        key: [u8; 32],
        entry: (Vec<u8>, ProofFile),
    },
}

impl FraudProof {
    /// That the log signed `older` and `newer`, of the same size.
    #[must_use]
    pub fn same_size(older: &SignedCheckpoint, newer: &SignedCheckpoint) -> Self {
        let evidence = Evidence::Fork { older: slim(older), newer: slim(newer), prefix: None };
        Self { log: older.log().clone(), evidence }
    }

    /// That the tree of `newer` begins with the root `prefix` at the size of `older`, which is another than `older`'s;
    /// `path` is the consistency proof between the two sizes.
    #[must_use]
    pub fn fork(older: &SignedCheckpoint, newer: &SignedCheckpoint, prefix: Hash, path: Vec<Hash>) -> Self {
        let evidence =
            Evidence::Fork { older: slim(older), newer: slim(newer), prefix: Some((prefix, path)) };
        Self { log: older.log().clone(), evidence }
    }

    /// That the log signed for two leaves at one index. What the proofs carry besides (`extra`) is left out.
    #[must_use]
    pub fn two_entries(log: &VKey, first: (Hash, &ProofFile), second: (Hash, &ProofFile)) -> Option<Self> {
        let sides = [(first.0, bare(first.1, log)?), (second.0, bare(second.1, log)?)];
        Some(Self { log: log.clone(), evidence: Evidence::TwoEntries(sides) })
    }

    /// That an entry was received before one that stands before it; both under `checkpoint`.
    #[must_use]
    pub fn back_dated(checkpoint: &SignedCheckpoint, before: Placed, after: Placed) -> Option<Self> {
        let sides = [before.under(checkpoint)?, after.under(checkpoint)?];
        Some(Self { log: checkpoint.log().clone(), evidence: Evidence::BackDated(sides) })
    }

    /// That the entry `after` does not carry the hash of the entry `before`; both under `checkpoint`.
    #[must_use]
    pub fn broken_chain(checkpoint: &SignedCheckpoint, before: Placed, after: Placed) -> Option<Self> {
        let (entry, proof) = before.under(checkpoint)?;
        let before = (truce_tlog::leaf_hash(&entry), proof);
        let after = after.under(checkpoint)?;
        Some(Self { log: checkpoint.log().clone(), evidence: Evidence::BrokenChain { before, after } })
    }

    /// That the statement in an entry is not signed with `key`, which is the one it names.
    #[must_use]
    pub fn bad_signature(checkpoint: &SignedCheckpoint, key: [u8; 32], entry: Placed) -> Option<Self> {
        let entry = entry.under(checkpoint)?;
        Some(Self { log: checkpoint.log().clone(), evidence: Evidence::BadSignature { key, entry } })
    }

    /// The key that the file accuses. Whose it is, the file cannot say: compare it with the charter.
    #[must_use]
    pub const fn log(&self) -> &VKey {
        &self.log
    }

    /// What the file claims that the log did.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match &self.evidence {
            Evidence::Fork { .. } => Kind::Fork,
            Evidence::TwoEntries(_) => Kind::TwoEntries,
            Evidence::BackDated(_) => Kind::BackDated,
            Evidence::BrokenChain { .. } => Kind::BrokenChain,
            Evidence::BadSignature { .. } => Kind::BadSignature,
        }
    }
}

/// An entry where it stands in a tree.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Placed {
    /// The bytes of the entry.
    pub entry: Vec<u8>,
    /// Its position.
    pub position: u64,
    /// From the leaf's sibling up.
    pub path: Vec<Hash>,
}

impl Placed {
    /// Proves an entry from the hashes of a tree of `size` leaves; `None` where they cannot be read.
    pub fn prove<S: HashSource>(tree: &S, entry: Vec<u8>, position: u64, size: u64) -> Option<Self> {
        let path = truce_tlog::inclusion_proof(tree, position, size).ok()?;
        Some(Self { entry, position, path })
    }

    fn under(self, checkpoint: &SignedCheckpoint) -> Option<(Vec<u8>, ProofFile)> {
        let proof = ProofFile::new(None, self.position, self.path, slim(checkpoint)).ok()?;
        Some((self.entry, proof))
    }
}

/// A checkpoint with every signature it came with; with the log's alone where those are too many for the file.
fn slim(checkpoint: &SignedCheckpoint) -> Note {
    slim_note(checkpoint.note(), checkpoint.log())
}

fn slim_note(note: &Note, log: &VKey) -> Note {
    if note.to_string().len() <= MAX_CHECKPOINT_BYTES {
        return note.clone();
    }
    let mut own = format!("{}\n", note.text());
    for signature in note.signatures().iter().filter(|signature| signature.claims(log)) {
        let _ = writeln!(own, "{signature}");
    }
    Note::parse(own.as_bytes()).unwrap_or_else(|_| note.clone())
}

fn bare(proof: &ProofFile, log: &VKey) -> Option<ProofFile> {
    ProofFile::new(None, proof.index(), proof.path().to_vec(), slim_note(proof.checkpoint(), log)).ok()
}
