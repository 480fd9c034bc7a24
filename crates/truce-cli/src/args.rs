//! The command line: every command, its arguments and its help.

use crate::import::{Format, Layout};
use crate::monitor::Span;
use crate::witness::WitnessArgs;
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use std::path::PathBuf;
use truce_statement::{Kind, PartyId};

/// Commands by what they are for; a test checks that none is missing.
const GROUPED: &str = "\
{about-with-newline}
{usage-heading} {usage}

Keys and agreement:
  key          Make and show keys
  charter      Write and check the charter of an agreement
  init         Make a ledger, its first entry the charter
  accede       Sign the accession of a party

Statements:
  draft        Print a draft to fill in
  sign         Sign a draft
  import       Sign every row of a table
  feed         Show or take up the feed of a key

Without a network:
  carry        Carry a statement by QR code, radio or file, and join the parts

Ledger:
  submit       Have statements recorded
  outbox       Keep statements until a depositary has recorded them
  export       Publish a ledger as a directory
  backup       Write a backup of a ledger, at work or not
  restore      Put a backup back
  recover      Take back what a restored ledger lacks from copies of the log
  serve        Run a depositary: take statements over HTTP, publish, have it witnessed

Reading and verifying:
  list         List statements
  show         Show a statement as a person reads it
  prove        Write the proof that a statement is recorded
  verify       Verify a statement with its proof, a ledger, a published log or a fraud proof
  receipt      Put COSE receipts into statements, and take them out
  mirror       Keep a verified copy of a published log
  monitor      Watch copies and witnesses of a log, and prove fraud
  status       Say how a log stands
  explore      Serve the web explorer of a log, read-only

Witnessing:
  witness      Run a witness: cosign that logs only grow

This command:
  completions  Print completions for a shell
  man          Write the man pages
  help         Print help for a command

Options:
{options}{after-help}";

const EXITS: &str = "\
SOURCE is a ledger's folder or the directory of a published log.

Exit codes: 0 good, 1 usage, 2 refused, 3 verification failed, 4 files, store, keys or link.
Environment: TRUCE_PASSPHRASE (of a party's key), TRUCE_LOG_PASSPHRASE (of the log's key), TRUCE_OUTBOX (folder of
the outbox), TRUCE_LOG (what is logged to standard error, such as `truce_log=info`; nothing where it is not set).";

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
    /// Make and show keys
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

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Make a key: FILE holds the private half, FILE.pub the public one
    #[command(after_help = "\
