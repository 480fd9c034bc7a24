//! Search: positions that meet all conditions, newest first.
//!
//! Each condition is a union of terms. The lists of terms are walked downwards together, a block of positions at a time:
//! the lowest of their next blocks is what all others have to reach, so that the rarest condition sets the pace, and the
//! walk ends with the page. Memory holds some blocks of each term, whatever the size of the log.

use crate::error::CopyError;
pub use crate::index::BLOCK;
use crate::index::{self, Bits, Blocks, Status, Term, words};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::ops::{ControlFlow, Range};
use truce_statement::{KeyId, Kind, PartyId, Role, StatementId};
use truce_store::{ScanRange, Space, StoreRead};

/// Most rows of one page.
pub const MAX_LIMIT: usize = 200;
/// Words of a search that count.
const MAX_WORDS: usize = 12;
/// Rows of postings that one page may cost. A search that would cost more gives the page it has, and goes on from
/// there.
const MAX_READS: u64 = 400;
/// Values that one condition can name.
const MAX_VALUES: usize = 64;

/// Conditions on records, joined by "and"; the values of one are joined by "or". An empty condition asks for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Signed by one of these parties.
    pub parties: Vec<PartyId>,
    /// One of these kinds.
    pub kinds: Vec<Kind>,
    /// In one of these zones of the charter.
    pub zones: Vec<String>,
    /// Signed by a party of one of these roles.
    pub roles: Vec<Role>,
    /// One of these statuses.
    pub statuses: Vec<Status>,
    /// Telling of something from this day on (UTC, days since 1970-01-01).
    pub from: Option<i32>,
    /// Telling of something up to this day, which is included.
    pub to: Option<i32>,
    /// With all of these words in texts that were signed.
    pub text: String,
    /// Signed with this key.
    pub key: Option<KeyId>,
    /// With coordinates.
    pub placed: bool,
    /// Referring to this statement.
    pub refers_to: Option<StatementId>,
}

/// Number of records that match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Total {
    /// Exactly so many.
    Exact(u64),
    /// So many or more.
    AtLeast(u64),
}

/// Positions found, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The positions.
    pub positions: Vec<u64>,
    /// Position below which everything is still to be searched. `None` at the end.
    pub next: Option<u64>,
    /// Number of matches in all.
    pub total: Total,
}

/// Finds up to `limit` records below position `before`, among the first `size` entries.
///
/// # Errors
/// When more values are named than can be looked up, and when the store fails.
pub fn search<S: StoreRead + ?Sized>(
    store: &S,
    size: u64,
    filter: &Filter,
    before: Option<u64>,
    limit: usize,
) -> Result<Found, CopyError> {
    let limit = limit.clamp(1, MAX_LIMIT);
    let below = before.unwrap_or(size).min(size);
    let conditions = filter.conditions()?;
    if let Some(id) = &filter.refers_to {
        return referring(store, size, filter, id, below, limit);
    }
    if conditions.is_empty() {
        let positions: Vec<u64> = (0..below).rev().take(limit).collect();
        let next = positions.last().copied().filter(|last| *last > 0);
        return Ok(Found { positions, next, total: Total::Exact(size) });
    }
    let counted = match conditions.as_slice() {
        [one] => match one.as_slice() {
            [term] if term.is_counted() => Some(index::count(store, term)?),
            _ => None,
        },
        _ => None,
    };
    let mut unions = unions(store, &conditions)?;
    let mut positions = Vec::with_capacity(limit);
    let newest = below.checked_sub(1);
    let mut block = newest.map(|newest| newest / BLOCK);
    let mut next = None;
    'blocks: while let Some(at) = block {
        let passed = newest.is_some_and(|newest| at < newest / BLOCK);
        if passed && unions.iter().map(Union::read).sum::<u64>() > MAX_READS {
            next = Some((at + 1) * BLOCK);
            break;
        }
        let Some(lowest) = agree(store, &mut unions, at)? else { break };
        if lowest < at {
            block = Some(lowest);
            continue;
        }
        let mut bits = match newest {
            Some(newest) if newest / BLOCK == at => Bits::up_to(newest),
            _ => Bits::up_to(BLOCK - 1),
        };
        for union in &unions {
            bits.keep(&union.bits(at));
        }
        for position in bits.newest_first(at) {
            positions.push(position);
            if positions.len() == limit {
                next = Some(position).filter(|position| *position > 0);
                break 'blocks;
            }
        }
        block = at.checked_sub(1);
    }
    let found = positions.len() as u64;
    let total = match (counted, next, before) {
        (Some(n), ..) => Total::Exact(n.min(size)),
        (None, None, None) => Total::Exact(found),
        _ => Total::AtLeast(found),
    };
    Ok(Found { positions, next, total })
}

