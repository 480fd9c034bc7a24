//! What a witness remembers: races, damage, clocks, full disks, and that no sequence of requests makes it cosign a fork.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cloned_ref_to_slice_refs,
    clippy::too_many_lines
)]

mod support;

use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier};
use support::{NAME, NOW, ORIGIN, TestLog, cosigner, in_ms, open, schedules};
use truce_tlog::witness::origin_hash;
use truce_tlog::{Checkpoint, Cosigner, Hash, KeySchedule, KeyTurn, Note, SignedCheckpoint, VKey};
use truce_witness::{StateError, Witness, WitnessRefusal};

fn latest(witness: &Witness) -> Option<Checkpoint> {
    let note = witness.latest(&origin_hash(ORIGIN))?;
    Some(Checkpoint::parse(Note::parse(note.as_bytes()).unwrap().text()).unwrap())
}

fn record(folder: &Path) -> std::path::PathBuf {
    folder.join(origin_hash(ORIGIN).to_string())
}

fn size_on_disk(folder: &Path) -> u64 {
    let note = Note::parse(&fs::read(record(folder)).unwrap()).unwrap();
    Checkpoint::parse(note.text()).unwrap().size()
}

/// The message of the error with which opening fails.
fn refused(folder: &Path, logs: &[VKey]) -> StateError {
    Witness::open(folder, cosigner(2), schedules(logs), || in_ms(NOW)).unwrap_err()
}

#[test]
fn of_many_that_move_one_origin_from_one_size_exactly_one_wins() {
    const THREADS: u64 = 8;
    const STEPS: u64 = 6;
    let folder = tempfile::tempdir().unwrap();
    let mut log = TestLog::of(STEPS * THREADS + 1);
    let witness = open(folder.path(), &[log.vkey()]);
    let mut size = 0;
    for step in 0..STEPS {
        // Each thread asks for another tree from the same old size; half of the trees are of a fork.
        let branch = u8::try_from(step + 1).unwrap();
        let fork = log.fork(size, STEPS * THREADS + 1, branch);
        let requests: Vec<(u64, String)> = (0..THREADS)
            .map(|thread| {
                let to = step * THREADS + 1 + thread;
                let of = if thread % 2 == 0 || size == 0 { &log } else { &fork };
                (to, of.request(size, to))
            })
            .collect();
        let before = size;
        let together = Barrier::new(requests.len());
        let won: Vec<u64> = std::thread::scope(|scope| {
            let threads: Vec<_> = requests
                .iter()
                .map(|(to, request)| {
                    let (witness, folder, together) = (&witness, folder.path(), &together);
                    let race = move || {
                        together.wait();
                        witness.add_checkpoint(request.as_bytes())
                    };
                    scope.spawn(move || match race() {
                        Ok(_) => {
                            // On disk before the answer, and never behind it.
                            assert_eq!(size_on_disk(folder), *to);
                            Some(*to)
                        }
                        Err(WitnessRefusal::Stale { size }) => {
                            assert!(size > before || before == *to, "{size} {before} {to}");
                            None
                        }
                        Err(other) => panic!("{other}"),
                    })
                })
                .collect();
            threads.into_iter().filter_map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(won.len(), 1, "step {step}");
        size = won[0];
        let last = latest(&witness).unwrap();
        assert_eq!(last.size(), size);
        // A fork at the size cosigned last grows out of it too. If one of its trees won, it is the log from now on.
        if *last.root() != log.root(size) {
            assert_eq!(*last.root(), fork.root(size));
            log = fork;
        }
    }
}

#[test]
fn concurrent_growth_never_goes_backwards() {
    const SIZE: u64 = 60;
    let folder = tempfile::tempdir().unwrap();
    let log = TestLog::of(SIZE);
    let witness = open(folder.path(), &[log.vkey()]);
    let seen = AtomicU64::new(0);
    let answered = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..6_u64)
            .map(|thread| {
                let (witness, log, seen) = (&witness, &log, &seen);
                scope.spawn(move || {
                    let (mut old, mut answered) = (0, 0_u64);
                    while old < SIZE {
                        let to = (old + 1 + thread % 3).min(SIZE);
                        match witness.add_checkpoint(log.request(old, to).as_bytes()) {
                            Ok(_) => {
                                answered += 1;
                                let before = seen.fetch_max(to, Ordering::SeqCst);
                                let now = latest(witness).unwrap().size();
                                assert!(now >= to && now >= before, "{now} after {to} and {before}");
                                old = to;
                            }
                            Err(WitnessRefusal::Stale { size }) => {
                                assert!(size >= old, "the witness went back from {old} to {size}");
                                old = size;
                            }
                            Err(other) => panic!("{other}"),
                        }
                    }
                    answered
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum::<u64>()
    });
    assert!((SIZE / 3..=SIZE).contains(&answered), "{answered} steps were cosigned");
    assert_eq!(latest(&witness).unwrap().size(), SIZE);
}

#[test]
fn what_was_cosigned_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let log = TestLog::of(40);
    let mut other = TestLog::new("other.example", 3);
    other.grow(9, 0);
    let keys = [log.vkey(), other.vkey()];
    for (from, to) in [(0, 5), (5, 6), (6, 40)] {
        let witness = open(folder.path(), &keys);
        assert!(
            matches!(witness.add_checkpoint(log.request(to, to).as_bytes()), Err(WitnessRefusal::Stale { size }) if size == from)
        );
        witness.add_checkpoint(log.request(from, to).as_bytes()).unwrap();
        // As it is at the moment of the answer: a copy of the folder opens, and knows it.
        let copy = tempfile::tempdir().unwrap();
        for file in fs::read_dir(folder.path()).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
        }
        assert_eq!(latest(&open(copy.path(), &keys)).unwrap().size(), to);
    }
    let witness = open(folder.path(), &keys);
    witness.add_checkpoint(other.request(0, 9).as_bytes()).unwrap();
    drop(witness);
    // A log that is no longer known keeps its record, is served, and is cosigned no more.
    let witness = open(folder.path(), &[other.vkey()]);
    assert_eq!(latest(&witness).unwrap().size(), 40);
    assert!(matches!(
        witness.add_checkpoint(log.request(40, 40).as_bytes()),
        Err(WitnessRefusal::UnknownLog { .. })
    ));
    drop(witness);
    let witness = open(folder.path(), &keys);
    assert!(matches!(
        witness.add_checkpoint(log.request(0, 3).as_bytes()),
        Err(WitnessRefusal::Stale { size: 40 })
    ));
}

#[test]
fn what_was_being_written_when_the_process_ended_is_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let log = TestLog::of(9);
    open(folder.path(), &[log.vkey()]).add_checkpoint(log.request(0, 5).as_bytes()).unwrap();
    fs::write(folder.path().join(".tmp-7"), b"half a che").unwrap();
    let witness = open(folder.path(), &[log.vkey()]);
    assert_eq!(latest(&witness).unwrap().size(), 5);
    assert!(!folder.path().join(".tmp-7").exists());
    witness.add_checkpoint(log.request(5, 9).as_bytes()).unwrap();
}

