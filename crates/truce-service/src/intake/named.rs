//! Names in addresses.

use super::Problem;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

/// The part of the path that names something, with its escapes undone. A segment that is not UTF-8 is answered with 404.
pub(crate) struct Named(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(name)) => Ok(Self(name)),
            Err(_) => {
                Err(Problem::not_found("the address is not text", "correct the escapes in the address"))
            }
        }
    }
}
