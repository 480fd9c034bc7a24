//! Counters kept by the fold: what was recorded and reported, per span of time, region, class of source and kind, with
//! coverage beside every figure. A statement that is corrected or retracted no longer counts from then on, only that
//! there was one. Exercises of the system count nowhere.
//!
//! A figure of a periodic report belongs to the day on which its period ends, on the clock of the report; a day is
//! *covered* by it when at least half of the day lies in the period, or the period ends on it. So "0" is a covered day
//! whose figure is 0; "nobody was there" is a day that no report covers; and a day for which a report says "not known"
//! is neither.
//!
//! | key in `Views` | value |
//! |---|---|
//! | `A`, span, first day, class, kind, region | a [`Tally`], 14 integers of 8 bytes |
//! | `B`, day of receipt, class, kind | how many were recorded on it, 8 bytes; never goes down |

mod contribution;
mod writer;

pub use contribution::{Contribution, contributions};
pub(crate) use writer::AggregateWriter;

use crate::order::{number, ordered};
use jiff::civil;
use schemars::JsonSchema;
use serde::Serialize;
use std::ops::{ControlFlow, Range};
use truce_statement::{Kind, Role};
use truce_store::{ScanRange, Space, StoreError, StoreRead};

const CELL: u8 = b'A';
const RECORDED: u8 = b'B';

/// Milliseconds of a day.
pub use truce_statement::unit::DAY_MS;

/// Span of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Span {
    /// A day.
    Day,
    /// Monday to Sunday.
    Week,
    /// A month of the calendar.
    Month,
}

impl Span {
    /// Every span, the shortest first.
    pub const ALL: [Self; 3] = [Self::Day, Self::Week, Self::Month];

    /// First day of the span that `day` (since 1970-01-01) lies in.
    #[must_use]
    pub fn start(self, day: i32) -> i32 {
        match self {
            Self::Day => day,
            // Day 0 was a Thursday.
            Self::Week => day - (day + 3).rem_euclid(7),
            Self::Month => {
                let (year, month, _) = civil(day);
                first_of(year, month)
            }
        }
    }

    /// First day of the span after the one that begins with `start`.
    #[must_use]
    pub fn next(self, start: i32) -> i32 {
        match self {
            Self::Day => start + 1,
            Self::Week => start + 7,
            Self::Month => {
                let (year, month, _) = civil(start);
                if month == 12 { first_of(year + 1, 1) } else { first_of(year, month + 1) }
            }
        }
    }

    const fn byte(self) -> u8 {
        match self {
            Self::Day => b'd',
            Self::Week => b'w',
            Self::Month => b'm',
        }
    }
}

/// 1970-01-01.
const EPOCH: civil::Date = civil::date(1970, 1, 1);

/// Year, month (1 to 12) and day (1 to 31) of a day since 1970-01-01, in the calendar of RFC 3339.
#[must_use]
pub fn civil(day: i32) -> (i32, u8, u8) {
    let date = EPOCH.saturating_add(jiff::Span::new().days(day.clamp(-4_000_000, 2_900_000)));
    (i32::from(date.year()), date.month().unsigned_abs(), date.day().unsigned_abs())
}

/// First day of a month, since 1970-01-01; beyond the last year that a calendar here knows, no day comes before it.
fn first_of(year: i32, month: u8) -> i32 {
    let date = i16::try_from(year).ok().zip(i8::try_from(month).ok());
    let date = date.and_then(|(year, month)| civil::Date::new(year, month, 1).ok());
    date.and_then(|date| EPOCH.until(date).ok()).map_or(i32::MAX, |span| span.get_days())
}

/// The day that `ms` (milliseconds UTC) lies in, since 1970-01-01.
#[must_use]
pub fn day_of(ms: i64) -> i32 {
    i32::try_from(ms.div_euclid(DAY_MS)).unwrap_or(i32::MAX)
}

/// A region that records count for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Region {
    /// The statement names no region.
    None,
    /// A region by the name that the source prints.
    Named(String),
    /// A zone of the charter.
    Zone(String),
}

