//! The agreement itself: charter, accession, key grants and revocations. Signed by root keys.

use super::{Facets, Fault, KindBody};
use crate::id::{KeyId, PartyId};
use crate::key::PublicKey;
use crate::kind::{Kind, Role};
use crate::shape::Area;
use crate::unit::{NonEmpty, Stamp, Text, True, Word};
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

/// What the parties agreed. Entry 0 of the log; its statement id names the agreement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Charter {
    /// The log's public key, as a C2SP signed-note vkey: `origin+hash+base64`. Its name is the log's origin.
    pub log: Text,
    /// An exercise of the system itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drill: Option<True>,
    /// Who may sign what, where it differs from the defaults of the specification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roles: Option<NonEmpty<MaySign>>,
    /// What the agreement is called.
    pub title: Text,
    /// Zones, lines and areas that statements may refer to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zones: Option<NonEmpty<Zone>>,
    /// The founding parties, each with its root key. Each accedes for itself.
    pub parties: NonEmpty<Founder>,
    /// When the parties mean to review the agreement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review_by: Option<Stamp>,
    /// Witnesses and quorum, as a C2SP tlog-policy text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub witnesses: Option<Text>,
    /// When the agreement lapses unless it is renewed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Stamp>,
    /// Seconds by which a signer's clock may be ahead of the depositary's; 600 where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_skew_s: Option<u32>,
}

/// A party named by the charter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Founder {
    /// Short name, used wherever the party is meant.
    pub id: PartyId,
    /// Full name.
    pub name: Text,
    /// What the party is in the agreement.
    pub role: Role,
    /// Root key: signs the accession, key grants and revocations, and nothing else.
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
    /// Whose it is: a function, a patrol hub, a device; never a private person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Text>,
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
    /// What happened, without names of private persons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
    /// An exercise of the system itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drill: Option<True>,
    /// Why.
    pub reason: RevocationReason,
    /// Statements received from then on are shown as suspect; they stay valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspect_since: Option<Stamp>,
}

impl Charter {
    /// The log's origin: the name of its key.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.log.as_str().split('+').next().unwrap_or_default()
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
