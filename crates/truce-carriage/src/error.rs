//! Errors of an input as a whole, and flaws of one line of it.

use thiserror::Error;

use crate::{MAX_CONTENT, MAX_INPUT, MAX_SETS, qr};

/// An error that stops the carriage of a statement or the reading of an input.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum CarriageError {
    /// Nothing to carry.
    #[error("there is nothing to carry")]
    Empty,
    /// More than [`MAX_CONTENT`] bytes.
    #[error("{found} bytes are more than a statement has; at most {MAX_CONTENT} are carried")]
    TooLarge {
        /// Bytes found.
        found: usize,
    },
    /// An input of more than [`MAX_INPUT`] bytes.
    #[error("an input of {found} bytes is larger than the limit of {MAX_INPUT}")]
    InputTooLarge {
        /// Bytes found.
        found: usize,
    },
    /// Neither a statement's bytes nor a text with any part in it.
    #[error("this is neither a statement nor a text with lines that begin with TRUCE1/ or TR1")]
    NotCarriage,
    /// A limit for one code that leaves no room, or more than a code holds.
    #[error("a code holds {} to {} characters, not {found}", qr::LEAST_CHARACTERS, qr::MOST_CHARACTERS)]
    Characters {
        /// The limit asked for.
        found: usize,
    },
    /// More sets of parts than [`MAX_SETS`] at once.
    #[error("parts of more than {MAX_SETS} statements at once")]
    TooManySets,
    /// No QR code can be made of a text.
    #[error("this text does not fit a QR code")]
    NotACode,
}

impl CarriageError {
    /// Stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLarge { .. } | Self::InputTooLarge { .. } => "too-large",
            Self::NotCarriage => "not-carriage",
            Self::Characters { .. } => "bad-characters",
            Self::TooManySets => "too-many-sets",
            Self::NotACode => "not-a-code",
        }
    }

    /// The next step, for people.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Empty | Self::NotCarriage => {
                "give a statement's file, the text of its QR codes, or the lines that were heard"
            }
            Self::TooLarge { .. } => "check that the file is one statement",
            Self::InputTooLarge { .. } => "give the parts in several smaller files",
            Self::Characters { .. } => "name a number of characters within these limits",
            Self::TooManySets => "join the parts of fewer statements at a time",
            Self::NotACode => "make the text with `truce carry`",
        }
    }
}

/// A flaw of one line.
#[derive(Clone, Copy, Debug, Eq, Error, Hash, PartialEq)]
#[non_exhaustive]
pub enum Flaw {
    /// Begins like no part.
    #[error("it begins with neither TRUCE1/ nor TR1")]
    NotAPart,
    /// Fields missing, too many, too long, or with characters that they do not have.
    #[error("its fields are not as they are written: a character is missing, too many, or wrong")]
    Shape,
    /// Numbers that say nothing: part 0, part 5 of 4, more parts than any statement needs.
    #[error("its number and count do not go together")]
    Numbers,
    /// The checksum is of other characters.
    #[error("its checksum is of other characters: something in it is wrong")]
    Checksum,
}

impl Flaw {
    /// Stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotAPart => "not-a-part",
            Self::Shape => "bad-shape",
            Self::Numbers => "bad-numbers",
            Self::Checksum => "bad-checksum",
        }
    }
}
