//! The register as bytes: canonical CBOR, the same on every machine (`docs/spec/register.md`, section 5).
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
//! A store keeps it in [`Part`]s, so that a batch writes those that it changed and no more. Each is an item of the list
//! above, but for the head: `[3, size, head, received, facts]`.

use crate::amendment::{LogKey, Proposal, Terms, WitnessPolicy};
use crate::register::{Agreement, Key, Party, Register, Revocation};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use truce_statement::body::agreement::RevocationReason;
use truce_statement::cbor::{Flaw, Head, Reader, Writer};
use truce_statement::{AgreementId, KeyId, Kind, PartyId, PublicKey, Role, StatementId};

/// Version of the register's bytes: 2 since amendments; 1 held the vkey alone.
const VERSION: u64 = 2;
/// Version of the parts, in their head; a register in one piece has 2 there.
const PARTS: u64 = 3;

/// Bytes are not a register that this version wrote.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("these bytes are not a register: {0}")]
pub struct NotARegister(String);

impl From<Flaw> for NotARegister {
    fn from(flaw: Flaw) -> Self {
        Self(flaw.to_string())
    }
}

/// Part of a register that changes by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Size, hash of the last entry, its time of receipt, and the hash over the facts: they change with every entry.
    Head,
    /// Charter and amendments.
    Agreement,
    /// Parties.
    Parties,
    /// Count of the statements of a kind.
    Count(Kind),
    /// A key and its feed.
    Key(KeyId),
}

impl Part {
    /// The key, of a part that is one.
    #[must_use]
    pub fn key(self) -> Option<KeyId> {
        if let Self::Key(id) = self { Some(id) } else { None }
    }
}

impl Register {
    /// The register as canonical CBOR.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut w = Writer::with_capacity(512 + 160 * self.keys.size());
        w.head(Head::Array(9)).unsigned(VERSION);
        self.write_head(&mut w);
        self.agreement.write(&mut w);
        self.parties.write(&mut w);
        write_list(&mut w, self.keys.size(), self.keys.values());
        self.counts.write(&mut w);
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
        let mut register = Self::default();
        register.read_head(&mut r)?;
        register.agreement = Row::read(&mut r)?;
        register.parties = Row::read(&mut r)?;
        for key in Vec::<Key>::read(&mut r)? {
            register.keys.insert_mut(key.public.id(), key);
        }
        register.counts = Row::read(&mut r)?;
        r.end()?;
        if register.encode() == bytes { Ok(register) } else { Err(not_in_form()) }
    }

    /// One part as bytes; `None` for a key or a kind that the register does not have.
    #[must_use]
    pub fn part(&self, part: Part) -> Option<Vec<u8>> {
        let mut w = Writer::with_capacity(160);
        match part {
            Part::Head => {
                w.head(Head::Array(5)).unsigned(PARTS);
                self.write_head(&mut w);
            }
            Part::Agreement => self.agreement.write(&mut w),
            Part::Parties => self.parties.write(&mut w),
            Part::Count(kind) => self.counts.get(&kind)?.write(&mut w),
            Part::Key(id) => self.keys.get(&id)?.write(&mut w),
        }
        Some(w.into_bytes())
    }

    /// Takes up one part, as [`Self::part`] wrote it. Parties come before keys.
    ///
    /// # Errors
    /// [`NotARegister`] for anything else, and for a key of a party that the register does not have.
    pub fn take_up(&mut self, part: Part, bytes: &[u8]) -> Result<(), NotARegister> {
        let mut r = Reader::new(bytes);
        match part {
            Part::Head => {
                r.array(5)?;
                r.expect(Head::Unsigned(PARTS))?;
                self.read_head(&mut r)?;
            }
            Part::Agreement => self.agreement = Row::read(&mut r)?,
            Part::Parties => self.parties = Row::read(&mut r)?,
            Part::Count(kind) => {
                self.counts.insert(kind, Row::read(&mut r)?);
            }
            Part::Key(id) => {
                let key = Key::read(&mut r)?;
                if key.public.id() != id {
                    return Err(NotARegister(format!("key {id} is kept under another name")));
                }
                if self.parties.get(key.party).is_none() {
                    return Err(NotARegister(format!(
                        "key {id} belongs to a party that the register does not have"
                    )));
                }
                self.keys.insert_mut(id, key);
            }
        }
        r.end()?;
        if self.part(part).as_deref() == Some(bytes) { Ok(()) } else { Err(not_in_form()) }
    }

    fn write_head(&self, w: &mut Writer) {
        w.unsigned(self.size).bytes(&self.head).integer(self.received).bytes(&self.facts);
    }

    fn read_head(&mut self, r: &mut Reader<'_>) -> Result<(), NotARegister> {
        (self.size, self.head) = (r.unsigned()?, r.fixed()?);
        (self.received, self.facts) = (r.integer()?, r.fixed()?);
        Ok(())
    }
}

