//! Logs in directories, honest and not, and a small server that shows them.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc
)]

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use truce_monitor::{AlarmLimits, Monitor, MonitorOptions, Notice, Promise};
use truce_receipt::Receipt;
use truce_source::Place;
use truce_statement::entry::entry_hash;
use truce_statement::{
    AgreementId, Draft, Entry, EntryHash, SecretKey, Signed, Standing, StatementId, Subject,
};
use truce_store::{DirTiles, TileStore as _};
use truce_tlog::{
    Checkpoint, Ed25519NoteSigner, EdgeTiles, NoteSigner as _, ProofFile, SignedCheckpoint, TileHashes,
    TileReader, bundle, inclusion_proof, leaf_hash, tile,
};

pub const ORIGIN: &str = "example.org/log";
const EPOCH: i64 = 1_612_742_400;

/// A log whose depositary we are. It signs whatever it is told to.
#[derive(Clone)]
pub struct Log {
    pub entries: Vec<Vec<u8>>,
    edge: EdgeTiles,
    tiles: std::collections::BTreeMap<String, Vec<u8>>,
    agreement: AgreementId,
    last: StatementId,
    seq: u64,
    /// Milliseconds UTC.
    pub now: i64,
}

fn root_key() -> SecretKey {
    SecretKey::from_seed(&[1; 32]).unwrap()
}

pub fn working_key() -> SecretKey {
    SecretKey::from_seed(&[2; 32]).unwrap()
}

pub fn signer() -> Ed25519NoteSigner {
    Ed25519NoteSigner::from_seed(ORIGIN, &[9; 32]).unwrap()
}

fn seal(key: &SecretKey, subject: Subject, seq: u64, prev: StatementId, at: i64, draft: &str) -> Signed {
    let saying = Draft::from_json(draft).unwrap_or_else(|e| panic!("{e}: {draft}")).into_saying();
    let iat = u64::try_from(at / 1000).unwrap();
    let standing = Standing { party: "mission".parse().unwrap(), subject, seq, prev, seen: None, iat };
    Signed::seal(key, standing, saying).unwrap()
}

