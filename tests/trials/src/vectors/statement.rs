//! `statement.json`: public keys, a signed statement of every kind, and statements with one flaw each.

use super::craft::{Craft, EPOCH, Pen, key, signature};
use super::item::{Item, head, wide_head};
use super::signatures::{self, Forger, malleable, thumbprint};
use super::{Judged, bytes, kebab, text};
use serde_json::{Value, json};
use truce_statement::{
    AgreementId, Code, Kind, PublicKey, RootHash, SecretKey, Seen, Statement, StatementId, Subject,
};

/// Seed of the key that signs these vectors.
const SEED: u8 = 0x11;
/// The agreement they belong to.
const AGREEMENT: [u8; 32] = [0xa9; 32];
/// Where the charter among them says it is kept.
const ORIGIN: &str = "example.org/ceasefire-2021";

/// Writes the vectors.
pub(crate) fn generate() -> Value {
    let keys = signatures::keys().into_iter().map(|(name, key, why)| {
        let mut vector =
            json!({ "name": name, "key": hex::encode(key), "kid": hex::encode(thumbprint(&key)) });
        if let Some(why) = why {
            vector["code"] = why.into();
        }
        vector
    });
    json!({
        "what": "Public keys: sound, or refused at registration. Statements (COSE_Sign1) with the key that their header \
                 names: refused by what stands in their bytes alone, by their signature, or because the key is weak.",
        "keys": keys.collect::<Vec<_>>(),
        "accepted": accepted(),
        "refused": Refused::all(),
    })
}

/// Judges the vectors with our code.
pub(crate) fn judge(file: &Value) -> Vec<Judged> {
    let mut all = Vec::new();
    for vector in file["keys"].as_array().expect("a list") {
        let found = register(&vector["key"]).map(|key| {
            assert_eq!(key.id().to_string(), text(&vector["kid"]));
        });
        all.push(Judged::of(vector, &found));
    }
    for vector in
        ["accepted", "refused"].into_iter().flat_map(|which| file[which].as_array().expect("a list"))
    {
        let found = verify(vector).map(|id| {
            let same = vector.get("id").is_none_or(|stated| *stated == id.to_string());
            assert!(same, "{}: another statement id", vector["name"]);
        });
        all.push(Judged::of(vector, &found));
    }
    all
}

fn register(key: &Value) -> Result<PublicKey, String> {
    let bytes = bytes(key).try_into().expect("32 bytes");
    PublicKey::from_bytes(&bytes).map_err(|weak| kebab(&weak))
}

fn verify(vector: &Value) -> Result<StatementId, String> {
    let key = register(&vector["key"])?;
    let verified = Statement::parse(bytes(&vector["statement"])).and_then(|statement| statement.verify(&key));
    verified.map(|signed| signed.id()).map_err(|refusal| refusal.code.as_str().to_owned())
}

/// One draft of each kind.
pub(crate) fn drafts() -> Vec<Value> {
    serde_json::from_str(include_str!("drafts.json")).expect("drafts")
}

/// The draft of `kind`.
pub(crate) fn draft(kind: Kind) -> Value {
    drafts().into_iter().find(|d| d["kind"] == kind.as_str()).expect("a draft of every kind")
}

fn pen_for(kind: Kind) -> Pen {
    let subject = match kind {
        Kind::Charter => Subject::Origin(ORIGIN.to_owned()),
        _ => Subject::Agreement(AgreementId::from_bytes(AGREEMENT)),
    };
    Pen::new(SEED, "mission", subject)
}

fn made(kind: Kind) -> Vec<u8> {
    pen_for(kind).say(&draft(kind)).bytes().to_vec()
}

