//! A checkpoint signed with a key that entries not read yet have brought in.

use crate::error::SuccessionError;
use crate::terms::Terms;
use std::ops::Range;
use truce_register::Outline;
use truce_statement::Statement;
use truce_tlog::{Checkpoint, CheckpointError, Note, SignedCheckpoint};

/// A checkpoint that was opened, and the keys and witnesses it was opened by.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The checkpoint; its cosignatures were not looked at.
    pub checkpoint: SignedCheckpoint,
    /// Keys and witnesses as far as the checkpoint reaches.
    pub terms: Terms,
}

/// Failure to open a note. `E` is the error of whoever reads the entries.
#[derive(Debug, thiserror::Error)]
pub enum OpenError<E> {
    /// It is not signed by the log, by the keys as they were known.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A key of the log is no vkey.
    #[error(transparent)]
    Terms(#[from] SuccessionError),
    /// The same, where the entries that may have brought in another key could not be read.
    #[error("{refused}")]
    Unread {
        /// Refusal by the keys that are known.
        refused: CheckpointError,
        /// Error of the reader.
        why: E,
    },
}

/// Opens `note` with the keys of the log as the first `read` entries have made them (`known`). If those did not sign it, and
/// it reaches further, `ahead` is asked for the statements in the entries behind: with the keys that their amendments bring
/// in the note is tried once more. Nobody can forge what the parties have signed; that the statements stand where they are
/// shown only a replay tells.
///
/// # Errors
/// [`OpenError`]. The first refusal is told where no other key has come.
pub fn open<E>(
    note: &Note,
    known: Outline,
    read: u64,
    ahead: impl FnOnce(Range<u64>, &mut dyn FnMut(u64, &Statement)) -> Result<(), E>,
) -> Result<Opened, OpenError<E>> {
    let terms = Terms::of_register(&known.clone().up_to(read))?;
    let refused = match terms.keys().open(note, &[]) {
        Ok(checkpoint) => return Ok(Opened { checkpoint, terms }),
        Err(refused) => refused,
    };
    let size = Checkpoint::parse(note.text())?.size();
    if size <= read {
        return Err(refused.into());
    }
    let mut outline = known;
    let unread = ahead(read..size, &mut |position, statement| {
        outline.take(position, statement);
    });
    if let Err(why) = unread {
        return Err(OpenError::Unread { refused, why });
    }
    let later = Terms::of_register(&outline.up_to(size))?;
    if later.keys().keys().count() == terms.keys().keys().count() {
        return Err(refused.into());
    }
    let checkpoint = later.keys().open(note, &[])?;
    Ok(Opened { checkpoint, terms: later })
}