impl Log {
    /// Charter, accession, and signals up to `size` entries.
    pub fn of(size: usize) -> Self {
        let (root, working) = (root_key(), working_key());
        let now = EPOCH * 1000;
        let charter = format!(
            r#"{{ "kind": "charter", "body": {{ "title": "Test", "log": "{}", "parties":
                [{{ "id": "mission", "name": "Mission", "role": "mission", "root": "{}" }}] }} }}"#,
            signer().vkey(),
            root.public()
        );
        let charter = seal(&root, Subject::Origin(ORIGIN.into()), 0, StatementId::ZERO, now, &charter);
        let agreement = charter.statement().agreement();
        let accession = format!(
            r#"{{ "kind": "accession", "body": {{ "keys": [{{ "key": "{}" }}] }} }}"#,
            working.public()
        );
        let accession =
            seal(&root, Subject::Agreement(agreement), 1, charter.statement().id(), now, &accession);
        let mut log = Self {
            entries: Vec::new(),
            edge: EdgeTiles::new(),
            tiles: std::collections::BTreeMap::new(),
            agreement,
            last: StatementId::ZERO,
            seq: 0,
            now,
        };
        log.push(charter.bytes());
        log.push(accession.bytes());
        log.grow(size - 2, "");
        log
    }

    pub fn agreement(&self) -> AgreementId {
        self.agreement
    }

    /// A statement that goes next, signed by the mission.
    pub fn next(&self, title: &str) -> Signed {
        let draft = format!(
            r#"{{ "kind": "signal", "body": {{ "topic": "environmental", "title": "{title} {}", "urgency": "urgent", "known": "Two." }} }}"#,
            self.entries.len()
        );
        seal(&working_key(), Subject::Agreement(self.agreement), self.seq, self.last, self.now, &draft)
    }

    /// Takes `count` statements more.
    pub fn grow(&mut self, count: usize, title: &str) -> &mut Self {
        for _ in 0..count {
            self.now += 1000;
            let signed = self.next(title);
            self.take(&signed);
        }
        self
    }

    pub fn take(&mut self, signed: &Signed) {
        self.seq += 1;
        self.last = signed.statement().id();
        self.push(signed.bytes());
    }

    pub fn push(&mut self, statement: &[u8]) {
        let prev = self.entries.last().map_or(EntryHash::ZERO, |entry| entry_hash(entry));
        self.push_entry(Entry { prev, received: self.now, statement }.encode());
    }

    pub fn push_entry(&mut self, entry: Vec<u8>) {
        for full in self.edge.push(leaf_hash(&entry)) {
            self.tiles.insert(full.coord.to_string(), full.bytes);
        }
        self.entries.push(entry);
    }

    pub fn checkpoint(&self) -> SignedCheckpoint {
        let body = Checkpoint::new(ORIGIN, self.edge.size(), self.edge.root()).unwrap();
        SignedCheckpoint::sign(body, &signer()).unwrap()
    }

    /// The receipt of an entry.
    pub fn prove(&self, position: u64) -> ProofFile {
        let tree = TileHashes::new(self.edge.over(Full(&self.tiles)), self.edge.size());
        let path = inclusion_proof(&tree, position, self.edge.size()).unwrap();
        let entry = Entry::parse(&self.entries[usize::try_from(position).unwrap()]).unwrap();
        ProofFile::new(Some(entry.extra()), position, path, self.checkpoint().note().clone()).unwrap()
    }

    /// The same as a COSE receipt, without a checkpoint.
    pub fn receipt(&self, position: u64) -> Receipt {
        let (key, proof) = (SecretKey::from_seed(&[9; 32]).unwrap(), self.prove(position));
        let entry = Entry::parse(&self.entries[usize::try_from(position).unwrap()]).unwrap();
        let path = proof.path().to_vec();
        Receipt::issue(&key, self.agreement, &self.checkpoint(), position, path, &entry).unwrap()
    }

    pub fn leaf(&self, position: usize) -> truce_tlog::Hash {
        leaf_hash(&self.entries[position])
    }

    /// Publishes what is new, as an honest depositary does.
    pub fn publish(&self, directory: &Path) {
        let store = if directory.join("checkpoint").exists() {
            DirTiles::open(directory).unwrap()
        } else {
            DirTiles::create(directory).unwrap()
        };
        let old = fs::read_to_string(directory.join("checkpoint"))
            .map_or(0, |note| note.lines().nth(1).unwrap().parse().unwrap());
        let files = self.files(old);
        let files: Vec<(&str, &[u8])> = files.iter().map(|(p, b)| (p.as_str(), b.as_slice())).collect();
        store.put_all(&files).unwrap();
        let checkpoint = self.checkpoint();
        store.put_checkpoint(checkpoint.size(), checkpoint.note().to_string().as_bytes()).unwrap();
    }

    /// Publishes the whole over whatever is there, as a dishonest depositary may.
    pub fn overwrite(&self, directory: &Path) {
        for (path, bytes) in self.files(0) {
            write(&directory.join(path), &bytes);
        }
        write(&directory.join("checkpoint"), self.checkpoint().note().to_string().as_bytes());
    }

    fn files(&self, old: u64) -> Vec<(String, Vec<u8>)> {
        let size = self.edge.size();
        let partial: std::collections::BTreeMap<String, Vec<u8>> =
            self.edge.partial_tiles().map(|(coord, bytes)| (coord.to_string(), bytes.to_vec())).collect();
        let mut files = Vec::new();
        for coord in tile::new_bundles(old, size) {
            let first = usize::try_from(coord.first_entry().unwrap()).unwrap();
            let entries = &self.entries[first..first + usize::from(coord.width())];
            files.push((coord.to_string(), bundle::encode_bundle(entries).unwrap()));
        }
        for coord in tile::new_tiles(old, size) {
            let path = coord.to_string();
            let bytes = self.tiles.get(&path).or(partial.get(&path)).unwrap().clone();
            files.push((path, bytes));
        }
        files
    }
}

struct Full<'a>(&'a std::collections::BTreeMap<String, Vec<u8>>);

impl TileReader for Full<'_> {
    type Error = String;

    fn tile(&self, coord: truce_tlog::TileCoord) -> Result<std::borrow::Cow<'_, [u8]>, String> {
        self.0.get(&coord.to_string()).map(|bytes| bytes.as_slice().into()).ok_or(coord.to_string())
    }
}

pub fn write(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// A static web server over a directory, on a port of its own, with faults on demand.
pub struct Server {
    pub url: String,
    pub faults: Arc<Faults>,
    stop: Arc<AtomicBool>,
}

#[derive(Default)]
pub struct Faults {
    /// Every request but one in this many is cut off; 0 for none.
    pub cut: AtomicU32,
    /// So many checkpoints come without their last byte, and nothing says so.
    pub short: AtomicU32,
    /// No request is answered.
    pub down: AtomicBool,
    /// Paths with any of these in them are not found.
    pub hidden: Mutex<Vec<String>>,
    /// What is asked for.
    pub asked: Mutex<Vec<String>>,
    /// What was posted.
    pub posted: Mutex<Vec<String>>,
    requests: AtomicU32,
}

impl Server {
    pub fn over(root: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (faults, stop) = (Arc::<Faults>::default(), Arc::<AtomicBool>::default());
        let (root, shown, stopped) = (root.to_owned(), Arc::clone(&faults), Arc::clone(&stop));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::Relaxed) {
                    break;
                }
                let (root, faults) = (root.clone(), Arc::clone(&shown));
                // A client that has gone is no failure of the test.
                std::thread::spawn(move || stream.map(|stream| answer(stream, &root, &faults)));
            }
        });
        Self { url, faults, stop }
    }

    pub fn place(&self) -> Place {
        Place::of(&self.url)
    }

    pub fn hide(&self, part: &str) {
        self.faults.hidden.lock().unwrap().push(part.to_owned());
    }

    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.faults.asked.lock().unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.url.trim_start_matches("http://"));
    }
}

