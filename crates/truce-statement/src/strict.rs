//! Strict verification (RFC 8032, section 5.1.7, without the cofactor, small orders refused), and sooner for keys that
//! sign often.
//!
//! A verifier computes S B - k A and compares it with R. Multiples of B and of the key can be precomputed; each product
//! is then a sum of points from a table, without doublings, and the work falls by a third. B's table is ours, read at the
//! digits of S: how long that takes depends on the signature, of which everything is public. A key's table is the
//! library's, far smaller than one of ours would be: many keys share the processor's caches. It has 30 KiB and takes as long
//! to make as thirty checks; so it is made for a key that has been seen to sign often, and for a bounded number of keys.
//!
//! To compare, a point is encoded, which takes an inversion in the field. One inversion does for many points; so a check can
//! be left at its [`Computed`] point, and many be settled together.

use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
use curve25519_dalek::edwards::EdwardsBasepointTable;
use curve25519_dalek::traits::BasepointTable as _;
use curve25519_dalek::{EdwardsPoint, Scalar};
use ed25519_dalek::{Signature, Verifier as _, VerifyingKey};
use sha2::{Digest as _, Sha512};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering::Relaxed};
use std::sync::{LazyLock, OnceLock};

/// Signatures of one key that are checked without a table.
const OFTEN: u32 = 24;

/// Tables in one process: 30 MiB.
const MOST: usize = 1024;

/// Number of live tables.
static TABLES: AtomicUsize = AtomicUsize::new(0);

/// The canonical encodings of the eight points of small order.
static SMALL_ORDER: LazyLock<[[u8; 32]; 8]> =
    LazyLock::new(|| EIGHT_TORSION.map(|point| point.compress().to_bytes()));

/// Multiples of B, the base point: 370 KiB in a process that has a table.
static BASE: LazyLock<Multiples<7>> = LazyLock::new(|| Multiples::of(ED25519_BASEPOINT_POINT));

/// Verifies under one key, which the caller has checked not to be weak.
pub(crate) struct Verifier {
    key: VerifyingKey,
    checked: AtomicU32,
    table: OnceLock<Table>,
}

/// Multiples of a key. Counted, so that there are never more than [`MOST`].
struct Table(Box<EdwardsBasepointTable>);

/// A verification that lacks only its final comparison.
#[derive(Clone, Debug)]
pub(crate) enum Computed {
    /// Already decided.
    Decided(bool),
    /// The signature is sound if `r` is the encoding of `point`.
    Point { point: EdwardsPoint, r: [u8; 32] },
}

impl Computed {
    /// The verdicts, in order.
    pub(crate) fn settle(all: &[&Self]) -> Vec<bool> {
        let point = |computed: &&Self| match computed {
            Self::Decided(_) => None,
            Self::Point { point, .. } => Some(*point),
        };
        let points: Vec<EdwardsPoint> = all.iter().filter_map(point).collect();
        let mut encoded = EdwardsPoint::compress_batch_alloc(&points).into_iter();
        let verdict = |computed: &&Self| match computed {
            Self::Decided(verdict) => *verdict,
            Self::Point { r, .. } => encoded.next().is_some_and(|point| point.as_bytes() == r),
        };
        all.iter().map(verdict).collect()
    }
}

impl Verifier {
    /// The verifier under `key`. Points of small order are refused, as key by the caller and as R here, because with them one
    /// signature fits many messages; a point with a torsion part beside is taken as it is and no cofactor is multiplied in,
    /// so that verifying one by one, with a table and in groups cannot come to different verdicts.
    pub(crate) const fn new(key: VerifyingKey) -> Self {
        Self { key, checked: AtomicU32::new(0), table: OnceLock::new() }
    }

