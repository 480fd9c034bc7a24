//! Admission: one statement against one register. The same function runs at the depositary and at every auditor.

use crate::amendment::Proposal;
use crate::fact::{Fact, Recall, Recorded, Written};
use crate::register::{Agreement, Key, Party, Register, Revocation};
use crate::{continuity, references};
use std::sync::Arc;
use truce_statement::body::agreement::{KeyGrant, NO_PROOF, NOT_OF_THIS_KEY};
use truce_statement::entry::entry_hash;
use truce_statement::refusal::{Code, Refusal};
use truce_statement::unit::Stamp;
use truce_statement::{Body, Entry, EntryHash, KeyId, Kind, Signed, Statement, StatementId};

/// Why an entry does not fit the register that the entries before it made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Misfit<E> {
    /// The statement may not be admitted here.
    #[error(transparent)]
    Refused(Refusal),
    /// The entry does not carry the hash of the entry before.
    #[error("the entry carries {found} as the hash of the entry before, which is {expected}")]
    BrokenChain {
        /// Hash of the entry before.
        expected: EntryHash,
        /// What the entry carries.
        found: EntryHash,
    },
    /// The entry was received before the entry before it.
    #[error("the entry was received at {found} ms, the entry before it at {before} ms: time went back")]
    TimeWentBack {
        /// Of the entry before, milliseconds UTC.
        before: i64,
        /// Of this entry.
        found: i64,
    },
    /// A look-up failed; nothing is known about the entry.
    #[error("a fact could not be looked up")]
    Recall(E),
}

impl<E> From<Refusal> for Misfit<E> {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// What admitting one statement changes; [`Register::apply`] carries it out.
#[derive(Clone, Debug)]
pub struct Step {
    position: u64,
    received: i64,
    id: StatementId,
    key: KeyId,
    kind: Kind,
    effect: Effect,
    facts: Vec<Written>,
}

#[derive(Clone, Debug)]
enum Effect {
    Charter { charter: Box<truce_statement::body::agreement::Charter>, issued_ms: i64 },
    Accession { party: usize, keys: Vec<KeyGrant> },
    Grant { party: usize, grant: Box<KeyGrant> },
    Revoke { key: KeyId, revocation: Revocation },
    Propose { proposal: Box<Proposal>, enacts: bool },
    Endorse { party: usize, proposal: Box<Proposal>, enacts: bool },
    None,
}

impl Step {
    /// Position that the statement takes.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Keys that it changes in the register: the signing one, whose feed it takes further, and those that it grants or
    /// revokes.
    pub fn keys(&self) -> impl Iterator<Item = KeyId> {
        let changed: Vec<KeyId> = match &self.effect {
            Effect::Charter { charter, .. } => charter.parties.iter().map(|p| p.root.id()).collect(),
            Effect::Accession { keys, .. } => keys.iter().map(|grant| grant.key.id()).collect(),
            Effect::Grant { grant, .. } => vec![grant.key.id()],
            Effect::Revoke { key, .. } => vec![*key],
            Effect::Propose { .. } | Effect::Endorse { .. } | Effect::None => Vec::new(),
        };
        std::iter::once(self.key).chain(changed)
    }

    /// The next key of the log, as a vkey, where this statement brings it into force: the checkpoint over it is signed with
    /// that key too.
    #[must_use]
    pub fn next_log_key(&self) -> Option<&str> {
        match &self.effect {
            Effect::Propose { proposal, enacts: true } | Effect::Endorse { proposal, enacts: true, .. } => {
                proposal.log.as_ref().map(|(vkey, _)| vkey.as_str())
            }
            _ => None,
        }
    }

    /// Facts to keep, in order, before the next statement is admitted.
    #[must_use]
    pub fn facts(&self) -> &[Written] {
        &self.facts
    }

