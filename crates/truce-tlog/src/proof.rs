//! Inclusion and consistency proofs: made as RFC 6962 sections 2.1.1 and 2.1.2 define them, checked as
//! RFC 9162 sections 2.1.3.2 and 2.1.4.2 do.

use thiserror::Error;

use crate::hash::{EMPTY_ROOT, Hash, node_hash};
use crate::range::{MAX_TREE_SIZE, fold_peaks};

/// The most hashes a proof may hold (`c2sp.org/tlog-witness`: 0 to 63 proof lines).
pub const MAX_PROOF_HASHES: usize = 63;

/// A source of the hashes that proofs are made of.
pub trait HashSource {
    /// Error of looking a hash up.
    type Error;

    /// Root of the perfect subtree over leaves `index·2^level .. (index + 1)·2^level`; `level` 0 is the leaves.
    fn node(&self, level: u8, index: u64) -> Result<Hash, Self::Error>;
}

impl<S: HashSource + ?Sized> HashSource for &S {
    type Error = S::Error;

    fn node(&self, level: u8, index: u64) -> Result<Hash, S::Error> {
        (**self).node(level, index)
    }
}

/// Merkle tree hash of the first `size` leaves (RFC 6962 section 2.1).
pub fn tree_root<S: HashSource>(source: &S, size: u64) -> Result<Hash, GenerateError<S::Error>> {
    check_size(size)?;
    span_root(source, 0, size).map_err(GenerateError::Source)
}

/// The path from leaf `index` to the root of the first `size` leaves, leaf's sibling first (RFC 6962 section 2.1.1).
pub fn inclusion_proof<S: HashSource>(
    source: &S,
    index: u64,
    size: u64,
) -> Result<Vec<Hash>, GenerateError<S::Error>> {
    check_size(size)?;
    if index >= size {
        return Err(GenerateError::IndexOutOfRange { index, size });
    }
    // Descend from the root; at each split the half without the leaf is a path element.
    let (mut start, mut end) = (0, size);
    let mut path = Vec::new();
    while end - start > 1 {
        let middle = start + split(end - start);
        let sibling = if index < middle {
            let sibling = (middle, end);
            end = middle;
            sibling
        } else {
            let sibling = (start, middle);
            start = middle;
            sibling
        };
        path.push(span_root(source, sibling.0, sibling.1).map_err(GenerateError::Source)?);
    }
    path.reverse();
    Ok(path)
}

/// The proof that the first `size1` leaves are a prefix of the first `size2` (RFC 6962 section 2.1.2).
///
/// Empty when the sizes are equal or `size1` is 0 (`c2sp.org/tlog-witness`).
pub fn consistency_proof<S: HashSource>(
    source: &S,
    size1: u64,
    size2: u64,
) -> Result<Vec<Hash>, GenerateError<S::Error>> {
    check_size(size2)?;
    if size1 > size2 {
        return Err(GenerateError::SizesReversed { size1, size2 });
    }
    let mut path = Vec::new();
    if size1 == 0 || size1 == size2 {
        return Ok(path);
    }
    let (mut start, mut end) = (0, size2);
    while end != size1 {
        let middle = start + split(end - start);
        let sibling = if size1 <= middle {
            let sibling = (middle, end);
            end = middle;
            sibling
        } else {
            let sibling = (start, middle);
            start = middle;
            sibling
        };
        path.push(span_root(source, sibling.0, sibling.1).map_err(GenerateError::Source)?);
    }
    // With `start` at 0 the remaining subtree is the old tree itself, whose root the verifier has.
    if start > 0 {
        path.push(span_root(source, start, end).map_err(GenerateError::Source)?);
    }
    path.reverse();
    Ok(path)
}

