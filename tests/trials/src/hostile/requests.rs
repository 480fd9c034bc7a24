//! Malformed requests, made from sound ones.

use crate::fuzz::mutate::{Random, Shape, mutate};
use std::fmt::Write as _;

/// What may be known of a request before it is answered.
pub(super) struct Request {
    pub(super) bytes: Vec<u8>,
    /// Statuses that the interface has for it.
    pub(super) allowed: &'static [u16],
    /// Its end is not where HTTP says, so that the connection ends with it; it may be closed without an answer.
    pub(super) last: bool,
    /// Refused before it is routed, so that there is no problem document.
    pub(super) of_the_head: bool,
}

/// A class of malformation.
pub(super) struct Class {
    pub(super) name: &'static str,
    /// Of 100 requests, about so many.
    pub(super) weight: usize,
    pub(super) make: fn(&mut Random, &Sound) -> Request,
}

/// What the requests are made from.
pub(super) struct Sound {
    /// Statements that are recorded already: sent again, they change nothing.
    pub(super) recorded: Vec<Vec<u8>>,
    /// Request bodies for a witness.
    pub(super) proposals: Vec<Vec<u8>>,
}

/// Every answer that a statement may get but that of being new.
const STATEMENT: &[u16] = &[400, 403, 409, 413, 422];
const DUPLICATE: &[u16] = &[200];
const COSE: &str = "application/cose";
const SEQUENCE: &str = "application/cbor-seq";

/// What a depositary is sent.
pub(super) const DEPOSITARY: &[Class] = &[
    Class { name: "bits flipped", weight: 18, make: flipped },
    Class { name: "bytes and items altered", weight: 18, make: altered },
    Class { name: "truncated statement", weight: 9, make: truncated },
    Class { name: "deep or endless CBOR", weight: 5, make: deep },
    Class { name: "rubbish", weight: 6, make: rubbish },
    Class { name: "sequence with rubbish", weight: 7, make: sequence },
    Class { name: "wrong content type", weight: 6, make: content_type },
    Class { name: "odd headers", weight: 6, make: odd_headers },
    Class { name: "bad query", weight: 4, make: query },
    Class { name: "tricks with paths", weight: 9, make: path },
    Class { name: "wrong method", weight: 4, make: method },
    Class { name: "oversize", weight: 2, make: oversize },
    Class { name: "chunks abused", weight: 2, make: chunked },
    Class { name: "wrong length", weight: 2, make: length },
    Class { name: "head malformed", weight: 2, make: head },
];

/// What a witness is sent.
pub(super) const WITNESS: &[Class] = &[
    Class { name: "witness: proposal altered", weight: 60, make: proposal },
    Class { name: "witness: paths", weight: 30, make: witness_path },
    Class { name: "witness: chunks abused", weight: 4, make: witness_chunked },
    Class { name: "witness: head malformed", weight: 6, make: witness_head },
];

fn post(path: &str, kind: &str, more: &str, body: &[u8]) -> Vec<u8> {
    let kind = if kind.is_empty() { String::new() } else { format!("content-type: {kind}\r\n") };
    let head =
        format!("POST {path} HTTP/1.1\r\nhost: h\r\n{kind}{more}content-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn statement(body: &[u8], sound: &Sound) -> Request {
    let again = sound.recorded.iter().any(|recorded| recorded == body);
    let allowed = if again { DUPLICATE } else { STATEMENT };
    Request { bytes: post("/entries", COSE, "", body), allowed, last: false, of_the_head: false }
}

fn one<'a>(random: &mut Random, sound: &'a Sound) -> &'a [u8] {
    random.choose(&sound.recorded).expect("statements")
}

fn flipped(random: &mut Random, sound: &Sound) -> Request {
    let mut body = one(random, sound).to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(body.len());
        body[at] ^= 1 << random.below(8);
    }
    statement(&body, sound)
}

fn altered(random: &mut Random, sound: &Sound) -> Request {
    statement(&mutate(random, Shape::Cbor, &sound.recorded, 60_000), sound)
}

fn truncated(random: &mut Random, sound: &Sound) -> Request {
    let body = one(random, sound);
    let body = &body[..random.below(body.len())];
    statement(body, sound)
}

