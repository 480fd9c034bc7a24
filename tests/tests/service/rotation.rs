//! Amendments while the service runs: other witnesses, and the next key of the log.

use crate::client::{PROOF, Scene, id};
use serde_json::json;
use truce_statement::{Reference, Relation, StatementId};
use truce_succession::{Succession, Terms};
use truce_tests::service::Service;
use truce_tests::witness::{Manner, Witness, policy};
use truce_tests::world::{ORIGIN, body, key};
use truce_tlog::{Checkpoint, Ed25519NoteSigner, NoteSigner as _, SignedCheckpoint, VKey};

impl Scene {
    /// An amendment of the mission, not handed in.
    fn amendment(&mut self, change: &serde_json::Value) -> (StatementId, Vec<u8>) {
        let mut content = json!({ "title": "Change" });
        content.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let draft = json!({ "kind": "amendment", "body": content });
        let signed = self.world.members[0].root.sign(body(&draft.to_string()), Vec::new()).unwrap();
        (signed.id(), signed.bytes().to_vec())
    }

    fn assent(&mut self, party: usize, amendment: StatementId) -> Vec<u8> {
        let refs = vec![Reference(Relation::Supports, amendment)];
        let draft = json!({ "kind": "endorsement", "body": {} }).to_string();
        self.world.members[party].root.sign(body(&draft), refs).unwrap().bytes().to_vec()
    }

    /// Proposes a change, and has every other party assent.
    fn amend(&mut self, change: &serde_json::Value) {
        let (amendment, bytes) = self.amendment(change);
        assert_eq!(self.post(&bytes, &[PROOF]).status, 201);
        for party in 1..self.world.members.len() {
            let bytes = self.assent(party, amendment);
            let answer = self.post(&bytes, &[PROOF]);
            assert_eq!(answer.status, 201, "{}", answer.text());
        }
    }

    fn terms(&self) -> Terms {
        let answer = self.get("/succession", &[]);
        assert_eq!(answer.status, 200, "{}", answer.text());
        let charter = truce_statement::Statement::parse(self.world.charter.bytes()).unwrap();
        Succession::parse(&answer.body).unwrap().verify(&charter).unwrap()
    }
}

fn vkey(seed: u16) -> VKey {
    Ed25519NoteSigner::from_seed(ORIGIN, &key(seed).seed()).unwrap().vkey().clone()
}

#[test]
fn witnesses_that_an_amendment_brings_are_asked_without_a_restart() {
    let mut scene = Scene::new(&[]);
    assert_eq!(scene.get("/policy", &[]).status, 404);
    assert_eq!(scene.get("/succession", &[]).status, 404);
    let early = scene.statement();
    let answer = scene.post_to("/entries?until=final", "application/cose", &early, &[PROOF]);
    let state = (answer.status, answer.header("truce-state"));
    assert_eq!(state, (201, "accepted"), "nobody is asked for a word, so nothing is waited for");
    let witnesses = [Witness::start(1, Manner::Prompt), Witness::start(2, Manner::Prompt)];
    for witness in &witnesses {
        witness.know(scene.log());
    }
    let agreed = policy(&witnesses, 2);
    scene.amend(&json!({ "witnesses": agreed }));

    let statement = scene.statement();
    let answer = scene.post_to("/entries?until=final", "application/cose", &statement, &[PROOF]);
    assert_eq!((answer.status, answer.header("truce-state")), (201, "final"), "{}", answer.text());
    let verified = scene.verify(&statement, &answer.body, &agreed);
    assert_eq!(verified.checkpoint().cosignatures().len(), 2);
    assert_eq!(scene.get("/policy", &[]).text(), agreed);
    assert_eq!(scene.terms().policies(), 1);
    // What was accepted before is final by those who were agreed on since.
    let asked = scene.get(&format!("/entries/{}", id(&early)), &[PROOF]);
    assert_eq!(asked.header("truce-state"), "final");

    // One of two is enough from the next change on, and below the quorum nothing is final.
    witnesses[1].be(Manner::Dead);
    let statement = scene.statement();
    let wait = [PROOF, ("prefer", "wait=1")];
    let held = scene.post_to("/entries?until=final", "application/cose", &statement, &wait);
    assert_eq!(held.status, 202);
    scene.amend(&json!({ "witnesses": policy(&witnesses, 1) }));
    let statement = scene.statement();
    let answer = scene.post_to("/entries?until=final", "application/cose", &statement, &[PROOF]);
    assert_eq!((answer.status, answer.header("truce-state")), (201, "final"), "{}", answer.text());
}

