//! `receipt.json`: receipts of inclusion with statement and policy, receipts of consistency, statements with receipts.
//!
//! The log, its entries and its witness are those of `proof.json`.

use super::checkpoint::log;
use super::item::{Item, head};
use super::logs::{LOG_SEED, ORIGIN};
use super::signatures::malleable;
use super::small_log::{SmallLog, quorum};
use super::{Judged, bytes, text};
use serde_json::{Value, json};
use truce_receipt::{
    ConsistencyReceipt, Finality, LABEL_CHECKPOINT, LABEL_ENTRY, LABEL_TREE_SIZE, Receipt, ReceiptError,
    embed, extract,
};
use truce_statement::{Entry, SecretKey, Statement};
use truce_tlog::{
    Checkpoint, Cosigner, Ed25519NoteSigner, Hash, NoteSignature, NoteSigner as _, Policy, SignedCheckpoint,
    consistency_proof, leaf_hash,
};

/// The small log, with the key that signs its receipts.
struct World {
    log: SmallLog,
    key: SecretKey,
    /// Cosigned by W1.
    checkpoint: SignedCheckpoint,
    /// The log, a witness, and the quorum W1.
    policy: String,
}

impl World {
    fn new() -> Self {
        let log = SmallLog::founded();
        let key = SecretKey::from_seed(&LOG_SEED).expect("a key");
        Self { key, checkpoint: log.cosigned(), policy: quorum("W1"), log }
    }

    fn size(&self) -> u64 {
        self.log.size()
    }

    fn issue(&self, index: u64, checkpoint: &SignedCheckpoint) -> Receipt {
        let (path, entry) = (self.log.path(index, checkpoint.size()), self.log.entry(index));
        Receipt::issue(&self.key, self.log.agreement(), checkpoint, index, path, &entry).expect("issued")
    }

    fn path_between(&self, older: u64, newer: u64) -> Vec<Hash> {
        consistency_proof(&self.log, older, newer).expect("a proof")
    }

    fn consistency(&self, older: u64, newer: u64) -> ConsistencyReceipt {
        let (old, new) = (self.log.signed(older), self.log.signed(newer));
        let path = self.path_between(older, newer);
        ConsistencyReceipt::issue(&self.key, self.log.agreement(), old.checkpoint(), &new, path)
            .expect("issued")
    }

    fn vector(&self, name: &str, index: u64, policy: &str, receipt: &[u8]) -> Value {
        json!({
            "name": name,
            "policy": policy,
            "statement": hex::encode(self.log.statement(index)),
            "receipt": hex::encode(receipt),
        })
    }
}

fn int(n: i64) -> Vec<u8> {
    Item::from(n).bytes()
}

fn uint(n: u64) -> Vec<u8> {
    head(0, n)
}

fn bstr(bytes: &[u8]) -> Vec<u8> {
    Item::from(bytes).bytes()
}

fn tstr(text: &str) -> Vec<u8> {
    Item::from(text).bytes()
}

fn array(items: &[Vec<u8>]) -> Vec<u8> {
    [head(4, items.len() as u64), items.concat()].concat()
}

/// A map in the order given.
fn map(pairs: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let head = head(5, pairs.len() as u64);
    pairs.iter().fold(head, |all, (key, value)| [all, key.clone(), value.clone()].concat())
}

type Pairs = Vec<(Vec<u8>, Vec<u8>)>;

/// A receipt in parts, each of which may be replaced by a faulty one.
#[derive(Clone)]
struct Craft {
    header: Pairs,
    unprotected: Pairs,
    size: u64,
    index: u64,
    path: Vec<Vec<u8>>,
    payload: Vec<u8>,
    /// What is signed.
    root: Hash,
}

impl Craft {
    fn of(world: &World, index: u64) -> Self {
        let size = world.size();
        let path = world.log.path(index, size);
        let claims = map(&[(int(1), tstr(ORIGIN)), (int(2), tstr(&world.log.agreement().to_string()))]);
        let mut craft = Self {
            header: vec![
                (int(1), int(-19)),
                (int(4), bstr(world.key.public().id().as_bytes())),
                (int(15), claims),
                (int(395), int(1)),
                (int(LABEL_TREE_SIZE), uint(size)),
            ],
            unprotected: Vec::new(),
            size,
            index,
            path: path.iter().map(|hash| bstr(hash.as_bytes())).collect(),
            payload: vec![0xf6],
            root: *world.checkpoint.root(),
        };
        craft.unprotected = vec![
            (int(396), map(&[(int(-1), array(&[bstr(&craft.proof())]))])),
            (int(LABEL_ENTRY), bstr(&world.log.entry(index).extra())),
        ];
        craft
    }

