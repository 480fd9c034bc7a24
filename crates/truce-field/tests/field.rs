//! From an outbox on disk to a verified receipt, over a good link, a bad one, and to a depositary that lies.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod world;

use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};
use truce_field::{
    Added, Courier, CourierReport, Ended, FieldError, Hold, ItemState, Outbox, Pace, Trust, Until,
};
use truce_statement::{AgreementId, Code, StatementId};
use truce_tlog::{Ed25519NoteSigner, NoteSigner as _, Policy};
use world::depositary::{Depositary, Lie};
use world::link::{Fault, Link};
use world::{Feed, accession, agreement, charter, id, log_key, policy};

fn brisk() -> Pace {
    Pace {
        connect: Duration::from_secs(2),
        request: Duration::from_secs(5),
        first_pause: Duration::from_millis(2),
        longest_pause: Duration::from_millis(20),
        poll: Duration::from_millis(2),
        seed: Some(1),
        ..Pace::default()
    }
}

fn outbox(folder: &Path) -> Outbox {
    let mut outbox = Outbox::open(folder).unwrap();
    outbox.believe(Some(agreement()), &Trust::of_charter(&charter()).unwrap()).unwrap();
    outbox
}

fn run_with(outbox: &mut Outbox, url: &str, until: Until, pace: Pace, seconds: u64) -> CourierReport {
    let depositary = truce_field::DepositaryClient::new(url, None, pace).unwrap();
    let end = Instant::now() + Duration::from_secs(seconds);
    Courier::new(depositary, until).run(outbox, end, &mut |_| {}).unwrap()
}

fn run(outbox: &mut Outbox, url: &str, until: Until) -> CourierReport {
    run_with(outbox, url, until, brisk(), 20)
}

fn state(outbox: &Outbox, bytes: &[u8]) -> ItemState {
    outbox.item(&id(bytes)).unwrap().state()
}

/// An outbox with the accession delivered already, and a depositary.
fn begun(folder: &Path) -> (Outbox, Depositary) {
    let depositary = Depositary::start();
    let mut outbox = outbox(folder);
    outbox.add(&accession(), None).unwrap();
    assert_eq!(run(&mut outbox, &depositary.url(), Until::Accepted).ended, Ended::Done);
    assert_eq!(state(&outbox, &accession()), ItemState::Final);
    (outbox, depositary)
}

/// Nothing came before what its feed has before it, and nothing was refused for its order.
fn in_feed_order(depositary: &Depositary) {
    let log = depositary.log.lock().unwrap();
    let out_of_order: Vec<_> = log
        .arrivals
        .iter()
        .filter(|(_, code)| matches!(code, Some(Code::FeedGap | Code::FeedFork)))
        .collect();
    assert!(out_of_order.is_empty(), "{out_of_order:?}");
}

#[test]
fn what_is_queued_is_delivered_in_feed_order_with_its_proof_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let depositary = Depositary::start();
    let mut outbox = outbox(&folder.path().join("outbox"));
    // Two keys of the mission, interleaved, and the statements of each added backwards.
    let (mut hub, mut post) = (Feed::new(1), Feed::new(2));
    let (first, second) = (hub.reports(20), post.reports(20));
    let seen = folder.path().join("seen.cose");
    std::fs::write(&seen, &first[7]).unwrap();
    outbox.add(&accession(), None).unwrap();
    for (a, b) in first.iter().rev().zip(second.iter().rev()) {
        let file = (*a == first[7]).then_some(seen.as_path());
        assert_eq!(outbox.add(a, file).unwrap(), Added::Queued);
        assert_eq!(outbox.add(b, None).unwrap(), Added::Queued);
    }
    let outcome = run(&mut outbox, &depositary.url(), Until::Final);
    assert_eq!((outcome.ended, outcome.alarms, outcome.held), (Ended::Done, vec![], vec![]));
    assert!(outbox.items().all(|item| item.state() == ItemState::Final));
    in_feed_order(&depositary);
    let log = depositary.log.lock().unwrap();
    assert_eq!(log.statements().len(), 41);
    assert_eq!(log.arrivals.len(), 41, "each was sent once");
    // Alone, the statement and the proof beside it verify.
    let proof = std::fs::read(folder.path().join("seen.tlog-proof")).unwrap();
    let receipt = Trust::of_charter(&charter()).unwrap().verify(&first[7], &proof).unwrap();
    assert!(receipt.is_final && receipt.witnesses.len() == 3);
    assert_eq!(log.statements()[usize::try_from(receipt.position).unwrap() - 1], id(&first[7]));
}

