//! Times and dates, and the clocks they are read from.
//!
//! A time keeps the offset of the clock it was read from, because a cut-off of "19:30 local" means something to the
//! reader. Nothing here asks a time zone database: two auditors with different editions of it must agree on when a
//! thing was due, so a clock states its offsets and changes itself.

use super::{FromText, Name, NonEmpty, UnitError, Year, text_or_integer};
use jiff::{Timestamp, civil, tz};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::SerializeTuple};
use std::{borrow::Cow, fmt, str::FromStr};

/// Milliseconds of a day of 24 hours.
pub const DAY_MS: i64 = 86_400_000;
const MINUTE_MS: i64 = 60_000;
/// Days from 1970-01-01 to 1900-01-01.
const FIRST_DAY: i32 = -25_567;
/// Days from 1970-01-01 to 2199-12-31.
const LAST_DAY: i32 = 84_005;
/// Changes of a clock that a schedule can state.
pub const CLOCK_CHANGES_MAX: usize = 64;

const STAMP: &str = "a time with its offset, such as 2021-02-05T19:30:00+02:00 (RFC 3339)";
const DATE: &str = "a date such as 2021-02-08";
const OFFSET: &str = "an offset such as +02:00 or Z, at most 18 hours";
const CLOCK_TIME: &str = "a time of day such as 19:30";

/// An instant in milliseconds, and the offset from UTC of the clock it was read from. Years 1900 to 2199.
///
/// JSON: RFC 3339 with the offset. CBOR: integer milliseconds UTC when the offset is zero, else `[ms, offset minutes]`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Stamp {
    ms: i64,
    offset: Offset,
}

impl Stamp {
    /// The instant `ms` milliseconds after 1970-01-01T00:00Z, read from a clock with `offset`.
    pub fn new(ms: i64, offset: Offset) -> Result<Self, UnitError> {
        let first = i64::from(FIRST_DAY) * DAY_MS;
        let end = (i64::from(LAST_DAY) + 1) * DAY_MS;
        // The local time decides, so that the date a reader sees is one that [`Date`] can hold.
        match ms.checked_add(i64::from(offset.0) * MINUTE_MS) {
            Some(local) if (first..end).contains(&local) => Ok(Self { ms, offset }),
            _ => Err(UnitError::new(format!("{ms} ms"), "a time in the years 1900 to 2199")),
        }
    }

    /// Milliseconds UTC.
    #[must_use]
    pub const fn ms(self) -> i64 {
        self.ms
    }

    /// Offset of the clock it was read from.
    #[must_use]
    pub const fn offset(self) -> Offset {
        self.offset
    }

    /// The date on that clock.
    #[must_use]
    pub fn local_date(self) -> Date {
        let days = (self.ms + i64::from(self.offset.0) * MINUTE_MS).div_euclid(DAY_MS);
        // In range by construction: see `new`.
        Date(i32::try_from(days).unwrap_or(LAST_DAY))
    }
}

impl FromStr for Stamp {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let wrong = || UnitError::text(text, STAMP);
        let date: Date = text.get(..10).and_then(|t| t.parse().ok()).ok_or_else(wrong)?;
        let time = text.get(10..).and_then(|t| t.strip_prefix('T')).ok_or_else(wrong)?;
        let minute: ClockTime = time.get(..5).and_then(|t| t.parse().ok()).ok_or_else(wrong)?;
        let rest = time.get(5..).unwrap_or_default();
        let zone_at = rest.find(['Z', '+', '-']).ok_or_else(|| {
            UnitError::text(text, format!("{STAMP}; this one does not say which clock it was read from"))
        })?;
        let (seconds, zone) = rest.split_at(zone_at);
        let ms_of_minute = read_seconds(seconds).ok_or_else(|| {
            UnitError::text(text, "seconds from 00 to 59 with at most three decimals, such as 19:30:05.250")
        })?;
        let offset: Offset = zone.parse().map_err(|e: UnitError| UnitError::text(text, e.allowed))?;
        let local = i64::from(date.0) * DAY_MS + i64::from(minute.0) * MINUTE_MS + ms_of_minute;
        Self::new(local - i64::from(offset.0) * MINUTE_MS, offset)
    }
}

