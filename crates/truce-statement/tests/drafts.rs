//! Drafts of every kind: templates, real rows, both encodings, the messages people read.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use truce_statement::body::reports::discrepancies;
use truce_statement::draft::DraftError;
use truce_statement::schema::{schema, template};
use truce_statement::{Body, Draft, Kind, KindBody, cbor};

/// Reads a draft and proves that JSON and CBOR both carry all of it.
fn lossless(json: &str) -> Draft {
    let draft = Draft::from_json(json).unwrap_or_else(|error| panic!("{error}\n{json}"));
    let again = Draft::from_json(&draft.to_json().unwrap()).unwrap();
    assert_eq!(again, draft);
    assert_eq!(through_cbor(&draft.body), draft.body);
    draft
}

fn through_cbor(body: &Body) -> Body {
    fn round<B: KindBody + PartialEq + std::fmt::Debug + Into<Body>>(body: &B) -> Body {
        // Straight from serde: the fields must already stand in canonical order.
        let bytes = serde_cbor::to_vec(body).unwrap();
        cbor::check(&bytes).unwrap_or_else(|flaw| panic!("{}: {flaw}", B::KIND));
        assert_eq!(cbor::encode(body).unwrap(), bytes);
        let back: B = cbor::decode(&bytes).unwrap_or_else(|error| panic!("{}: {error}", B::KIND));
        back.into()
    }
    match body {
        Body::Charter(b) => round(b.as_ref()),
        Body::Accession(b) => round(b.as_ref()),
        Body::KeyGrant(b) => round(b.as_ref()),
        Body::KeyRevocation(b) => round(b.as_ref()),
        Body::Amendment(b) => round(b.as_ref()),
        Body::Endorsement(b) => round(b.as_ref()),
        Body::Report(b) => round(b.as_ref()),
        Body::Observation(b) => round(b.as_ref()),
        Body::Restriction(b) => round(b.as_ref()),
        Body::Weapons(b) => round(b.as_ref()),
        Body::Harm(b) => round(b.as_ref()),
        Body::Signal(b) => round(b.as_ref()),
        Body::Notification(b) => round(b.as_ref()),
        Body::Calendar(b) => round(b.as_ref()),
        Body::Commitment(b) => round(b.as_ref()),
        Body::Delivery(b) => round(b.as_ref()),
        Body::Inquiry(b) => round(b.as_ref()),
        Body::Reply(b) => round(b.as_ref()),
        Body::Response(b) => round(b.as_ref()),
        Body::Document(b) => round(b.as_ref()),
        Body::Finding(b) => round(b.as_ref()),
    }
}

fn report(total: &str) -> String {
    format!(
        r#"{{"kind": "report", "body": {{"number": "30/2021", "issued": "2021-02-08", "cutoff": "2021-02-07T19:30:00+02:00",
            "period": {{"from": "2021-02-05T19:30:00+02:00", "to": "2021-02-07T19:30:00+02:00"}},
            "regions": [{total}]}}}}"#
    )
}

fn message(json: &str) -> String {
    Draft::from_json(json).unwrap_err().to_string()
}

fn printed(json: &str) -> Vec<(&'static str, String, String)> {
    discrepancies(&lossless(json).body).into_iter().map(|d| (d.code, d.printed, d.derived)).collect()
}

#[test]
fn every_template_reads_as_it_stands() {
    for kind in Kind::ALL {
        let draft = lossless(template(*kind));
        assert_eq!(draft.kind(), *kind);
        assert!(draft.body.facets().drill, "{kind}: a template left as it is must count nowhere");
    }
}

#[test]
fn every_schema_names_its_kind_and_all_fields_are_described() {
    for kind in Kind::ALL {
        let schema = schema(*kind);
        assert_eq!(schema["properties"]["kind"]["const"], kind.as_str());
        let body = schema["properties"]["body"]["$ref"].as_str().unwrap().rsplit('/').next().unwrap();
        for (name, definition) in schema["$defs"].as_object().unwrap() {
            for (field, shape) in definition["properties"].as_object().into_iter().flatten() {
                assert!(shape["description"].is_string(), "{kind}: {name}.{field}");
            }
        }
        assert!(schema["$defs"][body]["additionalProperties"] == false, "{kind}");
        assert!(!schema.to_string().contains("null"), "{kind}: a draft has no null");
    }
}

