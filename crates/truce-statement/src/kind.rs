//! Kinds of statement, roles of parties, relations between statements.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $error:literal { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant,)+ }

        impl $name {
            /// Every one, in the order of the specification.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The word that stands in statements.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                Self::ALL.iter().copied().find(|w| w.as_str() == text).ok_or(UnknownWord { what: $error, allowed: &[$($text,)+] })
            }
        }
    };
}

/// The word is not one that the specification allows here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownWord {
    what: &'static str,
    allowed: &'static [&'static str],
}

impl fmt::Display for UnknownWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no such {}; allowed: {}", self.what, self.allowed.join(", "))
    }
}

impl std::error::Error for UnknownWord {}

words! {
    /// Kinds of statement (`docs/spec/kinds.md`). `objection`, `withdrawal`, `sealed` and `disclosure` are
    /// reserved for a later version and refused by this one.
    Kind, "kind of statement" {
        /// The agreement of the parties; entry 0.
        Charter = "charter",
        /// A founding party joins, and names its first working keys.
        Accession = "accession",
        /// The root key lets another key sign.
        KeyGrant = "key-grant",
        /// The root key ends another key.
        KeyRevocation = "key-revocation",
        /// Proposes another log key, or other witnesses, than those in force.
        Amendment = "amendment",
        /// A party assents to an amendment.
        Endorsement = "endorsement",
        /// Header of a periodic report: totals per region, coverage.
        Report = "report",
        /// One row of the violation table.
        Observation = "observation",
        /// A restriction of freedom of movement.
        Restriction = "restriction",
        /// Weapons against withdrawal lines and storage.
        Weapons = "weapons",
        /// People hurt, or a protected object damaged.
        Harm = "harm",
        /// Early warning.
        Signal = "signal",
        /// Prior notification of a military activity.
        Notification = "notification",
        /// Activities planned for a year.
        Calendar = "calendar",
        /// A party's undertaking: its content, to whom, on which schedule.
        Commitment = "commitment",
        /// Fulfils one due item of a commitment.
        Delivery = "delivery",
        /// A question to other parties.
        Inquiry = "inquiry",
        /// The answer to an inquiry.
        Reply = "reply",
        /// Right of reply to a report or a finding.
        Response = "response",
        /// A published text or its hash; also carries a retraction.
        Document = "document",
        /// Result of verifying other statements.
        Finding = "finding",
    }
}

words! {
    /// Roles of a party in the agreement.
    Role, "role" {
        /// A state or other party to the conflict or to the measures.
        State = "state",
        /// Observers.
        Mission = "mission",
        /// Mediator, guarantor, joint commission.
        Guarantor = "guarantor",
        /// Civil-society observer.
        Civil = "civil",
    }
}

words! {
    /// Relations of a statement to another one.
    Relation, "relation" {
        /// Takes its place: same kind, same party.
        Corrects = "corrects",
        /// Takes it back: a document with a reason, same party.
        Retracts = "retracts",
        /// Replies to an inquiry.
        Answers = "answers",
        /// Delivers what a commitment promised.
        Fulfils = "fulfils",
        /// Contests it.
        Disputes = "disputes",
        /// Backs it.
        Supports = "supports",
        /// Speaks of it.
        About = "about",
    }
}

impl Kind {
    /// Reports whether this kind belongs to the agreement itself and is signed by root keys.
    #[must_use]
    pub const fn is_agreement(self) -> bool {
        self.default_roles().is_empty()
    }

    /// Roles that may sign this kind where the charter says nothing else; empty for kinds signed by root keys.
    #[must_use]
    pub const fn default_roles(self) -> &'static [Role] {
        use Role::{Civil, Guarantor, Mission, State};
        match self {
            Self::Charter
            | Self::Accession
            | Self::KeyGrant
            | Self::KeyRevocation
            | Self::Amendment
            | Self::Endorsement => &[],
            Self::Report
            | Self::Observation
            | Self::Restriction
            | Self::Weapons
            | Self::Harm
            | Self::Signal => &[Mission, Guarantor, Civil],
            Self::Notification | Self::Calendar | Self::Commitment | Self::Delivery => &[State],
            Self::Inquiry | Self::Reply | Self::Response | Self::Document => {
                &[State, Mission, Guarantor, Civil]
            }
            Self::Finding => &[Mission, Guarantor],
        }
    }
}