/// Milliseconds of `:SS`, `:SS.f`, `:SS.ff` or `:SS.fff`; nothing written is zero.
fn read_seconds(text: &str) -> Option<i64> {
    if text.is_empty() {
        return Some(0);
    }
    let (whole, fraction) = text.strip_prefix(':')?.split_once('.').unwrap_or((text.get(1..)?, "000"));
    let seconds = two_digits(whole).filter(|s| *s < 60)?;
    let digits = (1..=3).contains(&fraction.len()) && fraction.bytes().all(|b| b.is_ascii_digit());
    let thousandths: i64 = if digits { format!("{fraction:0<3}").parse().ok()? } else { return None };
    Some(i64::from(seconds) * 1000 + thousandths)
}

fn two_digits(text: &str) -> Option<i32> {
    (text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = self.ms + i64::from(self.offset.0) * MINUTE_MS;
        let moment = Timestamp::from_millisecond(local).map_err(|_| fmt::Error)?;
        let clock = tz::Offset::UTC.to_datetime(moment);
        let (date, time) = (clock.date(), clock.time());
        write!(f, "{date}T{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second())?;
        if time.millisecond() != 0 {
            write!(f, ".{:03}", time.millisecond())?;
        }
        write!(f, "{}", self.offset)
    }
}

impl fmt::Debug for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Serialize for Stamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return serializer.collect_str(self);
        }
        if self.offset == Offset::UTC {
            return serializer.serialize_i64(self.ms);
        }
        let mut pair = serializer.serialize_tuple(2)?;
        pair.serialize_element(&self.ms)?;
        pair.serialize_element(&self.offset.0)?;
        pair.end()
    }
}

impl<'de> Deserialize<'de> for Stamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Coded;

        impl<'de> de::Visitor<'de> for Coded {
            type Value = Stamp;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("milliseconds UTC, or [milliseconds UTC, offset in minutes]")
            }

            fn visit_i64<E: de::Error>(self, ms: i64) -> Result<Stamp, E> {
                Stamp::new(ms, Offset::UTC).map_err(E::custom)
            }

            fn visit_u64<E: de::Error>(self, ms: u64) -> Result<Stamp, E> {
                self.visit_i64(i64::try_from(ms).unwrap_or(i64::MAX))
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Stamp, A::Error> {
                let ms: i64 = seq.next_element()?.ok_or_else(|| de::Error::invalid_length(0, &self))?;
                let minutes: i64 = seq.next_element()?.ok_or_else(|| de::Error::invalid_length(1, &self))?;
                if seq.next_element::<de::IgnoredAny>()?.is_some() {
                    return Err(de::Error::invalid_length(3, &self));
                }
                if minutes == 0 {
                    return Err(de::Error::custom(UnitError::new(
                        "[ms, 0]",
                        "an offset of zero is left out",
                    )));
                }
                Offset::try_from(minutes).and_then(|offset| Stamp::new(ms, offset)).map_err(de::Error::custom)
            }
        }

        if deserializer.is_human_readable() {
            deserializer.deserialize_str(FromText::new(STAMP))
        } else {
            deserializer.deserialize_any(Coded)
        }
    }
}

impl JsonSchema for Stamp {
    fn schema_name() -> Cow<'static, str> {
        "Stamp".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A time with the offset of the clock it was read from (RFC 3339), such as 2021-02-05T19:30:00+02:00.",
            "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2})$"
        })
    }
}

/// A day of the calendar, 1900-01-01 to 2199-12-31. JSON: `2021-02-08`. CBOR: days since 1970-01-01.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(i32);

impl Date {
    /// Days since 1970-01-01.
    #[must_use]
    pub const fn days(self) -> i32 {
        self.0
    }

    /// Its first instant on a clock that shows UTC, in milliseconds; for ordering what has no time of day.
    #[must_use]
    pub fn start_ms(self) -> i64 {
        i64::from(self.0) * DAY_MS
    }

    /// The calendar year.
    #[must_use]
    pub fn year(self) -> i16 {
        self.civil().year()
    }

    /// The first of January of a year.
    #[must_use]
    pub fn first_of(year: Year) -> Self {
        // Never out of range: `Year` has the same first and last year.
        let first = i16::try_from(year.get()).ok().and_then(|y| civil::Date::new(y, 1, 1).ok());
        first.and_then(Self::from_civil).unwrap_or(Self(0))
    }

