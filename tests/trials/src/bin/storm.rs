//! A network of real processes in a storm of kills, pauses, full disks and bad links
//! (`cargo xtask storm [--seconds N] [--seed N]`), and whether it comes out of it whole.

fn main() -> std::process::ExitCode {
    truce_trials::storm::main()
}
