//! The decision of a witness: it cosigns a checkpoint whose tree grew out of the one it cosigned last.

use crate::error::{StateError, WitnessRefusal};
use crate::keys;
use crate::state::{Record, StateFolder, read_index};
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use truce_clock::{Clock, Guard, Look};
use truce_tlog::witness::origin_hash;
use truce_tlog::{
    AddCheckpoint, CheckpointError, Cosigner, EMPTY_ROOT, Hash, KeySchedule, KeyType, Note, NoteSignature,
    SignedCheckpoint, VKey, verify_consistency,
};

/// How far the clock may be behind the last cosignature before it is worth a word, seconds.
const CLOCK_TOLERANCE: u64 = 60;

/// A witness of one key, over any number of logs.
///
/// Invariant: for each origin, every tree it cosigns is proven to be the one before, or to grow out of it. Check and
/// store are one step under the lock of the origin, and the step is durable before the cosignature leaves.
pub struct Witness {
    cosigner: Cosigner,
    clock: Box<dyn Clock>,
    /// What is believed of the clock.
    guard: Mutex<Guard>,
    folder: StateFolder,
    /// By hash of the origin.
    logs: BTreeMap<Hash, Log>,
}

struct Log {
    /// The keys and their turns; `None` where the log is no longer known, but was cosigned once.
    keys: Option<RwLock<Arc<KeySchedule>>>,
    /// Held while a checkpoint is checked and stored, so also while the disk is waited for.
    last: Mutex<Option<Record>>,
    /// The content of the last record, for readers, who wait for no disk.
    shown: Mutex<Option<Shown>>,
}

#[derive(Clone)]
struct Shown {
    note: Arc<str>,
    size: u64,
    /// POSIX seconds.
    time: u64,
}

impl Shown {
    fn of(record: &Record) -> Self {
        Self { note: Arc::clone(&record.note), size: record.checkpoint.size(), time: record.timestamp }
    }
}

impl Log {
    fn new(keys: Option<KeySchedule>, last: Option<Record>) -> Self {
        let shown = Mutex::new(last.as_ref().map(Shown::of));
        Self { keys: keys.map(|keys| RwLock::new(Arc::new(keys))), last: Mutex::new(last), shown }
    }

    fn keys(&self) -> Option<Arc<KeySchedule>> {
        Some(Arc::clone(&self.keys.as_ref()?.read().unwrap_or_else(PoisonError::into_inner)))
    }

    fn shown(&self) -> MutexGuard<'_, Option<Shown>> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Witness {
    /// Makes the state of a new witness in `folder`, which must be new or empty.
    ///
    /// Only for a key that has never cosigned: a second state of one key can be led to cosign a fork.
    pub fn create(folder: &Path, vkey: &VKey) -> Result<(), StateError> {
        StateFolder::create(folder, vkey)
    }

    /// The witness whose state `folder` holds: its name and public key.
    pub fn vkey_of(folder: &Path) -> Result<VKey, StateError> {
        read_index(folder).map(|(vkey, _)| vkey)
    }

    /// Opens a witness for `logs`, each with the keys that sign for it over the sizes of its tree.
    ///
    /// The ends of keys that the witness was told of before still count (see [`Self::learn`]).
    ///
    /// # Errors
    /// When another process has the folder, when it is of another key, when anything in it is missing or damaged, and
    /// when a key cannot be that of a log.
    pub fn open(
        folder: &Path,
        cosigner: Cosigner,
        logs: Vec<KeySchedule>,
        clock: impl Clock + 'static,
    ) -> Result<Self, StateError> {
        let mut given: BTreeMap<Hash, KeySchedule> = BTreeMap::new();
        for keys in logs {
            check_keys(&keys, cosigner.vkey())?;
            let origin = keys.origin().to_owned();
            if given.insert(origin_hash(&origin), keys).is_some() {
                return Err(StateError::LogTwice { origin });
            }
        }
        let trusted =
            |hash: &Hash| given.get(hash).map(|keys| keys.keys().cloned().collect()).unwrap_or_default();
        let (folder, mut records, told) = StateFolder::open(folder, cosigner.vkey(), trusted)?;
        let mut logs: BTreeMap<Hash, Log> = BTreeMap::new();
        for (hash, given) in given {
            let told = told.get(&hash);
            let keys = told.map_or_else(|| Ok(given.clone()), |told| keys::merge(told, &given))?;
            if told != Some(&keys) {
                folder.store_keys(&hash, &keys)?;
            }
            logs.insert(hash, Log::new(Some(keys), records.remove(&hash)));
        }
        for (hash, record) in records {
            logs.insert(hash, Log::new(None, Some(record)));
        }
        let witness = Self { cosigner, clock: Box::new(clock), guard: Mutex::default(), folder, logs };
        witness.astray().iter().for_each(Astray::report);
        Ok(witness)
    }