impl Region {
    fn parse(key: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(key).ok()?;
        Some(match text.split_at_checked(1) {
            None => Self::None,
            Some(("n", name)) => Self::Named(name.to_owned()),
            Some(("z", zone)) => Self::Zone(zone.to_owned()),
            Some(_) => return None,
        })
    }
}

/// Key of a cell: class, region and span of what it counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cell {
    /// The span.
    pub span: Span,
    /// First day of it, since 1970-01-01.
    pub start: i32,
    /// Class of source: the role of whoever signed. Each is counted apart.
    pub class: Role,
    /// Kind of statement.
    pub kind: Kind,
    /// Region.
    pub region: Region,
}

impl Cell {
    fn parse(key: &[u8], span: Span) -> Option<Self> {
        let (start, rest) = key.get(2..)?.split_first_chunk::<4>()?;
        let ([class, kind], region) = rest.split_first_chunk::<2>()?;
        Some(Self {
            span,
            start: number(*start),
            class: *Role::ALL.get(usize::from(*class))?,
            kind: *Kind::ALL.get(usize::from(*kind))?,
            region: Region::parse(region)?,
        })
    }
}

/// Key of the row of a cell.
fn cell_key(span: Span, start: i32, class: Role, kind: Kind, region: &Region) -> Vec<u8> {
    let (letter, name): (&[u8], &str) = match region {
        Region::None => (b"", ""),
        Region::Named(name) => (b"n", name),
        Region::Zone(zone) => (b"z", zone),
    };
    let fixed = [place_in(Role::ALL, &class), place_in(Kind::ALL, &kind)];
    [&[CELL, span.byte()], &ordered(start)[..], &fixed, letter, name.as_bytes()].concat()
}

fn place_in<T: PartialEq>(all: &[T], one: &T) -> u8 {
    all.iter().position(|other| other == one).and_then(|at| u8::try_from(at).ok()).unwrap_or(u8::MAX)
}

