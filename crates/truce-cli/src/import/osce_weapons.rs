//! Weapons against the withdrawal lines and storage rules, in the mission's own categories.

use super::error::BadRow;
use super::place::place;
use super::record::{Record, short};
use super::{Names, Row};
use truce_statement::Role;
use truce_statement::body::reports::{Means, Weapons, WeaponsCategory};
use truce_statement::shape::{Count, Days, When};
use truce_statement::unit::{Date, Known, Name};

/// The columns.
pub(super) const COLUMNS: &[&str] = &[
    "kind",
    "mission",
    "as_of",
    "category",
    "number",
    "type",
    "calibre_mm",
    "place",
    "control",
    "region",
    "note",
    "source",
];

const CATEGORIES: &[(&str, WeaponsCategory)] = &[
    ("in_violation_of_withdrawal_lines", WeaponsCategory::InViolationOfWithdrawalLines),
    ("beyond_lines_outside_storage", WeaponsCategory::BeyondLinesOutsideStorage),
    ("could_not_be_verified_as_withdrawn", WeaponsCategory::NotVerifiedAsWithdrawn),
    ("missing_from_holding_area", WeaponsCategory::MissingFromHoldingArea),
    ("missing_from_permanent_storage", WeaponsCategory::MissingFromPermanentStorage),
    ("inside_security_zone", WeaponsCategory::InsideSecurityZone),
];

pub(super) fn row(record: &Record, names: &Names) -> Result<Row, BadRow> {
    record.is("kind", "weapons_observation")?;
    let day: Date = record.need("as_of", "a date such as 2017-02-07")?;
    let category = record.need_one_of("category", CATEGORIES)?;
    let count = record.number("number")?.map_or(Known::NotKnown, |n| Known::Is(Count { n, about: None }));
    let weapon: Known<Name> = record.known_name("type")?;
    let by_aircraft = record.text("note").is_some_and(|note| note.contains("UAV"));
    let source = record.source()?;
    let weapons = Weapons {
        note: record.get("note")?,
        when: When::Days(Days { to: day, from: day }),
        count,
        drill: None,
        means: by_aircraft.then_some(Means::Uav),
        place: place(record, "place", "control", names)?,
        report: source.as_ref().and_then(|source| report_number(source.as_str())),
        source,
        status: None,
        weapon: weapon.clone(),
        serials: None,
        category,
        evidence: None,
        calibre_mm: record.get("calibre_mm")?,
    };
    let title = format!("weapons on {day}: {weapon}");
    Ok(Row::new(record.line, Role::Mission, short(&title), weapons).signed_by(record.text("mission")))
}

/// The number of a report at the end of a source: "SMM daily 37/2021".
fn report_number(source: &str) -> Option<Name> {
    let number = source.rsplit(' ').next()?;
    let (n, year) = number.split_once('/')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    (digits(n) && digits(year)).then(|| number.parse().ok())?
}
