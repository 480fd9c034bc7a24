//! Our COSE against a Python library for it, `cwt`: it verifies what we sign, and we verify what it signs.
//!
//! The library is installed, in the versions of `tests/requirements.txt`, into a virtual environment in the target
//! folder. Without a network that fails, and so does this test, unless `TRUCE_OFFLINE=1` says that there is none.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::print_stdout)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;
use truce_statement::{PublicKey, Statement};

/// This package's folder.
const HERE: &str = env!("CARGO_MANIFEST_DIR");

fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(
        output.status.success(),
        "{command:?} failed; TRUCE_OFFLINE=1 leaves this test out\n{out}\n{err}"
    );
    output
}

/// Python with the library: made once, and again when the requirements change.
fn python() -> PathBuf {
    static PYTHON: LazyLock<PathBuf> = LazyLock::new(environment);
    PYTHON.clone()
}

fn environment() -> PathBuf {
    let requirements = Path::new(HERE).join("requirements.txt");
    let wanted = std::fs::read_to_string(&requirements).unwrap();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cose-python");
    let (python, installed) = (folder.join("bin/python"), folder.join("installed.txt"));
    if std::fs::read_to_string(&installed).is_ok_and(|found| found == wanted) {
        return python;
    }
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder));
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "-r"];
    run(Command::new(&python).args(pip).arg(&requirements));
    std::fs::write(installed, wanted).unwrap();
    python
}

fn offline() -> bool {
    let left_out = std::env::var_os("TRUCE_OFFLINE").is_some_and(|value| value == "1");
    if left_out {
        println!("left out: TRUCE_OFFLINE=1");
    }
    left_out
}

/// The script shares no code with ours, and decides every receipt on file as the file says.
#[test]
fn a_python_script_agrees_on_every_receipt() {
    if offline() {
        return;
    }
    let script = Path::new(HERE).join("verify_receipts.py");
    let output = run(Command::new(python()).arg(script));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains(", 0 disagreements"), "{said}");
}

#[test]
fn a_python_library_verifies_what_we_sign_and_we_what_it_signs() {
    if offline() {
        return;
    }
    let script = Path::new(HERE).join("cose_cross_check.py");
    let vectors = Path::new(HERE).join("../fixtures/vectors/statement.json");
    // Refusals and disagreements are the script's own to find: it fails on any.
    let output = run(Command::new(python()).arg(script).arg(vectors));
    let mut verified = 0;
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let theirs: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = |field: &str| theirs[field].as_str().unwrap();
        let key: PublicKey = text("key").parse().unwrap();
        let statement = Statement::parse(hex::decode(text("statement")).unwrap());
        let signed = statement.and_then(|statement| statement.verify(&key));
        // Statements at the limit stay within it: header and key id have the same lengths.
        signed.unwrap_or_else(|refusal| panic!("{}: {refusal}", text("name")));
        verified += 1;
    }
    assert!(verified >= 19, "one of each kind at least, not {verified}");
}
