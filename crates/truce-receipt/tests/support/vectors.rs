//! `receipt.json`: receipts of inclusion with statement and policy, receipts of consistency, statements with receipts.
//!
//! The generator says what a vector is and what its verdict must be; the judge takes what stands on file and asks the code
//! under test. The log, its entries and its witness are those of `proof.json`.
// A list of flaws is as long as there are flaws.
#![allow(
    clippy::too_many_lines,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    dead_code
)]

use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use truce_receipt::{
    ConsistencyReceipt, Finality, LABEL_CHECKPOINT, LABEL_ENTRY, LABEL_TREE_SIZE, Receipt, ReceiptError,
    embed, extract,
};
use truce_statement::cbor::{Head, Writer};
use truce_statement::{AgreementId, Entry, SecretKey, Statement};
use truce_tlog::{
    Checkpoint, Cosigner, Ed25519NoteSigner, Hash, HashSource, NoteSignature, NoteSigner, Policy, ProofFile,
    SignedCheckpoint, consistency_proof, inclusion_proof, leaf_hash, node_hash, tree_root,
};

/// Origin and seed of the log of the vectors.
pub const ORIGIN: &str = "truce.example/vectors";
pub const LOG_SEED: [u8; 32] = [0xf0; 32];

/// `fixtures/vectors/<name>`.
pub fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/vectors").join(name)
}

pub fn load(name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(path(name)).expect("a file")).expect("JSON")
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} where text should stand"))
}

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(text(value)).expect("hex")
}

/// The log of `proof.json`.
pub struct World {
    pub key: SecretKey,
    pub note: Ed25519NoteSigner,
    pub statements: Vec<Statement>,
    pub entries: Vec<Vec<u8>>,
    pub leaves: Leaves,
    /// Cosigned by W1.
    pub checkpoint: SignedCheckpoint,
    /// A log, a witness, and the quorum W1.
    pub policy: String,
}

/// The leaves of a small tree.
pub struct Leaves(pub Vec<Hash>);

impl HashSource for &Leaves {
    type Error = ();

    fn node(&self, level: u8, index: u64) -> Result<Hash, ()> {
        if level == 0 {
            return self.0.get(usize::try_from(index).unwrap()).copied().ok_or(());
        }
        Ok(node_hash(&self.node(level - 1, 2 * index)?, &self.node(level - 1, 2 * index + 1)?))
    }
}

impl World {
    pub fn new() -> Self {
        let file = load("proof.json");
        let mut statements = Vec::new();
        let mut entries = Vec::new();
        let vectors = file["accepted"].as_array().expect("a list");
        let policy = text(&vectors[0]["policy"]).to_owned();
        for (n, vector) in vectors.iter().filter(|v| text(&v["name"]).starts_with("entry-")).enumerate() {
            assert_eq!(vector["index"], n);
            let statement = Statement::parse(bytes(&vector["statement"])).expect("a statement");
            let proof = ProofFile::parse(text(&vector["proof"]).as_bytes()).expect("a proof");
            let entry =
                Entry::from_extra(proof.extra().expect("extra"), statement.bytes()).expect("an entry");
            entries.push(entry.encode());
            statements.push(statement);
        }
        let leaves = Leaves(entries.iter().map(|entry| leaf_hash(entry)).collect());
        let proof = ProofFile::parse(text(&vectors[0]["proof"]).as_bytes()).expect("a proof");
        let checkpoint = Policy::parse(policy.as_bytes()).expect("a policy").check(proof.checkpoint());
        Self {
            key: SecretKey::from_seed(&LOG_SEED).expect("a key"),
            note: Ed25519NoteSigner::from_seed(ORIGIN, &LOG_SEED).expect("a name"),
            statements,
            entries,
            leaves,
            checkpoint: checkpoint.expect("cosigned"),
            policy,
        }
    }

    pub fn size(&self) -> u64 {
        self.entries.len() as u64
    }

