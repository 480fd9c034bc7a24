//! Taking up an audit that was stopped. The position is saved after the work under it is on disk, never before.
//!
//! `state` in the scratch folder, canonical CBOR: `[1, log vkey, register, [[run, tier]...], root,
//! [[level, partial tile]...]]`.

use crate::replay::State;
use crate::scratch::{Scratch, ScratchError};
use std::borrow::Cow;
use std::convert::Infallible;
use std::path::Path;
use truce_register::Register;
use truce_statement::cbor::{Flaw, Head, Reader, Writer};
use truce_tlog::{EdgeTiles, TileCoord, TileReader, VKey};

/// Seconds between two saves of the state while an audit runs.
pub(crate) const EVERY_SECONDS: u64 = 30;

const VERSION: u64 = 1;
/// Largest state that is read, in bytes: a register of some millions of keys.
const MAX_STATE: u64 = 1 << 30;

/// Saves where the audit stands.
pub(crate) fn save(state: &mut State, folder: &Path, log: &VKey) -> Result<(), ScratchError> {
    let runs = state.scratch.save()?;
    let mut w = Writer::with_capacity(64 * 1024);
    w.head(Head::Array(6)).unsigned(VERSION).text(&log.to_string()).bytes(&state.register.encode());
    w.head(Head::Array(runs.len() as u64));
    for (number, tier) in runs {
        w.head(Head::Array(2)).unsigned(number).unsigned(u64::from(tier));
    }
    w.bytes(state.scratch.edge.root().as_bytes());
    let partial: Vec<_> = state.scratch.edge.partial_tiles().collect();
    w.head(Head::Array(partial.len() as u64));
    for (coord, bytes) in partial {
        w.head(Head::Array(2)).unsigned(u64::from(coord.level())).bytes(bytes);
    }
    let path = folder.join("state");
    truce_file::replace(&path, &w.into_bytes()).map_err(|source| ScratchError::new(&path, source))?;
    state.scratch.sweep()
}

/// Loads what [`save`] wrote; `None` where nothing was saved yet, a sentence where it is of no use here.
pub(crate) fn load(folder: &Path, log: &VKey) -> Result<Option<State>, String> {
    let Some(bytes) = truce_file::read(&folder.join("state"), MAX_STATE).map_err(|e| e.to_string())? else {
        return Ok(None);
    };
    let saved = Saved::parse(&bytes).map_err(|flaw| flaw.to_string())?;
    if saved.log != log.to_string() {
        return Err(format!("it is an audit of the log {}", saved.log));
    }
    let register = Register::decode(saved.register).map_err(|e| e.to_string())?;
    let root = truce_tlog::Hash::from_bytes(saved.root);
    let edge = EdgeTiles::restore(register.size(), &root, &saved).map_err(|e| e.to_string())?;
    let scratch = Scratch::reopen(folder, &saved.runs, edge).map_err(|e| e.to_string())?;
    Ok(Some(State { register, scratch }))
}

struct Saved<'a> {
    log: &'a str,
    register: &'a [u8],
    runs: Vec<(u64, u32)>,
    root: [u8; 32],
    partial: Vec<(u64, &'a [u8])>,
}

impl<'a> Saved<'a> {
    fn parse(bytes: &'a [u8]) -> Result<Self, Flaw> {
        let mut r = Reader::new(bytes);
        r.array(6)?;
        r.expect(Head::Unsigned(VERSION))?;
        let (log, register) = (r.text()?, r.byte_string()?);
        let mut runs = Vec::new();
        for _ in 0..items(&mut r)? {
            r.array(2)?;
            runs.push((r.unsigned()?, u32::try_from(r.unsigned()?).unwrap_or(u32::MAX)));
        }
        let root = r.fixed()?;
        let mut partial = Vec::new();
        for _ in 0..items(&mut r)? {
            r.array(2)?;
            partial.push((r.unsigned()?, r.byte_string()?));
        }
        r.end()?;
        Ok(Self { log, register, runs, root, partial })
    }
}

impl TileReader for Saved<'_> {
    type Error = Infallible;

    fn tile(&self, coord: TileCoord) -> Result<Cow<'_, [u8]>, Infallible> {
        // What is missing is given as empty: the restored edge then fails its own check against the root.
        let found = self.partial.iter().find(|(level, _)| *level == u64::from(coord.level()));
        Ok(Cow::Borrowed(found.map_or(&[][..], |(_, bytes)| bytes)))
    }
}

fn items(r: &mut Reader<'_>) -> Result<u64, Flaw> {
    let at = r.at();
    match r.head()? {
        Head::Array(n) => Ok(n),
        _ => Err(Flaw { at, kind: truce_statement::cbor::FlawKind::OtherType }),
    }
}
