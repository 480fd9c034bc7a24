//! A log in memory that can fork, a witness in a temporary folder, a server around it, and HTTP in bytes.
#![allow(dead_code, clippy::unwrap_used, clippy::indexing_slicing)]

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use truce_tlog::{
    AddCheckpoint, Checkpoint, Cosigner, Ed25519NoteSigner, Hash, HashSource, KeySchedule, KeyTurn,
    NoteSigner as _, SignedCheckpoint, VKey, consistency_proof, leaf_hash, node_hash, tree_root,
};
use truce_witness::{Clock, Transport, Witness, WitnessClient, WitnessServer};

pub(crate) const ORIGIN: &str = "log.example/ceasefire";
pub(crate) const NAME: &str = "witness.example/w1";
pub(crate) const NOW: u64 = 1_790_000_000;

/// Seconds as a clock shows them, in milliseconds.
pub(crate) fn in_ms(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap() * 1000
}

/// A log in memory: entries are numbers.
#[derive(Clone)]
pub(crate) struct TestLog {
    origin: String,
    seed: u8,
    leaves: Vec<Hash>,
}

struct Leaves<'a>(&'a [Hash]);

impl HashSource for Leaves<'_> {
    type Error = ();

    fn node(&self, level: u8, index: u64) -> Result<Hash, ()> {
        if level == 0 {
            return self.0.get(usize::try_from(index).unwrap()).copied().ok_or(());
        }
        Ok(node_hash(&self.node(level - 1, 2 * index)?, &self.node(level - 1, 2 * index + 1)?))
    }
}

impl TestLog {
    pub(crate) fn new(origin: &str, seed: u8) -> Self {
        Self { origin: origin.to_owned(), seed, leaves: Vec::new() }
    }

    pub(crate) fn of(size: u64) -> Self {
        let mut log = Self::new(ORIGIN, 1);
        log.grow(size, 0);
        log
    }

    /// Appends up to `size` leaves; another `branch` makes other leaves.
    pub(crate) fn grow(&mut self, size: u64, branch: u8) {
        for n in self.leaves.len() as u64..size {
            self.leaves.push(leaf_hash(&[&n.to_be_bytes()[..], &[branch]].concat()));
        }
    }

    /// The same log up to `keep`, and other leaves from there to `size`.
    pub(crate) fn fork(&self, keep: u64, size: u64, branch: u8) -> Self {
        let mut fork = self.clone();
        fork.leaves.truncate(usize::try_from(keep).unwrap());
        fork.grow(size, branch);
        fork
    }

    pub(crate) fn signer(&self) -> Ed25519NoteSigner {
        Ed25519NoteSigner::from_seed(&self.origin, &[self.seed; 32]).unwrap()
    }

    pub(crate) fn vkey(&self) -> VKey {
        self.signer().vkey().clone()
    }

    pub(crate) fn root(&self, size: u64) -> Hash {
        tree_root(&Leaves(&self.leaves), size).unwrap()
    }

    pub(crate) fn checkpoint(&self, size: u64) -> SignedCheckpoint {
        let checkpoint = Checkpoint::new(&self.origin, size, self.root(size)).unwrap();
        SignedCheckpoint::sign(checkpoint, &self.signer()).unwrap()
    }

    pub(crate) fn proof(&self, from: u64, to: u64) -> Vec<Hash> {
        consistency_proof(&Leaves(&self.leaves), from, to).unwrap()
    }

    pub(crate) fn request(&self, from: u64, to: u64) -> String {
        AddCheckpoint::new(from, self.proof(from, to), &self.checkpoint(to)).unwrap().to_string()
    }
}

pub(crate) fn cosigner(seed: u8) -> Cosigner {
    Cosigner::from_seed(NAME, &[seed; 32]).unwrap()
}

/// A witness of key 2 in `folder`, made on the first call.
pub(crate) fn open(folder: &Path, logs: &[VKey]) -> Witness {
    if !folder.join("witness").exists() {
        Witness::create(folder, cosigner(2).vkey()).unwrap();
    }
    Witness::open(folder, cosigner(2), schedules(logs), || in_ms(NOW)).unwrap()
}

/// The keys by their logs, each for every size.
pub(crate) fn schedules(keys: &[VKey]) -> Vec<KeySchedule> {
    let mut logs: Vec<Vec<KeyTurn>> = Vec::new();
    for key in keys {
        let turn = KeyTurn { key: key.clone(), from: 0, until: None };
        match logs.iter_mut().find(|turns| turns[0].key.name() == key.name()) {
            Some(turns) => turns.push(turn),
            None => logs.push(vec![turn]),
        }
    }
    logs.into_iter().map(KeySchedule::of_turns).collect()
}

/// A witness behind HTTP on the loopback, in a folder that goes with it.
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    pub(crate) vkey: VKey,
    stop: Option<oneshot::Sender<()>>,
    pub(crate) task: Option<JoinHandle<std::io::Result<()>>>,
    folder: tempfile::TempDir,
}

impl Served {
    pub(crate) async fn start(name: &str, seed: u8, logs: &[VKey]) -> Self {
        Self::start_with(name, seed, logs, || in_ms(NOW), |_| {}).await
    }

    /// As `start`, with a clock, and limits that `shape` changes.
    pub(crate) async fn start_with(
        name: &str,
        seed: u8,
        logs: &[VKey],
        clock: impl Clock + 'static,
        shape: impl FnOnce(&mut WitnessServer),
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let cosigner = Cosigner::from_seed(name, &[seed; 32]).unwrap();
        let vkey = cosigner.vkey().clone();
        Witness::create(folder.path(), &vkey).unwrap();
        let witness = Arc::new(Witness::open(folder.path(), cosigner, schedules(logs), clock).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let mut server = WitnessServer::new(witness);
        shape(&mut server);
        let task = tokio::spawn(server.run(listener, async move {
            let _ = stopped.await;
        }));
        Self { address, vkey, stop: Some(stop), task: Some(task), folder }
    }

    pub(crate) async fn plain(log: &TestLog) -> Self {
        Self::start(NAME, 2, &[log.vkey()]).await
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn client(&self) -> WitnessClient {
        let transport = Transport::new().unwrap();
        WitnessClient::new("w1", self.vkey.clone(), &self.url(), Duration::from_secs(20), transport).unwrap()
    }

    /// Stops the server and waits for its end.
    pub(crate) async fn stop(&mut self) -> std::io::Result<()> {
        drop(self.stop.take());
        self.task.take().unwrap().await.unwrap()
    }

    /// Sends `body` to add-checkpoint and reads the answer.
    pub(crate) async fn post(&self, body: impl Into<Vec<u8>>) -> Answer {
        let body = body.into();
        let head = format!(
            "POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        self.raw([head.into_bytes(), body].concat()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.raw(format!("GET {path} HTTP/1.1\r\nHost: w\r\nConnection: close\r\n\r\n")).await
    }

    pub(crate) async fn raw(&self, bytes: impl Into<Vec<u8>>) -> Answer {
        let (address, bytes) = (self.address, bytes.into());
        tokio::task::spawn_blocking(move || exchange(address, &bytes)).await.unwrap()
    }
}

/// An answer in bytes.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

fn exchange(address: SocketAddr, bytes: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    // The server may answer, and close, before it has read everything.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let text = String::from_utf8(answer).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Answer { status, head: head.to_lowercase(), body: body.to_owned() }
}
