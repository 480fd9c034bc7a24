//! The register as bytes: canonical CBOR, the same on every machine (`docs/spec/register.md`).
//!
//! ```text
//! [2, size, head, received, facts, agreement, [party...], [key...], [[kind, count]...]]
//! agreement  [] before the charter, else
//!            [id, origin, issued ms, skew ms, [[kind, role...]...], [zone...],
//!             assents needed, [log key...], [policy...], [proposal...]], and behind them `true` where
//!            granted keys prove possession
//! log key    [vkey, from, until or false, amendment or 32 zero bytes]
//! policy     [text, from, amendment or 32 zero bytes]
//! proposal   [amendment, position, proposer, [party...], [vkey, overlap] or false, text or false]
//! party      [id, role, root key id, position of accession + 1, or 0]
//! key        [public key, party index, root, granted, [kind...] or false, valid until or false,
//!             [position, reason, suspect since or false] or false, next seq, last statement]
//! ```
//! A store keeps it in parts, so that a batch writes what it changed and no more: the register with no keys in its
//! list, and each key by itself.

use crate::amendment::{LogKey, Proposal, Terms, WitnessPolicy};
use crate::register::{Agreement, Key, Party, Register, Revocation};
use rpds::RedBlackTreeMapSync;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use truce_statement::body::agreement::RevocationReason;
use truce_statement::cbor::{Flaw, Head, Reader, Writer};
use truce_statement::{AgreementId, KeyId, Kind, PublicKey, StatementId};

/// 2 since amendments; 1 held the vkey alone.
const VERSION: u64 = 2;

/// Bytes are not a register that this version wrote.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("these bytes are not a register: {0}")]
pub struct NotARegister(String);

impl From<Flaw> for NotARegister {
    fn from(flaw: Flaw) -> Self {
        Self(flaw.to_string())
    }
}

impl Register {
    /// The register as canonical CBOR.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        self.encode_with(&self.keys)
    }

    /// The register without its keys: [`Self::encode`] with an empty list in their place.
    #[must_use]
    pub fn encode_without_keys(&self) -> Vec<u8> {
        self.encode_with(&RedBlackTreeMapSync::new_sync())
    }

    /// One key as it stands in the list of [`Self::encode`].
    #[must_use]
    pub fn encode_key(&self, id: &KeyId) -> Option<Vec<u8>> {
        let mut w = Writer::with_capacity(160);
        self.keys.get(id)?.encode(&mut w);
        Some(w.into_bytes())
    }

    fn encode_with(&self, keys: &RedBlackTreeMapSync<KeyId, Key>) -> Vec<u8> {
        let mut w = Writer::with_capacity(512 + 160 * keys.size());
        w.head(Head::Array(9)).unsigned(VERSION).unsigned(self.size).bytes(&self.head);
        w.integer(self.received).bytes(&self.facts);
        match &self.agreement {
            None => {
                w.head(Head::Array(0));
            }
            Some(agreement) => agreement.encode(&mut w),
        }
        w.head(Head::Array(self.parties.len() as u64));
        for party in self.parties.iter() {
            w.head(Head::Array(4)).text(party.id.as_str()).text(party.role.as_str());
            w.bytes(party.root.as_bytes()).unsigned(party.acceded.map_or(0, |p| p + 1));
        }
        w.head(Head::Array(keys.size() as u64));
        for key in keys.values() {
            key.encode(&mut w);
        }
        w.head(Head::Array(self.counts.len() as u64));
        for (kind, count) in &self.counts {
            w.head(Head::Array(2)).text(kind.as_str()).unsigned(*count);
        }
        w.into_bytes()
    }

    /// Reads what [`Self::encode`] wrote.
    ///
    /// # Errors
    /// [`NotARegister`] for anything else: every register has one form.
    pub fn decode(bytes: &[u8]) -> Result<Self, NotARegister> {
        let mut r = Reader::new(bytes);
        r.array(9)?;
        r.expect(Head::Unsigned(VERSION))?;
        let mut register = Self { size: r.unsigned()?, head: r.fixed()?, ..Self::default() };
        register.received = r.integer()?;
        register.facts = r.fixed()?;
        register.agreement = Agreement::decode(&mut r)?.map(Arc::new);
        let mut parties = Vec::new();
        for _ in 0..items(&mut r)? {
            r.array(4)?;
            let (id, role) = (word(&mut r)?, word(&mut r)?);
            let root = KeyId::from_bytes(r.fixed()?);
            parties.push(Party { id, role, root, acceded: r.unsigned()?.checked_sub(1) });
        }
        register.parties = Arc::new(parties);
        for _ in 0..items(&mut r)? {
            let key = Key::decode(&mut r)?;
            register.keys.insert_mut(key.public.id(), key);
        }
        for _ in 0..items(&mut r)? {
            r.array(2)?;
            register.counts.insert(word(&mut r)?, r.unsigned()?);
        }
        r.end()?;
        if register.encode() == bytes {
            Ok(register)
        } else {
            Err(NotARegister("not in its only form".into()))
        }
    }

    /// Takes up one key, as [`Self::encode_key`] wrote it, into a register decoded without its keys, and tells its id.
    ///
    /// # Errors
    /// [`NotARegister`] for anything else, and for a key of a party that the register does not have.
    pub fn take_up_key(&mut self, bytes: &[u8]) -> Result<KeyId, NotARegister> {
        let mut r = Reader::new(bytes);
        let key = Key::decode(&mut r)?;
        r.end()?;
        let id = key.public.id();
        if self.parties.get(key.party).is_none() {
            return Err(NotARegister(format!("key {id} belongs to a party that the register does not have")));
        }
        self.keys.insert_mut(id, key);
        match self.encode_key(&id) {
            Some(again) if again == bytes => Ok(id),
            _ => Err(NotARegister(format!("key {id} is not in its only form"))),
        }
    }
}

