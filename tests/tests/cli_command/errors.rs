//! Exit codes, and errors a person or a program can act on.

use crate::desk::{Desk, INIT};
use serde_json::Value;
use std::sync::Arc;
use truce_log::{Depositary, SystemClock};
use truce_statement::SecretKey;

#[test]
fn usage_is_1() {
    let desk = Desk::new();
    for args in [
        &["frobnicate"][..],
        &["sign"],
        &["draft", "poem"],
        &["list"],
        &["verify", "--threads", "x", "y"],
        &[],
    ] {
        let ran = desk.run(args);
        assert_eq!(ran.code, 1, "{args:?}: {}", ran.err);
        assert!(ran.out.is_empty() && !ran.err.is_empty(), "{args:?}");
    }
    assert!(desk.run(["draft", "poem"]).err.ends_with("  code: usage\n"));
    for args in [&["--help"][..], &["--version"], &["help", "sign"], &["sign", "--help"]] {
        let ran = desk.run(args).good();
        assert!(!ran.out.is_empty() && ran.err.is_empty(), "{args:?}");
    }
}

#[test]
fn a_log_filter_that_is_none_is_said_to_be_none() {
    let desk = Desk::new();
    let asked = |filter: &str| -> crate::desk::Ran {
        desk.command(["key", "show", "none.pem"]).env("TRUCE_LOG", filter).output().unwrap().into()
    };
    asked("truce_log=loud").failed(1, "bad-log-filter");
    for good in ["", "info", "truce_log=debug,truce_witness=off"] {
        // The key is missing, and nothing else.
        asked(good).code_is(4);
    }
}

#[test]
fn refused_is_2_and_names_the_place() {
    let desk = Desk::with_ledger();
    std::fs::write(desk.path("syntax.jsonc"), "{\n  \"kind\": \"inquiry\",\n}").unwrap();
    let syntax = desk.sign("syntax.jsonc", "x.cose").failed(2, "malformed-json");
    assert!(syntax.err.contains("line 3"), "{}", syntax.err);

    let draft = desk.run(["draft", "observation"]).good().out;
    std::fs::write(desk.path("field.jsonc"), draft.replace("\"what\"", "\"waht\"")).unwrap();
    let field = desk.sign("field.jsonc", "x.cose").failed(2, "invalid-draft");
    assert!(field.err.contains("body.waht") && field.err.contains("next: "), "{}", field.err);

    // Well-formed, and not admissible: a zone that the charter does not have.
    let draft = desk.run(["draft", "commitment"]).good().out;
    std::fs::write(desk.path("zone.jsonc"), draft.replace("\"mission\"", "\"nobody\"")).unwrap();
    desk.run([
        "sign",
        "zone.jsonc",
        "--key",
        "hq.pem",
        "--party",
        "north",
        "--agreement",
        "ledger/charter.cose",
    ])
    .good();
    desk.run(["submit", "ledger", "zone.cose"]).failed(2, "unknown-party");

    std::fs::write(desk.path("garbage.cose"), "not a statement").unwrap();
    desk.run(["submit", "ledger", "garbage.cose"]).failed(2, "malformed-cose");
    desk.run(["show", "garbage.cose"]).failed(2, "malformed-cose");

    // One flipped bit in a statement.
    desk.draft("observation", "seen.jsonc");
    desk.sign("seen.jsonc", "seen.cose").good();
    let mut bytes = std::fs::read(desk.path("seen.cose")).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(desk.path("forged.cose"), &bytes).unwrap();
    desk.run(["submit", "ledger", "forged.cose"]).failed(2, "bad-signature");
    desk.run(["submit", "ledger", "seen.cose"]).good();

    desk.run(["charter", "check", "seen.jsonc"]).failed(2, "not-a-charter");
    desk.run(["sign", "charter.jsonc", "--key", "hub.pem"]).failed(2, "invalid-draft");
}

#[test]
fn unverified_is_3() {
    let desk = Desk::with_ledger();
    desk.run(["export", "ledger", "published"]).good();
    desk.run(["verify", "published", "--agreement", &"00".repeat(32)]).failed(3, "verification-failed");
    let bundle = desk.path("published/tile/entries/000.p/3");
    let honest = std::fs::read(&bundle).unwrap();
    let mut bytes = honest.clone();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&bundle, &bytes).unwrap();
    let ran = desk.run(["verify", "published", "--json"]);
    assert_eq!(ran.code, 3);
    let report = ran.json();
    assert_eq!(report["verdict"], "failed");
    assert!(!report["findings"].as_array().unwrap().is_empty());
    let error: Value = serde_json::from_str(&ran.err).unwrap();
    assert_eq!(error["error"]["code"], "verification-failed");
    // A mirror takes nothing from it.
    desk.run(["mirror", "published", "copy"]).failed(3, "verification-failed");
    assert!(!desk.path("copy/checkpoint").exists() && !desk.path("copy/tile").exists());

    std::fs::remove_file(&bundle).unwrap();
    desk.run(["list", "published"]).failed(3, "missing-entries");
    desk.run(["verify", "published"]).failed(3, "verification-failed");
    std::fs::write(&bundle, &honest).unwrap();
    desk.run(["verify", "published"]).good();

    let checkpoint = std::fs::read_to_string(desk.path("published/checkpoint")).unwrap();
    // Another root under the same signature.
    let root = checkpoint.lines().nth(2).unwrap();
    let other = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, [7; 32]);
    std::fs::write(desk.path("published/checkpoint"), checkpoint.replace(root, &other)).unwrap();
    desk.run(["list", "published"]).failed(3, "bad-checkpoint");
    desk.run(["verify", "published"]).failed(3, "verification-failed");
}

