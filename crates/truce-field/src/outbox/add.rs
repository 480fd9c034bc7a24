//! Queueing of statements.

use super::{Added, Item, Outbox, requeued};
use crate::MAX_STATEMENTS;
use crate::disk;
use crate::error::FieldError;
use crate::problem::Problem;
use crate::record::{self, ItemState, OutboxSettings, Record, VERSION};
use std::path::Path;
use truce_statement::Statement;

impl Outbox {
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
            self.set(OutboxSettings { agreement: Some(statement.agreement()), ..self.settings.clone() })?;
        }
        let record = Record {
            v: VERSION,
            statement: id,
            place: self.next_place(),
            key,
            seq: statement.seq(),
            prev: statement.prev(),
            state: ItemState::Queued,
            file: file.map(Path::to_owned),
            problem: None,
            alarm: None,
        };
        disk::put(&self.statement_file(&id), bytes)?;
        disk::put(&self.record_file(&id), &record::encode(&record))?;
        self.insert(Item { record, bytes: Some(bytes.len()), receipt: None });
        // Those that were refused for lack of this one may be tried again.
        let again = self.of_feed(key, statement.seq() + 1..).filter(|item| {
            item.record.state == ItemState::Refused && item.problem().is_some_and(Problem::is_about_order)
        });
        let again: Vec<Record> = again.map(|item| requeued(&item.record)).collect();
        self.save(&again)?;
        Ok(Added::Queued)
    }

    /// Checks that a statement fits into its feed beside those that are here.
    pub(super) fn fits(&self, statement: &Statement) -> Result<(), FieldError> {
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
}
