//! What is said of a charter before it is signed, and how a draft is founded that leaves something out.

use crate::desk::{Desk, INIT};
use serde_json::{Value, json};

/// The draft of a charter among `parties`, each with a key of its own.
fn draft(desk: &Desk, parties: &[&str], amended_by: Option<u32>) {
    let founder = |party: &&str| {
        let file = format!("{party}-root.pem");
        if !desk.path(&file).exists() {
            desk.run(["key", "new", &file, "--no-passphrase"]).good();
        }
        let key = desk.run(["key", "show", &file, "--json"]).good().json();
        json!({ "id": party, "name": party, "role": "state", "root": key["public_key"] })
    };
    let parties: Vec<Value> = parties.iter().map(founder).collect();
    let mut body = json!({ "title": "Exercise", "drill": true, "parties": parties });
    if let Some(n) = amended_by {
        body["amended_by"] = n.into();
    }
    let text = json!({ "kind": "charter", "body": body }).to_string();
    std::fs::write(desk.path("charter.jsonc"), text).unwrap();
}

#[test]
fn check_warns_where_one_party_can_keep_a_stolen_log_key_in_force() {
    let desk = Desk::new();
    let warned = |parties: &[&str], amended_by| {
        draft(&desk, parties, amended_by);
        let text = desk.run(["charter", "check", "charter.jsonc"]).good().out;
        let found = desk.run(["charter", "check", "charter.jsonc", "--json"]).good().json();
        let codes: Vec<_> = found["warnings"].as_array().unwrap().iter().map(|w| w["code"].clone()).collect();
        assert_eq!(text.contains("code: amendment-veto"), codes == ["amendment-veto"], "{text}");
        assert!(text.contains("The draft is in order."), "{text}");
        !codes.is_empty()
    };
    assert!(warned(&["north", "south", "east"], None));
    assert!(warned(&["north", "south", "east"], Some(3)), "the same by a number");
    assert!(!warned(&["north", "south", "east"], Some(2)));
    assert!(!warned(&["north", "south", "east"], Some(1)));
    assert!(warned(&["north", "south"], None));
    assert!(warned(&["north"], None), "the loss of the only root key");
}

#[test]
fn a_draft_that_does_not_speak_of_proofs_is_founded_with_them_and_told_so() {
    let desk = Desk::new();
    draft(&desk, &["mission", "north"], None);
    let check = desk.run(["charter", "check", "charter.jsonc"]).good();
    assert!(check.out.contains("added by `truce init`"), "{}", check.out);
    let made = desk.run(INIT).good();
    assert!(made.out.contains("must prove possession: added to the draft"), "{}", made.out);
    let charter = desk.run(["show", "ledger/charter.cose", "--json"]).good().json();
    assert_eq!(charter["body"]["proof_of_possession"], true, "{charter}");
}
