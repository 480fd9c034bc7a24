//! Asking a policy's witnesses at once: what is final, what is not, and who is never waited for.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cloned_ref_to_slice_refs,
    clippy::too_many_lines
)]

mod support;

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;
use support::{ORIGIN, Served, TestLog};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use truce_tlog::{Cosigner, Policy, SignedCheckpoint, VKey};
use truce_witness::{
    Accepted, AskError, Final, Limits, NoProof, Prover, Quorum, QuorumError, Standing, Timing, Transport,
};

fn names(count: usize) -> Vec<String> {
    (1..=count).map(|n| format!("w{n}")).collect()
}

/// A policy of the log with these witnesses, `needed` of them a quorum.
fn policy(log: &TestLog, witnesses: &[(VKey, Option<String>)], needed: usize) -> Policy {
    let mut text = format!("log {}\n", log.vkey());
    for (name, (vkey, url)) in names(witnesses.len()).iter().zip(witnesses) {
        writeln!(text, "witness {name} {vkey} {}", url.as_deref().unwrap_or_default()).unwrap();
    }
    writeln!(text, "group q {needed} {}\nquorum q", names(witnesses.len()).join(" ")).unwrap();
    Policy::parse(text.as_bytes()).unwrap()
}

async fn witnesses(log: &TestLog, count: u8) -> Vec<Served> {
    let mut served = Vec::new();
    for n in 1..=count {
        let name = format!("witness{n}.example");
        served.push(Served::start(&name, 100 + n, &[log.vkey()], Limits::default()).await);
    }
    served
}

fn seats(served: &[Served]) -> Vec<(VKey, Option<String>)> {
    served.iter().map(|served| (served.vkey.clone(), Some(served.url()))).collect()
}

fn start(policy: Policy, log: &TestLog, timing: Timing) -> Quorum {
    let prover: Arc<dyn Prover> = Arc::new(log.prover());
    Quorum::start(policy, &Transport::new().unwrap(), &prover, timing).unwrap()
}

fn patient() -> Timing {
    Timing { answer: Duration::from_secs(60), round: Duration::from_secs(60) }
}

fn as_final(standing: &Standing) -> &SignedCheckpoint {
    standing.as_final().map_or_else(|| panic!("not final: {standing:?}"), Final::checkpoint)
}

fn accepted(standing: Standing) -> Accepted {
    match standing {
        Standing::Accepted(accepted) => accepted,
        Standing::Final(_) => panic!("final"),
    }
}

