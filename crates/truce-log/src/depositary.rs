//! An open ledger that takes statements.

use crate::clock::{ClockJump, LedgerClock};
use crate::error::{LogError, SubmitError};
use crate::folder::{CheckpointCopy, Folder};
use crate::forks;
use crate::ledger::{self, Opened};
use crate::queue::{self, Entrance};
use crate::rebuild;
use crate::receipt::{Placed, Receipt};
use crate::recover::RecoverError;
use crate::reply::{Answer, Reply};
use crate::sequencer::{Candidate, Published, Sequencer, Shared, Submission};
use crate::signers::Signers;
use crate::state;
use crate::tree::Proof;
use arc_swap::ArcSwap;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use tokio::sync::oneshot;
use truce_clock::Clock;
use truce_register::{KeyTable, Recorded, Register};
use truce_statement::{Entry, SecretKey, Statement, StatementId};
use truce_store::{LogRead as _, RocksStore, Store, StoreError};
use truce_tlog::{EdgeTiles, Hash, SignedCheckpoint};

/// The depositary of one log. Cheap to share behind an `Arc`; dropping the last handle finishes what is waiting.
pub struct Depositary {
    shared: Arc<Shared>,
    signers: Arc<Signers>,
    queue: Option<Entrance<Submission>>,
    sequencer: Option<JoinHandle<()>>,
}

/// State that is committed and signed, all of one moment.
#[derive(Clone, Debug)]
pub struct Committed {
    /// The checkpoint.
    pub checkpoint: Arc<SignedCheckpoint>,
    /// The right edge of its tree: with the store's full tiles, every hash that a proof needs.
    pub edge: Arc<EdgeTiles>,
    /// The register over its entries.
    pub register: Arc<Register>,
}

/// A statement that has been handed in; its receipt is still to come.
pub struct Pending(oneshot::Receiver<Answer>);

impl Depositary {
    /// Makes a new ledger in `folder`, with `charter` as entry 0. `key` is the log's; the charter names it.
    pub fn create(
        folder: &Path,
        charter: &[u8],
        key: &SecretKey,
        clock: Arc<dyn Clock>,
    ) -> Result<(Self, Receipt), LogError> {
        let charter = Statement::parse(charter).map_err(LogError::Charter)?;
        let paths = Folder::new(folder);
        std::fs::create_dir_all(folder).map_err(|source| LogError::File { path: folder.into(), source })?;
        // The key first: a wrong one leaves nothing behind.
        let signers = Signers::new(&charter, &[key])?;
        signers.ready(&Register::new(), 0)?;
        let store = Arc::new(RocksStore::create(paths.store())?);
        let depositary = Self::start(store, signers, clock, Some(paths))?;
        let bytes = charter.bytes().to_vec();
        match depositary.submit_blocking(bytes) {
            Ok(receipt) => Ok((depositary, receipt)),
            Err(SubmitError::Refused(refusal)) => Err(LogError::Charter(refusal)),
            Err(other) => Err(LogError::altered(other.to_string())),
        }
    }

    /// Opens the ledger in `folder` to go on writing. Takes the same time whatever its size.
    ///
    /// # Errors
    /// When another process has it open, when `key` is not the log's, and when the store is altered or behind its own
    /// signature: then it refuses to sign anything. A clock that is behind the last entry, or further ahead of it than is
    /// believed, does not stand in the way: see [`Self::clock_jump`] and [`Self::clock_behind`].
    pub fn open(folder: &Path, key: &SecretKey, clock: Arc<dyn Clock>) -> Result<Self, LogError> {
        Self::open_with(folder, &[key], clock)
    }

    /// As [`Self::open`], with several keys of the log: the one in force, and the next one, which signs as soon as an
    /// amendment has brought it into force. Those that must sign the next checkpoint have to be among them.
    pub fn open_with(folder: &Path, keys: &[&SecretKey], clock: Arc<dyn Clock>) -> Result<Self, LogError> {
        let paths = Folder::new(folder);
        paths.may_sign()?;
        let store = RocksStore::open(paths.store())?;
        if let Err(error @ (LogError::OfAnEarlierBuild | LogError::Store(StoreError::IndexBehind { .. }))) =
            ledger::open_state(&store)
        {
            tracing::warn!(%error, "everything that follows from the entries is made anew; this takes its time");
            let rebuilt = rebuild::rebuild_store(&store, |_, _| {}).map_err(|error| match error {
                RecoverError::Log(error) => error,
                other => LogError::altered(other.to_string()),
            })?;
            tracing::warn!(entries = rebuilt.size, "the ledger is rebuilt from its entries");
        }
        if store.head()?.size == 0 {
            return Err(LogError::altered("the ledger has no charter"));
        }
        let charter = ledger::statement(&store, 0)?;
        Self::start(Arc::new(store), Signers::new(&charter, keys)?, clock, Some(paths))
    }

