//! The follower: one thread that looks at the source, verifies what is new, writes it to the copy, and says how it
//! stands.
//!
//! `mod.rs` has the loop and one look; `opening` what a look begins with, `catching_up` the entries, `forks` what
//! contradicts, `status` what is said.

mod catching_up;
mod forks;
mod opening;
mod status;

use super::State;
use super::folder::CopyFolder;
use super::history::{self, Seen};
use super::read_only::ReadOnly;
use super::served::Served;
use super::tree_memory::TreeMemory;
use crate::error::CopyError;
use crate::finding::Finding;
use crate::{Level, Status, Why};
use crossbeam_channel::{Receiver, RecvTimeoutError};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use truce_register::Register;
use truce_replay::{Flaw, ReadError, charter_of};
use truce_source::{Source, SourceError};
use truce_statement::{AgreementId, Statement};
use truce_store::{LogRead as _, LogStore as _, RocksStore, StoredCheckpoint};
use truce_succession::OpenError;
use truce_tlog::{Checkpoint, EdgeTiles, Note, SignedCheckpoint};

/// Least time between a finding and the next look at the source.
const AFTER_A_FINDING: Duration = Duration::from_secs(5);
/// Time before the first look at the source, where the copy can be served.
const BEFORE_THE_FIRST_LOOK: Duration = Duration::from_millis(150);
/// Time between two states published while the copy is being made.
const PROGRESS: Duration = Duration::from_millis(500);
/// Lag, in entries, below which no progress is shown.
const A_MOMENTS_ENTRIES: u64 = 4096;

/// Reason that a look at the source ended early.
enum Stop {
    /// The log, or what the source shows of it, does not hold.
    Finding(Box<Finding>),
    /// The source could not be read.
    Source(SourceError),
    /// The copy failed.
    Copy(CopyError),
    /// The explorer is being closed.
    Closing,
}

impl From<Finding> for Stop {
    fn from(finding: Finding) -> Self {
        Self::Finding(Box::new(finding))
    }
}

impl From<truce_replay::Finding> for Stop {
    fn from(finding: truce_replay::Finding) -> Self {
        Finding::from(finding).into()
    }
}

impl From<ReadError> for Stop {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Source(error) => Self::Source(error),
            ReadError::Finding(finding) => (*finding).into(),
        }
    }
}

impl From<SourceError> for Stop {
    fn from(error: SourceError) -> Self {
        Self::Source(error)
    }
}

impl From<CopyError> for Stop {
    fn from(error: CopyError) -> Self {
        Self::Copy(error)
    }
}

pub(super) struct Follower {
    source: Arc<dyn Source>,
    folder: CopyFolder,
    store: Arc<RocksStore>,
    read: ReadOnly,
    agreement: Option<AgreementId>,
    /// Over everything in the copy, which may be ahead of what is served while it catches up.
    register: Register,
    edge: EdgeTiles,
    charter: Option<Arc<Statement>>,
    served: Option<Arc<Served>>,
    /// Parts of the tree that proofs need again and again.
    memory: Arc<TreeMemory>,
    /// The note looked at last, and what came of it.
    looked: Option<Vec<u8>>,
    status: Status,
    /// Findings that are proven for good.
    proven: Vec<Finding>,
    state: watch::Sender<Arc<State>>,
}

