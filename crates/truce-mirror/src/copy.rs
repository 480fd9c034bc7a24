//! The copy on disk: whether it is what its checkpoint says, and putting right what is not.

use crate::MirrorError;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use truce_audit::{DirSource, Source};
use truce_tlog::{
    BundleCoord, EdgeTiles, EntryBundle, FullTile, Hash, SignedCheckpoint, TileCoord, bundle, leaf_hash, tile,
};

/// Files of a copy that were damaged and are right again.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Repaired {
    /// Their paths, in the layout of c2sp.org/tlog-tiles.
    pub files: Vec<String>,
}

/// Hashes every entry under the checkpoint and compares every tile; what differs is fetched again from `source`, and
/// written only if all of it leads to the root that was signed.
pub(crate) fn check(
    folder: &Path,
    held: &SignedCheckpoint,
    source: &dyn Source,
) -> Result<Repaired, MirrorError> {
    let copy = DirSource::new(folder);
    let mut edge = EdgeTiles::new();
    let mut repairs: Vec<(String, Vec<u8>)> = Vec::new();
    for index in 0..held.size().div_ceil(u64::from(tile::TILE_WIDTH)) {
        let Ok(coord) = BundleCoord::in_tree(index, held.size()) else { break };
        let mut bytes = Vec::new();
        copy.bundle(coord, &mut bytes)?;
        let mut leaves = leaves(&bytes, coord);
        // One of the two is damaged when they disagree; the root decides below.
        let tile =
            TileCoord::in_tree(0, index, held.size()).ok().map(|coord| copy.tile(coord)).transpose()?;
        let agreed = leaves.as_ref().is_some_and(|leaves| {
            tile.flatten().is_some_and(|tile| {
                let hashes: Vec<u8> = leaves.iter().flat_map(|leaf| *leaf.as_bytes()).collect();
                tile.get(..hashes.len()) == Some(hashes.as_slice())
            })
        });
        if !agreed {
            let before = bytes.clone();
            bytes.clear();
            if !source.bundle(coord, &mut bytes)? {
                return Err(damaged(format!("{coord} does not agree with its tile, and is not served here")));
            }
            leaves = self::leaves(&bytes, coord);
            let exact = EntryBundle::parse_prefix(&bytes, coord)
                .ok()
                .and_then(|entries| bundle::encode_bundle(entries.entries()).ok());
            if let Some(exact) = exact.filter(|exact| *exact != before) {
                repairs.push((coord.to_string(), exact));
            }
        }
        let Some(leaves) = leaves else {
            return Err(damaged(format!("{coord} is malformed, here and where it is served")));
        };
        for leaf in leaves {
            for FullTile { coord, bytes } in edge.push(leaf) {
                compare(&copy, coord, &bytes, &mut repairs)?;
            }
        }
    }
    let partial: Vec<_> = edge.partial_tiles().map(|(coord, bytes)| (coord, bytes.to_vec())).collect();
    for (coord, bytes) in partial {
        compare(&copy, coord, &bytes, &mut repairs)?;
    }
    if edge.root() != *held.root() {
        return Err(damaged("its entries are not those that its checkpoint was signed for".to_owned()));
    }
    for (path, bytes) in &repairs {
        let target = folder.join(path);
        replace(target, bytes)?;
    }
    Ok(Repaired { files: repairs.into_iter().map(|(path, _)| path).collect() })
}

/// The same for what was added between two sizes, without repair: `edge` stands at the first and is moved to the second.
pub(crate) fn check_new(
    folder: &Path,
    edge: &mut EdgeTiles,
    new: &SignedCheckpoint,
) -> Result<(), MirrorError> {
    let copy = DirSource::new(folder);
    let width = u64::from(tile::TILE_WIDTH);
    let differs = |coord: TileCoord, bytes: &[u8]| -> Result<(), MirrorError> {
        match copy.tile(coord)? {
            Some(found) if found.get(..bytes.len()) == Some(bytes) => Ok(()),
            _ => Err(damaged(format!("{coord} is not what was audited"))),
        }
    };
    while edge.size() < new.size() {
        let coord = BundleCoord::in_tree(edge.size() / width, new.size());
        let coord = coord.map_err(|e| damaged(e.to_string()))?;
        let mut bytes = Vec::new();
        copy.bundle(coord, &mut bytes)?;
        let leaves =
            leaves(&bytes, coord).ok_or_else(|| damaged(format!("{coord} is not what was audited")))?;
        // At most 255: the place in the bundle where the last copy ended.
        let skip = usize::try_from(edge.size() % width).unwrap_or(0);
        for leaf in leaves.into_iter().skip(skip) {
            for FullTile { coord, bytes } in edge.push(leaf) {
                differs(coord, &bytes)?;
            }
        }
    }
    for (coord, bytes) in edge.partial_tiles() {
        differs(coord, bytes)?;
    }
    if edge.root() == *new.root() {
        Ok(())
    } else {
        Err(damaged("what was copied is not what was audited".to_owned()))
    }
}

/// Removes partial files where the full one has come.
pub(crate) fn drop_partials(folder: &Path, old: u64, new: u64) -> io::Result<()> {
    let tiles =
        tile::partial_tiles(old).map(|coord| (coord.full().to_string(), coord.index(), coord.level()));
    let passed = |index: u64, level: u8| index < tile::full_tiles(new, level);
    let mut gone: Vec<String> =
        tiles.filter(|(_, index, level)| passed(*index, *level)).map(|(path, ..)| path).collect();
    let bundle = BundleCoord::in_tree(old / u64::from(tile::TILE_WIDTH), old);
    if let Ok(bundle) = bundle
        && !bundle.is_full()
        && passed(bundle.index(), 0)
    {
        gone.push(bundle.full().to_string());
    }
    for path in gone {
        match fs::remove_dir_all(folder.join(format!("{path}.p"))) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
    }
    Ok(())
}

fn compare(
    copy: &DirSource,
    coord: TileCoord,
    computed: &[u8],
    repairs: &mut Vec<(String, Vec<u8>)>,
) -> Result<(), MirrorError> {
    match copy.tile(coord) {
        Ok(Some(found)) if found.get(..computed.len()) == Some(computed) => Ok(()),
        // A file that has grown beyond its format is damage too.
        Ok(_) | Err(truce_audit::SourceError::TooLarge { .. }) => {
            repairs.push((coord.to_string(), computed.to_vec()));
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

fn leaves(bytes: &[u8], coord: BundleCoord) -> Option<Vec<Hash>> {
    let entries = EntryBundle::parse_prefix(bytes, coord).ok()?;
    Some(entries.entries().iter().map(|entry| leaf_hash(entry)).collect())
}

fn damaged(what: String) -> MirrorError {
    MirrorError::Damaged { what }
}

/// Puts `bytes` in the place of whatever stands at `target`, in a folder that is made where there is none.
pub(crate) fn replace(target: PathBuf, bytes: &[u8]) -> Result<(), MirrorError> {
    let folder = target.parent().map_or(Ok(()), truce_file::create_folder);
    folder
        .and_then(|()| truce_file::replace(&target, bytes))
        .map_err(|source| MirrorError::File { path: target, source })
}
