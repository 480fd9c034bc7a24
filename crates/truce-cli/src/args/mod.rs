//! The command line: every command, its arguments and its help. The arguments stand in one file for each group of commands.

mod agreement;
mod carriage;
mod handing_in;
mod keys;
mod ledger;
mod reading;
mod span;
mod statements;
mod watching;
mod witnessing;

pub(crate) use agreement::{AccedeArgs, CharterCommand, InitArgs, KeyCommand, ProveKeyArgs};
pub(crate) use carriage::{CarryArgs, CarryAs};
pub(crate) use handing_in::{DeliveryArgs, OutboxArgs, OutboxCommand, Reach, SubmitArgs};
pub(crate) use keys::{LogKeyArgs, PassphraseArgs, SignerArgs};
pub(crate) use ledger::{
    AcceptClockArgs, BackupArgs, ExportArgs, ForksArgs, RecoverArgs, RestoreArgs, ServeArgs,
};
pub(crate) use reading::{
    ExploreArgs, FilterArgs, ListArgs, ProveArgs, ReceiptCommand, ShowArgs, StatusArgs, VerifyArgs,
};
pub(crate) use span::Span;
pub(crate) use statements::{DraftArgs, FeedCommand, ImportArgs, RefArgs, SignArgs, TakeUpArgs};
pub(crate) use watching::{MirrorArgs, MonitorArgs};
pub(crate) use witnessing::WitnessArgs;
#[cfg(feature = "witness")]
pub(crate) use witnessing::{NewArgs, WitnessCommand};

use clap::{Parser, Subcommand};
use clap_complete::Shell;
use std::path::PathBuf;

/// Commands grouped by purpose; a test checks that none is missing.
const GROUPED: &str = "\
{about-with-newline}
{usage-heading} {usage}

Keys and agreement:
  key           Make, show and prove keys
  charter       Write and check the charter of an agreement
  init          Make a ledger with the charter as its first entry
  accede        Sign the accession of a party

Statements:
  draft         Print a draft to fill in
  sign          Sign a draft
  import        Sign every row of a table
  feed          Show or take up the feed of a key

Without a network:
  carry         Carry a statement by QR code, radio or file, and join the parts

Ledger:
  submit        Have statements recorded
  outbox        Keep statements until a depositary has recorded them
  export        Publish a ledger as a directory
  backup        Write a backup of a ledger, even while a depositary runs
  restore       Put a backup back
  recover       Take the missing entries of a restored ledger from copies of the log
  forks         List and export the statements that contradict recorded ones
  accept-clock  Confirm, after `clock-jumped`, that the clock of this machine is right
  serve         Run a depositary: take statements over HTTP, publish them, have the log witnessed

Reading and verifying:
  list          List statements
  show          Show a statement in readable form
  prove         Write the proof that a statement is recorded
  verify        Verify a statement with its proof, a ledger, a published log or a fraud proof
  receipt       Put COSE receipts into statements, and take them out
  mirror        Keep a verified copy of a published log
  monitor       Watch copies and witnesses of a log, and prove fraud
  status        Show the state of a log
  explore       Serve the web explorer of a log, read-only

Witnessing:
  witness       Run a witness: cosign that logs only grow

This command:
  completions   Print completions for a shell
  man           Write the man pages
  help          Print help for a command

Options:
{options}{after-help}";

const EXITS: &str = "\
SOURCE is a ledger's folder or the directory of a published log.

Exit codes: 0 good, 1 usage, 2 refused, 3 verification failed, 4 files, store, keys or link.
Environment: TRUCE_PASSPHRASE (of a party's key), TRUCE_LOG_PASSPHRASE (of the log's key), TRUCE_OUTBOX (folder of
the outbox), TRUCE_LOG (filter of the log on standard error, such as `truce_log=info`; no log if it is not set).";

/// Sign, record, verify: a ledger of what parties to a ceasefire state.
#[derive(Debug, Parser)]
#[command(name = "truce", version, help_template = GROUPED, after_help = EXITS, max_term_width = 100)]
#[command(propagate_version = true, subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// Print one JSON document on standard output, and errors as JSON on standard error
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make, show and prove keys
    #[command(subcommand)]
    Key(KeyCommand),
    /// Write and check the charter of an agreement
    #[command(subcommand)]
    Charter(CharterCommand),
    Init(InitArgs),
    Accede(AccedeArgs),
    Draft(DraftArgs),
    Sign(SignArgs),
    Import(ImportArgs),
    /// Show or take up the feed of a key
    #[command(subcommand)]
    Feed(FeedCommand),
    Submit(SubmitArgs),
    /// Keep statements until a depositary has recorded them
    #[command(subcommand)]
    Outbox(OutboxCommand),
    Export(ExportArgs),
    Backup(BackupArgs),
    Restore(RestoreArgs),
    Recover(RecoverArgs),
    Forks(ForksArgs),
    AcceptClock(AcceptClockArgs),
    List(ListArgs),
    Show(ShowArgs),
    Prove(ProveArgs),
    Verify(VerifyArgs),
    /// Put COSE receipts into statements, and take them out
    #[command(subcommand)]
    Receipt(ReceiptCommand),
    Carry(CarryArgs),
    Mirror(MirrorArgs),
    Monitor(MonitorArgs),
    Status(StatusArgs),
    Explore(ExploreArgs),
    Serve(ServeArgs),
    Witness(WitnessArgs),
    /// Print completions for a shell
    #[command(after_help = "Example:\n  truce completions bash > /etc/bash_completion.d/truce")]
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Write the man pages, one for each command
    #[command(after_help = "Example:\n  truce man /usr/local/share/man/man1")]
    Man {
        /// Folder to write them to
        folder: PathBuf,
    },
}
