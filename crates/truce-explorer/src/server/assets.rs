//! Style, scripts, words of the browser's verifier: files of `web/`, compiled in.
//!
//! Pages ask for them with `?v=` and the version, and get them for a year. The modules import one another without, and
//! are asked each time whether they changed.

use axum::extract::{Path, Query};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use std::borrow::Cow;

/// A file of `web/`.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    /// Path below `web/`, with slashes.
    pub name: &'static str,
    /// Content type.
    pub kind: &'static str,
    /// Changes when the bytes do; 16 hex digits.
    pub version: &'static str,
    /// The file.
    pub bytes: &'static [u8],
}

/// By name, in order.
static ASSETS: &[Asset] = &include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// The asset of this name.
#[must_use]
pub fn asset(name: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.name == name)
}

/// The version of an asset, for its address; nothing where there is no such asset.
#[must_use]
pub fn version_of(name: &str) -> &'static str {
    asset(name).map_or("", |asset| asset.version)
}

#[derive(Deserialize)]
pub(super) struct Versioned {
    v: Option<String>,
}

pub(super) async fn answer(
    Path(name): Path<String>,
    Query(versioned): Query<Versioned>,
    headers: HeaderMap,
) -> Response {
    let Some(asset) = asset(&name) else {
        return (StatusCode::NOT_FOUND, "There is no such file.\n").into_response();
    };
    let lasting = versioned.v.as_deref() == Some(asset.version);
    let cache = if lasting { "public, max-age=31536000, immutable" } else { "no-cache" };
    let tag = format!("W/\"{}\"", asset.version);
    let about: [(HeaderName, Cow<'static, str>); 3] = [
        (header::CONTENT_TYPE, asset.kind.into()),
        (header::CACHE_CONTROL, cache.into()),
        (header::ETAG, tag.clone().into()),
    ]
    .map(|(name, value): (HeaderName, Cow<'static, str>)| (name, value));
    let about = about.map(|(name, value)| (name, value.into_owned()));
    if super::not_modified(&headers, &tag) {
        return (StatusCode::NOT_MODIFIED, about).into_response();
    }
    (about, asset.bytes).into_response()
}
