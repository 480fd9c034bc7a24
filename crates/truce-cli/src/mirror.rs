//! `truce mirror`: a verified copy of a published log.
//!
//! What is copied is exactly what was audited: the audit reads through [`Staging`], which keeps every byte it hands
//! out. Only when the log holds are the files put in place, and the checkpoint last; a directory that changes under
//! the reader cannot slip anything past the audit.

use crate::args::MirrorArgs;
use crate::exit::{Exit, Failure};
use crate::output::{Output, one_line};
use crate::{files, verify};
use serde_json::json;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use truce_audit::{DirSource, Options, Source, SourceError};
use truce_statement::id::sha256;
use truce_store::{DirTiles, StoreError, TileStore};
use truce_tlog::{BundleCoord, EntryBundle, Policy, TileCoord, bundle};

/// Largest evidence file that is copied, in bytes.
const MAX_EVIDENCE: u64 = 256 << 20;

/// Files that are put in place together, in bytes: each group is synced once.
const GROUP_BYTES: usize = 16 << 20;

/// `truce mirror`.
pub(crate) fn run(args: &MirrorArgs, output: Output) -> Result<(), Failure> {
    if !args.from.join("checkpoint").is_file() {
        let message = format!("{} is not a published log (checkpoint and tile/)", args.from.display());
        return Err(Failure::new(Exit::Io, "no-log", message)
            .next("check the path; `truce export` publishes a ledger"));
    }
    let held_before = match fs::read(args.to.join("checkpoint")) {
        Ok(bytes) => Some(bytes),
        Err(e) if e.kind() == io::ErrorKind::NotFound => None,
        Err(e) => return Err(Failure::file(&args.to.join("checkpoint"), &e)),
    };
    let staging = Staging::new(&args.from, &args.to)?;
    let options = Options {
        agreement: args.agreement.as_deref().map(files::agreement_id).transpose()?,
        // The copy must grow out of the copy: a log that was forked since is refused.
        seen: held_before,
        resume: None,
        threads: args.threads,
    };
    let report = verify::replay(&staging, &options)?;
    if verify::held(&report).is_err() {
        output.result(|| report.to_string(), || json!({ "audit": report }))?;
    }
    verify::held(&report)?;
    let copied = staging.put_in_place(&args.to, report.size)?;
    let evidence = copy_evidence(&args.from, &args.to)?;
    let text = || format!("{report}\n{}: {copied} files copied, {evidence} of evidence", args.to.display());
    output.result(
        text,
        || json!({ "audit": report, "directory": args.to, "files": copied, "evidence": evidence }),
    )
}

/// A published log whose every byte, as it is read, is kept in a temporary folder.
struct Staging {
    source: DirSource,
    /// Read once: the audit and the copy see the same one.
    checkpoint: Option<Vec<u8>>,
    /// Removed when this is dropped.
    folder: tempfile::TempDir,
    /// Paths kept, in C2SP form.
    kept: Mutex<BTreeSet<String>>,
}

impl Staging {
    fn new(from: &Path, to: &Path) -> Result<Self, Failure> {
        let source = DirSource::new(from);
        // Beside the copy, on the disk that must have the room anyway.
        let beside = to.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(beside).map_err(|e| Failure::file(beside, &e))?;
        let folder = tempfile::Builder::new().prefix(".truce-mirror-").tempdir_in(beside);
        let folder = folder.map_err(|e| Failure::file(beside, &e))?;
        Ok(Self { checkpoint: source.checkpoint()?, source, folder, kept: Mutex::default() })
    }

