//! Rebuilding what is derived: register, facts, indexes, tiles and the edge of the tree, made anew from the entries.
//!
//! ```text
//! clear --> entries, a group at a time: parsed, signature verified, admitted by the rules, same bytes?
//!     --> one synced write of what follows from them, and of how far it is --> the signed checkpoint stands? --> flush
//! ```
//! The entries and the signed checkpoint are the truth and are never written here. Interrupted, the store says how many
//! entries its index accounts for; it opens for nobody until the rebuilding has gone on to the end.

use crate::error::LogError;
use crate::export;
use crate::folder::Folder;
use crate::group::{Group, Written};
use crate::ledger::{self, Opened};
use crate::recover::RecoverError;
use crate::state;
use std::ops::Range;
use std::path::Path;
use truce_register::{KeyTable, Misfit, Register};
use truce_replay::{ReadError, Unfit, bundles, examine};
use truce_store::{Changes, IndexRead as _, IndexStore as _, LogRead as _, RocksStore, Space};
use truce_tlog::EdgeTiles;

/// Entries whose consequences are written at once.
const AT_ONCE: u64 = 1024;

/// Extent of a rebuilding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rebuilt {
    /// Entries that were read.
    pub size: u64,
    /// Entries that an interrupted rebuilding had read before.
    pub before: u64,
}

/// Makes everything anew that follows from the entries of the ledger in `folder`. `progress` is told how many entries
/// have been read, and how many there are.
///
/// # Errors
/// [`RecoverError`]: the store could not be read or written, or an entry is not one that the rules allow. The ledger stays
/// shut then.
pub fn rebuild(folder: &Path, progress: impl FnMut(u64, u64)) -> Result<Rebuilt, RecoverError> {
    let paths = Folder::new(folder);
    let store = RocksStore::open(paths.store()).map_err(LogError::from)?;
    let rebuilt = rebuild_store(&store, progress)?;
    if let Some(copy) = paths.read_checkpoint()? {
        let Opened { register, edge } = ledger::open_state(&store)?;
        ledger::stands_behind(&store, &register, &edge, &copy)?;
    }
    Ok(rebuilt)
}

/// As [`rebuild`], in a store that is open.
pub(crate) fn rebuild_store(
    store: &RocksStore,
    mut progress: impl FnMut(u64, u64),
) -> Result<Rebuilt, RecoverError> {
    let size = store.head().map_err(LogError::from)?.size;
    let (mut register, mut edge) = begun(store, size)?;
    let (before, keys) = (register.size(), KeyTable::of(&register));
    while register.size() < size {
        let first = register.size();
        let group = fold(store, &register, &edge, &keys, first..(first + AT_ONCE).min(size))?;
        let Written { batch, register: behind, edge: grown, keys: touched, .. } = group.finish();
        let mut changes = Changes::with_capacity(2 * batch.derived.len(), batch.derived.byte_len());
        for change in batch.derived.iter() {
            if let Some(value) = change.value {
                // A tile that was damaged is no longer what was published: what follows from the entries is.
                if change.space == Space::Tiles {
                    changes.delete(Space::Tiles, change.key);
                }
                changes.put(change.space, change.key, value);
            } else {
                changes.delete(change.space, change.key);
            }
        }
        store.apply(behind.size(), &changes).map_err(LogError::from)?;
        (register, edge) = (behind, grown);
        keys.add(&register, touched);
        progress(register.size(), size);
    }
    if let Some(stored) = store.checkpoint().map_err(LogError::from)? {
        ledger::stands_behind(store, &register, &edge, &stored.note)?;
    }
    store.flush().map_err(LogError::from)?;
    Ok(Rebuilt { size, before })
}

/// State from which an interrupted rebuilding goes on; else that of an empty log, with nothing derived left.
fn begun(store: &RocksStore, size: u64) -> Result<(Register, EdgeTiles), LogError> {
    let applied = store.applied()?;
    if applied < size
        && let Ok(Opened { register, edge }) = ledger::state_at(store, applied)
    {
        state::renew(store, &register)?;
        return Ok((register, edge));
    }
    store.clear()?;
    Ok((Register::new(), EdgeTiles::new()))
}

/// Admits the entries in `range`, which stand behind those of `register`.
fn fold(
    store: &RocksStore,
    register: &Register,
    edge: &EdgeTiles,
    keys: &KeyTable,
    range: Range<u64>,
) -> Result<Group, RecoverError> {
    let mut group = Group::behind(register, edge);
    for coord in bundles(range.clone()) {
        let bytes = export::bundle(store, coord)?;
        let batch = examine(&bytes, coord, range.start, &keys.known(), |_| ()).map_err(ReadError::Finding)?;
        for (position, entry) in (batch.first..).zip(batch.entries) {
            group.take(entry, store).map_err(|unfit| {
                let (code, what) = match unfit {
                    Unfit::Misfit(Misfit::Recall(error)) => return RecoverError::Log(error),
                    Unfit::Misfit(Misfit::Refused(refusal)) => (refusal.code.as_str(), refusal.to_string()),
                    Unfit::Misfit(broken @ Misfit::BrokenChain { .. }) => {
                        ("broken-chain", broken.to_string())
                    }
                    Unfit::Misfit(other) => ("malformed-entry", other.to_string()),
                    Unfit::Malformed(what) => ("malformed-entry", what),
                };
                RecoverError::Finding { code, what: format!("entry {position}: {what}") }
            })?;
        }
    }
    Ok(group)
}
