//! Records as tables: days as days, instants as instants, and a mark for programs that need one.

use super::log::{Log, MISSION};
use super::site::Site;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A log with an event of two days, one of a day, one of an instant and a report of a period; newest last.
fn site() -> Site {
    let mut log = Log::new();
    let harm = |from: &str, to: &str| {
        json!({ "when": { "days": { "from": from, "to": to } },
            "place": { "name": "Avdiivka", "point": { "lat": 48.1397, "lon": 37.7497, "precision_m": 500 } },
            "people": [{ "age": "adult", "sex": "not-known", "count": { "n": 2 }, "effect": "injured" }] })
    };
    log.draft(MISSION, vec![], "harm", &harm("2018-02-15", "2018-02-16"));
    log.draft(MISSION, vec![], "harm", &harm("2018-02-15", "2018-02-15"));
    log.draft(
        MISSION,
        vec![],
        "observation",
        &json!({ "what": "explosion", "when": { "at": "2018-02-15T00:00:00Z" }, "count": { "n": 1 }, "means": "heard",
            "place": { "name": "Avdiivka", "point": { "lat": 48.0, "lon": 37.0, "precision_m": 500 } } }),
    );
    log.draft(
        MISSION,
        vec![],
        "observation",
        &json!({ "what": "explosion", "count": { "n": 1 }, "means": "heard", "place": { "name": "Avdiivka" },
            "when": { "between": { "from": "2018-02-15T00:00:00Z", "to": "2018-02-17T00:00:00Z" } } }),
    );
    Site::over(log)
}

/// First day, last day, beginning and end.
type Times = [&'static str; 4];

const TIMES: [Times; 4] = [
    ["", "", "2018-02-15T00:00:00Z", "2018-02-17T00:00:00Z"],
    ["", "", "2018-02-15T00:00:00Z", ""],
    ["2018-02-15", "2018-02-15", "", ""],
    ["2018-02-15", "2018-02-16", "", ""],
];

#[test]
fn a_span_of_days_is_exported_as_days_of_which_the_last_is_included() {
    let site = site();
    let table = site.get("/api/v1/records.csv?party=mission&kind=harm&kind=observation");
    let mut rows = table.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let head = rows.next().unwrap();
    let found: Vec<Vec<&str>> = rows
        .map(|row| {
            let row: BTreeMap<&str, &str> = head.iter().copied().zip(row).collect();
            ["first_day", "last_day", "from", "to"].map(|name| row[name]).to_vec()
        })
        .collect();
    assert_eq!(found, TIMES);

    let map = site.json("/api/v1/records.geojson?kind=harm&kind=observation");
    let features = map["features"].as_array().unwrap();
    assert_eq!(features.len(), 3);
    for (feature, times) in features.iter().zip(&TIMES[1..]) {
        for (name, time) in ["first_day", "last_day", "from", "to"].iter().zip(times) {
            let wanted = if time.is_empty() { Value::Null } else { json!(time) };
            assert_eq!(feature["properties"][name], wanted, "{name}");
        }
    }

    let list = site.json("/api/v1/records?kind=harm&kind=observation");
    let times: Vec<&Value> = list["rows"].as_array().unwrap().iter().map(|row| &row["time"]).collect();
    assert_eq!(*times[3], json!({ "days": { "first": "2018-02-15", "last": "2018-02-16" } }));
    assert_eq!(*times[1], json!({ "instants": { "from": 1_518_652_800_000_i64, "to": null } }));

    let page = site.get("/records?kind=harm");
    assert!(page.contains("2018-02-16") && !page.contains("2018-02-17"), "the page shows days as days");
    let page = site.get("/records?kind=observation");
    assert!(page.contains("2018-02-17 00:00"), "the page shows instants as instants");
}

#[test]
fn a_table_for_excel_begins_with_a_mark_and_is_the_same_table() {
    let site = site();
    let plain = site.ask("GET", "/api/v1/records.csv?kind=harm", &[]).body;
    let marked = site.ask("GET", "/api/v1/records.csv?kind=harm&bom=1", &[]).body;
    assert_eq!(marked.strip_prefix("\u{feff}".as_bytes()), Some(plain.as_slice()));
    for page in ["/data", "/fr/data", "/ru/data", "/ar/data", "/es/data"] {
        let text = site.get(page);
        assert!(text.contains("/api/v1/records.csv?bom=1") && text.contains("Excel"), "{page}");
    }
    assert_eq!(site.ask("GET", "/api/v1/records.csv?bom=2", &[]).status, 400);
}