fn accepted() -> Vec<Value> {
    let vector = |name: String, statement: &[u8]| {
        let id = hex::encode(truce_statement::id::sha256(statement));
        let key = key(SEED).public().to_string();
        json!({ "name": name, "key": key, "id": id, "statement": hex::encode(statement) })
    };
    let mut all: Vec<Value> = Kind::ALL.iter().map(|kind| vector(kind.to_string(), &made(*kind))).collect();
    let mut pen = pen_for(Kind::Observation);
    (pen.seq, pen.prev) = (1, StatementId::from_bytes([1; 32]));
    all.push(vector("second-of-its-feed".into(), pen.say(&draft(Kind::Observation)).bytes()));
    pen.seen = Some(Seen(2, RootHash::from_bytes([2; 32])));
    all.push(vector("with-seen".into(), pen.say(&draft(Kind::Observation)).bytes()));
    let mut about = draft(Kind::Document);
    about["refs"] = json!(vec![json!({ "relation": "about", "id": "ab".repeat(32) }); 64]);
    all.push(vector("with-64-references".into(), pen.say(&about).bytes()));
    all.push(vector("of-49152-bytes".into(), &of_size(49_152)));
    all
}

/// A charter with zones whose names are so long that the statement has `size` bytes.
fn of_size(size: usize) -> Vec<u8> {
    let zone = |n: usize, len: usize| {
        Item::Map(vec![
            ("id".into(), Item::Text(format!("zone-{n}"))),
            ("name".into(), Item::Text("z".repeat(len))),
        ])
    };
    // The parts are put together by hand: over the limit nobody signs.
    let with = |lens: &[usize]| {
        let mut craft = Craft::of(&made(Kind::Charter));
        craft
            .body()
            .put("zones", Item::Array(lens.iter().enumerate().map(|(n, len)| zone(n, *len)).collect()));
        craft.seal(&key(SEED))
    };
    let mut lens = vec![3200; 15];
    lens[14] += size - with(&lens).len();
    let made = with(&lens);
    assert_eq!(made.len(), size);
    made
}

/// Statements with one flaw.
struct Refused(Vec<Value>);

impl Refused {
    fn all() -> Vec<Value> {
        let mut all = Self(Vec::new());
        all.envelopes();
        all.headers();
        all.subjects();
        all.payloads();
        all.bodies();
        all.signatures();
        all.0
    }

    fn push(&mut self, name: &str, code: &str, public: &[u8; 32], statement: &[u8]) {
        assert!(self.0.iter().all(|other| other["name"] != name), "{name} twice");
        self.0.push(json!({
            "name": name, "code": code, "key": hex::encode(public), "statement": hex::encode(statement),
        }));
    }

    /// An observation, altered and signed again.
    fn add(&mut self, name: &str, code: Code, alter: impl FnOnce(&mut Craft)) {
        self.of(Kind::Observation, name, code, alter);
    }

    fn of(&mut self, kind: Kind, name: &str, code: Code, alter: impl FnOnce(&mut Craft)) {
        let mut craft = Craft::of(&made(kind));
        alter(&mut craft);
        self.push(name, code.as_str(), key(SEED).public().as_bytes(), &craft.seal(&key(SEED)));
    }

