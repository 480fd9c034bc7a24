//! A network of real processes around a depositary that cheats (`cargo xtask dishonest [WORDS]`), and who notices.

fn main() -> std::process::ExitCode {
    truce_trials::dishonest::main()
}
