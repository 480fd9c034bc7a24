//! Files with one flaw each, that prove nothing.

use super::{
    altered, back_dated_history, bad_signature, begins, counted, entry_line, file, fork, hash, honest,
    last_statement, proof, says_back, says_chain, says_fork, says_same, says_two, signer, two_entries,
    unchained_history,
};
use crate::vectors::checkpoint::{cosigned, log, witness};
use crate::vectors::craft::{Craft, key};
use crate::vectors::item::Item;
use crate::vectors::logs::{ORIGIN, Scene};
use crate::vectors::signatures::{self};
use crate::vectors::small_log::SmallLog;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::{Value, json};
use truce_statement::{Entry, EntryHash};
use truce_tlog::{
    Checkpoint, EMPTY_ROOT, Ed25519NoteSigner, Hash, NoteSigner, SignedCheckpoint, consistency_proof,
    leaf_hash,
};

/// Every flawed file, with the code of its refusal.
pub(super) fn refused() -> Vec<Value> {
    let mut all = Vec::new();
    let mut add = |name: &str, code: &str, file: String| {
        all.push(json!({ "name": name, "code": code, "file": file }));
    };
    for (name, file) in malformed() {
        add(name, "malformed-fraud-proof", file);
    }
    for (name, file) in fork_not_proven().into_iter().chain(entries_not_proven()) {
        add(name, "nothing-proven", file);
    }
    for (name, file) in signature_not_refuted() {
        add(&name, "nothing-proven", file);
    }
    all
}

