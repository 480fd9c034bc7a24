//! `truce submit --to` and `truce outbox` as they are run: killed in the middle, over TLS, with every exit code.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

#[path = "../../truce-field/tests/world/mod.rs"]
mod world;

use serde_json::Value;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Duration;
use world::depositary::{Depositary, Lie};
use world::link::{Fault, Link, exchange, message};
use world::{Feed, accession, charter, id};

struct Station {
    folder: tempfile::TempDir,
}

impl Station {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("charter.cose"), charter().bytes()).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> String {
        std::fs::write(self.path(name), bytes).unwrap();
        name.to_owned()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_truce"));
        command.args(arguments).current_dir(self.folder.path()).env_remove("TRUCE_OUTBOX");
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// The exit code, the document on standard output and the error on standard error.
    fn json(&self, arguments: &[&str]) -> (i32, Value, Value) {
        let output = self.run(&[arguments, &["--json"]].concat());
        let read = |bytes: &[u8]| serde_json::from_slice(bytes).unwrap_or(Value::Null);
        (output.status.code().unwrap(), read(&output.stdout), read(&output.stderr)["error"].clone())
    }
}

fn depositary() -> Depositary {
    let depositary = Depositary::start();
    depositary.log.lock().unwrap().append(&accession()).unwrap();
    depositary
}

fn states(document: &Value) -> Vec<&str> {
    document["statements"].as_array().unwrap().iter().map(|s| s["state"].as_str().unwrap()).collect()
}

#[test]
fn a_statement_is_delivered_and_verifies_offline_with_the_proof_beside_it() {
    let (station, depositary) = (Station::new(), depositary());
    let mut hub = Feed::new(1);
    let first = station.write("seen.cose", &hub.report());
    let to = ["submit", "--to", &depositary.url(), "--charter", "charter.cose"];
    let (code, document, _) = station.json(&[&to[..], &[&first]].concat());
    assert_eq!((code, states(&document)), (0, vec!["final"]));
    assert_eq!(document["statements"][0]["position"], 2);
    let verified = station.run(&["verify", "seen.cose", "--charter", "charter.cose"]);
    assert!(verified.status.success(), "{verified:?}");
    // The outbox remembers address and charter, and takes the same again for what it is.
    let second = station.write("later.cose", &hub.report());
    let to = ["submit", "--to", &depositary.url(), "--until", "final", &first, &second];
    let output = station.run(&to);
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().filter(|line| line.starts_with("final ")).count(), 2, "{text}");
    assert!(station.path("later.tlog-proof").is_file());
}

/// SIGKILL once so many requests have arrived, again and again: nothing is lost, nothing comes twice or out of order.
#[test]
fn killed_in_the_middle_it_goes_on_where_it_was() {
    for fault in [Fault::None, Fault::LoseAnswer] {
        let (station, depositary) = (Station::new(), depositary());
        let mut names: Vec<String> = Vec::new();
        let (first, second) = (Feed::new(1).reports(15), Feed::new(2).reports(15));
        for (n, bytes) in first.iter().chain(&second).enumerate() {
            names.push(station.write(&format!("{n}.cose"), bytes));
        }
        let link = Link::start(depositary.address, Duration::from_millis(4), vec![fault; 3]);
        let url = link.url();
        let mut arguments = vec!["submit", "--to", &url, "--charter", "charter.cose", "--timeout", "2s"];
        arguments.extend(names.iter().map(String::as_str));
        let mut killed = 0;
        for requests in [0, 1, 1, 2, 3, 4, 5, 6, 8, 10, 12, 15] {
            let arrived = || depositary.log.lock().unwrap().requests.len();
            let enough = arrived() + requests;
            let mut child = station
                .command(&arguments)
                .stdout(std::process::Stdio::null())
                .stderr(std::process::Stdio::null())
                .spawn()
                .unwrap();
            while arrived() < enough && child.try_wait().unwrap().is_none() {
                std::thread::sleep(Duration::from_micros(200));
            }
            child.kill().unwrap();
            killed += u32::from(!child.wait().unwrap().success());
            // What is said to be delivered by now has its proof, and is in the log.
            let (_, document, _) = station.json(&["outbox", "list"]);
            for item in document["statements"].as_array().into_iter().flatten() {
                if matches!(item["state"].as_str(), Some("accepted" | "final")) {
                    let id = item["statement"].as_str().unwrap().parse().unwrap();
                    assert!(depositary.log.lock().unwrap().statements().contains(&id));
                    assert!(Path::new(&station.path(item["proof"].as_str().unwrap())).is_file());
                }
            }
        }
        assert!(killed > 5, "{killed} of 12 runs were killed before they ended");
        let output = station.run(&arguments);
        assert!(output.status.success(), "{output:?}");
        let log = depositary.log.lock().unwrap();
        let recorded = log.statements();
        assert_eq!(recorded.len(), 31);
        for feed in [&first, &second] {
            let places: Vec<_> =
                feed.iter().map(|bytes| recorded.iter().position(|other| *other == id(bytes))).collect();
            assert!(places.is_sorted() && places[0].is_some(), "{places:?}");
        }
        assert!(log.arrivals.iter().all(|(_, refusal)| refusal.is_none()), "{:?}", log.arrivals);
        assert!((0..30).all(|n| station.path(&format!("{n}.tlog-proof")).is_file()));
    }
}

