//! The envelope of both receipts: the tagged `COSE_Sign1` with a detached root, and the protected header that
//! names the log.

use std::ops::Range;

use truce_statement::cbor::{self, Flaw, FlawKind, Head, Reader, Writer};
use truce_statement::{AgreementId, KeyId, PublicKey};
use truce_tlog::key::check_name;
use truce_tlog::{Hash, VKey};

use crate::error::{ReceiptCode, ReceiptError};
use crate::signer::ReceiptSigner;

/// Most bytes of a receipt: room for the 100 signature lines that the note of a checkpoint may have.
pub const MAX_RECEIPT: usize = 65_536;

/// Header label of receipts in a statement (RFC 9942).
pub const LABEL_RECEIPTS: i64 = 394;
/// Header label of the verifiable data structure (RFC 9942).
pub const LABEL_VDS: i64 = 395;
/// Header label of the proofs (RFC 9942).
pub const LABEL_VDP: i64 = 396;
/// Protected header label, for private use (RFC 9052: below -65,536), of the size of the tree that was signed.
///
/// The payload is a root, and a root does not say how many leaves it has: the same path leads leaf 4 of 5 and leaf 1 of 2
/// to one root. Without a signed size the position in a receipt could be altered.
pub const LABEL_TREE_SIZE: i64 = -69_620;
/// Header label, for private use, of the entry's fields: `[1, prev, received]` in a byte
/// string, as the `extra` line of a proof on file has it.
pub const LABEL_ENTRY: i64 = -69_621;
/// Header label, for private use, of the checkpoint with its cosignatures: a signed note in a byte string.
pub const LABEL_CHECKPOINT: i64 = -69_622;

/// RFC 9942: the tree of RFC 9162 with SHA-256.
const RFC9162_SHA256: i64 = 1;
pub(crate) const INCLUSION: i64 = -1;
pub(crate) const CONSISTENCY: i64 = -2;

const COSE_SIGN1: u64 = 18;
/// CBOR's `null`, which is COSE's nil. [`Reader`] refuses it, as everywhere else in our formats.
const NIL: u8 = 0xf6;
/// Ed25519 (RFC 9864).
const ALG_ED25519: i64 = -19;
const LABEL_ALG: i64 = 1;
const LABEL_CRIT: i64 = 2;
const LABEL_KID: i64 = 4;
const LABEL_CWT: i64 = 15;
const CLAIM_ISS: u64 = 1;
const CLAIM_SUB: u64 = 2;

/// The protected header: which log, for which agreement, under which key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Header {
    /// Thumbprint of the log's key.
    pub(crate) kid: KeyId,
    /// The log's origin.
    pub(crate) iss: String,
    /// The agreement that the log holds.
    pub(crate) sub: AgreementId,
    /// Number of leaves under the root that is signed.
    pub(crate) size: u64,
}

impl Header {
    fn encode(&self) -> Vec<u8> {
        let mut w = Writer::with_capacity(192);
        w.head(Head::Map(5));
        w.integer(LABEL_ALG).integer(ALG_ED25519);
        w.integer(LABEL_KID).bytes(self.kid.as_bytes());
        w.integer(LABEL_CWT).head(Head::Map(2));
        w.unsigned(CLAIM_ISS).text(&self.iss);
        w.unsigned(CLAIM_SUB).text(&self.sub.to_string());
        w.integer(LABEL_VDS).integer(RFC9162_SHA256);
        w.integer(LABEL_TREE_SIZE).unsigned(self.size);
        w.into_bytes()
    }

    fn parse(bytes: &[u8]) -> Result<Self, ReceiptError> {
        let wrong = |detail: &str| ReceiptError::new(ReceiptCode::BadHeader, detail);
        if bytes.is_empty() {
            return Err(wrong("it is empty"));
        }
        cbor::check(bytes).map_err(|flaw| ReceiptError::new(ReceiptCode::NonCanonical, flaw))?;
        let shape = |flaw: Flaw| ReceiptError::of_flaw(flaw, ReceiptCode::BadHeader);
        let mut r = Reader::new(bytes);
        let Head::Map(pairs) = r.head().map_err(shape)? else { return Err(wrong("it is no map")) };
        let (mut alg, mut kid, mut claims, mut vds, mut size) = (None, None, None, None, None);
        for _ in 0..pairs {
            // What a critical parameter asks for is not known, so nothing else about the header matters.
            match r.integer().map_err(shape)? {
                LABEL_ALG => {
                    alg = Some(r.integer().map_err(|_| ReceiptError::new(ReceiptCode::Algorithm, ""))?);
                }
                LABEL_CRIT => return Err(ReceiptError::new(ReceiptCode::Critical, "header label 2")),
                LABEL_KID => kid = Some(KeyId::from_bytes(r.fixed().map_err(shape)?)),
                LABEL_CWT => claims = Some(claims_of(&mut r)?),
                LABEL_VDS => {
                    vds = Some(r.integer().map_err(|_| ReceiptError::new(ReceiptCode::Structure, ""))?);
                }
                LABEL_TREE_SIZE => size = Some(r.unsigned().map_err(shape)?),
                other => return Err(wrong(&format!("label {other}"))),
            }
        }
        if alg != Some(ALG_ED25519) {
            return Err(ReceiptError::new(ReceiptCode::Algorithm, found("alg", alg)));
        }
        if vds != Some(RFC9162_SHA256) {
            return Err(ReceiptError::new(ReceiptCode::Structure, found("vds", vds)));
        }
        let kid = kid.ok_or_else(|| wrong("kid is missing"))?;
        let (iss, sub) = claims.ok_or_else(|| wrong("the CWT claims are missing"))?;
        let size = size.ok_or_else(|| wrong("the tree size is missing"))?;
        Ok(Self { kid, iss, sub, size })
    }
}

