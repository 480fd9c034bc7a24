//! Connections of an HTTP/1.1 server (RFC 9112): how many at a time, how large a request's head may be, how long a
//! client may take, TLS, and how all of them end. Depositary, explorer and witness are served by it.
//!
//! # Data flow
//! ```text
//! connection -> Limits (in all, of each Sender) -> TLS -> head -> Sender among the extensions -> axum::Router
//!                                                                     |
//!                             what a router bounds for each sender <--+--> Quota: streams, bytes of bodies
//! ```
//!
//! # Out of scope
//! What is served: an [`axum::Router`] decides. HTTP/2: a reverse proxy's.

mod connections;
mod patience;
mod quota;
mod sender;
mod tls;

pub use connections::{Limits, Server, serve};
pub use quota::{Exceeded, Quota, Share};
pub use sender::Sender;
pub use tls::{TlsError, acceptor};
pub use tokio_rustls::TlsAcceptor;
