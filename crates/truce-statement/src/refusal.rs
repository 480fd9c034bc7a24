//! Refusals: why a statement is not admitted. Each has a stable code, one sentence for a person, the place at fault
//! and what to do next.

use crate::codes;
use std::fmt;

/// A refusal of a statement, with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Stable code.
    pub code: Code,
    /// Place at fault: a header label, a dotted path in the payload, an entry.
    pub at: String,
    /// The value that was found there, and the values that are allowed.
    pub detail: String,
    /// The next step, where it is another than that of the code.
    next: Option<&'static str>,
}

impl Refusal {
    /// A refusal with `code`, at `at`, saying what was found and what is allowed.
    pub fn new(code: Code, at: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { code, at: at.into(), detail: detail.into(), next: None }
    }

    /// The refusal with a next step of its own.
    #[must_use]
    pub fn with_remedy(self, next: &'static str) -> Self {
        Self { next: Some(next), ..self }
    }

    /// What to do next: of this refusal, or of its code.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        self.next.unwrap_or(self.code.remedy())
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({}", self.code.as_str(), self.code.sentence(), self.at)?;
        if !self.detail.is_empty() {
            write!(f, ": {}", self.detail)?;
        }
        f.write_str(")")
    }
}

impl std::error::Error for Refusal {}

codes! {
    /// Stable codes of refusals (`docs/spec/formats.md`, section 5).
    pub enum Code;

    /// The statement is over 49,152 bytes.
    TooLarge = "too-large", "the statement is larger than 49,152 bytes",
        "shorten the text, or put it in a file and refer to the file as evidence";
    /// The bytes are not a tagged `COSE_Sign1` with attached payload and empty unprotected header.
    MalformedCose = "malformed-cose", "these bytes are not a signed statement",
        "check that the file is a statement made by `truce sign` and was copied whole";
    /// Bytes that are not canonical CBOR.
    NonCanonical = "non-canonical", "the statement is not in canonical form",
        "sign it again with a program that writes canonical CBOR";
    /// A map key the format does not have.
    UnknownField = "unknown-field", "the statement has a field that this kind does not have",
        "remove or rename the field; `truce draft KIND` shows the fields there are";
    /// A header value that the format does not allow.
    BadHeader = "bad-header", "the statement's header is not as the format requires",
        "sign the draft again with `truce sign`";
    /// `sub` names another agreement.
    UnknownAgreement = "unknown-agreement", "the statement was signed for another agreement",
        "submit it to the log of its own agreement, or sign it again for this one";
    /// `iss` names nobody in the charter.
    UnknownParty = "unknown-party", "no party of this name is in the charter",
        "check the party id given when signing";
    /// `kid` names a key that the party has not been granted.
    UnknownKey = "unknown-key", "the signing key has not been granted to this party",
        "have the party's root key sign a key-grant for it first";
    /// The key has expired, or was revoked before this position.
    KeyNotValid = "key-not-valid", "the signing key is no longer valid",
        "sign with a valid key; the root key can grant a new one";
    /// The role or the key may not sign this kind.
    NotAuthorised = "not-authorised", "this party or key may not sign this kind of statement",
        "have a party sign it that the charter allows to";
    /// The signature does not verify (RFC 8032, strict).
    BadSignature = "bad-signature", "the signature does not match the statement",
        "the file was changed after signing or signed by another key; sign it again";
    /// `seq` leaves a gap in the feed.
    FeedGap = "feed-gap", "an earlier statement of this feed has not been recorded",
        "submit the statements of this key in the order they were signed";
    /// Another statement stands at this `seq` of the feed, or `prev` names another one.
    FeedFork = "feed-fork", "this key has already signed another statement at this place of its feed",
        "both statements are kept as evidence; find out who else holds the key, and revoke it if nobody should";
    /// `seen` names a checkpoint that this log never had.
    UnknownCheckpoint = "unknown-checkpoint", "the statement says it saw a checkpoint that is not this log's",
        "keep that checkpoint: with it and this log's own, `truce verify` may prove that the log was forked";
    /// `refs` names a statement that is not in the log.
    UnknownReference = "unknown-reference", "the statement refers to one that is not in the log",
        "submit the statement referred to first, or correct its id";
    /// The relation does not allow this statement or this target.
    BadReference = "bad-reference", "the statement may not refer to that one in this way",
        "see the relations in docs/spec/kinds.md";
    /// The body does not fit its kind, or breaks one of its rules.
    InvalidBody = "invalid-body", "the body breaks a rule of its kind",
        "correct the place named and sign the statement again";
    /// A key is granted without its own signature over agreement and party, in an agreement that asks for one.
    KeyNotProven = "key-not-proven", "a key is granted without a proof that its holder agreed to it",
        "where the private key is, make the proof with `truce key prove`, and grant the key with it";
    /// Issued after it was received, or before the agreement.
    ImplausibleTime = "implausible-time", "the time of issue cannot be right",
        "set the clock of the signing machine and sign again";
}
