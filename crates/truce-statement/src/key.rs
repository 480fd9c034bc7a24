//! Ed25519 keys: made, kept on file, named by thumbprint, checked before they are believed.
//!
//! Private keys are PKCS#8 PEM (RFC 8410), encrypted by PBES2 with scrypt and AES-256-CBC (RFC 8018, RFC 7914), so
//! that `openssl pkey` reads ours and we read openssl's. Signatures are checked strictly, everywhere: the verdict is that
//! of `verify_strict`.

use crate::id::{KeyId, sha256};
use crate::strict::{Computed, Verifier};
use ed25519_dalek::pkcs8::{DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey};
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use pkcs8::{EncryptedPrivateKeyInfoRef, PrivateKeyInfoRef, der::pem::LineEnding, pkcs5::pbes2};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{borrow::Cow, fmt, str::FromStr, sync::Arc};
use zeroize::Zeroizing;

/// scrypt cost: N = 2^14, r = 8, p = 5, which the OWASP Password Storage Cheat Sheet lists as equal to N = 2^17, p = 1.
/// It takes 16 MiB; openssl reads keys up to 32 MiB without being told to allow more.
const SCRYPT_LOG_N: u8 = 14;
const SCRYPT_R: u32 = 8;
const SCRYPT_P: u32 = 5;

/// The most that a key file may ask for before its passphrase can be tried: whoever wrote the file chose the cost.
const MAX_SCRYPT_BYTES: u64 = 1 << 30;
const MAX_PBKDF2_ROUNDS: u32 = 10_000_000;

/// A public key that may stand in a register: canonical, not of small order, free of torsion. Copies share what speeds
/// their checks.
#[derive(Clone)]
pub struct PublicKey(Arc<Verifier>);

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for PublicKey {}

/// Why a public key is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WeakKey {
    /// The bytes are no point of the curve.
    #[error("the 32 bytes are not an Ed25519 public key")]
    NotAPoint,
    /// The point has another, canonical, encoding.
    #[error("the public key is not in its canonical encoding")]
    NotCanonical,
    /// A key of small order: signatures under it prove nothing.
    #[error("the public key has small order: anyone can sign under it")]
    SmallOrder,
    /// The key has a torsion component: verifiers could disagree about its signatures.
    #[error("the public key has a torsion component: verifiers could disagree about it")]
    Torsion,
}

impl PublicKey {
    /// Checks the 32 bytes of an Ed25519 public key (RFC 8032, section 5.1.5) and takes them.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, WeakKey> {
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| WeakKey::NotAPoint)?;
        let point = key.to_edwards();
        if point.compress().as_bytes() != bytes {
            return Err(WeakKey::NotCanonical);
        }
        if key.is_weak() {
            return Err(WeakKey::SmallOrder);
        }
        if !point.is_torsion_free() {
            return Err(WeakKey::Torsion);
        }
        Ok(Self(Arc::new(Verifier::new(key))))
    }

    /// The 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.key().as_bytes()
    }

    /// COSE key thumbprint (RFC 9679, section 3): SHA-256 of `{1: 1 (OKP), -1: 6 (Ed25519), -2: x}` in
    /// deterministic CBOR.
    #[must_use]
    pub fn id(&self) -> KeyId {
        let mut key = vec![0xa3, 0x01, 0x01, 0x20, 0x06, 0x21, 0x58, 0x20];
        key.extend_from_slice(self.as_bytes());
        KeyId::from_bytes(sha256(&key))
    }

    /// Strict verification (RFC 8032, section 5.1.7, without the cofactor, small orders refused): the verdict of
    /// `verify_strict`. The checks of a key that signs often take less time than its first ones.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.0.verifies(message, signature)
    }

    /// As [`Self::verifies`], up to what many signatures can share.
    pub(crate) fn compute(&self, message: &[u8], signature: &[u8; 64]) -> Computed {
        self.0.compute(message, signature)
    }

    /// Reads an SPKI PEM (RFC 8410).
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let key = VerifyingKey::from_public_key_pem(pem).map_err(|_| KeyError::NotAPublicKey)?;
        Ok(Self::from_bytes(key.as_bytes())?)
    }

    /// Writes an SPKI PEM (RFC 8410), as `openssl pkey -pubout` does.
    pub fn to_pem(&self) -> Result<String, KeyError> {
        self.0.key().to_public_key_pem(LineEnding::LF).map_err(|_| KeyError::NotAPublicKey)
    }
}

