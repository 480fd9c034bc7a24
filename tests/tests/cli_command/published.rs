//! Published logs: exported again and again, mirrored, and read by a build that knows nothing else.

use crate::desk::{Desk, Ran};
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn exports_and_mirrors_grow() {
    let desk = Desk::with_ledger();
    desk.run(["export", "ledger", "published"]).good();
    desk.run(["mirror", "published", "copy"]).good();
    let data = crate::desk::data("ucdp_ged_22_1_ukraine_2015.csv");
    desk.run(["import", "ucdp-ged", data.to_str().unwrap(), "--key", "hub.pem", "--ledger", "ledger"]).good();
    let exported = desk.run(["export", "ledger", "published", "--json"]).good().json();
    assert_eq!((&exported["before"], &exported["size"]), (&3.into(), &713.into()));
    desk.run(["verify", "published", "--seen", "copy/checkpoint"]).good();
    desk.run(["mirror", "published", "copy"]).good();
    for source in ["published", "copy"] {
        assert_eq!(desk.run(["verify", source, "--json"]).good().json()["size"], 713);
        desk.run(["prove", source, "700"]).good();
    }
    assert_eq!(names(&desk.path("copy")), ["checkpoint", "tile"]);
    // A copy goes forward only.
    desk.run(["mirror", "copy", "older"]).good();
    std::fs::remove_dir_all(desk.path("published")).unwrap();
    let other = Desk::with_ledger();
    other.run(["export", "ledger", desk.path("published").to_str().unwrap()]).good();
    desk.run(["mirror", "published", "copy"]).failed(3, "verification-failed");
    desk.run(["verify", "copy"]).good();
}

#[test]
fn evidence_is_copied_when_it_is_what_its_name_says() {
    let desk = Desk::with_ledger();
    desk.run(["export", "ledger", "published"]).good();
    std::fs::create_dir(desk.path("published/evidence")).unwrap();
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    std::fs::write(desk.path("published/evidence").join(empty), "").unwrap();
    desk.run(["mirror", "published", "copy"]).good();
    assert!(desk.path("copy/evidence").join(empty).exists());
    std::fs::write(desk.path("published/evidence").join(empty), "something else").unwrap();
    desk.run(["mirror", "published", "other"]).failed(3, "evidence-differs");
}

#[test]
fn an_audit_can_be_taken_up_again() {
    let desk = Desk::with_ledger();
    desk.run(["export", "ledger", "published"]).good();
    std::fs::create_dir(desk.path("scratch")).unwrap();
    let first = desk.run(["verify", "published", "--resume", "scratch", "--json"]).good().json();
    let second = desk.run(["verify", "published", "--resume", "scratch", "--json"]).good().json();
    assert_eq!(first, second);
}

fn names(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = files.filter(|name| !name.starts_with('.')).collect();
    names.sort();
    names
}

/// A build without default features: the one named by `TRUCE_AUDITOR_BIN`, or the one beside this build, if any.
fn auditor() -> Option<PathBuf> {
    let named = std::env::var_os("TRUCE_AUDITOR_BIN").map(PathBuf::from);
    let here = std::env::current_exe().unwrap();
    let beside = here.ancestors().nth(3).map(|target| target.join("auditor/release/truce"));
    named.or(beside).filter(|path| path.is_file())
}

#[test]
fn an_auditors_build_links_no_database() {
    let Some(cargo) = std::env::var_os("CARGO") else { return };
    let tree = Command::new(cargo)
        .args(["tree", "--offline", "--edges", "normal,build", "--prefix", "none"])
        .args(["--package", "truce-cli", "--no-default-features"])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let tree = String::from_utf8(tree.stdout).unwrap();
    for absent in ["rocksdb", "librocksdb-sys", "tokio", "truce-log"] {
        assert!(!tree.lines().any(|line| line.split(' ').next() == Some(absent)), "{absent} is linked");
    }
}

#[test]
fn an_auditors_build_reads_and_verifies_published_logs() {
    let Some(auditor) = auditor() else {
        eprintln!("no auditor's build found: cargo xtask auditor, or set TRUCE_AUDITOR_BIN");
        return;
    };
    let desk = Desk::with_ledger();
    desk.run(["export", "ledger", "published"]).good();
    let run = |args: &[&str]| -> Ran {
        Command::new(&auditor).args(args).current_dir(desk.folder.path()).output().unwrap().into()
    };
    for command in [
        &["verify", "published"][..],
        &["list", "published", "--json"],
        &["status", "published"],
        &["show", "published", "1"],
    ] {
        assert_eq!(run(command).good().out, desk.run(command).good().out, "{command:?}");
    }
    run(&["mirror", "published", "copy"]).good();
    run(&["verify", "mission-accession.cose", "--charter", "ledger/charter.cose"]).good();
    run(&["key", "new", "auditor.pem", "--no-passphrase"]).good();
    for needs_ledger in [
        &["list", "ledger"][..],
        &["verify", "ledger"],
        &["submit", "ledger", "mission-accession.cose"],
        &["export", "ledger", "elsewhere"],
    ] {
        run(needs_ledger).failed(1, "needs-ledger");
    }
}
