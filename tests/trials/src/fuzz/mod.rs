//! A mutation fuzzer for every decoder (`cargo xtask fuzz [--seconds N]`), on the stable toolchain.
//!
//! libFuzzer needs a nightly compiler and a sanitizer runtime; so inputs are chosen by a cheaper signal than covered
//! branches: each run ends in a word (which refusal, where, of which kind of statement), and an input that leads to a
//! word not seen before joins the corpus. Decoders here name dozens of reasons, so the signal is a fine one. Inputs come
//! from the test vectors, the templates and `fixtures/fuzz-corpus/`, altered as bytes, as text and as trees of CBOR.
//!
//! A run fails when it panics, breaks a law (accepted bytes are written back as they came; nothing altered passes for
//! signed), or takes longer than ten seconds. The input is then kept under `fixtures/fuzz-failures/`.

mod evidence;
pub(crate) mod mutate;
mod targets;

use mutate::{Random, mutate};
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use targets::Target;

const USAGE: &str = "usage: fuzz [--seconds N] [--target NAME] [--seed N] [--replay FILE] [--keep]
  tries every decoder for N seconds (5 unless told), as many at once as there are cores
  --target NAME  that one only           --seed N      chooses as an earlier run did
  --replay FILE  runs one input and exits (with --target)
  --keep         writes inputs that led to something new to fixtures/fuzz-corpus/";

/// Longest that one run may take.
const TOO_LONG: Duration = Duration::from_secs(10);
/// Most inputs in one corpus: names of unknown fields make endings without end.
const MOST_KEPT: usize = 4096;
/// Most files that one target writes in one run with `--keep`.
const MOST_FILES: usize = 16;
/// Distinct failures after which a target is given up.
const ENOUGH_FAILURES: usize = 5;

struct Options {
    seconds: u64,
    target: Option<String>,
    seed: u64,
    replay: Option<PathBuf>,
    keep: bool,
}

impl Options {
    fn parse(args: impl Iterator<Item = String>) -> Result<Self, String> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
        let mut options = Self { seconds: 5, target: None, seed: now, replay: None, keep: false };
        let mut args = args;
        while let Some(arg) = args.next() {
            let mut value = || args.next().ok_or(format!("{arg} needs a value"));
            let number = |text: String| text.parse().map_err(|_| format!("`{text}` is not a number"));
            match arg.as_str() {
                "--seconds" => options.seconds = number(value()?)?,
                "--seed" => options.seed = number(value()?)?,
                "--target" => options.target = Some(value()?),
                "--replay" => options.replay = Some(value()?.into()),
                "--keep" => options.keep = true,
                other => return Err(format!("no such argument: {other}")),
            }
        }
        Ok(options)
    }
}

/// What became of one target.
struct Outcome {
    name: &'static str,
    runs: u64,
    words: usize,
    failures: Vec<String>,
}

/// The program `fuzz`.
#[must_use]
pub fn main() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(fault) => {
            eprintln!("{fault}\n{USAGE}");
            return ExitCode::from(1);
        }
    };
    let all = || targets::TARGETS.iter().chain(evidence::TARGETS);
    let chosen: Vec<&Target> =
        all().filter(|target| options.target.as_deref().is_none_or(|name| name == target.name)).collect();
    if chosen.is_empty() {
        let names: Vec<&str> = all().map(|target| target.name).collect();
        eprintln!("no such target; there are {}", names.join(", "));
        return ExitCode::from(1);
    }
    if let (Some(file), [target]) = (&options.replay, chosen.as_slice()) {
        println!("{}", (target.run)(&std::fs::read(file).expect("a file to replay")));
        return ExitCode::SUCCESS;
    }
    println!("seed {}, {} seconds for each of {} targets", options.seed, options.seconds, chosen.len());
    // What a failing run has to say is printed once, with its input.
    std::panic::set_hook(Box::new(|_| {}));
    let outcomes = run_all(&chosen, &options);
    drop(std::panic::take_hook());
    let runs: u64 = outcomes.iter().map(|outcome| outcome.runs).sum();
    let failures: usize = outcomes.iter().map(|outcome| outcome.failures.len()).sum();
    println!("targets {}, runs {runs}, failures {failures}", outcomes.len());
    if failures == 0 { ExitCode::SUCCESS } else { ExitCode::from(3) }
}

fn run_all(chosen: &[&Target], options: &Options) -> Vec<Outcome> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(chosen.len());
    let (next, done) = (AtomicUsize::new(0), AtomicBool::new(false));
    let watches: Vec<Watch> = (0..threads).map(|_| Watch::default()).collect();
    std::thread::scope(|scope| {
        let workers: Vec<_> = watches
            .iter()
            .map(|watch| {
                let next = &next;
                scope.spawn(move || {
                    let mut outcomes = Vec::new();
                    while let Some(target) = chosen.get(next.fetch_add(1, Ordering::Relaxed)) {
                        outcomes.push(run_caught(target, options, watch));
                    }
                    outcomes
                })
            })
            .collect();
        scope.spawn(|| stand_guard(&watches, &done));
        let outcomes =
            workers.into_iter().flat_map(|worker| worker.join().expect("workers catch panics")).collect();
        done.store(true, Ordering::Relaxed);
        outcomes
    })
}

