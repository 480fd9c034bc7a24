//! The tree against known answers, against a reference written from the RFC, and against forgers.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use proptest::prelude::*;
use support::{Leaves, leaves, reference};
use truce_tlog::proof::MAX_PROOF_HASHES;
use truce_tlog::{
    CompactRange, EMPTY_ROOT, GenerateError, Hash, MAX_TREE_SIZE, ProofError, consistency_proof,
    inclusion_proof, leaf_hash, tree_root, verify_consistency, verify_inclusion,
};

/// The eight leaves and roots used by Certificate Transparency implementations since RFC 6962.
const CT_LEAVES: [&str; 8] =
    ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
const CT_ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn ct_leaves() -> Vec<Hash> {
    CT_LEAVES.iter().map(|leaf| leaf_hash(&hex::decode(leaf).unwrap())).collect()
}

fn hashes(hex: &[&str]) -> Vec<Hash> {
    hex.iter().map(|hash| hash.parse().unwrap()).collect()
}

#[test]
fn roots_are_those_of_certificate_transparency() {
    let leaves = ct_leaves();
    let mut range = CompactRange::new();
    for (leaf, root) in leaves.iter().zip(hashes(&CT_ROOTS)) {
        range.push(*leaf);
        assert_eq!(range.root(), root);
        assert_eq!(tree_root(&Leaves(&leaves), range.size()).unwrap(), root);
    }
    assert_eq!(tree_root(&Leaves(&[]), 0), Ok(EMPTY_ROOT));
}

#[test]
fn proofs_are_those_of_certificate_transparency() {
    let leaves = ct_leaves();
    let source = Leaves(&leaves);
    let first = hashes(&[
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]);
    assert_eq!(inclusion_proof(&source, 0, 8).unwrap(), first);
    assert_eq!(consistency_proof(&source, 1, 8).unwrap(), first);
    let six_to_eight = hashes(&[
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]);
    assert_eq!(consistency_proof(&source, 6, 8).unwrap(), six_to_eight);
}

/// Every proof up to this size, made and checked.
#[test]
fn all_small_proofs_agree_with_the_reference() {
    let all = leaves(66);
    let source = Leaves(&all);
    let roots: Vec<Hash> = (0..=all.len()).map(|size| reference::root(&all[..size])).collect();
    for size in 1..=all.len() {
        for index in 0..size {
            let path = inclusion_proof(&source, index as u64, size as u64).unwrap();
            assert_eq!(path, reference::inclusion(index, &all[..size]));
            verify_inclusion(index as u64, size as u64, &all[index], &path, &roots[size]).unwrap();
            // The same path proves nothing at any other place of this tree.
            for other in (0..size).filter(|other| *other != index) {
                verify_inclusion(other as u64, size as u64, &all[index], &path, &roots[size]).unwrap_err();
            }
        }
        for old in 0..=size {
            let path = consistency_proof(&source, old as u64, size as u64).unwrap();
            assert_eq!(path, reference::consistency(old, &all[..size]));
            verify_consistency(old as u64, &roots[old], size as u64, &roots[size], &path).unwrap();
        }
    }
}

#[test]
fn the_edges_of_consistency_are_settled() {
    let all = leaves(4);
    let root = |size: usize| reference::root(&all[..size]);
    verify_consistency(0, &EMPTY_ROOT, 0, &EMPTY_ROOT, &[]).unwrap();
    verify_consistency(0, &EMPTY_ROOT, 4, &root(4), &[]).unwrap();
    verify_consistency(4, &root(4), 4, &root(4), &[]).unwrap();

    let mismatch = |result| matches!(result, Err(ProofError::RootMismatch { .. }));
    assert!(mismatch(verify_consistency(0, &root(1), 4, &root(4), &[])));
    assert!(mismatch(verify_consistency(0, &EMPTY_ROOT, 0, &root(1), &[])));
    assert!(mismatch(verify_consistency(4, &root(3), 4, &root(4), &[])));
    assert_eq!(
        verify_consistency(0, &EMPTY_ROOT, 4, &root(4), &[root(1)]),
        Err(ProofError::TooManyHashes { used: 0, found: 1 })
    );
    assert_eq!(
        verify_consistency(4, &root(4), 4, &root(4), &[root(1)]),
        Err(ProofError::TooManyHashes { used: 0, found: 1 })
    );
    assert_eq!(verify_consistency(3, &root(3), 4, &root(4), &[]), Err(ProofError::TooFewHashes { found: 0 }));
    // A path that leads to the newer root does not vouch for another older one.
    let path = reference::consistency(3, &all);
    verify_consistency(3, &root(3), 4, &root(4), &path).unwrap();
    assert_eq!(
        verify_consistency(3, &root(2), 4, &root(4), &path),
        Err(ProofError::RootMismatch { size: 3, expected: root(2), computed: root(3) })
    );
    assert_eq!(
        verify_consistency(4, &root(4), 3, &root(3), &[]),
        Err(ProofError::SizesReversed { size1: 4, size2: 3 })
    );
}

