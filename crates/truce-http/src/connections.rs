//! Connections: how many at a time, how large a request's head may be, how long a reader may take to send it, and how
//! all of them end.

use crate::patience::Patient;
use axum::Router;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
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
    /// Of these, from one address; more are closed at once.
    pub connections_of_address: usize,
    /// Bytes of a request's head.
    pub head: usize,
    /// Headers of a request.
    pub headers: usize,
    /// Time for a request's head to come in, for an idle connection to send its next, and for a TLS handshake.
    pub head_within: Duration,
    /// How long a client may take nothing of an answer; `None` lets it.
    pub write_within: Option<Duration>,
    /// Time that open answers get to finish when the server stops.
    pub farewell: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1024,
            connections_of_address: usize::MAX,
            head: 16 * 1024,
            headers: 64,
            head_within: Duration::from_secs(30),
            write_within: None,
            farewell: Duration::from_secs(3),
        }
    }
}

/// Who sent a request: stands among its extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

/// A server about to start.
#[derive(Clone)]
pub struct Server {
    /// What answers.
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
        let crowd = Arc::new(Crowd::default());
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
            let Some(seat) = crowd.enter(peer.ip(), limits.connections_of_address) else { continue };
            // Answers are written whole; waiting to fill a packet only delays the last one.
            let _ = stream.set_nodelay(true);
            let stream = Patient::new(stream, limits.write_within);
            let (app, http, watcher) = (self.app.clone(), http.clone(), open.watcher());
            let place = Place { _place: place, _seat: seat };
            match self.tls.clone() {
                None => {
                    let connection = watcher.watch(connect(&http, stream, app, peer));
                    tokio::spawn(async move {
                        told(connection.await);
                        drop(place);
                    });
                }
                Some(tls) => {
                    tokio::spawn(async move {
                        let shaken = tokio::time::timeout(limits.head_within, tls.accept(stream)).await;
                        match shaken {
                            Ok(Ok(stream)) => {
                                told(watcher.watch(connect(&http, stream, app, peer)).await);
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

/// One connection, with the peer's address among the extensions of every request.
fn connect<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    http: &http1::Builder,
    stream: S,
    app: Router,
    peer: SocketAddr,
) -> impl hyper_util::server::graceful::GracefulConnection<Error = hyper::Error> + Send + 'static {
    let service = TowerToHyperService::new(app);
    let service = service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        service.call(request)
    });
    http.serve_connection(TokioIo::new(stream), service)
}

fn told(ended: Result<(), hyper::Error>) {
    if let Err(error) = ended {
        tracing::debug!(%error, "connection");
    }
}

fn is_of_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// How many connections each address has. At most as many addresses as there are connections.
#[derive(Default)]
struct Crowd(Mutex<HashMap<IpAddr, usize>>);

struct Seat {
    crowd: Arc<Crowd>,
    address: IpAddr,
}

struct Place {
    _place: OwnedSemaphorePermit,
    _seat: Seat,
}

impl Crowd {
    fn enter(self: &Arc<Self>, address: IpAddr, most: usize) -> Option<Seat> {
        let mut here = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = here.entry(address).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Seat { crowd: Arc::clone(self), address })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut here = self.crowd.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = here.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                here.remove(&self.address);
            }
        }
    }
}
