//! The explorer: follows a log, keeps a verified copy of it, and shows only what verified.
//!
//! # Data flow
//! ```text
//! source (ledger folder, published directory, URL)        nothing of it is believed
//!   -> follower: checkpoint, bundles, signatures on all cores, fold in order, root before every write
//!   -> copy: a store laid out like a ledger, with postings and counters beside it
//!   -> served: what verified under one checkpoint, read-only -> query, model -> pages and API
//! ```
//! One thread writes, the follower's; it has the only handle that can. Everything that serves holds a [`ReadOnly`],
//! which has no method that writes, and a [`Served`]: the log as one verified checkpoint covers it. On any failure the
//! follower publishes a [`Finding`], and what verified before stays served.
//!
//! # In scope
//! Fetching, verification, the copy, search, counters, view models.
//!
//! # Out of scope
//! Signing, submitting, deciding: there is no write path to the log. Words for people: view models hold codes, figures
//! and what was signed; pages put them into a language.

pub mod aggregate;
pub mod api;
pub mod assets;
pub mod copy;
mod error;
mod finding;
pub mod index;
pub mod l10n;
pub mod model;
mod order;
pub mod pages;
mod places;
pub mod query;
pub mod server;
pub mod source;
mod tiles;

pub use copy::{Explorer, Options, ReadOnly, Served, State};
pub use error::ExplorerError;
pub use finding::Finding;

/// Everything that is answered over HTTP: pages and the interface for programs. `url` is where readers reach them.
pub fn site(reading: &model::Reading, url: &server::PublicUrl) -> axum::Router {
    let site = pages::Site::new(reading.clone(), url.clone());
    server::app(pages::routes(site).merge(api::routes(reading, url)))
}
