//! The way of one statement: parsed, held against its key's rate, handed in, and counted when its place is known.

use super::{Intake, Problem};
use std::collections::HashSet;
use std::time::Duration;
use truce_log::{Pending, Receipt};
use truce_statement::{KeyId, Statement, StatementId};

/// A key at its limit is told to come back after this, when that is not worked out anew.
const LIMITED_FOR: Duration = Duration::from_secs(1);

/// A statement on its way to its place.
pub(super) struct Underway {
    key: KeyId,
    statement: StatementId,
    pending: Pending,
}

impl Intake {
    /// Hands one statement in. `limited` are the keys of the same body that are at their limit: what is behind in their
    /// feeds would only be refused for the gap.
    pub(super) async fn hand_in(
        &self,
        bytes: &[u8],
        limited: &mut HashSet<KeyId>,
    ) -> Result<Underway, Problem> {
        let statement = Statement::parse(bytes)?;
        let (key, id) = (statement.header().kid, statement.id());
        if limited.contains(&key) {
            return Err(Problem::too_many("key", LIMITED_FOR));
        }
        self.of_key.look(&key, 1).map_err(|wait| {
            limited.insert(key);
            Problem::too_many("key", wait)
        })?;
        let pending = self.standing.depositary().enqueue_statement(statement).await?;
        Ok(Underway { key, statement: id, pending })
    }

    /// Waits for the place of a statement. Charged to its key is what was recorded, and a fork of its feed.
    pub(super) async fn place(&self, handed_in: Result<Underway, Problem>) -> Result<Receipt, Problem> {
        let placed = match handed_in {
            Ok(Underway { key, statement, pending }) => {
                match pending.receipt().await.map_err(Problem::from) {
                    Ok(receipt) => {
                        if !receipt.duplicate {
                            self.of_key.charge(&key, 1);
                        }
                        Ok(receipt)
                    }
                    Err(problem) => {
                        self.charge_fork(&problem, &key, statement);
                        Err(problem)
                    }
                }
            }
            Err(problem) => Err(problem),
        };
        self.metrics.outcome(match &placed {
            Ok(receipt) if receipt.duplicate => "duplicate",
            Ok(_) => "recorded",
            Err(problem) if problem.is_passing() => "limited",
            Err(_) => "refused",
        });
        placed
    }
}
