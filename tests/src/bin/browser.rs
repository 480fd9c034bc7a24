//! Every page of the explorer in a real browser (`cargo xtask browser`).

fn main() -> std::process::ExitCode {
    truce_tests::browser::main()
}