#[test]
fn a_crash_between_record_and_index_is_healed() {
    let folder = tempfile::tempdir().unwrap();
    let log = TestLog::of(9);
    let index = folder.path().join("witness");
    let witness = open(folder.path(), &[log.vkey()]);
    let before = fs::read(&index).unwrap();
    witness.add_checkpoint(log.request(0, 5).as_bytes()).unwrap();
    drop(witness);
    let after = fs::read(&index).unwrap();
    assert_ne!(before, after);
    fs::write(&index, &before).unwrap();
    assert_eq!(latest(&open(folder.path(), &[log.vkey()])).unwrap().size(), 5);
    assert_eq!(fs::read(&index).unwrap(), after);
}

#[test]
fn two_cannot_use_one_state() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path(), &[]);
    let error = refused(folder.path(), &[]);
    assert!(matches!(error, StateError::Locked { .. }), "{error}");
    assert_eq!(error.code(), "witness-locked");
    drop(first);
    open(folder.path(), &[]);
}

#[test]
fn a_state_is_made_once_and_for_one_key() {
    let folder = tempfile::tempdir().unwrap();
    let new = folder.path().join("deep").join("state");
    assert!(matches!(
        Witness::open(&new, cosigner(2), Vec::new(), || in_ms(NOW)).unwrap_err(),
        StateError::Missing { .. }
    ));
    assert!(matches!(refused(folder.path(), &[]), StateError::Missing { .. }));
    Witness::create(&new, cosigner(2).vkey()).unwrap();
    assert!(matches!(Witness::create(&new, cosigner(2).vkey()), Err(StateError::NotEmpty { .. })));
    let other = Witness::open(&new, cosigner(3), Vec::new(), || in_ms(NOW)).unwrap_err();
    assert!(matches!(other, StateError::WrongKey { .. }), "{other}");
    let renamed = Cosigner::from_seed("witness.example/w2", &[2; 32]).unwrap();
    assert!(matches!(
        Witness::open(&new, renamed, Vec::new(), || in_ms(NOW)).unwrap_err(),
        StateError::WrongKey { .. }
    ));
}

