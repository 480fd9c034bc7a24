//! One target for each decoder: what is accepted must be written back as it came, and nothing that was altered may pass
//! for what was signed. Each answers with a word for what became of the input; a word not seen before is worth keeping.

use super::mutate::Shape;
use crate::vectors::craft::{Craft, key};
use crate::vectors::item::Item;
use crate::vectors::{self, text};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::LazyLock;
use truce_register::{Recorded, Register};
use truce_statement::{
    AgreementId, Draft, Entry, FileHash, Kind, PartyId, PublicKey, Refusal, Saying, SecretKey, Signed,
    Standing, Statement, StatementId, Subject, cbor,
};
use truce_tlog::bundle::encode_bundle;
use truce_tlog::policy::PolicyWitness;
use truce_tlog::{
    BundleCoord, Checkpoint, EntryBundle, Hash, Note, NoteSignature, Policy, ProofFile, SignedCheckpoint,
    TilePath, VKey,
};

/// A decoder with its inputs and its laws.
pub(crate) struct Target {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    /// Longest input tried, in bytes.
    pub(crate) longest: usize,
    pub(crate) seeds: fn() -> Vec<Vec<u8>>,
    /// Panics where a law is broken.
    pub(crate) run: fn(&[u8]) -> String,
}

/// Every decoder that takes bytes from outside, but for those of [`super::evidence`].
pub(super) const TARGETS: &[Target] = &[
    Target { name: "cbor", shape: Shape::Cbor, longest: 2048, seeds: cbor_seeds, run: run_cbor },
    Target { name: "statement", shape: Shape::Cbor, longest: 4096, seeds: statements, run: run_statement },
    Target { name: "header", shape: Shape::Cbor, longest: 1024, seeds: headers, run: run_header },
    Target { name: "payload", shape: Shape::Cbor, longest: 4096, seeds: payloads, run: run_payload },
    Target { name: "entry", shape: Shape::Cbor, longest: 4096, seeds: entries, run: run_entry },
    Target { name: "extra", shape: Shape::Cbor, longest: 256, seeds: extras, run: run_extra },
    Target { name: "register", shape: Shape::Cbor, longest: 8192, seeds: registers, run: run_register },
    Target { name: "recorded", shape: Shape::Cbor, longest: 512, seeds: recorded, run: run_recorded },
    Target { name: "draft", shape: Shape::Text, longest: 8192, seeds: drafts, run: run_draft },
    Target { name: "note", shape: Shape::Text, longest: 4096, seeds: notes, run: run_note },
    Target { name: "checkpoint", shape: Shape::Text, longest: 1024, seeds: checkpoints, run: run_checkpoint },
    Target { name: "vkey", shape: Shape::Text, longest: 512, seeds: vkeys, run: run_vkey },
    Target { name: "policy", shape: Shape::Text, longest: 4096, seeds: policies, run: run_policy },
    Target { name: "proof-file", shape: Shape::Text, longest: 8192, seeds: proofs, run: run_proof },
    Target { name: "tile-path", shape: Shape::Text, longest: 128, seeds: tile_paths, run: run_tile_path },
    Target { name: "entry-bundle", shape: Shape::Bytes, longest: 4096, seeds: bundles, run: run_bundle },
    Target {
        name: "private-key",
        shape: Shape::Text,
        longest: 1024,
        seeds: private_keys,
        run: run_private_key,
    },
    Target { name: "public-key", shape: Shape::Text, longest: 512, seeds: public_keys, run: run_public_key },
    Target { name: "names", shape: Shape::Text, longest: 128, seeds: names, run: run_names },
];

pub(super) fn file(name: &str, lists: &[&str], field: &str) -> Vec<Vec<u8>> {
    let file = vectors::load(name);
    let vectors = lists.iter().flat_map(|list| file[*list].as_array().expect("a list").clone());
    let of = |value: &Value| match field {
        "note" | "vkey" | "policy" | "proof" | "file" | "succession" => text(value).as_bytes().to_vec(),
        _ => hex::decode(text(value)).expect("hex"),
    };
    let mut all: Vec<Vec<u8>> = vectors.map(|v| of(&v[field])).filter(|seed| seed.len() < 4096).collect();
    all.sort();
    all.dedup();
    all
}