    fn proof(&self) -> Vec<u8> {
        array(&[uint(self.size), uint(self.index), array(&self.path)])
    }

    /// Puts the proof of `size`, `index` and `path` in again.
    fn reproven(mut self) -> Self {
        self.unprotected[0].1 = map(&[(int(-1), array(&[bstr(&self.proof())]))]);
        self
    }

    fn to_be_signed(&self) -> Vec<u8> {
        array(&[tstr("Signature1"), bstr(&map(&self.header)), bstr(b""), bstr(self.root.as_bytes())])
    }

    fn seal(&self, key: &SecretKey) -> Vec<u8> {
        self.with_signature(&key.sign(&self.to_be_signed()))
    }

    fn with_signature(&self, signature: &[u8]) -> Vec<u8> {
        let parts = [bstr(&map(&self.header)), map(&self.unprotected), self.payload.clone(), bstr(signature)];
        [vec![0xd2], array(&parts)].concat()
    }
}

/// Writes the vectors.
pub(crate) fn generate() -> Value {
    let world = World::new();
    json!({
        "what": "COSE Receipts (RFC 9942). `receipt` with `statement` and `policy` (c2sp.org/tlog-policy) is accepted, and is \
                 `final` where the quorum has cosigned. `consistency`: `receipt` with the older and newer roots and the \
                 log's vkey. `embedded`: `transparent` is `statement` with `receipts` in its unprotected header.",
        "accepted": accepted(&world),
        "refused": refused(&world),
        "consistency": { "accepted": consistent(&world), "refused": inconsistent(&world) },
        "embedded": { "accepted": embedded(&world), "refused": not_embedded(&world) },
    })
}

fn accepted(world: &World) -> Vec<Value> {
    let mut all = Vec::new();
    let mut add = |name: &str, index: u64, policy: &str, receipt: &Receipt, size: u64, is_final: bool| {
        let mut vector = world.vector(name, index, policy, &receipt.to_bytes());
        vector["index"] = index.into();
        vector["size"] = size.into();
        vector["received"] = world.log.entry(index).received.into();
        vector["final"] = is_final.into();
        all.push(vector);
    };
    let (size, policy) = (world.size(), world.policy.as_str());
    let cosigned =
        |index| world.issue(index, &world.checkpoint).with_checkpoint(&world.checkpoint).expect("fits");
    for index in 0..size {
        add(&format!("entry-{index}-of-{size}-cosigned"), index, policy, &cosigned(index), size, true);
    }
    add("without-a-checkpoint", 2, policy, &world.issue(2, &world.checkpoint), size, false);
    let alone = world.log.signed(size);
    let receipt = world.issue(2, &alone).with_checkpoint(&alone).expect("fits");
    add("checkpoint-without-cosignatures", 2, policy, &receipt, size, false);
    let none = policy.replace("quorum W1", "quorum none");
    add("cosigned-but-no-quorum-was-asked-for", 2, &none, &cosigned(2), size, false);
    let second = Cosigner::from_seed("example.com/w", &[0xf3; 32]).expect("a name");
    let group = format!("witness W2 {}\ngroup G all W1 W2\nquorum G", second.vkey());
    let both = policy.replace("quorum W1", &group);
    add("cosigned-by-one-of-the-two-needed", 2, &both, &cosigned(2), size, false);
    for older in 2..size {
        let checkpoint = world.log.signed(older);
        add(
            &format!("last-entry-of-{older}"),
            older - 1,
            policy,
            &world.issue(older - 1, &checkpoint),
            older,
            false,
        );
    }
    add("the-only-entry-with-an-empty-path", 0, policy, &world.issue(0, &world.log.signed(1)), 1, false);
    all
}

