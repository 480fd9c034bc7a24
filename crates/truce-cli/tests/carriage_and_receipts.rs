//! `truce carry`, `truce receipt`, and `truce verify` with receipts: the program itself, offline, over real rows and the
//! test vectors.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout)]

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

const AGREEMENT: &str = "2c2a6a9703b20844930541fc9983a0483d3c5d7fa58a26176056f920d847f34c";
/// Most characters of a QR code of version 40-L in alphanumeric mode (ISO/IEC 18004).
const CAPACITY: usize = 4296;
/// What a typical statement has to stay below, bytes.
const TYPICAL: usize = 700;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures")
}

fn truce(folder: &TempDir, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_truce")).args(args).current_dir(folder).output().unwrap()
}

/// Standard output of a run that must succeed.
fn good(folder: &TempDir, args: &[&str]) -> String {
    let output = truce(folder, args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Exit code, code and message of a run that must fail.
fn bad(folder: &TempDir, args: &[&str]) -> (i32, String, String) {
    let output = truce(folder, &[args, &["--json"]].concat());
    assert!(!output.status.success(), "{args:?} succeeded");
    let error: Value = serde_json::from_slice(&output.stderr).unwrap();
    let text = |field: &str| error["error"][field].as_str().unwrap().to_owned();
    (output.status.code().unwrap(), text("code"), text("message"))
}

/// The 82 rows of the violation table, signed.
fn signed_rows(folder: &TempDir) -> Vec<PathBuf> {
    good(folder, &["key", "new", "hub.pem", "--no-passphrase"]);
    let rows = fixtures().join("data/smm_violation_rows.jsonl");
    let rows = rows.to_str().unwrap();
    let signer = ["--key", "hub.pem", "--party", "mission", "--agreement", AGREEMENT, "--out", "signed"];
    good(folder, &[&["import", "osce-violations", rows], signer.as_slice()].concat());
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder.path().join("signed")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert_eq!(files.len(), 82);
    files
}

#[test]
fn each_of_82_real_rows_fits_one_qr_code_and_a_typical_one_is_small() {
    let folder = TempDir::new().unwrap();
    let mut sizes = Vec::new();
    let mut versions = Vec::new();
    let mut most = 0;
    for file in signed_rows(&folder) {
        let carried: Value = serde_json::from_str(&good(
            &folder,
            &["carry", file.to_str().unwrap(), "--as", "text", "--json"],
        ))
        .unwrap();
        let codes = carried["codes"].as_array().unwrap();
        assert_eq!(codes.len(), 1, "{}", file.display());
        let characters = codes[0]["text"].as_str().unwrap().len();
        assert!(characters <= CAPACITY);
        most = most.max(characters);
        assert_eq!(carried["bytes"], fs::metadata(&file).unwrap().len());
        sizes.push(usize::try_from(carried["bytes"].as_u64().unwrap()).unwrap());
        versions.push(codes[0]["version"].as_u64().unwrap());
    }
    sizes.sort_unstable();
    versions.sort_unstable();
    let median = sizes[sizes.len() / 2];
    println!(
        "82 rows: {} to {} bytes, median {median}, {} of {TYPICAL} or more; QR versions {} to {}, at most {most} characters of {CAPACITY}",
        sizes[0],
        sizes[81],
        sizes.iter().filter(|size| **size >= TYPICAL).count(),
        versions[0],
        versions[81],
    );
    assert!(median < TYPICAL, "a typical statement has {median} bytes");
}

#[test]
fn statements_travel_by_radio_and_by_code_and_join_again() {
    let folder = TempDir::new().unwrap();
    let rows = signed_rows(&folder);
    let (one, two) = (rows[0].to_str().unwrap(), rows[1].to_str().unwrap());
    good(&folder, &["carry", one, "--as", "radio", "-o", "heard.txt"]);
    let heard = fs::read_to_string(folder.path().join("heard.txt")).unwrap();
    let mut lines: Vec<String> = heard.lines().map(str::to_lowercase).collect();
    lines.reverse();
    // One line is lost, one miswritten.
    let lost = lines.remove(5);
    let right = lines[7].clone();
    let end = right.len() - 1;
    lines[7].replace_range(end.., if right.ends_with('0') { "1" } else { "0" });
    fs::write(folder.path().join("first.txt"), format!("good morning\n{}", lines.join("\n"))).unwrap();
    let (exit, code, message) = bad(&folder, &["carry", "--join", "first.txt", "-o", "joined.cose"]);
    let of = heard.lines().count();
    let numbers: Vec<usize> = vec![of - 8, of - 5];
    assert_eq!((exit, code.as_str()), (2, "incomplete"));
    assert!(message.contains(&format!("missing {}, {}; 2 line(s)", numbers[0], numbers[1])), "{message}");
    assert!(!folder.path().join("joined.cose").exists());

    fs::write(folder.path().join("second.txt"), format!("{lost}\n{right}\n")).unwrap();
    good(&folder, &["carry", "--join", "second.txt", "first.txt", "-o", "joined.cose"]);
    assert_eq!(fs::read(folder.path().join("joined.cose")).unwrap(), fs::read(one).unwrap());

    // Two statements at once, one in small codes, one as a file.
    good(&folder, &["carry", two, "--as", "text", "--characters", "300", "-o", "codes.txt"]);
    assert!(fs::read_to_string(folder.path().join("codes.txt")).unwrap().lines().count() > 1);
    let join = ["carry", "--join", "codes.txt", one, "-o"];
    assert_eq!(bad(&folder, &[join.as_slice(), &["both"]].concat()).1, "several");
    fs::create_dir(folder.path().join("both")).unwrap();
    good(&folder, &[join.as_slice(), &["both"]].concat());
    let mut joined: Vec<Vec<u8>> = fs::read_dir(folder.path().join("both"))
        .unwrap()
        .map(|e| fs::read(e.unwrap().path()).unwrap())
        .collect();
    joined.sort();
    let mut sent = vec![fs::read(one).unwrap(), fs::read(two).unwrap()];
    sent.sort();
    assert_eq!(joined, sent);
    assert_eq!(bad(&folder, &[join.as_slice(), &["both"]].concat()).1, "exists");
}

#[test]
fn codes_are_drawn_as_files_and_in_the_terminal() {
    let folder = TempDir::new().unwrap();
    let rows = signed_rows(&folder);
    let one = rows[0].to_str().unwrap();
    let named = good(&folder, &["carry", one, "--as", "qr", "--svg", "codes", "--characters", "500"]);
    assert!(named.lines().count() > 1);
    for path in named.lines() {
        assert!(fs::read_to_string(folder.path().join(path)).unwrap().ends_with("</svg>"));
    }
    assert!(good(&folder, &["carry", one, "--as", "qr"]).contains("code 1 of 1"));
    assert_eq!(bad(&folder, &["carry", one, "--as", "radio", "--svg", "codes"]).1, "svg-of-codes");
    assert_eq!(bad(&folder, &["carry", one, "--as", "qr", "--characters", "9"]).1, "bad-characters");
}

#[test]
fn what_is_no_statement_is_neither_carried_nor_joined() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("note.txt"), "good morning\n").unwrap();
    assert_eq!(bad(&folder, &["carry", "note.txt", "--as", "qr"]).1, "malformed-cose");
    assert_eq!(bad(&folder, &["carry", "--join", "note.txt", "-o", "x"]).1, "not-carriage");
    fs::write(folder.path().join("line.txt"), "TR1 0000 1/1: 00 : 0000\n").unwrap();
    assert_eq!(bad(&folder, &["carry", "--join", "line.txt", "-o", "x"]).1, "nothing-whole");
    fs::write(folder.path().join("raw"), b"\xd2\x84 and no statement").unwrap();
    assert_eq!(bad(&folder, &["carry", "--join", "raw", "-o", "x"]).1, "malformed-cose");
    assert!(!folder.path().join("x").exists());
}

