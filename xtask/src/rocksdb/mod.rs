//! RocksDB's archive, compiled in groups of files from the sources that the pinned package brings.
//!
//! Nearly all the time of a clean build goes into reading the same headers again for each of 343 C++ files. A group is
//! one translation unit that includes some twenty neighbours of the package's own list, so the headers are read some
//! twenty times instead. Options are those that the package's build script would pass; `cargo xtask rocksdb --check`
//! holds both against each other.
//!
//! ```text
//! Cargo.lock -> package -> list of sources -> groups -> objects -> target/rocksdb/KEY/librocksdb.a
//!                                                                        |
//!            environment of every cargo command of xtask, and .cargo/rocksdb.toml for cargo run by hand
//! ```
//!
//! The key is made of the package's version, the compiler's own words about itself, and all options: whatever could
//! change the archive makes another one. A group that does not compile is cut in half, down to single files, so a
//! compiler on which two files clash builds those alone.
//!
//! Left to the package's own build script: a `RocksDB` that the user names in `ROCKSDB_LIB_DIR`, systems other than
//! Linux on x86-64 and `AArch64`, cross compilation, and a `target-cpu` or `target-feature` in `RUSTFLAGS`.

mod check;
mod options;

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

pub(crate) use check::check;

use crate::workspace::{Workspace, output};
use options::Compiler;

/// The package that brings the sources.
const PACKAGE: &str = "librocksdb-sys";
/// The variable by which the package's build script is told of an archive.
const LIB_DIR: &str = "ROCKSDB_LIB_DIR";
/// The variable that makes it link the archive into the program.
const STATIC: &str = "ROCKSDB_STATIC";
/// The file beside an archive that names the package's version; the build script of `truce-store` compares it.
const VERSION_FILE: &str = "package-version";
/// Source bytes in one group. Half a megabyte of RocksDB takes a compiler some 25 s and 1 GiB.
const GROUP_BYTES: u64 = 500_000;
/// Time between two lines of progress, at the least.
const PERIOD: Duration = Duration::from_secs(15);
/// Folders of archives in the making, left by builds that were killed, are removed at this age.
const ABANDONED: Duration = Duration::from_secs(24 * 3600);

/// The variables with which cargo finds the archive, once it is made; none where the package compiles RocksDB itself.
///
/// # Errors
/// One sentence, where the package cannot be found or its sources do not compile.
pub(crate) fn prepare(workspace: &Workspace) -> Result<Vec<(&'static str, PathBuf)>, String> {
    if let Some(named) = env::var_os(LIB_DIR).filter(|named| !is_ours(workspace, Path::new(named))) {
        println!("RocksDB: the archive in {} is used, as {LIB_DIR} says", Path::new(&named).display());
        return Ok(Vec::new());
    }
    if env::var_os("ROCKSDB_COMPILE").is_some() {
        return Ok(Vec::new());
    }
    let Some(compiler) = Compiler::of_this_host()? else { return Ok(Vec::new()) };
    let package = Package::find(workspace)?;
    let folder = folder(workspace).join(format!("{}-{}", package.version, compiler.key(&package.version)));
    if !folder.join("librocksdb.a").is_file() {
        build(&package, &compiler, &folder)?;
    }
    tell_cargo(workspace, &folder)?;
    Ok(vec![(LIB_DIR, folder), (STATIC, PathBuf::from("1"))])
}

/// Tells whether the package's own build script compiled RocksDB since `start`: a command was run without the archive.
pub(crate) fn compiled_by_its_package(workspace: &Workspace, start: SystemTime) -> bool {
    let builds =
        fs::read_dir(workspace.target().join("release").join("build")).into_iter().flatten().flatten();
    builds
        .filter(|build| build.file_name().to_string_lossy().starts_with(PACKAGE))
        .filter_map(|build| fs::metadata(build.path().join("out").join("librocksdb.a")).ok()?.modified().ok())
        .any(|time| time >= start)
}