/// Files without the form of section 1.
fn malformed() -> Vec<(&'static str, String)> {
    let good = fork(3, 5, 7);
    let lines: Vec<&str> = good.split_inclusive('\n').collect();
    let put = |at: usize, with: &str| {
        let mut lines = lines.clone();
        lines[at] = with;
        lines.concat()
    };
    let honest = honest();
    let one = hash("hash", &honest.leaves[0]);
    let base64 = honest.root(5).to_base64();
    let vkey = log().vkey().to_string();
    let mut all = vec![
        ("nothing", String::new()),
        ("header-alone", lines[0].to_owned()),
        ("header-of-version-2", good.replacen("@v1", "@v2", 1)),
        ("header-behind-a-byte-order-mark", format!("\u{feff}{good}")),
        ("header-behind-an-empty-line", format!("\n{good}")),
        ("carriage-returns", good.replace('\n', "\r\n")),
        ("kind-unknown", good.replacen("kind fork", "kind spoon", 1)),
        ("kind-in-capitals", good.replacen("kind fork", "kind Fork", 1)),
        ("kind-of-other-evidence", good.replacen("kind fork", "kind two-entries", 1)),
        ("kind-missing", put(1, "")),
        ("log-missing", put(2, "")),
        ("log-twice", put(2, &lines[2].repeat(2))),
        ("log-with-a-space-behind", put(2, &format!("log {vkey} \n"))),
        ("log-with-the-id-of-another-name", good.replacen("log truce.example", "log other.example", 1)),
        ("log-of-a-weak-key", put(2, &format!("log {}\n", weak_vkey()))),
        ("sentence-missing", put(3, "")),
        ("sentence-altered", good.replacen("does not begin", "does hardly begin", 1)),
        ("sentence-with-other-numbers", good.replacen("a tree of 5 entries", "a tree of 6 entries", 1)),
        ("sentence-of-another-kind", put(3, &format!("says {}\n", says_same(5)))),
        ("sentence-with-a-full-stop", put(3, &lines[3].replace('\n', ".\n"))),
        ("empty-line-missing", put(4, "")),
        ("empty-line-twice", put(4, "\n\n")),
        ("count-too-small", good.replacen("checkpoint 5", "checkpoint 4", 1)),
        ("count-too-large", good.replacen("checkpoint 5", "checkpoint 6", 1)),
        ("count-with-a-zero-before", good.replacen("checkpoint 5", "checkpoint 05", 1)),
        ("count-with-a-sign", good.replacen("checkpoint 5", "checkpoint +5", 1)),
        ("count-beyond-the-end", good.replacen("checkpoint 5", "checkpoint 99999999", 1)),
        ("count-zero", good.replacen("checkpoint 5", "checkpoint 0", 1)),
        ("checkpoint-missing", good.replacen(&counted("checkpoint", &honest.note(5)), "", 1)),
        ("checkpoint-with-an-extension-line", {
            let extended = honest.note(5).replacen(&format!("{base64}\n"), &format!("{base64}\nmore\n"), 1);
            good.replacen(&counted("checkpoint", &honest.note(5)), &counted("checkpoint", &extended), 1)
        }),
        ("checkpoint-without-signatures", {
            let note = honest.note(5);
            let bare = note.split_once("\n\n").expect("a note").0.to_owned() + "\n";
            good.replacen(&counted("checkpoint", &note), &counted("checkpoint", &bare), 1)
        }),
        ("checkpoint-of-65537-bytes", {
            let long = padded(&honest.note(5), 65_537);
            good.replacen(&counted("checkpoint", &honest.note(5)), &counted("checkpoint", &long), 1)
        }),
        ("prefix-without-a-space", good.replacen("prefix ", "prefix", 1)),
        ("prefix-missing", {
            let at = lines.iter().position(|line| line.starts_with("prefix ")).expect("a prefix");
            put(at, "")
        }),
        ("prefix-twice", {
            let at = lines.iter().position(|line| line.starts_with("prefix ")).expect("a prefix");
            put(at, &lines[at].repeat(2))
        }),
        ("hash-of-31-bytes", good.clone() + &format!("hash {}\n", BASE64_STANDARD.encode([7; 31]))),
        ("hash-without-padding", good.clone() + &one.replace('=', "")),
        ("hash-with-stray-bits", good.clone() + &stray(&one)),
        ("hash-in-hex", good.clone() + &format!("hash {}\n", honest.leaves[0])),
        ("hashes-64", {
            let first = lines.iter().position(|line| line.starts_with("hash ")).expect("a hash");
            lines[..first].concat() + &one.repeat(64)
        }),
        ("last-newline-missing", good.trim_end().to_owned()),
        ("empty-line-at-the-end", format!("{good}\n")),
        ("line-at-the-end", format!("{good}seen nowhere\n")),
        ("third-checkpoint", good.clone() + &counted("checkpoint", &honest.note(5))),
    ];
    let two = two_entries();
    let path = honest.path(5, 7);
    let sound = proof("5", &path, &honest.note(7));
    let with = |other: &str| two.replacen(&sound, other, 1);
    let inner = |edit: &dyn Fn(&str) -> String| {
        let body = sound.split_once('\n').expect("a count").1;
        with(&counted("proof", &edit(body)))
    };
    all.extend([
        ("proof-with-extra", inner(&|body| body.replacen("@v1\nindex", "@v1\nextra gwEA\nindex", 1))),
        ("proof-of-version-2", inner(&|body| body.replacen("tlog-proof@v1", "tlog-proof@v2", 1))),
        ("proof-with-a-zero-before-the-index", inner(&|body| body.replacen("index 5", "index 05", 1))),
        ("proof-of-64-hashes", with(&proof("5", &[path[0]; 64], &honest.note(7)))),
        ("proof-whose-count-is-one-short", two.replacen("proof 11", "proof 10", 1)),
        ("leaf-missing", two.replacen(&hash("leaf", &honest.leaves[5]), "", 1)),
        ("leaf-in-place-of-an-entry", {
            let history = unchained_history();
            file(
                "broken-chain",
                &says_chain(7, 6),
                &(history.leaf_and_proof(6, 8) + &history.leaf_and_proof(7, 8)),
            )
        }),
        ("entry-in-place-of-a-leaf", {
            let history = unchained_history();
            file(
                "broken-chain",
                &says_chain(7, 6),
                &(history.entry_and_proof(6) + &history.entry_and_proof(7)),
            )
        }),
        ("key-of-31-bytes", bad_signature(&altered(&last_statement()), &[7; 31])),
        ("key-behind-the-entry", {
            let good = bad_signature(&altered(&last_statement()), signer().public().as_bytes());
            let key = good.lines().find(|line| line.starts_with("key ")).expect("a key").to_owned() + "\n";
            good.replacen(&key, "", 1) + &key
        }),
    ]);
    all
}

