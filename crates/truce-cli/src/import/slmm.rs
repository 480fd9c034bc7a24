//! Complaints and rulings of the Sri Lanka Monitoring Mission (SLMM): one finding for each row, about the file they
//! come from. A ruling that upholds a complaint corroborates it; a count of complaints says that they were made.

use super::error::BadRow;
use super::exercises::{Figures, concerns, finding, place, source_file};
use super::record::{Record, Table, short};
use super::{Names, Row};
use truce_statement::Role;
use truce_statement::body::verification::{Finding, FindingOutcome};
use truce_statement::shape::{Days, Place, When};
use truce_statement::unit::{Known, Name, Tally};

/// The columns.
pub(super) const COLUMNS: &[&str] = &[
    "mission",
    "from",
    "to",
    "party",
    "category",
    "district",
    "complaints",
    "complaints_valid",
    "ruled_violation",
    "under_inquiry",
    "note",
    "source",
];

/// The word of the table for all parties counted together.
const ALL: &str = "all";

pub(super) fn rows(table: &mut Table<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    for record in table.records {
        match row(record, table.names) {
            Ok(row) => place(vec![row], &mut rows, |role| {
                source_file(table.source, role, "Complaints and rulings of the SLMM, as imported")
            }),
            Err(bad) => table.refuse(record, bad),
        }
    }
    rows
}

fn row(record: &Record, names: &Names) -> Result<Row, BadRow> {
    let days = Days { to: record.need("to", "a date")?, from: record.need("from", "a date")? };
    let party = record.need_text("party", "the party complained of, or all")?;
    let ruled: Option<Tally> = record.number("ruled_violation")?;
    let valid: Option<Tally> = record.number("complaints_valid")?;
    let figures = Figures::default()
        .found("complaints", record.number("complaints")?)
        .found("complaints-valid", valid)
        .found("ruled-violation", ruled)
        .found("under-inquiry", record.number("under_inquiry")?);
    let of = if party == ALL { "all parties" } else { party };
    let category = record.get::<Name>("category")?;
    let about = category.as_ref().map_or(String::new(), |category| format!(" ({category})"));
    let summary =
        format!("Complaints of violations by {of}{about} and rulings on them, {} to {}.", days.from, days.to);
    let place = record.get::<Name>("district")?.map(|name| Place {
        from: None,
        zone: names.zones.get(name.as_str()).cloned(),
        name: Known::Is(name),
        admin: None,
        point: None,
        control: None,
    });
    let title = format!("SLMM, {of}{about}, {} to {}", days.from, days.to);
    let upheld = ruled.is_some() || valid.is_some();
    let finding = Finding {
        when: Some(When::Days(days)),
        place,
        outcome: if upheld { FindingOutcome::Corroborated } else { FindingOutcome::Observed },
        subject: category,
        concerns: if party == ALL { None } else { concerns(record, "party", &[party])? },
        ..finding(record, &summary, figures)?
    };
    Ok(Row::new(record.line, Role::Mission, short(&title), finding).signed_by(record.text("mission")))
}
