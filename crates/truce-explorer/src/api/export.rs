//! All records that meet the conditions, in one file.

use super::answer::{Answer, Sink};
use super::parameters::Asked;
use super::problem::Problem;
use crate::model::{Part, PartValue, Reading, RecordRow, TimeSpan, Views as _, record_document};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::io::{self, Write as _};
use std::sync::Arc;
use truce_copy::query::{self, Filter, MAX_LIMIT};
use truce_copy::{CopyError, Served, places};

/// Columns of the CSV. Whole days stand in `first_day` and `last_day`, which is included; instants stand in `from` and
/// `to`, RFC 3339 in UTC, as does `received`. Several values of one cell are joined by a semicolon.
const COLUMNS: [&str; 16] = [
    "position",
    "id",
    "received",
    "party",
    "party_name",
    "role",
    "kind",
    "zones",
    "place",
    "first_day",
    "last_day",
    "from",
    "to",
    "status",
    "ahead",
    "summary",
];

pub(super) fn csv(reading: &Reading, asked: &Asked) -> Result<Answer, Problem> {
    let marked = asked.text("bom").is_some();
    stream("text/csv; charset=utf-8", "records.csv", reading, asked, move |served, filter, sink| {
        if marked {
            sink.write_all("\u{feff}".as_bytes())?;
        }
        let mut table = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(sink);
        table.write_record(COLUMNS)?;
        each_page(served, filter, |positions| {
            for row in served.rows(positions).map_err(io::Error::other)? {
                table.write_record(cells(&row).iter().map(|cell| inert(cell)))?;
            }
            Ok(())
        })?;
        table.flush()
    })
}

pub(super) fn jsonl(reading: &Reading, asked: &Asked) -> Result<Answer, Problem> {
    stream("application/jsonl", "records.jsonl", reading, asked, |served, filter, sink| {
        each_page(served, filter, |positions| {
            for row in served.rows(positions).map_err(io::Error::other)? {
                let document = record(served, row.position).map_err(io::Error::other)?;
                serde_json::to_writer(
                    &mut *sink,
                    &json!({ "record": document, "status": row.flags, "ahead": row.ahead }),
                )?;
                sink.write_all(b"\n")?;
            }
            Ok(())
        })
    })
}

