//! The intake: statements in, receipts out (`docs/protocol.md`).

mod accept;
mod body;
mod entry;
mod feed;
mod forks;
mod named;
mod problem;
mod receipt;
mod sequence;
mod single;
mod split;
mod underway;

pub(crate) use accept::{Asked, Form};
pub(crate) use feed::Feed;
pub(crate) use named::Named;
pub(crate) use problem::{Problem, ProblemView};
pub(crate) use sequence::{Outcome, Results};
pub(crate) use split::MAX_STATEMENTS;

use crate::finality::Standing;
use crate::limit::Limiter;
use crate::metrics::Metrics;
use crate::settings::Settings;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use truce_http::Sender;
use truce_statement::KeyId;

/// Everything that answers to submissions share.
pub(crate) struct Intake {
    pub(crate) standing: Arc<Standing>,
    pub(crate) settings: Settings,
    pub(crate) metrics: Arc<Metrics>,
    of_key: Limiter<KeyId>,
    of_address: Limiter<Sender>,
    forks: forks::Forks,
    /// Statements on their way.
    places: Arc<Semaphore>,
    room: body::Room,
    stopping: AtomicBool,
}

/// The routes of the intake.
pub(crate) fn routes(intake: &Arc<Intake>) -> Router {
    Router::new()
        .route("/entries", axum::routing::post(submit))
        .route("/entries/{statement}", get(entry::answer))
        .route("/feeds/{key}", get(feed::answer))
        .layer(axum::middleware::from_fn_with_state(Arc::clone(intake), count))
        .with_state(Arc::clone(intake))
}

impl Intake {
    pub(crate) fn new(standing: Arc<Standing>, settings: Settings, metrics: Arc<Metrics>) -> Self {
        let places = settings.places.clamp(MAX_STATEMENTS, Semaphore::MAX_PERMITS);
        Self {
            of_key: Limiter::new(settings.of_key),
            of_address: Limiter::new(settings.of_address),
            forks: forks::Forks::default(),
            places: Arc::new(Semaphore::new(places)),
            room: body::Room::new(settings.body_bytes),
            stopping: AtomicBool::new(false),
            standing,
            settings,
            metrics,
        }
    }

    /// Takes nothing more.
    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
    }

    /// The problem for which no statement is taken now, if there is one.
    pub(crate) fn unready(&self) -> Option<Problem> {
        if self.stopping.load(Ordering::Acquire) {
            return Some(Problem::stopping());
        }
        let depositary = self.standing.depositary();
        let stopped = depositary.stopped().map(|why| Problem::stopped(&why));
        stopped.or_else(|| depositary.clock_jump().map(|jump| Problem::clock_jumped(&jump)))
    }

    /// Charges the sender's address with `count` statements.
    fn admit_sender(&self, head: &Head, count: usize) -> Result<(), Problem> {
        self.of_address.take(&head.sender, count).map_err(|wait| Problem::too_many("address", wait))
    }

    /// Places for `count` statements on their way.
    fn places(&self, count: usize) -> Result<OwnedSemaphorePermit, Problem> {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        let places = Arc::clone(&self.places).try_acquire_many_owned(count).map_err(|_| Problem::full());
        let free = self.places.available_permits();
        let underway = self.settings.places.max(MAX_STATEMENTS).saturating_sub(free);
        self.metrics.underway.set(i64::try_from(underway).unwrap_or(i64::MAX));
        places
    }
}

/// The head of a submission.
struct Head {
    sender: Sender,
    asked: Asked,
    length: Option<usize>,
}

async fn submit(State(intake): State<Arc<Intake>>, request: Request) -> Response {
    match submitted(&intake, request).await {
        Ok(answer) => answer,
        Err(problem) => problem.into_response(),
    }
}

async fn submitted(intake: &Arc<Intake>, request: Request) -> Result<Response, Problem> {
    if let Some(problem) = intake.unready() {
        return Err(problem);
    }
    let is_sequence = match media_type(request.headers()) {
        Some("application/cose") => false,
        Some("application/cbor-seq") => true,
        other => return Err(Problem::media_type(other)),
    };
    let asked = Asked::of(request.headers(), request.uri().query())?;
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let length = length.and_then(|value| value.parse().ok());
    let sender = Sender::of(request.extensions());
    let head = Head { sender, asked, length };
    if is_sequence {
        sequence::answer(intake, &head, request.into_body()).await
    } else {
        single::answer(intake, &head, request.into_body()).await
    }
}

/// The media type without its parameters.
fn media_type(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next().unwrap_or(value).trim())
}

/// Seconds by which the depositary's clock is behind its last entry; absent where it is not.
const CLOCK_BEHIND: header::HeaderName = header::HeaderName::from_static("truce-clock-behind");

/// Counts answers by status, says where the clock is behind, and keeps them out of caches.
async fn count(State(intake): State<Arc<Intake>>, request: Request, next: Next) -> Response {
    let is_post = request.method() == Method::POST;
    let mut response = next.run(request).await;
    intake.metrics.status(response.status().as_u16());
    if is_post && let Some(behind) = intake.standing.depositary().clock_behind() {
        // What is recorded now is dated ahead of the clock.
        response.headers_mut().insert(CLOCK_BEHIND, (behind / 1000).into());
    }
    let caches = response.headers_mut().entry(header::CACHE_CONTROL);
    caches.or_insert(header::HeaderValue::from_static("no-store"));
    if is_post && response.status() == StatusCode::PAYLOAD_TOO_LARGE {
        // The rest of the body is not read: the connection cannot go on.
        response.headers_mut().insert(header::CONNECTION, header::HeaderValue::from_static("close"));
    }
    response
}
