//! Feeds: a key never signs two statements at one place, whatever happens.

use crate::desk::Desk;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

/// Every statement in the folder, by its number in the feed.
fn signed(desk: &Desk) -> BTreeMap<u64, Vec<String>> {
    let mut by_number: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    for file in std::fs::read_dir(desk.folder.path()).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        if Path::new(&name).extension().is_some_and(|e| e == "cose") && !name.contains("accession") {
            let shown = desk.run(["show", &name, "--json"]);
            // A file that was being written when the process was killed is there, but not whole.
            if shown.code == 0 {
                by_number.entry(shown.json()["seq"].as_u64().unwrap()).or_default().push(name);
            }
        }
    }
    by_number
}

#[test]
fn many_processes_sign_one_after_another() {
    let desk = Desk::with_ledger();
    desk.draft("observation", "seen.jsonc");
    desk.sign("seen.jsonc", "s.cose").good();
    let children: Vec<_> = (0..8)
        .map(|i| {
            let out = format!("c{i}.cose");
            desk.command(["sign", "seen.jsonc", "--key", "hub.pem", "--out", &out])
                .stdout(Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let by_number = signed(&desk);
    assert_eq!(by_number.keys().copied().collect::<Vec<_>>(), (0..9).collect::<Vec<_>>());
    assert!(by_number.values().all(|files| files.len() == 1));
}

#[test]
fn a_killed_signer_neither_reuses_a_number_nor_loses_a_statement() {
    let desk = Desk::with_ledger();
    desk.draft("observation", "seen.jsonc");
    desk.sign("seen.jsonc", "first.cose").good();
    for i in 0..60 {
        let out = format!("k{i}.cose");
        let mut child = desk
            .command(["sign", "seen.jsonc", "--key", "hub.pem", "--out", &out])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_micros(300 * i));
        let _ = child.kill();
        child.wait().unwrap();
    }
    // The next one that is let finish brings what was left.
    desk.run(["sign", "seen.jsonc", "--key", "hub.pem", "--out", "last.cose"]).good();
    let by_number = signed(&desk);
    let last = *by_number.keys().max().unwrap();
    assert_eq!(by_number.len() as u64, last + 1, "a number is missing: {:?}", by_number.keys());
    let mut files = Vec::new();
    for names in by_number.values() {
        // A statement may have been written twice, but never two statements.
        let bytes: Vec<_> = names.iter().map(|name| std::fs::read(desk.path(name)).unwrap()).collect();
        assert!(bytes.iter().all(|b| *b == bytes[0]), "{names:?} carry the same number");
        files.push(names[0].clone());
    }
    let submit: Vec<String> =
        ["submit".into(), "ledger".into(), "--json".into()].into_iter().chain(files).collect();
    let receipts = desk.run(&submit).good().json();
    assert_eq!(receipts["receipts"].as_array().unwrap().len() as u64, last + 1);
}

#[test]
fn what_an_interrupted_command_left_is_written_out() {
    let desk = Desk::with_ledger();
    desk.draft("observation", "seen.jsonc");
    desk.sign("seen.jsonc", "lost.cose").good();
    // As if the process had died after its feed was on disk and before the statement was.
    let bytes = std::fs::read(desk.path("lost.cose")).unwrap();
    std::fs::remove_file(desk.path("lost.cose")).unwrap();
    let path = desk.path("hub.pem.feed");
    let mut feed: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    feed["unsent"] =
        serde_json::json!([{ "seq": 0, "file": desk.path("lost.cose"), "statement": base64(&bytes) }]);
    std::fs::write(&path, feed.to_string()).unwrap();
    let next = desk.run(["sign", "seen.jsonc", "--key", "hub.pem", "--out", "next.cose"]).good();
    assert!(next.err.contains("lost.cose"), "{}", next.err);
    assert_eq!(std::fs::read(desk.path("lost.cose")).unwrap(), bytes);
    desk.run(["submit", "ledger", "lost.cose", "next.cose"]).good();
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::prelude::BASE64_STANDARD.encode(bytes)
}

#[test]
fn after_a_refusal_the_feed_is_taken_up_where_the_log_stands() {
    let desk = Desk::with_ledger();
    desk.draft("observation", "seen.jsonc");
    desk.sign("seen.jsonc", "a.cose").good();
    // A state's kind of statement: the mission may not sign it.
    desk.draft("calendar", "calendar.jsonc");
    desk.sign("calendar.jsonc", "b.cose").good();
    desk.sign("seen.jsonc", "c.cose").good();
    let refused = desk.run(["submit", "ledger", "a.cose", "b.cose", "c.cose"]);
    assert_eq!(refused.code, 2, "{}", refused.err);
    for code in ["not-authorised", "feed-gap"] {
        assert!(refused.err.contains(&format!("code: {code}")), "{}", refused.err);
    }
    assert_eq!(refused.out.lines().count(), 2, "one receipt: {}", refused.out);
    assert!(
        desk.path("b.cose").exists()
            && desk.path("a.tlog-proof").exists()
            && !desk.path("b.tlog-proof").exists()
    );

    desk.run(["feed", "take-up", "hub.pem", "ledger"]).failed(1, "signed-beyond-log");
    desk.run(["feed", "take-up", "hub.pem", "ledger", "--withdraw"]).good();
    desk.sign("seen.jsonc", "d.cose").good();
    desk.run(["submit", "ledger", "d.cose"]).good();
    // What was withdrawn and is submitted all the same is a second statement at one place.
    desk.run(["submit", "ledger", "b.cose"]).failed(2, "feed-fork");
    desk.run(["verify", "ledger"]).good();
}

#[test]
fn a_lost_feed_file_is_brought_back_from_the_log() {
    let desk = Desk::with_ledger();
    desk.draft("observation", "seen.jsonc");
    desk.sign("seen.jsonc", "a.cose").good();
    desk.run(["submit", "ledger", "a.cose"]).good();
    desk.run(["export", "ledger", "published"]).good();
    std::fs::remove_file(desk.path("hub.pem.feed")).unwrap();
    desk.run(["feed", "show", "hub.pem"]).failed(4, "no-feed");
    desk.run(["feed", "take-up", "hub.pem", "published"]).good();
    let place = desk.run(["feed", "show", "hub.pem", "--json"]).good().json();
    assert_eq!((&place["next_seq"], &place["party"]), (&1.into(), &"mission".into()));
    desk.run(["sign", "seen.jsonc", "--key", "hub.pem", "--out", "b.cose"]).good();
    desk.run(["submit", "ledger", "b.cose"]).good();
    desk.run(["key", "new", "stranger.pem", "--no-passphrase"]).good();
    desk.run(["feed", "take-up", "stranger.pem", "published"]).failed(1, "unknown-key");
}

#[test]
fn a_key_signs_for_one_party_and_one_agreement() {
    let desk = Desk::with_ledger();
    desk.draft("observation", "seen.jsonc");
    desk.sign("seen.jsonc", "a.cose").good();
    let sign = ["sign", "seen.jsonc", "--key", "hub.pem", "--out", "b.cose"];
    desk.run(sign.into_iter().chain(["--party", "north"])).failed(1, "other-party");
    desk.run(sign.into_iter().chain(["--agreement", &"ab".repeat(32)])).failed(1, "other-agreement");
    // Nothing is written over, and no number is used up by trying.
    desk.run(["sign", "seen.jsonc", "--key", "hub.pem", "--out", "a.cose"]).failed(4, "exists");
    assert_eq!(desk.run(["feed", "show", "hub.pem", "--json"]).good().json()["next_seq"], 1);
    // A feed file that was damaged is not guessed at.
    std::fs::write(desk.path("hub.pem.feed"), "{").unwrap();
    desk.run(sign).failed(4, "feed-damaged");
}
