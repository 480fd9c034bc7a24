//! Bodies, read within their bounds: of one body, of one sender, of all senders together, and of time.
//!
//! Statements and sequences have memory apart, so that single statements find room whatever is done with sequences. Each
//! sender has a share of both. Time is bounded by progress and not for the whole: a body at 2 KiB a second comes in,
//! however long it takes; one that stops is let go.

use super::{Head, Intake, Problem};
use axum::body::Body;
use http_body_util::BodyExt as _;
use std::time::Duration;
use tokio::time::Instant;
use truce_http::{Quota, Share};
use truce_statement::cose::MAX_STATEMENT;

/// Most bytes of a sequence.
pub(crate) const MAX_SEQUENCE: usize = 4 << 20;
/// Most bytes of a single statement.
pub(crate) const MAX_SINGLE: usize = MAX_STATEMENT;

/// Least rate of a body, bytes each second.
const LEAST_RATE: usize = 1024;
/// The part of all memory for bodies that single statements have, one in so many.
const FOR_SINGLES: usize = 4;
/// The part of either memory that one sender may take, one in so many.
const FOR_SENDER: usize = 4;

/// A kind of body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// One statement.
    Single,
    /// A sequence of statements.
    Sequence,
}

impl Kind {
    /// Most bytes of a body of this kind.
    pub(super) const fn most(self) -> usize {
        match self {
            Self::Single => MAX_SINGLE,
            Self::Sequence => MAX_SEQUENCE,
        }
    }
}

/// The memory for bodies that are being read or answered.
pub(super) struct Room {
    singles: Quota,
    sequences: Quota,
}

impl Room {
    /// `bytes` in all; at least as much as a sender needs for one body of either kind.
    pub(super) fn new(bytes: usize) -> Self {
        let quota = |bytes: usize, kind: Kind| {
            let of_sender = (bytes / FOR_SENDER).max(kind.most());
            Quota::new(bytes.max(of_sender), of_sender)
        };
        let singles = bytes / FOR_SINGLES;
        Self {
            singles: quota(singles, Kind::Single),
            sequences: quota(bytes.saturating_sub(singles), Kind::Sequence),
        }
    }

    const fn of(&self, kind: Kind) -> &Quota {
        match kind {
            Kind::Single => &self.singles,
            Kind::Sequence => &self.sequences,
        }
    }
}

/// A body, and its share of the memory for bodies, which is given back when this is dropped.
pub(super) struct Whole {
    pub(super) bytes: Vec<u8>,
    _share: Share,
}

/// Reads a body.
pub(super) async fn read(intake: &Intake, head: &Head, mut body: Body, kind: Kind) -> Result<Whole, Problem> {
    let most = kind.most();
    if head.length.is_some_and(|length| length > most) {
        return Err(Problem::too_large(most));
    }
    let mut share = intake.room.of(kind).take(head.sender, 0)?;
    let mut bytes = Vec::new();
    let mut credit = Credit::new(intake.settings.body_slack);
    loop {
        let frame = tokio::time::timeout_at(credit.until, body.frame()).await;
        let Some(frame) = frame.map_err(|_| Problem::too_slow())? else { break };
        let Ok(data) = frame.map_err(|_| Problem::broken_off())?.into_data() else { continue };
        if bytes.len() + data.len() > most {
            return Err(Problem::too_large(most));
        }
        share.grow(data.len())?;
        credit.earn(data.len(), Instant::now());
        bytes.extend_from_slice(&data);
    }
    Ok(Whole { bytes, _share: share })
}

/// The time until which a body must bring more. Every byte earns as much as it takes at the least rate; more than the
/// slack is never saved up.
struct Credit {
    until: Instant,
    slack: Duration,
}

impl Credit {
    fn new(slack: Duration) -> Self {
        Self { until: Instant::now() + slack, slack }
    }

    fn earn(&mut self, bytes: usize, now: Instant) {
        let earned = Duration::from_secs(1).saturating_mul(u32::try_from(bytes).unwrap_or(u32::MAX));
        let earned = earned / u32::try_from(LEAST_RATE).unwrap_or(u32::MAX);
        self.until = (self.until + earned).min(now + self.slack);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_keeps_the_least_rate_is_never_late_and_one_that_stops_soon_is() {
        let slack = Duration::from_secs(15);
        let start = Instant::now();
        // The slowest that must get through: 2 KiB each second for an hour, in pieces of a TLS record.
        let mut credit = Credit { until: start + slack, slack };
        for n in 1..450 {
            let now = start + Duration::from_secs(8 * n);
            assert!(now < credit.until, "after {n} pieces");
            credit.earn(16 * 1024, now);
        }
        // However much came at first, nothing more is saved up than the slack.
        let mut credit = Credit { until: start + slack, slack };
        credit.earn(MAX_SEQUENCE - 1, start);
        assert_eq!(credit.until, start + slack);
        // A byte now and then is no progress.
        for n in 1..15 {
            credit.earn(1, start + Duration::from_secs(n));
        }
        assert!(credit.until < start + slack + Duration::from_secs(1));
    }
}
