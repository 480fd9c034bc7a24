//! Appending: durable, acknowledged, from many submitters at once.

use super::cpu;
use super::statements::{Made, in_parallel, padded};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use truce_log::{Depositary, Ledger, SystemClock};
use truce_statement::Subject;
use truce_tests::world::{Pen, World, key};

pub(super) struct Append {
    pub(super) rate: f64,
    /// Processor time for each, on all threads, microseconds.
    pub(super) cpu_us: f64,
    /// Entries so far, and appends per second in the tenth that ends there.
    pub(super) curve: Vec<(u64, f64)>,
    pub(super) bytes_ratio: f64,
}

/// Makes a ledger and lets each of `submitters` hand in one feed, waiting for every receipt.
#[allow(clippy::cast_precision_loss)]
pub(super) fn measure(folder: &Path, made: &Made, submitters: u32) -> Append {
    let (depositary, _) =
        Depositary::create(folder, made.world.charter.bytes(), &made.world.log, Arc::new(SystemClock))
            .expect("a new ledger");
    for accession in &made.accessions {
        depositary.submit_blocking(accession.bytes().to_vec()).expect("an accession is admitted");
    }
    let depositary = Arc::new(depositary);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(std::thread::available_parallelism().map_or(1, usize::from))
        .on_thread_start(truce_service::give_way)
        .build()
        .expect("a runtime");
    let total = made.len() as u64;
    let feeds: Vec<Vec<Vec<u8>>> = made.feeds.iter().take(submitters as usize).cloned().collect();
    let done = Arc::new(AtomicU64::new(0));
    let marks = Arc::new(std::sync::Mutex::new(Vec::new()));
    let cpu = cpu::seconds();
    let start = Instant::now();
    runtime.block_on(async {
        let tasks: Vec<_> = feeds
            .into_iter()
            .map(|feed| {
                let (depositary, done, marks) = (depositary.clone(), done.clone(), marks.clone());
                tokio::spawn(async move {
                    for statement in feed {
                        let receipt =
                            depositary.submit(statement).await.expect("a sound statement is admitted");
                        assert!(!receipt.duplicate);
                        let n = done.fetch_add(1, Ordering::Relaxed) + 1;
                        if n.is_multiple_of(total.div_ceil(10)) || n == total {
                            marks.lock().expect("no task panicked").push((n, start.elapsed().as_secs_f64()));
                        }
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("no task panicked");
        }
    });
    let seconds = start.elapsed().as_secs_f64();
    let cpu_us = (cpu::seconds() - cpu) * 1e6 / total as f64;
    drop(runtime);
    Arc::into_inner(depositary).expect("nobody else holds it").close();
    let (mut curve, mut last) = (Vec::new(), (0, 0.0));
    for (n, at) in marks.lock().expect("no task panicked").iter() {
        curve.push((*n, (*n - last.0) as f64 / (at - last.1)));
        last = (*n, *at);
    }
    let overhead: u64 = made.accessions.iter().map(|a| a.bytes().len() as u64).sum();
    let bytes_ratio = bytes_in(folder) as f64 / (made.bytes() + overhead) as f64;
    Append { rate: total as f64 / seconds, cpu_us, curve, bytes_ratio }
}

/// Brings the ledger in `folder` from `from` to `to` statements, quickly: many at a time, under 64 keys.
pub(super) fn grow(folder: &Path, to: u32, from: u32) {
    const FEEDS: u32 = 64;
    let mut world = World::default();
    let depositary = if from == 0 {
        let (depositary, _) =
            Depositary::create(folder, world.charter.bytes(), &world.log, Arc::new(SystemClock))
                .expect("a new ledger");
        for accession in world.accessions(&[]) {
            depositary.submit_blocking(accession.bytes().to_vec()).expect("an accession is admitted");
        }
        for i in 0..FEEDS {
            let grant = truce_statement::body::agreement::KeyGrant {
                key: key(1000 + u16::try_from(i).expect("few feeds")).public().clone(),
                drill: None,
                kinds: None,
                label: None,
                proof: None,
                valid_until: None,
            };
            let grant = world.members[0].root.sign(grant, Vec::new()).expect("a sound grant");
            depositary.submit_blocking(grant.bytes().to_vec()).expect("a grant is admitted");
        }
        depositary
    } else {
        Depositary::open(folder, &world.log, Arc::new(SystemClock)).expect("the ledger opens")
    };
    let register = depositary.register();
    let subject = Subject::Agreement(world.agreement());
    let party = world.members[0].work.party.clone();
    let mut left = to - from;
    let mut pens: Vec<Pen> = (0..FEEDS)
        .map(|i| {
            let mut pen =
                Pen::new(key(1000 + u16::try_from(i).expect("few feeds")), party.clone(), subject.clone());
            let known = register.key(&pen.key.public().id()).expect("granted");
            (pen.seq, pen.prev) = (known.next_seq, known.last);
            pen
        })
        .collect();
    while left > 0 {
        let each = (left / FEEDS).clamp(1, 64);
        let signed = in_parallel(pens, |mut pen, i| {
            let n = u32::try_from(pen.seq).expect("few statements");
            let statements: Vec<Vec<u8>> = (n..n + each)
                .map(|n| pen.sign(padded(n, i), Vec::new()).expect("sound").bytes().to_vec())
                .collect();
            (pen, statements)
        });
        let (again, statements): (Vec<Pen>, Vec<Vec<Vec<u8>>>) = signed.into_iter().unzip();
        pens = again;
        let all: Vec<Vec<u8>> = statements.into_iter().flatten().take(left as usize).collect();
        left -= u32::try_from(all.len()).expect("few statements");
        let pending: Vec<_> = all
            .into_iter()
            .map(|s| depositary.enqueue_blocking(s).expect("sound statements are taken"))
            .collect();
        for pending in pending {
            pending.receipt_blocking().expect("sound statements are admitted");
        }
    }
    depositary.close();
}

/// Milliseconds to open the ledger for writing: the best of five fresh processes.
pub(super) fn open_ms(folder: &Path) -> f64 {
    (0..5)
        .map(|_| {
            let out = Command::new(super::me()).arg("--open-of").arg(folder).output().expect("a child runs");
            let text = String::from_utf8_lossy(&out.stdout).into_owned();
            text.trim().parse::<f64>().unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&out.stderr)))
        })
        .fold(f64::INFINITY, f64::min)
}

/// The child of [`open_ms`].
pub(super) fn child_open(folder: &Path) {
    let world = World::default();
    let start = Instant::now();
    let depositary = Depositary::open(folder, &world.log, Arc::new(SystemClock)).expect("the ledger opens");
    println!("{}", start.elapsed().as_secs_f64() * 1000.0);
    depositary.close();
}

/// Milliseconds for one proof of inclusion, the mean over a thousand places all over the log.
#[allow(clippy::cast_precision_loss)]
pub(super) fn proof_ms(folder: &Path) -> f64 {
    let ledger = Ledger::open(folder).expect("the ledger opens");
    let places: Vec<u64> = (0..1000).map(|i| i * 7919 % ledger.size()).collect();
    let start = Instant::now();
    for place in &places {
        ledger.prove(*place).expect("a proof");
    }
    start.elapsed().as_secs_f64() * 1000.0 / places.len() as f64
}

fn bytes_in(folder: &Path) -> u64 {
    let mut sum = 0;
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        let meta = entry.metadata().expect("its size");
        sum += if meta.is_dir() { bytes_in(&entry.path()) } else { meta.len() };
    }
    sum
}
