//! Keys on file against the `openssl` command: it reads and uses ours, we read and use its own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::path::PathBuf;
use std::process::{Command, Output};
use truce_statement::key::KeyError;
use truce_statement::{PublicKey, SecretKey};

const PASSPHRASE: &str = "correct horse battery staple";
const MESSAGE: &[u8] = b"The works at this site were announced on the day before.";

/// A folder of its own, and openssl at work in it.
struct Bench(tempfile::TempDir);

impl Bench {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn put(&self, name: &str, content: &[u8]) -> PathBuf {
        std::fs::write(self.path(name), content).unwrap();
        self.path(name)
    }

    fn get(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    fn openssl(&self, args: &[&str]) -> Output {
        let output = Command::new("openssl").args(args).current_dir(self.0.path()).output();
        output.expect("the openssl command is installed")
    }

    fn must(&self, args: &[&str]) -> Vec<u8> {
        let output = self.openssl(args);
        assert!(output.status.success(), "openssl {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    /// openssl signs with the private key in `name`, and its signature is ours.
    fn signs_like(&self, name: &str, pass: Option<&str>, secret: &SecretKey) {
        self.put("message", MESSAGE);
        let pass = format!("pass:{}", pass.unwrap_or("unused"));
        self.must(&[
            "pkeyutl",
            "-sign",
            "-rawin",
            "-inkey",
            name,
            "-passin",
            &pass,
            "-in",
            "message",
            "-out",
            "signature",
        ]);
        let signature: [u8; 64] = std::fs::read(self.path("signature")).unwrap().try_into().unwrap();
        assert!(secret.public().verifies(MESSAGE, &signature));
        assert_eq!(signature, secret.sign(MESSAGE), "RFC 8032 signatures are deterministic");
    }
}

#[test]
fn openssl_reads_our_plain_key_and_signs_with_it() {
    let (bench, secret) = (Bench::new(), SecretKey::generate().unwrap());
    bench.put("key.pem", secret.to_pem(None).unwrap().as_bytes());
    let public = bench.must(&["pkey", "-in", "key.pem", "-pubout"]);
    assert_eq!(String::from_utf8(public).unwrap(), secret.public().to_pem().unwrap());
    bench.signs_like("key.pem", None, &secret);
}

#[test]
fn openssl_reads_our_encrypted_key_and_signs_with_it() {
    let (bench, secret) = (Bench::new(), SecretKey::generate().unwrap());
    let pem = secret.to_pem(Some(PASSPHRASE.as_bytes())).unwrap();
    assert!(SecretKey::is_encrypted(&pem));
    bench.put("key.pem", pem.as_bytes());
    let public = bench.must(&["pkey", "-in", "key.pem", "-passin", &format!("pass:{PASSPHRASE}"), "-pubout"]);
    assert_eq!(String::from_utf8(public).unwrap(), secret.public().to_pem().unwrap());
    bench.signs_like("key.pem", Some(PASSPHRASE), &secret);
    let wrong = bench.openssl(&["pkey", "-in", "key.pem", "-passin", "pass:wrong", "-pubout"]);
    assert!(!wrong.status.success());
    // The parameters are as documented: scrypt, AES-256-CBC.
    let der = bench.must(&["asn1parse", "-in", "key.pem"]);
    let der = String::from_utf8(der).unwrap();
    for object in ["PBES2", "scrypt", "aes-256-cbc"] {
        assert!(der.contains(object), "{object} in {der}");
    }
}

#[test]
fn openssl_verifies_our_signatures_with_our_public_key() {
    let (bench, secret) = (Bench::new(), SecretKey::generate().unwrap());
    bench.put("public.pem", secret.public().to_pem().unwrap().as_bytes());
    bench.put("message", MESSAGE);
    let verify = [
        "pkeyutl",
        "-verify",
        "-rawin",
        "-pubin",
        "-inkey",
        "public.pem",
        "-in",
        "message",
        "-sigfile",
        "signature",
    ];
    let mut signature = secret.sign(MESSAGE);
    bench.put("signature", &signature);
    bench.must(&verify);
    signature[3] ^= 1;
    bench.put("signature", &signature);
    assert!(!bench.openssl(&verify).status.success());
}

#[test]
fn we_read_openssls_keys() {
    let pass = format!("pass:{PASSPHRASE}");
    let bench = Bench::new();
    bench.must(&["genpkey", "-algorithm", "ed25519", "-out", "plain.pem"]);
    bench.must(&["pkey", "-in", "plain.pem", "-pubout", "-out", "public.pem"]);
    let secret = SecretKey::from_pem(&bench.get("plain.pem"), None).unwrap();
    assert_eq!(PublicKey::from_pem(&bench.get("public.pem")).unwrap(), *secret.public());
    bench.signs_like("plain.pem", None, &secret);
    // PBES2 with PBKDF2, which `genpkey` and `pkey` write, and with scrypt; ciphers of both lengths.
    let encrypted: [(&str, &[&str]); 5] = [
        ("pbkdf2-aes256.pem", &["pkey", "-in", "plain.pem", "-aes256"]),
        ("pbkdf2-aes128.pem", &["pkey", "-in", "plain.pem", "-aes128"]),
        (
            "pbkdf2-sha512.pem",
            &["pkcs8", "-topk8", "-in", "plain.pem", "-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA512"],
        ),
        (
            "pbkdf2-many-rounds.pem",
            &["pkcs8", "-topk8", "-in", "plain.pem", "-v2", "aes-256-cbc", "-iter", "100000"],
        ),
        ("scrypt.pem", &["pkcs8", "-topk8", "-in", "plain.pem", "-scrypt"]),
    ];
    for (name, args) in encrypted {
        bench.must(&[args, &["-passout", &pass, "-out", name]].concat());
        let pem = bench.get(name);
        let read = SecretKey::from_pem(&pem, Some(PASSPHRASE.as_bytes()));
        assert_eq!(read.unwrap_or_else(|e| panic!("{name}: {e}")).seed(), secret.seed(), "{name}");
        assert!(matches!(SecretKey::from_pem(&pem, None), Err(KeyError::PassphraseNeeded)), "{name}");
        assert!(
            matches!(SecretKey::from_pem(&pem, Some(b"wrong")), Err(KeyError::WrongPassphrase)),
            "{name}"
        );
    }
    bench.must(&["genpkey", "-algorithm", "ed25519", "-aes256", "-pass", &pass, "-out", "generated.pem"]);
    let secret = SecretKey::from_pem(&bench.get("generated.pem"), Some(PASSPHRASE.as_bytes())).unwrap();
    bench.signs_like("generated.pem", Some(PASSPHRASE), &secret);
}

#[test]
fn keys_of_other_algorithms_are_refused() {
    let bench = Bench::new();
    for (name, algorithm) in [("x25519.pem", "x25519"), ("ed448.pem", "ed448"), ("rsa.pem", "rsa")] {
        bench.must(&["genpkey", "-algorithm", algorithm, "-out", name]);
        bench.must(&["pkey", "-in", name, "-pubout", "-out", "public.pem"]);
        let private = SecretKey::from_pem(&bench.get(name), None);
        assert!(matches!(private, Err(KeyError::NotAPrivateKey)), "{algorithm}");
        assert!(
            matches!(PublicKey::from_pem(&bench.get("public.pem")), Err(KeyError::NotAPublicKey)),
            "{algorithm}"
        );
    }
}

#[test]
fn our_keys_come_back() {
    let secret = SecretKey::generate().unwrap();
    for pass in [None, Some(PASSPHRASE.as_bytes())] {
        let pem = secret.to_pem(pass).unwrap();
        assert_eq!(SecretKey::from_pem(&pem, pass).unwrap().seed(), secret.seed());
        assert!(pem.ends_with("-----\n"));
    }
    let salts: Vec<_> = (0..2).map(|_| secret.to_pem(Some(b"p")).unwrap()).collect();
    assert_ne!(salts[0], salts[1], "every file has its own salt");
}

/// Who writes a key file chooses what it costs to open it; there is an end to what we pay.
#[test]
fn keys_that_would_take_all_memory_are_refused() {
    let bench = Bench::new();
    let pass = format!("pass:{PASSPHRASE}");
    bench.must(&["genpkey", "-algorithm", "ed25519", "-out", "plain.pem"]);
    let rounds =
        ["pkcs8", "-topk8", "-in", "plain.pem", "-v2", "aes-256-cbc", "-iter", "1", "-passout", &pass];
    bench.must(&[&rounds[..], &["-outform", "der", "-out", "cheap.der"]].concat());
    let memory =
        ["pkcs8", "-topk8", "-in", "plain.pem", "-scrypt", "-passout", &pass, "-outform", "der", "-out"];
    bench.must(&[&memory[..], &["scrypt.der"]].concat());
    // Altered in place, so that no length around them changes.
    let mut der = std::fs::read(bench.path("scrypt.der")).unwrap();
    let at = der.windows(4).position(|w| w == [0x02, 0x02, 0x40, 0x00]).expect("N = 16384");
    // r follows N: INTEGER 8 becomes 127, p INTEGER 1 becomes 127: 16384 * 127 * 127 * 128 bytes are 34 GB.
    assert_eq!(der[at + 4..at + 10], [0x02, 0x01, 0x08, 0x02, 0x01, 0x01]);
    (der[at + 6], der[at + 9]) = (127, 127);
    let armour = |der: &[u8]| {
        format!(
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\n{}-----END ENCRYPTED PRIVATE KEY-----\n",
            pem_lines(der)
        )
    };
    let refused = SecretKey::from_pem(&armour(&der), Some(PASSPHRASE.as_bytes()));
    assert!(matches!(refused, Err(KeyError::TooCostly)), "{refused:?}");
    let cheap = std::fs::read(bench.path("cheap.der")).unwrap();
    assert!(SecretKey::from_pem(&armour(&cheap), Some(PASSPHRASE.as_bytes())).is_ok());
}

/// base64 in lines of 64, as PEM has it.
fn pem_lines(der: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in der.chunks(3) {
        let n = chunk.iter().fold(0_usize, |n, b| n << 8 | usize::from(*b)) << (8 * (3 - chunk.len()));
        for i in 0..4 {
            let digit = ALPHABET[n >> (18 - 6 * i) & 63];
            text.push(if i <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    lines.join("\n") + "\n"
}