fn deep(random: &mut Random, sound: &Sound) -> Request {
    let levels = 1 + random.below(49_000);
    let opener: &[u8] = [
        &[0x81][..],
        &[0xc1],
        &[0xa1, 0x00],
        &[0x9f],
        &[0xbf, 0x00],
        &[0xd8, 0x20],
        &[0x5f],
        &[0xd2, 0x84],
        &[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    ][random.below(9)];
    let mut body = Vec::new();
    // Behind a sound beginning, at times.
    if random.below(2) == 0 {
        let sound = one(random, sound);
        body.extend_from_slice(&sound[..random.below(sound.len())]);
    }
    while body.len() < levels {
        body.extend_from_slice(opener);
    }
    body.truncate(49_152);
    statement(&body, sound)
}

fn noise(random: &mut Random, most: usize) -> Vec<u8> {
    let length = if random.below(4) == 0 { random.below(most) } else { random.below(300) };
    (0..length).map(|_| random.byte()).collect()
}

fn rubbish(random: &mut Random, sound: &Sound) -> Request {
    statement(&noise(random, 60_000), sound)
}

fn sequence(random: &mut Random, sound: &Sound) -> Request {
    let mut body = Vec::new();
    let parts = if random.below(50) == 0 { 257 } else { 1 + random.below(6) };
    for _ in 0..parts {
        match random.below(4) {
            0 => body.extend_from_slice(&noise(random, 2_000)),
            1 => body.extend(mutate(random, Shape::Cbor, &sound.recorded, 4_000)),
            _ => body.extend_from_slice(one(random, sound)),
        }
    }
    let bytes = post("/entries", SEQUENCE, "", &body);
    Request { bytes, allowed: &[200, 400, 413], last: false, of_the_head: false }
}

fn content_type(random: &mut Random, sound: &Sound) -> Request {
    let kinds = [
        "",
        "text/plain",
        "application/json",
        "application/cbor",
        "application/cosey",
        "application",
        "*/*",
        "multipart/form-data; boundary=x",
        "application/cose-key",
        "\u{fffd}",
        ";;;;",
        "application/cbor-seq-but-not",
    ];
    let kind = kinds[random.below(kinds.len())];
    let bytes = post("/entries", kind, "", one(random, sound));
    Request { bytes, allowed: &[415], last: false, of_the_head: false }
}

fn odd_headers(random: &mut Random, sound: &Sound) -> Request {
    let lines = [
        "accept: nothing/at-all\r\n",
        "accept: ;q=7,,,text/\r\n",
        "accept: application/cose;q=0\r\n",
        "accept: \u{1f4a3}\r\n",
        "prefer: wait=99999999999999999999999\r\n",
        "prefer: wait=-1, respond-async=maybe\r\n",
        "prefer: ,;=\"\r\n",
        "if-none-match: \"\r\n",
        "content-encoding: gzip\r\n",
        "range: bytes=9-1\r\n",
        "cookie: a=b\r\ncookie: c\r\n",
        "x-forwarded-for: 1.2.3.4, ::1, what\r\n",
        "authorization: Basic !!!!\r\n",
        "upgrade: h2c\r\nconnection: upgrade\r\n",
        "expect: 100-continue\r\n",
        "te: trailers, chunked;q=9\r\n",
        "truce-state: final\r\ntruce-position: 0\r\n",
    ];
    let more: String = (0..=random.below(3)).map(|_| lines[random.below(lines.len())]).collect();
    let body = one(random, sound).to_vec();
    let bytes = post("/entries", COSE, &more, &body);
    Request { bytes, allowed: &[200, 202, 400, 406, 415], last: false, of_the_head: false }
}

fn query(random: &mut Random, sound: &Sound) -> Request {
    let queries = [
        "until=never",
        "until=",
        "until=final&until=final&until=x",
        "receipts=all",
        "%00=%00",
        "%ff%fe",
        "a&b&c=d=e",
        "until=%66inal%00",
        "&&&&=",
        "receipts=tlog-proof%0d%0aX: y",
    ];
    let path = format!("/entries?{}", queries[random.below(queries.len())]);
    let bytes = post(&path, COSE, "", one(random, sound));
    Request { bytes, allowed: &[200, 400], last: false, of_the_head: false }
}

const PATHS: &[&str] = &[
    "/tile/../../../etc/passwd",
    "/tile/%2e%2e/%2e%2e/etc/passwd",
    "/tile/0/000.p/999",
    "/tile/0/000.p/0",
    "/tile/0/x999/x999/999",
    "/tile/64/000",
    "/tile/0/-01",
    "/tile/0/0000000000000000000000000000000000000",
    "/tile/entries/x000/000",
    "/tile/entries/000.p/256",
    "/tile/entries/999",
    "/tile/",
    "/tile/%ff%fe",
    "/tile/0/000%00",
    "/entries/",
    "/entries/xyz",
    "/entries/%00",
    "/entries/0000000000000000000000000000000000000000000000000000000000000000",
    "/entries/ABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCD",
    "/entries/..%2fcheckpoint",
    "/feeds/",
    "/feeds/zz",
    "/feeds/0000000000000000000000000000000000000000000000000000000000000000",
    "/feeds/%c0%af",
    "//entries",
    "/./checkpoint",
    "/checkpoint/",
    "/checkpoint/final/x",
    "/log.pem",
    "/db/CURRENT",
    "/control",
    "/backup",
    "/openapi.json/..",
    "/%",
    "/%%%",
    "/?",
    "/*",
    "/metrics/../entries",
    "/policy%20",
];

fn path(random: &mut Random, _: &Sound) -> Request {
    let mut path = PATHS[random.below(PATHS.len())].to_owned();
    match random.below(6) {
        0 => path.push_str(&"/a".repeat(random.below(2_000))),
        1 => {
            let _ = write!(path, "%{:02x}", random.byte());
        }
        2 => {
            let at = 1 + random.below(path.len());
            if path.is_char_boundary(at) {
                path.insert(at.min(path.len()), ['.', '/', '0', '~', ':', '@'][random.below(6)]);
            }
        }
        _ => {}
    }
    let bytes = format!("GET {path} HTTP/1.1\r\nhost: h\r\n\r\n").into_bytes();
    Request { bytes, allowed: &[400, 404, 405, 414], last: false, of_the_head: false }
}

fn method(random: &mut Random, sound: &Sound) -> Request {
    let methods = ["PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "BREW", "X-Y"];
    let method = methods[random.below(methods.len())];
    let known = ["/entries", "/checkpoint", "/healthz", "/tile/0/000", "/feeds/00"];
    let path = known[random.below(known.len())];
    let body = one(random, sound);
    let head = format!("{method} {path} HTTP/1.1\r\nhost: h\r\ncontent-length: {}\r\n\r\n", body.len());
    Request { bytes: [head.as_bytes(), body].concat(), allowed: &[405], last: false, of_the_head: false }
}

fn oversize(random: &mut Random, sound: &Sound) -> Request {
    let bytes = match random.below(4) {
        // Only said, and nothing sent.
        0 => {
            let length = [49_153, 4_194_305, 1 << 40, u64::MAX >> 1][random.below(4)];
            format!("POST /entries HTTP/1.1\r\nhost: h\r\ncontent-type: {COSE}\r\ncontent-length: {length}\r\n\r\n")
                .into_bytes()
        }
        1 => {
            let body = one(random, sound).repeat(200);
            post("/entries", COSE, "", &body)
        }
        2 => {
            let head = format!(
                "POST /entries HTTP/1.1\r\nhost: h\r\ncontent-type: {COSE}\r\ntransfer-encoding: chunked\r\n\r\n"
            );
            let chunk = [b"4000\r\n".as_slice(), &vec![0x81; 0x4000], b"\r\n"].concat();
            [head.into_bytes(), chunk.repeat(5), b"0\r\n\r\n".to_vec()].concat()
        }
        _ => {
            let length = 4_194_305 + random.below(1 << 40);
            format!("POST /entries HTTP/1.1\r\nhost: h\r\ncontent-type: {SEQUENCE}\r\ncontent-length: {length}\r\n\r\n")
                .into_bytes()
        }
    };
    Request { bytes, allowed: &[413], last: true, of_the_head: false }
}

fn chunks(random: &mut Random, body: &[u8]) -> Vec<u8> {
    let size = format!("{:x}", body.len());
    let wrap =
        |size: &str, end: &str| [size.as_bytes(), b"\r\n", body, end.as_bytes(), b"0\r\n\r\n"].concat();
    match random.below(10) {
        0 => wrap("fffffffffffffffff", "\r\n"),
        1 => wrap("-5", "\r\n"),
        2 => wrap("0x10", "\r\n"),
        3 => wrap("", "\r\n"),
        4 => wrap(&size, ""),
        5 => wrap(&format!("{size};{}", "e".repeat(20_000)), "\r\n"),
        6 => [size.as_bytes(), b"\r\n", &body[..body.len() / 2]].concat(),
        7 => wrap(&format!("{:x}", body.len() - 1), "\r\n"),
        8 => [size.as_bytes(), b"\r\n", body, b"\r\n0\r\nx: y\r\n: \r\n\x00\r\n\r\n"].concat(),
        _ => noise(random, 3_000),
    }
}

fn chunked(random: &mut Random, sound: &Sound) -> Request {
    let body = one(random, sound).to_vec();
    let head = format!(
        "POST /entries HTTP/1.1\r\nhost: h\r\ncontent-type: {COSE}\r\ntransfer-encoding: chunked\r\n\r\n"
    );
    let bytes = [head.into_bytes(), chunks(random, &body)].concat();
    Request { bytes, allowed: &[400, 413], last: true, of_the_head: false }
}

fn length(random: &mut Random, sound: &Sound) -> Request {
    let body = one(random, sound);
    let length = if random.below(2) == 0 {
        // The rest is taken for another request.
        random.below(body.len()).to_string()
    } else {
        (body.len() + 1 + random.below(5_000)).to_string()
    };
    let head = format!(
        "POST /entries HTTP/1.1\r\nhost: h\r\ncontent-type: {COSE}\r\ncontent-length: {length}\r\n\r\n"
    );
    let bytes = [head.as_bytes(), body].concat();
    Request { bytes, allowed: &[400], last: true, of_the_head: false }
}

fn malformed_head(random: &mut Random, target: &str) -> Vec<u8> {
    let rest = "host: h\r\ncontent-length: 0\r\n\r\n";
    match random.below(16) {
        0 => format!("POST {target} HTTP/1.1\r\nhost: h\r\n{}\r\n", "x: y\r\n".repeat(200)).into_bytes(),
        1 => format!("POST {target} HTTP/1.1\r\nx: {}\r\n{rest}", "y".repeat(40_000)).into_bytes(),
        2 => format!("POST {target} HTTP/1.1\r\ncontent-length: 5\r\ncontent-length: 7\r\n\r\nabcdefg")
            .into_bytes(),
        3 => format!("POST {target} HTTP/1.1\r\nhost : h\r\n{rest}").into_bytes(),
        4 => format!("POST {target} HTTP/1.1\r\nx: a\0b\r\n{rest}").into_bytes(),
        5 => format!("POST {target} HTTP/9.9\r\n{rest}").into_bytes(),
        6 => format!("POST {target}\r\n\r\n").into_bytes(),
        7 => format!("POST {target} HTTP/1.1\r\ncontent-length: -1\r\n\r\n").into_bytes(),
        8 => {
            format!("POST {target} HTTP/1.1\r\ncontent-length: 99999999999999999999999\r\n\r\n").into_bytes()
        }
        9 => b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec(),
        10 => b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".repeat(20),
        11 => format!("POST {target} HTTP/1.1\r\ntransfer-encoding: gzip\r\n\r\nabc").into_bytes(),
        12 => format!("POST /{} HTTP/1.1\r\n{rest}", "a".repeat(70_000)).into_bytes(),
        13 => format!("P\x7fST {target} HTTP/1.1\r\n{rest}").into_bytes(),
        14 => format!("POST {target} HTTP/1.1\r\n folded: x\r\n{rest}").into_bytes(),
        _ => (0..=random.below(400)).map(|_| random.byte() | 0x80).collect(),
    }
}

fn head(random: &mut Random, _: &Sound) -> Request {
    let bytes = malformed_head(random, "/entries");
    Request { bytes, allowed: &[400, 414, 415, 431, 505], last: true, of_the_head: true }
}

fn proposal(random: &mut Random, sound: &Sound) -> Request {
    let body = mutate(random, Shape::Text, &sound.proposals, 60_000);
    // A sound one among them is answered, once with 200 and then with a conflict.
    let bytes = post("/add-checkpoint", "", "", &body);
    Request { bytes, allowed: &[200, 400, 403, 404, 409, 413, 422], last: false, of_the_head: true }
}

fn witness_path(random: &mut Random, _: &Sound) -> Request {
    let path = PATHS[random.below(PATHS.len())];
    let method = ["GET", "POST", "PUT"][random.below(3)];
    let bytes = format!("{method} {path} HTTP/1.1\r\nhost: h\r\ncontent-length: 0\r\n\r\n").into_bytes();
    Request { bytes, allowed: &[400, 404, 405, 414], last: false, of_the_head: true }
}

fn witness_chunked(random: &mut Random, sound: &Sound) -> Request {
    let body = random.choose(&sound.proposals).expect("proposals").clone();
    let head = b"POST /add-checkpoint HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n";
    let bytes = [head.to_vec(), chunks(random, &body)].concat();
    Request { bytes, allowed: &[200, 400, 403, 404, 409, 413, 422], last: true, of_the_head: true }
}

fn witness_head(random: &mut Random, _: &Sound) -> Request {
    let bytes = malformed_head(random, "/add-checkpoint");
    Request { bytes, allowed: &[400, 404, 414, 431, 505], last: true, of_the_head: true }
}
