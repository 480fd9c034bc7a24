//! Witnesses (`c2sp.org/tlog-witness@v1.0.0`): whoever cosigns that a log only ever grew, and whoever asks them to.
//!
//! # In scope
//!
//! - [`Witness`]: remembers, on disk, the latest checkpoint it cosigned for each log it knows, and cosigns nothing that
//!   is not proven to grow out of it. For any C2SP log, of whatever content.
//! - [`serve`]: the witness over HTTP/1.1.
//! - [`WitnessClient`]: asks one witness, over http or https.
//! - [`Quorum`]: asks all witnesses of a policy at once, and tells what is [`Final`] from what is only [`Accepted`].
//!
//! # Data flow
//! ```text
//! log --checkpoint--> Quorum --one task each--> WitnessClient --HTTP--> serve --> Witness --> state folder
//!                       ^                                                            |  (durable before the answer)
//!     Final | Accepted <-+--------------------- cosignature line <------------------+
//! ```
//!
//! # Out of scope
//!
//! - What a log contains. A witness sees checkpoints and proofs, never an entry.
//! - TLS on the server's side, users, rates: a reverse proxy's. A request is authenticated by the log's signature.
//! - Post-quantum cosignatures (ML-DSA-44) and `sign-subtree`, which are not part of v1.0.0.

mod client;
mod clock;
mod error;
mod keys;
mod metrics;
mod quorum;
mod server;
mod state;
mod witness;

pub use client::{AskError, Transport, WitnessClient};
pub use clock::{Clock, SystemClock};
pub use error::{Refusal, StateError};
pub use quorum::{Accepted, Final, NoProof, Open, Prover, Quorum, QuorumError, Standing, Timing};
pub use rustls::RootCertStore;
pub use server::{Limits, Server, router, serve};
pub use witness::{Astray, Witness};
