//! The outbox: a folder that survives whatever happens to the machine.
//!
//! ```text
//! OUTBOX/lock                       locked by the one process that changes anything
//! OUTBOX/outbox.json                what the outbox is for (OutboxSettings)
//! OUTBOX/statements/ID.cose         the bytes, named by their hash; never changed
//! OUTBOX/statements/ID.tlog-proof   the receipt that was verified, newest last
//! OUTBOX/records/ID.json            how far it has come; replaced whole at each step
//! OUTBOX/evidence/                  answers that an honest depositary does not give
//! OUTBOX/damaged/                   records that could not be read, set aside
//! ```
//! # Order of writing
//! Statement, then record: a statement without a record is taken up as queued. Proof, then record: a record that says
//! *accepted* is only believed with a proof beside it that verifies, each time the outbox is opened. To forget: the
//! record says so first, and goes last. So a process may die at any point; what it did twice does no harm, because the
//! same bytes handed in again give the same receipt.

mod add;
mod belief;
mod delivery;
mod forget;
mod item;
mod load;
mod order;

pub(crate) use item::Contradiction;
pub use item::{Added, Damage, Hold, Item};

use crate::disk;
use crate::error::FieldError;
use crate::record::{self, ItemState, OutboxSettings, Record};
use crate::trust::{HeldReceipt, Trust};
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use truce_statement::cose::MAX_STATEMENT;
use truce_statement::id::sha256;
use truce_statement::{KeyId, StatementId};
use truce_tlog::proof_file::MAX_PROOF_FILE_BYTES;

/// Most bytes kept of one answer that is evidence.
pub(crate) const MAX_EVIDENCE_BYTES: usize = MAX_PROOF_FILE_BYTES + 1;

/// An outbox, open. To be changed it is locked; [`Outbox::view`] only looks.
///
/// ```
/// use truce_field::{Added, Outbox, ItemState};
/// use truce_statement::{AgreementId, Draft, SecretKey, Signed, Standing, StatementId, Subject};
///
/// // As `truce sign` does it, offline.
/// let draft = r#"{ "kind": "document", "body": { "class": "minutes", "title": "Day 1", "language": "en", "text": "Quiet." } }"#;
/// let standing = Standing {
///     party: "mission".parse()?,
///     subject: Subject::Agreement("ab".repeat(32).parse::<AgreementId>()?),
///     seq: 0,
///     prev: StatementId::ZERO,
///     seen: None,
///     iat: 1_795_600_000,
/// };
/// let signed = Signed::seal(&SecretKey::generate()?, standing, Draft::from_json(draft)?.into_saying())?;
///
/// let folder = tempfile::tempdir()?;
/// let mut outbox = Outbox::open(folder.path())?;
/// assert_eq!(outbox.add(signed.bytes(), None)?, Added::Queued);
/// assert_eq!(outbox.add(signed.bytes(), None)?, Added::Before);
///
/// // The machine may lose its power now: the statement is on disk.
/// drop(outbox);
/// let outbox = Outbox::view(folder.path())?;
/// let item = outbox.item(&signed.id()).ok_or("it is gone")?;
/// assert_eq!((item.seq(), item.state()), (0, ItemState::Queued));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Outbox {
    folder: PathBuf,
    lock: Option<File>,
    settings: OutboxSettings,
    trust: Option<Trust>,
    items: BTreeMap<StatementId, Item>,
    /// Statements by key and number.
    feeds: BTreeMap<KeyId, BTreeMap<u64, StatementId>>,
    /// Statements in the order in which they came.
    places: BTreeMap<u64, StatementId>,
    damage: Vec<Damage>,
    /// The receipt with the largest checkpoint for each log, to hold others to.
    newest: BTreeMap<String, HeldReceipt>,
}

