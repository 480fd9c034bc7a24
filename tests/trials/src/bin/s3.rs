//! Publication to object stores, against real servers (`cargo xtask s3`).

fn main() -> std::process::ExitCode {
    truce_trials::s3::main()
}
