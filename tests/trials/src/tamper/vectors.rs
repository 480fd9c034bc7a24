//! The dishonest depositary once more, with every log of `fixtures/vectors/refusal.json` whose last entry any honest
//! one would have refused: laid out, chained and signed, it must be found with the code that the vector states.

use super::Table;
use crate::vectors::{load, logs};
use serde_json::Value;
use truce_statement::{Entry, SecretKey};
use truce_tests::scene::{Line, chain, first_finding, naive, publish};
use truce_tlog::{Ed25519NoteSigner, SignedCheckpoint};

const WHO: &str = "depositary";

pub(super) fn try_all(table: &mut Table) {
    let file = load("refusal.json");
    let key = SecretKey::from_seed(&logs::LOG_SEED).expect("a sound key");
    for log in file["refused"].as_array().expect("a list") {
        let lines = log["entries"].as_array().expect("a list");
        let statement = |line: &Value| {
            let name = line["statement"].as_str().expect("a name");
            hex::decode(file["statements"][name].as_str().expect("hex")).expect("hex")
        };
        let all: Vec<Line> = lines
            .iter()
            .map(|line| Line {
                received: line["received"].as_i64().expect("milliseconds"),
                statement: statement(line),
            })
            .collect();
        // A log of one entry has no checkpoint: it is laid out with that entry twice, and the first one is judged.
        let mut entries = chain(&all);
        if let Some(prev) = lines.last().and_then(|line| line["prev"].as_str()) {
            let last = all.last().expect("an entry");
            let prev = prev.parse().expect("a hash");
            *entries.last_mut().expect("an entry") =
                Entry { prev, received: last.received, statement: &last.statement }.encode();
        }
        if entries.len() == 1 {
            entries.push(entries[0].clone());
        }
        if entries.iter().any(|entry| entry.len() > truce_tlog::bundle::MAX_ENTRY_BYTES) {
            continue;
        }
        let name = format!("vector {}", log["name"].as_str().expect("a name"));
        let directory = publish(&entries, &key, logs::ORIGIN, None);
        // It has the next key too, and signs with both: an amended log asks for that.
        let path = directory.path().join("checkpoint");
        let note = std::fs::read(&path).expect("written");
        let note = truce_tlog::Note::parse(&note).expect("a note");
        let body = truce_tlog::Checkpoint::parse(note.text()).expect("a checkpoint");
        let of_seed = |seed| Ed25519NoteSigner::from_seed(logs::ORIGIN, seed).expect("a fixed origin");
        let (next, old) = (of_seed(&logs::NEXT_LOG_SEED), of_seed(&logs::LOG_SEED));
        let signed = SignedCheckpoint::sign_with_all(body, &[&next, &old]).expect("a sound checkpoint");
        std::fs::write(&path, signed.to_string()).expect("written");
        table.note(
            WHO,
            name,
            log["code"].as_str().expect("a code"),
            first_finding(directory.path(), &naive()),
        );
    }
}
