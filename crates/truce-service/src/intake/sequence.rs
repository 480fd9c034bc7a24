//! Several statements in one body, each with an outcome of its own.

use super::receipt::Wanted;
use super::{Head, Intake, Problem, ProblemView, body, split};
use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;
use truce_log::{Pending, Receipt, SubmitError};
use truce_statement::id::sha256;
use truce_statement::{KeyId, Statement, StatementId};

/// After so many signatures the thread is given to others.
const BREATH: usize = 16;

/// What became of the statements of a sequence, in their order.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct Results {
    results: Vec<ResultView>,
}

/// What became of one statement.
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

/// What became of one statement.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Result")]
struct ResultView {
    /// Statement id: SHA-256 of its bytes, hex.
    statement: String,
    outcome: Outcome,
    /// Position in the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<u64>,
    /// When it was received, milliseconds since 1970-01-01T00:00Z.
    #[serde(skip_serializing_if = "Option::is_none")]
    received_ms: Option<i64>,
    /// The receipt (c2sp.org/tlog-proof), where `receipts=tlog-proof` asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<String>,
    /// Why it is not recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<ProblemView>,
}

/// A statement on its way.
struct Underway {
    place: Range<usize>,
    key: Option<KeyId>,
    result: Result<Pending, Problem>,
}

pub(super) async fn answer(intake: &Arc<Intake>, head: &Head, body: Body) -> Result<Response, Problem> {
    // The smallest share at once, so that bodies cost something; the rest when it is known how many they are.
    intake.admit_sender(head, 1)?;
    let whole = body::read(intake, head, body, body::MAX_SEQUENCE).await?;
    let places = split::split(&whole.bytes)?;
    intake.admit_sender(head, places.len() - 1)?;
    let taken = intake.places(places.len())?;
    let start = Instant::now();
    let underway = hand_in(intake, &whole.bytes, places).await;
    let mut results = Vec::with_capacity(underway.len());
    for Underway { place, key, result } in underway {
        let receipt = match result {
            Ok(pending) => pending.receipt().await.map_err(Problem::from),
            Err(problem) => Err(problem),
        };
        results.push((place, key, receipt));
    }
    drop(taken);
    intake.metrics.receipt_seconds.observe(start.elapsed().as_secs_f64());
    let mut views = Vec::with_capacity(results.len());
    for (place, key, receipt) in results {
        let bytes = whole.bytes.get(place).unwrap_or_default();
        let view = match receipt {
            Ok(receipt) => recorded(intake, head, key, &receipt, bytes)?,
            Err(problem) => refused(intake, key, bytes, problem),
        };
        views.push(view);
    }
    let json = serde_json::to_vec(&Results { results: views }).unwrap_or_default();
    let mut response = json.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

/// Hands all in, in order, before the first receipt is waited for.
async fn hand_in(intake: &Intake, bytes: &[u8], places: Vec<Range<usize>>) -> Vec<Underway> {
    let mut underway = Vec::with_capacity(places.len());
    // Keys at their limit: what is behind in the feed would only be refused for the gap.
    let mut limited = HashSet::new();
    for (n, place) in places.into_iter().enumerate() {
        if n % BREATH == BREATH - 1 {
            tokio::task::yield_now().await;
        }
        let one = bytes.get(place.clone()).unwrap_or_default();
        let (key, result) = match Statement::parse(one) {
            Ok(statement) => {
                let key = statement.header().kid;
                let look = if limited.contains(&key) {
                    Err(std::time::Duration::from_secs(1))
                } else {
                    intake.of_key.look(&key, 1)
                };
                let result = match look {
                    Ok(()) => {
                        intake.standing.depositary().enqueue_statement(statement).await.map_err(Problem::from)
                    }
                    Err(wait) => {
                        limited.insert(key);
                        Err(Problem::too_many("key", wait))
                    }
                };
                (Some(key), result)
            }
            Err(refusal) => (None, Err(SubmitError::from(refusal).into())),
        };
        underway.push(Underway { place, key, result });
    }
    underway
}

fn recorded(
    intake: &Intake,
    head: &Head,
    key: Option<KeyId>,
    receipt: &Receipt,
    bytes: &[u8],
) -> Result<ResultView, Problem> {
    let Receipt { statement, position, received, prev, duplicate, .. } = *receipt;
    intake.metrics.outcome(if duplicate { "duplicate" } else { "recorded" });
    if let Some(key) = key.filter(|_| !duplicate) {
        intake.of_key.charge(&key, 1);
    }
    let covered = intake.standing.over(position).filter(|_| head.asked.receipts);
    let receipt = covered
        .map(|(snapshot, _)| Wanted { statement, position, prev, received, bytes }.proof(intake, &snapshot));
    Ok(ResultView {
        statement: statement.to_string(),
        outcome: if duplicate { Outcome::Duplicate } else { Outcome::Recorded },
        position: Some(position),
        received_ms: Some(received),
        receipt: receipt.transpose()?,
        problem: None,
    })
}

fn refused(intake: &Intake, key: Option<KeyId>, bytes: &[u8], problem: Problem) -> ResultView {
    let statement = StatementId::from_bytes(sha256(bytes));
    if let Some(key) = key {
        intake.charge_fork(&problem, &key, statement);
    }
    let is_unknown =
        matches!(problem.code(), "clock-jumped" | "depositary-stopped" | "rate-limited" | "log-key-missing");
    intake.metrics.outcome(if is_unknown { "limited" } else { "refused" });
    ResultView {
        statement: statement.to_string(),
        outcome: if is_unknown { Outcome::Unknown } else { Outcome::Refused },
        position: None,
        received_ms: None,
        receipt: None,
        problem: Some(problem.into_view()),
    }
}