impl Outbox {
    /// Opens the outbox in `folder` to change it, and makes it if there is none.
    ///
    /// # Errors
    /// [`FieldError::Busy`] while another process has it.
    pub fn open(folder: &Path) -> Result<Self, FieldError> {
        disk::folder(folder)?;
        let path = folder.join("lock");
        let lock = File::options().create(true).append(true).open(&path);
        let lock = lock.map_err(|e| FieldError::file(&path, e))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => {
                return Err(FieldError::Busy { path: folder.to_owned() });
            }
            Err(std::fs::TryLockError::Error(e)) => return Err(FieldError::file(&path, e)),
        }
        for part in ["statements", "records", "evidence", "damaged"] {
            disk::folder(&folder.join(part))?;
        }
        Self::load(folder, Some(lock))
    }

    /// Opens the outbox in `folder` to look at it, also while another process is sending.
    ///
    /// # Errors
    /// [`FieldError::NotAnOutbox`] when there is none.
    pub fn view(folder: &Path) -> Result<Self, FieldError> {
        if !folder.join("records").is_dir() {
            return Err(FieldError::NotAnOutbox { path: folder.to_owned() });
        }
        Self::load(folder, None)
    }

    /// The settings: agreement, logs, policy and address.
    #[must_use]
    pub fn settings(&self) -> &OutboxSettings {
        &self.settings
    }

    /// The keys and the quorum that receipts are checked against, once known.
    #[must_use]
    pub fn trust(&self) -> Option<&Trust> {
        self.trust.as_ref()
    }

    /// Files that were found damaged. They stay listed as long as they are there.
    #[must_use]
    pub fn damage(&self) -> &[Damage] {
        &self.damage
    }

    /// Every statement, in the order in which they came.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.places.values().filter_map(|id| self.items.get(id))
    }

    /// One statement.
    #[must_use]
    pub fn item(&self, id: &StatementId) -> Option<&Item> {
        self.items.get(id)
    }

    /// The bytes of a statement, held to its id once more.
    pub fn statement(&self, id: &StatementId) -> Result<Vec<u8>, FieldError> {
        if !self.items.contains_key(id) {
            return Err(FieldError::NoSuchStatement(*id));
        }
        let path = self.statement_file(id);
        let damaged = |why: &str| FieldError::Damaged { path: path.clone(), why: why.to_owned() };
        let bytes = disk::read(&path, MAX_STATEMENT)?.ok_or_else(|| damaged("it is gone"))?;
        if sha256(&bytes) != *id.as_bytes() {
            return Err(damaged("its hash is not its name"));
        }
        Ok(bytes)
    }

    /// The file of a statement in the outbox.
    #[must_use]
    pub fn statement_file(&self, id: &StatementId) -> PathBuf {
        self.folder.join("statements").join(format!("{id}.cose"))
    }

    /// The file of its proof.
    #[must_use]
    pub fn proof_file(&self, id: &StatementId) -> PathBuf {
        self.folder.join("statements").join(format!("{id}.tlog-proof"))
    }

    fn of_feed(&self, key: KeyId, range: std::ops::RangeFrom<u64>) -> impl Iterator<Item = &Item> {
        let feed = self.feeds.get(&key).into_iter();
        feed.flat_map(move |feed| feed.range(range.clone())).filter_map(|(_, id)| self.items.get(id))
    }

    fn change(&mut self, ids: &[StatementId], change: impl Fn(&mut Record)) -> Result<(), FieldError> {
        let mut records = Vec::new();
        for item in ids.iter().filter_map(|id| self.items.get(id)) {
            let mut record = item.record.clone();
            change(&mut record);
            if record != item.record {
                records.push(record);
            }
        }
        self.save(&records)
    }

    /// Puts records on disk, and only then in memory.
    fn save(&mut self, records: &[Record]) -> Result<(), FieldError> {
        if self.lock.is_none() && !records.is_empty() {
            return Err(FieldError::Busy { path: self.folder.clone() });
        }
        let files: Vec<_> =
            records.iter().map(|r| (self.record_file(&r.statement), record::encode(r))).collect();
        disk::put_all(&files)?;
        for record in records {
            if let Some(item) = self.items.get_mut(&record.statement) {
                item.record = record.clone();
            }
        }
        Ok(())
    }

    fn record_file(&self, id: &StatementId) -> PathBuf {
        self.folder.join("records").join(format!("{id}.json"))
    }

    fn next_place(&self) -> u64 {
        self.places.last_key_value().map_or(0, |(place, _)| place.saturating_add(1))
    }

    fn insert(&mut self, item: Item) {
        let id = item.id();
        self.places.insert(item.record.place, id);
        self.feeds.entry(item.key()).or_default().insert(item.seq(), id);
        self.items.insert(id, item);
    }

    fn remember(&mut self, receipt: HeldReceipt) {
        match self.newest.get(&receipt.origin) {
            Some(newest) if newest.size >= receipt.size => {}
            _ => {
                self.newest.insert(receipt.origin.clone(), receipt.clone());
            }
        }
        if let Some(item) = self.items.get_mut(&receipt.statement) {
            item.receipt = Some(receipt);
        }
    }
}

fn requeued(record: &Record) -> Record {
    let state = match record.state {
        ItemState::Refused => ItemState::Queued,
        state => state,
    };
    Record { state, problem: None, alarm: None, ..record.clone() }
}

#[cfg(test)]
mod tests;
