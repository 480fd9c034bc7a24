//! Whole-system tests: the demo, the attacks, the crashes, the benchmarks and the vectors, each a program in
//! `src/bin`, and what they share.
//!
//! This crate tests; a broken assumption in it should stop it loudly.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::missing_panics_doc)]

pub mod api;
pub mod bench;
pub mod browser;
pub mod crash;
pub mod demo;
pub mod dishonest;
pub mod explorer;
pub mod fuzz;
pub mod hostile;
pub mod http;
pub mod liar;
pub mod network;
pub mod picture;
pub mod s3;
pub mod service;
pub mod storm;
pub mod tamper;
pub mod vectors;
pub mod witness;
pub mod world;