#[test]
fn schemas_on_file_are_current() {
    for kind in Kind::ALL {
        let file = format!("{}/../../docs/schemas/{kind}.json", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        let on_file: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        assert_eq!(on_file, schema(*kind), "{kind}: run `cargo xtask schema`");
    }
}

#[test]
fn a_daily_report_with_a_figure_for_the_period_before() {
    let Body::Report(report) = lossless(
        r#"{"kind": "report", "body": {"number": "93/2021", "issued": "2021-04-23", "cutoff": "2021-04-22T19:30:00+03:00",
            "period": {"from": "2021-04-21T19:30:00+03:00", "to": "2021-04-22T19:30:00+03:00"},
            "note": "Donetsk figure worded as 370 undetermined explosions in total",
            "source": "OSCE SMM Daily Report 93/2021", "regions": [
            {"region": "Donetsk", "violations": 488, "explosions": 370, "previous": 276,
             "previous_basis": "previous-reporting-period"},
            {"region": "Luhansk", "violations": 6, "previous": 0, "previous_basis": "previous-24-hours"}]}}"#,
    )
    .body
    else {
        panic!("not a report");
    };
    assert_eq!(report.regions[1].explosions, None);
    assert_eq!(report.facets().time, Some(1_619_022_600_000));
    assert_eq!(report.discrepancies(), []);
}

#[test]
fn a_cut_off_printed_after_the_day_of_issue_is_kept_and_flagged() {
    let json = r#"{"kind": "report", "body": {"number": "113/2021", "issued": "2021-05-18",
        "cutoff": "2021-05-17T19:30:00+03:00", "cutoff_printed": "2021-05-19T19:30:00+03:00",
        "period": {"from": "2021-05-16T19:30:00+03:00", "to": "2021-05-17T19:30:00+03:00"},
        "regions": [{"region": "Donetsk", "violations": 52, "explosions": 17}]}}"#;
    let expected =
        ("cutoff-after-issue", "2021-05-19T19:30:00+03:00".into(), "2021-05-17T19:30:00+03:00".into());
    assert_eq!(printed(json), [expected]);
    let taken_as_true = json.replace("\"cutoff\": \"2021-05-17", "\"cutoff\": \"2021-05-19");
    assert_eq!(
        message(&taken_as_true),
        "body.cutoff: found 2021-05-19T19:30:00+03:00; allowed: a cut-off not after the day of issue, which is 2021-05-18"
    );
}

#[test]
fn a_period_can_span_the_change_to_summer_time() {
    let draft = lossless(
        r#"{"kind": "report", "body": {"number": "70/2021", "issued": "2021-03-29", "cutoff": "2021-03-28T19:30:00+03:00",
            "period": {"from": "2021-03-26T19:30:00+02:00", "to": "2021-03-28T19:30:00+03:00"}, "cutoff_assumed": true,
            "regions": [{"region": "Luhansk", "violations": "not-known"}]}}"#,
    );
    assert!(draft.to_json().unwrap().contains("\"from\": \"2021-03-26T19:30:00+02:00\""));
}

