//! The part of indexing that needs one statement alone, done on any thread before its place is known.

use super::{RowCore, words};
use crate::aggregate::{Contribution, contributions};
use crate::places::places;
use std::collections::BTreeSet;
use truce_statement::Statement;
use truce_statement::shape::Place;
use truce_statement::unit::Known;

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
