//! Completions for shells and pages for man, made from the command line's own description.

use crate::args::Cli;
use crate::exit::Failure;
use crate::output::Output;
use clap::CommandFactory as _;
use clap_complete::Shell;
use serde_json::json;
use std::fs;
use std::path::Path;

/// `truce completions`.
pub(crate) fn completions(shell: Shell, output: Output) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "truce", &mut script);
    let script = String::from_utf8_lossy(&script);
    output.result(|| script.to_string(), || json!({ "shell": shell.to_string(), "script": script }))
}

/// `truce man`.
pub(crate) fn pages(folder: &Path, output: Output) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(|e| Failure::file(folder, &e))?;
    let command = Cli::command().disable_help_subcommand(true);
    clap_mangen::generate_to(command, folder).map_err(|e| Failure::file(folder, &e))?;
    output.result(|| format!("{}: man pages written", folder.display()), || json!({ "folder": folder }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_grouped_help_names_every_command() {
        let mut command = Cli::command();
        let help = command.render_help().to_string();
        for sub in command.get_subcommands() {
            let line = format!("\n  {:<12}  ", sub.get_name());
            assert!(help.contains(&line), "{} is missing from the help", sub.get_name());
        }
    }
}
