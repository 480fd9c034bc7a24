//! The rounds of a publication beside HTTP: what is shown there follows here, and nothing else does.

use super::Published;
use crate::error::ServiceError;
use crate::finality::Standing;
use crate::metrics::Metrics;
use crate::settings::Settings;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use truce_log::{Depositary, LogError};

/// After a failure to publish, the next try.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// Publishes until `stop` is true and everything is published, `shower` being what shows it over HTTP.
pub(crate) async fn run(
    standing: Arc<Standing>,
    depositary: Arc<Depositary>,
    mut published: Published,
    settings: Settings,
    metrics: Arc<Metrics>,
    mut shower: JoinHandle<()>,
    mut stop: watch::Receiver<bool>,
) {
    let mut rounds = Publisher {
        standing,
        depositary,
        succession: None,
        mended: false,
        strays: true,
        failing: false,
        settings,
        metrics,
    };
    loop {
        let stopping = *stop.borrow_and_update();
        if stopping && let Err(error) = (&mut shower).await {
            tracing::error!(%error, "the task that shows checkpoints failed");
        }
        let done = rounds.round(&mut published).await;
        let pause = if done.is_ok() { rounds.settings.pace } else { AFTER_FAILURE };
        rounds.say(&published, done);
        if stopping {
            break;
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stop.changed() => {}
        }
    }
    if let Err(error) = published.settle(true).await {
        tracing::error!(code = error.code(), %error, "the last publication may not be at rest yet");
    }
}

struct Publisher {
    standing: Arc<Standing>,
    depositary: Arc<Depositary>,
    /// Keys and policies of the succession that is published.
    succession: Option<(usize, usize)>,
    /// The files under the checkpoint there have been looked at.
    mended: bool,
    /// An earlier run, or a round that failed, may have left partial files that no checkpoint led to.
    strays: bool,
    /// The last round failed.
    failing: bool,
    settings: Settings,
    metrics: Arc<Metrics>,
}

impl Publisher {
    async fn round(&mut self, published: &mut Published) -> Result<(), ServiceError> {
        let Some(shown) = self.standing.shown() else { return Ok(()) };
        if !self.mended {
            self.metrics.published.set(count(published.size()));
            published.mend(&shown, &self.depositary).await?;
            self.mended = true;
        }
        if published.lacks(&shown) {
            if published.size() < shown.size() {
                published.spread(&shown, &self.depositary, self.settings.grace).await?;
            }
            self.succeed(published).await?;
            published.show(&shown, &self.standing.quorum()).await?;
            self.metrics.published.set(count(published.size()));
        }
        if self.strays {
            published.find_outgrown(self.settings.grace).await?;
            self.strays = false;
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
        let succession = gathered.map_err(|e| LogError::Task(e.to_string()))??;
        if !succession.is_empty() {
            published.put("succession", succession.to_string().into()).await?;
        }
        self.succession = Some(stands);
        Ok(())
    }

    /// Counts failures, and says when they begin and end; each of them would fill the log of an outage.
    fn say(&mut self, published: &Published, done: Result<(), ServiceError>) {
        let (place, size) = (published.place(), published.size());
        match done {
            Ok(()) if self.failing => tracing::warn!(place, size, "the log is published again"),
            Ok(()) => {}
            Err(error) => {
                self.metrics.publish_failures.inc();
                let code = error.code();
                if self.failing {
                    tracing::debug!(code, %error, "the log could still not be published");
                } else {
                    tracing::error!(code, %error, "the log could not be published; it is tried until it is");
                }
                (self.failing, self.strays) = (true, true);
                return;
            }
        }
        self.failing = false;
    }
}

fn count(size: u64) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}
