//! The policy that decides what is final: the charter's, or a stricter one of the operator's.

use crate::error::ServiceError;
use std::collections::BTreeMap;
use truce_log::LogError;
use truce_register::Register;
use truce_tlog::policy::PolicyWitness;
use truce_tlog::{KeySchedule, Policy, VKey};

/// Witnesses up to which every combination is tried.
const MOST: usize = 16;

/// The policy in force, and the log's own keys.
#[derive(Clone, Debug)]
pub(crate) struct Quorum {
    /// `None` where what the parties agreed is no policy: nothing is final then.
    policy: Option<Policy>,
    pub(crate) log: KeySchedule,
    /// The text as it stands in the charter, in the amendment in force or in the operator's file; empty where there is
    /// none.
    pub(crate) text: Vec<u8>,
    /// Least size of a checkpoint that it is for.
    pub(crate) from: u64,
    /// Amendments that it has taken in: of keys, and of witnesses.
    taken: (usize, usize),
}

impl Quorum {
    /// Reads the policy that the parties agreed last, and takes the operator's in its place where that is at least as
    /// strict: whatever satisfies it must satisfy the agreed one too.
    pub(crate) fn of_register(register: &Register, given: Option<&[u8]>) -> Result<Self, ServiceError> {
        if register.agreement().is_none() {
            return Err(LogError::Altered { what: "the ledger has no charter".into() }.into());
        }
        let log = truce_log::key_schedule(register)?;
        let (taken, from) = (taken(register), from(register));
        let agreed = agreed(register);
        let charter = parse(agreed)?;
        let Some(given) = given else {
            return Ok(Self { policy: Some(charter), log, text: lines(agreed), from, taken });
        };
        let policy = parse(given)?;
        at_least_as_strict(&policy, &charter)?;
        Ok(Self { policy: Some(policy), log, text: given.to_vec(), from, taken })
    }

    /// The quorum that follows where entries have changed the keys or the witnesses; `None` where they have not.
    ///
    /// Nothing can be refused any more: it is in the log. A policy of the operator's that has become weaker than what is
    /// agreed gives way to that, and what is agreed and no policy makes nothing final.
    pub(crate) fn after(&self, register: &Register, given: Option<&[u8]>) -> Option<Self> {
        if taken(register) == self.taken {
            return None;
        }
        let failed = |error: &ServiceError| {
            tracing::error!(code = error.code(), %error, "the policy of the agreed witnesses cannot be used");
        };
        let mut next = Self::of_register(register, given).inspect_err(failed);
        if next.is_err() && given.is_some() {
            next = Self::of_register(register, None).inspect_err(failed);
        }
        Some(next.unwrap_or_else(|_| Self {
            policy: None,
            log: truce_log::key_schedule(register).unwrap_or_else(|_| self.log.clone()),
            text: Vec::new(),
            from: from(register),
            taken: taken(register),
        }))
    }

    /// True where the log's word is enough for the parties. Then nothing is final: nobody but the log has seen the tree.
    pub(crate) fn asks_for_none(&self) -> bool {
        self.policy.as_ref().is_some_and(|policy| policy.quorum().is_none())
    }

    /// True where a tree that these have cosigned is final.
    pub(crate) fn is_reached_by(&self, cosigners: &[&VKey]) -> bool {
        !self.asks_for_none()
            && self.policy.as_ref().is_some_and(|policy| policy.is_satisfied_by_keys(cosigners))
    }

    /// True where the witnesses that have an address are too few for the quorum.
    pub(crate) fn is_out_of_reach(&self) -> bool {
        let policy = self.policy.as_ref();
        !self.asks_for_none() && policy.is_some_and(|policy| !policy.is_satisfied_by(|w| w.url().is_some()))
    }

    /// The witnesses whose cosignatures count.
    pub(crate) fn witnesses(&self) -> &[PolicyWitness] {
        self.policy.as_ref().map_or(&[], Policy::witnesses)
    }
}

fn taken(register: &Register) -> (usize, usize) {
    (register.log_keys().len(), register.policies().len())
}

fn from(register: &Register) -> u64 {
    register.policies().last().map_or(0, |policy| policy.from)
}

fn agreed(register: &Register) -> &[u8] {
    register.policies().last().map_or(&b""[..], |policy| policy.text.as_bytes())
}

/// The text of a statement need not end in a newline; a policy file must.
fn lines(text: &[u8]) -> Vec<u8> {
    if text.is_empty() { Vec::new() } else { [text.trim_ascii_end(), b"\n"].concat() }
}

fn parse(text: &[u8]) -> Result<Policy, ServiceError> {
    let text = if text.is_empty() { b"quorum none\n".to_vec() } else { lines(text) };
    Policy::parse(&text).map_err(|e| ServiceError::Policy(e.to_string()))
}

fn at_least_as_strict(given: &Policy, charter: &Policy) -> Result<(), ServiceError> {
    let mut names = BTreeMap::new();
    for witness in given.witnesses().iter().chain(charter.witnesses()) {
        names.entry(witness.vkey().public_key().to_vec()).or_insert_with(|| witness.name().to_string());
    }
    if names.len() > MOST {
        return Err(ServiceError::Policy(format!("more than {MOST} witnesses cannot be compared")));
    }
    let keys: Vec<&Vec<u8>> = names.keys().collect();
    for chosen in 0u32..1 << keys.len() {
        let has = |key: &[u8]| {
            keys.iter().position(|k| k.as_slice() == key).is_some_and(|at| chosen >> at & 1 == 1)
        };
        let satisfied = |policy: &Policy| policy.is_satisfied_by(|w| has(w.vkey().public_key()));
        if satisfied(given) && !satisfied(charter) {
            let who: Vec<&str> = names.iter().filter(|(key, _)| has(key)).map(|(_, n)| n.as_str()).collect();
            return Err(ServiceError::Weaker(if who.is_empty() { "nobody".into() } else { who.join(", ") }));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use std::fmt::Write as _;
    use truce_tlog::Cosigner;

    fn policy(witnesses: &[u8], quorum: &str) -> Policy {
        let mut text = String::new();
        let mut names = Vec::new();
        for seed in witnesses {
            let name = format!("w{seed}");
            let vkey = Cosigner::from_seed(&format!("witness.example/{name}"), &[*seed; 32]).unwrap();
            writeln!(text, "witness {name} {}", vkey.vkey()).unwrap();
            names.push(name);
        }
        match quorum {
            "none" => text.push_str("quorum none\n"),
            k => write!(text, "group all {k} {}\nquorum all\n", names.join(" ")).unwrap(),
        }
        Policy::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn an_operator_may_ask_for_more_and_never_for_less() {
        let charter = policy(&[1, 2, 3, 4, 5], "3");
        for (given, allowed) in [
            (policy(&[1, 2, 3, 4, 5], "3"), true),
            (policy(&[1, 2, 3, 4, 5], "4"), true),
            (policy(&[1, 2, 3], "all"), true),
            (policy(&[1, 2, 3, 4], "2"), false),
            (policy(&[1, 2, 3, 4, 5, 6], "3"), false),
            (policy(&[1, 2, 3, 4, 5, 6], "4"), true),
            (policy(&[], "none"), false),
        ] {
            assert_eq!(at_least_as_strict(&given, &charter).is_ok(), allowed, "{given:?}");
        }
        assert!(at_least_as_strict(&policy(&[1], "1"), &policy(&[], "none")).is_ok());
    }
}
