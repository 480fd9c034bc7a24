//! The charter in entry 0: the only thing that a log says of itself before it is replayed.

use crate::finding::{Finding, Flaw};
use truce_source::{Source, SourceError};
use truce_statement::{AgreementId, Body, Code, Entry, Statement};
use truce_tlog::{BundleCoord, EntryBundle, VKey};

/// Failure to get something that a log must hold.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The source could not be read: nothing is known about the log.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The log does not hold.
    #[error("{0}")]
    Finding(Box<Finding>),
}

impl From<Finding> for ReadError {
    fn from(finding: Finding) -> Self {
        Self::Finding(Box::new(finding))
    }
}

/// Names in a log's charter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The key that signs its checkpoints.
    pub log: VKey,
    /// The agreement that it holds.
    pub agreement: AgreementId,
}

/// Reads the charter in entry 0 of a log of `size` entries; where `agreement` is given, it must be that one's.
///
/// # Errors
/// [`ReadError`].
pub fn named_by_charter(
    source: &dyn Source,
    size: u64,
    agreement: Option<AgreementId>,
) -> Result<Named, ReadError> {
    let statement = charter_of(source, size, agreement)?;
    let Body::Charter(charter) = statement.body() else {
        return Err(Finding::new(Code::UnknownAgreement, "entry 0 is no charter").at(0).into());
    };
    let log = charter.log.as_str().parse().map_err(|e| {
        Finding::new(Code::InvalidBody, format!("the charter's log key is malformed: {e}")).at(0)
    })?;
    Ok(Named { log, agreement: statement.agreement() })
}

/// The charter in entry 0 of a log of `size` entries; where `agreement` is given, it must be that one's. Its signature is
/// not checked.
///
/// # Errors
/// [`ReadError`].
pub fn charter_of(
    source: &dyn Source,
    size: u64,
    agreement: Option<AgreementId>,
) -> Result<Statement, ReadError> {
    let (coord, _) = BundleCoord::of_entry(0, size)
        .map_err(|_| Finding::new(Flaw::MissingEntries, "the log is empty").at(0))?;
    let mut bytes = Vec::new();
    if !source.bundle(coord, &mut bytes)? {
        return Err(Finding::missing(coord, 0).into());
    }
    let bundle = EntryBundle::parse_prefix(&bytes, coord)
        .map_err(|e| Finding::new(Flaw::MalformedBundle, format!("{coord}: {e}")).at(0))?;
    let entry = Entry::parse(bundle.entries().first().copied().unwrap_or_default())
        .map_err(|e| Finding::new(Flaw::MalformedEntry, format!("these bytes are no entry: {e}")).at(0))?;
    let statement = Statement::parse(entry.statement).map_err(|e| Finding::refused(&e, 0))?;
    if !matches!(statement.body(), Body::Charter(_)) {
        let sentence = format!("entry 0 is a {}, not a charter", statement.kind());
        return Err(Finding::new(Code::UnknownAgreement, sentence).at(0).into());
    }
    if let Some(expected) = agreement.filter(|id| *id != statement.agreement()) {
        let sentence = "this is the log of another agreement than the one you named";
        let finding = Finding::new(Flaw::WrongAgreement, sentence).at(0);
        return Err(finding.against(expected, statement.agreement()).into());
    }
    Ok(statement)
}
