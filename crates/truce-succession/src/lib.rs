//! The keys and witnesses of a log over time: [`Terms`], and the [`Succession`], the file by which whoever knows only the
//! charter learns of them (`docs/spec/succession.md`).
//!
//! # Model
//! The charter names the parties' root keys, the log's first key and its first witnesses. Amendments change the latter two,
//! each signed with enough root keys; where it stands in the log says from which size on. A succession holds those statements
//! with proofs that they stand there. The thief of a key that has ended cannot make one: the proofs are under checkpoints
//! that the key which followed it has signed.
//!
//! # What it does not do
//! I/O. Nor does it say that nothing came later: a succession is as new as its checkpoints.

mod error;
mod form;
mod open;
mod terms;

pub use error::SuccessionError;
pub use form::{MAX_SUCCESSION_BYTES, SUCCESSION_HEADER, Succession};
pub use open::{OpenError, Opened, open};
pub use terms::{Quorum, Terms, outline};
