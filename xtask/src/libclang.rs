//! Finds libclang, which RocksDB's bindings are generated with.
//!
//! `bindgen` opens the library while it runs, so any `libclang.so*` will do; it also needs
//! clang's own headers (`stddef.h` and the like), which distributions package apart. The places
//! searched are a subset of those `bindgen` searches: what is found here is found there.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the search found.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Found {
    /// A library together with clang's headers.
    Complete(PathBuf),
    /// A library whose headers are missing.
    NoHeaders(PathBuf),
    /// No library.
    Nothing,
}

/// Searches `LIBCLANG_PATH` when it is set, and the usual places otherwise.
pub(crate) fn find() -> Found {
    let named = env::var_os("LIBCLANG_PATH").map(PathBuf::from);
    search(&named.map_or_else(usual_places, |path| vec![path]), &header_places())
}

/// The first library in `places` that has headers, or else the first library.
fn search(places: &[PathBuf], headers: &[PathBuf]) -> Found {
    let libraries: Vec<PathBuf> = places.iter().flat_map(|place| libraries_in(place)).collect();
    let complete = libraries
        .iter()
        .find(|library| beside(library).iter().chain(headers).any(|folder| has_builtin_headers(folder)));
    match (complete, libraries.first()) {
        (Some(library), _) => Found::Complete(library.clone()),
        (None, Some(library)) => Found::NoHeaders(library.clone()),
        (None, None) => Found::Nothing,
    }
}

fn usual_places() -> Vec<PathBuf> {
    let mut places = Vec::new();
    let llvm_config = env::var_os("LLVM_CONFIG_PATH").unwrap_or_else(|| "llvm-config".into());
    if let Ok(output) = Command::new(llvm_config).arg("--prefix").output() {
        let prefix = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if output.status.success() && !prefix.is_empty() {
            places.extend(["lib", "lib64"].map(|lib| Path::new(&prefix).join(lib)));
        }
    }
    if let Some(paths) = env::var_os("LD_LIBRARY_PATH") {
        places.extend(env::split_paths(&paths).filter(|path| path.is_absolute()));
    }
    if cfg!(target_os = "macos") {
        places.extend(
            [
                "/Library/Developer/CommandLineTools/usr/lib",
                "/Applications/Xcode.app/Contents/Developer/Toolchains/XcodeDefault.xctoolchain/usr/lib",
                "/usr/local/opt/llvm/lib",
            ]
            .map(PathBuf::from),
        );
    }
    places.extend(versioned("/usr/lib", "llvm", Some("lib")));
    if let Ok(output) = Command::new("ldconfig").arg("-p").output() {
        places.extend(from_ldconfig(&String::from_utf8_lossy(&output.stdout)));
    }
    for root in ["/usr/lib", "/usr/lib64", "/usr/local/lib"] {
        places.push(PathBuf::from(root));
        places.extend(folders_in(Path::new(root)).into_iter().filter(|folder| {
            folder.file_name().is_some_and(|name| name.to_string_lossy().contains("-linux-"))
        }));
    }
    places
}

/// Where clang's headers lie when they are not beside the library.
fn header_places() -> Vec<PathBuf> {
    let mut places = versioned("/usr/lib", "llvm", Some("lib/clang"));
    places.extend(["/usr/lib/clang", "/usr/lib64/clang"].map(PathBuf::from));
    places
}

/// Folders of `root` whose name starts with `prefix`, newest version first, then `inner` in each.
fn versioned(root: &str, prefix: &str, inner: Option<&str>) -> Vec<PathBuf> {
    let mut folders: Vec<(Vec<u32>, PathBuf)> = folders_in(Path::new(root))
        .into_iter()
        .filter_map(|folder| {
            let name = folder.file_name()?.to_str()?.strip_prefix(prefix)?.to_owned();
            Some((version(&name), folder))
        })
        .collect();
    folders.sort_by(|a, b| b.cmp(a));
    folders.into_iter().map(|(_, folder)| inner.map_or(folder.clone(), |i| folder.join(i))).collect()
}

/// The numbers in `-14`, `14.0.6` and the like; none for a name without a version.
fn version(text: &str) -> Vec<u32> {
    text.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect()
}

/// The folders of the libclang libraries in the output of `ldconfig -p`.
fn from_ldconfig(listing: &str) -> Vec<PathBuf> {
    listing
        .lines()
        .filter_map(|line| line.split_once("=>"))
        .map(|(_, path)| Path::new(path.trim()))
        .filter(|path| path.file_name().is_some_and(|n| is_libclang(&n.to_string_lossy())))
        .filter_map(|path| path.parent().map(Path::to_path_buf))
        .collect()
}