Examples:
  truce key new north-root.pem
  truce key new hub.pem --passphrase-file hub.pass
  openssl pkey -in north-root.pem -pubout    # the files are PKCS#8 and SPKI PEM")]
    New {
        /// File to write; never overwritten, readable by its owner only
        file: PathBuf,
        /// Write the private key unencrypted
        #[arg(long)]
        no_passphrase: bool,
        #[command(flatten)]
        passphrase: PassphraseArgs,
    },
    /// Show the id and the public half of a key, from a private or a public key file
    Show {
        /// Private or public key in PEM form
        file: PathBuf,
        /// Print the public key as SPKI PEM
        #[arg(long)]
        pem: bool,
        /// Print it as a log's key too: the vkey under this name, as the amendment that brings the next key names it
        #[arg(long, value_name = "NAME")]
        origin: Option<String>,
        #[command(flatten)]
        passphrase: PassphraseArgs,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum CharterCommand {
    /// Print a charter to fill in
    New {
        /// File to write instead
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Check a charter before it is signed
    Check {
        /// The draft; - is standard input
        draft: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ReceiptCommand {
    /// Put receipts into a statement: one file that verifies offline
    #[command(after_help = "\
The log takes statements without receipts: `truce receipt extract` gives it back, to the byte.

Example:
  truce receipt embed seen.cose seen.receipt --out seen-with-receipt.cose")]
    Embed {
        /// The statement; receipts that it carries already stay before the new ones
        statement: PathBuf,
        /// Receipts
        #[arg(required = true)]
        receipts: Vec<PathBuf>,
        /// File to write
        #[arg(long, short, value_name = "FILE")]
        out: PathBuf,
    },
    /// Take the receipts out of a statement: NAME.cose, and NAME.receipt beside it
    #[command(after_help = "Example:\n  truce receipt extract seen-with-receipt.cose --out seen.cose")]
    Extract {
        /// The statement with receipts
        file: PathBuf,
        /// File for the statement as the log recorded it; receipts after the first are NAME.2.receipt and so on
        #[arg(long, short, value_name = "FILE")]
        out: PathBuf,
    },
    /// Show what a receipt says, without believing it
    Show {
        /// A receipt, or a statement with receipts
        file: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum FeedCommand {
    /// Show where the feed of a key stands, and write out what an interrupted command left unsent
    Show {
        /// The private key file
        key: PathBuf,
    },
    /// Take the place in the feed from a log: after a refusal, or when the feed file was lost
    #[command(after_help = "\
A statement that was signed has used up its number. When the log refused it, the next one would leave a gap: --withdraw
says that the refused ones will never be submitted again, and goes on where the log stands.

Example:
  truce feed take-up hub.pem ledger --withdraw")]
    TakeUp {
        /// The private key file
        key: PathBuf,
        /// Ledger's folder or published log
        source: PathBuf,
        /// Go back to the log's place: what was signed beyond it is given up for good
        #[arg(long)]
        withdraw: bool,
        #[command(flatten)]
        passphrase: PassphraseArgs,
    },
}

/// Make a ledger, its first entry the charter
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  truce init ledger --charter charter.jsonc --party mission --key mission-root.pem --origin example.org/ceasefire
  truce init ledger --charter charter.jsonc --party mission --key mission-root.pem --log-key /media/stick/log.pem")]
pub(crate) struct InitArgs {
    /// Folder to make
    pub(crate) ledger: PathBuf,
    /// Draft of the charter
    #[arg(long, value_name = "DRAFT")]
    pub(crate) charter: PathBuf,
    /// The founding party that signs the charter
    #[arg(long, value_name = "ID")]
    pub(crate) party: PartyId,
    /// That party's root key
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// Name of the log, where the draft does not give the log's key: a domain and path you own
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) origin: Option<String>,
    /// Write the log's private key unencrypted
    #[arg(long)]
    pub(crate) no_passphrase: bool,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
    #[command(flatten)]
    pub(crate) log: LogKeyArgs,
}

/// Sign the accession of a party
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  truce accede --key north-root.pem --party north --agreement charter.cose --grant hub.pem.pub:'Patrol hub'
  truce submit ledger north-accession.cose")]
pub(crate) struct AccedeArgs {
    #[command(flatten)]
    pub(crate) signer: SignerArgs,
    /// First working keys: a public key file, and after a colon whose it is
    #[arg(long, value_name = "PUB.pem[:LABEL]")]
    pub(crate) grant: Vec<String>,
    /// Reservation, declaration, or the act by which the party was bound
    #[arg(long)]
    pub(crate) note: Option<String>,
    /// An exercise of the system itself
    #[arg(long)]
    pub(crate) drill: bool,
    /// File to write; PARTY-accession.cose where not given, - for standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// Print a draft to fill in
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  truce draft observation > seen.jsonc")]
pub(crate) struct DraftArgs {
    /// Kind of statement
    #[arg(required_unless_present = "list")]
    pub(crate) kind: Option<Kind>,
    /// List the kinds, and who may sign them
    #[arg(long)]
    pub(crate) list: bool,
    /// Print the JSON Schema of the draft instead
    #[arg(long)]
    pub(crate) schema: bool,
}

/// Sign a draft
#[derive(Debug, Args)]
#[command(after_help = "\
A key signs its statements in order; where it stands is kept in KEY.feed. The first time, say whose key it is
(--party) and for which agreement (--agreement, or --ledger).

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
    /// Log's public key (vkey), or the charter's file, that --seen is checked with
    #[arg(long, value_name = "VKEY|FILE", requires = "seen")]
    pub(crate) log: Option<String>,
    /// A checkpoint of the log that was verified before: proves that the statement is no older
    #[arg(long, value_name = "FILE", requires = "log")]
    pub(crate) seen: Option<PathBuf>,
    /// File to write; the draft's name with .cose where not given, - for standard output
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
    /// Delivers what that commitment promised
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

/// Who signs, and for which agreement.
#[derive(Debug, Args)]
#[command(next_help_heading = "Signer")]
pub(crate) struct SignerArgs {
    /// Private key to sign with
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// The party that signs; needed the first time a key is used
    #[arg(long, value_name = "ID")]
    pub(crate) party: Option<PartyId>,
    /// The agreement: its id or the charter's file; needed the first time a key is used
    #[arg(long, value_name = "ID|FILE")]
    pub(crate) agreement: Option<String>,
    /// A ledger or published log to take the agreement from, and to carry its checkpoint as seen
    #[arg(long, value_name = "SOURCE")]
    pub(crate) ledger: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
}

/// How private keys of parties are opened.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct PassphraseArgs {
    /// File whose first line is the passphrase of the key
    #[arg(long, value_name = "FILE", help_heading = "Passphrases")]
    pub(crate) passphrase_file: Option<PathBuf>,
}

/// Where the log's own key is.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct LogKeyArgs {
    /// The log's private key; LEDGER/log.pem where not given
    #[arg(long, value_name = "FILE", help_heading = "Log")]
    pub(crate) log_key: Option<PathBuf>,
    /// The next private key of the log, which signs too as soon as an amendment has brought it into force
    #[arg(long, value_name = "FILE", help_heading = "Log")]
    pub(crate) next_log_key: Option<PathBuf>,
    /// File whose first line is the passphrase of the log's key
    #[arg(long, value_name = "FILE", help_heading = "Passphrases")]
    pub(crate) log_passphrase_file: Option<PathBuf>,
}

/// Sign every row of a table
#[derive(Debug, Args)]
#[command(after_help = "\
With --ledger, rows are signed and recorded in one go; a row that the ledger would refuse is named, uses up no number
and leaves the others alone. With --out, the statements are written to a folder, to be submitted later.

Examples:
  truce import osce-violations violations.csv --key hub.pem --ledger ledger
  truce import osce-totals totals.jsonl --key hub.pem --ledger ledger --correct-known
  truce import exercises events.jsonl --key rus.pem --role state --signer RUS --ledger ledger")]
pub(crate) struct ImportArgs {
    /// What the columns mean
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
    /// How the file is written
    #[arg(long, value_enum, default_value_t = Format::Auto, help_heading = "Rows")]
    pub(crate) format: Format,
    /// Only rows that a party of this role would sign
    #[arg(long, value_name = "ROLE", help_heading = "Rows")]
    pub(crate) role: Option<truce_statement::Role>,
    /// Only rows of this signer, as the source names it
    #[arg(long, value_name = "NAME", help_heading = "Rows")]
    pub(crate) signer: Option<String>,
    /// Which party a name in the source stands for
    #[arg(long, value_name = "NAME=PARTY", help_heading = "Rows")]
    pub(crate) name: Vec<String>,
    /// Which zone of the charter a region in the source stands for
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

/// Have statements recorded
#[derive(Debug, Args)]
#[command(after_help = "\
Each statement gets a receipt, and its proof is written beside it (NAME.tlog-proof). A statement that was recorded
before gets the receipt it got then. Statements of one key must be given in the order they were signed.

With --to, statements go to a depositary over HTTP, through an outbox on disk that survives a lost link and a lost
machine: the same command, or `truce outbox send`, goes on where it stopped. They count as delivered when the receipt
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

/// Where the outbox is.
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

/// How statements are delivered over HTTP.
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
    /// How far statements are to come
    #[arg(long, value_enum, default_value_t = Reach::Accepted)]
    pub(crate) until: Reach,
    /// How long to go on trying
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration)]
    pub(crate) wait: std::time::Duration,
    /// Longest that one request may take
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration)]
    pub(crate) timeout: std::time::Duration,
    /// Try those again that were refused, and those whose receipt did not verify
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

/// How far statements are to come before a command is content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Reach {
    /// The receipt verifies, up to a checkpoint that the log signed
    Accepted,
    /// And the witnesses that the policy asks for have cosigned
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
    /// List what is in the outbox, and how far each has come
    List {
        #[command(flatten)]
        outbox: OutboxArgs,
        /// Only what is not delivered
        #[arg(long)]
        undelivered: bool,
    },
    /// Send what is queued, and get the receipts
    #[command(after_help = "\
Goes on where an interrupted command stopped. What the outbox was told once (--to, --charter, --log, --policy) need
not be given again.

Exit codes: 0 all delivered, 2 refused, 3 a receipt does not verify, 4 not reached, or still queued.

Examples:
  truce outbox send --to https://log.example.org --charter charter.cose
  truce outbox send --until final --wait 10m")]
    Send(DeliveryArgs),
    /// Put statements in the outbox, from files that came from another machine
    #[command(after_help = "Example:\n  truce outbox import /media/stick/*.cose")]
    Import {
        /// Files; - is standard input
        #[arg(required = true)]
        files: Vec<PathBuf>,
        #[command(flatten)]
        outbox: OutboxArgs,
    },
    /// Show one statement of the outbox, with what the depositary said
    Show {
        /// Id of the statement, or its file
        statement: String,
        #[command(flatten)]
        outbox: OutboxArgs,
    },
    /// Take statements out of the outbox
    #[command(after_help = "\
What is delivered can go once its proof is kept elsewhere. What is not delivered goes only with --undelivered: its
number in the feed is used up, so that `truce feed take-up --withdraw` must follow.

Examples:
  truce outbox forget --delivered
  truce outbox forget 3f9a... --undelivered")]
    Forget {
        /// Ids of statements, or their files
        #[arg(required_unless_present = "delivered")]
        statements: Vec<String>,
        /// Everything that is delivered
        #[arg(long, conflicts_with = "statements")]
        delivered: bool,
        /// Also what is not delivered
        #[arg(long)]
        undelivered: bool,
        #[command(flatten)]
        outbox: OutboxArgs,
    },
}

