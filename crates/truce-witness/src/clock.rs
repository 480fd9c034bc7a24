//! The source of the times of cosignatures.

use std::time::{SystemTime, UNIX_EPOCH};

/// A clock, POSIX seconds. A witness never dates a cosignature before its last one, whatever the clock does.
pub trait Clock: Send + Sync {
    /// The time now, POSIX seconds.
    fn now_s(&self) -> u64;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now_s(&self) -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
    }
}

impl<F: Fn() -> u64 + Send + Sync> Clock for F {
    fn now_s(&self) -> u64 {
        self()
    }
}
