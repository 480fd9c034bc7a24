//! Fraud proofs: two signed things of one log that no honest log signs, in one file that anybody can check offline
//! (`docs/spec/fraud-proof.md`).
//!
//! # Data flow
//! ```text
//! evidence (checkpoints, entries, paths) --FraudProof::fork etc.--> FraudProof --Display--> file
//! file --FraudProof::parse (one form)--> FraudProof --FraudProof::decide--> Decided | Undecided
//!                                                   --FraudProof::doubt--> who held a key after its end
//! ```
//! Signatures and hashes alone decide: no clock, no network, no word of whoever wrote the file. Where the evidence does
//! not suffice for that, a monitor raises an alarm and makes no proof.
//!
//! # In scope
//! The form of the file, and the decision.
//!
//! # Out of scope
//! Finding fraud (`truce-monitor`), and saying whose key it is: the charter does.

mod decide;
mod end;
mod form;

pub use decide::{Decided, Undecided};
pub use end::{Doubt, KeyEnd};
pub use form::{FRAUD_HEADER, MAX_CHECKPOINT_BYTES, MAX_FRAUD_PROOF_BYTES};

use std::fmt::{self, Write as _};
use truce_tlog::{Hash, HashSource, Note, ProofFile, SignedCheckpoint, VKey};

/// The kind of fraud that a file claims.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum FraudKind {
    /// The log signed two trees of which neither is the beginning of the other.
    Fork,
    /// The log signed for two different entries at one position.
    TwoEntries,
    /// The log recorded an entry as received before one that stands before it.
    BackDated,
    /// The log recorded an entry that does not carry the hash of the one before.
    BrokenChain,
    /// The log recorded a statement that its key did not sign.
    BadSignature,
}

impl FraudKind {
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

impl fmt::Display for FraudKind {
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
    /// Claims that the log signed `older` and `newer`, of the same size.
    #[must_use]
    pub fn same_size(older: &SignedCheckpoint, newer: &SignedCheckpoint) -> Self {
        let evidence = Evidence::Fork { older: slim(older), newer: slim(newer), prefix: None };
        Self { log: older.log().clone(), evidence }
    }

    /// Claims that the tree of `newer` begins with the root `prefix` at the size of `older`, which is another than `older`'s;
    /// `path` is the consistency proof between the two sizes.
    #[must_use]
    pub fn fork(older: &SignedCheckpoint, newer: &SignedCheckpoint, prefix: Hash, path: Vec<Hash>) -> Self {
        let evidence =
            Evidence::Fork { older: slim(older), newer: slim(newer), prefix: Some((prefix, path)) };
        Self { log: older.log().clone(), evidence }
    }

    /// Claims that the log signed for two leaves at one index. Lines `extra` of the proofs are left out.
    #[must_use]
    pub fn two_entries(log: &VKey, first: (Hash, &ProofFile), second: (Hash, &ProofFile)) -> Option<Self> {
        let sides = [(first.0, bare(first.1, log)?), (second.0, bare(second.1, log)?)];
        Some(Self { log: log.clone(), evidence: Evidence::TwoEntries(sides) })
    }

    /// Claims that an entry was received before one that stands before it; both under `checkpoint`.
    #[must_use]
    pub fn back_dated(
        checkpoint: &SignedCheckpoint,
        before: ProvenEntry,
        after: ProvenEntry,
    ) -> Option<Self> {
        let sides = [before.under(checkpoint)?, after.under(checkpoint)?];
        Some(Self { log: checkpoint.log().clone(), evidence: Evidence::BackDated(sides) })
    }

    /// Claims that the entry `after` does not carry the hash of the entry `before`; both under `checkpoint`.
    #[must_use]
    pub fn broken_chain(
        checkpoint: &SignedCheckpoint,
        before: ProvenEntry,
        after: ProvenEntry,
    ) -> Option<Self> {
        let (entry, proof) = before.under(checkpoint)?;
        let before = (truce_tlog::leaf_hash(&entry), proof);
        let after = after.under(checkpoint)?;
        Some(Self { log: checkpoint.log().clone(), evidence: Evidence::BrokenChain { before, after } })
    }

    /// Claims that the statement in an entry is not signed with `key`, which is the one it names.
    #[must_use]
    pub fn bad_signature(checkpoint: &SignedCheckpoint, key: [u8; 32], entry: ProvenEntry) -> Option<Self> {
        let entry = entry.under(checkpoint)?;
        Some(Self { log: checkpoint.log().clone(), evidence: Evidence::BadSignature { key, entry } })
    }

    /// The key that the file accuses. The file cannot say whose it is: compare it with the charter.
    #[must_use]
    pub const fn log(&self) -> &VKey {
        &self.log
    }

    /// The kind of fraud that the file claims.
    #[must_use]
    pub const fn kind(&self) -> FraudKind {
        match &self.evidence {
            Evidence::Fork { .. } => FraudKind::Fork,
            Evidence::TwoEntries(_) => FraudKind::TwoEntries,
            Evidence::BackDated(_) => FraudKind::BackDated,
            Evidence::BrokenChain { .. } => FraudKind::BrokenChain,
            Evidence::BadSignature { .. } => FraudKind::BadSignature,
        }
    }
}

/// An entry with the path that shows where it stands in a tree.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ProvenEntry {
    /// The bytes of the entry.
    pub entry: Vec<u8>,
    /// Position of the entry in the log.
    pub position: u64,
    /// Inclusion path (RFC 9162, section 2.1.3), from the leaf's sibling up.
    pub path: Vec<Hash>,
}

impl ProvenEntry {
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

/// The note of a checkpoint with every signature line; with the log's alone where those are too many for the file.
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
