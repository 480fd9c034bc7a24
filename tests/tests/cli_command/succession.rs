//! Keys over time in a running network, through the program: a depositary, a witness, a mission with an outbox, a mirror and
//! a monitor, while the log's key and witnesses are replaced; and what those can do who have no say in it.

use crate::desk::{Desk, Ran, program};
use crate::rotation::ORIGIN;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use truce_fraud::FraudProof;
use truce_statement::SecretKey;
use truce_tests::service::Service;
use truce_tlog::witness::{AddCheckpoint, monitoring_path};
use truce_tlog::{Checkpoint, Cosigner, Ed25519NoteSigner, Hash, Note, SignedCheckpoint};

/// A witness at work; killed when this is dropped.
struct Witness {
    child: Child,
    vkey: String,
    url: String,
}

impl Drop for Witness {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Witness {
    /// Makes one, and runs it for the log of a charter, whose keys it follows at `url`.
    fn start(desk: &Desk, url: &str) -> Self {
        let made = ["witness", "new", "--name", "witness.example/w", "--key", "w.pem", "--state", "w"];
        desk.run(made.iter().chain(&["--no-passphrase"])).good();
        Self::run(desk, &["--charter", "ledger/charter.cose", "--succession", url, "--every", "100ms"])
    }

    /// Runs the one that was made, with these keys of logs.
    fn run(desk: &Desk, keys: &[&str]) -> Self {
        let mut command = Command::new(program());
        command.current_dir(desk.folder.path());
        command.args(["--json", "witness", "--key", "w.pem", "--state", "w", "--listen", "127.0.0.1:0"]);
        command.args(keys);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut text = String::new();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let said: Value = loop {
            text.push_str(&lines.next().unwrap().unwrap());
            if let Ok(value) = serde_json::from_str(&text) {
                break value;
            }
        };
        let text = |name: &str| said[name].as_str().unwrap().to_owned();
        Self { child, vkey: text("vkey"), url: text("url") }
    }
}

impl Desk {
    /// Hands a file in over HTTP, from an outbox that was told the charter and nothing else.
    fn send(&self, url: &str, file: &str, until: &str) -> Ran {
        let args = ["submit", "--to", url, "--charter", "ledger/charter.cose", "--until", until, file];
        self.run(args.iter().chain(&["--wait", "60s"]))
    }

    /// An observation, signed by the hub and delivered.
    fn deliver(&self, url: &str, name: &str, until: &str) {
        self.draft("observation", "observation.jsonc");
        let file = format!("{name}.cose");
        self.sign("observation.jsonc", &file).good();
        self.send(url, &file, until).good();
    }

    fn assent_of_north(&self, amendment: &str) {
        let refs = json!([{ "relation": "supports", "id": amendment }]);
        let draft = json!({ "kind": "endorsement", "refs": refs, "body": {} });
        self.sign_by_root("north", "north-assents", &draft);
    }

