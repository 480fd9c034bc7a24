//! The one place where order is made. It owns the register and the edge of the tree; nobody else writes.

use crate::clock::Clock;
use crate::error::{LogError, SubmitError};
use crate::folder::CheckpointCopy;
use crate::index;
use crate::tree::{self, StoreTiles};
use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::{Arc, RwLock};
use tokio::sync::{mpsc, oneshot};
use truce_register::{Fact, Misfit, Recall, Recorded, Register};
use truce_statement::{
    Code, Entry, EntryHash, KeyId, PublicKey, Refusal, RootHash, Signed, Statement, StatementId,
};
use truce_store::{Batch, BatchId, Changes, Space, Store, StoredCheckpoint};
use truce_tlog::{
    Checkpoint, Ed25519NoteSigner, EdgeTiles, Hash, SignedCheckpoint, TileCoord, TileReader, leaf_hash,
};

/// Most statements in one synced write: bounds the memory of a batch (48 MiB) and the wait of its first statement.
const MAX_GROUP: usize = 1024;

/// State key of the register snapshot.
pub(crate) const REGISTER: &[u8] = b"register";

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

/// One statement waiting for its place.
pub(crate) struct Submission {
    pub(crate) candidate: Candidate,
    pub(crate) reply: oneshot::Sender<Result<Receipt, SubmitError>>,
}

/// A statement as far as the submitting thread could check it.
pub(crate) enum Candidate {
    /// The signature is verified.
    Signed(Signed),
    /// Its key was not known yet; it may have been granted by a statement that is waiting before it.
    Unverified(Statement),
}

/// What readers of an open depositary may know: the last committed and signed state.
#[derive(Clone, Debug)]
pub(crate) struct Published {
    pub(crate) edge: Arc<EdgeTiles>,
    pub(crate) checkpoint: Option<Arc<SignedCheckpoint>>,
    pub(crate) register: Arc<Register>,
}

/// Shared between the sequencer, which writes it, and everybody who submits or reads.
pub(crate) struct Shared {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) published: RwLock<Published>,
    /// Every key ever registered. A key id is the hash of its key, so an old copy is never wrong, only short.
    pub(crate) keys: RwLock<Arc<HashMap<KeyId, PublicKey>>>,
    pub(crate) stopped: RwLock<Option<String>>,
}

pub(crate) struct Sequencer {
    pub(crate) shared: Arc<Shared>,
    pub(crate) signer: Ed25519NoteSigner,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) copy: Option<CheckpointCopy>,
    pub(crate) register: Arc<Register>,
    pub(crate) edge: Arc<EdgeTiles>,
    pub(crate) checkpoint: Option<Arc<SignedCheckpoint>>,
}

/// A batch being put together; nothing of it is visible before it is durable and signed.
struct Group {
    register: Register,
    edge: EdgeTiles,
    entries: Vec<Vec<u8>>,
    hashes: Vec<Hash>,
    changes: Changes,
    postings: index::Postings,
    /// Facts written by this batch, for the statements behind it.
    facts: HashMap<Vec<u8>, Vec<u8>>,
    full: Vec<truce_tlog::FullTile>,
    waiting: Vec<(oneshot::Sender<Result<Receipt, SubmitError>>, Receipt)>,
    new_keys: bool,
}

