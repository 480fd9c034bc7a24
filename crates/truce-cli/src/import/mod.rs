//! Import: many rows of a table, in the layout of what missions and data sets publish, to what is to be signed.
//!
//! A layout says what the columns mean; CSV and JSON Lines carry the same columns (`event_location.direction` is the
//! field `direction` of the object `event_location`). Reading does no more than that: nothing is signed, no clock is
//! read, and a figure that a source prints wrongly stays as printed.
//!
//! # Nothing is lost
//! A column that holds something and that the layout does not know is an error, so is a value that fits no place, and
//! all of them are reported, not the first. A row that can be read but breaks a rule of its kind is handed on with the
//! [`Fault`], because the ledger is where it is refused.

mod clock;
mod error;
mod exercises;
mod osce_items;
mod osce_restrictions;
mod osce_totals;
mod osce_violations;
mod osce_weapons;
mod place;
mod record;
mod slmm;
mod source;
mod ucdp_ged;

#[cfg(test)]
mod tests;

pub(crate) use error::ImportError;

use clap::ValueEnum;
use std::{collections::BTreeMap, fmt, io::BufRead, str::FromStr};
use truce_statement::body::{Body, Fault};
use truce_statement::statement::Reference;
use truce_statement::unit::Word;
use truce_statement::{PartyId, Relation, Role, Saying, StatementId};

/// Largest file, in bytes; nothing of a larger one is parsed.
pub(crate) const FILE_MAX: usize = 64 * 1024 * 1024;
/// Largest row, in bytes; a larger one is not parsed.
pub(crate) const ROW_MAX: usize = 64 * 1024;
/// Most rows of one file.
pub(crate) const ROWS_MAX: usize = 100_000;

/// A layout of tables: what the columns mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Layout {
    /// Rows of the OSCE violation table: one observation each
    OsceViolations,
    /// Totals per report and region: one report for each report number
    OsceTotals,
    /// Restrictions of the observers' movement
    OsceRestrictions,
    /// Weapons against withdrawal lines and storage rules
    OsceWeapons,
    /// Items of daily reports: casualties, damage, unmanned aircraft, disengagement areas
    OsceItems,
    /// Military activities declared and reported, requests and figures of confidence-building regimes
    Exercises,
    /// Complaints and rulings of the Sri Lanka Monitoring Mission
    Slmm,
    /// Events of the UCDP Georeferenced Event Dataset 22.1
    UcdpGed,
}

impl Layout {
    /// Every layout.
    pub(crate) const ALL: &[Self] = &[
        Self::OsceViolations,
        Self::OsceTotals,
        Self::OsceRestrictions,
        Self::OsceWeapons,
        Self::OsceItems,
        Self::Exercises,
        Self::Slmm,
        Self::UcdpGed,
    ];

    /// The word on the command line.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::OsceViolations => "osce-violations",
            Self::OsceTotals => "osce-totals",
            Self::OsceRestrictions => "osce-restrictions",
            Self::OsceWeapons => "osce-weapons",
            Self::OsceItems => "osce-items",
            Self::Exercises => "exercises",
            Self::Slmm => "slmm",
            Self::UcdpGed => "ucdp-ged",
        }
    }

    const fn columns(self) -> &'static [&'static str] {
        match self {
            Self::OsceViolations => osce_violations::COLUMNS,
            Self::OsceTotals => osce_totals::COLUMNS,
            Self::OsceRestrictions => osce_restrictions::COLUMNS,
            Self::OsceWeapons => osce_weapons::COLUMNS,
            Self::OsceItems => osce_items::COLUMNS,
            Self::Exercises => exercises::COLUMNS,
            Self::Slmm => slmm::COLUMNS,
            Self::UcdpGed => ucdp_ged::COLUMNS,
        }
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Layout {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.iter().copied().find(|layout| layout.as_str() == text).ok_or_else(|| {
            let allowed: Vec<&str> = Self::ALL.iter().map(|layout| layout.as_str()).collect();
            format!("no such layout; allowed: {}", allowed.join(", "))
        })
    }
}

/// A format of tables: how rows are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// JSON Lines where the file begins with `{`, CSV otherwise
    #[default]
    Auto,
    /// Comma-separated values with a header (RFC 4180)
    Csv,
    /// One JSON object on each line
    JsonLines,
}

