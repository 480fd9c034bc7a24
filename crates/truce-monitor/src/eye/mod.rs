//! One place, looked at again and again: its checkpoint, and everything under it.
//!
//! # Data flow
//! ```text
//! served bytes --opened: is it the log's?--> checkpoint --followed: replay of what is new--> held
//!     held and what others hold --compared--> matters and fraud proofs (seen) --> the board
//! ```

mod compared;
mod followed;
mod opened;
mod seen;

use crate::board::Board;
use crate::watch::Matter;
use seen::Seen;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use truce_audit::{Named, Source, SourceError};
use truce_statement::{AgreementId, StatementId};
use truce_tlog::{BundleCoord, Checkpoint, EntryBundle, Hash, Note, SignedCheckpoint};

/// The role of a place that is watched.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Role {
    /// The place serves the whole log.
    Log,
    /// The place serves the newest checkpoint that it cosigned.
    Witness,
}

pub(crate) struct Eye {
    place: String,
    role: Role,
    source: Box<dyn Source + Send>,
    folder: PathBuf,
    agreement: Option<AgreementId>,
    threads: usize,
    /// Everything under it was replayed, and saved.
    held: Option<SignedCheckpoint>,
    compared: BTreeSet<(u64, [u8; 32])>,
    /// Size of a tree that was replayed, and when its last entry was received, milliseconds UTC.
    newest: Option<(u64, i64)>,
    /// The replay behind `held` was lost, and must be made again.
    again: bool,
    /// Root of the checkpoint for which the replay was last begun anew.
    begun_for: Option<Hash>,
}

impl Eye {
    pub(crate) fn new(
        place: String,
        role: Role,
        source: Box<dyn Source + Send>,
        folder: PathBuf,
        agreement: Option<AgreementId>,
        threads: usize,
    ) -> Self {
        Self {
            place,
            role,
            source,
            folder,
            agreement,
            threads,
            held: None,
            compared: BTreeSet::new(),
            newest: None,
            again: false,
            begun_for: None,
        }
    }

    /// Looks once, and tells the board. `now` is in milliseconds UTC.
    pub(crate) fn look(&mut self, board: &Mutex<Board>, now: i64, promised: &[StatementId]) {
        let mut seen = Seen::new(board);
        seen.look.follows = self.role == Role::Log;
        if let Err(error) = self.see(&mut seen, now, promised) {
            seen.matter(Matter::Hindered, error.to_string());
        }
        seen.tell(&self.place, now);
    }

    /// # Errors
    /// When the monitor's own folder fails.
    fn see(&mut self, seen: &mut Seen<'_>, now: i64, promised: &[StatementId]) -> io::Result<()> {
        let bytes = match self.served() {
            Ok(Some(bytes)) => bytes,
            // A witness that has cosigned nothing yet has nothing to show.
            Ok(None) if self.role == Role::Witness => return Ok(()),
            Ok(None) => {
                seen.matter(Matter::Unreachable, "there is no checkpoint");
                return Ok(());
            }
            Err(error) => {
                seen.of_source(&error);
                return Ok(());
            }
        };
        let Some((named, checkpoint)) = self.open(&bytes, seen)? else { return Ok(()) };
        self.take_up(seen, &named)?;
        seen.look.served = Some(checkpoint.size());
        seen.board().signed(&self.place, &checkpoint);
        self.compare_sizes(&checkpoint, seen);
        if self.role == Role::Log {
            if let Some(held) = self.held.as_ref().filter(|held| held.size() > checkpoint.size()) {
                let (was, is) = (held.size(), checkpoint.size());
                seen.matter(Matter::Shrunk, format!("it served {was} entries, and now serves {is}"));
            } else if self.again
                || self.held.as_ref().map(SignedCheckpoint::checkpoint) != Some(checkpoint.checkpoint())
            {
                self.follow(&named, &checkpoint, seen)?;
            }
            self.compare_history(&named, seen, promised)?;
            self.compare_clock(&named, seen, now);
        }
        Ok(())
    }

    /// The checkpoint as it is served. One that is malformed is asked for once more: a store may cut a file for the moment in
    /// which it replaces it.
    fn served(&self) -> Result<Option<Vec<u8>>, SourceError> {
        let malformed =
            |bytes: &Vec<u8>| !Note::parse(bytes).is_ok_and(|note| Checkpoint::parse(note.text()).is_ok());
        match self.source.checkpoint()? {
            Some(bytes) if malformed(&bytes) => self.source.checkpoint(),
            other => Ok(other),
        }
    }

    /// Reads what was held when the monitor ran last.
    fn take_up(&mut self, seen: &Seen<'_>, named: &Named) -> io::Result<()> {
        if self.held.is_some() || self.role == Role::Witness {
            return Ok(());
        }
        let Some(bytes) = truce_file::read(&self.folder.join("checkpoint"), truce_source::MAX_CHECKPOINT)?
        else {
            return Ok(());
        };
        let keys = seen.board().keys(named);
        if let Ok(Ok(held)) = Note::parse(&bytes).map(|note| keys.open(&note, &[])) {
            seen.board().confirm(&self.place, &held);
            self.held = Some(held);
        }
        Ok(())
    }

    fn entry(&self, position: u64, size: u64) -> Option<Vec<u8>> {
        let (coord, at) = BundleCoord::of_entry(position, size).ok()?;
        let mut bytes = Vec::new();
        if !self.source.bundle(coord, &mut bytes).ok()? {
            return None;
        }
        let bundle = EntryBundle::parse_prefix(&bytes, coord).ok()?;
        bundle.entries().get(usize::from(at)).map(|entry| entry.to_vec())
    }

    fn start_again(&self) -> io::Result<()> {
        match fs::remove_dir_all(self.folder.join("audit")) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
            _ => Ok(()),
        }
    }
}

pub(crate) fn lock(board: &Mutex<Board>) -> MutexGuard<'_, Board> {
    board.lock().unwrap_or_else(PoisonError::into_inner)
}
