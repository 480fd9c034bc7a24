//! COSE Receipts (RFC 9942): the log's signed word, in COSE, that it has recorded a statement.
//!
//! The formats to the byte, and the steps of verification, are in `docs/spec/receipts.md`.
//!
//! # In scope
//!
//! - [`Receipt`]: a receipt of inclusion with the verifiable data structure 1 (`RFC9162_SHA256`). It names the log in
//!   its protected header, and carries what rebuilds the log's entry from the statement.
//! - [`ConsistencyReceipt`]: the same structure's receipt of consistency.
//! - [`embed`] and [`extract`]: receipts inside a statement, header label 394. Each is the other's inverse to the byte.
//! - [`Finality`]: what the log alone has said, and what a quorum of witnesses has seen, are told apart.
//!
//! # Out of scope
//!
//! Input and output, clocks, other data structures (CCF's is 2), receipts in protected headers. Whether the statement
//! was rightly admitted is for an audit.
//!
//! # Example
//!
//! ```
//! use truce_receipt::{Finality, Receipt};
//! use truce_statement::Statement;
//! use truce_tlog::Policy;
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/vectors/receipt.json");
//! # let vectors: serde_json::Value = serde_json::from_slice(&std::fs::read(file)?)?;
//! # let vector = &vectors["accepted"][2];
//! # let bytes = |field: &str| hex::decode(vector[field].as_str().unwrap_or_default());
//! # let policy = vector["policy"].as_str().unwrap_or_default();
//! let statement = Statement::parse(bytes("statement")?)?;
//! let receipt = Receipt::parse(&bytes("receipt")?)?;
//! let verified = receipt.verify(&statement, &Policy::parse(policy.as_bytes())?)?;
//! assert_eq!((verified.position(), verified.finality()), (2, Finality::Final));
//! # Ok(())
//! # }
//! ```

mod consistency;
mod envelope;
mod error;
mod inclusion;
mod signer;
mod transparent;

pub use consistency::ConsistencyReceipt;
pub use envelope::{
    LABEL_CHECKPOINT, LABEL_ENTRY, LABEL_RECEIPTS, LABEL_TREE_SIZE, LABEL_VDP, LABEL_VDS, MAX_RECEIPT,
};
pub use error::{ReceiptCode, ReceiptError};
pub use inclusion::{Finality, Receipt, VerifiedReceipt};
pub use signer::ReceiptSigner;
pub use transparent::{MAX_RECEIPTS, MAX_TRANSPARENT, embed, extract};
