//! Targets that pass from hand to hand: receipts, what carries statements without a network, fraud proofs, successions.

use super::mutate::Shape;
use super::targets::{BOTH, Target, file};
use crate::vectors::carriage::{crc_16, crc_32};
use crate::vectors::{self, text};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::LazyLock;
use truce_carriage::{Assembly, Part, Parts};
use truce_fraud::FraudProof;
use truce_receipt::{ConsistencyReceipt, Receipt, ReceiptError, embed, extract};
use truce_statement::Statement;
use truce_succession::Succession;
use truce_tlog::{Checkpoint, Policy, VKey};

pub(super) const TARGETS: &[Target] = &[
    Target { name: "receipt", shape: Shape::Cbor, longest: 4096, seeds: receipts, run: run_receipt },
    Target {
        name: "receipt-growth",
        shape: Shape::Cbor,
        longest: 2048,
        seeds: growth_receipts,
        run: run_growth_receipt,
    },
    Target {
        name: "receipts-within",
        shape: Shape::Cbor,
        longest: 8192,
        seeds: transparent,
        run: run_transparent,
    },
    Target { name: "carriage", shape: Shape::Text, longest: 16_384, seeds: carried, run: run_carriage },
    Target { name: "fraud-proof", shape: Shape::Text, longest: 8192, seeds: fraud_proofs, run: run_fraud },
    Target {
        name: "succession",
        shape: Shape::Text,
        longest: 16_384,
        seeds: successions,
        run: run_succession,
    },
];

// Receipts. A whole receipt is no CBOR that trees are grafted in, for it has a tag and nil; so half of the seeds are an array
// of its two headers, which is put back into the envelope and sealed with a signature of zeros.

/// Field of every vector of a part of `receipt.json`.
fn of_receipts(part: Option<&str>, lists: &[&str], field: &str) -> Vec<Vec<u8>> {
    let file = vectors::load("receipt.json");
    let part = part.map_or(&file, |part| &file[part]);
    let vectors = lists.iter().flat_map(|list| part[*list].as_array().expect("a list"));
    vectors.map(|vector| hex::decode(text(&vector[field])).expect("hex")).collect()
}

fn with_headers(whole: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    let headers = whole.iter().filter_map(|receipt| headers(receipt)).collect::<BTreeSet<_>>();
    whole.into_iter().chain(headers).filter(|seed| seed.len() < 4096).collect()
}

/// The protected header and the unprotected one, as an array.
fn headers(receipt: &[u8]) -> Option<Vec<u8>> {
    let rest = receipt.strip_prefix(&[0xd2, 0x84])?;
    // What follows the two is nil, and the head and bytes of the signature.
    let two = rest.get(..rest.len().checked_sub(67)?)?;
    let array = [&[0x82], two].concat();
    truce_statement::cbor::check(&array).is_ok().then_some(array)
}

/// The receipt that is tried: the input, or the envelope around its two headers.
fn receipt_of(input: &[u8]) -> Vec<u8> {
    match input.split_first() {
        Some((0x82, two)) => [&[0xd2, 0x84], two, &[0xf6, 0x58, 0x40], &[0; 64]].concat(),
        _ => input.to_vec(),
    }
}

fn refused(error: &ReceiptError) -> String {
    format!("{} {}", error.code, gist(&error.detail))
}

/// The words of a message up to what it quotes: that differs with every input.
fn gist(message: &str) -> String {
    let plain =
        |word: &&str| word.len() < 16 && word.chars().all(|c| c.is_ascii_alphabetic() || ",:;".contains(c));
    message.split(' ').take_while(plain).take(16).collect::<Vec<_>>().join(" ")
}

fn receipts() -> Vec<Vec<u8>> {
    with_headers(of_receipts(None, BOTH, "receipt"))
}

/// Statements of the vectors by their position, a policy, and what receipts truly say: position, size, time.
struct Recorded {
    statements: Vec<Statement>,
    policy: Policy,
    said: BTreeSet<(u64, u64, i64)>,
}

static RECORDED: LazyLock<Recorded> = LazyLock::new(|| {
    let file = vectors::load("receipt.json");
    let accepted = file["accepted"].as_array().expect("a list");
    let number = |vector: &Value, field: &str| vector[field].as_u64().expect("a number");
    let statement = |vector: &Value| {
        Statement::parse(hex::decode(text(&vector["statement"])).expect("hex")).expect("a statement")
    };
    Recorded {
        statements: accepted.iter().take(5).map(statement).collect(),
        policy: Policy::parse(text(&accepted[0]["policy"]).as_bytes()).expect("a policy"),
        said: accepted
            .iter()
            .map(|v| (number(v, "index"), number(v, "size"), v["received"].as_i64().expect("a time")))
            .collect(),
    }
});

