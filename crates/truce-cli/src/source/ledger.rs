//! A depositary's own ledger, read through its indexes.

use super::{FeedInLog, Filter, Log, Visit, charter_of};
use crate::exit::Failure;
use std::collections::BTreeMap;
use std::path::Path;
use truce_log::Ledger;
use truce_statement::{KeyId, Kind, Statement, StatementId};
use truce_tlog::SignedCheckpoint;

pub(super) struct LedgerLog {
    ledger: Ledger,
    charter: Statement,
}

impl LedgerLog {
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let ledger = Ledger::open(path)?;
        let first = ledger.entry(0)?.ok_or_else(|| {
            Failure::unverified("store-altered", "the ledger has no charter")
                .next("make the ledger again with `truce init`")
        })?;
        let charter = charter_of(&first)?;
        Ok(Self { ledger, charter })
    }
}

impl Log for LedgerLog {
    fn charter(&self) -> &Statement {
        &self.charter
    }

    fn size(&self) -> u64 {
        self.ledger.size()
    }

    fn checkpoint(&self) -> Option<&SignedCheckpoint> {
        self.ledger.checkpoint()
    }

    fn entry(&self, position: u64) -> Result<Option<Vec<u8>>, Failure> {
        if position >= self.size() { Ok(None) } else { Ok(self.ledger.entry(position)?) }
    }

    fn find(&self, id: &StatementId) -> Result<Option<u64>, Failure> {
        Ok(self.ledger.find(id)?.map(|recorded| recorded.position))
    }

    fn visit(&self, filter: &Filter, from: u64, each: &mut Visit<'_>) -> Result<(), Failure> {
        let wanted = truce_log::Filter {
            party: filter.party.clone(),
            kind: filter.kind,
            zone: filter.zone.clone(),
            time: filter.time.clone(),
            refers_to: filter.refers_to,
        };
        let everything = wanted == truce_log::Filter::default();
        let positions: Box<dyn Iterator<Item = u64>> = if everything {
            Box::new(from..self.size())
        } else {
            Box::new(self.ledger.list(&wanted)?.into_iter().filter(move |position| *position >= from))
        };
        for position in positions {
            let recorded = super::at(self, position)?;
            // The index is not believed: what it names must match.
            if filter.takes(&recorded.statement) && each(recorded)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn prove(&self, position: u64) -> Result<String, Failure> {
        Ok(self.ledger.prove(position)?.to_file()?)
    }

    fn counts(&self) -> Result<(BTreeMap<Kind, u64>, i64), Failure> {
        let register = self.ledger.register();
        let counts =
            Kind::ALL.iter().map(|kind| (*kind, register.count(*kind))).filter(|(_, n)| *n > 0).collect();
        Ok((counts, register.received()))
    }

    fn feed(&self, key: KeyId) -> Result<Option<FeedInLog>, Failure> {
        let register = self.ledger.register();
        let mut keys = register.keys();
        let known = keys.find(|(id, _, _)| **id == key);
        Ok(known.map(|(_, party, key)| FeedInLog {
            party: party.id.clone(),
            next_seq: key.next_seq,
            last: key.last,
        }))
    }

    fn sort(&self) -> &'static str {
        "ledger"
    }
}
