//! Agreement with independent implementations: `tlog_tiles` and `signed_note` (ports of Go's sumdb libraries)
//! and `ct-merkle`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;
use sha2::Sha256;
use signed_note::{StandardSigner, StandardVerifier, VerifierList};
use support::{Tiles, bundle_of};
use tlog_tiles::{HashReader, TileHashReader};
use truce_tlog::{
    BundleCoord, Checkpoint, CompactRange, EMPTY_ROOT, Ed25519NoteSigner, Hash, Note, NoteSigner,
    SignedCheckpoint, TileCoord, TileHashes, VKey, consistency_proof, inclusion_proof, leaf_hash, tile,
    tree_root, verify_consistency, verify_inclusion,
};

fn entries(count: usize) -> Vec<Vec<u8>> {
    (0..count).map(|n| vec![b'e'; n % 70].into_iter().chain(n.to_be_bytes()).collect()).collect()
}

fn theirs(hash: &Hash) -> tlog_tiles::Hash {
    tlog_tiles::Hash(hash.to_bytes())
}

fn all_theirs(path: &[Hash]) -> Vec<tlog_tiles::Hash> {
    path.iter().map(theirs).collect()
}

/// A log kept by `tlog_tiles`.
#[derive(Default)]
struct StoredHashes(Vec<tlog_tiles::Hash>);

impl StoredHashes {
    fn build(entries: &[Vec<u8>]) -> Self {
        let mut stored = Self::default();
        for (n, entry) in entries.iter().enumerate() {
            let new = tlog_tiles::stored_hashes(n as u64, entry, &stored).unwrap();
            stored.0.extend(new);
        }
        stored
    }
}

impl HashReader for StoredHashes {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        Ok(indexes.iter().map(|n| self.0[usize::try_from(*n).unwrap()]).collect())
    }
}

/// Our tiles offered to the reader of `tlog_tiles`, which authenticates every tile against the root.
struct Offered<'a>(&'a Tiles);

impl tlog_tiles::TileReader for Offered<'_> {
    fn height(&self) -> u8 {
        tile::TILE_HEIGHT
    }

    fn read_tiles(&self, tiles: &[tlog_tiles::Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        let coord = |tile: &tlog_tiles::Tile| {
            TileCoord::new(tile.level(), tile.level_index(), u16::try_from(tile.width()).unwrap()).unwrap()
        };
        Ok(tiles.iter().map(|tile| self.0.0[&coord(tile)].clone()).collect())
    }

    fn save_tiles(&self, _: &[tlog_tiles::Tile], _: &[Vec<u8>]) {}
}

#[test]
fn constants_agree_with_tlog_tiles() {
    assert_eq!(theirs(&EMPTY_ROOT), tlog_tiles::EMPTY_HASH);
    assert_eq!(theirs(&leaf_hash(b"entry")), tlog_tiles::record_hash(b"entry"));
}

#[test]
fn tiles_of_a_large_tree_agree_with_tlog_tiles() {
    let entries = entries(66_049);
    let leaves: Vec<Hash> = entries.iter().map(|entry| leaf_hash(entry)).collect();
    let (ours, edge) = Tiles::build(&leaves);
    let stored = StoredHashes::build(&entries);
    let size = entries.len() as u64;
    assert_eq!(tlog_tiles::tree_hash(size, &stored).unwrap(), theirs(&edge.root()));
    for (coord, bytes) in &ours.0 {
        let tile = tlog_tiles::Tile::new(8, coord.level(), coord.index(), coord.width().into(), false);
        assert_eq!(tile.read_data(&stored).unwrap(), *bytes, "{coord}");
        assert_eq!(tile.path().replace("tile/8/", "tile/"), coord.to_string());
    }
    // Their client believes our tiles and finds every leaf in them.
    let offered = Offered(&ours);
    let reader = TileHashReader::new(size, theirs(&edge.root()), &offered);
    for n in [0, 255, 256, 65_535, 65_536, size - 1] {
        let found = reader.read_hashes(&[tlog_tiles::stored_hash_index(0, n)]).unwrap();
        assert_eq!(found, [theirs(&leaves[usize::try_from(n).unwrap()])]);
    }
}

