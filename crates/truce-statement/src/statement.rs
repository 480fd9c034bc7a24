//! Statements: parsed, then verified, and only then believed.
//!
//! [`Statement`] is what canonical bytes say; nobody has vouched for it yet. [`Signed`] is a statement whose
//! signature has been verified with the key that its header names. Only the second can be admitted to a log.

use crate::body::agreement::{KeyGrant, NOT_OF_THIS_KEY};
use crate::body::{Body, Fault};
use crate::cbor::{self, DecodeError};
use crate::cose::{self, Envelope, Header, Subject};
use crate::id::{AgreementId, RootHash, StatementId, sha256};
use crate::key::{PublicKey, SecretKey};
use crate::kind::{Kind, Relation};
use crate::refusal::{Code, Refusal};
use crate::strict;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::ops::Range;

/// Version of the payload format.
pub const VERSION: u64 = 1;

/// Most references one statement may carry.
pub const MAX_REFS: usize = 64;

/// Size and root of a checkpoint that the signer had verified: not-before evidence, and a vote on the log's history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen(
    /// Tree size.
    pub u64,
    /// Root at that size.
    pub RootHash,
);

/// A relation to an earlier statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference(
    /// Relation of this statement to the other.
    pub Relation,
    /// The other statement.
    pub StatementId,
);

/// Content that a party wants to state, before its key has given it a place in its feed.
#[derive(Clone, Debug, PartialEq)]
pub struct Saying {
    /// Relations to earlier statements.
    pub refs: Vec<Reference>,
    /// The kind's body.
    pub body: Body,
}

/// Place of a statement: its signer, its agreement, its number in the feed, its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The party that signs.
    pub party: crate::id::PartyId,
    /// The agreement; for a charter, the origin of the log.
    pub subject: Subject,
    /// Number in this key's feed, from 0.
    pub seq: u64,
    /// The statement before in this feed; [`StatementId::ZERO`] at 0.
    pub prev: StatementId,
    /// A checkpoint the signer had verified.
    pub seen: Option<Seen>,
    /// Seconds UTC by the signer's clock.
    pub iat: u64,
}

/// A statement in canonical form whose signature has not been verified.
#[derive(Clone, Debug)]
pub struct Statement {
    id: StatementId,
    header: Header,
    seq: u64,
    prev: StatementId,
    seen: Option<Seen>,
    refs: Vec<Reference>,
    body: Body,
    protected: Range<usize>,
    payload: Range<usize>,
    signature: [u8; 64],
    bytes: Vec<u8>,
}

impl Statement {
    /// Parses and checks all that can be known from the bytes alone: size, envelope, canonical form, header, body.
    ///
    /// # Errors
    /// A [`Refusal`] with the code, the place and what was found.
    pub fn parse(bytes: impl Into<Vec<u8>> + AsRef<[u8]>) -> Result<Self, Refusal> {
        let Envelope { header, protected, payload, signature } = Envelope::parse(bytes.as_ref())?;
        let parts = decode_payload(header.kind, bytes.as_ref().get(payload.clone()).unwrap_or_default())?;
        let id = StatementId::from_bytes(sha256(bytes.as_ref()));
        let PayloadOf { seq, body, prev, refs, seen, .. } = parts;
        let refs = refs.unwrap_or_default();
        if (seq == 0) != (prev == StatementId::ZERO) {
            let detail = "prev is 32 zero bytes at seq 0, and only there";
            return Err(Refusal::new(Code::InvalidBody, "prev", detail));
        }
        let bytes = bytes.into();
        Ok(Self { id, header, seq, prev, seen, refs, body, protected, payload, signature, bytes })
    }

    /// Verifies the signature, strictly, over the bytes received.
    ///
    /// # Errors
    /// `unknown-key` when the header names another key, `bad-signature` when the signature does not verify.
    pub fn verify(self, key: &PublicKey) -> Result<Signed, Refusal> {
        if key.id() != self.header.kid {
            let detail = format!("the header names key {}", self.header.kid);
            return Err(Refusal::new(Code::UnknownKey, "header.kid", detail));
        }
        self.verify_named(key)
    }

    /// As [`Self::verify`], for a caller that looked `key` up by the key id in the header, so that the thumbprint need
    /// not be computed again for each statement.
    pub fn verify_named(self, key: &PublicKey) -> Result<Signed, Refusal> {
        let sound = key.verifies(&self.to_be_signed(), &self.signature);
        let unproven = if sound { self.unproven() } else { None };
        self.judged(sound, unproven)
    }

