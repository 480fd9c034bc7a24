//! A naive model of admission, written from the specification: it keeps the list of what was admitted and nothing else,
//! looks everything up by walking it, and names every rule that a statement breaks instead of the first.

use std::collections::BTreeSet;
use truce_statement::body::agreement::{Charter, KeyGrant};
use truce_statement::body::dialogue::DocumentClass;
use truce_statement::{Body, Code, Kind, PublicKey, Relation, Role, RootHash, Statement};

/// What was admitted, in order, with the time of each.
#[derive(Default)]
pub(crate) struct Model {
    pub(crate) admitted: Vec<(Statement, i64)>,
    pub(crate) roots: Vec<RootHash>,
}

/// A key as it stands after some statements.
struct KeyNow {
    party: usize,
    root: bool,
    grant: Option<KeyGrant>,
    revoked: bool,
}

impl Model {
    fn charter(&self) -> &Charter {
        let (statement, _) = self.admitted.first().expect("the charter comes first");
        let Body::Charter(charter) = statement.body() else { panic!("the charter comes first") };
        charter
    }

    fn keys(&self) -> Vec<(PublicKey, KeyNow)> {
        let mut keys: Vec<(PublicKey, KeyNow)> = Vec::new();
        for (i, founder) in self.charter().parties.iter().enumerate() {
            keys.push((founder.root.clone(), KeyNow { party: i, root: true, grant: None, revoked: false }));
        }
        for (statement, _) in &self.admitted {
            let party =
                self.charter().parties.iter().position(|p| p.id == statement.header().iss).expect("a party");
            let mut grant = |grant: &KeyGrant| {
                let key = KeyNow { party, root: false, grant: Some(grant.clone()), revoked: false };
                keys.push((grant.key.clone(), key));
            };
            match statement.body() {
                Body::Accession(accession) => accession.keys.iter().flat_map(|k| k.iter()).for_each(grant),
                Body::KeyGrant(body) => grant(body),
                Body::KeyRevocation(body) => {
                    keys.iter_mut()
                        .filter(|(key, _)| key.id() == body.key)
                        .for_each(|(_, key)| key.revoked = true);
                }
                _ => {}
            }
        }
        keys
    }

    /// Every rule that `statement` breaks; none where it is to be admitted. `forged` says that its signature is.
    pub(crate) fn faults(&self, statement: &Statement, received: i64, forged: bool) -> BTreeSet<Code> {
        let mut faults = BTreeSet::new();
        let mut fault = |broken: bool, code: Code| {
            if broken {
                faults.insert(code);
            }
        };
        let (header, kind, charter) = (statement.header(), statement.kind(), self.charter());
        fault(forged, Code::BadSignature);
        fault(header.sub.to_string() != self.admitted[0].0.id().to_string(), Code::UnknownAgreement);
        let party = charter.parties.iter().position(|p| p.id == header.iss);
        fault(party.is_none(), Code::UnknownParty);
        let keys = self.keys();
        let key = keys.iter().find(|(key, now)| key.id() == header.kid && Some(now.party) == party);
        let Some((_, key)) = key else {
            fault(true, Code::UnknownKey);
            return faults;
        };
        let feed: Vec<&Statement> =
            self.admitted.iter().map(|(s, _)| s).filter(|s| s.header().kid == header.kid).collect();
        let last = feed.last().map_or(truce_statement::StatementId::ZERO, |s| s.id());
        let next = feed.len() as u64;
        fault(statement.seq() > next, Code::FeedGap);
        fault(statement.seq() < next || statement.seq() == next && statement.prev() != last, Code::FeedFork);
        let grant = key.grant.as_ref();
        fault(key.revoked, Code::KeyNotValid);
        fault(
            grant.and_then(|g| g.valid_until).is_some_and(|until| received > until.ms()),
            Code::KeyNotValid,
        );
        let own = matches!(kind, Kind::Accession | Kind::KeyGrant | Kind::KeyRevocation);
        fault(own != key.root, Code::NotAuthorised);
        let granted = grant.and_then(|g| g.kinds.as_ref()).is_none_or(|kinds| kinds.contains(&kind));
        fault(!own && (!granted || !may(charter.parties[key.party].role, kind)), Code::NotAuthorised);
        let issued = i64::try_from(header.iat).expect("small") * 1000;
        let founded = i64::try_from(self.admitted[0].0.header().iat).expect("small") * 1000;
        fault(issued > received + 600_000 || issued + 600_000 < founded, Code::ImplausibleTime);
        if let Some(seen) = statement.seen() {
            let root = usize::try_from(seen.0).ok().and_then(|n| self.roots.get(n.checked_sub(1)?));
            fault(root != Some(&seen.1), Code::UnknownCheckpoint);
        }
        let to = match statement.body() {
            Body::Inquiry(inquiry) => inquiry.to.to_vec(),
            Body::Commitment(commitment) => commitment.to.to_vec(),
            _ => Vec::new(),
        };
        fault(to.iter().any(|to| charter.parties.iter().all(|p| p.id != *to)), Code::UnknownParty);
        let joined = |(s, _): &(Statement, i64)| s.kind() == Kind::Accession && s.header().iss == header.iss;
        fault(self.admitted.iter().any(joined) == (kind == Kind::Accession), Code::NotAuthorised);
        if let Body::KeyRevocation(body) = statement.body() {
            let ends = |(public, now): &(PublicKey, KeyNow)| {
                public.id() == body.key && Some(now.party) == party && !now.root && !now.revoked
            };
            fault(!keys.iter().any(ends), Code::InvalidBody);
        }
        let known = |grant: &KeyGrant| keys.iter().any(|(public, _)| *public == grant.key);
        fault(grants(statement.body()).any(known), Code::InvalidBody);
        faults.extend(self.reference_faults(statement));
        faults
    }

