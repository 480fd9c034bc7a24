//! Keys and signatures that verifiers are known to disagree about, made by hand on the curve.

use super::item::Item;
use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::{Scalar, clamp_integer};
use sha2::{Digest, Sha512};

/// Order of the prime-order subgroup, little-endian: 2^252 + 27742317777372353535851937790883648493.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// A key pair whose public point may have a torsion component.
#[derive(Clone, Debug)]
pub(crate) struct Forger {
    secret: Scalar,
    pub(crate) public: [u8; 32],
}

impl Forger {
    /// The key of a seed, with the `torsion`-th point of small order added to its public point.
    pub(crate) fn new(seed: [u8; 32], torsion: usize) -> Self {
        let wide: [u8; 64] = Sha512::digest(seed).into();
        let secret = Scalar::from_bytes_mod_order(clamp_integer(*wide.first_chunk().expect("32 bytes")));
        let public = (ED25519_BASEPOINT_POINT * secret + EIGHT_TORSION[torsion]).compress().to_bytes();
        Self { secret, public }
    }

    /// A key of small order: its secret is 0.
    pub(crate) fn small_order(torsion: usize) -> Self {
        Self { secret: Scalar::ZERO, public: EIGHT_TORSION[torsion].compress().to_bytes() }
    }

    /// Signs with `R = r B + T`: `S B = R - T + k secret B`, which verification with the cofactor accepts whatever the
    /// torsion of `R` and of the public key.
    pub(crate) fn sign(&self, message: &[u8], nonce: u64, torsion: usize) -> [u8; 64] {
        let nonce = Scalar::from(nonce);
        let point = (ED25519_BASEPOINT_POINT * nonce + EIGHT_TORSION[torsion]).compress().to_bytes();
        self.sign_with(message, nonce, point)
    }

    /// Signs with the 32 bytes `point` as R, which stand for `nonce B` and perhaps torsion.
    pub(crate) fn sign_with(&self, message: &[u8], nonce: Scalar, point: [u8; 32]) -> [u8; 64] {
        let scalar = nonce + challenge(&point, &self.public, message) * self.secret;
        let mut signature = [0; 64];
        signature[..32].copy_from_slice(&point);
        signature[32..].copy_from_slice(&scalar.to_bytes());
        signature
    }

    /// A nonce under which verification without the cofactor accepts too, because the challenge is a multiple of 8:
    /// only the check of the key at registration stands against it.
    pub(crate) fn lucky_nonce(&self, message: &[u8]) -> u64 {
        let lucky = |nonce: &u64| {
            let point = (ED25519_BASEPOINT_POINT * Scalar::from(*nonce)).compress().to_bytes();
            challenge(&point, &self.public, message).to_bytes()[0].is_multiple_of(8)
        };
        (1..1000).find(lucky).expect("one in eight")
    }
}

fn challenge(point: &[u8; 32], public: &[u8; 32], message: &[u8]) -> Scalar {
    let hash: [u8; 64] =
        Sha512::new().chain_update(point).chain_update(public).chain_update(message).finalize().into();
    Scalar::from_bytes_mod_order_wide(&hash)
}

/// `signature` with the order of the group added `times` times to S.
pub(crate) fn malleable(signature: [u8; 64], times: usize) -> [u8; 64] {
    let mut altered = signature;
    for _ in 0..times {
        let mut carry = 0;
        for (byte, add) in altered[32..].iter_mut().zip(ORDER) {
            let sum = u16::from(*byte) + u16::from(add) + carry;
            *byte = sum.to_le_bytes()[0];
            carry = sum >> 8;
        }
        assert_eq!(carry, 0, "S stays within 32 bytes");
    }
    altered
}

/// The key thumbprint of RFC 9679 for any 32 bytes, sound or not.
pub(crate) fn thumbprint(public: &[u8; 32]) -> [u8; 32] {
    let key = Item::Map(vec![
        (1.into(), 1.into()),
        ((-1).into(), 6.into()),
        ((-2).into(), Item::Bytes(public.to_vec())),
    ]);
    truce_statement::id::sha256(&key.bytes())
}

/// Public keys with the reason for which each is refused; none for the sound ones.
pub(crate) fn keys() -> Vec<(String, [u8; 32], Option<&'static str>)> {
    let mut all = vec![
        (
            "rfc-8032-test-1".to_owned(),
            fixed("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"),
            None,
        ),
        (
            "rfc-8032-test-2".to_owned(),
            fixed("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"),
            None,
        ),
        ("base-point".to_owned(), ED25519_BASEPOINT_POINT.compress().to_bytes(), None),
        ("minus-base-point".to_owned(), (-ED25519_BASEPOINT_POINT).compress().to_bytes(), None),
    ];
    for i in 0..8 {
        all.push((format!("small-order-{i}"), Forger::small_order(i).public, Some("small-order")));
    }
    for i in 1..8 {
        all.push((format!("torsion-{i}"), Forger::new([7; 32], i).public, Some("torsion")));
    }
    let sign = |mut bytes: [u8; 32]| {
        bytes[31] |= 0x80;
        bytes
    };
    // y = p + n stands for y = n where n < 19; of those that are points, small orders among them.
    for n in 0..19_u8 {
        let mut reduced = [0; 32];
        reduced[0] = n;
        let mut above = [0xff; 32];
        (above[0], above[31]) = (0xed + n, 0x7f);
        if point(reduced).is_some() {
            all.push((format!("y-is-p-plus-{n}"), above, Some("not-canonical")));
            if n != 1 {
                all.push((format!("y-is-p-plus-{n}-negative"), sign(above), Some("not-canonical")));
            }
        } else {
            all.push((format!("y-is-{n}"), reduced, Some("not-a-point")));
        }
    }
    let (one, mut minus_one) = (EIGHT_TORSION[0].compress().to_bytes(), [0xff; 32]);
    (minus_one[0], minus_one[31]) = (0xec, 0x7f);
    all.push(("minus-zero-at-y-1".to_owned(), sign(one), Some("not-canonical")));
    all.push(("minus-zero-at-y-minus-1".to_owned(), sign(minus_one), Some("not-canonical")));
    all
}

fn point(bytes: [u8; 32]) -> Option<EdwardsPoint> {
    CompressedEdwardsY(bytes).decompress()
}

fn fixed(hex: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    hex::decode_to_slice(hex, &mut bytes).expect("hex");
    bytes
}
