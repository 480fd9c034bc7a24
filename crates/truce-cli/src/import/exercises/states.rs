//! Declarations and questions of states, each with a finding that sets the figures side by side.

use super::super::error::BadRow;
use super::super::record::{Record, short};
use super::super::{Names, Row};
use super::figures::Figures;
use super::{Made, concerns, finding, text};
use truce_statement::body::dialogue::{Inquiry, InquiryTopic};
use truce_statement::body::measures::{Activity, Notification, Participant, Strength};
use truce_statement::body::reports::YesNo;
use truce_statement::body::verification::{Finding, FindingOutcome};
use truce_statement::shape::{Area, Count, Days, Period, When};
use truce_statement::unit::{Date, NonEmpty, Offset, Stamp, Tally, True, UnitError};
use truce_statement::{PartyId, Role};

/// The state whose share of a joint exercise has a column of its own.
const RUSSIA: &str = "RUS";

pub(super) fn declared_and_reported(record: &Record, _: &Names) -> Made {
    let (name, states) = (exercise(record)?, states(record)?);
    let declared = record.tally("declared_troops")?;
    let component: Option<Tally> = record.number("declared_russian_component")?;
    let year = name.get(name.len().saturating_sub(4)..).unwrap_or_default();
    let day = |month_and_day: &str| {
        let allowed = "a name that ends in the year of the exercise, such as Zapad-2021";
        format!("{year}-{month_and_day}")
            .parse::<Date>()
            .map_err(|_| record.bad("name", format!("{name:?}"), allowed))
    };
    let days = Days { to: day("12-31")?, from: day("01-01")? };
    let remark = "The source gives no dates and no area; the period is the year that the name bears.";
    let mut notification = notification(record, &states, name, Activity::FieldExercise, &days, declared)?;
    notification.note = Some(text(record, "name", remark)?);
    if let Some(troops) = component {
        let share = |mut participant: Participant| {
            if participant.state.as_str() == RUSSIA {
                participant.strength = Some(troops_only(troops));
            }
            participant
        };
        let participants = notification.participants.take().map_or_else(Vec::new, NonEmpty::into_vec);
        if !states.contains(&RUSSIA) {
            return Err(record.bad(
                "declared_russian_component",
                troops.to_string(),
                "nothing where RUS is no actor",
            ));
        }
        notification.participants = NonEmpty::new(participants.into_iter().map(share).collect()).ok();
    }
    let figures = Figures::default()
        .declared("troops", Some(declared), Some(record.tally("later_reported_troops")?))
        .declared("troops-russian-component", component, None)
        .required("observation-threshold", None, threshold(record)?);
    let summary = format!("Strength of {name} as declared and as reported later; this verifies neither.");
    let finding = Finding {
        when: Some(When::Days(days)),
        outcome: FindingOutcome::Inconclusive,
        subject: Some(name.parse().map_err(|e| record.wrong("name", e))?),
        concerns: concerns(record, "actor", &states)?,
        ..finding(record, &summary, figures)?
    };
    Ok(pair(record, name, &states, notification, finding))
}

pub(super) fn notified_and_observed(record: &Record, _: &Names) -> Made {
    let (name, states) = (exercise(record)?, states(record)?);
    let troops = record.tally("troops")?;
    let mut days: Vec<Date> = Vec::new();
    let mut visits = Vec::new();
    for i in 0.. {
        let Some(by) = record.text(&format!("inspections.{i}.by")) else { break };
        let host = record.need_text(&format!("inspections.{i}.host"), "the state inspected")?;
        let (from, to) = span(record, &format!("inspections.{i}"), &mut days)?;
        visits.push(format!("Inspection by {by} in {host}, {from} to {to}."));
    }
    let inspections = visits.len();
    let observers = record.list("observers.states");
    if let Some(host) = record.text("observers.host") {
        let (from, to) = span(record, "observers", &mut days)?;
        visits.push(format!("Observers of {} in {host}, {from} to {to}.", observers.join(", ")));
    }
    let (Some(from), Some(to)) = (days.iter().min().copied(), days.iter().max().copied()) else {
        return Err(record.missing("observers.from", "a date of an inspection or of observers"));
    };
    let days = Days { to, from };
    let remark =
        "The source gives no start, no end and no area; the period is that of inspections and observers.";
    let notification = Notification {
        note: Some(text(record, "name", remark)?),
        observers_invited: (!observers.is_empty()).then_some(YesNo::Yes),
        ..notification(record, &states, name, Activity::FieldExercise, &days, troops)?
    };
    let many = |n: usize| i64::try_from(n).ok().and_then(|n| Tally::try_from(n).ok());
    let figures = Figures::default()
        .declared("troops", Some(troops), None)
        .required("notice", Some("days"), record.number("notice_rule_days")?)
        .required("notification-threshold", None, record.number("notify_threshold")?)
        .required("observation-threshold", None, record.number("observe_threshold")?)
        .found("inspections", many(inspections))
        .found("observing-states", many(observers.len()));
    let summary = format!("{name} was notified, inspected and observed. {}", visits.join(" "));
    let finding = Finding {
        when: Some(When::Days(days)),
        subject: Some(name.parse().map_err(|e| record.wrong("name", e))?),
        concerns: concerns(record, "actor", &states)?,
        ..finding(record, &summary, figures)?
    };
    Ok(pair(record, name, &states, notification, finding))
}

