//! `checkpoint.json`: verifier keys, and signed notes that are checkpoints of a known log, or are not.

use super::logs::{LOG_SEED, ORIGIN};
use super::signatures::{self, malleable};
use super::{Judged, error_word, text};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::{Value, json};
use truce_tlog::cosignature::signed_message;
use truce_tlog::{
    Checkpoint, Cosigner, EMPTY_ROOT, Ed25519NoteSigner, Hash, KeyType, NoteSignature, NoteSigner,
    SignedCheckpoint, VKey, leaf_hash,
};

/// When the witness cosigns, seconds UTC.
pub(crate) const WITNESSED: u64 = 1_612_743_000;

/// Writes the vectors.
pub(crate) fn generate() -> Value {
    json!({
        "what": "Verifier keys (c2sp.org/signed-note) and checkpoints (c2sp.org/tlog-checkpoint) with Ed25519 cosignatures \
                 (c2sp.org/tlog-cosignature). `log` and `cosigners` are the keys that the verifier knows.",
        "vkeys": vkeys(),
        "accepted": accepted(),
        "refused": refused(),
    })
}

/// Judges the vectors with our code.
pub(crate) fn judge(file: &Value) -> Vec<Judged> {
    let list = |name: &str| file[name].as_array().expect("a list").iter();
    let vkeys = list("vkeys").map(|vector| {
        let found = text(&vector["vkey"]).parse::<VKey>().map_err(|e| error_word(&e)).map(|vkey| {
            assert_eq!(vector["vkey"], vkey.to_string());
        });
        Judged::of(vector, &found)
    });
    let notes = list("accepted").chain(list("refused")).map(|vector| {
        let log: VKey = text(&vector["log"]).parse().expect("a vkey");
        let cosigners = vector["cosigners"].as_array().expect("a list");
        let cosigners: Vec<VKey> = cosigners.iter().map(|key| text(key).parse().expect("a vkey")).collect();
        let opened = SignedCheckpoint::parse(text(&vector["note"]).as_bytes(), &log, &cosigners);
        let found = opened.map_err(|e| error_word(&e)).map(|checkpoint| {
            let times: Vec<u64> = checkpoint.cosignatures().iter().map(|c| c.timestamp).collect();
            let same = vector["note"] == checkpoint.to_string()
                && vector["origin"] == checkpoint.origin()
                && vector["size"] == checkpoint.size()
                && vector["root"] == checkpoint.root().to_string()
                && vector["cosigned_at"] == json!(times);
            assert!(same, "{}: read as something else", vector["name"]);
        });
        Judged::of(vector, &found)
    });
    vkeys.chain(notes).collect()
}

/// The log's signer.
pub(crate) fn log() -> Ed25519NoteSigner {
    Ed25519NoteSigner::from_seed(ORIGIN, &LOG_SEED).expect("an origin")
}

/// A witness.
pub(crate) fn witness() -> Cosigner {
    Cosigner::from_seed("witness.example/w1", &[0xf1; 32]).expect("a name")
}

/// A checkpoint of the log, signed and cosigned.
pub(crate) fn cosigned(size: u64, root: Hash) -> SignedCheckpoint {
    let mut checkpoint = signed(size, root);
    let line = witness().cosign(&checkpoint, WITNESSED).expect("a time");
    checkpoint.add_cosignature(line, witness().vkey()).expect("a cosignature");
    checkpoint
}

/// A checkpoint that the log alone has signed.
pub(crate) fn signed(size: u64, root: Hash) -> SignedCheckpoint {
    SignedCheckpoint::sign(Checkpoint::new(ORIGIN, size, root).expect("a checkpoint"), &log())
        .expect("signed")
}

