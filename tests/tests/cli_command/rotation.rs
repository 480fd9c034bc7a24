//! The log's key is replaced by amendment, and a party's key is revoked, through the program.

use crate::desk::{Desk, Ran};
use serde_json::{Value, json};

pub(crate) const ORIGIN: &str = "example.org/ceasefire";

impl Desk {
    /// Writes a draft and signs it with the root key of `party`, as `NAME.cose`. Tells its statement id.
    pub(crate) fn sign_by_root(&self, party: &str, name: &str, draft: &Value) -> String {
        let file = format!("{name}.json");
        std::fs::write(self.path(&file), draft.to_string()).unwrap();
        let key = format!("{party}-root.pem");
        let args =
            ["sign", &file, "--key", &key, "--party", party, "--agreement", "ledger/charter.cose", "--json"];
        let signed = self.run(args).good().json();
        signed["statement"].as_str().unwrap().to_owned()
    }

    /// Signs and submits one observation by the hub.
    pub(crate) fn observe(&self, name: &str, submit: &[&str]) {
        self.draft("observation", "observation.jsonc");
        let file = format!("{name}.cose");
        self.sign("observation.jsonc", &file).good();
        self.submit(&file, submit).good();
    }

    pub(crate) fn submit(&self, file: &str, more: &[&str]) -> Ran {
        self.run(["submit", "ledger", file].iter().chain(more))
    }

    pub(crate) fn vkey(&self, key: &str) -> String {
        let shown = self.run(["key", "show", key, "--origin", ORIGIN, "--json"]).good().json();
        shown["vkey"].as_str().unwrap().to_owned()
    }
}

const BOTH: [&str; 2] = ["--next-log-key", "next.pem"];
const NEXT_ALONE: [&str; 2] = ["--log-key", "next.pem"];

/// Mission proposes the key in `next.pem`, with an overlap of 2; `north-assents.cose` completes it, not submitted yet.
fn proposed() -> Desk {
    let desk = Desk::with_ledger();
    desk.run(["key", "new", "next.pem", "--no-passphrase"]).good();
    let next = desk.vkey("next.pem");
    let amendment = desk.sign_by_root(
        "mission",
        "amendment",
        &json!({ "kind": "amendment", "body": { "title": "New key", "log": { "next": next, "overlap": 2 } } }),
    );
    desk.submit("amendment.cose", &[]).good();
    let refs = json!([{ "relation": "supports", "id": amendment }]);
    desk.sign_by_root("north", "north-assents", &json!({ "kind": "endorsement", "refs": refs, "body": {} }));
    desk
}

