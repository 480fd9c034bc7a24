//! The clock of a machine that dates what others rely on, and how far it is believed.
//!
//! A depositary and a witness may never date anything before what they dated last. So one moment at which the clock of
//! their machine is years ahead would date everything that follows, for years. [`Guard`] stands between the clock and
//! whoever dates:
//!
//! ```text
//! time of day   -.
//! steady clock  -+-> Guard::read --> the time, or the Jump that an operator has to judge
//! last date     -'
//! ```
//! # What is believed
//! While a program runs, its time of day may be ahead of the steady clock by [`TOLERANCE_MS`] and a thousandth of the
//! time since the start, which is more than any clock drifts or is corrected by. At its start there is nothing but the
//! last date to hold the time of day against: it may be [`REST_MS`] ahead of it. A clock that is behind is always believed:
//! nothing is dated before the last date anyway, and once it has caught up it is judged as at a start.
//!
//! # Out of scope
//! Setting clocks, and deciding who may say that a jump was none.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

/// Greatest lead of the time of day over the steady clock: five minutes, milliseconds.
pub const TOLERANCE_MS: i64 = 5 * 60_000;

/// Greatest lead of the time of day over the last date at a start: 100 days, milliseconds. A log that takes a report
/// each quarter never comes so far; whatever rested for longer is started with the word of an operator.
pub const REST_MS: i64 = 100 * 86_400_000;

/// The part of the time since the start by which a clock may drift: one in so many.
const DRIFT: i64 = 1000;

/// The time of day of this machine, milliseconds UTC.
#[must_use]
pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// A clock, milliseconds UTC. Nothing is dated before the last date, whatever the clock does.
pub trait Clock: Send + Sync {
    /// The time of day.
    fn now_ms(&self) -> i64;

    /// The time of day in whole seconds.
    fn now_s(&self) -> u64 {
        u64::try_from(self.now_ms() / 1000).unwrap_or_default()
    }

    /// Milliseconds by a clock that nobody sets, since a moment of its own. Where there is none, as in a simulation, the
    /// time of day is believed.
    fn steady_ms(&self) -> Option<i64> {
        None
    }
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now_ms(&self) -> i64 {
        now_ms()
    }

    fn steady_ms(&self) -> Option<i64> {
        Some(steady_ms())
    }
}

impl<F: Fn() -> i64 + Send + Sync> Clock for F {
    fn now_ms(&self) -> i64 {
        self()
    }
}

/// [`now_ms`] in whole seconds.
#[must_use]
pub fn now_s() -> u64 {
    SystemClock.now_s()
}

/// Milliseconds by a clock of this machine that nobody sets. On Linux it goes on while the machine sleeps.
#[must_use]
pub fn steady_ms() -> i64 {
    #[cfg(target_os = "linux")]
    {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        time.tv_sec.saturating_mul(1000).saturating_add(time.tv_nsec / 1_000_000)
    }
    #[cfg(not(target_os = "linux"))]
    {
        static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
        let since = START.get_or_init(std::time::Instant::now).elapsed();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }
}

/// One look at the clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// The time of day, milliseconds UTC.
    pub now: i64,
    /// The steady clock, milliseconds since a moment of its own.
    pub steady: i64,
}

/// The time of day is further ahead than it is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the clock shows {}, {} ahead of {} ({})",
    Utc(*now), Span(now.saturating_sub(*held)), Utc(*held), if *since_start { "the time by the steady clock" } else { "the last date" }
)]
pub struct Jump {
    /// The time of day, milliseconds UTC.
    pub now: i64,
    /// Time that it was held against, milliseconds UTC: the time by the steady clock, or the last date.
    pub held: i64,
    /// Set where it was held against the steady clock.
    pub since_start: bool,
}

/// Judgement between a clock and whoever dates by it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Guard {
    /// The look that was believed, from which on time goes by the steady clock. None while the clock is behind the last
    /// date, or has not been read yet.
    believed: Option<Look>,
}

impl Guard {
    /// Judges `look`; `last` is the last date, milliseconds UTC, `None` where nothing was dated yet.
    ///
    /// # Errors
    /// [`Jump`]: nothing may be dated by this clock, until it is put right or [`Self::accept`] is called.
    pub fn read(&mut self, look: Look, last: Option<i64>) -> Result<i64, Jump> {
        let Look { now, steady } = look;
        if let Some(believed) = self.believed {
            let passed = steady.saturating_sub(believed.steady).max(0);
            let held = believed.now.saturating_add(passed);
            if now > held.saturating_add(passed / DRIFT).saturating_add(TOLERANCE_MS) {
                return Err(Jump { now, held, since_start: true });
            }
            return Ok(now);
        }
        match last {
            Some(last) if now > last.saturating_add(REST_MS) => {
                Err(Jump { now, held: last, since_start: false })
            }
            // Not known to be right: it is judged again once it has caught up.
            Some(last) if now < last => Ok(now),
            _ => {
                self.believed = Some(look);
                Ok(now)
            }
        }
    }

