//! The data exchange: each state commits itself to send its figures every month; one is in time, one is late.

use super::truce::Truce;
use super::{Step, text};
use serde_json::{Value, json};

pub(super) fn live(truce: &Truce) -> Step<()> {
    for state in ["state-a", "state-b"] {
        let commitment = json!({ "kind": "commitment", "body": {
            "topic": "data-sharing",
            "title": "Monthly figures of the forces in the zones",
            "to": ["mission", "guarantor"],
            "schedule": { "every": {
                "n": 1, "unit": "months", "first": "2021-03-01", "due_days": 4, "due_at": "12:00", "grace_min": 60,
                "clock": { "offset": "Z" } } },
            "format": "CSV of the agreed columns",
            "valid_from": "2021-03-01T00:00:00Z",
            "valid_until": "2022-03-01T00:00:00Z",
        } });
        let id = recorded(truce, state, &commitment)?;
        // The first is due on 5 March 2021, 12:00, and late an hour after.
        for (item, delivered, word) in
            [(1, "2021-03-05T09:30:00Z", "on time"), (2, "2021-04-07T16:00:00Z", "late")]
        {
            let delivery = json!({
                "kind": "delivery",
                "refs": [{ "relation": "fulfils", "id": id }],
                "body": { "item": item, "delivered": delivered, "summary": format!("Figures of month {item}, {word}") },
            });
            recorded(truce, state, &delivery)?;
        }
        println!("   {state}: one commitment, one delivery on time, one late");
    }
    Ok(())
}

/// Signs a draft with the key of the party's desk and records it; returns the statement id.
pub(super) fn recorded(truce: &Truce, party: &str, draft: &Value) -> Step<String> {
    truce.write("draft.json", &draft.to_string())?;
    let key = format!("{party}-desk.pem");
    let mut args = vec!["sign", "draft.json", "--key", &key, "--out", "draft.cose"];
    if !truce.has(&format!("{key}.feed")) {
        args.extend(["--party", party, "--agreement", "ledger/charter.cose"]);
    }
    truce.remove("draft.cose")?;
    let signed = truce.json(&args)?;
    truce.json(&["submit", "ledger", "draft.cose", "--no-proofs"])?;
    Ok(text(&signed, "statement")?.to_owned())
}
