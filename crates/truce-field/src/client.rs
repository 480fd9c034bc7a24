//! The requests to a depositary (`docs/protocol.md`), each bounded in time and in size, each safe to be sent twice.

use crate::error::FieldError;
use crate::pause::retry_after;
use crate::problem::{MAX_PROBLEM_BYTES, Members, Problem, plain};
use serde::Deserialize;
use std::io::Read as _;
use std::time::Duration;
use truce_statement::{KeyId, StatementId};
use truce_succession::MAX_SUCCESSION_BYTES;
use truce_tlog::proof_file::MAX_PROOF_FILE_BYTES;
use ureq::http::{HeaderMap, Response, header};
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};

/// Most statements of one sequence, and most bytes of its body.
pub(crate) const MAX_SEQUENCE: usize = 256;
pub(crate) const MAX_SEQUENCE_BYTES: usize = 4 << 20;
/// Longest that a depositary holds an answer (RFC 7240, `wait`), in seconds.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// Largest answer to a sequence: room for a long problem with each statement.
const MAX_RESULTS_BYTES: usize = 2 << 20;
const MAX_PLACE_BYTES: usize = 4 << 10;
const MAX_HEADER_BYTES: usize = 16 << 10;

const COSE: &str = "application/cose";
const SEQUENCE: &str = "application/cbor-seq";
const PROOF: &str = "text/x.tlog.proof";
const JSON: &str = "application/json";
const PROBLEM: &str = "application/problem+json";

/// Patience with a link. The defaults suit one with two seconds of latency and loss.
#[derive(Clone, Debug)]
pub struct Pace {
    /// For a connection, TLS included.
    pub connect: Duration,
    /// For one request and its answer, beyond the time that the depositary is asked to hold it.
    pub request: Duration,
    /// Before the second try; doubled for each further one.
    pub first_pause: Duration,
    /// The pause doubles up to this.
    pub longest_pause: Duration,
    /// Between two looks for a receipt that is not there yet.
    pub poll: Duration,
    /// Receipts that are asked for at the same time.
    pub parallel: usize,
    /// Most statements in one request; fewer after a request that failed.
    pub batch: usize,
    /// Most bytes in one request, but for a single statement.
    pub batch_bytes: usize,
    /// Fixes the jitter, so that a test can be repeated.
    pub seed: Option<u64>,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(20),
            request: Duration::from_secs(60),
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(60),
            poll: Duration::from_secs(1),
            parallel: 8,
            batch: MAX_SEQUENCE,
            batch_bytes: 256 << 10,
            seed: None,
        }
    }
}

/// A request that came to nothing. It is tried again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// No answer, or not a whole one.
    #[error("{0}")]
    Broken(String),
    /// An answer that no depositary gives: something else stands at this address, or in between.
    #[error("{0}: this is not the answer of a depositary")]
    NoDepositary(String),
    /// The depositary asks to come back later.
    #[error("the depositary asks us to come back {} (status {status})", when(*after))]
    Later {
        /// HTTP status.
        status: u16,
        /// After this time.
        after: Option<Duration>,
    },
}

fn when(after: Option<Duration>) -> String {
    after.map_or("later".to_owned(), |after| format!("after {} s", after.as_secs()))
}

/// An answer about one statement. Only a receipt can be checked, and nothing else is believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Bytes given as a receipt.
    Receipt {
        proof: Vec<u8>,
        /// More bytes than any receipt has.
        too_large: bool,
        /// It says that the entry is final.
        says_final: bool,
        /// The length of the answer was stated, so that it is known to be whole.
        whole: bool,
    },
    /// It has the statement, and will give a receipt later.
    Pending(Option<Duration>),
    /// It does not have it.
    Absent,
    /// It does not want it.
    Refused(Problem),
}

/// An answer about one statement of a sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    Recorded,
    Unknown,
    Refused(Problem),
}

/// An answer about a whole sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sequence {
    /// One outcome for each statement, in order.
    Each(Vec<Said>),
    /// It takes no such request: one by one, then.
    Refused,
}

