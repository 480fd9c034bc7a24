//! The time from a fresh clone to the end of the demonstration, against a commit before: both built from nothing, in turns.
//!
//! Processor time is that of everything that was started and waited for. Packages that cargo has fetched are shared, and so
//! are the system's; nothing compiled is.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::Outcome;
use crate::workspace::{Workspace, output, run};

/// Ticks a second of the times in `/proc` (`USER_HZ`, 100 on every Linux).
const TICKS: f64 = 100.0;

/// One thing to be built in both.
struct Build {
    key: &'static str,
    /// Arguments of cargo.
    command: &'static [&'static str],
    /// The largest ratio of time, and of processor time.
    bar: f64,
}

const BUILDS: &[Build] = &[
    Build { key: "first_build_vs_before", command: &["xtask", "demo", "--once"], bar: 0.40 },
    Build {
        key: "auditor_build_vs_before",
        command: &["build", "--release", "--package", "truce-cli", "--no-default-features", "--locked"],
        bar: 0.80,
    },
];

/// Seconds.
#[derive(Clone, Copy)]
struct Took {
    time: f64,
    processor: f64,
}

/// Builds `before` (any commit that git knows) and what is checked out, and prints the ratios.
///
/// # Errors
/// One sentence, where a clone or a build fails or a ratio is above its bar.
pub(crate) fn measure(workspace: &Workspace, before: &str) -> Outcome {
    let folder = workspace.target().join(format!("first-build-{}", std::process::id()));
    let outcome = compare(workspace, before, &folder);
    let _ = fs::remove_dir_all(&folder);
    outcome
}

fn compare(workspace: &Workspace, before: &str, folder: &Path) -> Outcome {
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let clones =
        [clone(workspace, before, &folder.join("before"))?, clone(workspace, "HEAD", &folder.join("now"))?];
    let mut missed = Vec::new();
    for build in BUILDS {
        let mut took = Vec::new();
        for clone in &clones {
            let target = clone.with_extension("target");
            took.push(timed(clone, &target, build.command)?);
            fs::remove_dir_all(&target).map_err(|error| format!("{}: {error}", target.display()))?;
        }
        let [was, is] = took.as_slice() else { continue };
        let (time, processor) = (is.time / was.time, is.processor / was.processor);
        println!(
            "{}  time {time:.3} ({:.0} s, before {:.0} s), processor time {processor:.3} ({:.0} s, before {:.0} s); bar {:.2}",
            build.key, is.time, was.time, is.processor, was.processor, build.bar
        );
        if time.max(processor) > build.bar {
            missed.push(build.key);
        }
    }
    if missed.is_empty() { Ok(()) } else { Err(format!("above the bar: {}", missed.join(", "))) }
}

fn clone(workspace: &Workspace, revision: &str, to: &Path) -> Result<PathBuf, String> {
    let commit = output(Command::new("git").current_dir(workspace.root()).args(["rev-parse", revision]))?;
    run(Command::new("git").args(["clone", "--quiet", "--no-checkout"]).arg(workspace.root()).arg(to))?;
    run(Command::new("git").current_dir(to).args(["checkout", "--quiet", "--detach", commit.trim()]))?;
    Ok(to.to_path_buf())
}

fn timed(clone: &Path, target: &Path, command: &[&str]) -> Result<Took, String> {
    let (start, used) = (Instant::now(), processor_of_children()?);
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(command).current_dir(clone).env("CARGO_TARGET_DIR", target);
    // What cargo set for this program speaks of the checkout in which it was started.
    for name in ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "ROCKSDB_LIB_DIR", "ROCKSDB_STATIC"] {
        cargo.env_remove(name);
    }
    run(&mut cargo)?;
    Ok(Took { time: start.elapsed().as_secs_f64(), processor: processor_of_children()? - used })
}

/// Processor seconds of all processes that were started from here and have ended (`proc_pid_stat(5)`, fields 16 and 17).
fn processor_of_children() -> Result<f64, String> {
    let text = fs::read_to_string("/proc/self/stat").map_err(|error| format!("/proc/self/stat: {error}"))?;
    children_in(&text).ok_or_else(|| "/proc/self/stat has another form".to_owned())
}

fn children_in(stat: &str) -> Option<f64> {
    // The second field is the program's name in brackets and may hold anything.
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split(' ').skip(13).map(str::parse::<f64>);
    Some((fields.next()?.ok()? + fields.next()?.ok()?) / TICKS)
}

#[cfg(test)]
mod tests {
    use super::children_in;

    #[test]
    fn a_name_with_brackets_shifts_no_field() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194304 1 2 3 4 50 60 700 800 20 0 1";
        assert_eq!(children_in(stat), Some(15.0));
        assert_eq!(children_in("7 (a) S 1"), None);
    }
}
