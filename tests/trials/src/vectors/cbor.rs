//! `cbor.json`: bytes that are canonical CBOR, and every way in which bytes can fail to be.

use super::item::{Item, head, wide_head};
use super::{Judged, bytes, kebab, text};
use serde_json::{Value, json};
use truce_statement::cbor;

/// Writes the vectors.
pub(crate) fn generate() -> Value {
    json!({
        "what": "One item of canonical CBOR or not: RFC 8949 section 4.2.1, no floats, tags, null or other simple \
                 values, no control characters but newline and tab, nesting at most 16 deep.",
        "accepted": accepted(),
        "refused": refused(),
    })
}

/// Judges the vectors with our code.
pub(crate) fn judge(file: &Value) -> Vec<Judged> {
    let accepted = file["accepted"].as_array().expect("a list").iter().map(|vector| {
        let bytes = bytes(&vector["cbor"]);
        let found = match cbor::check(&bytes) {
            Ok(())
                if Item::parse(&bytes).diag() == vector["diagnostic"]
                    && Item::parse(&bytes).bytes() == bytes =>
            {
                "accepted".to_owned()
            }
            Ok(()) => "read as something else".to_owned(),
            Err(flaw) => kebab(&flaw.kind),
        };
        Judged::new(vector, "accepted", found)
    });
    let refused = file["refused"].as_array().expect("a list").iter().map(|vector| {
        let found = match cbor::check(&bytes(&vector["cbor"])) {
            Ok(()) => "accepted".to_owned(),
            Err(flaw) => kebab(&flaw.kind),
        };
        Judged::new(vector, text(&vector["flaw"]), found)
    });
    accepted.chain(refused).collect()
}

fn accepted() -> Vec<Value> {
    let edges = [0, 23, 24, 255, 256, 65_535, 65_536, 4_294_967_295, 4_294_967_296, u64::MAX.into()];
    let mut items: Vec<(String, Item)> = Vec::new();
    for n in edges {
        items.push((format!("integer-{n}"), Item::Int(n)));
        items.push((format!("integer-minus-{}", n + 1), Item::Int(-1 - n)));
    }
    let nested = |depth| (1..depth).fold(Item::Array(vec![]), |inner, _| Item::Array(vec![inner]));
    let nested_maps =
        |depth| (1..depth).fold(Item::Map(vec![]), |inner, _| Item::Map(vec![(Item::Int(0), inner)]));
    let rfc = ["0a", "1864", "20", "617a", "626161", "f4"]
        .map(|key| (Item::Raw(hex::decode(key).expect("hex")), Item::Int(0)));
    let lengths =
        [0_u8, 23, 24, 255].map(|n| (format!("bytes-of-length-{n}"), Item::Bytes(vec![n; n.into()])));
    items.extend(lengths);
    items.extend([
        ("bytes-of-length-256".into(), Item::Bytes(vec![0; 256])),
        ("text-empty".into(), "".into()),
        ("text-of-length-23".into(), Item::Text("a".repeat(23))),
        ("text-of-length-24".into(), Item::Text("a".repeat(24))),
        ("text-of-length-256".into(), Item::Text("a".repeat(256))),
        ("text-with-newline-and-tab".into(), "one\n\ttwo".into()),
        ("text-with-quotes".into(), "\"\\\"".into()),
        ("text-of-two-bytes-each".into(), "Авдіївка".into()),
        ("text-with-the-first-character-after-c1".into(), "\u{a0}".into()),
        ("text-of-four-bytes".into(), "\u{1f54a}".into()),
        ("text-with-the-last-code-point".into(), "\u{10ffff}".into()),
        ("array-empty".into(), Item::Array(vec![])),
        ("array-of-24".into(), Item::Array(vec![Item::Int(0); 24])),
        ("map-empty".into(), Item::Map(vec![])),
        ("map-with-keys-bytewise".into(), Item::Map(rfc.to_vec())),
        (
            "map-with-keys-of-one-length".into(),
            Item::Map(vec![("a".into(), "b".into()), ("b".into(), "a".into())]),
        ),
        (
            "map-with-bytes-and-negative-keys".into(),
            Item::Map(vec![(Item::Int(-1), 0.into()), (Item::Bytes(vec![]), 0.into())]),
        ),
        ("false".into(), Item::Bool(false)),
        ("true".into(), Item::Bool(true)),
        ("arrays-16-deep".into(), nested(16)),
        ("maps-16-deep".into(), nested_maps(16)),
        (
            "arrays-and-maps-side-by-side".into(),
            Item::Array((0..20).map(|n| if n % 2 == 0 { nested(15) } else { nested_maps(15) }).collect()),
        ),
    ]);
    items
        .into_iter()
        .map(|(name, item)| {
            let bytes = item.bytes();
            json!({ "name": name, "cbor": hex::encode(&bytes), "diagnostic": Item::parse(&bytes).diag() })
        })
        .collect()
}

