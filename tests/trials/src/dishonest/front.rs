//! What stands between the real depositary and one reader, and shows the reader what it likes.

use super::forged::Files;
use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};
use truce_tests::network::server::{self, Reply, Request, read_answer};

/// An answer in place of the depositary's; nothing where the depositary's is handed on.
pub(super) type Answer = Arc<dyn Fn(&Request) -> Option<Reply> + Send + Sync>;

pub(super) struct Front {
    pub(super) url: String,
    shown: Arc<RwLock<Option<Answer>>>,
}

impl Front {
    pub(super) fn before(to: SocketAddr) -> Self {
        let address = truce_tests::network::address();
        let shown = Arc::<RwLock<Option<Answer>>>::default();
        let tells = Arc::clone(&shown);
        server::listen(address, move |stream| {
            let Some(request) = Request::read(stream)? else { return Ok(()) };
            let answer = tells.read().unwrap_or_else(PoisonError::into_inner).clone();
            let mut out = stream;
            match answer.and_then(|answer| answer(&request)) {
                Some(reply) => out.write_all(&reply.bytes()),
                None => out.write_all(&request.send(to)?),
            }
        });
        Self { url: format!("http://{address}"), shown }
    }

    pub(super) fn shows(&self, answer: Answer) {
        *self.shown.write().unwrap_or_else(PoisonError::into_inner) = Some(answer);
    }

    pub(super) fn is_honest(&self) {
        *self.shown.write().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Another log than the depositary's.
pub(super) fn log(files: Files) -> Answer {
    Arc::new(move |request| {
        if let Some(bytes) = files.get(&request.path) {
            return Some(Reply::new(200, "application/octet-stream", bytes.clone()));
        }
        let published = request.path == "/checkpoint" || request.path.starts_with("/tile/");
        published.then(Reply::absent)
    })
}

/// Files with `part` in their paths are said not to be there.
pub(super) fn hides(part: &'static str) -> Answer {
    Arc::new(move |request| request.path.contains(part).then(Reply::absent))
}

/// Nobody is there.
pub(super) fn silent() -> Answer {
    Arc::new(|_| Some(Reply::new(503, "text/plain", "")))
}

/// Files with `part` in their paths come changed.
pub(super) fn changes(to: SocketAddr, part: &'static str, change: fn(&mut Vec<u8>)) -> Answer {
    Arc::new(move |request| {
        if !request.path.contains(part) {
            return None;
        }
        let mut plain = request.clone();
        plain.headers.retain(|line| !line.to_ascii_lowercase().starts_with("accept-encoding:"));
        let (status, _, mut body) = read_answer(&plain.send(to).ok()?)?;
        if status == 200 {
            change(&mut body);
        }
        Some(Reply::new(status, "application/octet-stream", body))
    })
}

/// A statement that is handed in is answered with `reply`, as is who asks for its receipt.
pub(super) fn acknowledges(reply: Reply) -> Answer {
    Arc::new(move |request| request.path.starts_with("/entries").then(|| reply.clone()))
}