/// A place in the feed of a key, as a depositary reports it. Nothing proves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportedFeed {
    /// The number that the next statement must have.
    pub next: u64,
    /// The last statement.
    pub last: Option<StatementId>,
}

/// A depositary at an address.
#[derive(Clone, Debug)]
pub struct DepositaryClient {
    agent: ureq::Agent,
    base: String,
    pace: Pace,
}

/// An answer as it came.
struct Raw {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
    too_large: bool,
    whole: bool,
}

impl DepositaryClient {
    /// The depositary at `url`, an `http` or `https` URL. `authorities` are certificates in PEM form that take the
    /// place of the public authorities.
    ///
    /// # Errors
    /// [`FieldError::Address`], [`FieldError::Authorities`]. Nothing is sent yet.
    pub fn new(url: &str, authorities: Option<&[u8]>, pace: Pace) -> Result<Self, FieldError> {
        let base = url.trim_end_matches('/').to_owned();
        let bad = |why: &str| FieldError::Address { url: url.to_owned(), why: why.to_owned() };
        let uri: ureq::http::Uri = base.parse().map_err(|e| bad(&format!("{e}")))?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err(bad("it does not begin with http:// or https://"));
        }
        let plain = uri.authority().is_some_and(|authority| !authority.as_str().contains('@'));
        if uri.host().is_none_or(str::is_empty) || uri.query().is_some() || !plain {
            return Err(bad("it must have a host, no user and no query"));
        }
        let mut tls = TlsConfig::builder();
        if let Some(pem) = authorities {
            let mut certificates = Vec::new();
            for item in parse_pem(pem) {
                match item.map_err(|e| FieldError::Authorities(e.to_string()))? {
                    PemItem::Certificate(certificate) => certificates.push(certificate),
                    _ => return Err(FieldError::Authorities("it holds something else".to_owned())),
                }
            }
            if certificates.is_empty() {
                return Err(FieldError::Authorities("there is none".to_owned()));
            }
            tls = tls.root_certs(RootCerts::new_with_certs(&certificates));
        }
        let agent = ureq::Agent::config_builder()
            .tls_config(tls.build())
            .timeout_connect(Some(pace.connect))
            .timeout_global(Some(pace.request))
            .http_status_as_error(false)
            // A depositary is where its URL says; `302` is an answer about a statement.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_response_header_size(MAX_HEADER_BYTES)
            .user_agent(concat!("truce-field/", env!("CARGO_PKG_VERSION")))
            .build()
            .new_agent();
        Ok(Self { agent, base, pace })
    }

    /// The address, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.base
    }

    pub(crate) fn pace(&self) -> &Pace {
        &self.pace
    }

    /// Hands in one statement and awaits its receipt.
    pub(crate) fn submit(&self, statement: &[u8]) -> Result<Answer, LinkError> {
        let url = format!("{}/entries", self.base);
        let sent = self.agent.post(&url).content_type(COSE).header(header::ACCEPT, PROOF).send(statement);
        match about_statement(&receive(sent, MAX_PROOF_FILE_BYTES)?)? {
            Answer::Absent => Err(LinkError::NoDepositary(format!("{url} answers with status 404"))),
            answer => Ok(answer),
        }
    }

    /// Hands in several statements, in order. The receipts are for [`Self::receipt`] to get.
    pub(crate) fn submit_all(&self, statements: &[(StatementId, Vec<u8>)]) -> Result<Sequence, LinkError> {
        let url = format!("{}/entries", self.base);
        // A CBOR sequence (RFC 8742) is its items, one after the other.
        let body: Vec<u8> = statements.iter().flat_map(|(_, bytes)| bytes.iter().copied()).collect();
        let sent = self.agent.post(&url).content_type(SEQUENCE).header(header::ACCEPT, JSON).send(&body);
        let raw = receive(sent, MAX_RESULTS_BYTES)?;
        match raw.status {
            200 if raw.has_type(JSON) && !raw.too_large => results(&raw.body, statements),
            400..=499 if raw.asks_to_wait().is_none() && raw.problem().is_some() => Ok(Sequence::Refused),
            _ => Err(raw.unexpected(&url)),
        }
    }

    /// Asks for the receipt of a statement; with `until_final`, for one that satisfies the quorum, and lets the
    /// depositary hold the answer for at most that long.
    pub(crate) fn receipt(
        &self,
        id: &StatementId,
        until_final: Option<Duration>,
    ) -> Result<Answer, LinkError> {
        let mut url = format!("{}/entries/{id}", self.base);
        if until_final.is_some() {
            url.push_str("?until=final");
        }
        let mut request = self.agent.get(&url).header(header::ACCEPT, PROOF);
        if let Some(patience) = until_final {
            let wait = LONGEST_WAIT.min(self.pace.request / 2).min(patience);
            request = request.header("prefer", format!("wait={}", wait.as_secs()));
        }
        about_statement(&receive(request.call(), MAX_PROOF_FILE_BYTES)?)
    }

    /// Asks what changed the keys of the log and its witnesses, and has the outbox take it in. Says whether that was new.
    ///
    /// # Errors
    /// When the outbox fails. A depositary that cannot be reached has nothing to say.
    pub fn follow(&self, outbox: &mut crate::Outbox) -> Result<bool, FieldError> {
        match self.succession() {
            Ok(Some(bytes)) => outbox.succeed(&bytes),
            Ok(None) | Err(_) => Ok(false),
        }
    }

    /// Asks for the succession: the statements that changed the log's keys and witnesses. `None` if there is none.
    pub(crate) fn succession(&self) -> Result<Option<Vec<u8>>, LinkError> {
        let url = format!("{}/succession", self.base);
        let raw = receive(self.agent.get(&url).call(), MAX_SUCCESSION_BYTES)?;
        match raw.status {
            200 if !raw.too_large => Ok(Some(raw.body)),
            _ if raw.asks_to_wait().is_some() => Err(raw.unexpected(&url)),
            _ => Ok(None),
        }
    }

    /// Asks whether the depositary has a statement.
    ///
    /// # Errors
    /// Of the link, and for an answer that is no plain yes or no.
    pub fn has(&self, id: &StatementId) -> Result<bool, LinkError> {
        match self.receipt(id, None)? {
            Answer::Absent => Ok(false),
            Answer::Receipt { .. } | Answer::Pending(_) => Ok(true),
            Answer::Refused(problem) => Err(LinkError::NoDepositary(problem.sentence())),
        }
    }

    /// Asks where the log has the feed of a key; `None` where the depositary does not say.
    ///
    /// # Errors
    /// Of the link, and for an answer that no depositary gives.
    pub fn feed(&self, key: &KeyId) -> Result<Option<ReportedFeed>, LinkError> {
        #[derive(Deserialize)]
        struct Place {
            key: KeyId,
            next_seq: u64,
            last: Option<StatementId>,
        }
        let url = format!("{}/feeds/{key}", self.base);
        let call = self.agent.get(&url).header(header::ACCEPT, JSON).call();
        let raw = receive(call, MAX_PLACE_BYTES.max(MAX_PROBLEM_BYTES))?;
        match raw.status {
            200 if raw.has_type(JSON) => match serde_json::from_slice::<Place>(&raw.body) {
                Ok(place) if place.key == *key => {
                    Ok(Some(ReportedFeed { next: place.next_seq, last: place.last }))
                }
                _ => Err(raw.unexpected(&url)),
            },
            400..=499 if raw.asks_to_wait().is_none() => Ok(None),
            _ => Err(raw.unexpected(&url)),
        }
    }
}

