//! Proofs on file, to be checked offline (`c2sp.org/tlog-proof@v1`).

use std::fmt;

use thiserror::Error;

use crate::checkpoint::SignedCheckpoint;
use crate::encoding::{base64_decode, base64_encode, excerpt, parse_decimal};
use crate::hash::Hash;
use crate::key::VKey;
use crate::note::{MAX_NOTE_BYTES, Note, NoteError};
use crate::policy::{Policy, PolicyError};
use crate::proof::{MAX_PROOF_HASHES, ProofError, verify_inclusion};
use crate::schedule::KeySchedule;

/// First line of every proof.
pub const PROOF_HEADER: &str = "c2sp.org/tlog-proof@v1";

/// The most bytes the extra data may have.
pub const MAX_EXTRA_BYTES: usize = 65_536;

/// The most bytes a proof on file may have: the largest note, and ample room for everything before it.
pub const MAX_PROOF_FILE_BYTES: usize = MAX_NOTE_BYTES + 100_000;

/// A proof as read from a file: well-formed and no more. See [`ProofFile::verify`].
///
/// `Display` gives the text that was parsed, exactly.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ProofFile {
    extra: Option<Vec<u8>>,
    index: u64,
    path: Vec<Hash>,
    checkpoint: Note,
}

impl ProofFile {
    /// A proof that leaf `index` is in the tree of `checkpoint`, with the path from leaf to root.
    ///
    /// `extra` is for rebuilding the leaf; nothing authenticates it. It must not be empty if it is there.
    pub fn new(
        extra: Option<Vec<u8>>,
        index: u64,
        path: Vec<Hash>,
        checkpoint: Note,
    ) -> Result<Self, ProofFileError> {
        if path.len() > MAX_PROOF_HASHES {
            return Err(ProofFileError::TooManyHashes { found: path.len() });
        }
        match extra.as_deref().map(<[u8]>::len) {
            Some(0) => return Err(ProofFileError::Extra),
            Some(found) if found > MAX_EXTRA_BYTES => return Err(ProofFileError::ExtraTooLong { found }),
            _ => {}
        }
        Ok(Self { extra, index, path, checkpoint })
    }

    /// Reads a proof.
    pub fn parse(bytes: &[u8]) -> Result<Self, ProofFileError> {
        if bytes.len() > MAX_PROOF_FILE_BYTES {
            return Err(ProofFileError::TooLong { found: bytes.len() });
        }
        let text = std::str::from_utf8(bytes)
            .map_err(|error| ProofFileError::NotUtf8 { offset: error.valid_up_to() })?;
        // The proof proper ends at the first empty line: none of its lines is empty.
        let (head, note) = text.split_once("\n\n").ok_or(ProofFileError::NoCheckpoint)?;
        let mut lines = head.split('\n').peekable();
        let header = lines.next().unwrap_or_default();
        if header != PROOF_HEADER {
            return Err(ProofFileError::Header { found: excerpt(header) });
        }
        let extra = match lines.next_if(|line| line.starts_with("extra")) {
            Some(line) => {
                let encoded = line.strip_prefix("extra ").ok_or(ProofFileError::Extra)?;
                Some(base64_decode(encoded).ok_or(ProofFileError::Extra)?)
            }
            None => None,
        };
        let index_line = lines.next().unwrap_or_default();
        let index = index_line
            .strip_prefix("index ")
            .and_then(parse_decimal)
            .ok_or_else(|| ProofFileError::Index { found: excerpt(index_line) })?;
        let mut path = Vec::new();
        for line in lines {
            if path.len() == MAX_PROOF_HASHES {
                return Err(ProofFileError::TooManyHashes { found: MAX_PROOF_HASHES + 1 });
            }
            let hash = Hash::from_base64(line).map_err(|_| ProofFileError::Hash { found: excerpt(line) })?;
            path.push(hash);
        }
        let checkpoint = Note::parse(note.as_bytes()).map_err(ProofFileError::Checkpoint)?;
        Self::new(extra, index, path, checkpoint)
    }

    /// Data for rebuilding the leaf. Nothing authenticates it but the leaf hash it leads to.
    #[must_use]
    pub fn extra(&self) -> Option<&[u8]> {
        self.extra.as_deref()
    }

    /// Leaf index the proof claims.
    #[must_use]
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// Hashes from the leaf's sibling up to the root's child.
    #[must_use]
    pub fn path(&self) -> &[Hash] {
        &self.path
    }

