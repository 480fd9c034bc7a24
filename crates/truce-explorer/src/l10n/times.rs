//! Times as text: always UTC, always the same form in every language, so that two readers can compare them.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, date};
use jiff::tz::Offset;

/// Days since 1970-01-01.
pub type Day = i32;

/// `2021-02-08 00:01:00 UTC`, of milliseconds UTC.
#[must_use]
pub fn utc(ms: i64) -> String {
    written(ms, |text, at| {
        date_to(text, at.date());
        text.push(' ');
        clock_to(text, at);
        text.push(':');
        two(text, at.second());
        text.push_str(" UTC");
    })
}

/// `2021-02-08 00:01 UTC`, of milliseconds UTC.
#[must_use]
pub fn utc_minute(ms: i64) -> String {
    written(ms, |text, at| {
        date_to(text, at.date());
        text.push(' ');
        clock_to(text, at);
        text.push_str(" UTC");
    })
}

/// `2021-02-08`, of milliseconds UTC.
#[must_use]
pub fn utc_day(ms: i64) -> String {
    written(ms, |text, at| date_to(text, at.date()))
}

/// `2021-02-08T00:01:00.000Z`, of milliseconds UTC: for `<time datetime>`.
#[must_use]
pub fn rfc3339(ms: i64) -> String {
    written(ms, |text, at| {
        date_to(text, at.date());
        text.push('T');
        clock_to(text, at);
        text.push(':');
        two(text, at.second());
        text.push('.');
        let thousandths = at.subsec_nanosecond() / 1_000_000;
        digit(text, thousandths / 100);
        digit(text, thousandths / 10);
        digit(text, thousandths);
        text.push('Z');
    })
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

/// Lets `write` write a moment; gives an empty text if no calendar has it. By hand: a list has two hundred times, and formats
/// that are read anew each time took an eighth of it.
fn written(ms: i64, write: impl FnOnce(&mut String, DateTime)) -> String {
    let mut text = String::with_capacity(24);
    if let Ok(at) = Timestamp::from_millisecond(ms) {
        write(&mut text, Offset::UTC.to_datetime(at));
    }
    text
}

fn date_to(text: &mut String, date: Date) {
    let year = i32::from(date.year());
    // Four characters, of which the sign is one.
    if year < 0 {
        text.push('-');
    }
    let year = year.abs();
    if year >= 1000 || date.year() >= 0 {
        digit(text, year / 1000);
    }
    for n in [year / 100, year / 10, year] {
        digit(text, n);
    }
    text.push('-');
    two(text, date.month());
    text.push('-');
    two(text, date.day());
}

fn clock_to(text: &mut String, at: DateTime) {
    two(text, at.hour());
    text.push(':');
    two(text, at.minute());
}

fn two(text: &mut String, n: i8) {
    digit(text, i32::from(n) / 10);
    digit(text, i32::from(n));
}

/// The last digit of `n`, which is not negative.
fn digit(text: &mut String, n: i32) {
    text.push(u32::try_from(n % 10).ok().and_then(|n| char::from_digit(n, 10)).unwrap_or('0'));
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::TimeZone;

    /// The same by the formats of the library.
    fn formatted(ms: i64, format: &str) -> String {
        let at =
            Timestamp::from_millisecond(ms).map(|at| at.to_zoned(TimeZone::UTC).strftime(format).to_string());
        at.unwrap_or_default()
    }

    #[test]
    fn times_are_those_of_the_library() {
        let ends = [
            i64::MIN,
            -70_000_000_000_001,
            -62_135_596_800_001,
            -1,
            0,
            1,
            1_612_742_460_007,
            253_402_207_200_000,
            i64::MAX,
        ];
        let many = (-370_000_000_000_000..250_000_000_000_000_i64).step_by(987_654_321_987);
        for ms in ends.into_iter().chain(many) {
            assert_eq!(utc(ms), formatted(ms, "%Y-%m-%d %H:%M:%S UTC"), "{ms}");
            assert_eq!(utc_minute(ms), formatted(ms, "%Y-%m-%d %H:%M UTC"), "{ms}");
            assert_eq!(utc_day(ms), formatted(ms, "%Y-%m-%d"), "{ms}");
            assert_eq!(rfc3339(ms), formatted(ms, "%Y-%m-%dT%H:%M:%S.%3fZ"), "{ms}");
        }
    }
}