fn refused(world: &World) -> Vec<Value> {
    let mut all = Vec::new();
    let good = Craft::of(world, 3);
    let key = &world.key;
    let sound = good.seal(key);
    assert_eq!(sound, world.issue(3, &world.checkpoint).to_bytes(), "two writers, one form");
    let mut add = |name: &str, code: &str, receipt: Vec<u8>| {
        let mut vector = world.vector(name, 3, &world.policy, &receipt);
        vector["code"] = code.into();
        all.push(vector);
    };
    let header = |edit: &dyn Fn(&mut Pairs)| {
        let mut craft = good.clone();
        edit(&mut craft.header);
        craft.seal(key)
    };
    let unprotected = |edit: &dyn Fn(&mut Pairs)| {
        let mut craft = good.clone();
        edit(&mut craft.unprotected);
        craft.seal(key)
    };
    let proven = |edit: &dyn Fn(&mut Craft)| {
        let mut craft = good.clone();
        edit(&mut craft);
        craft.reproven().seal(key)
    };
    let claims = |pairs: Pairs| header(&|h| h[2].1 = map(&pairs));
    let iss = || (int(1), tstr(ORIGIN));
    let sub = || (int(2), tstr(&world.log.agreement().to_string()));

    // The envelope.
    add("no-bytes", "malformed-receipt", Vec::new());
    add("untagged", "malformed-receipt", sound[1..].to_vec());
    add("tagged-as-a-mac", "malformed-receipt", [&[0xd1], &sound[1..]].concat());
    add("tag-in-long-form", "non-canonical", [&[0xd8, 18], &sound[1..]].concat());
    add("array-of-five", "malformed-receipt", [&[0xd2, 0x85], &sound[2..], &[0x00]].concat());
    add("array-of-indefinite-length", "non-canonical", [&[0xd2, 0x9f], &sound[2..], &[0xff]].concat());
    add("cut-short", "malformed-receipt", sound[..sound.len() - 1].to_vec());
    add("byte-after-the-end", "trailing-bytes", [sound.as_slice(), &[0]].concat());
    add("too-large", "too-large", [sound.clone(), vec![0; 65_537 - sound.len()]].concat());
    let with_payload = |payload: Vec<u8>| Craft { payload, ..good.clone() }.seal(key);
    add("root-attached", "attached-payload", with_payload(bstr(good.root.as_bytes())));
    add("payload-of-no-bytes", "attached-payload", with_payload(bstr(b"")));
    add("payload-undefined", "malformed-receipt", with_payload(vec![0xf7]));

    // The protected header.
    let protected_raw = |protected: &[u8]| {
        let to_be_signed =
            array(&[tstr("Signature1"), bstr(protected), bstr(b""), bstr(good.root.as_bytes())]);
        let parts = [bstr(protected), map(&good.unprotected), vec![0xf6], bstr(&key.sign(&to_be_signed))];
        [vec![0xd2], array(&parts)].concat()
    };
    let plain = map(&good.header);
    add("protected-empty", "bad-header", protected_raw(b""));
    add("protected-is-an-array", "bad-header", protected_raw(&[0x80]));
    add("protected-with-a-byte-after", "non-canonical", protected_raw(&[plain.as_slice(), &[0]].concat()));
    add("protected-out-of-order", "non-canonical", header(&|h| h.swap(0, 1)));
    add("protected-label-twice", "non-canonical", header(&|h| h.insert(1, h[0].clone())));
    add("protected-label-in-long-form", "non-canonical", header(&|h| h[0].0 = vec![0x18, 1]));
    add("protected-label-unknown", "bad-header", header(&|h| h.insert(3, (int(16), tstr("receipt")))));
    add("alg-eddsa-deprecated", "unsupported-algorithm", header(&|h| h[0].1 = int(-8)));
    add("alg-es256", "unsupported-algorithm", header(&|h| h[0].1 = int(-7)));
    add("alg-missing", "unsupported-algorithm", header(&|h| drop(h.remove(0))));
    add("crit", "unknown-critical", header(&|h| h.insert(1, (int(2), array(&[int(395)])))));
    add(
        "crit-of-an-unknown-label",
        "unknown-critical",
        header(&|h| h.insert(1, (int(2), array(&[int(-70_000)])))),
    );
    add("kid-missing", "bad-header", header(&|h| drop(h.remove(1))));
    add("kid-of-31-bytes", "bad-header", header(&|h| h[1].1 = bstr(&[7; 31])));
    add("kid-of-another-key", "unknown-key", header(&|h| h[1].1 = bstr(&[7; 32])));
    add("claims-missing", "bad-header", header(&|h| drop(h.remove(2))));
    add("iss-missing", "bad-header", claims(vec![sub()]));
    add("iss-empty", "bad-header", claims(vec![(int(1), tstr("")), sub()]));
    add("iss-with-a-space", "bad-header", claims(vec![(int(1), tstr("truce.example vectors")), sub()]));
    add("iss-of-another-log", "unknown-log", claims(vec![(int(1), tstr("truce.example/another")), sub()]));
    add("sub-missing", "bad-header", claims(vec![iss()]));
    add("sub-in-upper-case", "bad-header", claims(vec![iss(), (int(2), tstr(&"AB".repeat(32)))]));
    add(
        "sub-of-another-agreement",
        "unknown-agreement",
        claims(vec![iss(), (int(2), tstr(&"ab".repeat(32)))]),
    );
    add("claim-unknown", "bad-header", claims(vec![iss(), sub(), (int(6), int(1_600_000_000))]));
    add("vds-missing", "unsupported-vds", header(&|h| drop(h.remove(3))));
    add("vds-of-ccf", "unsupported-vds", header(&|h| h[3].1 = int(2)));
    add("vds-unprotected", "unsupported-vds", {
        let mut craft = good.clone();
        let vds = craft.header.remove(3);
        craft.unprotected.insert(0, vds);
        craft.seal(key)
    });

    // The unprotected header.
    add("label-unknown", "unknown-label", unprotected(&|u| u.insert(0, (int(5), int(1)))));
    add("label-of-text", "unknown-label", unprotected(&|u| u.push((tstr("note"), int(1)))));
    add("proofs-missing", "proof-count", unprotected(&|u| drop(u.remove(0))));
    add("unprotected-out-of-order", "non-canonical", unprotected(&|u| u.swap(0, 1)));
    add("entry-missing", "bad-entry", unprotected(&|u| drop(u.remove(1))));
    add("entry-not-wrapped", "malformed-receipt", unprotected(&|u| u[1].1 = world.log.entry(3).extra()));
    add(
        "entry-of-version-2",
        "bad-entry",
        unprotected(&|u| {
            let extra = world.log.entry(3).extra();
            u[1].1 = bstr(&[&[extra[0], 2], &extra[2..]].concat());
        }),
    );
    add(
        "entry-in-long-form",
        "bad-entry",
        unprotected(&|u| {
            u[1].1 = bstr(&[&[0x98, 3], &world.log.entry(3).extra()[1..]].concat());
        }),
    );
    let entry = |edit: &dyn Fn(&mut Entry<'_>)| {
        let mut entry = world.log.entry(3);
        edit(&mut entry);
        unprotected(&|u| u[1].1 = bstr(&entry.extra()))
    };
    add("entry-with-another-time", "bad-signature", entry(&|e| e.received += 1));
    add("entry-with-another-prev", "bad-signature", entry(&|e| e.prev = world.log.entry(2).prev));

    // The proof.
    let proofs = |value: Vec<u8>| unprotected(&|u| u[0].1.clone_from(&value));
    let one = bstr(&good.proof());
    add("proofs-of-consistency", "other-proof", proofs(map(&[(int(-2), array(std::slice::from_ref(&one)))])));
    add(
        "proofs-of-an-unknown-kind",
        "other-proof",
        proofs(map(&[(int(-3), array(std::slice::from_ref(&one)))])),
    );
    add(
        "proofs-of-both-kinds",
        "proof-count",
        proofs(map(&[
            (int(-1), array(std::slice::from_ref(&one))),
            (int(-2), array(std::slice::from_ref(&one))),
        ])),
    );
    add("proofs-of-no-kind", "proof-count", proofs(map(&[])));
    add("proofs-none", "proof-count", proofs(map(&[(int(-1), array(&[]))])));
    add("proofs-two", "proof-count", proofs(map(&[(int(-1), array(&[one.clone(), one.clone()]))])));
    let inner = |bytes: &[u8]| proofs(map(&[(int(-1), array(&[bstr(bytes)]))]));
    add("proof-not-wrapped", "malformed-receipt", proofs(map(&[(int(-1), array(&[good.proof()]))])));
    add("proof-with-a-byte-after", "trailing-bytes", inner(&[good.proof().as_slice(), &[0]].concat()));
    add("proof-of-four", "malformed-receipt", inner(&[&[0x84], &good.proof()[1..], &[0]].concat()));
    add("proof-size-in-long-form", "non-canonical", inner(&[&[0x83, 0x18, 5], &good.proof()[2..]].concat()));
    add("proof-index-negative", "malformed-receipt", inner(&[&[0x83, 5, 0x20], &good.proof()[3..]].concat()));
    add("path-empty", "empty-path", proven(&|c| c.path.clear()));
    add("path-of-64", "path-too-long", proven(&|c| c.path = vec![c.path[0].clone(); 64]));
    add("path-one-short", "path-length", proven(&|c| drop(c.path.pop())));
    add("path-one-over", "path-length", proven(&|c| c.path.push(c.path[0].clone())));
    add("path-hash-of-31-bytes", "malformed-receipt", proven(&|c| c.path[0] = bstr(&[7; 31])));
    add("path-hash-altered", "bad-signature", proven(&|c| c.path[0] = bstr(&[7; 32])));
    add("path-swapped", "bad-signature", proven(&|c| c.path.swap(0, 1)));
    add("index-of-another-entry", "bad-signature", proven(&|c| c.index = 2));
    add("index-at-the-size", "index-out-of-range", proven(&|c| c.index = c.size));
    add("index-beyond-the-tree", "index-out-of-range", proven(&|c| c.index = u64::MAX));
    add("size-of-no-tree", "tree-too-large", proven(&|c| c.size = 1 << 63));
    add("size-zero", "index-out-of-range", proven(&|c| c.size = 0));
    // The path of leaf 3 has three hashes in trees of 5 to 8, and leads to the same root in each: only the header says which.
    add("size-of-another-tree-of-the-same-shape", "other-size", proven(&|c| c.size = 6));
    add("index-and-size-of-a-smaller-tree-with-the-same-root", "other-size", {
        let mut last = Craft::of(world, 4);
        (last.size, last.index) = (2, 1);
        last.reproven().seal(key)
    });
    add("tree-size-missing", "bad-header", header(&|h| drop(h.pop())));
    add("tree-size-negative", "bad-header", header(&|h| h[4].1 = int(-5)));
    add("tree-size-unprotected", "bad-header", {
        let mut craft = good.clone();
        let size = craft.header.remove(4);
        craft.unprotected.insert(1, size);
        craft.seal(key)
    });

    // The signature.
    let signature: [u8; 64] = sound[sound.len() - 64..].try_into().expect("64 bytes");
    let flipped = |at: usize| {
        let mut bytes = signature;
        bytes[at] ^= 1;
        good.with_signature(&bytes)
    };
    add("signature-r-altered", "bad-signature", flipped(0));
    add("signature-s-altered", "bad-signature", flipped(40));
    add("signature-s-plus-order", "bad-signature", good.with_signature(&malleable(signature, 1)));
    add("signature-of-63-bytes", "malformed-receipt", good.with_signature(&signature[..63]));
    add(
        "signature-by-another-key",
        "bad-signature",
        good.seal(&SecretKey::from_seed(&[0xf5; 32]).expect("a key")),
    );
    add("signature-of-a-cose-sign", "bad-signature", {
        let text = array(&[tstr("Signature"), bstr(&plain), bstr(b""), bstr(good.root.as_bytes())]);
        good.with_signature(&key.sign(&text))
    });
    add("signature-with-external-data", "bad-signature", {
        let text = array(&[tstr("Signature1"), bstr(&plain), bstr(b"x"), bstr(good.root.as_bytes())]);
        good.with_signature(&key.sign(&text))
    });
    add("signature-of-the-checkpoint", "bad-signature", {
        good.with_signature(world.checkpoint.note().signatures()[0].signature())
    });
    add(
        "signature-over-another-tree",
        "bad-signature",
        Craft { root: leaf_hash(b"other"), ..good.clone() }.seal(key),
    );

    // The checkpoint that is carried.
    let carrying = |note: &[u8]| unprotected(&|u| u.push((int(LABEL_CHECKPOINT), bstr(note))));
    let note = world.checkpoint.note().to_string();
    add("checkpoint-is-no-note", "bad-checkpoint", carrying(b"hello\n"));
    add(
        "checkpoint-as-text",
        "malformed-receipt",
        unprotected(&|u| u.push((int(LABEL_CHECKPOINT), tstr(&note)))),
    );
    add(
        "checkpoint-of-another-size",
        "other-checkpoint",
        carrying(world.log.signed(4).to_string().as_bytes()),
    );
    let fork = Checkpoint::new(ORIGIN, world.size(), leaf_hash(b"other")).expect("a checkpoint");
    let fork = SignedCheckpoint::sign(fork, &log()).expect("signed");
    add("checkpoint-of-a-fork", "other-checkpoint", carrying(fork.to_string().as_bytes()));
    let stranger = Ed25519NoteSigner::from_seed("truce.example/another", &[0xf4; 32]).expect("a name");
    let foreign = Checkpoint::new("truce.example/another", world.size(), *world.checkpoint.root())
        .expect("a checkpoint");
    let foreign = SignedCheckpoint::sign(foreign, &stranger).expect("signed");
    add("checkpoint-of-another-log", "bad-checkpoint", carrying(foreign.to_string().as_bytes()));
    let lines = world.checkpoint.note().signatures();
    add(
        "checkpoint-without-the-log's-signature",
        "bad-checkpoint",
        carrying(note.replace(&format!("{}\n", lines[0]), "").as_bytes()),
    );
    let spoiled = |line: &NoteSignature| {
        let mut bytes = line.signature().to_vec();
        bytes[20] ^= 1;
        let spoiled = NoteSignature::new(line.name(), line.key_id(), bytes).expect("a line");
        carrying(note.replace(&line.to_string(), &spoiled.to_string()).as_bytes())
    };
    add("checkpoint-with-the-log's-signature-altered", "bad-checkpoint", spoiled(&lines[0]));
    add("checkpoint-with-a-cosignature-altered", "bad-checkpoint", spoiled(&lines[1]));
    let extended = format!("{}note\n", world.checkpoint.note().text());
    let extended = truce_tlog::Note::sign(&extended, &[&log()]).expect("a note");
    add("checkpoint-with-an-extension-line", "bad-checkpoint", carrying(extended.to_string().as_bytes()));

    // Statement and policy.
    let mut other = |name: &str, code: &str, statement: &[u8], policy: &str| {
        let mut vector = world.vector(name, 3, policy, &sound);
        vector["statement"] = hex::encode(statement).into();
        vector["code"] = code.into();
        all.push(vector);
    };
    other("statement-of-another-entry", "bad-signature", world.log.statement(2), &world.policy);
    let mut altered = world.log.statement(3).to_vec();
    *altered.last_mut().expect("bytes") ^= 1;
    other("statement-altered", "bad-signature", &altered, &world.policy);
    let logs = |vkey: &str| format!("log {vkey}\nquorum none\n");
    other(
        "policy-of-another-log",
        "unknown-log",
        world.log.statement(3),
        &logs(&stranger.vkey().to_string()),
    );
    let namesake = Ed25519NoteSigner::from_seed(ORIGIN, &[0xf4; 32]).expect("a name");
    other(
        "policy-with-another-key-of-that-name",
        "unknown-key",
        world.log.statement(3),
        &logs(&namesake.vkey().to_string()),
    );
    all
}