#[test]
fn a_log_key_that_cannot_be_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    Witness::create(folder.path(), cosigner(2).vkey()).unwrap();
    let own = TestLog::new(ORIGIN, 2).vkey();
    assert!(matches!(refused(folder.path(), &[own]), StateError::LogKey { .. }));
    let of_cosigner = cosigner(4).vkey().clone();
    assert!(matches!(refused(folder.path(), &[of_cosigner]), StateError::LogKey { .. }));
}

#[test]
fn a_damaged_state_does_not_start_and_never_starts_again() {
    let folder = tempfile::tempdir().unwrap();
    let log = TestLog::of(9);
    let keys = [log.vkey()];
    let witness = open(folder.path(), &keys);
    witness.add_checkpoint(log.request(0, 5).as_bytes()).unwrap();
    let older = fs::read_to_string(record(folder.path())).unwrap();
    witness.add_checkpoint(log.request(5, 9).as_bytes()).unwrap();
    drop(witness);
    let good = fs::read_to_string(record(folder.path())).unwrap();
    let index = fs::read_to_string(folder.path().join("witness")).unwrap();
    let lines: Vec<&str> = good.lines().collect();
    let mut other = TestLog::new("other.example", 3);
    other.grow(9, 0);
    let stranger = Cosigner::from_seed(NAME, &[7; 32]).unwrap();
    let foreign = format!("{}{}\n", log.checkpoint(9), stranger.cosign(&log.checkpoint(9), NOW).unwrap());
    let of_other =
        format!("{}{}\n", other.checkpoint(9), cosigner(2).cosign(&other.checkpoint(9), NOW).unwrap());
    let at = lines[4].len() - 10;
    let letter = if &lines[4][at..=at] == "A" { "B" } else { "A" };
    let altered = format!("{}{letter}{}", &lines[4][..at], &lines[4][at + 1..]);
    let damages: Vec<(&str, &str, String)> = vec![
        ("record", "emptied", String::new()),
        ("record", "cut", good[..good.len() / 2].to_owned()),
        ("record", "one digit of the size", good.replacen("\n9\n", "\n8\n", 1)),
        (
            "record",
            "one letter of the root",
            good.replacen(lines[2], &lines[2].replacen(|c: char| c.is_ascii_lowercase(), "A", 1), 1),
        ),
        ("record", "without the line of the witness", good.replacen(&format!("{}\n", lines[5]), "", 1)),
        ("record", "with the line of another witness", foreign),
        ("record", "with the line of the log altered", good.replacen(lines[4], &altered, 1)),
        ("record", "of another log", of_other),
        ("record", "twice the line of the witness", format!("{good}{}\n", older.lines().nth(5).unwrap())),
        ("index", "emptied", String::new()),
        ("index", "another header", index.replacen("truce witness state 1", "truce witness state 2", 1)),
        ("index", "no vkey", index.replacen(&cosigner(2).vkey().to_string(), "vkey", 1)),
        ("index", "a line that is no hash", format!("{index}x\n")),
        ("index", "a line twice", format!("{index}{}\n", origin_hash(ORIGIN))),
        ("index", "an origin without a record", format!("{index}{}\n", Hash::from_bytes([0xff; 32]))),
        ("index", "no end", index.trim_end().to_owned()),
    ];
    let restore = || {
        fs::write(record(folder.path()), &good).unwrap();
        fs::write(folder.path().join("witness"), &index).unwrap();
    };
    for (file, what, text) in damages {
        assert!(text != good && text != index, "{file} {what}: nothing was damaged");
        let path = if file == "record" { record(folder.path()) } else { folder.path().join("witness") };
        fs::write(&path, text).unwrap();
        let error = refused(folder.path(), &keys);
        assert!(matches!(error, StateError::Damaged { .. }), "{file} {what}: {error}");
        assert_eq!(error.code(), "witness-damaged");
        restore();
    }
    // Gone altogether, or under another name.
    fs::remove_file(record(folder.path())).unwrap();
    assert!(matches!(refused(folder.path(), &keys), StateError::Damaged { .. }));
    restore();
    fs::rename(record(folder.path()), folder.path().join("record.old")).unwrap();
    assert!(matches!(
        refused(folder.path(), &keys),
        StateError::Stranger { .. } | StateError::Damaged { .. }
    ));
    fs::remove_file(folder.path().join("record.old")).unwrap();
    restore();
    fs::remove_file(folder.path().join("witness")).unwrap();
    assert!(matches!(refused(folder.path(), &keys), StateError::Damaged { .. }));
    restore();
    assert_eq!(latest(&open(folder.path(), &keys)).unwrap().size(), 9);
}

