//! Hostile clients (`cargo xtask hostile`): malformed requests by the ten thousands, made from sound ones, and
//! connections that are held rather than used, against a real `truce serve` and a real `truce witness`; then sieges of a
//! depositary and an explorer by one sender.
//!
//! Every answer has to be one that docs/protocol.md has for what was sent; nothing may be said on standard error; memory
//! may not grow with what is refused. Honest statements are handed in all the while, and must be receipted; in the end
//! the ledger must verify and hold exactly those.

mod held;
mod process;
mod requests;
mod siege;
mod wire;

use crate::fuzz::mutate::Random;
use held::Held;
use process::Process;
use requests::{Class, DEPOSITARY, Request, Sound, WITNESS};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use truce_log::Ledger;
use truce_statement::{Code, Entry};
use truce_tests::http::Answer;
use truce_tests::service::{found, truce};
use truce_tests::world::{Member, ORIGIN, World, observation};
use truce_tlog::{AddCheckpoint, Ed25519NoteSigner, NoteSigner as _, ProofFile};
use wire::{Outcome, Wire};

/// Senders at a time.
const SENDERS: u64 = 4;
/// Of 100 malformed requests, so many go to the witness.
const TO_WITNESS: u64 = 10;
/// Memory that may be added after the warm-up, KiB: what the store keeps of honest statements, and nothing else.
const MAX_GROWTH: u64 = 32 << 10;
/// Statements that stand in the ledger before.
const RECORDED: u32 = 60;
/// Seconds that a depositary waits for a head here; the witness has its own.
const PATIENCE: u64 = 2;
/// Failures that are told in full.
const TOLD: usize = 20;

/// Counts of one class.
#[derive(Default)]
struct Tally {
    sent: u64,
    closed: u64,
    statuses: BTreeMap<u16, u64>,
    slowest: Duration,
}

/// What has been seen so far.
#[derive(Default)]
struct Findings {
    tallies: Mutex<BTreeMap<&'static str, Tally>>,
    failures: Mutex<Vec<String>>,
    failed: AtomicU64,
}

impl Findings {
    fn fail(&self, what: String) {
        self.failed.fetch_add(1, Ordering::Relaxed);
        let mut failures = self.failures.lock().expect("no panic");
        if failures.len() < TOLD {
            failures.push(what);
        }
    }

    fn held(&self, name: &'static str, held: &Held, allowed: &[u16]) {
        if held.ended != held.connections {
            self.fail(format!("{name}: {} of {} connections were ended", held.ended, held.connections));
        }
        let mut tallies = self.tallies.lock().expect("no panic");
        let tally = tallies.entry(name).or_default();
        tally.sent += held.connections;
        tally.closed += held.connections.saturating_sub(held.statuses.len() as u64);
        for status in &held.statuses {
            *tally.statuses.entry(*status).or_default() += 1;
            if !allowed.contains(status) {
                self.fail(format!("{name}: status {status}"));
            }
        }
    }
}

