//! What RocksDB needs before cargo can compile it: libclang and a C++ compiler.

use std::env;
use std::fs;
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Outcome;
use crate::libclang::{self, Found};
use crate::workspace::run;

/// Debian's packages. `libclang-dev` has no version in its name, and brings the library, its
/// `.so` link and clang's headers; `libclang1-N` alone has no headers.
const DEBIAN_CLANG: &str = "libclang-dev";
const DEBIAN_CXX: &str = "g++";

/// Finds what is needed, installs it where that can be done, or says what to type.
pub(crate) fn prepare() -> Outcome {
    let missing = Missing::now();
    if missing.nothing() {
        return Ok(());
    }
    eprintln!("set-up: {}", missing.sentence());
    let system = System::here();
    if !(system == System::Debian && on_path("apt-get").is_some()) {
        return Err(format!("{}\n{}", missing.sentence(), system.advice()));
    }
    apt_install(&missing.debian_packages())?;

    let missing = Missing::now();
    if missing.nothing() {
        return Ok(());
    }
    Err(format!("after installing, still: {}\n{}", missing.sentence(), system.advice()))
}

/// Makes sure of rustfmt and clippy, which a minimal installation of Rust leaves out.
pub(crate) fn prepare_rust_components() -> Outcome {
    let lacks = |component: &&str| {
        let found = Command::new(component).arg("--version").output();
        !found.is_ok_and(|output| output.status.success())
    };
    let missing: Vec<&str> = ["rustfmt", "cargo-clippy"].into_iter().filter(lacks).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = missing.iter().map(|name| name.trim_start_matches("cargo-")).collect();
    let line = format!("rustup component add {}", names.join(" "));
    if on_path("rustup").is_none() {
        return Err(format!("{} missing; with rustup, type:\n  {line}", names.join(" and ")));
    }
    eprintln!("set-up: {line}");
    run(Command::new("rustup").args(["component", "add"]).args(names))
}

/// What is not there yet.
#[derive(Debug)]
struct Missing {
    clang: Option<String>,
    cxx: bool,
}

impl Missing {
    fn now() -> Self {
        let clang = match libclang::find() {
            Found::Complete(_) => None,
            Found::NoHeaders(library) => {
                Some(format!("clang's own headers (stddef.h) for {}", library.display()))
            }
            Found::Nothing => Some("libclang".to_owned()),
        };
        Self { clang, cxx: !has_cxx() }
    }

    fn nothing(&self) -> bool {
        self.clang.is_none() && !self.cxx
    }

    fn sentence(&self) -> String {
        let parts: Vec<&str> =
            self.clang.as_deref().into_iter().chain(self.cxx.then_some("a C++ compiler")).collect();
        format!("to compile RocksDB this machine lacks {}", parts.join(" and "))
    }

    fn debian_packages(&self) -> Vec<&'static str> {
        let clang = self.clang.is_some().then_some(DEBIAN_CLANG);
        let cxx = self.cxx.then_some(DEBIAN_CXX);
        clang.into_iter().chain(cxx).collect()
    }
}

/// Whether there is a compiler of the names the `cc` crate would try.
fn has_cxx() -> bool {
    match env::var("CXX") {
        Ok(named) => named.split_whitespace().next().is_some_and(|name| on_path(name).is_some()),
        Err(_) => ["c++", "g++", "clang++"].iter().any(|name| on_path(name).is_some()),
    }
}

/// The first program of that name on the path.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    if name.contains('/') {
        return Some(PathBuf::from(name)).filter(|path| path.is_file());
    }
    env::split_paths(&env::var_os("PATH")?).map(|dir| dir.join(name)).find(|path| path.is_file())
}

/// Installs packages that only some tests need on Debian and its kin; elsewhere says what to install.
pub(crate) fn install_packages(packages: &[&str]) -> Outcome {
    if System::here() == System::Debian && on_path("apt-get").is_some() {
        return apt_install(packages);
    }
    Err(format!("install these by this system's own means, then try again: {}", packages.join(", ")))
}

