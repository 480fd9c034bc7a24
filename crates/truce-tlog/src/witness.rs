//! The messages between a log and a witness (`c2sp.org/tlog-witness@v1.0.0`): the add-checkpoint request, the two
//! bodies that answer it, and the path at which a monitor finds what a witness cosigned last.

use std::fmt::{self, Write as _};

use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::checkpoint::{Checkpoint, CheckpointError, SignedCheckpoint};
use crate::cosignature::{Cosignature, CosignatureError, verify_cosignature};
use crate::encoding::{excerpt, parse_decimal};
use crate::hash::Hash;
use crate::key::VKey;
use crate::note::{Note, NoteError, NoteSignature};
use crate::proof::MAX_PROOF_HASHES;
use crate::schedule::KeySchedule;

/// Path of the call, below the submission prefix of a witness.
pub const ADD_CHECKPOINT_PATH: &str = "/add-checkpoint";

/// The most bytes a request may have: room for a full proof and a checkpoint with 24 post-quantum signatures of 4 kB.
pub const MAX_REQUEST_BYTES: usize = 131_072;

/// The most bytes an answer may have: room for 16 cosignatures of 4 kB in base64.
pub const MAX_ANSWER_BYTES: usize = 98_304;

/// Media type of the body that names the size a witness cosigned last, with status 409.
pub const SIZE_MEDIA_TYPE: &str = "text/x.tlog.size";

/// Digits of the largest size and a newline.
const MAX_SIZE_BYTES: usize = 21;

const OLD: &str = "old ";

/// An add-checkpoint request: well-formed and no more. See [`AddCheckpoint::verify`].
///
/// `Display` gives the body, and what was parsed exactly as it came.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AddCheckpoint {
    old_size: u64,
    proof: Vec<Hash>,
    checkpoint: Checkpoint,
    note: Note,
}

impl AddCheckpoint {
    /// Asks a witness that cosigned `old_size` leaves last, or none yet with 0, to cosign a checkpoint. `proof` is the
    /// consistency proof between the two.
    ///
    /// Lines of cosigners that are known are left out: a witness asks for none, and they only cost bytes.
    pub fn new(old_size: u64, proof: Vec<Hash>, checkpoint: &SignedCheckpoint) -> Result<Self, RequestError> {
        if proof.len() > MAX_PROOF_HASHES {
            return Err(RequestError::TooManyHashes { found: proof.len() });
        }
        let size = checkpoint.size();
        if old_size > size {
            return Err(RequestError::OldSizeAbove { old: old_size, size });
        }
        let of_cosigner = |line: &NoteSignature| {
            checkpoint.cosignatures().iter().any(|cosignature| line.claims(&cosignature.cosigner))
        };
        let note = keep_lines(checkpoint.note(), |line| !of_cosigner(line)).map_err(RequestError::Note)?;
        Ok(Self { old_size, proof, checkpoint: checkpoint.checkpoint().clone(), note })
    }

    /// Reads the body of a request. Extension lines are refused, as everywhere here.
    pub fn parse(bytes: &[u8]) -> Result<Self, RequestError> {
        if bytes.len() > MAX_REQUEST_BYTES {
            return Err(RequestError::TooLong { found: bytes.len() });
        }
        let text = std::str::from_utf8(bytes)
            .map_err(|error| RequestError::NotUtf8 { offset: error.valid_up_to() })?;
        // None of the lines before the checkpoint is empty, so that the first empty line ends them.
        let (head, note) = text.split_once("\n\n").ok_or(RequestError::NoCheckpoint)?;
        let mut lines = head.split('\n');
        let first = lines.next().unwrap_or_default();
        let old_size = first
            .strip_prefix(OLD)
            .and_then(parse_decimal)
            .ok_or_else(|| RequestError::OldLine { found: excerpt(first) })?;
        let mut proof = Vec::new();
        for line in lines {
            if proof.len() == MAX_PROOF_HASHES {
                return Err(RequestError::TooManyHashes { found: MAX_PROOF_HASHES + 1 });
            }
            let hash = Hash::from_base64(line).map_err(|_| RequestError::Hash { found: excerpt(line) })?;
            proof.push(hash);
        }
        let note = Note::parse(note.as_bytes()).map_err(RequestError::Note)?;
        let checkpoint = Checkpoint::parse(note.text()).map_err(RequestError::Checkpoint)?;
        checkpoint.refuse_extensions().map_err(RequestError::Checkpoint)?;
        Ok(Self { old_size, proof, checkpoint, note })
    }

