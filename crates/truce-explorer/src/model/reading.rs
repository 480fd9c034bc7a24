//! The one handle that pages and the API hold.

use super::{
    Ahead, CalendarQuery, CalendarView, CheckpointView, KeyView, MapQuery, MapView, Overview, PartyRow,
    PartyView, RecordPage, RecordRow, RecordView, Status, StatusNow, TermsView, TimelineQuery, TimelineView,
    ahead, calendar, checkpoints, map, overview, parties, record, row, terms, timeline,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;
use tokio::sync::watch;
use truce_copy::aggregate::{self, Region, Span};
use truce_copy::index::{self, Term};
use truce_copy::query::{self, Filter};
use truce_copy::{CopyError, Explorer, Served, State};
use truce_statement::{KeyId, Kind, PartyId, Role};

/// Regions that a form offers.
const MAX_REGIONS: usize = 64;
/// Cells looked at to find them.
const MAX_CELLS: usize = 20_000;

/// Reads what is served. Has no method that writes, and reaches nothing that has one.
///
/// Each call looks at the newest state. Who needs several answers of one state takes [`Self::served`] once and asks the
/// methods of [`Views`].
#[derive(Clone, Debug)]
pub struct Reading(watch::Receiver<Arc<State>>);

/// Values that a form can offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Facets {
    /// The parties.
    pub parties: Vec<PartyRow>,
    /// Kinds of which there are records, in the order of the specification.
    pub kinds: Vec<Kind>,
    /// Roles of the parties, in the order of the specification.
    pub roles: Vec<Role>,
    /// Zones of the charter.
    pub zones: Vec<ZoneName>,
    /// Regions that reports of the newest two years print, at most 64.
    pub regions: Vec<String>,
    /// First and last day on which something that was recorded happened, as far as the year.
    pub years: Option<(i32, i32)>,
}

/// A zone by its names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ZoneName {
    /// Short name.
    pub id: String,
    /// Full name.
    pub name: String,
}

impl Reading {
    /// Reads what `explorer` serves.
    #[must_use]
    pub fn of(explorer: &Explorer) -> Self {
        Self(explorer.watch())
    }

    /// Reads the states that are sent; for tests of whoever shows them.
    #[must_use]
    pub fn from_states(states: watch::Receiver<Arc<State>>) -> Self {
        Self(states)
    }

    /// The status line. No look at the store.
    #[must_use]
    pub fn status(&self) -> Status {
        self.0.borrow().status.clone()
    }

    /// The status line, and whether entries are dated ahead of this machine's clock.
    pub fn status_now(&self) -> Result<StatusNow, CopyError> {
        let state = self.state();
        let ahead = state.served.as_deref().map(Views::ahead).transpose()?.flatten();
        Ok(StatusNow { status: state.status.clone(), ahead })
    }

    /// The state at this moment. No look at the store.
    #[must_use]
    pub fn state(&self) -> Arc<State> {
        Arc::clone(&self.0.borrow())
    }

    /// A receiver of every state to come: new records are there when `served` has another size.
    #[must_use]
    pub fn changed(&self) -> watch::Receiver<Arc<State>> {
        self.0.clone()
    }

    /// The log as it is served at this moment.
    ///
    /// # Errors
    /// `nothing-verified-yet` until something has.
    pub fn served(&self) -> Result<Arc<Served>, CopyError> {
        self.0.borrow().served.clone().ok_or(CopyError::NothingYet)
    }
}

/// Views of what is served.
pub trait Views {
    /// The log that the views are of.
    fn served(&self) -> &Served;

    /// The agreement, and what was recorded lately.
    fn overview(&self) -> Result<Overview, CopyError> {
        overview::overview(self.served())
    }

    /// Figures over time.
    fn timeline(&self, query: &TimelineQuery) -> Result<TimelineView, CopyError> {
        timeline::timeline(self.served(), query)
    }

    /// Zones, and records that have coordinates.
    fn map(&self, query: &MapQuery) -> Result<MapView, CopyError> {
        map::map(self.served(), query)
    }