#[test]
fn rows_of_the_violation_table() {
    for row in [
        r#"{"what": "explosion", "when": {"part-of-day": {"part": "night", "from": "2017-03-17", "to": "2017-03-18"}},
            "count": {"n": 300, "about": true}, "means": "heard", "weapon": "not-known", "description": "undetermined",
            "bearing": {"km_min": 3.0, "km_max": 8.0, "direction": "NNW"},
            "position": {"name": "Donetsk city centre", "admin": ["Donetsk"], "control": "non-government"}}"#,
        r#"{"what": "tracer-round", "when": {"part-of-day": {"part": "night", "from": "2017-08-30", "to": "2017-08-31"}},
            "count": {"n": 2}, "means": "recorded", "weapon": "not-known", "description": "in-flight",
            "flight": {"from": "W", "to": "E"}, "bearing": {"direction": "N"},
            "position": {"name": "SMM camera in Shyrokyne", "admin": ["Donetsk"],
                "from": {"of": "Mariupol", "km_min": 20, "km_max": 20, "direction": "E"}}}"#,
        r#"{"what": "explosion", "when": {"at": "2018-05-30T10:58:00+03:00"}, "count": {"n": 1}, "means": "saw-and-heard",
            "weapon": "mortar (82mm)", "calibre_mm": 82, "description": "impact",
            "bearing": {"km_min": 0.2, "km_max": 0.3, "direction": "SSW"},
            "position": {"name": "camera site near Petrivske disengagement area"}}"#,
        r#"{"what": "violation", "when": {"as-of": "2021-03-02T19:30:00+02:00"}, "count": {"n": 93}, "explosions": 73,
            "status": "recorded", "report": "50/2021", "place": {"name": "Zolote", "admin": ["Luhansk"], "zone": "zolote"}}"#,
        r#"{"what": "uav-targeted", "when": {"as-of": "2021-02-07T19:30:00+02:00"}, "count": "not-known",
            "status": "assessed", "assessed_as": "aimed-at-uav", "weapon": "small arms",
            "place": {"name": "not-known", "admin": ["Donetsk"]}}"#,
    ] {
        lossless(&format!(r#"{{"kind": "observation", "body": {row}}}"#));
    }
}

#[test]
fn a_delay_is_kept_as_printed_and_its_own_times_give_another() {
    let json = r#"{"kind": "restriction", "body": {"place": {"name": "checkpoint on road H-15", "control": "non-government"},
        "arrived": "2021-10-17T12:11:00+03:00", "decided": "2021-10-17T12:30:00+03:00", "left": "2021-10-17T12:33:00+03:00",
        "outcome": "delayed", "delay_printed_min": 43, "vehicles": 2, "people": 6, "by": "armed formations",
        "report": "21/2021"}}"#;
    assert_eq!(printed(json), [("delay-differs", "43".into(), "22".into())]);
    assert_eq!(
        message(&json.replace("12:30:00", "12:40:00")),
        "body.left: found 2021-10-17T12:33:00+03:00; allowed: a time not before `decided`, which is \
         2021-10-17T12:40:00+03:00"
    );
}

#[test]
fn weapons_of_which_only_the_holder_is_known() {
    lossless(
        r#"{"kind": "weapons", "body": {"category": "missing-from-permanent-storage", "weapon": "tank", "count": {"n": 7},
            "place": {"name": "not-known", "control": "government"}, "source": "summary of 7 Feb 2017",
            "when": {"days": {"from": "2017-02-07", "to": "2017-02-07"}}}}"#,
    );
}

#[test]
fn an_event_of_a_data_set_keeps_every_column() {
    let json = r#"{"kind": "harm", "body": {"when": {"days": {"from": "2015-01-01", "to": "2015-02-28"}},
        "place": {"name": "Pisky village", "admin": ["Donetsk oblast", "Yasynuvata raion"],
            "point": {"lat": 48.06087, "lon": 37.681397, "precision_m": "not-known"}},
        "deaths": {"low": 4, "best": 4, "high": 15, "side_a": 4, "side_b": 0, "civilians": 0, "unknown": 0},
        "coding": {"clarity": 1, "sources": 2, "date_precision": 5, "place_precision": 1},
        "parties": {"side_a": "Government of Ukraine", "side_b": "DPR", "violence": 1,
            "dyad": {"id": "15100", "name": "Government of Ukraine - DPR"},
            "conflict": {"id": "13306", "name": "Ukraine: Novorossiya"}},
        "external": {"scheme": "ucdp-ged-22-1", "id": "203643", "related": "UKR-2015-1-14210-102"}}}"#;
    let draft = lossless(json);
    let written: serde_json::Value = serde_json::from_str(&draft.to_json().unwrap()).unwrap();
    assert_eq!(written, serde_json::from_str::<serde_json::Value>(json).unwrap());
    assert_eq!(
        printed(&json.replace("\"side_b\": 0", "\"side_b\": 1")),
        [("deaths-do-not-add-up", "4".into(), "5".into())]
    );
    assert_eq!(
        message(&json.replace("\"low\": 4", "\"low\": 5")),
        "body.deaths.low: found 5; allowed: at most the best estimate, 4"
    );
}

