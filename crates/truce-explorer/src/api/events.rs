//! New records as server-sent events (HTML Standard, section 9.2), without loss.
//!
//! # Data flow
//! ```text
//! Last-Event-ID -> Cursor: next position -> positions of some blocks -> rows of one page -> connection
//!      ^                 `-- served log of the moment, taken anew for each page
//!      `-- id of each `record` event: its position
//! ```
//! A stream goes through the log by position, oldest first, and tells of every record that meets the conditions, however
//! many verify at once and however long its reader was away: what is not told yet stays in the copy. A slow reader makes
//! the cursor wait.
//!
//! # Bounds
//! Each stream holds the positions of [`REACH`] entries, the rows of one [`PAGE`] and [`WAITING`] events. There are at most
//! [`STREAMS`] streams, and [`STREAMS_OF_SENDER`] of one sender; the next is refused.

use super::parameters::{CONDITIONS, conditions, queried};
use super::problem::Problem;
use crate::model::{Reading, RecordRow, Views as _};
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use truce_copy::query::{self, BLOCK, Filter};
use truce_copy::{CopyError, Served};
use truce_http::{Quota, Sender};

/// Route of the stream. It has no end, and so it stands beside the table of the others.
pub(super) const ROUTE: &str = "/api/v1/events";
/// Summary in the `OpenAPI` document.
pub(super) const SUMMARY: &str = "New records that meet the conditions, as they are verified, and every change of the \
                                  status, as server-sent events";
/// Description in the `OpenAPI` document.
pub(super) const DESCRIPTION: &str = "An event `record` has a record as its data and the record's position as its id. An event `status` has level and \
     reason, and no id. Records come oldest first. A stream begins behind the newest record that is served, or behind \
     the position in `Last-Event-ID`, which may be any: every record behind it that meets the conditions is sent, and \
     none is left out, however many there are. The conditions are asked when a record is sent: one that meets them only \
     later, such as one corrected since, is not sent again. The stream has no end; a reader who loses it asks again with \
     the last id that he has.";
/// Name of the header that resumes a stream.
pub(super) const LAST_EVENT_ID: &str = "last-event-id";

/// Time without events after which a reader is told that nothing happened.
const QUIET: Duration = Duration::from_secs(15);
/// Events that may wait for a slow reader; the records stay where they are.
const WAITING: usize = 16;
/// Records read at a time.
const PAGE: usize = 64;
/// Positions looked through at a time: some whole blocks of the lists.
const REACH: u64 = 8 * BLOCK;
/// Looks of one turn: between turns it is seen that a reader has gone.
const LOOKS: usize = 64;

/// Streams at a time.
const STREAMS: usize = 200;
/// Streams of one sender at a time: an IPv4 address, or the /64 of an IPv6 address.
const STREAMS_OF_SENDER: usize = 16;

/// The bound on streams; made once for a router.
pub(super) fn quota() -> Quota {
    Quota::new(STREAMS, STREAMS_OF_SENDER)
}

/// Tells of new records until the reader goes.
pub(super) fn stream(reading: Reading, quota: &Quota, request: &Request) -> Response {
    let asked = queried(CONDITIONS, request.uri().query().unwrap_or_default());
    let begun =
        asked.and_then(|pairs| Cursor::new(&reading, conditions(&pairs)?, resumed(request.headers())?));
    let cursor = match begun {
        Ok(cursor) => cursor,
        Err(problem) => return problem.into_response(),
    };
    let share = match quota.take(Sender::of(request.extensions()), 1) {
        Ok(share) => share,
        Err(exceeded) => return Problem::too_many_streams(exceeded).into_response(),
    };
    let (send, receive) = mpsc::channel(WAITING);
    tokio::spawn(async move {
        tell(reading, cursor, send).await;
        drop(share);
    });
    Sse::new(ReceiverStream::new(receive)).keep_alive(KeepAlive::new().interval(QUIET)).into_response()
}

