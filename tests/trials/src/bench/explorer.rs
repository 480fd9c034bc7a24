//! The explorer's own work, without its pages: making a copy, and what its answers cost in processor time.
//!
//! `bench --explorer ENTRIES` grows a ledger of many kinds, parties, zones, days and words, and copies it in a process
//! of its own, so that its memory can be told.

use super::cpu;
use super::statements::in_parallel;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};
use truce_copy::query::Filter;
use truce_copy::source::Location;
use truce_copy::{Explorer, Level, Options, Served};
use truce_explorer::model::{CalendarQuery, MapQuery, TimelineQuery, Views as _};
use truce_log::{Depositary, SystemClock};
use truce_statement::{Body, Kind, Role};
use truce_tests::world::{Pen, World, body};

/// Statements signed at a time under each key.
const EACH: u32 = 512;

/// Grows a ledger of `entries` in `folder` and measures the explorer over it, unless it is there already.
pub(super) fn main(folder: &Path, entries: u32) {
    let ledger = folder.join("ledger");
    if !truce_log::Folder::is_ledger(&ledger) {
        let start = Instant::now();
        grow(&ledger, entries);
        println!("ledger of {entries} statements made in {:.0} s", start.elapsed().as_secs_f64());
    }
    for _ in 0..2 {
        let out = Command::new(super::me()).arg("--explore").arg(folder).output().expect("a child runs");
        print!("{}", String::from_utf8_lossy(&out.stdout));
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    }
}

