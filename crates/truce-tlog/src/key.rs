//! Verifier keys on one line, `name+id+key` (`c2sp.org/signed-note@v1.0.0`).

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::cosignature::verify_cosignature;
use crate::encoding::{base64_decode, base64_encode, excerpt};

/// The most bytes a key name or a log origin may have (`c2sp.org/tlog-cosignature`: `<1..2^8-1>`).
pub const MAX_NAME_BYTES: usize = 255;

/// Bytes of an Ed25519 public key (RFC 8032).
pub const PUBLIC_KEY_BYTES: usize = 32;

/// Bytes of an Ed25519 signature (RFC 8032).
pub const ED25519_SIGNATURE_BYTES: usize = 64;

/// Kinds of message that a key signs: the signature type byte of `c2sp.org/signed-note`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum KeyType {
    /// 0x01: Ed25519 over the text of a note; log keys.
    Ed25519,
    /// 0x04: Ed25519 over a time and a checkpoint; witness keys (`c2sp.org/tlog-cosignature`, v1).
    CosignatureV1,
}

impl KeyType {
    /// The signature type byte.
    #[must_use]
    pub const fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 0x01,
            Self::CosignatureV1 => 0x04,
        }
    }

    const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            0x01 => Some(Self::Ed25519),
            0x04 => Some(Self::CosignatureV1),
            _ => None,
        }
    }
}

/// A named Ed25519 public key of one type, known to be safe to verify with.
///
/// Invariant: the key is canonical, not of small order and free of torsion, and the name is valid.
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct VKey {
    name: String,
    id: u32,
    key_type: KeyType,
    key: VerifyingKey,
}

impl VKey {
    /// Names a public key and computes its id; refuses weak keys and invalid names.
    pub fn new(name: &str, key_type: KeyType, public_key: &[u8; PUBLIC_KEY_BYTES]) -> Result<Self, KeyError> {
        check_name(name)?;
        let key = check_public_key(public_key)?;
        let id = key_id(name, key_type, public_key);
        Ok(Self { name: name.to_owned(), id, key_type, key })
    }

    /// Key name: for a log key the log's origin, for a witness key the witness's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Key id: the first four bytes of SHA-256(name ‖ 0x0A ‖ type ‖ public key).
    #[must_use]
    pub const fn id(&self) -> u32 {
        self.id
    }

    /// Kind of message that the key signs.
    #[must_use]
    pub const fn key_type(&self) -> KeyType {
        self.key_type
    }

    /// The Ed25519 public key (RFC 8032).
    #[must_use]
    pub fn public_key(&self) -> &[u8; PUBLIC_KEY_BYTES] {
        self.key.as_bytes()
    }

    /// Reports whether `signature` (the bytes behind the key id on a signature line) is this key's over the
    /// text of a note.
    ///
    /// Ed25519 is checked strictly, so that every verifier comes to the same verdict.
    #[must_use]
    pub fn verifies(&self, text: &str, signature: &[u8]) -> bool {
        match self.key_type {
            KeyType::Ed25519 => self.verifies_bytes(text.as_bytes(), signature),
            KeyType::CosignatureV1 => verify_cosignature(self, text, signature).is_ok(),
        }
    }

    /// Strict Ed25519 over any message, whatever the type.
    pub(crate) fn verifies_bytes(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature)
            .is_ok_and(|signature| self.key.verify_strict(message, &signature).is_ok())
    }
}

impl FromStr for VKey {
    type Err = KeyError;

    /// Reads `name+id+key`, recomputes the id and refuses what [`VKey::new`] refuses.
    fn from_str(text: &str) -> Result<Self, KeyError> {
        // The base64 may itself contain `+`, so only the first two separate.
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(KeyError::Shape { found: excerpt(text) });
        };
        let stated = parse_id(id).ok_or_else(|| KeyError::IdShape { found: excerpt(id) })?;
        let bytes = base64_decode(key).ok_or(KeyError::Base64)?;
        let (&byte, public_key) = bytes.split_first().ok_or(KeyError::Length { found: 0 })?;
        let key_type = KeyType::from_byte(byte).ok_or(KeyError::Type { found: byte })?;
        let public_key: &[u8; PUBLIC_KEY_BYTES] =
            public_key.try_into().map_err(|_| KeyError::Length { found: public_key.len() })?;
        let vkey = Self::new(name, key_type, public_key)?;
        if vkey.id != stated {
            return Err(KeyError::IdMismatch { stated, computed: vkey.id });
        }
        Ok(vkey)
    }
}