#[test]
fn an_older_copy_of_a_ledger_is_told_from_the_newest() {
    let desk = Desk::with_ledger();
    copy(&desk.path("ledger/db"), &desk.path("backup"));
    desk.draft("observation", "seen.jsonc");
    desk.sign("seen.jsonc", "seen.cose").good();
    desk.run(["submit", "ledger", "seen.cose"]).good();
    std::fs::remove_dir_all(desk.path("ledger/db")).unwrap();
    copy(&desk.path("backup"), &desk.path("ledger/db"));
    desk.run(["list", "ledger"]).failed(3, "store-behind-signature");
    desk.sign("seen.jsonc", "more.cose").good();
    desk.run(["submit", "ledger", "more.cose"]).failed(3, "store-behind-signature");
    let ran = desk.run(["verify", "ledger", "--json"]);
    assert_eq!((ran.code, &ran.json()["findings"][0]["code"]), (3, &"older-than-seen".into()));
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

#[test]
fn files_and_stores_are_4() {
    let desk = Desk::with_ledger();
    desk.run(["list", "nowhere"]).failed(4, "no-log");
    desk.run(["submit", "nowhere", "x.cose"]).failed(4, "no-log");
    desk.run(["submit", "ledger", "x.cose"]).failed(4, "not-found");
    desk.run(["export", "nowhere", "published"]).failed(4, "store-missing");
    desk.run(INIT).failed(4, "exists");
    std::fs::create_dir(desk.path("full")).unwrap();
    std::fs::write(desk.path("full/file"), "x").unwrap();
    desk.run(["export", "ledger", "full"]).failed(4, "store-exists");
    desk.run(["prove", "ledger", "99"]).failed(1, "no-such-entry");
    desk.run(["show", "ledger", &"ab".repeat(32)]).failed(1, "no-such-statement");

    // Another process has the ledger open: reading goes on, writing waits for nobody.
    let pem = std::fs::read_to_string(desk.path("ledger/log.pem")).unwrap();
    let key = SecretKey::from_pem(&pem, None).unwrap();
    let held = Depositary::open(&desk.path("ledger"), &key, Arc::new(SystemClock)).unwrap();
    desk.run(["submit", "ledger", "north-accession.cose"]).failed(4, "store-locked");
    desk.run(["list", "ledger"]).good();
    held.close();
    desk.run(["submit", "ledger", "north-accession.cose"]).good();
}

#[test]
fn errors_are_json_when_asked() {
    let desk = Desk::with_ledger();
    for (args, exit, code) in [
        (&["--json", "list", "nowhere"][..], 4, "no-log"),
        (&["frobnicate", "--json"], 1, "usage"),
        (&["show", "ledger", "99", "--json"], 1, "no-such-entry"),
        (&["sign", "charter.jsonc", "--key", "hub.pem", "--json"], 2, "invalid-draft"),
    ] {
        let ran = desk.run(args);
        assert_eq!(ran.code, exit, "{args:?}: {}", ran.err);
        let error: Value =
            serde_json::from_str(&ran.err).unwrap_or_else(|e| panic!("{args:?}: {e}: {}", ran.err));
        assert_eq!(error["error"]["code"], code, "{args:?}");
        assert!(!error["error"]["message"].as_str().unwrap().is_empty());
        assert!(ran.out.is_empty());
    }
}

#[test]
fn a_charter_that_cannot_hold_is_not_founded() {
    let desk = Desk::new();
    for key in ["mission-root.pem", "north-root.pem", "other.pem"] {
        desk.run(["key", "new", key, "--no-passphrase"]).good();
    }
    desk.run(["charter", "new", "--out", "charter.jsonc"]).good();
    desk.run(INIT).failed(2, "example-key");
    std::fs::remove_file(desk.path("charter.jsonc")).unwrap();
    desk.write_charter();
    let without_origin: Vec<&str> =
        INIT.into_iter().filter(|a| !a.contains("example.org") && *a != "--origin").collect();
    desk.run(&without_origin).failed(1, "origin");
    desk.run(INIT.map(|a| if a == "mission-root.pem" { "other.pem" } else { a })).failed(1, "unknown-key");
    desk.run(INIT.map(|a| if a == "example.org/ceasefire" { "not a name" } else { a })).failed(1, "origin");
    desk.run(INIT).good();
    // The root key has founded one agreement; once it has signed more, it founds no other.
    desk.accede("mission", "other.pem.pub");
    desk.run(INIT.map(|a| if a == "ledger" { "second" } else { a })).failed(2, "key-in-use");
}
