//! The search index of the copy: postings in [`truce_store::Space::By`], small records in
//! [`truce_store::Space::Views`], all written in the batch of the entries that they follow from.
//!
//! Why RocksDB and not a search library such as tantivy: postings are then part of the same atomic batch as entries,
//! tiles and register, so there is no second store that could lag, fail or be altered on its own; and what is asked is
//! "newest first, all of these terms", which needs neither ranking nor segments. It costs no further format to trust.
//!
//! | key in `By` | positions |
//! |---|---|
//! | term, first position (8 bytes) | that one and, as gaps in the row's value, further ones: the rows of `truce_log::index` |
//!
//! Terms of this module begin with an upper-case letter, those of `truce_log::index` with a lower-case one. The rows of
//! one term never overlap, and hold positions of one block of [`BLOCK`] entries, so that the last row at or before a
//! position decides.
//!
//! | key in `Views` | value |
//! |---|---|
//! | `L`, position | [`RowCore`], what a list shows of a record |
//! | `F`, position | [`Flags`], where there are any |
//! | `G`, position | [`Spot`], where the statement has coordinates |
//! | `C`, term | how many positions a term has (8 bytes), for terms that are [counted](Term::is_counted) |
//! | `A`, `B` and more | see [`crate::aggregate`] |

mod postings;
mod prepared;
mod row;
mod status;
mod summary;
mod term;
mod words;
mod writer;

pub use postings::{BLOCK, Bits, Blocks, Cursor, next_after};
pub use prepared::{Prepared, Spot};
pub use row::{RowCore, flags_at, received, rows, spot};
pub use status::{Flags, Status};
pub use summary::{Part, PartValue, TimeSpan};
pub use term::Term;
pub use words::words;
pub(crate) use writer::IndexWriter;

use truce_store::{Space, StoreError, StoreRead};

/// Key in `Views` of what is kept for one position under `letter`.
fn at(letter: u8, position: u64) -> [u8; 9] {
    let mut key = [letter; 9];
    if let Some(rest) = key.last_chunk_mut::<8>() {
        *rest = position.to_be_bytes();
    }
    key
}

const ROW: u8 = b'L';
const FLAGS: u8 = b'F';
const SPOT: u8 = b'G';
const COUNT: u8 = b'C';

/// Number of positions that a [counted](Term::is_counted) term has.
pub fn count<S: StoreRead + ?Sized>(store: &S, term: &Term) -> Result<u64, StoreError> {
    let row = store.get(Space::Views, &count_key(&term.key()))?;
    Ok(row.and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_be_bytes))
}

fn count_key(term: &[u8]) -> Vec<u8> {
    [&[COUNT], term].concat()
}

/// Flags of the record at `position`: facts about it that stand beside what was signed.
pub fn flags<S: StoreRead + ?Sized>(store: &S, position: u64) -> Result<Flags, StoreError> {
    let row = store.get(Space::Views, &at(FLAGS, position))?;
    Ok(row.as_deref().map_or(Flags::default(), Flags::decode))
}