impl fmt::Display for VKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = vec![self.key_type.byte()];
        bytes.extend_from_slice(self.public_key());
        write!(f, "{}+{:08x}+{}", self.name, self.id, base64_encode(&bytes))
    }
}

impl fmt::Debug for VKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VKey({self})")
    }
}

/// Id of a key: the first four bytes of SHA-256(name ‖ 0x0A ‖ type ‖ public key), big-endian.
#[must_use]
pub fn key_id(name: &str, key_type: KeyType, public_key: &[u8; PUBLIC_KEY_BYTES]) -> u32 {
    let mut hasher = Sha256::new();
    hasher.update(name.as_bytes());
    hasher.update([b'\n', key_type.byte()]);
    hasher.update(public_key);
    let digest: [u8; 32] = hasher.finalize().into();
    let [a, b, c, d, ..] = digest;
    u32::from_be_bytes([a, b, c, d])
}

/// Refuses a key name, or a log origin, that is empty, longer than [`MAX_NAME_BYTES`], or contains white space,
/// `+` or a control character.
pub fn check_name(name: &str) -> Result<(), KeyError> {
    if name.len() > MAX_NAME_BYTES {
        return Err(KeyError::NameTooLong { found: name.len() });
    }
    if is_name(name) { Ok(()) } else { Err(KeyError::Name { found: excerpt(name) }) }
}

/// The rules for names without the limit on length, which is ours and not that of foreign signature lines.
pub(crate) fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c == '+' || c < ' ' || c.is_whitespace())
}

/// Refuses a public key that some verifiers would treat differently from others: bytes that are no point or not
/// the canonical encoding of one, and points of small order or with a torsion component.
fn check_public_key(bytes: &[u8; PUBLIC_KEY_BYTES]) -> Result<VerifyingKey, KeyError> {
    let key = VerifyingKey::from_bytes(bytes).map_err(|_| KeyError::NotAPoint)?;
    let point = key.to_edwards();
    if point.compress().as_bytes() != bytes {
        return Err(KeyError::NotCanonical);
    }
    if point.is_small_order() || !point.is_torsion_free() {
        return Err(KeyError::Weak);
    }
    Ok(key)
}

fn parse_id(text: &str) -> Option<u32> {
    let shape = text.len() == 8 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if shape { u32::from_str_radix(text, 16).ok() } else { None }
}