/// Checks that `leaf` is leaf `index` of the tree of `size` leaves with `root` (RFC 9162 section 2.1.3.2).
pub fn verify_inclusion(
    index: u64,
    size: u64,
    leaf: &Hash,
    path: &[Hash],
    root: &Hash,
) -> Result<(), ProofError> {
    check_bounds(size, path)?;
    if index >= size {
        return Err(ProofError::IndexOutOfRange { index, size });
    }
    let mut node = index;
    let mut last = size - 1;
    let mut computed = *leaf;
    for (used, sibling) in path.iter().enumerate() {
        if last == 0 {
            return Err(ProofError::TooManyHashes { used, found: path.len() });
        }
        if node & 1 == 1 || node == last {
            computed = node_hash(sibling, &computed);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            computed = node_hash(&computed, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(ProofError::TooFewHashes { found: path.len() });
    }
    if computed != *root {
        return Err(ProofError::RootMismatch { size, expected: *root, computed });
    }
    Ok(())
}

/// Checks that the tree of `size1` leaves with `root1` is a prefix of the tree of `size2` leaves with `root2`
/// (RFC 9162 section 2.1.4.2).
///
/// For equal sizes the roots must be equal and the path empty; the empty tree is a prefix of every tree, with
/// an empty path (`c2sp.org/tlog-witness`).
pub fn verify_consistency(
    size1: u64,
    root1: &Hash,
    size2: u64,
    root2: &Hash,
    path: &[Hash],
) -> Result<(), ProofError> {
    check_bounds(size2, path)?;
    if size1 > size2 {
        return Err(ProofError::SizesReversed { size1, size2 });
    }
    for (size, root) in [(size1, root1), (size2, root2)] {
        if size == 0 && *root != EMPTY_ROOT {
            return Err(ProofError::RootMismatch { size, expected: *root, computed: EMPTY_ROOT });
        }
    }
    if size1 == 0 || size1 == size2 {
        if !path.is_empty() {
            return Err(ProofError::TooManyHashes { used: 0, found: path.len() });
        }
        if size1 == size2 && root1 != root2 {
            return Err(ProofError::RootMismatch { size: size1, expected: *root2, computed: *root1 });
        }
        return Ok(());
    }

    let mut node = size1 - 1;
    let mut last = size2 - 1;
    // Climb to the largest subtree that ends where the old tree ends.
    let climbed = node.trailing_ones();
    node >>= climbed;
    last >>= climbed;
    // When that subtree is the whole old tree its root is known and is not in the path.
    let (seed, rest) = if size1.is_power_of_two() {
        (*root1, path)
    } else {
        let (first, rest) = path.split_first().ok_or(ProofError::TooFewHashes { found: 0 })?;
        (*first, rest)
    };
    let skipped = path.len() - rest.len();
    let (mut old, mut new) = (seed, seed);
    for (used, sibling) in rest.iter().enumerate() {
        if last == 0 {
            return Err(ProofError::TooManyHashes { used: used + skipped, found: path.len() });
        }
        if node & 1 == 1 || node == last {
            old = node_hash(sibling, &old);
            new = node_hash(sibling, &new);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            new = node_hash(&new, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(ProofError::TooFewHashes { found: path.len() });
    }
    if old != *root1 {
        return Err(ProofError::RootMismatch { size: size1, expected: *root1, computed: old });
    }
    if new != *root2 {
        return Err(ProofError::RootMismatch { size: size2, expected: *root2, computed: new });
    }
    Ok(())
}

/// The largest power of two smaller than `count`, for `count` of 2 or more (RFC 6962 section 2.1).
fn split(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}

/// Hash of leaves `start..end`, where `start` is a multiple of the largest power of two in the span, as every
/// span met in a descent from the root is.
fn span_root<S: HashSource>(source: &S, start: u64, end: u64) -> Result<Hash, S::Error> {
    let mut peaks = Vec::new();
    let mut at = start;
    while at < end {
        // `ilog2` of a u64 is at most 63, which fits any integer.
        #[allow(clippy::cast_possible_truncation)]
        let level = (end - at).ilog2() as u8;
        peaks.push(source.node(level, at >> level)?);
        at += 1 << level;
    }
    Ok(fold_peaks(&peaks))
}

fn check_size<E>(size: u64) -> Result<(), GenerateError<E>> {
    if size > MAX_TREE_SIZE { Err(GenerateError::TreeTooLarge { size }) } else { Ok(()) }
}

fn check_bounds(size: u64, path: &[Hash]) -> Result<(), ProofError> {
    if size > MAX_TREE_SIZE {
        return Err(ProofError::TreeTooLarge { size });
    }
    if path.len() > MAX_PROOF_HASHES {
        return Err(ProofError::PathTooLong { found: path.len() });
    }
    Ok(())
}

/// Reasons for which a proof cannot be made.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum GenerateError<E> {
    /// The source of hashes failed.
    #[error("a hash of the tree could not be read")]
    Source(#[source] E),
    /// The leaf is not in the tree.
    #[error("leaf {index} is not in a tree of size {size}")]
    IndexOutOfRange {
        /// Leaf asked for.
        index: u64,
        /// Size of the tree.
        size: u64,
    },
    /// The older tree is the larger one.
    #[error("a tree of size {size1} cannot be a prefix of one of size {size2}")]
    SizesReversed {
        /// Older size.
        size1: u64,
        /// Newer size.
        size2: u64,
    },
    /// The size is beyond [`MAX_TREE_SIZE`].
    #[error("a tree size of {size} exceeds the limit of {MAX_TREE_SIZE}")]
    TreeTooLarge {
        /// The size given.
        size: u64,
    },
}

/// Reasons for which a proof is not accepted.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum ProofError {
    /// More than [`MAX_PROOF_HASHES`].
    #[error("a proof holds {found} hashes, more than the limit of {MAX_PROOF_HASHES}")]
    PathTooLong {
        /// Hashes in the proof.
        found: usize,
    },
    /// The proof goes on above the root.
    #[error("a proof holds {found} hashes, but only {used} lead to the root")]
    TooManyHashes {
        /// Hashes that were needed.
        used: usize,
        /// Hashes in the proof.
        found: usize,
    },
    /// The proof ends below the root.
    #[error("a proof of {found} hashes ends before the root")]
    TooFewHashes {
        /// Hashes in the proof.
        found: usize,
    },
    /// The leaf is not in the tree.
    #[error("leaf {index} is not in a tree of size {size}")]
    IndexOutOfRange {
        /// Leaf the proof is for.
        index: u64,
        /// Size of the tree.
        size: u64,
    },
    /// The older tree is the larger one.
    #[error("a tree of size {size1} cannot be a prefix of one of size {size2}")]
    SizesReversed {
        /// Older size.
        size1: u64,
        /// Newer size.
        size2: u64,
    },
    /// The size is beyond [`MAX_TREE_SIZE`].
    #[error("a tree size of {size} exceeds the limit of {MAX_TREE_SIZE}")]
    TreeTooLarge {
        /// The size given.
        size: u64,
    },
    /// The proof leads to another root.
    #[error("the proof leads to root {computed} at size {size}, but {expected} was expected")]
    RootMismatch {
        /// Size of the tree in question.
        size: u64,
        /// Root that was given.
        expected: Hash,
        /// Root the proof leads to.
        computed: Hash,
    },
}
