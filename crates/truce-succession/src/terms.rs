//! Keys and witnesses that checkpoints are held to, over the sizes of the tree.

use crate::error::SuccessionError;
use truce_register::{Outline, Register};
use truce_statement::Statement;
use truce_tlog::policy::PolicyWitness;
use truce_tlog::{KeySchedule, Policy, VKey};

/// The keys that sign for a log, and the witnesses that make its entries final, each from a size on.
#[derive(Clone, Debug)]
pub struct Terms {
    keys: KeySchedule,
    /// Least size, and the policy; `None` for a text that is no policy.
    policies: Vec<(u64, Option<Policy>)>,
}

/// Rule by which an entry is final.
#[derive(Clone, Copy, Debug)]
pub enum Quorum<'a> {
    /// The parties named no witnesses.
    Unnamed,
    /// This policy, with the log's keys known from elsewhere.
    Policy(&'a Policy),
    /// The parties agreed on a text that is no policy: nothing is final by it.
    Unreadable,
}

impl Terms {
    /// Reads them from the charter alone: as they were in the beginning.
    ///
    /// # Errors
    /// [`SuccessionError::Charter`].
    pub fn of_charter(charter: &Statement) -> Result<Self, SuccessionError> {
        Self::of_register(&outline(charter)?.up_to(1))
    }

    /// As the entries in a register have made them.
    ///
    /// # Errors
    /// [`SuccessionError::Charter`] where a key of the log is no vkey.
    pub fn of_register(register: &Register) -> Result<Self, SuccessionError> {
        let turns = register.log_keys().iter().map(|key| (key.vkey.as_str(), key.from, key.until));
        let keys = KeySchedule::new(turns)
            .map_err(|e| SuccessionError::Charter(format!("the key of the log is refused: {e}")))?;
        let policies = register.policies().iter().map(|policy| (policy.from, read(&policy.text))).collect();
        Ok(Self { keys, policies })
    }

    /// The keys of the log.
    #[must_use]
    pub const fn keys(&self) -> &KeySchedule {
        &self.keys
    }

    /// Keys of the witnesses that the policy for a checkpoint of `size` entries names.
    #[must_use]
    pub fn cosigners_at(&self, size: u64) -> Vec<VKey> {
        match self.quorum_at(size) {
            Quorum::Policy(policy) => {
                policy.witnesses().iter().map(|witness| witness.vkey().clone()).collect()
            }
            Quorum::Unnamed | Quorum::Unreadable => Vec::new(),
        }
    }

    /// Number of policies that the parties have agreed on so far.
    #[must_use]
    pub const fn policies(&self) -> usize {
        self.policies.len()
    }

    /// The witnesses of every policy that was in force for a checkpoint of at most `size` entries.
    pub fn witnesses_up_to(&self, size: u64) -> impl Iterator<Item = &VKey> {
        let policies = self.policies.iter().filter(move |(from, _)| *from <= size);
        policies
            .filter_map(|(_, policy)| policy.as_ref())
            .flat_map(Policy::witnesses)
            .map(PolicyWitness::vkey)
    }

    /// What makes entries final under a checkpoint of `size` entries.
    #[must_use]
    pub fn quorum_at(&self, size: u64) -> Quorum<'_> {
        match self.policies.iter().rev().find(|(from, _)| *from <= size) {
            None => Quorum::Unnamed,
            Some((_, Some(policy))) => Quorum::Policy(policy),
            Some((_, None)) => Quorum::Unreadable,
        }
    }
}

/// The keys and witnesses that `charter` names, to be carried on by amendments.
///
/// # Errors
/// [`SuccessionError::Charter`].
pub fn outline(charter: &Statement) -> Result<Outline, SuccessionError> {
    if !matches!(charter.body(), truce_statement::Body::Charter(_)) {
        return Err(SuccessionError::Charter(format!("it is a {}", charter.kind())));
    }
    Outline::of(charter).map_err(|e| SuccessionError::Charter(e.to_string()))
}

/// The text of a statement need not end in a newline; a policy file must.
fn read(text: &str) -> Option<Policy> {
    Policy::parse(format!("{}\n", text.trim_end()).as_bytes()).ok()
}
