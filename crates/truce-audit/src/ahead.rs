//! The keys of a log before it is replayed.

use truce_register::Outline;
use truce_replay::{Finding, ReadError, charter_of, each_statement};
use truce_source::Source;
use truce_statement::{AgreementId, Code};
use truce_succession::Terms;
use truce_tlog::KeySchedule;

/// The keys of a log of `size` entries as the charter and the amendments in it make them. Every entry is read.
///
/// No source can forge what the parties have signed. That the statements stand where the source shows them only a replay
/// tells: what was opened with these keys is to be audited.
///
/// # Errors
/// [`ReadError`]: the source, or what is wrong with the charter or a bundle.
pub fn keys_by_amendments(
    source: &dyn Source,
    size: u64,
    agreement: Option<AgreementId>,
) -> Result<KeySchedule, ReadError> {
    let charter = charter_of(source, size, agreement)?;
    let mut outline =
        Outline::of(&charter).map_err(|refusal| Finding::new(refusal.code, refusal.to_string()).at(0))?;
    each_statement(source, 0..size, |position, statement| {
        outline.take(position, statement);
    })?;
    let terms = Terms::of_register(&outline.up_to(size))
        .map_err(|e| Finding::new(Code::InvalidBody, format!("the charter: {e}")).at(0))?;
    Ok(terms.keys().clone())
}
