//! The keys of a log before it is replayed.

use crate::finding::Finding;
use crate::verify::charter_of;
use truce_register::Outline;
use truce_source::{Source, SourceError};
use truce_statement::{AgreementId, Entry, Statement};
use truce_succession::Terms;
use truce_tlog::{EntryBundle, KeySchedule, tile};

/// The keys of a log of `size` entries as the charter and the amendments in it make them. Every entry is read.
///
/// No source can forge what the parties have signed. That the statements stand where the source shows them only a replay
/// tells: what was opened with these keys is to be audited.
///
/// # Errors
/// The outer one when the source could not be read, the inner one for what is wrong with the charter or a bundle.
pub fn keys_by_amendments(
    source: &dyn Source,
    size: u64,
    agreement: Option<AgreementId>,
) -> Result<Result<KeySchedule, Finding>, SourceError> {
    let charter = match charter_of(source, size, agreement)? {
        Ok(charter) => charter,
        Err(finding) => return Ok(Err(finding)),
    };
    let bad = |e: &dyn std::fmt::Display| Finding::new("invalid-body", format!("the charter: {e}")).at(0);
    let mut outline = match Outline::of(&charter) {
        Ok(outline) => outline,
        Err(refusal) => return Ok(Err(Finding::new(refusal.code.as_str(), refusal.to_string()).at(0))),
    };
    for coord in tile::new_bundles(0, size) {
        let mut bytes = Vec::new();
        let first = coord.index() * u64::from(tile::TILE_WIDTH);
        if !source.bundle(coord, &mut bytes)? {
            let sentence = format!("{coord} is missing: the log does not hold what its checkpoint covers");
            return Ok(Err(Finding::new("missing-entries", sentence).at(first)));
        }
        let entries = match EntryBundle::parse_prefix(&bytes, coord) {
            Ok(entries) => entries,
            Err(e) => return Ok(Err(Finding::new("malformed-bundle", format!("{coord}: {e}")).at(first))),
        };
        for (position, bytes) in (first..).zip(entries.entries()) {
            let entry = Entry::parse(bytes).ok();
            if let Some(statement) = entry.and_then(|entry| Statement::parse(entry.statement).ok()) {
                outline.take(position, &statement);
            }
        }
    }
    Ok(Terms::of_register(&outline.up_to(size)).map(|terms| terms.keys().clone()).map_err(|e| bad(&e)))
}