pub(super) const BOTH: &[&str] = &["accepted", "refused"];

/// Code, place and rule, without what was found: that differs with every input.
fn shown(refusal: &Refusal) -> String {
    format!("{} {} {}", refusal.code, refusal.at, rule(&refusal.detail))
}

/// What a message says is allowed, or else how it begins.
fn rule(message: &str) -> String {
    let rest = message.rsplit_once("allowed: ").map_or(message, |(_, allowed)| allowed);
    rest.chars().take_while(|c| !matches!(c, '`' | '"')).filter(|c| !c.is_ascii_digit()).take(32).collect()
}

/// The variant of an error and of what it holds, without values.
fn word(error: &impl std::fmt::Debug) -> String {
    let debug = format!("{error:?}");
    debug.chars().take_while(|c| !matches!(c, '{' | '"')).filter(|c| !c.is_ascii_digit()).collect()
}

// Canonical CBOR.

fn cbor_seeds() -> Vec<Vec<u8>> {
    file("cbor.json", BOTH, "cbor")
        .into_iter()
        .chain(payloads().into_iter().map(|p| p[1..].to_vec()))
        .collect()
}

fn run_cbor(input: &[u8]) -> String {
    match cbor::check(input) {
        Ok(()) => {
            let item = Item::parse(input);
            assert_eq!(item.bytes(), input, "accepted, but written otherwise");
            let value = cbor::decode::<Vec<u64>>(input);
            assert!(
                value.as_ref().map_or(true, |v| cbor::encode(v).expect("numbers") == input),
                "the law of the module"
            );
            format!("accepted {} {}", input[0] >> 5, input.len().ilog2())
        }
        Err(flaw) => {
            assert!(flaw.at <= input.len());
            assert!(cbor::decode::<Vec<u64>>(input).is_err());
            format!("{:?} {:?}", flaw.kind, input.get(flaw.at).map(|b| b >> 5))
        }
    }
}

// Statements.

fn statements() -> Vec<Vec<u8>> {
    file("statement.json", BOTH, "statement")
}

/// Statements that are truly signed.
static SIGNED: LazyLock<BTreeSet<Vec<u8>>> =
    LazyLock::new(|| file("statement.json", &["accepted"], "statement").into_iter().collect());

static KEY: LazyLock<SecretKey> = LazyLock::new(|| key(0x11));

fn run_statement(input: &[u8]) -> String {
    let statement = match Statement::parse(input) {
        Ok(statement) => statement,
        Err(refusal) => return shown(&refusal),
    };
    assert_eq!(statement.bytes(), input);
    assert_eq!(*statement.id().as_bytes(), truce_statement::id::sha256(input));
    written_back(&statement);
    let kind = statement.kind();
    match statement.verify(KEY.public()) {
        Ok(_) => {
            assert!(SIGNED.contains(input), "accepted, but never signed");
            format!("accepted {kind}")
        }
        Err(refusal) => format!("{} {kind}", shown(&refusal)),
    }
}

/// Signed again from what was read, header and payload are the same bytes.
fn written_back(statement: &Statement) {
    let header = statement.header();
    let standing = Standing {
        party: header.iss.clone(),
        subject: header.sub.clone(),
        seq: statement.seq(),
        prev: statement.prev(),
        seen: statement.seen(),
        iat: header.iat,
    };
    let saying = Saying { refs: statement.refs().to_vec(), body: statement.body().clone() };
    let again = Signed::seal(&KEY, standing, saying).expect("what was read can be signed");
    assert_eq!(again.payload(), statement.payload(), "the payload is written otherwise");
    if header.kid == KEY.public().id() {
        assert_eq!(again.to_be_signed(), statement.to_be_signed(), "the header is written otherwise");
    }
}

/// Header and payload of each kind, to be put together with what is tried.
static PARTS: LazyLock<Vec<Craft>> = LazyLock::new(|| {
    let all = Kind::ALL.iter().zip(file_in_order());
    all.map(|(_, statement)| Craft::of(&statement)).collect()
});

