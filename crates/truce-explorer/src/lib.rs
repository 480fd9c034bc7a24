//! The explorer: follows a log, keeps a verified copy of it, and shows only what verified. It has no write path to the
//! log.
