//! What keeps one sender from taking everything.

use crate::client::{PROOF, Scene};
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;
use truce_tests::http::connect_from;
use truce_tests::world::observation;

#[test]
fn an_address_that_sends_too_much_is_asked_to_wait() {
    let mut scene = Scene::new(&["--address-rate", "1:3"]);
    let statements: Vec<Vec<u8>> = (0..4).map(|_| scene.statement()).collect();
    for statement in &statements[..3] {
        assert_eq!(scene.post(statement, &[]).status, 201);
    }
    let answer = scene.post(&statements[3], &[]);
    assert_eq!(answer.problem(), (429, "rate-limited".into()));
    assert!(answer.header("retry-after").parse::<u64>().unwrap() >= 1);
    // Reading is not submitting.
    assert_eq!(scene.get("/checkpoint", &[]).status, 200);
}

#[test]
fn a_key_is_charged_for_what_was_recorded_and_for_nothing_else() {
    let mut scene = Scene::new(&["--key-rate", "1:2"]);
    let (a, b, c) = (scene.statement(), scene.statement(), scene.statement());
    assert_eq!(scene.post(&a, &[]).status, 201);
    // Others can send what the key has signed, and what it has not: it costs the key nothing.
    let mut bent = b.clone();
    *bent.last_mut().unwrap() ^= 1;
    for _ in 0..10 {
        assert_eq!(scene.post(&a, &[]).status, 200);
        assert_eq!(scene.post(&bent, &[]).status, 403);
    }
    assert_eq!(scene.post(&b, &[]).status, 201);
    let answer = scene.post(&c, &[]);
    if answer.status != 201 {
        // On a slow machine the bucket has filled again by now.
        assert_eq!(answer.problem(), (429, "rate-limited".into()));
        assert!(answer.header("retry-after").parse::<u64>().unwrap() >= 1);
    }
}

#[test]
fn behind_a_proxy_the_sender_is_whom_the_proxy_names() {
    let mut scene = Scene::new(&["--address-rate", "1:1", "--forwarded"]);
    let others = [
        ("x-forwarded-for", "192.0.2.1"),
        ("x-forwarded-for", "10.0.0.1, 192.0.2.2"),
        ("x-forwarded-for", "192.0.2.3:5678"),
        ("x-forwarded-for", "[2001:db8::1]:443"),
        ("x-forwarded-for", "192.0.2.1, [2001:db8:0:1::1]"),
        ("forwarded", "for=192.0.2.1, for=\"192.0.2.4:80\";proto=https"),
        ("forwarded", "For=\"[2001:db8:0:2::1]:4711\""),
    ];
    for header in others {
        let statement = scene.statement();
        assert_eq!(scene.post(&statement, &[header]).status, 201, "{header:?}");
    }
    // The same senders, told apart neither by port nor within their /64, nor by the header that the proxy leaves alone.
    for headers in [
        &[("x-forwarded-for", "192.0.2.3:9999")][..],
        &[("x-forwarded-for", "2001:db8::2")],
        &[("x-forwarded-for", "192.0.2.99, [2001:db8:0:1::77]:1")],
        &[("forwarded", "for=\"192.0.2.4\"")],
        &[("forwarded", "for=192.0.2.77"), ("x-forwarded-for", "192.0.2.1")],
    ] {
        let answer = scene.post(b"x", headers);
        assert_eq!(answer.problem(), (429, "rate-limited".into()), "{headers:?}");
    }
    // Whoever is not named is the proxy.
    assert_ne!(scene.post(b"x", &[("forwarded", "for=_hidden")]).status, 429);
    assert_eq!(scene.post(b"x", &[("x-forwarded-for", "unknown")]).status, 429);
    let plain = Scene::new(&["--address-rate", "1:1"]);
    plain.post(b"x", &[("x-forwarded-for", "192.0.2.1")]);
    let second = plain.post(b"x", &[("x-forwarded-for", "192.0.2.2")]);
    assert_eq!(second.problem(), (429, "rate-limited".into()));
}

#[test]
fn a_body_is_bounded_before_it_is_read() {
    let scene = Scene::new(&[]);
    let mut stream = TcpStream::connect(scene.service.address()).unwrap();
    let head = "POST /entries HTTP/1.1\r\nhost: x\r\ncontent-type: application/cbor-seq\r\ncontent-length: 99999999\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");

    // Without a length, when it has come too far.
    let mut stream = TcpStream::connect(scene.service.address()).unwrap();
    let head = "POST /entries HTTP/1.1\r\nhost: x\r\ncontent-type: application/cose\r\ntransfer-encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let chunk = [b"2000\r\n".as_slice(), &[0; 0x2000], b"\r\n"].concat();
    for _ in 0..8 {
        if stream.write_all(&chunk).is_err() {
            break;
        }
    }
    let mut answer = vec![0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(answer, b"HTTP/1.1 413");
}

