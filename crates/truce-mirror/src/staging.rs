//! A published log whose every byte, as it is read, is kept beside the copy; what the copy has is not fetched again.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use truce_audit::{DirSource, Source, SourceError};
use truce_tlog::{BundleCoord, EntryBundle, TileCoord, bundle, tile};

pub(crate) struct Staging<'a> {
    source: &'a dyn Source,
    /// Read once: the audit and the copy see the same one.
    checkpoint: Vec<u8>,
    copy: DirSource,
    /// Entries under the copy's own checkpoint, whose files were checked.
    held: u64,
    folder: PathBuf,
    /// Files written since the last sync.
    unsynced: Mutex<BTreeSet<PathBuf>>,
}

impl<'a> Staging<'a> {
    pub(crate) fn new(
        source: &'a dyn Source,
        checkpoint: Vec<u8>,
        copy: &Path,
        held: u64,
        folder: &Path,
    ) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let copy = DirSource::new(copy);
        Ok(Self { source, checkpoint, copy, held, folder: folder.to_owned(), unsynced: Mutex::default() })
    }

    /// The bytes that were handed out for `path`, if they are there.
    pub(crate) fn kept(&self, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        let place = self.place(path);
        truce_file::read(&place, bundle::MAX_BUNDLE_BYTES as u64)
            .map_err(|error| SourceError::File { path: place, source: error.into() })
    }

    fn keep(&self, path: &str, bytes: &[u8]) -> Result<(), SourceError> {
        let place = self.place(path);
        // A name of its own, because entries and tiles are read side by side. By rename: a file that is there is whole,
        // whenever the process was killed.
        truce_file::replace_unsynced(&place, bytes)
            .map_err(|source| SourceError::File { path: place.clone(), source })?;
        self.unsynced.lock().unwrap_or_else(PoisonError::into_inner).insert(place);
        Ok(())
    }

    fn place(&self, path: &str) -> PathBuf {
        self.folder.join(path.replace('/', "_"))
    }

    /// True where leaves up to `end` are all under the copy's checkpoint.
    fn is_held(&self, end: Option<u64>) -> bool {
        end.is_some_and(|end| end <= self.held)
    }
}

impl Source for Staging<'_> {
    fn checkpoint(&self) -> Result<Option<Vec<u8>>, SourceError> {
        Ok(Some(self.checkpoint.clone()))
    }

    fn bundle(&self, coord: BundleCoord, bytes: &mut Vec<u8>) -> Result<bool, SourceError> {
        let end = coord.first_entry().ok().and_then(|first| first.checked_add(u64::from(coord.width())));
        if self.is_held(end) && self.copy.bundle(coord, bytes)? {
            return Ok(true);
        }
        if let Some(kept) = self.kept(&coord.to_string())? {
            bytes.extend_from_slice(&kept);
            return Ok(true);
        }
        let mut found = Vec::new();
        if !self.source.bundle(coord, &mut found)? {
            return Ok(false);
        }
        // A full bundle may stand in for a partial one: only what the checkpoint covers is copied.
        if let Ok(entries) = EntryBundle::parse_prefix(&found, coord)
            && let Ok(exact) = bundle::encode_bundle(entries.entries())
        {
            found = exact;
        }
        self.keep(&coord.to_string(), &found)?;
        bytes.extend_from_slice(&found);
        Ok(true)
    }

    fn tile(&self, coord: TileCoord) -> Result<Option<Vec<u8>>, SourceError> {
        let shift = u32::from(tile::TILE_HEIGHT) * u32::from(coord.level());
        let hashes = coord.index().checked_mul(u64::from(tile::TILE_WIDTH));
        let end = hashes.and_then(|first| first.checked_add(u64::from(coord.width())));
        let end = end.and_then(|end| end.checked_mul(1_u64.checked_shl(shift)?));
        if self.is_held(end)
            && let Some(tile) = self.copy.tile(coord)?
        {
            return Ok(Some(tile));
        }
        if let Some(kept) = self.kept(&coord.to_string())? {
            return Ok(Some(kept));
        }
        let Some(mut tile) = self.source.tile(coord)? else { return Ok(None) };
        if tile.len() == tile::TILE_BYTES {
            tile.truncate(coord.byte_len());
        }
        self.keep(&coord.to_string(), &tile)?;
        Ok(Some(tile))
    }

    fn has_tiles(&self) -> bool {
        true
    }

    fn settle(&self, _size: u64) -> Result<(), SourceError> {
        let unsynced = std::mem::take(&mut *self.unsynced.lock().unwrap_or_else(PoisonError::into_inner));
        for path in unsynced.into_iter().chain([self.folder.clone()]) {
            File::open(&path)
                .and_then(|file| file.sync_all())
                .map_err(|source| SourceError::File { path, source })?;
        }
        Ok(())
    }
}
