//! The log as one verified checkpoint covers it.

use super::Quorum;
use super::read_only::ReadOnly;
use super::tree_memory::{Tree, TreeMemory};
use crate::error::CopyError;
use crate::query::{self, Filter, MAX_LIMIT};
use crate::record::Record;
use crate::tiles::StoredTiles;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};
use truce_log::LogError;
use truce_register::{Fact, Key, Recorded, Register};
use truce_statement::body::agreement::Charter;
use truce_statement::{AgreementId, Body, Entry, KeyId, Kind, Signed, Statement, StatementId};
use truce_store::{IndexRead as _, LogRead as _, Space};
use truce_tlog::{
    EdgeTiles, Hash, Policy, ProofFile, SignedCheckpoint, VKey, consistency_proof, inclusion_proof, tree_root,
};

/// Everything that pages and the API read. It never changes; a newer checkpoint makes a new one.
///
/// The copy may already hold entries behind the checkpoint. They are not shown: every look-up here ends at
/// [`Self::size`].
#[derive(Debug)]
pub struct Served {
    store: ReadOnly,
    register: Arc<Register>,
    edge: EdgeTiles,
    checkpoint: SignedCheckpoint,
    charter: Arc<Statement>,
    policy: Option<Policy>,
    verified_at: i64,
    memory: Arc<TreeMemory>,
    /// Proven entries that made keys known: many records need the same ones.
    proven: Mutex<HashMap<u64, Value>>,
}

/// Proven entries kept: a grant takes some 3 KiB.
const MAX_PROVEN: usize = 512;

impl Served {
    pub(crate) fn new(
        store: ReadOnly,
        register: Arc<Register>,
        edge: EdgeTiles,
        checkpoint: SignedCheckpoint,
        charter: Arc<Statement>,
        verified_at: i64,
        memory: Arc<TreeMemory>,
    ) -> Self {
        let agreed = register.policy_at(checkpoint.size()).map(|policy| policy.text.as_str());
        let policy = agreed.and_then(policy_of);
        Self {
            store,
            register,
            edge,
            checkpoint,
            charter,
            policy,
            verified_at,
            memory,
            proven: Mutex::default(),
        }
    }