/// Reads an answer, up to `limit` bytes of its body and one to tell that there are more.
fn receive(sent: Result<Response<ureq::Body>, ureq::Error>, limit: usize) -> Result<Raw, LinkError> {
    let response = sent.map_err(|e| LinkError::Broken(in_words(&e)))?;
    let (parts, body) = response.into_parts();
    let whole = body.content_length().is_some() || parts.headers.contains_key(header::TRANSFER_ENCODING);
    let limit = limit as u64 + 1;
    let mut bytes = Vec::new();
    let reader = body.into_with_config().limit(limit + 1).reader();
    reader.take(limit).read_to_end(&mut bytes).map_err(|e| {
        LinkError::Broken(match e.downcast::<ureq::Error>() {
            Ok(e) => in_words(&e),
            Err(e) => e.to_string(),
        })
    })?;
    let too_large = bytes.len() as u64 == limit;
    Ok(Raw { status: parts.status.as_u16(), headers: parts.headers, body: bytes, too_large, whole })
}

/// The answer to a request about one statement.
fn about_statement(raw: &Raw) -> Result<Answer, LinkError> {
    match raw.status {
        200 | 201 if raw.has_type(PROOF) => Ok(Answer::Receipt {
            proof: raw.body.clone(),
            too_large: raw.too_large,
            says_final: raw.header("truce-state").is_some_and(|state| state.trim() == "final"),
            whole: raw.whole || raw.too_large,
        }),
        202 | 302 | 303 => Ok(Answer::Pending(raw.retry_after())),
        _ if raw.asks_to_wait().is_some() => Err(raw.unexpected("")),
        404 if raw.problem().is_some() => Ok(Answer::Absent),
        400..=499 => raw.problem().map(Answer::Refused).ok_or_else(|| raw.unexpected("the address")),
        _ => Err(raw.unexpected("the address")),
    }
}

