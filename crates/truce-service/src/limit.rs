//! Rates, by the generic cell rate algorithm (ITU-T I.371), for a bounded number of senders.
//!
//! Own code, because looking and charging have to be apart here: a key is charged only for what was recorded.

use crate::settings::Rate;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Senders that a table knows at a time.
const MOST: usize = 65_536;
/// Senders of a full table that are looked at for the one to forget.
const SAMPLE: usize = 8;

/// A bucket for each sender.
pub(crate) struct Limiter<K> {
    /// Nanoseconds that one statement takes of a bucket.
    each: u64,
    /// Nanoseconds in a full bucket.
    full: u64,
    start: Instant,
    table: Mutex<Table<K>>,
}

struct Table<K> {
    /// The time at which the bucket of each is full again, nanoseconds since the start. A sender without one has a full
    /// bucket.
    full_at: HashMap<K, u64>,
    swept: u64,
}

impl<K: Clone + Eq + Hash> Limiter<K> {
    pub(crate) fn new(rate: Rate) -> Self {
        let each = 1_000_000_000 / u64::from(rate.per_second.max(1));
        let full = each.saturating_mul(u64::from(rate.burst.max(1)));
        let table = Table { full_at: HashMap::new(), swept: 0 };
        Self { each, full, start: Instant::now(), table: Mutex::new(table) }
    }

    /// Asks whether `count` may come now; the error is the time to wait. More than a full bucket counts as a full one.
    pub(crate) fn look(&self, key: &K, count: usize) -> Result<(), Duration> {
        let now = self.now();
        let table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        self.allows(table.full_at.get(key).copied().unwrap_or(0), now, count)
    }

    /// Takes `count` out of the bucket, which may be overdrawn.
    pub(crate) fn charge(&self, key: &K, count: usize) {
        let now = self.now();
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        self.take_out(&mut table, key, now, count);
    }

    /// Both at once.
    pub(crate) fn take(&self, key: &K, count: usize) -> Result<(), Duration> {
        let now = self.now();
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        self.allows(table.full_at.get(key).copied().unwrap_or(0), now, count)?;
        self.take_out(&mut table, key, now, count);
        Ok(())
    }

    fn allows(&self, full_at: u64, now: u64, count: usize) -> Result<(), Duration> {
        let lacking = full_at.saturating_sub(now);
        let wanted = self.each.saturating_mul(count as u64).min(self.full);
        match (lacking.saturating_add(wanted)).checked_sub(self.full) {
            None | Some(0) => Ok(()),
            Some(wait) => Err(Duration::from_nanos(wait)),
        }
    }

    fn take_out(&self, table: &mut Table<K>, key: &K, now: u64, count: usize) {
        let cost = self.each.saturating_mul(count as u64);
        if let Some(full_at) = table.full_at.get_mut(key) {
            *full_at = (*full_at).max(now).saturating_add(cost);
            return;
        }
        if table.full_at.len() >= MOST {
            table.make_room(now);
        }
        table.full_at.insert(key.clone(), now.saturating_add(cost));
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

impl<K: Clone + Eq + Hash> Table<K> {
    /// Forgets whose bucket is full; where there is nobody, one of those nearest to it.
    fn make_room(&mut self, now: u64) {
        if now.saturating_sub(self.swept) > 1_000_000_000 {
            self.full_at.retain(|_, full_at| *full_at > now);
            self.swept = now;
        }
        if self.full_at.len() >= MOST {
            let first = self.full_at.iter().take(SAMPLE).min_by_key(|(_, full_at)| **full_at);
            if let Some(key) = first.map(|(key, _)| key.clone()) {
                self.full_at.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_bucket_gives_its_burst_and_then_asks_to_wait() {
        let limiter = Limiter::new(Rate { per_second: 1, burst: 3 });
        for _ in 0..3 {
            limiter.take(&1, 1).unwrap();
        }
        let wait = limiter.take(&1, 1).unwrap_err();
        assert!(wait > Duration::ZERO && wait <= Duration::from_secs(1), "{wait:?}");
        limiter.take(&2, 1).unwrap();
    }

    #[test]
    fn looking_costs_nothing_and_more_than_a_burst_waits_for_a_full_bucket() {
        let limiter = Limiter::new(Rate { per_second: 1, burst: 2 });
        for _ in 0..10 {
            limiter.look(&1, 2).unwrap();
        }
        limiter.take(&1, 100).unwrap();
        assert!(limiter.look(&1, 1).unwrap_err() > Duration::from_secs(50));
    }

    #[test]
    fn a_full_table_takes_newcomers_and_does_not_grow() {
        let limiter = Limiter::new(Rate { per_second: 1, burst: 1_000_000 });
        for key in 0..MOST + 100 {
            limiter.charge(&key, 10);
        }
        assert_eq!(limiter.table.lock().unwrap().full_at.len(), MOST);
    }
}
