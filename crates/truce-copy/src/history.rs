//! History of the log as this explorer saw it: checkpoints that verified, and proven disagreements.
//!
//! Checkpoints may come several times a second for years. Of those that came within a minute only the newest is kept,
//! so that a year takes some 50 MB at most.

use super::folder::{FORMAT, FORMAT_KEY};
use crate::error::CopyError;
use crate::finding::Finding;
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;
use truce_store::{Changes, IndexStore, ScanRange, Space, StoreError, StoreRead};
use truce_tlog::SignedCheckpoint;

/// State keys: the size of the checkpoint follows, 8 bytes, big-endian.
const SEEN: &[u8] = b"explorer/seen/";
/// Keys of `Space::Forks`, which is never cleared: the hash of what follows.
const DISAGREEMENT: &[u8] = b"explorer/";
/// Checkpoints closer together than this are kept as one, milliseconds.
const MINUTE_MS: i64 = 60_000;

/// A checkpoint that verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Tree size.
    pub size: u64,
    /// Root, hex.
    pub root: String,
    /// Time at which this explorer had verified it, milliseconds UTC.
    pub at: i64,
    /// Names of the witnesses that had cosigned it, by keys that the charter's policy names.
    pub cosigned_by: Vec<String>,
    /// The signed note.
    pub note: String,
}

impl Seen {
    pub(crate) fn of(checkpoint: &SignedCheckpoint, at: i64) -> Self {
        Self {
            size: checkpoint.size(),
            root: checkpoint.root().to_string(),
            at,
            cosigned_by: checkpoint.cosignatures().iter().map(|c| c.cosigner.name().to_owned()).collect(),
            note: checkpoint.note().to_string(),
        }
    }
}

/// Notes a checkpoint that verified.
pub(crate) fn note<S: StoreRead + IndexStore + ?Sized>(store: &S, seen: &Seen) -> Result<(), CopyError> {
    let mut changes = Changes::new();
    let before = history(store, None, 2)?;
    if let [last, earlier, ..] = before.as_slice()
        && last.size != seen.size
        && last.at - earlier.at < MINUTE_MS
    {
        changes.delete(Space::State, &key(last.size));
    }
    let row = serde_cbor::to_vec(seen).map_err(|e| CopyError::damaged(e.to_string()))?;
    changes.put(Space::State, &key(seen.size), &row);
    changes.put(Space::State, FORMAT_KEY, FORMAT);
    store.apply(store.applied()?, &changes)?;
    Ok(())
}

/// Checkpoints seen, the largest first, below size `before`.
pub fn history<S: StoreRead + ?Sized>(
    store: &S,
    before: Option<u64>,
    limit: usize,
) -> Result<Vec<Seen>, StoreError> {
    let range = match before {
        Some(size) => ScanRange::between(SEEN, &key(size)),
        None => ScanRange::prefix(SEEN),
    };
    let mut all = Vec::new();
    store.scan(Space::State, &range.backward().limit(limit), &mut |_, row| {
        all.extend(serde_cbor::from_slice::<Seen>(row).ok());
        ControlFlow::Continue(())
    })?;
    Ok(all)
}

/// Keeps a finding that two signed notes prove.
pub(crate) fn keep_disagreement<S: IndexStore + ?Sized>(
    store: &S,
    finding: &Finding,
) -> Result<(), CopyError> {
    let row = serde_json::to_vec(finding).map_err(|e| CopyError::damaged(e.to_string()))?;
    let name = truce_statement::id::sha256(finding.notes.concat().as_bytes());
    let mut changes = Changes::new();
    changes.put(Space::Forks, &[DISAGREEMENT, &name].concat(), &row);
    store.apply(store.applied()?, &changes)?;
    Ok(())
}

/// Disagreements that were proven.
pub fn disagreements<S: StoreRead + ?Sized>(store: &S) -> Result<Vec<Finding>, StoreError> {
    let mut all = Vec::new();
    store.scan(Space::Forks, &ScanRange::prefix(DISAGREEMENT).limit(MAX_DISAGREEMENTS), &mut |_, row| {
        all.extend(serde_json::from_slice::<Finding>(row).ok());
        ControlFlow::Continue(())
    })?;
    Ok(all)
}

/// Disagreements that are read: one is enough to be red for ever.
const MAX_DISAGREEMENTS: usize = 32;

fn key(size: u64) -> Vec<u8> {
    [SEEN, &size.to_be_bytes()].concat()
}
