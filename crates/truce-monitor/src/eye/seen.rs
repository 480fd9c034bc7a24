//! The findings of one look, before they are told.

use super::lock;
use crate::board::Board;
use crate::compare::CompareError;
use crate::watch::{Matter, PlaceLook};
use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard};
use truce_audit::{Finding, SourceError};
use truce_fraud::FraudProof;
use truce_tlog::{GenerateError, TileHashError};

/// The findings of one look, and the board that they are for.
pub(super) struct Seen<'a> {
    board: &'a Mutex<Board>,
    pub(super) look: PlaceLook,
    /// Each with the places that showed it.
    pub(super) proofs: Vec<(Vec<String>, FraudProof)>,
}

impl<'a> Seen<'a> {
    pub(super) fn new(board: &'a Mutex<Board>) -> Self {
        Self { board, look: PlaceLook::default(), proofs: Vec::new() }
    }

    /// What all places together have shown, locked.
    pub(super) fn board(&self) -> MutexGuard<'a, Board> {
        lock(self.board)
    }

    /// Tells the board what was found at `place`. `now` is in milliseconds UTC.
    pub(super) fn tell(self, place: &str, now: i64) {
        let mut board = self.board();
        for (places, proof) in &self.proofs {
            let places: Vec<&str> = places.iter().map(String::as_str).collect();
            board.prove(&places, proof, now);
        }
        board.look(place, self.look, now);
    }

    pub(super) fn matter(&mut self, matter: Matter, sentence: impl Into<String>) {
        self.look.matters.entry(matter).or_insert(sentence.into());
    }

    pub(super) fn of_finding(&mut self, finding: &Finding) {
        let matter = match finding.code.as_str() {
            "missing-entries" | "missing-tile" => Matter::Withheld,
            "wrong-agreement" => Matter::OtherLog,
            "bad-checkpoint"
            | "no-checkpoint"
            | "log-signature-missing"
            | "log-key-ended"
            | "log-key-not-yet" => Matter::BadCheckpoint,
            _ => Matter::ReplayFailed,
        };
        let mut sentence = format!("{}: {}", finding.code, finding.sentence);
        for entry in &finding.entries {
            let _ = write!(sentence, " [entry {entry}]");
        }
        self.matter(matter, sentence);
    }

    pub(super) fn of_source(&mut self, error: &SourceError) {
        match error {
            SourceError::Absent { .. } => self.matter(Matter::Withheld, error.to_string()),
            SourceError::TooLarge { .. } => self.matter(Matter::ReplayFailed, error.to_string()),
            _ => self.matter(Matter::Unreachable, error.to_string()),
        }
    }

    pub(super) fn of_comparison(&mut self, error: Unread) {
        match error {
            CompareError::Unreadable(GenerateError::Source(TileHashError::Read(error))) => {
                self.of_source(&error);
            }
            other => self.matter(Matter::ReplayFailed, other.to_string_for_disk()),
        }
    }
}

type Unread = CompareError<GenerateError<TileHashError<SourceError>>>;

impl<E: std::fmt::Debug> CompareError<E> {
    pub(super) fn to_string_for_disk(&self) -> String {
        match self {
            Self::OtherKey { sizes: [older, newer] } => {
                format!("the log has signed two histories, of {older} and {newer} entries, with one key each")
            }
            Self::OtherLog => "the checkpoints are of different logs".to_owned(),
            Self::Unreadable(error) => format!("hashes cannot be read: {error:?}"),
            Self::OtherTree => "the tiles are not those of the signed tree".to_owned(),
        }
    }
}
