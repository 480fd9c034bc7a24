//! Rows of the OSCE violation table: one observation each.
//!
//! The place of the event is given as distance and direction from the observer or camera, and stays that way.

use super::error::BadRow;
use super::place::{bearing, place};
use super::record::{Record, short, slug};
use super::{Names, Row, clock};
use truce_statement::Role;
use truce_statement::body::reports::{Description, Flight, Means, Observation, What};
use truce_statement::shape::{Bearing, Count, Part, PartOfDay, When};
use truce_statement::unit::{Calibre, ClockTime, Date, Known, Name, Text, True, UnitError};

/// The columns.
pub(super) const COLUMNS: &[&str] = &[
    "kind",
    "mission",
    "date_from",
    "date_to",
    "time_of_day",
    "smm_position",
    "position_control",
    "position_bearing",
    "region",
    "event_location.distance_km_min",
    "event_location.distance_km_max",
    "event_location.direction",
    "means",
    "number",
    "number_is_approximate",
    "observation",
    "description",
    "weapon",
    "source",
];

const MEANS: &[(&str, Means)] = &[
    ("saw", Means::Saw),
    ("heard", Means::Heard),
    ("saw and heard", Means::SawAndHeard),
    ("recorded", Means::Recorded),
    ("UAV", Means::Uav),
    ("satellite", Means::Satellite),
];

const OBSERVATIONS: &[(&str, What)] = &[
    ("explosion", What::Explosion),
    ("projectile", What::Projectile),
    ("tracer round", What::TracerRound),
    ("burst", What::Burst),
    ("shot", What::Shot),
    ("burst and shot", What::BurstAndShot),
    ("muzzle flash", What::MuzzleFlash),
    ("illumination flare", What::IlluminationFlare),
    ("flare", What::Flare),
    ("gunfire", What::Gunfire),
];

const PARTS: &[(&str, Part)] = &[
    ("day", Part::Day),
    ("morning", Part::Morning),
    ("afternoon", Part::Afternoon),
    ("evening", Part::Evening),
    ("night", Part::Night),
    ("evening and night", Part::EveningAndNight),
];

/// The mark of violation tables for "not known".
const NOT_KNOWN: &str = "N/K";

pub(super) fn row(record: &Record, names: &Names) -> Result<Row, BadRow> {
    record.is("kind", "ceasefire_violation_row")?;
    let what = record.need_one_of("observation", OBSERVATIONS)?;
    let count = match record.number("number")? {
        Some(n) => Known::Is(Count { n, about: record.mark("number_is_approximate")? }),
        None => Known::NotKnown,
    };
    let mut position = place(record, "smm_position", "position_control", names)?;
    if let Some(printed) = record.text("position_bearing") {
        let from = bearing(printed).ok_or_else(|| {
            record.bad(
                "position_bearing",
                format!("{printed:?}"),
                "distance, direction and place: 20km E of Mariupol",
            )
        })?;
        position.from = Some(from);
    }
    let (description, flight, note) = described(record)?;
    let (weapon, calibre_mm) = weapon(record)?;
    let seen_from = record.text("smm_position").unwrap_or("a position that is not stated");
    let title = format!("{} seen from {seen_from}", record.text("observation").unwrap_or_default());
    let observation = Observation {
        note,
        what,
        when: when(record)?,
        count,
        drill: None,
        means: record.one_of("means", MEANS)?,
        place: None,
        flight,
        report: None,
        source: record.source()?,
        status: None,
        weapon,
        bearing: event(record)?,
        evidence: None,
        position: Some(position),
        calibre_mm,
        confidence: None,
        explosions: None,
        assessed_as: None,
        description,
    };
    Ok(Row::new(record.line, Role::Mission, short(&title), observation).signed_by(record.text("mission")))
}

/// A part of a day, or a time on the mission's clock.
fn when(record: &Record) -> Result<When, BadRow> {
    let from: Date = record.need("date_from", "a date such as 2018-09-20")?;
    let to: Date = record.get("date_to")?.unwrap_or(from);
    let Some(time) = record.text("time_of_day") else {
        return Ok(When::Days(truce_statement::shape::Days { to, from }));
    };
    if let Some((_, part)) = PARTS.iter().find(|(word, _)| *word == time) {
        return Ok(When::PartOfDay(PartOfDay { to, from, part: *part }));
    }
    let allowed = || {
        let parts: Vec<&str> = PARTS.iter().map(|(word, _)| *word).collect();
        format!("{}, or a time on one day such as 10:58", parts.join(", "))
    };
    let at = time.parse::<ClockTime>().ok().filter(|_| from == to).and_then(|time| clock::local(from, time));
    at.map(When::At).ok_or_else(|| record.bad("time_of_day", format!("{time:?}"), allowed()))
}

