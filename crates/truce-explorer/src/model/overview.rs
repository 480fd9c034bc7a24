//! The agreement at a glance.

use super::Views as _;
use super::{Ahead, PartyRow, Quorum, RecordRow, parties};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use truce_copy::aggregate::{self, Span, day_of};
use truce_copy::index::Status;
use truce_copy::query::{self, Filter};
use truce_copy::{CopyError, Served};
use truce_statement::Kind;
use truce_statement::unit::Stamp;

/// Weeks shown beside the newest.
const WEEKS_BEFORE: i32 = 8;
/// Rows of each short list.
const SHORT: usize = 10;
/// Records looked at to find them.
const MAX_LOOKED_AT: usize = 200;

/// Everything on the first page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Overview {
    /// The agreement.
    pub agreement: AgreementView,
    /// The parties, in the charter's order.
    pub parties: Vec<PartyRow>,
    /// Every founding party has acceded.
    pub in_force: bool,
    /// Time of receipt of the newest entry, milliseconds UTC: weeks are counted back from it.
    pub as_of: i64,
    /// Entries that are dated ahead of the explorer's clock, if any.
    pub ahead: Option<Ahead>,
    /// Records of the week (Monday to Sunday, UTC) of `as_of`.
    pub this_week: WeekCount,
    /// Records of the weeks before, the newest week first.
    pub weeks_before: Vec<WeekCount>,
    /// Records by kind, since the beginning.
    pub kinds: Vec<KindCount>,
    /// Size, root (hex) and time of verification (milliseconds UTC) of the checkpoint.
    pub checkpoint: (u64, String, i64),
    /// Witnesses; `None` where the charter names none.
    pub quorum: Option<Quorum>,
    /// Disputed records that stand, the newest 10.
    pub open_disputes: Vec<RecordRow>,
    /// Inquiries that nobody answered and that stand, the newest 10.
    pub unanswered_inquiries: Vec<RecordRow>,
    /// Records under keys that were suspect when they came in, the newest 10.
    pub suspect: Vec<RecordRow>,
    /// The newest 10 records.
    pub newest: Vec<RecordRow>,
}

/// The agreement in the charter's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AgreementView {
    /// Its id, hex.
    pub id: String,
    /// Title.
    pub title: String,
    /// Origin of the log.
    pub origin: String,
    /// The log's vkey.
    pub vkey: String,
    /// An exercise of the system itself.
    pub drill: bool,
    /// Time of receipt of the charter, milliseconds UTC.
    pub founded: i64,
    /// Time by which the parties mean to review it, milliseconds UTC.
    pub review_by: Option<i64>,
    /// Time at which it lapses unless it is renewed, milliseconds UTC.
    pub valid_until: Option<i64>,
    /// Zones of the charter.
    pub zones: u64,
}

/// Number of records received in one week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WeekCount {
    /// Its Monday, days since 1970-01-01.
    pub start: i32,
    /// Records received in it.
    pub total: u64,
    /// The same by kind, in the order of the specification, kinds without records left out.
    pub kinds: Vec<KindCount>,
}

/// Number of records of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KindCount {
    /// The kind.
    pub kind: Kind,
    /// Number.
    pub n: u64,
}

pub(super) fn overview(served: &Served) -> Result<Overview, CopyError> {
    let charter = served.charter()?;
    let register = served.register();
    let last = served.record(served.size().saturating_sub(1))?;
    let this_monday = Span::Week.start(day_of(last.received));
    let mut weeks = weeks(served, this_monday)?.into_iter();
    let standing = |row: &RecordRow| !row.flags.has(Status::Corrected) && !row.flags.has(Status::Retracted);
    let of_status = |status| Filter { statuses: vec![status], ..Filter::default() };
    let inquiries = Filter { kinds: vec![Kind::Inquiry], ..Filter::default() };
    let newest: Vec<u64> = (0..served.size()).rev().take(SHORT).collect();
    Ok(Overview {
        agreement: AgreementView {
            id: served.agreement().to_string(),
            title: charter.title.to_string(),
            origin: charter.origin().to_owned(),
            vkey: charter.log.to_string(),
            drill: charter.drill.is_some(),
            founded: served.record(0)?.received,
            review_by: charter.review_by.map(Stamp::ms),
            valid_until: charter.valid_until.map(Stamp::ms),
            zones: charter.zones.as_ref().map_or(0, |zones| zones.len() as u64),
        },
        parties: parties::rows(served)?,
        in_force: register.parties().iter().all(|party| party.acceded.is_some_and(|at| at < served.size())),
        as_of: last.received,
        ahead: served.ahead()?,
        this_week: weeks.next().unwrap_or(WeekCount { start: this_monday, total: 0, kinds: Vec::new() }),
        weeks_before: weeks.collect(),
        kinds: Kind::ALL
            .iter()
            .map(|kind| KindCount { kind: *kind, n: register.count(*kind) })
            .filter(|count| count.n > 0)
            .collect(),
        checkpoint: (served.size(), hex::encode(served.checkpoint().root().as_bytes()), served.verified_at()),
        quorum: served.quorum(),
        open_disputes: short(served, &of_status(Status::Disputed), standing)?,
        unanswered_inquiries: short(served, &inquiries, |row| {
            standing(row) && !row.flags.has(Status::Answered)
        })?,
        suspect: short(served, &of_status(Status::Suspect), |_| true)?,
        newest: served.rows(&newest)?,
    })
}

/// The weeks, the newest first, those without records among them.
fn weeks(served: &Served, this_monday: i32) -> Result<Vec<WeekCount>, CopyError> {
    let first = this_monday - 7 * WEEKS_BEFORE;
    let mut counts: BTreeMap<(i32, Kind), u64> = BTreeMap::new();
    aggregate::recorded(served.store(), first..this_monday + 7, &mut |day, _, kind, n| {
        *counts.entry((Span::Week.start(day), kind)).or_default() += n;
        ControlFlow::Continue(())
    })?;
    let week = |back: i32| {
        let start = this_monday - 7 * back;
        let kinds: Vec<KindCount> = Kind::ALL
            .iter()
            .filter_map(|kind| Some(KindCount { kind: *kind, n: *counts.get(&(start, *kind))? }))
            .collect();
        WeekCount { start, total: kinds.iter().map(|count| count.n).sum(), kinds }
    };
    Ok((0..=WEEKS_BEFORE).map(week).collect())
}

/// The newest records that match and pass.
fn short(
    served: &Served,
    filter: &Filter,
    pass: impl Fn(&RecordRow) -> bool,
) -> Result<Vec<RecordRow>, CopyError> {
    let found = query::search(served.store(), served.size(), filter, None, MAX_LOOKED_AT)?;
    let mut rows = Vec::new();
    for position in found.positions {
        let row = served.rows(&[position])?.pop();
        rows.extend(row.filter(&pass));
        if rows.len() == SHORT {
            break;
        }
    }
    Ok(rows)
}