/// Somebody who takes connections and never answers, until told to pass them on.
async fn slow(to: std::net::SocketAddr) -> (String, oneshot::Sender<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (go, wait) = oneshot::channel::<()>();
    tokio::spawn(async move {
        let (mut outer, _) = listener.accept().await.unwrap();
        let _ = wait.await;
        let mut inner = tokio::net::TcpStream::connect(to).await.unwrap();
        let _ = tokio::io::copy_bidirectional(&mut outer, &mut inner).await;
    });
    (url, go)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quorum_makes_a_checkpoint_final_with_every_cosignature_verified() {
    let log = TestLog::of(50);
    let served = witnesses(&log, 3).await;
    let policy = policy(&log, &seats(&served), 3);
    let quorum = start(policy.clone(), &log, patient());
    for size in [2, 3, 3, 17, 50] {
        let standing = quorum.ask(&log.checkpoint(size)).await;
        let done = as_final(&standing);
        assert_eq!((done.size(), done.cosignatures().len()), (size, 3));
        // What is published satisfies the policy by itself.
        policy.check(done.note()).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_the_slow_and_the_dead() {
    let log = TestLog::of(30);
    let served = witnesses(&log, 4).await;
    let (slow_url, go) = slow(served[3].address).await;
    let mut seats = seats(&served[..3]);
    seats.push((served[3].vkey.clone(), Some(slow_url)));
    // The fifth is dead: nobody listens there.
    let dead = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let fifth = Cosigner::from_seed("witness5.example", &[105; 32]).unwrap();
    seats.push((fifth.vkey().clone(), Some(format!("http://{dead}"))));
    let quorum = start(policy(&log, &seats, 3), &log, patient());

    // With the slow one silent for as long as it likes, every round is final.
    for size in [5, 9, 20] {
        let standing = quorum.ask(&log.checkpoint(size)).await;
        assert_eq!(as_final(&standing).cosignatures().len(), 3, "size {size}");
    }
    // Its answer comes late, to the checkpoint it was asked for first, and is there for the next publication. Then it
    // takes up the newest one.
    let mut progress = quorum.progress();
    go.send(()).unwrap();
    for size in [5, 20] {
        loop {
            let standing = quorum.standing(&log.checkpoint(size));
            if as_final(&standing).cosignatures().len() == 4 {
                break;
            }
            progress.changed().await.unwrap();
        }
    }
    assert_eq!(as_final(&quorum.standing(&log.checkpoint(9))).cosignatures().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn below_the_quorum_is_another_type_and_says_who_is_missing() {
    let log = TestLog::of(30);
    let served = witnesses(&log, 2).await;
    let mut seats = seats(&served);
    let dead = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let third = Cosigner::from_seed("witness3.example", &[103; 32]).unwrap();
    seats.push((third.vkey().clone(), Some(format!("http://{dead}"))));
    let policy = policy(&log, &seats, 3);
    let quorum = start(policy.clone(), &log, patient());
    // Returns when all have answered or failed, long before the round is over.
    let accepted = accepted(quorum.ask(&log.checkpoint(9)).await);
    assert_eq!(accepted.checkpoint().cosignatures().len(), 2);
    let open: Vec<String> = accepted.open().iter().map(|open| open.name.to_string()).collect();
    assert_eq!(open, ["w3"]);
    assert!(matches!(accepted.open()[0].why, Some(AskError::Unreachable { .. })));
    // Nobody makes it final either: the constructor counts.
    assert!(Final::verify(&policy, &log.vkey(), accepted.checkpoint().note()).is_err());
    // The third comes back, at the same address: the next round is final.
    let third = Served::start("witness3.example", 103, &[log.vkey()], Limits::default()).await;
    let back = TcpListener::bind(dead).await.unwrap();
    tokio::spawn(async move {
        while let Ok((mut outer, _)) = back.accept().await {
            let mut inner = tokio::net::TcpStream::connect(third.address).await.unwrap();
            tokio::spawn(async move {
                let _ = tokio::io::copy_bidirectional(&mut outer, &mut inner).await;
            });
        }
    });
    assert_eq!(as_final(&quorum.ask(&log.checkpoint(9)).await).cosignatures().len(), 3);
    assert_eq!(as_final(&quorum.ask(&log.checkpoint(30)).await).cosignatures().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quorum_that_is_met_after_its_round_is_final_from_then_on() {
    let log = TestLog::of(30);
    let served = witnesses(&log, 1).await;
    let (url, go) = slow(served[0].address).await;
    let timing = Timing { round: Duration::from_millis(100), ..patient() };
    let quorum = start(policy(&log, &[(served[0].vkey.clone(), Some(url))], 1), &log, timing);
    let mut progress = quorum.progress();
    let waiting = accepted(quorum.ask(&log.checkpoint(9)).await);
    assert!(matches!(waiting.open(), [open] if open.why.is_none()));
    // Publishing went on meanwhile: the next round is over as well.
    accepted(quorum.ask(&log.checkpoint(20)).await);
    go.send(()).unwrap();
    for size in [9, 20] {
        while quorum.standing(&log.checkpoint(size)).as_final().is_none() {
            progress.changed().await.unwrap();
        }
    }
    // A checkpoint that nobody was asked for is not final, whatever else is.
    accepted(quorum.standing(&log.checkpoint(30)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_quorum_finds_out_where_each_witness_stands() {
    let log = TestLog::of(60);
    let served = witnesses(&log, 3).await;
    // Each has cosigned something else before, one nothing.
    served[0].client().add_checkpoint(0, &[], &log.checkpoint(11)).await.unwrap();
    served[1].client().add_checkpoint(0, &[], &log.checkpoint(40)).await.unwrap();
    let quorum = start(policy(&log, &seats(&served), 3), &log, patient());
    assert_eq!(as_final(&quorum.ask(&log.checkpoint(40)).await).cosignatures().len(), 3);
    assert_eq!(as_final(&quorum.ask(&log.checkpoint(60)).await).cosignatures().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_went_back_and_one_that_forked_raise_an_alarm() {
    let log = TestLog::of(60);
    let served = witnesses(&log, 1).await;
    served[0].client().add_checkpoint(0, &[], &log.checkpoint(40)).await.unwrap();
    // A restored log that is behind what was witnessed.
    let quorum = start(policy(&log, &seats(&served), 1), &log, patient());
    let behind = accepted(quorum.ask(&log.checkpoint(30)).await);
    let why = behind.open()[0].why.clone().unwrap();
    assert!(matches!(why, AskError::Ahead { size: 40, asked: 30 }) && why.is_alarm(), "{why}");
    // And one that went on from there with other entries.
    let fork = log.fork(30, 60, 1);
    let quorum = start(policy(&log, &seats(&served), 1), &fork, patient());
    for size in [40, 60] {
        let forked = accepted(quorum.ask(&fork.checkpoint(size)).await);
        let why = forked.open()[0].why.clone().unwrap();
        assert!(matches!(why, AskError::Inconsistent { .. }) && why.is_alarm(), "{why}");
        assert!(forked.checkpoint().cosignatures().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_that_lost_its_state_is_not_believed_again() {
    let log = TestLog::of(60);
    let first = Served::start("witness1.example", 101, &[log.vkey()], Limits::default()).await;
    let second = Served::start("witness1.example", 101, &[log.vkey()], Limits::default()).await;
    let relay = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", relay.local_addr().unwrap());
    let (first_address, second_address) = (first.address, second.address);
    let (switch, switched) = tokio::sync::watch::channel(false);
    tokio::spawn(async move {
        while let Ok((mut outer, _)) = relay.accept().await {
            let mut switched = switched.clone();
            let to = if *switched.borrow_and_update() { second_address } else { first_address };
            let mut inner = tokio::net::TcpStream::connect(to).await.unwrap();
            tokio::spawn(async move {
                tokio::select! {
                    _ = tokio::io::copy_bidirectional(&mut outer, &mut inner) => {}
                    _ = switched.changed() => {}
                }
            });
        }
    });
    let quorum = start(policy(&log, &[(first.vkey.clone(), Some(url))], 1), &log, patient());
    as_final(&quorum.ask(&log.checkpoint(30)).await);
    switch.send(true).unwrap();
    for size in [40, 60] {
        let standing = accepted(quorum.ask(&log.checkpoint(size)).await);
        let why = standing.open()[0].why.clone().unwrap();
        assert!(matches!(why, AskError::RolledBack { before: 30, now: 0 }) && why.is_alarm(), "{why}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_without_its_tiles_gets_no_cosignature_and_no_panic() {
    let log = TestLog::of(60);
    let served = witnesses(&log, 1).await;
    let prover: Arc<dyn Prover> = Arc::new(|_, _| Err(NoProof("the tiles are gone".to_owned())));
    let policy = policy(&log, &seats(&served), 1);
    let quorum = Quorum::start(policy, &Transport::new().unwrap(), &prover, patient()).unwrap();
    // The first needs no proof.
    as_final(&quorum.ask(&log.checkpoint(30)).await);
    let standing = accepted(quorum.ask(&log.checkpoint(40)).await);
    let why = standing.open()[0].why.clone().unwrap();
    assert!(matches!(why, AskError::NoProof { .. }), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn policies_that_cannot_be_asked_are_refused() {
    let log = TestLog::of(9);
    let vkey = |n: u8| Cosigner::from_seed(&format!("w{n}.example"), &[n; 32]).unwrap().vkey().clone();
    let prover: Arc<dyn Prover> = Arc::new(log.prover());
    let transport = Transport::new().unwrap();
    let start = |policy| Quorum::start(policy, &transport, &prover, Timing::default());
    let url = Some("http://127.0.0.1:1".to_owned());
    let without = policy(&log, &[(vkey(1), url.clone()), (vkey(2), None)], 2);
    assert!(matches!(start(without), Err(QuorumError::OutOfReach { .. })));
    let ftp = policy(&log, &[(vkey(1), Some("ftp://w.example".to_owned()))], 1);
    assert!(matches!(start(ftp), Err(QuorumError::Witness { .. })));
    // One that cannot be asked is no hindrance where the others suffice.
    assert!(start(policy(&log, &[(vkey(1), url), (vkey(2), None)], 1)).is_ok());
    // A policy that asks for none makes nothing final, and nobody waits.
    let none = Policy::parse(format!("log {}\nquorum none\n", log.vkey()).as_bytes()).unwrap();
    let quorum = start(none).unwrap();
    assert!(accepted(quorum.ask(&log.checkpoint(5)).await).open().is_empty());
    assert_eq!(quorum.policy().logs()[0].vkey().name(), ORIGIN);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_quorum_witnesses_are_asked_and_not_waited_for() {
    let log = TestLog::of(7);
    let served = witnesses(&log, 1).await;
    let (vkey, url) = (&served[0].vkey, served[0].url());
    let text = format!("log {}\nwitness w {vkey} {url}\nquorum none\n", log.vkey());
    let policy = Policy::parse(text.as_bytes()).unwrap();
    let quorum = start(policy.clone(), &log, patient());
    let checkpoint = log.checkpoint(7);
    let mut progress = quorum.progress();
    accepted(quorum.ask(&checkpoint).await);
    tokio::time::timeout(Duration::from_secs(10), progress.changed()).await.unwrap().unwrap();
    let late = accepted(quorum.standing(&checkpoint));
    assert_eq!(late.checkpoint().cosignatures().len(), 1, "its word is published");
    assert!(Final::verify(&policy, &log.vkey(), late.checkpoint().note()).is_err());
}
