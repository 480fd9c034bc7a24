//! Entries out of a store, in bundle form.

use std::ops::ControlFlow;
use truce_store::{LogRead, StoreError};
use truce_tlog::{BundleCoord, bundle};

/// Part of a bundle that a store had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Bundled {
    /// All of its entries.
    Whole,
    /// The entries before one that is longer than any may be. Whoever reads the bundle says so.
    Short,
    /// Nothing: the log does not reach as far.
    Missing,
}

/// Appends the entries of one bundle to `bytes`, in bundle form (c2sp.org/tlog-tiles).
///
/// # Errors
/// Where the store cannot be read.
pub fn bundle_of<S: LogRead + ?Sized>(
    store: &S,
    coord: BundleCoord,
    bytes: &mut Vec<u8>,
) -> Result<Bundled, StoreError> {
    let Ok(first) = coord.first_entry() else { return Ok(Bundled::Missing) };
    let end = first + u64::from(coord.width());
    if store.head()?.size < end {
        return Ok(Bundled::Missing);
    }
    let mut bundled = Bundled::Whole;
    store.read(first..end, &mut |_, entry| {
        if bundle::encode_entry(bytes, entry).is_ok() {
            return ControlFlow::Continue(());
        }
        bundled = Bundled::Short;
        ControlFlow::Break(())
    })?;
    Ok(bundled)
}