/// What a thread is at, for the guard to see.
#[derive(Default)]
struct Watch {
    /// Milliseconds since the program began at which the run began; 0 between runs.
    since: AtomicU64,
    input: Mutex<(&'static str, Vec<u8>)>,
}

static BEGAN: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);

fn now() -> u64 {
    u64::try_from(BEGAN.elapsed().as_millis()).unwrap_or(u64::MAX).max(1)
}

/// A run that never ends cannot be caught; it can be named.
fn stand_guard(watches: &[Watch], done: &AtomicBool) {
    while !done.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(200));
        for watch in watches {
            let since = watch.since.load(Ordering::Relaxed);
            if since > 0
                && now().saturating_sub(since) > u64::try_from(TOO_LONG.as_millis()).unwrap_or(u64::MAX)
            {
                let (name, input) = watch.input.lock().expect("nobody panics with it").clone();
                let kept = keep_failure(name, &input);
                println!("{name}: one run takes over {TOO_LONG:?}; input kept as {}", kept.display());
                std::process::exit(3);
            }
        }
    }
}

/// A target whose seeds cannot be read has failed: it must neither pass nor hold up the others.
fn run_caught(target: &Target, options: &Options, watch: &Watch) -> Outcome {
    catch_unwind(AssertUnwindSafe(|| run(target, options, watch))).unwrap_or_else(|panic| {
        watch.since.store(0, Ordering::Relaxed);
        let message = format!("outside a run: {}", message(panic.as_ref()));
        println!("{}: {message}", target.name);
        Outcome { name: target.name, runs: 0, words: 0, failures: vec![message] }
    })
}

fn run(target: &Target, options: &Options, watch: &Watch) -> Outcome {
    let mut corpus = (target.seeds)();
    corpus.extend(kept_inputs(target.name));
    let mut random = Random::new(options.seed ^ target.name.bytes().fold(0, |n, b| n << 5 ^ u64::from(b)));
    let mut outcome = Outcome { name: target.name, runs: 0, words: 0, failures: Vec::new() };
    let mut words = HashSet::new();
    let end = Instant::now() + Duration::from_secs(options.seconds);
    let (mut seeds, mut kept) = (0..corpus.len(), 0);
    while Instant::now() < end && outcome.failures.len() < ENOUGH_FAILURES {
        let seed = seeds.next();
        let input = match seed {
            Some(n) => corpus[n].clone(),
            None => mutate(&mut random, target.shape, &corpus, target.longest),
        };
        watch.input.lock().expect("nobody panics with it").clone_from(&(target.name, input.clone()));
        watch.since.store(now(), Ordering::Relaxed);
        let result = catch_unwind(AssertUnwindSafe(|| (target.run)(&input)));
        watch.since.store(0, Ordering::Relaxed);
        outcome.runs += 1;
        match result {
            Ok(word) => {
                if words.insert(word) && seed.is_none() && corpus.len() < MOST_KEPT {
                    if options.keep && input.len() <= 256 && kept < MOST_FILES {
                        kept += 1;
                        keep_input(target.name, &input);
                    }
                    corpus.push(input);
                }
            }
            Err(panic) => {
                let message = message(panic.as_ref());
                let first = |text: &str| text.lines().next().map(str::to_owned);
                if outcome.failures.iter().all(|known| first(known) != first(&message)) {
                    let kept = keep_failure(target.name, &input);
                    println!("{}: {message}\n    input kept as {}", target.name, kept.display());
                    outcome.failures.push(message);
                }
            }
        }
    }
    outcome.words = words.len();
    let Outcome { name, runs, words, failures } = &outcome;
    println!("{name:<16}{runs:>10} runs{words:>6} different ends{:>4} failures", failures.len());
    outcome
}

fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without a message");
    text.chars().take(300).collect()
}

fn fixtures(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(folder)
}

fn keep(folder: &str, target: &str, input: &[u8]) -> PathBuf {
    let folder = fixtures(folder).join(target);
    let path = folder.join(&hex::encode(truce_statement::id::sha256(input))[..16]);
    std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::write(&path, input))
        .expect("fixtures are writable");
    path
}

fn keep_failure(target: &str, input: &[u8]) -> PathBuf {
    keep("fuzz-failures", target, input)
}

fn keep_input(target: &str, input: &[u8]) {
    keep("fuzz-corpus", target, input);
}

/// Inputs of earlier runs, failures among them: what was mended once is tried first ever after.
fn kept_inputs(target: &str) -> Vec<Vec<u8>> {
    let folders = ["fuzz-corpus", "fuzz-failures"].map(|folder| fixtures(folder).join(target));
    let files = folders.iter().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten().flatten();
    let mut all: Vec<Vec<u8>> = files.filter_map(|file| std::fs::read(file.path()).ok()).collect();
    all.sort();
    all
}
