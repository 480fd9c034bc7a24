//! Checkpoints: signed tree heads (`c2sp.org/tlog-checkpoint@v1.0.0`).

use std::fmt;

use thiserror::Error;

use crate::cosignature::{Cosignature, CosignatureError, verify_cosignature};
use crate::encoding::{excerpt, parse_decimal};
use crate::hash::{EMPTY_ROOT, Hash};
use crate::key::{KeyError, KeyType, VKey, check_name};
use crate::note::{Note, NoteError, NoteSignature, NoteSigner, VerifiedNote};
use crate::range::MAX_TREE_SIZE;

/// The text of a checkpoint: which log, how many leaves, which root. It says nothing of who signed it.
///
/// Origins follow the rules for key names ([`check_name`]), because a log's key bears its origin.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Checkpoint {
    origin: String,
    size: u64,
    root: Hash,
    extensions: Vec<String>,
}

impl Checkpoint {
    /// A checkpoint without extension lines.
    pub fn new(origin: &str, size: u64, root: Hash) -> Result<Self, CheckpointError> {
        check_name(origin).map_err(CheckpointError::Origin)?;
        if size > MAX_TREE_SIZE {
            return Err(CheckpointError::TooLarge { size });
        }
        if size == 0 && root != EMPTY_ROOT {
            return Err(CheckpointError::EmptyTreeRoot { found: root });
        }
        Ok(Self { origin: origin.to_owned(), size, root, extensions: Vec::new() })
    }

    /// Reads the text of a note as a checkpoint. Extension lines are kept; see [`Checkpoint::refuse_extensions`].
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let lines = text.strip_suffix('\n').ok_or(CheckpointError::NoFinalNewline)?;
        let mut lines = lines.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(CheckpointError::TooFewLines);
        };
        let size = parse_decimal(size).ok_or_else(|| CheckpointError::Size { found: excerpt(size) })?;
        let root = Hash::from_base64(root).map_err(|_| CheckpointError::Root { found: excerpt(root) })?;
        let mut checkpoint = Self::new(origin, size, root)?;
        for line in lines {
            if line.is_empty() {
                return Err(CheckpointError::EmptyExtension);
            }
            checkpoint.extensions.push(line.to_owned());
        }
        Ok(checkpoint)
    }

    /// Refuses extension lines: they are not auditable, and not every cosignature covers them.
    pub fn refuse_extensions(&self) -> Result<(), CheckpointError> {
        match self.extensions.first() {
            Some(line) => Err(CheckpointError::Extension { found: excerpt(line) }),
            None => Ok(()),
        }
    }

    /// The log's name.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Number of leaves.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Merkle tree hash of these leaves.
    #[must_use]
    pub const fn root(&self) -> &Hash {
        &self.root
    }

    /// Extension lines without their newlines; none in a checkpoint of ours.
    #[must_use]
    pub fn extensions(&self) -> &[String] {
        &self.extensions
    }
}

impl fmt::Display for Checkpoint {
    /// Writes the text of the note, with its final newline.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, self.root.to_base64())?;
        self.extensions.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// A checkpoint whose log signature, and whose cosignatures by known cosigners, have been verified.
///
/// `Display` gives the whole note with every signature line, those of unknown keys among them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    log: VKey,
    cosignatures: Vec<Cosignature>,
    note: Note,
}

impl SignedCheckpoint {
    /// Signs a checkpoint with the key of the log, whose name must be the origin.
    pub fn sign(checkpoint: Checkpoint, signer: &dyn NoteSigner) -> Result<Self, CheckpointError> {
        Self::sign_with_all(checkpoint, &[signer])
    }

    /// Signs a checkpoint with several keys of the log, as while one takes the place of another: a line for each, in this
    /// order. [`Self::log`] is the first.
    pub fn sign_with_all(
        checkpoint: Checkpoint,
        signers: &[&dyn NoteSigner],
    ) -> Result<Self, CheckpointError> {
        checkpoint.refuse_extensions()?;
        for signer in signers {
            check_log_key(&checkpoint, signer.vkey())?;
        }
        let log = signers.first().ok_or(CheckpointError::NoLogSignature)?.vkey().clone();
        let note = Note::sign(&checkpoint.to_string(), signers).map_err(CheckpointError::Note)?;
        Ok(Self { checkpoint, log, cosignatures: Vec::new(), note })
    }

