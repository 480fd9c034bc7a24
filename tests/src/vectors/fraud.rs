//! `fraud-proof.json`: files that convict the holder of a log's key, and files that convict nobody.

use super::checkpoint::log;
use super::logs::{Line, MINUTE, ORIGIN, Scene, small};
use super::small_log::SmallLog;
use super::{Judged, text};
use serde_json::{Value, json};
use truce_monitor::FraudProof;
use truce_monitor::fraud::Placed;
use truce_statement::{Entry, EntryHash, Kind, Signed};
use truce_tlog::{
    Checkpoint, Ed25519NoteSigner, Hash, NoteSigner as _, ProofFile, SignedCheckpoint, consistency_proof,
    leaf_hash,
};

const MALFORMED: &str = "malformed-fraud-proof";
const UNPROVEN: &str = "nothing-proven";

/// Writes the vectors.
pub(crate) fn generate() -> Value {
    json!({
        "what": "Fraud proofs (docs/spec/fraud-proof.md): whether `proof` convicts the holder of the key of `log`, and of what. \
                 `other-log` is the code where it convicts another key.",
        "accepted": accepted(),
        "refused": refused(),
    })
}

/// Judges the vectors with our code.
pub(crate) fn judge(file: &Value) -> Vec<Judged> {
    let all = ["accepted", "refused"].into_iter().flat_map(|which| file[which].as_array().expect("a list"));
    all.map(|vector| Judged::of(vector, &decide(vector))).collect()
}

fn decide(vector: &Value) -> Result<(), String> {
    let refused = |e: truce_monitor::Undecided| e.code().to_owned();
    let proof = FraudProof::parse(text(&vector["proof"]).as_bytes()).map_err(refused)?;
    assert_eq!(proof.to_string(), text(&vector["proof"]), "written as it was read");
    let decided = proof.decide().map_err(refused)?;
    if vector["log"] != decided.log {
        return Err("other-log".to_owned());
    }
    assert_eq!(vector["kind"], decided.kind, "{}", vector["name"]);
    assert_eq!(vector["says"], decided.sentence, "{}", vector["name"]);
    Ok(())
}

/// A depositary that tells two stories, and records what it should not.
struct Liar {
    /// Entry 5 is a document of the north.
    one: SmallLog,
    /// Entry 5 is another one, and entry 6 a third.
    other: SmallLog,
    /// Entries 5 and 6 as above; the second is received before the first.
    dated_back: SmallLog,
    /// Entries 5 and 6; the second has another hash before it.
    torn: SmallLog,
    /// Entry 5 is not signed by the key it names.
    forged: SmallLog,
}

impl Liar {
    fn new() -> Self {
        let [first, second] = documents("north");
        let [third, fourth] = documents("south");
        let mut altered = first.bytes().to_vec();
        *altered.last_mut().expect("bytes") ^= 1;
        let of = |lines: &[(&[u8], i64)]| {
            let mut log = Scene::founded().log();
            let last = Scene::founded().lines.last().map_or(0, |line: &Line| line.received);
            for (statement, minutes) in lines {
                log.append(statement, last + minutes * MINUTE);
            }
            log.entries
        };
        let mut torn = of(&[(first.bytes(), 1), (second.bytes(), 2)]);
        let mut entry = Entry::parse(&torn[6]).expect("an entry");
        entry.prev = EntryHash::from_bytes([7; 32]);
        torn[6] = entry.encode();
        Self {
            one: SmallLog::of(of(&[(first.bytes(), 1), (second.bytes(), 2)])),
            other: SmallLog::of(of(&[(third.bytes(), 1), (fourth.bytes(), 2)])),
            dated_back: SmallLog::of(of(&[(first.bytes(), 2), (second.bytes(), 1)])),
            torn: SmallLog::of(torn),
            forged: SmallLog::of(of(&[(&altered, 1)])),
        }
    }

    fn same_size(&self) -> FraudProof {
        FraudProof::same_size(&self.one.signed(6), &self.other.signed(6))
    }

    /// One tree of `older` entries, and the other story's of `newer`.
    fn fork(&self, older: u64, newer: u64) -> FraudProof {
        let path = consistency_proof(&self.other, older, newer).expect("a proof");
        FraudProof::fork(&self.one.signed(older), &self.other.signed(newer), self.other.root(older), path)
    }

