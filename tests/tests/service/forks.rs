//! Statements that contradict recorded ones: what they cost their key, and the evidence that is left.

use crate::client::{Scene, id};
use std::process::Command;
use truce_statement::{Statement, StatementId};
use truce_tests::service::program;
use truce_tests::world::observation;
use truce_tlog::ProofFile;

/// Another statement at place `seq` of the mission's feed.
fn fork(scene: &mut Scene, seq: u64, n: u32) -> Vec<u8> {
    let work = &mut scene.world.members[0].work;
    let kept = (work.seq, work.prev);
    (work.seq, work.prev) =
        (seq, if seq == 0 { StatementId::ZERO } else { StatementId::from_bytes([9; 32]) });
    let signed = work.sign(observation(n, "another story"), Vec::new()).unwrap();
    (work.seq, work.prev) = kept;
    signed.bytes().to_vec()
}

#[test]
fn a_fork_is_charged_to_its_key_once_and_whoever_sends_it_again_costs_the_key_nothing() {
    let mut scene = Scene::new(&["--key-rate", "1:4"]);
    let first = scene.statement();
    assert_eq!(scene.post(&first, &[]).status, 201);
    let seen = fork(&mut scene, 0, 50);
    assert_eq!(scene.post(&seen, &[]).problem(), (409, "feed-fork".into()));
    // Two of four are used up. Others may send what they have seen.
    for _ in 0..20 {
        assert_eq!(scene.post(&seen, &[]).problem(), (409, "feed-fork".into()));
    }
    let codes: Vec<_> = (100..140)
        .map(|n| {
            let fork = fork(&mut scene, 0, n);
            scene.post(&fork, &[]).problem()
        })
        .collect();
    assert_eq!(codes[0], (409, "feed-fork".into()));
    assert!(codes.contains(&(429, "rate-limited".into())), "{codes:?}");
}

#[test]
fn evidence_is_listed_beside_a_depositary_at_work_and_written_out_so_that_anybody_can_verify_it() {
    let mut scene = Scene::new(&[]);
    let (first, second) = (scene.statement(), scene.statement());
    assert_eq!(scene.post(&first, &[]).status, 201);
    assert_eq!(scene.post(&second, &[]).status, 201);
    let forks: Vec<_> = (0..2).map(|seq| fork(&mut scene, seq, 50)).collect();
    for fork in &forks {
        assert_eq!(scene.post(fork, &[]).problem(), (409, "feed-fork".into()));
    }
    let out = scene.folder.path().join("evidence");
    let output = Command::new(program())
        .args(["forks", "--json"])
        .arg(scene.folder.path().join("ledger"))
        .arg("--out")
        .arg(&out)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let listed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let listed = listed["forks"].as_array().unwrap();
    assert_eq!(listed.len(), 2);
    let key = scene.world.members[0].work.key.public();
    for (n, (listed, recorded)) in listed.iter().zip([&first, &second]).enumerate() {
        assert_eq!((&listed["party"], &listed["seq"]), (&"mission".into(), &n.into()));
        assert_eq!(
            (&listed["statement"], &listed["recorded"]),
            (&id(&forks[n]).into(), &id(recorded).into())
        );
        let files: Vec<_> = listed["files"]
            .as_array()
            .unwrap()
            .iter()
            .map(|file| std::fs::read(file.as_str().unwrap()).unwrap())
            .collect();
        assert_eq!((&files[0], &files[1]), (&forks[n], recorded));
        // Both are signed with one key, carry one number, and are not the same.
        let [one, other] = [&files[0], &files[1]].map(|bytes| {
            let statement = Statement::parse(bytes.as_slice()).unwrap();
            statement.verify_named(key).unwrap()
        });
        assert!(one.seq() == other.seq() && one.id() != other.id());
        // And the log has one of them.
        assert_eq!(ProofFile::parse(&files[2]).unwrap().index(), 6 + n as u64);
        scene.verify(recorded, &files[2], "quorum none\n");
    }
}
