//! The published log over HTTP, as c2sp.org/tlog-tiles has it: what is shown, to the byte, from the store itself.

use crate::finality::Standing;
use crate::intake::{Named, Problem};
use crate::publish;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use bytes::Bytes;
use std::sync::{Arc, Mutex, PoisonError};
use tower_http::compression::predicate::{Predicate, SizeAbove};
use tower_http::compression::{CompressionLayer, CompressionLevel};
use truce_log::LogError;
use truce_statement::id::sha256;
use truce_tlog::tile::{TilePath, hashes_at};

const FOR_EVER: &str = publish::FOR_EVER.cache;
const FOR_A_MOMENT: &str = publish::FOR_A_MOMENT.cache;
const FOR_A_WHILE: &str = "public, max-age=300";
const TEXT: &str = publish::FOR_A_MOMENT.media;
const BYTES: &str = publish::FOR_EVER.media;

/// Marks answers that are worth compressing: entries are, hashes are not.
#[derive(Clone, Copy)]
struct Compressible;

/// The log, and what is kept of it for readers.
#[derive(Clone)]
struct Log {
    standing: Arc<Standing>,
    succession: Arc<Mutex<Option<Gathered>>>,
}

/// The succession, and how many keys and policies are in it.
type Gathered = ((usize, usize), Bytes);

/// The routes of the published log.
pub(crate) fn routes(standing: &Arc<Standing>) -> Router {
    let marked =
        |_: StatusCode, _: axum::http::Version, _: &HeaderMap, extensions: &axum::http::Extensions| {
            extensions.get::<Compressible>().is_some()
        };
    let compression = CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(SizeAbove::new(512).and(marked));
    Router::new()
        .route("/checkpoint", get(checkpoint))
        .route("/checkpoint/final", get(last))
        .route("/policy", get(policy_text))
        .route("/succession", get(succession))
        .route("/tile/{*path}", get(tile))
        .layer(compression)
        .with_state(Log { standing: Arc::clone(standing), succession: Arc::default() })
}

async fn checkpoint(State(log): State<Log>, headers: HeaderMap) -> Response {
    let none = "the log has fewer than two entries, and so no checkpoint yet";
    match log.standing.shown() {
        Some(shown) => file(&headers, TEXT, FOR_A_MOMENT, shown.note().clone()),
        None => Problem::not_found(none, "ask again when a party has acceded").into_response(),
    }
}

async fn last(State(log): State<Log>, headers: HeaderMap) -> Response {
    match log.standing.last() {
        Some(last) => file(&headers, TEXT, FOR_A_MOMENT, last.note().clone()),
        None if log.standing.can_be_final() => {
            Problem::not_found("no checkpoint has the quorum's cosignatures yet", "ask again later")
                .into_response()
        }
        None => Problem::not_found(
            "the parties ask for no quorum of witnesses, so nothing is final",
            "take /checkpoint, which has the log's own signature",
        )
        .into_response(),
    }
}

async fn policy_text(State(log): State<Log>, headers: HeaderMap) -> Response {
    // With what is new the witnesses may have changed.
    let _ = log.standing.newest();
    let quorum = log.standing.quorum();
    if quorum.text.is_empty() {
        return Problem::not_found(
            "there is no policy of witnesses",
            "what is accepted is the log's word alone",
        )
        .into_response();
    }
    file(&headers, TEXT, FOR_A_WHILE, quorum.text.clone().into())
}

async fn succession(State(log): State<Log>, headers: HeaderMap) -> Response {
    let register = log.standing.depositary().register();
    let stands = (register.log_keys().len(), register.policies().len());
    let held = log.succession.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some((_, bytes)) = held.filter(|(of, _)| *of == stands) {
        return file(&headers, TEXT, FOR_A_MOMENT, bytes);
    }
    let standing = Arc::clone(&log.standing);
    match tokio::task::spawn_blocking(move || standing.depositary().succession()).await {
        Ok(Ok(found)) if found.is_empty() => Problem::not_found(
            "the keys of the log and its witnesses are the charter's",
            "hold it to the charter",
        )
        .into_response(),
        Ok(Ok(found)) => {
            let bytes = Bytes::from(found.to_string());
            *log.succession.lock().unwrap_or_else(PoisonError::into_inner) = Some((stands, bytes.clone()));
            file(&headers, TEXT, FOR_A_MOMENT, bytes)
        }
        Ok(Err(error)) => Problem::from(error).into_response(),
        Err(error) => Problem::from(LogError::Task(error.to_string())).into_response(),
    }
}

async fn tile(State(log): State<Log>, Named(rest): Named, headers: HeaderMap) -> Response {
    let none = || {
        let what = format!("no tile `{}`", rest.chars().take(80).collect::<String>());
        Problem::not_found(what, "ask for what the checkpoint implies")
    };
    let Ok(path) = format!("tile/{rest}").parse::<TilePath>() else { return none().into_response() };
    let Some(shown) = log.standing.shown().filter(|shown| reaches(path, shown.size())) else {
        return none().into_response();
    };
    let standing = Arc::clone(&log.standing);
    let read = tokio::task::spawn_blocking(move || match path {
        TilePath::Tile(coord) => publish::hashes(coord, &shown, standing.depositary()),
        TilePath::Entries(coord) => truce_log::bundle(standing.depositary().store(), coord).map(Some),
    });
    match read.await {
        Ok(Ok(Some(bytes))) => {
            let mut response = file(&headers, BYTES, FOR_EVER, bytes.into());
            if matches!(path, TilePath::Entries(_)) {
                response.extensions_mut().insert(Compressible);
            }
            response
        }
        Ok(Ok(None)) => none().into_response(),
        Ok(Err(error)) => Problem::from(error).into_response(),
        Err(error) => Problem::from(LogError::Task(error.to_string())).into_response(),
    }
}

/// True where a tree of `size` has this file, or had it when it was smaller.
fn reaches(path: TilePath, size: u64) -> bool {
    let (index, width, count) = match path {
        TilePath::Tile(coord) => (coord.index(), coord.width(), hashes_at(size, coord.level())),
        TilePath::Entries(coord) => (coord.index(), coord.width(), size),
    };
    let end = index.checked_mul(256).and_then(|first| first.checked_add(u64::from(width)));
    end.is_some_and(|end| end <= count)
}

fn file(headers: &HeaderMap, kind: &'static str, cache: &'static str, bytes: Bytes) -> Response {
    let mut digest = hex::encode(sha256(&bytes));
    digest.truncate(32);
    // Weak: the same bytes may come compressed.
    let tag = format!("W/\"{digest}\"");
    let mut response =
        if has(headers, &tag) { StatusCode::NOT_MODIFIED.into_response() } else { bytes.into_response() };
    let about = response.headers_mut();
    about.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    about.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    about.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Anybody's page may check a log.
    about.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        about.insert(header::ETAG, tag);
    }
    response
}

/// True where the reader has this already.
fn has(headers: &HeaderMap, tag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let mut held = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    held.any(|held| held.split(',').any(|held| held.trim() == "*" || opaque(held) == opaque(tag)))
}
