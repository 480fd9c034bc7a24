//! A depositary over HTTP/1.1 on loopback. Its log is real: admission by `truce-register`, tree, signatures and
//! cosignatures by `truce-tlog`, entries in the memory engine of `truce-store`. On demand it lies.

use super::{charter, log_key, witness};
use std::borrow::Cow;
use std::collections::HashMap;
use std::convert::Infallible;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use truce_register::{Misfit, Recall, Register};
use truce_statement::entry::entry_hash;
use truce_statement::{Code, Entry, EntryHash, KeyId, Refusal, RootHash, Statement, StatementId};
use truce_store::{Batch, BatchId, Changes, IndexRead as _, LogRead as _, LogStore as _, MemoryStore, Space};
use truce_tlog::{
    Checkpoint, Ed25519NoteSigner, EdgeTiles, Hash, ProofFile, SignedCheckpoint, TileCoord, TileHashes,
    TileReader, inclusion_proof, leaf_hash,
};

/// What the depositary does that it should not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lie {
    None,
    /// A path with one hash changed.
    WrongProof,
    /// A checkpoint of a log of its own.
    OtherLog,
    /// The right origin, signed by another key.
    OtherKey,
    /// The receipt of the entry before.
    OtherStatement,
    /// Says final, with one cosignature of two.
    ClaimsFinal,
    /// A receipt of 50 MiB.
    Gigantic,
    /// A receipt that goes on and on, a byte now and then.
    Endless,
    /// Text that is no proof.
    Nonsense,
    /// Denies to have what it gave a receipt for.
    Denies,
    /// Signs another tree of the same size.
    Forks,
    /// Gives a receipt for another position, in a tree that it signs as well.
    Moves,
    /// A captive portal's page.
    Portal,
    /// Acknowledges, records nothing.
    Drops,
    /// Says 503 with `Retry-After`.
    Busy(u64),
    /// Answers a sequence with results for other statements.
    OtherResults,
    /// Takes no sequences.
    OneByOne,
    /// Refuses everything.
    Refuses,
}

struct Facts<'a>(&'a MemoryStore, &'a [RootHash]);

impl Recall for Facts<'_> {
    type Error = Infallible;

    fn fact(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self.0.get(Space::Facts, key).unwrap())
    }

    fn root_at(&self, size: u64) -> Result<Option<RootHash>, Infallible> {
        Ok(usize::try_from(size).ok().and_then(|n| self.1.get(n.checked_sub(1)?)).copied())
    }
}

/// The log.
pub struct Log {
    register: Register,
    store: MemoryStore,
    edge: EdgeTiles,
    tiles: HashMap<String, Vec<u8>>,
    roots: Vec<RootHash>,
    positions: HashMap<StatementId, u64>,
    pub lie: Lie,
    /// How many witnesses cosign.
    pub cosigners: u8,
    /// Answers that are pending before each receipt.
    pub pending: u32,
    asked: HashMap<StatementId, u32>,
    /// Every statement that arrived in a body, in order, with what became of it.
    pub arrivals: Vec<(StatementId, Option<Code>)>,
    /// Requests answered, by method and first part of the path.
    pub requests: Vec<String>,
}

struct Tiles<'a>(&'a HashMap<String, Vec<u8>>);

impl TileReader for Tiles<'_> {
    type Error = Infallible;

    fn tile(&self, coord: TileCoord) -> Result<Cow<'_, [u8]>, Infallible> {
        Ok(Cow::Borrowed(&self.0[&coord.full().to_string()]))
    }
}

impl Log {
    pub fn new() -> Self {
        let mut log = Self {
            register: Register::new(),
            store: MemoryStore::new(),
            edge: EdgeTiles::new(),
            tiles: HashMap::new(),
            roots: Vec::new(),
            positions: HashMap::new(),
            lie: Lie::None,
            cosigners: 3,
            pending: 0,
            asked: HashMap::new(),
            arrivals: Vec::new(),
            requests: Vec::new(),
        };
        log.append(charter().bytes()).unwrap();
        log
    }