fn vkeys() -> Vec<Value> {
    let example = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    let example_key = BASE64_STANDARD.decode("AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k").expect("base64");
    let mut all = vec![
        json!({ "name": "example-of-the-specification", "vkey": example }),
        json!({ "name": "the-same-key-as-a-cosigner", "vkey": vkey("example.com/foo", 4, &example_key[1..]) }),
        json!({ "name": "log", "vkey": log().vkey().to_string() }),
        json!({ "name": "witness", "vkey": witness().vkey().to_string() }),
        json!({ "name": "name-of-255-bytes", "vkey": vkey(&"n".repeat(255), 1, &example_key[1..]) }),
    ];
    let mut add =
        |name: &str, code: &str, vkey: String| all.push(json!({ "name": name, "code": code, "vkey": vkey }));
    let sound = &example_key[1..];
    add("two-parts", "shape", "example.com/foo+530d903a".into());
    add("nothing", "shape", String::new());
    add("name-empty", "name", vkey("", 1, sound));
    add("name-with-a-space", "name", vkey("example.com/a b", 1, sound));
    add("name-with-a-no-break-space", "name", vkey("example.com/a\u{a0}b", 1, sound));
    add("name-of-256-bytes", "name-too-long", vkey(&"n".repeat(256), 1, sound));
    add("id-of-another-name", "id-mismatch", example.replace("foo", "bar"));
    add("id-in-capitals", "id-shape", example.replace("530d903a", "530D903A"));
    add("id-of-7-digits", "id-shape", example.replace("530d903a", "530d903"));
    add("base64-without-padding", "base64", vkey("example.com/foo", 1, sound).replace("U2k", "U2"));
    // This key has a `+` in its base64, which is `-` in the alphabet for URLs.
    let mut parts: Vec<String> = log().vkey().to_string().splitn(3, '+').map(str::to_owned).collect();
    parts[2] = parts[2].replace('+', "-");
    add("base64-for-urls", "base64", parts.join("+"));
    add("key-of-31-bytes", "length", vkey("example.com/foo", 1, &sound[..31]));
    add("type-ecdsa", "type", vkey("example.com/foo", 2, sound));
    add("type-ml-dsa", "type", vkey("example.com/foo", 6, sound));
    for (name, key, why) in signatures::keys() {
        let code = match why {
            Some("small-order" | "torsion") => "weak",
            Some(other) => other,
            None => continue,
        };
        add(&format!("key-{name}"), code, vkey("example.com/foo", 1, &key));
    }
    all
}

/// A vkey written by hand, sound or not.
fn vkey(name: &str, kind: u8, key: &[u8]) -> String {
    let bytes = [&[kind], key].concat();
    let id = truce_statement::id::sha256(&[name.as_bytes(), b"\n", &bytes].concat());
    format!("{name}+{}+{}", hex::encode(&id[..4]), BASE64_STANDARD.encode(bytes))
}

fn vector(name: &str, note: &str) -> Value {
    json!({
        "name": name,
        "log": log().vkey().to_string(),
        "cosigners": [witness().vkey().to_string()],
        "note": note,
    })
}

fn accepted() -> Vec<Value> {
    let root = leaf_hash(b"root");
    let good = |name: &str, checkpoint: &SignedCheckpoint| {
        let mut vector = vector(name, &checkpoint.to_string());
        vector["origin"] = checkpoint.origin().into();
        vector["size"] = checkpoint.size().into();
        vector["root"] = checkpoint.root().to_string().into();
        let times: Vec<u64> = checkpoint.cosignatures().iter().map(|c| c.timestamp).collect();
        vector["cosigned_at"] = json!(times);
        vector
    };
    let stranger = |checkpoint: &SignedCheckpoint| {
        let mut note = checkpoint.note().clone();
        note.push_signature(
            NoteSignature::new("someone.example", 0x0102_0304, vec![0xab; 64]).expect("a line"),
        )
        .expect("room");
        // The name of the log with another key id is a stranger too.
        note.push_signature(NoteSignature::new(ORIGIN, 0x0102_0304, vec![0xab; 64]).expect("a line"))
            .expect("room");
        SignedCheckpoint::open(&note, log().vkey(), &[witness().vkey().clone()])
            .expect("strangers are ignored")
    };
    vec![
        good("signed", &signed(7, root)),
        good("cosigned", &cosigned(7, root)),
        good("with-lines-of-unknown-keys", &stranger(&signed(7, root))),
        good("cosigned-with-lines-of-unknown-keys", &stranger(&cosigned(7, root))),
        good("of-the-empty-tree", &signed(0, EMPTY_ROOT)),
        good("of-one-entry", &signed(1, root)),
        good("of-the-largest-tree", &signed((1 << 63) - 1, root)),
    ]
}

