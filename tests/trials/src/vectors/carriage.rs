//! `carriage.json`: what is joined from the texts of QR codes and lines by radio, and lines that are no parts.

use super::statement::draft;
use super::{Judged, bytes, text};
use crate::vectors::logs::Scene;
use serde_json::{Value, json};
use truce_carriage::{Assembly, qr, radio, read};
use truce_statement::Kind;

/// Writes the vectors.
pub(crate) fn generate() -> Value {
    json!({
        "what": "Carriage (docs/spec/carriage.md). `joined`: the `inputs`, each a text, make these `contents` (hex, in bytewise \
                 order), and `missing` names the parts of the sets that are not whole, by mark, those by QR codes first. \
                 `written`: the lines of a content by radio, the texts of its QR codes of at most so many characters. \
                 `lines`: one line each, a part or not.",
        "joined": joined(),
        "written": written(),
        "lines": { "accepted": sound(), "refused": broken() },
    })
}

/// Judges the vectors with our code.
pub(crate) fn judge(file: &Value) -> Vec<Judged> {
    let list = |value: &Value| value.as_array().expect("a list").clone();
    let mut all = Vec::new();
    for vector in list(&file["joined"]) {
        let mut assembly = Assembly::default();
        for input in list(&vector["inputs"]) {
            assembly.add(read(text(&input).as_bytes()).expect("carriage")).expect("few sets");
        }
        let assembled = assembly.assembled();
        let contents: Vec<String> = assembled.contents.iter().map(hex::encode).collect();
        let missing: Vec<Value> =
            assembled.incomplete.iter().map(|open| json!([open.set.mark(), open.missing])).collect();
        let same = vector["contents"] == json!(contents) && vector["missing"] == json!(missing);
        all.push(Judged::of(&vector, &if same { Ok(()) } else { Err("joined otherwise".to_owned()) }));
    }
    for vector in list(&file["written"]) {
        let content = bytes(&vector["content"]);
        let limit = usize::try_from(vector["characters"].as_u64().expect("a number")).expect("small");
        let same = vector["radio"] == json!(radio::lines(&content).expect("a content"))
            && vector["qr"] == json!(qr::texts(&content, limit).expect("a content"));
        all.push(Judged::of(&vector, &if same { Ok(()) } else { Err("written otherwise".to_owned()) }));
    }
    for which in ["accepted", "refused"] {
        for vector in list(&file["lines"][which]) {
            // Behind a line that is a part: by itself what is none is no carriage at all.
            let parts = read(format!("{}\n{}", ONE, text(&vector["line"])).as_bytes()).expect("carriage");
            let flaw = parts.broken.first().map(|broken| broken.flaw.code().to_owned());
            all.push(Judged::of(&vector, &flaw.map_or(Ok(()), Err)));
        }
    }
    all
}

/// The first line of the example in the specification.
const ONE: &str = "TR1 5FAA 1/3: 0001 0203 0405 0607 0809 0A0B 0C0D 0E0F : 93F3";

/// The content of the example in the specification.
fn forty() -> Vec<u8> {
    (0..40).collect()
}

/// A statement.
fn statement() -> Vec<u8> {
    Scene::founded().work("north").say(&draft(Kind::Notification)).bytes().to_vec()
}