    pub(crate) const fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// The same verdict as `verify_strict`, sooner: that one takes the signature's R for a point only to refuse small
    /// orders. Either way R's bytes must be the canonical encoding of the point that is computed, so R is of small order
    /// exactly when its bytes are one of eight.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        Computed::settle(&[&self.compute(message, signature)]) == [true]
    }

    /// As [`Self::verifies`], up to the comparison.
    pub(crate) fn compute(&self, message: &[u8], signature: &[u8; 64]) -> Computed {
        let signature = Signature::from_bytes(signature);
        if SMALL_ORDER.contains(signature.r_bytes()) {
            return Computed::Decided(false);
        }
        match self.table() {
            Some(table) => self.compute_with(table, message, &signature),
            None => Computed::Decided(self.key.verify(message, &signature).is_ok()),
        }
    }

    /// RFC 8032, section 5.1.7: S below the order of B; k from SHA-512(R ‖ A ‖ M); R the encoding of S B - k A.
    fn compute_with(&self, table: &Table, message: &[u8], signature: &Signature) -> Computed {
        let Some(s) = Scalar::from_canonical_bytes(*signature.s_bytes()).into_option() else {
            return Computed::Decided(false);
        };
        let hash = Sha512::new()
            .chain_update(signature.r_bytes())
            .chain_update(self.key.as_bytes())
            .chain_update(message)
            .finalize();
        let k = Scalar::from_bytes_mod_order_wide(&hash.into());
        Computed::Point { point: BASE.times(&s) - table.0.mul_base(&k), r: *signature.r_bytes() }
    }

    /// The table, made by the check that finds the key to sign often.
    fn table(&self) -> Option<&Table> {
        let made = self.table.get();
        if made.is_none() && self.checked.fetch_add(1, Relaxed) == OFTEN {
            let table = Table::of(&self.key)?;
            return Some(self.table.get_or_init(|| table));
        }
        made
    }
}

impl Table {
    fn of(key: &VerifyingKey) -> Option<Self> {
        if TABLES.fetch_add(1, Relaxed) >= MOST {
            TABLES.fetch_sub(1, Relaxed);
            return None;
        }
        Some(Self(Box::new(EdwardsBasepointTable::create(&key.to_edwards()))))
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        TABLES.fetch_sub(1, Relaxed);
    }
}

/// Multiples of one point P: for every place i of a scalar in radix 2^W, in turn, the points 1, 2, ..., 2^(W-1) times
/// 2^(W i) P. Digits are signed, so these are all.
///
/// W is at most 8. The additions are the library's, which are complete: they hold for every pair of points.
struct Multiples<const W: usize>(Vec<EdwardsPoint>);

impl<const W: usize> Multiples<W> {
    /// Digits of a scalar; it has 253 bits, so that the last digit of none of the radices used here carries over.
    const PLACES: usize = 253_usize.div_ceil(W);
    /// Points for one place.
    const ROW: usize = 1 << (W - 1);

    fn of(point: EdwardsPoint) -> Self {
        let mut points = Vec::with_capacity(Self::PLACES * Self::ROW);
        let mut unit = point;
        for _ in 0..Self::PLACES {
            let mut multiple = unit;
            points.push(multiple);
            for _ in 1..Self::ROW {
                multiple += unit;
                points.push(multiple);
            }
            // 2^(W-1) times the unit of this place, twice.
            unit = multiple + multiple;
        }
        Self(points)
    }

    /// The multiple of P by this scalar, which is below the order of B.
    fn times(&self, scalar: &Scalar) -> EdwardsPoint {
        // All of the points before their sum: what is in no cache is fetched at once, not one by one between additions.
        let mut points = Vec::with_capacity(Self::PLACES);
        points.extend(self.terms(scalar));
        points.iter().sum()
    }

    /// Points whose sum that is.
    fn terms(&self, scalar: &Scalar) -> impl Iterator<Item = EdwardsPoint> {
        self.0.chunks_exact(Self::ROW).zip(digits::<W>(scalar)).filter_map(|(row, digit)| {
            let multiple = row.get(usize::from(digit.unsigned_abs()).checked_sub(1)?)?;
            Some(if digit > 0 { *multiple } else { -multiple })
        })
    }
}

