//! A web server for one directory, as small as it can be: enough to be followed.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Serves files below a directory until the process ends.
pub(crate) struct Server {
    pub(crate) url: String,
    /// Requests answered.
    pub(crate) requests: Arc<AtomicU64>,
    /// Requests that are still to be answered with status 500.
    pub(crate) failures: Arc<AtomicU64>,
    /// Checkpoints not sent again because the reader has them.
    pub(crate) unchanged: Arc<AtomicU64>,
}

impl Server {
    pub(crate) fn start(root: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (requests, failures, unchanged) = (Arc::default(), Arc::default(), Arc::default());
        let server = Self {
            url,
            requests: Arc::clone(&requests),
            failures: Arc::clone(&failures),
            unchanged: Arc::clone(&unchanged),
        };
        let root = root.to_owned();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (root, requests, failures) = (root.clone(), Arc::clone(&requests), Arc::clone(&failures));
                let unchanged = Arc::clone(&unchanged);
                let stream = stream.unwrap();
                std::thread::spawn(move || serve(&stream, &root, &requests, &failures, &unchanged));
            }
        });
        server
    }
}

fn serve(
    stream: &std::net::TcpStream,
    root: &Path,
    requests: &AtomicU64,
    failures: &AtomicU64,
    unchanged: &AtomicU64,
) {
    let mut reader = BufReader::new(stream);
    loop {
        let (mut first, mut known) = (String::new(), None);
        if reader.read_line(&mut first).unwrap_or(0) == 0 {
            return;
        }
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) <= 2 {
                break;
            }
            if let Some(tag) = line.to_ascii_lowercase().strip_prefix("if-none-match:") {
                known = Some(tag.trim().to_owned());
            }
        }
        requests.fetch_add(1, Ordering::Relaxed);
        let path = first.split(' ').nth(1).unwrap_or("/").trim_start_matches('/');
        let body = std::fs::read(root.join(path));
        let fails = failures.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1)).is_ok();
        let (status, body, tag) = match body {
            _ if fails => ("500 No", Vec::new(), String::new()),
            Ok(body) => {
                let tag = format!("\"{}\"", hex::encode(truce_statement::id::sha256(&body)));
                if known.as_ref() == Some(&tag) {
                    unchanged.fetch_add(1, Ordering::Relaxed);
                    ("304 Not Modified", Vec::new(), tag)
                } else {
                    ("200 OK", body, tag)
                }
            }
            Err(_) => ("404 Not Found", Vec::new(), String::new()),
        };
        let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\netag: {tag}\r\n\r\n", body.len());
        let mut stream = stream;
        if stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body)).is_err() {
            return;
        }
    }
}
