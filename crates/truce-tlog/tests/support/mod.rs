//! A reference tree written straight from RFC 6962, and tiles kept in a map.
#![allow(dead_code, clippy::unwrap_used, clippy::indexing_slicing)]

use std::borrow::Cow;
use std::collections::BTreeMap;

use truce_tlog::{
    BundleCoord, EdgeTiles, Hash, HashSource, TileCoord, TileReader, leaf_hash, node_hash, tile,
};

pub(crate) mod reference {
    //! The definitions of RFC 6962 sections 2.1, 2.1.1 and 2.1.2, recursive and slow.
    use super::{Hash, node_hash};

    fn split(n: usize) -> usize {
        n.next_power_of_two() / 2
    }

    pub(crate) fn root(d: &[Hash]) -> Hash {
        match d {
            [] => truce_tlog::EMPTY_ROOT,
            [leaf] => *leaf,
            _ => node_hash(&root(&d[..split(d.len())]), &root(&d[split(d.len())..])),
        }
    }

    pub(crate) fn inclusion(m: usize, d: &[Hash]) -> Vec<Hash> {
        if d.len() == 1 {
            return vec![];
        }
        let (left, right) = d.split_at(split(d.len()));
        let (mut path, sibling) = if m < left.len() {
            (inclusion(m, left), root(right))
        } else {
            (inclusion(m - left.len(), right), root(left))
        };
        path.push(sibling);
        path
    }

    pub(crate) fn consistency(m: usize, d: &[Hash]) -> Vec<Hash> {
        if m == 0 { vec![] } else { subproof(m, d, true) }
    }

    fn subproof(m: usize, d: &[Hash], whole: bool) -> Vec<Hash> {
        if m == d.len() {
            return if whole { vec![] } else { vec![root(d)] };
        }
        let (left, right) = d.split_at(split(d.len()));
        let (mut path, sibling) = if m <= left.len() {
            (subproof(m, left, whole), root(right))
        } else {
            (subproof(m - left.len(), right, false), root(left))
        };
        path.push(sibling);
        path
    }
}

/// Distinct leaf hashes.
pub(crate) fn leaves(count: usize) -> Vec<Hash> {
    (0..count as u64).map(|n| leaf_hash(&n.to_be_bytes())).collect()
}

/// Leaf hashes as a source that computes every subtree from scratch.
pub(crate) struct Leaves<'a>(pub(crate) &'a [Hash]);

impl HashSource for Leaves<'_> {
    type Error = ();

    fn node(&self, level: u8, index: u64) -> Result<Hash, ()> {
        let start = usize::try_from(index << level).unwrap();
        self.0.get(start..start + (1 << level)).map(reference::root).ok_or(())
    }
}

/// Published tiles.
#[derive(Clone, Default)]
pub(crate) struct Tiles(pub(crate) BTreeMap<TileCoord, Vec<u8>>);

#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Missing(pub(crate) TileCoord);

impl Tiles {
    /// Every full tile and the partial tiles at the final size, built one leaf at a time.
    pub(crate) fn build(leaves: &[Hash]) -> (Self, EdgeTiles) {
        let (mut tiles, mut edge) = (Self::default(), EdgeTiles::new());
        for leaf in leaves {
            for full in edge.push(*leaf) {
                assert!(tiles.0.insert(full.coord, full.bytes).is_none());
            }
        }
        tiles.0.extend(edge.partial_tiles().map(|(coord, bytes)| (coord, bytes.to_vec())));
        (tiles, edge)
    }
}

impl TileReader for Tiles {
    type Error = Missing;

    fn tile(&self, coord: TileCoord) -> Result<Cow<'_, [u8]>, Missing> {
        // Any wider tile of the same place will do.
        let mut found = self.0.range(coord..=coord.full());
        found.next().map(|(_, bytes)| Cow::Borrowed(bytes.as_slice())).ok_or(Missing(coord))
    }
}

/// The bytes of a tile, by its definition.
pub(crate) fn tile_by_definition(leaves: &[Hash], coord: TileCoord) -> Vec<u8> {
    let span = 256usize.pow(coord.level().into());
    let first = usize::try_from(coord.index()).unwrap() * 256;
    (first..first + usize::from(coord.width()))
        .flat_map(|n| reference::root(&leaves[n * span..(n + 1) * span]).to_bytes())
        .collect()
}

/// The bundle of an entry and its width, by arithmetic of its own.
pub(crate) fn bundle_of(entry: u64, size: u64) -> BundleCoord {
    let width = (size - entry / 256 * 256).min(u64::from(tile::TILE_WIDTH));
    BundleCoord::new(entry / 256, u16::try_from(width).unwrap()).unwrap()
}