/// Where archives are kept, one folder for each key.
fn folder(workspace: &Workspace) -> PathBuf {
    workspace.target().join("rocksdb")
}

/// Tells an archive made here, which an earlier run has told cargo of, from one that the user names.
fn is_ours(workspace: &Workspace, named: &Path) -> bool {
    let told = fs::read_to_string(told_to_cargo(workspace)).unwrap_or_default();
    named.starts_with(folder(workspace)) || told == config(named)
}

/// The file that `.cargo/config.toml` includes where it is there.
fn told_to_cargo(workspace: &Workspace) -> PathBuf {
    workspace.root().join(".cargo").join("rocksdb.toml")
}

/// Lets cargo run by hand use the same archive. Else each change between xtask and plain cargo would compile anew.
fn tell_cargo(workspace: &Workspace, folder: &Path) -> Result<(), String> {
    let (path, text) = (told_to_cargo(workspace), config(folder));
    if fs::read_to_string(&path).is_ok_and(|found| found == text) {
        return Ok(());
    }
    fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))
}

fn config(folder: &Path) -> String {
    format!(
        "# Written by xtask; may be removed at any time. `cargo xtask setup` writes it again.\n\
         [env]\n{LIB_DIR} = {:?}\n{STATIC} = \"1\"\n",
        folder.display().to_string()
    )
}

/// The unpacked package.
struct Package {
    root: PathBuf,
    version: String,
}

impl Package {
    /// The package that Cargo.lock pins, fetched if need be.
    fn find(workspace: &Workspace) -> Result<Self, String> {
        let metadata = output(&mut workspace.cargo(&["metadata", "--format-version", "1", "--locked"]))?;
        manifest_of(&metadata, PACKAGE)
            .and_then(|manifest| {
                let root = Path::new(&manifest).parent()?.to_path_buf();
                let version = root.file_name()?.to_str()?.strip_prefix(PACKAGE)?.trim_start_matches('-');
                Some(Self { version: version.to_owned(), root })
            })
            .ok_or_else(|| format!("cargo metadata names no {PACKAGE}"))
    }

    /// The C++ files of the package, in its own order, with their sizes.
    fn sources(&self) -> Result<Vec<(PathBuf, u64)>, String> {
        let list = self.root.join("rocksdb_lib_sources.txt");
        let text = fs::read_to_string(&list).map_err(|error| format!("{}: {error}", list.display()))?;
        let named = text.lines().map(str::trim).filter(|line| !line.is_empty());
        // The package brings one that was generated before.
        named
            .filter(|name| *name != "util/build_version.cc")
            .map(|name| self.root.join("rocksdb").join(name))
            .chain([self.root.join("build_version.cc")])
            .map(|path| {
                let size = fs::metadata(&path).map_err(|error| format!("{}: {error}", path.display()))?.len();
                Ok((path, size))
            })
            .collect()
    }
}

/// The `manifest_path` of a package in the output of `cargo metadata`. Paths are JSON strings; those with escapes are
/// those of systems that this module leaves to the package.
fn manifest_of(metadata: &str, name: &str) -> Option<String> {
    // An entry of another package's dependencies has its `source` at this place.
    let (_, rest) = metadata.split_once(&format!("{{\"name\":\"{name}\",\"version\":"))?;
    let (_, rest) = rest.split_once("\"manifest_path\":\"")?;
    Some(rest.split_once('"')?.0.to_owned())
}

/// Neighbours of the list, up to [`GROUP_BYTES`] together. The largest groups come first, so that no core is idle at
/// the end while another has a large one to go.
fn groups(sources: &[(PathBuf, u64)]) -> Vec<Vec<PathBuf>> {
    let mut groups: Vec<(u64, Vec<PathBuf>)> = Vec::new();
    for (path, size) in sources {
        match groups.last_mut().filter(|(bytes, _)| bytes + size <= GROUP_BYTES) {
            Some((bytes, group)) => {
                *bytes += size;
                group.push(path.clone());
            }
            None => groups.push((*size, vec![path.clone()])),
        }
    }
    groups.sort_by_key(|(bytes, _)| std::cmp::Reverse(*bytes));
    groups.into_iter().map(|(_, group)| group).collect()
}

