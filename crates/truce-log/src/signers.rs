//! The keys of the log that this depositary holds, and which of them sign a checkpoint.

use crate::error::LogError;
use truce_receipt::Receipt;
use truce_register::Register;
use truce_statement::{AgreementId, Body, Entry, SecretKey, Statement};
use truce_succession::Terms;
use truce_tlog::{Checkpoint, Ed25519NoteSigner, Hash, KeySchedule, NoteSigner, SignedCheckpoint};

pub(crate) struct Signers {
    /// vkey of the charter, for the log that is empty yet.
    charter: String,
    agreement: AgreementId,
    /// Each key in both its forms: one signs checkpoints, the other receipts.
    held: Vec<(Ed25519NoteSigner, SecretKey)>,
}

impl Signers {
    /// Keys for the log that `charter` names: the one in force, and the next one where there is to be one.
    pub(crate) fn new(charter: &Statement, keys: &[&SecretKey]) -> Result<Self, LogError> {
        let Body::Charter(body) = charter.body() else {
            return Err(LogError::altered("entry 0 is no charter"));
        };
        let altered = |e: &dyn std::fmt::Display| LogError::altered(format!("the charter's log key: {e}"));
        let signer = |key: &&SecretKey| {
            let signer = Ed25519NoteSigner::from_seed(body.origin(), &key.seed()).map_err(|e| altered(&e))?;
            Ok((signer, SecretKey::from_seed(&key.seed()).map_err(|e| altered(&e))?))
        };
        let held = keys.iter().map(signer).collect::<Result<_, LogError>>()?;
        Ok(Self { charter: body.log.as_str().to_owned(), agreement: charter.id().into(), held })
    }

    pub(crate) fn holds(&self, vkey: &str) -> bool {
        self.vkeys().any(|held| held == vkey)
    }

    /// Checks that every key that must sign a checkpoint of `size` entries is at hand, as far as `register` tells.
    pub(crate) fn ready(&self, register: &Register, size: u64) -> Result<(), LogError> {
        let mut wanted: Vec<&str> = register.log_keys_at(size).map(|key| key.vkey.as_str()).collect();
        if wanted.is_empty() {
            wanted.push(&self.charter);
        }
        let Some(missing) = wanted.iter().find(|vkey| !self.holds(vkey)) else { return Ok(()) };
        if self.vkeys().any(|vkey| register.log_keys().iter().any(|key| key.vkey == vkey)) {
            return Err(LogError::LogKeyMissing { vkey: (*missing).to_owned(), size });
        }
        let found: Vec<String> = self.vkeys().collect();
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
            .filter_map(|key| self.held.iter().find(|(signer, _)| signer.vkey().to_string() == key.vkey))
            .map(|(signer, _)| signer as &dyn NoteSigner)
            .collect();
        SignedCheckpoint::sign_with_all(checkpoint, &signers).map_err(|e| LogError::Signature(e.to_string()))
    }

    /// The receipt that `entry` is leaf `position` of the tree under `checkpoint`, and carries it. Where several keys signed
    /// the checkpoint, it stands under the name of the newest.
    pub(crate) fn receipt(
        &self,
        checkpoint: &SignedCheckpoint,
        position: u64,
        path: Vec<Hash>,
        entry: &Entry<'_>,
    ) -> Result<Receipt, LogError> {
        let log = checkpoint.log();
        let held = self.held.iter().find(|(_, key)| key.public().as_bytes() == log.public_key());
        let missing = || LogError::LogKeyMissing { vkey: log.to_string(), size: checkpoint.size() };
        let (_, key) = held.ok_or_else(missing)?;
        Receipt::issue(key, self.agreement, checkpoint, position, path, entry)
            .and_then(|receipt| receipt.with_checkpoint(checkpoint))
            .map_err(|e| LogError::Signature(e.to_string()))
    }

    fn vkeys(&self) -> impl Iterator<Item = String> {
        self.held.iter().map(|(signer, _)| signer.vkey().to_string())
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
