//! Confidence-building regimes: what was declared, what was reported later, what was asked.
//!
//! | kind of row | statements |
//! |---|---|
//! | `exercise_declared_vs_reported` | notification by the state; finding about it with both figures, inconclusive |
//! | `exercise_notified_and_observed` | notification; finding with thresholds, inspections and observers |
//! | `exercise_notified_short_notice` | notification with `given`; finding with the figures of the press |
//! | `uma_request` | inquiry by the requesting state; finding that no reply is on record |
//! | `verification_activity_counts` | finding about the file |
//! | `ceasefire_recommitment_effect`, `mission_aggregate` | finding by the mission about the file |
//! | `uav_loss` | observation by the mission |
//!
//! A finding speaks of at least one statement. Where the rows have none, it is the file itself, recorded as a document
//! by its hash, once for each role, so that a mission's rows stand without a guarantor's.
//!
//! A notification has a start and an end, which these sources mostly leave out. The note then says which days were put
//! there and why; nobody should measure notice by them.

mod figures;
mod states;

use super::error::BadRow;
use super::record::{Record, Table, short};
use super::{Names, Row};
pub(super) use figures::{Figures, source_file};
use truce_statement::body::reports::{Observation, What};
use truce_statement::body::verification::{Attribution, Finding, FindingOutcome, Rule};
use truce_statement::shape::{Count, Days, From, Period, Place, When};
use truce_statement::unit::{Date, Known, Name, NonEmpty, Stamp, Tally, Text, UnitError};
use truce_statement::{Body, Relation, Role};

/// The columns.
pub(super) const COLUMNS: &[&str] = &[
    "kind",
    "actor",
    "name",
    "declared_troops",
    "declared_russian_component",
    "later_reported_troops",
    "regime",
    "threshold_context",
    "troops",
    "notice_rule_days",
    "notify_threshold",
    "observe_threshold",
    "inspections.N.by|host|from|to",
    "observers.host|from|to|states.N",
    "notified",
    "total_troops_press.0|1",
    "troops_subject_to_vd",
    "requesting",
    "responding",
    "requested",
    "reply",
    "meeting_requested",
    "meeting_attended_by_responding",
    "host",
    "actions",
    "participating_states",
    "until",
    "mission",
    "commitment_start",
    "cumulative_violations_to",
    "cumulative_violations",
    "period_end",
    "share_of_violations_after_start_pct",
    "explosions_after_start_approx",
    "explosions_total_approx",
    "period",
    "from",
    "to",
    "violations",
    "change_vs_previous_week_pct",
    "weapons_in_violation",
    "weapons_government_controlled",
    "weapons_not_government_controlled",
    "takeoff",
    "site",
    "last_observation",
    "comms_lost",
    "altitude_ft",
    "descent_ft_min",
    "status",
    "note",
    "source",
];

type Made = Result<Vec<Row>, BadRow>;
type Make = fn(&Record, &Names) -> Made;

const KINDS: &[(&str, Make)] = &[
    ("exercise_declared_vs_reported", states::declared_and_reported),
    ("exercise_notified_and_observed", states::notified_and_observed),
    ("exercise_notified_short_notice", states::notified_short),
    ("uma_request", states::request),
    ("verification_activity_counts", verification_counts),
    ("ceasefire_recommitment_effect", recommitment),
    ("mission_aggregate", aggregate),
    ("uav_loss", uav_loss),
];

pub(super) fn rows(table: &mut Table<'_>) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for record in table.records {
        let made = record.need_one_of("kind", KINDS).and_then(|make| make(record, table.names));
        match made {
            Ok(made) => place(made, &mut rows, |role| {
                source_file(table.source, role, "Figures of confidence-building regimes, as imported")
            }),
            Err(bad) => table.refuse(record, bad),
        }
    }
    rows
}

