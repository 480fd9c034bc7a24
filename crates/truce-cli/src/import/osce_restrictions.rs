//! Restrictions of the observers' freedom of movement. Times are read from the mission's clock; a delay is kept as
//! printed even where the times give another.

use super::error::BadRow;
use super::place::place;
use super::record::{Record, short};
use super::{Names, Row, clock};
use truce_statement::Role;
use truce_statement::body::reports::{Outcome, Restriction};
use truce_statement::shape::{Days, When};
use truce_statement::unit::{ClockTime, Date, Known, Stamp};

/// The columns.
pub(super) const COLUMNS: &[&str] = &[
    "kind",
    "mission",
    "spot_report",
    "date",
    "arrived",
    "decision_at",
    "left",
    "outcome",
    "delay_minutes",
    "vehicles",
    "people",
    "place",
    "control",
    "region",
    "travelling",
    "reason_given",
    "by",
    "note",
    "source",
];

const OUTCOMES: &[(&str, Outcome)] = &[
    ("denied", Outcome::Denied),
    ("delayed", Outcome::Delayed),
    ("conditional", Outcome::Conditional),
    ("resumed", Outcome::Resumed),
];

pub(super) fn row(record: &Record, names: &Names) -> Result<Row, BadRow> {
    record.is("kind", "freedom_of_movement_restriction")?;
    let date: Date = record.need("date", "a date such as 2021-10-17")?;
    let arrived = time(record, "arrived", date)?;
    let place = place(record, "place", "control", names)?;
    let outcome = record.one_of("outcome", OUTCOMES)?.map_or(Known::NotKnown, Known::Is);
    let title = format!("restriction on {date} at {}", record.text("place").unwrap_or("a place not stated"));
    let restriction = Restriction {
        by: record.get("by")?,
        left: time(record, "left", date)?,
        note: record.get("note")?,
        when: arrived.is_none().then_some(When::Days(Days { to: date, from: date })),
        drill: None,
        place,
        people: record.number("people")?.map(Known::Is),
        reason: record.get("reason_given")?,
        report: record.get("spot_report")?,
        source: record.source()?,
        status: None,
        arrived,
        decided: time(record, "decision_at", date)?,
        outcome,
        evidence: None,
        vehicles: record.number("vehicles")?.map(Known::Is),
        travelling: record.get("travelling")?,
        announced_before: None,
        delay_printed_min: record.number("delay_minutes")?,
    };
    Ok(Row::new(record.line, Role::Mission, short(&title), restriction).signed_by(record.text("mission")))
}

fn time(record: &Record, column: &str, date: Date) -> Result<Option<Stamp>, BadRow> {
    let Some(time) = record.get::<ClockTime>(column)? else { return Ok(None) };
    let stamp = clock::local(date, time);
    stamp.map(Some).ok_or_else(|| record.bad(column, time.to_string(), "a time in the years 1900 to 2199"))
}
