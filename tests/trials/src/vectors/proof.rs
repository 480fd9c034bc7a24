//! `proof.json`: proofs on file with the statement that they are about, and a policy.

use super::checkpoint::{log, signed, witness};
use super::logs::ORIGIN;
use super::signatures::malleable;
use super::small_log::{SmallLog, quorum};
use super::{Judged, bytes, error_word, text};
use serde_json::{Value, json};
use truce_statement::Entry;
use truce_statement::entry::entry_hash;
use truce_tlog::{
    Checkpoint, Ed25519NoteSigner, Hash, NoteSigner, Policy, ProofFile, SignedCheckpoint, leaf_hash,
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

impl SmallLog {
    fn file(&self, index: u64, checkpoint: &SignedCheckpoint) -> ProofFile {
        let (extra, path) = (self.entry(index).extra(), self.path(index, self.size()));
        ProofFile::new(Some(extra), index, path, checkpoint.note().clone()).expect("a proof")
    }

    fn vector(&self, name: &str, index: u64, policy: &str, proof: &str) -> Value {
        json!({
            "name": name,
            "index": index,
            "policy": policy,
            "statement": hex::encode(self.statement(index)),
            "proof": proof,
        })
    }
}

fn accepted() -> Vec<Value> {
    let world = SmallLog::founded();
    let mut all = Vec::new();
    for index in 0..world.size() {
        let file = world.file(index, &world.cosigned()).to_string();
        all.push(world.vector(&format!("entry-{index}-of-{}", world.size()), index, &quorum("W1"), &file));
    }
    let file = world.file(2, &world.signed(world.size())).to_string();
    all.push(world.vector("without-witnesses", 2, &quorum("none"), &file));
    let group = format!(
        "log {}\nwitness W1 {}\nwitness W2 example.com/w+{}\ngroup G any W1 W2\nquorum G\n",
        log().vkey(),
        witness().vkey(),
        other_cosigner("example.com/w"),
    );
    all.push(world.vector("one-witness-of-two", 2, &group, &world.file(2, &world.cosigned()).to_string()));
    all
}

/// Key id and key of another cosigner.
fn other_cosigner(name: &str) -> String {
    let cosigner = truce_tlog::Cosigner::from_seed(name, &[0xf3; 32]).expect("a name");
    cosigner.vkey().to_string().split_once('+').expect("a vkey").1.to_owned()
}

fn refused() -> Vec<Value> {
    let world = SmallLog::founded();
    let checkpoint = world.cosigned();
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
        ProofFile::new(Some(extra), 3, world.path(3, world.size()), checkpoint.note().clone())
            .expect("a proof")
            .to_string()
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
        ProofFile::new(Some(world.entry(3).extra()), 3, world.path(3, world.size()), signed)
            .expect("a proof")
            .to_string()
    });
    add(
        "checkpoint-of-another-tree",
        "root-mismatch",
        &quorum("none"),
        world.file(3, &signed(5, leaf_hash(b"other"))).to_string(),
    );
    let stranger = Ed25519NoteSigner::from_seed("truce.example/another", &[0xf4; 32]).expect("a name");
    let foreign = Checkpoint::new("truce.example/another", world.size(), world.root(world.size()))
        .expect("a checkpoint");
    let foreign = SignedCheckpoint::sign(foreign, &stranger).expect("signed");
    add("checkpoint-of-another-log", "unknown-log", &policy, world.file(3, &foreign).to_string());
    add("quorum-not-reached", "no-quorum", &policy, world.file(3, &world.signed(world.size())).to_string());
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
    other["statement"] = hex::encode(world.statement(2)).into();
    other["code"] = "root-mismatch".into();
    all.push(other);
    let mut altered = world.statement(3).to_vec();
    let end = altered.len() - 1;
    altered[end] ^= 1;
    let mut other = world.vector("statement-altered", 3, &policy, &good);
    other["statement"] = hex::encode(altered).into();
    other["code"] = "root-mismatch".into();
    all.push(other);
    all
}
