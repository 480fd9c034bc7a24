//! Prints the example of `docs/spec/carriage.md`: the 40 bytes 00, 01 ... 27.
#![allow(clippy::print_stdout, missing_docs)]

use truce_carriage::{CarriageError, qr, radio};

fn main() -> Result<(), CarriageError> {
    let content: Vec<u8> = (0..40).collect();
    for line in radio::lines(&content)?.iter().chain(&qr::texts(&content, qr::MOST_CHARACTERS)?) {
        println!("{line}");
    }
    Ok(())
}
