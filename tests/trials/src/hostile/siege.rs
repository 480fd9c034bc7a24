//! Sieges: one sender who takes all that it can get of something bounded, while others go about their business.
//!
//! Evidence of forks, by a key that is revoked and by one that is not; connections that send a body but for its last byte,
//! and stop; event streams of an explorer. Others' statements have to be answered all the while, and soon.

use super::process::Process;
use super::wire::{Outcome, Wire, answer, is_end};
use super::{Findings, Member, RECORDED, World, found, post};
use std::fs;
use std::io::{BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use truce_tests::http::{connect_from, get};
use truce_tests::world::{Pen, body, observation};

/// The besieger. All of the loopback network is this machine's, so every address there is another sender.
const BESIEGER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 66);
/// A neighbour with a bad link.
const SLOW: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 67);
/// Bytes that the ledger may grow by under fork evidence, honest statements included.
const MOST_GROWTH: u64 = 8 << 20;
/// The longest that 99 of 100 honest statements may take.
const MOST_WAIT: Duration = Duration::from_secs(1);
/// Between two honest statements.
const PULSE: Duration = Duration::from_millis(100);
/// Forks in one request: 256 KiB.
const FORKS: u32 = 64;
/// Event streams that are asked for.
const STREAMS: usize = 1024;

/// Besieges a depositary with its defaults: `seconds` with forks, then with connections that stop, then its explorer.
pub(super) fn run(folder: &Path, seconds: u64, findings: &Findings) {
    let mut world = World::default();
    let ledger = folder.join("besieged");
    found(&mut world, &ledger);
    let path = ledger.to_str().expect("a path in UTF-8");
    let arguments = ["serve", "--ledger", path, "--listen", "127.0.0.1:0"];
    let depositary = Process::start(&arguments, folder.join("besieged.stderr"));
    forks(&depositary.address, &mut world, &ledger, Duration::from_secs(seconds), findings);
    for count in [16, 512] {
        stopped(&depositary.address, &mut world, count, findings);
    }
    let (good, said) = depositary.stop();
    if !good {
        findings.fail(format!("besieged: the depositary ended badly, and said {said:?}"));
    }
    streams(&ledger, folder, findings);
}

/// Honest statements, one each [`PULSE`], until `over`: how long each took. A statement that is not recorded is a failure.
fn honest(address: &str, pen: &mut Pen, over: &AtomicBool, what: &str, findings: &Findings) -> Vec<Duration> {
    let (mut wire, mut took) = (Wire::new(address), Vec::new());
    let mut n = RECORDED;
    while !over.load(Ordering::SeqCst) {
        let signed = pen.sign(observation(n, "seen"), Vec::new()).expect("sound");
        n += 1;
        let start = Instant::now();
        match wire.send(&post(signed.bytes()), false) {
            Outcome::Answer(answer) if matches!(answer.status, 200 | 201) => took.push(start.elapsed()),
            Outcome::Answer(answer) => {
                findings.fail(format!("{what}: an honest statement got {} {}", answer.status, answer.text()));
                return took;
            }
            Outcome::Closed => {
                findings.fail(format!("{what}: an honest connection was closed"));
                return took;
            }
            Outcome::Failed(why) => {
                findings.fail(format!("{what}: an honest statement got no answer: {why}"));
                return took;
            }
        }
        std::thread::sleep(PULSE);
    }
    took
}

/// Prints how soon honest statements were answered; too late is a failure.
fn told(what: &str, mut took: Vec<Duration>, findings: &Findings) {
    took.sort_unstable();
    let Some(p99) = took.get((took.len() * 99).div_ceil(100).saturating_sub(1)).copied() else {
        return findings.fail(format!("{what}: no honest statement was answered"));
    };
    println!("{what}: {} honest statements, p99 {} ms", took.len(), p99.as_millis());
    if p99 >= MOST_WAIT {
        findings.fail(format!("{what}: p99 {} ms", p99.as_millis()));
    }
}

/// The member of that name.
fn member<'a>(world: &'a mut World, party: &str) -> &'a mut Member {
    let mut members = world.members.iter_mut();
    members.find(|member| member.work.party.to_string() == party).expect("a member")
}

