//! What the explorer holds and answers: it follows honest logs, stops at dishonest ones, finds what is there, and counts
//! as one would by hand.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod counts;
mod faults;
mod follow;
mod log;
mod pages;
mod search;
mod server;
mod views;
