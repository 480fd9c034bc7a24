//! A published log in a directory, read bundle by bundle.

use super::{FeedInLog, Filter, Log, Recorded, Visit, charter_of};
use crate::exit::Failure;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use truce_audit::{DirSource, Source as _, each_statement};
use truce_source::Tiles;
use truce_statement::{Body, Entry, KeyId, Kind, PartyId, Statement, StatementId};
use truce_succession::{MAX_SUCCESSION_BYTES, OpenError, Succession, Terms};
use truce_tlog::{
    BundleCoord, EntryBundle, Note, ProofFile, SignedCheckpoint, TileHashes, leaf_hash, proof, tile,
    verify_inclusion,
};

pub(super) struct Published {
    directory: DirSource,
    charter: Statement,
    checkpoint: SignedCheckpoint,
    /// The bundle read last: entries are asked for one after another.
    last: RefCell<Option<(BundleCoord, Vec<u8>)>>,
}

impl Published {
    /// Opens the directory and checks that its checkpoint is signed by the log that its charter names.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let directory = DirSource::new(path);
        let bad = |e: &dyn std::fmt::Display| {
            Failure::unverified("bad-checkpoint", format!("{}: {e}", path.display()))
                .next("fetch the log again, or run `truce verify` on it")
        };
        let bytes = directory
            .checkpoint()?
            .ok_or_else(|| Failure::unverified("no-checkpoint", "there is no checkpoint").next("check the path; a published log has a file `checkpoint`, as `truce export` and `truce mirror` write it"))?;
        let note = Note::parse(&bytes).map_err(|e| bad(&e))?;
        let claimed = truce_tlog::Checkpoint::parse(note.text()).map_err(|e| bad(&e))?;
        let first = read_entry(&directory, 0, claimed.size())?;
        let charter = charter_of(&first)?;
        let known = match directory.file("succession", MAX_SUCCESSION_BYTES as u64)? {
            Some(bytes) => Succession::parse(&bytes).and_then(|succession| succession.verify(&charter)),
            None => Terms::of_charter(&charter),
        };
        let known = known.map_err(|e| {
            Failure::unverified(e.code(), format!("{}: {e}", path.display())).next(e.remedy())
        })?;
        let unsigned = |e: &dyn std::fmt::Display| {
            bad(&format!("the checkpoint is not signed by the log that the charter names: {e}"))
        };
        let checkpoint = match known.keys().open(&note, &[]) {
            Ok(checkpoint) => checkpoint,
            Err(first) if first.code() != "bad-checkpoint" => {
                let failure = Failure::unverified(first.code(), format!("{}: {first}", path.display()));
                return Err(failure.next("run `truce verify` on this log, and keep the copy as evidence"));
            }
            // Another key may have followed: the amendments of the log tell.
            Err(first) => {
                let founded = truce_succession::outline(&charter).map_err(|e| bad(&e))?;
                let opened = truce_succession::open(&note, founded, 1, |range, take| {
                    each_statement(&directory, range, take)
                });
                match opened {
                    Ok(opened) => opened.checkpoint,
                    Err(OpenError::Unread { why, .. }) => return Err(why.into()),
                    Err(_) => return Err(unsigned(&first)),
                }
            }
        };
        Ok(Self { directory, charter, checkpoint, last: RefCell::default() })
    }

    fn bundle(&self, index: u64) -> Result<(BundleCoord, Vec<u8>), Failure> {
        let coord = BundleCoord::in_tree(index, self.checkpoint.size()).map_err(|e| broken(&e))?;
        if let Some((last, bytes)) = self.last.borrow_mut().take()
            && last == coord
        {
            return Ok((coord, bytes));
        }
        let mut bytes = Vec::new();
        if self.directory.bundle(coord, &mut bytes)? { Ok((coord, bytes)) } else { Err(missing(&coord)) }
    }
}

impl Log for Published {
    fn charter(&self) -> &Statement {
        &self.charter
    }

    fn size(&self) -> u64 {
        self.checkpoint.size()
    }

    fn checkpoint(&self) -> Option<&SignedCheckpoint> {
        Some(&self.checkpoint)
    }

    fn entry(&self, position: u64) -> Result<Option<Vec<u8>>, Failure> {
        if position >= self.size() {
            return Ok(None);
        }
        let (coord, bytes) = self.bundle(position / u64::from(tile::TILE_WIDTH))?;
        let entry = entry_in(coord, &bytes, position)?;
        *self.last.borrow_mut() = Some((coord, bytes));
        Ok(Some(entry))
    }

