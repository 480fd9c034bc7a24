//! The `truce` command as its users meet it: every test starts the program that was built and looks at what it prints,
//! what it leaves on disk, and its exit code.
//!
//! The program is the one named by `TRUCE_BIN`, or the one built beside the tests.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod charter;
mod desk;
mod errors;
mod feeds;
mod files;
mod imports;
mod keys;
mod manual;
mod published;
mod reader;
mod rotation;
mod story;
mod succession;
mod ways_out;
