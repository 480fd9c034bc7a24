//! Errors of a table: the line, the column, what was found there and what is allowed.

use super::FILE_MAX;
use std::{fmt, io};

/// Bad rows that a message shows; the error holds all of them.
const SHOWN: usize = 20;

/// A reason why a table cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ImportError {
    /// The file cannot be read. Code `io`.
    #[error("the table cannot be read: {0}")]
    Io(#[from] io::Error),
    /// Larger than the limit; nothing of it was parsed. Code `too-large`.
    #[error("found a table of more than {FILE_MAX} bytes; allowed: at most {FILE_MAX} bytes")]
    TooLarge,
    /// The file is not UTF-8. Code `not-utf8`.
    #[error("line {line}: found bytes that are not UTF-8; allowed: text in UTF-8")]
    NotUtf8 {
        /// Line, from 1.
        line: u64,
    },
    /// No rows. Code `empty`.
    #[error("found no rows; allowed: one JSON object on each line, or a CSV header and rows under it")]
    Empty,
    /// A CSV header that names a column twice, or none. Code `bad-header`.
    #[error("line 1: found {found}; allowed: each column named once")]
    Header {
        /// The value that was found.
        found: String,
    },
    /// Rows that cannot be read, every one of them. Code `bad-rows`.
    #[error("{}", list(.rows, *.of))]
    Rows {
        /// Faults in the order of the lines.
        rows: Vec<BadRow>,
        /// Rows there are.
        of: usize,
    },
}

impl ImportError {
    /// Stable code.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::Io(_) => "io",
            Self::TooLarge => "too-large",
            Self::NotUtf8 { .. } => "not-utf8",
            Self::Empty => "empty",
            Self::Header { .. } => "bad-header",
            Self::Rows { .. } => "bad-rows",
        }
    }

    /// The next step, for people.
    pub(crate) const fn remedy(&self) -> &'static str {
        match self {
            Self::Io(_) => "check the path and the permissions of the file",
            Self::TooLarge => "split the table into smaller files and import one after the other",
            Self::NotUtf8 { .. } => "save the table as UTF-8 and import it again",
            Self::Empty => "check that this is the right file",
            Self::Header { .. } => "name every column once, and import the table again",
            Self::Rows { .. } => {
                "correct the places named, or choose the layout that fits, and import the table again"
            }
        }
    }

    /// Every row that cannot be read.
    pub(crate) fn rows(&self) -> &[BadRow] {
        match self {
            Self::Rows { rows, .. } => rows,
            _ => &[],
        }
    }
}

/// A place in the table that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BadRow {
    /// Line of the file, from 1.
    pub(crate) line: u64,
    /// Column; empty where the row as a whole is at fault.
    pub(crate) column: String,
    /// The value found there.
    pub(crate) found: String,
    /// The values allowed there.
    pub(crate) allowed: String,
    /// Stable code: `missing-value`, `bad-value`, `unknown-column`, `rows-disagree`, `malformed-row`, `row-too-large`,
    /// `too-many-rows`.
    pub(crate) code: &'static str,
}

impl fmt::Display for BadRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if !self.column.is_empty() {
            write!(f, ", column {}", self.column)?;
        }
        write!(f, ": found {}; allowed: {}", self.found, self.allowed)
    }
}

fn list(rows: &[BadRow], of: usize) -> String {
    let mut text = format!("{} of {of} rows cannot be read", rows.len());
    for row in rows.iter().take(SHOWN) {
        text.push_str("\n  ");
        text.push_str(&row.to_string());
    }
    if rows.len() > SHOWN {
        text.push_str("\n  and ");
        text.push_str(&(rows.len() - SHOWN).to_string());
        text.push_str(" more");
    }
    text
}