    fn two_entries(&self) -> FraudProof {
        let of = |story: &SmallLog, size| (leaf(story, 5), story.bare(5, size));
        two(&of(&self.one, 6), &of(&self.other, 7))
    }

    fn back_dated(&self) -> FraudProof {
        dated(&self.dated_back, 5, 6)
    }

    fn broken_chain(&self) -> FraudProof {
        torn(&self.torn, 5, 6)
    }

    fn bad_signature(&self) -> FraudProof {
        unsigned(&self.forged, *key_of("north").as_bytes(), 5)
    }
}

impl SmallLog {
    /// The proof of an entry in the tree of `size`, without what rebuilds the entry.
    fn bare(&self, index: u64, size: u64) -> ProofFile {
        let note = self.signed(size).note().clone();
        ProofFile::new(None, index, self.path(index, size), note).expect("a proof")
    }

    fn placed(&self, position: u64) -> Placed {
        let entry = self.entry(position).encode();
        Placed::prove(self, entry, position, self.size()).expect("in the tree")
    }
}

fn leaf(story: &SmallLog, index: u64) -> Hash {
    leaf_hash(&story.entry(index).encode())
}

fn two(first: &(Hash, ProofFile), second: &(Hash, ProofFile)) -> FraudProof {
    FraudProof::two_entries(log().vkey(), (first.0, &first.1), (second.0, &second.1)).expect("proofs")
}

fn dated(story: &SmallLog, before: u64, after: u64) -> FraudProof {
    let checkpoint = story.signed(story.size());
    FraudProof::back_dated(&checkpoint, story.placed(before), story.placed(after)).expect("proofs")
}

fn torn(story: &SmallLog, before: u64, after: u64) -> FraudProof {
    let checkpoint = story.signed(story.size());
    FraudProof::broken_chain(&checkpoint, story.placed(before), story.placed(after)).expect("proofs")
}

fn unsigned(story: &SmallLog, key: [u8; 32], index: u64) -> FraudProof {
    let checkpoint = story.signed(story.size());
    FraudProof::bad_signature(&checkpoint, key, story.placed(index)).expect("a proof")
}

/// What a party says next.
fn documents(party: &str) -> [Signed; 2] {
    let mut scene = Scene::founded();
    [(); 2].map(|()| scene.work(party).say(&small(Kind::Document)))
}

fn key_of(party: &str) -> truce_statement::PublicKey {
    Scene::founded().work(party).key.public().clone()
}

fn vector(name: &str, proof: &str) -> Value {
    json!({ "name": name, "log": log().vkey().to_string(), "proof": proof })
}

fn accepted() -> Vec<Value> {
    let liar = Liar::new();
    [
        ("fork-of-one-size", liar.same_size()),
        ("fork-of-two-sizes", liar.fork(6, 7)),
        ("two-entries-in-trees-of-two-sizes", liar.two_entries()),
        ("back-dated-by-a-minute", liar.back_dated()),
        ("broken-chain", liar.broken_chain()),
        ("bad-signature-of-a-document", liar.bad_signature()),
    ]
    .into_iter()
    .map(|(name, proof)| {
        let mut vector = vector(name, &proof.to_string());
        vector["kind"] = proof.kind().as_str().into();
        vector["says"] = proof.sentence().into();
        vector
    })
    .collect()
}