/// A private key with its public key.
pub struct SecretKey {
    signing: SigningKey,
    public: PublicKey,
}

/// Why a key could not be read, written or made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The operating system gave no randomness.
    #[error("the operating system gave no random bytes: {0}")]
    NoRandomness(getrandom::Error),
    /// Not a PKCS#8 PEM with an Ed25519 key.
    #[error("this is not an Ed25519 private key in PKCS#8 PEM form")]
    NotAPrivateKey,
    /// Not an SPKI PEM with an Ed25519 key.
    #[error("this is not an Ed25519 public key in PEM form")]
    NotAPublicKey,
    /// The key is encrypted, and no passphrase was given.
    #[error("the private key is encrypted: a passphrase is needed")]
    PassphraseNeeded,
    /// The passphrase does not open the key.
    #[error("the passphrase does not open this private key")]
    WrongPassphrase,
    /// The file asks for more work than [`SecretKey::from_pem`] is ready to do.
    #[error("deriving the key from the passphrase would take more than 1 GiB of memory or 10 million rounds")]
    TooCostly,
    /// The public key is weak.
    #[error(transparent)]
    Weak(#[from] WeakKey),
}

impl SecretKey {
    /// Makes a new key from the operating system's randomness.
    pub fn generate() -> Result<Self, KeyError> {
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(seed.as_mut_slice()).map_err(KeyError::NoRandomness)?;
        Self::from_seed(&seed)
    }

    /// The key of a 32-byte seed (RFC 8032, section 5.1.5).
    pub fn from_seed(seed: &[u8; 32]) -> Result<Self, KeyError> {
        let signing = SigningKey::from_bytes(seed);
        let public = PublicKey::from_bytes(signing.verifying_key().as_bytes())?;
        Ok(Self { signing, public })
    }

