//! The files of a tree, by their paths: a partial one may have gone, and the full one of the same place then has all of it.

use crate::SourceError;
use truce_tlog::{BundleCoord, TileCoord, bundle, tile};

/// A file by its path, of at most so many bytes; `None` where there is none.
type File<'a> = &'a dyn Fn(&str, u64) -> Result<Option<Vec<u8>>, SourceError>;

/// Appends a bundle to `bytes`; false where it is missing.
pub(crate) fn read_bundle(
    file: File<'_>,
    coord: BundleCoord,
    bytes: &mut Vec<u8>,
) -> Result<bool, SourceError> {
    let limit = bundle::MAX_BUNDLE_BYTES as u64;
    let mut found = file(&coord.to_string(), limit)?;
    if found.is_none() && !coord.is_full() {
        found = file(&coord.full().to_string(), limit)?;
    }
    Ok(found.is_some_and(|found| {
        bytes.extend_from_slice(&found);
        true
    }))
}

/// A tile, perhaps wider than asked for; `None` where it is missing.
pub(crate) fn read_tile(file: File<'_>, coord: TileCoord) -> Result<Option<Vec<u8>>, SourceError> {
    let limit = tile::TILE_BYTES as u64;
    let found = file(&coord.to_string(), limit)?;
    if found.is_none() && !coord.is_full() {
        return file(&coord.full().to_string(), limit);
    }
    Ok(found)
}