#[test]
fn casualties_and_rulings_and_declared_figures() {
    for draft in [
        r#"{"kind": "harm", "body": {"when": {"as-of": "2021-04-24T19:30:00+03:00"}, "status": "followed-up",
            "place": {"name": "Snizhne", "admin": ["Donetsk"], "control": "non-government"}, "cause": "hand grenade",
            "people": [{"sex": "male", "age": "adult", "effect": "killed", "count": {"n": 2}},
                       {"sex": "not-known", "age": "not-known", "effect": "injured", "count": {"n": 2}}]}}"#,
        r#"{"kind": "finding", "body": {"outcome": "observed", "summary": "Complaints and rulings.", "attribution": "not-made",
            "when": {"days": {"from": "2002-02-22", "to": "2002-12-31"}}, "concerns": ["LTTE"],
            "figures": [{"what": "complaints", "found": {"exactly": 1403}}, {"what": "ruled-violation", "found": {"exactly": 504}}]}}"#,
        r#"{"kind": "finding", "body": {"outcome": "observed", "summary": "Strength.", "attribution": "not-made",
            "subject": "Zapad-2021", "rule": {"id": "VD-OBSERVE-LAND"}, "figures": [
            {"what": "troops", "declared": {"exactly": 12800}, "found": {"between": {"low": 110000, "high": 200000}},
             "required": {"about": 13000}}]}}"#,
        r#"{"kind": "calendar", "body": {"year": 2022, "planned": "nil-return"}}"#,
        r#"{"kind": "commitment", "body": {"topic": "restraint", "title": "No flights", "to": ["mission", "south"],
            "schedule": "standing", "valid_from": "2020-07-27T00:01:00+03:00", "valid_until": "2021-07-27T00:01:00+03:00"}}"#,
        r#"{"kind": "reply", "body": {"answer": {"declined": {}}}}"#,
    ] {
        lossless(draft);
    }
}

#[test]
fn a_commitment_lists_what_falls_due() {
    let Body::Commitment(commitment) = Draft::from_json(template(Kind::Commitment)).unwrap().body else {
        panic!("not a commitment");
    };
    let due: Vec<_> = commitment.due().collect();
    assert_eq!(due.len(), 365);
    assert_eq!(due[0].due.to_string(), "2021-02-08T09:00:00+02:00");
    assert_eq!(due[100].due.to_string(), "2021-05-19T09:00:00+03:00");
    assert_eq!(due[364].item, 365);
}

#[test]
fn notice_is_counted_in_days() {
    let Body::Notification(notification) = Draft::from_json(template(Kind::Notification)).unwrap().body
    else {
        panic!("not a notification");
    };
    let start = notification.period.from.ms();
    assert_eq!(notification.lead_days(start - 42 * 86_400_000), 42);
    assert_eq!(notification.lead_days(start - 42 * 86_400_000 + 1), 41);
    assert_eq!(notification.lead_days(start + 1), -1);
}

#[test]
fn messages_name_the_place_what_was_found_and_what_is_allowed() {
    for (total, expected) in [
        (
            r#"{"region": "A", "violations": 5, "explosions": 7}"#,
            "body.regions[0].explosions: found 7; allowed: at most the violations of the region, 5",
        ),
        (
            r#"{"region": "A", "violations": 1}, {"region": "A", "violations": 2}"#,
            "body.regions[1].region: found A; allowed: each region once",
        ),
        (
            r#"{"region": "A", "violations": 5, "previous": 7}"#,
            "body.regions[0].previous_basis: found nothing; allowed: what `previous` refers to: \
             previous-reporting-period or previous-24-hours",
        ),
        (
            "",
            "body.regions: found an empty list; allowed: 1 to 64 items; leave the field out if there are none (line 3, column 25)",
        ),
        (
            r#"{"region": "A", "violations": -1}"#,
            "body.regions[0].violations: found -1; allowed: a whole number from 0 to 100000000 (line 3, column 56)",
        ),
        (
            r#"{"region": "A", "violations": "many"}"#,
            "body.regions[0].violations: found string \"many\"; allowed: a whole number from 0 to 100000000 (line 3, column 60)",
        ),
        (
            r#"{"region": "A"}"#,
            "body.regions[0].violations: found nothing; allowed: a value; this field is required (line 3, column 39)",
        ),
        (
            r#"{"region": "A", "violations": 5, "explosion": 1}"#,
            "body.regions[0].explosion: found a field that is not known here; allowed: the fields note, region, previous, \
             live_fire, explosions, violations, previous_basis (line 3, column 68)",
        ),
        (
            r#"{"region": "A", "violations": 5, "violations": 5}"#,
            "body.regions[0].violations: found the field twice; allowed: each field once (line 3, column 73)",
        ),
        (
            r#"{"region": "A", "violations": 5, "previous": 1, "previous_basis": "yesterday"}"#,
            "body.regions[0].previous_basis: found \"yesterday\"; allowed: previous-reporting-period or previous-24-hours \
             (line 3, column 101)",
        ),
        (
            r#"{"region": " ", "violations": 5}"#,
            "body.regions[0].region: found \" \"; allowed: text that is not blank; leave the field out if there is nothing to \
             say (line 3, column 38)",
        ),
    ] {
        assert_eq!(message(&report(total)), expected);
    }
}

