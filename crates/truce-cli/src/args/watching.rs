//! Following others: `mirror`, `monitor`.

use super::Span;
use clap::Args;
use std::path::PathBuf;

/// Keep a verified copy of a published log
#[derive(Debug, Args)]
#[command(after_help = "\
The log is audited first, and exactly the audited files are copied, the checkpoint last. An existing copy must be an
older part of the same log: every file of it is checked, damaged files are fetched again, and only new files are taken.
A stopped run continues where it left off.

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
    /// Keep taking new entries, until stopped
    #[arg(long)]
    pub(crate) follow: bool,
    /// Time between two looks, with --follow
    #[arg(long, value_name = "TIME", default_value = "1s")]
    pub(crate) every: Span,
    /// Threads; one per core by default
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub(crate) threads: usize,
}

/// Watch copies and witnesses of a log, and prove fraud
#[derive(Debug, Args)]
#[command(after_help = "\
Every place is read and replayed, and their logs are compared. If the log signed a contradiction, that is an alarm at
once, with a fraud proof that anybody can check (`truce verify FILE`). An event that may have an innocent cause is a
warning, and an alarm when it lasts. Each takes one line on standard output, JSON with --json.

With --once, exit code 3 means an alarm, and 4 that some place could not be looked at.

Examples:
  truce monitor --log https://log.example.org --mirror /srv/mirror --state /var/lib/truce-monitor
  truce monitor --log https://log.example.org --log https://copy.example.net --expect seen.tlog-proof --once
  truce monitor --log https://log.example.org --state state --on-alarm 'mail -s \"$TRUCE_ALARM_CODE\" duty@example.org'")]
pub(crate) struct MonitorArgs {
    /// URL or directory of the published log; give several for the views of several readers
    #[arg(long, value_name = "URL|DIR", required_unless_present = "mirror")]
    pub(crate) log: Vec<String>,
    /// URL below which a witness shows its last checkpoint, by the hash of the origin
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
    /// Folder for the monitor's memory and for fraud proofs
    #[arg(long, value_name = "DIR")]
    pub(crate) state: Option<PathBuf>,
    /// Statement that must be in the log: a proof (.tlog-proof) or a COSE receipt, with the statement (.cose) beside it;
    /// a statement's file with receipts in it; or a statement's id
    #[arg(long, value_name = "FILE|ID")]
    pub(crate) expect: Vec<String>,
    /// Look once (up to three times if something is wrong), and end
    #[arg(long)]
    pub(crate) once: bool,
    /// Time between two looks at a place
    #[arg(long, value_name = "TIME", default_value = "5s", help_heading = "Times")]
    pub(crate) every: Span,
    /// Time that a place may be silent or behind, or a promised entry missing, before it is an alarm
    #[arg(long, value_name = "TIME", default_value = "10m", help_heading = "Times")]
    pub(crate) max_age: Span,
    /// Time that a place may serve wrong data before it is an alarm
    #[arg(long, value_name = "TIME", default_value = "30s", help_heading = "Times")]
    pub(crate) grace: Span,
    /// Command to run for each alarm, with the JSON on standard input
    #[arg(long, value_name = "COMMAND", help_heading = "Telling people")]
    pub(crate) on_alarm: Option<String>,
    /// URL to post each alarm to, as JSON
    #[arg(long, value_name = "URL", help_heading = "Telling people")]
    pub(crate) webhook: Option<String>,
    /// Threads of a replay; one per core by default
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub(crate) threads: usize,
}
