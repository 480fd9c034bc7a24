//! The whole audit: checkpoint, replay, root, tiles, and what was seen before.

use crate::replay::{Failed, Options, Progress, State, replay};
use crate::report::{Report, Verdict};
use crate::resume;
use crate::scratch::{Scratch, ScratchError};
use std::path::{Path, PathBuf};
use truce_register::{Recall, Register};
use truce_replay::{Finding, Flaw, ReadError, named_by_charter};
use truce_source::{Source, SourceError};
use truce_statement::Kind;
use truce_statement::id::sha256;
use truce_succession::Terms;
use truce_tlog::{Checkpoint, FullTile, KeySchedule, Note, TileCoord, VKey, tile};

/// Failure of the audit itself: there is no verdict.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError {
    /// The source could not be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The scratch folder failed.
    #[error(transparent)]
    Scratch(#[from] ScratchError),
    /// No temporary folder could be made.
    #[error("no scratch folder could be made: {0}")]
    NoScratch(std::io::Error),
    /// The folder to resume in holds something else.
    #[error("{path} does not hold an audit of this log that could be resumed: {why}")]
    NotResumable {
        /// The folder.
        path: PathBuf,
        /// The fault.
        why: String,
    },
}

impl From<Failed> for AuditError {
    fn from(error: Failed) -> Self {
        match error {
            Failed::Source(e) => Self::Source(e),
            Failed::Scratch(e) => Self::Scratch(e),
        }
    }
}

/// Audits everything under the source's checkpoint, and tells `progress` as it goes.
///
/// ```
/// use truce_audit::{DirSource, Options, Verdict, audit};
///
/// // An empty folder is a log that nobody has signed for.
/// let folder = tempfile::tempdir()?;
/// let report = audit(&DirSource::new(folder.path()), &Options::default(), |at| {
///     eprintln!("{} of {} entries", at.replayed, at.size);
/// })?;
/// assert_eq!(report.verdict, Verdict::Failed);
/// assert_eq!(report.findings[0].code.as_str(), "no-checkpoint");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Only when the audit could not be done. What is wrong with the log is in the [`Report`].
pub fn audit(
    source: &dyn Source,
    options: &Options,
    mut progress: impl FnMut(Progress),
) -> Result<Report, AuditError> {
    let mut findings = Vec::new();
    let checkpoint = match source.checkpoint()? {
        None => {
            findings.push(Finding::new(
                Flaw::NoCheckpoint,
                "there is no checkpoint: nobody has signed for these entries",
            ));
            return Ok(report(&Register::new(), 0, None, findings));
        }
        Some(bytes) => match claimed(&bytes) {
            Ok(claimed) => claimed,
            Err(finding) => {
                findings.push(finding);
                return Ok(report(&Register::new(), 0, None, findings));
            }
        },
    };
    let size = checkpoint.1.size();
    // The log's first key stands in the charter. Which keys sign a checkpoint of this size only the replay tells.
    let vkey = match named_by_charter(source, size, options.agreement) {
        Ok(named) => named.log,
        Err(ReadError::Source(error)) => return Err(error.into()),
        Err(ReadError::Finding(finding)) => {
            findings.push(*finding);
            return Ok(report(&Register::new(), size, None, findings));
        }
    };
    if checkpoint.1.origin() != vkey.name() {
        let sentence = "the checkpoint is not of the log that the charter names";
        findings
            .push(Finding::new(Flaw::BadCheckpoint, sentence).against(vkey.name(), checkpoint.1.origin()));
        return Ok(report(&Register::new(), size, None, findings));
    }

    let temporary;
    let folder = if let Some(folder) = &options.resume {
        folder.clone()
    } else {
        temporary = tempfile::tempdir().map_err(AuditError::NoScratch)?;
        temporary.path().to_owned()
    };
    let mut state = start(options, &folder, &vkey, size)?;
    // A place is never saved behind a finding: the audit that goes on from there would not find it again.
    let (mut tile_findings, tile_differed) = (Vec::new(), std::cell::Cell::new(false));
    let mut saved = std::time::Instant::now();
    let stopped = replay(
        source,
        &mut state,
        size,
        options.threads,
        |full| {
            tile_findings.extend(published_differs(source, full)?);
            tile_differed.set(!tile_findings.is_empty());
            Ok(())
        },
        |state, at| {
            progress(at);
            if options.resume.is_some()
                && !tile_differed.get()
                && saved.elapsed().as_secs() >= resume::EVERY_SECONDS
            {
                source.settle(state.register.size())?;
                resume::save(state, &folder, &vkey)?;
                saved = std::time::Instant::now();
            }
            Ok(())
        },
    )?;
    let complete = state.register.size() == size;
    let unsigned = unsigned(&checkpoint.0, &state.register, size, &vkey);
    let signed = unsigned.is_none();
    findings.extend(unsigned);
    findings.extend(stopped);
    findings.append(&mut tile_findings);
    if complete {
        findings.extend(edge_differs(source, &state)?);
        let root = state.scratch.edge.root();
        if root != *checkpoint.1.root() {
            let sentence = "the entries are not those the checkpoint was signed for";
            findings.push(Finding::new(Flaw::RootDiffers, sentence).against(checkpoint.1.root(), root));
        }
        if let Some(seen) = &options.seen {
            findings.extend(contradicts(seen, &checkpoint.1, &state, &vkey)?);
        }
    } else if findings.is_empty() {
        let sentence = format!("only {} of {size} entries could be replayed", state.register.size());
        findings.push(Finding::new(Flaw::MissingEntries, sentence));
    }
    // A replay that a finding stopped stands before the entry at fault, and finds it again. What nobody signed for is not
    // a place to go on from.
    if options.resume.is_some() && signed && !tile_differed.get() && (findings.is_empty() || !complete) {
        source.settle(state.register.size())?;
        resume::save(&mut state, &folder, &vkey)?;
    }
    let root = complete.then(|| state.scratch.edge.root().to_string());
    Ok(report(&state.register, size, root, findings))
}

