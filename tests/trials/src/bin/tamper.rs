//! Tries to cheat in every way we know of (`cargo xtask tamper`), and prints what catches it.

fn main() -> std::process::ExitCode {
    truce_trials::tamper::main()
}
