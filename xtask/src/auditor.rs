//! An auditor's build of `truce`: without RocksDB, without a server, and quick.

use std::fs;
use std::io;
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::workspace::{Workspace, output, run};

const PACKAGE: [&str; 4] = ["--package", "truce-cli", "--no-default-features", "--locked"];

/// What an auditor must not have to compile.
const ABSENT: [&str; 4] = ["rocksdb", "librocksdb-sys", "bindgen", "tokio"];

/// The longest such a build may take on two cores.
const BAR: Duration = Duration::from_secs(180);

/// Builds from nothing, prints the time, and looks for what must be absent.
pub(crate) fn check(workspace: &Workspace) -> Outcome {
    let mut tree = workspace.cargo(&["tree", "--edges", "normal,build", "--prefix", "none"]);
    let listing = output(tree.args(PACKAGE))?;
    let present = found_in(&listing);
    if !present.is_empty() {
        return Err(format!("truce without default features depends on {}", present.join(", ")));
    }
    println!("dependencies: {}; none of {}", packages(&listing), ABSENT.join(", "));

    let target = workspace.target().join("auditor");
    match fs::remove_dir_all(&target) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(format!("{}: {error}", target.display()));
        }
        _ => {}
    }
    let mut build = workspace.cargo(&["build", "--release"]);
    build.args(PACKAGE).env("CARGO_TARGET_DIR", &target);
    let start = Instant::now();
    run(&mut build)?;
    let time = start.elapsed();

    let program = target.join("release").join("truce");
    run(std::process::Command::new(&program).arg("--version"))?;
    let size = fs::metadata(&program).map_err(|error| format!("truce: {error}"))?.len();
    println!(
        "auditor's build from nothing: {} s (bar: {} s), {} KiB",
        time.as_secs(),
        BAR.as_secs(),
        size / 1024
    );
    if time > BAR {
        // Other work on the machine must not fail a correct tree, so this is said, not enforced.
        println!("SLOWER THAN THE BAR; on an idle machine of two cores this is a defect");
    }
    Ok(())
}

/// Which of the packages that must be absent a `cargo tree` names.
fn found_in(listing: &str) -> Vec<&'static str> {
    let names = || listing.lines().filter_map(|line| line.split_whitespace().next());
    ABSENT.into_iter().filter(|absent| names().any(|name| name == *absent)).collect()
}

/// How many packages a `cargo tree` names, repetitions left out.
fn packages(listing: &str) -> usize {
    let mut names: Vec<&str> =
        listing.lines().map(|line| line.trim_end_matches(" (*)")).filter(|l| !l.is_empty()).collect();
    names.sort_unstable();
    names.dedup();
    names.len()
}

#[cfg(test)]
mod tests {
    use super::{found_in, packages};

    const CLEAN: &str = "truce-cli v0.1.0 (/src/crates/truce-cli)\nclap v4.6.1\nclap v4.6.1 (*)\n";

    #[test]
    fn names_are_compared_whole() {
        assert!(found_in(CLEAN).is_empty());
        assert!(found_in("tokio-macros v2.5.0\nrocksdb-like v1.0.0\n").is_empty());
        assert_eq!(found_in("clap v4.6.1\ntokio v1.50.0\n"), ["tokio"]);
    }

    #[test]
    fn a_repeated_package_counts_once() {
        assert_eq!(packages(CLEAN), 2);
    }
}
