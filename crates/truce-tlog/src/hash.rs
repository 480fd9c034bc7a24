//! Hashing of leaves and nodes: RFC 6962 section 2.1 (the same tree as RFC 9162) with SHA-256.

use std::fmt;
use std::str::FromStr;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::encoding::{base64_decode, base64_encode};

/// Length of a [`struct@Hash`] in bytes (SHA-256, FIPS 180-4).
pub const HASH_LEN: usize = 32;

/// Root of the tree without leaves: SHA-256 of the empty string (RFC 6962 section 2.1).
pub const EMPTY_ROOT: Hash = Hash([
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27,
    0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
]);

const LEAF_PREFIX: [u8; 1] = [0x00];
const NODE_PREFIX: [u8; 1] = [0x01];

/// Hash of a leaf: SHA-256(0x00 ‖ entry) (RFC 6962 section 2.1).
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(LEAF_PREFIX);
    hasher.update(entry);
    Hash(hasher.finalize().into())
}

/// Hash of an inner node: SHA-256(0x01 ‖ left ‖ right) (RFC 6962 section 2.1).
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(NODE_PREFIX);
    hasher.update(left.0);
    hasher.update(right.0);
    Hash(hasher.finalize().into())
}

/// A SHA-256 hash of a leaf, a node or a tree.
///
/// Shown as 64 lower-case hex digits. With serde it is hex in formats for people and a byte string in others.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Hash([u8; HASH_LEN]);

impl Hash {
    /// Wraps 32 bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; HASH_LEN]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; HASH_LEN] {
        &self.0
    }

    /// The 32 bytes by value.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; HASH_LEN] {
        self.0
    }

    /// Standard base64 with padding, as on the root line of a checkpoint (`c2sp.org/tlog-checkpoint`).
    #[must_use]
    pub fn to_base64(&self) -> String {
        base64_encode(&self.0)
    }

    /// Reads what [`Hash::to_base64`] writes and nothing else.
    pub fn from_base64(text: &str) -> Result<Self, HashError> {
        let bytes = base64_decode(text).ok_or(HashError::Base64)?;
        Self::try_from(bytes.as_slice())
    }
}

impl AsRef<[u8]> for Hash {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl From<[u8; HASH_LEN]> for Hash {
    fn from(bytes: [u8; HASH_LEN]) -> Self {
        Self(bytes)
    }
}

impl From<Hash> for [u8; HASH_LEN] {
    fn from(hash: Hash) -> Self {
        hash.0
    }
}

impl TryFrom<&[u8]> for Hash {
    type Error = HashError;

    fn try_from(bytes: &[u8]) -> Result<Self, HashError> {
        bytes.try_into().map(Self).map_err(|_| HashError::Length { found: bytes.len() })
    }
}

impl FromStr for Hash {
    type Err = HashError;

    /// Reads 64 lower-case hex digits; upper case is refused, so that a hash has one spelling.
    fn from_str(text: &str) -> Result<Self, HashError> {
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(HashError::Hex);
        }
        let bytes = hex::decode(text).map_err(|_| HashError::Hex)?;
        Self::try_from(bytes.as_slice())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&hex::encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.serialize_str(&hex::encode(self.0))
        } else {
            serializer.serialize_bytes(&self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_str(HexVisitor)
        } else {
            deserializer.deserialize_bytes(BytesVisitor)
        }
    }
}

struct HexVisitor;

impl Visitor<'_> for HexVisitor {
    type Value = Hash;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a hash as 64 lower-case hex digits")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Hash, E> {
        text.parse().map_err(E::custom)
    }
}

struct BytesVisitor;

impl Visitor<'_> for BytesVisitor {
    type Value = Hash;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a hash as a byte string of 32 bytes")
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Hash, E> {
        Hash::try_from(bytes).map_err(E::custom)
    }
}

/// Reasons for which bytes or text are not a [`struct@Hash`].
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum HashError {
    /// Wrong number of bytes.
    #[error("a hash is {found} bytes long, but must be {HASH_LEN}")]
    Length {
        /// Number of bytes found.
        found: usize,
    },
    /// The text is not lower-case hex.
    #[error("a hash is not written as 64 lower-case hex digits")]
    Hex,
    /// The text is not standard base64 with padding.
    #[error("a hash is not written in standard base64 with padding")]
    Base64,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn empty_root_is_the_hash_of_nothing() {
        let computed: [u8; HASH_LEN] = Sha256::digest(b"").into();
        assert_eq!(EMPTY_ROOT.to_bytes(), computed);
        assert_eq!(EMPTY_ROOT.to_base64(), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }

    #[test]
    fn the_empty_leaf_is_not_the_empty_tree() {
        let leaf = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";
        assert_eq!(leaf_hash(b"").to_string(), leaf);
        assert_eq!(leaf.parse::<Hash>().unwrap(), leaf_hash(b""));
    }

    #[test]
    fn text_forms_are_strict() {
        let hash = leaf_hash(b"x");
        assert_eq!(hash.to_string().to_uppercase().parse::<Hash>(), Err(HashError::Hex));
        assert_eq!("ab".parse::<Hash>(), Err(HashError::Length { found: 1 }));
        assert_eq!(Hash::from_base64(&hash.to_base64()), Ok(hash));
        assert_eq!(Hash::from_base64(hash.to_base64().trim_end_matches('=')), Err(HashError::Base64));
        assert_eq!(Hash::try_from([0u8; 31].as_slice()), Err(HashError::Length { found: 31 }));
        assert_eq!(Hash::try_from([0u8; 33].as_slice()), Err(HashError::Length { found: 33 }));
    }

    #[test]
    fn serde_is_hex_for_people_and_bytes_for_machines() {
        let hash = leaf_hash(b"x");
        let json = serde_json::to_string(&hash).unwrap();
        assert_eq!(json, format!("\"{hash}\""));
        assert_eq!(serde_json::from_str::<Hash>(&json).unwrap(), hash);
        let cbor = serde_cbor::to_vec(&hash).unwrap();
        assert_eq!(cbor.get(..2), Some([0x58, 0x20].as_slice()));
        assert_eq!(serde_cbor::from_slice::<Hash>(&cbor).unwrap(), hash);
        assert!(serde_cbor::from_slice::<Hash>(&serde_cbor::to_vec(&hash.to_string()).unwrap()).is_err());
    }
}
