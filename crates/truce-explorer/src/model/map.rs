//! Zones, and records with coordinates, each with the precision that its source states.

use super::{Part, TimeSpan, row};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use truce_copy::index::{self, Status, Term};
use truce_copy::query::{self, Filter, MAX_LIMIT};
use truce_copy::{CopyError, Served};
use truce_statement::{Kind, Role};

/// Records on one map.
const MAX_EVENTS: usize = 2_000;
/// Records that are asked for, where nothing is said.
const DEFAULT_EVENTS: usize = 500;

/// Choice of records on a map, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MapQuery {
    /// Conditions; records without coordinates never meet them.
    pub filter: Filter,
    /// Most records; 500 if absent, never more than 2,000.
    pub limit: Option<usize>,
}

/// A map. Coordinates are WGS 84, in units of 1e-7 degree, north and east positive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MapView {
    /// Zones of the charter, with or without geometry.
    pub zones: Vec<MapZone>,
    /// Records with coordinates, the newest first.
    pub events: Vec<MapEvent>,
    /// More of them exist than the view holds.
    pub more: bool,
    /// South, west, north, east of everything; `None` where nothing has coordinates.
    pub bounds: Option<(i32, i32, i32, i32)>,
}

/// A zone of the charter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MapZone {
    /// Short name.
    pub id: String,
    /// Full name.
    pub name: String,
    /// Corners (north, east) in order, the last joined to the first.
    pub outline: Option<Vec<(i32, i32)>>,
    /// A place that stands for it (north, east, precision in metres).
    pub point: Option<(i32, i32, Option<u32>)>,
    /// Records that name it.
    pub records: u64,
}

/// A record with coordinates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MapEvent {
    /// Position in the log.
    pub position: u64,
    /// Its kind.
    pub kind: Kind,
    /// Party that signed.
    pub party: String,
    /// Class of source.
    pub role: Role,
    /// North.
    pub lat: i32,
    /// East.
    pub lon: i32,
    /// The true position is within so many metres; `None` where the source does not say.
    pub precision_m: Option<u32>,
    /// Time of what it tells of.
    pub time: Option<TimeSpan>,
    /// The place as the signer names it.
    pub place: Option<String>,
    /// Summary of the statement, in parts.
    pub summary: Vec<Part>,
    /// A later statement took its place or took it back.
    pub superseded: bool,
}

pub(super) fn map(served: &Served, query: &MapQuery) -> Result<MapView, CopyError> {
    let charter = served.charter()?;
    let filter = Filter { placed: true, ..query.filter.clone() };
    let limit = query.limit.unwrap_or(DEFAULT_EVENTS).clamp(1, MAX_EVENTS);
    let mut events = Vec::new();
    let mut before = None;
    let more = loop {
        let page = limit.saturating_sub(events.len()).min(MAX_LIMIT);
        let found = query::search(served.store(), served.size(), &filter, before, page)?;
        let rows = row::rows(served, charter, &found.positions)?;
        for (position, row) in found.positions.into_iter().zip(rows) {
            let Some(spot) = index::spot(served.store(), position)? else { continue };
            events.push(MapEvent {
                position,
                kind: row.kind,
                party: row.party,
                role: row.role,
                lat: spot.lat,
                lon: spot.lon,
                precision_m: spot.precision_m,
                time: row.time,
                place: row.place,
                summary: row.summary,
                superseded: row.flags.has(Status::Corrected) || row.flags.has(Status::Retracted),
            });
        }
        match found.next {
            Some(next) if events.len() < limit => before = Some(next),
            next => break next.is_some(),
        }
    };
    let zones = zones(served)?;
    let bounds = bounds(&zones, &events);
    Ok(MapView { zones, events, more, bounds })
}

fn zones(served: &Served) -> Result<Vec<MapZone>, CopyError> {
    let mut zones = Vec::new();
    for zone in served.charter()?.zones.iter().flat_map(|zones| zones.iter()) {
        let outline = zone.area.as_ref().and_then(|area| area.outline.as_ref());
        let place = zone.area.as_ref().and_then(|area| area.place.as_ref());
        let point = place.and_then(|place| place.point.as_ref());
        zones.push(MapZone {
            id: zone.id.to_string(),
            name: zone.name.to_string(),
            outline: outline.map(|outline| {
                outline.corners().iter().map(|corner| (corner.lat.units(), corner.lon.units())).collect()
            }),
            point: point.map(|point| {
                let precision = point.precision_m.value().map(|metres| metres.get());
                (point.lat.units(), point.lon.units(), precision)
            }),
            records: index::count(served.store(), &Term::Zone(zone.id.to_string()))?,
        });
    }
    Ok(zones)
}

fn bounds(zones: &[MapZone], events: &[MapEvent]) -> Option<(i32, i32, i32, i32)> {
    let corners = zones.iter().filter_map(|zone| zone.outline.as_ref()).flatten().copied();
    let points = zones.iter().filter_map(|zone| zone.point).map(|(lat, lon, _)| (lat, lon));
    let all = corners.chain(points).chain(events.iter().map(|event| (event.lat, event.lon)));
    all.fold(None, |bounds: Option<(i32, i32, i32, i32)>, (lat, lon)| {
        Some(match bounds {
            None => (lat, lon, lat, lon),
            Some((south, west, north, east)) => {
                (south.min(lat), west.min(lon), north.max(lat), east.max(lon))
            }
        })
    })
}