impl Agreement {
    fn encode(&self, w: &mut Writer) {
        w.head(Head::Array(if self.proofs { 11 } else { 10 }));
        w.bytes(self.id.as_bytes()).text(&self.origin);
        w.integer(self.issued_ms).integer(self.skew_ms);
        w.head(Head::Array(self.roles.len() as u64));
        for (kind, roles) in &self.roles {
            w.head(Head::Array(1 + roles.len() as u64)).text(kind.as_str());
            for role in roles {
                w.text(role.as_str());
            }
        }
        w.head(Head::Array(self.zones.len() as u64));
        for zone in &self.zones {
            w.text(zone);
        }
        self.terms.encode(w);
        if self.proofs {
            w.head(Head::Bool(true));
        }
    }

    fn decode(r: &mut Reader<'_>) -> Result<Option<Self>, NotARegister> {
        let proofs = match items(r)? {
            0 => return Ok(None),
            10 => false,
            11 => true,
            n => return Err(NotARegister(format!("an agreement of {n} parts"))),
        };
        let id = AgreementId::from_bytes(r.fixed()?);
        let origin = r.text()?.to_owned();
        let (issued_ms, skew_ms) = (r.integer()?, r.integer()?);
        let mut roles = BTreeMap::new();
        for _ in 0..items(r)? {
            let of_kind = items(r)?;
            let kind: Kind = word(r)?;
            let set = (1..of_kind).map(|_| word(r)).collect::<Result<BTreeSet<_>, _>>()?;
            roles.insert(kind, set);
        }
        let zones = (0..items(r)?).map(|_| Ok(r.text()?.to_owned())).collect::<Result<_, NotARegister>>()?;
        let terms = Terms::decode(r)?;
        if proofs {
            r.expect(Head::Bool(true))?;
        }
        Ok(Some(Self { id, origin, issued_ms, skew_ms, proofs, roles, zones, terms }))
    }
}

impl Terms {
    fn encode(&self, w: &mut Writer) {
        w.unsigned(self.needed as u64);
        w.head(Head::Array(self.keys.len() as u64));
        for key in &self.keys {
            w.head(Head::Array(4)).text(&key.vkey).unsigned(key.from);
            match key.until {
                None => w.head(Head::Bool(false)),
                Some(until) => w.unsigned(until),
            };
            w.bytes(key.amendment.unwrap_or(StatementId::ZERO).as_bytes());
        }
        w.head(Head::Array(self.policies.len() as u64));
        for policy in &self.policies {
            w.head(Head::Array(3)).text(&policy.text).unsigned(policy.from);
            w.bytes(policy.amendment.unwrap_or(StatementId::ZERO).as_bytes());
        }
        w.head(Head::Array(self.proposals.len() as u64));
        for proposal in &self.proposals {
            w.head(Head::Array(6)).bytes(proposal.id.as_bytes()).unsigned(proposal.position);
            w.unsigned(proposal.proposer as u64).head(Head::Array(proposal.assents.len() as u64));
            for party in &proposal.assents {
                w.unsigned(*party as u64);
            }
            match &proposal.log {
                None => w.head(Head::Bool(false)),
                Some((vkey, overlap)) => w.head(Head::Array(2)).text(vkey).unsigned(*overlap),
            };
            match &proposal.witnesses {
                None => w.head(Head::Bool(false)),
                Some(text) => w.text(text),
            };
        }
    }

    fn decode(r: &mut Reader<'_>) -> Result<Self, NotARegister> {
        let needed = index(r)?;
        let (mut keys, mut policies, mut proposals) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..items(r)? {
            r.array(4)?;
            let (vkey, from) = (r.text()?.to_owned(), r.unsigned()?);
            let until = if absent(r)? { None } else { Some(r.unsigned()?) };
            keys.push(LogKey { vkey, from, until, amendment: amendment(r)? });
        }
        for _ in 0..items(r)? {
            r.array(3)?;
            let (text, from) = (r.text()?.to_owned(), r.unsigned()?);
            policies.push(WitnessPolicy { text, from, amendment: amendment(r)? });
        }
        for _ in 0..items(r)? {
            r.array(6)?;
            let (id, position) = (StatementId::from_bytes(r.fixed()?), r.unsigned()?);
            let proposer = index(r)?;
            let assents = (0..items(r)?).map(|_| index(r)).collect::<Result<_, _>>()?;
            let log = if absent(r)? {
                None
            } else {
                r.array(2)?;
                Some((r.text()?.to_owned(), r.unsigned()?))
            };
            let witnesses = if absent(r)? { None } else { Some(r.text()?.to_owned()) };
            proposals.push(Proposal { id, position, assents, proposer, log, witnesses });
        }
        if keys.is_empty() {
            return Err(NotARegister("an agreement without a key of its log".into()));
        }
        Ok(Self { needed, keys, policies, proposals })
    }
}

