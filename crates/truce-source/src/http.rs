//! A log served over HTTP: the files of a published directory below one URL.

use crate::tree::{read_bundle, read_tile};
use crate::{MAX_CHECKPOINT, Source, SourceError};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use truce_tlog::{BundleCoord, TileCoord};
use ureq::http::{HeaderMap, Uri, header};

/// Whatever a server does, one request ends after this.
const REQUEST: Duration = Duration::from_secs(60);
const CONNECT: Duration = Duration::from_secs(10);
/// Time between two looks at the checkpoint.
const PAUSE: Duration = Duration::from_secs(1);
/// Requests for one file before the source counts as unreadable.
const TRIES: u32 = 4;
/// Before the second try; doubled for the next.
const FIRST_WAIT: Duration = Duration::from_millis(250);
/// Redirects that are followed for one file.
const MAX_REDIRECTS: u32 = 3;
/// Longest address of another origin that is told, in characters.
const MAX_TOLD: usize = 200;

/// A log below a URL.
pub struct HttpSource {
    agent: ureq::Agent,
    base: String,
    /// The checkpoint as it came last, with what makes asking for it again cheap.
    last: Mutex<Option<Validated>>,
}

struct Validated {
    note: Vec<u8>,
    etag: Option<String>,
    modified: Option<String>,
}

/// A server's answer to one request.
enum Answer {
    /// The file is at another URL of the same origin.
    Onward(String),
    File(Vec<u8>, Box<HeaderMap>),
    Unchanged,
    Missing,
}

impl HttpSource {
    /// The log below `base`, a URL; `program` names the reader to the server, as `name/version`.
    #[must_use]
    pub fn new(base: &str, program: &str) -> Self {
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(REQUEST))
            .timeout_connect(Some(CONNECT))
            .http_status_as_error(false)
            // Followed by hand, within the origin that was named: a server must not choose whom this machine asks.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(program)
            .build()
            .new_agent();
        Self { agent, base: base.trim_end_matches('/').to_owned(), last: Mutex::default() }
    }

    /// One file; failures that may pass are tried again, a few times.
    fn get(
        &self,
        path: &str,
        limit: u64,
        conditions: &[(header::HeaderName, String)],
    ) -> Result<Answer, SourceError> {
        let url = format!("{}/{path}", self.base);
        let mut wait = FIRST_WAIT;
        for _ in 1..TRIES {
            match self.try_get(&url, limit, conditions) {
                Err(SourceError::Http { .. }) => std::thread::sleep(wait),
                done => return done,
            }
            wait *= 2;
        }
        self.try_get(&url, limit, conditions)
    }

    fn try_get(
        &self,
        url: &str,
        limit: u64,
        conditions: &[(header::HeaderName, String)],
    ) -> Result<Answer, SourceError> {
        let mut at = url.to_owned();
        for _ in 0..=MAX_REDIRECTS {
            match self.request(&at, limit, conditions)? {
                Answer::Onward(next) => at = next,
                answer => return Ok(answer),
            }
        }
        let what = format!("the server redirects more than {MAX_REDIRECTS} times");
        Err(SourceError::Http { url: url.to_owned(), what })
    }

    fn request(
        &self,
        url: &str,
        limit: u64,
        conditions: &[(header::HeaderName, String)],
    ) -> Result<Answer, SourceError> {
        let failed = |what: String| SourceError::Http { url: url.to_owned(), what };
        let mut request = self.agent.get(url);
        for (name, value) in conditions {
            request = request.header(name, value);
        }
        let mut response = request.call().map_err(|e| failed(e.to_string()))?;
        match response.status().as_u16() {
            200 => {
                let headers = Box::new(response.headers().clone());
                // Counted behind the decompression.
                let body = response.body_mut().with_config().limit(limit).read_to_vec();
                match body {
                    Ok(bytes) => Ok(Answer::File(bytes, headers)),
                    Err(ureq::Error::BodyExceedsLimit(_)) => {
                        Err(SourceError::TooLarge { place: url.to_owned(), limit })
                    }
                    Err(e) => Err(failed(e.to_string())),
                }
            }
            304 if !conditions.is_empty() => Ok(Answer::Unchanged),
            404 | 410 => Ok(Answer::Missing),
            301 | 302 | 303 | 307 | 308 => {
                let to = response.headers().get(header::LOCATION).and_then(|to| to.to_str().ok());
                let to = to.ok_or_else(|| failed("the server redirects to nowhere".to_owned()))?;
                onward(url, to).map(Answer::Onward).ok_or_else(|| SourceError::Elsewhere {
                    url: url.to_owned(),
                    to: to.chars().take(MAX_TOLD).collect::<String>().escape_debug().to_string(),
                })
            }
            status => Err(failed(format!("the server answered with status {status}"))),
        }
    }

    /// A file below the URL: at most `limit` bytes; `None` where there is none.
    pub fn file(&self, path: &str, limit: u64) -> Result<Option<Vec<u8>>, SourceError> {
        match self.get(path, limit, &[])? {
            Answer::File(bytes, _) => Ok(Some(bytes)),
            Answer::Unchanged | Answer::Missing | Answer::Onward(_) => Ok(None),
        }
    }
}

impl Source for HttpSource {
    fn pause(&self) -> Duration {
        PAUSE
    }