/// Takes up the state that an audit was stopped in, or begins one in `folder`.
fn start(options: &Options, folder: &Path, vkey: &VKey, size: u64) -> Result<State, AuditError> {
    let not_resumable = |why| AuditError::NotResumable { path: folder.to_owned(), why };
    let saved = match &options.resume {
        Some(folder) => resume::load(folder, vkey).map_err(not_resumable)?,
        None => None,
    };
    let mut state = match saved {
        Some(state) if state.register.size() <= size => state,
        Some(_) => return Err(not_resumable("it has come further than this checkpoint".into())),
        None => State { register: Register::new(), scratch: Scratch::create(folder)? },
    };
    if options.resume.is_some() {
        state.scratch.keep_merged();
    }
    Ok(state)
}

/// The checkpoint as the source gives it; nobody's signature has been checked yet.
fn claimed(bytes: &[u8]) -> Result<(Note, Checkpoint), Finding> {
    let bad = |e: &dyn std::fmt::Display| {
        Finding::new(Flaw::BadCheckpoint, format!("the checkpoint is malformed: {e}"))
    };
    let note = Note::parse(bytes).map_err(|e| bad(&e))?;
    let checkpoint = Checkpoint::parse(note.text()).map_err(|e| bad(&e))?;
    if checkpoint.size() < 2 {
        return Err(bad(&"a log of this format signs from its second entry on"));
    }
    Ok((note, checkpoint))
}

fn published_differs(source: &dyn Source, full: &FullTile) -> Result<Option<Finding>, SourceError> {
    differs(source, full.coord, &full.bytes)
}

/// Compares the tiles at the right edge with the published ones.
fn edge_differs(source: &dyn Source, state: &State) -> Result<Vec<Finding>, SourceError> {
    let mut findings = Vec::new();
    for (coord, bytes) in state.scratch.edge.partial_tiles() {
        findings.extend(differs(source, coord, bytes)?);
    }
    Ok(findings)
}

