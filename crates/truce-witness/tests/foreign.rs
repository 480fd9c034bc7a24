//! Witnesses and logs that are not ours, on both sides of the protocol.
//!
//! The log kept by `tlog_tiles` and `signed_note` is always cosigned. The witnesses `mosskeys-witness` (crates.io) and
//! `aics-witness` (Python) have to be installed; docs/spec/witness.md says how, and the ignored tests use them.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cloned_ref_to_slice_refs,
    clippy::too_many_lines
)]

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};
use signed_note::{StandardSigner, StandardVerifier, Verifier, VerifierList};
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use support::{NAME, ORIGIN, Served, TestLog};
use tlog_tiles::HashReader;
use truce_tlog::{Policy, SignedCheckpoint, VKey};
use truce_witness::{AskError, Transport, WitnessClient};

/// A log kept by `tlog_tiles`.
#[derive(Default)]
struct StoredHashes(Vec<tlog_tiles::Hash>);

impl HashReader for StoredHashes {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        Ok(indexes.iter().map(|n| self.0[usize::try_from(*n).unwrap()]).collect())
    }
}

impl StoredHashes {
    fn of(size: u64) -> Self {
        let mut stored = Self::default();
        for n in 0..size {
            let more = tlog_tiles::stored_hashes(n, format!("entry {n}").as_bytes(), &stored).unwrap();
            stored.0.extend(more);
        }
        stored
    }

    /// The add-checkpoint request, put together from what the two crates make and nothing of ours.
    fn request(&self, from: u64, to: u64, signer: &StandardSigner) -> (String, String) {
        let root = tlog_tiles::tree_hash(to, self).unwrap();
        let text = format!("{ORIGIN}\n{to}\n{}\n", STANDARD.encode(root.0));
        let mut note = signed_note::Note::new(text.as_bytes(), &[]).unwrap();
        note.add_sigs(&[signer]).unwrap();
        let note = String::from_utf8(note.to_bytes()).unwrap();
        let proof = if from == 0 || from == to {
            Vec::new()
        } else {
            tlog_tiles::prove_tree(to, from, self).unwrap()
        };
        let lines: String = proof.iter().map(|hash| STANDARD.encode(hash.0) + "\n").collect();
        (format!("old {from}\n{lines}\n{note}"), note)
    }
}

/// Cosignatures of type 0x04 for `signed_note`, written from the specification.
struct CosignatureV1 {
    name: String,
    id: u32,
    key: VerifyingKey,
}

impl Verifier for CosignatureV1 {
    fn name(&self) -> &str {
        &self.name
    }

