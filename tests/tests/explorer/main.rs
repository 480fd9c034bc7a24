//! What the explorer holds and answers: it follows honest logs, stops at dishonest ones, finds what is there, and counts
//! as one would by hand.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
// Small names and types next to where they are used read better in a test.
#![allow(clippy::similar_names, clippy::items_after_statements)]

mod ahead;
mod counts;
mod exports;
mod faults;
mod feed;
mod follow;
mod log;
mod pages;
mod search;
mod server;
mod site;
mod streams;
mod views;
