//! Runs the `truce` command, which stands in the same folder as this program.

use super::Step;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

pub(super) struct Truce {
    program: PathBuf,
    folder: PathBuf,
}

impl Truce {
    /// Works in `folder`.
    pub(super) fn new(folder: &Path) -> Step<Self> {
        let me = std::env::current_exe().map_err(|e| e.to_string())?;
        let program = me.with_file_name("truce");
        if !program.is_file() {
            return Err(format!(
                "{} is missing: build it with `cargo build --release -p truce-cli`",
                program.display()
            ));
        }
        Ok(Self { program, folder: folder.to_owned() })
    }

    pub(super) fn program(&self) -> &Path {
        &self.program
    }

    /// Runs a command that must succeed.
    pub(super) fn run(&self, args: &[&str]) -> Step<String> {
        self.run_with(args, &[0])
    }

    /// Runs a command that must succeed, with its words and its output shown.
    pub(super) fn show(&self, args: &[&str]) -> Step<()> {
        println!("   $ truce {}", args.join(" "));
        for line in self.run(args)?.lines() {
            println!("     {line}");
        }
        Ok(())
    }

    /// Runs a command that must succeed, and reads its JSON.
    pub(super) fn json(&self, args: &[&str]) -> Step<Value> {
        self.json_with(args, &[0])
    }

    pub(super) fn json_with(&self, args: &[&str], codes: &[i32]) -> Step<Value> {
        let out = self.run_with(&[&["--json"], args].concat(), codes)?;
        serde_json::from_str(&out).map_err(|e| format!("truce {}: {e}", args.join(" ")))
    }

    /// Runs a command that must end with one of `codes`.
    pub(super) fn run_with(&self, args: &[&str], codes: &[i32]) -> Step<String> {
        let out = self.output(args)?;
        if out.status.code().is_some_and(|code| codes.contains(&code)) {
            return String::from_utf8(out.stdout).map_err(|e| e.to_string());
        }
        let said = String::from_utf8_lossy(&out.stderr).into_owned() + &String::from_utf8_lossy(&out.stdout);
        Err(format!("truce {}: {}\n{said}", args.join(" "), out.status))
    }

    /// Runs a command that goes on until it is interrupted, with its output as it comes.
    pub(super) fn serve(&self, args: &[&str]) -> Step<()> {
        let mut command = Command::new(&self.program);
        command.args(args).current_dir(&self.folder).env_remove("TRUCE_LOG");
        let status = command.status().map_err(|e| format!("{}: {e}", self.program.display()))?;
        if status.success() { Ok(()) } else { Err(format!("truce {}: {status}", args.join(" "))) }
    }

    /// Writes what a command puts out to a file.
    pub(super) fn save(&self, args: &[&str], file: &str) -> Step<()> {
        let out = self.output(args)?;
        std::fs::write(self.folder.join(file), out.stdout).map_err(|e| e.to_string())
    }

    /// Writes a file in the folder.
    pub(super) fn write(&self, file: &str, text: &str) -> Step<()> {
        std::fs::write(self.folder.join(file), text).map_err(|e| format!("{file}: {e}"))
    }

    /// Whether a file is in the folder.
    pub(super) fn has(&self, file: &str) -> bool {
        self.folder.join(file).exists()
    }

    /// Removes a file that may be there.
    pub(super) fn remove(&self, file: &str) -> Step<()> {
        match std::fs::remove_file(self.folder.join(file)) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(format!("{file}: {e}")),
            _ => Ok(()),
        }
    }

    fn output(&self, args: &[&str]) -> Step<Output> {
        let mut command = Command::new(&self.program);
        command.args(args).current_dir(&self.folder).env_remove("TRUCE_LOG");
        command.output().map_err(|e| format!("{}: {e}", self.program.display()))
    }
}
