//! The agreement itself: charter, accession, key grants and revocations, amendments. Signed by root keys.

use super::{Body, Facets, Fault, KindBody};
use crate::id::{KeyId, PartyId};
use crate::key::PublicKey;
use crate::kind::{Kind, Role};
use crate::possession::PossessionProof;
use crate::refusal::{Code, Refusal};
use crate::shape::Area;
use crate::unit::{Entries, Name, NonEmpty, Stamp, Text, True, Word};
use crate::vkey;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Most parties in one agreement.
pub const MAX_PARTIES: usize = 128;
/// Most zones in one agreement.
pub const MAX_ZONES: usize = 512;
/// Most working keys that one accession may name.
pub const MAX_ACCESSION_KEYS: usize = 16;
/// Default tolerance between a signer's clock and the depositary's, seconds.
pub const DEFAULT_CLOCK_SKEW_S: u32 = 600;

/// Detail of a refusal: no proof of possession where the charter asks for one.
pub const NO_PROOF: &str = "found none; the charter asks for proofs of possession";
/// Detail of a refusal: a proof of possession that does not verify.
pub const NOT_OF_THIS_KEY: &str = "it is not the signature of this key for this party and agreement";

/// What the parties agreed. Entry 0 of the log; its statement id names the agreement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Charter {
    /// The log's public key, as a C2SP signed-note vkey: `origin+hash+base64`. Its name is the log's origin.
    pub log: Text,
    /// An exercise of the system itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drill: Option<True>,
    /// Roles that may sign a kind, where they differ from the defaults of the specification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roles: Option<NonEmpty<MaySign>>,
    /// Title of the agreement.
    pub title: Text,
    /// Zones, lines and areas that statements may refer to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zones: Option<NonEmpty<Zone>>,
    /// The founding parties, each with its root key. Each accedes for itself.
    pub parties: NonEmpty<Founder>,
    /// Moment at which the parties mean to review the agreement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review_by: Option<Stamp>,
    /// Witnesses and quorum, as a C2SP tlog-policy text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub witnesses: Option<Text>,
    /// Number of parties whose assent an amendment needs; all of them, where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amended_by: Option<u32>,
    /// Moment at which the agreement lapses unless it is renewed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Stamp>,
    /// Seconds by which a signer's clock may be ahead of the depositary's; 600 where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_skew_s: Option<u32>,
    /// Every key granted must itself have signed that the party may have it; where absent, none does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof_of_possession: Option<True>,
}

/// A party named by the charter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Founder {
    /// Short name, used wherever the party is meant.
    pub id: PartyId,
    /// Full name.
    pub name: Text,
    /// Role of the party in the agreement.
    pub role: Role,
    /// Root key: signs the accession, key grants and revocations, amendments and endorsements, and nothing else.
    pub root: PublicKey,
}

/// Roles that may sign one kind, instead of the default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MaySign {
    /// The kind; none of the agreement's own.
    pub kind: Kind,
    /// The roles.
    pub roles: NonEmpty<Role>,
}

/// A zone, line or area of the agreement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Zone {
    /// Short name, used in places.
    pub id: Word,
    /// Its outline, where it was agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<Area>,
    /// Full name or description.
    pub name: Text,
}

/// A founding party joins. Takes effect at its position in the log, and so do the keys it names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Accession {
    /// First working keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<NonEmpty<KeyGrant>>,
    /// Reservation, declaration or the act by which the party was bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
    /// An exercise of the system itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drill: Option<True>,
}

/// The root key lets another key sign for the party, from the position of this statement on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyGrant {
    /// The key, as `truce key show` prints it.
    pub key: PublicKey,
    /// An exercise of the system itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drill: Option<True>,
    /// Kinds it may sign; all that the party may, where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kinds: Option<NonEmpty<Kind>>,
    /// Holder of the key: a function, a patrol hub, a device; never a private person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Text>,
    /// The key's signature over agreement and party, as `truce key prove` makes it; where the charter has
    /// `proof_of_possession`, and only there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<PossessionProof>,
    /// Last moment at which the depositary may receive a statement signed with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Stamp>,
}

/// Why a key is revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RevocationReason {
    /// Another key has taken its place.
    Superseded,
    /// Whoever held it no longer has the function.
    Ceased,
    /// Nobody holds it any more.
    Lost,
    /// Somebody else may hold it.
    Compromised,
}

