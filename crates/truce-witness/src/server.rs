//! The witness over HTTP/1.1: one call to cosign, one path for monitors, three for operators.
//!
//! # Data flow
//! ```text
//! connection (truce-http: how many, how long, how large) -> route -> size of the body, then the body, in time
//!   -> Witness::add_checkpoint on a thread of its own, because it waits for the disk -> status and body
//! ```

use crate::error::WitnessRefusal;
use crate::metrics::{self, Metrics};
use crate::witness::Witness;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use std::fmt::Display;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use truce_http::{Limits, Sender};
use truce_tlog::Hash;
use truce_tlog::witness::{
    ADD_CHECKPOINT_PATH, MAX_REQUEST_BYTES, SIZE_MEDIA_TYPE, write_cosignatures, write_size,
};

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// Connections of a witness at a time: every log that it cosigns needs one.
const CONNECTIONS: usize = 256;
/// Connections of one sender among these.
const CONNECTIONS_OF_SENDER: usize = 64;
/// Connections at a time to health and metrics.
const WATCHING: usize = 64;

/// A witness to be served.
pub struct WitnessServer {
    /// The witness.
    pub witness: Arc<Witness>,
    /// Limits of connections.
    pub limits: Limits,
    /// Time for a request's body to come in.
    pub body_within: Duration,
    /// A listener for health, readiness and metrics. Without it metrics are served with the rest, to this machine alone.
    pub admin: Option<TcpListener>,
}

#[derive(Clone)]
struct App {
    witness: Arc<Witness>,
    body_within: Duration,
    metrics: Arc<Metrics>,
    /// Notified when the witness has stopped.
    stopped: Arc<Notify>,
}

fn cosigning() -> Router<App> {
    Router::new()
        .route(ADD_CHECKPOINT_PATH, post(add_checkpoint))
        .route("/{origin}/checkpoint", get(latest))
        .merge(health_routes())
}

fn health_routes() -> Router<App> {
    Router::new().route("/healthz", get(health)).route("/readyz", get(ready))
}

fn figure_routes() -> Router<App> {
    Router::new().route("/metrics", get(figures))
}

impl WitnessServer {
    /// A witness with the limits that suit some dozen logs, and no listener for metrics alone.
    #[must_use]
    pub fn new(witness: Arc<Witness>) -> Self {
        let limits = Limits {
            connections: CONNECTIONS,
            connections_of_sender: CONNECTIONS_OF_SENDER,
            lifetime: Some(Duration::from_secs(900)),
            farewell: Duration::from_secs(5),
            ..Limits::default()
        };
        Self { witness, limits, body_within: Duration::from_secs(10), admin: None }
    }

    /// Serves on `listener` until `stop` is done, then lets open answers finish.
    ///
    /// # Errors
    /// When the witness's disk has failed, so that it cosigns nothing any more. A connection that fails ends alone, and
    /// a system out of file descriptors is waited for.
    pub async fn run(self, listener: TcpListener, stop: impl Future<Output = ()>) -> io::Result<()> {
        let Self { witness, limits, body_within, admin } = self;
        let stopped = Arc::new(Notify::new());
        let app = App {
            witness: Arc::clone(&witness),
            body_within,
            metrics: Arc::new(Metrics::new()),
            stopped: Arc::clone(&stopped),
        };
        let stop = async {
            tokio::select! {
                () = stop => {}
                () = stopped.notified() => {}
            }
        };
        let served = match admin {
            None => {
                let figures = figure_routes().layer(axum::middleware::from_fn(near));
                let routes = cosigning().merge(figures).with_state(app);
                truce_http::serve(listener, routes, limits, stop).await
            }
            Some(admin) => {
                let own = Limits { connections: WATCHING, farewell: Duration::from_secs(1), ..limits };
                let routes = health_routes().merge(figure_routes()).with_state(app.clone());
                let watched = tokio::spawn(truce_http::serve(admin, routes, own, std::future::pending()));
                let served = truce_http::serve(listener, cosigning().with_state(app), limits, stop).await;
                watched.abort();
                served
            }
        };
        served?;
        witness.stopped().map_or(Ok(()), |why| Err(io::Error::other(why.to_owned())))
    }
}

