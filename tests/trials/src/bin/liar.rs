//! The lying server (`cargo xtask liar`): alters what an honest explorer serves, and looks in a real browser whether the
//! page says so.

fn main() -> std::process::ExitCode {
    truce_trials::liar::main()
}
