//! The depositary as a service, end to end: the real `truce serve`, a real store, real HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
// Small names and types next to where they are used read better in a test.
#![allow(clippy::similar_names, clippy::items_after_statements)]

mod backup;
mod client;
mod clock;
mod forks;
mod limits;
mod publication;
mod room;
mod rotation;
mod stopping;
mod submit;
mod witnessed;
