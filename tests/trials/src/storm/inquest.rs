//! After the storm: what was promised, against what there is.

use super::scene::{GOES_ON, MIRRORS, QUORUM, STOPPED, Scene, WAITS, WITNESSES, ask};
use super::submitter::lock;
use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::Ordering;
use std::time::Duration;
use truce_audit::{LedgerSource, Options, Verdict, audit};
use truce_log::Ledger;
use truce_statement::{Entry, StatementId, id::sha256};
use truce_tests::network::process::truce;
use truce_tlog::{Policy, ProofFile, SignedCheckpoint, leaf_hash, tile};

/// The signal that asks a process to stop.
const SIGTERM: i32 = 15;
/// A log of more has full tiles and bundles, and partial ones behind them.
const ENOUGH: u64 = 512;

#[derive(Default)]
struct Found {
    faults: Vec<String>,
    entries: u64,
    acknowledged: usize,
    proofs: usize,
    finals: usize,
    lost: usize,
    moved: usize,
    files: usize,
    differ: usize,
    alarms: usize,
}

/// Holds the inquest, and prints it.
pub(super) fn hold(mut scene: Scene, faults: Vec<String>) -> ExitCode {
    let mut found = Found { faults, ..Found::default() };
    for submitter in &mut scene.submitters {
        if submitter.shared.done.load(Ordering::Acquire) {
            submitter.join();
        }
    }
    mirrors(&scene, &mut found);
    monitor(&mut scene, &mut found);
    for process in &mut scene.processes {
        let status = process.stop(Duration::from_secs(45));
        // Mirrors and monitors have nothing to say at their end: they are stopped by the signal.
        let is_reader = process.name.starts_with("mirror") || process.name == "monitor";
        let by_signal = status.is_some_and(|status| status.signal() == Some(SIGTERM));
        let asked_before = process.name == "monitor";
        if !(status.is_some_and(|status| status.success()) || is_reader && by_signal || asked_before) {
            found.faults.push(format!("{}: asked to stop, it ended with {status:?}", process.name));
        }
        // What was killed was started again, as a service manager does; nothing else may need that.
        found.faults.extend(process.ends.iter().map(|end| {
            format!("{}: it ended by itself, with {:?}\n{}", process.name, end.code, end.last_words)
        }));
    }
    ledger(&scene, &mut found);
    table(&scene);
    for fault in &found.faults {
        println!("FAULT {fault}");
    }
    let tally = &scene.weather.tally;
    let count = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
    println!(
        "links: passed {}, dropped {}, delayed {}, duplicated {}, truncated {}",
        count(&tally.passed),
        count(&tally.dropped),
        count(&tally.delayed),
        count(&tally.duplicated),
        count(&tally.truncated)
    );
    println!(
        "deeds {}, entries {}, acknowledged {}, final {}, proofs {}, lost {}, moved {}, mirrored files {}, different {}, \
         false alarms {}, faults {}",
        scene.deeds(),
        found.entries,
        found.acknowledged,
        found.finals,
        found.proofs,
        found.lost,
        found.moved,
        found.files,
        found.differ,
        found.alarms,
        found.faults.len()
    );
    let bad = found.lost + found.moved + found.differ + found.alarms + found.faults.len();
    if bad == 0 && found.finals > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Every mirror against what the depositary publishes, byte for byte.
fn mirrors(scene: &Scene, found: &mut Found) {
    let published = scene.published();
    let Ok(checkpoint) = scene.checkpoint(&published) else {
        found.faults.push("the published checkpoint is not final".to_owned());
        return;
    };
    // The policy is served, and stands in no published directory.
    let policy = ask(scene.depositary, "/policy").map(|(_, _, body)| body);
    let mut paths: Vec<String> =
        tile::new_tiles(0, checkpoint.size()).map(|coord| coord.to_string()).collect();
    paths.extend(tile::new_bundles(0, checkpoint.size()).map(|coord| coord.to_string()));
    for n in 0..MIRRORS {
        let copy = scene.mirror(n);
        found.files += 1;
        if policy.is_none() || read(&copy, "policy") != policy {
            found.differ += 1;
            found.faults.push(format!("mirror {n}: its policy differs from the one that is served"));
        }
        for path in &paths {
            found.files += 1;
            if read(&copy, path) != read(&published, path) {
                found.differ += 1;
                found.faults.push(format!("mirror {n}: {path} differs"));
            }
        }
        // Cosignatures may come one by one; the tree that is signed must be the same, and final.
        let held = scene.checkpoint(&copy);
        if held.is_ok_and(|held| held.checkpoint() == checkpoint.checkpoint()) {
            found.files += 1;
        } else {
            found.differ += 1;
            found.faults.push(format!("mirror {n}: its checkpoint is another one, or not final"));
        }
    }
}

fn read(folder: &Path, path: &str) -> Option<Vec<u8>> {
    std::fs::read(folder.join(path)).ok()
}

/// What the monitor said: nothing that is an alarm, neither in the storm nor when it looks again.
fn monitor(scene: &mut Scene, found: &mut Found) {
    let at = scene.processes.iter().position(|process| process.name == "monitor").expect("a monitor");
    let process = &mut scene.processes[at];
    if !process.is_alive() {
        found.faults.push(format!("monitor: it does not run: {}", process.complained()));
    }
    let status = process.stop(Duration::from_secs(10));
    if status.is_none_or(|status| status.signal() != Some(SIGTERM)) {
        found.faults.push(format!("monitor: asked to stop, it ended with {status:?}"));
    }
    let alarms = process
        .said()
        .lines()
        .filter(|line| line.contains(r#""notice":"alarm""#))
        .map(str::to_owned)
        .collect::<Vec<_>>();
    found.alarms += alarms.len();
    found.faults.extend(alarms.into_iter().map(|line| format!("monitor: {line}")));
    let mut command = truce();
    let folder = &scene.folder;
    command
        .args(["--json", "monitor", "--once", "--every", "1s", "--log"])
        .arg(format!("http://{}", scene.depositary));
    for n in 0..MIRRORS {
        command.arg("--mirror").arg(scene.mirror(n));
    }
    command
        .arg("--policy")
        .arg(folder.join("policy"))
        .arg("--state")
        .arg(folder.join("monitor").join("state"));
    let output = command.output().expect("truce runs");
    if !output.status.success() {
        found.alarms += 1;
        let said = String::from_utf8_lossy(&output.stdout);
        found.faults.push(format!(
            "monitor --once: {} {}",
            said.trim(),
            String::from_utf8_lossy(&output.stderr).trim()
        ));
    }
}

/// Every acknowledgement and every proof file against the ledger, and the ledger against itself.
fn ledger(scene: &Scene, found: &mut Found) {
    let folder = scene.folder.join("depositary").join("ledger");
    let ledger = match Ledger::open(&folder) {
        Ok(ledger) => ledger,
        Err(error) => {
            found.faults.push(format!("the ledger does not open: {error}"));
            return;
        }
    };
    let mut statements = BTreeMap::new();
    for submitter in &scene.submitters {
        statements.extend(lock(&submitter.shared.signed).iter().cloned());
    }
    let mut at = |position: u64, id: &StatementId| match ledger.entry(position).expect("readable") {
        None => found.lost += 1,
        Some(bytes) => {
            let statement = Entry::parse(&bytes).expect("an entry").statement;
            found.moved += usize::from(StatementId::from_bytes(sha256(statement)) != *id);
        }
    };
    let acknowledged = lock(&scene.acknowledged).clone();
    found.acknowledged = acknowledged.len();
    for (id, positions) in &acknowledged {
        for position in positions {
            at(*position, id);
        }
    }
    let policy = Policy::parse(scene.policy.as_bytes()).expect("a fixed policy");
    for submitter in &scene.submitters {
        let mut finals = 0;
        for (id, versions) in lock(&submitter.shared.proofs).iter() {
            let mut is_final = false;
            for bytes in versions {
                found.proofs += 1;
                match verified(scene, &ledger, &policy, &statements[id], bytes) {
                    Ok((position, done)) => {
                        is_final |= done;
                        let entry = ledger.entry(position).expect("readable");
                        let stands = entry.is_some_and(|entry| {
                            Entry::parse(&entry).is_ok_and(|entry| entry.statement == statements[id])
                        });
                        found.moved += usize::from(!stands);
                    }
                    Err(why) => found.faults.push(format!("{}: the proof of {id}: {why}", submitter.name)),
                }
            }
            finals += usize::from(is_final);
        }
        let signed = lock(&submitter.shared.signed).len();
        if finals != signed {
            found.faults.push(format!("{}: {signed} signed, {finals} final", submitter.name));
        }
        found.finals += finals;
    }
    found.entries = ledger.size();
    if found.entries < ENOUGH {
        found.faults.push(format!("only {} entries were recorded, too few to show anything", found.entries));
    }
    let source = LedgerSource::open(&folder).expect("readable");
    let report = audit(&source, &Options::default(), |_| {}).expect("an audit");
    if report.verdict != Verdict::Verified || report.replayed != ledger.size() {
        found.faults.push(format!("the ledger does not replay: {report}"));
    }
}

/// The position that a proof gives, and whether it is final: signed by the log, for a tree that the ledger begins with.
fn verified(
    scene: &Scene,
    ledger: &Ledger,
    policy: &Policy,
    statement: &[u8],
    bytes: &[u8],
) -> Result<(u64, bool), String> {
    let proof = ProofFile::parse(bytes).map_err(|e| e.to_string())?;
    let extra = proof.extra().ok_or("it has no fields of the entry")?;
    let leaf = leaf_hash(&Entry::from_extra(extra, statement).map_err(|e| e.to_string())?.encode());
    let checkpoint =
        SignedCheckpoint::open(proof.checkpoint(), &scene.log, &[]).map_err(|e| e.to_string())?;
    truce_tlog::verify_inclusion(proof.index(), checkpoint.size(), &leaf, proof.path(), checkpoint.root())
        .map_err(|e| e.to_string())?;
    let root = ledger.root_at(checkpoint.size()).map_err(|e| e.to_string())?;
    if root.as_bytes() != checkpoint.root().as_bytes() {
        return Err("the ledger does not begin with the tree that it was signed for".to_owned());
    }
    Ok((proof.index(), policy.check_for(proof.checkpoint(), &scene.log).is_ok()))
}

/// What was done to each, and what became of it.
fn table(scene: &Scene) {
    println!(
        "{:<14} {:>6} {:>7} {:>10} {:>7}  ended by itself",
        "process", "kills", "pauses", "disk full", "starts"
    );
    for (n, process) in scene.processes.iter().enumerate() {
        let s = scene.suffered[n];
        let ends: BTreeMap<String, usize> = process.ends.iter().fold(BTreeMap::new(), |mut ends, end| {
            let code = end.code.map_or("signal".to_owned(), |code| format!("exit {code}"));
            *ends.entry(code).or_default() += 1;
            ends
        });
        let ends: Vec<String> = ends.into_iter().map(|(code, count)| format!("{count} x {code}")).collect();
        println!(
            "{:<14} {:>6} {:>7} {:>10} {:>7}  {}",
            process.name,
            s.kills,
            s.pauses,
            s.full,
            process.starts,
            ends.join(", ")
        );
    }
    for (n, submitter) in scene.submitters.iter().enumerate() {
        let s = scene.suffered[scene.processes.len() + n];
        let runs = submitter.shared.runs.load(Ordering::Relaxed);
        let codes: Vec<String> =
            lock(&submitter.shared.codes).iter().map(|(code, count)| format!("{count} x {code}")).collect();
        println!(
            "{:<14} {:>6} {:>7} {:>10} {:>7}  {}",
            submitter.name,
            s.kills,
            s.pauses,
            "-",
            runs,
            codes.join(", ")
        );
    }
    println!(
        "the depositary's store stopped {} times, and it went on by itself {} times; {} times it waited for room to open it; \
         quorum {QUORUM} of {WITNESSES}",
        scene.said_of_itself(STOPPED),
        scene.said_of_itself(GOES_ON),
        scene.said_of_itself(WAITS)
    );
}
