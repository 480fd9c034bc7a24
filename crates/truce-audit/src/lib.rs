//! The auditor: replays a log from entry 0, re-decides every admission, and says what does not hold.
//!
//! # Data flow
//! ```text
//! Source --truce_replay::ahead (all cores)--> entries, in order --> register, facts, tree
//!     --> root against the checkpoint, tiles against the published ones --> Report with findings
//! ```
//! Nothing of the depositary's state is read: only entries, the checkpoint and, to be compared, the tiles. Memory is
//! constant: what must be looked up again (where a statement stands, what corrects what, old tiles) goes to a scratch
//! folder, so that a log of any length can be audited on an old laptop, stopped, and taken up again.
//!
//! Built without the feature `ledger`, this crate links neither RocksDB nor tokio.

mod ahead;
mod history;
mod replay;
mod report;
mod resume;
mod scratch;
#[cfg(feature = "ledger")]
mod source;
mod verify;

pub use ahead::keys_by_amendments;
pub use history::{History, HistoryError, HistoryTiles};
pub use replay::{Options, Progress};
pub use report::{Report, Verdict};
pub use scratch::ScratchError;
#[cfg(feature = "ledger")]
pub use source::LedgerSource;
pub use truce_replay::{
    Finding, FindingCode, Flaw, Named, ReadError, charter_of, each_statement, named_by_charter,
};
pub use truce_source::{DirSource, Source, SourceError};
pub use verify::{AuditError, audit};
