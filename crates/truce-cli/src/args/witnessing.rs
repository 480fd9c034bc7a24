//! Witnessing: `witness`.

use super::{PassphraseArgs, Span};
use clap::{Args, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Run a witness: cosign that logs only grow
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(after_help = "\
A witness remembers the latest checkpoint it cosigned for each log, and cosigns nothing that is
not proven to grow out of it. It takes any log of c2sp.org/tlog-checkpoint, and answers as
c2sp.org/tlog-witness has it. SIGTERM and Ctrl-C end it.

A log can replace its key. With its charter and its succession, the witness follows by itself; without them it has to be
told which sizes of the tree a key signs: VKEY@FROM-UNTIL for the old one, VKEY@FROM- for the new one. Every key whose
turn it is must have signed. What it was told of the end of a key it never forgets.

Never restore its state from a backup, and never run two with one key: make a new witness instead.

Examples:
  truce witness new --name witness.example.org/w1 --key witness.pem --state /var/lib/truce-witness
  truce witness --key witness.pem --state /var/lib/truce-witness --charter charter.cose --succession https://log.example.org
  truce witness --key witness.pem --state /var/lib/truce-witness --log OLD@0-4711 --log NEXT@4712-")]
pub(crate) struct WitnessArgs {
    #[command(subcommand)]
    pub(crate) command: Option<WitnessCommand>,
    /// The witness's private key
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) key: Option<PathBuf>,
    /// Folder of its state
    #[arg(long, value_name = "DIR", required = true)]
    pub(crate) state: Option<PathBuf>,
    /// A log's public key (vkey), with @FROM-UNTIL where it signs only trees of these sizes; a file that holds one; or
    /// the charter's file
    #[arg(long, value_name = "VKEY[@SIZES]|FILE", required_unless_present_any = ["policy", "charter"])]
    pub(crate) log: Vec<String>,
    /// The charter's file, which names a log's first key
    #[arg(long, value_name = "FILE")]
    pub(crate) charter: Vec<PathBuf>,
    /// Who followed a charter's key: the log's URL or directory, or the file `succession` from beside its checkpoint. Read
    /// again while the witness runs
    #[arg(long, value_name = "URL|DIR|FILE")]
    pub(crate) succession: Vec<String>,
    /// Between two looks at the successions and files named above
    #[arg(long, value_name = "TIME", default_value = "5s")]
    pub(crate) every: Span,
    /// A policy, every log of which is cosigned (c2sp.org/tlog-policy)
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,
    /// Address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8419")]
    pub(crate) listen: SocketAddr,
    /// The clock is right, however far it is ahead of the last cosignature or jumped before this start
    #[arg(long)]
    pub(crate) accept_clock: bool,
    /// Address for health and metrics alone; by default they are served with the rest
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) admin: Option<SocketAddr>,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum WitnessCommand {
    /// Make a witness: its key, and a state that says nothing was cosigned yet
    New(NewArgs),
}

#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    /// Name of the witness: a domain and path you own, without a scheme
    #[arg(long, value_name = "NAME")]
    pub(crate) name: String,
    /// File to write the private key to; never overwritten
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// Folder to make for its state
    #[arg(long, value_name = "DIR")]
    pub(crate) state: PathBuf,
    /// Take the key that FILE holds: it has never cosigned anything
    #[arg(long, conflicts_with = "no_passphrase")]
    pub(crate) key_never_used: bool,
    /// Write the private key unencrypted
    #[arg(long)]
    pub(crate) no_passphrase: bool,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
}
