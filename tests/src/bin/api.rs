//! The explorer's interface held against its own description (`cargo xtask api`).

fn main() -> std::process::ExitCode {
    truce_tests::api::main()
}