/// Publish a ledger as a directory
#[derive(Debug, Args)]
#[command(after_help = "\
The directory is in the layout of c2sp.org/tlog-tiles; any static web server can serve it. Exporting again adds what
is new.

Example:
  truce export ledger /srv/www/ceasefire")]
pub(crate) struct ExportArgs {
    /// Folder of the ledger
    pub(crate) ledger: PathBuf,
    /// Directory to write
    pub(crate) directory: PathBuf,
}

/// Write a backup of a ledger, at work or not
#[derive(Debug, Args)]
#[command(after_help = "\
The depositary that has the ledger open goes on meanwhile; it copies its store itself, when asked over the socket
LEDGER/control. The backup is a ledger's folder: `truce verify` reads it. The log's key is not in it unless asked for.

Example:
  truce backup ledger /mnt/backup/2021-02-07")]
pub(crate) struct BackupArgs {
    /// Folder of the ledger
    pub(crate) ledger: PathBuf,
    /// Folder to write, which must not exist
    pub(crate) to: PathBuf,
    /// Put the log's key into it too: who has the backup can sign as the log then
    #[arg(long)]
    pub(crate) with_key: bool,
}

/// Put a backup back
#[derive(Debug, Args)]
#[command(after_help = "\
What comes back may lack entries that receipts were given for, so nothing can be recorded in it before `truce recover`.

