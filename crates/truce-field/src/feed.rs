//! The feed of a key: which number its next statement carries. Kept beside the key, in `KEY.feed`.
//!
//! # Invariant
//! A number is on disk as used before the statement that carries it leaves this process, so that no crash can make a
//! key sign two statements at one place of its feed. The statements being handed out stand in the same file, replaced
//! in one step: what a crash keeps from being handed out is not lost, it is written out the next time.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use truce_file::beside;
use truce_statement::{
    AgreementId, KeyId, PartyId, Refusal, RootHash, Saying, SecretKey, Seen, Signed, Standing, StatementId,
    Subject,
};

const VERSION: u32 = 1;
/// Ids that a feed file remembers of what was signed.
const REMEMBERED: usize = 1024;
/// Files of a folder that are looked at in search of a feed.
const LOOKED_AT: usize = 1000;
/// Largest feed file that is read, in bytes: some thousands of the longest statements left unsent.
const MAX_BYTES: u64 = 1 << 30;
/// Largest file that is compared with an unsent statement, in bytes.
const MAX_FILE: u64 = 4 << 20;

/// The state of the feed of one key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeedPlace {
    version: u32,
    /// The key.
    pub key: KeyId,
    /// Agreement that the key signs for.
    pub agreement: AgreementId,
    /// Party that the key signs for.
    pub party: PartyId,
    /// Number that the next statement carries.
    pub next_seq: u64,
    /// The statement before it.
    pub prev: StatementId,
    /// Newest checkpoint that the signer has verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<SeenCheckpoint>,
    /// The newest statements signed here, the last one before `next_seq`: with them, a log that has others in their
    /// place is found out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    signed: Vec<StatementId>,
    /// Signed, and perhaps not handed out yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    unsent: Vec<Unsent>,
}

/// Statements signed here that a log does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissingInLog {
    /// Number of the first one.
    pub from: u64,
    /// Number of the last one.
    pub to: u64,
    /// Earlier ones may be missing too: the feed file does not reach back to them.
    pub perhaps_more: bool,
}

/// A checkpoint, as far as it is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeenCheckpoint {
    /// Size of the tree.
    pub size: u64,
    /// Root of the tree.
    pub root: RootHash,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Unsent {
    seq: u64,
    /// File that it was to be written to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
    /// The statement, base64.
    statement: String,
}

/// A feed that this process alone may carry on: the key's file is locked.
#[derive(Debug)]
pub struct Feed {
    path: PathBuf,
    key_path: PathBuf,
    _lock: File,
    place: FeedPlace,
}

impl Feed {
    /// Opens the feed of `key`, or starts one with what `first` says.
    ///
    /// # Errors
    /// [`FeedCode::OtherKey`], [`FeedCode::Damaged`], [`FeedError::File`], and what `first` says.
    pub fn open<E: From<FeedError>>(
        key_path: &Path,
        key: &SecretKey,
        first: impl FnOnce() -> Result<(AgreementId, PartyId), E>,
    ) -> Result<Self, E> {
        let lock = lock(key_path)?;
        let path = file_of(key_path);
        let place = match load(&path)? {
            Some(place) if place.key == key.public().id() => place,
            Some(place) => {
                let what = format!("{} is the feed of another key, {}", path.display(), place.key);
                return Err(FeedError::fault(FeedCode::OtherKey, what).into());
            }
            None => {
                let (agreement, party) = first()?;
                FeedPlace::start(key.public().id(), agreement, party)
            }
        };
        Ok(Self { path, key_path: key_path.to_owned(), _lock: lock, place })
    }

    /// Starts the feed of a root key with the charter that it signed.
    ///
    /// # Errors
    /// [`FeedCode::InUse`], [`FeedCode::Damaged`] and [`FeedError::File`].
    pub fn found(key_path: &Path, charter: &Signed, file: &Path) -> Result<Self, FeedError> {
        let lock = lock(key_path)?;
        let path = file_of(key_path);
        if let Some(place) = load(&path)?.filter(|place| place.next_seq > 1) {
            let (signed, agreement) = (place.next_seq, place.agreement);
            let what = format!("this key has signed {signed} statements for agreement {agreement}");
            return Err(FeedError::fault(FeedCode::InUse, what));
        }
        let header = charter.header();
        let place = FeedPlace::start(header.kid, charter.agreement(), header.iss.clone());
        let mut feed = Self { path, key_path: key_path.to_owned(), _lock: lock, place };
        feed.place.next_seq = 1;
        feed.place.prev = charter.id();
        feed.place.signed = vec![charter.id()];
        feed.commit(&[(charter, Some(file))])?;
        Ok(feed)
    }

