//! The clock of the mission to Ukraine: +02:00, and +03:00 from the last Sunday of March to the last of October.
//!
//! Its tables print local times without an offset. The rule held for all the years that the mission was there.

use truce_statement::unit::{ClockTime, Date, Offset, Stamp};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// The instant at which the mission's clock shows `time` on `date`; of a time it shows twice, the first.
pub(super) fn local(date: Date, time: ClockTime) -> Option<Stamp> {
    let shown = date.start_ms() + i64::from(time.minutes()) * MINUTE_MS;
    // Both changes are at 01:00 UTC.
    let begins = last_sunday(date.year(), 3)?.start_ms() + HOUR_MS;
    let ends = last_sunday(date.year(), 10)?.start_ms() + HOUR_MS;
    let hours = if (begins..ends).contains(&(shown - 3 * HOUR_MS)) { 3 } else { 2 };
    Stamp::new(shown - hours * HOUR_MS, Offset::try_from(hours * 60).ok()?).ok()
}

/// The last Sunday of a month of 31 days.
fn last_sunday(year: i16, month: u8) -> Option<Date> {
    let last: Date = format!("{year:04}-{month:02}-31").parse().ok()?;
    // Day 0 was a Thursday.
    let past_sunday = (last.days() + 4).rem_euclid(7);
    last.plus_days(-i64::from(past_sunday))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn winter_and_summer() {
        for (date, time, stamp) in [
            ("2021-10-17", "12:01", "2021-10-17T12:01:00+03:00"),
            ("2021-11-23", "09:45", "2021-11-23T09:45:00+02:00"),
            ("2018-05-30", "10:58", "2018-05-30T10:58:00+03:00"),
            ("2021-03-28", "02:59", "2021-03-28T02:59:00+02:00"),
            ("2021-03-28", "04:00", "2021-03-28T04:00:00+03:00"),
            ("2021-10-31", "03:30", "2021-10-31T03:30:00+03:00"),
            ("2021-10-31", "04:00", "2021-10-31T04:00:00+02:00"),
        ] {
            assert_eq!(local(date.parse().unwrap(), time.parse().unwrap()).unwrap().to_string(), stamp);
        }
    }
}
