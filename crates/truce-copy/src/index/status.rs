//! Status of a record: what later entries, or its own mark, make of it.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// One remark about a record beside the signed text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// A later statement takes its place.
    Corrected,
    /// Its party took it back.
    Retracted,
    /// An inquiry that was answered.
    Answered,
    /// Somebody used the right of reply on it.
    Replied,
    /// Somebody disputes it.
    Disputed,
    /// Somebody backs it.
    Supported,
    /// A finding speaks of it.
    Examined,
    /// Received in a time for which its key was declared suspect.
    Suspect,
    /// An exercise of the system itself.
    Drill,
    /// A delivery that came after it was due, with its grace.
    Late,
    /// It takes the place of an earlier one.
    Correction,
    /// It takes an earlier one back.
    Retraction,
}

impl Status {
    /// Every one, in the order of the bits of [`Flags`].
    pub const ALL: [Self; 12] = [
        Self::Corrected,
        Self::Retracted,
        Self::Answered,
        Self::Replied,
        Self::Disputed,
        Self::Supported,
        Self::Examined,
        Self::Suspect,
        Self::Drill,
        Self::Late,
        Self::Correction,
        Self::Retraction,
    ];

    /// The word used in addresses and by the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Corrected => "corrected",
            Self::Retracted => "retracted",
            Self::Answered => "answered",
            Self::Replied => "replied",
            Self::Disputed => "disputed",
            Self::Supported => "supported",
            Self::Examined => "examined",
            Self::Suspect => "suspect",
            Self::Drill => "drill",
            Self::Late => "late",
            Self::Correction => "correction",
            Self::Retraction => "retraction",
        }
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Status {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|status| status.as_str() == text).ok_or_else(|| {
            let allowed: Vec<_> = Self::ALL.iter().map(|status| status.as_str()).collect();
            format!("no such status; allowed: {}", allowed.join(", "))
        })
    }
}

/// The statuses of one record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags(u16);

impl Flags {
    /// Adds `status`; tells whether it was new.
    pub fn set(&mut self, status: Status) -> bool {
        let new = !self.has(status);
        self.0 |= status.bit();
        new
    }

    /// True where `status` is among them.
    #[must_use]
    pub const fn has(self, status: Status) -> bool {
        self.0 & status.bit() != 0
    }

    /// The statuses, in order.
    pub fn iter(self) -> impl Iterator<Item = Status> {
        Status::ALL.into_iter().filter(move |status| self.has(*status))
    }

    pub(crate) fn encode(self) -> [u8; 2] {
        self.0.to_be_bytes()
    }

    pub(crate) fn decode(bytes: &[u8]) -> Self {
        Self(bytes.try_into().map_or(0, u16::from_be_bytes))
    }
}

impl<'de> Deserialize<'de> for Flags {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut flags = Self::default();
        for status in Vec::<Status>::deserialize(deserializer)? {
            flags.set(status);
        }
        Ok(flags)
    }
}

impl JsonSchema for Flags {
    fn schema_name() -> Cow<'static, str> {
        "Flags".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<Vec<Status>>()
    }
}

impl Serialize for Flags {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}