    fn reference_faults(&self, statement: &Statement) -> BTreeSet<Code> {
        let mut faults = BTreeSet::new();
        let (kind, party) = (statement.kind(), &statement.header().iss);
        let own = |kind: Kind| {
            matches!(kind, Kind::Charter | Kind::Accession | Kind::KeyGrant | Kind::KeyRevocation)
        };
        let changes = |relation: Relation| matches!(relation, Relation::Corrects | Relation::Retracts);
        for (i, reference) in statement.refs().iter().enumerate() {
            let Some((target, _)) = self.admitted.iter().find(|(s, _)| s.id() == reference.1) else {
                faults.insert(Code::UnknownReference);
                continue;
            };
            let same_party = target.header().iss == *party;
            let earlier = self.admitted.iter().flat_map(|(s, _)| s.refs()).chain(&statement.refs()[..i]);
            let taken = earlier.filter(|r| changes(r.0)).any(|r| r.1 == target.id());
            let asked = matches!(target.body(), Body::Inquiry(inquiry) if inquiry.to.contains(party));
            let allowed = !own(kind)
                && match reference.0 {
                    Relation::Corrects => {
                        same_party && !own(target.kind()) && kind == target.kind() && !taken
                    }
                    Relation::Retracts => {
                        same_party && !own(target.kind()) && is_retraction(statement) && !taken
                    }
                    Relation::Answers => kind == Kind::Reply && asked,
                    Relation::Fulfils => {
                        kind == Kind::Delivery && target.kind() == Kind::Commitment && same_party
                    }
                    Relation::Disputes | Relation::Supports | Relation::About => true,
                };
            if !allowed {
                faults.insert(Code::BadReference);
            }
        }
        let count = |wanted: &[Relation]| statement.refs().iter().filter(|r| wanted.contains(&r.0)).count();
        let complete = match kind {
            Kind::Reply => count(&[Relation::Answers]) == 1,
            Kind::Delivery => count(&[Relation::Fulfils]) == 1,
            Kind::Response => count(&[Relation::About, Relation::Disputes]) > 0,
            Kind::Finding => count(&[Relation::About, Relation::Supports, Relation::Disputes]) > 0,
            Kind::Document => !is_retraction(statement) || count(&[Relation::Retracts]) > 0,
            _ => true,
        };
        if !complete || count(&[Relation::Corrects]) > 1 {
            faults.insert(Code::BadReference);
        }
        faults
    }
}

fn is_retraction(statement: &Statement) -> bool {
    matches!(statement.body(), Body::Document(document) if document.class == DocumentClass::Retraction)
}

fn grants(body: &Body) -> Box<dyn Iterator<Item = &KeyGrant> + '_> {
    match body {
        Body::Accession(accession) => Box::new(accession.keys.iter().flat_map(|k| k.iter())),
        Body::KeyGrant(grant) => Box::new(std::iter::once(grant.as_ref())),
        _ => Box::new(std::iter::empty()),
    }
}

/// The defaults of the specification, for the kinds that the test uses.
fn may(role: Role, kind: Kind) -> bool {
    match kind {
        Kind::Signal => role != Role::State,
        Kind::Finding => matches!(role, Role::Mission | Role::Guarantor),
        Kind::Commitment | Kind::Delivery => role == Role::State,
        _ => true,
    }
}
