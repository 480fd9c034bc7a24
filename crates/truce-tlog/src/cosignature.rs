//! Timestamped cosignatures of checkpoints with Ed25519, type 0x04 (`c2sp.org/tlog-cosignature@v1.0.1`).

use std::fmt;

use ed25519_dalek::{Signer as _, SigningKey};
use thiserror::Error;

use crate::checkpoint::SignedCheckpoint;
use crate::key::{ED25519_SIGNATURE_BYTES, KeyError, KeyType, VKey};
use crate::note::NoteSignature;

/// The latest time a cosignature may carry: 2^63 − 1 seconds since the epoch.
pub const MAX_TIMESTAMP: u64 = i64::MAX as u64;

/// Bytes of a cosignature after the key id: the time and the Ed25519 signature.
pub const COSIGNATURE_BYTES: usize = TIMESTAMP_BYTES + ED25519_SIGNATURE_BYTES;

const TIMESTAMP_BYTES: usize = 8;

/// A verified cosignature: `cosigner` had seen no larger consistent tree of this log at `timestamp`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Cosignature {
    /// Key of the cosigner.
    pub cosigner: VKey,
    /// Seconds since the epoch, as the cosigner says.
    pub timestamp: u64,
}

/// A witness's private key. It is erased when dropped.
///
/// The signed message does not contain the cosigner's name: use one key for each cosigner and never a log's.
pub struct Cosigner {
    vkey: VKey,
    key: SigningKey,
}

impl Cosigner {
    /// Names a private key as a cosigner.
    pub fn new(name: &str, key: SigningKey) -> Result<Self, KeyError> {
        let vkey = VKey::new(name, KeyType::CosignatureV1, key.verifying_key().as_bytes())?;
        Ok(Self { vkey, key })
    }

    /// The same from the 32 bytes of an Ed25519 private key (RFC 8032).
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, KeyError> {
        Self::new(name, SigningKey::from_bytes(seed))
    }

    /// The public side of the key.
    #[must_use]
    pub const fn vkey(&self) -> &VKey {
        &self.vkey
    }

    /// Cosigns a checkpoint the log has signed, at `timestamp` seconds since the epoch.
    ///
    /// That the tree is consistent with, and no smaller than, any cosigned before is for the caller to know.
    pub fn cosign(
        &self,
        checkpoint: &SignedCheckpoint,
        timestamp: u64,
    ) -> Result<NoteSignature, CosignatureError> {
        if timestamp > MAX_TIMESTAMP {
            return Err(CosignatureError::Timestamp { found: timestamp });
        }
        let message = signed_message(timestamp, checkpoint.note().text());
        let mut blob = timestamp.to_be_bytes().to_vec();
        blob.extend_from_slice(&self.key.sign(message.as_bytes()).to_bytes());
        NoteSignature::new(self.vkey.name(), self.vkey.id(), blob)
            .map_err(|_| CosignatureError::Length { found: 0 })
    }
}

impl fmt::Debug for Cosigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cosigner").field("vkey", &self.vkey).finish_non_exhaustive()
    }
}

/// The message a cosigner signs: a header, the time, and the whole text of the checkpoint.
#[must_use]
pub fn signed_message(timestamp: u64, checkpoint_text: &str) -> String {
    format!("cosignature/v1\ntime {timestamp}\n{checkpoint_text}")
}

/// Checks a cosignature over the text of a checkpoint and returns its time in seconds since the epoch.
///
/// `signature` is what follows the key id on the line. The time is not judged against any clock.
pub fn verify_cosignature(
    cosigner: &VKey,
    checkpoint_text: &str,
    signature: &[u8],
) -> Result<u64, CosignatureError> {
    if cosigner.key_type() != KeyType::CosignatureV1 {
        return Err(CosignatureError::KeyType);
    }
    let length = CosignatureError::Length { found: signature.len() };
    let Some((timestamp, ed25519)) = signature.split_first_chunk::<TIMESTAMP_BYTES>() else {
        return Err(length);
    };
    if ed25519.len() != ED25519_SIGNATURE_BYTES {
        return Err(length);
    }
    let timestamp = u64::from_be_bytes(*timestamp);
    if timestamp > MAX_TIMESTAMP {
        return Err(CosignatureError::Timestamp { found: timestamp });
    }
    let message = signed_message(timestamp, checkpoint_text);
    if !cosigner.verifies_bytes(message.as_bytes(), ed25519) {
        return Err(CosignatureError::BadSignature { name: cosigner.name().to_owned() });
    }
    Ok(timestamp)
}

/// Reasons for which a cosignature is refused or cannot be made.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum CosignatureError {
    /// The key is not one for cosignatures.
    #[error("the key is not of type 0x04, the type for cosignatures")]
    KeyType,
    /// Wrong number of bytes.
    #[error("a cosignature is {found} bytes long, but must be {COSIGNATURE_BYTES}")]
    Length {
        /// Bytes after the key id.
        found: usize,
    },
    /// A time beyond [`MAX_TIMESTAMP`].
    #[error("a cosignature time of {found} exceeds the limit of {MAX_TIMESTAMP}")]
    Timestamp {
        /// Seconds since the epoch.
        found: u64,
    },
    /// The signature fails.
    #[error("the cosignature of {name} does not verify")]
    BadSignature {
        /// Name of the cosigner.
        name: String,
    },
}
