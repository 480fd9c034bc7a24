//! Regular files, read whole within a limit and put in place whole: the one way in which Truce reads a path that a
//! person gave or that a log holds, and the one in which it replaces a file.
//!
//! # Data flow
//! ```text
//! path --open (does not wait)--> handle --is it a regular file?--> at most `limit` bytes --> the caller parses them
//! bytes --replace--> PATH.next --sync--> renamed to PATH --sync--> its folder
//! ```
//! A log on a stick or out of an archive may hold anything under the name of a tile: a link to an endless device, a
//! pipe that nobody writes to, a file of a terabyte. The question is asked of the open handle, so that nothing can be
//! put in the file's place between the question and the reading, and the size is counted while reading.
//!
//! # In scope
//! Opening, limits, secrets that leave no copy in memory, files that others may read. Writing a file that is there whole
//! or not at all.
//!
//! # Out of scope
//! The meaning of the bytes. Streams such as standard input, but for [`read_stream`], which limits them.
//!
//! ```
//! # let folder = tempfile::tempdir()?;
//! let path = folder.path().join("checkpoint");
//! assert_eq!(truce_file::read(&path, 1024)?, None);
//! std::fs::write(&path, "log.example\n")?;
//! assert_eq!(truce_file::read(&path, 1024)?.as_deref(), Some(&b"log.example\n"[..]));
//! assert!(truce_file::read(&path, 4).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod write;

pub use write::{NEXT, beside, create, create_folder, create_secret, replace, replace_unsynced, sync_parent};

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Read};
use std::path::Path;
use zeroize::Zeroizing;

/// A failure to read a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The operating system failed.
    #[error(transparent)]
    System(#[from] io::Error),
    /// The path leads to a folder, a device, a pipe or a socket.
    #[error("this is not a regular file, but {0}")]
    NotAFile(&'static str),
    /// The file has more bytes than its format allows.
    #[error("it has more than {limit} bytes, the most that is read")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
}

impl From<ReadError> for io::Error {
    /// Keeps the system's own error; the others are wrapped, as errors of kind `InvalidInput` and `FileTooLarge`.
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::System(error) => error,
            ReadError::NotAFile(_) => Self::new(ErrorKind::InvalidInput, error),
            ReadError::TooLarge { .. } => Self::new(ErrorKind::FileTooLarge, error),
        }
    }
}

/// Opens a regular file for reading, without waiting for a writer where the path is a pipe.
///
/// # Errors
/// [`ReadError::NotAFile`] for anything but a regular file, links followed.
pub fn open(path: &Path) -> Result<File, ReadError> {
    Ok(open_with_metadata(path)?.0)
}

/// The bytes of a regular file of at most `limit` bytes; `None` if there is no file of that name.
///
/// # Errors
/// [`ReadError::NotAFile`], [`ReadError::TooLarge`], and what the system says.
pub fn read(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, ReadError> {
    let (file, metadata) = match open_with_metadata(path) {
        Err(ReadError::System(e)) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        opened => opened?,
    };
    // The length is a hint for the allocation alone: the file may grow while it is read.
    let expected = metadata.len().min(limit).saturating_add(1);
    let bytes = Vec::with_capacity(usize::try_from(expected).unwrap_or_default());
    append(file, limit, bytes).map(Some)
}

/// The bytes of a stream, such as standard input, that ends within `limit` bytes.
///
/// # Errors
/// [`ReadError::TooLarge`], and what the system says.
pub fn read_stream(stream: impl Read, limit: u64) -> Result<Vec<u8>, ReadError> {
    append(stream, limit, Vec::new())
}

/// The bytes of a stream that holds a secret: nothing of them is left in memory once the result is dropped.
///
/// # Errors
/// [`ReadError::TooLarge`], and what the system says.
pub fn read_secret(mut stream: impl Read, limit: usize) -> Result<Zeroizing<Vec<u8>>, ReadError> {
    // One buffer that never grows: a vector that grows leaves what it held in freed memory.
    let mut bytes = Zeroizing::new(vec![0; limit.saturating_add(1)]);
    let mut filled = 0;
    loop {
        let Some(free) = bytes.get_mut(filled..).filter(|free| !free.is_empty()) else {
            return Err(ReadError::TooLarge { limit: limit as u64 });
        };
        match stream.read(free) {
            Ok(0) => break,
            Ok(read) => filled = filled.saturating_add(read),
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(e.into()),
        }
    }
    // Within the same allocation.
    bytes.truncate(filled);
    Ok(bytes)
}

/// The permission bits of an open file, if others than its owner have any; `None` on systems without such bits.
#[must_use]
pub fn shared_mode(file: &File) -> Option<u32> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = file.metadata().ok()?.permissions().mode() & 0o777;
        (mode & 0o077 != 0).then_some(mode)
    }
    #[cfg(not(unix))]
    {
        let _ = file;
        None
    }
}

