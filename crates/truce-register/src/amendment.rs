//! Amendments: the keys of the log and its witnesses that they bring, over the sizes of its tree.
//!
//! An amendment that comes into force at position P, with an overlap of K entries, is seen by checkpoints of more than P
//! entries: up to P the old key signs, from P + 1 to P + K both, then the new one. No clock is asked, so whoever has the
//! entries comes to the same schedule.

use crate::register::Agreement;
use crate::step::Change;
use std::collections::BTreeSet;
use truce_statement::body::agreement::{Amendment, Charter};
use truce_statement::refusal::{Code, Refusal};
use truce_statement::{Body, Signed, StatementId};

/// A key of the log, and the sizes of the checkpoints that it must sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogKey {
    /// The key, as a C2SP vkey.
    pub vkey: String,
    /// Least size of a checkpoint that it must sign.
    pub from: u64,
    /// Greatest size that it must sign; `None` for the key that no other has followed.
    pub until: Option<u64>,
    /// The amendment that brought it; `None` for the charter's.
    pub amendment: Option<StatementId>,
}

/// Witnesses and quorum, and the sizes of the checkpoints that they are for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessPolicy {
    /// A C2SP tlog-policy text, as the parties agreed it. Nobody has checked that it is one.
    pub text: String,
    /// Least size of a checkpoint that it is for; it ends where the next begins.
    pub from: u64,
    /// The amendment that brought it; `None` for the charter's.
    pub amendment: Option<StatementId>,
}

/// An amendment that is not in force yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Statement id of the amendment.
    pub id: StatementId,
    /// Position of the amendment.
    pub position: u64,
    /// Parties that have assented: indices into [`crate::Register::parties`].
    pub(crate) assents: BTreeSet<usize>,
    /// Party that proposed it.
    pub(crate) proposer: usize,
    /// The next key of the log, and entries of overlap.
    pub log: Option<(String, u64)>,
    /// Witnesses and quorum, as a C2SP tlog-policy text.
    pub witnesses: Option<String>,
}

/// Status of an amendment of this log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AmendmentStatus {
    /// More parties have to assent.
    Proposed,
    /// In force from this position on.
    InForce(u64),
    /// Withdrawn by a later one of the same party, or overtaken by one that came into force.
    Lapsed,
}

/// Provisions of the charter that amendments change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    /// Parties whose assent brings an amendment into force.
    pub(crate) needed: usize,
    /// In the order in which they came into force; never empty.
    pub(crate) keys: Vec<LogKey>,
    pub(crate) policies: Vec<WitnessPolicy>,
    /// One for each party at most, in the order of their positions.
    pub(crate) proposals: Vec<Proposal>,
}

impl Agreement {
    /// Changes that an amendment or endorsement of party number `party` makes at `position`; none, of any other statement.
    pub(crate) fn amended(
        &self,
        statement: &Signed,
        party: usize,
        position: u64,
    ) -> Result<Vec<Change>, Refusal> {
        let (change, proposal, assents) = match statement.body() {
            Body::Amendment(body) => {
                let proposal = self.terms.proposal(statement.id(), body, party, position, &self.origin)?;
                (Change::Proposed(Box::new(proposal.clone())), proposal, 1)
            }
            Body::Endorsement(_) => {
                let amendment = statement.refs().first().map_or(StatementId::ZERO, |reference| reference.1);
                let proposal = self.terms.open(amendment, party)?.clone();
                let assents = proposal.assents.len() + 1;
                (Change::Assented { amendment, party }, proposal, assents)
            }
            _ => return Ok(Vec::new()),
        };
        let enacted = (assents >= self.terms.needed).then(|| Change::Enacted(Box::new(proposal)));
        Ok(std::iter::once(change).chain(enacted).collect())
    }
}

