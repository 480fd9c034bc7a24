//! The folder of an audit: the tree it computed and the keys it came to know, for whoever makes proofs.

use crate::replay::State;
use crate::resume;
use crate::scratch::Scratch;
use std::borrow::Cow;
use std::io;
use std::path::Path;
use truce_register::Recall as _;
use truce_statement::{KeyId, PublicKey, StatementId};
use truce_succession::Terms;
use truce_tlog::{EdgeReader, Hash, KeySchedule, TileCoord, TileHashes, TileReader, VKey};

/// The folder of an audit cannot be read as one.
#[derive(Debug, thiserror::Error)]
#[error("this is not the folder of an audit of this log: {0}")]
pub struct HistoryError(String);

/// The history that an audit replayed, as far as it was saved.
///
/// It is this machine's own computation from the entries. Whether a checkpoint was signed for it is for the caller to
/// compare.
pub struct History(State);

impl History {
    /// The audit of the log with key `log` in `folder`; `None` where none was saved yet.
    pub fn open(folder: &Path, log: &VKey) -> Result<Option<Self>, HistoryError> {
        Ok(resume::load(folder, log).map_err(HistoryError)?.map(Self))
    }

    /// Entries replayed.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.0.register.size()
    }

    /// Root of the tree over them.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.0.scratch.edge.root()
    }

    /// The tree over them.
    #[must_use]
    pub fn tree(&self) -> TileHashes<EdgeReader<'_, HistoryTiles<'_>>> {
        let scratch = &self.0.scratch;
        TileHashes::new(scratch.edge.over(HistoryTiles(scratch)), scratch.edge.size())
    }

    /// A party's public key.
    #[must_use]
    pub fn key(&self, id: &KeyId) -> Option<&PublicKey> {
        self.0.register.key(id).map(|key| &key.public)
    }

    /// The keys of the log, as its entries have made them.
    ///
    /// # Errors
    /// When one of them is no vkey.
    pub fn keys(&self) -> Result<KeySchedule, HistoryError> {
        let terms = Terms::of_register(&self.0.register).map_err(|e| HistoryError(e.to_string()))?;
        Ok(terms.keys().clone())
    }

    /// Position of a statement.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn position(&self, id: &StatementId) -> Result<Option<u64>, HistoryError> {
        let recorded = self.0.scratch.recorded(id).map_err(|e| HistoryError(e.to_string()))?;
        Ok(recorded.map(|recorded| recorded.position))
    }
}

/// The full tiles of a [`History`].
#[derive(Clone, Copy)]
pub struct HistoryTiles<'a>(&'a Scratch);

impl TileReader for HistoryTiles<'_> {
    type Error = io::Error;

    fn tile(&self, coord: TileCoord) -> io::Result<Cow<'_, [u8]>> {
        self.0.tile(coord)
    }
}
