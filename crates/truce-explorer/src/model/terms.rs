//! The log's keys and witnesses in force, and the amendments proposed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use truce_copy::Served;

/// The keys and witnesses of the log over the sizes of its tree, as the charter and amendments have made them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TermsView {
    /// Keys of the log, the charter's first.
    pub keys: Vec<LogKeyRow>,
    /// Witness policies, the oldest first; the last one is in force. None where the parties agreed on none.
    pub witnesses: Vec<PolicyRow>,
    /// Amendments that are not in force.
    pub proposals: Vec<ProposalRow>,
    /// Parties whose assent an amendment needs.
    pub needed: u64,
}

/// One key of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LogKeyRow {
    /// The key, as a C2SP vkey.
    pub vkey: String,
    /// Least size of a checkpoint that it must sign.
    pub from: u64,
    /// Greatest size that it must sign; `None` for the key that no other has followed.
    pub until: Option<u64>,
    /// Position of the entry that brought it into force: the charter, an amendment or its last endorsement.
    pub position: u64,
    /// It must have signed the checkpoint that is served.
    pub signs: bool,
}

/// One policy of witnesses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PolicyRow {
    /// The text that the parties agreed, a C2SP tlog-policy.
    pub text: String,
    /// Least size of a checkpoint that it is for.
    pub from: u64,
    /// Position of the entry that brought it into force.
    pub position: u64,
}

/// An amendment that is not in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProposalRow {
    /// Position of the amendment.
    pub position: u64,
    /// Parties that have assented, the one that made it among them.
    pub assents: Vec<String>,
}

pub(super) fn view(served: &Served) -> TermsView {
    let (register, size) = (served.register(), served.size());
    let keys = register.log_keys().iter().filter(|key| key.from <= size).map(|key| LogKeyRow {
        vkey: key.vkey.clone(),
        from: key.from,
        until: key.until,
        position: key.from.saturating_sub(1),
        signs: key.signs(size),
    });
    let policies = register.policies().iter().filter(|policy| policy.from <= size);
    let proposals = register.proposals().iter().filter(|proposal| proposal.position < size);
    TermsView {
        keys: keys.collect(),
        witnesses: policies
            .map(|policy| PolicyRow {
                text: policy.text.clone(),
                from: policy.from,
                position: policy.from.saturating_sub(1),
            })
            .collect(),
        proposals: proposals
            .map(|proposal| ProposalRow {
                position: proposal.position,
                assents: register.assenting(proposal).map(|party| party.id.to_string()).collect(),
            })
            .collect(),
        needed: register.assents_needed() as u64,
    }
}
