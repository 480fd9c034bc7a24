//! The receipt of a statement that was handed in before.

use super::receipt::{Wanted, later};
use super::{Asked, Intake, Named, Problem};
use crate::finality::Cover;
use axum::extract::{RawQuery, State as Shared};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use std::sync::Arc;
use truce_log::LogError;
use truce_statement::{Entry, StatementId};

pub(super) async fn answer(
    Shared(intake): Shared<Arc<Intake>>,
    Named(statement): Named,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    match answered(intake, &statement, query.as_deref(), &headers).await {
        Ok(answer) => answer,
        Err(problem) => problem.into_response(),
    }
}

async fn answered(
    intake: Arc<Intake>,
    statement: &str,
    query: Option<&str>,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let none = || {
        let remedy = "hand the statement in; the id is the SHA-256 of its bytes, 64 lower-case hex digits";
        Problem::not_found(
            format!("no statement `{}`", statement.chars().take(80).collect::<String>()),
            remedy,
        )
    };
    let asked = Asked::of(headers, query)?;
    let statement: StatementId = statement.parse().map_err(|_| none())?;
    let found = blocking(&intake, move |intake| intake.standing.depositary().find(&statement)).await?;
    let (position, entry) = found.ok_or_else(none)?;
    let Some(mut cover) = intake.standing.over(position) else {
        return Ok(later(StatusCode::FOUND, statement, position));
    };
    if asked.until_final && !cover.is_final() && intake.standing.can_be_final() {
        // A client that does not say how long it waits is told at once.
        let wait = if headers.contains_key("prefer") { asked.wait } else { std::time::Duration::ZERO };
        match tokio::time::timeout(wait, intake.standing.finality(position)).await {
            Ok(last) => cover = Cover::Final(last),
            Err(_) => return Ok(later(StatusCode::FOUND, statement, position)),
        }
    }
    blocking(&intake, move |intake| {
        let entry =
            Entry::parse(&entry).map_err(|e| LogError::Altered { what: format!("entry {position}: {e}") })?;
        let Entry { prev, received, statement: bytes } = entry;
        let wanted = Wanted { statement, position, prev, received, bytes };
        Ok(wanted.answer(intake, &cover, asked.form, StatusCode::OK))
    })
    .await?
}

/// Reads of the store block: they stay off the threads that keep the connections.
async fn blocking<T: Send + 'static>(
    intake: &Arc<Intake>,
    work: impl FnOnce(&Intake) -> Result<T, LogError> + Send + 'static,
) -> Result<T, Problem> {
    let intake = Arc::clone(intake);
    let done = tokio::task::spawn_blocking(move || work(&intake)).await;
    Ok(done.map_err(|e| LogError::Task(e.to_string()))??)
}
