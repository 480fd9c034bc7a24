//! Refusals and failures as problem documents (RFC 9457).

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;
use std::time::Duration;
use truce_http::Exceeded;
use truce_log::{ClockJump, LogError, SubmitError};
use truce_statement::{Code, Refusal};

/// A reason why a statement was not recorded, or a question not answered.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    retry_after: Option<Duration>,
    /// The rule of the log that refuses the statement, where one does.
    refusal: Option<Code>,
    view: Box<ProblemView>,
}

/// A problem document (RFC 9457).
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[schemars(rename = "Problem")]
pub(crate) struct ProblemView {
    /// `urn:truce:refusal:` and the code, of a statement that the log's rules refuse; else `urn:truce:problem:` and the code.
    r#type: String,
    /// One sentence for a person.
    title: String,
    /// The HTTP status.
    status: u16,
    /// The fault found, and what is allowed.
    #[serde(skip_serializing_if = "String::is_empty")]
    detail: String,
    /// Stable.
    code: String,
    /// Place at fault: a header label, a dotted path in the payload, a byte.
    #[serde(skip_serializing_if = "String::is_empty")]
    place: String,
    /// The next step for the submitter.
    remedy: String,
}

impl Problem {
    fn new(status: StatusCode, code: &str, title: &str, remedy: &str) -> Self {
        let view = ProblemView {
            r#type: format!("urn:truce:problem:{code}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: String::new(),
            code: code.to_owned(),
            place: String::new(),
            remedy: remedy.to_owned(),
        };
        Self { status, retry_after: None, refusal: None, view: Box::new(view) }
    }

    fn detail(mut self, detail: impl Into<String>) -> Self {
        self.view.detail = detail.into();
        self
    }

    fn again(mut self, after: Duration) -> Self {
        self.retry_after = Some(after);
        self
    }

    /// The document.
    pub(crate) fn into_view(self) -> ProblemView {
        *self.view
    }

    /// The rule of the log that refuses the statement, where one does.
    pub(crate) const fn refusal(&self) -> Option<Code> {
        self.refusal
    }

    /// True where it says nothing of the statement, so that the same bytes may be taken a little later.
    pub(crate) const fn is_passing(&self) -> bool {
        self.retry_after.is_some()
    }

    /// The body is of a type that is not taken.
    pub(crate) fn media_type(found: Option<&str>) -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "media-type",
            "the body is of a type that is not taken here",
            "send one statement as application/cose, or several as application/cbor-seq",
        )
        .detail(found.unwrap_or("no Content-Type"))
    }

    /// No form of receipt that is acceptable.
    pub(crate) fn not_acceptable() -> Self {
        Self::new(
            StatusCode::NOT_ACCEPTABLE,
            "not-acceptable",
            "there is no receipt in a form that you accept",
            "accept application/cose or text/x.tlog.proof",
        )
    }

    /// A query that is not known.
    pub(crate) fn query(found: &str) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "query",
            "the query has something that is not known",
            "see /openapi.json for what may be asked",
        )
        .detail(found.chars().take(80).collect::<String>())
    }

    /// The body is larger than what may be sent.
    pub(crate) fn too_large(most: usize) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-large",
            "the body is too large",
            "a statement has at most 49,152 bytes, a sequence 256 statements and 4 MiB",
        )
        .detail(format!("at most {most} bytes"))
    }

    /// The body did not come in time.
    pub(crate) fn too_slow() -> Self {
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            "too-slow",
            "the body did not come in time",
            "send it again; over a slow link, one statement at a time",
        )
    }

    /// The body broke off.
    pub(crate) fn broken_off() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "broken-off", "the body broke off", "send it again")
    }

    /// A sequence that is none.
    pub(crate) fn sequence(at: usize, found: &str) -> Self {
        let mut problem = Self::new(
            StatusCode::BAD_REQUEST,
            "malformed-sequence",
            "the body is no sequence of signed statements",
            "put the statements one behind the other, with nothing between them (RFC 8742)",
        )
        .detail(found);
        problem.view.place = format!("byte {at}");
        problem
    }

    /// Nothing of that name.
    pub(crate) fn not_found(detail: impl Into<String>, remedy: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "there is nothing of that name here", remedy)
            .detail(detail)
    }

    /// A method that is not known here.
    pub(crate) fn method() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method",
            "this cannot be done here",
            "see /openapi.json for what may be asked",
        )
    }

    /// Too many statements.
    pub(crate) fn too_many(of: &str, wait: Duration) -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "rate-limited",
            "too many statements in too short a time",
            "send them again after the time given by Retry-After",
        )
        .detail(format!("the limit is that of the {of}"))
        .again(wait)
    }

    /// The bodies of one sender hold as much memory as one may.
    fn too_many_bodies() -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "rate-limited",
            "too many bodies of one address are being read at a time",
            "send it again after the time given by Retry-After, with fewer requests at a time",
        )
        .detail("the limit is that of the address")
        .again(Duration::from_secs(1))
    }

    /// No place is free.
    pub(crate) fn full() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "queue-full",
            "too many statements are on their way",
            "send it again after the time given by Retry-After",
        )
        .again(Duration::from_secs(1))
    }

    /// The service is being stopped.
    pub(crate) fn stopping() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "stopping",
            "the service is being stopped",
            "send it again when it is back; the same bytes get the same receipt",
        )
        .again(Duration::from_secs(5))
    }

    /// The statement waits for the operator, who has not given the next key of the log.
    pub(crate) fn key_to_come(error: &SubmitError) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            error.code(),
            "this assent brings a key of the log into force that the depositary does not hold yet",
            "tell the operator, and send the same statement again when the depositary has been given the key",
        )
        .detail(error.to_string())
        .again(Duration::from_secs(60))
    }

    /// The clock of the depositary is not believed.
    pub(crate) fn clock_jumped(jump: &ClockJump) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "clock-jumped",
            "the clock of the depositary has jumped, and nothing can be dated",
            "tell the operator, and send the same statement again when the clock is right",
        )
        .detail(jump.to_string())
        .again(Duration::from_secs(60))
    }

    /// The store takes nothing more.
    pub(crate) fn stopped(why: &str) -> Self {
        let remedy = "keep the statement and send it again later; the same bytes get the same receipt";
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "depositary-stopped",
            "the depositary has stopped taking statements",
            remedy,
        )
        .detail(why)
        .again(Duration::from_secs(5))
    }
}