/// Lets requests of this machine through: figures tell an enemy what hurts.
async fn near(request: Request, next: Next) -> Response {
    if Sender::of(request.extensions()).is_loopback() {
        return next.run(request).await;
    }
    let why = "figures are for the machine itself, or for a listener that --admin gives";
    (StatusCode::NOT_FOUND, sentence(&why)).into_response()
}

async fn add_checkpoint(State(app): State<App>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = match read(&parts.headers, body, app.body_within).await {
        Ok(body) => body,
        Err(status) => {
            app.metrics.unread(match status {
                StatusCode::PAYLOAD_TOO_LARGE => "too-large",
                StatusCode::REQUEST_TIMEOUT => "too-slow",
                _ => "broken-off",
            });
            // What is left of the body is not read, so that nothing can follow it.
            let close = [(header::CONNECTION, HeaderValue::from_static("close"))];
            return (status, close, sentence(&status.canonical_reason().unwrap_or_default())).into_response();
        }
    };
    let (witness, whole) = (Arc::clone(&app.witness), Instant::now());
    let answer = tokio::task::spawn_blocking(move || witness.add_checkpoint(&body)).await;
    if let Ok(answer) = &answer {
        app.metrics.answered(whole.elapsed(), answer.as_ref().err());
    }
    if app.witness.stopped().is_some() {
        app.stopped.notify_one();
    }
    match answer {
        Ok(Ok(line)) => ([(header::CONTENT_TYPE, TEXT)], write_cosignatures(&[line])).into_response(),
        Ok(Err(refusal)) => refused(&refusal),
        Err(error) => {
            tracing::error!(%error, "a request failed");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Reads a body of at most [`MAX_REQUEST_BYTES`]; one that announces more is not read at all.
async fn read(headers: &HeaderMap, body: Body, within: Duration) -> Result<Bytes, StatusCode> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: u64| length > MAX_REQUEST_BYTES as u64) {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    let body = Limited::new(body, MAX_REQUEST_BYTES).collect();
    match tokio::time::timeout(within, body).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(StatusCode::PAYLOAD_TOO_LARGE),
        Ok(Err(_)) => Err(StatusCode::BAD_REQUEST),
        Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
    }
}

fn refused(refusal: &WitnessRefusal) -> Response {
    tracing::debug!(code = refusal.code(), "{refusal}");
    let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match refusal {
        // A 409 without a size is no answer that every client knows; one that names the size it was asked from is.
        WitnessRefusal::Stale { size } | WitnessRefusal::AnotherRoot { size } => {
            let media = [(header::CONTENT_TYPE, HeaderValue::from_static(SIZE_MEDIA_TYPE))];
            (status, media, write_size(*size)).into_response()
        }
        WitnessRefusal::NotStored(error) => {
            tracing::error!(code = error.code(), %error, "nothing was cosigned");
            (status, sentence(refusal)).into_response()
        }
        _ => (status, sentence(refusal)).into_response(),
    }
}

fn sentence(say: &dyn Display) -> ([(header::HeaderName, HeaderValue); 1], String) {
    ([(header::CONTENT_TYPE, TEXT)], format!("{say}\n"))
}

async fn latest(State(app): State<App>, Path(origin): Path<String>) -> Response {
    let note = origin.parse::<Hash>().ok().and_then(|hash| app.witness.latest(&hash));
    match note {
        Some(note) => {
            let fresh = (header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
            ([(header::CONTENT_TYPE, TEXT), fresh], note.to_string()).into_response()
        }
        None => (StatusCode::NOT_FOUND, sentence(&"nothing was cosigned for this origin")).into_response(),
    }
}

async fn health(State(app): State<App>) -> Response {
    match app.witness.stopped() {
        None => sentence(&"ok").into_response(),
        Some(_) => (StatusCode::SERVICE_UNAVAILABLE, sentence(&"stopped")).into_response(),
    }
}

async fn ready(State(app): State<App>) -> Response {
    let why = app.witness.stopped().map(str::to_owned).or_else(|| app.metrics.hindrance());
    match why {
        None => sentence(&"ready").into_response(),
        Some(why) => (StatusCode::SERVICE_UNAVAILABLE, sentence(&why)).into_response(),
    }
}

async fn figures(State(app): State<App>) -> Response {
    let kind = HeaderValue::from_static(metrics::KIND);
    ([(header::CONTENT_TYPE, kind)], app.metrics.text(&app.witness)).into_response()
}
