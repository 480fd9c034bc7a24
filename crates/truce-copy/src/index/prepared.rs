//! The part of indexing that needs one statement alone, done on any thread before its place is known.

use super::row::RowBytes;
use super::{RowCore, Term, words};
use crate::aggregate::{Contribution, civil, contributions, day_of};
use crate::places::places;
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
    pub(crate) terms: Terms,
    /// The row, but for what the log and the register add to it; `None` where it cannot be kept.
    pub(crate) row: Option<RowBytes>,
    pub(crate) spot: Option<Spot>,
    pub(crate) drill: bool,
    pub(crate) contributions: Vec<Contribution>,
}

/// Keys of the terms that a statement has by itself, in one buffer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Terms {
    keys: Vec<u8>,
    ends: Vec<usize>,
}

impl Prepared {
    /// Reads `statement`.
    #[must_use]
    pub fn of(statement: &Statement) -> Self {
        let facets = statement.body().facets();
        let spot = places(statement.body()).find_map(Spot::of);
        let (header, kind) = (statement.header(), statement.kind());
        let mut terms = Terms::default();
        terms.add(&Term::Party(header.iss.clone()));
        terms.add(&Term::Kind(kind));
        terms.add(&Term::PartyKind(header.iss.clone(), kind));
        terms.add(&Term::Key(header.kid));
        for zone in facets.zones {
            terms.add(&Term::Zone(zone.to_owned()));
        }
        if let Some(time) = facets.time {
            let day = day_of(time);
            let (year, month, _) = civil(day);
            terms.add(&Term::Day(day));
            terms.add(&Term::Month(year * 12 + i32::from(month) - 1));
            terms.add(&Term::Year(year));
        }
        for word in words::of_payload(statement.payload()) {
            terms.add(&Term::Word(word));
        }
        if spot.is_some() {
            terms.add(&Term::Placed);
        }
        let row = RowCore::of(statement).encode();
        Self { terms, row, spot, drill: facets.drill, contributions: contributions(statement) }
    }
}

impl Terms {
    fn add(&mut self, term: &Term) {
        term.write(&mut self.keys);
        self.ends.push(self.keys.len());
    }

    /// The keys, in the order in which they were added.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut begins = 0;
        self.ends.iter().map(move |end| {
            let key = self.keys.get(begins..*end).unwrap_or_default();
            begins = *end;
            key
        })
    }
}