/// Whether a file of that name is libclang, whatever its version.
fn is_libclang(name: &str) -> bool {
    name == "libclang.dylib"
        || name == "libclang.so"
        || name.starts_with("libclang.so.")
        || name
            .strip_prefix("libclang-")
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()) && rest.contains(".so"))
}

/// The libraries in a folder, or the file itself.
fn libraries_in(place: &Path) -> Vec<PathBuf> {
    let named = |path: &Path| path.file_name().is_some_and(|n| is_libclang(&n.to_string_lossy()));
    if place.is_file() {
        return if named(place) { vec![place.to_path_buf()] } else { Vec::new() };
    }
    // A link that leads nowhere (a -dev package without its library) is no library.
    let mut found: Vec<PathBuf> = entries(place).filter(|p| named(p) && p.is_file()).collect();
    found.sort();
    found
}

/// `clang/` beside the library and beside the file it is a link to.
fn beside(library: &Path) -> Vec<PathBuf> {
    let real = fs::canonicalize(library).ok();
    [Some(library.to_path_buf()), real]
        .into_iter()
        .flatten()
        .filter_map(|path| Some(path.parent()?.join("clang")))
        .collect()
}

/// Whether `folder/VERSION/include/stddef.h` exists.
fn has_builtin_headers(folder: &Path) -> bool {
    folders_in(folder).iter().any(|version| version.join("include/stddef.h").is_file())
}

fn folders_in(folder: &Path) -> Vec<PathBuf> {
    entries(folder).filter(|path| path.is_dir()).collect()
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::{Found, from_ldconfig, is_libclang, search, version, versioned};

    /// A folder of this test's own, removed at its end.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("xtask-{}-{name}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        fn file(&self, name: &str) -> PathBuf {
            let path = self.0.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, "").unwrap();
            path
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn names_of_the_library() {
        for name in [
            "libclang.so",
            "libclang.so.1",
            "libclang-14.so",
            "libclang-14.so.14.0.6",
            "libclang-19.so.19",
            "libclang.dylib",
        ] {
            assert!(is_libclang(name), "{name}");
        }
        for name in ["libclang-cpp.so.14", "libclang_rt.so", "libclang.a", "libclangAST.so", ""] {
            assert!(!is_libclang(name), "{name}");
        }
    }

    #[test]
    fn versions_compare_as_numbers() {
        assert_eq!(version("-14"), [14]);
        assert_eq!(version("14.0.6"), [14, 0, 6]);
        assert!(version("-9") < version("-14"));
        assert!(version("").is_empty());
    }

    #[test]
    fn the_newest_llvm_is_searched_first() {
        let root = Folder::new("versions");
        for name in ["llvm-9/lib/a", "llvm-14/lib/a", "other/lib/a"] {
            root.file(name);
        }
        let found = versioned(root.0.to_str().unwrap(), "llvm", Some("lib"));
        assert_eq!(found, [root.0.join("llvm-14/lib"), root.0.join("llvm-9/lib")]);
    }

    #[test]
    fn the_loader_s_cache_is_read() {
        let listing = "842 libs found in cache `/etc/ld.so.cache'\n\
            \tlibclang-cpp.so.14 (libc6,x86-64) => /opt/cpp/libclang-cpp.so.14\n\
            \tlibclang-14.so.13 (libc6,x86-64) => /lib/x86_64-linux-gnu/libclang-14.so.13\n";
        assert_eq!(from_ldconfig(listing), [Path::new("/lib/x86_64-linux-gnu")]);
    }

    #[test]
    fn a_library_without_headers_is_not_enough() {
        let root = Folder::new("headers");
        let bare = root.file("bare/libclang-14.so.1");
        let places = [root.0.join("none"), root.0.join("bare")];
        assert_eq!(search(&places, &[]), Found::NoHeaders(bare));

        let whole = root.file("whole/libclang.so");
        root.file("whole/clang/14.0.6/include/stddef.h");
        let places = [root.0.join("bare"), root.0.join("whole")];
        assert_eq!(search(&places, &[]), Found::Complete(whole.clone()));
        assert_eq!(search(std::slice::from_ref(&whole), &[]), Found::Complete(whole));
        assert_eq!(search(&[root.0.join("none")], &[]), Found::Nothing);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_counts_when_it_leads_somewhere() {
        let root = Folder::new("links");
        root.file("llvm/lib/libclang.so.1");
        root.file("llvm/lib/clang/19/include/stddef.h");
        fs::create_dir_all(root.0.join("lib")).unwrap();
        let link = root.0.join("lib/libclang-19.so.1");
        std::os::unix::fs::symlink(root.0.join("llvm/lib/libclang.so.1"), &link).unwrap();
        let dangling = root.0.join("lib/libclang-13.so.1");
        std::os::unix::fs::symlink(root.0.join("gone"), dangling).unwrap();
        assert_eq!(search(&[root.0.join("lib")], &[]), Found::Complete(link));
    }
}