    /// The state of the feed.
    #[must_use]
    pub fn place(&self) -> &FeedPlace {
        &self.place
    }

    /// Refuses when the caller expects another party or agreement than this key signs for.
    ///
    /// # Errors
    /// [`FeedCode::OtherAgreement`] and [`FeedCode::OtherParty`].
    pub fn expect(&self, agreement: Option<AgreementId>, party: Option<&PartyId>) -> Result<(), FeedError> {
        if let Some(other) = agreement.filter(|id| *id != self.place.agreement) {
            let what = format!("this key signs for agreement {}, not {other}", self.place.agreement);
            return Err(FeedError::fault(FeedCode::OtherAgreement, what));
        }
        if let Some(other) = party.filter(|id| **id != self.place.party) {
            let what = format!("this key signs for `{}`, not `{other}`", self.place.party);
            return Err(FeedError::fault(FeedCode::OtherParty, what));
        }
        Ok(())
    }

    /// Remembers a checkpoint that was verified.
    ///
    /// # Errors
    /// [`FeedCode::OlderThanSeen`] and [`FeedCode::Inconsistent`] for one that contradicts what was seen before.
    pub fn saw(&mut self, seen: SeenCheckpoint) -> Result<(), FeedError> {
        if let Some(before) = self.place.seen {
            if seen.size < before.size {
                let (size, before) = (seen.size, before.size);
                let what =
                    format!("the checkpoint has size {size}, but one of size {before} was seen before");
                return Err(FeedError::fault(FeedCode::OlderThanSeen, what));
            }
            if seen.size == before.size && seen.root != before.root {
                let size = seen.size;
                let what = format!("two checkpoints of size {size} with different roots: the log was forked");
                return Err(FeedError::fault(FeedCode::Inconsistent, what));
            }
        }
        self.place.seen = Some(seen);
        Ok(())
    }

    /// Signs the next statement of the feed. It must not leave this process before [`Self::commit`].
    ///
    /// # Errors
    /// What [`Signed::seal`] refuses.
    pub fn sign(&mut self, key: &SecretKey, saying: Saying, seen: Option<Seen>) -> Result<Signed, Refusal> {
        let place = &mut self.place;
        let standing = Standing {
            party: place.party.clone(),
            subject: Subject::Agreement(place.agreement),
            seq: place.next_seq,
            prev: place.prev,
            seen,
            iat: truce_clock::now_s(),
        };
        let signed = Signed::seal(key, standing, saying)?;
        place.next_seq += 1;
        place.prev = signed.id();
        place.signed.push(signed.id());
        Ok(signed)
    }

    /// Takes back the last statement signed, which nobody has seen.
    pub fn take_back(&mut self, signed: &Signed) {
        debug_assert_eq!(self.place.prev, signed.id());
        self.place.next_seq = signed.seq();
        self.place.prev = signed.prev();
        self.place.signed.pop();
    }

    /// Finds what was signed here and is not in a log, as far as the feed file remembers. `has` says whether the log has a
    /// statement, `next_seq` which number comes next there. Feeds are chains: a log that has one statement has all
    /// before it.
    ///
    /// # Errors
    /// What `has` says.
    pub fn missing<E>(
        &self,
        next_seq: u64,
        mut has: impl FnMut(&StatementId) -> Result<bool, E>,
    ) -> Result<Option<MissingInLog>, E> {
        let own = self.place.own();
        let Some((to, newest)) = own.last().copied() else { return Ok(None) };
        if has(&newest)? {
            return Ok(None);
        }
        let (mut there, mut gone) = (0, own.len().saturating_sub(1));
        while there < gone {
            let middle = usize::midpoint(there, gone);
            match own.get(middle) {
                Some((_, id)) if has(id)? => there = middle + 1,
                _ => gone = middle,
            }
        }
        let first = own.get(gone).map_or(to, |(seq, _)| *seq);
        // Before the first one that is remembered, all that is known is which number comes next there.
        let from = if gone == 0 { first.min(next_seq) } else { first };
        Ok(Some(MissingInLog { from, to, perhaps_more: gone == 0 && from > 0 }))
    }

