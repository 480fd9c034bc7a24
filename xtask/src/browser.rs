//! What the tests in a real browser need: Chromium, Node.js, and two packages for Node.js.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Outcome;
use crate::setup;
use crate::workspace::{Workspace, output, run};

/// Where a distribution puts Chromium, in the order in which they are tried.
const CHROMIUM: [&str; 4] = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/// Oldest major version of Node.js that will do.
const NODE: u32 = 20;

/// The packages are installed where builds go, not into the checkout: what names them, and what pins them.
const FILES: [&str; 3] = ["package.json", "package-lock.json", ".npmrc"];

/// Makes sure of everything, and tells the tests by the environment where it is.
pub(crate) fn prepare(workspace: &Workspace) -> Result<Vec<(&'static str, PathBuf)>, String> {
    if missing_programs() {
        let lacking: Vec<&str> = [
            (find_chromium().is_none(), "chromium"),
            (!node_will_do(), "nodejs"),
            (setup::on_path("npm").is_none(), "npm"),
        ]
        .into_iter()
        .filter_map(|(lacks, package)| lacks.then_some(package))
        .collect();
        eprintln!("set-up: the tests in a browser lack {}", lacking.join(", "));
        setup::install_packages(&lacking)?;
    }
    let chromium = find_chromium().ok_or("after installing, there is still no chromium on the path")?;
    if !node_will_do() {
        return Err(format!(
            "the tests in a browser need Node.js {NODE} or later, and {} is here; this distribution's package is too \
             old: install a newer one (https://nodejs.org/en/download) and put `node` on the path",
            node_version().map_or_else(|| "none".to_owned(), |major| format!("version {major}"))
        ));
    }
    let home = workspace.target().join("browser");
    install_modules(&workspace.root().join("tests").join("browser"), &home)?;
    Ok(vec![("CHROMIUM", chromium), ("TRUCE_BROWSER", home)])
}

fn missing_programs() -> bool {
    find_chromium().is_none() || !node_will_do() || setup::on_path("npm").is_none()
}

fn find_chromium() -> Option<PathBuf> {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
    named.or_else(|| CHROMIUM.iter().find_map(|name| setup::on_path(name)))
}

fn node_will_do() -> bool {
    node_version().is_some_and(|major| major >= NODE)
}

fn node_version() -> Option<u32> {
    major(&output(Command::new("node").arg("--version")).ok()?)
}

/// The first number of `v20.11.1`.
fn major(version: &str) -> Option<u32> {
    version.trim().trim_start_matches('v').split('.').next()?.parse().ok()
}

/// Installs the pinned packages, unless those that are there came from the same pins.
fn install_modules(from: &Path, home: &Path) -> Outcome {
    let told = |error: std::io::Error| format!("{}: {error}", home.display());
    let pins = fs::read(from.join("package-lock.json")).map_err(told)?;
    let mark = home.join("installed.json");
    if fs::read(&mark).is_ok_and(|installed| installed == pins) {
        return Ok(());
    }
    fs::create_dir_all(home).map_err(told)?;
    for file in FILES {
        fs::copy(from.join(file), home.join(file)).map_err(told)?;
    }
    println!("installing the browser tests' packages, once; they are kept in {}", home.display());
    // Scripts of packages would run with the user's rights, and fetch what nobody pinned.
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(home);
    run(&mut npm)
        .map_err(|reason| format!("{reason}\nwithout a network this cannot be run the first time"))?;
    fs::write(mark, pins).map_err(told)
}

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn the_version_is_the_first_number() {
        assert_eq!(major("v20.11.1\n"), Some(20));
        assert_eq!(major("18.0.0"), Some(18));
        assert_eq!(major("node"), None);
    }
}
