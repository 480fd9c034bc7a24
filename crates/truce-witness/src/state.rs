//! The state of a witness on disk: a folder with one file for each log, the checkpoint that was cosigned last.
//!
//! # Layout
//! ```text
//! witness         first line, the witness's vkey, then the hash of every origin that was ever cosigned
//! <origin hash>   the checkpoint cosigned last for this origin: a signed note with the witness's own line
//! <origin hash>.keys   the keys of this log, as the witness was told of them
//! ```
//! A file appears in one step: written under a temporary name, synced, renamed, and the folder synced through a handle
//! opened before. The file `witness` is what tells a log that was never cosigned from one whose file was lost, and a
//! record proves itself, because it bears the witness's own signature.
//!
//! # Invariant
//! Whatever was answered is in the folder, and never behind it. A record that is missing, cannot be read or does not
//! verify stops the witness from starting: one that starts again from nothing can be led to cosign a fork.

use crate::error::StateError;
use crate::keys;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use truce_tlog::cosignature::verify_cosignature;
use truce_tlog::note::MAX_NOTE_BYTES;
use truce_tlog::witness::origin_hash;
use truce_tlog::{Checkpoint, Hash, KeySchedule, Note, NoteSignature, SignedCheckpoint, VKey};

/// The file that says whose state this is, and what it must hold.
const INDEX: &str = "witness";
const HEADER: &str = "truce witness state 1";
/// End of the name of a file that says which keys sign for a log.
const KEYS: &str = ".keys";
/// Beginning of the names of files that are being written.
const TEMPORARY: &str = ".tmp-";
/// Largest index: a million logs.
const MAX_INDEX_BYTES: u64 = 1 << 26;

/// The checkpoint that was cosigned last for one origin.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    /// The checkpoint that was cosigned.
    pub(crate) checkpoint: Checkpoint,
    /// Time of the cosignature, POSIX seconds.
    pub(crate) timestamp: u64,
    /// The witness's own line.
    pub(crate) line: NoteSignature,
    /// The signed note, the log's lines and the witness's, as it is stored and served.
    pub(crate) note: Arc<str>,
}

impl Record {
    /// A checkpoint to which the witness's own line has been added.
    pub(crate) fn new(cosigned: &SignedCheckpoint, line: NoteSignature, timestamp: u64) -> Self {
        let note = cosigned.to_string().into();
        Self { checkpoint: cosigned.checkpoint().clone(), timestamp, line, note }
    }

    /// Reads a stored note and verifies the witness's own line on it.
    fn parse(bytes: &[u8], witness: &VKey) -> Result<(Self, Note), String> {
        let note = Note::parse(bytes).map_err(|error| error.to_string())?;
        let checkpoint = Checkpoint::parse(note.text()).map_err(|error| error.to_string())?;
        let own: Vec<&NoteSignature> = note.signatures().iter().filter(|line| line.claims(witness)).collect();
        let [line] = own.as_slice() else {
            return Err("it does not bear exactly one line of the witness".to_owned());
        };
        let timestamp =
            verify_cosignature(witness, note.text(), line.signature()).map_err(|error| error.to_string())?;
        let record = Self { checkpoint, timestamp, line: (*line).clone(), note: note.to_string().into() };
        Ok((record, note))
    }
}

/// The folder of one witness, open by one process at a time.
#[derive(Debug)]
pub(crate) struct StateFolder {
    root: PathBuf,
    /// The folder itself: holds the lock, and is synced after its entries change.
    handle: File,
    vkey: VKey,
    next_temporary: AtomicU64,
    /// Origins in the index on disk.
    indexed: Mutex<BTreeSet<Hash>>,
    stopped: OnceLock<String>,
}

impl Drop for StateFolder {
    /// Gives the lock back by name. Closing the file does not where another thread is just starting a program: until that
    /// program runs, it has a copy of every file that is open here.
    fn drop(&mut self) {
        let _ = self.handle.unlock();
    }
}

/// The folder, and by the hash of the origin the checkpoints cosigned last and the keys told before.
type Opened = (StateFolder, BTreeMap<Hash, Record>, BTreeMap<Hash, KeySchedule>);

impl StateFolder {
    /// Makes the state of a witness that has not cosigned anything yet, in a new or empty folder.
    pub(crate) fn create(root: &Path, vkey: &VKey) -> Result<(), StateError> {
        truce_file::create_folder(root).map_err(|error| at(root, error))?;
        let folder = Self::lock(root, vkey)?;
        let entries = fs::read_dir(root).map_err(|error| at(root, error))?;
        for entry in entries {
            let name = entry.map_err(|error| at(root, error))?.file_name();
            if !name.to_string_lossy().starts_with('.') {
                return Err(StateError::NotEmpty { path: root.to_owned() });
            }
        }
        folder.write_index(&BTreeSet::new())
    }

