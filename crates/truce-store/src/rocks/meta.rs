//! The default column family: what the store knows about itself.
//!
//! | key | value |
//! |---|---|
//! | `format` | [`FORMAT`] |
//! | `head` | size (u64), id of the last batch (32 bytes) |
//! | `applied` | entries the index accounts for (u64) |
//! | `signed` | size (u64), the last signed checkpoint |
//! | `published` | size (u64), the checkpoint published last |
//! | `b` and a batch id | first position and size right after the batch (u64 each) |
//!
//! All integers are big-endian.

use crate::{BatchId, Committed, Head, StoreError, StoredCheckpoint};

/// Changes whenever a store written by one version could be misread by another.
pub(super) const FORMAT: &str = "truce-store 1";

pub(super) const FORMAT_KEY: &[u8] = b"format";
pub(super) const HEAD: &[u8] = b"head";
pub(super) const APPLIED: &[u8] = b"applied";
pub(super) const SIGNED: &[u8] = b"signed";
pub(super) const PUBLISHED: &[u8] = b"published";

pub(super) fn batch_key(id: &BatchId) -> [u8; 33] {
    let mut key = [b'b'; 33];
    for (to, from) in key.iter_mut().skip(1).zip(id.0) {
        *to = from;
    }
    key
}

pub(super) fn head(size: u64, batch: &BatchId) -> Vec<u8> {
    [&size.to_be_bytes()[..], &batch.0].concat()
}

pub(super) fn parse_head(row: &[u8]) -> Result<Head, StoreError> {
    let parsed = row.split_first_chunk::<8>().and_then(|(size, batch)| {
        Some(Head { size: u64::from_be_bytes(*size), batch: Some(BatchId(batch.try_into().ok()?)) })
    });
    parsed.ok_or_else(|| damaged(HEAD))
}

pub(super) fn parse_u64(key: &[u8], row: &[u8]) -> Result<u64, StoreError> {
    row.try_into().map(u64::from_be_bytes).map_err(|_| damaged(key))
}

pub(super) fn committed(batch: Committed) -> Vec<u8> {
    [batch.first.to_be_bytes(), batch.size.to_be_bytes()].concat()
}

pub(super) fn parse_committed(row: &[u8]) -> Result<Committed, StoreError> {
    match row.as_chunks::<8>() {
        ([first, size], []) => {
            Ok(Committed { first: u64::from_be_bytes(*first), size: u64::from_be_bytes(*size) })
        }
        _ => Err(damaged(b"b")),
    }
}

pub(super) fn checkpoint(size: u64, note: &[u8]) -> Vec<u8> {
    [&size.to_be_bytes()[..], note].concat()
}

pub(super) fn parse_checkpoint(key: &[u8], row: &[u8]) -> Result<StoredCheckpoint, StoreError> {
    let (size, note) = row.split_first_chunk::<8>().ok_or_else(|| damaged(key))?;
    Ok(StoredCheckpoint { size: u64::from_be_bytes(*size), note: note.to_vec() })
}

fn damaged(key: &[u8]) -> StoreError {
    StoreError::corrupt(format!("the record `{}`", String::from_utf8_lossy(key)))
}
