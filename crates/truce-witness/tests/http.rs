//! The witness over real HTTP: what is cosigned, what is refused and with which status, what is too slow or too large.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cloned_ref_to_slice_refs,
    clippy::too_many_lines
)]

mod support;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use support::{NAME, NOW, ORIGIN, Served, TestLog, cosigner, in_ms, open};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use truce_tlog::witness::{MAX_REQUEST_BYTES, monitoring_path, origin_hash, parse_cosignatures};
use truce_tlog::{
    Checkpoint, EMPTY_ROOT, Ed25519NoteSigner, NoteSignature, NoteSigner as _, SignedCheckpoint, leaf_hash,
};
use truce_witness::{AskError, RootCertStore, Transport, WitnessClient};

#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_cosigned_as_it_grows_and_monitors_see_it() {
    let log = TestLog::of(300);
    let mut served = Served::plain(&log).await;
    let client = served.client();
    assert_eq!(client.latest(ORIGIN).await.unwrap(), None);
    for (from, to) in [(0, 2), (2, 2), (2, 3), (3, 255), (255, 256), (256, 300)] {
        let checkpoint = log.checkpoint(to);
        let cosigned = client.add_checkpoint(from, &log.proof(from, to), &checkpoint).await.unwrap();
        assert_eq!(cosigned.cosignature().timestamp, NOW);
        let note = client.latest(ORIGIN).await.unwrap().unwrap();
        let seen = SignedCheckpoint::open(&note, &log.vkey(), std::slice::from_ref(&served.vkey)).unwrap();
        assert_eq!((seen.checkpoint(), seen.cosignatures().len()), (checkpoint.checkpoint(), 1));
        assert_eq!(note.signatures().len(), 2);
    }
    served.stop().await.unwrap();
    // What was served is what is on disk.
    let witness = open(served.folder(), &[log.vkey()]);
    let latest = witness.latest(&origin_hash(ORIGIN)).unwrap();
    assert!(latest.starts_with(&log.checkpoint(300).note().text().to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_have_the_shape_of_the_specification() {
    let log = TestLog::of(9);
    let served = Served::plain(&log).await;
    let answer = served.post(log.request(0, 5)).await;
    assert_eq!(answer.status, 200);
    assert!(answer.body.starts_with("— witness.example/w1 ") && answer.body.ends_with('\n'), "{answer:?}");
    assert_eq!(answer.body.lines().count(), 1);
    parse_cosignatures(answer.body.as_bytes(), &log.checkpoint(5), std::slice::from_ref(&served.vkey))
        .unwrap();

    let answer = served.post(log.request(0, 7)).await;
    assert_eq!((answer.status, answer.body.as_str()), (409, "5\n"));
    assert!(answer.head.contains("content-type: text/x.tlog.size\r\n"), "{answer:?}");

    let answer = served.get(&monitoring_path(ORIGIN)).await;
    assert_eq!(answer.status, 200);
    assert!(answer.head.contains("content-type: text/plain; charset=utf-8"), "{answer:?}");
    let other = served.get(&monitoring_path("other.example")).await;
    assert_eq!(other.status, 404);
    assert_eq!(served.get("/healthz").await.status, 200);
    assert_eq!(served.get("/").await.status, 404);
    assert_eq!(served.get("/add-checkpoint").await.status, 405);
    assert_eq!(served.get("/..%2fwitness/checkpoint").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_say_what_was_cosigned_and_why_not() {
    let log = TestLog::of(20);
    let served = Served::plain(&log).await;
    let before = served.get("/metrics").await;
    assert!(before.head.contains("content-type: application/openmetrics-text; version=1.0.0"), "{before:?}");
    assert!(before.body.contains("truce_witness_logs 1\n"), "{}", before.body);
    assert!(before.body.contains(&format!("truce_witness_size{{log=\"{ORIGIN}\"}} 0\n")), "{}", before.body);
    for (from, to, status) in [(0, 8, 200), (8, 13, 200), (8, 20, 409)] {
        assert_eq!(served.post(log.request(from, to)).await.status, status);
    }
    let stranger = TestLog::new("other.example", 1);
    assert_eq!(served.post(stranger.request(0, 0)).await.status, 404);
    assert_eq!(served.post("old 1\n".to_owned()).await.status, 400);
    let text = served.get("/metrics").await.body;
    for line in [
        "truce_witness_requests_total{outcome=\"cosigned\"} 2".to_owned(),
        "truce_witness_requests_total{outcome=\"refused\"} 3".to_owned(),
        "truce_witness_refusals_total{reason=\"stale\"} 1".to_owned(),
        "truce_witness_refusals_total{reason=\"unknown-log\"} 1".to_owned(),
        "truce_witness_refusals_total{reason=\"malformed\"} 1".to_owned(),
        "truce_witness_request_seconds_count 5".to_owned(),
        format!("truce_witness_size{{log=\"{ORIGIN}\"}} 13"),
        format!("truce_witness_cosigned_seconds{{log=\"{ORIGIN}\"}} {NOW}"),
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }
    // A name that a request brought is no label.
    assert!(!text.contains("other.example") && text.ends_with("# EOF\n"), "{text}");
    assert_eq!(served.get("/readyz").await.status, 200);
}

/// A time of day that the test sets, beside a steady clock that stands still.
struct StandingStill(Arc<AtomicU64>);

impl truce_witness::Clock for StandingStill {
    fn now_ms(&self) -> i64 {
        in_ms(self.0.load(Ordering::Relaxed))
    }

    fn steady_ms(&self) -> Option<i64> {
        Some(0)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_that_cannot_cosign_is_not_ready_until_it_can() {
    let log = TestLog::of(20);
    let now = Arc::new(AtomicU64::new(NOW));
    let clock = StandingStill(Arc::clone(&now));
    let served = Served::start_with(NAME, 2, &[log.vkey()], clock, |_| {}).await;
    assert_eq!(served.post(log.request(0, 8)).await.status, 200);
    now.store(NOW + 3600, Ordering::Relaxed);
    assert_eq!(served.post(log.request(8, 9)).await.status, 503);
    let ready = served.get("/readyz").await;
    assert!(ready.status == 503 && ready.body.contains("clock"), "{ready:?}");
    assert_eq!(served.get("/healthz").await.status, 200, "it lives");
    let text = served.get("/metrics").await.body;
    assert!(text.contains("truce_witness_requests_total{outcome=\"failed\"} 1\n"), "{text}");
    assert!(text.contains("truce_witness_refusals_total{reason=\"clock-jumped\"} 1\n"), "{text}");
    // Others' faults say nothing about it.
    assert_eq!(served.post("old 1\n".to_owned()).await.status, 400);
    assert_eq!(served.get("/readyz").await.status, 503);
    now.store(NOW + 1, Ordering::Relaxed);
    assert_eq!(served.post(log.request(8, 9)).await.status, 200);
    assert_eq!(served.get("/readyz").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_flaw_has_its_status_and_moves_nothing() {
    let log = TestLog::of(20);
    let served = Served::plain(&log).await;
    assert_eq!(served.post(log.request(0, 8)).await.status, 200);
    let before = served.get(&monitoring_path(ORIGIN)).await.body;

    let good = log.request(8, 13);
    let other = TestLog::new("other.example", 1);
    let stranger = {
        let mut stranger = TestLog::new(ORIGIN, 9);
        stranger.grow(13, 0);
        stranger
    };
    let fork = log.fork(4, 13, 1);
    let text = log.checkpoint(13).note().text().to_owned();
    let bad_line = NoteSignature::new(ORIGIN, log.vkey().id(), vec![0; 64]).unwrap();
    let extended =
        Ed25519NoteSigner::from_seed(ORIGIN, &[1; 32]).unwrap().sign(&format!("{text}more\n")).unwrap();
    let false_empty = format!("{ORIGIN}\n0\n{}\n", leaf_hash(b"").to_base64());
    let false_empty_line = log.signer().sign(&false_empty).unwrap();
    let hash = leaf_hash(b"x").to_base64();
    let mut other_request = other.clone();
    other_request.grow(13, 0);

    let cases: Vec<(&str, String, u16)> = vec![
        ("an empty body", String::new(), 400),
        ("no old line", good.replacen("old 8\n", "", 1), 400),
        ("an old size with a leading zero", good.replacen("old 8", "old 08", 1), 400),
        ("a proof line that is no hash", good.replacen("old 8\n", "old 8\nAAAA\n", 1), 400),
        (
            "sixty-four proof lines",
            good.replacen("\n\n", &format!("\n{}\n", format!("{hash}\n").repeat(64)), 1),
            400,
        ),
        ("no checkpoint", "old 8\n\n".to_owned(), 400),
        ("no signature", format!("old 8\n\n{text}"), 400),
        ("an extension line", format!("old 8\n\n{text}more\n\n{extended}\n"), 400),
        ("an old size above the checkpoint's", good.replacen("old 8", "old 14", 1), 400),
        ("an unknown origin", other_request.request(0, 13), 404),
        ("a key that is not trusted", stranger.request(8, 13), 403),
        ("a line of a trusted key that fails", format!("old 8\n\n{text}\n{bad_line}\n"), 403),
        ("a good line and one of a trusted key that fails", format!("{good}{bad_line}\n"), 403),
        ("an old size below the one cosigned", log.request(7, 13), 409),
        ("an old size of zero", log.request(0, 13), 409),
        ("an old size above the one cosigned", log.request(9, 13), 409),
        ("the same size with another root", fork.request(8, 8), 409),
        ("a smaller tree", log.request(5, 6), 409),
        (
            "a proof with a hash left out",
            good.replacen(&format!("{}\n", log.proof(8, 13)[0].to_base64()), "", 1),
            422,
        ),
        ("a proof with a hash too many", good.replacen("\n\n", &format!("\n{hash}\n\n"), 1), 422),
        ("a proof with another hash", good.replacen(&log.proof(8, 13)[0].to_base64(), &hash, 1), 422),
        ("a fork with the proof of the fork", fork.request(8, 13), 422),
        ("an empty tree with a false root", format!("old 0\n\n{false_empty}\n{false_empty_line}\n"), 422),
    ];
    for (what, body, status) in cases {
        let answer = served.post(body).await;
        assert_eq!(answer.status, status, "{what}: {answer:?}");
        if status == 409 {
            assert_eq!(answer.body, "8\n", "{what}");
            assert!(answer.head.contains("text/x.tlog.size"), "{what}");
        } else {
            assert!(!answer.head.contains("text/x.tlog.size"), "{what}");
        }
        assert_eq!(served.get(&monitoring_path(ORIGIN)).await.body, before, "{what}");
    }
    let not_text = [b"old 8\n\n\xff".to_vec(), good.clone().into_bytes()].concat();
    assert_eq!(served.post(not_text).await.status, 400);
    assert_eq!(served.post(good).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_with_old_size_zero_is_refused() {
    let log = TestLog::of(5);
    let served = Served::plain(&log).await;
    let body = log.request(0, 5).replacen("\n\n", &format!("\n{}\n\n", leaf_hash(b"x").to_base64()), 1);
    assert_eq!(served.post(body).await.status, 422);
    // The empty tree can be cosigned, and the first step from it has no proof either.
    let empty =
        SignedCheckpoint::sign(Checkpoint::new(ORIGIN, 0, EMPTY_ROOT).unwrap(), &log.signer()).unwrap();
    assert_eq!(served.post(format!("old 0\n\n{empty}")).await.status, 200);
    assert_eq!(served.post(log.request(0, 5)).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_false_line_in_the_witness_name_does_not_poison_the_record() {
    let log = TestLog::of(9);
    let served = Served::plain(&log).await;
    let forged = cosigner(2).cosign(&log.checkpoint(3), 7).unwrap();
    let stranger = NoteSignature::new("stranger.example", 1, vec![1; 64]).unwrap();
    let body = format!("{}{forged}\n{stranger}\n", log.request(0, 5));
    assert_eq!(served.post(body).await.status, 200);
    let note = served.client().latest(ORIGIN).await.unwrap().unwrap();
    assert_eq!(note.signatures().len(), 2);
    SignedCheckpoint::open(&note, &log.vkey(), std::slice::from_ref(&served.vkey)).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn sizes_are_looked_at_before_anything_is_read() {
    let log = TestLog::of(9);
    let served = Served::plain(&log).await;
    // Announced too large: answered without the body.
    let head = format!(
        "POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: {}\r\n\r\n",
        MAX_REQUEST_BYTES + 1
    );
    let answer = served.raw(head).await;
    assert_eq!(answer.status, 413);
    assert!(answer.head.contains("connection: close"), "{answer:?}");
    // At the limit: read, and refused for what it says.
    assert_eq!(served.post(vec![b'x'; MAX_REQUEST_BYTES]).await.status, 400);
    // Chunked without an end: cut off at the limit.
    let mut chunked =
        b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for _ in 0..=(MAX_REQUEST_BYTES / 0x1000) {
        chunked.extend_from_slice(b"1000\r\n");
        chunked.extend_from_slice(&[b'x'; 0x1000]);
        chunked.extend_from_slice(b"\r\n");
    }
    assert_eq!(served.raw(chunked).await.status, 413);
    // A head without an end.
    let head = format!("POST /add-checkpoint HTTP/1.1\r\nX: {}", "x".repeat(64 * 1024));
    assert_eq!(served.raw(head).await.status, 431);
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_senders_are_cut_off_and_others_served() {
    let log = TestLog::of(9);
    let quick = Duration::from_millis(100);
    let served = Served::start_with(
        NAME,
        2,
        &[log.vkey()],
        || in_ms(NOW),
        |server| {
            server.limits.connections = 2;
            server.limits.head_within = quick;
            server.body_within = quick;
        },
    )
    .await;
    // Two that never finish take both places.
    let mut head = TcpStream::connect(served.address).await.unwrap();
    head.write_all(b"POST /add-che").await.unwrap();
    let mut body = TcpStream::connect(served.address).await.unwrap();
    body.write_all(b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 99\r\n\r\nold 0")
        .await
        .unwrap();
    assert_eq!(served.post(log.request(0, 5)).await.status, 200);
    let mut said = String::new();
    body.read_to_string(&mut said).await.unwrap();
    assert!(said.starts_with("HTTP/1.1 408 "), "{said}");
    let mut said = Vec::new();
    head.read_to_end(&mut said).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_sender_has_its_share_of_connections() {
    let log = TestLog::of(9);
    let few = |server: &mut truce_witness::WitnessServer| server.limits.connections_of_sender = 2;
    let served = Served::start_with(NAME, 2, &[log.vkey()], || in_ms(NOW), few).await;
    let mut open = Vec::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(served.address).await.unwrap();
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: w\r\n\r\n").await.unwrap();
        let mut answer = [0; 15];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200 OK");
        open.push(stream);
    }
    let mut more = TcpStream::connect(served.address).await.unwrap();
    let mut said = Vec::new();
    let _ = more.read_to_end(&mut said).await;
    assert!(said.is_empty(), "a third is closed");
    // Another sender is served meanwhile.
    let local: std::net::SocketAddr = "127.0.0.2:0".parse().unwrap();
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind(local).unwrap();
    let mut other = socket.connect(served.address).await.unwrap();
    other.write_all(b"GET /healthz HTTP/1.1\r\nHost: w\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut said = String::new();
    other.read_to_string(&mut said).await.unwrap();
    assert!(said.starts_with("HTTP/1.1 200 "), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_tells_apart_what_a_witness_says() {
    let log = TestLog::of(20);
    let served = Served::plain(&log).await;
    let client = served.client();
    let ask = async |old, log: &TestLog, size| {
        client.add_checkpoint(old, &log.proof(old, size), &log.checkpoint(size)).await
    };
    ask(0, &log, 8).await.unwrap();
    assert!(matches!(ask(0, &log, 13).await, Err(AskError::Conflict { size: 8 })));
    assert!(matches!(ask(0, &log, 5).await, Err(AskError::Ahead { size: 8, asked: 5 })));
    let fork = log.fork(4, 20, 1);
    assert!(matches!(ask(8, &fork, 8).await, Err(AskError::Inconsistent { status: 409, .. })));
    assert!(matches!(ask(8, &fork, 13).await, Err(AskError::Inconsistent { status: 422, .. })));
    let mut other = TestLog::new("other.example", 1);
    other.grow(5, 0);
    assert!(matches!(ask(0, &other, 5).await, Err(AskError::UnknownLog { .. })));
    let mut stranger = TestLog::new(ORIGIN, 9);
    stranger.grow(9, 0);
    assert!(matches!(ask(8, &stranger, 9).await, Err(AskError::Untrusted { .. })));
    // Another witness than the policy names answers here.
    let transport = Transport::new().unwrap();
    let expected = cosigner(5).vkey().clone();
    let mistaken =
        WitnessClient::new("w2", expected, &served.url(), Duration::from_secs(9), transport.clone()).unwrap();
    let answer = mistaken.add_checkpoint(8, &log.proof(8, 9), &log.checkpoint(9)).await;
    assert!(matches!(answer, Err(AskError::Answer(_))), "{answer:?}");
    for url in ["ftp://w.example", "w.example", "", "http://", "https://w.example/?q"] {
        let client =
            WitnessClient::new("w", served.vkey.clone(), url, Duration::from_secs(1), transport.clone());
        assert!(matches!(client, Err(AskError::Url { .. })), "{url:?}");
    }
}

/// A server that gives every connection the same answer, or none at all.
async fn parrot(answer: Option<String>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let answer = answer.clone();
            held.push(tokio::spawn(async move {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                match answer {
                    Some(answer) => {
                        let _ = stream.write_all(answer.as_bytes()).await;
                        let _ = stream.shutdown().await;
                    }
                    None => std::future::pending::<()>().await,
                }
            }));
        }
    });
    url
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_answers_end_in_an_error_of_their_own() {
    let log = TestLog::of(9);
    let ask = async |answer: Option<String>, deadline: u64| {
        let url = parrot(answer).await;
        let transport = Transport::new().unwrap();
        let vkey = cosigner(2).vkey().clone();
        let client = WitnessClient::new("w", vkey, &url, Duration::from_millis(deadline), transport).unwrap();
        client.add_checkpoint(3, &log.proof(3, 7), &log.checkpoint(7)).await.unwrap_err()
    };
    let http = |status: &str, media: &str, body: &str| {
        Some(format!(
            "HTTP/1.1 {status} X\r\nContent-Type: {media}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ))
    };
    let size = "text/x.tlog.size";
    assert!(matches!(ask(http("409", size, "5\n"), 20_000).await, AskError::Conflict { size: 5 }));
    assert!(matches!(ask(http("409", size, "8\n"), 20_000).await, AskError::Ahead { size: 8, asked: 7 }));
    assert!(matches!(
        ask(http("409", size, "3\n"), 20_000).await,
        AskError::Inconsistent { status: 409, .. }
    ));
    assert!(matches!(ask(http("409", size, "five\n"), 20_000).await, AskError::Answer(_)));
    assert!(matches!(
        ask(http("409", "text/plain", "5\n"), 20_000).await,
        AskError::Inconsistent { status: 409, .. }
    ));
    assert!(matches!(
        ask(http("422", "text/plain", "no"), 20_000).await,
        AskError::Inconsistent { status: 422, .. }
    ));
    assert!(matches!(
        ask(http("503", "text/plain", "later"), 20_000).await,
        AskError::Unavailable { status: 503, .. }
    ));
    assert!(matches!(
        ask(http("429", "text/plain", "later"), 20_000).await,
        AskError::Unavailable { status: 429, .. }
    ));
    let moved =
        Some("HTTP/1.1 302 X\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n".to_owned());
    assert!(matches!(ask(moved, 20_000).await, AskError::Refused { status: 302, .. }));
    assert!(matches!(ask(http("200", "text/plain", ""), 20_000).await, AskError::Answer(_)));
    let of_another = format!("{}\n", cosigner(2).cosign(&log.checkpoint(6), 5).unwrap());
    assert!(matches!(ask(http("200", "text/plain", &of_another), 20_000).await, AskError::Answer(_)));
    let endless = format!("HTTP/1.1 200 X\r\n\r\n{}", "x".repeat(2_000_000));
    assert!(matches!(ask(Some(endless), 20_000).await, AskError::Answer(_)));
    assert!(matches!(
        ask(Some("HTTP/1.1 200 X\r\nContent-Length: 9\r\n\r\n".to_owned()), 20_000).await,
        AskError::Unreachable { .. }
    ));
    assert!(matches!(ask(Some("nonsense".to_owned()), 20_000).await, AskError::Unreachable { .. }));
    assert!(matches!(ask(None, 100).await, AskError::Deadline { .. }));
    let said = ask(http("400", "text/plain", "a\u{1b}[2Jb"), 20_000).await.to_string();
    assert!(!said.contains('\u{1b}'), "{said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_at_the_address_is_an_error_at_once() {
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let transport = Transport::new().unwrap();
    let url = format!("http://127.0.0.1:{port}");
    let client =
        WitnessClient::new("w", cosigner(2).vkey().clone(), &url, Duration::from_secs(20), transport)
            .unwrap();
    let log = TestLog::of(3);
    let answer = client.add_checkpoint(0, &[], &log.checkpoint(3)).await;
    assert!(matches!(answer, Err(AskError::Unreachable { .. })), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_behind_tls_is_asked_over_https() {
    let log = TestLog::of(5);
    let served = Served::plain(&log).await;
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data");
    let certificate = CertificateDer::from_pem_file(format!("{data}/localhost.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(format!("{data}/localhost.key.pem")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let plain = served.address;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut outer) = acceptor.accept(stream).await else { return };
                let mut inner = TcpStream::connect(plain).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut outer, &mut inner).await;
            });
        }
    });
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(format!("{data}/authority.pem")).unwrap()).unwrap();
    let url = format!("https://localhost:{port}");
    let ask = async |transport: Transport| {
        let client =
            WitnessClient::new("w", served.vkey.clone(), &url, Duration::from_secs(20), transport).unwrap();
        client.add_checkpoint(0, &[], &log.checkpoint(5)).await
    };
    assert!(matches!(ask(Transport::new().unwrap()).await, Err(AskError::Unreachable { .. })));
    ask(Transport::trusting(roots).unwrap()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_finishes_what_is_open_and_takes_nothing_new() {
    let log = TestLog::of(9);
    let mut served = Served::plain(&log).await;
    let mut open = TcpStream::connect(served.address).await.unwrap();
    let body = log.request(0, 5);
    let head = format!("POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: {}\r\n\r\n", body.len());
    open.write_all(head.as_bytes()).await.unwrap();
    open.write_all(&body.as_bytes()[..9]).await.unwrap();
    // The head has been read once the server asks for nothing more; the rest comes while it is stopping.
    tokio::time::sleep(Duration::from_millis(100)).await;
    let address = served.address;
    let stopping = tokio::spawn(async move { (served.stop().await, served) });
    tokio::time::sleep(Duration::from_millis(100)).await;
    open.write_all(&body.as_bytes()[9..]).await.unwrap();
    let mut said = String::new();
    open.read_to_string(&mut said).await.unwrap();
    assert!(said.starts_with("HTTP/1.1 200 "), "{said}");
    let (stopped, _served) = stopping.await.unwrap();
    stopped.unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_whose_disk_failed_ends_and_says_so() {
    let log = TestLog::of(9);
    let mut served = Served::plain(&log).await;
    // A directory in the place of the record: it is written, and cannot be put there.
    std::fs::create_dir(served.folder().join(origin_hash(ORIGIN).to_string())).unwrap();
    let answer = served.post(log.request(0, 5)).await;
    assert_eq!(answer.status, 503, "{answer:?}");
    let ended = served.task.take().unwrap().await.unwrap();
    assert!(ended.is_err());
}
