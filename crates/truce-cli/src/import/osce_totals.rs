//! Totals per report and region: one report for each report number, its regions in the order of the rows.

use super::Row;
use super::error::BadRow;
use super::record::{Record, Table};
use std::collections::BTreeMap;
use truce_statement::body::reports::{PreviousBasis, REGIONS_MAX, RegionTotal, Report};
use truce_statement::shape::Period;
use truce_statement::unit::{Date, Known, Name, NonEmpty, Stamp, Text, True};
use truce_statement::{Role, Saying};

/// The columns.
pub(super) const COLUMNS: &[&str] = &[
    "kind",
    "mission",
    "report_no",
    "issued",
    "cutoff_printed",
    "cutoff_assumed",
    "period_start",
    "period_end",
    "region",
    "violations",
    "explosions",
    "live_fire",
    "previous_violations",
    "previous_basis",
    "note",
    "source",
];

const BASES: &[(&str, PreviousBasis)] = &[
    ("previous_reporting_period", PreviousBasis::PreviousReportingPeriod),
    ("previous_24_hours", PreviousBasis::Previous24Hours),
];

pub(super) fn rows(table: &mut Table<'_>) -> Vec<Row> {
    let mut reports = Reports::default();
    for record in table.records {
        match Line::read(record).and_then(|line| reports.file(line)) {
            Ok(()) => {}
            Err(bad) => table.refuse(record, bad),
        }
    }
    reports.drafts.into_iter().filter_map(Draft::into_row).collect()
}

/// Reports in the order of their first rows, and where each stands.
#[derive(Default)]
struct Reports {
    drafts: Vec<Draft>,
    at: BTreeMap<(Option<String>, Name), usize>,
}

/// Fields that all rows of one report share.
#[derive(Clone, Debug, PartialEq)]
struct Head {
    number: Name,
    issued: Date,
    cutoff_printed: Option<Stamp>,
    cutoff_assumed: Option<True>,
    period: Period,
    source: Option<Text>,
    mission: Option<String>,
}

struct Line {
    at: u64,
    head: Head,
    total: RegionTotal,
}

struct Draft {
    at: u64,
    head: Head,
    totals: Vec<RegionTotal>,
}

impl Line {
    fn read(record: &Record) -> Result<Self, BadRow> {
        record.is("kind", "daily_region_total")?;
        let head = Head {
            number: record.need("report_no", "the number of the report, such as 30/2021")?,
            issued: record.need("issued", "the day of issue, such as 2021-02-08")?,
            cutoff_printed: record.get("cutoff_printed")?,
            cutoff_assumed: record.mark("cutoff_assumed")?,
            period: Period {
                to: record.need("period_end", "a time with its offset")?,
                from: record.need("period_start", "a time with its offset")?,
            },
            source: record.source()?,
            mission: record.text("mission").map(str::to_owned),
        };
        if head.cutoff_printed.is_some() == head.cutoff_assumed.is_some() {
            let found =
                if head.cutoff_assumed.is_some() { "true beside a printed cut-off" } else { "no cut-off" };
            let allowed = "true exactly where cutoff_printed is empty";
            return Err(record.bad("cutoff_assumed", found.to_owned(), allowed));
        }
        let total = RegionTotal {
            note: record.get("note")?,
            region: record.need("region", "the name of the region")?,
            previous: record.number("previous_violations")?,
            live_fire: record.number("live_fire")?,
            explosions: record.number("explosions")?,
            violations: record.number("violations")?.map_or(Known::NotKnown, Known::Is),
            previous_basis: record.one_of("previous_basis", BASES)?,
        };
        Ok(Self { at: record.line, head, total })
    }
}

impl Reports {
    /// Puts a row with the report it belongs to.
    fn file(&mut self, Line { at, head, total }: Line) -> Result<(), BadRow> {
        let disagree = |column: &str, found: String, allowed: String| {
            Err(BadRow { line: at, column: column.to_owned(), found, allowed, code: "rows-disagree" })
        };
        let key = (head.mission.clone(), head.number.clone());
        let known = self.at.get(&key).copied();
        let Some(report) = known.and_then(|i| self.drafts.get_mut(i)) else {
            self.at.insert(key, self.drafts.len());
            self.drafts.push(Draft { at, head, totals: vec![total] });
            return Ok(());
        };
        if let Some((column, found, before)) = difference(&head, &report.head) {
            return disagree(column, found, format!("{before}, as in line {} of the same report", report.at));
        }
        if report.totals.iter().any(|t| t.region == total.region) {
            let allowed = "each region once in a report".to_owned();
            return disagree("region", format!("{} again", total.region), allowed);
        }
        if report.totals.len() == REGIONS_MAX {
            return disagree(
                "region",
                "another region".to_owned(),
                format!("at most {REGIONS_MAX} in a report"),
            );
        }
        report.totals.push(total);
        Ok(())
    }
}

/// The first column in which two rows of one report differ, with both values.
fn difference(new: &Head, old: &Head) -> Option<(&'static str, String, String)> {
    let shown = |stamp: Option<Stamp>| stamp.map_or("nothing".to_owned(), |s| s.to_string());
    let text = |text: &Option<Text>| text.as_ref().map_or("nothing".to_owned(), ToString::to_string);
    [
        ("issued", new.issued.to_string(), old.issued.to_string()),
        ("cutoff_printed", shown(new.cutoff_printed), shown(old.cutoff_printed)),
        ("period_start", new.period.from.to_string(), old.period.from.to_string()),
        ("period_end", new.period.to.to_string(), old.period.to.to_string()),
        ("source", text(&new.source), text(&old.source)),
    ]
    .into_iter()
    .find(|(_, new, old)| new != old)
}

impl Draft {
    fn into_row(self) -> Option<Row> {
        let Self { at, head, mut totals } = self;
        // A note that every region repeats is one on the report.
        let first = totals.first().and_then(|total| total.note.clone());
        let shared = first.filter(|note| totals.iter().all(|total| total.note.as_ref() == Some(note)));
        if shared.is_some() {
            for total in &mut totals {
                total.note = None;
            }
        }
        let report = Report {
            note: shared,
            drill: None,
            cutoff: head.cutoff_printed.unwrap_or(head.period.to),
            issued: head.issued,
            number: head.number,
            period: head.period,
            source: head.source,
            // Never empty: a draft begins with a row.
            regions: NonEmpty::new(totals).ok()?,
            coverage: None,
            evidence: None,
            cutoff_assumed: head.cutoff_assumed,
            cutoff_printed: None,
        };
        let corrected = corrected(&report);
        let row = Row::new(at, Role::Mission, format!("report {}", report.number), report);
        Some(Row { corrected, ..row.signed_by(head.mission.as_deref()) })
    }
}

/// The known fault: a cut-off printed with a date after the day of issue, at the time of day at which the period ends.
/// The end of the period is what was meant. Any other fault is for people to judge.
fn corrected(report: &Report) -> Option<Saying> {
    let (printed, meant) = (report.cutoff, report.period.to);
    let known = printed.local_date() > report.issued
        && meant.local_date() <= report.issued
        && (printed.ms() - meant.ms()) % truce_statement::unit::DAY_MS == 0;
    let corrected = Report { cutoff: meant, cutoff_printed: Some(printed), ..report.clone() };
    let saying = Saying { refs: Vec::new(), body: corrected.into() };
    (known && saying.body.check().is_ok()).then_some(saying)
}
