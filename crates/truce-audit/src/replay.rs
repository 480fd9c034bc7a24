//! The replay into a register and a scratch folder.

use crate::scratch::{Scratch, ScratchError};
use std::ops::ControlFlow;
use std::path::PathBuf;
use truce_register::{KeyTable, Register};
use truce_replay::{Batch, Examined, Finding, Unfit, ahead};
use truce_source::{Source, SourceError};
use truce_statement::{AgreementId, EntryHash};
use truce_tlog::FullTile;

/// Options of an audit.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The agreement that the log must hold; any, where absent.
    pub agreement: Option<AgreementId>,
    /// A checkpoint of this log that was seen before, as a signed note: the log must still contain it.
    pub seen: Option<Vec<u8>>,
    /// Folder in which an audit that is stopped can be taken up again; a temporary one, where absent.
    pub resume: Option<PathBuf>,
    /// Threads that hash and verify; one per core, where zero.
    pub threads: usize,
}

/// Progress of an audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Entries replayed.
    pub replayed: u64,
    /// Entries to replay.
    pub size: u64,
}

/// State of a replay: all that is needed to go on.
pub(crate) struct State {
    pub(crate) register: Register,
    pub(crate) scratch: Scratch,
}

/// Failure to carry a replay to its end. None of these is about the log's honesty.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failed {
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Scratch(#[from] ScratchError),
}

/// Replays the entries from where `state` stands up to `size`. Returns the finding that ended it early, if one did.
///
/// `each_tile` is shown every tile that the replay completes; `pause` is called between bundles and may save the state.
pub(crate) fn replay(
    source: &dyn Source,
    state: &mut State,
    size: u64,
    threads: usize,
    mut each_tile: impl FnMut(&FullTile) -> Result<(), SourceError>,
    mut pause: impl FnMut(&mut State, Progress) -> Result<(), Failed>,
) -> Result<Option<Finding>, Failed> {
    let keys = KeyTable::of(&state.register);
    let range = state.register.size()..size;
    ahead(
        source,
        range,
        threads,
        &keys,
        |_| (),
        |batch: Batch<()>| {
            for (position, entry) in (batch.first..).zip(batch.entries) {
                if let Err(unfit) = state.take(entry, &keys, &mut each_tile)? {
                    return Ok(ControlFlow::Break(Finding::of(unfit, position)?));
                }
            }
            pause(state, Progress { replayed: state.register.size(), size })?;
            Ok(ControlFlow::Continue(()))
        },
    )
}

impl State {
    /// Takes one entry, if it fits.
    fn take(
        &mut self,
        entry: Examined<()>,
        keys: &KeyTable,
        each_tile: &mut impl FnMut(&FullTile) -> Result<(), SourceError>,
    ) -> Result<Result<(), Unfit<ScratchError>>, Failed> {
        let (leaf, received) = (entry.leaf(), entry.received());
        let step = entry
            .verified(&self.register)
            .and_then(|(signed, ())| Ok(self.register.step(&signed, received, &self.scratch)?));
        let step = match step {
            Ok(step) => step,
            Err(unfit) => return Ok(Err(unfit)),
        };
        self.register.apply(&step, EntryHash::from_bytes(leaf.to_bytes()));
        keys.add(&self.register, step.keys());
        for fact in step.facts() {
            self.scratch.put(fact)?;
        }
        for tile in self.scratch.push(leaf)? {
            each_tile(&tile)?;
        }
        Ok(Ok(()))
    }
}