/// `--requests N` (100,000 where absent), `--seed N` to repeat a run, `--seconds N` of fork evidence (60 where absent).
///
/// # Panics
/// When the machine does not let it work.
#[must_use]
pub fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| {
        let at = args.iter().position(|arg| arg == name)?;
        Some(args.get(at + 1).and_then(|n| n.parse::<u64>().ok()).expect("a number"))
    };
    let requests = value("--requests").unwrap_or(100_000);
    let seed = value("--seed").unwrap_or_else(|| u64::from(std::process::id()));
    println!("seed {seed}");
    let folder = tempfile::Builder::new().prefix("truce-hostile-").tempdir().expect("a temporary folder");
    let good = run(folder.path(), requests, seed, value("--seconds").unwrap_or(60));
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run(folder: &Path, requests: u64, seed: u64, seconds: u64) -> bool {
    let started = Instant::now();
    let mut world = World::default();
    let ledger = folder.join("ledger");
    found(&mut world, &ledger);
    let path = ledger.to_str().expect("a path in UTF-8");
    let patience = PATIENCE.to_string();
    let mut arguments = vec!["serve", "--ledger", path, "--listen", "127.0.0.1:0", "--patience", &patience];
    arguments.extend(["--address-rate", "4000000", "--key-rate", "4000000"]);
    let mut depositary = Process::start(&arguments, folder.join("depositary.stderr"));
    let mut witness = witness(folder, &world);

    let findings = Findings::default();
    let sound = sound(&depositary.address, &mut world);
    let at_first = (depositary.resident(), witness.resident());
    let receipts = Mutex::new(Vec::new());
    let over = AtomicBool::new(false);
    // Gone over once with a fifth, so that what is kept for good is there; then measured.
    let (mut warm, mut files) = ((0, 0), 0);
    std::thread::scope(|scope| {
        scope.spawn(|| honest(&depositary.address, &mut world, &over, &receipts, &findings));
        let load = |requests, seed| flood(&depositary, &witness, &sound, requests, seed, &findings);
        load(requests / 5, seed);
        hold(&depositary, &witness, &sound, &findings);
        warm = (depositary.resident(), witness.resident());
        files = depositary.files();
        load(requests - requests / 5, seed ^ 0x5eed);
        hold(&depositary, &witness, &sound, &findings);
        over.store(true, Ordering::SeqCst);
    });
    let at_last = (depositary.resident(), witness.resident());
    tls(folder, seed, &findings);
    for (name, process) in [("depositary", &mut depositary), ("witness", &mut witness)] {
        if !process.is_alive() {
            findings.fail(format!("the {name} has ended"));
        }
    }
    if depositary.files() > files + 16 {
        findings.fail(format!("{} files open, {files} before", depositary.files()));
    }
    for (name, process) in [("depositary", depositary), ("witness", witness)] {
        ended(name, process, &findings);
    }
    let receipts = receipts.into_inner().expect("no panic");
    stands(&ledger, &receipts, &findings);
    siege::run(folder, seconds, &findings);

    println!("{:<28} {:>8} {:>8} {:>9}  statuses", "malformation", "sent", "closed", "slowest");
    let tallies = findings.tallies.into_inner().expect("no panic");
    let mut sent = 0;
    for (name, tally) in &tallies {
        sent += tally.sent;
        let statuses: Vec<String> = tally.statuses.iter().map(|(s, n)| format!("{s}: {n}")).collect();
        let slowest = tally.slowest.as_millis();
        println!("{name:<28} {:>8} {:>8} {slowest:>6} ms  {}", tally.sent, tally.closed, statuses.join(", "));
    }
    let mut failed = findings.failed.into_inner();
    for (name, first, warm, last) in
        [("depositary", at_first.0, warm.0, at_last.0), ("witness", at_first.1, warm.1, at_last.1)]
    {
        println!("{name}: {first} KiB resident at first, {warm} after the warm-up, {last} at the end");
        if last > warm + MAX_GROWTH {
            failed += 1;
            println!("  grew by more than {MAX_GROWTH} KiB");
        }
    }
    for failure in findings.failures.into_inner().expect("no panic") {
        println!("FAILED {failure}");
    }
    println!(
        "hostile {sent} in {:.0} s, honest statements receipted {}, failures {failed}",
        started.elapsed().as_secs_f64(),
        receipts.len()
    );
    failed == 0 && !receipts.is_empty()
}

fn witness(folder: &Path, world: &World) -> Process {
    let path = |name: &str| folder.join(name).to_str().expect("a path in UTF-8").to_owned();
    let (key, state) = (path("witness.pem"), path("witness"));
    let name = ["--name", "witness.example/hostile", "--no-passphrase"];
    let made = truce(&[&["witness", "new", "--key", &key, "--state", &state], &name[..]].concat());
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let signer = Ed25519NoteSigner::from_seed(ORIGIN, &world.log.seed()).expect("the log's key");
    let log = signer.vkey().to_string();
    let arguments = ["witness", "--key", &key, "--state", &state, "--log", &log, "--listen", "127.0.0.1:0"];
    Process::start(&arguments, folder.join("witness.stderr"))
}

