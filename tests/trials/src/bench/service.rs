//! The depositary as a service, under load: `truce serve` as a process of its own, 200 submitters over HTTP on loopback in
//! this one, a tenth of what they send being duplicates, every receipt awaited and checked.
//!
//! Client and server share the machine, so the client is kept light: one runtime, keep-alive, no HTTP library.

use super::raw;
use super::statements::{self, Made};
use serde_json::{Map, Value};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use truce_log::{Ledger, SystemClock};
use truce_statement::Entry;
use truce_tests::service::Service;
use truce_tests::witness::{self, Manner, Witness};
use truce_tests::world::World;
use truce_tlog::{Hash, Note, NoteSigner as _, SignedCheckpoint, VKey, leaf_hash, verify_inclusion};

/// Submitters at the same time.
const SUBMITTERS: u32 = 200;
/// Of so many statements one is sent again.
const AGAIN: usize = 10;
/// Statements that a submitter with several waiting sends in one body: with the repeated ones, all submitters together
/// stay below the places there are.
const SEVERAL: usize = 18;

/// What was seen in one run.
struct Run {
    /// Statements acknowledged with a sound receipt, duplicates among them, each second.
    rate: f64,
    /// From sending to the receipt, milliseconds, 99th percentile.
    submit_p99_ms: f64,
    /// From sending to a final receipt, of those that asked for it.
    final_p99_ms: f64,
    /// Processor time of the server for each statement, microseconds.
    server_us: f64,
    /// Of this process.
    client_us: f64,
}

/// Measures and puts `submit_vs_verify`, `submit_p99_ms` and `final_p99_ms` into `out`.
pub(super) fn measure(folder: &Path, scale: u32, quiet: bool, out: &mut Map<String, Value>) {
    let say = |line: String| super::tell(quiet, &line);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let count = 100_000 / scale;
    say(format!("service: {SUBMITTERS} submitters over HTTP, one in {AGAIN} statements sent twice"));

    let made = statements::make(count, SUBMITTERS);
    let before = raw::rate(&made, cores);
    let single = submit(&folder.join("single"), &made, 1, &[]);
    let alone = f64::midpoint(before, raw::rate(&made, cores));
    tell(&say, "one by one", &single, alone);
    drop(made);

    let made = statements::make(count, SUBMITTERS);
    let before = raw::rate(&made, cores);
    let several = submit(&folder.join("several"), &made, SEVERAL, &[]);
    let after = raw::rate(&made, cores);
    let reference = f64::midpoint(before, after);
    tell(&say, &format!("{SEVERAL} in a body"), &several, reference);
    drop(made);

    let slow = Manner::Slow(Duration::from_secs(4));
    let manners = [slow, Manner::Prompt, Manner::Dead, Manner::Prompt, Manner::Prompt];
    let witnesses: Vec<Witness> = (1..).zip(manners).map(|(n, manner)| Witness::start(n, manner)).collect();
    let made = statements::make_in(witness::world(&witnesses, 3), count, SUBMITTERS);
    let before = raw::rate(&made, cores);
    let under_witnesses = submit(&folder.join("witnessed"), &made, SEVERAL, &witnesses);
    let after = raw::rate(&made, cores);
    tell(&say, "with one slow and one dead witness of five", &under_witnesses, f64::midpoint(before, after));
    say(format!("  final, 99th percentile    {:>10.0} ms (bar: under 3000)", under_witnesses.final_p99_ms));

    let number = super::round;
    out.insert("submit_vs_verify".into(), number(several.rate / reference));
    out.insert("submit_single_vs_verify".into(), number(single.rate / alone));
    out.insert(
        "submit_witnessed_vs_verify".into(),
        number(under_witnesses.rate / f64::midpoint(before, after)),
    );
    out.insert("submit_p99_ms".into(), number(several.submit_p99_ms.max(single.submit_p99_ms)));
    out.insert("final_p99_ms".into(), number(under_witnesses.final_p99_ms));
}

fn tell(say: &dyn Fn(String), what: &str, run: &Run, reference: f64) {
    say(format!("submitted, {what:<30} {:>10.0} /s", run.rate));
    say(format!("  ratio to raw              {:>10.3}   (bar: at least 0.5)", run.rate / reference));
    say(format!("  receipt, 99th percentile  {:>10.0} ms (bar: under 1000)", run.submit_p99_ms));
    say(format!(
        "  processor time            {:>10.1} us each in the server, {:.1} us in the submitters",
        run.server_us, run.client_us
    ));
}