/// Finds every position in `range` that meets the conditions, oldest first. Memory grows with the range, which is meant
/// to be some blocks; no match is left out.
///
/// # Errors
/// When more values are named than can be looked up, and when the store fails.
pub fn within<S: StoreRead + ?Sized>(
    store: &S,
    filter: &Filter,
    range: Range<u64>,
) -> Result<Vec<u64>, CopyError> {
    let conditions = filter.conditions()?;
    let Some(newest) = range.end.checked_sub(1).filter(|newest| *newest >= range.start) else {
        return Ok(Vec::new());
    };
    let mut unions = unions(store, &conditions)?;
    let mut positions = Vec::new();
    if let Some(id) = &filter.refers_to {
        let mut all = BTreeSet::new();
        store.scan(
            Space::By,
            &ScanRange::prefix(&truce_log::index::referring_to(id)),
            &mut |key, gaps| {
                all.extend(
                    truce_log::index::positions(key, gaps).filter(|position| range.contains(position)),
                );
                ControlFlow::Continue(())
            },
        )?;
        for position in all.into_iter().rev() {
            if agree_on(store, &mut unions, position)? {
                positions.push(position);
            }
        }
    } else if conditions.is_empty() {
        return Ok(range.collect());
    } else {
        let mut block = Some(newest / BLOCK);
        while let Some(at) = block.filter(|at| *at >= range.start / BLOCK) {
            let Some(lowest) = agree(store, &mut unions, at)? else { break };
            if lowest < at {
                block = Some(lowest);
                continue;
            }
            let mut bits = Bits::up_to(BLOCK - 1);
            for union in &unions {
                bits.keep(&union.bits(at));
            }
            positions.extend(bits.newest_first(at).filter(|position| range.contains(position)));
            block = at.checked_sub(1);
        }
    }
    positions.reverse();
    Ok(positions)
}

/// The lowest of the blocks that the unions offer at or below `block`; `None` when one of them has ended. It is `block`
/// itself where all of them have it.
fn agree<S: StoreRead + ?Sized>(
    store: &S,
    unions: &mut [Union],
    block: u64,
) -> Result<Option<u64>, CopyError> {
    let mut lowest = block;
    for union in unions {
        match union.seek(store, lowest)? {
            None => return Ok(None),
            Some(block) => lowest = block,
        }
    }
    Ok(Some(lowest))
}