macro_rules! tally {
    ($($(#[$doc:meta])* $name:ident,)+) => {
        /// Figures of one cell, as they were printed, of statements that stand.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
        pub struct Tally { $($(#[$doc])* pub $name: i64,)+ }

        impl Tally {
            /// Adds `other`, or takes it away where `sign` is -1.
            pub fn add(&mut self, other: &Self, sign: i64) {
                $(self.$name += sign * other.$name;)+
            }

            /// True where nothing was counted.
            #[must_use]
            pub fn is_zero(&self) -> bool {
                *self == Self::default()
            }

            fn encode(&self) -> Vec<u8> {
                [$(self.$name.to_be_bytes(),)+].concat()
            }

            fn decode(bytes: &[u8]) -> Option<Self> {
                let (chunks, []) = bytes.as_chunks::<8>() else { return None };
                let mut numbers = chunks.iter().map(|bytes| i64::from_be_bytes(*bytes));
                Some(Self { $($name: numbers.next()?,)+ })
            }
        }
    };
}

tally! {
    /// Statements that stand: neither corrected nor retracted.
    records,
    /// Statements that were counted and have been corrected or retracted since.
    superseded,
    /// Figures of violations (of a report's region) or counts (of an observation).
    figures,
    /// Number of times that the source says that the figure is not known.
    not_known,
    /// Figures that are marked as approximate.
    approximate,
    /// Sum of the figures.
    violations,
    /// Sum of explosions, where they are stated.
    explosions,
    /// Figures for which explosions are stated.
    explosions_stated,
    /// Sum of what was assessed as live-fire training, where it is stated; it is among the violations.
    live_fire,
    /// Figures for which live fire is stated.
    live_fire_stated,
    /// Sum of the violations of those figures: what `live_fire` is to be compared with.
    live_fire_of,
    /// In a cell of a day: reports that cover it with a figure. In a longer one: days so covered.
    covered,
    /// In a cell of a day: reports that cover it and say "not known". In a longer one: days for which there is only that.
    blind,
    /// People or objects, or other things counted that are no violations: weapons seen, deaths (best estimate).
    counted,
}

/// Knowledge of a region over a span: never the same for "none" and "nobody was there".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Coverage {
    /// Reported on, for so many days of how many.
    Reported {
        /// Days with a figure.
        days: i64,
        /// Days of the span.
        of: i64,
    },
    /// A report says that it is not known.
    NotKnown,
    /// No report covers it.
    Nobody,
}

impl Coverage {
    /// The coverage of a cell of reports.
    #[must_use]
    pub fn of(cell: &Cell, tally: &Tally) -> Self {
        let of = i64::from(cell.span.next(cell.start) - cell.start);
        let days = if cell.span == Span::Day { tally.covered.min(1) } else { tally.covered };
        match (days > 0, tally.blind > 0) {
            (true, _) => Self::Reported { days, of },
            (false, true) => Self::NotKnown,
            (false, false) => Self::Nobody,
        }
    }
}

/// Visits the cells of `span` whose first day lies in `days`, in order of time, until `each` breaks.
pub fn cells<S: StoreRead + ?Sized>(
    store: &S,
    span: Span,
    days: Range<i32>,
    each: &mut dyn FnMut(Cell, Tally) -> ControlFlow<()>,
) -> Result<(), StoreError> {
    let bound = |day: i32| [&[CELL, span.byte()][..], &ordered(day)].concat();
    let range = ScanRange::between(&bound(days.start), &bound(days.end));
    store.scan(Space::Views, &range, &mut |key, value| {
        match (Cell::parse(key, span), Tally::decode(value)) {
            (Some(cell), Some(tally)) => each(cell, tally),
            // Rows of an older format are gone with the copy; anything else is not ours to count.
            _ => ControlFlow::Continue(()),
        }
    })
}

/// Shows `each` the last cell of `span`, if there is one.
pub fn last_cell<S: StoreRead + ?Sized>(
    store: &S,
    span: Span,
    each: &mut dyn FnMut(Cell),
) -> Result<(), StoreError> {
    let range = ScanRange::prefix(&[CELL, span.byte()]).backward().limit(1);
    store.scan(Space::Views, &range, &mut |key, _| {
        if let Some(cell) = Cell::parse(key, span) {
            each(cell);
        }
        ControlFlow::Break(())
    })
}

/// Counts the statements recorded on each of `days` (of receipt, UTC), by class and kind. `each` may break.
pub fn recorded<S: StoreRead + ?Sized>(
    store: &S,
    days: Range<i32>,
    each: &mut dyn FnMut(i32, Role, Kind, u64) -> ControlFlow<()>,
) -> Result<(), StoreError> {
    let bound = |day: i32| [&[RECORDED][..], &ordered(day)].concat();
    let range = ScanRange::between(&bound(days.start), &bound(days.end));
    store.scan(Space::Views, &range, &mut |key, value| match parse_recorded(key, value) {
        Some((day, class, kind, n)) => each(day, class, kind, n),
        None => ControlFlow::Continue(()),
    })
}

fn recorded_key(day: i32, class: Role, kind: Kind) -> Vec<u8> {
    let mut key = vec![RECORDED];
    key.extend_from_slice(&ordered(day));
    key.push(place_in(Role::ALL, &class));
    key.push(place_in(Kind::ALL, &kind));
    key
}

fn parse_recorded(key: &[u8], value: &[u8]) -> Option<(i32, Role, Kind, u64)> {
    let (day, rest) = key.get(1..)?.split_first_chunk::<4>()?;
    let ([class, kind], []) = rest.split_first_chunk::<2>()? else { return None };
    let class = *Role::ALL.get(usize::from(*class))?;
    let kind = *Kind::ALL.get(usize::from(*kind))?;
    Some((number(*day), class, kind, u64::from_be_bytes(value.try_into().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_begin_and_end_where_the_calendar_says() {
        // 2021-02-07 was a Sunday, day 18665.
        assert_eq!(civil(18_665), (2021, 2, 7));
        assert_eq!(Span::Week.start(18_665), 18_659);
        assert_eq!(Span::Week.start(18_659), 18_659);
        assert_eq!(Span::Week.next(18_659), 18_666);
        assert_eq!(civil(Span::Month.start(18_665)), (2021, 2, 1));
        assert_eq!(civil(Span::Month.next(Span::Month.start(18_665))), (2021, 3, 1));
        assert_eq!(Span::Week.start(-4), -10);
        assert_eq!(day_of(-1), -1);
    }
}
