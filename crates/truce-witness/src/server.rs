//! The witness over HTTP/1.1: one call to cosign, one path for monitors, three for whoever watches the process.
//!
//! # Data flow
//! ```text
//! connection (how many, how long, how large) -> route -> size of the body, then the body, in time
//!   -> Witness::add_checkpoint on a thread of its own, because it waits for the disk -> status and body
//! ```

use crate::error::Refusal;
use crate::metrics::{self, Metrics};
use crate::witness::Witness;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::fmt::Display;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::{Notify, Semaphore};
use truce_tlog::Hash;
use truce_tlog::witness::{
    ADD_CHECKPOINT_PATH, MAX_REQUEST_BYTES, SIZE_MEDIA_TYPE, write_cosignatures, write_size,
};

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// Limits of connections and requests.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at a time; the next wait in the system's queue.
    pub connections: usize,
    /// Time for a request's head to come in, and for an idle connection to send its next.
    pub head_within: Duration,
    /// Time for a request's body to come in.
    pub body_within: Duration,
    /// How long a connection may last.
    pub lifetime: Duration,
    /// Time that open answers get to finish when the server stops.
    pub farewell: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 256,
            head_within: Duration::from_secs(30),
            body_within: Duration::from_secs(10),
            lifetime: Duration::from_secs(900),
            farewell: Duration::from_secs(5),
        }
    }
}

/// Bytes of a request's head.
const HEAD_MAX: usize = 16 * 1024;
/// Headers of a request.
const HEADERS_MAX: usize = 64;

/// A witness to be served.
pub struct Server {
    /// Who cosigns.
    pub witness: Arc<Witness>,
    /// What is taken.
    pub limits: Limits,
    /// Where health, readiness and metrics are served; metrics are served with the rest where there is none.
    pub admin: Option<TcpListener>,
}

#[derive(Clone)]
struct App {
    witness: Arc<Witness>,
    limits: Limits,
    metrics: Arc<Metrics>,
    /// Told when the witness has stopped.
    stopped: Arc<Notify>,
}

/// The routes of a witness, to be served below any prefix: submission and monitoring have the same.
pub fn router(witness: Arc<Witness>, limits: Limits) -> Router {
    let app = App::new(witness, limits);
    cosigning().merge(figure_routes()).with_state(app)
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

/// Serves a witness on `listener` until `stop` is done, then lets open answers finish.
///
/// # Errors
/// When the witness's disk has failed, so that it cosigns nothing any more. A connection that fails ends alone, and a
/// system out of file descriptors is waited for.
pub async fn serve(
    listener: TcpListener,
    witness: Arc<Witness>,
    limits: Limits,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    Server { witness, limits, admin: None }.run(listener, stop).await
}

impl Server {
    /// As [`serve`].
    ///
    /// # Errors
    /// As [`serve`].
    pub async fn run(self, listener: TcpListener, stop: impl Future<Output = ()>) -> io::Result<()> {
        let Self { witness, limits, admin } = self;
        let app = App::new(Arc::clone(&witness), limits);
        let stopped = Arc::clone(&app.stopped);
        let stop = async {
            tokio::select! {
                () = stop => {}
                () = stopped.notified() => {}
            }
        };
        let Some(admin) = admin else {
            accept(listener, cosigning().merge(figure_routes()).with_state(app), limits, stop).await?;
            return witness.stopped().map_or(Ok(()), |why| Err(io::Error::other(why.to_owned())));
        };
        let own = Limits { connections: 64, farewell: Duration::from_secs(1), ..limits };
        let routes = health_routes().merge(figure_routes()).with_state(app.clone());
        let watched = tokio::spawn(accept(admin, routes, own, std::future::pending()));
        let served = accept(listener, cosigning().with_state(app), limits, stop).await;
        watched.abort();
        served?;
        witness.stopped().map_or(Ok(()), |why| Err(io::Error::other(why.to_owned())))
    }
}

/// Takes connections until `stop` is done, then lets open answers finish.
async fn accept(
    listener: TcpListener,
    app: Router,
    limits: Limits,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.head_within)
        .max_headers(HEADERS_MAX)
        .max_buf_size(HEAD_MAX);
    let places = Arc::new(Semaphore::new(limits.connections));
    let open = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        let place = tokio::select! {
            place = Arc::clone(&places).acquire_owned() => place.map_err(io::Error::other)?,
            () = &mut stop => break,
        };
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) if is_of_connection(&error) => continue,
                Err(error) => {
                    // Out of file descriptors, most likely: they come back as connections end.
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(200)).await;
                    continue;
                }
            },
            () = &mut stop => break,
        };
        // Answers are written whole; waiting to fill a packet only delays the last one.
        let _ = stream.set_nodelay(true);
        let service = TowerToHyperService::new(app.clone());
        let connection = open.watch(http.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            match tokio::time::timeout(limits.lifetime, connection).await {
                Ok(Err(error)) => tracing::debug!(%error, "connection"),
                Ok(Ok(())) => {}
                Err(_) => tracing::debug!("a connection has lasted long enough"),
            }
            drop(place);
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(limits.farewell, open.shutdown()).await;
    Ok(())
}

impl App {
    fn new(witness: Arc<Witness>, limits: Limits) -> Self {
        Self { witness, limits, metrics: Arc::new(Metrics::new()), stopped: Arc::default() }
    }
}

fn is_of_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

async fn add_checkpoint(State(app): State<App>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = match read(&parts.headers, body, app.limits.body_within).await {
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

/// Reads a body: what it says of its size first, then no more than that.
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

fn refused(refusal: &Refusal) -> Response {
    tracing::debug!(code = refusal.code(), "{refusal}");
    let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match refusal {
        // A 409 without a size is no answer that every client knows; one that names the size it was asked from is.
        Refusal::Stale { size } | Refusal::AnotherRoot { size } => {
            let media = [(header::CONTENT_TYPE, HeaderValue::from_static(SIZE_MEDIA_TYPE))];
            (status, media, write_size(*size)).into_response()
        }
        Refusal::NotStored(error) => {
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
