//! What pages and the API print.

use crate::log::{Log, explore, wait_for};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::sync::Arc;
use truce_copy::index::Status;
use truce_copy::query::{Filter, Total};
use truce_copy::source::Location;
use truce_copy::{Explorer, Served};
use truce_explorer::model::{CalendarQuery, Direction, MapQuery, Reading, Views as _};
use truce_statement::{Entry, Kind, Relation, Role, Statement};
use truce_tlog::{ProofFile, VKey, leaf_hash};

fn lived() -> (Log, Explorer, Arc<Served>) {
    let mut log = Log::new();
    log.live();
    let explorer = explore(Location::Ledger(log.ledger()), &log.copy());
    let served = wait_for(&explorer, log.size());
    (log, explorer, served)
}

fn of_kind(served: &Served, kind: Kind) -> Vec<u64> {
    let filter = Filter { kinds: vec![kind], ..Filter::default() };
    let mut rows = served.records(&filter, None, 200).unwrap().rows;
    rows.reverse();
    rows.iter().map(|row| row.position).collect()
}

#[test]
fn the_overview_says_what_there_is() {
    let (log, explorer, served) = lived();
    let overview = Reading::of(&explorer).served().unwrap().overview().unwrap();
    assert_eq!(overview.agreement.id, log.world.agreement().to_string());
    assert!(overview.in_force);
    assert_eq!(overview.parties.len(), 5);
    assert_eq!(overview.parties[0].statements, u64::try_from(of_party(&served, "mission")).unwrap());
    assert_eq!(overview.this_week.total, log.size());
    assert_eq!(overview.weeks_before.len(), 8);
    assert_eq!(overview.kinds.iter().map(|count| count.n).sum::<u64>(), log.size());
    assert_eq!(overview.newest[0].position, log.size() - 1);
    assert_eq!(overview.unanswered_inquiries.len(), 1);
    assert_eq!(overview.suspect.len(), 1);
    // The disputed report was corrected since: nothing is open.
    assert!(overview.open_disputes.is_empty());
    assert_eq!(overview.quorum, None);
}

fn of_party(served: &Served, id: &str) -> usize {
    let all = 0..served.size();
    all.filter(|position| served.record(*position).unwrap().statement.header().iss.as_str() == id).count()
}

#[test]
fn flags_say_what_became_of_a_record() {
    let (_log, _explorer, served) = lived();
    let flags = |position: u64| served.rows(&[position]).unwrap()[0].flags.iter().collect::<Vec<_>>();
    let reports = of_kind(&served, Kind::Report);
    assert_eq!(flags(reports[0]), [Status::Corrected, Status::Replied, Status::Disputed, Status::Examined]);
    assert_eq!(flags(reports[3]), [Status::Suspect]);
    assert_eq!(flags(reports[4]), [Status::Correction]);
    assert_eq!(flags(of_kind(&served, Kind::Document)[0]), [Status::Retraction]);
    assert_eq!(flags(of_kind(&served, Kind::Inquiry)[0]), [Status::Answered]);
    assert_eq!(flags(of_kind(&served, Kind::Delivery)[0]), [Status::Late]);
    assert_eq!(flags(of_kind(&served, Kind::Notification)[1]), [Status::Drill]);
    assert_eq!(flags(*of_kind(&served, Kind::Observation).last().unwrap()), [Status::Retracted]);
}

#[test]
fn a_record_has_its_trail_both_ways() {
    let (_log, _explorer, served) = lived();
    let reports = of_kind(&served, Kind::Report);
    let view = served.record_view(reports[0]).unwrap();
    let trail: Vec<_> = view.trail.iter().map(|item| (item.relation, item.direction)).collect();
    assert_eq!(
        trail,
        [
            (Relation::Corrects, Direction::In),
            (Relation::Disputes, Direction::In),
            (Relation::About, Direction::In)
        ]
    );
    let correction = served.record_view(reports[4]).unwrap();
    assert_eq!(correction.trail[0].direction, Direction::Out);
    assert_eq!(correction.trail[0].target.as_ref().unwrap().position, reports[0]);
    assert_eq!(
        served.superseded_by(&served.record(reports[0]).unwrap().statement.id()).unwrap().unwrap().1,
        reports[4]
    );
    let suspect = served.record_view(reports[3]).unwrap();
    assert_eq!(suspect.suspect, Some(served.size() - 1));
}

#[test]
fn feeds_are_walked_both_ways() {
    let (log, _explorer, served) = lived();
    let mut of_mission: Vec<u64> = Vec::new();
    for position in 0..served.size() {
        let record = served.record(position).unwrap();
        if record.statement.header().kid == log.world.members[0].work.key.public().id() {
            of_mission.push(position);
        }
    }
    for (i, position) in of_mission.iter().enumerate() {
        let view = served.record_view(*position).unwrap();
        assert_eq!(view.next_in_feed, of_mission.get(i + 1).copied());
        assert_eq!(view.previous_in_feed, i.checked_sub(1).map(|i| of_mission[i]));
    }
}