    /// Opens the state of `vkey` and reads every record. `keys` gives the trusted keys of an origin, by its hash.
    pub(crate) fn open(
        root: &Path,
        vkey: &VKey,
        keys: impl Fn(&Hash) -> Vec<VKey>,
    ) -> Result<Opened, StateError> {
        if !root.is_dir() {
            return Err(StateError::Missing { path: root.to_owned() });
        }
        let folder = Self::lock(root, vkey)?;
        let (of, indexed) = read_index(root)?;
        if of != *vkey {
            return Err(StateError::WrongKey { expected: Box::new(of), found: Box::new(vkey.clone()) });
        }
        let (mut records, mut told) = (BTreeMap::new(), BTreeMap::new());
        for entry in fs::read_dir(root).map_err(|error| at(root, error))? {
            let entry = entry.map_err(|error| at(root, error))?;
            let (name, path) = (entry.file_name(), entry.path());
            let name = name.to_string_lossy();
            if name == INDEX {
                continue;
            }
            if name.starts_with(TEMPORARY) {
                // What was being written when the process ended was not answered.
                fs::remove_file(&path).map_err(|error| at(&path, error))?;
                continue;
            }
            if let Some(hash) = name.strip_suffix(KEYS).and_then(|name| name.parse::<Hash>().ok()) {
                told.insert(hash, read_keys(&path, &hash)?);
                continue;
            }
            let Ok(hash) = name.parse::<Hash>() else {
                return Err(StateError::Stranger { path });
            };
            records.insert(hash, folder.read_record(&path, &hash, &keys(&hash))?);
        }
        if let Some(lost) = indexed.iter().find(|hash| !records.contains_key(hash)) {
            let path = root.join(lost.to_string());
            return Err(StateError::Damaged {
                path,
                what: "this log was cosigned, but its file is gone".to_owned(),
            });
        }
        // A record is stored before the index names it: after a crash between the two, the index is behind.
        let found: BTreeSet<Hash> = records.keys().copied().collect();
        if found != indexed {
            folder.write_index(&found)?;
        }
        *folder.indexed.lock().unwrap_or_else(PoisonError::into_inner) = found;
        Ok((folder, records, told))
    }

    /// Stores a record: durable when this returns.
    ///
    /// [`StateError::File`] leaves the old record in place. Any failure after that leaves open what the disk holds, and
    /// stops the folder.
    pub(crate) fn store(&self, origin: &Hash, record: &Record) -> Result<(), StateError> {
        self.check_running()?;
        self.replace(&origin.to_string(), record.note.as_bytes())?;
        let mut indexed = self.indexed.lock().unwrap_or_else(PoisonError::into_inner);
        if indexed.contains(origin) {
            return Ok(());
        }
        let mut more = indexed.clone();
        more.insert(*origin);
        // The record is in place already: from here on, memory and disk differ if this fails.
        self.write_index(&more).map_err(|error| self.stop(&error.to_string()))?;
        *indexed = more;
        Ok(())
    }

    /// Stores the keys of a log: durable when this returns.
    pub(crate) fn store_keys(&self, origin: &Hash, keys: &KeySchedule) -> Result<(), StateError> {
        self.check_running()?;
        self.replace(&format!("{origin}{KEYS}"), keys::write(keys).as_bytes())
    }

    /// The reason why the folder takes no more records; `None` while it does.
    pub(crate) fn stopped(&self) -> Option<&str> {
        self.stopped.get().map(String::as_str)
    }

    /// Stops the folder for good.
    pub(crate) fn stop(&self, why: &str) -> StateError {
        let why = self.stopped.get_or_init(|| why.to_owned());
        StateError::Stopped { why: why.clone() }
    }

    fn check_running(&self) -> Result<(), StateError> {
        match self.stopped() {
            Some(why) => Err(StateError::Stopped { why: why.to_owned() }),
            None => Ok(()),
        }
    }