/// Sends events until the reader goes, the explorer ends, or the copy cannot be read: then the reader asks again.
async fn tell(reading: Reading, mut cursor: Cursor, send: mpsc::Sender<Result<Event, Infallible>>) {
    let mut changed = reading.changed();
    let mut status = String::new();
    loop {
        // What changes from here on wakes the wait below.
        let state = changed.borrow_and_update().clone();
        let told = (state.status.level, state.status.why);
        let word = serde_json::to_string(&told).unwrap_or_default();
        if word != status {
            let event = Event::default().event("status").json_data(told);
            if send.send(Ok(event.unwrap_or_default())).await.is_err() {
                return;
            }
            status = word;
        }
        drop(state);
        loop {
            let Some((back, rows)) = cursor.turn(&reading).await else { return };
            cursor = back;
            for row in rows {
                let event = Event::default().event("record").id(row.position.to_string()).json_data(&row);
                if send.send(Ok(event.unwrap_or_default())).await.is_err() {
                    return;
                }
            }
            if send.is_closed() {
                return;
            }
            if !cursor.is_behind(&reading) {
                break;
            }
        }
        tokio::select! {
            change = changed.changed() => if change.is_err() { return },
            () = send.closed() => return,
        }
    }
}

/// Position behind which a reader goes on.
fn resumed(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let Some(value) = headers.get(LAST_EVENT_ID).filter(|value| !value.is_empty()) else { return Ok(None) };
    let position = value.to_str().ok().and_then(|value| value.trim().parse().ok());
    // To begin with the newest would leave out, without a word, what the reader has missed.
    let unreadable = || {
        let value: String = String::from_utf8_lossy(value.as_bytes()).chars().take(80).collect();
        Problem::bad_request("bad-parameter", format!("`Last-Event-ID` is `{value}`; allowed: a position"))
    };
    position.map(Some).ok_or_else(unreadable)
}

/// A stream's place in the log.
#[derive(Debug)]
struct Cursor {
    filter: Filter,
    /// Found, and to be told next, oldest first.
    found: VecDeque<u64>,
    /// Everything below this position is told, or among `found`.
    next: u64,
}

impl Cursor {
    /// A cursor behind the position `seen`, or behind everything that is served.
    ///
    /// # Errors
    /// While nothing has verified, and for conditions that cannot be looked up.
    fn new(reading: &Reading, filter: Filter, seen: Option<u64>) -> Result<Self, Problem> {
        let served = reading.served()?;
        query::within(served.store(), &filter, 0..0)?;
        // A position that this explorer does not serve yet is waited for: it was served once.
        let next = seen.map_or(served.size(), |seen| seen.saturating_add(1));
        Ok(Self { filter, found: VecDeque::new(), next })
    }

    /// Tells whether there is anything to look through or to send.
    fn is_behind(&self, reading: &Reading) -> bool {
        let next = self.found.front().copied().unwrap_or(self.next);
        reading.served().is_ok_and(|served| served.size() > next)
    }

    /// The next page of rows, read where blocking is allowed; nothing when the copy cannot be read.
    async fn turn(mut self, reading: &Reading) -> Option<(Self, Vec<RecordRow>)> {
        // Held for one page: a log that grows meanwhile replaces it, and a slow reader keeps no old one alive.
        let Ok(served) = reading.served() else { return Some((self, Vec::new())) };
        let turned = tokio::task::spawn_blocking(move || self.page(&served).map(|rows| (self, rows)));
        match turned.await {
            Ok(Ok(turned)) => Some(turned),
            Ok(Err(error)) => {
                tracing::error!(code = error.code(), %error, "an event stream ends");
                None
            }
            Err(_) => None,
        }
    }

    /// Rows of the next records that match, oldest first; none where none was found in this turn.
    fn page(&mut self, served: &Served) -> Result<Vec<RecordRow>, CopyError> {
        let size = served.size();
        for _ in 0..LOOKS {
            if !self.found.is_empty() || self.next >= size {
                break;
            }
            let end = ((self.next / REACH + 1) * REACH).min(size);
            self.found.extend(query::within(served.store(), &self.filter, self.next..end)?);
            self.next = end;
        }
        // A copy that is made anew serves fewer entries for a time.
        let served_now = self.found.iter().take(PAGE).take_while(|position| **position < size).count();
        let positions: Vec<u64> = self.found.drain(..served_now).collect();
        served.rows(&positions)
    }
}
