//! One mirror: opened, checked, and brought up to date as often as its owner likes.

use crate::MirrorError;
use crate::copy::{self, Repaired};
use crate::evidence;
use crate::staging::Staging;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use truce_audit::{
    AuditError, DirSource, Finding, History, Named, Progress, ReadError, Report, Source, SourceError,
    Verdict, audit, keys_by_amendments, named_by_charter,
};
use truce_source::{Place, Tiles};
use truce_statement::AgreementId;
use truce_store::{DirTiles, StoreError, TileStore as _};
use truce_tlog::{Checkpoint, EdgeTiles, KeySchedule, Note, SignedCheckpoint, VKey, tile};

/// Files that are put in place together, in bytes: each group is synced once.
const GROUP_BYTES: usize = 16 << 20;

/// Name of the mirror, as servers see it.
pub(crate) const PROGRAM: &str = concat!("truce-mirror/", env!("CARGO_PKG_VERSION"));

/// Options of a mirror.
#[derive(Clone, Debug, Default)]
pub struct MirrorOptions {
    /// The agreement that the log must hold; any, where absent.
    pub agreement: Option<AgreementId>,
    /// Threads of the replay; one per core, where zero.
    pub threads: usize,
}

/// Result of one round.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Round {
    /// The audit of everything under the checkpoint; none where the copy had it all.
    pub report: Option<Report>,
    /// Entries that the copy holds.
    pub size: u64,
    /// Files that were put in place, the checkpoint among them.
    pub files: usize,
    /// Files of evidence that were taken.
    pub evidence: u64,
}

/// A copy of a log, open for writing.
pub struct Mirror {
    from: Place,
    source: Box<dyn Source + Send>,
    to: PathBuf,
    tiles: DirTiles,
    options: MirrorOptions,
    held: Option<SignedCheckpoint>,
    /// The keys of the log, as far as the copy tells.
    keys: Option<KeySchedule>,
    edge: EdgeTiles,
}

impl Mirror {
    /// Opens the copy in `to`, making it where it is not there, and checks every file under its checkpoint. What is
    /// damaged is repaired from the log, or refused.
    pub fn open(from: Place, to: &Path, options: MirrorOptions) -> Result<(Self, Repaired), MirrorError> {
        let source = from.open(PROGRAM);
        // Nothing is made for a log that is not there.
        let is_new = !to.join("checkpoint").is_file();
        if is_new && source.checkpoint()?.is_none() {
            return Err(MirrorError::NoCheckpoint { place: from.to_string() });
        }
        let tiles = match DirTiles::create(to) {
            // A copy, or one that was begun and stopped.
            Err(StoreError::Exists { .. })
                if [WORK, "tile", ".tmp"].iter().any(|part| to.join(part).is_dir()) =>
            {
                DirTiles::open(to)
            }
            other => other,
        }?;
        let work = to.join(WORK);
        fs::create_dir_all(&work).map_err(|source| MirrorError::File { path: work, source })?;
        let mut mirror = Self {
            from,
            source,
            to: to.to_owned(),
            tiles,
            options,
            held: None,
            keys: None,
            edge: EdgeTiles::new(),
        };
        let repaired = mirror.take_up()?;
        Ok((mirror, repaired))
    }

