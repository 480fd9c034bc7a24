//! What is committed, what is shown to the world, and what is final.
//!
//! *Accepted*: durable, and under the log's own checkpoint. *Final*: under a checkpoint whose cosignatures satisfy the
//! policy. Where the policy asks for no witness, what is accepted is final.

use crate::nodes::FullTiles;
use crate::snapshot::Snapshot;
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::watch;
use truce_log::Depositary;

/// The three states, each a snapshot that only moves forward.
pub(crate) struct Standing {
    depositary: Arc<Depositary>,
    newest: RwLock<Option<Arc<Snapshot>>>,
    shown: watch::Sender<Option<Arc<Snapshot>>>,
    last: watch::Sender<Option<Arc<Snapshot>>>,
    /// Whether the log's own signature is all that the policy asks for.
    alone: bool,
    pub(crate) full: FullTiles,
}

/// How far an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Accepted,
    Final,
}

impl State {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Final => "final",
        }
    }
}

impl Standing {
    pub(crate) fn new(depositary: Arc<Depositary>, alone: bool) -> Self {
        Self {
            depositary,
            newest: RwLock::default(),
            shown: watch::Sender::new(None),
            last: watch::Sender::new(None),
            alone,
            full: FullTiles::default(),
        }
    }

    pub(crate) fn depositary(&self) -> &Depositary {
        &self.depositary
    }

    /// What is committed. `None` while the log has only its charter.
    pub(crate) fn newest(&self) -> Option<Arc<Snapshot>> {
        let committed = self.depositary.committed()?;
        let size = committed.checkpoint.size();
        let held = self.newest.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(held) = held.filter(|held| held.size() >= size) {
            return Some(held);
        }
        let mut newest = self.newest.write().unwrap_or_else(PoisonError::into_inner);
        if newest.as_ref().is_none_or(|held| held.size() < size) {
            *newest = Some(Arc::new(Snapshot::of(committed)));
        }
        newest.clone()
    }

    /// What the world sees as the newest checkpoint.
    pub(crate) fn shown(&self) -> Option<Arc<Snapshot>> {
        self.shown.borrow().clone()
    }

    /// The newest snapshot that is final.
    pub(crate) fn last(&self) -> Option<Arc<Snapshot>> {
        if self.alone { self.newest() } else { self.last.borrow().clone() }
    }

    /// Shows a checkpoint: a larger one, or the same with more cosignatures.
    pub(crate) fn show(&self, snapshot: &Arc<Snapshot>) {
        self.shown.send_if_modified(|shown| advance(shown, snapshot));
    }

    /// Makes a snapshot final, whose cosignatures the caller has held against the policy.
    pub(crate) fn finish(&self, snapshot: &Arc<Snapshot>) {
        self.last.send_if_modified(|last| advance(last, snapshot));
    }

    /// The best snapshot to prove entry `position` with, and what it is then.
    pub(crate) fn over(&self, position: u64) -> Option<(Arc<Snapshot>, State)> {
        if let Some(last) = self.last().filter(|last| last.size() > position) {
            return Some((last, State::Final));
        }
        self.newest().filter(|newest| newest.size() > position).map(|newest| (newest, State::Accepted))
    }

    /// Waits until entry `position` is final. It may never be.
    pub(crate) async fn finality(&self, position: u64) -> Arc<Snapshot> {
        if self.alone {
            loop {
                if let Some(newest) = self.newest().filter(|newest| newest.size() > position) {
                    return newest;
                }
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        }
        let mut last = self.last.subscribe();
        let far = |last: &Option<Arc<Snapshot>>| last.as_ref().is_some_and(|last| last.size() > position);
        let found = match last.wait_for(far).await {
            Ok(found) => found.clone(),
            Err(_) => None,
        };
        if let Some(found) = found {
            return found;
        }
        // The sender lives as long as `self`.
        std::future::pending().await
    }
}

fn advance(held: &mut Option<Arc<Snapshot>>, new: &Arc<Snapshot>) -> bool {
    let lines = |snapshot: &Snapshot| snapshot.checkpoint().cosignatures().len();
    let forward = held
        .as_ref()
        .is_none_or(|held| new.size() > held.size() || new.size() == held.size() && lines(new) > lines(held));
    if forward {
        *held = Some(Arc::clone(new));
    }
    forward
}
