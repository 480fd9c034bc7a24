//! Following others: `mirror`, `monitor`.

use crate::monitor::Span;
use clap::Args;
use std::path::PathBuf;

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
    /// Threads; one per core by default
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
    /// Threads of a replay; one per core by default
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub(crate) threads: usize,
}