    /// The depositary of the log that `charter` names, kept in any store, which may be empty yet. Nothing but the store
    /// itself tells an older copy of it from the newest one.
    pub fn over(
        store: Arc<dyn Store>,
        charter: &Statement,
        key: &SecretKey,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, LogError> {
        Self::start(store, Signers::new(charter, &[key])?, clock, None)
    }

    fn start(
        store: Arc<dyn Store>,
        signers: Signers,
        clock: Arc<dyn Clock>,
        folder: Option<Folder>,
    ) -> Result<Self, LogError> {
        let Opened { register, edge } = ledger::open_state(store.as_ref())?;
        state::renew(store.as_ref(), &register)?;
        // The checkpoint that is signed next: over what is stored, where a crash came between, else over one entry more.
        let covered = store.checkpoint()?.is_some_and(|last| last.size == register.size());
        signers.ready(&register, register.size() + u64::from(covered))?;
        // From here on the clock is held against the steady one. A jump that is found now is told, and refuses statements.
        let clock = LedgerClock::new(clock, folder.clone());
        let _ = clock.read((register.size() > 0).then(|| register.received()));
        let checkpoint = match store.checkpoint()? {
            Some(last) => {
                Some(Arc::new(ledger::stands_behind(store.as_ref(), &register, &edge, &last.note)?))
            }
            None => None,
        };
        if let Some(copy) = folder.as_ref().map(Folder::read_checkpoint).transpose()?.flatten() {
            ledger::stands_behind(store.as_ref(), &register, &edge, &copy)?;
        }
        forks::sweep(store.as_ref(), &register)?;
        let keys = KeyTable::of(&register);
        let state = Published { edge: Arc::new(edge), checkpoint, register: Arc::new(register) };
        let copy = folder.map(CheckpointCopy::start).transpose()?;
        let published = ArcSwap::from_pointee(state.clone());
        let shared = Arc::new(Shared { store, published, keys, stopped: OnceLock::new(), clock });
        let signers = Arc::new(signers);
        let mut sequencer = Sequencer {
            shared: Arc::clone(&shared),
            signers: Arc::clone(&signers),
            copy,
            state,
            evidence: None,
        };
        // Entries that became durable just before a crash are covered now.
        sequencer.sign()?;
        let (queue, waiting) = queue::queue();
        let thread = std::thread::Builder::new()
            .name("sequencer".into())
            .spawn(move || sequencer.run(waiting))
            .map_err(|source| LogError::File { path: "sequencer thread".into(), source })?;
        Ok(Self { shared, signers, queue: Some(queue), sequencer: Some(thread) })
    }

    /// Parses the statement, does what takes time of its signature, and hands it in; the verdict comes with the receipt.
    /// Statements handed in by one caller take their places in that order. Waits while the queue is full.
    pub async fn enqueue(&self, bytes: Vec<u8>) -> Result<Pending, SubmitError> {
        self.queue()?;
        self.enqueue_statement(Statement::parse(bytes)?).await
    }

    /// As [`Self::enqueue`], for a caller that has parsed the statement.
    pub async fn enqueue_statement(&self, statement: Statement) -> Result<Pending, SubmitError> {
        let queue = self.queue()?;
        if let Some(receipt) = self.recorded(&statement) {
            return Ok(Pending::answered(receipt));
        }
        let (submission, pending) = self.examine(statement);
        queue.send(submission).await.map_err(|()| self.why_stopped())?;
        Ok(pending)
    }

    /// As [`Self::enqueue`], for callers outside an async runtime.
    pub fn enqueue_blocking(&self, bytes: Vec<u8>) -> Result<Pending, SubmitError> {
        let queue = self.queue()?;
        let statement = Statement::parse(bytes)?;
        if let Some(receipt) = self.recorded(&statement) {
            return Ok(Pending::answered(receipt));
        }
        let (submission, pending) = self.examine(statement);
        queue.send_blocking(submission).map_err(|()| self.why_stopped())?;
        Ok(pending)
    }

    /// Hands a statement in and waits for its receipt. A statement that was recorded before gets its receipt again.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use truce_log::{Depositary, SystemClock};
    /// # use truce_statement::{Draft, SecretKey, Signed, Standing, StatementId, Subject};
    /// # use truce_tlog::{Ed25519NoteSigner, NoteSigner as _};
    /// # let (log, root) = (SecretKey::from_seed(&[1; 32])?, SecretKey::from_seed(&[2; 32])?);
    /// # let name = Ed25519NoteSigner::from_seed("example.org/log", &log.seed())?.vkey().to_string();
    /// # let party = |id: &str, root: &SecretKey| {
    /// #     format!(r#"{{ "id": "{id}", "name": "{id}", "role": "state", "root": "{}" }}"#, root.public())
    /// # };
    /// # let parties = [party("north", &root), party("south", &SecretKey::from_seed(&[3; 32])?)].join(", ");
    /// # let draft = format!(
    /// #     r#"{{ "kind": "charter", "body": {{ "title": "Ceasefire", "log": "{name}", "parties": [{parties}] }} }}"#
    /// # );
    /// # let subject = Subject::Origin("example.org/log".into());
    /// # let (party, prev) = ("north".parse()?, StatementId::ZERO);
    /// # let standing = Standing { party, subject, seq: 0, prev, seen: None, iat: 1_700_000_000 };
    /// # let charter = Signed::seal(&root, standing, Draft::from_json(&draft)?.into_saying())?;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    /// # runtime.block_on(async {
    /// let store = Arc::new(truce_store::MemoryStore::new());
    /// let depositary = Depositary::over(store, charter.statement(), &log, Arc::new(SystemClock))?;
    /// let receipt = depositary.submit(charter.bytes().to_vec()).await?;
    /// assert_eq!((receipt.position, receipt.duplicate), (0, false));
    /// let again = depositary.submit(charter.bytes().to_vec()).await?;
    /// assert_eq!((again.position, again.duplicate), (0, true));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn submit(&self, bytes: Vec<u8>) -> Result<Receipt, SubmitError> {
        self.enqueue(bytes).await?.receipt().await
    }