fn file_in_order() -> Vec<Vec<u8>> {
    let file = vectors::load("statement.json");
    let accepted = file["accepted"].as_array().expect("a list");
    accepted.iter().take(Kind::ALL.len()).map(|v| hex::decode(text(&v["statement"])).expect("hex")).collect()
}

fn headers() -> Vec<Vec<u8>> {
    let refused = statements().into_iter().filter_map(|s| {
        let statement = s.get(1..)?;
        cbor::check(statement).ok()?;
        let Item::Array(parts) = Item::parse(statement) else { return None };
        let Some(Item::Bytes(header)) = parts.first() else { return None };
        Some(header.clone())
    });
    let mut all: Vec<Vec<u8>> = refused.collect();
    all.sort();
    all.dedup();
    all
}

/// The input is the protected header; it is signed, so that nothing else is at fault.
fn run_header(input: &[u8]) -> String {
    let mut craft = PARTS[5].clone();
    craft.header = Item::Raw(input.to_vec());
    run_sealed(&craft)
}

fn run_sealed(craft: &Craft) -> String {
    match Statement::parse(craft.seal(&KEY)) {
        Ok(statement) => {
            written_back(&statement);
            let kind = statement.kind();
            let own = statement.header().kid == KEY.public().id();
            assert_eq!(statement.verify(KEY.public()).is_ok(), own, "signed over what was read");
            format!("accepted {kind}")
        }
        Err(refusal) => shown(&refusal),
    }
}

/// A payload with the number of its kind before it.
fn payloads() -> Vec<Vec<u8>> {
    let parts = PARTS.iter().enumerate();
    parts
        .map(|(n, craft)| [&[u8::try_from(n).expect("few")], craft.payload.bytes().as_slice()].concat())
        .collect()
}

fn run_payload(input: &[u8]) -> String {
    let Some((kind, payload)) = input.split_first() else { return "empty".to_owned() };
    let mut craft = PARTS[usize::from(*kind) % PARTS.len()].clone();
    craft.payload = Item::Raw(payload.to_vec());
    run_sealed(&craft)
}

// Entries.

fn entries() -> Vec<Vec<u8>> {
    file("entry.json", BOTH, "entry")
}

fn run_entry(input: &[u8]) -> String {
    match Entry::parse(input) {
        Ok(entry) => {
            assert_eq!(entry.encode(), input);
            assert_eq!(Entry::from_extra(&entry.extra(), entry.statement), Ok(entry));
            "accepted".to_owned()
        }
        Err(error) => rule(&error.to_string()),
    }
}

fn extras() -> Vec<Vec<u8>> {
    file("entry.json", &["refused_extra"], "extra")
        .into_iter()
        .chain(file("entry.json", &["accepted"], "extra"))
        .collect()
}

fn run_extra(input: &[u8]) -> String {
    match Entry::from_extra(input, b"a statement") {
        Ok(entry) => {
            assert_eq!(entry.extra(), input);
            "accepted".to_owned()
        }
        Err(error) => rule(&error.to_string()),
    }
}

// The register and its facts.

fn registers() -> Vec<Vec<u8>> {
    file("refusal.json", &["accepted"], "register")
}

fn run_register(input: &[u8]) -> String {
    match Register::decode(input) {
        Ok(register) => {
            assert_eq!(register.encode(), input);
            assert_eq!(
                register.keys().map(|(id, ..)| *id).collect::<BTreeSet<_>>().len(),
                register.keys().count()
            );
            let _ = (register.in_force(), register.parties().len());
            format!("accepted {}", register.keys().count())
        }
        Err(error) => error.to_string().chars().filter(|c| !c.is_ascii_digit()).take(60).collect(),
    }
}

fn recorded() -> Vec<Vec<u8>> {
    let of = |kind: Kind, to: &[&str]| {
        let to = to.iter().map(|id| id.parse().expect("a party id")).collect();
        Recorded { position: 300, kind, party: "mission".parse().expect("a party id"), to }.encode()
    };
    vec![of(Kind::Charter, &[]), of(Kind::Inquiry, &["north", "south"]), of(Kind::Finding, &[])]
}

