//! Files put in place whole: written beside, brought to rest, renamed.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Ending of the name under which a replacement is written.
pub const NEXT: &str = ".next";

/// Puts `bytes` in the place of whatever stands at `path`, in one step, and waits until they are on disk.
///
/// # Errors
/// As the system says. The file is then the old one or the new one, whole.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let next = beside(path, NEXT);
    let mut file = File::create(&next)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&next, path)?;
    sync_parent(path)
}

/// [`replace`] without waiting for the disk: a loss of power may bring the old file back.
///
/// # Errors
/// As [`replace`].
pub fn replace_unsynced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let next = beside(path, NEXT);
    fs::write(&next, bytes)?;
    fs::rename(&next, path)
}

/// Writes a new file and waits until its bytes are on disk; [`sync_parent`] does the same for its name.
///
/// # Errors
/// As the system says, of kind `AlreadyExists` for a file that is there. A file that could not be written whole is
/// removed again, because room matters when the disk is full.
pub fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    create_with(OpenOptions::new(), path, bytes)
}

/// [`create`] for a file that only its owner may read, where the system knows owners.
///
/// # Errors
/// As [`create`].
pub fn create_secret(path: &Path, bytes: &[u8]) -> io::Result<()> {
    #[allow(unused_mut, reason = "only systems with owners set a mode")]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    create_with(options, path, bytes)
}

fn create_with(mut options: OpenOptions, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = options.write(true).create_new(true).open(path)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).inspect_err(|_| drop(fs::remove_file(path)))
}

/// Creates a folder and its parents, each synced into the one above.
///
/// # Errors
/// As the system says.
pub fn create_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let parent = parent(path);
    create_folder(parent)?;
    let above = File::open(parent)?;
    fs::create_dir(path)?;
    above.sync_all()
}

/// Brings the names in the folder of `path` to rest.
///
/// # Errors
/// As the system says.
pub fn sync_parent(path: &Path) -> io::Result<()> {
    File::open(parent(path))?.sync_all()
}

/// `path` with `suffix` after its name.
#[must_use]
pub fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_replacement_is_whole_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        create_folder(&folder.path().join("a/b")).unwrap();
        let path = folder.path().join("a/b/file");
        create(&path, b"one").unwrap();
        assert_eq!(create(&path, b"two").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"one");
        replace(&path, b"two").unwrap();
        replace_unsynced(&path, b"three").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"three");
        assert_eq!(fs::read_dir(folder.path().join("a/b")).unwrap().count(), 1);
    }
}