    fn envelopes(&mut self) {
        use Code::{MalformedCose, NonCanonical, TooLarge};
        let public = *key(SEED).public().as_bytes();
        self.push("one-byte-over-the-limit", TooLarge.as_str(), &public, &of_size(49_153));
        self.push("nothing", MalformedCose.as_str(), &public, &[]);
        self.add("untagged", MalformedCose, |c| c.tag.clear());
        self.add("tag-of-cose-sign", MalformedCose, |c| c.tag = head(6, 98));
        self.add("tag-of-cose-mac0", MalformedCose, |c| c.tag = head(6, 17));
        self.add("tagged-twice", MalformedCose, |c| c.tag = [head(6, 18), head(6, 18)].concat());
        self.add("tag-of-a-cwt-around", MalformedCose, |c| c.tag = [head(6, 61), head(6, 18)].concat());
        self.add("tag-in-two-bytes", NonCanonical, |c| c.tag = wide_head(6, 18, 2));
        self.add("byte-after-the-statement", MalformedCose, |c| c.after = vec![0]);
        self.add("unprotected-with-kid", MalformedCose, |c| c.unprotected.put(4, [0_u8; 32].as_slice()));
        self.add("unprotected-is-an-array", MalformedCose, |c| c.unprotected = Item::Array(vec![]));
        self.add("unprotected-indefinite", NonCanonical, |c| c.unprotected = Item::Raw(vec![0xbf, 0xff]));
        let good = Craft::of(&made(Kind::Observation));
        let (payload, sig) =
            (Item::Bytes(good.payload.bytes()), Item::Bytes(key(SEED).sign(&good.to_be_signed()).to_vec()));
        let mut parts = |name: &str, code: Code, payload: &Item, signature: &Item| {
            self.push(name, code.as_str(), &public, &good.of_parts(payload.clone(), signature.clone()));
        };
        parts("payload-detached", MalformedCose, &Item::Raw(vec![0xf6]), &sig);
        parts("payload-not-wrapped", MalformedCose, &good.payload, &sig);
        parts(
            "payload-as-text",
            MalformedCose,
            &Item::Raw([head(3, good.payload.bytes().len() as u64), good.payload.bytes()].concat()),
            &sig,
        );
        parts(
            "payload-indefinite",
            NonCanonical,
            &Item::Raw([&[0x5f], payload.bytes().as_slice(), &[0xff]].concat()),
            &sig,
        );
        let long = |item: &Item| match item {
            Item::Bytes(b) => Item::Raw([wide_head(2, b.len() as u64, 8), b.clone()].concat()),
            other => panic!("{other:?}"),
        };
        parts("payload-length-in-8-bytes", NonCanonical, &long(&payload), &sig);
        parts("signature-length-in-8-bytes", NonCanonical, &payload, &long(&sig));
        let sig64 = signature(&good.seal(&key(SEED)));
        parts("signature-of-63-bytes", MalformedCose, &payload, &Item::Bytes(sig64[..63].to_vec()));
        parts("signature-of-65-bytes", MalformedCose, &payload, &Item::Bytes([&sig64[..], &[0]].concat()));
        parts("signature-empty", MalformedCose, &payload, &Item::Bytes(vec![]));
        let whole = good.seal(&key(SEED));
        for (name, end) in
            [("cut-in-the-header", 40), ("cut-in-the-payload", 300), ("cut-by-one-byte", whole.len() - 1)]
        {
            self.push(name, MalformedCose.as_str(), &public, &whole[..end]);
        }
        let three = Item::Array(vec![Item::Bytes(good.header.bytes()), Item::Map(vec![]), payload.clone()]);
        self.push("three-parts", MalformedCose.as_str(), &public, &[head(6, 18), three.bytes()].concat());
        let five = Item::Array(vec![
            Item::Bytes(good.header.bytes()),
            Item::Map(vec![]),
            payload,
            sig,
            Item::Int(0),
        ]);
        self.push("five-parts", MalformedCose.as_str(), &public, &[head(6, 18), five.bytes()].concat());
    }

