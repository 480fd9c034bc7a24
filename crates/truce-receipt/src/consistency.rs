//! Receipts of consistency: a newer tree of the log contains an older one.

use truce_statement::cbor::{Flaw, Head, Reader, Writer};
use truce_statement::{AgreementId, KeyId};
use truce_tlog::{Checkpoint, Hash, MAX_TREE_SIZE, ProofError, SignedCheckpoint, VKey, verify_consistency};

use crate::envelope::{
    CONSISTENCY, Envelope, Header, LABEL_VDP, encode_proof, parse_proof, single_proof, write_proof,
};
use crate::error::{ReceiptCode, ReceiptError};
use crate::signer::ReceiptSigner;

/// A receipt of consistency that is well-formed and no more. See [`ConsistencyReceipt::verify`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ConsistencyReceipt {
    envelope: Envelope,
    older: u64,
    newer: u64,
    path: Vec<Hash>,
}

impl ConsistencyReceipt {
    /// Issues the receipt that the tree under `newer` contains that of `older`.
    ///
    /// # Errors
    /// `unknown-key` when `signer` is not the log's key; `not-consistent` when the path does not prove it.
    pub fn issue(
        signer: &dyn ReceiptSigner,
        agreement: AgreementId,
        older: &Checkpoint,
        newer: &SignedCheckpoint,
        path: Vec<Hash>,
    ) -> Result<Self, ReceiptError> {
        check_bounds(older.size(), newer.size(), &path)?;
        if older.origin() != newer.origin() {
            return Err(ReceiptError::new(
                ReceiptCode::UnknownLog,
                format!("the older is of {}", older.origin()),
            ));
        }
        verify_consistency(older.size(), older.root(), newer.size(), newer.root(), &path)
            .map_err(|e| ReceiptError::new(ReceiptCode::NotConsistent, e))?;
        let header = Header {
            kid: signer.public().id(),
            iss: newer.origin().to_owned(),
            sub: agreement,
            size: newer.size(),
        };
        if signer.public().as_bytes() != newer.log().public_key() {
            return Err(ReceiptError::new(ReceiptCode::UnknownKey, format!("the signer is {}", header.kid)));
        }
        let envelope = Envelope::sign(signer, header, newer.root())?;
        Ok(Self { envelope, older: older.size(), newer: newer.size(), path })
    }

    /// Reads a receipt. Size first; nothing is believed yet.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReceiptError> {
        let (envelope, unprotected) = Envelope::parse(bytes)?;
        let shape = |flaw: Flaw| ReceiptError::of_flaw(flaw, ReceiptCode::Malformed);
        let mut r = Reader::new(bytes.get(unprotected).unwrap_or_default());
        match r.head().map_err(shape)? {
            Head::Map(1) => {}
            Head::Map(0) => return Err(ReceiptError::new(ReceiptCode::ProofCount, "found 0")),
            Head::Map(_) => {
                return Err(ReceiptError::new(ReceiptCode::UnknownLabel, "it has more than the proofs"));
            }
            _ => return Err(ReceiptError::new(ReceiptCode::Malformed, "the unprotected header is no map")),
        }
        match r.integer() {
            Ok(LABEL_VDP) => {}
            _ => return Err(ReceiptError::new(ReceiptCode::UnknownLabel, "the proofs are missing")),
        }
        let (older, newer, path) = parse_proof(single_proof(&mut r, CONSISTENCY)?)?;
        check_bounds(older, newer, &path)?;
        envelope.check_size(newer)?;
        Ok(Self { envelope, older, newer, path })
    }

    /// The bytes of the receipt.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::with_capacity(64 + 34 * self.path.len());
        w.head(Head::Map(1));
        write_proof(&mut w, CONSISTENCY, &encode_proof(self.older, self.newer, &self.path));
        self.envelope.with_unprotected(&w.into_bytes())
    }

    /// Verifies that `log` has signed a tree that contains the tree of `older`, and says which root it has.
    ///
    /// The newer root is recomputed from the older one and the path, so that no valid signature over another root can
    /// pass. There is one verdict: a signature without its proof, and a proof without its signature, are both refused.
    pub fn verify(&self, older: &Checkpoint, log: &VKey) -> Result<Hash, ReceiptError> {
        let (_, key) = self.envelope.key_among([log])?;
        if older.origin() != self.log() {
            return Err(ReceiptError::new(
                ReceiptCode::UnknownLog,
                format!("the older is of {}", older.origin()),
            ));
        }
        if older.size() != self.older {
            let detail = format!("it starts at size {}, the older tree has {}", self.older, older.size());
            return Err(ReceiptError::new(ReceiptCode::NotConsistent, detail));
        }
        let root = self.newer_root(older.root())?;
        self.envelope.verify(&key, &root)?;
        Ok(root)
    }

    /// Reports whether [`Self::verify`] holds and leads to the tree of `newer`: the single answer that RFC
    /// 9942 recommends.
    #[must_use]
    pub fn holds(&self, older: &Checkpoint, newer: &Checkpoint, log: &VKey) -> bool {
        newer.origin() == self.log()
            && newer.size() == self.newer
            && self.verify(older, log).is_ok_and(|root| root == *newer.root())
    }

    /// The root that the path leads to from the older root, by RFC 9162, section 2.1.4.2.
    fn newer_root(&self, older: &Hash) -> Result<Hash, ReceiptError> {
        // The check names the root it came to: of the older size where that is wrong, else of the newer.
        let none = Hash::from_bytes([0; 32]);
        match verify_consistency(self.older, older, self.newer, &none, &self.path) {
            Ok(()) => Ok(none),
            Err(ProofError::RootMismatch { size, computed, .. }) if size == self.newer => Ok(computed),
            Err(e @ ProofError::RootMismatch { .. }) => Err(ReceiptError::new(ReceiptCode::NotConsistent, e)),
            Err(e) => Err(ReceiptError::new(ReceiptCode::PathLength, e)),
        }
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

    /// Sizes of the older and the newer tree. Untrusted.
    #[must_use]
    pub const fn sizes(&self) -> (u64, u64) {
        (self.older, self.newer)
    }
}

fn check_bounds(older: u64, newer: u64, path: &[Hash]) -> Result<(), ReceiptError> {
    if newer > MAX_TREE_SIZE {
        return Err(ReceiptError::new(ReceiptCode::TreeTooLarge, format!("size {newer}")));
    }
    // Nothing is consistent with the empty tree that could be signed, and RFC 9942 has no form for an empty path.
    if older == 0 || older >= newer {
        return Err(ReceiptError::new(ReceiptCode::SizesReversed, format!("{older} and {newer}")));
    }
    if path.is_empty() {
        return Err(ReceiptError::new(ReceiptCode::EmptyPath, format!("from {older} to {newer}")));
    }
    Ok(())
}