pub(super) fn notified_short(record: &Record, _: &Names) -> Made {
    let (name, states) = (exercise(record)?, states(record)?);
    let given: Date = record.need("notified", "the day of notification")?;
    let troops = record.tally("troops_subject_to_vd")?;
    let days = Days { to: given, from: given };
    let remark = "The source gives no start, no end and no area; the period is the day of notification. The strength is \
                  that of the troops subject to the Vienna Document.";
    let notification = Notification {
        note: Some(text(record, "name", remark)?),
        given: Some(given),
        short_notice: Some(True),
        ..notification(record, &states, name, Activity::Alert, &days, troops)?
    };
    let press = (record.tally("total_troops_press.0")?, record.tally("total_troops_press.1")?);
    let figures = Figures::default()
        .declared("troops-subject-to-vd", Some(troops), None)
        .between("troops", press.0, press.1);
    let summary = format!("Strength of {name} as notified and as the press had it; this verifies neither.");
    let finding = Finding {
        when: Some(When::Days(days)),
        outcome: FindingOutcome::Inconclusive,
        subject: Some(name.parse().map_err(|e| record.wrong("name", e))?),
        concerns: concerns(record, "actor", &states)?,
        ..finding(record, &summary, figures)?
    };
    Ok(pair(record, name, &states, notification, finding))
}

pub(super) fn request(record: &Record, names: &Names) -> Made {
    let requesting = record.need_text("requesting", "the state that asks")?;
    let responding = record.need_text("responding", "the state that is asked")?;
    let on: Date = record.need("requested", "the day of the request")?;
    record.need_one_of("reply", &[("none", ())])?;
    let asked = match names.parties.get(responding) {
        Some(party) => party.clone(),
        None => responding.to_lowercase().parse::<PartyId>().map_err(|error| {
            record.bad(
                "responding",
                format!("{responding:?}"),
                format!("a state that has a party id; {error}"),
            )
        })?,
    };
    let when = When::Days(Days { to: on, from: on });
    let regime = record.text("regime").unwrap_or("the agreement");
    let question = format!("Explanation of unusual military activities, asked for under {regime}.");
    let inquiry = Inquiry {
        to: NonEmpty::new(vec![asked]).map_err(|error| record.wrong("responding", error))?,
        note: record.get("note")?,
        when: Some(when.clone()),
        drill: None,
        place: None,
        title: text_line(record, &format!("Unusual military activities: {requesting} to {responding}"))?,
        topic: InquiryTopic::UnusualActivity,
        source: record.source()?,
        urgency: None,
        evidence: None,
        question: text(record, "regime", &question)?,
        answer_by: None,
    };
    let mut summary = "No reply is on record.".to_owned();
    if let Some(day) = record.get::<Date>("meeting_requested")? {
        let came = [("true", " attended"), ("false", " did not attend")];
        let came = record.one_of("meeting_attended_by_responding", &came)?;
        let came = came.map_or(String::new(), |came| format!("; {responding}{came}"));
        summary = format!("{summary} A meeting was requested on {day}{came}.");
    }
    let figures = Figures::default().found("replies", Tally::try_from(0).ok());
    let finding = Finding {
        when: Some(when),
        concerns: concerns(record, "responding", &[responding])?,
        ..finding(record, &summary, figures)?
    };
    let title = format!("request of {requesting} to {responding}, {on}");
    Ok(vec![
        Row::new(record.line, Role::State, short(&title), inquiry).signed_by(Some(requesting)),
        Row::new(record.line, Role::Guarantor, short(&format!("{title}: no reply")), finding),
    ])
}

