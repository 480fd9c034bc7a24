//! A desk to work at: a folder of its own, the program, and an agreement between a mission and a state.

use serde_json::Value;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

pub(crate) struct Desk {
    pub(crate) folder: tempfile::TempDir,
}

/// What a run of the program left behind.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) bytes: Vec<u8>,
}

impl Ran {
    pub(crate) fn good(self) -> Self {
        assert_eq!(self.code, 0, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// Failed with this exit code and stable code.
    pub(crate) fn failed(self, exit: i32, code: &str) -> Self {
        assert_eq!(self.code, exit, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        assert!(self.err.contains(&format!("code: {code}\n")), "expected {code} in:\n{}", self.err);
        assert!(self.err.starts_with("error: ") || self.err.contains("\nerror: "), "{}", self.err);
        self
    }

    /// As [`Self::failed`], for an error in JSON.
    pub(crate) fn failed_in_json(&self, exit: i32, code: &str) {
        self.code_is(exit);
        let error: Value = serde_json::from_str(&self.err).unwrap();
        assert_eq!(error["error"]["code"], code);
    }

    /// Ended with this exit code, whatever it said.
    pub(crate) fn code_is(&self, exit: i32) {
        assert_eq!(self.code, exit, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|e| panic!("not one JSON document ({e}):\n{}\n{}", self.out, self.err))
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
            bytes: output.stdout,
        }
    }
}

/// The program under test.
pub(crate) fn program() -> PathBuf {
    if let Some(path) = std::env::var_os("TRUCE_BIN") {
        return path.into();
    }
    let here = std::env::current_exe().unwrap();
    let beside = here.parent().and_then(Path::parent).unwrap().join("truce");
    assert!(beside.is_file(), "{} is missing: cargo build --release -p truce-cli", beside.display());
    beside
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A ledger between a mission and a state, both acceded; `hub.pem` and `hq.pem` are their working keys.
    pub(crate) fn with_ledger() -> Self {
        let desk = Self::new();
        for key in ["mission-root.pem", "north-root.pem", "hub.pem", "hq.pem"] {
            desk.run(["key", "new", key, "--no-passphrase"]).good();
        }
        desk.write_charter();
        desk.run(INIT).good();
        desk.accede("mission", "hub.pem.pub:Patrol hub");
        desk.accede("north", "hq.pem.pub");
        desk.run(["submit", "ledger", "mission-accession.cose", "north-accession.cose"]).good();
        desk
    }

    pub(crate) fn accede(&self, party: &str, grant: &str) {
        let key = format!("{party}-root.pem");
        self.run([
            "accede",
            "--key",
            &key,
            "--party",
            party,
            "--agreement",
            "ledger/charter.cose",
            "--grant",
            grant,
        ])
        .good();
    }

    /// The template of a charter with the parties' own root keys.
    pub(crate) fn write_charter(&self) {
        self.run(["charter", "new", "--out", "charter.jsonc"]).good();
        let mut text = std::fs::read_to_string(self.path("charter.jsonc")).unwrap();
        for (example, party) in [
            ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "mission"),
            ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "north"),
        ] {
            let key = self.run(["key", "show", &format!("{party}-root.pem.pub"), "--json"]).good().json();
            text = text.replace(example, key["public_key"].as_str().unwrap());
        }
        std::fs::write(self.path("charter.jsonc"), text).unwrap();
    }

    /// The template of a kind, as it is, under `name`.
    pub(crate) fn draft(&self, kind: &str, name: &str) {
        let draft = self.run(["draft", kind]).good().out;
        std::fs::write(self.path(name), draft).unwrap();
    }

    /// Signs a draft with the mission's working key.
    pub(crate) fn sign(&self, draft: &str, out: &str) -> Ran {
        self.run([
            "sign",
            draft,
            "--key",
            "hub.pem",
            "--party",
            "mission",
            "--agreement",
            "ledger/charter.cose",
            "--out",
            out,
        ])
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn command<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(program());
        command.args(args).current_dir(self.folder.path()).stdin(Stdio::null());
        for variable in ["TRUCE_PASSPHRASE", "TRUCE_LOG_PASSPHRASE", "TRUCE_LOG"] {
            command.env_remove(variable);
        }
        command
    }

    pub(crate) fn run<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Ran {
        self.command(args).output().unwrap().into()
    }
}

pub(crate) const INIT: [&str; 11] = [
    "init",
    "ledger",
    "--charter",
    "charter.jsonc",
    "--party",
    "mission",
    "--key",
    "mission-root.pem",
    "--origin",
    "example.org/ceasefire",
    "--no-passphrase",
];

/// The real data that comes with the project.
pub(crate) fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/data").join(name)
}
