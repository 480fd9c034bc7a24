//! Carriage of statements without a network: as QR codes, radio lines or files, and back together on another machine.
//!
//! The formats to the byte are in `docs/spec/carriage.md`.
//!
//! # In scope
//!
//! - [`qr`]: text for QR codes, one or several, and the codes as SVG and as terminal text.
//! - [`radio`]: short numbered lines of hex, each with a checksum, to be read aloud.
//! - [`read`]: takes either, or the statement's own bytes, by looking at what was given.
//! - [`Assembly`]: collects parts from any number of inputs, in any order, and says which are missing.
//!
//! # Out of scope
//!
//! Cameras, printers, files. What the bytes say: they are believed only once `truce-statement` has parsed them and their
//! signature has been verified. A checksum here finds mistakes, not forgeries.
//!
//! # Example
//!
//! ```
//! use truce_carriage::{Assembly, radio, read};
//! # fn main() -> Result<(), truce_carriage::CarriageError> {
//! let statement = b"\xd2\x84 stands for a statement here";
//! let heard: Vec<String> = radio::lines(statement)?;
//! assert_eq!(heard[0], "TR1 6CA6 1/3: D284 2073 7461 6E64 7320 666F 7220 6120 : AD20");
//!
//! let mut assembly = Assembly::default();
//! assembly.add(read(heard[2].as_bytes())?)?;
//! assembly.add(read(heard[0].to_lowercase().as_bytes())?)?;
//! assert_eq!(assembly.assembled().incomplete[0].missing, [2]);
//! assembly.add(read(heard[1].as_bytes())?)?;
//! assert_eq!(assembly.assembled().contents, [statement]);
//! # Ok(())
//! # }
//! ```

mod assembly;
mod error;
mod part;
pub mod qr;
pub mod radio;
mod reading;

pub use assembly::{Assembled, Assembly, Incomplete, MAX_SETS};
pub use error::{CarriageError, Flaw};
pub use part::{Form, Part, Set};
pub use reading::{Broken, MAX_INPUT, Parts, read};

/// Most bytes that are carried: the largest statement.
pub const MAX_CONTENT: usize = truce_statement::cose::MAX_STATEMENT;
