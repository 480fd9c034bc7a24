//! Entries out of a store, in bundle form.

use std::ops::ControlFlow;
use truce_store::{LogRead, StoreError};
use truce_tlog::{BundleCoord, bundle};

/// Appends the entries of one bundle to `bytes`, in bundle form (c2sp.org/tlog-tiles); false where the log does not reach as
/// far. An entry longer than any may be leaves the bundle short, and whoever reads it says so.
///
/// # Errors
/// Where the store cannot be read.
pub fn bundle_of<S: LogRead + ?Sized>(
    store: &S,
    coord: BundleCoord,
    bytes: &mut Vec<u8>,
) -> Result<bool, StoreError> {
    let Ok(first) = coord.first_entry() else { return Ok(false) };
    let end = first + u64::from(coord.width());
    if store.head()?.size < end {
        return Ok(false);
    }
    store.read(first..end, &mut |_, entry| match bundle::encode_entry(bytes, entry) {
        Ok(()) => ControlFlow::Continue(()),
        Err(_) => ControlFlow::Break(()),
    })?;
    Ok(true)
}
