//! The succession of a log, gathered from the ledger that keeps it (`docs/spec/succession.md`).

use crate::depositary::Depositary;
use crate::error::LogError;
use crate::index;
use crate::ledger::{self, Ledger};
use crate::tree::Proof;
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use truce_register::Register;
use truce_statement::Kind;
use truce_store::{ScanRange, Space, StoreRead};
use truce_succession::Succession;

impl<S: StoreRead> Ledger<S> {
    /// Statements that changed the log's keys and witnesses, with proofs under the last checkpoint; empty where nothing did.
    pub fn succession(&self) -> Result<Succession, LogError> {
        gather(self.store(), self.register(), |position| self.prove(position))
    }
}

impl Depositary {
    /// Statements that changed the log's keys and witnesses, with proofs under the last checkpoint; empty where nothing did.
    pub fn succession(&self) -> Result<Succession, LogError> {
        gather(self.store(), &self.register(), |position| self.prove(position))
    }
}

fn gather<S: StoreRead + ?Sized>(
    store: &S,
    register: &Register,
    prove: impl Fn(u64) -> Result<Proof, LogError>,
) -> Result<Succession, LogError> {
    let keys = register.log_keys().iter().filter_map(|key| Some((key.amendment?, key.from)));
    let policies = register.policies().iter().filter_map(|policy| Some((policy.amendment?, policy.from)));
    let enacted: BTreeSet<_> = keys.chain(policies).collect();
    let mut positions = BTreeSet::new();
    for (amendment, from) in enacted {
        let recorded = ledger::recorded(store, &amendment)?;
        let missing = || LogError::altered(format!("amendment {amendment} is missing"));
        positions.insert(recorded.ok_or_else(missing)?.position);
        // Who endorsed it; the last one brought it into force.
        store.scan(Space::By, &ScanRange::prefix(&index::referring_to(&amendment)), &mut |key, gaps| {
            positions.extend(index::positions(key, gaps).filter(|position| *position < from));
            ControlFlow::Continue(())
        })?;
    }
    let mut steps = Vec::with_capacity(positions.len());
    for position in positions {
        let statement = ledger::statement(store, position)?;
        // Others may refer to an amendment too.
        if matches!(statement.kind(), Kind::Amendment | Kind::Endorsement) {
            steps.push((statement.bytes().to_vec(), prove(position)?.file()?));
        }
    }
    Ok(Succession::new(steps))
}
