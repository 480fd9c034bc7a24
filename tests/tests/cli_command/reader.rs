//! Output: whole JSON documents, nothing but the result, and no complaint when the reader goes away.

use crate::desk::{Desk, data};
use std::io::Read as _;
use std::process::Stdio;

#[test]
fn every_command_gives_one_json_document() {
    let desk = Desk::with_ledger();
    desk.draft("observation", "seen.jsonc");
    let commands: [&[&str]; 24] = [
        &["key", "new", "x.pem", "--no-passphrase"],
        &["key", "show", "x.pem"],
        &["charter", "new"],
        &["charter", "check", "charter.jsonc"],
        &["draft", "--list"],
        &["draft", "report"],
        &[
            "sign",
            "seen.jsonc",
            "--key",
            "hub.pem",
            "--party",
            "mission",
            "--agreement",
            "ledger/charter.cose",
        ],
        &["feed", "show", "hub.pem"],
        &["submit", "ledger", "seen.cose"],
        &["feed", "take-up", "hub.pem", "ledger"],
        &["list", "ledger"],
        &["list", "ledger", "--kind", "signal"],
        &["list", "ledger", "--limit", "2", "--bodies"],
        &["show", "ledger", "0"],
        &["show", "seen.cose"],
        &["prove", "ledger", "3"],
        &["prove", "ledger", "3", "--out", "p"],
        &["verify", "seen.cose", "p", "--charter", "ledger/charter.cose"],
        &["verify", "ledger"],
        &["export", "ledger", "published"],
        &["verify", "published"],
        &["mirror", "published", "copy"],
        &["status", "copy"],
        &["completions", "bash"],
    ];
    for command in commands {
        let ran = desk.run(command.iter().chain(&["--json"])).good();
        assert!(ran.json().is_object(), "{command:?}");
        assert!(ran.err.is_empty(), "{command:?}: {}", ran.err);
    }
}

#[test]
fn a_list_can_be_paged_through() {
    let desk = Desk::with_ledger();
    let first = desk.run(["list", "ledger", "--limit", "2", "--json"]).good().json();
    assert_eq!(first["next_after"], 1);
    let rest = desk.run(["list", "ledger", "--after", "1", "--json"]).good().json();
    assert_eq!(
        (rest["statements"].as_array().unwrap().len(), &rest["next_after"]),
        (1, &serde_json::Value::Null)
    );
    let text = desk.run(["list", "ledger", "--limit", "2"]).good();
    assert_eq!(text.out.lines().count(), 3);
    assert!(text.err.contains("--after 1"));
    desk.run(["list", "ledger", "--since", "yesterday"]).failed(1, "bad-time");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let desk = Desk::with_ledger();
    let table = data("ucdp_ged_22_1_ukraine_2015.csv");
    desk.run(["import", "ucdp-ged", table.to_str().unwrap(), "--key", "hub.pem", "--ledger", "ledger"])
        .good();
    for args in [&["list", "ledger"][..], &["list", "ledger", "--json", "--bodies"], &["completions", "bash"]]
    {
        let mut child = desk.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut out = child.stdout.take().unwrap();
        out.read_exact(&mut [0; 10]).unwrap();
        drop(out);
        let ran: crate::desk::Ran = child.wait_with_output().unwrap().into();
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{args:?}");
    }
}

#[test]
fn bytes_go_to_standard_output_alone() {
    let desk = Desk::with_ledger();
    desk.draft("observation", "seen.jsonc");
    let args = [
        "sign",
        "seen.jsonc",
        "--key",
        "hub.pem",
        "--party",
        "mission",
        "--agreement",
        "ledger/charter.cose",
    ];
    let signed = desk.run(args.iter().chain(&["--out", "-"])).good();
    std::fs::write(desk.path("seen.cose"), &signed.bytes).unwrap();
    desk.run(["submit", "ledger", "seen.cose"]).good();
    assert_eq!(desk.run(["show", "ledger", "3", "--raw"]).good().bytes, signed.bytes);
    desk.run(args.iter().chain(&["--out", "-", "--json"])).failed_in_json(1, "json-and-bytes");
    let proof = desk.run(["prove", "ledger", "3"]).good();
    assert_eq!(proof.bytes, std::fs::read(desk.path("seen.tlog-proof")).unwrap());
    let diag = desk.run(["show", "seen.cose", "--diag"]).good().out;
    assert!(diag.starts_with("18([\n  << {\n    1: -19,\n"), "{diag}");
}

#[test]
fn what_a_statement_says_cannot_move_the_cursor() {
    let desk = Desk::with_ledger();
    let draft = desk.run(["draft", "inquiry"]).good().out;
    let start = draft.find("\"question\": \"").unwrap() + 13;
    let end = start + draft[start..].find('"').unwrap();
    let mut draft = draft;
    draft.replace_range(start..end, "one\\n\\ttwo");
    std::fs::write(desk.path("q.jsonc"), draft).unwrap();
    desk.sign("q.jsonc", "q.cose").good();
    desk.run(["submit", "ledger", "q.cose"]).good();
    let listed = desk.run(["list", "ledger", "--kind", "inquiry"]).good().out;
    assert_eq!(listed.lines().count(), 2, "one statement, one line");
    assert!(desk.run(["show", "ledger", "3"]).good().out.contains("question"));
}
