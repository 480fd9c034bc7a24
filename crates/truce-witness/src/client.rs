//! Asking one witness over HTTP/1.1, plain or with TLS.

use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderValue, USER_AGENT};
use hyper::{Method, Request, StatusCode, Uri};
use hyper_rustls::{ConfigBuilderExt as _, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::{ClientConfig, RootCertStore};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use truce_tlog::note::MAX_NOTE_BYTES;
use truce_tlog::witness::{
    ADD_CHECKPOINT_PATH, MAX_ANSWER_BYTES, SIZE_MEDIA_TYPE, monitoring_path, parse_cosignatures, parse_size,
};
use truce_tlog::{
    AddCheckpoint, AnswerError, Cosigned, Hash, Note, NoteError, RequestError, SignedCheckpoint, VKey,
};

const CONNECT: Duration = Duration::from_secs(5);
/// Time that a connection is kept for the next request.
const IDLE: Duration = Duration::from_secs(25);
const AGENT: &str = concat!("truce-witness/", env!("CARGO_PKG_VERSION"));
/// Most characters of a witness's words that are kept for people.
const SAID_MAX: usize = 200;

/// Connections to witnesses, kept open between requests. Clones share them.
///
/// Redirects are not followed: whoever answers for a witness is named in the policy.
#[derive(Clone)]
pub struct Transport {
    http: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

impl Transport {
    /// Trusts the authorities of the web, as Mozilla lists them.
    pub fn new() -> Result<Self, AskError> {
        Ok(Self::with(tls()?.with_webpki_roots().with_no_client_auth()))
    }

    /// Trusts these authorities and no others.
    pub fn trusting(roots: RootCertStore) -> Result<Self, AskError> {
        Ok(Self::with(tls()?.with_root_certificates(roots).with_no_client_auth()))
    }

    fn with(tls: ClientConfig) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(CONNECT));
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        let http = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE)
            .pool_timer(TokioTimer::new())
            .pool_max_idle_per_host(2)
            .build(connector);
        Self { http }
    }
}

fn tls() -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, AskError> {
    ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| AskError::Unreachable { what: error.to_string() })
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").finish_non_exhaustive()
    }
}

/// One witness, and where it is.
#[derive(Clone, Debug)]
pub struct WitnessClient {
    name: String,
    vkey: VKey,
    base: String,
    deadline: Duration,
    transport: Transport,
}

impl WitnessClient {
    /// The witness with key `vkey` below `url`, which is http or https; `name` is for people. Every answer must be
    /// complete within `deadline`.
    pub fn new(
        name: &str,
        vkey: VKey,
        url: &str,
        deadline: Duration,
        transport: Transport,
    ) -> Result<Self, AskError> {
        let base = url.trim_end_matches('/').to_owned();
        let parsed: Uri = base.parse().map_err(|_| AskError::Url { url: url.to_owned() })?;
        if !matches!(parsed.scheme_str(), Some("http" | "https"))
            || parsed.host().is_none_or(str::is_empty)
            || parsed.query().is_some()
        {
            return Err(AskError::Url { url: url.to_owned() });
        }
        Ok(Self { name: name.to_owned(), vkey, base, deadline, transport })
    }

    /// Name for people.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The witness's key.
    #[must_use]
    pub const fn vkey(&self) -> &VKey {
        &self.vkey
    }