    fn verify_with(&self, name: &str, more: &[&str]) -> Ran {
        let file = format!("{name}.cose");
        self.run(["verify", &file, "--charter", "ledger/charter.cose"].iter().chain(more))
    }
}

/// An explorer at work; killed when this is dropped.
struct Explorer {
    child: Child,
    url: String,
}

impl Drop for Explorer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Explorer {
    fn start(desk: &Desk, from: &str, copy: &str) -> Self {
        let mut command = Command::new(program());
        command.current_dir(desk.folder.path());
        command.args(["explore", "--from", from, "--copy", copy, "--listen", "127.0.0.1:0"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        let url = loop {
            line.clear();
            assert!(lines.read_line(&mut line).unwrap() > 0, "it says where it listens");
            if let Some(at) = line.find("http://") {
                break line[at..].split_whitespace().next().unwrap().trim_end_matches('/').to_owned();
            }
        };
        std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        Self { child, url }
    }

    /// The body of a page, as soon as there is one: the copy has to be filled first.
    fn get(&self, path: &str) -> String {
        let start = std::time::Instant::now();
        loop {
            let answer = ureq::get(format!("{}{path}", self.url)).call();
            if let Ok(mut answer) = answer {
                return answer.body_mut().read_to_string().unwrap();
            }
            assert!(start.elapsed() < std::time::Duration::from_secs(60), "{path}: {answer:?}");
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    }
}

const SUCCESSION: [&str; 2] = ["--succession", "published/succession"];

/// The signer of a log's key on file.
fn signer(desk: &Desk, key: &str) -> Ed25519NoteSigner {
    let key = SecretKey::from_pem(&read(&desk.path(key)), None).unwrap();
    Ed25519NoteSigner::from_seed(ORIGIN, &key.seed()).unwrap()
}

/// Adds the line of a key to a checkpoint, or to the checkpoint at the end of a proof, in front of the other lines.
fn signed_by(desk: &Desk, key: &str, text: &str) -> String {
    let start = text.find(&format!("{ORIGIN}\n")).unwrap();
    let (before, note) = text.split_at(start);
    let (body, lines) = note.split_once("\n\n").unwrap();
    let body = format!("{body}\n");
    let signed = SignedCheckpoint::sign(Checkpoint::parse(&body).unwrap(), &signer(desk, key)).unwrap();
    format!("{before}{signed}{lines}")
}

/// Takes the lines of one key out of a note or a proof.
fn without(text: &str, vkey: &str) -> String {
    let id = vkey.split('+').nth(1).unwrap();
    let of_key =
        |line: &&str| line.strip_prefix(&format!("— {ORIGIN} ")).is_some_and(|blob| starts_with_id(blob, id));
    let kept: Vec<&str> = text.lines().filter(|line| !of_key(line)).collect();
    kept.join("\n") + "\n"
}

/// Whether base64 begins with the four bytes of a key id.
fn starts_with_id(blob: &str, id: &str) -> bool {
    const DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits = blob.chars().take(6).fold(0_u64, |bits, c| bits << 6 | DIGITS.find(c).unwrap() as u64);
    format!("{:08x}", bits >> 4) == id
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

#[test]
#[allow(clippy::too_many_lines)] // One story, told in order.
fn a_network_goes_on_while_the_key_of_its_log_and_its_witnesses_are_replaced() {
    let desk = Desk::with_ledger();
    desk.run(["key", "new", "next.pem", "--no-passphrase"]).good();
    let (old, next) = (desk.vkey("ledger/log.pem"), desk.vkey("next.pem"));
    let ledger = desk.path("ledger");
    // A copy from before everything.
    let copied = Command::new("cp").arg("-r").args([&ledger, &desk.path("restored")]).status();
    assert!(copied.unwrap().success());
    let published = desk.path("published");
    let (published_to, next_key) = (published.to_str().unwrap(), desk.path("next.pem"));
    let args = ["--publish", published_to, "--next-log-key", next_key.to_str().unwrap()];
    let service = Service::start(&ledger, &args);
    let url = service.url().to_owned();
    let witness = Witness::start(&desk, &url);
    let watch = |url: &str| {
        let place = ["--log", url, "--agreement", "ledger/charter.cose", "--state", "watch"];
        desk.run(["monitor", "--once", "--grace", "1ms"].iter().chain(&place)).good();
    };

    desk.deliver(&url, "before", "accepted");
    desk.run(["mirror", &url, "copy"]).good();
    watch(&url);

    // Position 4 proposes, position 5 is the second party's assent: sizes 6 and 7 are of both keys.
    let policy = format!("witness w {} {}\nquorum w\n", witness.vkey, witness.url);
    let body = json!({ "title": "Yearly", "log": { "next": next, "overlap": 2 }, "witnesses": policy });
    let amendment = desk.sign_by_root("mission", "amendment", &json!({ "kind": "amendment", "body": body }));
    desk.send(&url, "amendment.cose", "accepted").good();
    desk.assent_of_north(&amendment);
    desk.send(&url, "north-assents.cose", "accepted").good();
    watch(&url);
    desk.deliver(&url, "between", "final");
    desk.deliver(&url, "after", "final");
    desk.run(["mirror", &url, "copy"]).good();
    watch(&url);
    watch("copy");
    assert_eq!(read(&desk.path("copy/succession")), read(&desk.path("published/succession")));
    for place in ["published", "copy", "ledger"] {
        desk.run(["verify", place, "--agreement", "ledger/charter.cose"]).good();
    }
    let status = desk.run(["status", "published", "--json"]).good().json();
    assert_eq!(status["log_keys"][0]["until_size"], 7);
    assert_eq!(status["log_keys"][1]["from_size"], 6);
    assert_eq!(status["witnesses"]["policy"], policy);

    // Offline, from the charter: what was proven before stays proven, and what came after takes the succession.
    desk.verify_with("before", &[]).good();
    for name in ["before", "between", "after"] {
        desk.verify_with(name, &SUCCESSION).good();
    }
    // In the overlap both keys stand under a proof, and beyond its end the old one does not, though it is at hand still.
    let of_log = format!("— {ORIGIN} ");
    assert_eq!(read(&desk.path("between.tlog-proof")).matches(&of_log).count(), 2);
    let proof = read(&desk.path("after.tlog-proof"));
    assert_eq!(proof, without(&proof, &old), "the old key has ended");
    // Who has stolen it signs such a tree, and is believed by whoever knows the charter alone.
    std::fs::write(
        desk.path("by-old.tlog-proof"),
        signed_by(&desk, "ledger/log.pem", &without(&proof, &next)),
    )
    .unwrap();
    desk.run(["verify", "after.cose", "after.tlog-proof", "--charter", "ledger/charter.cose"])
        .failed(3, "bad-proof");
    let held = |proof: &str| {
        let args = ["verify", "after.cose", proof, "--charter", "ledger/charter.cose"];
        desk.run(args.iter().chain(&SUCCESSION))
    };
    held("after.tlog-proof").good();
    held("by-old.tlog-proof").failed(3, "log-key-ended");

    // The same of the whole log: a checkpoint by the old key alone, after its end.
    let checkpoint = read(&desk.path("published/checkpoint"));
    let forged = signed_by(&desk, "ledger/log.pem", &without(&checkpoint, &next));
    std::fs::write(desk.path("published/checkpoint"), forged).unwrap();
    let ran = desk.run(["verify", "published", "--agreement", "ledger/charter.cose", "--json"]);
    ran.code_is(3);
    assert!(ran.out.contains("log-key-ended"), "{}", ran.out);
    desk.run(["mirror", "published", "misled"]).code_is(3);
    std::fs::write(desk.path("published/checkpoint"), &checkpoint).unwrap();

    // The old key is put away; nothing is given to anybody but the depositary.
    assert!(service.stop().success());
    let failed = Service::try_start(&ledger, &["--publish", published_to]).err().unwrap();
    assert!(failed.said.contains("log-key-missing"), "{failed:?}");
    let service =
        Service::start(&ledger, &["--publish", published_to, "--log-key", next_key.to_str().unwrap()]);
    let url = service.url().to_owned();
    desk.deliver(&url, "later", "final");
    let proof = read(&desk.path("later.tlog-proof"));
    assert_eq!(proof.matches(&format!("— {ORIGIN} ")).count(), 1, "{proof}");
    desk.run(["mirror", &url, "copy"]).good();
    watch(&url);
    desk.run(["verify", "copy", "--agreement", "ledger/charter.cose"]).good();
    desk.verify_with("later", &SUCCESSION).good();
    // An old copy of the store takes back what it lacks, the change of key included, and signs with the next one.
    desk.run(["recover", "restored", "--from", "copy"]).good();
    desk.run(["verify", "restored", "--agreement", "ledger/charter.cose"]).good();
    // People are shown who signs since when; the evidence of a record carries what brought that about.
    let explorer = Explorer::start(&desk, &url, "explored");
    let terms: Value = serde_json::from_str(&explorer.get("/api/v1/terms")).unwrap();
    let keys = &terms["keys"];
    assert_eq!(
        (&keys[0]["vkey"], &keys[0]["until"], &keys[0]["signs"]),
        (&json!(old), &json!(7), &json!(false))
    );
    assert_eq!(
        (&keys[1]["vkey"], &keys[1]["from"], &keys[1]["signs"]),
        (&json!(next), &json!(6), &json!(true))
    );
    assert_eq!((&keys[1]["position"], &terms["witnesses"][0]["text"]), (&json!(5), &json!(policy)));
    let page = explorer.get("/parties");
    assert!(page.contains(&old) && page.contains(&next) && page.contains("quorum w"), "{page}");
    let evidence: Value = serde_json::from_str(&explorer.get("/api/v1/records/3/evidence")).unwrap();
    let positions: Vec<_> =
        evidence["keys"].as_array().unwrap().iter().map(|item| item["position"].clone()).collect();
    assert!([4, 5].iter().all(|at| positions.contains(&json!(at))), "{positions:?}");
    assert_eq!(evidence["policy"], policy);
    // Whoever begins now, with the charter alone.
    desk.run(["mirror", &url, "fresh"]).good();
    desk.verify_with("later", &[]).failed(3, "bad-proof");
    assert!(service.stop().success());
}

#[test]
fn a_party_replaces_a_lost_key_through_its_root_and_what_is_suspect_says_so() {
    let desk = Desk::with_ledger();
    let service = Service::start(&desk.path("ledger"), &[]);
    let url = service.url().to_owned();
    desk.deliver(&url, "seen", "accepted");
    desk.run(["key", "new", "hub2.pem", "--no-passphrase"]).good();
    let key = |file: &str| desk.run(["key", "show", file, "--json"]).good().json();
    let (lost, new) = (key("hub.pem.pub"), key("hub2.pem.pub"));
    let body = json!({ "key": lost["key_id"], "reason": "lost", "suspect_since": "2021-01-01T00:00:00Z" });
    desk.sign_by_root("mission", "revocation", &json!({ "kind": "key-revocation", "body": body }));
    desk.send(&url, "revocation.cose", "accepted").good();
    desk.run(["key", "prove", "hub2.pem", "--party", "mission", "--agreement", "ledger/charter.cose"]).good();
    let proof: serde_json::Value =
        serde_json::from_slice(&std::fs::read(desk.path("hub2.pem.proof")).unwrap()).unwrap();
    let body =
        json!({ "key": new["public_key"], "label": "Patrol hub, second key", "proof": proof["proof"] });
    desk.sign_by_root("mission", "grant", &json!({ "kind": "key-grant", "body": body }));
    desk.send(&url, "grant.cose", "accepted").good();

    // The finder of the lost key is refused, in whosever outbox; the new key goes on.
    desk.draft("observation", "late.jsonc");
    desk.sign("late.jsonc", "late.cose").good();
    let ran = desk.send(&url, "late.cose", "accepted");
    assert!(
        ran.code != 0 && (ran.err.clone() + &ran.out).contains("key-not-valid"),
        "{}{}",
        ran.out,
        ran.err
    );
    let args = ["sign", "late.jsonc", "--key", "hub2.pem", "--party", "mission", "--out", "on-time.cose"];
    desk.run(args.iter().chain(&["--agreement", "ledger/charter.cose"])).good();
    desk.send(&url, "on-time.cose", "accepted").good();
    assert!(service.stop().success());

    let listed = desk.run(["list", "ledger", "--json"]).good().json();
    let suspect: Vec<u64> = listed["statements"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|statement| statement["suspect"] == true)
        .map(|statement| statement["position"].as_u64().unwrap())
        .collect();
    assert_eq!(suspect, [3]);
    let shown = desk.run(["show", "ledger", "3"]).good().out;
    assert!(shown.contains("SUSPECT") && shown.contains("entry 4"), "{shown}");
    let shown = desk.run(["show", "ledger", "6"]).good().out;
    assert!(!shown.contains("SUSPECT"), "{shown}");
    desk.run(["verify", "ledger", "--agreement", "ledger/charter.cose"]).good();
}

#[test]
fn nobody_without_the_parties_assent_brings_a_key_of_the_log_into_force() {
    let desk = Desk::with_ledger();
    desk.run(["key", "new", "next.pem", "--no-passphrase"]).good();
    desk.run(["key", "new", "stranger.pem", "--no-passphrase"]).good();
    let next = desk.vkey("next.pem");
    desk.observe("seen", &[]);
    let body = json!({ "title": "Mine", "log": { "next": next, "overlap": 0 } });
    std::fs::write(desk.path("mine.json"), json!({ "kind": "amendment", "body": body }).to_string()).unwrap();
    let by = |key: &str, party: &str, out: &str| {
        let args = ["sign", "mine.json", "--key", key, "--party", party, "--out", out];
        desk.run(args.iter().chain(&["--agreement", "ledger/charter.cose"]))
    };
    // A working key has no say, a stranger none at all, and a party none for another.
    by("hub.pem", "mission", "hub.cose").good();
    desk.submit("hub.cose", &["--next-log-key", "next.pem"]).failed(2, "not-authorised");
    by("stranger.pem", "mission", "stranger.cose").good();
    desk.submit("stranger.cose", &["--next-log-key", "next.pem"]).failed(2, "unknown-key");
    by("north-root.pem", "mission", "other.cose").failed(1, "other-party");

    // One party of two: it stands in the log, and nothing follows from it.
    by("mission-root.pem", "mission", "alone.cose").good();
    desk.submit("alone.cose", &[]).good();
    let status = desk.run(["status", "ledger", "--json"]).good().json();
    assert_eq!(status["log_keys"].as_array().unwrap().len(), 1);
    desk.submit("seen.cose", &["--log-key", "next.pem"]).failed(4, "wrong-log-key");
    desk.run(["export", "ledger", "published"]).good();
    assert!(!desk.path("published/succession").exists());
    // Nor does a file that claims it.
    let first = desk.run(["prove", "ledger", "alone.cose", "--out", "alone.tlog-proof"]);
    first.good();
    let encode = |path: &str| base64(&std::fs::read(desk.path(path)).unwrap());
    let claimed = format!("truce/succession@v1\n{} {}\n", encode("alone.cose"), encode("alone.tlog-proof"));
    std::fs::write(desk.path("claimed"), claimed).unwrap();
    desk.verify_with("seen", &["--succession", "claimed"]).good();
    let claimed = format!("truce/succession@v1\n{} {}\n", encode("hub.cose"), encode("alone.tlog-proof"));
    std::fs::write(desk.path("claimed"), claimed).unwrap();
    desk.verify_with("seen", &["--succession", "claimed"]).failed(3, "idle-succession");
}

#[test]
fn without_an_overlap_the_old_key_is_worth_nothing_from_the_next_entry_on() {
    let desk = Desk::with_ledger();
    desk.run(["key", "new", "next.pem", "--no-passphrase"]).good();
    let next = desk.vkey("next.pem");
    let old = desk.vkey("ledger/log.pem");
    let body = json!({ "title": "The key was stolen", "log": { "next": next, "overlap": 0 } });
    let amendment = desk.sign_by_root("mission", "amendment", &json!({ "kind": "amendment", "body": body }));
    desk.submit("amendment.cose", &[]).good();
    desk.assent_of_north(&amendment);
    desk.submit("north-assents.cose", &["--next-log-key", "next.pem"]).good();
    desk.run(["export", "ledger", "published"]).good();
    desk.run(["verify", "published", "--agreement", "ledger/charter.cose"]).good();
    // The depositary signs with the key in force alone; what a thief signs with the old one is worth nothing.
    let checkpoint = read(&desk.path("published/checkpoint"));
    assert_eq!(without(&checkpoint, &old), checkpoint);
    let note = Note::parse(checkpoint.as_bytes()).unwrap();
    let tree = Checkpoint::parse(note.text()).unwrap();
    let thiefs = SignedCheckpoint::sign(tree, &signer(&desk, "ledger/log.pem")).unwrap();
    std::fs::write(desk.path("published/checkpoint"), thiefs.to_string()).unwrap();
    let ran = desk.run(["verify", "published", "--agreement", "ledger/charter.cose", "--json"]);
    ran.code_is(3);
    assert!(ran.out.contains("log-key-ended"), "{}", ran.out);
    std::fs::write(desk.path("published/checkpoint"), &checkpoint).unwrap();
    desk.run(["verify", "published", "--agreement", "ledger/charter.cose"]).good();
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let n = chunk.iter().fold(0_u32, |n, b| n << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        for i in 0..4 {
            let digit = DIGITS[(n >> (18 - 6 * i) & 63) as usize];
            text.push(if i <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

/// What is done with a checkpoint of a fork: signed by the key on file, and cosigned by the witness at `time`, seconds.
fn cosigned(desk: &Desk, key: &str, size: u64, root: Hash, time: u64) -> SignedCheckpoint {
    let tree = Checkpoint::new(ORIGIN, size, root).unwrap();
    let mut checkpoint = SignedCheckpoint::sign(tree, &signer(desk, key)).unwrap();
    let witness = SecretKey::from_pem(&read(&desk.path("w.pem")), None).unwrap();
    let witness = Cosigner::from_seed("witness.example/w", &witness.seed()).unwrap();
    let line = witness.cosign(&checkpoint, time).unwrap();
    checkpoint.add_cosignature(line, witness.vkey()).unwrap();
    checkpoint
}

#[test]
fn an_ended_key_moves_no_witness_and_convicts_only_with_what_witnesses_dated_before() {
    let desk = Desk::with_ledger();
    desk.run(["key", "new", "next.pem", "--no-passphrase"]).good();
    let (old, next) = (desk.vkey("ledger/log.pem"), desk.vkey("next.pem"));
    let (published, next_key) = (desk.path("published"), desk.path("next.pem"));
    let args = ["--publish", published.to_str().unwrap(), "--next-log-key", next_key.to_str().unwrap()];
    let service = Service::start(&desk.path("ledger"), &args);
    let url = service.url().to_owned();
    let witness = Witness::start(&desk, &url);
    let amend = |name: &str, body: Value| {
        let amendment = desk.sign_by_root("mission", name, &json!({ "kind": "amendment", "body": body }));
        desk.send(&url, &format!("{name}.cose"), "accepted").good();
        let refs = json!([{ "relation": "supports", "id": amendment }]);
        let assent = json!({ "kind": "endorsement", "refs": refs, "body": {} });
        desk.sign_by_root("north", &format!("{name}-assent"), &assent);
        desk.send(&url, &format!("{name}-assent.cose"), "accepted").good();
    };
    let policy = format!("witness w {} {}\nquorum w\n", witness.vkey, witness.url);
    amend("witnesses", json!({ "title": "A witness", "witnesses": policy }));
    desk.deliver(&url, "before", "final");
    // The key is stolen, and replaced at once.
    amend("key", json!({ "title": "Stolen", "log": { "next": next, "overlap": 0 } }));
    desk.deliver(&url, "after", "final");
    let status = desk.run(["status", "published", "--json"]).good().json();
    let until = status["log_keys"][0]["until_size"].as_u64().unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();

    // The thief asks the witness for a tree that grows out of what it cosigned.
    let held = |url: &str| {
        let note = ureq::get(format!("{url}{}", monitoring_path(ORIGIN)))
            .call()
            .unwrap()
            .body_mut()
            .read_to_string()
            .unwrap();
        SignedCheckpoint::parse(note.as_bytes(), &next.parse().unwrap(), &[]).unwrap()
    };
    let ask = |url: &str| {
        let last = held(url);
        let thief = cosigned(&desk, "ledger/log.pem", last.size() + 1, Hash::from_bytes([7; 32]), now);
        let request = AddCheckpoint::new(last.size(), vec![*last.root()], &thief).unwrap().to_string();
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut answer = agent.post(format!("{url}/add-checkpoint")).send(request).unwrap();
        (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap())
    };
    let (status, said) = ask(&witness.url);
    assert_eq!(status, 403, "{said}");
    assert!(said.starts_with("log-key-ended: "), "{said}");
    // Neither does a restart help the thief, with what was known in the beginning, or with the sizes by hand.
    drop(witness);
    let sizes = [format!("{old}@0-{until}"), format!("{next}@{}-", until + 1)];
    for keys in [
        &["--log", &old][..],
        &["--log", &sizes[0], "--log", &sizes[1]],
        &["--charter", "ledger/charter.cose"],
    ] {
        let witness = Witness::run(&desk, keys);
        let (status, said) = ask(&witness.url);
        assert!(status == 403 && said.starts_with("log-key-ended: "), "{keys:?}: {status} {said}");
    }
    let wrong = format!("{old}@0-{}", until + 3);
    let args = ["witness", "--key", "w.pem", "--state", "w", "--log", &wrong];
    desk.run(args).failed(1, "witness-keys-differ");

    // A fork by the ended key, of a size that it did sign: who made it is not shown.
    let fork = |time: u64| {
        let [one, other] =
            [7, 8].map(|n| cosigned(&desk, "ledger/log.pem", until, Hash::from_bytes([n; 32]), time));
        std::fs::write(desk.path("x.fraud-proof"), FraudProof::same_size(&one, &other).to_string()).unwrap();
    };
    let verify = |more: &[&str]| {
        desk.run(["verify", "x.fraud-proof", "--charter", "ledger/charter.cose"].iter().chain(more))
    };
    fork(now + 60);
    let ran = verify(&SUCCESSION);
    ran.code_is(3);
    let doubt = format!("this key's turn ended at size {until}; who held it after that is not shown");
    assert!(ran.out.contains(&doubt) && !ran.out.contains("FRAUD PROVEN"), "{}", ran.out);
    assert!(ran.err.contains("code: ended-key"), "{}", ran.err);
    let said = verify(&[&SUCCESSION[..], &["--json"]].concat());
    let value: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(
        (&value["verdict"], &value["doubt"], &value["key_ended_at"]),
        (&json!("in-doubt"), &json!(doubt), &json!(until))
    );
    // The charter alone knows of no end.
    let value = verify(&["--json"]).good().json();
    assert_eq!((&value["verdict"], &value["doubt"]), (&json!("fraud-proven"), &Value::Null));
    // Cosigned by the charter's witness before the key was replaced, it convicts whoever held it then.
    fork(now - 3600);
    let ran = verify(&SUCCESSION).good();
    assert!(
        ran.out.contains("FRAUD PROVEN") && ran.out.contains(&format!("ended at size {until}")),
        "{}",
        ran.out
    );
    assert!(service.stop().success());
}
