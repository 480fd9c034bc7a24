//! Everything `cargo xtask test` runs, in order, and the table at its end.

use std::fmt::Write as _;
use std::time::{Duration, Instant, SystemTime};

use crate::limit::Limit;
use crate::workspace::Workspace;
use crate::{Outcome, auditor, deny, mended, programs, rocksdb, setup};

/// One thing that must hold.
struct Stage {
    name: &'static str,
    /// Part of `--quick`.
    quick: bool,
    /// Minutes after which it is taken to hang.
    limit: u64,
    run: fn(&Workspace, Depth) -> Outcome,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Depth {
    Quick,
    Full,
}

/// Limit of a stage that may have to compile `RocksDB` on two busy cores.
const COMPILES: u64 = 45;
/// Limit of a stage that at most compiles our own crates: the longest takes six minutes.
const RUNS: u64 = 15;

/// Cheap ones first, but for RocksDB, which all others link; and cargo-deny, which a new machine builds from source for
/// minutes, last. All of them use the release profile.
const STAGES: &[Stage] = &[
    Stage { name: "lock file", quick: true, limit: RUNS, run: |w, _| lock_file(w) },
    Stage { name: "set-up", quick: true, limit: COMPILES, run: |w, _| set_up(w) },
    Stage { name: "rocksdb", quick: false, limit: RUNS, run: |w, _| rocksdb::check(w, false) },
    Stage { name: "format", quick: true, limit: RUNS, run: |w, _| format(w) },
    Stage { name: "clippy", quick: true, limit: COMPILES, run: |w, _| clippy(w) },
    // Before the tests, which hold it against the whole program: one of an earlier commit knows other formats.
    Stage { name: "auditor", quick: false, limit: COMPILES, run: |w, _| auditor::check(w) },
    Stage { name: "truce", quick: true, limit: COMPILES, run: |w, _| build(w) },
    Stage { name: "tests", quick: true, limit: COMPILES, run: |w, _| tests(w) },
    Stage { name: "mended", quick: true, limit: RUNS, run: |w, _| mended::check(w) },
    Stage { name: "docs", quick: true, limit: COMPILES, run: |w, _| docs(w) },
    Stage {
        name: "vectors",
        quick: true,
        limit: RUNS,
        run: |w, _| program(w, "vectors", &["--check", "--python"]),
    },
    Stage { name: "schema", quick: true, limit: RUNS, run: |w, _| program(w, "schema", &["--check"]) },
    Stage { name: "tamper", quick: false, limit: RUNS, run: |w, _| program(w, "tamper", &[]) },
    Stage { name: "crash", quick: false, limit: RUNS, run: |w, _| program(w, "crash", &["--kills", "20"]) },
    Stage { name: "fuzz", quick: false, limit: RUNS, run: |w, _| program(w, "fuzz", &["--seconds", "5"]) },
    Stage { name: "demo", quick: false, limit: RUNS, run: |w, _| program(w, "demo", &["--once"]) },
    Stage { name: "browser", quick: false, limit: RUNS, run: |w, _| program(w, "browser", &[]) },
    Stage { name: "liar", quick: false, limit: RUNS, run: |w, _| program(w, "liar", &[]) },
    Stage { name: "api", quick: false, limit: RUNS, run: |w, _| program(w, "api", &[]) },
    Stage { name: "s3", quick: false, limit: RUNS, run: |w, _| program(w, "s3", &[]) },
    Stage {
        name: "hostile",
        quick: false,
        limit: RUNS,
        run: |w, _| program(w, "hostile", &["--requests", "4000", "--seconds", "10"]),
    },
    Stage { name: "dishonest", quick: false, limit: RUNS, run: |w, _| program(w, "dishonest", &[]) },
    Stage {
        name: "storm",
        quick: false,
        limit: RUNS,
        run: |w, _| program(w, "storm", &["--seconds", "120"]),
    },
    Stage { name: "deny", quick: true, limit: COMPILES, run: |w, depth| dependencies(w, depth) },
    Stage { name: "clean tree", quick: false, limit: RUNS, run: |w, _| clean_tree(w) },
];

/// Runs every stage, also after one failed, and prints the table.
pub(crate) fn test(workspace: &Workspace, quick: bool) -> Outcome {
    let depth = if quick { Depth::Quick } else { Depth::Full };
    let (began, clock) = (Instant::now(), SystemTime::now());
    let mut results = Vec::new();
    for stage in STAGES {
        let start = Instant::now();
        let verdict = if quick && !stage.quick {
            Verdict::LeftOut("--quick")
        } else {
            println!("\n==== {} ====", stage.name);
            within(stage.limit, || (stage.run)(workspace, depth))
        };
        if let Verdict::Failed(reason) = &verdict {
            println!("FAILED: {reason}");
        }
        results.push(Ended { name: stage.name, verdict, time: start.elapsed() });
    }
    print!("\n{}", table(&results, began.elapsed()));
    if rocksdb::compiled_by_its_package(workspace, clock) {
        println!("RocksDB was compiled by its own package in this run; see docs/building.md");
    }
    let failed = results.iter().filter(|ended| matches!(ended.verdict, Verdict::Failed(_))).count();
    if failed == 0 { Ok(()) } else { Err(format!("{failed} of the stages failed")) }
}

/// What a stage ends with, which is ended when it takes longer than `minutes`.
fn within(minutes: u64, stage: impl FnOnce() -> Outcome) -> Verdict {
    let limit = Limit::start(Duration::from_secs(60 * minutes), std::process::id());
    let outcome = stage();
    match (limit.stop(), outcome) {
        (true, Err(reason)) => {
            Verdict::Failed(format!("took over {minutes} minutes and was ended: {reason}"))
        }
        (_, outcome) => Verdict::of(outcome),
    }
}

/// Formatting and clippy alone.
pub(crate) fn lint(workspace: &Workspace) -> Outcome {
    setup::prepare_rust_components()?;
    format(workspace)?;
    setup::prepare()?;
    workspace.prepare_rocksdb()?;
    clippy(workspace)
}

fn set_up(workspace: &Workspace) -> Outcome {
    setup::prepare_rust_components()?;
    setup::prepare()?;
    workspace.prepare_rocksdb()
}

fn lock_file(workspace: &Workspace) -> Outcome {
    workspace.run_cargo(&["fetch", "--locked"])
}

fn format(workspace: &Workspace) -> Outcome {
    workspace.run_cargo(&["fmt", "--all", "--check"])
}

fn dependencies(workspace: &Workspace, depth: Depth) -> Outcome {
    let missing = if depth == Depth::Quick { deny::Missing::Skip } else { deny::Missing::Install };
    deny::check(workspace, missing)
}

fn clippy(workspace: &Workspace) -> Outcome {
    workspace.run_cargo(&[
        "clippy",
        "--release",
        "--workspace",
        "--all-targets",
        "--locked",
        "--",
        "-D",
        "warnings",
    ])
}

/// The command itself, which the tests of the whole system run.
fn build(workspace: &Workspace) -> Outcome {
    workspace.run_cargo(&["build", "--release", "--workspace", "--bins", "--locked"])
}

fn tests(workspace: &Workspace) -> Outcome {
    workspace.run_cargo(&["test", "--release", "--workspace", "--no-fail-fast", "--locked"])
}

fn docs(workspace: &Workspace) -> Outcome {
    let mut command = workspace.cargo(&["doc", "--release", "--workspace", "--no-deps", "--locked"]);
    crate::workspace::run(command.env("RUSTDOCFLAGS", "-D warnings"))
}

fn program(workspace: &Workspace, name: &str, args: &[&str]) -> Outcome {
    let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
    programs::run(workspace, name, &args)
}

/// Nothing above wrote into the checkout: generated files are up to date, and tests tidy up.
fn clean_tree(workspace: &Workspace) -> Outcome {
    let mut git = std::process::Command::new("git");
    git.args(["status", "--porcelain"]).current_dir(workspace.root());
    let Ok(changed) = crate::workspace::output(&mut git) else {
        println!("not a git checkout: nothing to compare with");
        return Ok(());
    };
    // On a developer's machine unfinished work is no defect.
    if changed.is_empty() || std::env::var_os("CI").is_none() {
        print!("{changed}");
        Ok(())
    } else {
        Err(format!("the stages changed the checkout:\n{changed}"))
    }
}

#[derive(Debug)]
enum Verdict {
    Passed,
    Failed(String),
    LeftOut(&'static str),
}

impl Verdict {
    fn of(outcome: Outcome) -> Self {
        outcome.map_or_else(Self::Failed, |()| Self::Passed)
    }