    fn headers(&mut self) {
        use Code::{BadHeader, NonCanonical};
        let content = |kind: &str| Item::Text(format!("application/vnd.truce.{kind}+cbor"));
        self.add("header-empty", BadHeader, |c| c.header = Item::Map(vec![]));
        self.add("header-of-zero-bytes", BadHeader, |c| c.header = Item::Raw(vec![]));
        self.add("header-is-an-array", BadHeader, |c| c.header = Item::Array(vec![]));
        self.add("alg-eddsa-deprecated", BadHeader, |c| *c.header.at(1) = (-8).into());
        self.add("alg-es256", BadHeader, |c| *c.header.at(1) = (-7).into());
        self.add("alg-as-text", BadHeader, |c| *c.header.at(1) = "Ed25519".into());
        self.add("alg-missing", BadHeader, |c| c.header.cut(1));
        self.add("content-type-missing", BadHeader, |c| c.header.cut(3));
        self.add("kid-missing", BadHeader, |c| c.header.cut(4));
        self.add("claims-missing", BadHeader, |c| c.header.cut(15));
        self.add("label-crit", BadHeader, |c| c.header.put(2, Item::Array(vec![1.into()])));
        self.add("label-typ", BadHeader, |c| c.header.put(16, "application/vnd.truce+cose"));
        self.add("label-private", BadHeader, |c| c.header.put(-65_537, 0));
        self.add("label-as-text", BadHeader, |c| {
            c.header.cut(1);
            c.header.put("alg", -19);
        });
        self.add("labels-unsorted", NonCanonical, |c| c.header.pairs().swap(0, 1));
        self.add("label-twice", NonCanonical, |c| {
            let first = c.header.pairs()[0].clone();
            c.header.pairs().insert(0, first);
        });
        self.add("alg-in-three-bytes", NonCanonical, |c| *c.header.at(1) = Item::Raw(wide_head(1, 18, 2)));
        self.add("header-indefinite", NonCanonical, |c| {
            let inside = c.header.bytes()[1..].to_vec();
            c.header = Item::Raw([vec![0xbf], inside, vec![0xff]].concat());
        });
        self.add("header-with-a-byte-after-it", NonCanonical, |c| {
            c.header = Item::Raw([c.header.bytes(), vec![0]].concat());
        });
        self.add("iat-as-a-float", NonCanonical, |c| {
            *c.header.at(15).at(6) = Item::Raw(vec![0xfb, 0x41, 0xd8, 0x08, 0, 0, 0, 0, 0]);
        });
        self.add("iat-tagged", NonCanonical, |c| {
            *c.header.at(15).at(6) = Item::Raw([vec![0xc1], Item::from(1_612_742_400).bytes()].concat());
        });
        self.add("content-type-of-a-later-version", BadHeader, |c| *c.header.at(3) = content("sealed"));
        self.add("content-type-unknown-kind", BadHeader, |c| *c.header.at(3) = content("rumour"));
        self.add("content-type-in-capitals", BadHeader, |c| *c.header.at(3) = content("Observation"));
        self.add("content-type-plain-cbor", BadHeader, |c| *c.header.at(3) = "application/cbor".into());
        self.add("content-type-as-a-number", BadHeader, |c| *c.header.at(3) = 60.into());
        self.add("content-type-with-a-parameter", BadHeader, |c| {
            *c.header.at(3) = "application/vnd.truce.observation+cbor;v=1".into();
        });
        self.add("kid-of-31-bytes", BadHeader, |c| *c.header.at(4) = [0_u8; 31].as_slice().into());
        self.add("kid-of-33-bytes", BadHeader, |c| *c.header.at(4) = [0_u8; 33].as_slice().into());
        self.add("kid-as-text", BadHeader, |c| *c.header.at(4) = Item::Text("ab".repeat(32)));
        self.add("claim-iss-missing", BadHeader, |c| c.header.at(15).cut(1));
        self.add("claim-sub-missing", BadHeader, |c| c.header.at(15).cut(2));
        self.add("claim-iat-missing", BadHeader, |c| c.header.at(15).cut(6));
        self.add("claim-exp", BadHeader, |c| c.header.at(15).put(4, 1_700_000_000));
        self.add("iat-negative", BadHeader, |c| *c.header.at(15).at(6) = (-1).into());
        self.add("iat-as-text", BadHeader, |c| *c.header.at(15).at(6) = "2021-02-08".into());
        for (name, iss) in [
            ("iss-empty", String::new()),
            ("iss-of-one-letter", "m".into()),
            ("iss-of-33-letters", "m".repeat(33)),
            ("iss-in-capitals", "Mission".into()),
            ("iss-beginning-with-a-digit", "1mission".into()),
            ("iss-beginning-with-a-hyphen", "-mission".into()),
            ("iss-with-an-underscore", "the_mission".into()),
            ("iss-with-a-space", "the mission".into()),
            ("iss-with-a-cyrillic-letter", "missi\u{43e}n".into()),
        ] {
            self.add(name, BadHeader, |c| *c.header.at(15).at(1) = Item::Text(iss));
        }
        let other = Code::UnknownKey;
        self.add("kid-of-another-key", other, |c| *c.header.at(4) = Item::Bytes(vec![0x42; 32]));
    }

