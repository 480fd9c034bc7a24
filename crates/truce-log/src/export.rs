//! Publication: the log as a directory in C2SP tlog-tiles layout, which any static web server can serve.

use crate::error::LogError;
use crate::ledger::Ledger;
use std::path::Path;
use truce_source::{Bundled, bundle_of};
use truce_store::{DirTiles, LogRead, StoreError, StoreRead, TileRead, TileStore};
use truce_tlog::{BundleCoord, TileReader, tile};

/// Extent of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exported {
    /// Size of the tree that is published now.
    pub size: u64,
    /// Size that was published before; what it covers was left as it was.
    pub before: u64,
}

/// Publishes the ledger under `directory`: tiles and bundles first, the checkpoint last. Goes on where an earlier
/// export stopped. `progress` is told how many entries have been written.
pub fn export<S: StoreRead>(
    ledger: &Ledger<S>,
    directory: &Path,
    mut progress: impl FnMut(u64),
) -> Result<Exported, LogError> {
    let checkpoint = ledger.checkpoint().ok_or(LogError::NoCheckpoint)?;
    let size = checkpoint.size();
    let published = match DirTiles::create(directory) {
        Err(StoreError::Exists { .. }) if directory.join("tile").is_dir() => DirTiles::open(directory),
        other => other,
    }?;
    let before = published.published()?.map_or(0, |p| p.size);
    if before > size {
        return Err(LogError::BehindItsSignature { size, signed: before });
    }
    for coord in tile::new_bundles(before, size) {
        let bytes = bundle(ledger.store(), coord)?;
        published.put_immutable(&coord.to_string(), &bytes)?;
        progress(coord.index() * u64::from(tile::TILE_WIDTH) + u64::from(coord.width()));
    }
    let tiles = crate::tree::StoreTiles(ledger.store());
    let edge = ledger.edge().over(&tiles);
    for coord in tile::new_tiles(before, size) {
        let wide = edge.tile(coord)?;
        let bytes =
            wide.get(..coord.byte_len()).ok_or_else(|| LogError::altered(format!("{coord} is too short")))?;
        published.put_immutable(&coord.to_string(), bytes)?;
    }
    // Who signs for the log now, before a checkpoint that only the next key has signed.
    let succession = ledger.succession()?;
    if !succession.is_empty() {
        let path = directory.join("succession");
        truce_file::replace_unsynced(&path, succession.to_string().as_bytes())
            .map_err(|source| LogError::File { path, source })?;
    }
    published.put_checkpoint(size, checkpoint.to_string().as_bytes())?;
    Ok(Exported { size, before })
}

/// A bundle as it is published: whole, or not at all.
///
/// # Errors
/// Where the store cannot be read, does not reach as far, or has an entry that no bundle can hold.
pub fn bundle<S: LogRead + ?Sized>(store: &S, coord: BundleCoord) -> Result<Vec<u8>, LogError> {
    let mut bytes = Vec::new();
    match bundle_of(store, coord, &mut bytes)? {
        Bundled::Whole => Ok(bytes),
        Bundled::Short => Err(LogError::altered(format!("{coord}: an entry is too long"))),
        Bundled::Missing => Err(LogError::altered(format!("{coord} is missing"))),
    }
}
