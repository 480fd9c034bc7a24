//! The board that all eyes share: every checkpoint that the log signed, and everything that has been said.

use crate::state::{Remembered, State};
use crate::watch::{Alarm, AlarmLimits, Matter, Notice, PlaceLook};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use truce_audit::Named;
use truce_fraud::{Doubt, FraudProof};
use truce_tlog::{Hash, KeySchedule, Policy, SignedCheckpoint, VKey};

/// Checkpoints that no replay has confirmed yet and that are remembered; the oldest go.
const MAX_LOOSE: usize = 64;

pub(crate) struct Board {
    pub(crate) named: Option<Named>,
    pub(crate) policy: Option<Policy>,
    pub(crate) limits: AlarmLimits,
    /// The keys of the log, where more than the charter's are known.
    keys: Option<KeySchedule>,
    state: State,
    remembered: Remembered,
    /// The last confirmed checkpoint of each place.
    confirmed: BTreeMap<String, SignedCheckpoint>,
    /// Signed by the log, and confirmed by nothing yet.
    loose: Vec<(String, SignedCheckpoint)>,
    /// Roots that the log signed in receipts without a checkpoint: name, size, root.
    claims: Vec<(String, u64, Hash)>,
    pub(crate) notices: Vec<Notice>,
}

impl Board {
    pub(crate) fn new(state: State, policy: Option<Policy>, limits: AlarmLimits) -> io::Result<Self> {
        let (named, remembered) = (state.named()?, state.remembered()?);
        Ok(Self {
            named,
            policy,
            limits,
            keys: None,
            state,
            remembered,
            confirmed: BTreeMap::new(),
            loose: Vec::new(),
            claims: Vec::new(),
            notices: Vec::new(),
        })
    }

    /// Witness keys whose cosignatures are checked.
    pub(crate) fn cosigners(&self) -> Vec<VKey> {
        self.policy.iter().flat_map(Policy::witnesses).map(|witness| witness.vkey().clone()).collect()
    }

    /// The first to read the charter says which log it is; everything else is held to it.
    pub(crate) fn name(&mut self, named: &Named) -> io::Result<()> {
        if self.named.is_none() {
            self.state.save_named(named)?;
            self.named = Some(named.clone());
        }
        Ok(())
    }

    /// The keys of the log, as far as they are known.
    pub(crate) fn keys(&self, named: &Named) -> KeySchedule {
        self.keys.clone().unwrap_or_else(|| KeySchedule::always(named.log.clone()))
    }

    /// Takes in keys that follow on those known; what was known does not change.
    pub(crate) fn learn(&mut self, named: &Named, keys: KeySchedule) {
        if keys.follows(&self.keys(named)) {
            self.keys = Some(keys);
        }
    }

    /// The greatest size that a key signs; `None` for a key that is not known to have ended.
    fn ended(&self, key: &VKey) -> Option<u64> {
        self.keys.as_ref()?.turns().iter().find(|turn| turn.key == *key)?.until
    }

    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    /// Takes in a checkpoint that the log signed, whether or not its tree can be read.
    pub(crate) fn signed(&mut self, place: &str, checkpoint: &SignedCheckpoint) {
        let same = |other: &SignedCheckpoint| other.checkpoint() == checkpoint.checkpoint();
        if self.confirmed.values().any(same) || self.loose.iter().any(|(_, other)| same(other)) {
            return;
        }
        if self.loose.len() >= MAX_LOOSE {
            self.loose.remove(0);
        }
        self.loose.push((place.to_owned(), checkpoint.clone()));
    }

    /// Takes in a root that the log signed for `size` entries, without a checkpoint to show for it.
    pub(crate) fn claim(&mut self, name: &str, size: u64, root: Hash) {
        let claim = (name.to_owned(), size, root);
        if !self.claims.contains(&claim) {
            self.claims.push(claim);
        }
    }

    /// Those roots.
    pub(crate) fn claims(&self) -> Vec<(String, u64, Hash)> {
        self.claims.clone()
    }

