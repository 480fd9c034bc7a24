//! A verified copy of a log: follows the log, keeps what verified, and finds it again.
//!
//! # Data flow
//! ```text
//! source (ledger folder, published directory, URL)        nothing of it is believed
//!   -> follower: checkpoint, bundles, signatures on all cores, fold in order, root before every write
//!   -> copy: a store laid out like a ledger, with postings, rows and counters beside it
//!   -> Served: what verified under one checkpoint, read-only -> query, aggregate, index
//! ```
//! The copy is a store laid out like a depositary's ledger, so that entries, proofs, facts and the register are read
//! as from one. Before a batch is written, its entries were parsed, hashed, their signatures verified strictly, each
//! admitted by the register, and the tree they end was proven to be part of the tree of a checkpoint that the log
//! signed. So the copy never holds an entry that no verified checkpoint covers, and one that is stopped in the middle
//! goes on from there.
//!
//! The consistency of a new checkpoint with all before it follows: the tree is this copy's own, and every one of those
//! checkpoints was found to be a root of it.
//!
//! One thread writes, the follower's; it has the only handle that can. Everything that serves holds a [`ReadOnly`],
//! which has no method that writes, and a [`Served`]: the log as one verified checkpoint covers it. On any failure the
//! follower publishes a [`Finding`], and what verified before stays served.
//!
//! # In scope
//! Fetching, verification, the copy, search, counters, the rows of lists.
//!
//! # Out of scope
//! Signing, submitting, deciding: there is no write path to the log. Views and words for people: `truce-explorer`.

pub mod aggregate;
mod error;
mod explorer;
mod finding;
mod folder;
mod follower;
mod history;
pub mod index;
mod order;
mod places;
pub mod query;
mod read_only;
mod record;
mod served;
mod signed_tree;
pub mod source;
mod status;
mod tiles;
mod tree_memory;

pub use error::CopyError;
pub use explorer::{Explorer, Options, State};
pub use finding::Finding;
pub use history::{Seen, disagreements, history};
pub use places::places;
pub use read_only::ReadOnly;
pub use record::Record;
pub use served::Served;
pub use status::{Level, Place, Progress, Quorum, Status, Why};
