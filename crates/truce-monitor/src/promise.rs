//! Promises: entries that must be in the log because the log signed for them, and contradictions between two of them. Pure.

use crate::compare::signed_by_one_key;
use truce_fraud::FraudProof;
use truce_receipt::{Receipt, ReceiptCode};
use truce_statement::{Statement, StatementId};
use truce_tlog::{
    Hash, KeySchedule, Note, Policy, PolicyBuilder, ProofFile, SignedCheckpoint, verify_inclusion,
};

/// An entry that the log, or somebody who handed it in, says is there.
#[derive(Clone, Debug)]
pub enum Promise {
    /// A statement must stand somewhere.
    Statement(StatementId),
    /// A proof on file: the tree that it was signed for must be the beginning of the log.
    Receipt {
        /// Name of the promise in alarms.
        name: String,
        /// The proof.
        proof: Box<ProofFile>,
        /// The hash of its leaf, where the statement is at hand.
        leaf: Option<Hash>,
    },
    /// A COSE receipt (RFC 9942) of a statement: the same promise. It may carry no checkpoint; then what is signed is a
    /// root alone, which convicts nobody, and is held against every history that is replayed.
    Cose {
        /// Name of the promise in alarms.
        name: String,
        /// The receipt.
        receipt: Box<Receipt>,
        /// The statement it is for.
        statement: Box<Statement>,
    },
}

impl Promise {
    /// Name of the promise in alarms.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Statement(id) => format!("statement {id}"),
            Self::Receipt { name, .. } | Self::Cose { name, .. } => name.clone(),
        }
    }
}

/// A receipt that the log has signed.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    pub(crate) name: String,
    /// Entries of the tree that it is for, and their root.
    pub(crate) size: u64,
    pub(crate) root: Hash,
    /// Absent from a COSE receipt that carries none.
    pub(crate) checkpoint: Option<SignedCheckpoint>,
    /// The leaf and where it stands under the checkpoint, where the statement is at hand.
    stands: Option<(Hash, ProofFile)>,
}

/// The reason why a receipt is not taken for a promise.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum NotGiven {
    /// It is signed with a key of the log's name that is not known here: an amendment that was not read yet may bring it.
    UnknownKey,
    /// It is none of this log.
    None(String),
}

impl Given {
    /// A proof on file.
    pub(crate) fn of_proof(
        name: &str,
        proof: &ProofFile,
        leaf: Option<Hash>,
        keys: &KeySchedule,
    ) -> Result<Self, NotGiven> {
        let note = proof.checkpoint();
        let checkpoint = keys.open(note, &[]).map_err(|e| {
            if is_of_no_known_key(note, keys) { NotGiven::UnknownKey } else { NotGiven::None(e.to_string()) }
        })?;
        if let Some(leaf) = leaf {
            verify_inclusion(proof.index(), checkpoint.size(), &leaf, proof.path(), checkpoint.root())
                .map_err(|e| NotGiven::None(e.to_string()))?;
        }
        Ok(Self {
            name: name.to_owned(),
            size: checkpoint.size(),
            root: *checkpoint.root(),
            checkpoint: Some(checkpoint),
            stands: leaf.map(|leaf| (leaf, proof.clone())),
        })
    }

    /// A COSE receipt.
    pub(crate) fn of_receipt(
        name: &str,
        receipt: &Receipt,
        statement: &Statement,
        policy: Option<&Policy>,
        keys: &KeySchedule,
    ) -> Result<Self, NotGiven> {
        let nobody = || {
            let mut builder = PolicyBuilder::default();
            builder.quorum(None)?;
            builder.build()
        };
        let policy = policy.cloned().map_or_else(nobody, Ok).map_err(|e| NotGiven::None(e.to_string()))?;
        let verified = receipt.verify_by(statement, &policy, keys).map_err(|e| match e.code {
            ReceiptCode::UnknownKey if receipt.log() == keys.origin() => NotGiven::UnknownKey,
            _ => NotGiven::None(e.to_string()),
        })?;
        let stands = verified.checkpoint().and_then(|checkpoint| {
            let note = checkpoint.note().clone();
            let proof = ProofFile::new(None, verified.position(), receipt.path().to_vec(), note).ok()?;
            Some((*verified.leaf(), proof))
        });
        Ok(Self {
            name: name.to_owned(),
            size: verified.size(),
            root: *verified.root(),
            checkpoint: verified.checkpoint().cloned(),
            stands,
        })
    }

    /// The contradiction that two receipts show by themselves, without any access to the log: two entries at one position, or
    /// two trees of one size.
    pub(crate) fn contradicts(&self, other: &Self) -> Option<FraudProof> {
        let (first, second) = signed_by_one_key(self.checkpoint.as_ref()?, other.checkpoint.as_ref()?)?;
        if let (Some((leaf, proof)), Some((other, another))) = (&self.stands, &other.stands)
            && proof.index() == another.index()
            && leaf != other
        {
            return FraudProof::two_entries(first.log(), (*leaf, proof), (*other, another));
        }
        let forked = first.size() == second.size() && first.root() != second.root();
        forked.then(|| FraudProof::same_size(&first, &second))
    }
}

/// Says that a note is signed under the log's name, by unknown keys alone.
fn is_of_no_known_key(note: &Note, keys: &KeySchedule) -> bool {
    let mut own = note.signatures().iter().filter(|line| line.name() == keys.origin()).peekable();
    own.peek().is_some() && own.all(|line| !keys.keys().any(|key| line.claims(key)))
}
