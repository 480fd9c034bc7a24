//! Logs whose charter asks every key granted to prove possession.

use super::super::craft::{Craft, Pen, key, signature};
use super::super::item::Item;
use super::super::logs::{Scene, charter, small};
use super::super::signatures::malleable;
use super::Logs;
use serde_json::{Value, json};
use truce_statement::unit::True;
use truce_statement::{AgreementId, Code, Kind, PossessionProof, Signed, Subject};

/// Seed of the key that is granted.
const SECOND: u8 = 0x45;

/// The proof of the key of `seed` for `party`.
fn proof(seed: u8, party: &str, agreement: AgreementId) -> String {
    PossessionProof::new(&key(seed), &party.parse().expect("a party id"), agreement).to_string()
}

/// The charter alone.
fn chartered() -> Scene {
    let mut charter = charter();
    charter.proof_of_possession = Some(True);
    Scene::with_charter("charter-that-asks-for-proofs", charter)
}

/// A grant of the key of `seed`, with its proof.
fn grant(scene: &Scene, seed: u8, party: &str) -> Value {
    json!({ "key": key(seed).public().to_string(), "label": "Desk", "proof": proof(seed, party, scene.agreement) })
}

/// Every party has acceded with its working key and its proof.
fn founded() -> Scene {
    let mut scene = chartered();
    for (party, seed) in ["mission", "north", "south", "civil"].into_iter().zip(0x30..) {
        let body = json!({ "keys": [grant(&scene, seed, party)] });
        let signed = scene.root(party).say(&json!({ "kind": "accession", "body": body }));
        scene.add(&format!("accession-of-{party}-with-a-proof"), signed.bytes());
    }
    scene
}

/// The mission's grant of its second key.
fn second(scene: &mut Scene) -> Signed {
    let body = grant(scene, SECOND, "mission");
    scene.root("mission").say(&json!({ "kind": "key-grant", "body": body }))
}

impl Logs {
    pub(super) fn possession(&mut self) {
        let mut scene = founded();
        let granted = second(&mut scene);
        scene.add("grant-with-a-proof", granted.bytes());
        let signal =
            Pen::new(SECOND, "mission", Subject::Agreement(scene.agreement)).say(&small(Kind::Signal));
        scene.add("signal-with-the-key-that-was-proven", signal.bytes());
        self.accept("keys-that-prove-possession", &scene);
        self.unproven_accessions();

        // The mission's grant, its proof replaced.
        let mut instead = |name: &str, code: Code, make: &dyn Fn(&Scene) -> Option<Vec<u8>>| {
            let mut scene = founded();
            let mut craft = Craft::of(second(&mut scene).bytes());
            match make(&scene) {
                Some(bytes) => craft.body().put("proof", Item::Bytes(bytes)),
                None => craft.body().cut("proof"),
            }
            self.refuse(name, code, scene, &craft.seal(&key(0x20)));
        };
        let code = Code::KeyNotProven;
        let hex = |text: String| Some(hex::decode(text).expect("hex"));
        instead("grant-without-a-proof", code, &|_| None);
        instead("grant-with-the-proof-of-another-key", code, &|s| hex(proof(0x46, "mission", s.agreement)));
        instead("grant-with-the-proof-of-the-root-key", code, &|s| hex(proof(0x20, "mission", s.agreement)));
        instead("grant-with-a-proof-for-another-party", code, &|s| hex(proof(SECOND, "north", s.agreement)));
        instead("grant-with-a-proof-for-another-agreement", code, &|_| {
            hex(proof(SECOND, "mission", AgreementId::from_bytes([0xa9; 32])))
        });
        instead("grant-with-a-proof-in-another-context", code, &|s| {
            let message = Item::Array(vec![
                "truce proof of possession v2".into(),
                Item::Bytes(s.agreement.as_bytes().to_vec()),
                "mission".into(),
                Item::Bytes(key(SECOND).public().as_bytes().to_vec()),
            ]);
            Some(key(SECOND).sign(&message.bytes()).to_vec())
        });
        instead("grant-with-a-statement-signature-as-its-proof", code, &|s| {
            let mut pen = Pen::new(SECOND, "mission", Subject::Agreement(s.agreement));
            Some(signature(pen.say(&small(Kind::Signal)).bytes()).to_vec())
        });
        instead("grant-with-a-proof-with-s-plus-order", code, &|s| {
            let sound = hex(proof(SECOND, "mission", s.agreement)).expect("bytes");
            Some(malleable(sound.try_into().expect("64 bytes"), 1).to_vec())
        });
        instead("grant-with-a-proof-of-63-bytes", Code::InvalidBody, &|s| {
            hex(proof(SECOND, "mission", s.agreement)).map(|bytes| bytes[..63].to_vec())
        });

        // What nobody can do any more: north registers the mission's key, with the proof that the mission showed.
        let mut scene = founded();
        let mut craft = Craft::of(second(&mut scene).bytes());
        let shown = craft.body().at("proof").clone();
        let body = grant(&scene, SECOND, "north");
        let squat = scene.root("north").say(&json!({ "kind": "key-grant", "body": body }));
        let mut craft = Craft::of(squat.bytes());
        craft.body().put("proof", shown);
        self.refuse("grant-of-anothers-key-with-the-proof-it-showed", code, scene, &craft.seal(&key(0x21)));
        let mut scene = founded();
        let body = grant(&scene, 0x31, "mission");
        let signed = scene.root("mission").say(&json!({ "kind": "key-grant", "body": body }));
        let code = Code::InvalidBody;
        self.refuse("grant-of-a-key-granted-before-with-its-proof", code, scene, signed.bytes());

        let mut scene = Scene::founded();
        let signed = second(&mut scene);
        let name = "grant-with-a-proof-that-is-not-asked-for";
        self.refuse(name, Code::UnknownField, scene, signed.bytes());
    }

    fn unproven_accessions(&mut self) {
        let mut accession = |name: &str, keys: &dyn Fn(&Scene) -> Value| {
            let mut scene = chartered();
            let body = json!({ "keys": keys(&scene) });
            let signed = scene.root("mission").say(&json!({ "kind": "accession", "body": body }));
            self.refuse(name, Code::KeyNotProven, scene, signed.bytes());
        };
        let bare = |seed: u8| json!({ "key": key(seed).public().to_string() });
        accession("accession-without-a-proof", &|_| json!([bare(0x30)]));
        accession("accession-with-one-key-of-two-proven", &|s| {
            json!([grant(s, 0x30, "mission"), bare(0x47)])
        });
    }
}
