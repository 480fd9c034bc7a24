//! Comparing: with what others showed of the log, with what was promised, and with our own clock.

use super::Eye;
use super::seen::Seen;
use crate::compare::{CompareError, TreeRelation, compare};
use crate::watch::Matter;
use std::io;
use truce_audit::{History, Named};
use truce_source::Tiles;
use truce_statement::{Entry, StatementId};
use truce_tlog::{HashSource, SignedCheckpoint, TileHashes, leaf_hash, tree_root};

/// Milliseconds by which the clocks of a depositary and of a monitor may differ.
const CLOCKS_DIFFER: i64 = 60_000;

/// Most checkpoints that an eye remembers having compared.
const MAX_COMPARED: usize = 4096;

impl Eye {
    /// Two roots of one size need no tree.
    pub(super) fn compare_sizes(&self, checkpoint: &SignedCheckpoint, seen: &mut Seen<'_>) {
        let others = seen.board().checkpoints();
        let tiles = TileHashes::new(Tiles(self.source.as_ref()), checkpoint.size());
        for (place, other) in others.into_iter().filter(|(_, other)| other.size() == checkpoint.size()) {
            match compare(&other, checkpoint, &tiles) {
                Ok(TreeRelation::Consistent) => {}
                Ok(TreeRelation::Forked(proof)) => {
                    seen.proofs.push((vec![self.place.clone(), place], *proof));
                }
                Err(error) => seen.of_comparison(error),
            }
        }
    }

    /// Everything that the log signed, against the history that was replayed here; and what was promised.
    pub(super) fn compare_history(
        &mut self,
        named: &Named,
        seen: &mut Seen<'_>,
        promised: &[StatementId],
    ) -> io::Result<()> {
        let Some(held) = self.held.clone() else { return Ok(()) };
        let others: Vec<_> = seen
            .board()
            .checkpoints()
            .into_iter()
            .filter(|(_, other)| other.size() <= held.size())
            .filter(|(_, other)| !self.compared.contains(&(other.size(), other.root().to_bytes())))
            .collect();
        let missing: Vec<_> = {
            let board = seen.board();
            promised.iter().filter(|id| !board.is_kept(&id.to_string())).copied().collect()
        };
        let mut claims = seen.board().claims();
        claims.retain(|(_, size, _)| *size <= held.size());
        if others.is_empty() && missing.is_empty() && claims.is_empty() {
            return Ok(());
        }
        let history = match History::open(&self.folder.join("audit"), &named.log) {
            Ok(Some(history)) if leads_to(&history, &held) => history,
            // Lost, or changed by somebody.
            _ => {
                self.again = true;
                return self.start_again();
            }
        };
        let tree = history.tree();
        for (place, other) in others {
            match compare(&other, &held, &tree) {
                Ok(TreeRelation::Consistent) => {
                    if self.compared.len() >= MAX_COMPARED {
                        self.compared.clear();
                    }
                    self.compared.insert((other.size(), other.root().to_bytes()));
                }
                Ok(TreeRelation::Forked(proof)) => {
                    seen.proofs.push((vec![self.place.clone(), place], *proof));
                }
                Err(error @ CompareError::OtherKey { .. }) => {
                    seen.matter(Matter::ReplayFailed, format!("{place}: {}", error.to_string_for_disk()));
                }
                Err(error) => return Err(io::Error::other(error.to_string_for_disk())),
            }
        }
        for (name, size, root) in claims {
            let here = tree_root(&tree, size).map_err(|e| io::Error::other(format!("{e:?}")))?;
            if here != root {
                let sentence = format!("{name} was signed for another tree of {size} entries than is served");
                seen.matter(Matter::OtherTree, sentence);
            }
        }
        for id in missing {
            let found = history.position(&id).map_err(io::Error::other)?;
            if found.is_some_and(|position| position < held.size()) {
                seen.board().keep(&id.to_string());
            }
        }
        Ok(())
    }

    /// The time of the newest entry that was replayed here, against our own clock.
    pub(super) fn compare_clock(&mut self, named: &Named, seen: &mut Seen<'_>, now: i64) {
        let Some(size) = self.held.as_ref().map(SignedCheckpoint::size) else { return };
        if self.newest.is_none_or(|(of, _)| of != size) {
            // What cannot be read is found by others: it is looked for again with the next look.
            self.newest = self.received(named, size).map(|received| (size, received));
        }
        let Some((_, received)) = self.newest else { return };
        let ahead = received.saturating_sub(now);
        if ahead > CLOCKS_DIFFER {
            let sentence =
                format!("its entry {} is dated {} s after the clock of this monitor", size - 1, ahead / 1000);
            seen.matter(Matter::DatedAhead, sentence);
        }
    }

    /// The time at which the last of `size` entries was received, milliseconds UTC; `None` where the place serves another entry than was replayed.
    fn received(&self, named: &Named, size: u64) -> Option<i64> {
        let position = size.checked_sub(1)?;
        let entry = self.entry(position, size)?;
        let history = History::open(&self.folder.join("audit"), &named.log).ok()??;
        let leaf = history.tree().node(0, position).ok()?;
        (leaf == leaf_hash(&entry)).then(|| Entry::parse(&entry).ok().map(|entry| entry.received))?
    }
}

/// Says that a replay contains the tree of a checkpoint.
fn leads_to(history: &History, held: &SignedCheckpoint) -> bool {
    history.size() >= held.size()
        && tree_root(&history.tree(), held.size()).is_ok_and(|root| root == *held.root())
}