impl Follower {
    /// Follows until the explorer is closed.
    pub(crate) fn run(mut self, stopped: &Receiver<()>) {
        // What the copy holds is shown first: the first readers need the processor more than the first look does.
        if self.served.is_some()
            && !matches!(stopped.recv_timeout(BEFORE_THE_FIRST_LOOK), Err(RecvTimeoutError::Timeout))
        {
            return;
        }
        loop {
            let outcome = self.look(stopped);
            let mut pause = self.source.pause();
            match outcome {
                Ok(()) => {}
                Err(Stop::Closing) => break,
                Err(Stop::Finding(finding)) => {
                    pause = pause.max(AFTER_A_FINDING);
                    self.found(*finding);
                }
                Err(Stop::Source(error)) => {
                    self.trouble(Why::SourceUnreachable, error.code(), &error.to_string());
                }
                Err(Stop::Copy(error)) => {
                    tracing::error!(code = error.code(), %error, "the copy failed");
                    if error.is_damage() {
                        self.folder.doubt(&error);
                    }
                    self.trouble(Why::CopyFailed, error.code(), &error.to_string());
                    if self.after_failure().is_err() {
                        // What is served stays; only a new start can go on.
                        self.publish();
                        let _ = stopped.recv();
                        break;
                    }
                }
            }
            self.publish();
            self.source.rest();
            if !matches!(stopped.recv_timeout(pause), Err(RecvTimeoutError::Timeout)) {
                break;
            }
        }
        if let Err(error) = self.store.settle() {
            tracing::error!(%error, "the copy could not be settled; the next start will take longer");
        }
    }

    /// One look: is there a newer checkpoint, and does everything under it hold?
    fn look(&mut self, stopped: &Receiver<()>) -> Result<(), Stop> {
        let bytes = self.source.checkpoint()?;
        self.status.checked_at = now();
        self.status.trouble = None;
        let Some(bytes) = bytes else {
            // Of a log that had one, it is a reason to wonder, but no proof of anything.
            self.looked = None;
            self.settle(Level::Amber, Some(Why::NoCheckpoint));
            return Ok(());
        };
        if self.looked.as_ref() == Some(&bytes) {
            return Ok(());
        }
        let bad = |e: &dyn std::fmt::Display| {
            Finding::new(Flaw::BadCheckpoint, format!("the checkpoint is malformed: {e}"))
        };
        let note = Note::parse(&bytes).map_err(|e| bad(&e))?;
        let claimed = Checkpoint::parse(note.text()).map_err(|e| bad(&e))?;
        if claimed.size() < 2 {
            return Err(bad(&"a log of this format signs from its second entry on").into());
        }
        if self.charter.is_none() {
            let charter = charter_of(self.source.as_ref(), claimed.size(), self.agreement)?;
            self.charter = Some(Arc::new(charter));
        }
        let checkpoint = self.open_note(&note).map_err(|e| match e {
            OpenError::Unread { why: ReadError::Source(error), .. } => Stop::Source(error),
            refused => {
                let sentence =
                    format!("the checkpoint is not signed by the log that the charter names: {refused}");
                Finding::new(Flaw::BadCheckpoint, sentence).into()
            }
        })?;
        self.status.source_size = Some(checkpoint.size());
        self.reach(&checkpoint, stopped)?;
        self.looked = Some(bytes);
        Ok(())
    }

    /// Verifies everything under `checkpoint` and shows it.
    fn reach(&mut self, checkpoint: &SignedCheckpoint, stopped: &Receiver<()>) -> Result<(), Stop> {
        let (mine, theirs) = (self.register.size(), checkpoint.size());
        if theirs <= mine {
            let root = self.own_root(theirs)?;
            if root != *checkpoint.root() {
                return Err(self.forked(checkpoint, None).into());
            }
            match &self.served {
                Some(served) if theirs < served.size() => {
                    self.settle(Level::Amber, Some(Why::StaleSource));
                    return Ok(());
                }
                Some(served) if served.checkpoint().note() == checkpoint.note() => {
                    self.confirm();
                    return Ok(());
                }
                _ => {}
            }
        } else {
            self.catch_up(checkpoint, stopped)?;
        }
        let at = now();
        let before = self.store.checkpoint().map_err(CopyError::from)?.map(|stored| stored.size);
        if before != Some(theirs) {
            let stored = StoredCheckpoint { size: theirs, note: checkpoint.note().to_string().into_bytes() };
            self.store.set_checkpoint(before, &stored).map_err(CopyError::from)?;
        }
        history::note(self.store.as_ref(), &Seen::of(checkpoint, at))?;
        self.show(checkpoint.clone(), at)?;
        Ok(())
    }
}

fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