fn results(body: &[u8], statements: &[(StatementId, Vec<u8>)]) -> Result<Sequence, LinkError> {
    #[derive(Deserialize)]
    struct Results {
        results: Vec<One>,
    }
    #[derive(Deserialize)]
    struct One {
        statement: StatementId,
        outcome: String,
        #[serde(default)]
        problem: Option<Members>,
    }
    let strange = |why: &str| LinkError::NoDepositary(format!("the results of a sequence {why}"));
    let results: Results = serde_json::from_slice(body).map_err(|_| strange("cannot be read"))?;
    if results.results.len() != statements.len() {
        return Err(strange("are not as many as its statements"));
    }
    let mut outcomes = Vec::with_capacity(statements.len());
    for (one, (id, _)) in results.results.into_iter().zip(statements) {
        if one.statement != *id {
            return Err(strange("are of other statements"));
        }
        outcomes.push(match one.outcome.as_str() {
            "recorded" | "duplicate" => Said::Recorded,
            "refused" => match one.problem.and_then(Members::problem) {
                Some(problem) => Said::Refused(problem),
                None => return Err(strange("refuse without saying why")),
            },
            _ => Said::Unknown,
        });
    }
    Ok(Sequence::Each(outcomes))
}

impl Raw {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    fn has_type(&self, expected: &str) -> bool {
        let stated = self.header("content-type").unwrap_or_default();
        stated.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(expected)
    }

    fn retry_after(&self) -> Option<Duration> {
        retry_after(self.header("retry-after")?, jiff::Timestamp::now())
    }

    /// A status that says: not now.
    fn asks_to_wait(&self) -> Option<LinkError> {
        let waits = matches!(self.status, 408 | 425 | 429 | 500..=599);
        waits.then(|| LinkError::Later { status: self.status, after: self.retry_after() })
    }

    fn problem(&self) -> Option<Problem> {
        let small = self.has_type(PROBLEM) && self.body.len() <= MAX_PROBLEM_BYTES;
        if small { Problem::parse(&self.body) } else { None }
    }

    fn unexpected(&self, url: &str) -> LinkError {
        self.asks_to_wait().unwrap_or_else(|| {
            let kind = plain(self.header("content-type").unwrap_or("no content type"));
            LinkError::NoDepositary(format!("{url} answers with status {} and {kind}", self.status))
        })
    }
}

/// Describes a failure of the link in words of ours, not of the libraries.
fn in_words(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Timeout(_) => "no answer in time".to_owned(),
        ureq::Error::HostNotFound => "the name of the host is not known here".to_owned(),
        ureq::Error::ConnectionFailed => "no connection".to_owned(),
        ureq::Error::Io(error) => format!("the connection failed: {error}"),
        other => plain(&other.to_string()),
    }
}
