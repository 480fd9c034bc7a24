//! A log served over HTTP: the files of a published directory below one URL.

use crate::tree::{read_bundle, read_tile};
use crate::{MAX_CHECKPOINT, Source, SourceError};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use truce_tlog::{BundleCoord, TileCoord};
use ureq::http::{HeaderMap, header};

/// Whatever a server does, one request ends after this.
const REQUEST: Duration = Duration::from_secs(60);
const CONNECT: Duration = Duration::from_secs(10);
/// Time between two looks at the checkpoint.
const PAUSE: Duration = Duration::from_secs(1);
/// Requests for one file before the source counts as unreadable.
const TRIES: u32 = 4;
/// Before the second try; doubled for the next.
const FIRST_WAIT: Duration = Duration::from_millis(250);

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
            .max_redirects(3)
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
            status => Err(failed(format!("the server answered with status {status}"))),
        }
    }

    /// A file below the URL: at most `limit` bytes; `None` where there is none.
    pub fn file(&self, path: &str, limit: u64) -> Result<Option<Vec<u8>>, SourceError> {
        match self.get(path, limit, &[])? {
            Answer::File(bytes, _) => Ok(Some(bytes)),
            Answer::Unchanged | Answer::Missing => Ok(None),
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
            Answer::Missing => None,
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
