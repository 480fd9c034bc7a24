//! Checkpoints over time.

use super::Quorum;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use truce_copy::{CopyError, Finding, Served, disagreements, history};

/// Most rows of one page.
const MAX_ROWS: usize = 200;

/// Checkpoints that this explorer saw and verified. It saw no others: what the log signed between two looks is not
/// here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CheckpointView {
    /// The newest first.
    pub rows: Vec<CheckpointRow>,
    /// `before` of the next page, where there is one.
    pub next: Option<u64>,
    /// Disagreements that two signed notes prove.
    pub disagreements: Vec<Finding>,
    /// Witnesses of the one that is served; `None` where the charter names none.
    pub quorum: Option<Quorum>,
}

/// One checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CheckpointRow {
    /// Tree size.
    pub size: u64,
    /// Root, base64 as in the note.
    pub root: String,
    /// Time at which this explorer had verified it, milliseconds UTC.
    pub seen_at: i64,
    /// Entries since the one before it here; `None` for the first.
    pub entries_since: Option<u64>,
    /// Milliseconds since the one before it here was seen; `None` for the first.
    pub gap: Option<i64>,
    /// Witnesses that had cosigned it when it was seen.
    pub cosigned_by: Vec<String>,
    /// The signed note.
    pub note: String,
}

pub(super) fn checkpoints(
    served: &Served,
    before: Option<u64>,
    limit: usize,
) -> Result<CheckpointView, CopyError> {
    let limit = limit.clamp(1, MAX_ROWS);
    let below = before.unwrap_or(u64::MAX).min(served.size().saturating_add(1));
    let seen = history(served.store(), Some(below), limit + 1)?;
    let rows: Vec<CheckpointRow> = seen
        .iter()
        .take(limit)
        .enumerate()
        .map(|(i, one)| {
            let earlier = seen.get(i + 1);
            CheckpointRow {
                size: one.size,
                root: one.root.clone(),
                seen_at: one.at,
                entries_since: earlier.map(|earlier| one.size - earlier.size),
                gap: earlier.map(|earlier| one.at - earlier.at),
                cosigned_by: one.cosigned_by.clone(),
                note: one.note.clone(),
            }
        })
        .collect();
    let next = rows.last().map(|row| row.size).filter(|_| seen.len() > limit);
    Ok(CheckpointView { rows, next, disagreements: disagreements(served.store())?, quorum: served.quorum() })
}
