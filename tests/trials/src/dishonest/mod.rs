//! The dishonest depositary: real processes of `truce` around a depositary that forks, drops, back-dates, rolls back or
//! withholds. Each run must end with an alarm of the monitor, and where the log signed in contradiction to itself, with a
//! fraud proof that holds offline, of this log and no other, and not with one byte altered. An honest network under the
//! same eyes must end without any alarm.

mod attacks;
mod cast;
mod forged;
mod front;
mod proof;

use attacks::{ALL, Attack};
use cast::{Alarm, Cast};
use std::collections::BTreeSet;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Networks at a time. They wait more than they work.
const AT_ONCE: usize = 2;
/// The longest until the alarm: several times the monitor's own patience.
const PATIENCE: Duration = Duration::from_secs(60);
/// What comes after the alarm is waited for so long.
const AFTER: Duration = Duration::from_secs(2);

/// What became of one run.
struct Row {
    name: &'static str,
    alarms: BTreeSet<String>,
    proofs: BTreeSet<String>,
    noticed: BTreeSet<String>,
    /// Why it counts as missed.
    missed: Option<String>,
    /// Alarms that nothing justifies.
    false_alarms: Vec<String>,
}

/// Tries every attack; with words, those alone whose names have one of them, and the honest run for `honest`.
#[must_use]
pub fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let wanted = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(word.as_str()));
    let attacks: Vec<&Attack> = ALL.iter().filter(|attack| wanted(attack.name)).collect();
    let control = wanted("honest").then_some(None);
    let runs: Vec<Option<&Attack>> = control.into_iter().chain(attacks.iter().copied().map(Some)).collect();
    let (next, rows) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let start = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(run) = runs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let row = match run {
                        Some(attack) => against(attack),
                        None => control_run(),
                    };
                    tell(&row);
                    rows.lock().expect("no panic").push(row);
                }
            });
        }
    });
    let mut rows = rows.into_inner().expect("no panic");
    rows.sort_by_key(|row| ALL.iter().position(|attack| attack.name == row.name));
    print(&rows);
    let missed = rows.iter().filter(|row| row.missed.is_some()).count();
    let false_alarms: usize = rows.iter().map(|row| row.false_alarms.len()).sum();
    let broken = rows.iter().any(|row| row.name == HONEST && row.missed.is_some());
    let tried = attacks.len();
    let missed = missed - usize::from(broken);
    println!("{:.0} s", start.elapsed().as_secs_f64());
    println!("tried {tried}, caught {}, missed {missed}, false alarms {false_alarms}", tried - missed);
    if missed + false_alarms == 0 && !broken { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

const HONEST: &str = "honest network, the same eyes";

fn against(attack: &Attack) -> Row {
    let mut cast = Cast::new();
    let mut row = Row::new(attack.name);
    row.false_alarms =
        cast.alarms().iter().map(|alarm| format!("before anything was done: {alarm}")).collect();
    (attack.run)(&mut cast);
    let end = Instant::now() + PATIENCE;
    while !cast.alarms().iter().any(|alarm| alarm.code == attack.code) && Instant::now() < end {
        if let Some(why) = cast.monitor_ended() {
            row.missed = Some(format!("the monitor has ended: {why}"));
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    std::thread::sleep(AFTER);
    row.see(&mut cast, attack.doubt);
    let (missed, false_alarms) = judge(attack, &cast.alarms(), &row.proofs);
    row.missed = row.missed.or(missed);
    row.false_alarms.extend(false_alarms);
    row
}

/// Why an attack counts as missed, if it does, and the alarms that nothing justifies.
fn judge(attack: &Attack, alarms: &[Alarm], proofs: &BTreeSet<String>) -> (Option<String>, Vec<String>) {
    let is_right = |alarm: &&Alarm| alarm.code == attack.code || attack.beside.contains(&alarm.code.as_str());
    let mut false_alarms: Vec<String> =
        alarms.iter().filter(|alarm| !is_right(alarm)).map(ToString::to_string).collect();
    // What nobody can prove must not be proven: a file would be a fault of the format.
    if attack.proof.is_none() && !proofs.is_empty() {
        false_alarms.push("a fraud proof of what leaves no proof".to_owned());
    }
    let missed = if alarms.iter().any(|alarm| alarm.code == attack.code) {
        attack.proof.filter(|kind| !proofs.contains(*kind)).map(|kind| format!("no fraud proof `{kind}`"))
    } else {
        Some(format!("no alarm `{}`", attack.code))
    };
    (missed, false_alarms)
}

fn control_run() -> Row {
    let mut cast = Cast::new();
    let mut row = Row::new(HONEST);
    attacks::honest(&mut cast);
    if let Some(why) = cast.monitor_ended() {
        row.missed = Some(format!("the monitor has ended: {why}"));
    }
    row.see(&mut cast, false);
    row.false_alarms.extend(cast.alarms().iter().map(ToString::to_string));
    row.false_alarms.extend(row.proofs.iter().map(|kind| format!("a fraud proof of an honest log: {kind}")));
    row
}

impl Row {
    fn new(name: &'static str) -> Self {
        Self {
            name,
            alarms: BTreeSet::new(),
            proofs: BTreeSet::new(),
            noticed: BTreeSet::new(),
            missed: None,
            false_alarms: Vec::new(),
        }
    }

    /// Alarms, proofs, and what others noticed.
    fn see(&mut self, cast: &mut Cast, doubt: bool) {
        let succession = cast.succession();
        self.alarms.extend(cast.alarms().into_iter().map(|alarm| alarm.code));
        for file in cast.proofs() {
            match proof::judge(&file, &cast.charter, succession.as_deref()) {
                Ok((kind, found)) if found == doubt => drop(self.proofs.insert(kind)),
                Ok((kind, found)) => {
                    self.missed = Some(format!("{kind}: in doubt: {found}, and should be: {doubt}"));
                }
                Err(why) => self.missed = Some(format!("{}: {why}", file.display())),
            }
        }
        cast.note_mirrors();
        self.noticed.extend(cast.noticed.drain(..));
    }
}

impl std::fmt::Display for Alarm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} at {}: {}", self.code, self.place, self.sentence)
    }
}

