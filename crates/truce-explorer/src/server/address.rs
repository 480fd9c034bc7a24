//! Addresses with and without a language in front: `/records/17` is in the language the browser asks for,
//! `/fr/records/17` in French whoever asks. Links on a page with a language keep it. No cookie is needed.

use crate::l10n::Language;
use axum::extract::Request;
use axum::http::{HeaderValue, Uri, header};
use axum::middleware::Next;
use axum::response::Response;

/// Destination of a request, and its language.
#[derive(Clone, Debug)]
pub struct Address {
    /// The language of the answer.
    pub language: Language,
    /// The address names the language, so that links keep it.
    pub pinned: bool,
    /// Path without the language, from its slash.
    pub path: String,
    /// The query as it came, without its question mark; empty where there is none.
    pub query: String,
}

impl Address {
    /// The address of `path` (from its slash, with its query if it has one) for this reader.
    #[must_use]
    pub fn to(&self, path: &str) -> String {
        if self.pinned { in_language(self.language, path) } else { path.to_owned() }
    }

    /// This same page in `language`.
    #[must_use]
    pub fn in_language(&self, language: Language) -> String {
        let mut address = in_language(language, &self.path);
        if !self.query.is_empty() {
            address.push('?');
            address.push_str(&self.query);
        }
        address
    }
}

fn in_language(language: Language, path: &str) -> String {
    format!("/{}{path}", language.tag())
}

/// Finds the language, takes it off the path, and leaves an [`Address`] for the handler.
pub(super) async fn find(mut request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let named = path.strip_prefix('/').map(|rest| rest.split_once('/').unwrap_or((rest, "")));
    let named = named.and_then(|(tag, rest)| Some((Language::of_tag(tag)?, format!("/{rest}"))));
    let query = request.uri().query().unwrap_or_default().to_owned();
    let (language, path, pinned) = match named {
        Some((language, rest)) => (language, rest, true),
        None => (asked_for(&request), path.to_owned(), false),
    };
    if pinned {
        let target = if query.is_empty() { path.clone() } else { format!("{path}?{query}") };
        if let Ok(uri) = target.parse::<Uri>() {
            *request.uri_mut() = uri;
        }
    }
    request.extensions_mut().insert(Address { language, pinned, path, query });
    let mut response = next.run(request).await;
    if !pinned {
        response.headers_mut().append(header::VARY, HeaderValue::from_static("accept-language"));
    }
    response
}

fn asked_for(request: &Request) -> Language {
    let accept = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    accept.map_or(Language::En, Language::negotiated)
}
