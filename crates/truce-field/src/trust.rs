//! Checks of a receipt: against the log's key, the quorum, and our own bytes.

use crate::error::FieldError;
use std::fmt;
use truce_statement::{Body, Entry, EntryHash, Statement, StatementId};
use truce_succession::{Quorum, Terms};
use truce_tlog::{
    Checkpoint, CheckpointError, Hash, Policy, PolicyBuilder, PolicyError, ProofFile, ProofFileError, VKey,
    VerifiedProof, explain, leaf_hash,
};

/// Logs whose receipts are believed, and the quorum that makes an entry final.
#[derive(Clone, Debug)]
pub struct Trust {
    /// One of these must have signed. At least one.
    logs: Vec<VKey>,
    /// The same as a policy that asks for no witness.
    signed: Policy,
    /// Policy whose quorum makes an entry final. With `None`, or without a quorum, no entry becomes final.
    quorum: Option<Policy>,
    /// The keys and witnesses over time of the log that a charter founds, in the place of the fixed ones.
    terms: Option<Terms>,
    /// True if `quorum` was given by the user: it stands whatever the parties agree.
    given: bool,
}

impl Trust {
    /// One log or several, and the policy whose quorum makes an entry final. Where `logs` is empty, the logs that the
    /// policy names are believed.
    ///
    /// # Errors
    /// [`FieldError::NoTrust`] when no log is named.
    pub fn new(logs: &[VKey], quorum: Option<Policy>) -> Result<Self, FieldError> {
        let mut logs = logs.to_vec();
        if logs.is_empty() {
            logs.extend(quorum.iter().flat_map(Policy::logs).map(|log| log.vkey().clone()));
        }
        if logs.is_empty() {
            return Err(FieldError::NoTrust);
        }
        let mut builder = PolicyBuilder::default();
        let built = logs.iter().try_fold(&mut builder, |b, log| b.log(log.clone(), None));
        let signed = built
            .and_then(|b| b.quorum(None).map(|_| ()))
            .and_then(|()| builder.build())
            .map_err(|_| FieldError::NoTrust)?;
        let given = quorum.is_some();
        Ok(Self { logs, signed, quorum, terms: None, given })
    }

    /// Trust in what a charter names: the log's key, and the policy if there is one.
    ///
    /// # Errors
    /// [`FieldError::NoTrust`] when this is no charter, or its key or policy cannot be read.
    pub fn of_charter(charter: &Statement) -> Result<Self, FieldError> {
        let Body::Charter(body) = charter.body() else { return Err(FieldError::NoTrust) };
        let log = body.log.as_str().parse().map_err(|_| FieldError::NoTrust)?;
        let policy = body.witnesses.as_ref().map(|text| {
            // The text of a charter need not end in a newline; a policy file must.
            let text = format!("{}\n", text.as_str().trim_end());
            Policy::parse(text.as_bytes()).map_err(|_| FieldError::NoTrust)
        });
        let terms = Terms::of_charter(charter).map_err(|_| FieldError::NoTrust)?;
        Ok(Self { terms: Some(terms), given: false, ..Self::new(&[log], policy.transpose()?)? })
    }

    /// The same with a quorum of one's own, in the place of the parties'.
    #[must_use]
    pub fn with_quorum(self, quorum: Policy) -> Self {
        Self { quorum: Some(quorum), given: true, ..self }
    }

    /// The same with the keys and witnesses that a succession shows, where they follow on those known.
    #[must_use]
    pub(crate) fn succeeded(&self, terms: Terms) -> Option<Self> {
        let known = self.terms.as_ref()?;
        let new = terms.keys().follows(known.keys()) && terms.policies() >= known.policies();
        let more = terms.keys() != known.keys() || terms.policies() != known.policies();
        (new && more).then(|| Self { terms: Some(terms), ..self.clone() })
    }

    /// True if a charter is believed, so that a succession can name other witnesses.
    #[must_use]
    pub fn may_learn(&self) -> bool {
        self.terms.is_some()
    }

    /// The logs that are believed.
    #[must_use]
    pub fn logs(&self) -> &[VKey] {
        &self.logs
    }

    /// The policy whose quorum makes an entry final.
    #[must_use]
    pub fn quorum(&self) -> Option<&Policy> {
        self.quorum.as_ref()
    }

    /// True if an entry can become final, because a quorum is known. With `quorum none` it cannot.
    #[must_use]
    pub fn knows_finality(&self) -> bool {
        match self.terms.as_ref().filter(|_| !self.given).map(|terms| terms.quorum_at(u64::MAX)) {
            None => self.quorum.as_ref().is_some_and(has_quorum),
            Some(Quorum::Policy(policy)) => has_quorum(policy),
            // The parties asked for somebody, and may mend what cannot be read.
            Some(Quorum::Unreadable) => true,
            Some(Quorum::Unnamed) => false,
        }
    }

