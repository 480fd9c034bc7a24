//! Ledger: `export`, `backup`, `restore`, `recover`, `forks`, `accept-clock`, `serve`.

use super::LogKeyArgs;
use clap::Args;
use std::path::PathBuf;

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
    /// Include the log's key: whoever has the backup can then sign as the log
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

/// Take back what a restored ledger lacks from copies of the log, or rebuild it from its entries
#[derive(Debug, Args)]
#[command(after_help = "\
Nothing is taken that does not lead to a root which this log has signed. It can be run again after an interruption.

Examples:
  truce recover ledger --from https://mirror.example.org/ceasefire --from /srv/log
  truce recover ledger --nothing-newer
  truce recover ledger --rebuild")]
pub(crate) struct RecoverArgs {
    /// Folder of the ledger
    pub(crate) ledger: PathBuf,
    /// Directory or URL of a published log or a mirror; may be given several times
    #[arg(long, value_name = "DIR|URL", required_unless_present_any = ["nothing_newer", "rebuild"])]
    pub(crate) from: Vec<String>,
    /// No copy anywhere has more than this ledger: it may sign as it is
    #[arg(long, conflicts_with = "from")]
    pub(crate) nothing_newer: bool,
    /// Make anew, from the entries, everything in the store that follows from them
    #[arg(long, conflicts_with_all = ["from", "nothing_newer"])]
    pub(crate) rebuild: bool,
}

/// List and export the statements that contradict recorded ones
#[derive(Debug, Args)]
#[command(after_help = "\
A statement that is refused with feed-fork proves that somebody signs twice with one key. The ledger keeps some of each
valid key. Reads beside `truce serve`. --out writes each with the recorded statement that it contradicts, and its proof.

Example:
  truce forks ledger --out evidence")]
pub(crate) struct ForksArgs {
    /// Folder of the ledger
    pub(crate) ledger: PathBuf,
    /// Folder to write them to
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

/// Say that the clock of this machine is right, after `clock-jumped`
#[derive(Debug, Args)]
#[command(after_help = "\
A depositary records nothing while its clock is further ahead than it is believed: five minutes ahead of what has passed
since it started, or, at its start, 100 days ahead of the last entry. Look at the clock first: entries cannot be dated back.
Holds for the process that has the ledger open, or for the next one that opens it within an hour.

Example:
  truce accept-clock ledger")]
pub(crate) struct AcceptClockArgs {
    /// Folder of the ledger
    pub(crate) ledger: PathBuf,
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
    /// Address for health and metrics alone; by default they are served with the rest
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) admin: Option<std::net::SocketAddr>,
    /// The clock is right, however far it is ahead of the last entry: see `truce accept-clock`
    #[arg(long)]
    pub(crate) accept_clock: bool,
    /// Place to publish to, beside HTTP: a directory, or `s3://BUCKET/PREFIX` with keys and endpoint from the environment
    #[arg(long, value_name = "DIR|URL", help_heading = "Publication")]
    pub(crate) publish: Option<String>,
    /// Store the bundles in a bucket compressed, for readers that undo gzip
    #[arg(long, requires = "publish", help_heading = "Publication")]
    pub(crate) publish_gzip: bool,
    /// Shortest time between two publications, milliseconds
    #[arg(long, value_name = "MS", default_value_t = 100, value_parser = clap::value_parser!(u64).range(10..=60_000))]
    #[arg(help_heading = "Publication")]
    pub(crate) pace: u64,
    /// Time that a partial file stays once the full one is there, seconds
    #[arg(long, value_name = "S", default_value_t = 600, help_heading = "Publication")]
    pub(crate) grace: u64,
    /// A tlog-policy in place of the charter's, at least as strict
    #[arg(long, value_name = "FILE", help_heading = "Witnesses")]
    pub(crate) policy: Option<PathBuf>,
    /// Longest time that a witness may take, milliseconds
    #[arg(long, value_name = "MS", default_value_t = 5_000, value_parser = clap::value_parser!(u64).range(10..=600_000))]
    #[arg(help_heading = "Witnesses")]
    pub(crate) witness_timeout: u64,
    /// New statements of one key: each second, and at once
    #[arg(long, value_name = "N[:BURST]", default_value = "100:2000", value_parser = rate, help_heading = "Limits")]
    pub(crate) key_rate: (u32, u32),
    /// Statements from one address (IPv6: one /64): each second, and at once
    #[arg(long, value_name = "N[:BURST]", default_value = "500:10000", value_parser = rate, help_heading = "Limits")]
    pub(crate) address_rate: (u32, u32),
    /// Take the sender's address from X-Forwarded-For, or from Forwarded; only behind a proxy that sets it
    ///
    /// The last item counts, which the proxy has written; where both headers are there, that of X-Forwarded-For.
    /// Connections are the proxy's all the same: --address-connections then bounds the proxy alone, and limits of
    /// connections for each address are its own to keep.
    #[arg(long, help_heading = "Limits")]
    pub(crate) forwarded: bool,
    /// Connections at a time
    #[arg(long, value_name = "N", default_value_t = 1024, help_heading = "Limits")]
    pub(crate) connections: usize,
    /// Connections from one address (IPv6: one /64) at a time; behind a proxy, the proxy's
    #[arg(long, value_name = "N", default_value_t = 512, help_heading = "Limits")]
    pub(crate) address_connections: usize,
    /// Statements on their way at a time, 256 to 4096
    #[arg(long, value_name = "N", default_value_t = 4096, value_parser = clap::value_parser!(u32).range(256..=4096))]
    #[arg(help_heading = "Limits")]
    pub(crate) places: u32,
    /// Time for the head of a request, seconds; its body must bring 1 KiB each second, or catch up within half of it
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