#[test]
fn what_the_parties_agree_and_no_witness_can_satisfy_makes_nothing_final() {
    let mut scene = Scene::new(&[]);
    scene.amend(&json!({ "witnesses": "this is no policy" }));
    let statement = scene.statement();
    let answer = scene.post(&statement, &[PROOF]);
    assert_eq!((answer.status, answer.header("truce-state")), (201, "accepted"));
    let wait = [PROOF, ("prefer", "wait=1")];
    assert_eq!(scene.get(&format!("/entries/{}?until=final", id(&statement)), &wait).status, 302);
    assert_eq!(scene.get("/policy", &[]).status, 404);
}

#[test]
fn the_next_key_signs_from_its_entry_on_and_is_waited_for_where_it_is_not_at_hand() {
    let mut scene = Scene::new(&[]);
    let ledger = scene.folder.path().join("ledger");
    let next = scene.folder.path().join("next.pem");
    std::fs::write(&next, key(900).to_pem(None).unwrap().as_bytes()).unwrap();
    let (amendment, bytes) =
        scene.amendment(&json!({ "log": { "next": vkey(900).to_string(), "overlap": 1 } }));
    scene.post(&bytes, &[]);
    let assents: Vec<_> = (1..5).map(|party| scene.assent(party, amendment)).collect();
    for assent in &assents[..3] {
        assert_eq!(scene.post(assent, &[]).status, 201);
    }
    // The last one brings the key in: without it nothing could be signed any more. Everything else goes on.
    let answer = scene.post(&assents[3], &[]);
    assert_eq!(answer.status, 503, "{}", answer.text());
    assert!(answer.text().contains("log-key-missing"), "{}", answer.text());
    assert!(!answer.header("retry-after").is_empty());
    let statement = scene.statement();
    assert_eq!(scene.post(&statement, &[]).status, 201);
    scene.service.ask_to_stop();
    assert!(scene.service.wait().success());

    scene.service = Service::start(&ledger, &["--next-log-key", next.to_str().unwrap()]);
    let proof = scene.post(&assents[3], &[PROOF]);
    assert_eq!(proof.status, 201);
    let note = truce_tlog::ProofFile::parse(&proof.body).unwrap().checkpoint().clone();
    for key in [scene.log(), vkey(900)] {
        assert!(SignedCheckpoint::open(&note, &key, &[]).is_ok(), "in the overlap both sign");
    }
    let between = scene.statement();
    let proof = scene.post(&between, &[PROOF]);
    let keys = scene.terms().keys().clone();
    assert_eq!(keys.keys().cloned().collect::<Vec<_>>(), [scene.log(), vkey(900)]);
    let note = truce_tlog::ProofFile::parse(&proof.body).unwrap().checkpoint().clone();
    let opened = keys.open(&note, &[]).unwrap();
    assert_eq!(opened.log(), &vkey(900));
    // The turn of the old key was over with the entry before: it is at hand still, and signs no more.
    assert!(SignedCheckpoint::open(&note, &scene.log(), &[]).is_err());
    // A receipt in COSE is signed by the newer.
    let cose = scene.post(&between, &[("accept", "application/cose")]);
    let receipt = truce_receipt::Receipt::parse(&cose.body).unwrap();
    let statement = truce_statement::Statement::parse(between.as_slice()).unwrap();
    let nobody = truce_tlog::Policy::parse(b"quorum none\n").unwrap();
    assert_eq!(receipt.verify_by(&statement, &nobody, &keys).unwrap().log(), &vkey(900));
    scene.service.ask_to_stop();
    assert!(scene.service.wait().success());

    // From here on the old key is not needed, and is not enough.
    let failed = Service::try_start(&ledger, &[]).err().unwrap();
    assert!(failed.said.contains("log-key-missing"), "{failed:?}");
    scene.service = Service::start(&ledger, &["--log-key", next.to_str().unwrap()]);
    let after = scene.statement();
    assert_eq!(scene.post(&after, &[PROOF]).status, 201);
    let proof = scene.get(&format!("/entries/{}", id(&after)), &[PROOF]);
    let note = truce_tlog::ProofFile::parse(&proof.body).unwrap().checkpoint().clone();
    assert_eq!(keys.open(&note, &[]).unwrap().log(), &vkey(900));
    // The thief of the old key can sign such a tree, and nobody takes it.
    let tree = Checkpoint::parse(note.text()).unwrap();
    let thief = Ed25519NoteSigner::from_seed(ORIGIN, &scene.world.log.seed()).unwrap();
    let forged = SignedCheckpoint::sign(tree, &thief).unwrap().note().clone();
    assert_eq!(keys.open(&forged, &[]).unwrap_err().code(), "log-key-ended");
}
