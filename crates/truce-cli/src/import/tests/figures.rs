//! Figures of the files against figures of the bodies. The files are read here without the importer.

use super::*;
use truce_statement::body::measures::Notification;
use truce_statement::body::reports::{Harm, Observation, Report, Restriction, Weapons};
use truce_statement::body::verification::Finding;
use truce_statement::shape::{Amount, Count};
use truce_statement::unit::{Known, Name, Tally};

/// Sum of an integer column; empty cells add nothing.
fn column(values: &[Value], name: &str) -> u64 {
    values.iter().filter_map(|row| row[name].as_u64()).sum()
}

fn get(n: Option<Tally>) -> u64 {
    n.map_or(0, |n| u64::from(n.get()))
}

fn counted(count: Known<Count>) -> u64 {
    get(count.value().map(|count| count.n))
}

macro_rules! bodies {
    ($rows:expr, $kind:ident) => {
        $rows
            .into_iter()
            .filter_map(|row| match row.saying.body {
                Body::$kind(body) => Some(*body),
                _ => None,
            })
            .collect::<Vec<$kind>>()
    };
}

#[test]
fn region_totals() {
    let values = values("smm_daily_region_totals.jsonl");
    let reports = bodies!(rows(Layout::OsceTotals), Report);
    let sum =
        |of: fn(&reports::RegionTotal) -> u64| reports.iter().flat_map(|r| &r.regions).map(of).sum::<u64>();
    assert_eq!(sum(|t| get(t.violations.value().copied())), column(&values, "violations"));
    assert_eq!(sum(|t| get(t.explosions)), column(&values, "explosions"));
    assert_eq!(sum(|t| get(t.previous)), column(&values, "previous_violations"));
    assert_eq!(sum(|_| 1), 126);
    // The same by a count that was made by hand, so that two empty sums do not pass for equal.
    assert_eq!(column(&values, "violations"), 16_218);
    for value in &values {
        let report = reports.iter().find(|r| r.number.as_str() == value["report_no"]).unwrap();
        let total = report.regions.iter().find(|t| t.region.as_str() == value["region"]).unwrap();
        assert_eq!(total.violations.value().map(|n| u64::from(n.get())), value["violations"].as_u64());
        assert_eq!(total.explosions.map(|n| u64::from(n.get())), value["explosions"].as_u64());
        assert_eq!(total.previous.map(|n| u64::from(n.get())), value["previous_violations"].as_u64());
        assert_eq!(report.cutoff_assumed.is_some(), value["cutoff_assumed"].as_bool().unwrap());
        assert_eq!(report.period.from.to_string(), value["period_start"].as_str().unwrap());
        assert_eq!(report.period.to.to_string(), value["period_end"].as_str().unwrap());
    }
}