impl Key {
    fn encode(&self, w: &mut Writer) {
        w.head(Head::Array(9)).bytes(self.public.as_bytes()).unsigned(self.party as u64);
        w.head(Head::Bool(self.root)).unsigned(self.granted);
        match &self.kinds {
            None => {
                w.head(Head::Bool(false));
            }
            Some(kinds) => {
                w.head(Head::Array(kinds.len() as u64));
                for kind in kinds {
                    w.text(kind.as_str());
                }
            }
        }
        optional(w, self.valid_until);
        match &self.revoked {
            None => {
                w.head(Head::Bool(false));
            }
            Some(revoked) => {
                w.head(Head::Array(3)).unsigned(revoked.position).unsigned(reason_number(revoked.reason));
                optional(w, revoked.suspect_since);
            }
        }
        w.unsigned(self.next_seq).bytes(self.last.as_bytes());
    }

    fn decode(r: &mut Reader<'_>) -> Result<Self, NotARegister> {
        r.array(9)?;
        let public = PublicKey::from_bytes(&r.fixed()?).map_err(|e| NotARegister(e.to_string()))?;
        let party = index(r)?;
        let root = match r.head()? {
            Head::Bool(root) => root,
            other => return Err(NotARegister(format!("{other:?} where root or not should stand"))),
        };
        let mut key = Self::new(public, party, root, r.unsigned()?);
        key.kinds = match r.head()? {
            Head::Bool(false) => None,
            Head::Array(n) => Some((0..n).map(|_| word(r)).collect::<Result<_, _>>()?),
            other => return Err(NotARegister(format!("{other:?} where kinds should stand"))),
        };
        key.valid_until = read_optional(r)?;
        key.revoked = match r.head()? {
            Head::Bool(false) => None,
            Head::Array(3) => {
                let (position, reason) = (r.unsigned()?, r.unsigned()?);
                let reason = REASONS.get(usize::try_from(reason).unwrap_or(usize::MAX)).copied();
                let reason = reason.ok_or_else(|| NotARegister("an unknown reason".into()))?;
                Some(Revocation { position, reason, suspect_since: read_optional(r)? })
            }
            other => return Err(NotARegister(format!("{other:?} where a revocation should stand"))),
        };
        key.next_seq = r.unsigned()?;
        key.last = StatementId::from_bytes(r.fixed()?);
        Ok(key)
    }
}

const REASONS: [RevocationReason; 4] = [
    RevocationReason::Superseded,
    RevocationReason::Ceased,
    RevocationReason::Lost,
    RevocationReason::Compromised,
];

fn reason_number(reason: RevocationReason) -> u64 {
    REASONS.iter().position(|r| *r == reason).unwrap_or_default() as u64
}

fn optional(w: &mut Writer, value: Option<i64>) {
    match value {
        None => w.head(Head::Bool(false)),
        Some(n) => w.integer(n),
    };
}

fn read_optional(r: &mut Reader<'_>) -> Result<Option<i64>, NotARegister> {
    if absent(r)? { Ok(None) } else { Ok(Some(r.integer()?)) }
}

/// Whether `false` stands in the place of a value; reads it if it does.
fn absent(r: &mut Reader<'_>) -> Result<bool, NotARegister> {
    let mut ahead = r.clone();
    let absent = ahead.head()? == Head::Bool(false);
    if absent {
        *r = ahead;
    }
    Ok(absent)
}

fn index(r: &mut Reader<'_>) -> Result<usize, NotARegister> {
    usize::try_from(r.unsigned()?).map_err(|e| NotARegister(e.to_string()))
}

/// Zero stands for the charter, whose id the agreement bears already.
fn amendment(r: &mut Reader<'_>) -> Result<Option<StatementId>, NotARegister> {
    let id = StatementId::from_bytes(r.fixed()?);
    Ok((id != StatementId::ZERO).then_some(id))
}

fn items(r: &mut Reader<'_>) -> Result<u64, NotARegister> {
    match r.head()? {
        Head::Array(n) => Ok(n),
        other => Err(NotARegister(format!("{other:?} where a list should stand"))),
    }
}

fn word<T: std::str::FromStr<Err: std::fmt::Display>>(r: &mut Reader<'_>) -> Result<T, NotARegister> {
    r.text()?.parse().map_err(|e: T::Err| NotARegister(e.to_string()))
}
