//! Statements: `draft`, `sign`, `import`, `feed`.

use super::handing_in::OutboxArgs;
use super::{LogKeyArgs, PassphraseArgs, SignerArgs};
use crate::import::{Format, Layout};
use clap::{Args, Subcommand};
use std::path::PathBuf;
use truce_statement::{Kind, PartyId};

#[derive(Debug, Subcommand)]
pub(crate) enum FeedCommand {
    /// Show the state of a key's feed, and write out statements that an interrupted command left unsent
    Show {
        /// The private key file
        key: PathBuf,
    },
    TakeUp(TakeUpArgs),
}

/// Take the state of a feed from a log: after a refusal, or when the feed file was lost
#[derive(Debug, Args)]
#[command(after_help = "\
A signed statement has used up its number. If the log refused it, the next one would leave a gap: --withdraw states that
the refused statements will never be submitted again, and continues from the log's state; they leave the outbox too.
Statements signed here are compared by their ids: nothing is given up without --withdraw.

Examples:
  truce feed take-up hub.pem ledger --withdraw
  truce feed take-up hub.pem https://log.example.org
  truce feed take-up hub.pem --withdraw")]
pub(crate) struct TakeUpArgs {
    /// The private key file
    pub(crate) key: PathBuf,
    /// Ledger's folder, published log, or URL of a depositary; by default the depositary that the outbox knows
    pub(crate) source: Option<PathBuf>,
    /// Go back to the log's state: statements signed beyond it are given up for good
    #[arg(long)]
    pub(crate) withdraw: bool,
    /// The party that signs; needed if the feed file was lost and SOURCE is a URL
    #[arg(long, value_name = "ID")]
    pub(crate) party: Option<PartyId>,
    /// The agreement: its id or the charter's file; needed when --party is, unless the outbox knows it
    #[arg(long, value_name = "ID|FILE")]
    pub(crate) agreement: Option<String>,
    /// Certificates (PEM) of the authorities to trust for TLS, instead of the public ones
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) outbox: OutboxArgs,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
}

/// Print a draft to fill in
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  truce draft observation > seen.jsonc")]
pub(crate) struct DraftArgs {
    /// Kind of statement
    #[arg(required_unless_present = "list")]
    pub(crate) kind: Option<Kind>,
    /// List the kinds, and the roles that may sign them
    #[arg(long)]
    pub(crate) list: bool,
    /// Print the JSON Schema of the draft instead
    #[arg(long)]
    pub(crate) schema: bool,
}

/// Sign a draft
#[derive(Debug, Args)]
#[command(after_help = "\
A key signs its statements in order; KEY.feed keeps its state. The first time, give the key's party (--party) and
agreement (--agreement, or --ledger).

Examples:
  truce sign seen.jsonc --key hub.pem --party mission --agreement charter.cose
  truce sign seen.jsonc --key hub.pem --corrects seen-before.cose
  truce draft inquiry | edit | truce sign - --key hub.pem --out question.cose")]
pub(crate) struct SignArgs {
    /// The draft; - is standard input
    pub(crate) draft: PathBuf,
    #[command(flatten)]
    pub(crate) signer: SignerArgs,
    #[command(flatten)]
    pub(crate) refs: RefArgs,
    /// Proof of possession of a key that the draft grants, as `truce key prove` writes it
    #[arg(long, value_name = "FILE")]
    pub(crate) proof: Vec<PathBuf>,
    /// Log's public key (vkey), or the charter's file, to check --seen with
    #[arg(long, value_name = "VKEY|FILE", requires = "seen")]
    pub(crate) log: Option<String>,
    /// A checkpoint of the log, verified before: proves that the statement is no older
    #[arg(long, value_name = "FILE", requires = "log")]
    pub(crate) seen: Option<PathBuf>,
    /// File to write; by default the draft's name with .cose; - is standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// Relations to earlier statements, each an id or a statement's file; added to those in the draft
#[derive(Debug, Args)]
#[command(next_help_heading = "Relations (an id or a statement's file)")]
pub(crate) struct RefArgs {
    /// Takes the place of that statement
    #[arg(long, value_name = "ID")]
    pub(crate) corrects: Vec<String>,
    /// Takes that statement back
    #[arg(long, value_name = "ID")]
    pub(crate) retracts: Vec<String>,
    /// Answers that inquiry
    #[arg(long, value_name = "ID")]
    pub(crate) answers: Vec<String>,
    /// Delivers a due item of that commitment
    #[arg(long, value_name = "ID")]
    pub(crate) fulfils: Vec<String>,
    /// Contests that statement
    #[arg(long, value_name = "ID")]
    pub(crate) disputes: Vec<String>,
    /// Backs that statement
    #[arg(long, value_name = "ID")]
    pub(crate) supports: Vec<String>,
    /// Speaks of that statement
    #[arg(long, value_name = "ID")]
    pub(crate) about: Vec<String>,
}

/// Sign every row of a table
#[derive(Debug, Args)]
#[command(after_help = "\
With --ledger, rows are signed and recorded in one go; a row that the ledger would refuse is named, uses up no number
and does not affect the others. With --out, the statements are written to a folder, for a later `truce submit`.

Examples:
  truce import osce-violations violations.csv --key hub.pem --ledger ledger
  truce import osce-totals totals.jsonl --key hub.pem --ledger ledger --correct-known
  truce import exercises events.jsonl --key rus.pem --role state --signer RUS --ledger ledger")]
pub(crate) struct ImportArgs {
    /// Layout of the table: the meaning of its columns
    pub(crate) layout: Layout,
    /// CSV or JSON Lines; - is standard input
    pub(crate) file: PathBuf,
    /// Private key to sign with
    #[arg(long, value_name = "FILE", help_heading = "Signer")]
    pub(crate) key: PathBuf,
    /// The party that signs; needed the first time a key is used
    #[arg(long, value_name = "ID", help_heading = "Signer")]
    pub(crate) party: Option<PartyId>,
    /// The agreement: its id or the charter's file; needed the first time a key is used without --ledger
    #[arg(long, value_name = "ID|FILE", help_heading = "Signer")]
    pub(crate) agreement: Option<String>,
    /// Ledger to record the statements in
    #[arg(long, value_name = "LEDGER", required_unless_present = "out")]
    pub(crate) ledger: Option<PathBuf>,
    /// Folder to write the statements to
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
    /// Format of the file
    #[arg(long, value_enum, default_value_t = Format::Auto, help_heading = "Rows")]
    pub(crate) format: Format,
    /// Only rows that a party of this role would sign
    #[arg(long, value_name = "ROLE", help_heading = "Rows")]
    pub(crate) role: Option<truce_statement::Role>,
    /// Only rows of this signer, as the source names it
    #[arg(long, value_name = "NAME", help_heading = "Rows")]
    pub(crate) signer: Option<String>,
    /// Party that a name in the source stands for
    #[arg(long, value_name = "NAME=PARTY", help_heading = "Rows")]
    pub(crate) name: Vec<String>,
    /// Zone of the charter that a region in the source stands for
    #[arg(long, value_name = "REGION=ZONE", help_heading = "Rows")]
    pub(crate) zone: Vec<String>,
    /// Sign known faults of the source in their corrected form
    #[arg(long, help_heading = "Rows")]
    pub(crate) correct_known: bool,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
    #[command(flatten)]
    pub(crate) log: LogKeyArgs,
}
