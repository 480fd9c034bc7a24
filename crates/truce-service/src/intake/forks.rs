//! The price of a fork: a statement refused with `feed-fork` was signed with the key, and is evidence that may be kept,
//! so it is charged to the key's rate as one that is recorded. It is charged once: whoever sends the same bytes again
//! cannot use up the rate of a key that is not theirs.

use super::{Intake, Problem};
use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};
use truce_statement::{Code, KeyId, StatementId};

/// Forks remembered, the newest ones.
const REMEMBERED: usize = 4096;

/// Forks charged of late.
#[derive(Debug, Default)]
pub(super) struct Forks(Mutex<(HashSet<StatementId>, VecDeque<StatementId>)>);

impl Forks {
    /// Remembers `statement`; false where it was charged before.
    fn is_new(&self, statement: StatementId) -> bool {
        let mut forks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (known, order) = &mut *forks;
        if !known.insert(statement) {
            return false;
        }
        order.push_back(statement);
        if order.len() > REMEMBERED
            && let Some(oldest) = order.pop_front()
        {
            known.remove(&oldest);
        }
        true
    }
}

impl Intake {
    /// Charges `key` for `statement`, where it was refused as a fork.
    pub(super) fn charge_fork(&self, problem: &Problem, key: &KeyId, statement: StatementId) {
        if problem.refusal() == Some(Code::FeedFork) && self.forks.is_new(statement) {
            self.of_key.charge(key, 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fork_is_charged_once_and_memory_is_bounded() {
        let forks = Forks::default();
        let id = |n: usize| {
            let mut bytes = [0; 32];
            bytes.iter_mut().zip(n.to_be_bytes()).for_each(|(to, from)| *to = from);
            StatementId::from_bytes(bytes)
        };
        assert!(forks.is_new(id(0)) && !forks.is_new(id(0)));
        for n in 1..=2 * REMEMBERED {
            assert!(forks.is_new(id(n)));
        }
        assert_eq!(
            forks.0.lock().map(|forks| (forks.0.len(), forks.1.len())).ok(),
            Some((REMEMBERED, REMEMBERED))
        );
    }
}
