//! What appending costs: processor time, room on disk, time to open.
//!
//! Appends batches of 128 entries to a new RocksDB store in the shape a depositary writes them: entries
//! around 1 KiB statements, eight index rows each (a fact under a random key and seven secondary keys)
//! and a state of 20 KiB per batch; reads every batch back. Run it with
//! `cargo run --release --example append_cost [-- <directory> [<entries>...]]`.

#![allow(clippy::cast_precision_loss, clippy::print_stdout)]

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use truce_store::{Batch, BatchId, Changes, LogRead, LogStore, RocksStore, Space};

const BATCH: usize = 128;
const STATEMENT: usize = 1024;
/// Array head, previous hash, time received, length of the statement.
const ENTRY: usize = STATEMENT + 1 + 1 + 34 + 9 + 3;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let base = arguments.next().map_or_else(std::env::temp_dir, PathBuf::from);
    let mut sizes = arguments.map(|size| size.parse()).collect::<Result<Vec<usize>, _>>()?;
    if sizes.is_empty() {
        sizes = vec![10_000, 100_000, 1_000_000];
    }
    println!(
        "{:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>8} {:>9} {:>9}",
        "entries",
        "cpu us/e",
        "user",
        "sys",
        "making",
        "wall us/e",
        "sync us/b",
        "disk B/e",
        "/stmt",
        "/rows",
        "open ms",
        "crash ms"
    );
    for size in sizes {
        let place = base.join(format!("truce-append-cost-{}-{size}", std::process::id()));
        let measured = measure(&place, size);
        fs::remove_dir_all(&place)?;
        measured?;
    }
    Ok(())
}

fn measure(place: &Path, size: usize) -> Result<(), Failure> {
    // Making the batches is the caller's cost: measured alone first, and taken off.
    let began = Cpu::now()?;
    let mut random = Random(1);
    let mut rows = 0;
    for first in (0..size).step_by(BATCH) {
        let batch = batch(first, BATCH.min(size - first), &mut random);
        rows += batch.derived.byte_len() - STATE + batch.entries.len() * ENTRY;
    }
    let making = Cpu::now()?.since(began);

    let mut random = Random(1);
    let store = RocksStore::create(place)?;
    let (start, began) = (Cpu::now()?, Instant::now());
    for first in (0..size).step_by(BATCH) {
        let batch = batch(first, BATCH.min(size - first), &mut random);
        let committed = store.append(first as u64, &batch)?;
        let mut given = batch.entries.iter();
        store.read(committed.first..committed.size, &mut |_, stored| {
            let same = given.next().is_some_and(|given| given == stored);
            if same { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        if given.next().is_some() {
            return Err("read something else than was appended".into());
        }
    }
    let wall = began.elapsed();
    store.close()?;
    let cpu = Cpu::now()?.since(start).since(making);
    let sync = sync_time(place)?;

    let began = Instant::now();
    let store = RocksStore::open(place)?;
    let open = began.elapsed();
    let disk = store.usage()?.total();

    // As after a crash: up to a full write-ahead log to replay.
    let mut at = size;
    for _ in 0..BATCH.min(size / BATCH) {
        let batch = batch(at, BATCH, &mut random);
        store.append(at as u64, &batch)?;
        at += BATCH;
    }
    drop(store);
    let began = Instant::now();
    let store = RocksStore::open(place)?;
    let crash = began.elapsed();
    if store.head()?.size != at as u64 {
        return Err("lost entries".into());
    }
    drop(store);

    let per = |seconds: f64| seconds * 1e6 / size as f64;
    println!(
        "{size:>9} {:>9.2} {:>9.2} {:>9.2} {:>9.2} {:>9.2} {:>9.0} {:>9.1} {:>9.3} {:>8.3} {:>9.1} {:>9.1}",
        per(cpu.total()),
        per(cpu.user),
        per(cpu.system),
        per(making.total()),
        per(wall.as_secs_f64()),
        sync.as_secs_f64() * 1e6,
        disk as f64 / size as f64,
        disk as f64 / (size * STATEMENT) as f64,
        disk as f64 / rows as f64,
        open.as_secs_f64() * 1e3,
        crash.as_secs_f64() * 1e3,
    );
    Ok(())
}

const STATE: usize = 20 * 1024;

/// Entries and index rows as a depositary would make them.
fn batch(first: usize, count: usize, random: &mut Random) -> Batch {
    let entries: Vec<Vec<u8>> = (0..count).map(|_| random.bytes(ENTRY)).collect();
    let mut derived = Changes::with_capacity(count * 8 + 1, count * 300 + STATE);
    for position in first..first + count {
        let place = (position as u64).to_be_bytes();
        let mut fact = random.bytes(33);
        if let Some(tag) = fact.first_mut() {
            *tag = b's';
        }
        derived.put(Space::Facts, &fact, &random.bytes(60));
        // By party, kind, zone, feed: few terms. By time, reference, cell: many.
        let now = 1_700_000_000_000 + position as u64 * 40;
        let terms: [(u8, u64, u64); 7] = [
            (b'p', 0, random.next() % 12),
            (b'k', 0, random.next() % 20),
            (b'z', 0, random.next() % 60),
            (b'f', 1, random.next() % 40),
            (b't', 0, now),
            (b'r', random.next(), random.next()),
            (b'c', 0, random.next() % 50_000),
        ];
        for (tag, high, low) in terms {
            let key = [&[tag][..], &high.to_be_bytes(), &low.to_be_bytes(), &place].concat();
            derived.mark(&key);
        }
    }
    derived.put(Space::State, b"register", &random.bytes(STATE));
    let id = std::array::from_fn(|_| random.next().to_be_bytes()[0]);
    Batch { id: BatchId(id), entries, derived }
}

/// How long the disk takes to sync one write of a batch's size: what a durable append cannot avoid.
fn sync_time(place: &Path) -> Result<Duration, Failure> {
    use std::io::Write;
    const TIMES: u32 = 20;
    let path = place.join("sync-probe");
    let mut file = fs::File::create(&path)?;
    let mut total = Duration::ZERO;
    for _ in 0..TIMES {
        file.write_all(&vec![7; BATCH * 1500])?;
        let began = Instant::now();
        file.sync_data()?;
        total += began.elapsed();
    }
    fs::remove_file(&path)?;
    Ok(total / TIMES)
}

/// Processor time of this process, all threads.
#[derive(Clone, Copy)]
struct Cpu {
    user: f64,
    system: f64,
}

impl Cpu {
    /// From `/proc/self/stat`: fields 14 and 15, in ticks of 10 ms.
    fn now() -> Result<Self, Failure> {
        const TICK: f64 = 0.01;
        let stat = fs::read_to_string("/proc/self/stat")?;
        // The second field is the command in parentheses, which may hold anything.
        let fields = stat.rsplit_once(") ").ok_or("an unknown /proc/self/stat")?.1;
        let mut ticks = fields.split(' ').skip(11).map(str::parse::<f64>);
        let mut next = || ticks.next().ok_or("a short /proc/self/stat");
        Ok(Self { user: next()?? * TICK, system: next()?? * TICK })
    }

    fn since(self, before: Self) -> Self {
        Self { user: self.user - before.user, system: self.system - before.system }
    }

    fn total(self) -> f64 {
        self.user + self.system
    }
}

/// xorshift64*: fast enough not to be measured.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn bytes(&mut self, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        for part in bytes.chunks_mut(8) {
            part.copy_from_slice(self.next().to_le_bytes().get(..part.len()).unwrap_or_default());
        }
        bytes
    }
}
