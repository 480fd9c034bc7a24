//! Public keys for threads that verify ahead of the fold.

use crate::register::Register;
use rpds::HashTrieMapSync;
use std::sync::{PoisonError, RwLock};
use truce_statement::{KeyId, PublicKey};

/// The public keys of a register, shared between the thread that folds and those that verify signatures ahead of it.
///
/// A key id is the hash of its key, so an older table is never wrong, only short. Keys are added and never taken out:
/// one that has ended is refused by the fold, whatever its signature.
#[derive(Debug)]
pub struct KeyTable(RwLock<KnownKeys>);

/// The keys known at one moment. Copies share what is the same, so taking one costs nothing that grows with the keys.
#[derive(Clone, Debug, Default)]
pub struct KnownKeys(HashTrieMapSync<KeyId, PublicKey>);

impl KnownKeys {
    /// The public key of this id.
    #[must_use]
    pub fn get(&self, id: &KeyId) -> Option<&PublicKey> {
        self.0.get(id)
    }

    fn add(&mut self, register: &Register, id: &KeyId) -> bool {
        match register.key(id) {
            Some(key) if !self.0.contains_key(id) => {
                self.0.insert_mut(*id, key.public.clone());
                true
            }
            _ => false,
        }
    }
}

impl KeyTable {
    /// Every key of `register`.
    #[must_use]
    pub fn of(register: &Register) -> Self {
        let mut known = KnownKeys::default();
        for (id, ..) in register.keys() {
            known.add(register, id);
        }
        Self(RwLock::new(known))
    }

    /// The keys as they are now.
    #[must_use]
    pub fn known(&self) -> KnownKeys {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Adds those of `changed` ([`crate::Step::keys`]) that are in `register` and not in the table yet. Returns their
    /// number.
    pub fn add(&self, register: &Register, changed: impl IntoIterator<Item = KeyId>) -> usize {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        changed.into_iter().filter(|id| known.add(register, id)).count()
    }
}
