//! The right edge of a growing tree: its size and the roots of its perfect subtrees.
//!
//! A tree of `n` leaves splits into one perfect subtree for each set bit of `n`, the largest first. These
//! roots (peaks) are all that is needed to append and to compute the root (RFC 6962 section 2.1).

use thiserror::Error;

use crate::hash::{EMPTY_ROOT, Hash, node_hash};

/// The largest tree size that is accepted from outside: 2^63 − 1, so that any signed 64-bit reader agrees.
pub const MAX_TREE_SIZE: u64 = i64::MAX as u64;

/// An append-only tree reduced to its peaks: at most 63 hashes.
///
/// Invariant: `peaks.len() == size.count_ones()`, largest subtree first.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct CompactRange {
    size: u64,
    peaks: Vec<Hash>,
}

impl CompactRange {
    /// The tree without leaves.
    #[must_use]
    pub const fn new() -> Self {
        Self { size: 0, peaks: Vec::new() }
    }

    /// Takes up a tree where it was left: `peaks` are what [`CompactRange::peaks`] gave at `size` leaves.
    ///
    /// The count of peaks is checked; their truth is not, so compare [`CompactRange::root`] with a root that is.
    pub fn from_peaks(size: u64, peaks: Vec<Hash>) -> Result<Self, RangeError> {
        if size > MAX_TREE_SIZE {
            return Err(RangeError::TooLarge { size });
        }
        let expected = size.count_ones();
        if u32::try_from(peaks.len()) != Ok(expected) {
            return Err(RangeError::PeakCount { size, expected, found: peaks.len() });
        }
        Ok(Self { size, peaks })
    }

    /// Number of leaves.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Roots of the perfect subtrees, one for each set bit of the size, the largest first.
    #[must_use]
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// Appends a leaf: one or two node hashes on average.
    pub fn push(&mut self, leaf: Hash) {
        self.push_with(leaf, |_, _| {});
    }

    /// Appends a leaf and reports each perfect subtree this completes as (binary level, root), the leaf first.
    pub(crate) fn push_with(&mut self, leaf: Hash, mut completed: impl FnMut(u8, Hash)) {
        let mut root = leaf;
        let mut level: u8 = 0;
        completed(level, root);
        // The trailing set bits of the size are the subtrees the new one merges with.
        for _ in 0..self.size.trailing_ones() {
            let Some(left) = self.peaks.pop() else { break };
            root = node_hash(&left, &root);
            level += 1;
            completed(level, root);
        }
        self.peaks.push(root);
        // Sizes from outside end at 2^63 - 1 and pushes count by one: u64 is never exhausted.
        self.size += 1;
    }

    /// Merkle tree hash of all leaves so far (RFC 6962 section 2.1); [`EMPTY_ROOT`] without any.
    #[must_use]
    pub fn root(&self) -> Hash {
        fold_peaks(&self.peaks)
    }
}

/// Joins perfect subtrees, the largest first, into the hash of the whole.
pub(crate) fn fold_peaks(peaks: &[Hash]) -> Hash {
    let mut from_right = peaks.iter().rev();
    let Some(&smallest) = from_right.next() else { return EMPTY_ROOT };
    from_right.fold(smallest, |right, left| node_hash(left, &right))
}

/// Reasons for which a stored right edge is refused.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum RangeError {
    /// The size is beyond [`MAX_TREE_SIZE`].
    #[error("a tree size of {size} exceeds the limit of {MAX_TREE_SIZE}")]
    TooLarge {
        /// The size given.
        size: u64,
    },
    /// The number of peaks does not fit the size.
    #[error("a tree of size {size} has {expected} peaks, but {found} were given")]
    PeakCount {
        /// The size given.
        size: u64,
        /// Set bits of the size.
        expected: u32,
        /// Peaks given.
        found: usize,
    },
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::hash::leaf_hash;

    #[test]
    fn restored_ranges_continue_alike() {
        let mut straight = CompactRange::new();
        assert_eq!(straight.root(), EMPTY_ROOT);
        for n in 0u32..300 {
            let mut restored = CompactRange::from_peaks(straight.size(), straight.peaks().to_vec()).unwrap();
            let leaf = leaf_hash(&n.to_be_bytes());
            straight.push(leaf);
            restored.push(leaf);
            assert_eq!(restored, straight);
            assert_eq!(straight.peaks().len(), straight.size().count_ones() as usize);
        }
    }

    #[test]
    fn a_wrong_edge_is_refused() {
        let peak = leaf_hash(b"");
        assert_eq!(
            CompactRange::from_peaks(3, vec![peak]),
            Err(RangeError::PeakCount { size: 3, expected: 2, found: 1 })
        );
        assert!(CompactRange::from_peaks(0, vec![peak]).is_err());
        assert!(CompactRange::from_peaks(MAX_TREE_SIZE, vec![peak; 63]).is_ok());
        assert_eq!(
            CompactRange::from_peaks(MAX_TREE_SIZE + 1, vec![peak]),
            Err(RangeError::TooLarge { size: MAX_TREE_SIZE + 1 })
        );
    }

    #[test]
    fn a_push_at_the_largest_size_does_not_overflow() {
        let mut range = CompactRange::from_peaks(MAX_TREE_SIZE, vec![leaf_hash(b""); 63]).unwrap();
        range.push(leaf_hash(b""));
        range.push(leaf_hash(b""));
        assert_eq!((range.size(), range.peaks().len()), ((1 << 63) + 1, 2));
    }
}
