//! Signed notes (`c2sp.org/signed-note@v1.0.0`): text, an empty line, and one or more signature lines.

use std::fmt;

use ed25519_dalek::{Signer as _, SigningKey};
use thiserror::Error;

use crate::encoding::{base64_decode, base64_encode, excerpt};
use crate::key::{KeyError, KeyType, VKey, is_name};

/// The most bytes a note may have. Room for [`MAX_NOTE_SIGNATURES`] post-quantum signatures of 5 kB in base64.
pub const MAX_NOTE_BYTES: usize = 1_000_000;

/// The most signature lines a note may have; the specification asks for at least 16.
pub const MAX_NOTE_SIGNATURES: usize = 100;

const KEY_ID_BYTES: usize = 4;
const LINE_START: &str = "— ";

/// One signature line, not verified.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct NoteSignature {
    name: String,
    key_id: u32,
    signature: Vec<u8>,
}

impl NoteSignature {
    /// A signature line of the key `name` and `key_id`; `signature` is what follows the key id, at least one byte.
    pub fn new(name: &str, key_id: u32, signature: Vec<u8>) -> Result<Self, NoteError> {
        if !is_name(name) || signature.is_empty() {
            return Err(NoteError::SignatureLine { found: excerpt(name) });
        }
        Ok(Self { name: name.to_owned(), key_id, signature })
    }

    /// Reads one line, without or with its final newline.
    pub fn parse(line: &str) -> Result<Self, NoteError> {
        let refuse = || NoteError::SignatureLine { found: excerpt(line) };
        let rest = line.strip_suffix('\n').unwrap_or(line).strip_prefix(LINE_START).ok_or_else(refuse)?;
        let (name, blob) = rest.split_once(' ').ok_or_else(refuse)?;
        let blob = base64_decode(blob).ok_or_else(refuse)?;
        let (id, signature) = blob.split_first_chunk::<KEY_ID_BYTES>().ok_or_else(refuse)?;
        if !is_name(name) || signature.is_empty() {
            return Err(refuse());
        }
        Ok(Self { name: name.to_owned(), key_id: u32::from_be_bytes(*id), signature: signature.to_vec() })
    }

    /// Key name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Key id.
    #[must_use]
    pub const fn key_id(&self) -> u32 {
        self.key_id
    }

    /// Bytes behind the key id: for type 0x01 the signature, for type 0x04 a time and the signature.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// Reports whether name and id name `vkey` as the signer; verifies nothing.
    #[must_use]
    pub fn claims(&self, vkey: &VKey) -> bool {
        self.key_id == vkey.id() && self.name == vkey.name()
    }
}

impl fmt::Display for NoteSignature {
    /// Writes the line without its final newline.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut blob = self.key_id.to_be_bytes().to_vec();
        blob.extend_from_slice(&self.signature);
        write!(f, "{LINE_START}{} {}", self.name, base64_encode(&blob))
    }
}

/// A note that is well-formed and no more: nothing in it is to be believed before [`Note::open`].
///
/// `Display` gives the bytes that were parsed, exactly.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

impl Note {
    /// Reads a note; the text ends at the last empty line.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > MAX_NOTE_BYTES {
            return Err(NoteError::TooLong { found: bytes.len() });
        }
        let note =
            std::str::from_utf8(bytes).map_err(|error| NoteError::NotUtf8 { offset: error.valid_up_to() })?;
        check_characters(note)?;
        let split = note.rfind("\n\n").ok_or(NoteError::NoSignatures)?;
        let (text, rest) = note.split_at(split + 1);
        let lines = rest.strip_prefix('\n').unwrap_or(rest);
        if lines.is_empty() {
            return Err(NoteError::NoSignatures);
        }
        let lines = lines.strip_suffix('\n').ok_or(NoteError::NoFinalNewline)?;
        let count = lines.split('\n').count();
        if count > MAX_NOTE_SIGNATURES {
            return Err(NoteError::TooManySignatures { found: count });
        }
        let signatures = lines.split('\n').map(NoteSignature::parse).collect::<Result<_, _>>()?;
        Ok(Self { text: text.to_owned(), signatures })
    }

    /// Signs `text`, which must end in a newline, with each signer in turn.
    pub fn sign(text: &str, signers: &[&dyn NoteSigner]) -> Result<Self, NoteError> {
        check_characters(text)?;
        if !text.ends_with('\n') {
            return Err(NoteError::NoFinalNewline);
        }
        let Some((first, others)) = signers.split_first() else { return Err(NoteError::NoSignatures) };
        let mut note = Self { text: text.to_owned(), signatures: vec![first.sign(text)?] };
        for signer in others {
            note.push_signature(signer.sign(text)?)?;
        }
        note.check_length()?;
        Ok(note)
    }

    /// Adds a signature line at the end, keeping the limits.
    pub fn push_signature(&mut self, signature: NoteSignature) -> Result<(), NoteError> {
        if self.signatures.len() >= MAX_NOTE_SIGNATURES {
            return Err(NoteError::TooManySignatures { found: self.signatures.len() + 1 });
        }
        self.signatures.push(signature);
        self.check_length().inspect_err(|_| {
            self.signatures.pop();
        })
    }

    /// The text with its final newline. Untrusted.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signature lines in order. Untrusted.
    #[must_use]
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Verifies the note against known keys.
    ///
    /// A line whose name and id are those of a known key must verify, or the whole note is refused; lines of unknown
    /// keys are ignored; a note without any line of a known key is refused.
    pub fn open<'k>(&self, known: impl IntoIterator<Item = &'k VKey>) -> Result<VerifiedNote, NoteError> {
        let known: Vec<&VKey> = known.into_iter().collect();
        for (n, key) in known.iter().enumerate() {
            let ambiguous = known
                .iter()
                .skip(n + 1)
                .any(|other| key.id() == other.id() && key.name() == other.name() && key != other);
            if ambiguous {
                return Err(NoteError::AmbiguousKey { name: key.name().to_owned(), key_id: key.id() });
            }
        }
        let mut verified = Vec::new();
        for signature in &self.signatures {
            let Some(key) = known.iter().find(|key| signature.claims(key)) else { continue };
            if !key.verifies(&self.text, &signature.signature) {
                return Err(NoteError::BadSignature { name: key.name().to_owned(), key_id: key.id() });
            }
            verified.push(((*key).clone(), signature.clone()));
        }
        if verified.is_empty() {
            return Err(NoteError::NoKnownSignature);
        }
        Ok(VerifiedNote { note: self.clone(), verified })
    }

    fn check_length(&self) -> Result<(), NoteError> {
        let found = self.to_string().len();
        if found > MAX_NOTE_BYTES { Err(NoteError::TooLong { found }) } else { Ok(()) }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| writeln!(f, "{signature}"))
    }
}

