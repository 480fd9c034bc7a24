//! The status line: one word of three colours, and what stands behind it.

use crate::finding::Finding;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Everything under the newest checkpoint verified.
    Green,
    /// The records shown verified; something is missing or late.
    #[default]
    Amber,
    /// Something does not hold.
    Red,
}

/// Reason why it is not green.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// Nothing has been looked at yet.
    Starting,
    /// The copy is being made, or catching up by more than a moment's entries.
    Copying,
    /// The log has no checkpoint yet: nobody has signed for any entry.
    NoCheckpoint,
    /// The source cannot be read; `trouble` says how.
    SourceUnreachable,
    /// The source shows an older checkpoint than the one that is verified.
    StaleSource,
    /// The charter names witnesses, and too few of them cosigned.
    QuorumMissing,
    /// The copy cannot be written or read; `trouble` says how.
    CopyFailed,
    /// A finding; see `findings`.
    Finding,
}

/// Source of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// `ledger`, `directory` or `http`.
    pub kind: String,
    /// Its path or URL as it was given.
    pub name: String,
}

/// Progress of a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Progress {
    /// Entries verified.
    pub done: u64,
    /// Number of entries.
    pub total: u64,
}

/// Witnesses of the checkpoint that is served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Quorum {
    /// Witnesses that the policy names.
    pub asked: usize,
    /// Number of those that cosigned.
    pub have: usize,
    /// Names of those that cosigned.
    pub names: Vec<String>,
    /// They are a quorum by the policy.
    pub reached: bool,
}

/// The state of the explorer. Before anything was verified, `size` is 0 and the texts are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Status {
    /// The colour.
    pub level: Level,
    /// Reason why it is not green.
    pub why: Option<Why>,
    /// Id of the agreement.
    pub agreement: String,
    /// Title of the agreement.
    pub title: String,
    /// Origin of the log.
    pub origin: String,
    /// The log's vkey, from the charter.
    pub vkey: String,
    /// Entries verified under a checkpoint, and served.
    pub size: u64,
    /// Root of that checkpoint, hex.
    pub root: String,
    /// Time at which this explorer finished verifying it, milliseconds UTC.
    pub verified_at: i64,
    /// Size that the newest checkpoint of the source claims.
    pub source_size: Option<u64>,
    /// The source.
    pub source: Place,
    /// Time of the last look at the source, milliseconds UTC; 0 for never.
    pub checked_at: i64,
    /// While a copy is being made or catching up.
    pub progress: Option<Progress>,
    /// `None` where the charter names no witnesses.
    pub quorum: Option<Quorum>,
    /// Findings: the one that keeps the explorer now, and those that were proven before.
    pub findings: Vec<Finding>,
    /// Code and sentence of what keeps the explorer from reading or writing, where something does.
    pub trouble: Option<(String, String)>,
    /// Reason why the copy was made anew at the last start, if it was.
    pub rebuilt: Option<String>,
}