    /// The same, for whoever keeps them as they are.
    #[must_use]
    pub fn into_facts(self) -> Vec<Written> {
        self.facts
    }
}

impl Register {
    /// Decides whether `statement`, received at `received` (milliseconds UTC), may stand at the next position.
    ///
    /// Cheap: the signature has been verified by whoever made the [`Signed`]. Nothing is changed.
    ///
    /// # Errors
    /// [`Misfit::Refused`] with the first rule broken; [`Misfit::Recall`] when a look-up fails.
    pub fn admit<R: Recall>(
        &self,
        statement: &Signed,
        received: i64,
        recall: &R,
    ) -> Result<Step, Misfit<R::Error>> {
        self.key_of(statement)?;
        if received < self.received {
            return Err(Misfit::TimeWentBack { before: self.received, found: received });
        }
        let header = statement.header();
        let issued_ms =
            i64::try_from(header.iat).ok().and_then(|s| s.checked_mul(1000)).ok_or_else(|| {
                Refusal::new(Code::ImplausibleTime, "header.iat", format!("found {}", header.iat))
            })?;
        let (effect, mut facts) = match (&self.agreement, statement.body()) {
            (None, Body::Charter(charter)) => {
                plausible(issued_ms, received, charter.clock_skew_ms(), None)?;
                (founding(statement, charter, issued_ms)?, Vec::new())
            }
            (Some(agreement), _) => self.admit_under(agreement, statement, received, issued_ms, recall)?,
            // `key_of` lets nothing but a charter pass where there is no agreement.
            (None, _) => return Err(Refusal::new(Code::UnknownAgreement, "header.sub", "").into()),
        };
        let to = if statement.kind() == Kind::Inquiry {
            statement.body().facets().to.to_vec()
        } else {
            Vec::new()
        };
        let recorded =
            Recorded { position: self.size, kind: statement.kind(), party: header.iss.clone(), to };
        facts.push(Written { key: Fact::Statement(statement.id()).key(), value: recorded.encode() });
        Ok(Step {
            position: self.size,
            received,
            id: statement.id(),
            key: header.kid,
            kind: statement.kind(),
            effect,
            facts,
        })
    }

    /// Carries out `step`, which [`Register::admit`] made on this register; `entry` is the hash of the entry that the
    /// statement was written in.
    pub fn apply(&mut self, step: &Step, entry: EntryHash) {
        match &step.effect {
            Effect::Charter { charter, issued_ms } => self.found(step.id.into(), charter, *issued_ms),
            Effect::Accession { party, keys } => {
                if let Some(p) = Arc::make_mut(&mut self.parties).get_mut(*party) {
                    p.acceded = Some(step.position);
                }
                for grant in keys {
                    self.grant(grant, *party, step.position);
                }
            }
            Effect::Grant { party, grant } => self.grant(grant, *party, step.position),
            Effect::Revoke { key, revocation } => {
                if let Some(k) = self.keys.get_mut(key) {
                    k.revoked = Some(*revocation);
                }
            }
            Effect::Propose { proposal, .. } => {
                if let Some(agreement) = self.agreement.as_mut().map(Arc::make_mut) {
                    agreement.terms.propose((**proposal).clone(), step.position);
                }
            }
            Effect::Endorse { party, proposal, .. } => {
                if let Some(agreement) = self.agreement.as_mut().map(Arc::make_mut) {
                    agreement.terms.endorse(proposal.id, *party, step.position);
                }
            }
            Effect::None => {}
        }
        if let Some(key) = self.keys.get_mut(&step.key) {
            key.next_seq += 1;
            key.last = step.id;
        }
        *self.counts.entry(step.kind).or_insert(0) += 1;
        self.note_facts(&step.facts);
        self.size = step.position + 1;
        self.head = *entry.as_bytes();
        self.received = step.received;
    }

    /// The fold over one entry, whole: chain, time, parsing, signature, admission.
    ///
    /// # Errors
    /// [`Misfit`]; the register is as it was.
    pub fn fold<R: Recall>(
        &mut self,
        bytes: &[u8],
        entry: &Entry<'_>,
        recall: &R,
    ) -> Result<Step, Misfit<R::Error>> {
        self.follows(entry)?;
        let statement = Statement::parse(entry.statement)?;
        let key = self.key_of(&statement)?.clone();
        let signed = statement.verify_named(&key)?;
        let step = self.admit(&signed, entry.received, recall)?;
        self.apply(&step, entry_hash(bytes));
        Ok(step)
    }

    /// Whether `entry` carries the hash of the last entry.
    pub fn follows<E>(&self, entry: &Entry<'_>) -> Result<(), Misfit<E>> {
        if entry.prev == self.head() {
            Ok(())
        } else {
            Err(Misfit::BrokenChain { expected: self.head(), found: entry.prev })
        }
    }