fn joined() -> Vec<Value> {
    let (small, large) = (forty(), statement());
    let lines = radio::lines(&small).expect("a content");
    let codes = qr::texts(&large, 300).expect("a content");
    let others = radio::lines(&large).expect("a content");
    let all_lines = lines.join("\n");
    let mut reversed = lines.clone();
    reversed.reverse();
    let mut all = Vec::new();
    let mut add = |name: &str, inputs: &[String], contents: &[&[u8]], missing: Value| {
        let contents: Vec<String> = contents.iter().map(hex::encode).collect();
        all.push(json!({ "name": name, "inputs": inputs, "contents": contents, "missing": missing }));
    };
    add("radio-in-order", std::slice::from_ref(&all_lines), &[&small], json!([]));
    add("radio-in-reverse", &[reversed.join("\n")], &[&small], json!([]));
    add("radio-in-three-inputs", &lines, &[&small], json!([]));
    add("radio-each-line-twice", &[format!("{all_lines}\n{all_lines}\n")], &[&small], json!([]));
    add("radio-in-lower-case", &[all_lines.to_lowercase()], &[&small], json!([]));
    add("radio-without-blanks", &[all_lines.replace(' ', "")], &[&small], json!([]));
    add(
        "radio-between-other-lines",
        &[format!("heard at noon\n\n{}\nover", lines.join("\n..\n"))],
        &[&small],
        json!([]),
    );
    add("radio-without-the-second-line", &[lines[0].clone(), lines[2].clone()], &[], json!([["5FAA", [2]]]));
    add("qr-in-order", &[codes.join("\n")], &[&large], json!([]));
    add("qr-in-lower-case", &[codes.join("\r\n").to_lowercase()], &[&large], json!([]));
    let mark = codes[0].split('/').nth(1).expect("a mark").to_owned();
    add("qr-without-the-first", &[codes[1..].join("\n")], &[], json!([[mark, [1]]]));
    add("qr-first-and-radio-whole", &[codes[0].clone(), others.join("\n")], &[&large], json!([]));
    let mut both: Vec<&[u8]> = vec![&small, &large];
    both.sort_unstable();
    add("two-contents-mixed", &[codes.join("\n"), all_lines], &both, json!([]));
    // A line of another content under the same mark and number: both are kept, the hash decides.
    let rival = radio_line("TR15FAA2/3:", &[0xee; 16]);
    add(
        "radio-with-a-rival",
        &[format!("{}\n{rival}\n{}\n{}", lines[0], lines[1], lines[2])],
        &[&small],
        json!([]),
    );
    add(
        "radio-with-another-second-line",
        &[format!("{}\n{rival}\n{}", lines[0], lines[2])],
        &[],
        json!([["5FAA", []]]),
    );
    all
}

fn written() -> Vec<Value> {
    let of = |name: &str, content: &[u8], characters: usize| {
        json!({
            "name": name,
            "content": hex::encode(content),
            "characters": characters,
            "radio": radio::lines(content).expect("a content"),
            "qr": qr::texts(content, characters).expect("a content"),
        })
    };
    vec![
        of("example-of-the-specification", &forty(), 4296),
        of("one-byte", &[7], 200),
        of("sixteen-bytes", &[0; 16], 200),
        of("statement", &statement(), 300),
        of("statement-in-one-code", &statement(), 4296),
    ]
}

fn sound() -> Vec<Value> {
    let code = qr::texts(&forty(), 4296).expect("a content").remove(0);
    [
        ("radio", ONE.to_owned()),
        ("radio-with-tabs", ONE.replace(' ', "\t")),
        ("radio-blanks-within-groups", ONE.replace("0203", "02 03")),
        ("radio-of-one-byte", radio_line("TR15FAA3/3:", &[7])),
        ("radio-most-lines", radio_line("TR15FAA0001/3073:", &[7; 16])),
        ("qr", code.clone()),
        ("qr-with-blanks-around", format!("  {code} ")),
        ("qr-of-500", qr_text("TRUCE1/5FAA4EEC36115568/001/500/00")),
    ]
    .into_iter()
    .map(|(name, line)| json!({ "name": name, "line": line }))
    .collect()
}

