//! Feed order: what may be handed in now, and what must wait for what.

use super::{Hold, Item, Outbox};
use crate::record::ItemState;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use truce_statement::cose::MAX_STATEMENT;
use truce_statement::{KeyId, StatementId};

impl Outbox {
    /// Up to `count` statements, together of at most `bytes` bytes but at least one, that may be handed in now, in the
    /// order in which they must be. `known` tells where the log has a feed, as far as that was asked.
    pub(crate) fn ready(&self, count: usize, bytes: usize, known: &BTreeMap<KeyId, u64>) -> Vec<StatementId> {
        let mut chosen = Vec::new();
        let mut left = bytes;
        for feed in self.feeds_by_place() {
            for item in self.sendable(feed, known) {
                let size = item.bytes.unwrap_or(MAX_STATEMENT);
                if chosen.len() >= count || (size > left && !chosen.is_empty()) {
                    return self.in_order(&chosen);
                }
                left = left.saturating_sub(size);
                chosen.push(item.id());
            }
        }
        self.in_order(&chosen)
    }

    /// Feeds that have queued statements, those first whose first queued statement came first.
    fn feeds_by_place(&self) -> Vec<KeyId> {
        let mut seen = BTreeSet::new();
        let queued = self.items().filter(|item| item.record.state == ItemState::Queued);
        queued.map(Item::key).filter(|key| seen.insert(*key)).collect()
    }

    /// In the order in which they came, but never one before an earlier one of its feed.
    fn in_order(&self, chosen: &[StatementId]) -> Vec<StatementId> {
        let mut by_feed: BTreeMap<KeyId, VecDeque<&Item>> = BTreeMap::new();
        for item in chosen.iter().filter_map(|id| self.items.get(id)) {
            by_feed.entry(item.key()).or_default().push_back(item);
        }
        let mut places: Vec<&Item> = chosen.iter().filter_map(|id| self.items.get(id)).collect();
        places.sort_by_key(|item| item.record.place);
        // Each place in the queue goes to the next one of the feed that holds the place.
        places.iter().filter_map(|item| by_feed.get_mut(&item.key())?.pop_front()).map(Item::id).collect()
    }

    /// The queued statements of a feed that may be handed in, in order.
    fn sendable<'a>(
        &'a self,
        key: KeyId,
        known: &BTreeMap<KeyId, u64>,
    ) -> impl Iterator<Item = &'a Item> + use<'a> {
        let known = known.get(&key).copied();
        let mut next = None;
        let feed = self.of_feed(key, 0..).take_while(move |item| {
            let follows = next.is_none_or(|next| item.seq() == next);
            let gap = if next.is_none() || !follows { known.is_some_and(|n| n < item.seq()) } else { false };
            // Without word from the depositary, only the beginning of what is here may stand after a gap.
            let unknown_gap = !follows && known.is_none();
            next = item.seq().checked_add(1);
            item.record.state.is_handed_in() || !(item.blocks() || gap || unknown_gap)
        });
        feed.filter(|item| item.record.state == ItemState::Queued)
    }

    /// The reason why a queued statement cannot be handed in; `None` if it can.
    pub(crate) fn hold_with(&self, id: &StatementId, known: &BTreeMap<KeyId, u64>) -> Option<Hold> {
        let item = self.items.get(id).filter(|item| item.record.state == ItemState::Queued)?;
        let known = known.get(&item.key()).copied();
        let mut next = None;
        for before in self.of_feed(item.key(), 0..) {
            let gap = match next {
                Some(next) if before.seq() == next => None,
                Some(next) => {
                    known.is_none_or(|n| n < before.seq()).then_some(known.unwrap_or(next).max(next))
                }
                None => known.filter(|n| *n < before.seq()),
            };
            if let Some(seq) = gap.filter(|_| !before.record.state.is_handed_in()) {
                return Some(Hold::Missing { seq });
            }
            if before.id() == item.id() {
                return None;
            }
            if before.blocks() {
                return Some(Hold::Behind(before.id()));
            }
            next = before.seq().checked_add(1);
        }
        None
    }

    /// The reason why a queued statement cannot be handed in, as far as it shows without a depositary.
    #[must_use]
    pub fn hold(&self, id: &StatementId) -> Option<Hold> {
        self.hold_with(id, &BTreeMap::new())
    }

    /// Statements whose receipt is awaited: handed in without one, or accepted where final is wanted.
    pub(crate) fn awaiting(&self, until_final: bool) -> Vec<StatementId> {
        let wanted = |item: &&Item| {
            let record = &item.record;
            let open =
                record.state == ItemState::Sent || (until_final && record.state == ItemState::Accepted);
            open && record.alarm.is_none() && item.bytes.is_some()
        };
        self.items().filter(wanted).map(Item::id).collect()
    }

    /// The queued statements of a feed up to one of them, back to the first that is not linked to it.
    pub(crate) fn queued_up_to(&self, key: KeyId, seq: u64) -> Vec<StatementId> {
        let mut linked = Vec::new();
        let mut prev = None;
        for item in self.feeds.get(&key).into_iter().flat_map(|feed| feed.range(..=seq).rev()) {
            let Some(item) = self.items.get(item.1) else { break };
            if prev.is_some_and(|prev| prev != item.id()) {
                break;
            }
            prev = Some(item.record.prev);
            if item.record.state == ItemState::Queued && item.bytes.is_some() && item.record.alarm.is_none() {
                linked.push(item.id());
            }
        }
        linked
    }
}
