//! The one place where order is made. It owns the register and the edge of the tree; nobody else writes.

use crate::clock::{ClockJump, LedgerClock};
use crate::error::{LogError, SubmitError};
use crate::folder::CheckpointCopy;
use crate::forks::Evidence;
use crate::group::{Group, Written};
use crate::ledger;
use crate::queue::Exit;
use crate::receipt::{Placed, Receipt};
use crate::reply::{self, Reply};
use crate::signers::Signers;
use arc_swap::ArcSwap;
use std::ops::ControlFlow;
use std::sync::{Arc, OnceLock};
use truce_register::{Admission, KeyTable, Misfit, Register};
use truce_statement::{Code, Computed, Refusal, Signed, Statement};
use truce_store::{Changes, Store, StoredCheckpoint};
use truce_tlog::{Checkpoint, EdgeTiles, SignedCheckpoint, leaf_hash};

/// Most statements in one synced write: bounds the memory of a batch (48 MiB) and the wait of its first statement.
const MAX_GROUP: usize = 1024;

/// One statement waiting for its place.
pub(crate) struct Submission {
    pub(crate) candidate: Candidate,
    pub(crate) reply: Reply,
}

/// A statement as far as the submitting thread could check it.
#[expect(clippy::large_enum_variant, reason = "nearly all are the large one, and they are moved twice")]
pub(crate) enum Candidate {
    /// The signature is computed; a group of them is settled at once.
    Computed(Computed),
    /// Its key was not known yet; it may have been granted by a statement that is waiting before it.
    Unverified(Statement),
}

/// A statement as far as it can be judged without those before it.
enum Judged {
    /// With the verdict on its signature.
    Settled(Result<Signed, Refusal>),
    Unverified(Statement),
}

/// State of the log that is committed and signed.
#[derive(Clone, Debug)]
pub(crate) struct Published {
    pub(crate) edge: Arc<EdgeTiles>,
    pub(crate) checkpoint: Option<Arc<SignedCheckpoint>>,
    pub(crate) register: Arc<Register>,
}

/// Reason why no statement is taken any more.
#[derive(Clone, Debug)]
pub(crate) struct Stopped {
    pub(crate) why: String,
    /// The disk was full. Nothing else is wrong: opening the store again settles what was written.
    pub(crate) for_room: bool,
}

/// Shared between the sequencer and everybody who submits or reads. Nobody waits for anybody here but in the clock.
pub(crate) struct Shared {
    /// Entries, and all that is derived from them, are written by the sequencer alone, after opening.
    pub(crate) store: Arc<dyn Store>,
    /// Replaced by the sequencer, when a checkpoint is in the store.
    pub(crate) published: ArcSwap<Published>,
    /// Every key ever registered. The sequencer adds to it, when the entries that grant them are signed over.
    pub(crate) keys: KeyTable,
    /// Set once, by the sequencer, when it takes nothing more.
    pub(crate) stopped: OnceLock<Stopped>,
    /// Read by the sequencer for each group, and by whoever asks how the depositary is; its judgement is behind a lock
    /// that is held for one look.
    pub(crate) clock: LedgerClock,
}

/// Owned by its thread, once that runs.
pub(crate) struct Sequencer {
    pub(crate) shared: Arc<Shared>,
    /// Used by submitters too, to sign receipts; never changed.
    pub(crate) signers: Arc<Signers>,
    /// The thread that follows with the copy of the checkpoint; it ends with the sequencer.
    pub(crate) copy: Option<CheckpointCopy>,
    /// State behind the last durable entry: ahead of what is published until that is signed over.
    pub(crate) state: Published,
    /// Fork evidence in the store, counted with the first fork.
    pub(crate) evidence: Option<Evidence>,
}

/// Submitters that wait for a group, and the place of the statement of each.
type Waiting = Vec<(Reply, Placed)>;