    /// The URL without a slash at its end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.base
    }

    /// Asks the witness to cosign `checkpoint`, given that it cosigned `old_size` leaves last (0 for none); `proof` is
    /// the consistency proof between the two. The cosignature is verified.
    ///
    /// [`AskError::Conflict`] carries the size that the witness has: ask again with the proof from there.
    pub async fn add_checkpoint(
        &self,
        old_size: u64,
        proof: &[Hash],
        checkpoint: &SignedCheckpoint,
    ) -> Result<Cosigned, AskError> {
        let request = AddCheckpoint::new(old_size, proof.to_vec(), checkpoint).map_err(AskError::Request)?;
        let body = Bytes::from(request.to_string());
        let answer = self.send(Method::POST, ADD_CHECKPOINT_PATH, body, MAX_ANSWER_BYTES).await?;
        match answer.status {
            StatusCode::OK => {
                let expected = std::slice::from_ref(&self.vkey);
                let cosigned =
                    parse_cosignatures(&answer.body, checkpoint, expected).map_err(AskError::Answer)?;
                cosigned.into_iter().next().ok_or(AskError::Answer(AnswerError::NoneExpected))
            }
            StatusCode::CONFLICT if answer.is_size() => {
                let size = parse_size(&answer.body).map_err(AskError::Answer)?;
                if size > checkpoint.size() {
                    return Err(AskError::Ahead { size, asked: checkpoint.size() });
                }
                if size == old_size {
                    // It has the size that was named, and still does not go on: its root must be another.
                    return Err(AskError::Inconsistent {
                        status: answer.status.as_u16(),
                        said: answer.said(),
                    });
                }
                Err(AskError::Conflict { size })
            }
            // Another root at the same size is 409 in v1.0.0 and 422 in the drafts after it.
            StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY => {
                Err(AskError::Inconsistent { status: answer.status.as_u16(), said: answer.said() })
            }
            _ => Err(answer.failure()),
        }
    }

    /// The checkpoint of `origin` that the witness cosigned last, as it serves it to monitors: a note, not verified.
    /// `None` where it cosigned none, or serves no monitors.
    pub async fn latest(&self, origin: &str) -> Result<Option<Note>, AskError> {
        let answer = self.send(Method::GET, &monitoring_path(origin), Bytes::new(), MAX_NOTE_BYTES).await?;
        match answer.status {
            StatusCode::OK => Note::parse(&answer.body).map(Some).map_err(AskError::Note),
            StatusCode::NOT_FOUND => Ok(None),
            _ => Err(answer.failure()),
        }
    }

    async fn send(&self, method: Method, path: &str, body: Bytes, limit: usize) -> Result<Answer, AskError> {
        let url = format!("{}{path}", self.base);
        let url: Uri = url.parse().map_err(|_| AskError::Url { url })?;
        let exchange = async {
            let mut answer = self.request(&method, &url, &body).await;
            // A connection that was kept may have ended meanwhile. To ask twice does no harm: a witness that did what
            // it was asked says so.
            if answer.as_ref().is_err_and(|error| !error.is_connect()) {
                answer = self.request(&method, &url, &body).await;
            }
            let response =
                answer.map_err(|error| AskError::Unreachable { what: truce_tlog::explain(&error) })?;
            Answer::read(response, limit).await
        };
        match tokio::time::timeout(self.deadline, exchange).await {
            Ok(answer) => answer,
            Err(_) => Err(AskError::Deadline { after: self.deadline }),
        }
    }

    async fn request(
        &self,
        method: &Method,
        url: &Uri,
        body: &Bytes,
    ) -> Result<hyper::Response<Incoming>, hyper_util::client::legacy::Error> {
        let mut request = Request::new(Full::new(body.clone()));
        *request.method_mut() = method.clone();
        *request.uri_mut() = url.clone();
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
        self.transport.http.request(request).await
    }
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    async fn read(response: hyper::Response<Incoming>, limit: usize) -> Result<Self, AskError> {
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, limit).collect().await.map_err(|error| {
            if error.is::<LengthLimitError>() {
                AskError::Answer(AnswerError::TooLong { found: limit + 1 })
            } else {
                AskError::Unreachable { what: error.to_string() }
            }
        })?;
        Ok(Self { status: parts.status, headers: parts.headers, body: body.to_bytes() })
    }

    fn is_size(&self) -> bool {
        self.headers.get(CONTENT_TYPE).is_some_and(|media| media == SIZE_MEDIA_TYPE)
    }

    /// The body's words for people, cut short.
    fn failure(&self) -> AskError {
        let (status, said) = (self.status.as_u16(), self.said());
        match self.status {
            StatusCode::NOT_FOUND => AskError::UnknownLog { said },
            StatusCode::FORBIDDEN => AskError::Untrusted { said },
            StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => {
                AskError::Unavailable { status, said }
            }
            _ if self.status.is_server_error() => AskError::Unavailable { status, said },
            _ => AskError::Refused { status, said },
        }
    }

    fn said(&self) -> String {
        let text =
            String::from_utf8_lossy(self.body.get(..self.body.len().min(4 * SAID_MAX)).unwrap_or_default());
        text.trim().chars().take(SAID_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect()
    }
}