/// A note with at least one verified signature; only [`Note::open`] makes one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct VerifiedNote {
    note: Note,
    verified: Vec<(VKey, NoteSignature)>,
}

impl VerifiedNote {
    /// The text with its final newline.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.note.text
    }

    /// The verified signatures with their keys, in the order of their lines; at least one.
    #[must_use]
    pub fn verified(&self) -> &[(VKey, NoteSignature)] {
        &self.verified
    }

    /// The note with all its lines, those of unknown keys among them.
    #[must_use]
    pub const fn note(&self) -> &Note {
        &self.note
    }

    /// The note with all its lines, by value.
    #[must_use]
    pub fn into_note(self) -> Note {
        self.note
    }
}

/// Something that holds a private key of type 0x01 and signs the text of notes with it.
pub trait NoteSigner {
    /// The public side of the key.
    fn vkey(&self) -> &VKey;

    /// A signature line over `text`, which includes its final newline.
    fn sign(&self, text: &str) -> Result<NoteSignature, NoteError>;
}

/// An Ed25519 private key in memory that signs notes (type 0x01). It is erased when dropped.
pub struct Ed25519NoteSigner {
    vkey: VKey,
    key: SigningKey,
}

impl Ed25519NoteSigner {
    /// Names a private key; for a log the name is its origin.
    pub fn new(name: &str, key: SigningKey) -> Result<Self, KeyError> {
        let vkey = VKey::new(name, KeyType::Ed25519, key.verifying_key().as_bytes())?;
        Ok(Self { vkey, key })
    }

    /// The same from the 32 bytes of an Ed25519 private key (RFC 8032).
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, KeyError> {
        Self::new(name, SigningKey::from_bytes(seed))
    }
}

impl NoteSigner for Ed25519NoteSigner {
    fn vkey(&self) -> &VKey {
        &self.vkey
    }

    fn sign(&self, text: &str) -> Result<NoteSignature, NoteError> {
        let signature = self.key.sign(text.as_bytes()).to_bytes().to_vec();
        NoteSignature::new(self.vkey.name(), self.vkey.id(), signature)
    }
}

impl fmt::Debug for Ed25519NoteSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ed25519NoteSigner").field("vkey", &self.vkey).finish_non_exhaustive()
    }
}

fn check_characters(text: &str) -> Result<(), NoteError> {
    match text.bytes().position(|byte| byte < b' ' && byte != b'\n') {
        Some(offset) => Err(NoteError::ControlCharacter { offset }),
        None => Ok(()),
    }
}

/// Reasons for which a note is refused or cannot be signed.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum NoteError {
    /// Longer than [`MAX_NOTE_BYTES`].
    #[error("a note of {found} bytes exceeds the limit of {MAX_NOTE_BYTES}")]
    TooLong {
        /// Bytes of the note.
        found: usize,
    },
    /// More signature lines than [`MAX_NOTE_SIGNATURES`].
    #[error("a note with {found} signatures exceeds the limit of {MAX_NOTE_SIGNATURES}")]
    TooManySignatures {
        /// Signature lines.
        found: usize,
    },
    /// The bytes are not UTF-8.
    #[error("the note is not UTF-8 at byte {offset}")]
    NotUtf8 {
        /// First byte at fault.
        offset: usize,
    },
    /// A control character other than newline.
    #[error("the note contains a control character at byte {offset}: only newline is allowed")]
    ControlCharacter {
        /// Byte at fault.
        offset: usize,
    },
    /// No empty line with signatures after it.
    #[error("the note has no signature lines after an empty line")]
    NoSignatures,
    /// The text or the last line does not end in a newline.
    #[error("the note does not end in a newline")]
    NoFinalNewline,
    /// A line after the text is not a signature line.
    #[error("`{found}` is not a signature line")]
    SignatureLine {
        /// Beginning of the line.
        found: String,
    },
    /// Two known keys share name and id.
    #[error("two known keys share the name {name} and the id {key_id:08x}")]
    AmbiguousKey {
        /// Name of both.
        name: String,
        /// Id of both.
        key_id: u32,
    },
    /// The signature of a known key fails.
    #[error("the signature of the known key {name} ({key_id:08x}) does not verify")]
    BadSignature {
        /// Name of the key.
        name: String,
        /// Id of the key.
        key_id: u32,
    },
    /// No signature is of a known key.
    #[error("the note is not signed by any known key")]
    NoKnownSignature,
    /// A signer that is not in memory failed.
    #[error("the signer failed: {reason}")]
    Signer {
        /// The signer's own words.
        reason: String,
    },
}
