//! One replay of a log, for whoever takes its entries only as far as they hold: audits, the explorer's copy, recovery.
//!
//! # Data flow
//! ```text
//! Source --bundle--> examine (any core: hash, parse, signatures settled together) --in order--> Batch
//!     --Examined::verified (chain, key)--> Signed --Register::admit by the caller, who keeps what is admitted
//!                     \--> Unfit --Finding::of--> Finding
//! ```
//! What needs no order happens on all cores ([`ahead`]); what needs order is one call for each entry, on the thread of
//! the caller, who owns the register and decides where entries and facts are kept.
//!
//! # In scope
//! Reading ahead, examining, the charter in entry 0, and findings: each has a code, a sentence, and the entry at fault.
//!
//! # Out of scope
//! Keeping anything. Checkpoints, roots and tiles: what was signed is for the caller to compare.

mod ahead;
mod charter;
mod examine;
mod finding;
mod statements;

pub use ahead::{ahead, bundles};
pub use charter::{Named, ReadError, charter_of, named_by_charter};
pub use examine::{Batch, Examined, Unfit, examine};
pub use finding::{Finding, FindingCode, Flaw};
pub use statements::each_statement;