fn exercise(record: &Record) -> Result<&str, BadRow> {
    record.need_text("name", "the name of the exercise")
}

/// States named in `actor`, by codes of three letters: "RUS+BLR", "NATO hosts ITA ESP PRT".
fn states(record: &Record) -> Result<Vec<&str>, BadRow> {
    let actor = record.need_text("actor", "the states, by codes of three letters")?;
    let code = |word: &&str| word.len() == 3 && word.bytes().all(|b| b.is_ascii_uppercase());
    let states: Vec<&str> = actor.split([' ', '+', ',']).filter(code).collect();
    if states.is_empty() {
        return Err(record.bad("actor", format!("{actor:?}"), "states, by codes of three letters: RUS+BLR"));
    }
    Ok(states)
}

/// "observation 13000"
fn threshold(record: &Record) -> Result<Option<Tally>, BadRow> {
    let Some(printed) = record.text("threshold_context") else { return Ok(None) };
    let n = printed.strip_prefix("observation ").and_then(|n| n.parse::<i64>().ok());
    n.map(Tally::try_from).transpose().ok().flatten().map(Some).ok_or_else(|| {
        record.bad("threshold_context", format!("{printed:?}"), "observation, and the number of troops")
    })
}

/// Columns `prefix.from` and `prefix.to`; both are noted in `days`.
fn span(record: &Record, prefix: &str, days: &mut Vec<Date>) -> Result<(Date, Date), BadRow> {
    let from: Date = record.need(&format!("{prefix}.from"), "a date")?;
    let to: Date = record.need(&format!("{prefix}.to"), "a date")?;
    days.extend([from, to]);
    Ok((from, to))
}

fn notification(
    record: &Record,
    states: &[&str],
    name: &str,
    activity: Activity,
    days: &Days,
    troops: Tally,
) -> Result<Notification, BadRow> {
    const LAST_MS: i64 = 86_399_000;
    let wrong = |error: UnitError| record.wrong("name", error);
    let participants = states.iter().map(|state| Ok(Participant { state: state.parse()?, strength: None }));
    let participants = participants.collect::<Result<Vec<_>, UnitError>>().map_err(wrong)?;
    let area =
        Area { name: Some("not stated in the source".parse().map_err(wrong)?), place: None, outline: None };
    Ok(Notification {
        note: None,
        areas: NonEmpty::new(vec![area]).map_err(wrong)?,
        drill: None,
        given: None,
        level: None,
        linked: None,
        period: Period {
            to: Stamp::new(days.to.start_ms() + LAST_MS, Offset::UTC).map_err(wrong)?,
            from: Stamp::new(days.from.start_ms(), Offset::UTC).map_err(wrong)?,
        },
        phases: None,
        source: record.source()?,
        line_km: None,
        purpose: None,
        activity,
        evidence: None,
        strength: troops_only(troops),
        live_fire: None,
        designation: name.parse().map_err(wrong)?,
        participants: NonEmpty::new(participants).ok(),
        short_notice: None,
        calendar_change: None,
        observers_invited: None,
    })
}

fn troops_only(n: Tally) -> Strength {
    Strength {
        ships: None,
        troops: Some(Count { n, about: None }),
        artillery: None,
        formations: None,
        helicopters: None,
        battle_tanks: None,
        combat_aircraft: None,
        armoured_vehicles: None,
        fixed_wing_sorties: None,
        rotary_wing_sorties: None,
    }
}

fn text_line<const MAX: usize>(
    record: &Record,
    line: &str,
) -> Result<truce_statement::unit::Text<MAX>, BadRow> {
    line.parse().map_err(|error| record.wrong("requesting", error))
}

/// The notification, signed by the state that the row names first, and the finding about it.
fn pair(
    record: &Record,
    name: &str,
    states: &[&str],
    notification: Notification,
    finding: Finding,
) -> Vec<Row> {
    vec![
        Row::new(record.line, Role::State, short(&format!("notification of {name}")), notification)
            .signed_by(states.first().copied()),
        Row::new(record.line, Role::Guarantor, short(&format!("{name}: figures side by side")), finding),
    ]
}
