//! The keys of one log over time: which of them must have signed a checkpoint of which size.
//!
//! Sizes and not times, because anybody can recompute a size. Where the turns come from is not known here: whoever makes a
//! schedule has read it from the log itself, or been told.

use crate::checkpoint::{Checkpoint, CheckpointError, SignedCheckpoint};
use crate::key::{KeyError, VKey};
use crate::note::{Note, NoteError};

/// The keys of a log, each with its turn.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeySchedule {
    turns: Vec<KeyTurn>,
}

/// A key of a log, and the sizes of the checkpoints that it must sign.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeyTurn {
    /// The key.
    pub key: VKey,
    /// Least size, in leaves.
    pub from: u64,
    /// Greatest size, in leaves; `None` for a key whose turn has no end that is known.
    pub until: Option<u64>,
}

impl KeyTurn {
    /// Says that the key must sign a checkpoint of `size` leaves.
    #[must_use]
    pub fn signs(&self, size: u64) -> bool {
        self.from <= size && self.until.is_none_or(|until| size <= until)
    }
}

impl KeySchedule {
    /// A schedule of keys as vkeys, each with the least and the greatest size that it must sign, the oldest first.
    ///
    /// # Errors
    /// Where one of them is no vkey.
    pub fn new<'a>(turns: impl IntoIterator<Item = (&'a str, u64, Option<u64>)>) -> Result<Self, KeyError> {
        let turn = |(vkey, from, until): (&str, u64, Option<u64>)| {
            vkey.parse().map(|key| KeyTurn { key, from, until })
        };
        Ok(Self { turns: turns.into_iter().map(turn).collect::<Result<_, _>>()? })
    }

    /// One key for every size.
    #[must_use]
    pub fn always(key: VKey) -> Self {
        Self { turns: vec![KeyTurn { key, from: 0, until: None }] }
    }

    /// A schedule of these turns, put in the order of their beginnings.
    #[must_use]
    pub fn of_turns(mut turns: Vec<KeyTurn>) -> Self {
        turns.sort_by_key(|turn| turn.from);
        Self { turns }
    }

    /// Every key with its turn, the oldest first.
    #[must_use]
    pub fn turns(&self) -> &[KeyTurn] {
        &self.turns
    }

    /// The keys that must all have signed a checkpoint of `size` leaves, the newest first, as a depositary signs: its name
    /// stands for the log's.
    #[must_use]
    pub fn at(&self, size: u64) -> Vec<VKey> {
        self.turns.iter().rev().filter(|turn| turn.signs(size)).map(|turn| turn.key.clone()).collect()
    }

    /// Every key, the oldest first.
    pub fn keys(&self) -> impl Iterator<Item = &VKey> {
        self.turns.iter().map(|turn| &turn.key)
    }

    /// The key that no other has followed, as far as is known here.
    #[must_use]
    pub fn newest(&self) -> Option<&VKey> {
        self.turns.last().map(|turn| &turn.key)
    }

    /// The name of the log, which all its keys bear.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.turns.first().map_or("", |turn| turn.key.name())
    }

    /// Reports whether this schedule says all that `older` says, and perhaps more: a turn that has ended
    /// stays ended.
    #[must_use]
    pub fn follows(&self, older: &Self) -> bool {
        let same = |(turn, before): (&KeyTurn, &KeyTurn)| {
            turn.key == before.key
                && turn.from == before.from
                && (before.until.is_none() || turn.until == before.until)
        };
        self.turns.len() >= older.turns.len() && self.turns.iter().zip(&older.turns).all(same)
    }

    /// Verifies a checkpoint with all the keys that must have signed one of its size.
    ///
    /// # Errors
    /// [`CheckpointError::LogKeyEnded`] where a key of the log has signed, but its turn was over;
    /// [`CheckpointError::LogKeyNotYet`] where it had not begun.
    pub fn open(&self, note: &Note, cosigners: &[VKey]) -> Result<SignedCheckpoint, CheckpointError> {
        let size = Checkpoint::parse(note.text())?.size();
        match SignedCheckpoint::open_with_all(note, &self.at(size), cosigners) {
            // What is missing is said, and which other key of the log stands in its place.
            Err(
                missing @ (CheckpointError::NoLogSignature
                | CheckpointError::OneLogSignature { .. }
                | CheckpointError::Note(NoteError::NoKnownSignature)),
            ) => Err(self.out_of_turn(note, size).unwrap_or(missing)),
            other => other,
        }
    }

    /// The fault of a key of this log that signed a checkpoint of a size that is not its own.
    fn out_of_turn(&self, note: &Note, size: u64) -> Option<CheckpointError> {
        let signed = |turn: &&KeyTurn| SignedCheckpoint::open(note, &turn.key, &[]).is_ok();
        let turn = self.turns.iter().rev().filter(|turn| !turn.signs(size)).find(signed)?;
        let vkey = turn.key.to_string();
        Some(match turn.until.filter(|until| *until < size) {
            Some(until) => CheckpointError::LogKeyEnded { vkey, until, size },
            None => CheckpointError::LogKeyNotYet { vkey, from: turn.from, size },
        })
    }
}
