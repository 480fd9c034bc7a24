//! Receipts of inclusion: a statement is recorded.

use truce_statement::cbor::{Flaw, Head, Reader, Writer};
use truce_statement::{AgreementId, Entry, EntryHash, KeyId, Statement};
use truce_tlog::policy::PolicyWitness;
use truce_tlog::{
    Hash, KeySchedule, MAX_TREE_SIZE, Note, Policy, ProofError, SignedCheckpoint, VKey, leaf_hash,
    verify_inclusion,
};

use crate::envelope::{
    Envelope, Header, INCLUSION, LABEL_CHECKPOINT, LABEL_ENTRY, LABEL_VDP, MAX_RECEIPT, encode_proof,
    parse_proof, single_proof, write_proof,
};
use crate::error::{ReceiptCode, ReceiptError};
use crate::signer::ReceiptSigner;

/// A receipt of inclusion that is well-formed and no more. See [`Receipt::verify`].
///
/// The law: what [`Receipt::parse`] accepts, [`Receipt::to_bytes`] gives back to the byte.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Receipt {
    envelope: Envelope,
    size: u64,
    index: u64,
    path: Vec<Hash>,
    prev: EntryHash,
    received: i64,
    checkpoint: Option<Note>,
}

impl Receipt {
    /// Issues the receipt that `entry` is leaf `index` of the tree under `checkpoint`, with the `path` from leaf to root.
    ///
    /// What is signed is the root of a checkpoint that the log has signed before, never another one. The receipt carries
    /// no checkpoint; see [`Receipt::with_checkpoint`].
    ///
    /// # Errors
    /// `unknown-key` when `signer` is not the log's key, `not-in-tree` when the path does not lead to the root.
    pub fn issue(
        signer: &dyn ReceiptSigner,
        agreement: AgreementId,
        checkpoint: &SignedCheckpoint,
        index: u64,
        path: Vec<Hash>,
        entry: &Entry<'_>,
    ) -> Result<Self, ReceiptError> {
        let (size, root) = (checkpoint.size(), checkpoint.root());
        check_bounds(size, index, &path)?;
        verify_inclusion(index, size, &leaf_hash(&entry.encode()), &path, root)
            .map_err(|e| ReceiptError::new(ReceiptCode::NotInTree, e))?;
        let header =
            Header { kid: signer.public().id(), iss: checkpoint.origin().to_owned(), sub: agreement, size };
        if signer.public().as_bytes() != checkpoint.log().public_key() {
            return Err(ReceiptError::new(ReceiptCode::UnknownKey, format!("the signer is {}", header.kid)));
        }
        let envelope = Envelope::sign(signer, header, root)?;
        let (prev, received) = (entry.prev, entry.received);
        Ok(Self { envelope, size, index, path, prev, received, checkpoint: None })
    }

    /// The same receipt, carrying the checkpoint of its tree with the cosignatures there are by now.
    ///
    /// The checkpoint stands in the unprotected header, so nothing is signed again: whoever holds the receipt can put it
    /// in once witnesses have cosigned.
    ///
    /// # Errors
    /// `other-checkpoint` when it is of another log or size; `too-large`.
    pub fn with_checkpoint(mut self, checkpoint: &SignedCheckpoint) -> Result<Self, ReceiptError> {
        if checkpoint.origin() != self.log() || checkpoint.size() != self.size {
            let found = format!("it is of {} at size {}", checkpoint.origin(), checkpoint.size());
            return Err(ReceiptError::new(ReceiptCode::OtherCheckpoint, found));
        }
        self.checkpoint = Some(checkpoint.note().clone());
        let found = self.to_bytes().len();
        if found > MAX_RECEIPT {
            return Err(ReceiptError::new(ReceiptCode::TooLarge, format!("{found} bytes")));
        }
        Ok(self)
    }

