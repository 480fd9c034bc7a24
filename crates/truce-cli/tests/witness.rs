//! `truce witness` as people run it: made, started, asked, stopped, and refused where it must not start.
#![cfg(all(feature = "witness", unix))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use truce_tlog::witness::{monitoring_path, parse_cosignatures};
use truce_tlog::{
    AddCheckpoint, Checkpoint, Ed25519NoteSigner, NoteSigner as _, SignedCheckpoint, VKey, leaf_hash,
};

const ORIGIN: &str = "log.example/ceasefire";
const NAME: &str = "witness.example/w1";

fn truce(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_truce"));
    command.args(arguments).current_dir(folder).env_remove("TRUCE_PASSPHRASE").stdin(Stdio::null());
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    truce(folder, arguments).output().unwrap()
}

fn new(folder: &Path) -> VKey {
    let arguments =
        ["witness", "new", "--name", NAME, "--key", "w.pem", "--state", "state", "--no-passphrase"];
    let made = run(folder, &arguments);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    value(&String::from_utf8(made.stdout).unwrap(), "vkey").parse().unwrap()
}

/// The value of a row.
fn value(table: &str, name: &str) -> String {
    let row = table.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    row.unwrap().trim().to_owned()
}

fn log() -> Ed25519NoteSigner {
    Ed25519NoteSigner::from_seed(ORIGIN, &[1; 32]).unwrap()
}

fn checkpoint(entry: &[u8]) -> SignedCheckpoint {
    SignedCheckpoint::sign(Checkpoint::new(ORIGIN, 1, leaf_hash(entry)).unwrap(), &log()).unwrap()
}

/// A witness that runs, and what it said of itself.
struct Running {
    child: Child,
    vkey: VKey,
    address: String,
    admin: Option<String>,
}

