//! Opening an outbox: what is on disk is held to its hashes, its proofs and its rules, and put right where a process
//! died.

use super::{Damage, Item, Outbox};
use crate::disk;
use crate::error::FieldError;
use crate::record::{self, ItemState, OutboxSettings, Record, VERSION};
use crate::trust::Trust;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::Path;
use truce_statement::cose::MAX_STATEMENT;
use truce_statement::{Statement, StatementId};
use truce_succession::{MAX_SUCCESSION_BYTES, Succession};
use truce_tlog::Policy;
use truce_tlog::proof_file::MAX_PROOF_FILE_BYTES;

impl Outbox {
    pub(super) fn load(folder: &Path, lock: Option<File>) -> Result<Self, FieldError> {
        let path = folder.join("outbox.json");
        let damaged = |why| FieldError::Damaged { path: path.clone(), why };
        let settings = match disk::read(&path, record::MAX_BYTES)? {
            Some(bytes) => record::decode(&bytes).map_err(damaged)?,
            None => OutboxSettings::default(),
        };
        let trust = trust_of(folder, &settings)?;
        let mut outbox = Self {
            folder: folder.to_owned(),
            lock,
            settings,
            trust,
            items: BTreeMap::new(),
            feeds: BTreeMap::new(),
            places: BTreeMap::new(),
            damage: Vec::new(),
            newest: BTreeMap::new(),
        };
        let forgotten = outbox.load_records()?;
        outbox.adopt(&forgotten)?;
        outbox.check_statements()?;
        outbox.check_receipts();
        let aside = folder.join("damaged");
        for name in disk::names(&aside)? {
            let why = "this record could not be read; its statement was queued again".to_owned();
            outbox.damage.push(Damage { file: aside.join(name), why });
        }
        Ok(outbox)
    }

    /// Reads the records; gives the statements that are on their way out.
    fn load_records(&mut self) -> Result<BTreeSet<StatementId>, FieldError> {
        let folder = self.folder.join("records");
        let mut records: Vec<Record> = Vec::new();
        for name in disk::names(&folder)? {
            let path = folder.join(&name);
            if name.ends_with(truce_file::NEXT) {
                self.sweep(&path)?;
                continue;
            }
            let read = match disk::read(&path, record::MAX_BYTES) {
                // Forgotten by another process since the folder was listed.
                Ok(None) => continue,
                Ok(Some(bytes)) => record::decode::<Record>(&bytes),
                Err(FieldError::Damaged { why, .. }) => Err(why),
                Err(error) => return Err(error),
            };
            match read {
                Ok(record) if record.v == VERSION && name == format!("{}.json", record.statement) => {
                    records.push(record);
                }
                Ok(_) => self.unreadable(&path, "it is not the record that its name says")?,
                Err(why) => self.unreadable(&path, &why)?,
            }
        }
        let mut forgotten = BTreeSet::new();
        for record in records {
            if record.state == ItemState::Forgotten {
                forgotten.insert(record.statement);
                if self.lock.is_some() {
                    self.finish_forgetting(&record.statement)?;
                }
                continue;
            }
            let taken = self.feeds.get(&record.key).is_some_and(|feed| feed.contains_key(&record.seq));
            if taken || self.places.contains_key(&record.place) {
                let path = self.record_file(&record.statement);
                self.unreadable(&path, "another record claims the same place")?;
                continue;
            }
            self.insert(Item { record, bytes: None, receipt: None });
        }
        Ok(forgotten)
    }

    /// A record that cannot be believed: set aside where that may be done, and reported.
    fn unreadable(&mut self, path: &Path, why: &str) -> Result<(), FieldError> {
        if self.lock.is_some() {
            let name = path.file_name().unwrap_or_default();
            return disk::set_aside(path, &self.folder.join("damaged").join(name));
        }
        self.damage.push(Damage { file: path.to_owned(), why: why.to_owned() });
        Ok(())
    }

    fn sweep(&self, path: &Path) -> Result<(), FieldError> {
        if self.lock.is_some() { disk::remove(path) } else { Ok(()) }
    }

    /// Takes up statements that have no record: the process died before it was written, or it was damaged.
    fn adopt(&mut self, forgotten: &BTreeSet<StatementId>) -> Result<(), FieldError> {
        let folder = self.folder.join("statements");
        let mut found = Vec::new();
        for name in disk::names(&folder)? {
            let path = folder.join(&name);
            if name.ends_with(truce_file::NEXT) {
                self.sweep(&path)?;
                continue;
            }
            let Some(stem) = name.strip_suffix(".cose") else { continue };
            let known = |id| self.items.contains_key(&id) || forgotten.contains(&id);
            if stem.parse::<StatementId>().is_ok_and(known) {
                continue;
            }
            let bytes = match disk::read(&path, MAX_STATEMENT) {
                Ok(Some(bytes)) => bytes,
                Ok(None) => continue,
                Err(FieldError::Damaged { .. }) => Vec::new(),
                Err(error) => return Err(error),
            };
            match Statement::parse(bytes) {
                Ok(statement) if statement.id().to_string() == stem => found.push(statement),
                _ => {
                    let why = "it is not the statement that its name says, and has no record".to_owned();
                    self.damage.push(Damage { file: path, why });
                }
            }
        }
        found.sort_by_key(|statement| (statement.header().kid, statement.seq()));
        for statement in found {
            if let Err(error) = self.fits(&statement) {
                let file = self.statement_file(&statement.id());
                self.damage.push(Damage { file, why: error.to_string() });
                continue;
            }
            let record = Record {
                v: VERSION,
                statement: statement.id(),
                place: self.next_place(),
                key: statement.header().kid,
                seq: statement.seq(),
                prev: statement.prev(),
                state: ItemState::Queued,
                file: None,
                problem: None,
                alarm: None,
            };
            if self.lock.is_some() {
                disk::put(&self.record_file(&record.statement), &record::encode(&record))?;
            }
            self.insert(Item { record, bytes: None, receipt: None });
        }
        Ok(())
    }