    /// Verifies a note as a checkpoint of the log with key `log`, cosigned by any of `cosigners`.
    ///
    /// The log's signature is required and its key name must be the origin. No cosignature is required, but one that
    /// claims to be of a known cosigner and fails refuses the whole. Extension lines are refused.
    pub fn open(note: &Note, log: &VKey, cosigners: &[VKey]) -> Result<Self, CheckpointError> {
        let verified = note.open(std::iter::once(log).chain(cosigners)).map_err(CheckpointError::Note)?;
        Self::from_verified(verified, |key| key == log)
    }

    /// As [`Self::open`] for a log whose `keys` must all have signed: two while one takes the place of another. [`Self::log`]
    /// is the first of them.
    pub fn open_with_all(note: &Note, keys: &[VKey], cosigners: &[VKey]) -> Result<Self, CheckpointError> {
        let verified = note.open(keys.iter().chain(cosigners)).map_err(CheckpointError::Note)?;
        let signed = |key: &VKey| verified.verified().iter().any(|(verified, _)| verified == key);
        if !keys.iter().any(signed) {
            return Err(CheckpointError::NoLogSignature);
        }
        if let Some(missing) = keys.iter().find(|key| !signed(key)) {
            return Err(CheckpointError::OneLogSignature { missing: missing.to_string() });
        }
        let first = keys.first().cloned();
        Self::from_verified(verified, |key| Some(key) == first.as_ref())
    }

    /// [`Note::parse`] and [`SignedCheckpoint::open`] in one.
    pub fn parse(bytes: &[u8], log: &VKey, cosigners: &[VKey]) -> Result<Self, CheckpointError> {
        Self::open(&Note::parse(bytes).map_err(CheckpointError::Note)?, log, cosigners)
    }

    /// Takes a verified note as a checkpoint if a key that `is_log` accepts, and that bears the origin, signed it.
    pub(crate) fn from_verified(
        note: VerifiedNote,
        is_log: impl Fn(&VKey) -> bool,
    ) -> Result<Self, CheckpointError> {
        let checkpoint = Checkpoint::parse(note.text())?;
        checkpoint.refuse_extensions()?;
        let log = note
            .verified()
            .iter()
            .map(|(key, _)| key)
            .find(|key| is_log(key))
            .ok_or(CheckpointError::NoLogSignature)?
            .clone();
        check_log_key(&checkpoint, &log)?;
        let mut cosignatures = Vec::new();
        for (key, signature) in note.verified() {
            if key.key_type() == KeyType::CosignatureV1 {
                cosignatures.push(check_cosignature(key, note.text(), signature)?);
            }
        }
        Ok(Self { checkpoint, log, cosignatures, note: note.into_note() })
    }

    /// Adds the line of a cosigner after verifying it. A line that is already there is not added again.
    pub fn add_cosignature(
        &mut self,
        signature: NoteSignature,
        cosigner: &VKey,
    ) -> Result<(), CheckpointError> {
        if !signature.claims(cosigner) {
            return Err(CheckpointError::Note(NoteError::NoKnownSignature));
        }
        let cosignature = check_cosignature(cosigner, self.note.text(), &signature)?;
        if !self.note.signatures().contains(&signature) {
            self.note.push_signature(signature).map_err(CheckpointError::Note)?;
        }
        if !self.cosignatures.contains(&cosignature) {
            self.cosignatures.push(cosignature);
        }
        Ok(())
    }

    /// The checkpoint that was signed.
    #[must_use]
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The log's name.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.checkpoint.origin()
    }

    /// Number of leaves.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.checkpoint.size
    }

    /// Merkle tree hash of these leaves.
    #[must_use]
    pub const fn root(&self) -> &Hash {
        &self.checkpoint.root
    }

    /// The log key whose signature was verified.
    #[must_use]
    pub const fn log(&self) -> &VKey {
        &self.log
    }

    /// The verified cosignatures in the order of their lines.
    #[must_use]
    pub fn cosignatures(&self) -> &[Cosignature] {
        &self.cosignatures
    }

    /// The note, to be stored and published as it is.
    #[must_use]
    pub const fn note(&self) -> &Note {
        &self.note
    }
}

impl fmt::Display for SignedCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.note.fmt(f)
    }
}

