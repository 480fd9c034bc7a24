//! `fraud-proof.json`: files that convict the holder of a log's key, and files with one flaw each that prove nothing.
//!
//! The files are put together here line by line, from entries and checkpoints: nothing of the code under test writes them.

mod flawed;

use super::checkpoint::{WITNESSED, cosigned, log, witness};
use super::craft::{Craft, key};
use super::logs::{Scene, small};
use super::signatures::malleable;
use super::small_log::SmallLog;
use super::{Judged, text};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::{Value, json};
use truce_fraud::{FraudProof, KeyEnd};
use truce_statement::{Entry, EntryHash, Kind, SecretKey};
use truce_tlog::{Hash, NoteSigner as _, consistency_proof};

/// Writes the vectors.
pub(crate) fn generate() -> Value {
    json!({
        "what": "Fraud proofs (docs/spec/fraud-proof.md). `file` is the text. Accepted is what proves that the holder of the \
                 key `log` did what the sentence `says`, whoever that is. Of a key whose turn has ended (`ended`: the greatest \
                 size that it signs, when it was replaced, and the witnesses of the parties) `doubt` is the sentence of section \
                 3, or null where witnesses had cosigned all of it before.",
        "accepted": accepted(),
        "refused": flawed::refused(),
        "ended": ended(),
    })
}

/// Judges the vectors with our code.
pub(crate) fn judge(file: &Value) -> Vec<Judged> {
    let all = ["accepted", "refused"].into_iter().flat_map(|which| file[which].as_array().expect("a list"));
    all.map(|vector| {
        let found = FraudProof::parse(text(&vector["file"]).as_bytes()).and_then(|proof| proof.decide());
        let found = found.map_err(|e| e.code().to_owned()).map(|decided| {
            let same = vector["kind"] == decided.kind
                && vector["log"] == decided.log
                && vector["says"] == decided.sentence
                && vector["sizes"] == json!(decided.sizes);
            assert!(same, "{}: decided as something else", vector["name"]);
        });
        Judged::of(vector, &found)
    })
    .chain(file["ended"].as_array().expect("a list").iter().map(judge_ended))
    .collect()
}

fn judge_ended(vector: &Value) -> Judged {
    let end = &vector["ended"];
    let end = KeyEnd {
        until: end["until"].as_u64().expect("a size"),
        replaced: end["replaced_ms"].as_i64(),
        witnesses: end["witnesses"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|vkey| text(vkey).parse().expect("a vkey"))
            .collect(),
    };
    let proof = FraudProof::parse(text(&vector["file"]).as_bytes()).and_then(|proof| {
        proof.decide()?;
        Ok(proof)
    });
    let found = proof.map_err(|e| e.code().to_owned()).map(|proof| {
        let doubt = proof.doubt(&end).map(|doubt| doubt.to_string());
        assert_eq!(vector["doubt"], json!(doubt), "{}", vector["name"]);
    });
    Judged::of(vector, &found)
}

/// The agreement of the vectors with two signals: seven entries.
fn honest() -> SmallLog {
    let mut scene = Scene::founded();
    for name in ["signal", "another-signal"] {
        scene.say(name, "mission", &small(Kind::Signal));
    }
    SmallLog::of(scene.log().entries)
}

/// What evidence is made of.
impl SmallLog {
    fn note(&self, size: u64) -> String {
        self.signed(size).to_string()
    }

    /// `leaf` and `proof` at `index` of the tree of `size` leaves.
    fn leaf_and_proof(&self, index: u64, size: u64) -> String {
        let leaf = self.leaves[usize::try_from(index).expect("small")];
        format!("leaf {}\n{}", leaf.to_base64(), self.proof_lines(index, size))
    }

    /// `entry` and `proof` at `index` of the whole tree.
    fn entry_and_proof(&self, index: usize) -> String {
        entry_line(&self.entries[index]) + &self.proof_lines(index as u64, self.size())
    }

    fn proof_lines(&self, index: u64, size: u64) -> String {
        proof(&index.to_string(), &self.path(index, size), &self.note(size))
    }
}

fn entry_line(entry: &[u8]) -> String {
    format!("entry {}\n", BASE64_STANDARD.encode(entry))
}

fn proof(index: &str, path: &[Hash], note: &str) -> String {
    let path = path.iter().map(|hash| hash.to_base64() + "\n").collect::<Vec<_>>().concat();
    counted("proof", &format!("c2sp.org/tlog-proof@v1\nindex {index}\n{path}\n{note}"))
}