/// A reason why a witness gave no cosignature.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum AskError {
    /// The URL is none, or of another scheme than http and https.
    #[error("`{url}` is not the http or https URL of a witness")]
    Url {
        /// The URL as given.
        url: String,
    },
    /// The request could not be made.
    #[error("the request to the witness could not be made: {0}")]
    Request(#[source] RequestError),
    /// No proof could be made for it.
    #[error("no proof could be made for the witness: {what}")]
    NoProof {
        /// The failure.
        what: String,
    },
    /// No connection, or one that broke.
    #[error("the witness cannot be reached: {what}")]
    Unreachable {
        /// The failure.
        what: String,
    },
    /// No complete answer in time.
    #[error("the witness did not answer within {after:?}")]
    Deadline {
        /// Time waited.
        after: Duration,
    },
    /// It cannot answer now.
    #[error("the witness cannot answer now (status {status}): {said}")]
    Unavailable {
        /// HTTP status.
        status: u16,
        /// Beginning of what it said.
        said: String,
    },
    /// It cosigned another size last, below that of the checkpoint.
    #[error("the witness has cosigned {size} leaves")]
    Conflict {
        /// Size it cosigned last; 0 for none.
        size: u64,
    },
    /// It cosigned more leaves than the checkpoint has: the log went back, or its key signs elsewhere.
    #[error(
        "the witness has cosigned {size} leaves, but the checkpoint has {asked}: this log is behind its witness"
    )]
    Ahead {
        /// Size it cosigned last.
        size: u64,
        /// Size of the checkpoint.
        asked: u64,
    },
    /// It has lost what it knew: it names a smaller size than it cosigned before.
    #[error("the witness has cosigned {before} leaves before, and now says {now}: it has lost its state")]
    RolledBack {
        /// Size it cosigned.
        before: u64,
        /// Size it names now.
        now: u64,
    },
    /// It holds that the tree does not grow out of the one it cosigned.
    #[error("the witness holds that the log has forked (status {status}): {said}")]
    Inconsistent {
        /// HTTP status.
        status: u16,
        /// Beginning of what it said.
        said: String,
    },
    /// It does not know the log.
    #[error("the witness does not know this log: {said}")]
    UnknownLog {
        /// Beginning of what it said.
        said: String,
    },
    /// It does not trust the log's key.
    #[error("the witness does not trust the key of this log: {said}")]
    Untrusted {
        /// Beginning of what it said.
        said: String,
    },
    /// Any other status.
    #[error("the witness refuses (status {status}): {said}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// Beginning of what it said.
        said: String,
    },
    /// The answer is not one of the protocol, or its cosignature is not of the witness's key.
    #[error("the answer of the witness is refused: {0}")]
    Answer(#[source] AnswerError),
    /// The checkpoint it serves to monitors is no note.
    #[error("what the witness serves is no checkpoint: {0}")]
    Note(#[source] NoteError),
}

impl AskError {
    /// Stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Url { .. } => "witness-url",
            Self::Request(_) => "witness-request",
            Self::NoProof { .. } => "witness-no-proof",
            Self::Unreachable { .. } => "witness-unreachable",
            Self::Deadline { .. } => "witness-deadline",
            Self::Unavailable { .. } => "witness-unavailable",
            Self::Conflict { .. } => "witness-conflict",
            Self::Ahead { .. } => "witness-ahead",
            Self::RolledBack { .. } => "witness-rolled-back",
            Self::Inconsistent { .. } => "witness-inconsistent",
            Self::UnknownLog { .. } => "witness-unknown-log",
            Self::Untrusted { .. } => "witness-untrusted",
            Self::Refused { .. } => "witness-refused",
            Self::Answer(_) => "witness-bad-answer",
            Self::Note(_) => "witness-bad-note",
        }
    }

    /// True where this speaks of a log or a witness that went back or forked, and somebody has to look.
    #[must_use]
    pub const fn is_alarm(&self) -> bool {
        matches!(self, Self::Ahead { .. } | Self::RolledBack { .. } | Self::Inconsistent { .. })
    }

    /// The next step.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Url { .. } => "correct the witness's URL in the policy",
            Self::Unreachable { .. } | Self::Deadline { .. } | Self::Unavailable { .. } => {
                "nothing: it is asked again with the next checkpoint"
            }
            Self::Request(_) | Self::Conflict { .. } => "ask again with a proof from the size it has",
            Self::NoProof { .. } => "check that the log's tiles can be read",
            Self::Ahead { .. } => {
                "stop signing: take the missing entries back from a mirror, or find who else signs with this key"
            }
            Self::RolledBack { .. } => {
                "have its operator look; replace it in the policy if its state is lost"
            }
            Self::Inconsistent { .. } => "stop signing, keep both checkpoints, and audit the log",
            Self::UnknownLog { .. } | Self::Untrusted { .. } => "give the witness's operator the log's vkey",
            Self::Refused { .. } | Self::Answer(_) | Self::Note(_) => {
                "check that the policy names this witness's URL and vkey"
            }
        }
    }
}
