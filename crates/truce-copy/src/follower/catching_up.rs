//! Catching up: entries examined ahead, judged in order, proven to be under the checkpoint, and only then written.

use super::{A_MOMENTS_ENTRIES, Follower, PROGRESS, Stop};
use crate::error::CopyError;
use crate::folder::{FORMAT, FORMAT_KEY};
use crate::index::{IndexWriter, Prepared};
use crate::signed_tree::{SignedTree, TreeFault};
use crate::{Level, Progress, Why};
use crossbeam_channel::{Receiver, TryRecvError};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Instant;
use truce_log::LogError;
use truce_log::group::{Group, Written};
use truce_register::{KeyTable, Register};
use truce_replay::{Batch, Finding, FindingCode, Flaw, ahead};
use truce_statement::EntryHash;
use truce_store::{LogStore as _, Space};
use truce_tlog::{EdgeTiles, Hash, SignedCheckpoint};

/// Bundles of which all entries are written together: 1,024 at most.
const BUNDLES: usize = 4;

/// Entries that were judged and are not written yet.
struct Round {
    /// Position of the first.
    first: u64,
    bundles: usize,
    group: Group,
    index: IndexWriter,
    /// Leaf hashes of all entries read for it, also of those behind one at fault.
    hashes: Vec<Hash>,
    /// True where the keys that may sign have changed.
    new_keys: bool,
}

impl Round {
    fn behind(register: &Register, edge: &EdgeTiles) -> Self {
        Self {
            first: register.size(),
            bundles: 0,
            group: Group::behind(register, edge),
            index: IndexWriter::default(),
            hashes: Vec::new(),
            new_keys: false,
        }
    }
}

impl Follower {
    /// Brings the copy to the size of `checkpoint`, round by round.
    pub(super) fn catch_up(
        &mut self,
        checkpoint: &SignedCheckpoint,
        stopped: &Receiver<()>,
    ) -> Result<(), Stop> {
        let source = Arc::clone(&self.source);
        let source = source.as_ref();
        let tree = SignedTree::new(source, checkpoint);
        let (from, size) = (self.register.size(), checkpoint.size());
        if from > 0 && !tree.begins_with(from, &self.edge.root()).map_err(|e| tiles(e, from))? {
            return Err(self.forked(checkpoint, Some(&tree)).into());
        }
        let keys = KeyTable::of(&self.register);
        let told = Instant::now().checked_sub(PROGRESS);
        let mut told = told.unwrap_or_else(Instant::now);
        let mut begun: Option<Round> = None;
        let broken = ahead(source, from..size, 0, &keys, Prepared::of, |batch| {
            let mut round = begun.take().unwrap_or_else(|| Round::behind(&self.register, &self.edge));
            self.judge(&mut round, batch, &tree)?;
            if round.bundles < BUNDLES {
                begun = Some(round);
                return Ok(ControlFlow::Continue(()));
            }
            self.write(round, &tree, &keys)?;
            if !matches!(stopped.try_recv(), Err(TryRecvError::Empty)) {
                return Err(Stop::Closing);
            }
            if size - from > A_MOMENTS_ENTRIES && told.elapsed() >= PROGRESS {
                told = Instant::now();
                self.status.progress = Some(Progress { done: self.register.size(), total: size });
                self.settle(Level::Amber, Some(Why::Copying));
                self.publish();
            }
            Ok(ControlFlow::Continue(()))
        })?;
        if let Some(round) = begun {
            self.write(round, &tree, &keys)?;
        }
        if let Some(finding) = broken {
            return Err(finding.into());
        }
        if self.register.size() == size {
            Ok(())
        } else {
            let sentence = format!("only {} of {size} entries could be read", self.register.size());
            Err(Finding::new(Flaw::MissingEntries, sentence).at(self.register.size()).into())
        }
    }

    /// Judges the entries of one bundle in order.
    fn judge(&self, round: &mut Round, batch: Batch<Prepared>, tree: &SignedTree<'_>) -> Result<(), Stop> {
        let store = self.store.as_ref();
        round.bundles += 1;
        round.hashes.extend(batch.entries.iter().map(truce_replay::Examined::leaf));
        for (position, entry) in (batch.first..).zip(batch.entries) {
            let (leaf, received) = (entry.leaf(), entry.received());
            let placed = entry.verified::<LogError>(round.group.register()).and_then(|(signed, prepared)| {
                let placed = round.group.admit(&signed, received, store)?;
                Ok((signed, prepared, placed))
            });
            let (signed, prepared, placed) = match placed {
                Ok(placed) => placed,
                Err(unfit) => {
                    let finding = Finding::of(unfit, position).map_err(CopyError::from)?;
                    return Err(self.localised(finding, round, tree).into());
                }
            };
            if placed.entry != EntryHash::from_bytes(leaf.to_bytes()) {
                let sentence = "the entry has another form than the one of the format";
                let finding = Finding::new(Flaw::MalformedEntry, sentence).at(position);
                return Err(self.localised(finding.against(placed.entry, leaf), round, tree).into());
            }
            round.new_keys |= signed.kind().is_agreement();
            round.index.add(&round.group, store, &signed, position, received, prepared)?;
        }
        Ok(())
    }

    /// Proves the tree behind a round to be part of the signed one, and only then writes it.
    fn write(&mut self, round: Round, tree: &SignedTree<'_>, keys: &KeyTable) -> Result<(), Stop> {
        let first = round.first;
        let edge = round.group.edge();
        if !tree.begins_with(edge.size(), &edge.root()).map_err(|e| tiles(e, first))? {
            let sentence = "the entries are not those that the checkpoint was signed for";
            let finding = Finding::new(Flaw::RootDiffers, sentence).at(first);
            return Err(self.localised(finding, &round, tree).into());
        }
        let Written { mut batch, register, edge, keys: changed, .. } = round.group.finish();
        batch.derived.extend(&round.index.finish(self.store.as_ref())?);
        batch.derived.put(Space::State, FORMAT_KEY, FORMAT);
        self.store.append(first, &batch).map_err(CopyError::from)?;
        self.register = register;
        self.edge = edge;
        if round.new_keys {
            keys.add(&self.register, changed);
        }
        Ok(())
    }

    /// Tells whose fault a finding is: the signed tiles say which entry is not the one that the log signed for. Where they
    /// have all of them, the log itself signed what should have been refused.
    fn localised(&self, finding: Finding, round: &Round, tree: &SignedTree<'_>) -> Finding {
        let (first, hashes) = (round.first, &round.hashes);
        let Ok(Some(signed)) = tree.leaves(&self.edge, first..first + hashes.len() as u64) else {
            return finding;
        };
        let differs = (first..).zip(signed.iter().zip(hashes)).find(|(_, (signed, found))| signed != found);
        match differs {
            Some((position, (signed, found))) => {
                let sentence =
                    "this entry is not the one that the checkpoint was signed for: the source has altered it";
                Finding::new(Flaw::RootDiffers, sentence).at(position).against(signed, found)
            }
            None if finding.code == FindingCode::Flaw(Flaw::RootDiffers) => {
                let sentence = "the source's tiles and its entries do not lead to the signed root";
                Finding { code: Flaw::TileDiffers.into(), sentence: sentence.to_owned(), ..finding }
            }
            None => finding,
        }
    }
}

fn tiles(fault: TreeFault, position: u64) -> Stop {
    match fault {
        TreeFault::Source(error) => Stop::Source(error),
        TreeFault::Tiles(what) => {
            let sentence = format!("the source's tiles cannot be used: {what}");
            Finding::new(Flaw::MissingTile, sentence).at(position).into()
        }
    }
}
