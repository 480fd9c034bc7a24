//! Logs to be read: a directory, or the URL below which one is served. For audits, mirrors, monitors and
//! explorers alike, with one set of limits.
//!
//! # Data flow
//! ```text
//! URL --HttpSource--\
//!                    Source --bundles, tiles, checkpoint (bytes)--> whoever verifies them
//! DIR --DirSource---/
//! ```
//! Nothing that comes is believed: sizes are limited before anything is parsed, everything else is the reader's to
//! judge. That something cannot be read says nothing about the log's honesty, and is never a finding.
//!
//! # In scope
//! Paths of `c2sp.org/tlog-tiles`, the full tile in place of a partial one that has gone, limits, tries, time-outs,
//! conditional requests.
//!
//! # Out of scope
//! What the bytes mean. Writing.

mod directory;
mod error;
mod http;
mod ledger;
mod source;
mod tree;

pub use directory::DirSource;
pub use error::SourceError;
pub use http::HttpSource;
pub use ledger::{Bundled, bundle_of};
pub use source::{Place, Source, Tiles};

/// Largest checkpoint that is read, in bytes (docs/spec/publication.md, section 2); room for many post-quantum
/// cosignatures.
pub const MAX_CHECKPOINT: u64 = 1 << 20;
