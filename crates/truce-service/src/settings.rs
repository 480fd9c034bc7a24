//! Settings of an operator.

use crate::publish::Target;
use std::time::Duration;

/// A rate: a bucket of `burst` that fills by `per_second`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Sustained, statements each second; at least 1.
    pub per_second: u32,
    /// At once, statements; at least 1.
    pub burst: u32,
}

/// The limits and paces of a service. The defaults suit a depositary for some dozen parties on a small machine.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The place where the log is published beside HTTP.
    pub publish: Option<Target>,
    /// A C2SP tlog-policy of the operator's own, which takes the place of the charter's. It must be at least as strict.
    pub policy: Option<Vec<u8>>,
    /// New statements that one key may have recorded. Only what was recorded counts, so that nobody can use up the rate
    /// of a key by sending what it has signed before.
    pub of_key: Rate,
    /// Statements that one address (IPv4), or one /64 (IPv6), may send, good or bad.
    pub of_address: Rate,
    /// Statements on their way to their place, all senders together. At most what the depositary's queue holds, 4,096.
    pub places: usize,
    /// Bytes of request bodies being read, all senders together: a quarter for single statements, the rest for
    /// sequences. One sender has a quarter of each.
    pub body_bytes: usize,
    /// Time by which a body may fall behind 1 KiB each second.
    pub body_slack: Duration,
    /// Shortest time between two publications.
    pub pace: Duration,
    /// Time that a checkpoint waits for its quorum before it is shown with the cosignatures there are.
    pub show_within: Duration,
    /// Time that a witness may take.
    pub witness_within: Duration,
    /// Time that a partial tile is kept after the full one is there.
    pub grace: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            publish: None,
            policy: None,
            of_key: Rate { per_second: 100, burst: 2_000 },
            of_address: Rate { per_second: 500, burst: 10_000 },
            places: 4_096,
            body_bytes: 64 << 20,
            body_slack: Duration::from_secs(15),
            pace: Duration::from_millis(100),
            show_within: Duration::from_millis(500),
            witness_within: Duration::from_secs(5),
            grace: Duration::from_secs(600),
        }
    }
}
