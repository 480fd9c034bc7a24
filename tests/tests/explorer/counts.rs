//! Counters against totals taken by hand.

use crate::log::{Log, explore, wait_for};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use truce_copy::aggregate::{self, Cell, Coverage, Region, Span, Tally, contributions, day_of};
use truce_copy::index::{Status, flags};
use truce_copy::source::Location;
use truce_explorer::model::{TimelineQuery, Views as _};
use truce_statement::{Kind, Role};

#[test]
fn counters_are_the_totals_of_what_stands() {
    let mut log = Log::new();
    let explorer = explore(Location::Ledger(log.ledger()), &log.copy());
    log.observe(30);
    wait_for(&explorer, log.size());
    log.live();
    let served = wait_for(&explorer, log.size());

    let mut wanted: BTreeMap<Cell, Tally> = BTreeMap::new();
    let mut recorded: BTreeMap<(i32, Kind), u64> = BTreeMap::new();
    for position in 0..served.size() {
        let record = served.record(position).unwrap();
        let kind = record.statement.kind();
        *recorded.entry((day_of(record.received), kind)).or_default() += 1;
        let role = served.register().party(&record.statement.header().iss).unwrap().role;
        let flags = flags(served.store(), position).unwrap();
        let gone = flags.has(Status::Corrected) || flags.has(Status::Retracted);
        for one in contributions(&record.statement) {
            for span in Span::ALL {
                let cell = |day| Cell {
                    span,
                    start: span.start(day),
                    class: role,
                    kind,
                    region: one.region.clone(),
                };
                let tally = wanted.entry(cell(one.day)).or_default();
                if gone {
                    tally.superseded += 1;
                } else {
                    tally.add(&one.tally, 1);
                }
            }
            for day in one.covers.iter().filter(|_| !gone) {
                let cell =
                    Cell { span: Span::Day, start: *day, class: role, kind, region: one.region.clone() };
                let tally = wanted.entry(cell).or_default();
                tally.covered += one.tally.figures;
                tally.blind += one.tally.not_known;
            }
        }
    }
    // Longer spans count days, not reports.
    let days: Vec<(Cell, Tally)> = wanted
        .iter()
        .filter(|(cell, _)| cell.span == Span::Day)
        .map(|(cell, tally)| (cell.clone(), *tally))
        .collect();
    for (cell, tally) in days {
        for span in [Span::Week, Span::Month] {
            let long =
                wanted.entry(Cell { span, start: span.start(cell.start), ..cell.clone() }).or_default();
            long.covered += i64::from(tally.covered > 0);
            long.blind += i64::from(tally.covered == 0 && tally.blind > 0);
        }
    }
    for span in Span::ALL {
        let mut found = BTreeMap::new();
        aggregate::cells(served.store(), span, i32::MIN..i32::MAX, &mut |cell, tally| {
            found.insert(cell, tally);
            ControlFlow::Continue(())
        })
        .unwrap();
        found.retain(|_, tally| !tally.is_zero());
        let mut wanted: BTreeMap<_, _> =
            wanted.iter().filter(|(cell, _)| cell.span == span).map(|(c, t)| (c.clone(), *t)).collect();
        wanted.retain(|_, tally| !tally.is_zero());
        assert_eq!(found, wanted);
    }
    let mut found = BTreeMap::new();
    aggregate::recorded(served.store(), i32::MIN..i32::MAX, &mut |day, _, kind, n| {
        *found.entry((day, kind)).or_default() += n;
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(found, recorded);
}

#[test]
fn none_and_nobody_there_never_look_alike() {
    let mut log = Log::new();
    log.live();
    let explorer = explore(Location::Ledger(log.ledger()), &log.copy());
    let served = wait_for(&explorer, log.size());
    // 1 to 7 February 2021.
    let query =
        TimelineQuery { from: Some(18_659), to: Some(18_665), span: Some(Span::Day), ..Default::default() };
    let view = served.timeline(&query).unwrap();
    assert_eq!(view.buckets.len(), 7);
    let of = |day: usize, region: &str, class| {
        let reports = &view.buckets[day - 1].reports;
        reports.iter().find(|f| f.region.as_deref() == Some(region) && f.class == class)
    };
    let donetsk = |day| of(day, "Donetsk region", Role::Mission);
    // Corrected from 10 to 12, and counted once.
    let second = donetsk(2).unwrap();
    assert_eq!((second.violations, second.reports, second.superseded), (Some(12), 1, 1));
    let third = donetsk(3).unwrap();
    assert_eq!((third.violations, third.coverage), (Some(0), Coverage::Reported { days: 1, of: 1 }));
    assert!(donetsk(4).is_none() && donetsk(5).is_none());
    let luhansk = of(3, "Luhansk region", Role::Mission).unwrap();
    assert_eq!((luhansk.violations, luhansk.coverage), (None, Coverage::NotKnown));
    let sixth = donetsk(6).unwrap();
    assert_eq!((sixth.violations, sixth.live_fire, sixth.without_live_fire), (Some(7), Some(4), Some(3)));
    assert_eq!((sixth.explosions, sixth.live_fire_everywhere), (Some(1), true));
    assert_eq!((third.live_fire, third.without_live_fire), (None, None));
    // Each class of source apart.
    assert_eq!(of(6, "Donetsk region", Role::Civil).unwrap().violations, Some(20));
    assert_eq!(view.classes, [Role::Mission, Role::Civil]);
    assert_eq!(view.regions, ["Donetsk region", "Luhansk region"]);

    let query = TimelineQuery { span: Some(Span::Week), class: Some(Role::Mission), ..query };
    let view = served.timeline(&query).unwrap();
    let week =
        view.buckets[0].reports.iter().find(|f| f.region.as_deref() == Some("Donetsk region")).unwrap();
    assert_eq!(week.coverage, Coverage::Reported { days: 3, of: 7 });
    assert_eq!((week.violations, week.live_fire, week.live_fire_everywhere), (Some(19), Some(4), false));
}

#[test]
fn a_drill_counts_nowhere() {
    let mut log = Log::new();
    log.live();
    let explorer = explore(Location::Ledger(log.ledger()), &log.copy());
    let served = wait_for(&explorer, log.size());
    let mut starts = Vec::new();
    aggregate::cells(served.store(), Span::Day, i32::MIN..i32::MAX, &mut |cell, tally| {
        if cell.kind == Kind::Notification {
            assert_eq!(cell.region, Region::Zone("donetsk".into()));
            starts.push((aggregate::civil(cell.start), tally.records));
        }
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(starts, [((2021, 9, 10), 1)]);
}
