//! The explorer: shows what of a log verified, to people as pages and to programs as an interface.
//!
//! # Data flow
//! ```text
//! truce-copy: Served (what verified under one checkpoint, read-only)
//!   -> model: views, plain structs of codes, figures and what was signed
//!   -> pages (HTML in five languages) and api (JSON, exports, feeds, the log's own tiles) -> server -> readers
//! ```
//!
//! # In scope
//! View models, pages, the interface for programs, HTTP; `web/` holds the browser's own verifier.
//!
//! # Out of scope
//! Following and verifying a log, search, counters: `truce-copy`. Signing, submitting, deciding: there is no write path
//! to the log. Words for people are in pages alone: view models hold codes, figures and what was signed.

pub mod api;
pub mod assets;
pub mod l10n;
pub mod model;
pub mod pages;
pub mod server;

/// Everything that is answered over HTTP: pages and the interface for programs. `url` is where readers reach them.
pub fn site(reading: &model::Reading, url: &server::PublicUrl) -> axum::Router {
    let site = pages::Site::new(reading.clone(), url.clone());
    server::app(pages::routes(site).merge(api::routes(reading, url)))
}
