//! A submitter: signs, and runs `truce submit --to` with an outbox of its own until what it signed has arrived.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use truce_statement::StatementId;
use truce_tests::network::process::{signal, truce, wait};
use truce_tests::world::{Pen, observation};

/// The longest that one run of the program may take before it is a fault.
const RUN: Duration = Duration::from_secs(90);
/// Between two batches.
const REST: Duration = Duration::from_millis(200);

/// Proof files as they were seen: for each statement, every version.
pub(super) type Proofs = BTreeMap<StatementId, Vec<Vec<u8>>>;

/// What the thread of a submitter and the storm share.
#[derive(Default)]
pub(super) struct Shared {
    child: Mutex<Option<Child>>,
    /// No run begins while this is set.
    pub(super) dead: AtomicBool,
    /// Nothing new is signed from now on.
    pub(super) ending: AtomicBool,
    pub(super) runs: AtomicU32,
    /// Runs by exit code.
    pub(super) codes: Mutex<BTreeMap<String, u32>>,
    /// Everything that was signed and handed to the program.
    pub(super) signed: Mutex<Vec<(StatementId, Vec<u8>)>>,
    pub(super) proofs: Mutex<Proofs>,
    /// Everything is final.
    pub(super) done: AtomicBool,
    /// What went wrong that no storm explains.
    pub(super) faults: Mutex<Vec<String>>,
}

pub(super) struct Submitter {
    pub(super) name: String,
    pub(super) shared: Arc<Shared>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Submitter {
    pub(super) fn start(name: &str, folder: &Path, pen: Pen, url: &str, charter: &Path) -> Self {
        let shared = Arc::<Shared>::default();
        let work = Work {
            folder: folder.to_owned(),
            pen,
            url: url.to_owned(),
            charter: charter.to_owned(),
            shared: Arc::clone(&shared),
            number: 0,
        };
        std::fs::create_dir_all(folder).expect("a folder");
        let thread = Some(std::thread::spawn(move || work.go()));
        Self { name: name.to_owned(), shared, thread }
    }

    pub(super) fn kill(&self) -> bool {
        let mut child = self.shared.child.lock().unwrap_or_else(PoisonError::into_inner);
        child.as_mut().is_some_and(|child| child.kill().is_ok())
    }

    pub(super) fn signal(&self, name: &str) -> bool {
        let child = self.shared.child.lock().unwrap_or_else(PoisonError::into_inner);
        child.as_ref().map(|child| signal(child, name)).is_some()
    }

    /// Waits for the thread, which must have been told to end.
    pub(super) fn join(&mut self) {
        if let Some(thread) = self.thread.take() {
            thread.join().expect("no panic");
        }
    }
}

struct Work {
    folder: PathBuf,
    pen: Pen,
    url: String,
    charter: PathBuf,
    shared: Arc<Shared>,
    number: u32,
}

impl Work {
    fn go(mut self) {
        let mut files = Vec::new();
        loop {
            let ending = self.shared.ending.load(Ordering::Acquire);
            if files.is_empty() {
                files = self.sign(60 + self.number % 191);
            }
            // While the storm goes on, it is enough now and then that the log has it.
            let until = if ending || self.number.is_multiple_of(3) { "final" } else { "accepted" };
            while self.shared.dead.load(Ordering::Acquire) {
                std::thread::sleep(Duration::from_millis(20));
            }
            let code = self.run(&files, until);
            self.collect(&files);
            let delivered = code == Some(0);
            *lock(&self.shared.codes)
                .entry(code.map_or("killed".to_owned(), |c| c.to_string()))
                .or_default() += 1;
            if let Some(code @ (1..=3)) = code {
                let text = std::fs::read_to_string(self.folder.join("said.err")).unwrap_or_default();
                let last: Vec<&str> = text.lines().rev().take(4).collect();
                lock(&self.shared.faults)
                    .push(format!("truce submit ended with {code}: {}", last.join(" | ")));
                return;
            }
            if delivered {
                files.clear();
                if ending && self.sweep() {
                    self.shared.done.store(true, Ordering::Release);
                    return;
                }
            }
            std::thread::sleep(REST);
        }
    }

    /// Everything that is in the outbox, final.
    fn sweep(&self) -> bool {
        let code = self.run(&[], "final");
        let all: Vec<PathBuf> = (1..=self.number).map(|n| self.file(n)).collect();
        self.collect(&all);
        code == Some(0)
    }

    fn sign(&mut self, count: u32) -> Vec<PathBuf> {
        let mut files = Vec::new();
        for _ in 0..count {
            self.number += 1;
            let signed = self.pen.sign(observation(self.number, "in the storm"), Vec::new()).expect("sound");
            let file = self.file(self.number);
            std::fs::write(&file, signed.bytes()).expect("a statement");
            lock(&self.shared.signed).push((signed.id(), signed.bytes().to_vec()));
            files.push(file);
        }
        files
    }

    /// One run of the program; its exit code, or nothing where it was killed.
    fn run(&self, files: &[PathBuf], until: &str) -> Option<i32> {
        let said = std::fs::File::create(self.folder.join("said.err")).expect("a file");
        let mut command = truce();
        if files.is_empty() {
            command.args(["outbox", "send"]);
        } else {
            command.arg("submit").args(files);
        }
        command.args(["--to", &self.url, "--until", until, "--wait", "8s", "--timeout", "6s", "--charter"]);
        command.arg(&self.charter).arg("--outbox").arg(self.folder.join("outbox"));
        command.stdout(Stdio::null()).stderr(said);
        self.shared.runs.fetch_add(1, Ordering::Relaxed);
        *lock(&self.shared.child) = Some(command.spawn().expect("truce starts"));
        let end = Instant::now() + RUN;
        loop {
            // The lock is not kept: the storm strikes through it.
            let mut child = lock(&self.shared.child);
            if let Some(status) = child.as_mut().and_then(|child| child.try_wait().expect("a child of ours"))
            {
                *child = None;
                return status.code();
            }
            if Instant::now() > end {
                let mut hung = child.take().expect("it runs");
                wait(&mut hung, Duration::ZERO);
                lock(&self.shared.faults).push(format!("truce submit ran for more than {RUN:?}"));
                return None;
            }
            drop(child);
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn file(&self, number: u32) -> PathBuf {
        self.folder.join(format!("{number:06}.cose"))
    }

    /// Keeps the proofs of these statements as they are now: they were shown to a person, and must hold for ever.
    fn collect(&self, files: &[PathBuf]) {
        let (signed, mut proofs) = (lock(&self.shared.signed), lock(&self.shared.proofs));
        for file in files {
            let Ok(bytes) = std::fs::read(file.with_extension("tlog-proof")) else { continue };
            let number: usize =
                file.file_stem().and_then(|name| name.to_str()?.parse().ok()).expect("a number");
            let versions = proofs.entry(signed[number - 1].0).or_default();
            if versions.last() != Some(&bytes) {
                versions.push(bytes);
            }
        }
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
