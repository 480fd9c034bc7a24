//! The field client: statements are signed offline, each at its place in the feed of its key, and kept until the log has
//! committed to them.
//!
//! # Data flow
//! ```text
//! draft --Feed::sign--> statement (its number on disk first)
//! statement --add--> Outbox (folder: queued) --hand in, in feed order--> depositary
//!     receipt <-- POST /entries, GET /entries/{id} --> Trust::verify (our bytes, proof, log's key, quorum)
//!     --> proof beside the statement --> accepted --> final
//! ```
//! A link that loses, delays, repeats and cuts is the normal case: every step is on disk before the next is taken,
//! every request may be sent again, and nothing that a server says is believed but a receipt that verifies.
//!
//! # In scope
//! [`Feed`]: the numbers of a key's statements, safe against crashes. [`Outbox`]: what is on disk. [`Trust`]: what a
//! receipt must satisfy. [`DepositaryClient`]: the requests of `docs/protocol.md`, bounded in time and size.
//! [`Courier`]: the order in which all this is done.
//!
//! # Out of scope
//! Passphrases and drafts (`truce sign`); the bytes of QR codes and radio lines;
//! auditing the log. A receipt proves that the log committed to a statement, not that the log was not forked:
//! `truce verify` and monitors find that out.

mod client;
mod courier;
mod disk;
mod error;
pub mod feed;
mod outbox;
mod pause;
mod problem;
mod record;
mod trust;

pub use client::{DepositaryClient, LinkError, Pace, ReportedFeed};
pub use courier::{Courier, CourierReport, Ended, Event, Until};
pub use error::FieldError;
pub use feed::{Feed, FeedCode, FeedError, FeedPlace, MissingInLog, SeenCheckpoint};
pub use outbox::{Added, Damage, Hold, Item, Outbox};
pub use problem::Problem;
pub use record::{ItemState, OutboxSettings, RaisedAlarm};
pub use trust::{HeldReceipt, ReceiptAlarm, Trust};

/// Most statements that an outbox holds at one time.
pub const MAX_STATEMENTS: usize = 65_536;