    /// Admits and records a statement; whether it was there before.
    pub fn append(&mut self, bytes: &[u8]) -> Result<bool, Refusal> {
        let statement = Statement::parse(bytes)?;
        let id = statement.id();
        if self.positions.contains_key(&id) {
            return Ok(true);
        }
        let key = self.register.key_of(&statement)?.clone();
        let signed = statement.verify_named(&key)?;
        let size = self.edge.size();
        let received = i64::try_from(super::NOW_S * 1000 + size * 7).unwrap();
        let prev = if size == 0 { EntryHash::ZERO } else { self.register.head() };
        let entry = Entry { prev, received, statement: bytes }.encode();
        let step = match self.register.step(&signed, received, &Facts(&self.store, &self.roots)) {
            Ok(step) => step,
            Err(Misfit::Refused(refusal)) => return Err(refusal),
            Err(other) => panic!("{other}"),
        };
        let mut derived = Changes::new();
        for fact in step.facts() {
            derived.put(Space::Facts, &fact.key, &fact.value);
        }
        let batch =
            Batch { id: BatchId(*entry_hash(&entry).as_bytes()), entries: vec![entry.clone()], derived };
        self.store.append(size, &batch).unwrap();
        self.register.apply(&step, entry_hash(&entry));
        for full in self.edge.push(leaf_hash(&entry)) {
            self.tiles.insert(full.coord.to_string(), full.bytes);
        }
        self.roots.push(RootHash::from_bytes(*self.edge.root().as_bytes()));
        self.positions.insert(id, size);
        Ok(false)
    }

    /// The statements of the log, without the charter.
    pub fn statements(&self) -> Vec<StatementId> {
        let mut all: Vec<_> = self.positions.iter().map(|(id, position)| (*position, *id)).collect();
        all.sort_unstable();
        all.into_iter().skip(1).map(|(_, id)| id).collect()
    }

    /// A receipt as text.
    pub fn receipt(&self, id: &StatementId) -> (String, bool) {
        let mut position = self.positions[id];
        if self.lie == Lie::OtherStatement {
            position -= 1;
        }
        let size = self.edge.size();
        let bytes = self.store.entry(position).unwrap().unwrap();
        let entry = Entry::parse(&bytes).unwrap();
        let mut path =
            inclusion_proof(&TileHashes::new(self.edge.over(Tiles(&self.tiles)), size), position, size)
                .unwrap();
        if self.lie == Lie::WrongProof {
            path[0] = Hash::from_bytes([7; 32]);
        }
        let (mut root, mut index, mut tree) = (self.edge.root(), position, size);
        let mut extra = entry.extra();
        match self.lie {
            Lie::Forks => {
                // The same entry among others.
                tree = size;
                path = vec![Hash::from_bytes([3; 32]); path.len()];
                root = lead(index, tree, &leaf_hash(&bytes), &path);
            }
            Lie::Moves => {
                let moved = Entry { received: entry.received + 1, ..entry };
                extra = moved.extra();
                (index, tree) = (position + 1, size + 50);
                path = vec![Hash::from_bytes([4; 32]); path_length(index, tree)];
                root = lead(index, tree, &leaf_hash(&moved.encode()), &path);
            }
            _ => {}
        }
        let signer = match self.lie {
            Lie::OtherLog => Ed25519NoteSigner::from_seed("example.org/other", &[102; 32]).unwrap(),
            Lie::OtherKey => Ed25519NoteSigner::from_seed(super::ORIGIN, &[103; 32]).unwrap(),
            _ => log_key(),
        };
        let origin = if self.lie == Lie::OtherLog { "example.org/other" } else { super::ORIGIN };
        let mut checkpoint =
            SignedCheckpoint::sign(Checkpoint::new(origin, tree, root).unwrap(), &signer).unwrap();
        let cosigners = if self.lie == Lie::ClaimsFinal { 1 } else { self.cosigners };
        for n in 0..cosigners {
            let witness = witness(n);
            let line = witness.cosign(&checkpoint, super::NOW_S).unwrap();
            checkpoint.add_cosignature(line, witness.vkey()).unwrap();
        }
        let is_final = cosigners >= 2;
        let file = ProofFile::new(Some(extra), index, path, checkpoint.note().clone()).unwrap();
        (file.to_string(), is_final || self.lie == Lie::ClaimsFinal)
    }
}

/// How many hashes a path has (RFC 9162, section 2.1.3.2): one for each level on which there is a sibling.
fn path_length(index: u64, size: u64) -> usize {
    let (mut node, mut last, mut length) = (index, size - 1, 0);
    while last > 0 {
        if node & 1 == 1 || node < last {
            length += 1;
        }
        node >>= 1;
        last >>= 1;
    }
    length
}

