//! The status line: what the follower says of itself and of the log.

use super::Follower;
use crate::finding::Finding;
use crate::{Level, State, Why};
use std::sync::Arc;

impl Follower {
    /// Says that what is served is what the source shows.
    pub(super) fn confirm(&mut self) {
        self.status.progress = None;
        if self.status.quorum.as_ref().is_none_or(|quorum| quorum.reached) {
            self.settle(Level::Green, None);
        } else {
            self.settle(Level::Amber, Some(Why::QuorumMissing));
        }
    }

    /// Sets the colour; what is proven stays red.
    pub(super) fn settle(&mut self, level: Level, why: Option<Why>) {
        self.status.findings.clone_from(&self.proven);
        if self.proven.is_empty() {
            (self.status.level, self.status.why) = (level, why);
        } else {
            (self.status.level, self.status.why) = (Level::Red, Some(Why::Finding));
        }
    }

    pub(super) fn found(&mut self, finding: Finding) {
        let known = self.status.findings.iter().any(|other| other.same_as(&finding));
        if !known {
            tracing::error!(%finding, "the log does not hold");
        }
        if finding.is_proven() && !self.proven.iter().any(|other| other.same_as(&finding)) {
            self.proven.push(finding.clone());
        }
        let first = self.status.findings.iter().find(|other| other.same_as(&finding)).cloned();
        self.settle(Level::Red, Some(Why::Finding));
        if !self.status.findings.iter().any(|other| other.same_as(&finding)) {
            self.status.findings.push(first.unwrap_or(finding));
        }
        (self.status.level, self.status.why) = (Level::Red, Some(Why::Finding));
        self.status.progress = None;
        if self.served.is_none() && self.register.size() == 0 {
            // Nothing verified under the charter that was read: the next look reads it again.
            self.charter = None;
        }
    }

    pub(super) fn trouble(&mut self, why: Why, code: &str, sentence: &str) {
        if self.status.trouble.is_none() {
            tracing::warn!(code, sentence, "the explorer waits");
        }
        if self.status.level != Level::Red {
            self.settle(Level::Amber, Some(why));
        }
        self.status.trouble = Some((code.to_owned(), sentence.to_owned()));
        self.status.progress = None;
        // What was looked at last must be looked at again.
        self.looked = None;
    }

    pub(crate) fn publish(&mut self) {
        let state = State { served: self.served.clone(), status: self.status.clone() };
        self.state.send_replace(Arc::new(state));
    }
}