    /// Tells a running witness of the keys of a log that it knows. Says whether that is anything new.
    ///
    /// It is durable when this returns, and no checkpoint that the keys of before allowed is cosigned from then on.
    ///
    /// # Errors
    /// When the log is not known here, when a key cannot be that of a log or was told to end otherwise, and when the
    /// disk fails. Then the keys of before stay.
    pub fn learn(&self, given: &KeySchedule) -> Result<bool, StateError> {
        check_keys(given, self.vkey())?;
        let hash = origin_hash(given.origin());
        let known = self.logs.get(&hash).and_then(|log| Some((log, log.keys.as_ref()?)));
        let (log, keys) =
            known.ok_or_else(|| StateError::UnknownLog { origin: given.origin().to_owned() })?;
        {
            // What was verified with the keys of before is stored, or verified anew, before this goes on.
            let _stored = log.last.lock().unwrap_or_else(PoisonError::into_inner);
            let mut keys = keys.write().unwrap_or_else(PoisonError::into_inner);
            let learned = keys::merge(&keys, given)?;
            if learned == **keys {
                return Ok(false);
            }
            self.folder.store_keys(&hash, &learned)?;
            *keys = Arc::new(learned);
        }
        tracing::info!(origin = given.origin(), "told of the keys of the log");
        self.astray().iter().filter(|astray| astray.origin == given.origin()).for_each(Astray::report);
        Ok(true)
    }

    /// The logs whose checkpoint cosigned last the keys whose turn it was have not signed, as far as is known now.
    ///
    /// The thief of a key may have signed it before the witness was told that the key had ended.
    #[must_use]
    pub fn astray(&self) -> Vec<Astray> {
        let astray = |log: &Log| {
            let (keys, shown) = (log.keys()?, log.shown().clone()?);
            let note = Note::parse(shown.note.as_bytes()).ok()?;
            let why = keys.open(&note, &[]).err()?;
            Some(Astray { origin: keys.origin().to_owned(), size: shown.size, why })
        };
        self.logs.values().filter_map(astray).collect()
    }

    /// The public side of the witness's key.
    #[must_use]
    pub const fn vkey(&self) -> &VKey {
        self.cosigner.vkey()
    }

    /// Answers one add-checkpoint request with the witness's line. What it says is on disk when this returns.
    ///
    /// Blocks on the disk, and on other requests for the same origin.
    pub fn add_checkpoint(&self, body: &[u8]) -> Result<NoteSignature, WitnessRefusal> {
        let request = AddCheckpoint::parse(body).map_err(|error| {
            if error.is_false_empty_tree() {
                WitnessRefusal::FalseEmptyTree
            } else {
                WitnessRefusal::Malformed(error)
            }
        })?;
        let origin = request.checkpoint().origin();
        let hash = origin_hash(origin);
        let known = self.logs.get(&hash).and_then(|log| Some((log, log.keys()?)));
        let (log, keys) = known.ok_or_else(|| WitnessRefusal::UnknownLog { origin: origin.to_owned() })?;
        let mut checkpoint = request.verify_by(&keys).map_err(WitnessRefusal::Untrusted)?;
        if request.old_size() > checkpoint.size() {
            return Err(WitnessRefusal::OldSizeAbove { old: request.old_size(), size: checkpoint.size() });
        }

        // A panic under this lock leaves open what the disk holds.
        let mut last = log.last.lock().map_err(|_| {
            WitnessRefusal::NotStored(self.folder.stop("a request failed while it was being stored"))
        })?;
        if let Some(told) = log.keys().filter(|told| !Arc::ptr_eq(told, &keys)) {
            // The witness was told of other keys while this waited.
            checkpoint = request.verify_by(&told).map_err(WitnessRefusal::Untrusted)?;
        }
        check_step(&request, &checkpoint, last.as_ref())?;
        let timestamp = self.time_after(last.as_ref())?;
        if let Some(record) = last.as_ref()
            && record.timestamp == timestamp
            && record.checkpoint == *checkpoint.checkpoint()
        {
            return Ok(record.line.clone());
        }
        let record = self.cosign(checkpoint, timestamp)?;
        self.folder.store(&hash, &record).map_err(WitnessRefusal::NotStored)?;
        tracing::info!(origin, size = record.checkpoint.size(), "cosigned");
        *log.shown() = Some(Shown::of(&record));
        let line = record.line.clone();
        *last = Some(record);
        Ok(line)
    }

    /// The checkpoint cosigned last for the origin of this hash, as a signed note; `None` where none was.
    #[must_use]
    pub fn latest(&self, origin: &Hash) -> Option<Arc<str>> {
        self.logs.get(origin)?.shown().as_ref().map(|shown| Arc::clone(&shown.note))
    }

    /// The origins of the known logs, each with size and time (POSIX seconds) of what was cosigned last.
    pub(crate) fn standing(&self) -> impl Iterator<Item = (String, Option<(u64, u64)>)> {
        self.logs.values().filter_map(|log| {
            let shown = log.shown();
            Some((log.keys()?.origin().to_owned(), shown.as_ref().map(|shown| (shown.size, shown.time))))
        })
    }

