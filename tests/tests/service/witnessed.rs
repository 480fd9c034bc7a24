//! Accepted, and final: what five witnesses make of it.

use crate::client::{PROOF, Scene, id};
use std::time::{Duration, Instant};
use truce_tests::service::Service;
use truce_tests::witness::{Manner, Witness, policy, world};
use truce_tests::world::{ORIGIN, World};
use truce_tlog::{Policy, SignedCheckpoint, VKey};

fn five(manners: [Manner; 5]) -> Vec<Witness> {
    (1..).zip(manners).map(|(n, manner)| Witness::start(n, manner)).collect()
}

#[test]
fn one_slow_and_one_dead_of_five_hold_nothing_up() {
    let slow = Manner::Slow(Duration::from_secs(20));
    let witnesses = five([slow, Manner::Prompt, Manner::Dead, Manner::Prompt, Manner::Prompt]);
    let mut scene = Scene::of(world(&witnesses, 3), &[]);
    let policy = policy(&witnesses, 3);
    for _ in 0..5 {
        let statement = scene.statement();
        let answer = scene.post_to("/entries?until=final", "application/cose", &statement, &[PROOF]);
        assert_eq!((answer.status, answer.header("truce-state")), (201, "final"), "{}", answer.text());
        let verified = scene.verify(&statement, &answer.body, &policy);
        assert!(verified.checkpoint().cosignatures().len() >= 3);
    }
    let shown = scene.get("/checkpoint/final", &[]);
    let checked = Policy::parse(policy.as_bytes()).unwrap();
    let note = truce_tlog::Note::parse(&shown.body).unwrap();
    assert_eq!(checked.check_for(&note, &scene.log()).unwrap().size(), 11);
    assert_eq!(scene.get("/policy", &[]).text(), policy);
}

