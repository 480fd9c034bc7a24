//! One statement, several, again, later; and what is refused.

use crate::client::{PROOF, Scene, agent, id};
use truce_receipt::{Finality, Receipt};
use truce_statement::Statement;
use truce_tests::world::{key, observation};
use truce_tlog::Policy;

const ALONE: &str = "quorum none\n";

#[test]
fn a_statement_gets_a_receipt_that_verifies_and_again_the_same() {
    let mut scene = Scene::new(&[]);
    let statement = scene.statement();
    let first = scene.post(&statement, &[PROOF]);
    assert_eq!(first.status, 201, "{}", first.text());
    assert_eq!(first.header("location"), format!("/entries/{}", id(&statement)));
    assert_eq!(first.header("truce-position"), "6");
    assert_eq!(first.header("truce-state"), "accepted", "no witness has seen it");
    assert_eq!(first.header("content-type"), "text/x.tlog.proof");
    assert_eq!(scene.verify(&statement, &first.body, ALONE).index(), 6);

    let again = scene.post(&statement, &[PROOF]);
    assert_eq!((again.status, again.header("truce-position")), (200, "6"));
    scene.verify(&statement, &again.body, ALONE);

    let asked = scene.get(first.header("location"), &[PROOF]);
    assert_eq!(asked.status, 200);
    scene.verify(&statement, &asked.body, ALONE);
    let other = scene.statement();
    assert_eq!(scene.get(&format!("/entries/{}", id(&other)), &[]).problem(), (404, "not-found".into()));
    assert_eq!(scene.get("/entries/xyz", &[]).problem(), (404, "not-found".into()));
}

#[test]
fn the_form_by_default_is_a_cose_receipt() {
    let mut scene = Scene::new(&[]);
    let statement = scene.statement();
    let policy = Policy::parse(ALONE.as_bytes()).unwrap();
    let parsed = Statement::parse(statement.as_slice()).unwrap();
    let posted = scene.post(&statement, &[]);
    let asked = scene.get(posted.header("location"), &[("accept", "application/cose")]);
    for (answer, status) in [(posted, 201), (asked, 200)] {
        assert_eq!((answer.status, answer.header("content-type")), (status, "application/cose"));
        let receipt = Receipt::parse(&answer.body).unwrap();
        let verified = receipt.verify_for(&parsed, &policy, &scene.log()).unwrap();
        // Nobody but the log has vouched for it, which is all that this policy asks for.
        assert_eq!((verified.position(), verified.finality()), (6, Finality::Accepted));
    }
    assert_eq!(scene.post(&statement, &[("accept", "image/png")]).problem(), (406, "not-acceptable".into()));
}

#[test]
fn every_proof_in_a_growing_log_verifies_and_so_do_old_ones_asked_again() {
    let mut scene = Scene::new(&[]);
    let statements: Vec<Vec<u8>> = (0..700).map(|_| scene.statement()).collect();
    for chunk in statements.chunks(100) {
        let answer =
            scene.post_to("/entries?receipts=tlog-proof", "application/cbor-seq", &chunk.concat(), &[]);
        assert_eq!(answer.status, 200, "{}", answer.text());
        let results = answer.json()["results"].as_array().unwrap().clone();
        assert_eq!(results.len(), chunk.len());
        for (statement, result) in chunk.iter().zip(results) {
            assert_eq!(result["outcome"], "recorded", "{result}");
            assert_eq!(result["statement"], id(statement));
            let proof = result["receipt"].as_str().unwrap();
            let verified = scene.verify(statement, proof.as_bytes(), ALONE);
            assert_eq!(verified.index(), result["position"].as_u64().unwrap());
        }
    }
    for statement in statements.iter().step_by(41) {
        let answer = scene.get(&format!("/entries/{}", id(statement)), &[PROOF]);
        scene.verify(statement, &answer.body, ALONE);
    }
}

#[test]
fn a_sequence_names_what_became_of_each() {
    let mut scene = Scene::new(&[]);
    let (a, b, c) = (scene.statement(), scene.statement(), scene.statement());
    assert_eq!(scene.post(&a, &[]).status, 201);
    let body = [a.clone(), c.clone(), b.clone()].concat();
    let answer = scene.post_to("/entries", "application/cbor-seq", &body, &[]).json();
    let outcome = |n: usize| answer["results"][n]["outcome"].as_str().unwrap().to_owned();
    assert_eq!(
        (outcome(0), outcome(1), outcome(2)),
        ("duplicate".into(), "refused".into(), "recorded".into())
    );
    assert_eq!(answer["results"][1]["problem"]["code"], "feed-gap");
    assert!(answer["results"][0]["received_ms"].as_i64().unwrap() > 0);
    let broken = [a.as_slice(), b"\x00"].concat();
    let problem = scene.post_to("/entries", "application/cbor-seq", &broken, &[]);
    assert_eq!(problem.problem(), (400, "malformed-sequence".into()));
    assert_eq!(problem.json()["place"], format!("byte {}", a.len()));
    assert_eq!(scene.post_to("/entries", "application/cbor-seq", &[], &[]).status, 400);
}