/// Lets every submitter hand in its feed, `several` statements in a body, and checks that all of it is in the log.
#[allow(clippy::cast_precision_loss)]
fn submit(folder: &Path, made: &Made, several: usize, witnesses: &[Witness]) -> Run {
    found(made, folder);
    let limits = ["--key-rate", "1000000", "--address-rate", "1000000000"];
    let service = Service::start(folder, &limits);
    let log = truce_tlog::Ed25519NoteSigner::from_seed(truce_tests::world::ORIGIN, &made.world.log.seed());
    let checker = Arc::new(Checker { log: log.expect("a fixed key").vkey().clone(), last: Mutex::default() });
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let (server, client) = (service.processor_seconds(), super::cpu::seconds());
    let start = Instant::now();
    let (mut times, mut finals, mut sent) = (Vec::new(), Vec::new(), 0usize);
    runtime.block_on(async {
        let tasks: Vec<_> = made
            .feeds
            .iter()
            .cloned()
            .enumerate()
            .map(|(n, feed)| {
                let (checker, address) = (Arc::clone(&checker), service.address().to_owned());
                // A few ask for finality too, on connections of their own.
                let watches = !witnesses.is_empty() && n % 20 == 0;
                tokio::spawn(async move { submitter(feed, several, &address, &checker, watches).await })
            })
            .collect();
        for task in tasks {
            let (t, f, n) = task.await.expect("no task panicked");
            times.extend(t);
            finals.extend(f);
            sent += n;
        }
    });
    let seconds = start.elapsed().as_secs_f64();
    let (server, client) = (service.processor_seconds() - server, super::cpu::seconds() - client);
    drop(runtime);
    // Killed, not closed: what was acknowledged has to be there all the same.
    drop(service);
    assert_all_there(folder, made);
    let each = 1e6 / sent as f64;
    Run {
        rate: sent as f64 / seconds,
        submit_p99_ms: percentile(&mut times),
        final_p99_ms: percentile(&mut finals),
        server_us: server * each,
        client_us: client * each,
    }
}

/// The ledger with the charter and everything that grants a key.
fn found(made: &Made, folder: &Path) {
    let world: &World = &made.world;
    let clock = Arc::new(SystemClock);
    let (depositary, _) = truce_log::Depositary::create(folder, world.charter.bytes(), &world.log, clock)
        .expect("a new ledger");
    for accession in &made.accessions {
        depositary.submit_blocking(accession.bytes().to_vec()).expect("an accession is admitted");
    }
    depositary.close();
    let pem = world.log.to_pem(None).expect("a key in PEM form");
    truce_tests::service::write_private(&folder.join("log.pem"), pem.as_bytes()).expect("the key");
}

fn assert_all_there(folder: &Path, made: &Made) {
    let ledger = Ledger::open(folder).expect("the ledger opens");
    let expected = 1 + made.accessions.len() + made.len();
    assert_eq!(ledger.size(), expected as u64, "every statement is there once");
    for statement in made.feeds.iter().filter_map(|feed| feed.last()) {
        let id = truce_statement::StatementId::from_bytes(truce_statement::id::sha256(statement));
        assert!(ledger.find(&id).expect("the store reads").is_some(), "{id} was acknowledged and is gone");
    }
}

type Times = (Vec<f64>, Vec<f64>, usize);

/// Hands in one feed; gives the times of the receipts, of finality, and how many statements were acknowledged.
async fn submitter(
    feed: Vec<Vec<u8>>,
    several: usize,
    address: &str,
    checker: &Arc<Checker>,
    watches: bool,
) -> Times {
    let mut connection = Connection::open(address).await;
    let (mut times, mut finals, mut sent) = (Vec::new(), Vec::new(), 0);
    let mut waiting = Vec::new();
    for (n, chunk) in feed.chunks(several).enumerate() {
        // One in ten again: of a body, its first ones behind the rest.
        let mut statements: Vec<&Vec<u8>> = chunk.iter().collect();
        if several > 1 {
            statements.extend(chunk.iter().take(chunk.len().div_ceil(AGAIN)));
        }
        let alone = several == 1;
        let start = Instant::now();
        let repeats = if alone && n % AGAIN == 0 { 2 } else { 1 };
        for _ in 0..repeats {
            let start = Instant::now();
            if alone {
                connection.send("/entries", "application/cose", &statements).await;
                let proof = connection.answer(&[200, 201]).await;
                checker.check(statements[0], proof);
            } else {
                connection.send("/entries?receipts=tlog-proof", "application/cbor-seq", &statements).await;
                let answer: Results = serde_json::from_slice(connection.answer(&[200]).await).expect("JSON");
                assert_eq!(answer.results.len(), statements.len());
                for (statement, result) in statements.iter().zip(&answer.results) {
                    checker.check(statement, result.receipt.as_bytes());
                }
            }
            times.push(start.elapsed().as_secs_f64() * 1e3);
            sent += statements.len();
        }
        if watches && n % 4 == 0 {
            let (statement, address) = (chunk[0].clone(), address.to_owned());
            waiting.push(tokio::spawn(async move {
                let mut connection = Connection::open(&address).await;
                connection.send("/entries?until=final", "application/cose", &[&statement]).await;
                connection.answer(&[200]).await;
                start.elapsed().as_secs_f64() * 1e3
            }));
        }
    }
    for watcher in waiting {
        finals.push(watcher.await.expect("no task panicked"));
    }
    (times, finals, sent)
}