    /// Puts the numbers of `signed` on disk as used, and the statements with them until [`Self::handed_out`].
    ///
    /// # Errors
    /// [`FeedError::File`]; nothing may be handed out then.
    pub fn commit(&mut self, signed: &[(&Signed, Option<&Path>)]) -> Result<(), FeedError> {
        let unsent = signed.iter().map(|(statement, file)| Unsent {
            seq: statement.seq(),
            file: file.map(|f| std::path::absolute(f).unwrap_or_else(|_| f.to_owned())),
            statement: BASE64_STANDARD.encode(statement.bytes()),
        });
        self.place.unsent.extend(unsent);
        self.write(true)
    }

    /// Every statement committed has reached its place.
    ///
    /// # Errors
    /// [`FeedError::File`].
    pub fn handed_out(&mut self) -> Result<(), FeedError> {
        self.place.unsent.clear();
        // Not synced: after a loss of power the statements are found to be where they should be.
        self.write(false)
    }

    /// Writes out what an interrupted command left unsent; gives the files.
    ///
    /// # Errors
    /// [`FeedCode::Damaged`] and [`FeedError::File`].
    pub fn recover(&mut self) -> Result<Vec<PathBuf>, FeedError> {
        let there = |path: &Path| truce_file::read(path, MAX_FILE);
        let mut files = Vec::new();
        for unsent in &self.place.unsent {
            let bytes = BASE64_STANDARD.decode(&unsent.statement).map_err(|e| damaged(&self.path, &e))?;
            // Padded, so that a shell lists them in the order of their numbers.
            let own = || beside(&self.key_path, &format!(".{:08}.cose", unsent.seq));
            let mut file = unsent.file.clone().unwrap_or_else(own);
            if !file.parent().is_some_and(Path::is_dir) {
                file = own();
            }
            match there(&file) {
                Ok(Some(found)) if found == bytes => continue,
                Ok(None) => {}
                _ => file = own(),
            }
            if there(&file).is_ok_and(|found| found.is_some_and(|found| found == bytes)) {
                continue;
            }
            truce_file::create(&file, &bytes)
                .and_then(|()| truce_file::sync_parent(&file))
                .map_err(|source| FeedError::file(&file, source))?;
            files.push(file);
        }
        if !self.place.unsent.is_empty() {
            self.handed_out()?;
        }
        Ok(files)
    }

    /// Moves the feed to where the log has it.
    ///
    /// # Errors
    /// [`FeedError::File`].
    pub fn move_to(&mut self, next_seq: u64, prev: StatementId) -> Result<(), FeedError> {
        self.place.next_seq = next_seq;
        self.place.prev = prev;
        self.place.signed.clear();
        self.place.unsent.clear();
        self.write(true)
    }

    fn write(&mut self, sync: bool) -> Result<(), FeedError> {
        let forgotten = self.place.signed.len().saturating_sub(REMEMBERED);
        self.place.signed.drain(..forgotten);
        let mut text = serde_json::to_string_pretty(&self.place).map_err(|e| damaged(&self.path, &e))?;
        text.push('\n');
        let put = if sync { truce_file::replace } else { truce_file::replace_unsynced };
        put(&self.path, text.as_bytes()).map_err(|source| FeedError::file(&self.path, source))
    }
}

impl FeedPlace {
    fn start(key: KeyId, agreement: AgreementId, party: PartyId) -> Self {
        let (next_seq, prev) = (0, StatementId::ZERO);
        let (signed, unsent) = (Vec::new(), Vec::new());
        Self { version: VERSION, key, agreement, party, next_seq, prev, seen: None, signed, unsent }
    }

    /// The newest statements of the feed by their numbers, oldest first; at least the last one, if there is any.
    fn own(&self) -> Vec<(u64, StatementId)> {
        let last = self.next_seq.checked_sub(1).map(|seq| (seq, self.prev));
        if self.signed.last() != Some(&self.prev) {
            // Written by a version that remembered the last one alone, or taken up from a log.
            return last.into_iter().collect();
        }
        let first = self.next_seq.saturating_sub(self.signed.len() as u64);
        (first..).zip(self.signed.iter().copied()).collect()
    }

