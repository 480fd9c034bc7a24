//! Tiles and the edge of a growing tree.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use proptest::prelude::*;
use support::{Leaves, Missing, Tiles, bundle_of, leaves, reference, tile_by_definition};
use truce_tlog::bundle::{decode_entries, encode_bundle};
use truce_tlog::{
    BundleCoord, EdgeError, EdgeTiles, EntryBundle, GenerateError, HashSource, MAX_TREE_SIZE, TileError,
    TileHashError, TileHashes, TilePath, consistency_proof, inclusion_proof, tile, tree_root,
};

/// Three levels of tiles, with a partial one on each.
const LARGE: usize = 70_000;

#[test]
fn a_tree_of_70000_is_the_tiles_of_its_definition() {
    let all = leaves(LARGE);
    let (tiles, edge) = Tiles::build(&all);
    let expected: Vec<_> = tile::tiles(LARGE as u64).collect();
    assert!(tiles.0.keys().eq(expected.iter()));
    assert_eq!(expected.iter().filter(|coord| coord.is_full()).count(), 273 + 1);
    for (coord, bytes) in &tiles.0 {
        assert_eq!(*bytes, tile_by_definition(&all, *coord), "{coord}");
    }
    let root = reference::root(&all);
    assert_eq!(edge.root(), root);
    assert_eq!(tree_root(&TileHashes::new(&tiles, LARGE as u64), LARGE as u64).unwrap(), root);
    assert_eq!(EdgeTiles::restore(LARGE as u64, &root, &tiles).unwrap(), edge);

    // Any older tree can be served from the same tiles, the full ones standing in for partial ones.
    for size in [1, 255, 256, 257, 65_535, 65_536, 65_537, 69_999] {
        let source = TileHashes::new(&tiles, size);
        let count = usize::try_from(size).unwrap();
        assert_eq!(tree_root(&source, size).unwrap(), reference::root(&all[..count]), "{size}");
    }
}

#[test]
fn proofs_at_the_edge_need_no_published_partial_tile() {
    let all = leaves(66_000);
    let (mut tiles, edge) = Tiles::build(&all);
    tiles.0.retain(|coord, _| coord.is_full());
    let size = all.len() as u64;
    let source = TileHashes::new(edge.over(&tiles), size);
    for index in [0, 255, 256, 65_535, 65_536, 65_999] {
        let expected = reference::inclusion(usize::try_from(index).unwrap(), &all);
        assert_eq!(inclusion_proof(&source, index, size).unwrap(), expected);
    }
    for old in [1, 300, 65_536, 65_999] {
        let expected = reference::consistency(usize::try_from(old).unwrap(), &all);
        assert_eq!(consistency_proof(&source, old, size).unwrap(), expected);
    }
    assert!(matches!(
        inclusion_proof(&TileHashes::new(&tiles, size), size - 1, size),
        Err(GenerateError::Source(TileHashError::Read(Missing(_))))
    ));
}

#[test]
fn hashes_outside_the_tree_are_refused() {
    let all = leaves(300);
    let (tiles, _) = Tiles::build(&all);
    let source = TileHashes::new(&tiles, 300);
    assert_eq!(source.node(8, 0).unwrap(), reference::root(&all[..256]));
    for (level, index) in
        [(0, 300), (8, 1), (9, 0), (3, 37), (0, u64::MAX), (63, 1), (64, 0), (255, u64::MAX)]
    {
        assert_eq!(source.node(level, index), Err(TileHashError::NotInTree { level, index, size: 300 }));
    }
}

#[test]
fn a_wrong_edge_is_not_restored() {
    let all = leaves(300);
    let (tiles, edge) = Tiles::build(&all);
    let root = edge.root();
    let missing = EdgeTiles::restore(70_000, &root, &tiles).unwrap_err();
    assert!(matches!(missing, EdgeError::Read(Missing(_))));
    let size = MAX_TREE_SIZE + 1;
    assert_eq!(EdgeTiles::restore(size, &root, &tiles), Err(EdgeError::TreeTooLarge { size }));
    // A wider tile stands in for the one of the size, but not its root.
    let older = EdgeTiles::restore(299, &reference::root(&all[..299]), &tiles).unwrap();
    assert_eq!(older.root(), reference::root(&all[..299]));
    assert!(matches!(EdgeTiles::restore(299, &root, &tiles), Err(EdgeError::RootMismatch { size: 299, .. })));

    let coord = tile::partial_tiles(300).next().unwrap();
    let mut changed = tiles.clone();
    changed.0.get_mut(&coord).unwrap()[7] ^= 1;
    assert!(matches!(
        EdgeTiles::restore(300, &root, &changed),
        Err(EdgeError::RootMismatch { size: 300, .. })
    ));
    changed.0.get_mut(&coord).unwrap().pop();
    assert!(matches!(
        EdgeTiles::restore(300, &root, &changed),
        Err(EdgeError::Tile(TileError::ByteLength { .. }))
    ));
    assert_eq!(EdgeTiles::restore(0, &truce_tlog::EMPTY_ROOT, &tiles), Ok(EdgeTiles::new()));
}