    fn checkpoint(&self) -> Result<Option<Vec<u8>>, SourceError> {
        let mut conditions = Vec::new();
        if let Some(last) = self.last.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            conditions.extend(last.etag.clone().map(|etag| (header::IF_NONE_MATCH, etag)));
            conditions.extend(last.modified.clone().map(|date| (header::IF_MODIFIED_SINCE, date)));
        }
        let answer = self.get("checkpoint", MAX_CHECKPOINT, &conditions)?;
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(match answer {
            Answer::Unchanged => last.as_ref().map(|last| last.note.clone()),
            Answer::Missing | Answer::Onward(_) => None,
            Answer::File(note, headers) => {
                let text = |name| headers.get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
                // A date alone tells apart what changed within one second only by luck.
                let etag = text(header::ETAG);
                let modified = if etag.is_some() { text(header::LAST_MODIFIED) } else { None };
                *last = Some(Validated { note: note.clone(), etag, modified });
                Some(note)
            }
        })
    }

    fn bundle(&self, coord: BundleCoord, bytes: &mut Vec<u8>) -> Result<bool, SourceError> {
        read_bundle(&|path, limit| self.file(path, limit), coord, bytes)
    }

    fn tile(&self, coord: TileCoord) -> Result<Option<Vec<u8>>, SourceError> {
        read_tile(&|path, limit| self.file(path, limit), coord)
    }

    fn has_tiles(&self) -> bool {
        true
    }
}

/// The URL that a `Location` (RFC 9110, section 10.2.2) in the answer to `from` names; `None` where it is of another
/// origin, or no URL.
fn onward(from: &str, location: &str) -> Option<String> {
    let asked: Uri = from.parse().ok()?;
    let (scheme, authority) = (asked.scheme_str()?, asked.authority()?);
    let target = if let Some(rest) = location.strip_prefix("//") {
        format!("{scheme}://{rest}")
    } else if location.starts_with('/') {
        format!("{scheme}://{authority}{location}")
    // The first segment of a relative reference holds no colon (RFC 3986, section 4.2): what does begins with a scheme.
    } else if location.split(['/', '?', '#']).next().is_some_and(|first| first.contains(':')) {
        location.to_owned()
    } else {
        let folder = asked.path().rsplit_once('/').map_or("", |(folder, _)| folder);
        format!("{scheme}://{authority}{folder}/{location}")
    };
    let named: Uri = target.parse().ok()?;
    let origin = |uri: &Uri| {
        let scheme = uri.scheme_str()?.to_ascii_lowercase();
        let port = uri.port_u16().or(match scheme.as_str() {
            "http" => Some(80),
            "https" => Some(443),
            _ => None,
        })?;
        Some((scheme, uri.host()?.to_ascii_lowercase(), port))
    };
    let same = origin(&named)? == origin(&asked)?;
    // A user in the address would be sent along as a secret that nobody gave.
    let plain = named.authority().is_some_and(|authority| !authority.as_str().contains('@'));
    (same && plain).then_some(target)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::net::TcpListener;

    #[test]
    fn a_redirect_is_followed_within_its_origin_alone() {
        let from = "https://log.example.org/a/tile/0/000";
        for (location, to) in [
            ("https://log.example.org/b", "https://log.example.org/b"),
            ("https://LOG.example.org:443/b", "https://LOG.example.org:443/b"),
            ("//log.example.org/b", "https://log.example.org/b"),
            ("/b?c", "https://log.example.org/b?c"),
            ("001", "https://log.example.org/a/tile/0/001"),
        ] {
            assert_eq!(onward(from, location).as_deref(), Some(to), "{location}");
        }
        for location in [
            "http://log.example.org/b",
            "https://log.example.org:8443/b",
            "https://example.org/b",
            "https://log.example.org.evil.example/b",
            "https://log.example.org@evil.example/b",
            "https://user@log.example.org/b",
            "//evil.example/b",
            "file:///etc/passwd",
            "ftp://log.example.org/b",
            "http://[::1",
            "",
        ] {
            assert!(onward(from, location).is_none() || location.is_empty(), "{location}");
        }
    }

    /// Answers each request with what `answer` makes of its path; gives the address.
    fn server(answer: impl Fn(&str) -> String + Send + 'static) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
                let first = lines.next().unwrap().unwrap();
                while lines.next().is_some_and(|line| !line.unwrap().is_empty()) {}
                let path = first.split(' ').nth(1).unwrap_or_default();
                stream.write_all(answer(path).as_bytes()).unwrap();
            }
        });
        address
    }

    fn moved(to: &str) -> String {
        format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    }

    #[test]
    fn no_request_reaches_another_origin() {
        let (asked, seen) = std::sync::mpsc::channel();
        let inside = server(move |path| {
            asked.send(path.to_owned()).unwrap();
            moved("/")
        });
        let log = server(move |path| match path {
            "/checkpoint" => moved(&format!("{inside}/admin")),
            "/policy" => moved("/moved/policy"),
            "/moved/policy" => {
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok".to_owned()
            }
            _ => moved(path),
        });
        let source = HttpSource::new(&log, "test/0");
        assert!(matches!(source.checkpoint(), Err(SourceError::Elsewhere { .. })));
        assert!(seen.try_recv().is_err(), "the other origin was asked");
        assert_eq!(source.file("policy", 10).unwrap().unwrap(), b"ok");
        assert!(matches!(source.request("http://[", 1, &[]), Err(SourceError::Http { .. })));
        assert!(matches!(
            source.try_get(&format!("{log}/round"), 1, &[]),
            Err(SourceError::Http { what, .. }) if what.contains("more than")
        ));
    }
}
