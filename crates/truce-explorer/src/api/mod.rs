//! The same records for programs: JSON, exports of any filter, feeds, the log's own tiles, the archive. Read-only, like
//! everything that the explorer serves.
//!
//! # Data flow
//! ```text
//! request -> operation (table: path, parameters, answers) -> parameters checked against it -> model -> answer
//!                 `-> the OpenAPI document is written from the same table
//! ```
//! What the table does not name is refused, so that a filter that was misspelt never gives the records of another one.
//! A failure is a problem document (RFC 9457) with a stable code and what to do next.
//!
//! # Bounds
//! Everything that may be long is streamed from a thread that waits for its reader, one page of 200 records at a time.

mod answer;
mod archive;
mod events;
mod export;
mod feed;
mod log;
mod openapi;
mod operation;
mod parameters;
mod problem;
mod views;

pub use openapi::document;

use crate::model::Reading;
use axum::Router;
use axum::extract::{RawPathParams, Request};
use axum::response::{IntoResponse as _, Response};
use operation::{OPERATIONS, Operation};
use parameters::Asked;
use problem::Problem;

/// Where an interface of this version begins.
pub const PREFIX: &str = "/api/v1";

/// Every route of the interface.
pub fn routes(reading: &Reading) -> Router {
    let routes = OPERATIONS.iter().fold(Router::new(), |router, operation| {
        let reading = reading.clone();
        let answer = move |path: RawPathParams, request: Request| answer(operation, reading, path, request);
        router.route(operation.route, axum::routing::get(answer))
    });
    let reading = reading.clone();
    let stream = |request: Request| async move { events::stream(reading, &request) };
    let nowhere =
        |request: Request| async move { Problem::not_found(format!("no `{}`", request.uri().path())) };
    routes.route(events::ROUTE, axum::routing::get(stream)).route("/api/{*path}", axum::routing::get(nowhere))
}

async fn answer(
    operation: &'static Operation,
    reading: Reading,
    path: RawPathParams,
    request: Request,
) -> Response {
    let asked = match Asked::of(operation, &path, request.uri().query().unwrap_or_default()) {
        Ok(asked) => asked,
        Err(problem) => return problem.into_response(),
    };
    let headers = request.headers().clone();
    // Reads of the store block: they stay off the threads that keep the connections.
    let made = tokio::task::spawn_blocking(move || (operation.make)(&reading, &asked)).await;
    match made {
        Ok(Ok(answer)) => answer.respond(&headers),
        Ok(Err(problem)) => problem.into_response(),
        Err(_) => Problem::internal().into_response(),
    }
}
