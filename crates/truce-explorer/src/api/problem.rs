//! Failures as problem documents (RFC 9457).

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use truce_copy::CopyError;
use truce_http::Exceeded;

/// Reason why there is no answer.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    remedy: &'static str,
    /// Seconds after which to ask again.
    retry_after: Option<u32>,
}

impl Problem {
    /// The request cannot be understood.
    pub(super) fn bad_request(code: &'static str, detail: impl Into<String>) -> Self {
        let remedy = "see the OpenAPI document at /api/v1/openapi.json for what may be asked";
        Self { status: StatusCode::BAD_REQUEST, code, detail: detail.into(), remedy, retry_after: None }
    }

    /// There is nothing of that name.
    pub(super) fn not_found(detail: impl Into<String>) -> Self {
        let remedy = "look at the lists for those there are";
        Self {
            status: StatusCode::NOT_FOUND,
            code: "not-found",
            detail: detail.into(),
            remedy,
            retry_after: None,
        }
    }

    /// There are as many event streams as this sender may have, or as there may be in all.
    pub(super) fn too_many_streams(exceeded: Exceeded) -> Self {
        let (status, detail) = match exceeded {
            Exceeded::OfSender => {
                (StatusCode::TOO_MANY_REQUESTS, "this sender has as many event streams as one may have")
            }
            Exceeded::InAll => {
                (StatusCode::SERVICE_UNAVAILABLE, "there are as many event streams as there may be")
            }
        };
        Self {
            status,
            code: "too-many-streams",
            detail: detail.into(),
            remedy: "close a stream, or ask again later with `Last-Event-ID`: nothing is lost; the list of records has no such \
                     limit",
            retry_after: Some(30),
        }
    }

    /// The explorer failed; the log says how.
    pub(super) fn internal() -> Self {
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            code: "internal",
            detail: "the explorer could not make this answer".into(),
            remedy: "try again; if it stays, start the explorer again",
            retry_after: None,
        }
    }
}

impl From<CopyError> for Problem {
    fn from(error: CopyError) -> Self {
        let status = match &error {
            CopyError::NothingYet => StatusCode::SERVICE_UNAVAILABLE,
            CopyError::NoSuchRecord { .. } => StatusCode::NOT_FOUND,
            CopyError::BadQuery { .. } => StatusCode::BAD_REQUEST,
            other => {
                tracing::error!(code = other.code(), error = %other, "an answer could not be made");
                StatusCode::INTERNAL_SERVER_ERROR
            }
        };
        let retry_after = (status == StatusCode::SERVICE_UNAVAILABLE).then_some(2);
        Self { status, code: error.code(), detail: error.to_string(), remedy: error.remedy(), retry_after }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = json!({
            "type": "about:blank",
            "title": self.status.canonical_reason().unwrap_or("problem"),
            "status": self.status.as_u16(),
            "code": self.code,
            "detail": self.detail,
            "remedy": self.remedy,
        });
        let mut response = (self.status, body.to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