/// The root key ends another key, from the position of this statement on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyRevocation {
    /// Key id (thumbprint) of the key that ends.
    pub key: KeyId,
    /// Description of the event, without names of private persons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
    /// An exercise of the system itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drill: Option<True>,
    /// Reason.
    pub reason: RevocationReason,
    /// Statements received from then on are shown as suspect; they stay valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspect_since: Option<Stamp>,
}

/// Proposes to change what the charter says of the log: its key, its witnesses, or both. In force at the position at
/// which enough parties have assented to it; whoever proposes it has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Amendment {
    /// The next key of the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<NextLogKey>,
    /// An exercise of the system itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drill: Option<True>,
    /// The change, in one line.
    pub title: Name,
    /// Reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text>,
    /// Witnesses and quorum in the place of those in force, as a C2SP tlog-policy text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub witnesses: Option<Text>,
}

/// A key that takes the place of the log's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NextLogKey {
    /// The key, as a C2SP signed-note vkey of the same name (origin) as the one it follows.
    pub next: Text,
    /// Entries after the one that brings the amendment into force, that one among them, over which the old key and the
    /// next one both sign. 0 where the old key is not to be believed any more.
    pub overlap: Entries,
}

/// A party assents to the amendment that it refers to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Endorsement {
    /// The act by which the party decided, or a declaration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
    /// An exercise of the system itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drill: Option<True>,
}

impl Body {
    /// Keys that the statement grants: those of an accession, or the one of a key grant.
    #[must_use]
    pub fn grants(&self) -> &[KeyGrant] {
        match self {
            Self::Accession(accession) => accession.keys.as_ref().map_or(&[], |keys| keys.as_slice()),
            Self::KeyGrant(grant) => std::slice::from_ref(grant),
            _ => &[],
        }
    }

    /// Dotted path of the proof at `index` in [`Self::grants`].
    fn proof_path(&self, index: usize) -> String {
        match self {
            Self::Accession(_) => format!("body.keys[{index}].proof"),
            _ => "body.proof".to_owned(),
        }
    }
}

impl Refusal {
    /// `key-not-proven`, of the key at `index` in [`Body::grants`].
    #[must_use]
    pub fn not_proven(body: &Body, index: usize, detail: &str) -> Self {
        Self::new(Code::KeyNotProven, body.proof_path(index), detail)
    }

    /// `unknown-field`, of the proof at `index` in [`Body::grants`] in an agreement that does not ask for proofs.
    #[must_use]
    pub fn unasked_proof(body: &Body, index: usize) -> Self {
        let detail = "the charter of this agreement does not ask for proofs of possession";
        Self::new(Code::UnknownField, body.proof_path(index), detail)
    }
}

impl Charter {
    /// The log's origin: the name of its key.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.log.as_str().split('+').next().unwrap_or_default()
    }

    /// Parties that an amendment needs, by their root keys. All of the charter's, not of those that have acceded: else the
    /// first to accede could amend alone.
    #[must_use]
    pub fn assents_needed(&self) -> usize {
        self.amended_by.map_or(self.parties.len(), |n| usize::try_from(n).unwrap_or(usize::MAX))
    }

    /// Milliseconds by which a signer's clock may be ahead of the depositary's.
    #[must_use]
    pub fn clock_skew_ms(&self) -> i64 {
        i64::from(self.clock_skew_s.unwrap_or(DEFAULT_CLOCK_SKEW_S)) * 1000
    }
}

impl KindBody for Charter {
    const KIND: Kind = Kind::Charter;