    fn subjects(&mut self) {
        use Code::BadHeader;
        for (name, sub) in [
            ("sub-of-63-digits", Item::Text("a".repeat(63))),
            ("sub-of-65-digits", Item::Text("a".repeat(65))),
            ("sub-in-capitals", Item::Text(hex::encode_upper(AGREEMENT))),
            ("sub-not-hex", Item::Text("g".repeat(64))),
            ("sub-as-bytes", Item::Bytes(AGREEMENT.to_vec())),
            ("sub-is-an-origin", ORIGIN.into()),
        ] {
            self.add(name, BadHeader, |c| *c.header.at(15).at(2) = sub);
        }
        for (name, sub) in [
            ("charter-sub-empty", String::new()),
            ("charter-sub-of-256-bytes", "a".repeat(256)),
            ("charter-sub-with-a-space", "example.org/a b".into()),
            ("charter-sub-with-a-plus", "example.org/a+b".into()),
            ("charter-sub-with-a-no-break-space", "example.org/a\u{a0}b".into()),
        ] {
            self.of(Kind::Charter, name, BadHeader, |c| *c.header.at(15).at(2) = Item::Text(sub));
        }
    }

    fn payloads(&mut self) {
        use Code::{BadHeader, InvalidBody, NonCanonical, UnknownField};
        self.add("v-2", InvalidBody, |c| *c.payload.at("v") = 2.into());
        self.add("v-0", InvalidBody, |c| *c.payload.at("v") = 0.into());
        self.add("v-as-text", InvalidBody, |c| *c.payload.at("v") = "1".into());
        for field in ["v", "seq", "body", "kind", "prev"] {
            self.add(&format!("{field}-missing"), InvalidBody, |c| c.payload.cut(field));
        }
        self.add("kind-of-another-content-type", BadHeader, |c| *c.payload.at("kind") = "signal".into());
        self.add("kind-unknown", InvalidBody, |c| *c.payload.at("kind") = "rumour".into());
        self.add("seq-negative", InvalidBody, |c| *c.payload.at("seq") = (-1).into());
        self.add("seq-0-with-a-prev", InvalidBody, |c| *c.payload.at("prev") = Item::Bytes(vec![1; 32]));
        self.add("seq-1-without-a-prev", InvalidBody, |c| *c.payload.at("seq") = 1.into());
        self.add("prev-of-31-bytes", InvalidBody, |c| *c.payload.at("prev") = Item::Bytes(vec![0; 31]));
        self.add("prev-as-text", InvalidBody, |c| *c.payload.at("prev") = Item::Text("00".repeat(32)));
        let reference = |relation: &str| Item::Array(vec![relation.into(), Item::Bytes(vec![0xab; 32])]);
        self.add("refs-empty", InvalidBody, |c| c.payload.put("refs", Item::Array(vec![])));
        self.add("refs-65", InvalidBody, |c| {
            c.payload.put("refs", Item::Array(vec![reference("about"); 65]));
        });
        self.add("refs-unknown-relation", InvalidBody, |c| {
            c.payload.put("refs", Item::Array(vec![reference("denies")]));
        });
        self.add("refs-id-of-31-bytes", InvalidBody, |c| {
            let short = Item::Array(vec!["about".into(), Item::Bytes(vec![0; 31])]);
            c.payload.put("refs", Item::Array(vec![short]));
        });
        self.add("refs-of-one-part", InvalidBody, |c| {
            c.payload.put("refs", Item::Array(vec![Item::Array(vec!["about".into()])]));
        });
        self.add("refs-of-three-parts", InvalidBody, |c| {
            let three = Item::Array(vec!["about".into(), Item::Bytes(vec![0xab; 32]), 0.into()]);
            c.payload.put("refs", Item::Array(vec![three]));
        });
        self.add("refs-as-a-map", InvalidBody, |c| {
            c.payload.put("refs", Item::Map(vec![("about".into(), Item::Bytes(vec![0xab; 32]))]));
        });
        let seen = |size: Item, root: usize| Item::Array(vec![size, Item::Bytes(vec![2; root])]);
        self.add("seen-root-of-31-bytes", InvalidBody, |c| c.payload.put("seen", seen(2.into(), 31)));
        self.add("seen-size-negative", InvalidBody, |c| c.payload.put("seen", seen((-2).into(), 32)));
        self.add("seen-of-one-part", InvalidBody, |c| c.payload.put("seen", Item::Array(vec![2.into()])));
        self.add("seen-of-three-parts", InvalidBody, |c| {
            c.payload.put("seen", Item::Array(vec![2.into(), Item::Bytes(vec![2; 32]), 0.into()]));
        });
        self.add("field-unknown", UnknownField, |c| c.payload.put("note", "in the wrong place"));
        self.add("payload-is-an-array", InvalidBody, |c| c.payload = Item::Array(vec![]));
        self.add("payload-of-zero-bytes", NonCanonical, |c| c.payload = Item::Raw(vec![]));
        self.add("payload-with-a-byte-after-it", NonCanonical, |c| {
            c.payload = Item::Raw([c.payload.bytes(), vec![0]].concat());
        });
        self.add("payload-tagged", NonCanonical, |c| {
            c.payload = Item::Raw([head(6, 24), c.payload.bytes()].concat());
        });
        self.add("payload-keys-unsorted", NonCanonical, |c| c.payload.pairs().swap(0, 1));
        self.add("payload-key-twice", NonCanonical, |c| {
            let first = c.payload.pairs()[0].clone();
            c.payload.pairs().insert(0, first);
        });
        self.add("seq-in-two-bytes", NonCanonical, |c| *c.payload.at("seq") = Item::Raw(vec![0x18, 0]));
        self.add("seq-as-a-bignum", NonCanonical, |c| *c.payload.at("seq") = Item::Raw(vec![0xc2, 0x40]));
        self.add("refs-null", NonCanonical, |c| c.payload.put("refs", Item::Raw(vec![0xf6])));
        self.add("refs-undefined", NonCanonical, |c| c.payload.put("refs", Item::Raw(vec![0xf7])));
        self.add("payload-map-indefinite", NonCanonical, |c| {
            c.payload = Item::Raw([vec![0xbf], c.payload.bytes()[1..].to_vec(), vec![0xff]].concat());
        });
        // The other shapes in which serde would read a map with known fields.
        self.add("payload-as-a-list-of-values", NonCanonical, |c| {
            let values = ["v", "seq", "body", "kind", "prev"].map(|field| c.payload.at(field).clone());
            c.payload = Item::Array(values.to_vec());
        });
        self.add("payload-with-keys-by-number", InvalidBody, |c| {
            let values = ["v", "seq", "body", "kind", "prev"].map(|field| c.payload.at(field).clone());
            c.payload = Item::Map((0..).map(Item::Int).zip(values).collect());
        });
        self.add("payload-with-keys-as-bytes", NonCanonical, |c| {
            let values = ["v", "seq", "body", "kind", "prev"]
                .map(|f| (Item::Bytes(f.into()), c.payload.at(f).clone()));
            c.payload = Item::Map(values.to_vec());
        });
    }

