//! Strict verification (RFC 8032, section 5.1.7, without the cofactor, small orders refused), and sooner for keys that
//! sign often.
//!
//! A verifier computes `S B - k A` and compares it with R. The key's multiples can be had beforehand, as those of B are:
//! the work falls by a fifth. A table takes 30 KiB and as long to make as thirty checks take; so it is made for a key
//! that has been seen to sign often, and for a bounded number of keys.

use curve25519_dalek::Scalar;
use curve25519_dalek::constants::{ED25519_BASEPOINT_TABLE, EIGHT_TORSION};
use curve25519_dalek::edwards::EdwardsBasepointTable;
use curve25519_dalek::traits::BasepointTable as _;
use ed25519_dalek::{Signature, Verifier as _, VerifyingKey};
use sha2::{Digest as _, Sha512};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering::Relaxed};
use std::sync::{LazyLock, OnceLock};

/// Signatures of one key that are checked without a table.
const OFTEN: u32 = 24;

/// Tables in one process: 30 MiB.
const MOST: usize = 1024;

/// Tables there are.
static TABLES: AtomicUsize = AtomicUsize::new(0);

/// The canonical encodings of the eight points of small order.
static SMALL_ORDER: LazyLock<[[u8; 32]; 8]> =
    LazyLock::new(|| EIGHT_TORSION.map(|point| point.compress().to_bytes()));

/// Verifies under one key, which the caller has checked not to be weak.
pub(crate) struct Verifier {
    key: VerifyingKey,
    checked: AtomicU32,
    multiples: OnceLock<Multiples>,
}

/// Multiples of a key. Counted, so that there are never more than [`MOST`].
struct Multiples(Box<EdwardsBasepointTable>);

impl Verifier {
    pub(crate) const fn new(key: VerifyingKey) -> Self {
        Self { key, checked: AtomicU32::new(0), multiples: OnceLock::new() }
    }

    pub(crate) const fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// The same verdict as `verify_strict`, sooner: that one takes the signature's R for a point only to refuse small
    /// orders. Either way R's bytes must be the canonical encoding of the point that is computed, so R is of small order
    /// exactly when its bytes are one of eight.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        let signature = Signature::from_bytes(signature);
        if SMALL_ORDER.contains(signature.r_bytes()) {
            return false;
        }
        match self.multiples() {
            Some(multiples) => self.verifies_with(multiples, message, &signature),
            None => self.key.verify(message, &signature).is_ok(),
        }
    }

    /// RFC 8032, section 5.1.7: S below the order of B; k from SHA-512(R ‖ A ‖ M); R the encoding of S B - k A.
    fn verifies_with(&self, multiples: &Multiples, message: &[u8], signature: &Signature) -> bool {
        let Some(s) = Scalar::from_canonical_bytes(*signature.s_bytes()).into_option() else {
            return false;
        };
        let hash = Sha512::new()
            .chain_update(signature.r_bytes())
            .chain_update(self.key.as_bytes())
            .chain_update(message)
            .finalize();
        let k = Scalar::from_bytes_mod_order_wide(&hash.into());
        let r = ED25519_BASEPOINT_TABLE.mul_base(&s) - multiples.0.mul_base(&k);
        r.compress().as_bytes() == signature.r_bytes()
    }

    /// The table, made by the check that finds the key to sign often.
    fn multiples(&self) -> Option<&Multiples> {
        let made = self.multiples.get();
        if made.is_none() && self.checked.fetch_add(1, Relaxed) == OFTEN {
            let multiples = Multiples::of(&self.key)?;
            return Some(self.multiples.get_or_init(|| multiples));
        }
        made
    }
}

impl Multiples {
    fn of(key: &VerifyingKey) -> Option<Self> {
        if TABLES.fetch_add(1, Relaxed) >= MOST {
            TABLES.fetch_sub(1, Relaxed);
            return None;
        }
        Some(Self(Box::new(EdwardsBasepointTable::create(&key.to_edwards()))))
    }
}

impl Drop for Multiples {
    fn drop(&mut self) {
        TABLES.fetch_sub(1, Relaxed);
    }
}
