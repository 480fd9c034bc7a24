//! Rows of lists, as they are kept: found once, when a statement comes into the copy.

use super::summary::{self, Part, TimeSpan};
use super::{FLAGS, Flags, ROW, SPOT, Spot, at};
use crate::places::places;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use truce_statement::{KeyId, Kind, Role, Statement, StatementId};
use truce_store::{ScanRange, Space, StoreError, StoreRead};

/// Fields of a statement that a list needs, found once, when it comes into the copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowCore {
    /// Id of the party that signed.
    pub party: String,
    /// Kind of statement.
    pub kind: Kind,
    /// Id of the statement.
    pub id: StatementId,
    /// Key that signed.
    pub key: KeyId,
    /// Zones of the charter that it names.
    pub zones: Vec<String>,
    /// The place as the signer names it.
    pub place: Option<String>,
    /// Time of what it tells of.
    pub time: Option<TimeSpan>,
    /// Summary of the statement, in parts.
    pub summary: Vec<Part>,
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

    /// The kept form, in which time of receipt and role of the signer are still to be filled in; `None` where it cannot be
    /// written.
    pub(crate) fn encode(&self) -> Option<RowBytes> {
        let mut bytes = vec![0; ADDED];
        let mut fields = serde_cbor::Serializer::new(&mut bytes).packed_format();
        self.serialize(&mut fields).ok()?;
        Some(RowBytes(bytes))
    }

    fn decode(bytes: &[u8]) -> Option<(i64, Role, Self)> {
        let (received, rest) = bytes.split_first_chunk::<8>()?;
        let (role, core) = rest.split_first()?;
        let core = serde_cbor::from_slice(core).ok()?;
        Some((i64::from_be_bytes(*received), *Role::ALL.get(usize::from(*role))?, core))
    }
}

/// Bytes of a row before its fields: time of receipt (8 bytes), role (1 byte). The fields are CBOR, by number.
const ADDED: usize = 9;

/// A row as it is kept, but for what the log and the register add to it.
#[derive(Clone, Debug)]
pub(crate) struct RowBytes(Vec<u8>);

impl RowBytes {
    /// The whole row.
    pub(crate) fn received(mut self, received: i64, role: Role) -> Vec<u8> {
        let role = Role::ALL.iter().position(|other| *other == role).unwrap_or_default();
        let added = received.to_be_bytes().into_iter().chain(u8::try_from(role).ok());
        self.0.iter_mut().zip(added).for_each(|(to, from)| *to = from);
        self.0
    }
}

/// Time of receipt (milliseconds UTC), role of the signer and row of each of the records at `positions`.
#[allow(clippy::type_complexity)]
pub fn rows<S: StoreRead + ?Sized>(
    store: &S,
    positions: &[u64],
) -> Result<Vec<Option<(i64, Role, RowCore)>>, StoreError> {
    // Every record has a row, few have flags: between two records of a page lie more rows than flags.
    let kept = kept(store, ROW, positions, 3 * positions.len() as u64)?;
    Ok(kept.iter().map(|row| row.as_deref().and_then(RowCore::decode)).collect())
}

/// Time of receipt of the record at `position`, milliseconds UTC.
pub fn received<S: StoreRead + ?Sized>(store: &S, position: u64) -> Result<Option<i64>, StoreError> {
    let kept = store.get(Space::Views, &at(ROW, position))?;
    Ok(kept.as_deref().and_then(<[u8]>::first_chunk::<8>).map(|be| i64::from_be_bytes(*be)))
}

/// Coordinates of the record at `position`, where it has any.
pub fn spot<S: StoreRead + ?Sized>(store: &S, position: u64) -> Result<Option<Spot>, StoreError> {
    Ok(store.get(Space::Views, &at(SPOT, position))?.as_deref().and_then(Spot::decode))
}

/// Positions that a page may span for its flags to be read in one go.
const NARROW: u64 = 2048;

/// Flags of the records at `positions`.
pub fn flags_at<S: StoreRead + ?Sized>(store: &S, positions: &[u64]) -> Result<Vec<Flags>, StoreError> {
    let kept = kept(store, FLAGS, positions, NARROW)?;
    Ok(kept.iter().map(|flags| flags.as_deref().map_or(Flags::default(), Flags::decode)).collect())
}

/// Values kept under `letter` for each of `positions`: in one scan where they lie within `narrow` of each other, else in
/// one question for all.
fn kept<S: StoreRead + ?Sized>(
    store: &S,
    letter: u8,
    positions: &[u64],
    narrow: u64,
) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
    let ends = positions.iter().copied().min().zip(positions.iter().copied().max());
    let Some((first, last)) = ends.filter(|(first, last)| positions.len() > 1 && last - first < narrow)
    else {
        let keys: Vec<[u8; 9]> = positions.iter().map(|position| at(letter, *position)).collect();
        let keys: Vec<&[u8]> = keys.iter().map(<[u8; 9]>::as_slice).collect();
        return store.get_many(Space::Views, &keys);
    };
    let mut found: BTreeMap<u64, Option<Vec<u8>>> =
        positions.iter().map(|position| (*position, None)).collect();
    let range = ScanRange::between(&at(letter, first), &at(letter, last.saturating_add(1)));
    store.scan(Space::Views, &range, &mut |key, value| {
        let position = key.last_chunk().map(|be| u64::from_be_bytes(*be));
        if let Some(slot) = position.and_then(|position| found.get_mut(&position)) {
            *slot = Some(value.to_vec());
        }
        ControlFlow::Continue(())
    })?;
    Ok(positions.iter().map(|position| found.get(position).cloned().flatten()).collect())
}
