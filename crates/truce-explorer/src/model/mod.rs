//! View models: what pages and the API print. Plain structs with codes, figures and what was signed; no sentences.
//!
//! Times are `i64` milliseconds UTC, days `i32` since 1970-01-01, ids and hashes lower-case hex. [`Reading`] makes all of
//! them; it is cheap to clone, may be used from any thread, and blocks on the disk only.

mod ahead;
mod calendar;
mod checkpoints;
mod map;
mod overview;
mod parties;
mod reading;
mod record;
mod row;
mod status;
mod terms;
mod timeline;

pub use ahead::Ahead;
pub use calendar::{CalendarQuery, CalendarView, NotifiedActivity, PlannedYear, Troops};
pub use checkpoints::{CheckpointRow, CheckpointView};
pub use map::{MapEvent, MapQuery, MapView, MapZone};
pub use overview::{AgreementView, KindCount, Overview, WeekCount};
pub use parties::{KeyRow, KeyView, PartyRow, PartyView, RevocationRow};
pub use reading::{Facets, Reading, Views, ZoneName};
pub(crate) use record::proven;
pub use record::{
    ChainLink, CosignatureRow, Direction, FeedLink, InclusionView, ProofView, RecordView, SigningKey,
    TrailItem, evidence, record_document,
};
pub use row::{RecordPage, RecordRow};
pub use status::StatusNow;
pub use terms::{LogKeyRow, PolicyRow, ProposalRow, TermsView};
pub use timeline::{Bucket, Figures, TimelineQuery, TimelineView};
pub use truce_copy::index::{Part, PartValue, TimeSpan};
pub use truce_copy::{Level, Place, Progress, Quorum, Status, Why};
