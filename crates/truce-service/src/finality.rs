//! States of the log: committed, shown to the world, final.
//!
//! *Accepted*: durable, and under the log's own checkpoint. *Final*: under a checkpoint whose cosignatures reach the
//! policy's quorum. Where the policy asks for none, nothing is final. The two are different types: a [`Final`] is made by
//! counting cosignatures, and by nothing else.

use crate::nodes::FullTiles;
use crate::quorum::Quorum;
use crate::snapshot::Snapshot;
use std::ops::Deref;
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::watch;
use truce_log::Depositary;
use truce_register::Register;

/// The three states, each a snapshot that only moves forward.
pub(crate) struct Standing {
    depositary: Arc<Depositary>,
    newest: RwLock<Option<Arc<Snapshot>>>,
    shown: watch::Sender<Option<Arc<Snapshot>>>,
    last: watch::Sender<Option<Final>>,
    /// The quorum in force, as the newest entries have it.
    quorum: watch::Sender<Arc<Quorum>>,
    /// The operator's policy.
    given: Option<Vec<u8>>,
    pub(crate) full: FullTiles,
}

/// A snapshot whose cosignatures reach the quorum. Only [`Final::of`] makes one.
#[derive(Clone)]
pub(crate) struct Final(Arc<Snapshot>);

impl Final {
    /// Counts the cosignatures of a snapshot, each of which has been verified, against the quorum in force. `None` below
    /// it, where no quorum is asked for, and for a tree older than the policy, which is held to what was agreed for its
    /// size.
    pub(crate) fn of(snapshot: &Arc<Snapshot>, quorum: &Quorum) -> Option<Self> {
        let keys: Vec<_> = snapshot.checkpoint().cosignatures().iter().map(|line| &line.cosigner).collect();
        let reached = snapshot.size() >= quorum.from && quorum.is_reached_by(&keys);
        reached.then(|| Self(Arc::clone(snapshot)))
    }
}

impl AsRef<Snapshot> for Final {
    fn as_ref(&self) -> &Snapshot {
        &self.0
    }
}

impl Deref for Final {
    type Target = Arc<Snapshot>;

    fn deref(&self) -> &Arc<Snapshot> {
        &self.0
    }
}

/// The best snapshot to prove an entry with, which says how far the entry is.
pub(crate) enum Cover {
    /// Under the log's word alone, so far.
    Accepted(Arc<Snapshot>),
    /// Under a quorum.
    Final(Final),
}

impl Cover {
    pub(crate) fn snapshot(&self) -> &Arc<Snapshot> {
        match self {
            Self::Accepted(snapshot) => snapshot,
            Self::Final(last) => last,
        }
    }

    pub(crate) const fn is_final(&self) -> bool {
        matches!(self, Self::Final(_))
    }

    /// The word in `Truce-State`.
    pub(crate) const fn as_str(&self) -> &'static str {
        match self {
            Self::Accepted(_) => ACCEPTED,
            Self::Final(_) => "final",
        }
    }
}

/// The word in `Truce-State` of an entry below the quorum.
pub(crate) const ACCEPTED: &str = "accepted";

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

    /// The newest committed snapshot. `None` while the log has only its charter.
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

    /// The quorum in force.
    pub(crate) fn quorum(&self) -> Arc<Quorum> {
        Arc::clone(&self.quorum.borrow())
    }

    /// Tells of every change of the quorum in force.
    pub(crate) fn quorums(&self) -> watch::Receiver<Arc<Quorum>> {
        self.quorum.subscribe()
    }

    /// The snapshot that the world sees as the newest.
    pub(crate) fn shown(&self) -> Option<Arc<Snapshot>> {
        self.shown.borrow().clone()
    }

    /// The newest snapshot that is final.
    pub(crate) fn last(&self) -> Option<Final> {
        self.last.borrow().clone()
    }

    /// True where an entry can become final, so that waiting makes sense.
    pub(crate) fn can_be_final(&self) -> bool {
        // First what is new: with it the witnesses may have changed.
        let _ = self.newest();
        !self.quorum.borrow().asks_for_none()
    }

    /// Shows a checkpoint: a larger one, or the same with more cosignatures.
    pub(crate) fn show(&self, snapshot: &Arc<Snapshot>) {
        self.shown.send_if_modified(|shown| advance(shown, snapshot));
    }

    /// Takes a final snapshot for the newest one.
    pub(crate) fn finish(&self, snapshot: &Final) {
        self.last.send_if_modified(|last| advance(last, snapshot));
    }

    /// The best snapshot to prove entry `position` with.
    pub(crate) fn over(&self, position: u64) -> Option<Cover> {
        if let Some(last) = self.last().filter(|last| last.size() > position) {
            return Some(Cover::Final(last));
        }
        self.newest().filter(|newest| newest.size() > position).map(Cover::Accepted)
    }

    /// Waits until entry `position` is final. It may never be.
    pub(crate) async fn finality(&self, position: u64) -> Final {
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

/// Takes `new` where it is of a larger tree, or of the same with more cosignatures.
fn advance<T: Clone + AsRef<Snapshot>>(held: &mut Option<T>, new: &T) -> bool {
    let rank = |snapshot: &T| {
        let snapshot = snapshot.as_ref();
        (snapshot.size(), snapshot.checkpoint().cosignatures().len())
    };
    let forward = held.as_ref().is_none_or(|held| rank(new) > rank(held));
    if forward {
        *held = Some(new.clone());
    }
    forward
}
