//! Quotas: how much of something all senders may hold at a time, and how much each of them.

use crate::sender::Sender;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A bound on what is held at a time: connections, event streams, bytes. Clones share it.
///
/// It knows as many senders as hold something, and so never more than the amount in all.
#[derive(Clone, Debug)]
pub struct Quota(Arc<Bounds>);

#[derive(Debug)]
struct Bounds {
    in_all: usize,
    of_sender: usize,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    in_all: usize,
    of: HashMap<Sender, usize>,
}

/// The bound that an amount would exceed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Exceeded {
    /// The sender's own: others are still served.
    #[error("this sender holds as much as one sender may")]
    OfSender,
    /// The bound in all.
    #[error("all senders together hold as much as there is")]
    InAll,
}

/// An amount that a sender holds; given back when this is dropped.
#[derive(Debug)]
#[must_use = "what is held is given back when this is dropped"]
pub struct Share {
    quota: Quota,
    sender: Sender,
    amount: usize,
}

impl Quota {
    /// At most `in_all` at a time, and at most `of_sender` of it for each sender.
    #[must_use]
    pub fn new(in_all: usize, of_sender: usize) -> Self {
        Self(Arc::new(Bounds { in_all, of_sender, held: Mutex::default() }))
    }

    /// Takes `amount` for a sender; an amount of 0 is always there, and can grow.
    ///
    /// # Errors
    /// The bound that it would exceed, the sender's own first. Nothing is taken then.
    pub fn take(&self, sender: Sender, amount: usize) -> Result<Share, Exceeded> {
        let mut share = Share { quota: self.clone(), sender, amount: 0 };
        share.grow(amount)?;
        Ok(share)
    }

    /// The amount that all senders hold now.
    #[must_use]
    pub fn held(&self) -> usize {
        self.lock().in_all
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        // Each change is two sums that are made together: a panic leaves nothing half done.
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Share {
    /// Takes `more` in addition.
    ///
    /// # Errors
    /// As [`Quota::take`]; what is held already stays held.
    pub fn grow(&mut self, more: usize) -> Result<(), Exceeded> {
        if more == 0 {
            return Ok(());
        }
        let bounds = &*self.quota.0;
        let mut held = self.quota.lock();
        let own = held.of.get(&self.sender).copied().unwrap_or(0).saturating_add(more);
        let all = held.in_all.saturating_add(more);
        if own > bounds.of_sender {
            return Err(Exceeded::OfSender);
        }
        if all > bounds.in_all {
            return Err(Exceeded::InAll);
        }
        held.of.insert(self.sender, own);
        held.in_all = all;
        self.amount += more;
        Ok(())
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        if self.amount == 0 {
            return;
        }
        let mut held = self.quota.lock();
        held.in_all = held.in_all.saturating_sub(self.amount);
        if let Some(own) = held.of.get_mut(&self.sender) {
            *own = own.saturating_sub(self.amount);
            if *own == 0 {
                held.of.remove(&self.sender);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use std::net::IpAddr;

    fn sender(n: u8) -> Sender {
        Sender::from(IpAddr::from([192, 0, 2, n]))
    }

    #[test]
    fn a_sender_has_its_share_and_leaves_the_rest_to_others() {
        let quota = Quota::new(5, 2);
        let first = quota.take(sender(1), 2).unwrap();
        assert_eq!(quota.take(sender(1), 1).unwrap_err(), Exceeded::OfSender);
        let _second = quota.take(sender(2), 2).unwrap();
        assert_eq!(quota.take(sender(3), 2).unwrap_err(), Exceeded::InAll);
        drop(first);
        let _third = quota.take(sender(3), 2).unwrap();
        let _again = quota.take(sender(1), 1).unwrap();
        assert_eq!(quota.held(), 5);
    }

    #[test]
    fn a_share_grows_within_its_bounds_and_is_given_back_whole() {
        let quota = Quota::new(10, 8);
        let mut share = quota.take(sender(1), 0).unwrap();
        share.grow(5).unwrap();
        share.grow(3).unwrap();
        assert_eq!(share.grow(1).unwrap_err(), Exceeded::OfSender);
        assert_eq!(share.grow(usize::MAX).unwrap_err(), Exceeded::OfSender);
        assert_eq!(quota.held(), 8);
        drop(share);
        assert_eq!(quota.held(), 0);
        assert!(quota.lock().of.is_empty());
    }
}