fn refused() -> Vec<Value> {
    let root = leaf_hash(b"root");
    let mut all = Vec::new();
    let mut add = |name: &str, code: &str, note: String| {
        let mut vector = vector(name, &note);
        vector["code"] = code.into();
        all.push(vector);
    };
    let body = signed(7, root).note().text().to_owned();
    let line = log().sign(&body).expect("a line");
    let of = |text: &str| format!("{text}\n{}\n", log().sign(text).expect("a line"));
    let base64 = root.to_base64();
    let at = |text: &str| of(&text.replace("$R", &base64).replace("$O", ORIGIN));
    // Texts that are signed as they are, and are no checkpoint.
    add("root-missing", "too-few-lines", at("$O\n7\n"));
    add("size-with-a-leading-zero", "size", at("$O\n07\n$R\n"));
    add("size-with-a-sign", "size", at("$O\n+7\n$R\n"));
    add("size-negative", "size", at("$O\n-7\n$R\n"));
    add("size-in-hex", "size", at("$O\n0x7\n$R\n"));
    add("size-with-a-space", "size", at("$O\n7 \n$R\n"));
    add("size-empty", "size", at("$O\n\n$R\n"));
    add("size-of-2-to-the-63", "too-large", at("$O\n9223372036854775808\n$R\n"));
    add("size-of-2-to-the-64", "size", at("$O\n18446744073709551616\n$R\n"));
    add("root-in-hex", "root", at(&format!("$O\n7\n{root}\n")));
    add("root-of-31-bytes", "root", at(&format!("$O\n7\n{}\n", BASE64_STANDARD.encode([1; 31]))));
    add("root-without-padding", "root", at(&format!("$O\n7\n{}\n", base64.trim_end_matches('='))));
    add("root-with-bits-behind-its-end", "root", at(&format!("$O\n7\n{}\n", loose_end(&base64))));
    add("root-of-an-empty-tree-that-is-not", "empty-tree-root", at("$O\n0\n$R\n"));
    add("extension-line", "extension", at("$O\n7\n$R\ntime 1612743000\n"));
    add("extension-line-empty", "empty-extension", at("$O\n7\n$R\n\ntime 1612743000\n"));
    add("origin-empty", "name", at("\n7\n$R\n"));
    add("origin-of-another-log", "origin-mismatch", at("truce.example/another\n7\n$R\n"));
    add("origin-with-a-space-after-it", "name", at("$O \n7\n$R\n"));
    // Notes that are at fault themselves.
    let good = format!("{body}\n{line}\n");
    add("nothing", "no-signatures", String::new());
    add("without-signatures", "no-signatures", format!("{body}\n"));
    add("without-an-empty-line", "no-signatures", format!("{body}{line}\n"));
    add("last-newline-missing", "no-final-newline", good.trim_end_matches('\n').to_owned());
    add("windows-line-ends", "control-character", good.replace('\n', "\r\n"));
    add("tab", "control-character", good.replacen('7', "7\t", 1));
    add("nul", "control-character", good.replacen('7', "7\0", 1));
    add("line-after-the-signatures", "signature-line", format!("{good}the end\n"));
    add("signature-line-with-a-hyphen", "signature-line", good.replace('\u{2014}', "-"));
    add(
        "signature-line-without-a-name",
        "signature-line",
        good.replace(&format!("\u{2014} {ORIGIN} "), "\u{2014} "),
    );
    add("signature-not-base64", "signature-line", format!("{body}\n\u{2014} {ORIGIN} !\n"));
    add(
        "signature-of-4-bytes",
        "signature-line",
        format!("{body}\n\u{2014} {ORIGIN} {}\n", BASE64_STANDARD.encode([1; 4])),
    );
    let with = |signature: Vec<u8>| {
        format!("{body}\n{}\n", NoteSignature::new(ORIGIN, log().vkey().id(), signature).expect("a line"))
    };
    let sound: [u8; 64] = line.signature().try_into().expect("64 bytes");
    let flip = |at: usize| {
        let mut altered = sound;
        altered[at] ^= 1;
        altered.to_vec()
    };
    add("signature-altered", "bad-signature", with(flip(0)));
    add("signature-s-plus-order", "bad-signature", with(malleable(sound, 1).to_vec()));
    add("signature-of-63-bytes", "bad-signature", with(sound[..63].to_vec()));
    add("signature-of-65-bytes", "bad-signature", with([&sound[..], &[0]].concat()));
    add("size-altered-after-signing", "bad-signature", good.replacen("\n7\n", "\n8\n", 1));
    add("origin-altered-after-signing", "bad-signature", good.replacen("vectors", "vektors", 1));
    add(
        "root-altered-after-signing",
        "bad-signature",
        good.replacen(&base64, &leaf_hash(b"other").to_base64(), 1),
    );
    add("newline-added-after-signing", "bad-signature", format!("{body}\n\n{line}\n"));
    let other = Ed25519NoteSigner::from_seed("someone.example", &[0xf2; 32]).expect("a name");
    add(
        "signed-by-a-stranger-alone",
        "no-known-signature",
        format!("{body}\n{}\n", other.sign(&body).expect("a line")),
    );
    let namesake = Ed25519NoteSigner::from_seed(ORIGIN, &[0xf2; 32]).expect("a name");
    add(
        "signed-by-another-key-of-that-name",
        "no-known-signature",
        format!("{body}\n{}\n", namesake.sign(&body).expect("a line")),
    );
    add("one-line-of-the-log-fails-and-one-verifies", "bad-signature", format!("{}{line}\n", with(flip(0))));
    // Cosignatures.
    let cosigned = cosigned(7, root);
    let co = cosigned.note().signatures()[1].clone();
    let witness_key = witness().vkey().clone();
    let co_with = |signature: Vec<u8>| {
        format!(
            "{good}{}\n",
            NoteSignature::new(witness_key.name(), witness_key.id(), signature).expect("a line")
        )
    };
    let (time, signature) = co.signature().split_at(8);
    let mut later = time.to_vec();
    later[7] ^= 1;
    add("cosigned-by-a-witness-alone", "no-log-signature", format!("{body}\n{co}\n"));
    add(
        "cosignature-altered",
        "bad-signature",
        co_with(
            [time, &{
                let mut altered = signature.to_vec();
                altered[0] ^= 1;
                altered
            }]
            .concat(),
        ),
    );
    add("cosignature-with-its-time-altered", "bad-signature", co_with([&later, signature].concat()));
    add("cosignature-without-a-time", "bad-signature", co_with(signature.to_vec()));
    let sign = |message: &str| {
        let key = ed25519_dalek::SigningKey::from_bytes(&[0xf1; 32]);
        ed25519_dalek::Signer::sign(&key, message.as_bytes()).to_bytes().to_vec()
    };
    add("cosignature-over-the-text-alone", "bad-signature", co_with([time, &sign(&body)].concat()));
    add(
        "cosignature-of-another-checkpoint",
        "bad-signature",
        co_with([time, &sign(&signed_message(WITNESSED, signed(8, root).note().text()))].concat()),
    );
    let beyond = 1_u64 << 63;
    add(
        "cosignature-at-2-to-the-63",
        "bad-signature",
        co_with([&beyond.to_be_bytes(), sign(&signed_message(beyond, &body)).as_slice()].concat()),
    );
    let log_as_cosigner =
        VKey::new(ORIGIN, KeyType::CosignatureV1, log().vkey().public_key()).expect("a key");
    let mut typed = vector("log-key-of-the-type-of-cosigners", &cosigned.to_string());
    typed["log"] = log_as_cosigner.to_string().into();
    typed["code"] = "no-log-signature".into();
    all.push(typed);
    all
}

/// The same 32 bytes in base64, with unused bits set.
fn loose_end(base64: &str) -> String {
    let kept = base64.trim_end_matches('=');
    let (start, last) = kept.split_at(kept.len() - 1);
    let next = char::from(last.as_bytes()[0] + 1);
    format!("{start}{next}=")
}
