//! One operation of the interface: the path, what it takes, what it answers with.

use super::answer::Answer;
use super::parameters::{Asked, Parameter};
use super::problem::Problem;
use crate::model::Reading;
use schemars::{Schema, SchemaGenerator};

/// One operation: GET of one path.
pub(super) struct Operation {
    /// The path, parameters in braces; one that takes the rest of the path has a star.
    pub(super) route: &'static str,
    /// Name in the `OpenAPI` document.
    pub(super) id: &'static str,
    /// One line for the `OpenAPI` document.
    pub(super) summary: &'static str,
    /// Parameters that it takes; any other is refused.
    pub(super) parameters: &'static [Parameter],
    /// Kind of the answer.
    pub(super) content: Content,
    /// Function that makes the answer.
    pub(super) make: fn(&Reading, &Asked) -> Result<Answer, Problem>,
}

/// Kind of an answer.
pub(super) enum Content {
    /// JSON of this schema.
    Json(fn(&mut SchemaGenerator) -> Schema),
    /// Anything else, by its media type.
    Media(&'static str),
}
