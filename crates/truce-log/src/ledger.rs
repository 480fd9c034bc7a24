//! Reading a ledger: entries, statements by id, lists by index, proofs. No write path: the handle it holds cannot
//! write.

use crate::error::LogError;
use crate::folder::Folder;
use crate::index;
use crate::signers::key_schedule;
use crate::state;
use crate::tree::{self, Proof, StoreTiles};
use std::collections::BTreeSet;
use std::ops::{ControlFlow, Range};
use std::path::Path;
use truce_register::{Fact, Recorded, Register};
use truce_statement::{Entry, Kind, PartyId, RootHash, Statement, StatementId};
use truce_store::{RocksReader, ScanRange, Space, StoreError, StoreRead};
use truce_tlog::{EdgeTiles, Note, SignedCheckpoint};

/// A ledger opened for reading, as it was committed when it was opened. Other processes may go on writing.
pub struct Ledger<S = RocksReader> {
    store: S,
    register: Register,
    edge: EdgeTiles,
    checkpoint: Option<SignedCheckpoint>,
}

/// Conditions for entries to be listed, joined by "and"; an empty filter is every entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Signed by this party.
    pub party: Option<PartyId>,
    /// Its kind is this one.
    pub kind: Option<Kind>,
    /// In this zone of the charter.
    pub zone: Option<String>,
    /// Telling of an event in this interval, milliseconds UTC, the end not included.
    pub time: Option<Range<i64>>,
    /// Referring to this statement.
    pub refers_to: Option<StatementId>,
}

impl Ledger<RocksReader> {
    /// Opens the ledger in `folder`, whatever its size, in the same time.
    ///
    /// # Errors
    /// When the store is missing, altered, or behind its own signature.
    pub fn open(folder: &Path) -> Result<Self, LogError> {
        let folder = Folder::new(folder);
        let ledger = Self::over(RocksReader::open(folder.store())?)?;
        if let Some(copy) = folder.read_checkpoint()? {
            ledger.stands_behind(&copy)?;
        }
        Ok(ledger)
    }
}

impl<S: StoreRead> Ledger<S> {
    /// Reads through any store.
    pub fn over(store: S) -> Result<Self, LogError> {
        let Opened { register, edge } = open_state(&store)?;
        let mut ledger = Self { store, register, edge, checkpoint: None };
        if let Some(stored) = ledger.store.checkpoint()? {
            ledger.checkpoint = Some(ledger.stands_behind(&stored.note)?);
        }
        Ok(ledger)
    }

    /// The register over all entries.
    #[must_use]
    pub fn register(&self) -> &Register {
        &self.register
    }

    /// Number of entries.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.register.size()
    }

    /// The last signed checkpoint.
    #[must_use]
    pub fn checkpoint(&self) -> Option<&SignedCheckpoint> {
        self.checkpoint.as_ref()
    }

    /// The store read from.
    #[must_use]
    pub fn store(&self) -> &S {
        &self.store
    }

    /// The bytes of an entry.
    pub fn entry(&self, position: u64) -> Result<Option<Vec<u8>>, LogError> {
        Ok(self.store.entry(position)?)
    }

    /// The record of a statement: its position, and what later statements need to know of it.
    pub fn find(&self, id: &StatementId) -> Result<Option<Recorded>, LogError> {
        recorded(&self.store, id)
    }

    /// The statement that corrected or retracted this one.
    pub fn superseded_by(&self, id: &StatementId) -> Result<Option<StatementId>, LogError> {
        let fact = self.store.get(Space::Facts, &Fact::Superseded(*id).key())?;
        Ok(fact.and_then(|bytes| bytes.try_into().ok()).map(StatementId::from_bytes))
    }

    /// Root over the first `size` entries.
    pub fn root_at(&self, size: u64) -> Result<RootHash, LogError> {
        tree::root_at(&StoreTiles(&self.store), &self.edge, size)
    }

    /// Positions of the entries that match, in order.
    pub fn list(&self, filter: &Filter) -> Result<Vec<u64>, LogError> {
        let terms = [
            filter.party.as_ref().map(index::by_party),
            filter.kind.map(index::by_kind),
            filter.zone.as_deref().map(index::in_zone),
            filter.refers_to.as_ref().map(index::referring_to),
        ];
        let time = filter.time.as_ref();
        let time = time.map(|t| ScanRange::between(&index::at_time(t.start), &index::at_time(t.end)));
        let ranges = terms.iter().flatten().map(|term| ScanRange::prefix(term)).chain(time);
        let sets = ranges.map(|range| self.positions(&range)).collect::<Result<Vec<_>, _>>()?;
        let all = sets.into_iter().reduce(|a, b| a.intersection(&b).copied().collect());
        Ok(all.map_or_else(|| (0..self.size()).collect(), |set| set.into_iter().collect()))
    }

    /// Proof that the entry at `position` is under the last checkpoint.
    pub fn prove(&self, position: u64) -> Result<Proof, LogError> {
        prove(&self.store, &self.edge, self.checkpoint.as_ref(), position)
    }

    /// The right edge of the tree over all entries.
    #[must_use]
    pub fn edge(&self) -> &EdgeTiles {
        &self.edge
    }

    fn positions(&self, range: &ScanRange) -> Result<BTreeSet<u64>, LogError> {
        let mut found = BTreeSet::new();
        self.store.scan(Space::By, range, &mut |key, gaps| {
            found.extend(index::positions(key, gaps));
            ControlFlow::Continue(())
        })?;
        Ok(found)
    }

    fn stands_behind(&self, note: &[u8]) -> Result<SignedCheckpoint, LogError> {
        stands_behind(&self.store, &self.register, &self.edge, note)
    }
}

