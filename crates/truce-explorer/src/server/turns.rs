//! Whose turn it is. As many answers are made at a time as there are processors, in the order in which they were asked
//! for: more at a time would not make any of them sooner, and whoever asked first would wait for those who came later.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// The turns there are; clones share them. Who waits is served first come, first served.
#[derive(Clone, Debug)]
pub(super) struct Turns(Arc<Semaphore>);

impl Turns {
    /// One for each processor.
    pub(super) fn new() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self(Arc::new(Semaphore::new(processors)))
    }
}

/// Waits for a turn, and holds it until the answer is made. Sending it, and what is made while it is sent, takes none.
pub(super) async fn take(State(turns): State<Turns>, request: Request, next: Next) -> Response {
    match turns.0.acquire().await {
        Ok(_turn) => next.run(request).await,
        // Nobody closes it.
        Err(_) => axum::http::StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}
