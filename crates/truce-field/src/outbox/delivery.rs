//! Steps of delivery: each is on disk before it counts.

use super::forget::beside;
use super::{Contradiction, Item, MAX_EVIDENCE_BYTES, Outbox, requeued};
use crate::disk;
use crate::error::FieldError;
use crate::problem::Problem;
use crate::record::{ItemState, RaisedAlarm, Record};
use crate::trust::{HeldReceipt, ReceiptAlarm};
use truce_statement::StatementId;
use truce_statement::id::sha256;

/// Most files of evidence that are kept for one statement; the first say the most.
const MAX_EVIDENCE: usize = 16;

impl Outbox {
    /// The depositary says that it has these.
    pub(crate) fn handed_in(&mut self, ids: &[StatementId]) -> Result<(), FieldError> {
        self.change(ids, |record| {
            if matches!(record.state, ItemState::Queued | ItemState::Refused) {
                record.state = ItemState::Sent;
                record.problem = None;
            }
        })
    }

    /// The depositary does not have this one, though it said so: it and what is behind it is to be handed in again.
    pub(crate) fn lost(&mut self, id: &StatementId) -> Result<(), FieldError> {
        let Some(item) = self.items.get(id) else { return Ok(()) };
        let behind =
            self.of_feed(item.key(), item.seq()..).filter(|item| item.record.state == ItemState::Sent);
        let behind: Vec<StatementId> = behind.map(Item::id).collect();
        self.change(&behind, |record| record.state = ItemState::Queued)
    }

    /// The depositary refuses this one.
    pub(crate) fn refused(&mut self, id: &StatementId, problem: &Problem) -> Result<(), FieldError> {
        self.change(&[*id], |record| {
            if !record.state.is_delivered() {
                record.state = ItemState::Refused;
                record.problem = Some(problem.clone());
            }
        })
    }

    /// A receipt that verifies. It is held to every receipt before it, put beside the statement, and then the
    /// statement counts as delivered.
    ///
    /// # Errors
    /// The outer one for the disk, the inner one when the receipt contradicts another.
    pub(crate) fn accept(&mut self, receipt: HeldReceipt) -> Result<Result<(), Contradiction>, FieldError> {
        let Some(item) = self.items.get(&receipt.statement) else {
            return Err(FieldError::NoSuchStatement(receipt.statement));
        };
        for before in item.receipt.iter().chain(self.newest.get(&receipt.origin)) {
            if let Err(alarm) = receipt.agrees_with(before) {
                return Ok(Err(Contradiction { alarm, before: before.proof.clone() }));
            }
        }
        let state = if receipt.is_final { ItemState::Final } else { ItemState::Accepted };
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
        alarm: &ReceiptAlarm,
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
        let stuck = |item: &&Item| item.record.state == ItemState::Refused || item.record.alarm.is_some();
        let records: Vec<Record> = self.items().filter(stuck).map(|item| requeued(&item.record)).collect();
        self.save(&records)?;
        Ok(records.len())
    }
}
