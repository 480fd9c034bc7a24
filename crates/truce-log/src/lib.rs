//! The depositary: takes signed statements, puts them in order, makes them durable, signs what was stored.
//!
//! # Data flow
//! ```text
//! submit(bytes) -- any thread: parse, verify signature --> queue --> one sequencer:
//!     admit each against the register  -->  one atomic synced write (entries, tiles, facts, indexes, register)
//!     --> read back, hash again, compare --> sign checkpoint --> receipts
//! ```
//! Everything that can be decided without order runs on the submitter's thread; the one sequencer decides the rest and
//! writes what is waiting as one group. A receipt that was returned means that the entry is durable, at its position.
//!
//! # What is trusted
//! The store is not: at opening and after every write it is read back and compared with the hashes that were or will
//! be signed, and a store that is behind its own signed checkpoint refuses to open. The clock only moves `received`
//! forward, and no further than a steady clock and the last entry allow. Nobody has to trust the depositary itself: see `truce-audit`.

mod backup;
mod clock;
mod depositary;
mod error;
mod export;
mod folder;
mod forks;
pub mod group;
pub mod index;
mod ledger;
mod queue;
mod rebuild;
mod receipt;
mod recover;
mod reply;
mod sequencer;
mod signers;
mod state;
mod succession;
mod tree;

pub use backup::{BackedUp, complete_backup, restore};
pub use clock::{ClockJump, accept_clock};
pub use depositary::{Committed, Depositary, Pending};
pub use error::{LogError, SubmitError};
pub use export::{Exported, bundle, export};
pub use folder::Folder;
pub use forks::Fork;
pub use ledger::{Filter, Ledger};
pub use rebuild::{Rebuilt, rebuild};
pub use receipt::{Placed, Receipt};
pub use recover::{RecoverError, Recovered, recover};
pub use signers::key_schedule;
pub use state::renew;
pub use tree::Proof;
pub use truce_clock::{Clock, SystemClock};
