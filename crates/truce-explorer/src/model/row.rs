//! Rows of lists: one record each.

use super::ahead;
use crate::copy::Served;
use crate::error::ExplorerError;
use crate::index::{FLAGS, Flags, Part, ROW, RowCore, Status, TimeSpan, at};
use crate::query::Total;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use truce_statement::body::agreement::Charter;
use truce_statement::{Kind, Role};
use truce_store::{IndexRead as _, ScanRange, Space};

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
) -> Result<Vec<RecordRow>, ExplorerError> {
    let size = served.size();
    if let Some(position) = positions.iter().copied().find(|position| *position >= size) {
        return Err(ExplorerError::NoSuchRecord { position, size });
    }
    // Every record has a row, few have flags: between two records of a page lie more rows than flags.
    let kept = kept(served, ROW, positions, 3 * positions.len() as u64)?;
    let flags = kept_flags(served, positions)?;
    let both = kept.iter().zip(flags);
    let limit = ahead::limit();
    positions
        .iter()
        .zip(both)
        .map(|(position, (kept, flags))| row(served, charter, *position, kept.as_deref(), flags, limit))
        .collect()
}

/// Positions that a page may span for its flags to be read in one go.
const NARROW: u64 = 2048;

fn kept_flags(served: &Served, positions: &[u64]) -> Result<Vec<Flags>, ExplorerError> {
    let kept = kept(served, FLAGS, positions, NARROW)?;
    Ok(kept.iter().map(|flags| flags.as_deref().map_or(Flags::default(), Flags::decode)).collect())
}

/// Values kept under `letter` for each of `positions`: in one scan where they lie within `narrow` of each other, else in
/// one question for all.
fn kept(
    served: &Served,
    letter: u8,
    positions: &[u64],
    narrow: u64,
) -> Result<Vec<Option<Vec<u8>>>, ExplorerError> {
    let ends = positions.iter().copied().min().zip(positions.iter().copied().max());
    let Some((first, last)) = ends.filter(|(first, last)| positions.len() > 1 && last - first < narrow)
    else {
        let keys: Vec<[u8; 9]> = positions.iter().map(|position| at(letter, *position)).collect();
        let keys: Vec<&[u8]> = keys.iter().map(<[u8; 9]>::as_slice).collect();
        return Ok(served.store().get_many(Space::Facts, &keys)?);
    };
    let mut found: BTreeMap<u64, Option<Vec<u8>>> =
        positions.iter().map(|position| (*position, None)).collect();
    let range = ScanRange::between(&at(letter, first), &at(letter, last.saturating_add(1)));
    served.store().scan(Space::Facts, &range, &mut |key, value| {
        let position = key.last_chunk().map(|be| u64::from_be_bytes(*be));
        if let Some(slot) = position.and_then(|position| found.get_mut(&position)) {
            *slot = Some(value.to_vec());
        }
        ControlFlow::Continue(())
    })?;
    Ok(positions.iter().map(|position| found.get(position).cloned().flatten()).collect())
}

/// The row of the record at `position`, as far as `served` goes.
pub(crate) fn one(served: &Served, charter: &Charter, position: u64) -> Result<RecordRow, ExplorerError> {
    let row = rows(served, charter, &[position])?.pop();
    row.ok_or(ExplorerError::NoSuchRecord { position, size: served.size() })
}

fn row(
    served: &Served,
    charter: &Charter,
    position: u64,
    kept: Option<&[u8]>,
    mut flags: Flags,
    limit: i64,
) -> Result<RecordRow, ExplorerError> {
    let (received, role, core) = kept
        .and_then(RowCore::decode)
        .ok_or_else(|| ExplorerError::damaged(format!("the row of record {position} is missing")))?;
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

/// Time of receipt of the record at `position`, milliseconds UTC.
pub(super) fn received(served: &Served, position: u64) -> Result<i64, ExplorerError> {
    let kept = served.store().get(Space::Facts, &at(ROW, position))?;
    let received = kept.as_deref().and_then(<[u8]>::first_chunk::<8>).map(|be| i64::from_be_bytes(*be));
    received.ok_or_else(|| ExplorerError::damaged(format!("the row of record {position} is missing")))
}
