//! Prints `fixtures/vectors/receipt.json`: `cargo run -p truce-receipt --example vectors > fixtures/vectors/receipt.json`.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "../tests/support/vectors.rs"]
#[allow(missing_docs, unreachable_pub)]
mod vectors;

fn main() {
    println!("{}", serde_json::to_string_pretty(&vectors::generate()).unwrap());
}
