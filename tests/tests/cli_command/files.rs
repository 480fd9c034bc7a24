//! Files that are no regular files, and files of no end: refused at once, wherever a path is taken.

use crate::desk::{Desk, Ran};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

fn pipe(path: &Path) {
    assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// A desk with a published log in `published`, a signed statement `seen.cose` and its proof.
fn with_published_log() -> Desk {
    let desk = Desk::with_ledger();
    desk.draft("observation", "seen.jsonc");
    desk.sign("seen.jsonc", "seen.cose").good();
    desk.run(["submit", "ledger", "seen.cose"]).good();
    desk.run(["export", "ledger", "published"]).good();
    pipe(&desk.path("pipe"));
    symlink("/dev/zero", desk.path("endless")).unwrap();
    desk
}

fn refused(ran: Ran) {
    let ran = ran.failed(4, "not-a-file");
    assert!(ran.err.contains("  next: "), "{}", ran.err);
}

#[test]
fn a_pipe_and_an_endless_device_are_refused_wherever_a_file_is_named() {
    let desk = with_published_log();
    for special in ["pipe", "endless", "published"] {
        refused(desk.run(["sign", special, "--key", "hub.pem", "--out", "x.cose"]));
        refused(desk.run(["sign", "seen.jsonc", "--key", special, "--out", "x.cose"]));
        refused(desk.run(["submit", "ledger", special]));
        refused(desk.run(["import", "osce-violations", special, "--key", "hub.pem", "--out", "rows"]));
        refused(desk.run(["carry", "--join", special, "--out", "x.cose"]));
        refused(desk.run(["key", "show", special]));
        refused(desk.run(["verify", "seen.cose", special, "--charter", "ledger/charter.cose"]));
        refused(desk.run(["verify", "seen.cose", "--policy", special]));
        refused(desk.run(["outbox", "import", special, "--outbox", "box"]));
        refused(desk.run(["receipt", "show", special]));
        refused(desk.run(["feed", "take-up", special, "published"]));
    }
    let encrypted = desk.command(["key", "new", "secret.pem", "--passphrase-file", "pipe"]).output().unwrap();
    refused(encrypted.into());
}

#[test]
fn a_log_on_a_stick_may_hold_devices_and_pipes_in_place_of_its_files() {
    let desk = with_published_log();
    let bundle = desk.path("published/tile/entries/000.p/4");
    for file in [desk.path("published/checkpoint"), bundle] {
        let aside = file.with_extension("aside");
        std::fs::rename(&file, &aside).unwrap();
        for special in ["pipe", "endless"] {
            symlink(desk.path(special), &file).unwrap();
            for command in
                [&["verify", "published"][..], &["list", "published"], &["mirror", "published", "copy"]]
            {
                let ran = desk.run(command);
                assert!([3, 4].contains(&ran.code), "{command:?}: {}", ran.err);
            }
            std::fs::remove_file(&file).unwrap();
        }
        std::fs::rename(&aside, &file).unwrap();
    }
    desk.run(["verify", "published"]).good();
}

#[test]
fn a_ledger_whose_store_holds_a_pipe_is_not_waited_for() {
    let desk = with_published_log();
    pipe(&desk.path("ledger/db/000999.sst"));
    desk.run(["verify", "ledger"]).failed(3, "store-corrupt");
}

#[test]
fn a_private_key_that_others_may_read_is_used_with_a_warning() {
    let desk = with_published_log();
    let sign = |out: &str| desk.run(["sign", "seen.jsonc", "--key", "hub.pem", "--out", out]).good();
    assert!(!sign("quiet.cose").err.contains("warning"));
    let mode =
        |mode| std::fs::set_permissions(desk.path("hub.pem"), std::fs::Permissions::from_mode(mode)).unwrap();
    mode(0o644);
    let told = sign("loud.cose").err;
    assert!(told.contains("warning: hub.pem can be read by others (mode 644)"), "{told}");
    assert!(told.contains("chmod 600 hub.pem"), "{told}");
    mode(0o400);
    assert!(!sign("quiet-again.cose").err.contains("warning"));
}
