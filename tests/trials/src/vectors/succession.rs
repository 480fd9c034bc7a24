//! `succession.json`: files that show which keys have followed the charter's, and files that show nothing.

use super::logs::{LOG_SEED, MINUTE, NEXT_LOG_SEED, ORIGIN, Scene};
use super::refusal::amended::{change, key_and_witnesses, vkey};
use super::small_log::SmallLog;
use super::{Judged, bytes, number, text};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use truce_statement::Statement;
use truce_succession::{Quorum, Succession, Terms};
use truce_tlog::{Checkpoint, Ed25519NoteSigner, Hash, NoteSigner, ProofFile, SignedCheckpoint, leaf_hash};

/// Sizes of the tree for which the vectors say who signs.
const SIZES: std::ops::RangeInclusive<u64> = 5..=10;

/// Writes the vectors.
pub(crate) fn generate() -> Value {
    json!({
        "what": "Successions (docs/spec/succession.md) with the charter that they follow, hex. `terms` lists for some sizes of \
                 the tree the keys that must sign, the newest first, and whether the witnesses are `unnamed` or by a `policy`.",
        "accepted": accepted(),
        "refused": refused(),
    })
}

/// Judges the vectors with our code.
pub(crate) fn judge(file: &Value) -> Vec<Judged> {
    let all = ["accepted", "refused"].into_iter().flat_map(|which| file[which].as_array().expect("a list"));
    all.map(|vector| {
        let found = verify(vector).map(|terms| {
            let stated = vector["terms"].as_array().expect("a list");
            let sizes = stated.iter().map(|line| number(&line["size"]));
            assert_eq!(vector["terms"], listed(&terms, sizes), "{}", vector["name"]);
        });
        Judged::of(vector, &found)
    })
    .collect()
}

fn verify(vector: &Value) -> Result<Terms, String> {
    let charter = Statement::parse(bytes(&vector["charter"])).expect("a statement");
    let file = text(&vector["succession"]);
    let succession = Succession::parse(file.as_bytes()).map_err(|e| e.code().to_owned())?;
    assert_eq!(succession.to_string(), file, "written as it was read");
    succession.verify(&charter).map_err(|e| e.code().to_owned())
}

fn listed(terms: &Terms, sizes: impl Iterator<Item = u64>) -> Value {
    let lines = sizes.map(|size| {
        let keys: Vec<String> = terms.keys().at(size).iter().map(ToString::to_string).collect();
        let witnesses = if matches!(terms.quorum_at(size), Quorum::Unnamed) { "unnamed" } else { "policy" };
        json!({ "size": size, "keys": keys, "witnesses": witnesses })
    });
    lines.collect()
}

/// The log of which key and witnesses are amended.
struct Amended(SmallLog);

const OLD: &[[u8; 32]] = &[LOG_SEED];
const NEXT: &[[u8; 32]] = &[NEXT_LOG_SEED];
const BOTH: &[[u8; 32]] = &[NEXT_LOG_SEED, LOG_SEED];

impl Amended {
    fn new() -> Self {
        Self(SmallLog::of(key_and_witnesses().log().entries))
    }

    /// A line: the statement at a position, in the tree of `size` that these keys have signed.
    fn step(&self, position: u64, size: u64, seeds: &[[u8; 32]]) -> (Vec<u8>, ProofFile) {
        let checkpoint = signed_by(ORIGIN, size, self.0.root(size), seeds);
        let entry = self.0.entry(position);
        let path = self.0.path(position, size);
        let proof = ProofFile::new(Some(entry.extra()), position, path, checkpoint.note().clone());
        (entry.statement.to_vec(), proof.expect("a proof"))
    }

    /// Every step under the whole tree.
    fn steps(&self) -> Vec<(Vec<u8>, ProofFile)> {
        (5..=8).map(|position| self.step(position, 10, NEXT)).collect()
    }
}