    /// Believes `look`, on the word of an operator.
    pub fn accept(&mut self, look: Look) {
        self.believed = Some(look);
    }
}

/// A moment as people write it, UTC: `2021-02-05 17:30:00Z`.
#[derive(Clone, Copy, Debug)]
pub struct Utc(pub i64);

impl fmt::Display for Utc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ok(moment) = jiff::Timestamp::from_millisecond(self.0) else {
            return write!(f, "{} ms", self.0);
        };
        let clock = jiff::tz::Offset::UTC.to_datetime(moment);
        let (date, time) = (clock.date(), clock.time());
        write!(f, "{date} {:02}:{:02}:{:02}Z", time.hour(), time.minute(), time.second())
    }
}

/// A length of time as people say it, in its largest unit, rounded down: `3652 days`, `26 hours`, `5 minutes`.
#[derive(Clone, Copy, Debug)]
pub struct Span(pub i64);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.max(0) / 1000;
        let (n, unit) = match seconds {
            172_800.. => (seconds / 86_400, "days"),
            7_200.. => (seconds / 3_600, "hours"),
            120.. => (seconds / 60, "minutes"),
            1 => (1, "second"),
            _ => (seconds, "seconds"),
        };
        write!(f, "{n} {unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOUR: i64 = 3_600_000;
    const DAY: i64 = 24 * HOUR;

    fn at(now: i64, steady: i64) -> Look {
        Look { now, steady }
    }

    #[test]
    fn a_clock_that_jumps_is_not_believed_until_it_is_put_right() {
        for jump in [HOUR, DAY, 3652 * DAY] {
            let mut guard = Guard::default();
            assert_eq!(guard.read(at(1000 * DAY, 0), Some(999 * DAY)), Ok(1000 * DAY));
            let found = guard.read(at(1000 * DAY + jump, 10), Some(1000 * DAY));
            assert_eq!(found, Err(Jump { now: 1000 * DAY + jump, held: 1000 * DAY + 10, since_start: true }));
            assert_eq!(guard.read(at(1000 * DAY + 20, 20), Some(1000 * DAY)), Ok(1000 * DAY + 20));
        }
    }

    #[test]
    fn what_an_operator_accepts_holds_from_then_on() {
        let mut guard = Guard::default();
        assert!(guard.read(at(1000 * DAY, 0), Some(800 * DAY)).is_err());
        guard.accept(at(1000 * DAY, 5));
        assert_eq!(guard.read(at(1000 * DAY + 5, 10), Some(800 * DAY)), Ok(1000 * DAY + 5));
        assert!(guard.read(at(1001 * DAY, 15), Some(800 * DAY)).is_err());
    }

    #[test]
    fn a_log_may_rest_for_a_quarter_and_a_new_one_has_nothing_to_be_held_against() {
        assert!(Guard::default().read(at(1000 * DAY, 0), Some(908 * DAY)).is_ok());
        assert!(Guard::default().read(at(1000 * DAY, 0), Some(899 * DAY)).is_err());
        assert!(Guard::default().read(at(1000 * DAY, 0), None).is_ok());
    }

    #[test]
    fn a_clock_that_is_behind_is_judged_as_at_a_start_once_it_has_caught_up() {
        let mut guard = Guard::default();
        // A board without a battery, before it has asked for the time.
        assert_eq!(guard.read(at(0, 0), Some(1000 * DAY)), Ok(0));
        assert_eq!(guard.read(at(1001 * DAY, 5), Some(1000 * DAY)), Ok(1001 * DAY));
        assert!(guard.read(at(1002 * DAY, 10), Some(1001 * DAY)).is_err());
    }

    #[test]
    fn times_and_spans_are_those_of_people() {
        let jump = Jump { now: 4000 * DAY, held: 3990 * DAY, since_start: false };
        assert_eq!(
            jump.to_string(),
            "the clock shows 1980-12-14 00:00:00Z, 10 days ahead of 1980-12-04 00:00:00Z (the last date)"
        );
        assert_eq!(Span(300_000).to_string(), "5 minutes");
    }

    proptest! {
        /// Whatever the clock does, what is believed is never further ahead than the bounds say.
        #[test]
        fn nothing_beyond_the_bounds_is_believed(
            start in 0_i64..4_000_000_000_000,
            looks in proptest::collection::vec((0_i64..10_000_000, -400 * DAY..400 * DAY), 1..60),
        ) {
            let mut guard = Guard::default();
            let (mut steady, mut last) = (0, start);
            for (passed, off) in looks {
                steady += passed;
                let now = start + steady + off;
                if let Ok(read) = guard.read(at(now, steady), Some(last)) {
                    prop_assert!(read <= last.max(start + steady) + REST_MS + steady / DRIFT + TOLERANCE_MS);
                    last = last.max(read);
                }
            }
        }
    }
}
