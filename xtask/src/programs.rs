//! The programs of `tests/` that demonstrate, attack and measure: demo, tamper, crash, ...

use std::process::Command;

use crate::Outcome;
use crate::workspace::Workspace;

/// The package the programs are in.
const PACKAGE: &str = "truce-tests";

/// Builds `truce` and the program in one go, then runs the program with these arguments.
///
/// One cargo command for both, because two would resolve features apart and compile shared
/// dependencies twice. The program finds `truce` in its own folder.
pub(crate) fn run(workspace: &Workspace, name: &str, args: &[String]) -> Outcome {
    workspace.run_cargo(&[
        "build",
        "--release",
        "--package",
        "truce-cli",
        "--bin",
        "truce",
        "--package",
        PACKAGE,
        "--bin",
        name,
    ])?;
    let program = workspace.target().join("release").join(name);
    crate::workspace::run(Command::new(program).args(args).current_dir(workspace.root()))
}