    /// As [`Self::verify_named`], but for the verdict: that is had in less time for many statements at once, by
    /// [`Computed::settle`].
    #[must_use]
    pub fn compute(self, key: &PublicKey) -> Computed {
        let message = self.to_be_signed();
        let signature = key.compute(&message, &self.signature);
        // Proofs are looked at behind a good signature alone: else anybody could have many checked for one message.
        let proofs = self.body.grants().iter().any(|grant| grant.proof.is_some());
        let unproven = if proofs && key.verifies(&message, &self.signature) { self.unproven() } else { None };
        Computed { statement: self, signature, unproven }
    }

    /// Index of the first key granted whose proof of possession does not hold.
    fn unproven(&self) -> Option<usize> {
        let Subject::Agreement(agreement) = self.header.sub else { return None };
        let fails = |grant: &KeyGrant| {
            grant.proof.is_some_and(|proof| !proof.holds(&grant.key, &self.header.iss, agreement))
        };
        self.body.grants().iter().position(fails)
    }

    fn judged(self, sound: bool, unproven: Option<usize>) -> Result<Signed, Refusal> {
        if sound {
            return Ok(Signed { statement: self, unproven });
        }
        let detail = format!("checked with key {}", self.header.kid);
        Err(Refusal::new(Code::BadSignature, "signature", detail))
    }

    /// SHA-256 of the bytes.
    #[must_use]
    pub fn id(&self) -> StatementId {
        self.id
    }

    /// The protected header.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Kind of the statement.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.header.kind
    }

    /// Number in the key's feed, from 0.
    #[must_use]
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// The statement before in the feed; [`StatementId::ZERO`] at 0.
    #[must_use]
    pub fn prev(&self) -> StatementId {
        self.prev
    }

    /// A checkpoint that the signer had verified.
    #[must_use]
    pub fn seen(&self) -> Option<Seen> {
        self.seen
    }

    /// Relations to earlier statements.
    #[must_use]
    pub fn refs(&self) -> &[Reference] {
        &self.refs
    }

    /// The kind's body.
    #[must_use]
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// The payload, canonical CBOR.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        self.bytes.get(self.payload.clone()).unwrap_or_default()
    }

    /// `Sig_structure` of RFC 9052, section 4.4: the bytes that the signature is over.
    #[must_use]
    pub fn to_be_signed(&self) -> Vec<u8> {
        let part = |range: &Range<usize>| self.bytes.get(range.clone()).unwrap_or_default();
        cose::to_be_signed(part(&self.protected), part(&self.payload))
    }

    /// The Ed25519 signature.
    #[must_use]
    pub fn signature(&self) -> &[u8; 64] {
        &self.signature
    }

    /// The `COSE_Sign1` bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The agreement; for a charter, the one that it founds.
    #[must_use]
    pub fn agreement(&self) -> AgreementId {
        match &self.header.sub {
            Subject::Agreement(id) => *id,
            Subject::Origin(_) => self.id.into(),
        }
    }
}

/// A statement whose signature has been computed with the key its header names, and not been compared yet.
#[derive(Clone, Debug)]
pub struct Computed {
    statement: Statement,
    signature: strict::Computed,
    unproven: Option<usize>,
}

impl Computed {
    /// The verdicts, in the order given, each as [`Statement::verify_named`] gives it.
    #[must_use]
    pub fn settle(all: Vec<Self>) -> Vec<Result<Signed, Refusal>> {
        let sound = strict::Computed::settle(&all.iter().map(|one| &one.signature).collect::<Vec<_>>());
        let judge = |(one, sound): (Self, bool)| one.statement.judged(sound, one.unproven);
        all.into_iter().zip(sound).map(judge).collect()
    }
}

/// A statement whose signature has been verified with the key its header names, and with it the proofs of possession that
/// it carries.
#[derive(Clone, Debug)]
pub struct Signed {
    statement: Statement,
    unproven: Option<usize>,
}

