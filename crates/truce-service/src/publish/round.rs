//! The publisher's rounds: spread, let witnesses cosign, show.

use super::Published;
use crate::error::ServiceError;
use crate::finality::Standing;
use crate::metrics::Metrics;
use crate::settings::Settings;
use crate::snapshot::Snapshot;
use crate::witnesses::Board;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use truce_log::{Depositary, LogError};

/// After a failure to publish, the next try.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// Publishes until `stop` is true and everything is published.
pub(crate) async fn run(
    standing: Arc<Standing>,
    depositary: Arc<Depositary>,
    mut published: Option<Published>,
    board: Board,
    settings: Settings,
    metrics: Arc<Metrics>,
    mut stop: watch::Receiver<bool>,
) {
    let mut rounds = Publisher { standing, depositary, board, succession: None, settings, metrics };
    if let Some(published) = &mut published {
        rounds.take_up(published).await;
    }
    loop {
        let stopping = *stop.borrow_and_update();
        let done = rounds.round(published.as_mut(), stopping).await;
        let pause = match done {
            Ok(()) => rounds.settings.pace,
            Err(error) => {
                rounds.metrics.publish_failures.inc();
                tracing::error!(code = error.code(), %error, "the log could not be published; it is tried again");
                AFTER_FAILURE
            }
        };
        if stopping {
            break;
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stop.changed() => {}
        }
    }
    if let Some(published) = &mut published
        && let Err(error) = published.settle(true).await
    {
        tracing::error!(code = error.code(), %error, "the last publication may not be at rest yet");
    }
}

struct Publisher {
    standing: Arc<Standing>,
    depositary: Arc<Depositary>,
    board: Board,
    /// Keys and policies of the succession that is published.
    succession: Option<(usize, usize)>,
    settings: Settings,
    metrics: Arc<Metrics>,
}

impl Publisher {
    /// Mends what an earlier run left, and finds what is to be removed.
    async fn take_up(&mut self, published: &mut Published) {
        let Some(newest) = self.standing.newest() else { return };
        if let Err(error) = published.mend(&newest, &self.depositary).await {
            tracing::error!(code = error.code(), %error, "the publication could not be looked through");
        }
        if let Err(error) = published.find_outgrown(self.settings.grace).await {
            tracing::warn!(code = error.code(), %error, "partial files of an earlier run stay");
        }
    }

    async fn round(&mut self, published: Option<&mut Published>, stopping: bool) -> Result<(), ServiceError> {
        let Some(newest) = self.standing.newest() else { return Ok(()) };
        let shown = self.standing.shown();
        let is_new = shown.as_ref().is_none_or(|shown| shown.size() < newest.size());
        let Some(published) = published else {
            if is_new {
                let best = self.cosigned(&newest, stopping).await;
                self.shown(&best);
            } else if let Some(better) = self.better(shown.as_deref()) {
                self.shown(&better);
            }
            return Ok(());
        };
        if is_new || published.size() < newest.size() {
            published.spread(&newest, &self.depositary, self.settings.grace).await?;
            self.succeed(published).await?;
            let best = self.cosigned(&newest, stopping).await;
            published.show(best.size(), best.note().clone()).await?;
            self.shown(&best);
        } else if let Some(better) = self.better(shown.as_deref()) {
            published.show(better.size(), better.note().clone()).await?;
            self.shown(&better);
        }
        published.settle(false).await?;
        published.sweep().await
    }

    /// Publishes who signs for the log now, before a checkpoint that only the next key has signed.
    async fn succeed(&mut self, published: &Published) -> Result<(), ServiceError> {
        let register = self.depositary.register();
        let stands = (register.log_keys().len(), register.policies().len());
        if self.succession == Some(stands) {
            return Ok(());
        }
        let depositary = Arc::clone(&self.depositary);
        let gathered = tokio::task::spawn_blocking(move || depositary.succession()).await;
        let succession = gathered.map_err(|e| LogError::Tree(e.to_string()))??;
        if !succession.is_empty() {
            published.put("succession", succession.to_string().into()).await?;
        }
        self.succession = Some(stands);
        Ok(())
    }

    fn shown(&self, snapshot: &Arc<Snapshot>) {
        self.standing.show(snapshot);
        self.metrics.published.set(i64::try_from(snapshot.size()).unwrap_or(i64::MAX));
    }

    /// The snapshot with what its witnesses say, when they have reached the quorum or the time is over.
    async fn cosigned(&self, snapshot: &Arc<Snapshot>, stopping: bool) -> Arc<Snapshot> {
        self.board.offer(snapshot);
        if !stopping {
            let finality = self.standing.finality(snapshot.size().saturating_sub(1));
            let _ = tokio::time::timeout(self.settings.show_within, finality).await;
        }
        self.board.best(snapshot.size()).unwrap_or_else(|| Arc::clone(snapshot))
    }

    /// What is shown, with cosignatures that have come since.
    fn better(&self, shown: Option<&Snapshot>) -> Option<Arc<Snapshot>> {
        let shown = shown?;
        let lines = |snapshot: &Snapshot| snapshot.checkpoint().cosignatures().len();
        self.board.best(shown.size()).filter(|best| lines(best) > lines(shown))
    }
}