    /// Verifies the checkpoint against the keys that are trusted for its origin.
    ///
    /// What comes back bears the lines of these keys alone. Whatever else the sender put there, such as a false line
    /// in the witness's own name, goes no further.
    pub fn verify(&self, keys: &[VKey]) -> Result<SignedCheckpoint, CheckpointError> {
        let known = |line: &NoteSignature| keys.iter().any(|key| line.claims(key));
        if !self.note.signatures().iter().any(known) {
            return Err(CheckpointError::Note(NoteError::NoKnownSignature));
        }
        let note = keep_lines(&self.note, known).map_err(CheckpointError::Note)?;
        let verified = note.open(keys).map_err(CheckpointError::Note)?;
        SignedCheckpoint::from_verified(verified, |key| keys.contains(key))
    }

    /// Verifies the checkpoint with every key of `keys` that must have signed one of its size.
    ///
    /// As with [`Self::verify`], what comes back bears the lines of these keys alone. A line of another key of the
    /// schedule says nothing at this size, and goes no further either.
    ///
    /// # Errors
    /// Those of [`KeySchedule::open`].
    pub fn verify_by(&self, keys: &KeySchedule) -> Result<SignedCheckpoint, CheckpointError> {
        keys.open(&self.note, &[])?;
        self.verify(&keys.at(self.checkpoint.size()))
    }

    /// The size the sender says that the witness cosigned last; 0 for none.
    #[must_use]
    pub const fn old_size(&self) -> u64 {
        self.old_size
    }

    /// The consistency proof from the old size to that of the checkpoint. Not checked.
    #[must_use]
    pub fn proof(&self) -> &[Hash] {
        &self.proof
    }

    /// The checkpoint of the request. Untrusted.
    #[must_use]
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The checkpoint with every line the sender put there. Untrusted.
    #[must_use]
    pub const fn note(&self) -> &Note {
        &self.note
    }
}

impl fmt::Display for AddCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{OLD}{}", self.old_size)?;
        for hash in &self.proof {
            writeln!(f, "{}", hash.to_base64())?;
        }
        write!(f, "\n{}", self.note)
    }
}

/// A cosignature with the line it stands on, verified over the checkpoint it was asked for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Cosigned {
    line: NoteSignature,
    cosignature: Cosignature,
}

impl Cosigned {
    /// Verifies a line of `cosigner` over a checkpoint.
    pub fn verify(
        line: NoteSignature,
        checkpoint: &SignedCheckpoint,
        cosigner: &VKey,
    ) -> Result<Self, CosignatureError> {
        if !line.claims(cosigner) {
            return Err(CosignatureError::BadSignature { name: cosigner.name().to_owned() });
        }
        let timestamp = verify_cosignature(cosigner, checkpoint.note().text(), line.signature())?;
        Ok(Self { line, cosignature: Cosignature { cosigner: cosigner.clone(), timestamp } })
    }

    /// The line, to be added to the checkpoint.
    #[must_use]
    pub const fn line(&self) -> &NoteSignature {
        &self.line
    }

    /// The cosignature, with its cosigner and time.
    #[must_use]
    pub const fn cosignature(&self) -> &Cosignature {
        &self.cosignature
    }
}

/// The body that answers a request with cosignatures: their lines and nothing else.
#[must_use]
pub fn write_cosignatures(lines: &[NoteSignature]) -> String {
    let mut body = String::new();
    for line in lines {
        // Writing to a string does not fail.
        let _ = writeln!(body, "{line}");
    }
    body
}

/// Reads a body of cosignature lines against the keys that are expected of the witness, and returns those of these
/// keys, at least one.
///
/// Lines of other keys are ignored. A line that claims to be of an expected key and fails refuses the whole.
pub fn parse_cosignatures(
    bytes: &[u8],
    checkpoint: &SignedCheckpoint,
    expected: &[VKey],
) -> Result<Vec<Cosigned>, AnswerError> {
    if bytes.len() > MAX_ANSWER_BYTES {
        return Err(AnswerError::TooLong { found: bytes.len() });
    }
    // A note of this text and these lines has every rule that there is for them.
    let mut text = checkpoint.note().text().as_bytes().to_vec();
    text.push(b'\n');
    text.extend_from_slice(bytes);
    if bytes.starts_with(b"\n") || bytes.windows(2).any(|pair| pair == b"\n\n") {
        return Err(AnswerError::Lines(NoteError::NoSignatures));
    }
    let note = Note::parse(&text).map_err(AnswerError::Lines)?;
    let mut cosigned = Vec::new();
    for line in note.signatures() {
        let Some(key) = expected.iter().find(|key| line.claims(key)) else { continue };
        let verified = Cosigned::verify(line.clone(), checkpoint, key).map_err(AnswerError::Cosignature)?;
        if !cosigned.contains(&verified) {
            cosigned.push(verified);
        }
    }
    if cosigned.is_empty() { Err(AnswerError::NoneExpected) } else { Ok(cosigned) }
}

