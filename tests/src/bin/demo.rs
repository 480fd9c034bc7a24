//! The demonstration (`cargo xtask demo`): an agreement lived from real monitoring data, through the `truce` command.

fn main() -> std::process::ExitCode {
    truce_tests::demo::main()
}
