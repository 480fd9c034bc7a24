//! The programs of `tests/` that demonstrate, attack and measure: demo, tamper, crash, ...

use std::process::Command;

use crate::workspace::Workspace;
use crate::{Outcome, browser, python};

/// Where the programs are.
const FOLDER: &str = "tests";

/// Builds `truce` and the program in one go, then runs the program with these arguments.
///
/// `--workspace` so that features are resolved as `cargo xtask test` resolves them: with any other
/// selection shared dependencies, in the worst case `RocksDB`, could be compiled a second time.
/// The program finds `truce` in its own folder. What else it needs is installed before, so that nobody waits for a build
/// that was for nothing.
pub(crate) fn run(workspace: &Workspace, name: &str, args: &[String]) -> Outcome {
    let environment = match name {
        "browser" | "liar" | "picture" => browser::prepare(workspace)?,
        "api" => python::api(workspace)?,
        "s3" => python::s3(workspace)?,
        _ => Vec::new(),
    };
    workspace.run_cargo(&["build", "--release", "--workspace", "--bin", "truce", "--bin", name])?;
    let mut program = Command::new(workspace.target().join("release").join(name));
    // As `cargo run` would set it; what is inherited is the folder of xtask.
    program.env("CARGO_MANIFEST_DIR", workspace.root().join(FOLDER)).envs(environment);
    crate::workspace::run(program.args(args).current_dir(workspace.root()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeSet;

    use crate::workspace::{Workspace, output};

    /// Every package with the features it is built with, where these kinds of dependencies count.
    fn built_with(edges: &str) -> BTreeSet<String> {
        let mut tree =
            Workspace::find().unwrap().cargo(&["tree", "--workspace", "--prefix", "none", "--no-dedupe"]);
        let tree =
            output(tree.args(["--edges", edges, "--format", "{p} {f}", "--offline", "--locked"])).unwrap();
        tree.lines().map(str::to_owned).collect()
    }

    /// Else each half of `cargo xtask test` would compile everything that rests on such a package anew, for minutes.
    #[test]
    fn programs_and_tests_are_built_with_the_same_features() {
        let (programs, tests) = (built_with("normal,build"), built_with("normal,build,dev"));
        let differ: Vec<_> = programs.difference(&tests).collect();
        assert!(
            !programs.is_empty() && differ.is_empty(),
            "tests ask more of these; see tests/Cargo.toml: {differ:?}"
        );
    }
}
