//! The replay: everything that needs no order on all cores, everything that needs order on one.

use crate::finding::Finding;
use crate::scratch::{Scratch, ScratchError};
use crossbeam_channel::{Receiver, Sender, bounded};
use std::path::PathBuf;
use truce_register::{KeyTable, Misfit, Register};
use truce_source::{Source, SourceError};
use truce_statement::{AgreementId, Computed, Entry, EntryHash, Refusal, Signed, Statement};
use truce_tlog::{BundleCoord, EntryBundle, FullTile, Hash, leaf_hash, tile};

/// How an audit is to be done.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The agreement that the log must hold; any, where absent.
    pub agreement: Option<AgreementId>,
    /// A checkpoint of this log that was seen before, as a signed note: the log must still contain it.
    pub seen: Option<Vec<u8>>,
    /// Folder in which an audit that is stopped can be taken up again; a temporary one, where absent.
    pub resume: Option<PathBuf>,
    /// Threads that hash and verify; one per core, where zero.
    pub threads: usize,
}

/// How far an audit has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Entries replayed.
    pub replayed: u64,
    /// Entries to replay.
    pub size: u64,
}

/// Bundles in the hands of each worker: enough to keep it busy, few enough to bound memory.
const BUNDLES_PER_WORKER: usize = 3;

/// What a worker could say of one entry without knowing what stands before it.
struct Examined {
    hash: Hash,
    prev: EntryHash,
    received: i64,
    statement: Judged,
}

enum Judged {
    /// Parsed, and verified with the key that its header names.
    Signed(Box<Signed>),
    /// Parsed; its key was not known yet.
    Unverified(Box<Statement>),
    Refused(Refusal),
}

impl Judged {
    fn of(verdict: Result<Signed, Refusal>) -> Self {
        verdict.map_or_else(Self::Refused, |signed| Self::Signed(Box::new(signed)))
    }
}

/// The entries of one bundle, examined; the last may be a finding, after which nothing of the bundle is known.
struct Batch {
    entries: Vec<Examined>,
    broken: Option<Finding>,
}

struct Job {
    coord: BundleCoord,
    skip: usize,
    bytes: Vec<u8>,
    done: Sender<Batch>,
}

/// Where a replay stands: all that is needed to go on.
pub(crate) struct State {
    pub(crate) register: Register,
    pub(crate) scratch: Scratch,
}

/// Why a replay could not be carried to its end. None of these is about the log's honesty.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReplayError {
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Scratch(#[from] ScratchError),
}

/// Replays the entries from where `state` stands up to `size`. Returns the finding that ended it early, if one did.
///
/// `each_tile` is shown every tile that the replay completes; `pause` is called between bundles and may save the state.
pub(crate) fn replay(
    source: &dyn Source,
    state: &mut State,
    size: u64,
    threads: usize,
    mut each_tile: impl FnMut(&FullTile) -> Result<Option<Finding>, SourceError>,
    mut pause: impl FnMut(&mut State, Progress) -> Result<(), ReplayError>,
) -> Result<Option<Finding>, ReplayError> {
    let from = state.register.size();
    if from >= size {
        return Ok(None);
    }
    let threads =
        if threads == 0 { std::thread::available_parallelism().map_or(1, usize::from) } else { threads };
    let keys = KeyTable::of(&state.register);
    let (jobs, waiting) = bounded::<Job>(threads * BUNDLES_PER_WORKER);
    let (results, in_order) = bounded::<Receiver<Batch>>(threads * BUNDLES_PER_WORKER);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let (waiting, keys) = (waiting.clone(), &keys);
            scope.spawn(move || {
                while let Ok(job) = waiting.recv() {
                    let batch = examine(&job, keys);
                    // The fold has stopped when nobody takes it; then there is nothing left to do.
                    let _ = job.done.send(batch);
                }
            });
        }
        drop(waiting);
        let reader = scope.spawn(move || read(source, from, size, &jobs, &results));
        let outcome = (|| {
            for batch in &in_order {
                // A worker always answers; a missing answer means that it died, and the bundle is judged unread.
                let Ok(batch) = batch.recv() else { break };
                for entry in batch.entries {
                    if let Some(finding) = fold(state, entry, &keys, &mut each_tile)? {
                        return Ok(Some(finding));
                    }
                }
                if batch.broken.is_some() {
                    return Ok(batch.broken);
                }
                pause(state, Progress { replayed: state.register.size(), size })?;
            }
            Ok(None)
        })();
        drop(in_order);
        match (outcome, reader.join()) {
            (Ok(None), Ok(read)) => Ok(read?),
            (outcome, _) => outcome,
        }
    })
}

