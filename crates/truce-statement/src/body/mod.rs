//! Bodies: one type per kind, the same for what is signed (CBOR) and for what people draft (JSON).
//!
//! Leaf types know whether they are written for people (RFC 3339, decimal degrees, km) or for signing (integers).
//! Every type obeys the law of [`crate::cbor`]: fields stand in canonical order, nothing has two forms.

pub mod agreement;
pub mod dialogue;
pub mod measures;
pub mod reports;
pub mod verification;

use crate::cbor;
use crate::id::{PartyId, StatementId};
use crate::kind::Kind;
use crate::refusal::{Code, Refusal};
use crate::statement::{PayloadOf, Reference, Seen, VERSION};
use agreement::{Accession, Amendment, Charter, Endorsement, KeyGrant, KeyRevocation};
use dialogue::{Document, Inquiry, Reply, Response};
use measures::{Calendar, Commitment, Delivery, Notification};
use reports::{Harm, Observation, Report, Restriction, Signal, Weapons};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use std::fmt;
use verification::Finding;

/// The body of one kind.
pub trait KindBody: Serialize + DeserializeOwned + JsonSchema {
    /// The kind it belongs to.
    const KIND: Kind;

    /// The rules that hold inside one body, whatever else is in the log.
    ///
    /// # Errors
    /// The first place at fault.
    fn check(&self) -> Result<(), Fault>;

    /// The properties that indexes and views need.
    fn facets(&self) -> Facets<'_>;
}

/// A rule broken inside a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Dotted path inside the body, as `regions[0].explosions`.
    pub path: String,
    /// The value that stands there.
    pub found: String,
    /// The values that may stand there, in words.
    pub allowed: String,
}

impl Fault {
    /// A fault at `path`.
    pub fn new(path: impl Into<String>, found: impl fmt::Display, allowed: impl Into<String>) -> Self {
        Self { path: path.into(), found: found.to_string(), allowed: allowed.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: found {}; allowed: {}", self.path, self.found, self.allowed)
    }
}

impl std::error::Error for Fault {}

/// Properties of a body that indexes and views need.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facets<'a> {
    /// Start of the event that it tells of, milliseconds UTC.
    pub time: Option<i64>,
    /// Zones of the charter that it names.
    pub zones: Vec<&'a str>,
    /// Parties it is addressed to.
    pub to: &'a [PartyId],
    /// An exercise of the system itself: shown as such, counted nowhere.
    pub drill: bool,
}

macro_rules! bodies {
    ($($name:ident),+ $(,)?) => {
        /// The body of a statement.
        #[derive(Clone, Debug, PartialEq)]
        #[allow(missing_docs)] // Each variant is its kind.
        pub enum Body { $($name(Box<$name>),)+ }

        $(impl From<$name> for Body {
            fn from(body: $name) -> Self {
                Self::$name(Box::new(body))
            }
        })+

        impl Body {
            /// The kind.
            #[must_use]
            pub fn kind(&self) -> Kind {
                match self { $(Self::$name(_) => <$name as KindBody>::KIND,)+ }
            }

            /// The rules that hold inside the body.
            pub fn check(&self) -> Result<(), Fault> {
                match self { $(Self::$name(body) => body.check(),)+ }
            }

            /// The properties that indexes and views need.
            #[must_use]
            pub fn facets(&self) -> Facets<'_> {
                match self { $(Self::$name(body) => body.facets(),)+ }
            }

            /// The body as JSON in people's units.
            ///
            /// # Errors
            /// None for a body that was parsed; the type keeps serde's.
            pub fn to_json(&self) -> Result<serde_json::Value, serde_json::Error> {
                match self { $(Self::$name(body) => serde_json::to_value(body),)+ }
            }

            pub(crate) fn decode_payload(kind: Kind, bytes: &[u8]) -> Result<PayloadOf<Self>, Refusal> {
                $(if kind == <$name as KindBody>::KIND {
                    return Ok(PayloadOf::<$name>::decode(bytes)?.map(Self::from));
                })+
                Err(Refusal::new(Code::BadHeader, "kind", format!("`{kind}` has no body in this version")))
            }

            pub(crate) fn encode_payload(
                &self, seq: u64, prev: StatementId, refs: Option<Vec<Reference>>, seen: Option<Seen>,
            ) -> Result<Vec<u8>, Refusal> {
                let kind = self.kind();
                match self { $(Self::$name(body) => {
                    cbor::encode(&PayloadOf { v: VERSION, seq, body: body.as_ref(), kind, prev, refs, seen })
                })+ }
                .map_err(|e| Refusal::new(Code::NonCanonical, "body", e.to_string()))
            }

            /// Reads a body of `kind` with any deserializer (a draft's JSON, with its path tracked by the caller).
            ///
            /// # Errors
            /// The deserializer's.
            pub fn deserialize<'de, D: serde::Deserializer<'de>>(kind: Kind, from: D) -> Result<Self, D::Error> {
                use serde::Deserialize as _;
                $(if kind == <$name as KindBody>::KIND {
                    return <$name>::deserialize(from).map(Self::from);
                })+
                Err(serde::de::Error::custom("this kind has no body in this version"))
            }
        }
    };
}

bodies!(
    Charter,
    Accession,
    KeyGrant,
    KeyRevocation,
    Amendment,
    Endorsement,
    Report,
    Observation,
    Restriction,
    Weapons,
    Harm,
    Signal,
    Notification,
    Calendar,
    Commitment,
    Delivery,
    Inquiry,
    Reply,
    Response,
    Document,
    Finding,
);
