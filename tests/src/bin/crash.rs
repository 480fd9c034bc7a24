//! Kills a depositary at random moments, fills its disk, fails its syncs, and looks whether any receipt was a lie
//! (`cargo xtask crash [--kills N]`).

fn main() -> std::process::ExitCode {
    truce_tests::crash::main()
}