pub(super) fn geojson(reading: &Reading, asked: &Asked) -> Result<Answer, Problem> {
    stream("application/geo+json", "records.geojson", reading, asked, |served, filter, sink| {
        let filter = Filter { placed: true, ..filter.clone() };
        sink.write_all(br#"{"type":"FeatureCollection","features":["#)?;
        let mut first = true;
        each_page(served, &filter, |positions| {
            for row in served.rows(positions).map_err(io::Error::other)? {
                for feature in features(served, &row).map_err(io::Error::other)? {
                    sink.write_all(if first { b"\n" } else { b",\n" })?;
                    first = false;
                    serde_json::to_writer(&mut *sink, &feature)?;
                }
            }
            Ok(())
        })?;
        sink.write_all(b"\n]}\n")
    })
}

fn stream(
    kind: &'static str,
    name: &'static str,
    reading: &Reading,
    asked: &Asked,
    make: impl FnOnce(&Served, &Filter, &mut Sink) -> io::Result<()> + Send + 'static,
) -> Result<Answer, Problem> {
    let (served, filter): (Arc<Served>, Filter) = (reading.served()?, asked.filter()?);
    // A condition that cannot be met is a problem, not a file that breaks off.
    query::search(served.store(), served.size(), &filter, None, 1)?;
    Ok(Answer::Stream { kind, name, make: Box::new(move |sink| make(&served, &filter, sink)) })
}

/// Hands over every position that matches, newest first, a page at a time.
fn each_page(
    served: &Served,
    filter: &Filter,
    mut each: impl FnMut(&[u64]) -> io::Result<()>,
) -> io::Result<()> {
    let mut before = None;
    loop {
        let found = query::search(served.store(), served.size(), filter, before, MAX_LIMIT);
        let found = found.map_err(io::Error::other)?;
        each(&found.positions)?;
        match found.next {
            None => return Ok(()),
            next => before = next,
        }
    }
}

fn record(served: &Served, position: u64) -> Result<Value, CopyError> {
    record_document(&served.record(position)?)
}

fn features(served: &Served, row: &RecordRow) -> Result<Vec<Value>, CopyError> {
    let record = served.record(row.position)?;
    let time = Time::of(row.time);
    let points = places(record.statement.body()).filter_map(|place| Some((place, place.point.as_ref()?)));
    Ok(points
        .map(|(place, point)| {
            let precision = point.precision_m.value().map_or(Value::Null, |metres| json!(metres));
            json!({
                "type": "Feature",
                "id": format!("{}", row.position),
                "geometry": { "type": "Point", "coordinates": [degrees(point.lon.units()), degrees(point.lat.units())] },
                "properties": {
                    "position": row.position, "id": row.id, "received": utc(row.received), "party": row.party,
                    "role": row.role, "kind": row.kind, "zones": row.zones, "place": place.name.value(),
                    "precision_m": precision, "first_day": time.first_day, "last_day": time.last_day,
                    "from": time.from, "to": time.to, "status": row.flags, "ahead": row.ahead,
                    "summary": summary(row),
                },
            })
        })
        .collect())
}

/// Units of 1e-7 degree as degrees.
fn degrees(units: i32) -> f64 {
    f64::from(units) / 1e7
}

/// The time of a record in columns of which each means one thing.
#[derive(Default)]
struct Time {
    /// First of whole days.
    first_day: Option<String>,
    /// Last of whole days, included.
    last_day: Option<String>,
    /// Instant, or beginning of a span of instants.
    from: Option<String>,
    /// End of a span of instants.
    to: Option<String>,
}

impl Time {
    fn of(time: Option<TimeSpan>) -> Self {
        match time {
            None => Self::default(),
            Some(TimeSpan::Days { first, last }) => Self {
                first_day: Some(first.to_string()),
                last_day: Some(last.to_string()),
                ..Self::default()
            },
            Some(TimeSpan::Instants { from, to }) => {
                Self { from: Some(utc(from)), to: to.map(utc), ..Self::default() }
            }
        }
    }
}

fn cells(row: &RecordRow) -> [String; COLUMNS.len()] {
    let time = Time::of(row.time);
    let flags: Vec<&str> = row.flags.iter().map(truce_copy::index::Status::as_str).collect();
    [
        row.position.to_string(),
        row.id.clone(),
        utc(row.received),
        row.party.clone(),
        row.party_name.clone(),
        row.role.to_string(),
        row.kind.to_string(),
        row.zones.join(";"),
        row.place.clone().unwrap_or_default(),
        time.first_day.unwrap_or_default(),
        time.last_day.unwrap_or_default(),
        time.from.unwrap_or_default(),
        time.to.unwrap_or_default(),
        flags.join(";"),
        if row.ahead { "yes" } else { "" }.to_owned(),
        summary(row),
    ]
}

/// The summary of a record in one line.
pub(super) fn summary(row: &RecordRow) -> String {
    let parts: Vec<String> = row.summary.iter().map(part).collect();
    parts.join("; ")
}

fn part(part: &Part) -> String {
    let value = match &part.value {
        PartValue::Word(text) | PartValue::Text(text) => text.clone(),
        PartValue::Number { n, about: false } => n.to_string(),
        PartValue::Number { n, about: true } => format!("about {n}"),
        PartValue::NotKnown => "not known".to_owned(),
        PartValue::Time(at) => utc(*at),
    };
    format!("{}: {value}", part.key)
}

/// RFC 3339, UTC.
pub(super) fn utc(ms: i64) -> String {
    Timestamp::from_millisecond(ms).map_or_else(|_| ms.to_string(), |at| at.to_string())
}

/// A cell that no spreadsheet takes for a formula: what a signer wrote must not run on the reader's machine.
fn inert(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_is_only_text() {
        assert_eq!(inert("=HYPERLINK(\"x\")"), "'=HYPERLINK(\"x\")");
        assert_eq!(inert("-1"), "'-1");
        assert_eq!(inert("mortar"), "mortar");
    }

    #[test]
    fn times_are_rfc_3339() {
        assert_eq!(utc(1_609_459_200_000), "2021-01-01T00:00:00Z");
        assert_eq!(utc(i64::MAX), i64::MAX.to_string());
    }
}