Example:
  truce restore /mnt/backup/2021-02-07 ledger")]
pub(crate) struct RestoreArgs {
    /// The backup's folder
    pub(crate) backup: PathBuf,
    /// Folder of the ledger; it may hold a key and a checkpoint, and no store
    pub(crate) ledger: PathBuf,
}

/// Take back what a restored ledger lacks from copies of the log
#[derive(Debug, Args)]
#[command(after_help = "\
Nothing is taken that does not lead to a root which this log has signed. It can be run again after an interruption.

Examples:
  truce recover ledger --from https://mirror.example.org/ceasefire --from /srv/log
  truce recover ledger --nothing-newer")]
pub(crate) struct RecoverArgs {
    /// Folder of the ledger
    pub(crate) ledger: PathBuf,
    /// Directory or URL of a published log or a mirror; may be given several times
    #[arg(long, value_name = "DIR|URL", required_unless_present = "nothing_newer")]
    pub(crate) from: Vec<String>,
    /// No copy anywhere has more than this ledger: it may sign as it is
    #[arg(long, conflicts_with = "from")]
    pub(crate) nothing_newer: bool,
}

/// List statements
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  truce list ledger --party mission --kind observation --since 2021-02-05 --until 2021-02-06
  truce list published --limit 50 --after 49
  truce list ledger --refers-to 3f9a...   # corrections, replies, findings about it
  truce list ledger --json --bodies")]