fn refused() -> Vec<Value> {
    let liar = Liar::new();
    let mut all = Vec::new();
    let mut add = |name: &str, code: &str, proof: &str| {
        let mut vector = vector(name, proof);
        vector["code"] = code.into();
        all.push(vector);
    };
    let fork = liar.fork(6, 7).to_string();
    let same_size = liar.same_size().to_string();
    let two_entries = liar.two_entries().to_string();
    let back_dated = liar.back_dated().to_string();
    let bad_signature = liar.bad_signature().to_string();
    let swap = |text: &str, from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    };

    // The form.
    add("no-bytes", MALFORMED, "");
    add("header-of-version-2", MALFORMED, &swap(&fork, "@v1", "@v2"));
    add("kind-unknown", MALFORMED, &swap(&fork, "kind fork", "kind theft"));
    add("kind-of-other-evidence", MALFORMED, &swap(&fork, "kind fork", "kind two-entries"));
    add(
        "log-of-another-id",
        MALFORMED,
        &swap(&fork, "log truce.example/vectors+", "log truce.example/vector+"),
    );
    add("sentence-of-another-number", MALFORMED, &swap(&fork, "a tree of 6", "a tree of 5"));
    add("sentence-of-ones-own", MALFORMED, &swap(&fork, "says the log signed", "says this log signed"));
    add("sentence-missing", MALFORMED, &{
        let says = fork.lines().find(|line| line.starts_with("says ")).expect("a sentence");
        swap(&fork, &format!("{says}\n"), "")
    });
    add("empty-line-missing", MALFORMED, &swap(&fork, "\n\ncheckpoint", "\ncheckpoint"));
    add("checkpoint-counted-short", MALFORMED, &swap(&fork, "checkpoint 5", "checkpoint 4"));
    add("checkpoint-counted-long", MALFORMED, &swap(&fork, "checkpoint 5", "checkpoint 6"));
    add("checkpoint-counted-with-a-zero-before", MALFORMED, &swap(&fork, "checkpoint 5", "checkpoint 05"));
    add("checkpoint-missing", MALFORMED, &{
        let second = fork.rfind("checkpoint 5").expect("two");
        let end = fork.find("prefix ").expect("a prefix");
        format!("{}{}", &fork[..second], &fork[end..])
    });
    add("prefix-not-base64", MALFORMED, &swap(&fork, "prefix ", "prefix A"));
    add("hash-in-hex", MALFORMED, &{
        let hash = fork.lines().find(|line| line.starts_with("hash ")).expect("a hash");
        swap(&fork, hash, &format!("hash {}", leaf_hash(b"other")))
    });
    add("hashes-64", MALFORMED, &{
        let hash = fork.lines().find(|line| line.starts_with("hash ")).expect("a hash");
        swap(&fork, &format!("{hash}\n"), &format!("{hash}\n").repeat(64))
    });
    add("hash-without-a-prefix", MALFORMED, &{
        let prefix = fork.lines().find(|line| line.starts_with("prefix ")).expect("a prefix");
        swap(&fork, &format!("{prefix}\n"), "")
    });
    add("proof-with-extra", MALFORMED, &{
        let text = swap(&two_entries, "@v1\nindex", "@v1\nextra AAAA\nindex");
        let count = text.lines().find(|line| line.starts_with("proof ")).expect("a proof");
        let lines: usize = count[6..].parse().expect("a number");
        swap(&text, count, &format!("proof {}", lines + 1))
    });
    add("entry-without-padding", MALFORMED, &{
        let entry = back_dated.lines().find(|line| line.starts_with("entry ")).expect("an entry");
        let bytes = entry.trim_end_matches('=');
        let shorter = if bytes == entry { &entry[..entry.len() - 1] } else { bytes };
        swap(&back_dated, entry, shorter)
    });
    add("key-of-33-bytes", MALFORMED, &swap(&bad_signature, "\nkey ", "\nkey AAAA"));
    add("line-after-the-end", MALFORMED, &format!("{fork}\n"));
    add("last-newline-missing", MALFORMED, fork.trim_end());
    add("lines-that-end-in-cr", MALFORMED, &fork.replace('\n', "\r\n"));
    add("byte-order-mark", MALFORMED, &format!("\u{feff}{fork}"));

    // What is signed.
    let signatures: Vec<&str> = fork.lines().filter(|line| line.starts_with('\u{2014}')).collect();
    add("fork-with-one-signature-twice", UNPROVEN, &swap(&fork, signatures[1], signatures[0]));
    let stranger = Ed25519NoteSigner::from_seed(ORIGIN, &[0xf4; 32]).expect("a name");
    let by_another = |size: u64, root: Hash| {
        let body = Checkpoint::new(ORIGIN, size, root).expect("a checkpoint");
        SignedCheckpoint::sign(body, &stranger).expect("signed")
    };
    let forged = by_another(6, liar.other.root(6));
    add(
        "fork-signed-by-two-keys",
        UNPROVEN,
        &FraudProof::same_size(&liar.one.signed(6), &forged).to_string(),
    );
    let theirs = FraudProof::same_size(&by_another(6, liar.one.root(6)), &forged).to_string();
    add("fork-by-another-key-of-that-name", "other-log", &theirs);
    let own = log().vkey().to_string();
    add("fork-by-another-key-laid-to-the-log", UNPROVEN, &swap(&theirs, &stranger.vkey().to_string(), &own));

    // Forks.
    let of =
        |older: &SignedCheckpoint, newer: &SignedCheckpoint| FraudProof::same_size(older, newer).to_string();
    add("fork-of-one-tree", UNPROVEN, &of(&liar.one.signed(6), &liar.one.signed(6)));
    add("fork-of-trees-that-agree", UNPROVEN, &liar.fork(5, 7).to_string());
    add("fork-of-two-sizes-without-a-path", UNPROVEN, &of(&liar.one.signed(6), &liar.other.signed(7)));
    let path = consistency_proof(&liar.other, 6, 7).expect("a proof");
    let with = |older: &SignedCheckpoint, newer: &SignedCheckpoint, prefix: Hash, path: &[Hash]| {
        FraudProof::fork(older, newer, prefix, path.to_vec()).to_string()
    };
    let (one, other) = (liar.one.signed(6), liar.other.signed(7));
    add("fork-with-the-trees-reversed", UNPROVEN, &with(&other, &one, liar.other.root(6), &path));
    add("fork-with-another-prefix", UNPROVEN, &with(&one, &other, leaf_hash(b"other"), &path));
    add("fork-with-a-path-one-short", UNPROVEN, &with(&one, &other, liar.other.root(6), &path[1..]));
    let longer = [path.as_slice(), &[leaf_hash(b"other")]].concat();
    add("fork-with-a-path-one-over", UNPROVEN, &with(&one, &other, liar.other.root(6), &longer));
    let both = liar.other.signed(6);
    add("fork-of-one-size-with-a-prefix", UNPROVEN, &with(&one, &both, liar.other.root(6), &[]));

    // Two entries.
    let side = |story: &SmallLog, index, size| (leaf(story, index), story.bare(index, size));
    let two = |first, second| two(&first, &second).to_string();
    add("two-entries-that-are-one", UNPROVEN, &two(side(&liar.one, 5, 6), side(&liar.one, 5, 7)));
    add("two-entries-at-two-positions", UNPROVEN, &two(side(&liar.one, 5, 6), side(&liar.other, 6, 7)));
    let elsewhere = (leaf_hash(b"other"), liar.other.bare(5, 7));
    add("two-entries-of-which-one-does-not-stand", UNPROVEN, &two(side(&liar.one, 5, 6), elsewhere));
    let signature = same_size.lines().find(|line| line.starts_with('\u{2014}')).expect("a signature");
    let last = two_entries.lines().rfind(|line| line.starts_with('\u{2014}')).expect("a signature");
    add("two-entries-with-a-signature-of-another-tree", UNPROVEN, &swap(&two_entries, last, signature));

    // Received.
    add("back-dated-in-order", UNPROVEN, &dated(&liar.one, 5, 6).to_string());
    add("back-dated-with-the-entries-reversed", UNPROVEN, &dated(&liar.dated_back, 6, 5).to_string());
    add("back-dated-in-two-trees", UNPROVEN, &{
        let first = back_dated.find("\nentry ").expect("an entry") + 1;
        let second = back_dated.rfind("entry ").expect("two");
        let smaller = liar.dated_back.bare(5, 6).to_string();
        let entry = back_dated[first..].lines().next().expect("a line");
        let count = smaller.lines().count();
        format!("{}{entry}\nproof {count}\n{smaller}{}", &back_dated[..first], &back_dated[second..])
    });

    // The chain.
    add("chain-that-holds", UNPROVEN, &torn(&liar.one, 5, 6).to_string());
    add("chain-of-entries-that-are-no-neighbours", UNPROVEN, &torn(&liar.torn, 4, 6).to_string());
    add("chain-of-one-entry", UNPROVEN, &torn(&liar.torn, 6, 6).to_string());

    // Statements.
    let north = *key_of("north").as_bytes();
    add("signature-that-verifies", UNPROVEN, &unsigned(&liar.one, north, 5).to_string());
    let south = *key_of("south").as_bytes();
    add("signature-by-a-key-that-is-not-named", UNPROVEN, &unsigned(&liar.forged, south, 5).to_string());
    add("signature-by-a-key-of-small-order", UNPROVEN, &unsigned(&liar.forged, [0; 32], 5).to_string());
    all
}