    /// Verifies a receipt (c2sp.org/tlog-proof) for the bytes of a statement: the leaf is rebuilt from these bytes,
    /// the path must lead to the root of a checkpoint that a believed log signed.
    ///
    /// # Errors
    /// The [`ReceiptAlarm`] that such a receipt is.
    pub fn verify(&self, statement: &[u8], proof: &[u8]) -> Result<HeldReceipt, ReceiptAlarm> {
        let file = ProofFile::parse(proof).map_err(|e| ReceiptAlarm::Malformed(explain(&e)))?;
        let extra = file.extra().ok_or_else(|| {
            ReceiptAlarm::Malformed(
                "it does not say when the entry was received, and after which one".to_owned(),
            )
        })?;
        let entry =
            Entry::from_extra(extra, statement).map_err(|e| ReceiptAlarm::Malformed(e.to_string()))?;
        let leaf = leaf_hash(&entry.encode());
        let judged = match &self.terms {
            Some(terms) => self.judge(terms, &file, &leaf),
            None => self.final_by(&file, &leaf),
        };
        let accepted = || match &self.terms {
            Some(terms) => file.verify_by(&self.signed, terms.keys(), &leaf),
            None => file.verify(&self.signed, &leaf),
        };
        let (verified, is_final) = match judged {
            Some((Ok(verified), has_quorum)) => (verified, has_quorum),
            Some((Err(ProofFileError::Policy(PolicyError::NoQuorum { .. })), _)) | None => {
                (accepted().map_err(|e| ReceiptAlarm::of(&e))?, false)
            }
            Some((Err(error), _)) => return Err(ReceiptAlarm::of(&error)),
        };
        let checkpoint = verified.checkpoint();
        let id = StatementId::from_bytes(truce_statement::id::sha256(statement));
        Ok(HeldReceipt {
            statement: id,
            position: verified.index(),
            received: entry.received,
            prev: entry.prev,
            entry: leaf,
            origin: checkpoint.origin().to_owned(),
            size: checkpoint.size(),
            root: *checkpoint.root(),
            is_final,
            witnesses: checkpoint
                .cosignatures()
                .iter()
                .map(|c| (c.cosigner.name().to_owned(), c.timestamp))
                .collect(),
            proof: proof.to_vec(),
        })
    }

    /// Against the policy for a checkpoint of its size, and whether that has a quorum; `None` where there is no policy.
    fn judge(&self, terms: &Terms, file: &ProofFile, leaf: &Hash) -> Option<Judged> {
        let size = Checkpoint::parse(file.checkpoint().text()).map_or(0, |checkpoint| checkpoint.size());
        let policy = match terms.quorum_at(size) {
            _ if self.given => self.quorum.as_ref()?,
            Quorum::Policy(policy) => policy,
            Quorum::Unnamed | Quorum::Unreadable => return None,
        };
        Some((file.verify_by(policy, terms.keys(), leaf), has_quorum(policy)))
    }

    fn final_by(&self, file: &ProofFile, leaf: &Hash) -> Option<Judged> {
        let quorum = self.quorum.as_ref()?;
        // The log is the one that is believed here, whatever logs the policy names.
        let origin = file.checkpoint().text().lines().next().unwrap_or_default();
        let mut last = None;
        for log in self.logs.iter().filter(|log| log.name() == origin) {
            match file.verify_for(quorum, log, leaf) {
                Ok(verified) => return Some((Ok(verified), has_quorum(quorum))),
                Err(error) => last = Some((Err(error), false)),
            }
        }
        last
    }
}

/// A proof held to a policy, and whether that has a quorum: if not, the log's word is all that it shows.
type Judged = (Result<VerifiedProof, ProofFileError>, bool);

fn has_quorum(policy: &Policy) -> bool {
    policy.quorum().is_some()
}

/// A receipt that was verified. Nothing else makes a statement count as delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldReceipt {
    /// The statement.
    pub statement: StatementId,
    /// Its position in the log, from 0.
    pub position: u64,
    /// Time at which the depositary took it, milliseconds UTC.
    pub received: i64,
    /// Hash of the entry before.
    pub prev: EntryHash,
    /// Hash of the entry.
    pub entry: Hash,
    /// The log.
    pub origin: String,
    /// Entries under the checkpoint.
    pub size: u64,
    /// Root of the checkpoint.
    pub root: Hash,
    /// True if the cosignatures satisfy the quorum.
    pub is_final: bool,
    /// Witnesses whose cosignatures were verified, with their times in seconds UTC.
    pub witnesses: Vec<(String, u64)>,
    /// The proof as it came.
    pub proof: Vec<u8>,
}