fn broken() -> Vec<Value> {
    let code = qr::texts(&forty(), 4296).expect("a content").remove(0);
    let mut all = Vec::new();
    let mut add = |name: &str, code: &str, line: &str| {
        all.push(json!({ "name": name, "code": code, "line": line }));
    };
    let (part, shape, numbers, checksum) = ("not-a-part", "bad-shape", "bad-numbers", "bad-checksum");
    add("words", part, "over and out");
    add("radio-of-version-2", part, &ONE.replace("TR1", "TR2"));
    add("radio-digit-altered", checksum, &ONE.replace("0203", "0213"));
    add("radio-digits-swapped", checksum, &ONE.replace("0405", "0450"));
    add("radio-number-altered", checksum, &ONE.replace("1/3", "2/3"));
    add("radio-mark-altered", checksum, &ONE.replace("5FAA", "5FAB"));
    add("radio-checksum-altered", checksum, &ONE.replace("93F3", "93F4"));
    add("radio-group-missing", checksum, &ONE.replace(" 0607", ""));
    add("radio-checksum-missing", shape, &ONE.replace(" : 93F3", ""));
    add("radio-checksum-of-three-digits", shape, &ONE.replace("93F3", "93F"));
    add("radio-checksum-with-a-sign", shape, &ONE.replace("93F3", "+3F3"));
    add("radio-number-zero", numbers, &radio_line("TR15FAA0/3:", &[7; 16]));
    add("radio-number-above-the-count", numbers, &radio_line("TR15FAA4/3:", &[7; 16]));
    add("radio-count-above-the-limit", numbers, &radio_line("TR15FAA0001/3074:", &[7; 16]));
    add("radio-count-with-a-zero-before", shape, &radio_line("TR15FAA01/03:", &[7; 16]));
    add("radio-number-of-another-width", shape, &radio_line("TR15FAA1/12:", &[7; 16]));
    add("radio-mark-of-three-digits", shape, &radio_line("TR15FA1/3:", &[7; 16]));
    add("radio-no-bytes", shape, &radio_line("TR15FAA3/3:", &[]));
    add("radio-short-line-in-the-middle", shape, &radio_line("TR15FAA2/3:", &[7; 15]));
    add("radio-long-line", shape, &radio_line("TR15FAA1/3:", &[7; 17]));
    add("radio-half-a-byte", shape, &{
        let body = format!("TR15FAA1/3:{}0", "00".repeat(15));
        format!("{body}:{:04X}", crc_16(body.as_bytes()))
    });
    add("radio-longer-than-any", shape, &format!("{ONE}{}", " ".repeat(256) + "."));
    add("qr-of-version-2", part, &code.replace("TRUCE1", "TRUCE2"));
    add("qr-character-altered", checksum, &code.replace("100KB", "100KC"));
    add("qr-checksum-altered", checksum, &code.replace("2631B28A", "2631B28B"));
    add("qr-checksum-missing", shape, code.rsplit_once('/').expect("fields").0);
    add("qr-too-few-fields", shape, "TRUCE1/5FAA4EEC36115568/1/1");
    add("qr-number-zero", numbers, &qr_text("TRUCE1/5FAA4EEC36115568/0/1/00"));
    add("qr-number-above-the-count", numbers, &qr_text("TRUCE1/5FAA4EEC36115568/2/1/00"));
    add("qr-count-above-the-limit", numbers, &qr_text("TRUCE1/5FAA4EEC36115568/001/501/00"));
    add("qr-number-of-another-width", shape, &qr_text("TRUCE1/5FAA4EEC36115568/1/12/00"));
    add("qr-mark-of-fifteen-digits", shape, &qr_text("TRUCE1/5FAA4EEC3611556/1/1/00"));
    add("qr-no-bytes", shape, &qr_text("TRUCE1/5FAA4EEC36115568/1/1/"));
    add("qr-character-that-base45-has-not", shape, &qr_text("TRUCE1/5FAA4EEC36115568/1/1/0_"));
    add("qr-base45-of-one-character", shape, &qr_text("TRUCE1/5FAA4EEC36115568/1/1/000Q"));
    add("qr-base45-above-a-byte", shape, &qr_text("TRUCE1/5FAA4EEC36115568/1/1/V5"));
    add("qr-base45-above-two-bytes", shape, &qr_text("TRUCE1/5FAA4EEC36115568/1/1/GGW"));
    add(
        "qr-longer-than-any-code",
        shape,
        &qr_text(&format!("TRUCE1/5FAA4EEC36115568/1/1/{}", "000".repeat(1422))),
    );
    all
}

/// A line with the checksum that is due, without blanks.
fn radio_line(front: &str, payload: &[u8]) -> String {
    let body = format!("{front}{}", hex::encode_upper(payload));
    format!("{body}:{:04X}", crc_16(body.as_bytes()))
}

/// A text with the checksum that is due.
fn qr_text(body: &str) -> String {
    format!("{body}/{:08X}", crc_32(body.as_bytes()))
}

/// CRC-16/IBM-3740, bit by bit.
pub(crate) fn crc_16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xffff, |crc, byte| {
        (0..8).fold(
            crc ^ u16::from(*byte) << 8,
            |crc, _| if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x1021 },
        )
    })
}

/// CRC-32/ISO-HDLC, bit by bit.
pub(crate) fn crc_32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| if crc & 1 == 0 { crc >> 1 } else { crc >> 1 ^ 0xedb8_8320 },
        )
    })
}