#[test]
fn evidence_verifies_without_the_explorer() {
    let (log, _explorer, served) = lived();
    for position in 0..log.size() {
        let view = served.record_view(position).unwrap();
        let document = &view.document;
        assert_eq!(document["position"], position);
        assert!(document["received"].as_str().unwrap().contains(".000Z"), "{document}");
        let evidence = &view.evidence;
        let bytes = |value: &Value| STANDARD.decode(value.as_str().unwrap()).unwrap();
        let charter = bytes(&evidence["keys"][0]["entry"]);
        let charter = Statement::parse(Entry::parse(&charter).unwrap().statement).unwrap();
        let truce_statement::Body::Charter(body) = charter.body() else { panic!("no charter") };
        let vkey: VKey = body.log.as_str().parse().unwrap();
        let mut checked = 0;
        let mut check = |at: u64, entry: &Value, proof: &Value| {
            let entry = bytes(entry);
            let file = ProofFile::parse(proof.as_str().unwrap().as_bytes()).unwrap();
            assert_eq!(file.index(), at);
            let checkpoint = truce_tlog::SignedCheckpoint::open(file.checkpoint(), &vkey, &[]).unwrap();
            assert_eq!(checkpoint.size(), log.size());
            truce_tlog::verify_inclusion(
                at,
                checkpoint.size(),
                &leaf_hash(&entry),
                file.path(),
                checkpoint.root(),
            )
            .unwrap();
            assert_eq!(file.extra().unwrap(), Entry::parse(&entry).unwrap().extra());
            checked += 1;
        };
        check(position, &evidence["entry"], &evidence["proof"]);
        if position > 0 {
            check(position - 1, &evidence["before"], &evidence["before_proof"]);
        } else {
            assert!(evidence.get("before").is_none());
        }
        for item in evidence["keys"].as_array().unwrap().iter().chain(evidence.get("feed")) {
            check(item["position"].as_u64().unwrap(), &item["entry"], &item["proof"]);
        }
        assert_eq!(evidence.get("feed").is_some(), document["seq"] != 0);
        assert!(checked >= 2);
    }
}

#[test]
fn keys_tell_who_could_sign_what_and_when() {
    let (log, _explorer, served) = lived();
    let civil = served.party(&"civil".parse().unwrap()).unwrap().unwrap();
    assert_eq!((civil.row.role, civil.keys.len()), (Role::Civil, 2));
    assert!(civil.keys[0].root && !civil.keys[1].root);
    let revoked = civil.keys[1].revoked.as_ref().unwrap();
    assert_eq!((revoked.position, revoked.suspect_since), (log.size() - 1, Some(1_609_459_200_000)));
    assert_eq!(civil.by_kind.iter().map(|count| count.n).sum::<u64>(), civil.row.statements);
    let key = served.key_view(&civil.keys[1].kid.parse().unwrap()).unwrap().unwrap();
    assert_eq!(key.feed.total, Total::Exact(1));
    assert_eq!(key.row.last, Some(key.feed.rows[0].position));
    assert!(served.party(&"nobody".parse().unwrap()).unwrap().is_none());
}

#[test]
fn map_and_calendar_have_what_is_placed_and_notified() {
    let (_log, _explorer, served) = lived();
    let map = served.map(&MapQuery::default()).unwrap();
    assert_eq!(map.zones.len(), 2);
    assert_eq!(map.events[0].precision_m, Some(500));
    assert_eq!((map.events[0].lat, map.events[0].lon), (481_397_000, 377_497_000));
    assert_eq!(map.events.len(), 12);
    assert!(map.events.iter().skip(1).all(|event| event.precision_m.is_none()));
    assert_eq!(map.bounds, Some((480_000_000, 370_000_000, 481_397_000, 378_000_000)));
    // August and September 2021.
    let calendar = served.calendar(&CalendarQuery { from: 18_840, to: 18_900 }).unwrap();
    assert_eq!(calendar.activities.len(), 1);
    let activity = &calendar.activities[0];
    assert_eq!((activity.designation.as_str(), activity.lead_days), ("Zapad-2021", 251));
    let year = served.calendar(&CalendarQuery { from: 18_990, to: 19_100 }).unwrap();
    assert_eq!((year.plans.len(), year.plans[0].year, year.plans[0].activities), (1, 2022, 0));
}

#[test]
fn facets_and_checkpoints_are_listed() {
    let (mut log, explorer, _) = lived();
    log.observe(5);
    let served = wait_for(&explorer, log.size());
    let facets = served.facets().unwrap();
    assert_eq!(facets.regions, ["Donetsk region", "Luhansk region"]);
    assert_eq!(facets.years, Some((2020, 2022)));
    assert!(facets.kinds.contains(&Kind::Harm) && !facets.kinds.contains(&Kind::Signal));
    let view = served.checkpoints(None, 10).unwrap();
    assert_eq!((view.rows.len(), view.rows[0].entries_since), (2, Some(5)));
    let reading = Reading::of(&explorer);
    let missing = reading.served().unwrap().record_view(log.size()).unwrap_err();
    assert_eq!(missing.code(), "no-such-record");
    let found = served.find(&served.record(9).unwrap().statement.id()).unwrap();
    assert_eq!(found.unwrap().position, 9);
}