#[test]
fn when_the_state_cannot_be_written_nothing_is_cosigned_and_it_goes_on_later() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let log = TestLog::of(9);
    let witness = open(&state, &[log.vkey()]);
    witness.add_checkpoint(log.request(0, 5).as_bytes()).unwrap();
    // The folder is away: a new file cannot be made in it, whoever runs this.
    let away = folder.path().join("away");
    fs::rename(&state, &away).unwrap();
    let refused = witness.add_checkpoint(log.request(5, 9).as_bytes()).unwrap_err();
    assert_eq!((refused.status(), refused.code()), (503, "witness-file"));
    assert_eq!(latest(&witness).unwrap().size(), 5);
    assert!(witness.stopped().is_none());
    fs::rename(&away, &state).unwrap();
    witness.add_checkpoint(log.request(5, 9).as_bytes()).unwrap();
    assert_eq!(size_on_disk(&state), 9);
}

#[test]
fn when_it_is_open_what_the_disk_holds_the_witness_stops() {
    let folder = tempfile::tempdir().unwrap();
    let log = TestLog::of(9);
    let witness = open(folder.path(), &[log.vkey()]);
    // A directory in the place of the record: the rename fails.
    fs::create_dir(record(folder.path())).unwrap();
    let refused = witness.add_checkpoint(log.request(0, 5).as_bytes()).unwrap_err();
    assert_eq!((refused.status(), refused.code()), (503, "witness-stopped"));
    assert!(witness.stopped().is_some());
    fs::remove_dir(record(folder.path())).unwrap();
    let refused = witness.add_checkpoint(log.request(0, 5).as_bytes()).unwrap_err();
    assert_eq!(refused.code(), "witness-stopped");
}

#[test]
fn time_never_goes_back_between_two_cosignatures() {
    let folder = tempfile::tempdir().unwrap();
    let log = TestLog::of(9);
    Witness::create(folder.path(), cosigner(2).vkey()).unwrap();
    let now = Arc::new(AtomicU64::new(NOW));
    let clock = Arc::clone(&now);
    let witness = Witness::open(folder.path(), cosigner(2), schedules(&[log.vkey()]), move || {
        in_ms(clock.load(Ordering::SeqCst))
    })
    .unwrap();
    let at = |from, to, time| {
        now.store(time, Ordering::SeqCst);
        witness
            .add_checkpoint(log.request(from, to).as_bytes())
            .map(|line| u64::from_be_bytes(line.signature()[..8].try_into().unwrap()))
    };
    assert_eq!(at(0, 3, NOW).unwrap(), NOW);
    assert_eq!(at(3, 4, NOW - 60).unwrap(), NOW);
    assert_eq!(at(4, 4, NOW + 5).unwrap(), NOW + 5);
    // After a day that was none, the time of the last is used until the world has caught up.
    assert_eq!(at(4, 5, NOW + 86_400).unwrap(), NOW + 86_400);
    assert_eq!(at(5, 6, NOW + 6).unwrap(), NOW + 86_400);
    assert_eq!(at(6, 7, NOW + 86_401).unwrap(), NOW + 86_401);
}

/// A clock with a steady one beside it, both of which the test sets.
#[derive(Clone, Default)]
struct Clocks(Arc<(AtomicU64, AtomicU64)>);