fn open_with_metadata(path: &Path) -> Result<(File, Metadata), ReadError> {
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt as _;
        // A pipe without a writer is opened at once, and a terminal does not become this process's own.
        options.custom_flags((OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed());
    }
    let file = match options.open(path) {
        // A socket cannot be opened at all; where folders cannot be either, the system says no more than "denied".
        Err(e) => match std::fs::metadata(path) {
            Ok(found) if !found.is_file() => return Err(ReadError::NotAFile(sort(&found))),
            _ => return Err(e.into()),
        },
        Ok(file) => file,
    };
    let metadata = file.metadata()?;
    if metadata.is_file() { Ok((file, metadata)) } else { Err(ReadError::NotAFile(sort(&metadata))) }
}

fn append(stream: impl Read, limit: u64, mut bytes: Vec<u8>) -> Result<Vec<u8>, ReadError> {
    stream.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit { Err(ReadError::TooLarge { limit }) } else { Ok(bytes) }
}

fn sort(found: &Metadata) -> &'static str {
    if found.is_dir() {
        return "a folder";
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        let sort = found.file_type();
        if sort.is_fifo() {
            return "a pipe";
        }
        if sort.is_socket() {
            return "a socket";
        }
    }
    "a device"
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use std::fs;

    #[test]
    fn the_limit_itself_is_read_and_one_byte_more_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, [7; 100]).unwrap();
        assert_eq!(read(&path, 100).unwrap().unwrap(), [7; 100]);
        assert!(matches!(read(&path, 99), Err(ReadError::TooLarge { limit: 99 })));
        assert_eq!(*read_secret(open(&path).unwrap(), 100).unwrap(), [7; 100]);
        assert!(matches!(read_secret(open(&path).unwrap(), 99), Err(ReadError::TooLarge { limit: 99 })));
        assert!(matches!(read_stream(&[0; 5][..], 4), Err(ReadError::TooLarge { limit: 4 })));
    }

    #[test]
    fn a_missing_file_is_none_also_below_a_file() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), "").unwrap();
        assert_eq!(read(&folder.path().join("none"), 1).unwrap(), None);
        assert_eq!(read(&folder.path().join("file/none"), 1).unwrap(), None);
    }

    #[cfg(unix)]
    #[test]
    fn folders_devices_pipes_and_sockets_are_refused_at_once() {
        use std::os::unix::{fs::symlink, net::UnixListener};
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let (device, pipe, socket) = (at("device"), at("pipe"), at("socket"));
        symlink("/dev/zero", &device).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR)
            .unwrap();
        let _listener = UnixListener::bind(&socket).unwrap();
        for (path, expected) in
            [(folder.path(), "a folder"), (&device, "a device"), (&pipe, "a pipe"), (&socket, "a socket")]
        {
            assert!(
                matches!(read(path, 10), Err(ReadError::NotAFile(found)) if found == expected),
                "{path:?}"
            );
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_may_read_is_told() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        fs::write(&path, "").unwrap();
        for (mode, told) in [(0o600, None), (0o400, None), (0o640, Some(0o640)), (0o604, Some(0o604))] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(shared_mode(&open(&path).unwrap()), told);
        }
    }
}
