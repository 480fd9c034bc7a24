//! Where the workspace and its builds are, and how cargo is called.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::OnceLock;

use crate::{Outcome, rocksdb};

/// The checked-out workspace.
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
    /// Where cargo finds RocksDB's archive; empty until it is made, and where the package makes its own.
    rocksdb: OnceLock<Vec<(&'static str, PathBuf)>>,
}

impl Workspace {
    /// The workspace this program was started in, or built from where cargo did not start it; builds go where cargo would
    /// put them.
    pub(crate) fn find() -> Result<Self, String> {
        // Two checkouts that share a target directory share this program too: what was true when it was built may not be.
        let package = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let root = Path::new(&package).parent().ok_or("xtask lies outside a workspace")?.to_path_buf();
        let target = env::var_os("CARGO_TARGET_DIR").map_or_else(
            || Ok(root.join("target")),
            |dir| std::path::absolute(dir).map_err(|error| format!("CARGO_TARGET_DIR: {error}")),
        )?;
        Ok(Self { root, target, rocksdb: OnceLock::new() })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Where cargo puts what it builds.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// A cargo command that runs at the root of the workspace.
    pub(crate) fn cargo(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(args).current_dir(&self.root).env("CARGO_TARGET_DIR", &self.target);
        command.envs(self.rocksdb.get().into_iter().flatten().map(|(name, value)| (name, value)));
        command
    }

    /// Runs cargo to its end.
    pub(crate) fn run_cargo(&self, args: &[&str]) -> Outcome {
        run(&mut self.cargo(args))
    }

    /// Compiles RocksDB unless that was done before; every later cargo command links the archive.
    pub(crate) fn prepare_rocksdb(&self) -> Outcome {
        if self.rocksdb.get().is_none() {
            let _ = self.rocksdb.set(rocksdb::prepare(self)?);
        }
        Ok(())
    }
}

/// Runs a command to its end; an error when it cannot be started or does not end well.
pub(crate) fn run(command: &mut Command) -> Outcome {
    status(command).and_then(|status| succeeded(command, status))
}

/// What a command printed to standard output; an error when it did not end well.
pub(crate) fn output(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("{}: {error}", shown(command)))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!(
            "{}: {}\n{}",
            shown(command),
            output.status,
            String::from_utf8_lossy(&output.stderr).trim_end()
        ))
    }
}

fn status(command: &mut Command) -> Result<ExitStatus, String> {
    command.status().map_err(|error| format!("{}: {error}", shown(command)))
}

fn succeeded(command: &Command, status: ExitStatus) -> Outcome {
    if status.success() { Ok(()) } else { Err(format!("{}: {status}", shown(command))) }
}

/// The command as a person would type it.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    let mut text = name.to_string_lossy().into_owned();
    for arg in command.get_args() {
        text.push(' ');
        text.push_str(&arg.to_string_lossy());
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::process::Command;

    use super::{Workspace, output, run, shown};

    #[test]
    fn the_root_holds_the_lock_file() {
        assert!(Workspace::find().unwrap().root().join("Cargo.lock").is_file());
    }

    #[test]
    fn a_failed_command_is_named() {
        let reason = run(Command::new("false").arg("--really")).unwrap_err();
        assert!(reason.starts_with("false --really: "), "{reason}");
        assert!(output(&mut Command::new("/nonexistent/tool")).unwrap_err().starts_with("tool: "));
    }

    #[test]
    fn commands_are_shown_without_their_folder() {
        assert_eq!(shown(Command::new("/usr/bin/apt-get").arg("update")), "apt-get update");
    }
}