impl Clocks {
    fn set(&self, now: u64, steady_s: u64) {
        self.0.0.store(now, Ordering::SeqCst);
        self.0.1.store(steady_s, Ordering::SeqCst);
    }
}

impl truce_witness::Clock for Clocks {
    fn now_ms(&self) -> i64 {
        in_ms(self.0.0.load(Ordering::SeqCst))
    }

    fn steady_ms(&self) -> Option<i64> {
        Some(i64::try_from(self.0.1.load(Ordering::SeqCst)).unwrap() * 1000)
    }
}

#[test]
fn a_clock_that_jumps_dates_no_cosignature_until_it_is_right_or_an_operator_says_so() {
    const DAY: u64 = 86_400;
    let folder = tempfile::tempdir().unwrap();
    let log = TestLog::of(20);
    Witness::create(folder.path(), cosigner(2).vkey()).unwrap();
    let clocks = Clocks::default();
    let open =
        || Witness::open(folder.path(), cosigner(2), schedules(&[log.vkey()]), clocks.clone()).unwrap();
    let time =
        |line: truce_tlog::NoteSignature| u64::from_be_bytes(line.signature()[..8].try_into().unwrap());
    let witness = open();
    clocks.set(NOW, 0);
    assert_eq!(time(witness.add_checkpoint(log.request(0, 3).as_bytes()).unwrap()), NOW);
    for jump in [3600, DAY, 3652 * DAY] {
        clocks.set(NOW + jump, 1);
        let refused = witness.add_checkpoint(log.request(3, 4).as_bytes()).unwrap_err();
        assert_eq!((refused.status(), refused.code()), (503, "clock-jumped"));
    }
    clocks.set(NOW + 2, 2);
    assert_eq!(time(witness.add_checkpoint(log.request(3, 4).as_bytes()).unwrap()), NOW + 2);
    drop(witness);
    // At a start, ten years are too much and a day is not; once it got in, the witness goes on.
    let witness = open();
    clocks.set(NOW + 3652 * DAY, 3);
    assert_eq!(witness.add_checkpoint(log.request(4, 5).as_bytes()).unwrap_err().code(), "clock-jumped");
    clocks.set(NOW + DAY, 4);
    assert_eq!(time(witness.add_checkpoint(log.request(4, 5).as_bytes()).unwrap()), NOW + DAY);
    clocks.set(NOW + 5, 5);
    assert_eq!(time(witness.add_checkpoint(log.request(5, 6).as_bytes()).unwrap()), NOW + DAY);
    drop(witness);
    let witness = open();
    assert_eq!(time(witness.add_checkpoint(log.request(6, 7).as_bytes()).unwrap()), NOW + DAY);
    clocks.set(NOW + 3652 * DAY, 6);
    assert_eq!(witness.add_checkpoint(log.request(7, 8).as_bytes()).unwrap_err().code(), "clock-jumped");
    witness.accept_clock();
    assert_eq!(time(witness.add_checkpoint(log.request(7, 8).as_bytes()).unwrap()), NOW + 3652 * DAY);
}

/// A log whose key 1 signs up to 5 leaves, and key 4 from `from` leaves on; and its keys.
fn rotated(from: u64) -> (TestLog, TestLog, KeySchedule) {
    let log = TestLog::of(12);
    let mut successor = TestLog::new(ORIGIN, 4);
    successor.grow(12, 0);
    let old = KeyTurn { key: log.vkey(), from: 0, until: Some(5) };
    let next = KeyTurn { key: successor.vkey(), from, until: None };
    let keys = KeySchedule::of_turns(vec![old, next]);
    (log, successor, keys)
}

fn told(folder: &Path, keys: &KeySchedule) -> Witness {
    if !folder.join("witness").exists() {
        Witness::create(folder, cosigner(2).vkey()).unwrap();
    }
    Witness::open(folder, cosigner(2), vec![keys.clone()], || in_ms(NOW)).unwrap()
}

/// A request with the lines of both keys.
fn by_both(log: &TestLog, successor: &TestLog, from: u64, to: u64) -> String {
    log.request(from, to) + &successor.checkpoint(to).note().signatures()[0].to_string() + "\n"
}

fn code(witness: &Witness, request: &str) -> (u16, &'static str) {
    let refusal = witness.add_checkpoint(request.as_bytes()).unwrap_err();
    (refusal.status(), refusal.code())
}

