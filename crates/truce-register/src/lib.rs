//! Register: a pure fold over the entries of a log, which decides who may say what, in which order.
//!
//! A log is read from entry 0 on; each entry either fits the register that the entries before it made, and makes the
//! next one, or it is a [`Misfit`]. The depositary runs the fold before it writes an entry; every auditor runs the
//! same fold over what was written. Same entries, same register, same bytes, on every machine.
//!
//! # Data flow
//! ```text
//! statement bytes --Statement::parse--> Statement --Register::key_of + verify--> Signed
//! (Signed, received, Recall) --Register::admit--> Admission::Next(Step) --Register::apply--> Register, facts
//! ```
//! The register itself stays small: the charter's rules, parties, keys, feeds. What grows with the log (which
//! statement stands where, what was corrected by what, what a report printed) are [`Fact`]s: small records under
//! typed keys that live wherever the caller keeps them and come back through [`Recall`]. The register holds a running
//! hash over every fact ever written, so two registers with the same bytes have the same facts.
//!
//! # Out of scope
//! Files, clocks, the tree. `received` is data; `seen` is decided by asking [`Recall::root_at`].

mod admit;
mod amendment;
mod case;
mod continuity;
mod fact;
mod key_table;
mod misfit;
mod outline;
mod references;
mod register;
mod rows;
mod step;

pub use amendment::{AmendmentStatus, LogKey, Proposal, WitnessPolicy};
pub use fact::{Fact, Recall, Recorded, Written};
pub use key_table::{KeyTable, KnownKeys};
pub use misfit::Misfit;
pub use outline::Outline;
pub use register::{Key, Party, Register, Revocation};
pub use rows::{NotARegister, Part};
pub use step::{Admission, Step};
