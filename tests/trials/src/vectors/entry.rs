//! `entry.json`: entries, what a proof carries to rebuild them, and bytes that are neither.

use super::craft::EPOCH;
use super::item::{Item, wide_head};
use super::{Judged, bytes, kebab, text};
use serde_json::{Value, json};
use truce_statement::Entry;
use truce_statement::entry::{NotAnEntry, entry_hash};

/// Writes the vectors.
pub(crate) fn generate() -> Value {
    json!({
        "what": "Entries: [1, prev, received, statement] in canonical CBOR, at most 65,535 bytes. The hash is SHA-256 of a \
                 zero byte and the entry. Extra, [1, prev, received], rebuilds the entry from the statement.",
        "accepted": accepted(),
        "refused": refused(),
        "refused_extra": refused_extra(),
    })
}

/// Judges the vectors with our code.
pub(crate) fn judge(file: &Value) -> Vec<Judged> {
    let list = |name: &str| file[name].as_array().expect("a list").iter();
    let accepted = list("accepted").map(|vector| {
        let bytes = bytes(&vector["entry"]);
        let found = Entry::parse(&bytes).map_err(|e| word(&e)).map(|entry| {
            let extra = hex::encode(entry.extra());
            let rebuilt = Entry::from_extra(&entry.extra(), entry.statement).expect("our own extra");
            let same = entry.encode() == bytes
                && rebuilt == entry
                && vector["extra"] == extra
                && vector["prev"] == entry.prev.to_string()
                && vector["received"] == entry.received
                && vector["statement"] == hex::encode(entry.statement)
                && vector["hash"] == entry_hash(&bytes).to_string();
            assert!(same, "{}: read as something else", text(&vector["name"]));
        });
        Judged::of(vector, &found)
    });
    let refused = list("refused").map(|vector| {
        Judged::of(vector, &Entry::parse(&bytes(&vector["entry"])).map(drop).map_err(|e| word(&e)))
    });
    let extra = list("refused_extra").map(|vector| {
        let extra = bytes(&vector["extra"]);
        Judged::of(vector, &Entry::from_extra(&extra, &[]).map(drop).map_err(|e| word(&e)))
    });
    accepted.chain(refused).chain(extra).collect()
}

fn word(error: &NotAnEntry) -> String {
    match error {
        NotAnEntry::Shape(flaw) => kebab(&flaw.kind),
        other => kebab(other),
    }
}

fn parts() -> Vec<Item> {
    let received = i64::try_from(EPOCH * 1000).expect("small");
    vec![1.into(), Item::Bytes(vec![0x0e; 32]), received.into(), Item::Bytes(b"a statement".to_vec())]
}

fn accepted() -> Vec<Value> {
    let of = |name: &str, prev: u8, received: i64, statement: Vec<u8>| {
        let extra = vec![1.into(), Item::Bytes(vec![prev; 32]), received.into()];
        let entry = [extra.clone(), vec![Item::Bytes(statement.clone())]].concat();
        let entry = Item::Array(entry).bytes();
        json!({
            "name": name,
            "entry": hex::encode(&entry),
            "prev": hex::encode([prev; 32]),
            "received": received,
            "statement": hex::encode(statement),
            "extra": hex::encode(Item::Array(extra).bytes()),
            "hash": hex::encode(truce_statement::id::sha256(&[&[0], entry.as_slice()].concat())),
        })
    };
    let now = i64::try_from(EPOCH * 1000).expect("small");
    vec![
        of("first", 0, now, b"a statement".to_vec()),
        of("later", 0x0e, now, b"a statement".to_vec()),
        of("received-at-the-epoch", 0x0e, 0, b"a statement".to_vec()),
        of("received-before-the-epoch", 0x0e, -1, b"a statement".to_vec()),
        of("received-at-the-end-of-time", 0x0e, i64::MAX, b"a statement".to_vec()),
        of("statement-of-no-bytes", 0x0e, now, vec![]),
        // 1 + 1 + 34 + 9 + 3 bytes stand before the statement.
        of("of-65535-bytes", 0x0e, now, vec![0x5a; 65_535 - 48]),
    ]
}