/// The root that a path leads to.
fn lead(index: u64, size: u64, leaf: &Hash, path: &[Hash]) -> Hash {
    let (mut node, mut last, mut hash) = (index, size - 1, *leaf);
    let mut path = path.iter();
    while last > 0 {
        if node & 1 == 1 {
            hash = truce_tlog::node_hash(path.next().unwrap(), &hash);
        } else if node < last {
            hash = truce_tlog::node_hash(&hash, path.next().unwrap());
        }
        node >>= 1;
        last >>= 1;
    }
    hash
}

/// A depositary that listens.
pub struct Depositary {
    pub address: SocketAddr,
    pub log: Arc<Mutex<Log>>,
    stop: Arc<AtomicBool>,
}

impl Depositary {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let log = Arc::new(Mutex::new(Log::new()));
        let stop = Arc::new(AtomicBool::new(false));
        let (for_all, stopped) = (Arc::clone(&log), Arc::clone(&stop));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let (Ok(stream), log) = (stream, Arc::clone(&for_all)) else { continue };
                std::thread::spawn(move || serve(stream, &log));
            }
        });
        Self { address, log, stop }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn lie(&self, lie: Lie) {
        self.log.lock().unwrap().lie = lie;
    }
}

impl Drop for Depositary {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address);
    }
}

struct Request {
    method: String,
    path: String,
    headers: HashMap<String, String>,
    body: Vec<u8>,
}

fn read_request(stream: &mut TcpStream) -> Option<Request> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 || head.len() > 65_536 {
            return None;
        }
        head.push(byte[0]);
    }
    let text = String::from_utf8(head).ok()?;
    let mut lines = text.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, path) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: HashMap<_, _> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length = headers.get("content-length").map_or(Some(0), |n| n.parse().ok())?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some(Request { method, path, headers, body })
}

fn serve(mut stream: TcpStream, log: &Mutex<Log>) {
    let _ = stream.set_nodelay(true);
    while let Some(request) = read_request(&mut stream) {
        let lie = log.lock().unwrap().lie;
        let is_receipt = request.path.starts_with("/entries");
        if is_receipt && lie == Lie::Gigantic {
            let head =
                "HTTP/1.1 200 OK\r\nContent-Type: text/x.tlog.proof\r\nContent-Length: 52428800\r\n\r\n";
            let _ = stream.write_all(head.as_bytes());
            let much = vec![b'x'; 65_536];
            while stream.write_all(&much).is_ok() {}
            return;
        }
        if is_receipt && lie == Lie::Endless {
            let head =
                "HTTP/1.1 200 OK\r\nContent-Type: text/x.tlog.proof\r\nTransfer-Encoding: chunked\r\n\r\n";
            let _ = stream.write_all(head.as_bytes());
            while stream.write_all(b"1\r\nx\r\n").is_ok() {
                std::thread::sleep(Duration::from_millis(5));
            }
            return;
        }
        let answer = log.lock().unwrap().answer(&request);
        if stream.write_all(&answer).is_err() {
            return;
        }
    }
}

fn http(status: &str, kind: &str, headers: &[(&str, String)], body: &[u8]) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    head.push_str("\r\n");
    [head.as_bytes(), body].concat()
}

fn problem(refusal: &Refusal) -> serde_json::Value {
    serde_json::json!({
        "type": format!("urn:truce:refusal:{}", refusal.code), "title": refusal.code.sentence(), "status": 409,
        "detail": refusal.detail, "code": refusal.code.as_str(), "place": refusal.at, "remedy": refusal.code.remedy(),
    })
}

fn refused(refusal: &Refusal) -> Vec<u8> {
    let status = match refusal.code {
        Code::FeedGap | Code::FeedFork => "409 Conflict",
        _ => "422 Unprocessable Content",
    };
    http(status, "application/problem+json", &[], problem(refusal).to_string().as_bytes())
}

/// The statements of a CBOR sequence.
fn items(mut body: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    while !body.is_empty() {
        // A statement is tag 18 and an array of four: protected, {}, payload, signature.
        let length = (1..=body.len())
            .find(|n| Statement::parse(&body[..*n]).is_ok())
            .expect("the sequence holds statements");
        found.push(body[..length].to_vec());
        body = &body[length..];
    }
    found
}

