//! A small world for the tests: an agreement, keys that sign, a depositary that keeps a real log in memory, and a link
//! that loses what goes over it.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

pub mod depositary;
pub mod link;

use truce_statement::{AgreementId, Draft, Saying, SecretKey, Signed, Standing, StatementId, Subject};
use truce_tlog::{Cosigner, Ed25519NoteSigner, NoteSigner as _};

pub const ORIGIN: &str = "example.org/field";
/// 2026-11-25.
pub const NOW_S: u64 = 1_795_600_000;

/// A folder in memory where there is such a place, for what writes much and has no loss of power to fear.
pub fn scratch() -> tempfile::TempDir {
    let memory = std::path::Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap()
}

pub fn secret(n: u8) -> SecretKey {
    SecretKey::from_seed(&[n + 1; 32]).unwrap()
}

pub fn log_key() -> Ed25519NoteSigner {
    Ed25519NoteSigner::from_seed(ORIGIN, &[101; 32]).unwrap()
}

pub fn witness(n: u8) -> Cosigner {
    Cosigner::from_seed(&format!("witness.example/{n}"), &[111 + n; 32]).unwrap()
}

/// Two of three.
pub fn policy() -> String {
    let lines: Vec<String> = (0..3).map(|n| format!("witness w{n} {}\n", witness(n).vkey())).collect();
    format!("{}group g 2 w0 w1 w2\nquorum g\n", lines.concat())
}

pub fn saying(draft: &str) -> Saying {
    Draft::from_json(draft).unwrap_or_else(|e| panic!("{e}: {draft}")).into_saying()
}

/// The charter; the mission's root key is `secret(0)`.
pub fn charter() -> Signed {
    let draft = serde_json::json!({ "kind": "charter", "body": {
        "title": "Exercise", "drill": true, "log": log_key().vkey().to_string(), "witnesses": policy(),
        "parties": [{ "id": "mission", "name": "Mission", "role": "mission",
                      "root": secret(0).public().to_string() }] } });
    let standing = Standing {
        party: "mission".parse().unwrap(),
        subject: Subject::Origin(ORIGIN.into()),
        seq: 0,
        prev: StatementId::ZERO,
        seen: None,
        iat: NOW_S,
    };
    Signed::seal(&secret(0), standing, saying(&draft.to_string())).unwrap()
}

pub fn agreement() -> AgreementId {
    charter().agreement()
}

/// The feed of one key, signed offline.
pub struct Feed {
    key: SecretKey,
    seq: u64,
    prev: StatementId,
    agreement: AgreementId,
}

impl Feed {
    pub fn new(n: u8) -> Self {
        Self { key: secret(n), seq: 0, prev: StatementId::ZERO, agreement: agreement() }
    }

    /// The root key, which has signed the charter.
    pub fn of_root() -> Self {
        Self { key: secret(0), seq: 1, prev: charter().id(), agreement: agreement() }
    }

    pub fn for_agreement(self, agreement: AgreementId) -> Self {
        Self { agreement, ..self }
    }

    pub fn sign(&mut self, draft: &str) -> Vec<u8> {
        let standing = Standing {
            party: "mission".parse().unwrap(),
            subject: Subject::Agreement(self.agreement),
            seq: self.seq,
            prev: self.prev,
            seen: None,
            iat: NOW_S,
        };
        let signed = Signed::seal(&self.key, standing, saying(draft)).unwrap();
        self.seq += 1;
        self.prev = signed.id();
        signed.bytes().to_vec()
    }

    pub fn report(&mut self) -> Vec<u8> {
        let draft = format!(
            r#"{{ "kind": "document", "body": {{ "class": "minutes", "title": "Report {}", "language": "en",
                 "text": "{}" }} }}"#,
            self.seq,
            "Nothing to report. ".repeat(1 + usize::try_from(self.seq % 7).unwrap())
        );
        self.sign(&draft)
    }

    /// One that names a party that the charter does not have: every log refuses it.
    pub fn refusable(&mut self) -> Vec<u8> {
        self.sign(
            r#"{ "kind": "inquiry", "body": { "to": ["nobody"], "topic": "unusual-activity", "title": "To nobody",
                 "question": "Who?" } }"#,
        )
    }

    pub fn reports(&mut self, n: usize) -> Vec<Vec<u8>> {
        (0..n).map(|_| self.report()).collect()
    }
}

/// The accession, which grants the working keys `secret(1)` to `secret(3)`.
pub fn accession() -> Vec<u8> {
    let keys: Vec<_> =
        (1..=3).map(|n| serde_json::json!({ "key": secret(n).public().to_string() })).collect();
    Feed::of_root().sign(&serde_json::json!({ "kind": "accession", "body": { "keys": keys } }).to_string())
}

pub fn id(bytes: &[u8]) -> StatementId {
    StatementId::from_bytes(truce_statement::id::sha256(bytes))
}