/// Adds the statements of one row. Within it, the second speaks of the first; a finding that stands alone speaks of the
/// file, which `file` names the first time that a role needs it.
pub(super) fn place(made: Vec<Row>, rows: &mut Vec<Row>, file: impl Fn(Role) -> Option<Row>) {
    let mut first = None;
    for mut row in made {
        if matches!(row.saying.body, Body::Finding(_)) {
            let speaks_of = first.or_else(|| {
                rows.iter().position(|r| r.line == 0 && r.role == row.role).or_else(|| {
                    rows.push(file(row.role)?.signed_by(row.signer.as_deref()));
                    Some(rows.len() - 1)
                })
            });
            row.refers.extend(speaks_of.map(|earlier| (Relation::About, earlier)));
        }
        first.get_or_insert(rows.len());
        rows.push(row);
    }
}

/// A finding that states figures and no more: no breach, nobody accused.
pub(super) fn finding(record: &Record, summary: &str, figures: Figures) -> Result<Finding, BadRow> {
    Ok(Finding {
        note: record.get("note")?,
        rule: rule(record)?,
        when: None,
        drill: None,
        place: None,
        breach: None,
        source: record.source()?,
        dissent: None,
        figures: figures.into_list().map_err(|error| record.wrong("kind", error))?,
        outcome: FindingOutcome::Observed,
        subject: None,
        summary: text(record, "kind", summary)?,
        concerns: None,
        evidence: None,
        confidence: None,
        attribution: Attribution::NotMade,
    })
}

/// The regime that the row names.
fn rule(record: &Record) -> Result<Option<Rule>, BadRow> {
    Ok(record.get("regime")?.map(|id| Rule { id, regime: None, version: None, paragraph: None }))
}

/// Text made of cells; `column` is named where it does not fit.
pub(super) fn text(record: &Record, column: &str, text: &str) -> Result<Text, BadRow> {
    text.parse().map_err(|error| record.wrong(column, error))
}

/// The parties a finding concerns.
pub(super) fn concerns<const MAX: usize>(
    record: &Record,
    column: &str,
    of: &[&str],
) -> Result<Option<NonEmpty<Name, MAX>>, BadRow> {
    let names: Result<Vec<Name>, UnitError> = of.iter().map(|name| name.parse()).collect();
    names.map(|names| NonEmpty::new(names).ok()).map_err(|error| record.wrong(column, error))
}

/// Text of `note`, after the importer's own remark.
fn note(record: &Record, remark: &str) -> Result<Option<Text>, BadRow> {
    let said = record.text("note").map_or(remark.to_owned(), |note| format!("{remark} {note}"));
    if said.trim().is_empty() { Ok(None) } else { text(record, "note", said.trim()).map(Some) }
}

fn verification_counts(record: &Record, _: &Names) -> Made {
    let host = record.need_text("host", "the state visited")?;
    let figures = Figures::default()
        .found("actions", record.number("actions")?)
        .found("participating-states", record.number("participating_states")?);
    let until = record.need_text("until", "the month up to which is counted")?;
    let summary = format!("Verification activities carried out in {host} until {until}.");
    let concerns = concerns(record, "host", &[host])?;
    let finding = Finding { concerns, ..finding(record, &summary, figures)? };
    Ok(vec![Row::new(record.line, Role::Guarantor, format!("verification activities in {host}"), finding)])
}

fn recommitment(record: &Record, _: &Names) -> Made {
    let from: Stamp = record.need("commitment_start", "a time with its offset")?;
    let to = match record.get("cumulative_violations_to")? {
        Some(to) => to,
        None => record.need("period_end", "a time with its offset, here or in cumulative_violations_to")?,
    };
    let figures = Figures::default()
        .found("violations", record.number("cumulative_violations")?)
        .percent("violations-after-start", record.number("share_of_violations_after_start_pct")?)
        .about("explosions-after-start", record.number("explosions_after_start_approx")?)
        .about("explosions", record.number("explosions_total_approx")?);
    let when = Some(When::Between(Period { to, from }));
    let summary = format!("Figures after the recommitment to the ceasefire that began at {from}.");
    let finding = Finding { when, ..finding(record, &summary, figures)? };
    let title = format!("after the recommitment of {}", from.local_date());
    Ok(vec![Row::new(record.line, Role::Mission, title, finding).signed_by(record.text("mission"))])
}