fn consistency_vector(world: &World, name: &str, older: u64, newer: u64, receipt: &[u8]) -> Value {
    let root = |size| world.log.root(size).to_string();
    json!({
        "name": name,
        "log": log().vkey().to_string(),
        "older": older,
        "older_root": root(older),
        "newer": newer,
        "newer_root": root(newer),
        "receipt": hex::encode(receipt),
    })
}

fn consistent(world: &World) -> Vec<Value> {
    let pairs = (1..=world.size()).flat_map(|newer| (1..newer).map(move |older| (older, newer)));
    pairs
        .map(|(older, newer)| {
            let receipt = world.consistency(older, newer).to_bytes();
            consistency_vector(world, &format!("from-{older}-to-{newer}"), older, newer, &receipt)
        })
        .collect()
}

fn inconsistent(world: &World) -> Vec<Value> {
    let mut all = Vec::new();
    let path = world.path_between(3, 5);
    let mut craft = Craft::of(world, 3);
    craft.path = path.iter().map(|hash| bstr(hash.as_bytes())).collect();
    (craft.size, craft.index) = (3, 5);
    let seal = |edit: &dyn Fn(&mut Craft)| {
        let mut craft = craft.clone();
        edit(&mut craft);
        let proof = map(&[(int(-2), array(&[bstr(&craft.proof())]))]);
        craft.unprotected = vec![(int(396), proof)];
        craft.seal(&world.key)
    };
    let sound = seal(&|_| {});
    assert_eq!(sound, world.consistency(3, 5).to_bytes());
    let mut add = |name: &str, code: &str, receipt: Vec<u8>| {
        let mut vector = consistency_vector(world, name, 3, 5, &receipt);
        vector["code"] = code.into();
        all.push(vector);
    };
    add("path-empty", "empty-path", seal(&|c| c.path.clear()));
    add("path-of-64", "path-too-long", seal(&|c| c.path = vec![c.path[0].clone(); 64]));
    add("path-one-short", "path-length", seal(&|c| drop(c.path.pop())));
    add("path-one-over", "path-length", seal(&|c| c.path.push(c.path[0].clone())));
    add("path-hash-of-the-old-tree-altered", "not-consistent", seal(&|c| c.path[0] = bstr(&[7; 32])));
    add(
        "path-hash-of-the-new-tree-altered",
        "bad-signature",
        seal(&|c| *c.path.last_mut().expect("hashes") = bstr(&[7; 32])),
    );
    add("sizes-equal", "sizes-reversed", seal(&|c| c.size = 5));
    add("sizes-reversed", "sizes-reversed", seal(&|c| (c.size, c.index) = (5, 3)));
    add("size-zero", "sizes-reversed", seal(&|c| c.size = 0));
    add("older-size-of-another-tree", "not-consistent", seal(&|c| c.size = 4));
    add("signature-over-the-older-root", "bad-signature", seal(&|c| c.root = world.log.root(3)));
    add("receipt-of-inclusion", "other-proof", {
        let mut craft = Craft::of(world, 3);
        craft.unprotected.truncate(1);
        craft.seal(&world.key)
    });
    add("entry-carried", "unknown-label", {
        let mut with = craft.clone();
        with.unprotected[0].1 = map(&[(int(-2), array(&[bstr(&craft.proof())]))]);
        with.seal(&world.key)
    });
    let mut forked = consistency_vector(world, "older-root-of-a-fork", 3, 5, &sound);
    forked["older_root"] = leaf_hash(b"other").to_string().into();
    forked["code"] = "not-consistent".into();
    all.push(forked);
    all
}