#[test]
fn trees_of_many_sizes_agree_with_ct_merkle() {
    let mut theirs = MemoryBackedTree::<Sha256, Vec<u8>>::new();
    let mut ours = CompactRange::new();
    assert_eq!(theirs.root().as_bytes().as_slice(), ours.root().as_bytes());
    for entry in entries(600) {
        ours.push(leaf_hash(&entry));
        theirs.push(entry);
        assert_eq!(theirs.root().as_bytes().as_slice(), ours.root().as_bytes());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn proofs_agree_with_tlog_tiles(count in 1usize..1_200, a: prop::sample::Index, b: prop::sample::Index) {
        let entries = entries(count);
        let leaves: Vec<Hash> = entries.iter().map(|entry| leaf_hash(entry)).collect();
        let (tiles, edge) = Tiles::build(&leaves);
        let stored = StoredHashes::build(&entries);
        let (size, index, old) = (count as u64, a.index(count) as u64, b.index(count) as u64 + 1);
        let source = TileHashes::new(&tiles, size);
        let (root, leaf) = (theirs(&edge.root()), leaves[a.index(count)]);

        let ours = inclusion_proof(&source, index, size).unwrap();
        let path = tlog_tiles::prove_record(size, index, &stored).unwrap();
        prop_assert_eq!(&path, &all_theirs(&ours));
        tlog_tiles::check_record(&path, size, root, index, theirs(&leaf)).unwrap();
        verify_inclusion(index, size, &leaf, &ours, &edge.root()).unwrap();

        let ours = consistency_proof(&source, old, size).unwrap();
        let path = tlog_tiles::prove_tree(size, old, &stored).unwrap();
        prop_assert_eq!(&path, &all_theirs(&ours));
        let old_root = tree_root(&source, old).unwrap();
        tlog_tiles::check_tree(&path, size, root, old, theirs(&old_root)).unwrap();
        verify_consistency(old, &old_root, size, &edge.root(), &ours).unwrap();
    }

    #[test]
    fn proofs_agree_with_ct_merkle(count in 1usize..400, a: prop::sample::Index, b: prop::sample::Index) {
        let entries = entries(count);
        let leaves: Vec<Hash> = entries.iter().map(|entry| leaf_hash(entry)).collect();
        let (tiles, _) = Tiles::build(&leaves);
        let mut tree = MemoryBackedTree::<Sha256, Vec<u8>>::new();
        for entry in &entries {
            tree.push(entry.clone());
        }
        let (index, old) = (a.index(count), b.index(count) + 1);
        let source = TileHashes::new(&tiles, count as u64);
        let bytes = |path: Vec<Hash>| path.iter().flat_map(|hash| hash.to_bytes()).collect::<Vec<u8>>();
        let ours = inclusion_proof(&source, index as u64, count as u64).unwrap();
        let theirs = tree.prove_inclusion(index);
        prop_assert_eq!(theirs.as_bytes(), bytes(ours));
        let ours = consistency_proof(&source, old as u64, count as u64).unwrap();
        let theirs = tree.prove_consistency(count - old);
        prop_assert_eq!(theirs.as_bytes(), bytes(ours));
    }

    /// Forged and honest proofs get one verdict.
    #[test]
    fn verdicts_on_proofs_agree_with_tlog_tiles(
        count in 1usize..40, index in 0u64..40, size in 1u64..41, old in 1u64..41, cut in 0usize..3, a: prop::sample::Index,
    ) {
        let entries = entries(count);
        let leaves: Vec<Hash> = entries.iter().map(|entry| leaf_hash(entry)).collect();
        let (tiles, edge) = Tiles::build(&leaves);
        let source = TileHashes::new(&tiles, count as u64);
        let place = a.index(count) as u64;

        let mut path = inclusion_proof(&source, place, count as u64).unwrap();
        path.truncate(path.len().saturating_sub(cut));
        let leaf = leaves[a.index(count)];
        let ours = verify_inclusion(index, size, &leaf, &path, &edge.root()).is_ok();
        let verdict =
            tlog_tiles::check_record(&all_theirs(&path), size, theirs(&edge.root()), index, theirs(&leaf)).is_ok();
        prop_assert_eq!(ours, verdict);

        let path = consistency_proof(&source, place + 1, count as u64).unwrap();
        let old_root = tree_root(&source, place + 1).unwrap();
        let ours = verify_consistency(old, &old_root, size, &edge.root(), &path).is_ok();
        let verdict =
            tlog_tiles::check_tree(&all_theirs(&path), size, theirs(&edge.root()), old, theirs(&old_root)).is_ok();
        prop_assert_eq!(ours, verdict);
    }

    #[test]
    fn paths_and_new_tiles_agree_with_tlog_tiles(
        level in 0u8..64, index in 0u64..1 << 60, width in 1u16..=256, old in 0u64..300_000, more in 0u64..3_000,
    ) {
        let tile = tlog_tiles::Tile::new(8, level, index, width.into(), false);
        let coord = TileCoord::new(level, index, width).unwrap();
        prop_assert_eq!(tile.path().replacen("tile/8/", "tile/", 1), coord.to_string());
        let data = tlog_tiles::Tile::new(8, 0, index, width.into(), true);
        let coord = BundleCoord::new(index, width).unwrap();
        prop_assert_eq!(data.path().replacen("tile/8/data/", "tile/entries/", 1), coord.to_string());

        let theirs: Vec<String> = tlog_tiles::Tile::new_tiles(8, old, old + more)
            .iter().map(|tile| tile.path().replacen("tile/8/", "tile/", 1)).collect();
        let ours: Vec<String> = tile::new_tiles(old, old + more).map(|coord| coord.to_string()).collect();
        prop_assert_eq!(ours, theirs);
        if more > 0 {
            let (found, place) = BundleCoord::of_entry(old, old + more).unwrap();
            prop_assert_eq!(found, bundle_of(old, old + more));
            prop_assert_eq!(u64::from(place), old % 256);
        }
    }

    #[test]
    fn notes_pass_both_ways(seed: [u8; 32], text in "[^\\x00-\\x09\\x0b-\\x1f]{0,100}") {
        let name = "log.example/1";
        let ours = Ed25519NoteSigner::from_seed(name, &seed).unwrap();
        let key = [&[1u8], seed.as_slice()].concat();
        let skey = format!("PRIVATE+KEY+{name}+{:08x}+{}", ours.vkey().id(), STANDARD.encode(&key));
        let theirs = StandardSigner::new(&skey).unwrap();
        let text = format!("{text}\n");

        // Ed25519 is deterministic, so both make the same note.
        let our_note = Note::sign(&text, &[&ours]).unwrap().to_string();
        let mut their_note = signed_note::Note::new(text.as_bytes(), &[]).unwrap();
        their_note.add_sigs(&[&theirs]).unwrap();
        prop_assert_eq!(&our_note, &String::from_utf8(their_note.to_bytes()).unwrap());

        let verifier = StandardVerifier::new(&ours.vkey().to_string()).unwrap();
        let known = VerifierList::new(vec![Box::new(verifier)]);
        let parsed = signed_note::Note::from_bytes(our_note.as_bytes()).unwrap();
        prop_assert_eq!(parsed.verify(&known).unwrap().0.len(), 1);
        let vkey: VKey = ours.vkey().to_string().parse().unwrap();
        let opened = Note::parse(&their_note.to_bytes()).unwrap().open([&vkey]).unwrap();
        prop_assert_eq!(opened.text(), text);
    }

    /// What is a note to us is a note to them, and the other way round.
    #[test]
    fn verdicts_on_notes_agree_with_signed_note(
        text in "(a|b|\n|\u{a0}){0,4}\n\n?(— [ab+]{0,2} ?(AAAAAAA=|AAAAAAAA|AAAA|AA==| )\n?){0,3}",
    ) {
        let ours = Note::parse(text.as_bytes()).map(|note| note.to_string());
        let theirs = signed_note::Note::from_bytes(text.as_bytes()).map(|note| note.to_bytes());
        prop_assert_eq!(ours.is_ok(), theirs.is_ok());
        if let (Ok(ours), Ok(theirs)) = (ours, theirs) {
            prop_assert_eq!(ours.into_bytes(), theirs);
        }
    }

    #[test]
    fn checkpoints_pass_both_ways(size in 1u64..i64::MAX as u64, root: [u8; 32], seed: [u8; 32]) {
        let origin = "log.example/1";
        let ours = Checkpoint::new(origin, size, root.into()).unwrap();
        let theirs = tlog_tiles::Checkpoint::new(origin, size, tlog_tiles::Hash(root), "").unwrap();
        prop_assert_eq!(ours.to_string().into_bytes(), theirs.to_bytes());
        prop_assert_eq!(tlog_tiles::Checkpoint::from_bytes(ours.to_string().as_bytes()).unwrap(), theirs);

        let signer = Ed25519NoteSigner::from_seed(origin, &seed).unwrap();
        let signed = SignedCheckpoint::sign(ours, &signer).unwrap().to_string();
        let parsed = signed_note::Note::from_bytes(signed.as_bytes()).unwrap();
        let verifier = StandardVerifier::new(&signer.vkey().to_string()).unwrap();
        parsed.verify(&VerifierList::new(vec![Box::new(verifier)])).unwrap();
        prop_assert_eq!(tlog_tiles::Checkpoint::from_bytes(parsed.text()).unwrap().size(), size);
    }
}
