//! Connections that are held rather than used: slow heads and bodies, half-open ones, pipelining, bad handshakes.

use super::wire::{self, answer, connect, is_end};
use crate::fuzz::mutate::Random;
use std::io::{self, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::time::Duration;
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};

/// Between two bytes of a slow sender.
const DRIP: Duration = Duration::from_millis(100);

/// What came of some connections.
#[derive(Default)]
pub(super) struct Held {
    pub(super) connections: u64,
    /// Ended by the server, with an answer or without.
    pub(super) ended: u64,
    pub(super) statuses: Vec<u16>,
}

/// Sends each of `beginnings` a byte at a time and for ever, all at once, until the server has had enough; `most` bounds
/// how long that may take.
pub(super) fn slow(address: &str, beginnings: &[Vec<u8>], most: Duration) -> Held {
    let mut held = Held::default();
    std::thread::scope(|scope| {
        let threads: Vec<_> = beginnings
            .iter()
            .map(|beginning| scope.spawn(move || drip(address, beginning, most).unwrap_or(None)))
            .collect();
        for thread in threads {
            held.connections += 1;
            if let Some(said) = thread.join().expect("no panic") {
                held.ended += 1;
                held.statuses.extend(status(&said));
            }
        }
    });
    held
}

/// What the server said before it ended the connection; `None` where it never did.
fn drip(address: &str, beginning: &[u8], most: Duration) -> io::Result<Option<Vec<u8>>> {
    let mut stream = connect(address)?;
    stream.set_read_timeout(Some(DRIP))?;
    let (mut said, mut buffer) = (Vec::new(), [0; 4096]);
    let turns = most.as_millis() / DRIP.as_millis();
    let head = beginning.len().saturating_sub(1);
    let mut more = beginning.iter().copied().chain(std::iter::repeat(b'a'));
    // All but the last byte of what was given at once: what follows decides.
    let first: Vec<u8> = more.by_ref().take(head).collect();
    stream.write_all(&first)?;
    for byte in more.take(usize::try_from(turns).unwrap_or(usize::MAX)) {
        // Writing to what has been closed fails; what was said is read all the same.
        let _ = stream.write_all(&[byte]);
        match stream.read(&mut buffer) {
            Ok(0) => return Ok(Some(said)),
            Ok(read) => said.extend_from_slice(&buffer[..read]),
            Err(e) if is_end(&e) => return Ok(Some(said)),
            Err(_) => {}
        }
    }
    Ok(None)
}

fn status(said: &[u8]) -> Option<u16> {
    std::str::from_utf8(said.get(9..12)?).ok()?.parse().ok()
}

/// Connections that are opened and left, in several ways.
pub(super) fn half_open(address: &str, count: u64) -> Held {
    let mut kept: Vec<TcpStream> = Vec::new();
    let mut held = Held { connections: count, ..Held::default() };
    for n in 0..count {
        let Ok(mut stream) = connect(address) else { continue };
        match n % 4 {
            // Gone at once.
            0 => {
                held.ended += 1;
                continue;
            }
            // Gone in the middle of a head.
            1 => {
                let _ = stream.write_all(b"POST /entries HTTP/1.1\r\nhost: ");
                let _ = stream.shutdown(Shutdown::Both);
                held.ended += 1;
                continue;
            }
            // Says no more, and listens.
            2 => drop(stream.shutdown(Shutdown::Write)),
            // Asks, and never reads.
            _ => drop(stream.write_all(b"GET /openapi.json HTTP/1.1\r\nhost: h\r\n\r\n")),
        }
        kept.push(stream);
    }
    for mut stream in kept {
        let mut said = Vec::new();
        match stream.read_to_end(&mut said) {
            Ok(_) => held.ended += 1,
            Err(e) if is_end(&e) => held.ended += 1,
            Err(_) => {}
        }
        held.statuses.extend(status(&said));
    }
    held
}

/// Many requests at once on one connection, rubbish behind the last: the answers come in order, as many as there were
/// requests, and then the connection ends.
pub(super) fn pipelined(address: &str, request: &[u8], times: usize) -> Result<Held, String> {
    let stream = connect(address).map_err(|e| e.to_string())?;
    let mut bytes = request.repeat(times);
    bytes.extend_from_slice(b"\0\0\0 rubbish\r\n\r\n");
    let mut writer = stream.try_clone().map_err(|e| e.to_string())?;
    let mut held = Held { connections: 1, ..Held::default() };
    std::thread::scope(|scope| {
        scope.spawn(move || drop(writer.write_all(&bytes)));
        let mut reader = BufReader::new(stream);
        loop {
            match answer(&mut reader) {
                Ok(answer) => held.statuses.push(answer.status),
                Err(e) if is_end(&e) => break,
                Err(e) => return Err(e.to_string()),
            }
        }
        held.ended = 1;
        Ok(held)
    })
}

/// The first flight of a real TLS client.
pub(super) fn client_hello() -> Vec<u8> {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("https://localhost:{}/", listener.local_addr().expect("an address").port());
    let client = std::thread::spawn(move || drop(agent(None).get(&url).call()));
    let (mut stream, _) = listener.accept().expect("a client");
    let mut hello = vec![0; 4096];
    let read = stream.read(&mut hello).expect("a hello");
    hello.truncate(read);
    drop(stream);
    client.join().expect("no panic");
    hello
}

/// Bad handshakes, a few at a time; each has to be ended by the server.
pub(super) fn handshakes(address: &str, random: &mut Random, hello: &[u8], count: u64) -> Held {
    let mut held = Held { connections: count, ..Held::default() };
    for n in 0..count {
        let mut bytes = hello.to_vec();
        match n % 6 {
            0 => {
                let at = random.below(bytes.len());
                bytes[at] ^= 1 << random.below(8);
            }
            1 => bytes.truncate(random.below(hello.len())),
            2 => bytes = (0..=random.below(3000)).map(|_| random.byte()).collect(),
            3 => bytes = b"GET /healthz HTTP/1.1\r\nhost: h\r\n\r\n".to_vec(),
            4 => bytes.splice(3..5, [0xff, 0xff]).for_each(drop),
            // The handshake begun, and rubbish in its place.
            _ => bytes.extend((0..2000).map(|_| random.byte())),
        }
        let Ok(mut stream) = connect(address) else { continue };
        let _ = stream.write_all(&bytes);
        let _ = stream.shutdown(Shutdown::Write);
        let mut said = Vec::new();
        match (&stream).take(1 << 20).read_to_end(&mut said) {
            Ok(_) => held.ended += 1,
            Err(e) if is_end(&e) => held.ended += 1,
            Err(_) => {}
        }
    }
    held
}

/// An HTTPS client that trusts `root`, or nobody.
pub(super) fn agent(root: Option<&[u8]>) -> ureq::Agent {
    let roots = root.map(|pem| {
        parse_pem(pem)
            .filter_map(|item| match item {
                Ok(PemItem::Certificate(certificate)) => Some(certificate),
                _ => None,
            })
            .collect::<Vec<_>>()
    });
    let tls = TlsConfig::builder().root_certs(RootCerts::new_with_certs(&roots.unwrap_or_default())).build();
    ureq::Agent::config_builder()
        .tls_config(tls)
        .timeout_global(Some(wire::PATIENCE))
        .http_status_as_error(false)
        .build()
        .new_agent()
}
