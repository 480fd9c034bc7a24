//! Opening what a place serves: the checkpoint, if the log signed it.

use super::seen::Seen;
use super::{Eye, Role};
use crate::watch::Matter;
use std::io;
use truce_audit::{Named, ReadError, keys_by_amendments, named_by_charter};
use truce_tlog::{Checkpoint, KeySchedule, Note, SignedCheckpoint};

impl Eye {
    /// The checkpoint, if the log signed it.
    pub(super) fn open(
        &self,
        bytes: &[u8],
        seen: &mut Seen<'_>,
    ) -> io::Result<Option<(Named, SignedCheckpoint)>> {
        let claimed = Note::parse(bytes).map_err(|e| e.to_string()).and_then(|note| {
            let checkpoint = Checkpoint::parse(note.text()).map_err(|e| e.to_string())?;
            Ok((note, checkpoint))
        });
        let (note, claimed) = match claimed {
            Ok(claimed) => claimed,
            Err(why) => {
                seen.matter(Matter::BadCheckpoint, format!("its checkpoint is malformed: {why}"));
                return Ok(None);
            }
        };
        let known = seen.board().named.clone();
        let named = match known {
            Some(named) => named,
            // Only the log itself has the charter.
            None if self.role == Role::Witness => return Ok(None),
            None => match named_by_charter(self.source.as_ref(), claimed.size(), self.agreement) {
                Ok(named) => named,
                Err(ReadError::Finding(finding)) => {
                    seen.of_finding(&finding);
                    return Ok(None);
                }
                Err(ReadError::Source(error)) => {
                    seen.of_source(&error);
                    return Ok(None);
                }
            },
        };
        let (cosigners, mut keys) = {
            let board = seen.board();
            (board.cosigners(), board.keys(&named))
        };
        let mut opened = keys.open(&note, &cosigners);
        if opened.is_err() && self.role == Role::Log {
            // Another key may have followed: the amendments of the log tell.
            match keys_by_amendments(self.source.as_ref(), claimed.size(), Some(named.agreement)) {
                Ok(later) if later.follows(&keys) => {
                    keys = later;
                    opened = keys.open(&note, &cosigners);
                }
                Ok(_) | Err(ReadError::Finding(_)) => {}
                Err(ReadError::Source(error)) => {
                    seen.of_source(&error);
                    return Ok(None);
                }
            }
        }
        let checkpoint = match opened {
            Ok(checkpoint) => checkpoint,
            Err(error) => {
                // A witness may know the next key before a place of the log has shown here who brought it in.
                let unknown = self.role == Role::Witness && names_another_key(&note, &keys);
                let matter = if unknown { Matter::Unreachable } else { Matter::BadCheckpoint };
                let code = error.code();
                seen.matter(matter, format!("{code}: its checkpoint is not signed by the log: {error}"));
                return Ok(None);
            }
        };
        let mut board = seen.board();
        board.name(&named)?;
        board.learn(&named, keys.clone());
        if let Some(policy) = board.policy.as_ref().filter(|_| self.role == Role::Log)
            && let Err(error) = policy.check_by(&note, &keys)
        {
            seen.matter(Matter::NotFinal, error.to_string());
        }
        Ok(Some((named, checkpoint)))
    }
}

/// Says that a note has a line under the log's name that is of no key known.
fn names_another_key(note: &Note, keys: &KeySchedule) -> bool {
    let unknown = |line: &truce_tlog::NoteSignature| !keys.keys().any(|key| line.claims(key));
    note.signatures().iter().any(|line| line.name() == keys.origin() && unknown(line))
}