    /// Reads a receipt. Size first; nothing is believed yet.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReceiptError> {
        let (envelope, unprotected) = Envelope::parse(bytes)?;
        let shape = |flaw: Flaw| ReceiptError::of_flaw(flaw, ReceiptCode::Malformed);
        let mut r = Reader::new(bytes.get(unprotected).unwrap_or_default());
        let Head::Map(pairs) = r.head().map_err(shape)? else {
            return Err(ReceiptError::new(ReceiptCode::Malformed, "the unprotected header is no map"));
        };
        let (mut proof, mut extra, mut checkpoint) = (None, None, None);
        for _ in 0..pairs {
            let at = r.at();
            match r.integer() {
                Ok(LABEL_VDP) => proof = Some(single_proof(&mut r, INCLUSION)?),
                Ok(LABEL_ENTRY) => extra = Some(r.byte_string().map_err(shape)?),
                Ok(LABEL_CHECKPOINT) => checkpoint = Some(r.byte_string().map_err(shape)?),
                Ok(other) => {
                    return Err(ReceiptError::new(ReceiptCode::UnknownLabel, format!("label {other}")));
                }
                Err(_) => return Err(ReceiptError::new(ReceiptCode::UnknownLabel, format!("at byte {at}"))),
            }
        }
        let proof = proof.ok_or_else(|| ReceiptError::new(ReceiptCode::ProofCount, "found 0"))?;
        let (size, index, path) = parse_proof(proof)?;
        check_bounds(size, index, &path)?;
        envelope.check_size(size)?;
        let bad_entry = |detail: String| ReceiptError::new(ReceiptCode::BadEntry, detail);
        let extra = extra.ok_or_else(|| bad_entry(format!("label {LABEL_ENTRY} is missing")))?;
        let Entry { prev, received, .. } =
            Entry::from_extra(extra, &[]).map_err(|e| bad_entry(e.to_string()))?;
        let checkpoint = checkpoint
            .map(Note::parse)
            .transpose()
            .map_err(|e| ReceiptError::new(ReceiptCode::BadCheckpoint, e))?;
        Ok(Self { envelope, size, index, path, prev, received, checkpoint })
    }

    /// The bytes of the receipt.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::with_capacity(128 + 34 * self.path.len());
        w.head(Head::Map(if self.checkpoint.is_some() { 3 } else { 2 }));
        write_proof(&mut w, INCLUSION, &encode_proof(self.size, self.index, &self.path));
        w.integer(LABEL_ENTRY).bytes(&self.entry(&[]).extra());
        if let Some(checkpoint) = &self.checkpoint {
            w.integer(LABEL_CHECKPOINT).bytes(checkpoint.to_string().as_bytes());
        }
        self.envelope.with_unprotected(&w.into_bytes())
    }

    /// Verifies that a log of `policy` has recorded `statement`, and says whether that is final under its quorum.
    ///
    /// Needs nothing but its arguments. The leaf is rebuilt from the statement and the receipt, the path followed to a
    /// root, and the log's signature checked over that root. A checkpoint that is carried has to be of the same log, size
    /// and root, and to verify; else the whole is refused.
    pub fn verify(&self, statement: &Statement, policy: &Policy) -> Result<VerifiedReceipt, ReceiptError> {
        self.verify_with(
            statement,
            policy,
            policy.logs().iter().map(truce_tlog::policy::PolicyLog::vkey),
            None,
        )
    }

    /// The same with a log that is known from elsewhere, for a policy that names no logs: only `log` counts.
    pub fn verify_for(
        &self,
        statement: &Statement,
        policy: &Policy,
        log: &VKey,
    ) -> Result<VerifiedReceipt, ReceiptError> {
        self.verify_with(statement, policy, [log], None)
    }

    /// The same by a schedule of the log's keys: one whose turn it is at this size has signed the receipt, and all whose turn
    /// it is the checkpoint that is carried.
    pub fn verify_by(
        &self,
        statement: &Statement,
        policy: &Policy,
        keys: &KeySchedule,
    ) -> Result<VerifiedReceipt, ReceiptError> {
        let turn = keys.at(self.size);
        match self.envelope.key_among(&turn) {
            Err(e) if e.code == ReceiptCode::UnknownKey && self.envelope.key_among(keys.keys()).is_ok() => {
                Err(ReceiptError::new(ReceiptCode::OutOfTurn, format!("a tree of {} entries", self.size)))
            }
            Err(e) => Err(e),
            Ok(_) => self.verify_with(statement, policy, &turn, Some(keys)),
        }
    }

    fn verify_with<'k>(
        &self,
        statement: &Statement,
        policy: &Policy,
        logs: impl IntoIterator<Item = &'k VKey>,
        keys: Option<&KeySchedule>,
    ) -> Result<VerifiedReceipt, ReceiptError> {
        let (log, key) = self.envelope.key_among(logs)?;
        if self.agreement() != statement.agreement() {
            return Err(ReceiptError::new(
                ReceiptCode::UnknownAgreement,
                format!("it is {}", self.agreement()),
            ));
        }
        let leaf = leaf_hash(&self.entry(statement.bytes()).encode());
        let root = root_of(self.index, self.size, &leaf, &self.path)?;
        self.envelope.verify(&key, &root)?;
        let checkpoint =
            self.checkpoint.as_ref().map(|note| self.open(note, log, keys, policy, &root)).transpose()?;
        let finality = if checkpoint.as_ref().is_some_and(|checkpoint| is_final(checkpoint, policy)) {
            Finality::Final
        } else {
            Finality::Accepted
        };
        let (position, received) = (self.index, self.received);
        Ok(VerifiedReceipt {
            log: log.clone(),
            position,
            size: self.size,
            root,
            leaf,
            received,
            checkpoint,
            finality,
        })
    }

    /// The checkpoint that is carried, verified and held against the proof.
    fn open(
        &self,
        note: &Note,
        log: &VKey,
        keys: Option<&KeySchedule>,
        policy: &Policy,
        root: &Hash,
    ) -> Result<SignedCheckpoint, ReceiptError> {
        let witnesses: Vec<VKey> = policy.witnesses().iter().map(PolicyWitness::vkey).cloned().collect();
        let opened = match keys {
            Some(keys) => keys.open(note, &witnesses),
            None => SignedCheckpoint::open(note, log, &witnesses),
        };
        let checkpoint = opened.map_err(|e| ReceiptError::new(ReceiptCode::BadCheckpoint, e))?;
        if checkpoint.size() != self.size || checkpoint.root() != root {
            let found = format!("root {} at size {}", checkpoint.root(), checkpoint.size());
            return Err(ReceiptError::new(ReceiptCode::OtherCheckpoint, found));
        }
        Ok(checkpoint)
    }

    /// The log's origin, as the receipt says.
    #[must_use]
    pub fn log(&self) -> &str {
        &self.envelope.header.iss
    }

    /// The agreement that the log holds, as the receipt says.
    #[must_use]
    pub fn agreement(&self) -> AgreementId {
        self.envelope.header.sub
    }

    /// Thumbprint of the key that signed, as the receipt says.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        self.envelope.header.kid
    }

    /// Position of the entry, from 0. Untrusted.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.index
    }

    /// Number of leaves of the tree. Untrusted.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Hashes from the leaf's sibling up to the root's child. Untrusted.
    #[must_use]
    pub fn path(&self) -> &[Hash] {
        &self.path
    }

    /// Time at which the log took the statement, milliseconds UTC. Untrusted.
    #[must_use]
    pub const fn received(&self) -> i64 {
        self.received
    }

    /// The checkpoint that is carried. Untrusted.
    #[must_use]
    pub const fn checkpoint(&self) -> Option<&Note> {
        self.checkpoint.as_ref()
    }

    /// The log's entry of `statement`, if the receipt is right.
    #[must_use]
    pub const fn entry<'a>(&self, statement: &'a [u8]) -> Entry<'a> {
        Entry { prev: self.prev, received: self.received, statement }
    }
}

