//! New records as server-sent events (HTML Standard, section 9.2).

use super::operation::CONDITIONS;
use super::parameters::Asked;
use super::problem::Problem;
use crate::copy::Served;
use crate::error::ExplorerError;
use crate::model::{Reading, RecordRow};
use crate::query;
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

/// The route; it streams without end, and so it stands beside the table of the others.
pub(super) const ROUTE: &str = "/api/v1/events";
/// What it does, for the document.
pub(super) const SUMMARY: &str = "New records that meet the conditions as they are verified, and every change of the \
                                  status, as server-sent events; `Last-Event-ID` resumes behind a position";

/// How often a reader is told that nothing happened.
const QUIET: Duration = Duration::from_secs(15);
/// Events that may wait for a slow reader; the records stay where they are.
const WAITING: usize = 64;
/// Records that a reader who was away is told of at most; for more there is the list.
const MISSED: usize = 1_000;

/// Tells of new records until the reader goes.
pub(super) fn stream(reading: Reading, request: &Request) -> Response {
    let asked = match Asked::of_query(CONDITIONS, request.uri().query().unwrap_or_default()) {
        Ok(asked) => asked,
        Err(problem) => return problem.into_response(),
    };
    let filter = match asked.filter() {
        Ok(filter) => filter,
        Err(problem) => return problem.into_response(),
    };
    let Ok(now) = reading.served() else {
        return Problem::from(ExplorerError::NothingYet).into_response();
    };
    let mut told =
        resumed(request.headers()).map_or(now.size(), |seen| seen.saturating_add(1).min(now.size()));
    let (send, receive) = mpsc::channel::<Result<Event, Infallible>>(WAITING);
    tokio::spawn(async move {
        let mut changed = reading.changed();
        let mut status = String::new();
        loop {
            let state = reading.state();
            let word = serde_json::to_string(&(state.status.level, state.status.why)).unwrap_or_default();
            if word != status {
                let event =
                    Event::default().event("status").json_data((state.status.level, state.status.why));
                if send.send(Ok(event.unwrap_or_default())).await.is_err() {
                    return;
                }
                status = word;
            }
            if let Some(served) = state.served.clone().filter(|served| served.size() > told) {
                let (from, until, filter) = (told, served.size(), filter.clone());
                let rows = tokio::task::spawn_blocking(move || new_rows(&served, &filter, from)).await;
                let Ok(Ok(rows)) = rows else { return };
                for row in rows {
                    let event = Event::default().event("record").id(row.position.to_string()).json_data(&row);
                    if send.send(Ok(event.unwrap_or_default())).await.is_err() {
                        return;
                    }
                }
                told = until;
            }
            // The explorer ends, or the reader does: then so does this.
            tokio::select! {
                change = changed.changed() => if change.is_err() { return },
                () = send.closed() => return,
            }
        }
    });
    Sse::new(ReceiverStream::new(receive)).keep_alive(KeepAlive::new().interval(QUIET)).into_response()
}

/// Position behind which a reader goes on.
fn resumed(headers: &HeaderMap) -> Option<u64> {
    headers.get("last-event-id")?.to_str().ok()?.parse().ok()
}

/// Records from position `from` on that match, oldest first.
fn new_rows(
    served: &Arc<Served>,
    filter: &query::Filter,
    from: u64,
) -> Result<Vec<RecordRow>, ExplorerError> {
    let mut positions = Vec::new();
    let mut before = None;
    while positions.len() < MISSED {
        let found = query::search(served.store(), served.size(), filter, before, query::MAX_LIMIT)?;
        let new = found.positions.iter().take_while(|position| **position >= from).count();
        positions.extend(found.positions.iter().take(new));
        before = found.next;
        if new < found.positions.len() || before.is_none_or(|next| next <= from) {
            break;
        }
    }
    positions.reverse();
    served.rows(&positions)
}
