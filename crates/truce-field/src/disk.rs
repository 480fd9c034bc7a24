//! Files that are replaced whole and durably: written beside, synced, renamed, the folder synced.

use crate::error::FieldError;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use truce_file::{NEXT, ReadError, beside};

/// Puts `bytes` in the place of whatever stands at `path`, in one step that survives a crash.
pub(crate) fn put(path: &Path, bytes: &[u8]) -> Result<(), FieldError> {
    put_all(&[(path.to_owned(), bytes.to_vec())])
}

/// The same for several files, each by itself; the folders are synced once. All or some of them are in place after
/// a crash, in no order.
pub(crate) fn put_all(files: &[(PathBuf, Vec<u8>)]) -> Result<(), FieldError> {
    let mut folders = BTreeSet::new();
    for (path, bytes) in files {
        let write = || -> io::Result<()> {
            crash::point()?;
            let mut file = File::create(beside(path, NEXT))?;
            file.write_all(bytes)?;
            crash::point()?;
            file.sync_all()
        };
        write().map_err(|e| FieldError::file(path, e))?;
    }
    for (path, _) in files {
        crash::point()
            .and_then(|()| fs::rename(beside(path, NEXT), path))
            .map_err(|e| FieldError::file(path, e))?;
        folders.extend(path.parent().map(Path::to_owned));
    }
    folders.iter().try_for_each(|folder| sync_folder(folder))
}

/// Removes a file durably; it may be gone already.
pub(crate) fn remove(path: &Path) -> Result<(), FieldError> {
    match crash::point().and_then(|()| fs::remove_file(path)) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(FieldError::file(path, e)),
        _ => path.parent().map_or(Ok(()), sync_folder),
    }
}

/// Moves a file aside durably.
pub(crate) fn set_aside(from: &Path, to: &Path) -> Result<(), FieldError> {
    crash::point().and_then(|()| fs::rename(from, to)).map_err(|e| FieldError::file(from, e))?;
    from.parent().into_iter().chain(to.parent()).try_for_each(sync_folder)
}

/// A file of at most `limit` bytes; `None` if there is none.
pub(crate) fn read(path: &Path, limit: usize) -> Result<Option<Vec<u8>>, FieldError> {
    truce_file::read(path, limit as u64).map_err(|error| match error {
        ReadError::TooLarge { .. } => FieldError::Damaged { path: path.to_owned(), why: error.to_string() },
        error => FieldError::file(path, error.into()),
    })
}

/// Makes a folder that may be there already.
pub(crate) fn folder(path: &Path) -> Result<(), FieldError> {
    fs::create_dir_all(path).map_err(|e| FieldError::file(path, e))?;
    path.parent().filter(|p| !p.as_os_str().is_empty()).map_or(Ok(()), sync_folder)
}

/// The names of the files in a folder, sorted.
pub(crate) fn names(path: &Path) -> Result<Vec<String>, FieldError> {
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(FieldError::file(path, e)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|e| FieldError::file(path, e))?;
        names.extend(entry.file_name().to_str().map(str::to_owned));
    }
    names.sort();
    Ok(names)
}

fn sync_folder(folder: &Path) -> Result<(), FieldError> {
    crash::point()
        .and_then(|()| File::open(folder))
        .and_then(|file| file.sync_all())
        .map_err(|e| FieldError::file(folder, e))
}

/// Points at which a process may die; tests let it die at each of them.
pub(crate) mod crash {
    use std::io;

    #[cfg(not(test))]
    #[allow(clippy::unnecessary_wraps)]
    pub(super) fn point() -> io::Result<()> {
        Ok(())
    }

    #[cfg(test)]
    pub(super) fn point() -> io::Result<()> {
        LEFT.with(|left| match left.get() {
            None => Ok(()),
            Some(0) => Err(io::Error::other("the process died here")),
            Some(n) => {
                left.set(Some(n - 1));
                Ok(())
            }
        })
    }

    #[cfg(test)]
    thread_local! {
        static LEFT: std::cell::Cell<Option<u32>> = const { std::cell::Cell::new(None) };
    }

    /// From now on, this thread gets `points` points further and no more; `None` lets it live.
    #[cfg(test)]
    pub(crate) fn after(points: Option<u32>) {
        LEFT.with(|left| left.set(points));
    }
}
