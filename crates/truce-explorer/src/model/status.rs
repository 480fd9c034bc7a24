//! The status line, held against the clock.

use super::Ahead;
use schemars::JsonSchema;
use serde::Serialize;
use truce_copy::Status;

/// The state of the explorer, held against its clock at this moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StatusNow {
    /// The state.
    #[serde(flatten)]
    pub status: Status,
    /// Entries that are dated ahead of the explorer's clock, if any.
    pub ahead: Option<Ahead>,
}