    /// Entries that the copy holds.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.held.as_ref().map_or(0, SignedCheckpoint::size)
    }

    /// The key of the log that signed last, once there is a copy.
    #[must_use]
    pub fn log(&self) -> Option<&VKey> {
        self.held.as_ref().map(SignedCheckpoint::log)
    }

    /// The keys of the log, as far as the copy tells.
    #[must_use]
    pub fn keys(&self) -> Option<&KeySchedule> {
        self.keys.as_ref()
    }

    /// The checkpoint of the copy.
    #[must_use]
    pub fn checkpoint(&self) -> Option<&SignedCheckpoint> {
        self.held.as_ref()
    }

    /// Takes what is new. The copy is as it was when this fails.
    pub fn round(&mut self, mut progress: impl FnMut(Progress)) -> Result<Round, MirrorError> {
        let Some(note) = self.source.checkpoint()? else {
            return Err(MirrorError::NoCheckpoint { place: self.from.to_string() });
        };
        if let Some(held) = &self.held
            && let Some(keys) = &self.keys
            && let Ok(served) = Note::parse(&note).map(|note| keys.open(&note, &[]))
            && let Ok(served) = served
        {
            if served.size() < held.size() {
                let (served, held) = (served.size(), held.size());
                return Err(MirrorError::Behind { place: self.from.to_string(), served, held });
            }
            if served.checkpoint() == held.checkpoint() {
                return self.cosigned(&served);
            }
        }
        let mut taken = self.attempt(&note, &mut progress)?;
        if taken.is_err() {
            // What an earlier run left may be of another history, or damaged. Once more without it.
            self.forget()?;
            taken = self.attempt(&note, &mut progress)?;
        }
        let Taken { report, files, checkpoint, keys } = match taken {
            Ok(taken) => taken,
            Err(Unfit::Report(report)) => {
                self.forget()?;
                return Err(MirrorError::DoesNotHold(report));
            }
            Err(Unfit::Work(what)) => return Err(MirrorError::Damaged { what }),
        };
        let old = self.size();
        self.held = Some(checkpoint);
        self.keys = Some(keys);
        let size = self.size();
        copy::drop_partials(&self.to, old, size).map_err(|e| file(&self.to, e))?;
        let staged = self.work().join("staged");
        match fs::remove_dir_all(&staged) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(file(&staged, e)),
            _ => {}
        }
        let evidence = evidence::copy(&self.from, &self.to, old..size)?;
        Ok(Round { report: Some(report), size, files, evidence })
    }

    /// Audits everything up to the checkpoint in `note`, and puts it in place.
    fn attempt(
        &mut self,
        note: &[u8],
        progress: &mut impl FnMut(Progress),
    ) -> Result<Result<Taken, Unfit>, MirrorError> {
        let work = self.work();
        let staged = work.join("staged");
        let held = self.size();
        let staging = Staging::new(self.source.as_ref(), note.to_vec(), &self.to, held, &staged)
            .map_err(|e| file(&staged, e))?;
        let options = truce_audit::Options {
            agreement: self.options.agreement,
            // The copy must grow out of the copy: a log that was forked since is refused.
            seen: self.held.as_ref().map(|held| held.note().to_string().into_bytes()),
            resume: Some(work.join("audit")),
            threads: self.options.threads,
        };
        let report = match audit(&staging, &options, progress) {
            Ok(report) => report,
            Err(error @ AuditError::NotResumable { .. }) => return Ok(Err(Unfit::Work(error.to_string()))),
            Err(error) => return Err(error.into()),
        };
        if report.verdict != Verdict::Verified {
            return Ok(Err(Unfit::Report(Box::new(report))));
        }
        let size = report.size;
        let named = of_log(named_by_charter(&staging, size, self.options.agreement))?;
        // The replay has read who signs for the log now.
        let history =
            named.ok().and_then(|named| History::open(&work.join("audit"), &named.log).ok().flatten());
        let keys = history.and_then(|history| history.keys().ok());
        let opened = keys.and_then(|keys| {
            let checkpoint = keys.open(&Note::parse(note).ok()?, &[]).ok()?;
            Some((checkpoint, keys))
        });
        let Some((checkpoint, keys)) = opened else {
            return Ok(Err(Unfit::Work("the checkpoint cannot be opened again".to_owned())));
        };
        let paths = tile::new_bundles(held, size).map(|coord| coord.to_string());
        let paths = paths.chain(tile::new_tiles(held, size).map(|coord| coord.to_string()));
        let mut group: Vec<(String, Vec<u8>)> = Vec::new();
        let (mut files, mut bytes_in_group) = (0, 0);
        for path in paths {
            let Some(bytes) = staging.kept(&path)? else {
                return Ok(Err(Unfit::Work(format!("{path} was lost on the way"))));
            };
            files += 1;
            bytes_in_group += bytes.len();
            group.push((path, bytes));
            if bytes_in_group > GROUP_BYTES {
                put(&self.tiles, &mut group)?;
                bytes_in_group = 0;
            }
        }
        put(&self.tiles, &mut group)?;
        let mut edge = self.edge.clone();
        copy::check_new(&self.to, &mut edge, &checkpoint)?;
        self.tiles.put_checkpoint(size, note)?;
        self.edge = edge;
        Ok(Ok(Taken { report, files: files + 1, checkpoint, keys }))
    }

    /// The same tree; perhaps more witnesses have cosigned it.
    fn cosigned(&mut self, served: &SignedCheckpoint) -> Result<Round, MirrorError> {
        let signatures = |checkpoint: &SignedCheckpoint| checkpoint.note().signatures().len();
        let more = self.held.as_ref().is_some_and(|held| signatures(served) > signatures(held));
        if more {
            self.tiles.put_checkpoint(served.size(), served.note().to_string().as_bytes())?;
            self.held = Some(served.clone());
        }
        let evidence = evidence::copy(&self.from, &self.to, 0..0)?;
        Ok(Round { report: None, size: served.size(), files: usize::from(more), evidence })
    }

    /// Reads the copy as it was left, and checks it.
    fn take_up(&mut self) -> Result<Repaired, MirrorError> {
        let copy = DirSource::new(&self.to);
        let Some(note) = copy.checkpoint()? else { return Ok(Repaired::default()) };
        let damaged = |what: String| MirrorError::Damaged { what };
        let malformed = |e: &dyn std::fmt::Display| damaged(format!("its checkpoint is malformed: {e}"));
        let note = Note::parse(&note).map_err(|e| malformed(&e))?;
        let claimed = Checkpoint::parse(note.text()).map_err(|e| malformed(&e))?;
        // The charter of the copy, or of the log where that one is damaged.
        let agreement = self.options.agreement;
        let named = match of_log(named_by_charter(&copy, claimed.size(), agreement))? {
            Ok(named) => named,
            Err(_) => of_log(named_by_charter(self.source.as_ref(), claimed.size(), agreement))?
                .map_err(|finding| damaged(finding.to_string()))?,
        };
        let keys = self.keys_of(&copy, &named, claimed.size())?;
        let held = keys
            .open(&note, &[])
            .map_err(|e| damaged(format!("its checkpoint is not signed by the log: {e}")))?;
        let repaired = copy::check(&self.to, &held, self.source.as_ref())?;
        let edge = EdgeTiles::restore(held.size(), held.root(), &Tiles(&copy));
        self.edge = edge.map_err(|e| damaged(format!("its tiles do not lead to its root: {e}")))?;
        self.held = Some(held);
        self.keys = Some(keys);
        Ok(repaired)
    }

    /// The keys of the log: from the last replay, or where that was lost from the copy itself, or from the log where the
    /// copy is damaged.
    fn keys_of(&self, copy: &DirSource, named: &Named, size: u64) -> Result<KeySchedule, MirrorError> {
        let history = History::open(&self.work().join("audit"), &named.log).ok().flatten();
        if let Some(history) = history.filter(|history| history.size() >= size)
            && let Ok(keys) = history.keys()
        {
            return Ok(keys);
        }
        if let Ok(keys) = of_log(keys_by_amendments(copy, size, Some(named.agreement)))? {
            return Ok(keys);
        }
        let read = of_log(keys_by_amendments(self.source.as_ref(), size, Some(named.agreement)))?;
        read.map_err(|finding| MirrorError::Damaged { what: finding.to_string() })
    }

    fn forget(&self) -> Result<(), MirrorError> {
        for part in ["audit", "staged"] {
            let path = self.work().join(part);
            match fs::remove_dir_all(&path) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(file(&path, e)),
                _ => {}
            }
        }
        Ok(())
    }

    fn work(&self) -> PathBuf {
        self.to.join(WORK)
    }
}