#[test]
fn limits_hold_at_the_edge() {
    let hash = leaf_hash(b"");
    // A path of the longest kind, with the root it leads to.
    let path = vec![hash; MAX_PROOF_HASHES];
    let root = path.iter().fold(hash, |node, sibling| truce_tlog::node_hash(&node, sibling));
    verify_inclusion(0, MAX_TREE_SIZE, &hash, &path, &root).unwrap();

    let longer = vec![hash; MAX_PROOF_HASHES + 1];
    let too_long = Err(ProofError::PathTooLong { found: 64 });
    assert_eq!(verify_inclusion(0, MAX_TREE_SIZE, &hash, &longer, &hash), too_long);
    assert_eq!(verify_consistency(1, &hash, MAX_TREE_SIZE, &hash, &longer), too_long);

    let size = MAX_TREE_SIZE + 1;
    assert_eq!(verify_inclusion(0, size, &hash, &[], &hash), Err(ProofError::TreeTooLarge { size }));
    assert_eq!(verify_consistency(1, &hash, size, &hash, &[]), Err(ProofError::TreeTooLarge { size }));
    let source = Leaves(&[hash]);
    assert_eq!(tree_root(&source, size), Err(GenerateError::TreeTooLarge { size }));
    assert_eq!(inclusion_proof(&source, 0, size), Err(GenerateError::TreeTooLarge { size }));
    assert_eq!(consistency_proof(&source, 1, size), Err(GenerateError::TreeTooLarge { size }));
    assert_eq!(consistency_proof(&source, 2, 1), Err(GenerateError::SizesReversed { size1: 2, size2: 1 }));
    for (index, size) in [(0, 0), (1, 1), (u64::MAX, 1)] {
        assert_eq!(
            inclusion_proof(&source, index, size),
            Err(GenerateError::IndexOutOfRange { index, size })
        );
        assert_eq!(
            verify_inclusion(index, size, &hash, &[], &hash),
            Err(ProofError::IndexOutOfRange { index, size })
        );
    }
    assert_eq!(tree_root(&source, 2), Err(GenerateError::Source(())));
}

fn any_hash() -> impl Strategy<Value = Hash> {
    any::<[u8; 32]>().prop_map(Hash::from_bytes)
}

proptest! {
    #[test]
    fn appended_and_recursive_roots_agree(size in 0usize..2_000) {
        let all = leaves(size);
        let mut range = CompactRange::new();
        for leaf in &all {
            range.push(*leaf);
        }
        prop_assert_eq!(range.root(), reference::root(&all));
    }

    #[test]
    fn large_proofs_agree_with_the_reference(size in 1usize..1_500, a: prop::sample::Index, b: prop::sample::Index) {
        let all = leaves(size);
        let source = Leaves(&all);
        let root = reference::root(&all);
        let (index, old) = (a.index(size), b.index(size + 1));
        let path = inclusion_proof(&source, index as u64, size as u64).unwrap();
        prop_assert_eq!(&path, &reference::inclusion(index, &all));
        verify_inclusion(index as u64, size as u64, &all[index], &path, &root).unwrap();
        let path = consistency_proof(&source, old as u64, size as u64).unwrap();
        prop_assert_eq!(&path, &reference::consistency(old, &all));
        verify_consistency(old as u64, &reference::root(&all[..old]), size as u64, &root, &path).unwrap();
    }

    #[test]
    fn a_changed_proof_is_refused(
        size in 2usize..300, a: prop::sample::Index, b: prop::sample::Index, bit in 0usize..256, how in 0u8..3,
    ) {
        let all = leaves(size);
        let source = Leaves(&all);
        let root = reference::root(&all);
        let index = a.index(size);
        let old = 1 + a.index(size - 1);
        let old_root = reference::root(&all[..old]);
        let change = |mut path: Vec<Hash>| {
            let place = b.index(path.len());
            match how {
                0 => {
                    let mut bytes = path[place].to_bytes();
                    bytes[bit / 8] ^= 1 << (bit % 8);
                    path[place] = bytes.into();
                }
                1 => { path.remove(place); }
                _ => path.insert(place, leaf_hash(b"foreign")),
            }
            path
        };
        let path = change(inclusion_proof(&source, index as u64, size as u64).unwrap());
        prop_assert!(verify_inclusion(index as u64, size as u64, &all[index], &path, &root).is_err());
        let path = change(consistency_proof(&source, old as u64, size as u64).unwrap());
        prop_assert!(verify_consistency(old as u64, &old_root, size as u64, &root, &path).is_err());
    }

    #[test]
    fn hostile_proofs_neither_panic_nor_pass(
        index: u64, size1: u64, size2: u64, leaf in any_hash(), root1 in any_hash(), root2 in any_hash(),
        path in prop::collection::vec(any_hash(), 0..66),
    ) {
        prop_assert!(verify_inclusion(index, size2, &leaf, &path, &root2).is_err());
        prop_assert!(verify_consistency(size1, &root1, size2, &root2, &path).is_err());
        prop_assert!(verify_inclusion(index % 8, size2 % 9, &leaf, &path, &root2).is_err());
        prop_assert!(verify_consistency(size1 % 8, &root1, size2 % 9, &root2, &path).is_err());
    }
}
