//! The auditor's own notes on disk: facts of the fold and tiles of the tree, in constant memory.
//!
//! Facts are collected in memory and written out as sorted runs; four runs of one tier are merged into one of the
//! next, so a look-up touches few of them. A run is records in key order, then the offset of each record (8 bytes,
//! big-endian), then their number. A record is key length (2 bytes), value length (4), key, value.
//!
//! Look-ups that miss memory search a run by halves, at a few reads each. They happen only where a statement refers
//! to another, so they may be slow; writing happens for every entry, and is one insertion into a map.

use std::collections::{BTreeMap, HashMap};
use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use truce_register::{Recall, Written};
use truce_statement::RootHash;
use truce_tlog::{EdgeTiles, FullTile, TileCoord, TileHashes, TileReader, proof, tile};

/// Facts kept in memory before a run is written, in bytes of keys and values.
const MAX_IN_MEMORY: usize = 4 << 20;

/// Runs of one tier that are merged into one of the next.
const RUNS_PER_TIER: usize = 4;

/// The scratch folder failed: nothing is known about the log.
#[derive(Debug, thiserror::Error)]
#[error("the audit's scratch folder failed: {path}: {source}")]
pub struct ScratchError {
    path: PathBuf,
    source: io::Error,
}

impl ScratchError {
    pub(crate) fn new(path: &Path, source: io::Error) -> Self {
        Self { path: path.to_owned(), source }
    }
}

/// Facts and tiles in one folder.
pub(crate) struct Scratch {
    folder: PathBuf,
    memory: HashMap<Vec<u8>, Vec<u8>>,
    in_memory: usize,
    runs: Vec<Run>,
    next_run: u64,
    /// Runs that were merged into others, and that the place saved last may still name.
    merged: Vec<u64>,
    /// True where a place has been saved, or will be.
    keeps_merged: bool,
    tiles: Vec<File>,
    pub(crate) edge: EdgeTiles,
}

struct Run {
    number: u64,
    tier: u32,
    file: File,
    records: u64,
    offsets_at: u64,
}

impl Scratch {
    /// An empty scratch folder at `folder`.
    pub(crate) fn create(folder: &Path) -> Result<Self, ScratchError> {
        std::fs::create_dir_all(folder).map_err(at(folder))?;
        Ok(Self {
            folder: folder.to_owned(),
            memory: HashMap::new(),
            in_memory: 0,
            runs: Vec::new(),
            next_run: 0,
            merged: Vec::new(),
            keeps_merged: false,
            tiles: Vec::new(),
            edge: EdgeTiles::new(),
        })
    }

    /// Takes a scratch folder up again, with the runs that [`Self::save`] named and the edge of the tree.
    pub(crate) fn reopen(folder: &Path, runs: &[(u64, u32)], edge: EdgeTiles) -> Result<Self, ScratchError> {
        let mut scratch = Self::create(folder)?;
        for (number, tier) in runs {
            let path = scratch.run_path(*number);
            scratch.runs.push(Run::open(&path, *number, *tier)?);
            scratch.next_run = scratch.next_run.max(number + 1);
        }
        scratch.edge = edge;
        Ok(scratch)
    }

    /// Writes everything out and syncs it; returns the runs to name when reopening.
    pub(crate) fn save(&mut self) -> Result<Vec<(u64, u32)>, ScratchError> {
        self.flush()?;
        for run in &self.runs {
            run.file.sync_all().map_err(at(&self.folder))?;
        }
        for tiles in &self.tiles {
            tiles.sync_all().map_err(at(&self.folder))?;
        }
        Ok(self.runs.iter().map(|run| (run.number, run.tier)).collect())
    }

    /// From now on, what the place saved last names stays until [`Self::sweep`].
    pub(crate) fn keep_merged(&mut self) {
        self.keeps_merged = true;
    }

    /// Removes what nothing names any more: called when a new place has been saved.
    pub(crate) fn sweep(&mut self) -> Result<(), ScratchError> {
        for number in std::mem::take(&mut self.merged) {
            let path = self.run_path(number);
            std::fs::remove_file(&path).map_err(at(&path))?;
        }
        Ok(())
    }

    /// Keeps a fact.
    pub(crate) fn put(&mut self, fact: &Written) -> Result<(), ScratchError> {
        self.in_memory += fact.key.len() + fact.value.len();
        self.memory.insert(fact.key.clone(), fact.value.clone());
        if self.in_memory > MAX_IN_MEMORY { self.flush() } else { Ok(()) }
    }

