//! Handing in: `submit`, `outbox`.

use super::{LogKeyArgs, PassphraseArgs};
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Have statements recorded
#[derive(Debug, Args)]
#[command(after_help = "\
Each statement gets a receipt, and its proof is written beside it (NAME.tlog-proof). A statement that was recorded
before gets its first receipt again. Statements of one key must be given in the order they were signed.

With --to, statements go to a depositary over HTTP, through an outbox on disk that survives a lost link and a lost
machine: the same command, or `truce outbox send`, continues where it stopped. They count as delivered when the receipt
verifies.

Examples:
  truce submit ledger north-accession.cose seen.cose
  truce submit --to https://log.example.org --charter charter.cose seen.cose
  truce submit --to https://log.example.org --until final --wait 10m seen.cose")]
pub(crate) struct SubmitArgs {
    /// Folder of the ledger; with --to, the first statement
    pub(crate) ledger: PathBuf,
    /// Statements
    #[arg(required_unless_present = "to")]
    pub(crate) files: Vec<PathBuf>,
    /// Write no proof files
    #[arg(long, conflicts_with = "to")]
    pub(crate) no_proofs: bool,
    #[command(flatten)]
    pub(crate) delivery: DeliveryArgs,
    #[command(flatten)]
    pub(crate) log: LogKeyArgs,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
}

/// The folder of the outbox.
#[derive(Clone, Debug, Args)]
pub(crate) struct OutboxArgs {
    /// Folder of the outbox
    #[arg(
        long,
        value_name = "DIR",
        env = "TRUCE_OUTBOX",
        default_value = "outbox",
        help_heading = "Delivery"
    )]
    pub(crate) outbox: PathBuf,
}

/// Options of delivery over HTTP.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Delivery")]
pub(crate) struct DeliveryArgs {
    /// The depositary's address
    #[arg(long, value_name = "URL")]
    pub(crate) to: Option<String>,
    #[command(flatten)]
    pub(crate) outbox: OutboxArgs,
    /// The charter's file, which names the log's key and the witnesses; the outbox remembers it
    #[arg(long, value_name = "FILE", conflicts_with = "log")]
    pub(crate) charter: Option<PathBuf>,
    /// The log's public key (vkey); the outbox remembers it
    #[arg(long, value_name = "VKEY")]
    pub(crate) log: Option<String>,
    /// The policy whose quorum makes an entry final (c2sp.org/tlog-policy); the outbox remembers it
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,
    /// Certificates (PEM) of the authorities to trust for TLS, instead of the public ones
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
    /// The state that statements should reach
    #[arg(long, value_enum, default_value_t = Reach::Accepted)]
    pub(crate) until: Reach,
    /// Time to keep trying
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration)]
    pub(crate) wait: std::time::Duration,
    /// Longest time that one request may take
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration)]
    pub(crate) timeout: std::time::Duration,
    /// Try again statements that were refused, or whose receipt did not verify
    #[arg(long)]
    pub(crate) again: bool,
}

impl DeliveryArgs {
    /// An option that means nothing without an address.
    pub(crate) fn needs_address(&self) -> Option<&'static str> {
        let given = [
            ("--charter", self.charter.is_some()),
            ("--log", self.log.is_some()),
            ("--policy", self.policy.is_some()),
            ("--ca", self.ca.is_some()),
            ("--until", self.until == Reach::Final),
            ("--again", self.again),
        ];
        given.into_iter().find(|(_, given)| *given).map(|(option, _)| option)
    }
}

/// The state of delivery that satisfies a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Reach {
    /// The receipt verifies, up to a checkpoint that the log signed
    Accepted,
    /// The witnesses that the policy asks for have cosigned, too
    Final,
}

/// A time such as `90s`, `5m` or `1h 30m`; a bare number is seconds.
fn duration(text: &str) -> Result<std::time::Duration, String> {
    if let Ok(seconds) = text.parse() {
        return Ok(std::time::Duration::from_secs(seconds));
    }
    let read = text.parse::<jiff::SignedDuration>().map_err(|e| e.to_string())?;
    std::time::Duration::try_from(read).map_err(|_| "a time before now".to_owned())
}

#[derive(Debug, Subcommand)]
pub(crate) enum OutboxCommand {
    /// List the statements in the outbox, with the state of each
    List {
        #[command(flatten)]
        outbox: OutboxArgs,
        /// Only undelivered statements
        #[arg(long)]
        undelivered: bool,
    },
    /// Send queued statements, and get the receipts
    #[command(after_help = "\
Continues where an interrupted command stopped. The outbox remembers --to, --charter, --log and --policy.

Exit codes: 0 all delivered, 2 refused, 3 a receipt does not verify, 4 not reached, or still queued.

Examples:
  truce outbox send --to https://log.example.org --charter charter.cose
  truce outbox send --until final --wait 10m")]
    Send(DeliveryArgs),
    /// Put statements into the outbox, from files of another machine
    #[command(after_help = "Example:\n  truce outbox import /media/stick/*.cose")]
    Import {
        /// Files; - is standard input
        #[arg(required = true)]
        files: Vec<PathBuf>,
        #[command(flatten)]
        outbox: OutboxArgs,
    },
    /// Show one statement of the outbox, with the depositary's answer
    Show {
        /// Id of the statement, or its file
        statement: String,
        #[command(flatten)]
        outbox: OutboxArgs,
    },
    /// Take statements out of the outbox
    #[command(after_help = "\
A delivered statement can go once its proof is kept elsewhere. An undelivered one goes only with --undelivered: its
number in the feed is used up, so `truce feed take-up --withdraw` must follow.

Examples:
  truce outbox forget --delivered
  truce outbox forget 3f9a... --undelivered")]
    Forget {
        /// Ids of statements, or their files
        #[arg(required_unless_present = "delivered")]
        statements: Vec<String>,
        /// All delivered statements
        #[arg(long, conflicts_with = "statements")]
        delivered: bool,
        /// Also undelivered statements
        #[arg(long)]
        undelivered: bool,
        #[command(flatten)]
        outbox: OutboxArgs,
    },
}