pub(crate) struct ListArgs {
    /// Ledger's folder or published log
    pub(crate) source: PathBuf,
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
    /// At most this many
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,
    /// Only those after this position
    #[arg(long, value_name = "POSITION")]
    pub(crate) after: Option<u64>,
    /// With --json: the bodies too, in people's units
    #[arg(long)]
    pub(crate) bodies: bool,
}

/// Conditions on statements, joined by "and".
#[derive(Debug, Args)]
#[command(next_help_heading = "Only statements")]
pub(crate) struct FilterArgs {
    /// Signed by this party
    #[arg(long, value_name = "ID")]
    pub(crate) party: Option<PartyId>,
    /// Of this kind
    #[arg(long)]
    pub(crate) kind: Option<Kind>,
    /// In this zone of the charter
    #[arg(long, value_name = "ID")]
    pub(crate) zone: Option<String>,
    /// Telling of something at or after this time (RFC 3339) or day
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,
    /// Telling of something before this time (RFC 3339) or day
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,
    /// Referring to this statement: its id or its file
    #[arg(long, value_name = "ID")]
    pub(crate) refers_to: Option<String>,
}

/// Show a statement as a person reads it
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  truce show ledger 17
  truce show published 3f9a...
  truce show seen.cose --diag")]
pub(crate) struct ShowArgs {
    /// Ledger's folder, published log, or a statement's file
    pub(crate) source: PathBuf,
    /// Position or id of the statement, where SOURCE is a log
    pub(crate) statement: Option<String>,
    /// Print the CBOR in diagnostic notation (RFC 8949, section 8)
    #[arg(long, conflicts_with_all = ["raw", "json"])]
    pub(crate) diag: bool,
    /// Write the statement's bytes
    #[arg(long, conflicts_with = "json")]
    pub(crate) raw: bool,
}

/// Write the proof that a statement is recorded
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  truce prove ledger 17 --out seen.tlog-proof
  truce prove published 3f9a... > seen.tlog-proof")]
pub(crate) struct ProveArgs {
    /// Ledger's folder or published log
    pub(crate) source: PathBuf,
    /// Position or id of the statement, or its file
    pub(crate) statement: String,
    /// File to write; standard output where not given
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// Verify a statement with its proof, a ledger, a published log or a fraud proof
#[derive(Debug, Args)]
#[command(after_help = "\
The proof of a statement is a proof file (c2sp.org/tlog-proof) or a COSE receipt (RFC 9942): whichever it is, is seen
from its content. Receipts may also stand in the statement itself. With a policy that asks for a quorum, only what its
witnesses have cosigned is verified; without one, the log's word alone counts.

A log is replayed from its first entry: every signature, feed, admission, hash and tile. Compare the agreement id it
prints with the one you know, or give it with --agreement. Keep the checkpoint, and give it with --seen next time.

Examples:
  truce verify seen.cose seen.tlog-proof --charter charter.cose --signer hub.pem.pub
  truce verify seen.cose seen.tlog-proof --log example.org/ceasefire+530d903a+Aek...
  truce verify seen.cose seen.receipt --policy policy
  truce verify seen-with-receipt.cose --charter charter.cose
  truce verify ledger
  truce verify published --agreement 3f9a... --seen checkpoint.last-week
  truce verify https://log.example.org --agreement 3f9a...
  truce verify fork-0a1b2c3d4e5f.fraud-proof --charter charter.cose")]
pub(crate) struct VerifyArgs {
    /// Ledger's folder, published log or its URL, a statement's file, or a fraud proof
    pub(crate) source: PathBuf,
    /// The proof or receipt, where SOURCE is a statement; in it, or beside it (NAME.tlog-proof, NAME.receipt), where not
    /// given
    pub(crate) proof: Option<PathBuf>,
    /// The log's public key (vkey)
    #[arg(long, value_name = "VKEY", help_heading = "Statement and proof")]
    pub(crate) log: Option<String>,
    /// The charter's file, which names the log's key
    #[arg(long, value_name = "FILE", help_heading = "Statement and proof")]
    pub(crate) charter: Option<PathBuf>,
    /// Who followed the charter's key: the file `succession` beside a published log's checkpoint; with --charter
    #[arg(long, value_name = "FILE", requires = "charter", help_heading = "Statement and proof")]
    pub(crate) succession: Option<PathBuf>,
    /// A policy: logs, witnesses and the quorum (c2sp.org/tlog-policy)
    #[arg(long, value_name = "FILE", help_heading = "Statement and proof")]
    pub(crate) policy: Option<PathBuf>,
    /// The signer's public key: a PEM file or 64 hex digits
    #[arg(long, value_name = "KEY", help_heading = "Statement and proof")]
    pub(crate) signer: Option<String>,
    /// The agreement the log must hold: its id or the charter's file
    #[arg(long, value_name = "ID|FILE", help_heading = "Log")]
    pub(crate) agreement: Option<String>,
    /// A checkpoint of this log that was kept: the log must still contain it
    #[arg(long, value_name = "FILE", help_heading = "Log")]
    pub(crate) seen: Option<PathBuf>,
    /// Folder in which a stopped audit is taken up again
    #[arg(long, value_name = "FOLDER", help_heading = "Log")]
    pub(crate) resume: Option<PathBuf>,
    /// Threads; one per core where not given
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true, help_heading = "Log")]
    pub(crate) threads: usize,
}

