//! The truce command.
fn main() {}
