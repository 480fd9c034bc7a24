//! The checkpoint shown over HTTP: the newest checkpoint, held back for a moment so that witnesses can cosign it.
//!
//! A place beside HTTP has a loop of its own ([`super::run`]), which follows this one: it may fail for as long as it
//! likes, and holds neither readers up nor witnesses.

use crate::finality::Standing;
use crate::metrics::Metrics;
use crate::settings::Settings;
use crate::snapshot::Snapshot;
use crate::witnesses::Board;
use std::sync::Arc;
use tokio::sync::watch;

/// Shows what is new until `stop` is true, and the newest then. `metrics` is told where nothing else is published.
pub(crate) async fn show(
    standing: Arc<Standing>,
    board: Board,
    settings: Settings,
    metrics: Arc<Metrics>,
    mut stop: watch::Receiver<bool>,
) {
    loop {
        let stopping = *stop.borrow_and_update();
        let within = if stopping { None } else { Some(settings.show_within) };
        if let Some(snapshot) = next(&standing, &board, within).await {
            standing.show(&snapshot);
            if settings.publish.is_none() {
                metrics.published.set(i64::try_from(snapshot.size()).unwrap_or(i64::MAX));
            }
        }
        if stopping {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(settings.pace) => {}
            _ = stop.changed() => {}
        }
    }
}

/// The snapshot to show now: what is new, with what its witnesses say when they have reached the quorum or the time is
/// over; or what is shown already, with cosignatures that have come since.
async fn next(
    standing: &Standing,
    board: &Board,
    within: Option<std::time::Duration>,
) -> Option<Arc<Snapshot>> {
    let newest = standing.newest()?;
    let shown = standing.shown().filter(|shown| shown.size() >= newest.size());
    let Some(shown) = shown else {
        board.offer(&newest);
        if let Some(within) = within.filter(|_| !standing.quorum().asks_for_none()) {
            let finality = standing.finality(newest.size().saturating_sub(1));
            let _ = tokio::time::timeout(within, finality).await;
        }
        return Some(board.best(newest.size()).unwrap_or(newest));
    };
    let lines = |snapshot: &Snapshot| snapshot.checkpoint().cosignatures().len();
    board.best(shown.size()).filter(|best| lines(best) > lines(&shown))
}
