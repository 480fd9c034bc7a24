//! Refusals of receipts: a stable code, one sentence for a person, the next step.

use std::fmt;

use truce_statement::cbor::{Flaw, FlawKind};
use truce_statement::codes;

/// Reason for which a receipt was refused, or could not be made.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ReceiptError {
    /// Stable code.
    pub code: ReceiptCode,
    /// The value that was found, and its place; may be empty.
    pub detail: String,
}

impl ReceiptError {
    pub(crate) fn new(code: ReceiptCode, detail: impl fmt::Display) -> Self {
        Self { code, detail: detail.to_string() }
    }

    /// Sloppy bytes are `non-canonical` wherever they stand; another shape than the format's is `otherwise`.
    pub(crate) fn of_flaw(flaw: Flaw, otherwise: ReceiptCode) -> Self {
        let code = match flaw.kind {
            FlawKind::TrailingBytes => ReceiptCode::TrailingBytes,
            FlawKind::NotShortest
            | FlawKind::Indefinite
            | FlawKind::KeyOrder
            | FlawKind::DuplicateKey
            | FlawKind::NotTheOnlyForm => ReceiptCode::NonCanonical,
            _ => otherwise,
        };
        Self::new(code, flaw)
    }
}

impl fmt::Display for ReceiptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.sentence())?;
        if self.detail.is_empty() { Ok(()) } else { write!(f, " ({})", self.detail) }
    }
}

impl std::error::Error for ReceiptError {}

