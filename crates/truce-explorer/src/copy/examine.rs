//! What needs no order, on all cores: fetching, hashing, parsing, signatures, and what the index needs of a statement.

use crate::finding::Finding;
use crate::index::Prepared;
use crate::source::{Source, SourceError};
use rayon::prelude::*;
use truce_register::{KeyTable, KnownKeys};
use truce_statement::{Entry, EntryHash, Refusal, Signed, Statement};
use truce_tlog::{BundleCoord, EntryBundle, Hash, leaf_hash, tile};

/// Bundles taken together: their entries go into one batch, at most 1,024.
const BUNDLES: u64 = 4;

/// Neighbouring entries, each looked at by itself.
pub(crate) struct Round {
    /// Position of the first.
    pub(crate) first: u64,
    pub(crate) entries: Vec<Examined>,
    /// Why there are no more of them, where that is the source's fault.
    pub(crate) broken: Option<Finding>,
}

/// What can be said of one entry without knowing what stands before it.
pub(crate) struct Examined {
    pub(crate) hash: Hash,
    pub(crate) prev: EntryHash,
    pub(crate) received: i64,
    pub(crate) statement: Judged,
}

pub(crate) enum Judged {
    /// Parsed, verified with the key that its header names, and read for the index.
    Signed(Box<(Signed, Prepared)>),
    /// Parsed; its key was not known yet.
    Unverified(Box<(Statement, Prepared)>),
    Refused(Refusal),
    /// The bytes are no entry.
    Malformed(String),
}

/// The rounds from `from` to `to`, as ranges of bundles.
pub(crate) fn rounds(from: u64, to: u64) -> impl Iterator<Item = std::ops::Range<u64>> {
    let width = u64::from(tile::TILE_WIDTH);
    let (start, end) = (from / width, to.div_ceil(width));
    (start..end)
        .step_by(usize::try_from(BUNDLES).unwrap_or(1))
        .map(move |first| first..(first + BUNDLES).min(end))
}

/// Fetches and examines one round; entries below `from` are left out.
pub(crate) fn examine(
    source: &dyn Source,
    bundles: std::ops::Range<u64>,
    from: u64,
    size: u64,
    keys: &KeyTable,
) -> Result<Round, SourceError> {
    let width = u64::from(tile::TILE_WIDTH);
    let first = (bundles.start * width).max(from);
    let mut round = Round { first, entries: Vec::new(), broken: None };
    let coords: Vec<BundleCoord> =
        bundles.filter_map(|index| BundleCoord::in_tree(index, size).ok()).collect();
    let fetched: Vec<_> = coords.par_iter().map(|coord| source.bundle(*coord)).collect();
    let keys = keys.known();
    for (coord, bytes) in coords.into_iter().zip(fetched) {
        let begins = coord.index() * width;
        let Some(bytes) = bytes? else {
            let sentence = format!("{coord} is missing: the log does not hold what its checkpoint covers");
            round.broken = Some(Finding::new("missing-entries", sentence).at(begins));
            break;
        };
        let bundle = match EntryBundle::parse_prefix(&bytes, coord) {
            Ok(bundle) => bundle,
            Err(e) => {
                round.broken = Some(Finding::new("malformed-bundle", format!("{coord}: {e}")).at(begins));
                break;
            }
        };
        let skip = usize::try_from(from.saturating_sub(begins)).unwrap_or(0);
        let entries = bundle.entries().get(skip..).unwrap_or_default();
        round.entries.par_extend(entries.par_iter().map(|bytes| look(bytes, &keys)));
    }
    Ok(round)
}

fn look(bytes: &[u8], keys: &KnownKeys) -> Examined {
    let hash = leaf_hash(bytes);
    let entry = match Entry::parse(bytes) {
        Ok(entry) => entry,
        Err(e) => {
            let statement = Judged::Malformed(format!("these bytes are no entry: {e}"));
            return Examined { hash, prev: EntryHash::ZERO, received: 0, statement };
        }
    };
    let statement = match Statement::parse(entry.statement) {
        Err(refusal) => Judged::Refused(refusal),
        Ok(statement) => {
            let prepared = Prepared::of(&statement);
            match keys.get(&statement.header().kid) {
                None => Judged::Unverified(Box::new((statement, prepared))),
                Some(key) => match statement.verify_named(key) {
                    Ok(signed) => Judged::Signed(Box::new((signed, prepared))),
                    Err(refusal) => Judged::Refused(refusal),
                },
            }
        }
    };
    Examined { hash, prev: entry.prev, received: entry.received, statement }
}