    /// Adds a leaf to the tree and keeps the tiles that it completes; they are returned.
    pub(crate) fn push(&mut self, leaf: truce_tlog::Hash) -> Result<Vec<FullTile>, ScratchError> {
        let full = self.edge.push(leaf);
        for tile in &full {
            let level = usize::from(tile.coord.level());
            while self.tiles.len() <= level {
                let path = self.folder.join(format!("tiles-{}", self.tiles.len()));
                let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
                self.tiles.push(file.map_err(at(&path))?);
            }
            if let Some(file) = self.tiles.get(level) {
                file.write_all_at(&tile.bytes, tile.coord.index() * tile::TILE_BYTES as u64)
                    .map_err(at(&self.folder))?;
            }
        }
        Ok(full)
    }

    fn flush(&mut self) -> Result<(), ScratchError> {
        if self.memory.is_empty() {
            return Ok(());
        }
        let sorted: BTreeMap<Vec<u8>, Vec<u8>> = self.memory.drain().collect();
        self.in_memory = 0;
        self.write_run(0, sorted.into_iter().map(Ok))?;
        // Merge while the newest runs fill a tier. Newer runs win over older ones with the same key.
        while let Some(tail) =
            self.runs.len().checked_sub(RUNS_PER_TIER).map(|from| self.runs.split_off(from))
        {
            let tier = tail.first().map_or(0, |run| run.tier);
            if tail.iter().any(|run| run.tier != tier) {
                self.runs.extend(tail);
                break;
            }
            let merged = Merge::new(&tail).map_err(at(&self.folder))?;
            self.write_run(tier + 1, merged)?;
            self.merged.extend(tail.iter().map(|run| run.number));
            if !self.keeps_merged {
                self.sweep()?;
            }
        }
        Ok(())
    }

    fn write_run(
        &mut self,
        tier: u32,
        records: impl Iterator<Item = io::Result<Record>>,
    ) -> Result<(), ScratchError> {
        let number = self.next_run;
        self.next_run += 1;
        let path = self.run_path(number);
        // Offsets go to a file of their own first: they do not fit in constant memory.
        let offsets = path.with_extension("offsets");
        let write = || -> io::Result<()> {
            let mut out = BufWriter::new(File::create(&path)?);
            let mut index = BufWriter::new(File::create(&offsets)?);
            let (mut offset, mut count) = (0_u64, 0_u64);
            for record in records {
                let (key, value) = record?;
                index.write_all(&offset.to_be_bytes())?;
                let too_long = || io::Error::other("a fact is too long for its record");
                out.write_all(&u16::try_from(key.len()).map_err(|_| too_long())?.to_be_bytes())?;
                out.write_all(&u32::try_from(value.len()).map_err(|_| too_long())?.to_be_bytes())?;
                out.write_all(&key)?;
                out.write_all(&value)?;
                offset += 6 + key.len() as u64 + value.len() as u64;
                count += 1;
            }
            index.into_inner().map_err(io::IntoInnerError::into_error)?;
            io::copy(&mut File::open(&offsets)?, &mut out)?;
            out.write_all(&count.to_be_bytes())?;
            out.into_inner().map_err(io::IntoInnerError::into_error)?;
            std::fs::remove_file(&offsets)
        };
        write().map_err(at(&path))?;
        self.runs.push(Run::open(&path, number, tier)?);
        Ok(())
    }

    fn run_path(&self, number: u64) -> PathBuf {
        self.folder.join(format!("facts-{number}"))
    }
}

impl Recall for Scratch {
    type Error = ScratchError;

    fn fact(&self, key: &[u8]) -> Result<Option<Vec<u8>>, ScratchError> {
        if let Some(value) = self.memory.get(key) {
            return Ok(Some(value.clone()));
        }
        for run in self.runs.iter().rev() {
            if let Some(value) = run.find(key).map_err(at(&self.folder))? {
                return Ok(Some(value));
            }
        }
        Ok(None)
    }

    fn root_at(&self, size: u64) -> Result<Option<RootHash>, ScratchError> {
        let tiles = TileHashes::new(self.edge.over(self), self.edge.size());
        let root = proof::tree_root(&tiles, size);
        let root = root.map_err(|e| ScratchError {
            path: self.folder.clone(),
            source: io::Error::other(e.to_string()),
        })?;
        Ok(Some(RootHash::from_bytes(root.to_bytes())))
    }
}

impl TileReader for Scratch {
    type Error = io::Error;