    /// `n` days later, or earlier when negative; nothing past the years 1900 to 2199.
    #[must_use]
    pub fn plus_days(self, n: i64) -> Option<Self> {
        Self::try_from(i64::from(self.0).checked_add(n)?).ok()
    }

    /// `n` months later; the last day of the month where the month is too short.
    #[must_use]
    pub fn plus_months(self, n: i64) -> Option<Self> {
        let span = jiff::Span::new().try_months(n).ok()?;
        Self::from_civil(self.civil().checked_add(span).ok()?)
    }

    fn civil(self) -> civil::Date {
        // In range by construction: every `Date` is checked against FIRST_DAY and LAST_DAY.
        let moment = Timestamp::from_millisecond(self.start_ms()).unwrap_or(Timestamp::UNIX_EPOCH);
        tz::Offset::UTC.to_datetime(moment).date()
    }

    fn from_civil(date: civil::Date) -> Option<Self> {
        let moment = tz::Offset::UTC.to_timestamp(date.to_datetime(civil::Time::midnight())).ok()?;
        Self::try_from(moment.as_millisecond().div_euclid(DAY_MS)).ok()
    }

    fn to_integer(self) -> i64 {
        self.0.into()
    }
}

impl TryFrom<i64> for Date {
    type Error = UnitError;

    fn try_from(days: i64) -> Result<Self, UnitError> {
        match i32::try_from(days) {
            Ok(days) if (FIRST_DAY..=LAST_DAY).contains(&days) => Ok(Self(days)),
            _ => Err(UnitError::new(format!("day {days}"), "a date in the years 1900 to 2199")),
        }
    }
}

impl FromStr for Date {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let wrong = || UnitError::text(text, DATE);
        let number = |from: usize, to: usize| {
            let digits = text.get(from..to).filter(|t| t.bytes().all(|b| b.is_ascii_digit()))?;
            digits.parse::<i16>().ok()
        };
        let dashes = text.len() == 10
            && text.as_bytes().get(4) == Some(&b'-')
            && text.as_bytes().get(7) == Some(&b'-');
        let (Some(year), Some(month), Some(day), true) = (number(0, 4), number(5, 7), number(8, 10), dashes)
        else {
            return Err(wrong());
        };
        let month = i8::try_from(month).map_err(|_| wrong())?;
        let day = i8::try_from(day).map_err(|_| wrong())?;
        let date = civil::Date::new(year, month, day)
            .map_err(|_| UnitError::text(text, format!("{DATE}; this day is in no calendar")))?;
        Self::from_civil(date).ok_or_else(|| UnitError::text(text, "a date in the years 1900 to 2199"))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.civil().to_string())
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

text_or_integer!(Date, DATE, "an integer of days since 1970-01-01");

/// Offset of a clock from UTC in whole minutes. JSON: `+02:00` or `Z`. CBOR: minutes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Offset(i16);

impl Offset {
    /// No offset.
    pub const UTC: Self = Self(0);
    /// Largest offset either way, in minutes.
    pub const MAX_MINUTES: i16 = 18 * 60;

    /// Minutes east of UTC.
    #[must_use]
    pub const fn minutes(self) -> i16 {
        self.0
    }

    fn to_integer(self) -> i64 {
        self.0.into()
    }
}

impl TryFrom<i64> for Offset {
    type Error = UnitError;

    fn try_from(minutes: i64) -> Result<Self, UnitError> {
        match i16::try_from(minutes) {
            Ok(m) if m.abs() <= Self::MAX_MINUTES => Ok(Self(m)),
            _ => Err(UnitError::new(
                format!("{minutes} minutes"),
                "an offset of at most 1080 minutes (18 hours) either way",
            )),
        }
    }
}

