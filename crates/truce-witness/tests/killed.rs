//! A witness that is killed at random moments: whatever it answered is on disk, and it starts again by itself.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cloned_ref_to_slice_refs,
    clippy::too_many_lines
)]

mod support;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use support::{ORIGIN, TestLog, open};
use tokio::net::TcpListener;
use truce_tlog::witness::origin_hash;
use truce_tlog::{Checkpoint, Note};
use truce_witness::{Witness, WitnessServer};

const FOLDER: &str = "TRUCE_TEST_WITNESS_FOLDER";
const SIZE: u64 = 3000;

/// Not a test: the witness that the test below starts, as a process of its own, and kills.
#[test]
#[ignore = "started by a_killed_witness_has_everything_that_it_answered"]
fn as_a_process_of_its_own() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let witness = Arc::new(open(std::path::Path::new(&folder), &[TestLog::new(ORIGIN, 1).vkey()]));
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("\nlistening {}", listener.local_addr().unwrap());
        WitnessServer::new(witness).run(listener, std::future::pending()).await.unwrap();
    });
}

fn size_of(witness: &Witness) -> u64 {
    witness
        .latest(&origin_hash(ORIGIN))
        .map_or(0, |note| Checkpoint::parse(Note::parse(note.as_bytes()).unwrap().text()).unwrap().size())
}

/// One request; `None` when the witness is gone.
fn post(address: SocketAddr, body: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
    let head = format!(
        "POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + body).as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
}

#[test]
fn a_killed_witness_has_everything_that_it_answered() {
    let folder = tempfile::tempdir().unwrap();
    let log = TestLog::of(SIZE);
    drop(open(folder.path(), &[log.vkey()]));
    let answered = AtomicU64::new(0);
    let mut steps = 0;
    for kill in 0..8_u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "as_a_process_of_its_own", "--ignored", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address: SocketAddr =
            lines.find_map(|line| line.ok()?.strip_prefix("listening ")?.parse().ok()).unwrap();
        let enough = AtomicU64::new(0);
        std::thread::scope(|scope| {
            for client in 1..=3 {
                let (log, answered, enough) = (&log, &answered, &enough);
                scope.spawn(move || {
                    let mut old = 0;
                    while old + client < SIZE {
                        let to = old + client;
                        match post(address, &log.request(old, to)) {
                            Some((200, _)) => {
                                answered.fetch_max(to, Ordering::SeqCst);
                                enough.fetch_add(1, Ordering::SeqCst);
                                old = to;
                            }
                            Some((409, size)) => old = size.trim().parse().unwrap(),
                            Some((status, said)) => panic!("{status} {said}"),
                            None => return,
                        }
                    }
                });
            }
            // In the midst of it, somewhere else each time.
            while enough.load(Ordering::SeqCst) < 3 + kill {
                std::thread::yield_now();
            }
            std::thread::sleep(Duration::from_micros(kill * 700));
            child.kill().unwrap();
            child.wait().unwrap();
        });
        steps += enough.load(Ordering::SeqCst);
        let witness = open(folder.path(), &[log.vkey()]);
        let (size, promised) = (size_of(&witness), answered.load(Ordering::SeqCst));
        assert!(size >= promised, "kill {kill}: {promised} was answered, {size} is on disk");
        // What it has is the log's own tree, whatever the last request was.
        witness.add_checkpoint(log.request(size, size).as_bytes()).unwrap();
    }
    assert!(steps >= 24, "only {steps} steps were cosigned");
}