impl Sequencer {
    /// Takes submissions until every sender is gone or a write fails. Losing durability stops writes for good.
    pub(crate) fn run(mut self, mut queue: Exit<Submission>) {
        let mut waiting = Vec::with_capacity(MAX_GROUP);
        while queue.take(&mut waiting, MAX_GROUP) {
            if let Err(error) = self.commit_group(&mut waiting) {
                tracing::error!(code = error.code(), %error, "the depositary stops");
                let (why, for_room) = (error.to_string(), error.is_full());
                self.shared.stopped.get_or_init(|| Stopped { why, for_room });
                queue.close(|submission| {
                    submission.reply.send(Err(SubmitError::Stopped(error.to_string())));
                });
                return;
            }
        }
        if let Err(error) = self.shared.store.settle() {
            tracing::error!(%error, "the store could not be settled; the next opening will take longer");
        }
    }

    /// Admits, writes, reads back, signs, answers. On error everybody in the group is told that nothing is known of
    /// their statement; the same bytes may be submitted again.
    fn commit_group(&mut self, waiting: &mut Vec<Submission>) -> Result<(), LogError> {
        let last = (self.state.register.size() > 0).then(|| self.state.register.received());
        let now = match self.shared.clock.read(last) {
            Ok(now) => now,
            Err(jump) => {
                self.send_away(waiting, &jump);
                return Ok(());
            }
        };
        let mut group = Group::behind(&self.state.register, &self.state.edge);
        let mut answers: Waiting = Vec::with_capacity(waiting.len());
        let mut forks = Changes::new();
        let mut failure = None;
        for (judged, reply) in settled(waiting) {
            if failure.is_some() {
                reply.send(Err(SubmitError::Stopped("an earlier statement could not be decided".into())));
                continue;
            }
            match self.decide(&mut group, judged, now, &mut forks) {
                Ok(Decision::Placed(placed)) => answers.push((reply, placed)),
                Ok(Decision::Answer(answer)) => {
                    reply.send(*answer);
                }
                Err(error) => {
                    reply.send(Err(SubmitError::Stopped(error.to_string())));
                    failure = Some(error);
                }
            }
        }
        let done = match failure {
            Some(error) => Err(error),
            None => self.write(group, &forks),
        };
        let checkpoint = self.state.checkpoint.as_ref();
        reply::deliver(answers.into_iter().map(|(reply, placed)| {
            let answer = match &done {
                Ok(()) => Ok(placed.receipt(checkpoint.cloned())),
                Err(error) => Err(SubmitError::Stopped(error.to_string())),
            };
            (reply, answer)
        }));
        done
    }

    /// Answers a whole group that cannot be dated.
    fn send_away(&self, waiting: &mut Vec<Submission>, jump: &ClockJump) {
        for (judged, reply) in settled(waiting) {
            if let Judged::Settled(Ok(signed)) = &judged
                && self.state.register.key(&signed.header().kid).is_some_and(|key| key.revoked.is_none())
            {
                self.shared.clock.hear(signed.header().iat);
            }
            reply.send(Err(SubmitError::ClockJumped(*jump)));
        }
    }

    fn decide(
        &mut self,
        group: &mut Group,
        judged: Judged,
        now: i64,
        forks: &mut Changes,
    ) -> Result<Decision, LogError> {
        let verdict = match judged {
            Judged::Settled(verdict) => verdict,
            Judged::Unverified(statement) => {
                let key = group.register().key_of(&statement).cloned();
                key.and_then(|key| statement.verify_named(&key))
            }
        };
        let signed = match verdict {
            Ok(signed) => signed,
            Err(refusal) => return Ok(Decision::refuse(refusal)),
        };
        let received = now.max(group.register().received());
        match group.weigh(&signed, received, self.shared.store.as_ref()) {
            Ok(Admission::Next(step)) => {
                // Without this key nothing could be signed over the entry.
                if let Some(vkey) = step.next_log_key().filter(|vkey| !self.signers.holds(vkey)) {
                    let vkey = vkey.to_owned();
                    return Ok(Decision::refuse(SubmitError::LogKeyMissing { vkey }));
                }
                Ok(Decision::Placed(group.place(&signed, step)))
            }
            Ok(Admission::Recorded(position)) => {
                // One that is in this very group is answered with it, when it is durable.
                if let Some(bytes) = group.entry(position) {
                    return Ok(Decision::Placed(Placed::again(signed.id(), position, bytes)?));
                }
                let bytes = ledger::entry(self.shared.store.as_ref(), position)?;
                let receipt =
                    Placed::again(signed.id(), position, &bytes)?.receipt(self.state.checkpoint.clone());
                Ok(Decision::Answer(Box::new(Ok(receipt))))
            }
            Err(Misfit::Recall(error)) => Err(error),
            Err(Misfit::Refused(refusal)) => {
                if refusal.code == Code::FeedFork {
                    let evidence = match &mut self.evidence {
                        Some(evidence) => evidence,
                        none => none.insert(Evidence::count(self.shared.store.as_ref(), group.register())?),
                    };
                    evidence.keep(&signed, received, group.register(), forks);
                }
                Ok(Decision::refuse(refusal))
            }
            Err(other) => Err(LogError::OutOfOrder(other.to_string())),
        }
    }

