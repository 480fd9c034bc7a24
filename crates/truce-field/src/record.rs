//! Records of an outbox about each statement and about itself: small JSON files, each with its own hash.

use crate::problem::Problem;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::path::PathBuf;
use truce_statement::id::sha256;
use truce_statement::{AgreementId, KeyId, StatementId};

/// Version of these files.
pub(crate) const VERSION: u64 = 1;
/// Largest file of this kind: problems are cut, and a policy is at most a few pages.
pub(crate) const MAX_BYTES: usize = 2 << 20;
/// Between the JSON and its hash.
const MARK: &str = "\nsha256 ";

/// The state of a statement's delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ItemState {
    /// In the outbox, and not known to have arrived.
    Queued,
    /// Handed in: the depositary says that it has it. No receipt yet.
    Sent,
    /// The log has committed to it: the receipt verifies, up to a checkpoint that the log signed.
    Accepted,
    /// And the cosignatures satisfy the quorum.
    Final,
    /// The depositary refuses it.
    Refused,
    /// Being taken out of the outbox.
    Forgotten,
}

impl ItemState {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Accepted => "accepted",
            Self::Final => "final",
            Self::Refused => "refused",
            Self::Forgotten => "forgotten",
        }
    }

    /// True if a receipt was verified.
    #[must_use]
    pub const fn is_delivered(self) -> bool {
        matches!(self, Self::Accepted | Self::Final)
    }

    /// True if it is known, or said, to have arrived.
    pub(crate) const fn is_handed_in(self) -> bool {
        matches!(self, Self::Sent | Self::Accepted | Self::Final)
    }
}

/// An act of a depositary that an honest one does not commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RaisedAlarm {
    /// Stable code.
    pub code: String,
    /// One sentence.
    pub sentence: String,
    /// The next step, for people.
    pub remedy: String,
    /// The answer that raised it, in a file of the outbox.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<PathBuf>,
}

/// One statement of the outbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Record {
    pub(crate) v: u64,
    pub(crate) statement: StatementId,
    /// Place in the outbox, in the order in which statements came.
    pub(crate) place: u64,
    pub(crate) key: KeyId,
    pub(crate) seq: u64,
    pub(crate) prev: StatementId,
    pub(crate) state: ItemState,
    /// File that it was added from; its proof goes beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<PathBuf>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) problem: Option<Problem>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) alarm: Option<RaisedAlarm>,
}

/// Settings of an outbox. Everything but the address is set once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutboxSettings {
    /// The agreement of every statement in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<AgreementId>,
    /// Keys of the logs whose receipts are believed (vkeys).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub logs: Vec<String>,
    /// The policy whose quorum makes an entry final (c2sp.org/tlog-policy).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// Address at which statements were handed in last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// The bytes of a record or of the settings.
pub(crate) fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    // None of these types has a map with keys that JSON cannot say.
    let mut text = serde_json::to_string(value).unwrap_or_default();
    let hash = hex::encode(sha256(text.as_bytes()));
    text.push_str(MARK);
    text.push_str(&hash);
    text.push('\n');
    text.into_bytes()
}

/// Reads what [`encode`] wrote.
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    let text = std::str::from_utf8(bytes).map_err(|e| e.to_string())?;
    let (json, hash) = text.rsplit_once(MARK).ok_or("it does not end in its hash")?;
    if hash != format!("{}\n", hex::encode(sha256(json.as_bytes()))) {
        return Err("its hash is not that of its content".to_owned());
    }
    serde_json::from_str(json).map_err(|e| e.to_string())
}