    pub fn entry(&self, index: u64) -> Entry<'_> {
        Entry::parse(&self.entries[usize::try_from(index).unwrap()]).expect("an entry")
    }

    pub fn statement(&self, index: u64) -> &Statement {
        &self.statements[usize::try_from(index).unwrap()]
    }

    pub fn agreement(&self) -> AgreementId {
        self.statements[0].agreement()
    }

    /// The tree of the first `size` entries, signed by the log alone.
    pub fn signed(&self, size: u64) -> SignedCheckpoint {
        let root = tree_root(&&self.leaves, size).expect("a tree");
        SignedCheckpoint::sign(Checkpoint::new(ORIGIN, size, root).expect("a checkpoint"), &self.note)
            .expect("signed")
    }

    pub fn issue(&self, index: u64, checkpoint: &SignedCheckpoint) -> Receipt {
        let path = inclusion_proof(&&self.leaves, index, checkpoint.size()).expect("in the tree");
        Receipt::issue(&self.key, self.agreement(), checkpoint, index, path, &self.entry(index))
            .expect("issued")
    }

    pub fn consistency(&self, older: u64, newer: u64) -> ConsistencyReceipt {
        let path = consistency_proof(&&self.leaves, older, newer).expect("a proof");
        let (old, new) = (self.signed(older), self.signed(newer));
        ConsistencyReceipt::issue(&self.key, self.agreement(), old.checkpoint(), &new, path).expect("issued")
    }

    fn vector(&self, name: &str, index: u64, policy: &str, receipt: &[u8]) -> Value {
        json!({
            "name": name,
            "policy": policy,
            "statement": hex::encode(self.statement(index).bytes()),
            "receipt": hex::encode(receipt),
        })
    }
}

/// One CBOR item by hand.
fn item(write: impl FnOnce(&mut Writer) -> &mut Writer) -> Vec<u8> {
    let mut w = Writer::default();
    write(&mut w);
    w.into_bytes()
}

fn int(n: i64) -> Vec<u8> {
    item(|w| w.integer(n))
}

fn bstr(bytes: &[u8]) -> Vec<u8> {
    item(|w| w.bytes(bytes))
}

fn tstr(text: &str) -> Vec<u8> {
    item(|w| w.text(text))
}

fn array(items: &[Vec<u8>]) -> Vec<u8> {
    [item(|w| w.head(Head::Array(items.len() as u64))), items.concat()].concat()
}

