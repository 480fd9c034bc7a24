//! From nothing to a verified copy, as the README tells it.

use crate::desk::{Desk, INIT};

#[test]
fn from_keys_to_a_verified_copy() {
    let desk = Desk::new();
    for key in ["mission-root.pem", "north-root.pem", "hub.pem", "hq.pem"] {
        desk.run(["key", "new", key, "--no-passphrase"]).good();
    }
    desk.write_charter();
    desk.run(["charter", "check", "charter.jsonc"]).good();
    let made = desk.run(INIT.into_iter().chain(["--json"])).good().json();
    let agreement = made["agreement"].as_str().unwrap().to_owned();
    assert_eq!(agreement.len(), 64);
    assert!(made["vkey"].as_str().unwrap().starts_with("example.org/ceasefire+"));

    let status = desk.run(["status", "ledger", "--json"]).good().json();
    assert_eq!((status["size"].as_u64(), status["in_force"].as_bool()), (Some(1), Some(false)));
    assert!(status["checkpoint"].is_null());

    desk.accede("mission", "hub.pem.pub:Patrol hub");
    desk.accede("north", "hq.pem.pub");
    let receipts = desk
        .run(["submit", "ledger", "mission-accession.cose", "north-accession.cose", "--json"])
        .good()
        .json();
    assert_eq!(receipts["receipts"][1]["position"], 2);
    assert_eq!(desk.run(["status", "ledger", "--json"]).good().json()["in_force"], true);

    desk.draft("observation", "seen.jsonc");
    desk.run(["sign", "seen.jsonc", "--key", "hub.pem"]).failed(1, "first-use");
    let signed = desk.sign("seen.jsonc", "seen.cose").good();
    assert!(signed.out.contains("number     0 in the feed of key"));
    // From the second time on the key knows whose it is.
    desk.run(["sign", "seen.jsonc", "--key", "hub.pem", "--corrects", "seen.cose", "--out", "again.cose"])
        .good();
    desk.run(["submit", "ledger", "seen.cose", "again.cose"]).good();

    // A duplicate gets the receipt it got then.
    let again = desk.run(["submit", "ledger", "seen.cose", "--json"]).good().json();
    assert_eq!(
        (&again["receipts"][0]["position"], &again["receipts"][0]["duplicate"]),
        (&3.into(), &true.into())
    );

    let listed = desk.run(["list", "ledger", "--kind", "observation", "--json"]).good().json();
    assert_eq!(listed["statements"].as_array().unwrap().len(), 2);
    let shown = desk.run(["show", "ledger", "3"]).good();
    assert!(shown.out.contains("standing    corrected"), "{}", shown.out);
    assert!(shown.out.contains("corrected by  entry 4"), "{}", shown.out);

    desk.run(["prove", "ledger", "seen.cose", "--out", "proof"]).good();
    desk.run(["verify", "seen.cose", "proof", "--charter", "ledger/charter.cose", "--signer", "hub.pem.pub"])
        .good();
    // The proof that submit left beside the statement is found by itself.
    desk.run(["verify", "seen.cose", "--log", made["vkey"].as_str().unwrap()]).good();
    desk.run(["verify", "seen.cose", "--log", "ledger/charter.cose"]).good();
    // Another statement is not what was proved, another party's key did not sign it.
    desk.run(["verify", "again.cose", "proof", "--charter", "ledger/charter.cose"]).failed(3, "bad-proof");
    desk.run(["verify", "seen.cose", "--charter", "ledger/charter.cose", "--signer", "hq.pem.pub"])
        .failed(3, "unknown-key");

    let report = desk.run(["verify", "ledger", "--agreement", &agreement, "--json"]).good().json();
    assert_eq!((&report["verdict"], &report["replayed"]), (&"verified".into(), &5.into()));
    desk.run(["export", "ledger", "published"]).good();
    let published = desk.run(["verify", "published", "--json"]).good().json();
    assert_eq!(published, report, "the same entries give the same report wherever they are read");
    desk.run(["mirror", "published", "copy"]).good();
    assert_eq!(desk.run(["verify", "copy", "--json"]).good().json(), report);
    desk.run(["verify", "copy", "--seen", "ledger/checkpoint"]).good();

    // Everything can be read from the copy, which has no index.
    for args in [["show", "3"], ["prove", "3"]] {
        let [command, position] = args;
        let ledger = desk.run([command, "ledger", position]).good().out;
        assert_eq!(desk.run([command, "copy", position]).good().out, ledger);
    }
    let filters: [&[&str]; 5] = [
        &[],
        &["--party", "north"],
        &["--kind", "accession"],
        &["--since", "2018-08-07", "--until", "2018-08-09"],
        &["--refers-to", "seen.cose"],
    ];
    for filter in filters {
        let list = |source: &str| {
            desk.run(["list", source, "--json", "--bodies"].iter().chain(filter)).good().json()
        };
        assert_eq!(list("ledger"), list("copy"), "{filter:?}");
    }
}

