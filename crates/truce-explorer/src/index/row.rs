//! Rows of lists, as they are kept: found once, when a statement comes into the copy.

use super::summary::{self, Part, TimeSpan};
use crate::error::ExplorerError;
use crate::places::places;
use serde::{Deserialize, Serialize};
use truce_statement::{KeyId, Kind, Role, Statement, StatementId};

/// Fields of a statement that a list needs, found once, when it comes into the copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowCore {
    pub(crate) party: String,
    pub(crate) kind: Kind,
    pub(crate) id: StatementId,
    pub(crate) key: KeyId,
    pub(crate) zones: Vec<String>,
    pub(crate) place: Option<String>,
    pub(crate) time: Option<TimeSpan>,
    pub(crate) summary: Vec<Part>,
}

impl RowCore {
    /// The fields of `statement`.
    #[must_use]
    pub fn of(statement: &Statement) -> Self {
        let body = statement.body();
        let header = statement.header();
        let place = places(body).find_map(|place| {
            place.name.value().map(ToString::to_string).or_else(|| {
                let admin = place.admin.as_ref()?.last()?;
                Some(admin.to_string())
            })
        });
        Self {
            party: header.iss.to_string(),
            kind: statement.kind(),
            id: statement.id(),
            key: header.kid,
            zones: body.facets().zones.iter().map(|zone| (*zone).to_owned()).collect(),
            place,
            time: summary::time(body),
            summary: summary::of(body),
        }
    }

    /// The kept form: time of receipt, role of the signer, the rest in CBOR, its fields by number.
    pub(crate) fn encode(&self, received: i64, role: Role) -> Result<Vec<u8>, ExplorerError> {
        let mut bytes = received.to_be_bytes().to_vec();
        let role = Role::ALL.iter().position(|other| *other == role).unwrap_or_default();
        bytes.push(u8::try_from(role).unwrap_or_default());
        let mut fields = serde_cbor::Serializer::new(&mut bytes).packed_format();
        self.serialize(&mut fields)
            .map_err(|e| ExplorerError::damaged(format!("a row could not be kept: {e}")))?;
        Ok(bytes)
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<(i64, Role, Self)> {
        let (received, rest) = bytes.split_first_chunk::<8>()?;
        let (role, core) = rest.split_first()?;
        let core = serde_cbor::from_slice(core).ok()?;
        Some((i64::from_be_bytes(*received), *Role::ALL.get(usize::from(*role))?, core))
    }
}