#[test]
fn the_exit_code_says_refused_unverified_or_not_reached() {
    let (station, depositary) = (Station::new(), depositary());
    let url = depositary.url();
    let to = ["submit", "--to", &url, "--charter", "charter.cose", "--wait", "1s", "--timeout", "2s"];
    let (mut hub, mut post) = (Feed::new(1), Feed::new(2));
    let bad = station.write("bad.cose", &hub.refusable());
    let behind = station.write("behind.cose", &hub.report());
    let (code, document, error) = station.json(&[&to[..], &[&bad, &behind]].concat());
    assert_eq!((code, states(&document)), (2, vec!["refused", "queued"]));
    assert_eq!(error["code"], "unknown-party");
    let text = String::from_utf8(station.run(&[&to[..], &[&bad]].concat()).stderr).unwrap();
    for part in ["code: unknown-party", "next: number 0 of this key is used up", "then check the party id"] {
        assert!(text.contains(part), "{part}: {text}");
    }

    depositary.lie(Lie::WrongProof);
    let lied = station.write("lied.cose", &post.report());
    let (code, document, error) = station.json(&[&to[..], &[&lied]].concat());
    assert_eq!(code, 3, "{document} {error}");
    assert_eq!(error["code"], "receipt-not-included");
    assert!(station.path(error["at"].as_str().unwrap()).is_file(), "the evidence is kept");
    depositary.lie(Lie::None);

    let away = station.write("away.cose", &Feed::new(3).report());
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nobody = format!("http://{nobody}");
    let to_nobody = ["submit", "--to", &nobody, "--wait", "1s", &away];
    let (code, document, error) = station.json(&to_nobody);
    assert_eq!((code, states(&document)), (4, vec!["queued"]));
    assert_eq!(error["code"], "not-reached");

    // Everything that waits goes out once it is asked for; the refusal stays.
    let (code, document, error) = station.json(&["outbox", "send", "--to", &url, "--again", "--wait", "5s"]);
    assert_eq!((code, error["code"].as_str()), (2, Some("unknown-party")), "{document}");
    let (_, document, _) = station.json(&["outbox", "list", "--undelivered"]);
    assert_eq!(states(&document), ["refused", "queued"]);
}

