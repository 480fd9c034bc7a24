//! Says how far the compilation of RocksDB is, which cargo shows as one line for many minutes.
//!
//! The build script of `librocksdb-sys` first writes `bindings.rs`, then one `.o` for each C++
//! file, and last `librocksdb.a`, all in one folder. So the objects newer than `bindings.rs` are
//! those of the run going on, whoever started it, and the archive marks its end.

use std::fs;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};

use crate::workspace::Workspace;

const CRATE: &str = "librocksdb-sys";

/// How often a terminal is told.
const TERMINAL_PERIOD: Duration = Duration::from_secs(3);
/// How often a log file is told.
const LOG_PERIOD: Duration = Duration::from_secs(30);
/// A folder in which nothing appeared for this long is what a killed build left behind.
const ABANDONED: Duration = Duration::from_secs(300);

/// A thread that reports while a cargo command runs.
pub(crate) struct Watch {
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

impl Watch {
    /// Starts to report on the release builds of `workspace`. While RocksDB has to be compiled
    /// for a terminal, the command is told to leave out its own progress bar.
    pub(crate) fn start(workspace: &Workspace, command: &mut Command) -> Self {
        let build = workspace.target().join("release").join("build");
        let total = source_count(workspace.root());
        let terminal = io::stderr().is_terminal();
        if terminal && !is_built(&build) {
            command.env("CARGO_TERM_PROGRESS_WHEN", "never");
        }
        let (stop, stopped) = mpsc::channel();
        let thread = thread::spawn(move || {
            let mut screen = Screen { terminal, announced: false, shown: false };
            let period = if terminal { TERMINAL_PERIOD } else { LOG_PERIOD };
            while stopped.recv_timeout(period) == Err(RecvTimeoutError::Timeout) {
                screen.show(Progress::of(&build, SystemTime::now()), total);
            }
            screen.clear();
        });
        Self { stop, thread }
    }

    /// Ends the reports.
    pub(crate) fn stop(self) {
        let _ = self.stop.send(());
        let _ = self.thread.join();
    }
}

struct Screen {
    terminal: bool,
    announced: bool,
    shown: bool,
}

impl Screen {
    fn show(&mut self, progress: Option<Progress>, total: Option<usize>) {
        let mut err = io::stderr().lock();
        let Some(progress) = progress else {
            drop(err);
            self.clear();
            return;
        };
        if !self.announced {
            self.announced = true;
            let _ = writeln!(
                err,
                "Compiling RocksDB's C++: this happens once and is reused by every later build."
            );
        }
        let sentence = progress.sentence(total);
        if self.terminal {
            self.shown = true;
            let _ = write!(err, "\r\x1b[K{sentence}");
            let _ = err.flush();
        } else {
            let _ = writeln!(err, "{sentence}");
        }
    }

    /// Frees the terminal's line for what comes next.
    fn clear(&mut self) {
        if self.shown {
            self.shown = false;
            eprint!("\r\x1b[K");
        }
    }
}

/// One look at a compilation going on.
#[derive(Debug, Eq, PartialEq)]
struct Progress {
    done: usize,
    elapsed: Duration,
}

impl Progress {
    /// The compilation going on under `build`, or none.
    fn of(build: &Path, now: SystemTime) -> Option<Self> {
        out_folders(build).iter().filter_map(|out| Self::of_folder(out, now)).min_by_key(|p| p.elapsed)
    }

    fn of_folder(out: &Path, now: SystemTime) -> Option<Self> {
        let began = modified(&out.join("bindings.rs"))?;
        if modified(&out.join("librocksdb.a")).is_some_and(|ended| ended >= began) {
            return None;
        }
        let objects: Vec<SystemTime> = fs::read_dir(out)
            .ok()?
            .flatten()
            .filter(|entry| entry.path().extension().is_some_and(|extension| extension == "o"))
            .filter_map(|entry| entry.metadata().ok()?.modified().ok())
            .filter(|time| *time >= began)
            .collect();
        let newest = objects.iter().max().copied().unwrap_or(began);
        let silent = now.duration_since(newest).unwrap_or_default();
        (silent < ABANDONED)
            .then(|| Self { done: objects.len(), elapsed: now.duration_since(began).unwrap_or_default() })
    }

