//! The courier: hands in what may be handed in, gets the receipts, and stops where a person must look.

use crate::client::Said;
use crate::client::{Answer, DepositaryClient, LinkError, MAX_SEQUENCE, MAX_SEQUENCE_BYTES, Sequence};
use crate::error::FieldError;
use crate::outbox::{Hold, Outbox};
use crate::pause::Backoff;
use crate::record::ItemState;
use crate::trust::{ReceiptAlarm, Trust};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};
use truce_statement::{KeyId, StatementId};

/// The state that statements should reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Until {
    /// A receipt that verifies.
    #[default]
    Accepted,
    /// One whose cosignatures satisfy the quorum.
    Final,
}

impl Until {
    /// True if a statement in this state has come far enough.
    #[must_use]
    pub fn is_reached_by(self, state: ItemState) -> bool {
        match self {
            Self::Accepted => state.is_delivered(),
            Self::Final => state == ItemState::Final,
        }
    }
}

/// A step of a run, reported to people who wait.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// So many statements are being handed in.
    HandingIn(usize),
    /// A statement has come this far.
    Reached(StatementId, ItemState),
    /// Something went wrong on the way; the next try comes after this time.
    Pausing(String, Duration),
}

/// The end of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ended {
    /// There is nothing left that could be done.
    Done,
    /// The time was over; the last trouble, if there was one.
    OutOfTime(Option<LinkError>),
    /// The depositary did what an honest one does not: nothing more is handed in.
    Alarmed,
}

/// The result of a run. The state of each statement is in the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CourierReport {
    /// The reason why it ended.
    pub ended: Ended,
    /// Statements for which an alarm was raised, with its code.
    pub alarms: Vec<(StatementId, String)>,
    /// Queued statements that could not be handed in.
    pub held: Vec<(StatementId, Hold)>,
}

/// Carries statements from an outbox to a depositary.
#[derive(Debug)]
pub struct Courier {
    depositary: DepositaryClient,
    until: Until,
    backoff: Backoff,
    /// Statements in the next request.
    batch: usize,
    /// The most there may be.
    largest: usize,
    /// Next number of each feed, as the depositary reports it; decides only what is worth trying.
    known: BTreeMap<KeyId, u64>,
    asked: BTreeSet<KeyId>,
    /// Handed in without an answer: asked about before they are sent once more.
    doubtful: BTreeSet<StatementId>,
    alarms: Vec<(StatementId, String)>,
    /// Deadline of the run.
    end: Instant,
}

/// The result of a step.
enum Step {
    Progress,
    /// Nothing new yet.
    Wait(Option<Duration>),
    Trouble(LinkError),
    /// There is nothing to do.
    Idle,
}

impl Courier {
    /// A courier to `depositary`.
    #[must_use]
    pub fn new(depositary: DepositaryClient, until: Until) -> Self {
        let pace = depositary.pace();
        let backoff = Backoff::new(pace.first_pause, pace.longest_pause, pace.seed);
        let batch = pace.batch.clamp(1, MAX_SEQUENCE);
        Self {
            depositary,
            until,
            backoff,
            batch,
            largest: batch,
            known: BTreeMap::new(),
            asked: BTreeSet::new(),
            doubtful: BTreeSet::new(),
            alarms: Vec::new(),
            end: Instant::now(),
        }
    }

    /// Carries on until everything has come far enough, nothing more can be done, or no time is left before `end`.
    /// Each request is tried once whatever the time; it may go on beyond `end` by its own limit.
    ///
    /// # Errors
    /// Only when the outbox fails. What the link and the depositary do is in the [`CourierReport`].
    pub fn run(
        &mut self,
        outbox: &mut Outbox,
        end: Instant,
        watch: &mut dyn FnMut(Event),
    ) -> Result<CourierReport, FieldError> {
        let mut trouble;
        self.end = end;
        let ended = loop {
            let trust = outbox.trust().cloned().ok_or(FieldError::NoTrust)?;
            let step = self.step(outbox, &trust, watch)?;
            if !self.alarms.is_empty() {
                break Ended::Alarmed;
            }
            let pause = match step {
                Step::Idle => break Ended::Done,
                Step::Progress => {
                    self.backoff.reset();
                    trouble = None;
                    Duration::ZERO
                }
                Step::Wait(asked) => {
                    self.backoff.reset();
                    trouble = None;
                    asked.unwrap_or_default().max(self.depositary.pace().poll)
                }
                Step::Trouble(error) => {
                    let asked = match &error {
                        LinkError::Later { after, .. } => *after,
                        _ => None,
                    };
                    let pause = self.backoff.next(asked);
                    watch(Event::Pausing(error.to_string(), pause));
                    trouble = Some(error);
                    pause
                }
            };
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() || pause > left {
                break Ended::OutOfTime(trouble);
            }
            std::thread::sleep(pause);
        };
        let queued = outbox.items().filter(|item| item.state() == ItemState::Queued);
        let held = queued.filter_map(|item| Some((item.id(), outbox.hold_with(&item.id(), &self.known)?)));
        Ok(CourierReport { held: held.collect(), ended, alarms: std::mem::take(&mut self.alarms) })
    }

