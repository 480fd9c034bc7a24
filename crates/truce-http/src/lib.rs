//! Connections of an HTTP/1.1 server (RFC 9112): how many at a time, how large a request's head may be, how long a
//! client may take, TLS, and how all of them end.
//!
//! # Out of scope
//! What is served: an [`axum::Router`] decides. HTTP/2: a reverse proxy's.

mod connections;
mod patience;
mod tls;

pub use connections::{Limits, Peer, Server, serve};
pub use tls::{TlsError, acceptor};
pub use tokio_rustls::TlsAcceptor;
