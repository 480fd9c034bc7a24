//! Arguments that many commands share: which keys sign, and how they are opened.

use clap::Args;
use std::path::PathBuf;
use truce_statement::PartyId;

/// The signer, and the agreement signed for.
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
    /// A ledger or published log to take the agreement from; its checkpoint is signed as seen
    #[arg(long, value_name = "SOURCE")]
    pub(crate) ledger: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
}

/// Passphrases of parties' private keys.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct PassphraseArgs {
    /// File whose first line is the passphrase of the key
    #[arg(long, value_name = "FILE", help_heading = "Passphrases")]
    pub(crate) passphrase_file: Option<PathBuf>,
}

/// The log's own keys.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct LogKeyArgs {
    /// The log's private key; LEDGER/log.pem by default
    #[arg(long, value_name = "FILE", help_heading = "Log")]
    pub(crate) log_key: Option<PathBuf>,
    /// The log's next private key, which also signs as soon as an amendment has brought it into force
    #[arg(long, value_name = "FILE", help_heading = "Log")]
    pub(crate) next_log_key: Option<PathBuf>,
    /// File whose first line is the passphrase of the log's key
    #[arg(long, value_name = "FILE", help_heading = "Passphrases")]
    pub(crate) log_passphrase_file: Option<PathBuf>,
}
