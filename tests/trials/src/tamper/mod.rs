//! Attacks on a finished ledger and on its published copy. Each is tried for real, audited for real, and must be
//! caught with its own code, or shown to change nothing.
//!
//! - `published`: a mirror or a wire that alters files, without any key.
//! - `depositary`: the depositary itself, with the log's key: it lays out, chains, hashes and signs a false log
//!   correctly. Only what parties signed, and what was seen before, stands against it.
//! - `vectors`: the same depositary with every refused log of `fixtures/vectors/refusal.json`.
//! - `store`: whoever can write to the depositary's disk.
//! - `proof`: whoever hands a statement and a proof to somebody.

mod depositary;
mod proof;
mod published;
mod store;
mod vectors;

use std::process::ExitCode;

/// What became of an attack.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    /// Detected, with this code.
    Caught(String),
    /// Nothing that anybody relies on has changed; why.
    Harmless(&'static str),
    /// Not detected, or not as what it is.
    Missed(String),
}

struct Attack {
    who: &'static str,
    name: String,
    outcome: Outcome,
}

/// The attacks so far.
#[derive(Default)]
struct Table(Vec<Attack>);

impl Table {
    /// Notes an attack that should be found with `expected`; `found` is the code of the first finding, if any.
    fn note(&mut self, who: &'static str, name: impl Into<String>, expected: &str, found: Option<String>) {
        let outcome = match found {
            Some(found) if found == expected => Outcome::Caught(found),
            Some(found) => Outcome::Missed(format!("found {found}, expected {expected}")),
            None => Outcome::Missed(format!("nothing found, expected {expected}")),
        };
        self.0.push(Attack { who, name: name.into(), outcome });
    }

    fn harmless(
        &mut self,
        who: &'static str,
        name: impl Into<String>,
        found: Option<String>,
        why: &'static str,
    ) {
        let outcome = match found {
            None => Outcome::Harmless(why),
            Some(found) => Outcome::Missed(format!("false alarm {found}")),
        };
        self.0.push(Attack { who, name: name.into(), outcome });
    }
}

/// Runs every attack, prints the table and the last line. Fails when any was missed.
#[must_use]
pub fn main() -> ExitCode {
    let mut table = Table::default();
    let scene = truce_tests::scene::Scene::grown();
    published::try_all(&scene, &mut table);
    depositary::try_all(&scene, &mut table);
    vectors::try_all(&mut table);
    store::try_all(&scene, &mut table);
    proof::try_all(&scene, &mut table);

    let (mut caught, mut harmless, mut missed) = (0, 0, 0);
    for attack in &table.0 {
        let (word, detail) = match &attack.outcome {
            Outcome::Caught(code) => {
                caught += 1;
                ("caught", code.as_str())
            }
            Outcome::Harmless(why) => {
                harmless += 1;
                ("harmless", *why)
            }
            Outcome::Missed(what) => {
                missed += 1;
                ("MISSED", what.as_str())
            }
        };
        println!("{:<11} {:<72} {word:<8} {detail}", attack.who, attack.name);
    }
    println!("tried {}, caught {caught}, harmless {harmless}, missed {missed}", table.0.len());
    if missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
