//! Our COSE against the crate `coset`: it reads what we sign, and signs what we read, to the same bytes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use ciborium::Value;
use coset::{
    CborSerializable as _, CoseSign1, CoseSign1Builder, HeaderBuilder, TaggedCborSerializable as _,
    cwt::ClaimsSet, iana,
};
use serde_json::Value as Json;
use truce_statement::{Code, PublicKey, SecretKey, Statement};

const CWT_CLAIMS: i64 = 15;

fn vectors(list: &str) -> Vec<Json> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/vectors/statement.json");
    let file: Json = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    file[list].as_array().unwrap().clone()
}

fn bytes(vector: &Json) -> Vec<u8> {
    hex::decode(vector["statement"].as_str().unwrap()).unwrap()
}

fn key(vector: &Json) -> PublicKey {
    vector["key"].as_str().unwrap().parse().unwrap()
}

fn verifies(sign1: &CoseSign1, key: &PublicKey) -> bool {
    let verify = |signature: &[u8], message: &[u8]| {
        let signature = signature.try_into().map_err(drop)?;
        if key.verifies(message, signature) { Ok(()) } else { Err(()) }
    };
    sign1.verify_signature(&[], verify).is_ok()
}

#[test]
fn coset_reads_and_verifies_what_we_sign() {
    for vector in vectors("accepted") {
        let ours = Statement::parse(bytes(&vector)).unwrap();
        let theirs = CoseSign1::from_tagged_slice(ours.bytes()).unwrap();
        let header = &theirs.protected.header;
        assert_eq!(header.alg, Some(coset::Algorithm::Assigned(iana::Algorithm::Ed25519)));
        let content_type = format!("application/vnd.truce.{}+cbor", ours.kind());
        assert_eq!(header.content_type, Some(coset::ContentType::Text(content_type)));
        assert_eq!(header.key_id, ours.header().kid.as_bytes());
        assert!(theirs.unprotected.is_empty());
        assert_eq!(theirs.payload.as_deref(), Some(ours.payload()));
        assert_eq!(theirs.tbs_data(&[]), ours.to_be_signed());
        let [(coset::Label::Int(CWT_CLAIMS), claims)] = header.rest.as_slice() else {
            panic!("one more label")
        };
        let claims = ClaimsSet::from_slice(&claims.clone().to_vec().unwrap()).unwrap();
        assert_eq!(claims.issuer.as_deref(), Some(ours.header().iss.as_str()));
        assert_eq!(claims.subject, Some(ours.header().sub.to_string()));
        let iat = i64::try_from(ours.header().iat).unwrap();
        assert_eq!(claims.issued_at, Some(coset::cwt::Timestamp::WholeSeconds(iat)));
        assert!(verifies(&theirs, &key(&vector)));
        assert_eq!(theirs.to_tagged_vec().unwrap(), ours.bytes(), "coset writes it back");
    }
}

#[test]
fn we_read_and_verify_what_coset_signs() {
    let secret = SecretKey::from_seed(&[0x77; 32]).unwrap();
    for vector in vectors("accepted") {
        let ours = Statement::parse(bytes(&vector)).unwrap();
        let header = ours.header();
        let claims = Value::Map(vec![
            (Value::from(1), Value::from(header.iss.as_str())),
            (Value::from(2), Value::from(header.sub.to_string())),
            (Value::from(6), Value::from(header.iat)),
        ]);
        let protected = HeaderBuilder::new()
            .algorithm(iana::Algorithm::Ed25519)
            .content_type(format!("application/vnd.truce.{}+cbor", header.kind))
            .key_id(secret.public().id().as_bytes().to_vec())
            .value(CWT_CLAIMS, claims)
            .build();
        let theirs = CoseSign1Builder::new()
            .protected(protected)
            .payload(ours.payload().to_vec())
            .create_signature(&[], |message| secret.sign(message).to_vec())
            .build();
        let read =
            Statement::parse(theirs.to_tagged_vec().unwrap()).unwrap().verify(secret.public()).unwrap();
        assert_eq!(read.body(), ours.body());
        assert_eq!(read.payload(), ours.payload());
    }
}

/// Where only the signature is wrong, coset gives the verifier the same message, and the same verdict.
#[test]
fn coset_refuses_the_signatures_we_refuse() {
    let bad: Vec<Json> =
        vectors("refused").into_iter().filter(|v| v["code"] == Code::BadSignature.as_str()).collect();
    assert!(bad.len() > 10);
    for vector in bad {
        let theirs = CoseSign1::from_tagged_slice(&bytes(&vector)).unwrap();
        assert!(!verifies(&theirs, &key(&vector)), "{}", vector["name"]);
    }
}

/// What we call no COSE at all is not COSE for coset either, but for the profile: it takes an unprotected header, a
/// detached payload and a signature of any length.
#[test]
fn coset_refuses_envelopes_that_we_refuse() {
    let profile = [
        "unprotected-with-kid",
        "payload-detached",
        "signature-of-63-bytes",
        "signature-of-65-bytes",
        "signature-empty",
    ];
    for vector in vectors("refused").iter().filter(|v| v["code"] == Code::MalformedCose.as_str()) {
        let taken = CoseSign1::from_tagged_slice(&bytes(vector)).is_ok();
        assert_eq!(taken, profile.contains(&vector["name"].as_str().unwrap()), "{}", vector["name"]);
    }
}