fn signed_by(origin: &str, size: u64, root: Hash, seeds: &[[u8; 32]]) -> SignedCheckpoint {
    let of = |seed: &[u8; 32]| Ed25519NoteSigner::from_seed(origin, seed).expect("an origin");
    let signers: Vec<Ed25519NoteSigner> = seeds.iter().map(of).collect();
    let signers: Vec<&dyn NoteSigner> = signers.iter().map(|signer| signer as &dyn NoteSigner).collect();
    let body = Checkpoint::new(origin, size, root).expect("a checkpoint");
    SignedCheckpoint::sign_with_all(body, &signers).expect("signed")
}

fn vector(name: &str, charter: &[u8], succession: &str) -> Value {
    json!({ "name": name, "charter": hex::encode(charter), "succession": succession })
}

fn accepted() -> Vec<Value> {
    let log = Amended::new();
    let charter = log.0.statement(0);
    [
        ("no-statement", Vec::new()),
        ("key-and-witnesses", log.steps()),
        ("key-alone", log.steps()[..2].to_vec()),
        ("proposal-alone", vec![log.step(5, 6, OLD)]),
        ("proposal-in-a-tree-that-the-old-key-signed", vec![log.step(5, 6, OLD), log.step(6, 10, NEXT)]),
        ("in-a-tree-that-both-keys-signed", vec![log.step(5, 8, BOTH), log.step(6, 8, BOTH)]),
    ]
    .into_iter()
    .map(|(name, steps)| {
        let mut vector = vector(name, charter, &Succession::new(steps).to_string());
        let terms = verify(&vector).expect("a sound succession");
        vector["terms"] = listed(&terms, SIZES);
        vector
    })
    .collect()
}

