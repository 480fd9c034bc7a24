//! Keys on file.

use crate::desk::{Desk, INIT, Ran};
use std::process::Command;

#[test]
fn a_key_is_encrypted_unless_one_says_otherwise() {
    let desk = Desk::new();
    desk.run(["key", "new", "a.pem"]).failed(4, "passphrase-needed");
    assert!(!desk.path("a.pem").exists());
    let made: Ran =
        desk.command(["key", "new", "a.pem"]).env("TRUCE_PASSPHRASE", "secret").output().unwrap().into();
    assert!(made.good().out.contains("(encrypted)"));
    desk.run(["key", "show", "a.pem"]).failed(4, "passphrase-needed");
    let wrong: Ran =
        desk.command(["key", "show", "a.pem"]).env("TRUCE_PASSPHRASE", "Secret").output().unwrap().into();
    wrong.failed(4, "wrong-passphrase");
    std::fs::write(desk.path("pass"), "secret\nsecond line\n").unwrap();
    let private = desk.run(["key", "show", "a.pem", "--passphrase-file", "pass", "--json"]).good().json();
    assert_eq!(private, desk.run(["key", "show", "a.pem.pub", "--json"]).good().json());
    let plain = desk.run(["key", "new", "b.pem", "--no-passphrase"]).good();
    assert!(plain.out.contains("NOT encrypted"));
    std::fs::write(desk.path("empty"), "\n").unwrap();
    desk.run(["key", "new", "c.pem", "--passphrase-file", "empty"]).failed(1, "empty-passphrase");
}