#[test]
fn every_key_in_force_must_have_signed_and_one_out_of_turn_says_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (log, successor, keys) = rotated(4);
    let witness = told(folder.path(), &keys);
    // Before its turn the next key is not enough; the old one is.
    assert_eq!(code(&witness, &successor.request(0, 3)), (403, "log-key-not-yet"));
    witness.add_checkpoint(log.request(0, 3).as_bytes()).unwrap();
    // In the overlap both must sign.
    for one in [&log, &successor] {
        assert_eq!(code(&witness, &one.request(3, 5)), (403, "log-signature-missing"));
    }
    witness.add_checkpoint(by_both(&log, &successor, 3, 5).as_bytes()).unwrap();
    let note = witness.latest(&origin_hash(ORIGIN)).unwrap();
    for key in keys.keys() {
        SignedCheckpoint::parse(note.as_bytes(), key, &[cosigner(2).vkey().clone()]).unwrap();
    }
    // Beyond its end the old key says nothing, whether it stands alone or beside the other; and is not stored.
    assert_eq!(code(&witness, &log.request(5, 8)), (403, "log-key-ended"));
    witness.add_checkpoint(by_both(&log, &successor, 5, 8).as_bytes()).unwrap();
    let note = witness.latest(&origin_hash(ORIGIN)).unwrap();
    assert!(SignedCheckpoint::parse(note.as_bytes(), &log.vkey(), &[]).is_err());
    // A line of it that fails is no more than no line.
    let failing = log.fork(0, 12, 7).checkpoint(9).note().signatures()[0].to_string();
    let request = successor.request(8, 9) + &failing + "\n";
    witness.add_checkpoint(request.as_bytes()).unwrap();
    assert_eq!(size_on_disk(folder.path()), 9);
    assert!(witness.astray().is_empty());
}

#[test]
fn a_running_witness_is_told_of_a_rotation_and_drops_the_old_key_at_once_for_good() {
    let folder = tempfile::tempdir().unwrap();
    let (log, successor, keys) = rotated(6);
    let witness = open(folder.path(), &[log.vkey()]);
    witness.add_checkpoint(log.request(0, 5).as_bytes()).unwrap();
    assert_eq!(code(&witness, &successor.request(5, 6)), (403, "untrusted"));
    assert!(witness.learn(&keys).unwrap());
    assert!(!witness.learn(&keys).unwrap(), "that is nothing new");
    // What it saw still binds it; the thief of the old key gets nothing more.
    assert_eq!(latest(&witness).unwrap().size(), 5);
    assert_eq!(code(&witness, &log.fork(5, 12, 7).request(5, 7)), (403, "log-key-ended"));
    assert_eq!(code(&witness, &successor.fork(3, 12, 7).request(5, 7)), (422, "inconsistent"));
    witness.add_checkpoint(successor.request(5, 6).as_bytes()).unwrap();
    drop(witness);

    // Started with what was known before the rotation, it goes on with what it was told since.
    let witness = open(folder.path(), &[log.vkey()]);
    assert_eq!(code(&witness, &log.request(6, 8)), (403, "log-key-ended"));
    witness.add_checkpoint(successor.request(6, 7).as_bytes()).unwrap();
    drop(witness);
    // The old key dropped by whoever names the keys, and nothing else said of it.
    let alone = KeySchedule::of_turns(vec![keys.turns()[1].clone()]);
    let witness = told(folder.path(), &alone);
    witness.add_checkpoint(successor.request(7, 8).as_bytes()).unwrap();
    drop(witness);
    // Another end than it was told is a contradiction, here and at a start.
    let witness = told(folder.path(), &keys);
    let mut turns = keys.turns().to_vec();
    turns[0].until = Some(9);
    let other = KeySchedule::of_turns(turns);
    assert_eq!(witness.learn(&other).unwrap_err().code(), "witness-keys-differ");
    drop(witness);
    let error = Witness::open(folder.path(), cosigner(2), vec![other], || in_ms(NOW)).unwrap_err();
    assert_eq!(error.code(), "witness-keys-differ");
    // A log that it does not know is not begun that way.
    let witness = told(folder.path(), &keys);
    let stranger = TestLog::new("log.example/other", 9).vkey();
    let error = witness.learn(&KeySchedule::always(stranger)).unwrap_err();
    assert_eq!(error.code(), "witness-unknown-log");
}