    /// As [`Self::submit`], for callers outside an async runtime.
    pub fn submit_blocking(&self, bytes: Vec<u8>) -> Result<Receipt, SubmitError> {
        self.enqueue_blocking(bytes)?.receipt_blocking()
    }

    /// The register over what is committed and signed.
    #[must_use]
    pub fn register(&self) -> Arc<Register> {
        Arc::clone(&self.published().register)
    }

    /// The last signed checkpoint.
    #[must_use]
    pub fn checkpoint(&self) -> Option<Arc<SignedCheckpoint>> {
        self.published().checkpoint.clone()
    }

    /// The state that is committed and signed. `None` while the log has only its charter.
    #[must_use]
    pub fn committed(&self) -> Option<Committed> {
        let published = self.published();
        let checkpoint = published.checkpoint.clone()?;
        let (edge, register) = (Arc::clone(&published.edge), Arc::clone(&published.register));
        Some(Committed { checkpoint, edge, register })
    }

    /// Reason why no statement is taken any more, where that is so.
    #[must_use]
    pub fn stopped(&self) -> Option<String> {
        self.shared.stopped.get().map(|stopped| stopped.why.clone())
    }

    /// Tells whether it has stopped because the disk was full. Once there is room, it may be closed and opened again: that
    /// settles what was written. Whatever else stops it is for a person to look at.
    #[must_use]
    pub fn wants_room(&self) -> bool {
        self.shared.stopped.get().is_some_and(|stopped| stopped.for_room)
    }

    /// Jump for which nothing can be dated now, where there is one: the clock is further ahead than it is believed.
    #[must_use]
    pub fn clock_jump(&self) -> Option<ClockJump> {
        self.shared.clock.read(self.last_received()).err()
    }

    /// Lag of the clock behind the last entry, milliseconds; `None` where it is not, or by less than a minute. Entries
    /// take the time of the last one meanwhile.
    #[must_use]
    pub fn clock_behind(&self) -> Option<i64> {
        self.shared.clock.behind(self.last_received()?)
    }

