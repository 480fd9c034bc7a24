//! The keys of the log that this depositary holds, and which of them sign a checkpoint.

use crate::error::LogError;
use truce_register::Register;
use truce_statement::{Body, SecretKey, Statement};
use truce_succession::Terms;
use truce_tlog::{Checkpoint, Ed25519NoteSigner, KeySchedule, NoteSigner, SignedCheckpoint};

pub(crate) struct Signers {
    /// vkey of the charter, for the log that is empty yet.
    charter: String,
    held: Vec<Ed25519NoteSigner>,
}

impl Signers {
    /// Keys for the log that `charter` names: the one in force, and the next one where there is to be one.
    pub(crate) fn new(charter: &Statement, keys: &[&SecretKey]) -> Result<Self, LogError> {
        let Body::Charter(body) = charter.body() else {
            return Err(LogError::altered("entry 0 is no charter"));
        };
        let signer = |key: &&SecretKey| {
            Ed25519NoteSigner::from_seed(body.origin(), &key.seed())
                .map_err(|e| LogError::altered(format!("the charter's log key: {e}")))
        };
        let held = keys.iter().map(signer).collect::<Result<_, _>>()?;
        Ok(Self { charter: body.log.as_str().to_owned(), held })
    }

    pub(crate) fn holds(&self, vkey: &str) -> bool {
        self.held.iter().any(|signer| signer.vkey().to_string() == vkey)
    }

    /// Whether every key that must sign a checkpoint of `size` entries is at hand, as far as `register` tells.
    pub(crate) fn ready(&self, register: &Register, size: u64) -> Result<(), LogError> {
        let mut wanted: Vec<&str> = register.log_keys_at(size).map(|key| key.vkey.as_str()).collect();
        if wanted.is_empty() {
            wanted.push(&self.charter);
        }
        let Some(missing) = wanted.iter().find(|vkey| !self.holds(vkey)) else { return Ok(()) };
        let known = |signer: &Ed25519NoteSigner| {
            let vkey = signer.vkey().to_string();
            register.log_keys().iter().any(|key| key.vkey == vkey)
        };
        if self.held.iter().any(known) {
            return Err(LogError::LogKeyMissing { vkey: (*missing).to_owned(), size });
        }
        let found: Vec<String> = self.held.iter().map(|signer| signer.vkey().to_string()).collect();
        Err(LogError::WrongLogKey { expected: wanted.join(" and "), found: found.join(" and ") })
    }

    /// Signs with every key that must sign a checkpoint of this size, and with no other: a key beyond its end would only
    /// serve to accuse the log of what its thief signs.
    pub(crate) fn sign(
        &self,
        register: &Register,
        checkpoint: Checkpoint,
    ) -> Result<SignedCheckpoint, LogError> {
        let size = checkpoint.size();
        self.ready(register, size)?;
        // The newest first: its name stands for the log's.
        let mut turns: Vec<_> = register.log_keys_at(size).collect();
        turns.reverse();
        let signers: Vec<&dyn NoteSigner> = turns
            .into_iter()
            .filter_map(|key| self.held.iter().find(|signer| signer.vkey().to_string() == key.vkey))
            .map(|signer| signer as &dyn NoteSigner)
            .collect();
        SignedCheckpoint::sign_with_all(checkpoint, &signers).map_err(|e| LogError::Tree(e.to_string()))
    }
}

/// The keys of the log over the sizes of its tree, as its entries have made them.
///
/// # Errors
/// Where the charter's key is no vkey.
pub fn key_schedule(register: &Register) -> Result<KeySchedule, LogError> {
    let terms = Terms::of_register(register).map_err(|e| LogError::altered(e.to_string()))?;
    Ok(terms.keys().clone())
}