#[test]
fn a_witness_that_a_thief_led_astray_says_so_as_soon_as_it_knows() {
    let folder = tempfile::tempdir().unwrap();
    let (log, successor, keys) = rotated(6);
    let witness = open(folder.path(), &[log.vkey()]);
    witness.add_checkpoint(log.request(0, 5).as_bytes()).unwrap();
    let thief = log.fork(5, 12, 7);
    witness.add_checkpoint(thief.request(5, 7).as_bytes()).unwrap();
    assert!(witness.astray().is_empty(), "it was told nothing yet");
    witness.learn(&keys).unwrap();
    let astray = witness.astray();
    assert_eq!(
        (astray[0].origin.as_str(), astray[0].size, astray[0].why.code()),
        (ORIGIN, 7, "log-key-ended")
    );
    // It does not start again: the honest log is refused, by the form that every client knows.
    assert_eq!(code(&witness, &successor.request(5, 8)), (409, "stale"));
    assert_eq!(code(&witness, &successor.request(7, 8)), (422, "inconsistent"));
    drop(witness);
    assert_eq!(told(folder.path(), &keys).astray(), astray);
}

#[test]
fn a_damaged_list_of_keys_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let (_, _, keys) = rotated(6);
    drop(told(folder.path(), &keys));
    let path = folder.path().join(format!("{}.keys", origin_hash(ORIGIN)));
    let sound = fs::read_to_string(&path).unwrap();
    fs::write(&path, sound.replace(" 5\n", " -\n").trim_end()).unwrap();
    let error = Witness::open(folder.path(), cosigner(2), vec![keys.clone()], || in_ms(NOW)).unwrap_err();
    assert_eq!(error.code(), "witness-damaged");
    // Taken away, the witness knows what it is given, and what it cosigned.
    fs::remove_file(&path).unwrap();
    told(folder.path(), &keys);
    let twice =
        Witness::open(folder.path(), cosigner(2), vec![keys.clone(), keys], || in_ms(NOW)).unwrap_err();
    assert_eq!(twice.code(), "witness-log-twice");
}

/// One request: from which size, to which, of the log or of which fork, with or without its proof.
fn requests() -> impl Strategy<Value = Vec<(u64, u64, u8, bool, bool)>> {
    let request = (0u64..24, 0u64..24, 0u8..3, prop::bool::weighted(0.9), prop::bool::weighted(0.7));
    prop::collection::vec(request, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_sequence_of_requests_leads_to_cosignatures_on_inconsistent_trees(requests in requests(), restart in 1usize..9) {
        let honest = TestLog::of(24);
        let logs = [honest.clone(), honest.fork(7, 24, 1), honest.fork(15, 24, 2)];
        let folder = tempfile::tempdir().unwrap();
        let keys = [honest.vkey()];
        let mut witness = open(folder.path(), &keys);
        let mut cosigned: BTreeMap<u64, (u8, Hash)> = BTreeMap::new();
        let mut size = 0;
        for (n, (from, to, branch, with_proof, from_last)) in requests.into_iter().enumerate() {
            if n % restart == restart - 1 {
                drop(witness);
                witness = open(folder.path(), &keys);
            }
            // Mostly from where the witness stands, since others are refused early.
            let from = if from_last { size } else { from };
            let log = &logs[usize::from(branch)];
            let mut request = log.request(from.min(to), to);
            if !with_proof {
                request = format!("old {from}\n\n{}", log.checkpoint(to));
            }
            if let Ok(line) = witness.add_checkpoint(request.as_bytes()) {
                let mut checkpoint = log.checkpoint(to);
                checkpoint.add_cosignature(line, cosigner(2).vkey()).unwrap();
                prop_assert!(to >= size, "went back from {} to {}", size, to);
                size = to;
                // One root for each size, and one log that has all of them.
                if let Some((_, root)) = cosigned.insert(to, (branch, log.root(to))) {
                    prop_assert_eq!(root, log.root(to));
                }
                let holds_all = logs.iter().any(|log| cosigned.iter().all(|(size, (_, root))| log.root(*size) == *root));
                prop_assert!(holds_all, "cosigned two logs: {:?}", cosigned);
            }
        }
        prop_assert_eq!(latest(&witness).map_or(0, |last| last.size()), size);
    }
}