fn embedded(world: &World) -> Vec<Value> {
    let cosigned = world.issue(3, &world.checkpoint).with_checkpoint(&world.checkpoint).expect("fits");
    let alone = world.issue(3, &world.log.signed(4));
    [("no-receipt", vec![]), ("one-receipt", vec![alone.clone()]), ("two-receipts", vec![cosigned, alone])]
        .into_iter()
        .map(|(name, receipts)| {
            let statement = world.log.statement(3);
            json!({
                "name": name,
                "statement": hex::encode(statement),
                "receipts": receipts.iter().map(|r| hex::encode(r.to_bytes())).collect::<Vec<_>>(),
                "transparent": hex::encode(embed(statement, &receipts).expect("fits")),
            })
        })
        .collect()
}

fn not_embedded(world: &World) -> Vec<Value> {
    let mut all = Vec::new();
    let statement = world.log.statement(3);
    // Tag, array and protected header; then `a0`; then the rest.
    let before = 2 + 2 + usize::from(statement[3]);
    assert_eq!(statement[before], 0xa0);
    let receipt = world.issue(3, &world.checkpoint).to_bytes();
    let with = |unprotected: &[u8]| [&statement[..before], unprotected, &statement[before + 1..]].concat();
    let mut add = |name: &str, code: &str, bytes: Vec<u8>| {
        all.push(json!({ "name": name, "code": code, "transparent": hex::encode(bytes) }));
    };
    let array_of = |n: usize| with(&map(&[(int(394), array(&vec![bstr(&receipt); n]))]));
    add("array-empty", "no-receipts", array_of(0));
    add("nine-receipts", "too-many-receipts", array_of(9));
    add(
        "receipt-not-wrapped",
        "malformed-cose",
        with(&map(&[(int(394), array(std::slice::from_ref(&receipt)))])),
    );
    add("receipt-not-in-an-array", "malformed-cose", with(&map(&[(int(394), bstr(&receipt))])));
    add("receipt-cut-short", "malformed-receipt", with(&map(&[(int(394), array(&[bstr(&receipt[..9])]))])));
    add(
        "another-label-beside",
        "malformed-cose",
        with(&map(&[(int(4), bstr(b"x")), (int(394), array(&[bstr(&receipt)]))])),
    );
    add("another-label-alone", "malformed-cose", with(&map(&[(int(4), bstr(b"x"))])));
    add(
        "label-in-long-form",
        "malformed-cose",
        with(&map(&[(vec![0x1a, 0, 0, 1, 0x8a], array(&[bstr(&receipt)]))])),
    );
    add(
        "array-of-indefinite-length",
        "non-canonical",
        with(&map(&[(int(394), [vec![0x9f], bstr(&receipt), vec![0xff]].concat())])),
    );
    add("byte-after-the-end", "trailing-bytes", [array_of(1), vec![0]].concat());
    add("cut-short", "malformed-cose", array_of(1)[..200].to_vec());
    all
}