/// The vkey of a key that no log can have.
fn weak_vkey() -> String {
    let bytes = [&[1], &weak_key("small-order")[..]].concat();
    let id = truce_statement::id::sha256(&[ORIGIN.as_bytes(), b"\n", &bytes].concat());
    format!("{ORIGIN}+{}+{}", hex::encode(&id[..4]), BASE64_STANDARD.encode(bytes))
}

/// A key that is refused for this reason.
fn weak_key(why: &str) -> [u8; 32] {
    signatures::keys().into_iter().find(|(_, _, found)| *found == Some(why)).expect("a weak key").1
}

/// A note with lines of unknown keys up to `size` bytes.
fn padded(note: &str, size: usize) -> String {
    let line =
        |name: &str, bytes: usize| format!("\u{2014} {name} {}\n", BASE64_STANDARD.encode(vec![7; bytes]));
    let mut long = note.to_owned();
    while long.len() + 2 * 6_050 < size {
        long += &line("example.org/pad", 4_500);
    }
    let left = size - long.len() - "\u{2014}  \n".len();
    // A base64 of 4n characters, and a name that makes up the rest.
    let name = "n".repeat(left % 4 + 4);
    long += &line(&name, (left - name.len()) / 4 * 3);
    assert_eq!(long.len(), size);
    long
}

/// The base64 in a line with bits behind the end of its 32 bytes.
fn stray(line: &str) -> String {
    let (before, last) = line.trim_end().trim_end_matches('=').split_at(line.len() - 3);
    // 32 bytes leave two bits in the last character.
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let at = alphabet.find(last).expect("a character of base64");
    format!("{before}{}=\n", &alphabet[at + 1..at + 2])
}

