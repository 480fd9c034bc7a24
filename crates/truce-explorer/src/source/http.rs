//! A log served over HTTP: the files of a published directory below one URL.

use super::{Source, SourceError};
use std::time::Duration;
use truce_source::Source as _;
use truce_tlog::{BundleCoord, TileCoord};

/// Between two looks at the checkpoint.
const PAUSE: Duration = Duration::from_secs(1);

/// A log below a URL.
pub struct HttpSource(truce_source::HttpSource);

impl HttpSource {
    /// The log below `base`, a URL without a slash at the end.
    #[must_use]
    pub fn new(base: &str) -> Self {
        Self(truce_source::HttpSource::new(base, concat!("truce-explorer/", env!("CARGO_PKG_VERSION"))))
    }
}

impl Source for HttpSource {
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
        PAUSE
    }
}
