//! The standing of a feed, so that an outbox can go on.

use super::{Intake, Named, Problem};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;
use truce_statement::{KeyId, StatementId};

/// The feed of a key.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct Feed {
    /// Key id, hex.
    key: String,
    /// Number of its next statement, from 0.
    next_seq: u64,
    /// Id of its last statement, hex; null while there is none.
    last: Option<String>,
}

pub(super) async fn answer(State(intake): State<Arc<Intake>>, Named(key): Named) -> Response {
    let none = || {
        let remedy = "check the key id; a key has a feed once its party's root key has granted it";
        Problem::not_found(format!("no key `{}`", key.chars().take(80).collect::<String>()), remedy)
    };
    let Ok(id) = key.parse::<KeyId>() else { return none().into_response() };
    let register = intake.standing.depositary().register();
    let Some(known) = register.key(&id) else { return none().into_response() };
    let last = (known.last != StatementId::ZERO).then(|| known.last.to_string());
    Json(Feed { key: id.to_string(), next_seq: known.next_seq, last }).into_response()
}
