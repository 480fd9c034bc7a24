//! Exercises as they were notified, and what the guarantor found about each: declared figures beside later ones.

use super::truce::Truce;
use super::{Step, commitments, text};
use serde_json::{Value, json};
use std::path::Path;

/// Signs one finding of the guarantor for every notification in the ledger, and one for the inquiry nobody answered.
pub(super) fn findings(truce: &Truce, data: &Path) -> Step<()> {
    let rows = std::fs::read_to_string(data.join("csbm_real_events.jsonl")).map_err(|e| e.to_string())?;
    let rows: Vec<Value> =
        rows.lines().map(serde_json::from_str).collect::<Result<_, _>>().map_err(|e| e.to_string())?;
    let mut made = 0;
    for notification in listed(truce, "notification")? {
        let designation = text(&notification["body"], "designation")?;
        let row = rows.iter().find(|row| row["name"].as_str().is_some_and(|name| designation.contains(name)));
        let row = row.ok_or_else(|| format!("no row for the exercise {designation}"))?;
        let declared =
            ["declared_troops", "troops", "troops_subject_to_vd"].iter().find_map(|f| row[*f].as_i64());
        let found = row["later_reported_troops"].as_i64().map(|n| json!({ "about": n })).or_else(|| {
            let press = row["total_troops_press"].as_array()?;
            Some(json!({ "between": { "low": press.first()?, "high": press.get(1)? } }))
        });
        let mut figure = json!({ "what": "troops", "unit": "people" });
        if let Some(declared) = declared {
            figure["declared"] = json!({ "exactly": declared });
        }
        if let Some(found) = &found {
            figure["found"] = found.clone();
        }
        let finding = json!({
            "kind": "finding",
            "refs": [{ "relation": "about", "id": notification["statement"] }],
            "body": {
                "outcome": "inconclusive",
                "summary": format!("Figures published on {designation}, side by side; source: {}", text(row, "source")?),
                "figures": [figure],
                "attribution": "not-made",
            },
        });
        commitments::recorded(truce, "guarantor", &finding)?;
        made += 1;
    }
    for inquiry in listed(truce, "inquiry")? {
        let finding = json!({
            "kind": "finding",
            "refs": [{ "relation": "about", "id": inquiry["statement"] }],
            "body": {
                "outcome": "observed",
                "summary": "No reply to the request is published.",
                "attribution": "not-made",
            },
        });
        commitments::recorded(truce, "guarantor", &finding)?;
        made += 1;
    }
    println!("   {made:>4} statements of guarantor, on each notification and on the inquiry");
    Ok(())
}

fn listed(truce: &Truce, kind: &str) -> Step<Vec<Value>> {
    let list = truce.json(&["list", "ledger", "--kind", kind, "--bodies"])?;
    list["statements"].as_array().cloned().ok_or_else(|| "no list of statements".to_owned())
}