/// Judges the vectors with our code.
pub(crate) fn judge(file: &Value) -> Vec<Judged> {
    let list = |value: &Value| value.as_array().expect("a list").clone();
    let mut all = Vec::new();
    let mut add = |group: &str, vector: &Value, found: Result<(), ReceiptError>| {
        let judged = Judged::of(vector, &found.map_err(|e| e.code.as_str().to_owned()));
        all.push(Judged { name: format!("{group}{}", judged.name), ..judged });
    };
    for which in ["accepted", "refused"] {
        for vector in list(&file[which]) {
            add("", &vector, verify(&vector));
        }
        for vector in list(&file["consistency"][which]) {
            add("consistency/", &vector, verify_consistency(&vector));
        }
        for vector in list(&file["embedded"][which]) {
            add("embedded/", &vector, verify_embedded(&vector));
        }
    }
    all
}

fn verify(vector: &Value) -> Result<(), ReceiptError> {
    let policy = Policy::parse(text(&vector["policy"]).as_bytes()).expect("a policy");
    let statement = Statement::parse(bytes(&vector["statement"])).expect("a statement");
    let receipt = Receipt::parse(&bytes(&vector["receipt"]))?;
    assert_eq!(receipt.to_bytes(), bytes(&vector["receipt"]), "written as it was read");
    let verified = receipt.verify(&statement, &policy)?;
    assert_eq!(vector["index"], verified.position(), "{}", vector["name"]);
    assert_eq!(vector["size"], verified.size(), "{}", vector["name"]);
    assert_eq!(vector["received"], verified.received(), "{}", vector["name"]);
    assert_eq!(vector["final"], verified.finality() == Finality::Final, "{}", vector["name"]);
    Ok(())
}

