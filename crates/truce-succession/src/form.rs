//! The file: a header, then a line for each statement with its proof.

use crate::error::SuccessionError;
use crate::terms::{Terms, outline};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt;
use truce_statement::{Entry, Statement};
use truce_tlog::{ProofFile, leaf_hash, verify_inclusion};

/// First line of every succession.
pub const SUCCESSION_HEADER: &str = "truce/succession@v1";

/// The most bytes a succession may have.
pub const MAX_SUCCESSION_BYTES: usize = 16 << 20;

/// The amendments of a log that are in force and the endorsements that brought them there, each with the proof that it stands
/// in the log, in the order of their positions. What was read is well-formed and no more: see [`Succession::verify`].
///
/// `Display` gives the file, exactly.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Succession {
    steps: Vec<(Vec<u8>, ProofFile)>,
}

impl Succession {
    /// Makes one of statements' bytes with their proofs, in the order of their positions.
    #[must_use]
    pub fn new(steps: Vec<(Vec<u8>, ProofFile)>) -> Self {
        Self { steps }
    }

    /// True where nothing was ever changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Tells from its first line that a file is a succession.
    #[must_use]
    pub fn is_one(bytes: &[u8]) -> bool {
        bytes.strip_prefix(SUCCESSION_HEADER.as_bytes()).is_some_and(|rest| rest.first() == Some(&b'\n'))
    }

    /// Reads a succession.
    ///
    /// # Errors
    /// [`SuccessionError::Malformed`], for whatever this type would not write byte for byte.
    pub fn parse(bytes: &[u8]) -> Result<Self, SuccessionError> {
        let malformed = |why: &dyn fmt::Display| SuccessionError::Malformed(why.to_string());
        if bytes.len() > MAX_SUCCESSION_BYTES {
            return Err(malformed(&format!(
                "{} bytes exceed the limit of {MAX_SUCCESSION_BYTES}",
                bytes.len()
            )));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| malformed(&"it is not UTF-8"))?;
        let mut lines = text.lines();
        if lines.next() != Some(SUCCESSION_HEADER) {
            return Err(malformed(&format!("the first line is not `{SUCCESSION_HEADER}`")));
        }
        let mut steps = Vec::new();
        for line in lines {
            let (statement, proof) =
                line.split_once(' ').ok_or_else(|| malformed(&"a line has not two parts"))?;
            let decode = |part: &str| STANDARD.decode(part).map_err(|e| malformed(&e));
            let proof = ProofFile::parse(&decode(proof)?).map_err(|e| malformed(&e))?;
            steps.push((decode(statement)?, proof));
        }
        let read = Self { steps };
        if read.to_string() == text { Ok(read) } else { Err(malformed(&"it is not written as it would be")) }
    }

    /// The time at which the statement at `position` was received, milliseconds UTC; `None` where none stands there. It is
    /// proven where [`Self::verify`] has succeeded.
    #[must_use]
    pub fn received(&self, position: u64) -> Option<i64> {
        let (statement, proof) = self.steps.iter().find(|(_, proof)| proof.index() == position)?;
        Some(Entry::from_extra(proof.extra()?, statement).ok()?.received)
    }

    /// What the charter and these statements make of the log's keys and witnesses.
    ///
    /// Every statement must be signed with a party's root key, change something, and be shown to stand in the log under a
    /// checkpoint that all keys whose turn it was have signed, by what the succession itself says. So a position is vouched
    /// for by the key that it brings in.
    ///
    /// # Errors
    /// [`SuccessionError`].
    pub fn verify(&self, charter: &Statement) -> Result<Terms, SuccessionError> {
        let mut outline = outline(charter)?;
        let mut next = 1;
        let mut leaves = Vec::with_capacity(self.steps.len());
        for (bytes, proof) in &self.steps {
            let position = proof.index();
            let idle = |why: String| SuccessionError::Idle { position, why };
            let unproven = |why: String| SuccessionError::Unproven { position, why, code: "bad-proof" };
            if position < next {
                return Err(idle("it is not in the order of the log".to_owned()));
            }
            next = position.saturating_add(1);
            let extra =
                proof.extra().ok_or_else(|| unproven("it does not say when it was received".into()))?;
            let entry = Entry::from_extra(extra, bytes).map_err(|e| unproven(e.to_string()))?;
            let statement = Statement::parse(bytes.as_slice()).map_err(|e| idle(e.to_string()))?;
            if statement.agreement() != charter.agreement() {
                return Err(idle("it is of another agreement".to_owned()));
            }
            if !outline.take(position, &statement) {
                return Err(idle("no party that may has signed it with its root key".to_owned()));
            }
            leaves.push(leaf_hash(&entry.encode()));
        }
        let register = outline.up_to(next);
        let terms = Terms::of_register(&register)?;
        for ((_, proof), leaf) in self.steps.iter().zip(&leaves) {
            let position = proof.index();
            let unproven = |why: String, code| SuccessionError::Unproven { position, why, code };
            let checkpoint =
                terms.keys().open(proof.checkpoint(), &[]).map_err(|e| unproven(e.to_string(), e.code()))?;
            verify_inclusion(position, checkpoint.size(), leaf, proof.path(), checkpoint.root())
                .map_err(|e| unproven(e.to_string(), "bad-proof"))?;
        }
        Ok(terms)
    }
}

impl fmt::Display for Succession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{SUCCESSION_HEADER}")?;
        for (statement, proof) in &self.steps {
            writeln!(f, "{} {}", STANDARD.encode(statement), STANDARD.encode(proof.to_string()))?;
        }
        Ok(())
    }
}
