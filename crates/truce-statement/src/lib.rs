//! Signed statements: kinds, bodies, canonical CBOR, the COSE envelope, keys.
//!
//! # In scope
//! The bytes of statements and entries (`docs/spec/formats.md`, sections 1 to 4), the kinds of statement and their
//! bodies (`docs/spec/kinds.md`), drafts in people's units, keys on file, refusals.
//!
//! # Out of scope
//! Whether a statement may be admitted (that is `truce-register`), the tree (`truce-tlog`), files, clocks, networks.
//! Nothing here does I/O; the only outside thing read is the operating system's randomness, when a key is made.

pub mod body;
pub mod cbor;
mod codes;
pub mod cose;
pub mod draft;
pub mod entry;
pub mod id;
pub mod key;
pub mod kind;
mod possession;
pub mod refusal;
pub mod schema;
pub mod shape;
pub mod statement;
mod strict;
mod trail;
pub mod unit;
mod vkey;

pub use body::{Body, Facets, Fault, KindBody};
pub use cose::{Header, Subject};
pub use draft::Draft;
pub use entry::Entry;
pub use id::{AgreementId, EntryHash, FileHash, KeyId, PartyId, RootHash, StatementId};
pub use key::{PublicKey, SecretKey};
pub use kind::{Kind, Relation, Role};
pub use possession::{NotAProof, PossessionProof};
pub use refusal::{Code, Refusal};
pub use statement::{Computed, Reference, Saying, Seen, Signed, Standing, Statement};