fn run_receipt(input: &[u8]) -> String {
    let bytes = receipt_of(input);
    let receipt = match Receipt::parse(&bytes) {
        Ok(receipt) => receipt,
        Err(error) => return refused(&error),
    };
    assert_eq!(receipt.to_bytes(), bytes, "written otherwise");
    let known = &*RECORDED;
    let at = usize::try_from(receipt.position()).unwrap_or(usize::MAX);
    let statement = known.statements.get(at).unwrap_or(&known.statements[0]);
    match receipt.verify(statement, &known.policy) {
        Ok(verified) => {
            let said = (verified.position(), verified.size(), verified.received());
            assert!(known.said.contains(&said), "verified, but never signed");
            format!("verified {:?}", verified.finality())
        }
        Err(error) => format!("receipt {}", refused(&error)),
    }
}

fn growth_receipts() -> Vec<Vec<u8>> {
    with_headers(of_receipts(Some("consistency"), BOTH, "receipt"))
}

/// The log, and each of its trees by its size.
static TREES: LazyLock<(VKey, Vec<Checkpoint>)> = LazyLock::new(|| {
    let file = vectors::load("receipt.json");
    let accepted = file["consistency"]["accepted"].as_array().expect("a list");
    let log: VKey = text(&accepted[0]["log"]).parse().expect("a vkey");
    let tree = |vector: &Value, which: &str| {
        let (size, root) = (vector[which].as_u64().expect("a size"), text(&vector[format!("{which}_root")]));
        Checkpoint::new(log.name(), size, root.parse().expect("a root")).expect("a checkpoint")
    };
    let trees = accepted.iter().flat_map(|vector| [tree(vector, "older"), tree(vector, "newer")]).collect();
    (log, trees)
});

fn run_growth_receipt(input: &[u8]) -> String {
    let bytes = receipt_of(input);
    let receipt = match ConsistencyReceipt::parse(&bytes) {
        Ok(receipt) => receipt,
        Err(error) => return refused(&error),
    };
    assert_eq!(receipt.to_bytes(), bytes, "written otherwise");
    let (log, trees) = &*TREES;
    let (older, newer) = receipt.sizes();
    let Some(tree) = trees.iter().find(|tree| tree.size() == older) else { return "no such tree".to_owned() };
    match receipt.verify(tree, log) {
        Ok(root) => {
            let known = trees.iter().any(|tree| tree.size() == newer && *tree.root() == root);
            assert!(known, "verified, but never signed");
            "verified".to_owned()
        }
        Err(error) => format!("receipt {}", refused(&error)),
    }
}

fn transparent() -> Vec<Vec<u8>> {
    of_receipts(Some("embedded"), BOTH, "transparent").into_iter().filter(|seed| seed.len() < 8192).collect()
}

fn run_transparent(input: &[u8]) -> String {
    match extract(input) {
        Ok((statement, receipts)) => {
            assert_eq!(embed(&statement, &receipts).as_deref(), Ok(input), "put back otherwise");
            let again = extract(&statement).expect("a statement without receipts");
            assert_eq!(again, (statement, Vec::new()), "nothing more to take out");
            format!("accepted {}", receipts.len())
        }
        Err(error) => refused(&error),
    }
}

// Carriage.

fn carried() -> Vec<Vec<u8>> {
    let file = vectors::load("carriage.json");
    let list = |value: &Value| value.as_array().expect("a list").clone();
    let joined = list(&file["joined"])
        .into_iter()
        .map(|vector| list(&vector["inputs"]).iter().map(text).collect::<Vec<_>>().join("\n"));
    let lines = ["accepted", "refused"].into_iter().flat_map(|which| list(&file["lines"][which]));
    let lines = lines.map(|vector| text(&vector["line"]).to_owned());
    joined.chain(lines).map(String::into_bytes).chain(file_bytes()).collect()
}

/// A statement as it is.
fn file_bytes() -> Vec<Vec<u8>> {
    file("statement.json", &["accepted"], "statement").into_iter().take(1).collect()
}

fn run_carriage(input: &[u8]) -> String {
    // As it is, and with the checksums that are due: else few alterations would come any further.
    let (found, sealed) = (read(input), resealed(input));
    let sealed = sealed.map_or("not UTF-8".to_owned(), |sealed| read(sealed.as_bytes()));
    format!("{found}, {sealed}")
}

fn read(input: &[u8]) -> String {
    let parts = match truce_carriage::read(input) {
        Ok(parts) => parts,
        Err(error) => return error.code().to_owned(),
    };
    if let Some(content) = &parts.content {
        assert_eq!(content, input, "a file is what it is");
        return "file".to_owned();
    }
    one_spelling(input, &parts);
    let flaws: BTreeSet<&str> = parts.broken.iter().map(|broken| broken.flaw.code()).collect();
    assert!(parts.broken.iter().all(|broken| broken.beginning.len() <= 24 * 10), "a short beginning");
    let mut assembly = Assembly::default();
    let added = assembly.add(parts).is_ok();
    let assembled = assembly.assembled();
    for content in &assembled.contents {
        assert!(!content.is_empty() && content.len() <= truce_carriage::MAX_CONTENT);
        let lines = truce_carriage::radio::lines(content).expect("what was joined can be carried");
        let mut again = Assembly::default();
        again
            .add(truce_carriage::read(lines.join("\n").as_bytes()).expect("our own lines"))
            .expect("one set");
        assert_eq!(again.assembled().contents, std::slice::from_ref(content), "carried on");
    }
    format!("{added} {} {} {flaws:?}", assembled.contents.len().min(3), assembled.incomplete.len().min(3))
}

