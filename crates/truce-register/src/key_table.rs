//! Public keys for threads that verify ahead of the fold.

use crate::register::Register;
use arc_swap::ArcSwap;
use rpds::HashTrieMapSync;
use std::sync::Arc;
use truce_statement::{KeyId, PublicKey};

/// The public keys of a register, shared between the thread that folds and those that verify signatures ahead of it.
///
/// A key id is the hash of its key, so an older table is never wrong, only short. Keys are added and never taken out:
/// one that has ended is refused by the fold, whatever its signature. Readers never wait.
#[derive(Debug)]
pub struct KeyTable(ArcSwap<KnownKeys>);

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
        let new = if self.0.contains_key(id) { None } else { register.key(id) };
        if let Some(key) = new {
            self.0.insert_mut(*id, key.public.clone());
        }
        new.is_some()
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
        Self(ArcSwap::from_pointee(known))
    }

    /// The keys as they are now.
    #[must_use]
    pub fn known(&self) -> Arc<KnownKeys> {
        self.0.load_full()
    }

    /// Adds those of `changed` ([`crate::Step::keys`]) that are in `register` and not in the table yet. Returns their
    /// number. Only the thread that folds may call it.
    pub fn add(&self, register: &Register, changed: impl IntoIterator<Item = KeyId>) -> usize {
        let mut known = KnownKeys::clone(&self.0.load());
        let added = changed.into_iter().filter(|id| known.add(register, id)).count();
        if added > 0 {
            self.0.store(Arc::new(known));
        }
        added
    }
}
