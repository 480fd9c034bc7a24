//! Test vectors: writes `fixtures/vectors/`, or checks it (`cargo xtask vectors [--check] [--python]`).

fn main() -> std::process::ExitCode {
    truce_trials::vectors::main()
}
