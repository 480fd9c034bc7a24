//! Entries put together to be written at once: each is admitted behind those before it, and nothing of them is visible
//! before the batch is durable. The depositary decides with it what it takes, a follower whether what it was given is
//! what the rules allow.

use crate::error::LogError;
use crate::index;
use crate::receipt::Placed;
use crate::state;
use crate::tree::{self, StoreTiles};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use truce_register::{Admission, Misfit, Part, Recall, Register, Step};
use truce_replay::{Examined, Unfit};
use truce_statement::{Entry, EntryHash, KeyId, RootHash, Signed};
use truce_store::{Batch, BatchId, Changes, Space, StoreRead};
use truce_tlog::{EdgeTiles, FullTile, Hash, TileCoord, TileReader, leaf_hash};

/// A batch being put together behind the entries of a store.
#[derive(Debug)]
pub struct Group {
    /// Size of the log before it.
    first: u64,
    register: Register,
    edge: EdgeTiles,
    entries: Vec<Vec<u8>>,
    hashes: Vec<Hash>,
    postings: index::Postings,
    /// Facts that this batch writes; the statements behind are judged by them.
    facts: BTreeMap<Vec<u8>, Vec<u8>>,
    /// Parts of the register that it changes.
    parts: BTreeSet<Part>,
    full: Vec<FullTile>,
}

/// A group put together: everything to write, and everything that holds once it is written.
#[derive(Debug)]
pub struct Written {
    /// Entries and everything derived from them, for [`truce_store::LogStore::append`].
    pub batch: Batch,
    /// Leaf hash of each entry, in order.
    pub hashes: Vec<Hash>,
    /// Keys that the entries have changed in the register.
    pub keys: Vec<KeyId>,
    /// The register behind the last entry.
    pub register: Register,
    /// The edge of the tree behind the last entry.
    pub edge: EdgeTiles,
}

impl Group {
    /// An empty group behind the entries that made `register` and `edge`.
    #[must_use]
    pub fn behind(register: &Register, edge: &EdgeTiles) -> Self {
        Self {
            first: register.size(),
            register: register.clone(),
            edge: edge.clone(),
            entries: Vec::new(),
            hashes: Vec::new(),
            postings: index::Postings::default(),
            facts: BTreeMap::new(),
            parts: BTreeSet::new(),
            full: Vec::new(),
        }
    }

    /// The register behind the last entry of the group.
    #[must_use]
    pub fn register(&self) -> &Register {
        &self.register
    }

    /// The edge of the tree behind the last entry of the group.
    #[must_use]
    pub fn edge(&self) -> &EdgeTiles {
        &self.edge
    }

    /// Tells whether no statement has a place in it yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Bytes of an entry of this group; `None` for any other position.
    #[must_use]
    pub fn entry(&self, position: u64) -> Option<&[u8]> {
        let at = usize::try_from(position.checked_sub(self.first)?).ok()?;
        self.entries.get(at).map(Vec::as_slice)
    }

    /// Decides about `signed`, received at `received` (milliseconds UTC), behind the entries of the group.
    ///
    /// # Errors
    /// Those of [`Register::admit`].
    pub fn weigh<S: StoreRead + ?Sized>(
        &self,
        signed: &Signed,
        received: i64,
        store: &S,
    ) -> Result<Admission, Misfit<LogError>> {
        self.register.admit(signed, received, &self.over(store))
    }

    /// Gives `signed` of a log that is read, received at `received` (milliseconds UTC), the next place, if the rules allow
    /// it.
    ///
    /// # Errors
    /// Those of [`Register::step`]; the group is as it was before.
    pub fn admit<S: StoreRead + ?Sized>(
        &mut self,
        signed: &Signed,
        received: i64,
        store: &S,
    ) -> Result<Placed, Misfit<LogError>> {
        let step = self.register.step(signed, received, &self.over(store))?;
        Ok(self.place(signed, step))
    }

    /// Admits one entry of a log that is read, with the time and the chain that it has.
    pub(crate) fn take<S: StoreRead + ?Sized>(
        &mut self,
        entry: Examined<()>,
        store: &S,
    ) -> Result<(), Unfit<LogError>> {
        let (leaf, received) = (entry.leaf(), entry.received());
        let (signed, ()) = entry.verified(&self.register)?;
        if self.admit(&signed, received, store)?.entry.as_bytes() == leaf.as_bytes() {
            return Ok(());
        }
        Err(Unfit::Malformed("it has another form than that of the format".into()))
    }

    /// Gives `signed` its place; `step` is what weighing it last came to.
    pub fn place(&mut self, signed: &Signed, step: Step) -> Placed {
        let (position, received, prev) = (step.position(), step.received(), self.register.head());
        let entry = Entry { prev, received, statement: signed.bytes() }.encode();
        let hash = leaf_hash(&entry);
        let entry_hash = EntryHash::from_bytes(hash.to_bytes());
        self.register.apply(&step, entry_hash);
        self.full.extend(self.edge.push(hash));
        self.parts.extend(step.parts());
        self.facts.extend(step.into_facts().into_iter().map(|fact| (fact.key, fact.value)));
        self.postings.add(signed, position);
        self.entries.push(entry);
        self.hashes.push(hash);
        Placed { statement: signed.id(), position, received, prev, entry: entry_hash, duplicate: false }
    }

    /// Facts and tree as they stand behind the group, over those in `store`.
    pub fn over<'a, S: StoreRead + ?Sized>(&'a self, store: &'a S) -> Overlay<'a, S> {
        Overlay { group: self, store }
    }

    /// Everything to write.
    #[must_use]
    pub fn finish(self) -> Written {
        let Self { first: _, register, edge, entries, hashes, postings, facts, parts, full } = self;
        let bytes = facts.iter().map(|(key, value)| key.len() + value.len()).sum::<usize>();
        let mut derived = Changes::with_capacity(3 * facts.len() + 16, 4 * bytes + (1 << 14));
        tree::keep(&mut derived, &edge, &full);
        let keys = parts.iter().copied().filter_map(Part::key).collect();
        state::keep(&mut derived, &register, parts);
        for (key, value) in &facts {
            derived.put(Space::Facts, key, value);
        }
        postings.write(&mut derived);
        let batch = Batch { id: BatchId(*register.head().as_bytes()), entries, derived };
        Written { batch, hashes, keys, register, edge }
    }
}

/// Facts and tiles behind the statements already in a group.
#[derive(Debug)]
pub struct Overlay<'a, S: ?Sized> {
    group: &'a Group,
    store: &'a S,
}

impl<S: StoreRead + ?Sized> Recall for Overlay<'_, S> {
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

impl<S: StoreRead + ?Sized> TileReader for Overlay<'_, S> {
    type Error = LogError;

    fn tile(&self, coord: TileCoord) -> Result<Cow<'_, [u8]>, LogError> {
        match self.group.full.iter().find(|tile| tile.coord == coord.full()) {
            Some(tile) => Ok(Cow::Borrowed(&tile.bytes)),
            None => StoreTiles(self.store).tile(coord).map(|tile| Cow::Owned(tile.into_owned())),
        }
    }
}
