//! Answers of operations: whole, or made while they are sent.

use super::problem::Problem;
use crate::server::not_modified;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::io;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

/// Bytes gathered before they are handed to the connection.
const PIECE: usize = 32 * 1024;
/// Pieces that may wait for a slow reader.
const WAITING: usize = 4;

/// Writes an answer.
pub(super) type Make = Box<dyn FnOnce(&mut Sink) -> io::Result<()> + Send>;

/// An answer that is not a failure.
pub(super) enum Answer {
    /// All of it at once.
    Whole(Whole),
    /// Made while it is sent.
    Stream {
        kind: &'static str,
        /// Name under which a browser saves it.
        name: &'static str,
        make: Make,
    },
}

/// Bytes with their headers.
pub(super) struct Whole {
    kind: &'static str,
    bytes: Vec<u8>,
    /// The same address gives these bytes for ever.
    immutable: bool,
    /// Name under which a browser saves it.
    name: Option<String>,
}

impl Answer {
    /// JSON of `value`.
    pub(super) fn json(value: &impl Serialize) -> Result<Self, Problem> {
        let bytes = serde_json::to_vec(value).map_err(|_| Problem::internal())?;
        Ok(Self::bytes("application/json", bytes))
    }

    /// These bytes.
    pub(super) fn bytes(kind: &'static str, bytes: Vec<u8>) -> Self {
        Self::Whole(Whole { kind, bytes, immutable: false, name: None })
    }

    /// The same address will give these bytes for ever.
    pub(super) fn for_ever(mut self) -> Self {
        if let Self::Whole(whole) = &mut self {
            whole.immutable = true;
        }
        self
    }

    /// A browser saves it as `name`.
    pub(super) fn saved_as(mut self, name: String) -> Self {
        if let Self::Whole(whole) = &mut self {
            whole.name = Some(name);
        }
        self
    }

    pub(super) fn respond(self, asked: &HeaderMap) -> Response {
        match self {
            Self::Whole(whole) => whole.respond(asked),
            Self::Stream { kind, name, make } => {
                let (send, receive) = mpsc::channel(WAITING);
                tokio::task::spawn_blocking(move || {
                    let mut sink = Sink { waiting: Vec::with_capacity(PIECE), send };
                    let done = make(&mut sink).and_then(|()| sink.pass_on());
                    if let Err(error) = done {
                        // The reader sees a broken transfer, never a short one that looks whole.
                        let _ = sink.send.blocking_send(Err(error));
                    }
                });
                let body = Body::from_stream(ReceiverStream::new(receive));
                let mut response = body.into_response();
                set(&mut response, header::CONTENT_TYPE, kind);
                set(&mut response, header::CACHE_CONTROL, "no-cache");
                set(&mut response, header::CONTENT_DISPOSITION, &format!("attachment; filename=\"{name}\""));
                response
            }
        }
    }
}

impl Whole {
    fn respond(self, asked: &HeaderMap) -> Response {
        let tag = format!("\"{}\"", hex::encode(Sha256::digest(&self.bytes).get(..12).unwrap_or_default()));
        let mut response = if not_modified(asked, &tag) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            let mut response = self.bytes.into_response();
            set(&mut response, header::CONTENT_TYPE, self.kind);
            if let Some(name) = &self.name {
                set(&mut response, header::CONTENT_DISPOSITION, &format!("attachment; filename=\"{name}\""));
            }
            response
        };
        set(&mut response, header::ETAG, &tag);
        let keep = if self.immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
        set(&mut response, header::CACHE_CONTROL, keep);
        response
    }
}

fn set(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// Writer of an answer that is made while it is sent. Writing waits for the reader, and fails when the reader
/// has gone.
pub(super) struct Sink {
    waiting: Vec<u8>,
    send: mpsc::Sender<io::Result<Bytes>>,
}

impl Sink {
    fn pass_on(&mut self) -> io::Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let piece = std::mem::replace(&mut self.waiting, Vec::with_capacity(PIECE));
        self.send.blocking_send(Ok(Bytes::from(piece))).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

impl io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() >= PIECE {
            self.pass_on()?;
        }
        Ok(bytes.len())
    }

    /// Does nothing: the buffered bytes go out when there are enough of them, or at the end.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
