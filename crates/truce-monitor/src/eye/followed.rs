//! Following the log: whether a checkpoint grew out of the last one, and the replay of everything under it.

use super::Eye;
use super::seen::Seen;
use crate::compare::{TreeRelation, compare};
use crate::watch::Matter;
use std::io;
use truce_audit::{AuditError, Finding, History, Named, Options, Source, SourceError, Verdict, audit};
use truce_fraud::{FraudProof, ProvenEntry};
use truce_source::Tiles;
use truce_statement::{Entry, Statement};
use truce_tlog::{BundleCoord, HashSource, SignedCheckpoint, TileCoord, TileHashes};

impl Eye {
    /// A checkpoint that was not seen here before: whether it grew out of the last one, and everything under it.
    pub(super) fn follow(
        &mut self,
        named: &Named,
        checkpoint: &SignedCheckpoint,
        seen: &mut Seen<'_>,
    ) -> io::Result<()> {
        let tiles = TileHashes::new(Tiles(self.source.as_ref()), checkpoint.size());
        if let Some(held) = &self.held {
            match compare(held, checkpoint, &tiles) {
                Ok(TreeRelation::Consistent) => {}
                Ok(TreeRelation::Forked(proof)) => {
                    seen.proofs.push((vec![self.place.clone()], *proof));
                    seen.matter(
                        Matter::ReplayFailed,
                        "it serves another history than before: the log was forked",
                    );
                    return Ok(());
                }
                Err(error) => {
                    seen.of_comparison(error);
                    return Ok(());
                }
            }
        }
        let pinned =
            Pinned { source: self.source.as_ref(), checkpoint: checkpoint.note().to_string().into_bytes() };
        let options = Options {
            agreement: Some(named.agreement),
            seen: None,
            resume: Some(self.folder.join("audit")),
            threads: self.threads,
        };
        let report = match audit(&pinned, &options, |_| ()) {
            Err(AuditError::NotResumable { .. }) => {
                self.start_again()?;
                audit(&pinned, &options, |_| ())
            }
            other => other,
        };
        match report {
            Ok(report) if report.verdict == Verdict::Verified => {
                truce_file::replace(&self.folder.join("checkpoint"), &pinned.checkpoint)?;
                self.held = Some(checkpoint.clone());
                self.again = false;
                let mut board = seen.board();
                board.confirm(&self.place, checkpoint);
                // While one key takes the place of another both sign: who has read that knows when the old one ends.
                if several_keys(checkpoint)
                    && let Ok(Some(history)) = History::open(&self.folder.join("audit"), &named.log)
                    && let Ok(keys) = history.keys()
                {
                    board.learn(named, keys);
                }
            }
            Ok(report) => {
                for finding in &report.findings {
                    seen.of_finding(finding);
                    let proof = self.prove(named, checkpoint, &tiles, finding);
                    seen.proofs.extend(proof.map(|proof| (vec![self.place.clone()], proof)));
                }
                // The entries may be another history's, though the log signed for them.
                for (place, other) in seen.board().checkpoints() {
                    if other.size() < checkpoint.size()
                        && let Ok(TreeRelation::Forked(proof)) = compare(&other, checkpoint, &tiles)
                    {
                        seen.proofs.push((vec![self.place.clone(), place], *proof));
                    }
                }
                // What was replayed on the way may be of another history. Once is enough for one checkpoint.
                if self.begun_for.as_ref() != Some(checkpoint.root()) {
                    self.begun_for = Some(*checkpoint.root());
                    self.start_again()?;
                }
            }
            Err(AuditError::Source(error)) => seen.of_source(&error),
            Err(error) => return Err(io::Error::other(error.to_string())),
        }
        Ok(())
    }

    /// The fraud proof of a finding, where there can be one.
    fn prove<S: HashSource>(
        &self,
        named: &Named,
        checkpoint: &SignedCheckpoint,
        tree: &S,
        finding: &Finding,
    ) -> Option<FraudProof> {
        let position = *finding.entries.first()?;
        let place = |position: u64| {
            ProvenEntry::prove(tree, self.entry(position, checkpoint.size())?, position, checkpoint.size())
        };
        let proof = match finding.code.as_str() {
            "received-went-back" => {
                FraudProof::back_dated(checkpoint, place(position.checked_sub(1)?)?, place(position)?)?
            }
            "broken-chain" => {
                FraudProof::broken_chain(checkpoint, place(position.checked_sub(1)?)?, place(position)?)?
            }
            "bad-signature" => {
                let entry = place(position)?;
                let statement = Statement::parse(Entry::parse(&entry.entry).ok()?.statement).ok()?;
                let history = History::open(&self.folder.join("audit"), &named.log).ok()??;
                let key = *history.key(&statement.header().kid)?.as_bytes();
                FraudProof::bad_signature(checkpoint, key, entry)?
            }
            _ => return None,
        };
        proof.decide().is_ok().then_some(proof)
    }
}

/// Says that more than one line stands under the log's name.
fn several_keys(checkpoint: &SignedCheckpoint) -> bool {
    let of_log = |line: &&truce_tlog::NoteSignature| line.name() == checkpoint.origin();
    checkpoint.note().signatures().iter().filter(of_log).count() > 1
}

/// A source whose checkpoint does not move while it is read.
struct Pinned<'a> {
    source: &'a dyn Source,
    checkpoint: Vec<u8>,
}

impl Source for Pinned<'_> {
    fn checkpoint(&self) -> Result<Option<Vec<u8>>, SourceError> {
        Ok(Some(self.checkpoint.clone()))
    }

    fn bundle(&self, coord: BundleCoord, bytes: &mut Vec<u8>) -> Result<bool, SourceError> {
        self.source.bundle(coord, bytes)
    }

    fn tile(&self, coord: TileCoord) -> Result<Option<Vec<u8>>, SourceError> {
        self.source.tile(coord)
    }

    fn has_tiles(&self) -> bool {
        true
    }
}