/// How a statement is carried.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum CarryAs {
    /// QR codes in the terminal, or as SVG files
    Qr,
    /// The texts of the QR codes, one on each line
    Text,
    /// Lines of hex to be read aloud
    Radio,
    /// The statement's own bytes
    File,
}

/// Carry a statement by QR code, radio or file, and join the parts
#[derive(Debug, Args)]
#[command(after_help = "\
Parts may come in any order, repeated, and from several files; what is missing or was miswritten is named. The formats
are in docs/spec/carriage.md.

Examples:
  truce carry seen.cose --as qr
  truce carry seen.cose --as qr --svg codes --characters 1000
  truce carry seen.cose --as radio
  truce carry --join heard.txt scanned.txt --out seen.cose")]
pub(crate) struct CarryArgs {
    /// The statement; with --join, files with its parts (- is standard input)
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// How it is carried
    #[arg(long = "as", value_enum, value_name = "FORM", required_unless_present = "join")]
    pub(crate) form: Option<CarryAs>,
    /// Folder for the QR codes as SVG files, instead of the terminal
    #[arg(long, value_name = "FOLDER", conflicts_with = "join")]
    pub(crate) svg: Option<PathBuf>,
    /// Most characters in one QR code: fewer make more codes that are easier to photograph
    #[arg(long, value_name = "N", default_value_t = truce_carriage::qr::MOST_CHARACTERS, conflicts_with = "join")]
    pub(crate) characters: usize,
    /// Join parts to statements again
    #[arg(long, conflicts_with = "form", requires = "out")]
    pub(crate) join: bool,
    /// File to write; a folder that exists gets each statement under its id
    #[arg(long, short, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// Keep a verified copy of a published log
#[derive(Debug, Args)]
#[command(after_help = "\
The log is audited first, and what was audited is what is copied; the checkpoint is put in place last. A copy that is
there already must be of the same log, and an older part of it: every file of it is checked, what is damaged is fetched
again, and only what is new is taken. A run that was stopped goes on where it stood.

Examples:
  truce mirror /mnt/published /srv/mirror
  truce mirror https://log.example.org /srv/mirror --agreement 3f9a... --follow")]
pub(crate) struct MirrorArgs {
    /// Directory or URL of the published log
    #[arg(value_name = "DIR|URL")]
    pub(crate) from: String,
    /// Directory of the copy
    pub(crate) to: PathBuf,
    /// The agreement the log must hold: its id or the charter's file
    #[arg(long, value_name = "ID|FILE")]
    pub(crate) agreement: Option<String>,
    /// Go on taking what is new, until stopped
    #[arg(long)]
    pub(crate) follow: bool,
    /// Between two looks, with --follow
    #[arg(long, value_name = "TIME", default_value = "1s")]
    pub(crate) every: Span,
    /// Threads; one per core where not given
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub(crate) threads: usize,
}

/// Watch copies and witnesses of a log, and prove fraud
#[derive(Debug, Args)]
#[command(after_help = "\
Every place is read and replayed, and what each of them shows is compared. What the log signed in contradiction to
itself is an alarm at once, with a fraud proof that anybody can check (`truce verify FILE`). What may have an innocent
cause is a warning, and an alarm when it lasts. One line for each on standard output, JSON with --json.

With --once, exit code 3 says that there is an alarm, 4 that not every place could be looked at.

Examples:
  truce monitor --log https://log.example.org --mirror /srv/mirror --state /var/lib/truce-monitor
  truce monitor --log https://log.example.org --log https://copy.example.net --expect seen.tlog-proof --once
  truce monitor --log https://log.example.org --state state --on-alarm 'mail -s \"$TRUCE_ALARM_CODE\" duty@example.org'")]
pub(crate) struct MonitorArgs {
    /// URL or directory where the log is published; several for several readers' views
    #[arg(long, value_name = "URL|DIR", required_unless_present = "mirror")]
    pub(crate) log: Vec<String>,
    /// URL below which a witness shows what it cosigned, by the hash of the origin
    #[arg(long, value_name = "URL")]
    pub(crate) witness_monitoring: Vec<String>,
    /// Directory of a copy
    #[arg(long, value_name = "DIR")]
    pub(crate) mirror: Vec<PathBuf>,
    /// The agreement the log must hold: its id or the charter's file
    #[arg(long, value_name = "ID|FILE")]
    pub(crate) agreement: Option<String>,
    /// A policy: witnesses and the quorum (c2sp.org/tlog-policy); a checkpoint below it is not final
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,
    /// Folder of what is remembered, and of fraud proofs
    #[arg(long, value_name = "DIR")]
    pub(crate) state: Option<PathBuf>,
    /// What must be in the log: a proof (.tlog-proof) or a COSE receipt, its statement (.cose) beside it; a statement's
    /// file, with the receipts in it; a statement's id
    #[arg(long, value_name = "FILE|ID")]
    pub(crate) expect: Vec<String>,
    /// Look once (at most three times where something is the matter), and end
    #[arg(long)]
    pub(crate) once: bool,
    /// Between two looks at a place
    #[arg(long, value_name = "TIME", default_value = "5s", help_heading = "Times")]
    pub(crate) every: Span,
    /// How long a place may be silent or behind, and a promised entry missing, until it is an alarm
    #[arg(long, value_name = "TIME", default_value = "10m", help_heading = "Times")]
    pub(crate) max_age: Span,
    /// How long a place may serve what cannot be right, until it is an alarm
    #[arg(long, value_name = "TIME", default_value = "30s", help_heading = "Times")]
    pub(crate) grace: Span,
    /// Command to run for each alarm, its JSON on standard input
    #[arg(long, value_name = "COMMAND", help_heading = "Telling people")]
    pub(crate) on_alarm: Option<String>,
    /// URL to post each alarm to, as JSON
    #[arg(long, value_name = "URL", help_heading = "Telling people")]
    pub(crate) webhook: Option<String>,
    /// Threads of a replay; one per core where not given
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub(crate) threads: usize,
}

/// Say how a log stands
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  truce status ledger")]
pub(crate) struct StatusArgs {
    /// Ledger's folder or published log
    pub(crate) source: PathBuf,
}

/// Serve the web explorer of a log, read-only
#[derive(Debug, Args)]
#[command(after_help = "\
Follows the log and keeps a copy; shows only what verified. Prints its address; Ctrl-C ends it.

Examples:
  truce explore --from ledger
  truce explore --from https://log.example.org --listen 127.0.0.1:8417 --copy /var/lib/truce-explorer")]
pub(crate) struct ExploreArgs {
    /// Ledger's folder, directory of a published log, or its URL
    #[arg(long, value_name = "DIR|URL")]
    pub(crate) from: String,
    /// Address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8417")]
    pub(crate) listen: std::net::SocketAddr,
    /// Folder of the verified copy; in the user's cache folder where not given
    #[arg(long, value_name = "DIR")]
    pub(crate) copy: Option<PathBuf>,
    /// The agreement the log must hold: its id or the charter's file
    #[arg(long, value_name = "ID|FILE")]
    pub(crate) agreement: Option<String>,
    /// Address at which readers reach the explorer, for the commands its pages show
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<String>,
}

/// Run a depositary: take statements over HTTP, publish, have it witnessed
#[derive(Debug, Args)]
#[command(after_help = "\
Prints its URL and serves until it is asked to stop (SIGTERM, SIGINT); what was acknowledged by then is durable. The
HTTP interface is docs/protocol.md. The witnesses are those of the charter.

Examples:
  truce serve --ledger ledger --publish /srv/log
  truce serve --ledger ledger --listen 0.0.0.0:443 --tls-cert chain.pem --tls-key key.pem --admin 127.0.0.1:9100
  curl --data-binary @seen.cose -H 'Content-Type: application/cose' -H 'Accept: text/x.tlog.proof' http://127.0.0.1:8418/entries")]
pub(crate) struct ServeArgs {
    /// The ledger's folder
    #[arg(long, value_name = "DIR")]
    pub(crate) ledger: PathBuf,
    /// Address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8418")]
    pub(crate) listen: std::net::SocketAddr,
    /// Certificate chain in PEM form: speak TLS
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// Its private key in PEM form
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Address for health and metrics alone; they are served with the rest where not given
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) admin: Option<std::net::SocketAddr>,
    /// Where to publish beside HTTP: a directory, or `s3://BUCKET/PREFIX` with keys and endpoint from the environment
    #[arg(long, value_name = "DIR|URL", help_heading = "Publication")]
    pub(crate) publish: Option<String>,
    /// Store the bundles in a bucket compressed, for readers that undo gzip
    #[arg(long, requires = "publish", help_heading = "Publication")]
    pub(crate) publish_gzip: bool,
    /// Shortest time between two publications, milliseconds
    #[arg(long, value_name = "MS", default_value_t = 100, value_parser = clap::value_parser!(u64).range(10..=60_000))]
    #[arg(help_heading = "Publication")]
    pub(crate) pace: u64,
    /// How long a partial file stays when the full one is there, seconds
    #[arg(long, value_name = "S", default_value_t = 600, help_heading = "Publication")]
    pub(crate) grace: u64,
    /// A tlog-policy in place of the charter's, at least as strict
    #[arg(long, value_name = "FILE", help_heading = "Witnesses")]
    pub(crate) policy: Option<PathBuf>,
    /// How long a witness may take, milliseconds
    #[arg(long, value_name = "MS", default_value_t = 5_000, value_parser = clap::value_parser!(u64).range(10..=600_000))]
    #[arg(help_heading = "Witnesses")]
    pub(crate) witness_timeout: u64,
    /// New statements of one key: each second, and at once
    #[arg(long, value_name = "N[:BURST]", default_value = "100:2000", value_parser = rate, help_heading = "Limits")]
    pub(crate) key_rate: (u32, u32),
    /// Statements from one address: each second, and at once
    #[arg(long, value_name = "N[:BURST]", default_value = "500:10000", value_parser = rate, help_heading = "Limits")]
    pub(crate) address_rate: (u32, u32),
    /// Take the sender's address from X-Forwarded-For; only behind a proxy that sets it
    #[arg(long, help_heading = "Limits")]
    pub(crate) forwarded: bool,
    /// Connections at a time
    #[arg(long, value_name = "N", default_value_t = 1024, help_heading = "Limits")]
    pub(crate) connections: usize,
    /// Connections from one address at a time
    #[arg(long, value_name = "N", default_value_t = 512, help_heading = "Limits")]
    pub(crate) address_connections: usize,
    /// Statements on their way at a time, 256 to 4096
    #[arg(long, value_name = "N", default_value_t = 4096, value_parser = clap::value_parser!(u32).range(256..=4096))]
    #[arg(help_heading = "Limits")]
    pub(crate) places: u32,
    /// Time for the head of a request, seconds; for its body, twice as long
    #[arg(long, value_name = "S", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    #[arg(help_heading = "Limits")]
    pub(crate) patience: u64,
    #[command(flatten)]
    pub(crate) log: LogKeyArgs,
}

/// `N` or `N:BURST`; a burst that is not given is twenty times the rate.
fn rate(text: &str) -> Result<(u32, u32), String> {
    let (each, burst) = text.split_once(':').map_or((text, None), |(each, burst)| (each, Some(burst)));
    let number = |text: &str| match text.parse::<u32>() {
        Ok(n) if n > 0 => Ok(n),
        _ => Err(format!("`{text}` is no number from 1 on")),
    };
    let each = number(each)?;
    Ok((each, burst.map_or(Ok(each.saturating_mul(20)), number)?))
}
