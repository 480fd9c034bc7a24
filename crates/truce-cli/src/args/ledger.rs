//! Ledger: `export`, `backup`, `restore`, `recover`, `forks`, `accept-clock`, `serve`.

use super::LogKeyArgs;
use clap::Args;
use std::path::PathBuf;

/// Publish a ledger as a directory
#[derive(Debug, Args)]
#[command(after_help = "\
The directory is in the layout of c2sp.org/tlog-tiles; any static web server can serve it. Exporting again adds the
new entries.

Example:
  truce export ledger /srv/www/ceasefire")]
pub(crate) struct ExportArgs {
    /// Folder of the ledger
    pub(crate) ledger: PathBuf,
    /// Directory to write
    pub(crate) directory: PathBuf,
}

/// Write a backup of a ledger, even while a depositary runs
#[derive(Debug, Args)]
#[command(after_help = "\
A depositary that has the ledger open keeps running; it copies its store itself, when asked over the socket
LEDGER/control. The backup is a ledger's folder: `truce verify` reads it. It holds the log's key only with --with-key.

Example:
  truce backup ledger /mnt/backup/2021-02-07")]
pub(crate) struct BackupArgs {
    /// Folder of the ledger
    pub(crate) ledger: PathBuf,
    /// Folder to write, which must not exist
    pub(crate) to: PathBuf,
    /// Include the log's key: any holder of the backup can then sign as the log
    #[arg(long)]
    pub(crate) with_key: bool,
}

/// Put a backup back
#[derive(Debug, Args)]
#[command(after_help = "\
A backup may lack entries that have receipts, so nothing can be recorded in the ledger before `truce recover`.

Example:
  truce restore /mnt/backup/2021-02-07 ledger")]
pub(crate) struct RestoreArgs {
    /// The backup's folder
    pub(crate) backup: PathBuf,
    /// Folder of the ledger; it may hold a key and a checkpoint, and no store
    pub(crate) ledger: PathBuf,
}

/// Take the missing entries of a restored ledger from copies of the log, or rebuild it from its entries
#[derive(Debug, Args)]
#[command(after_help = "\
Only entries that lead to a root which this log has signed are taken. After an interruption, run it again.

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
    /// State that no copy anywhere has more than this ledger, so that it may sign as it is
    #[arg(long, conflicts_with = "from")]
    pub(crate) nothing_newer: bool,
    /// Rebuild, from the entries, everything in the store that follows from them
    #[arg(long, conflicts_with_all = ["from", "nothing_newer"])]
    pub(crate) rebuild: bool,
}

/// List and export the statements that contradict recorded ones
#[derive(Debug, Args)]
#[command(after_help = "\
A statement that is refused with feed-fork proves that somebody signs twice with one key. The ledger keeps some of each
valid key. Works while `truce serve` runs. --out writes each with the recorded statement that it contradicts, and a proof.

Example:
  truce forks ledger --out evidence")]
pub(crate) struct ForksArgs {
    /// Folder of the ledger
    pub(crate) ledger: PathBuf,
    /// Folder to write them to
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

/// Confirm, after `clock-jumped`, that the clock of this machine is right
#[derive(Debug, Args)]
#[command(after_help = "\
A depositary records nothing while its clock is too far ahead to be believed: five minutes ahead of the time passed
since its start, or, at a start, 100 days ahead of the last entry. Look at the clock first: entries cannot be dated back.
This holds for the process that has the ledger open, or for the next one that opens it within an hour.

Example:
  truce accept-clock ledger")]
pub(crate) struct AcceptClockArgs {
    /// Folder of the ledger
    pub(crate) ledger: PathBuf,
}

/// Run a depositary: take statements over HTTP, publish them, have the log witnessed
#[derive(Debug, Args)]
#[command(after_help = "\
Prints its URL and serves until it is asked to stop (SIGTERM, SIGINT); acknowledged statements are durable. The HTTP
interface is docs/protocol.md. The witnesses are those of the charter.

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
    /// Certificate chain in PEM form; turns TLS on
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// Its private key in PEM form
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Separate address for health and metrics; by default they are served with the rest
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) admin: Option<std::net::SocketAddr>,
    /// State that the clock is right, however far ahead of the last entry: see `truce accept-clock`
    #[arg(long)]
    pub(crate) accept_clock: bool,
    /// Second place to publish to: a directory, or `s3://BUCKET/PREFIX` with keys and endpoint from the environment
    #[arg(long, value_name = "DIR|URL", help_heading = "Publication")]
    pub(crate) publish: Option<String>,
    /// Store bundles compressed in the bucket, for readers that undo gzip
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
    /// The last item, which the proxy has written, counts; if both headers are present, that of X-Forwarded-For.
    /// All connections still come from the proxy: --address-connections then bounds only the proxy, and the proxy has
    /// to limit the connections of each address.
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