fn verify_consistency(vector: &Value) -> Result<(), ReceiptError> {
    let checkpoint = |which: &str| {
        let root = text(&vector[format!("{which}_root")]).parse().expect("a root");
        Checkpoint::new(ORIGIN, vector[which].as_u64().expect("a size"), root).expect("a checkpoint")
    };
    let (older, newer) = (checkpoint("older"), checkpoint("newer"));
    let log = text(&vector["log"]).parse().expect("a vkey");
    let receipt = ConsistencyReceipt::parse(&bytes(&vector["receipt"]))?;
    assert_eq!(receipt.to_bytes(), bytes(&vector["receipt"]), "written as it was read");
    let verdict = receipt.verify(&older, &log);
    assert_eq!(verdict.is_ok(), receipt.holds(&older, &newer, &log), "{}", vector["name"]);
    verdict.map(|root| assert_eq!(root, *newer.root()))
}

fn verify_embedded(vector: &Value) -> Result<(), ReceiptError> {
    let transparent = bytes(&vector["transparent"]);
    let (statement, receipts) = extract(&transparent)?;
    assert_eq!(statement, bytes(&vector["statement"]), "{}", vector["name"]);
    let found: Vec<String> = receipts.iter().map(|r| hex::encode(r.to_bytes())).collect();
    assert_eq!(vector["receipts"], json!(found), "{}", vector["name"]);
    assert_eq!(embed(&statement, &receipts)?, transparent, "{}", vector["name"]);
    Ok(())
}