/// Statements that contradict the one in the log at their place, by a revoked key and by one in force.
fn forks(address: &str, world: &mut World, ledger: &Path, time: Duration, findings: &Findings) {
    let mut wire = Wire::new(address);
    let mut record = |bytes: &[u8]| match wire.send(&post(bytes), false) {
        Outcome::Answer(answer) if answer.status == 201 => {}
        _ => panic!("a sound statement is recorded"),
    };
    let mut forgers = Vec::new();
    for party in ["civil", "guarantor"] {
        let member = member(world, party);
        record(member.work.sign(observation(0, "seen"), Vec::new()).expect("sound").bytes());
        if party == "civil" {
            let key = member.work.key.public().id().to_string();
            let revocation =
                serde_json::json!({ "kind": "key-revocation", "body": { "key": key, "reason": "lost" } });
            record(member.root.sign(body(&revocation.to_string()), Vec::new()).expect("sound").bytes());
        }
        let key = truce_tests::world::key(if party == "civil" { 104 } else { 103 });
        forgers.push(Pen::new(key, member.work.party.clone(), member.work.subject.clone()));
    }
    let before = size(ledger);
    let (sent, limited, over) = (AtomicU64::new(0), AtomicU64::new(0), AtomicBool::new(false));
    let pen = &mut member(world, "mission").work;
    let took = std::thread::scope(|scope| {
        let honest = scope.spawn(|| honest(address, pen, &over, "forks", findings));
        let (sent, limited) = (&sent, &limited);
        let threads: Vec<_> = forgers
            .into_iter()
            .map(|pen| scope.spawn(move || forge(address, pen, time, sent, limited, findings)))
            .collect();
        for thread in threads {
            thread.join().expect("no panic");
        }
        over.store(true, Ordering::SeqCst);
        honest.join().expect("no panic")
    });
    let grown = size(ledger).saturating_sub(before);
    println!(
        "forks: {} sent in {} s, {} sent away by rates; the ledger grew by {} KiB",
        sent.into_inner(),
        time.as_secs(),
        limited.into_inner(),
        grown >> 10
    );
    if grown >= MOST_GROWTH {
        findings.fail(format!("forks: the ledger grew by {} KiB", grown >> 10));
    }
    told("forks", took, findings);
}

/// Signs and sends forks of one key's first statement for so long.
fn forge(
    address: &str,
    mut pen: Pen,
    time: Duration,
    sent: &AtomicU64,
    limited: &AtomicU64,
    findings: &Findings,
) {
    let (start, mut n) = (Instant::now(), 1);
    let to: SocketAddr = address.parse().expect("an address");
    let mut stream = None;
    while start.elapsed() < time {
        let forks: Vec<u8> = (n..n + FORKS)
            .flat_map(|n| {
                (pen.seq, pen.prev) = (0, truce_statement::StatementId::ZERO);
                pen.sign(observation(n, &"forked ".repeat(560)), Vec::new()).expect("sound").bytes().to_vec()
            })
            .collect();
        n += FORKS;
        let head = format!(
            "POST /entries HTTP/1.1\r\nhost: h\r\ncontent-type: application/cbor-seq\r\ncontent-length: {}\r\n\r\n",
            forks.len()
        );
        let request = [head.as_bytes(), &forks].concat();
        let mut reader = match stream.take() {
            Some(reader) => reader,
            None => match connect_from(BESIEGER, to) {
                Ok(stream) => BufReader::new(stream),
                Err(error) => return findings.fail(format!("forks: no connection: {error}")),
            },
        };
        // A server that has seen enough may answer and close before everything is written.
        let _ = reader.get_mut().write_all(&request);
        match answer(&mut reader) {
            Ok(answer) if answer.status == 200 => {
                if answer.text().contains("\"outcome\":\"recorded\"") {
                    return findings.fail("forks: a fork was recorded".into());
                }
                sent.fetch_add(u64::from(FORKS), Ordering::Relaxed);
                stream = Some(reader);
            }
            Ok(answer) if answer.status == 429 => {
                limited.fetch_add(u64::from(FORKS), Ordering::Relaxed);
                std::thread::sleep(PULSE);
            }
            Ok(answer) => return findings.fail(format!("forks: {} {}", answer.status, answer.text())),
            Err(error) if is_end(&error) => {}
            Err(error) => return findings.fail(format!("forks: {error}")),
        }
    }
}

/// Bytes of all files below a folder.
fn size(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(about) if about.is_dir() => size(&entry.path()),
            Ok(about) => about.len(),
            Err(_) => 0,
        })
        .sum()
}

