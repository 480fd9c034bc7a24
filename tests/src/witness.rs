//! A small witness (c2sp.org/tlog-witness) inside the test program, honest by default, that can be slow or dead.

use crate::world::World;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use truce_statement::id::sha256;
use truce_tlog::proof::verify_consistency;
use truce_tlog::{Cosigner, Hash, SignedCheckpoint, VKey};

/// How a witness behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Answers at once.
    Prompt,
    /// Answers after this time.
    Slow(Duration),
    /// Takes the connection and never answers.
    Dead,
}

/// A witness at work until the program ends.
pub struct Witness {
    vkey: VKey,
    url: String,
    state: Arc<State>,
}

struct State {
    cosigner: Cosigner,
    manner: Mutex<Manner>,
    /// The log it knows; set when the charter is there.
    log: Mutex<Option<VKey>>,
    /// The newest checkpoint cosigned.
    seen: Mutex<Option<SignedCheckpoint>>,
}

impl Witness {
    /// Starts witness `n`.
    ///
    /// # Panics
    /// When no port is free.
    #[must_use]
    pub fn start(n: u8, manner: Manner) -> Self {
        let cosigner = Cosigner::from_seed(&format!("witness.example/{n}"), &[n; 32]).expect("a fixed key");
        let vkey = cosigner.vkey().clone();
        let (manner, log, seen) = (Mutex::new(manner), Mutex::default(), Mutex::default());
        let state = Arc::new(State { cosigner, manner, log, seen });
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                std::thread::spawn(move || while answer(&state, &stream).unwrap_or(false) {});
            }
        });
        Self { vkey, url, state }
    }

    /// Tells it of a log.
    ///
    /// # Panics
    /// Never: no thread panics with it.
    pub fn know(&self, log: VKey) {
        *self.state.log.lock().expect("no panic") = Some(log);
    }

    /// Changes how it behaves from now on.
    ///
    /// # Panics
    /// Never: no thread panics with it.
    pub fn be(&self, manner: Manner) {
        *self.state.manner.lock().expect("no panic") = manner;
    }

    /// Loses its state, as a witness does that is restored from an old backup.
    ///
    /// # Panics
    /// Never: no thread panics with it.
    pub fn forget(&self) {
        *self.state.seen.lock().expect("no panic") = None;
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its key.
    #[must_use]
    pub fn vkey(&self) -> &VKey {
        &self.vkey
    }

    /// Size of the newest checkpoint that it has cosigned.
    ///
    /// # Panics
    /// Never: no thread panics with it.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.state.seen.lock().expect("no panic").as_ref().map_or(0, SignedCheckpoint::size)
    }
}

/// A policy of these witnesses, `k` of which make the quorum.
#[must_use]
pub fn policy(witnesses: &[Witness], k: usize) -> String {
    let mut text = String::new();
    for (n, witness) in witnesses.iter().enumerate() {
        let _ = writeln!(text, "witness w{n} {} {}", witness.vkey, witness.url);
    }
    let names: Vec<String> = (0..witnesses.len()).map(|n| format!("w{n}")).collect();
    let _ = write!(text, "group all {k} {}\nquorum all\n", names.join(" "));
    text
}

/// The agreement whose charter asks for `k` of these witnesses, each of which knows its log.
///
/// # Panics
/// Never: the charter is fixed.
#[must_use]
pub fn world(witnesses: &[Witness], k: usize) -> World {
    let world = World::with_witnesses(crate::world::ORIGIN, Some(&policy(witnesses, k)));
    let log = truce_tlog::Ed25519NoteSigner::from_seed(crate::world::ORIGIN, &world.log.seed());
    let log = truce_tlog::NoteSigner::vkey(&log.expect("a fixed key")).clone();
    for witness in witnesses {
        *witness.state.log.lock().expect("no panic") = Some(log.clone());
    }
    world
}

/// Answers one request; false when the connection is over.
fn answer(state: &State, stream: &TcpStream) -> io::Result<bool> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(false);
    }
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut headers = HashMap::new();
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let manner = *state.manner.lock().expect("no panic");
    match manner {
        Manner::Prompt => {}
        Manner::Slow(time) => std::thread::sleep(time),
        Manner::Dead => loop {
            std::thread::sleep(Duration::from_secs(3600));
        },
    }
    let (status, body) =
        if path.ends_with("/add-checkpoint") { cosign(state, &body) } else { cosigned(state, &path) };
    let kind = if status == 409 { "text/x.tlog.size" } else { "text/plain" };
    let head = format!(
        "HTTP/1.1 {status} x\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let mut stream = stream;
    stream.write_all(&[head.as_bytes(), body.as_bytes()].concat())?;
    Ok(false)
}

/// `add-checkpoint`.
fn cosign(state: &State, body: &[u8]) -> (u16, String) {
    let text = String::from_utf8_lossy(body);
    let Some((head, note)) = text.split_once("\n\n") else { return (400, String::new()) };
    let mut lines = head.lines();
    let old = lines.next().and_then(|line| line.strip_prefix("old ")?.parse::<u64>().ok());
    let Some(old) = old else { return (400, String::new()) };
    let proof: Result<Vec<Hash>, _> = lines.map(Hash::from_base64).collect();
    let Ok(proof) = proof else { return (400, String::new()) };
    let log = state.log.lock().expect("no panic").clone();
    let Some(log) = log else { return (404, String::new()) };
    let Ok(checkpoint) = SignedCheckpoint::parse(note.as_bytes(), &log, &[]) else {
        return (403, String::new());
    };
    let mut seen = state.seen.lock().expect("no panic");
    let known = seen.as_ref().map_or(0, SignedCheckpoint::size);
    if old > checkpoint.size() {
        return (400, String::new());
    }
    if old != known {
        return (409, format!("{known}\n"));
    }
    if let Some(seen) = seen.as_ref() {
        let (size, root) = (checkpoint.size(), checkpoint.root());
        if verify_consistency(seen.size(), seen.root(), size, root, &proof).is_err() {
            return (422, String::new());
        }
    }
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs());
    let line = state.cosigner.cosign(&checkpoint, now).expect("a time of today");
    *seen = Some(checkpoint);
    (200, format!("{line}\n"))
}

/// The newest checkpoint cosigned, at `<sha256 of the origin>/checkpoint`.
fn cosigned(state: &State, path: &str) -> (u16, String) {
    let origin = hex::encode(sha256(crate::world::ORIGIN.as_bytes()));
    let seen = state.seen.lock().expect("no panic");
    match seen.as_ref().filter(|_| path == format!("/{origin}/checkpoint")) {
        Some(seen) => (200, seen.to_string()),
        None => (404, String::new()),
    }
}
