//! Several statements in one body, each with an outcome of its own.

use super::body::{self, Kind};
use super::receipt::Wanted;
use super::{Head, Intake, Problem, ProblemView, split};
use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;
use truce_log::{Placed, Receipt};
use truce_statement::StatementId;
use truce_statement::id::sha256;

/// After so many signatures the thread is given to others.
const BREATH: usize = 16;

/// Results of the statements of a sequence, in their order.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct Results {
    results: Vec<ResultView>,
}

/// Outcome of one statement.
#[derive(Clone, Copy, Debug, JsonSchema, Serialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Outcome {
    /// It is recorded.
    Recorded,
    /// It had been recorded before.
    Duplicate,
    /// The log's rules refuse it.
    Refused,
    /// Nothing is known of it: send it again.
    Unknown,
}

/// Result of one statement.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Result")]
struct ResultView {
    /// Statement id: SHA-256 of its bytes, hex.
    statement: String,
    outcome: Outcome,
    /// Position in the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<u64>,
    /// Time of receipt, milliseconds since 1970-01-01T00:00Z.
    #[serde(skip_serializing_if = "Option::is_none")]
    received_ms: Option<i64>,
    /// The receipt (c2sp.org/tlog-proof), where `receipts=tlog-proof` asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<String>,
    /// The reason why it is not recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<ProblemView>,
}

pub(super) async fn answer(intake: &Arc<Intake>, head: &Head, body: Body) -> Result<Response, Problem> {
    // The smallest share at once, so that bodies cost something; the rest when it is known how many they are.
    intake.admit_sender(head, 1)?;
    let whole = body::read(intake, head, body, Kind::Sequence).await?;
    let places = split::split(&whole.bytes)?;
    intake.admit_sender(head, places.len() - 1)?;
    let taken = intake.places(places.len())?;
    let start = Instant::now();
    let mut underway = Vec::with_capacity(places.len());
    let mut limited = HashSet::new();
    for (n, place) in places.into_iter().enumerate() {
        if n % BREATH == BREATH - 1 {
            tokio::task::yield_now().await;
        }
        let one = whole.bytes.get(place.clone()).unwrap_or_default();
        // All in order, before the first receipt is waited for.
        underway.push((place, intake.hand_in(one, &mut limited).await));
    }
    let mut results = Vec::with_capacity(underway.len());
    for (place, handed_in) in underway {
        results.push((place, intake.place(handed_in).await));
    }
    drop(taken);
    intake.metrics.receipt_seconds.observe(start.elapsed().as_secs_f64());
    let mut views = Vec::with_capacity(results.len());
    for (place, receipt) in results {
        let bytes = whole.bytes.get(place).unwrap_or_default();
        let view = match receipt {
            Ok(receipt) => recorded(intake, head, &receipt, bytes)?,
            Err(problem) => refused(bytes, problem),
        };
        views.push(view);
    }
    let json = serde_json::to_vec(&Results { results: views }).unwrap_or_default();
    let mut response = json.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

fn recorded(intake: &Intake, head: &Head, receipt: &Receipt, bytes: &[u8]) -> Result<ResultView, Problem> {
    let Placed { statement, position, received, prev, duplicate, .. } = **receipt;
    let covered = intake.standing.over(position).filter(|_| head.asked.receipts);
    let receipt = covered
        .map(|cover| Wanted { statement, position, prev, received, bytes }.proof(intake, cover.snapshot()));
    Ok(ResultView {
        statement: statement.to_string(),
        outcome: if duplicate { Outcome::Duplicate } else { Outcome::Recorded },
        position: Some(position),
        received_ms: Some(received),
        receipt: receipt.transpose()?,
        problem: None,
    })
}

fn refused(bytes: &[u8], problem: Problem) -> ResultView {
    ResultView {
        statement: StatementId::from_bytes(sha256(bytes)).to_string(),
        outcome: if problem.is_passing() { Outcome::Unknown } else { Outcome::Refused },
        position: None,
        received_ms: None,
        receipt: None,
        problem: Some(problem.into_view()),
    }
}
