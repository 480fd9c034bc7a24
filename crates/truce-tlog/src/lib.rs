//! The tree of the ledger and the texts that speak of it, in the public formats of C2SP and the IETF.
//!
//! # In scope
//!
//! - [`hash`], [`range`], [`proof`]: the Merkle tree of RFC 6962 section 2.1, its inclusion and
//!   consistency proofs as checked by RFC 9162 sections 2.1.3.2 and 2.1.4.2.
//! - [`tile`], [`edge`], [`bundle`]: the published layout of `c2sp.org/tlog-tiles`.
//! - [`key`], [`note`]: `c2sp.org/signed-note@v1.0.0` with Ed25519 keys.
//! - [`checkpoint`][]: `c2sp.org/tlog-checkpoint@v1.0.0`.
//! - [`cosignature`][]: the Ed25519 form of `c2sp.org/tlog-cosignature@v1.0.1`.
//! - [`policy`], [`proof_file`]: `c2sp.org/tlog-policy` and `c2sp.org/tlog-proof` (`@v1`).
//! - [`witness`]: the messages of `c2sp.org/tlog-witness@v1.0.0`.
//!
//! # Out of scope
//!
//! - Input and output. Tiles come in through [`TileReader`] and leave as bytes with a path.
//! - What an entry means. An entry is bytes here, and a leaf is their hash.
//! - Clocks. A cosignature carries the time its caller gives; no time is ever judged.
//! - ECDSA, RFC 6962 tree heads and ML-DSA: signatures of these types are carried and ignored, and
//!   keys of these types are refused.
//!
//! # Example
//!
//! ```
//! use truce_tlog::{
//!     Checkpoint, Cosigner, EdgeTiles, Ed25519NoteSigner, NoteSigner, Policy, ProofFile, SignedCheckpoint,
//!     TileHashes, inclusion_proof, leaf_hash,
//! };
//! # struct NoTiles;
//! # impl truce_tlog::TileReader for NoTiles {
//! #     type Error = std::io::Error;
//! #     fn tile(&self, _: truce_tlog::TileCoord) -> Result<std::borrow::Cow<'_, [u8]>, Self::Error> {
//! #         Err(std::io::ErrorKind::NotFound.into())
//! #     }
//! # }
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // The log: append, sign, have it cosigned.
//! let mut edge = EdgeTiles::new();
//! for entry in [b"charter".as_slice(), b"report"] {
//!     edge.push(leaf_hash(entry));
//! }
//! let log = Ed25519NoteSigner::from_seed("log.example/ceasefire", &[1; 32])?;
//! let body = Checkpoint::new("log.example/ceasefire", edge.size(), edge.root())?;
//! let mut checkpoint = SignedCheckpoint::sign(body, &log)?;
//! let witness = Cosigner::from_seed("witness.example", &[2; 32])?;
//! checkpoint.add_cosignature(witness.cosign(&checkpoint, 1_790_000_000)?, witness.vkey())?;
//! let path = inclusion_proof(&TileHashes::new(edge.over(NoTiles), edge.size()), 1, edge.size())?;
//! let file = ProofFile::new(None, 1, path, checkpoint.note().clone())?.to_string();
//!
//! // Anyone, offline: the file, a policy and the entry are enough.
//! let policy = format!("log {}\nwitness W {}\nquorum W\n", log.vkey(), witness.vkey());
//! let verified = ProofFile::parse(file.as_bytes())?
//!     .verify(&Policy::parse(policy.as_bytes())?, &leaf_hash(b"report"))?;
//! assert_eq!(verified.checkpoint().cosignatures()[0].timestamp, 1_790_000_000);
//! # Ok(())
//! # }
//! ```
//!
//! # Trust in the types
//!
//! What was only parsed and what was verified never share a type: [`Note`] is untrusted text,
//! [`VerifiedNote`] and [`SignedCheckpoint`] exist only after a known key verified. No function here
//! panics on input, and every limit a specification sets is a named constant.

pub mod bundle;
pub mod checkpoint;
pub mod cosignature;
pub mod edge;
mod encoding;
pub mod hash;
pub mod key;
pub mod note;
pub mod policy;
pub mod proof;
pub mod proof_file;
pub mod range;
pub mod schedule;
pub mod tile;
pub mod witness;

pub use bundle::{BundleError, EntryBundle};
pub use checkpoint::{Checkpoint, CheckpointError, SignedCheckpoint};
pub use cosignature::{Cosignature, CosignatureError, Cosigner};
pub use edge::{EdgeError, EdgeReader, EdgeTiles, FullTile};
pub use hash::{EMPTY_ROOT, Hash, HashError, leaf_hash, node_hash};
pub use key::{KeyError, KeyType, VKey};
pub use note::{Ed25519NoteSigner, Note, NoteError, NoteSignature, NoteSigner, VerifiedNote};
pub use policy::{Policy, PolicyBuilder, PolicyError, PolicyName, Threshold};
pub use proof::{
    GenerateError, HashSource, ProofError, consistency_proof, inclusion_proof, tree_root, verify_consistency,
    verify_inclusion,
};
pub use proof_file::{ProofFile, ProofFileError, VerifiedProof};
pub use range::{CompactRange, MAX_TREE_SIZE, RangeError};
pub use schedule::{KeySchedule, KeyTurn};
pub use tile::{BundleCoord, TileCoord, TileError, TileHashError, TileHashes, TilePath, TileReader};
pub use witness::{AddCheckpoint, AnswerError, Cosigned, RequestError};

/// An error with its causes, in one sentence.
#[must_use]
pub fn explain(error: &dyn std::error::Error) -> String {
    let mut sentence = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        sentence = format!("{sentence}: {cause}");
        source = cause.source();
    }
    sentence
}
