//! The register: everything about the agreement that the next entry is judged by.

use crate::amendment::{AmendmentStatus, LogKey, Proposal, Terms, WitnessPolicy};
use crate::fact::Written;
use rpds::RedBlackTreeMapSync;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use truce_statement::body::agreement::{Charter, KeyGrant, RevocationReason};
use truce_statement::refusal::{Code, Refusal};
use truce_statement::unit::Stamp;
use truce_statement::{
    AgreementId, Body, EntryHash, KeyId, Kind, PartyId, PublicKey, Role, Statement, StatementId,
};

/// State that the entries so far have made. It starts empty; [`Register::admit`] and [`Register::apply`] carry it on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Register {
    /// Entries folded so far.
    pub(crate) size: u64,
    /// Hash of the last entry.
    pub(crate) head: EntryHashOrZero,
    /// Time at which the last entry was received, milliseconds UTC.
    pub(crate) received: i64,
    /// Running hash over every fact written.
    pub(crate) facts: [u8; 32],
    /// Provisions of the charter. These, parties and keys are shared with copies of the register until one of them
    /// changes them: a copy is made for each batch, and must not cost more the more keys there are.
    pub(crate) agreement: Option<Arc<Agreement>>,
    /// In the charter's order.
    pub(crate) parties: Arc<Vec<Party>>,
    pub(crate) keys: RedBlackTreeMapSync<KeyId, Key>,
    /// Statements recorded, by kind, in the order of [`Kind::ALL`].
    pub(crate) counts: BTreeMap<Kind, u64>,
}

pub(crate) type EntryHashOrZero = [u8; 32];

/// Provisions of the charter, as far as admission depends on them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Agreement {
    pub(crate) id: AgreementId,
    pub(crate) origin: String,
    pub(crate) issued_ms: i64,
    pub(crate) skew_ms: i64,
    /// Set where every key granted has to prove possession.
    pub(crate) proofs: bool,
    /// Roles per kind, where the charter departs from the defaults.
    pub(crate) roles: BTreeMap<Kind, BTreeSet<Role>>,
    pub(crate) zones: BTreeSet<String>,
    /// Provisions that amendments change.
    pub(crate) terms: Terms,
}

/// A party of the agreement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// Short name.
    pub id: PartyId,
    /// Its role.
    pub role: Role,
    /// Its root key.
    pub root: KeyId,
    /// Position of its accession.
    pub acceded: Option<u64>,
}

/// A key, who may use it for what and when, and its feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The key itself.
    pub public: PublicKey,
    /// Its party: index into [`Register::parties`].
    pub(crate) party: usize,
    /// Set for the party's root key.
    pub root: bool,
    /// Position of the statement that granted it.
    pub granted: u64,
    /// Kinds it may sign; `None` for all that the party may.
    pub kinds: Option<BTreeSet<Kind>>,
    /// Last moment at which the depositary may receive a statement under it, milliseconds UTC.
    pub valid_until: Option<i64>,
    /// Its end, where it has ended.
    pub revoked: Option<Revocation>,
    /// Number that its next statement carries.
    pub next_seq: u64,
    /// Its last statement; [`StatementId::ZERO`] before the first.
    pub last: StatementId,
}

/// The end of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// Position of the revocation; the key signs nothing from there on.
    pub position: u64,
    /// Reason that the party gave.
    pub reason: RevocationReason,
    /// Statements received from this moment (milliseconds UTC) up to the revocation are suspect.
    pub suspect_since: Option<i64>,
}

impl Register {
    /// The register of an empty log.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Entries folded so far.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Hash of the last entry: what the next entry carries as `prev`.
    #[must_use]
    pub fn head(&self) -> EntryHash {
        EntryHash::from_bytes(self.head)
    }

    /// Time at which the last entry was received, milliseconds UTC.
    #[must_use]
    pub fn received(&self) -> i64 {
        self.received
    }

    /// The agreement, once the charter is in.
    #[must_use]
    pub fn agreement(&self) -> Option<AgreementId> {
        self.agreement.as_ref().map(|a| a.id)
    }

    /// The origin of the log that the charter names.
    #[must_use]
    pub fn origin(&self) -> Option<&str> {
        self.agreement.as_ref().map(|a| a.origin.as_str())
    }