    fn step(
        &mut self,
        outbox: &mut Outbox,
        trust: &Trust,
        watch: &mut dyn FnMut(Event),
    ) -> Result<Step, FieldError> {
        if let Some(step) = self.ask_for_feeds(outbox)? {
            return Ok(step);
        }
        let bytes = self.depositary.pace().batch_bytes.min(MAX_SEQUENCE_BYTES);
        let ready = outbox.ready(self.batch, bytes, &self.known);
        if let Some(first) = ready.first() {
            if self.may_have(outbox, first) {
                return self.ask_about(outbox, trust, first, watch);
            }
            watch(Event::HandingIn(ready.len()));
            return match ready.as_slice() {
                [only] => self.hand_in(outbox, trust, only, watch),
                many => self.hand_in_all(outbox, many),
            };
        }
        let awaited = outbox.awaiting(self.until == Until::Final);
        if awaited.is_empty() {
            return Ok(Step::Idle);
        }
        self.fetch(outbox, trust, &awaited, watch)
    }

    /// Asks where the log has the feeds of queued statements: once, and again after a failure.
    fn ask_for_feeds(&mut self, outbox: &mut Outbox) -> Result<Option<Step>, FieldError> {
        let queued = outbox.items().filter(|item| item.state() == ItemState::Queued).map(crate::Item::key);
        let new: BTreeSet<KeyId> = queued.filter(|key| !self.asked.contains(key)).collect();
        for key in new {
            match self.depositary.feed(&key) {
                Ok(Some(standing)) => {
                    self.known.insert(key, standing.next);
                    // A statement names the one before it: whoever has the last one has them all.
                    let last = standing.last.and_then(|id| outbox.item(&id));
                    if let Some(seq) = last.filter(|last| last.key() == key).map(crate::Item::seq) {
                        let arrived = outbox.queued_up_to(key, seq);
                        outbox.handed_in(&arrived)?;
                    }
                }
                Ok(None) => {
                    self.known.remove(&key);
                }
                Err(error) => return Ok(Some(Step::Trouble(error))),
            }
            self.asked.insert(key);
        }
        Ok(None)
    }

    /// True if the depositary may already have a statement that is still queued here.
    fn may_have(&self, outbox: &Outbox, id: &StatementId) -> bool {
        let Some(item) = outbox.item(id) else { return false };
        self.known.get(&item.key()).map_or_else(|| self.doubtful.contains(id), |next| item.seq() < *next)
    }

    /// A question costs less than the statement.
    fn ask_about(
        &mut self,
        outbox: &mut Outbox,
        trust: &Trust,
        id: &StatementId,
        watch: &mut dyn FnMut(Event),
    ) -> Result<Step, FieldError> {
        match self.depositary.receipt(id, None) {
            Ok(Answer::Absent) => {
                self.doubtful.remove(id);
                if let Some(item) = outbox.item(id) {
                    // What it said about the feed was old, or of another statement at this place.
                    self.known.remove(&item.key());
                }
                Ok(Step::Progress)
            }
            Ok(answer) => {
                self.doubtful.remove(id);
                self.take(outbox, trust, id, &answer, watch)
            }
            Err(error) => Ok(Step::Trouble(error)),
        }
    }

    fn hand_in(
        &mut self,
        outbox: &mut Outbox,
        trust: &Trust,
        id: &StatementId,
        watch: &mut dyn FnMut(Event),
    ) -> Result<Step, FieldError> {
        match self.depositary.submit(&outbox.statement(id)?) {
            Ok(answer) => {
                self.batch = self.batch.saturating_mul(2).min(self.largest);
                self.take(outbox, trust, id, &answer, watch)
            }
            Err(error) => Ok(self.failed(outbox, &[*id], error)),
        }
    }

