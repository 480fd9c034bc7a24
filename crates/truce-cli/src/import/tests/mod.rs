//! Every layout on the real files: nothing lost, nothing changed, figures equal to those an independent reader finds.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod figures;
mod refusals;

use super::{Format, Layout, Names, Row, read, read_with};
use serde_json::Value;
use std::collections::BTreeSet;
use truce_statement::body::{Body, reports};
use truce_statement::refusal::Code;
use truce_statement::{
    AgreementId, Kind, Role, Saying, SecretKey, Signed, Standing, StatementId, Subject, cbor,
};

const FILES: &[(Layout, &str, usize, usize)] = &[
    // Layout, file, rows, statements.
    (Layout::OsceTotals, "smm_daily_region_totals.jsonl", 126, 63),
    (Layout::OsceViolations, "smm_violation_rows.jsonl", 82, 82),
    (Layout::OsceRestrictions, "smm_access_restrictions.jsonl", 8, 8),
    (Layout::OsceWeapons, "smm_weapons.jsonl", 14, 14),
    (Layout::OsceItems, "smm_report_items.jsonl", 94, 94),
    // 5 notifications and an inquiry with a finding each, 6 findings, 1 observation, the file for two roles.
    (Layout::Exercises, "csbm_real_events.jsonl", 13, 21),
    // 8 findings and the file they are about.
    (Layout::Slmm, "slmm_complaints_and_rulings.jsonl", 8, 9),
    (Layout::UcdpGed, "ucdp_ged_22_1_ukraine_2015.csv", 710, 710),
];

fn text(file: &str) -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/data/");
    std::fs::read_to_string(format!("{path}{file}")).unwrap()
}

fn rows(layout: Layout) -> Vec<Row> {
    let (_, file, ..) = FILES.iter().find(|(l, ..)| *l == layout).unwrap();
    from_text(layout, &text(file)).unwrap()
}

fn from_text(layout: Layout, text: &str) -> Result<Vec<Row>, super::ImportError> {
    read(layout, &mut text.as_bytes(), Format::Auto)
}