    /// The newest key of the log, as a vkey: the charter's until an amendment brings another into force.
    #[must_use]
    pub fn log_vkey(&self) -> Option<&str> {
        self.log_keys().last().map(|key| key.vkey.as_str())
    }

    /// Every key of the log so far, the charter's first.
    #[must_use]
    pub fn log_keys(&self) -> &[LogKey] {
        self.agreement.as_ref().map_or(&[], |a| &a.terms.keys)
    }

    /// The keys that must all sign a checkpoint of `size` entries, the older first. What is said of sizes up to
    /// [`Self::size`] does not change with later entries.
    pub fn log_keys_at(&self, size: u64) -> impl Iterator<Item = &LogKey> {
        self.log_keys().iter().filter(move |key| key.signs(size))
    }

    /// Every witness policy so far, the charter's first.
    #[must_use]
    pub fn policies(&self) -> &[WitnessPolicy] {
        self.agreement.as_ref().map_or(&[], |a| &a.terms.policies)
    }

    /// The witness policy that a checkpoint of `size` entries is to be held to; `None` where the parties named none.
    #[must_use]
    pub fn policy_at(&self, size: u64) -> Option<&WitnessPolicy> {
        self.policies().iter().rev().find(|policy| policy.from <= size)
    }

    /// Amendments that are not in force yet, one for each party at most.
    #[must_use]
    pub fn proposals(&self) -> &[Proposal] {
        self.agreement.as_ref().map_or(&[], |a| &a.terms.proposals)
    }

    /// Parties that have assented to `proposal`, the one that made it among them.
    pub fn assenting<'a>(&'a self, proposal: &'a Proposal) -> impl Iterator<Item = &'a Party> {
        proposal.assents.iter().filter_map(|party| self.parties.get(*party))
    }

    /// Parties whose assent an amendment needs; 0 before the charter.
    #[must_use]
    pub fn assents_needed(&self) -> usize {
        self.agreement.as_ref().map_or(0, |a| a.terms.needed)
    }

    /// Status of `amendment`, an amendment of this log.
    #[must_use]
    pub fn amendment_status(&self, amendment: &StatementId) -> AmendmentStatus {
        let keys = self.log_keys().iter().map(|key| (key.amendment, key.from));
        let policies = self.policies().iter().map(|policy| (policy.amendment, policy.from));
        if let Some((_, from)) = keys.chain(policies).find(|(id, _)| id.as_ref() == Some(amendment)) {
            return AmendmentStatus::InForce(from.saturating_sub(1));
        }
        if self.proposals().iter().any(|proposal| proposal.id == *amendment) {
            return AmendmentStatus::Proposed;
        }
        AmendmentStatus::Lapsed
    }

    /// Tells whether every key granted has to prove possession: the charter has `proof_of_possession`.
    #[must_use]
    pub fn asks_for_proofs(&self) -> bool {
        self.agreement.as_ref().is_some_and(|a| a.proofs)
    }

    /// The parties, in the charter's order.
    #[must_use]
    pub fn parties(&self) -> &[Party] {
        &self.parties
    }

    /// The party of this name.
    #[must_use]
    pub fn party(&self, id: &PartyId) -> Option<&Party> {
        self.parties.iter().find(|p| p.id == *id)
    }

    /// Every key ever registered, with its owner.
    pub fn keys(&self) -> impl Iterator<Item = (&KeyId, &Party, &Key)> {
        self.keys.iter().filter_map(|(id, key)| Some((id, self.parties.get(key.party)?, key)))
    }

    /// The key of this id.
    #[must_use]
    pub fn key(&self, id: &KeyId) -> Option<&Key> {
        self.keys.get(id)
    }

    /// Tells whether every founding party has acceded.
    #[must_use]
    pub fn in_force(&self) -> bool {
        self.agreement.is_some() && self.parties.iter().all(|p| p.acceded.is_some())
    }

    /// Statements recorded so far, by kind.
    #[must_use]
    pub fn count(&self, kind: Kind) -> u64 {
        self.counts.get(&kind).copied().unwrap_or(0)
    }

    /// Tells whether a statement under `key`, received at `received`, falls into an interval that its revocation declared
    /// suspect.
    #[must_use]
    pub fn is_suspect(&self, key: &KeyId, received: i64) -> bool {
        let revocation = self.keys.get(key).and_then(|k| k.revoked.as_ref());
        revocation.and_then(|r| r.suspect_since).is_some_and(|since| received >= since)
    }

