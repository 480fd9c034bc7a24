//! HTTP/1.1, one request for each connection: as little of it as a lying server or a bad link needs.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

/// The most bytes of one message that are handed on.
const MOST: u64 = 64 << 20;
/// The longest that the other side is waited for: longer than a depositary holds an answer.
const PATIENCE: Duration = Duration::from_secs(40);

/// A request, read whole.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// As `POST`.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Header lines without their ends; no `Connection`.
    pub headers: Vec<String>,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// Reads one; nothing where the other side said nothing.
    ///
    /// # Errors
    /// When the connection fails or is cut.
    pub fn read(stream: &TcpStream) -> io::Result<Option<Self>> {
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let mut words = line.split(' ');
        let mut request = Self {
            method: words.next().unwrap_or_default().to_owned(),
            path: words.next().unwrap_or("/").to_owned(),
            ..Self::default()
        };
        let mut length = 0;
        loop {
            line.clear();
            if reader.read_line(&mut line)? <= 2 {
                break;
            }
            let lower = line.to_ascii_lowercase();
            if let Some(value) = lower.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
            if !lower.starts_with("connection:") {
                request.headers.push(line.trim_end().to_owned());
            }
        }
        if length > MOST {
            return Err(io::ErrorKind::InvalidData.into());
        }
        reader.take(length).read_to_end(&mut request.body)?;
        Ok(Some(request))
    }

    /// Sends it to `address`, and gives everything that comes back, head and all.
    ///
    /// # Errors
    /// When there is no connection, or it breaks.
    pub fn send(&self, address: SocketAddr) -> io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.path);
        for line in &self.headers {
            head.push_str(line);
            head.push_str("\r\n");
        }
        head.push_str("connection: close\r\n\r\n");
        stream.write_all(head.as_bytes())?;
        stream.write_all(&self.body)?;
        let mut answer = Vec::new();
        stream.take(MOST).read_to_end(&mut answer)?;
        Ok(answer)
    }
}

/// An answer to be given.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    /// Status code.
    pub status: u16,
    /// Media type.
    pub kind: &'static str,
    /// Further header lines, without their ends.
    pub headers: Vec<String>,
    /// The body.
    pub body: Vec<u8>,
}

impl Reply {
    /// An answer of this status and type.
    #[must_use]
    pub fn new(status: u16, kind: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self { status, kind, headers: Vec::new(), body: body.into() }
    }

    /// What is not there.
    #[must_use]
    pub fn absent() -> Self {
        let text = r#"{"type":"about:blank","title":"not found","status":404,"code":"not-found"}"#;
        Self::new(404, "application/problem+json", text)
    }

    /// The answer as it is sent.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let mut head = format!(
            "HTTP/1.1 {} Told\r\ncontent-type: {}\r\ncontent-length: {}\r\nconnection: close\r\n",
            self.status,
            self.kind,
            self.body.len()
        );
        for line in &self.headers {
            head.push_str(line);
            head.push_str("\r\n");
        }
        head.push_str("\r\n");
        [head.as_bytes(), &self.body].concat()
    }
}

/// Answers at `address` for as long as the program runs.
///
/// # Panics
/// When the address is taken.
pub fn serve(address: SocketAddr, answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) {
    let answer = Arc::new(answer);
    listen(address, move |stream| {
        let Some(request) = Request::read(stream)? else { return Ok(()) };
        let mut out = stream;
        out.write_all(&answer(&request).bytes())
    });
}

/// Takes connections at `address` for as long as the program runs, each on a thread of its own.
///
/// # Panics
/// When the address is taken.
pub fn listen(address: SocketAddr, take: impl Fn(&TcpStream) -> io::Result<()> + Send + Sync + 'static) {
    let listener = TcpListener::bind(address).unwrap_or_else(|e| panic!("{address}: {e}"));
    let take = Arc::new(take);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let take = Arc::clone(&take);
            // A client that goes away in the middle is no failure of ours.
            std::thread::spawn(move || drop(take(&stream)));
        }
    });
}

/// Asks `address` for `path`: status, head in small letters, and body.
#[must_use]
pub fn get(address: SocketAddr, path: &str, headers: &[&str]) -> Option<(u16, String, Vec<u8>)> {
    let mut lines = vec!["host: localhost".to_owned()];
    lines.extend(headers.iter().map(|line| (*line).to_owned()));
    let request = Request { method: "GET".into(), path: path.into(), headers: lines, body: Vec::new() };
    read_answer(&request.send(address).ok()?)
}

/// Status of an answer that [`Request::send`] gave, and its body; chunks are joined.
#[must_use]
pub fn read_answer(bytes: &[u8]) -> Option<(u16, String, Vec<u8>)> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).ok()?.to_ascii_lowercase();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let mut rest = &bytes[end + 4..];
    let mut body = Vec::new();
    if head.contains("transfer-encoding: chunked") {
        loop {
            let line = rest.windows(2).position(|two| two == b"\r\n")?;
            let size = usize::from_str_radix(std::str::from_utf8(&rest[..line]).ok()?.trim(), 16).ok()?;
            rest = rest.get(line + 2..)?;
            if size == 0 {
                break;
            }
            body.extend_from_slice(rest.get(..size)?);
            rest = rest.get(size + 2..)?;
        }
    } else {
        body.extend_from_slice(rest);
    }
    Some((status, head, body))
}
