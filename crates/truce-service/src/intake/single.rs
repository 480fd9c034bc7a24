//! One statement, one receipt.

use super::body::{self, Kind};
use super::receipt::{Wanted, later};
use super::{Head, Intake, Problem};
use crate::finality::Cover;
use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;
use truce_log::Placed;

pub(super) async fn answer(intake: &Arc<Intake>, head: &Head, body: Body) -> Result<Response, Problem> {
    intake.admit_sender(head, 1)?;
    let whole = body::read(intake, head, body, Kind::Single).await?;
    let places = intake.places(1)?;
    let start = Instant::now();
    let handed_in = intake.hand_in(&whole.bytes, &mut HashSet::new()).await;
    let receipt = intake.place(handed_in).await?;
    drop(places);
    let Placed { statement, position, received, prev, duplicate, .. } = *receipt;
    intake.metrics.receipt_seconds.observe(start.elapsed().as_secs_f64());
    let status = if duplicate { StatusCode::OK } else { StatusCode::CREATED };
    let covered = intake.standing.over(position);
    let Some(mut cover) = covered.filter(|_| !head.asked.at_once) else {
        return Ok(later(StatusCode::ACCEPTED, statement, position));
    };
    if head.asked.until_final && !cover.is_final() && intake.standing.can_be_final() {
        let finality = intake.standing.finality(position);
        match tokio::time::timeout(head.asked.wait, finality).await {
            Ok(last) => cover = Cover::Final(last),
            Err(_) => return Ok(later(StatusCode::ACCEPTED, statement, position)),
        }
    }
    Wanted { statement, position, prev, received, bytes: &whole.bytes }.answer(
        intake,
        &cover,
        head.asked.form,
        status,
    )
}
