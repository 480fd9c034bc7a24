//! Witnesses (`c2sp.org/tlog-witness@v1.0.0`): whoever cosigns that a log only ever grew, and whoever asks them to.
//!
//! # In scope
//!
//! - [`Witness`]: remembers, on disk, the latest checkpoint it cosigned for each log it knows, and cosigns nothing that
//!   is not proven to grow out of it. For any C2SP log, of whatever content.
//! - [`WitnessServer`]: the witness over HTTP/1.1.
//! - [`WitnessClient`]: asks one witness, over http or https.
//!
//! # Data flow
//! ```text
//! log --checkpoint--> WitnessClient --HTTP--> Server --> Witness --> state folder
//!                          ^                               |  (durable before the answer)
//!                          '------- cosignature line <-----'
//! ```
//!
//! # Out of scope
//!
//! - What a log contains. A witness sees checkpoints and proofs, never an entry.
//! - When a quorum of witnesses makes an entry final: `truce-service` asks them all, and counts.
//! - TLS on the server's side, users, rates: a reverse proxy's. A request is authenticated by the log's signature.
//!   Connections and their limits are `truce-http`'s.
//! - Post-quantum cosignatures (ML-DSA-44) and `sign-subtree`, which are not part of v1.0.0.

mod client;
mod error;
mod keys;
mod metrics;
mod server;
mod state;
mod witness;

pub use client::{AskError, Transport, WitnessClient};
pub use error::{StateError, WitnessRefusal};
pub use rustls::RootCertStore;
pub use server::WitnessServer;
pub use truce_clock::{Clock, SystemClock};
pub use witness::{Astray, Witness};