fn check_log_key(checkpoint: &Checkpoint, log: &VKey) -> Result<(), CheckpointError> {
    if log.key_type() != KeyType::Ed25519 {
        return Err(CheckpointError::LogKeyType);
    }
    if log.name() != checkpoint.origin {
        return Err(CheckpointError::OriginMismatch {
            origin: checkpoint.origin.clone(),
            name: log.name().to_owned(),
        });
    }
    Ok(())
}

fn check_cosignature(
    cosigner: &VKey,
    text: &str,
    signature: &NoteSignature,
) -> Result<Cosignature, CheckpointError> {
    let timestamp =
        verify_cosignature(cosigner, text, signature.signature()).map_err(CheckpointError::Cosignature)?;
    Ok(Cosignature { cosigner: cosigner.clone(), timestamp })
}

/// Reasons for which a checkpoint is refused or cannot be signed.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The note around the checkpoint.
    #[error("the note of the checkpoint is refused")]
    Note(#[source] NoteError),
    /// A cosignature.
    #[error("a cosignature of the checkpoint is refused")]
    Cosignature(#[source] CosignatureError),
    /// The origin breaks the rules for key names.
    #[error("the origin of the checkpoint is refused")]
    Origin(#[source] KeyError),
    /// The text does not end in a newline.
    #[error("the text of the checkpoint does not end in a newline")]
    NoFinalNewline,
    /// Fewer than three lines.
    #[error("the text of the checkpoint has fewer than 3 lines")]
    TooFewLines,
    /// The size is not a decimal.
    #[error("the tree size `{found}` is not a decimal without leading zeros")]
    Size {
        /// Beginning of the line.
        found: String,
    },
    /// The size is beyond [`MAX_TREE_SIZE`].
    #[error("a tree size of {size} exceeds the limit of {MAX_TREE_SIZE}")]
    TooLarge {
        /// Size found.
        size: u64,
    },
    /// The root is not 32 bytes in base64.
    #[error("the root `{found}` is not 32 bytes in standard base64")]
    Root {
        /// Beginning of the line.
        found: String,
    },
    /// The tree is empty, but the root is not that of the empty tree.
    #[error("the tree is empty, but its root is {found} instead of {EMPTY_ROOT}")]
    EmptyTreeRoot {
        /// Root found.
        found: Hash,
    },
    /// An empty line after the root.
    #[error("the checkpoint has an empty extension line")]
    EmptyExtension,
    /// An extension line where none is allowed.
    #[error("the checkpoint has the extension line `{found}`, but extension lines are not accepted")]
    Extension {
        /// Beginning of the first one.
        found: String,
    },
    /// No signature of a log key.
    #[error("the checkpoint is not signed by the key of the log")]
    NoLogSignature,
    /// Several keys of the log had to sign, and one has not.
    #[error("the checkpoint is signed by a key of the log, but not by {missing}, which had to sign it too")]
    OneLogSignature {
        /// The vkey whose signature is missing.
        missing: String,
    },
    /// A key of the log signed after its turn.
    #[error(
        "the checkpoint of {size} entries is signed by {vkey} alone, whose turn ended at {until} entries"
    )]
    LogKeyEnded {
        /// vkey of the key.
        vkey: String,
        /// The greatest size that it signs.
        until: u64,
        /// Size of the checkpoint.
        size: u64,
    },
    /// A key of the log signed before its turn.
    #[error(
        "the checkpoint of {size} entries is signed by {vkey} alone, whose turn begins at {from} entries"
    )]
    LogKeyNotYet {
        /// vkey of the key.
        vkey: String,
        /// The least size that it signs.
        from: u64,
        /// Size of the checkpoint.
        size: u64,
    },
    /// The log's key is not of the type that signs checkpoints.
    #[error("the key of the log is not of type 0x01, the type that signs checkpoints")]
    LogKeyType,
    /// The log's key bears another name.
    #[error("the checkpoint is of {origin}, but the key of the log bears the name {name}")]
    OriginMismatch {
        /// Origin of the checkpoint.
        origin: String,
        /// Name of the key.
        name: String,
    },
}

impl CheckpointError {
    /// Stable code: one of its own where a key of the log has signed, and not the right one.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::OneLogSignature { .. } => "log-signature-missing",
            Self::LogKeyEnded { .. } => "log-key-ended",
            Self::LogKeyNotYet { .. } => "log-key-not-yet",
            _ => "bad-checkpoint",
        }
    }
}