/// Has some statements recorded, and what a log would ask a witness.
fn sound(address: &str, world: &mut World) -> Sound {
    let (mut wire, mut recorded) = (Wire::new(address), Vec::new());
    let member = world.members.iter_mut().find(|member| member.work.party.to_string() == "civil");
    let pen = &mut member.expect("a civil-society body").work;
    for n in 0..RECORDED {
        let signed = pen.sign(observation(n, &"seen".repeat(1 + n as usize)), Vec::new()).expect("sound");
        match wire.send(&post(signed.bytes()), false) {
            Outcome::Answer(answer) if answer.status == 201 => recorded.push(signed.bytes().to_vec()),
            _ => panic!("a sound statement is recorded"),
        }
    }
    let signer = Ed25519NoteSigner::from_seed(ORIGIN, &world.log.seed()).expect("the log's key");
    let proposal = |size, root: u8| {
        let root = truce_tlog::Hash::from([root; 32]);
        let checkpoint = truce_tlog::Checkpoint::new(ORIGIN, size, root).expect("a checkpoint");
        let note = truce_tlog::SignedCheckpoint::sign(checkpoint, &signer).expect("signed");
        AddCheckpoint::new(0, Vec::new(), &note).expect("a proposal").to_string().into_bytes()
    };
    Sound { recorded, proposals: (2..6).map(|n| proposal(u64::from(n), n)).collect() }
}

fn post(statement: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST /entries HTTP/1.1\r\nhost: h\r\ncontent-type: application/cose\r\naccept: text/x.tlog.proof\r\ncontent-length: {}\r\n\r\n",
        statement.len()
    );
    [head.as_bytes(), statement].concat()
}

/// Statement and receipt.
type Receipts = Mutex<Vec<(Vec<u8>, Vec<u8>)>>;

