//! The signer of receipts: the key of the log.

use truce_statement::{PublicKey, SecretKey};

use crate::error::ReceiptError;

/// Something that holds the log's private key and signs a COSE `Sig_structure` with it.
///
/// It is the key of the log's checkpoints. The two never sign the same bytes: a note is UTF-8 text, and a
/// `Sig_structure` begins with the byte 0x84, with which no UTF-8 text begins.
pub trait ReceiptSigner {
    /// The public half; its thumbprint is the receipt's `kid`.
    fn public(&self) -> &PublicKey;

    /// Ed25519 over `message` (RFC 8032), 64 bytes.
    ///
    /// # Errors
    /// `signer-failed`, for keys that are not in memory.
    fn sign(&self, message: &[u8]) -> Result<[u8; 64], ReceiptError>;
}

impl ReceiptSigner for SecretKey {
    fn public(&self) -> &PublicKey {
        Self::public(self)
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], ReceiptError> {
        Ok(Self::sign(self, message))
    }
}