    fn sentence(&self, total: Option<usize>) -> String {
        let minutes = self.elapsed.as_secs() / 60;
        let time =
            if minutes == 0 { format!("{} s", self.elapsed.as_secs()) } else { format!("{minutes} min") };
        match total {
            Some(total) => format!("RocksDB: {} of {total} C++ files, {time} so far", self.done),
            None => format!("RocksDB: {} C++ files, {time} so far", self.done),
        }
    }
}

/// Whether RocksDB was compiled to its end under `build`.
fn is_built(build: &Path) -> bool {
    out_folders(build).iter().any(|out| {
        let archive = modified(&out.join("librocksdb.a"));
        archive.is_some() && archive >= modified(&out.join("bindings.rs"))
    })
}

/// How many times RocksDB was compiled under `build` since `start`: more than once means that
/// two commands disagree about its features or profile.
pub(crate) fn times_compiled(workspace: &Workspace, start: SystemTime) -> usize {
    out_folders(&workspace.target().join("release").join("build"))
        .iter()
        .filter(|out| modified(&out.join("librocksdb.a")).is_some_and(|time| time >= start))
        .count()
}

fn out_folders(build: &Path) -> Vec<PathBuf> {
    let prefix = format!("{CRATE}-");
    fs::read_dir(build)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(&prefix))
        .map(|entry| entry.path().join("out"))
        .filter(|out| out.is_dir())
        .collect()
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).ok()?.modified().ok()
}

/// How many C++ files RocksDB has, by the list in its package, once cargo has unpacked that.
fn source_count(root: &Path) -> Option<usize> {
    let lock = fs::read_to_string(root.join("Cargo.lock")).ok()?;
    let folder = format!("{CRATE}-{}", locked_version(&lock, CRATE)?);
    let home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo")))?;
    fs::read_dir(home.join("registry").join("src"))
        .ok()?
        .flatten()
        .map(|registry| registry.path().join(&folder).join("rocksdb_lib_sources.txt"))
        .find_map(|list| fs::read_to_string(list).ok())
        .map(|list| count_sources(&list))
}

/// The build script compiles one file for each line: it leaves out `util/build_version.cc` and
/// adds one of its own.
fn count_sources(list: &str) -> usize {
    list.lines().filter(|line| !line.trim().is_empty()).count()
}

/// The version of a package in the text of a `Cargo.lock`.
fn locked_version<'a>(lock: &'a str, name: &str) -> Option<&'a str> {
    let wanted = format!("name = \"{name}\"");
    let mut lines = lock.lines().skip_while(|line| *line != wanted).skip(1);
    lines.next()?.strip_prefix("version = \"")?.strip_suffix('"')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::fs;
    use std::path::PathBuf;
    use std::time::{Duration, SystemTime};

    use super::{Progress, count_sources, is_built, locked_version};

    #[test]
    fn the_locked_version_is_that_of_the_package() {
        let lock = "[[package]]\nname = \"librocksdb\"\nversion = \"1.0.0\"\n\n\
            [[package]]\nname = \"librocksdb-sys\"\nversion = \"0.19.0+11.8.1\"\nsource = \"x\"\n";
        assert_eq!(locked_version(lock, "librocksdb-sys"), Some("0.19.0+11.8.1"));
        assert_eq!(locked_version(lock, "rocksdb"), None);
    }

    #[test]
    fn sources_are_counted_by_line() {
        assert_eq!(count_sources("cache/cache.cc\nutil/build_version.cc\n\ndb/c.cc\n"), 3);
    }

    #[test]
    fn the_sentence_names_what_is_known() {
        let early = Progress { done: 3, elapsed: Duration::from_secs(41) };
        assert_eq!(early.sentence(Some(343)), "RocksDB: 3 of 343 C++ files, 41 s so far");
        let later = Progress { done: 132, elapsed: Duration::from_secs(250) };
        assert_eq!(later.sentence(None), "RocksDB: 132 C++ files, 4 min so far");
    }

    #[test]
    fn objects_of_an_earlier_run_do_not_count() {
        let build = Build::new("earlier");
        build.file("old.o", 100);
        build.file("librocksdb.a", 110);
        build.file("bindings.rs", 200);
        build.file("new.o", 230);
        build.file("new.d", 230);
        assert_eq!(
            Progress::of(&build.0, at(260)),
            Some(Progress { done: 1, elapsed: Duration::from_secs(60) })
        );
        assert!(!is_built(&build.0));
    }

    #[test]
    fn the_archive_ends_it() {
        let build = Build::new("ended");
        build.file("bindings.rs", 100);
        build.file("a.o", 150);
        build.file("librocksdb.a", 160);
        assert_eq!(Progress::of(&build.0, at(165)), None);
        assert!(is_built(&build.0));
    }

    #[test]
    fn a_killed_build_is_not_reported() {
        let build = Build::new("killed");
        build.file("bindings.rs", 100);
        build.file("a.o", 150);
        assert!(Progress::of(&build.0, at(200)).is_some());
        assert_eq!(Progress::of(&build.0, at(1000)), None);
    }

    /// A build folder with one package in it, removed at its end.
    struct Build(PathBuf);

    impl Build {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("xtask-{}-{name}", std::process::id()));
            fs::create_dir_all(path.join("librocksdb-sys-0123456789abcdef/out")).unwrap();
            Self(path)
        }

        fn file(&self, name: &str, seconds: u64) {
            let path = self.0.join("librocksdb-sys-0123456789abcdef/out").join(name);
            fs::File::create(path).unwrap().set_modified(at(seconds)).unwrap();
        }
    }

    impl Drop for Build {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }
}
