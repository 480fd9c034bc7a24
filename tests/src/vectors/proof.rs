//! `proof.json`: proofs on file with the statement that they are about, and a policy.

use super::checkpoint::{cosigned, log, witness};
use super::logs::{ORIGIN, Scene};
use super::signatures::malleable;
use super::{Judged, bytes, error_word, text};
use serde_json::{Value, json};
use truce_statement::Entry;
use truce_statement::entry::entry_hash;
use truce_tlog::{
    Checkpoint, Ed25519NoteSigner, EdgeTiles, Hash, NoteSigner, Policy, ProofFile, SignedCheckpoint,
    TileHashes, TileReader, inclusion_proof, leaf_hash,
};

/// Writes the vectors.
pub(crate) fn generate() -> Value {
    json!({
        "what": "Proofs on file (c2sp.org/tlog-proof) with `extra` = [1, prev, received]: with the statement it rebuilds the \
                 entry, whose hash the path leads from. `policy` is a c2sp.org/tlog-policy.",
        "accepted": accepted(),
        "refused": refused(),
    })
}

/// Judges the vectors with our code.
pub(crate) fn judge(file: &Value) -> Vec<Judged> {
    let all = ["accepted", "refused"].into_iter().flat_map(|which| file[which].as_array().expect("a list"));
    all.map(|vector| {
        let found = verify(vector);
        let found = found.map(|index| assert_eq!(vector["index"], index, "{}", vector["name"]));
        Judged::of(vector, &found)
    })
    .collect()
}

fn verify(vector: &Value) -> Result<u64, String> {
    let policy = Policy::parse(text(&vector["policy"]).as_bytes()).expect("a policy");
    let file = ProofFile::parse(text(&vector["proof"]).as_bytes()).map_err(|e| error_word(&e))?;
    assert_eq!(file.to_string(), text(&vector["proof"]), "printed as it was read");
    let statement = bytes(&vector["statement"]);
    let entry = Entry::from_extra(file.extra().ok_or("extra-missing")?, &statement)
        .map_err(|_| "extra-not-of-an-entry")?;
    let leaf = Hash::from_bytes(*entry_hash(&entry.encode()).as_bytes());
    file.verify(&policy, &leaf).map(|proof| proof.index()).map_err(|e| error_word(&e))
}

/// The small log that is proven from.
struct World {
    entries: Vec<Vec<u8>>,
    edge: EdgeTiles,
}

struct NoTiles;

impl TileReader for NoTiles {
    type Error = ();

    fn tile(&self, _: truce_tlog::TileCoord) -> Result<std::borrow::Cow<'_, [u8]>, ()> {
        Err(())
    }
}

impl World {
    fn new() -> Self {
        let entries = Scene::founded().log().entries;
        let mut edge = EdgeTiles::new();
        for entry in &entries {
            edge.push(leaf_hash(entry));
        }
        Self { entries, edge }
    }

    fn checkpoint(&self) -> SignedCheckpoint {
        cosigned(self.edge.size(), self.edge.root())
    }

    fn entry(&self, index: u64) -> Entry<'_> {
        Entry::parse(&self.entries[usize::try_from(index).expect("small")]).expect("an entry")
    }

    fn path(&self, index: u64) -> Vec<Hash> {
        inclusion_proof(&TileHashes::new(self.edge.over(NoTiles), self.edge.size()), index, self.edge.size())
            .expect("in the tree")
    }

    fn file(&self, index: u64, checkpoint: &SignedCheckpoint) -> ProofFile {
        let extra = self.entry(index).extra();
        ProofFile::new(Some(extra), index, self.path(index), checkpoint.note().clone()).expect("a proof")
    }

    fn vector(&self, name: &str, index: u64, policy: &str, proof: &str) -> Value {
        json!({
            "name": name,
            "index": index,
            "policy": policy,
            "statement": hex::encode(self.entry(index).statement),
            "proof": proof,
        })
    }
}