fn found(name: &str, value: Option<i64>) -> String {
    value.map_or_else(|| format!("{name} is missing"), |value| format!("{name} is {value}"))
}

/// `{1: iss, 2: sub}`.
fn claims_of(r: &mut Reader<'_>) -> Result<(String, AgreementId), ReceiptError> {
    let shape = |flaw: Flaw| ReceiptError::of_flaw(flaw, ReceiptCode::BadHeader);
    r.map(2).map_err(shape)?;
    r.expect(Head::Unsigned(CLAIM_ISS)).map_err(shape)?;
    let iss = r.text().map_err(shape)?;
    check_name(iss).map_err(|e| ReceiptError::new(ReceiptCode::BadHeader, format!("iss: {e}")))?;
    r.expect(Head::Unsigned(CLAIM_SUB)).map_err(shape)?;
    let sub = r.text().map_err(shape)?;
    let sub = sub.parse().map_err(|e| ReceiptError::new(ReceiptCode::BadHeader, format!("sub: {e}")))?;
    Ok((iss.to_owned(), sub))
}

/// A receipt taken apart: what is signed, who says so, and the unprotected header still in bytes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Envelope {
    pub(crate) header: Header,
    /// The protected header as it was received: what the signature is over.
    pub(crate) protected: Vec<u8>,
    pub(crate) signature: [u8; 64],
}

impl Envelope {
    /// Signs `root` for the log that `header` names.
    pub(crate) fn sign(
        signer: &dyn ReceiptSigner,
        header: Header,
        root: &Hash,
    ) -> Result<Self, ReceiptError> {
        let protected = header.encode();
        let signature = signer.sign(&to_be_signed(&protected, root))?;
        let envelope = Self { header, protected, signature };
        // A signer that is not in memory may hold another key than it says.
        envelope.verify(signer.public(), root)?;
        Ok(envelope)
    }

    /// Takes a receipt apart; the range is that of its unprotected header, one canonical map. Size first.
    pub(crate) fn parse(bytes: &[u8]) -> Result<(Self, Range<usize>), ReceiptError> {
        if bytes.len() > MAX_RECEIPT {
            return Err(ReceiptError::new(ReceiptCode::TooLarge, format!("{} bytes", bytes.len())));
        }
        let shape = |flaw: Flaw| ReceiptError::of_flaw(flaw, ReceiptCode::Malformed);
        let mut r = Reader::new(bytes);
        r.expect(Head::Tag(COSE_SIGN1)).map_err(shape)?;
        r.array(4).map_err(shape)?;
        let protected = r.byte_string().map_err(shape)?;
        let start = r.at();
        r.skip().map_err(shape)?;
        let end = r.at();
        let rest = bytes.get(end..).unwrap_or_default();
        let rest = match rest.split_first() {
            Some((&NIL, rest)) => rest,
            Some((0x40..=0x5f, _)) => return Err(ReceiptError::new(ReceiptCode::AttachedPayload, "")),
            Some(_) => return Err(shape(Flaw { at: end, kind: FlawKind::OtherType })),
            None => return Err(shape(Flaw { at: end, kind: FlawKind::Truncated })),
        };
        let mut r = Reader::new(rest);
        let signature = r.fixed().map_err(shape)?;
        r.end().map_err(shape)?;
        let header = Header::parse(protected)?;
        Ok((Self { header, protected: protected.to_vec(), signature }, start..end))
    }

    /// The receipt with this unprotected header, one canonical map.
    pub(crate) fn with_unprotected(&self, unprotected: &[u8]) -> Vec<u8> {
        let mut w = Writer::with_capacity(self.protected.len() + unprotected.len() + 80);
        w.head(Head::Tag(COSE_SIGN1)).head(Head::Array(4));
        w.bytes(&self.protected).raw(unprotected).raw(&[NIL]).bytes(&self.signature);
        w.into_bytes()
    }