impl FromStr for Offset {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        if text == "Z" {
            return Ok(Self::UTC);
        }
        // RFC 3339 gives -00:00 the meaning "offset not known"; here the clock must be known.
        let minutes = text.split_at_checked(1).and_then(|(sign, rest)| {
            let (hours, minutes) = rest.split_once(':')?;
            let minutes = two_digits(hours)? * 60 + two_digits(minutes).filter(|m| *m < 60)?;
            match sign {
                "+" => Some(minutes),
                "-" if minutes > 0 => Some(-minutes),
                _ => None,
            }
        });
        minutes.and_then(|m| Self::try_from(i64::from(m)).ok()).ok_or_else(|| UnitError::text(text, OFFSET))
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("Z");
        }
        let sign = if self.0 < 0 { '-' } else { '+' };
        write!(f, "{sign}{:02}:{:02}", self.0.abs() / 60, self.0.abs() % 60)
    }
}

impl fmt::Debug for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

text_or_integer!(Offset, OFFSET, "an integer of minutes east of UTC");

/// A time of day to the minute. JSON: `19:30`. CBOR: minutes since midnight.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClockTime(i16);

impl ClockTime {
    /// Minutes since midnight.
    #[must_use]
    pub const fn minutes(self) -> i16 {
        self.0
    }

    fn to_integer(self) -> i64 {
        self.0.into()
    }
}

impl TryFrom<i64> for ClockTime {
    type Error = UnitError;

    fn try_from(minutes: i64) -> Result<Self, UnitError> {
        match i16::try_from(minutes) {
            Ok(m) if (0..1440).contains(&m) => Ok(Self(m)),
            _ => Err(UnitError::new(format!("minute {minutes}"), "a minute of the day from 0 to 1439")),
        }
    }
}

impl FromStr for ClockTime {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let minutes = text.split_once(':').and_then(|(h, m)| {
            Some(two_digits(h).filter(|h| *h < 24)? * 60 + two_digits(m).filter(|m| *m < 60)?)
        });
        let minutes = minutes.ok_or_else(|| UnitError::text(text, CLOCK_TIME))?;
        Self::try_from(i64::from(minutes))
    }
}

impl fmt::Display for ClockTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl fmt::Debug for ClockTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

text_or_integer!(ClockTime, CLOCK_TIME, "an integer of minutes since midnight");

/// A clock that due times are read from, with the changes it makes (summer time), so that everybody computes the same
/// due times.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    /// Name of the time zone, such as `Europe/Kyiv`; for the reader only, nothing is computed from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// Offset from UTC at first, such as `+02:00`.
    pub offset: Offset,
    /// Changes of the offset while the schedule runs, earliest first; leave out where the clock does not change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<NonEmpty<ClockChange, CLOCK_CHANGES_MAX>>,
}

/// A change of a clock's offset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClockChange {
    /// Moment at which the clock changes.
    pub at: Stamp,
    /// Offset from then on.
    pub offset: Offset,
}

impl Clock {
    /// The instant at which this clock shows `time` on `date`. A time the clock skips is read with the offset that
    /// follows the change; of a time it shows twice, the first is meant.
    #[must_use]
    pub fn instant(&self, date: Date, time: ClockTime) -> Option<Stamp> {
        let local = date.start_ms() + i64::from(time.0) * MINUTE_MS;
        let at = |offset: Offset| local - i64::from(offset.0) * MINUTE_MS;
        let mut offset = self.offset;
        for change in self.changes.iter().flatten() {
            if at(offset) < change.at.ms {
                break;
            }
            offset = change.offset;
        }
        Stamp::new(at(offset), offset).ok()
    }

    /// The first change, by its number, that does not come after the one before it.
    pub(crate) fn disorder(&self) -> Option<usize> {
        let changes = self.changes.as_deref().unwrap_or_default();
        changes.windows(2).position(|pair| matches!(pair, [a, b] if a.at.ms >= b.at.ms)).map(|i| i + 1)
    }
}

macro_rules! text_schema {
    ($name:ident, $description:expr, $pattern:literal) => {
        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "description": $description, "pattern": $pattern })
            }
        }
    };
}

text_schema!(Date, "A date such as 2021-02-08.", r"^\d{4}-\d{2}-\d{2}$");
text_schema!(Offset, "Offset of a clock from UTC, such as +02:00 or Z.", r"^(?:Z|[+-]\d{2}:\d{2})$");
text_schema!(ClockTime, "A time of day such as 19:30.", r"^\d{2}:\d{2}$");

#[cfg(test)]
mod tests;