/// Forks of nothing.
fn fork_not_proven() -> Vec<(&'static str, String)> {
    let honest = honest();
    let other = honest.fork(3);
    let path = consistency_proof(&other, 5, 7).expect("a proof");
    let own = consistency_proof(&honest, 5, 7).expect("a proof");
    let of = |older: &str, newer: &str, prefix: &Hash, path: &[Hash]| {
        file("fork", &says_fork(5, 7), &begins(older, newer, prefix, path))
    };
    let (five, seven) = (honest.note(5), other.note(7));
    let by = |seed: u8| Ed25519NoteSigner::from_seed(ORIGIN, &[seed; 32]).expect("an origin");
    let noted = |origin: &str, size: u64, root: Hash, signer: &dyn NoteSigner| {
        let body = Checkpoint::new(origin, size, root).expect("a checkpoint");
        SignedCheckpoint::sign(body, signer).expect("signed").to_string()
    };
    let same = |older: &str, newer: &str| {
        file("fork", &says_same(7), &(counted("checkpoint", older) + &counted("checkpoint", newer)))
    };
    let elsewhere = Ed25519NoteSigner::from_seed("other.example/log", &crate::vectors::logs::LOG_SEED)
        .expect("an origin");
    let mut swapped = path.clone();
    swapped.swap(0, 1);
    let good = fork(3, 5, 7);
    vec![
        ("fork-of-a-log-that-grew", of(&five, &honest.note(7), &honest.root(5), &own)),
        ("fork-with-the-root-of-the-older", of(&five, &seven, &honest.root(5), &path)),
        ("fork-with-the-path-of-the-honest-tree", of(&five, &seven, &other.root(5), &own)),
        ("fork-without-a-path", of(&five, &seven, &other.root(5), &[])),
        ("fork-with-a-hash-short", of(&five, &seven, &other.root(5), &path[1..])),
        ("fork-with-a-hash-over", of(&five, &seven, &other.root(5), &[&path[..], &path[..1]].concat())),
        ("fork-with-hashes-swapped", of(&five, &seven, &other.root(5), &swapped)),
        ("fork-with-another-prefix", of(&five, &seven, &leaf_hash(b"another"), &path)),
        ("fork-with-the-larger-tree-first", {
            let evidence = begins(&seven, &five, &other.root(5), &path);
            file("fork", &says_fork(7, 5), &evidence)
        }),
        ("fork-from-the-empty-tree", {
            let empty = noted(ORIGIN, 0, EMPTY_ROOT, &log());
            file("fork", &says_fork(0, 7), &begins(&empty, &seven, &other.root(5), &[]))
        }),
        ("fork-with-a-prefix-between-equal-sizes", {
            let evidence = begins(&honest.note(7), &seven, &other.root(7), &[]);
            file("fork", &says_fork(7, 7), &evidence)
        }),
        ("fork-of-two-sizes-without-a-prefix", {
            file("fork", &says_same(5), &(counted("checkpoint", &five) + &counted("checkpoint", &seven)))
        }),
        ("fork-of-one-checkpoint-twice", same(&seven, &seven)),
        ("fork-of-one-tree-cosigned-and-not", same(&seven, &cosigned(7, other.root(7)).to_string())),
        (
            "fork-with-the-older-signed-by-another-key",
            same(&noted(ORIGIN, 7, honest.root(7), &by(0x11)), &seven),
        ),
        (
            "fork-with-the-newer-signed-by-another-key",
            same(&honest.note(7), &noted(ORIGIN, 7, other.root(7), &by(0x11))),
        ),
        ("fork-of-another-origin", same(&noted("other.example/log", 7, honest.root(7), &elsewhere), &seven)),
        ("fork-with-a-signature-altered", same(&honest.note(7), &spoilt(&seven))),
        ("fork-with-the-root-altered-after-signing", {
            let forged = seven.replacen(&other.root(7).to_base64(), &leaf_hash(b"forged").to_base64(), 1);
            same(&honest.note(7), &forged)
        }),
        ("fork-signed-twice-once-wrongly", {
            let wrong = spoilt(&seven);
            let line = wrong.split_once("\n\n").expect("a note").1;
            same(&honest.note(7), &format!("{seven}{line}"))
        }),
        (
            "fork-of-a-key-that-signed-nothing",
            good.replace(&log().vkey().to_string(), &by(0x11).vkey().to_string()),
        ),
        ("fork-of-a-witness's-key", good.replace(&log().vkey().to_string(), &witness().vkey().to_string())),
    ]
}

/// The note with the first character of its signature's bytes changed.
fn spoilt(note: &str) -> String {
    let (body, line) = note.split_once("\n\n").expect("a note");
    let (head, blob) = line.trim_end().rsplit_once(' ').expect("a signature line");
    let mut bytes = BASE64_STANDARD.decode(blob).expect("base64");
    bytes[4] ^= 1;
    format!("{body}\n\n{head} {}\n", BASE64_STANDARD.encode(bytes))
}

