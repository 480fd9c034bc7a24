//! The outbox: a folder that survives whatever happens to the machine.
//!
//! ```text
//! OUTBOX/lock                       locked by the one process that changes anything
//! OUTBOX/outbox.json                what the outbox is for (Settings)
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

mod load;
mod order;

use crate::MAX_STATEMENTS;
use crate::disk;
use crate::error::FieldError;
use crate::problem::Problem;
use crate::record::{self, RaisedAlarm, Record, Settings, State, VERSION};
use crate::trust::{Alarm, Receipt, Trust};
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use truce_statement::cose::MAX_STATEMENT;
use truce_statement::id::sha256;
use truce_statement::{AgreementId, KeyId, Statement, StatementId};
use truce_succession::Succession;
use truce_tlog::Policy;
use truce_tlog::proof_file::MAX_PROOF_FILE_BYTES;

/// Most files of evidence that are kept for one statement; the first say the most.
const MAX_EVIDENCE: usize = 16;
/// Most bytes kept of one answer that is evidence.
pub(crate) const MAX_EVIDENCE_BYTES: usize = MAX_PROOF_FILE_BYTES + 1;

/// An outbox, open. To be changed it is locked; [`Outbox::view`] only looks.
#[derive(Debug)]
pub struct Outbox {
    folder: PathBuf,
    lock: Option<File>,
    settings: Settings,
    trust: Option<Trust>,
    items: BTreeMap<StatementId, Item>,
    /// Statements by key and number.
    feeds: BTreeMap<KeyId, BTreeMap<u64, StatementId>>,
    /// Statements in the order in which they came.
    places: BTreeMap<u64, StatementId>,
    damage: Vec<Damage>,
    /// The receipt with the largest checkpoint for each log, to hold others to.
    newest: BTreeMap<String, Receipt>,
}

/// One statement in an outbox.
#[derive(Clone, Debug)]
pub struct Item {
    pub(crate) record: Record,
    /// Bytes of the statement; `None` when the file is not what it was.
    bytes: Option<usize>,
    receipt: Option<Receipt>,
}

impl Item {
    /// The statement.
    #[must_use]
    pub fn id(&self) -> StatementId {
        self.record.statement
    }

    /// The key that signed it.
    #[must_use]
    pub fn key(&self) -> KeyId {
        self.record.key
    }

    /// Its number in the feed of that key.
    #[must_use]
    pub fn seq(&self) -> u64 {
        self.record.seq
    }

    /// Its state of delivery.
    #[must_use]
    pub fn state(&self) -> State {
        self.record.state
    }

    /// The file that it was added from.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.record.file.as_deref()
    }

    /// The depositary's reason for refusing it.
    #[must_use]
    pub fn problem(&self) -> Option<&Problem> {
        self.record.problem.as_ref()
    }

    /// The alarm raised for it: an act of the depositary that an honest one does not commit.
    #[must_use]
    pub fn alarm(&self) -> Option<&RaisedAlarm> {
        self.record.alarm.as_ref()
    }

    /// The receipt, verified when the outbox was opened or since.
    #[must_use]
    pub fn receipt(&self) -> Option<&Receipt> {
        self.receipt.as_ref()
    }

    /// True if the statement's file is unchanged.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        self.bytes.is_some()
    }

    /// Nothing of its feed behind it may be handed in.
    fn blocks(&self) -> bool {
        !self.record.state.is_handed_in()
            && (self.record.state != State::Queued || self.bytes.is_none() || self.record.alarm.is_some())
    }
}

/// A file of the outbox that is not what was written to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The file.
    pub file: PathBuf,
    /// The fault, and what follows from it.
    pub why: String,
}

/// The result of adding a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// It is queued.
    Queued,
    /// It was in the outbox.
    Before,
    /// It was in the outbox, damaged; it is whole again.
    Mended,
}

/// A receipt that verifies, and contradicts one that came before.
#[derive(Debug)]
pub(crate) struct Contradiction {
    pub(crate) alarm: Alarm,
    /// The proof that came before.
    pub(crate) before: Vec<u8>,
}

