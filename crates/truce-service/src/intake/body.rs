//! Bodies, read within their bounds: of one body, of all together, of time.

use super::{Head, Intake, Problem};
use axum::body::Body;
use bytes::Bytes;
use http_body_util::BodyExt as _;
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;
use truce_statement::cose::MAX_STATEMENT;

/// Most bytes of a sequence.
pub(crate) const MAX_SEQUENCE: usize = 4 << 20;
/// Most bytes of a single statement.
pub(crate) const MAX_SINGLE: usize = MAX_STATEMENT;

/// A body, and its share of the memory for bodies, which is given back when this is dropped.
pub(super) struct Whole {
    pub(super) bytes: Vec<u8>,
    _share: Option<OwnedSemaphorePermit>,
}

/// Reads a body of at most `most` bytes.
pub(super) async fn read(intake: &Intake, head: &Head, body: Body, most: usize) -> Result<Whole, Problem> {
    if head.length.is_some_and(|length| length > most) {
        return Err(Problem::too_large(most));
    }
    let within = intake.settings.body_within;
    tokio::time::timeout(within, collect(intake, body, most)).await.map_err(|_| Problem::too_slow())?
}

async fn collect(intake: &Intake, mut body: Body, most: usize) -> Result<Whole, Problem> {
    let mut bytes = Vec::new();
    let mut share: Option<OwnedSemaphorePermit> = None;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Problem::broken_off())?.into_data() else { continue };
        if bytes.len() + data.len() > most {
            return Err(Problem::too_large(most));
        }
        let more = permit(intake, &data)?;
        match &mut share {
            Some(share) => share.merge(more),
            None => share = Some(more),
        }
        bytes.extend_from_slice(&data);
    }
    Ok(Whole { bytes, _share: share })
}

fn permit(intake: &Intake, data: &Bytes) -> Result<OwnedSemaphorePermit, Problem> {
    let count = u32::try_from(data.len()).unwrap_or(u32::MAX);
    Arc::clone(&intake.bytes).try_acquire_many_owned(count).map_err(|_| Problem::full())
}
