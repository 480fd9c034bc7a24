//! Two checkpoints of one log, compared. Pure: hashes come in through [`HashSource`].

use std::fmt;
use truce_fraud::FraudProof;
use truce_tlog::{HashSource, SignedCheckpoint, consistency_proof, tree_root, verify_consistency};

/// The relation of two checkpoints of one log.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum TreeRelation {
    /// The smaller tree is the beginning of the larger.
    Consistent,
    /// It is not, and here is the proof.
    Forked(Box<FraudProof>),
}

/// The hashes at hand do not say.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum CompareError<E> {
    /// The two are of different logs.
    OtherLog,
    /// They contradict each other, and no one key of the log has signed both: there is no proof against either key.
    OtherKey {
        /// Sizes of the two trees.
        sizes: [u64; 2],
    },
    /// A hash could not be read.
    Unreadable(E),
    /// The hashes do not lead to the root of the larger checkpoint: they are of another tree, or damaged.
    OtherTree,
}

impl<E: fmt::Display> fmt::Display for CompareError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherKey { sizes: [older, newer] } => write!(
                f,
                "the log has signed two histories, of {older} and {newer} entries, with one key each: it was forked"
            ),
            Self::OtherLog => f.write_str("the checkpoints are of different logs"),
            Self::Unreadable(e) => e.fmt(f),
            Self::OtherTree => f.write_str("the tiles are not those of the signed tree"),
        }
    }
}

/// Compares two checkpoints; `tree` gives hashes of the larger one's tree, which are checked against its root.
///
/// Two checkpoints of one size need no hashes. A fork is only returned with a proof that decides.
///
/// # Errors
/// When the hashes cannot be read or are not those of the larger tree.
pub fn compare<S: HashSource>(
    first: &SignedCheckpoint,
    second: &SignedCheckpoint,
    tree: &S,
) -> Result<TreeRelation, CompareError<truce_tlog::GenerateError<S::Error>>> {
    if first.origin() != second.origin() {
        return Err(CompareError::OtherLog);
    }
    let (older, newer) = if first.size() <= second.size() { (first, second) } else { (second, first) };
    // Trees are compared whoever signed them. A proof accuses one key, which must have signed both.
    let sizes = [older.size(), newer.size()];
    let accused = || signed_by_one_key(older, newer).ok_or(CompareError::OtherKey { sizes });
    if older.size() == newer.size() {
        return Ok(if older.root() == newer.root() {
            TreeRelation::Consistent
        } else {
            let (older, newer) = accused()?;
            TreeRelation::Forked(Box::new(FraudProof::same_size(&older, &newer)))
        });
    }
    if older.size() == 0 {
        return Ok(TreeRelation::Consistent);
    }
    let prefix = tree_root(tree, older.size()).map_err(CompareError::Unreadable)?;
    let path = consistency_proof(tree, older.size(), newer.size()).map_err(CompareError::Unreadable)?;
    if verify_consistency(older.size(), &prefix, newer.size(), newer.root(), &path).is_err() {
        return Err(CompareError::OtherTree);
    }
    Ok(if prefix == *older.root() {
        TreeRelation::Consistent
    } else {
        let (older, newer) = accused()?;
        TreeRelation::Forked(Box::new(FraudProof::fork(&older, &newer, prefix, path)))
    })
}

/// Two checkpoints as signed by one key of the log, where there is one that has signed both.
pub(crate) fn signed_by_one_key(
    first: &SignedCheckpoint,
    second: &SignedCheckpoint,
) -> Option<(SignedCheckpoint, SignedCheckpoint)> {
    [first.log(), second.log()].into_iter().find_map(|key| {
        let by = |checkpoint: &SignedCheckpoint| SignedCheckpoint::open(checkpoint.note(), key, &[]).ok();
        Some((by(first)?, by(second)?))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use super::*;
    use proptest::prelude::*;
    use truce_tlog::{Checkpoint, CompactRange, Ed25519NoteSigner, Hash, leaf_hash, node_hash};

    /// A tree by its leaves: RFC 6962, section 2.1.
    struct Leaves(Vec<Hash>);

    impl HashSource for Leaves {
        type Error = ();

        fn node(&self, level: u8, index: u64) -> Result<Hash, ()> {
            if level == 0 {
                return self.0.get(usize::try_from(index).unwrap()).copied().ok_or(());
            }
            Ok(node_hash(&self.node(level - 1, 2 * index)?, &self.node(level - 1, 2 * index + 1)?))
        }
    }

    fn leaves(seed: u8, n: usize) -> Vec<Hash> {
        (0..n).map(|i| leaf_hash(&[&[seed][..], &i.to_be_bytes()].concat())).collect()
    }

    fn sign(leaves: &[Hash]) -> SignedCheckpoint {
        let log = Ed25519NoteSigner::from_seed("log.example", &[1; 32]).unwrap();
        let mut range = CompactRange::new();
        for leaf in leaves {
            range.push(*leaf);
        }
        let body = Checkpoint::new("log.example", range.size(), range.root()).unwrap();
        SignedCheckpoint::sign(body, &log).unwrap()
    }

    proptest! {
        #[test]
        fn two_honest_views_of_a_growing_log_agree(a in 1..200_usize, b in 1..200_usize) {
            let all = leaves(0, 200);
            let tree = Leaves(all[..a.max(b)].to_vec());
            prop_assert_eq!(compare(&sign(&all[..a]), &sign(&all[..b]), &tree), Ok(TreeRelation::Consistent));
        }

        #[test]
        fn every_fork_is_found_and_proven(common in 0..80_usize, a in 1..80_usize, b in 1..80_usize) {
            let mut one = leaves(0, common);
            let mut other = one.clone();
            one.extend(leaves(1, a));
            other.extend(leaves(2, b));
            let tree = Leaves(if a > b { one.clone() } else { other.clone() });
            let found = compare(&sign(&one), &sign(&other), &tree).unwrap();
            let TreeRelation::Forked(proof) = found else { panic!("{found:?}") };
            let text = proof.to_string();
            let read = FraudProof::parse(text.as_bytes()).unwrap();
            prop_assert_eq!(&read, &*proof);
            let decided = read.decide().unwrap();
            let sizes = [(common + a.min(b)) as u64, (common + a.max(b)) as u64];
            prop_assert_eq!((decided.kind, decided.sizes), ("fork", sizes));
        }

        #[test]
        fn hashes_of_another_tree_prove_nothing(common in 0..50_usize, a in 2..50_usize) {
            let mut one = leaves(0, common);
            let older = sign(&[one.as_slice(), &leaves(0, 1)].concat());
            let other = Leaves([one.clone(), leaves(2, a)].concat());
            one.extend(leaves(1, a));
            prop_assert_eq!(compare(&older, &sign(&one), &other), Err(CompareError::OtherTree));
        }
    }
}
