//! Turns: as many answers are made at a time as there are processors, in the order in which they were asked
//! for: more at a time would not make any of them sooner, and whoever asked first would wait for those who came later.
//! (One more was tried: it filled what idleness there was, and made the slowest answers half as slow again.)

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Limits concurrent answers; first come, first served. Clones share the limit.
#[derive(Clone, Debug)]
pub(super) struct Turns(Arc<Semaphore>);

impl Turns {
    /// One for each processor.
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(at_a_time())))
    }
}

fn at_a_time() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Waits for a turn, and holds it until the answer is made. Sending it, and what is made while it is sent, takes none.
pub(super) async fn take(State(turns): State<Turns>, request: Request, next: Next) -> Response {
    match turns.0.acquire().await {
        Ok(_turn) => next.run(request).await,
        // Nobody closes it.
        Err(_) => axum::http::StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)]

    use super::*;
    use axum::Router;
    use axum::body::Body;
    use axum::extract::Path;
    use axum::routing::get;
    use hyper::service::Service as _;
    use hyper_util::service::TowerToHyperService;
    use std::sync::Mutex;

    #[derive(Default)]
    struct Seen {
        begun: Vec<usize>,
        now: usize,
        most: usize,
    }

    #[tokio::test]
    async fn answers_are_made_in_the_order_of_asking_and_few_at_a_time() {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let watched = Arc::clone(&seen);
        let make = move |Path(n): Path<usize>| async move {
            {
                let mut seen = watched.lock().expect("no panic");
                seen.begun.push(n);
                seen.now += 1;
                seen.most = seen.most.max(seen.now);
            }
            // Long ones and short ones.
            for _ in 0..n % 7 {
                tokio::task::yield_now().await;
            }
            watched.lock().expect("no panic").now -= 1;
        };
        let routes = Router::new().route("/{n}", get(make));
        let app = routes.layer(axum::middleware::from_fn_with_state(Turns::new(), take));
        let app = TowerToHyperService::new(app);
        let asked: Vec<_> = (0..100)
            .map(|n| {
                let request = Request::builder().uri(format!("/{n}")).body(Body::empty()).expect("a request");
                tokio::spawn(app.call(request))
            })
            .collect();
        for answer in asked {
            assert_eq!(answer.await.expect("no panic").expect("an answer").status(), 200);
        }
        let seen = seen.lock().expect("no panic");
        assert_eq!(seen.begun, (0..100).collect::<Vec<_>>());
        assert!(seen.most <= at_a_time(), "{} at a time", seen.most);
    }
}
