//! Answers in HTML, and how a browser finds out that the one it has still holds.

use crate::l10n::Language;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use maud::Markup;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// Fingerprint of everything that a page depends on: the same tag, the same page.
#[derive(Clone, Debug)]
pub(crate) struct Tag(String);

impl Tag {
    /// `state` is everything that the explorer shows beside the entries: verdict, findings, times.
    pub(crate) fn new(size: u64, state: &str, language: Language, address: &str, started: i64) -> Self {
        let mut hasher = DefaultHasher::new();
        (state, address, started).hash(&mut hasher);
        Self(format!("W/\"{size}-{}-{:016x}\"", language.tag(), hasher.finish()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Tells whether the reader has this already.
pub(crate) fn not_modified(headers: &HeaderMap, tag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let mut held = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    held.any(|held| held.split(',').any(|held| held.trim() == "*" || opaque(held) == opaque(tag)))
}

/// A page, or `304` where the reader has it.
pub(crate) fn html(status: StatusCode, language: Language, tag: Option<&Tag>, body: Markup) -> Response {
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-cache"));
    if let Ok(language) = language.tag().parse() {
        headers.insert(header::CONTENT_LANGUAGE, language);
    }
    if let Some(tag) = tag.and_then(|tag| tag.as_str().parse().ok()) {
        headers.insert(header::ETAG, tag);
    }
    response
}