impl Signed {
    /// Signs `saying` with `key` at `standing`.
    ///
    /// ```
    /// use truce_statement::{AgreementId, Draft, SecretKey, Signed, Standing, Statement, StatementId, Subject};
    ///
    /// let key = SecretKey::generate()?;
    /// let draft = r#"{ "kind": "document", "body": { "class": "minutes", "title": "Day 1", "language": "en", "text": "Quiet." } }"#;
    /// let standing = Standing {
    ///     party: "mission".parse()?,
    ///     subject: Subject::Agreement("ab".repeat(32).parse::<AgreementId>()?),
    ///     seq: 0,
    ///     prev: StatementId::ZERO,
    ///     seen: None,
    ///     iat: 1_795_600_000,
    /// };
    /// let signed = Signed::seal(&key, standing, Draft::from_json(draft)?.into_saying())?;
    ///
    /// // Whoever has the bytes and the public key comes to the same statement.
    /// let read = Statement::parse(signed.bytes().to_vec())?.verify(&key.public())?;
    /// assert_eq!(read.id(), signed.id());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The refusal that any log would answer: an invalid body, a statement too large, a key granted with the proof of another.
    pub fn seal(key: &SecretKey, standing: Standing, saying: Saying) -> Result<Self, Refusal> {
        saying.body.check().map_err(|fault| invalid(&fault))?;
        let header = Header {
            kind: saying.body.kind(),
            kid: key.public().id(),
            iss: standing.party,
            sub: standing.subject,
            iat: standing.iat,
        };
        let refs = (!saying.refs.is_empty()).then_some(saying.refs);
        let payload = saying.body.encode_payload(standing.seq, standing.prev, refs, standing.seen)?;
        let bytes = cose::seal(&header, &payload, |message| key.sign(message));
        // Read back what was written: what nobody could admit is never handed out.
        let signed = Statement::parse(bytes)?.verify(key.public())?;
        match signed.unproven {
            None => Ok(signed),
            Some(index) => Err(Refusal::not_proven(signed.body(), index, NOT_OF_THIS_KEY)),
        }
    }

    /// Index in [`Body::grants`] of the first key whose proof of possession does not hold for the party that signed and its
    /// agreement. A grant without a proof is not one of them.
    #[must_use]
    pub fn unproven(&self) -> Option<usize> {
        self.unproven
    }

    /// The statement.
    #[must_use]
    pub fn statement(&self) -> &Statement {
        &self.statement
    }

    /// Gives the statement back.
    #[must_use]
    pub fn into_statement(self) -> Statement {
        self.statement
    }
}

impl std::ops::Deref for Signed {
    type Target = Statement;

    fn deref(&self) -> &Statement {
        &self.statement
    }
}

/// The payload map, its keys in canonical order.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PayloadOf<B> {
    pub(crate) v: u64,
    pub(crate) seq: u64,
    pub(crate) body: B,
    pub(crate) kind: Kind,
    pub(crate) prev: StatementId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) refs: Option<Vec<Reference>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) seen: Option<Seen>,
}

impl<B: Serialize + DeserializeOwned> PayloadOf<B> {
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Refusal> {
        cbor::decode(bytes).map_err(|e| match e {
            DecodeError::NotCanonical(flaw) => Refusal::new(Code::NonCanonical, "payload", flaw.to_string()),
            DecodeError::UnknownField { path, what } => Refusal::new(Code::UnknownField, path, what),
            DecodeError::Mismatch { path, what } => Refusal::new(Code::InvalidBody, path, what),
        })
    }

    pub(crate) fn map<T>(self, body: impl FnOnce(B) -> T) -> PayloadOf<T> {
        let Self { v, seq, body: b, kind, prev, refs, seen } = self;
        PayloadOf { v, seq, body: body(b), kind, prev, refs, seen }
    }
}

fn decode_payload(kind: Kind, bytes: &[u8]) -> Result<PayloadOf<Body>, Refusal> {
    let payload = Body::decode_payload(kind, bytes)?;
    if payload.v != VERSION {
        return Err(Refusal::new(Code::InvalidBody, "v", format!("found {}; allowed: {VERSION}", payload.v)));
    }
    if payload.kind != kind {
        let detail = format!("found `{}`; the content type says `{kind}`", payload.kind);
        return Err(Refusal::new(Code::BadHeader, "kind", detail));
    }
    if let Some(refs) = &payload.refs
        && (refs.is_empty() || refs.len() > MAX_REFS)
    {
        let detail =
            format!("found {} references; allowed: 1 to {MAX_REFS}, or no `refs` at all", refs.len());
        return Err(Refusal::new(Code::InvalidBody, "refs", detail));
    }
    payload.body.check().map_err(|fault| invalid(&fault))?;
    Ok(payload)
}

fn invalid(fault: &Fault) -> Refusal {
    Refusal::new(
        Code::InvalidBody,
        format!("body.{}", fault.path),
        format!("found {}; allowed: {}", fault.found, fault.allowed),
    )
}