#[test]
fn a_key_is_never_overwritten_and_only_its_owner_reads_it() {
    let desk = Desk::new();
    desk.run(["key", "new", "a.pem", "--no-passphrase"]).good();
    let before = std::fs::read(desk.path("a.pem")).unwrap();
    desk.run(["key", "new", "a.pem", "--no-passphrase"]).failed(4, "exists");
    std::fs::rename(desk.path("a.pem"), desk.path("moved.pem")).unwrap();
    desk.run(["key", "new", "a.pem", "--no-passphrase"]).failed(4, "exists");
    assert!(!desk.path("a.pem").exists(), "the public half is still there");
    assert_eq!(std::fs::read(desk.path("moved.pem")).unwrap(), before);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(desk.path("moved.pem")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn openssl_reads_our_keys() {
    let desk = Desk::new();
    let Ok(version) = Command::new("openssl").arg("version").output() else {
        eprintln!("openssl is not installed: nothing compared");
        return;
    };
    assert!(version.status.success());
    std::fs::write(desk.path("pass"), "secret\n").unwrap();
    desk.run(["key", "new", "a.pem", "--passphrase-file", "pass"]).good();
    let openssl = Command::new("openssl")
        .args(["pkey", "-in", "a.pem", "-passin", "file:pass", "-pubout"])
        .current_dir(desk.folder.path())
        .output()
        .unwrap();
    assert!(openssl.status.success(), "{}", String::from_utf8_lossy(&openssl.stderr));
    let ours = desk.run(["key", "show", "a.pem.pub", "--pem"]).good();
    assert_eq!(ours.bytes, openssl.stdout);
    assert_eq!(ours.bytes, std::fs::read(desk.path("a.pem.pub")).unwrap());
}

#[test]
fn what_is_no_key_is_said_to_be_none() {
    let desk = Desk::new();
    std::fs::write(desk.path("x"), "hello").unwrap();
    desk.run(["key", "show", "x"]).failed(4, "bad-key");
    desk.run(["key", "show", "nowhere"]).failed(4, "not-found");
    std::fs::write(desk.path("bytes"), [0xff, 0xfe]).unwrap();
    desk.run(["key", "show", "bytes"]).failed(2, "not-text");
}

/// Writes the draft of a grant of the key in `public`.
fn draft_grant(desk: &Desk, public: &str, name: &str) {
    let key = desk.run(["key", "show", public, "--json"]).good().json();
    let draft = serde_json::json!({ "kind": "key-grant", "body": { "key": key["public_key"], "label": "Second hub" } });
    std::fs::write(desk.path(name), draft.to_string()).unwrap();
}

#[test]
fn nobody_can_register_the_key_of_another_party() {
    let desk = Desk::with_ledger();
    desk.run(["key", "new", "hub2.pem", "--no-passphrase"]).good();
    desk.run(["key", "prove", "hub2.pem", "--party", "mission", "--ledger", "ledger"]).good();
    draft_grant(&desk, "hub2.pem.pub", "grant.jsonc");

    // North has seen the key and its proof. What it can sign is refused where it is signed, or by the log.
    let north = ["sign", "grant.jsonc", "--key", "north-root.pem", "--out", "squat.cose"];
    desk.run(north.into_iter().chain(["--proof", "hub2.pem.proof"])).failed(2, "key-not-proven");
    desk.run(north.into_iter().chain(["--ledger", "ledger"])).failed(2, "key-not-proven");
    desk.run(north).good();
    let refused = desk.run(["submit", "ledger", "squat.cose"]).failed(2, "key-not-proven");
    assert!(refused.err.contains("truce key prove"), "{}", refused.err);

    let mission = ["sign", "grant.jsonc", "--key", "mission-root.pem", "--proof", "hub2.pem.proof"];
    desk.run(mission).good();
    desk.run(["submit", "ledger", "grant.cose"]).good();
    desk.draft("observation", "seen.jsonc");
    let seen = ["sign", "seen.jsonc", "--key", "hub2.pem", "--party", "mission", "--ledger", "ledger"];
    desk.run(seen).good();
    desk.run(["submit", "ledger", "seen.cose"]).good();
    desk.run(["verify", "ledger"]).good();
}

#[test]
fn the_root_key_needs_nothing_of_a_working_key_but_its_proof() {
    let desk = Desk::new();
    for key in ["mission-root.pem", "north-root.pem", "hub.pem", "other.pem"] {
        desk.run(["key", "new", key, "--no-passphrase"]).good();
    }
    desk.write_charter();
    desk.run(INIT).good();
    // The private half of the hub's key lies elsewhere; on the machine of the root key is the public one.
    std::fs::create_dir(desk.path("hub")).unwrap();
    std::fs::rename(desk.path("hub.pem"), desk.path("hub/hub.pem")).unwrap();
    let accede = |grant: &str| {
        desk.run(
            [
                "accede",
                "--key",
                "mission-root.pem",
                "--party",
                "mission",
                "--agreement",
                "ledger/charter.cose",
            ]
            .into_iter()
            .chain(["--grant", grant]),
        )
    };
    let missing = accede("hub.pem.pub:Patrol hub").failed(2, "key-not-proven");
    // The next step is a command that works where the key is.
    let step = missing.err.split_once("truce key prove hub.pem ").unwrap().1.split(';').next().unwrap();
    let step: Vec<&str> = step.split_whitespace().collect();
    desk.run(["key", "prove", "hub/hub.pem"].into_iter().chain(step)).good();

    let text = std::fs::read_to_string(desk.path("hub/hub.pem.proof")).unwrap();
    let proof: serde_json::Value = serde_json::from_str(&text).unwrap();
    let altered = |name: &str, field: &str, value: serde_json::Value| {
        let mut other = proof.clone();
        other[field] = value;
        std::fs::write(desk.path(name), other.to_string()).unwrap();
    };
    altered("for-north.proof", "party", "north".into());
    accede("for-north.proof").failed(2, "key-not-proven");
    let other = desk.run(["key", "show", "other.pem.pub", "--json"]).good().json();
    altered("of-another.proof", "key", other["public_key"].clone());
    accede("of-another.proof").failed(2, "key-not-proven");
    let digits = proof["proof"].as_str().unwrap();
    altered("cut.proof", "proof", digits[..126].into());
    accede("cut.proof").failed(2, "not-a-proof");
    accede(other["public_key"].as_str().unwrap()).failed(2, "key-not-proven");
    let by_id = desk.run(
        [
            "accede",
            "--key",
            "mission-root.pem",
            "--party",
            "mission",
            "--grant",
            "hub/hub.pem.proof",
            "--agreement",
        ]
        .into_iter()
        .chain([proof["agreement"].as_str().unwrap()]),
    );
    by_id.failed(1, "charter-needed");

    accede("hub/hub.pem.proof:Patrol hub").good();
    desk.run(["submit", "ledger", "mission-accession.cose"]).good();
}

#[test]
fn in_an_agreement_without_proofs_the_refusal_says_who_registered_the_key() {
    let desk = Desk::new();
    for key in ["mission-root.pem", "north-root.pem", "hub.pem", "hq.pem"] {
        desk.run(["key", "new", key, "--no-passphrase"]).good();
    }
    desk.write_charter();
    let conflict = desk.run(INIT.into_iter().chain(["--no-proof-of-possession"]));
    conflict.failed(1, "proof-of-possession");
    let charter = std::fs::read_to_string(desk.path("charter.jsonc")).unwrap();
    let older = charter.replace("\"proof_of_possession\": true,", "");
    assert_ne!(charter, older);
    std::fs::write(desk.path("charter.jsonc"), older).unwrap();
    let made = desk.run(INIT.into_iter().chain(["--no-proof-of-possession"])).good();
    assert!(made.out.contains("prove nothing"), "{}", made.out);
    desk.accede("north", "hub.pem.pub");
    desk.accede("mission", "hub.pem.pub:Patrol hub");
    desk.run(["submit", "ledger", "north-accession.cose"]).good();
    let refused = desk.run(["submit", "ledger", "mission-accession.cose"]).failed(2, "invalid-body");
    assert!(refused.err.contains("of `north` since entry 1"), "{}", refused.err);
    assert!(refused.err.contains("truce key new") && refused.err.contains("take-up"), "{}", refused.err);
    // The way out: the feed goes back to where the log stands, and a new key is granted.
    desk.run(["feed", "take-up", "mission-root.pem", "ledger", "--withdraw"]).good();
    std::fs::remove_file(desk.path("mission-accession.cose")).unwrap();
    desk.accede("mission", "hq.pem.pub:Patrol hub");
    desk.run(["submit", "ledger", "mission-accession.cose"]).good();
}
