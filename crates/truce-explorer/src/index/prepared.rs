//! The part of indexing that needs one statement alone, done on any thread before its place is known.

use super::words;
use crate::aggregate::{Contribution, contributions};
use crate::model::RowCore;
use std::collections::BTreeSet;
use truce_statement::shape::{Area, Place};
use truce_statement::unit::Known;
use truce_statement::{Body, Statement};

/// Coordinates that are kept for the map, with their stated precision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    /// 1e-7 degree north.
    pub lat: i32,
    /// 1e-7 degree east.
    pub lon: i32,
    /// Metres; `None` where the source does not say.
    pub precision_m: Option<u32>,
}

impl Spot {
    pub(crate) fn encode(self) -> Vec<u8> {
        let precision = self.precision_m.unwrap_or(u32::MAX);
        [self.lat.to_be_bytes(), self.lon.to_be_bytes(), precision.to_be_bytes()].concat()
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let ([lat, lon, precision], []) = bytes.as_chunks::<4>() else { return None };
        let precision = u32::from_be_bytes(*precision);
        Some(Self {
            lat: i32::from_be_bytes(*lat),
            lon: i32::from_be_bytes(*lon),
            precision_m: (precision != u32::MAX).then_some(precision),
        })
    }

    fn of(place: &Place) -> Option<Self> {
        let point = place.point.as_ref()?;
        Some(Self {
            lat: point.lat.units(),
            lon: point.lon.units(),
            precision_m: match point.precision_m {
                Known::Is(metres) => Some(metres.get()),
                Known::NotKnown => None,
            },
        })
    }
}

/// A statement prepared for the index.
#[derive(Clone, Debug)]
pub struct Prepared {
    pub(crate) words: BTreeSet<String>,
    pub(crate) row: RowCore,
    pub(crate) spot: Option<Spot>,
    pub(crate) contributions: Vec<Contribution>,
}

impl Prepared {
    /// Reads `statement`.
    #[must_use]
    pub fn of(statement: &Statement) -> Self {
        Self {
            words: words::of_payload(statement.payload()),
            row: RowCore::of(statement),
            spot: places(statement.body()).find_map(Spot::of),
            contributions: contributions(statement),
        }
    }
}

/// The places that a body names for what it tells of, the nearest to the event first.
pub(crate) fn places(body: &Body) -> impl Iterator<Item = &Place> {
    let (one, other, areas): (Option<&Place>, Option<&Place>, &[Area]) = match body {
        Body::Observation(b) => (b.place.as_ref(), b.position.as_ref(), &[]),
        Body::Restriction(b) => (Some(&b.place), None, &[]),
        Body::Weapons(b) => (Some(&b.place), None, &[]),
        Body::Harm(b) => (Some(&b.place), None, &[]),
        Body::Signal(b) => (b.place.as_ref(), None, &[]),
        Body::Inquiry(b) => (b.place.as_ref(), None, &[]),
        Body::Finding(b) => (b.place.as_ref(), None, &[]),
        Body::Notification(b) => (None, None, b.areas.as_slice()),
        _ => (None, None, &[]),
    };
    one.into_iter().chain(other).chain(areas.iter().filter_map(|area| area.place.as_ref()))
}
