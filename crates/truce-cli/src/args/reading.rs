//! Reading and verifying: `list`, `show`, `prove`, `verify`, `receipt`, `status`, `explore`.

use clap::{Args, Subcommand};
use std::path::PathBuf;
use truce_statement::{Kind, PartyId};

#[derive(Debug, Subcommand)]
pub(crate) enum ReceiptCommand {
    /// Put receipts into a statement: one file that verifies offline
    #[command(after_help = "\
A log takes statements without receipts: `truce receipt extract` gives the statement back, to the byte.

Example:
  truce receipt embed seen.cose seen.receipt --out seen-with-receipt.cose")]
    Embed {
        /// The statement; its existing receipts stay before the new ones
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
    /// Show the content of a receipt, without verifying it
    Show {
        /// A receipt, or a statement with receipts
        file: PathBuf,
    },
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
    /// Only statements after this position
    #[arg(long, value_name = "POSITION")]
    pub(crate) after: Option<u64>,
    /// With --json, include the bodies, in people's units
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
    /// Statements of this kind
    #[arg(long)]
    pub(crate) kind: Option<Kind>,
    /// In this zone of the charter
    #[arg(long, value_name = "ID")]
    pub(crate) zone: Option<String>,
    /// About events at or after this time (RFC 3339) or day
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,
    /// About events before this time (RFC 3339) or day
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,
    /// Referring to this statement: its id or its file
    #[arg(long, value_name = "ID")]
    pub(crate) refers_to: Option<String>,
}

/// Show a statement in readable form
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  truce show ledger 17
  truce show published 3f9a...
  truce show seen.cose --diag")]
pub(crate) struct ShowArgs {
    /// Ledger's folder, published log, or a statement's file
    pub(crate) source: PathBuf,
    /// Position or id of the statement, if SOURCE is a log
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
    /// File to write; standard output by default
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// Verify a statement with its proof, a ledger, a published log or a fraud proof
#[derive(Debug, Args)]
#[command(after_help = "\
The proof of a statement is a proof file (c2sp.org/tlog-proof) or a COSE receipt (RFC 9942); the command
tells them apart by content. Receipts may also stand in the statement itself. With a policy that requires a quorum, only
statements that its witnesses have cosigned verify; without one, the log's word alone counts.

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
  truce verify fork-0a1b2c3d4e5f.fraud-proof --charter charter.cose
  truce verify fork-0a1b2c3d4e5f.fraud-proof --charter charter.cose --succession published/succession")]
pub(crate) struct VerifyArgs {
    /// Ledger's folder, published log or its URL, a statement's file, or a fraud proof
    pub(crate) source: PathBuf,
    /// The proof or receipt, if SOURCE is a statement; by default the one in it, or beside it (NAME.tlog-proof,
    /// NAME.receipt)
    pub(crate) proof: Option<PathBuf>,
    /// The log's public key (vkey)
    #[arg(long, value_name = "VKEY", help_heading = "Statement and proof")]
    pub(crate) log: Option<String>,
    /// The charter's file, which names the log's key
    #[arg(long, value_name = "FILE", help_heading = "Statement and proof")]
    pub(crate) charter: Option<PathBuf>,
    /// Keys that followed the charter's: the file `succession` beside a published log's checkpoint; with --charter
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
    /// A checkpoint of this log, kept from before: the log must still contain it
    #[arg(long, value_name = "FILE", help_heading = "Log")]
    pub(crate) seen: Option<PathBuf>,
    /// Folder that lets a stopped audit continue
    #[arg(long, value_name = "FOLDER", help_heading = "Log")]
    pub(crate) resume: Option<PathBuf>,
    /// Threads; one per core by default
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true, help_heading = "Log")]
    pub(crate) threads: usize,
}

/// Show the state of a log
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  truce status ledger")]
pub(crate) struct StatusArgs {
    /// Ledger's folder or published log
    pub(crate) source: PathBuf,
}

/// Serve the web explorer of a log, read-only
#[derive(Debug, Args)]
#[command(after_help = "\
Follows the log, keeps a copy, and shows only verified records. Prints its address; Ctrl-C ends it.

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
    /// Folder of the verified copy; in the user's cache folder by default
    #[arg(long, value_name = "DIR")]
    pub(crate) copy: Option<PathBuf>,
    /// The agreement the log must hold: its id or the charter's file
    #[arg(long, value_name = "ID|FILE")]
    pub(crate) agreement: Option<String>,
    /// Address at which readers reach the explorer, for links in feeds and the commands its pages show; by default the
    /// address it listens on
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<String>,
    /// Count event streams by the address that the proxy in front names last in X-Forwarded-For or Forwarded
    #[arg(long)]
    pub(crate) forwarded: bool,
}