#[test]
fn the_logs_key_is_replaced_and_every_checkpoint_is_signed_by_whoever_must() {
    let desk = proposed();
    let status = desk.run(["status", "ledger", "--json"]).good().json();
    assert_eq!(status["proposed"][0]["assents"], json!(["mission"]));
    assert_eq!(status["proposed"][0]["needed"], 2);

    // Not taken by a depositary that could not sign over it; nothing is recorded, and the others go on.
    desk.submit("north-assents.cose", &[]).failed(4, "log-key-missing");
    desk.observe("before", &[]);
    assert_eq!(desk.run(["status", "ledger", "--json"]).good().json()["size"], 5);

    // Position 5: sizes 6 and 7 are of both keys.
    desk.submit("north-assents.cose", &BOTH).good();
    for alone in [&[][..], &NEXT_ALONE] {
        desk.submit("before.cose", alone).failed(4, "log-key-missing");
    }
    desk.run(["verify", "ledger", "--agreement", "ledger/charter.cose"]).good();
    desk.observe("between", &BOTH);
    let both = std::fs::read_to_string(desk.path("between.tlog-proof")).unwrap();
    assert_eq!(both.matches(&format!("— {ORIGIN} ")).count(), 2, "{both}");

    // From size 8 on the next key is enough, and the old one is not.
    desk.submit("before.cose", &[]).failed(4, "log-key-missing");
    desk.observe("after", &NEXT_ALONE);
    let alone = std::fs::read_to_string(desk.path("after.tlog-proof")).unwrap();
    assert_eq!(alone.matches(&format!("— {ORIGIN} ")).count(), 1, "{alone}");
    desk.run(["verify", "ledger", "--agreement", "ledger/charter.cose"]).good();
    desk.run(["export", "ledger", "published"]).good();
    desk.run(["verify", "published", "--agreement", "ledger/charter.cose"]).good();
    let status = desk.run(["status", "published", "--json"]).good().json();
    assert_eq!(status["proposed"], json!([]));
    assert_eq!(status["log_keys"][0]["until_size"], 7);
    assert_eq!(status["log_keys"][1]["from_size"], 6);
    assert_eq!(status["vkey"], desk.vkey("next.pem"));

    // Proofs from before stay good, and a policy that lists both keys takes all of them.
    let old = status["log_keys"][0]["vkey"].as_str().unwrap();
    let policy = format!("log {old}\nlog {}\nquorum none\n", desk.vkey("next.pem"));
    std::fs::write(desk.path("policy"), policy).unwrap();
    desk.run(["verify", "before.cose", "--charter", "ledger/charter.cose"]).good();
    for name in ["before", "between", "after"] {
        desk.run(["verify", &format!("{name}.cose"), "--policy", "policy"]).good();
    }
    // The charter alone does not know the next key.
    assert_ne!(desk.run(["verify", "after.cose", "--charter", "ledger/charter.cose"]).code, 0);
}

#[test]
fn a_checkpoint_without_the_signature_of_a_key_that_had_to_sign_is_not_verified() {
    let desk = proposed();
    desk.submit("north-assents.cose", &BOTH).good();
    desk.run(["export", "ledger", "published"]).good();
    let path = desk.path("published/checkpoint");
    let sound = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = sound.lines().filter(|line| line.starts_with('—')).collect();
    assert_eq!(lines.len(), 2);
    for line in lines {
        std::fs::write(&path, sound.replace(&format!("{line}\n"), "")).unwrap();
        let ran = desk.run(["verify", "published", "--agreement", "ledger/charter.cose", "--json"]);
        ran.code_is(3);
        assert!(ran.out.contains("log-signature-missing"), "{}", ran.out);
    }
}

#[test]
fn what_a_compromised_key_signed_in_the_suspect_time_says_so_everywhere() {
    let desk = Desk::with_ledger();
    desk.observe("seen", &[]);
    let key = desk.run(["key", "show", "hub.pem.pub", "--json"]).good().json();
    let body = json!({
        "key": key["key_id"], "reason": "compromised", "suspect_since": "2021-01-01T00:00:00Z",
    });
    desk.sign_by_root("mission", "revocation", &json!({ "kind": "key-revocation", "body": body }));
    desk.submit("revocation.cose", &[]).good();
    let shown = desk.run(["show", "ledger", "3"]).good().out;
    assert!(shown.contains("SUSPECT") && shown.contains("entry 4"), "{shown}");
    let shown = desk.run(["show", "ledger", "3", "--json"]).good().json();
    assert_eq!((&shown["suspect"], &shown["revoked_at"]), (&json!(true), &json!(4)));
    let listed = desk.run(["list", "ledger"]).good().out;
    assert_eq!(listed.matches("SUSPECT").count(), 1, "{listed}");
    let listed = desk.run(["list", "ledger", "--json"]).good().json();
    let suspect: Vec<_> =
        listed["statements"].as_array().unwrap().iter().map(|s| s["suspect"] == true).collect();
    assert_eq!(suspect, [false, false, false, true, false]);
    desk.observe_refused();
}

impl Desk {
    fn observe_refused(&self) {
        self.draft("observation", "late.jsonc");
        self.sign("late.jsonc", "late.cose").good();
        self.submit("late.cose", &[]).failed(2, "key-not-valid");
    }
}