    /// Holds every statement to its name.
    fn check_statements(&mut self) -> Result<(), FieldError> {
        let ids: Vec<StatementId> = self.items.keys().copied().collect();
        for id in ids {
            match self.statement(&id) {
                Ok(bytes) => {
                    if let Some(item) = self.items.get_mut(&id) {
                        item.bytes = Some(bytes.len());
                    }
                }
                Err(FieldError::Damaged { path, why }) => {
                    let why = format!("{why}; it and the statements after it in its feed cannot be sent");
                    self.damage.push(Damage { file: path, why });
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Verifies the receipt of everything that is said to be delivered.
    fn check_receipts(&mut self) {
        let delivered = self.items.values().filter(|item| item.record.state.is_delivered());
        let delivered: Vec<(StatementId, ItemState)> =
            delivered.map(|item| (item.id(), item.record.state)).collect();
        for (id, said) in delivered {
            let path = self.proof_file(&id);
            let checked = match (&self.trust, self.statement(&id), disk::read(&path, MAX_PROOF_FILE_BYTES)) {
                (Some(trust), Ok(bytes), Ok(Some(proof))) => {
                    trust.verify(&bytes, &proof).map_err(|alarm| alarm.to_string())
                }
                (None, ..) => Err("it is not known which log to hold it to".to_owned()),
                (_, Err(_), _) => Err("its statement is damaged".to_owned()),
                (_, _, Ok(None)) => Err("it is gone".to_owned()),
                (_, _, Err(error)) => Err(error.to_string()),
            };
            let (state, receipt) = match checked {
                Ok(receipt) if receipt.is_final || said == ItemState::Accepted => (said, Some(receipt)),
                Ok(receipt) => (ItemState::Accepted, Some(receipt)),
                Err(why) => {
                    let why = format!("{why}; the statement counts as sent until its receipt has come again");
                    self.damage.push(Damage { file: path, why });
                    (ItemState::Sent, None)
                }
            };
            if let Some(item) = self.items.get_mut(&id) {
                item.record.state = state;
            }
            if let Some(receipt) = receipt {
                self.remember(receipt);
            }
        }
    }
}

/// The charter, where one was given, and what changed the keys and witnesses since.
pub(super) const CHARTER: &str = "charter.cose";
pub(super) const SUCCESSION: &str = "succession";

pub(super) fn charter_of(folder: &Path) -> Result<Option<Statement>, FieldError> {
    let path = folder.join(CHARTER);
    let damaged =
        |e: truce_statement::Refusal| FieldError::Damaged { path: path.clone(), why: e.to_string() };
    disk::read(&path, MAX_STATEMENT)?.map(|bytes| Statement::parse(bytes).map_err(damaged)).transpose()
}

pub(super) fn trust_of(folder: &Path, settings: &OutboxSettings) -> Result<Option<Trust>, FieldError> {
    if settings.logs.is_empty() {
        return Ok(None);
    }
    let logs: Result<Vec<_>, _> = settings.logs.iter().map(|log| log.parse()).collect();
    let policy = settings.policy.as_ref().map(|text| Policy::parse(text.as_bytes())).transpose();
    let (Ok(logs), Ok(policy)) = (logs, policy) else { return Err(FieldError::NoTrust) };
    let fixed = Trust::new(&logs, policy)?;
    let charter = charter_of(folder)?.filter(|charter| Some(charter.agreement()) == settings.agreement);
    let Some(charter) = charter else { return Ok(Some(fixed)) };
    let mut trust = Trust::of_charter(&charter)?;
    if trust.logs() != fixed.logs() {
        return Ok(Some(fixed));
    }
    // A policy that is not the charter's was given, and stands.
    if let Some(given) = fixed.quorum().filter(|given| trust.quorum() != Some(given)) {
        trust = trust.with_quorum(given.clone());
    }
    if let Some(bytes) = disk::read(&folder.join(SUCCESSION), MAX_SUCCESSION_BYTES)?
        && let Ok(terms) = Succession::parse(&bytes).and_then(|read| read.verify(&charter))
    {
        trust = trust.succeeded(terms).unwrap_or(trust);
    }
    Ok(Some(trust))
}
