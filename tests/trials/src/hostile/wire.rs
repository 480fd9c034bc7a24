//! Bytes out, answers in: nothing of HTTP is taken for granted on the way out, everything is checked on the way in.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;
use truce_tests::http::Answer;

/// An answer that takes longer has failed.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);
/// The longest answer there may be, bytes.
const MAX_BODY: usize = 16 << 20;

/// What came of one request.
pub(super) enum Outcome {
    Answer(Answer),
    /// The connection was closed without an answer.
    Closed,
    /// Nothing came, or something that is no HTTP.
    Failed(String),
}

/// A connection that is opened when it is needed, and kept as long as both sides like.
pub(super) struct Wire {
    address: String,
    stream: Option<BufReader<TcpStream>>,
}

impl Wire {
    pub(super) fn new(address: &str) -> Self {
        Self { address: address.to_owned(), stream: None }
    }

    /// Sends one request and reads one answer. `last`: nothing more is sent behind it, and the server is told.
    pub(super) fn send(&mut self, bytes: &[u8], last: bool) -> Outcome {
        if last {
            self.stream = None;
        }
        // A kept connection may have been closed since the last answer.
        for _ in 0..2 {
            let kept = self.stream.is_some();
            match self.exchange(bytes, last) {
                Outcome::Closed if kept => self.stream = None,
                done => {
                    let keeps = match &done {
                        Outcome::Answer(answer) => answer.header("connection") != Some("close"),
                        _ => false,
                    };
                    if last || !keeps {
                        self.stream = None;
                    }
                    return done;
                }
            }
        }
        Outcome::Closed
    }

    fn exchange(&mut self, bytes: &[u8], last: bool) -> Outcome {
        if self.stream.is_none() {
            match connect(&self.address) {
                Ok(stream) => self.stream = Some(BufReader::new(stream)),
                Err(e) => return Outcome::Failed(format!("no connection: {e}")),
            }
        }
        let Some(stream) = &mut self.stream else { return Outcome::Closed };
        // A server that has seen enough may answer and close before everything is written.
        let written = stream.get_mut().write_all(bytes);
        if last && written.is_ok() {
            let _ = stream.get_mut().shutdown(Shutdown::Write);
        }
        match answer(stream) {
            Ok(answer) => Outcome::Answer(answer),
            Err(e) if is_end(&e) => Outcome::Closed,
            Err(e) => Outcome::Failed(e.to_string()),
        }
    }
}

pub(super) fn connect(address: &str) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

pub(super) fn is_end(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof)
}

/// Reads one answer, within bounds.
pub(super) fn answer(stream: &mut BufReader<TcpStream>) -> io::Result<Answer> {
    loop {
        let answer = one(stream)?;
        // 100 Continue is none yet.
        if answer.status >= 200 {
            return Ok(answer);
        }
    }
}

fn one(stream: &mut BufReader<TcpStream>) -> io::Result<Answer> {
    let mut answer = Answer::default();
    let first = line(stream)?;
    let status = first.strip_prefix("HTTP/1.").and_then(|rest| rest.split(' ').nth(1));
    answer.status = status.and_then(|code| code.parse().ok()).ok_or_else(|| bad(&first))?;
    loop {
        let header = line(stream)?;
        if header.is_empty() {
            break;
        }
        let (name, value) = header.split_once(':').ok_or_else(|| bad(&header))?;
        answer.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        if answer.headers.len() > 100 {
            return Err(bad("too many headers"));
        }
    }
    if answer.header("transfer-encoding").is_some() {
        loop {
            let head = line(stream)?;
            let size = usize::from_str_radix(&head, 16).map_err(|_| bad(&head))?;
            take(stream, size, &mut answer.body)?;
            line(stream)?;
            if size == 0 {
                return Ok(answer);
            }
        }
    }
    if answer.status >= 200 && answer.status != 204 && answer.status != 304 {
        let length = answer.header("content-length").unwrap_or("0");
        let length = length.parse().map_err(|_| bad("a length"))?;
        take(stream, length, &mut answer.body)?;
    }
    Ok(answer)
}

fn line(stream: &mut BufReader<TcpStream>) -> io::Result<String> {
    let mut bytes = Vec::new();
    stream.by_ref().take(64 << 10).read_until(b'\n', &mut bytes)?;
    if bytes.pop() != Some(b'\n') {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    if bytes.last() == Some(&b'\r') {
        bytes.pop();
    }
    String::from_utf8(bytes).map_err(|_| bad("no text"))
}

fn take(stream: &mut BufReader<TcpStream>, size: usize, body: &mut Vec<u8>) -> io::Result<()> {
    let start = body.len();
    if start.saturating_add(size) > MAX_BODY {
        return Err(bad("an answer of more than 16 MiB"));
    }
    body.resize(start + size, 0);
    stream.read_exact(&mut body[start..])
}

fn bad(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("no HTTP answer: {what}"))
}
