//! The one place where order is made. It owns the register and the edge of the tree; nobody else writes.

use crate::clock::{ClockJump, LedgerClock};
use crate::error::{LogError, SubmitError};
use crate::folder::CheckpointCopy;
use crate::forks::Evidence;
use crate::group::{Group, Placed, Written};
use crate::ledger;
use crate::queue::Exit;
use crate::reply::{self, Reply};
use crate::signers::Signers;
use std::ops::ControlFlow;
use std::sync::{Arc, RwLock};
use truce_register::{Admission, KeyTable, Misfit, Register};
use truce_statement::{Code, Computed, Entry, EntryHash, Refusal, Signed, Statement, StatementId};
use truce_store::{Changes, Store, StoredCheckpoint};
use truce_tlog::{Checkpoint, EdgeTiles, SignedCheckpoint, leaf_hash};

/// Most statements in one synced write: bounds the memory of a batch (48 MiB) and the wait of its first statement.
const MAX_GROUP: usize = 1024;

/// Proof of delivery: the entry is durable, at this position.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// Statement id.
    pub statement: StatementId,
    /// Position in the log.
    pub position: u64,
    /// When it was received, milliseconds UTC.
    pub received: i64,
    /// Hash of the entry before.
    pub prev: EntryHash,
    /// Hash of the entry.
    pub entry: EntryHash,
    /// The statement had been recorded before; this is where.
    pub duplicate: bool,
    /// The newest checkpoint over the entry. None while the log has only its charter.
    pub checkpoint: Option<Arc<SignedCheckpoint>>,
}

impl Receipt {
    /// The receipt of a statement that was recorded before, from `bytes`, its entry.
    pub(crate) fn again(
        statement: StatementId,
        position: u64,
        bytes: &[u8],
        checkpoint: Option<Arc<SignedCheckpoint>>,
    ) -> Result<Self, LogError> {
        let entry = Entry::parse(bytes).map_err(|e| LogError::altered(format!("entry {position}: {e}")))?;
        Ok(Self {
            statement,
            position,
            received: entry.received,
            prev: entry.prev,
            entry: EntryHash::from_bytes(leaf_hash(bytes).to_bytes()),
            duplicate: true,
            checkpoint,
        })
    }
}

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

/// What readers of an open depositary may know: the last committed and signed state.
#[derive(Clone, Debug)]
pub(crate) struct Published {
    pub(crate) edge: Arc<EdgeTiles>,
    pub(crate) checkpoint: Option<Arc<SignedCheckpoint>>,
    pub(crate) register: Arc<Register>,
}

/// Why no statement is taken any more.
#[derive(Clone, Debug)]
pub(crate) struct Stopped {
    pub(crate) why: String,
    /// The disk was full. Nothing else is wrong: opening the store again settles what was written.
    pub(crate) for_room: bool,
}

/// Shared between the sequencer, which writes it, and everybody who submits or reads.
pub(crate) struct Shared {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) published: RwLock<Published>,
    /// Every key ever registered.
    pub(crate) keys: KeyTable,
    pub(crate) stopped: RwLock<Option<Stopped>>,
    pub(crate) clock: LedgerClock,
}

pub(crate) struct Sequencer {
    pub(crate) shared: Arc<Shared>,
    pub(crate) signers: Signers,
    pub(crate) copy: Option<CheckpointCopy>,
    pub(crate) register: Arc<Register>,
    pub(crate) edge: Arc<EdgeTiles>,
    pub(crate) checkpoint: Option<Arc<SignedCheckpoint>>,
    /// Fork evidence in the store, counted with the first fork.
    pub(crate) evidence: Option<Evidence>,
}

/// Who waits for a group, and for which answer.
type Waiting = Vec<(Reply, Receipt)>;