#[test]
fn a_cosignature_that_comes_after_the_quorum_is_published_all_the_same() {
    let slow = Manner::Slow(Duration::from_secs(1));
    let witnesses = five([Manner::Prompt, Manner::Prompt, slow, Manner::Prompt, Manner::Dead]);
    let mut scene = Scene::of(world(&witnesses, 3), &[]);
    let policy = Policy::parse(policy(&witnesses, 3).as_bytes()).unwrap();
    let start = Instant::now();
    // A witness that is busy with the tree before misses a round: the slow one has to be free.
    while witnesses[2].size() < 6 {
        assert!(start.elapsed() < Duration::from_secs(60), "the slow witness is not asked");
        std::thread::sleep(Duration::from_millis(50));
    }
    std::thread::sleep(Duration::from_millis(500));
    let statement = scene.statement();
    let answer = scene.post_to("/entries?until=final", "application/cose", &statement, &[PROOF]);
    assert_eq!((answer.status, answer.header("truce-state")), (201, "final"), "{}", answer.text());
    loop {
        let shown = truce_tlog::Note::parse(&scene.get("/checkpoint/final", &[]).body).unwrap();
        // Every line that is published verifies.
        let last = policy.check_for(&shown, &scene.log()).unwrap();
        if last.size() == 7 && last.cosignatures().len() == 4 {
            return;
        }
        assert!(start.elapsed() < Duration::from_secs(60), "{shown}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_depositary_that_starts_finds_out_where_each_witness_stands() {
    let witnesses = five([Manner::Prompt, Manner::Prompt, Manner::Dead, Manner::Dead, Manner::Dead]);
    let mut scene = Scene::of(world(&witnesses, 2), &[]);
    let ledger = scene.folder.path().join("ledger");
    let statement = scene.statement();
    let answer = scene.post_to("/entries?until=final", "application/cose", &statement, &[]);
    assert_eq!(answer.header("truce-state"), "final");
    scene.service.ask_to_stop();
    scene.service.wait();
    // One is gone, one has cosigned this very tree, one nothing at all.
    witnesses[0].be(Manner::Dead);
    witnesses[2].be(Manner::Prompt);
    scene.service = Service::start(&ledger, &["--witness-timeout", "2000"]);
    let statement = scene.statement();
    let answer = scene.post_to("/entries?until=final", "application/cose", &statement, &[]);
    assert_eq!(answer.header("truce-state"), "final", "{}", answer.text());
    assert_eq!((witnesses[0].size(), witnesses[1].size(), witnesses[2].size()), (7, 8, 8));
}

#[test]
fn a_witness_that_lost_its_state_is_not_believed_again() {
    let witnesses = [Witness::start(1, Manner::Prompt)];
    let mut scene = Scene::of(world(&witnesses, 1), &[]);
    let statement = scene.statement();
    let answer = scene.post_to("/entries?until=final", "application/cose", &statement, &[]);
    assert_eq!(answer.header("truce-state"), "final");
    witnesses[0].forget();
    for _ in 0..3 {
        let statement = scene.statement();
        let wait = [("prefer", "wait=1")];
        let answer = scene.post_to("/entries?until=final", "application/cose", &statement, &wait);
        assert_eq!((answer.status, answer.header("truce-state")), (202, "accepted"));
        assert_eq!(witnesses[0].size(), 0, "it is not asked to begin anew");
    }
}

#[test]
fn below_the_quorum_everything_goes_on_and_nothing_is_final() {
    let witnesses = five([Manner::Prompt, Manner::Prompt, Manner::Dead, Manner::Dead, Manner::Dead]);
    let mut scene = Scene::of(world(&witnesses, 3), &["--witness-timeout", "500"]);
    let statement = scene.statement();
    let answer = scene.post(&statement, &[PROOF]);
    assert_eq!((answer.status, answer.header("truce-state")), (201, "accepted"));
    scene.verify(&statement, &answer.body, "quorum none\n");
    let wait = [PROOF, ("prefer", "wait=1")];
    let held = scene.post_to("/entries?until=final", "application/cose", &statement, &wait);
    assert_eq!((held.status, held.body.len()), (202, 0));
    let path = format!("/entries/{}", id(&statement));
    let asked = scene.get(&format!("{path}?until=final"), &[PROOF]);
    assert_eq!((asked.status, asked.header("location")), (302, path.as_str()));
    assert!(!asked.header("retry-after").is_empty());
    assert_eq!(scene.get("/checkpoint/final", &[]).status, 404);
    // The log goes on being published.
    let start = std::time::Instant::now();
    loop {
        let shown = scene.get("/checkpoint", &[]);
        if shown.text().lines().nth(1) == Some("7") {
            break;
        }
        assert!(start.elapsed() < Duration::from_secs(60), "{}", shown.text());
        std::thread::sleep(Duration::from_millis(50));
    }
    // One comes back, and what was accepted becomes final by itself.
    witnesses[2].be(Manner::Prompt);
    let long = [PROOF, ("prefer", "wait=30")];
    let asked = scene.get(&format!("{path}?until=final"), &long);
    assert_eq!((asked.status, asked.header("truce-state")), (200, "final"));
    scene.verify(&statement, &asked.body, &policy(&witnesses, 3));
}

#[test]
fn without_a_quorum_nothing_is_final_and_the_witnesses_are_asked_all_the_same() {
    let slow = Manner::Slow(Duration::from_secs(20));
    let witnesses = [Witness::start(1, Manner::Prompt), Witness::start(2, slow)];
    let agreed = policy(&witnesses, 2).replace("quorum all", "quorum none");
    let world = World::with_witnesses(ORIGIN, Some(&agreed));
    let mut scene = Scene::of(world, &[]);
    for witness in &witnesses {
        witness.know(scene.log());
    }
    let statement = scene.statement();
    let start = Instant::now();
    let answer = scene.post_to("/entries?until=final", "application/cose", &statement, &[PROOF]);
    assert_eq!((answer.status, answer.header("truce-state")), (201, "accepted"), "{}", answer.text());
    let path = format!("/entries/{}?until=final", id(&statement));
    let asked = scene.get(&path, &[PROOF, ("prefer", "wait=30")]);
    assert_eq!((asked.status, asked.header("truce-state")), (200, "accepted"), "{}", asked.text());
    assert!(start.elapsed() < Duration::from_secs(10), "nobody is waited for");
    assert_eq!(scene.get("/checkpoint/final", &[]).problem(), (404, "not-found".into()));
    // The word of the one who answers is published.
    let key: VKey = agreed.lines().next().unwrap().split(' ').nth(2).unwrap().parse().unwrap();
    while start.elapsed() < Duration::from_secs(60) {
        let shown = SignedCheckpoint::parse(
            &scene.get("/checkpoint", &[]).body,
            &scene.log(),
            std::slice::from_ref(&key),
        )
        .unwrap();
        if shown.size() == 7 && shown.cosignatures().len() == 1 {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("no cosignature is shown");
}

#[test]
fn a_store_behind_what_a_witness_has_cosigned_does_not_start() {
    let witnesses = five([Manner::Prompt; 5]);
    let mut scene = Scene::of(world(&witnesses, 3), &[]);
    let ledger = scene.folder.path().join("ledger");
    scene.service.ask_to_stop();
    scene.service.wait();
    let backup = scene.folder.path().join("backup");
    let copied = std::process::Command::new("cp").arg("-r").args([&ledger, &backup]).status();
    assert!(copied.unwrap().success());
    scene.service = Service::start(&ledger, &[]);
    let statement = scene.statement();
    scene.post_to("/entries?until=final", "application/cose", &statement, &[]);
    assert!(witnesses.iter().any(|witness| witness.size() == 7));
    scene.service.ask_to_stop();
    scene.service.wait();
    let failed = Service::try_start(&backup, &[]).err().unwrap();
    assert_eq!(failed.code, Some(3), "{failed:?}");
    assert!(failed.said.contains("store-behind-published") && failed.said.contains("witness"), "{failed:?}");
}

#[test]
fn an_operator_may_be_stricter_than_the_charter_and_not_weaker() {
    let witnesses = five([Manner::Prompt; 5]);
    let scene = Scene::of(world(&witnesses, 3), &[]);
    let ledger = scene.folder.path().join("ledger");
    assert!(scene.service.stop().success());
    let file = scene.folder.path().join("policy");
    let given = file.to_str().unwrap();
    std::fs::write(&file, policy(&witnesses, 2)).unwrap();
    let failed = Service::try_start(&ledger, &["--policy", given]).err().unwrap();
    assert_eq!(failed.code, Some(2), "{failed:?}");
    assert!(failed.said.contains("weaker-policy"), "{failed:?}");
    std::fs::write(&file, policy(&witnesses, 4)).unwrap();
    assert!(Service::start(&ledger, &["--policy", given]).stop().success());
}
