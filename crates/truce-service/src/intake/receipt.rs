//! Receipts: proof that an entry is under a checkpoint, in either form.

use super::{Form, Intake, Problem};
use crate::finality::{ACCEPTED, Cover};
use crate::snapshot::Snapshot;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use truce_log::LogError;
use truce_statement::{Entry, EntryHash, StatementId};

/// An entry whose receipt is wanted.
pub(super) struct Wanted<'a> {
    pub(super) statement: StatementId,
    pub(super) position: u64,
    pub(super) prev: EntryHash,
    pub(super) received: i64,
    /// The statement's bytes.
    pub(super) bytes: &'a [u8],
}

impl Wanted<'_> {
    fn entry(&self) -> Entry<'_> {
        Entry { prev: self.prev, received: self.received, statement: self.bytes }
    }

    /// The receipt under `snapshot`, in the form asked for.
    fn bytes(&self, intake: &Intake, snapshot: &Snapshot, form: Form) -> Result<Vec<u8>, LogError> {
        match form {
            Form::Proof => self.proof(intake, snapshot).map(String::into_bytes),
            Form::Cose => {
                let path = self.path(intake, snapshot)?;
                let depositary = intake.standing.depositary();
                let receipt =
                    depositary.sign_receipt(snapshot.checkpoint(), self.position, path, &self.entry())?;
                Ok(receipt.to_bytes())
            }
        }
    }

    /// The receipt as text.
    pub(super) fn proof(&self, intake: &Intake, snapshot: &Snapshot) -> Result<String, LogError> {
        let path = self.path(intake, snapshot)?;
        Ok(snapshot.proof_text(self.position, &self.entry().extra(), &path))
    }

    fn path(&self, intake: &Intake, snapshot: &Snapshot) -> Result<Vec<truce_tlog::Hash>, LogError> {
        let standing = &intake.standing;
        snapshot.path(self.position, &standing.full, standing.depositary().store())
    }

    /// The answer that carries the receipt.
    pub(super) fn answer(
        &self,
        intake: &Intake,
        cover: &Cover,
        form: Form,
        status: StatusCode,
    ) -> Result<Response, Problem> {
        let bytes = self.bytes(intake, cover.snapshot(), form)?;
        let mut response = (status, bytes).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(form.media_type()));
        headers.insert("truce-position", self.position.into());
        headers.insert("truce-state", HeaderValue::from_static(cover.as_str()));
        headers.insert(header::VARY, HeaderValue::from_static("accept"));
        if status == StatusCode::CREATED {
            headers.insert(header::LOCATION, location(self.statement));
        }
        Ok(response)
    }
}

/// The place of the receipt of a statement.
pub(super) fn location(statement: StatementId) -> HeaderValue {
    // Hex digits are a header's.
    HeaderValue::from_str(&format!("/entries/{statement}")).unwrap_or(HeaderValue::from_static("/entries"))
}

/// The answer for an entry that is durable, and whose receipt is asked for later.
pub(super) fn later(status: StatusCode, statement: StatementId, position: u64) -> Response {
    let mut response = status.into_response();
    let headers = response.headers_mut();
    headers.insert(header::LOCATION, location(statement));
    headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    headers.insert("truce-position", position.into());
    headers.insert("truce-state", HeaderValue::from_static(ACCEPTED));
    response
}