    fn tile(&self, coord: TileCoord) -> io::Result<std::borrow::Cow<'_, [u8]>> {
        let mut bytes = vec![0; tile::TILE_BYTES];
        let path = self.folder.join(format!("tiles-{}", coord.level()));
        let opened;
        let file = if let Some(file) = self.tiles.get(usize::from(coord.level())) {
            file
        } else {
            opened = File::open(path)?;
            &opened
        };
        file.read_exact_at(&mut bytes, coord.index() * tile::TILE_BYTES as u64)?;
        Ok(bytes.into())
    }
}

impl Run {
    fn open(path: &Path, number: u64, tier: u32) -> Result<Self, ScratchError> {
        let open = || -> io::Result<Self> {
            let file = File::open(path)?;
            let count_at = file.metadata()?.len().checked_sub(8).ok_or(io::ErrorKind::UnexpectedEof)?;
            let records = read_u64(&file, count_at)?;
            let offsets = records.checked_mul(8).and_then(|n| count_at.checked_sub(n));
            Ok(Self { number, tier, file, records, offsets_at: offsets.ok_or(io::ErrorKind::InvalidData)? })
        };
        open().map_err(at(path))
    }

    fn find(&self, key: &[u8]) -> io::Result<Option<Vec<u8>>> {
        let (mut low, mut high) = (0, self.records);
        while low < high {
            let middle = low + (high - low) / 2;
            let offset = read_u64(&self.file, self.offsets_at + middle * 8)?;
            // Most records fit in one read.
            let mut head = [0; 192];
            let got = self.file.read_at(&mut head, offset)?;
            let (key_len, value_len) = record_lengths(&head);
            let total = 6 + key_len + value_len;
            let mut whole = head.get(..got.min(total)).unwrap_or_default().to_vec();
            if whole.len() < total {
                whole.resize(total, 0);
                self.file.read_exact_at(&mut whole, offset)?;
            }
            let found = whole.get(6..6 + key_len).unwrap_or_default();
            match found.cmp(key) {
                std::cmp::Ordering::Equal => return Ok(Some(whole.split_off(6 + key_len))),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        Ok(None)
    }
}

/// Merges runs, oldest first; of equal keys the newest run's record is kept.
struct Merge {
    /// Each run with the record it stands at.
    readers: Vec<(io::Take<BufReader<File>>, Option<Record>)>,
}

/// Key and value.
type Record = (Vec<u8>, Vec<u8>);

impl Merge {
    fn new(runs: &[Run]) -> io::Result<Self> {
        let mut readers = Vec::new();
        for run in runs {
            let mut file = run.file.try_clone()?;
            io::Seek::seek(&mut file, io::SeekFrom::Start(0))?;
            let mut reader = BufReader::new(file).take(run.offsets_at);
            let first = read_record(&mut reader)?;
            readers.push((reader, first));
        }
        Ok(Self { readers })
    }
}

impl Iterator for Merge {
    type Item = io::Result<Record>;

    fn next(&mut self) -> Option<Self::Item> {
        let least =
            self.readers.iter().filter_map(|(_, head)| head.as_ref().map(|(key, _)| key)).min()?.clone();
        let mut newest = None;
        for (reader, head) in &mut self.readers {
            if head.as_ref().is_some_and(|(key, _)| *key == least) {
                newest = head.take();
                match read_record(reader) {
                    Ok(next) => *head = next,
                    Err(e) => return Some(Err(e)),
                }
            }
        }
        newest.map(Ok)
    }
}

fn read_record(reader: &mut io::Take<BufReader<File>>) -> io::Result<Option<Record>> {
    if reader.limit() == 0 {
        return Ok(None);
    }
    let mut head = [0; 6];
    reader.read_exact(&mut head)?;
    let (key_len, value_len) = record_lengths(&head);
    let (mut key, mut value) = (vec![0; key_len], vec![0; value_len]);
    reader.read_exact(&mut key)?;
    reader.read_exact(&mut value)?;
    Ok(Some((key, value)))
}

fn record_lengths(head: &[u8]) -> (usize, usize) {
    let key = head.first_chunk().map_or(0, |be| usize::from(u16::from_be_bytes(*be)));
    let value = head.get(2..).and_then(<[u8]>::first_chunk).map_or(0, |be| u32::from_be_bytes(*be) as usize);
    (key, value)
}

fn read_u64(file: &File, at: u64) -> io::Result<u64> {
    let mut be = [0; 8];
    file.read_exact_at(&mut be, at)?;
    Ok(u64::from_be_bytes(be))
}

fn at(path: &Path) -> impl Fn(io::Error) -> ScratchError + '_ {
    move |source| ScratchError { path: path.to_owned(), source }
}