fn refused() -> Vec<Value> {
    let log = Amended::new();
    let charter = log.0.statement(0);
    let sound = Succession::new(log.steps()).to_string();
    let lines: Vec<&str> = sound.lines().collect();
    let mut all = Vec::new();
    let mut add = |name: &str, code: &str, charter: &[u8], succession: &str| {
        let mut vector = vector(name, charter, succession);
        vector["code"] = code.into();
        all.push(vector);
    };

    // The form.
    let malformed = "malformed-succession";
    let with = |at: usize, line: &str| {
        let mut lines = lines.clone();
        lines[at] = line;
        lines.join("\n") + "\n"
    };
    let (statement, proof) = lines[1].split_once(' ').expect("two parts");
    add("no-bytes", malformed, charter, "");
    add("header-of-version-2", malformed, charter, &with(0, "truce/succession@v2"));
    add("header-missing", malformed, charter, &(lines[1..].join("\n") + "\n"));
    add("last-newline-missing", malformed, charter, sound.trim_end());
    add("lines-that-end-in-cr", malformed, charter, &sound.replace('\n', "\r\n"));
    add("empty-line", malformed, charter, &format!("{sound}\n"));
    add("line-of-one-part", malformed, charter, &with(1, statement));
    add("line-of-three-parts", malformed, charter, &with(1, &format!("{} AAAA", lines[1])));
    add("two-spaces", malformed, charter, &with(1, &format!("{statement}  {proof}")));
    add("proof-in-hex", malformed, charter, &with(1, &format!("{statement} {}", hex::encode("proof"))));
    add("proof-that-is-none", malformed, charter, &with(1, &format!("{statement} {statement}")));
    let unpadded = lines.iter().position(|line| line.contains("= ")).expect("a statement with padding");
    add(
        "statement-without-padding",
        malformed,
        charter,
        &with(unpadded, &lines[unpadded].replacen('=', "", 1)),
    );

    // The charter.
    add("charter-that-is-none", "not-a-charter", log.0.statement(1), &sound);
    let mut forged = charter.to_vec();
    *forged.last_mut().expect("bytes") ^= 1;
    add("charter-that-its-founder-did-not-sign", "not-a-charter", &forged, &sound);

    // The statements.
    let mut idle = |name: &str, steps: Vec<(Vec<u8>, ProofFile)>| {
        add(name, "idle-succession", charter, &Succession::new(steps).to_string());
    };
    idle("steps-out-of-order", vec![log.step(6, 10, NEXT), log.step(5, 10, NEXT)]);
    idle("step-twice", vec![log.step(5, 6, OLD), log.step(5, 6, OLD)]);
    idle("accession", vec![log.step(1, 6, OLD)]);
    idle("charter-once-more", vec![log.step(0, 6, OLD)]);
    idle("endorsement-without-its-amendment", vec![log.step(6, 10, NEXT)]);
    let made = |change: &dyn Fn(&mut Scene)| {
        let mut scene = key_and_witnesses();
        scene.lines.truncate(5);
        change(&mut scene);
        Amended(SmallLog::of(scene.log().entries)).step(5, 6, OLD)
    };
    let next = change(&vkey(ORIGIN, 0xf1));
    idle(
        "amendment-by-a-working-key",
        vec![made(&|scene| {
            let signed = scene.work("north").say(&next);
            scene.add("amendment", signed.bytes());
        })],
    );
    idle(
        "amendment-that-its-party-did-not-sign",
        vec![made(&|scene| {
            let mut forged = scene.root("north").say(&next).bytes().to_vec();
            *forged.last_mut().expect("bytes") ^= 1;
            scene.add("amendment", &forged);
        })],
    );
    idle(
        "amendment-to-the-key-in-force",
        vec![made(&|scene| {
            let signed = scene.root("north").say(&change(&vkey(ORIGIN, 0xf0)));
            scene.add("amendment", signed.bytes());
        })],
    );
    idle(
        "amendment-of-another-agreement",
        vec![made(&|scene| {
            let signed = Scene::founded().root("north").say(&next);
            scene.add("amendment", signed.bytes());
        })],
    );

    // The proofs.
    let both = |first: (Vec<u8>, ProofFile), second: (Vec<u8>, ProofFile)| {
        Succession::new(vec![first, second]).to_string()
    };
    let key = |size, seeds| both(log.step(5, size, seeds), log.step(6, size, seeds));
    add("signed-by-a-key-that-has-ended", "log-key-ended", charter, &key(10, OLD));
    let early = both(log.step(5, 6, NEXT), log.step(6, 10, NEXT));
    add("signed-by-a-key-that-has-not-begun", "log-key-not-yet", charter, &early);
    add("signed-by-the-old-of-two-keys", "log-signature-missing", charter, &key(8, OLD));
    add("signed-by-the-next-of-two-keys", "log-signature-missing", charter, &key(8, NEXT));
    add("signed-by-a-stranger", "bad-checkpoint", charter, &key(10, &[[0xf4; 32]]));
    let proven = |edit: &dyn Fn(&ProofFile) -> ProofFile| {
        let (statement, proof) = log.step(6, 10, NEXT);
        both(log.step(5, 10, NEXT), (statement, edit(&proof)))
    };
    let rebuilt = |proof: &ProofFile, extra: Option<Vec<u8>>, index: u64, path: Vec<Hash>| {
        ProofFile::new(extra, index, path, proof.checkpoint().clone()).expect("a proof")
    };
    let extra = |proof: &ProofFile| proof.extra().map(<[u8]>::to_vec);
    let bad = "bad-proof";
    add("proof-without-extra", bad, charter, &proven(&|p| rebuilt(p, None, 6, p.path().to_vec())));
    add(
        "proof-with-another-time",
        bad,
        charter,
        &proven(&|p| {
            let mut entry = log.0.entry(6);
            entry.received += MINUTE;
            rebuilt(p, Some(entry.extra()), 6, p.path().to_vec())
        }),
    );
    add("proof-at-another-position", bad, charter, &proven(&|p| rebuilt(p, extra(p), 7, p.path().to_vec())));
    add(
        "proof-with-a-hash-altered",
        bad,
        charter,
        &proven(&|p| {
            let mut path = p.path().to_vec();
            path[0] = leaf_hash(b"other");
            rebuilt(p, extra(p), 6, path)
        }),
    );
    add("checkpoint-altered", "bad-checkpoint", charter, &{
        let (statement, proof) = log.step(6, 10, NEXT);
        let root = log.0.root(10).to_base64();
        let altered = proof.to_string().replace(&root, &leaf_hash(b"other").to_base64());
        let line = format!("{} {}", BASE64_STANDARD.encode(statement), BASE64_STANDARD.encode(altered));
        lines[..2].join("\n") + "\n" + &line + "\n"
    });
    all
}