    /// The seed, for programs that hold the same key in another format (the log's signed notes).
    #[must_use]
    pub fn seed(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.signing.to_bytes())
    }

    /// The public key.
    #[must_use]
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs (RFC 8032, section 5.1.6); the same message always gives the same 64 bytes.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.signing.sign(message).to_bytes()
    }

    /// Whether a PEM holds an encrypted private key.
    #[must_use]
    pub fn is_encrypted(pem: &str) -> bool {
        pem.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----")
    }

    /// Reads a PKCS#8 PEM, encrypted or not.
    ///
    /// # Errors
    /// [`KeyError::PassphraseNeeded`] and [`KeyError::WrongPassphrase`] for encrypted keys.
    pub fn from_pem(pem: &str, passphrase: Option<&[u8]>) -> Result<Self, KeyError> {
        let signing = if Self::is_encrypted(pem) {
            let passphrase = passphrase.ok_or(KeyError::PassphraseNeeded)?;
            let (_, document) = pkcs8::SecretDocument::from_pem(pem).map_err(|_| KeyError::NotAPrivateKey)?;
            let encrypted = EncryptedPrivateKeyInfoRef::try_from(document.as_bytes())
                .map_err(|_| KeyError::NotAPrivateKey)?;
            if !is_affordable(&encrypted.encryption_algorithm) {
                return Err(KeyError::TooCostly);
            }
            let plain = encrypted.decrypt(passphrase).map_err(|_| KeyError::WrongPassphrase)?;
            SigningKey::from_pkcs8_der(plain.as_bytes()).map_err(|_| KeyError::WrongPassphrase)?
        } else {
            SigningKey::from_pkcs8_pem(pem).map_err(|_| KeyError::NotAPrivateKey)?
        };
        let public = PublicKey::from_bytes(signing.verifying_key().as_bytes())?;
        Ok(Self { signing, public })
    }

    /// Writes a PKCS#8 PEM; encrypted when there is a passphrase.
    pub fn to_pem(&self, passphrase: Option<&[u8]>) -> Result<Zeroizing<String>, KeyError> {
        // Version 1 of PKCS#8, without the public key: openssl before 3.2 reads no other form.
        // Its seed is wiped when it is dropped.
        let pair =
            ed25519_dalek::pkcs8::KeypairBytes { secret_key: self.signing.to_bytes(), public_key: None };
        let Some(passphrase) = passphrase else {
            return pair.to_pkcs8_pem(LineEnding::LF).map_err(|_| KeyError::NotAPrivateKey);
        };
        let (mut salt, mut iv) = ([0; 16], [0; 16]);
        getrandom::fill(&mut salt).map_err(KeyError::NoRandomness)?;
        getrandom::fill(&mut iv).map_err(KeyError::NoRandomness)?;
        let cost = pkcs8::pkcs5::scrypt::Params::new(SCRYPT_LOG_N, SCRYPT_R, SCRYPT_P)
            .map_err(|_| KeyError::NotAPrivateKey)?;
        let scheme = pbes2::Parameters::generate_scrypt_aes256cbc(cost, &salt, iv)
            .map_err(|_| KeyError::NotAPrivateKey)?;
        let plain = pair.to_pkcs8_der().map_err(|_| KeyError::NotAPrivateKey)?;
        let info = PrivateKeyInfoRef::try_from(plain.as_bytes()).map_err(|_| KeyError::NotAPrivateKey)?;
        let sealed = info.encrypt_with_params(scheme, passphrase).map_err(|_| KeyError::NotAPrivateKey)?;
        sealed.to_pem("ENCRYPTED PRIVATE KEY", LineEnding::LF).map_err(|_| KeyError::NotAPrivateKey)
    }
}

/// Whether the parameters of a key file stay within what this program is ready to spend on them.
fn is_affordable(scheme: &pkcs8::pkcs5::EncryptionScheme) -> bool {
    match scheme.pbes2().map(|parameters| &parameters.kdf) {
        Some(pbes2::Kdf::Scrypt(scrypt)) => {
            let blocks = u64::from(scrypt.block_size).checked_mul(u64::from(scrypt.parallelization));
            let bytes =
                blocks.and_then(|n| n.checked_mul(128)).and_then(|n| n.checked_mul(scrypt.cost_parameter));
            bytes.is_some_and(|bytes| bytes <= MAX_SCRYPT_BYTES)
        }
        Some(pbes2::Kdf::Pbkdf2(pbkdf2)) => pbkdf2.iteration_count <= MAX_PBKDF2_ROUNDS,
        // Refused by `decrypt`.
        _ => true,
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey(of {})", self.public.id())
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.as_bytes()))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

impl FromStr for PublicKey {
    type Err = WeakKey;

    /// Reads 64 hex digits.
    fn from_str(text: &str) -> Result<Self, WeakKey> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| WeakKey::NotAPoint)?;
        Self::from_bytes(&bytes)
    }
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_bytes(self.as_bytes())
        }
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            Cow::<str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
        } else {
            deserializer.deserialize_bytes(KeyVisitor)
        }
    }
}

struct KeyVisitor;

impl de::Visitor<'_> for KeyVisitor {
    type Value = PublicKey;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an Ed25519 public key, a byte string of 32 bytes")
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<PublicKey, E> {
        let bytes = bytes.try_into().map_err(|_| E::invalid_length(bytes.len(), &self))?;
        PublicKey::from_bytes(bytes).map_err(E::custom)
    }
}

impl JsonSchema for PublicKey {
    fn schema_name() -> Cow<'static, str> {
        "PublicKey".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^[0-9a-f]{64}$",
            "description": "Ed25519 public key, 32 bytes in hex, as `truce key show` prints it.",
        })
    }
}