fn listed(words: &BTreeSet<String>) -> String {
    if words.is_empty() { "-".to_owned() } else { words.iter().cloned().collect::<Vec<_>>().join(", ") }
}

/// One line as soon as a run has ended.
fn tell(row: &Row) {
    let word = if row.missed.is_some() { "MISSED" } else { "ok" };
    println!("{word:<6} {}", row.name);
    for why in row.missed.iter().chain(&row.false_alarms) {
        println!("       {why}");
    }
}

fn print(rows: &[Row]) {
    println!("\n{:<55} {:<26} {:<14} others", "what the depositary does", "the monitor's alarms", "proven");
    for row in rows {
        let (alarms, proofs, noticed) = (listed(&row.alarms), listed(&row.proofs), listed(&row.noticed));
        println!("{:<55} {alarms:<26} {proofs:<14} {noticed}", row.name);
    }
    for row in rows {
        if let Some(why) = &row.missed {
            println!("MISSED {}: {why}", row.name);
        }
        for alarm in &row.false_alarms {
            println!("FALSE ALARM {}: {alarm}", row.name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alarms(codes: &[&str]) -> Vec<Alarm> {
        let alarm = |code: &&str| Alarm { code: (*code).to_owned(), place: "a".into(), sentence: "s".into() };
        codes.iter().map(alarm).collect()
    }

    fn named(name: &str) -> &'static Attack {
        ALL.iter().find(|attack| attack.name.starts_with(name)).expect("an attack")
    }

    #[test]
    fn an_attack_without_its_alarm_or_its_proof_is_missed_and_any_other_alarm_is_false() {
        let (fork, withheld) = (named("fork for one reader: same"), named("tiles withheld"));
        let (none, proof) = (BTreeSet::new(), BTreeSet::from(["fork".to_owned()]));
        assert_eq!(judge(fork, &alarms(&["fork", "not-final"]), &proof), (None, Vec::new()));
        assert!(judge(fork, &alarms(&["not-final"]), &proof).0.is_some());
        assert!(judge(fork, &alarms(&["fork"]), &none).0.is_some());
        assert_eq!(judge(fork, &alarms(&["fork", "other-log"]), &proof).1.len(), 1);
        assert_eq!(judge(withheld, &alarms(&["withheld"]), &none), (None, Vec::new()));
        assert_eq!(judge(withheld, &alarms(&["withheld"]), &proof).1.len(), 1);
    }

    #[test]
    fn every_attack_has_a_name_of_its_own() {
        let names: BTreeSet<&str> = ALL.iter().map(|attack| attack.name).collect();
        assert_eq!(names.len(), ALL.len());
    }
}
