//! The keys of one log over time: which of them must have signed a checkpoint of which size.
//!
//! Sizes and not times, because anybody can recompute a size. Where the turns come from is not known here: whoever makes a
//! schedule has read it from the log itself, or been told.

use crate::checkpoint::{Checkpoint, CheckpointError, SignedCheckpoint};
use crate::key::{KeyError, VKey};
use crate::note::Note;

/// The keys of a log, each with its turn.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeySchedule {
    turns: Vec<Turn>,
    known: u64,
}

/// A key, and the sizes of the checkpoints that it must sign: `from` the least, `until` the greatest, if it has one.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Turn {
    key: VKey,
    from: u64,
    until: Option<u64>,
}

impl KeySchedule {
    /// A schedule of keys as vkeys, each with the least and the greatest size that it must sign, known for certain of trees
    /// of up to `known` leaves: later leaves may change what comes after.
    ///
    /// # Errors
    /// Where one of them is no vkey.
    pub fn new<'a>(
        turns: impl IntoIterator<Item = (&'a str, u64, Option<u64>)>,
        known: u64,
    ) -> Result<Self, KeyError> {
        let turn =
            |(vkey, from, until): (&str, u64, Option<u64>)| vkey.parse().map(|key| Turn { key, from, until });
        Ok(Self { turns: turns.into_iter().map(turn).collect::<Result<_, _>>()?, known })
    }

    /// One key for every size.
    #[must_use]
    pub fn always(key: VKey) -> Self {
        Self { turns: vec![Turn { key, from: 0, until: None }], known: u64::MAX }
    }

    /// The keys that must all have signed a checkpoint of `size` leaves.
    #[must_use]
    pub fn at(&self, size: u64) -> Vec<VKey> {
        let signs = |turn: &&Turn| turn.from <= size && turn.until.is_none_or(|until| size <= until);
        self.turns.iter().filter(signs).map(|turn| turn.key.clone()).collect()
    }

    /// Every key, in the order of the turns.
    pub fn keys(&self) -> impl Iterator<Item = &VKey> {
        self.turns.iter().map(|turn| &turn.key)
    }

    /// Verifies a checkpoint with all the keys that must have signed one of its size. Beyond the sizes that are known, one of
    /// the keys will do: that shows that the log has signed it, not that everybody had who must.
    pub fn open(&self, note: &Note, cosigners: &[VKey]) -> Result<SignedCheckpoint, CheckpointError> {
        let size = Checkpoint::parse(note.text())?.size();
        if size <= self.known {
            return SignedCheckpoint::open_with_all(note, &self.at(size), cosigners);
        }
        let mut last = Err(CheckpointError::NoLogSignature);
        for turn in self.turns.iter().rev() {
            last = SignedCheckpoint::open(note, &turn.key, cosigners);
            if last.is_ok() {
                break;
            }
        }
        last
    }
}
