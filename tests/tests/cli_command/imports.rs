//! Tables signed row by row.

use crate::desk::{Desk, data};
use std::time::Instant;

fn import(desk: &Desk, args: &[&str], file: &str) -> crate::desk::Ran {
    let path = data(file);
    let fixed = ["import", args[0], path.to_str().unwrap(), "--key", "hub.pem"];
    desk.run(fixed.iter().chain(&args[1..]))
}

#[test]
fn rows_are_signed_and_recorded_and_a_faulty_one_uses_no_number() {
    let desk = Desk::with_ledger();
    let ran =
        import(&desk, &["osce-totals", "--ledger", "ledger", "--json"], "smm_daily_region_totals.jsonl");
    assert_eq!(ran.code, 2, "{}", ran.err);
    let result = ran.json();
    assert_eq!(result["receipts"].as_array().unwrap().len(), 62);
    let refused = &result["refused"][0];
    assert_eq!(refused["error"]["code"], "invalid-body");
    assert_eq!(refused["error"]["at"], "body.cutoff");
    assert!(refused["error"]["remedy"].as_str().unwrap().contains("--correct-known"));
    let place = desk.run(["feed", "show", "hub.pem", "--json"]).good().json();
    assert_eq!((&place["next_seq"], &place["unsent"]), (&62.into(), &0.into()));
    // The feed goes on where it stands, for this command and for the next.
    let corrected = import(
        &desk,
        &["osce-totals", "--ledger", "ledger", "--correct-known", "--json"],
        "smm_daily_region_totals.jsonl",
    );
    assert_eq!(corrected.good().json()["receipts"].as_array().unwrap().len(), 63);
    let shown = desk.run(["list", "ledger", "--kind", "report", "--json"]).good().json();
    assert_eq!(shown["statements"].as_array().unwrap().len(), 125);
    desk.run(["verify", "ledger"]).good();
}

#[test]
fn a_row_that_the_ledger_would_refuse_is_refused_before_it_is_signed() {
    let desk = Desk::with_ledger();
    // The mission may not sign what states sign.
    let ran = import(
        &desk,
        &["exercises", "--ledger", "ledger", "--role", "state", "--json"],
        "csbm_real_events.jsonl",
    );
    assert_eq!(ran.code, 2, "{}", ran.err);
    let result = ran.json();
    assert!(result["receipts"].as_array().unwrap().is_empty());
    let refused = result["refused"].as_array().unwrap();
    assert!(refused.iter().any(|row| row["error"]["code"] == "not-authorised"), "{refused:?}");
    assert!(result["left_out"].as_u64().unwrap() > 0);
    assert_eq!(desk.run(["status", "ledger", "--json"]).good().json()["size"], 3);
    import(&desk, &["osce-weapons", "--ledger", "ledger"], "smm_weapons.jsonl").good();
}

#[test]
fn rows_can_be_signed_offline_and_submitted_later() {
    let desk = Desk::with_ledger();
    let args = [
        "osce-violations",
        "--out",
        "signed",
        "--party",
        "mission",
        "--agreement",
        "ledger/charter.cose",
        "--json",
    ];
    let result = import(&desk, &args, "smm_violation_rows.jsonl").good().json();
    let files: Vec<String> =
        result["signed"].as_array().unwrap().iter().map(|s| s["file"].as_str().unwrap().to_owned()).collect();
    assert_eq!(files.len(), 82);
    let submit: Vec<String> =
        ["submit", "ledger", "--json"].map(str::to_owned).into_iter().chain(files).collect();
    assert_eq!(desk.run(&submit).good().json()["receipts"].as_array().unwrap().len(), 82);
}

#[test]
fn hundreds_of_rows_take_less_than_a_moment() {
    let desk = Desk::with_ledger();
    let started = Instant::now();
    let result =
        import(&desk, &["ucdp-ged", "--ledger", "ledger", "--json"], "ucdp_ged_22_1_ukraine_2015.csv")
            .good()
            .json();
    let took = started.elapsed();
    assert_eq!(result["receipts"].as_array().unwrap().len(), 710);
    println!("710 rows signed and recorded in {took:?}");
    // One synced write for each would take many times as long; other work on the machine may take some of it.
    assert!(took.as_secs() < 20, "{took:?}");
}

#[test]
fn a_file_that_cannot_be_read_gives_no_statements() {
    let desk = Desk::with_ledger();
    std::fs::write(desk.path("bad.csv"), "nonsense,columns\n1,2\n").unwrap();
    let ran = desk.run(["import", "osce-violations", "bad.csv", "--key", "hub.pem", "--ledger", "ledger"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(!desk.path("hub.pem.feed").exists());
    desk.run(["import", "osce-violations", "bad.csv", "--key", "hub.pem"]).code_is(1);
    desk.run(["import", "osce-violations", "none.csv", "--key", "hub.pem", "--ledger", "ledger"])
        .failed(4, "not-found");
    desk.run(["key", "new", "stranger.pem", "--no-passphrase"]).good();
    let path = data("smm_weapons.jsonl");
    let stranger =
        ["import", "osce-weapons", path.to_str().unwrap(), "--key", "stranger.pem", "--ledger", "ledger"];
    desk.run(stranger.iter().chain(&["--party", "mission"])).failed(2, "unknown-key");
}