/// A map in the order given.
fn map(pairs: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let head = item(|w| w.head(Head::Map(pairs.len() as u64)));
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
        let path = inclusion_proof(&&world.leaves, index, size).expect("in the tree");
        let claims = map(&[(int(1), tstr(ORIGIN)), (int(2), tstr(&world.agreement().to_string()))]);
        let mut craft = Self {
            header: vec![
                (int(1), int(-19)),
                (int(4), bstr(world.key.public().id().as_bytes())),
                (int(15), claims),
                (int(395), int(1)),
                (int(LABEL_TREE_SIZE), item(|w| w.unsigned(size))),
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
            (int(LABEL_ENTRY), bstr(&world.entry(index).extra())),
        ];
        craft
    }

    fn proof(&self) -> Vec<u8> {
        array(&[item(|w| w.unsigned(self.size)), item(|w| w.unsigned(self.index)), array(&self.path)])
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

/// The signature with the group's order added to S: another spelling, which lax verifiers take.
fn malleable(mut signature: [u8; 64]) -> [u8; 64] {
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut carry = 0;
    for (byte, add) in signature[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        *byte = u8::try_from(sum & 0xff).unwrap();
        carry = sum >> 8;
    }
    signature
}

/// Writes the vectors.
pub fn generate() -> Value {
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
        vector["received"] = world.entry(index).received.into();
        vector["final"] = is_final.into();
        all.push(vector);
    };
    let (size, policy) = (world.size(), world.policy.as_str());
    let cosigned = |index| world.issue(index, &world.checkpoint).with_checkpoint(&world.checkpoint).unwrap();
    for index in 0..size {
        add(&format!("entry-{index}-of-{size}-cosigned"), index, policy, &cosigned(index), size, true);
    }
    add("without-a-checkpoint", 2, policy, &world.issue(2, &world.checkpoint), size, false);
    let alone = world.signed(size);
    let receipt = world.issue(2, &alone).with_checkpoint(&alone).unwrap();
    add("checkpoint-without-cosignatures", 2, policy, &receipt, size, false);
    let none = policy.replace("quorum W1", "quorum none");
    add("cosigned-but-no-quorum-was-asked-for", 2, &none, &cosigned(2), size, false);
    let second = Cosigner::from_seed("example.com/w", &[0xf3; 32]).unwrap();
    let group = format!("witness W2 {}\ngroup G all W1 W2\nquorum G", second.vkey());
    let both = policy.replace("quorum W1", &group);
    add("cosigned-by-one-of-the-two-needed", 2, &both, &cosigned(2), size, false);
    for older in 2..size {
        let checkpoint = world.signed(older);
        add(
            &format!("last-entry-of-{older}"),
            older - 1,
            policy,
            &world.issue(older - 1, &checkpoint),
            older,
            false,
        );
    }
    add("the-only-entry-with-an-empty-path", 0, policy, &world.issue(0, &world.signed(1)), 1, false);
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
    let sub = || (int(2), tstr(&world.agreement().to_string()));

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
    add("entry-not-wrapped", "malformed-receipt", unprotected(&|u| u[1].1 = world.entry(3).extra()));
    add(
        "entry-of-version-2",
        "bad-entry",
        unprotected(&|u| {
            let extra = world.entry(3).extra();
            u[1].1 = bstr(&[&[extra[0], 2], &extra[2..]].concat());
        }),
    );
    add(
        "entry-in-long-form",
        "bad-entry",
        unprotected(&|u| {
            u[1].1 = bstr(&[&[0x98, 3], &world.entry(3).extra()[1..]].concat());
        }),
    );
    let entry = |edit: &dyn Fn(&mut Entry<'_>)| {
        let mut entry = world.entry(3);
        edit(&mut entry);
        unprotected(&|u| u[1].1 = bstr(&entry.extra()))
    };
    add("entry-with-another-time", "bad-signature", entry(&|e| e.received += 1));
    add("entry-with-another-prev", "bad-signature", entry(&|e| e.prev = world.entry(2).prev));

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
    let signature: [u8; 64] = sound[sound.len() - 64..].try_into().unwrap();
    let flipped = |at: usize| {
        let mut bytes = signature;
        bytes[at] ^= 1;
        good.with_signature(&bytes)
    };
    add("signature-r-altered", "bad-signature", flipped(0));
    add("signature-s-altered", "bad-signature", flipped(40));
    add("signature-s-plus-order", "bad-signature", good.with_signature(&malleable(signature)));
    add("signature-of-63-bytes", "malformed-receipt", good.with_signature(&signature[..63]));
    add("signature-by-another-key", "bad-signature", good.seal(&SecretKey::from_seed(&[0xf5; 32]).unwrap()));
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
    add("checkpoint-of-another-size", "other-checkpoint", carrying(world.signed(4).to_string().as_bytes()));
    let fork = Checkpoint::new(ORIGIN, world.size(), leaf_hash(b"other")).unwrap();
    let fork = SignedCheckpoint::sign(fork, &world.note).unwrap();
    add("checkpoint-of-a-fork", "other-checkpoint", carrying(fork.to_string().as_bytes()));
    let stranger = Ed25519NoteSigner::from_seed("truce.example/another", &[0xf4; 32]).unwrap();
    let foreign = Checkpoint::new("truce.example/another", world.size(), *world.checkpoint.root()).unwrap();
    let foreign = SignedCheckpoint::sign(foreign, &stranger).unwrap();
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
        let spoiled = NoteSignature::new(line.name(), line.key_id(), bytes).unwrap();
        carrying(note.replace(&line.to_string(), &spoiled.to_string()).as_bytes())
    };
    add("checkpoint-with-the-log's-signature-altered", "bad-checkpoint", spoiled(&lines[0]));
    add("checkpoint-with-a-cosignature-altered", "bad-checkpoint", spoiled(&lines[1]));
    let extended = format!("{}note\n", world.checkpoint.note().text());
    let extended = truce_tlog::Note::sign(&extended, &[&world.note]).unwrap();
    add("checkpoint-with-an-extension-line", "bad-checkpoint", carrying(extended.to_string().as_bytes()));

    // Statement and policy.
    let mut other = |name: &str, code: &str, statement: &[u8], policy: &str| {
        let mut vector = world.vector(name, 3, policy, &sound);
        vector["statement"] = hex::encode(statement).into();
        vector["code"] = code.into();
        all.push(vector);
    };
    other("statement-of-another-entry", "bad-signature", world.statement(2).bytes(), &world.policy);
    let mut altered = world.statement(3).bytes().to_vec();
    *altered.last_mut().unwrap() ^= 1;
    other("statement-altered", "bad-signature", &altered, &world.policy);
    let logs = |vkey: &str| format!("log {vkey}\nquorum none\n");
    other(
        "policy-of-another-log",
        "unknown-log",
        world.statement(3).bytes(),
        &logs(&stranger.vkey().to_string()),
    );
    let namesake = Ed25519NoteSigner::from_seed(ORIGIN, &[0xf4; 32]).unwrap();
    other(
        "policy-with-another-key-of-that-name",
        "unknown-key",
        world.statement(3).bytes(),
        &logs(&namesake.vkey().to_string()),
    );
    all
}