    /// Finds this log's key among several: the name is `iss`, the thumbprint `kid`.
    pub(crate) fn key_among<'k>(
        &self,
        logs: impl IntoIterator<Item = &'k VKey>,
    ) -> Result<(&'k VKey, PublicKey), ReceiptError> {
        let mut named = logs.into_iter().filter(|log| log.name() == self.header.iss).peekable();
        if named.peek().is_none() {
            return Err(ReceiptError::new(ReceiptCode::UnknownLog, format!("it is of {}", self.header.iss)));
        }
        let keys = named.filter_map(|log| PublicKey::from_bytes(log.public_key()).ok().map(|key| (log, key)));
        keys.into_iter().find(|(_, key)| key.id() == self.header.kid).ok_or_else(|| {
            ReceiptError::new(ReceiptCode::UnknownKey, format!("it names {}", self.header.kid))
        })
    }

    /// Refuses a proof that leads to a tree of another size than was signed.
    pub(crate) fn check_size(&self, size: u64) -> Result<(), ReceiptError> {
        if size == self.header.size {
            return Ok(());
        }
        let detail = format!("the proof says {size}, the signed header {}", self.header.size);
        Err(ReceiptError::new(ReceiptCode::OtherSize, detail))
    }

    /// Checks strictly that the log's key has signed `root`.
    pub(crate) fn verify(&self, key: &PublicKey, root: &Hash) -> Result<(), ReceiptError> {
        if key.verifies(&to_be_signed(&self.protected, root), &self.signature) {
            Ok(())
        } else {
            Err(ReceiptError::new(ReceiptCode::BadSignature, format!("they lead to root {root}")))
        }
    }
}

/// `Sig_structure` of RFC 9052, section 4.4, over the detached root.
fn to_be_signed(protected: &[u8], root: &Hash) -> Vec<u8> {
    let mut w = Writer::with_capacity(protected.len() + 64);
    w.head(Head::Array(4)).text("Signature1").bytes(protected).bytes(&[]).bytes(root.as_bytes());
    w.into_bytes()
}

/// The one proof in the map of proofs: its bytes, and its kind as the label says.
pub(crate) fn single_proof<'a>(r: &mut Reader<'a>, wanted: i64) -> Result<&'a [u8], ReceiptError> {
    let shape = |flaw: Flaw| ReceiptError::of_flaw(flaw, ReceiptCode::Malformed);
    let count = |n: u64| ReceiptError::new(ReceiptCode::ProofCount, format!("found {n}"));
    match r.head().map_err(shape)? {
        Head::Map(1) => {}
        Head::Map(n) => return Err(count(n)),
        _ => return Err(ReceiptError::new(ReceiptCode::Malformed, "the proofs are no map")),
    }
    match r.integer().map_err(shape)? {
        kind if kind == wanted => {}
        kind => return Err(ReceiptError::new(ReceiptCode::OtherProof, format!("found kind {kind}"))),
    }
    match r.head().map_err(shape)? {
        Head::Array(1) => r.byte_string().map_err(shape),
        Head::Array(n) => Err(count(n)),
        _ => Err(ReceiptError::new(ReceiptCode::Malformed, "the proofs are no array")),
    }
}

/// Writes `396: {kind: [proof]}`.
pub(crate) fn write_proof(w: &mut Writer, kind: i64, proof: &[u8]) {
    w.integer(LABEL_VDP).head(Head::Map(1)).integer(kind).head(Head::Array(1)).bytes(proof);
}

/// `[size, size or index, [path]]`: the form of both proofs.
pub(crate) fn encode_proof(first: u64, second: u64, path: &[Hash]) -> Vec<u8> {
    let mut w = Writer::with_capacity(24 + 34 * path.len());
    w.head(Head::Array(3)).unsigned(first).unsigned(second).head(Head::Array(path.len() as u64));
    for hash in path {
        w.bytes(hash.as_bytes());
    }
    w.into_bytes()
}

/// Reads what [`encode_proof`] writes; the path's length is looked at before the path.
pub(crate) fn parse_proof(bytes: &[u8]) -> Result<(u64, u64, Vec<Hash>), ReceiptError> {
    let shape = |flaw: Flaw| ReceiptError::of_flaw(flaw, ReceiptCode::Malformed);
    let mut r = Reader::new(bytes);
    r.array(3).map_err(shape)?;
    let (first, second) = (r.unsigned().map_err(shape)?, r.unsigned().map_err(shape)?);
    let Head::Array(hashes) = r.head().map_err(shape)? else {
        return Err(ReceiptError::new(ReceiptCode::Malformed, "the path is no array"));
    };
    if hashes > truce_tlog::proof::MAX_PROOF_HASHES as u64 {
        return Err(ReceiptError::new(ReceiptCode::PathTooLong, format!("{hashes} hashes")));
    }
    let path =
        (0..hashes).map(|_| r.fixed().map(Hash::from_bytes).map_err(shape)).collect::<Result<_, _>>()?;
    r.end().map_err(shape)?;
    Ok((first, second, path))
}
