//! Proof of possession: a key's own consent to be granted to a party of an agreement.
//!
//! A root key grants a working key by naming it. Without a proof, any party could name a key of another's, and the log would
//! refuse it to its owner from then on. The proof is made where the private key is, and put into the grant where the root
//! key is; all that passes between them is 64 bytes (`docs/spec/formats.md`, section 2).

use crate::cbor::{Head, Writer};
use crate::id::{AgreementId, PartyId};
use crate::key::{PublicKey, SecretKey};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{borrow::Cow, fmt, str::FromStr};

/// First item of the message that is signed. It keeps the message apart from every other that such a key signs.
const CONTEXT: &str = "truce proof of possession v1";

/// Ed25519 signature of a granted key over the agreement, the party and itself.
///
/// ```
/// use truce_statement::{AgreementId, PossessionProof, SecretKey};
/// let (key, agreement) = (SecretKey::from_seed(&[1; 32])?, AgreementId::from_bytes([2; 32]));
/// let proof = PossessionProof::new(&key, &"mission".parse()?, agreement);
/// assert!(proof.holds(key.public(), &"mission".parse()?, agreement));
/// assert!(!proof.holds(key.public(), &"north".parse()?, agreement));
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PossessionProof([u8; 64]);

/// Text that is not 128 lower-case hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 128 lower-case hex digits")]
pub struct NotAProof;

impl PossessionProof {
    /// Signs, with `key`, that `party` may have it in `agreement`.
    #[must_use]
    pub fn new(key: &SecretKey, party: &PartyId, agreement: AgreementId) -> Self {
        Self(key.sign(&message(key.public(), party, agreement)))
    }

    /// Verifies strictly that `key` signed for `party` in `agreement`.
    #[must_use]
    pub fn holds(&self, key: &PublicKey, party: &PartyId, agreement: AgreementId) -> bool {
        key.verifies(&message(key, party, agreement), &self.0)
    }
}

/// `[CONTEXT, agreement, party, key]` in canonical CBOR.
fn message(key: &PublicKey, party: &PartyId, agreement: AgreementId) -> Vec<u8> {
    let mut w = Writer::with_capacity(144);
    w.head(Head::Array(4)).text(CONTEXT).bytes(agreement.as_bytes());
    w.text(party.as_str()).bytes(key.as_bytes());
    w.into_bytes()
}

impl fmt::Display for PossessionProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for PossessionProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PossessionProof({self})")
    }
}

impl FromStr for PossessionProof {
    type Err = NotAProof;

    /// Reads 128 lower-case hex digits.
    fn from_str(text: &str) -> Result<Self, NotAProof> {
        if text.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(NotAProof);
        }
        let mut bytes = [0; 64];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| NotAProof)?;
        Ok(Self(bytes))
    }
}

impl Serialize for PossessionProof {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_bytes(&self.0)
        }
    }
}

impl<'de> Deserialize<'de> for PossessionProof {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            Cow::<str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
        } else {
            deserializer.deserialize_bytes(ProofVisitor)
        }
    }
}

struct ProofVisitor;

impl de::Visitor<'_> for ProofVisitor {
    type Value = PossessionProof;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a proof of possession, a byte string of 64 bytes")
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<PossessionProof, E> {
        bytes.try_into().map(PossessionProof).map_err(|_| E::invalid_length(bytes.len(), &self))
    }
}

impl JsonSchema for PossessionProof {
    fn schema_name() -> Cow<'static, str> {
        "PossessionProof".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^[0-9a-f]{128}$",
            "description": "Proof of possession, 64 bytes in hex, as `truce key prove` makes it.",
        })
    }
}