/// Degree of certainty behind a receipt that verified.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Finality {
    /// The log alone has signed. A log that lies can still show others another tree.
    Accepted,
    /// The quorum of the policy has cosigned the checkpoint of this very tree. Never under a policy without a quorum.
    Final,
}

/// Result of a verified receipt: this log has this statement at this position.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct VerifiedReceipt {
    log: VKey,
    position: u64,
    size: u64,
    root: Hash,
    leaf: Hash,
    received: i64,
    checkpoint: Option<SignedCheckpoint>,
    finality: Finality,
}

impl VerifiedReceipt {
    /// The log's key, whose name is the origin.
    #[must_use]
    pub const fn log(&self) -> &VKey {
        &self.log
    }

    /// Position of the entry, from 0.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// Number of leaves of the tree that the log signed.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Root of that tree.
    #[must_use]
    pub const fn root(&self) -> &Hash {
        &self.root
    }

    /// Hash of the entry.
    #[must_use]
    pub const fn leaf(&self) -> &Hash {
        &self.leaf
    }

    /// Time at which the log took the statement by its clock, milliseconds UTC.
    #[must_use]
    pub const fn received(&self) -> i64 {
        self.received
    }

    /// The checkpoint that was carried, with the cosignatures that were verified.
    #[must_use]
    pub const fn checkpoint(&self) -> Option<&SignedCheckpoint> {
        self.checkpoint.as_ref()
    }

    /// Degree of certainty behind it.
    #[must_use]
    pub const fn finality(&self) -> Finality {
        self.finality
    }
}

/// Reports whether the policy has a quorum, and the cosigners of the checkpoint reach it.
fn is_final(checkpoint: &SignedCheckpoint, policy: &Policy) -> bool {
    let cosigners: Vec<&VKey> = checkpoint.cosignatures().iter().map(|c| &c.cosigner).collect();
    policy.quorum().is_some() && policy.is_satisfied_by_keys(&cosigners)
}

fn check_bounds(size: u64, index: u64, path: &[Hash]) -> Result<(), ReceiptError> {
    if size > MAX_TREE_SIZE {
        return Err(ReceiptError::new(ReceiptCode::TreeTooLarge, format!("size {size}")));
    }
    if index >= size {
        return Err(ReceiptError::new(ReceiptCode::IndexOutOfRange, format!("leaf {index} of {size}")));
    }
    // RFC 9942 has no form for the path of a tree of one leaf; the empty array is the only one it can be.
    if path.is_empty() && size != 1 {
        return Err(ReceiptError::new(ReceiptCode::EmptyPath, format!("a tree of {size}")));
    }
    Ok(())
}

/// The root that the path leads to, by RFC 9162, section 2.1.3.2.
fn root_of(index: u64, size: u64, leaf: &Hash, path: &[Hash]) -> Result<Hash, ReceiptError> {
    // The check names the root it came to wherever that is not the one expected.
    let none = Hash::from_bytes([0; 32]);
    match verify_inclusion(index, size, leaf, path, &none) {
        Ok(()) => Ok(none),
        Err(ProofError::RootMismatch { computed, .. }) => Ok(computed),
        Err(e @ ProofError::IndexOutOfRange { .. }) => {
            Err(ReceiptError::new(ReceiptCode::IndexOutOfRange, e))
        }
        Err(e) => Err(ReceiptError::new(ReceiptCode::PathLength, e)),
    }
}