/// The reason why a queued statement cannot be handed in now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// An earlier one of its feed is refused, damaged or under an alarm.
    Behind(StatementId),
    /// An earlier one of its feed is neither in the outbox nor, by what the depositary says, in the log.
    Missing {
        /// Number of the first one that is missing.
        seq: u64,
    },
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
    pub fn settings(&self) -> &Settings {
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

    /// Says which agreement, and whose receipts are believed. What was said before must not be contradicted, but a
    /// policy may be added.
    pub fn believe(&mut self, agreement: Option<AgreementId>, trust: &Trust) -> Result<(), FieldError> {
        let logs: Vec<String> = trust.logs().iter().map(ToString::to_string).collect();
        let policy = trust.quorum().map(|policy| String::from_utf8_lossy(&policy.to_bytes()).into_owned());
        let mut settings = self.settings.clone();
        if agreement.is_some() && settings.agreement.is_some() && settings.agreement != agreement {
            return Err(FieldError::OtherTrust { what: "agreement" });
        }
        if !settings.logs.is_empty() && settings.logs != logs {
            return Err(FieldError::OtherTrust { what: "log" });
        }
        if settings.policy.is_some() && policy.is_some() && settings.policy != policy {
            return Err(FieldError::OtherTrust { what: "policy" });
        }
        settings.agreement = settings.agreement.or(agreement);
        settings.policy = settings.policy.or(policy);
        settings.logs = logs;
        self.set(settings)
    }

    /// As [`Self::believe`] of what a charter names, and keeps the charter: with it the outbox can follow the log when its key
    /// or its witnesses change.
    pub fn believe_charter(&mut self, charter: &Statement, quorum: Option<Policy>) -> Result<(), FieldError> {
        let trust = Trust::of_charter(charter)?;
        let trust = match quorum {
            Some(quorum) => trust.with_quorum(quorum),
            None => trust,
        };
        self.believe(Some(charter.agreement()), &trust)?;
        disk::put(&self.folder.join(load::CHARTER), charter.bytes())?;
        self.trust = load::trust_of(&self.folder, &self.settings)?;
        Ok(())
    }

    /// Takes in a succession, if it follows from the charter and says more than is known. Says whether it does.
    pub fn succeed(&mut self, succession: &[u8]) -> Result<bool, FieldError> {
        let Some(succeeded) =
            self.trust.as_ref().zip(load::charter_of(&self.folder)?).and_then(|(trust, charter)| {
                let terms = Succession::parse(succession).and_then(|read| read.verify(&charter)).ok()?;
                trust.succeeded(terms)
            })
        else {
            return Ok(false);
        };
        disk::put(&self.folder.join(load::SUCCESSION), succession)?;
        self.trust = Some(succeeded);
        Ok(true)
    }

    /// Remembers where statements are handed in.
    pub fn address(&mut self, url: &str) -> Result<(), FieldError> {
        self.set(Settings { url: Some(url.to_owned()), ..self.settings.clone() })
    }

    fn set(&mut self, settings: Settings) -> Result<(), FieldError> {
        if settings != self.settings {
            let trust = load::trust_of(&self.folder, &settings)?;
            disk::put(&self.folder.join("outbox.json"), &record::encode(&settings))?;
            self.settings = settings;
            self.trust = trust;
        }
        Ok(())
    }

    /// Queues a statement. `file` is where it lies: its proof will be put beside it.
    ///
    /// # Errors
    /// [`FieldError::Refused`] with what any log would answer to these bytes; [`FieldError::Fork`] when the outbox has
    /// another statement at this place of the feed.
    pub fn add(&mut self, bytes: &[u8], file: Option<&Path>) -> Result<Added, FieldError> {
        let statement = Statement::parse(bytes)?;
        let id = statement.id();
        let key = statement.header().kid;
        if let Some(item) = self.items.get_mut(&id) {
            let mended = item.bytes.is_none();
            if mended {
                let path = self.folder.join("statements").join(format!("{id}.cose"));
                disk::put(&path, bytes)?;
                item.bytes = Some(bytes.len());
                self.damage.retain(|damage| damage.file != path);
            }
            if let Some(file) = file.filter(|file| item.record.file.as_deref() != Some(file)) {
                let mut record = item.record.clone();
                record.file = Some(file.to_owned());
                self.save(&[record])?;
            }
            return Ok(if mended { Added::Mended } else { Added::Before });
        }
        if self.items.len() >= MAX_STATEMENTS {
            return Err(FieldError::Full(MAX_STATEMENTS));
        }
        if let Some(expected) = self.settings.agreement.filter(|id| *id != statement.agreement()) {
            return Err(FieldError::OtherAgreement { expected, found: statement.agreement() });
        }
        self.fits(&statement)?;
        if self.settings.agreement.is_none() {
            self.set(Settings { agreement: Some(statement.agreement()), ..self.settings.clone() })?;
        }
        let record = Record {
            v: VERSION,
            statement: id,
            place: self.next_place(),
            key,
            seq: statement.seq(),
            prev: statement.prev(),
            state: State::Queued,
            file: file.map(Path::to_owned),
            problem: None,
            alarm: None,
        };
        disk::put(&self.statement_file(&id), bytes)?;
        disk::put(&self.record_file(&id), &record::encode(&record))?;
        self.insert(Item { record, bytes: Some(bytes.len()), receipt: None });
        // Those that were refused for lack of this one may be tried again.
        let again = self.of_feed(key, statement.seq() + 1..).filter(|item| {
            item.record.state == State::Refused && item.problem().is_some_and(Problem::is_about_order)
        });
        let again: Vec<Record> = again.map(|item| requeued(&item.record)).collect();
        self.save(&again)?;
        Ok(Added::Queued)
    }

    /// Checks that a statement fits into its feed beside those that are here.
    fn fits(&self, statement: &Statement) -> Result<(), FieldError> {
        let (key, seq) = (statement.header().kid, statement.seq());
        let at = |seq: u64| self.feeds.get(&key).and_then(|feed| feed.get(&seq)).copied();
        let fork = |other, why: String| Err(FieldError::Fork { found: statement.id(), other, why });
        if let Some(other) = at(seq) {
            return fork(other, format!("both have number {seq}"));
        }
        if let Some(other) = seq.checked_sub(1).and_then(at)
            && statement.prev() != other
        {
            return fork(other, format!("it has number {seq}, and does not follow number {}", seq - 1));
        }
        let after = seq.checked_add(1).and_then(at).and_then(|id| self.items.get(&id));
        if let Some(after) = after.filter(|after| after.record.prev != statement.id()) {
            return fork(after.id(), format!("number {} does not follow it", seq + 1));
        }
        Ok(())
    }

    /// The depositary says that it has these.
    pub(crate) fn handed_in(&mut self, ids: &[StatementId]) -> Result<(), FieldError> {
        self.change(ids, |record| {
            if matches!(record.state, State::Queued | State::Refused) {
                record.state = State::Sent;
                record.problem = None;
            }
        })
    }

    /// The depositary does not have this one, though it said so: it and what is behind it is to be handed in again.
    pub(crate) fn lost(&mut self, id: &StatementId) -> Result<(), FieldError> {
        let Some(item) = self.items.get(id) else { return Ok(()) };
        let behind = self.of_feed(item.key(), item.seq()..).filter(|item| item.record.state == State::Sent);
        let behind: Vec<StatementId> = behind.map(Item::id).collect();
        self.change(&behind, |record| record.state = State::Queued)
    }

    /// The depositary refuses this one.
    pub(crate) fn refused(&mut self, id: &StatementId, problem: &Problem) -> Result<(), FieldError> {
        self.change(&[*id], |record| {
            if !record.state.is_delivered() {
                record.state = State::Refused;
                record.problem = Some(problem.clone());
            }
        })
    }

    /// A receipt that verifies. It is held to every receipt before it, put beside the statement, and then the
    /// statement counts as delivered.
    ///
    /// # Errors
    /// The outer one for the disk, the inner one when the receipt contradicts another.
    pub(crate) fn accept(&mut self, receipt: Receipt) -> Result<Result<(), Contradiction>, FieldError> {
        let Some(item) = self.items.get(&receipt.statement) else {
            return Err(FieldError::NoSuchStatement(receipt.statement));
        };
        for before in item.receipt.iter().chain(self.newest.get(&receipt.origin)) {
            if let Err(alarm) = receipt.agrees_with(before) {
                return Ok(Err(Contradiction { alarm, before: before.proof.clone() }));
            }
        }
        let state = if receipt.is_final { State::Final } else { State::Accepted };
        if item.record.state >= state && item.record.state.is_delivered() {
            return Ok(Ok(()));
        }
        let id = receipt.statement;
        let file = item.record.file.clone();
        disk::put(&self.proof_file(&id), &receipt.proof)?;
        self.change(&[id], |record| {
            record.state = state;
            record.problem = None;
        })?;
        if let Some(file) = file {
            beside(&file, &id, &receipt.proof);
        }
        self.remember(receipt);
        Ok(Ok(()))
    }

    /// Keeps what an honest depositary would not have answered, with the receipt `before` that it contradicts, and marks
    /// the statement.
    pub(crate) fn raise(
        &mut self,
        id: &StatementId,
        alarm: &Alarm,
        answer: &[u8],
        before: Option<&[u8]>,
    ) -> Result<(), FieldError> {
        let kept = answer.get(..MAX_EVIDENCE_BYTES).unwrap_or(answer);
        let hash: String = hex::encode(sha256(kept)).chars().take(16).collect();
        let name = format!("{id}.{}.{hash}", alarm.code());
        let folder = self.folder.join("evidence");
        let names = disk::names(&folder)?;
        let of_this = names.iter().filter(|name| name.starts_with(&id.to_string())).count();
        let evidence = if names.contains(&name) {
            Some(folder.join(name))
        } else if of_this < MAX_EVIDENCE {
            let path = folder.join(&name);
            let mut files = vec![(path.clone(), kept.to_vec())];
            // The one in its place in the outbox gives way to the next that verifies.
            files.extend(before.map(|proof| (folder.join(format!("{name}.before")), proof.to_vec())));
            disk::put_all(&files)?;
            Some(path)
        } else {
            None
        };
        let raised = RaisedAlarm {
            code: alarm.code().to_owned(),
            sentence: alarm.to_string(),
            remedy: alarm.remedy().to_owned(),
            evidence,
        };
        self.change(&[*id], |record| record.alarm = Some(raised.clone()))
    }

    /// Lets refused statements be handed in again, and receipts asked for again after an alarm. What the alarm was
    /// raised for stays in `evidence`.
    pub fn again(&mut self) -> Result<usize, FieldError> {
        let stuck = |item: &&Item| item.record.state == State::Refused || item.record.alarm.is_some();
        let records: Vec<Record> = self.items().filter(stuck).map(|item| requeued(&item.record)).collect();
        self.save(&records)?;
        Ok(records.len())
    }

    /// Takes a statement out. One that is not delivered is given up for good with `undelivered`.
    pub fn forget(&mut self, id: &StatementId, undelivered: bool) -> Result<(), FieldError> {
        let item = self.items.get(id).ok_or(FieldError::NoSuchStatement(*id))?;
        if !item.record.state.is_delivered() && !undelivered {
            return Err(FieldError::NotDelivered(*id));
        }
        self.change(&[*id], |record| record.state = State::Forgotten)?;
        self.finish_forgetting(id)?;
        if let Some(item) = self.items.remove(id) {
            self.places.remove(&item.record.place);
            if let Some(feed) = self.feeds.get_mut(&item.key()) {
                feed.remove(&item.seq());
            }
        }
        Ok(())
    }

    /// The record goes last: as long as it is there, it says that the statement must not be taken up again.
    fn finish_forgetting(&self, id: &StatementId) -> Result<(), FieldError> {
        disk::remove(&self.statement_file(id))?;
        disk::remove(&self.proof_file(id))?;
        disk::remove(&self.record_file(id))
    }

    /// Puts the proof of each delivered statement beside the file that it came from, where it is not there.
    pub fn place_proofs(&self) {
        for item in self.items() {
            if let (Some(file), Some(receipt)) = (item.file(), item.receipt()) {
                beside(file, &item.id(), &receipt.proof);
            }
        }
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

    fn remember(&mut self, receipt: Receipt) {
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
        State::Refused => State::Queued,
        state => state,
    };
    Record { state, problem: None, alarm: None, ..record.clone() }
}

/// Writes the proof beside a statement's file. The outbox has it; what cannot be written here is no loss, and a file
/// that holds another statement by now gets none.
fn beside(file: &Path, id: &StatementId, proof: &[u8]) {
    let holds_it =
        matches!(disk::read(file, MAX_STATEMENT), Ok(Some(bytes)) if sha256(&bytes) == *id.as_bytes());
    let path = companion(file);
    let there = matches!(disk::read(&path, MAX_PROOF_FILE_BYTES), Ok(Some(old)) if old == proof);
    if holds_it
        && !there
        && let Err(error) = disk::put(&path, proof)
    {
        tracing::warn!(path = %path.display(), %error, "the proof could not be put beside the statement");
    }
}

/// `name.cose` as `name.tlog-proof`; any other name gets the ending after it.
fn companion(statement: &Path) -> PathBuf {
    if statement.extension().is_some_and(|extension| extension == "cose") {
        return statement.with_extension("tlog-proof");
    }
    let mut name = statement.as_os_str().to_owned();
    name.push(".tlog-proof");
    name.into()
}

#[cfg(test)]
mod tests;
