//! Steps: changes that one admitted statement makes.

use crate::amendment::Proposal;
use crate::fact::Written;
use crate::register::Revocation;
use crate::rows::Part;
use truce_statement::body::agreement::{Charter, KeyGrant};
use truce_statement::{KeyId, Kind, StatementId};

/// Answer to a statement that the rules allow.
#[derive(Clone, Debug)]
pub enum Admission {
    /// It may take the next position.
    Next(Step),
    /// This very statement stands at this position already.
    Recorded(u64),
}

/// Changes that recording one statement makes; [`crate::Register::apply`] carries them out.
#[derive(Clone, Debug)]
pub struct Step {
    pub(crate) position: u64,
    pub(crate) received: i64,
    pub(crate) id: StatementId,
    /// The key that signed.
    pub(crate) key: KeyId,
    pub(crate) kind: Kind,
    pub(crate) changes: Vec<Change>,
    pub(crate) facts: Vec<Written>,
}

/// One change to agreement, parties or keys. The feed of the key that signed and the count of the kind change with every
/// step. Parties are indices into [`crate::Register::parties`].
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Founded {
        charter: Box<Charter>,
        issued_ms: i64,
    },
    Acceded(usize),
    Granted {
        party: usize,
        grant: Box<KeyGrant>,
    },
    Revoked {
        key: KeyId,
        revocation: Revocation,
    },
    /// An open proposal of the same party is withdrawn.
    Proposed(Box<Proposal>),
    Assented {
        amendment: StatementId,
        party: usize,
    },
    /// The proposal comes into force; every other one lapses.
    Enacted(Box<Proposal>),
}

impl Step {
    /// Position that the statement takes.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Time of receipt, milliseconds UTC.
    #[must_use]
    pub fn received(&self) -> i64 {
        self.received
    }

    /// Parts of the register that it changes; among them are the key that signed, whose feed it takes further, and those
    /// that it grants or revokes.
    pub fn parts(&self) -> impl Iterator<Item = Part> {
        let changed = self.changes.iter().flat_map(|change| match change {
            Change::Founded { charter, .. } => {
                let roots = charter.parties.iter().map(|party| Part::Key(party.root.id()));
                [Part::Agreement, Part::Parties].into_iter().chain(roots).collect()
            }
            Change::Acceded(_) => vec![Part::Parties],
            Change::Granted { grant, .. } => vec![Part::Key(grant.key.id())],
            Change::Revoked { key, .. } => vec![Part::Key(*key)],
            Change::Proposed(_) | Change::Assented { .. } | Change::Enacted(_) => vec![Part::Agreement],
        });
        [Part::Head, Part::Count(self.kind), Part::Key(self.key)].into_iter().chain(changed)
    }

    /// Keys among [`Self::parts`].
    pub fn keys(&self) -> impl Iterator<Item = KeyId> {
        self.parts().filter_map(Part::key)
    }

    /// The next key of the log, as a vkey, where this statement brings it into force: the checkpoint over it is signed with
    /// that key too.
    #[must_use]
    pub fn next_log_key(&self) -> Option<&str> {
        self.changes.iter().find_map(|change| match change {
            Change::Enacted(proposal) => proposal.log.as_ref().map(|(vkey, _)| vkey.as_str()),
            _ => None,
        })
    }

    /// Facts to keep, in order, before the next statement is admitted.
    #[must_use]
    pub fn facts(&self) -> &[Written] {
        &self.facts
    }

    /// Facts, for a caller that keeps them as they are.
    #[must_use]
    pub fn into_facts(self) -> Vec<Written> {
        self.facts
    }
}