fn refused() -> Vec<Value> {
    let mut all: Vec<(String, Vec<u8>, &str)> = Vec::new();
    let mut add = |name: &str, bytes: Vec<u8>, flaw: &'static str| all.push((name.to_owned(), bytes, flaw));
    let raw = |text: &str| hex::decode(text).expect("hex");
    for (major, what) in MAJORS.into_iter().enumerate() {
        let major = u8::try_from(major).expect("few");
        for (width, n) in
            [(1, 0), (1, 23), (2, 0), (2, 255), (4, 0), (4, 65_535), (8, 0), (8, 4_294_967_295_u64)]
        {
            // Lengths that long would need that many bytes to have one flaw only.
            if n > 255 && major > 1 {
                continue;
            }
            let mut bytes = wide_head(major, n, width);
            bytes.extend(contents(major, n));
            add(&format!("{what}-{n}-in-{width}-bytes"), bytes, "not-shortest");
        }
        for info in 28..31 {
            add(&format!("{what}-reserved-{info}"), vec![major << 5 | info], "reserved");
        }
        let cut: &[u8] = if major < 2 { &[1, 2, 4, 8] } else { &[1, 2] };
        for width in cut {
            let mut bytes = wide_head(
                major,
                [24, 24, 256, 65_536, 1 << 32, 0, 0, 0, 1 << 32][usize::from(*width)],
                *width,
            );
            bytes.truncate(usize::from(*width));
            add(&format!("{what}-cut-in-{width}-byte-argument"), bytes, "truncated");
        }
    }
    add("bytes-indefinite", raw("5f4100ff"), "indefinite");
    add("bytes-indefinite-empty", raw("5fff"), "indefinite");
    add("text-indefinite", raw("7f6161ff"), "indefinite");
    add("array-indefinite", raw("9f00ff"), "indefinite");
    add("map-indefinite", raw("bf0000ff"), "indefinite");
    add("array-indefinite-inside", raw("819fff"), "indefinite");
    add("integer-indefinite", raw("1f"), "indefinite");
    add("break-alone", raw("ff"), "indefinite");
    add("break-in-an-array", raw("82 00 ff".replace(' ', "").as_str()), "indefinite");
    add("keys-unsorted", raw("a2616200616100"), "key-order");
    add("keys-length-first", raw("a2 20 00 1864 00".replace(' ', "").as_str()), "key-order");
    add("keys-length-first-text", raw("a3 617a 00 20 00 626161 00".replace(' ', "").as_str()), "key-order");
    add("keys-unsorted-in-an-inner-map", raw("81a2616200616100"), "key-order");
    add("key-twice", raw("a2616100616101"), "duplicate-key");
    add("key-twice-with-the-same-value", raw("a2616100616100"), "duplicate-key");
    add("key-twice-of-three", raw("a3616100616200616200"), "duplicate-key");
    add("key-array", raw("a18000"), "container-key");
    add("key-map", raw("a1a000"), "container-key");
    add("key-float", raw("a1f9000000"), "float");
    add("key-null", raw("a1f600"), "simple");
    add("float-16", raw("f93c00"), "float");
    add("float-32", raw("fa3f800000"), "float");
    add("float-64", raw("fb3ff0000000000000"), "float");
    add("float-not-a-number", raw("f97e00"), "float");
    add("float-infinity", raw("f97c00"), "float");
    add("float-minus-zero", raw("f98000"), "float");
    add("float-in-an-array", raw("81fb3ff199999999999a"), "float");
    add("null", raw("f6"), "simple");
    add("null-as-a-value", raw("a16161f6"), "simple");
    add("undefined", raw("f7"), "simple");
    add("simple-0", raw("e0"), "simple");
    add("simple-19", raw("f3"), "simple");
    add("simple-32", raw("f820"), "simple");
    add("simple-255", raw("f8ff"), "simple");
    add("simple-20-in-two-bytes", raw("f814"), "simple");
    add("simple-reserved-28", raw("fc"), "reserved");
    add("simple-reserved-29", raw("fd"), "reserved");
    add("simple-reserved-30", raw("fe"), "reserved");
    add("tag-bignum", raw("c249010000000000000000"), "tag");
    add("tag-negative-bignum", raw("c349010000000000000000"), "tag");
    add("tag-date-text", raw("c06a323032312d30322d3038"), "tag");
    add("tag-epoch-time", raw("c100"), "tag");
    add("tag-decimal-fraction", raw("c48221196ab3"), "tag");
    add("tag-embedded-cbor", raw("d8184100"), "tag");
    add("tag-self-described", raw("d9d9f700"), "tag");
    add("tag-on-a-key", raw("a1c10000"), "tag");
    add("tag-on-a-value", raw("a100c100"), "tag");
    add("trailing-byte", raw("0000"), "trailing-bytes");
    add("trailing-item", raw("8000"), "trailing-bytes");
    add("trailing-break", raw("80ff"), "trailing-bytes");
    add("nothing", vec![], "truncated");
    add("bytes-cut", raw("420a"), "truncated");
    add("text-cut", raw("6261"), "truncated");
    add("array-cut", raw("8200"), "truncated");
    add("map-cut-before-a-value", raw("a100"), "truncated");
    add("map-cut-before-a-key", raw("a20000"), "truncated");
    add("array-of-2-to-the-63", raw("9b8000000000000000"), "truncated");
    add("bytes-of-2-to-the-63", raw("5b8000000000000000"), "truncated");
    add("text-of-2-to-the-64-less-1", raw("7bffffffffffffffff"), "truncated");
    add("map-of-2-to-the-64-less-1", raw("bbffffffffffffffff"), "truncated");
    add("arrays-17-deep", [vec![0x81; 16], vec![0x80]].concat(), "too-deep");
    add("maps-17-deep", [[0xa1, 0x00].repeat(16), vec![0xa0]].concat(), "too-deep");
    add("arrays-5000-deep", vec![0x81; 5000], "too-deep");
    for (name, bytes) in [
        ("text-cut-inside-a-character", "61c3"),
        ("text-lone-continuation", "6180"),
        ("text-overlong-slash", "62c0af"),
        ("text-overlong-nul", "62c080"),
        ("text-surrogate", "63eda080"),
        ("text-above-the-last-code-point", "64f4908080"),
        ("text-byte-ff", "61ff"),
        ("text-key-not-utf8", "a161ff00"),
    ] {
        add(name, raw(bytes), "not-utf8");
    }
    let controls = (0..0x20).filter(|c| ![9, 10].contains(c)).chain([0x7f]).chain(0x80..0xa0);
    for c in controls {
        let text = Item::Text(char::from_u32(c).expect("a control character").to_string());
        add(&format!("text-control-{c:02x}"), text.bytes(), "control-character");
    }
    add("text-control-as-a-key", raw("a1610000"), "control-character");
    add("text-control-at-the-end", raw("64616263 0d".replace(' ', "").as_str()), "control-character");
    // Every proper beginning of an item that has one of everything.
    let whole = Item::Map(vec![
        (Item::Int(1), Item::Array(vec![Item::Int(500), Item::Bytes(vec![1, 2])])),
        ("a".into(), Item::Map(vec![("bc".into(), Item::Bool(true))])),
    ]);
    let whole = whole.bytes();
    for end in 1..whole.len() {
        add(&format!("cut-after-{end}-of-{}-bytes", whole.len()), whole[..end].to_vec(), "truncated");
    }
    all.into_iter()
        .map(|(name, bytes, flaw)| json!({ "name": name, "cbor": hex::encode(bytes), "flaw": flaw, "code": "non-canonical" }))
        .collect()
}

const MAJORS: [&str; 7] = ["integer", "negative", "bytes", "text", "array", "map", "tag"];

/// What must follow the head so that the head alone is at fault.
fn contents(major: u8, n: u64) -> Vec<u8> {
    let n = usize::try_from(n).expect("small");
    match major {
        2 | 4 => vec![0; n],
        3 => vec![b'a'; n],
        5 => (0..n).flat_map(|key| [head(0, key as u64), vec![0]].concat()).collect(),
        6 => vec![0],
        _ => Vec::new(),
    }
}
