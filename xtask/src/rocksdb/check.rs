//! The archive held against the package's own build.
//!
//! The package's build script runs with a compiler that writes its arguments down and makes empty objects. So what it
//! would compile, and with which options, is known in the time that bindgen takes. The symbols of files compiled alone
//! are then looked for in the archive: of a sample, or of all files, which takes as long as the package's own build.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::options::Compiler;
use super::{LIB_DIR, PACKAGE, Package, Work, prepare};
use crate::Outcome;
use crate::workspace::{Workspace, output, run};

/// Every so many files of the list one is compiled alone.
const SAMPLE: usize = 60;

/// Records its arguments for sources of RocksDB; everything else goes to the compiler.
const RECORDER: &str = r#"#!/bin/sh
for word in "$@"; do
  case "$word" in rocksdb/*.cc | build_version.cc) source=$word ;; esac
  [ "$before" = "-o" ] && object=$word
  before=$word
done
[ -z "$source" ] && exec c++ "$@"
printf '%s\n' "$@" > "$TRUCE_RECORDED/$$"
: | c++ -x c++ -c - -o "$object"
"#;

/// Compares sources, options and symbols. With `whole` every file is compiled alone for its symbols, else a sample.
pub(crate) fn check(workspace: &Workspace, whole: bool) -> Outcome {
    let environment = prepare(workspace)?;
    let (Some(compiler), Some((_, folder))) =
        (Compiler::of_this_host()?, environment.into_iter().find(|(name, _)| *name == LIB_DIR))
    else {
        println!("RocksDB is not compiled by xtask here: nothing to compare");
        return Ok(());
    };
    let package = Package::find(workspace)?;
    let scratch = super::folder(workspace).join(format!("check-{}", std::process::id()));
    let outcome = compare(workspace, &package, &compiler, &folder.join("librocksdb.a"), &scratch, whole);
    let _ = fs::remove_dir_all(&scratch);
    outcome
}

fn compare(
    workspace: &Workspace,
    package: &Package,
    compiler: &Compiler,
    archive: &Path,
    scratch: &Path,
    whole: bool,
) -> Outcome {
    let theirs = recorded(workspace, scratch)?;
    let ours: BTreeSet<String> = package
        .sources()?
        .iter()
        .filter_map(|(path, _)| Some(path.strip_prefix(&package.root).ok()?.display().to_string()))
        .collect();
    let named: BTreeSet<String> = theirs.keys().cloned().collect();
    if let Some(file) = ours.symmetric_difference(&named).next() {
        return Err(format!("{file} is compiled by one of the two builds only"));
    }
    let mut options = compiler.options().to_vec();
    options.sort();
    for (file, used) in &theirs {
        if let Some(option) = difference(&options, used) {
            return Err(format!("{file}: the option {option} is used by one of the two builds only"));
        }
    }
    println!("sources: {}, options: {}, the same in both builds", theirs.len(), options.len());

    let have = symbols(archive)?;
    let files: Vec<Vec<PathBuf>> = theirs
        .keys()
        .enumerate()
        .filter(|(number, _)| whole || number % SAMPLE == 0)
        .map(|(_, file)| vec![package.root.join(file)])
        .collect();
    let count = files.len();
    let alone = std::sync::Mutex::new(BTreeSet::new());
    Work::new(files, count).run(|number, group| {
        super::compile(package, compiler, scratch, number, group)?;
        let found = symbols(&scratch.join(format!("{number}.o")))?;
        alone.lock().unwrap_or_else(std::sync::PoisonError::into_inner).extend(found);
        Ok(())
    })?;
    let alone = alone.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(symbol) = alone.difference(&have).next() {
        return Err(format!("the archive lacks {symbol}"));
    }
    if whole && let Some(symbol) = have.difference(&alone).next() {
        return Err(format!("only the archive has {symbol}"));
    }
    println!("symbols: {} of {count} files compiled alone, all in the archive ({})", alone.len(), have.len());
    Ok(())
}

/// What the package's build script would compile: options by file, without the file and its object.
fn recorded(workspace: &Workspace, scratch: &Path) -> Result<BTreeMap<String, Vec<String>>, String> {
    let said = |error: std::io::Error| format!("{}: {error}", scratch.display());
    let (notes, recorder) = (scratch.join("notes"), scratch.join("c++"));
    fs::create_dir_all(&notes).map_err(said)?;
    fs::write(&recorder, RECORDER).map_err(said)?;
    run(Command::new("chmod").arg("+x").arg(&recorder))?;
    let mut build = workspace.cargo(&["build", "--release", "--quiet", "--locked", "--package", PACKAGE]);
    build.env("CARGO_TARGET_DIR", scratch.join("target")).env("CXX", &recorder).env("TRUCE_RECORDED", &notes);
    // Else the archive would be taken.
    run(build.env("ROCKSDB_COMPILE", "1"))?;
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(&notes).map_err(said)?.flatten() {
        let text = fs::read_to_string(entry.path()).map_err(said)?;
        let mut words: Vec<String> = text.lines().map(str::to_owned).collect();
        if let Some(at) = words.iter().position(|word| word == "-o") {
            words.drain(at..(at + 2).min(words.len()));
        }
        let Some(at) = words.iter().position(|word| word == "-c") else { continue };
        let mut compiled = words.drain(at..(at + 2).min(words.len())).skip(1);
        let Some(file) = compiled.next() else { continue };
        drop(compiled);
        words.sort();
        files.insert(file, words);
    }
    Ok(files)
}

/// The first word that one of two sorted lists has more often than the other.
fn difference<'a>(ours: &'a [String], theirs: &'a [String]) -> Option<&'a String> {
    match ours.iter().zip(theirs).find(|(one, other)| one != other) {
        Some((one, other)) => Some(one.min(other)),
        None => ours.get(theirs.len()..).and_then(<[_]>::first).or_else(|| theirs.get(ours.len()..)?.first()),
    }
}

/// Names that an object defines once and for all others. What templates and inline functions leave ("weak") depends on
/// what the compiler chose to write out, and is in each file that needs it.
fn symbols(file: &Path) -> Result<BTreeSet<String>, String> {
    let text =
        output(Command::new("nm").args(["--extern-only", "--defined-only", "--format=posix"]).arg(file))?;
    Ok(strong(&text))
}

fn strong(listing: &str) -> BTreeSet<String> {
    let symbol = |line: &str| {
        let mut words = line.split(' ');
        let (name, class) = (words.next()?, words.next()?);
        matches!(class, "T" | "D" | "B" | "R").then(|| name.to_owned())
    };
    listing.lines().filter_map(symbol).collect()
}

#[cfg(test)]
mod tests {
    use super::{difference, strong};

    #[test]
    fn a_missing_and_an_added_option_are_both_found() {
        let list = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
        assert_eq!(difference(&list(&["-a", "-b"]), &list(&["-a", "-b"])), None);
        assert_eq!(difference(&list(&["-a", "-b"]), &list(&["-a"])), Some(&"-b".to_owned()));
        assert_eq!(difference(&list(&["-b"]), &list(&["-a", "-b"])), Some(&"-a".to_owned()));
    }

    #[test]
    fn only_what_is_defined_once_is_compared() {
        let listing = "a.o:\n_ZN1a T 0 1\n_ZN1b W 0 1\n_ZN1c V 0 1\n_ZN1d D 0 1\n_ZN1e U\n";
        assert_eq!(strong(listing).into_iter().collect::<Vec<_>>(), ["_ZN1a", "_ZN1d"]);
    }
}
