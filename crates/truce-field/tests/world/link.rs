//! A link between client and depositary that drops, delays, repeats, cuts and resets, by a seeded plan.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What happens to one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    /// The connection is closed before anything passes.
    Drop,
    /// The request arrives, the answer does not.
    LoseAnswer,
    /// The request arrives in part only.
    CutRequest(usize),
    /// The answer comes in part only.
    CutAnswer(usize),
    /// The request arrives twice; the client gets one answer.
    Repeat,
    /// Nothing comes back until the client gives up.
    Silence,
}

/// A link that listens.
pub struct Link {
    pub address: SocketAddr,
    plan: Arc<Mutex<Vec<Fault>>>,
    pub connections: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
}

impl Link {
    /// A link to `to` that takes `latency` each way. Connections meet the faults of `plan` from its end on; when it is
    /// empty, all is well.
    pub fn start(to: SocketAddr, latency: Duration, mut plan: Vec<Fault>) -> Self {
        plan.reverse();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let plan = Arc::new(Mutex::new(plan));
        let stop = Arc::new(AtomicBool::new(false));
        let connections = Arc::new(AtomicU64::new(0));
        let (faults, stopped, counted) = (Arc::clone(&plan), Arc::clone(&stop), Arc::clone(&connections));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let Ok(client) = stream else { continue };
                counted.fetch_add(1, Ordering::Relaxed);
                let fault = faults.lock().unwrap().pop().unwrap_or(Fault::None);
                std::thread::spawn(move || carry(client, to, latency, fault));
            }
        });
        Self { address, plan, connections, stop }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn is_quiet(&self) -> bool {
        self.plan.lock().unwrap().is_empty()
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address);
    }
}

/// One message with its head and, by `Content-Length`, its body.
pub fn message(stream: &mut impl Read) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        bytes.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&bytes).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).ok()?;
    bytes.extend(body);
    Some(bytes)
}

pub fn exchange(to: SocketAddr, request: &[u8]) -> Option<Vec<u8>> {
    let mut server = TcpStream::connect(to).ok()?;
    server.write_all(request).ok()?;
    message(&mut server)
}

fn carry(mut client: TcpStream, to: SocketAddr, latency: Duration, fault: Fault) {
    if fault == Fault::Drop {
        return;
    }
    let Some(request) = message(&mut client) else { return };
    std::thread::sleep(latency);
    let cut = |bytes: &[u8], n: usize| bytes[..n.min(bytes.len().saturating_sub(1))].to_vec();
    if let Fault::CutRequest(n) = fault {
        if let Ok(mut server) = TcpStream::connect(to) {
            let _ = server.write_all(&cut(&request, n));
            let _ = server.shutdown(Shutdown::Both);
        }
        return;
    }
    let mut answer = exchange(to, &request);
    if fault == Fault::Repeat {
        answer = exchange(to, &request);
    }
    std::thread::sleep(latency);
    let Some(answer) = answer else { return };
    // One exchange for each connection, so that each request meets a fault.
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n").unwrap_or_default();
    let answer = [&answer[..end], b"\r\nConnection: close".as_slice(), &answer[end..]].concat();
    match fault {
        Fault::LoseAnswer => {}
        Fault::Silence => {
            // Until the client gives up.
            let _ = client.set_read_timeout(Some(Duration::from_secs(20)));
            let _ = client.read(&mut [0]);
        }
        Fault::CutAnswer(n) => {
            let _ = client.write_all(&cut(&answer, n));
        }
        _ => {
            let _ = client.write_all(&answer);
        }
    }
}