#[test]
fn an_edge_without_partial_tiles_at_its_low_levels_is_restored() {
    let all = leaves(65_793);
    for size in [256, 257, 512, 65_536, 65_537, 65_792, 65_793] {
        let (tiles, edge) = Tiles::build(&all[..size]);
        let mut restored = EdgeTiles::restore(size as u64, &edge.root(), &tiles).unwrap();
        assert_eq!(restored, edge, "{size}");
        let mut straight = edge;
        for leaf in &all[..300] {
            assert_eq!(restored.push(*leaf), straight.push(*leaf));
        }
        assert_eq!(restored, straight, "{size}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A builder that is restored now and then ends where an undisturbed one does.
    #[test]
    fn an_edge_can_be_taken_up_anywhere(size in 0usize..1_500, stops in prop::collection::vec(0usize..1_500, 0..4)) {
        let all = leaves(size);
        let (_, straight) = Tiles::build(&all);
        let mut edge = EdgeTiles::new();
        for (n, leaf) in all.iter().enumerate() {
            if stops.contains(&n) {
                let (published, _) = Tiles::build(&all[..n]);
                edge = EdgeTiles::restore(n as u64, &edge.root(), &published).unwrap();
            }
            edge.push(*leaf);
        }
        prop_assert_eq!(edge, straight);
    }

    #[test]
    fn proofs_from_tiles_and_from_leaves_agree(size in 1usize..1_500, a: prop::sample::Index, b: prop::sample::Index) {
        let all = leaves(size);
        let (tiles, _) = Tiles::build(&all);
        let (index, old, size) = (a.index(size) as u64, b.index(size + 1) as u64, size as u64);
        let source = TileHashes::new(&tiles, size);
        prop_assert_eq!(
            inclusion_proof(&source, index, size).unwrap(), inclusion_proof(&Leaves(&all), index, size).unwrap()
        );
        prop_assert_eq!(
            consistency_proof(&source, old, size).unwrap(), consistency_proof(&Leaves(&all), old, size).unwrap()
        );
    }

    /// What each append adds, together with what was there, is what the larger tree has.
    #[test]
    fn new_tiles_are_the_difference(old in 0u64..200_000, more in 0u64..70_000) {
        let new = old + more;
        let before: std::collections::BTreeSet<_> = tile::tiles(old).collect();
        let expected: Vec<_> = tile::tiles(new).filter(|coord| !before.contains(coord)).collect();
        prop_assert_eq!(tile::new_tiles(old, new).collect::<Vec<_>>(), expected);
        let expected: Vec<BundleCoord> =
            (old / 256..new.div_ceil(256)).filter(|_| more > 0).map(|n| bundle_of(n * 256, new)).collect();
        prop_assert_eq!(tile::new_bundles(old, new).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn paths_round_trip(level in 0u8..64, index: u64, width in 1u16..=256) {
        let tile = TilePath::Tile(truce_tlog::TileCoord::new(level, index, width).unwrap());
        prop_assert_eq!(tile.to_string().parse::<TilePath>(), Ok(tile));
        let entries = TilePath::Entries(BundleCoord::new(index, width).unwrap());
        prop_assert_eq!(entries.to_string().parse::<TilePath>(), Ok(entries));
    }

    #[test]
    fn what_parses_as_a_path_is_its_one_spelling(text in "tile/(entries|[0-9]{1,2})/(x?[0-9]{3}/){0,3}[0-9]{3}(\\.p/[0-9]{1,3})?") {
        if let Ok(path) = text.parse::<TilePath>() {
            prop_assert_eq!(path.to_string(), text);
        }
    }

    #[test]
    fn bundles_round_trip(entries in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 1..=256)) {
        let bytes = encode_bundle(&entries).unwrap();
        let coord = BundleCoord::new(0, u16::try_from(entries.len()).unwrap()).unwrap();
        let bundle = EntryBundle::parse(&bytes, coord).unwrap();
        prop_assert_eq!(bundle.entries(), entries.as_slice());
    }

    #[test]
    fn any_bytes_are_decoded_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        let entries: Vec<_> = decode_entries(&bytes).collect();
        prop_assert!(entries.iter().rev().skip(1).all(Result::is_ok));
        if let Ok(whole) = entries.into_iter().collect::<Result<Vec<_>, _>>() && (1..=256).contains(&whole.len()) {
            prop_assert_eq!(encode_bundle(&whole).unwrap(), bytes);
        }
    }
}
