//! Logs whose key and witnesses are amended.

use super::super::logs::{ORIGIN, Scene, charter};
use super::Logs;
use serde_json::{Value, json};
use truce_statement::{Code, Signed, StatementId};
use truce_tlog::{Ed25519NoteSigner, NoteSigner};

pub(in crate::vectors) fn vkey(origin: &str, seed: u8) -> String {
    Ed25519NoteSigner::from_seed(origin, &[seed; 32]).expect("an origin").vkey().to_string()
}

pub(in crate::vectors) fn change(next: &str) -> Value {
    json!({ "kind": "amendment", "body": { "title": "Another key of the log", "log": { "next": next, "overlap": 2 } } })
}

fn assent(to: StatementId) -> Value {
    let refs = [json!({ "relation": "supports", "id": to.to_string() })];
    json!({ "kind": "endorsement", "refs": refs, "body": {} })
}

fn by_root(scene: &mut Scene, name: &str, party: &str, draft: &Value) -> Signed {
    let signed = scene.root(party).say(draft);
    scene.add(name, signed.bytes());
    signed
}

/// Two of the four parties suffice; all have acceded.
fn amendable() -> Scene {
    let mut charter = charter();
    charter.amended_by = Some(2);
    let mut scene = Scene::with_charter("charter-amended-by-two", charter);
    scene.accede("-amended-by-two");
    scene
}

/// The mission's amendment is proposed.
fn proposed() -> (Scene, StatementId) {
    let mut scene = amendable();
    let amendment = by_root(&mut scene, "amendment-of-the-log-key", "mission", &change(&vkey(ORIGIN, 0xf1)));
    (scene, amendment.id())
}

/// And in force.
fn in_force() -> (Scene, StatementId) {
    let (mut scene, amendment) = proposed();
    by_root(&mut scene, "endorsement-by-north", "north", &assent(amendment));
    (scene, amendment)
}

/// Entries 5 and 6 bring the next key in, 7 and 8 witnesses; 9 is an amendment that nobody has assented to.
pub(in crate::vectors) fn key_and_witnesses() -> Scene {
    let (mut scene, _) = in_force();
    let witnesses =
        json!({ "kind": "amendment", "body": { "title": "Witnesses", "witnesses": "quorum none\n" } });
    let second = by_root(&mut scene, "amendment-of-the-witnesses", "south", &witnesses);
    by_root(&mut scene, "endorsement-by-mission", "mission", &assent(second.id()));
    by_root(&mut scene, "amendment-left-open", "civil", &change(&vkey(ORIGIN, 0xf2)));
    scene
}

impl Logs {
    pub(super) fn amended(&mut self) {
        self.accept("key-and-witnesses-amended", &key_and_witnesses());

        let mut refuse = |name: &str, code: Code, scene: (Scene, StatementId), party: &str, draft: &Value| {
            let mut scene = scene.0;
            let signed = scene.root(party).say(draft);
            self.refuse(name, code, scene, signed.bytes());
        };
        let next = |seed: u8| change(&vkey(ORIGIN, seed));
        let of = |make: fn() -> (Scene, StatementId)| make().1;
        let about = |id: StatementId| {
            let refs = [json!({ "relation": "about", "id": id.to_string() })];
            json!({ "kind": "endorsement", "refs": refs, "body": {} })
        };
        let (body, reference) = (Code::InvalidBody, Code::BadReference);
        let other = change(&vkey("truce.example/other", 0xf1));
        refuse("amendment-to-a-key-of-another-name", body, proposed(), "north", &other);
        refuse("amendment-to-the-key-in-force", body, proposed(), "north", &next(0xf0));
        refuse("amendment-while-two-keys-sign", body, in_force(), "north", &next(0xf2));
        refuse("endorsement-of-ones-own-amendment", reference, proposed(), "mission", &assent(of(proposed)));
        refuse("endorsement-of-what-is-in-force", reference, in_force(), "south", &assent(of(in_force)));
        refuse("endorsement-that-is-about", reference, proposed(), "north", &about(of(proposed)));
        let withdrawn = || {
            let (mut scene, amendment) = proposed();
            by_root(&mut scene, "amendment-instead", "mission", &change(&vkey(ORIGIN, 0xf3)));
            (scene, amendment)
        };
        refuse("endorsement-of-what-was-withdrawn", reference, withdrawn(), "north", &assent(of(proposed)));
    }
}
