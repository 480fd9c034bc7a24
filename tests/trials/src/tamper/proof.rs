//! Whoever hands somebody a statement with a proof file.

use super::Table;
use truce_log::Ledger;
use truce_statement::{Entry, SecretKey, Statement};
use truce_tests::scene::Scene;
use truce_tlog::{Ed25519NoteSigner, NoteSigner, Policy, PolicyBuilder, ProofFile, leaf_hash};

const WHO: &str = "messenger";

pub(super) fn try_all(scene: &Scene, table: &mut Table) {
    let ledger = Ledger::open(&scene.ledger()).expect("the ledger opens");
    let proof = ledger.prove(200).expect("a proof").to_file().expect("a file");
    let statement = &scene.lines[200].statement;
    let log =
        Ed25519NoteSigner::from_seed(truce_tests::world::ORIGIN, &scene.world.log.seed()).expect("sound");
    let policy = policy(&log);
    assert!(check(statement, &proof, &policy), "the proof is sound before it is spoiled");

    let mut missed = Vec::new();
    let mut spoiled = statement.clone();
    for i in 0..statement.len() {
        spoiled[i] ^= 1 << (i % 8);
        if check(&spoiled, &proof, &policy) {
            missed.push(i);
        }
        spoiled[i] = statement[i];
    }
    let found = missed.is_empty().then(|| "proof-fails".to_owned());
    table.note(
        WHO,
        format!("each of the {} bytes of a proven statement flipped in turn", statement.len()),
        "proof-fails",
        found,
    );

    let mut missed = Vec::new();
    let mut spoiled = proof.clone().into_bytes();
    let sound = spoiled.clone();
    for i in 0..sound.len() {
        spoiled[i] ^= 1 << (i % 8);
        if String::from_utf8(spoiled.clone()).is_ok_and(|text| check(statement, &text, &policy)) {
            missed.push(i);
        }
        spoiled[i] = sound[i];
    }
    let found = missed.is_empty().then(|| "proof-fails".to_owned());
    table.note(
        WHO,
        format!("each of the {} bytes of a proof file flipped in turn", sound.len()),
        "proof-fails",
        found,
    );

    let mut reject = |name: &str, ok: bool| {
        table.note(WHO, name, "proof-fails", (!ok).then(|| "proof-fails".to_owned()));
    };
    let other = ledger.prove(201).expect("a proof").to_file().expect("a file");
    reject("the proof of another entry", check(statement, &other, &policy));
    let lines: Vec<&str> = proof.lines().collect();
    let hash = lines.iter().position(|l| l.starts_with("index")).expect("an index") + 1;
    let without: Vec<&str> = [&lines[..hash], &lines[hash + 1..]].concat();
    reject("a proof with a hash left out", check(statement, &(without.join("\n") + "\n"), &policy));
    let twice: Vec<&str> = [&lines[..=hash], &lines[hash..]].concat();
    reject("a proof with a hash put in twice", check(statement, &(twice.join("\n") + "\n"), &policy));
    let no_extra: Vec<&str> = lines.iter().copied().filter(|l| !l.starts_with("extra")).collect();
    reject("a proof without time and chain link", check(statement, &(no_extra.join("\n") + "\n"), &policy));
    let thief = Ed25519NoteSigner::from_seed(
        truce_tests::world::ORIGIN,
        &SecretKey::from_seed(&[6; 32]).expect("sound").seed(),
    )
    .expect("sound");
    reject("a sound proof held against another log's key", check(statement, &proof, &self::policy(&thief)));
}

fn policy(log: &Ed25519NoteSigner) -> Policy {
    let mut builder = PolicyBuilder::default();
    builder.log(log.vkey().clone(), None).expect("one log").quorum(None).expect("no quorum");
    builder.build().expect("a policy")
}

/// As anybody checks it: parse both, rebuild the entry, verify the path and the log's signature.
fn check(statement: &[u8], proof: &str, policy: &Policy) -> bool {
    let Ok(proof) = ProofFile::parse(proof.as_bytes()) else { return false };
    let Some(extra) = proof.extra() else { return false };
    let Ok(entry) = Entry::from_extra(extra, statement) else { return false };
    proof.verify(policy, &leaf_hash(&entry.encode())).is_ok() && Statement::parse(statement).is_ok()
}