impl Log {
    fn answer(&mut self, request: &Request) -> Vec<u8> {
        let path = request.path.split('?').next().unwrap_or_default().to_owned();
        let part = path.split('/').nth(1).unwrap_or_default().to_owned();
        self.requests.push(format!("{} {part}", request.method));
        match self.lie {
            Lie::Portal => return http("200 OK", "text/html", &[], b"<h1>Welcome to our hotel</h1>"),
            Lie::Busy(seconds) => {
                return http("503 Busy", "text/plain", &[("Retry-After", seconds.to_string())], b"");
            }
            _ => {}
        }
        if request.method == "POST" && path == "/entries" {
            return self.post(request);
        }
        if let Some(id) = path.strip_prefix("/entries/") {
            let id: StatementId = id.parse().unwrap();
            let until_final = request.path.ends_with("?until=final");
            return self.entry(&id, until_final);
        }
        if let Some(key) = path.strip_prefix("/feeds/") {
            let key: KeyId = key.parse().unwrap();
            return match self.register.key(&key) {
                Some(known) => {
                    let last = (known.next_seq > 0).then_some(known.last);
                    let place = serde_json::json!({ "key": key, "next_seq": known.next_seq, "last": last });
                    http("200 OK", "application/json", &[], place.to_string().as_bytes())
                }
                None => http("404 Not Found", "application/problem+json", &[], b"{\"code\":\"unknown-key\"}"),
            };
        }
        http("404 Not Found", "text/plain", &[], b"")
    }

    fn post(&mut self, request: &Request) -> Vec<u8> {
        let sequence = request.headers.get("content-type").is_some_and(|t| t == "application/cbor-seq");
        if sequence && self.lie == Lie::OneByOne {
            let problem = b"{\"code\":\"unsupported-media-type\"}";
            return http("415 Unsupported Media Type", "application/problem+json", &[], problem);
        }
        if !sequence {
            let id = super::id(&request.body);
            return match self.take(&request.body) {
                Ok(_) if self.lie == Lie::Drops => {
                    http("202 Accepted", "text/plain", &[("Location", format!("/entries/{id}"))], b"")
                }
                Ok(_) => self.entry(&id, false),
                Err(refusal) => refused(&refusal),
            };
        }
        let results: Vec<_> = items(&request.body)
            .iter()
            .map(|bytes| {
                let id = super::id(bytes);
                match self.take(bytes) {
                    _ if self.lie == Lie::OtherResults => {
                        serde_json::json!({ "statement": StatementId::ZERO, "outcome": "recorded" })
                    }
                    Ok(again) => {
                        let outcome = if again { "duplicate" } else { "recorded" };
                        serde_json::json!({ "statement": id, "outcome": outcome, "position": 1, "received_ms": 1 })
                    }
                    Err(refusal) => {
                        serde_json::json!({ "statement": id, "outcome": "refused", "problem": problem(&refusal) })
                    }
                }
            })
            .collect();
        http(
            "200 OK",
            "application/json",
            &[],
            serde_json::json!({ "results": results }).to_string().as_bytes(),
        )
    }

    fn take(&mut self, bytes: &[u8]) -> Result<bool, Refusal> {
        let taken = match self.lie {
            Lie::Drops => Ok(false),
            Lie::Refuses => Err(Refusal::new(Code::NotAuthorised, "header.kid", "\u{1b}[2J made up")),
            _ => self.append(bytes),
        };
        self.arrivals.push((super::id(bytes), taken.as_ref().err().map(|refusal| refusal.code)));
        taken
    }

    fn entry(&mut self, id: &StatementId, until_final: bool) -> Vec<u8> {
        if !self.positions.contains_key(id) || self.lie == Lie::Denies {
            return http("404 Not Found", "application/problem+json", &[], b"{\"code\":\"not-found\"}");
        }
        if self.lie == Lie::Nonsense {
            return http("200 OK", "text/x.tlog.proof", &[], b"c2sp.org/tlog-proof@v1\nindex 1\n");
        }
        let asked = self.asked.entry(*id).or_default();
        *asked += 1;
        if *asked <= self.pending {
            return http("302 Found", "text/plain", &[("Location", format!("/entries/{id}"))], b"");
        }
        let (receipt, says_final) = self.receipt(id);
        if until_final && !says_final {
            return http("202 Accepted", "text/plain", &[("Retry-After", "0".to_owned())], b"");
        }
        let state = if says_final { "final" } else { "accepted" };
        http("200 OK", "text/x.tlog.proof", &[("Truce-State", state.to_owned())], receipt.as_bytes())
    }
}