    /// The reason why the witness cosigns nothing any more: its disk failed, and it has to be started again. `None` while it works.
    #[must_use]
    pub fn stopped(&self) -> Option<&str> {
        self.folder.stopped()
    }

    /// Believes the clock as it is, on the word of an operator.
    pub fn accept_clock(&self) {
        if let Some(look) = self.look() {
            self.guard.lock().unwrap_or_else(PoisonError::into_inner).accept(look);
        }
    }

    fn look(&self) -> Option<Look> {
        self.clock.steady_ms().map(|steady| Look { now: self.clock.now_ms(), steady })
    }

    /// The time for the next cosignature of a log: now, where the clock is believed, but never before the last. After a
    /// jump that got in, the time of the last is used until the world has caught up.
    fn time_after(&self, last: Option<&Record>) -> Result<u64, WitnessRefusal> {
        if let Some(look) = self.look() {
            // The newest of all logs: what was dated for one bounds the others.
            let dated = self.standing().filter_map(|(_, shown)| shown.map(|(_, time)| time)).max();
            let dated = dated.map(|time| i64::try_from(time).unwrap_or(i64::MAX).saturating_mul(1000));
            let mut guard = self.guard.lock().unwrap_or_else(PoisonError::into_inner);
            guard.read(look, dated).map_err(|jump| {
                tracing::error!(%jump, "clock-jumped: nothing is cosigned until the clock is right");
                WitnessRefusal::ClockJumped(jump)
            })?;
        }
        let (now, last) = (self.clock.now_s(), last.map_or(1, |record| record.timestamp));
        if now.saturating_add(CLOCK_TOLERANCE) < last {
            tracing::warn!(now, last, "the clock is behind the last cosignature, whose time is used again");
        }
        Ok(now.max(last))
    }

    fn cosign(&self, mut checkpoint: SignedCheckpoint, timestamp: u64) -> Result<Record, WitnessRefusal> {
        let failed =
            |error: &dyn fmt::Display| WitnessRefusal::NotStored(self.folder.stop(&error.to_string()));
        let line = self.cosigner.cosign(&checkpoint, timestamp).map_err(|error| failed(&error))?;
        // Adding verifies: a line that does not would be found by others instead.
        checkpoint.add_cosignature(line.clone(), self.vkey()).map_err(|error| failed(&error))?;
        Ok(Record::new(&checkpoint, line, timestamp))
    }
}

impl fmt::Debug for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Witness")
            .field("vkey", self.vkey())
            .field("logs", &self.logs.len())
            .finish_non_exhaustive()
    }
}

/// A checkpoint that a witness cosigned, and that the keys whose turn it was have not signed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Astray {
    /// Name of the log.
    pub origin: String,
    /// Size of the tree, in leaves.
    pub size: u64,
    /// The signature that is missing under the checkpoint.
    pub why: CheckpointError,
}

impl Astray {
    fn report(&self) {
        tracing::error!(
            origin = self.origin,
            size = self.size,
            code = self.why.code(),
            "{}. If the log is refused with 409 or 422 from now on, a thief led this witness astray: see docs/operations.md, \
             A witness that was led astray",
            self.why
        );
    }
}

/// Refuses keys that cannot be those of one log.
fn check_keys(keys: &KeySchedule, witness: &VKey) -> Result<(), StateError> {
    for key in keys.keys() {
        let refuse = |why| Err(StateError::LogKey { key: Box::new(key.clone()), why });
        if key.key_type() != KeyType::Ed25519 {
            return refuse("it is not of type 0x01, the type that signs checkpoints");
        }
        if key.public_key() == witness.public_key() {
            return refuse("it is the key of this witness");
        }
        if key.name() != keys.origin() {
            return refuse("it bears the name of another log than the keys beside it");
        }
    }
    Ok(())
}

/// Checks that the checkpoint is one step on from the one cosigned last.
fn check_step(
    request: &AddCheckpoint,
    checkpoint: &SignedCheckpoint,
    last: Option<&Record>,
) -> Result<(), WitnessRefusal> {
    let (size, root) =
        last.map_or((0, EMPTY_ROOT), |record| (record.checkpoint.size(), *record.checkpoint.root()));
    let forked = checkpoint.size() == size && *checkpoint.root() != root;
    if forked && let Some(record) = last {
        // Two checkpoints of one size, both signed by the log: whoever holds them can show that it forked.
        tracing::error!(
            origin = checkpoint.origin(), cosigned = %record.note, refused = %checkpoint,
            "the log has signed two trees of one size"
        );
    }
    if request.old_size() != size {
        return Err(WitnessRefusal::Stale { size });
    }
    if forked {
        return Err(WitnessRefusal::AnotherRoot { size });
    }
    verify_consistency(size, &root, checkpoint.size(), checkpoint.root(), request.proof())
        .map_err(WitnessRefusal::Inconsistent)
}