fn run_recorded(input: &[u8]) -> String {
    match Recorded::decode(input) {
        Some(recorded) => {
            assert_eq!(recorded.encode(), input);
            format!("accepted {} {}", recorded.kind, recorded.to.len())
        }
        None => format!("refused {:?}", cbor::check(input).map_err(|flaw| flaw.kind)),
    }
}

// Drafts.

fn drafts() -> Vec<Vec<u8>> {
    Kind::ALL.iter().map(|kind| truce_statement::schema::template(*kind).as_bytes().to_vec()).collect()
}

fn run_draft(input: &[u8]) -> String {
    let Ok(json) = std::str::from_utf8(input) else { return "not UTF-8".to_owned() };
    let draft = match Draft::from_json(json) {
        Ok(draft) => draft,
        Err(error) => {
            let path = error.path().unwrap_or_default();
            return format!("{} {path} {}", error.code(), rule(&error.to_string()));
        }
    };
    let printed = draft.to_json().expect("a draft that was read is printed");
    assert_eq!(Draft::from_json(&printed).as_ref(), Ok(&draft), "printed and read back");
    let kind = draft.kind();
    let subject = match kind {
        Kind::Charter => Subject::Origin("example.org/log".to_owned()),
        _ => Subject::Agreement(AgreementId::ZERO),
    };
    let standing = Standing {
        party: "mission".parse().expect("a party id"),
        subject,
        seq: 0,
        prev: StatementId::ZERO,
        seen: None,
        iat: 0,
    };
    let body = draft.body.clone();
    match Signed::seal(&KEY, standing, draft.into_saying()) {
        Ok(signed) => assert_eq!(*signed.body(), body, "signed and read back"),
        Err(refusal) => assert_eq!(
            refusal.code,
            truce_statement::Code::TooLarge,
            "a draft that cannot be signed: {refusal}"
        ),
    }
    format!("accepted {kind} {}", printed.len().ilog2())
}

// Notes, checkpoints, keys, policies, proofs.

fn notes() -> Vec<Vec<u8>> {
    file("checkpoint.json", BOTH, "note")
}

struct Known {
    log: VKey,
    cosigner: VKey,
    /// Texts that the log truly signed.
    texts: BTreeSet<String>,
}

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let file = vectors::load("checkpoint.json");
    let first = &file["accepted"][0];
    let vkey = |value: &Value| -> VKey { text(value).parse().expect("a vkey") };
    let log = vkey(&first["log"]);
    let all = notes();
    let signed = all
        .iter()
        .filter_map(|note| Note::parse(note).ok()?.open([&log]).ok())
        .map(|n| n.text().to_owned())
        .collect();
    Known { cosigner: vkey(&first["cosigners"][0]), log, texts: signed }
});

fn run_note(input: &[u8]) -> String {
    let note = match Note::parse(input) {
        Ok(note) => note,
        Err(error) => return word(&error),
    };
    assert_eq!(note.to_string().as_bytes(), input);
    for signature in note.signatures() {
        assert_eq!(NoteSignature::parse(&signature.to_string()).as_ref(), Ok(signature));
    }
    let known = &*KNOWN;
    match SignedCheckpoint::open(&note, &known.log, std::slice::from_ref(&known.cosigner)) {
        Ok(checkpoint) => {
            assert!(known.texts.contains(note.text()), "accepted, but never signed");
            assert_eq!(checkpoint.to_string().as_bytes(), input);
            format!("accepted {}", checkpoint.cosignatures().len())
        }
        Err(error) => format!("note {}", word(&error)),
    }
}

fn checkpoints() -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = notes()
        .iter()
        .filter_map(|note| Note::parse(note).ok())
        .map(|note| note.text().as_bytes().to_vec())
        .collect();
    all.dedup();
    all
}