    /// Everything under `checkpoint` was replayed from `place`. What it grew out of is confirmed with it.
    pub(crate) fn confirm(&mut self, place: &str, checkpoint: &SignedCheckpoint) {
        self.loose.retain(|(_, other)| other.checkpoint() != checkpoint.checkpoint());
        self.confirmed.insert(place.to_owned(), checkpoint.clone());
    }

    /// Everything that a tree is to be compared with, and whose it is.
    pub(crate) fn checkpoints(&self) -> Vec<(String, SignedCheckpoint)> {
        let confirmed = self.confirmed.iter().map(|(place, checkpoint)| (place.clone(), checkpoint.clone()));
        confirmed.chain(self.loose.iter().cloned()).collect()
    }

    /// The largest tree that was replayed.
    pub(crate) fn replayed(&self) -> u64 {
        self.confirmed.values().map(SignedCheckpoint::size).max().unwrap_or(0)
    }

    pub(crate) fn sizes(&self) -> Vec<(String, u64)> {
        self.confirmed.iter().map(|(place, checkpoint)| (place.clone(), checkpoint.size())).collect()
    }

    /// Takes in what a look saw.
    pub(crate) fn look(&mut self, place: &str, look: PlaceLook, now: i64) {
        let said = self.remembered.watch.look(place, look, now, &self.limits);
        self.notices.extend(said);
        self.save(place, now);
    }

    /// A proof, checked once more before anybody is told.
    pub(crate) fn prove(&mut self, places: &[&str], proof: &FraudProof, now: i64) {
        let Ok(decided) = proof.decide() else { return };
        let mut places = places.to_vec();
        places.sort_unstable();
        places.dedup();
        let place = places.join(", ");
        let key = format!("{} {place}", decided.kind);
        if self.remembered.proven.contains(&key) {
            return;
        }
        let mut sentence = decided.sentence;
        let mut check = "truce verify FILE --charter CHARTER".to_owned();
        if let Some(until) = self.ended(proof.log()) {
            let _ = write!(sentence, "; {}, unless witnesses had cosigned it before", Doubt { until });
            check.push_str(" --succession SUCCESSION");
        }
        // Without room for the file it is said all the same, and once more when there is room.
        let file = self.state.keep_proof(decided.kind, &proof.to_string()).unwrap_or_default();
        if file.is_some() {
            self.remembered.proven.insert(key);
        }
        self.notices.push(Notice::Alarm(Alarm {
            code: decided.kind.to_owned(),
            sentence,
            next: format!("keep the fraud proof, give it to every party, and check it with `{check}`"),
            place,
            since: now,
            proof: file.map(|path| path.display().to_string()),
        }));
        self.save("", now);
    }

    /// Says that a promise has been kept before.
    pub(crate) fn is_kept(&self, promise: &str) -> bool {
        self.remembered.kept.contains(promise)
    }

    pub(crate) fn keep(&mut self, promise: &str) {
        self.remembered.kept.insert(promise.to_owned());
    }

    pub(crate) fn alarms(&self) -> Vec<Alarm> {
        self.remembered.watch.alarms().collect()
    }

    pub(crate) fn is_quiet(&self) -> bool {
        self.remembered.watch.is_quiet()
    }

    pub(crate) fn proven(&self) -> usize {
        self.remembered.proven.len()
    }

    fn save(&mut self, place: &str, now: i64) {
        if let Err(error) = self.state.remember(&self.remembered) {
            let look = PlaceLook {
                matters: [(Matter::Hindered, format!("its state could not be saved: {error}"))].into(),
                ..PlaceLook::default()
            };
            // Told, and not saved: there is no room for it.
            let place = format!("{place} (state)");
            let said = self.remembered.watch.look(&place, look, now, &self.limits);
            self.notices.extend(said);
        } else {
            let place = format!("{place} (state)");
            let said = self.remembered.watch.look(&place, PlaceLook::default(), now, &self.limits);
            self.notices.extend(said);
        }
    }
}
