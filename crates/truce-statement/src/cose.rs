//! The envelope: `COSE_Sign1` (RFC 9052, section 4.2) with exactly the header of `docs/spec/formats.md`, section 3.
//!
//! A statement is checked over the bytes received and then required to be canonical; it is never re-encoded first.

use crate::cbor::{self, Flaw, FlawKind, Head, Reader, Writer};
use crate::id::{AgreementId, KeyId, PartyId};
use crate::kind::Kind;
use crate::refusal::{Code, Refusal};
use std::fmt;
use std::ops::Range;

/// Largest statement, in bytes. An entry bundle's length prefix is 16 bits; the rest is head-room.
pub const MAX_STATEMENT: usize = 49_152;

/// Longest origin of a log, in bytes (c2sp.org/tlog-cosignature bounds it).
pub const MAX_ORIGIN: usize = 255;

/// COSE algorithm: Ed25519, fully specified (RFC 9864). -8 (`EdDSA`) is deprecated and refused.
const ALG_ED25519: i64 = -19;
const COSE_SIGN1: u64 = 18;
const LABEL_ALG: u64 = 1;
const LABEL_CONTENT_TYPE: u64 = 3;
const LABEL_KID: u64 = 4;
const LABEL_CWT: u64 = 15;
const CLAIM_ISS: u64 = 1;
const CLAIM_SUB: u64 = 2;
const CLAIM_IAT: u64 = 6;

/// Subject of the statement, CWT claim `sub`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The agreement; every statement but the charter.
    Agreement(AgreementId),
    /// The origin of the log: the charter alone, which has no agreement before it.
    Origin(String),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Agreement(id) => id.fmt(f),
            Self::Origin(origin) => f.write_str(origin),
        }
    }
}

/// The protected header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// From the content type `application/vnd.truce.<kind>+cbor`.
    pub kind: Kind,
    /// The signing key.
    pub kid: KeyId,
    /// The party that signs, CWT claim `iss`.
    pub iss: PartyId,
    /// The agreement, CWT claim `sub`.
    pub sub: Subject,
    /// Time of issue by the signer's clock, seconds UTC, CWT claim `iat`.
    pub iat: u64,
}

impl Header {
    fn encode(&self) -> Vec<u8> {
        let mut w = Writer::with_capacity(256);
        w.head(Head::Map(4));
        w.unsigned(LABEL_ALG).integer(ALG_ED25519);
        w.unsigned(LABEL_CONTENT_TYPE).text(&format!("application/vnd.truce.{}+cbor", self.kind));
        w.unsigned(LABEL_KID).bytes(self.kid.as_bytes());
        w.unsigned(LABEL_CWT).head(Head::Map(3));
        w.unsigned(CLAIM_ISS).text(self.iss.as_str());
        w.unsigned(CLAIM_SUB).text(&self.sub.to_string());
        w.unsigned(CLAIM_IAT).unsigned(self.iat);
        w.into_bytes()
    }

    fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        let wrong = |at: &str, detail: &str| Refusal::new(Code::BadHeader, at, detail);
        let shape = |flaw: Flaw| refuse(flaw, Code::BadHeader, "header");
        let mut r = Reader::new(bytes);
        r.map(4).map_err(shape)?;
        r.expect(Head::Unsigned(LABEL_ALG)).map_err(shape)?;
        let alg = r.integer().map_err(shape)?;
        if alg != ALG_ED25519 {
            return Err(wrong("header.alg", &format!("found {alg}; allowed: -19 (Ed25519)")));
        }
        r.expect(Head::Unsigned(LABEL_CONTENT_TYPE)).map_err(shape)?;
        let content_type = r.text().map_err(shape)?;
        let kind = content_type
            .strip_prefix("application/vnd.truce.")
            .and_then(|rest| rest.strip_suffix("+cbor"))
            .and_then(|kind| kind.parse().ok())
            .ok_or_else(|| {
                wrong(
                    "header.content type",
                    &format!("found `{content_type}`; allowed: application/vnd.truce.KIND+cbor, KIND one of this version's kinds"),
                )
            })?;
        r.expect(Head::Unsigned(LABEL_KID)).map_err(shape)?;
        let key_id = r.fixed().map(KeyId::from_bytes).map_err(shape)?;
        r.expect(Head::Unsigned(LABEL_CWT)).map_err(shape)?;
        r.map(3).map_err(shape)?;
        r.expect(Head::Unsigned(CLAIM_ISS)).map_err(shape)?;
        let iss = r.text().map_err(shape)?;
        let iss = iss.parse().map_err(|e| wrong("header.iss", &format!("found `{iss}`; {e}")))?;
        r.expect(Head::Unsigned(CLAIM_SUB)).map_err(shape)?;
        let sub = r.text().map_err(shape)?;
        let sub = if kind == Kind::Charter {
            if sub.is_empty() || sub.len() > MAX_ORIGIN || sub.chars().any(|c| c.is_whitespace() || c == '+')
            {
                return Err(wrong(
                    "header.sub",
                    "the charter's sub is the log's origin: 1 to 255 bytes, no space, no '+'",
                ));
            }
            Subject::Origin(sub.to_owned())
        } else {
            Subject::Agreement(sub.parse().map_err(|e| wrong("header.sub", &format!("found `{sub}`; {e}")))?)
        };
        r.expect(Head::Unsigned(CLAIM_IAT)).map_err(shape)?;
        let iat = r.unsigned().map_err(shape)?;
        r.end().map_err(shape)?;
        Ok(Self { kind, kid: key_id, iss, sub, iat })
    }
}