/// `count` connections that send a sequence of 4 MiB but for its last byte, or as much of it as is taken, and stop.
fn stopped(address: &str, world: &mut World, count: usize, findings: &Findings) {
    let what = format!("{count} that stop");
    let to: SocketAddr = address.parse().expect("an address");
    let begin = || -> std::io::Result<TcpStream> {
        let mut stream = connect_from(BESIEGER, to)?;
        let length = 4 << 20;
        let head = format!(
            "POST /entries HTTP/1.1\r\nhost: h\r\ncontent-type: application/cbor-seq\r\ncontent-length: {length}\r\n\r\n"
        );
        stream.write_all(head.as_bytes())?;
        stream.write_all(&vec![0; length - 1])?;
        Ok(stream)
    };
    let held: Vec<TcpStream> = std::thread::scope(|scope| {
        let share = count / 16;
        let threads: Vec<_> = (0..16)
            .map(|_| scope.spawn(move || (0..share).filter_map(|_| begin().ok()).collect::<Vec<_>>()))
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("no panic")).collect()
    });
    let over = AtomicBool::new(false);
    let slow = {
        let pen = &mut member(world, "guarantor").work;
        (0..4)
            .flat_map(|n| {
                pen.sign(observation(n, &"slow ".repeat(600)), Vec::new()).expect("sound").bytes().to_vec()
            })
            .collect::<Vec<u8>>()
    };
    let pen = &mut member(world, "mission").work;
    let took = std::thread::scope(|scope| {
        let honest = scope.spawn(|| honest(address, pen, &over, &what, findings));
        match trickle(to, &slow) {
            Ok(200) => {}
            Ok(status) => findings.fail(format!("{what}: an outbox at 2 KiB/s got {status}")),
            Err(error) => findings.fail(format!("{what}: an outbox at 2 KiB/s got no answer: {error}")),
        }
        over.store(true, Ordering::SeqCst);
        honest.join().expect("no panic")
    });
    println!("{what}: {} of {count} sent as much as they wanted", held.len());
    told(&what, took, findings);
}

/// Sends a sequence at 2 KiB each second.
fn trickle(to: SocketAddr, statements: &[u8]) -> std::io::Result<u16> {
    let mut stream = connect_from(SLOW, to)?;
    let head = format!(
        "POST /entries HTTP/1.1\r\nhost: h\r\ncontent-type: application/cbor-seq\r\ncontent-length: {}\r\n\r\n",
        statements.len()
    );
    stream.write_all(head.as_bytes())?;
    for piece in statements.chunks(512) {
        stream.write_all(piece)?;
        std::thread::sleep(Duration::from_millis(250));
    }
    Ok(answer(&mut BufReader::new(stream))?.status)
}

/// As many event streams as one sender gets, and a reader beside it.
fn streams(ledger: &Path, folder: &Path, findings: &Findings) {
    let path = |path: &Path| path.to_str().expect("a path in UTF-8").to_owned();
    let (from, copy) = (path(ledger), path(&folder.join("besieged.copy")));
    let arguments = ["explore", "--from", &from, "--copy", &copy, "--listen", "127.0.0.1:0"];
    let explorer = Process::start(&arguments, folder.join("explorer.stderr"));
    let url = format!("http://{}", explorer.address);
    let start = Instant::now();
    while !get(&url, "/api/v1/status").is_ok_and(|status| status.text().contains("\"green\"")) {
        if start.elapsed() > Duration::from_secs(60) {
            return findings.fail("streams: the explorer is not ready".into());
        }
        std::thread::sleep(PULSE);
    }
    let to: SocketAddr = explorer.address.parse().expect("an address");
    let ask = |sender| -> std::io::Result<TcpStream> {
        let mut stream = connect_from(sender, to)?;
        stream.write_all(b"GET /api/v1/events HTTP/1.1\r\nhost: h\r\n\r\n")?;
        Ok(stream)
    };
    // Every one is held, whatever it was answered.
    let held: Vec<TcpStream> = (0..STREAMS).filter_map(|_| ask(BESIEGER).ok()).collect();
    let page = get(&url, "/").map(|page| page.status);
    if !matches!(page, Ok(200)) {
        findings.fail(format!("streams: a page got {page:?} beside {STREAMS} streams of another"));
    }
    let other = ask(Ipv4Addr::LOCALHOST).map(begins_with_200);
    if !matches!(other, Ok(true)) {
        findings.fail(format!("streams: another reader's stream got {other:?}"));
    }
    let served = held.into_iter().map(begins_with_200).filter(|served| *served).count();
    println!(
        "streams: {served} of {STREAMS} were served to one sender; a page and another's stream beside them"
    );
    let (good, _) = explorer.stop();
    if !good {
        findings.fail("streams: the explorer ended badly".into());
    }
}

/// Whether the answer is a stream: its first bytes say so.
fn begins_with_200(mut stream: TcpStream) -> bool {
    use std::io::Read as _;
    let mut first = [0; 12];
    stream.read_exact(&mut first).is_ok() && &first == b"HTTP/1.1 200"
}