    /// Notified activities.
    fn calendar(&self, query: &CalendarQuery) -> Result<CalendarView, CopyError> {
        calendar::calendar(self.served(), *query)
    }

    /// The log's keys and witnesses in force, and the amendments proposed.
    #[must_use]
    fn terms(&self) -> TermsView {
        terms::view(self.served())
    }

    /// The parties, in the charter's order.
    fn parties(&self) -> Result<Vec<PartyRow>, CopyError> {
        parties::rows(self.served())
    }

    /// One party, with its keys; `None` where the charter names none of that id.
    fn party(&self, id: &PartyId) -> Result<Option<PartyView>, CopyError> {
        parties::party(self.served(), id)
    }

    /// One key and what was signed with it; `None` where no such key was ever granted.
    fn key_view(&self, id: &KeyId) -> Result<Option<KeyView>, CopyError> {
        parties::key(self.served(), id)
    }

    /// Checkpoints that this explorer saw, the newest first, those below size `before`.
    fn checkpoints(&self, before: Option<u64>, limit: usize) -> Result<CheckpointView, CopyError> {
        checkpoints::checkpoints(self.served(), before, limit)
    }

    /// One page of the records that match, newest first; at most 200 rows.
    fn records(&self, filter: &Filter, before: Option<u64>, limit: usize) -> Result<RecordPage, CopyError> {
        let found = query::search(self.served().store(), self.served().size(), filter, before, limit)?;
        Ok(RecordPage { rows: self.rows(&found.positions)?, next: found.next, total: found.total })
    }

    /// The rows of some records.
    fn rows(&self, positions: &[u64]) -> Result<Vec<RecordRow>, CopyError> {
        row::rows(self.served(), self.served().charter()?, positions)
    }

    /// One record, with everything that belongs on its page.
    ///
    /// # Errors
    /// `no-such-record` for a position that is not served.
    fn record_view(&self, position: u64) -> Result<RecordView, CopyError> {
        record::view(self.served(), position)
    }

    /// Entries that are dated ahead of this machine's clock, if any.
    fn ahead(&self) -> Result<Option<Ahead>, CopyError> {
        ahead::ahead(self.served(), ahead::limit())
    }

    /// Values that a form can offer.
    fn facets(&self) -> Result<Facets, CopyError> {
        let charter = self.served().charter()?;
        let newest = aggregate::day_of(self.served().register().received());
        let mut regions = BTreeSet::new();
        let (mut first, mut last, mut cells) = (None, None, 0);
        aggregate::cells(self.served().store(), Span::Month, newest - 730..i32::MAX, &mut |cell, tally| {
            cells += 1;
            if let (Kind::Report, Region::Named(name)) = (cell.kind, &cell.region)
                && !tally.is_zero()
            {
                regions.insert(name.clone());
            }
            if cells < MAX_CELLS && regions.len() < MAX_REGIONS {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        })?;
        // The first and the last cell of all: two steps, whatever lies between.
        aggregate::cells(self.served().store(), Span::Month, i32::MIN..i32::MAX, &mut |cell, _| {
            first = Some(aggregate::civil(cell.start).0);
            ControlFlow::Break(())
        })?;
        aggregate::last_cell(self.served().store(), Span::Month, &mut |cell| {
            last = Some(aggregate::civil(cell.start).0);
        })?;
        let mut kinds = Vec::new();
        for kind in Kind::ALL {
            if index::count(self.served().store(), &Term::Kind(*kind))? > 0 {
                kinds.push(*kind);
            }
        }
        let has = |role: &&Role| charter.parties.iter().any(|party| party.role == **role);
        Ok(Facets {
            parties: self.parties()?,
            kinds,
            roles: Role::ALL.iter().filter(has).copied().collect(),
            zones: charter
                .zones
                .iter()
                .flat_map(|zones| zones.iter())
                .map(|zone| ZoneName { id: zone.id.to_string(), name: zone.name.to_string() })
                .collect(),
            regions: regions.into_iter().collect(),
            years: first.zip(last),
        })
    }
}

impl Views for Served {
    fn served(&self) -> &Served {
        self
    }
}
