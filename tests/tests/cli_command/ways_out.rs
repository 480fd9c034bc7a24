//! The way out of every refusal is the next command, and it works with what the user has.

use crate::desk::{Desk, Ran, program};
use std::io::BufRead as _;
use std::process::{Child, Command, Stdio};
use truce_tlog::{KeyType, VKey};

/// A depositary of the desk's ledger, until it is dropped.
struct Served {
    process: Child,
    url: String,
}

impl Served {
    fn start(desk: &Desk) -> Self {
        let mut process = desk
            .command(["serve", "--ledger", "ledger", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut url = String::new();
        std::io::BufReader::new(process.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Self { process, url: url.trim().trim_end_matches('/').to_owned() }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn sign(desk: &Desk, draft: &str, key: &str, out: &str) -> Ran {
    let first = ["sign", draft, "--key", key, "--party", "mission", "--agreement", "ledger/charter.cose"];
    desk.run(first.into_iter().chain(["--out", out])).good()
}

/// Two drafts of observations that differ.
fn drafts(desk: &Desk) {
    desk.draft("observation", "seen.jsonc");
    let text = std::fs::read_to_string(desk.path("seen.jsonc")).unwrap();
    let other = text.replace("\"camera\"", "\"patrol\"").replace("21", "22");
    assert_ne!(text, other);
    std::fs::write(desk.path("other.jsonc"), other).unwrap();
}

/// Every command between backticks in the `next:` line of a failure.
fn next(ran: &Ran) -> Vec<String> {
    let line = ran.err.lines().find_map(|line| line.trim().strip_prefix("next: ")).unwrap();
    line.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Runs a command as it was printed.
fn run(desk: &Desk, command: &str) -> Ran {
    let mut words = command.split_whitespace();
    assert_eq!(words.next(), Some("truce"), "{command}");
    desk.run(words)
}

fn states(desk: &Desk) -> Vec<String> {
    let listed = desk.run(["outbox", "list", "--json"]).good().json();
    listed["statements"].as_array().unwrap().iter().map(|s| s["state"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn statements_are_submitted_in_the_order_of_their_numbers() {
    let desk = Desk::with_ledger();
    drafts(&desk);
    let names: Vec<String> = (0..12).map(|n| format!("s{n}.cose")).collect();
    for name in &names {
        sign(&desk, "seen.jsonc", "hub.pem", name);
    }
    // As a shell sorts them: s0, s1, s10, s11, s2 ...
    let mut given = names.clone();
    given.sort();
    given.insert(3, "mission-accession.cose".to_owned());
    let args = ["submit".to_owned(), "ledger".to_owned()].into_iter().chain(given);
    let ran = desk.run(args.chain(["--json".to_owned()])).good().json();
    assert_eq!(ran["receipts"].as_array().unwrap().len(), 13);
    assert_eq!(ran["refused"].as_array().unwrap().len(), 0);
}

#[test]
fn a_refusal_by_a_ledger_says_the_command_that_gives_the_number_up() {
    let desk = Desk::with_ledger();
    drafts(&desk);
    desk.draft("calendar", "calendar.jsonc");
    sign(&desk, "calendar.jsonc", "hub.pem", "calendar.cose");
    let refused = desk.run(["submit", "ledger", "calendar.cose"]).failed(2, "not-authorised");
    let commands = next(&refused);
    assert_eq!(commands, ["truce feed take-up hub.pem ledger --withdraw"], "{}", refused.err);
    let taken = run(&desk, &commands[0]).good();
    assert!(taken.out.contains("given up     0"), "{}", taken.out);
    sign(&desk, "seen.jsonc", "hub.pem", "seen.cose");
    desk.run(["submit", "ledger", "seen.cose"]).good();
}

#[test]
fn what_an_outbox_holds_back_is_freed_by_the_commands_it_prints() {
    let desk = Desk::with_ledger();
    drafts(&desk);
    desk.draft("calendar", "calendar.jsonc");
    let served = Served::start(&desk);
    sign(&desk, "calendar.jsonc", "hub.pem", "calendar.cose");
    sign(&desk, "seen.jsonc", "hub.pem", "behind.cose");
    let send = |file: &str| {
        desk.run(["submit", "--to", &served.url, "--charter", "ledger/charter.cose", "--wait", "20s", file])
    };
    desk.run(["outbox", "import", "behind.cose"]).good();
    let refused = send("calendar.cose").failed(2, "not-authorised");
    let id = |state: &str| {
        let listed = desk.run(["outbox", "list"]).good().out;
        let line = listed.lines().find(|line| line.starts_with(state)).unwrap().to_owned();
        line.split_whitespace().nth(4).unwrap().to_owned()
    };
    // The short ids that are listed are taken.
    let shown = desk.run(["outbox", "show", &id("queued")]).good().out;
    assert!(shown.contains(&format!("truce outbox show {}", id("refused"))), "{shown}");
    let shown = desk.run(["outbox", "show", &id("refused")]).good().out;
    let command = next(&refused).remove(0);
    assert!(shown.contains(&command) && command.ends_with(" --withdraw"), "{shown}\n{command}");
    // With the address that the outbox knows, and not without a word.
    let asked = run(&desk, command.strip_suffix(" --withdraw").unwrap()).failed(1, "signed-beyond-log");
    assert!(asked.err.contains("numbers 0 to 1"), "{}", asked.err);
    let taken = run(&desk, &command).good();
    assert!(taken.out.contains("given up     0 to 1"), "{}", taken.out);
    assert_eq!(states(&desk), [""; 0], "what was given up has left the outbox");
    sign(&desk, "seen.jsonc", "hub.pem", "again.cose");
    send("again.cose").good();
    assert_eq!(states(&desk), ["accepted"]);
}

#[test]
fn an_outbox_on_another_machine_than_the_key_is_freed_too() {
    let desk = Desk::with_ledger();
    desk.draft("calendar", "calendar.jsonc");
    let served = Served::start(&desk);
    std::fs::create_dir(desk.path("away")).unwrap();
    for file in ["hub.pem", "calendar.jsonc"] {
        std::fs::rename(desk.path(file), desk.path("away").join(file)).unwrap();
    }
    sign(&desk, "away/calendar.jsonc", "away/hub.pem", "calendar.cose");
    let sent = desk.run([
        "submit",
        "--to",
        &served.url,
        "--charter",
        "ledger/charter.cose",
        "--wait",
        "20s",
        "calendar.cose",
    ]);
    let commands = next(&sent.failed(2, "not-authorised"));
    run(&desk, &commands[0]).good();
    assert_eq!(states(&desk), [""; 0]);
    let take_up = commands[1].replace("KEY", "away/hub.pem").replace("URL", &served.url);
    run(&desk, &take_up).good();
}

#[test]
fn a_statement_that_somebody_else_replaced_is_not_given_up_without_a_word() {
    let desk = Desk::with_ledger();
    drafts(&desk);
    sign(&desk, "seen.jsonc", "hub.pem", "a0.cose");
    std::fs::create_dir(desk.path("lap")).unwrap();
    for file in ["hub.pem", "hub.pem.feed"] {
        std::fs::copy(desk.path(file), desk.path("lap").join(file)).unwrap();
    }
    sign(&desk, "seen.jsonc", "hub.pem", "a1.cose");
    for file in ["b1.cose", "b2.cose"] {
        sign(&desk, "other.jsonc", "lap/hub.pem", file);
    }
    desk.run(["submit", "ledger", "a0.cose", "a1.cose"]).good();
    desk.run(["export", "ledger", "published"]).good();
    let ask = |source: &str| {
        let refused = desk.run(["feed", "take-up", "lap/hub.pem", source]).failed(1, "signed-beyond-log");
        assert!(
            refused.err.contains("number 1 in") && refused.err.contains("is not the one signed here"),
            "{}",
            refused.err
        );
        assert!(refused.err.contains("numbers 1 to 2"), "{}", refused.err);
        next(&refused).remove(0)
    };
    // Nor is anything signed on top of it with the ledger in hand.
    desk.run(["sign", "seen.jsonc", "--key", "lap/hub.pem", "--ledger", "ledger", "--out", "x.cose"])
        .failed(2, "feed-fork");
    ask("published");
    let command = ask("ledger");
    let served = Served::start(&desk);
    ask(&served.url);
    drop(served);
    let taken = run(&desk, &command).good();
    assert!(
        taken.out.contains("given up     1 to 2") && taken.out.contains("next number  2"),
        "{}",
        taken.out
    );
    sign(&desk, "other.jsonc", "lap/hub.pem", "c2.cose");
    desk.run(["submit", "ledger", "c2.cose"]).good();
}

#[test]
fn a_depositary_that_denies_what_it_gave_a_receipt_for_moves_no_feed() {
    let desk = Desk::with_ledger();
    drafts(&desk);
    std::fs::create_dir(desk.path("earlier")).unwrap();
    desk.run(["backup", "ledger", "earlier/ledger"]).good();
    let served = Served::start(&desk);
    sign(&desk, "seen.jsonc", "hub.pem", "a.cose");
    desk.run(["submit", "--to", &served.url, "--charter", "ledger/charter.cose", "a.cose"]).good();
    drop(served);
    let denied = desk.run(["feed", "take-up", "hub.pem", "earlier/ledger", "--withdraw"]);
    denied.failed(3, "denied");
    assert_eq!(desk.run(["feed", "show", "hub.pem", "--json"]).good().json()["next_seq"], 1);
}

#[test]
fn with_the_ledger_in_hand_a_copied_key_goes_on_where_the_log_stands() {
    let desk = Desk::with_ledger();
    drafts(&desk);
    for name in ["a.cose", "b.cose"] {
        sign(&desk, "seen.jsonc", "hub.pem", name);
    }
    desk.run(["submit", "ledger", "a.cose", "b.cose"]).good();
    desk.run(["export", "ledger", "published"]).good();
    for (folder, source) in [("lap", "ledger"), ("pad", "published")] {
        std::fs::create_dir(desk.path(folder)).unwrap();
        let key = format!("{folder}/hub.pem");
        std::fs::copy(desk.path("hub.pem"), desk.path(&key)).unwrap();
        // The party is the log's to say.
        let out = format!("{folder}.cose");
        desk.run(["sign", "other.jsonc", "--key", &key, "--ledger", source, "--out", &out]).good();
        assert_eq!(desk.run(["show", &out, "--json"]).good().json()["seq"], 2);
    }
    desk.run(["submit", "ledger", "lap.cose"]).good();
    // The first machine is behind now, and is told so.
    let behind = desk
        .run(["sign", "seen.jsonc", "--key", "hub.pem", "--ledger", "ledger", "--out", "c.cose"])
        .failed(2, "feed-behind");
    run(&desk, &next(&behind)[0]).good();
    desk.run(["sign", "seen.jsonc", "--key", "hub.pem", "--ledger", "ledger", "--out", "c.cose"]).good();
    desk.run(["submit", "ledger", "c.cose"]).good();
}

#[test]
fn a_first_signature_without_a_log_says_that_it_begins_a_feed() {
    let desk = Desk::with_ledger();
    drafts(&desk);
    let first = sign(&desk, "seen.jsonc", "hub.pem", "a.cose").err;
    assert!(first.contains("for the first time") && first.contains("truce feed take-up hub.pem"), "{first}");
    assert!(!sign(&desk, "seen.jsonc", "hub.pem", "b.cose").err.contains("for the first time"));
}

#[test]
fn a_beginning_of_an_id_is_enough_wherever_one_is_asked_for() {
    let desk = Desk::with_ledger();
    drafts(&desk);
    sign(&desk, "seen.jsonc", "hub.pem", "a.cose");
    desk.run(["submit", "ledger", "a.cose"]).good();
    let listed = desk.run(["list", "ledger"]).good().out;
    let short = listed.lines().last().unwrap().split_whitespace().nth(5).unwrap().to_owned();
    assert_eq!(short.len(), 8, "{listed}");
    desk.run(["show", "ledger", &short]).good();
    desk.run(["prove", "ledger", &short]).good();
    desk.run(["export", "ledger", "published"]).good();
    desk.run(["show", "published", &short.to_uppercase()]).good();
    let correction = ["sign", "other.jsonc", "--key", "hub.pem", "--out", "b.cose", "--corrects", &short];
    // Without a log there is nothing to complete it from.
    desk.run(correction).failed(1, "bad-id");
    desk.run(correction.into_iter().chain(["--ledger", "ledger"])).good();
    desk.run(["submit", "ledger", "b.cose"]).good();
    let referring = desk.run(["list", "ledger", "--refers-to", &short, "--json"]).good().json();
    assert_eq!(referring["statements"].as_array().unwrap().len(), 1);
    desk.run(["show", "ledger", "ffff0000ffff"]).failed(1, "no-such-statement");
    desk.run(["show", "ledger", "99999"]).failed(1, "no-such-statement");
    desk.run(["show", "ledger", "999"]).failed(1, "no-such-entry");
}

#[test]
fn a_ledger_that_is_being_served_says_which_commands_work_beside_it() {
    let desk = Desk::with_ledger();
    drafts(&desk);
    sign(&desk, "seen.jsonc", "hub.pem", "a.cose");
    let served = Served::start(&desk);
    let locked = desk.run(["submit", "ledger", "a.cose"]).failed(4, "store-locked");
    let command = next(&locked)[0].replace("URL", &served.url).replace("FILE...", "a.cose");
    run(&desk, &format!("{command} --charter ledger/charter.cose")).good();
    let rows = crate::desk::data("smm_violation_rows.jsonl");
    let import = |to: [&str; 2]| {
        let first = ["import", "osce-violations", rows.to_str().unwrap(), "--key", "hub.pem"];
        desk.run(first.into_iter().chain(to).chain(["--zone", "none=zone-1"]))
    };
    let locked = import(["--ledger", "ledger"]).failed(4, "store-locked");
    assert!(
        locked.err.contains("--out FOLDER") && locked.err.contains("truce submit --to URL"),
        "{}",
        locked.err
    );
}

#[test]
fn waiting_for_a_quorum_that_does_not_come_ends_when_it_was_told_to() {
    let desk = Desk::with_ledger();
    drafts(&desk);
    let served = Served::start(&desk);
    sign(&desk, "seen.jsonc", "hub.pem", "a.cose");
    // A policy whose one witness nobody runs.
    let key = desk.run(["key", "show", "hq.pem.pub", "--json"]).good().json();
    let key = key["public_key"].as_str().unwrap().parse::<truce_statement::PublicKey>().unwrap();
    let witness = VKey::new("witness.example.org", KeyType::CosignatureV1, key.as_bytes()).unwrap();
    let log = desk.run(["status", "ledger", "--json"]).good().json();
    let log = log["vkey"].as_str().unwrap().to_owned();
    std::fs::write(desk.path("policy"), format!("log {log}\nwitness W {witness}\nquorum W\n")).unwrap();
    let ran: Ran = Command::new(program())
        .args([
            "submit",
            "--to",
            &served.url,
            "--policy",
            "policy",
            "--until",
            "final",
            "--wait",
            "2s",
            "a.cose",
        ])
        .current_dir(desk.folder.path())
        .output()
        .unwrap()
        .into();
    ran.failed(4, "not-final");
}