    fn check(&self) -> Result<(), Fault> {
        let mut parts = self.log.as_str().splitn(3, '+');
        let hash_ok = parts.nth(1).is_some_and(|h| h.len() == 8 && h.bytes().all(|b| b.is_ascii_hexdigit()));
        if self.origin().is_empty() || !hash_ok || parts.next().is_none_or(str::is_empty) {
            return Err(Fault::new(
                "log",
                self.log.as_str(),
                "a vkey: origin+8 hex digits+base64 of the key",
            ));
        }
        if self.parties.len() > MAX_PARTIES {
            return Err(Fault::new("parties", self.parties.len(), format!("at most {MAX_PARTIES}")));
        }
        if self.amended_by.is_some() && !(1..=self.parties.len()).contains(&self.assents_needed()) {
            let allowed = format!("1 to the number of parties, {}", self.parties.len());
            return Err(Fault::new("amended_by", self.assents_needed(), allowed));
        }
        let (mut ids, mut keys) = (BTreeSet::new(), BTreeSet::new());
        for (i, party) in self.parties.iter().enumerate() {
            if !ids.insert(&party.id) {
                return Err(Fault::new(format!("parties[{i}].id"), &party.id, "each party once"));
            }
            if !keys.insert(party.root.as_bytes()) {
                return Err(Fault::new(
                    format!("parties[{i}].root"),
                    &party.root,
                    "a root key of its own for each party",
                ));
            }
        }
        let zones = self.zones.iter().flat_map(|z| z.iter());
        let mut names = BTreeSet::new();
        for (i, zone) in zones.enumerate() {
            if i >= MAX_ZONES {
                return Err(Fault::new("zones", i + 1, format!("at most {MAX_ZONES}")));
            }
            if !names.insert(zone.id.as_str()) {
                return Err(Fault::new(format!("zones[{i}].id"), zone.id.as_str(), "each zone once"));
            }
        }
        let mut kinds = BTreeSet::new();
        for (i, rule) in self.roles.iter().flat_map(|r| r.iter()).enumerate() {
            if rule.kind.is_agreement() || !kinds.insert(rule.kind) {
                return Err(Fault::new(
                    format!("roles[{i}].kind"),
                    rule.kind,
                    "each kind once, none of the agreement's own",
                ));
            }
        }
        Ok(())
    }

    fn facets(&self) -> Facets<'_> {
        Facets { drill: self.drill.is_some(), ..Facets::default() }
    }
}

impl KindBody for Accession {
    const KIND: Kind = Kind::Accession;

    fn check(&self) -> Result<(), Fault> {
        let mut seen = BTreeSet::new();
        for (i, grant) in self.keys.iter().flat_map(|k| k.iter()).enumerate() {
            if i >= MAX_ACCESSION_KEYS {
                return Err(Fault::new("keys", i + 1, format!("at most {MAX_ACCESSION_KEYS}")));
            }
            if !seen.insert(grant.key.as_bytes()) {
                return Err(Fault::new(format!("keys[{i}].key"), &grant.key, "each key once"));
            }
            grant.check().map_err(|fault| Fault { path: format!("keys[{i}].{}", fault.path), ..fault })?;
        }
        Ok(())
    }

    fn facets(&self) -> Facets<'_> {
        Facets { drill: self.drill.is_some(), ..Facets::default() }
    }
}

impl KindBody for KeyGrant {
    const KIND: Kind = Kind::KeyGrant;

    fn check(&self) -> Result<(), Fault> {
        match self.kinds.iter().flat_map(|k| k.iter()).find(|k| k.is_agreement()) {
            Some(kind) => {
                Err(Fault::new("kinds", kind, "kinds that working keys sign, not the agreement's own"))
            }
            None => Ok(()),
        }
    }

    fn facets(&self) -> Facets<'_> {
        Facets { drill: self.drill.is_some(), ..Facets::default() }
    }
}

impl KindBody for KeyRevocation {
    const KIND: Kind = Kind::KeyRevocation;

    fn check(&self) -> Result<(), Fault> {
        Ok(())
    }

    fn facets(&self) -> Facets<'_> {
        Facets { drill: self.drill.is_some(), ..Facets::default() }
    }
}

impl KindBody for Amendment {
    const KIND: Kind = Kind::Amendment;

    fn check(&self) -> Result<(), Fault> {
        if self.log.is_none() && self.witnesses.is_none() {
            return Err(Fault::new("log", "nothing that changes", "`log`, `witnesses`, or both"));
        }
        // In full, as nothing could be signed any more once an unsound key is in force.
        match &self.log {
            Some(log) if !vkey::is_log_key(log.next.as_str()) => {
                let allowed = "an Ed25519 vkey: origin+8 hex digits+base64 of type 1 and the key";
                Err(Fault::new("log.next", log.next.as_str(), allowed))
            }
            _ => Ok(()),
        }
    }

    fn facets(&self) -> Facets<'_> {
        Facets { drill: self.drill.is_some(), ..Facets::default() }
    }
}

impl KindBody for Endorsement {
    const KIND: Kind = Kind::Endorsement;

    fn check(&self) -> Result<(), Fault> {
        Ok(())
    }

    fn facets(&self) -> Facets<'_> {
        Facets { drill: self.drill.is_some(), ..Facets::default() }
    }
}