impl HeldReceipt {
    /// Checks that two receipts can both be true: one position for one statement, and one root for one size.
    ///
    /// # Errors
    /// The [`ReceiptAlarm`] that the two together are.
    pub fn agrees_with(&self, other: &Self) -> Result<(), ReceiptAlarm> {
        if self.statement == other.statement
            && (self.position, self.entry) != (other.position, other.entry)
            && self.origin == other.origin
        {
            return Err(ReceiptAlarm::Moved { before: other.position, found: self.position });
        }
        if self.origin == other.origin && self.size == other.size && self.root != other.root {
            return Err(ReceiptAlarm::Forked { size: self.size });
        }
        Ok(())
    }
}

/// Something that an honest depositary does not hand out. It is kept as evidence and shown to people; asking again
/// would only hide it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReceiptAlarm {
    /// The bytes are not a proof.
    Malformed(String),
    /// Larger than any proof, in bytes read.
    TooLarge(usize),
    /// The checkpoint is of a log that is not believed.
    OtherLog(String),
    /// The checkpoint is not signed by the log, or a signature of a known key is false.
    BadSignature(String),
    /// The checkpoint is signed by a key of the log whose turn it is not.
    OutOfTurn {
        /// Stable code: which way.
        code: &'static str,
        /// In a sentence.
        why: String,
    },
    /// The proof does not lead from our bytes to the checkpoint.
    NotIncluded(String),
    /// The depositary said final, and the cosignatures do not reach the quorum.
    FalselyFinal,
    /// Two receipts put one statement at two places.
    Moved {
        /// In the receipt that came first.
        before: u64,
        /// In this one.
        found: u64,
    },
    /// Two signed checkpoints of one size have different roots.
    Forked {
        /// The size.
        size: u64,
    },
    /// The depositary says it does not have a statement for which it gave a receipt.
    Denied,
}

impl ReceiptAlarm {
    fn of(error: &ProofFileError) -> Self {
        match error {
            ProofFileError::Policy(PolicyError::UnknownLog { origin }) => Self::OtherLog(origin.clone()),
            ProofFileError::Policy(PolicyError::Checkpoint(e)) => match e {
                CheckpointError::OneLogSignature { .. }
                | CheckpointError::LogKeyEnded { .. }
                | CheckpointError::LogKeyNotYet { .. } => {
                    Self::OutOfTurn { code: e.code(), why: e.to_string() }
                }
                CheckpointError::Note(_) => Self::BadSignature(explain(error)),
                _ => Self::BadSignature(explain(e)),
            },
            ProofFileError::Inclusion(_) => Self::NotIncluded(explain(error)),
            other => Self::Malformed(explain(other)),
        }
    }

    /// Stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "receipt-malformed",
            Self::TooLarge(_) => "receipt-too-large",
            Self::OtherLog(_) => "receipt-of-another-log",
            Self::BadSignature(_) => "receipt-bad-signature",
            Self::OutOfTurn { code, .. } => code,
            Self::NotIncluded(_) => "receipt-not-included",
            Self::FalselyFinal => "final-without-quorum",
            Self::Moved { .. } => "receipt-moved",
            Self::Forked { .. } => "log-forked",
            Self::Denied => "receipt-denied",
        }
    }

    /// The next step, for people.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::FalselyFinal => {
                "the statement is accepted, not final; keep the evidence, and check that your policy is the newest"
            }
            Self::Moved { .. } | Self::Forked { .. } | Self::Denied => {
                "keep the outbox: it holds what proves this; show it to the parties and to the witnesses"
            }
            _ => {
                "keep the evidence and tell the depositary and your party; `truce outbox send --again` asks once more"
            }
        }
    }
}

impl fmt::Display for ReceiptAlarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(why) => write!(f, "the bytes that came as a receipt are not one: {why}"),
            Self::TooLarge(bytes) => write!(f, "what came as a receipt has more than {bytes} bytes"),
            Self::OtherLog(origin) => {
                write!(
                    f,
                    "the receipt is of the log `{}`, which is not the agreement's",
                    crate::problem::plain(origin)
                )
            }
            Self::OutOfTurn { why, .. } => {
                write!(f, "the receipt is not signed by the key whose turn it is: {why}")
            }
            Self::BadSignature(why) => write!(f, "the receipt's checkpoint is not validly signed: {why}"),
            Self::NotIncluded(why) => {
                write!(f, "the receipt does not prove that this statement is recorded: {why}")
            }
            Self::FalselyFinal => f.write_str(
                "the depositary says that the statement is final, but the quorum has not cosigned",
            ),
            Self::Moved { before, found } => {
                write!(f, "two receipts put the statement at positions {before} and {found}")
            }
            Self::Forked { size } => {
                write!(f, "the log signed two different trees of {size} entries: it was forked")
            }
            Self::Denied => f.write_str(
                "the depositary says that it has no such statement, but it gave a receipt that verifies",
            ),
        }
    }
}
