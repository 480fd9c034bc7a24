//! Rules of every answer: the two methods there are, the longest address, and the headers that keep a browser from
//! running, framing or fetching anything that is not ours.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

/// Longest path and query, bytes. The longest filter of a list stays far below.
const ADDRESS_MAX: usize = 4096;

/// Nothing from elsewhere, nothing inline. Blocks of data do not execute and need no leave.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("permissions-policy"),
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), \
         microphone=(), payment=(), usb=()",
    ),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Lets GET and HEAD through, and dresses every answer.
pub(super) async fn watch(request: Request, next: Next) -> Response {
    let mut response = if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let allow = [(header::ALLOW, HeaderValue::from_static("GET, HEAD"))];
        let say = "This explorer is read-only: it answers GET and HEAD.\n";
        (StatusCode::METHOD_NOT_ALLOWED, allow, say).into_response()
    } else if request.uri().path_and_query().is_some_and(|p| p.as_str().len() > ADDRESS_MAX) {
        (StatusCode::URI_TOO_LONG, "The address is too long.\n").into_response()
    } else {
        next.run(request).await
    };
    dress(response.headers_mut());
    response
}

fn dress(headers: &mut HeaderMap) {
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}
