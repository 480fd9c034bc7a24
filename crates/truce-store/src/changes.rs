//! Derived writes that go with a batch: puts and deletes in named spaces, in one flat buffer.

/// The named spaces of an index. Keys are ordered bytewise within each.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Space {
    /// Tiles of the published log; the key is the C2SP tlog-tiles path. A path once written never
    /// changes its bytes; it may be deleted (a partial tile after the full one).
    Tiles,
    /// Keyed facts of the register.
    Facts,
    /// Secondary indexes: terms and where they occur.
    By,
    /// Small things overwritten with every batch: the register's snapshot, the edge of the tree.
    State,
    /// Rows of whoever shows the log: lists, counters. A store made before there was this space has none, and takes none.
    Views,
    /// Refused statements kept as evidence. Not derived from the log: [`clear`] leaves them.
    ///
    /// [`clear`]: crate::IndexStore::clear
    Forks,
}

impl Space {
    /// Every space, in a fixed order.
    pub const ALL: [Self; 6] = [Self::Tiles, Self::Facts, Self::By, Self::State, Self::Views, Self::Forks];

    /// Spaces that follow from the entries and are rebuilt from them. Tiles do too, but the world may have read them.
    pub(crate) const DERIVED: [Self; 4] = [Self::Facts, Self::By, Self::State, Self::Views];

    /// The name of the space, as engines and messages use it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tiles => "tiles",
            Self::Facts => "facts",
            Self::By => "by",
            Self::State => "state",
            Self::Views => "views",
            Self::Forks => "forks",
        }
    }
}

/// One write in a [`Changes`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Change<'a> {
    /// Space that it goes to.
    pub space: Space,
    /// Its key.
    pub key: &'a [u8],
    /// The value put, or `None` for a delete.
    pub value: Option<&'a [u8]>,
}

/// A list of writes applied together, in order: of two writes to one key the later wins.
///
/// Keys and values are copied into one buffer, so that building a list of thousands of small writes
/// costs two allocations; [`clear`](Self::clear) keeps them for the next batch.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    bytes: Vec<u8>,
    writes: Vec<Write>,
}

/// Invariant: `start..start + key` and, for a put, the `value` bytes after it lie within `bytes`.
#[derive(Clone, Copy, Debug)]
struct Write {
    start: usize,
    key: u32,
    /// Length of the value; `u32::MAX` marks a delete.
    value: u32,
    space: Space,
}

const DELETE: u32 = u32::MAX;

impl Changes {
    /// An empty list.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty list with room for `writes` writes of `bytes` bytes of keys and values in total.
    #[must_use]
    pub fn with_capacity(writes: usize, bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes), writes: Vec::with_capacity(writes) }
    }

    /// Puts `value` under `key`, replacing what was there.
    ///
    /// # Panics
    /// If the key or the value is 4 GiB or longer.
    pub fn put(&mut self, space: Space, key: &[u8], value: &[u8]) {
        let write = Write { start: self.bytes.len(), key: length(key), value: length(value), space };
        self.bytes.extend_from_slice(key);
        self.bytes.extend_from_slice(value);
        self.writes.push(write);
    }

    /// Puts `key` in [`Space::By`] without a value.
    ///
    /// # Panics
    /// If the key is 4 GiB or longer.
    pub fn mark(&mut self, key: &[u8]) {
        self.put(Space::By, key, &[]);
    }

    /// Removes `key`; nothing happens if it is not there.
    ///
    /// # Panics
    /// If the key is 4 GiB or longer.
    pub fn delete(&mut self, space: Space, key: &[u8]) {
        let write = Write { start: self.bytes.len(), key: length(key), value: DELETE, space };
        self.bytes.extend_from_slice(key);
        self.writes.push(write);
    }

    /// Adds all writes of `other` after those of this list.
    pub fn extend(&mut self, other: &Self) {
        let shift = self.bytes.len();
        self.bytes.extend_from_slice(&other.bytes);
        self.writes.extend(other.writes.iter().map(|write| Write { start: write.start + shift, ..*write }));
    }

    /// Forgets the writes and keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.writes.clear();
    }

    /// The number of writes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.writes.len()
    }

    /// True where there is no write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    /// The bytes of all keys and values together.
    #[must_use]
    pub fn byte_len(&self) -> usize {
        self.bytes.len()
    }

    /// The writes, in the order they were made.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Change<'_>> + '_ {
        self.writes.iter().map(|write| self.change(write))
    }

    fn change(&self, write: &Write) -> Change<'_> {
        let tail = self.bytes.get(write.start..).unwrap_or_default();
        let (key, rest) = tail.split_at_checked(write.key as usize).unwrap_or_default();
        let value = if write.value == DELETE { None } else { rest.get(..write.value as usize) };
        Change { space: write.space, key, value }
    }
}

fn length(bytes: &[u8]) -> u32 {
    match u32::try_from(bytes.len()) {
        Ok(len) if len != DELETE => len,
        _ => panic!("a key or value of {} bytes: the limit is 4 GiB", bytes.len()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use super::*;

    #[test]
    fn writes_come_back_in_order() {
        let mut changes = Changes::new();
        changes.put(Space::Facts, b"key", b"value");
        changes.mark(b"by");
        changes.delete(Space::State, b"old");
        changes.put(Space::State, b"", b"");
        let mut twice = changes.clone();
        twice.extend(&changes);
        let one: Vec<_> = changes.iter().collect();
        assert_eq!(one[0], Change { space: Space::Facts, key: b"key", value: Some(b"value") });
        assert_eq!(one[1], Change { space: Space::By, key: b"by", value: Some(b"") });
        assert_eq!(one[2], Change { space: Space::State, key: b"old", value: None });
        assert_eq!(one[3], Change { space: Space::State, key: b"", value: Some(b"") });
        let two: Vec<_> = twice.iter().collect();
        assert_eq!(two[..4], one[..]);
        assert_eq!(two[4..], one[..]);
        assert_eq!((changes.len(), changes.byte_len()), (4, 13));
        changes.clear();
        assert!(changes.is_empty());
    }
}