/// Distance and direction of the event from the position.
fn event(record: &Record) -> Result<Option<Bearing>, BadRow> {
    let bearing = Bearing {
        km_max: record.get("event_location.distance_km_max")?,
        km_min: record.get("event_location.distance_km_min")?,
        direction: record.get("event_location.direction")?,
    };
    let stated = bearing.km_max.is_some() || bearing.km_min.is_some() || bearing.direction.is_some();
    Ok(stated.then_some(bearing))
}

type Described = (Option<Known<Description>>, Option<Flight>, Option<Text>);

/// The description as its word and the way of flight. What the table adds to them is kept in a note, as printed.
fn described(record: &Record) -> Result<Described, BadRow> {
    let Some(printed) = record.text("description") else { return Ok((None, None, None)) };
    let plain = match printed {
        NOT_KNOWN => Some(Known::NotKnown),
        "undetermined" => Some(Known::Is(Description::Undetermined)),
        "impact" => Some(Known::Is(Description::Impact)),
        "outgoing" => Some(Known::Is(Description::Outgoing)),
        "incoming" => Some(Known::Is(Description::Incoming)),
        "airburst" => Some(Known::Is(Description::Airburst)),
        "in flight" => Some(Known::Is(Description::InFlight)),
        "in vertical flight" => Some(Known::Is(Description::InVerticalFlight)),
        _ => None,
    };
    if plain.is_some() {
        return Ok((plain, None, None));
    }
    let wrong = || {
        let allowed = "undetermined, impact, outgoing, incoming, airburst, in vertical flight, N/K, or in flight, with a \
                       way such as W to E";
        record.bad("description", format!("{printed:?}"), allowed)
    };
    let rest =
        printed.strip_prefix("in flight").filter(|rest| rest.starts_with([' ', ','])).ok_or_else(wrong)?;
    let (flight, more) = flight(rest);
    let note = match more {
        "" => None,
        _ => Some(format!("As printed: {printed}").parse().map_err(|e| record.wrong("description", e))?),
    };
    Ok((Some(Known::Is(Description::InFlight)), flight, note))
}

/// The way of flight at the start of `rest` (" W to E", ", mostly N to S"), and what follows it.
fn flight(rest: &str) -> (Option<Flight>, &str) {
    let rest = rest.trim_start_matches([' ', ',']);
    let (mostly, way) = rest.strip_prefix("mostly ").map_or((None, rest), |way| (Some(True), way));
    let read = || {
        let (from, to) = way.split_once(" to ")?;
        let end = to.find([' ', ',']).unwrap_or(to.len());
        let (to, more) = to.split_at(end);
        Some((Flight { to: to.parse().ok()?, from: from.parse().ok()?, mostly }, more))
    };
    match read() {
        Some((flight, more)) => (Some(flight), more.trim_start_matches([' ', ','])),
        None => (None, rest),
    }
}

/// The weapon as printed, and its calibre where the table adds one: "mortar (82mm)".
fn weapon(record: &Record) -> Result<(Option<Known<Name>>, Option<Calibre>), BadRow> {
    let wrong = |error: UnitError| record.wrong("weapon", error);
    match record.text("weapon") {
        None => Ok((None, None)),
        Some(printed) if slug(printed) == slug(NOT_KNOWN) => Ok((Some(Known::NotKnown), None)),
        Some(printed) => Ok((
            Some(Known::Is(printed.parse().map_err(wrong)?)),
            calibre(printed).transpose().map_err(wrong)?,
        )),
    }
}

/// The number before "mm".
fn calibre(printed: &str) -> Option<Result<Calibre, UnitError>> {
    let before = printed.split_once("mm")?.0;
    let digits = before
        .rfind(|c: char| !c.is_ascii_digit() && c != '.')
        .map_or(before, |i| before.get(i + 1..).unwrap_or_default());
    (!digits.is_empty()).then(|| digits.parse())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn ways_of_flight() {
        let read = |rest| {
            let (flight, more) = flight(rest);
            let way = flight
                .map(|f| format!("{}>{}{}", f.from, f.to, if f.mostly.is_some() { " mostly" } else { "" }));
            (way, more)
        };
        assert_eq!(read(" W to E"), (Some("W>E".to_owned()), ""));
        assert_eq!(read(", mostly N to S"), (Some("N>S mostly".to_owned()), ""));
        assert_eq!(
            read(" ENE to WSW, assessed as rockets"),
            (Some("ENE>WSW".to_owned()), "assessed as rockets")
        );
        assert_eq!(read(" (remainder of 73 total)"), (None, "(remainder of 73 total)"));
    }

    #[test]
    fn calibres() {
        for (printed, hundredths) in [("mortar (82mm)", 8_200), ("anti-aircraft gun (ZU-23, 23mm)", 2_300)] {
            assert_eq!(calibre(printed).unwrap().unwrap().units(), hundredths);
        }
        assert!(calibre("artillery").is_none());
    }
}
