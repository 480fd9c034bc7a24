//! The picture of the explorer in the README (`cargo xtask picture`).

fn main() -> std::process::ExitCode {
    truce_tests::picture::main()
}