fn aggregate(record: &Record, _: &Names) -> Made {
    let change = record.number::<Change>("change_vs_previous_week_pct")?;
    let figures = Figures::default()
        .found("violations", record.number("violations")?)
        .percent(change.map_or("", Change::what), change.map(Change::size))
        .found("weapons-in-violation", record.number("weapons_in_violation")?)
        .found("weapons-government", record.number("weapons_government_controlled")?)
        .found("weapons-non-government", record.number("weapons_not_government_controlled")?);
    let days = match (record.get::<Date>("from")?, record.get::<Date>("to")?) {
        (Some(from), Some(to)) => Some(Days { to, from }),
        (None, None) => None,
        (Some(_), None) => return Err(record.missing("to", "a date, where there is one in from")),
        (None, Some(_)) => return Err(record.missing("from", "a date, where there is one in to")),
    };
    let span = match &days {
        Some(days) => format!("{} to {}", days.from, days.to),
        None => record.need_text("period", "the period, or dates in from and to")?.to_owned(),
    };
    let when = days.map(When::Days);
    let finding = Finding { when, ..finding(record, &format!("Totals of the mission: {span}."), figures)? };
    let title = format!("totals of the mission: {span}");
    Ok(vec![Row::new(record.line, Role::Mission, short(&title), finding).signed_by(record.text("mission"))])
}

/// A change in whole percent, either way.
#[derive(Clone, Copy)]
struct Change(i64, Tally);

impl TryFrom<i64> for Change {
    type Error = UnitError;

    fn try_from(n: i64) -> Result<Self, UnitError> {
        Tally::try_from(n.checked_abs().unwrap_or(i64::MAX)).map(|size| Self(n, size))
    }
}

impl Change {
    const fn what(self) -> &'static str {
        if self.0 < 0 { "decrease-on-week-before" } else { "increase-on-week-before" }
    }

    const fn size(self) -> Tally {
        self.1
    }
}

fn uav_loss(record: &Record, _: &Names) -> Made {
    let lost: Stamp = record.need("comms_lost", "the time at which contact was lost")?;
    let site: Name = record.need("site", "the place from which it was flown")?;
    let mut remarks = Vec::new();
    for (column, words) in [
        ("takeoff", "Took off at"),
        ("last_observation", "Last observation:"),
        ("altitude_ft", "Altitude in feet:"),
        ("descent_ft_min", "Descent in feet per minute:"),
    ] {
        remarks.extend(record.text(column).map(|value| format!("{words} {value}.")));
    }
    let near = record.text("last_observation").and_then(|seen| seen.split_once(") ")).map(|(_, place)| place);
    let place = near.and_then(super::place::bearing).map(|from: From| Place {
        from: Some(from),
        name: Known::NotKnown,
        zone: None,
        admin: None,
        point: None,
        control: None,
    });
    let base =
        Place { from: None, name: Known::Is(site), zone: None, admin: None, point: None, control: None };
    let observation = Observation {
        note: note(record, &remarks.join(" "))?,
        what: What::UavLost,
        when: When::At(lost),
        count: Known::Is(Count { n: Tally::try_from(1).map_err(|e| record.wrong("kind", e))?, about: None }),
        drill: None,
        means: None,
        place,
        flight: None,
        report: None,
        source: record.source()?,
        status: record.word("status")?,
        weapon: None,
        bearing: None,
        evidence: None,
        position: Some(base),
        calibre_mm: None,
        confidence: None,
        explosions: None,
        assessed_as: None,
        description: None,
    };
    let title = format!("unmanned aircraft lost on {}", lost.local_date());
    Ok(vec![Row::new(record.line, Role::Mission, title, observation).signed_by(record.text("mission"))])
}