/// Entries that stand as they should, or are not shown to stand.
fn entries_not_proven() -> Vec<(&'static str, String)> {
    let honest = honest();
    let other = honest.fork(4);
    let two = |first: String, second: String| file("two-entries", &says_two(5), &(first + &second));
    let (back, chain) = (back_dated_history(), unchained_history());
    let says = |history: &SmallLog, later: usize, earlier: usize| {
        says_back(later as u64, history.received(later), earlier as u64, history.received(earlier))
    };
    let grown = |history: &SmallLog| history.with(&last_statement());
    let path = honest.path(5, 7);
    let leaf = |leaf: &Hash, path: &[Hash]| hash("leaf", leaf) + &proof("5", path, &honest.note(7));
    let no_entry = {
        let mut history = honest.clone();
        history.push_entry(b"no entry at all".to_vec());
        history
    };
    vec![
        ("two-entries-that-are-one", two(honest.leaf_and_proof(5, 7), honest.leaf_and_proof(5, 7))),
        (
            "two-entries-that-are-one-in-two-trees",
            two(honest.leaf_and_proof(5, 7), honest.leaf_and_proof(5, 6)),
        ),
        ("two-entries-at-two-positions", two(honest.leaf_and_proof(5, 7), other.leaf_and_proof(6, 7))),
        (
            "two-entries-of-which-one-is-not-in-the-tree",
            two(leaf(&other.leaves[5], &path), honest.leaf_and_proof(5, 7)),
        ),
        (
            "two-entries-with-a-hash-short",
            two(leaf(&honest.leaves[5], &path[1..]), other.leaf_and_proof(5, 6)),
        ),
        ("two-entries-with-a-hash-over", {
            two(leaf(&honest.leaves[5], &[&path[..], &path[..1]].concat()), other.leaf_and_proof(5, 6))
        }),
        ("two-entries-with-an-index-beyond-the-tree", {
            let beyond = hash("leaf", &honest.leaves[5]) + &proof("7", &path, &honest.note(7));
            file("two-entries", &says_two(7), &(beyond + &other.leaf_and_proof(5, 6)))
        }),
        ("two-entries-of-which-one-tree-is-not-signed", {
            let note = spoilt(&other.note(6));
            let path = other.path(5, 6);
            two(honest.leaf_and_proof(5, 7), hash("leaf", &other.leaves[5]) + &proof("5", &path, &note))
        }),
        ("back-dated-in-order", {
            file(
                "back-dated",
                &says(&honest, 6, 4),
                &(honest.entry_and_proof(4) + &honest.entry_and_proof(6)),
            )
        }),
        ("back-dated-by-nothing", {
            let mut equal = honest.clone();
            equal.push(honest.received(6), &last_statement());
            file("back-dated", &says(&equal, 7, 6), &(equal.entry_and_proof(6) + &equal.entry_and_proof(7)))
        }),
        ("back-dated-with-the-later-first", {
            file(
                "back-dated",
                &says(&honest, 4, 6),
                &(honest.entry_and_proof(6) + &honest.entry_and_proof(4)),
            )
        }),
        ("back-dated-of-one-entry", {
            file(
                "back-dated",
                &says(&honest, 6, 6),
                &(honest.entry_and_proof(6) + &honest.entry_and_proof(6)),
            )
        }),
        ("back-dated-in-two-trees", {
            file(
                "back-dated",
                &says(&back, 7, 4),
                &(grown(&back).entry_and_proof(4) + &back.entry_and_proof(7)),
            )
        }),
        ("back-dated-with-the-time-altered", {
            let Entry { prev, received, statement } = Entry::parse(&back.entries[4]).expect("an entry");
            let forged = Entry { prev, received: received + 1, statement }.encode();
            let says = says_back(7, back.received(7), 4, received + 1);
            file(
                "back-dated",
                &says,
                &(entry_line(&forged) + &back.proof_lines(4, 8) + &back.entry_and_proof(7)),
            )
        }),
        // What is no entry says no time: the sentence has 0 in its place.
        ("back-dated-to-what-is-no-entry", {
            let says = says_back(7, 0, 4, honest.received(4));
            file("back-dated", &says, &(no_entry.entry_and_proof(4) + &no_entry.entry_and_proof(7)))
        }),
        ("broken-chain-that-holds", {
            file(
                "broken-chain",
                &says_chain(6, 5),
                &(honest.leaf_and_proof(5, 7) + &honest.entry_and_proof(6)),
            )
        }),
        ("broken-chain-of-no-neighbours", {
            file(
                "broken-chain",
                &says_chain(6, 4),
                &(honest.leaf_and_proof(4, 7) + &honest.entry_and_proof(6)),
            )
        }),
        ("broken-chain-with-the-later-first", {
            file(
                "broken-chain",
                &says_chain(5, 6),
                &(honest.leaf_and_proof(6, 7) + &honest.entry_and_proof(5)),
            )
        }),
        ("broken-chain-in-two-trees", {
            file("broken-chain", &says_chain(7, 6), &(chain.leaf_and_proof(6, 7) + &chain.entry_and_proof(7)))
        }),
        ("broken-chain-with-prev-altered", {
            let Entry { received, statement, .. } = Entry::parse(&honest.entries[6]).expect("an entry");
            let forged = Entry { prev: EntryHash::ZERO, received, statement }.encode();
            let second = entry_line(&forged) + &honest.proof_lines(6, 7);
            file("broken-chain", &says_chain(6, 5), &(honest.leaf_and_proof(5, 7) + &second))
        }),
        ("broken-chain-to-what-is-no-entry", {
            file(
                "broken-chain",
                &says_chain(7, 6),
                &(no_entry.leaf_and_proof(6, 8) + &no_entry.entry_and_proof(7)),
            )
        }),
    ]
}