    fn word(&self) -> String {
        match self {
            Self::Passed => "passed".to_owned(),
            Self::Failed(_) => "FAILED".to_owned(),
            Self::LeftOut(why) => format!("left out: {why}"),
        }
    }
}

struct Ended {
    name: &'static str,
    verdict: Verdict,
    time: Duration,
}

/// The stages with their times, the reasons of those that failed, and a line of counts.
fn table(results: &[Ended], whole: Duration) -> String {
    let mut text = String::from("stage            time  result\n");
    for ended in results {
        let _ = writeln!(text, "{:<12} {:>8}  {}", ended.name, clock(ended.time), ended.verdict.word());
    }
    let _ = writeln!(text, "{:<12} {:>8}", "all", clock(whole));
    for ended in results {
        if let Verdict::Failed(reason) = &ended.verdict {
            let _ = writeln!(text, "{}: {}", ended.name, reason.lines().next().unwrap_or_default());
        }
    }
    let count = |wanted: fn(&Verdict) -> bool| results.iter().filter(|ended| wanted(&ended.verdict)).count();
    let _ = writeln!(
        text,
        "stages: {} passed, {} failed, {} skipped",
        count(|verdict| matches!(verdict, Verdict::Passed)),
        count(|verdict| matches!(verdict, Verdict::Failed(_))),
        count(|verdict| matches!(verdict, Verdict::LeftOut(_))),
    );
    text
}

/// Minutes and seconds, with tenths below one minute.
fn clock(time: Duration) -> String {
    if time < Duration::from_secs(60) {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{}:{:02}", time.as_secs() / 60, time.as_secs() % 60)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Ended, Verdict, clock, table};

    #[test]
    fn the_table_counts_and_gives_reasons() {
        let ended = |name, verdict| Ended { name, verdict, time: Duration::from_millis(1234) };
        let text = table(
            &[
                ended("format", Verdict::Passed),
                ended("clippy", Verdict::Failed("cargo clippy: exit status: 101\nmore".into())),
                ended("demo", Verdict::LeftOut("--quick")),
            ],
            Duration::from_secs(200),
        );
        assert!(text.contains("clippy          1.2 s  FAILED\n"), "{text}");
        assert!(text.contains("all              3:20\n"), "{text}");
        assert!(text.contains("clippy: cargo clippy: exit status: 101\n"), "{text}");
        assert!(text.ends_with("stages: 1 passed, 1 failed, 1 skipped\n"), "{text}");
    }

    #[test]
    fn times_are_short() {
        assert_eq!(clock(Duration::from_millis(59_900)), "59.9 s");
        assert_eq!(clock(Duration::from_secs(3_605)), "60:05");
    }
}