fn counted(name: &str, lines: &str) -> String {
    format!("{name} {}\n{lines}", lines.matches('\n').count())
}

fn hash(name: &str, hash: &Hash) -> String {
    format!("{name} {}\n", hash.to_base64())
}

/// The evidence of a fork: that the tree of `newer` begins with `prefix`.
fn begins(older: &str, newer: &str, prefix: &Hash, path: &[Hash]) -> String {
    let path: String = path.iter().map(|one| hash("hash", one)).collect();
    counted("checkpoint", older) + &counted("checkpoint", newer) + &hash("prefix", prefix) + &path
}

fn file(kind: &str, says: &str, evidence: &str) -> String {
    format!("truce/fraud-proof@v1\nkind {kind}\nlog {}\nsays {says}\n\n{evidence}", log().vkey())
}

fn says_fork(older: u64, newer: u64) -> String {
    format!(
        "the log signed a tree of {older} entries, and a tree of {newer} entries that does not begin with them"
    )
}

fn says_same(size: u64) -> String {
    format!("the log signed two trees of {size} entries with different roots")
}

fn says_two(position: u64) -> String {
    format!("the log signed for two different entries at position {position}")
}

fn says_back(later: u64, received: i64, earlier: u64, before: i64) -> String {
    format!(
        "the log recorded entry {later} as received at {received} ms, and entry {earlier} before it as received at {before} ms"
    )
}

fn says_chain(position: u64, before: u64) -> String {
    format!("the log recorded entry {position} without the hash of entry {before}")
}

fn says_signature(position: u64) -> String {
    format!("the log recorded at position {position} a statement that is not signed with the key it names")
}

/// A fork of `honest` at `common`, shown from its first `older` entries to the `newer` of the other history.
fn fork(common: usize, older: u64, newer: u64) -> String {
    let honest = honest();
    let other = honest.fork(common);
    let path = consistency_proof(&other, older, newer).expect("a proof");
    let evidence = begins(&honest.note(older), &other.note(newer), &other.root(older), &path);
    file("fork", &says_fork(older, newer), &evidence)
}

fn same_size() -> String {
    let honest = honest();
    let evidence = counted("checkpoint", &honest.note(7)) + &counted("checkpoint", &honest.fork(4).note(7));
    file("fork", &says_same(7), &evidence)
}

fn two_entries() -> String {
    let honest = honest();
    file("two-entries", &says_two(5), &(honest.leaf_and_proof(5, 7) + &honest.fork(4).leaf_and_proof(5, 6)))
}

/// The honest history, and a last entry that was received before the one at position 4.
fn back_dated_history() -> SmallLog {
    let mut history = honest();
    let statement = Entry::parse(&history.entries[6]).expect("an entry").statement.to_vec();
    history.push(history.received(4) - 1, &statement);
    history
}

fn back_dated() -> String {
    let history = back_dated_history();
    let says = says_back(7, history.received(7), 4, history.received(4));
    file("back-dated", &says, &(history.entry_and_proof(4) + &history.entry_and_proof(7)))
}

fn unchained_history() -> SmallLog {
    let mut history = honest();
    let Entry { received, statement, .. } = Entry::parse(&history.entries[6]).expect("an entry");
    let (received, statement) = (received + 60_000, statement.to_vec());
    history.push_entry(Entry { prev: EntryHash::ZERO, received, statement: &statement }.encode());
    history
}

fn broken_chain() -> String {
    let history = unchained_history();
    file("broken-chain", &says_chain(7, 6), &(history.leaf_and_proof(6, 8) + &history.entry_and_proof(7)))
}

/// The last statement of the honest history.
fn last_statement() -> Vec<u8> {
    let honest = honest();
    Entry::parse(&honest.entries[6]).expect("an entry").statement.to_vec()
}

/// The mission's working key: it signed the last statement of the honest history.
fn signer() -> SecretKey {
    key(0x30)
}

/// That `statement`, the last of a history, is not signed with `key`.
fn bad_signature(statement: &[u8], key: &[u8]) -> String {
    let history = honest().with(statement);
    let key = format!("key {}\n", BASE64_STANDARD.encode(key));
    file("bad-signature", &says_signature(7), &(key + &history.entry_and_proof(7)))
}

fn altered(statement: &[u8]) -> Vec<u8> {
    let mut altered = statement.to_vec();
    *altered.last_mut().expect("bytes") ^= 1;
    altered
}