    fn write(&mut self, group: Group, forks: &Changes) -> Result<(), LogError> {
        let store = self.shared.store.as_ref();
        if group.is_empty() {
            if !forks.is_empty() {
                store.apply(store.applied()?, forks)?;
            }
            return Ok(());
        }
        let Written { mut batch, hashes, keys, register, edge } = group.finish();
        batch.derived.extend(forks);
        let first = self.state.register.size();
        store.append(first, &batch)?;
        // Sign what was stored, not what was computed.
        let mut hashes = hashes.iter();
        let mut differs = None;
        store.read(first..register.size(), &mut |position, entry| {
            if hashes.next() == Some(&leaf_hash(entry)) {
                ControlFlow::Continue(())
            } else {
                differs = Some(position);
                ControlFlow::Break(())
            }
        })?;
        if let Some(position) = differs {
            return Err(LogError::ReadBackDiffers { position });
        }
        self.state.register = Arc::new(register);
        self.state.edge = Arc::new(edge);
        self.sign()?;
        self.shared.keys.add(&self.state.register, keys);
        Ok(())
    }

    /// Signs the tree as it stands and shows it to readers. The first checkpoint comes with entry 1.
    pub(crate) fn sign(&mut self) -> Result<(), LogError> {
        let Published { edge, checkpoint, register } = &mut self.state;
        let before = checkpoint.as_ref().map(|c| c.size());
        if edge.size() >= 2 && before != Some(edge.size()) {
            let origin = register.origin().unwrap_or_default();
            let unsigned = Checkpoint::new(origin, edge.size(), edge.root())
                .map_err(|e| LogError::Signature(e.to_string()))?;
            let signed = self.signers.sign(register, unsigned)?;
            let note = signed.to_string();
            let stored = StoredCheckpoint { size: edge.size(), note: note.clone().into_bytes() };
            self.shared.store.set_checkpoint(before, &stored)?;
            if let Some(copy) = &self.copy {
                copy.show(note);
            }
            *checkpoint = Some(Arc::new(signed));
        }
        self.shared.published.store(Arc::new(self.state.clone()));
        Ok(())
    }
}

/// Takes out what is waiting, in order, with the verdicts on the signatures.
fn settled(waiting: &mut Vec<Submission>) -> Vec<(Judged, Reply)> {
    let (mut computed, mut rest) = (Vec::with_capacity(waiting.len()), Vec::with_capacity(waiting.len()));
    for Submission { candidate, reply } in waiting.drain(..) {
        match candidate {
            Candidate::Computed(one) => {
                computed.push(one);
                rest.push((None, reply));
            }
            Candidate::Unverified(statement) => rest.push((Some(statement), reply)),
        }
    }
    let waited = computed.len();
    let verdicts = Computed::settle(computed);
    debug_assert_eq!(verdicts.len(), waited, "one verdict short would leave a statement without its answer");
    let mut verdicts = verdicts.into_iter();
    let judged = rest.into_iter().filter_map(|(unverified, reply)| {
        let judged = match unverified {
            Some(statement) => Judged::Unverified(statement),
            // As many verdicts as were computed.
            None => Judged::Settled(verdicts.next()?),
        };
        Some((judged, reply))
    });
    judged.collect()
}

enum Decision {
    /// It has its place; the answer comes when that is durable.
    Placed(Placed),
    Answer(Box<Result<Receipt, SubmitError>>),
}

impl Decision {
    fn refuse(why: impl Into<SubmitError>) -> Self {
        Self::Answer(Box::new(Err(why.into())))
    }
}