#[test]
fn what_is_asked_for_must_make_sense_before_anything_is_sent() {
    let (station, depositary) = (Station::new(), depositary());
    let url = depositary.url();
    let report = station.write("seen.cose", &Feed::new(1).report());
    let failing = |arguments: &[&str]| {
        let (code, _, error) = station.json(arguments);
        (code, error["code"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(failing(&["submit", "--to", &url, &report]), (1, "which-log".to_owned()));
    let vkey = world::log_key();
    let vkey = truce_tlog::NoteSigner::vkey(&vkey).to_string();
    let no_quorum = ["submit", "--to", &url, "--log", &vkey, "--until", "final", &report];
    assert_eq!(failing(&no_quorum), (1, "no-quorum".to_owned()));
    // Nor does a policy that asks for none make anything final.
    let none = station.write("none.policy", format!("log {vkey}\nquorum none\n").as_bytes());
    let asks_none = ["submit", "--to", &url, "--policy", &none, "--until", "final", &report];
    assert_eq!(failing(&asks_none), (1, "no-quorum".to_owned()));
    assert_eq!(
        failing(&["submit", "--to", "ftp://x", "--log", &vkey, &report]),
        (1, "bad-address".to_owned())
    );
    assert_eq!(
        failing(&["submit", "ledger", &report, "--charter", "charter.cose"]),
        (1, "no-address".to_owned())
    );
    let torn = station.write("torn.cose", &Feed::new(2).report()[..40]);
    assert_eq!(failing(&["submit", "--to", &url, &torn]), (2, "malformed-cose".to_owned()));
    assert_eq!(depositary.log.lock().unwrap().arrivals.len(), 0);
}

#[test]
fn statements_from_another_machine_are_imported_shown_and_forgotten() {
    let (station, depositary) = (Station::new(), depositary());
    let report = Feed::new(1).report();
    let name = station.write("carried.cose", &report);
    let (code, document, _) = station.json(&["outbox", "import", &name]);
    assert_eq!((code, document["imported"][0]["outcome"].as_str()), (0, Some("queued")));
    let (_, document, _) = station.json(&["outbox", "import", &name]);
    assert_eq!(document["imported"][0]["outcome"], "there before");
    let (code, _, error) = station.json(&["outbox", "forget", &name]);
    assert_eq!((code, error["code"].as_str()), (1, Some("not-delivered")));
    let url = depositary.url();
    let (code, ..) = station.json(&["outbox", "send", "--to", &url, "--charter", "charter.cose"]);
    assert_eq!(code, 0);
    let output = station.run(&["outbox", "show", &id(&report).to_string()]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("state") && text.contains("final") && text.contains("witness.example/0"), "{text}");
    let (code, document, _) = station.json(&["outbox", "forget", "--delivered"]);
    assert_eq!((code, document["forgotten"][0].as_str()), (0, Some(id(&report).to_string().as_str())));
    let (_, document, _) = station.json(&["outbox", "list"]);
    assert_eq!(states(&document), Vec::<&str>::new());
    assert!(station.path("carried.tlog-proof").is_file(), "the proof stays where the statement is");
}

/// QR texts and radio lines, over two files, out of order: what is whole is queued, what is missing is named.
#[test]
fn statements_carried_as_codes_and_lines_are_imported() {
    let station = Station::new();
    let mut hub = Feed::new(1);
    let (first, second) = (station.write("a.cose", &hub.report()), station.write("b.cose", &hub.report()));
    let carried = |file: &str, form: &str, more: &[&str]| {
        let output = station.run(&[&["carry", file, "--as", form], more].concat());
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let codes = carried(&first, "text", &["--characters", "300"]);
    let mut lines = carried(&second, "radio", &[]);
    assert!(codes.len() > 1 && lines.len() > 2);
    lines.reverse();
    let lost = lines.remove(1);
    let one = station.write("heard.txt", [&codes[1..], &lines[..]].concat().join("\n").as_bytes());
    let other = station.write("seen.txt", codes[0].as_bytes());
    let import = ["outbox", "import", "--outbox", "out", &one, &other];
    let (code, document, error) = station.json(&import);
    assert_eq!((code, error["code"].as_str()), (2, Some("incomplete")), "{document} {error}");
    assert_eq!(document["imported"].as_array().unwrap().len(), 1);
    let late = station.write("late.txt", lost.as_bytes());
    let (code, document, _) = station.json(&[&import[..], &[&late]].concat());
    assert_eq!((code, document["imported"].as_array().unwrap().len()), (0, 2), "{document}");
}

/// An end of TLS in front of a depositary, with a certificate of an authority that nobody else knows.
fn with_tls(to: std::net::SocketAddr) -> String {
    use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tls");
    let certificate = CertificateDer::from_pem_file(folder.join("server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(folder.join("server.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (Ok(stream), config) = (stream, Arc::clone(&config)) else { continue };
            std::thread::spawn(move || {
                let mut tls =
                    rustls::StreamOwned::new(rustls::ServerConnection::new(config).unwrap(), stream);
                while let Some(answer) = message(&mut tls).and_then(|request| exchange(to, &request)) {
                    tls.write_all(&answer).unwrap();
                }
            });
        }
    });
    format!("https://{address}")
}

#[test]
fn a_private_authority_is_trusted_only_when_it_is_named() {
    let (station, depositary) = (Station::new(), depositary());
    let url = with_tls(depositary.address);
    let report = station.write("seen.cose", &Feed::new(1).report());
    let to = ["submit", "--to", &url, "--charter", "charter.cose", &report, "--wait"];
    let (code, _, error) = station.json(&[&to[..], &["1s"]].concat());
    assert_eq!((code, error["code"].as_str()), (4, Some("not-reached")), "{error}");
    assert_eq!(depositary.log.lock().unwrap().arrivals.len(), 0);
    let authority = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tls/ca.pem");
    let (code, document, error) =
        station.json(&[&to[..], &["20s", "--ca", authority.to_str().unwrap()]].concat());
    assert_eq!((code, states(&document)), (0, vec!["final"]), "{error}");
    let key = station.write("key.pem", b"-----BEGIN CERTIFICATE-----\n");
    let (code, _, error) = station.json(&[&to[..], &["1s", "--ca", &key]].concat());
    assert_eq!((code, error["code"].as_str()), (4, Some("bad-authorities")));
}
