//! The verified copy: what the explorer keeps of the log, and the thread that follows it.
//!
//! The copy is a store laid out like a depositary's ledger, so that entries, proofs, facts and the register are read
//! as from one. Before a batch is written, its entries were parsed, hashed, their signatures verified strictly, each
//! admitted by the register, and the tree they end was proven to be part of the tree of a checkpoint that the log
//! signed. So the copy never holds an entry that no verified checkpoint covers, and one that is stopped in the middle
//! goes on from there.
//!
//! The consistency of a new checkpoint with all before it follows: the tree is this explorer's own, and every one of
//! those checkpoints was found to be a root of it.

mod explorer;
mod folder;
mod follower;
mod history;
mod read_only;
mod served;
mod signed_tree;
mod status;
mod tree_memory;

pub use explorer::{Explorer, Options, State};
pub use history::Seen;
pub(crate) use history::{disagreements, history};
pub use read_only::ReadOnly;
pub use served::{Record, Served};
pub use status::{Level, Place, Progress, Quorum, Status, Why};
