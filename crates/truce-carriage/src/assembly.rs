//! Putting parts together again, from several inputs and in any order.

use std::collections::{BTreeMap, BTreeSet};

use truce_statement::id::sha256;

use crate::MAX_CONTENT;
use crate::error::CarriageError;
use crate::part::{Form, Set};
use crate::radio::SEAL_BYTES;
use crate::reading::{Broken, Parts};

/// Most sets of parts that are collected at once, each of one statement.
pub const MAX_SETS: usize = 256;

/// Different parts that are kept under one number of one set: marks are short, and two statements may share one.
const RIVALS: usize = 4;
/// Combinations of rivals that are tried.
const TRIALS: usize = 1024;

/// Collects parts. Duplicates count once; parts of other statements are collected beside.
#[derive(Clone, Debug, Default)]
pub struct Assembly {
    contents: BTreeSet<Vec<u8>>,
    sets: BTreeMap<Set, Slots>,
    broken: Vec<Broken>,
}

/// By number: the payloads that came under it.
type Slots = BTreeMap<u16, Vec<Vec<u8>>>;

/// The state of an assembly.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Assembled {
    /// Contents that are whole, each once, in bytewise order. Their hashes are right; nothing else is known of them.
    pub contents: Vec<Vec<u8>>,
    /// Sets that are not whole yet, and whose content is not known from elsewhere.
    pub incomplete: Vec<Incomplete>,
    /// Lines that could not be used, in the order of the inputs.
    pub broken: Vec<Broken>,
}

/// A set that is not whole.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Incomplete {
    /// The set of parts.
    pub set: Set,
    /// Numbers of the parts that have not come, ascending. Empty when all came and their hash is wrong: then parts of
    /// several statements have the same mark, or were altered so that their checksums fit.
    pub missing: Vec<u16>,
}

impl Assembly {
    /// Takes what was read.
    ///
    /// # Errors
    /// `too-many-sets`; what came before it in the same input stays taken.
    pub fn add(&mut self, parts: Parts) -> Result<(), CarriageError> {
        self.broken.extend(parts.broken);
        if let Some(content) = parts.content {
            if self.contents.len() >= MAX_SETS && !self.contents.contains(&content) {
                return Err(CarriageError::TooManySets);
            }
            self.contents.insert(content);
        }
        for part in parts.parts {
            if self.sets.len() >= MAX_SETS && !self.sets.contains_key(&part.set) {
                return Err(CarriageError::TooManySets);
            }
            let rivals = self.sets.entry(part.set).or_default().entry(part.number).or_default();
            if rivals.len() < RIVALS && !rivals.contains(&part.payload) {
                rivals.push(part.payload);
            }
        }
        Ok(())
    }

    /// Puts together what is complete, and lists what is missing.
    #[must_use]
    pub fn assembled(&self) -> Assembled {
        let mut contents = self.contents.clone();
        let mut open = Vec::new();
        for (set, slots) in &self.sets {
            let missing: Vec<u16> = (1..=set.of).filter(|number| !slots.contains_key(number)).collect();
            let joined = if missing.is_empty() { join(set, slots) } else { Vec::new() };
            if joined.is_empty() {
                open.push(Incomplete { set: *set, missing });
            }
            contents.extend(joined);
        }
        // What came whole in another form needs no more parts.
        open.retain(|open| !contents.iter().any(|content| open.set.is_of(content)));
        Assembled { contents: contents.into_iter().collect(), incomplete: open, broken: self.broken.clone() }
    }
}

/// The contents of a set in which every number has come: each choice of rivals whose hash is right. Where there are too
/// many choices to try them all, those that came first, and those that came second, are.
fn join(set: &Set, slots: &Slots) -> Vec<Vec<u8>> {
    let rivals: Vec<&Vec<Vec<u8>>> = slots.values().collect();
    let choices = rivals.iter().try_fold(1_usize, |n, r| n.checked_mul(r.len())).filter(|n| *n <= TRIALS);
    let joined = |choose: &dyn Fn(usize, usize) -> usize| {
        let mut bytes = Vec::new();
        let mut weight = 1_usize;
        for payloads in &rivals {
            bytes.extend_from_slice(payloads.get(choose(weight, payloads.len()))?);
            weight = weight.saturating_mul(payloads.len());
        }
        unsealed(set, bytes)
    };
    match choices {
        Some(choices) => (0..choices).filter_map(|n| joined(&|weight, of| n / weight % of)).collect(),
        None => (0..RIVALS).filter_map(|n| joined(&|_, of| n.min(of - 1))).collect(),
    }
}

/// The content, if its hash is the one that came with it.
fn unsealed(set: &Set, mut bytes: Vec<u8>) -> Option<Vec<u8>> {
    if bytes.len() > MAX_CONTENT + SEAL_BYTES {
        return None;
    }
    if set.form == Form::Radio {
        let seal = bytes.split_off(bytes.len().checked_sub(SEAL_BYTES)?);
        if !sha256(&bytes).starts_with(&seal) {
            return None;
        }
    }
    (!bytes.is_empty() && bytes.len() <= MAX_CONTENT && set.is_of(&bytes)).then_some(bytes)
}