    fn hand_in_all(&mut self, outbox: &mut Outbox, ids: &[StatementId]) -> Result<Step, FieldError> {
        let statements: Result<Vec<_>, _> =
            ids.iter().map(|id| Ok::<_, FieldError>((*id, outbox.statement(id)?))).collect();
        match self.depositary.submit_all(&statements?) {
            Ok(Sequence::Refused) => {
                (self.batch, self.largest) = (1, 1);
                Ok(Step::Progress)
            }
            Ok(Sequence::Each(outcomes)) => {
                self.batch = self.batch.saturating_mul(2).min(self.largest);
                self.sort_out(outbox, ids, outcomes)
            }
            Err(error) => Ok(self.failed(outbox, ids, error)),
        }
    }

    /// Each statement by its outcome. Behind one that was not taken, nothing of its feed counts: it is only out of
    /// order.
    fn sort_out(
        &mut self,
        outbox: &mut Outbox,
        ids: &[StatementId],
        outcomes: Vec<Said>,
    ) -> Result<Step, FieldError> {
        let mut stopped = BTreeSet::new();
        let mut recorded = Vec::new();
        let mut refused = Vec::new();
        for (id, outcome) in ids.iter().zip(outcomes) {
            let Some(key) = outbox.item(id).map(crate::Item::key) else { continue };
            match outcome {
                _ if stopped.contains(&key) => {}
                Said::Recorded => recorded.push(*id),
                Said::Unknown => {
                    stopped.insert(key);
                }
                Said::Refused(problem) => {
                    stopped.insert(key);
                    refused.push((*id, problem));
                }
            }
        }
        outbox.handed_in(&recorded)?;
        for (id, problem) in &refused {
            outbox.refused(id, problem)?;
        }
        if recorded.is_empty() && refused.is_empty() {
            // Nothing is known about any of them.
            self.doubtful.extend(ids);
            return Ok(Step::Wait(None));
        }
        Ok(Step::Progress)
    }

    /// No answer: whether they arrived is not known.
    fn failed(&mut self, outbox: &Outbox, ids: &[StatementId], error: LinkError) -> Step {
        if !matches!(error, LinkError::Later { .. }) {
            self.batch = (ids.len() / 2).max(1);
            self.doubtful.extend(ids);
            for key in ids.iter().filter_map(|id| outbox.item(id)).map(crate::Item::key) {
                self.asked.remove(&key);
            }
        }
        Step::Trouble(error)
    }

    /// Asks for receipts, a few at a time.
    fn fetch(
        &mut self,
        outbox: &mut Outbox,
        trust: &Trust,
        awaited: &[StatementId],
        watch: &mut dyn FnMut(Event),
    ) -> Result<Step, FieldError> {
        let mut progress = false;
        let mut wait: Option<Duration> = None;
        for group in awaited.chunks(self.depositary.pace().parallel.max(1)) {
            let questions: Vec<_> = group
                .iter()
                // One that has no receipt yet gets the first there is.
                .map(|id| (*id, outbox.item(id).is_some_and(|item| item.state().is_delivered())))
                .collect();
            let depositary = &self.depositary;
            let left = self.end.saturating_duration_since(Instant::now());
            let answers: Vec<_> = std::thread::scope(|scope| {
                let threads: Vec<_> = questions
                    .iter()
                    .map(|(id, until_final)| {
                        scope.spawn(move || depositary.receipt(id, until_final.then_some(left)))
                    })
                    .collect();
                threads.into_iter().map(std::thread::ScopedJoinHandle::join).collect()
            });
            let mut trouble = None;
            for ((id, _), answer) in questions.iter().zip(answers) {
                match answer {
                    Ok(Ok(answer)) => match self.take(outbox, trust, id, &answer, watch)? {
                        Step::Wait(asked) => wait = wait.max(asked),
                        Step::Trouble(error) => trouble = Some(error),
                        _ => progress = true,
                    },
                    Ok(Err(error)) => trouble = Some(error),
                    Err(_) => trouble = Some(LinkError::Broken("a request was not carried out".to_owned())),
                }
            }
            if !self.alarms.is_empty() {
                return Ok(Step::Progress);
            }
            if let Some(error) = trouble {
                return Ok(Step::Trouble(error));
            }
            if Instant::now() >= self.end {
                break;
            }
        }
        Ok(if progress { Step::Progress } else { Step::Wait(wait) })
    }