    fn lock(root: &Path, vkey: &VKey) -> Result<Self, StateError> {
        let handle = File::open(root).map_err(|error| at(root, error))?;
        handle.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => StateError::Locked { path: root.to_owned() },
            TryLockError::Error(error) => at(root, error),
        })?;
        Ok(Self {
            root: root.to_owned(),
            handle,
            vkey: vkey.clone(),
            next_temporary: AtomicU64::new(0),
            indexed: Mutex::default(),
            stopped: OnceLock::new(),
        })
    }

    fn write_index(&self, origins: &BTreeSet<Hash>) -> Result<(), StateError> {
        let mut text = format!("{HEADER}\n{}\n", self.vkey);
        for origin in origins {
            // Writing to a string does not fail.
            let _ = writeln!(text, "{origin}");
        }
        self.replace(INDEX, text.as_bytes())
    }

    fn read_record(&self, path: &Path, hash: &Hash, keys: &[VKey]) -> Result<Record, StateError> {
        let damaged = |what: String| StateError::Damaged { path: path.to_owned(), what };
        let bytes = read_limited(path, MAX_NOTE_BYTES as u64).map_err(|error| at(path, error))?;
        let bytes = bytes.ok_or_else(|| damaged("it is larger than any checkpoint".to_owned()))?;
        let (record, note) = Record::parse(&bytes, &self.vkey).map_err(damaged)?;
        if origin_hash(record.checkpoint.origin()) != *hash {
            return Err(damaged(format!("it is of {}", record.checkpoint.origin())));
        }
        // A log may have changed its key since; but a line of a key that is known must be good.
        note.open(keys.iter().chain([&self.vkey])).map_err(|error| damaged(error.to_string()))?;
        Ok(record)
    }

    /// Puts `bytes` in the place of `name` in one step, and waits until that is on disk.
    fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), StateError> {
        let number = self.next_temporary.fetch_add(1, Ordering::Relaxed);
        let staged = self.root.join(format!("{TEMPORARY}{number}"));
        truce_file::create(&staged, bytes).map_err(|error| at(&staged, error))?;
        let target = self.root.join(name);
        fs::rename(&staged, &target)
            .and_then(|()| self.handle.sync_all())
            .map_err(|error| self.stop(&format!("{}: {error}", target.display())))
    }
}

/// Reads whose state a folder holds, and the hashes of the origins that it must have a record of.
pub(crate) fn read_index(root: &Path) -> Result<(VKey, BTreeSet<Hash>), StateError> {
    let path = root.join(INDEX);
    let damaged = |what: &str| StateError::Damaged { path: path.clone(), what: what.to_owned() };
    let bytes = match read_limited(&path, MAX_INDEX_BYTES) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Err(damaged("it is larger than any list of logs")),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            // A folder with something in it, but without the index, was not left so by a witness.
            let empty =
                !root.is_dir() || fs::read_dir(root).map_err(|error| at(root, error))?.next().is_none();
            return Err(if empty {
                StateError::Missing { path: root.to_owned() }
            } else {
                damaged("it is gone, but the folder is not empty")
            });
        }
        Err(error) => return Err(at(&path, error)),
    };
    let text = String::from_utf8(bytes).map_err(|_| damaged("it is not text"))?;
    let text = text.strip_suffix('\n').ok_or_else(|| damaged("its last line has no end"))?;
    let mut lines = text.split('\n');
    if lines.next() != Some(HEADER) {
        return Err(damaged("its first line is not that of a witness's state"));
    }
    let vkey = lines.next().and_then(|line| line.parse::<VKey>().ok());
    let vkey = vkey.ok_or_else(|| damaged("its second line is not a vkey"))?;
    let mut origins = BTreeSet::new();
    for line in lines {
        let origin = line.parse().map_err(|_| damaged("a line is not the hash of an origin"))?;
        if origins.last().is_some_and(|last| *last >= origin) {
            return Err(damaged("its lines are not in order"));
        }
        origins.insert(origin);
    }
    Ok((vkey, origins))
}

fn read_keys(path: &Path, hash: &Hash) -> Result<KeySchedule, StateError> {
    let bytes = read_limited(path, keys::MAX_KEYS_BYTES).map_err(|error| at(path, error))?;
    let damaged = |what: &str| StateError::Damaged { path: path.to_owned(), what: what.to_owned() };
    let bytes = bytes.ok_or_else(|| damaged("it is larger than any list of keys"))?;
    let keys = keys::read(path, &bytes)?;
    if origin_hash(keys.origin()) == *hash { Ok(keys) } else { Err(damaged("it is of another log")) }
}

/// Reads a file whole, or gives `None` when it is larger than `limit`.
fn read_limited(path: &Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
    match truce_file::read(path, limit) {
        Ok(None) => Err(io::ErrorKind::NotFound.into()),
        Err(truce_file::ReadError::TooLarge { .. }) => Ok(None),
        read => Ok(read?),
    }
}

fn at(path: &Path, source: io::Error) -> StateError {
    StateError::File { path: path.to_owned(), source }
}