/// Runs apt-get, as root or through sudo.
fn apt_install(packages: &[&str]) -> Outcome {
    let line = format!("apt-get install --no-install-recommends {}", packages.join(" "));
    let sudo = match (is_root(), on_path("sudo")) {
        (true, _) => None,
        (false, Some(path)) => Some(path),
        (false, None) => return Err(format!("neither root nor sudo here; as root, type:\n  {line}")),
    };
    eprintln!("set-up: {line}");
    let apt = |args: &[&str]| {
        let mut command = match &sudo {
            None => Command::new("env"),
            Some(path) => {
                let mut command = Command::new(path);
                // Without a terminal a question for a password would wait for ever.
                if !io::stdin().is_terminal() {
                    command.arg("--non-interactive");
                }
                command.arg("env");
                command
            }
        };
        command.arg("DEBIAN_FRONTEND=noninteractive").arg("apt-get").args(args);
        run(&mut command)
    };
    // One unreachable source of several makes `update` fail; the packages may be there all the same.
    if let Err(reason) = apt(&["update", "--quiet"]) {
        eprintln!("set-up: {reason}; going on with the lists that are here");
    }
    let mut install = vec!["install", "--quiet", "--yes", "--no-install-recommends"];
    install.extend(packages);
    apt(&install).map_err(|reason| format!("{reason}\nto install by hand:\n  sudo {line}"))
}

fn is_root() -> bool {
    Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| String::from_utf8_lossy(&output.stdout).trim() == "0")
}

/// The systems for which the line to type is known.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum System {
    Alpine,
    Arch,
    Debian,
    Fedora,
    MacOs,
    Nix,
    Suse,
    Unknown,
}

impl System {
    fn here() -> Self {
        if cfg!(target_os = "macos") {
            return Self::MacOs;
        }
        let release = ["/etc/os-release", "/usr/lib/os-release"]
            .iter()
            .find_map(|path| fs::read_to_string(Path::new(path)).ok());
        release.map_or(Self::Unknown, |text| Self::from_os_release(&text))
    }

    /// Reads `ID`, then `ID_LIKE`, of os-release(5).
    fn from_os_release(text: &str) -> Self {
        let value = |key: &str| {
            text.lines()
                .find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
                .map(|value| value.trim_matches(['"', '\'']).to_owned())
                .unwrap_or_default()
        };
        let names = format!("{} {}", value("ID"), value("ID_LIKE"));
        names.split_whitespace().find_map(Self::named).unwrap_or(Self::Unknown)
    }

    fn named(id: &str) -> Option<Self> {
        Some(match id {
            "alpine" => Self::Alpine,
            "arch" | "archlinux" => Self::Arch,
            "debian" | "ubuntu" => Self::Debian,
            "fedora" | "rhel" | "centos" => Self::Fedora,
            "nixos" => Self::Nix,
            "suse" | "opensuse" => Self::Suse,
            _ => return None,
        })
    }

    /// What to type, in one line.
    fn advice(self) -> String {
        let line = match self {
            Self::Alpine => "apk add clang-dev g++ linux-headers",
            Self::Arch => "sudo pacman -S --needed clang gcc",
            Self::Debian => "sudo apt-get install libclang-dev g++",
            Self::Fedora => "sudo dnf install clang-devel gcc-c++",
            Self::MacOs => "xcode-select --install",
            Self::Nix => {
                "nix-shell -p gcc llvmPackages.libclang --run \
                 'LIBCLANG_PATH=$(nix eval --raw nixpkgs#llvmPackages.libclang.lib)/lib cargo xtask setup'"
            }
            Self::Suse => "sudo zypper install clang-devel gcc-c++",
            Self::Unknown => {
                return "install libclang with its headers and a C++ compiler; if libclang lies in \
                        an unusual place, set LIBCLANG_PATH to its folder"
                    .to_owned();
            }
        };
        format!("type this, then try again:\n  {line}")
    }
}

#[cfg(test)]
mod tests {
    use super::{Missing, System};

    #[test]
    fn systems_are_told_by_os_release() {
        let cases = [
            ("PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\n", System::Debian),
            ("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", System::Debian),
            ("NAME=\"Fedora Linux\"\nID=fedora\nVERSION_ID=42\n", System::Fedora),
            ("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n", System::Fedora),
            ("ID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\"\n", System::Suse),
            ("ID=alpine\n", System::Alpine),
            ("ID=nixos\n", System::Nix),
            ("ID=arch\n", System::Arch),
            ("ID=haiku\n", System::Unknown),
            ("", System::Unknown),
        ];
        for (text, expected) in cases {
            assert_eq!(System::from_os_release(text), expected, "{text}");
        }
    }

    #[test]
    fn only_what_is_missing_is_installed() {
        let both = Missing { clang: Some("libclang".into()), cxx: true };
        assert_eq!(both.debian_packages(), ["libclang-dev", "g++"]);
        assert_eq!(both.sentence(), "to compile RocksDB this machine lacks libclang and a C++ compiler");
        let cxx = Missing { clang: None, cxx: true };
        assert_eq!(cxx.debian_packages(), ["g++"]);
        assert!(Missing { clang: None, cxx: false }.nothing());
    }
}