    /// The key that must have signed `statement`: known, and the one of the party that the header names.
    ///
    /// # Errors
    /// `unknown-agreement`, `unknown-party`, `unknown-key`, `not-authorised` (a second charter).
    pub fn key_of<'a>(&'a self, statement: &'a Statement) -> Result<&'a PublicKey, Refusal> {
        let header = statement.header();
        let Some(agreement) = &self.agreement else {
            let Body::Charter(charter) = statement.body() else {
                let detail = "this log has no charter yet; entry 0 must be one";
                return Err(Refusal::new(Code::UnknownAgreement, "header.sub", detail));
            };
            let founder = charter.parties.iter().find(|p| p.id == header.iss);
            let founder = founder.ok_or_else(|| unknown_party(&header.iss))?;
            if founder.root.id() != header.kid {
                let detail = format!("a charter is signed with the root key of the founder `{}`", header.iss);
                return Err(Refusal::new(Code::UnknownKey, "header.kid", detail));
            }
            return Ok(&founder.root);
        };
        if statement.kind() == Kind::Charter {
            let detail = "one log holds one agreement, and this log has its charter";
            return Err(Refusal::new(Code::NotAuthorised, "kind", detail));
        }
        if statement.agreement() != agreement.id {
            let detail = format!("found {}; this log's agreement is {}", statement.agreement(), agreement.id);
            return Err(Refusal::new(Code::UnknownAgreement, "header.sub", detail));
        }
        let key = self.keys.get(&header.kid);
        let owner = key.and_then(|key| self.parties.get(key.party)).filter(|owner| owner.id == header.iss);
        match (key, owner) {
            (Some(key), Some(_)) => Ok(&key.public),
            _ if self.party(&header.iss).is_none() => Err(unknown_party(&header.iss)),
            (Some(_), None) => {
                let detail = format!("key {} belongs to another party than `{}`", header.kid, header.iss);
                Err(Refusal::new(Code::UnknownKey, "header.kid", detail))
            }
            (None, _) => Err(Refusal::new(Code::UnknownKey, "header.kid", format!("found {}", header.kid))),
        }
    }

    pub(crate) fn found(&mut self, id: AgreementId, charter: &Charter, issued_ms: i64) {
        self.agreement = Some(Arc::new(Agreement {
            id,
            origin: charter.origin().to_owned(),
            issued_ms,
            skew_ms: charter.clock_skew_ms(),
            proofs: charter.proof_of_possession.is_some(),
            roles: charter
                .roles
                .iter()
                .flat_map(|r| r.iter())
                .map(|rule| (rule.kind, rule.roles.iter().copied().collect()))
                .collect(),
            zones: charter.zones.iter().flat_map(|z| z.iter()).map(|z| z.id.as_str().to_owned()).collect(),
            terms: Terms::of(charter),
        }));
        for (index, founder) in charter.parties.iter().enumerate() {
            let root = founder.root.id();
            let party = Party { id: founder.id.clone(), role: founder.role, root, acceded: None };
            Arc::make_mut(&mut self.parties).push(party);
            self.keys.insert_mut(root, Key::new(founder.root.clone(), index, true, 0));
        }
    }

    pub(crate) fn grant(&mut self, grant: &KeyGrant, party: usize, position: u64) {
        let mut key = Key::new(grant.key.clone(), party, false, position);
        key.kinds = grant.kinds.as_ref().map(|kinds| kinds.iter().copied().collect());
        key.valid_until = grant.valid_until.map(Stamp::ms);
        self.keys.insert_mut(grant.key.id(), key);
    }

    pub(crate) fn note_facts(&mut self, facts: &[Written]) {
        let mut hash = Sha256::new().chain_update(self.facts);
        for fact in facts {
            for part in [&fact.key, &fact.value] {
                hash.update((part.len() as u64).to_be_bytes());
                hash.update(part);
            }
        }
        self.facts = hash.finalize().into();
    }
}

impl Key {
    pub(crate) fn new(public: PublicKey, party: usize, root: bool, granted: u64) -> Self {
        Self {
            public,
            party,
            root,
            granted,
            kinds: None,
            valid_until: None,
            revoked: None,
            next_seq: 0,
            last: StatementId::ZERO,
        }
    }
}

fn unknown_party(id: &PartyId) -> Refusal {
    Refusal::new(Code::UnknownParty, "header.iss", format!("found `{id}`"))
}
