//! Whole-system tests: the demonstration, the crashes and the explorer in a browser, each a program in `src/bin`, and
//! what they share with the trials.
//!
//! This crate tests; a broken assumption in it should stop it loudly.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::missing_panics_doc)]

pub mod api;
pub mod browser;
pub mod crash;
pub mod demo;
pub mod explorer;
pub mod http;
pub mod network;
pub mod picture;
pub mod scene;
pub mod service;
pub mod witness;
pub mod world;
