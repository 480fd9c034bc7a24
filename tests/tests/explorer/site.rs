//! A running explorer with its readers' end: requests over HTTP, as small as they can be.

use super::log::{self, Log};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use truce_copy::Explorer;
use truce_copy::source::Location;
use truce_explorer::model::Reading;
use truce_explorer::server::{Limits, serve};
use truce_explorer::site;

/// A running explorer with its readers' end.
pub(crate) struct Site {
    pub(crate) address: SocketAddr,
    pub(crate) log: Log,
    pub(crate) size: u64,
    pub(crate) explorer: Explorer,
    _stop: oneshot::Sender<()>,
    _runtime: tokio::runtime::Runtime,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }
}

impl Site {
    pub(crate) fn over(log: Log) -> Self {
        let from = Location::Ledger(log.ledger());
        Self::of(log, from, Limits::default())
    }

    /// An explorer over `from`, which holds what `log` holds.
    pub(crate) fn of(log: Log, from: Location, limits: Limits) -> Self {
        let explorer = log::explore(from, &log.copy());
        let size = log.size();
        log::wait_for(&explorer, size);
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let app = site(&Reading::of(&explorer), &address.into());
        let (stop, stopped) = oneshot::channel::<()>();
        runtime.spawn(serve(listener, app, limits, async {
            let _ = stopped.await;
        }));
        Self { address, log, size, explorer, _stop: stop, _runtime: runtime }
    }

    pub(crate) fn lived() -> Self {
        let mut log = Log::new();
        log.live();
        Self::over(log)
    }

    pub(crate) fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut stream = self.begin(method, path, headers);
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        let end = bytes
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .unwrap_or_else(|| panic!("{method} {path}"));
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers: BTreeMap<String, String> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let mut body = bytes[end + 4..].to_vec();
        if headers.get("transfer-encoding").is_some_and(|coding| coding == "chunked") && method != "HEAD" {
            body = unchunked(&body);
        }
        Answer { status, headers, body }
    }

    /// Sends a request; its answer is the caller's to read.
    pub(crate) fn begin(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        if !headers.iter().any(|(name, _)| *name == "Host") {
            let _ = write!(head, "Host: {}\r\n", self.address);
        }
        for (name, value) in headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        stream.write_all(format!("{head}\r\n").as_bytes()).unwrap();
        stream
    }

    pub(crate) fn json(&self, path: &str) -> Value {
        serde_json::from_str(&self.get(path)).unwrap()
    }

    pub(crate) fn get(&self, path: &str) -> String {
        let answer = self.ask("GET", path, &[]);
        assert_eq!(answer.status, 200, "{path}");
        answer.text()
    }
}

fn unchunked(mut bytes: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let line = bytes.windows(2).position(|two| two == b"\r\n").unwrap();
        let length = usize::from_str_radix(std::str::from_utf8(&bytes[..line]).unwrap(), 16).unwrap();
        if length == 0 {
            return body;
        }
        body.extend_from_slice(&bytes[line + 2..line + 2 + length]);
        bytes = &bytes[line + 4 + length..];
    }
}
