//! The source of the times of cosignatures.

/// A clock, POSIX seconds. A witness never dates a cosignature before its last one, whatever the clock does.
pub trait Clock: Send + Sync {
    /// The time of day, POSIX seconds.
    fn now_s(&self) -> u64;

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
    fn now_s(&self) -> u64 {
        u64::try_from(truce_clock::now_ms() / 1000).unwrap_or_default()
    }

    fn steady_ms(&self) -> Option<i64> {
        Some(truce_clock::steady_ms())
    }
}

impl<F: Fn() -> u64 + Send + Sync> Clock for F {
    fn now_s(&self) -> u64 {
        self()
    }
}