/// Compiles the package's sources into `folder`/librocksdb.a, which appears whole or not at all.
fn build(package: &Package, compiler: &Compiler, folder: &Path) -> Result<(), String> {
    let said = |path: &Path| {
        let path = path.display().to_string();
        move |error: io::Error| format!("{path}: {error}")
    };
    let partial = folder.with_extension(format!("{}.partial", std::process::id()));
    if let Some(parent) = folder.parent() {
        sweep(parent);
    }
    fs::create_dir_all(&partial).map_err(said(&partial))?;
    let sources = package.sources()?;
    eprintln!(
        "Compiling RocksDB's {} C++ files: this happens once and is reused by every later build.",
        sources.len()
    );
    let work = Work::new(groups(&sources), sources.len());
    work.run(|number, group| compile(package, compiler, &partial, number, group))?;
    fs::write(partial.join(VERSION_FILE), &package.version).map_err(said(&partial))?;
    let archive = partial.join("librocksdb.a");
    let mut objects: Vec<PathBuf> = fs::read_dir(&partial)
        .map_err(said(&partial))?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "o"))
        .collect();
    objects.sort();
    let program = env::var_os("AR").unwrap_or_else(|| "ar".into());
    output(Command::new(program).arg("crs").arg(&archive).args(&objects))?;
    for entry in fs::read_dir(&partial).map_err(said(&partial))?.flatten() {
        if entry.path() != archive && entry.file_name() != VERSION_FILE {
            let _ = fs::remove_file(entry.path());
        }
    }
    match fs::rename(&partial, folder) {
        // Somebody else was as quick with the same archive.
        Err(_) if folder.join("librocksdb.a").is_file() => {
            fs::remove_dir_all(&partial).map_err(said(&partial))
        }
        renamed => renamed.map_err(said(folder)),
    }
}

