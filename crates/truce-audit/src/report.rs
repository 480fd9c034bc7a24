//! The report of an audit.

use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use truce_replay::Finding;

/// Verdict on the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every entry under the checkpoint was replayed, and everything matched.
    Verified,
    /// Something does not hold; see the findings.
    Failed,
}

/// The outcome of an audit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The one word.
    pub verdict: Verdict,
    /// Agreement id, once the charter has been read: compare it with the one you know.
    pub agreement: Option<String>,
    /// Origin of the log.
    pub origin: Option<String>,
    /// Entries under the checkpoint.
    pub size: u64,
    /// Entries replayed and admitted.
    pub replayed: u64,
    /// Root computed from the entries.
    pub root: Option<String>,
    /// SHA-256 of the register's bytes: the same on every machine that replays the same entries.
    pub register: String,
    /// Time at which the last entry was received, milliseconds UTC.
    pub last_received: Option<i64>,
    /// True when every founding party has acceded.
    pub in_force: bool,
    /// Statements by kind.
    pub kinds: BTreeMap<String, u64>,
    /// Findings; empty where the log holds.
    pub findings: Vec<Finding>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let (Some(agreement), Some(origin)) = (&self.agreement, &self.origin) {
            writeln!(f, "agreement  {agreement}\nlog        {origin}")?;
        }
        writeln!(f, "entries    {} replayed of {}", self.replayed, self.size)?;
        if let Some(root) = &self.root {
            writeln!(f, "root       {root}")?;
        }
        writeln!(f, "register   {}", self.register)?;
        for finding in &self.findings {
            writeln!(f, "{finding}")?;
        }
        match self.verdict {
            Verdict::Verified => write!(
                f,
                "VERIFIED: every signature, feed, admission, hash and tile up to the checkpoint holds"
            ),
            Verdict::Failed => write!(f, "FAILED: {} finding(s)", self.findings.len()),
        }
    }
}