    /// Believes the clock as it is, on the word of an operator.
    pub fn accept_clock(&self) {
        self.shared.clock.accept();
    }

    fn last_received(&self) -> Option<i64> {
        let published = self.published();
        (published.register.size() > 0).then(|| published.register.received())
    }

    /// The store, for reading.
    #[must_use]
    pub fn store(&self) -> &dyn Store {
        self.shared.store.as_ref()
    }

    /// Position and bytes of the entry of a statement.
    pub fn find(&self, id: &StatementId) -> Result<Option<(u64, Vec<u8>)>, LogError> {
        let store = self.shared.store.as_ref();
        let Some(Recorded { position, .. }) = ledger::recorded(store, id)? else { return Ok(None) };
        Ok(Some((position, ledger::entry(store, position)?)))
    }

    /// Proof that the entry at `position` is under the last checkpoint.
    pub fn prove(&self, position: u64) -> Result<Proof, LogError> {
        let published = self.published();
        ledger::prove(self.store(), &published.edge, published.checkpoint.as_deref(), position)
    }

    /// The COSE receipt that `entry` is leaf `position` of the tree under `checkpoint`, with the `path` from leaf to root.
    /// It is signed in the name of the newest key that signed the checkpoint.
    pub fn sign_receipt(
        &self,
        checkpoint: &SignedCheckpoint,
        position: u64,
        path: Vec<Hash>,
        entry: &Entry<'_>,
    ) -> Result<truce_receipt::Receipt, LogError> {
        self.signers.receipt(checkpoint, position, path, entry)
    }

    /// Finishes what is waiting and closes the ledger.
    pub fn close(mut self) {
        self.finish();
    }

    fn finish(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.sequencer.take()
            && thread.join().is_err()
        {
            tracing::error!("the sequencer panicked");
        }
    }

    /// The receipt that this very statement got before. Its id covers its signature, so there is nothing to check and
    /// nobody to ask; and only where the number of a statement is behind its key's is the store looked into.
    fn recorded(&self, statement: &Statement) -> Option<Receipt> {
        let published = self.published();
        if statement.seq() >= published.register.key(&statement.header().kid)?.next_seq {
            return None;
        }
        let checkpoint = published.checkpoint.clone()?;
        // Whatever cannot be read here the sequencer finds too, and says what it is.
        let (position, bytes) = self.find(&statement.id()).ok()??;
        if position >= checkpoint.size() {
            return None;
        }
        Some(Placed::again(statement.id(), position, &bytes).ok()?.receipt(Some(checkpoint)))
    }

    fn examine(&self, statement: Statement) -> (Submission, Pending) {
        let candidate = match self.shared.keys.known().get(&statement.header().kid) {
            Some(key) => Candidate::Computed(statement.compute(key)),
            None => Candidate::Unverified(statement),
        };
        let (reply, receipt) = Reply::channel();
        (Submission { candidate, reply }, Pending(receipt))
    }

    fn queue(&self) -> Result<&Entrance<Submission>, SubmitError> {
        self.queue.as_ref().ok_or_else(|| self.why_stopped())
    }

    fn why_stopped(&self) -> SubmitError {
        SubmitError::Stopped(self.stopped().unwrap_or_else(|| "the ledger is being closed".into()))
    }

    fn published(&self) -> Arc<Published> {
        self.shared.published.load_full()
    }
}

impl Drop for Depositary {
    fn drop(&mut self) {
        self.finish();
    }
}

impl Pending {
    fn answered(receipt: Receipt) -> Self {
        let (sender, receiver) = oneshot::channel();
        // The receiver is at hand.
        let _ = sender.send(Ok(receipt));
        Self(receiver)
    }

    /// Waits for the receipt.
    pub async fn receipt(self) -> Result<Receipt, SubmitError> {
        self.0.await.unwrap_or_else(|_| Err(SubmitError::Stopped("the sequencer is gone".into())))
    }

    /// As [`Self::receipt`], for callers outside an async runtime.
    pub fn receipt_blocking(self) -> Result<Receipt, SubmitError> {
        self.0.blocking_recv().unwrap_or_else(|_| Err(SubmitError::Stopped("the sequencer is gone".into())))
    }
}
