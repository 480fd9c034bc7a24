//! Connections: how many at a time, how large a request's head may be, how long a reader may take to send it, and how
//! all of them end.

use crate::patience::Patient;
use crate::quota::{Quota, Share};
use crate::sender::Sender;
use axum::Router;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::TlsAcceptor;

/// Limits of connections.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at a time; the next wait in the system's queue.
    pub connections: usize,
    /// Connections of one [`Sender`] at a time; more are closed at once. Counted by the address of the other end, so
    /// that behind a proxy this is the proxy's.
    pub connections_of_sender: usize,
    /// Takes for the [`Sender`] of a request the one that `X-Forwarded-For` or `Forwarded` names last: only behind a
    /// proxy that writes that header. A request without one is the proxy's own.
    pub forwarded: bool,
    /// Bytes of a request's head.
    pub head: usize,
    /// Headers of a request.
    pub headers: usize,
    /// Time for a request's head to come in, for an idle connection to send its next, and for a TLS handshake.
    pub head_within: Duration,
    /// Time for which a client may take nothing of an answer; `None` for any.
    pub write_within: Option<Duration>,
    /// Time that a connection may last, its last answer included; `None` for any.
    pub lifetime: Option<Duration>,
    /// Time that open answers get to finish when the server stops.
    pub farewell: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1024,
            connections_of_sender: 512,
            forwarded: false,
            head: 16 * 1024,
            headers: 64,
            head_within: Duration::from_secs(30),
            write_within: Some(Duration::from_secs(60)),
            lifetime: None,
            farewell: Duration::from_secs(3),
        }
    }
}

/// A server about to start.
#[derive(Clone)]
pub struct Server {
    /// The routes.
    pub app: Router,
    /// Its limits.
    pub limits: Limits,
    /// With this, nothing but TLS is spoken.
    pub tls: Option<TlsAcceptor>,
}

/// Serves `app` on `listener` until `stop` is done, then lets open answers finish.
///
/// # Errors
/// None in ordinary operation: a connection that fails ends alone, and a system out of file descriptors is waited for.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    limits: Limits,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    Server { app, limits, tls: None }.run(listener, stop).await
}

impl Server {
    /// Serves on `listener` until `stop` is done, then lets open answers finish.
    ///
    /// # Errors
    /// As [`serve`].
    pub async fn run(self, listener: TcpListener, stop: impl Future<Output = ()>) -> io::Result<()> {
        let limits = self.limits;
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(limits.head_within)
            .max_headers(limits.headers)
            .max_buf_size(limits.head.max(8192));
        let places = Arc::new(Semaphore::new(limits.connections));
        let shares = Quota::new(usize::MAX, limits.connections_of_sender);
        let open = GracefulShutdown::new();
        let mut stop = pin!(stop);
        loop {
            let place = tokio::select! {
                place = Arc::clone(&places).acquire_owned() => place.map_err(io::Error::other)?,
                () = &mut stop => break,
            };
            let (stream, peer) = tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok(accepted) => accepted,
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
            let sender = Sender::from(peer.ip());
            let Ok(share) = shares.take(sender, 1) else { continue };
            // Answers are written whole; waiting to fill a packet only delays the last one.
            let _ = stream.set_nodelay(true);
            let stream = Patient::new(stream, limits.write_within);
            let (app, http, watcher) = (self.app.clone(), http.clone(), open.watcher());
            let place = Place { _place: place, _share: share };
            match self.tls.clone() {
                None => {
                    let connection = watcher.watch(connect(&http, stream, app, sender, limits.forwarded));
                    tokio::spawn(async move {
                        last(connection, limits.lifetime).await;
                        drop(place);
                    });
                }
                Some(tls) => {
                    tokio::spawn(async move {
                        let shaken = tokio::time::timeout(limits.head_within, tls.accept(stream)).await;
                        match shaken {
                            Ok(Ok(stream)) => {
                                let connection = connect(&http, stream, app, sender, limits.forwarded);
                                last(watcher.watch(connection), limits.lifetime).await;
                            }
                            Ok(Err(error)) => tracing::debug!(%error, "TLS handshake"),
                            Err(_) => tracing::debug!("TLS handshake timed out"),
                        }
                        drop(place);
                    });
                }
            }
        }
        drop(listener);
        let _ = tokio::time::timeout(limits.farewell, open.shutdown()).await;
        Ok(())
    }
}

/// One connection, with the sender among the extensions of every request.
fn connect<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    http: &http1::Builder,
    stream: S,
    app: Router,
    peer: Sender,
    forwarded: bool,
) -> impl hyper_util::server::graceful::GracefulConnection<Error = hyper::Error> + Send + 'static {
    let service = TowerToHyperService::new(app);
    let service = service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
        let named = if forwarded { Sender::forwarded(request.headers()) } else { None };
        request.extensions_mut().insert(named.unwrap_or(peer));
        service.call(request)
    });
    http.serve_connection(TokioIo::new(stream), service)
}

/// Drives a connection to its end, or for as long as it may last.
async fn last(connection: impl Future<Output = Result<(), hyper::Error>>, lifetime: Option<Duration>) {
    let ended = match lifetime {
        Some(lifetime) => tokio::time::timeout(lifetime, connection).await,
        None => Ok(connection.await),
    };
    match ended {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "connection"),
        Err(_) => tracing::debug!("a connection has lasted long enough"),
    }
}

fn is_of_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// A connection's place among all, and among its sender's.
struct Place {
    _place: OwnedSemaphorePermit,
    _share: Share,
}
