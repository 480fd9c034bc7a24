//! Return after a loss: a store that came back from a backup takes the entries it lacks from a published log or a
//! mirror, and only then may the log sign again.
//!
//! ```text
//! checkpoint, signed by this log --> read all missing entries once: do they lead to its root?
//!     --> read them again, a bundle at a time: the same tree? admitted by the rules, as they are? --> one synced write
//!     --> the checkpoint is kept, the mark removed
//! ```
//! Entries are taken as they are: same bytes, same positions. Nothing is written that the signed root does not cover, so
//! a copy that lies costs time and nothing else. Each bundle is one atomic write; interrupted, it is simply run again.

use crate::error::LogError;
use crate::folder::Folder;
use crate::group::{Group, Written};
use crate::ledger::{self, Opened};
use crate::state;
use std::path::Path;
use truce_register::{KeyTable, Misfit, Outline, Register};
use truce_replay::{Examined, ReadError, Unfit, each_statement, examine};
use truce_source::{Source, SourceError};
use truce_store::{LogRead as _, LogStore as _, RocksStore, StoredCheckpoint};
use truce_succession::OpenError;
use truce_tlog::{BundleCoord, EdgeTiles, EntryBundle, Hash, Note, SignedCheckpoint, leaf_hash, tile};

/// Extent of a recovery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// Entries in the store before.
    pub before: u64,
    /// Entries in it now.
    pub size: u64,
}

/// Reason why a store may not sign yet.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecoverError {
    /// The store, or the ledger's folder.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The copy could not be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The copy gave something that this log did not sign. Nothing of it was written.
    #[error("{what}")]
    Finding {
        /// Stable code.
        code: &'static str,
        /// A sentence.
        what: String,
    },
}

impl From<ReadError> for RecoverError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Source(error) => Self::Source(error),
            ReadError::Finding(finding) => Self::finding(finding.code.as_str(), finding.sentence),
        }
    }
}

impl RecoverError {
    fn finding(code: &'static str, what: impl Into<String>) -> Self {
        Self::Finding { code, what: what.into() }
    }

    /// Stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Log(error) => error.code(),
            Self::Source(_) => "source-unreadable",
            Self::Finding { code, .. } => code,
        }
    }

    /// Next step for a person.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Log(LogError::BehindItsSignature { .. }) => {
                "name a copy that has more entries too, with another --from"
            }
            Self::Log(error) => error.remedy(),
            Self::Source(_) => "check the address and the connection, and run the command again",
            Self::Finding { .. } => {
                "nothing was taken from this copy beyond what verified; name another mirror, and run `truce verify` on this one"
            }
        }
    }
}

/// Takes what the ledger in `folder` lacks from each of `sources`, then lets it sign again. With no sources it is only
/// looked whether the store holds everything that its own folder knows to be signed. `progress` is told how many entries
/// there are, and how many there will be.
///
/// # Errors
/// [`RecoverError`]; the ledger stays shut then. What was taken is verified and stays.
pub fn recover(
    folder: &Path,
    sources: &[&dyn Source],
    mut progress: impl FnMut(u64, u64),
) -> Result<Recovered, RecoverError> {
    let paths = Folder::new(folder);
    // Nobody else writes from here on.
    let store = RocksStore::open(paths.store()).map_err(LogError::from)?;
    // Half of what is missing is worse than none: it looks newer.
    paths.set_mark()?;
    let Opened { register, edge } = ledger::open_state(&store)?;
    state::renew(&store, &register)?;
    let keys = KeyTable::of(&register);
    let mut returning = Returning { store, register, edge, keys };
    let before = returning.register.size();
    if let Some(stored) = returning.store.checkpoint().map_err(LogError::from)? {
        returning.stands_behind(&stored.note)?;
    }
    for source in sources {
        returning.take_from(*source, &mut progress)?;
    }
    returning.finish(&paths)?;
    Ok(Recovered { before, size: returning.register.size() })
}

/// A store on its way back.
struct Returning {
    store: RocksStore,
    register: Register,
    edge: EdgeTiles,
    keys: KeyTable,
}