#[cfg(test)]
impl ProblemView {
    pub(crate) fn place_for_tests(&self) -> &str {
        &self.place
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let (code, remedy) = (refusal.code, refusal.remedy().to_owned());
        let view = ProblemView {
            r#type: format!("urn:truce:refusal:{code}"),
            title: code.sentence().to_owned(),
            status: status(code).as_u16(),
            detail: refusal.detail,
            code: code.as_str().to_owned(),
            place: refusal.at,
            remedy,
        };
        Self { status: status(code), retry_after: None, refusal: Some(code), view: Box::new(view) }
    }
}

impl From<SubmitError> for Problem {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Refused(refusal) => refusal.into(),
            error @ SubmitError::LogKeyMissing { .. } => Self::key_to_come(&error),
            SubmitError::ClockJumped(jump) => Self::clock_jumped(&jump),
            error => Self::stopped(&error.to_string()),
        }
    }
}

impl From<Exceeded> for Problem {
    fn from(exceeded: Exceeded) -> Self {
        match exceeded {
            Exceeded::OfSender => Self::too_many_bodies(),
            Exceeded::InAll => Self::full(),
        }
    }
}

impl From<LogError> for Problem {
    fn from(error: LogError) -> Self {
        tracing::error!(code = error.code(), %error, "an answer could not be made");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "the service could not make this answer",
            "ask again; if it stays, tell the operator",
        )
    }
}

/// The status that goes with a refusal.
fn status(code: Code) -> StatusCode {
    match code {
        Code::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::MalformedCose | Code::NonCanonical | Code::BadHeader => StatusCode::BAD_REQUEST,
        Code::UnknownParty
        | Code::UnknownKey
        | Code::KeyNotValid
        | Code::NotAuthorised
        | Code::BadSignature => StatusCode::FORBIDDEN,
        Code::FeedGap | Code::FeedFork | Code::UnknownCheckpoint | Code::UnknownReference => {
            StatusCode::CONFLICT
        }
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&*self.view).unwrap_or_default();
        let mut response = (self.status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(after) = self.retry_after {
            let seconds = after.as_secs() + u64::from(after.subsec_nanos() > 0);
            headers.insert(header::RETRY_AFTER, seconds.max(1).into());
        }
        if self.status == StatusCode::REQUEST_TIMEOUT {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}
