//! Keys on file.

use crate::desk::{Desk, Ran};
use std::process::Command;

#[test]
fn a_key_is_encrypted_unless_one_says_otherwise() {
    let desk = Desk::new();
    desk.run(["key", "new", "a.pem"]).failed(4, "passphrase-needed");
    assert!(!desk.path("a.pem").exists());
    let made: Ran =
        desk.command(["key", "new", "a.pem"]).env("TRUCE_PASSPHRASE", "secret").output().unwrap().into();
    assert!(made.good().out.contains("(encrypted)"));
    desk.run(["key", "show", "a.pem"]).failed(4, "passphrase-needed");
    let wrong: Ran =
        desk.command(["key", "show", "a.pem"]).env("TRUCE_PASSPHRASE", "Secret").output().unwrap().into();
    wrong.failed(4, "wrong-passphrase");
    std::fs::write(desk.path("pass"), "secret\nsecond line\n").unwrap();
    let private = desk.run(["key", "show", "a.pem", "--passphrase-file", "pass", "--json"]).good().json();
    assert_eq!(private, desk.run(["key", "show", "a.pem.pub", "--json"]).good().json());
    let plain = desk.run(["key", "new", "b.pem", "--no-passphrase"]).good();
    assert!(plain.out.contains("NOT encrypted"));
    std::fs::write(desk.path("empty"), "\n").unwrap();
    desk.run(["key", "new", "c.pem", "--passphrase-file", "empty"]).failed(1, "empty-passphrase");
}

#[test]
fn a_key_is_never_overwritten_and_only_its_owner_reads_it() {
    let desk = Desk::new();
    desk.run(["key", "new", "a.pem", "--no-passphrase"]).good();
    let before = std::fs::read(desk.path("a.pem")).unwrap();
    desk.run(["key", "new", "a.pem", "--no-passphrase"]).failed(4, "exists");
    std::fs::rename(desk.path("a.pem"), desk.path("moved.pem")).unwrap();
    desk.run(["key", "new", "a.pem", "--no-passphrase"]).failed(4, "exists");
    assert!(!desk.path("a.pem").exists(), "the public half is still there");
    assert_eq!(std::fs::read(desk.path("moved.pem")).unwrap(), before);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(desk.path("moved.pem")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn openssl_reads_our_keys() {
    let desk = Desk::new();
    let Ok(version) = Command::new("openssl").arg("version").output() else {
        eprintln!("openssl is not installed: nothing compared");
        return;
    };
    assert!(version.status.success());
    std::fs::write(desk.path("pass"), "secret\n").unwrap();
    desk.run(["key", "new", "a.pem", "--passphrase-file", "pass"]).good();
    let openssl = Command::new("openssl")
        .args(["pkey", "-in", "a.pem", "-passin", "file:pass", "-pubout"])
        .current_dir(desk.folder.path())
        .output()
        .unwrap();
    assert!(openssl.status.success(), "{}", String::from_utf8_lossy(&openssl.stderr));
    let ours = desk.run(["key", "show", "a.pem.pub", "--pem"]).good();
    assert_eq!(ours.bytes, openssl.stdout);
    assert_eq!(ours.bytes, std::fs::read(desk.path("a.pem.pub")).unwrap());
}

#[test]
fn what_is_no_key_is_said_to_be_none() {
    let desk = Desk::new();
    std::fs::write(desk.path("x"), "hello").unwrap();
    desk.run(["key", "show", "x"]).failed(4, "bad-key");
    desk.run(["key", "show", "nowhere"]).failed(4, "not-found");
    std::fs::write(desk.path("bytes"), [0xff, 0xfe]).unwrap();
    desk.run(["key", "show", "bytes"]).failed(2, "not-text");
}