impl Sequencer {
    /// Takes submissions until every sender is gone or a write fails. Losing durability stops writes for good.
    pub(crate) fn run(mut self, mut queue: Exit<Submission>) {
        let mut waiting = Vec::with_capacity(MAX_GROUP);
        while queue.take(&mut waiting, MAX_GROUP) {
            if let Err(error) = self.commit_group(&mut waiting) {
                tracing::error!(code = error.code(), %error, "the depositary stops");
                if let Ok(mut stopped) = self.shared.stopped.write() {
                    *stopped = Some(Stopped { why: error.to_string(), for_room: error.is_full() });
                }
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
        let last = (self.register.size() > 0).then(|| self.register.received());
        let now = match self.shared.clock.read(last) {
            Ok(now) => now,
            Err(jump) => {
                self.send_away(waiting, &jump);
                return Ok(());
            }
        };
        let mut group = Group::behind(&self.register, &self.edge);
        let mut answers: Waiting = Vec::with_capacity(waiting.len());
        let mut new_keys = false;
        let mut forks = Changes::new();
        let mut failure = None;
        for (judged, reply) in settled(waiting) {
            if failure.is_some() {
                reply.send(Err(SubmitError::Stopped("an earlier statement could not be decided".into())));
                continue;
            }
            match self.decide(&mut group, judged, now, &mut forks) {
                Ok(Decision::Admitted { receipt, keys }) => {
                    new_keys |= keys;
                    answers.push((reply, receipt));
                }
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
            None => self.write(group, &forks, new_keys),
        };
        let checkpoint = self.checkpoint.as_ref();
        reply::deliver(answers.into_iter().map(|(reply, receipt)| {
            let answer = match &done {
                Ok(()) => Ok(Receipt { checkpoint: checkpoint.cloned(), ..receipt }),
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
                && self.register.key(&signed.header().kid).is_some_and(|key| key.revoked.is_none())
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
                let Placed { position, prev, entry } = group.place(&signed, step);
                Ok(Decision::Admitted {
                    receipt: Receipt {
                        statement: signed.id(),
                        position,
                        received,
                        prev,
                        entry,
                        duplicate: false,
                        checkpoint: None,
                    },
                    keys: signed.kind().is_agreement(),
                })
            }
            Ok(Admission::Recorded(position)) => {
                // One that is in this very group is answered with it, when it is durable.
                if let Some(bytes) = group.entry(position) {
                    let receipt = Receipt::again(signed.id(), position, bytes, None)?;
                    return Ok(Decision::Admitted { receipt, keys: false });
                }
                let bytes = ledger::entry(self.shared.store.as_ref(), position)?;
                let receipt = Receipt::again(signed.id(), position, &bytes, self.checkpoint.clone())?;
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
            Err(other) => Err(LogError::Tree(other.to_string())),
        }
    }

    fn write(&mut self, group: Group, forks: &Changes, new_keys: bool) -> Result<(), LogError> {
        let store = self.shared.store.as_ref();
        if group.is_empty() {
            if !forks.is_empty() {
                store.apply(store.applied()?, forks)?;
            }
            return Ok(());
        }
        let Written { mut batch, hashes, keys, register, edge } = group.finish();
        batch.derived.extend(forks);
        let first = self.register.size();
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
        self.register = Arc::new(register);
        self.edge = Arc::new(edge);
        self.sign()?;
        if new_keys {
            self.shared.keys.add(&self.register, keys);
        }
        Ok(())
    }

    /// Signs the tree as it stands and shows it to readers. The first checkpoint comes with entry 1.
    pub(crate) fn sign(&mut self) -> Result<(), LogError> {
        let before = self.checkpoint.as_ref().map(|c| c.size());
        if self.edge.size() >= 2 && before != Some(self.edge.size()) {
            let tree = |e: truce_tlog::CheckpointError| LogError::Tree(e.to_string());
            let origin = self.register.origin().unwrap_or_default();
            let checkpoint = Checkpoint::new(origin, self.edge.size(), self.edge.root()).map_err(tree)?;
            let signed = self.signers.sign(&self.register, checkpoint)?;
            let note = signed.to_string();
            let stored = StoredCheckpoint { size: self.edge.size(), note: note.clone().into_bytes() };
            self.shared.store.set_checkpoint(before, &stored)?;
            if let Some(copy) = &self.copy {
                copy.show(note);
            }
            self.checkpoint = Some(Arc::new(signed));
        }
        if let Ok(mut published) = self.shared.published.write() {
            *published = Published {
                edge: Arc::clone(&self.edge),
                checkpoint: self.checkpoint.clone(),
                register: Arc::clone(&self.register),
            };
        }
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
    /// It has its place; `keys` when it may have changed who may sign.
    Admitted {
        receipt: Receipt,
        keys: bool,
    },
    Answer(Box<Result<Receipt, SubmitError>>),
}

impl Decision {
    fn refuse(why: impl Into<SubmitError>) -> Self {
        Self::Answer(Box::new(Err(why.into())))
    }
}