/// Each part is written as it stood in its line, but for case and blanks.
fn one_spelling(input: &[u8], parts: &Parts) {
    let text = std::str::from_utf8(input).expect("lines are UTF-8");
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let broken: BTreeSet<usize> = parts.broken.iter().map(|broken| broken.line).collect();
    let lines = text.lines().zip(1..).filter(|(line, n)| !line.trim().is_empty() && !broken.contains(n));
    let lines: Vec<&str> = lines.map(|(line, _)| line).collect();
    assert_eq!(lines.len(), parts.parts.len(), "a line is a part or broken");
    let bare =
        |line: &str| line.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_uppercase();
    for (line, part) in lines.iter().zip(&parts.parts) {
        assert_eq!(bare(line), bare(&Part::to_string(part)), "a part has one spelling");
    }
}

/// The text with the checksum of each line that has one made right.
fn resealed(input: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(input).ok()?;
    let line = |line: &str| {
        let upper = line.trim().to_ascii_uppercase();
        let packed: String = upper.chars().filter(|c| !c.is_whitespace()).collect();
        if let Some((body, _)) = upper.strip_prefix("TRUCE1/").and_then(|_| upper.rsplit_once('/')) {
            format!("{body}/{:08X}", crc_32(body.as_bytes()))
        } else if let Some((body, _)) = packed.strip_prefix("TR1").and_then(|_| packed.rsplit_once(':')) {
            format!("{body}:{:04X}", crc_16(body.as_bytes()))
        } else {
            line.to_owned()
        }
    };
    Some(text.lines().map(line).collect::<Vec<_>>().join("\n"))
}

// Fraud proofs.

fn fraud_proofs() -> Vec<Vec<u8>> {
    file("fraud-proof.json", BOTH, "file")
}

/// Keys that have signed in contradiction to themselves.
static CONVICTED: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let all = fraud_proofs().into_iter().filter_map(|proof| FraudProof::parse(&proof).ok()?.decide().ok());
    all.map(|decided| decided.log).collect()
});

fn run_fraud(input: &[u8]) -> String {
    assert_eq!(FraudProof::is_one(input), input.starts_with(b"truce/fraud-proof@v1\n"));
    let proof = match FraudProof::parse(input) {
        Ok(proof) => proof,
        Err(error) => return gist(&error.to_string()),
    };
    assert_eq!(proof.to_string().as_bytes(), input, "written otherwise");
    match proof.decide() {
        Ok(decided) => {
            assert!(CONVICTED.contains(&decided.log), "whose key it is has signed nothing of the kind");
            assert_eq!((decided.kind, &decided.sentence), (proof.kind().as_str(), &proof.sentence()));
            format!("proven {}", decided.kind)
        }
        Err(error) => format!("{} {}", proof.kind(), gist(&error.to_string())),
    }
}

// Successions.

fn successions() -> Vec<Vec<u8>> {
    file("succession.json", BOTH, "succession")
}

/// The charter, and every schedule of keys that a sound succession leads to.
static TERMS: LazyLock<(Statement, Vec<truce_tlog::KeySchedule>)> = LazyLock::new(|| {
    let file = vectors::load("succession.json");
    let accepted = file["accepted"].as_array().expect("a list");
    let charter = hex::decode(text(&accepted[0]["charter"])).expect("hex");
    let charter = Statement::parse(charter).expect("a charter");
    let keys = accepted.iter().map(|vector| {
        let succession = Succession::parse(text(&vector["succession"]).as_bytes()).expect("a succession");
        succession.verify(&charter).expect("a sound one").keys().clone()
    });
    (charter.clone(), keys.collect())
});

fn run_succession(input: &[u8]) -> String {
    let succession = match Succession::parse(input) {
        Ok(succession) => succession,
        Err(error) => return gist(&error.to_string()),
    };
    assert_eq!(succession.to_string().as_bytes(), input, "written otherwise");
    let (charter, known) = &*TERMS;
    match succession.verify(charter) {
        Ok(terms) => {
            assert!(known.contains(terms.keys()), "keys that nobody brought in");
            format!("verified {} {}", terms.keys().keys().count(), terms.policies())
        }
        Err(error) => format!("{} {}", error.code(), gist(&error.to_string())),
    }
}
