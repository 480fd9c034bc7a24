//! The speed of the ledger, as ratios taken in one run on one machine (`cargo xtask bench`).
//!
//! Everything is measured against the raw rate at which this machine checks Ed25519 signatures, strictly, on all its
//! cores, over messages of the same length: what a ledger could do that did nothing else.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::print_stdout)]

fn main() {
    truce_trials::bench::main();
}