/// Hands honest statements in until it is over.
fn honest(address: &str, world: &mut World, over: &AtomicBool, receipts: &Receipts, findings: &Findings) {
    let (mut wire, mut n) = (Wire::new(address), 0);
    while !over.load(Ordering::SeqCst) {
        let signed = world.members[0].work.sign(observation(n, "seen"), Vec::new()).expect("sound");
        n += 1;
        match wire.send(&post(signed.bytes()), false) {
            // 200: sent twice, because the kept connection had been ended meanwhile.
            Outcome::Answer(answer) if matches!(answer.status, 200 | 201) => {
                receipts.lock().expect("no panic").push((signed.bytes().to_vec(), answer.body));
            }
            Outcome::Answer(answer) => {
                findings.fail(format!("honest: {} {}", answer.status, answer.text()));
                return;
            }
            Outcome::Closed => return findings.fail("honest: closed".into()),
            Outcome::Failed(what) => return findings.fail(format!("honest: {what}")),
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// `requests` malformed ones, from several senders.
fn flood(
    depositary: &Process,
    witness: &Process,
    sound: &Sound,
    requests: u64,
    seed: u64,
    findings: &Findings,
) {
    std::thread::scope(|scope| {
        for sender in 0..SENDERS {
            let share = requests / SENDERS + u64::from(sender < requests % SENDERS);
            scope.spawn(move || {
                let mut random = Random::new(seed.wrapping_mul(1_000_003).wrapping_add(sender));
                let mut wires = [Wire::new(&depositary.address), Wire::new(&witness.address)];
                for _ in 0..share {
                    let of_witness = random.next() % 100 < TO_WITNESS;
                    let (wire, classes) =
                        if of_witness { (&mut wires[1], WITNESS) } else { (&mut wires[0], DEPOSITARY) };
                    one(wire, pick(&mut random, classes), &mut random, sound, of_witness, findings);
                }
            });
        }
    });
}

fn pick<'a>(random: &mut Random, classes: &'a [Class]) -> &'a Class {
    let mut left = random.below(classes.iter().map(|class| class.weight).sum());
    classes
        .iter()
        .find(|class| {
            let found = left < class.weight;
            left = left.saturating_sub(class.weight);
            found
        })
        .expect("weights")
}

fn one(
    wire: &mut Wire,
    class: &Class,
    random: &mut Random,
    sound: &Sound,
    of_witness: bool,
    findings: &Findings,
) {
    let request = (class.make)(random, sound);
    let started = Instant::now();
    let outcome = wire.send(&request.bytes, request.last);
    let slowest = started.elapsed();
    let shown = || String::from_utf8_lossy(&request.bytes[..request.bytes.len().min(160)]).into_owned();
    let status = match &outcome {
        Outcome::Answer(answer) => {
            if let Some(flaw) = flaw(answer, &request, of_witness) {
                findings.fail(format!("{}: {flaw}: {:?}", class.name, shown()));
            }
            Some(answer.status)
        }
        Outcome::Closed if request.last => None,
        Outcome::Closed => {
            findings.fail(format!("{}: closed without an answer: {:?}", class.name, shown()));
            None
        }
        Outcome::Failed(what) => {
            findings.fail(format!("{}: {what}: {:?}", class.name, shown()));
            None
        }
    };
    let mut tallies = findings.tallies.lock().expect("no panic");
    let tally = tallies.entry(class.name).or_default();
    tally.sent += 1;
    tally.slowest = tally.slowest.max(slowest);
    match status {
        Some(status) => *tally.statuses.entry(status).or_default() += 1,
        None => tally.closed += 1,
    }
}

/// What is wrong with an answer.
fn flaw(answer: &Answer, request: &Request, of_witness: bool) -> Option<String> {
    // What HTTP itself cannot read is refused before there is a problem to describe.
    let unread = matches!(answer.status, 400 | 414 | 431) && answer.body.is_empty();
    if !request.allowed.contains(&answer.status) && !unread {
        return Some(format!("status {} {}", answer.status, answer.text()));
    }
    if of_witness || answer.status < 400 || (unread && request.bytes.len() < 1 << 20) {
        let sequence = answer.status == 200 && answer.header("content-type") == Some("application/json");
        let recorded = sequence && answer.text().contains("\"outcome\":\"recorded\"");
        return recorded.then(|| format!("something was recorded: {}", answer.text()));
    }
    if request.of_the_head && answer.body.is_empty() {
        return None;
    }
    let Ok(problem) = serde_json::from_slice::<serde_json::Value>(&answer.body) else {
        return Some(format!("status {}, and no problem document", answer.status));
    };
    let text = |name: &str| problem[name].as_str().unwrap_or_default();
    let whole = answer.header("content-type") == Some("application/problem+json")
        && problem["status"] == answer.status
        && !text("title").is_empty()
        && !text("remedy").is_empty()
        && documented(answer.status, text("code"));
    (!whole).then(|| format!("status {}, problem {problem}", answer.status))
}

/// Whether docs/protocol.md has this code under this status.
fn documented(status: u16, code: &str) -> bool {
    let of_status: &[&str] = match status {
        400 => {
            &["malformed-cose", "non-canonical", "bad-header", "malformed-sequence", "broken-off", "query"]
        }
        403 => &["unknown-party", "unknown-key", "key-not-valid", "not-authorised", "bad-signature"],
        404 => &["not-found"],
        405 => &["method"],
        406 => &["not-acceptable"],
        408 => &["too-slow"],
        409 => &["feed-gap", "feed-fork", "unknown-reference", "unknown-checkpoint"],
        413 => &["too-large"],
        415 => &["media-type"],
        422 => {
            let elsewhere = [400, 403, 409, 413].iter().any(|status| documented(*status, code));
            return !elsewhere && Code::ALL.iter().any(|known| known.as_str() == code);
        }
        _ => &[],
    };
    of_status.contains(&code)
}

/// Connections that are held.
fn hold(depositary: &Process, witness: &Process, sound: &Sound, findings: &Findings) {
    let most = Duration::from_secs(PATIENCE * 8);
    let heads: Vec<Vec<u8>> =
        (0..64).map(|n| format!("POST /entries HTTP/1.1\r\nx-{n}: ").into_bytes()).collect();
    let held = held::slow(&depositary.address, &heads, most);
    findings.held("slow heads", &held, &[400, 408, 431]);
    let body = &sound.recorded[0];
    let bodies: Vec<Vec<u8>> = (0..64)
        .map(|_| {
            let start = "POST /entries HTTP/1.1\r\nhost: h\r\ncontent-type: application/cose\r\ncontent-length: 40000\r\n\r\n";
            [start.as_bytes(), body].concat()
        })
        .collect();
    let held = held::slow(&depositary.address, &bodies, most);
    findings.held("slow bodies", &held, &[408]);
    findings.held("half-open", &held::half_open(&depositary.address, 100), &[200, 400, 408]);
    for address in [&depositary.address, &witness.address] {
        let (request, good) = if address == &depositary.address {
            (post(body), 200)
        } else {
            (b"GET /healthz HTTP/1.1\r\nhost: h\r\n\r\n".to_vec(), 200)
        };
        match held::pipelined(address, &request, 50) {
            Ok(held) => {
                let answered = held.statuses.iter().filter(|status| **status == good).count();
                if answered != 50 {
                    findings.fail(format!("pipelined: {answered} of 50 answered"));
                }
                findings.held("pipelined, then rubbish", &held, &[200, 400]);
            }
            Err(what) => findings.fail(format!("pipelined: {what}")),
        }
    }
}

/// Bad handshakes against a depositary with TLS, and a good one behind them.
fn tls(folder: &Path, seed: u64, findings: &Findings) {
    let files = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/service/tls");
    let (certificate, key) = (format!("{files}/cert.pem"), format!("{files}/key.pem"));
    let ledger = folder.join("ledger-tls");
    found(&mut World::default(), &ledger);
    let path = ledger.to_str().expect("a path in UTF-8");
    let arguments = ["serve", "--ledger", path, "--listen", "127.0.0.1:0", "--patience", "2"];
    let files = ["--tls-cert", &certificate, "--tls-key", &key];
    let process = Process::start(&[&arguments[..], &files].concat(), folder.join("tls.stderr"));
    let hello = held::client_hello();
    let held = held::handshakes(&process.address, &mut Random::new(seed), &hello, 500);
    findings.held("TLS: bad handshakes", &held, &[]);
    let stalled: Vec<Vec<u8>> = (0..32).map(|_| hello[..hello.len() / 2].to_vec()).collect();
    let held = held::slow(&process.address, &stalled, Duration::from_secs(PATIENCE * 8));
    findings.held("TLS: slow handshakes", &held, &[]);
    let root = std::fs::read(&certificate).expect("the certificate");
    let good = held::agent(Some(&root)).get(format!("https://{}/healthz", process.address)).call();
    if !good.is_ok_and(|answer| answer.status() == 200) {
        findings.fail("TLS: a good handshake failed behind the bad ones".into());
    }
    ended("depositary with TLS", process, findings);
}

/// Stops a process, which must end well and have said nothing.
fn ended(name: &str, process: Process, findings: &Findings) {
    let (good, said) = process.stop();
    if !good || !said.is_empty() {
        findings.fail(format!("the {name} ended {}, and said {said:?}", if good { "well" } else { "badly" }));
    }
}

/// The ledger verifies, and holds the statements that were receipted and no other.
fn stands(folder: &Path, receipts: &[(Vec<u8>, Vec<u8>)], findings: &Findings) {
    let verified = truce(&["verify", folder.to_str().expect("a path in UTF-8")]);
    if !verified.status.success() {
        findings.fail(format!("the ledger does not verify: {}", String::from_utf8_lossy(&verified.stderr)));
    }
    let ledger = Ledger::open(folder).expect("the ledger opens");
    let (before, honest) = (6 + u64::from(RECORDED), receipts.len() as u64);
    if ledger.size() != before + honest {
        findings.fail(format!("{} entries, {before} before and {honest} honest", ledger.size()));
    }
    for (n, (statement, receipt)) in receipts.iter().enumerate() {
        let stands = || {
            let proof = ProofFile::parse(receipt).ok()?;
            let entry = Entry::from_extra(proof.extra()?, statement).ok()?.encode();
            let signed = truce_tlog::Checkpoint::parse(proof.checkpoint().text()).ok()?;
            let root = ledger.root_at(signed.size()).ok()?;
            let found = ledger.entry(proof.index()).ok()??;
            Some(found == entry && root.as_bytes() == signed.root().as_bytes())
        };
        if stands() != Some(true) {
            findings.fail(format!("receipt {n} does not stand"));
        }
    }
}
