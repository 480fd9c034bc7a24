//! The measurements of `cargo xtask bench`.

mod append;
mod cpu;
mod explorer;
mod grants;
mod raw;
mod readers;
mod replay;
mod service;
mod statements;

use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Appends in the group that is measured.
const APPENDS: u32 = 100_000;
/// Concurrent submitters.
const SUBMITTERS: u32 = 256;
/// Entries of the large ledger.
const LARGE: u32 = 1_000_000;
/// Entries of the small one.
const SMALL: u32 = 10_000;

/// Runs every measurement and prints a table, or with `--json` one document.
pub fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let Some(at) = args.iter().position(|a| a == "--replay-of") {
        replay::child(Path::new(&args[at + 1]));
        return;
    }
    if let Some(at) = args.iter().position(|a| a == "--open-of") {
        append::child_open(Path::new(&args[at + 1]));
        return;
    }
    if let Some(at) = args.iter().position(|a| a == "--explore") {
        explorer::child(Path::new(&args[at + 1]));
        return;
    }
    if let Some(at) = args.iter().position(|a| a == "--explorer") {
        let entries = args.get(at + 1).and_then(|n| n.parse().ok()).unwrap_or(LARGE);
        match args.get(at + 2) {
            // A folder that is kept, so that the ledger need not be made again.
            Some(folder) => explorer::main(Path::new(folder), entries),
            None => explorer::main(tempfile::tempdir().expect("a temporary folder").path(), entries),
        }
        return;
    }
    let json = args.iter().any(|a| a == "--json");
    let quick = args.iter().any(|a| a == "--quick");
    let has = |flag: &str| args.iter().any(|a| a == flag);
    let scale = if quick { 20 } else { 1 };
    let folder = tempfile::Builder::new().prefix("truce-bench-").tempdir().expect("a temporary folder");
    let mut results = Map::new();
    let only = ["--append-only", "--explorer-only", "--grants-only", "--service-only"];
    let wanted = |part: &str| has(part) || !only.iter().any(|other| has(other));
    if wanted("--service-only") {
        service::measure(&folder.path().join("service"), scale, json, &mut results);
    }
    if wanted("--append-only") {
        settle_disk();
        results.extend(run(folder.path(), scale, has("--append-only"), json));
    }
    if wanted("--grants-only") {
        settle_disk();
        let against = args.iter().position(|a| a == "--against").and_then(|at| args.get(at + 1));
        grants::measure(&folder.path().join("grants"), scale, against.map(PathBuf::from), json, &mut results);
    }
    if wanted("--explorer-only") {
        settle_disk();
        let kept = args.iter().position(|a| a == "--ledger").and_then(|at| args.get(at + 1));
        let place = kept.map_or_else(|| folder.path().join("explored"), PathBuf::from);
        explored(&place, scale, json, &mut results);
    }
    if args.iter().any(|a| a == "--keep") {
        eprintln!("kept in {}", folder.keep().display());
    }
    if json {
        println!("{}", serde_json::to_string_pretty(&Value::Object(results)).expect("numbers"));
    }
}

/// Has written what the part before left to be written, so that it costs the next one nothing.
fn settle_disk() {
    let _ = std::process::Command::new("sync").status();
}

/// A line for people: on standard error where standard output is for a program.
fn tell(quiet: bool, line: &str) {
    if quiet { eprintln!("{line}") } else { println!("{line}") }
}

/// The explorer under its readers. What `run` grows is one kind of statement by one party, in which there is nothing to
/// search for; this is a ledger of its own, in `folder/ledger`, which is used as it is where it is there already.
fn explored(folder: &Path, scale: u32, quiet: bool, out: &mut Map<String, Value>) {
    let start = Instant::now();
    let ledger = folder.join("ledger");
    std::fs::create_dir_all(folder).expect("a folder");
    readers::grow(&ledger, LARGE / scale);
    tell(quiet, &format!("ledger of many kinds and parties, made in {:.0} s", start.elapsed().as_secs_f64()));
    readers::measure(&ledger, &folder.join("copy"), &|line| tell(quiet, &line), out);
}