/// A vector of `receipt.json` as files: statement, receipt, policy, and the log's vkey.
fn laid_out(folder: &TempDir, name: &str) -> Value {
    let vectors: Value =
        serde_json::from_slice(&fs::read(fixtures().join("vectors/receipt.json")).unwrap()).unwrap();
    let all = ["accepted", "refused"].map(|which| vectors[which].as_array().unwrap().clone()).concat();
    let vector = all.into_iter().find(|vector| vector["name"] == name).unwrap();
    let write = |file: &str, bytes: &[u8]| fs::write(folder.path().join(file), bytes).unwrap();
    write("s.cose", &hex::decode(vector["statement"].as_str().unwrap()).unwrap());
    write("s.receipt", &hex::decode(vector["receipt"].as_str().unwrap()).unwrap());
    let policy = vector["policy"].as_str().unwrap();
    write("policy", policy.as_bytes());
    write("log.vkey", policy.lines().next().unwrap().trim_start_matches("log ").as_bytes());
    vector
}

#[test]
fn receipts_verify_offline_beside_the_statement_and_in_it() {
    let folder = TempDir::new().unwrap();
    laid_out(&folder, "entry-2-of-5-cosigned");
    let verdict = |args: &[&str]| -> Value {
        serde_json::from_str(&good(&folder, &[&["verify", "--json"], args].concat())).unwrap()
    };
    let told = good(&folder, &["verify", "s.cose", "s.receipt", "--policy", "policy"]);
    assert!(
        told.contains("VERIFIED")
            && told.contains("final: the quorum")
            && told.contains("witness.example/w1 at "),
        "{told}"
    );
    let found = verdict(&["s.cose", "--policy", "policy"]);
    assert_eq!(
        (&found["finality"], &found["by"], &found["position"]),
        (&"final".into(), &"receipt".into(), &2.into())
    );
    // Without a policy nobody asked for witnesses, and nothing is called final.
    assert_eq!(verdict(&["s.cose", "s.receipt", "--log", "log.vkey"])["finality"], "accepted");

    good(&folder, &["receipt", "embed", "s.cose", "s.receipt", "--out", "whole.cose"]);
    assert_eq!(verdict(&["whole.cose", "--policy", "policy"])["finality"], "final");
    assert!(good(&folder, &["receipt", "show", "whole.cose"]).contains("position   2 in the tree of size 5"));
    good(&folder, &["receipt", "extract", "whole.cose", "--out", "out.cose"]);
    for (was, is) in [("s.cose", "out.cose"), ("s.receipt", "out.receipt")] {
        let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
        assert_eq!(read(was), read(is));
    }
    assert_eq!(bad(&folder, &["receipt", "extract", "whole.cose", "--out", "out.cose"]).1, "exists");
    // The statement itself goes on to be carried; its receipts do not.
    good(&folder, &["carry", "whole.cose", "--as", "file", "--out", "carried.cose"]);
    assert_eq!(
        fs::read(folder.path().join("carried.cose")).unwrap(),
        fs::read(folder.path().join("s.cose")).unwrap()
    );
}