#[derive(serde::Deserialize)]
struct Results {
    results: Vec<One>,
}

#[derive(serde::Deserialize)]
struct One {
    /// Without it, the statement was not recorded.
    receipt: String,
}

/// Checks receipts. A checkpoint that was verified is known again by its bytes, as any client would.
struct Checker {
    log: VKey,
    last: Mutex<Vec<(Vec<u8>, Arc<SignedCheckpoint>)>>,
}

impl Checker {
    fn check(&self, statement: &[u8], proof: &[u8]) {
        let text = std::str::from_utf8(proof).expect("text");
        let (head, note) = text.split_once("\n\n").expect("a proof and a checkpoint");
        let checkpoint = self.checkpoint(note.as_bytes());
        let mut lines = head.lines().skip(1);
        let extra = lines.next().and_then(|line| line.strip_prefix("extra ")).expect("extra");
        let index = lines.next().and_then(|line| line.strip_prefix("index ")?.parse().ok()).expect("index");
        let path: Vec<Hash> = lines.map(|line| Hash::from_base64(line).expect("a hash")).collect();
        let extra =
            base64::Engine::decode(&base64::engine::general_purpose::STANDARD, extra).expect("base64");
        let entry = Entry::from_extra(&extra, statement).expect("an entry");
        let leaf = leaf_hash(&entry.encode());
        verify_inclusion(index, checkpoint.size(), &leaf, &path, checkpoint.root()).expect("a sound proof");
    }

    fn checkpoint(&self, note: &[u8]) -> Arc<SignedCheckpoint> {
        let known = |last: &[(Vec<u8>, Arc<SignedCheckpoint>)]| {
            last.iter().rev().find(|(bytes, _)| bytes == note).map(|(_, checkpoint)| Arc::clone(checkpoint))
        };
        if let Some(known) = known(&self.last.lock().expect("no panic")) {
            return known;
        }
        let parsed = Note::parse(note).expect("a note");
        let checkpoint =
            Arc::new(SignedCheckpoint::open(&parsed, &self.log, &[]).expect("signed by the log"));
        let mut last = self.last.lock().expect("no panic");
        last.push((note.to_vec(), Arc::clone(&checkpoint)));
        if last.len() > 64 {
            last.remove(0);
        }
        checkpoint
    }
}

/// One connection that is kept: HTTP/1.1 with lengths, which is all that the service needs here.
struct Connection {
    stream: BufReader<TcpStream>,
    out: Vec<u8>,
    line: String,
    body: Vec<u8>,
}

impl Connection {
    async fn open(address: &str) -> Self {
        let stream = TcpStream::connect(address).await.expect("a connection");
        stream.set_nodelay(true).expect("a socket");
        let stream = BufReader::with_capacity(1 << 16, stream);
        Self { stream, out: Vec::new(), line: String::new(), body: Vec::new() }
    }

    async fn send(&mut self, path: &str, kind: &str, statements: &[&Vec<u8>]) {
        let length: usize = statements.iter().map(|s| s.len()).sum();
        self.out.clear();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: bench\r\ncontent-type: {kind}\r\naccept: text/x.tlog.proof, \
             application/json\r\ncontent-length: {length}\r\n\r\n"
        );
        self.out.extend_from_slice(head.as_bytes());
        for statement in statements {
            self.out.extend_from_slice(statement);
        }
        self.stream.get_mut().write_all(&self.out).await.expect("the service reads");
    }

    async fn answer(&mut self, expected: &[u16]) -> &[u8] {
        self.next_line().await;
        let status: u16 = self.line.split(' ').nth(1).and_then(|s| s.parse().ok()).expect("a status");
        let mut length = 0;
        loop {
            self.next_line().await;
            if self.line.is_empty() {
                break;
            }
            if let Some(value) = self.line.strip_prefix("content-length: ") {
                length = value.parse().expect("a length");
            }
        }
        self.body.resize(length, 0);
        self.stream.read_exact(&mut self.body).await.expect("the whole answer");
        let text = || String::from_utf8_lossy(&self.body);
        assert!(expected.contains(&status), "{status}: {}", text());
        &self.body
    }

    async fn next_line(&mut self) {
        self.line.clear();
        assert!(self.stream.read_line(&mut self.line).await.expect("an answer") > 0, "the connection ended");
        self.line.truncate(self.line.trim_end().len());
    }
}

fn percentile(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len().saturating_sub(1) * 99 / 100).copied().unwrap_or(0.0)
}