#[test]
fn the_outbox_is_what_it_was_after_it_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let (mut outbox, depositary) = begun(folder.path());
    let reports = Feed::new(1).reports(3);
    depositary.log.lock().unwrap().cosigners = 0;
    outbox.add(&reports[0], None).unwrap();
    run(&mut outbox, &depositary.url(), Until::Accepted);
    outbox.add(&reports[1], None).unwrap();
    assert!(matches!(Outbox::open(folder.path()), Err(FieldError::Busy { .. })));
    let looking = Outbox::view(folder.path()).unwrap();
    let states = |outbox: &Outbox| outbox.items().map(|item| (item.id(), item.state())).collect::<Vec<_>>();
    assert_eq!(states(&looking), states(&outbox));
    drop(outbox);
    let outbox = Outbox::open(folder.path()).unwrap();
    assert_eq!(state(&outbox, &accession()), ItemState::Final);
    assert_eq!(state(&outbox, &reports[0]), ItemState::Accepted);
    assert_eq!(state(&outbox, &reports[1]), ItemState::Queued);
    assert_eq!(outbox.damage(), []);
}

#[test]
fn what_is_refused_is_kept_and_holds_back_its_feed_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (mut outbox, depositary) = begun(folder.path());
    let (mut hub, mut post) = (Feed::new(1), Feed::new(2));
    let (good, bad, behind) = (hub.report(), hub.refusable(), hub.report());
    let other = post.report();
    for bytes in [&good, &bad, &behind, &other] {
        outbox.add(bytes, None).unwrap();
    }
    let outcome = run(&mut outbox, &depositary.url(), Until::Accepted);
    assert_eq!(outcome.ended, Ended::Done);
    let states = [&good, &bad, &behind, &other].map(|bytes| state(&outbox, bytes));
    assert_eq!(states, [ItemState::Final, ItemState::Refused, ItemState::Queued, ItemState::Final]);
    assert_eq!(outcome.held, [(id(&behind), Hold::Behind(id(&bad)))]);
    let problem = outbox.item(&id(&bad)).unwrap().problem().unwrap();
    assert_eq!(problem.code, "unknown-party");
    assert_eq!(problem.title, Code::UnknownParty.sentence());
    assert_eq!(problem.remedy, Code::UnknownParty.remedy());
    // Nothing of it is tried again by itself.
    let before = depositary.log.lock().unwrap().arrivals.len();
    drop(outbox);
    let mut outbox = Outbox::open(folder.path()).unwrap();
    run(&mut outbox, &depositary.url(), Until::Accepted);
    assert_eq!(depositary.log.lock().unwrap().arrivals.len(), before);
    // Asked to, it is; and when it is given up, what is behind it is told as a gap, and still not sent.
    assert_eq!(outbox.again().unwrap(), 1);
    run(&mut outbox, &depositary.url(), Until::Accepted);
    assert_eq!(state(&outbox, &bad), ItemState::Refused);
    assert!(matches!(outbox.forget(&id(&bad), false), Err(FieldError::NotDelivered(_))));
    outbox.forget(&id(&bad), true).unwrap();
    let outcome = run(&mut outbox, &depositary.url(), Until::Accepted);
    assert_eq!(outcome.held, [(id(&behind), Hold::Missing { seq: 1 })]);
    assert_eq!(state(&outbox, &behind), ItemState::Queued);
}

