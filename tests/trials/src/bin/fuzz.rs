//! A mutation fuzzer for every decoder (`cargo xtask fuzz [--seconds N]`).

fn main() -> std::process::ExitCode {
    truce_trials::fuzz::main()
}