    /// The statement signed here with this number, if it is remembered.
    #[must_use]
    pub fn own_at(&self, seq: u64) -> Option<StatementId> {
        self.own().into_iter().find(|(number, _)| *number == seq).map(|(_, id)| id)
    }

    /// Number of statements that may not have been handed out.
    #[must_use]
    pub fn unsent(&self) -> usize {
        self.unsent.len()
    }
}

/// The place of a key's feed, for reading; nothing where the key has not signed yet.
///
/// # Errors
/// [`FeedCode::Damaged`] and [`FeedError::File`].
pub fn load(path: &Path) -> Result<Option<FeedPlace>, FeedError> {
    let Some(text) = truce_file::read(path, MAX_BYTES).map_err(|e| FeedError::file(path, e))? else {
        return Ok(None);
    };
    let place: FeedPlace = serde_json::from_slice(&text).map_err(|e| damaged(path, &e))?;
    if place.version != VERSION {
        return Err(damaged(
            path,
            &format!("version {}; this program reads version {VERSION}", place.version),
        ));
    }
    Ok(Some(place))
}

/// The feed file of the key in `key_path`.
#[must_use]
pub fn file_of(key_path: &Path) -> PathBuf {
    beside(key_path, ".feed")
}

/// The key file in `folder` whose feed is that of `key`.
#[must_use]
pub fn key_in(folder: &Path, key: KeyId) -> Option<PathBuf> {
    let listed = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let names = fs::read_dir(listed).ok()?.take(LOOKED_AT).filter_map(|file| Some(file.ok()?.file_name()));
    let key_files = names.filter_map(|name| Some(folder.join(name.to_str()?.strip_suffix(".feed")?)));
    let of_key = |path: &PathBuf| matches!(load(&file_of(path)), Ok(Some(place)) if place.key == key);
    key_files.filter(of_key).find(|path| path.is_file())
}

/// Locks the key's own file: the one thing of a feed that is never replaced. Waits for whoever is signing with it.
fn lock(key_path: &Path) -> Result<File, FeedError> {
    let file = truce_file::open(key_path).map_err(|e| FeedError::file(key_path, e))?;
    file.lock().map_err(|e| FeedError::file(key_path, e))?;
    Ok(file)
}

fn damaged(path: &Path, error: &dyn std::fmt::Display) -> FeedError {
    FeedError::fault(FeedCode::Damaged, format!("{}: {error}", path.display()))
}

truce_statement::codes! {
    /// Faults of a feed.
    pub enum FeedCode;

    /// The feed file does not hold what was written to it.
    Damaged = "feed-damaged", "the feed file is damaged",
        "bring it back from a copy, or remove it and take the feed up from the log with `truce feed take-up`";
    /// The feed file belongs to another key.
    OtherKey = "feed-of-another-key", "the feed file is that of another key",
        "bring the feed file of this key back, or take it up from the log with `truce feed take-up`";
    /// A key that is to found an agreement has signed more than its charter.
    InUse = "key-in-use", "this key has signed statements before", "found each agreement with keys of its own";
    /// The key signs for another agreement.
    OtherAgreement = "other-agreement", "this key signs for another agreement",
        "use a key of its own for each agreement";
    /// The key signs for another party.
    OtherParty = "other-party", "this key signs for another party", "leave out --party, or use that party's key";
    /// A checkpoint is older than one that was seen.
    OlderThanSeen = "older-than-seen", "the checkpoint is older than one that was seen before",
        "get the newest checkpoint; if there is none, entries were taken away from the log";
    /// Two checkpoints of one size have different roots.
    Inconsistent = "inconsistent-checkpoints", "two checkpoints contradict each other", "keep both as evidence";
}

/// A feed that cannot be carried on as it was asked.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// The system failed on a file.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// Something is wrong with the feed, or with what was asked of it.
    #[error("{what}")]
    Fault {
        /// Stable code, with the next step.
        code: FeedCode,
        /// What was found, for people.
        what: String,
    },
}

impl FeedError {
    fn file(path: &Path, source: impl Into<io::Error>) -> Self {
        Self::File { path: path.to_owned(), source: source.into() }
    }

    fn fault(code: FeedCode, what: impl Into<String>) -> Self {
        Self::Fault { code, what: what.into() }
    }
}
