//! The tree as the store keeps it: full tiles under their C2SP paths, the right edge beside the register.
//!
//! Level 0 of the edge is not stored: it is the hashes of the last, at most 255, entries, and hashing them again when
//! the ledger is opened checks them. Higher levels change once in 256 entries and are kept as `edge/<level>`.

use crate::error::LogError;
use std::borrow::Cow;
use std::ops::ControlFlow;
use truce_statement::{Entry, RootHash};
use truce_store::{Changes, Space, StoreRead};
use truce_tlog::{EdgeTiles, Hash, Note, TileCoord, TileHashes, TileReader, leaf_hash, proof, tile};

const ROOT: &[u8] = b"root";

/// Proof that an entry is in the log: everything a proof file holds, and the entry itself.
#[derive(Clone, Debug)]
pub struct Proof {
    /// Position of the entry.
    pub index: u64,
    /// The entry's bytes.
    pub entry: Vec<u8>,
    /// Hashes from the leaf's sibling to the root.
    pub path: Vec<Hash>,
    /// The checkpoint that the path leads to.
    pub checkpoint: Note,
}

impl Proof {
    /// The proof as a file (c2sp.org/tlog-proof), its `extra` being `[1, prev, received]` in CBOR, so that the
    /// statement alone is needed to rebuild the leaf (`docs/spec/formats.md`, section 7).
    pub fn to_file(&self) -> Result<String, LogError> {
        Ok(self.file()?.to_string())
    }

    pub(crate) fn file(&self) -> Result<truce_tlog::ProofFile, LogError> {
        let tree = |e: &dyn std::fmt::Display| LogError::Tree(e.to_string());
        let entry = Entry::parse(&self.entry).map_err(|e| tree(&e))?;
        truce_tlog::ProofFile::new(
            Some(entry.extra()),
            self.index,
            self.path.clone(),
            self.checkpoint.clone(),
        )
        .map_err(|e| tree(&e))
    }
}

/// Reads tiles from the store: the full ones, and of the edge what is kept.
#[derive(Clone, Copy)]
pub(crate) struct StoreTiles<'a, S: ?Sized>(pub(crate) &'a S);

impl<S: StoreRead + ?Sized> TileReader for StoreTiles<'_, S> {
    type Error = LogError;

    fn tile(&self, coord: TileCoord) -> Result<Cow<'_, [u8]>, LogError> {
        // A tile that was partial under an older checkpoint may have become full since.
        let mut found = self.0.tile(&coord.full().to_string())?;
        if found.is_none() && !coord.is_full() {
            found = self.0.get(Space::State, &edge_key(coord.level()))?;
        }
        found.map(Cow::Owned).ok_or_else(|| LogError::altered(format!("{coord} is missing")))
    }
}

/// While the edge is being restored, its level 0 comes from the entries themselves.
struct FromEntries<'a, S: ?Sized>(&'a S);

impl<S: StoreRead + ?Sized> TileReader for FromEntries<'_, S> {
    type Error = LogError;

    fn tile(&self, coord: TileCoord) -> Result<Cow<'_, [u8]>, LogError> {
        if coord.level() > 0 || coord.is_full() {
            return StoreTiles(self.0).tile(coord).map(|tile| Cow::Owned(tile.into_owned()));
        }
        let first = coord.index() * u64::from(tile::TILE_WIDTH);
        let mut hashes = Vec::with_capacity(coord.byte_len());
        self.0.read(first..first + u64::from(coord.width()), &mut |_, entry| {
            hashes.extend_from_slice(leaf_hash(entry).as_bytes());
            ControlFlow::Continue(())
        })?;
        Ok(Cow::Owned(hashes))
    }
}

/// Restores the right edge for the `size` entries in the store and checks that it leads to the root kept there.
pub(crate) fn restore<S: StoreRead + ?Sized>(store: &S, size: u64) -> Result<EdgeTiles, LogError> {
    if size == 0 {
        return Ok(EdgeTiles::new());
    }
    let root = store.get(Space::State, ROOT)?;
    let root = root.as_deref().and_then(|bytes| Hash::try_from(bytes).ok());
    let root = root.ok_or_else(|| LogError::altered("the root of the tree is missing"))?;
    EdgeTiles::restore(size, &root, &FromEntries(store)).map_err(|e| match e {
        truce_tlog::EdgeError::Read(e) => e,
        other => LogError::altered(other.to_string()),
    })
}

/// Adds what a batch has changed of the tree: full tiles, the root, and the edge above level 0 when it moved.
pub(crate) fn keep(changes: &mut Changes, edge: &EdgeTiles, full: &[truce_tlog::FullTile]) {
    for tile in full {
        changes.put(Space::Tiles, tile.coord.to_string().as_bytes(), &tile.bytes);
    }
    changes.put(Space::State, ROOT, edge.root().as_bytes());
    if !full.is_empty() {
        for (coord, bytes) in edge.partial_tiles().filter(|(coord, _)| coord.level() > 0) {
            changes.put(Space::State, &edge_key(coord.level()), bytes);
        }
    }
}

/// Root over the first `size` entries; full tiles come from `tiles`, the right edge from `edge`.
pub(crate) fn root_at<R: TileReader<Error = LogError>>(
    tiles: &R,
    edge: &EdgeTiles,
    size: u64,
) -> Result<RootHash, LogError> {
    let hashes = TileHashes::new(edge.over(tiles), edge.size());
    let root = proof::tree_root(&hashes, size).map_err(|e| LogError::Tree(e.to_string()))?;
    Ok(RootHash::from_bytes(root.to_bytes()))
}

/// Inclusion path of entry `index` in the tree over the first `size` entries.
pub(crate) fn inclusion<R: TileReader<Error = LogError>>(
    tiles: &R,
    edge: &EdgeTiles,
    index: u64,
    size: u64,
) -> Result<Vec<Hash>, LogError> {
    let hashes = TileHashes::new(edge.over(tiles), edge.size());
    proof::inclusion_proof(&hashes, index, size).map_err(|e| LogError::Tree(e.to_string()))
}

fn edge_key(level: u8) -> Vec<u8> {
    format!("edge/{level}").into_bytes()
}