fn differs(source: &dyn Source, coord: TileCoord, computed: &[u8]) -> Result<Option<Finding>, SourceError> {
    let first =
        coord.index().checked_shl(u32::from(tile::TILE_HEIGHT) * (u32::from(coord.level()) + 1)).unwrap_or(0);
    Ok(match source.tile(coord)? {
        Some(published) if published.get(..computed.len()) == Some(computed) => {
            // A partial tile holds exactly what it is named for; a full one in its place may hold more.
            let exact = published.len() == computed.len() || published.len() == tile::TILE_BYTES;
            (!exact).then(|| {
                Finding::new(Flaw::TileDiffers, format!("{coord} has {} bytes", published.len())).at(first)
            })
        }
        Some(_) => {
            let sentence =
                format!("{coord} does not hold the hashes of the entries: proofs made from it would fail");
            Some(Finding::new(Flaw::TileDiffers, sentence).at(first))
        }
        None if source.has_tiles() => Some(
            Finding::new(Flaw::MissingTile, format!("{coord} is missing: proofs could not be made"))
                .at(first),
        ),
        None => None,
    })
}

/// The finding that `note`, a checkpoint of `size` entries, lacks the signature of a key that had to sign it.
fn unsigned(note: &Note, register: &Register, size: u64, charter: &VKey) -> Option<Finding> {
    let opened = schedule(register, charter)
        .map_err(|e| (Flaw::BadCheckpoint, e))
        .and_then(|keys| keys.open(note, &[]).map_err(|e| (Flaw::of_checkpoint(e.code()), e.to_string())));
    let (code, error) = opened.err()?;
    let sentence = format!("the checkpoint is not signed by the log that the charter names: {error}");
    let names: Vec<String> = register.log_keys_at(size).map(|key| key.vkey.clone()).collect();
    let expected = if names.is_empty() { charter.to_string() } else { names.join(" and ") };
    let lines = note.signatures().iter().map(|line| format!("{}+{:08x}", line.name(), line.key_id()));
    let found = lines.collect::<Vec<_>>().join(", ");
    Some(Finding::new(code, sentence).against(expected, found))
}

/// The keys of the log, as far as the entries in `register` tell; the charter's where there are none.
fn schedule(register: &Register, charter: &VKey) -> Result<KeySchedule, String> {
    if register.size() == 0 {
        return Ok(KeySchedule::always(charter.clone()));
    }
    Ok(Terms::of_register(register).map_err(|e| e.to_string())?.keys().clone())
}

/// The finding that the log does not contain a checkpoint that somebody kept.
fn contradicts(
    seen: &[u8],
    now: &Checkpoint,
    state: &State,
    charter: &VKey,
) -> Result<Option<Finding>, ScratchError> {
    let old = Note::parse(seen)
        .map_err(|e| e.to_string())
        .and_then(|note| schedule(&state.register, charter)?.open(&note, &[]).map_err(|e| e.to_string()));
    let old = match old {
        Ok(old) => old,
        Err(e) => {
            let sentence = format!("the checkpoint that was seen before is not signed by this log: {e}");
            return Ok(Some(Finding::new(Flaw::BadCheckpoint, sentence)));
        }
    };
    if old.size() > now.size() {
        let sentence =
            "the log has fewer entries than a checkpoint that it signed before: entries were taken away";
        return Ok(Some(Finding::new(Flaw::OlderThanSeen, sentence).against(old.size(), now.size())));
    }
    let root = state.scratch.root_at(old.size())?.map(|root| root.to_string()).unwrap_or_default();
    if root == old.root().to_string() {
        return Ok(None);
    }
    let sentence = format!("the log signed two histories of its first {} entries: it was forked", old.size());
    Ok(Some(Finding::new(Flaw::InconsistentCheckpoints, sentence).against(old.root(), root)))
}

fn report(register: &Register, size: u64, root: Option<String>, findings: Vec<Finding>) -> Report {
    Report {
        verdict: if findings.is_empty() { Verdict::Verified } else { Verdict::Failed },
        agreement: register.agreement().map(|id| id.to_string()),
        origin: register.origin().map(str::to_owned),
        size,
        replayed: register.size(),
        root,
        register: hex::encode(sha256(&register.encode())),
        last_received: (register.size() > 0).then(|| register.received()),
        in_force: register.in_force(),
        kinds: Kind::ALL
            .iter()
            .filter(|kind| register.count(**kind) > 0)
            .map(|kind| (kind.to_string(), register.count(*kind)))
            .collect(),
        findings,
    }
}
