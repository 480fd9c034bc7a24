//! Set-up, demonstration, tests and bars of the workspace: `cargo xtask help`.
//!
//! Uses the standard library alone, so that the first command on a new machine starts within
//! seconds and does not wait for the packages it is there to prepare.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod auditor;
mod browser;
mod deny;
mod first_build;
mod libclang;
mod limit;
mod mended;
mod programs;
mod python;
mod rocksdb;
mod setup;
mod stages;
mod tasks;
mod workspace;

use std::process::ExitCode;

use tasks::Task;
use workspace::Workspace;

/// What a task ends with; the error is a sentence for the person at the terminal.
type Outcome = Result<(), String>;

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let name = args.next().unwrap_or_else(|| "help".to_owned());
    let rest: Vec<String> = args.collect();

    let Some(task) = Task::named(&name) else {
        eprintln!("xtask: there is no task {name:?}; `cargo xtask help` lists them");
        return ExitCode::from(1);
    };
    if rest.iter().any(|arg| arg == "--help" || arg == "-h") && !task.passes_arguments() {
        println!("{}", task.help());
        return ExitCode::SUCCESS;
    }
    match run(task, &rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("xtask {name}: {reason}");
            ExitCode::from(2)
        }
    }
}

fn run(task: &Task, args: &[String]) -> Outcome {
    if let Some(unknown) = task.unknown_flag(args) {
        return Err(format!("there is no option {unknown:?}\n{}", task.help()));
    }
    let workspace = Workspace::find()?;
    match task.name {
        "help" => {
            print!("{}", tasks::overview());
            Ok(())
        }
        "setup" => setup::prepare().and_then(|()| workspace.prepare_rocksdb()),
        "test" => stages::test(&workspace, args.iter().any(|arg| arg == "--quick")),
        "lint" => stages::lint(&workspace),
        "deny" => deny::check(&workspace, deny::Missing::Install),
        "auditor" => auditor::check(&workspace),
        "first-build" => {
            let before =
                args.first().ok_or("name the commit to compare with: cargo xtask first-build COMMIT")?;
            first_build::measure(&workspace, before)
        }
        "rocksdb" => {
            setup::prepare()?;
            rocksdb::check(&workspace, args.iter().any(|arg| arg == "--whole"))
        }
        program => {
            setup::prepare()?;
            workspace.prepare_rocksdb()?;
            programs::run(&workspace, program, args)
        }
    }
}