    fn bodies(&mut self) {
        use Code::{InvalidBody, NonCanonical, UnknownField};
        self.add("body-field-unknown", UnknownField, |c| c.body().put("mood", "tense"));
        self.add("body-inner-field-unknown", UnknownField, |c| {
            c.body().at("count").put("exact", Item::Bool(true));
        });
        self.add("body-field-missing", InvalidBody, |c| c.body().cut("what"));
        self.add("body-is-an-array", InvalidBody, |c| *c.body() = Item::Array(vec![]));
        self.add("body-empty", InvalidBody, |c| *c.body() = Item::Map(vec![]));
        self.add("body-null", NonCanonical, |c| *c.body() = Item::Raw(vec![0xf6]));
        self.add("body-field-null", NonCanonical, |c| c.body().put("note", Item::Raw(vec![0xf6])));
        self.add("body-number-as-a-float", NonCanonical, |c| {
            *c.body().at("count").at("n") = Item::Raw(vec![0xf9, 0x4c, 0x00]);
        });
        self.add("body-number-as-text", InvalidBody, |c| *c.body().at("count").at("n") = "21".into());
        self.add("body-number-negative", InvalidBody, |c| *c.body().at("count").at("n") = (-1).into());
        self.add("body-number-in-three-bytes", NonCanonical, |c| {
            *c.body().at("count").at("n") = Item::Raw(vec![0x19, 0, 21]);
        });
        self.add("body-text-with-a-control-character", NonCanonical, |c| c.body().put("note", "a\u{7}b"));
        self.add("body-text-with-a-direction-override", InvalidBody, |c| c.body().put("note", "a\u{202e}b"));
        self.add("body-text-empty", InvalidBody, |c| c.body().put("note", ""));
        self.add("body-text-blank", InvalidBody, |c| c.body().put("note", " \n"));
        self.add("body-text-of-4001-bytes", InvalidBody, |c| {
            c.body().put("note", Item::Text("x".repeat(4001)));
        });
        self.add("body-text-not-utf8", NonCanonical, |c| c.body().put("note", Item::Raw(vec![0x61, 0xff])));
        self.add("body-text-as-bytes", InvalidBody, |c| c.body().put("note", b"noise".as_slice()));
        self.add("body-word-unknown", InvalidBody, |c| *c.body().at("means") = "guessed".into());
        self.add("body-drill-false", InvalidBody, |c| c.body().put("drill", Item::Bool(false)));
        self.add("body-choice-as-a-list", InvalidBody, |c| {
            let (name, value) = c.body().at("when").pairs()[0].clone();
            *c.body().at("when") = Item::Array(vec![name, value]);
        });
        self.add("body-choice-by-number", InvalidBody, |c| c.body().at("when").pairs()[0].0 = 4.into());
        self.add("body-choice-of-two", InvalidBody, |c| {
            let day = c.body().at("when").at("part-of-day").clone();
            c.body().at("when").put("at", day);
        });
        self.add("body-word-by-number", NonCanonical, |c| *c.body().at("means") = 1.into());
        self.add("body-word-as-a-map", InvalidBody, |c| {
            *c.body().at("means") = Item::Map(vec![("heard".into(), Item::Array(vec![]))]);
        });
        self.of(Kind::Accession, "body-map-as-a-list", NonCanonical, |c| {
            let Item::Array(keys) = c.body().at("keys") else { panic!("no list") };
            keys[0] = Item::Array(vec![keys[0].at("key").clone()]);
        });
        self.add("body-keys-by-number", InvalidBody, |c| {
            *c.body().at("count") = Item::Map(vec![(0.into(), 21.into())]);
        });
        self.add("body-17-deep", NonCanonical, |c| {
            c.body().put("note", Item::Raw([vec![0x81; 15], vec![0x80]].concat()));
        });
        self.of(Kind::Report, "report-explosions-over-violations", InvalidBody, |c| {
            let Item::Array(regions) = c.body().at("regions") else { panic!("no list") };
            *regions[0].at("explosions") = 350.into();
        });
        self.of(Kind::Charter, "charter-party-twice", InvalidBody, |c| {
            let Item::Array(parties) = c.body().at("parties") else { panic!("no list") };
            *parties[1].at("id") = "mission".into();
        });
        self.of(Kind::Charter, "charter-root-key-twice", InvalidBody, |c| {
            let Item::Array(parties) = c.body().at("parties") else { panic!("no list") };
            let root = parties[0].at("root").clone();
            *parties[1].at("root") = root;
        });
        self.of(Kind::KeyGrant, "grant-of-a-kind-that-root-keys-sign", InvalidBody, |c| {
            *c.body().at("kinds") = Item::Array(vec!["key-grant".into()]);
        });
        self.of(Kind::KeyGrant, "grant-of-a-key-of-31-bytes", InvalidBody, |c| {
            *c.body().at("key") = Item::Bytes(vec![1; 31]);
        });
        self.of(Kind::KeyGrant, "grant-with-a-proof-of-65-bytes", InvalidBody, |c| {
            c.body().put("proof", Item::Bytes(vec![1; 65]));
        });
        self.of(Kind::KeyGrant, "grant-with-a-proof-in-hex", InvalidBody, |c| {
            c.body().put("proof", Item::Text("01".repeat(64)));
        });
        self.of(Kind::Charter, "charter-that-says-false-of-proofs", InvalidBody, |c| {
            c.body().put("proof_of_possession", Item::Bool(false));
        });
        for (name, weak, why) in signatures::keys() {
            if why.is_some() {
                let name = format!("grant-of-a-weak-key-{name}");
                self.of(Kind::KeyGrant, &name, InvalidBody, |c| {
                    *c.body().at("key") = Item::Bytes(weak.to_vec());
                });
            }
        }
    }

