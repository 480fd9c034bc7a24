//! Backups: a ledger's folder, written beside the one at work, and put back.
//!
//! The store itself is copied by [`truce_store::LogStore::copy_to`] in the process that owns it. The rest is made from
//! that copy, so that all of a backup is of one moment, and then read as any ledger is.

use crate::error::LogError;
use crate::folder::Folder;
use crate::ledger::Ledger;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;
use truce_statement::{Entry, RootHash};
use truce_store::RocksReader;

/// Contents of a backup, or of a ledger that came of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackedUp {
    /// Entries.
    pub size: u64,
    /// Entries under the signed checkpoint in it; 0 where there is none.
    pub signed: u64,
    /// Root over all entries.
    pub root: RootHash,
}

/// Completes the backup in `partial`, which holds a copy of the store as `db/`: writes the checkpoint and the charter
/// from it, brings all to rest, opens it read-only, and gives it the name `place`.
///
/// # Errors
/// When something cannot be written, or what was written does not hold. `place` does not exist then.
pub fn complete_backup(partial: &Path, place: &Path) -> Result<BackedUp, LogError> {
    let paths = Folder::new(partial);
    let ledger = Ledger::over(RocksReader::open(paths.store())?)?;
    if let Some(checkpoint) = ledger.checkpoint() {
        paths.replace_checkpoint(&checkpoint.to_string(), true)?;
    }
    let first = ledger.entry(0)?.ok_or_else(|| LogError::altered("the ledger has no charter"))?;
    let first = Entry::parse(&first).map_err(|e| LogError::altered(format!("entry 0: {e}")))?;
    let path = paths.charter();
    File::create(&path)
        .and_then(|mut file| file.write_all(first.statement))
        .map_err(|source| LogError::File { path, source })?;
    drop(ledger);
    let written = settled(partial)?;
    fs::rename(partial, place).map_err(|source| LogError::File { path: place.into(), source })?;
    sync_parent(place)?;
    Ok(written)
}

/// Puts the backup in `backup` back as the ledger in `folder`, which may hold a key and a checkpoint, and no store. The
/// files are copied, never linked: the backup stays as it is. What comes back is marked, and may sign nothing before
/// [`crate::recover`] has looked for what it lacks.
///
/// # Errors
/// When `backup` is none, does not hold, or `folder` has a store.
pub fn restore(backup: &Path, folder: &Path) -> Result<BackedUp, LogError> {
    let (from, to) = (Folder::new(backup), Folder::new(folder));
    // What does not hold there will not hold here.
    drop(Ledger::open(backup)?);
    let file = |path: &Path| {
        let path = path.to_owned();
        move |source| LogError::File { path, source }
    };
    if to.store().exists() {
        return Err(file(&to.store())(io::ErrorKind::AlreadyExists.into()));
    }
    fs::create_dir_all(folder).map_err(file(folder))?;
    // Before there is anything to sign.
    to.set_mark()?;
    let partial = folder.join("db.partial");
    match fs::remove_dir_all(&partial) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(file(&partial)(e)),
        _ => {}
    }
    fs::create_dir(&partial).map_err(file(&partial))?;
    for found in fs::read_dir(from.store()).map_err(file(&from.store()))? {
        let found = found.map_err(file(&from.store()))?;
        copy(&found.path(), &partial.join(found.file_name()))?;
    }
    for (from, to) in
        [(from.checkpoint(), to.checkpoint()), (from.charter(), to.charter()), (from.key(), to.key())]
    {
        // What the folder still has is newer than any backup.
        if from.exists() && !to.exists() {
            copy(&from, &to)?;
        }
    }
    sync_all(&partial)?;
    fs::rename(&partial, to.store()).map_err(file(&to.store()))?;
    sync_all(folder)?;
    sync_parent(folder)?;
    // Its own checkpoint may be ahead of what came back; the store is read by itself.
    state_of(&Ledger::over(RocksReader::open(to.store())?)?)
}

/// Copies a regular file; a backup may come from anywhere, and a copy of a pipe would wait for ever.
fn copy(from: &Path, to: &Path) -> Result<(), LogError> {
    let copied = truce_file::open(from).map_err(io::Error::from).and_then(|_| fs::copy(from, to));
    copied.map(drop).map_err(|source| LogError::File { path: from.to_owned(), source })
}

fn settled(folder: &Path) -> Result<BackedUp, LogError> {
    sync_all(folder)?;
    state_of(&Ledger::open(folder)?)
}

fn state_of(ledger: &Ledger) -> Result<BackedUp, LogError> {
    let signed = ledger.checkpoint().map_or(0, truce_tlog::SignedCheckpoint::size);
    Ok(BackedUp { size: ledger.size(), signed, root: ledger.root_at(ledger.size())? })
}

/// Brings every file below `folder` to rest.
fn sync_all(folder: &Path) -> Result<(), LogError> {
    let failed = |path: &Path, source| LogError::File { path: path.to_owned(), source };
    for found in fs::read_dir(folder).map_err(|e| failed(folder, e))? {
        let found = found.map_err(|e| failed(folder, e))?;
        let (path, kind) = (found.path(), found.file_type().map_err(|e| failed(&found.path(), e))?);
        if kind.is_dir() {
            sync_all(&path)?;
        } else if kind.is_file() {
            File::open(&path).and_then(|file| file.sync_all()).map_err(|e| failed(&path, e))?;
        }
    }
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|e| failed(folder, e))
}

fn sync_parent(place: &Path) -> Result<(), LogError> {
    truce_file::sync_parent(place).map_err(|source| LogError::File { path: place.into(), source })
}
