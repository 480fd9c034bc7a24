//! The statements of a log as a source shows them, before anything is judged.

use crate::ahead::bundles;
use crate::charter::ReadError;
use crate::finding::{Finding, Flaw};
use std::ops::Range;
use truce_source::Source;
use truce_statement::{Entry, Statement};
use truce_tlog::{EntryBundle, tile};

/// Reads the entries of `range`, in a tree of `range.end` entries, and gives each statement with its position to `take`.
/// Entries that hold none are passed over: whoever replays them finds it. The reader that `truce_succession::open` asks for.
///
/// # Errors
/// [`ReadError`]: the source, or a bundle that is missing or malformed.
pub fn each_statement(
    source: &dyn Source,
    range: Range<u64>,
    mut take: impl FnMut(u64, &Statement),
) -> Result<(), ReadError> {
    for coord in bundles(range.clone()) {
        let mut bytes = Vec::new();
        let first = coord.index() * u64::from(tile::TILE_WIDTH);
        if !source.bundle(coord, &mut bytes)? {
            return Err(Finding::missing(coord, first).into());
        }
        let bundle = EntryBundle::parse_prefix(&bytes, coord)
            .map_err(|e| Finding::new(Flaw::MalformedBundle, format!("{coord}: {e}")).at(first))?;
        for (position, bytes) in (first..).zip(bundle.entries()) {
            if range.contains(&position)
                && let Ok(entry) = Entry::parse(bytes)
                && let Ok(statement) = Statement::parse(entry.statement)
            {
                take(position, &statement);
            }
        }
    }
    Ok(())
}