#[test]
fn an_answer_at_once_is_a_promise_that_is_kept() {
    let mut scene = Scene::new(&[]);
    let statement = scene.statement();
    let answer = scene.post(&statement, &[("prefer", "respond-async")]);
    assert_eq!((answer.status, answer.body.len()), (202, 0));
    let asked = scene.get(answer.header("location"), &[PROOF]);
    assert_eq!(asked.status, 200);
    scene.verify(&statement, &asked.body, ALONE);
}

#[test]
fn a_feed_says_where_it_stands() {
    let mut scene = Scene::new(&[]);
    let key_id = scene.world.members[0].work.key.public().id();
    let path = format!("/feeds/{key_id}");
    let empty = scene.get(&path, &[]).json();
    assert_eq!((&empty["next_seq"], &empty["last"]), (&0.into(), &serde_json::Value::Null));
    let statement = scene.statement();
    scene.post(&statement, &[]);
    let stands = scene.get(&path, &[]).json();
    assert_eq!((&stands["next_seq"], &stands["last"]), (&1.into(), &id(&statement).into()));
    let stranger = key(9_999).public().id();
    assert_eq!(scene.get(&format!("/feeds/{stranger}"), &[]).problem().0, 404);
}

#[test]
fn each_refusal_has_its_status_and_its_code() {
    let mut scene = Scene::new(&[]);
    let sound = scene.statement();
    let mut bent = sound.clone();
    *bent.last_mut().unwrap() ^= 1;
    assert_eq!(scene.post(&bent, &[]).problem(), (403, "bad-signature".into()));
    assert_eq!(scene.post(b"not a statement", &[]).problem(), (400, "malformed-cose".into()));
    assert_eq!(scene.post(&vec![0; 49_153], &[]).problem(), (413, "too-large".into()));
    let wrong_type = scene.post_to("/entries", "text/plain", &sound, &[]);
    assert_eq!(wrong_type.problem(), (415, "media-type".into()));
    let query = scene.post_to("/entries?until=never", "application/cose", &sound, &[]);
    assert_eq!(query.problem(), (400, "query".into()));

    let behind = scene.statement();
    assert_eq!(scene.post(&behind, &[]).problem(), (409, "feed-gap".into()));
    assert_eq!(scene.post(&sound, &[]).status, 201);
    let work = &mut scene.world.members[0].work;
    let (seq, prev) = (work.seq, work.prev);
    (work.seq, work.prev) = (0, truce_statement::StatementId::ZERO);
    let fork = work.sign(observation(77, "another first"), Vec::new()).unwrap();
    (work.seq, work.prev) = (seq, prev);
    assert_eq!(scene.post(fork.bytes(), &[]).problem(), (409, "feed-fork".into()));
    let mut stranger = truce_tests::world::Pen::new(
        key(9_999),
        scene.world.members[0].work.party.clone(),
        scene.world.members[0].work.subject.clone(),
    );
    let unknown = stranger.sign(observation(1, "who"), Vec::new()).unwrap();
    assert_eq!(scene.post(unknown.bytes(), &[]).problem(), (403, "unknown-key".into()));
    let elsewhere = truce_tests::world::World::new("truce.example/another");
    let subject = truce_statement::Subject::Agreement(elsewhere.agreement());
    let work = &mut scene.world.members[0].work;
    let ours = std::mem::replace(&mut work.subject, subject);
    let foreign = work.sign(observation(2, "x"), Vec::new()).unwrap();
    scene.world.members[0].work.subject = ours;
    assert_eq!(scene.post(foreign.bytes(), &[]).problem(), (422, "unknown-agreement".into()));

    assert_eq!(scene.get("/nowhere", &[]).problem(), (404, "not-found".into()));
    let put = agent().put(format!("{}/entries", scene.service.url())).send(&sound[..]).unwrap();
    assert_eq!(put.status(), 405);
}

#[test]
fn the_document_served_is_the_one_checked_in() {
    let scene = Scene::new(&[]);
    let served = scene.get("/openapi.json", &[]).json();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/protocol.openapi.json");
    let kept: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert_eq!(served, kept);
}
