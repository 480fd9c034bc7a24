//! The explorer over HTTP: connections, limits, headers, languages, assets. Answers GET and HEAD, by construction.
//!
//! # Data flow
//! ```text
//! connection (connections: how many, how long, how large)
//!   -> guard: method, length of the address, security headers on every answer
//!   -> address: `/fr/records/17` is `/records/17` in French
//!   -> turns: few answers at a time, in the order of asking
//!   -> routes: pages, assets, and what others merge -> compression
//! ```
//! What is served is read-only in its type: [`truce_copy::Served`] has no method that writes.
//!
//! # Out of scope
//! TLS, users, rates of each sender: a reverse proxy's. HTTP/2: likewise.

mod address;
mod assets;
pub mod filter;
mod guard;
mod public_url;
mod reply;
mod turns;

pub use address::Address;
pub use public_url::{PublicUrl, PublicUrlError};
pub(crate) use reply::{Tag, html, not_modified};
pub use truce_http::{Limits, serve};

use axum::Router;
use axum::http::StatusCode;
use std::time::Duration;
use tower_http::compression::predicate::{NotForContentType, Predicate as _, SizeAbove};
use tower_http::compression::{CompressionLayer, CompressionLevel};
use tower_http::timeout::TimeoutLayer;

/// Time that an answer may take before its first byte.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// Puts `routes` behind everything that holds for all of them: the guard, the languages, compression, assets.
///
/// Routes are written without a language in front. A handler learns the reader's language, and how links keep it, from
/// the [`Address`] among the extensions of the request.
pub fn app(routes: Router) -> Router {
    // An event stream that is held back to be compressed does not stream.
    let compressible = SizeAbove::new(512)
        .and(NotForContentType::const_new("text/event-stream"))
        .and(NotForContentType::const_new("application/gzip"));
    let inner = routes
        .route("/assets/{*name}", axum::routing::get(assets::answer))
        .layer(axum::middleware::from_fn_with_state(turns::Turns::new(), turns::take))
        .layer(
            CompressionLayer::new().no_zstd().quality(CompressionLevel::Fastest).compress_when(compressible),
        )
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, ANSWER_WITHIN));
    // Only what stands around a router can change where it routes to.
    Router::new()
        .fallback_service(inner)
        .layer(axum::middleware::from_fn(address::find))
        .layer(axum::middleware::from_fn(guard::watch))
}
