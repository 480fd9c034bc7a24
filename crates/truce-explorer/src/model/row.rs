//! Rows of lists: one record each.

use super::ahead;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use truce_copy::index::{self, Flags, Part, RowCore, Status, TimeSpan};
use truce_copy::query::Total;
use truce_copy::{CopyError, Served};
use truce_statement::body::agreement::Charter;
use truce_statement::{Kind, Role};

/// One line of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecordRow {
    /// Position in the log.
    pub position: u64,
    /// Statement id, hex.
    pub id: String,
    /// Time at which the depositary received it, milliseconds UTC.
    pub received: i64,
    /// Id of the party that signed.
    pub party: String,
    /// Its name in the charter.
    pub party_name: String,
    /// Its role: the class of source.
    pub role: Role,
    /// Kind of statement.
    pub kind: Kind,
    /// Zones of the charter that it names.
    pub zones: Vec<String>,
    /// The place as the signer names it.
    pub place: Option<String>,
    /// Time of what it tells of: `days`, of which the last is included, or `instants`.
    pub time: Option<TimeSpan>,
    /// Summary of the statement, in parts.
    pub summary: Vec<Part>,
    /// Marks: what became of it, and what it is.
    pub flags: Flags,
    /// `received` is ahead of the explorer's clock by more than a minute.
    pub ahead: bool,
}

/// One page of a list, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecordPage {
    /// The rows.
    pub rows: Vec<RecordRow>,
    /// `before` of the next page, where there may be one. Appends do not move it.
    pub next: Option<u64>,
    /// Number of records that match.
    pub total: Total,
}

/// The rows of the records at `positions`, as far as `served` goes.
pub(crate) fn rows(
    served: &Served,
    charter: &Charter,
    positions: &[u64],
) -> Result<Vec<RecordRow>, CopyError> {
    let size = served.size();
    if let Some(position) = positions.iter().copied().find(|position| *position >= size) {
        return Err(CopyError::NoSuchRecord { position, size });
    }
    let kept = index::rows(served.store(), positions)?;
    let both = kept.into_iter().zip(index::flags_at(served.store(), positions)?);
    let limit = ahead::limit();
    positions
        .iter()
        .zip(both)
        .map(|(position, (kept, flags))| row(served, charter, *position, kept, flags, limit))
        .collect()
}

/// The row of the record at `position`, as far as `served` goes.
pub(crate) fn one(served: &Served, charter: &Charter, position: u64) -> Result<RecordRow, CopyError> {
    let row = rows(served, charter, &[position])?.pop();
    row.ok_or(CopyError::NoSuchRecord { position, size: served.size() })
}

fn row(
    served: &Served,
    charter: &Charter,
    position: u64,
    kept: Option<(i64, Role, RowCore)>,
    mut flags: Flags,
    limit: i64,
) -> Result<RecordRow, CopyError> {
    let (received, role, core) =
        kept.ok_or_else(|| CopyError::damaged(format!("the row of record {position} is missing")))?;
    if !flags.has(Status::Suspect) && served.register().is_suspect(&core.key, received) {
        flags.set(Status::Suspect);
    }
    let name = charter.parties.iter().find(|party| party.id.as_str() == core.party);
    Ok(RecordRow {
        position,
        id: core.id.to_string(),
        received,
        party_name: name.map(|party| party.name.to_string()).unwrap_or_default(),
        party: core.party,
        role,
        kind: core.kind,
        zones: core.zones,
        place: core.place,
        time: core.time,
        summary: core.summary,
        flags,
        ahead: received > limit,
    })
}