#[test]
fn an_encrypted_ledger_is_opened_with_its_passphrase() {
    let desk = Desk::new();
    std::fs::write(desk.path("pass"), "correct horse\n").unwrap();
    for key in ["mission-root.pem", "north-root.pem"] {
        desk.run(["key", "new", key, "--passphrase-file", "pass"]).good();
    }
    desk.write_charter();
    let init: Vec<&str> = INIT
        .into_iter()
        .filter(|arg| *arg != "--no-passphrase")
        .chain(["--passphrase-file", "pass"])
        .collect();
    desk.run(&init).good();
    let pem = std::fs::read_to_string(desk.path("ledger/log.pem")).unwrap();
    assert!(pem.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
    let accede =
        ["accede", "--key", "mission-root.pem", "--party", "mission", "--agreement", "ledger/charter.cose"];
    desk.run(accede.into_iter().chain(["--passphrase-file", "pass"])).good();
    desk.run(["submit", "ledger", "mission-accession.cose"]).failed(4, "passphrase-needed");
    let wrong = desk
        .command(["submit", "ledger", "mission-accession.cose"])
        .env("TRUCE_LOG_PASSPHRASE", "no")
        .output()
        .unwrap();
    crate::desk::Ran::from(wrong).failed(4, "wrong-passphrase");
    desk.run(["submit", "ledger", "mission-accession.cose", "--log-passphrase-file", "pass"]).good();
}

#[test]
fn a_ledger_can_keep_its_key_elsewhere() {
    let desk = Desk::new();
    for key in ["mission-root.pem", "north-root.pem", "log-key.pem"] {
        desk.run(["key", "new", key, "--no-passphrase"]).good();
    }
    desk.write_charter();
    desk.run(INIT.into_iter().chain(["--log-key", "log-key.pem"])).good();
    assert!(!desk.path("ledger/log.pem").exists());
    desk.accede("mission", "log-key.pem.pub");
    desk.run(["submit", "ledger", "mission-accession.cose"]).failed(4, "not-found");
    desk.run(["submit", "ledger", "mission-accession.cose", "--log-key", "mission-root.pem"])
        .failed(4, "wrong-log-key");
    desk.run(["submit", "ledger", "mission-accession.cose", "--log-key", "log-key.pem"]).good();
}

#[test]
fn a_statement_carries_the_checkpoint_its_signer_has_seen() {
    let desk = Desk::with_ledger();
    desk.draft("observation", "seen.jsonc");
    let args = ["sign", "seen.jsonc", "--key", "hub.pem", "--party", "mission"];
    desk.run(args.into_iter().chain(["--ledger", "ledger"])).good();
    let shown = desk.run(["show", "seen.cose", "--json"]).good().json();
    assert_eq!(shown["seen"]["size"], 3);
    desk.run(["submit", "ledger", "seen.cose"]).good();
    // The same from a checkpoint on file; an older one than seen before is a warning sign, not a habit.
    std::fs::copy(desk.path("ledger/checkpoint"), desk.path("kept")).unwrap();
    let seen = ["--seen", "kept", "--log", "ledger/charter.cose"];
    desk.run(["sign", "seen.jsonc", "--key", "hub.pem", "--out", "b.cose"].into_iter().chain(seen)).good();
    desk.run(["submit", "ledger", "b.cose"]).good();
    desk.run(["sign", "seen.jsonc", "--key", "hub.pem", "--out", "c.cose", "--ledger", "ledger"]).good();
    desk.run(["sign", "seen.jsonc", "--key", "hub.pem", "--out", "d.cose"].into_iter().chain(seen))
        .failed(3, "older-than-seen");
    assert!(!desk.path("d.cose").exists());
}