fn quorum(of: &str) -> String {
    format!("log {}\nwitness W1 {}\nquorum {of}\n", log().vkey(), witness().vkey())
}

fn accepted() -> Vec<Value> {
    let world = World::new();
    let mut all = Vec::new();
    for index in 0..world.edge.size() {
        let file = world.file(index, &world.checkpoint()).to_string();
        all.push(world.vector(
            &format!("entry-{index}-of-{}", world.edge.size()),
            index,
            &quorum("W1"),
            &file,
        ));
    }
    let signed = SignedCheckpoint::sign(
        Checkpoint::new(ORIGIN, world.edge.size(), world.edge.root()).expect("a checkpoint"),
        &log(),
    );
    let file = world.file(2, &signed.expect("signed")).to_string();
    all.push(world.vector("without-witnesses", 2, &quorum("none"), &file));
    let group = format!(
        "log {}\nwitness W1 {}\nwitness W2 example.com/w+{}\ngroup G any W1 W2\nquorum G\n",
        log().vkey(),
        witness().vkey(),
        other_cosigner("example.com/w"),
    );
    all.push(world.vector("one-witness-of-two", 2, &group, &world.file(2, &world.checkpoint()).to_string()));
    all
}

/// Key id and key of another cosigner.
fn other_cosigner(name: &str) -> String {
    let cosigner = truce_tlog::Cosigner::from_seed(name, &[0xf3; 32]).expect("a name");
    cosigner.vkey().to_string().split_once('+').expect("a vkey").1.to_owned()
}