/// The agreement's ids for the parties and regions that sources name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// Party ids by the name in the source (`RUS`). A party that is not listed has its name in lower case as id.
    pub(crate) parties: BTreeMap<String, PartyId>,
    /// Zones of the charter by the place (`Petrivske`) or the region (`Donetsk`) in the source; the place goes first.
    /// Where neither is listed, no zone is stated.
    pub(crate) zones: BTreeMap<String, Word>,
}

/// A statement to be signed, and where it comes from.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Line of the file, from 1; of several lines the first. 0 for a statement that names the file itself.
    pub(crate) line: u64,
    /// One line for people.
    pub(crate) title: String,
    /// Role of the party that would sign it.
    pub(crate) role: Role,
    /// The signing party as the source names it, if it does.
    pub(crate) signer: Option<String>,
    /// The statement as the source prints it, without references.
    pub(crate) saying: Saying,
    /// Relations to earlier rows of the same reading, by their index.
    pub(crate) refers: Vec<(Relation, usize)>,
    /// The rule of its kind that the body breaks as printed; a log refuses it.
    pub(crate) fault: Option<Fault>,
    /// The statement with a known fault of its source corrected and the printed value kept beside it.
    pub(crate) corrected: Option<Saying>,
}

impl Row {
    fn new(line: u64, role: Role, title: impl Into<String>, body: impl Into<Body>) -> Self {
        let saying = Saying { refs: Vec::new(), body: body.into() };
        let fault = saying.body.check().err();
        Self {
            line,
            title: title.into(),
            role,
            signer: None,
            saying,
            refers: Vec::new(),
            fault,
            corrected: None,
        }
    }

    fn signed_by(mut self, signer: Option<&str>) -> Self {
        self.signer = signer.map(str::to_owned);
        self
    }

    /// The statement to sign, with its references filled in from the ids that earlier rows were signed under; the
    /// corrected form where `correct_known` is set and there is one. Nothing where a row referred to has no id.
    pub(crate) fn saying_with(
        &self,
        correct_known: bool,
        id_of: impl Fn(usize) -> Option<StatementId>,
    ) -> Option<Saying> {
        let chosen = if correct_known { self.corrected.as_ref() } else { None };
        let mut saying = chosen.unwrap_or(&self.saying).clone();
        for (relation, row) in &self.refers {
            saying.refs.push(Reference(*relation, id_of(*row)?));
        }
        Some(saying)
    }
}

/// Reads a table. All of it or nothing: a file with rows that cannot be read gives no rows, and an error that lists
/// every one of them.
#[cfg(test)]
pub(crate) fn read(layout: Layout, input: &mut dyn BufRead, format: Format) -> Result<Vec<Row>, ImportError> {
    read_with(layout, input, format, &Names::default())
}

/// As `read`, with the agreement's own names for parties and zones.
pub(crate) fn read_with(
    layout: Layout,
    input: &mut dyn BufRead,
    format: Format,
    names: &Names,
) -> Result<Vec<Row>, ImportError> {
    let source = source::Source::read(input, format)?;
    let (records, mut bad) = source.records()?;
    let of = records.len() + bad.len();
    let mut table = record::Table { source: &source, records: &records, names, bad: Vec::new() };
    let rows = match layout {
        Layout::OsceViolations => table.each(osce_violations::row),
        Layout::OsceTotals => osce_totals::rows(&mut table),
        Layout::OsceRestrictions => table.each(osce_restrictions::row),
        Layout::OsceWeapons => table.each(osce_weapons::row),
        Layout::OsceItems => table.each(osce_items::row),
        Layout::Exercises => exercises::rows(&mut table),
        Layout::Slmm => slmm::rows(&mut table),
        Layout::UcdpGed => table.each(ucdp_ged::row),
    };
    bad.append(&mut table.bad);
    bad.extend(records.iter().filter_map(|record| record.left_over(layout.columns())));
    if bad.is_empty() {
        return Ok(rows);
    }
    bad.sort_by_key(|row| row.line);
    Err(ImportError::Rows { rows: bad, of })
}