#[test]
fn a_statement_whose_predecessor_is_elsewhere_waits_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let (mut outbox, depositary) = begun(folder.path());
    let reports = Feed::new(1).reports(3);
    outbox.add(&reports[0], None).unwrap();
    outbox.add(&reports[2], None).unwrap();
    let outcome = run(&mut outbox, &depositary.url(), Until::Accepted);
    assert_eq!(outcome.held, [(id(&reports[2]), Hold::Missing { seq: 1 })]);
    outbox.add(&reports[1], None).unwrap();
    let outcome = run(&mut outbox, &depositary.url(), Until::Accepted);
    assert_eq!((outcome.ended, outcome.held), (Ended::Done, vec![]));
    in_feed_order(&depositary);
}

#[test]
fn statements_that_contradict_the_feed_or_the_agreement_are_not_taken() {
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = outbox(folder.path());
    let (mut one, mut two) = (Feed::new(1), Feed::new(1));
    let first = one.report();
    outbox.add(&first, None).unwrap();
    let fork = two.refusable();
    assert!(matches!(outbox.add(&fork, None), Err(FieldError::Fork { .. })));
    let behind_the_fork = two.report();
    assert!(matches!(outbox.add(&behind_the_fork, None), Err(FieldError::Fork { .. })));
    assert_eq!(outbox.add(&first, None).unwrap(), Added::Before);
    let mut forged = one.report();
    forged.truncate(forged.len() - 1);
    let error = outbox.add(&forged, None).unwrap_err();
    assert_eq!(error.code(), "malformed-cose");
    let elsewhere = AgreementId::from_bytes([1; 32]);
    let foreign = Feed::new(2).for_agreement(elsewhere).report();
    let error = outbox.add(&foreign, None).unwrap_err();
    assert!(matches!(error, FieldError::OtherAgreement { found, .. } if found == elsewhere));
    let trust = Trust::of_charter(&charter()).unwrap();
    let error = outbox.believe(Some(elsewhere), &trust).unwrap_err();
    assert!(matches!(error, FieldError::OtherTrust { what: "agreement" }));
    let other_log = Ed25519NoteSigner::from_seed(world::ORIGIN, &[9; 32]).unwrap();
    let other = Trust::new(&[other_log.vkey().clone()], None).unwrap();
    assert!(matches!(outbox.believe(None, &other), Err(FieldError::OtherTrust { what: "log" })));
    assert_eq!(outbox.items().count(), 1);
}

/// Each lie that can be told about a fresh statement, and what becomes of it.
#[test]
fn a_lying_depositary_raises_an_alarm_and_delivers_nothing() {
    let lies = [
        (Lie::WrongProof, "receipt-not-included"),
        (Lie::OtherStatement, "receipt-not-included"),
        (Lie::OtherLog, "receipt-of-another-log"),
        (Lie::OtherKey, "receipt-bad-signature"),
        (Lie::Gigantic, "receipt-too-large"),
        (Lie::Nonsense, "receipt-malformed"),
    ];
    for (lie, code) in lies {
        let folder = tempfile::tempdir().unwrap();
        let (mut outbox, depositary) = begun(folder.path());
        let reports = Feed::new(1).reports(2);
        outbox.add(&reports[0], None).unwrap();
        depositary.lie(lie);
        let outcome = run(&mut outbox, &depositary.url(), Until::Accepted);
        assert_eq!(outcome.ended, Ended::Alarmed, "{lie:?}");
        assert_eq!(outcome.alarms, [(id(&reports[0]), code.to_owned())], "{lie:?}");
        let item = outbox.item(&id(&reports[0])).unwrap();
        assert!(!item.state().is_delivered() && item.receipt().is_none(), "{lie:?}");
        assert!(!outbox.proof_file(&item.id()).exists(), "{lie:?}");
        let evidence = item.alarm().unwrap().evidence.clone().unwrap();
        let kept = std::fs::metadata(evidence).unwrap().len();
        assert!(kept > 0 && kept < 1_200_000, "{lie:?}: {kept}");
        // It is not tried again, nor is anything sent behind it, until somebody says so.
        outbox.add(&reports[1], None).unwrap();
        depositary.lie(Lie::None);
        drop(outbox);
        let mut outbox = Outbox::open(folder.path()).unwrap();
        run(&mut outbox, &depositary.url(), Until::Accepted);
        assert!(!state(&outbox, &reports[0]).is_delivered(), "{lie:?}");
        outbox.again().unwrap();
        assert_eq!(run(&mut outbox, &depositary.url(), Until::Accepted).ended, Ended::Done, "{lie:?}");
        assert_eq!(state(&outbox, &reports[1]), ItemState::Final, "{lie:?}");
    }
}

