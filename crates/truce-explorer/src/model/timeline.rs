//! Figures over time, per region and class of source, with coverage beside every figure.

use schemars::JsonSchema;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use truce_copy::aggregate::{self, Coverage, Region, Span, Tally, day_of};
use truce_copy::{CopyError, Served};
use truce_statement::{Kind, Role};

/// Cells of one view: bounds its memory. A longer period is shown in longer spans.
const MAX_CELLS: usize = 20_000;
/// Spans that a view chooses to have at most, where it may choose.
const MAX_BUCKETS: i32 = 120;

/// Choice of figures on a timeline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TimelineQuery {
    /// First day, since 1970-01-01; a quarter of a year before the newest record, where absent.
    pub from: Option<i32>,
    /// Last day, included; that of the newest record, where absent.
    pub to: Option<i32>,
    /// Only this region, as reports print it.
    pub region: Option<String>,
    /// Only this class of source.
    pub class: Option<Role>,
    /// Length of a span; chosen by the length of the period, where absent.
    pub span: Option<Span>,
}

/// Figures over time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TimelineView {
    /// Length of each span.
    pub span: Span,
    /// First day of the first span, since 1970-01-01.
    pub from: i32,
    /// Last day of the last span.
    pub to: i32,
    /// Regions that reports print in the period.
    pub regions: Vec<String>,
    /// Classes of source with records in the period.
    pub classes: Vec<Role>,
    /// Every span of the period, in order, those without records too.
    pub buckets: Vec<Bucket>,
    /// The period had more cells than one view holds; spans behind the last are missing.
    pub cut: bool,
}

/// One span.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Bucket {
    /// First day, since 1970-01-01.
    pub start: i32,
    /// Days of it.
    pub days: i32,
    /// For each region and class, the figures of periodic reports. If there are none, nobody reported.
    pub reports: Vec<Figures>,
    /// Notifications whose activity begins in the span, by class.
    pub notifications: i64,
    /// Restrictions of movement.
    pub restrictions: i64,
    /// Single observations.
    pub observations: i64,
    /// Statements on weapons.
    pub weapons: i64,
    /// Statements on harm done.
    pub harm: i64,
}

/// Figures that reports of one class print for one region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Figures {
    /// The region, as reports print it; `None` where they name none.
    pub region: Option<String>,
    /// Class of source.
    pub class: Role,
    /// Violations, where any report gives a figure.
    pub violations: Option<i64>,
    /// Explosions among them, where any report states them.
    pub explosions: Option<i64>,
    /// Live-fire training among them, where any report states it.
    pub live_fire: Option<i64>,
    /// Violations without those of live-fire training, of the reports that state it.
    pub without_live_fire: Option<i64>,
    /// Every figure states explosions.
    pub explosions_everywhere: bool,
    /// Every figure states live fire.
    pub live_fire_everywhere: bool,
    /// Reports that stand.
    pub reports: i64,
    /// Figures that are "not known".
    pub not_known: i64,
    /// Reports that were corrected or retracted since.
    pub superseded: i64,
    /// Days of the span that reports cover.
    pub coverage: Coverage,
}

pub(super) fn timeline(served: &Served, query: &TimelineQuery) -> Result<TimelineView, CopyError> {
    let mut newest = None;
    aggregate::last_cell(served.store(), Span::Day, &mut |cell| newest = Some(cell.start))?;
    let today = day_of(served.register().received());
    // What is notified lies ahead; the view ends with what was reported.
    let last = query.to.unwrap_or_else(|| newest.map_or(today, |newest| newest.min(today)));
    let first = query.from.unwrap_or(last.saturating_sub(90));
    if first > last {
        let what = format!("day {first} to day {last}: the first day is behind the last");
        return Err(CopyError::BadQuery { what });
    }
    let days = last.saturating_sub(first);
    let span = query.span.unwrap_or(match days {
        ..=62 => Span::Day,
        63..=730 => Span::Week,
        _ => Span::Month,
    });
    let mut starts = Vec::new();
    let mut start = span.start(first);
    while start <= last && starts.len() < usize::try_from(MAX_BUCKETS * 10).unwrap_or(usize::MAX) {
        starts.push(start);
        start = span.next(start);
    }
    let to = start - 1;
    let mut cells = BTreeMap::new();
    let mut cut = false;
    let mut seen = 0_usize;
    aggregate::cells(served.store(), span, span.start(first)..to + 1, &mut |cell, tally| {
        seen += 1;
        cut = seen > MAX_CELLS;
        if query.class.is_none_or(|class| class == cell.class) && !tally.is_zero() {
            cells.insert((cell.start, cell.kind, name(&cell.region), cell.class), (cell, tally));
        }
        if cut { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    let regions: BTreeSet<String> = cells
        .keys()
        .filter(|(_, kind, ..)| *kind == Kind::Report)
        .filter_map(|(_, _, region, _)| region.clone())
        .collect();
    let classes: BTreeSet<Role> = cells.keys().map(|(.., class)| *class).collect();
    let buckets = starts
        .iter()
        .map(|start| {
            let of_kind = |kind: Kind| {
                let here = cells
                    .range((*start, kind, None, Role::State)..)
                    .take_while(move |(key, _)| key.0 == *start && key.1 == kind);
                here.filter(|((.., region, _), _)| query.region.is_none() || query.region == *region)
            };
            let records = |kind| of_kind(kind).map(|(_, (_, tally))| tally.records).sum();
            Bucket {
                start: *start,
                days: span.next(*start) - start,
                reports: of_kind(Kind::Report)
                    .map(|((_, _, region, class), (cell, tally))| {
                        figures(region.clone(), *class, tally, Coverage::of(cell, tally))
                    })
                    .collect(),
                notifications: records(Kind::Notification),
                restrictions: records(Kind::Restriction),
                observations: records(Kind::Observation),
                weapons: records(Kind::Weapons),
                harm: records(Kind::Harm),
            }
        })
        .collect();
    Ok(TimelineView {
        span,
        from: span.start(first),
        to,
        regions: regions.into_iter().collect(),
        classes: classes.into_iter().collect(),
        buckets,
        cut,
    })
}

fn name(region: &Region) -> Option<String> {
    match region {
        Region::None => None,
        Region::Named(name) | Region::Zone(name) => Some(name.clone()),
    }
}

fn figures(region: Option<String>, class: Role, tally: &Tally, coverage: Coverage) -> Figures {
    let stated = |n: i64, of: i64| (of > 0).then_some(n);
    Figures {
        region,
        class,
        violations: stated(tally.violations, tally.figures),
        explosions: stated(tally.explosions, tally.explosions_stated),
        live_fire: stated(tally.live_fire, tally.live_fire_stated),
        without_live_fire: stated(tally.live_fire_of - tally.live_fire, tally.live_fire_stated),
        explosions_everywhere: tally.explosions_stated == tally.figures,
        live_fire_everywhere: tally.live_fire_stated == tally.figures,
        reports: tally.records,
        not_known: tally.not_known,
        superseded: tally.superseded,
        coverage,
    }
}