fn refused() -> Vec<Value> {
    let world = World::new();
    let checkpoint = world.checkpoint();
    let good = world.file(3, &checkpoint).to_string();
    let mut all = Vec::new();
    let mut add = |name: &str, code: &str, policy: &str, proof: String| {
        let mut vector = world.vector(name, 3, policy, &proof);
        vector["code"] = code.into();
        all.push(vector);
    };
    let policy = quorum("W1");
    let lines: Vec<&str> = good.split('\n').collect();
    let edit = |at: usize, with: &[&str]| {
        let mut lines = lines.clone();
        lines.splice(at..=at, with.iter().copied());
        lines.join("\n")
    };
    add("header-of-version-2", "header", &policy, good.replacen("@v1", "@v2", 1));
    add("header-missing", "header", &policy, edit(0, &[]));
    add("extra-missing", "extra-missing", &policy, edit(1, &[]));
    add("extra-empty", "extra", &policy, edit(1, &["extra "]));
    add("extra-not-base64", "extra", &policy, edit(1, &["extra ?"]));
    add("extra-twice", "index", &policy, edit(1, &[lines[1], lines[1]]));
    add("extra-not-of-an-entry", "extra-not-of-an-entry", &policy, edit(1, &["extra AAAA"]));
    let with_extra = |extra: Vec<u8>| {
        ProofFile::new(Some(extra), 3, world.path(3), checkpoint.note().clone()).expect("a proof").to_string()
    };
    let mut entry = world.entry(3);
    entry.received += 1;
    add("extra-with-another-time", "root-mismatch", &policy, with_extra(entry.extra()));
    entry = world.entry(3);
    entry.prev = world.entry(2).prev;
    add("extra-with-another-prev", "root-mismatch", &policy, with_extra(entry.extra()));
    add(
        "extra-in-long-form",
        "extra-not-of-an-entry",
        &policy,
        with_extra([&[0x98, 3], &world.entry(3).extra()[1..]].concat()),
    );
    add("index-missing", "index", &policy, edit(2, &[]));
    add("index-with-a-leading-zero", "index", &policy, edit(2, &["index 03"]));
    add("index-negative", "index", &policy, edit(2, &["index -3"]));
    add("index-of-another-entry", "root-mismatch", &policy, edit(2, &["index 2"]));
    add("index-beyond-the-tree", "index-out-of-range", &policy, edit(2, &["index 5"]));
    add("hash-altered", "root-mismatch", &policy, edit(3, &[&leaf_hash(b"other").to_base64()]));
    add("hash-left-out", "too-few-hashes", &policy, edit(3, &[]));
    add("hash-too-many", "too-many-hashes", &policy, edit(3, &[lines[3], lines[3]]));
    add("hash-not-base64", "hash", &policy, edit(3, &["?"]));
    add("hash-in-hex", "hash", &policy, edit(3, &[&leaf_hash(b"other").to_string()]));
    let swapped = [lines[..3].to_vec(), vec![lines[4], lines[3]], lines[5..].to_vec()].concat().join("\n");
    add("hashes-swapped", "root-mismatch", &policy, swapped);
    add("hashes-64", "too-many-hashes", &policy, edit(3, &[lines[3]; 64]));
    add(
        "checkpoint-missing",
        "no-checkpoint",
        &policy,
        good.split_once("\n\n").expect("a checkpoint").0.to_owned() + "\n",
    );
    add(
        "checkpoint-without-signatures",
        "no-signatures",
        &policy,
        good[..=good.rfind("\n\n").expect("lines")].to_owned() + "\n",
    );
    add("checkpoint-with-an-extension-line", "extension", &policy, {
        let text = format!("{}note\n", checkpoint.note().text());
        let signed = truce_tlog::Note::sign(&text, &[&log()]).expect("a note");
        ProofFile::new(Some(world.entry(3).extra()), 3, world.path(3), signed).expect("a proof").to_string()
    });
    let other_tree = SignedCheckpoint::sign(
        Checkpoint::new(ORIGIN, 5, leaf_hash(b"other")).expect("a checkpoint"),
        &log(),
    );
    add(
        "checkpoint-of-another-tree",
        "root-mismatch",
        &quorum("none"),
        world.file(3, &other_tree.expect("signed")).to_string(),
    );
    let stranger = Ed25519NoteSigner::from_seed("truce.example/another", &[0xf4; 32]).expect("a name");
    let foreign =
        Checkpoint::new("truce.example/another", world.edge.size(), world.edge.root()).expect("a checkpoint");
    let foreign = SignedCheckpoint::sign(foreign, &stranger).expect("signed");
    add("checkpoint-of-another-log", "unknown-log", &policy, world.file(3, &foreign).to_string());
    let unsigned = SignedCheckpoint::sign(checkpoint.checkpoint().clone(), &log()).expect("signed");
    add("quorum-not-reached", "no-quorum", &policy, world.file(3, &unsigned).to_string());
    let two = format!(
        "log {}\nwitness W1 {}\nwitness W2 example.com/w+{}\ngroup G all W1 W2\nquorum G\n",
        log().vkey(),
        witness().vkey(),
        other_cosigner("example.com/w"),
    );
    add("one-witness-of-two-where-both-are-needed", "no-quorum", &two, good.clone());
    let line = checkpoint.note().signatures()[0].clone();
    let sound: [u8; 64] = line.signature().try_into().expect("64 bytes");
    let altered =
        truce_tlog::NoteSignature::new(ORIGIN, line.key_id(), malleable(sound, 1).to_vec()).expect("a line");
    add(
        "log-signature-s-plus-order",
        "bad-signature",
        &policy,
        good.replace(&line.to_string(), &altered.to_string()),
    );
    add("signature-of-the-log-removed", "no-log-signature", &policy, good.replace(&format!("{line}\n"), ""));
    let mut other = world.vector("statement-of-another-entry", 3, &policy, &good);
    other["statement"] = hex::encode(world.entry(2).statement).into();
    other["code"] = "root-mismatch".into();
    all.push(other);
    let mut altered = world.entry(3).statement.to_vec();
    let end = altered.len() - 1;
    altered[end] ^= 1;
    let mut other = world.vector("statement-altered", 3, &policy, &good);
    other["statement"] = hex::encode(altered).into();
    other["code"] = "root-mismatch".into();
    all.push(other);
    all
}