    fn admit_under<R: Recall>(
        &self,
        agreement: &Agreement,
        statement: &Signed,
        received: i64,
        issued_ms: i64,
        recall: &R,
    ) -> Result<(Effect, Vec<Written>), Misfit<R::Error>> {
        let header = statement.header();
        let unknown = || Refusal::new(Code::UnknownKey, "header.kid", format!("found {}", header.kid));
        let key = self.keys.get(&header.kid).ok_or_else(unknown)?;
        let party = self.parties.get(key.party).ok_or_else(unknown)?;
        in_feed(key, statement)?;
        valid(key, received)?;
        authorised(agreement, party, key, statement.kind())?;
        plausible(issued_ms, received, agreement.skew_ms, Some(agreement.issued_ms))?;
        if let Some(seen) = statement.seen() {
            let known = if seen.0 == 0 || seen.0 > self.size {
                None
            } else {
                recall.root_at(seen.0).map_err(Misfit::Recall)?
            };
            if known != Some(seen.1) {
                let detail =
                    format!("size {} with root {}; the log has {} entries", seen.0, seen.1, self.size);
                return Err(Refusal::new(Code::UnknownCheckpoint, "seen", detail).into());
            }
        }
        for zone in statement.body().facets().zones {
            if !agreement.zones.contains(zone) {
                return Err(Refusal::new(
                    Code::InvalidBody,
                    "body",
                    format!("zone `{zone}` is not in the charter"),
                )
                .into());
            }
        }
        for to in statement.body().facets().to {
            if self.party(to).is_none() {
                return Err(Refusal::new(Code::UnknownParty, "body.to", format!("found `{to}`")).into());
            }
        }
        let mut facts = references::admit(statement, recall)?;
        if let Body::Report(report) = statement.body() {
            continuity::admit(statement, report, recall, &mut facts)?;
        }
        Ok((self.effect(agreement, key.party, party, statement)?, facts))
    }