fn run(folder: &Path, scale: u32, only_append: bool, quiet: bool) -> Map<String, Value> {
    let say = |line: String| tell(quiet, &line);
    let mut out = Map::new();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    say(format!("cores {cores}; statements of about 1 KiB; {SUBMITTERS} submitters"));

    let start = Instant::now();
    let made = statements::make(APPENDS / scale, SUBMITTERS);
    say(format!("signed {} statements in {:.1} s", made.len(), start.elapsed().as_secs_f64()));

    // The raw rate drifts on a shared machine: it is taken before and after what is compared with it.
    let before = raw::rate(&made, cores);
    let ledger = folder.join("append");
    let append = append::measure(&ledger, &made, SUBMITTERS);
    let between = raw::rate(&made, cores);
    let reference = f64::midpoint(before, between);
    say(format!(
        "raw verify_strict           {reference:>10.0} /s on {cores} cores ({before:.0} before, {between:.0} after)"
    ));
    say(format!("append, durable             {:>10.0} /s", append.rate));
    let cpu = raw::cpu_us(&made);
    say(format!(
        "  processor time            {:>10.1} us each; of one signature check {cpu:.1} us, of parsing {:.1} us",
        append.cpu_us,
        raw::parse_us(&made)
    ));
    say(format!("  ratio to raw              {:>10.3}   (bar: at least 0.75)", append.rate / reference));
    out.insert("append_vs_verify".into(), round(append.rate / reference));
    say("  growth: entries so far, appends/s in that tenth".into());
    for (entries, rate) in &append.curve {
        say(format!("    {entries:>9} {rate:>10.0}"));
    }
    say(format!("bytes on disk per statement byte {:>5.3}   (bar: at most 1.35)", append.bytes_ratio));
    out.insert("bytes_per_statement_byte".into(), round(append.bytes_ratio));

    if only_append {
        return out;
    }
    let published = folder.join("published");
    replay::publish(&ledger, &published);
    let replay = replay::measure(&published);
    let after = raw::rate(&made, cores);
    let reference = f64::midpoint(between, after);
    let rate = f64::from(replay.entries) / replay.seconds;
    say(format!("full replay                 {rate:>10.0} /s"));
    say(format!("  ratio to raw              {:>10.3}   (bar: at least 0.85)", rate / reference));
    say(format!("  processor time            {:>10.1} us each", replay.cpu_us));
    say(format!("  memory at {:>9}       {:>10.1} MiB (bar: under 200)", replay.entries, replay.rss_mib));
    out.insert("replay_vs_verify".into(), round(rate / reference));
    out.insert("replay_rss_mib_1e5".into(), round(replay.rss_mib));
    drop(made);

    let small = folder.join("small");
    append::grow(&small, SMALL / scale, 0);
    let large = folder.join("large");
    let mut curve = Vec::new();
    let mut size = 0;
    for target in [SMALL, 100_000, 300_000, LARGE] {
        let start = Instant::now();
        append::grow(&large, target / scale, size);
        let grown = f64::from(target / scale - size) / start.elapsed().as_secs_f64();
        size = target / scale;
        curve.push((size, grown, append::open_ms(&large), append::proof_ms(&large)));
    }
    say("growth: entries, entries/s while growing, open ms, proof ms".into());
    for (entries, rate, open, proof) in &curve {
        say(format!("    {entries:>9} {rate:>10.0} {open:>10.2} {proof:>10.3}"));
    }
    let open_small = append::open_ms(&small);
    let (_, _, open_large, proof_large) = *curve.last().expect("four points");
    say(format!("open at {:>9}           {open_small:>10.2} ms", SMALL / scale));
    say(format!("open at {:>9}           {open_large:>10.2} ms (bar: the same)", LARGE / scale));
    say(format!("proof at {:>9}          {proof_large:>10.3} ms (bar: under 1)", LARGE / scale));
    out.insert("open_ms_1e4".into(), round(open_small));
    out.insert("open_ms_1e6".into(), round(open_large));
    out.insert("proof_ms_1e6".into(), round(proof_large));

    let published = folder.join("published-large");
    replay::publish(&large, &published);
    let replay = replay::measure(&published);
    say(format!(
        "memory of a replay of {:>9} {:>6.1} MiB (bar: no more than 200, as at 10^5)",
        replay.entries, replay.rss_mib
    ));
    out.insert("replay_rss_mib_1e6".into(), round(replay.rss_mib));
    out.insert("machine".into(), json!({ "cores": cores, "raw_verify_per_s": reference.round() }));
    out
}

fn round(x: f64) -> Value {
    json!((x * 1000.0).round() / 1000.0)
}

/// This program, to be run again as a child.
fn me() -> PathBuf {
    std::env::current_exe().expect("this program has a path")
}