fn run_checkpoint(input: &[u8]) -> String {
    let Ok(input) = std::str::from_utf8(input) else { return "not UTF-8".to_owned() };
    match Checkpoint::parse(input) {
        Ok(checkpoint) => {
            assert_eq!(checkpoint.to_string(), input);
            format!("accepted {}", checkpoint.extensions().len())
        }
        Err(error) => word(&error),
    }
}

fn vkeys() -> Vec<Vec<u8>> {
    file("checkpoint.json", &["vkeys"], "vkey")
}

fn run_vkey(input: &[u8]) -> String {
    let Ok(input) = std::str::from_utf8(input) else { return "not UTF-8".to_owned() };
    match input.parse::<VKey>() {
        Ok(vkey) => {
            assert_eq!(vkey.to_string(), input);
            format!("accepted {:?}", vkey.key_type())
        }
        Err(error) => word(&error),
    }
}

fn policies() -> Vec<Vec<u8>> {
    let mut all = file("proof.json", BOTH, "policy");
    let more = all.first().map(|policy| [b"# comment\n\n".as_slice(), policy].concat());
    all.extend(more);
    all
}

fn run_policy(input: &[u8]) -> String {
    match Policy::parse(input) {
        Ok(policy) => {
            let printed = policy.to_bytes();
            let again = Policy::parse(&printed).expect("what was printed is read");
            assert_eq!(again, policy);
            assert_eq!(again.to_bytes(), printed);
            let all: Vec<&VKey> = policy.witnesses().iter().map(PolicyWitness::vkey).collect();
            assert!(policy.is_satisfied_by_keys(&all), "every witness together satisfies any policy");
            assert!(
                policy.quorum().is_none() || !policy.is_satisfied_by_keys(&[]),
                "a quorum needs somebody"
            );
            format!("accepted {} {} {}", policy.logs().len(), policy.witnesses().len(), policy.groups().len())
        }
        Err(error) => word(&error),
    }
}

fn proofs() -> Vec<Vec<u8>> {
    file("proof.json", BOTH, "proof")
}

fn run_proof(input: &[u8]) -> String {
    let proof = match ProofFile::parse(input) {
        Ok(proof) => proof,
        Err(error) => return word(&error),
    };
    assert_eq!(proof.to_string().as_bytes(), input);
    let leaf = proof.path().first().copied().unwrap_or(truce_tlog::EMPTY_ROOT);
    match Policy::parse(&PROVEN.0).map(|policy| proof.verify(&policy, &leaf)).expect("a policy") {
        Ok(_) => panic!("a path proves the leaf it begins with"),
        Err(error) => {
            let leaf = &PROVEN.1;
            let proven = proof.verify(&Policy::parse(&PROVEN.0).expect("a policy"), leaf);
            assert!(proven.is_err() || proof.index() == 3, "proven at another place");
            format!("proof {} {}", word(&error), proven.is_ok())
        }
    }
}

/// A policy, and the leaf that is entry 3 of the vectors' log.
static PROVEN: LazyLock<(Vec<u8>, Hash)> = LazyLock::new(|| {
    let file = vectors::load("proof.json");
    let vector = &file["accepted"][3];
    let proof = ProofFile::parse(text(&vector["proof"]).as_bytes()).expect("a proof");
    let statement = hex::decode(text(&vector["statement"])).expect("hex");
    let entry = Entry::from_extra(proof.extra().expect("extra"), &statement).expect("an entry").encode();
    (text(&vector["policy"]).as_bytes().to_vec(), truce_tlog::leaf_hash(&entry))
});

// Tiles and bundles.

fn tile_paths() -> Vec<Vec<u8>> {
    [
        "tile/0/000",
        "tile/0/x001/x234/067",
        "tile/63/x001/x234/067.p/255",
        "tile/entries/000.p/1",
        "tile/entries/x001/000",
    ]
    .map(|path| path.as_bytes().to_vec())
    .to_vec()
}

fn run_tile_path(input: &[u8]) -> String {
    let Ok(input) = std::str::from_utf8(input) else { return "not UTF-8".to_owned() };
    match input.parse::<TilePath>() {
        Ok(path) => {
            assert_eq!(path.to_string(), input);
            assert!(!input.contains(".."), "never leads out of the folder");
            format!("accepted {}", input.matches('x').count())
        }
        Err(error) => word(&error),
    }
}

