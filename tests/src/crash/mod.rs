//! Crashes: a child process appends and prints every receipt it gets; it is stopped in the middle, and then every
//! receipt it printed must be found at its position, and the ledger must open and verify.
//!
//! - *killed*: SIGKILL at a random moment.
//! - *full*: the disk has no room left from the n-th write on.
//! - *clock*: the time of day jumps an hour, a day, ten years ahead and back, while the child appends, and over a restart.
//!   It is killed each time; nothing is dated ten years ahead, and with the right clock it goes on.
//! - *fsync*: syncs fail from the n-th on; the depositary must stop, and acknowledge nothing behind it.
//!
//! The faults are made by a small library that is loaded before libc (`fault.c`), so that the real RocksDB meets them.

mod child;
pub mod fault;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use truce_audit::{LedgerSource, Options, Verdict, audit};
use truce_log::Ledger;
use truce_statement::{Entry, Statement};

/// A ledger is started anew after so many stops, to keep the audits short.
const STOPS_PER_LEDGER: u32 = 10;

/// Rounds with each of the faults.
const FAULT_ROUNDS: u32 = 6;

/// Runs the rounds. `--kills N`, 200 where absent; `--seed N` to repeat a run.
#[must_use]
pub fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| args.iter().position(|a| a == name).and_then(|i| args.get(i + 1)).cloned();
    if let Some(folder) = value("--child") {
        return child::run(Path::new(&folder));
    }
    let kills: u32 = value("--kills").map_or(200, |n| n.parse().expect("--kills takes a number"));
    let seed: u64 =
        value("--seed").map_or_else(|| u64::from(std::process::id()), |n| n.parse().expect("a number"));
    println!("seed {seed}");
    let mut random = Random(seed);
    let folder = tempfile::Builder::new().prefix("truce-crash-").tempdir().expect("a temporary folder");
    let start = Instant::now();
    let mut totals = Totals::default();
    for round in 0..kills {
        let ledger = folder.path().join(format!("killed-{}", round / STOPS_PER_LEDGER));
        let stop = Stop::Kill(Duration::from_micros(30_000 + random.below(400_000)));
        totals.add(&round_of(&ledger, &stop, None), "killed");
        if (round + 1) % STOPS_PER_LEDGER == 0 {
            println!(
                "{:>4} kills, {:>7} receipts checked, {:>5.1} s",
                round + 1,
                totals.receipts,
                start.elapsed().as_secs_f64()
            );
            std::fs::remove_dir_all(&ledger).expect("removed");
        }
    }
    let library = fault::build(folder.path());
    for kind in ["full", "fsync"] {
        let ledger = folder.path().join(kind);
        for _ in 0..FAULT_ROUNDS {
            let after = 20 + random.below(400);
            let fault = fault::Fault { library: &library, kind, after };
            totals.add(&round_of(&ledger, &Stop::ByItself, Some(&fault)), kind);
        }
    }
    let mut clock_faults = 0;
    for _ in 0..FAULT_ROUNDS / 3 {
        clock_faults += clock_rounds(folder.path(), &library, &mut totals);
    }
    println!("stops by cause: {:?}", totals.stops);
    println!("jumps of the clock {}, faults {clock_faults}", FAULT_ROUNDS / 3 * 6);
    println!(
        "kills {kills}, faults {}, receipts {}, lost {}, moved {}, ledgers that did not open or verify {}",
        FAULT_ROUNDS * 2,
        totals.receipts,
        totals.lost,
        totals.moved,
        totals.broken
    );
    let good = totals.lost + totals.moved + totals.broken + clock_faults == 0 && totals.receipts > 0;
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Seconds by which the clock jumps.
const JUMPS: [i64; 3] = [3_600, 86_400, 3652 * 86_400];

/// One ledger whose clock jumps, at rest and over restarts; gives the number of faults.
fn clock_rounds(folder: &Path, library: &Path, totals: &mut Totals) -> u64 {
    let (ledger, shift) = (folder.join("clock"), folder.join("shift"));
    let _ = std::fs::remove_dir_all(&ledger);
    let set = |ahead: i64| {
        std::fs::write(folder.join("shift.next"), ahead.to_string()).expect("written");
        std::fs::rename(folder.join("shift.next"), &shift).expect("renamed");
    };
    let mut faults = 0;
    let mut live = |at_start: i64, later: &[i64], goes_on: bool| {
        set(at_start);
        let mut command = child_on(&ledger);
        fault::shift_clock(&mut command, library, &shift);
        let (receipts, said) = life_of(command, |child, receipts| {
            // Until it has given its first receipts, where it should.
            let deadline = Instant::now() + Duration::from_secs(30);
            while goes_on && receipts() == 0 && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(5));
            }
            std::thread::sleep(Duration::from_millis(200));
            for ahead in later {
                set(*ahead);
                std::thread::sleep(Duration::from_millis(200));
            }
            let before = receipts();
            while goes_on && receipts() == before && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(5));
            }
            let went_on = !goes_on || receipts() > before;
            child.kill().expect("killed");
            child.wait().expect("waited for");
            if went_on { "dead".to_owned() } else { "it did not go on".to_owned() }
        });
        set(0);
        let round = inquest(&ledger, &receipts, said);
        faults += u64::from(round.said != "dead");
        totals.add(&round, "clock");
    };
    for jump in JUMPS {
        live(0, &[jump, 0], true);
        // A time ten years ahead is not believed at a start; an hour or a day may have passed.
        live(jump, &[], jump < JUMPS[2]);
        live(0, &[], true);
    }
    faults += u64::from(dated_beyond(&ledger, 2 * 86_400_000));
    faults
}

