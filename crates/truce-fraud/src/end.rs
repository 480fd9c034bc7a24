//! The doubt that remains about a key whose turn has ended (`docs/spec/fraud-proof.md`, section 3).

use crate::{Evidence, FraudProof};
use std::fmt;
use truce_tlog::{Note, SignedCheckpoint, VKey};

/// The end of a key's turn, as a succession shows it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeyEnd {
    /// Greatest size, in leaves, of a checkpoint that the key signs.
    pub until: u64,
    /// Time at which the entry was received that brought the next key into force, milliseconds UTC; `None` where it is not shown.
    pub replaced: Option<i64>,
    /// The witnesses that the parties had agreed on by then.
    pub witnesses: Vec<VKey>,
}

/// A doubt about who signed: the key had ended, and nothing shows that it signed before.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Doubt {
    /// Greatest size, in leaves, of a checkpoint that the key signs.
    pub until: u64,
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "this key's turn ended at size {}; who held it after that is not shown", self.until)
    }
}

impl FraudProof {
    /// The doubt that remains where the turn of the accused key has ended.
    ///
    /// `None` where each checkpoint of the file bears a cosignature of one of the witnesses that is dated before the key was
    /// replaced. A line of a witness that does not verify counts as none.
    #[must_use]
    pub fn doubt(&self, end: &KeyEnd) -> Option<Doubt> {
        let before = |checkpoint: &Note| {
            end.replaced.is_some_and(|replaced| {
                end.witnesses.iter().any(|witness| self.is_cosigned_before(checkpoint, witness, replaced))
            })
        };
        if self.checkpoints().into_iter().all(before) { None } else { Some(Doubt { until: end.until }) }
    }

    /// Says that `witness` cosigned a checkpoint in a second before that of `time`, milliseconds UTC.
    fn is_cosigned_before(&self, checkpoint: &Note, witness: &VKey, time: i64) -> bool {
        let second = u64::try_from(time.div_euclid(1000)).unwrap_or(0);
        SignedCheckpoint::open(checkpoint, &self.log, std::slice::from_ref(witness))
            .is_ok_and(|opened| opened.cosignatures().iter().any(|line| line.timestamp < second))
    }

    /// The checkpoints of the file, as they are signed.
    fn checkpoints(&self) -> Vec<&Note> {
        match &self.evidence {
            Evidence::Fork { older, newer, .. } => vec![older, newer],
            Evidence::TwoEntries(sides) => sides.iter().map(|(_, proof)| proof.checkpoint()).collect(),
            Evidence::BackDated(sides) => sides.iter().map(|(_, proof)| proof.checkpoint()).collect(),
            Evidence::BrokenChain { before, after } => vec![before.1.checkpoint(), after.1.checkpoint()],
            Evidence::BadSignature { entry, .. } => vec![entry.1.checkpoint()],
        }
    }
}
