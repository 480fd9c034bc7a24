//! Ranges of keys that a scan visits, with a direction and a limit.

/// A range of keys in one space, a direction and a limit.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ScanRange {
    /// First key that may be visited (inclusive).
    from: Vec<u8>,
    /// First key beyond the range (exclusive); `None` is the end of the space.
    to: Option<Vec<u8>>,
    backward: bool,
    limit: usize,
}

impl ScanRange {
    /// Every key.
    #[must_use]
    pub const fn all() -> Self {
        Self { from: Vec::new(), to: None, backward: false, limit: usize::MAX }
    }

    /// Every key that begins with `prefix`.
    #[must_use]
    pub fn prefix(prefix: &[u8]) -> Self {
        Self { from: prefix.to_vec(), to: successor(prefix), ..Self::all() }
    }

    /// The keys from `from` (inclusive) to `to` (exclusive).
    #[must_use]
    pub fn between(from: &[u8], to: &[u8]) -> Self {
        Self { from: from.to_vec(), to: Some(to.to_vec()), ..Self::all() }
    }

    /// The keys from `from` (inclusive) to the end of the space.
    #[must_use]
    pub fn from(from: &[u8]) -> Self {
        Self { from: from.to_vec(), ..Self::all() }
    }

    /// From the last key to the first. Call it before [`after`](Self::after).
    #[must_use]
    pub const fn backward(mut self) -> Self {
        self.backward = true;
        self
    }

    /// At most `limit` keys.
    #[must_use]
    pub const fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// Only the keys that come after `key` in the direction of the scan: the next page.
    #[must_use]
    pub fn after(mut self, key: &[u8]) -> Self {
        if self.backward {
            if self.to.as_deref().is_none_or(|to| key < to) {
                self.to = Some(key.to_vec());
            }
        } else {
            let mut next = key.to_vec();
            next.push(0);
            if next > self.from {
                self.from = next;
            }
        }
        self
    }

    /// First key of the range, inclusive.
    #[must_use]
    pub fn lower(&self) -> &[u8] {
        &self.from
    }

    /// First key beyond the range; `None` is the end of the space.
    #[must_use]
    pub fn upper(&self) -> Option<&[u8]> {
        self.to.as_deref()
    }

    /// True where the scan runs from the last key to the first.
    #[must_use]
    pub const fn is_backward(&self) -> bool {
        self.backward
    }

    /// The most keys the scan visits.
    #[must_use]
    pub const fn max(&self) -> usize {
        self.limit
    }

    /// True where no key can be in the range.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.limit == 0 || self.to.as_ref().is_some_and(|to| *to <= self.from)
    }
}

/// The first key after every key that begins with `prefix`; `None` if there is none.
fn successor(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|byte| *byte != 0xff)?;
    let mut next = prefix.get(..=last)?.to_vec();
    *next.last_mut()? += 1;
    Some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_successor_of_a_prefix_ends_it() {
        assert_eq!(successor(b"ab"), Some(b"ac".to_vec()));
        assert_eq!(successor(b"a\xff\xff"), Some(b"b".to_vec()));
        assert_eq!(successor(b"\xff"), None);
        assert_eq!(successor(b""), None);
    }

    #[test]
    fn paging_never_widens_the_range() {
        let range = ScanRange::prefix(b"b");
        assert_eq!(range.clone().after(b"a"), range);
        assert_eq!(range.clone().after(b"b1").lower(), b"b1\0");
        let back = range.backward();
        assert_eq!(back.clone().after(b"z"), back);
        assert_eq!(back.clone().after(b"b1").upper(), Some(&b"b1"[..]));
        assert!(back.after(b"a").is_empty());
    }
}