    fn find(&self, id: &StatementId) -> Result<Option<u64>, Failure> {
        let mut found = None;
        self.each_entry(0, |position, bytes| {
            let entry = Entry::parse(bytes).map_err(|e| broken(&e))?;
            if truce_statement::id::sha256(entry.statement) == *id.as_bytes() {
                found = Some(position);
                return Ok(ControlFlow::Break(()));
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(found)
    }

    fn visit(&self, filter: &Filter, from: u64, each: &mut Visit<'_>) -> Result<(), Failure> {
        self.each_entry(from, |position, bytes| {
            let recorded = Recorded::parse(position, bytes)?;
            if filter.takes(&recorded.statement) { each(recorded) } else { Ok(ControlFlow::Continue(())) }
        })
    }

    fn prove(&self, position: u64) -> Result<String, Failure> {
        let bytes = self.entry(position)?.ok_or_else(|| missing(&format!("entry {position}")))?;
        let size = self.size();
        let hashes = TileHashes::new(Tiles(&self.directory), size);
        let path =
            proof::inclusion_proof(&hashes, position, size).map_err(|e| broken(&truce_tlog::explain(&e)))?;
        verify_inclusion(position, size, &leaf_hash(&bytes), &path, self.checkpoint.root()).map_err(|e| {
            let message = format!("the tiles do not lead from entry {position} to the checkpoint: {e}");
            Failure::unverified("tile-differs", message).next("run `truce verify` on this log")
        })?;
        let entry = Entry::parse(&bytes).map_err(|e| broken(&e))?;
        let file = ProofFile::new(Some(entry.extra()), position, path, self.checkpoint.note().clone());
        Ok(file.map_err(|e| broken(&e))?.to_string())
    }

    fn counts(&self) -> Result<(BTreeMap<Kind, u64>, i64), Failure> {
        let (mut counts, mut received) = (BTreeMap::new(), 0);
        self.visit(&Filter::default(), 0, &mut |recorded| {
            *counts.entry(recorded.statement.kind()).or_insert(0) += 1;
            received = recorded.received;
            Ok(ControlFlow::Continue(()))
        })?;
        Ok((counts, received))
    }

    fn feed(&self, key: KeyId) -> Result<Option<FeedInLog>, Failure> {
        let mut found: Option<FeedInLog> = None;
        self.visit(&Filter::default(), 0, &mut |recorded| {
            let statement = &recorded.statement;
            let header = statement.header();
            let granted =
                |party: &PartyId| FeedInLog { party: party.clone(), next_seq: 0, last: StatementId::ZERO };
            match statement.body() {
                Body::Charter(charter) => {
                    let root = charter.parties.iter().find(|party| party.root.id() == key);
                    found = root.map(|party| granted(&party.id)).or(found.take());
                }
                Body::Accession(b)
                    if b.keys.iter().flat_map(|k| k.iter()).any(|grant| grant.key.id() == key) =>
                {
                    found = Some(granted(&header.iss));
                }
                Body::KeyGrant(b) if b.key.id() == key => found = Some(granted(&header.iss)),
                _ => {}
            }
            if header.kid == key {
                let (party, last) = (header.iss.clone(), statement.id());
                found = Some(FeedInLog { party, next_seq: statement.seq() + 1, last });
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(found)
    }

    fn sort(&self) -> &'static str {
        "published log"
    }
}

impl Published {
    fn each_entry(
        &self,
        from: u64,
        mut each: impl FnMut(u64, &[u8]) -> Result<ControlFlow<()>, Failure>,
    ) -> Result<(), Failure> {
        let width = u64::from(tile::TILE_WIDTH);
        for index in from / width..self.size().div_ceil(width) {
            let (coord, bytes) = self.bundle(index)?;
            let entries =
                EntryBundle::parse_prefix(&bytes, coord).map_err(|e| broken(&format!("{coord}: {e}")))?;
            for (position, entry) in (index * width..).zip(entries.entries()) {
                if position >= from && each(position, entry)?.is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

fn read_entry(directory: &DirSource, position: u64, size: u64) -> Result<Vec<u8>, Failure> {
    let (coord, _) = BundleCoord::of_entry(position, size).map_err(|e| broken(&e))?;
    let mut bytes = Vec::new();
    if !directory.bundle(coord, &mut bytes)? {
        return Err(missing(&coord));
    }
    entry_in(coord, &bytes, position)
}

fn entry_in(coord: BundleCoord, bytes: &[u8], position: u64) -> Result<Vec<u8>, Failure> {
    let entries = EntryBundle::parse_prefix(bytes, coord).map_err(|e| broken(&format!("{coord}: {e}")))?;
    let place = usize::try_from(position % u64::from(tile::TILE_WIDTH)).unwrap_or(usize::MAX);
    let entry = entries.entries().get(place).ok_or_else(|| missing(&format!("entry {position}")))?;
    Ok(entry.to_vec())
}

fn missing(what: &dyn std::fmt::Display) -> Failure {
    Failure::unverified(
        "missing-entries",
        format!("{what} is missing: the log does not hold what its checkpoint covers"),
    )
    .next("run `truce verify` on this log, or fetch it again")
}

fn broken(what: &dyn std::fmt::Display) -> Failure {
    Failure::unverified("malformed-log", what).next("run `truce verify` on this log, or fetch it again")
}