fn start(folder: &Path, more: &[&str]) -> Running {
    let arguments = ["witness", "--key", "w.pem", "--state", "state", "--listen", "127.0.0.1:0"];
    let mut child = truce(folder, &[&arguments, more].concat()).stdout(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    while !said.contains("\nlog ") {
        assert_ne!(lines.read_line(&mut said).unwrap(), 0, "{said}");
    }
    assert_eq!(value(&said, "log"), ORIGIN);
    let address = |url: &str| url.strip_prefix("http://").unwrap().to_owned();
    let admin = said.lines().find_map(|line| line.strip_prefix("admin")).map(|url| address(url.trim()));
    let (vkey, address) = (value(&said, "vkey").parse().unwrap(), address(&value(&said, "url")));
    Running { child, vkey, address, admin }
}

impl Running {
    fn ask(&self, request: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }

    fn add(&self, body: &str) -> (u16, String) {
        let head = "POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nConnection: close\r\nContent-Length: ";
        self.ask(&format!("{head}{}\r\n\r\n{body}", body.len()))
    }

    fn get(&self, path: &str) -> (u16, String) {
        self.ask(&format!("GET {path} HTTP/1.1\r\nHost: w\r\nConnection: close\r\n\r\n"))
    }

    /// Asks it to end, and gives its exit code.
    fn terminate(mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn figures_stand_on_an_address_of_their_own_where_there_is_one() {
    let folder = tempfile::tempdir().unwrap();
    new(folder.path());
    let log_vkey = log().vkey().to_string();
    let mut witness = start(folder.path(), &["--log", &log_vkey, "--admin", "127.0.0.1:0"]);
    let first = AddCheckpoint::new(0, vec![], &checkpoint(b"first")).unwrap().to_string();
    assert_eq!(witness.add(&first).0, 200);
    assert_eq!(witness.get("/metrics").0, 404, "not for everybody");
    assert_eq!(witness.get("/readyz"), (200, "ready\n".to_owned()));
    let public = std::mem::replace(&mut witness.address, witness.admin.clone().unwrap());
    let (status, text) = witness.get("/metrics");
    assert_eq!(status, 200);
    assert!(text.contains(&format!("truce_witness_size{{log=\"{ORIGIN}\"}} 1\n")), "{text}");
    assert!(text.contains("truce_witness_requests_total{outcome=\"cosigned\"} 1\n"), "{text}");
    assert_eq!((witness.get("/readyz").0, witness.get("/healthz").0), (200, 200));
    assert_eq!(witness.add(&first).0, 404, "nothing is cosigned there");
    witness.address = public;
    assert_eq!(witness.terminate(), Some(0));
}

#[test]
fn a_witness_is_made_and_run_and_remembers() {
    let folder = tempfile::tempdir().unwrap();
    let vkey = new(folder.path());
    let log_vkey = log().vkey().to_string();
    let witness = start(folder.path(), &["--log", &log_vkey]);
    assert_eq!(witness.vkey, vkey);
    assert_eq!(witness.get("/healthz"), (200, "ok\n".to_owned()));

    let first = checkpoint(b"first");
    let (status, body) = witness.add(&AddCheckpoint::new(0, vec![], &first).unwrap().to_string());
    assert_eq!(status, 200, "{body}");
    parse_cosignatures(body.as_bytes(), &first, std::slice::from_ref(&vkey)).unwrap();
    let (status, note) = witness.get(&monitoring_path(ORIGIN));
    assert_eq!(status, 200);
    SignedCheckpoint::parse(note.as_bytes(), log().vkey(), &[vkey]).unwrap();
    // A second one cannot have its state.
    let second = run(folder.path(), &["witness", "--key", "w.pem", "--state", "state", "--log", &log_vkey]);
    assert_eq!(second.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&second.stderr).contains("code: witness-locked"));
    assert_eq!(witness.terminate(), Some(0));

    // Started again, with the log from a policy: what it cosigned still binds it.
    fs::write(folder.path().join("policy"), format!("log {log_vkey}\nquorum none\n")).unwrap();
    let witness = start(folder.path(), &["--policy", "policy"]);
    let other = AddCheckpoint::new(0, vec![], &checkpoint(b"other")).unwrap().to_string();
    assert_eq!(witness.add(&other), (409, "1\n".to_owned()));
    assert_eq!(witness.terminate(), Some(0));
}

#[test]
fn it_does_not_start_where_it_must_not() {
    let folder = tempfile::tempdir().unwrap();
    let log_vkey = log().vkey().to_string();
    let refused = |arguments: &[&str], exit: i32, code: &str| {
        let output = run(folder.path(), arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(exit), "{arguments:?}: {said}");
        assert!(said.contains(&format!("code: {code}\n")), "{arguments:?}: {said}");
    };
    let witness = ["witness", "--key", "w.pem", "--state", "state"];
    let with_log = [&witness[..], &["--log", &log_vkey]].concat();
    refused(&with_log, 4, "witness-missing");
    refused(&witness, 1, "usage");
    let unnamed =
        ["witness", "new", "--name", "two words", "--key", "w.pem", "--state", "state", "--no-passphrase"];
    refused(&unnamed, 1, "witness-name");
    assert!(!folder.path().join("w.pem").exists());
    new(folder.path());
    refused(
        &["witness", "new", "--name", NAME, "--key", "w.pem", "--state", "other", "--no-passphrase"],
        4,
        "exists",
    );
    refused(
        &["witness", "new", "--name", NAME, "--key", "w.pem", "--state", "state", "--key-never-used"],
        4,
        "witness-not-empty",
    );
    refused(&[&witness[..], &["--log", "no vkey"]].concat(), 1, "bad-vkey");
    fs::write(folder.path().join("policy"), "quorum none\n").unwrap();
    refused(&[&witness[..], &["--policy", "policy"]].concat(), 1, "no-log");
    fs::write(folder.path().join("policy"), "log\n").unwrap();
    refused(&[&witness[..], &["--policy", "policy"]].concat(), 2, "bad-policy");
    assert!(run(folder.path(), &["key", "new", "other.pem", "--no-passphrase"]).status.success());
    let other = ["witness", "--key", "other.pem", "--state", "state", "--log", &log_vkey];
    refused(&other, 4, "witness-wrong-key");
    fs::write(folder.path().join("state").join("witness"), "").unwrap();
    refused(&with_log, 3, "witness-damaged");
}