/// State of a log in its store, each part checked against the others.
pub(crate) struct Opened {
    pub(crate) register: Register,
    pub(crate) edge: EdgeTiles,
}

/// Reads the register and the edge of the tree. Constant time: at most 255 entries are read.
pub(crate) fn open_state<S: StoreRead + ?Sized>(store: &S) -> Result<Opened, LogError> {
    let (size, applied) = (store.head()?.size, store.applied()?);
    if applied < size {
        return Err(StoreError::IndexBehind { applied, size }.into());
    }
    state_at(store, size)
}

/// As [`open_state`], over the first `size` entries: as many as the index accounts for.
pub(crate) fn state_at<S: StoreRead + ?Sized>(store: &S, size: u64) -> Result<Opened, LogError> {
    let register = state::restore(store)?;
    if register.size() != size {
        let what = format!("the store has {size} entries, its register stands at {}", register.size());
        return Err(LogError::altered(what));
    }
    let edge = tree::restore(store, size)?;
    if let Some(last) = size.checked_sub(1)
        && truce_tlog::leaf_hash(&entry(store, last)?).as_bytes() != register.head().as_bytes()
    {
        return Err(LogError::altered(format!("entry {last} is not the one the register ends with")));
    }
    Ok(Opened { register, edge })
}

/// The record of a statement in `store`.
pub(crate) fn recorded<S: StoreRead + ?Sized>(
    store: &S,
    id: &StatementId,
) -> Result<Option<Recorded>, LogError> {
    let fact = store.get(Space::Facts, &Fact::Statement(*id).key())?;
    Ok(fact.as_deref().and_then(Recorded::decode))
}

/// The entry at a position that the store says is taken.
pub(crate) fn entry<S: StoreRead + ?Sized>(store: &S, position: u64) -> Result<Vec<u8>, LogError> {
    store.entry(position)?.ok_or_else(|| LogError::altered(format!("entry {position} is missing")))
}

/// The statement at a position that the store says is taken.
pub(crate) fn statement<S: StoreRead + ?Sized>(store: &S, position: u64) -> Result<Statement, LogError> {
    let altered = |e: &dyn std::fmt::Display| LogError::altered(format!("entry {position}: {e}"));
    let bytes = entry(store, position)?;
    let entry = Entry::parse(&bytes).map_err(|e| altered(&e))?;
    Statement::parse(entry.statement).map_err(|e| altered(&e))
}

/// Proof that the entry at `position` is under `checkpoint`, whose tree has this `edge`.
pub(crate) fn prove<S: StoreRead + ?Sized>(
    store: &S,
    edge: &EdgeTiles,
    checkpoint: Option<&SignedCheckpoint>,
    position: u64,
) -> Result<Proof, LogError> {
    let checkpoint = checkpoint.ok_or(LogError::NoCheckpoint)?;
    let size = checkpoint.size();
    let entry = if position < size { store.entry(position)? } else { None };
    let entry = entry.ok_or(LogError::NoSuchEntry { position, size })?;
    let path = tree::inclusion(&StoreTiles(store), edge, position, size)?;
    Ok(Proof { index: position, entry, path, checkpoint: checkpoint.note().clone() })
}

/// Checks that the store holds the tree that `note`, a checkpoint signed by this log with the keys of its size, was signed
/// for.
pub(crate) fn stands_behind<S: StoreRead + ?Sized>(
    store: &S,
    register: &Register,
    edge: &EdgeTiles,
    note: &[u8],
) -> Result<SignedCheckpoint, LogError> {
    let keys = key_schedule(register)?;
    let kept =
        |e: &dyn std::fmt::Display| LogError::altered(format!("the checkpoint kept beside the log: {e}"));
    let note = Note::parse(note).map_err(|e| kept(&e))?;
    let checkpoint = keys.open(&note, &[]).map_err(|e| kept(&e))?;
    let (size, signed) = (register.size(), checkpoint.size());
    if signed > size {
        return Err(LogError::BehindItsSignature { size, signed });
    }
    let root = tree::root_at(&StoreTiles(store), edge, signed)?;
    if root.as_bytes() != checkpoint.root().as_bytes() {
        return Err(LogError::NotTheSignedTree {
            size: signed,
            found: root.to_string(),
            signed: hex::encode(checkpoint.root().as_bytes()),
        });
    }
    Ok(checkpoint)
}