/// Ranges of the parts in the bytes of a statement.
#[derive(Clone, Debug)]
pub(crate) struct Envelope {
    pub(crate) header: Header,
    pub(crate) protected: Range<usize>,
    pub(crate) payload: Range<usize>,
    pub(crate) signature: [u8; 64],
}

impl Envelope {
    /// Takes the envelope apart. Size first; nothing is read of what is too large.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        if bytes.len() > MAX_STATEMENT {
            return Err(Refusal::new(Code::TooLarge, "statement", format!("found {} bytes", bytes.len())));
        }
        let shape = |flaw: Flaw| refuse(flaw, Code::MalformedCose, "envelope");
        let mut r = Reader::new(bytes);
        r.expect(Head::Tag(COSE_SIGN1)).map_err(shape)?;
        r.array(4).map_err(shape)?;
        let protected = spanned(&mut r, bytes).map_err(shape)?;
        r.map(0).map_err(shape)?;
        let payload = spanned(&mut r, bytes).map_err(shape)?;
        let signature = r.fixed().map_err(shape)?;
        r.end().map_err(shape)?;
        let header = bytes.get(protected.clone()).unwrap_or_default();
        // Bytes that are not canonical at all are that first, whatever else is wrong with the header; no bytes are how
        // COSE writes a header with nothing in it.
        let header = Header::parse(header).map_err(|refusal| match cbor::check(header) {
            Err(flaw) if !header.is_empty() => Refusal::new(Code::NonCanonical, "header", flaw.to_string()),
            _ => refusal,
        })?;
        Ok(Self { header, protected, payload, signature })
    }
}

/// Signs `payload` under `header` and returns the bytes of the tagged `COSE_Sign1`.
pub(crate) fn seal(header: &Header, payload: &[u8], sign: impl FnOnce(&[u8]) -> [u8; 64]) -> Vec<u8> {
    let protected = header.encode();
    let signature = sign(&to_be_signed(&protected, payload));
    let mut w = Writer::with_capacity(protected.len() + payload.len() + 80);
    w.head(Head::Tag(COSE_SIGN1)).head(Head::Array(4));
    w.bytes(&protected).head(Head::Map(0)).bytes(payload).bytes(&signature);
    w.into_bytes()
}

/// `Sig_structure` of RFC 9052, section 4.4: `["Signature1", protected, external_aad (empty), payload]`.
pub(crate) fn to_be_signed(protected: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut w = Writer::with_capacity(protected.len() + payload.len() + 24);
    w.head(Head::Array(4)).text("Signature1").bytes(protected).bytes(&[]).bytes(payload);
    w.into_bytes()
}

fn spanned(r: &mut Reader<'_>, bytes: &[u8]) -> Result<Range<usize>, Flaw> {
    let part = r.byte_string()?;
    let end = r.at().min(bytes.len());
    Ok(end - part.len()..end)
}

/// Sloppy encodings are `non-canonical` wherever they stand; another shape is `otherwise`.
fn refuse(flaw: Flaw, otherwise: Code, at: &str) -> Refusal {
    let code = match flaw.kind {
        FlawKind::NotShortest | FlawKind::Indefinite | FlawKind::KeyOrder | FlawKind::DuplicateKey => {
            Code::NonCanonical
        }
        _ => otherwise,
    };
    Refusal::new(code, at, flaw.to_string())
}
