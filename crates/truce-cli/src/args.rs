//! The command line: every command, its arguments and its help.

use crate::import::{Format, Layout};
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

Ledger:
  submit       Have statements recorded
  export       Publish a ledger as a directory

Reading and verifying:
  list         List statements
  show         Show a statement as a person reads it
  prove        Write the proof that a statement is recorded
  verify       Verify a statement with its proof, a ledger or a published log
  mirror       Keep a verified copy of a published log
  status       Say how a log stands
  explore      Serve the web explorer of a log, read-only

This command:
  completions  Print completions for a shell
  man          Write the man pages
  help         Print help for a command

Options:
{options}{after-help}";

const EXITS: &str = "\
SOURCE is a ledger's folder or the directory of a published log.

Exit codes: 0 good, 1 usage, 2 refused, 3 verification failed, 4 files, store or keys.
Environment: TRUCE_PASSPHRASE (of a party's key), TRUCE_LOG_PASSPHRASE (of the log's key), TRUCE_LOG (what is logged
to standard error, such as `truce_log=info`; nothing where it is not set).";

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
    Export(ExportArgs),
    List(ListArgs),
    Show(ShowArgs),
    Prove(ProveArgs),
    Verify(VerifyArgs),
    Mirror(MirrorArgs),
    Status(StatusArgs),
    Explore(ExploreArgs),
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

Example:
  truce submit ledger north-accession.cose seen.cose")]
pub(crate) struct SubmitArgs {
    /// Folder of the ledger
    pub(crate) ledger: PathBuf,
    /// Statements
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Write no proof files
    #[arg(long)]
    pub(crate) no_proofs: bool,
    #[command(flatten)]
    pub(crate) log: LogKeyArgs,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
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

/// Verify a statement with its proof, a ledger or a published log
#[derive(Debug, Args)]
#[command(after_help = "\
A log is replayed from its first entry: every signature, feed, admission, hash and tile. Compare the agreement id it
prints with the one you know, or give it with --agreement. Keep the checkpoint, and give it with --seen next time.

Examples:
  truce verify seen.cose seen.tlog-proof --charter charter.cose --signer hub.pem.pub
  truce verify seen.cose seen.tlog-proof --log example.org/ceasefire+530d903a+Aek...
  truce verify ledger
  truce verify published --agreement 3f9a... --seen checkpoint.last-week")]
pub(crate) struct VerifyArgs {
    /// Ledger's folder, published log, or a statement's file
    pub(crate) source: PathBuf,
    /// The proof, where SOURCE is a statement; beside it (NAME.tlog-proof) where not given
    pub(crate) proof: Option<PathBuf>,
    /// The log's public key (vkey)
    #[arg(long, value_name = "VKEY", help_heading = "Statement and proof")]
    pub(crate) log: Option<String>,
    /// The charter's file, which names the log's key
    #[arg(long, value_name = "FILE", help_heading = "Statement and proof")]
    pub(crate) charter: Option<PathBuf>,
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

/// Keep a verified copy of a published log
#[derive(Debug, Args)]
#[command(after_help = "\
The log is audited first, and what was audited is what is copied; the checkpoint is put in place last. A copy that is
there already must be of the same log, and an older part of it.

Example:
  truce mirror /mnt/published /srv/mirror")]
pub(crate) struct MirrorArgs {
    /// Directory of the published log
    pub(crate) from: PathBuf,
    /// Directory of the copy
    pub(crate) to: PathBuf,
    /// The agreement the log must hold: its id or the charter's file
    #[arg(long, value_name = "ID|FILE")]
    pub(crate) agreement: Option<String>,
    /// Threads; one per core where not given
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