/// Each lie that can be told about a statement whose receipt is kept.
#[test]
fn a_depositary_that_contradicts_its_own_receipt_raises_an_alarm() {
    for (lie, code) in [
        (Lie::Denies, "receipt-denied"),
        (Lie::Forks, "log-forked"),
        (Lie::Moves, "receipt-moved"),
        (Lie::ClaimsFinal, "final-without-quorum"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (mut outbox, depositary) = begun(folder.path());
        let report = Feed::new(1).report();
        outbox.add(&report, None).unwrap();
        depositary.log.lock().unwrap().cosigners = 1;
        run(&mut outbox, &depositary.url(), Until::Accepted);
        assert_eq!(state(&outbox, &report), ItemState::Accepted);
        depositary.log.lock().unwrap().cosigners = 3;
        depositary.lie(lie);
        let outcome = run(&mut outbox, &depositary.url(), Until::Final);
        assert_eq!(outcome.alarms, [(id(&report), code.to_owned())], "{lie:?}");
        // The receipt that verified stays what it was.
        assert_eq!(state(&outbox, &report), ItemState::Accepted, "{lie:?}");
        // Both sides of a contradiction are kept, whatever comes after: each verifies by itself.
        let evidence = outbox.item(&id(&report)).unwrap().alarm().unwrap().evidence.clone().unwrap();
        depositary.lie(Lie::None);
        outbox.again().unwrap();
        assert_eq!(run(&mut outbox, &depositary.url(), Until::Final).ended, Ended::Done);
        let trust = Trust::of_charter(&charter()).unwrap();
        let verified = |path: &Path| trust.verify(&report, &std::fs::read(path).unwrap()).unwrap();
        let shown = verified(&evidence);
        if matches!(lie, Lie::Forks | Lie::Moves) {
            let before = verified(
                &evidence
                    .with_file_name(format!("{}.before", evidence.file_name().unwrap().to_str().unwrap())),
            );
            assert!(shown.agrees_with(&before).is_err(), "{lie:?}");
        }
    }
}

#[test]
fn what_says_final_without_a_quorum_is_never_final() {
    let folder = tempfile::tempdir().unwrap();
    let (mut outbox, depositary) = begun(folder.path());
    let report = Feed::new(1).report();
    outbox.add(&report, None).unwrap();
    depositary.lie(Lie::ClaimsFinal);
    let outcome = run(&mut outbox, &depositary.url(), Until::Accepted);
    assert_eq!(outcome.alarms, [(id(&report), "final-without-quorum".to_owned())]);
    assert_eq!(state(&outbox, &report), ItemState::Accepted);
}

#[test]
fn by_a_policy_of_no_quorum_all_cosignatures_make_nothing_final() {
    let folder = tempfile::tempdir().unwrap();
    let (outbox, _depositary) = begun(folder.path());
    let proof = std::fs::read(outbox.proof_file(&id(&accession()))).unwrap();
    let none = Policy::parse(policy().replace("quorum g", "quorum none").as_bytes()).unwrap();
    let by_charter = Trust::of_charter(&charter()).unwrap();
    assert!(by_charter.knows_finality());
    let by_key = Trust::new(&[log_key().vkey().clone()], Some(none.clone())).unwrap();
    for trust in [by_charter.with_quorum(none), by_key] {
        assert!(!trust.knows_finality());
        let receipt = trust.verify(&accession(), &proof).unwrap();
        assert_eq!(
            (receipt.is_final, receipt.witnesses.len()),
            (false, 3),
            "their word is told all the same"
        );
    }
}

#[test]
fn what_is_not_a_depositary_or_does_not_answer_is_tried_until_the_time_is_over() {
    for lie in [Lie::Portal, Lie::Endless, Lie::Busy(0), Lie::OtherResults] {
        let folder = tempfile::tempdir().unwrap();
        let (mut outbox, depositary) = begun(folder.path());
        let mut hub = Feed::new(1);
        for report in hub.reports(if lie == Lie::OtherResults { 2 } else { 1 }) {
            outbox.add(&report, None).unwrap();
        }
        depositary.lie(lie);
        let pace = Pace { request: Duration::from_millis(200), ..brisk() };
        let outcome = run_with(&mut outbox, &depositary.url(), Until::Accepted, pace, 1);
        // A lie about a sequence is overcome by asking about each.
        if lie != Lie::OtherResults {
            assert!(matches!(outcome.ended, Ended::OutOfTime(Some(_))), "{lie:?}: {:?}", outcome.ended);
            assert!(outbox.items().skip(1).all(|item| !item.state().is_delivered()), "{lie:?}");
        }
        assert_eq!(outcome.alarms, [], "{lie:?}");
        depositary.lie(Lie::None);
        assert_eq!(run(&mut outbox, &depositary.url(), Until::Final).ended, Ended::Done, "{lie:?}");
        assert!(outbox.items().all(|item| item.state() == ItemState::Final));
    }
}

#[test]
fn a_depositary_that_asks_to_come_back_later_is_not_asked_before() {
    let folder = tempfile::tempdir().unwrap();
    let (mut outbox, depositary) = begun(folder.path());
    outbox.add(&Feed::new(1).report(), None).unwrap();
    depositary.lie(Lie::Busy(3600));
    let before = depositary.log.lock().unwrap().requests.len();
    let outcome = run(&mut outbox, &depositary.url(), Until::Accepted);
    assert!(matches!(
        outcome.ended,
        Ended::OutOfTime(Some(truce_field::LinkError::Later { status: 503, after: Some(after) }))
            if after == Duration::from_secs(3600)
    ));
    assert_eq!(depositary.log.lock().unwrap().requests.len(), before + 1);
}

#[test]
fn what_was_acknowledged_and_dropped_is_handed_in_again() {
    let folder = tempfile::tempdir().unwrap();
    let (mut outbox, depositary) = begun(folder.path());
    let reports = Feed::new(1).reports(3);
    for report in &reports {
        outbox.add(report, None).unwrap();
    }
    depositary.lie(Lie::Drops);
    let outcome = run_with(&mut outbox, &depositary.url(), Until::Accepted, brisk(), 1);
    assert!(matches!(outcome.ended, Ended::OutOfTime(_)));
    assert!(reports.iter().all(|report| !state(&outbox, report).is_delivered()));
    depositary.lie(Lie::None);
    assert_eq!(run(&mut outbox, &depositary.url(), Until::Accepted).ended, Ended::Done);
    assert!(reports.iter().all(|report| state(&outbox, report).is_delivered()));
    in_feed_order(&depositary);
}

#[test]
fn a_depositary_that_takes_no_sequences_is_asked_once_and_then_served_one_by_one() {
    let folder = tempfile::tempdir().unwrap();
    let (mut outbox, depositary) = begun(folder.path());
    for report in Feed::new(1).reports(5) {
        outbox.add(&report, None).unwrap();
    }
    depositary.lie(Lie::OneByOne);
    depositary.log.lock().unwrap().requests.clear();
    assert_eq!(run(&mut outbox, &depositary.url(), Until::Accepted).ended, Ended::Done);
    assert!(outbox.items().all(|item| item.state().is_delivered()));
    let log = depositary.log.lock().unwrap();
    assert_eq!(log.requests.iter().filter(|request| *request == "POST entries").count(), 1 + 5);
}

#[test]
fn a_refusal_is_shown_without_what_could_move_the_cursor() {
    let folder = tempfile::tempdir().unwrap();
    let (mut outbox, depositary) = begun(folder.path());
    let report = Feed::new(1).report();
    outbox.add(&report, None).unwrap();
    depositary.lie(Lie::Refuses);
    run(&mut outbox, &depositary.url(), Until::Accepted);
    let item = outbox.item(&id(&report)).unwrap();
    assert_eq!(item.state(), ItemState::Refused);
    assert!(!item.problem().unwrap().sentence().contains('\u{1b}'));
}

#[test]
fn receipts_that_are_not_there_yet_are_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let (mut outbox, depositary) = begun(folder.path());
    depositary.log.lock().unwrap().pending = 3;
    for report in Feed::new(1).reports(10) {
        outbox.add(&report, None).unwrap();
    }
    assert_eq!(run(&mut outbox, &depositary.url(), Until::Accepted).ended, Ended::Done);
    assert!(outbox.items().all(|item| item.state() == ItemState::Final));
}

