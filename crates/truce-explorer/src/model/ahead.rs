//! Entries that are dated ahead of the explorer's own clock.
//!
//! A depositary whose clock was ahead for a moment dates entries in the future, and goes on at that time until the world
//! has caught up. Their order and their signatures are not touched by that; their time is wrong, or the explorer's clock
//! is. Readers are told.
//!
//! `received` never goes back along a log, so that entries ahead are its last ones.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use truce_copy::{CopyError, Served, index};

/// Difference of two clocks that nobody is told of, milliseconds.
const TOLERANCE_MS: i64 = 60_000;

/// The last entries of a log, where the explorer's clock has not reached their time of receipt by more than a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ahead {
    /// Position of the first of them; all behind it are ahead too.
    pub from: u64,
    /// Number of them.
    pub entries: u64,
    /// Time of receipt of the last one, milliseconds UTC.
    pub newest: i64,
}

/// The latest time of receipt that is not ahead of the explorer's clock at this moment, milliseconds UTC.
pub(super) fn limit() -> i64 {
    jiff::Timestamp::now().as_millisecond().saturating_add(TOLERANCE_MS)
}

/// Entries ahead of `limit`, found in a search by halves.
pub(super) fn ahead(served: &Served, limit: i64) -> Result<Option<Ahead>, CopyError> {
    // In the ordinary case nothing is read.
    let Some(last) = served.size().checked_sub(1).filter(|_| served.register().received() > limit) else {
        return Ok(None);
    };
    let newest = received(served, last)?;
    if newest <= limit {
        return Ok(None);
    }
    // Everything below `low` is in time, everything from `from` on is ahead.
    let (mut low, mut from) = (0, last);
    while low < from {
        let middle = low + (from - low) / 2;
        if received(served, middle)? > limit {
            from = middle;
        } else {
            low = middle + 1;
        }
    }
    Ok(Some(Ahead { from, entries: served.size() - from, newest }))
}

fn received(served: &Served, position: u64) -> Result<i64, CopyError> {
    let received = index::received(served.store(), position)?;
    received.ok_or_else(|| CopyError::damaged(format!("the row of record {position} is missing")))
}