impl Terms {
    pub(crate) fn of(charter: &Charter) -> Self {
        let key = LogKey { vkey: charter.log.as_str().to_owned(), from: 0, until: None, amendment: None };
        let policy = charter.witnesses.as_ref().map(|text| WitnessPolicy {
            text: text.as_str().to_owned(),
            from: 0,
            amendment: None,
        });
        Self {
            needed: charter.assents_needed(),
            keys: vec![key],
            policies: policy.into_iter().collect(),
            proposals: Vec::new(),
        }
    }

    /// The amendment as a proposal of party number `proposer` at `position`, if it may be proposed there.
    fn proposal(
        &self,
        id: StatementId,
        amendment: &Amendment,
        proposer: usize,
        position: u64,
        origin: &str,
    ) -> Result<Proposal, Refusal> {
        let refuse = |at: &str, detail: String| Err(Refusal::new(Code::InvalidBody, at, detail));
        if let Some(log) = &amendment.log {
            let next = log.next.as_str();
            if next.split('+').next() != Some(origin) {
                return refuse("body.log.next", format!("found {next}; the log is named `{origin}`"));
            }
            if self.keys.iter().any(|key| key.vkey == next) {
                return refuse("body.log.next", "this key signs for the log already, or did".into());
            }
            if let Some(until) = self.keys.iter().filter_map(|key| key.until).find(|until| *until > position)
            {
                let detail = format!(
                    "two keys sign until the log has {until} entries; propose the next one after that"
                );
                return refuse("body.log", detail);
            }
        }
        Ok(Proposal {
            id,
            position,
            assents: BTreeSet::from([proposer]),
            proposer,
            log: amendment
                .log
                .as_ref()
                .map(|log| (log.next.as_str().to_owned(), u64::from(log.overlap.get()))),
            witnesses: amendment.witnesses.as_ref().map(|text| text.as_str().to_owned()),
        })
    }

    /// The proposal that party number `party` may still assent to.
    fn open(&self, id: StatementId, party: usize) -> Result<&Proposal, Refusal> {
        let refuse = |detail: &str| Refusal::new(Code::BadReference, "refs[0]", detail);
        let proposal = self.proposals.iter().find(|p| p.id == id).ok_or_else(|| {
            refuse("that amendment is in force, was withdrawn, or was overtaken by one that came into force")
        })?;
        if proposal.assents.contains(&party) {
            return Err(refuse("this party has assented to that amendment already"));
        }
        Ok(proposal)
    }

    /// Carries out a change to what amendments change. A party has one proposal at a time: a later one withdraws the
    /// earlier. So what is open stays bounded, and a proposal can be taken back. Where one comes into force, every other
    /// one lapses: it was assented to as a change of what was in force before.
    pub(crate) fn apply(&mut self, change: &Change, position: u64) {
        match change {
            Change::Proposed(proposal) => {
                self.proposals.retain(|open| open.proposer != proposal.proposer);
                self.proposals.push((**proposal).clone());
            }
            Change::Assented { amendment, party } => {
                if let Some(proposal) = self.proposals.iter_mut().find(|p| p.id == *amendment) {
                    proposal.assents.insert(*party);
                }
            }
            Change::Enacted(proposal) => {
                self.proposals.clear();
                let (from, amendment) = (position.saturating_add(1), Some(proposal.id));
                if let Some((vkey, overlap)) = &proposal.log {
                    if let Some(last) = self.keys.last_mut() {
                        last.until = Some(position.saturating_add(*overlap));
                    }
                    self.keys.push(LogKey { vkey: vkey.clone(), from, until: None, amendment });
                }
                if let Some(text) = &proposal.witnesses {
                    self.policies.push(WitnessPolicy { text: text.clone(), from, amendment });
                }
            }
            _ => {}
        }
    }
}

impl LogKey {
    /// Tells whether it must sign a checkpoint of this size.
    #[must_use]
    pub fn signs(&self, size: u64) -> bool {
        self.from <= size && self.until.is_none_or(|until| size <= until)
    }
}
