//! The whole log as published, in one file.

use super::answer::{Answer, Sink};
use super::log;
use super::parameters::Asked;
use super::problem::Problem;
use crate::model::Reading;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io;
use std::sync::Arc;
use truce_copy::Served;
use truce_tlog::tile;

pub(super) fn tar(reading: &Reading, _: &Asked) -> Result<Answer, Problem> {
    let served = reading.served()?;
    let make = Box::new(move |sink: &mut Sink| write(&served, sink));
    Ok(Answer::Stream { kind: "application/gzip", name: "truce-log.tar.gz", make })
}

/// Bundles, tiles, and the checkpoint last, as a log publishes them.
fn write(served: &Arc<Served>, sink: &mut Sink) -> io::Result<()> {
    let mut archive = tar::Builder::new(GzEncoder::new(sink, Compression::fast()));
    let size = served.size();
    let time = u64::try_from(served.verified_at() / 1000).unwrap_or_default();
    let missing = |path: &dyn std::fmt::Display| io::Error::other(format!("{path} is missing"));
    for coord in tile::new_bundles(0, size) {
        let bytes = log::entries(served, coord).map_err(io::Error::other)?;
        file(&mut archive, &coord.to_string(), &bytes.ok_or_else(|| missing(&coord))?, time)?;
    }
    for coord in tile::new_tiles(0, size) {
        let bytes = log::hashes(served, coord).map_err(io::Error::other)?;
        file(&mut archive, &coord.to_string(), &bytes.ok_or_else(|| missing(&coord))?, time)?;
    }
    file(&mut archive, "checkpoint", served.checkpoint().note().to_string().as_bytes(), time)?;
    archive.into_inner()?.finish().map(drop)
}

fn file(archive: &mut tar::Builder<impl io::Write>, path: &str, bytes: &[u8], time: u64) -> io::Result<()> {
    let mut header = tar::Header::new_ustar();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o644);
    header.set_mtime(time);
    archive.append_data(&mut header, path, bytes)
}