/// Reasons for which a verifier key is refused.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum KeyError {
    /// The text does not have three parts.
    #[error("`{found}` is not a verifier key of the form name+id+key")]
    Shape {
        /// Beginning of the text.
        found: String,
    },
    /// The name is empty or has a character it must not have.
    #[error(
        "`{found}` is not a key name: it must not be empty or contain white space, `+` or control characters"
    )]
    Name {
        /// Beginning of the name.
        found: String,
    },
    /// The name is longer than [`MAX_NAME_BYTES`].
    #[error("a key name of {found} bytes exceeds the limit of {MAX_NAME_BYTES}")]
    NameTooLong {
        /// Bytes of the name.
        found: usize,
    },
    /// The id is not eight hex digits.
    #[error("`{found}` is not a key id of 8 lower-case hex digits")]
    IdShape {
        /// Beginning of the id.
        found: String,
    },
    /// The id is not that of the name and key.
    #[error("the key id is stated as {stated:08x}, but name and key give {computed:08x}")]
    IdMismatch {
        /// Id in the text.
        stated: u32,
        /// Id recomputed.
        computed: u32,
    },
    /// The key is not standard base64.
    #[error("the key is not written in standard base64 with padding")]
    Base64,
    /// A signature type that is not supported.
    #[error("a key of signature type {found:#04x} is not supported: only 0x01 and 0x04 (Ed25519) are")]
    Type {
        /// Type byte.
        found: u8,
    },
    /// The key has the wrong number of bytes.
    #[error("a public key is {found} bytes long, but must be {PUBLIC_KEY_BYTES}")]
    Length {
        /// Bytes after the type byte.
        found: usize,
    },
    /// The bytes are no point of the curve.
    #[error("the public key is not a point of the curve")]
    NotAPoint,
    /// The bytes are a second spelling of a point.
    #[error("the public key is not in canonical form")]
    NotCanonical,
    /// The point is of small order or has a torsion component.
    #[error("the public key is weak: it is of small order or not free of torsion")]
    Weak,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const EXAMPLE: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

    #[test]
    fn the_example_key_recomputes_to_its_ids() {
        let vkey: VKey = EXAMPLE.parse().unwrap();
        assert_eq!(
            (vkey.name(), vkey.id(), vkey.key_type()),
            ("example.com/foo", 0x530d_903a, KeyType::Ed25519)
        );
        assert_eq!(vkey.to_string(), EXAMPLE);
        let witness = VKey::new("example.com/foo", KeyType::CosignatureV1, vkey.public_key()).unwrap();
        assert_eq!(witness.id(), 0x7c26_4079);
        assert_eq!(witness.to_string().parse(), Ok(witness));
    }

    #[test]
    fn malformed_keys_are_refused() {
        let parse = |text: &str| text.parse::<VKey>().unwrap_err();
        assert!(matches!(parse(""), KeyError::Shape { .. }));
        assert!(matches!(parse("a+530d903a"), KeyError::Shape { .. }));
        assert!(matches!(parse(&EXAMPLE.replace("530d903a", "530d903b")), KeyError::IdMismatch { .. }));
        assert!(matches!(parse(&EXAMPLE.replace("530d903a", "530D903A")), KeyError::IdShape { .. }));
        assert!(matches!(parse(&EXAMPLE.replace("530d903a", "+30d903a")), KeyError::IdShape { .. }));
        assert!(matches!(parse(&EXAMPLE.replace("U2k", "U2k=")), KeyError::Base64));
        assert!(matches!(parse(&EXAMPLE.replace("AekyeR", "BOkyeR")), KeyError::IdMismatch { .. }));
        assert!(matches!(parse(&EXAMPLE.replace("AekyeR", "BukyeR")), KeyError::Type { found: 6 }));
        assert!(matches!(parse("n+00000000+AQ=="), KeyError::Length { found: 0 }));
        assert!(matches!(parse("n+00000000+"), KeyError::Length { found: 0 }));
        assert!(matches!(parse(&EXAMPLE.replace("/foo", " foo")), KeyError::Name { .. }));
    }

    #[test]
    fn names_are_checked_at_the_limit() {
        for name in ["", "a b", "a\u{a0}b", "a\u{2003}b", "a+b", "a\nb", "a\tb", "a\u{0}b"] {
            assert!(matches!(check_name(name), Err(KeyError::Name { .. })), "{name:?}");
        }
        assert!(check_name("ceasefire.example/мир").is_ok());
        assert!(check_name(&"n".repeat(MAX_NAME_BYTES)).is_ok());
        assert_eq!(check_name(&"n".repeat(MAX_NAME_BYTES + 1)), Err(KeyError::NameTooLong { found: 256 }));
    }

    #[test]
    fn weak_and_non_canonical_points_are_refused() {
        let refuse = |hex_key: &str| {
            let bytes: [u8; 32] = hex::decode(hex_key).unwrap().try_into().unwrap();
            VKey::new("n", KeyType::Ed25519, &bytes).unwrap_err()
        };
        // The identity, the point of order two, one of order four and one of order eight.
        for key in [
            "0100000000000000000000000000000000000000000000000000000000000000",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "0000000000000000000000000000000000000000000000000000000000000000",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        ] {
            assert_eq!(refuse(key), KeyError::Weak, "{key}");
        }
        // y = p + 1, a second spelling of the identity; and y = p, of a point of order four.
        for key in [
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        ] {
            assert_eq!(refuse(key), KeyError::NotCanonical, "{key}");
        }
        assert_eq!(
            refuse("0200000000000000000000000000000000000000000000000000000000000000"),
            KeyError::NotAPoint
        );
    }

    #[test]
    fn a_point_with_a_torsion_component_is_refused() {
        let point = |bytes: [u8; 32]| VerifyingKey::from_bytes(&bytes).unwrap().to_edwards();
        let sound = *EXAMPLE.parse::<VKey>().unwrap().public_key();
        let of_order_two: [u8; 32] =
            hex::decode("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")
                .unwrap()
                .try_into()
                .unwrap();
        let mixed = (point(sound) + point(of_order_two)).compress().to_bytes();
        assert!(!VerifyingKey::from_bytes(&mixed).unwrap().is_weak());
        assert_eq!(VKey::new("n", KeyType::Ed25519, &mixed), Err(KeyError::Weak));
    }
}