fn consistency_vector(world: &World, name: &str, older: u64, newer: u64, receipt: &[u8]) -> Value {
    let root = |size| tree_root(&&world.leaves, size).unwrap().to_string();
    json!({
        "name": name,
        "log": world.note.vkey().to_string(),
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
    let path = consistency_proof(&&world.leaves, 3, 5).unwrap();
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
        seal(&|c| *c.path.last_mut().unwrap() = bstr(&[7; 32])),
    );
    add("sizes-equal", "sizes-reversed", seal(&|c| c.size = 5));
    add("sizes-reversed", "sizes-reversed", seal(&|c| (c.size, c.index) = (5, 3)));
    add("size-zero", "sizes-reversed", seal(&|c| c.size = 0));
    add("older-size-of-another-tree", "not-consistent", seal(&|c| c.size = 4));
    add(
        "signature-over-the-older-root",
        "bad-signature",
        seal(&|c| c.root = tree_root(&&world.leaves, 3).unwrap()),
    );
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
    let cosigned = world.issue(3, &world.checkpoint).with_checkpoint(&world.checkpoint).unwrap();
    let alone = world.issue(3, &world.signed(4));
    [("no-receipt", vec![]), ("one-receipt", vec![alone.clone()]), ("two-receipts", vec![cosigned, alone])]
        .into_iter()
        .map(|(name, receipts)| {
            let statement = world.statement(3).bytes();
            json!({
                "name": name,
                "statement": hex::encode(statement),
                "receipts": receipts.iter().map(|r| hex::encode(r.to_bytes())).collect::<Vec<_>>(),
                "transparent": hex::encode(embed(statement, &receipts).unwrap()),
            })
        })
        .collect()
}

fn not_embedded(world: &World) -> Vec<Value> {
    let mut all = Vec::new();
    let statement = world.statement(3).bytes();
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

/// What a vector says, and what our code says.
pub struct Judged {
    pub name: String,
    pub stated: String,
    pub found: String,
}

/// Judges the vectors with our code.
pub fn judge(file: &Value) -> Vec<Judged> {
    let list = |value: &Value| value.as_array().expect("a list").clone();
    let mut all = Vec::new();
    let mut add = |group: &str, vector: &Value, found: Result<(), ReceiptError>| {
        let found = found.map_or_else(|e| e.code.as_str().to_owned(), |()| "accepted".to_owned());
        let stated = vector["code"].as_str().unwrap_or("accepted").to_owned();
        all.push(Judged { name: format!("{group}{}", text(&vector["name"])), stated, found });
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
