//! The monitor: watches copies and witnesses of one log, compares what each of them says, and proves fraud.
//!
//! # Data flow
//! ```text
//! URL, mirror --Source--> Eye: checkpoint, replay (truce-audit) --\
//! witness     --Source--> Eye: checkpoint ------------------------- Board: every checkpoint signed by the log
//!                                                                     |
//!        compare (pure): two checkpoints and a tree --> consistent | FraudProof
//!        Promise (pure): two receipts --> FraudProof, where they contradict each other
//!        Watch (pure): what is the matter, since when --> Notice: alarm, warning, all clear --> hooks
//! ```
//! Two things are kept apart. **Signed conflicts** are proven the moment they are seen, whoever served them and however
//! bad the network is. **Everything else** (a place that does not answer, lags, lacks files, or serves what cannot be
//! replayed) may have an innocent cause, and becomes an alarm only when it has lasted.
//!
//! # In scope
//! Comparing, alarms, making fraud proofs, their state on disk.
//!
//! # Out of scope
//! Deciding what may stand in a log (`truce-register`), the form and decision of fraud proofs (`truce-fraud`), keeping a copy (`truce-mirror`), notifying people: a command or
//! a webhook does.

mod board;
mod compare;
mod eye;
mod hooks;
mod monitor;
mod promise;
mod state;
mod watch;

pub use compare::{CompareError, TreeRelation, compare};
pub use hooks::{Hooks, Undelivered};
pub use monitor::{Monitor, MonitorError, MonitorOptions, MonitorStanding};
pub use promise::Promise;
pub use watch::{Alarm, AlarmLimits, Matter, Notice, PlaceLook, Watch};
