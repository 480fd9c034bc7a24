//! A published log as a directory.

/// A directory in the layout of C2SP tlog-tiles.
#[derive(Debug)]
pub struct DirTiles {}
