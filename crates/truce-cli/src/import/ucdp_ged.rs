//! Events of the UCDP Georeferenced Event Dataset (GED) 22.1: one statement on harm for each event, by a civil-society
//! source of its own class. The codes are those of the data set's code book.

use super::error::BadRow;
use super::record::Record;
use super::{Names, Row};
use truce_statement::Role;
use truce_statement::body::reports::{Coding, Deaths, External, Harm, Named, Parties};
use truce_statement::shape::{Days, Place, Point, When};
use truce_statement::unit::{Date, Known, Name, NonEmpty, UnitError};

/// The columns.
pub(super) const COLUMNS: &[&str] = &[
    "id",
    "relid",
    "type_of_violence",
    "conflict_new_id",
    "conflict_name",
    "dyad_new_id",
    "dyad_name",
    "side_a",
    "side_b",
    "number_of_sources",
    "where_prec",
    "where_coordinates",
    "adm_1",
    "adm_2",
    "latitude",
    "longitude",
    "event_clarity",
    "date_prec",
    "date_start",
    "date_end",
    "deaths_a",
    "deaths_b",
    "deaths_civilians",
    "deaths_unknown",
    "best",
    "high",
    "low",
];

/// Columns of the whole data set that repeat others, or that hold headlines of others' reports. Read over on purpose.
const READ_OVER: &[&str] = &[
    "year",
    "active_year",
    "code_status",
    "conflict_dset_id",
    "dyad_dset_id",
    "side_a_dset_id",
    "side_a_new_id",
    "side_b_dset_id",
    "side_b_new_id",
    "source_article",
    "source_office",
    "source_date",
    "source_headline",
    "source_original",
    "where_description",
    "geom_wkt",
    "priogrid_gid",
    "country",
    "country_id",
    "region",
    "gwnoa",
    "gwnob",
];

const SCHEME: &str = "ucdp-ged-22-1";
const SOURCE: &str = "UCDP Georeferenced Event Dataset (GED) Global version 22.1";

pub(super) fn row(record: &Record, names: &Names) -> Result<Row, BadRow> {
    for column in READ_OVER {
        record.text(column);
    }
    let fixed = |error: UnitError| record.wrong("id", error);
    let id: Name = record.need("id", "the id of the event")?;
    let days = Days { to: day(record, "date_end")?, from: day(record, "date_start")? };
    let title = format!("UCDP event {id}");
    let harm = Harm {
        note: None,
        when: When::Days(days),
        cause: None,
        drill: None,
        place: place(record, names)?,
        coding: Some(Coding {
            clarity: record.number("event_clarity")?,
            sources: record.number("number_of_sources")?,
            date_precision: record.number("date_prec")?,
            place_precision: record.number("where_prec")?,
        }),
        deaths: Some(Deaths {
            low: record.tally("low")?,
            best: record.tally("best")?,
            high: record.tally("high")?,
            side_a: record.number("deaths_a")?,
            side_b: record.number("deaths_b")?,
            unknown: record.number("deaths_unknown")?,
            civilians: record.number("deaths_civilians")?,
        }),
        people: None,
        report: None,
        source: Some(SOURCE.parse().map_err(fixed)?),
        status: None,
        objects: None,
        parties: Some(Parties {
            dyad: named(record, "dyad_new_id", "dyad_name")?,
            side_a: record.need("side_a", "the name of side A")?,
            side_b: record.need("side_b", "the name of side B")?,
            conflict: named(record, "conflict_new_id", "conflict_name")?,
            violence: record.number("type_of_violence")?,
        }),
        evidence: None,
        external: Some(External {
            id,
            scheme: SCHEME.parse().map_err(fixed)?,
            related: record.get("relid")?,
        }),
    };
    Ok(Row::new(record.line, Role::Civil, title, harm).signed_by(Some("UCDP")))
}

/// A date. The data set as UCDP publishes it adds midnight to each.
fn day(record: &Record, column: &str) -> Result<Date, BadRow> {
    let text = record.need_text(column, "a date such as 2015-01-31")?;
    let date = text.strip_suffix(" 00:00:00.000").unwrap_or(text);
    date.parse().map_err(|error| record.wrong(column, error))
}

fn place(record: &Record, names: &Names) -> Result<Place, BadRow> {
    let units = [record.get::<Name>("adm_1")?, record.get("adm_2")?];
    let zone = units.iter().flatten().find_map(|unit| names.zones.get(unit.as_str()).cloned());
    let point = match (record.get("latitude")?, record.get("longitude")?) {
        (Some(lat), Some(lon)) => Some(Point { lat, lon, precision_m: Known::NotKnown }),
        (None, None) => None,
        (Some(_), None) => {
            return Err(record.missing("longitude", "decimal degrees, where there is a latitude"));
        }
        (None, Some(_)) => {
            return Err(record.missing("latitude", "decimal degrees, where there is a longitude"));
        }
    };
    let admin = NonEmpty::new(units.into_iter().flatten().collect()).ok();
    Ok(Place { from: None, name: record.known_name("where_coordinates")?, zone, admin, point, control: None })
}

fn named(record: &Record, id: &str, name: &str) -> Result<Option<Named>, BadRow> {
    match (record.get(id)?, record.get(name)?) {
        (Some(id), Some(name)) => Ok(Some(Named { id, name })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(record.missing(name, "a name, where there is an id")),
        (None, Some(_)) => Err(record.missing(id, "an id, where there is a name")),
    }
}