fn answer(mut stream: TcpStream, root: &Path, faults: &Faults) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut request = String::new();
    reader.read_line(&mut request).ok()?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    std::io::Read::read_exact(&mut reader, &mut body).ok()?;
    let mut words = request.split(' ');
    let (method, path) = (words.next()?, words.next()?.trim_start_matches('/').to_owned());
    if method == "POST" {
        faults.posted.lock().unwrap().push(String::from_utf8(body).ok()?);
        return stream.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").ok();
    }
    faults.asked.lock().unwrap().push(path.clone());
    let number = faults.requests.fetch_add(1, Ordering::Relaxed);
    let cut = faults.cut.load(Ordering::Relaxed);
    if faults.down.load(Ordering::Relaxed) {
        return None;
    }
    let hidden = faults.hidden.lock().unwrap().iter().any(|part| path.contains(part.as_str()));
    let found = if hidden { None } else { fs::read(root.join(&path)).ok() };
    let Some(mut bytes) = found else {
        return stream
            .write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            .ok();
    };
    let less = |short: u32| short.checked_sub(1);
    if path == "checkpoint" && faults.short.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok() {
        bytes.pop();
    }
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", bytes.len());
    stream.write_all(head.as_bytes()).ok()?;
    let shown = if cut > 0 && !number.is_multiple_of(cut) { &bytes[..bytes.len() / 2] } else { &bytes[..] };
    stream.write_all(shown).ok()
}

/// A monitor over some places, with a clock of the test's own.
pub struct Watched {
    pub monitor: Option<Monitor>,
    pub state: PathBuf,
    pub options: MonitorOptions,
    /// Milliseconds UTC.
    pub now: i64,
}

pub const LIMITS: AlarmLimits = AlarmLimits { max_age: 600_000, grace: 30_000, looks: 3 };

impl Watched {
    pub fn new(folder: &Path, logs: Vec<Place>) -> Self {
        Self::with(folder, logs, |_| ())
    }

    pub fn with(folder: &Path, logs: Vec<Place>, change: impl FnOnce(&mut MonitorOptions)) -> Self {
        let state = folder.join("state");
        let mut options = MonitorOptions {
            logs,
            mirrors: Vec::new(),
            witnesses: Vec::new(),
            agreement: None,
            policy: None,
            promises: Vec::<Promise>::new(),
            state: state.clone(),
            every: std::time::Duration::from_millis(20),
            limits: LIMITS,
            threads: 1,
        };
        change(&mut options);
        let monitor = Some(Monitor::open(options.clone()).unwrap());
        // A day on: entries are dated before they are looked at.
        Self { monitor, state, options, now: EPOCH * 1000 + 86_400_000 }
    }

    /// As if the process had been killed and started again.
    pub fn restart(&mut self) {
        self.monitor = None;
        self.monitor = Some(Monitor::open(self.options.clone()).unwrap());
    }

    /// A look, five seconds after the last.
    pub fn look(&mut self) -> Vec<Notice> {
        self.now += 5000;
        self.monitor.as_mut().unwrap().round(self.now).unwrap()
    }

    /// So many looks; the codes of the alarms.
    pub fn looks(&mut self, count: usize) -> Vec<String> {
        let codes = |notice| match notice {
            Notice::Alarm(alarm) => Some(alarm.code),
            _ => None,
        };
        let mut alarms: Vec<String> = (0..count).flat_map(|_| self.look()).filter_map(codes).collect();
        alarms.sort();
        alarms.dedup();
        alarms
    }

    /// The fraud proofs that were written.
    pub fn proofs(&self) -> Vec<Vec<u8>> {
        let files = fs::read_dir(self.state.join("fraud")).unwrap();
        files.map(|file| fs::read(file.unwrap().path()).unwrap()).collect()
    }

    pub fn replayed(&self) -> Vec<u64> {
        self.monitor.as_ref().unwrap().standing().places.into_iter().map(|(_, size)| size).collect()
    }
}