#[test]
fn violation_rows() {
    let values = values("smm_violation_rows.jsonl");
    let seen = bodies!(rows(Layout::OsceViolations), Observation);
    assert_eq!(seen.iter().map(|o| counted(o.count)).sum::<u64>(), column(&values, "number"));
    for (value, row) in values.iter().zip(&seen) {
        let count = row.count.value().unwrap();
        assert_eq!(count.about.is_some(), value["number_is_approximate"].as_bool().unwrap());
        let km = |name: &str| value["event_location"][name].as_f64();
        let bearing = row.bearing.as_ref();
        let metres = |km: Option<truce_statement::unit::Km>| km.map(|km| f64::from(km.units()) / 1000.0);
        assert_eq!(bearing.and_then(|b| metres(b.km_min)), km("distance_km_min"));
        assert_eq!(bearing.and_then(|b| metres(b.km_max)), km("distance_km_max"));
        let direction = bearing.and_then(|b| b.direction).map(|d| d.to_string());
        assert_eq!(direction.as_deref(), value["event_location"]["direction"].as_str());
        let weapon = row.weapon.as_ref().unwrap().value().map_or("N/K", |w| w.as_str());
        assert_eq!(weapon, value["weapon"].as_str().unwrap());
        let position = row.position.as_ref().unwrap();
        assert_eq!(position.name.value().unwrap().as_str(), value["smm_position"].as_str().unwrap());
        assert_eq!(position.from.is_some(), value["position_bearing"].is_string());
        // Whatever the description says beyond its word and a way of flight is kept as printed.
        let printed = value["description"].as_str().unwrap_or_default();
        if printed.contains("remainder") || printed.contains("assessed") {
            assert!(row.note.as_ref().unwrap().as_str().ends_with(printed));
        }
        assert_eq!(printed.contains(" to "), row.flight.is_some(), "{printed}");
    }
    let at = bodies!(rows(Layout::OsceViolations), Observation).pop().unwrap().when;
    assert_eq!(serde_json::to_string(&at).unwrap(), r#"{"at":"2018-05-30T10:58:00+03:00"}"#);
}

#[test]
fn restrictions_and_weapons() {
    let values = super::values("smm_access_restrictions.jsonl");
    let met = bodies!(rows(Layout::OsceRestrictions), Restriction);
    let sum = |of: fn(&Restriction) -> u64| met.iter().map(of).sum::<u64>();
    assert_eq!(sum(|r| get(r.vehicles.and_then(|n| n.value().copied()))), column(&values, "vehicles"));
    assert_eq!(sum(|r| get(r.people.and_then(|n| n.value().copied()))), column(&values, "people"));
    assert_eq!(
        sum(|r| r.delay_printed_min.map_or(0, |n| u64::from(n.get()))),
        column(&values, "delay_minutes")
    );

    let values = super::values("smm_weapons.jsonl");
    let weapons = bodies!(rows(Layout::OsceWeapons), Weapons);
    assert_eq!(weapons.iter().map(|w| counted(w.count)).sum::<u64>(), column(&values, "number"));
    let calibres: i64 = weapons.iter().filter_map(|w| w.calibre_mm).map(|c| i64::from(c.units())).sum();
    assert_eq!(calibres, 100 * i64::try_from(column(&values, "calibre_mm")).unwrap());
    let reports: Vec<&str> = weapons.iter().filter_map(|w| w.report.as_ref()).map(Name::as_str).collect();
    assert_eq!(reports, ["37/2021", "91/2021", "91/2021"]);
}

/// Every whole number in the words of an item is a figure of its body, or is named here with the reason why it is not.
#[test]
fn report_items() {
    const NO_FIGURE: &[(&str, &str)] = &[
        ("boy aged 16 injured 6 April", "16 6"), // an age, kept in the note; a date, kept in `when`
        ("on 8 May", "8"),
        ("on 28 August", "28"),
        ("3 occasions in 2 flights", "2"),
        ("in 103/2021", "103 2021"),
        ("(MON-90)", "90"),
    ];
    let values = values("smm_report_items.jsonl");
    for (value, row) in values.iter().zip(rows(Layout::OsceItems)) {
        let detail = value["detail"].as_str().unwrap_or_default();
        let mut printed: Vec<u64> =
            detail.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect();
        for (words, numbers) in NO_FIGURE.iter().filter(|(words, _)| detail.contains(words)) {
            for n in numbers.split(' ').map(|n| n.parse::<u64>().unwrap()) {
                let at = printed.iter().position(|p| *p == n).unwrap_or_else(|| panic!("{words}"));
                printed.remove(at);
            }
        }
        let note = match &row.saying.body {
            Body::Observation(o) => {
                let figures = [counted(o.count), get(o.explosions)];
                assert!(printed.iter().all(|n| figures.contains(n)), "{detail}: {figures:?}");
                o.note.clone()
            }
            Body::Weapons(w) => {
                assert_eq!(
                    printed.first().copied(),
                    w.count.value().map(|c| u64::from(c.n.get())),
                    "{detail}"
                );
                w.note.clone()
            }
            Body::Harm(h) => {
                let people: Vec<u64> = h.people.iter().flatten().map(|p| counted(p.count)).collect();
                assert!(printed.iter().all(|n| people.contains(n)), "{detail}: {people:?}");
                // Nothing in these files is beyond the words that the layout reads.
                assert!(people.iter().all(|n| *n > 0), "{detail}: {people:?}");
                h.note.clone()
            }
            Body::Restriction(r) => r.note.clone(),
            other => panic!("{}", other.kind()),
        };
        assert!(note.unwrap().as_str().ends_with(detail));
    }
    let of = |kind| rows(Layout::OsceItems).iter().filter(|row| row.saying.body.kind() == kind).count();
    assert_eq!((of(Kind::Harm), of(Kind::Observation)), (29, 52));
    assert_eq!((of(Kind::Weapons), of(Kind::Restriction)), (7, 6));
}

#[test]
fn people_harmed_by_sex_and_age() {
    let harm = bodies!(rows(Layout::OsceItems), Harm);
    let people: Vec<_> = harm.iter().flat_map(|h| h.people.iter().flatten()).collect();
    let of = |effect| people.iter().filter(|p| p.effect == effect).map(|p| counted(p.count)).sum::<u64>();
    // Counted by hand in the file.
    assert_eq!(of(reports::Effect::Killed), 8);
    assert_eq!(of(reports::Effect::Injured), 16);
    assert_eq!(of(reports::Effect::KilledOrInjured), 2);
}

#[test]
fn declared_and_reported_strength() {
    let values = values("csbm_real_events.jsonl");
    let rows = rows(Layout::Exercises);
    let findings = bodies!(rows.clone(), Finding);
    let notified = bodies!(rows, Notification);
    let troops: u64 = notified.iter().map(|n| get(n.strength.troops.map(|c| c.n))).sum();
    assert_eq!(
        troops,
        column(&values, "declared_troops")
            + column(&values, "troops")
            + column(&values, "troops_subject_to_vd")
    );
    let exactly = |amount: Option<Amount>| match amount {
        Some(Amount::Exactly(n) | Amount::About(n)) => get(Some(n)),
        Some(Amount::Between(range)) => get(Some(range.low)) + get(Some(range.high)),
        None => 0,
    };
    let figure = |what: &str| -> (u64, u64, u64) {
        let of = findings.iter().flat_map(|f| f.figures.iter().flatten()).filter(|f| f.what.as_str() == what);
        of.fold((0, 0, 0), |(d, f, r), figure| {
            (d + exactly(figure.declared), f + exactly(figure.found), r + exactly(figure.required))
        })
    };
    let press: u64 = values
        .iter()
        .filter_map(|v| v["total_troops_press"].as_array())
        .flatten()
        .filter_map(Value::as_u64)
        .sum();
    assert_eq!(
        figure("troops"),
        (
            column(&values, "declared_troops") + column(&values, "troops"),
            column(&values, "later_reported_troops") + press,
            0
        )
    );
    for (what, name) in [
        ("actions", "actions"),
        ("participating-states", "participating_states"),
        ("explosions-after-start", "explosions_after_start_approx"),
        ("explosions", "explosions_total_approx"),
        ("violations-after-start", "share_of_violations_after_start_pct"),
        ("increase-on-week-before", "change_vs_previous_week_pct"),
        ("weapons-in-violation", "weapons_in_violation"),
        ("weapons-government", "weapons_government_controlled"),
        ("weapons-non-government", "weapons_not_government_controlled"),
    ] {
        assert!(column(&values, name) > 0, "{name}");
        assert_eq!(figure(what).1, column(&values, name), "{what}");
    }
    assert_eq!(
        figure("violations").1,
        column(&values, "violations") + column(&values, "cumulative_violations")
    );
    assert_eq!(figure("troops-russian-component").0, column(&values, "declared_russian_component"));
    assert_eq!(figure("troops-subject-to-vd").0, column(&values, "troops_subject_to_vd"));
    assert_eq!(figure("notice").2, column(&values, "notice_rule_days"));
    assert_eq!(figure("notification-threshold").2, column(&values, "notify_threshold"));
    // The threshold of three rows stands in words: "observation 13000".
    assert_eq!(figure("observation-threshold").2, column(&values, "observe_threshold") + 3 * 13_000);
    assert_eq!(figure("inspections").1, 3);
    assert_eq!(figure("observing-states").1, 5);
}

#[test]
fn complaints_and_rulings() {
    let values = values("slmm_complaints_and_rulings.jsonl");
    let findings = bodies!(rows(Layout::Slmm), Finding);
    for (what, name) in [
        ("complaints", "complaints"),
        ("complaints-valid", "complaints_valid"),
        ("ruled-violation", "ruled_violation"),
        ("under-inquiry", "under_inquiry"),
    ] {
        let of = findings.iter().flat_map(|f| f.figures.iter().flatten()).filter(|f| f.what.as_str() == what);
        let sum: u64 = of
            .map(|f| match f.found {
                Some(Amount::Exactly(n)) => get(Some(n)),
                other => panic!("{other:?}"),
            })
            .sum();
        assert_eq!(sum, column(&values, name), "{what}");
    }
}

#[test]
fn events_of_the_data_set() {
    let text = text("ucdp_ged_22_1_ukraine_2015.csv");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let at = |name: &str| header.iter().position(|column| column == name).unwrap();
    let column = |name: &str| records.iter().map(|r| r[at(name)].parse::<u64>().unwrap()).sum::<u64>();
    let harm = bodies!(rows(Layout::UcdpGed), Harm);
    let deaths: Vec<_> = harm.iter().map(|h| h.deaths.clone().unwrap()).collect();
    let sum = |of: fn(&reports::Deaths) -> Option<Tally>| deaths.iter().map(|d| get(of(d))).sum::<u64>();
    assert_eq!(sum(|d| Some(d.best)), column("best"));
    assert_eq!(sum(|d| Some(d.high)), column("high"));
    assert_eq!(sum(|d| Some(d.low)), column("low"));
    assert_eq!(sum(|d| d.side_a), column("deaths_a"));
    assert_eq!(sum(|d| d.side_b), column("deaths_b"));
    assert_eq!(sum(|d| d.civilians), column("deaths_civilians"));
    assert_eq!(sum(|d| d.unknown), column("deaths_unknown"));
    assert_eq!(column("best"), 1_726);
    for (record, body) in records.iter().zip(&harm) {
        let point = body.place.point.as_ref().unwrap();
        assert_eq!(point.lat.to_string(), record[at("latitude")].parse::<f64>().unwrap().to_string());
        assert_eq!(point.lon.to_string(), record[at("longitude")].parse::<f64>().unwrap().to_string());
        assert_eq!(body.external.as_ref().unwrap().id.as_str(), &record[at("id")]);
        let coding = body.coding.as_ref().unwrap();
        assert_eq!(coding.sources.unwrap().to_string(), record[at("number_of_sources")]);
        assert_eq!(coding.place_precision.unwrap().to_string(), record[at("where_prec")]);
    }
}