/// The rows of a JSON Lines file, read without the importer.
fn values(file: &str) -> Vec<Value> {
    text(file).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The same table as CSV: nested fields as `outer.inner`.
fn as_csv(rows: &[Value]) -> String {
    fn flat(path: &str, value: &Value, into: &mut Vec<(String, String)>) {
        let inner = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        match value {
            Value::Object(map) => map.iter().for_each(|(name, value)| flat(&inner(name), value, into)),
            Value::Array(list) => {
                for (i, value) in list.iter().enumerate() {
                    flat(&inner(&i.to_string()), value, into);
                }
            }
            Value::Null => into.push((path.to_owned(), String::new())),
            Value::String(text) => into.push((path.to_owned(), text.clone())),
            other => into.push((path.to_owned(), other.to_string())),
        }
    }
    let rows: Vec<Vec<(String, String)>> = rows
        .iter()
        .map(|row| {
            let mut cells = Vec::new();
            flat("", row, &mut cells);
            cells
        })
        .collect();
    let columns: BTreeSet<&String> = rows.iter().flatten().map(|(column, _)| column).collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&columns).unwrap();
    for row in &rows {
        let cell = |column: &&String| row.iter().find(|(c, _)| c == *column).map_or("", |(_, v)| v.as_str());
        writer.write_record(columns.iter().map(cell)).unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

#[test]
fn every_row_of_every_file_becomes_a_statement() {
    for (layout, file, lines, statements) in FILES {
        let rows = rows(*layout);
        assert_eq!(rows.len(), *statements, "{file}");
        let of: BTreeSet<u64> = rows.iter().map(|row| row.line).filter(|line| *line > 0).collect();
        let expected = if *layout == Layout::OsceTotals { *statements } else { *lines };
        assert_eq!(of.len(), expected, "{file}");
        let data = text(file).lines().count() - usize::from(*layout == Layout::UcdpGed);
        assert_eq!(data, *lines, "{file}");
    }
}

#[test]
fn every_body_survives_cbor_and_a_draft() {
    fn same<T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug>(
        body: &T,
        at: &str,
    ) {
        let bytes = cbor::encode(body).unwrap_or_else(|e| panic!("{at}: {e}"));
        let back: T = cbor::decode(&bytes).unwrap_or_else(|e| panic!("{at}: {e:?}"));
        assert_eq!(&back, body, "{at}");
    }
    for (layout, ..) in FILES {
        for row in rows(*layout) {
            for saying in std::iter::once(&row.saying).chain(&row.corrected) {
                let at = format!("{layout} line {}: {}", row.line, row.title);
                match &saying.body {
                    Body::Report(body) => same(body, &at),
                    Body::Observation(body) => same(body, &at),
                    Body::Restriction(body) => same(body, &at),
                    Body::Weapons(body) => same(body, &at),
                    Body::Harm(body) => same(body, &at),
                    Body::Notification(body) => same(body, &at),
                    Body::Inquiry(body) => same(body, &at),
                    Body::Document(body) => same(body, &at),
                    Body::Finding(body) => same(body, &at),
                    other => panic!("{at}: no layout makes a {}", other.kind()),
                }
                let json = saying.body.to_json().unwrap();
                let draft = Body::deserialize(saying.body.kind(), &json).unwrap();
                assert_eq!(draft, saying.body, "{at}");
            }
        }
    }
}

/// As far as a statement alone can show it: the one refusal is the one that a log would give.
#[test]
fn every_row_can_be_signed_but_the_one_that_is_to_be_refused() {
    let key = SecretKey::from_seed(&[9; 32]).unwrap();
    let seal = |saying: Saying| {
        let standing = Standing {
            party: "signer".parse().unwrap(),
            subject: Subject::Agreement(AgreementId::from_bytes([1; 32])),
            seq: 0,
            prev: StatementId::ZERO,
            seen: None,
            iat: 1_640_995_200,
        };
        Signed::seal(&key, standing, saying)
    };
    for (layout, ..) in FILES {
        for row in rows(*layout) {
            let id = |_| Some(StatementId::from_bytes([7; 32]));
            let as_printed = seal(row.saying_with(false, id).unwrap());
            match (&row.fault, as_printed) {
                (None, Ok(signed)) => assert_eq!(signed.body(), &row.saying.body),
                (Some(_), Err(refusal)) => {
                    assert_eq!((refusal.code, refusal.at.as_str()), (Code::InvalidBody, "body.cutoff"));
                    assert!(seal(row.saying_with(true, id).unwrap()).is_ok());
                }
                (fault, result) => panic!("{layout} line {}: {fault:?}, {result:?}", row.line),
            }
        }
    }
}

#[test]
fn only_the_report_with_the_impossible_cut_off_breaks_a_rule() {
    for (layout, ..) in FILES {
        for row in rows(*layout) {
            let known = *layout == Layout::OsceTotals && row.title == "report 113/2021";
            assert_eq!(row.fault.is_some(), known, "{layout} line {}: {:?}", row.line, row.fault);
            assert_eq!(row.corrected.is_some(), known);
        }
    }
}

#[test]
fn the_impossible_cut_off_is_refused_as_printed_and_offered_corrected() {
    let rows = rows(Layout::OsceTotals);
    let row = rows.iter().find(|row| row.title == "report 113/2021").unwrap();
    assert_eq!(
        row.fault.as_ref().unwrap().to_string(),
        "cutoff: found 2021-05-19T19:30:00+03:00; allowed: a cut-off not after the day of issue, which is 2021-05-18"
    );
    let as_printed = row.saying_with(false, |_| None).unwrap();
    assert_eq!(as_printed, row.saying);
    let corrected = row.saying_with(true, |_| None).unwrap();
    let Body::Report(report) = &corrected.body else { panic!() };
    assert_eq!(report.cutoff.to_string(), "2021-05-17T19:30:00+03:00");
    assert_eq!(report.cutoff_printed.unwrap().to_string(), "2021-05-19T19:30:00+03:00");
    assert!(corrected.body.check().is_ok());
    assert_eq!(reports::discrepancies(&corrected.body)[0].code, "cutoff-after-issue");
}

#[test]
fn the_delay_is_recorded_as_printed_and_flagged() {
    let flagged: Vec<(u64, reports::Restriction)> = rows(Layout::OsceRestrictions)
        .into_iter()
        .filter(|row| !reports::discrepancies(&row.saying.body).is_empty())
        .map(|row| match row.saying.body {
            Body::Restriction(body) => (row.line, *body),
            other => panic!("{}", other.kind()),
        })
        .collect();
    let [(2, restriction)] = flagged.as_slice() else { panic!("{flagged:?}") };
    assert_eq!(restriction.delay_printed_min.unwrap().get(), 43);
    assert_eq!(restriction.delay_derived(), Some(22));
    assert_eq!(restriction.arrived.unwrap().to_string(), "2021-10-17T12:11:00+03:00");
    assert_eq!(reports::discrepancies(&restriction.clone().into())[0].code, "delay-differs");
}

#[test]
fn csv_and_json_lines_say_the_same() {
    for (layout, file, ..) in FILES.iter().filter(|(layout, ..)| *layout != Layout::UcdpGed) {
        let csv = as_csv(&values(file));
        let from_csv = read(*layout, &mut csv.as_bytes(), Format::Auto).unwrap();
        let from_json = rows(*layout);
        assert_eq!(from_csv.len(), from_json.len());
        for (a, b) in from_csv.iter().zip(&from_json) {
            assert_eq!(a.title, b.title);
            // The document that names the file names another file.
            if b.line > 0 {
                assert_eq!(a.saying, b.saying, "{file}: {}", b.title);
                assert_eq!((a.role, &a.signer, &a.refers), (b.role, &b.signer, &b.refers));
            }
        }
    }
}

#[test]
fn rows_refer_only_to_earlier_ones() {
    for (layout, ..) in FILES {
        let rows = rows(*layout);
        for (i, row) in rows.iter().enumerate() {
            assert!(row.refers.iter().all(|(_, to)| *to < i), "{layout}: {}", row.title);
            let finding = row.saying.body.kind() == Kind::Finding;
            assert_eq!(!row.refers.is_empty(), finding, "{layout}: {}", row.title);
            assert!(row.saying.body.kind().default_roles().contains(&row.role), "{layout}: {}", row.title);
        }
        // A mission's findings stand on a mission's statements.
        for row in rows.iter().filter(|row| row.role == Role::Mission) {
            assert!(
                row.refers.iter().all(|(_, to)| rows[*to].role == Role::Mission),
                "{layout}: {}",
                row.title
            );
        }
    }
}

#[test]
fn references_are_filled_in_or_the_row_is_not_for_signing() {
    let rows = rows(Layout::Slmm);
    let id = StatementId::from_bytes([7; 32]);
    let saying = rows[1].saying_with(false, |row| (row == 0).then_some(id)).unwrap();
    assert_eq!(saying.refs.len(), 1);
    assert_eq!(saying.refs[0].1, id);
    assert!(rows[1].saying_with(false, |_| None).is_none());
}

#[test]
fn names_of_the_agreement_are_used() {
    let names = Names {
        parties: [("RUS".to_owned(), "party-b".parse().unwrap())].into(),
        zones: [("Donetsk", "area-1"), ("Petrivske", "area-2")]
            .map(|(name, zone)| (name.to_owned(), zone.parse().unwrap()))
            .into(),
    };
    let with = |layout, file| read_with(layout, &mut text(file).as_bytes(), Format::Auto, &names).unwrap();
    let asked = with(Layout::Exercises, "csbm_real_events.jsonl");
    let inquiry = asked.iter().find(|row| row.saying.body.kind() == Kind::Inquiry).unwrap();
    assert_eq!(inquiry.saying.body.facets().to[0].as_str(), "party-b");
    assert_eq!(inquiry.signer.as_deref(), Some("UKR"));
    let seen = with(Layout::OsceViolations, "smm_violation_rows.jsonl");
    assert!(seen.iter().all(|row| row.saying.body.facets().zones == ["area-1"]));
    let items = with(Layout::OsceItems, "smm_report_items.jsonl");
    assert_eq!(items[1].saying.body.facets().zones, ["area-2"]);
}
