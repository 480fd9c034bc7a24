//! Publication: immutable tiles and bundles first, the checkpoint last (`docs/spec/publication.md`, section 2).
//!
//! In a directory, what was written is at rest when [`Published::settle`] returned; where it stands is kept in the
//! ledger's folder, and from there on everything is looked at again at the next start, because a loss of power may have
//! torn it. In a bucket it is at rest when the store has answered.

mod round;
mod show;
mod target;

pub(crate) use round::run;
pub(crate) use show::show;
pub use target::Target;
pub(crate) use target::{FOR_A_MOMENT, FOR_EVER};

use crate::error::ServiceError;
use crate::quorum::Quorum;
use crate::snapshot::Snapshot;
use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use object_store::{ObjectStoreExt as _, UpdateVersion};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use truce_log::{Depositary, LogError};
use truce_tlog::tile::{self, BundleCoord, TileCoord};
use truce_tlog::{Note, SignedCheckpoint, VKey};

/// Files that are written at the same time.
const PARALLEL: usize = 8;

/// A log as it is published at one place.
pub(crate) struct Published {
    target: Target,
    /// The note of what is at rest.
    mark: PathBuf,
    /// Size under the checkpoint there.
    size: u64,
    /// Cosignatures of witnesses that count, on the checkpoint there.
    cosignatures: usize,
    /// The store's tag of the checkpoint there, so that nothing but this one is replaced.
    version: Option<UpdateVersion>,
    /// Size up to which every file is at rest.
    settled: u64,
    settled_at: Instant,
    /// Partial files to be removed, and when.
    outgrown: VecDeque<(Instant, String)>,
}

/// A file of a published log.
#[derive(Clone, Copy)]
enum Piece {
    Bundle(BundleCoord),
    Tile(TileCoord),
}

/// A checkpoint that stands at a place.
pub(crate) struct There {
    pub(crate) checkpoint: SignedCheckpoint,
    version: Option<UpdateVersion>,
}

impl Published {
    /// The log published at `target` now: its checkpoint, if there is one, verified with the log's key.
    pub(crate) async fn checkpoint(target: &Target, quorum: &Quorum) -> Result<Option<There>, ServiceError> {
        let Some((bytes, version)) = target.read_checkpoint().await? else { return Ok(None) };
        let checkpoint = opened(target, quorum, &bytes)?;
        Ok(Some(There { checkpoint, version }))
    }

