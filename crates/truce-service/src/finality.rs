//! What is committed, what is shown to the world, and what is final.
//!
//! *Accepted*: durable, and under the log's own checkpoint. *Final*: under a checkpoint whose cosignatures reach the
//! policy's quorum. Where the policy asks for none, nothing is final.

use crate::nodes::FullTiles;
use crate::quorum::Quorum;
use crate::snapshot::Snapshot;
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::watch;
use truce_log::Depositary;
use truce_register::Register;

/// The three states, each a snapshot that only moves forward.
pub(crate) struct Standing {
    depositary: Arc<Depositary>,
    newest: RwLock<Option<Arc<Snapshot>>>,
    shown: watch::Sender<Option<Arc<Snapshot>>>,
    last: watch::Sender<Option<Arc<Snapshot>>>,
    /// What makes entries final now, as the newest entries have it.
    quorum: watch::Sender<Arc<Quorum>>,
    /// The operator's policy.
    given: Option<Vec<u8>>,
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
    pub(crate) fn new(depositary: Arc<Depositary>, quorum: Quorum, given: Option<Vec<u8>>) -> Self {
        Self {
            depositary,
            newest: RwLock::default(),
            shown: watch::Sender::new(None),
            last: watch::Sender::new(None),
            quorum: watch::Sender::new(Arc::new(quorum)),
            given,
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
            self.follow(&committed.register);
            *newest = Some(Arc::new(Snapshot::of(committed)));
        }
        newest.clone()
    }

    /// Takes in what new entries have made of the keys and the witnesses.
    fn follow(&self, register: &Register) {
        let Some(next) = self.quorum().after(register, self.given.as_deref()) else { return };
        let (size, witnesses) = (register.size(), next.witnesses().len());
        tracing::info!(size, witnesses, "the keys of the log or its witnesses have changed");
        self.quorum.send_replace(Arc::new(next));
    }

    /// What makes entries final.
    pub(crate) fn quorum(&self) -> Arc<Quorum> {
        Arc::clone(&self.quorum.borrow())
    }

    /// Tells of every change of what makes entries final.
    pub(crate) fn quorums(&self) -> watch::Receiver<Arc<Quorum>> {
        self.quorum.subscribe()
    }

    /// What the world sees as the newest checkpoint.
    pub(crate) fn shown(&self) -> Option<Arc<Snapshot>> {
        self.shown.borrow().clone()
    }

    /// The newest snapshot that is final.
    pub(crate) fn last(&self) -> Option<Arc<Snapshot>> {
        self.last.borrow().clone()
    }

    /// Whether it makes sense to wait until an entry is final.
    pub(crate) fn can_be_final(&self) -> bool {
        // First what is new: with it the witnesses may have changed.
        let _ = self.newest();
        !self.quorum.borrow().asks_for_none()
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
        let mut last = self.last.subscribe();
        loop {
            if let Some(last) = last.borrow_and_update().clone().filter(|last| last.size() > position) {
                return last;
            }
            // The sender lives as long as `self`.
            let _ = last.changed().await;
        }
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
