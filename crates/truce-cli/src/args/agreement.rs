//! Keys and agreement: `key`, `charter`, `init`, `accede`.

use super::{LogKeyArgs, PassphraseArgs, SignerArgs};
use clap::{Args, Subcommand};
use std::path::PathBuf;
use truce_statement::PartyId;

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
        /// Also print it as a log's key: the vkey under this name, as an amendment names the next key
        #[arg(long, value_name = "NAME")]
        origin: Option<String>,
        #[command(flatten)]
        passphrase: PassphraseArgs,
    },
    Prove(ProveKeyArgs),
}

/// Prove that a party may have a key: the holder of the root key needs FILE.proof to grant it
#[derive(Debug, Args)]
#[command(after_help = "\
Make the proof on the machine of the private key. It is no secret, and good only for this party and this agreement.

Examples:
  truce key prove hub.pem --party mission --agreement charter.cose
  truce accede --key mission-root.pem --party mission --agreement charter.cose --grant hub.pem.proof:'Patrol hub'
  truce sign grant.jsonc --key mission-root.pem --agreement charter.cose --proof hub.pem.proof")]
pub(crate) struct ProveKeyArgs {
    /// The private key
    pub(crate) file: PathBuf,
    /// The party that will have the key
    #[arg(long, value_name = "ID")]
    pub(crate) party: PartyId,
    /// The agreement: its id or the charter's file
    #[arg(long, value_name = "ID|FILE")]
    pub(crate) agreement: Option<String>,
    /// A ledger or published log to take the agreement from
    #[arg(long, value_name = "SOURCE")]
    pub(crate) ledger: Option<PathBuf>,
    /// File to write; FILE.proof by default
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
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

/// Make a ledger with the charter as its first entry
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
    /// Root key of that party
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// Name of the log, if the draft does not give the log's key: a domain and path you own
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) origin: Option<String>,
    /// Write the log's private key unencrypted
    #[arg(long)]
    pub(crate) no_passphrase: bool,
    /// Do not require proofs of possession unless the draft does: for readers that do not know such agreements yet
    #[arg(long)]
    pub(crate) no_proof_of_possession: bool,
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
  truce accede --key north-root.pem --party north --agreement charter.cose --grant hub.pem.proof:'Patrol hub'
  truce submit ledger north-accession.cose")]
pub(crate) struct AccedeArgs {
    #[command(flatten)]
    pub(crate) signer: SignerArgs,
    /// First working keys: the proof that `truce key prove` made, or the public key if the private one lies beside it;
    /// and, after a colon, the key's holder
    #[arg(long, value_name = "FILE[:LABEL]")]
    pub(crate) grant: Vec<String>,
    /// Reservation, declaration, or the act by which the party was bound
    #[arg(long)]
    pub(crate) note: Option<String>,
    /// An exercise of the system itself
    #[arg(long)]
    pub(crate) drill: bool,
    /// File to write; default PARTY-accession.cose; - is standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}