    /// Takes up a publication as it stands, `mark` being the file that says what of it is at rest.
    pub(crate) fn take_up(target: Target, mark: PathBuf, standing: Option<There>) -> Self {
        let size = standing.as_ref().map_or(0, |standing| standing.checkpoint.size());
        let cosignatures = standing.as_ref().map_or(0, |standing| standing.checkpoint.cosignatures().len());
        let version = standing.and_then(|standing| standing.version);
        let settled = std::fs::read_to_string(&mark).ok();
        let settled = settled.and_then(|text| text.trim().parse().ok()).unwrap_or(0);
        let settled = if target.folder.is_some() { size.min(settled) } else { size };
        Self {
            target,
            mark,
            size,
            cosignatures,
            version,
            settled,
            settled_at: Instant::now(),
            outgrown: VecDeque::new(),
        }
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    pub(crate) fn place(&self) -> &str {
        self.target.place()
    }

    /// True where this checkpoint says more than the one there: it is of a larger tree, or with more cosignatures.
    pub(crate) fn lacks(&self, snapshot: &Snapshot) -> bool {
        let cosignatures = snapshot.checkpoint().cosignatures().len();
        snapshot.size() > self.size || snapshot.size() == self.size && cosignatures > self.cosignatures
    }

    /// Looks at every file that was perhaps not at rest, and writes it again where it is not what it should be.
    pub(crate) async fn mend(
        &mut self,
        snapshot: &Arc<Snapshot>,
        depositary: &Arc<Depositary>,
    ) -> Result<(), ServiceError> {
        let pieces = pieces(self.settled, self.size);
        let target = &self.target;
        stream::iter(pieces)
            .map(|piece| async move {
                let bytes = read(piece, snapshot, depositary).await?;
                let path = target.at(&piece.path());
                let there = match target.store.get(&path).await {
                    Ok(found) if found.meta.size == bytes.len() as u64 => found.bytes().await.ok(),
                    _ => None,
                };
                if there.as_ref() == Some(&bytes) {
                    return Ok(());
                }
                tracing::warn!(path = piece.path(), "a published file was not whole; it is written again");
                target.put(&piece.path(), bytes, FOR_EVER, false).await
            })
            .buffer_unordered(PARALLEL)
            .try_collect::<()>()
            .await
    }

    /// Writes what `snapshot` has and the world has not: every bundle and tile. The checkpoint is not touched.
    pub(crate) async fn spread(
        &mut self,
        snapshot: &Arc<Snapshot>,
        depositary: &Arc<Depositary>,
        grace: Duration,
    ) -> Result<(), ServiceError> {
        let target = &self.target;
        stream::iter(pieces(self.size, snapshot.size()))
            .map(|piece| async move {
                let bytes = read(piece, snapshot, depositary).await?;
                // Entries are worth it, hashes are not.
                if target.gzip && matches!(piece, Piece::Bundle(_)) {
                    let bytes = tokio::task::spawn_blocking(move || compressed(&bytes).into()).await;
                    let bytes = bytes.map_err(|e| target.failed(e))?;
                    return target.put(&piece.path(), bytes, FOR_EVER, true).await;
                }
                target.put(&piece.path(), bytes, FOR_EVER, false).await
            })
            .buffer_unordered(PARALLEL)
            .try_collect::<()>()
            .await?;
        let due = Instant::now() + grace;
        let outgrown = outgrown(self.size, snapshot.size());
        self.outgrown.extend(outgrown.into_iter().map(|path| (due, path)));
        Ok(())
    }

    /// Shows the checkpoint, behind everything under it, in place of the one that is known to be there.
    ///
    /// # Errors
    /// Where somebody else has put one there that this one does not follow.
    pub(crate) async fn show(&mut self, snapshot: &Snapshot, quorum: &Quorum) -> Result<(), ServiceError> {
        let (note, size) = (snapshot.note().clone(), snapshot.size());
        let sized = |bytes: &[u8]| opened(&self.target, quorum, bytes).map(|there| there.size());
        self.version = self.target.advance(note, size, self.version.clone(), sized).await?;
        self.size = size;
        self.cosignatures = snapshot.checkpoint().cosignatures().len();
        Ok(())
    }

    /// Puts a file beside the checkpoint.
    pub(crate) async fn put(&self, path: &str, bytes: Bytes) -> Result<(), ServiceError> {
        self.target.put(path, bytes, FOR_A_MOMENT, false).await
    }

    /// Sees to it that what was written is at rest, when it is time or `now`.
    pub(crate) async fn settle(&mut self, now: bool) -> Result<(), ServiceError> {
        const BETWEEN: Duration = Duration::from_secs(5);
        if self.settled == self.size || !now && self.settled_at.elapsed() < BETWEEN {
            return Ok(());
        }
        let (folder, mark, size) = (self.target.folder.clone(), self.mark.clone(), self.size);
        let settled = tokio::task::spawn_blocking(move || {
            if let Some(folder) = folder {
                let folder = std::fs::File::open(folder)?;
                rustix::fs::syncfs(&folder)?;
            }
            truce_file::replace_unsynced(&mark, format!("{size}\n").as_bytes())
        });
        let done = settled.await.map_err(std::io::Error::other).and_then(|done| done);
        done.map_err(|e| self.target.io_failed(&e))?;
        (self.settled, self.settled_at) = (size, Instant::now());
        Ok(())
    }

    /// Removes the partial files whose time is over.
    pub(crate) async fn sweep(&mut self) -> Result<(), ServiceError> {
        while let Some((due, prefix)) = self.outgrown.front() {
            if *due > Instant::now() {
                break;
            }
            self.target.remove_below(prefix).await?;
            self.outgrown.pop_front();
        }
        Ok(())
    }

    /// Finds the partial files that are left behind, also by an earlier run or for a checkpoint that never came to be
    /// shown, to be removed when `grace` is over.
    pub(crate) async fn find_outgrown(&mut self, grace: Duration) -> Result<(), ServiceError> {
        let due = Instant::now() + grace;
        for prefix in self.target.partial_folders().await? {
            let full = prefix.strip_suffix(".p").and_then(|full| full.parse::<tile::TilePath>().ok());
            let outgrown = full.is_some_and(|full| match full {
                tile::TilePath::Tile(coord) => coord.index() < tile::full_tiles(self.size, coord.level()),
                tile::TilePath::Entries(coord) => coord.index() < tile::full_tiles(self.size, 0),
            });
            if outgrown && self.outgrown.iter().all(|(_, known)| *known != prefix) {
                self.outgrown.push_back((due, prefix));
            }
        }
        Ok(())
    }
}

/// A checkpoint as it was read at `target`, verified with the log's key.
fn opened(target: &Target, quorum: &Quorum, bytes: &[u8]) -> Result<SignedCheckpoint, ServiceError> {
    let foreign = |e: &dyn std::fmt::Display| target.failed(format!("its checkpoint is not this log's: {e}"));
    let note = Note::parse(bytes).map_err(|e| foreign(&e))?;
    let witnesses: Vec<VKey> = quorum.witnesses().iter().map(|witness| witness.vkey().clone()).collect();
    // A cosignature that fails is the witness's fault or a forger's, and no reason not to publish.
    let opened = quorum.log.open(&note, &witnesses).or_else(|_| quorum.log.open(&note, &[]));
    opened.map_err(|e| foreign(&e))
}

impl Piece {
    fn path(self) -> String {
        match self {
            Self::Bundle(coord) => coord.to_string(),
            Self::Tile(coord) => coord.to_string(),
        }
    }
}

/// Files that a log of `new` entries has and one of `old` had not.
fn pieces(old: u64, new: u64) -> impl Iterator<Item = Piece> {
    tile::new_bundles(old, new).map(Piece::Bundle).chain(tile::new_tiles(old, new).map(Piece::Tile))
}

/// Folders of partial files whose full ones a log of `new` entries has, and one of `old` had not.
fn outgrown(old: u64, new: u64) -> Vec<String> {
    let mut folders = Vec::new();
    for coord in tile::partial_tiles(old) {
        if coord.index() < tile::full_tiles(new, coord.level()) {
            folders.push(format!("{}.p", coord.full()));
            if coord.level() == 0
                && let Ok(bundle) = BundleCoord::new(coord.index(), tile::TILE_WIDTH)
            {
                folders.push(format!("{bundle}.p"));
            }
        }
    }
    folders
}

/// Bytes in the format of gzip (RFC 1952), always the same for the same.
pub(crate) fn compressed(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    // Writing to memory does not fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

/// The bytes of a piece, off the threads that keep connections.
async fn read(
    piece: Piece,
    snapshot: &Arc<Snapshot>,
    depositary: &Arc<Depositary>,
) -> Result<Bytes, ServiceError> {
    let (snapshot, depositary) = (Arc::clone(snapshot), Arc::clone(depositary));
    let read = tokio::task::spawn_blocking(move || match piece {
        Piece::Bundle(coord) => truce_log::bundle(depositary.store(), coord).map(Some),
        Piece::Tile(coord) => hashes(coord, &snapshot, &depositary),
    });
    let read = read.await.map_err(|e| LogError::Task(e.to_string()))?;
    Ok(read?.ok_or_else(|| LogError::Altered { what: format!("{} is missing", piece.path()) })?.into())
}

/// A tile of hashes, full or partial. The caller knows that the tree reaches so far.
pub(crate) fn hashes(
    coord: TileCoord,
    snapshot: &Snapshot,
    depositary: &Depositary,
) -> Result<Option<Vec<u8>>, LogError> {
    let cut = |wide: &[u8]| wide.get(..coord.byte_len()).map(<[u8]>::to_vec);
    let edge = snapshot.edge().partial_tiles();
    let mut edge = edge.filter(|(at, _)| (at.level(), at.index()) == (coord.level(), coord.index()));
    if let Some((_, wide)) = edge.next() {
        return Ok(cut(wide));
    }
    Ok(depositary.store().tile(&coord.full().to_string())?.and_then(|wide| cut(&wide)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partial_file_is_outgrown_when_the_full_one_is_there() {
        assert_eq!(outgrown(255, 256), ["tile/0/000.p", "tile/entries/000.p"]);
        assert!(outgrown(10, 255).is_empty());
        assert!(outgrown(256, 511).is_empty(), "tile/1/000 stays partial");
        assert_eq!(outgrown(300, 1000), ["tile/0/001.p", "tile/entries/001.p"]);
        assert_eq!(outgrown(65_535, 65_536), ["tile/0/255.p", "tile/entries/255.p", "tile/1/000.p"]);
    }
}
