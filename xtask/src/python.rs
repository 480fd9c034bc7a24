//! A Python environment with pinned packages, for the tests of the explorer's interface.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::Outcome;
use crate::setup;
use crate::workspace::{Workspace, run};

/// What is installed, in the versions of that file.
const REQUIREMENTS: &str = "tests/requirements-api.txt";

/// Makes the environment where builds go, unless it is there with the same packages.
pub(crate) fn prepare(workspace: &Workspace) -> Result<Vec<(&'static str, PathBuf)>, String> {
    if setup::on_path("python3").is_none() {
        setup::install_packages(&["python3", "python3-venv"])?;
    }
    let requirements = workspace.root().join(REQUIREMENTS);
    let wanted = fs::read(&requirements).map_err(|error| format!("{REQUIREMENTS}: {error}"))?;
    let venv = workspace.target().join("api-python");
    let mark = venv.join("installed.txt");
    if !fs::read(&mark).is_ok_and(|installed| installed == wanted) {
        println!("installing schemathesis, once; it is kept in {}", venv.display());
        make(&venv)?;
        let mut pip = Command::new(venv.join("bin").join("python"));
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "-r"]);
        run(pip.arg(&requirements))
            .map_err(|reason| format!("{reason}\nwithout a network this cannot be run the first time"))?;
        fs::write(&mark, wanted).map_err(|error| format!("{}: {error}", mark.display()))?;
    }
    Ok(vec![("TRUCE_PYTHON", venv)])
}

/// Debian keeps what makes environments in a package of its own.
fn make(venv: &PathBuf) -> Outcome {
    let create = || run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(venv));
    create().or_else(|_| setup::install_packages(&["python3-venv"]).and_then(|()| create()))
}
