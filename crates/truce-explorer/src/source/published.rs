//! A published log in a directory, as `truce export` writes it.

use super::{LOCAL_PAUSE, Source, SourceError};
use std::path::Path;
use std::time::Duration;
use truce_source::{DirSource, Source as _};
use truce_tlog::{BundleCoord, TileCoord};

/// A directory in the layout of c2sp.org/tlog-tiles.
#[derive(Clone, Debug)]
pub struct PublishedSource(DirSource);

impl PublishedSource {
    /// The log published in `directory`.
    #[must_use]
    pub fn new(directory: &Path) -> Self {
        Self(DirSource::new(directory))
    }
}

impl Source for PublishedSource {
    fn checkpoint(&self) -> Result<Option<Vec<u8>>, SourceError> {
        Ok(self.0.checkpoint()?)
    }

    fn bundle(&self, coord: BundleCoord) -> Result<Option<Vec<u8>>, SourceError> {
        let mut bytes = Vec::new();
        Ok(self.0.bundle(coord, &mut bytes)?.then_some(bytes))
    }

    fn tile(&self, coord: TileCoord) -> Result<Option<Vec<u8>>, SourceError> {
        Ok(self.0.tile(coord)?)
    }

    fn pause(&self) -> Duration {
        LOCAL_PAUSE
    }
}