    /// Entries served.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.checkpoint.size()
    }

    /// The checkpoint, verified with the log's key in the charter.
    #[must_use]
    pub fn checkpoint(&self) -> &SignedCheckpoint {
        &self.checkpoint
    }

    /// Time at which this explorer verified it, milliseconds UTC.
    #[must_use]
    pub fn verified_at(&self) -> i64 {
        self.verified_at
    }

    /// The register. While the copy is catching up it may be ahead of [`Self::size`]; see [`Self::key`].
    #[must_use]
    pub fn register(&self) -> &Register {
        &self.register
    }

    /// The agreement.
    #[must_use]
    pub fn agreement(&self) -> AgreementId {
        self.charter.agreement()
    }

    /// The charter's statement, entry 0.
    #[must_use]
    pub fn charter_statement(&self) -> &Statement {
        &self.charter
    }

    /// Body of the charter.
    ///
    /// # Errors
    /// None while the copy is sound: entry 0 was verified to be a charter.
    pub fn charter(&self) -> Result<&Charter, CopyError> {
        match self.charter.body() {
            Body::Charter(charter) => Ok(charter),
            _ => Err(CopyError::damaged("entry 0 is no charter")),
        }
    }

    /// The text of the policy of witnesses that is in force: the charter's, or an amendment's.
    #[must_use]
    pub fn agreed_policy(&self) -> Option<&str> {
        self.register.policy_at(self.size()).map(|policy| policy.text.as_str())
    }

    /// Positions of the amendments in force and of the endorsements that brought them there, in order.
    pub fn succession(&self) -> Result<Vec<u64>, CopyError> {
        let keys = self.register.log_keys().iter().filter_map(|key| Some((key.amendment?, key.from)));
        let policies = self.register.policies().iter();
        let policies = policies.filter_map(|policy| Some((policy.amendment?, policy.from)));
        let mut positions = BTreeSet::new();
        for (amendment, from) in keys.chain(policies).filter(|(_, from)| *from <= self.size()) {
            let filter =
                Filter { kinds: vec![Kind::Endorsement], refers_to: Some(amendment), ..Filter::default() };
            // One for each party at most.
            positions.extend(query::search(&self.store, from, &filter, None, MAX_LIMIT)?.positions);
            positions.extend(self.find(&amendment)?.map(|found| found.position));
        }
        Ok(positions.into_iter().collect())
    }

    /// The policy of witnesses in force, if there is one that can be read.
    #[must_use]
    pub fn policy(&self) -> Option<&Policy> {
        self.policy.as_ref()
    }

    /// Witnesses of the checkpoint; `None` where the parties name none.
    #[must_use]
    pub fn quorum(&self) -> Option<Quorum> {
        let policy = self.policy().filter(|policy| !policy.witnesses().is_empty())?;
        let cosigned: Vec<&VKey> = self.checkpoint().cosignatures().iter().map(|c| &c.cosigner).collect();
        Some(Quorum {
            asked: policy.witnesses().len(),
            have: cosigned.len(),
            names: cosigned.iter().map(|key| key.name().to_owned()).collect(),
            reached: policy.is_satisfied_by_keys(&cosigned),
        })
    }

    /// The store, for reading.
    #[must_use]
    pub fn store(&self) -> &ReadOnly {
        &self.store
    }

    /// The key of this id, as it stands under the checkpoint.
    #[must_use]
    pub fn key(&self, id: &KeyId) -> Option<Key> {
        let mut key = self.register.key(id).filter(|key| key.granted < self.size())?.clone();
        key.revoked = key.revoked.filter(|revoked| revoked.position < self.size());
        Some(key)
    }

    /// The bytes of an entry.
    pub fn entry(&self, position: u64) -> Result<Vec<u8>, CopyError> {
        let none = CopyError::NoSuchRecord { position, size: self.size() };
        if position >= self.size() {
            return Err(none);
        }
        self.store.entry(position)?.ok_or(none)
    }

    /// The bytes of the entry at `position`, and of the one before, if any: read in one go.
    pub fn entry_and_before(&self, position: u64) -> Result<(Vec<u8>, Option<Vec<u8>>), CopyError> {
        let none = CopyError::NoSuchRecord { position, size: self.size() };
        if position >= self.size() {
            return Err(none);
        }
        let mut read = Vec::with_capacity(2);
        self.store.read(position.saturating_sub(1)..position + 1, &mut |_, entry| {
            read.push(entry.to_vec());
            ControlFlow::Continue(())
        })?;
        let entry = read.pop().ok_or(none)?;
        Ok((entry, read.pop()))
    }

    /// One entry, parsed.
    pub fn record(&self, position: u64) -> Result<Record, CopyError> {
        Record::parse(position, self.entry(position)?)
    }

    /// One entry, parsed, its signature verified again with the key that the register names.
    pub fn verified_record(&self, position: u64) -> Result<(Record, Signed), CopyError> {
        let record = self.record(position)?;
        let broken = || CopyError::damaged(format!("entry {position} is not signed by a key of the log"));
        let key = self.register.key(&record.statement.header().kid).ok_or_else(broken)?;
        let signed = record.statement.clone().verify_named(&key.public).map_err(|_| broken())?;
        Ok((record, signed))
    }

    /// Place of the statement of this id.
    pub fn find(&self, id: &StatementId) -> Result<Option<Recorded>, CopyError> {
        let fact = self.store.get(Space::Facts, &Fact::Statement(*id).key())?;
        Ok(fact.as_deref().and_then(Recorded::decode).filter(|found| found.position < self.size()))
    }

    /// The statement that corrected or retracted this one, and where it stands.
    pub fn superseded_by(&self, id: &StatementId) -> Result<Option<(StatementId, u64)>, CopyError> {
        let fact = self.store.get(Space::Facts, &Fact::Superseded(*id).key())?;
        let Some(by) = fact.and_then(|bytes| bytes.try_into().ok()).map(StatementId::from_bytes) else {
            return Ok(None);
        };
        Ok(self.find(&by)?.map(|found| (by, found.position)))
    }

    /// The path from the entry at `position` to the root of the checkpoint.
    pub fn inclusion(&self, position: u64) -> Result<Vec<Hash>, CopyError> {
        if position >= self.size() {
            return Err(CopyError::NoSuchRecord { position, size: self.size() });
        }
        inclusion_proof(&self.hashes(), position, self.size()).map_err(|e| tree(&e))
    }

    /// The proof on file (c2sp.org/tlog-proof) that `entry`, the bytes at `position`, is under the checkpoint.
    pub fn proof(&self, position: u64, entry: &[u8]) -> Result<String, CopyError> {
        self.proof_along(position, entry, self.inclusion(position)?)
    }

    /// The same, with the path that [`Self::inclusion`] gives.
    pub fn proof_along(&self, position: u64, entry: &[u8], path: Vec<Hash>) -> Result<String, CopyError> {
        let parsed = Entry::parse(entry).map_err(|e| tree(&e))?;
        let note = self.checkpoint.note().clone();
        let file = ProofFile::new(Some(parsed.extra()), position, path, note);
        Ok(file.map_err(|e| tree(&e))?.to_string())
    }

    /// Value that `make` makes of the entry at `position`, once for each checkpoint.
    pub fn once(
        &self,
        position: u64,
        make: impl FnOnce() -> Result<Value, CopyError>,
    ) -> Result<Value, CopyError> {
        let known = self.proven.lock().unwrap_or_else(PoisonError::into_inner).get(&position).cloned();
        if let Some(value) = known {
            return Ok(value);
        }
        let value = make()?;
        let mut proven = self.proven.lock().unwrap_or_else(PoisonError::into_inner);
        if proven.len() >= MAX_PROVEN {
            proven.clear();
        }
        proven.insert(position, value.clone());
        Ok(value)
    }

    /// The proof that the first `from` entries are a prefix of the first `to`.
    pub fn consistency(&self, from: u64, to: u64) -> Result<Vec<Hash>, CopyError> {
        if from > to || to > self.size() {
            let what = format!("from {from} to {to}: the sizes must not go down, nor beyond {}", self.size());
            return Err(CopyError::BadQuery { what });
        }
        consistency_proof(&self.hashes(), from, to).map_err(|e| tree(&e))
    }

    /// Root over the first `size` entries.
    pub fn root_at(&self, size: u64) -> Result<Hash, CopyError> {
        if size > self.size() {
            return Err(CopyError::BadQuery {
                what: format!("{size} entries: {} are verified", self.size()),
            });
        }
        tree_root(&self.hashes(), size).map_err(|e| tree(&e))
    }

    /// The tiles under the checkpoint.
    pub fn tiles(&self) -> truce_tlog::EdgeReader<'_, StoredTiles<'_, ReadOnly>> {
        self.edge.over(StoredTiles(&self.store))
    }

    fn hashes(&self) -> Tree<'_> {
        Tree::new(&self.memory, &self.edge, &self.store)
    }
}

/// A policy of witnesses as the parties agreed it, where it can be read. A text need not end in a newline; a policy must.
pub(super) fn policy_of(text: &str) -> Option<Policy> {
    Policy::parse(format!("{}\n", text.trim_end()).as_bytes()).ok()
}

fn tree(error: &dyn std::fmt::Display) -> CopyError {
    CopyError::Log(LogError::Tree(error.to_string()))
}
