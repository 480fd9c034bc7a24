//! The log as a C2SP log serves it (tlog-tiles): whoever reads logs can read this copy.

use super::answer::Answer;
use super::parameters::Asked;
use super::problem::Problem;
use crate::model::Reading;
use truce_copy::{CopyError, Served};
use truce_tlog::TileReader as _;
use truce_tlog::tile::{BundleCoord, TileCoord, TilePath, hashes_at};

pub(super) fn checkpoint(reading: &Reading, _: &Asked) -> Result<Answer, Problem> {
    let note = reading.served()?.checkpoint().note().to_string();
    Ok(Answer::bytes("text/plain; charset=utf-8", note.into_bytes()))
}

pub(super) fn tile(reading: &Reading, asked: &Asked) -> Result<Answer, Problem> {
    let rest = asked.text("path").unwrap_or_default();
    let none = || Problem::not_found(format!("no tile `{}`", rest.chars().take(80).collect::<String>()));
    let path: TilePath = format!("tile/{rest}").parse().map_err(|_| none())?;
    let served = reading.served()?;
    let bytes = match path {
        TilePath::Tile(coord) => hashes(&served, coord)?,
        TilePath::Entries(coord) => entries(&served, coord)?,
    };
    Ok(Answer::bytes("application/octet-stream", bytes.ok_or_else(none)?).for_ever())
}

/// A tile of hashes, full or not; `None` where the tree does not reach.
pub(super) fn hashes(served: &Served, coord: TileCoord) -> Result<Option<Vec<u8>>, CopyError> {
    let end = coord.index().checked_mul(256).and_then(|first| first.checked_add(u64::from(coord.width())));
    if end.is_none_or(|end| end > hashes_at(served.size(), coord.level())) {
        return Ok(None);
    }
    let tiles = served.tiles();
    let wide = tiles.tile(coord)?;
    let bytes = wide.get(..coord.byte_len());
    Ok(Some(bytes.ok_or_else(|| CopyError::damaged(format!("{coord} is too short")))?.to_vec()))
}

/// A bundle of entries, full or not; `None` where the log does not reach.
pub(super) fn entries(served: &Served, coord: BundleCoord) -> Result<Option<Vec<u8>>, CopyError> {
    let Ok(first) = coord.first_entry() else { return Ok(None) };
    if first.saturating_add(u64::from(coord.width())) > served.size() {
        return Ok(None);
    }
    Ok(Some(truce_log::bundle(served.store(), coord)?))
}