#[test]
fn whoever_sends_slowly_is_let_go_and_holds_nobody_up() {
    let mut scene = Scene::new(&["--patience", "1"]);
    let mut heads: Vec<TcpStream> =
        (0..50).map(|_| TcpStream::connect(scene.service.address()).unwrap()).collect();
    for stream in &mut heads {
        stream.write_all(b"POST /entries HTTP/1.1\r\nhost: x\r\n").unwrap();
    }
    let mut bodies: Vec<TcpStream> =
        (0..50).map(|_| TcpStream::connect(scene.service.address()).unwrap()).collect();
    for stream in &mut bodies {
        let head = "POST /entries HTTP/1.1\r\nhost: x\r\ncontent-type: application/cose\r\ncontent-length: 1000\r\n\r\n12";
        stream.write_all(head.as_bytes()).unwrap();
    }
    let statement = scene.statement();
    assert_eq!(scene.post(&statement, &[PROOF]).status, 201);
    for mut stream in heads.into_iter().chain(bodies) {
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let mut answer = Vec::new();
        // The end of the connection: with an answer, or without.
        let _ = stream.read_to_end(&mut answer);
        assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 408"), "{answer:?}");
    }
}

/// Begins a sequence of 4 MiB, sends all but its last byte, or as much as is taken, and holds the connection.
fn all_but_one_byte(from: Ipv4Addr, to: SocketAddr) -> Option<TcpStream> {
    let mut stream = connect_from(from, to).ok()?;
    let length = 4 << 20;
    let head = format!(
        "POST /entries HTTP/1.1\r\nhost: x\r\ncontent-type: application/cbor-seq\r\ncontent-length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(&vec![0; length - 1]).ok()?;
    Some(stream)
}

/// Posts over a connection from this address.
fn post_from(from: Ipv4Addr, to: SocketAddr, kind: &str, body: &[u8]) -> String {
    let mut stream = connect_from(from, to).unwrap();
    let head = format!(
        "POST /entries HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).lines().next().unwrap_or_default().to_owned()
}

#[test]
fn bodies_that_stop_short_leave_others_their_room() {
    let mut scene = Scene::new(&[]);
    let to: SocketAddr = scene.service.address().parse().unwrap();
    let (attacker, honest) = (Ipv4Addr::new(127, 0, 0, 66), Ipv4Addr::LOCALHOST);
    for count in [16, 512] {
        let held: Vec<TcpStream> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..16)
                .map(|_| {
                    scope.spawn(move || {
                        (0..count / 16).filter_map(|_| all_but_one_byte(attacker, to)).collect::<Vec<_>>()
                    })
                })
                .collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        assert!(!held.is_empty(), "some are held");
        for _ in 0..5 {
            let one = post_from(honest, to, "application/cose", &scene.statement());
            assert!(one.starts_with("HTTP/1.1 201"), "{count}: {one}");
            let several = [scene.statement(), scene.statement()].concat();
            let several = post_from(honest, to, "application/cbor-seq", &several);
            assert!(several.starts_with("HTTP/1.1 200"), "{count}: {several}");
            // Single statements have room of their own, whoever sends them.
            let neighbour = post_from(attacker, to, "application/cose", &scene.statement());
            assert!(neighbour.starts_with("HTTP/1.1 201"), "{count}: {neighbour}");
        }
    }
}

#[test]
fn a_body_over_a_slow_link_comes_in_and_one_that_stops_is_let_go() {
    let mut scene = Scene::new(&["--patience", "6"]);
    let to: SocketAddr = scene.service.address().parse().unwrap();
    // 2 KiB each second, for longer than a head may take: a field outbox behind a bad link.
    let work = &mut scene.world.members[0].work;
    let mut sign = |n| work.sign(observation(n, &"seen ".repeat(790)), Vec::new()).unwrap().bytes().to_vec();
    let statements = (0..5).flat_map(&mut sign).collect::<Vec<u8>>();
    let start = format!(
        "POST /entries HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/cbor-seq\r\ncontent-length: {}\r\n\r\n",
        statements.len()
    );
    let mut slow = connect_from(Ipv4Addr::LOCALHOST, to).unwrap();
    slow.write_all(start.as_bytes()).unwrap();
    let mut stopped = connect_from(Ipv4Addr::LOCALHOST, to).unwrap();
    stopped.write_all(start.as_bytes()).unwrap();
    stopped.write_all(&statements[..statements.len() - 1]).unwrap();
    for piece in statements.chunks(512) {
        slow.write_all(piece).unwrap();
        std::thread::sleep(Duration::from_millis(250));
    }
    for (stream, status) in [(&mut slow, "HTTP/1.1 200"), (&mut stopped, "HTTP/1.1 408")] {
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        assert!(answer.starts_with(status.as_bytes()), "{}", String::from_utf8_lossy(&answer));
    }
}

#[test]
fn one_address_has_its_share_of_connections() {
    let scene = Scene::new(&["--address-connections", "3"]);
    let open: Vec<TcpStream> = (0..3).map(|_| TcpStream::connect(scene.service.address()).unwrap()).collect();
    for mut stream in &open {
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
        let mut answer = [0; 15];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200 OK");
    }
    let mut more = TcpStream::connect(scene.service.address()).unwrap();
    let mut answer = Vec::new();
    let _ = more.read_to_end(&mut answer);
    assert!(answer.is_empty());
    let other = Ipv4Addr::new(127, 0, 0, 2);
    let answer = post_from(other, scene.service.address().parse().unwrap(), "application/cose", b"x");
    assert!(answer.starts_with("HTTP/1.1 400"), "another is served: {answer}");
}

#[test]
fn when_all_places_are_taken_senders_are_sent_away_and_nothing_is_lost() {
    let mut scene = Scene::new(&["--places", "256", "--address-rate", "1000000", "--key-rate", "1000000"]);
    let statements: Vec<Vec<u8>> = (0..2_048).map(|_| scene.statement()).collect();
    let bodies: Vec<Vec<u8>> = statements.chunks(256).map(<[Vec<u8>]>::concat).collect();
    let full = std::sync::atomic::AtomicUsize::new(0);
    // All at once; who is sent away comes again. Behind a gap everything is refused, and comes again too.
    std::thread::scope(|scope| {
        for body in &bodies {
            let (scene, full) = (&scene, &full);
            scope.spawn(move || {
                loop {
                    let answer = scene.post_to("/entries", "application/cbor-seq", body, &[]);
                    if answer.status == 503 {
                        assert_eq!(answer.problem().1, "queue-full");
                        assert!(answer.header("retry-after").parse::<u64>().unwrap() >= 1);
                        full.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    } else {
                        let answer = answer.json();
                        let results = answer["results"].as_array().unwrap();
                        let there =
                            |r: &serde_json::Value| r["outcome"] == "recorded" || r["outcome"] == "duplicate";
                        if results.iter().all(there) {
                            return;
                        }
                    }
                    std::thread::sleep(Duration::from_millis(10));
                }
            });
        }
    });
    for statement in statements.iter().step_by(100) {
        assert_eq!(scene.get(&format!("/entries/{}", crate::client::id(statement)), &[]).status, 200);
    }
    let last = scene.get(&format!("/feeds/{}", scene.world.members[0].work.key.public().id()), &[]);
    assert_eq!(last.json()["next_seq"], 2_048);
}

#[test]
fn figures_are_counted_and_the_admin_listener_has_them_alone() {
    let mut scene = Scene::new(&[]);
    let statement = scene.statement();
    scene.post(&statement, &[]);
    scene.post(&statement, &[]);
    scene.post(b"x", &[]);
    let figures = scene.get("/metrics", &[]);
    assert!(figures.header("content-type").starts_with("application/openmetrics-text"));
    for line in [
        "truce_statements_total{outcome=\"recorded\"} 1",
        "truce_statements_total{outcome=\"duplicate\"} 1",
        "truce_statements_total{outcome=\"refused\"} 1",
        "truce_answers_total{status=\"201\"} 1",
        "truce_entries 7",
        "truce_entries_final 0",
    ] {
        assert!(figures.text().lines().any(|found| found == line), "{line} in\n{}", figures.text());
    }
    assert_eq!(scene.get("/healthz", &[]).status, 200);
    assert_eq!(scene.get("/readyz", &[]).status, 200);
    // Whoever asks from elsewhere does not get them.
    let behind = Scene::new(&["--forwarded"]);
    assert_eq!(behind.get("/metrics", &[]).status, 200);
    let far = behind.get("/metrics", &[("x-forwarded-for", "192.0.2.1")]);
    assert_eq!(far.problem(), (404, "not-found".into()));
    let apart = Scene::new(&["--admin", "127.0.0.1:0"]);
    assert_eq!(apart.get("/metrics", &[]).status, 404);
    assert_eq!(apart.get("/healthz", &[]).status, 200);
}