#[test]
fn what_is_wrong_inside_a_statement_with_receipts_is_told() {
    let folder = TempDir::new().unwrap();
    laid_out(&folder, "entry-2-of-5-cosigned");
    good(&folder, &["receipt", "embed", "s.cose", "s.receipt", "s.receipt", "--out", "whole.cose"]);
    let verify = ["verify", "whole.cose", "--policy", "policy"];
    good(&folder, &verify);
    let whole = fs::read(folder.path().join("whole.cose")).unwrap();
    let altered = |from: &[u8], to: &[u8], nth: usize| {
        let mut bytes = whole.clone();
        let at = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(from)).nth(nth).unwrap();
        bytes.splice(at..at + from.len(), to.iter().copied());
        fs::write(folder.path().join("whole.cose"), bytes).unwrap();
        bad(&folder, &verify)
    };
    // vds 1 becomes 2, in the second receipt: one that holds does not outweigh one that does not.
    assert_eq!(altered(&[0x19, 0x01, 0x8b, 0x01], &[0x19, 0x01, 0x8b, 0x02], 1).1, "unsupported-vds");
    // Nine bytes of the statement's own text.
    let (exit, code, _) = altered(b"accession", b"secession", 0);
    assert_eq!((exit, code.as_str()), (3, "bad-header"));
}