codes! {
    /// Stable codes (`docs/spec/receipts.md`, section 7).
    pub enum ReceiptCode;

    /// Over the limits of size.
    TooLarge = "too-large", "the receipt, or the statement with its receipts, is too large",
        "check that the file was copied whole, or ask the log for the receipt again";
    /// The bytes are not the array of a tagged `COSE_Sign1`, or a part has another type.
    Malformed = "malformed-receipt", "these bytes are not a receipt",
        "check that the file was copied whole, or ask the log for the receipt again";
    /// The bytes are not core deterministic CBOR.
    NonCanonical = "non-canonical", "the receipt is not in canonical form",
        "ask the log for a receipt of the form that docs/spec/receipts.md describes";
    /// Bytes after an item.
    TrailingBytes = "trailing-bytes", "bytes follow the end of the receipt, or of a part of it",
        "check that the file was copied whole, or ask the log for the receipt again";
    /// The payload is not nil.
    AttachedPayload = "attached-payload", "the receipt carries a payload, where the root is to be recomputed",
        "ask the log for a receipt of the form that docs/spec/receipts.md describes";
    /// A protected header that the format does not allow.
    BadHeader = "bad-header", "the receipt's protected header is not as the format requires",
        "ask the log for a receipt of the form that docs/spec/receipts.md describes";
    /// `alg` is not -19.
    Algorithm = "unsupported-algorithm", "the receipt is not signed with Ed25519 (-19)",
        "ask the log for a receipt of the form that docs/spec/receipts.md describes";
    /// A `crit` parameter.
    Critical = "unknown-critical", "the receipt says that something must be understood which this version does not know",
        "verify it with the newer version of this program that the log has in mind";
    /// `vds` is not 1.
    Structure = "unsupported-vds", "the receipt is of another data structure than RFC9162_SHA256 (1)",
        "ask the log for a receipt of the form that docs/spec/receipts.md describes";
    /// A label in the unprotected header that the format does not have.
    UnknownLabel = "unknown-label", "the receipt's unprotected header has a label that the format does not have",
        "ask the log for a receipt of the form that docs/spec/receipts.md describes";
    /// A proof of the other kind.
    OtherProof = "other-proof", "the receipt holds a proof of another kind than was asked for",
        "give a receipt of inclusion where a statement is to be verified, one of consistency where two trees are";
    /// The receipt has no proof, or several.
    ProofCount = "proof-count", "the receipt does not hold exactly one proof",
        "ask the log for a receipt of the form that docs/spec/receipts.md describes";
    /// The entry's fields are missing or not of their form.
    BadEntry = "bad-entry", "the receipt does not say when the log took the statement, and after which entry",
        "ask the log, or a mirror of it, for the receipt again";
    /// A path without hashes in a tree of more than one leaf.
    EmptyPath = "empty-path", "the proof has no hashes, which only a tree of one leaf allows",
        "ask the log, or a mirror of it, for the receipt again";
    /// More than 63 hashes.
    PathTooLong = "path-too-long", "the proof has more hashes than any tree needs",
        "ask the log, or a mirror of it, for the receipt again";
    /// The number of hashes is not that of this leaf in a tree of this size.
    PathLength = "path-length", "the proof has too many or too few hashes for its tree",
        "ask the log, or a mirror of it, for the receipt again";
    /// The index is not below the size.
    IndexOutOfRange = "index-out-of-range", "the proof is for a leaf beyond the end of its tree",
        "ask the log, or a mirror of it, for the receipt again";
    /// A size over 2^63 - 1.
    TreeTooLarge = "tree-too-large", "the tree is said to be larger than any tree can be",
        "ask the log, or a mirror of it, for the receipt again";
    /// The proof says another size than the protected header.
    OtherSize = "other-size", "the proof is of a tree of another size than the log signed",
        "ask the log, or a mirror of it, for the receipt again";
    /// The older tree is empty, or not the smaller one.
    SizesReversed = "sizes-reversed", "the two trees are not an older and a larger one",
        "ask the log, or a mirror of it, for the receipt again";
    /// `iss` is no log that is trusted here.
    UnknownLog = "unknown-log", "the receipt is of another log than those trusted here",
        "give the charter, the vkey or the policy of the log that issued it";
    /// `kid` is not the thumbprint of the log's key.
    UnknownKey = "unknown-key", "the receipt names another key than the log's",
        "give the log's own key; if it has changed, the log has announced it";
    /// The key is the log's, and its turn had not begun at this size, or was over.
    OutOfTurn = "log-key-out-of-turn", "the receipt is signed with a key of the log that does not sign trees of this size",
        "ask the log for the receipt again; a key that has ended signs nothing new";
    /// `sub` is not the statement's agreement.
    UnknownAgreement = "unknown-agreement", "the receipt is for another agreement than the statement's",
        "give the receipt of this statement";
    /// The signature does not verify over the root recomputed.
    BadSignature = "bad-signature", "the log has not signed the tree that this statement and this receipt lead to",
        "check that statement and receipt belong together and were not changed; else keep both as evidence";
    /// The checkpoint carried is none, or a known key's signature on it fails.
    BadCheckpoint = "bad-checkpoint", "the checkpoint in the receipt does not verify",
        "ask the log, or a mirror of it, for the receipt again";
    /// The checkpoint carried is of another log, size or root.
    OtherCheckpoint = "other-checkpoint", "the checkpoint in the receipt is of another tree than the proof",
        "ask the log, or a mirror of it, for the receipt again";
    /// The older root is not the one that the proof starts from.
    NotConsistent = "not-consistent", "the newer tree is not proven to contain the older one",
        "keep both checkpoints: if the log signed both, they are proof of a fork";
    /// Issuing: the path does not lead to the signed root.
    NotInTree = "not-in-tree", "the leaf is not in the tree that the checkpoint signs",
        "make the proof again from the tree of this checkpoint";
    /// Issuing: the signer failed.
    Signer = "signer-failed", "the log's key could not sign",
        "check the key and its device";
    /// The bytes are not a statement, with or without receipts.
    NotAStatement = "malformed-cose", "these bytes are not a signed statement",
        "check that the file is a statement and was copied whole";
    /// An empty array of receipts.
    NoReceipts = "no-receipts", "the statement has a place for receipts, and none in it",
        "ask the log, or a mirror of it, for the receipt again";
    /// More receipts than the limit.
    TooManyReceipts = "too-many-receipts", "the statement carries more receipts than are allowed",
        "leave out receipts; one that is final is enough";
}