#[test]
fn without_a_quorum_nothing_is_final_and_the_time_runs_out() {
    let folder = tempfile::tempdir().unwrap();
    let (mut outbox, depositary) = begun(folder.path());
    let report = Feed::new(1).report();
    outbox.add(&report, None).unwrap();
    depositary.log.lock().unwrap().cosigners = 1;
    let outcome = run_with(&mut outbox, &depositary.url(), Until::Final, brisk(), 1);
    assert_eq!(outcome.ended, Ended::OutOfTime(None));
    assert_eq!(state(&outbox, &report), ItemState::Accepted);
    depositary.log.lock().unwrap().cosigners = 2;
    assert_eq!(run(&mut outbox, &depositary.url(), Until::Final).ended, Ended::Done);
    assert_eq!(state(&outbox, &report), ItemState::Final);
}

/// The link that the defaults are made for: two seconds there and back, and loss.
#[test]
fn two_seconds_of_latency_and_a_lost_answer_are_got_over() {
    let folder = tempfile::tempdir().unwrap();
    let (mut outbox, depositary) = begun(folder.path());
    let reports = Feed::new(1).reports(5);
    for report in &reports {
        outbox.add(report, None).unwrap();
    }
    let plan = vec![Fault::None, Fault::LoseAnswer];
    let link = Link::start(depositary.address, Duration::from_secs(1), plan);
    let pace = Pace { seed: Some(2), parallel: 8, ..Pace::default() };
    let outcome = run_with(&mut outbox, &link.url(), Until::Accepted, pace, 120);
    assert_eq!(outcome.ended, Ended::Done);
    assert!(reports.iter().all(|report| state(&outbox, report).is_delivered()));
    // The sequence was not sent twice: one question told that it had arrived.
    assert_eq!(depositary.log.lock().unwrap().arrivals.len(), 1 + reports.len());
}