    fn key_id(&self) -> u32 {
        self.id
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        let time = u64::from_be_bytes(signature[..8].try_into().unwrap());
        let signed = [format!("cosignature/v1\ntime {time}\n").as_bytes(), message].concat();
        let signature = Signature::from_slice(&signature[8..]).unwrap();
        self.key.verify_strict(&signed, &signature).is_ok()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_kept_by_tlog_tiles_and_signed_note_is_cosigned() {
    let seed = [1; 32];
    let vkey = TestLog::new(ORIGIN, 1).vkey();
    let secret = [&[0x01][..], &seed].concat();
    let skey = format!("PRIVATE+KEY+{ORIGIN}+{:08x}+{}", vkey.id(), STANDARD.encode(secret));
    let signer = StandardSigner::new(&skey).unwrap();
    let log = StoredHashes::of(600);
    let served = Served::start(NAME, 2, std::slice::from_ref(&vkey)).await;
    let witness = CosignatureV1 {
        name: served.vkey.name().to_owned(),
        id: served.vkey.id(),
        key: VerifyingKey::from_bytes(served.vkey.public_key()).unwrap(),
    };
    let known = VerifierList::new(vec![
        Box::new(StandardVerifier::new(&vkey.to_string()).unwrap()),
        Box::new(witness),
    ]);
    let mut from = 0;
    for to in [1, 2, 3, 8, 9, 255, 256, 257, 512, 600, 600] {
        let (request, note) = log.request(from, to, &signer);
        let answer = served.post(request).await;
        assert_eq!(answer.status, 200, "{from} to {to}: {answer:?}");
        let cosigned = signed_note::Note::from_bytes(format!("{note}{}", answer.body).as_bytes()).unwrap();
        assert_eq!(cosigned.verify(&known).unwrap().0.len(), 2, "{from} to {to}");
        from = to;
    }
}

/// A process that ends with this value.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_address() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn serve_until_dropped(command: &mut Command, address: SocketAddr) -> Process {
    let process = Process(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    for _ in 0..300 {
        if std::net::TcpStream::connect(address).is_ok() {
            return process;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("{command:?} does not listen");
}

/// The first Ed25519 cosigner key in a text.
fn vkey_in(text: &str) -> VKey {
    text.split_whitespace().find_map(|word| word.parse().ok()).unwrap()
}

fn mosskeys() -> PathBuf {
    std::env::var_os("TRUCE_MOSSKEYS_WITNESS").map_or_else(|| "mosskeys-witness".into(), PathBuf::from)
}

fn aics() -> PathBuf {
    std::env::var_os("TRUCE_AICS_PYTHON").map_or_else(|| "python3".into(), PathBuf::from)
}

fn start_mosskeys(folder: &Path, log: &VKey) -> (Process, SocketAddr, VKey) {
    let keys = folder.join("keys");
    let made = run(Command::new(mosskeys())
        .args(["keygen", "--name", "witness.example/mosskeys", "--out-dir"])
        .arg(&keys));
    let address = free_address();
    let config = folder.join("witness.toml");
    let text = format!(
        "name = \"witness.example/mosskeys\"\nlisten = \"{address}\"\nstate_file = \"{0}/state.jsonl\"\n\
         [keys]\ned25519_seed = \"{0}/keys/ed25519.seed\"\nmldsa44_seed = \"{0}/keys/mldsa44.seed\"\n\
         [[log]]\norigin = \"{1}\"\nvkeys = [\"{2}\"]\n",
        folder.display(),
        log.name(),
        log
    );
    fs::write(&config, text).unwrap();
    let process =
        serve_until_dropped(Command::new(mosskeys()).args(["run", "--config"]).arg(&config), address);
    (process, address, vkey_in(&made))
}

fn start_aics(folder: &Path, log: &VKey) -> (Process, SocketAddr, VKey) {
    let address = free_address();
    let command = |arguments: &[&str]| {
        let mut command = Command::new(aics());
        command.args(["-m", "aics_witness"]).args(arguments).current_dir(folder);
        command
    };
    let listen = address.to_string();
    let made = run(&mut command(&["init", "--name", "witness.example/aics", "--listen", &listen]));
    run(&mut command(&["add-log", "--origin", log.name(), "--vkey", &log.to_string()]));
    let process = serve_until_dropped(&mut command(&["serve"]), address);
    (process, address, vkey_in(&made))
}

/// What every witness that is not ours must do for our client.
async fn is_a_witness(address: SocketAddr, vkey: VKey) {
    let log = TestLog::of(400);
    let transport = Transport::new().unwrap();
    let url = format!("http://{address}");
    let client = WitnessClient::new("w", vkey.clone(), &url, Duration::from_secs(20), transport).unwrap();
    for (from, to) in [(0, 2), (2, 2), (2, 3), (3, 256), (256, 300)] {
        let checkpoint = log.checkpoint(to);
        let cosigned = client.add_checkpoint(from, &log.proof(from, to), &checkpoint).await.unwrap();
        assert_eq!(cosigned.cosignature().cosigner, vkey, "{from} to {to}");
        let note = client.latest(ORIGIN).await.unwrap().unwrap();
        let seen = SignedCheckpoint::open(&note, &log.vkey(), std::slice::from_ref(&vkey)).unwrap();
        assert_eq!(seen.checkpoint(), checkpoint.checkpoint());
    }
    let ask = async |old, log: &TestLog, size| {
        client.add_checkpoint(old, &log.proof(old, size), &log.checkpoint(size)).await.unwrap_err()
    };
    assert!(matches!(ask(0, &log, 350).await, AskError::Conflict { size: 300 }));
    assert!(matches!(ask(200, &log, 250).await, AskError::Ahead { size: 300, asked: 250 }));
    let fork = log.fork(100, 400, 1);
    for size in [300, 400] {
        let error = ask(300, &fork, size).await;
        assert!(matches!(error, AskError::Inconsistent { .. }), "{error}");
    }
    let mut stranger = TestLog::new("stranger.example", 3);
    stranger.grow(5, 0);
    assert!(matches!(ask(0, &stranger, 5).await, AskError::UnknownLog { .. }));
    let mut thief = TestLog::new(ORIGIN, 9);
    thief.grow(301, 0);
    assert!(matches!(ask(300, &thief, 301).await, AskError::Untrusted { .. }));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs mosskeys-witness of crates.io: see docs/spec/witness.md"]
async fn mosskeys_witness_cosigns_our_log() {
    let folder = tempfile::tempdir().unwrap();
    let (_process, address, vkey) = start_mosskeys(folder.path(), &TestLog::of(0).vkey());
    is_a_witness(address, vkey).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs aics-witness of PyPI: see docs/spec/witness.md"]
async fn aics_witness_cosigns_our_log() {
    let folder = tempfile::tempdir().unwrap();
    let (_process, address, vkey) = start_aics(folder.path(), &TestLog::of(0).vkey());
    is_a_witness(address, vkey).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs aics-witness of PyPI: see docs/spec/witness.md"]
async fn our_witness_cosigns_a_log_kept_and_fed_by_aics() {
    let log = TestLog::new(ORIGIN, 1);
    let served = Served::start(NAME, 2, &[log.vkey()]).await;
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/foreign/aics_log.py");
    let arguments = [served.url(), served.vkey.to_string(), ORIGIN.to_owned(), "01".repeat(32)];
    let said =
        tokio::task::spawn_blocking(move || run(Command::new(aics()).arg(script).args(arguments))).await;
    assert!(said.unwrap().ends_with("cosigned up to 300\n"));
    let note = served.client().latest(ORIGIN).await.unwrap().unwrap();
    SignedCheckpoint::open(&note, &log.vkey(), std::slice::from_ref(&served.vkey)).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs mosskeys-witness of crates.io and aics-witness of PyPI: see docs/spec/witness.md"]
async fn a_quorum_of_three_implementations_makes_our_log_final() {
    let log = TestLog::of(500);
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let ours = Served::start(NAME, 2, &[log.vkey()]).await;
    let (_mosskeys, mosskeys_at, mosskeys_vkey) = start_mosskeys(first.path(), &log.vkey());
    let (_aics, aics_at, aics_vkey) = start_aics(second.path(), &log.vkey());
    let policy = format!(
        "log {}\nwitness ours {} {}\nwitness mosskeys {mosskeys_vkey} http://{mosskeys_at}\n\
         witness aics {aics_vkey} http://{aics_at}\ngroup q all ours mosskeys aics\nquorum q\n",
        log.vkey(),
        ours.vkey,
        ours.url()
    );
    let policy = Policy::parse(policy.as_bytes()).unwrap();
    let transport = Transport::new().unwrap();
    let clients: Vec<WitnessClient> = policy
        .witnesses()
        .iter()
        .map(|witness| {
            let url = String::from_utf8_lossy(witness.url().unwrap());
            let (name, vkey) = (witness.name().to_string(), witness.vkey().clone());
            WitnessClient::new(&name, vkey, &url, Duration::from_secs(60), transport.clone()).unwrap()
        })
        .collect();
    let mut from = 0;
    for size in [2, 3, 3, 255, 256, 257, 500] {
        let mut checkpoint = log.checkpoint(size);
        let proof = if from == 0 || from == size { Vec::new() } else { log.proof(from, size) };
        for client in &clients {
            let cosigned = client.add_checkpoint(from, &proof, &checkpoint).await.unwrap();
            checkpoint.add_cosignature(cosigned.line().clone(), client.vkey()).unwrap();
        }
        assert_eq!(policy.check(checkpoint.note()).unwrap().size(), size);
        from = size;
    }
}