/// Folder of the mirror's own, inside the copy. Paths of a published log never begin with a dot.
const WORK: &str = ".mirror";

/// Everything that a round put in place.
struct Taken {
    report: Report,
    files: usize,
    checkpoint: SignedCheckpoint,
    keys: KeySchedule,
}

/// Reason that a round came to nothing.
enum Unfit {
    /// The log does not hold.
    Report(Box<Report>),
    /// The work of an earlier run is of no use.
    Work(String),
}

/// A flaw of what was read, told apart from a failure to read it: a copy that is damaged is mended from the log.
fn of_log<T>(read: Result<T, ReadError>) -> Result<Result<T, Box<Finding>>, SourceError> {
    match read {
        Ok(value) => Ok(Ok(value)),
        Err(ReadError::Finding(finding)) => Ok(Err(finding)),
        Err(ReadError::Source(error)) => Err(error),
    }
}

fn file(path: &Path, source: io::Error) -> MirrorError {
    MirrorError::File { path: path.to_owned(), source }
}

fn put(tiles: &DirTiles, group: &mut Vec<(String, Vec<u8>)>) -> Result<(), MirrorError> {
    let files: Vec<(&str, &[u8])> =
        group.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect();
    tiles.put_all(&files)?;
    group.clear();
    Ok(())
}