    fn keep(&self, path: &str, bytes: &[u8]) -> Result<(), SourceError> {
        let place = self.place(path);
        fs::write(&place, bytes).map_err(|source| SourceError::File { path: place, source })?;
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned());
        Ok(())
    }

    fn place(&self, path: &str) -> PathBuf {
        self.folder.path().join(path.replace('/', "_"))
    }

    /// Puts everything that was kept in place, the checkpoint last. Returns how many files there are.
    fn put_in_place(self, to: &Path, size: u64) -> Result<usize, Failure> {
        let tiles = match DirTiles::create(to) {
            Err(StoreError::Exists { .. }) if to.join("tile").is_dir() => DirTiles::open(to),
            other => other,
        }?;
        let kept = std::mem::take(&mut *self.kept.lock().unwrap_or_else(PoisonError::into_inner));
        let mut group: Vec<(&str, Vec<u8>)> = Vec::new();
        let mut bytes_in_group = 0;
        for path in &kept {
            let place = self.place(path);
            let bytes = fs::read(&place).map_err(|e| Failure::file(&place, &e))?;
            bytes_in_group += bytes.len();
            group.push((path, bytes));
            if bytes_in_group > GROUP_BYTES {
                put(&tiles, &mut group)?;
                bytes_in_group = 0;
            }
        }
        put(&tiles, &mut group)?;
        tiles.put_checkpoint(size, self.checkpoint.as_deref().unwrap_or_default())?;
        Ok(kept.len() + 1)
    }
}

fn put(tiles: &DirTiles, group: &mut Vec<(&str, Vec<u8>)>) -> Result<(), Failure> {
    let files: Vec<(&str, &[u8])> = group.iter().map(|(path, bytes)| (*path, bytes.as_slice())).collect();
    tiles.put_all(&files)?;
    group.clear();
    Ok(())
}

impl Source for Staging {
    fn checkpoint(&self) -> Result<Option<Vec<u8>>, SourceError> {
        Ok(self.checkpoint.clone())
    }

    fn bundle(&self, coord: BundleCoord, bytes: &mut Vec<u8>) -> Result<bool, SourceError> {
        let mut found = Vec::new();
        if !self.source.bundle(coord, &mut found)? {
            return Ok(false);
        }
        // A full bundle may stand in for a partial one: only what the checkpoint covers is copied.
        if let Ok(entries) = EntryBundle::parse_prefix(&found, coord)
            && let Ok(exact) = bundle::encode_bundle(entries.entries())
        {
            found = exact;
        }
        self.keep(&coord.to_string(), &found)?;
        bytes.extend_from_slice(&found);
        Ok(true)
    }

    fn tile(&self, coord: TileCoord) -> Result<Option<Vec<u8>>, SourceError> {
        let Some(mut tile) = self.source.tile(coord)? else { return Ok(None) };
        if tile.len() == truce_tlog::tile::TILE_BYTES {
            tile.truncate(coord.byte_len());
        }
        self.keep(&coord.to_string(), &tile)?;
        Ok(Some(tile))
    }

    fn has_tiles(&self) -> bool {
        true
    }
}

/// Copies what lies beside the log: the policy, and evidence whose name is its hash. Returns how much evidence.
fn copy_evidence(from: &Path, to: &Path) -> Result<u64, Failure> {
    let policy = from.join("policy");
    if policy.is_file() {
        let bytes = files::read(&policy)?;
        Policy::parse(&bytes).map_err(|e| Failure::content(&policy, "bad-policy", e))?;
        files::replace(&to.join("policy"), &bytes, true)?;
    }
    let folder = from.join("evidence");
    let listed = match fs::read_dir(&folder) {
        Ok(listed) => listed,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(e) => return Err(Failure::file(&folder, &e)),
    };
    fs::create_dir_all(to.join("evidence")).map_err(|e| Failure::file(&to.join("evidence"), &e))?;
    let mut copied = 0;
    for file in listed {
        let path = file.map_err(|e| Failure::file(&folder, &e))?.path();
        let size = fs::metadata(&path).map_err(|e| Failure::file(&path, &e))?.len();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if size > MAX_EVIDENCE {
            let message = format!("{}: larger than {MAX_EVIDENCE} bytes", path.display());
            return Err(
                Failure::new(Exit::Io, "too-large", message).next("copy it by hand, and check its hash")
            );
        }
        let bytes = fs::read(&path).map_err(|e| Failure::file(&path, &e))?;
        if hex::encode(sha256(&bytes)) != name {
            let message = format!("evidence {} is not the file it is named for", one_line(&name));
            return Err(Failure::unverified("evidence-differs", message).next("fetch it from another copy"));
        }
        files::replace(&to.join("evidence").join(name), &bytes, false)?;
        copied += 1;
    }
    Ok(copied)
}