fn refused() -> Vec<Value> {
    let mut all = Vec::new();
    let mut add = |name: &str, code: &str, entry: Vec<u8>| {
        all.push(json!({ "name": name, "code": code, "entry": hex::encode(entry) }));
    };
    let with = |at: usize, item: Item| {
        let mut parts = parts();
        parts[at] = item;
        Item::Array(parts).bytes()
    };
    let good = Item::Array(parts()).bytes();
    add("of-65536-bytes", "too-large", with(3, Item::Bytes(vec![0x5a; 65_536 - 48])));
    add("version-0", "version", with(0, 0.into()));
    add("version-2", "version", with(0, 2.into()));
    add("version-as-text", "other-type", with(0, "1".into()));
    add("version-in-two-bytes", "not-shortest", with(0, Item::Raw(vec![0x18, 1])));
    add("prev-of-31-bytes", "other-type", with(1, Item::Bytes(vec![0; 31])));
    add("prev-of-33-bytes", "other-type", with(1, Item::Bytes(vec![0; 33])));
    add("prev-as-text", "other-type", with(1, Item::Text("00".repeat(32))));
    add(
        "prev-with-a-length-in-4-bytes",
        "not-shortest",
        with(1, Item::Raw([wide_head(2, 32, 4), vec![0; 32]].concat())),
    );
    add("received-as-a-float", "float", with(2, Item::Raw(vec![0xfb, 0x42, 0x77, 0x78, 0, 0, 0, 0, 0])));
    add("received-tagged", "other-type", with(2, Item::Raw(vec![0xc1, 0x00])));
    add("received-as-text", "other-type", with(2, "2021-02-08".into()));
    add("received-beyond-63-bits", "other-type", with(2, Item::Int(1 << 63)));
    add("received-beyond-63-bits-below-zero", "other-type", with(2, Item::Int(-(1 << 63) - 1)));
    add("statement-as-text", "other-type", with(3, "a statement".into()));
    add("statement-indefinite", "indefinite", with(3, Item::Raw(vec![0x5f, 0x41, 0x61, 0xff])));
    add("statement-null", "simple", with(3, Item::Raw(vec![0xf6])));
    add("three-parts", "other-type", Item::Array(parts()[..3].to_vec()).bytes());
    add("five-parts", "other-type", Item::Array([parts(), vec![0.into()]].concat()).bytes());
    add("a-map", "other-type", Item::Map((0..).map(Item::Int).zip(parts()).collect()).bytes());
    add("tagged", "other-type", [vec![0xd2], good.clone()].concat());
    add("array-indefinite", "indefinite", [vec![0x9f], good[1..].to_vec(), vec![0xff]].concat());
    add("array-length-in-two-bytes", "not-shortest", [vec![0x98, 4], good[1..].to_vec()].concat());
    add("byte-after-the-entry", "trailing-bytes", [good.clone(), vec![0]].concat());
    add("nothing", "truncated", vec![]);
    for end in [1, 2, 20, 36, 40, good.len() - 1] {
        add(&format!("cut-after-{end}-bytes"), "truncated", good[..end].to_vec());
    }
    all
}

fn refused_extra() -> Vec<Value> {
    let good = Item::Array(parts()[..3].to_vec()).bytes();
    let mut version = parts()[..3].to_vec();
    version[0] = 2.into();
    let mut short = parts()[..3].to_vec();
    short[1] = Item::Bytes(vec![0; 31]);
    [
        ("an-entry", "other-type", Item::Array(parts()).bytes()),
        ("two-parts", "other-type", Item::Array(parts()[..2].to_vec()).bytes()),
        ("version-2", "version", Item::Array(version).bytes()),
        ("prev-of-31-bytes", "other-type", Item::Array(short).bytes()),
        ("byte-after-it", "trailing-bytes", [good.clone(), vec![0]].concat()),
        ("array-length-in-two-bytes", "not-shortest", [vec![0x98, 3], good[1..].to_vec()].concat()),
        ("nothing", "truncated", vec![]),
        ("cut-by-one-byte", "truncated", good[..good.len() - 1].to_vec()),
    ]
    .into_iter()
    .map(|(name, code, extra)| json!({ "name": name, "code": code, "extra": hex::encode(extra) }))
    .collect()
}
