//! The depositary as a service: statements come in over HTTP, go out as a published log, and become final when enough
//! witnesses have cosigned. The interface is `docs/protocol.md`.
//!
//! # Data flow
//! ```text
//! POST /entries -> limits (address, places, size, key) -> truce_log::Depositary -> receipt under the newest checkpoint
//!                                                             |
//!                   shown over HTTP, every 100 ms at most <---+--> witnesses, all at once --> quorum: final
//!                                 |
//!                                 '--> a directory or a bucket: tiles, bundles, the checkpoint last
//! ```
//! Authentication is the signature of a statement. Nothing else in a request has a say in whether it is recorded.
//!
//! # What is kept in memory
//! Everything is bounded by [`Settings`]: statements and bytes on their way, tables of rates, hashes of tiles, snapshots.
//!
//! # Out of scope
//! Who may sign what (`truce-register`), order and durability (`truce-log`), connections and TLS (`truce-http`).

mod backup;
mod error;
mod finality;
mod intake;
mod limit;
mod metrics;
mod nodes;
mod openapi;
mod priority;
mod publish;
mod quorum;
mod served;
mod service;
mod settings;
mod snapshot;
mod witnesses;

pub use error::ServiceError;
pub use openapi::document;
pub use priority::give_way;
pub use publish::Target;
pub use service::Service;
pub use settings::{Rate, Settings};
