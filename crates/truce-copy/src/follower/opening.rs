//! Opening: the copy as it was left, the charter, and notes under keys that may have been replaced.

use super::Follower;
use crate::error::CopyError;
use crate::folder::{CopyFolder, Opened};
use crate::read_only::ReadOnly;
use crate::record::Record;
use crate::served::Served;
use crate::tiles::StoredTiles;
use crate::{Level, Place, State, Status, Why, history};
use std::sync::Arc;
use tokio::sync::watch;
use truce_log::Ledger;
use truce_register::Outline;
use truce_replay::{ReadError, each_statement};
use truce_source::Source;
use truce_statement::{AgreementId, Body};
use truce_store::{IndexRead as _, LogRead as _};
use truce_succession::OpenError;
use truce_tlog::{EdgeTiles, Note, SignedCheckpoint};

impl Follower {
    pub(crate) fn new(
        opened: Opened,
        folder: CopyFolder,
        source: Box<dyn Source>,
        agreement: Option<AgreementId>,
        place: Place,
        state: watch::Sender<Arc<State>>,
    ) -> Result<Self, CopyError> {
        let store = Arc::new(opened.store);
        let read = ReadOnly::new(Arc::clone(&store) as Arc<_>);
        let ledger = Ledger::over(read.clone())?;
        let size = ledger.size();
        let register = ledger.register().clone();
        let edge = ledger.edge().clone();
        let checkpoint = ledger.checkpoint().cloned();
        let proven = history::disagreements(store.as_ref())?;
        let status =
            Status { why: Some(Why::Starting), source: place, rebuilt: opened.rebuilt, ..Status::default() };
        let mut follower = Self {
            source: Arc::from(source),
            folder,
            store,
            read,
            agreement,
            register,
            edge,
            charter: None,
            served: None,
            memory: Arc::default(),
            looked: None,
            status,
            proven,
            state,
        };
        if size > 0 {
            follower.take_up_charter()?;
        }
        if let Some(checkpoint) = checkpoint {
            // Cosignatures are not in what the ledger opened; read the note again with the witnesses' keys.
            let again = follower.open_note(checkpoint.note()).unwrap_or(checkpoint);
            let at = history::history(follower.store.as_ref(), None, 1)?.first().map_or(0, |seen| seen.at);
            follower.show(again, at)?;
        }
        Ok(follower)
    }

    /// Reads the charter back from the copy.
    pub(super) fn take_up_charter(&mut self) -> Result<(), CopyError> {
        let bytes = self.store.entry(0)?.ok_or_else(|| CopyError::damaged("entry 0 is missing"))?;
        self.charter = Some(Arc::new(Record::parse(0, bytes)?.statement));
        Ok(())
    }

    /// Opens a note with the keys of the log at its size and the witnesses' keys in the policy for it. Another key may have
    /// followed in entries that are not in the copy yet. Nothing of them is taken before the log has signed for it, so they
    /// are read for their amendments first.
    pub(super) fn open_note(&self, note: &Note) -> Result<SignedCheckpoint, OpenError<ReadError>> {
        let known = match &self.charter {
            Some(charter) if self.register.size() == 0 => truce_succession::outline(charter)?,
            _ => Outline::after(&self.register),
        };
        let read = self.register.size().max(1);
        let opened = truce_succession::open(note, known, read, |range, take| {
            each_statement(self.source.as_ref(), range, take)
        })?;
        let cosigners = opened.terms.cosigners_at(opened.checkpoint.size());
        Ok(opened.terms.keys().open(note, &cosigners)?)
    }

    /// Serves what `checkpoint` covers.
    pub(super) fn show(&mut self, checkpoint: SignedCheckpoint, at: i64) -> Result<(), CopyError> {
        if self.charter.is_none() {
            self.take_up_charter()?;
        }
        let Some(charter) = self.charter.clone() else { return Ok(()) };
        // While the copy is ahead of the checkpoint, the edge is restored for the smaller tree.
        let edge = if self.edge.size() == checkpoint.size() {
            self.edge.clone()
        } else {
            EdgeTiles::restore(checkpoint.size(), checkpoint.root(), &StoredTiles(self.store.as_ref()))
                .map_err(|e| CopyError::damaged(e.to_string()))?
        };
        let register = Arc::new(self.register.clone());
        let served =
            Served::new(self.read.clone(), register, edge, checkpoint, charter, at, Arc::clone(&self.memory));
        let (checkpoint, charter) = (served.checkpoint(), served.charter_statement());
        if let Body::Charter(body) = charter.body() {
            body.title.as_str().clone_into(&mut self.status.title);
            let vkey = self.register.log_vkey().unwrap_or(body.log.as_str());
            vkey.clone_into(&mut self.status.vkey);
        }
        self.status.agreement = charter.agreement().to_string();
        checkpoint.origin().clone_into(&mut self.status.origin);
        self.status.size = checkpoint.size();
        self.status.root = hex::encode(checkpoint.root().as_bytes());
        self.status.verified_at = at;
        self.status.quorum = served.quorum();
        self.served = Some(Arc::new(served));
        self.status.progress = None;
        if self.status.checked_at > 0 {
            self.confirm();
        } else {
            self.settle(Level::Amber, Some(Why::Starting));
        }
        Ok(())
    }

    /// Checks that the follower can go on after the copy failed: what it knows must be what the copy holds.
    pub(super) fn after_failure(&mut self) -> Result<(), CopyError> {
        let ledger = Ledger::over(self.read.clone())?;
        if ledger.size() == self.register.size() && !self.has_stopped() {
            Ok(())
        } else {
            Err(CopyError::damaged("the copy is not where the follower left it"))
        }
    }

    /// A store that failed in a write takes no more.
    fn has_stopped(&self) -> bool {
        let nothing = truce_store::Changes::new();
        let applied = self.store.applied().unwrap_or_default();
        truce_store::IndexStore::apply(self.store.as_ref(), applied, &nothing)
            .is_err_and(|error| !matches!(error, truce_store::StoreError::Full { .. }))
    }
}
