//! Search against looking at every record.

use crate::log::{Log, explore, wait_for};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};
use truce_copy::aggregate::day_of;
use truce_copy::index::{Flags, Status, flags, words};
use truce_copy::query::{Filter, Total, search};
use truce_copy::source::Location;
use truce_copy::{Explorer, Served};
use truce_statement::{Kind, Role};

/// One log, copied in two ways: at once, and entry by entry.
struct Scene {
    _log: Log,
    _explorer: Explorer,
    served: Arc<Served>,
    records: Vec<Known>,
}

struct Known {
    party: String,
    role: Role,
    kind: Kind,
    zones: Vec<String>,
    day: Option<i32>,
    words: BTreeSet<String>,
    flags: Flags,
    placed: bool,
}

static SCENE: LazyLock<Scene> = LazyLock::new(|| {
    let mut log = Log::new();
    let explorer = explore(Location::Ledger(log.ledger()), &log.copy());
    // Small batches first, as a log grows; then a large one.
    for _ in 0..4 {
        log.observe(7);
        wait_for(&explorer, log.size());
    }
    log.live();
    wait_for(&explorer, log.size());
    log.observe(2_500);
    let served = wait_for(&explorer, log.size());
    let records = (0..served.size()).map(|position| known(&served, position)).collect();
    Scene { _log: log, _explorer: explorer, served, records }
});

fn texts(value: &serde_json::Value, found: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::String(text) => found.extend(words(text)),
        serde_json::Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        serde_json::Value::Object(fields) => fields.values().for_each(|item| texts(item, found)),
        _ => {}
    }
}

fn known(served: &Served, position: u64) -> Known {
    let record = served.record(position).unwrap();
    let statement = &record.statement;
    let body = statement.body().to_json().unwrap();
    let mut found = BTreeSet::new();
    texts(&body, &mut found);
    let facets = statement.body().facets();
    Known {
        party: statement.header().iss.to_string(),
        role: served.register().party(&statement.header().iss).unwrap().role,
        kind: statement.kind(),
        zones: facets.zones.iter().map(|zone| (*zone).to_owned()).collect(),
        day: facets.time.map(day_of),
        words: found,
        flags: flags(served.store(), position).unwrap(),
        placed: body.pointer("/place/point").is_some(),
    }
}

fn matches(filter: &Filter, one: &Known) -> bool {
    let any = |n: usize, hit: bool| n == 0 || hit;
    any(filter.parties.len(), filter.parties.iter().any(|party| party.as_str() == one.party))
        && any(filter.kinds.len(), filter.kinds.contains(&one.kind))
        && any(filter.zones.len(), filter.zones.iter().any(|zone| one.zones.contains(zone)))
        && any(filter.roles.len(), filter.roles.contains(&one.role))
        && any(filter.statuses.len(), filter.statuses.iter().any(|status| one.flags.has(*status)))
        && (filter.from.is_none() && filter.to.is_none()
            || one.day.is_some_and(|day| {
                filter.from.is_none_or(|from| from <= day) && filter.to.is_none_or(|to| day <= to)
            }))
        && words(&filter.text).iter().all(|word| one.words.contains(word))
        && (!filter.placed || one.placed)
}

fn filter() -> impl Strategy<Value = Filter> {
    let party = prop::sample::select(vec!["mission", "north", "south", "guarantor", "civil"]);
    let kind = prop::sample::select(vec![
        Kind::Observation,
        Kind::Report,
        Kind::Inquiry,
        Kind::Notification,
        Kind::Harm,
    ]);
    let zone = prop::sample::select(vec!["donetsk", "luhansk", "nowhere"]);
    let role = prop::sample::select(Role::ALL.to_vec());
    let status = prop::sample::select(Status::ALL.to_vec());
    let text = prop::sample::select(vec![
        "",
        "",
        "",
        "word3",
        "word5 авдіївка",
        "number",
        "BALLOONS",
        "number 77",
        "nothing",
    ]);
    let day = prop::option::weighted(0.3, 18_600_i32..18_720);
    (
        prop::collection::vec(party, 0..2),
        prop::collection::vec(kind, 0..3),
        prop::collection::vec(zone, 0..2),
        prop::collection::vec(role, 0..2),
        prop::collection::vec(status, 0..2),
        text,
        (day.clone(), day),
        prop::bool::weighted(0.2),
    )
        .prop_map(|(parties, kinds, zones, roles, statuses, text, (from, to), placed)| Filter {
            parties: parties.into_iter().map(|id| id.parse().unwrap()).collect(),
            kinds,
            zones: zones.into_iter().map(str::to_owned).collect(),
            roles,
            statuses,
            from,
            to,
            text: text.to_owned(),
            placed,
            ..Filter::default()
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_filter_finds_what_looking_at_every_record_finds(filter in filter(), limit in 15_usize..200) {
        let scene = &*SCENE;
        let wanted: Vec<u64> = (0..scene.served.size())
            .rev()
            .filter(|position| matches(&filter, &scene.records[usize::try_from(*position).unwrap()]))
            .collect();
        let mut found = Vec::new();
        let mut before = None;
        loop {
            let page = search(scene.served.store(), scene.served.size(), &filter, before, limit).unwrap();
            prop_assert!(page.positions.len() <= limit);
            match page.total {
                Total::Exact(n) => prop_assert_eq!(n, wanted.len() as u64),
                Total::AtLeast(n) => prop_assert!(n <= wanted.len() as u64),
            }
            found.extend(page.positions);
            match page.next {
                Some(next) => before = Some(next),
                None => break,
            }
        }
        prop_assert_eq!(found, wanted);
    }
}

#[test]
fn paging_is_not_moved_by_what_comes_meanwhile() {
    let mut log = Log::new();
    log.observe(90);
    let explorer = explore(Location::Ledger(log.ledger()), &log.copy());
    let served = wait_for(&explorer, log.size());
    let filter = Filter { text: "number".into(), ..Filter::default() };
    let all = search(served.store(), served.size(), &filter, None, 200).unwrap().positions;
    assert_eq!(all.len(), 90);
    let mut found = Vec::new();
    let mut before = None;
    loop {
        log.observe(3);
        let served = wait_for(&explorer, log.size());
        let page = search(served.store(), served.size(), &filter, before.or(Some(96)), 20).unwrap();
        found.extend(page.positions);
        let Some(next) = page.next else { break };
        before = Some(next);
    }
    assert_eq!(found, all);
}

#[test]
fn a_log_that_grows_by_single_entries_has_no_row_for_each() {
    use truce_store::{IndexRead as _, ScanRange, Space};
    let mut log = Log::new();
    let explorer = explore(Location::Ledger(log.ledger()), &log.copy());
    for _ in 0..12 {
        log.observe(1);
        wait_for(&explorer, log.size());
    }
    let served = wait_for(&explorer, log.size());
    let term = truce_copy::index::Term::Kind(Kind::Observation);
    let mut rows = 0;
    served
        .store()
        .scan(Space::By, &ScanRange::prefix(&term.key()), &mut |_, _| {
            rows += 1;
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(rows, 1);
    assert_eq!(truce_copy::index::count(served.store(), &term).unwrap(), 12);
}
