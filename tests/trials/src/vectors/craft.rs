//! Signers with fixed keys, and statements taken apart, altered and signed again, so that each negative vector has
//! one flaw and everything else about it, its signature included, is right.

use super::item::{Item, head};
use truce_statement::{
    Body, Reference, Saying, SecretKey, Seen, Signed, Standing, Statement, StatementId, Subject, draft::Draft,
};

/// When the charter of the vectors is issued, seconds UTC: 8 February 2021, 00:00.
pub(crate) const EPOCH: u64 = 1_612_742_400;

/// A key from a fixed seed.
pub(crate) fn key(seed: u8) -> SecretKey {
    SecretKey::from_seed(&[seed; 32]).expect("a seed makes a sound key")
}

/// A draft with its references.
pub(crate) fn saying(draft: &serde_json::Value) -> Saying {
    Draft::from_json(&draft.to_string())
        .unwrap_or_else(|e| panic!("{e} in a draft of {}", draft["kind"]))
        .into_saying()
}

/// A key with its feed.
#[derive(Debug)]
pub(crate) struct Pen {
    pub(crate) key: SecretKey,
    pub(crate) party: &'static str,
    pub(crate) subject: Subject,
    pub(crate) seq: u64,
    pub(crate) prev: StatementId,
    pub(crate) iat: u64,
    pub(crate) seen: Option<Seen>,
}

impl Pen {
    pub(crate) fn new(seed: u8, party: &'static str, subject: Subject) -> Self {
        Self { key: key(seed), party, subject, seq: 0, prev: StatementId::ZERO, iat: EPOCH, seen: None }
    }

    /// Signs the next statement of the feed.
    pub(crate) fn sign(&mut self, body: impl Into<Body>, refs: Vec<Reference>) -> Signed {
        let standing = Standing {
            party: self.party.parse().expect("a party id"),
            subject: self.subject.clone(),
            seq: self.seq,
            prev: self.prev,
            seen: self.seen,
            iat: self.iat,
        };
        let signed = Signed::seal(&self.key, standing, Saying { refs, body: body.into() }).expect("sound");
        self.seq += 1;
        self.prev = signed.id();
        self.iat = self.iat.saturating_add(60);
        signed
    }

    /// Signs a draft.
    pub(crate) fn say(&mut self, draft: &serde_json::Value) -> Signed {
        let Saying { refs, body } = saying(draft);
        self.sign(body, refs)
    }
}

/// A statement taken apart.
#[derive(Clone, Debug)]
pub(crate) struct Craft {
    /// What stands before the array: the head of tag 18.
    pub(crate) tag: Vec<u8>,
    pub(crate) header: Item,
    pub(crate) unprotected: Item,
    pub(crate) payload: Item,
    /// Bytes after the statement.
    pub(crate) after: Vec<u8>,
}

impl Craft {
    pub(crate) fn of(statement: &[u8]) -> Self {
        let Item::Array(parts) = Item::parse(&statement[1..]) else { panic!("no array") };
        let [Item::Bytes(header), unprotected, Item::Bytes(payload), _] = parts.as_slice() else {
            panic!("no envelope")
        };
        Self {
            tag: head(6, 18),
            header: Item::parse(header),
            unprotected: unprotected.clone(),
            payload: Item::parse(payload),
            after: Vec::new(),
        }
    }

    /// The body in the payload.
    pub(crate) fn body(&mut self) -> &mut Item {
        self.payload.at("body")
    }

    /// What the signature is over (RFC 9052, section 4.4).
    pub(crate) fn to_be_signed(&self) -> Vec<u8> {
        Item::Array(vec![
            "Signature1".into(),
            Item::Bytes(self.header.bytes()),
            Item::Bytes(Vec::new()),
            Item::Bytes(self.payload.bytes()),
        ])
        .bytes()
    }

    /// Signs with `key`.
    pub(crate) fn seal(&self, key: &SecretKey) -> Vec<u8> {
        self.with_signature(&key.sign(&self.to_be_signed()))
    }

    /// The statement with this signature.
    pub(crate) fn with_signature(&self, signature: &[u8]) -> Vec<u8> {
        self.of_parts(Item::Bytes(self.payload.bytes()), Item::Bytes(signature.to_vec()))
    }

    /// The statement with these two items at its end.
    pub(crate) fn of_parts(&self, payload: Item, signature: Item) -> Vec<u8> {
        let parts = vec![Item::Bytes(self.header.bytes()), self.unprotected.clone(), payload, signature];
        [self.tag.clone(), Item::Array(parts).bytes(), self.after.clone()].concat()
    }
}

/// The signature in a statement: its last 64 bytes.
pub(crate) fn signature(statement: &[u8]) -> [u8; 64] {
    *Statement::parse(statement).expect("a sound statement").signature()
}
