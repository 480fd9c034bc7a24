//! Times as text: always UTC, always the same form in every language, so that two readers can compare them.

use jiff::Timestamp;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;

/// Days since 1970-01-01.
pub type Day = i32;

/// `2021-02-08 00:01:00 UTC`, of milliseconds UTC.
#[must_use]
pub fn utc(ms: i64) -> String {
    formatted(ms, "%Y-%m-%d %H:%M:%S UTC")
}

/// `2021-02-08 00:01 UTC`, of milliseconds UTC.
#[must_use]
pub fn utc_minute(ms: i64) -> String {
    formatted(ms, "%Y-%m-%d %H:%M UTC")
}

/// `2021-02-08`, of milliseconds UTC.
#[must_use]
pub fn utc_day(ms: i64) -> String {
    formatted(ms, "%Y-%m-%d")
}

/// `2021-02-08T00:01:00.000Z`, of milliseconds UTC: for `<time datetime>`.
#[must_use]
pub fn rfc3339(ms: i64) -> String {
    formatted(ms, "%Y-%m-%dT%H:%M:%S.%3fZ")
}

/// `2021-02-08`, of days since 1970.
#[must_use]
pub fn day_of(day: Day) -> String {
    civil(day).map_or_else(String::new, |date| date.to_string())
}

/// `2021-02`, of days since 1970.
#[must_use]
pub fn month_of(day: Day) -> String {
    civil(day).map_or_else(String::new, |date| date.strftime("%Y-%m").to_string())
}

fn civil(day: Day) -> Option<Date> {
    date(1970, 1, 1).checked_add(jiff::Span::new().try_days(day).ok()?).ok()
}

fn formatted(ms: i64, format: &str) -> String {
    Timestamp::from_millisecond(ms)
        .map(|at| at.to_zoned(TimeZone::UTC).strftime(format).to_string())
        .unwrap_or_default()
}
