//! Assets over HTTP.
//!
//! Pages ask for them with `?v=` and the version, and get them for a year. The modules import one another without, and
//! are asked each time whether they changed.

use crate::assets::asset;
use axum::extract::{Path, Query};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use std::borrow::Cow;

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