/// The digits of a scalar in radix 2^W, the least first, each from 1 - 2^(W-1) to 2^(W-1).
fn digits<const W: usize>(scalar: &Scalar) -> impl Iterator<Item = i16> {
    let mut bytes = [0; 34];
    for (to, from) in bytes.iter_mut().zip(scalar.as_bytes()) {
        *to = *from;
    }
    let mut carry = 0;
    (0..Multiples::<W>::PLACES).map(move |place| {
        let (byte, bit) = (place * W / 8, place * W % 8);
        let window = bytes
            .get(byte..byte + 2)
            .map_or(0, |two| two.iter().rev().fold(0, |n, b| n << 8 | i32::from(*b)));
        let digit = (window >> bit & ((1 << W) - 1)) + carry;
        carry = i32::from(digit > 1 << (W - 1));
        i16::try_from(digit - (carry << W)).unwrap_or(0)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing)]
    use super::{BASE, Computed, Multiples, digits};
    use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
    use curve25519_dalek::{EdwardsPoint, Scalar};

    /// Scalars at the edges: of digits, of bytes, of the order; and some between.
    fn scalars() -> Vec<Scalar> {
        let powers = (0..32).flat_map(|byte| (0..8).map(move |bit| (byte, bit)));
        let powers = powers.take(252).map(|(byte, bit)| {
            let mut bytes = [0; 32];
            bytes[byte] = 1 << bit;
            Scalar::from_canonical_bytes(bytes).unwrap()
        });
        let all: Vec<Scalar> = powers.flat_map(|power| [power, power - Scalar::ONE, -power]).collect();
        let between = (0..200_u8).map(|n| Scalar::from_bytes_mod_order([n.wrapping_mul(83) ^ 0x5a; 32]));
        all.into_iter().chain(between).collect()
    }

    fn sum<const W: usize>(scalar: &Scalar) -> Scalar {
        let radix = Scalar::from(1_u64 << W);
        let (mut sum, mut unit) = (Scalar::ZERO, Scalar::ONE);
        for digit in digits::<W>(scalar) {
            assert!((1 - (1 << (W - 1))..=1 << (W - 1)).contains(&i32::from(digit)), "{digit}");
            let size = Scalar::from(u64::from(digit.unsigned_abs())) * unit;
            sum += if digit < 0 { -size } else { size };
            unit *= radix;
        }
        sum
    }

    #[test]
    fn digits_make_up_the_scalar() {
        for scalar in scalars() {
            assert_eq!(sum::<7>(&scalar), scalar);
            assert_eq!(sum::<8>(&scalar), scalar);
        }
    }

    #[test]
    fn multiples_are_those_of_the_library() {
        let point = ED25519_BASEPOINT_POINT * Scalar::from(12_345_u64);
        let table = Multiples::<8>::of(point);
        for scalar in scalars() {
            assert_eq!(BASE.times(&scalar), EdwardsPoint::mul_base(&scalar));
            assert_eq!(table.times(&scalar), scalar * point);
        }
    }

    /// No such key is believed; the arithmetic holds all the same.
    #[test]
    fn points_outside_the_prime_order_group_are_multiplied_too() {
        for torsion in EIGHT_TORSION {
            let point = ED25519_BASEPOINT_POINT + torsion;
            let table = Multiples::<8>::of(point);
            for scalar in scalars().iter().step_by(7) {
                assert_eq!(table.times(scalar), scalar * point);
            }
        }
    }

    #[test]
    fn many_are_settled_as_each_would_be() {
        let points = scalars().into_iter().map(|scalar| EdwardsPoint::mul_base(&scalar));
        let each = points.enumerate().map(|(n, point)| match n % 4 {
            0 => Computed::Decided(true),
            1 => Computed::Decided(false),
            2 => Computed::Point { point, r: point.compress().to_bytes() },
            _ => Computed::Point { point, r: (-point).compress().to_bytes() },
        });
        let all: Vec<Computed> = each.collect();
        let verdicts = Computed::settle(&all.iter().collect::<Vec<_>>());
        assert_eq!(verdicts.len(), all.len());
        for (n, verdict) in verdicts.into_iter().enumerate() {
            assert_eq!(verdict, matches!(n % 4, 0 | 2), "{n}");
        }
        assert!(Computed::settle(&[]).is_empty());
    }
}
