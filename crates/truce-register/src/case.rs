//! One statement before the register: the rules of `docs/spec/register.md`, section 3, in their order.

use crate::fact::{Recall, Written};
use crate::misfit::Misfit;
use crate::register::{Agreement, Key, Party, Register, Revocation};
use crate::step::Change;
use truce_statement::body::agreement::{KeyGrant, NO_PROOF, NOT_OF_THIS_KEY};
use truce_statement::refusal::{Code, Refusal};
use truce_statement::unit::Stamp;
use truce_statement::{Body, Kind, Signed};

/// A statement under an agreement, with everything that it is judged by.
pub(crate) struct Case<'a, R> {
    pub(crate) register: &'a Register,
    pub(crate) agreement: &'a Agreement,
    pub(crate) key: &'a Key,
    pub(crate) party: &'a Party,
    pub(crate) statement: &'a Signed,
    /// Milliseconds UTC.
    pub(crate) received: i64,
    pub(crate) recall: &'a R,
}

impl<R: Recall> Case<'_, R> {
    /// Changes that the statement makes, or the first rule that it breaks; what it adds goes to `facts`. It was issued at
    /// `issued_ms`.
    pub(crate) fn judge(
        &self,
        issued_ms: i64,
        facts: &mut Vec<Written>,
    ) -> Result<Vec<Change>, Misfit<R::Error>> {
        self.in_feed()?;
        self.key_valid()?;
        self.authorised()?;
        plausible(issued_ms, self.received, self.agreement.skew_ms, Some(self.agreement.issued_ms))?;
        self.seen()?;
        self.named()?;
        self.references(facts)?;
        self.continuity(facts)?;
        Ok(self.changes()?)
    }

    fn in_feed(&self) -> Result<(), Refusal> {
        let (seq, next, prev) = (self.statement.seq(), self.key.next_seq, self.statement.prev());
        let (code, at, detail) = if seq > next {
            (Code::FeedGap, "seq", format!("found {seq}; the next of this feed is {next}"))
        } else if seq < next {
            let detail = format!("found {seq}; the feed has {next} statements, and another one stands there");
            (Code::FeedFork, "seq", detail)
        } else if prev != self.key.last {
            (Code::FeedFork, "prev", format!("found {prev}; the statement before is {}", self.key.last))
        } else {
            return Ok(());
        };
        Err(Refusal::new(code, at, detail))
    }

    fn key_valid(&self) -> Result<(), Refusal> {
        let received = self.received;
        let detail = if let Some(revoked) = &self.key.revoked {
            format!("revoked at entry {}", revoked.position)
        } else if let Some(until) = self.key.valid_until.filter(|until| received > *until) {
            format!("expired at {until} ms, received at {received} ms")
        } else {
            return Ok(());
        };
        Err(Refusal::new(Code::KeyNotValid, "header.kid", detail))
    }

    fn authorised(&self) -> Result<(), Refusal> {
        let (party, kind) = (self.party, self.statement.kind());
        let refuse = |detail: String| Err(Refusal::new(Code::NotAuthorised, "kind", detail));
        if party.acceded.is_none() && kind != Kind::Accession {
            return refuse(format!("`{}` has not acceded yet", party.id));
        }
        if kind.is_agreement() {
            if self.key.root {
                return Ok(());
            }
            return refuse(format!("`{kind}` is signed with the root key of `{}`", party.id));
        }
        if self.key.root {
            return refuse(format!(
                "a root key signs accessions, key statements and amendments, not `{kind}`"
            ));
        }
        if self.key.kinds.as_ref().is_some_and(|kinds| !kinds.contains(&kind)) {
            return refuse(format!("this key was not granted for `{kind}`"));
        }
        let allowed = match self.agreement.roles.get(&kind) {
            Some(roles) => roles.contains(&party.role),
            None => kind.default_roles().contains(&party.role),
        };
        if allowed {
            return Ok(());
        }
        refuse(format!("`{}` is a {}, which may not sign `{kind}`", party.id, party.role))
    }

    /// Holds the checkpoint that the signer saw against the tree.
    fn seen(&self) -> Result<(), Misfit<R::Error>> {
        let Some(seen) = self.statement.seen() else { return Ok(()) };
        let entries = self.register.size;
        let known = if (1..=entries).contains(&seen.0) {
            self.recall.root_at(seen.0).map_err(Misfit::Recall)?
        } else {
            None
        };
        if known == Some(seen.1) {
            return Ok(());
        }
        let detail = format!("size {} with root {}; the log has {entries} entries", seen.0, seen.1);
        Err(Refusal::new(Code::UnknownCheckpoint, "seen", detail).into())
    }

    /// Zones and parties that the body names are those of the agreement.
    fn named(&self) -> Result<(), Refusal> {
        let facets = self.statement.body().facets();
        if let Some(zone) = facets.zones.iter().find(|zone| !self.agreement.zones.contains(**zone)) {
            let detail = format!("zone `{zone}` is not in the charter");
            return Err(Refusal::new(Code::InvalidBody, "body", detail));
        }
        match facets.to.iter().find(|to| self.register.party(to).is_none()) {
            Some(to) => Err(Refusal::new(Code::UnknownParty, "body.to", format!("found `{to}`"))),
            None => Ok(()),
        }
    }

    fn changes(&self) -> Result<Vec<Change>, Refusal> {
        let (register, party, index) = (self.register, self.party, self.key.party);
        Ok(match self.statement.body() {
            Body::Accession(accession) => {
                if let Some(position) = party.acceded {
                    let detail = format!("`{}` acceded at entry {position}", party.id);
                    return Err(Refusal::new(Code::NotAuthorised, "kind", detail));
                }
                let keys = || accession.keys.iter().flat_map(|keys| keys.iter());
                for (i, grant) in keys().enumerate() {
                    self.fresh(grant, format!("body.keys[{i}].key"))?;
                }
                self.proven()?;
                let granted =
                    |grant: &KeyGrant| Change::Granted { party: index, grant: Box::new(grant.clone()) };
                std::iter::once(Change::Acceded(index)).chain(keys().map(granted)).collect()
            }
            Body::KeyGrant(grant) => {
                self.fresh(grant, "body.key".into())?;
                self.proven()?;
                vec![Change::Granted { party: index, grant: grant.clone() }]
            }
            Body::KeyRevocation(body) => {
                let key = register.keys.get(&body.key);
                if !key.is_some_and(|k| k.party == index && !k.root && k.revoked.is_none()) {
                    let detail =
                        format!("{} is no working key of `{}` that could be revoked", body.key, party.id);
                    return Err(Refusal::new(Code::InvalidBody, "body.key", detail));
                }
                let revocation = Revocation {
                    position: register.size,
                    reason: body.reason,
                    suspect_since: body.suspect_since.map(Stamp::ms),
                };
                vec![Change::Revoked { key: body.key, revocation }]
            }
            _ => self.agreement.amended(self.statement, index, register.size)?,
        })
    }

    /// A key is granted once.
    fn fresh(&self, grant: &KeyGrant, at: String) -> Result<(), Refusal> {
        let Some(known) = self.register.keys.get(&grant.key.id()) else { return Ok(()) };
        let owner = self.register.parties.get(known.party).map_or("", |party| party.id.as_str());
        let detail = format!(
            "this key is in the register already, of `{owner}` since entry {}; a key is granted once",
            known.granted
        );
        Err(Refusal::new(Code::InvalidBody, at, detail).with_remedy(REGISTERED))
    }

    /// Every key granted proves possession where the charter asks for it, and none does where it does not: programs that
    /// know nothing of proofs go on reading the older agreements.
    fn proven(&self) -> Result<(), Refusal> {
        let body = self.statement.body();
        for (index, grant) in body.grants().iter().enumerate() {
            match (self.agreement.proofs, grant.proof) {
                (true, None) => return Err(Refusal::not_proven(body, index, NO_PROOF)),
                (true, Some(_)) if self.statement.unproven() == Some(index) => {
                    return Err(Refusal::not_proven(body, index, NOT_OF_THIS_KEY));
                }
                (false, Some(_)) => return Err(Refusal::unasked_proof(body, index)),
                _ => {}
            }
        }
        Ok(())
    }
}

/// Next step of the party whose key another has registered, or that has registered it before.
const REGISTERED: &str = "make a new key with `truce key new`, take the root key's feed back to where the log stands with \
                          `truce feed take-up`, and grant the new key; the entry named shows who registered this one";

/// Holds the time of issue against the time of receipt and, where there is a charter, against the charter's.
pub(crate) fn plausible(
    issued_ms: i64,
    received: i64,
    skew_ms: i64,
    charter_ms: Option<i64>,
) -> Result<(), Refusal> {
    let detail = if issued_ms > received.saturating_add(skew_ms) {
        format!("issued at {issued_ms} ms, received at {received} ms")
    } else if charter_ms.is_some_and(|charter| issued_ms.saturating_add(skew_ms) < charter) {
        "issued before the agreement it belongs to".to_owned()
    } else {
        return Ok(());
    };
    Err(Refusal::new(Code::ImplausibleTime, "header.iat", detail))
}
