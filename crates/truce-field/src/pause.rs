//! Pauses between tries: exponential, with jitter, never shorter than the depositary asks for.

use std::time::Duration;

/// No `Retry-After` is taken to be longer than this.
const LONGEST_ASKED: Duration = Duration::from_secs(86_400);

/// The pauses of one run.
#[derive(Debug)]
pub(crate) struct Backoff {
    first: Duration,
    longest: Duration,
    failures: u32,
    random: fastrand::Rng,
}

impl Backoff {
    pub(crate) fn new(first: Duration, longest: Duration, seed: Option<u64>) -> Self {
        let random = seed.map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed);
        Self { first, longest, failures: 0, random }
    }

    /// Something went well.
    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }

    /// Something did not: how long to wait, between half and the whole of a pause that doubles each time.
    pub(crate) fn next(&mut self, asked: Option<Duration>) -> Duration {
        let whole = self.first.saturating_mul(1 << self.failures.min(20)).min(self.longest);
        self.failures = self.failures.saturating_add(1);
        let half = whole / 2;
        let spread = u64::try_from(half.as_micros()).unwrap_or(u64::MAX);
        let jittered = half + Duration::from_micros(self.random.u64(0..=spread));
        jittered.max(asked.unwrap_or_default())
    }
}

/// `Retry-After` (RFC 9110, section 10.2.3): seconds, or a date.
pub(crate) fn retry_after(value: &str, now: jiff::Timestamp) -> Option<Duration> {
    let value = value.trim();
    let asked = if value.bytes().all(|b| b.is_ascii_digit()) && !value.is_empty() {
        // More digits than fit are a long time.
        Duration::from_secs(value.parse().unwrap_or(u64::MAX))
    } else {
        let until = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
        Duration::try_from(until.duration_since(now)).unwrap_or_default()
    };
    Some(asked.min(LONGEST_ASKED))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_vary() {
        let (first, longest) = (Duration::from_millis(100), Duration::from_secs(1));
        let mut backoff = Backoff::new(first, longest, Some(7));
        let mut whole = first;
        for _ in 0..40 {
            let pause = backoff.next(None);
            assert!(pause >= whole / 2 && pause <= whole, "{pause:?} of {whole:?}");
            whole = (whole * 2).min(longest);
        }
        backoff.reset();
        assert!(backoff.next(None) <= first);
        let pauses: std::collections::BTreeSet<_> =
            (0..20).map(|seed| Backoff::new(first, longest, Some(seed)).next(None)).collect();
        assert!(pauses.len() > 10);
    }

    #[test]
    fn what_the_depositary_asks_for_is_the_least() {
        let mut backoff = Backoff::new(Duration::from_millis(1), Duration::from_millis(2), Some(1));
        assert_eq!(backoff.next(Some(Duration::from_secs(5))), Duration::from_secs(5));
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now: jiff::Timestamp = "2026-11-25T10:00:00Z".parse().unwrap();
        assert_eq!(retry_after("120", now), Some(Duration::from_secs(120)));
        assert_eq!(retry_after("Wed, 25 Nov 2026 10:00:30 GMT", now), Some(Duration::from_secs(30)));
        assert_eq!(retry_after("Wed, 25 Nov 2026 09:00:00 GMT", now), Some(Duration::ZERO));
        assert_eq!(retry_after("99999999999999999999999", now), Some(LONGEST_ASKED));
        for nonsense in ["", "soon", "-1", "1.5"] {
            assert_eq!(retry_after(nonsense, now), None, "{nonsense}");
        }
    }
}