    fn signatures(&mut self) {
        let bad = Code::BadSignature.as_str();
        let public = *key(SEED).public().as_bytes();
        let good = Craft::of(&made(Kind::Observation));
        let message = good.to_be_signed();
        let sound = signature(&good.seal(&key(SEED)));
        let flip = |at: usize| {
            let mut altered = sound;
            altered[at] ^= 1;
            altered
        };
        let other: &SecretKey = &key(0x12);
        let forger = Forger::new([SEED; 32], 0);
        let scalar = curve25519_dalek::scalar::Scalar::from(9_u64);
        let zero = curve25519_dalek::scalar::Scalar::ZERO;
        let (mut minus_zero, mut high) = ([0; 32], [0xff; 32]);
        (minus_zero[0], minus_zero[31]) = (1, 0x80);
        (high[0], high[31]) = (0xee, 0x7f);
        let payload_only = Item::Bytes(good.payload.bytes()).bytes();
        let mut with_aad = Craft::of(&made(Kind::Observation)).to_be_signed();
        // external_aad is the empty byte string between header and payload; here it is one zero byte.
        let place = with_aad.len() - payload_only.len() - 1;
        with_aad.splice(place..=place, [0x41, 0x00]);
        for (name, signature) in [
            ("signature-r-altered", flip(0)),
            ("signature-s-altered", flip(40)),
            ("signature-s-plus-order", malleable(sound, 1)),
            ("signature-s-plus-8-orders", malleable(sound, 8)),
            ("signature-zero", [0; 64]),
            ("signature-of-another-key", other.sign(&message)),
            ("signature-over-the-payload-alone", key(SEED).sign(&good.payload.bytes())),
            ("signature-with-external-data", key(SEED).sign(&with_aad)),
            ("signature-r-with-torsion", forger.sign(&message, 9, 1)),
            ("signature-r-is-the-identity", forger.sign(&message, 0, 0)),
            ("signature-r-of-small-order", forger.sign(&message, 0, 3)),
            ("signature-r-is-minus-zero", forger.sign_with(&message, zero, minus_zero)),
            ("signature-r-not-reduced", forger.sign_with(&message, zero, high)),
            (
                "signature-r-of-another-nonce",
                forger.sign_with(&message, scalar, forger.sign(&message, 8, 0)[..32].try_into().expect("32")),
            ),
        ] {
            self.push(name, bad, &public, &good.with_signature(&signature));
        }
        let mut altered = good.clone();
        *altered.body().at("count").at("n") = 22.into();
        self.push("body-altered-after-signing", bad, &public, &altered.with_signature(&sound));
        let mut moved = good.clone();
        *moved.header.at(15).at(6) = (i64::try_from(EPOCH).expect("small") + 1).into();
        self.push("time-altered-after-signing", bad, &public, &moved.with_signature(&sound));
        let mut renamed = good.clone();
        *renamed.header.at(15).at(1) = "north".into();
        self.push("party-altered-after-signing", bad, &public, &renamed.with_signature(&sound));
        // Weak keys, each with a signature that some verifier accepts.
        let mut weak = |name: &str, code: &str, forger: &Forger, nonce: Option<u64>| {
            let mut craft = good.clone();
            *craft.header.at(4) = Item::Bytes(thumbprint(&forger.public).to_vec());
            let message = craft.to_be_signed();
            let nonce = nonce.unwrap_or_else(|| forger.lucky_nonce(&message));
            self.push(name, code, &forger.public, &craft.with_signature(&forger.sign(&message, nonce, 0)));
        };
        for i in 0..8 {
            weak(&format!("key-of-small-order-{i}"), "small-order", &Forger::small_order(i), None);
        }
        for i in 1..8 {
            let forger = Forger::new([SEED; 32], i);
            weak(&format!("key-with-torsion-{i}-accepted-with-the-cofactor"), "torsion", &forger, Some(5));
            weak(&format!("key-with-torsion-{i}-accepted-by-chance"), "torsion", &forger, None);
        }
    }
}
