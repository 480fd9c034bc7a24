//! Answers to a table with faults: the line, the column, what was found and what is allowed, for every row.

use super::super::error::BadRow;
use super::super::{FILE_MAX, ImportError, ROW_MAX};
use super::*;

const ROW: &str = r#"{"date_from": "2018-08-14", "date_to": "2018-08-14", "time_of_day": "evening", "smm_position": "Svitlodarsk", "position_control": "government", "region": "Donetsk", "means": "heard", "number": 3, "observation": "explosion", "description": "undetermined", "weapon": "N/K", "source": "a table"}"#;

fn bad(layout: Layout, text: &str) -> Vec<BadRow> {
    match from_text(layout, text) {
        Err(error @ ImportError::Rows { .. }) => error.rows().to_vec(),
        other => panic!("{other:?}"),
    }
}

fn message(text: &str) -> String {
    let rows = bad(Layout::OsceViolations, text);
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows[0].to_string()
}

#[test]
fn the_row_that_the_others_are_made_from_is_good() {
    assert_eq!(from_text(Layout::OsceViolations, ROW).unwrap().len(), 1);
}

#[test]
fn each_message_names_line_column_found_and_allowed() {
    for (from, to, expected) in [
        ("3,", "-3,", "line 1, column number: found -3; allowed: a whole number from 0 to 100000000"),
        ("3,", "3.5,", "line 1, column number: found \"3.5\"; allowed: a whole number"),
        (
            "2018-08-14",
            "14.8.2018",
            "line 1, column date_from: found \"14.8.2018\"; allowed: a date such as 2021-02-08",
        ),
        (
            "heard",
            "felt",
            "line 1, column means: found \"felt\"; allowed: saw, heard, saw and heard, recorded, UAV, satellite",
        ),
        (
            "evening",
            "25:00",
            "line 1, column time_of_day: found \"25:00\"; allowed: day, morning, afternoon, evening, night, evening and \
             night, or a time on one day such as 10:58",
        ),
        (
            "undetermined",
            "in flightless",
            "line 1, column description: found \"in flightless\"; allowed: undetermined, impact, outgoing, incoming, \
             airburst, in vertical flight, N/K, or in flight, with a way such as W to E",
        ),
        (r#""a table""#, "null", "line 1, column source: found nothing; allowed: the published source"),
    ] {
        assert_eq!(message(&ROW.replace(from, to)), expected);
    }
}

#[test]
fn a_column_that_nobody_would_carry_is_refused() {
    let text = ROW.replace("\"means\"", "\"casualties\": 2, \"means\"");
    let found = message(&text);
    assert!(
        found.starts_with(
            "line 1, column casualties: found \"2\", which has no place in the statement of this row; allowed: nothing \
             here; columns of the layout: kind, mission, date_from"
        ),
        "{found}"
    );
    assert_eq!(bad(Layout::OsceViolations, &text)[0].code, "unknown-column");
    // Empty, it loses nothing.
    assert!(from_text(Layout::OsceViolations, &text.replace(": 2,", ": null,")).is_ok());
}

#[test]
fn every_bad_row_is_told_and_no_good_one_is_given() {
    let text =
        format!("{}\n\n{ROW}\n{{\"a\"\n{}\n", ROW.replace("heard", "felt"), ROW.replace("3,", "true,"));
    let error = from_text(Layout::OsceViolations, &text).unwrap_err();
    assert_eq!(error.code(), "bad-rows");
    let told: Vec<(u64, &str, &str)> =
        error.rows().iter().map(|row| (row.line, row.column.as_str(), row.code)).collect();
    assert_eq!(told, [(1, "means", "bad-value"), (4, "", "malformed-row"), (5, "number", "bad-value")]);
    assert!(
        error.to_string().starts_with("3 of 4 rows cannot be read\n  line 1, column means: found"),
        "{error}"
    );
}

#[test]
fn a_long_list_of_bad_rows_is_cut_in_the_message_only() {
    let text = format!("{}\n", ROW.replace("heard", "felt")).repeat(50);
    let error = from_text(Layout::OsceViolations, &text).unwrap_err();
    assert_eq!(error.rows().len(), 50);
    assert_eq!(error.to_string().lines().count(), 22);
    assert!(error.to_string().ends_with("and 30 more"));
}

#[test]
fn a_field_twice_a_list_and_a_bare_value_are_no_rows() {
    for (text, found) in [
        (r#"{"a": 1, "a": 2}"#, "the field a twice"),
        (r#"{"a": {"b": 1}, "a.b": 2}"#, "the field a.b twice"),
        (r#"{"a": 1} {"#, "trailing characters"),
        ("{} \n[1]", "a list"),
        ("{} \n7", "a value that is no object"),
    ] {
        let rows = bad(Layout::OsceViolations, text);
        let row =
            rows.iter().find(|row| row.code == "malformed-row").unwrap_or_else(|| panic!("{text}: {rows:?}"));
        assert!(row.found.starts_with(found), "{text}: {}", row.found);
    }
}

#[test]
fn csv_has_as_many_fields_as_its_header() {
    let csv = "report_no,issued,region\n30/2021,2021-02-08\n";
    let rows = bad(Layout::OsceTotals, csv);
    assert_eq!(rows[0].to_string(), "line 2: found 2 fields; allowed: 3 fields, as in the header");
    for (header, found) in [("a,b,a", "column a twice"), ("a,,b", "no name for column 2")] {
        let error = from_text(Layout::OsceTotals, &format!("{header}\n1,2,3\n")).unwrap_err();
        assert_eq!(error.code(), "bad-header");
        assert_eq!(error.to_string(), format!("line 1: found {found}; allowed: each column named once"));
    }
}

#[test]
fn rows_of_one_report_agree() {
    let row = |region: &str, issued: &str| {
        format!(
            r#"{{"report_no": "1/2021", "issued": "{issued}", "cutoff_assumed": true, "period_start": "2021-01-01T19:30:00+02:00", "period_end": "2021-01-02T19:30:00+02:00", "region": "{region}", "violations": 1, "source": "s"}}"#
        )
    };
    let text = [row("A", "2021-01-03"), row("B", "2021-01-04"), row("A", "2021-01-03")].join("\n");
    let rows = bad(Layout::OsceTotals, &text);
    assert_eq!(
        rows.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [
            "line 2, column issued: found 2021-01-04; allowed: 2021-01-03, as in line 1 of the same report",
            "line 3, column region: found A again; allowed: each region once in a report"
        ]
    );
    assert!(rows.iter().all(|row| row.code == "rows-disagree"));
    let neither = row("A", "2021-01-03").replace("true", "false");
    assert_eq!(
        bad(Layout::OsceTotals, &neither)[0].to_string(),
        "line 1, column cutoff_assumed: found no cut-off; allowed: true exactly where cutoff_printed is empty"
    );
}

#[test]
fn a_fault_that_is_not_the_known_one_is_not_corrected() {
    let row = r#"{"report_no": "1/2021", "issued": "2021-01-03", "cutoff_printed": "2021-01-04T18:00:00+02:00", "cutoff_assumed": false, "period_start": "2021-01-01T19:30:00+02:00", "period_end": "2021-01-02T19:30:00+02:00", "region": "A", "violations": 1, "source": "s"}"#;
    let rows = from_text(Layout::OsceTotals, row).unwrap();
    assert!(rows[0].fault.is_some());
    assert!(rows[0].corrected.is_none());
    let known = row.replace("18:00", "19:30");
    assert!(from_text(Layout::OsceTotals, &known).unwrap()[0].corrected.is_some());
    // A figure that cannot be right is no cut-off: correcting the one does not hide the other.
    let both = known.replace(r#""violations": 1"#, r#""violations": 1, "explosions": 2"#);
    assert!(from_text(Layout::OsceTotals, &both).unwrap()[0].corrected.is_none());
}

#[test]
fn sizes_are_checked_before_anything_is_parsed() {
    let mut endless = std::io::BufReader::new(std::io::repeat(b'x'));
    let error = read(Layout::OsceTotals, &mut endless, Format::Auto).unwrap_err();
    assert_eq!(error.code(), "too-large");
    assert!(error.to_string().contains(&FILE_MAX.to_string()));
    let wide = ROW.replace("Svitlodarsk", &"x".repeat(ROW_MAX));
    let rows = bad(Layout::OsceViolations, &wide);
    assert_eq!(rows[0].code, "row-too-large");
    let wide = format!("report_no\n{}\n", "x".repeat(ROW_MAX + 1));
    assert_eq!(bad(Layout::OsceTotals, &wide)[0].code, "row-too-large");
}

#[test]
fn empty_files_and_other_encodings() {
    for text in ["", "\n \n", "report_no,issued\n"] {
        assert_eq!(from_text(Layout::OsceTotals, text).unwrap_err().code(), "empty", "{text:?}");
    }
    let error = read(Layout::OsceTotals, &mut &b"a,b\n1,\xff\n"[..], Format::Csv).unwrap_err();
    assert_eq!(error.to_string(), "line 2: found bytes that are not UTF-8; allowed: text in UTF-8");
    let marked = format!("\u{FEFF}{ROW}");
    assert!(from_text(Layout::OsceViolations, &marked).is_ok());
}

#[test]
fn layouts_are_told_by_their_words() {
    for layout in Layout::ALL {
        assert_eq!(layout.to_string().parse::<Layout>().unwrap(), *layout);
        let value = clap::ValueEnum::to_possible_value(layout).unwrap();
        assert_eq!(value.get_name(), layout.as_str());
    }
    assert!("osce".parse::<Layout>().unwrap_err().contains("osce-violations, osce-totals"));
}

#[test]
fn the_whole_data_set_of_ucdp_is_read_with_its_other_columns() {
    let csv = "id,year,relid,type_of_violence,side_a,side_b,source_headline,country,date_start,date_end,best,high,low\n\
               1,2015,A,1,X,Y,a headline,Ukraine,2015-01-01 00:00:00.000,2015-01-02 00:00:00.000,1,2,1\n";
    // The place of an event is never empty in the data set; here nothing at all is known of it.
    let rows = from_text(Layout::UcdpGed, csv).unwrap();
    assert_eq!(rows[0].fault.as_ref().unwrap().path, "place.name");
    assert_eq!(rows[0].saying.body.facets().time, Some(1_420_070_400_000));
}

#[test]
fn no_damaged_table_panics() {
    for (layout, file, ..) in FILES {
        let start: String = text(file).lines().take(3).flat_map(|line| [line, "\n"]).collect();
        for at in 0..start.len() {
            for byte in [b'"', b'9', b' ', 0xC3] {
                let mut damaged = start.clone().into_bytes();
                damaged[at] = byte;
                let _ = read(*layout, &mut &damaged[..], Format::Auto);
            }
        }
    }
}