impl Sequencer {
    /// Takes submissions until every sender is gone or a write fails. Losing durability stops writes for good.
    pub(crate) fn run(mut self, mut queue: mpsc::Receiver<Submission>) {
        let mut waiting = Vec::with_capacity(MAX_GROUP);
        while queue.blocking_recv_many(&mut waiting, MAX_GROUP) > 0 {
            if let Err(error) = self.commit_group(&mut waiting) {
                tracing::error!(code = error.code(), %error, "the depositary stops");
                if let Ok(mut stopped) = self.shared.stopped.write() {
                    *stopped = Some(error.to_string());
                }
                queue.close();
                while let Some(submission) = queue.blocking_recv() {
                    let _ = submission.reply.send(Err(SubmitError::Stopped(error.to_string())));
                }
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
        let mut group = Group {
            register: Register::clone(&self.register),
            edge: EdgeTiles::clone(&self.edge),
            entries: Vec::with_capacity(waiting.len()),
            hashes: Vec::with_capacity(waiting.len()),
            changes: Changes::with_capacity(waiting.len() * 4, waiting.len() * 200),
            postings: index::Postings::default(),
            facts: HashMap::new(),
            full: Vec::new(),
            waiting: Vec::with_capacity(waiting.len()),
            new_keys: false,
        };
        let mut forks = Changes::new();
        let now = self.clock.now_ms();
        let mut failure = None;
        for Submission { candidate, reply } in waiting.drain(..) {
            if failure.is_some() {
                let _ =
                    reply.send(Err(SubmitError::Stopped("an earlier statement could not be decided".into())));
                continue;
            }
            match self.decide(&mut group, candidate, now, &mut forks) {
                Ok(Decision::Admitted(receipt)) => group.waiting.push((reply, receipt)),
                Ok(Decision::Answer(answer)) => {
                    let _ = reply.send(*answer);
                }
                Err(error) => {
                    let _ = reply.send(Err(SubmitError::Stopped(error.to_string())));
                    failure = Some(error);
                }
            }
        }
        let done = match failure {
            Some(error) => Err(error),
            None => self.write(&mut group, &forks),
        };
        for (reply, mut receipt) in group.waiting.drain(..) {
            let _ = reply.send(match &done {
                Ok(()) => {
                    receipt.checkpoint.clone_from(&self.checkpoint);
                    Ok(receipt)
                }
                Err(error) => Err(SubmitError::Stopped(error.to_string())),
            });
        }
        done
    }

    fn decide(
        &self,
        group: &mut Group,
        candidate: Candidate,
        now: i64,
        forks: &mut Changes,
    ) -> Result<Decision, LogError> {
        let signed = match candidate {
            Candidate::Signed(signed) => signed,
            Candidate::Unverified(statement) => {
                let key = match group.register.key_of(&statement) {
                    Ok(key) => key.clone(),
                    Err(refusal) => return Ok(Decision::refuse(refusal)),
                };
                match statement.verify_named(&key) {
                    Ok(signed) => signed,
                    Err(refusal) => return Ok(Decision::refuse(refusal)),
                }
            }
        };
        let received = now.max(group.register.received());
        let recall = group.overlay(self.shared.store.as_ref());
        let step = match group.register.admit(&signed, received, &recall) {
            Ok(step) => step,
            Err(Misfit::Recall(error)) => return Err(error),
            Err(Misfit::Refused(refusal)) => return self.refuse(group, &signed, refusal, forks),
            Err(other) => return Err(LogError::Tree(other.to_string())),
        };
        let prev = group.register.head();
        let entry = Entry { prev, received, statement: signed.bytes() }.encode();
        let hash = leaf_hash(&entry);
        let entry_hash = EntryHash::from_bytes(hash.to_bytes());
        group.register.apply(&step, entry_hash);
        group.full.extend(group.edge.push(hash));
        for fact in step.facts() {
            group.changes.put(Space::Facts, &fact.key, &fact.value);
            group.facts.insert(fact.key.clone(), fact.value.clone());
        }
        group.postings.add(&signed, step.position());
        group.new_keys |= signed.kind().is_agreement();
        group.entries.push(entry);
        group.hashes.push(hash);
        Ok(Decision::Admitted(Receipt {
            statement: signed.id(),
            position: step.position(),
            received,
            prev,
            entry: entry_hash,
            duplicate: false,
            checkpoint: None,
        }))
    }

    /// A statement that was recorded before is no refusal: it gets the receipt it got then. A true fork is kept.
    fn refuse(
        &self,
        group: &Group,
        signed: &Signed,
        refusal: Refusal,
        forks: &mut Changes,
    ) -> Result<Decision, LogError> {
        let duplicate_possible = matches!(refusal.code, Code::FeedFork | Code::NotAuthorised);
        if duplicate_possible {
            let recall = group.overlay(self.shared.store.as_ref());
            let recorded =
                recall.fact(&Fact::Statement(signed.id()).key())?.as_deref().and_then(Recorded::decode);
            if let Some(recorded) = recorded {
                let in_group = recorded.position.checked_sub(self.register.size());
                let bytes = match in_group.and_then(|i| group.entries.get(usize::try_from(i).ok()?)) {
                    Some(entry) => Some(entry.clone()),
                    None => self.shared.store.entry(recorded.position)?,
                };
                let bytes = bytes
                    .ok_or_else(|| LogError::altered(format!("entry {} is missing", recorded.position)))?;
                let receipt = self.receipt_again(signed.id(), recorded.position, &bytes)?;
                // One that is in this very group is answered with it, when it is durable.
                return Ok(match in_group {
                    Some(_) => Decision::Admitted(receipt),
                    None => Decision::Answer(Box::new(Ok(receipt))),
                });
            }
        }
        if refusal.code == Code::FeedFork {
            forks.put(Space::Forks, signed.id().as_bytes(), signed.bytes());
        }
        Ok(Decision::refuse(refusal))
    }

    fn receipt_again(
        &self,
        statement: StatementId,
        position: u64,
        bytes: &[u8],
    ) -> Result<Receipt, LogError> {
        let entry = Entry::parse(bytes).map_err(|e| LogError::altered(format!("entry {position}: {e}")))?;
        Ok(Receipt {
            statement,
            position,
            received: entry.received,
            prev: entry.prev,
            entry: EntryHash::from_bytes(leaf_hash(bytes).to_bytes()),
            duplicate: true,
            checkpoint: self.checkpoint.clone(),
        })
    }

    fn write(&mut self, group: &mut Group, forks: &Changes) -> Result<(), LogError> {
        let store = self.shared.store.as_ref();
        if group.entries.is_empty() {
            if !forks.is_empty() {
                store.apply(store.applied()?, forks)?;
            }
            return Ok(());
        }
        let mut changes = std::mem::take(&mut group.changes);
        changes.extend(forks);
        group.postings.write(&mut changes);
        changes.put(Space::State, REGISTER, &group.register.encode());
        tree::keep(&mut changes, &group.edge, &group.full);
        let first = self.register.size();
        let batch = Batch {
            id: BatchId(*group.register.head().as_bytes()),
            entries: std::mem::take(&mut group.entries),
            derived: changes,
        };
        store.append(first, &batch)?;
        // Sign what was stored, not what was computed.
        let mut hashes = group.hashes.iter();
        let mut differs = None;
        store.read(first..group.register.size(), &mut |position, entry| {
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
        self.register = Arc::new(std::mem::take(&mut group.register));
        self.edge = Arc::new(std::mem::take(&mut group.edge));
        self.sign()?;
        if group.new_keys
            && let Ok(mut keys) = self.shared.keys.write()
        {
            *keys = Arc::new(self.register.keys().map(|(id, _, key)| (*id, key.public.clone())).collect());
        }
        Ok(())
    }

    /// Signs the tree as it stands and shows it to readers. The first checkpoint comes with entry 1.
    pub(crate) fn sign(&mut self) -> Result<(), LogError> {
        let before = self.checkpoint.as_ref().map(|c| c.size());
        if self.edge.size() >= 2 && before != Some(self.edge.size()) {
            let tree = |e: truce_tlog::CheckpointError| LogError::Tree(e.to_string());
            let origin = truce_tlog::NoteSigner::vkey(&self.signer).name().to_owned();
            let checkpoint = Checkpoint::new(&origin, self.edge.size(), self.edge.root()).map_err(tree)?;
            let signed = SignedCheckpoint::sign(checkpoint, &self.signer).map_err(tree)?;
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

enum Decision {
    Admitted(Receipt),
    Answer(Box<Result<Receipt, SubmitError>>),
}

impl Decision {
    fn refuse(refusal: Refusal) -> Self {
        Self::Answer(Box::new(Err(refusal.into())))
    }
}

impl Group {
    fn overlay<'a>(&'a self, store: &'a dyn Store) -> Overlay<'a> {
        Overlay { group: self, store }
    }
}

/// Facts and tiles as they stand behind the statements already in the group.
struct Overlay<'a> {
    group: &'a Group,
    store: &'a dyn Store,
}

impl Recall for Overlay<'_> {
    type Error = LogError;

    fn fact(&self, key: &[u8]) -> Result<Option<Vec<u8>>, LogError> {
        match self.group.facts.get(key) {
            Some(value) => Ok(Some(value.clone())),
            None => Ok(self.store.get(Space::Facts, key)?),
        }
    }

    fn root_at(&self, size: u64) -> Result<Option<RootHash>, LogError> {
        tree::root_at(self, &self.group.edge, size).map(Some)
    }
}

impl TileReader for Overlay<'_> {
    type Error = LogError;

    fn tile(&self, coord: TileCoord) -> Result<Cow<'_, [u8]>, LogError> {
        match self.group.full.iter().find(|tile| tile.coord == coord.full()) {
            Some(tile) => Ok(Cow::Borrowed(&tile.bytes)),
            None => StoreTiles(self.store).tile(coord).map(|tile| Cow::Owned(tile.into_owned())),
        }
    }
}
