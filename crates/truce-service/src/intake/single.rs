//! One statement, one receipt.

use super::receipt::{Wanted, later};
use super::{Head, Intake, Problem, body};
use crate::finality::State;
use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;
use std::time::Instant;
use truce_log::Receipt;
use truce_statement::Statement;

pub(super) async fn answer(intake: &Arc<Intake>, head: &Head, body: Body) -> Result<Response, Problem> {
    intake.admit_sender(head, 1)?;
    let whole = body::read(intake, head, body, body::MAX_SINGLE).await?;
    let places = intake.places(1)?;
    let start = Instant::now();
    let refused = |problem: Problem| {
        intake.metrics.outcome(if problem.code() == "rate-limited" { "limited" } else { "refused" });
        problem
    };
    let statement = Statement::parse(whole.bytes.as_slice()).map_err(|e| refused(e.into()))?;
    let (key, id) = (statement.header().kid, statement.id());
    intake.of_key.look(&key, 1).map_err(|wait| refused(Problem::too_many("key", wait)))?;
    let depositary = intake.standing.depositary();
    let pending = depositary.enqueue_statement(statement).await.map_err(|e| refused(e.into()))?;
    let receipt = pending.receipt().await.map_err(|e| {
        let problem = refused(e.into());
        intake.charge_fork(&problem, &key, id);
        problem
    })?;
    drop(places);
    let Receipt { statement, position, received, prev, duplicate, .. } = receipt;
    intake.metrics.outcome(if duplicate { "duplicate" } else { "recorded" });
    if !duplicate {
        intake.of_key.charge(&key, 1);
    }
    intake.metrics.receipt_seconds.observe(start.elapsed().as_secs_f64());
    let status = if duplicate { StatusCode::OK } else { StatusCode::CREATED };
    let covered = intake.standing.over(position);
    let Some((mut snapshot, mut state)) = covered.filter(|_| !head.asked.at_once) else {
        return Ok(later(StatusCode::ACCEPTED, statement, position, State::Accepted));
    };
    if head.asked.until_final && state != State::Final && intake.standing.can_be_final() {
        let finality = intake.standing.finality(position);
        match tokio::time::timeout(head.asked.wait, finality).await {
            Ok(last) => (snapshot, state) = (last, State::Final),
            Err(_) => return Ok(later(StatusCode::ACCEPTED, statement, position, state)),
        }
    }
    Wanted { statement, position, prev, received, bytes: &whole.bytes }.answer(
        intake,
        (&snapshot, state),
        head.asked.form,
        status,
    )
}