#[test]
fn proofs_on_file_verify_as_before() {
    let folder = TempDir::new().unwrap();
    let vectors: Value =
        serde_json::from_slice(&fs::read(fixtures().join("vectors/proof.json")).unwrap()).unwrap();
    let lay = |vector: &Value| {
        let write = |file: &str, bytes: &[u8]| fs::write(folder.path().join(file), bytes).unwrap();
        write("s.cose", &hex::decode(vector["statement"].as_str().unwrap()).unwrap());
        write("s.tlog-proof", vector["proof"].as_str().unwrap().as_bytes());
        write("policy", vector["policy"].as_str().unwrap().as_bytes());
    };
    let verify = ["verify", "s.cose", "--policy", "policy"];
    for vector in vectors["accepted"].as_array().unwrap() {
        lay(vector);
        let asked = !vector["policy"].as_str().unwrap().contains("quorum none");
        assert_eq!(good(&folder, &verify).contains("final: the quorum"), asked, "{}", vector["name"]);
    }
    // A receipt beside it does not come before it, and is there when it is gone.
    laid_out(&folder, "signature-r-altered");
    lay(&vectors["accepted"][3]);
    good(&folder, &verify);
    fs::remove_file(folder.path().join("s.tlog-proof")).unwrap();
    assert_eq!(bad(&folder, &verify).1, "bad-signature");
    fs::remove_file(folder.path().join("s.receipt")).unwrap();
    assert_eq!(bad(&folder, &verify).1, "not-found");
    for vector in vectors["refused"].as_array().unwrap() {
        lay(vector);
        assert_eq!(bad(&folder, &verify).0, 3, "{}", vector["name"]);
    }
}

#[test]
fn receipts_of_other_logs_say_nothing() {
    let folder = TempDir::new().unwrap();
    laid_out(&folder, "policy-of-another-log");
    good(&folder, &["receipt", "embed", "s.cose", "s.receipt", "--out", "whole.cose"]);
    let (exit, code, _) = bad(&folder, &["verify", "whole.cose", "--log", "log.vkey"]);
    assert_eq!((exit, code.as_str()), (3, "unknown-log"));
}

#[test]
fn receipts_that_do_not_hold_are_refused_with_their_codes() {
    let folder = TempDir::new().unwrap();
    let policy = ["verify", "s.cose", "s.receipt", "--policy", "policy"];
    for name in [
        "vds-of-ccf",
        "crit",
        "path-empty",
        "iss-of-another-log",
        "kid-of-another-key",
        "size-of-another-tree-of-the-same-shape",
        "signature-s-plus-order",
        "checkpoint-with-a-cosignature-altered",
        "statement-of-another-entry",
    ] {
        let vector = laid_out(&folder, name);
        let (exit, code, _) = bad(&folder, &policy);
        assert_eq!((exit, code.as_str()), (3, vector["code"].as_str().unwrap()), "{name}");
    }
    // The log's word is good, but a quorum was asked for.
    laid_out(&folder, "without-a-checkpoint");
    assert_eq!(bad(&folder, &policy).1, "no-quorum");
    assert!(
        good(&folder, &["verify", "s.cose", "--log", "log.vkey"])
            .contains("accepted: the word of the log alone")
    );
}