/// Removes what killed builds left.
fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let old = entry
            .metadata()
            .and_then(|m| m.modified())
            .is_ok_and(|time| SystemTime::now().duration_since(time).is_ok_and(|age| age > ABANDONED));
        if old && entry.path().extension().is_some_and(|extension| extension == "partial") {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Compiles one group into one object.
fn compile(
    package: &Package,
    compiler: &Compiler,
    folder: &Path,
    number: usize,
    group: &[PathBuf],
) -> Result<(), String> {
    let (unit, object) = (folder.join(format!("{number}.cc")), folder.join(format!("{number}.o")));
    let text = group.iter().fold(String::new(), |mut text, path| {
        let _ = writeln!(text, "#include \"{}\"", path.display());
        text
    });
    fs::write(&unit, text).map_err(|error| format!("{}: {error}", unit.display()))?;
    let mut command = compiler.command();
    command.current_dir(&package.root).args(compiler.options()).arg("-w");
    output(command.arg("-c").arg(&unit).arg("-o").arg(&object)).map(drop)
}

/// Groups waiting for a compiler, shared by as many threads as there are cores.
struct Work {
    queue: Mutex<Queue>,
    changed: Condvar,
    files: usize,
    began: Instant,
}

struct Queue {
    waiting: std::collections::VecDeque<Vec<PathBuf>>,
    running: usize,
    numbered: usize,
    done: usize,
    failure: Option<String>,
    told: Instant,
}

impl Work {
    fn new(groups: Vec<Vec<PathBuf>>, files: usize) -> Self {
        let queue = Queue {
            waiting: groups.into(),
            running: 0,
            numbered: 0,
            done: 0,
            failure: None,
            told: Instant::now(),
        };
        Self { queue: Mutex::new(queue), changed: Condvar::new(), files, began: Instant::now() }
    }

    /// Hands out groups until all are compiled or a single file is not. A group that fails is cut in half.
    fn run(&self, compile: impl Fn(usize, &[PathBuf]) -> Result<(), String> + Sync) -> Result<(), String> {
        thread::scope(|scope| {
            for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
                scope.spawn(|| {
                    while let Some((number, group)) = self.next() {
                        self.ended(&group, compile(number, &group));
                    }
                });
            }
        });
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).failure.take().map_or(Ok(()), Err)
    }

    fn next(&self) -> Option<(usize, Vec<PathBuf>)> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if queue.failure.is_some() {
                return None;
            }
            if let Some(group) = queue.waiting.pop_front() {
                queue.running += 1;
                queue.numbered += 1;
                return Some((queue.numbered, group));
            }
            // What runs may come back in halves.
            if queue.running == 0 {
                return None;
            }
            queue = self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn ended(&self, group: &[PathBuf], outcome: Result<(), String>) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.running -= 1;
        match outcome {
            Ok(()) => {
                queue.done += group.len();
                if queue.told.elapsed() >= PERIOD || queue.done == self.files {
                    queue.told = Instant::now();
                    let seconds = self.began.elapsed().as_secs();
                    eprintln!("RocksDB: {} of {} C++ files, {seconds} s so far", queue.done, self.files);
                }
            }
            Err(_) if group.len() > 1 => {
                let (first, second) = group.split_at(group.len() / 2);
                queue.waiting.extend([first.to_vec(), second.to_vec()]);
            }
            Err(reason) => queue.failure = Some(reason),
        }
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::path::PathBuf;
    use std::sync::Mutex;

    use super::{GROUP_BYTES, Work, groups, manifest_of};

    #[test]
    fn neighbours_share_a_group_and_the_largest_comes_first() {
        let sources: Vec<(PathBuf, u64)> =
            [("a", 10), ("b", GROUP_BYTES), ("c", 20), ("d", 30)].map(|(n, s)| (n.into(), s)).into();
        assert_eq!(
            groups(&sources),
            [vec!["b"], vec!["c", "d"], vec!["a"]].map(|g| g.iter().map(PathBuf::from).collect::<Vec<_>>())
        );
    }

    #[test]
    fn files_that_clash_are_compiled_apart() {
        let compiled = Mutex::new(Vec::new());
        let group: Vec<PathBuf> = ["a", "b", "c", "d", "e"].map(PathBuf::from).into();
        let work = Work::new(vec![group.clone()], 5);
        work.run(|_, group| {
            let clash = ["b", "d"].iter().all(|name| group.contains(&PathBuf::from(name)));
            if clash {
                return Err("redefinition".into());
            }
            compiled.lock().unwrap().extend(group.to_vec());
            Ok(())
        })
        .unwrap();
        let mut compiled = compiled.into_inner().unwrap();
        compiled.sort();
        assert_eq!(compiled, group);
    }

    #[test]
    fn a_file_that_does_not_compile_alone_ends_it_with_the_compilers_words() {
        let work = Work::new(vec![["a", "b"].map(PathBuf::from).into()], 2);
        let refused =
            work.run(
                |_, group| {
                    if group.contains(&"b".into()) { Err("b: no such header".into()) } else { Ok(()) }
                },
            );
        assert_eq!(refused, Err("b: no such header".into()));
    }

    #[test]
    fn the_package_is_found_by_its_whole_name() {
        let metadata = r#"{"packages":[{"name":"more","version":"1","dependencies":[{"name":"librocksdb-sys","source":"x"}],"manifest_path":"/x/Cargo.toml"},{"name":"librocksdb-sys","version":"2","targets":[],"manifest_path":"/y/librocksdb-sys-2/Cargo.toml"}]}"#;
        assert_eq!(manifest_of(metadata, "librocksdb-sys").unwrap(), "/y/librocksdb-sys-2/Cargo.toml");
        assert_eq!(manifest_of(metadata, "librocksdb"), None);
    }
}