impl Returning {
    fn take_from(
        &mut self,
        source: &dyn Source,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<(), RecoverError> {
        let bytes = source
            .checkpoint()?
            .ok_or_else(|| RecoverError::finding("no-checkpoint", "the copy has no checkpoint"))?;
        let checkpoint = self.open(source, &bytes)?;
        let (mine, theirs) = (self.register.size(), checkpoint.size());
        if theirs > mine {
            let roots = self.survey(source, &checkpoint)?;
            for (index, root) in (mine / WIDTH..).zip(roots) {
                self.take(source, index, theirs, &root)?;
                progress(self.register.size(), theirs);
            }
        }
        // With what was taken it is known who had to sign.
        self.stands_behind(&bytes)?;
        self.keep(&checkpoint, bytes)?;
        Ok(())
    }

    /// A checkpoint that this log signed, with its keys as the store and the entries behind it in the copy make them.
    fn open(&self, source: &dyn Source, bytes: &[u8]) -> Result<SignedCheckpoint, RecoverError> {
        let bad = |e: &dyn std::fmt::Display| {
            RecoverError::finding("bad-checkpoint", format!("the copy's checkpoint is not this log's: {e}"))
        };
        let note = Note::parse(bytes).map_err(|e| bad(&e))?;
        let known = Outline::after(&self.register);
        let opened = truce_succession::open(&note, known, self.register.size(), |range, take| {
            each_statement(source, range, take)
        });
        match opened {
            Ok(opened) => Ok(opened.checkpoint),
            Err(OpenError::Unread { why, .. }) => Err(why.into()),
            Err(refused) => Err(bad(&refused)),
        }
    }

    /// Reads everything that is missing and computes the tree: its root after each bundle, the last one being the signed
    /// one.
    fn survey(&self, source: &dyn Source, checkpoint: &SignedCheckpoint) -> Result<Vec<Hash>, RecoverError> {
        let (from, size) = (self.register.size(), checkpoint.size());
        let mut edge = self.edge.clone();
        let mut roots = Vec::new();
        for index in from / WIDTH..size.div_ceil(WIDTH) {
            let bytes = fetch(source, index, size)?;
            for entry in entries(&bytes, index, from, size)? {
                edge.push(leaf_hash(entry));
            }
            roots.push(edge.root());
        }
        if edge.size() == size && edge.root() == *checkpoint.root() {
            return Ok(roots);
        }
        let what = format!(
            "the store's {from} entries and the copy's behind them do not lead to the root that was signed for {size}"
        );
        Err(RecoverError::finding("root-differs", what))
    }

    /// Takes what is missing of one bundle; the tree behind it is known to be a part of the signed one.
    fn take(&mut self, source: &dyn Source, index: u64, size: u64, root: &Hash) -> Result<(), RecoverError> {
        let first = self.register.size();
        let bytes = fetch(source, index, size)?;
        let mut group = Group::behind(&self.register, &self.edge);
        let batch = examine(&bytes, coord(index, size)?, first, &self.keys.known(), |_| ())
            .map_err(ReadError::Finding)?;
        for (position, entry) in (first..).zip(batch.entries) {
            self.admit(&mut group, position, entry)?;
        }
        let Written { batch, register, edge, keys, .. } = group.finish();
        if edge.root() != *root {
            let what = format!("the copy gave other entries from {first} on when it was asked again");
            return Err(RecoverError::finding("root-differs", what));
        }
        self.store.append(first, &batch).map_err(LogError::from)?;
        (self.register, self.edge) = (register, edge);
        self.keys.add(&self.register, keys);
        Ok(())
    }

    /// Admits one entry by the rules, with the `received` and `prev` that it has.
    fn admit(&self, group: &mut Group, position: u64, entry: Examined<()>) -> Result<(), RecoverError> {
        let malformed = |e: &dyn std::fmt::Display| {
            RecoverError::finding("malformed-entry", format!("entry {position}: {e}"))
        };
        match group.take(entry, &self.store) {
            Ok(()) => Ok(()),
            Err(Unfit::Misfit(Misfit::Recall(error))) => Err(error.into()),
            Err(Unfit::Misfit(Misfit::Refused(refusal))) => {
                let what =
                    format!("entry {position} was signed by the log and should have been refused: {refusal}");
                Err(RecoverError::finding(refusal.code.as_str(), what))
            }
            Err(Unfit::Misfit(other)) => Err(malformed(&other)),
            Err(Unfit::Malformed(what)) => Err(malformed(&what)),
        }
    }

    /// Keeps `checkpoint` where it is newer than the one that the store has.
    fn keep(&self, checkpoint: &SignedCheckpoint, note: Vec<u8>) -> Result<(), LogError> {
        let before = self.store.checkpoint()?.map(|stored| stored.size);
        if before < Some(checkpoint.size()) {
            let stored = StoredCheckpoint { size: checkpoint.size(), note };
            self.store.set_checkpoint(before, &stored)?;
        }
        Ok(())
    }

    /// Holds the store against everything its folder knows to be signed, and removes the mark.
    fn finish(&self, paths: &Folder) -> Result<(), LogError> {
        if let Some(copy) = paths.read_checkpoint()? {
            self.stands_behind(&copy)?;
        }
        self.store.flush()?;
        if let Some(stored) = self.store.checkpoint()? {
            paths.replace_checkpoint(&String::from_utf8_lossy(&stored.note), true)?;
        }
        paths.remove_mark()
    }

    fn stands_behind(&self, note: &[u8]) -> Result<SignedCheckpoint, LogError> {
        ledger::stands_behind(&self.store, &self.register, &self.edge, note)
    }
}

const WIDTH: u64 = tile::TILE_WIDTH as u64;

fn fetch(source: &dyn Source, index: u64, size: u64) -> Result<Vec<u8>, RecoverError> {
    let coord = coord(index, size)?;
    let mut bytes = Vec::new();
    if source.bundle(coord, &mut bytes)? {
        return Ok(bytes);
    }
    let what = format!("{coord} is missing: the copy does not hold what its checkpoint covers");
    Err(RecoverError::finding("missing-entries", what))
}

/// The entries of bundle `index`, those below `from` left out.
fn entries(bytes: &[u8], index: u64, from: u64, size: u64) -> Result<Vec<&[u8]>, RecoverError> {
    let coord = coord(index, size)?;
    let bundle = EntryBundle::parse_prefix(bytes, coord)
        .map_err(|e| RecoverError::finding("malformed-bundle", format!("{coord}: {e}")))?;
    let skip = usize::try_from(from.saturating_sub(index * WIDTH)).unwrap_or(usize::MAX);
    Ok(bundle.entries().iter().skip(skip).copied().collect())
}

fn coord(index: u64, size: u64) -> Result<BundleCoord, LogError> {
    BundleCoord::in_tree(index, size).map_err(|e| LogError::Tree(e.to_string()))
}