    fn effect(
        &self,
        agreement: &Agreement,
        index: usize,
        party: &Party,
        statement: &Signed,
    ) -> Result<Effect, Refusal> {
        let fresh = |grant: &KeyGrant, at: String| {
            let Some(known) = self.keys.get(&grant.key.id()) else { return Ok(()) };
            let owner = self.parties.get(known.party).map_or("", |party| party.id.as_str());
            let detail = format!(
                "this key is in the register already, of `{owner}` since entry {}; a key is granted once",
                known.granted
            );
            Err(Refusal::new(Code::InvalidBody, at, detail).with_remedy(REGISTERED))
        };
        Ok(match statement.body() {
            Body::Accession(accession) => {
                if let Some(position) = party.acceded {
                    let detail = format!("`{}` acceded at entry {position}", party.id);
                    return Err(Refusal::new(Code::NotAuthorised, "kind", detail));
                }
                let keys: Vec<KeyGrant> = accession.keys.iter().flat_map(|k| k.iter()).cloned().collect();
                for (i, grant) in keys.iter().enumerate() {
                    fresh(grant, format!("body.keys[{i}].key"))?;
                }
                proven(agreement, statement)?;
                Effect::Accession { party: index, keys }
            }
            Body::KeyGrant(grant) => {
                fresh(grant, "body.key".into())?;
                proven(agreement, statement)?;
                Effect::Grant { party: index, grant: grant.clone() }
            }
            Body::KeyRevocation(body) => {
                let key =
                    self.keys.get(&body.key).filter(|k| k.party == index && !k.root && k.revoked.is_none());
                if key.is_none() {
                    let detail =
                        format!("{} is no working key of `{}` that could be revoked", body.key, party.id);
                    return Err(Refusal::new(Code::InvalidBody, "body.key", detail));
                }
                let revocation = Revocation {
                    position: self.size,
                    reason: body.reason,
                    suspect_since: body.suspect_since.map(Stamp::ms),
                };
                Effect::Revoke { key: body.key, revocation }
            }
            Body::Amendment(body) => {
                let terms = &agreement.terms;
                let proposal = terms.proposal(statement.id(), body, index, self.size, &agreement.origin)?;
                Effect::Propose { proposal: Box::new(proposal), enacts: terms.suffices(1) }
            }
            Body::Endorsement(_) => {
                let amendment = statement.refs().first().map_or(StatementId::ZERO, |reference| reference.1);
                let proposal = agreement.terms.open(amendment, index)?;
                let enacts = agreement.terms.suffices(proposal.assents.len() + 1);
                Effect::Endorse { party: index, proposal: Box::new(proposal.clone()), enacts }
            }
            _ => Effect::None,
        })
    }
}

/// Next step of the party whose key another has registered, or that has registered it before.
const REGISTERED: &str = "make a new key with `truce key new`, take the root key's feed back to where the log stands with \
                          `truce feed take-up`, and grant the new key; the entry named shows who registered this one";

/// Every key granted proves possession where the charter asks for it, and none does where it does not: programs that know
/// nothing of proofs go on reading the older agreements.
fn proven(agreement: &Agreement, statement: &Signed) -> Result<(), Refusal> {
    let body = statement.body();
    for (index, grant) in body.grants().iter().enumerate() {
        match (agreement.proofs, grant.proof) {
            (true, None) => return Err(Refusal::not_proven(body, index, NO_PROOF)),
            (true, Some(_)) if statement.unproven() == Some(index) => {
                return Err(Refusal::not_proven(body, index, NOT_OF_THIS_KEY));
            }
            (false, Some(_)) => return Err(Refusal::unasked_proof(body, index)),
            _ => {}
        }
    }
    Ok(())
}

fn founding(
    statement: &Signed,
    charter: &truce_statement::body::agreement::Charter,
    issued_ms: i64,
) -> Result<Effect, Refusal> {
    if statement.header().sub.to_string() != charter.origin() {
        let detail =
            format!("found `{}`; the log's key is named `{}`", statement.header().sub, charter.origin());
        return Err(Refusal::new(Code::BadHeader, "header.sub", detail));
    }
    if statement.seq() != 0 {
        return Err(Refusal::new(Code::FeedGap, "seq", "a charter opens the feed of the key that signs it"));
    }
    if !statement.refs().is_empty() || statement.seen().is_some() {
        return Err(Refusal::new(Code::BadReference, "refs", "nothing stands before a charter"));
    }
    Ok(Effect::Charter { charter: Box::new(charter.clone()), issued_ms })
}

fn in_feed(key: &Key, statement: &Signed) -> Result<(), Refusal> {
    let (seq, next) = (statement.seq(), key.next_seq);
    if seq > next {
        return Err(Refusal::new(
            Code::FeedGap,
            "seq",
            format!("found {seq}; the next of this feed is {next}"),
        ));
    }
    if seq < next {
        let detail = format!("found {seq}; the feed has {next} statements, and another one stands there");
        return Err(Refusal::new(Code::FeedFork, "seq", detail));
    }
    if statement.prev() != key.last {
        let detail = format!("found {}; the statement before is {}", statement.prev(), key.last);
        return Err(Refusal::new(Code::FeedFork, "prev", detail));
    }
    Ok(())
}

fn valid(key: &Key, received: i64) -> Result<(), Refusal> {
    if let Some(revoked) = &key.revoked {
        let detail = format!("revoked at entry {}", revoked.position);
        return Err(Refusal::new(Code::KeyNotValid, "header.kid", detail));
    }
    if let Some(until) = key.valid_until.filter(|until| received > *until) {
        let detail = format!("expired at {until} ms, received at {received} ms");
        return Err(Refusal::new(Code::KeyNotValid, "header.kid", detail));
    }
    Ok(())
}

fn authorised(agreement: &Agreement, party: &Party, key: &Key, kind: Kind) -> Result<(), Refusal> {
    let refuse = |detail: String| Err(Refusal::new(Code::NotAuthorised, "kind", detail));
    if party.acceded.is_none() && kind != Kind::Accession {
        return refuse(format!("`{}` has not acceded yet", party.id));
    }
    if kind.is_agreement() {
        if key.root {
            return Ok(());
        }
        return refuse(format!("`{kind}` is signed with the root key of `{}`", party.id));
    }
    if key.root {
        return refuse(format!("a root key signs accessions, key statements and amendments, not `{kind}`"));
    }
    if key.kinds.as_ref().is_some_and(|kinds| !kinds.contains(&kind)) {
        return refuse(format!("this key was not granted for `{kind}`"));
    }
    let allowed = match agreement.roles.get(&kind) {
        Some(roles) => roles.contains(&party.role),
        None => kind.default_roles().contains(&party.role),
    };
    if allowed {
        Ok(())
    } else {
        refuse(format!("`{}` is a {}, which may not sign `{kind}`", party.id, party.role))
    }
}

fn plausible(issued_ms: i64, received: i64, skew_ms: i64, charter_ms: Option<i64>) -> Result<(), Refusal> {
    if issued_ms > received.saturating_add(skew_ms) {
        let detail = format!("issued at {issued_ms} ms, received at {received} ms");
        return Err(Refusal::new(Code::ImplausibleTime, "header.iat", detail));
    }
    if charter_ms.is_some_and(|charter| issued_ms.saturating_add(skew_ms) < charter) {
        return Err(Refusal::new(
            Code::ImplausibleTime,
            "header.iat",
            "issued before the agreement it belongs to",
        ));
    }
    Ok(())
}