/// A bundle with its width before it.
fn bundles() -> Vec<Vec<u8>> {
    let of = |entries: &[&[u8]]| {
        let bundle = encode_bundle(entries).expect("small");
        [&[u8::try_from(entries.len()).expect("few")], bundle.as_slice()].concat()
    };
    vec![of(&[b"one"]), of(&[b"", b"two", b"three"]), of(&[[0; 300].as_slice(); 7])]
}

fn run_bundle(input: &[u8]) -> String {
    let Some((width, bytes)) = input.split_first() else { return "empty".to_owned() };
    let width = u16::from(*width) + 1;
    let coord = BundleCoord::new(0, width.saturating_sub(1).max(1)).expect("a width");
    match EntryBundle::parse(bytes, coord) {
        Ok(bundle) => {
            assert_eq!(bundle.entries().len(), usize::from(coord.width()));
            assert_eq!(encode_bundle(bundle.entries()).as_deref(), Ok(bytes));
            format!("accepted {}", coord.width())
        }
        Err(error) => {
            let prefix = EntryBundle::parse_prefix(bytes, coord);
            format!("{} {}", word(&error), prefix.is_ok())
        }
    }
}

// Keys on file, names.

fn private_keys() -> Vec<Vec<u8>> {
    let plain = KEY.to_pem(None).expect("a key");
    vec![plain.as_bytes().to_vec(), plain.replace('\n', "\r\n").into_bytes()]
}

/// Without a passphrase: how encrypted keys are opened is for `pkcs8`, and takes a good while each time.
fn run_private_key(input: &[u8]) -> String {
    let Ok(pem) = std::str::from_utf8(input) else { return "not UTF-8".to_owned() };
    match SecretKey::from_pem(pem, None) {
        Ok(key) => {
            let printed = key.to_pem(None).expect("a key");
            assert_eq!(SecretKey::from_pem(&printed, None).expect("our own").seed(), key.seed());
            assert!(key.public().verifies(input, &key.sign(input)));
            format!("accepted {}", key.seed() == KEY.seed())
        }
        Err(error) => word(&error),
    }
}

fn public_keys() -> Vec<Vec<u8>> {
    vec![KEY.public().to_pem().expect("a key").into_bytes(), KEY.public().to_string().into_bytes()]
}

fn run_public_key(input: &[u8]) -> String {
    let Ok(text) = std::str::from_utf8(input) else { return "not UTF-8".to_owned() };
    let from_hex = text.parse::<PublicKey>();
    if let Ok(key) = &from_hex {
        assert_eq!(key.to_string(), text.to_ascii_lowercase());
    }
    match PublicKey::from_pem(text) {
        Ok(key) => {
            assert_eq!(PublicKey::from_pem(&key.to_pem().expect("a key")).expect("our own"), key);
            assert_eq!(PublicKey::from_bytes(key.as_bytes()), Ok(key));
            "accepted".to_owned()
        }
        Err(error) => format!("{} {}", word(&error), from_hex.is_ok()),
    }
}

fn names() -> Vec<Vec<u8>> {
    ["mission", "civil-2", &"ab".repeat(32), "observation", "corrects"]
        .map(|name| name.as_bytes().to_vec())
        .to_vec()
}

fn run_names(input: &[u8]) -> String {
    let Ok(text) = std::str::from_utf8(input) else { return "not UTF-8".to_owned() };
    let party = text.parse::<PartyId>();
    let hash = text.parse::<FileHash>();
    let kind = text.parse::<Kind>();
    assert!(party.as_ref().map_or(true, |p| p.as_str() == text));
    assert!(hash.as_ref().map_or(true, |h| h.to_string() == text));
    assert!(kind.as_ref().map_or(true, |k| k.as_str() == text));
    assert!(Hash::from_base64(text).map_or(true, |h| h.to_base64() == text));
    format!("{} {} {}", party.is_ok(), hash.is_ok(), kind.is_ok())
}
