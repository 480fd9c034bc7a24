//! Malformed requests and held connections against a real depositary and witness (`cargo xtask hostile`).

fn main() -> std::process::ExitCode {
    truce_trials::hostile::main()
}
