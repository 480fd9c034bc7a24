//! Checks that every engine makes before it writes, stated once.

use std::collections::BTreeMap;

use crate::path::{self, CHECKPOINT, Tree};
use crate::{Batch, Changes, CheckpointError, Space, StoreError, StoredCheckpoint};

/// The demands of [`LogStore::append`](crate::LogStore::append) on a batch that comes at the end of a
/// log of `size` entries.
pub(crate) fn check_batch(batch: &Batch, size: u64, applied: u64, used: bool) -> Result<(), StoreError> {
    if batch.entries.is_empty() {
        return Err(StoreError::misuse("a batch without entries"));
    }
    if used {
        return Err(StoreError::misuse(format!("batch {} is already in the log", batch.id)));
    }
    if applied != size {
        return Err(StoreError::IndexBehind { applied, size });
    }
    Ok(())
}

/// The demands on a list of changes: tiles have paths and never change.
/// `stored` looks up a tile.
pub(crate) fn check_changes(
    changes: &Changes,
    stored: impl Fn(&[u8]) -> Result<Option<Vec<u8>>, StoreError>,
) -> Result<(), StoreError> {
    // What the list itself has done to a tile so far.
    let mut tiles: BTreeMap<&[u8], Option<&[u8]>> = BTreeMap::new();
    for change in changes.iter().filter(|change| change.space == Space::Tiles) {
        let path = path::check_key(change.key)?;
        if let Some(new) = change.value {
            let same = match tiles.get(change.key) {
                Some(before) => before.is_none_or(|before| before == new),
                None => stored(change.key)?.is_none_or(|before| before == new),
            };
            if !same {
                return Err(StoreError::Changed { path: path.to_owned() });
            }
        }
        tiles.insert(change.key, change.value);
    }
    Ok(())
}

/// The rule of [`LogStore::set_checkpoint`](crate::LogStore::set_checkpoint): `Ok(None)` if `new` may follow `before`.
pub(crate) fn check_signed(
    expected: Option<u64>,
    new: &StoredCheckpoint,
    before: Option<&StoredCheckpoint>,
    size: u64,
) -> Result<Option<CheckpointError>, StoreError> {
    let found = before.map(|before| before.size);
    if before == Some(new) {
        return Ok(None);
    }
    if found != expected {
        return Ok(Some(CheckpointError::Conflict { expected, found }));
    }
    if new.size > size {
        return Ok(Some(CheckpointError::Beyond { offered: new.size, size }));
    }
    match found {
        Some(have) if new.size <= have => {
            Err(StoreError::Backward { what: "the signed checkpoint", have, offered: new.size })
        }
        _ => Ok(None),
    }
}

/// The rule of [`IndexStore::apply`](crate::IndexStore::apply) for positions.
pub(crate) fn check_applied(position: u64, applied: u64, size: u64) -> Result<(), StoreError> {
    if position < applied {
        return Err(StoreError::Backward { what: "the index", have: applied, offered: position });
    }
    if position > size {
        return Err(StoreError::misuse(format!("an index at {position} over a log of {size} entries")));
    }
    Ok(())
}

/// Checks that a checkpoint of `size` may be published after `before`: the rule of
/// [`TileStore::put_checkpoint`](crate::TileStore::put_checkpoint).
pub(crate) fn check_forward(before: Option<&[u8]>, size: u64, note: &[u8]) -> Result<(), StoreError> {
    let new = Tree::of(note).filter(|tree| tree.size == size);
    let new = new.ok_or_else(|| StoreError::misuse(format!("the note is no checkpoint of size {size}")))?;
    let Some(before) = before else { return Ok(()) };
    let old =
        Tree::of(before).ok_or_else(|| StoreError::corrupt("the published checkpoint is no checkpoint"))?;
    if new.size < old.size {
        return Err(StoreError::Backward {
            what: "the published checkpoint",
            have: old.size,
            offered: new.size,
        });
    }
    if new.origin != old.origin || (new.size == old.size && new.root != old.root) {
        return Err(StoreError::Changed { path: CHECKPOINT.to_owned() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_checkpoint_goes_forward_only() {
        let five = b"log\n5\nAAAA\n\nsig\n";
        check_forward(None, 5, five).unwrap();
        check_forward(Some(five), 5, b"log\n5\nAAAA\n\nsig\nsig 2\n").unwrap();
        check_forward(Some(five), 6, b"log\n6\nBBBB\n\nsig\n").unwrap();
        let code = |size, note: &[u8]| check_forward(Some(five), size, note).unwrap_err().code();
        assert_eq!(code(4, b"log\n4\nCCCC\n\nsig\n"), "store-backward");
        assert_eq!(code(5, b"log\n5\nBBBB\n\nsig\n"), "store-changed");
        assert_eq!(code(6, b"gol\n6\nBBBB\n\nsig\n"), "store-changed");
        assert_eq!(code(7, b"log\n6\nBBBB\n\nsig\n"), "store-misuse");
    }
}