fn accepted() -> Vec<Value> {
    let mut all = Vec::new();
    let mut add = |name: &str, kind: &str, sizes: [u64; 2], file: String| {
        let says = file.lines().nth(3).and_then(|line| line.strip_prefix("says ")).expect("a sentence");
        let log = log().vkey().to_string();
        all.push(
            json!({ "name": name, "kind": kind, "log": log, "says": says, "sizes": sizes, "file": file }),
        );
    };
    add("fork", "fork", [5, 7], fork(3, 5, 7));
    add("fork-from-a-whole-subtree", "fork", [4, 7], fork(3, 4, 7));
    add("fork-from-one-entry", "fork", [1, 7], fork(0, 1, 7));
    add("fork-by-one-entry-more", "fork", [6, 7], fork(5, 6, 7));
    add("two-trees-of-one-size", "fork", [7, 7], same_size());
    let honest = honest();
    let crowded = [honest.clone(), honest.fork(4)]
        .map(|history| counted("checkpoint", &cosigned(7, history.root(7)).to_string()))
        .concat();
    add("two-trees-of-one-size-cosigned", "fork", [7, 7], file("fork", &says_same(7), &crowded));
    add("two-entries", "two-entries", [7, 6], two_entries());
    let evidence = honest.leaf_and_proof(6, 7) + &honest.fork(6).leaf_and_proof(6, 7);
    add(
        "two-entries-in-trees-of-one-size",
        "two-entries",
        [7, 7],
        file("two-entries", &says_two(6), &evidence),
    );
    add("back-dated", "back-dated", [8, 8], back_dated());
    add("broken-chain", "broken-chain", [8, 8], broken_chain());
    let (statement, signer) = (last_statement(), signer());
    let public = *signer.public().as_bytes();
    add("bad-signature", "bad-signature", [8, 8], bad_signature(&altered(&statement), &public));
    let craft = Craft::of(&statement);
    let by_another = craft.seal(&key(0x31));
    add("bad-signature-by-another-key", "bad-signature", [8, 8], bad_signature(&by_another, &public));
    // Verifiers that are not strict take it; whoever keeps to the rules refuses it, and has not recorded it.
    let lax = craft.with_signature(&malleable(super::craft::signature(&statement), 1));
    add("bad-signature-that-some-would-take", "bad-signature", [8, 8], bad_signature(&lax, &public));
    all
}

/// Forks by a key that has ended at size 7.
fn ended() -> Vec<Value> {
    let honest = honest();
    let histories = [honest.clone(), honest.fork(4)];
    let both = |notes: [String; 2]| {
        file("fork", &says_same(7), &notes.map(|note| counted("checkpoint", &note)).concat())
    };
    let [bare, other_bare] = histories.clone().map(|history| history.note(7));
    let [dated, other_dated] = histories.map(|history| cosigned(7, history.root(7)).to_string());
    let second = i64::try_from(WITNESSED).expect("a time") * 1000;
    let witness = witness().vkey().to_string();
    let agreed = [witness.as_str()];
    let says = "this key's turn ended at size 7; who held it after that is not shown";
    let mut all = Vec::new();
    let mut add = |name: &str, replaced: Option<i64>, witnesses: &[&str], doubt: bool, file: String| {
        let ended = json!({ "until": 7, "replaced_ms": replaced, "witnesses": witnesses });
        all.push(json!({ "name": name, "ended": ended, "doubt": doubt.then_some(says), "file": file }));
    };
    let cosigned_both = both([dated.clone(), other_dated.clone()]);
    let after = second + 1000;
    add("cosigned-in-the-second-before", Some(after), &agreed, false, cosigned_both.clone());
    add("cosigned-in-the-same-second", Some(after - 1), &agreed, true, cosigned_both.clone());
    add("cosigned-after", Some(second - 86_400_000), &agreed, true, cosigned_both.clone());
    add("cosigned-by-nobody", Some(after), &agreed, true, both([bare.clone(), other_bare.clone()]));
    add("older-alone-cosigned", Some(after), &agreed, true, both([dated.clone(), other_bare]));
    add("newer-alone-cosigned", Some(after), &agreed, true, both([bare, other_dated.clone()]));
    add("cosigned-by-a-witness-of-nobody", Some(after), &[], true, cosigned_both.clone());
    add("not-shown-when-it-was-replaced", None, &agreed, true, cosigned_both);
    // The line of the one checkpoint under the other: it decides as before, and is a date of nothing.
    let line = dated.lines().last().expect("a line");
    let false_line = other_dated.replace(other_dated.lines().last().expect("a line"), line);
    add("line-of-another-checkpoint", Some(after), &agreed, true, both([dated.clone(), false_line]));
    all
}
