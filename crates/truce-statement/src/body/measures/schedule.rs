//! Schedules: the moments at which something is due. Computed from the statement alone: no time zone
//! database, no clock.

use super::Fault;
use crate::unit::{Clock, ClockTime, Date, Minutes, Shift, Stamp, Step};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Items of one schedule that are ever computed.
pub const ITEMS_MAX: u32 = 100_000;

/// The moments at which something is due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// It holds throughout; nothing falls due.
    Standing,
    /// Due once.
    Once(Once),
    /// Due again and again.
    Every(Every),
}

/// Due once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Once {
    /// The moment at which it is due.
    pub due: Stamp,
    /// Minutes after that before it counts as late; 0 for none.
    pub grace_min: Minutes,
}

/// Due every `n` days, weeks, months or years. Occurrence 1 begins on `first`; each is due `due_days` days after it
/// begins, at `due_at` on the clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Every {
    /// Number of units from one to the next.
    pub n: Step,
    /// The unit.
    pub unit: Span,
    /// The clock that due times are read from.
    pub clock: Clock,
    /// Day on which occurrence 1 begins.
    pub first: Date,
    /// Time of day at which it is due.
    pub due_at: ClockTime,
    /// Days from the beginning of an occurrence to the day it is due; negative for days before.
    pub due_days: Shift,
    /// Minutes after that before it counts as late; 0 for none.
    pub grace_min: Minutes,
}

/// Unit of a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Span {
    /// Days.
    Days,
    /// Weeks.
    Weeks,
    /// Months; the last day of a month that is too short.
    Months,
    /// Years; 28 February for 29 February.
    Years,
}

/// One due item of a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// Number of the occurrence, from 1.
    pub item: u32,
    /// The moment at which it is due.
    pub due: Stamp,
    /// Milliseconds UTC after which it is late.
    pub late_after: i64,
}

impl Schedule {
    pub(super) fn check(&self, path: &str) -> Result<(), Fault> {
        if let Self::Every(every) = self
            && let Some(i) = every.clock.disorder()
        {
            let path = format!("{path}.every.clock.changes[{i}].at");
            return Err(Fault::new(
                path,
                "a change not after the one before it",
                "changes of the clock, earliest first",
            ));
        }
        Ok(())
    }

    /// Due item number `item`, counted from 1; nothing where the schedule has no such item.
    #[must_use]
    pub fn item(&self, item: u32) -> Option<Due> {
        let (due, grace) = match self {
            Self::Once(once) if item == 1 => (once.due, once.grace_min),
            Self::Standing | Self::Once(_) => return None,
            Self::Every(every) => (every.due(item)?, every.grace_min),
        };
        Some(Due { item, due, late_after: due.ms() + i64::from(grace.get()) * 60_000 })
    }

    /// Due items in order, at most [`ITEMS_MAX`] of them.
    pub fn items(&self) -> impl Iterator<Item = Due> + '_ {
        (1..=ITEMS_MAX).map_while(|item| self.item(item))
    }
}

impl Every {
    /// Day on which occurrence `item`, counted from 1, begins.
    #[must_use]
    pub fn begins(&self, item: u32) -> Option<Date> {
        let steps = i64::from(item.checked_sub(1)?) * i64::from(self.n.get());
        // Always from the first, so that a short month does not shift all that follow.
        match self.unit {
            Span::Days => self.first.plus_days(steps),
            Span::Weeks => self.first.plus_days(steps * 7),
            Span::Months => self.first.plus_months(steps),
            Span::Years => self.first.plus_months(steps * 12),
        }
    }

    fn due(&self, item: u32) -> Option<Stamp> {
        let day = self.begins(item)?.plus_days(i64::from(self.due_days.get()))?;
        self.clock.instant(day, self.due_at)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

    use super::*;

    fn schedule(json: &str) -> Schedule {
        serde_json::from_str(json).unwrap()
    }

    fn due(schedule: &Schedule, n: usize) -> Vec<String> {
        schedule.items().take(n).map(|d| d.due.to_string()).collect()
    }

    #[test]
    fn a_daily_report_is_due_by_local_noon_across_the_clock_change() {
        let daily = schedule(
            r#"{"every": {"n": 1, "unit": "days", "first": "2021-03-26", "due_days": 1, "due_at": "12:00", "grace_min": 120,
                "clock": {"offset": "+02:00", "changes": [{"at": "2021-03-28T03:00:00+02:00", "offset": "+03:00"}]}}}"#,
        );
        assert_eq!(
            due(&daily, 3),
            ["2021-03-27T12:00:00+02:00", "2021-03-28T12:00:00+03:00", "2021-03-29T12:00:00+03:00"]
        );
        let first = daily.item(1).unwrap();
        assert_eq!(first.late_after - first.due.ms(), 7_200_000);
        assert_eq!(daily.item(0), None);
    }

    #[test]
    fn month_ends_do_not_drift() {
        let monthly = schedule(
            r#"{"every": {"n": 1, "unit": "months", "first": "2024-01-31", "due_days": 0, "due_at": "00:00", "grace_min": 0,
                "clock": {"offset": "Z"}}}"#,
        );
        assert_eq!(
            due(&monthly, 3),
            ["2024-01-31T00:00:00Z", "2024-02-29T00:00:00Z", "2024-03-31T00:00:00Z"]
        );
    }

    #[test]
    fn a_calendar_is_due_before_its_year_begins() {
        let calendar = schedule(
            r#"{"every": {"n": 1, "unit": "years", "first": "2022-01-01", "due_days": -47, "due_at": "23:59", "grace_min": 0,
                "clock": {"offset": "+01:00"}}}"#,
        );
        assert_eq!(due(&calendar, 2), ["2021-11-15T23:59:00+01:00", "2022-11-15T23:59:00+01:00"]);
    }

    #[test]
    fn schedules_end() {
        let far = schedule(
            r#"{"every": {"n": 999, "unit": "years", "first": "2021-01-01", "due_days": 0, "due_at": "00:00", "grace_min": 0,
                "clock": {"offset": "Z"}}}"#,
        );
        assert_eq!(far.items().count(), 1);
        assert_eq!(schedule("\"standing\"").items().count(), 0);
        assert_eq!(
            schedule(r#"{"once": {"due": "2021-01-01T00:00:00Z", "grace_min": 0}}"#).items().count(),
            1
        );
    }
}