    /// Records what an answer about one statement means.
    fn take(
        &mut self,
        outbox: &mut Outbox,
        trust: &Trust,
        id: &StatementId,
        answer: &Answer,
        watch: &mut dyn FnMut(Event),
    ) -> Result<Step, FieldError> {
        let before = outbox.item(id).map(crate::Item::state);
        let delivered = before.is_some_and(ItemState::is_delivered);
        let step = match answer {
            Answer::Pending(after) => {
                outbox.handed_in(&[*id])?;
                if before == Some(ItemState::Queued) { Step::Progress } else { Step::Wait(*after) }
            }
            Answer::Absent if delivered => {
                let proof = outbox.item(id).and_then(crate::Item::receipt).map(|r| r.proof.clone());
                self.raise(outbox, id, &ReceiptAlarm::Denied, &proof.unwrap_or_default())?
            }
            Answer::Absent => {
                outbox.lost(id)?;
                Step::Wait(None)
            }
            Answer::Refused(_) if delivered => {
                let proof = outbox.item(id).and_then(crate::Item::receipt).map(|r| r.proof.clone());
                self.raise(outbox, id, &ReceiptAlarm::Denied, &proof.unwrap_or_default())?
            }
            Answer::Refused(problem) => {
                outbox.refused(id, problem)?;
                Step::Progress
            }
            Answer::Receipt { proof, too_large: true, .. } => {
                self.raise(outbox, id, &ReceiptAlarm::TooLarge(proof.len().saturating_sub(1)), proof)?
            }
            Answer::Receipt { proof, says_final, whole, .. } => {
                self.check(outbox, trust, id, proof, *says_final, *whole)?
            }
        };
        let now = outbox.item(id).map(crate::Item::state);
        if let Some(now) = now.filter(|_| now != before) {
            watch(Event::Reached(*id, now));
        }
        Ok(step)
    }

    fn check(
        &mut self,
        outbox: &mut Outbox,
        trust: &Trust,
        id: &StatementId,
        proof: &[u8],
        says_final: bool,
        whole: bool,
    ) -> Result<Step, FieldError> {
        // What was learned from the receipt before this one counts already.
        let verify = |outbox: &Outbox| -> Result<_, FieldError> {
            Ok(outbox.trust().unwrap_or(trust).verify(&outbox.statement(id)?, proof))
        };
        let mut verified = verify(outbox)?;
        let doubtful = match &verified {
            Err(ReceiptAlarm::BadSignature(_) | ReceiptAlarm::OutOfTurn { .. }) => true,
            Ok(receipt) => says_final && !receipt.is_final,
            Err(_) => false,
        };
        // Another key of the log may have followed, or other witnesses: the parties' signatures on that decide.
        if doubtful {
            match self.depositary.succession() {
                Ok(Some(bytes)) => {
                    if outbox.succeed(&bytes)? {
                        verified = verify(outbox)?;
                    }
                }
                Ok(None) => {}
                Err(error) => return Ok(Step::Trouble(error)),
            }
        }
        let receipt = match verified {
            Ok(receipt) => receipt,
            Err(ReceiptAlarm::Malformed(_)) if !whole => {
                return Ok(Step::Trouble(LinkError::Broken("the receipt was cut short".to_owned())));
            }
            Err(alarm) => return self.raise(outbox, id, &alarm, proof),
        };
        let is_final = receipt.is_final;
        if let Err(contradiction) = outbox.accept(receipt)? {
            outbox.raise(id, &contradiction.alarm, proof, Some(&contradiction.before))?;
            self.alarms.push((*id, contradiction.alarm.code().to_owned()));
            return Ok(Step::Progress);
        }
        if says_final && !is_final && outbox.trust().unwrap_or(trust).knows_finality() {
            return self.raise(outbox, id, &ReceiptAlarm::FalselyFinal, proof);
        }
        let waits = self.until == Until::Final && !is_final;
        Ok(if waits { Step::Wait(None) } else { Step::Progress })
    }

    fn raise(
        &mut self,
        outbox: &mut Outbox,
        id: &StatementId,
        alarm: &ReceiptAlarm,
        answer: &[u8],
    ) -> Result<Step, FieldError> {
        outbox.raise(id, alarm, answer, None)?;
        self.alarms.push((*id, alarm.code().to_owned()));
        Ok(Step::Progress)
    }
}
