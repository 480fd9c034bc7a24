//! Places in the bodies of statements.

use truce_statement::Body;
use truce_statement::shape::{Area, Place};

/// The places that a body names for what it tells of, the nearest to the event first.
pub fn places(body: &Body) -> impl Iterator<Item = &Place> {
    let (one, other, areas): (Option<&Place>, Option<&Place>, &[Area]) = match body {
        Body::Observation(b) => (b.place.as_ref(), b.position.as_ref(), &[]),
        Body::Restriction(b) => (Some(&b.place), None, &[]),
        Body::Weapons(b) => (Some(&b.place), None, &[]),
        Body::Harm(b) => (Some(&b.place), None, &[]),
        Body::Signal(b) => (b.place.as_ref(), None, &[]),
        Body::Inquiry(b) => (b.place.as_ref(), None, &[]),
        Body::Finding(b) => (b.place.as_ref(), None, &[]),
        Body::Notification(b) => (None, None, b.areas.as_slice()),
        _ => (None, None, &[]),
    };
    one.into_iter().chain(other).chain(areas.iter().filter_map(|area| area.place.as_ref()))
}