#[test]
fn damage_is_told_blocks_its_feed_and_is_mended_by_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let (mut outbox, depositary) = begun(folder.path());
    let reports = Feed::new(1).reports(3);
    for report in &reports {
        outbox.add(report, None).unwrap();
    }
    let file = outbox.statement_file(&id(&reports[1]));
    let record = folder.path().join("records").join(format!("{}.json", id(&reports[0])));
    let proof = outbox.proof_file(&id(&accession()));
    drop(outbox);
    let flip = |path: &Path| {
        let mut bytes = std::fs::read(path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 4;
        std::fs::write(path, bytes).unwrap();
    };
    flip(&file);
    flip(&record);
    flip(&proof);
    let mut outbox = Outbox::open(folder.path()).unwrap();
    let damaged: Vec<_> = outbox.damage().iter().map(|damage| damage.file.clone()).collect();
    assert!(damaged.contains(&file) && damaged.contains(&proof), "{damaged:?}");
    assert!(damaged.iter().any(|path| path.parent().unwrap().ends_with("damaged")), "{damaged:?}");
    assert_eq!(state(&outbox, &accession()), ItemState::Sent, "its receipt has to come again");
    let outcome = run(&mut outbox, &depositary.url(), Until::Accepted);
    assert_eq!(state(&outbox, &accession()), ItemState::Final);
    assert!(state(&outbox, &reports[0]).is_delivered(), "the record was lost, the statement was not");
    assert_eq!(outcome.held, [(id(&reports[2]), Hold::Behind(id(&reports[1])))]);
    assert_eq!(outbox.add(&reports[1], None).unwrap(), Added::Mended);
    assert_eq!(run(&mut outbox, &depositary.url(), Until::Accepted).held, []);
    assert!(outbox.items().all(|item| item.state() == ItemState::Final));
    in_feed_order(&depositary);
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        3 => Just(Fault::None),
        1 => Just(Fault::Drop),
        2 => Just(Fault::LoseAnswer),
        1 => (0..6000_usize).prop_map(Fault::CutRequest),
        2 => (0..2000_usize).prop_map(Fault::CutAnswer),
        1 => Just(Fault::Repeat),
        1 => Just(Fault::Silence),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Over any schedule of faults, with the client stopped and started in between: what is delivered is in the log
    /// once, in feed order; what is not is still in the outbox; and once the link is quiet, all is delivered.
    #[test]
    fn over_any_link_each_statement_is_delivered_once_or_still_queued(
        plan in prop::collection::vec(fault(), 0..25),
        runs in prop::collection::vec(0..120_u64, 0..5),
        (one, two, batch, parallel, seed) in (1..12_usize, 0..12_usize, 1..8_usize, 1..5_usize, any::<u64>()),
    ) {
        let folder = world::scratch();
        let depositary = Depositary::start();
        let link = Link::start(depositary.address, Duration::from_millis(1), plan);
        let mut given = vec![accession()];
        let (first, second) = (Feed::new(1).reports(one), Feed::new(2).reports(two));
        given.extend(first.iter().chain(&second).cloned());
        let mut opened = outbox(folder.path());
        for bytes in &given {
            opened.add(bytes, None).unwrap();
        }
        let pace = Pace { request: Duration::from_millis(60), batch, parallel, seed: Some(seed), ..brisk() };
        for milliseconds in runs {
            let to = truce_field::DepositaryClient::new(&link.url(), None, pace.clone()).unwrap();
            let end = Instant::now() + Duration::from_millis(milliseconds);
            let outcome = Courier::new(to, Until::Accepted).run(&mut opened, end, &mut |_| {}).unwrap();
            prop_assert_eq!(outcome.alarms, vec![]);
            drop(opened);
            opened = Outbox::open(folder.path()).unwrap();
            let log = depositary.log.lock().unwrap().statements();
            for item in opened.items() {
                prop_assert!(!item.state().is_delivered() || log.contains(&item.id()));
            }
            prop_assert_eq!(opened.items().count(), given.len());
        }
        let pace = Pace { request: Duration::from_millis(500), ..pace };
        let outcome = run_with(&mut opened, &link.url(), Until::Accepted, pace, 60);
        prop_assert_eq!(outcome.ended, Ended::Done);
        prop_assert!(opened.items().all(|item| item.state().is_delivered()));
        in_feed_order(&depositary);
        let log = depositary.log.lock().unwrap().statements();
        prop_assert_eq!(log.len(), given.len());
        let place: BTreeMap<StatementId, usize> = log.iter().enumerate().map(|(at, id)| (*id, at)).collect();
        for feed in [&first, &second] {
            let places: Vec<_> = feed.iter().map(|bytes| place[&id(bytes)]).collect();
            prop_assert!(places.is_sorted());
        }
    }
}
