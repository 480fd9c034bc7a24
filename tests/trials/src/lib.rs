//! Trials of the whole system: the vectors, the attacks, the storms and the benchmarks, each a program in `src/bin`.
//!
//! They are apart from `truce-tests`, so that a first demonstration waits for none of them to be compiled. A broken
//! assumption in them should stop them loudly.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::missing_panics_doc)]

pub mod bench;
pub mod dishonest;
pub mod fuzz;
pub mod hostile;
pub mod liar;
pub mod s3;
pub mod storm;
pub mod tamper;
pub mod vectors;
