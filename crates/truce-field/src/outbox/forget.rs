//! The end of a statement's stay in the outbox: its proof beside the file that it came from, and out.

use super::Outbox;
use crate::disk;
use crate::error::FieldError;
use crate::record::ItemState;
use std::path::{Path, PathBuf};
use truce_statement::StatementId;
use truce_statement::cose::MAX_STATEMENT;
use truce_statement::id::sha256;
use truce_tlog::proof_file::MAX_PROOF_FILE_BYTES;

impl Outbox {
    /// Takes a statement out. One that is not delivered is given up for good with `undelivered`.
    pub fn forget(&mut self, id: &StatementId, undelivered: bool) -> Result<(), FieldError> {
        let item = self.items.get(id).ok_or(FieldError::NoSuchStatement(*id))?;
        if !item.record.state.is_delivered() && !undelivered {
            return Err(FieldError::NotDelivered(*id));
        }
        self.change(&[*id], |record| record.state = ItemState::Forgotten)?;
        self.finish_forgetting(id)?;
        if let Some(item) = self.items.remove(id) {
            self.places.remove(&item.record.place);
            if let Some(feed) = self.feeds.get_mut(&item.key()) {
                feed.remove(&item.seq());
            }
        }
        Ok(())
    }

    /// The record goes last: as long as it is there, it says that the statement must not be taken up again.
    pub(super) fn finish_forgetting(&self, id: &StatementId) -> Result<(), FieldError> {
        disk::remove(&self.statement_file(id))?;
        disk::remove(&self.proof_file(id))?;
        disk::remove(&self.record_file(id))
    }

    /// Puts the proof of each delivered statement beside the file that it came from, where it is not there.
    pub fn place_proofs(&self) {
        for item in self.items() {
            if let (Some(file), Some(receipt)) = (item.file(), item.receipt()) {
                beside(file, &item.id(), &receipt.proof);
            }
        }
    }
}

/// Writes the proof beside a statement's file. The outbox has it; what cannot be written here is no loss, and a file
/// that holds another statement by now gets none.
pub(super) fn beside(file: &Path, id: &StatementId, proof: &[u8]) {
    let holds_it =
        matches!(disk::read(file, MAX_STATEMENT), Ok(Some(bytes)) if sha256(&bytes) == *id.as_bytes());
    let path = companion(file);
    let there = matches!(disk::read(&path, MAX_PROOF_FILE_BYTES), Ok(Some(old)) if old == proof);
    if holds_it
        && !there
        && let Err(error) = disk::put(&path, proof)
    {
        tracing::warn!(path = %path.display(), %error, "the proof could not be put beside the statement");
    }
}

/// `name.cose` as `name.tlog-proof`; any other name gets the ending after it.
fn companion(statement: &Path) -> PathBuf {
    if statement.extension().is_some_and(|extension| extension == "cose") {
        return statement.with_extension("tlog-proof");
    }
    let mut name = statement.as_os_str().to_owned();
    name.push(".tlog-proof");
    name.into()
}