fn not_in_form() -> NotARegister {
    NotARegister("not in its only form".into())
}

/// A value and its one form in CBOR.
trait Row: Sized {
    fn write(&self, w: &mut Writer);
    fn read(r: &mut Reader<'_>) -> Result<Self, NotARegister>;
}

macro_rules! write_all {
    ($w:ident: $($value:expr),+) => {{ $($value.write($w);)+ }};
}

/// Rows of one item each.
macro_rules! items {
    ($($($type:ty),+: |$value:ident, $w:ident| $write:expr, |$r:ident| $read:expr;)*) => {$($(
        impl Row for $type {
            fn write(&self, $w: &mut Writer) {
                let $value = self;
                $write;
            }

            fn read($r: &mut Reader<'_>) -> Result<Self, NotARegister> {
                Ok($read)
            }
        }
    )+)*};
}

items! {
    u64: |n, w| w.unsigned(*n), |r| r.unsigned()?;
    usize: |n, w| w.unsigned(*n as u64), |r| usize::try_from(r.unsigned()?).map_err(|e| NotARegister(e.to_string()))?;
    i64: |n, w| w.integer(*n), |r| r.integer()?;
    String: |text, w| w.text(text), |r| r.text()?.to_owned();
    Kind, PartyId, Role: |word, w| w.text(word.as_str()),
        |r| r.text()?.parse().map_err(|e: <Self as std::str::FromStr>::Err| NotARegister(e.to_string()))?;
    AgreementId, KeyId, StatementId: |id, w| w.bytes(id.as_bytes()), |r| Self::from_bytes(r.fixed()?);
    PublicKey: |key, w| w.bytes(key.as_bytes()),
        |r| Self::from_bytes(&r.fixed()?).map_err(|e| NotARegister(e.to_string()))?;
    bool: |is, w| w.head(Head::Bool(*is)), |r| match r.head()? {
        Head::Bool(is) => is,
        other => return Err(NotARegister(format!("{other:?} where true or false should stand"))),
    };
    RevocationReason: |reason, w| w.unsigned(REASONS.iter().position(|r| r == reason).unwrap_or_default() as u64),
        |r| {
            let number = usize::read(r)?;
            REASONS.get(number).copied().ok_or_else(|| NotARegister("an unknown reason".into()))?
        };
    // Zero stands for the charter, whose id the agreement bears already.
    Option<StatementId>: |id, w| id.unwrap_or(StatementId::ZERO).write(w),
        |r| Some(StatementId::read(r)?).filter(|id| *id != StatementId::ZERO);
}

const REASONS: [RevocationReason; 4] = [
    RevocationReason::Superseded,
    RevocationReason::Ceased,
    RevocationReason::Lost,
    RevocationReason::Compromised,
];

/// Lists of the fields of a type.
macro_rules! fields {
    ($($type:ident: $n:literal, $($field:ident)+;)*) => {$(
        impl Row for $type {
            fn write(&self, w: &mut Writer) {
                w.head(Head::Array($n));
                write_all!(w: $(self.$field),+);
            }

            fn read(r: &mut Reader<'_>) -> Result<Self, NotARegister> {
                r.array($n)?;
                Ok(Self { $($field: Row::read(r)?),+ })
            }
        }
    )*};
}

fields! {
    LogKey: 4, vkey from until amendment;
    WitnessPolicy: 3, text from amendment;
    Proposal: 6, id position proposer assents log witnesses;
    Revocation: 3, position reason suspect_since;
    Key: 9, public party root granted kinds valid_until revoked next_seq last;
}

/// Values in whose place `false` may stand.
macro_rules! optional {
    ($($type:ty),+) => {$(
        impl Row for Option<$type> {
            fn write(&self, w: &mut Writer) {
                match self {
                    None => false.write(w),
                    Some(value) => value.write(w),
                }
            }

            fn read(r: &mut Reader<'_>) -> Result<Self, NotARegister> {
                let mut ahead = r.clone();
                if ahead.head()? == Head::Bool(false) {
                    *r = ahead;
                    return Ok(None);
                }
                Row::read(r).map(Some)
            }
        }
    )+};
}

optional!(u64, i64, String, (String, u64), BTreeSet<Kind>, Revocation);

/// Lists of values.
macro_rules! lists {
    ($($list:ident: $($bound:ident)+;)*) => {$(
        impl<T: $($bound +)+> Row for $list<T> {
            fn write(&self, w: &mut Writer) {
                write_list(w, self.len(), self);
            }

            fn read(r: &mut Reader<'_>) -> Result<Self, NotARegister> {
                read_list(r)
            }
        }
    )*};
}

lists! {
    Vec: Row;
    BTreeSet: Row Ord;
}

impl<T: Row> Row for Arc<T> {
    fn write(&self, w: &mut Writer) {
        T::write(self, w);
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, NotARegister> {
        T::read(r).map(Arc::new)
    }
}

impl<A: Row, B: Row> Row for (A, B) {
    fn write(&self, w: &mut Writer) {
        w.head(Head::Array(2));
        write_all!(w: self.0, self.1);
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, NotARegister> {
        r.array(2)?;
        Ok((A::read(r)?, B::read(r)?))
    }
}

impl Row for BTreeMap<Kind, u64> {
    fn write(&self, w: &mut Writer) {
        w.head(Head::Array(self.len() as u64));
        for (kind, count) in self {
            (*kind, *count).write(w);
        }
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, NotARegister> {
        read_list::<(Kind, u64), _>(r)
    }
}

impl Row for BTreeMap<Kind, BTreeSet<Role>> {
    fn write(&self, w: &mut Writer) {
        w.head(Head::Array(self.len() as u64));
        for (kind, roles) in self {
            w.head(Head::Array(1 + roles.len() as u64));
            kind.write(w);
            for role in roles {
                role.write(w);
            }
        }
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, NotARegister> {
        let of_kind = |r: &mut Reader<'_>| {
            let items = length(r)?;
            Ok((Kind::read(r)?, (1..items).map(|_| Role::read(r)).collect::<Result<_, NotARegister>>()?))
        };
        (0..length(r)?).map(|_| of_kind(r)).collect()
    }
}

impl Row for Party {
    fn write(&self, w: &mut Writer) {
        w.head(Head::Array(4));
        write_all!(w: self.id, self.role, self.root, self.acceded.map_or(0, |position| position + 1));
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, NotARegister> {
        r.array(4)?;
        let (id, role, root) = (Row::read(r)?, Row::read(r)?, Row::read(r)?);
        Ok(Self { id, role, root, acceded: u64::read(r)?.checked_sub(1) })
    }
}

impl Row for Option<Arc<Agreement>> {
    fn write(&self, w: &mut Writer) {
        let Some(agreement) = self else {
            w.head(Head::Array(0));
            return;
        };
        let Agreement { id, origin, issued_ms, skew_ms, proofs, roles, zones, terms } = &**agreement;
        let Terms { needed, keys, policies, proposals } = terms;
        w.head(Head::Array(if *proofs { 11 } else { 10 }));
        write_all!(w: id, origin, issued_ms, skew_ms, roles, zones, needed, keys, policies, proposals);
        if *proofs {
            true.write(w);
        }
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, NotARegister> {
        let proofs = match length(r)? {
            0 => return Ok(None),
            10 => false,
            11 => true,
            n => return Err(NotARegister(format!("an agreement of {n} parts"))),
        };
        let (id, origin, issued_ms, skew_ms) = (Row::read(r)?, Row::read(r)?, Row::read(r)?, Row::read(r)?);
        let (roles, zones, needed) = (Row::read(r)?, Row::read(r)?, Row::read(r)?);
        let (keys, policies, proposals) = (Vec::read(r)?, Row::read(r)?, Row::read(r)?);
        if keys.is_empty() {
            return Err(NotARegister("an agreement without a key of its log".into()));
        }
        if proofs {
            r.expect(Head::Bool(true))?;
        }
        let terms = Terms { needed, keys, policies, proposals };
        Ok(Some(Arc::new(Agreement { id, origin, issued_ms, skew_ms, proofs, roles, zones, terms })))
    }
}

fn write_list<'a, T: Row + 'a>(w: &mut Writer, length: usize, items: impl IntoIterator<Item = &'a T>) {
    w.head(Head::Array(length as u64));
    for item in items {
        item.write(w);
    }
}

fn read_list<T: Row, L: FromIterator<T>>(r: &mut Reader<'_>) -> Result<L, NotARegister> {
    (0..length(r)?).map(|_| T::read(r)).collect()
}

fn length(r: &mut Reader<'_>) -> Result<u64, NotARegister> {
    match r.head()? {
        Head::Array(n) => Ok(n),
        other => Err(NotARegister(format!("{other:?} where a list should stand"))),
    }
}