    /// The checkpoint with its signatures. Untrusted.
    #[must_use]
    pub const fn checkpoint(&self) -> &Note {
        &self.checkpoint
    }

    /// Verifies the proof for a leaf hash the caller has rebuilt: the checkpoint's origin and log signature, its
    /// cosignatures against the policy, then the path. Times of cosignatures are not judged.
    pub fn verify(&self, policy: &Policy, leaf: &Hash) -> Result<VerifiedProof, ProofFileError> {
        self.verify_path(policy.check(&self.checkpoint).map_err(ProofFileError::Policy)?, leaf)
    }

    /// The same with a log that is known from elsewhere, for a policy that names no logs: only `log` counts.
    pub fn verify_for(
        &self,
        policy: &Policy,
        log: &VKey,
        leaf: &Hash,
    ) -> Result<VerifiedProof, ProofFileError> {
        self.verify_path(policy.check_for(&self.checkpoint, log).map_err(ProofFileError::Policy)?, leaf)
    }

    /// The same with all the keys of a log that must have signed a checkpoint of its size.
    pub fn verify_by(
        &self,
        policy: &Policy,
        keys: &KeySchedule,
        leaf: &Hash,
    ) -> Result<VerifiedProof, ProofFileError> {
        self.verify_path(policy.check_by(&self.checkpoint, keys).map_err(ProofFileError::Policy)?, leaf)
    }

    fn verify_path(
        &self,
        checkpoint: SignedCheckpoint,
        leaf: &Hash,
    ) -> Result<VerifiedProof, ProofFileError> {
        verify_inclusion(self.index, checkpoint.size(), leaf, &self.path, checkpoint.root())
            .map_err(ProofFileError::Inclusion)?;
        Ok(VerifiedProof { index: self.index, leaf: *leaf, checkpoint })
    }
}

impl fmt::Display for ProofFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{PROOF_HEADER}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", base64_encode(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        for hash in &self.path {
            writeln!(f, "{}", hash.to_base64())?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}

/// Result of a verified proof: this leaf has this index in the log of this checkpoint.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct VerifiedProof {
    index: u64,
    leaf: Hash,
    checkpoint: SignedCheckpoint,
}

impl VerifiedProof {
    /// Index of the leaf.
    #[must_use]
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// Hash of the leaf.
    #[must_use]
    pub const fn leaf(&self) -> &Hash {
        &self.leaf
    }

    /// The checkpoint, with the cosignatures that were verified.
    #[must_use]
    pub const fn checkpoint(&self) -> &SignedCheckpoint {
        &self.checkpoint
    }
}

/// Reasons for which a proof on file is refused.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum ProofFileError {
    /// Longer than [`MAX_PROOF_FILE_BYTES`].
    #[error("a proof of {found} bytes exceeds the limit of {MAX_PROOF_FILE_BYTES}")]
    TooLong {
        /// Bytes of the file.
        found: usize,
    },
    /// The bytes are not UTF-8.
    #[error("the proof is not UTF-8 at byte {offset}")]
    NotUtf8 {
        /// First byte at fault.
        offset: usize,
    },
    /// The first line is not [`PROOF_HEADER`].
    #[error("the first line is `{found}` instead of `{PROOF_HEADER}`")]
    Header {
        /// Beginning of the line.
        found: String,
    },
    /// The extra line is not `extra`, a space and base64 of at least one byte.
    #[error("the extra line does not hold data in standard base64")]
    Extra,
    /// The extra data is longer than [`MAX_EXTRA_BYTES`].
    #[error("extra data of {found} bytes exceeds the limit of {MAX_EXTRA_BYTES}")]
    ExtraTooLong {
        /// Bytes of the data.
        found: usize,
    },
    /// The index line is missing or malformed.
    #[error("`{found}` is not an index line: `index` and a decimal without leading zeros")]
    Index {
        /// Beginning of the line.
        found: String,
    },
    /// A line of the path is not a hash.
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
    #[error("the proof has no checkpoint after an empty line")]
    NoCheckpoint,
    /// The checkpoint is not a note.
    #[error("the checkpoint of the proof is malformed")]
    Checkpoint(#[source] NoteError),
    /// The checkpoint does not satisfy the policy.
    #[error("the checkpoint of the proof does not satisfy the policy")]
    Policy(#[source] PolicyError),
    /// The path does not lead to the checkpoint's root.
    #[error("the leaf is not proven to be in the tree")]
    Inclusion(#[source] ProofError),
}