/// The child of [`main`]: follows until everything is copied, then asks. The second one finds the copy made.
pub(super) fn child(folder: &Path) {
    let (start, used) = (Instant::now(), cpu::seconds());
    let options = Options::new(Location::Ledger(folder.join("ledger")), folder.join("copy"));
    let explorer = Explorer::start(&options).expect("the explorer starts");
    let first = explorer.state().served.clone();
    if let Some(served) = &first {
        served.overview().expect("an overview");
        println!("first answer after a start   {:>9.1} ms", start.elapsed().as_secs_f64() * 1000.0);
    }
    let served = loop {
        let state = explorer.state();
        assert!(state.status.level != Level::Red, "{:#?}", state.status);
        match &state.served {
            Some(served) if state.status.level == Level::Green => break Arc::clone(served),
            _ => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    if first.is_none() {
        let (seconds, used) = (start.elapsed().as_secs_f64(), cpu::seconds() - used);
        let size = size_of(&served);
        println!(
            "copied                       {:>9.0} entries/s, {:.1} us of processor time each",
            size / seconds,
            used * 1e6 / size
        );
        println!(
            "copy on disk                 {:>9.0} bytes an entry",
            bytes_in(&folder.join("copy")) / size
        );
        println!("memory while copying         {:>9.1} MiB at most", peak_mib());
        return;
    }
    ask(&served);
    println!("memory while answering       {:>9.1} MiB at most", peak_mib());
}

fn ask(served: &Served) {
    let of = |filter: Filter| filter;
    let base = Filter::default;
    let party = |id: &str| vec![id.parse().expect("a fixed id")];
    let lists: Vec<(&str, Filter)> = vec![
        ("everything", base()),
        ("one party", of(Filter { parties: party("civil"), ..base() })),
        (
            "party and kind",
            of(Filter { parties: party("mission"), kinds: vec![Kind::Observation], ..base() }),
        ),
        (
            "party, kind, zone",
            of(Filter {
                parties: party("mission"),
                kinds: vec![Kind::Observation],
                zones: vec!["luhansk".into()],
                ..base()
            }),
        ),
        (
            "class of source and a month",
            of(Filter { roles: vec![Role::Civil], from: Some(18_659), to: Some(18_686), ..base() }),
        ),
        (
            "a week of one zone",
            of(Filter { zones: vec!["donetsk".into()], from: Some(18_690), to: Some(18_696), ..base() }),
        ),
        ("common word", of(Filter { text: "explosion".into(), ..base() })),
        ("two words", of(Filter { text: "mortar near3".into(), ..base() })),
        ("rare word", of(Filter { text: "case77001".into(), ..base() })),
        ("rare word and party", of(Filter { text: "batch31".into(), parties: party("civil"), ..base() })),
        ("nothing matches", of(Filter { text: "mortar neverwritten".into(), ..base() })),
        (
            "kind and another's party",
            of(Filter { kinds: vec![Kind::Notification], parties: party("mission"), ..base() }),
        ),
        ("two dense lists, disjoint", of(Filter { text: "odd even".into(), ..base() })),
    ];
    println!("list of 50 rows              cpu us   found");
    for (name, filter) in &lists {
        let found = served.records(filter, None, 50).expect("an answer");
        let us = cost(200, |i| {
            // From other places each time, so that not one block answers all.
            let before = served.size() - u64::from(i) * 37 % (served.size() / 2);
            served.records(filter, Some(before), 50).expect("an answer");
        });
        println!("  {name:<28} {us:>8.0} {:>5}", found.rows.len());
    }
    println!("other answers                cpu us");
    let size = served.size();
    let show = |name: &str, us: f64| println!("  {name:<28} {us:>8.0}");
    show(
        "record with its evidence",
        cost(500, |i| {
            served.record_view(u64::from(i) * 7_919 % size).expect("a record");
        }),
    );
    show("overview", cost(100, |_| drop(served.overview().expect("an overview"))));
    show("facets", cost(100, |_| drop(served.facets().expect("facets"))));
    show(
        "timeline of 90 days",
        cost(100, |_| drop(served.timeline(&TimelineQuery::default()).expect("one"))),
    );
    show("map of 500", cost(20, |_| drop(served.map(&MapQuery::default()).expect("a map"))));
    show(
        "calendar of a quarter",
        cost(20, |_| {
            drop(served.calendar(&CalendarQuery { from: 18_700, to: 18_790 }).expect("a calendar"));
        }),
    );
}

/// Processor time of one run, microseconds, the mean over many; the kernel counts in steps of 10 ms.
fn cost(runs: u32, mut run: impl FnMut(u32)) -> f64 {
    run(0);
    let (start, wall) = (cpu::seconds(), Instant::now());
    let mut done = 0;
    while done < runs || (cpu::seconds() - start < 0.3 && wall.elapsed() < Duration::from_secs(3)) {
        run(done);
        done += 1;
    }
    (cpu::seconds() - start) * 1e6 / f64::from(done)
}

/// Statements of several parties and kinds under their working keys.
pub(super) fn grow(folder: &Path, entries: u32) {
    let mut world = World::default();
    let (depositary, _) =
        Depositary::create(folder, world.charter.bytes(), &world.log, Arc::new(SystemClock))
            .expect("a new ledger");
    for accession in world.accessions(&[]) {
        depositary.submit_blocking(accession.bytes().to_vec()).expect("an accession is admitted");
    }
    let mut pens: Vec<Pen> = world.members.into_iter().map(|member| member.work).collect();
    let mut left = entries;
    while left > 0 {
        // Of each round the mission says most, the states a little.
        let shares = [EACH, EACH / 64, EACH / 64, EACH / 16, EACH / 8];
        let work: Vec<(Pen, u32)> = pens.into_iter().zip(shares).collect();
        let signed = in_parallel(work, |(mut pen, share), who| {
            let statements: Vec<Vec<u8>> = (0..share)
                .map(|_| {
                    let n = u32::try_from(pen.seq).expect("few statements");
                    pen.sign(said(who, n), Vec::new()).expect("sound").bytes().to_vec()
                })
                .collect();
            (pen, statements)
        });
        let (again, statements): (Vec<Pen>, Vec<Vec<Vec<u8>>>) = signed.into_iter().unzip();
        pens = again;
        let pending: Vec<_> = statements
            .into_iter()
            .flatten()
            .map(|statement| depositary.enqueue_blocking(statement).expect("sound statements are taken"))
            .collect();
        left = left.saturating_sub(u32::try_from(pending.len()).expect("few"));
        for pending in pending {
            pending.receipt_blocking().expect("sound statements are admitted");
        }
    }
    depositary.close();
}

fn said(who: usize, n: u32) -> Body {
    let day = |n: u32| format!("{}-{:02}-{:02}", 2021 + n % 3, 1 + n / 3 % 12, 1 + n / 41 % 28);
    let zone = if n.is_multiple_of(2) { "donetsk" } else { "luhansk" };
    let draft: Value = if who == 1 || who == 2 {
        json!({ "kind": "notification", "body": {
            "designation": format!("Exercise {n}"), "activity": "field-exercise",
            "period": { "from": format!("{}T06:00:00Z", day(n)), "to": format!("{}T18:00:00Z", day(n)) },
            "areas": [{ "place": { "name": "Range", "zone": zone } }], "strength": { "troops": { "n": 100 + n % 9_000 } },
        }})
    } else {
        let parity = if n.is_multiple_of(2) { "even" } else { "odd" };
        let mut place = json!({ "name": format!("Village {}", n % 700), "zone": zone });
        if n.is_multiple_of(20) {
            place["point"] = json!({ "lat": 48.0, "lon": 37.5, "precision_m": 1000 });
        }
        json!({ "kind": "observation", "body": {
            "what": if n.is_multiple_of(3) { "explosion" } else { "burst" }, "count": { "n": n % 30 },
            "when": { "at": format!("{}T{:02}:15:00+02:00", day(n), n % 24) }, "place": place,
            "position": { "name": format!("Camera {}", n % 40) }, "weapon": "mortar (82mm)",
            "note": format!("{parity} case{n} batch{} near{} undetermined assessed from the north-western edge of the town, \
                             about two kilometres off; sound only, no flash was seen; weather clear, wind weak; the patrol \
                             stood at its usual position and left before dusk", n / 256, n % 90),
        }})
    };
    body(&draft.to_string())
}

#[allow(clippy::cast_precision_loss)]
fn size_of(served: &Served) -> f64 {
    served.size() as f64
}

fn peak_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("this is Linux");
    let peak =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("the kernel tells the peak");
    peak.trim().trim_end_matches(" kB").parse::<f64>().expect("a number") / 1024.0
}

#[allow(clippy::cast_precision_loss)]
fn bytes_in(folder: &Path) -> f64 {
    let files = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry"));
    files
        .map(|entry| {
            let meta = entry.metadata().expect("its size");
            if meta.is_dir() { bytes_in(&entry.path()) } else { meta.len() as f64 }
        })
        .sum()
}
