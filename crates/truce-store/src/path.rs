//! Paths of a published log and the part of a checkpoint (C2SP tlog-checkpoint) that keeps it from
//! going back.

use crate::StoreError;

/// The path of the one published file that changes.
pub(crate) const CHECKPOINT: &str = "checkpoint";

const MAX_PATH: usize = 255;
const MAX_COMPONENTS: usize = 16;

/// Checks that `path` names an immutable file of a published log. A path that passes is relative, has no empty,
/// hidden or parent component, and means the same on every file system and in every URL.
pub(crate) fn check(path: &str) -> Result<(), StoreError> {
    let component = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    };
    let fine = path.len() <= MAX_PATH
        && path != CHECKPOINT
        && path.split('/').count() <= MAX_COMPONENTS
        && path.split('/').all(component);
    if fine { Ok(()) } else { Err(StoreError::BadPath { path: path.chars().take(MAX_PATH).collect() }) }
}

/// The same for a key of [`Space::Tiles`](crate::Space::Tiles).
pub(crate) fn check_key(key: &[u8]) -> Result<&str, StoreError> {
    let path = std::str::from_utf8(key)
        .map_err(|_| StoreError::BadPath { path: String::from_utf8_lossy(key).into_owned() })?;
    check(path).map(|()| path)
}

/// Origin, size and root of a checkpoint; its signatures are not looked at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Tree<'a> {
    pub(crate) origin: &'a [u8],
    pub(crate) size: u64,
    pub(crate) root: &'a [u8],
}

impl<'a> Tree<'a> {
    /// Reads the first three lines of a note.
    pub(crate) fn of(note: &'a [u8]) -> Option<Self> {
        let mut lines = note.split(|byte| *byte == b'\n');
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        let _the_root_ends_with_a_newline = lines.next()?;
        let canonical = size.iter().all(u8::is_ascii_digit) && (size == b"0" || size.first() != Some(&b'0'));
        let size = std::str::from_utf8(size).ok()?.parse().ok()?;
        (canonical && !origin.is_empty() && !root.is_empty()).then_some(Self { origin, size, root })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn only_plain_relative_paths_pass() {
        for good in
            ["tile/0/000", "tile/0/x001/067.p/3", "tile/entries/000", "policy", "evidence/00ff", "a/b-c_d"]
        {
            check(good).unwrap();
        }
        let deep = "a/".repeat(16) + "a";
        let long = "a".repeat(256);
        for bad in [
            "",
            "/",
            "/tile",
            "tile/",
            "tile//0",
            ".",
            "..",
            "../x",
            "tile/../../x",
            "tile/..",
            ".hidden",
            "a/.b",
            "a\\b",
            "a:b",
            "a b",
            "a\0b",
            "ä",
            "checkpoint",
            &deep,
            &long,
        ] {
            assert_eq!(check(bad).unwrap_err().code(), "store-bad-path", "{bad}");
        }
        assert!(check_key(b"\xff").is_err());
    }

    #[test]
    fn a_checkpoint_is_read_as_far_as_its_root() {
        let note = b"log.example\n12\nAAAA\n\n\xe2\x80\x94 log.example BBBB\n";
        assert_eq!(Tree::of(note).unwrap().size, 12);
        for bad in [
            &b"log\n12\nAAAA"[..],
            b"log\n012\nAAAA\n",
            b"log\n+1\nAAAA\n",
            b"\n1\nAAAA\n",
            b"log\n\nAAAA\n",
            b"",
        ] {
            assert_eq!(Tree::of(bad), None);
        }
    }
}
