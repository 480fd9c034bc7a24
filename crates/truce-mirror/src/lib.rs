//! A verified copy of a published log, kept up to date.
//!
//! # Data flow
//! ```text
//! Place --Staging--> audit (every entry, tile, signature) --verified--> files in place --> checked again --> checkpoint
//!            |           |
//!      .mirror/staged  .mirror/audit
//! ```
//! What is copied is exactly what was audited: the audit reads through `Staging`, which keeps every
//! byte it hands out. The copy is a published log itself at any moment: files first, its checkpoint last. Whatever
//! lies in `.mirror` may be lost at any time; then the replay begins again, over the files that are there.
//!
//! A place is saved after the work under it: the audit saves where it stands when what it read is synced
//! ([`truce_source::Source::settle`]), and the checkpoint is replaced when the files under it are.
//!
//! # Out of scope
//! What to do with a log that does not hold: it is not copied. Watching it is the monitor's.

mod copy;
mod error;
mod evidence;
mod mirror;
mod staging;

pub use copy::Repaired;
pub use error::MirrorError;
pub use mirror::{Mirror, MirrorOptions, Round};