/// Whether an entry is dated further ahead than `most`, milliseconds.
fn dated_beyond(folder: &Path, most: i64) -> bool {
    let last = Ledger::open(folder).expect("readable").register().received();
    last > truce_clock::now_ms() + most
}

/// How the child comes to its end.
enum Stop {
    Kill(Duration),
    ByItself,
}

#[derive(Default)]
struct Totals {
    receipts: u64,
    lost: u64,
    moved: u64,
    broken: u64,
    stops: BTreeMap<String, u32>,
}

struct Round {
    receipts: u64,
    lost: u64,
    moved: u64,
    broken: bool,
    said: String,
}

impl Totals {
    fn add(&mut self, round: &Round, cause: &str) {
        self.receipts += round.receipts;
        self.lost += round.lost;
        self.moved += round.moved;
        self.broken += u64::from(round.broken);
        *self.stops.entry(format!("{cause}: {}", round.said)).or_default() += 1;
    }
}

/// One life of the child on the ledger in `folder`, and the inquest.
fn round_of(folder: &Path, stop: &Stop, fault: Option<&fault::Fault<'_>>) -> Round {
    let mut command = child_on(folder);
    if let Some(fault) = fault {
        fault.arm(&mut command);
    }
    let (receipts, said) = life_of(command, |child, _| match stop {
        Stop::Kill(after) => {
            std::thread::sleep(*after);
            child.kill().expect("killed");
            child.wait().expect("waited for");
            "dead".to_owned()
        }
        Stop::ByItself => {
            let deadline = Instant::now() + Duration::from_secs(60);
            while child.try_wait().expect("waited for").is_none() {
                if Instant::now() > deadline {
                    child.kill().expect("killed");
                }
                std::thread::sleep(Duration::from_millis(5));
            }
            let mut text = String::new();
            let mut errors = child.stderr.take().expect("piped");
            std::io::Read::read_to_string(&mut errors, &mut text).expect("text");
            text.lines().last().unwrap_or("nothing").chars().take(60).collect()
        }
    });
    inquest(folder, &receipts, said)
}

fn child_on(folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program has a path"));
    command.arg("--child").arg(folder).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Receipts as the child printed them: position and statement id.
type Receipts = Vec<(u64, String)>;

/// Runs the child until `end` has brought it to its end, and gives what it printed, and what `end` says.
fn life_of(
    mut command: Command,
    end: impl FnOnce(&mut Child, &dyn Fn() -> usize) -> String,
) -> (Receipts, String) {
    let mut child = command.spawn().expect("the child starts");
    let receipts = Arc::new(Mutex::new(Vec::new()));
    let reader = {
        let (lines, receipts) = (BufReader::new(child.stdout.take().expect("piped")), Arc::clone(&receipts));
        std::thread::spawn(move || {
            // The last line may be cut short by the kill; a receipt counts when its line is whole.
            for line in lines.lines().map_while(Result::ok) {
                if let Some((position, id)) = line.strip_suffix('.').and_then(|l| l.split_once(' ')) {
                    let position: u64 = position.parse().expect("a position");
                    receipts.lock().expect("no panic").push((position, id.to_owned()));
                }
            }
        })
    };
    let said = end(&mut child, &|| receipts.lock().expect("no panic").len());
    reader.join().expect("no panic");
    let receipts = Arc::into_inner(receipts).expect("one owner").into_inner().expect("no panic");
    (receipts, said)
}

/// Opens the ledger, looks for every receipt at its position, and replays everything.
fn inquest(folder: &Path, receipts: &[(u64, String)], said: String) -> Round {
    let mut round = Round { receipts: receipts.len() as u64, lost: 0, moved: 0, broken: false, said };
    if !child::opens(folder) {
        // Killed before the ledger was made: nothing was promised.
        round.broken = !receipts.is_empty();
        return round;
    }
    let ledger = match Ledger::open(folder) {
        Ok(ledger) => ledger,
        Err(error) => {
            println!("the ledger does not open: {error}");
            round.broken = true;
            return round;
        }
    };
    for (position, id) in receipts {
        match ledger.entry(*position).expect("readable") {
            None => round.lost += 1,
            Some(bytes) => {
                let statement = Entry::parse(&bytes).expect("an entry").statement;
                let found = Statement::parse(statement).expect("a statement").id().to_string();
                round.moved += u64::from(found != *id);
            }
        }
    }
    if ledger.size() >= 2 {
        let source = LedgerSource::open(folder).expect("readable");
        let report = audit(&source, &Options::default(), |_| {}).expect("an audit");
        if report.verdict != Verdict::Verified || report.replayed != ledger.size() {
            println!("{report}");
            round.broken = true;
        }
    }
    round
}

/// `SplitMix64`: enough to choose moments with, and repeatable.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }
}
