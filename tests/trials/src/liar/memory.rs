//! The browser was here before. What it saw then binds the server, the log and its depositary.

use super::Expected::{self, Red, RedPage, Unchecked};
use super::proxy::Alter;
use super::{Attack, Attacks, Visit, record};
use serde_json::{Value, json};
use std::sync::Arc;
use truce_tests::explorer::Explorer;
use truce_tests::http::Answer;

const WHO: &str = "memory";
const MEMORY: Expected = Red("memory");

pub(super) fn all(attacks: &mut Attacks<'_>) {
    let scene = attacks.scene;
    let early = record(scene.report);
    let late = record(scene.late);
    let mut then =
        |name, before: (&Explorer, &str), last: (&Explorer, &str), expected, alter: Option<Alter>| {
            let visit = |(explorer, path): (&Explorer, &str), alter: Option<Alter>| Visit {
                upstream: explorer.url().to_owned(),
                path: path.to_owned(),
                alter,
            };
            attacks.all.push(Attack {
                who: WHO,
                name,
                before: vec![visit(before, None)],
                last: visit(last, alter),
                expected,
            });
        };
    let (honest, earlier, fork) = (&scene.honest, &scene.earlier, &scene.fork);
    then(
        "the log of another agreement under the same name",
        (honest, &early),
        (&scene.other, &early),
        MEMORY,
        None,
    );
    then(
        "the same, on the page of checkpoints",
        (honest, &early),
        (&scene.other, "/checkpoints"),
        RedPage,
        None,
    );
    then(
        "another history of the same length, signed by the log",
        (honest, &early),
        (fork, &late),
        MEMORY,
        None,
    );
    then("the same, on the overview", (honest, "/"), (fork, "/"), RedPage, None);
    then("another history, longer", (honest, &early), (&scene.longer_fork, &late), MEMORY, None);
    then(
        "another history, shorter, after a longer",
        (&scene.longer_fork, &early),
        (honest, &late),
        MEMORY,
        None,
    );
    then("an earlier state, with no proof that it agrees", (honest, &early), (earlier, &early), MEMORY, None);
    then("the same, on the page of checkpoints", (honest, "/"), (earlier, "/checkpoints"), RedPage, None);

    // What the honest explorer proves is altered on the way.
    let consistency = |alter: fn(&mut Answer)| -> Option<Alter> {
        Some(Arc::new(move |path: &str, answer: &mut Answer| {
            if path.starts_with("/api/v1/consistency") {
                alter(answer);
            }
        }))
    };
    let mut grown = |name, expected, alter: fn(&mut Answer)| {
        then(name, (earlier, &early), (honest, &late), expected, consistency(alter));
    };
    grown("growth without a proof", MEMORY, |answer| answer.status = 404);
    grown("growth with a proof of nothing", MEMORY, |answer| with_hashes(answer, Vec::clear));
    grown("growth with one hash of the proof altered", MEMORY, |answer| {
        with_hashes(answer, |hashes| hashes[0] = json!("0".repeat(64)));
    });
    grown("growth with one hash of the proof left out", MEMORY, |answer| {
        with_hashes(answer, |hashes| drop(hashes.pop()));
    });
    grown("growth with one hash too many", MEMORY, |answer| {
        with_hashes(answer, |hashes| hashes.push(json!("0".repeat(64))));
    });
    grown("growth with a proof turned around", MEMORY, |answer| {
        with_hashes(answer, |hashes| hashes.reverse());
    });
    grown("growth with no JSON as a proof", MEMORY, |answer| answer.body = b"yes, it does".to_vec());
    grown("growth with an answer of another form", MEMORY, |answer| {
        answer.body = b"{\"hashes\":\"all\"}".to_vec();
    });
    grown("growth with no answer at all when the proof is asked for", Unchecked, |answer| answer.status = 0);

    // An old state served to whoever knows a newer one, with the true proof that the two agree: not false, but stale.
    let url = honest.url().to_owned();
    let proof_of_the_newer: Alter = Arc::new(move |path: &str, answer: &mut Answer| {
        if path.starts_with("/api/v1/consistency") {
            *answer = truce_tests::http::get(&url, path).expect("the explorer answers");
        }
    });
    then(
        "rolled back, with a true proof that it agrees",
        (honest, &early),
        (earlier, &early),
        Unchecked,
        Some(proof_of_the_newer),
    );
}

fn with_hashes(answer: &mut Answer, alter: impl FnOnce(&mut Vec<Value>)) {
    let mut proof: Value = serde_json::from_slice(&answer.body).expect("a proof");
    alter(proof["hashes"].as_array_mut().expect("a list of hashes"));
    answer.body = proof.to_string().into_bytes();
}