/// Checks that every union has `position`. Each was asked for its block or for one above.
fn agree_on<S: StoreRead + ?Sized>(
    store: &S,
    unions: &mut [Union],
    position: u64,
) -> Result<bool, CopyError> {
    let block = position / BLOCK;
    for union in unions {
        if union.seek(store, block)? != Some(block) || !union.bits(block).has(position) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Searches the records that refer to one statement: they are few, so that all of them are looked at.
fn referring<S: StoreRead + ?Sized>(
    store: &S,
    size: u64,
    filter: &Filter,
    id: &StatementId,
    below: u64,
    limit: usize,
) -> Result<Found, CopyError> {
    let prefix = truce_log::index::referring_to(id);
    let mut all = BTreeSet::new();
    store.scan(Space::By, &ScanRange::prefix(&prefix), &mut |key, gaps| {
        all.extend(truce_log::index::positions(key, gaps).filter(|position| *position < size));
        if all.len() < MAX_REFERRING { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    let mut unions = unions(store, &filter.conditions()?)?;
    let mut positions = Vec::new();
    let mut total = 0;
    for position in all.into_iter().rev() {
        if agree_on(store, &mut unions, position)? {
            total += 1;
            if position < below && positions.len() <= limit {
                positions.push(position);
            }
        }
    }
    let more = positions.len() > limit;
    positions.truncate(limit);
    let next = positions.last().copied().filter(|_| more);
    Ok(Found { positions, next, total: Total::Exact(total) })
}

/// Statements referring to one that are looked at.
const MAX_REFERRING: usize = 10_000;

impl Filter {
    /// True where it asks for nothing in particular.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        Self { text: self.text.trim().to_owned(), ..self.clone() } == Self::default()
    }

    /// Conditions as unions of terms.
    fn conditions(&self) -> Result<Vec<Vec<Term>>, CopyError> {
        let mut all: Vec<Vec<Term>> = vec![
            self.parties.iter().cloned().map(Term::Party).collect(),
            self.kinds.iter().copied().map(Term::Kind).collect(),
            self.zones.iter().cloned().map(Term::Zone).collect(),
            self.roles.iter().copied().map(Term::Role).collect(),
            self.statuses.iter().copied().map(Term::Status).collect(),
            self.key.iter().copied().map(Term::Key).collect(),
        ];
        if self.placed {
            all.push(vec![Term::Placed]);
        }
        if let Some(condition) = all.iter().find(|terms| terms.len() > MAX_VALUES) {
            let what =
                format!("{} values in one condition; at most {MAX_VALUES} are looked up", condition.len());
            return Err(CopyError::BadQuery { what });
        }
        all.extend(words(&self.text).into_iter().take(MAX_WORDS).map(|word| vec![Term::Word(word)]));
        if let ([party], [kind]) = (self.parties.as_slice(), self.kinds.as_slice()) {
            // Asked together so often that they have a list of their own.
            all.retain(|terms| !matches!(terms.first(), Some(Term::Party(_) | Term::Kind(_))));
            all.push(vec![Term::PartyKind(party.clone(), *kind)]);
        }
        all.retain(|terms| !terms.is_empty());
        if self.from.is_some() || self.to.is_some() {
            all.push(period::terms(self.from, self.to));
        }
        Ok(all)
    }
}

mod period {
    //! A period as a union of few days, months and years.

    use crate::aggregate::{Span, civil};
    use crate::index::Term;

    /// First and last day that a stamp can have: the years 1900 to 2199.
    const FIRST: i32 = -25_567;
    const LAST: i32 = 84_005;

    /// The terms whose days together are those from `from` to `to`, both included. Empty when there is none: then
    /// nothing is found.
    pub(super) fn terms(from: Option<i32>, to: Option<i32>) -> Vec<Term> {
        let (mut day, last) = (from.unwrap_or(FIRST).max(FIRST), to.unwrap_or(LAST).min(LAST));
        let mut terms = Vec::new();
        while day <= last {
            let (year, month, of_month) = civil(day);
            let next_month = Span::Month.next(Span::Month.start(day));
            if of_month == 1 && month == 1 {
                let mut next_year = day;
                for _ in 0..12 {
                    next_year = Span::Month.next(next_year);
                }
                if next_year - 1 <= last {
                    terms.push(Term::Year(year));
                    day = next_year;
                    continue;
                }
            }
            if of_month == 1 && next_month - 1 <= last {
                terms.push(Term::Month(year * 12 + i32::from(month) - 1));
                day = next_month;
            } else {
                terms.push(Term::Day(day));
                day += 1;
            }
        }
        terms
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_period_is_few_terms() {
            // 2020-12-31 to 2022-02-01.
            let found = terms(Some(18_627), Some(19_024));
            let month = |year: i32, month: i32| Term::Month(year * 12 + month - 1);
            let wanted = [Term::Day(18_627), Term::Year(2021), month(2022, 1), Term::Day(19_024)];
            assert_eq!(found, wanted);
            assert!(terms(Some(5), Some(4)).is_empty());
            assert_eq!(terms(None, None).len(), 300);
            assert_eq!(terms(Some(18_628), None).first(), Some(&Term::Year(2021)));
            assert_eq!(terms(Some(18_628), None).len(), 179);
            assert_eq!(terms(Some(i32::MIN), Some(i32::MAX)).len(), 300);
        }
    }
}

/// Terms of one condition that are not worth asking which of them exist at all.
const FEW: usize = 8;

/// The conditions, ready to be walked. A period without an end names hundreds of years, of which a log knows few.
fn unions<S: StoreRead + ?Sized>(store: &S, conditions: &[Vec<Term>]) -> Result<Vec<Union>, CopyError> {
    let mut unions = Vec::with_capacity(conditions.len());
    for terms in conditions {
        let mut lists = Vec::with_capacity(terms.len().min(MAX_VALUES));
        for term in terms {
            if terms.len() <= FEW || !term.is_counted() || index::count(store, term)? > 0 {
                lists.push(List { blocks: Blocks::new(term), at: None, asked: false });
            }
        }
        unions.push(Union { lists });
    }
    Ok(unions)
}

/// The positions of several terms, from the newest block down.
struct Union {
    lists: Vec<List>,
}

struct List {
    blocks: Blocks,
    /// The block it stands at; `None` at its end.
    at: Option<u64>,
    asked: bool,
}

impl Union {
    /// The newest block at or below `block` in which any term has a position.
    fn seek<S: StoreRead + ?Sized>(&mut self, store: &S, block: u64) -> Result<Option<u64>, CopyError> {
        let mut best = None;
        for list in &mut self.lists {
            if !list.asked || list.at.is_some_and(|at| at > block) {
                list.at = list.blocks.seek(store, block)?;
                list.asked = true;
            }
            best = best.max(list.at);
        }
        Ok(best)
    }

    /// The positions in `block`, which [`Self::seek`] gave last.
    fn bits(&self, block: u64) -> Bits {
        let mut bits = Bits::NONE;
        for list in self.lists.iter().filter(|list| list.at == Some(block)) {
            bits.add(list.blocks.bits());
        }
        bits
    }

    fn read(&self) -> u64 {
        self.lists.iter().map(|list| list.blocks.read()).sum()
    }
}
