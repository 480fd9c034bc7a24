//! The C++ compiler of this machine, and the options with which the package's build script would call it.

use std::env;
use std::ffi::OsString;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::process::Command;

use crate::workspace::output;

/// Options on every system: section 1 those of the `cc` crate for a release build with `opt-level = 2`, then the
/// package's own includes, warnings and definitions.
const EVERYWHERE: &[&str] = &[
    "-O2",
    "-ffunction-sections",
    "-fdata-sections",
    "-fPIC",
    "-I",
    "rocksdb/include/",
    "-I",
    "rocksdb/",
    "-I",
    "rocksdb/third-party/gtest-1.8.1/fused-src/",
    "-I",
    ".",
    "-std=c++20",
    "-Wsign-compare",
    "-Wshadow",
    "-Wno-unused-parameter",
    "-Wno-unused-variable",
    "-Woverloaded-virtual",
    "-Wnon-virtual-dtor",
    "-Wno-missing-field-initializers",
    "-Wno-strict-aliasing",
    "-Wno-invalid-offsetof",
    "-include",
    "cstdint",
    "-DNDEBUG=1",
    "-DHAVE_ALIGNED_NEW",
    "-DHAVE_UINT128_EXTENSION",
    "-DROCKSDB_PLATFORM_POSIX",
    "-DROCKSDB_LIB_IO_POSIX",
    "-DOS_LINUX",
    "-DROCKSDB_SCHED_GETCPU_PRESENT",
    "-DROCKSDB_AUXV_GETAUXVAL_PRESENT",
    "-DROCKSDB_FALLOCATE_PRESENT",
    "-DROCKSDB_RANGESYNC_PRESENT",
];

/// What the `cc` crate and the package add for a processor.
const X86_64: &[&str] = &["-m64", "-march=x86-64", "-msse2"];

/// Variables whose content reaches the package's compiler by ways that are not followed here.
const NOT_FOLLOWED: [&str; 4] =
    ["CARGO_BUILD_TARGET", "ROCKSDB_CXX_STD", "CRATE_CC_NO_DEFAULTS", "CXXSTDLIB"];

/// A compiler with its options.
pub(super) struct Compiler {
    /// Program and leading arguments, as `CXX` may hold them ("ccache g++").
    program: Vec<String>,
    options: Vec<String>,
    /// The compiler's own words about itself.
    version: String,
}

impl Compiler {
    /// The compiler that the package would call, or none where its options are not known here.
    ///
    /// # Errors
    /// One sentence, where rustc or the compiler does not say its version.
    pub(super) fn of_this_host() -> Result<Option<Self>, String> {
        let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let said = output(Command::new(rustc).arg("-vV"))?;
        let host = said.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default();
        let rustflags = ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS"].map(env::var_os);
        if NOT_FOLLOWED.iter().any(|name| env::var_os(name).is_some())
            || rustflags.iter().flatten().any(chooses_cpu)
        {
            return Ok(None);
        }
        let processor: &[&str] = match host {
            "x86_64-unknown-linux-gnu" => X86_64,
            "aarch64-unknown-linux-gnu" => &[],
            _ => return Ok(None),
        };
        let words = |value: String| value.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let program = named("CXX", host).map_or_else(|| vec!["c++".to_owned()], words);
        let mut options: Vec<String> =
            EVERYWHERE.iter().chain(processor).map(|&option| option.to_owned()).collect();
        options.extend(named("CXXFLAGS", host).map(words).unwrap_or_default());
        let mut compiler = Self { program, options, version: String::new() };
        compiler.version = output(compiler.command().arg("--version"))?;
        Ok(Some(compiler))
    }

    /// The compiler without arguments of its own.
    pub(super) fn command(&self) -> Command {
        let mut words = self.program.iter();
        let mut command = Command::new(words.next().map_or("c++", String::as_str));
        command.args(words);
        command
    }

    /// All options but the file and where its object goes. Includes are relative to the package.
    pub(super) fn options(&self) -> &[String] {
        &self.options
    }

    /// A name for what this compiler makes of that version of the package: other words, options, or sizes of groups
    /// make another name.
    pub(super) fn key(&self, package: &str) -> String {
        let mut hasher = DefaultHasher::new();
        (package, &self.program, &self.options, &self.version, super::GROUP_BYTES).hash(&mut hasher);
        format!("{:016x}", hasher.finish())
    }
}

/// The value of a variable of the `cc` crate: that for the target comes first.
fn named(variable: &str, host: &str) -> Option<String> {
    let names = [
        format!("{variable}_{host}"),
        format!("{variable}_{}", host.replace('-', "_")),
        format!("HOST_{variable}"),
        variable.to_owned(),
    ];
    names.iter().find_map(|name| env::var(name).ok()).filter(|value| !value.trim().is_empty())
}

/// Tells flags for rustc that change what C++ is compiled for.
fn chooses_cpu(flags: &OsString) -> bool {
    let flags = flags.to_string_lossy();
    flags.contains("target-cpu") || flags.contains("target-feature")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{Compiler, chooses_cpu};

    #[test]
    fn other_options_make_another_archive() {
        let compiler = |option: &str| Compiler {
            program: vec!["c++".into()],
            options: vec![option.into()],
            version: "12".into(),
        };
        assert_eq!(compiler("-O2").key("1"), compiler("-O2").key("1"));
        assert_ne!(compiler("-O2").key("1"), compiler("-O1").key("1"));
        assert_ne!(compiler("-O2").key("1"), compiler("-O2").key("2"));
    }

    #[test]
    fn a_processor_chosen_for_rust_is_left_to_the_package() {
        assert!(chooses_cpu(&"-Ctarget-cpu=native".into()));
        assert!(!chooses_cpu(&"-Clink-arg=-fuse-ld=mold".into()));
    }
}
