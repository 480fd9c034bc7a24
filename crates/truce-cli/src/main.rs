//! The `truce` command: sign, record, verify.
//!
//! # Data flow
//! ```text
//! arguments (args) --> one command (a module each) --> result on stdout (output), failure on stderr (exit)
//! keys + feed state --> sign --> FILE.cose --> submit --> ledger --> export --> published log
//!                                     \-> outbox --HTTP--> depositary
//! FILE.cose --> carry --> QR codes, radio lines --> carry --join --> FILE.cose
//! ledger or published log (source) --> list, show, prove, verify, mirror, monitor, status
//! ```
//! Standard output carries the result and nothing else; everything else goes to standard error.
//!
//! # Out of scope
//! Every decision about statements and logs: those are the libraries'. This crate reads files, asks for passphrases,
//! and puts things in words.

#[cfg(feature = "ledger")]
mod accept_clock;
mod args;
#[cfg(feature = "ledger")]
mod backup;
mod carry;
mod charter;
mod diag;
mod draft;
mod exit;
#[cfg(feature = "explorer")]
mod explore;
#[cfg(feature = "ledger")]
mod export;
mod feed_command;
mod files;
#[cfg(feature = "ledger")]
mod forks;
mod fraud;
mod import;
mod import_command;
#[cfg(feature = "ledger")]
mod init;
mod keys;
mod list;
mod manual;
mod mirror;
mod monitor;
mod named;
mod outbox;
mod output;
mod passphrase;
mod possession;
mod progress;
mod prove;
mod receipt_command;
#[cfg(feature = "ledger")]
mod recover;
mod refused;
#[cfg(feature = "service")]
mod serve;
mod show;
mod sign;
mod source;
mod status;
#[cfg(any(feature = "explorer", feature = "service", feature = "witness"))]
mod stop;
#[cfg(feature = "ledger")]
mod submit;
mod summary;
mod text;
mod verify;
mod vkey;
#[cfg(feature = "witness")]
mod witness;

use args::{Cli, Command};
use clap::Parser as _;
use exit::{Exit, Failure};
use output::Output;
use std::io::Write as _;
use std::process::ExitCode;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Many threads that make pages or check statements wait for one another in the system's allocator.
#[cfg(feature = "ledger")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return misunderstood(&error),
    };
    let output = Output { json: cli.json };
    output::set_form(output);
    match log_to_stderr().and_then(|()| run(&cli.command, output)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(output.json),
    }
}

fn run(command: &Command, output: Output) -> Result<(), Failure> {
    match command {
        Command::Key(command) => keys::run(command, output),
        Command::Charter(command) => charter::run(command, output),
        Command::Accede(args) => sign::accede(args, output),
        Command::Draft(args) => draft::run(args, output),
        Command::Sign(args) => sign::sign(args, output),
        Command::Import(args) => import_command::run(args, output),
        Command::Feed(command) => feed_command::run(command, output),
        #[cfg(feature = "ledger")]
        Command::Init(args) => init::run(args, output),
        Command::Submit(args) if args.delivery.to.is_some() => outbox::submit(args, output),
        Command::Outbox(command) => outbox::run(command, output),
        Command::Submit(args) if args.delivery.needs_address().is_some() => Err(no_address(args)),
        #[cfg(feature = "ledger")]
        Command::Submit(args) => submit::run(args, output),
        #[cfg(feature = "ledger")]
        Command::Export(args) => export::run(args, output),
        #[cfg(feature = "ledger")]
        Command::Backup(args) => backup::backup(args, output),
        #[cfg(feature = "ledger")]
        Command::Restore(args) => backup::restore(args, output),
        #[cfg(feature = "ledger")]
        Command::Recover(args) => recover::run(args, output),
        #[cfg(feature = "ledger")]
        Command::Forks(args) => forks::run(args, output),
        #[cfg(feature = "ledger")]
        Command::AcceptClock(args) => accept_clock::run(args, output),
        #[cfg(not(feature = "ledger"))]
        Command::Init(_)
        | Command::Submit(_)
        | Command::Export(_)
        | Command::Backup(_)
        | Command::Restore(_)
        | Command::Recover(_)
        | Command::Forks(_)
        | Command::AcceptClock(_) => Err(source::needs_ledger()),
        #[cfg(feature = "explorer")]
        Command::Explore(args) => explore::run(args, output),
        #[cfg(not(feature = "explorer"))]
        Command::Explore(_) => Err(source::needs_ledger()),
        #[cfg(feature = "service")]
        Command::Serve(args) => serve::run(args, output),
        #[cfg(not(feature = "service"))]
        Command::Serve(_) => Err(source::needs_ledger()),
        #[cfg(feature = "witness")]
        Command::Witness(args) => witness::run(args, output),
        #[cfg(not(feature = "witness"))]
        Command::Witness(_) => Err(Failure::usage("needs-witness", "this build of truce runs no witness")
            .next("use a build with it: cargo build -p truce-cli --no-default-features --features witness")),
        Command::List(args) => list::run(args, output),
        Command::Show(args) => show::run(args, output),
        Command::Prove(args) => prove::run(args, output),
        Command::Verify(args) => verify::run(args, output),
        Command::Receipt(command) => receipt_command::run(command, output),
        Command::Carry(args) => carry::run(args, output),
        Command::Mirror(args) => mirror::run(args, output),
        Command::Monitor(args) => monitor::run(args, output),
        Command::Status(args) => status::run(args, output),
        Command::Completions { shell } => manual::completions(*shell, output),
        Command::Man { folder } => manual::pages(folder, output),
    }
}

/// Delivery was described, and not where to.
fn no_address(args: &args::SubmitArgs) -> Failure {
    let option = args.delivery.needs_address().unwrap_or_default();
    Failure::usage("no-address", format!("{option} is for statements that go to a depositary over HTTP"))
        .next("say where to, with --to URL")
}

/// The arguments were not understood, or were a request for help.
fn misunderstood(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        // Help and version. A reader that has gone needs no telling.
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    let code = "usage";
    if std::env::args_os().any(|arg| arg == "--json") {
        let text = error.to_string();
        let first = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
        return Failure::new(Exit::Usage, code, first).next("see `truce help`").report(true);
    }
    let _ = error.print();
    if error.kind() != clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        let _ = writeln!(std::io::stderr(), "  code: {code}");
    }
    ExitCode::from(Exit::Usage as u8)
}

/// Sends the libraries' log lines to standard error, if `TRUCE_LOG` asks for them.
fn log_to_stderr() -> Result<(), Failure> {
    let asked = std::env::var("TRUCE_LOG").unwrap_or_default();
    // Nothing is asked for with an empty text; as a list of targets it would be an error.
    let asked = if asked.trim().is_empty() { "off" } else { &asked };
    let wanted: Targets = asked.parse().map_err(|e| {
        Failure::usage("bad-log-filter", format!("TRUCE_LOG: {e}")).next(
            "name levels, or targets with levels, such as `info` or `truce_log=info,truce_witness=debug`",
        )
    })?;
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(true);
    // Fails only where a subscriber is set already, which is nowhere.
    let _ = tracing_subscriber::registry().with(lines).with(wanted).try_init();
    Ok(())
}