/// Reads bundles and hands each to whichever worker is free, keeping their order. Returns the finding that ended it.
fn read(
    source: &dyn Source,
    from: u64,
    size: u64,
    jobs: &Sender<Job>,
    results: &Sender<Receiver<Batch>>,
) -> Result<Option<Finding>, SourceError> {
    let width = u64::from(tile::TILE_WIDTH);
    for index in from / width..size.div_ceil(width) {
        let Ok(coord) = BundleCoord::in_tree(index, size) else { break };
        let mut bytes = Vec::new();
        if !source.bundle(coord, &mut bytes)? {
            let sentence = format!("{coord} is missing: the log does not hold what its checkpoint covers");
            return Ok(Some(Finding::new("missing-entries", sentence).at(index * width)));
        }
        let (done, result) = bounded(1);
        // At most 255: the place in the first bundle where the replay goes on.
        let skip = usize::try_from(from.saturating_sub(index * width)).unwrap_or(0);
        if results.send(result).is_err() || jobs.send(Job { coord, skip, bytes, done }).is_err() {
            break;
        }
    }
    Ok(None)
}

fn examine(job: &Job, keys: &KeyTable) -> Batch {
    let keys = keys.known();
    let mut batch = Batch { entries: Vec::with_capacity(bundle_width(job)), broken: None };
    let first = job.coord.index() * u64::from(tile::TILE_WIDTH);
    let parsed = match EntryBundle::parse_prefix(&job.bytes, job.coord) {
        Ok(parsed) => parsed,
        Err(e) => {
            batch.broken = Some(Finding::new("malformed-bundle", format!("{}: {e}", job.coord)).at(first));
            return batch;
        }
    };
    // Signatures are computed one by one and settled together; a statement whose verdict is still to come has `None` here.
    let (mut computed, mut examined) = (Vec::new(), Vec::new());
    for (position, bytes) in (first..).zip(parsed.entries()).skip(job.skip) {
        let entry = match Entry::parse(bytes) {
            Ok(entry) => entry,
            Err(e) => {
                let sentence = format!("these bytes are no entry: {e}");
                batch.broken = Some(Finding::new("malformed-entry", sentence).at(position));
                break;
            }
        };
        let judged = match Statement::parse(entry.statement) {
            Ok(statement) => match keys.get(&statement.header().kid) {
                Some(key) => {
                    computed.push(statement.compute(key));
                    None
                }
                None => Some(Judged::Unverified(Box::new(statement))),
            },
            Err(refusal) => Some(Judged::Refused(refusal)),
        };
        examined.push((leaf_hash(bytes), entry.prev, entry.received, judged));
    }
    // As many verdicts as were computed, in the same order.
    let mut verdicts = Computed::settle(computed).into_iter();
    batch.entries.extend(examined.into_iter().map_while(|(hash, prev, received, judged)| {
        let judged = judged.or_else(|| Some(Judged::of(verdicts.next()?)));
        judged.map(|statement| Examined { hash, prev, received, statement })
    }));
    batch
}

fn bundle_width(job: &Job) -> usize {
    usize::from(job.coord.width()).saturating_sub(job.skip)
}

fn fold(
    state: &mut State,
    examined: Examined,
    keys: &KeyTable,
    each_tile: &mut impl FnMut(&FullTile) -> Result<Option<Finding>, SourceError>,
) -> Result<Option<Finding>, ReplayError> {
    let position = state.register.size();
    let Examined { hash, prev, received, statement } = examined;
    let entry = Entry { prev, received, statement: &[] };
    if let Err(misfit) = state.register.follows::<ScratchError>(&entry) {
        return finding(misfit, position);
    }
    let signed = match statement {
        Judged::Signed(signed) => Ok(*signed),
        Judged::Unverified(statement) => {
            state.register.key_of(&statement).cloned().and_then(|key| statement.verify_named(&key))
        }
        Judged::Refused(refusal) => Err(refusal),
    };
    let step = match signed.map_err(Misfit::Refused).and_then(|s| {
        let agreement = s.kind().is_agreement();
        state.register.admit(&s, received, &state.scratch).map(|step| (step, agreement))
    }) {
        Ok((step, agreement)) => {
            state.register.apply(&step, EntryHash::from_bytes(hash.to_bytes()));
            if agreement {
                keys.add(&state.register, step.keys());
            }
            step
        }
        Err(misfit) => return finding(misfit, position),
    };
    for fact in step.facts() {
        state.scratch.put(fact)?;
    }
    for tile in state.scratch.push(hash)? {
        if let Some(finding) = each_tile(&tile)? {
            return Ok(Some(finding));
        }
    }
    Ok(None)
}

fn finding(misfit: Misfit<ScratchError>, position: u64) -> Result<Option<Finding>, ReplayError> {
    Ok(Some(match misfit {
        Misfit::Recall(error) => return Err(error.into()),
        Misfit::Refused(refusal) => {
            let sentence = format!("this entry should have been refused: {refusal}");
            Finding::new(refusal.code.as_str(), sentence).at(position)
        }
        Misfit::BrokenChain { expected, found } => {
            let sentence = "the entry does not carry the hash of the entry before: something was changed, left out, put in or moved";
            Finding::new("broken-chain", sentence).at(position).against(expected, found)
        }
        Misfit::TimeWentBack { before, found } => {
            let sentence = "the entry was received before the entry before it";
            Finding::new("received-went-back", sentence)
                .at(position)
                .against(format!("{before} ms or later"), format!("{found} ms"))
        }
        other => Finding::new("malformed-entry", other.to_string()).at(position),
    }))
}