#[test]
fn messages_about_the_draft_itself() {
    for (json, code, expected) in [
        ("", "malformed-json", "line 1, column 0: EOF while parsing a value"),
        ("{\n \"kind\": \"report\",\n}", "malformed-json", "line 3, column 1: trailing comma"),
        ("{} {}", "malformed-json", "line 1, column 4: trailing characters"),
        (
            "{}",
            "invalid-draft",
            "kind: found nothing; allowed: a value; this field is required (line 1, column 2)",
        ),
        (
            "[]",
            "invalid-draft",
            "draft: found a list; allowed: an object with kind, refs and body (line 1, column 2)",
        ),
        (
            r#"{"kind": "reply"}"#,
            "invalid-draft",
            "body: found nothing; allowed: a value; this field is required (line 1, column 17)",
        ),
        (
            r#"{"kind": "reply", "seen": 1, "body": {}}"#,
            "invalid-draft",
            "seen: found a field that is not known here; allowed: the fields kind, refs, body (line 1, column 24)",
        ),
    ] {
        let error = Draft::from_json(json).unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert_eq!(error.code(), code, "{json}");
    }
    let error = message(r#"{"kind": "repport", "body": {}}"#);
    assert!(error.starts_with("kind: found \"repport\"; allowed: one of charter, accession"), "{error}");
    let many = format!(
        r#"{{"kind": "reply", "refs": [{}], "body": {{"answer": {{"declined": {{}}}}}}}}"#,
        vec![format!(r#"{{"relation": "about", "id": "{}"}}"#, "0".repeat(64)); 65].join(",")
    );
    assert_eq!(message(&many), "refs: found 65 references; allowed: at most 64");
}

#[test]
fn messages_about_units() {
    let place = |place: &str| format!(r#"{{"kind": "harm", "body": {{"place": {place}}}}}"#);
    for (json, expected) in [
        (
            place(r#"{"name": "A", "point": {"lat": 48.123456789, "lon": 1, "precision_m": 1}}"#),
            "body.place.point.lat: found 48.123456789 with 9 decimals; allowed: at most 7 decimals",
        ),
        (
            place(r#"{"name": "A", "point": {"lat": 148, "lon": 1, "precision_m": 1}}"#),
            "body.place.point.lat: found 148; allowed: decimal degrees of latitude from -90 to 90",
        ),
        (
            place(r#"{"name": "A", "from": {"of": "B", "direction": "north"}}"#),
            "body.place.from.direction: found \"north\"; allowed: one of the 16 points N, NNE, NE ... NNW, or a sector such \
             as SE-SW",
        ),
        (place(r#""Pisky""#), "body.place: found string \"Pisky\"; allowed: an object (place)"),
        (
            r#"{"kind": "harm", "body": {"when": {"at": "2021-02-05T19:30:00"}}}"#.to_owned(),
            "body.when.at: found \"2021-02-05T19:30:00\"; allowed: a time with its offset, such as \
             2021-02-05T19:30:00+02:00 (RFC 3339); this one does not say which clock it was read from",
        ),
        (
            r#"{"kind": "harm", "body": {"when": {"days": {"from": "2021-02-30", "to": "2021-03-01"}}}}"#
                .to_owned(),
            "body.when.days.from: found \"2021-02-30\"; allowed: a date such as 2021-02-08; this day is in no calendar",
        ),
        (
            r#"{"kind": "harm", "body": {"drill": false}}"#.to_owned(),
            "body.drill: found boolean false; allowed: true, or leave the field out",
        ),
        (
            r#"{"kind": "reply", "body": {"note": null, "answer": {"declined": {}}}}"#.to_owned(),
            "body.note: found null; allowed: a value, or \"not-known\" where that is offered; leave the field out if there \
             is nothing to say",
        ),
        (
            r#"{"kind": "reply", "body": {"answer": {"answered": ["Yes."]}}}"#.to_owned(),
            "body.answer.answered: found a list; allowed: an object with named fields",
        ),
        (
            r#"{"kind": "finding", "body": {"outcome": "suspended"}}"#.to_owned(),
            "body.outcome.suspended: found this word alone; allowed: an object with this word as its only field",
        ),
        (
            r#"{"kind": "finding", "body": {"outcome": 5}}"#.to_owned(),
            "body.outcome: found integer 5; allowed: one of ",
        ),
        (
            r#"{"kind": "harm", "body": {"when": {"at": "2021-02-05T19:30:00Z", "days": 1}}}"#.to_owned(),
            "body.when: found an object with more than one field; allowed: an object with one field",
        ),
        (r#"{"kind": 5}"#.to_owned(), "kind: found integer 5; allowed: one of charter, accession"),
    ] {
        let error = message(&json);
        assert!(error.starts_with(expected), "\n  is       {error}\n  expected {expected}");
    }
}

#[test]
fn a_finding_keeps_four_things_apart() {
    let finding = |more: &str| format!(r#"{{"kind": "finding", "body": {{"summary": "S.", {more}}}}}"#);
    for (more, path) in [
        (r#""outcome": "observed""#, "body.attribution"),
        (r#""outcome": "observed", "attribution": "not-made", "breach": "breached""#, "body.rule"),
        (r#""outcome": {"suspended": {}}, "attribution": "not-made""#, "body.outcome.suspended.reason"),
        (
            r#""outcome": "observed", "attribution": {"party": {"party": "north"}}"#,
            "body.attribution.party.standard",
        ),
        (
            r#""outcome": "observed", "attribution": "not-made", "figures": [{"what": "troops"}]"#,
            "body.figures[0]",
        ),
    ] {
        let error = Draft::from_json(&finding(more)).unwrap_err();
        assert_eq!(error.path(), Some(path), "{error}");
    }
}

#[test]
fn rules_inside_a_body() {
    for (kind, from, to, path) in [
        (Kind::Report, "\"to\": \"2021-02-07T19:30", "\"to\": \"2021-02-07T19:31", "body.period.to"),
        (Kind::Report, "\"cameras_out\": 2,", "\"cameras_out\": 27,", "body.coverage.cameras_out"),
        (Kind::Observation, "\"km_min\": 2,", "\"km_min\": 5.001,", "body.bearing.km_min"),
        (
            Kind::Observation,
            "\"to\": \"2018-08-08\" } },\n    // saw",
            "\"to\": \"2018-08-06\" } },\n    // saw",
            "body.when.part-of-day.to",
        ),
        (
            Kind::Calendar,
            "\"from\": \"2022-05-01\"",
            "\"from\": \"2021-05-01\"",
            "body.planned.activities[0].window.from",
        ),
        (Kind::Commitment, "\"valid_from\": \"2021", "\"valid_from\": \"2023", "body.valid_until"),
        (Kind::Commitment, "\"review_by\": \"2021", "\"review_by\": \"2023", "body.review_by"),
        (
            Kind::Commitment,
            "\"at\": \"2021-10-31",
            "\"at\": \"2020-10-31",
            "body.schedule.every.clock.changes[1].at",
        ),
        (Kind::Notification, "\"to\": \"2021-09-12", "\"to\": \"2021-09-17", "body.phases[0].period"),
        (Kind::Document, "\"class\": \"minutes\"", "\"class\": \"retraction\"", "body.reason"),
        (Kind::Document, "\"text\":", "\"reason\":", "body.text"),
        (Kind::Harm, "\"people\": [", "\"people\": [], \"x\": [", "body.people"),
    ] {
        let json = template(kind).replacen(from, to, 1);
        assert_ne!(json, template(kind), "{kind}: {from}");
        match Draft::from_json(&json) {
            Err(error @ (DraftError::Rule(_) | DraftError::Shape { .. })) => {
                assert_eq!(error.path(), Some(path), "{error}");
            }
            other => panic!("{kind}: {other:?}"),
        }
    }
}
