//! The keys and witnesses of a log from its amendments alone, for whoever has not folded the rest of it.

use crate::register::Register;
use std::sync::Arc;
use truce_statement::refusal::Refusal;
use truce_statement::{Body, Statement};

/// Keys and witnesses of a log, as its charter and its amendments make them.
///
/// Signatures and assent are checked as the fold does, so nobody but enough parties can bring another key in. Whether the
/// statements stand in the log, and were rightly admitted otherwise, is not: an audit tells.
#[derive(Clone, Debug)]
pub struct Outline(Register);

impl Outline {
    /// The outline of the log that `charter` founds.
    ///
    /// # Errors
    /// Where it is no charter, or not signed by a founder.
    pub fn of(charter: &Statement) -> Result<Self, Refusal> {
        let mut register = Register::new();
        let key = register.key_of(charter)?.clone();
        let signed = charter.clone().verify(&key)?;
        if let Body::Charter(body) = signed.body() {
            register.found(signed.id().into(), body, 0);
        }
        register.size = 1;
        Ok(Self(register))
    }

    /// Goes on from what a fold has made.
    #[must_use]
    pub fn after(register: &Register) -> Self {
        Self(register.clone())
    }

    /// Takes the statement at `position`, and says whether it changed something; those that are neither amendments nor
    /// endorsements do not, nor do those that the fold would refuse for what they say of one.
    pub fn take(&mut self, position: u64, statement: &Statement) -> bool {
        self.0.size = position.saturating_add(1);
        if !matches!(statement.body(), Body::Amendment(_) | Body::Endorsement(_)) {
            return false;
        }
        let header = statement.header();
        let Ok(key) = self.0.key_of(statement).cloned() else { return false };
        let Some(party) = self.0.keys.get(&header.kid).filter(|key| key.root).map(|key| key.party) else {
            return false;
        };
        let Ok(signed) = statement.clone().verify(&key) else { return false };
        let Some(agreement) = self.0.agreement.as_mut().map(Arc::make_mut) else { return false };
        let changes = agreement.amended(&signed, party, position).unwrap_or_default();
        for change in &changes {
            agreement.terms.apply(change, position);
        }
        !changes.is_empty()
    }

    /// Keys, witnesses and proposals as they stand, known for trees of up to `size` entries. The rest of the register is not
    /// what a fold would make.
    #[must_use]
    pub fn up_to(mut self, size: u64) -> Register {
        self.0.size = size;
        self.0
    }
}
