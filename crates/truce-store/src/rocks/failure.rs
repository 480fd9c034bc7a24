//! Failures of RocksDB, in the words of this crate. Its errors are text; the kind is
//! a prefix and the rest is the operating system's message.

use std::io;

use rocksdb::{Error, ErrorKind};

use crate::StoreError;

/// The store error for what RocksDB reports while doing `what`.
pub(super) fn translate(what: &str, error: &Error) -> StoreError {
    let message = error.as_ref();
    let has = |text: &str| message.contains(text);
    if has("Read-only file system") {
        return StoreError::ReadOnly { what: format!("{what}: {message}") };
    }
    if has("lock hold by current process") || has("While lock file") {
        return StoreError::Locked { place: what.to_owned() };
    }
    if has("No space left on device") || has("Disk quota exceeded") || has("Space limit reached") {
        return StoreError::Full { what: format!("{what}: {message}") };
    }
    match error.kind() {
        ErrorKind::Corruption => StoreError::Corrupt { what: message.to_owned() },
        ErrorKind::InvalidArgument if has("olumn famil") || has("comparator") => {
            StoreError::Format { found: message.to_owned(), expected: super::meta::FORMAT.to_owned() }
        }
        // A table that has gone, or whose end has.
        ErrorKind::IOError if has("No such file") || has("file is too short") => {
            StoreError::Corrupt { what: message.to_owned() }
        }
        _ => StoreError::Io { what: what.to_owned(), source: io::Error::other(message.to_owned()) },
    }
}