/// The body that names the size a witness cosigned last, of [`SIZE_MEDIA_TYPE`].
#[must_use]
pub fn write_size(size: u64) -> String {
    format!("{size}\n")
}

/// Reads what [`write_size`] writes and nothing else.
pub fn parse_size(bytes: &[u8]) -> Result<u64, AnswerError> {
    let text = bytes.get(..bytes.len().min(MAX_SIZE_BYTES)).unwrap_or_default();
    let text = String::from_utf8_lossy(text);
    let refuse = || AnswerError::Size { found: excerpt(&text) };
    if bytes.len() > MAX_SIZE_BYTES {
        return Err(refuse());
    }
    text.strip_suffix('\n').and_then(parse_decimal).ok_or_else(refuse)
}

/// SHA-256 of the origin: what names a log in the paths of a witness.
#[must_use]
pub fn origin_hash(origin: &str) -> Hash {
    let digest: [u8; 32] = Sha256::digest(origin.as_bytes()).into();
    Hash::from_bytes(digest)
}

/// Path, below the monitoring prefix of a witness, of the checkpoint of `origin` that it cosigned last.
#[must_use]
pub fn monitoring_path(origin: &str) -> String {
    format!("/{}/checkpoint", origin_hash(origin))
}

/// The same text with the lines that `keep` accepts, each once.
fn keep_lines(note: &Note, keep: impl Fn(&NoteSignature) -> bool) -> Result<Note, NoteError> {
    let mut kept: Vec<&NoteSignature> = Vec::new();
    for line in note.signatures() {
        if keep(line) && !kept.contains(&line) {
            kept.push(line);
        }
    }
    let mut text = format!("{}\n", note.text());
    for line in kept {
        let _ = writeln!(text, "{line}");
    }
    Note::parse(text.as_bytes())
}

/// Reasons for which a request is refused or cannot be made.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum RequestError {
    /// Longer than [`MAX_REQUEST_BYTES`].
    #[error("a request of {found} bytes exceeds the limit of {MAX_REQUEST_BYTES}")]
    TooLong {
        /// Bytes of the body.
        found: usize,
    },
    /// The bytes are not UTF-8.
    #[error("the request is not UTF-8 at byte {offset}")]
    NotUtf8 {
        /// First byte at fault.
        offset: usize,
    },
    /// The first line is not `old`, a space and a decimal.
    #[error("`{found}` is not an old size line: `old` and a decimal without leading zeros")]
    OldLine {
        /// Beginning of the line.
        found: String,
    },
    /// A line of the proof is not a hash.
    #[error("`{found}` is not a hash in standard base64")]
    Hash {
        /// Beginning of the line.
        found: String,
    },
    /// More hashes than [`MAX_PROOF_HASHES`].
    #[error("a proof of {found} hashes or more exceeds the limit of {MAX_PROOF_HASHES}")]
    TooManyHashes {
        /// Hashes counted.
        found: usize,
    },
    /// No empty line with a checkpoint after it.
    #[error("the request has no checkpoint after an empty line")]
    NoCheckpoint,
    /// The checkpoint is not a note.
    #[error("the checkpoint of the request is malformed")]
    Note(#[source] NoteError),
    /// The note is not a checkpoint without extension lines.
    #[error("the checkpoint of the request is refused")]
    Checkpoint(#[source] CheckpointError),
    /// The old size is above that of the checkpoint.
    #[error("the old size {old} is above the size {size} of the checkpoint")]
    OldSizeAbove {
        /// Old size.
        old: u64,
        /// Size of the checkpoint.
        size: u64,
    },
}

impl RequestError {
    /// Reports whether the request is well-formed but names an empty tree whose root is not
    /// [`crate::EMPTY_ROOT`].
    #[must_use]
    pub const fn is_false_empty_tree(&self) -> bool {
        matches!(self, Self::Checkpoint(CheckpointError::EmptyTreeRoot { .. }))
    }
}

/// Reasons for which the answer of a witness is refused.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum AnswerError {
    /// Longer than [`MAX_ANSWER_BYTES`].
    #[error("an answer of {found} bytes exceeds the limit of {MAX_ANSWER_BYTES}")]
    TooLong {
        /// Bytes of the body.
        found: usize,
    },
    /// The body is not one or more signature lines.
    #[error("the answer is not a sequence of signature lines")]
    Lines(#[source] NoteError),
    /// A line of an expected key fails.
    #[error("a cosignature of the answer is refused")]
    Cosignature(#[source] CosignatureError),
    /// No line is of an expected key.
    #[error("the answer has no cosignature of the key that is expected")]
    NoneExpected,
    /// The body is not a size.
    #[error("`{found}` is not a tree size: a decimal without leading zeros, and a newline")]
    Size {
        /// Beginning of the body.
        found: String,
    },
}