/// Statements that are signed, or that nobody can decide about.
fn signature_not_refuted() -> Vec<(String, String)> {
    let (statement, signer) = (last_statement(), signer());
    let public = *signer.public().as_bytes();
    let mut all = vec![
        ("bad-signature-that-is-good".to_owned(), bad_signature(&statement, &public)),
        (
            "bad-signature-with-a-key-that-is-not-named".to_owned(),
            bad_signature(&altered(&statement), key(0x31).public().as_bytes()),
        ),
        (
            "bad-signature-of-what-is-no-statement".to_owned(),
            bad_signature(&statement[..statement.len() - 1], &public),
        ),
    ];
    let mut craft = Craft::of(&altered(&statement));
    craft.body().put("colour", Item::from("red"));
    all.push((
        "bad-signature-of-a-statement-with-an-unknown-field".to_owned(),
        bad_signature(&altered(&craft.seal(&signer)), &public),
    ));
    all.push(("bad-signature-of-an-amendment-to-an-unsound-key".to_owned(), unsound_amendment()));
    // A statement can name any 32 bytes; whether a signature verifies with such a key depends on who verifies.
    for why in ["not-a-point", "not-canonical", "small-order", "torsion"] {
        let weak = weak_key(why);
        let mut craft = Craft::of(&statement);
        *craft.header.at(4) = Item::Bytes(signatures::thumbprint(&weak).to_vec());
        all.push((
            format!("bad-signature-with-a-key-of-no-party-{why}"),
            bad_signature(&craft.seal(&signer), &weak),
        ));
    }
    all
}

/// An amendment whose next key has the id of another: no log that keeps the rules would look at its signature.
fn unsound_amendment() -> String {
    let mut scene = Scene::founded();
    let root = key(0x20);
    let next = Ed25519NoteSigner::from_seed(ORIGIN, &crate::vectors::logs::NEXT_LOG_SEED).expect("an origin");
    let next = next.vkey().to_string();
    let draft = json!({ "kind": "amendment", "body": {
        "title": "Another key", "log": { "next": next, "overlap": 5 } } });
    let signed = scene.root("mission").say(&draft);
    let mut craft = Craft::of(signed.bytes());
    let id = next.split('+').nth(1).expect("an id").to_owned();
    let wrong = next.replacen(&format!("+{id}+"), "+00000000+", 1);
    *craft.body().at("log").at("next") = Item::from(wrong.as_str());
    bad_signature(&altered(&craft.seal(&root)), root.public().as_bytes())
}
